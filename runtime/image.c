/* image.c - see image.h. libpng encodes into memory; io.c writes the file. */
#include "image.h"
#include "array.h"
#include "io.h"
#include "memory.h"
#include <math.h>
#include <png.h>
#include <string.h>

/* ---- encoding --------------------------------------------------------------------------------*/
typedef struct Encoded { uint8_t *data; uint64_t len, cap; } Encoded;

static png_voidp png_get(png_structp png, png_alloc_size_t size) { return mem_plain_alloc(size); }
static void png_give(png_structp png, png_voidp block) { mem_free(block); }
static void png_mute(png_structp png, png_const_charp text) { }

/* Appends what libpng has encoded; longjmps out of encode() when there is no memory. */
static void encoded_add(png_structp png, png_bytep data, png_size_t len) {
    Encoded *e = png_get_io_ptr(png);
    if (len > e->cap - e->len) {
        uint64_t cap = 2 * e->cap + len + 4096;
        uint8_t *grown = mem_resize(e->data, cap, "a PNG file", NULL);
        if (!grown) png_error(png, "memory");
        e->data = grown;
        e->cap = cap;
    }
    memcpy(e->data + e->len, data, len);
    e->len += len;
}
static void encoded_flush(png_structp png) { }

/* pixels: [height, width, channels], u8; no ancillary chunks, so the bytes depend on them alone. */
static bool encode(Encoded *e, const uint8_t *pixels, int width, int height, int channels) {
    png_structp png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, NULL, png_mute, NULL,
                                                png_get, png_give);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info || setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return false;
    }
    png_set_write_fn(png, e, encoded_add, encoded_flush);
    png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8,
                 channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < height; y++)
        png_write_row(png, pixels + (size_t)y * (size_t)width * (size_t)channels);
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &info);
    return true;
}

/* Encodes in memory, then writes the file at once. */
static bool write_png(const char *path, const uint8_t *pixels, int width, int height, int channels,
                      Status *st) {
    Encoded e = { 0 };
    bool ok = encode(&e, pixels, width, height, channels)
           || status_fail(st, RT_LIMIT, "%s: the picture cannot be encoded (no memory)", path);
    ok = ok && io_write_file(path, e.data, e.len, st);
    mem_free(e.data);
    return ok;
}

/* ---- grids -----------------------------------------------------------------------------------*/
/* height, width: of one image; zoom: pixels of the picture per pixel of an image, each way. */
typedef struct Grid { int channels, height, width, zoom, cols, rows; } Grid;
enum { GAP = 2, SMALL_SIDE = 8, WANTED_SIDE = 96 };

/* Thumbnails are enlarged by a whole factor to about 96 pixels, so that people can see them. */
static int zoom_of(int height, int width) {
    int side = height > width ? height : width;
    return side < SMALL_SIDE || side > WANTED_SIDE ? 1 : WANTED_SIDE / side;
}

/* Lays n images out; false when the shape is no image. */
static bool grid_of(const EbmTensor *t, int64_t n, int64_t cols, Grid *g) {
    int rank = t->rank;
    if (rank < 2 || rank > 3 || n < 1) return false;
    *g = (Grid){ .channels = rank == 3 ? (int)t->dim[0] : 1, .height = (int)t->dim[rank - 2],
                 .width = (int)t->dim[rank - 1] };
    if ((g->channels != 1 && g->channels != 3) || g->height < 1 || g->width < 1
        || g->height + GAP > IMAGE_MAX_SIDE || g->width + GAP > IMAGE_MAX_SIDE)
        return false;
    g->zoom = zoom_of(g->height, g->width);
    int64_t fit_cols = (IMAGE_MAX_SIDE - GAP) / (g->width * g->zoom + GAP);
    int64_t fit_rows = (IMAGE_MAX_SIDE - GAP) / (g->height * g->zoom + GAP);
    if (cols < 1) cols = (int64_t)ceil(sqrt((double)n));
    if (cols > n) cols = n;
    if (cols > fit_cols) cols = fit_cols;
    int64_t rows = (n + cols - 1) / cols;
    g->cols = (int)cols;
    g->rows = (int)(rows < fit_rows ? rows : fit_rows);
    return true;
}

int64_t image_grid_capacity(const EbmTensor *example, int64_t n, int64_t cols) {
    Grid g;
    if (!grid_of(example, n, cols, &g)) return 0;
    int64_t room = (int64_t)g.cols * g.rows;
    return n < room ? n : room;
}

/* Maps lo..hi to 0..255, clamped; lo == hi: the value as it is. */
static uint8_t to_byte(double v, double lo, double hi) {
    double x = hi > lo ? (v - lo) / (hi - lo) * 255 : v;
    return x >= 255 ? 255 : x > 0 ? (uint8_t)(x + 0.5) : 0;     /* NaN becomes 0 */
}

