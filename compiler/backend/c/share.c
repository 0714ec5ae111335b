/* share.c - equal loops of different layers are written once.
 *
 *     for (i ...) v205[i * T + t] = v199[..] * x   \   EBM_SHARED void tile3(float *v0, ...)
 *     for (i ...) v317[i * T + t] = v311[..] * x   /   tile3(v205, b7);  tile3(v317, b9);
 *
 * Needs: emit_item_list brackets the text of each item of a region with share_begin and share_end,
 * and every name of the function around it is known to share_name. The text of an item becomes a
 * Piece, its place a marker line in the kernel. A piece's form is its text with the names of the
 * surrounding function replaced by formals, in the order in which they appear, and with its own
 * locals renumbered: two pieces of one form compute the same function of different memory. Forms
 * that differ in sizes and factors alone have one general form, which takes these numbers, too;
 * divisors stay, because a division by a constant is cheap.
 *
 * Promises: share_render puts a call where a form is used often enough to save lines, and else the
 * text as it was; the order of statements and so every bit of the results stay. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MARK = 2, MIN_LINES = 4, MAX_FORMALS = 20, MAX_NUMBERS = 10,
       LONG_REGION = 400 /* lines */ };

typedef struct Form {
    const char *text;             /* "(formals) {\n    lines\n}\n" */
    const char *what;             /* for the comment above it */
    uint64_t hash;
    int uses, lines, id;          /* id: -1 while it has no function */
    bool split;                   /* stands in a long region */
    int general;                  /* the general form; itself when it has no numbers */
    const char *numbers;          /* "64, 1024, ": actuals of the general form */
    int members, total;           /* general: its forms, their uses */
    bool by_general;              /* called by the function of the general form */
} Form;
typedef struct Piece { int form; const char *text, *actuals; } Piece;
struct Sharing {
    VEC(Form) forms;
    VEC(Piece) pieces;
    int *slot; uint32_t n_slots;  /* forms by hash: open addressing, form + 1 */
    int n_functions;
};

static uint64_t hash_text(const char *s, size_t n) {
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)s[i]) * 0x100000001b3u;
    return h ^ h >> 31;
}

/* ---- the names of the function being written ------------------------------------------------- */

typedef struct Known { const char *name, *type; } Known;
struct Names { Known *slot; uint32_t n_slots; int n; };

static Known *names_slot(const struct Names *t, const char *name, size_t len) {
    uint32_t mask = t->n_slots - 1, i = (uint32_t)hash_text(name, len) & mask;
    while (t->slot[i].name &&
           (strncmp(t->slot[i].name, name, len) != 0 || t->slot[i].name[len]))
        i = (i + 1) & mask;
    return &t->slot[i];
}

static void names_put(Arena *a, struct Names *t, const char *name, const char *type) {
    if (2 * (uint32_t)(t->n + 1) > t->n_slots) {
        struct Names old = *t;
        t->n_slots = old.n_slots ? 2 * old.n_slots : 64;
        t->slot = NEW_ARRAY(a, Known, t->n_slots);
        for (uint32_t i = 0; i < old.n_slots; i++)
            if (old.slot[i].name)
                *names_slot(t, old.slot[i].name, strlen(old.slot[i].name)) = old.slot[i];
    }
    Known *k = names_slot(t, name, strlen(name));
    t->n += !k->name;
    *k = (Known){ name, type };
}

void share_name(Emit *e, const char *name, const char *type) {
    if (!e->names)
        e->names = NEW(e->a, struct Names);
    names_put(e->a, e->names, name, type);
}

/* The type of a name of the function around a piece, or NULL: a local of the piece, or a word that
 * means the same everywhere. */
static const char *outer_type(const Emit *e, const char *s, size_t n) {
    static const Known fixed[] = { { "row", "int64_t" }, { "valid", "int" },
                                   { "sample0", "int64_t" }, { "unit", "int64_t" },
                                   { "micro", "float *" }, { "s", "const EbmScalars *" } };
    for (size_t k = 0; k < sizeof fixed / sizeof *fixed; k++)
        if (strlen(fixed[k].name) == n && memcmp(fixed[k].name, s, n) == 0)
            return fixed[k].type;
    if (n > 1 && s[0] == 'b' && isdigit((unsigned char)s[1])) {
        int k = 0;
        for (size_t i = 1; i < n && isdigit((unsigned char)s[i]); i++)
            k = 10 * k + (s[i] - '0');
        const Buffer *b = &e->u->buffers.v[e->args.v[k]];
        return arena_printf(e->a, "%s%s *", e->arg_written.v[k] ? "" : "const ",
                            emit_mtype(b->dtype));
    }
    return e->names ? names_slot(e->names, s, n)->type : NULL;
}

/* ---- pieces ---------------------------------------------------------------------------------- */

