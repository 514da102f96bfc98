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

#define EACH_ROW _Pragma("clang loop unroll(full)") for (int m = 0; m < rows; m++)
#define EACH_VECTOR _Pragma("clang loop unroll(full)") for (int n = 0; n < vectors; n++)

#define FINISH(KIND)                                                                                                    \
    EACH_ROW EACH_VECTOR store(out + (size_t)m * t->out_stride + n * LANES, finish(acc[m][n], (osteon_map){KIND, t->act.alpha, t->act.beta}));

#define TILE(ROWS, VECTORS)                                                                                                             \
    static void tile_##ROWS##_##VECTORS(                                                                                                \
        const osteon_tile *restrict t, const float *restrict x, const float *restrict w, size_t channels, int adds, int finishes) {     \
        enum { rows = ROWS, vectors = VECTORS };                                                                                        \
        vec acc[rows][vectors];                                                                                                         \
        const int32_t *restrict offsets = t->offsets;                                                                                   \
        const size_t taps = t->taps;                                                                                                    \
        EACH_ROW {                                                                                                                      \
            const vec start = adds ? (vec)0 : (vec)t->bias[m];                                                                          \
            EACH_VECTOR acc[m][n] = start;                                                                                              \
        }                                                                                                                               \
        for (size_t c = 0; c < channels; c++, x += t->channel_stride)                                                                   \
            for (size_t k = 0; k < taps; k++, w += rows) {                                                                              \
                const float *p = x + offsets[k];                                                                                        \
                vec v[vectors];                                                                                                         \
                EACH_VECTOR v[n] = load(p + n * LANES);                                                                                 \
                EACH_ROW EACH_VECTOR acc[m][n] += v[n] * w[m];                                                                          \
            }                                                                                                                           \
        float *restrict out = t->out;                                                                                                   \
        if (adds) EACH_ROW EACH_VECTOR acc[m][n] += load(out + (size_t)m * t->out_stride + n * LANES);                                  \
        switch (finishes ? t->act.kind : OSTEON_NONE) {                                                                                 \
        case OSTEON_NONE: FINISH(OSTEON_NONE) break;                                                                                    \
        case OSTEON_RELU: FINISH(OSTEON_RELU) break;                                                                                    \
        case OSTEON_LEAKY_RELU: FINISH(OSTEON_LEAKY_RELU) break;                                                                        \
        default: FINISH(OSTEON_CLIP) break;                                                                                             \
        }                                                                                                                               \
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

typedef void (*tile_function)(
    const osteon_tile *restrict, const float *restrict x, const float *restrict w, size_t channels, int adds, int finishes);

/// The widest tile with at most `vectors` vectors, and how many it has.
static tile_function pick(int rows, int vectors, int *taken) {
#define PICK(ROWS, VECTORS) if (vectors >= VECTORS) { *taken = VECTORS; return tile_##ROWS##_##VECTORS; }
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
    *taken = vectors;
    return NULL;
}

/// Products are added up in runs of about this many, and the runs' sums then added: rounding errors grow with the
/// length of a run and the number of runs, not with their product.
enum { RUN = 384 };

/// The tile's description is handed on as it is: a copy would have to wait for the stores of the tile before.
static int tile(int rows, int vectors, const osteon_tile *t) {
    int taken;
    tile_function function = pick(rows, vectors, &taken);
    if (!function) return taken;
    const float *x = t->x, *w = t->weights;
    const size_t taps = t->taps, all = t->channels, run = taps == 1 ? RUN : taps >= RUN ? 1 : RUN / (taps ? taps : 1);
    size_t first = 0;
    do {
        size_t left = all - first, channels = left < run + run / 2 ? left : run;
        function(t, x, w, channels, first > 0, first + channels == all);
        x += channels * t->channel_stride;
        w += channels * taps * (size_t)rows;
        first += channels;
    } while (first < all);
    return taken;
}
