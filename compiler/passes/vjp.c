/* vjp.c - reverse sweep: the cotangent of y pulled back to every x at once.
 *
 * Needs a graph without unresolved requests between the x and y. Visits only nodes that depend on
 * an x, from y downwards; a node's contributions are added in the order of the visit, and an
 * absent cotangent is a zero that is never built. Elementwise functions of one value are passed in
 * one step (chain.c). An x that depends on another x passes its
 * cotangent on: every result is the whole derivative in that x. */
#include "passes/diff.h"

void ad_vjp(Graph *g, Node *y, Node *u, Node *const *x, int n, Node **out) {
    assert(shape_equal(y->shape, u->shape));
    uint32_t hi = y->id, lo = hi;
    for (int k = 0; k < n; k++) {
        out[k] = NULL;
        if (x[k]->id < lo) lo = x[k]->id;
    }
    size_t size = (size_t)(hi - lo) + 1;
    bool *active = xalloc(size, "a derivative's node marks");
    Node **ct = xalloc(size * sizeof *ct, "cotangents");
    diff_mark_active(g, x, n, lo, hi, active);
    Chains *chains = chains_of(g, x, n, lo, hi, active);
    ct[hi - lo] = u;
    for (uint32_t id = hi + 1; id-- > lo;) {
        Node *m = graph_node(g, id), *c = ct[id - lo];
        if (!active[id - lo] || !c) continue;
        if (m->op == OP_LOOP_OUT) {                  /* active by itself when it is an x */
            bool below = m->in[0]->id >= lo && active[m->in[0]->id - lo];
            if (below && !diff_sum_pull(g, m, active, ct, lo, hi)) diff_report_loop(g, m);
            continue;
        }
        Node *root = chain_root(chains, m);
        if (root) {
            Node *t = g_binary(g, OP_MUL, c, chain_slope(chains, m)), **sum = &ct[root->id - lo];
            *sum = *sum ? g_binary(g, OP_ADD, *sum, t) : t;
            continue;
        }
        for (int i = 0; i < m->n_in; i++) {
            Node *s = m->in[i];
            if (s->id < lo || !active[s->id - lo] || !diff_operand(m, i)) continue;
            Node *t = diff_pull(g, m, i, c);
            if (!t) continue;
            assert(shape_equal(t->shape, s->shape));
            Node **sum = &ct[s->id - lo];
            *sum = *sum ? g_binary(g, OP_ADD, *sum, t) : t;
        }
    }
    for (int k = 0; k < n; k++)
        if (x[k]->id <= hi && active[hi - lo]) out[k] = ct[x[k]->id - lo];
    chains_free(chains);
    xfree(ct);
    xfree(active);
}
