/* fuse.c - which nodes share a loop, which live in memory, in which order a group computes them.
 *
 * Needs levels (analyse.c). Promises, for every group (one region level or one nest stage):
 *   - items stand in an order in which every value is computed before it is read;
 *   - a node is either `root` (in memory after its item) or inlined where it is read;
 *   - elementwise nodes of one index space that can share a loop do (clusters);
 *   - a full write goes straight into the state when nothing reads the old version later.
 *
 * The clustering is greedy: a node joins the last cluster that holds one of its operands, else one
 * that reads the same values, else it starts a new one; each choice keeps the order valid. */
#include "backend/unit.h"

enum { CHEAP = 3, MAX_INLINE_DEPTH = 64, MAX_VIEW_DEPTH = 8 };

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

static bool is_outer_product(const Unit *u, const Node *n) {
    if (n->op != OP_DOT || info_of(u, n)->sum)
        return false;
    DotPlan d = dot_plan(u, n);
    return d.K == 1;
}

/* ---- views and elementwise nodes: what needs memory whatever the clusters are ------------------ */

/* Whether `user` reads operand k by address. */
static bool wants_pointer(const Unit *u, const Node *user, int k) {
    const NodeInfo *i = info_of(u, user);
    switch (user->op) {
    case OP_DOT: {
        if (i->mapped)
            return false;
        DotPlan d = dot_plan(u, user);
        return d.kind == DOT_OUTER || (d.kind == DOT_DENSE && (k == 1 || d.in_order));
    }
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW:
        return i->row && (node_batched(user) || i->sum);
    case OP_REDUCE_SUM: return i->sum && user->n_attr == 1;
    case OP_GATHER: case OP_POOL_PICK_T: return k == 0;
    case OP_LOOP: return false;
    default: return false;
    }
}

/* Marks the values that a statement reads from memory. */
void unit_mark_stated(Unit *u) {
    for (int k = 0; k < u->n_body; k++) {
        const DoStmt *s = &u->body[k];
        bool inlined = s->kind == DO_WRITE && s->value && !node_batched(s->value);
        if (s->value && !inlined) info_of(u, base_of(s->value))->stated = true;
        if (s->value2) info_of(u, base_of(s->value2))->stated = true;
        if (s->index) info_of(u, base_of(s->index))->stated = true;
    }
}

/* Views that become values: those read by address, by a statement or at another level, and every
 * eighth of a chain. Snapshots are views of their state. */
static void root_views(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        if (!is_active(u, id))
            continue;
        i->mapped = is_outer_product(u, n);
        if (i->mapped)
            i->ew = true;
        if (n->op == OP_STATE && u->snapshot[id] && !i->batched)
            i->view = i->root = true;
    }
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        if (!is_active(u, id) || !i->view || i->root || n->op == OP_RESHAPE)
            continue;
        for (int k = 0; k < n->n_in; k++) {
            const NodeInfo *m = info_of(u, base_of(n->in[k]));
            if (m->view && !m->root && i->depth <= m->depth)
                i->depth = m->depth + 1;
        }
        i->root = i->stated || i->depth > MAX_VIEW_DEPTH;
        VEC(uint32_t) todo = { 0 };
        vec_push(u->a, &todo, id);
        for (int at = 0; at < todo.n && !i->root; at++) {
            const NodeInfo *m = &u->info[todo.v[at]];
            for (int r = 0; r < m->n_users; r++) {
                const Node *user = u->node[u->users[m->first_user + r]];
                const NodeInfo *ui = info_of(u, user);
                if (user->op == OP_RESHAPE)
                    vec_push(u->a, &todo, user->id);
                else if (i->row && !i->floating && n->n_in > 0 &&
                         (!is_active(u, user->id) || ui->level != i->level || !ui->row))
                    i->root = true;
                for (int k = 0; k < user->n_in; k++)
                    if (user->in[k]->id == todo.v[at] && wants_pointer(u, user, k))
                        i->root = true;
            }
        }
        if (i->root)
            i->depth = 0;
    }
}

/* ADD(DOT or CONV, broadcast of a shared vector along the output features): the micro-kernels start
 * their sums from the vector. */
