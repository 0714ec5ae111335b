/* stage.c - the nest stages and regions of a segment, with their items.
 *
 * Needs levels (level.c). Promises: what a check guards comes after it; a full write goes straight
 * into the state when nothing reads the old version at or after that place. */
#include "backend/fuse.h"

#include <stdlib.h>

/* ---- nest stages ----------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

/* Adds the nodes of the stage that `n` needs, in their order. place: by id, 1 + where a node stands
 * in the stage, or 0; mark: what an earlier cone of the stage has added. */
static void add_cone(Unit *u, Stage *g, const Node *n, const int *place, bool *mark) {
    if (mark[n->id])
        return;
    mark[n->id] = true;
    VEC(const Node *) cone = { 0 };
    VEC(int) found = { 0 };
    vec_push(u->a, &cone, n);
    for (int k = 0; k < cone.n; k++) {        /* views and leaves of any level may lead back here */
        const Node *m = cone.v[k];
        if (place[m->id])
            vec_push(u->a, &found, place[m->id]);
        for (int j = 0; j < m->n_in; j++) {
            const NodeInfo *i = info_of(u, m->in[j]);
            if (i->row || mark[m->in[j]->id])
                continue;
            mark[m->in[j]->id] = true;
            vec_push(u->a, &cone, m->in[j]);
        }
    }
    if (found.n)
        qsort(found.v, (size_t)found.n, sizeof *found.v, by_place);
    for (int k = 0; k < found.n; k++)
        item_add_node(u, g, u->node[g->nodes.v[found.v[k] - 1]]);
}

typedef struct StateUse { const Node *state; int64_t index, version; bool moved; } StateUse;
static void state_visit(void *ctx, const Node *value, bool same) {
    StateUse *s = ctx;
    if (value->op == OP_STATE && value->attr[0] == s->index && value->attr[1] == s->version &&
        !same)
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
    value_reads(u, v, true, NULL, state_visit, &use);
    if (use.moved) {                          /* a view of the old version: through a temporary */
        NodeInfo *m = info_of(u, v);
        assert(m->view && !m->root);
        m->root = true;
        m->stage = stage_index(u, g);
        item_add_elementwise(u, g, v);
    }
    c = stage_add_item(u, g, ITEM_CLUSTER, -1, v);
    g->items.v[c].count = shape_count(v->shape);
    vec_push(u->a, &g->items.v[c].outs, ((Out){ v, k }));
    f->item = c;
}

static void add_effect(Unit *u, Stage *g, int k, const int *place, bool *mark) {
    Effect *f = &u->effects[k];
    add_cone(u, g, f->stmt->value, place, mark);
    if (f->stmt->index)
        add_cone(u, g, f->stmt->index, place, mark);
    for (int r = 0; r < f->readers.n; r++)
        if (is_active(u, f->readers.v[r]) && !u->info[f->readers.v[r]].row &&
            u->info[f->readers.v[r]].level == g->level)
            add_cone(u, g, u->node[f->readers.v[r]], place, mark);
    if (f->stmt->kind == DO_WRITE && !node_batched(f->stmt->value)) {
        add_write(u, g, k);
        return;
    }
    ItemKind kind = f->stmt->kind == DO_WRITE ? ITEM_COPY : f->is_write ? ITEM_ROWS : ITEM_CHECK;
    f->item = stage_add_item(u, g, kind, -1, f->stmt->value);
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
        if (!is_active(u, id) || unit_is_leaf(u, u->node[id]))
            continue;
        if (combine)
            stage_add_item(u, g, ITEM_COMBINE, -1, u->node[id]);
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
            int w = wave[n->in[j]->id] + !(m->ew || m->view || m->stage < 0 ||
                                           n->op == OP_LOOP_OUT);
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
    int *place = NEW_ARRAY(u->a, int, u->n + 1);
    for (int k = 0; k < g->nodes.n; k++)
        place[g->nodes.v[k]] = k + 1;
    const Segment *sg = &u->segments.v[u->seg];
    for (int k = sg->first_effect; k < sg->end_effect; k++)
        if (u->effects[k].level == level)
            add_effect(u, g, k, place, mark);
    for (int k = 0; k < g->nodes.n; k++)
        item_add_node(u, g, u->node[g->nodes.v[k]]);
}