/* A literal of a piece that is replaced, and by what. */
typedef struct Word { const char *text, *to; size_t length; } Word;
typedef struct Rename {
    Emit *e;
    struct Names words;           /* what stands for each word so far, as its "type" */
    Text formals, actuals;
    VEC(Word) literals;
    Text general, number_formals, numbers;        /* general: the text with literals replaced */
    int n_formals, ordinal[128];  /* next number by first letter of the new name */
} Rename;

static const char *new_word(Rename *r, const char *s, size_t n, char letter) {
    const char *text = arena_printf(r->e->a, "%.*s", (int)n, s);
    const char *to = text;
    if (letter)
        to = arena_printf(r->e->a, "%c%d", letter, r->ordinal[(int)letter]++);
    names_put(r->e->a, &r->words, text, to);
    return to;
}

static void add_formal(Rename *r, const char *type, const char *name, const char *s, size_t n) {
    const char *space = type[strlen(type) - 1] == '*' ? "" : " ";
    const char *comma = r->n_formals++ ? ", " : "";
    text_printf(&r->formals, "%s%s%s%s", comma, type, space, name);
    text_printf(&r->actuals, "%s%.*s", comma, (int)n, s);
}

/* x12 n3 m40 f40 j40: names that the emitter numbers, when they are not of the function around. */
static bool is_numbered_local(const char *s, size_t n) {
    if (n < 2 || !strchr("xnmfj", s[0]))
        return false;
    for (size_t i = 1; i < n; i++)
        if (!isdigit((unsigned char)s[i]))
            return false;
    return true;
}

/* What stands for word s[0..n) in the form. */
static const char *rename_word(Rename *r, const char *s, size_t n) {
    const char *to = r->words.n ? names_slot(&r->words, s, n)->type : NULL;
    if (to)
        return to;
    bool scalar = n > 3 && s[1] == '-';       /* s->f[3], s->i[2] */
    const char *type = !scalar ? outer_type(r->e, s, n) : s[3] == 'f' ? "float" : "int64_t";
    if (!type)
        return new_word(r, s, n, is_numbered_local(s, n) ? s[0] : 0);
    bool pointer = type[strlen(type) - 1] == '*';
    char letter = !pointer ? 'a' : s[0] == 'b' || s[0] == 'p' ? s[0] : 'v';
    if (!scalar && !isdigit((unsigned char)s[n - 1]) && !strchr("vwx", s[0]))
        letter = 0;                           /* row, valid, micro, s ... keep their names */
    to = new_word(r, s, n, letter);
    add_formal(r, type, to, s, n);
    return to;
}

static size_t word_length(const char *s) {
    if (strncmp(s, "s->f[", 5) == 0 || strncmp(s, "s->i[", 5) == 0)
        return strcspn(s, "]") + 1;
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '_')
        n++;
    return n;
}

static size_t number_length(const char *s) {
    size_t n = 0;
    while (isalnum((unsigned char)s[n]) || s[n] == '.' ||
           (n && (s[n] == '+' || s[n] == '-') && (s[n - 1] == 'p' || s[n - 1] == 'P')))
        n++;
    return n;
}

/* "1024" and "0x1p-10f", but no small counts, no divisors, no 0 and 1 of formulas. */
static bool is_number(const char *start, const char *s, size_t n) {
    bool real = n > 3 && s[0] == '0' && s[1] == 'x' && s[n - 1] == 'f' && memchr(s, 'p', n);
    while (s > start && s[-1] == ' ')
        s--;
    if (s > start && (s[-1] == '/' || s[-1] == '%'))
        return false;
    s += strspn(s, " ");
    if (real)
        return strncmp(s, "0x0p+0f", n) != 0 && strncmp(s, "0x1p+0f", n) != 0;
    return strspn(s, "0123456789") == n && n < 10 && strtol(s, NULL, 10) > 8;
}

/* A literal goes into the text as it is, and into the general text as a formal. */
static void add_literal(Rename *r, const char *start, const char *s, size_t n, Text *out) {
    text_add_n(out, s, n);
    if (r->literals.n > MAX_NUMBERS || !is_number(start, s, n)) {
        text_add_n(&r->general, s, n);
        return;
    }
    for (int k = 0; k < r->literals.n; k++)
        if (r->literals.v[k].length == n && memcmp(r->literals.v[k].text, s, n) == 0) {
            text_add(&r->general, r->literals.v[k].to);
            return;
        }
    bool real = s[n - 1] == 'f';
    const char *text = arena_printf(r->e->a, "%.*s", (int)n, s);
    const char *to = arena_printf(r->e->a, "%c%d", real ? 'h' : 'g', r->literals.n);
    vec_push(r->e->a, &r->literals, ((Word){ text, to, n }));
    text_printf(&r->number_formals, "%s %s, ", real ? "float" : "int", to);
    text_printf(&r->numbers, "%s, ", text);
    text_add(&r->general, to);
}

