// Exact Euclidean distance transform of a volume with voxels of any size, threaded by lines.
#ifndef OSTEON_DISTANCE_H
#define OSTEON_DISTANCE_H

#include <stddef.h>
#include <stdint.h>

/// For each voxel of a volume of `extent` (row-major), the square of the distance to the nearest voxel that `sites` marks
/// (anything but 0), voxels being `spacing` apart; infinite where there's none. `out` and `sites` don't overlap.
///
/// One pass an axis, each the lower envelope of parabolas over a line (Felzenszwalb and Huttenlocher, "Distance transforms
/// of sampled functions", 2012). The squares are summed from the first axis to the last, whatever the threads.
/// Returns 0, or -1 where there's no memory for a few lines.
int osteon_squared_distances(const uint8_t *sites, double *out, const size_t extent[3], const double spacing[3], int threads);

#endif
