#include "conv_internal.h"

#include <stdlib.h>
#include <string.h>

static int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// A place for residue r among those used.
static int residue_slot(conv_axis *axis, int r) {
    for (int i = 0; i < axis->residue_count; i++)
        if (axis->residues[i] == r) return i;
    axis->residues[axis->residue_count] = r;
    return axis->residue_count++;
}

/// Whether tap k makes outputs with this remainder, and then its residue slot and offset along the axis.
static int locate(osteon_conv *c, int a, int k, int remainder, int *slot, int *offset) {
    conv_axis *axis = &c->axis[a];
    int reach = k * c->g.dilation[a];
    if (!c->g.transposed) {
        *slot = residue_slot(axis, axis->lattice > 1 ? 0 : reach % axis->in_step);
        *offset = reach / axis->in_step;
        return 1;
    }
    int distance = remainder + c->g.pad[a] - reach;
    *slot = 0;
    *offset = floor_div(distance, axis->out_step) - axis->origin;
    return distance - floor_div(distance, axis->out_step) * axis->out_step == 0;
}

static void settle_axis(osteon_conv *c, int a) {
    conv_axis *axis = &c->axis[a];
    int slot, offset, step = c->g.stride[a];
    // Height and depth can be walked at the dilation's pace; along the width vectors need neighbours.
    axis->lattice = !c->g.transposed && a < 2 && step == 1 ? c->g.dilation[a] : 1;
    axis->start_step = c->g.transposed ? 1 : step;
    axis->in_step = axis->start_step * axis->lattice;
    axis->out_step = c->g.transposed ? step : 1;
    axis->extent = ceil_div(c->g.output[a], axis->out_step);
    axis->origin = c->g.transposed ? 0 : -c->g.pad[a];
    if (c->g.transposed) {
        int least = 1 << 30;
        for (int r = 0; r < step; r++)
            for (int k = 0; k < c->g.kernel[a]; k++)
                if (locate(c, a, k, r, &slot, &offset)) least = min_int(least, offset);
        axis->origin = least == 1 << 30 ? 0 : least;
        residue_slot(axis, 0);
    }
    for (int r = 0; r < axis->out_step; r++)
        for (int k = 0; k < c->g.kernel[a]; k++)
            if (locate(c, a, k, r, &slot, &offset)) axis->halo = max_int(axis->halo, offset);
}

/// Joins axes the kernel doesn't look along, so that tiles are long: [D,H,W] of a 1×1×1 convolution is one row.
static void merge_axes(osteon_conv_geometry *g) {
    for (int a = 0; a < 2 && !g->transposed; a++) {
        int plain = 1;
        for (int b = a; b <= a + 1; b++)
            plain = plain && g->kernel[b] == 1 && g->stride[b] == 1 && g->pad[b] == 0 && g->input[b] == g->output[b];
        if (!plain) continue;
        g->input[a + 1] *= g->input[a];
        g->output[a + 1] *= g->output[a];
        for (int b = a; b > 0; b--) {
            g->input[b] = g->input[b - 1], g->output[b] = g->output[b - 1], g->kernel[b] = g->kernel[b - 1];
            g->stride[b] = g->stride[b - 1], g->dilation[b] = g->dilation[b - 1], g->pad[b] = g->pad[b - 1];
        }
        g->input[0] = g->output[0] = g->kernel[0] = g->stride[0] = g->dilation[0] = 1;
        g->pad[0] = 0;
    }
}

// MARK: Blocking

/// The sizes that follow from a chunk.
static void settle_slab(osteon_conv *c) {
    size_t volumes = 1;
    c->sub_volume = 1;
    for (int a = 0; a < 3; a++) {
        const conv_axis *axis = &c->axis[a];
        c->chunks[a] = axis->lattice * ceil_div(ceil_div(axis->extent, axis->lattice), c->chunk[a]);
        c->slab[a] = c->chunk[a] + c->axis[a].halo;
        c->sub_volume *= (size_t)c->slab[a];
        volumes *= (size_t)c->axis[a].residue_count;
    }
    // An odd number of cache lines between channels keeps them out of one another's cache sets.
    size_t lines = (volumes * c->sub_volume + 15) / 16;
    c->channel_stride = 16 * (lines | 1);
    c->slab_floats = c->channel_stride * (size_t)c->channels + 64;
}

/// Vectors a chunk computes in either order of walking.
static long chunk_vectors(const osteon_conv *c, int flat) {
    long row = c->slab[2], lanes = c->ops->lanes;
    long plane = (long)(c->chunk[1] - 1) * row + c->chunk[2];
    if (!flat) return c->chunk[0] * ((plane + lanes - 1) / lanes);
    return ((long)(c->chunk[0] - 1) * c->slab[1] * row + plane + lanes - 1) / lanes;
}

