#include "osteon_loops.h"
#include "forms.h"
#include "osteon_threads.h"

#include <math.h>
#include <string.h>

/// Elements a block of statistics has: fixed, so that sums are the same for any number of threads, and small enough
/// to stay in cache for the second look.
enum { BLOCK = 1 << 14 };

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// MARK: Group and instance normalisation

typedef struct { double mean, deviations; size_t count; } moments;

typedef struct {
    const osteon_ops *ops;
    const osteon_group_norm *n;
    const void *x;
    moments *parts;
    size_t blocks;
} moments_job;

static size_t group_size(const osteon_group_norm *n) { return n->channels * n->width; }

static void moments_item(void *context, size_t index, int thread) {
    (void)thread;
    const moments_job *j = context;
    size_t size = group_size(j->n), group = index / j->blocks, start = index % j->blocks * BLOCK;
    size_t count = least(BLOCK, size - start);
    float near[BLOCK];
    const float *x = read_form(j->ops, j->n->form_x, j->x, group * size + start, count, near);
    double mean = j->ops->sum(x, count) / (double)count;
    // The deviations are taken from the mean rounded to float, and put right for that.
    double rounded = (float)mean, off = mean - rounded;
    double squares = j->ops->sum_squared_deviation(x, rounded, count) - (double)count * off * off;
    j->parts[index] = (moments){mean, squares > 0 ? squares : 0, count};
}

/// Mean and sum of squared deviations of two sets from those of each (Chan, Golub and LeVeque, 1979).
static moments merge(moments a, moments b) {
    size_t count = a.count + b.count;
    double delta = b.mean - a.mean, share = (double)b.count / (double)count;
    return (moments){a.mean + delta * share, a.deviations + b.deviations + delta * delta * share * (double)a.count, count};
}

size_t osteon_group_norm_scratch(const osteon_group_norm *n) {
    size_t groups = n->batch * n->groups;
    return groups * ceil_of(group_size(n), BLOCK) * sizeof(moments) + 3 * groups * n->channels * sizeof(float);
}

void osteon_group_norm_run(
    const osteon_ops *ops, const osteon_group_norm *n, const void *x, void *y, void *scratch, int threads) {
    size_t groups = n->batch * n->groups, blocks = ceil_of(group_size(n), BLOCK), planes = groups * n->channels;
    if (planes == 0 || n->width == 0) return;
    moments_job j = {ops, n, x, scratch, blocks};
    osteon_parallel_for(groups * blocks, threads, moments_item, &j);
    float *scale = (float *)(j.parts + groups * blocks), *shift = scale + planes, *center = shift + planes;
    for (size_t g = 0; g < groups; g++) {
        moments all = j.parts[g * blocks];
        for (size_t b = 1; b < blocks; b++) all = merge(all, j.parts[g * blocks + b]);
        double deviation = 1 / sqrt(all.deviations / (double)all.count + n->epsilon);
        for (size_t c = 0; c < n->channels; c++) {
            size_t channel = g % n->groups * n->channels + c;
            double factor = deviation * n->scale[channel];
            // Centred first: a constant input then gives the bias exactly.
            float rounded = (float)all.mean;
            center[g * n->channels + c] = rounded;
            scale[g * n->channels + c] = (float)factor;
            shift[g * n->channels + c] = (float)(n->bias[channel] + (rounded - all.mean) * factor);
        }
    }
    osteon_affine_planes(ops, n->form_x, x, n->form_y, y, planes, n->width, center, scale, shift, planes, n->act, threads);
}

// MARK: Layer normalisation

typedef struct {
    const osteon_ops *ops;
    const float *x, *scale, *bias;
    float *y;
    size_t rows, width, rows_an_item;
    double epsilon;
} layer_job;

static void layer_item(void *context, size_t index, int thread) {
    (void)thread;
    const layer_job *j = context;
    const size_t width = j->width, end = least(j->rows, (index + 1) * j->rows_an_item);
    for (size_t row = index * j->rows_an_item; row < end; row++) {
        const float *x = j->x + row * width;
        float *y = j->y + row * width;
        double mean = j->ops->sum(x, width) / (double)width, rounded = (float)mean, off = mean - rounded;
        double variance = j->ops->sum_squared_deviation(x, rounded, width) / (double)width - off * off;
        double deviation = 1 / sqrt((variance > 0 ? variance : 0) + j->epsilon);
        j->ops->affine(x, (float)rounded, (float)deviation, (float)((rounded - mean) * deviation), y, width);
        j->ops->zip(OSTEON_MULTIPLY, y, 1, j->scale, 1, y, width);
        if (j->bias) j->ops->zip(OSTEON_ADD, y, 1, j->bias, 1, y, width);
    }
}

void osteon_layer_norm(
    const osteon_ops *ops, const float *x, float *y, size_t rows, size_t width, double epsilon, const float *scale,
    const float *bias, int threads) {
    if (rows == 0 || width == 0) return;
    layer_job j = {ops, x, scale, bias, y, rows, width, ceil_of(BLOCK / 4, width), epsilon};
    osteon_parallel_for(ceil_of(rows, j.rows_an_item), threads, layer_item, &j);
}

// MARK: Softmax

enum { COLUMNS = 1024 };

typedef struct {
    const osteon_ops *ops;
    const float *x;
    float *y;
    size_t outer, extent, inner, pieces, rows_an_item;
    int logarithm;
} softmax_job;

