#include "osteon_volume.h"
#include "osteon_threads.h"

#include <math.h>
#include <string.h>

static inline size_t min_size(size_t a, size_t b) { return a < b ? a : b; }

// MARK: File order to tensor order

enum { COLUMN_BLOCK = 256 };

typedef struct {
    const osteon_planes *p;
    const char *raw;
    float *y;
} unpack_job;

static inline uint8_t same8(uint8_t v) { return v; }
static inline uint16_t swap16(uint16_t v) { return __builtin_bswap16(v); }
static inline uint32_t swap32(uint32_t v) { return __builtin_bswap32(v); }
static inline uint64_t swap64(uint64_t v) { return __builtin_bswap64(v); }

/// One row's voxels as f32.
static void unpack_row(const osteon_planes *p, const char *raw, float *restrict y, size_t count) {
#define EACH(BITS, TYPE, SWAP)                                                                                      \
    for (size_t i = 0; i < count; i++) {                                                                            \
        BITS bits;                                                                                                  \
        TYPE value;                                                                                                 \
        memcpy(&bits, raw + i * p->step, sizeof bits);                                                              \
        if (p->swapped) bits = SWAP(bits);                                                                          \
        memcpy(&value, &bits, sizeof value);                                                                        \
        y[i] = p->scaled ? (float)((double)value * p->slope + p->intercept) : (float)value;                         \
    }                                                                                                               \
    break;
    switch (p->type) {
    case OSTEON_VOXEL_U8: EACH(uint8_t, uint8_t, same8)
    case OSTEON_VOXEL_I8: EACH(uint8_t, int8_t, same8)
    case OSTEON_VOXEL_U16: EACH(uint16_t, uint16_t, swap16)
    case OSTEON_VOXEL_I16: EACH(uint16_t, int16_t, swap16)
    case OSTEON_VOXEL_U32: EACH(uint32_t, uint32_t, swap32)
    case OSTEON_VOXEL_I32: EACH(uint32_t, int32_t, swap32)
    case OSTEON_VOXEL_U64: EACH(uint64_t, uint64_t, swap64)
    case OSTEON_VOXEL_I64: EACH(uint64_t, int64_t, swap64)
    case OSTEON_VOXEL_F32: EACH(uint32_t, float, swap32)
    case OSTEON_VOXEL_F64: EACH(uint64_t, double, swap64)
    }
#undef EACH
}

/// One row of all planes: each voxel's planes come to lie beside one another.
static void unpack_item(void *context, size_t row, int thread) {
    (void)thread;
    const unpack_job *j = context;
    const osteon_planes *p = j->p;
    float block[OSTEON_MAX_PLANES][COLUMN_BLOCK];
    for (size_t first = 0; first < p->columns; first += COLUMN_BLOCK) {
        size_t count = min_size(COLUMN_BLOCK, p->columns - first);
        for (size_t plane = 0; plane < p->planes; plane++)
            unpack_row(p, j->raw + ((plane * p->rows + row) * p->columns + first) * p->step, block[plane], count);
        for (size_t x = 0; x < count; x++) {
            float *y = j->y + ((first + x) * p->rows + row) * p->depth + p->first;
            for (size_t plane = 0; plane < p->planes; plane++) y[plane] = block[plane][x];
        }
    }
}

void osteon_unpack_planes(const osteon_planes *planes, const void *raw, float *y, int threads) {
    unpack_job j = {planes, raw, y};
    osteon_parallel_for(planes->rows, threads, unpack_item, &j);
}

// MARK: Index tables

typedef struct {
    const osteon_gather *g;
    const char *x;
    char *y;
} gather_job;

#define GATHER_ROW(NAME, TYPE)                                                                                      \
    static void NAME(const int32_t *restrict index, const void *x, void *y, int count, uint64_t fill) {             \
        const TYPE *from = x;                                                                                       \
        TYPE *to = y;                                                                                               \
        if (!x) for (int i = 0; i < count; i++) to[i] = (TYPE)fill;                                                 \
        else for (int i = 0; i < count; i++) to[i] = index[i] < 0 ? (TYPE)fill : from[index[i]];                    \
    }
GATHER_ROW(gather_row_1, uint8_t)
GATHER_ROW(gather_row_2, uint16_t)
GATHER_ROW(gather_row_4, uint32_t)
GATHER_ROW(gather_row_8, uint64_t)
#undef GATHER_ROW

static void gather_item(void *context, size_t index, int thread) {
    (void)thread;
    const gather_job *j = context;
    const osteon_gather *g = j->g;
    int slice = g->index[0][index % (size_t)g->output[0]];
    size_t row_bytes = (size_t)g->input[2] * g->element;
    const char *x = j->x + (index / (size_t)g->output[0] * (size_t)g->input[0] + (size_t)(slice < 0 ? 0 : slice)) * (size_t)g->input[1] * row_bytes;
    char *y = j->y + index * (size_t)g->output[1] * (size_t)g->output[2] * g->element;
    for (int h = 0; h < g->output[1]; h++, y += (size_t)g->output[2] * g->element) {
        int row = g->index[1][h];
        const char *from = slice < 0 || row < 0 ? NULL : x + (size_t)row * row_bytes;
        switch (g->element) {
        case 1: gather_row_1(g->index[2], from, y, g->output[2], g->fill); break;
        case 2: gather_row_2(g->index[2], from, y, g->output[2], g->fill); break;
        case 4: gather_row_4(g->index[2], from, y, g->output[2], g->fill); break;
        default: gather_row_8(g->index[2], from, y, g->output[2], g->fill); break;
        }
    }
}

