#include "osteon_distance.h"

#include <math.h>
#include <stdlib.h>

#include "osteon_threads.h"

typedef struct {
    const uint8_t *sites;
    double *out;
    size_t n0, n1, n2;
    double s0, s1, s2;
    size_t longest;
    /// Each thread's: a line, and the envelope's parabolas with their borders.
    double *lines;
    double *borders;
    size_t *parabolas;
} transform;

/// Along the first axis, for rows of one index of the second: steps to the nearest site, then their squared length.
static void first_axis(void *context, size_t j, int thread) {
    (void)thread;
    const transform *t = context;
    size_t plane = t->n1 * t->n2, width = t->n2;
    const uint8_t *sites = t->sites + j * width;
    double *out = t->out + j * width;
    for (size_t k = 0; k < width; k++) out[k] = sites[k] ? 0 : INFINITY;
    for (size_t i = 1; i < t->n0; i++) {
        const uint8_t *site = sites + i * plane;
        double *row = out + i * plane, *before = row - plane;
        for (size_t k = 0; k < width; k++) row[k] = site[k] ? 0 : before[k] + 1;
    }
    for (size_t i = t->n0 - 1; i-- > 0;) {
        double *row = out + i * plane, *after = row + plane;
        for (size_t k = 0; k < width; k++) row[k] = fmin(row[k], after[k] + 1);
    }
    for (size_t i = 0; i < t->n0; i++) {
        double *row = out + i * plane;
        for (size_t k = 0; k < width; k++) {
            double d = row[k] * t->s0;
            row[k] = d * d;
        }
    }
}

/// Along a line of `count` elements `stride` apart: the least of value[q] + ((p − q) · spacing)² over all q.
static void line(double *values, size_t count, size_t stride, double spacing, double *f, double *border, size_t *parabola) {
    size_t found = 0;
    for (size_t q = 0; q < count; q++) {
        double value = values[q * stride];
        f[q] = value;
        if (isinf(value)) continue;
        double from = -INFINITY;
        while (found > 0) {
            size_t p = parabola[found - 1];
            // Where the parabola of q crosses that of p, in voxels.
            double dq = (double)q, dp = (double)p;
            from = ((value - f[p]) / (spacing * spacing) + (dq * dq - dp * dp)) / (2 * (dq - dp));
            if (from > border[found - 1]) break;
            found--;
            from = -INFINITY;
        }
        parabola[found] = q;
        border[found] = from;
        found++;
    }
    if (found == 0) return;
    size_t at = 0;
    for (size_t p = 0; p < count; p++) {
        while (at + 1 < found && border[at + 1] < (double)p) at++;
        double d = ((double)p - (double)parabola[at]) * spacing;
        values[p * stride] = f[parabola[at]] + d * d;
    }
}

/// Along the second axis, for the plane of one index of the first.
static void second_axis(void *context, size_t i, int thread) {
    const transform *t = context;
    size_t place = (size_t)thread * t->longest;
    double *plane = t->out + i * t->n1 * t->n2;
    for (size_t k = 0; k < t->n2; k++)
        line(plane + k, t->n1, t->n2, t->s1, t->lines + place, t->borders + place, t->parabolas + place);
}

static void third_axis(void *context, size_t i, int thread) {
    const transform *t = context;
    size_t place = (size_t)thread * t->longest;
    double *plane = t->out + i * t->n1 * t->n2;
    for (size_t j = 0; j < t->n1; j++)
        line(plane + j * t->n2, t->n2, 1, t->s2, t->lines + place, t->borders + place, t->parabolas + place);
}

int osteon_squared_distances(const uint8_t *sites, double *out, const size_t extent[3], const double spacing[3], int threads) {
    if (extent[0] == 0 || extent[1] == 0 || extent[2] == 0) return 0;
    if (threads < 1) threads = 1;
    if (threads > OSTEON_MAX_THREADS) threads = OSTEON_MAX_THREADS;
    transform t = {
        .sites = sites, .out = out, .n0 = extent[0], .n1 = extent[1], .n2 = extent[2],
        .s0 = spacing[0], .s1 = spacing[1], .s2 = spacing[2],
    };
    t.longest = t.n1 > t.n2 ? t.n1 : t.n2;
    size_t places = t.longest * (size_t)threads;
    t.lines = malloc(places * sizeof *t.lines);
    t.borders = malloc(places * sizeof *t.borders);
    t.parabolas = malloc(places * sizeof *t.parabolas);
    int result = t.lines && t.borders && t.parabolas ? 0 : -1;
    if (result == 0) {
        osteon_parallel_for(t.n1, threads, first_axis, &t);
        osteon_parallel_for(t.n0, threads, second_axis, &t);
        osteon_parallel_for(t.n0, threads, third_axis, &t);
    }
    free(t.lines);
    free(t.borders);
    free(t.parabolas);
    return result;
}
