// Twice the extent along some of the last three axes: the odd places are the input's, the even ones means of neighbours.
#include "osteon_loops.h"
#include "osteon_threads.h"
#include <string.h>

typedef struct {
    const osteon_semilinear *s;
    const float *x;
    float *y, *scratch;
} semilinear_job;

/// y = (a + b) / 2 with b left out for NULL.
static void mean(const float *restrict a, const float *restrict b, float *restrict y, size_t count) {
    if (b) for (size_t i = 0; i < count; i++) y[i] = 0.5f * (a[i] + b[i]);
    else for (size_t i = 0; i < count; i++) y[i] = 0.5f * a[i];
}

/// The slice that output place `o` of an axis is made of: the input's own, or the mean of two in `room`.
static const float *slice(const float *x, int o, int doubled, size_t count, float *room) {
    if (!doubled) return x + (size_t)o * count;
    const float *own = x + (size_t)(o / 2) * count;
    if (o & 1) return own;
    mean(own, o ? own - count : NULL, room, count);
    return room;
}

static void widen(const float *restrict x, float *restrict y, int width) {
    float before = 0;
    for (int w = 0; w < width; w++) {
        y[2 * w] = 0.5f * (x[w] + before);
        y[2 * w + 1] = before = x[w];
    }
}

/// One output plane.
static void semilinear_item(void *context, size_t index, int thread) {
    const semilinear_job *j = context;
    const osteon_semilinear *s = j->s;
    size_t depth = (size_t)s->input[0] << s->doubled[0], width = (size_t)s->input[2];
    int height = s->input[1] << s->doubled[1];
    size_t plane = (size_t)s->input[1] * width, wide = width << s->doubled[2];
    float *room = j->scratch + (size_t)thread * (plane + width), *row = room + plane;
    const float *volume = j->x + index / depth * (size_t)s->input[0] * plane;
    const float *flat = slice(volume, (int)(index % depth), s->doubled[0], plane, room);
    float *y = j->y + index * (size_t)height * wide;
    for (int h = 0; h < height; h++, y += wide) {
        const float *line = slice(flat, h, s->doubled[1], width, row);
        if (s->doubled[2]) widen(line, y, (int)width);
        else memcpy(y, line, width * sizeof *y);
    }
}

size_t osteon_semilinear_scratch(const osteon_semilinear *s, int threads) {
    return sizeof(float) * (size_t)threads * ((size_t)s->input[1] * s->input[2] + (size_t)s->input[2]);
}

void osteon_semilinear_run(const osteon_semilinear *s, const float *x, float *y, void *scratch, int threads) {
    semilinear_job j = {s, x, y, scratch};
    osteon_parallel_for(s->planes * ((size_t)s->input[0] << s->doubled[0]), threads, semilinear_item, &j);
}