void osteon_gather_run(const osteon_gather *gather, const void *x, void *y, int threads) {
    gather_job j = {gather, x, y};
    osteon_parallel_for(gather->planes * (size_t)gather->output[0], threads, gather_item, &j);
}

// MARK: Separable weights

typedef struct {
    const osteon_separable *s;
    const float *x;
    float *y, *scratch;
} separable_job;

/// Σ_k weight[k] · x[k · stride …] over `count` elements; x itself where it's one element of weight 1.
static const float *weighted(const osteon_taps *taps, int o, const float *x, size_t stride, float *restrict room, size_t count) {
    const float *weight = taps->weight + (size_t)o * (size_t)taps->count;
    x += (size_t)taps->start[o] * stride;
    int used = 0, last = 0;
    for (int k = 0; k < taps->count; k++)
        if (weight[k] != 0) used++, last = k;
    if (used == 1 && weight[last] == 1) return x + (size_t)last * stride;
    int begun = 0;
    for (int k = 0; k < taps->count; k++) {
        const float *restrict from = x + (size_t)k * stride;
        float w = weight[k];
        if (w == 0 && (begun || k + 1 < taps->count)) continue;
        if (begun) for (size_t i = 0; i < count; i++) room[i] += w * from[i];
        else for (size_t i = 0; i < count; i++) room[i] = w * from[i];
        begun = 1;
    }
    return room;
}

static void separable_item(void *context, size_t index, int thread) {
    const separable_job *j = context;
    const osteon_separable *s = j->s;
    size_t width = (size_t)s->input[2], plane = (size_t)s->input[1] * width;
    float *room = j->scratch + (size_t)thread * (plane + width), *line = room + plane;
    const float *volume = j->x + index / (size_t)s->output[0] * (size_t)s->input[0] * plane;
    const float *flat = weighted(&s->taps[0], (int)(index % (size_t)s->output[0]), volume, plane, room, plane);
    const osteon_taps *across = &s->taps[2];
    float *restrict y = j->y + index * (size_t)s->output[1] * (size_t)s->output[2];
    for (int h = 0; h < s->output[1]; h++, y += s->output[2]) {
        const float *row = weighted(&s->taps[1], h, flat, width, line, width);
        if (across->count == 1) {
            for (int w = 0; w < s->output[2]; w++) y[w] = across->weight[w] * row[across->start[w]];
        } else if (across->count == 2) {
            for (int w = 0; w < s->output[2]; w++) {
                const float *from = row + across->start[w];
                y[w] = across->weight[2 * w] * from[0] + across->weight[2 * w + 1] * from[1];
            }
        } else {
            for (int w = 0; w < s->output[2]; w++) {
                const float *from = row + across->start[w], *weight = across->weight + (size_t)w * (size_t)across->count;
                float sum = 0;
                for (int k = 0; k < across->count; k++) sum += weight[k] * from[k];
                y[w] = sum;
            }
        }
    }
}

size_t osteon_separable_scratch(const osteon_separable *s, int threads) {
    return sizeof(float) * (size_t)threads * ((size_t)s->input[1] * (size_t)s->input[2] + (size_t)s->input[2]);
}

void osteon_separable_run(const osteon_separable *s, const float *x, float *y, void *scratch, int threads) {
    separable_job j = {s, x, y, scratch};
    osteon_parallel_for(s->planes * (size_t)s->output[0], threads, separable_item, &j);
}

// MARK: Intensities

typedef struct {
    const float *x;
    float *y;
    size_t count;
    int nonzero;
    double center;
    osteon_moments *partial;
    const osteon_rescale *rescale;
} intensity_job;

static void moments_item(void *context, size_t chunk, int thread) {
    (void)thread;
    const intensity_job *j = context;
    size_t start = chunk * OSTEON_MOMENTS_CHUNK, end = min_size(j->count, start + OSTEON_MOMENTS_CHUNK);
    osteon_moments m = {0, 0, 0, INFINITY, -INFINITY};
    for (size_t i = start; i < end; i++) {
        float v = j->x[i];
        if (j->nonzero && v == 0) continue;
        double d = (double)v - j->center;
        m.count++;
        m.sum += d;
        m.squares += d * d;
        if (v < m.least) m.least = v;
        if (v > m.largest) m.largest = v;
    }
    j->partial[chunk] = m;
}

