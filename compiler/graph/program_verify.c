/* program_verify.c - a program's invariants beyond its graphs: sources, statements and versions.
 *
 * Needs verify.c. The rule of versions: statement k may use versions written before it, and every
 * node that reads version v of a state directly must be able to run before the statement that
 * writes v + 1, because writes happen in place. */
#include "graph/internal.h"
#include "graph/program.h"

#include <string.h>

typedef struct Check {
    const Program *p;
    const Entry *e;               /* NULL: the initial values */
    Arena *arena;
    const Graph *g;
    bool *live;
    int *current;                 /* [states] version before the statement at hand */
    VEC(int) *writer;             /* [states][version - 1] statement that writes it */
    int *ready;                   /* [nodes] last statement whose write a node needs, or -1 */
} Check;

static const char *node_says(Check *c, const Node *n, const char *why) {
    return arena_printf(c->arena, "%s: node %%%u (%s): %s", c->e ? c->e->name : "initial values",
                        n->id, op_info[n->op].name, why);
}

static const char *stmt_says(Check *c, int k, const char *why) {
    return arena_printf(c->arena, "%s: statement %d: %s", c->e->name, k, why);
}

/* ---- sources ------------------------------------------------------------------------------- */

static bool ends_with(Shape s, Shape tail) {
    if (s.rank < tail.rank)
        return false;
    for (int i = 0; i < tail.rank; i++)
        if (s.dim[s.rank - tail.rank + i] != tail.dim[i])
            return false;
    return true;
}

static const char *check_source(Check *c, const Node *n) {
    const Program *p = c->p;
    if (n->op == OP_SCALAR) {
        if (n->attr[0] >= p->scalars.n)
            return node_says(c, n, "no such scalar");
        if (n->dtype != p->scalars.v[n->attr[0]].dtype)
            return node_says(c, n, "not of the scalar's dtype");
    } else if (n->op == OP_STATE) {
        if (n->attr[0] >= p->states.n)
            return node_says(c, n, "no such state");
        const State *s = &p->states.v[n->attr[0]];
        if (n->dtype != s->dtype || !shape_equal(n->shape, s->shape))
            return node_says(c, n, "not of the state's type");
        if (!c->e ? n->attr[1] != 0 : n->attr[1] > c->writer[n->attr[0]].n)
            return node_says(c, n, "a version that is never written");
    } else if (n->op == OP_DATA) {
        if (n->attr[0] >= p->data.n || n->attr[1] >= p->data.v[n->attr[0]].fields.n)
            return node_says(c, n, "no such data set or field");
        const DataField *f = &p->data.v[n->attr[0]].fields.v[n->attr[1]];
        if (n->dtype != f->dtype || !ends_with(n->shape, f->shape))
            return node_says(c, n, "not of the field's type");
    } else if (n->op == OP_INPUT) {
        return node_says(c, n, "an input of a test graph in a program");
    }
    return NULL;
}

/* ---- versions ------------------------------------------------------------------------------ */

static bool is_write(const DoStmt *s) { return s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS; }

/* The statement after which state `i` no longer holds version v; n statements if it always does. */
static int superseded_by(Check *c, int64_t i, int64_t v) {
    return v < c->writer[i].n ? c->writer[i].v[v] : c->e->body.n;
}

/* DO_UPDATE writes its parameters too: until it is expanded, it makes one version of each. */
static const char *collect_writes(Check *c) {
    for (int k = 0; k < c->e->body.n; k++) {
        const DoStmt *s = &c->e->body.v[k];
        if (s->kind == DO_UPDATE) {
            for (int i = 0; i < s->n_params; i++) {
                const Node *x = s->param[i];
                while (x->op == OP_VAR)
                    x = x->in[0];
                if (x->op != OP_STATE || x->attr[0] >= c->p->states.n)
                    return stmt_says(c, k, "an update of a node that is not a state");
                vec_push(c->arena, &c->writer[x->attr[0]], k);
            }
        } else if (is_write(s)) {
            if (s->state < 0 || s->state >= c->p->states.n)
                return stmt_says(c, k, "a write to no state");
            vec_push(c->arena, &c->writer[s->state], k);
            if (s->version != c->writer[s->state].n)
                return stmt_says(c, k, "the versions of a state do not count up by one");
        }
    }
    for (int i = 0; i < c->e->versions.n; i++)
        if (c->e->versions.v[i] != c->writer[i].n)
            return arena_printf(c->arena, "%s: the final version of state %d is not its last write",
                                c->e->name, i);
    return NULL;
}

/* Fills `ready` and checks that each direct reader of an old version can run in time. */
static const char *check_readers(Check *c) {
    for (uint32_t id = 0; id < graph_size(c->g); id++) {
        const Node *n = graph_node(c->g, id);
        if (!c->live[id])
            continue;
        c->ready[id] = n->op == OP_STATE && n->attr[1] > 0
                           ? c->writer[n->attr[0]].v[n->attr[1] - 1] : -1;
        for (int i = 0; i < n->n_in; i++)
            if (c->ready[n->in[i]->id] > c->ready[id])
                c->ready[id] = c->ready[n->in[i]->id];
        for (int i = 0; i < n->n_in; i++) {
            const Node *s = n->in[i];
            if (s->op == OP_STATE && c->ready[id] >= superseded_by(c, s->attr[0], s->attr[1]))
                return node_says(c, n, arena_printf(c->arena, "reads version %d of '%s' after a "
                    "later version is written", (int)s->attr[1], c->p->states.v[s->attr[0]].name));
        }
    }
    return NULL;
}

