/* csv.c - see csv.h. Two passes over a bounded range: sizes, then numbers. Cells are copied to a
 * checked buffer before strtod sees them; the locale is never set, so the point is a point. */
#include "csv.h"
#include "memory.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 64 };

static bool is_digit(uint8_t c) { return c >= '0' && c <= '9'; }
static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

bool csv_looks_like(const uint8_t *p, uint64_t len) {
    if (len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) return true;
    return len > 0 && (is_digit(p[0]) || (p[0] >= 'a' && p[0] <= 'z') ||
                       (p[0] >= 'A' && p[0] <= 'Z')
                       || strchr("+-. \"_", p[0])) && p[0] != 0;
}

/* The end of the line that starts at p, before "\r\n" or "\n"; *next is the start of the one
 * after. */
static const uint8_t *line_end(const uint8_t *p, const uint8_t *end, const uint8_t **next) {
    const uint8_t *e = memchr(p, '\n', (size_t)(end - p));
    *next = e ? e + 1 : end;
    if (!e) e = end;
    return e > p && e[-1] == '\r' ? e - 1 : e;
}

/* The next cell of a line, without blanks around it and a pair of quotes; *at moves behind its
 * comma, or to NULL after the last. */
static void next_cell(const uint8_t **at, const uint8_t *end, const uint8_t **from,
                      const uint8_t **to) {
    const uint8_t *a = *at, *b = memchr(a, ',', (size_t)(end - a));
    *at = b ? b + 1 : NULL;
    if (!b) b = end;
    while (a < b && is_blank(*a)) a++;
    while (b > a && is_blank(b[-1])) b--;
    if (b - a >= 2 && *a == '"' && b[-1] == '"') a++, b--;
    *from = a;
    *to = b;
}

/* A finite number, all of the cell. */
static bool number_of(const uint8_t *from, const uint8_t *to, double *out) {
    char text[CELL];
    size_t n = (size_t)(to - from);
    if (n == 0 || n >= CELL) return false;
    for (size_t i = 0; i < n; i++)
        if (!is_digit(from[i]) && (from[i] == 0 || !strchr("+-.eE", from[i]))) return false;
    memcpy(text, from, n);
    text[n] = '\0';
    char *end;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}
static bool whole_of(const uint8_t *from, const uint8_t *to, int64_t *out) {
    char text[CELL], *end;
    size_t n = (size_t)(to - from);
    if (n == 0 || n >= CELL) return false;
    for (size_t i = 0; i < n; i++)
        if (!is_digit(from[i]) && (i > 0 || (from[i] != '-' && from[i] != '+'))) return false;
    memcpy(text, from, n);
    text[n] = '\0';
    errno = 0;
    *out = strtoll(text, &end, 10);
    return *end == '\0' && errno == 0 && is_digit((uint8_t)end[-1]);
}

static int64_t count_cells(const uint8_t *p, const uint8_t *end) {
    int64_t n = 1;
    while ((p = memchr(p, ',', (size_t)(end - p)))) p++, n++;
    return n;
}

/* Whether no cell of a line is a number: then it names the columns. */
static bool holds_names(const uint8_t *p, const uint8_t *end) {
    while (p) {
        const uint8_t *from, *to;
        double v;
        next_cell(&p, end, &from, &to);
        if (from == to || number_of(from, to, &v)) return false;
    }
    return true;
}

bool csv_parse(const char *file, const uint8_t *p, uint64_t len, Csv *out, Status *st) {
    const uint8_t *end = p + len, *next;
    if (len >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) p += 3;
    *out = (Csv){ .file = file, .end = end, .first_line = 1 };
    const uint8_t *e = line_end(p, end, &next);
    if (p == end || e - p > CSV_LINE)
        return status_fail(st, RT_DATA, "%s: line 1: %s", file,
                           p == end ? "is empty" : "is longer than 16 MiB");
    out->columns = count_cells(p, e);
    if (out->columns > CSV_COLUMNS)
        return status_fail(st, RT_DATA, "%s: line 1: more than %d columns", file, CSV_COLUMNS);
    if (holds_names(p, e)) {
        out->names = p;
        out->names_end = e;
        out->first_line = 2;
        p = next;
    }
    out->p = p;
    for (int64_t line = out->first_line; p < end; line++, p = next) {
        e = line_end(p, end, &next);
        if (e - p > CSV_LINE)
            return status_fail(st, RT_DATA, "%s: line %lld: is longer than 16 MiB", file,
                               (long long)line);
        int64_t cells = count_cells(p, e);
        if (cells != out->columns || e == p)
            return status_fail(st, RT_DATA, "%s: line %lld: has %lld cells, line 1 has %lld", file,
                               (long long)line, e == p ? 0LL : (long long)cells,
                               (long long)out->columns);
        out->rows++;
    }
    return true;
}

int64_t csv_column(const Csv *c, const char *name) {
    const uint8_t *p = c->names, *from, *to;
    for (int64_t k = 0; p; k++) {
        next_cell(&p, c->names_end, &from, &to);
        if ((size_t)(to - from) == strlen(name) && memcmp(from, name, strlen(name)) == 0) return k;
    }
    return -1;
}

bool csv_read(const Csv *c, int64_t first, int64_t n, bool whole, ArrayPlan *out, Status *st) {
    *out = (ArrayPlan){ .file = c->file, .type = whole ? ELEM_I64 : ELEM_F64, .rank = n == 1 ? 1
                        : 2,
                        .dim = { c->rows, n } };
    if (!array_set_size(out, st) || !mem_check(out->bytes, c->file, st)) return false;
    double *real = mem_alloc(out->bytes + 1, c->file, st);
    if (!real) return false;
    int64_t *integer = (int64_t *)(void *)real;
    const uint8_t *p = c->p, *next;
    for (int64_t row = 0, k = 0; row < c->rows; row++, p = next) {
        const uint8_t *end = line_end(p, c->end, &next), *from, *to;
        for (int64_t column = 0; p && column < first + n; column++) {
            next_cell(&p, end, &from, &to);
            if (column < first) continue;
            if (whole ? whole_of(from, to, &integer[k]) : number_of(from, to, &real[k])) {
                k++;
                continue;
            }
            mem_free(real);
            return status_fail(st, RT_DATA, "%s: line %lld, column %lld: not a %s", c->file,
                               (long long)(c->first_line + row), (long long)column + 1,
                               whole ? "whole number" : "finite number");
        }
    }
    out->data = (const uint8_t *)real;
    return true;
}
