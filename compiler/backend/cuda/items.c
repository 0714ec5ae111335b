/* items.c - the items of a region in an order that needs few barriers.
 *
 *   a dense layer takes the cluster behind it along, when that reads its outputs one by one; where a
 *   barrier is dear, in a whole grid, also one behind draws, which then come before the layer
 *   a draw waits for the last contraction before its first reader: both share a phase
 *
 * Promises: every item comes after those whose values it reads, as in the order given. */
#include "backend/cuda/cuda.h"
#include "backend/fuse.h"

/* ---- who reads what ------------------------------------------------------------------------- */

typedef struct Count { Emit *e; int item; int *last; } Count;
static void count_visit(void *ctx, const Node *value, bool same) {
    Count *c = ctx;
    (void)same;
    if (c->last[value->id] == c->item)
        return;
    c->last[value->id] = c->item;
    c->e->cuda->readers[value->id]++;
}

bool cuda_is_read(Emit *e, const Node *n) {
    Cuda *c = e->cuda;
    if (!c->readers) {
        Count count = { .e = e, .last = NEW_ARRAY(e->a, int, e->u->n + 1) };
        c->readers = NEW_ARRAY(e->a, int, e->u->n + 1);
        for (int k = 0; k < e->g->items.n; k++) {
            const Item *it = &e->g->items.v[k];
            count.item = k + 1;
            if (it->kind == ITEM_LOOP)            /* what is in its body counts on its own */
                operand_reads(e->u, it->node, it, count_visit, &count);
            else
                item_reads(e->u, e->g, it, count_visit, &count);
        }
    }
    return info_of(e->u, n)->exported || c->readers[n->id] > 1;
}

typedef struct Reading { Emit *e; const Node *of; bool any, moved; } Reading;
static void reading_visit(void *ctx, const Node *value, bool same) {
    Reading *r = ctx;
    if (value != r->of)
        return;
    r->any = true;
    r->moved |= !same;
}
static Reading reading(Emit *e, const Item *it, const Node *of) {
    Reading r = { .of = of };
    item_reads(e->u, e->g, it, reading_visit, &r);
    return r;
}

/* ---- the order ------------------------------------------------------------------------------ */

/* Whether the cluster may run in the dense layer's threads as they finish: it reads each output
 * where it is made, and overwrites nothing that other threads still read. */
static bool may_take(Emit *e, const Item *dense, const Item *it) {
    const Node *n = dense->node;
    const NodeInfo *i = info_of(e->u, n);
    if (it->kind != ITEM_CLUSTER || !it->lanes || it->outs.n == 0 || it->count !=
        shape_count(n->shape))
        return false;
    Reading r = reading(e, it, n);
    const Node *x = base_of((i->absorbs >= 0 ? e->u->node[i->absorbs] : n)->in[0]);
    for (int k = 0; k < it->outs.n; k++) {
        const Place *to = &e->place[it->outs.v[k].node->id], *from = &e->place[x->id];
        if (to->kind != PLACE_NONE && from->kind != PLACE_NONE && to->scratch == from->scratch)
            return false;
    }
    return r.any && !r.moved;
}

static bool is_draw(const Item *it) {
    return it->kind == ITEM_HEAVY && node_batched(it->node) &&
           (it->node->op == OP_RAND_NORMAL || it->node->op == OP_RAND_UNIFORM ||
            it->node->op == OP_RAND_INT || it->node->op == OP_RAND_PERM);
}

static bool is_contraction(Emit *e, const Item *it) {
    if (it->kind != ITEM_HEAVY || !node_batched(it->node))
        return false;
    const NodeInfo *i = info_of(e->u, it->node);
    Op op = i->absorbs >= 0 ? e->u->node[i->absorbs]->op : it->node->op;
    return op == OP_DOT || op == OP_CONV || op == OP_CONV_DX;
}

static const Item *item_at(Emit *e, const ItemOrder *o, int k) { return &e->g->items.v[o->v[k]]; }

/* The last contraction in [from, to], or from - 1. */
static int last_contraction(Emit *e, const ItemOrder *o, int from, int to) {
    while (to >= from && !is_contraction(e, item_at(e, o, to)))
        to--;
    return to;
}

/* The place of the contraction that draw k waits for, or k. `taker`: of each item, the layer that takes
 * it along, or -1. */
static int place_of_draw(Emit *e, const ItemOrder *o, int k, const int *taker) {
    const Node *n = item_at(e, o, k)->node;
    int first = k + 1;
    while (first < o->n && !reading(e, item_at(e, o, first), n).any)
        first++;
    if (first == o->n || info_of(e->u, n)->exported)
        return k;
    if (taker[first] >= 0 && taker[first] < k)
        return last_contraction(e, o, 0, taker[first] - 1);
    return last_contraction(e, o, k + 1, taker[first] >= 0 ? taker[first] - 1 : first - 1);
}

static void made_visit(void *ctx, const Node *value, bool same) {
    Reading *r = ctx;
    (void)same;
    r->any |= value->op != OP_LOOP_VAR && item_of(r->e->u, value) != NULL;
}
/* Whether the draw may come earlier: it reads nothing that an item makes, and only this kernel. */
static bool is_free_draw(Emit *e, const Item *it) {
    Reading r = { .e = e };
    if (!is_draw(it) || info_of(e->u, it->node)->exported)
        return false;
    item_reads(e->u, e->g, it, made_visit, &r);
    return !r.any;
}

/* Whether the item may stay between a layer and the cluster that it takes along: a cluster whose
 * values are all computed where they are read; a draw, if a contraction before has a phase for it. */
static bool is_passed(Emit *e, const Item *it, bool draws) {
    return (it->kind == ITEM_CLUSTER && it->outs.n == 0) || (draws && is_free_draw(e, it));
}

/* The cluster that dense layer k takes along, or -1: the next item; in a whole grid it may be farther. */
static int taken_by(Emit *e, const ItemOrder *o, int k) {
    const Item *it = item_at(e, o, k);
    if (!e->tiled || it->kind != ITEM_HEAVY || !cuda_is_wide(e, it->node))
        return -1;
    int next = k + 1;
    bool draws = last_contraction(e, o, 0, k - 1) >= 0;
    while (e->cuda->grid && next < o->n && is_passed(e, item_at(e, o, next), draws))
        next++;
    return next < o->n && may_take(e, it, item_at(e, o, next)) ? next : -1;
}

void cuda_item_list(Emit *e, const ItemOrder *o) {
    int *taker = NEW_ARRAY(e->a, int, o->n + 1), *takes = NEW_ARRAY(e->a, int, o->n + 1);
    int *wait = NEW_ARRAY(e->a, int, o->n + 1);
    for (int k = 0; k < o->n; k++)
        taker[k] = -1;
    for (int k = 0; k < o->n; k++) {
        takes[k] = taken_by(e, o, k);
        if (takes[k] >= 0)
            taker[takes[k]] = k;
    }
    for (int k = 0; k < o->n; k++)
        wait[k] = is_draw(item_at(e, o, k)) ? place_of_draw(e, o, k, taker) : k;
    for (int k = 0; k < o->n; k++) {
        const Item *it = item_at(e, o, k);
        if (taker[k] >= 0 || wait[k] != k)
            continue;
        e->clock++;
        cuda_phase(e);
        for (int j = 0; j < o->n; j++)
            if (wait[j] == k && j != k)
                emit_item(e, item_at(e, o, j));
        if (takes[k] >= 0)
            cuda_dense_then(e, it->node, item_at(e, o, takes[k]));
        else
            emit_item(e, it);
    }
}
