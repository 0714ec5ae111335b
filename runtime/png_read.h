/* png_read.h - PNG images of 8 bits (and palettes, and fewer bits of grey), as u8 [C,H,W]. */
#ifndef EBM_RT_PNG_READ_H
#define EBM_RT_PNG_READ_H
#include "array.h"
#include "io.h"

/* The byte-sorted names in a folder that end in .png; free with io_list_free. None is an error. */
bool png_list(const char *folder, IoList *out, Status *st);
/* Size and channels of an image from its first bytes: 1 (grey) or 3 (colour, palette). Transparency
 * and 16 bits are refused: what they should become is for whoever makes the data to say. */
bool png_size(const char *file, const uint8_t *p, uint64_t len, int64_t dim[3], Status *st);
/* Decodes an image of exactly this size to planes, u8 [C,H,W]. */
bool png_decode(const char *file, const uint8_t *p, uint64_t len, const int64_t dim[3],
                uint8_t *out,
                Status *st);
#endif
