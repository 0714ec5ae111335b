/* program_verify.c - a program's invariants beyond its graphs: sources, statements and versions.
 *
 * Needs verify.c. The rule of versions: statement k may use versions that are made before it, in
 * its own block or in one around it; a block names anew every state that it writes, first thing
 * inside and first thing behind its end. (An old version may be read late: the backend copies a
 * state that is needed after it is overwritten.) */
#include "graph/internal.h"
#include "graph/program.h"

#include <string.h>

typedef struct Check {
    const Program *p;
    const Entry *e;               /* NULL: the initial values */
    Arena *arena;
    const Graph *g;
    bool *live;
    int *block, *parent;          /* [statements] its block; [blocks] the block around it, or -1 */
    int *repeat;                  /* [scalars] the statement whose INDEX or TURN it is, or -1 */
    VEC(int) *writer;             /* [states][version - 1] statement that makes it */
    int *ready;                   /* [nodes] last statement whose version a node needs, or -1 */
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
        const Scalar *s = &p->scalars.v[n->attr[0]];
        if (n->dtype != s->dtype)
            return node_says(c, n, "not of the scalar's dtype");
        if ((s->kind == SCALAR_INDEX || s->kind == SCALAR_TURN) && c->repeat[n->attr[0]] < 0)
            return node_says(c, n, "of a block that is not in this entry");
    } else if (n->op == OP_STATE) {
        if (n->attr[0] >= p->states.n)
            return node_says(c, n, "no such state");
        const State *s = &p->states.v[n->attr[0]];
        if (n->dtype != s->dtype || !shape_equal(n->shape, s->shape) ||
            (shape_batched(n->shape) && s->kind != STATE_LOCAL))
            return node_says(c, n, "not of the state's type");
        if (!c->e ? n->attr[1] != 0 : n->attr[1] > c->writer[n->attr[0]].n)
            return node_says(c, n, "a version that is never written");
    } else if (n->op == OP_DATA) {
        if (n->attr[0] >= p->data.n || n->attr[1] >= p->data.v[n->attr[0]].fields.n)
            return node_says(c, n, "no such data set or field");
        const DataField *f = &p->data.v[n->attr[0]].fields.v[n->attr[1]];
        if (n->dtype != f->dtype || !ends_with(n->shape, f->shape))
            return node_says(c, n, "not of the field's type");
        if (n->n_attr == 4 && (n->attr[3] >= p->scalars.n || c->repeat[n->attr[3]] < 0))
            return node_says(c, n, "of a block that is not in this entry");
    } else if (n->op == OP_INPUT) {
        return node_says(c, n, "an input of a test graph in a program");
    }
    return NULL;
}

/* ---- blocks -------------------------------------------------------------------------------- */

static bool is_write(const DoStmt *s) { return s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS; }
static bool makes_version(const DoStmt *s) { return is_write(s) || s->kind == DO_VERSION; }

/* The state that a parameter node of an UPDATE reads, or -1. */
static int64_t updated_state(const Check *c, const Node *x) {
    while (x->op == OP_VAR)
        x = x->in[0];
    return x->op == OP_STATE && x->attr[0] < c->p->states.n ? x->attr[0] : -1;
}

/* Numbers the blocks; an ELSE or END belongs to the block that it closes. */
static const char *collect_blocks(Check *c) {
    int n = c->e->body.n, blocks = 1, now = 0;
    VEC(int) open = { 0 };
    c->block = NEW_ARRAY(c->arena, int, n + 1);
    c->parent = NEW_ARRAY(c->arena, int, n + 2);
    c->repeat = NEW_ARRAY(c->arena, int, c->p->scalars.n + 1);
    for (int i = 0; i < c->p->scalars.n; i++)
        c->repeat[i] = -1;
    c->parent[0] = -1;
    for (int k = 0; k < n; k++) {
        const DoStmt *s = &c->e->body.v[k];
        bool closes = s->kind == DO_ELSE || s->kind == DO_END;
        if (closes && open.n == 0)
            return stmt_says(c, k, "closes no block");
        if (s->kind == DO_ELSE && c->e->body.v[open.v[open.n - 1]].kind != DO_IF)
            return stmt_says(c, k, "an 'else' of no 'if'");
        c->block[k] = now;
        if (s->kind == DO_REPEAT)
            for (int i = 0; i < 2; i++) {
                int scalar = i ? s->turn_scalar : s->index_scalar;
                if (scalar >= 0 && scalar < c->p->scalars.n)
                    c->repeat[scalar] = k + 1;
            }
        if (closes)
            now = c->parent[now];
        if (s->kind == DO_END)
            open.n--;
        else if (closes)
            open.v[open.n - 1] = k;
        else if (stmt_opens(s->kind))
            vec_push(c->arena, &open, k);
        if (stmt_opens(s->kind) || s->kind == DO_ELSE) {
            c->parent[blocks] = now;
            now = blocks++;
        }
    }
    return open.n ? stmt_says(c, open.v[open.n - 1], "a block without an end") : NULL;
}

/* Whether what statement m makes can be used where statement k stands. */
static bool visible(const Check *c, int m, int k) {
    if (m < 0)
        return true;
    for (int b = c->block[k]; b >= 0; b = c->parent[b])
        if (b == c->block[m])
            return m < k;
    return false;
}

