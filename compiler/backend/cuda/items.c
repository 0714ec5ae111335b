/* items.c - the items of a region in an order that needs few barriers.
 *
 *   a dense layer takes the cluster behind it along, when that reads its outputs one by one
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

typedef struct Reading { const Node *of; bool any, moved; } Reading;
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

/* The place of the contraction that draw k waits for, or k. */
static int place_of_draw(Emit *e, const ItemOrder *o, int k, const bool *taken) {
    const Node *n = e->g->items.v[o->v[k]].node;
    int first = k + 1, at;
    while (first < o->n && !reading(e, &e->g->items.v[o->v[first]], n).any)
        first++;
    if (first == o->n || info_of(e->u, n)->exported)
        return k;
    for (at = taken[first] ? first - 2 : first - 1; at > k; at--)
        if (is_contraction(e, &e->g->items.v[o->v[at]]))
            break;
    return at;
}

void cuda_item_list(Emit *e, const ItemOrder *o) {
    bool *taken = NEW_ARRAY(e->a, bool, o->n + 1);   /* by the dense layer before it */
    int *wait = NEW_ARRAY(e->a, int, o->n + 1);
    for (int k = 0; k + 1 < o->n; k++) {
        const Item *it = &e->g->items.v[o->v[k]];
        taken[k + 1] = e->tiled && it->kind == ITEM_HEAVY && cuda_is_wide(e, it->node) &&
                       may_take(e, it, &e->g->items.v[o->v[k + 1]]);
    }
    for (int k = 0; k < o->n; k++)
        wait[k] = is_draw(&e->g->items.v[o->v[k]]) ? place_of_draw(e, o, k, taken) : k;
    for (int k = 0; k < o->n; k++) {
        const Item *it = &e->g->items.v[o->v[k]];
        if (taken[k] || wait[k] > k)
            continue;
        e->clock++;
        cuda_phase(e);
        for (int j = 0; j < k; j++)
            if (wait[j] == k)
                emit_item(e, &e->g->items.v[o->v[j]]);
        if (taken[k + 1])
            cuda_dense_then(e, it->node, &e->g->items.v[o->v[k + 1]]);
        else
            emit_item(e, it);
    }
}
