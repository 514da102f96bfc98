// Compiled for AVX2 with FMA whatever the rest of the package is compiled for.
#include "osteon_ops.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi2"))), apply_to = function)

#define LANES 8
#define TIER_ISA OSTEON_ISA_AVX2
#define TIER_TABLE osteon_ops_avx2

#include "tile_body.h"
#include "pair_body.h"
#include "map_body.h"
#include "reduce_body.h"
#include "storage_body.h"
#include "tier_table.h"

#pragma clang attribute pop
#endif
