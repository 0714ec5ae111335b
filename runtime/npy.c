/* npy.c - reads and writes .npy. The header is a Python dictionary literal of exactly three keys;
 * a small scanner over a bounded range reads it, nothing is evaluated. */
#include "npy.h"
#include "io.h"
#include "memory.h"
#include <stdio.h>
#include <string.h>

enum { MAGIC = 6, MAX_HEADER = 10000 };
static const uint8_t magic[MAGIC] = { 0x93, 'N', 'U', 'M', 'P', 'Y' };

bool npy_looks_like(const uint8_t *p, uint64_t len) {
    return len >= MAGIC && memcmp(p, magic, MAGIC) == 0;
}

/* A scanner over [at, end) of the file's bytes. */
typedef struct Scan { const char *file; const uint8_t *base, *at, *end; Status *st; } Scan;

/* An error at the scanner's position. */
static bool scan_fail(Scan *s, const char *what) {
    return status_fail_at(s->st, s->file, (uint64_t)(s->at - s->base), "npy header: %s", what);
}

static void skip_blank(Scan *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t')) s->at++;
}

/* Consumes one character after blanks when it is c. */
static bool take(Scan *s, char c) {
    skip_blank(s);
    if (s->at >= s->end || *s->at != (uint8_t)c) return false;
    s->at++;
    return true;
}

/* Consumes a word after blanks when it comes next. */
static bool take_word(Scan *s, const char *word) {
    skip_blank(s);
    size_t n = strlen(word);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0) return false;
    s->at += n;
    return true;
}

/* A quoted string without escapes, into out[size]. */
static bool take_string(Scan *s, char *out, size_t size) {
    skip_blank(s);
    if (s->at >= s->end || (*s->at != '\'' && *s->at != '"'))
        return scan_fail(s, "expected a string");
    uint8_t quote = *s->at++;
    size_t n = 0;
    while (s->at < s->end && *s->at != quote) {
        if (n + 1 >= size || *s->at == '\\') return scan_fail(s, "unexpected string");
        out[n++] = (char)*s->at++;
    }
    if (s->at >= s->end) return scan_fail(s, "unterminated string");
    s->at++;
    out[n] = '\0';
    return true;
}

/* '<f4': byte order, kind, size. */
static bool parse_type(Scan *s, ArrayPlan *a) {
    static const struct { const char *code; ElemType type; } types[] = {
        { "f4", ELEM_F32 }, { "f8", ELEM_F64 }, { "i4", ELEM_I32 }, { "i8", ELEM_I64 },
        { "u1", ELEM_U8 },  { "b1", ELEM_BOOL }, { "i1", ELEM_I8 }, { "i2", ELEM_I16 },
        { "u2", ELEM_U16 }, { "u4", ELEM_U32 }, { "u8", ELEM_U64 }, { "f2", ELEM_F16 },
    };
    char text[8];
    if (!take_string(s, text, sizeof text)) return false;
    if (strlen(text) != 3 || !strchr("<>|=", text[0])) return scan_fail(s, "unsupported descr");
    a->big_endian = text[0] == '>';
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i].code, text + 1) == 0) {
            a->type = types[i].type;
            if (text[0] == '|' && elem_size(a->type) != 1) break;
            return true;
        }
    return scan_fail(s,
                     "unsupported element type (supported: f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1)");
}

/* fortran_order: True or False. */
static bool parse_order(Scan *s, ArrayPlan *a) {
    if (take_word(s, "True")) a->fortran = true;
    else if (take_word(s, "False")) a->fortran = false;
    else return scan_fail(s, "fortran_order must be True or False");
    return true;
}

/* (), (3,), (3, 2): digits only. */
static bool parse_shape(Scan *s, ArrayPlan *a) {
    if (!take(s, '(')) return scan_fail(s, "expected a shape tuple");
    a->rank = 0;
    while (!take(s, ')')) {
        if (a->rank == EBM_MAX_RANK) return scan_fail(s, "more than 8 dimensions");
        int64_t n = 0;
        const uint8_t *start = s->at;
        for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
            n = 10 * n + (*s->at - '0');
            if (n > INT32_MAX) return scan_fail(s, "dimension above 2147483647");
        }
        if (s->at == start) return scan_fail(s, "expected a dimension");
        a->dim[a->rank++] = n;
        bool comma = take(s, ',');
        if (!comma && a->rank == 1) return scan_fail(s, "a tuple of one needs a comma");
        skip_blank(s);
        if (!comma && (s->at >= s->end || *s->at != ')'))
            return scan_fail(s, "expected ',' or ')'");
    }
    return true;
}

