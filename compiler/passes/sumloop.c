/* sumloop.c - derivatives through loops that sum, when their number of steps is known at run time.
 *
 *     s = s0 + sum over k of f(k, a, b, ...)          f does not read what the loop carries
 *
 * The derivative of a sum is a sum: a loop of the same number of steps, whose body is a copy of f
 * followed by its derivative by what f reads from outside the loop. Backwards, a value that f takes
 * from another sample of the batch (TAKE) gets its cotangent from there, which would have to leave
 * the tile of samples in the middle of the loop. As f treats samples one by one, the same number is
 * had by computing it at that sample: TAKE moves to the values from outside, which are in memory.
 * Where that does not go, as for what all samples share (parameters: their cotangents are sums over
 * the batch), for draws and for loops in f, one loop sums all cotangents, with the TAKEs and the
 * sums over the batch in its steps: it becomes a block of launches (hostloop.c).
 *
 * NULL, false when f is not of that kind. */
#include "passes/diff.h"

typedef struct SumLoop {
    Graph *g;
    const Node *loop;
    Node *term;                   /* f in the new loop: a copy */
    bool negative;                /* s - f */
    int64_t id;                   /* of the new loop */
    bool nested;                  /* there are loops in f */
    Node **outside, **var;        /* what f reads from outside, and what stands for it in the copy */
    int n;
} SumLoop;

static Node *through_vars(Node *n) {
    while (n->op == OP_VAR) n = n->in[0];
    return n;
}

/* f of carried value k: its result is LOOP_VAR k plus or minus f. */
static Node *summand(const Graph *g, const Node *loop, int64_t k, bool *negative) {
    int64_t count = loop->attr[1];
    Node *r = through_vars(loop->in[1 + count + k]);
    *negative = r->op == OP_SUB;
    for (int i = 0; i < 2 && (r->op == OP_ADD || (r->op == OP_SUB && i == 0)); i++) {
        const Node *v = through_vars(r->in[i]);
        if (v->op == OP_LOOP_VAR && v->attr[0] == loop->attr[0] && v->attr[1] == k + 1)
            return r->in[1 - i];
    }
    return NULL;
}

/* needed[id]: the nodes of the loop's body that f needs, those of loops inside it included; *nested:
 * there are such loops. False when f reads a carried value of the loop itself. */
static bool mark_term(const Graph *g, const Node *loop, const Node *f, bool *needed, bool *nested) {
    uint32_t size = graph_size(g);
    bool *inside = xalloc(2 * (size_t)size, "a loop's body"), *inner = inside + size, good = true;
    graph_mark_body(g, loop->attr[0], inside);
    needed[f->id] = inside[f->id];
    for (uint32_t id = f->id + 1; id-- > 0 && good;) {
        const Node *m = graph_node(g, id);
        if (!needed[id]) continue;
        if (m->op == OP_LOOP_VAR && m->attr[0] == loop->attr[0]) good = m->attr[1] == 0;
        if (m->op == OP_LOOP) {                  /* what depends on its variables only is part of it */
            *nested = true;
            graph_mark_body(g, m->attr[0], inner);
            for (uint32_t k = 0; k < id; k++) inside[k] |= inner[k];
        }
        for (int i = 0; i < m->n_in; i++) needed[m->in[i]->id] |= inside[m->in[i]->id];
    }
    xfree(inside);
    return good;
}

/* The new id of a loop inside f. */
static int64_t renamed(Graph *g, int64_t **name, int64_t *n, int64_t loop) {
    while (*n <= loop) {
        *name = xrealloc(*name, (size_t)(*n + 1) * sizeof **name, "loops");
        (*name)[(*n)++] = -1;
    }
    if ((*name)[loop] < 0) (*name)[loop] = g_loop_begin(g);
    return (*name)[loop];
}

/* Copies f into a new loop; what is active outside of it becomes variables there. */
static bool copy_term(SumLoop *s, Node *f, const bool *active, uint32_t lo, uint32_t hi) {
    Graph *g = s->g;
    Arena *a = graph_arena(g);
    uint32_t size = graph_size(g);
    int64_t *name = NULL, names = 0;
    bool *needed = xalloc(size, "a loop's body");
    bool good = mark_term(g, s->loop, f, needed, &s->nested) && needed[f->id];
    Node **map = NEW_ARRAY(a, Node *, size);
    s->id = g_loop_begin(g);
    s->outside = NEW_ARRAY(a, Node *, size);
    s->var = NEW_ARRAY(a, Node *, size);
    for (uint32_t id = 0; id <= f->id && good; id++) {
        Node *m = graph_node(g, id);
        if (!needed[id]) continue;
        if (m->op == OP_LOOP_VAR) {
            bool own = m->attr[0] == s->loop->attr[0];
            int64_t loop = own ? s->id : renamed(g, &name, &names, m->attr[0]);
            map[id] = m->attr[1] == 0 ? g_loop_index(g, loop)
                                      : g_loop_var(g, loop, (int)m->attr[1] - 1, m->dtype, m->shape);
            continue;
        }
        Node **in = NEW_ARRAY(a, Node *, m->n_in + 1);
        for (int i = 0; i < m->n_in; i++) {
            Node *o = m->in[i];
            if (!map[o->id]) {
                bool is_x = o->id >= lo && o->id <= hi && active[o->id - lo] && o->dtype == DT_F32;
                map[o->id] = is_x ? g_var(g, o) : o;
                if (is_x) s->outside[s->n] = o, s->var[s->n++] = map[o->id];
            }
            in[i] = map[o->id];
        }
        if (m->op == OP_LOOP)
            map[id] = g_loop(g, renamed(g, &name, &names, m->attr[0]), in[0], in + 1,
                             in + 1 + m->attr[1], (int)m->attr[1]);
        else map[id] = m->op == OP_VAR ? g_var(g, in[0]) : g_rebuild(g, m, in);
    }
    s->term = good ? map[f->id] : NULL;
    xfree(name);
    xfree(needed);
    return good;
}

