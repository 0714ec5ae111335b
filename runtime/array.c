/* array.c - sizes, shapes and exact conversion of foreign arrays; see array.h. */
#include "array.h"
#include "memory.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct { const char *name; int size; } elems[ELEM_COUNT] = {
    [ELEM_BOOL] = { "bool", 1 }, [ELEM_U8] = { "u8", 1 },   [ELEM_I8] = { "i8", 1 },
    [ELEM_U16] = { "u16", 2 },   [ELEM_I16] = { "i16", 2 }, [ELEM_U32] = { "u32", 4 },
    [ELEM_I32] = { "i32", 4 },   [ELEM_U64] = { "u64", 8 }, [ELEM_I64] = { "i64", 8 },
    [ELEM_F16] = { "f16", 2 },   [ELEM_BF16] = { "bf16", 2 }, [ELEM_F32] = { "f32", 4 },
    [ELEM_F64] = { "f64", 8 },   [ELEM_F8] = { "f8", 1 },
};
const char *elem_name(ElemType t) { return elems[t].name; }
int elem_size(ElemType t) { return elems[t].size; }

ElemType elem_of_dtype(EbmDType t) {
    static const ElemType elem[] = { ELEM_F32, ELEM_I32, ELEM_U8, ELEM_BOOL };
    return elem[t];
}

int dtype_size(EbmDType t) { return t == EBM_U8 || t == EBM_BOOL ? 1 : 4; }
const char *dtype_name(EbmDType t) {
    static const char *const name[] = { "f32", "i32", "u8", "bool" };
    return name[t];
}
uint64_t tensor_count(const EbmTensor *t) {
    uint64_t n = 1;
    for (int i = 0; i < t->rank; i++) n *= (uint64_t)t->dim[i];
    return n;
}
uint64_t tensor_bytes(const EbmTensor *t) {
    return tensor_count(t) * (uint64_t)dtype_size(t->dtype);
}

int64_t first_non_finite(const float *x, uint64_t n) {
    for (uint64_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], 4);
        if ((bits & 0x7f800000u) == 0x7f800000u) return (int64_t)i;
    }
    return -1;
}

bool array_set_size(ArrayPlan *a, Status *st) {
    uint64_t n = 1;
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] < 0 || a->dim[i] > INT32_MAX)
            return status_fail(st, RT_DATA, "%s: dimension %d is outside 0..2147483647", a->file,
                               i);
        if (!mem_mul(n, (uint64_t)a->dim[i], &n) || n > (uint64_t)1 << 40)
            return status_fail(st, RT_DATA, "%s: more than 2^40 elements", a->file);
    }
    a->count = n;
    a->bytes = n * (uint64_t)elem_size(a->type);
    return true;
}

const char *array_format_shape(int rank, const int64_t *dim, char out[128]) {
    int used = snprintf(out, 128, "[");
    for (int i = 0; i < rank && used < 110; i++)
        used += snprintf(out + used, 128 - (size_t)used, "%s%lld", i ? "," : "", (long long)dim[i]);
    snprintf(out + used, 128 - (size_t)used, "]");
    return out;
}

bool array_shape_matches(const ArrayPlan *a, int from, const EbmTensor *t) {
    int i = from, j = 0;
    for (;;) {
        while (i < a->rank && a->dim[i] == 1) i++;
        while (j < t->rank && t->dim[j] == 1) j++;
        if (i >= a->rank || j >= t->rank) break;
        if (a->dim[i++] != t->dim[j++]) return false;
    }
    return i >= a->rank && j >= t->rank;
}

/* ---- one element -----------------------------------------------------------------------------*/
static uint64_t load_bits(const uint8_t *p, int size, bool big) {
    uint64_t v = 0;
    for (int i = 0; i < size; i++) v |= (uint64_t)p[big ? size - 1 - i : i] << (8 * i);
    return v;
}

/* IEEE half precision, exactly. */
static double f16_value(uint16_t h) {
    int exponent = h >> 10 & 31, mantissa = h & 1023;
    double v = exponent == 31 ? (mantissa ? NAN : INFINITY)
             : exponent == 0  ? ldexp(mantissa, -24)
                              : ldexp(1024 + mantissa, exponent - 25);
    return h >> 15 ? -v : v;
}

