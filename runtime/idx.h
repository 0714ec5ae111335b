/* idx.h - the IDX format of MNIST and its relatives. */
#ifndef EBM_RT_IDX_H
#define EBM_RT_IDX_H
#include "array.h"

bool idx_looks_like(const uint8_t *p, uint64_t len);
/* Validates len bytes; the size equation must hold exactly. */
bool idx_parse(const char *file, const uint8_t *p, uint64_t len, ArrayPlan *out, Status *st);
#endif