static void fold_bias(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        for (int k = 0; is_active(u, id) && n->op == OP_ADD && i->batched && k < 2 && i->absorbs < 0; k++) {
            const Node *d = n->in[k], *c = n->in[1 - k];
            NodeInfo *di = info_of(u, d);
            bool dense = d->op == OP_DOT && !di->mapped && dot_plan(u, d).kind == DOT_DENSE;
            bool conv = d->op == OP_CONV && node_batched(d) && info_of(u, d->in[1])->loop < 0;
            if (!(dense || conv) || di->n_users != 1 || di->stated || di->absorbed >= 0 ||
                di->loop != i->loop || !is_active(u, d->id) || di->level != i->level || c->op != OP_BROADCAST ||
                info_of(u, c)->root)
                continue;
            const Node *b = base_of(c->in[0]);
            int64_t features = dense ? dot_plan(u, d).N : d->shape.dim[d->shape.rank - 3];
            int axis = dense ? d->shape.rank - 1 : d->shape.rank - 3;
            bool vector = c->n_attr == 1 && c->attr[0] == axis && c->in[0]->shape.dim[0] == features;
            bool leaf = (b->op == OP_STATE || info_of(u, b)->ew) && !info_of(u, b)->batched &&
                        !info_of(u, b)->host && info_of(u, b)->loop < 0 && b->dtype == DT_F32;
            if (!vector || !leaf || (dense && dot_plan(u, d).nfb != 1))
                continue;
            i->absorbs = (int)d->id;
            i->ew = false;
            di->absorbed = (int)id;
        }
    }
}

/* ---- reads ---------------------------------------------------------------------------------- */

/* Values in memory that reading n at some index touches, given what is inlined. `within`: members
 * of this cluster are not memory. */
static void visit_value(Unit *u, const Node *n, bool same, const Item *within, VisitRead *visit,
                        void *ctx) {
    n = base_of(n);
    NodeInfo *i = info_of(u, n);
    if (i->host || ((n->op == OP_CONST || n->op == OP_IOTA) && !i->root))
        return;
    if (i->view && !i->root) {
        for (int k = 0; k < n->n_in; k++)
            visit_value(u, n->in[k], false, within, visit, ctx);
        return;
    }
    if (u->roots_known && i->ew && !i->root && i->item >= 0 && !(within && item_of(u, n) == within)) {
        for (int k = 0; k < n->n_in; k++)
            visit_value(u, n->in[k], same && !i->mapped, within, visit, ctx);
        return;
    }
    visit(ctx, n, same);
}

/* The operands of one node that is computed by an item. */
static void visit_operands(Unit *u, const Node *n, const Item *within, VisitRead *visit, void *ctx) {
    const NodeInfo *i = info_of(u, n);
    if (n->op == OP_STATE) {                  /* a snapshot reads the state itself */
        visit(ctx, n, true);
        return;
    }
    if (i->absorbs >= 0) {
        const Node *d = u->node[i->absorbs];
        for (int k = 0; k < d->n_in; k++)
            visit_value(u, d->in[k], false, within, visit, ctx);
    }
    for (int k = 0; k < n->n_in; k++)
        if ((int)n->in[k]->id != i->absorbs)
            visit_value(u, n->in[k], i->ew && !i->mapped, within, visit, ctx);
}

void item_reads(Unit *u, const Stage *g, const Item *it, VisitRead *visit, void *ctx) {
    switch (it->kind) {
    case ITEM_CLUSTER:
        for (int k = 0; k < it->members.n; k++)
            visit_operands(u, it->members.v[k], it, visit, ctx);
        for (int k = 0; k < it->outs.n; k++)
            if (it->outs.v[k].effect >= 0)
                visit_value(u, it->outs.v[k].node, true, it, visit, ctx);
        break;
    case ITEM_HEAVY: visit_operands(u, it->node, it, visit, ctx); break;
    case ITEM_LOOP: {
        const ItemOrder *body = &g->order[1 + it->inner];
        visit_operands(u, it->node, it, visit, ctx);
        for (int k = 0; k < body->n; k++)
            item_reads(u, g, &g->items.v[body->v[k]], visit, ctx);
        break;
    }
    case ITEM_PACK: visit_value(u, u->packs.v[it->pack].node, false, it, visit, ctx); break;
    case ITEM_COMBINE: break;
    case ITEM_ROWS:
        visit_value(u, u->effects[it->effect].stmt->index, false, it, visit, ctx);
        visit_value(u, u->effects[it->effect].stmt->value, false, it, visit, ctx);
        break;
    case ITEM_COPY: case ITEM_CHECK:
        visit_value(u, u->effects[it->effect].stmt->value, false, it, visit, ctx);
    }
}

