#include "osteon_statistics.h"
#include "osteon_threads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Elements an item of work has. Items are summed in order, so sums don't depend on who did them.
enum { GRAIN = 1 << 16 };

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// MARK: Ranges

static osteon_range scan(const float *x, size_t count) {
    osteon_range r = {INFINITY, -INFINITY, 0};
    for (size_t i = 0; i < count; i++) {
        float v = x[i];
        int finite = v - v == 0;
        r.not_finite += !finite;
        r.low = finite && v < r.low ? v : r.low;
        r.high = finite && v > r.high ? v : r.high;
    }
    return r;
}

static void widen(osteon_range *whole, osteon_range part) {
    whole->low = part.low < whole->low ? part.low : whole->low;
    whole->high = part.high > whole->high ? part.high : whole->high;
    whole->not_finite += part.not_finite;
}

typedef struct {
    const float *x;
    size_t count;
    osteon_range *parts;
} range_job;

static void range_item(void *context, size_t index, int thread) {
    (void)thread;
    const range_job *j = context;
    j->parts[index] = scan(j->x + index * GRAIN, least(GRAIN, j->count - index * GRAIN));
}

osteon_range osteon_find_range(const float *x, size_t count, int threads) {
    size_t items = ceil_of(count, GRAIN);
    osteon_range whole = {INFINITY, -INFINITY, 0}, *parts = malloc(items * sizeof *parts + 1);
    if (!parts) {
        whole = scan(x, count);
    } else {
        range_job j = {x, count, parts};
        osteon_parallel_for(items, threads, range_item, &j);
        for (size_t i = 0; i < items; i++) widen(&whole, parts[i]);
        free(parts);
    }
    if (whole.low > whole.high) whole.low = whole.high = 0;
    return whole;
}

// MARK: Histograms

typedef struct {
    const float *x;
    size_t count;
    float inverse;
    int64_t first;
    size_t bins;
    uint64_t *counts;  // one table a thread
} bin_job;

static void bin_item(void *context, size_t index, int thread) {
    const bin_job *j = context;
    const float *x = j->x + index * GRAIN;
    size_t n = least(GRAIN, j->count - index * GRAIN);
    uint64_t *counts = j->counts + (size_t)thread * j->bins;
    for (size_t i = 0; i < n; i++) {
        if (x[i] - x[i] != 0) continue;
        int64_t bin = (int64_t)floorf(x[i] * j->inverse) - j->first;
        bin = bin < 0 ? 0 : bin >= (int64_t)j->bins ? (int64_t)j->bins - 1 : bin;
        counts[bin]++;
    }
}

void osteon_count_bins(const float *x, size_t count, float width, int64_t first, size_t bins, uint64_t *counts, int threads) {
    if (threads < 1) threads = 1;
    if (threads > OSTEON_MAX_THREADS) threads = OSTEON_MAX_THREADS;
    uint64_t *tables = threads > 1 ? calloc((size_t)threads * bins, sizeof *tables) : NULL;
    bin_job j = {x, count, 1 / width, first, bins, tables ? tables : counts};
    osteon_parallel_for(ceil_of(count, GRAIN), tables ? threads : 1, bin_item, &j);
    for (int t = 0; tables && t < threads; t++)
        for (size_t b = 0; b < bins; b++) counts[b] += tables[(size_t)t * bins + b];
    free(tables);
}

// MARK: Moments by channel

typedef struct {
    const float *a, *b;
    size_t outer, channels, inner;
    double *sums, *squares;
} moment_job;

static void moment_item(void *context, size_t channel, int thread) {
    (void)thread;
    const moment_job *j = context;
    double sum = 0, square = 0;
    for (size_t o = 0; o < j->outer; o++) {
        const float *a = j->a + (o * j->channels + channel) * j->inner, *b = j->b ? j->b + (o * j->channels + channel) * j->inner : NULL;
        for (size_t start = 0; start < j->inner; start += 256) {
            size_t end = least(j->inner, start + 256);
            float s = 0, q = 0;
            if (b)
                for (size_t i = start; i < end; i++) {
                    float v = a[i] - b[i];
                    v = v - v == 0 ? v : 0;
                    s += v;
                    q += v * v;
                }
            else
                for (size_t i = start; i < end; i++) {
                    float v = a[i] - a[i] == 0 ? a[i] : 0;
                    s += v;
                    q += v * v;
                }
            sum += s;
            square += q;
        }
    }
    j->sums[channel] += sum;
    j->squares[channel] += square;
}

void osteon_channel_moments(
    const float *x, size_t outer, size_t channels, size_t inner, double *sums, double *squares, int threads) {
    moment_job j = {x, NULL, outer, channels, inner, sums, squares};
    osteon_parallel_for(channels, threads, moment_item, &j);
}

void osteon_channel_differences(
    const float *a, const float *b, size_t outer, size_t channels, size_t inner, double *sums, double *squares, int threads) {
    moment_job j = {a, b, outer, channels, inner, sums, squares};
    osteon_parallel_for(channels, threads, moment_item, &j);
}

static void positive_item(void *context, size_t channel, int thread) {
    (void)thread;
    const moment_job *j = context;
    size_t count = 0;
    for (size_t o = 0; o < j->outer; o++) {
        const float *a = j->a + (o * j->channels + channel) * j->inner;
        for (size_t i = 0; i < j->inner; i++) count += a[i] > 0;
    }
    j->sums[channel] += (double)count;
}

void osteon_channel_positives(
    const float *x, size_t outer, size_t channels, size_t inner, double *counts, int threads) {
    moment_job j = {x, NULL, outer, channels, inner, counts, NULL};
    osteon_parallel_for(channels, threads, positive_item, &j);
}

// MARK: Weights

/// Adding and taking away 1.5 · 2²³ rounds a float of small magnitude to the nearest integer, halves to even.
static float nearest(float x) {
    const float magic = 12582912.0f;
    return (x + magic) - magic;
}

static double row_error(const float *w, const float *importance, size_t width, float scale, float limit) {
    double error = 0;
    float inverse = 1 / scale;
    for (size_t start = 0; start < width; start += 128) {
        size_t end = least(width, start + 128);
        float part = 0;
        for (size_t i = start; i < end; i++) {
            float q = w[i] * inverse;
            q = q > limit ? limit : q < -limit ? -limit : q;
            float d = w[i] - nearest(q) * scale;
            part += importance ? importance[i] * d * d : d * d;
        }
        error += part;
    }
    return error;
}

static void fit_item(void *context, size_t row, int thread) {
    (void)thread;
    const osteon_weight_fit *f = context;
    const float *w = f->weights + row * f->width;
    float largest = 0, limit = (float)f->limit, scale = 1;
    for (size_t i = 0; i < f->width; i++) {
        float magnitude = fabsf(w[i]);
        largest = magnitude > largest ? magnitude : largest;
    }
    if (largest / limit > 1e-37f) {
        double best = INFINITY;
        for (int t = 0; t < f->tries; t++) {
            float trial = largest / limit * (1 - 0.6f * (float)t / (float)f->tries);
            double error = row_error(w, f->importance, f->width, trial, limit);
            if (error < best) {
                best = error;
                scale = trial;
            }
        }
    }
    f->scales[row] = scale;
    for (size_t i = 0; i < f->width; i++) {
        float q = w[i] / scale;
        q = q > limit ? limit : q < -limit ? -limit : q;
        f->quantized[row * f->width + i] = (int8_t)nearest(q);
    }
}

void osteon_fit_weights(const osteon_weight_fit *fit, int threads) {
    osteon_parallel_for(fit->rows, threads, fit_item, (void *)fit);
}
