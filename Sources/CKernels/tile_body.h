// Register tiles of convolution and matrix product. Included once for each tier, which defines LANES and TIER(name).

typedef float vec __attribute__((ext_vector_type(LANES)));
typedef float vec_unaligned __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t ivec __attribute__((ext_vector_type(LANES)));

static inline __attribute__((always_inline)) vec load(const float *p) { return *(const vec_unaligned *)p; }
static inline __attribute__((always_inline)) void store(float *p, vec v) { *(vec_unaligned *)p = v; }

static inline __attribute__((always_inline)) vec finish(vec v, osteon_map act) {
    switch (act.kind) {
    case OSTEON_RELU: return v < 0 ? (vec)0 : v;
    case OSTEON_LEAKY_RELU: return v < 0 ? v * act.alpha : v;
    case OSTEON_CLIP: v = v < act.alpha ? (vec)act.alpha : v; return v > act.beta ? (vec)act.beta : v;
    default: return v;
    }
}

#define TILE(ROWS, VECTORS)                                                                        \
    static void tile_##ROWS##_##VECTORS(const osteon_tile *restrict t) {                           \
        vec acc[ROWS][VECTORS];                                                                    \
        const float *restrict w = t->weights;                                                      \
        const int32_t *restrict offsets = t->offsets;                                              \
        const size_t taps = t->taps;                                                               \
        for (int m = 0; m < ROWS; m++)                                                             \
            for (int n = 0; n < VECTORS; n++) acc[m][n] = (vec)t->bias[m];                         \
        const float *restrict x = t->x;                                                            \
        for (size_t c = 0; c < t->channels; c++, x += t->channel_stride)                           \
            for (size_t k = 0; k < taps; k++, w += ROWS) {                                         \
                const float *p = x + offsets[k];                                                   \
                vec v[VECTORS];                                                                    \
                for (int n = 0; n < VECTORS; n++) v[n] = load(p + n * LANES);                      \
                for (int m = 0; m < ROWS; m++)                                                     \
                    for (int n = 0; n < VECTORS; n++) acc[m][n] += v[n] * w[m];                    \
            }                                                                                      \
        float *restrict out = t->out;                                                              \
        for (int m = 0; m < ROWS; m++, out += t->out_stride)                                       \
            for (int n = 0; n < VECTORS; n++) store(out + n * LANES, finish(acc[m][n], t->act));   \
    }

TILE(1, 1) TILE(1, 2) TILE(1, 4) TILE(1, 8)
TILE(2, 1) TILE(2, 2) TILE(2, 4)
TILE(3, 1) TILE(3, 2) TILE(3, 4)
TILE(4, 1) TILE(4, 2) TILE(4, 3)
#if LANES == 16
TILE(2, 8)
TILE(3, 6)
TILE(4, 6)
TILE(5, 1) TILE(5, 2) TILE(5, 3) TILE(5, 5)
TILE(6, 1) TILE(6, 2) TILE(6, 4)
TILE(7, 1) TILE(7, 2) TILE(7, 3)
TILE(8, 1) TILE(8, 2) TILE(8, 3)
#endif

/// The widest tile with at most `vectors` vectors; returns how many it computed.
static int tile(int rows, int vectors, const osteon_tile *t) {
#define PICK(ROWS, VECTORS) if (vectors >= VECTORS) { tile_##ROWS##_##VECTORS(t); return VECTORS; }
    switch (rows) {
    case 1: PICK(1, 8) PICK(1, 4) PICK(1, 2) PICK(1, 1) break;
#if LANES == 16
    case 2: PICK(2, 8) PICK(2, 4) PICK(2, 2) PICK(2, 1) break;
    case 3: PICK(3, 6) PICK(3, 4) PICK(3, 2) PICK(3, 1) break;
    case 4: PICK(4, 6) PICK(4, 3) PICK(4, 2) PICK(4, 1) break;
    case 5: PICK(5, 5) PICK(5, 3) PICK(5, 2) PICK(5, 1) break;
    case 6: PICK(6, 4) PICK(6, 2) PICK(6, 1) break;
    case 7: PICK(7, 3) PICK(7, 2) PICK(7, 1) break;
    case 8: PICK(8, 3) PICK(8, 2) PICK(8, 1) break;
#else
    case 2: PICK(2, 4) PICK(2, 2) PICK(2, 1) break;
    case 3: PICK(3, 4) PICK(3, 2) PICK(3, 1) break;
    case 4: PICK(4, 3) PICK(4, 2) PICK(4, 1) break;
#endif
    }
#undef PICK
    return 0;
}
