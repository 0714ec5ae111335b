/* unpack.h - deflated bytes from foreign files: gzip files and the entries of zip archives.
 *
 * The size of the result is known before it is allocated, refused when so many bytes cannot come
 * from the compressed ones, and must be met exactly. */
#ifndef EBM_RT_UNPACK_H
#define EBM_RT_UNPACK_H
#include "io.h"

bool gzip_looks_like(const uint8_t *p, uint64_t len);
/* Inflates a gzip file of one member, up to 4 GiB (mem_free(out->data)). Its CRC is checked, and
 * nothing may follow. */
bool gzip_unpack(const char *file, const uint8_t *p, uint64_t len, IoBytes *out, Status *st);

/* Inflates raw deflated bytes that lie at `offset` of the file to exactly `size` bytes. */
bool deflate_unpack(const char *file, uint64_t offset, const uint8_t *p, uint64_t len,
                    uint64_t size, IoBytes *out, Status *st);
#endif
