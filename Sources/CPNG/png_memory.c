#include "osteon_png.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EXTENT = 65535, MAX_CHUNK = 8 << 20 };

/// What libpng's callbacks share. Lives in the caller's frame, outside the function that calls setjmp.
typedef struct {
    const uint8_t *bytes;
    size_t count, position;
    uint8_t *out;
    size_t out_count, out_capacity;
    char *message;
} memory;

static void failed(png_structp png, png_const_charp text) {
    memory *m = png_get_error_ptr(png);
    strncpy(m->message, text ? text : "damaged", OSTEON_PNG_MESSAGE - 1);
    m->message[OSTEON_PNG_MESSAGE - 1] = 0;
    longjmp(png_jmpbuf(png), 1);
}

static void warned(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void take(png_structp png, png_bytep to, size_t count) {
    memory *m = png_get_io_ptr(png);
    if (count > m->count - m->position) png_error(png, "the file ends too early");
    memcpy(to, m->bytes + m->position, count);
    m->position += count;
}

static void give(png_structp png, png_bytep from, size_t count) {
    memory *m = png_get_io_ptr(png);
    if (count > m->out_capacity - m->out_count) {
        size_t capacity = m->out_capacity * 2 + count + 4096;
        uint8_t *room = realloc(m->out, capacity);
        if (!room) png_error(png, "out of memory");
        m->out = room;
        m->out_capacity = capacity;
    }
    memcpy(m->out + m->out_count, from, count);
    m->out_count += count;
}

static void flush(png_structp png) { (void)png; }

/// Reads the header and asks for grey or RGB of 8 or 16 bits.
static void prepare(png_structp png, png_infop info, memory *m, osteon_png_info *result) {
    png_set_read_fn(png, m, take);
    png_set_user_limits(png, MAX_EXTENT, MAX_EXTENT);
    png_set_chunk_malloc_max(png, MAX_CHUNK);
    png_set_chunk_cache_max(png, 64);
    png_read_info(png, info);
    int color = png_get_color_type(png, info), bits = png_get_bit_depth(png, info);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (!(color & PNG_COLOR_MASK_COLOR) && bits < 8) png_set_expand_gray_1_2_4_to_8(png);
    png_set_strip_alpha(png);
    if (bits == 16) {
        uint16_t one = 1;
        if (*(uint8_t *)&one) png_set_swap(png);
    }
    result->width = png_get_image_width(png, info);
    result->height = png_get_image_height(png, info);
    result->channels = color & PNG_COLOR_MASK_COLOR ? 3 : 1;
    result->bits = bits == 16 ? 16 : 8;
}

static int read_png(memory *m, osteon_png_info *result, uint8_t *room, png_bytep *rows) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, m, failed, warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        strcpy(m->message, "out of memory");
        if (png) png_destroy_read_struct(&png, NULL, NULL);
        return -1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return -1;
    }
    osteon_png_info seen;
    prepare(png, info, m, &seen);
    if (rows) {
        if (memcmp(&seen, result, sizeof seen)) png_error(png, "the image changed while it was read");
        png_set_interlace_handling(png);
        png_read_update_info(png, info);
        size_t row = png_get_rowbytes(png, info);
        if (row != (size_t)seen.width * (size_t)seen.channels * (size_t)(seen.bits / 8)) png_error(png, "the rows have another size than the header says");
        for (uint32_t y = 0; y < seen.height; y++) rows[y] = room + y * row;
        png_read_image(png, rows);
        png_read_end(png, NULL);
    }
    *result = seen;
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int osteon_png_inspect(const uint8_t *bytes, size_t count, osteon_png_info *info, char message[OSTEON_PNG_MESSAGE]) {
    memory m = {bytes, count, 0, NULL, 0, 0, message};
    memset(info, 0, sizeof *info);
    return read_png(&m, info, NULL, NULL);
}

int osteon_png_read(const uint8_t *bytes, size_t count, const osteon_png_info *info, void *room, char message[OSTEON_PNG_MESSAGE]) {
    memory m = {bytes, count, 0, NULL, 0, 0, message};
    osteon_png_info expected;
    memset(&expected, 0, sizeof expected);
    expected = *info;
    png_bytep *rows = malloc(sizeof *rows * (info->height ? info->height : 1));
    if (!rows) {
        strcpy(message, "out of memory");
        return -1;
    }
    int status = read_png(&m, &expected, room, rows);
    free(rows);
    return status;
}

static int write_png(memory *m, const uint8_t *pixels, uint32_t width, uint32_t height, int channels) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, m, failed, warned);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        strcpy(m->message, "out of memory");
        if (png) png_destroy_write_struct(&png, NULL);
        return -1;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return -1;
    }
    png_set_write_fn(png, m, give, flush);
    png_set_IHDR(
        png, info, width, height, 8, channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + (size_t)y * width * (size_t)channels);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return 0;
}

int osteon_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **out, size_t *out_count, char message[OSTEON_PNG_MESSAGE]) {
    memory m = {NULL, 0, 0, NULL, 0, 0, message};
    int status = write_png(&m, pixels, width, height, channels);
    if (status) {
        free(m.out);
        m.out = NULL;
        m.out_count = 0;
    }
    *out = m.out;
    *out_count = m.out_count;
    return status;
}