/* The text of a piece with its words replaced; spaces of `indent` levels at line starts drop. */
static void rename_text(Rename *r, const char *s, int indent, Text *out) {
    const char *whole = s;
    bool start = true;
    while (*s) {
        size_t before = out->len;
        if (start) {
            size_t spaces = strspn(s, " "), drop = 4 * (size_t)(indent - 1);
            text_add_n(out, s, spaces > drop ? spaces - drop : 0);
            s += spaces;
        }
        size_t n = 1;
        start = *s == '\n';
        if (*s == '#') {
            n = strcspn(s, "\n");
            text_add_n(out, s, n);
        } else if (isdigit((unsigned char)*s)) {
            add_literal(r, whole, s, n = number_length(s), out);
            before = out->len;
        } else if (isalpha((unsigned char)*s) || *s == '_') {
            text_add(out, rename_word(r, s, n = word_length(s)));
        } else if (*s) {
            while (!start && s[n] && !isalnum((unsigned char)s[n]) && !strchr("_#\n", s[n]))
                n++;
            text_add_n(out, s, n);
        } else {
            break;
        }
        if (out->len > before)
            text_add_n(&r->general, out->data + before, out->len - before);
        s += n;
    }
}

static int form_find(Emit *e, struct Sharing *h, const char *text, const char *what, int lines) {
    uint64_t hash = hash_text(text, strlen(text));
    if (2 * (uint32_t)(h->forms.n + 1) > h->n_slots) {
        h->n_slots = h->n_slots ? 2 * h->n_slots : 256;
        h->slot = NEW_ARRAY(e->out->a, int, h->n_slots);
        for (int k = 0; k < h->forms.n; k++) {
            uint32_t i = (uint32_t)h->forms.v[k].hash & (h->n_slots - 1);
            while (h->slot[i])
                i = (i + 1) & (h->n_slots - 1);
            h->slot[i] = k + 1;
        }
    }
    uint32_t i = (uint32_t)hash & (h->n_slots - 1);
    for (; h->slot[i]; i = (i + 1) & (h->n_slots - 1)) {
        Form *f = &h->forms.v[h->slot[i] - 1];
        if (f->hash == hash && strcmp(f->text, text) == 0)
            return h->slot[i] - 1;
    }
    vec_push(e->out->a, &h->forms, ((Form){ .text = arena_printf(e->out->a, "%s", text),
                                            .what = what, .hash = hash, .lines = lines,
                                            .id = -1 }));
    return (h->slot[i] = h->forms.n) - 1;
}

/* "mul, add, sigmoid of [64,32,32]" */
static const char *describe(Emit *e, const Item *it) {
    Text t = { 0 };
    bool seen[OP_COUNT] = { false };
    int written = 0;
    const Node *shown = it->kind == ITEM_CLUSTER ? it->outs.v[0].node : it->node;
    if (it->kind != ITEM_CLUSTER)
        text_add(&t, op_info[it->node->op].name);
    for (int k = 0; it->kind == ITEM_CLUSTER && k < it->members.n && written < 8; k++) {
        Op op = it->members.v[k]->op;
        if (!seen[op])
            text_printf(&t, "%s%s", written++ ? ", " : "", op_info[op].name);
        seen[op] = true;
    }
    text_printf(&t, " %s %s", written ? "of" : "to", shape_text(e->out->a, shown->shape));
    const char *s = arena_printf(e->out->a, "%s", t.data);
    text_free(&t);
    return s;
}

/* The form of a piece and its general form. */
static int form_of(Emit *e, const Rename *r, const char *body, const Item *it, int lines) {
    struct Sharing *h = e->out->sharing;
    Text t = { 0 };
    const char *formals = r->formals.data ? r->formals.data : "void", *what = describe(e, it);
    const char *top = e->cuda ? cuda_shared_top : P(e, "    enum { T = %s };\n", e->tile_text);
    text_printf(&t, "(%s) {\n%s%s}\n", formals, top, body);
    int known = h->forms.n, f = form_find(e, h, t.data, what, lines), g = f;
    text_free(&t);
    if (f == known) {
        if (r->literals.n && r->literals.n <= MAX_NUMBERS && r->n_formals) {
            text_printf(&t, "(%s%s) {\n%s%s}\n", r->number_formals.data, formals, top,
                        r->general.data);
            g = form_find(e, h, t.data, what, lines);
            text_free(&t);
        }
        h->forms.v[f].general = g;
        h->forms.v[f].numbers = arena_printf(e->out->a, "%s", r->literals.n ? r->numbers.data : "");
        h->forms.v[g].members++;
    }
    h->forms.v[f].uses++;
    h->forms.v[h->forms.v[f].general].total++;
    return f;
}

size_t share_begin(Emit *e) { return e->text.len; }

