#include "osteon_ops.h"

extern const osteon_ops osteon_ops_scalar;
#if defined(__x86_64__)
extern const osteon_ops osteon_ops_avx2, osteon_ops_avx512;
#endif

const osteon_ops *osteon_ops_for(osteon_isa isa) {
#if defined(__x86_64__)
    if (isa >= OSTEON_ISA_AVX512) return &osteon_ops_avx512;
    if (isa >= OSTEON_ISA_AVX2) return &osteon_ops_avx2;
#endif
    return &osteon_ops_scalar;
}
