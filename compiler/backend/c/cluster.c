/* cluster.c - loops that compute elementwise nodes, and the items of a region in order.
 *
 * Needs places and blocks (emit.h). Promises: all stores of a loop body come after all its loads,
 * so that a cluster may overwrite what it reads at the same index. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

/* ---- output loops --------------------------------------------------------------------------- */

Index out_loops(Emit *e, Shape example) {
    return e->range ? index_flat(example, "i") : loops_of(e, example, "i");
}

void out_open(Emit *e, Index *ix, bool simd) {
    if (!e->range) {                          /* in a nest part ix may be NULL */
        loops_open(e, ix, false);
        return;
    }
    if (simd)
        emit_line(e, "#pragma omp simd");
    emit_open(e, e->cuda ? "for (int64_t i = lo + tid; i < hi; i += THREADS) {"
                         : "for (int64_t i = lo; i < hi; i++) {");
}

void out_close(Emit *e, const Index *ix) {
    if (e->range)
        emit_close(e);
    else
        loops_close(e, ix);
}

/* ---- clusters ------------------------------------------------------------------------------- */

/* Whether reading n at an index needs the index by axes. */
static bool wants_axes(Emit *e, const Node *n, bool top) {
    const NodeInfo *i = info_of(e->u, n);
    bool own = e->item && i->item >= 0 && item_of(e->u, n) == e->item;
    if (i->host || (i->root && !own && !top) || (n->op == OP_CONST && !top) || n->op == OP_STATE)
        return false;
    if (n->op == OP_RESHAPE)
        return false;                         /* another index space: divided out below it */
    if (n->op == OP_BROADCAST && shape_example(n->in[0]->shape).rank == 0)
        return false;
    if (n->op == OP_IOTA)
        return shape_example(n->shape).rank > 1;
    return i->view || i->mapped;
}

/* The shape whose axes the loops of a cluster run over: that of a node which reads by axes, else
 * one flat axis. */
Shape cluster_shape(Emit *e, const Item *it) {
    Shape flat = shape_of(1, &it->count);
    for (int k = 0; k < it->members.n; k++) {
        const Node *n = it->members.v[k];
        if (wants_axes(e, n, true) && n->op != OP_CONST)
            return shape_example(n->shape);
        for (int j = 0; j < n->n_in; j++)
            if (wants_axes(e, n->in[j], false))
                return shape_example(n->shape);
    }
    for (int k = 0; k < it->outs.n; k++)
        if (wants_axes(e, it->outs.v[k].node, false))
            return shape_example(it->outs.v[k].node->shape);
    return it->count == 1 ? shape_scalar() : flat;
}

/* Members that an output needs, in order: evaluating them in order keeps recursion flat. */
static void evaluate_members(Emit *e, const Item *it, Index ix) {
    bool *need = NEW_ARRAY(e->a, bool, it->members.n + 1);
    for (int k = it->members.n - 1; k >= 0; k--) {
        const Node *n = it->members.v[k];
        for (int j = 0; j < it->outs.n; j++)
            need[k] |= it->outs.v[j].node == n;
        for (int j = k + 1; j < it->members.n && !need[k]; j++)
            for (int o = 0; need[j] && o < it->members.v[j]->n_in; o++)
                need[k] |= base_of(it->members.v[j]->in[o]) == n;
    }
    for (int k = 0; k < it->members.n; k++) {
        const Node *n = it->members.v[k];
        if (need[k])
            emit_value(e, n, shape_equal(shape_example(n->shape), ix.shape)
                                 ? ix : index_flat(shape_example(n->shape), index_get_flat(e,
                                         &ix)));
    }
}

static const char *state_element(Emit *e, int effect, const char *flat) {
    int b = unit_state_buffer(e->u, e->u->effects[effect].stmt->state);
    return P(e, "%s[%s]", emit_arg(e, b, true), flat);
}

/* A rank-0 shared value inside a tile function: a C local. */
static void emit_scalar(Emit *e, const Node *n, Val v) {
    bool fresh = e->place[n->id].kind == PLACE_NONE;
    Place *p = place_new(e, n);
    for (int l = 0; l < 3; l++)
        block_put(e, l);
    if (p->kind != PLACE_LOCAL) {
        cuda_touch(e, p, true, NULL);
        emit_line(e, "%s%s[0] = %s;", e->cuda ? "if (tid == 0) " : "", p->name, v.text);
    } else
        emit_line(e, "%s%s = %s;", fresh ? P(e, "const %s ", emit_ctype(n->dtype)) : "", p->name,
                  v.text);
}

