// Volumes read where another grid lies in space. Each operation is one of PyTorch's, in its order and precision: where a place lies
// just between two voxels, the last bit decides.
#include "osteon_volume.h"
#include "osteon_threads.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

typedef struct {
    const osteon_place *p;
    const char *x;
    char *y;
} place_job;

// Adding and subtracting 2^52 + 2^51 rounds to the nearest whole number, halves to even.
static inline ptrdiff_t nearest_place(double v) { return (ptrdiff_t)((v + 6755399441055744.0) - 6755399441055744.0); }

#define PLACE(NAME, TYPE, FMA)                                                                                                     \
    /* From the scale of −1 to 1 to voxels, held within the input. grid_sample has another formula for flat images. */             \
    static inline TYPE NAME##_voxel(TYPE v, int extent, int corners, int flat) {                                                   \
        TYPE size = (TYPE)extent;                                                                                                  \
        if (corners) v = flat ? (v + 1) * ((size - 1) / 2) : (v + 1) / 2 * (size - 1);                                             \
        else v = flat ? FMA(v + 1, size / 2, (TYPE)-0.5) : ((v + 1) * size - 1) / 2;                                               \
        v = v > 0 ? v : 0;                                                                                                         \
        return v < size - 1 ? v : size - 1;                                                                                        \
    }                                                                                                                              \
                                                                                                                                   \
    static inline float NAME##_linear3(const osteon_place *p, const float *x, TYPE a, TYPE b, TYPE c) {                            \
        ptrdiff_t i = (ptrdiff_t)a, j = (ptrdiff_t)b, k = (ptrdiff_t)c;                                                            \
        ptrdiff_t row = p->input[2], plane = row * p->input[1];                                                                    \
        TYPE near[3] = {(TYPE)(i + 1) - a, (TYPE)(j + 1) - b, (TYPE)(k + 1) - c}, past[3] = {a - (TYPE)i, b - (TYPE)j, c - (TYPE)k}; \
        int more_i = i + 1 < p->input[0], more_j = j + 1 < p->input[1], more_k = k + 1 < p->input[2];                              \
        const float *from = x + i * plane + j * row + k;                                                                           \
        TYPE sum = (TYPE)from[0] * (near[2] * near[1] * near[0]);                                                                  \
        if (more_k) sum += (TYPE)from[1] * (past[2] * near[1] * near[0]);                                                          \
        if (more_j) sum += (TYPE)from[row] * (near[2] * past[1] * near[0]);                                                        \
        if (more_j && more_k) sum += (TYPE)from[row + 1] * (past[2] * past[1] * near[0]);                                          \
        if (!more_i) return (float)sum;                                                                                            \
        from += plane;                                                                                                             \
        sum += (TYPE)from[0] * (near[2] * near[1] * past[0]);                                                                      \
        if (more_k) sum += (TYPE)from[1] * (past[2] * near[1] * past[0]);                                                          \
        if (more_j) sum += (TYPE)from[row] * (near[2] * past[1] * past[0]);                                                        \
        if (more_j && more_k) sum += (TYPE)from[row + 1] * (past[2] * past[1] * past[0]);                                          \
        return (float)sum;                                                                                                         \
    }                                                                                                                              \
                                                                                                                                   \
    static inline float NAME##_linear2(const osteon_place *p, const float *x, TYPE b, TYPE c) {                                    \
        ptrdiff_t j = (ptrdiff_t)b, k = (ptrdiff_t)c, row = p->input[1];                                                           \
        TYPE far_c = c - (TYPE)k, near_c = 1 - far_c, far_b = b - (TYPE)j, near_b = 1 - far_b;                                     \
        int more_j = j + 1 < p->input[0], more_k = k + 1 < p->input[1];                                                            \
        const float *from = x + j * row + k;                                                                                       \
        TYPE sum = (TYPE)from[0] * (near_c * near_b);                                                                              \
        sum = FMA(more_k ? (TYPE)from[1] : 0, far_c * near_b, sum);                                                                \
        sum = FMA(more_j ? (TYPE)from[row] : 0, near_c * far_b, sum);                                                              \
        sum = FMA(more_j && more_k ? (TYPE)from[row + 1] : 0, far_c * far_b, sum);                                                 \
        return (float)sum;                                                                                                         \
    }                                                                                                                              \
                                                                                                                                   \
    /* One slice of the output's first axis, in one of the planes. */                                                              \
    static void NAME##_item(void *context, size_t index, int thread) {                                                             \
        (void)thread;                                                                                                              \
        const place_job *job = context;                                                                                            \
        const osteon_place *p = job->p;                                                                                            \
        int rank = p->rank, flat = rank == 2, rows = flat ? 1 : p->output[1], columns = p->output[rank - 1];                       \
        size_t voxels = (size_t)p->input[0] * (size_t)p->input[1] * (size_t)(flat ? 1 : p->input[2]);                              \
        size_t slice = index % (size_t)p->output[0];                                                                               \
        const char *x = job->x + index / (size_t)p->output[0] * voxels * p->element;                                               \
        char *y = job->y + index * (size_t)rows * (size_t)columns * p->element;                                                    \
        const double *line = p->line[rank - 1];                                                                                    \
        TYPE theta[3], fixed[3], moving[3], constant[3], place[3];                                                                 \
        for (int a = 0; a < rank; a++) {                                                                                           \
            theta[a] = (TYPE)p->theta[a][rank - 1];                                                                                \
            fixed[a] = (TYPE)p->line[0][slice] * (TYPE)p->theta[a][0];                                                             \
            constant[a] = (TYPE)p->theta[a][rank];                                                                                 \
        }                                                                                                                          \
        for (int row = 0; row < rows; row++) {                                                                                     \
            if (!flat) for (int a = 0; a < 3; a++) moving[a] = (TYPE)p->line[1][row] * (TYPE)p->theta[a][1];                       \
            for (int column = 0; column < columns; column++) {                                                                     \
                size_t to = (size_t)row * (size_t)columns + (size_t)column;                                                        \
                for (int a = 0; a < rank; a++) {                                                                                   \
                    TYPE v = (TYPE)line[column] * theta[a];                                                                        \
                    if (!flat) v += moving[a];                                                                                     \
                    v += fixed[a];                                                                                                 \
                    v += constant[a];                                                                                              \
                    place[a] = NAME##_voxel(v, p->input[a], p->corners, flat);                                                     \
                }                                                                                                                  \
                if (p->nearest) {                                                                                                  \
                    ptrdiff_t from = nearest_place(place[0]);                                                                      \
                    for (int a = 1; a < rank; a++) from = from * p->input[a] + nearest_place(place[a]);                            \
                    if (p->element == 1) y[to] = x[from];                                                                          \
                    else ((float *)y)[to] = ((const float *)x)[from];                                                              \
                } else {                                                                                                           \
                    const float *from = (const float *)x;                                                                          \
                    ((float *)y)[to] = flat ? NAME##_linear2(p, from, place[0], place[1])                                          \
                                            : NAME##_linear3(p, from, place[0], place[1], place[2]);                               \
                }                                                                                                                  \
            }                                                                                                                      \
        }                                                                                                                          \
    }

PLACE(place_double, double, fma)
PLACE(place_single, float, fmaf)
#undef PLACE

void osteon_place_run(const osteon_place *place, const void *x, void *y, int threads) {
    place_job job = {place, x, y};
    osteon_parallel_for(place->planes * (size_t)place->output[0], threads, place->single ? place_single_item : place_double_item, &job);
}
