/* array.h - a validated description of numbers inside foreign bytes, and their exact conversion.
 *
 * A reader (idx.c, npy.c, safetensors.c) turns (pointer, length) into an ArrayPlan and has checked
 * by then that type, shape and bytes agree; nothing is allocated or copied before. array_convert
 * copies into a dtype of the program, only where every value survives: integers are range-checked,
 * reals may be rounded to f32 but must be finite. */
#ifndef EBM_RT_ARRAY_H
#define EBM_RT_ARRAY_H
#include "ebm.h"
#include "status.h"

typedef enum ElemType {
    ELEM_BOOL, ELEM_U8, ELEM_I8, ELEM_U16, ELEM_I16, ELEM_U32, ELEM_I32, ELEM_U64, ELEM_I64,
    ELEM_F16, ELEM_BF16, ELEM_F32, ELEM_F64,
    ELEM_F8,                      /* any 8-bit float: sized, never converted */
    ELEM_COUNT
} ElemType;
const char *elem_name(ElemType t);        /* "f32" */
int elem_size(ElemType t);
ElemType elem_of_dtype(EbmDType t);

typedef struct ArrayPlan {
    const char *file;             /* for messages */
    uint64_t offset;              /* of data within the file (or within the inflated bytes) */
    ElemType type;
    bool big_endian, fortran;     /* fortran: first axis varies fastest */
    int rank;
    int64_t dim[EBM_MAX_RANK];
    uint64_t count, bytes;        /* elements; elements * size */
    const uint8_t *data;
} ArrayPlan;

/* Fills count and bytes from type and shape. Limits: a dimension 2^31 - 1, 2^40 elements. */
bool array_set_size(ArrayPlan *a, Status *st);
/* Copies a's elements, in C order, to dst of dtype `to` (a->count elements). */
bool array_convert(const ArrayPlan *a, EbmDType to, void *dst, Status *st);

/* True when the dims of `a` from axis `from` on equal t's, axes of size 1 aside. */
bool array_shape_matches(const ArrayPlan *a, int from, const EbmTensor *t);
/* "[60000,1,28,28]" into out[128]. */
const char *array_format_shape(int rank, const int64_t *dim, char out[128]);

int         dtype_size(EbmDType t);
const char *dtype_name(EbmDType t);       /* "f32" */
uint64_t    tensor_count(const EbmTensor *t);
uint64_t    tensor_bytes(const EbmTensor *t);
/* Index of the first non-finite value, or -1. Looks at exponent bits only. */
int64_t     first_non_finite(const float *x, uint64_t n);
#endif
