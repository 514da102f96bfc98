// Loops over image volumes: file order to tensor order, index tables, separable weights, statistics, windows.
// Results don't depend on the number of threads.
#ifndef OSTEON_VOLUME_H
#define OSTEON_VOLUME_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    OSTEON_VOXEL_U8, OSTEON_VOXEL_I8, OSTEON_VOXEL_U16, OSTEON_VOXEL_I16, OSTEON_VOXEL_U32, OSTEON_VOXEL_I32, OSTEON_VOXEL_U64,
    OSTEON_VOXEL_I64, OSTEON_VOXEL_F32, OSTEON_VOXEL_F64,
} osteon_voxel;

/// The most planes `osteon_unpack_planes` takes at once.
#define OSTEON_MAX_PLANES 16

/// Planes of a file whose first axis is the fastest: voxel (x, y, p) is at ((p · rows + y) · columns + x) · step.
typedef struct {
    osteon_voxel type;
    /// Whether the bytes of a voxel stand in the other order than this machine's.
    int swapped;
    /// Bytes from one voxel to the next; a multiple of the voxel's size.
    size_t step;
    size_t columns, rows, planes;
    /// Planes of the whole volume, and the place of the first of these.
    size_t depth, first;
    /// y = x · slope + intercept in double precision where `scaled`.
    int scaled;
    double slope, intercept;
} osteon_planes;

/// Converts to f32 and writes y[(x · rows + y) · depth + first + p].
void osteon_unpack_planes(const osteon_planes *planes, const void *raw, float *y, int threads);

/// `planes` volumes through an index table an axis: y[o0][o1][o2] = x[i0[o0]][i1[o1]][i2[o2]]; a negative index gives `fill`.
typedef struct {
    size_t planes;
    /// Bytes of an element: 1, 2, 4 or 8.
    size_t element;
    int input[3], output[3];
    const int32_t *index[3];
    /// The element's bytes.
    uint64_t fill;
} osteon_gather;
void osteon_gather_run(const osteon_gather *gather, const void *x, void *y, int threads);

/// Weights along an axis: output o is Σ_k weight[o · count + k] · x[start[o] + k], all of which lie inside the input.
typedef struct {
    int count;
    const int32_t *start;
    const float *weight;
} osteon_taps;

/// `planes` volumes weighted along each axis in turn.
typedef struct {
    size_t planes;
    int input[3], output[3];
    osteon_taps taps[3];
} osteon_separable;
size_t osteon_separable_scratch(const osteon_separable *separable, int threads);
void osteon_separable_run(const osteon_separable *separable, const float *x, float *y, void *scratch, int threads);

/// `planes` volumes read where a grid in space lies, as PyTorch's `affine_grid` and `grid_sample` with `border` do it, operation by
/// operation: the place read on input axis a is Σ_b theta[a][b] · line[b][o_b] + theta[a][rank] on a scale from −1 to 1, the last
/// axis added first.
typedef struct {
    size_t planes;
    /// Axes: 2 or 3; what's given an axis is given for so many.
    int rank;
    int input[3], output[3];
    const double *line[3];
    double theta[3][4];
    /// Whether −1 and 1 are the middles of the outermost voxels (`align_corners`), not their edges.
    int corners;
    /// Whether to take the nearest voxel, not to go between neighbours linearly.
    int nearest;
    /// Whether it's computed in single precision; lines and theta then hold such numbers.
    int single;
    /// Bytes of an element: 4 for f32; 1, of nearest voxels alone.
    size_t element;
} osteon_place;
void osteon_place_run(const osteon_place *place, const void *x, void *y, int threads);

/// Number, sum and sum of squares of x - center, least and largest x, over all elements or those that aren't 0.
typedef struct {
    size_t count;
    double sum, squares;
    float least, largest;
} osteon_moments;

/// Elements that make one partial sum.
#define OSTEON_MOMENTS_CHUNK 65536

/// `scratch` holds a result for each chunk.
osteon_moments osteon_moments_run(const float *x, size_t count, int nonzero, double center, osteon_moments *scratch, int threads);

/// y = (x - center) / divisor · scale + shift, held between `low` and `high`; with `nonzero` zeros stay. May be in place.
typedef struct {
    float center, divisor, scale, shift, low, high;
    int nonzero;
} osteon_rescale;
void osteon_rescale_run(const osteon_rescale *rescale, const float *x, float *y, size_t count, int threads);

/// Index of the largest of `channels` values that lie `stride` apart; the first of equals.
void osteon_argmax_bytes(const float *x, size_t channels, size_t stride, uint8_t *y, size_t count, int threads);

/// A window of [channels][extent…] in an accumulator with these strides in elements.
typedef struct {
    size_t channels, extent[3], channel_stride, stride[2];
} osteon_window;

/// sum += weight · x. `x` may be NULL for ones, `weight` (of one channel) NULL for ones.
void osteon_window_add(const osteon_window *window, const float *x, const float *weight, float *sum, int threads);

/// y[c][i] = x[c · stride + i] / weight[i], each channel of `count` elements.
void osteon_divide_channels(const float *x, size_t stride, const float *weight, float *y, size_t channels, size_t count, int threads);

#endif
