/* cifar.h - the binary files of CIFAR-10 (a label byte, 3 x 32 x 32 bytes, no header) and CIFAR-100
 * (a coarse and a fine label). Files that were joined end to end are files, too. */
#ifndef EBM_RT_CIFAR_H
#define EBM_RT_CIFAR_H
#include "array.h"

typedef enum CifarPart { CIFAR_IMAGE, CIFAR_LABEL, CIFAR_COARSE } CifarPart;

/* Whole records whose labels are all in range. */
bool cifar_looks_like(const uint8_t *p, uint64_t len);
/* Copies one part of every record, u8 [n,3,32,32] or [n]; out->data is the caller's to mem_free.
 * CIFAR-10 has one label. */
bool cifar_read(const char *file, const uint8_t *p, uint64_t len, CifarPart part, ArrayPlan *out,
                Status *st);
#endif
