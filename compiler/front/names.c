/* names.c - every name in every body resolves, also in code that no entry uses; names without a
 * use.
 *
 * The elaborator visits only what is called; a slip in an unused function would go unseen. This
 * walk knows scopes and names, no types. It also holds the two walks over bodies that other files
 * need (calls in source order, assignment targets).
 *
 * Reported as unused (W0208) are locals that one statement binds and nothing reads; of the spec
 * itself also consts, args, params, states, buffers and data sets, and names in `use`. A name that
 * starts with '_' is never reported. */
#include "front/elab.h"
#include <string.h>

/* at.file < 0: not reported when unused. */
typedef struct Name { const char *name; Range at; bool used; } Name;
typedef struct Scope { struct Scope *up; VEC(Name) names; } Scope;
typedef struct Walk {
    Elab *e;
    FileScope *fs;
    Arena *arena;
    VEC(const char *) outer;      /* names of the top level that were used */
} Walk;

static void walk_expr(Walk *w, Scope *s, const Expr *x);
static void walk_block(Walk *w, Scope *s, const Block *b);

static void bind_at(Walk *w, Scope *s, const char *name, Range at) {
    if (name) vec_push(w->arena, &s->names, ((Name){ name, at, false }));
}
static void bind(Walk *w, Scope *s, const char *name) { bind_at(w, s, name, NO_RANGE); }
static bool bound(const Scope *s, const char *name) {
    for (; s; s = s->up)
        for (int i = 0; i < s->names.n; i++)
            if (s->names.v[i].name == name) return true;
    return false;
}
/* Marks a name as used; false when no body around binds it. */
static bool mark_used(Walk *w, Scope *s, const char *name) {
    for (; s; s = s->up)
        for (int i = s->names.n; i-- > 0;)
            if (s->names.v[i].name == name) return s->names.v[i].used = true;
    vec_push(w->arena, &w->outer, name);
    return false;
}
static void use(Walk *w, Scope *s, Range at, const char *name, const char *what) {
    if (!name || mark_used(w, s, name) || scope_has(w->e, w->fs, name)) return;
    if (scope_incomplete(w->fs)) return;
    diag(E0201, at, "unknown %s '%s'", what, name);
    const char *cand[512];
    int n = 0;
    for (const Scope *t = s; t; t = t->up)
        for (int i = 0; i < t->names.n && n < 512; i++) cand[n++] = t->names.v[i].name;
    const char *best = nearest_name(name, cand, n);
    if (best) diag_help("did you mean '%s'?", best);
    else e_unknown(w->e, NULL, w->fs, E0201, at, NULL, name);
}

static void twice(Range at, const char *name) {
    diag(E0204, at, "'%s' stands here twice", name);
}

