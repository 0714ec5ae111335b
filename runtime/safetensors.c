/* safetensors.c - see safetensors.h. Needs jansson for the header, libmd for the digest. */
#include "safetensors.h"
#include "io.h"
#include "jsontext.h"
#include "memory.h"
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char ST_DIGEST_NAME[] = "ebm.sha256";
enum { HEAD = 8 };

static const struct { const char *name; ElemType type; } types[] = {
    { "BOOL", ELEM_BOOL }, { "U8", ELEM_U8 },   { "I8", ELEM_I8 },   { "U16", ELEM_U16 },
    { "I16", ELEM_I16 },   { "U32", ELEM_U32 }, { "I32", ELEM_I32 }, { "U64", ELEM_U64 },
    { "I64", ELEM_I64 },   { "F16", ELEM_F16 }, { "BF16", ELEM_BF16 }, { "F32", ELEM_F32 },
    { "F64", ELEM_F64 },   { "F8_E5M2", ELEM_F8 }, { "F8_E4M3", ELEM_F8 }, { "F8_E8M0", ELEM_F8 },
};
enum { N_TYPES = sizeof types / sizeof *types };

void st_use_hook(void) { json_set_alloc_funcs(mem_plain_alloc, mem_free); }

/* ---- reading ---------------------------------------------------------------------------------*/
/* A name from the file, shortened and printable, for messages. */
static const char *shown(const char *name, char out[80]) {
    snprintf(out, 80, "%.70s%s", name, strlen(name) > 70 ? "..." : "");
    status_make_printable(out);
    return out;
}

/* An error about one tensor of the header. */
static bool bad_tensor(const char *file, const char *name, const char *what, Status *st) {
    char text[80];
    return status_fail_at(st, file, HEAD, "tensor %s: %s", shown(name, text), what);
}

/* A list of at most 8 non-negative integers. */
static bool parse_shape(const char *name, const json_t *shape, ArrayPlan *a, Status *st) {
    if (!json_is_array(shape)) return bad_tensor(a->file, name, "shape is not a list", st);
    if (json_array_size(shape) > EBM_MAX_RANK)
        return bad_tensor(a->file, name, "more than 8 dimensions", st);
    a->rank = (int)json_array_size(shape);
    for (int i = 0; i < a->rank; i++) {
        const json_t *d = json_array_get(shape, (size_t)i);
        if (!json_is_integer(d)) return bad_tensor(a->file, name, "shape is not of integers", st);
        a->dim[i] = json_integer_value(d);
    }
    return array_set_size(a, st);
}

/* One header entry: dtype, shape and offsets that agree with each other and with the data area. */
static bool parse_tensor(const char *name, const json_t *o, const uint8_t *data, uint64_t data_len,
                         uint64_t data_start, ArrayPlan *a, Status *st) {
    if (!json_is_object(o) || json_object_size(o) != 3)
        return bad_tensor(a->file, name, "needs exactly dtype, shape and data_offsets", st);
    const char *type = json_string_value(json_object_get(o, "dtype"));
    int t = 0;
    while (type && t < N_TYPES && strcmp(types[t].name, type) != 0) t++;
    if (!type || t == N_TYPES) return bad_tensor(a->file, name, "unknown dtype", st);
    a->type = types[t].type;
    if (!parse_shape(name, json_object_get(o, "shape"), a, st)) return false;

    const json_t *range = json_object_get(o, "data_offsets");
    const json_t *b = json_array_get(range, 0), *e = json_array_get(range, 1);
    if (!json_is_array(range) || json_array_size(range) != 2 || !json_is_integer(b)
        || !json_is_integer(e) || json_integer_value(b) < 0 || json_integer_value(e) < 0)
        return bad_tensor(a->file, name, "data_offsets are not two positions", st);
    uint64_t begin = (uint64_t)json_integer_value(b), end = (uint64_t)json_integer_value(e);
    if (begin > end || end > data_len)
        return bad_tensor(a->file, name, "data_offsets are outside the file", st);
    if (end - begin != a->bytes)
        return bad_tensor(a->file, name, "data_offsets do not agree with dtype and shape", st);
    a->offset = data_start + begin;
    a->data = data + begin;
    return true;
}

static int by_offset(const void *x, const void *y) {
    const StTensor *a = x, *b = y;
    if (a->array.offset != b->array.offset) return a->array.offset < b->array.offset ? -1 : 1;
    if (a->array.bytes != b->array.bytes) return a->array.bytes < b->array.bytes ? -1 : 1;
    return strcmp(a->name, b->name);
}

static int by_name(const void *x, const void *y) {
    return strcmp((*(const StTensor *const *)x)->name, (*(const StTensor *const *)y)->name);
}