/* The value of a floating-point element; exact for all types but f64, which is itself. */
static double real_value(ElemType t, uint64_t bits) {
    uint32_t low = (uint32_t)bits;
    float f;
    double d;
    switch (t) {
    case ELEM_F16:  return f16_value((uint16_t)bits);
    case ELEM_BF16: low <<= 16; memcpy(&f, &low, 4); return f;
    case ELEM_F32:  memcpy(&f, &low, 4); return f;
    default:        memcpy(&d, &bits, 8); return d;
    }
}

/* Sign-extends; u64 values above INT64_MAX become -1, which no target accepts for them. */
static int64_t integer_value(ElemType t, uint64_t bits) {
    switch (t) {
    case ELEM_I8:  return (int8_t)bits;
    case ELEM_I16: return (int16_t)bits;
    case ELEM_I32: return (int32_t)bits;
    case ELEM_U64: return bits > INT64_MAX ? INT64_MIN : (int64_t)bits;
    default:       return (int64_t)bits;
    }
}

static bool is_real(ElemType t) { return t >= ELEM_F16 && t <= ELEM_F64; }

/* Stores one converted element at dst[k]; false when the value does not survive. */
static bool convert_one(ElemType from, uint64_t bits, EbmDType to, void *dst, uint64_t k) {
    if (to == EBM_F32) {
        float f = (float)real_value(from, bits);
        ((float *)dst)[k] = f;
        return first_non_finite(&f, 1) < 0;
    }
    int64_t v = integer_value(from, bits);
    if (to == EBM_I32) {
        ((int32_t *)dst)[k] = (int32_t)v;
        return v >= INT32_MIN && v <= INT32_MAX;
    }
    ((uint8_t *)dst)[k] = (uint8_t)v;
    return v >= 0 && v <= (to == EBM_U8 ? 255 : 1);
}

/* Element k of the result, at position `source` of the file, does not survive. */
static bool refuse(const ArrayPlan *a, EbmDType to, uint64_t source, uint64_t k, Status *st) {
    return status_fail_at(st, a->file, a->offset + source * (uint64_t)elem_size(a->type),
                          to == EBM_F32 ? "element %llu is NaN, infinite or too large for %s"
                                        : "element %llu is out of the range of %s",
                          (unsigned long long)k, dtype_name(to));
}

/* The position in the file of the next element in C order, for a first-axis-fastest array. */
typedef struct Odometer { int64_t at[EBM_MAX_RANK]; uint64_t stride[EBM_MAX_RANK]; } Odometer;

static uint64_t odometer_next(Odometer *o, const ArrayPlan *a, uint64_t position) {
    for (int i = a->rank - 1; i >= 0; i--) {
        position += o->stride[i];
        if (++o->at[i] < a->dim[i]) return position;
        position -= o->stride[i] * (uint64_t)a->dim[i];
        o->at[i] = 0;
    }
    return position;
}

/* Whether the bytes of the file are already those of the result. */
static bool same_bits(const ArrayPlan *a, EbmDType to) {
    if (a->fortran && a->rank > 1) return false;
    if (to == EBM_U8) return a->type == ELEM_U8;
    if (a->big_endian) return false;
    return (to == EBM_F32 && a->type == ELEM_F32) || (to == EBM_I32 && a->type == ELEM_I32);
}

bool array_convert(const ArrayPlan *a, EbmDType to, void *dst, Status *st) {
    if (a->type == ELEM_F8 || (to == EBM_F32) != is_real(a->type))
        return status_fail(
            st, RT_DATA, "%s: holds %s, but %s is declared%s", a->file, elem_name(a->type),
            dtype_name(to),
            to == EBM_F32 && a->type != ELEM_F8
                ? " (integers are not scaled by themselves: declare them and use real())"
                : "");
    if (same_bits(a, to)) {
        if (a->bytes) memcpy(dst, a->data, a->bytes);
        int64_t bad = to == EBM_F32 ? first_non_finite(dst, a->count) : -1;
        return bad < 0 || refuse(a, to, (uint64_t)bad, (uint64_t)bad, st);
    }
    int size = elem_size(a->type);
    bool permuted = a->fortran && a->rank > 1;
    Odometer o = { 0 };
    uint64_t stride = 1, source = 0;
    for (int i = 0; i < a->rank; i++) {
        o.stride[i] = stride;
        stride *= (uint64_t)a->dim[i];
    }
    for (uint64_t k = 0; k < a->count; k++) {
        uint64_t bits = load_bits(a->data + source * (uint64_t)size, size, a->big_endian);
        if (!convert_one(a->type, bits, to, dst, k)) return refuse(a, to, source, k, st);
        source = permuted ? odometer_next(&o, a, source) : source + 1;
    }
    return true;
}