static void bind_type(Walk *w, Scope *s, const Type *t) {
    if (!t) return;
    for (int i = 0; i < t->n_dims; i++) {
        Dim *d = &t->dims[i];
        bind(w, s, d->name);
        if (!d->size) continue;
        if (d->size->kind == EX_NAME && !bound(s, d->size->name) &&
            !scope_has(w->e, w->fs, d->size->name))
            bind(w, s, d->size->name);               /* a symbolic dimension */
        else walk_expr(w, s, d->size);
    }
    for (int i = 0; i < t->n_args; i++) bind_type(w, s, t->args[i]);
    bind_type(w, s, t->result);
}
static void bind_formals(Walk *w, Scope *s, const Formals *f) {
    for (int i = 0; i < f->n; i++) {
        bind_type(w, s, f->v[i].type);
        if (bound(&(Scope){ .names = s->names }, f->v[i].name)) {        /* static or a size, too */
            twice(f->v[i].at, f->v[i].name);
            w->e->syntax_errors++;                       /* what follows from it would mislead */
        }
        if (f->v[i].init) walk_expr(w, s, f->v[i].init);
        bind(w, s, f->v[i].name);
    }
}
/* at: where the one name of a statement stands; NO_RANGE for parts of a tuple. */
static void bind_target(Walk *w, Scope *s, const Expr *x, Range at) {
    FileScope *owner;
    if (x->kind == EX_NAME) {
        if (bound(s, x->name)) return;
        /* a param or state */
        if (scope_item(w->fs, x->name, &owner)) mark_used(w, NULL, x->name);
        else bind_at(w, s, x->name, x->name[0] == '_' ? NO_RANGE : at);
        return;
    }
    if (x->kind == EX_TUPLE) {
        for (int i = 0; i < x->n; i++) {
            const Expr *v = x->v[i];
            for (int j = 0; j < i && v->kind == EX_NAME && v->name[0] != '_'; j++)
                if (x->v[j]->kind == EX_NAME && x->v[j]->name == v->name) twice(v->at, v->name);
            bind_target(w, s, v, NO_RANGE);
        }
        return;
    }
    walk_expr(w, s, x);
}
static void walk_draw(Walk *w, Scope *s, const Draw *d) {
    for (; d; d = d->other) {
        walk_expr(w, s, d->dist);
        if (d->prob) walk_expr(w, s, d->prob);
    }
}
static void walk_span(Walk *w, Scope *s, const Span *sp) {
    if (sp->lo) walk_expr(w, s, sp->lo);
    if (sp->hi) walk_expr(w, s, sp->hi);
}
static void walk_args(Walk *w, Scope *s, const Arg *a, int n) {
    for (int i = 0; i < n; i++) if (a[i].value) walk_expr(w, s, a[i].value);
}
/* sum[i in 1..n, v ~ D](e): the clauses bind names for the rest and for the arguments. */
static void walk_quals(Walk *w, Scope *s, const Expr *index) {
    for (int i = 0; i < index->n_quals; i++) {
        Qual *q = &index->quals[i];
        if (q->kind == Q_SPAN || q->kind == Q_IN) walk_span(w, s, &q->span);
        if (q->kind == Q_DRAW) walk_draw(w, s, q->draw);
        if (q->kind == Q_EXPR || q->kind == Q_LET) walk_expr(w, s, q->value);
        for (int j = 0; j < i; j++)
            if (q->name && index->quals[j].name == q->name) twice(q->at, q->name);
        bind(w, s, q->name);
    }
}
/* alias.name of an imported file, or a field of a value. */
static void walk_field(Walk *w, Scope *s, const Expr *x) {
    FileScope *owner, *file = x->a->kind == EX_NAME && !bound(s, x->a->name)
                                  ? scope_alias(w->fs, x->a->name) : NULL;
    if (file) mark_used(w, NULL, x->a->name);
    if (!file) walk_expr(w, s, x->a);
    else if (!scope_item(file, x->name, &owner))
        e_unknown(w->e, NULL, file, E0201, x->op_at,
                  arena_printf(w->arena, "name of '%s',", x->a->name), x->name);
}
static void walk_expr(Walk *w, Scope *s, const Expr *x) {
    if (!x) return;
    Scope inner = { .up = s };
    switch (x->kind) {
    case EX_NAME: use(w, s, x->at, x->name, "name"); break;
    case EX_TUPLE: case EX_LIST: for (int i = 0; i < x->n; i++) walk_expr(w, s, x->v[i]); break;
    case EX_CALL:
        if (x->a->kind == EX_INDEX) {
            walk_expr(w, s, x->a->a);
            walk_quals(w, &inner, x->a);
            walk_args(w, &inner, x->args, x->n_args);
            break;
        }
        if (x->a->kind == EX_NAME) use(w, s, x->a->at, x->a->name, "function");
        else walk_expr(w, s, x->a);
        /* select(name, a = f, b = g): the argument names are cases, the values ordinary */
        if (x->a->kind == EX_NAME && !strcmp(x->a->name, "replay")) {
            for (int i = 0; i < x->n_args; i++)      /* policy and codec are words */
                if (!x->args[i].name || x->args[i].value->kind != EX_NAME ||
                    (strcmp(x->args[i].name, "policy") && strcmp(x->args[i].name, "codec")))
                    walk_expr(w, s, x->args[i].value);
            break;
        }
        walk_args(w, s, x->args, x->n_args);
        break;
    case EX_INDEX: walk_expr(w, s, x->a); walk_quals(w, &inner, x); break;
    case EX_FIELD: walk_field(w, s, x); break;
    case EX_NEG: case EX_NOT: case EX_LIKE: walk_expr(w, s, x->a); break;
    case EX_BINARY: walk_expr(w, s, x->a); walk_expr(w, s, x->b); break;
    case EX_IF: walk_expr(w, s, x->cond); walk_expr(w, s, x->a); walk_expr(w, s, x->b); break;
    case EX_LAMBDA: bind_formals(w, &inner, &x->formals); walk_expr(w, &inner, x->a); break;
    case EX_PIPE: walk_expr(w, s, x->a); walk_expr(w, s, x->b); break;
    case EX_INT: case EX_REAL: case EX_STR: case EX_BOOL: case EX_ERROR: break;
    }
}
static bool in_library(Range at) {
    return at.file >= 0 && !strncmp(source_name(at.file), "std/", 4);
}

