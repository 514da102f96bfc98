#include "osteon_loops.h"
#include "forms.h"
#include "osteon_threads.h"

#include <math.h>
#include <string.h>

/// Elements an item of elementwise work has: enough to pay for handing it out.
enum { GRAIN = 1 << 14 };

static size_t ceil_of(size_t a, size_t b) { return (a + b - 1) / b; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// MARK: Elementwise

typedef struct {
    const osteon_ops *ops;
    osteon_map f;
    osteon_form form_x, form_y;
    const void *x;
    void *y;
    size_t count;
} map_job;

static void map_item(void *context, size_t index, int thread) {
    (void)thread;
    const map_job *j = context;
    float near[CHUNK];
    const size_t end = least(j->count, (index + 1) * GRAIN);
    for (size_t at = index * GRAIN; at < end; at += CHUNK) {
        const size_t count = least(CHUNK, end - at);
        float *y = target_of(j->form_y, j->y, at, near);
        j->ops->map(j->f, read_form(j->ops, j->form_x, j->x, at, count, near), y, count);
        write_form(j->ops, j->form_y, y, j->y, at, count);
    }
}

void osteon_map_all(
    const osteon_ops *ops, osteon_map f, osteon_form form_x, const void *x, osteon_form form_y, void *y, size_t count, int threads) {
    map_job j = {ops, f, form_x, form_y, x, y, count};
    osteon_parallel_for(ceil_of(count, GRAIN), threads, map_item, &j);
}

typedef struct {
    const osteon_ops *ops;
    osteon_zip_kind f;
    osteon_map act;
    const void *a, *b;
    void *y;
    const osteon_zip_shape *shape;
    size_t rows, rows_an_item, pieces;
} zip_job;

/// One stretch of a row; a, b and y are the elements it starts with.
static void zip_row(const zip_job *j, size_t a, size_t b, size_t y, size_t width) {
    const osteon_zip_shape *s = j->shape;
    float near_a[CHUNK], near_b[CHUNK];
    for (size_t i = 0; i < width; i += CHUNK) {
        const size_t count = least(CHUNK, width - i);
        const float *from_a = read_form(j->ops, s->form_a, j->a, a + i * s->step_a, s->step_a ? count : 1, near_a);
        const float *from_b = read_form(j->ops, s->form_b, j->b, b + i * s->step_b, s->step_b ? count : 1, near_b);
        float near_y[CHUNK], *to = target_of(s->form_y, j->y, y + i, near_y);
        j->ops->zip(j->f, from_a, s->step_a, from_b, s->step_b, to, count);
        if (j->act.kind != OSTEON_NONE) j->ops->map(j->act, to, to, count);
        write_form(j->ops, s->form_y, to, j->y, y + i, count);
    }
}

static void zip_item(void *context, size_t index, int thread) {
    (void)thread;
    const zip_job *j = context;
    const osteon_zip_shape *s = j->shape;
    size_t piece = index % j->pieces, start = piece * GRAIN;
    size_t width = j->pieces == 1 ? s->width : least(GRAIN, s->width - start);
    size_t first = index / j->pieces * j->rows_an_item, end = least(j->rows, first + j->rows_an_item);
    for (size_t row = first; row < end; row++) {
        size_t a = 0, b = 0, rest = row;
        for (int axis = s->rank - 1; axis >= 0; axis--) {
            size_t place = rest % s->extent[axis];
            rest /= s->extent[axis];
            a += place * s->stride_a[axis];
            b += place * s->stride_b[axis];
        }
        zip_row(j, a + start * s->step_a, b + start * s->step_b, row * s->width + start, width);
    }
}

void osteon_zip_all(
    const osteon_ops *ops, osteon_zip_kind f, osteon_map act, const void *a, const void *b, void *y, const osteon_zip_shape *shape,
    int threads) {
    size_t rows = 1;
    for (int axis = 0; axis < shape->rank; axis++) rows *= shape->extent[axis];
    if (rows == 0 || shape->width == 0) return;
    zip_job j = {ops, f, act, a, b, y, shape, rows, 1, 1};
    if (shape->width >= 2 * GRAIN) j.pieces = ceil_of(shape->width, GRAIN);
    else j.rows_an_item = ceil_of(GRAIN, shape->width);
    osteon_parallel_for(ceil_of(rows, j.rows_an_item) * j.pieces, threads, zip_item, &j);
}

// MARK: Affine by plane

typedef struct {
    const osteon_ops *ops;
    osteon_form form_x, form_y;
    const void *x;
    void *y;
    size_t planes, width, period, planes_an_item, pieces;
    const float *center, *scale, *shift;
    osteon_map act;
} affine_job;

static void affine_item(void *context, size_t index, int thread) {
    (void)thread;
    const affine_job *j = context;
    size_t start = index % j->pieces * GRAIN, width = j->pieces == 1 ? j->width : least(GRAIN, j->width - start);
    size_t first = index / j->pieces * j->planes_an_item, end = least(j->planes, first + j->planes_an_item);
    for (size_t p = first; p < end; p++) {
        const size_t c = p % j->period, first_place = p * j->width + start;
        for (size_t i = 0; i < width; i += CHUNK) {
            const size_t count = least(CHUNK, width - i), at = first_place + i;
            float near[CHUNK], *y = target_of(j->form_y, j->y, at, near);
            const float *x = read_form(j->ops, j->form_x, j->x, at, count, near);
            j->ops->affine(x, j->center ? j->center[c] : 0, j->scale[c], j->shift[c], y, count);
            if (j->act.kind != OSTEON_NONE) j->ops->map(j->act, y, y, count);
            write_form(j->ops, j->form_y, y, j->y, at, count);
        }
    }
}

void osteon_affine_planes(
    const osteon_ops *ops, osteon_form form_x, const void *x, osteon_form form_y, void *y, size_t planes, size_t width,
    const float *center, const float *scale, const float *shift, size_t period, osteon_map act, int threads) {
    if (planes == 0 || width == 0) return;
    affine_job j = {ops, form_x, form_y, x, y, planes, width, period, 1, 1, center, scale, shift, act};
    if (width >= 2 * GRAIN) j.pieces = ceil_of(width, GRAIN);
    else j.planes_an_item = ceil_of(GRAIN, width);
    osteon_parallel_for(ceil_of(planes, j.planes_an_item) * j.pieces, threads, affine_item, &j);
}

// MARK: Copies

typedef struct {
    const osteon_block *b;
    const char *from;
    char *to;
    size_t rows, rows_an_item;
} copy_job;

static void copy_row(const osteon_block *b, const char *from, char *to) {
    const int last = b->rank - 1;
    const size_t count = b->extent[last];
    const ptrdiff_t f = b->from_stride[last], t = b->to_stride[last], e = (ptrdiff_t)b->element;
    if (f == e && t == e) {
        memcpy(to, from, count * b->element);
        return;
    }
    switch (b->element) {
    case 1: for (size_t i = 0; i < count; i++) to[(ptrdiff_t)i * t] = from[(ptrdiff_t)i * f]; break;
    case 2: for (size_t i = 0; i < count; i++) memcpy(to + (ptrdiff_t)i * t, from + (ptrdiff_t)i * f, 2); break;
    case 4: for (size_t i = 0; i < count; i++) memcpy(to + (ptrdiff_t)i * t, from + (ptrdiff_t)i * f, 4); break;
    case 8: for (size_t i = 0; i < count; i++) memcpy(to + (ptrdiff_t)i * t, from + (ptrdiff_t)i * f, 8); break;
    default: for (size_t i = 0; i < count; i++) memcpy(to + (ptrdiff_t)i * t, from + (ptrdiff_t)i * f, b->element);
    }
}

static void copy_item(void *context, size_t index, int thread) {
    (void)thread;
    const copy_job *j = context;
    const osteon_block *b = j->b;
    size_t end = least(j->rows, (index + 1) * j->rows_an_item);
    for (size_t row = index * j->rows_an_item; row < end; row++) {
        ptrdiff_t from = 0, to = 0;
        size_t rest = row;
        for (int axis = b->rank - 2; axis >= 0; axis--) {
            ptrdiff_t place = (ptrdiff_t)(rest % b->extent[axis]);
            rest /= b->extent[axis];
            from += place * b->from_stride[axis];
            to += place * b->to_stride[axis];
        }
        copy_row(b, j->from + from, j->to + to);
    }
}

void osteon_copy_block(const osteon_block *block, const void *from, void *to, int threads) {
    osteon_block b = *block;
    // One long row is split so that threads can share it.
    if (b.rank < 8 && b.extent[b.rank - 1] > 1 << 18) {
        size_t count = b.extent[b.rank - 1], piece = 1 << 16, whole = count / piece;
        osteon_block rest = b;
        b.extent[b.rank] = piece;
        b.from_stride[b.rank] = b.from_stride[b.rank - 1];
        b.to_stride[b.rank] = b.to_stride[b.rank - 1];
        b.extent[b.rank - 1] = whole;
        b.from_stride[b.rank - 1] *= (ptrdiff_t)piece;
        b.to_stride[b.rank - 1] *= (ptrdiff_t)piece;
        rest.extent[rest.rank - 1] = count - whole * piece;
        if (rest.extent[rest.rank - 1] > 0) {
            ptrdiff_t done = (ptrdiff_t)(whole * piece);
            osteon_copy_block(
                &rest, (const char *)from + done * rest.from_stride[rest.rank - 1], (char *)to + done * rest.to_stride[rest.rank - 1], threads);
        }
        b.rank++;
    }
    copy_job j = {&b, from, to, 1, 1};
    for (int axis = 0; axis < b.rank - 1; axis++) j.rows *= b.extent[axis];
    size_t width = b.extent[b.rank - 1] * b.element;
    if (j.rows == 0 || width == 0) return;
    j.rows_an_item = ceil_of(1 << 16, width);
    osteon_parallel_for(ceil_of(j.rows, j.rows_an_item), threads, copy_item, &j);
}
