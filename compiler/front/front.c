/* front.c - the front end's phases, in order. */
#include "front/elab.h"
#include <string.h>

static const char *spec_name(Arena *a, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path, *dot = strrchr(base, '.');
    return arena_printf(a, "%.*s", dot ? (int)(dot - base) : (int)strlen(base), base);
}

/* -D names a const of the main file. */
static void check_defines(Elab *e) {
    const File *file = scope_file(e->main_file);
    for (int i = 0; i < e->options->n_defines; i++) {
        const char *d = e->options->defines[i], *eq = strchr(d, '=');
        const char *cand[256];
        int n = 0;
        bool found = false;
        for (int k = 0; k < file->n; k++) {
            if (file->items[k]->kind != IT_CONST) continue;
            if (n < 256) cand[n++] = file->items[k]->name;
            found |= eq && strlen(file->items[k]->name) == (size_t)(eq - d) &&
                     !strncmp(file->items[k]->name, d, (size_t)(eq - d));
        }
        if (found) continue;
        const char *name = arena_printf(e->arena, "%.*s", eq ? (int)(eq - d) : (int)strlen(d), d);
        diag(E0203, NO_RANGE, eq ? "-D %s: this spec has no const '%s'"
             : "-D %s: expected %s=value",
             eq ? name : d, name);
        const char *best = nearest_name(name, cand, n);
        if (best) diag_help("did you mean '%s'?", best);
    }
}

/* Top-level items of the spec are made even when no entry uses them: their errors show, and every
 * arg can be given on the command line. */
static void make_items(Elab *e) {
    for (int k = 0; k < e->files.n; k++) {
        const File *file = scope_file(e->files.v[k]);
        for (int i = 0; i < file->n; i++) {
            const Item *it = file->items[i];
            bool mine = e->files.v[k] == e->main_file;
            if (it->kind == IT_ARG || (mine && (it->kind == IT_CONST || it->kind == IT_NET ||
                                                it->kind == IT_EMA || it->kind == IT_BUFFER ||
                                                it->kind == IT_DATA || it->kind == IT_PARAM ||
                                                it->kind == IT_STATE)))
                scope_lookup(e, e->files.v[k], it->name);
        }
    }
}

Program *front_compile(Arena *a, const char *path, const FrontOptions *o) {
    Elab e = { .arena = a, .options = o, .program = NEW(a, Program), .g = graph_new(a) };
    Program *p = e.program;
    p->arena = a;
    p->init_graph = e.g;
    p->name = spec_name(a, path);
    e.loop_index = g_const(e.g, DT_I32, 0);
    e.main_file = scope_load(&e, path, path, NO_RANGE);
    if (!e.main_file || e.syntax_errors) return NULL;
    size_t len;
    const File *file = scope_file(e.main_file);
    p->spec_text = source_text(file->source, &len);
    for (int i = 0; i < e.files.n; i++) names_check(&e, e.files.v[i]);
    if (e.syntax_errors) return NULL;
    check_defines(&e);
    make_items(&e);
    for (int i = 0; i < file->n; i++)
        if (file->items[i]->kind == IT_ENTRY) entry_lower(&e, e.main_file, file->items[i]);
    if (!diag_errors()) lint_parameters(&e);
    if (!diag_errors()) names_report_unused(&e);
    if (!diag_errors()) entry_score_all(&e);
    return diag_errors() ? NULL : p;
}

void front_print_params(Text *out, const Program *p) {
    int64_t total = 0;
    for (int i = 0; i < p->states.n; i++) {
        const State *s = &p->states.v[i];
        if (s->kind != STATE_PARAM) continue;
        int64_t n = shape_count(s->shape);
        text_printf(out, "%-32s %-18s %10lld\n", s->name, shape_text(p->arena, s->shape),
                    (long long)n);
        total += n;
    }
    text_printf(out, "%-32s %-18s %10lld\n", "total", "", (long long)total);
}
