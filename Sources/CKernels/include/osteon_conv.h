// Convolution and transposed convolution of volumes (channels first), without im2col: floats and halves in f32, bytes in
// whole numbers.
#ifndef OSTEON_CONV_H
#define OSTEON_CONV_H

#include "osteon_ops.h"

/// The largest stride along any axis.
#define OSTEON_CONV_MAX_STRIDE 16

/// The sizes of one convolution. Axes are depth, height, width; those a lower rank lacks have input, output,
/// kernel, stride and dilation 1 and pad 0.
typedef struct {
    int channels, filters, groups;
    int input[3], output[3], kernel[3], stride[3], dilation[3];
    /// Padding before the first element; what's after follows from the output extent.
    int pad[3];
    int transposed;
} osteon_conv_geometry;

/// What a convolution reads and writes.
typedef struct {
    /// Bytes have int8 weights of zero point 0 and are summed exactly; everything else has float weights.
    osteon_element input, output;
    /// Of bytes read.
    int32_t input_zero;
    /// Of bytes written.
    int32_t output_zero;
    float output_scale;
    /// With bytes read: what a sum of each filter is multiplied by (input scale · weight scale); taken over by making.
    const float *filter_scale;
} osteon_conv_storage;

typedef struct osteon_conv osteon_conv;

/// Packs weights ([filters][channels / groups][kernel…]; transposed: [channels][filters / groups][kernel…]) and
/// settles the blocking for `threads` threads. `bias` may be NULL. NULL where memory runs out.
///
/// With bytes, channels / groups · kernel elements must be at most 65,000, so that sums fit 32 bits.
osteon_conv *osteon_conv_make(
    const osteon_conv_geometry *geometry, const osteon_conv_storage *storage, const void *weights, const float *bias,
    const osteon_ops *ops, int threads);
void osteon_conv_free(osteon_conv *conv);

/// Bytes of scratch `osteon_conv_run` needs.
size_t osteon_conv_scratch(const osteon_conv *conv);

/// y = act(conv(x) + bias) for each of `batch` volumes. x and y must not overlap.
void osteon_conv_run(const osteon_conv *conv, osteon_map act, const void *x, void *y, size_t batch, void *scratch);

#endif
