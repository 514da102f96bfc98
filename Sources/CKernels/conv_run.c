#include "conv_internal.h"
#include "osteon_convert.h"
#include "osteon_threads.h"

#include <string.h>

typedef struct {
    const osteon_conv *c;
    osteon_map act;         // what tiles can do themselves
    osteon_map later;       // what's done on finished tiles
    int32_t zero;           // of bytes read
    const char *x;
    char *y;
    float *slabs, *temps;
    // shared mode
    int chunk, group, splits;
} conv_run;

// MARK: Filling a slab

static void copy_strided(float *restrict to, const float *restrict from, int count, int step) {
    switch (step) {
    case 1: memcpy(to, from, (size_t)count * sizeof *to); break;
    case 2: for (int i = 0; i < count; i++) to[i] = from[2 * i]; break;
    default: for (int i = 0; i < count; i++) to[i] = from[(size_t)step * i];
    }
}

/// The same from 16-bit floats.
static void widen_strided(osteon_element element, float *to, const uint16_t *from, int count, int step) {
    uint16_t near[128];
    for (int done = 0; done < count;) {
        int part = step == 1 ? count : min_int(count - done, 128);
        const uint16_t *source = from + (size_t)done * step;
        if (step != 1) {
            for (int i = 0; i < part; i++) near[i] = source[(size_t)i * step];
            source = near;
        }
        if (element == OSTEON_F16) osteon_f16_to_f32(source, to + done, (size_t)part);
        else osteon_bf16_to_f32(source, to + done, (size_t)part);
        done += part;
    }
}

/// `count` elements of a row from element `from` on; `second` is the same row of a pair's other channel.
static void fill_row(const conv_run *run, float *to, const char *row, const char *second, size_t from, int count, int step) {
    const osteon_conv *c = run->c;
    switch (c->s.input) {
    case OSTEON_F32: copy_strided(to, (const float *)row + from, count, step); break;
    case OSTEON_F16: case OSTEON_BF16: widen_strided(c->s.input, to, (const uint16_t *)row + from, count, step); break;
    default:
        c->ops->pair_bytes(
            c->s.input, (const uint8_t *)row + from, (const uint8_t *)second + from, (size_t)step, run->zero, (int32_t *)to,
            (size_t)count);
    }
}

/// How many of `count` steps from input index `first` lie before 0, and how many until `extent`.
static void inside(int first, int step, int extent, int count, int *low, int *high) {
    *low = first >= 0 ? 0 : min_int(count, ceil_div(-first, step));
    *high = first >= extent ? *low : min_int(count, ceil_div(extent - first, step));
    if (*high < *low) *high = *low;
}

/// One channel of the input (with bytes, a pair of them), padded and taken apart by residues, as the chunk starting at
/// `start` needs it. Where channels are odd the last one is its own second, with weights of 0.
static void fill_channel(const conv_run *run, int group, int channel, float *slab, const int start[3]) {
    const osteon_conv *c = run->c;
    const int *in = c->g.input, channels = c->g.channels / c->g.groups, last = min_int(c->pairs * channel + c->pairs, channels) - 1;
    const size_t volume = (size_t)in[0] * in[1] * in[2] * element_bytes(c->s.input);
    const char *x = run->x + ((size_t)group * channels + (size_t)c->pairs * channel) * volume;
    const char *second = run->x + ((size_t)group * channels + (size_t)last) * volume;
    int first[3], low, high;
    for (int rd = 0; rd < c->axis[0].residue_count; rd++)
        for (int rh = 0; rh < c->axis[1].residue_count; rh++)
            for (int rw = 0; rw < c->axis[2].residue_count; rw++) {
                const int residue[3] = {rd, rh, rw};
                for (int a = 0; a < 3; a++) {
                    const conv_axis *axis = &c->axis[a];
                    first[a] = start[a] * axis->start_step + axis->origin + axis->residues[residue[a]];
                }
                inside(first[2], c->axis[2].in_step, in[2], c->slab[2], &low, &high);
                for (int d = 0; d < c->slab[0]; d++) {
                    int id = first[0] + d * c->axis[0].in_step;
                    for (int h = 0; h < c->slab[1]; h++, slab += c->slab[2]) {
                        int ih = first[1] + h * c->axis[1].in_step;
                        if (id < 0 || id >= in[0] || ih < 0 || ih >= in[1] || low >= high) {
                            memset(slab, 0, (size_t)c->slab[2] * sizeof *slab);
                            continue;
                        }
                        size_t from = (size_t)(((ptrdiff_t)id * in[1] + ih) * in[2] + first[2] + (ptrdiff_t)low * c->axis[2].in_step);
                        for (int w = 0; w < low; w++) slab[w] = 0;
                        fill_row(run, slab + low, x, second, from, high - low, c->axis[2].in_step);
                        for (int w = high; w < c->slab[2]; w++) slab[w] = 0;
                    }
                }
            }
}

// MARK: Writing finished tiles

