/* unpack.c - see unpack.h. Needs zlib. */
#include "unpack.h"
#include "memory.h"
#include <zlib.h>

/* deflate expands at most 1032 times; a gzip file ends with its CRC and size, four bytes each. */
enum { MAX_EXPANSION = 1032, GZIP_LEAST = 18, TRAILER = 4 };

bool gzip_looks_like(const uint8_t *p, uint64_t len) {
    return len >= 2 && p[0] == 0x1f && p[1] == 0x8b;
}

static voidpf z_alloc(voidpf opaque, uInt items, uInt size) {
    return mem_plain_alloc((size_t)items * size);
}
static void z_free(voidpf opaque, voidpf block) { mem_free(block); }

typedef struct Inflater {
    z_stream z;
    const char *file;
    uint64_t offset;              /* of the compressed bytes in the file */
    const uint8_t *p;
    uint64_t len, used;           /* compressed bytes given to zlib so far */
    bool ended;
} Inflater;

/* Offset in the file, for messages. */
static uint64_t inflater_at(const Inflater *f) { return f->offset + f->used - f->z.avail_in; }

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
            return status_fail_at(st, f->file, f->offset + f->len,
                                  "the compressed data is cut off");
        else if (r != Z_OK)
            return status_fail_at(st, f->file, inflater_at(f), "the compressed data is damaged");
    }
    return true;
}

/* Exactly out->len bytes, then the end of the stream (a gzip file's CRC is checked there) and of
 * the input. */
static bool inflate_all(Inflater *f, IoBytes *out, Status *st) {
    uint64_t got;
    uint8_t more;
    if (!inflate_some(f, out->data, out->len, &got, st)) return false;
    if (got < out->len)
        return status_fail_at(st, f->file, f->offset + f->len,
                              "the compressed data ends before it is complete");
    if (!f->ended && !inflate_some(f, &more, 1, &got, st)) return false;
    if (!f->ended || got > out->len)
        return status_fail_at(st, f->file, inflater_at(f),
                              "more compressed data than the file says there is");
    if (inflater_at(f) != f->offset + f->len)
        return status_fail_at(st, f->file, inflater_at(f),
                              "bytes after the end of the compressed data");
    return true;
}

/* `window` says whether zlib expects a gzip header (16 + MAX_WBITS) or none (-MAX_WBITS). */
static bool unpack(Inflater f, int window, uint64_t size, IoBytes *out, Status *st) {
    *out = (IoBytes){ 0 };
    if (size / MAX_EXPANSION > f.len)
        return status_fail_at(st, f.file, f.offset,
                              "announces %llu bytes, more than %llu compressed"
                              " bytes can hold", (unsigned long long)size,
                              (unsigned long long)f.len);
    if (size > (64u << 20) && !mem_check(size, f.file, st)) return false;
    *out = (IoBytes){ mem_alloc(size + 1, f.file, st), size };
    if (!out->data) return false;
    f.z.zalloc = z_alloc;
    f.z.zfree = z_free;
    bool ok = inflateInit2(&f.z, window) == Z_OK
           || status_fail(st, RT_LIMIT, "%s: out of memory", f.file);
    if (ok) {
        ok = inflate_all(&f, out, st);
        inflateEnd(&f.z);
    }
    if (ok) return true;
    mem_free(out->data);
    *out = (IoBytes){ 0 };
    return false;
}

bool gzip_unpack(const char *file, const uint8_t *p, uint64_t len, IoBytes *out, Status *st) {
    if (len < GZIP_LEAST) return status_fail_at(st, file, len, "the compressed data is cut off");
    const uint8_t *t = p + len - TRAILER;
    uint64_t size = (uint64_t)t[0] | (uint64_t)t[1] << 8 | (uint64_t)t[2] << 16 |
        (uint64_t)t[3] << 24;
    return unpack((Inflater){ .file = file, .p = p, .len = len }, 16 + MAX_WBITS, size, out, st);
}

bool deflate_unpack(const char *file, uint64_t offset, const uint8_t *p, uint64_t len,
                    uint64_t size, IoBytes *out, Status *st) {
    return unpack((Inflater){ .file = file, .offset = offset, .p = p, .len = len }, -MAX_WBITS,
                  size,
                  out, st);
}
