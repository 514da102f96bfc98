// Sums and maxima. Included once for each tier after map_body.h. Sums run in double, lane by lane; callers cut work
// into blocks of fixed size, so that sums don't depend on how it's divided among threads.

typedef double dvec __attribute__((ext_vector_type(LANES)));

static inline __attribute__((always_inline)) double across(const dvec *v) {
    double s = 0;
    for (int i = 0; i < LANES; i++) s += (*v)[i];
    return s;
}

static double sum(const float *x, size_t count) {
    dvec total = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) total += __builtin_convertvector(load(x + i), dvec);
    double s = across(&total);
    for (; i < count; i++) s += x[i];
    return s;
}

static double sum_squared_deviation(const float *x, double mean, size_t count) {
    dvec total = 0;
    const float m = (float)mean;
    size_t i = 0;
    while (i + LANES <= count) {
        vec part = 0;
        for (int k = 0; k < 16 && i + LANES <= count; k++, i += LANES) {
            vec d = load(x + i) - m;
            part += d * d;
        }
        total += __builtin_convertvector(part, dvec);
    }
    double s = across(&total);
    for (; i < count; i++) s += (double)(x[i] - m) * (x[i] - m);
    return s;
}

static float maximum(const float *x, size_t count) {
    vec best = (vec)-__builtin_inff();
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec v = load(x + i);
        best = ((v > best) | (v != v)) ? v : best;
    }
    float m = -__builtin_inff();
    for (int k = 0; k < LANES; k++) m = best[k] > m || best[k] != best[k] ? best[k] : m;
    for (; i < count; i++) m = x[i] > m || x[i] != x[i] ? x[i] : m;
    return m;
}

static double exp_shifted(const float *x, float shift, float *y, size_t count) {
    dvec total = 0;
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec e = exponential(load(x + i) - shift);
        store(y + i, e);
        total += __builtin_convertvector(e, dvec);
    }
    double s = across(&total);
    for (; i < count; i++) s += y[i] = exponential((vec)(x[i] - shift))[0];
    return s;
}

static void maximum_into(const float *x, float *m, size_t count) {
    zip(OSTEON_MAXIMUM, m, 1, x, 1, m, count);
}

static void exp_shifted_into(const float *x, const float *m, float *y, float *s, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec e = exponential(load(x + i) - load(m + i));
        store(y + i, e);
        store(s + i, load(s + i) + e);
    }
    for (; i < count; i++) s[i] += y[i] = exponential((vec)(x[i] - m[i]))[0];
}

static void argmax_into(const float *x, float *best, int32_t *index, int32_t k, int or_equal, size_t count) {
    if (or_equal)
        for (size_t i = 0; i < count; i++) {
            int better = x[i] >= best[i] || x[i] != x[i];
            best[i] = better ? x[i] : best[i];
            index[i] = better ? k : index[i];
        }
    else
        for (size_t i = 0; i < count; i++) {
            int better = x[i] > best[i] || (x[i] != x[i] && best[i] == best[i]);
            best[i] = better ? x[i] : best[i];
            index[i] = better ? k : index[i];
        }
}