void emit_cluster_values(Emit *e, const Item *it, Index ix) {
    Text stores = { 0 };
    e->item = it;
    evaluate_members(e, it, ix);
    const char *flat = index_get_flat(e, &ix);
    for (int k = 0; k < it->outs.n; k++) {
        const Node *n = it->outs.v[k].node;
        Val v = emit_value(e, n, shape_equal(shape_example(n->shape), ix.shape)
                                     ? ix : index_flat(shape_example(n->shape), flat));
        if (it->outs.n > 1 && v.text[0] != 'x')   /* a bare load: before any store */
            v = block_local(e, n->dtype, 2, v.text);
        const char *to = it->outs.v[k].effect >= 0 ? state_element(e, it->outs.v[k].effect, flat)
                                                   : place_element(e, n, &ix);
        text_printf(&stores, "%s = %s;\n", to, v.text);
    }
    if (stores.data)
        text_add(&e->level[2], stores.data);
    text_free(&stores);
    e->item = NULL;
}

void emit_cluster(Emit *e, const Item *it) {
    if (it->outs.n == 0)
        return;
    e->item = it;
    block_begin(e, it->lanes);
    if (it->count == 1 && !it->lanes && !e->range) {
        Index none = index_axes(shape_scalar(), NULL);
        evaluate_members(e, it, none);
        for (int k = 0; k < it->outs.n; k++) {
            const Node *n = it->outs.v[k].node;
            emit_scalar(e, n, emit_value(e, n, index_flat(shape_example(n->shape), "0")));
        }
        e->item = NULL;
        return;
    }
    Index ix = out_loops(e, cluster_shape(e, it));
    if (e->range && it->count == 1)
        ix = index_flat(ix.shape, "0");
    emit_cluster_values(e, it, ix);
    bool single = e->range && it->count == 1;
    block_put(e, 0);
    if (!single)
        out_open(e, &ix, true);
    else if (e->cuda)
        emit_open(e, "if (tid == 0) {");
    block_put(e, 1);
    block_put_lanes(e);
    if (!single)
        out_close(e, &ix);
    else if (e->cuda)
        emit_close(e);
}

/* ---- run-time loops -------------------------------------------------------------------------- */

typedef struct VarRead { const Node *var; bool any, moved; } VarRead;
static void var_visit(void *ctx, const Node *value, bool same) {
    VarRead *r = ctx;
    if (value != r->var)
        return;
    r->any = true;
    r->moved |= !same;
}

/* Whether result k may be computed right into the carried value's memory: nothing reads the old
 * value at or after the item that makes it, except that item at the same index. */
static bool result_in_place(Emit *e, const Loop *l, int inner, int k) {
    const Node *r = base_of(l->node->in[1 + l->n + k]);
    const NodeInfo *i = info_of(e->u, r);
    VarRead read = { .var = l->var[k + 1] };
    if (!i->root || i->loop != inner || i->item < 0 || e->place[r->id].kind != PLACE_NONE)
        return false;
    const Item *made = item_of(e->u, r);
    if (made->kind == ITEM_LOOP)
        return false;
    for (int j = 0; j < l->n; j++) {          /* results that pass the old value on */
        const Node *other = base_of(l->node->in[1 + l->n + j]);
        const NodeInfo *oi = info_of(e->u, other);
        if (j != k && (other == read.var || (oi->view && !oi->root)))
            return false;
    }
    if (!read.var)
        return true;
    const ItemOrder *body = &e->g->order[1 + inner];
    for (int j = made->pos; j < body->n; j++) {
        const Item *it = &e->g->items.v[body->v[j]];
        read.any = read.moved = false;
        item_reads(e->u, e->g, it, var_visit, &read);
        if (read.any && (it != made || read.moved || it->kind != ITEM_CLUSTER))
            return false;
    }
    return true;
}

