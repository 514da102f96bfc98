// The inner loops of all kernels, once for each CPU tier: a table of functions to call.
#ifndef OSTEON_OPS_H
#define OSTEON_OPS_H

#include <stddef.h>
#include <stdint.h>

#include "osteon_cpu.h"

/// How an element is stored.
typedef enum { OSTEON_F32, OSTEON_F16, OSTEON_BF16, OSTEON_U8, OSTEON_I8 } osteon_element;

/// How a tensor's elements are stored: floats of 32 or 16 bits, or bytes that stand for (byte - zero) · scale.
typedef struct {
    osteon_element element;
    float scale;
    int32_t zero;
} osteon_form;

/// What maps one element to one element. `alpha` and `beta` mean what they mean in the operator of that name.
typedef enum {
    OSTEON_NONE, OSTEON_RELU, OSTEON_LEAKY_RELU, OSTEON_CLIP, OSTEON_SIGMOID, OSTEON_TANH, OSTEON_ELU, OSTEON_SELU, OSTEON_CELU,
    OSTEON_HARD_SIGMOID, OSTEON_HARD_SWISH, OSTEON_SWISH, OSTEON_SOFTPLUS, OSTEON_SOFTSIGN, OSTEON_MISH, OSTEON_GELU_ERF,
    OSTEON_GELU_TANH, OSTEON_ERF, OSTEON_EXP, OSTEON_LOG, OSTEON_SQRT, OSTEON_RECIPROCAL, OSTEON_ABS, OSTEON_NEGATE,
    OSTEON_THRESHOLDED_RELU,
} osteon_map_kind;

typedef struct {
    osteon_map_kind kind;
    float alpha, beta;
} osteon_map;

typedef enum { OSTEON_ADD, OSTEON_SUBTRACT, OSTEON_MULTIPLY, OSTEON_DIVIDE, OSTEON_MINIMUM, OSTEON_MAXIMUM, OSTEON_PRELU } osteon_zip_kind;

/// A tile of a convolution or matrix product: for m < rows and p < vectors · lanes,
/// out[m · out_stride + p] = act(bias[m] + Σ_c Σ_t weights[(c · taps + t) · rows + m] · x[c · channel_stride + offsets[t] + p]).
typedef struct {
    const float *x, *weights, *bias;
    size_t channel_stride, channels, taps;
    const int32_t *offsets;
    float *out;
    size_t out_stride;
    /// `OSTEON_NONE`, `OSTEON_RELU`, `OSTEON_LEAKY_RELU` or `OSTEON_CLIP`.
    osteon_map act;
    /// For pairs: what the sum of row m is multiplied by; NULL where sums are given out as they are, in 32-bit whole numbers.
    const float *scale;
    /// For pairs: what the sum of row m begins with; NULL for 0.
    const int32_t *start;
} osteon_tile;

typedef struct {
    osteon_isa isa;
    /// Floats a vector.
    int lanes;
    /// The most output channels a tile has.
    int max_rows;
    /// For each number of rows, how many vectors make the best use of tiles.
    int group_vectors[9];
    /// Computes the widest tile there is with at most `vectors` vectors; returns how many those were.
    int (*tile)(int rows, int vectors, const osteon_tile *tile);

    /// The same for whole numbers: elements of x and weights are pairs of 16-bit numbers (the even one first), the sum of
    /// all products is exact in 32 bits, and out = act(scale[m] · sum + bias[m]), or the sum itself where `scale` is NULL.
    int (*pair_tile)(int rows, int vectors, const osteon_tile *tile);
    int pair_vectors[9];
    /// y[i] = the pair (a[i · step] - zero, b[i · step] - zero).
    void (*pair_bytes)(
        osteon_element element, const uint8_t *a, const uint8_t *b, size_t step, int32_t zero, int32_t *y, size_t count);

    /// y[i] = f(x[i]); may be in place.
    void (*map)(osteon_map f, const float *x, float *y, size_t count);
    /// y[i] = f(a[i · step_a], b[i · step_b]) with steps 0 or 1; may be in place.
    void (*zip)(osteon_zip_kind f, const float *a, size_t step_a, const float *b, size_t step_b, float *y, size_t count);
    /// y[i] = (x[i] - center) · scale + shift; may be in place.
    void (*affine)(const float *x, float center, float scale, float shift, float *y, size_t count);

    double (*sum)(const float *x, size_t count);
    /// Σ (x[i] - mean)².
    double (*sum_squared_deviation)(const float *x, double mean, size_t count);
    float (*maximum)(const float *x, size_t count);
    /// y[i] = exp(x[i] - shift); returns Σ y.
    double (*exp_shifted)(const float *x, float shift, float *y, size_t count);
    /// For each i: m[i] = max(m[i], x[i]).
    void (*maximum_into)(const float *x, float *m, size_t count);
    /// For each i: y[i] = exp(x[i] - m[i]), s[i] += y[i].
    void (*exp_shifted_into)(const float *x, const float *m, float *y, float *s, size_t count);
    /// For each i: where x[i] > best[i] (or equal, with `or_equal`): best[i] = x[i], index[i] = k.
    void (*argmax_into)(const float *x, float *best, int32_t *index, int32_t k, int or_equal, size_t count);

    /// y[i] = saturate(round(x[i] / scale) + zero) as `OSTEON_U8` or `OSTEON_I8`.
    void (*quantize)(osteon_element element, const float *x, float scale, int32_t zero, uint8_t *y, size_t count);
    /// y[i] = (x[i] - zero) · scale.
    void (*dequantize)(osteon_element element, const uint8_t *x, float scale, int32_t zero, float *y, size_t count);
} osteon_ops;

/// The functions of a tier; the highest tier below where it has none of its own.
const osteon_ops *osteon_ops_for(osteon_isa isa);

#endif