static const char *check_operand(Check *c, int k, const Node *n) {
    if (!n)
        return NULL;
    if (c->ready[n->id] >= k)
        return stmt_says(c, k, "uses a version that is written later");
    if (n->op == OP_STATE && superseded_by(c, n->attr[0], n->attr[1]) < k)
        return stmt_says(c, k, "uses a version that is already overwritten");
    return NULL;
}

/* ---- statements ---------------------------------------------------------------------------- */

static const char *check_write(Check *c, int k, const DoStmt *s) {
    const State *state = &c->p->states.v[s->state];
    Shape want = state->shape;
    if (s->kind == DO_WRITE_ROWS) {
        if (!s->index || s->index->dtype != DT_I32 || s->index->shape.rank > 1 || want.rank < 1)
            return stmt_says(c, k, "the rows are not given by an i32 index of at most one axis");
        want = s->index->shape;
        for (int i = 1; i < state->shape.rank; i++)
            want.dim[want.rank++] = state->shape.dim[i];
    }
    if (s->value->dtype != state->dtype || !shape_equal(s->value->shape, want))
        return stmt_says(c, k, arena_printf(c->arena, "the value written to '%s' is not of its "
                                            "type", state->name));
    return NULL;
}

static const char *check_stmt(Check *c, int k) {
    const DoStmt *s = &c->e->body.v[k];
    const char *bad = NULL;
    if (s->kind != DO_UPDATE && !s->value)
        return stmt_says(c, k, "no value");
    if (is_write(s))
        bad = check_write(c, k, s);
    if (s->kind == DO_CHECK && (s->value->dtype != DT_F32 || s->value->shape.rank != 0))
        bad = stmt_says(c, k, "the checked value is not f32 []");
    if (s->kind == DO_REPORT && shape_example(s->value->shape).rank != 0)
        bad = stmt_says(c, k, "the reported value is neither [] nor [B]");
    if (s->kind == DO_REPORT && s->report == REPORT_AUROC &&
        (!s->value2 || !node_batched(s->value) || !shape_equal(s->value->shape, s->value2->shape)))
        bad = stmt_says(c, k, "the scores are not two [B]");
    if (!bad) bad = check_operand(c, k, s->index);
    if (!bad) bad = check_operand(c, k, s->value);
    if (!bad) bad = check_operand(c, k, s->value2);
    for (int i = 0; !bad && s->kind == DO_UPDATE && i < s->n_params; i++) {
        bad = check_operand(c, k, s->grad[i]);
        if (!bad && !shape_equal(s->grad[i]->shape, s->param[i]->shape))
            bad = stmt_says(c, k, "a gradient is not of its parameter's shape");
    }
    return bad;
}

/* ---- entries ------------------------------------------------------------------------------- */

static const char *check_graph(Check *c, Node *const *roots, int n_roots) {
    const char *bad = graph_verify(c->g, roots, n_roots, c->arena);
    if (bad)
        return arena_printf(c->arena, "%s: %s", c->e ? c->e->name : "initial values", bad);
    c->live = NEW_ARRAY(c->arena, bool, graph_size(c->g) + 1);
    c->ready = NEW_ARRAY(c->arena, int, graph_size(c->g) + 1);
    graph_mark_live(c->g, roots, n_roots, c->live);
    for (uint32_t id = 0; !bad && id < graph_size(c->g); id++)
        if (c->live[id])
            bad = check_source(c, graph_node(c->g, id));
    return bad;
}

static const char *check_entry(const Program *p, const Entry *e, Arena *a) {
    Check c = { .p = p, .e = e, .arena = a, .g = e->graph };
    int n;
    Node **roots = entry_roots(a, e, &n);
    c.writer = arena_array(a, (size_t)p->states.n + 1, sizeof *c.writer);
    const char *bad = collect_writes(&c);
    if (!bad) bad = check_graph(&c, roots, n);
    if (!bad) bad = check_readers(&c);
    for (int k = 0; !bad && k < e->body.n; k++)
        bad = check_stmt(&c, k);
    return bad;
}

/* A state's initial value may read states before it in the table. An EMA copy without one starts
 * as its parameter, which stands before it. */
static const char *check_init(const Program *p, Arena *a) {
    Check c = { .p = p, .arena = a, .g = p->init_graph };
    VEC(Node *) roots = { 0 };
    for (int i = 0; i < p->states.n; i++) {
        const State *s = &p->states.v[i];
        if (!s->init && s->kind == STATE_EMA && s->of >= 0 && s->of < i)
            continue;
        if (!s->init)
            return arena_printf(a, "state '%s' has no initial value", s->name);
        if (s->init->dtype != s->dtype || !shape_equal(s->init->shape, s->shape))
            return arena_printf(a, "the initial value of '%s' is not of its type", s->name);
        vec_push(a, &roots, s->init);
    }
    return p->init_graph ? check_graph(&c, roots.v, roots.n) : NULL;
}

const char *program_verify(const Program *p, Arena *a) {
    const char *bad = check_init(p, a);
    for (int i = 0; !bad && i < p->entries.n; i++)
        bad = check_entry(p, p->entries.v[i], a);
    return bad;
}
