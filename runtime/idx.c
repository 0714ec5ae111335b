/* idx.c - reads IDX: two zero bytes, a type byte, a rank byte, big-endian u32 dimensions, then
 * big-endian elements to the end of the file. */
#include "idx.h"
#include "memory.h"
#include <string.h>
#include <zlib.h>

/* deflate expands at most 1032 times. */
enum { MAX_EXPANSION = 1032, HEAD = 4 };

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

bool gzip_looks_like(const uint8_t *p, uint64_t len) {
    return len >= 2 && p[0] == 0x1f && p[1] == 0x8b;
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

/* ---- gzip ------------------------------------------------------------------------------------*/
static voidpf z_alloc(voidpf opaque, uInt items, uInt size) {
    return mem_plain_alloc((size_t)items * size);
}
static void z_free(voidpf opaque, voidpf block) { mem_free(block); }

typedef struct Inflater {
    z_stream z;
    const char *file;
    const uint8_t *p;
    uint64_t len, used;           /* compressed bytes given to zlib so far */
    bool ended;
} Inflater;

/* Offset in the compressed file, for messages. */
static uint64_t inflater_at(const Inflater *f) { return f->used - f->z.avail_in; }

/* Inflates up to n bytes into dst; *got is less than n only at the end of the stream. */
static bool inflate_some(Inflater *f, uint8_t *dst, uint64_t n, uint64_t *got, Status *st) {
    *got = 0;
    while (*got < n && !f->ended) {
        if (f->z.avail_in == 0 && f->used < f->len) {
            uint64_t piece = f->len - f->used > (1u << 30) ? 1u << 30 : f->len - f->used;
            f->z.next_in = (Bytef *)(uintptr_t)(f->p + f->used);
            f->z.avail_in = (uInt)piece;
            f->used += piece;
        }
        uint64_t room = n - *got > (1u << 30) ? 1u << 30 : n - *got;
        f->z.next_out = dst + *got;
        f->z.avail_out = (uInt)room;
        int r = inflate(&f->z, Z_NO_FLUSH);
        *got += room - f->z.avail_out;
        if (r == Z_STREAM_END) f->ended = true;
        else if (r == Z_MEM_ERROR) return status_fail(st, RT_LIMIT, "%s: out of memory", f->file);
        else if (r == Z_BUF_ERROR && f->z.avail_in == 0 && f->used == f->len)
            return status_fail_at(st, f->file, f->len, "the gzip data is cut off");
        else if (r != Z_OK)
            return status_fail_at(st, f->file, inflater_at(f), "the gzip data is damaged");
    }
    return true;
}

/* Inflates n bytes; ending earlier is an error. */
static bool inflate_exactly(Inflater *f, uint8_t *dst, uint64_t n, Status *st) {
    uint64_t got;
    if (!inflate_some(f, dst, n, &got, st)) return false;
    if (got == n) return true;
    return status_fail_at(st, f->file, f->len, "the gzip data ends before the IDX array does");
}

/* After the last element: the stream must end there (its CRC is checked then), and the file too. */
static bool inflate_end(Inflater *f, Status *st) {
    uint8_t more;
    uint64_t got = 0;
    if (!f->ended && !inflate_some(f, &more, 1, &got, st)) return false;
    if (got) return status_fail_at(st, f->file, f->len, "gzip data after the end of the IDX array");
    if (inflater_at(f) != f->len)
        return status_fail_at(st, f->file, inflater_at(f), "bytes after the end of the gzip data");
    return true;
}

/* Header, dimensions, one allocation of the announced size, elements, end. */
static bool gunzip_body(Inflater *f, IoBytes *out, Status *st) {
    uint8_t head[HEAD + 4 * EBM_MAX_RANK];
    ArrayPlan a;
    if (!inflate_exactly(f, head, HEAD, st) || !parse_head(f->file, head, &a, st)
        || !inflate_exactly(f, head + HEAD, 4 * (uint64_t)a.rank, st)
        || !parse_dims(head + HEAD, &a, st))
        return false;
    uint64_t total = a.offset + a.bytes;
    if (total / MAX_EXPANSION > f->len)
        return status_fail_at(st, f->file, f->len, "the IDX header announces %llu bytes, more than "
                              "this file can hold", (unsigned long long)a.bytes);
    if (total > (64u << 20) && !mem_check(total, f->file, st)) return false;
    out->len = total;
    out->data = mem_alloc(total + 1, f->file, st);
    if (!out->data) return false;
    memcpy(out->data, head, a.offset);
    return inflate_exactly(f, out->data + a.offset, a.bytes, st) && inflate_end(f, st);
}

bool idx_gunzip(const char *file, const uint8_t *p, uint64_t len, IoBytes *out, Status *st) {
    *out = (IoBytes){ 0 };
    Inflater f = { .file = file, .p = p, .len = len };
    f.z.zalloc = z_alloc;
    f.z.zfree = z_free;
    if (inflateInit2(&f.z, 16 + MAX_WBITS) != Z_OK)
        return status_fail(st, RT_LIMIT, "%s: out of memory", file);
    bool ok = gunzip_body(&f, out, st);
    inflateEnd(&f.z);
    if (ok) return true;
    mem_free(out->data);
    *out = (IoBytes){ 0 };
    return false;
}
