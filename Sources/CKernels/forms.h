// Reading and writing tensors of any form a chunk of floats at a time.
#ifndef OSTEON_FORMS_H
#define OSTEON_FORMS_H

#include "osteon_convert.h"
#include "osteon_ops.h"

/// Floats a chunk has at most: a few of them fit the first-level cache.
enum { CHUNK = 2048 };

static inline size_t form_bytes(osteon_form form) {
    return form.element == OSTEON_F32 ? 4 : form.element == OSTEON_U8 || form.element == OSTEON_I8 ? 1 : 2;
}

/// `count` elements from element `at` on as floats: in place, or converted into `near`.
static inline const float *read_form(const osteon_ops *ops, osteon_form form, const void *x, size_t at, size_t count, float *near) {
    const char *from = (const char *)x + at * form_bytes(form);
    switch (form.element) {
    case OSTEON_F32: return (const float *)from;
    case OSTEON_F16: osteon_f16_to_f32((const uint16_t *)from, near, count); break;
    case OSTEON_BF16: osteon_bf16_to_f32((const uint16_t *)from, near, count); break;
    default: ops->dequantize(form.element, (const uint8_t *)from, form.scale, form.zero, near, count);
    }
    return near;
}

/// Where to put the floats for element `at` on: in place, or `near`.
static inline float *target_of(osteon_form form, void *y, size_t at, float *near) {
    return form.element == OSTEON_F32 ? (float *)y + at : near;
}

/// Rounds what `target_of` was filled with to the form.
static inline void write_form(const osteon_ops *ops, osteon_form form, const float *floats, void *y, size_t at, size_t count) {
    char *to = (char *)y + at * form_bytes(form);
    switch (form.element) {
    case OSTEON_F32: break;
    case OSTEON_F16: osteon_f32_to_f16(floats, (uint16_t *)to, count); break;
    case OSTEON_BF16: osteon_f32_to_bf16(floats, (uint16_t *)to, count); break;
    default: ops->quantize(form.element, floats, form.scale, form.zero, (uint8_t *)to, count);
    }
}

#endif
