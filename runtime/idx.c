/* idx.c - reads IDX: two zero bytes, a type byte, a rank byte, big-endian u32 dimensions, then
 * big-endian elements to the end of the file. */
#include "idx.h"

enum { HEAD = 4 };

/* The element type of an IDX type byte. */
static bool type_of(uint8_t code, ElemType *out) {
    switch (code) {
    case 0x08: *out = ELEM_U8; return true;
    case 0x09: *out = ELEM_I8; return true;
    case 0x0b: *out = ELEM_I16; return true;
    case 0x0c: *out = ELEM_I32; return true;
    case 0x0d: *out = ELEM_F32; return true;
    case 0x0e: *out = ELEM_F64; return true;
    default: return false;
    }
}

bool idx_looks_like(const uint8_t *p, uint64_t len) {
    ElemType t;
    return len >= HEAD && p[0] == 0 && p[1] == 0 && p[3] != 0 && type_of(p[2], &t);
}

/* Type and rank from the first four bytes. */
static bool parse_head(const char *file, const uint8_t *p, ArrayPlan *a, Status *st) {
    *a = (ArrayPlan){ .file = file, .big_endian = true, .rank = p[3] };
    if (p[0] != 0 || p[1] != 0) return status_fail_at(st, file, 0, "not an IDX file");
    if (!type_of(p[2], &a->type)) return status_fail_at(st, file, 2, "unknown IDX element type");
    if (a->rank < 1 || a->rank > EBM_MAX_RANK)
        return status_fail_at(st, file, 3, "IDX rank %d, supported are 1 to %d", a->rank,
                              EBM_MAX_RANK);
    a->offset = HEAD + 4 * (uint64_t)a->rank;
    return true;
}

/* The dimensions that follow, and the sizes that result. */
static bool parse_dims(const uint8_t *p, ArrayPlan *a, Status *st) {
    for (int i = 0; i < a->rank; i++) {
        const uint8_t *d = p + 4 * i;
        a->dim[i] =
            (int64_t)((uint32_t)d[0] << 24 | (uint32_t)d[1] << 16 | (uint32_t)d[2] << 8 | d[3]);
    }
    return array_set_size(a, st);
}

bool idx_parse(const char *file, const uint8_t *p, uint64_t len, ArrayPlan *out, Status *st) {
    if (len < HEAD) return status_fail_at(st, file, len, "too short for an IDX header");
    if (!parse_head(file, p, out, st)) return false;
    if (len < out->offset) return status_fail_at(st, file, len, "the IDX header is cut off");
    if (!parse_dims(p + HEAD, out, st)) return false;
    if (len - out->offset != out->bytes)
        return status_fail_at(st, file, len, "IDX data of %llu bytes, the header announces %llu",
                              (unsigned long long)(len - out->offset),
                              (unsigned long long)out->bytes);
    out->data = p + out->offset;
    return true;
}