static bool sum_loop(SumLoop *s, Graph *g, const Node *out, const bool *active, uint32_t lo,
                     uint32_t hi) {
    *s = (SumLoop){ .g = g, .loop = out->in[0] };
    Node *f = summand(g, s->loop, out->attr[0], &s->negative);
    return f && copy_term(s, f, active, lo, hi);
}

/* Replaces the values v, those that are not NULL, by their sums over the steps of the loop `id`. */
static void sums_of(SumLoop *s, int64_t id, Node **v, int n) {
    Graph *g = s->g;
    Node **init = NEW_ARRAY(graph_arena(g), Node *, 2 * n + 1), **result = init + n;
    int count = 0;
    for (int k = 0; k < n; k++) {
        if (!v[k]) continue;
        init[count] = g_const_splat(g, DT_F32, v[k]->shape, 0);
        Node *sum = g_loop_var(g, id, count, DT_F32, v[k]->shape);
        result[count++] = g_binary(g, s->negative ? OP_SUB : OP_ADD, sum, v[k]);
    }
    if (count == 0) return;
    Node *loop = g_loop(g, id, s->loop->in[0], init, result, count);
    count = 0;
    for (int k = 0; k < n; k++)
        if (v[k]) v[k] = g_loop_out(g, loop, count++);
}

/* v with the loop index of `from` replaced by that of a loop of its own: every sum is a loop. */
static Node *with_own_index(SumLoop *s, Node *v, int64_t id) {
    Graph *g = s->g;
    Arena *a = graph_arena(g);
    uint32_t size = v->id + 1;
    bool *inside = xalloc(graph_size(g), "a loop's body");
    Node **map = NEW_ARRAY(a, Node *, size);
    graph_mark_body(g, s->id, inside);
    for (uint32_t k = 0; k < size; k++) {
        Node *m = graph_node(g, k);
        map[k] = m;
        if (!inside[k]) continue;
        if (m->op == OP_LOOP_VAR) { map[k] = g_loop_index(g, id); continue; }
        Node **in = NEW_ARRAY(a, Node *, m->n_in + 1);
        for (int i = 0; i < m->n_in; i++) in[i] = map[m->in[i]->id];
        map[k] = m->op == OP_VAR ? g_var(g, in[0]) : g_rebuild(g, m, in);
    }
    xfree(inside);
    return map[v->id];
}

/* ---- other samples ------------------------------------------------------------------------- */
static bool is_sample(const Node *n) {
    return n->op == OP_IOTA && node_batched(n) && n->attr[0] == 0 && n->n_attr > 1 && n->attr[1];
}

/* v at sample i of the batch, by computing it there; j is the inverse of i. NULL: it cannot be. */
static Node *at_sample(SumLoop *s, Node *v, Node *i, Node *j) {
    Graph *g = s->g;
    Arena *a = graph_arena(g);
    uint32_t size = v->id + 1;
    bool *inside = xalloc(graph_size(g), "a loop's body"), *needed = xalloc(size, "a loop's body");
    Node **map = NEW_ARRAY(a, Node *, size), *result = NULL;
    graph_mark_body(g, s->id, inside);
    needed[v->id] = true;
    for (uint32_t k = size; k-- > 0;)
        for (int q = 0; needed[k] && inside[k] && q < graph_node(g, k)->n_in; q++)
            needed[graph_node(g, k)->in[q]->id] = true;
    bool good = true;
    for (uint32_t k = 0; k < size && good; k++) {
        Node *m = graph_node(g, k);
        if (!needed[k]) continue;
        if (is_sample(m)) map[k] = i;
        else if (!node_batched(m) || (m->op == OP_BROADCAST && !node_batched(m->in[0]))) map[k] = m;
        else if (!inside[k]) map[k] = g_take(g, m, i, j);
        else if (m->op == OP_TAKE && !inside[m->in[0]->id]) {
            /* row a[i] of x; the inverse of that order is j[b], with a and b those of m */
            Node *back = at_sample(s, j, m->in[2], m->in[1]);
            map[k] = back ? g_take(g, m->in[0], map[m->in[1]->id], back) : NULL;
        } else if (node_batch_effect(m) == BATCH_KEEP && op_info[m->op].cls != CLASS_SRC &&
                   op_info[m->op].cls != CLASS_CTL) {
            Node **in = NEW_ARRAY(a, Node *, m->n_in + 1);
            for (int q = 0; q < m->n_in; q++) in[q] = map[m->in[q]->id];
            map[k] = m->op == OP_VAR ? in[0] : g_rebuild(g, m, in);
        }
        good = map[k] != NULL;
    }
    if (good) result = map[v->id];
    xfree(inside);
    xfree(needed);
    return result;
}

