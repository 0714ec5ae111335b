/* fuse.c - which elementwise nodes share a loop: items of a stage, clusters, merging.
 *
 * Promises: items stand in an order in which every value is computed before it is read; a cluster
 * reads its members at the same index only.
 *
 * The clustering is greedy: a node joins the last cluster that holds one of its operands, else one
 * that reads the same values, else it starts a new one; then earlier clusters that it reads move in
 * with it. Each choice keeps the order valid. */
#include "backend/fuse.h"

/* ---- items ---------------------------------------------------------------------------------- */

int stage_add_item(Unit *u, Stage *g, ItemKind kind, int loop, const Node *node) {
    Item it = { .kind = kind, .loop = loop, .node = node, .effect = -1, .pack = -1, .inner = -1 };
    ItemOrder *o = &g->order[1 + loop];
    it.pos = o->n;
    vec_push(u->a, &g->items, it);
    vec_push(u->a, o, g->items.n - 1);
    return g->items.n - 1;
}

/* The item of group g that makes `value`, or -1: it is there before the group runs. */
int item_producer(Unit *u, Stage *g, const Node *value) {
    const NodeInfo *i = info_of(u, value);
    if (value->op == OP_STATE && !u->snapshot[value->id]) {
        int w = writer_of(u, value);
        return w >= 0 && !g->region && u->effects[w].level == g->level ? u->effects[w].item : -1;
    }
    return i->stage >= 0 && u->stages.v[i->stage] == g ? i->item : -1;
}

typedef struct JoinTest {
    Unit *u; Stage *g;
    int scope;
    int after;                    /* the cluster must stand behind this position */
    int same[MAX_RANK * 4];       /* producers read at the same index */
    int n_same;
    VEC(uint32_t) loads;
} JoinTest;

/* The item of scope `scope` that contains item `it`, or -1 when `it` stands outside that scope. */
static int in_scope(Unit *u, Stage *g, int it, int scope) {
    while (it >= 0 && g->items.v[it].loop != scope) {
        int loop = g->items.v[it].loop;
        if (loop < 0)
            return -1;
        it = info_of(u, u->loops.v[loop].node)->item;
    }
    return it;
}

static void join_visit(void *ctx, const Node *value, bool same) {
    JoinTest *t = ctx;
    int it = item_producer(t->u, t->g, value);
    if (same)
        vec_push(t->u->a, &t->loads, value->id);
    it = it < 0 ? -1 : in_scope(t->u, t->g, it, t->scope);
    if (it < 0)
        return;
    if (same && t->g->items.v[it].kind == ITEM_CLUSTER && t->n_same < MAX_RANK * 4) {
        t->same[t->n_same++] = it;
        return;
    }
    if (t->after < t->g->items.v[it].pos)
        t->after = t->g->items.v[it].pos;
}

static bool join_legal(const JoinTest *t, int c) {
    const Item *it = &t->g->items.v[c];
    if (it->pos <= t->after)
        return false;
    for (int k = 0; k < t->n_same; k++)
        if (t->same[k] != c && t->g->items.v[t->same[k]].pos >= it->pos)
            return false;
    return true;
}

static bool shares_load(const JoinTest *t, const Item *it) {
    for (int k = 0; k < t->loads.n; k++)
        for (int j = 0; j < it->loads.n; j++)
            if (t->loads.v[k] == it->loads.v[j])
                return true;
    return false;
}

/* The cluster that an index space of `count` elements, reading what t found, joins; -1: none. */
static int find_cluster(const JoinTest *t, int64_t count, bool lanes) {
    const Stage *g = t->g;
    const ItemOrder *o = &g->order[1 + t->scope];
    int best = -1;
    for (int k = 0; k < t->n_same; k++) {
        const Item *it = &g->items.v[t->same[k]];
        if (it->count == count && it->lanes == lanes && join_legal(t, t->same[k]) &&
            (best < 0 || g->items.v[best].pos < it->pos))
            best = t->same[k];
    }
    for (int k = o->n - 1; best < 0 && k > t->after; k--) {
        const Item *it = &g->items.v[o->v[k]];
        if (it->kind == ITEM_CLUSTER && it->count == count && it->lanes == lanes &&
            (shares_load(t, it) || (count == 1 && !g->region)) && join_legal(t, o->v[k]))
            best = o->v[k];
    }
    return best;
}

