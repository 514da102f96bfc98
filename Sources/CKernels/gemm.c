#include "osteon_gemm.h"
#include "osteon_threads.h"

#include <string.h>

enum { SLAB_BYTES = 256 << 10 };

/// How one product is cut up: a packed whole, b in slabs of columns.
typedef struct {
    size_t packed;          // floats of packed a
    size_t slab;            // floats of a slab of b
    size_t stride;          // floats from one inner index of a slab to the next
    size_t width, slabs;    // columns a slab has, and how many slabs
    int blocks;
} layout;

typedef struct {
    const osteon_ops *ops;
    const osteon_gemm *g;
    layout l;
    size_t batch, scratch_floats;
    const size_t *offset_a, *offset_b;
    const float *a, *b;
    float *c, *scratch;
    const float *zeros;
    // one product
    const float *one_a, *one_b;
    float *one_c, *packed, *slabs;
    int threads;
} job;

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

static layout layout_of(const osteon_ops *ops, const osteon_gemm *g) {
    layout l;
    size_t group = 6 * (size_t)ops->lanes, most = SLAB_BYTES / 4 / (g->inner ? g->inner : 1) / group * group;
    if (most < group) most = group;
    l.slabs = ceil_of(g->columns, most);
    l.width = ceil_of(ceil_of(g->columns, l.slabs), (size_t)ops->lanes) * (size_t)ops->lanes;
    l.slabs = ceil_of(g->columns, l.width);
    l.stride = 16 * (ceil_of(l.width, 16) | 1);
    l.slab = l.stride * g->inner + 64;
    l.packed = ceil_of(g->rows * g->inner, 16) * 16 + 16;
    l.blocks = (int)ceil_of(g->rows, (size_t)ops->max_rows);
    return l;
}

/// Many small products are shared out whole; one large one is cut up.
static int by_product(const osteon_gemm *g, size_t batch, int threads) {
    return batch >= 2 * (size_t)threads && (double)g->rows * g->inner * g->columns < 1 << 24;
}

static size_t one_scratch(const layout *l, int threads) { return l->packed + (size_t)threads * l->slab; }

size_t osteon_gemm_scratch(const osteon_ops *ops, const osteon_gemm *g, size_t batch, int threads) {
    if (g->rows == 0 || g->columns == 0) return 0;
    layout l = layout_of(ops, g);
    size_t one = by_product(g, batch, threads) ? (size_t)threads * one_scratch(&l, 1) : one_scratch(&l, threads);
    return 4 * (one + 64);
}

static void pack_item(void *context, size_t block, int thread) {
    (void)thread;
    const job *j = context;
    const osteon_gemm *g = j->g;
    size_t first = block * (size_t)j->ops->max_rows, rows = least((size_t)j->ops->max_rows, g->rows - first);
    float *to = j->packed + first * g->inner;
    for (size_t k = 0; k < g->inner; k++)
        for (size_t m = 0; m < rows; m++) *to++ = g->alpha * j->one_a[(first + m) * g->row_a + k * g->column_a];
}

static void slab_item(void *context, size_t index, int thread) {
    const job *j = context;
    const osteon_gemm *g = j->g;
    const int lanes = j->ops->lanes;
    float *slab = j->slabs + (size_t)thread * j->l.slab;
    size_t start = index * j->l.width, width = least(j->l.width, g->columns - start);
    for (size_t k = 0; k < g->inner; k++) {
        const float *from = j->one_b + k * g->row_b + start * g->column_b;
        float *to = slab + k * j->l.stride;
        if (g->column_b == 1) memcpy(to, from, width * sizeof *to);
        else for (size_t n = 0; n < width; n++) to[n] = from[n * g->column_b];
    }
    const int32_t offset = 0;
    for (size_t n = 0; n < width;) {
        size_t group = least(6 * (size_t)lanes, width - n);
        for (int block = 0; block < j->l.blocks; block++) {
            size_t first = (size_t)block * j->ops->max_rows;
            int rows = (int)least((size_t)j->ops->max_rows, g->rows - first);
            float rest[8 * 16 * 8];
            osteon_tile tile = {
                .x = slab + n, .weights = j->packed + first * g->inner, .bias = j->zeros, .channel_stride = j->l.stride,
                .channels = g->inner, .taps = 1, .offsets = &offset, .out = rest, .out_stride = 16 * 8, .act = {.kind = OSTEON_NONE}};
            size_t done = 0;
            while (done < group) {
                int vectors = (int)ceil_of(group - done, (size_t)lanes);
                tile.x = slab + n + done;
                size_t whole = (group - done) / (size_t)lanes;
                float *to = j->one_c + first * g->columns + start + n + done;
                if (whole > 0) {
                    tile.out = to;
                    tile.out_stride = g->columns;
                    done += (size_t)lanes * (size_t)j->ops->tile(rows, (int)whole, &tile);
                    continue;
                }
                tile.out = rest;
                tile.out_stride = 16 * 8;
                j->ops->tile(rows, vectors, &tile);
                for (int m = 0; m < rows; m++) memcpy(to + (size_t)m * g->columns, rest + m * 16 * 8, (group - done) * sizeof *to);
                done = group;
            }
        }
        n += group;
    }
}

static void run_one(job *j, size_t product, float *scratch) {
    j->one_a = j->a + j->offset_a[product];
    j->one_b = j->b + j->offset_b[product];
    j->one_c = j->c + product * j->g->rows * j->g->columns;
    j->packed = scratch;
    j->slabs = scratch + j->l.packed;
    osteon_parallel_for((size_t)j->l.blocks, j->threads, pack_item, j);
    osteon_parallel_for(j->l.slabs, j->threads, slab_item, j);
}

static void product_item(void *context, size_t index, int thread) {
    job j = *(const job *)context;
    j.threads = 1;
    run_one(&j, index, j.scratch + (size_t)thread * one_scratch(&j.l, 1));
}

void osteon_gemm_run(
    const osteon_ops *ops, const osteon_gemm *g, size_t batch, const size_t *offset_a, const size_t *offset_b, const float *a,
    const float *b, float *c, void *scratch, int threads) {
    static const float zeros[8];
    if (g->rows == 0 || g->columns == 0) return;
    job j = {.ops = ops, .g = g, .l = layout_of(ops, g), .batch = batch, .offset_a = offset_a, .offset_b = offset_b, .a = a, .b = b,
             .c = c, .scratch = scratch, .zeros = zeros, .threads = threads};
    if (by_product(g, batch, threads)) {
        osteon_parallel_for(batch, threads, product_item, &j);
        return;
    }
    for (size_t i = 0; i < batch; i++) run_one(&j, i, scratch);
}
