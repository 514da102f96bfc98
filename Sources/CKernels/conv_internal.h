// What the parts of the convolution share: conv.c makes and packs, conv_run.c computes.
#ifndef OSTEON_CONV_INTERNAL_H
#define OSTEON_CONV_INTERNAL_H

#include "osteon_conv.h"

enum { MAX_STRIDE = OSTEON_CONV_MAX_STRIDE };

/// How outputs and inputs of one axis meet. Output positions are counted by q; q stands for the output q of a
/// convolution, for the outputs q · out_step + phase of a transposed one.
typedef struct {
    int extent;             // of q
    int start_step;         // input steps for a step of q
    int lattice;            // steps of q from one place of a chunk to the next: dilated taps then are neighbours
    int in_step;            // input steps from one place of a slab to the next
    int out_step;           // output steps for a step of q
    int origin;             // input index for q = 0, residue 0, offset 0
    int halo;               // the largest offset
    int residue_count;      // residues of the stride that some tap uses
    int residues[MAX_STRIDE];
} conv_axis;

/// One set of taps that makes the outputs with these remainders of out_step.
typedef struct {
    int remainder[3];
    size_t taps;
    int32_t *offsets;       // into the slab
    int32_t *kernel_index;  // which kernel element a tap is
    size_t weights;         // where its packed weights start
} conv_phase;

struct osteon_conv {
    osteon_conv_geometry g;
    osteon_conv_storage s;
    const osteon_ops *ops;
    int threads;
    int pairs;                      // 2 channels share an element of slabs and weights (bytes), or 1 (floats)
    int channels, filters;          // of a group; channels by pairs
    int (*tile)(int rows, int vectors, const osteon_tile *tile);
    const int *group_vectors;
    int rows, blocks;               // output channels a block, blocks a group
    int width;                      // positions computed at a time
    conv_axis axis[3];
    int phase_count;
    conv_phase *phases;
    size_t group_weights;           // floats of a group's packed weights
    float *packed, *bias, *scale;   // scale and start: NULL where storage has none
    int32_t *start;
    int chunk[3], chunks[3];        // extents of q a slab covers, and how many of those
    int slab[3];                    // extents of a slab's sub-volumes
    size_t sub_volume, channel_stride, slab_floats, temp_floats;
    int shared;                     // one slab for all threads, which divide the filters
    int flat;                       // tiles run on from plane to plane
};

static inline int min_int(int a, int b) { return a < b ? a : b; }
static inline int max_int(int a, int b) { return a > b ? a : b; }
static inline int ceil_div(int a, int b) { return (a + b - 1) / b; }
static inline int block_rows(const osteon_conv *c, int block) { return min_int(c->rows, c->filters - block * c->rows); }

/// Bytes of an element.
static inline size_t element_bytes(osteon_element e) { return e == OSTEON_F32 ? 4 : e == OSTEON_U8 || e == OSTEON_I8 ? 1 : 2; }
static inline int is_byte(osteon_element e) { return e == OSTEON_U8 || e == OSTEON_I8; }

#endif
