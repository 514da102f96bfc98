#include "osteon_storage.h"
#include "osteon_convert.h"
#include "osteon_threads.h"

/// Elements an item has: enough to pay for handing it out.
enum { GRAIN = 1 << 15 };

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// MARK: Halves

typedef struct {
    osteon_element from, to;
    const void *x;
    void *y;
    size_t count;
} convert_job;

static void convert_item(void *context, size_t index, int thread) {
    (void)thread;
    const convert_job *j = context;
    const size_t start = index * GRAIN, count = least(GRAIN, j->count - start);
    if (j->to == OSTEON_F32) {
        const uint16_t *x = (const uint16_t *)j->x + start;
        float *y = (float *)j->y + start;
        if (j->from == OSTEON_F16) osteon_f16_to_f32(x, y, count);
        else osteon_bf16_to_f32(x, y, count);
    } else {
        const float *x = (const float *)j->x + start;
        uint16_t *y = (uint16_t *)j->y + start;
        if (j->to == OSTEON_F16) osteon_f32_to_f16(x, y, count);
        else osteon_f32_to_bf16(x, y, count);
    }
}

void osteon_convert_all(osteon_element from, const void *x, osteon_element to, void *y, size_t count, int threads) {
    convert_job j = {from, to, x, y, count};
    osteon_parallel_for(ceil_of(count, GRAIN), threads, convert_item, &j);
}

// MARK: Quantised bytes

typedef struct {
    const osteon_ops *ops;
    const osteon_grid *grid;
    const float *floats;
    float *to_floats;
    const uint8_t *bytes;
    uint8_t *to_bytes;
    size_t rows, rows_an_item, pieces;
} grid_job;

static void grid_item(void *context, size_t index, int thread) {
    (void)thread;
    const grid_job *j = context;
    const osteon_grid *g = j->grid;
    const size_t start = index % j->pieces * GRAIN, width = j->pieces == 1 ? g->inner : least(GRAIN, g->inner - start);
    const size_t first = index / j->pieces * j->rows_an_item, end = least(j->rows, first + j->rows_an_item);
    for (size_t row = first; row < end; row++) {
        const size_t at = row * g->inner + start, k = row % g->extent;
        if (j->to_bytes) j->ops->quantize(g->element, j->floats + at, g->scale[k], g->zero[k], j->to_bytes + at, width);
        else j->ops->dequantize(g->element, j->bytes + at, g->scale[k], g->zero[k], j->to_floats + at, width);
    }
}

static void grid_all(grid_job *j, int threads) {
    const osteon_grid *g = j->grid;
    j->rows = g->outer * g->extent;
    j->rows_an_item = j->pieces = 1;
    if (j->rows == 0 || g->inner == 0) return;
    if (g->inner >= 2 * GRAIN) j->pieces = ceil_of(g->inner, GRAIN);
    else j->rows_an_item = ceil_of(GRAIN, g->inner);
    osteon_parallel_for(ceil_of(j->rows, j->rows_an_item) * j->pieces, threads, grid_item, j);
}

void osteon_quantize_all(const osteon_ops *ops, const osteon_grid *grid, const float *x, void *y, int threads) {
    grid_job j = {.ops = ops, .grid = grid, .floats = x, .to_bytes = y};
    grid_all(&j, threads);
}

void osteon_dequantize_all(const osteon_ops *ops, const osteon_grid *grid, const void *x, float *y, int threads) {
    grid_job j = {.ops = ops, .grid = grid, .bytes = x, .to_floats = y};
    grid_all(&j, threads);
}

typedef struct {
    const uint8_t *table, *x;
    uint8_t *y;
    size_t count;
} lookup_job;

static void lookup_item(void *context, size_t index, int thread) {
    (void)thread;
    const lookup_job *j = context;
    const size_t end = least(j->count, (index + 1) * GRAIN);
    for (size_t i = index * GRAIN; i < end; i++) j->y[i] = j->table[j->x[i]];
}

void osteon_lookup_all(const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t count, int threads) {
    lookup_job j = {table, x, y, count};
    osteon_parallel_for(ceil_of(count, GRAIN), threads, lookup_item, &j);
}
