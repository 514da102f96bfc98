// Matrix products of bytes with constant matrices of whole numbers, exact in 32 bits.
#ifndef OSTEON_BYTE_PRODUCT_H
#define OSTEON_BYTE_PRODUCT_H

#include "osteon_ops.h"

typedef struct osteon_byte_product osteon_byte_product;

/// Packs the right matrix, inner × columns with these steps between its elements: int8, or with `wide` int16 between -255 and 255. NULL
/// where memory runs out. `inner` must be at most 65,000 (33,000 with `wide`), so that sums fit 32 bits.
osteon_byte_product *osteon_byte_product_make(
    const void *b, int wide, size_t inner, size_t columns, size_t row_step, size_t column_step, const osteon_ops *ops);
void osteon_byte_product_free(osteon_byte_product *product);

/// One product: y[i][j] = act(scale[j] · Σ_k (a[i][k] - zero) · b[k][j] + bias[j]) for dense a and y.
typedef struct {
    size_t rows;
    /// `OSTEON_U8` or `OSTEON_I8`, and their zero point.
    osteon_element element;
    int32_t zero;
    /// One a column; without `scale` the sums are written as they are, as int32, and `bias`, `act` and `form_y` don't count.
    const float *scale, *bias;
    osteon_map act;
    osteon_form form_y;
} osteon_byte_factors;

/// Bytes of scratch for products of so many rows.
size_t osteon_byte_product_scratch(const osteon_byte_product *product, size_t rows);
void osteon_byte_product_run(
    const osteon_byte_product *product, const osteon_byte_factors *factors, const uint8_t *a, void *y, void *scratch, int threads);

#endif
