// Register tiles of the integer convolution. Included once for each tier after tile_body.h.
//
// An element of a slab is a pair of channels, two whole numbers of 16 bits in the place of a float, and so is a weight:
// one instruction multiplies both and adds the products as 32 bits, so nothing is rounded and nothing saturates.

/// The sum of both products of each lane's pair.
static inline __attribute__((always_inline)) ivec multiply_pairs(ivec a, ivec b) {
#if defined(__x86_64__) && LANES == 4
    typedef short pairs __attribute__((__vector_size__(16)));
    return (ivec)__builtin_ia32_pmaddwd128((pairs)a, (pairs)b);
#elif defined(__x86_64__) && LANES == 8
    typedef short pairs __attribute__((__vector_size__(32)));
    return (ivec)__builtin_ia32_pmaddwd256((pairs)a, (pairs)b);
#elif defined(__x86_64__) && LANES == 16
    typedef short pairs __attribute__((__vector_size__(64)));
    return (ivec)__builtin_ia32_pmaddwd512((pairs)a, (pairs)b);
#else
    return (a << 16 >> 16) * (b << 16 >> 16) + (a >> 16) * (b >> 16);
#endif
}

typedef int32_t ivec_unaligned __attribute__((ext_vector_type(LANES), aligned(4), may_alias));
typedef int32_t pair __attribute__((may_alias));

#define PAIR_FINISH(KIND)                                                                                               \
    EACH_ROW EACH_VECTOR store(                                                                                         \
        t->out + (size_t)m * t->out_stride + n * LANES,                                                                 \
        finish(__builtin_convertvector(acc[m][n], vec) * t->scale[m] + t->bias[m], (osteon_map){KIND, t->act.alpha, t->act.beta}));

#define PAIR_TILE(ROWS, VECTORS)                                                                                        \
    static void pair_tile_##ROWS##_##VECTORS(const osteon_tile *restrict t) {                                           \
        enum { rows = ROWS, vectors = VECTORS };                                                                        \
        ivec acc[rows][vectors];                                                                                        \
        EACH_ROW EACH_VECTOR acc[m][n] = t->start ? (ivec)t->start[m] : (ivec)0;                                        \
        const int32_t *restrict offsets = t->offsets;                                                                   \
        const float *restrict x = t->x;                                                                                 \
        const pair *restrict w = (const pair *)t->weights;                                                              \
        const size_t taps = t->taps;                                                                                    \
        for (size_t c = 0; c < t->channels; c++, x += t->channel_stride)                                                \
            for (size_t k = 0; k < taps; k++, w += rows) {                                                              \
                const float *p = x + offsets[k];                                                                        \
                ivec v[vectors];                                                                                        \
                EACH_VECTOR v[n] = *(const ivec_unaligned *)(p + n * LANES);                                            \
                EACH_ROW EACH_VECTOR acc[m][n] += multiply_pairs(v[n], (ivec)w[m]);                                     \
            }                                                                                                           \
        if (!t->scale) {                                                                                                \
            EACH_ROW EACH_VECTOR *(ivec_unaligned *)(t->out + (size_t)m * t->out_stride + n * LANES) = acc[m][n];       \
            return;                                                                                                     \
        }                                                                                                               \
        switch (t->act.kind) {                                                                                          \
        case OSTEON_NONE: PAIR_FINISH(OSTEON_NONE) break;                                                               \
        case OSTEON_RELU: PAIR_FINISH(OSTEON_RELU) break;                                                               \
        case OSTEON_LEAKY_RELU: PAIR_FINISH(OSTEON_LEAKY_RELU) break;                                                   \
        default: PAIR_FINISH(OSTEON_CLIP) break;                                                                        \
        }                                                                                                               \
    }

