/* source.c - see source.h. */
#include "source.h"
#include "cifar.h"
#include "idx.h"
#include "memory.h"
#include "npy.h"
#include "png_read.h"
#include "unpack.h"
#include <stdio.h>
#include <string.h>

void source_close(Source *s) {
    if (s->kind == SOURCE_TENSORS) st_free(&s->tensors);
    npz_free(&s->npz);
    io_list_free(&s->images);
    mem_free(s->bytes.data);
    *s = (Source){ 0 };
}

bool source_is_single(const Source *s) {
    return s->kind == SOURCE_ARRAY || s->kind == SOURCE_IMAGES;
}

/* Two formats have no mark. CIFAR is tried after those that have one; an IDX file whose size agrees
 * with its header goes before it. */
static bool parse(Source *s, Status *st) {
    const uint8_t *p = s->bytes.data;
    uint64_t n = s->bytes.len;
    s->kind = SOURCE_ARRAY;
    if (npy_looks_like(p, n)) return npy_parse(s->path, p, n, &s->array, st);
    if (idx_looks_like(p, n)) {
        if (idx_parse(s->path, p, n, &s->array, NULL)) return true;
        if (!cifar_looks_like(p, n)) return idx_parse(s->path, p, n, &s->array, st);
    }
    s->kind = SOURCE_CIFAR;
    if (cifar_looks_like(p, n)) return true;
    s->kind = SOURCE_NPZ;
    if (npz_looks_like(p, n)) return npz_parse(s->path, p, n, &s->npz, st);
    s->kind = SOURCE_TENSORS;
    if (n > 8 && p[8] == '{') return st_parse(s->path, p, n, &s->tensors, st);
    s->kind = SOURCE_CSV;
    if (csv_looks_like(p, n)) return csv_parse(s->path, p, n, &s->csv, st);
    return status_fail_at(st, s->path, 0,
                          "unknown format; a data file is .npy, .npz, .safetensors, "
                          "IDX, CIFAR or CSV (also gzip-compressed), or a folder of PNG images");
}

/* The digest of a folder: that of the lines "DIGEST  NAME" of its images, as sha256sum prints
 * them. */
static bool open_folder(Source *s, Status *st) {
    s->kind = SOURCE_IMAGES;
    if (!png_list(s->path, &s->images, st)) return false;
    SHA2_CTX all;
    SHA256Init(&all);
    for (int i = 0; i < s->images.n; i++) {
        char path[IO_PATH], digest[SHA256_DIGEST_STRING_LENGTH];
        IoBytes b;
        if (!io_join(path, s->path, s->images.name[i], st) || !io_read_file(path, &b, st))
            return false;
        SHA256Data(b.data, b.len, digest);
        mem_free(b.data);
        SHA256Update(&all, (const uint8_t *)digest, strlen(digest));
        SHA256Update(&all, (const uint8_t *)"  ", 2);
        SHA256Update(&all, (const uint8_t *)s->images.name[i], strlen(s->images.name[i]));
        SHA256Update(&all, (const uint8_t *)"\n", 1);
    }
    SHA256End(&all, s->digest);
    return true;
}

static bool open_file(Source *s, Status *st) {
    if (!io_read_file(s->path, &s->bytes, st)) return false;
    SHA256Data(s->bytes.data, s->bytes.len, s->digest);
    if (gzip_looks_like(s->bytes.data, s->bytes.len)) {
        IoBytes plain;
        if (!gzip_unpack(s->path, s->bytes.data, s->bytes.len, &plain, st)) return false;
        mem_free(s->bytes.data);
        s->bytes = plain;
    }
    return parse(s, st);
}

bool source_open(Source *s, const char *path, Status *st) {
    *s = (Source){ .path = path };
    if (io_kind(path) == IO_FOLDER ? open_folder(s, st) : open_file(s, st)) return true;
    source_close(s);
    return false;
}

/* ---- the array of a field --------------------------------------------------------------------*/
static int64_t cells_of(const EbmDataDesc *d, int field) {
    return (int64_t)tensor_count(&d->fields[field].tensor);
}

static bool no_field(const Source *s, const EbmDataDesc *d, int field, const char *kind,
                     Status *st) {
    return status_fail(st, RT_DATA, "%s: has no %s '%s' for data set %s", s->path, kind,
                       d->fields[field].name, d->name);
}

/* Where a field's columns begin: at the one called NAME, or NAME0 for several, when the table has
 * such names; else behind those of the fields before it, and then no column may be left. */