/* { 'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }, keys once each, in any order. */
static bool parse_header(Scan *s, ArrayPlan *a) {
    unsigned seen = 0;
    if (!take(s, '{')) return scan_fail(s, "expected '{'");
    while (!take(s, '}')) {
        char key[16];
        if (!take_string(s, key, sizeof key)) return false;
        if (!take(s, ':')) return scan_fail(s, "expected ':'");
        unsigned bit = strcmp(key, "descr") == 0 ? 1 : strcmp(key, "fortran_order") == 0 ? 2
                     : strcmp(key, "shape") == 0 ? 4 : 0;
        if (!bit || (seen & bit)) return scan_fail(s, "unknown or repeated key");
        seen |= bit;
        bool ok = bit == 1 ? parse_type(s, a) : bit == 2 ? parse_order(s, a) : parse_shape(s, a);
        if (!ok) return false;
        if (take(s, ',')) continue;
        if (!take(s, '}')) return scan_fail(s, "expected ',' or '}'");
        break;
    }
    skip_blank(s);
    if (s->at != s->end) return scan_fail(s, "text after the dictionary");
    return seen == 7 || scan_fail(s, "descr, fortran_order or shape is missing");
}

bool npy_parse(const char *file, const uint8_t *p, uint64_t len, ArrayPlan *out, Status *st) {
    *out = (ArrayPlan){ .file = file };
    if (!npy_looks_like(p, len)) return status_fail_at(st, file, 0, "not an npy file");
    if (len < MAGIC + 2) return status_fail_at(st, file, len, "the npy header is cut off");
    int version = p[MAGIC], width = version == 1 ? 2 : 4;
    if (version < 1 || version > 3 || p[MAGIC + 1] != 0)
        return status_fail_at(st, file, MAGIC, "unsupported npy version %d.%d", version,
                              p[MAGIC + 1]);
    uint64_t start = MAGIC + 2 + (uint64_t)width, n = 0;
    if (len < start) return status_fail_at(st, file, len, "the npy header is cut off");
    for (int i = 0; i < width; i++) n |= (uint64_t)p[MAGIC + 2 + i] << (8 * i);
    if (n > MAX_HEADER)
        return status_fail_at(st, file, MAGIC + 2, "npy header of %llu bytes, the limit is %d",
                              (unsigned long long)n, MAX_HEADER);
    if (len - start < n) return status_fail_at(st, file, len, "the npy header is cut off");
    Scan s = { file, p, p + start, p + start + n, st };
    if (!parse_header(&s, out) || !array_set_size(out, st)) return false;
    out->offset = start + n;
    if (len - out->offset != out->bytes)
        return status_fail_at(st, file, len, "npy data of %llu bytes, the header announces %llu",
                              (unsigned long long)(len - out->offset),
                              (unsigned long long)out->bytes);
    out->data = p + out->offset;
    return true;
}

bool npy_write(const char *path, const EbmTensor *t, int64_t n, const void *rows, Status *st) {
    static const char *const code[] = { "<f4", "<i4", "|u1", "|b1" };
    char head[512];
    int used =
        snprintf(head, sizeof head, "{'descr': '%s', 'fortran_order': False, 'shape': (%lld,",
                 code[t->dtype], (long long)n);
    for (int i = 0; i < t->rank; i++)
        used += snprintf(head + used, sizeof head - (size_t)used, " %lld,", (long long)t->dim[i]);
    used += snprintf(head + used, sizeof head - (size_t)used, "), }");
    int padded = (MAGIC + 4 + used + 1 + 63) / 64 * 64 - MAGIC - 4;
    uint8_t front[MAGIC + 4 + sizeof head + 64];
    memcpy(front, magic, MAGIC);
    front[MAGIC] = 1;
    front[MAGIC + 1] = 0;
    front[MAGIC + 2] = (uint8_t)(padded & 255);
    front[MAGIC + 3] = (uint8_t)(padded >> 8);
    memset(front + MAGIC + 4, ' ', (size_t)padded);
    memcpy(front + MAGIC + 4, head, (size_t)used);
    front[MAGIC + 4 + padded - 1] = '\n';

    IoAtomic f;
    if (!io_atomic_begin(&f, path, st)) return false;
    if (io_atomic_write(&f, front, (uint64_t)(MAGIC + 4 + padded), st)
        && io_atomic_write(&f, rows, (uint64_t)n * tensor_bytes(t), st))
        return io_atomic_commit(&f, st);
    io_atomic_abort(&f);
    return false;
}