osteon_moments osteon_moments_run(const float *x, size_t count, int nonzero, double center, osteon_moments *scratch, int threads) {
    intensity_job j = {x, NULL, count, nonzero, center, scratch, NULL};
    size_t chunks = (count + OSTEON_MOMENTS_CHUNK - 1) / OSTEON_MOMENTS_CHUNK;
    osteon_parallel_for(chunks, threads, moments_item, &j);
    osteon_moments total = {0, 0, 0, INFINITY, -INFINITY};
    for (size_t i = 0; i < chunks; i++) {
        total.count += scratch[i].count;
        total.sum += scratch[i].sum;
        total.squares += scratch[i].squares;
        total.least = fminf(total.least, scratch[i].least);
        total.largest = fmaxf(total.largest, scratch[i].largest);
    }
    return total;
}

static void rescale_item(void *context, size_t chunk, int thread) {
    (void)thread;
    const intensity_job *j = context;
    osteon_rescale r = *j->rescale;
    size_t start = chunk * OSTEON_MOMENTS_CHUNK, end = min_size(j->count, start + OSTEON_MOMENTS_CHUNK);
    const float *x = j->x;
    float *y = j->y;
    for (size_t i = start; i < end; i++) {
        float v = (x[i] - r.center) / r.divisor * r.scale + r.shift;
        v = v < r.low ? r.low : v > r.high ? r.high : v;
        y[i] = r.nonzero && x[i] == 0 ? 0 : v;
    }
}

void osteon_rescale_run(const osteon_rescale *rescale, const float *x, float *y, size_t count, int threads) {
    intensity_job j = {x, y, count, 0, 0, NULL, rescale};
    osteon_parallel_for((count + OSTEON_MOMENTS_CHUNK - 1) / OSTEON_MOMENTS_CHUNK, threads, rescale_item, &j);
}

// MARK: Channels and windows

typedef struct {
    const float *x, *weight;
    float *sum;
    uint8_t *bytes;
    size_t channels, stride, count;
    const osteon_window *window;
} channel_job;

enum { ARGMAX_CHUNK = 4096 };

static void argmax_item(void *context, size_t chunk, int thread) {
    (void)thread;
    const channel_job *j = context;
    size_t start = chunk * ARGMAX_CHUNK, count = min_size(j->count - start, ARGMAX_CHUNK);
    float best[ARGMAX_CHUNK];
    uint8_t *y = j->bytes + start;
    memcpy(best, j->x + start, count * sizeof *best);
    memset(y, 0, count);
    for (size_t c = 1; c < j->channels; c++) {
        const float *x = j->x + c * j->stride + start;
        for (size_t i = 0; i < count; i++) {
            int larger = x[i] > best[i];
            y[i] = larger ? (uint8_t)c : y[i];
            best[i] = larger ? x[i] : best[i];
        }
    }
}

void osteon_argmax_bytes(const float *x, size_t channels, size_t stride, uint8_t *y, size_t count, int threads) {
    channel_job j = {x, NULL, NULL, y, channels, stride, count, NULL};
    osteon_parallel_for((count + ARGMAX_CHUNK - 1) / ARGMAX_CHUNK, threads, argmax_item, &j);
}

static void window_item(void *context, size_t index, int thread) {
    (void)thread;
    const channel_job *j = context;
    const osteon_window *w = j->window;
    size_t slice = index % w->extent[0], width = w->extent[2];
    const float *x = j->x ? j->x + index * w->extent[1] * width : NULL;
    const float *weight = j->weight ? j->weight + slice * w->extent[1] * width : NULL;
    float *to = j->sum + index / w->extent[0] * w->channel_stride + slice * w->stride[0];
    for (size_t h = 0; h < w->extent[1]; h++, to += w->stride[1]) {
        float *restrict sum = to;
        if (x && weight) for (size_t i = 0; i < width; i++) sum[i] += x[i] * weight[i];
        else if (x) for (size_t i = 0; i < width; i++) sum[i] += x[i];
        else if (weight) for (size_t i = 0; i < width; i++) sum[i] += weight[i];
        else for (size_t i = 0; i < width; i++) sum[i] += 1;
        if (x) x += width;
        if (weight) weight += width;
    }
}

void osteon_window_add(const osteon_window *window, const float *x, const float *weight, float *sum, int threads) {
    channel_job j = {x, weight, sum, NULL, window->channels, 0, 0, window};
    osteon_parallel_for(window->channels * window->extent[0], threads, window_item, &j);
}

static void divide_item(void *context, size_t channel, int thread) {
    (void)thread;
    const channel_job *j = context;
    const float *restrict x = j->x + channel * j->stride, *restrict weight = j->weight;
    float *restrict y = j->sum + channel * j->count;
    for (size_t i = 0; i < j->count; i++) y[i] = x[i] / weight[i];
}

void osteon_divide_channels(const float *x, size_t stride, const float *weight, float *y, size_t channels, size_t count, int threads) {
    channel_job j = {x, weight, y, NULL, channels, stride, count, NULL};
    osteon_parallel_for(channels, threads, divide_item, &j);
}
