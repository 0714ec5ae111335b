/* npy.h - NumPy's .npy files, versions 1 to 3, and writing version 1. */
#ifndef EBM_RT_NPY_H
#define EBM_RT_NPY_H
#include "array.h"

bool npy_looks_like(const uint8_t *p, uint64_t len);
/* Accepts f4 f8 i4 i8 u1 b1 (and i1 i2 u2 u4 u8 f2), either byte order, C or Fortran order. */
bool npy_parse(const char *file, const uint8_t *p, uint64_t len, ArrayPlan *out, Status *st);
/* Writes rows of t's shape and dtype: [n, ...]. Atomic. */
bool npy_write(const char *path, const EbmTensor *t, int64_t n, const void *rows, Status *st);
#endif