/// Where a chunk's outputs go.
typedef struct {
    int start[3], count[3];     // of q
    int plane;                  // the first plane of the unit
} conv_place;

#define ELEMENT float
#define NAMED(name) name##_4
#include "scatter_body.h"

#define ELEMENT uint16_t
#define NAMED(name) name##_2
#include "scatter_body.h"

#define ELEMENT uint8_t
#define NAMED(name) name##_1
#include "scatter_body.h"

/// Rounds finished positions to what's written, behind them; returns where that is.
static const void *narrow(const osteon_conv *c, float *temp, size_t count) {
    void *small = temp + count;
    switch (c->s.output) {
    case OSTEON_F32: return temp;
    case OSTEON_F16: osteon_f32_to_f16(temp, small, count); break;
    case OSTEON_BF16: osteon_f32_to_bf16(temp, small, count); break;
    default: c->ops->quantize(c->s.output, temp, c->s.output_scale, c->s.output_zero, small, count);
    }
    return small;
}

// MARK: Computing

/// Where in an output channel the positions from `position` on go, as they lie in the slab; -1 where they don't follow
/// one another there, -2 where none is an output at all.
static ptrdiff_t direct_place(const osteon_conv *c, const conv_place *place, int position, int count) {
    const int *out = c->g.output;
    int row = position / c->slab[2], column = position - row * c->slab[2];
    int d = place->plane + row / c->slab[1], h = row % c->slab[1];
    int one_row = column + count <= c->slab[2];
    if (one_row && (h >= place->count[1] || d >= place->count[0] || column >= place->count[2])) return -2;
    int whole_rows = !c->flat && c->axis[1].lattice == 1 && c->slab[2] == place->count[2] && c->slab[2] == out[2];
    if (!whole_rows && column + count > place->count[2]) return -1;
    return (((ptrdiff_t)place->start[0] + d * c->axis[0].lattice) * out[1] + place->start[1] + h * c->axis[1].lattice) * out[2]
        + place->start[2] + column;
}

/// Computes up to `width` positions of one block from `position` on, for all phases.
static void compute_group(
    const conv_run *run, const conv_place *place, int group, int block, const float *x, float *temp, int position, int length) {
    const osteon_conv *c = run->c;
    const int lanes = c->ops->lanes, rows = block_rows(c, block), width = c->width, step = c->axis[2].out_step;
    const int filter = group * c->filters + block * c->rows;
    size_t volume = (size_t)c->g.output[0] * c->g.output[1] * c->g.output[2];
    char *y = run->y + (size_t)filter * volume * element_bytes(c->s.output);
    int count = min_int(width, length - position), vectors = ceil_div(count, lanes);
    ptrdiff_t straight = direct_place(c, place, position, count);
    if (straight == -2) return;
    int direct = straight >= 0 && c->phase_count == 1 && c->s.output == OSTEON_F32 && run->later.kind == OSTEON_NONE && count == vectors * lanes;
    for (int p = 0; p < c->phase_count; p += step) {
        for (int r = 0; r < step; r++) {
            const conv_phase *phase = &c->phases[p + r];
            osteon_tile tile = {
                .x = x + position, .channel_stride = c->channel_stride, .channels = (size_t)c->channels, .taps = phase->taps,
                .offsets = phase->offsets, .bias = c->bias + filter, .scale = c->scale ? c->scale + filter : NULL,
                .start = c->start ? c->start + filter : NULL, .act = run->act,
                .weights = c->packed + (size_t)group * c->group_weights + phase->weights
                    + (size_t)block * c->rows * c->channels * phase->taps,
                .out = temp + (size_t)r * rows * width, .out_stride = (size_t)width};
            if (direct) {
                tile.out = (float *)y + straight;
                tile.out_stride = volume;
            }
            for (int left = vectors; left > 0;) {
                int done = c->tile(rows, left, &tile);
                left -= done;
                tile.x += done * lanes;
                tile.out += done * lanes;
            }
        }
        if (direct) continue;
        const size_t all = (size_t)step * rows * width;
        if (run->later.kind != OSTEON_NONE) c->ops->map(run->later, temp, temp, all);
        const void *done = narrow(c, temp, all);
        switch (element_bytes(c->s.output)) {
        case 4: scatter_4(c, place, &c->phases[p], done, width, rows, y, position, count); break;
        case 2: scatter_2(c, place, &c->phases[p], done, width, rows, y, position, count); break;
        default: scatter_1(c, place, &c->phases[p], done, width, rows, y, position, count);
        }
    }
}

/// The starts and extents of chunk `index`.
static conv_place place_of(const osteon_conv *c, int index) {
    conv_place place = {.plane = 0};
    for (int a = 2; a >= 0; a--) {
        const int lattice = c->axis[a].lattice, i = index % c->chunks[a];
        place.start[a] = i % lattice + i / lattice * c->chunk[a] * lattice;
        place.count[a] = min_int(c->chunk[a], max_int(0, ceil_div(c->axis[a].extent - place.start[a], lattice)));
        index /= c->chunks[a];
    }
    return place;
}

