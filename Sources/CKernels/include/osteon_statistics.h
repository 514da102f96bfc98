// What a quantiser asks of f32 data: ranges, histograms, moments, and the scales of weights. Threaded; results don't
// depend on the number of threads.
#ifndef OSTEON_STATISTICS_H
#define OSTEON_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

/// The smallest and largest finite element (0 and 0 where there's none), and how many aren't finite.
typedef struct {
    float low, high;
    size_t not_finite;
} osteon_range;
osteon_range osteon_find_range(const float *x, size_t count, int threads);

/// counts[⌊x / width⌋ − first] += 1 for each finite element; `width` is a power of two, and all elements fall into `bins`.
void osteon_count_bins(const float *x, size_t count, float width, int64_t first, size_t bins, uint64_t *counts, int threads);

/// For x of [outer][channels][inner]: sums[c] += Σ x and squares[c] += Σ x² over outer and inner, finite elements only.
void osteon_channel_moments(
    const float *x, size_t outer, size_t channels, size_t inner, double *sums, double *squares, int threads);

/// For a and b of [outer][channels][inner]: sums[c] += Σ (a − b), squares[c] += Σ (a − b)².
void osteon_channel_differences(
    const float *a, const float *b, size_t outer, size_t channels, size_t inner, double *sums, double *squares, int threads);

/// For x of [outer][channels][inner]: counts[c] += the number of elements above 0.
void osteon_channel_positives(
    const float *x, size_t outer, size_t channels, size_t inner, double *counts, int threads);

/// Quantises rows of weights to −limit … limit, each with the scale that makes the weighted squared error least.
///
/// Scales tried are largest / limit · (1 − 0.6 · t / tries), t < tries; with `tries` 1 only the first, which clips nothing.
/// `importance` weighs each place of a row and may be NULL for equal weights. A row of zeros gets the scale 1.
typedef struct {
    const float *weights;
    size_t rows, width;
    const float *importance;
    int limit, tries;
    float *scales;
    int8_t *quantized;
} osteon_weight_fit;
void osteon_fit_weights(const osteon_weight_fit *fit, int threads);

#endif
