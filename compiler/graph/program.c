/* program.c - what every pass needs of a whole program: roots and remapping, and its text.
 *
 * Needs text.c. Promises: entry_roots and entry_remap visit the same node fields, through the one
 * list in stmt_fields(). */
#include "graph/internal.h"
#include "graph/program.h"

#include <inttypes.h>

/* ---- node fields of statements ------------------------------------------------------------- */

enum { OPTIMIZER_FIELDS = 9, STMT_FIELDS = 3 };

static void optimizer_fields(Optimizer *o, Node **out[OPTIMIZER_FIELDS]) {
    Node **all[OPTIMIZER_FIELDS] = { &o->lr, &o->beta1, &o->beta2, &o->eps, &o->momentum,
                                     &o->weight_decay, &o->clip_norm, &o->clip_value,
                                     &o->clip_sd };
    for (int i = 0; i < OPTIMIZER_FIELDS; i++)
        out[i] = all[i];
}

static void stmt_fields(DoStmt *s, Node **out[STMT_FIELDS]) {
    out[0] = &s->index;
    out[1] = &s->value;
    out[2] = &s->value2;
}

static bool optimizer_used(const Entry *e, const Optimizer *o) {
    for (int i = 0; i < e->body.n; i++)
        for (int k = 0; k < e->body.v[i].n_params; k++)
            if (e->body.v[i].kind == DO_UPDATE && e->body.v[i].optimizer[k] == o)
                return true;
    return false;
}

Node **entry_roots(Arena *a, const Entry *e, int *n) {
    VEC(Node *) roots = { 0 };
    Node **field[OPTIMIZER_FIELDS];
    for (int i = 0; i < e->body.n; i++) {
        DoStmt *s = &e->body.v[i];
        stmt_fields(s, field);
        for (int k = 0; k < STMT_FIELDS; k++)
            if (*field[k])
                vec_push(a, &roots, *field[k]);
        for (int k = 0; s->kind == DO_UPDATE && k < s->n_params; k++) {
            vec_push(a, &roots, s->param[k]);
            vec_push(a, &roots, s->grad[k]);
        }
    }
    for (int i = 0; i < e->optimizers.n; i++) {
        if (!optimizer_used(e, e->optimizers.v[i]))
            continue;
        optimizer_fields(e->optimizers.v[i], field);
        for (int k = 0; k < OPTIMIZER_FIELDS; k++)
            if (*field[k])
                vec_push(a, &roots, *field[k]);
    }
    *n = roots.n;
    return roots.v;
}

int entry_block_end(const Entry *e, int k) {
    int depth = 0;
    for (k++; k < e->body.n; k++) {
        StmtOpKind kind = e->body.v[k].kind;
        if (depth == 0 && (kind == DO_ELSE || kind == DO_END))
            break;
        depth += stmt_opens(kind) - (kind == DO_END);
    }
    return k;
}

/* Optimisers that no update uses any more may lose their nodes. */
void entry_remap(Entry *e, Graph *g, Node *const *map) {
    Node **field[OPTIMIZER_FIELDS];
    for (int i = 0; i < e->body.n; i++) {
        DoStmt *s = &e->body.v[i];
        stmt_fields(s, field);
        for (int k = 0; k < STMT_FIELDS; k++)
            if (*field[k]) {
                *field[k] = map[(*field[k])->id];
                assert(*field[k]);
            }
        for (int k = 0; s->kind == DO_UPDATE && k < s->n_params; k++) {
            s->param[k] = map[s->param[k]->id];
            s->grad[k] = map[s->grad[k]->id];
            assert(s->param[k] && s->grad[k]);
        }
    }
    for (int i = 0; i < e->optimizers.n; i++) {
        optimizer_fields(e->optimizers.v[i], field);
        for (int k = 0; k < OPTIMIZER_FIELDS; k++)
            if (*field[k])
                *field[k] = map[(*field[k])->id];
    }
    e->graph = g;
}

/* ---- text ---------------------------------------------------------------------------------- */

