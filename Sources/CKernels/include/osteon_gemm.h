// Matrix products of f32 matrices with any strides.
#ifndef OSTEON_GEMM_H
#define OSTEON_GEMM_H

#include "osteon_ops.h"

/// c[i][j] = alpha · Σ_k a[i · row_a + k · column_a] · b[k · row_b + j · column_b], c dense.
typedef struct {
    size_t rows, inner, columns;
    size_t row_a, column_a, row_b, column_b;
    float alpha;
} osteon_gemm;

/// Bytes of scratch for `batch` products on `threads` threads.
size_t osteon_gemm_scratch(const osteon_ops *ops, const osteon_gemm *gemm, size_t batch, int threads);

/// `batch` products; offset_a[i] and offset_b[i] are where their operands start, results follow one another.
void osteon_gemm_run(
    const osteon_ops *ops, const osteon_gemm *gemm, size_t batch, const size_t *offset_a, const size_t *offset_b, const float *a,
    const float *b, float *c, void *scratch, int threads);

#endif
