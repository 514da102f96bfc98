// Quantised bytes. Included once for each tier after tile_body.h.

typedef uint8_t bytes __attribute__((ext_vector_type(LANES)));
typedef uint8_t bytes_unaligned __attribute__((ext_vector_type(LANES), aligned(1)));
typedef int8_t signed_bytes __attribute__((ext_vector_type(LANES)));

/// x / scale rounded to the nearest whole number between low and high (whole themselves), halves to even, 0 for NaN.
/// Adding and taking away 1.5 · 2²³ rounds what's below 2²² in magnitude, and clamping first changes nothing.
static inline __attribute__((always_inline)) ivec whole_steps(vec x, vec scale, float low, float high) {
    const vec large = 12582912.0f;
    vec v = x / scale;
    v = v < low ? (vec)low : v;
    v = v > high ? (vec)high : v;
    v = v != v ? (vec)0 : v;
    return __builtin_convertvector((v + large) - large, ivec);
}

static void quantize(osteon_element element, const float *x, float scale, int32_t zero, uint8_t *y, size_t count) {
    const int is_signed = element == OSTEON_I8;
    const float low = (float)((is_signed ? -128 : 0) - zero), high = (float)((is_signed ? 127 : 255) - zero);
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        *(bytes_unaligned *)(y + i) = __builtin_convertvector(whole_steps(load(x + i), scale, low, high) + zero, bytes);
    for (; i < count; i++) y[i] = (uint8_t)(whole_steps((vec)x[i], scale, low, high)[0] + zero);
}

static void dequantize(osteon_element element, const uint8_t *x, float scale, int32_t zero, float *y, size_t count) {
    size_t i = 0;
    if (element == OSTEON_I8) {
        for (; i + LANES <= count; i += LANES) {
            const signed_bytes v = (signed_bytes)*(const bytes_unaligned *)(x + i);
            store(y + i, __builtin_convertvector(__builtin_convertvector(v, ivec) - zero, vec) * scale);
        }
        for (; i < count; i++) y[i] = (float)((int32_t)(int8_t)x[i] - zero) * scale;
    } else {
        for (; i + LANES <= count; i += LANES) {
            const bytes v = *(const bytes_unaligned *)(x + i);
            store(y + i, __builtin_convertvector(__builtin_convertvector(v, ivec) - zero, vec) * scale);
        }
        for (; i < count; i++) y[i] = (float)((int32_t)x[i] - zero) * scale;
    }
}
