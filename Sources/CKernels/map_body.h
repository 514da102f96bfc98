// Elementwise functions. Included once for each tier after tile_body.h.

static inline __attribute__((always_inline)) vec absolute(vec x) { return (vec)((ivec)x & 0x7FFFFFFF); }
static inline __attribute__((always_inline)) vec with_sign(vec magnitude, vec sign) {
    return (vec)((ivec)magnitude | ((ivec)sign & (ivec)(int32_t)0x80000000));
}

/// 2^n for whole n from -126 to 127.
static inline __attribute__((always_inline)) vec power_of_two(ivec n) { return (vec)((n + 127) << 23); }

/// e^x to about 1 ulp: x = n·ln 2 + r, a polynomial in r, and 2^n in two factors so that small results fade gradually.
static inline __attribute__((always_inline)) vec exponential(vec x) {
    vec y = x > 89.0f ? (vec)89.0f : x;
    y = y < -104.0f ? (vec)-104.0f : y;
    y = x != x ? (vec)0.0f : y;
    vec t = y * 1.44269504f;
    ivec n = __builtin_convertvector(t + with_sign((vec)0.5f, t), ivec);
    vec whole = __builtin_convertvector(n, vec);
    vec r = y - whole * 0.693359375f;
    r = r + whole * 2.12194440e-4f;
    vec p = (vec)1.9841270e-4f;
    p = p * r + 1.3888889e-3f;
    p = p * r + 8.3333333e-3f;
    p = p * r + 4.1666667e-2f;
    p = p * r + 1.6666667e-1f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    ivec half = n >> 1;
    p = p * power_of_two(half) * power_of_two(n - half);
    return x != x ? x : p;
}