void share_end(Emit *e, const Item *it, size_t start) {
    const char *s = e->text.data ? e->text.data + start : "";
    int lines = 0;
    for (const char *c = s; *c; c++)
        lines += *c == '\n';
    if (!e->tiled || lines < MIN_LINES || (e->cuda && !cuda_is_shared(e, s)))
        return;
    Rename r = { .e = e };
    Text body = { 0 };
    rename_text(&r, s, e->indent, &body);
    if (r.n_formals <= MAX_FORMALS) {
        if (!e->out->sharing)
            e->out->sharing = NEW(e->out->a, struct Sharing);
        struct Sharing *h = e->out->sharing;
        int f = form_of(e, &r, body.data, it, lines);
        Piece p = { f, arena_printf(e->out->a, "%s", s),
                    arena_printf(e->out->a, "%s", r.actuals.data ? r.actuals.data : "") };
        for (char *c = e->text.data + start; *c; c++)
            *c = ' ';
        e->text.len = start;
        e->text.data[start] = 0;
        emit_line(e, "%c%d %d", MARK, h->pieces.n, e->indent);
        vec_push(e->out->a, &h->pieces, p);
    }
    text_free(&body);
    Text *texts[] = { &r.formals, &r.actuals, &r.general, &r.number_formals, &r.numbers };
    for (int k = 0; k < 5; k++)
        text_free(texts[k]);
}

/* ---- the end --------------------------------------------------------------------------------- */

/* A function, its comment and calls against the text in every place. */
static bool pays(const Form *f, int uses) {
    return f->split || uses * f->lines > uses + f->lines + 5;
}

int share_count(const Output *out) { return out->sharing ? out->sharing->pieces.n : 0; }

void share_split(Output *out, int first) {
    struct Sharing *h = out->sharing;
    int lines = 0;
    for (int k = first; h && k < h->pieces.n; k++)
        lines += h->forms.v[h->pieces.v[k].form].lines;
    for (int k = first; lines > LONG_REGION && k < h->pieces.n; k++) {
        Form *f = &h->forms.v[h->pieces.v[k].form];
        f->split = h->forms.v[f->general].split = true;
    }
}

static void put_function(Output *out, Form *f, int uses, const char *of, Text *t) {
    f->id = out->sharing->n_functions++;
    text_printf(t, "\n/* %s%s", f->what, of);
    if (uses > 1)
        text_printf(t, ", %d times", uses);
    text_printf(t, " */\n%s void tile%d", out->cuda
                ? "template <int T, int S, int THREADS>\nEBM_CALL"
                                                      : "EBM_SHARED", f->id);
    text_add(t, f->text);
}

void share_functions(Output *out, Text *t) {
    struct Sharing *h = out->sharing;
    for (int k = 0; h && k < h->forms.n; k++) {
        Form *f = &h->forms.v[k], *g = &h->forms.v[f->general];
        if (!f->uses)                         /* a general form */
            continue;
        f->by_general = g != f && g->members > 1 && pays(g, g->total);
        if (f->by_general && g->id < 0)
            put_function(out, g, g->total, " and other sizes", t);
        else if (!f->by_general && pays(f, f->uses))
            put_function(out, f, f->uses, "", t);
        if (f->by_general)
            f->id = g->id;
    }
}

void share_restart(Output *out) {
    int n = out->sharing ? out->sharing->n_functions : 0;
    out->sharing = NEW(out->a, struct Sharing);
    out->sharing->n_functions = n;
}

static void put_piece(const Output *out, const Piece *p, size_t spaces, size_t own, Text *t) {
    const Form *f = &out->sharing->forms.v[p->form];
    if (f->id >= 0) {
        text_printf(t, "%*stile%d%s(%s%s);\n", (int)spaces, "", f->id, out->cuda ? "<T, S, THREADS>"
                    : "",
                    f->by_general ? f->numbers : "", p->actuals);
        return;
    }
    for (const char *s = p->text; *s;) {
        size_t n = strcspn(s, "\n") + 1;
        if (*s != '#' && *s != '\n')
            text_printf(t, "%*s", (int)(spaces - own), "");
        text_add_n(t, s, n);
        s += n;
    }
}

void share_render(Output *out, const char *kernel, Text *t) {
    struct Sharing *h = out->sharing;
    while (*kernel) {
        size_t n = strcspn(kernel, "\n"), spaces = strspn(kernel, " ");
        n += kernel[n] == '\n';
        if (kernel[spaces] == MARK) {
            char *rest;
            long k = strtol(kernel + spaces + 1, &rest, 10), indent = strtol(rest, NULL, 10);
            put_piece(out, &h->pieces.v[k], spaces, 4 * (size_t)indent, t);
        } else {
            text_add_n(t, kernel, n);
        }
        kernel += n;
    }
}
