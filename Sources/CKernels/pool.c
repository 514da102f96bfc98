#include "osteon_loops.h"
#include "osteon_threads.h"

#include <math.h>
#include <string.h>

static inline int min_int(int a, int b) { return a < b ? a : b; }

// MARK: Pools

typedef struct {
    const osteon_pool *p;
    const void *x;
    void *y;
} pool_job;

/// The kernel places of output `o` that lie inside the input, and how many lie inside its padding too.
static void taps_of(const osteon_pool *p, int axis, int o, int *low, int *high, int *padded) {
    int start = o * p->stride[axis] - p->pad_begin[axis], dilation = p->dilation[axis], extent = p->input[axis];
    *low = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    *high = start >= extent ? 0 : min_int(p->kernel[axis], (extent - start + dilation - 1) / dilation);
    int room = extent + p->pad_end[axis] - start;
    *padded = room <= 0 ? 0 : min_int(p->kernel[axis], (room + dilation - 1) / dilation);
    if (*high < *low) *high = *low;
}

#define AVERAGES 1
#define ELEMENT float
#define LOWEST -INFINITY
#define NAMED(name) name##_f32
#include "pool_body.h"

// Bytes are only ordered; an average has no exact form.
#define AVERAGES 0
#define ELEMENT uint8_t
#define LOWEST 0
#define NAMED(name) name##_u8
#include "pool_body.h"

#define AVERAGES 0
#define ELEMENT int8_t
#define LOWEST INT8_MIN
#define NAMED(name) name##_i8
#include "pool_body.h"

void osteon_pool_run(const osteon_pool *pool, osteon_element element, const void *x, void *y, int threads) {
    pool_job j = {pool, x, y};
    osteon_body body = element == OSTEON_U8 ? pool_item_u8 : element == OSTEON_I8 ? pool_item_i8 : pool_item_f32;
    osteon_parallel_for(pool->planes * (size_t)pool->output[0], threads, body, &j);
}

// MARK: Resize

typedef struct {
    const osteon_ops *ops;
    const osteon_resize *r;
    const float *x;
    float *y, *scratch;
} resize_job;

/// Interpolates one row along the width.
static void widen(const osteon_resize *r, const float *restrict x, float *restrict y) {
    const int32_t *restrict low = r->low[2], *restrict high = r->high[2];
    const float *restrict weight = r->weight[2];
    for (int w = 0; w < r->output[2]; w++) y[w] = x[low[w]] + (x[high[w]] - x[low[w]]) * weight[w];
}

static void blend(const osteon_ops *ops, const float *a, const float *b, float weight, float *y, size_t count) {
    if (weight == 0) {
        if (a != y) memcpy(y, a, count * sizeof *y);
        return;
    }
    (void)ops;
    for (size_t i = 0; i < count; i++) y[i] = a[i] + (b[i] - a[i]) * weight;
}

/// One output plane: the two input planes around it are blended, then widened row by row, then rows blended.
static void resize_item(void *context, size_t index, int thread) {
    const resize_job *j = context;
    const osteon_resize *r = j->r;
    size_t channel = index / (size_t)r->output[0];
    int d = (int)(index % (size_t)r->output[0]);
    size_t plane = (size_t)r->input[1] * r->input[2];
    const float *x = j->x + channel * r->input[0] * plane;
    float *y = j->y + index * r->output[1] * r->output[2];
    float *mixed = j->scratch + (size_t)thread * (plane + (size_t)r->input[1] * r->output[2]), *wide = mixed + plane;
    const float *low = x + (size_t)r->low[0][d] * plane, *high = x + (size_t)r->high[0][d] * plane;
    const float *source = low;
    if (r->weight[0][d] != 0) {
        blend(j->ops, low, high, r->weight[0][d], mixed, plane);
        source = mixed;
    }
    for (int h = 0; h < r->input[1]; h++) widen(r, source + (size_t)h * r->input[2], wide + (size_t)h * r->output[2]);
    for (int h = 0; h < r->output[1]; h++, y += r->output[2])
        blend(
            j->ops, wide + (size_t)r->low[1][h] * r->output[2], wide + (size_t)r->high[1][h] * r->output[2],
            r->weight[1][h], y, (size_t)r->output[2]);
}

size_t osteon_resize_scratch(const osteon_resize *r, int threads) {
    return 4 * (size_t)threads * ((size_t)r->input[1] * r->input[2] + (size_t)r->input[1] * r->output[2]);
}

void osteon_resize_run(const osteon_ops *ops, const osteon_resize *resize, const float *x, float *y, void *scratch, int threads) {
    resize_job j = {ops, resize, x, y, scratch};
    osteon_parallel_for(resize->planes * (size_t)resize->output[0], threads, resize_item, &j);
}

typedef struct {
    const osteon_resize *r;
    size_t element;
    const char *x;
    char *y;
} nearest_job;

/// One output plane; a row like the one before is copied from it.
static void nearest_item(void *context, size_t index, int thread) {
    (void)thread;
    const nearest_job *j = context;
    const osteon_resize *r = j->r;
    const size_t in_row = (size_t)r->input[2], out_row = (size_t)r->output[2], channel = index / (size_t)r->output[0];
    const size_t d = (size_t)r->low[0][index % (size_t)r->output[0]];
    const char *plane = j->x + (channel * r->input[0] + d) * r->input[1] * in_row * j->element;
    char *y = j->y + index * r->output[1] * out_row * j->element;
    const int32_t *restrict low = r->low[2];
    for (int h = 0; h < r->output[1]; h++, y += out_row * j->element) {
        if (h > 0 && r->low[1][h] == r->low[1][h - 1]) {
            memcpy(y, y - out_row * j->element, out_row * j->element);
            continue;
        }
        const char *row = plane + (size_t)r->low[1][h] * in_row * j->element;
#define EACH(TYPE) for (size_t w = 0; w < out_row; w++) ((TYPE *)y)[w] = ((const TYPE *)row)[low[w]]
        switch (j->element) {
        case 1: EACH(uint8_t); break;
        case 2: EACH(uint16_t); break;
        case 4: EACH(uint32_t); break;
        default: EACH(uint64_t);
        }
#undef EACH
    }
}

void osteon_resize_nearest(const osteon_resize *resize, size_t element, const void *x, void *y, int threads) {
    nearest_job j = {resize, element, x, y};
    osteon_parallel_for(resize->planes * (size_t)resize->output[0], threads, nearest_item, &j);
}
