// The table of the tier being compiled; included last.

#if LANES == 16
#define MAX_ROWS 8
#define GROUPS {0, 8, 8, 6, 6, 5, 8, 6, 6}
#define PAIR_GROUPS {0, 8, 8, 6, 6, 8, 8, 6, 6}
#else
#define MAX_ROWS 4
#define GROUPS {0, 8, 8, 8, 6}
#define PAIR_GROUPS {0, 8, 8, 6, 8}
#endif

const osteon_ops TIER_TABLE = {
    .isa = TIER_ISA, .lanes = LANES, .max_rows = MAX_ROWS, .group_vectors = GROUPS, .tile = tile,
    .pair_tile = pair_tile, .pair_vectors = PAIR_GROUPS, .pair_bytes = pair_bytes, .map = map, .zip = zip, .affine = affine,
    .sum = sum, .sum_squared_deviation = sum_squared_deviation, .maximum = maximum, .exp_shifted = exp_shifted,
    .maximum_into = maximum_into, .exp_shifted_into = exp_shifted_into, .argmax_into = argmax_into,
    .quantize = quantize, .dequantize = dequantize,
};