/// ln x to about 1 ulp for x > 0; -∞ at 0, NaN below.
static inline __attribute__((always_inline)) vec logarithm(vec x) {
    ivec tiny = x < 1.17549435e-38f;
    vec scaled = tiny ? x * 8388608.0f : x;
    ivec bits = (ivec)scaled - 0x3F3504F3;  // so that the mantissa lies between √½ and √2
    ivec n = bits >> 23;
    vec m = (vec)((bits & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
    vec e = __builtin_convertvector(n, vec) - (tiny ? (vec)23.0f : (vec)0.0f);
    vec s = m / (m + 2.0f), z = s * s;
    // ln(1+m) = 2 artanh(s)
    vec q = (vec)0.22222222f;
    q = q * z + 0.28571429f;
    q = q * z + 0.4f;
    q = q * z + 0.66666667f;
    vec half_square = 0.5f * m * m;
    vec result = m - (half_square - s * (half_square + q * z)) + e * -2.12194440e-4f + e * 0.693359375f;
    result = x == __builtin_inff() ? x : result;
    result = x == 0.0f ? (vec)-__builtin_inff() : result;
    return ((x < 0.0f) | (x != x)) ? (vec)__builtin_nanf("") : result;
}

static inline __attribute__((always_inline)) vec sigmoid(vec x) { return 1.0f / (1.0f + exponential(-x)); }

/// e^x - 1 without cancellation near 0.
static inline __attribute__((always_inline)) vec exponential_minus_one(vec x) {
    vec p = (vec)2.4801587e-5f;
    p = p * x + 1.9841270e-4f;
    p = p * x + 1.3888889e-3f;
    p = p * x + 8.3333333e-3f;
    p = p * x + 4.1666667e-2f;
    p = p * x + 1.6666667e-1f;
    p = p * x + 0.5f;
    p = p * (x * x) + x;
    return absolute(x) < 0.35f ? p : exponential(x) - 1.0f;
}

static inline __attribute__((always_inline)) vec hyperbolic_tangent(vec x) {
    vec a = absolute(x);
    vec e = exponential_minus_one(-2.0f * a);
    vec t = -e / (e + 2.0f);
    return x != x ? x : with_sign(absolute(t), x);
}

/// ln(1 + e^x), from the side that can't overflow; ln(1 + u) as ln(1 + u) · u / ((1 + u) - 1) keeps small u exact.
static inline __attribute__((always_inline)) vec softplus(vec x) {
    vec u = exponential(-absolute(x)), w = 1.0f + u, d = w - 1.0f;
    vec l = d == 0.0f ? u : logarithm(w) * (u / d);
    return (x > 0.0f ? x : (vec)0.0f) + l;
}

/// erf x: its Taylor series near 0, elsewhere 1 - erfc x by the Chebyshev fit of Numerical Recipes (erfcc), whose
/// relative error in erfc is below 1.2e-7.
static inline __attribute__((always_inline)) vec error_function(vec x) {
    vec a = absolute(x), z = x * x;
    vec p = z * 1.2055333e-4f + -8.5483270e-4f;
    p = p * z + 5.2239776e-3f;
    p = p * z + -2.6866171e-2f;
    p = p * z + 1.1283792e-1f;
    p = p * z + -3.7612639e-1f;
    p = p * z + 1.1283792f;
    vec small = p * x;
    vec t = 1.0f / (1.0f + 0.5f * a);
    vec q = (vec)0.17087277f;
    q = q * t + -0.82215223f;
    q = q * t + 1.48851587f;
    q = q * t + -1.13520398f;
    q = q * t + 0.27886807f;
    q = q * t + -0.18628806f;
    q = q * t + 0.09678418f;
    q = q * t + 0.37409196f;
    q = q * t + 1.00002368f;
    q = q * t + -1.26551223f;
    vec large = 1.0f - t * exponential(q - z);
    vec result = a < 0.5f ? small : with_sign(large, x);
    return x != x ? x : result;
}

static inline __attribute__((always_inline)) vec apply(osteon_map f, vec x) {
    const vec zero = 0, one = 1;
    switch (f.kind) {
    case OSTEON_RELU: return x < 0 ? zero : x;
    case OSTEON_LEAKY_RELU: return x < 0 ? x * f.alpha : x;
    case OSTEON_CLIP: x = x < f.alpha ? (vec)f.alpha : x; return x > f.beta ? (vec)f.beta : x;
    case OSTEON_SIGMOID: return sigmoid(x);
    case OSTEON_TANH: return hyperbolic_tangent(x);
    case OSTEON_ELU: return x < 0 ? f.alpha * exponential_minus_one(x) : x;
    case OSTEON_SELU: return f.beta * (x < 0 ? f.alpha * exponential_minus_one(x) : x);
    case OSTEON_CELU: return x < 0 ? f.alpha * exponential_minus_one(x / f.alpha) : x;
    case OSTEON_HARD_SIGMOID: x = f.alpha * x + f.beta; x = x < 0 ? zero : x; return x > 1 ? one : x;
    case OSTEON_HARD_SWISH: {
        vec g = x * (1.0f / 6.0f) + 0.5f;
        g = g < 0 ? zero : g;
        return x * (g > 1 ? one : g);
    }
    case OSTEON_SWISH: return x * sigmoid(f.alpha * x);
    case OSTEON_SOFTPLUS: return softplus(x);
    case OSTEON_SOFTSIGN: return x / (1.0f + absolute(x));
    case OSTEON_MISH: return x * hyperbolic_tangent(softplus(x));
    case OSTEON_GELU_ERF: return 0.5f * x * (1.0f + error_function(x * 0.70710678f));
    case OSTEON_GELU_TANH: return 0.5f * x * (1.0f + hyperbolic_tangent(0.79788456f * (x + 0.044715f * x * x * x)));
    case OSTEON_ERF: return error_function(x);
    case OSTEON_EXP: return exponential(x);
    case OSTEON_LOG: return logarithm(x);
    case OSTEON_SQRT: return __builtin_elementwise_sqrt(x);
    case OSTEON_RECIPROCAL: return 1.0f / x;
    case OSTEON_ABS: return absolute(x);
    case OSTEON_NEGATE: return -x;
    case OSTEON_THRESHOLDED_RELU: return x > f.alpha ? x : zero;
    case OSTEON_NONE: break;
    }
    return x;
}

/// The loop for one kind known at compile time; the last vector goes through a copy of full length.
static inline __attribute__((always_inline)) void map_loop(osteon_map f, const float *x, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, apply(f, load(x + i)));
    if (i == count) return;
    float rest[LANES] = {0};
    for (size_t k = i; k < count; k++) rest[k - i] = x[k];
    store(rest, apply(f, load(rest)));
    for (size_t k = i; k < count; k++) y[k] = rest[k - i];
}

static void map(osteon_map f, const float *x, float *y, size_t count) {
#define CASE(KIND) case KIND: map_loop((osteon_map){KIND, f.alpha, f.beta}, x, y, count); break;
    switch (f.kind) {
    CASE(OSTEON_NONE) CASE(OSTEON_RELU) CASE(OSTEON_LEAKY_RELU) CASE(OSTEON_CLIP) CASE(OSTEON_SIGMOID) CASE(OSTEON_TANH)
    CASE(OSTEON_ELU) CASE(OSTEON_SELU) CASE(OSTEON_CELU) CASE(OSTEON_HARD_SIGMOID) CASE(OSTEON_HARD_SWISH) CASE(OSTEON_SWISH)
    CASE(OSTEON_SOFTPLUS) CASE(OSTEON_SOFTSIGN) CASE(OSTEON_MISH) CASE(OSTEON_GELU_ERF) CASE(OSTEON_GELU_TANH) CASE(OSTEON_ERF)
    CASE(OSTEON_EXP) CASE(OSTEON_LOG) CASE(OSTEON_SQRT) CASE(OSTEON_RECIPROCAL) CASE(OSTEON_ABS) CASE(OSTEON_NEGATE)
    CASE(OSTEON_THRESHOLDED_RELU)
    }
#undef CASE
}

static void affine(const float *x, float center, float scale, float shift, float *y, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) store(y + i, (load(x + i) - center) * scale + shift);
    for (; i < count; i++) y[i] = (((vec)x[i] - center) * scale + shift)[0];
}

