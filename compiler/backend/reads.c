/* reads.c - dots by their axes, and what an item reads from memory. */
#include "backend/fuse.h"

const Node *base_of(const Node *n) {
    while (n->op == OP_RESHAPE)
        n = n->in[0];
    return n;
}

/* ---- dots ----------------------------------------------------------------------------------- */

/* Whether the axes, in order, run through memory with one stride; *stride, in elements. */
static bool one_stride(Shape s, const int64_t *axis, int n, int64_t *stride) {
    int64_t step[MAX_RANK], at = 1;
    for (int i = s.rank - 1; i >= 0; i--)
        step[i] = at, at *= s.dim[i];
    int64_t want = -1;
    *stride = 1;
    for (int i = n - 1; i >= 0; i--) {
        if (s.dim[axis[i]] == 1)
            continue;
        if (want < 0)
            *stride = want = step[axis[i]];
        if (step[axis[i]] != want)
            return false;
        want *= s.dim[axis[i]];
    }
    return true;
}

DotPlan dot_plan(const Unit *u, const Node *n) {
    const Node *a = n->in[0], *b = n->in[1];
    DotPlan d = { .nb = (int)n->attr[0], .nc = (int)n->attr[1], .F = 1, .K = 1, .N = 1 };
    d.ab = n->attr + 2, d.bb = d.ab + d.nb, d.ac = d.bb + d.nb, d.bc = d.ac + d.nc;
    unsigned used_a = 0, used_b = 0;
    for (int i = 0; i < d.nb; i++)
        used_a |= 1u << d.ab[i], used_b |= 1u << d.bb[i];
    bool sum = false;
    for (int i = 0; i < d.nc; i++) {
        used_a |= 1u << d.ac[i], used_b |= 1u << d.bc[i];
        if (a->shape.dim[d.ac[i]] == DIM_BATCH)
            sum = true;
        else
            d.K *= a->shape.dim[d.ac[i]];
    }
    for (int i = 0; i < a->shape.rank; i++)
        if (!(used_a >> i & 1)) {
            d.fa[d.nfa++] = i;
            d.F *= a->shape.dim[i] == DIM_BATCH ? 1 : a->shape.dim[i];
        }
    for (int i = 0; i < b->shape.rank; i++)
        if (!(used_b >> i & 1)) {
            d.fb[d.nfb++] = i;
            d.N *= b->shape.dim[i];
        }
    d.kind = DOT_GENERIC;
    if (sum && d.nb == 0 && d.K == 1)
        d.kind = DOT_OUTER;
    else if (sum && d.nb == 0)
        d.kind = DOT_PIXELS;
    else if (!sum && d.nb == 0 && node_batched(a) && info_of(u, b)->loop < 0)
        d.kind = DOT_DENSE;
    if (d.kind == DOT_DENSE) {
        d.in_order = true;
        for (int i = 0; i < d.nc; i++)
            d.in_order &= d.ac[i] == a->shape.rank - d.nc + i;
        int64_t fb[MAX_RANK];
        for (int i = 0; i < d.nfb; i++)
            fb[i] = d.fb[i];
        d.strided = one_stride(b->shape, fb, d.nfb, &d.so) &&
                    one_stride(b->shape, d.bc, d.nc, &d.sk);
    }
    return d;
}

bool dot_is_product(const Unit *u, const Node *n) {
    if (n->op != OP_DOT || info_of(u, n)->sum)
        return false;
    DotPlan d = dot_plan(u, n);
    return d.K == 1;
}

/* ---- reads ---------------------------------------------------------------------------------- */

/* value_reads below the node it was asked for. What is not memory is entered once in a walk: views
 * of views that use an operand twice would double the paths at every level. */
static void walk_reads(Unit *u, const Node *n, bool same, const Item *within, VisitRead *visit,
                       void *ctx) {
    n = base_of(n);
    NodeInfo *i = info_of(u, n);
    if (i->host || ((n->op == OP_CONST || n->op == OP_IOTA) && !i->root))
        return;
    bool view = i->view && !i->root;
    bool inlined = view || (u->roots_known && i->ew && !i->root && i->item >= 0 &&
                            !(within && item_of(u, n) == within));
    if (!inlined) {
        visit(ctx, n, same);
        return;
    }
    same = same && !view;
    if (i->read_by[same] == u->walks)
        return;
    i->read_by[same] = u->walks;
    for (int k = 0; k < n->n_in; k++)
        walk_reads(u, n->in[k], same && !i->mapped, within, visit, ctx);
}

/* Values in memory that reading n at some index touches, given what is inlined. `within`: members
 * of this cluster are not memory. */
void value_reads(Unit *u, const Node *n, bool same, const Item *within, VisitRead *visit,
                 void *ctx) {
    u->walks++;
    walk_reads(u, n, same, within, visit, ctx);
}

/* The operands of one node that is computed by an item. */
void operand_reads(Unit *u, const Node *n, const Item *within, VisitRead *visit, void *ctx) {
    const NodeInfo *i = info_of(u, n);
    if (n->op == OP_STATE) {                  /* a snapshot reads the state itself */
        visit(ctx, n, true);
        return;
    }
    if (i->absorbs >= 0) {
        const Node *d = u->node[i->absorbs];
        for (int k = 0; k < d->n_in; k++)
            value_reads(u, d->in[k], false, within, visit, ctx);
    }
    for (int k = 0; k < n->n_in; k++)
        if ((int)n->in[k]->id != i->absorbs)
            value_reads(u, n->in[k], i->ew && !i->mapped, within, visit, ctx);
}

void item_reads(Unit *u, const Stage *g, const Item *it, VisitRead *visit, void *ctx) {
    switch (it->kind) {
    case ITEM_CLUSTER:
        for (int k = 0; k < it->members.n; k++)
            operand_reads(u, it->members.v[k], it, visit, ctx);
        for (int k = 0; k < it->outs.n; k++)
            if (it->outs.v[k].effect >= 0)
                value_reads(u, it->outs.v[k].node, true, it, visit, ctx);
        break;
    case ITEM_HEAVY: operand_reads(u, it->node, it, visit, ctx); break;
    case ITEM_LOOP: {
        const ItemOrder *body = &g->order[1 + it->inner];
        operand_reads(u, it->node, it, visit, ctx);
        for (int k = 0; k < body->n; k++)
            item_reads(u, g, &g->items.v[body->v[k]], visit, ctx);
        break;
    }
    case ITEM_PACK: value_reads(u, u->packs.v[it->pack].node, false, it, visit, ctx); break;
    case ITEM_COMBINE: break;
    case ITEM_ROWS:
        value_reads(u, u->effects[it->effect].stmt->index, false, it, visit, ctx);
        value_reads(u, u->effects[it->effect].stmt->value, false, it, visit, ctx);
        break;
    case ITEM_COPY: case ITEM_CHECK:
        value_reads(u, u->effects[it->effect].stmt->value, false, it, visit, ctx);
    }
}
