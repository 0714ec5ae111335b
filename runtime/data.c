/* data.c - see data.h. */
#include "data.h"
#include "array.h"
#include "memory.h"
#include "source.h"
#include <assert.h>
#include <string.h>

/* Checks an array against a field's declaration and converts it to the declared dtype. */
static bool load_field(DataSet *d, int field, const ArrayPlan *a, Status *st) {
    const EbmFieldDesc *f = &d->desc->fields[field];
    char have[128], want[128];
    if (a->rank < 1 || !array_shape_matches(a, 1, &f->tensor))
        return status_fail(
            st, RT_DATA, "%s: holds %s of shape %s, but %s.%s declares %s %s per example", a->file,
            elem_name(a->type), array_format_shape(a->rank, a->dim, have), d->desc->name, f->name,
            dtype_name(f->tensor.dtype), array_format_shape(f->tensor.rank, f->tensor.dim, want));
    if (a->dim[0] == 0) return status_fail(st, RT_DATA, "%s: holds no examples", a->file);
    if (field > 0 && a->dim[0] != d->n)
        return status_fail(st, RT_DATA,
                           "%s: holds %lld examples, but the first field of %s holds %lld", a->file,
                           (long long)a->dim[0], d->desc->name, (long long)d->n);
    d->n = a->dim[0];
    uint64_t bytes = a->count * (uint64_t)dtype_size(f->tensor.dtype);
    if (!mem_check(bytes, a->file, st)) return false;
    d->field[field] = mem_alloc(bytes, d->desc->name, st);
    return d->field[field] && array_convert(a, f->tensor.dtype, d->field[field], st);
}

/* Loads the fields that file number `p` holds and appends its digest. */
static bool load_file(DataSet *d, int p, int n_paths, const char *path, Status *st) {
    Source s;
    if (!source_open(&s, path, st)) return false;
    int first = n_paths == 1 ? 0 : p, last = n_paths == 1 ? d->desc->n_fields - 1 : p;
    bool ok = !(source_is_single(&s) && first != last)
           || status_fail(st, RT_DATA, "%s: holds one array, but %s has %d fields (give one file "
                          "for each)", path, d->desc->name, d->desc->n_fields);
    for (int i = first; ok && i <= last; i++) {
        ArrayPlan a;
        void *made;
        ok = source_array(&s, d->desc, i, first, last, &a, &made, st) && load_field(d, i, &a, st);
        mem_free(made);
    }
    if (ok) {
        if (*d->digest) strcat(d->digest, ",");
        strcat(d->digest, s.digest);
    }
    source_close(&s);
    return ok;
}

bool data_load(DataSet *d, const EbmDataDesc *desc, const char *const *paths, int n_paths,
               Status *st) {
    *d = (DataSet){ .desc = desc };
    if (n_paths != 1 && n_paths != desc->n_fields)
        return status_fail(st, RT_USAGE,
                           "data set %s has %d fields: give one file, or %d joined by "
                           "','",
                           desc->name, desc->n_fields, desc->n_fields);
    d->field = mem_array((uint64_t)desc->n_fields, sizeof *d->field, desc->name, st);
    d->digest = mem_alloc((uint64_t)n_paths * SHA256_DIGEST_STRING_LENGTH + 1, desc->name, st);
    bool ok = d->field && d->digest;
    for (int p = 0; ok && p < n_paths; p++) ok = load_file(d, p, n_paths, paths[p], st);
    if (!ok) data_free(d);
    return ok;
}

void data_free(DataSet *d) {
    for (int i = 0; d->field && i < d->desc->n_fields; i++) mem_free(d->field[i]);
    mem_free(d->field);
    mem_free(d->digest);
    *d = (DataSet){ .desc = d->desc };
}

/* ---- rows ------------------------------------------------------------------------------------*/
/* A bijective mixer of 64 bits (the finaliser of splitmix64). */
static uint64_t mix64(uint64_t x) {
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

uint64_t data_seed_of_turn(uint64_t seed, uint64_t turn) {
    return turn ? mix64(seed ^ mix64(turn)) : seed;
}

/* A balanced Feistel network over the least even number of bits that holds n; values that fall
 * outside [0, n) walk along their cycle until they are inside. Frozen: saved runs depend on it. */
int64_t data_permute(uint64_t seed, uint64_t stream, uint64_t epoch, int64_t n, int64_t position) {
    enum { ROUNDS = 6 };
    uint64_t key = mix64(mix64(mix64(seed + 0x9e3779b97f4a7c15u) ^ stream) + epoch);
    int half = 1;
    while (half < 31 && (uint64_t)1 << (2 * half) < (uint64_t)n) half++;
    uint64_t mask = ((uint64_t)1 << half) - 1, x = (uint64_t)position;
    do {
        uint64_t left = x >> half, right = x & mask;
        for (int r = 0; r < ROUNDS; r++) {
            uint64_t next = left ^ (mix64(key + (uint64_t)r * 0x9e3779b97f4a7c15u + right) & mask);
            left = right;
            right = next;
        }
        x = left << half | right;
    } while (x >= (uint64_t)n);
    return (int64_t)x;
}

/* FNV-1a of the set's name: sets of equal size are shuffled independently. */
static uint64_t stream_of(const char *name) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *name; name++) h = (h ^ (uint8_t)*name) * 0x100000001b3u;
    return h;
}

uint64_t data_epoch(const DataSet *d, uint64_t number, int64_t batch) {
    uint64_t n = (uint64_t)d->n, whole = n / (uint64_t)batch;
    return whole > 0 ? number / whole : number * (uint64_t)batch / n;
}

void data_rows_train(const DataSet *d, uint64_t seed, uint64_t step, int draws, int ordinal,
                     int64_t batch, int32_t *rows) {
    assert(d->n > 0 && batch > 0);
    uint64_t n = (uint64_t)d->n, stream = stream_of(d->desc->name);
    uint64_t number = step * (uint64_t)draws + (uint64_t)ordinal, whole = n / (uint64_t)batch;
    for (int64_t i = 0; i < batch; i++) {
        uint64_t epoch, position;
        if (whole > 0) {
            epoch = number / whole;
            position = number % whole * (uint64_t)batch + (uint64_t)i;
        } else {
            uint64_t at = number * (uint64_t)batch + (uint64_t)i;
            epoch = at / n;
            position = at % n;
        }
        rows[i] = (int32_t)data_permute(seed, stream, epoch, d->n, (int64_t)position);
    }
}
