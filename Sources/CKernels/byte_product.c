#include "osteon_byte_product.h"
#include "forms.h"
#include "osteon_threads.h"

#include <stdlib.h>
#include <string.h>

struct osteon_byte_product {
    const osteon_ops *ops;
    size_t inner, columns;
    size_t pairs;           // of inner
    size_t width, slabs;    // columns a slab has, and how many slabs
    /// [slab][pair][column of the slab], 0 beyond the matrix.
    int32_t *packed;
};

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }
static int32_t pair_of(int32_t a, int32_t b) { return (int32_t)(((uint32_t)a & 0xFFFFu) | (uint32_t)b << 16); }

static int32_t element(const void *b, int wide, size_t at) { return wide ? ((const int16_t *)b)[at] : ((const int8_t *)b)[at]; }

osteon_byte_product *osteon_byte_product_make(
    const void *b, int wide, size_t inner, size_t columns, size_t row_step, size_t column_step, const osteon_ops *ops) {
    osteon_byte_product *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->ops = ops;
    p->inner = inner;
    p->columns = columns;
    p->pairs = ceil_of(inner, 2);
    p->width = 8 * (size_t)ops->lanes;
    p->slabs = ceil_of(columns, p->width);
    p->packed = aligned_alloc(64, (p->slabs * p->pairs * p->width * 4 + 127) / 64 * 64);
    if (!p->packed) return osteon_byte_product_free(p), NULL;
    int32_t *to = p->packed;
    for (size_t s = 0; s < p->slabs; s++)
        for (size_t k = 0; k < inner; k += 2)
            for (size_t j = s * p->width; j < (s + 1) * p->width; j++) {
                const size_t at = k * row_step + j * column_step;
                int32_t first = j < columns ? element(b, wide, at) : 0;
                int32_t second = j < columns && k + 1 < inner ? element(b, wide, at + row_step) : 0;
                *to++ = pair_of(first, second);
            }
    return p;
}

void osteon_byte_product_free(osteon_byte_product *p) {
    if (!p) return;
    free(p->packed);
    free(p);
}

typedef struct {
    const osteon_byte_product *p;
    const osteon_byte_factors *f;
    const uint8_t *a;
    void *y;
    int32_t *rows;          // packed a: [block][pair][row]
    size_t blocks, parts;
} product_job;

size_t osteon_byte_product_scratch(const osteon_byte_product *p, size_t rows) { return rows * p->pairs * 4 + 64; }

static void pack_rows(void *context, size_t block, int thread) {
    (void)thread;
    const product_job *j = context;
    const size_t most = (size_t)j->p->ops->max_rows, first = block * most, rows = least(most, j->f->rows - first), inner = j->p->inner;
    const int is_signed = j->f->element == OSTEON_I8;
    int32_t *to = j->rows + first * j->p->pairs;
    for (size_t k = 0; k < inner; k += 2)
        for (size_t m = 0; m < rows; m++) {
            const uint8_t *a = j->a + (first + m) * inner + k;
            int32_t low = (is_signed ? (int8_t)a[0] : a[0]) - j->f->zero, high = 0;
            if (k + 1 < inner) high = (is_signed ? (int8_t)a[1] : a[1]) - j->f->zero;
            *to++ = pair_of(low, high);
        }
}

/// Scales, biases and writes one row's sums.
static void finish_row(const product_job *j, float *sums, size_t row, size_t column, size_t count) {
    const osteon_ops *ops = j->p->ops;
    const size_t at = row * j->p->columns + column;
    if (!j->f->scale) {
        memcpy((int32_t *)j->y + at, sums, count * sizeof *sums);
        return;
    }
    ops->zip(OSTEON_MULTIPLY, sums, 1, j->f->scale + column, 1, sums, count);
    ops->zip(OSTEON_ADD, sums, 1, j->f->bias + column, 1, sums, count);
    if (j->f->act.kind != OSTEON_NONE) ops->map(j->f->act, sums, sums, count);
    if (j->f->form_y.element == OSTEON_F32) memcpy((float *)j->y + at, sums, count * sizeof *sums);
    else write_form(ops, j->f->form_y, sums, j->y, at, count);
}

/// One share of the row blocks with one slab of columns.
static void product_item(void *context, size_t index, int thread) {
    (void)thread;
    const product_job *j = context;
    const osteon_byte_product *p = j->p;
    static const float ones[8] = {1, 1, 1, 1, 1, 1, 1, 1}, zeros[8];
    const int32_t offset = 0;
    const size_t slab = index / j->parts, part = index % j->parts, most = (size_t)p->ops->max_rows;
    const size_t column = slab * p->width, count = least(p->width, p->columns - column);
    float sums[8 * 8 * 16];
    for (size_t block = j->blocks * part / j->parts; block < j->blocks * (part + 1) / j->parts; block++) {
        const size_t first = block * most, rows = least(most, j->f->rows - first);
        osteon_tile tile = {
            .weights = (const float *)(j->rows + first * p->pairs), .bias = zeros, .scale = j->f->scale ? ones : NULL, .channel_stride = p->width,
            .channels = p->pairs, .taps = 1, .offsets = &offset, .out_stride = p->width, .act = {.kind = OSTEON_NONE}};
        for (size_t done = 0; done < count;) {
            tile.x = (const float *)(p->packed + slab * p->pairs * p->width) + done;
            tile.out = sums + done;
            const int vectors = (int)ceil_of(count - done, (size_t)p->ops->lanes);
            done += (size_t)p->ops->lanes * (size_t)p->ops->pair_tile((int)rows, vectors, &tile);
        }
        for (size_t m = 0; m < rows; m++) finish_row(j, sums + m * p->width, first + m, column, count);
    }
}

void osteon_byte_product_run(
    const osteon_byte_product *p, const osteon_byte_factors *f, const uint8_t *a, void *y, void *scratch, int threads) {
    if (f->rows == 0 || p->columns == 0) return;
    product_job j = {.p = p, .f = f, .a = a, .y = y, .rows = scratch, .blocks = ceil_of(f->rows, (size_t)p->ops->max_rows)};
    const size_t wanted = 4 * (size_t)(threads > 0 ? threads : 1);
    j.parts = p->slabs >= wanted ? 1 : least(j.blocks, ceil_of(wanted, p->slabs));
    osteon_parallel_for(j.blocks, threads, pack_rows, &j);
    osteon_parallel_for(p->slabs * j.parts, threads, product_item, &j);
}