/* Whether an item reads members of a cluster, or state at other indices than its own. */
typedef struct Reads { Unit *u; Stage *g; int cluster; bool any, moved, moved_state, state; } Reads;
static void reads_visit(void *ctx, const Node *value, bool same) {
    Reads *r = ctx;
    if (value->op == OP_STATE) {
        r->state = true;
        r->moved_state |= !same;
    }
    if (item_producer(r->u, r->g, value) != r->cluster)
        return;
    r->any = true;
    r->moved |= !same;
}
static Reads reads_of(Unit *u, Stage *g, const Item *it, int cluster) {
    Reads r = { .u = u, .g = g, .cluster = cluster };
    item_reads(u, g, it, reads_visit, &r);
    return r;
}

/* Moves the members and writes of cluster `from` into the later cluster `to`, when nothing between
 * them needs them and no state changes under them. */
static void merge_clusters(Unit *u, Stage *g, int from, int to) {
    Item *a = &g->items.v[from], *b = &g->items.v[to];
    if (a->kind != ITEM_CLUSTER || a->count != b->count || a->lanes != b->lanes ||
        a->loop != b->loop || a->pos >= b->pos)
        return;
    Reads own = reads_of(u, g, a, -2);
    const ItemOrder *o = &g->order[1 + a->loop];
    for (int k = a->pos + 1; k < b->pos; k++) {
        const Item *it = &g->items.v[o->v[k]];
        bool writes = it->outs.n > 0 || it->kind == ITEM_ROWS || it->kind == ITEM_COPY;
        if (reads_of(u, g, it, from).any || (writes && (own.state || a->outs.n)))
            return;
    }
    if (reads_of(u, g, b, from).moved || (b->outs.n && own.moved_state))
        return;
    for (int k = 0; k < a->members.n; k++) {
        info_of(u, a->members.v[k])->item = to;
        vec_push(u->a, &b->members, a->members.v[k]);
    }
    for (int k = 0; k < a->loads.n; k++)
        vec_push(u->a, &b->loads, a->loads.v[k]);
    for (int k = 1; k < b->members.n; k++)    /* ascending ids: operands first */
        for (int j = k; j > 0 && b->members.v[j]->id < b->members.v[j - 1]->id; j--) {
            const Node *t = b->members.v[j];
            b->members.v[j] = b->members.v[j - 1], b->members.v[j - 1] = t;
        }
    for (int k = 0; k < a->outs.n; k++) {     /* writes move along */
        u->effects[a->outs.v[k].effect].item = to;
        vec_push(u->a, &b->outs, a->outs.v[k]);
    }
    a->members.n = a->loads.n = a->outs.n = 0;
    a->count = -1;                            /* nothing joins it any more */
}

void item_add_elementwise(Unit *u, Stage *g, const Node *n) {
    NodeInfo *i = info_of(u, n);
    JoinTest t = { .u = u, .g = g, .scope = i->loop, .after = i->loop < 0 ? g->floor : -1 };
    operand_reads(u, n, NULL, join_visit, &t);
    int64_t count = shape_count(n->shape);
    int c = find_cluster(&t, count, i->batched);
    if (c < 0) {
        c = stage_add_item(u, g, ITEM_CLUSTER, i->loop, n);
        g->items.v[c].count = count;
        g->items.v[c].lanes = i->batched;
    }
    Item *it = &g->items.v[c];
    vec_push(u->a, &it->members, n);
    for (int k = 0; k < t.loads.n; k++)
        vec_push(u->a, &it->loads, t.loads.v[k]);
    i->item = c;
    for (int k = 0; k < t.n_same; k++)
        if (t.same[k] != c)
            merge_clusters(u, g, t.same[k], c);
}

/* Gives n, whose operands have theirs, an item of the group. */
void item_add_node(Unit *u, Stage *g, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (i->item >= 0 || n->op == OP_RESHAPE || n->op == OP_LOOP_VAR || i->absorbed >= 0)
        return;
    if (i->view || i->ew) {
        if (i->ew || i->root)
            item_add_elementwise(u, g, n);
        return;
    }
    if (n->op == OP_LOOP_OUT) {
        i->item = info_of(u, n->in[0])->item;
        i->root = true;
        return;
    }
    int loop = i->loop;
    i->item = stage_add_item(u, g, n->op == OP_LOOP ? ITEM_LOOP : ITEM_HEAVY, loop, n);
    i->root = true;
    if (i->absorbs >= 0)
        u->info[i->absorbs].item = i->item;
    if (n->op == OP_LOOP)
        for (int l = 0; l < u->loops.n; l++)
            if (u->loops.v[l].node == n)
                g->items.v[i->item].inner = l;
    if (i->sum)
        g->has_sum = true;
}
