#include "osteon_convert.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static float half_to_float(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000u) << 16, exponent = (h >> 10) & 0x1Fu, mantissa = h & 0x3FFu, bits;
    if (exponent == 31) {
        bits = sign | 0x7F800000u | (mantissa << 13) | (mantissa ? 0x400000u : 0);
    } else if (exponent) {
        bits = sign | ((exponent + 112) << 23) | (mantissa << 13);
    } else if (mantissa) {
        exponent = 113;
        while (!(mantissa & 0x400u)) { mantissa <<= 1; exponent--; }
        bits = sign | (exponent << 23) | ((mantissa & 0x3FFu) << 13);
    } else {
        bits = sign;
    }
    float f;
    memcpy(&f, &bits, 4);
    return f;
}

static uint16_t float_to_half(float f) {
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint32_t sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7FFFFFFFu;
    if (magnitude > 0x7F800000u) return (uint16_t)(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));
    if (magnitude >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u);
    if (magnitude < 0x38800000u) {
        if (magnitude < 0x33000000u) return (uint16_t)sign;
        uint32_t exponent = magnitude >> 23, mantissa = (magnitude & 0x7FFFFFu) | 0x800000u, shift = 126 - exponent;
        uint32_t half = mantissa >> shift, rest = mantissa & ((1u << shift) - 1), middle = 1u << (shift - 1);
        if (rest > middle || (rest == middle && (half & 1))) half++;
        return (uint16_t)(sign | half);
    }
    uint32_t rounded = magnitude - 0x38000000u + 0xFFFu + ((magnitude >> 13) & 1);
    return (uint16_t)(sign | (rounded >> 13));
}

#if defined(__x86_64__)
__attribute__((target("avx,f16c")))
static size_t f16_to_f32_f16c(const uint16_t *source, float *destination, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm256_storeu_ps(destination + i, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(source + i))));
    return i;
}

__attribute__((target("avx,f16c")))
static size_t f32_to_f16_f16c(const float *source, uint16_t *destination, size_t count) {
    size_t i = 0;
    for (; i + 8 <= count; i += 8)
        _mm_storeu_si128((__m128i *)(destination + i),
                         _mm256_cvtps_ph(_mm256_loadu_ps(source + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    return i;
}

static int has_f16c(void) { return __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c"); }
#endif

void osteon_f16_to_f32(const uint16_t *source, float *destination, size_t count) {
    size_t i = 0;
#if defined(__x86_64__)
    if (has_f16c()) i = f16_to_f32_f16c(source, destination, count);
#endif
    for (; i < count; i++) destination[i] = half_to_float(source[i]);
}

void osteon_f32_to_f16(const float *source, uint16_t *destination, size_t count) {
    size_t i = 0;
#if defined(__x86_64__)
    if (has_f16c()) i = f32_to_f16_f16c(source, destination, count);
#endif
    for (; i < count; i++) destination[i] = float_to_half(source[i]);
}

/// The bits of floats.
typedef uint32_t __attribute__((may_alias)) float_bits;

// Plain enough for the compiler to vectorise, once for the baseline and once for AVX2.
static inline __attribute__((always_inline)) void widen_bf16(const uint16_t *restrict source, float_bits *restrict bits, size_t count) {
    for (size_t i = 0; i < count; i++) bits[i] = (uint32_t)source[i] << 16;
}

static inline __attribute__((always_inline)) void narrow_bf16(const float_bits *restrict bits, uint16_t *restrict destination, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t b = bits[i], rounded = b + 0x7FFFu + ((b >> 16) & 1), nan = b | 0x400000u;
        destination[i] = (uint16_t)(((b & 0x7FFFFFFFu) > 0x7F800000u ? nan : rounded) >> 16);
    }
}

#if defined(__x86_64__)
__attribute__((target("avx2")))
static void widen_bf16_avx2(const uint16_t *source, float_bits *bits, size_t count) { widen_bf16(source, bits, count); }

__attribute__((target("avx2")))
static void narrow_bf16_avx2(const float_bits *bits, uint16_t *destination, size_t count) { narrow_bf16(bits, destination, count); }
#endif

void osteon_bf16_to_f32(const uint16_t *source, float *destination, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        widen_bf16_avx2(source, (float_bits *)destination, count);
        return;
    }
#endif
    widen_bf16(source, (float_bits *)destination, count);
}

void osteon_f32_to_bf16(const float *source, uint16_t *destination, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        narrow_bf16_avx2((const float_bits *)source, destination, count);
        return;
    }
#endif
    narrow_bf16((const float_bits *)source, destination, count);
}