// A product needs a register besides the sum's: tiles are a little smaller than those of floats.
PAIR_TILE(1, 1) PAIR_TILE(1, 2) PAIR_TILE(1, 4)
PAIR_TILE(2, 1) PAIR_TILE(2, 2) PAIR_TILE(2, 4)
PAIR_TILE(3, 1) PAIR_TILE(3, 2) PAIR_TILE(3, 3)
PAIR_TILE(4, 1) PAIR_TILE(4, 2)
#if LANES == 16
PAIR_TILE(1, 8)
PAIR_TILE(2, 8)
PAIR_TILE(3, 6)
PAIR_TILE(4, 3) PAIR_TILE(4, 6)
PAIR_TILE(5, 1) PAIR_TILE(5, 2) PAIR_TILE(5, 4)
PAIR_TILE(6, 1) PAIR_TILE(6, 2) PAIR_TILE(6, 4)
PAIR_TILE(7, 1) PAIR_TILE(7, 2) PAIR_TILE(7, 3)
PAIR_TILE(8, 1) PAIR_TILE(8, 2) PAIR_TILE(8, 3)
#endif

/// Computes the widest tile with at most `vectors` vectors; returns how many it had.
static int pair_tile(int rows, int vectors, const osteon_tile *t) {
#define PICK(ROWS, VECTORS) if (vectors >= VECTORS) { pair_tile_##ROWS##_##VECTORS(t); return VECTORS; }
    switch (rows) {
#if LANES == 16
    case 1: PICK(1, 8) PICK(1, 4) PICK(1, 2) PICK(1, 1) break;
    case 2: PICK(2, 8) PICK(2, 4) PICK(2, 2) PICK(2, 1) break;
    case 3: PICK(3, 6) PICK(3, 3) PICK(3, 2) PICK(3, 1) break;
    case 4: PICK(4, 6) PICK(4, 3) PICK(4, 2) PICK(4, 1) break;
    case 5: PICK(5, 4) PICK(5, 2) PICK(5, 1) break;
    case 6: PICK(6, 4) PICK(6, 2) PICK(6, 1) break;
    case 7: PICK(7, 3) PICK(7, 2) PICK(7, 1) break;
    case 8: PICK(8, 3) PICK(8, 2) PICK(8, 1) break;
#else
    case 1: PICK(1, 4) PICK(1, 2) PICK(1, 1) break;
    case 2: PICK(2, 4) PICK(2, 2) PICK(2, 1) break;
    case 3: PICK(3, 3) PICK(3, 2) PICK(3, 1) break;
    case 4: PICK(4, 2) PICK(4, 1) break;
#endif
    }
#undef PICK
    return vectors;
}

/// One element of a pair less its zero point, as the low 16 bits.
static inline __attribute__((always_inline)) int32_t centred(int is_signed, uint8_t x, int32_t zero) {
    return (is_signed ? (int32_t)(int8_t)x : (int32_t)x) - zero;
}

static inline __attribute__((always_inline)) void pair_loop(
    int is_signed, const uint8_t *restrict a, const uint8_t *restrict b, size_t step, int32_t zero, int32_t *restrict y, size_t count) {
    for (size_t i = 0; i < count; i++)
        y[i] = (int32_t)(((uint32_t)centred(is_signed, a[i * step], zero) & 0xFFFFu) | (uint32_t)centred(is_signed, b[i * step], zero) << 16);
}

static void pair_bytes(osteon_element element, const uint8_t *a, const uint8_t *b, size_t step, int32_t zero, int32_t *y, size_t count) {
    if (element == OSTEON_I8) {
        if (step == 1) pair_loop(1, a, b, 1, zero, y, count);
        else if (step == 2) pair_loop(1, a, b, 2, zero, y, count);
        else pair_loop(1, a, b, step, zero, y, count);
    } else {
        if (step == 1) pair_loop(0, a, b, 1, zero, y, count);
        else if (step == 2) pair_loop(0, a, b, 2, zero, y, count);
        else pair_loop(0, a, b, step, zero, y, count);
    }
}
