/* diag.c - collects diagnostics and prints them as text or JSON.
 *
 * Needs source.c and diag.def. Promises: one diagnostic per code and place; the output is sorted by
 * place, holds at most 50 diagnostics (warnings give way to errors) and contains no control byte,
 * no broken UTF-8 and no direction override, whatever the source holds.
 *
 *   moons.ebm:8:13: error E0201: unknown sampler 'lanegvin'
 *    8 |     x_neg ~ lanegvin(E, x0, K, eps)
 *      |             ^^^^^^^^
 *      = help: did you mean 'langevin'?                                                          */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/internal.h"

typedef enum Severity { SEV_ERROR, SEV_LIMIT, SEV_WARNING } Severity;

typedef struct DiagRow {
    const char *name;
    Severity severity;
    const char *title, *explain;
} DiagRow;

static const DiagRow rows[] = {
#define DIAG(code, severity, title, explain) { #code, SEV_##severity, title, explain },
#include "base/diag.def"
#undef DIAG
};

typedef struct Remark {
    Range at;
    bool is_help;
    const char *text;
} Remark;

typedef struct Diagnostic {
    DiagCode code;
    Range at;
    int order;                    /* of report: the last word in sorting */
    const char *text;
    VEC(Remark) remarks;
} Diagnostic;

enum { MAX_SHOWN = 50, MAX_KEPT = 1000, TAB_STOP = 4, LINE_WIDTH = 160,
       LAID_OUT = 1000 };

static struct {
    Arena *arena;
    VEC(Diagnostic *) all;
    Diagnostic *last;             /* where notes go; NULL after a duplicate */
    int errors, warnings;
    Severity first;               /* class of the first error */
} diags;

static Severity severity_of(DiagCode code) {
    assert(code >= 0 && code < DIAG_COUNT);
    return rows[code].severity;
}

const char *diag_code_name(DiagCode code) {
    assert(code >= 0 && code < DIAG_COUNT);
    return rows[code].name;
}

/* ---- collecting ---------------------------------------------------------------------------- */

static const char *format_text(const char *fmt, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    assert(n >= 0);
    char *s = arena_alloc(diags.arena, (size_t)n + 1);
    vsnprintf(s, (size_t)n + 1, fmt, again);
    va_end(again);
    return s;
}

/* The same code at the same place counts once; beyond MAX_KEPT errors are counted, not kept. */
void diag(DiagCode code, Range at, const char *fmt, ...) {
    Severity severity = severity_of(code);
    if (!diags.arena)
        diags.arena = arena_new("diagnostics");
    diags.last = NULL;
    for (int i = 0; i < diags.all.n && diags.all.n < MAX_KEPT; i++) {
        const Diagnostic *d = diags.all.v[i];
        if (d->code == code && d->at.file == at.file && d->at.begin == at.begin && at.file >= 0)
            return;
    }
    if (severity == SEV_WARNING) {
        diags.warnings++;
    } else if (diags.errors++ == 0) {
        diags.first = severity;
    }
    if (diags.all.n >= MAX_KEPT)
        return;
    Diagnostic *d = NEW(diags.arena, Diagnostic);
    d->code = code;
    d->at = at;
    d->order = diags.all.n;
    va_list args;
    va_start(args, fmt);
    d->text = format_text(fmt, args);
    va_end(args);
    vec_push(diags.arena, &diags.all, d);
    diags.last = d;
}

void diag_note(Range at, const char *fmt, ...) {
    if (!diags.last)
        return;
    va_list args;
    va_start(args, fmt);
    vec_push(diags.arena, &diags.last->remarks, ((Remark){ at, false, format_text(fmt, args) }));
    va_end(args);
}

void diag_help(const char *fmt, ...) {
    if (!diags.last)
        return;
    va_list args;
    va_start(args, fmt);
    vec_push(diags.arena, &diags.last->remarks,
             ((Remark){ NO_RANGE, true, format_text(fmt, args) }));
    va_end(args);
}

int diag_errors(void) { return diags.errors; }

int diag_exit_code(void) {
    return diags.errors == 0 ? EXIT_OK : diags.first == SEV_LIMIT ? EXIT_LIMIT : EXIT_SPEC;
}