/// Cycles an output takes, roughly: filling the slab and computing, spread unevenly where chunks are few.
static double cost(const osteon_conv *c) {
    double outputs = 1, volumes = 1, taps = 0;
    for (int a = 0; a < 3; a++) {
        outputs *= (double)c->axis[a].extent / c->chunks[a];
        volumes *= c->axis[a].residue_count;
    }
    for (int p = 0; p < c->phase_count; p++) taps += (double)c->phases[p].taps;
    double fill = volumes * (double)c->sub_volume * (c->axis[2].in_step == 1 ? 0.15 : 0.6);
    long vectors = chunk_vectors(c, 0), flat = chunk_vectors(c, 1);
    double compute = (double)(flat < vectors ? flat : vectors) * c->filters * taps * 0.5;
    long count = (long)c->chunks[0] * c->chunks[1] * c->chunks[2] * c->g.groups;
    double rounds = (double)((count + c->threads - 1) / c->threads) * c->threads / (double)count;
    return (fill + compute + 200.0 / c->channels) / outputs * rounds;
}

static void choose_chunk(osteon_conv *c) {
    static const int sizes[] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 768, 1536, 3072};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    double weight_bytes = (double)c->group_weights * 4;
    int full[3];
    for (int a = 0; a < 3; a++) full[a] = ceil_div(c->axis[a].extent, c->axis[a].lattice);
    memcpy(c->chunk, full, sizeof full);
    settle_slab(c);
    int dense = c->axis[0].lattice == 1 && c->axis[1].lattice == 1;
    if (dense && weight_bytes > 1 << 20 && c->slab_floats * 4 <= 6 << 20) {
        c->shared = 1;
        return;
    }
    int best[3] = {1, 1, min_int(full[2], 96)};
    double best_cost = 1e300;
    for (int i = 0; i <= COUNT; i++)
        for (int j = 0; j <= COUNT; j++)
            for (int k = 10; k <= COUNT; k++) {
                int candidate[3] = {i < COUNT ? sizes[i] : full[0], j < COUNT ? sizes[j] : full[1], k < COUNT ? sizes[k] : full[2]};
                if (candidate[0] > full[0] || candidate[1] > full[1] || candidate[2] > full[2]) continue;
                memcpy(c->chunk, candidate, sizeof candidate);
                settle_slab(c);
                if (c->slab_floats * 4 > 320 << 10) continue;
                double candidate_cost = cost(c);
                if (candidate_cost < best_cost) best_cost = candidate_cost, memcpy(best, candidate, sizeof best);
            }
    memcpy(c->chunk, best, sizeof best);
    settle_slab(c);
    long count = (long)c->chunks[0] * c->chunks[1] * c->chunks[2] * c->g.groups;
    c->shared = count < c->threads;
}

// MARK: Making

static int make_phases(osteon_conv *c) {
    conv_axis *x = c->axis;
    c->phase_count = x[0].out_step * x[1].out_step * x[2].out_step;
    c->phases = calloc((size_t)c->phase_count, sizeof *c->phases);
    if (!c->phases) return 0;
    size_t kernel = (size_t)c->g.kernel[0] * c->g.kernel[1] * c->g.kernel[2], weights = 0;
    for (int p = 0; p < c->phase_count; p++) {
        conv_phase *phase = &c->phases[p];
        phase->remainder[2] = p % x[2].out_step;
        phase->remainder[1] = p / x[2].out_step % x[1].out_step;
        phase->remainder[0] = p / x[2].out_step / x[1].out_step;
        phase->offsets = calloc(kernel, sizeof *phase->offsets);
        phase->kernel_index = calloc(kernel, sizeof *phase->kernel_index);
        if (!phase->offsets || !phase->kernel_index) return 0;
        int slot, offset;
        for (size_t k = 0; k < kernel; k++) {
            int at[3] = {(int)(k / c->g.kernel[2] / c->g.kernel[1]), (int)(k / c->g.kernel[2] % c->g.kernel[1]), (int)(k % c->g.kernel[2])};
            int all = 1;
            for (int a = 0; a < 3; a++) all = all && locate(c, a, at[a], phase->remainder[a], &slot, &offset);
            if (all) phase->kernel_index[phase->taps++] = (int32_t)k;
        }
        phase->weights = weights;
        weights += (size_t)c->filters * c->channels * phase->taps;
    }
    c->group_weights = weights;
    return 1;
}

/// Where each tap lies in the slab, once its size is settled.
static void settle_offsets(osteon_conv *c) {
    for (int p = 0; p < c->phase_count; p++)
        for (size_t t = 0; t < c->phases[p].taps; t++) {
            int k = c->phases[p].kernel_index[t], slot[3], offset[3];
            int at[3] = {k / c->g.kernel[2] / c->g.kernel[1], k / c->g.kernel[2] % c->g.kernel[1], k % c->g.kernel[2]};
            for (int a = 0; a < 3; a++) locate(c, a, at[a], c->phases[p].remainder[a], &slot[a], &offset[a]);
            size_t volume = ((size_t)slot[0] * c->axis[1].residue_count + slot[1]) * c->axis[2].residue_count + slot[2];
            size_t place = ((size_t)offset[0] * c->slab[1] + offset[1]) * c->slab[2] + offset[2];
            c->phases[p].offsets[t] = (int32_t)(volume * c->sub_volume + place);
        }
}

