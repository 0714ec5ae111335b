/* png_read.c - see png_read.h. libpng decodes from memory. Only the chunks that hold the picture
 * are looked at; an image is decoded after its size was compared with the expected one. */
#include "png_read.h"
#include "memory.h"
#include <png.h>
#include <string.h>
#include <strings.h>

enum { MAX_SIDE = 16384 };
static const uint8_t magic[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };

bool png_list(const char *folder, IoList *out, Status *st) {
    if (!io_list(folder, out, st)) return false;
    int n = 0;
    for (int i = 0; i < out->n; i++) {
        size_t len = strlen(out->name[i]);
        bool png = len > 4 && out->name[i][0] != '.' && strcasecmp(out->name[i] + len - 4,
                ".png") == 0;
        if (png) out->name[n++] = out->name[i];
        else mem_free(out->name[i]);
    }
    out->n = n;
    if (n > 0) return true;
    io_list_free(out);
    return status_fail(st, RT_DATA, "%s: a folder without PNG images", folder);
}

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool png_size(const char *file, const uint8_t *p, uint64_t len, int64_t dim[3], Status *st) {
    if (len < 33 || memcmp(p, magic, 8) != 0 || u32(p + 8) != 13 || memcmp(p + 12, "IHDR", 4) != 0)
        return status_fail_at(st, file, 0, "not a PNG image");
    uint32_t width = u32(p + 16), height = u32(p + 20);
    int bits = p[24], colour = p[25];
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE)
        return status_fail_at(st, file, 16, "an image of %u x %u pixels, the limit is %d", width,
                              height,
                              MAX_SIDE);
    if (bits == 16) return status_fail_at(st, file, 24, "an image of 16 bits; make it one of 8");
    if (colour == PNG_COLOR_TYPE_GRAY_ALPHA || colour == PNG_COLOR_TYPE_RGB_ALPHA)
        return status_fail_at(st, file, 25, "a transparent image; give it a background");
    bool known = (colour == PNG_COLOR_TYPE_RGB && bits == 8)
              || ((colour == PNG_COLOR_TYPE_GRAY || colour == PNG_COLOR_TYPE_PALETTE)
                  && (bits == 1 || bits == 2 || bits == 4 || bits == 8));
    if (!known) return status_fail_at(st, file, 24, "an unknown kind of PNG image");
    dim[0] = colour == PNG_COLOR_TYPE_GRAY ? 1 : 3;
    dim[1] = height;
    dim[2] = width;
    return true;
}

/* ---- libpng ----------------------------------------------------------------------------------*/
typedef struct Reading {
    const uint8_t *p;
    uint64_t len, at;
    uint8_t *rows;                /* [H,W,C], here so that it is freed after a longjmp */
    png_bytep *row;               /* [H] */
    char why[80];
    bool no_memory;
} Reading;

static png_voidp png_get(png_structp png, png_alloc_size_t size) {
    void *block = mem_plain_alloc(size);
    if (!block) ((Reading *)png_get_mem_ptr(png))->no_memory = true;
    return block;
}
static void png_give(png_structp png, png_voidp block) { mem_free(block); }
static void png_mute(png_structp png, png_const_charp text) { }
static void png_stop(png_structp png, png_const_charp text) {
    Reading *r = png_get_error_ptr(png);
    size_t n = strnlen(text, sizeof r->why - 1);
    memcpy(r->why, text, n);
    r->why[n] = '\0';
    status_make_printable(r->why);
    png_longjmp(png, 1);
}
static void png_take(png_structp png, png_bytep to, png_size_t n) {
    Reading *r = png_get_io_ptr(png);
    if (n > r->len - r->at) png_error(png, "the file is cut off");
    memcpy(to, r->p + r->at, n);
    r->at += n;
}

/* Decodes to r->rows; false with r->why. */
static bool read_rows(Reading *r, const int64_t dim[3]) {
    png_structp png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, r, png_stop, png_mute, r,
                                               png_get, png_give);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        r->no_memory = true;
        png_destroy_read_struct(&png, NULL, NULL);
        return false;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &info, NULL);
        return false;
    }
    png_set_read_fn(png, r, png_take);
    png_set_user_limits(png, MAX_SIDE, MAX_SIDE);
    png_set_chunk_malloc_max(png, 1 << 16);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);    /* all ancillary ones */
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_QUIET_USE);
    png_read_info(png, info);
    if (png_get_color_type(png, info) == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    else png_set_expand_gray_1_2_4_to_8(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    uint64_t stride = (uint64_t)(dim[0] * dim[2]);
    if (png_get_rowbytes(png, info) != stride) png_error(png, "its rows have another size");
    r->rows = mem_array((uint64_t)dim[1], stride, "an image", NULL);
    r->row = mem_array((uint64_t)dim[1], sizeof *r->row, "an image", NULL);
    r->no_memory = !r->rows || !r->row;
    if (r->no_memory) png_error(png, "no memory");
    for (int64_t y = 0; y < dim[1]; y++) r->row[y] = r->rows + (uint64_t)y * stride;
    png_read_image(png, r->row);
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &info, NULL);
    return true;
}

bool png_decode(const char *file, const uint8_t *p, uint64_t len, const int64_t dim[3],
                uint8_t *out,
                Status *st) {
    Reading r = { .p = p, .len = len };
    bool ok = read_rows(&r, dim);
    int64_t plane = dim[1] * dim[2];
    for (int64_t i = 0; ok && i < plane; i++)
        for (int64_t c = 0; c < dim[0]; c++) out[c * plane + i] = r.rows[i * dim[0] + c];
    mem_free(r.rows);
    mem_free(r.row);
    if (r.no_memory) return status_fail(st, RT_LIMIT, "%s: out of memory", file);
    return ok || status_fail_at(st, file, r.at, "the image cannot be decoded: %s", r.why);
}
