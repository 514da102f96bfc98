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
    /// Bytes have weights of whole numbers and are summed exactly; everything else has float weights.
    osteon_element input, output;
    /// With bytes read: weights are int16 between -255 and 255, not int8.
    int wide_weights;
    /// Of bytes written.
    int32_t output_zero;
    float output_scale;
    /// With bytes read: what a sum of each filter is multiplied by (input scale · weight scale); copied by making. NULL gives the sums
    /// out as they are, as int32 in the place of floats.
    const float *filter_scale;
    /// With bytes read: what a sum of each filter begins with; copied by making. NULL for 0.
    const int32_t *filter_start;
} osteon_conv_storage;

typedef struct osteon_conv osteon_conv;

/// Packs weights ([filters][channels / groups][kernel…]; transposed: [channels][filters / groups][kernel…]) and
/// settles the blocking for `threads` threads. `bias` may be NULL. NULL where memory runs out.
///
/// With bytes, channels / groups · kernel elements must be at most 65,000 (33,000 with wide weights), so that sums fit 32 bits.
osteon_conv *osteon_conv_make(
    const osteon_conv_geometry *geometry, const osteon_conv_storage *storage, const void *weights, const float *bias,
    const osteon_ops *ops, int threads);
void osteon_conv_free(osteon_conv *conv);

/// Bytes of scratch `osteon_conv_run` needs.
size_t osteon_conv_scratch(const osteon_conv *conv);

/// y = act(conv(x - zero) + bias) for each of `batch` volumes; `zero` is the zero point of bytes read, 0 for floats. x and y must not
/// overlap.
void osteon_conv_run(
    const osteon_conv *conv, osteon_map act, int32_t zero, const void *x, void *y, size_t batch, void *scratch);

#endif
