// Between floats and the formats values are stored in: halves and quantised bytes. Threaded.
#ifndef OSTEON_STORAGE_H
#define OSTEON_STORAGE_H

#include "osteon_ops.h"

/// Converts `count` elements between f32 and another format that isn't quantised (either side may be f32).
void osteon_convert_all(osteon_element from, const void *x, osteon_element to, void *y, size_t count, int threads);

/// Scales and zero points of bytes seen as [outer][extent][inner]: one pair an index of the middle axis.
typedef struct {
    /// `OSTEON_U8` or `OSTEON_I8`.
    osteon_element element;
    size_t outer, extent, inner;
    const float *scale;
    const int32_t *zero;
} osteon_grid;

/// y = saturate(round(x / scale) + zero), halves to even, NaN to the zero point.
void osteon_quantize_all(const osteon_ops *ops, const osteon_grid *grid, const float *x, void *y, int threads);
/// y = (x - zero) · scale.
void osteon_dequantize_all(const osteon_ops *ops, const osteon_grid *grid, const void *x, float *y, int threads);

/// y[i] = table[x[i]]; may be in place.
void osteon_lookup_all(const uint8_t table[256], const uint8_t *x, uint8_t *y, size_t count, int threads);

#endif
