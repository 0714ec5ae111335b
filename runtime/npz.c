/* npz.c - see npz.h. Sizes and places come from the central directory alone; of a local header only
 * its length counts. Archives with zip64 sizes (4 GiB and more), encryption or other methods are
 * refused. */
#include "npz.h"
#include "memory.h"
#include "npy.h"
#include "unpack.h"
#include <string.h>
#include <zlib.h>

enum { LOCAL = 30, CENTRAL = 46, TAIL = 22, MAX_COMMENT = 65535 };

static uint32_t u16(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }
static uint32_t u32(const uint8_t *p) { return u16(p) | u16(p + 2) << 16; }

bool npz_looks_like(const uint8_t *p, uint64_t len) {
    return len >= 4 && (memcmp(p, "PK\3\4", 4) == 0 || memcmp(p, "PK\5\6", 4) == 0);
}

/* The record at the end of the archive, whose comment reaches to the end of the file. */
static bool find_tail(const Npz *z, uint64_t *at, Status *st) {
    uint64_t least = z->len < TAIL + MAX_COMMENT ? 0 : z->len - TAIL - MAX_COMMENT;
    for (uint64_t k = z->len < TAIL ? 0 : z->len - TAIL + 1; k-- > least;)
        if (memcmp(z->p + k, "PK\5\6", 4) == 0 && u16(z->p + k + 20) == z->len - k - TAIL) {
            *at = k;
            return true;
        }
    return status_fail_at(st, z->file, z->len,
                          "the zip archive is cut off (its directory is missing)");
}

/* One entry of the directory, at *at < end; moves behind it. */
static bool parse_entry(const Npz *z, uint64_t *at, uint64_t end, NpzEntry *e, Status *st) {
    const uint8_t *c = z->p + *at;
    if (end - *at < CENTRAL || memcmp(c, "PK\1\2", 4) != 0)
        return status_fail_at(st, z->file, *at, "the zip directory is damaged");
    uint64_t name = u16(c + 28), length = CENTRAL + name + u16(c + 30) + u16(c + 32);
    if (end - *at < length) return status_fail_at(st, z->file, *at, "the zip directory is cut off");
    if (name < 5 || name >= NPZ_NAME || memcmp(c + CENTRAL + name - 4, ".npy", 4) != 0
        || memchr(c + CENTRAL, 0, name))
        return status_fail_at(st, z->file, *at + CENTRAL, "a file in the archive is no .npy array");
    uint32_t method = u16(c + 10);
    *e = (NpzEntry){ .crc = u32(c + 16), .packed = u32(c + 20), .size = u32(c + 24),
                     .offset = u32(c + 42), .deflated = method == 8 };
    if ((u16(c + 8) & 1) || (method != 0 && method != 8))
        return status_fail_at(st, z->file, *at + 8,
                              "encrypted, or packed in a way that is not known "
                              "(np.savez and np.savez_compressed are)");
    if (e->packed == UINT32_MAX || e->size == UINT32_MAX || e->offset == UINT32_MAX)
        return status_fail_at(st, z->file, *at + 20,
                              "a zip entry of 4 GiB or more (save it as .npy)");
    if (!e->deflated && e->packed != e->size)
        return status_fail_at(st, z->file, *at + 20, "a stored zip entry has two sizes");
    memcpy(e->name, c + CENTRAL, name - 4);
    *at += length;
    return true;
}

bool npz_parse(const char *file, const uint8_t *p, uint64_t len, Npz *out, Status *st) {
    *out = (Npz){ .file = file, .p = p, .len = len };
    uint64_t tail = 0;
    if (!find_tail(out, &tail, st)) return false;
    const uint8_t *t = p + tail;
    uint64_t size = u32(t + 12), at = u32(t + 16);
    uint32_t n = u16(t + 10);
    if (u16(t + 4) != 0 || u16(t + 6) != 0 || u16(t + 8) != n || n == 0xffff)
        return status_fail_at(st, file, tail, "a zip archive in parts, or of the zip64 form");
    if (at > tail || size > tail - at)
        return status_fail_at(st, file, tail, "the zip directory lies outside the file");
    out->entry = mem_array((uint64_t)n + 1, sizeof *out->entry, "the entries of an archive", st);
    bool ok = out->entry != NULL;
    for (uint64_t end = at + size; ok && out->n < (int)n; out->n++)
        ok = parse_entry(out, &at, end, &out->entry[out->n], st);
    if (!ok) npz_free(out);
    return ok;
}

void npz_free(Npz *z) {
    mem_free(z->entry);
    *z = (Npz){ 0 };
}

const NpzEntry *npz_find(const Npz *z, const char *name, bool only) {
    for (int i = 0; i < z->n; i++)
        if (strcmp(z->entry[i].name, name) == 0) return &z->entry[i];
    return only && z->n == 1 ? &z->entry[0] : NULL;
}

bool npz_read(const Npz *z, const NpzEntry *e, IoBytes *bytes, ArrayPlan *out, Status *st) {
    *bytes = (IoBytes){ 0 };
    if (e->offset > z->len || z->len - e->offset < LOCAL
        || memcmp(z->p + e->offset, "PK\3\4", 4) != 0)
        return status_fail_at(st, z->file, e->offset,
                              "a zip entry is not where the directory says");
    const uint8_t *h = z->p + e->offset;
    uint64_t from = e->offset + LOCAL + u16(h + 26) + u16(h + 28);
    if (from > z->len || z->len - from < e->packed)
        return status_fail_at(st, z->file, e->offset, "a zip entry is cut off");
    if (e->deflated) {
        if (!deflate_unpack(z->file, from, z->p + from, e->packed, e->size, bytes, st))
            return false;
    } else {
        if (e->size > (64u << 20) && !mem_check(e->size, z->file, st)) return false;
        *bytes = (IoBytes){ mem_alloc(e->size + 1, z->file, st), e->size };
        if (!bytes->data) return false;
        memcpy(bytes->data, z->p + from, e->size);
    }
    bool ok = crc32_z(0, bytes->data, bytes->len) == e->crc
           || status_fail_at(st, z->file, from, "array %s is damaged (its CRC differs)", e->name);
    if (ok && npy_parse(z->file, bytes->data, bytes->len, out, st)) return true;
    mem_free(bytes->data);
    *bytes = (IoBytes){ 0 };
    return false;
}
