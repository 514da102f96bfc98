// Whole-tensor kernels, of f32 where nothing else is said, threaded: elementwise, normalisation, softmax, pooling, reductions, resampling.
// Results don't depend on the number of threads.
#ifndef OSTEON_LOOPS_H
#define OSTEON_LOOPS_H

#include "osteon_ops.h"

// Where a tensor is given with its form it may be of any; it's read and written a chunk at a time, each value rounded once.
// In place means memory of one form.

/// y[i] = f(x[i]); may be in place.
void osteon_map_all(
    const osteon_ops *ops, osteon_map f, osteon_form form_x, const void *x, osteon_form form_y, void *y, size_t count, int threads);

/// The broadcast shape of a binary operation: rows of `width` elements; outer axes with element strides of each operand.
typedef struct {
    int rank;
    size_t extent[8], stride_a[8], stride_b[8];
    size_t width;
    /// 0 or 1.
    size_t step_a, step_b;
    osteon_form form_a, form_b, form_y;
} osteon_zip_shape;

/// y = act(f(a, b)) over `shape`, y dense; y may be a or b where that has y's shape.
void osteon_zip_all(
    const osteon_ops *ops, osteon_zip_kind f, osteon_map act, const void *a, const void *b, void *y, const osteon_zip_shape *shape,
    int threads);

/// y[p][i] = (x[p][i] - center[p % period]) · scale[p % period] + shift[p % period], then act; may be in place.
/// `center` may be NULL for zeros.
void osteon_affine_planes(
    const osteon_ops *ops, osteon_form form_x, const void *x, osteon_form form_y, void *y, size_t planes, size_t width,
    const float *center, const float *scale, const float *shift, size_t period, osteon_map act, int threads);

/// Group normalisation of [batch][groups · channels][width]: mean and variance over each group's channels and places, then
/// scale[c] and bias[c], then act; may be in place. Instance normalisation has one channel a group.
typedef struct {
    size_t batch, groups, channels, width;
    double epsilon;
    const float *scale, *bias;
    osteon_map act;
    osteon_form form_x, form_y;
} osteon_group_norm;
size_t osteon_group_norm_scratch(const osteon_group_norm *norm);
void osteon_group_norm_run(
    const osteon_ops *ops, const osteon_group_norm *norm, const void *x, void *y, void *scratch, int threads);

/// Normalises rows of `width`: (x - mean) / √(variance + epsilon) · scale[i] + bias[i]; bias may be NULL; may be in place.
void osteon_layer_norm(
    const osteon_ops *ops, const float *x, float *y, size_t rows, size_t width, double epsilon, const float *scale,
    const float *bias, int threads);

/// Softmax (or its logarithm) of [outer][extent][inner] along the middle axis; may be in place.
void osteon_softmax(
    const osteon_ops *ops, const float *x, float *y, size_t outer, size_t extent, size_t inner, int logarithm, int threads);

/// y[r] = sum or maximum of row r, times `factor` (sum only).
void osteon_reduce_rows(const osteon_ops *ops, const float *x, float *y, size_t rows, size_t width, int maximum, double factor, int threads);

/// Index of the largest element of [outer][extent][inner] along the middle axis; the first of equals, or the last.
void osteon_argmax(
    const osteon_ops *ops, const float *x, int64_t *y, size_t outer, size_t extent, size_t inner, int last, int threads);

/// A pool over depth, height and width of `planes` volumes. Places outside the input don't count; an average divides by
/// the places inside, or with `count_padding` by those inside the padded input.
typedef struct {
    size_t planes;
    int input[3], output[3], kernel[3], stride[3], dilation[3], pad_begin[3], pad_end[3];
    int average, count_padding;
} osteon_pool;
/// `element` is `OSTEON_F32`, or for a maximum `OSTEON_U8` or `OSTEON_I8`.
void osteon_pool_run(const osteon_pool *pool, osteon_element element, const void *x, void *y, int threads);

/// Copies a block of `rank` axes (at most 8) with strides in bytes; the last axis has elements of `element` bytes.
typedef struct {
    int rank;
    size_t element, extent[8];
    ptrdiff_t from_stride[8], to_stride[8];
} osteon_block;
void osteon_copy_block(const osteon_block *block, const void *from, void *to, int threads);

/// Separable interpolation of `planes` volumes: along each axis output i is
/// (1 - weight[i]) · input[low[i]] + weight[i] · input[high[i]].
typedef struct {
    size_t planes;
    int input[3], output[3];
    const int32_t *low[3], *high[3];
    const float *weight[3];
} osteon_resize;
/// The nearest elements alone, of `element` bytes (1, 2, 4 or 8) each; reads `low` only.
void osteon_resize_nearest(const osteon_resize *resize, size_t element, const void *x, void *y, int threads);
size_t osteon_resize_scratch(const osteon_resize *resize, int threads);
void osteon_resize_run(const osteon_ops *ops, const osteon_resize *resize, const float *x, float *y, void *scratch, int threads);

/// Twice the extent along the marked axes (1 or 0) of `planes` volumes: output 2i + 1 is input i, output 2i the mean of
/// inputs i and i - 1, where -1 counts as 0.
typedef struct {
    size_t planes;
    int input[3], doubled[3];
} osteon_semilinear;
size_t osteon_semilinear_scratch(const osteon_semilinear *semilinear, int threads);
void osteon_semilinear_run(const osteon_semilinear *semilinear, const float *x, float *y, void *scratch, int threads);

#endif