/* The states that statements [from, to) write. */
static bool *written(Check *c, int from, int to) {
    bool *w = NEW_ARRAY(c->arena, bool, c->p->states.n + 1);
    for (int k = from; k < to; k++) {
        const DoStmt *s = &c->e->body.v[k];
        if (is_write(s))
            w[s->state] = true;
        for (int i = 0; s->kind == DO_UPDATE && i < s->n_params; i++)
            w[updated_state(c, s->param[i])] = true;
    }
    return w;
}

/* Statements from `at` on must name every state of `w` anew, before anything else. */
static const char *check_renamed(Check *c, int at, const bool *w) {
    bool *named = NEW_ARRAY(c->arena, bool, c->p->states.n + 1);
    for (int k = at; k < c->e->body.n && c->e->body.v[k].kind == DO_VERSION; k++)
        named[c->e->body.v[k].state] = true;
    for (int i = 0; i < c->p->states.n; i++)
        if (w[i] && !named[i])
            return stmt_says(c, at, arena_printf(c->arena, "a block writes '%s', which has no new "
                                                 "version here", c->p->states.v[i].name));
    return NULL;
}

static const char *check_blocks(Check *c) {
    const char *bad = NULL;
    for (int k = 0; !bad && k < c->e->body.n; k++) {
        StmtOpKind kind = c->e->body.v[k].kind;
        if (!stmt_opens(kind) && kind != DO_ELSE)
            continue;
        int end = entry_block_end(c->e, k), last = end;
        if (c->e->body.v[end].kind == DO_ELSE)
            last = entry_block_end(c->e, end);
        bad = check_renamed(c, k + 1, written(c, k, end));
        if (!bad && kind != DO_ELSE)
            bad = check_renamed(c, last + 1, written(c, k, last));
    }
    return bad;
}

/* ---- versions ------------------------------------------------------------------------------ */

/* DO_UPDATE writes its parameters too: until it is expanded, it makes one version of each. */
static const char *collect_writes(Check *c) {
    for (int k = 0; k < c->e->body.n; k++) {
        const DoStmt *s = &c->e->body.v[k];
        if (s->kind == DO_UPDATE) {
            for (int i = 0; i < s->n_params; i++) {
                int64_t state = updated_state(c, s->param[i]);
                if (state < 0)
                    return stmt_says(c, k, "an update of a node that is not a state");
                vec_push(c->arena, &c->writer[state], k);
            }
        } else if (makes_version(s)) {
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

/* Fills `ready`: what a node needs must be visible from one place. */
static const char *check_readers(Check *c) {
    for (uint32_t id = 0; id < graph_size(c->g); id++) {
        const Node *n = graph_node(c->g, id);
        if (!c->live[id])
            continue;
        int ready = n->op == OP_STATE && n->attr[1] > 0 ? c->writer[n->attr[0]].v[n->attr[1] - 1]
                  : n->op == OP_SCALAR ? c->repeat[n->attr[0]]
                  : n->op == OP_DATA && n->n_attr == 4 ? c->repeat[n->attr[3]] : -1;
        for (int i = 0; i < n->n_in; i++) {
            int other = c->ready[n->in[i]->id];
            int late = other > ready ? other : ready, early = other > ready ? ready : other;
            if (early >= 0 && early != late && !visible(c, early, late))
                return node_says(c, n, "needs versions of two blocks that never run together");
            ready = late;
        }
        c->ready[id] = ready;
    }
    return NULL;
}

static const char *check_operand(Check *c, int k, const Node *n) {
    if (n && !visible(c, c->ready[n->id], k))
        return stmt_says(c, k, "uses a version that is written later");
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
    bool bare = s->kind == DO_UPDATE || s->kind == DO_REPEAT || s->kind == DO_ELSE ||
                s->kind == DO_END || s->kind == DO_VERSION || s->kind == DO_RUN;
    if (!bare && !s->value)
        return stmt_says(c, k, "no value");
    if (s->kind == DO_RUN && (s->run < 0 || s->run >= c->e->runs.n))
        return stmt_says(c, k, "runs nothing");
    if (s->joined && (k + 1 == c->e->body.n || c->e->body.v[k + 1].kind != DO_UPDATE))
        return stmt_says(c, k, "is joined with nothing");
    bool condition = s->kind == DO_IF || s->kind == DO_LEAVE;
    if ((condition || s->kind == DO_REPEAT) && s->value &&
        (s->value->dtype != (condition ? DT_BOOL : DT_I32) || s->value->shape.rank))
        return stmt_says(c, k, "the condition is not bool [], or the count not i32 []");
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

const char *entry_verify(const Program *p, const Entry *e, Arena *a) {
    Check c = { .p = p, .e = e, .arena = a, .g = e->graph };
    int n;
    Node **roots = entry_roots(a, e, &n);
    c.writer = arena_array(a, (size_t)p->states.n + 1, sizeof *c.writer);
    const char *bad = collect_blocks(&c);
    if (!bad) bad = collect_writes(&c);
    if (!bad) bad = check_blocks(&c);
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
    c.repeat = NEW_ARRAY(a, int, p->scalars.n + 1);
    VEC(Node *) roots = { 0 };
    for (int i = 0; i < p->states.n; i++) {
        const State *s = &p->states.v[i];
        bool copy = s->kind == STATE_EMA && s->of >= 0 && s->of < i;
        if (!s->init && (copy || !state_is_kept(s)))
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
        bad = entry_verify(p, p->entries.v[i], a);
    return bad;
}
