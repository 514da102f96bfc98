// What the compiler's baseline can do (SSE2 on x86-64, NEON on ARM).
#include "osteon_ops.h"

#define LANES 4
#define TIER_ISA OSTEON_ISA_SCALAR
#define TIER_TABLE osteon_ops_scalar

#include "tile_body.h"
#include "pair_body.h"
#include "map_body.h"
#include "reduce_body.h"
#include "storage_body.h"
#include "tier_table.h"