static inline __attribute__((always_inline)) vec combine(osteon_zip_kind f, vec a, vec b) {
    switch (f) {
    case OSTEON_ADD: return a + b;
    case OSTEON_SUBTRACT: return a - b;
    case OSTEON_MULTIPLY: return a * b;
    case OSTEON_DIVIDE: return a / b;
    case OSTEON_MINIMUM: return ((a < b) | (a != a)) ? a : b;
    case OSTEON_MAXIMUM: return ((a > b) | (a != a)) ? a : b;
    case OSTEON_PRELU: return a < 0 ? a * b : a;
    }
    return a;
}

static inline __attribute__((always_inline)) void zip_loop(
    osteon_zip_kind f, const float *a, size_t step_a, const float *b, size_t step_b, float *y, size_t count) {
    size_t i = 0;
    vec fixed_a = (vec)a[0], fixed_b = (vec)b[0];
    for (; i + LANES <= count; i += LANES)
        store(y + i, combine(f, step_a ? load(a + i) : fixed_a, step_b ? load(b + i) : fixed_b));
    for (; i < count; i++) y[i] = combine(f, step_a ? (vec)a[i] : fixed_a, step_b ? (vec)b[i] : fixed_b)[0];
}

static void zip(osteon_zip_kind f, const float *a, size_t step_a, const float *b, size_t step_b, float *y, size_t count) {
    if (count == 0) return;
#define CASE(KIND)                                                              \
    case KIND:                                                                  \
        if (step_a && step_b) zip_loop(KIND, a, 1, b, 1, y, count);             \
        else if (step_a) zip_loop(KIND, a, 1, b, 0, y, count);                  \
        else zip_loop(KIND, a, 0, b, step_b, y, count);                         \
        break;
    switch (f) {
    CASE(OSTEON_ADD) CASE(OSTEON_SUBTRACT) CASE(OSTEON_MULTIPLY) CASE(OSTEON_DIVIDE) CASE(OSTEON_MINIMUM) CASE(OSTEON_MAXIMUM)
    CASE(OSTEON_PRELU)
    }
#undef CASE
}