/* __metadata__ maps strings to strings, nothing else. */
static bool check_metadata(const char *file, const json_t *meta, Status *st) {
    const char *key;
    json_t *value;
    if (!json_is_object(meta))
        return status_fail_at(st, file, HEAD, "__metadata__ is not an object");
    json_object_foreach((json_t *)(uintptr_t)meta, key, value) {
        if (!json_is_string(value))
            return status_fail_at(st, file, HEAD,
                                  "__metadata__ holds something other than strings");
    }
    return true;
}

/* Tensors in the order of their data must follow each other without overlap or hole. */
static bool check_layout(const StFile *f, const char *file, uint64_t start, uint64_t len,
                         Status *st) {
    uint64_t at = start;
    for (int i = 0; i < f->n; i++) {
        const StTensor *t = &f->tensor[i];
        if (t->array.offset != at)
            return bad_tensor(file, t->name, t->array.offset < at ? "overlaps the one before it"
                                                                  : "leaves a hole before it", st);
        at += t->array.bytes;
    }
    if (at == len) return true;
    return status_fail_at(st, file, at, "%llu bytes belong to no tensor",
                          (unsigned long long)(len - at));
}

/* All tensors of the header, then the layout that they form. */
static bool parse_entries(const char *file, const uint8_t *p, uint64_t len, uint64_t start,
                          StFile *f, Status *st) {
    size_t entries = json_object_size(f->header);
    if (entries > ST_MAX_TENSORS + 1)
        return status_fail_at(st, file, HEAD, "more than %d tensors", ST_MAX_TENSORS);
    f->tensor = mem_array(entries + 1, sizeof *f->tensor, "a list of tensors", st);
    f->by_name = mem_array(entries + 1, sizeof *f->by_name, "a list of tensors", st);
    if (!f->tensor || !f->by_name) return false;
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)f->header, name, value) {
        if (strcmp(name, "__metadata__") == 0) {
            if (!check_metadata(file, value, st)) return false;
            continue;
        }
        StTensor *t = &f->tensor[f->n];
        *t = (StTensor){ .name = name, .array.file = file };
        if (!parse_tensor(name, value, p + start, len - start, start, &t->array, st)) return false;
        f->n++;
    }
    qsort(f->tensor, (size_t)f->n, sizeof *f->tensor, by_offset);
    for (int i = 0; i < f->n; i++) f->by_name[i] = &f->tensor[i];
    qsort(f->by_name, (size_t)f->n, sizeof *f->by_name, by_name);
    return check_layout(f, file, start, len, st);
}

bool st_parse(const char *file, const uint8_t *p, uint64_t len, StFile *out, Status *st) {
    *out = (StFile){ 0 };
    if (len < HEAD) return status_fail_at(st, file, len, "too short for a safetensors file");
    uint64_t n = 0;
    for (int i = 0; i < HEAD; i++) n |= (uint64_t)p[i] << (8 * i);
    if (n > ST_MAX_HEADER)
        return status_fail_at(st, file, 0, "not a safetensors file (header above 16 MiB)");
    if (n > len - HEAD) return status_fail_at(st, file, len, "the safetensors header is cut off");
    if (n == 0 || p[HEAD] != '{')
        return status_fail_at(st, file, HEAD, "the safetensors header does not begin with '{'");
    json_error_t error;
    out->header = json_loadb((const char *)p + HEAD, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (!out->header) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return status_fail(st, RT_LIMIT, "%s: out of memory", file);
        return status_fail_at(st, file, HEAD + (uint64_t)(error.position > 0 ? error.position : 0),
                              "the safetensors header is not valid JSON");
    }
    if (json_is_object((json_t *)out->header) && parse_entries(file, p, len, HEAD + n, out, st))
        return true;
    st_free(out);
    return status_fail_at(st, file, HEAD, "the safetensors header is not an object");
}

void st_free(StFile *f) {
    mem_free(f->tensor);
    mem_free(f->by_name);
    json_decref(f->header);
    *f = (StFile){ 0 };
}

const StTensor *st_find(const StFile *f, const char *name) {
    const StTensor key = { .name = name }, *at = &key;
    const StTensor **hit =
        f->n ? bsearch(&at, f->by_name, (size_t)f->n, sizeof *f->by_name, by_name) : NULL;
    return hit ? *hit : NULL;
}

const char *st_meta(const StFile *f, const char *key) {
    return json_string_value(json_object_get(json_object_get(f->header, "__metadata__"), key));
}