static void note_unused(Walk *w, const char *name, Range at) {
    if (at.file >= 0 && !in_library(at)) vec_push(w->arena, &w->e->unused, ((Unused){ name, at }));
}
void names_report_unused(Elab *e) {
    for (int i = 0; i < e->unused.n; i++) {
        diag(W0208, e->unused.v[i].at, "'%s' is never used", e->unused.v[i].name);
        diag_help("a name that starts with '_' may stay unused");
    }
}

static void walk_item_body(Walk *w, Scope *up, const Item *it) {
    Scope s = { .up = up };
    bind_formals(w, &s, &it->statics);
    bind_formals(w, &s, &it->formals);
    bind_type(w, &s, it->type);
    bind_type(w, &s, it->result);
    if (it->value) walk_expr(w, &s, it->value);
    if (it->from) walk_expr(w, &s, it->from);
    walk_block(w, &s, &it->body);
    for (int i = 0; i < s.names.n; i++)
        if (!s.names.v[i].used) note_unused(w, s.names.v[i].name, s.names.v[i].at);
}
static void walk_stmt(Walk *w, Scope *s, const Stmt *st) {
    if (st->kind == SK_OPTIMIZER || st->kind == SK_MINIMIZE || st->kind == SK_RUN ||
        st->kind == SK_EXPORT) {
        if (st->value) walk_expr(w, s, st->value);
        walk_args(w, s, st->args, st->n_args);
        for (int i = 0; i < st->n_groups; i++) {     /* groups are resolved by the entry */
            const char *path = st->groups[i].path, *dot = strchr(path, '.');
            mark_used(w, NULL, dot ? intern_n(path, (size_t)(dot - path)) : intern(path));
        }
        return;
    }
    if (st->value) walk_expr(w, s, st->value);
    if (st->draw) walk_draw(w, s, st->draw);
    if (st->kind == SK_FOR) {
        walk_span(w, s, &st->span);
        for (int i = 0; i < st->n_names; i++) bind(w, s, st->names[i]);
    }
    if (st->target) bind_target(w, s, st->target, st->op ? NO_RANGE : st->target->at);
    if (st->kind == SK_TRACK || st->kind == SK_REPORT) walk_args(w, s, st->args, st->n_args);
    if (st->decl) {
        bind_type(w, s, st->decl->type);
        if (st->kind == SK_FN) walk_item_body(w, s, st->decl);
        else if (st->decl->value) walk_expr(w, s, st->decl->value);
        bind(w, s, st->decl->name);
    }
    walk_block(w, s, &st->body);
    walk_block(w, s, &st->other);
}
/* What the statements of one block track or report has names of its own. */
static void check_outputs(Walk *w, const Block *b) {
    VEC(const char *) seen = { 0 };
    for (int i = 0; i < b->n; i++) {
        const Stmt *st = b->v[i];
        if (st->kind != SK_TRACK && st->kind != SK_REPORT) continue;
        for (int k = 0; k < st->n_args; k++) {
            const Arg *a = &st->args[k];
            const char *name = a->name ? a->name : a->value->kind == EX_NAME ? a->value->name : NULL;
            bool known = false;
            for (int j = 0; name && j < seen.n; j++) known |= seen.v[j] == name;
            if (known) diag(E0204, a->at, "'%s' is %s twice", name, st->kind == SK_TRACK ? "tracked" : "reported");
            else vec_push(w->arena, &seen, name);
        }
    }
}