/* ---- packs ---------------------------------------------------------------------------------- */

static bool same_pack(const Unit *u, const Pack *p, PackKind kind, bool bf16, const Node *w,
                      const Node *n) {
    int here = u->segments.v[u->seg].block, made = u->segments.v[p->seg].block;
    while (here != made && here >= 0)         /* made in this block or in one around it */
        here = u->blocks.v[here].parent;
    if (here != made || p->kind != kind || p->bf16 != bf16 || base_of(p->node) != base_of(w))
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

/* Asked for, in a run-time loop, and large enough for the tiles of the kernels to be mostly full:
 * the same contractions on both targets. */
bool unit_rounds(Unit *u, const Node *n, PackKind kind) {
    enum { FEW = 16 };
    if (!u->opt->bf16 || info_of(u, n)->loop < 0)
        return false;
    if (kind == PACK_DENSE) {
        DotPlan d = dot_plan(u, n);
        return d.K >= FEW && d.N >= FEW;
    }
    const Node *w = n->in[1];                 /* [O, C / groups, kh, kw] */
    bool one_group = n->attr[8] == 1, dx = kind == PACK_CONV_DX;
    return one_group && w->shape.dim[dx ? 0 : 1] >= FEW && (dx || w->shape.dim[0] >= FEW);
}

static void add_pack(Unit *u, Stage *nest, const Node *n, PackKind kind) {
    const Node *w = n->in[1];
    bool bf16 = !u->cuda && unit_rounds(u, n, kind);     /* CUDA's are not packed */
    u->n_bf16 += bf16;
    for (int k = 0; k < u->packs.n; k++)
        if (same_pack(u, &u->packs.v[k], kind, bf16, w, n)) {
            info_of(u, n)->pack = k;
            return;
        }
    vec_push(u->a, &u->packs, ((Pack){ .kind = kind, .bf16 = bf16, .node = w, .of = n, .buffer = -1,
                                       .seg = u->seg }));
    int it = stage_add_item(u, nest, ITEM_PACK, -1, w);
    nest->items.v[it].pack = u->packs.n - 1;
    info_of(u, n)->pack = u->packs.n - 1;
}

static void build_region(Unit *u, int level, Stage *nest) {
    Stage *g = new_stage(u, true, level);
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        NodeInfo *i = info_of(u, n);
        item_add_node(u, g, n);
        bool outside = n->n_in > 1 && info_of(u, n->in[1])->loop < 0;
        if (u->cuda) {                        /* weights are read as they lie, if they can be */
            bool dense = n->op == OP_DOT && !i->mapped && i->batched;
            if (dense && dot_plan(u, n).kind == DOT_DENSE && !dot_plan(u, n).strided)
                add_pack(u, nest, n, PACK_DENSE);
            continue;
        }
        if (n->op == OP_DOT && !i->mapped && i->batched && dot_plan(u, n).kind == DOT_DENSE)
            add_pack(u, nest, n, PACK_DENSE);
        else if (n->op == OP_CONV && i->batched && outside)
            add_pack(u, nest, n, PACK_CONV);
        else if (n->op == OP_CONV_DX && i->batched && outside)
            add_pack(u, nest, n, PACK_CONV_DX);
    }
}

int unit_fuse(Unit *u) {
    int first = u->stages.n;
    u->roots_known = false;
    root_views(u);
    root_fold_bias(u);
    for (int level = 0; level <= u->levels; level++) {
        build_nest(u, level);
        if (level < u->levels)
            build_region(u, level, u->stages.v[u->stages.n - 1]);
    }
    root_decide(u, first);
    u->roots_known = true;
    return first;
}