static void print_type(Text *out, DType t, Shape s) {
    text_printf(out, "%s[", dtype_name(t));
    for (int i = 0; i < s.rank; i++)
        text_printf(out, s.dim[i] == DIM_BATCH ? "%sB" : "%s%" PRId64, i ? "," : "", s.dim[i]);
    text_add(out, "]");
}

/* The comment after a source in the printed graphs: what it is called in the program. */
static const char *source_note(const void *user, const Node *n) {
    const Program *p = user;
    if (n->op == OP_STATE && n->attr[0] < p->states.n)
        return p->states.v[n->attr[0]].name;
    if (n->op == OP_SCALAR && n->attr[0] < p->scalars.n)
        return p->scalars.v[n->attr[0]].name;
    if (n->op == OP_DATA && n->attr[0] < p->data.n)
        return p->data.v[n->attr[0]].name;
    return NULL;
}

static void print_states(Text *out, const Program *p) {
    static const char *const kind[] = { "param", "ema", "buffer", "slot", "value", "local",
                                        "data" };
    for (int i = 0; i < p->groups.n; i++) {
        const Group *g = &p->groups.v[i];
        text_printf(out, "group %d %s: %s, %d states", i, g->name, g->is_net ? "net" : "param",
                    g->states.n);
        if (g->ema_of >= 0)
            text_printf(out, ", averages %s", p->groups.v[g->ema_of].name);
        if (g->from)
            text_printf(out, ", from \"%s\"", g->from);
        text_add(out, "\n");
    }
    for (int i = 0; i < p->states.n; i++) {
        const State *s = &p->states.v[i];
        text_printf(out, "state %d %s: ", i, s->name);
        print_type(out, s->dtype, s->shape);
        text_printf(out, " %s", kind[s->kind]);
        if (s->of >= 0)
            text_printf(out, " of %d", s->of);
        if (s->init)
            text_printf(out, ", starts as %%%u", s->init->id);
        text_add(out, "\n");
    }
}

static void print_sources(Text *out, const Program *p) {
    static const char *const kind[] = { "arg", "iter", "steps", "batch", "index", "turn",
                                        "tracking", "epoch", "examples" };
    for (int i = 0; i < p->scalars.n; i++) {
        const Scalar *s = &p->scalars.v[i];
        text_printf(out, "scalar %d %s: %s %s = %.9g\n", i, s->name, dtype_name(s->dtype),
                    kind[s->kind], s->value);
    }
    for (int i = 0; i < p->data.n; i++) {
        const DataSet *d = &p->data.v[i];
        text_printf(out, "data %d %s:", i, d->name);
        for (int k = 0; k < d->fields.n; k++) {
            text_printf(out, "%s %s: ", k ? "," : "", d->fields.v[k].name);
            print_type(out, d->fields.v[k].dtype, d->fields.v[k].shape);
        }
        for (int k = 0; k < d->paths.n; k++)
            text_printf(out, "%s\"%s\"", k ? ", " : " from ", d->paths.v[k]);
        text_add(out, "\n");
    }
}

static void print_update(Text *out, const DoStmt *s) {
    text_printf(out, "update %s", s->sign < 0 ? "(ascend)" : "(descend)");
    for (int k = 0; k < s->n_params; k++)
        text_printf(out, "%s %%%u by %%%u with %s", k ? "," : "", s->param[k]->id, s->grad[k]->id,
                    s->optimizer[k]->name);
    if (s->joined)
        text_add(out, ", together with the next");
}

static void print_repeat(Text *out, const Program *p, const DoStmt *s) {
    text_add(out, "repeat");
    if (s->value)
        text_printf(out, " %%%u times", s->value->id);
    if (s->index_scalar >= 0)
        text_printf(out, ", index %s", p->scalars.v[s->index_scalar].name);
    if (s->turn_scalar >= 0)
        text_printf(out, ", turn %s", p->scalars.v[s->turn_scalar].name);
    text_add(out, " {");
}

