// What the processor and the operating system allow, as ordered tiers.
#ifndef OSTEON_CPU_H
#define OSTEON_CPU_H

/// Each tier includes those before it.
typedef enum {
    OSTEON_ISA_SCALAR = 0,
    /// AVX2 and FMA.
    OSTEON_ISA_AVX2 = 1,
    /// AVX-512 F, BW, DQ and VL.
    OSTEON_ISA_AVX512 = 2,
    /// AVX-512 with VNNI (int8 dot products).
    OSTEON_ISA_VNNI = 3,
    /// AMX tiles for int8 and bf16, granted to this process by the kernel.
    OSTEON_ISA_AMX = 4,
} osteon_isa;

/// The highest tier that the processor has and the operating system has switched on.
osteon_isa osteon_detect_isa(void);

/// Single features, where a tier doesn't say it: 1 where processor and system allow `avx512_bf16`.
int osteon_has_avx512_bf16(void);

/// The number of processors this process may run on.
int osteon_processor_count(void);

#endif
