// PNG in memory, through libpng: all of its calls, and the jumps it leaves them by, stay in C.
#ifndef OSTEON_PNG_H
#define OSTEON_PNG_H

#include <stddef.h>
#include <stdint.h>

enum { OSTEON_PNG_MESSAGE = 160 };

typedef struct {
    uint32_t width, height;
    /// 1 (grey) or 3 (red, green, blue), after palettes are looked up and transparency is left out.
    int channels;
    /// 8 or 16; fewer bits in the file are widened to 8.
    int bits;
} osteon_png_info;

/// What the file says of itself. 0, or -1 with a message.
int osteon_png_inspect(const uint8_t *bytes, size_t count, osteon_png_info *info, char message[OSTEON_PNG_MESSAGE]);

/// Rows of pixels, channels beside one another, 16-bit values in this machine's order; `room` holds what `info` says.
int osteon_png_read(const uint8_t *bytes, size_t count, const osteon_png_info *info, void *room, char message[OSTEON_PNG_MESSAGE]);

/// Encodes 8-bit rows of 1 or 3 channels; `*out` is to be freed with `free`.
int osteon_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **out, size_t *out_count, char message[OSTEON_PNG_MESSAGE]);

#endif