/* `to` = value of n, over all its elements. */
static void emit_copy(Emit *e, const Place *to, const Node *n) {
    Shape s = shape_example(n->shape);
    bool lanes = node_batched(n), local = to->kind == PLACE_LOCAL;
    cuda_phase(e);
    block_begin(e, lanes);
    Index ix = local ? index_flat(s, "0") : loops_of(e, s, "i");
    Val v = emit_value(e, n, ix);
    const char *flat = index_get_flat(e, &ix);
    cuda_touch(e, to, true, flat);
    if (local)
        block_line(e, 2, "%s = %s;", to->name, v.text);
    else if (lanes)
        block_line(e, 2, "%s[%s * %s + t] = %s;", to->name, flat, e->stride, v.text);
    else
        block_line(e, 2, "%s[%s] = %s;", to->name, flat, v.text);
    block_put(e, 0);
    if (!local)
        loops_open(e, &ix, false);
    block_put(e, 1);
    block_put_lanes(e);
    if (!local)
        loops_close(e, &ix);
}

/* Memory of carried value k, initialised. */
static Place carried_new(Emit *e, const Loop *l, int k) {
    const Node *init = l->node->in[1 + k];
    Place p = { .scratch = -1, .name = P(e, "w%u_%d", l->node->id, k) };
    bool lanes = node_batched(init);
    int64_t count = shape_count(init->shape);
    p.kind = lanes ? PLACE_TILE : count == 1 ? PLACE_LOCAL : PLACE_FLAT;
    if (p.kind == PLACE_LOCAL) {
        emit_line(e, "%s %s;", emit_ctype(init->dtype), p.name);
        share_name(e, p.name, emit_ctype(init->dtype));
    } else
        p.scratch = scratch_new(e, p.name, init->dtype, lanes, (uint64_t)count);
    emit_copy(e, &p, init);
    return p;
}

/* The new carried values that were not computed in place; those that read old ones go through
 * temporaries, because all change at once. */
static void emit_results(Emit *e, const Loop *l, const Place *home, const bool *in_place) {
    Place *temp = NEW_ARRAY(e->a, Place, l->n + 1);
    for (int k = 0; k < l->n; k++) {
        const Node *r = l->node->in[1 + l->n + k], *b = base_of(r);
        const NodeInfo *i = info_of(e->u, b);
        bool reads_old = (i->view && !i->root && b->op != OP_CONST) || b->op == OP_LOOP_VAR;
        if (in_place[k] || b == l->var[k + 1] || !reads_old)
            continue;
        temp[k] = (Place){ home[k].kind, P(e, "w%u_%dt", l->node->id, k), -1 };
        if (home[k].kind == PLACE_LOCAL)
            emit_line(e, "%s %s;", emit_ctype(r->dtype), temp[k].name);
        else
            temp[k].scratch = scratch_new(e, temp[k].name, r->dtype, home[k].kind == PLACE_TILE,
                                          (uint64_t)shape_count(r->shape));
        emit_copy(e, &temp[k], r);
    }
    for (int k = 0; k < l->n; k++) {
        const Node *r = l->node->in[1 + l->n + k];
        const char *lanes = home[k].kind == PLACE_TILE ? " * T" : "";
        if (in_place[k] || base_of(r) == l->var[k + 1])
            continue;
        if (!temp[k].name)
            emit_copy(e, &home[k], r);
        else if (home[k].kind == PLACE_LOCAL)
            emit_line(e, "%s = %s;", home[k].name, temp[k].name);
        else if (e->cuda)
            cuda_copy(e, &home[k], &temp[k], r);
        else
            emit_line(e, "memcpy(%s, %s, sizeof(float) * %lld%s);", home[k].name, temp[k].name,
                      (long long)shape_count(r->shape), lanes);
    }
}

static void extend_lifetimes(Emit *e, int start) {
    for (int k = 0; k < e->scratch.n; k++)
        if (e->scratch.v[k].first < start && e->scratch.v[k].last >= start)
            e->scratch.v[k].last = e->clock;
}