/* By place; diagnostics without a place first; then in order of report. */
static int diag_order(const void *pa, const void *pb) {
    const Diagnostic *a = *(Diagnostic *const *)pa, *b = *(Diagnostic *const *)pb;
    if (a->at.file != b->at.file)
        return a->at.file < b->at.file ? -1 : 1;
    if (a->at.begin != b->at.begin)
        return a->at.begin < b->at.begin ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

int diag_count(void) { return diags.all.n; }

bool diag_get(int i, DiagView *out) {
    if (i < 0 || i >= diags.all.n)
        return false;
    qsort(diags.all.v, (size_t)diags.all.n, sizeof *diags.all.v, diag_order);
    const Diagnostic *d = diags.all.v[i];
    *out = (DiagView){ d->code, d->at, severity_of(d->code) == SEV_WARNING, d->text };
    return true;
}

/* ---- printing as text ---------------------------------------------------------------------- */

/* Characters that must not reach a terminal: controls and direction overrides. */
static bool is_hostile(uint32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void add_clean(Text *t, const char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        uint32_t c;
        int k = utf8_decode(s + i, n - i, &c);
        if (k == 0 || is_hostile(c))
            text_add(t, "?");
        else
            text_add_n(t, s + i, (size_t)k);
        i += k ? (size_t)k : 1;
    }
}

/* A source line as shown: one cell per character, tabs expanded; first..last are underlined. */
typedef struct Shown {
    Text text;
    VEC(uint32_t) cells;          /* offset in text of each cell */
    size_t first, last;
} Shown;

/* Lays out `line` and finds the cells of the bytes [begin, end). */
static void show_line(Arena *a, Shown *s, const char *line, size_t len, size_t begin, size_t end) {
    s->first = s->last = SIZE_MAX;
    for (size_t i = 0; i < len;) {
        uint32_t c;
        int k = utf8_decode(line + i, len - i, &c);
        if (s->first == SIZE_MAX && i + (k ? (size_t)k : 1) > begin)
            s->first = (size_t)s->cells.n;
        if (s->last == SIZE_MAX && i >= end)
            s->last = (size_t)s->cells.n;
        int width = k && c == '\t' ? TAB_STOP - s->cells.n % TAB_STOP : 1;
        for (int w = 0; w < width; w++) {
            vec_push(a, &s->cells, (uint32_t)s->text.len);
            if (k && c == '\t')
                text_add(&s->text, " ");
            else
                add_clean(&s->text, line + i, k ? (size_t)k : 1);
        }
        i += k ? (size_t)k : 1;
    }
    if (s->first == SIZE_MAX)
        s->first = (size_t)s->cells.n;
    if (s->last == SIZE_MAX)
        s->last = (size_t)s->cells.n;
    if (s->last <= s->first)
        s->last = s->first + 1;
}

/* Adds the gutter, the source line of `at` and its underline. Long lines are cut around it. */
static void add_excerpt(Text *t, Range at, char mark, int digits) {
    int line, col;
    const char *src;
    size_t len;
    source_position(at, &line, &col);
    if (!source_line(at.file, line, &src, &len))
        return;
    size_t begin = (size_t)col - 1, end = begin + (at.end > at.begin ? at.end - at.begin : 0);
    /* Of a very long line only what is near the place is laid out. */
    size_t cut = begin > LAID_OUT ? begin - LAID_OUT : 0;
    while (cut > 0 && cut < len && ((unsigned char)src[cut] & 0xc0) == 0x80)
        cut--;
    size_t stop = len - cut > 2 * LAID_OUT ? cut + 2 * LAID_OUT : len;
    Arena *a = arena_new("diagnostics");
    Shown s = { 0 };
    show_line(a, &s, src + cut, stop - cut, begin - cut, (end < stop ? end : stop) - cut);
    size_t n = (size_t)s.cells.n, from = 0, to = n;
    if (n > LINE_WIDTH) {
        from = s.first > LINE_WIDTH / 2 ? s.first - LINE_WIDTH / 2 : 0;
        to = from + LINE_WIDTH < n ? from + LINE_WIDTH : n;
    }
    size_t last = s.last < to ? s.last : to > s.first ? to : s.first + 1;
    const char *lead = from || cut ? "..." : "";
    size_t byte_from = from < n ? s.cells.v[from] : s.text.len;
    size_t byte_to = to < n ? s.cells.v[to] : s.text.len;
    text_printf(t, " %*d | %s", digits, line, lead);
    text_add_n(t, s.text.data ? s.text.data + byte_from : "", byte_to - byte_from);
    text_printf(t, "%s\n %*s | %*s", to < n || stop < len ? "..." : "", digits, "",
                (int)(s.first - from + strlen(lead)), "");
    for (size_t i = s.first; i < last; i++)
        text_add_n(t, &mark, 1);
    text_add(t, "\n");
    text_free(&s.text);
    arena_free(a);
}

static void add_place(Text *t, Range at) {
    if (at.file < 0)
        return;
    int line, col;
    source_position(at, &line, &col);
    const char *name = source_name(at.file);
    add_clean(t, name, strlen(name));
    text_printf(t, ":%d:%d: ", line, col);
}

static int digits_of(Range at) {
    int line, col, n = 1;
    source_position(at, &line, &col);
    for (; line > 9; line /= 10)
        n++;
    return n;
}

static void add_as_text(Text *t, const Diagnostic *d) {
    int digits = digits_of(d->at);
    for (int i = 0; i < d->remarks.n; i++) {
        int n = digits_of(d->remarks.v[i].at);
        digits = n > digits ? n : digits;
    }
    if (d->at.file < 0)
        text_add(t, "ebmcc: ");
    add_place(t, d->at);
    text_printf(t, "%s %s: ", severity_of(d->code) == SEV_WARNING ? "warning" : "error",
                rows[d->code].name);
    add_clean(t, d->text, strlen(d->text));
    text_add(t, "\n");
    if (d->at.file >= 0)
        add_excerpt(t, d->at, '^', digits);
    for (int i = 0; i < d->remarks.n; i++) {
        const Remark *r = &d->remarks.v[i];
        text_printf(t, " %*s = %s: ", digits, "", r->is_help ? "help" : "note");
        add_place(t, r->at);
        add_clean(t, r->text, strlen(r->text));
        text_add(t, "\n");
        if (r->at.file >= 0)
            add_excerpt(t, r->at, '-', digits);
    }
}

/* ---- printing as JSON ---------------------------------------------------------------------- */

static void add_json_string(Text *t, const char *s) {
    text_add(t, "\"");
    for (size_t n = strlen(s), i = 0; i < n;) {
        uint32_t c;
        int k = utf8_decode(s + i, n - i, &c);
        if (k == 0)
            text_add(t, "\\ufffd");
        else if (c == '"' || c == '\\')
            text_printf(t, "\\%c", (int)c);
        else if (is_hostile(c))
            text_printf(t, "\\u%04x", (unsigned)c);
        else
            text_add_n(t, s + i, (size_t)k);
        i += k ? (size_t)k : 1;
    }
    text_add(t, "\"");
}

static void add_json_place(Text *t, Range at) {
    if (at.file < 0)
        return;
    int line, col, end_line, end_col;
    source_position(at, &line, &col);
    source_position((Range){ at.file, at.end, at.end }, &end_line, &end_col);
    text_add(t, "\"file\":");
    add_json_string(t, source_name(at.file));
    text_printf(t, ",\"line\":%d,\"column\":%d,\"end_line\":%d,\"end_column\":%d,", line, col,
                end_line, end_col);
}

/* One object on one line, so that a reader can take diagnostics as they come. */
static void add_as_json(Text *t, const Diagnostic *d) {
    text_add(t, "{");
    add_json_place(t, d->at);
    text_printf(t, "\"severity\":\"%s\",\"code\":\"%s\",\"message\":",
                severity_of(d->code) == SEV_WARNING ? "warning" : "error", rows[d->code].name);
    add_json_string(t, d->text);
    text_add(t, ",\"notes\":[");
    for (int i = 0; i < d->remarks.n; i++) {
        const Remark *r = &d->remarks.v[i];
        text_add(t, i ? ",{" : "{");
        add_json_place(t, r->at);
        text_printf(t, "\"kind\":\"%s\",\"message\":", r->is_help ? "help" : "note");
        add_json_string(t, r->text);
        text_add(t, "}");
    }
    text_add(t, "]}\n");
}

void diag_print(void *out, DiagFormat format) {
    if (diags.all.n == 0)
        return;
    qsort(diags.all.v, (size_t)diags.all.n, sizeof *diags.all.v, diag_order);
    int errors = 0;
    for (int i = 0; i < diags.all.n; i++)
        errors += severity_of(diags.all.v[i]->code) != SEV_WARNING;
    int error_room = errors < MAX_SHOWN ? errors : MAX_SHOWN;
    int warning_room = MAX_SHOWN - error_room, shown = 0;
    Text t = { 0 };
    for (int i = 0; i < diags.all.n; i++) {
        const Diagnostic *d = diags.all.v[i];
        int *room = severity_of(d->code) == SEV_WARNING ? &warning_room : &error_room;
        if (*room == 0)
            continue;
        --*room;
        shown++;
        if (format == DIAG_JSON)
            add_as_json(&t, d);
        else
            add_as_text(&t, d);
    }
    int hidden = diags.errors + diags.warnings - shown;
    if (hidden > 0 && format == DIAG_TEXT)
        text_printf(&t, "ebmcc: %d more diagnostic%s not shown\n", hidden,
                    hidden == 1 ? " is" : "s are");
    if (t.len)
        fwrite(t.data, 1, t.len, out);
    text_free(&t);
}

bool diag_explain(const char *code_name, void *out) {
    for (int i = 0; i < DIAG_COUNT; i++) {
        const char *a = rows[i].name, *b = code_name;
        while (*a && (*a == *b || *a == *b - 'a' + 'A'))
            a++, b++;
        if (*a || *b)
            continue;
        fprintf(out, "%s: %s\n\n%s\n", rows[i].name, rows[i].title, rows[i].explain);
        return true;
    }
    return false;
}

void base_reset(void) {
    arena_free(diags.arena);
    memset(&diags, 0, sizeof diags);
    arenas_reset();
    names_reset();
    sources_reset();
}
