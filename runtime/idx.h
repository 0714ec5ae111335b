/* idx.h - the IDX format of MNIST and its relatives, plain or gzip-compressed. */
#ifndef EBM_RT_IDX_H
#define EBM_RT_IDX_H
#include "array.h"
#include "io.h"

bool idx_looks_like(const uint8_t *p, uint64_t len);
/* Validates len bytes; the size equation must hold exactly. */
bool idx_parse(const char *file, const uint8_t *p, uint64_t len, ArrayPlan *out, Status *st);

bool gzip_looks_like(const uint8_t *p, uint64_t len);
/* Inflates a gzip file that holds one IDX array: the header first, then exactly the bytes that it
 * announces, refused before allocating when so many cannot come from len compressed bytes. */
bool idx_gunzip(const char *file, const uint8_t *p, uint64_t len, IoBytes *out, Status *st);
#endif