/* Copies image k, [C,H,W], to its place in pixels, [height, width, C]. */
static void place(const Grid *g, const EbmTensor *t, const void *rows, int64_t k, double lo,
                  double hi, uint8_t *pixels, int width) {
    int64_t plane = (int64_t)g->height * g->width, base = k * plane * g->channels;
    int z = g->zoom, w = g->width * z, h = g->height * z;
    int64_t x0 = GAP + k % g->cols * (w + GAP), y0 = GAP + k / g->cols * (h + GAP);
    for (int c = 0; c < g->channels; c++)
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                int64_t i = base + c * plane + (int64_t)(y / z) * g->width + x / z;
                uint8_t v = t->dtype == EBM_F32 ? to_byte(((const float *)rows)[i], lo, hi)
                                                : ((const uint8_t *)rows)[i];
                pixels[((y0 + y) * width + x0 + x) * g->channels + c] = v;
            }
}

bool image_write_grid(const char *path, const EbmTensor *example, const void *rows, int64_t n,
                      int64_t cols, double lo, double hi, Status *st) {
    Grid g;
    if (!grid_of(example, n, cols, &g) || example->dtype == EBM_I32)
        return status_fail(st, RT_USAGE,
                           "%s: a picture needs [C,H,W] or [H,W] with 1 or 3 channels", path);
    int width = GAP + g.cols * (g.width * g.zoom + GAP);
    int height = GAP + g.rows * (g.height * g.zoom + GAP);
    uint64_t size = (uint64_t)width * (uint64_t)height * (uint64_t)g.channels;
    uint8_t *pixels = mem_alloc(size, "a picture", st);
    if (!pixels) return false;
    memset(pixels, 64, (size_t)size);
    int64_t count = image_grid_capacity(example, n, cols);
    for (int64_t k = 0; k < count; k++) place(&g, example, rows, k, lo, hi, pixels, width);
    bool ok = write_png(path, pixels, width, height, g.channels, st);
    mem_free(pixels);
    return ok;
}

/* ---- scatter plots ---------------------------------------------------------------------------*/
/* Widens [*lo, *hi] to hold all finite values with a margin of 5 %. */
static void own_range(const float *x, int64_t n, double *lo, double *hi) {
    *lo = INFINITY;
    *hi = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        if (first_non_finite(&x[i], 1) == 0) continue;
        *lo = fmin(*lo, x[i]);
        *hi = fmax(*hi, x[i]);
    }
    if (!(*lo <= *hi)) *lo = -1, *hi = 1;
    double margin = *hi > *lo ? 0.05 * (*hi - *lo) : 1;
    *lo -= margin;
    *hi += margin;
}

/* Adds a soft disc of radius r at pixel position (px, py) to the ink. */
static void add_disc(float *ink, double px, double py, double r) {
    int x0 = (int)floor(px - r - 1), x1 = (int)ceil(px + r + 1);
    int y0 = (int)floor(py - r - 1), y1 = (int)ceil(py + r + 1);
    for (int y = y0 < 0 ? 0 : y0; y <= y1 && y < PLOT_SIDE; y++)
        for (int x = x0 < 0 ? 0 : x0; x <= x1 && x < PLOT_SIDE; x++) {
            double inside = r + 0.5 - hypot(x - px, y - py);
            if (inside > 0) ink[y * PLOT_SIDE + x] += (float)fmin(inside, 1);
        }
}

bool image_write_scatter(const char *path, const float *points, int64_t n, double lo, double hi,
                         Status *st) {
    /* light paper and blue ink; where points crowd, the ink goes on to a dark violet */
    static const double paper[3] = { 250, 250, 247 }, ink1[3] = { 66, 133, 207 },
                        ink2[3] = { 38, 12, 74 };
    if (!(lo < hi)) own_range(points, 2 * n, &lo, &hi);
    float *ink = mem_array(PLOT_SIDE * PLOT_SIDE, sizeof *ink, "a plot", st);
    uint8_t *pixels = ink ? mem_alloc(PLOT_SIDE * PLOT_SIDE * 3, "a plot", st) : NULL;
    if (!pixels) {
        mem_free(ink);
        return false;
    }
    double radius = n > 20000 ? 1 : n > 2000 ? 1.8 : 3;
    double strength = n > 20000 ? 0.25 : n > 2000 ? 0.4 : 0.6;
    for (int64_t i = 0; i < n; i++) {
        double x = (points[2 * i] - lo) / (hi - lo), y = (points[2 * i + 1] - lo) / (hi - lo);
        if (x >= 0 && x <= 1 && y >= 0 && y <= 1)
            add_disc(ink, x * (PLOT_SIDE - 1), (1 - y) * (PLOT_SIDE - 1), radius);
    }
    for (int i = 0; i < PLOT_SIDE * PLOT_SIDE; i++) {
        double cover = 1 - exp(-strength * ink[i]), deep = 1 - exp(-0.15 * strength * ink[i]);
        for (int c = 0; c < 3; c++) {
            double colour = ink1[c] + (ink2[c] - ink1[c]) * deep;
            pixels[3 * i + c] = (uint8_t)(paper[c] + (colour - paper[c]) * cover + 0.5);
        }
    }
    bool ok = write_png(path, pixels, PLOT_SIDE, PLOT_SIDE, 3, st);
    mem_free(ink);
    mem_free(pixels);
    return ok;
}