static void print_stmt(Text *out, const Program *p, const DoStmt *s, int depth) {
    const char *name = s->name ? s->name : "", *path = s->path ? s->path : "";
    bool states = s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS || s->kind == DO_VERSION;
    const char *state = states ? p->states.v[s->state].name : "";
    unsigned value = s->value ? s->value->id : 0;
    text_printf(out, "%*s", 2 * depth + 2, "");
    switch (s->kind) {
    case DO_UPDATE: print_update(out, s); break;
    case DO_WRITE:
        text_printf(out, "state %d version %d := %%%u  # %s", s->state, s->version, value, state);
        break;
    case DO_WRITE_ROWS:
        text_printf(out, "state %d version %d [%%%u] := %%%u  # %s", s->state, s->version,
                    s->index->id, value, state);
        break;
    case DO_CHECK: text_printf(out, "check %%%u is finite  # %s", value, name); break;
    case DO_TRACK:
        text_printf(out, "%s %s = %%%u", s->said_once ? "say" : "track", name, value);
        break;
    case DO_REPORT:
        if (s->report == REPORT_AUROC)
            text_printf(out, "report %s = auroc(%%%u, %%%u)", name, value, s->value2->id);
        else
            text_printf(out, "report %s = mean(%%%u)", name, value);
        break;
    case DO_SAVE: text_printf(out, "save %%%u to \"%s\"", value, path); break;
    case DO_IMAGE:
        text_printf(out, "image %%%u to \"%s\", %" PRId64 " columns, range %g..%g", value, path,
                    s->cols, s->lo, s->hi);
        break;
    case DO_PLOT:
        text_printf(out, "plot %%%u to \"%s\", range %g..%g", value, path, s->lo, s->hi);
        break;
    case DO_REPEAT: print_repeat(out, p, s); break;
    case DO_IF: text_printf(out, "if %%%u {", value); break;
    case DO_ELSE: text_add(out, "} else {"); break;
    case DO_END: text_add(out, "}"); break;
    case DO_RUN: text_printf(out, "run %s", name); break;
    case DO_LEAVE: text_printf(out, "leave unless %%%u", value); break;
    case DO_VERSION:
        text_printf(out, "state %d version %d  # %s, as it is", s->state, s->version, state);
        break;
    }
    text_add(out, "\n");
}

static void print_entry(Text *out, const Program *p, const Entry *e, bool with_graph) {
    static const char *const mode[] = { "train", "eval", "sample", "score" };
    Arena *a = arena_new("printing a program");
    int n;
    text_printf(out, "\n%s %s: batch %" PRId64 ", steps %" PRId64 ", count %" PRId64 "\n",
                mode[e->mode], e->name, e->batch, e->steps, e->count);
    for (int i = 0, depth = 0; i < e->body.n; i++) {
        const DoStmt *s = &e->body.v[i];
        depth -= s->kind == DO_ELSE || s->kind == DO_END;
        print_stmt(out, p, s, depth);
        depth += stmt_opens(s->kind) || s->kind == DO_ELSE;
    }
    if (with_graph) {
        Node **roots = entry_roots(a, e, &n);
        text_add(out, "  graph\n");
        graph_print_notes(out, e->graph, roots, n, source_note, p, "    ");
    }
    arena_free(a);
}

void program_print(Text *out, const Program *p, bool with_graphs) {
    text_printf(out, "program %s\n", p->name);
    print_states(out, p);
    print_sources(out, p);
    if (with_graphs && p->init_graph) {
        Arena *a = arena_new("printing a program");
        VEC(Node *) roots = { 0 };
        for (int i = 0; i < p->states.n; i++)
            if (p->states.v[i].init)
                vec_push(a, &roots, p->states.v[i].init);
        text_add(out, "\nbefore step 0\n");
        graph_print_notes(out, p->init_graph, roots.v, roots.n, source_note, p, "    ");
        arena_free(a);
    }
    for (int i = 0; i < p->entries.n; i++)
        print_entry(out, p, p->entries.v[i], with_graphs);
}
