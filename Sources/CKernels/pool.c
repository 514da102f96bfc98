#include "osteon_loops.h"
#include "osteon_threads.h"

#include <math.h>
#include <string.h>

static inline int min_int(int a, int b) { return a < b ? a : b; }

// MARK: Pools

typedef struct {
    const osteon_ops *ops;
    const osteon_pool *p;
    const float *x;
    float *y;
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

/// Adds (or takes the larger of) one input row into an output row, for the kernel place kw.
static void pool_row(const osteon_pool *p, const float *restrict row, float *restrict out, int kw) {
    int shift = kw * p->dilation[2] - p->pad_begin[2], step = p->stride[2];
    int low = shift >= 0 ? 0 : (-shift + step - 1) / step;
    int high = shift >= p->input[2] ? 0 : min_int(p->output[2], (p->input[2] - shift + step - 1) / step);
    row += shift;
#define EACH(STEP)                                                                                        \
    if (p->average) for (int o = low; o < high; o++) out[o] += row[(ptrdiff_t)o * STEP];                   \
    else for (int o = low; o < high; o++) { float v = row[(ptrdiff_t)o * STEP]; out[o] = v > out[o] || v != v ? v : out[o]; }
    if (step == 1) { EACH(1) } else if (step == 2) { EACH(2) } else { EACH(step) }
#undef EACH
}

/// One output plane (all of height and width at one depth of one channel).
static void pool_item(void *context, size_t index, int thread) {
    (void)thread;
    const pool_job *j = context;
    const osteon_pool *p = j->p;
    size_t channel = index / (size_t)p->output[0];
    int d = (int)(index % (size_t)p->output[0]), dlow, dhigh, dpadded, hlow, hhigh, hpadded, wlow, whigh, wpadded;
    const float *x = j->x + channel * p->input[0] * p->input[1] * p->input[2];
    float *y = j->y + index * p->output[1] * p->output[2];
    taps_of(p, 0, d, &dlow, &dhigh, &dpadded);
    for (int h = 0; h < p->output[1]; h++, y += p->output[2]) {
        taps_of(p, 1, h, &hlow, &hhigh, &hpadded);
        for (int w = 0; w < p->output[2]; w++) y[w] = p->average ? 0 : -INFINITY;
        for (int kd = dlow; kd < dhigh; kd++)
            for (int kh = hlow; kh < hhigh; kh++) {
                int id = d * p->stride[0] - p->pad_begin[0] + kd * p->dilation[0];
                int ih = h * p->stride[1] - p->pad_begin[1] + kh * p->dilation[1];
                const float *row = x + ((size_t)id * p->input[1] + ih) * p->input[2];
                for (int kw = 0; kw < p->kernel[2]; kw++) pool_row(p, row, y, kw);
            }
        if (!p->average) continue;
        for (int w = 0; w < p->output[2]; w++) {
            taps_of(p, 2, w, &wlow, &whigh, &wpadded);
            int count = p->count_padding ? dpadded * hpadded * wpadded : (dhigh - dlow) * (hhigh - hlow) * (whigh - wlow);
            y[w] = count ? y[w] / (float)count : 0;
        }
    }
}

void osteon_pool_run(const osteon_ops *ops, const osteon_pool *pool, const float *x, float *y, int threads) {
    pool_job j = {ops, pool, x, y};
    osteon_parallel_for(pool->planes * (size_t)pool->output[0], threads, pool_item, &j);
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
    if (r->nearest) for (int w = 0; w < r->output[2]; w++) y[w] = x[low[w]];
    else for (int w = 0; w < r->output[2]; w++) y[w] = x[low[w]] + (x[high[w]] - x[low[w]]) * weight[w];
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
    if (!r->nearest && r->weight[0][d] != 0) {
        blend(j->ops, low, high, r->weight[0][d], mixed, plane);
        source = mixed;
    }
    for (int h = 0; h < r->input[1]; h++) widen(r, source + (size_t)h * r->input[2], wide + (size_t)h * r->output[2]);
    for (int h = 0; h < r->output[1]; h++, y += r->output[2])
        blend(
            j->ops, wide + (size_t)r->low[1][h] * r->output[2], wide + (size_t)r->high[1][h] * r->output[2],
            r->nearest ? 0 : r->weight[1][h], y, (size_t)r->output[2]);
}

size_t osteon_resize_scratch(const osteon_resize *r, int threads) {
    return 4 * (size_t)threads * ((size_t)r->input[1] * r->input[2] + (size_t)r->input[1] * r->output[2]);
}

void osteon_resize_run(const osteon_ops *ops, const osteon_resize *resize, const float *x, float *y, void *scratch, int threads) {
    resize_job j = {ops, resize, x, y, scratch};
    osteon_parallel_for(resize->planes * (size_t)resize->output[0], threads, resize_item, &j);
}
