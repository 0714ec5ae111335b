/* image.h - PNG files: grids of images and scatter plots of 2-D points. */
#ifndef EBM_RT_IMAGE_H
#define EBM_RT_IMAGE_H
#include "ebm.h"
#include "status.h"

enum { IMAGE_MAX_SIDE = 16384, PLOT_SIDE = 800 };

/* How many [C,H,W] (or [H,W]) images of shape `example` fit in a grid of `cols` (0: about square),
 * at most n; 0 when the shape is no image. */
int64_t image_grid_capacity(const EbmTensor *example, int64_t n, int64_t cols);
/* Writes n images, [n, C, H, W] with C 1 or 3 (u8 or f32; lo..hi becomes 0..255), as one PNG with
 * a border of two pixels between them; thumbnails of 8 to 48 pixels are enlarged. Atomic. */
bool image_write_grid(const char *path, const EbmTensor *example, const void *rows, int64_t n,
                      int64_t cols, double lo, double hi, Status *st);
/* Writes a scatter plot of n points, [n, 2], over [lo, hi]^2 (lo == hi: the points' own range). */
bool image_write_scatter(const char *path, const float *points, int64_t n, double lo, double hi,
                         Status *st);
#endif
