/* jvp.c - forward sweep: the tangent of y when the x move along the v.
 *
 * Needs a graph without unresolved requests between x and y. Visits only nodes that depend on an
 * x and that y depends on, in node order; an absent tangent is a zero that is never built.
 * Elementwise functions of one value are passed in one step (chain.c). */
#include "passes/diff.h"

/* needed[id - lo] = true for the active ancestors of y, y included. */
static void mark_needed(const Graph *g, const Node *y, uint32_t lo, const bool *active,
                        const Chains *chains, bool *needed) {
    needed[y->id - lo] = true;
    for (uint32_t id = y->id + 1; id-- > lo;) {
        const Node *m = graph_node(g, id);
        if (!needed[id - lo]) continue;
        const Node *root = chain_root(chains, m);
        if (root) needed[root->id - lo] = true;
        for (int i = 0; !root && i < m->n_in; i++)
            if (m->in[i]->id >= lo && active[m->in[i]->id - lo] && diff_operand(m, i))
                needed[m->in[i]->id - lo] = true;
    }
}

/* The tangents of m's operands; their number that are not NULL. */
static int operand_tangents(const Node *m, uint32_t lo, Node *const *tan, Node **out) {
    int count = 0;
    for (int i = 0; i < m->n_in; i++) {
        bool has = m->in[i]->id >= lo && diff_operand(m, i);
        out[i] = has ? tan[m->in[i]->id - lo] : NULL;
        count += out[i] != NULL;
    }
    return count;
}

Node *ad_jvp(Graph *g, Node *y, Node *const *x, Node *const *v, int n) {
    uint32_t hi = y->id, lo = hi;
    for (int k = 0; k < n; k++) {
        assert(shape_equal(x[k]->shape, v[k]->shape));
        if (x[k]->id < lo) lo = x[k]->id;
    }
    size_t size = (size_t)(hi - lo) + 1;
    bool *active = xalloc(2 * size, "a derivative's node marks"), *needed = active + size;
    Node **tan = xalloc(size * sizeof *tan, "tangents");
    diff_mark_active(g, x, n, lo, hi, active);
    Chains *chains = chains_of(g, x, n, lo, hi, active);
    if (active[hi - lo]) mark_needed(g, y, lo, active, chains, needed);
    Node **operand = NULL;
    int cap = 0;
    for (uint32_t id = lo; id <= hi; id++) {
        Node *m = graph_node(g, id), *t = NULL;
        if (!needed[id - lo]) continue;
        if (m->op == OP_LOOP) continue;
        const Node *root = chain_root(chains, m);
        if (root) {
            if (tan[root->id - lo])
                t = g_binary(g, OP_MUL, tan[root->id - lo], chain_slope(chains, m));
        } else if (m->op == OP_LOOP_OUT) {                  /* active by itself when it is an x */
            bool below = m->in[0]->id >= lo && active[m->in[0]->id - lo];
            if (below && !(t = diff_sum_tangent(g, m, active, tan, lo, hi))) diff_report_loop(g, m);
        } else {
            if (m->n_in > cap) {
                cap = m->n_in;
                operand = xrealloc(operand, (size_t)cap * sizeof *operand, "tangents");
            }
            if (operand_tangents(m, lo, tan, operand)) t = diff_tangent(g, m, operand);
        }
        for (int k = 0; k < n; k++)
            if (x[k] == m) t = t ? g_binary(g, OP_ADD, t, v[k]) : v[k];
        assert(!t || shape_equal(t->shape, m->shape));
        tan[id - lo] = t;
    }
    Node *result = tan[hi - lo];
    xfree(operand);
    chains_free(chains);
    xfree(tan);
    xfree(active);
    return result;
}
