/* chain.c - elementwise functions of one value, differentiated as one op.
 *
 * Needs a sweep's active nodes. The root of a node is the only active value that it depends on
 * through elementwise ops with constants: the operand's root when all active operands have the same
 * one, else the node itself. Nothing else may take part: a learned slope is active in one sweep and
 * not in another, whose contractions would then differ. Slopes are made on demand, by the tangent
 * rules from a tangent of ones. */
#include "passes/diff.h"

struct Chains {
    Graph *g;
    uint32_t lo, hi;
    const bool *active;
    Node **root;                  /* [id - lo]; NULL: not active */
    Node **slope;                 /* [id - lo], made so far */
    bool *deep;                   /* [id - lo]: more than one op above the root */
};

static bool below(const Chains *c, const Node *m, int i) {
    const Node *s = m->in[i];
    return s->id >= c->lo && c->active[s->id - c->lo] && diff_operand(m, i);
}

static void find_root(Chains *c, Node *m, bool is_x) {
    uint32_t k = m->id - c->lo;
    c->root[k] = m;
    if (is_x || op_info[m->op].cls != CLASS_EW) return;
    Node *root = NULL;
    bool deep = false;
    for (int i = 0; i < m->n_in; i++) {
        if (!below(c, m, i)) {
            if (m->in[i]->dtype == DT_F32 && !node_splat(m->in[i], NULL)) return;
            continue;
        }
        Node *r = c->root[m->in[i]->id - c->lo];
        if (root && r != root) return;
        root = r;
        deep |= r != m->in[i];
    }
    if (!root) return;
    c->root[k] = root;
    c->deep[k] = deep;
}

Chains *chains_of(Graph *g, Node *const *x, int n, uint32_t lo, uint32_t hi, const bool *active) {
    Chains *c = xalloc(sizeof *c, "a derivative's chains");
    size_t size = (size_t)(hi - lo) + 1;
    bool *is_x = xalloc(size, "a derivative's node marks");
    *c = (Chains){ .g = g, .lo = lo, .hi = hi, .active = active,
                   .root = xalloc(2 * size * sizeof *c->root, "a derivative's chains"),
                   .deep = xalloc(size, "a derivative's node marks") };
    c->slope = c->root + size;
    for (int k = 0; k < n; k++)
        if (x[k]->id >= lo && x[k]->id <= hi) is_x[x[k]->id - lo] = true;
    for (uint32_t id = lo; id <= hi; id++)
        if (active[id - lo]) find_root(c, graph_node(g, id), is_x[id - lo]);
    xfree(is_x);
    return c;
}

void chains_free(Chains *c) {
    xfree(c->root);
    xfree(c->deep);
    xfree(c);
}

Node *chain_root(const Chains *c, const Node *m) {
    return c->deep[m->id - c->lo] ? c->root[m->id - c->lo] : NULL;
}

/* The chain below m in ascending order, so that a long one needs no recursion. */
Node *chain_slope(Chains *c, Node *m) {
    Node *root = c->root[m->id - c->lo];
    if (c->slope[m->id - c->lo]) return c->slope[m->id - c->lo];
    uint32_t size = m->id - root->id + 1;
    bool *wanted = xalloc(size, "a derivative's node marks");
    wanted[size - 1] = true;
    for (uint32_t id = m->id + 1; id-- > root->id + 1;) {
        const Node *n = graph_node(c->g, id);
        for (int i = 0; wanted[id - root->id] && i < n->n_in; i++)
            if (below(c, n, i) && !c->slope[n->in[i]->id - c->lo])
                wanted[n->in[i]->id - root->id] = true;
    }
    Node *one = g_const_splat(c->g, DT_F32, root->shape, 1);
    for (uint32_t id = root->id + 1; id <= m->id; id++) {
        if (!wanted[id - root->id]) continue;
        Node *n = graph_node(c->g, id), *tan[3] = { NULL };
        for (int i = 0; i < n->n_in; i++)
            if (below(c, n, i)) tan[i] = n->in[i] == root ? one : c->slope[n->in[i]->id - c->lo];
        c->slope[id - c->lo] = diff_tangent(c->g, n, tan);
    }
    xfree(wanted);
    return c->slope[m->id - c->lo];
}