/* ---- items ---------------------------------------------------------------------------------- */

static int new_item(Unit *u, Stage *g, ItemKind kind, int loop, const Node *node) {
    Item it = { .kind = kind, .loop = loop, .node = node, .effect = -1, .pack = -1, .inner = -1 };
    ItemOrder *o = &g->order[1 + loop];
    it.pos = o->n;
    vec_push(u->a, &g->items, it);
    vec_push(u->a, o, g->items.n - 1);
    return g->items.n - 1;
}

/* The item of group g that makes `value`, or -1: it is there before the group runs. */
static int producer(Unit *u, Stage *g, const Node *value) {
    const NodeInfo *i = info_of(u, value);
    if (value->op == OP_STATE && !u->snapshot[value->id]) {
        int w = writer_of(u, value->attr[0], value->attr[1]);
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
    int it = producer(t->u, t->g, value);
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
    if (producer(r->u, r->g, value) != r->cluster)
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

static void add_cluster_node(Unit *u, Stage *g, const Node *n) {
    NodeInfo *i = info_of(u, n);
    JoinTest t = { .u = u, .g = g, .scope = i->loop, .after = i->loop < 0 ? g->floor : -1 };
    visit_operands(u, n, NULL, join_visit, &t);
    int64_t count = shape_count(n->shape);
    int c = find_cluster(&t, count, i->batched);
    if (c < 0) {
        c = new_item(u, g, ITEM_CLUSTER, i->loop, n);
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
static void add_node(Unit *u, Stage *g, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (i->item >= 0 || n->op == OP_RESHAPE || n->op == OP_LOOP_VAR || i->absorbed >= 0)
        return;
    if (i->view || i->ew) {
        if (i->ew || i->root)
            add_cluster_node(u, g, n);
        return;
    }
    if (n->op == OP_LOOP_OUT) {
        i->item = info_of(u, n->in[0])->item;
        i->root = true;
        return;
    }
    int loop = i->loop;
    i->item = new_item(u, g, n->op == OP_LOOP ? ITEM_LOOP : ITEM_HEAVY, loop, n);
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

/* ---- nest stages ------------------------------------------------------------------------------ */

/* Adds the nodes of the stage that `n` needs. */
static void add_cone(Unit *u, Stage *g, const Node *n, bool *mark) {
    for (int k = 0; k < g->nodes.n; k++)
        mark[g->nodes.v[k]] = false;
    mark[n->id] = true;
    VEC(const Node *) absent = { 0 };
    vec_push(u->a, &absent, n);
    for (int k = 0; k < absent.n; k++) {      /* views and leaves of any level may lead back here */
        const Node *m = absent.v[k];
        for (int j = 0; j < m->n_in; j++) {
            const NodeInfo *i = info_of(u, m->in[j]);
            if (i->row || mark[m->in[j]->id])
                continue;
            mark[m->in[j]->id] = true;
            vec_push(u->a, &absent, m->in[j]);
        }
    }
    for (int k = 0; k < g->nodes.n; k++)
        if (mark[g->nodes.v[k]])
            add_node(u, g, u->node[g->nodes.v[k]]);
    for (int k = 0; k < absent.n; k++)
        mark[absent.v[k]->id] = false;
}

typedef struct StateUse { const Node *state; int64_t index, version; bool moved; } StateUse;
static void state_visit(void *ctx, const Node *value, bool same) {
    StateUse *s = ctx;
    if (value->op == OP_STATE && value->attr[0] == s->index && value->attr[1] == s->version && !same)
        s->moved = true;
}

/* Whether item c may store effect k's value straight into the state. */
static bool may_write_in_place(Unit *u, Stage *g, int c, int k) {
    const Effect *f = &u->effects[k];
    Item *it = &g->items.v[c];
    if (it->loop >= 0 || (it->kind != ITEM_CLUSTER && it->kind != ITEM_HEAVY))
        return false;
    StateUse use = { .index = f->stmt->state, .version = f->stmt->version - 1 };
    item_reads(u, g, it, state_visit, &use);
    if (use.moved)
        return false;
    if (it->kind == ITEM_HEAVY) {
        const NodeInfo *i = info_of(u, it->node);
        if (i->n_users || i->stated || f->readers.n ||
            (it->node->dtype != DT_F32 && it->node->dtype != DT_I32))
            return false;
        for (int j = 0; j < u->n_effects; j++)        /* two writes of one value: copied */
            if (j != k && base_of(u->effects[j].stmt->value) == it->node)
                return false;
    }
    for (int j = u->segments.v[u->seg].first_effect; j < k; j++) {
        const Effect *b = &u->effects[j];
        bool before = !b->is_write || b->stmt->state == f->stmt->state;
        if (before && b->level == g->level && (b->item == c || g->items.v[b->item].pos >= it->pos))
            return false;
    }
    for (int r = 0; r < f->readers.n; r++) {
        const NodeInfo *i = &u->info[f->readers.v[r]];
        if (i->item < 0 || u->stages.v[i->stage] != g || i->item == c)
            continue;
        if (g->items.v[i->item].pos >= it->pos)
            return false;
    }
    return true;
}

static int stage_index(const Unit *u, const Stage *g) {
    int k = 0;
    while (u->stages.v[k] != g)
        k++;
    return k;
}

static void add_write(Unit *u, Stage *g, int k) {
    Effect *f = &u->effects[k];
    const Node *v = base_of(f->stmt->value);
    const NodeInfo *i = info_of(u, v);
    int c = i->stage >= 0 && u->stages.v[i->stage] == g ? i->item : -1;
    if (c >= 0 && g->items.v[c].kind == ITEM_CLUSTER && g->items.v[c].lanes)
        c = -1;
    if (c >= 0 && may_write_in_place(u, g, c, k)) {
        f->item = c;
        vec_push(u->a, &g->items.v[c].outs, ((Out){ v, k }));
        return;
    }
    StateUse use = { .index = f->stmt->state, .version = f->stmt->version - 1 };
    visit_value(u, v, true, NULL, state_visit, &use);
    if (use.moved) {                          /* a view of the old version: through a temporary */
        NodeInfo *m = info_of(u, v);
        assert(m->view && !m->root);
        m->root = true;
        m->stage = stage_index(u, g);
        add_cluster_node(u, g, v);
    }
    c = new_item(u, g, ITEM_CLUSTER, -1, v);
    g->items.v[c].count = shape_count(v->shape);
    vec_push(u->a, &g->items.v[c].outs, ((Out){ v, k }));
    f->item = c;
}

static void add_effect(Unit *u, Stage *g, int k, bool *mark) {
    Effect *f = &u->effects[k];
    add_cone(u, g, f->stmt->value, mark);
    if (f->stmt->index)
        add_cone(u, g, f->stmt->index, mark);
    for (int r = 0; r < f->readers.n; r++)
        if (is_active(u, f->readers.v[r]) && !u->info[f->readers.v[r]].row &&
            u->info[f->readers.v[r]].level == g->level)
            add_cone(u, g, u->node[f->readers.v[r]], mark);
    if (f->stmt->kind == DO_WRITE && !node_batched(f->stmt->value)) {
        add_write(u, g, k);
        return;
    }
    ItemKind kind = f->stmt->kind == DO_WRITE ? ITEM_COPY : f->is_write ? ITEM_ROWS : ITEM_CHECK;
    f->item = new_item(u, g, kind, -1, f->stmt->value);
    g->items.v[f->item].effect = k;
    if (!f->is_write)
        g->floor = g->items.v[f->item].pos;   /* what writes need next comes after the check */
}

static Stage *new_stage(Unit *u, bool region, int level) {
    Stage *g = NEW(u->a, Stage);
    g->region = region, g->level = level, g->floor = -1;
    g->order = NEW_ARRAY(u->a, ItemOrder, u->loops.n + 1);
    vec_push(u->a, &u->stages, g);
    for (uint32_t id = 0; id < u->n; id++) {
        NodeInfo *i = &u->info[id];
        bool combine = !region && i->sum && i->level + 1 == level;
        if (!is_active(u, id) || is_leaf(u, u->node[id]))
            continue;
        if (combine)
            new_item(u, g, ITEM_COMBINE, -1, u->node[id]);
        if (i->row == region && i->level == level) {
            i->stage = u->stages.n - 1;
            vec_push(u->a, &g->nodes, id);
        }
    }
    return g;
}

/* Operands first, and all heavy nodes that are ready before the elementwise ones that wait for some
 * of them, so that these share loops. */
static void sort_by_waves(Unit *u, Stage *g) {
    int *wave = NEW_ARRAY(u->a, int, u->n + 1), last = 0;
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        for (int j = 0; j < n->n_in; j++) {
            const NodeInfo *m = info_of(u, n->in[j]);
            int w = wave[n->in[j]->id] + !(m->ew || m->view || m->stage < 0 || n->op == OP_LOOP_OUT);
            if (m->stage >= 0 && u->stages.v[m->stage] == g && wave[n->id] < w)
                wave[n->id] = w;
        }
        last = last < wave[n->id] ? wave[n->id] : last;
    }
    uint32_t *sorted = NEW_ARRAY(u->a, uint32_t, g->nodes.n + 1);
    int at = 0;
    for (int w = 0; w <= last; w++)
        for (int k = 0; k < g->nodes.n; k++)
            if (wave[g->nodes.v[k]] == w)
                sorted[at++] = g->nodes.v[k];
    g->nodes.v = sorted;
}

static void build_nest(Unit *u, int level) {
    Stage *g = new_stage(u, false, level);
    sort_by_waves(u, g);
    bool *mark = NEW_ARRAY(u->a, bool, u->n + 1);
    const Segment *sg = &u->segments.v[u->seg];
    for (int k = sg->first_effect; k < sg->end_effect; k++)
        if (u->effects[k].level == level)
            add_effect(u, g, k, mark);
    for (int k = 0; k < g->nodes.n; k++)
        add_node(u, g, u->node[g->nodes.v[k]]);
}

/* ---- packs ---------------------------------------------------------------------------------- */

static bool same_pack(const Unit *u, const Pack *p, PackKind kind, const Node *w, const Node *n) {
    int here = u->segments.v[u->seg].block, made = u->segments.v[p->seg].block;
    while (here != made && here >= 0)         /* made in this block or in one around it */
        here = u->blocks.v[here].parent;
    if (here != made || p->kind != kind || base_of(p->node) != base_of(w))
        return false;
    if (kind != PACK_DENSE) {
        const Node *o = p->of;
        if (!shape_equal(o->in[0]->shape, n->in[0]->shape) || o->n_attr != n->n_attr)
            return false;
        for (int i = 0; i < n->n_attr; i++)
            if (o->attr[i] != n->attr[i])
                return false;
        return true;
    }
    DotPlan a = dot_plan(u, p->of), b = dot_plan(u, n);
    return p->of == n || (a.strided && b.strided && a.N == b.N && a.K == b.K && a.so == b.so &&
                          a.sk == b.sk);
}

static void add_pack(Unit *u, Stage *nest, const Node *n, PackKind kind) {
    const Node *w = n->in[1];
    for (int k = 0; k < u->packs.n; k++)
        if (same_pack(u, &u->packs.v[k], kind, w, n)) {
            info_of(u, n)->pack = k;
            return;
        }
    vec_push(u->a, &u->packs, ((Pack){ .kind = kind, .node = w, .of = n, .buffer = -1,
                                       .seg = u->seg }));
    int it = new_item(u, nest, ITEM_PACK, -1, w);
    nest->items.v[it].pack = u->packs.n - 1;
    info_of(u, n)->pack = u->packs.n - 1;
}

static void build_region(Unit *u, int level, Stage *nest) {
    Stage *g = new_stage(u, true, level);
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        NodeInfo *i = info_of(u, n);
        add_node(u, g, n);
        bool outside = n->n_in > 1 && info_of(u, n->in[1])->loop < 0;
        if (n->op == OP_DOT && !i->mapped && i->batched && dot_plan(u, n).kind == DOT_DENSE)
            add_pack(u, nest, n, PACK_DENSE);
        else if (n->op == OP_CONV && i->batched && outside)
            add_pack(u, nest, n, PACK_CONV);
        else if (n->op == OP_CONV_DX && i->batched && outside)
            add_pack(u, nest, n, PACK_CONV_DX);
    }
}

/* ---- roots ---------------------------------------------------------------------------------- */

static int op_cost(const Node *n) {
    switch (n->op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_NEG: case OP_ABS: case OP_MAXIMUM:
    case OP_MINIMUM: case OP_SIGN: case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_AND:
    case OP_OR: case OP_NOT: case OP_SELECT: case OP_CONVERT: case OP_DOT: return 1;
    case OP_DIV: case OP_SQRT: case OP_FLOOR: case OP_CEIL: case OP_ROUND: return 4;
    default: return 50;
    }
}

typedef struct Uses {
    bool forced, elsewhere, crossing;
    int count;
} Uses;

/* How n, through reshapes, is read. */
static Uses uses_of(Unit *u, const Node *n) {
    Uses s = { 0 };
    const NodeInfo *i = info_of(u, n);
    VEC(uint32_t) todo = { 0 };
    vec_push(u->a, &todo, n->id);
    for (int at = 0; at < todo.n; at++) {
        const NodeInfo *m = &u->info[todo.v[at]];
        for (int r = 0; r < m->n_users; r++) {
            const Node *user = u->node[u->users[m->first_user + r]];
            const NodeInfo *ui = info_of(u, user);
            if (user->op == OP_RESHAPE) {
                vec_push(u->a, &todo, user->id);
                continue;
            }
            s.count++;
            int item = ui->item;
            if (ui->stage != i->stage || (ui->stage < 0 && !ui->view)) {
                s.forced = true;
                s.elsewhere |= ui->stage != i->stage;
            } else if (ui->view && !ui->root) {
                s.forced = true;
            } else if (item == i->item && i->item >= 0) {
                continue;
            } else if (ui->ew && !ui->mapped && ui->loop == i->loop) {
                s.crossing = true;
            } else if (!(user->op == OP_REDUCE_SUM && !ui->sum && ui->loop == i->loop)) {
                s.forced = true;
            }
        }
    }
    if (i->stated)
        s.forced = s.elsewhere = true;
    if (s.count > 1 && !s.crossing)           /* a reduction inlines its operand only if alone */
        for (int r = 0; r < i->n_users; r++)
            s.forced |= info_of(u, u->node[u->users[i->first_user + r]])->item != i->item;
    return s;
}

/* Whether an inlined view leads to a state. */
static bool reads_state(Unit *u, const Node *n) {
    const NodeInfo *i = info_of(u, n);
    if (n->op == OP_STATE)
        return true;
    bool found = false;
    for (int k = 0; i->view && !i->root && k < n->n_in; k++)
        found |= reads_state(u, n->in[k]);
    return found;
}

static void decide_root(Unit *u, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (i->item < 0 || n->op == OP_LOOP)
        return;
    Uses s = uses_of(u, n);
    i->cost = op_cost(n);
    i->depth = 1;
    for (int k = 0; k < n->n_in; k++) {
        const NodeInfo *m = info_of(u, base_of(n->in[k]));
        if (m->view && !m->root)
            i->stateful |= reads_state(u, n->in[k]);
        i->stateful |= base_of(n->in[k])->op == OP_STATE || (m->ew && !m->root && m->stateful);
        if (!m->ew || m->root || m->item < 0)
            continue;
        i->cost += m->cost;
        if (i->depth <= m->depth)
            i->depth = m->depth + 1;
    }
    i->root |= s.forced || (s.crossing && ((!i->row && i->stateful) || i->cost > CHEAP)) || i->depth > MAX_INLINE_DEPTH;
    for (int k = 0; k < u->n_effects; k++) {  /* a write that could not be merged */
        const Effect *f = &u->effects[k];
        if (f->seg != u->seg) {
            s.elsewhere |= f->stmt->kind == DO_WRITE && base_of(f->stmt->value) == n;
            i->root |= s.elsewhere;
        } else if (f->stmt->kind == DO_WRITE && base_of(f->stmt->value) == n &&
            (u->stages.v[i->stage]->level != f->level || i->row || f->item != i->item))
            i->root = s.elsewhere = true;
    }
    i->exported |= s.elsewhere && i->root;
}

static void decide_roots(Unit *u, int first) {
    for (uint32_t id = 0; id < u->n; id++)
        if (is_active(u, id))
            decide_root(u, u->node[id]);
    for (int gi = first; gi < u->stages.n; gi++) {
        Stage *g = u->stages.v[gi];
        for (int k = 0; k < g->items.n; k++) {
            Item *it = &g->items.v[k];
            for (int j = 0; j < it->members.n; j++)
                if (info_of(u, it->members.v[j])->root)
                    vec_push(u->a, &it->outs, ((Out){ it->members.v[j], -1 }));
        }
    }
}

int unit_fuse(Unit *u) {
    int first = u->stages.n;
    u->roots_known = false;
    root_views(u);
    fold_bias(u);
    for (int level = 0; level <= u->levels; level++) {
        build_nest(u, level);
        if (level < u->levels)
            build_region(u, level, u->stages.v[u->stages.n - 1]);
    }
    decide_roots(u, first);
    u->roots_known = true;
    return first;
}