static void emit_loop(Emit *e, const Item *it) {
    const Loop *l = &e->u->loops.v[it->inner];
    Place *home = NEW_ARRAY(e->a, Place, l->n + 1);
    bool *in_place = NEW_ARRAY(e->a, bool, l->n + 1);
    for (int k = 0; k < l->n; k++) {
        home[k] = carried_new(e, l, k);
        if (l->var[k + 1])
            e->place[l->var[k + 1]->id] = home[k];
    }
    const char *index = P(e, "k%u", l->node->id);
    share_name(e, index, "int64_t");
    if (l->var[0])
        e->place[l->var[0]->id] = (Place){ PLACE_LOCAL, P(e, "(int32_t)%s", index), -1 };
    block_begin(e, false);
    Val trip = emit_value(e, l->node->in[0], index_axes(shape_scalar(), NULL));
    for (int v = 0; v < 3; v++)
        block_put(e, v);
    for (int k = 0; k < l->n; k++) {
        in_place[k] = result_in_place(e, l, it->inner, k);
        if (in_place[k])
            e->place[base_of(l->node->in[1 + l->n + k])->id] = home[k];
    }
    int start = ++e->clock;
    double flops = e->flops;
    emit_open(e, "for (int64_t %s = 0; %s < %s; %s++) {", index, index, trip.text, index);
    cuda_loop(e, true);
    emit_item_list(e, &e->g->order[1 + it->inner]);
    e->clock++;
    emit_results(e, l, home, in_place);
    emit_close(e);
    cuda_loop(e, false);
    for (int k = 0; k < l->n; k++)
        scratch_use(e, home[k].scratch);
    extend_lifetimes(e, start);
    e->clock++;
    (void)flops;
    const NodeInfo *i = info_of(e->u, l->node);
    for (int k = 0; k < i->n_users; k++) {
        const Node *o = e->u->node[e->u->users[i->first_user + k]];
        if (o->op == OP_LOOP_OUT)
            e->place[o->id] = home[o->attr[0]];
    }
    for (int k = 0; k < l->n; k++)
        scratch_use(e, home[k].scratch);
}

/* ---- items ---------------------------------------------------------------------------------- */

/* Stores a value for other kernels. One that all tiles share, the end of a run-time loop, is stored
 * by the first tile. */
void emit_export(Emit *e, const Node *n) {
    if (!info_of(e->u, n)->exported || !e->tiled || info_of(e->u, n)->sum)
        return;
    int b = unit_value_buffer(e->u, n);
    if (e->cuda) {
        cuda_export(e, n, b);
        return;
    }
    if (!node_batched(n)) {
        const char *to = emit_arg(e, b, true);
        emit_line(e, "if (row == 0) memcpy(%s, %s, sizeof(float) * %lld);", to, place_pointer(e, n),
                  (long long)shape_count(n->shape));
        return;
    }
    emit_line(e, "ebm_tile_store%s(%s, %s, row, valid, %lld, T);",
              e->u->buffers.v[b].dtype == DT_F32 ? "" : "_i32", emit_arg(e, b, true),
              place_get(e, n)->name, (long long)shape_count(n->shape));
}

/* Whether the text of an item declares or sets a C local. */
static bool makes_local(const Emit *e, const Item *it) {
    bool local = it->kind == ITEM_HEAVY && e->place[it->node->id].kind == PLACE_LOCAL;
    for (int k = 0; k < it->outs.n; k++)
        local |= e->place[it->outs.v[k].node->id].kind == PLACE_LOCAL;
    return local;
}

void emit_item(Emit *e, const Item *it) {
    size_t begin = share_begin(e);
    switch (it->kind) {
    case ITEM_CLUSTER:
        emit_cluster(e, it);
        if (!makes_local(e, it))
            share_end(e, it, begin);
        for (int j = 0; j < it->outs.n; j++)
            emit_export(e, it->outs.v[j].node);
        break;
    case ITEM_HEAVY:
        if (!(e->cuda ? cuda_micro(e, it->node) : emit_micro(e, it->node)))
            emit_heavy(e, it->node);
        if (!makes_local(e, it))
            share_end(e, it, begin);
        emit_export(e, it->node);
        break;
    case ITEM_LOOP: {
        emit_loop(e, it);
        const NodeInfo *i = info_of(e->u, it->node);
        for (int j = 0; j < i->n_users; j++) {
            const Node *o = e->u->node[e->u->users[i->first_user + j]];
            if (o->op != OP_LOOP_OUT)
                continue;
            emit_export(e, o);
            int kept = info_of(e->u, o)->kept;
            if (kept >= 0)                    /* it stays where the loop carries it */
                emit_line(e, "memcpy(%s + (row - s->from) * %lld, %s, sizeof(float) * %lld * T);",
                          emit_arg(e, kept, true), (long long)shape_count(o->shape),
                          place_pointer(e, o), (long long)shape_count(o->shape));
        }
        break;
    }
    default: assert(!"an item of a nest stage");
    }
}

void emit_item_list(Emit *e, const ItemOrder *order) {
    if (e->cuda) {
        cuda_item_list(e, order);
        return;
    }
    for (int k = 0; k < order->n; k++) {
        e->clock++;
        emit_item(e, &e->g->items.v[order->v[k]]);
    }
}