/// Positions of a unit: a plane, or all planes of a flat chunk.
static int unit_length(const osteon_conv *c, const conv_place *place) {
    int plane = (place->count[1] - 1) * c->slab[2] + place->count[2];
    return c->flat ? (place->count[0] - 1) * c->slab[1] * c->slab[2] + plane : plane;
}

/// All of one chunk, from its slab.
static void compute_chunk(const conv_run *run, int group, conv_place place, const float *slab, float *temp) {
    const osteon_conv *c = run->c;
    const int width = c->width, length = unit_length(c, &place);
    const int units = c->flat ? 1 : place.count[0], plane = c->slab[1] * c->slab[2];
    const int by_block = c->group_weights * 4 > 512 << 10;
    for (int outer = 0; outer < (by_block ? c->blocks : 1); outer++)
        for (place.plane = 0; place.plane < units; place.plane++)
            for (int position = 0; position < length; position += width)
                for (int block = by_block ? outer : 0; block < (by_block ? outer + 1 : c->blocks); block++)
                    compute_group(run, &place, group, block, slab + (size_t)place.plane * plane, temp, position, length);
}

static void own_slab_item(void *context, size_t index, int thread) {
    const conv_run *run = context;
    const osteon_conv *c = run->c;
    int chunks = c->chunks[0] * c->chunks[1] * c->chunks[2], group = (int)index / chunks;
    conv_place place = place_of(c, (int)index % chunks);
    if (place.count[0] <= 0 || place.count[1] <= 0) return;
    float *slab = run->slabs + (size_t)thread * ((c->slab_floats + 15) / 16 * 16);
    for (int i = 0; i < c->channels; i++) fill_channel(run, group, i, slab + i * c->channel_stride, place.start);
    compute_chunk(run, group, place, slab, run->temps + (size_t)thread * ((c->temp_floats + 15) / 16 * 16));
}

static void fill_item(void *context, size_t index, int thread) {
    (void)thread;
    const conv_run *run = context;
    const osteon_conv *c = run->c;
    conv_place place = place_of(c, run->chunk);
    fill_channel(run, run->group, (int)index, run->slabs + index * c->channel_stride, place.start);
}

/// One block over one share of the positions.
static void shared_item(void *context, size_t index, int thread) {
    const conv_run *run = context;
    const osteon_conv *c = run->c;
    conv_place place = place_of(c, run->chunk);
    if (place.count[0] <= 0 || place.count[1] <= 0) return;
    float *temp = run->temps + (size_t)thread * ((c->temp_floats + 15) / 16 * 16);
    const int block = (int)index / run->splits, share = (int)index % run->splits;
    const int width = c->width, length = unit_length(c, &place), units = c->flat ? 1 : place.count[0];
    const int tiles = ceil_div(length, width), all = units * tiles;
    for (int t = (int)((long)all * share / run->splits); t < (int)((long)all * (share + 1) / run->splits); t++) {
        place.plane = t / tiles;
        const float *x = run->slabs + (size_t)place.plane * c->slab[1] * c->slab[2];
        compute_group(run, &place, run->group, block, x, temp, t % tiles * width, length);
    }
}

void osteon_conv_run(
    const osteon_conv *c, osteon_map act, int32_t zero, const void *x, void *y, size_t batch, void *scratch) {
    int in_tile = act.kind == OSTEON_NONE || act.kind == OSTEON_RELU || act.kind == OSTEON_LEAKY_RELU || act.kind == OSTEON_CLIP;
    osteon_map none = {.kind = OSTEON_NONE};
    conv_run run = {.c = c, .zero = zero, .act = in_tile ? act : none, .later = in_tile ? none : act, .slabs = scratch};
    size_t slab = (c->slab_floats + 15) / 16 * 16;
    run.temps = run.slabs + (c->shared ? 1 : (size_t)c->threads) * slab;
    size_t in = (size_t)c->g.channels * c->g.input[0] * c->g.input[1] * c->g.input[2];
    size_t out = (size_t)c->g.filters * c->g.output[0] * c->g.output[1] * c->g.output[2];
    int chunks = c->chunks[0] * c->chunks[1] * c->chunks[2];
    run.splits = c->blocks >= 4 * c->threads ? 1 : ceil_div(4 * c->threads, c->blocks);
    for (size_t n = 0; n < batch; n++) {
        run.x = (const char *)x + n * in * element_bytes(c->s.input);
        run.y = (char *)y + n * out * element_bytes(c->s.output);
        if (!c->shared) {
            osteon_parallel_for((size_t)chunks * c->g.groups, c->threads, own_slab_item, &run);
            continue;
        }
        for (run.group = 0; run.group < c->g.groups; run.group++)
            for (run.chunk = 0; run.chunk < chunks; run.chunk++) {
                osteon_parallel_for((size_t)c->channels, c->threads, fill_item, &run);
                osteon_parallel_for((size_t)c->blocks * run.splits, c->threads, shared_item, &run);
            }
    }
}