static void softmax_rows(const softmax_job *j, size_t index) {
    const size_t end = least(j->outer, (index + 1) * j->rows_an_item);
    for (size_t row = index * j->rows_an_item; row < end; row++) {
        const float *x = j->x + row * j->extent;
        float *y = j->y + row * j->extent;
        float most = j->ops->maximum(x, j->extent);
        if (j->logarithm) {
            double sum = 0;
            for (size_t i = 0; i < j->extent; i += COLUMNS) {
                float rest[COLUMNS];
                sum += j->ops->exp_shifted(x + i, most, rest, least(COLUMNS, j->extent - i));
            }
            double shift = log(sum) + most;
            for (size_t i = 0; i < j->extent; i++) y[i] = (float)(x[i] - shift);
        } else {
            double sum = j->ops->exp_shifted(x, most, y, j->extent);
            j->ops->affine(y, 0, (float)(1 / sum), 0, y, j->extent);
        }
    }
}

static void softmax_columns(const softmax_job *j, size_t index) {
    float most[COLUMNS], sums[COLUMNS], rest[COLUMNS];
    size_t start = index % j->pieces * COLUMNS, count = least(COLUMNS, j->inner - start);
    size_t base = index / j->pieces * j->extent * j->inner + start;
    const float *x = j->x + base;
    float *y = j->y + base;
    memcpy(most, x, count * sizeof *most);
    memset(sums, 0, count * sizeof *sums);
    for (size_t k = 1; k < j->extent; k++) j->ops->maximum_into(x + k * j->inner, most, count);
    for (size_t k = 0; k < j->extent; k++)
        j->ops->exp_shifted_into(x + k * j->inner, most, j->logarithm ? rest : y + k * j->inner, sums, count);
    if (!j->logarithm) {
        j->ops->map((osteon_map){.kind = OSTEON_RECIPROCAL}, sums, sums, count);
        for (size_t k = 0; k < j->extent; k++)
            j->ops->zip(OSTEON_MULTIPLY, y + k * j->inner, 1, sums, 1, y + k * j->inner, count);
        return;
    }
    j->ops->map((osteon_map){.kind = OSTEON_LOG}, sums, sums, count);
    for (size_t k = 0; k < j->extent; k++) {
        j->ops->zip(OSTEON_SUBTRACT, x + k * j->inner, 1, most, 1, y + k * j->inner, count);
        j->ops->zip(OSTEON_SUBTRACT, y + k * j->inner, 1, sums, 1, y + k * j->inner, count);
    }
}

static void softmax_item(void *context, size_t index, int thread) {
    (void)thread;
    const softmax_job *j = context;
    if (j->inner == 1) softmax_rows(j, index);
    else softmax_columns(j, index);
}

void osteon_softmax(
    const osteon_ops *ops, const float *x, float *y, size_t outer, size_t extent, size_t inner, int logarithm, int threads) {
    if (outer == 0 || extent == 0 || inner == 0) return;
    softmax_job j = {ops, x, y, outer, extent, inner, ceil_of(inner, COLUMNS), 1, logarithm};
    if (inner == 1) j.rows_an_item = ceil_of(BLOCK / 4, extent);
    osteon_parallel_for(inner == 1 ? ceil_of(outer, j.rows_an_item) : outer * j.pieces, threads, softmax_item, &j);
}

// MARK: Reductions

typedef struct {
    const osteon_ops *ops;
    const float *x;
    float *y;
    size_t rows, width, rows_an_item;
    int maximum;
    double factor;
} reduce_job;

static void reduce_item(void *context, size_t index, int thread) {
    (void)thread;
    const reduce_job *j = context;
    size_t end = least(j->rows, (index + 1) * j->rows_an_item);
    for (size_t row = index * j->rows_an_item; row < end; row++) {
        const float *x = j->x + row * j->width;
        j->y[row] = j->maximum ? j->ops->maximum(x, j->width) : (float)(j->ops->sum(x, j->width) * j->factor);
    }
}

void osteon_reduce_rows(
    const osteon_ops *ops, const float *x, float *y, size_t rows, size_t width, int maximum, double factor, int threads) {
    if (rows == 0 || width == 0) return;
    reduce_job j = {ops, x, y, rows, width, ceil_of(BLOCK, width), maximum, factor};
    osteon_parallel_for(ceil_of(rows, j.rows_an_item), threads, reduce_item, &j);
}

typedef struct {
    const osteon_ops *ops;
    const float *x;
    int64_t *y;
    size_t outer, extent, inner, pieces;
    int last;
} argmax_job;

static void argmax_item(void *context, size_t index, int thread) {
    (void)thread;
    const argmax_job *j = context;
    float best[COLUMNS];
    int32_t places[COLUMNS];
    size_t start = index % j->pieces * COLUMNS, count = least(COLUMNS, j->inner - start), block = index / j->pieces;
    const float *x = j->x + block * j->extent * j->inner + start;
    memcpy(best, x, count * sizeof *best);
    memset(places, 0, sizeof places);
    for (size_t k = 1; k < j->extent; k++) j->ops->argmax_into(x + k * j->inner, best, places, (int32_t)k, j->last, count);
    int64_t *y = j->y + block * j->inner + start;
    for (size_t i = 0; i < count; i++) y[i] = places[i];
}

void osteon_argmax(
    const osteon_ops *ops, const float *x, int64_t *y, size_t outer, size_t extent, size_t inner, int last, int threads) {
    if (outer == 0 || extent == 0 || inner == 0) return;
    argmax_job j = {ops, x, y, outer, extent, inner, ceil_of(inner, COLUMNS), last};
    osteon_parallel_for(outer * j.pieces, threads, argmax_item, &j);
}
