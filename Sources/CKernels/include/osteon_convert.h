// Bulk conversion between the floating-point storage formats, round to nearest even.
#ifndef OSTEON_CONVERT_H
#define OSTEON_CONVERT_H

#include <stddef.h>
#include <stdint.h>

void osteon_f16_to_f32(const uint16_t *source, float *destination, size_t count);
void osteon_f32_to_f16(const float *source, uint16_t *destination, size_t count);
void osteon_bf16_to_f32(const uint16_t *source, float *destination, size_t count);
void osteon_f32_to_bf16(const float *source, uint16_t *destination, size_t count);

#endif
