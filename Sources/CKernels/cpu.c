#include "osteon_cpu.h"

#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>

enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_XTILEDATA = 18 };

/// The register states the operating system saves (XCR0), 0 where it saves none.
static uint64_t enabled_states(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return 0;
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

/// Whether `wanted` states are all saved by the system.
static int saves(uint64_t wanted) { return (enabled_states() & wanted) == wanted; }

static const uint64_t YMM_STATE = 0x6, ZMM_STATE = 0xE6, TILE_STATE = 0x60000;

/// Asks Linux once for the tile registers; they're refused until a process asks.
static int tiles_granted(void) {
    if (!saves(TILE_STATE)) return 0;
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0;
}

osteon_isa osteon_detect_isa(void) {
    if (!saves(YMM_STATE) || !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return OSTEON_ISA_SCALAR;
    if (!saves(ZMM_STATE) || !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")
        || !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl")) return OSTEON_ISA_AVX2;
    if (!__builtin_cpu_supports("avx512vnni")) return OSTEON_ISA_AVX512;
    if (!__builtin_cpu_supports("amx-int8") || !__builtin_cpu_supports("amx-bf16") || !tiles_granted()) return OSTEON_ISA_VNNI;
    return OSTEON_ISA_AMX;
}

int osteon_has_avx512_bf16(void) { return saves(ZMM_STATE) && __builtin_cpu_supports("avx512bf16"); }

#else

osteon_isa osteon_detect_isa(void) { return OSTEON_ISA_SCALAR; }
int osteon_has_avx512_bf16(void) { return 0; }

#endif

int osteon_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}