/// [group][phase][block][channel][tap][row]; with bytes a channel is a pair of them, the last one's second 0 where it's odd.
static void pack(osteon_conv *c, const void *weights) {
    const int channels = c->g.channels / c->g.groups;
    size_t kernel = (size_t)c->g.kernel[0] * c->g.kernel[1] * c->g.kernel[2];
    float *w = c->packed;
    for (int g = 0; g < c->g.groups; g++)
        for (int p = 0; p < c->phase_count; p++)
            for (int b = 0; b < c->blocks; b++)
                for (int i = 0; i < c->channels; i++)
                    for (size_t t = 0; t < c->phases[p].taps; t++)
                        for (int m = 0; m < block_rows(c, b); m++) {
                            size_t o = (size_t)b * c->rows + m;
                            uint16_t pair[2] = {0, 0};
                            for (int k = 0; k < c->pairs && c->pairs * i + k < channels; k++) {
                                size_t channel = (size_t)c->pairs * i + k;
                                size_t at = c->g.transposed ? ((size_t)g * channels + channel) * c->filters + o
                                                            : ((size_t)g * c->filters + o) * channels + channel;
                                at = at * kernel + (size_t)c->phases[p].kernel_index[t];
                                if (c->pairs == 1) *w = ((const float *)weights)[at];
                                else if (c->s.wide_weights) pair[k] = (uint16_t)((const int16_t *)weights)[at];
                                else pair[k] = (uint16_t)(int16_t)((const int8_t *)weights)[at];
                            }
                            if (c->pairs > 1) memcpy(w, pair, sizeof pair);
                            w++;
                        }
}

/// Memory of its own with `count` elements of 32 bits.
static void *copied(const void *from, int count) {
    void *to = malloc((size_t)count * 4);
    return to ? memcpy(to, from, (size_t)count * 4) : NULL;
}

osteon_conv *osteon_conv_make(
    const osteon_conv_geometry *geometry, const osteon_conv_storage *storage, const void *weights, const float *bias,
    const osteon_ops *ops, int threads) {
    osteon_conv *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->g = *geometry;
    c->s = *storage;
    c->ops = ops;
    c->threads = max_int(threads, 1);
    c->pairs = is_byte(storage->input) ? 2 : 1;
    c->tile = c->pairs > 1 ? ops->pair_tile : ops->tile;
    c->group_vectors = c->pairs > 1 ? ops->pair_vectors : ops->group_vectors;
    c->channels = ceil_div(c->g.channels / c->g.groups, c->pairs);
    c->filters = c->g.filters / c->g.groups;
    merge_axes(&c->g);
    for (int a = 0; a < 3; a++) settle_axis(c, a);
    c->blocks = ceil_div(c->filters, ops->max_rows);
    c->rows = ceil_div(c->filters, c->blocks);
    c->width = c->group_vectors[c->rows] * ops->lanes;
    if (!make_phases(c)) return osteon_conv_free(c), NULL;
    choose_chunk(c);
    settle_offsets(c);
    c->flat = chunk_vectors(c, 1) < chunk_vectors(c, 0);
    c->temp_floats = (size_t)c->axis[2].out_step * c->rows * c->width;
    if (c->s.output != OSTEON_F32) c->temp_floats += (c->temp_floats * element_bytes(c->s.output) + 3) / 4;
    c->packed = aligned_alloc(64, ((size_t)c->g.groups * c->group_weights * 4 + 127) / 64 * 64);
    c->bias = calloc((size_t)c->g.filters, sizeof *c->bias);
    if (!c->packed || !c->bias) return osteon_conv_free(c), NULL;
    if (storage->filter_scale && !(c->scale = copied(storage->filter_scale, c->g.filters))) return osteon_conv_free(c), NULL;
    if (storage->filter_start && !(c->start = copied(storage->filter_start, c->g.filters))) return osteon_conv_free(c), NULL;
    if (bias) memcpy(c->bias, bias, (size_t)c->g.filters * sizeof *bias);
    c->s.filter_scale = NULL;
    c->s.filter_start = NULL;
    pack(c, weights);
    return c;
}

void osteon_conv_free(osteon_conv *c) {
    if (!c) return;
    for (int p = 0; c->phases && p < c->phase_count; p++) {
        free(c->phases[p].offsets);
        free(c->phases[p].kernel_index);
    }
    free(c->phases);
    free(c->packed);
    free(c->bias);
    free(c->scale);
    free(c->start);
    free(c);
}

size_t osteon_conv_scratch(const osteon_conv *c) {
    size_t slabs = c->shared ? 1 : (size_t)c->threads;
    return 4 * (slabs * ((c->slab_floats + 15) / 16 * 16) + (size_t)c->threads * ((c->temp_floats + 15) / 16 * 16));
}