static bool csv_place(const Source *s, const EbmDataDesc *d, int field, int first, int last,
                      int64_t *at, Status *st) {
    const EbmFieldDesc *f = &d->fields[field];
    char name[300];
    snprintf(name, sizeof name, f->tensor.rank ? "%.250s0" : "%.250s", f->name);
    int64_t n = cells_of(d, field), before = 0, all = 0;
    *at = csv_column(&s->csv, name);
    for (int64_t k = 1; *at >= 0 && k < n; k++) {
        snprintf(name, sizeof name, "%.250s%lld", f->name, (long long)k);
        if (csv_column(&s->csv, name) != *at + k)
            return status_fail(st, RT_DATA, "%s: column '%s' does not follow the one before it",
                               s->path,
                               name);
    }
    if (*at >= 0) return true;
    for (int i = first; i <= last; i++) {
        if (i < field) before += cells_of(d, i);
        all += cells_of(d, i);
    }
    *at = before;
    if (all == s->csv.columns) return true;
    return status_fail(st, RT_DATA,
                       "%s: has %lld columns, data set %s takes %lld (a line of names such "
                       "as '%.100s' would say which)", s->path, (long long)s->csv.columns, d->name,
                       (long long)all, name);
}

/* All images of a folder, [n,C,H,W], of the declared size. */
static bool load_images(const Source *s, const EbmDataDesc *d, int field, ArrayPlan *out,
                        void **made,
                        Status *st) {
    const EbmTensor *t = &d->fields[field].tensor;
    int64_t want[3] = { t->rank == 2 ? 1 : t->dim[0], t->dim[t->rank == 2 ? 0 : 1],
                        t->dim[t->rank == 2 ? 1 : 2] };
    if (t->rank < 2 || t->rank > 3 || t->dtype != EBM_U8)
        return status_fail(st, RT_DATA,
                           "%s: a folder of images needs a field u8[C,H,W], which %s.%s is "
                           "not", s->path, d->name, d->fields[field].name);
    *out = (ArrayPlan){ .file = s->path, .type = ELEM_U8, .rank = 4,
                        .dim = { s->images.n, want[0], want[1], want[2] } };
    if (!array_set_size(out, st) || !mem_check(2 * out->bytes, s->path, st)) return false;
    uint8_t *rows = *made = mem_alloc(out->bytes, s->path, st);
    bool ok = rows != NULL;
    for (int i = 0; ok && i < s->images.n; i++) {
        char path[IO_PATH], have[128], need[128];
        IoBytes b = { 0 };
        int64_t dim[3];
        ok = io_join(path, s->path, s->images.name[i], st) && io_read_file(path, &b, st)
          && png_size(path, b.data, b.len, dim, st);
        if (ok && memcmp(dim, want, sizeof dim) != 0)
            ok = status_fail(st, RT_DATA, "%s: is %s, but %s.%s declares %s", path,
                             array_format_shape(3, dim, have), d->name, d->fields[field].name,
                             array_format_shape(3, want, need));
        ok = ok && png_decode(path, b.data, b.len, want, rows + (uint64_t)i * tensor_count(t), st);
        mem_free(b.data);
    }
    out->data = rows;
    return ok;
}

bool source_array(const Source *s, const EbmDataDesc *d, int field, int first, int last,
                  ArrayPlan *out, void **made, Status *st) {
    const EbmFieldDesc *f = &d->fields[field];
    bool ok = true;
    *made = NULL;
    switch (s->kind) {
    case SOURCE_ARRAY: *out = s->array; return true;
    case SOURCE_IMAGES: return load_images(s, d, field, out, made, st);
    case SOURCE_TENSORS: {
        const StTensor *t = st_find(&s->tensors, f->name);
        if (!t && s->tensors.n == 1 && d->n_fields == 1) t = &s->tensors.tensor[0];
        if (!t) return no_field(s, d, field, "tensor", st);
        *out = t->array;
        return true;
    }
    case SOURCE_NPZ: {
        const NpzEntry *e = npz_find(&s->npz, f->name, d->n_fields == 1);
        IoBytes b;
        if (!e) return no_field(s, d, field, "array", st);
        ok = npz_read(&s->npz, e, &b, out, st);
        *made = b.data;
        return ok;
    }
    case SOURCE_CIFAR: {
        CifarPart part = tensor_count(&f->tensor) > 1 ? CIFAR_IMAGE
                       : strcmp(f->name, "coarse") == 0 ? CIFAR_COARSE : CIFAR_LABEL;
        ok = cifar_read(s->path, s->bytes.data, s->bytes.len, part, out, st);
        break;
    }
    case SOURCE_CSV: {
        int64_t at;
        if (!csv_place(s, d, field, first, last, &at, st)) return false;
        ok = csv_read(&s->csv, at, cells_of(d, field), f->tensor.dtype != EBM_F32, out, st);
        if (!ok) return false;
        out->rank = f->tensor.rank + 1;
        for (int i = 0; i < f->tensor.rank; i++) out->dim[i + 1] = f->tensor.dim[i];
        break;
    }
    }
    if (ok) *made = (void *)(uintptr_t)out->data;
    return ok;
}