/* v without a TAKE of what the new loop computes, nor a sum over the batch there. NULL: not so. */
static Node *without_takes(SumLoop *s, Node *v) {
    Graph *g = s->g;
    Arena *a = graph_arena(g);
    uint32_t size = v->id + 1;
    bool *inside = xalloc(graph_size(g), "a loop's body"), good = true;
    bool *needed = xalloc(size, "a loop's body");
    Node **map = NEW_ARRAY(a, Node *, size);
    graph_mark_body(g, s->id, inside);
    needed[v->id] = true;
    for (uint32_t k = size; k-- > 0;)
        for (int q = 0; needed[k] && inside[k] && q < graph_node(g, k)->n_in; q++)
            needed[graph_node(g, k)->in[q]->id] = true;
    for (uint32_t k = 0; k < size && good; k++) {
        Node *m = graph_node(g, k);
        map[k] = m;
        if (!needed[k] || !inside[k] || m->n_in == 0) continue;
        Node **in = NEW_ARRAY(a, Node *, m->n_in + 1);
        for (int q = 0; q < m->n_in; q++) in[q] = map[m->in[q]->id];
        if (m->op == OP_TAKE && inside[m->in[0]->id]) map[k] = at_sample(s, in[0], in[1], in[2]);
        else map[k] = m->op == OP_VAR ? in[0] : g_rebuild(g, m, in);
        good = map[k] && (m->op == OP_TAKE || node_batch_effect(m) == BATCH_KEEP);
    }
    xfree(inside);
    xfree(needed);
    return good ? map[v->id] : NULL;
}

/* ---- the two sweeps ------------------------------------------------------------------------ */
Node *diff_sum_tangent(Graph *g, Node *out, const bool *active, Node *const *tan, uint32_t lo,
                       uint32_t hi) {
    SumLoop s;
    if (!sum_loop(&s, g, out, active, lo, hi)) return NULL;
    Node **x = NEW_ARRAY(graph_arena(g), Node *, 2 * s.n + 1), **v = x + s.n;
    int n = 0;
    for (int k = 0; k < s.n; k++) {
        Node *t = tan[s.outside[k]->id - lo];
        if (t) x[n] = s.var[k], v[n++] = t;
    }
    const Node *init = s.loop->in[1 + out->attr[0]];
    bool starts = init->id >= lo && active[init->id - lo];
    Node *first = starts ? tan[init->id - lo] : NULL;
    Node *sum = n ? ad_jvp(g, s.term, x, v, n) : NULL;
    sums_of(&s, s.id, &sum, 1);
    if (first && sum) return g_binary(g, OP_ADD, first, sum);
    return first ? first : sum ? sum : g_const_splat(g, DT_F32, out->shape, 0);
}

/* The sums of the cotangents, each in a loop that a kernel can run. False, and nothing done: some of
 * them need a step's values of all samples. */
static bool sums_in_kernels(SumLoop *s, Node **pulled, bool batched) {
    Node **v = NEW_ARRAY(graph_arena(s->g), Node *, s->n + 1);
    if (s->nested) return false;
    for (int k = 0; k < s->n; k++) {
        if (!pulled[k]) continue;
        if (!node_batched(s->outside[k]) && batched) return false;       /* of what all samples share */
        if (!(v[k] = without_takes(s, pulled[k]))) return false;
    }
    for (int k = 0; k < s->n; k++) {
        if (!pulled[k]) continue;
        int64_t id = g_loop_begin(s->g);
        pulled[k] = with_own_index(s, v[k], id);
        sums_of(s, id, &pulled[k], 1);
    }
    return true;
}

bool diff_sum_pull(Graph *g, Node *out, const bool *active, Node **ct, uint32_t lo, uint32_t hi) {
    SumLoop s;
    Node *c = ct[out->id - lo];
    if (!sum_loop(&s, g, out, active, lo, hi)) return false;
    Node **pulled = NEW_ARRAY(graph_arena(g), Node *, s.n + 1);
    ad_vjp(g, s.term, c, s.var, s.n, pulled);
    if (!sums_in_kernels(&s, pulled, node_batched(out))) sums_of(&s, s.id, pulled, s.n);
    for (int k = 0; k < s.n; k++) {
        Node **sum = &ct[s.outside[k]->id - lo];
        if (pulled[k]) *sum = *sum ? g_binary(g, OP_ADD, *sum, pulled[k]) : pulled[k];
    }
    const Node *init = s.loop->in[1 + out->attr[0]];
    if (init->id >= lo && active[init->id - lo]) {
        Node **sum = &ct[init->id - lo];
        *sum = *sum ? g_binary(g, OP_ADD, *sum, c) : c;
    }
    return true;
}