static void walk_block(Walk *w, Scope *s, const Block *b) {
    check_outputs(w, b);
    for (int i = 0; i < b->n; i++) walk_stmt(w, s, b->v[i]);
}

/* What a program declares or fetches and does not use. */
static void check_top_level(Walk *w, const File *file) {
    bool program = false;
    for (int i = 0; i < file->n; i++) program |= file->items[i]->kind == IT_ENTRY;
    for (int i = 0; program && i < file->n; i++) {
        const Item *it = file->items[i];
        bool value = it->kind == IT_CONST || it->kind == IT_ARG || it->kind == IT_PARAM ||
                     it->kind == IT_STATE || it->kind == IT_DATA || it->kind == IT_BUFFER;
        int n = value ? 1 : it->kind == IT_USE ? it->n_names : 0;
        for (int k = 0; k < n; k++) {
            const char *name = value ? it->name : it->names[k];
            bool used = name[0] == '_';
            for (int q = 0; q < w->outer.n && !used; q++) used = w->outer.v[q] == name;
            if (!used) note_unused(w, name, value ? it->name_at : it->names_at[k]);
        }
    }
}

static void walk_item(Walk *w, const Item *it) {
    Scope top = { 0 };
    if (it->kind == IT_ENTRY) {                  /* settings read as variables of the entry */
        static const char *const known[] = { "iter", "steps", "batch", "epoch", "count" };
        for (int k = 0; k < (it->entry_kind == ENTRY_TRAIN ? 4 : 5); k++)
            bind(w, &top, intern(known[k]));
    }
    if (it->kind == IT_FN || it->kind == IT_SAMPLER || it->kind == IT_OBJECTIVE ||
        it->kind == IT_MODULE || it->kind == IT_NET || it->kind == IT_ENTRY) {
        walk_item_body(w, &top, it);
        return;
    }
    bind_type(w, &top, it->type);
    for (int i = 0; i < it->n_fields; i++) {
        for (int j = 0; j < i; j++)
            if (it->fields[j].name == it->fields[i].name) twice(it->name_at, it->fields[i].name);
        bind_type(w, &top, it->fields[i].type);
    }
    if (it->kind == IT_EMA) mark_used(w, NULL, it->of);
    if (it->value) walk_expr(w, &top, it->value);
    walk_args(w, &top, it->args, it->n_args);
}

void names_check(Elab *e, FileScope *fs) {
    const File *file = scope_file(fs);
    Walk w = { .e = e, .fs = fs, .arena = e->arena };
    for (int i = 0; i < file->n; i++) walk_item(&w, file->items[i]);
    if (fs == e->main_file) check_top_level(&w, file);
}

/* ---- walks used by others ------------------------------------------------------------------- */
typedef struct CallWalk { void (*each)(void *, const Expr *); void *user; bool targets; } CallWalk;
static void each_expr(CallWalk *w, const Expr *x) {
    if (!x) return;
    each_expr(w, x->cond);
    each_expr(w, x->a);
    if (x->kind == EX_CALL) w->each(w->user, x);
    if (x->kind == EX_PIPE && x->b->kind != EX_CALL) w->each(w->user, x->b);
    each_expr(w, x->b);
    for (int i = 0; i < x->n; i++) each_expr(w, x->v[i]);
    for (int i = 0; i < x->n_args; i++) each_expr(w, x->args[i].value);
    for (int i = 0; i < x->n_quals; i++) each_expr(w, x->quals[i].value);
}
static void each_block(CallWalk *w, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const Stmt *s = b->v[i];
        if (w->targets) {
            if (s->target) w->each(w->user, s->target);
        } else {
            each_expr(w, s->value);
            for (const Draw *d = s->draw; d; d = d->other) each_expr(w, d->dist);
        }
        each_block(w, &s->body);
        each_block(w, &s->other);
    }
}
void ast_each_call(const Block *b, void (*each)(void *, const Expr *), void *user) {
    CallWalk w = { each, user, false };
    each_block(&w, b);
}
void ast_each_target(const Block *b, void (*each)(void *, const Expr *), void *user) {
    CallWalk w = { each, user, true };
    each_block(&w, b);
}