bool st_digest_valid(const StFile *f, const uint8_t *p, uint64_t len) {
    const StTensor *t = f->n ? &f->tensor[f->n - 1] : NULL;
    if (!t || strcmp(t->name, ST_DIGEST_NAME) != 0 || t->array.type != ELEM_U8 || t->array.rank != 1
        || t->array.bytes != ST_DIGEST || t->array.offset + ST_DIGEST != len)
        return false;
    SHA2_CTX sha;
    uint8_t digest[ST_DIGEST];
    SHA256Init(&sha);
    SHA256Update(&sha, p, (size_t)(len - ST_DIGEST));
    SHA256Final(digest, &sha);
    return memcmp(digest, t->array.data, ST_DIGEST) == 0;
}

/* ---- writing ---------------------------------------------------------------------------------*/
static const char *type_name(ElemType t) {
    for (int i = 0; i < N_TYPES; i++)
        if (types[i].type == t) return types[i].name;
    return "U8";
}

static uint64_t out_bytes(const StOut *t) {
    uint64_t n = (uint64_t)elem_size(t->type);
    for (int i = 0; i < t->rank; i++) n *= (uint64_t)t->dim[i];
    return n;
}

/* Adds one entry at data position *at, which moves behind it. */
static bool add_entry(json_t *header, const StOut *t, uint64_t *at) {
    uint64_t end = *at + out_bytes(t);
    json_t *shape = json_array();
    for (int i = 0; i < t->rank; i++)
        if (json_array_append_new(shape, json_integer(t->dim[i])) != 0) break;
    bool whole = shape && json_array_size(shape) == (size_t)t->rank;
    json_t *o = json_pack("{s:s, s:o, s:[I, I]}", "dtype", type_name(t->type), "shape", shape,
                          "data_offsets", (json_int_t)*at, (json_int_t)end);
    *at = end;
    return json_object_set_new(header, t->name, o) == 0 && whole;
}

static const int64_t digest_dim[1] = { ST_DIGEST };

/* The header after its length, padded with blanks to a multiple of 8 bytes; NULL: no memory. */
static char *make_header(const StOut *tensors, int n, const StMeta *meta, int n_meta, bool digest,
                         uint64_t *len) {
    json_t *header = json_object(), *m = json_object();
    bool ok = header && m;
    for (int i = 0; i < n_meta && ok; i++)
        ok = json_object_set_new(m, meta[i].key, json_string(meta[i].value)) == 0;
    if (n_meta) ok = ok && json_object_set(header, "__metadata__", m) == 0;
    uint64_t at = 0;
    for (int i = 0; i < n && ok; i++) ok = add_entry(header, &tensors[i], &at);
    StOut last = { ST_DIGEST_NAME, ELEM_U8, 1, digest_dim, NULL };
    if (digest && ok) ok = add_entry(header, &last, &at);
    json_decref(m);
    if (!ok) json_decref(header);
    char *json = json_text(ok ? header : NULL, JSON_COMPACT, "a safetensors header", NULL);
    if (!json) return NULL;
    uint64_t used = strlen(json), padded = (used + 7) / 8 * 8;
    char *out = mem_plain_alloc((size_t)(HEAD + padded + 1));
    if (out) {
        for (int i = 0; i < HEAD; i++) out[i] = (char)(padded >> (8 * i) & 255);
        memset(out + HEAD, ' ', (size_t)padded);
        memcpy(out + HEAD, json, (size_t)used);
        *len = HEAD + padded;
    }
    mem_free(json);
    return out;
}

/* Writes and digests. */
static bool put(IoAtomic *f, SHA2_CTX *sha, const void *data, uint64_t len, Status *st) {
    SHA256Update(sha, data, (size_t)len);
    return io_atomic_write(f, data, len, st);
}

bool st_write(const char *path, const StOut *tensors, int n, const StMeta *meta, int n_meta,
              bool digest, Status *st) {
    uint64_t len = 0;
    char *header = make_header(tensors, n, meta, n_meta, digest, &len);
    if (!header) return status_fail(st, RT_LIMIT, "out of memory for the header of %s", path);
    IoAtomic f;
    SHA2_CTX sha;
    uint8_t sum[ST_DIGEST];
    SHA256Init(&sha);
    bool ok = io_atomic_begin(&f, path, st) && put(&f, &sha, header, len, st);
    for (int i = 0; i < n && ok; i++)
        ok = out_bytes(&tensors[i]) == 0
          || put(&f, &sha, tensors[i].data, out_bytes(&tensors[i]), st);
    SHA256Final(sum, &sha);
    ok = ok && (!digest || io_atomic_write(&f, sum, ST_DIGEST, st));
    mem_free(header);
    if (ok) return io_atomic_commit(&f, st);
    io_atomic_abort(&f);
    return false;
}
