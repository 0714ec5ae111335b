/* place.c - where values are within one function: tiles and flat arrays in scratch, C locals,
 * buffers of other kernels. Scratch is planned by lifetime over a clock that ticks once per item;
 * what is made before a run-time loop and read inside it lives until the loop ends. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

/* ---- buffers -------------------------------------------------------------------------------- */

int unit_slot(Unit *u, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (i->slot >= 0)
        return i->slot;
    if (n->dtype == DT_F32) {
        vec_push(u->a, &u->slots_f, n);
        return i->slot = u->slots_f.n - 1;
    }
    vec_push(u->a, &u->slots_i, n);
    return i->slot = u->slots_i.n - 1;
}

int unit_value_buffer(Unit *u, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (i->buffer >= 0)
        return i->buffer;
    DType t = n->dtype == DT_BOOL || n->dtype == DT_U8 ? DT_I32 : n->dtype;
    uint64_t bytes = (uint64_t)shape_count(n->shape) * dtype_size(t);
    Buffer b = { .kind = i->batched ? BUF_SAMPLE : BUF_SHARED, .dtype = t, .node = n->id,
                 .what = "value", .bytes = bytes };
    return i->buffer = unit_buffer(u, b);
}

const char *emit_arg(Emit *e, int buffer, bool written) {
    int k = 0;
    while (k < e->args.n && e->args.v[k] != buffer)
        k++;
    if (k == e->args.n) {
        vec_push(e->a, &e->args, buffer);
        vec_push(e->a, &e->arg_written, false);
    }
    e->arg_written.v[k] |= written;
    return P(e, "b%d", k);
}

/* ---- scratch -------------------------------------------------------------------------------- */

int scratch_new(Emit *e, const char *name, DType t, bool tile, uint64_t floats) {
    Scratch s = { .name = name, .dtype = t, .tile = tile, .floats = floats, .first = e->clock,
                  .last = e->clock };
    vec_push(e->a, &e->scratch, s);
    share_name(e, name, t == DT_F32 ? "float *" : "int32_t *");
    return e->scratch.n - 1;
}

void scratch_use(Emit *e, int s) {
    if (s >= 0 && e->scratch.v[s].last < e->clock)
        e->scratch.v[s].last = e->clock;
}

/* ---- places --------------------------------------------------------------------------------- */

/* A tile in a buffer between kernels, where it stays as it is. */
static void kept_tile(Emit *e, const Node *n, Place *p) {
    const char *type = emit_ctype(n->dtype);
    p->kind = PLACE_TILE;
    p->scratch = -1;
    p->name = P(e, "v%u", n->id);
    text_printf(&e->loads, "%s *const %s = %s + (row - s->from) * %lld;\n", type, p->name,
                emit_arg(e, info_of(e->u, n)->kept, true), (long long)shape_count(n->shape));
    share_name(e, p->name, P(e, "%s *", type));
}

Place *place_new(Emit *e, const Node *n) {
    Place *p = &e->place[n->id];
    if (p->kind != PLACE_NONE) {
        scratch_use(e, p->scratch);
        return p;
    }
    int64_t count = shape_count(n->shape);
    p->name = P(e, "v%u", n->id);
    p->scratch = -1;
    if (node_batched(n) && info_of(e->u, n)->kept >= 0) {
        kept_tile(e, n, p);
    } else if (node_batched(n)) {
        p->kind = PLACE_TILE;
        p->scratch = scratch_new(e, p->name, n->dtype, true, (uint64_t)count);
    } else if (e->range) {
        p->kind = PLACE_FLAT;
        p->name = emit_arg(e, unit_value_buffer(e->u, n), true);
    } else if (count == 1) {
        p->kind = PLACE_LOCAL;
        share_name(e, p->name, emit_ctype(n->dtype));
    } else {
        p->kind = PLACE_FLAT;
        p->scratch = scratch_new(e, p->name, n->dtype, false, (uint64_t)count);
    }
    return p;
}

static const char *move_suffix(DType t) {
    return t == DT_F32 ? "" : t == DT_I32 ? "_i32" : "_u8";
}

/* A value of samples that another kernel, or the data set, holds: loaded at the top of the tile. */
static void load_tile(Emit *e, const Node *n, Place *p) {
    int64_t count = shape_count(n->shape);
    int clock = e->clock;
    e->clock = 0;
    const NodeInfo *i = info_of(e->u, n);
    p->kind = PLACE_TILE;
    p->name = P(e, "v%u", n->id);
    if (i->kept >= 0)
        kept_tile(e, n, p);
    else
        p->scratch = scratch_new(e, p->name, n->dtype, true, (uint64_t)count);
    e->clock = clock;
    bool copied = i->stage >= 0 && e->u->stages.v[i->stage] != e->g && e->u->snapshot[n->id];
    cuda_touch_load(e, p);
    if (n->op != OP_DATA || copied) {
        int b = n->op == OP_STATE && !copied ? unit_state_buffer(e->u, (int)n->attr[0])
                                             : unit_value_buffer(e->u, n);
        const char *suffix = move_suffix(e->u->buffers.v[b].dtype), *from = emit_arg(e, b, false);
        if (e->cuda)
            text_add(&e->loads, cuda_move(e, P(e, "load%s", suffix), p->name, from, count));
        else
            text_printf(&e->loads, "ebm_tile_load%s(%s, %s, row, valid, %lld, T);\n", suffix,
                        p->name, from, (long long)count);
        return;
    }
    int set = (int)n->attr[0], field = (int)n->attr[1];
    DType t = e->u->p->data.v[set].fields.v[field].dtype;
    int turn = n->n_attr > 3 ? (int)n->attr[3] : -1;
    int rows = unit_data_buffer(e->u, BUF_ROWS, DT_I32, set, (int)n->attr[2], turn);
    int data = unit_data_buffer(e->u, BUF_FIELD, t, set, field, -1);
    const char *index = P(e, "d%u", n->id);
    if (e->cuda) {
        text_printf(&e->loads, "ebm_%s_load_rows(%s, %s, %s + row, valid, %lld, T, S);\n", cuda_team(e),
                    p->name, emit_arg(e, data, false), emit_arg(e, rows, false), (long long)count);
        return;
    }
    text_printf(&e->loads, "int32_t %s[T];\n", index);
    text_printf(&e->loads, "ebm_tile_load_i32(%s, %s, row, valid, 1, T);\n", index,
                emit_arg(e, rows, false));
    text_printf(&e->loads, "ebm_tile_gather%s(%s, %s, %s, %lld, T);\n", move_suffix(t), p->name,
                emit_arg(e, data, false), index, (long long)count);
}

Place *place_get(Emit *e, const Node *n) {
    Place *p = &e->place[n->id];
    if (p->kind == PLACE_NONE) {
        const NodeInfo *i = info_of(e->u, n);
        p->scratch = -1;
        if (i->kept >= 0 && (!e->keeps || i->made)) {
            kept_tile(e, n, p);
        } else if (n->op == OP_DATA || i->batched) {
            load_tile(e, n, p);
        } else {
            bool state = n->op == OP_STATE && !e->u->snapshot[n->id];
            assert((state || i->root) && "a value that nothing computes");
            int b = state ? unit_state_buffer(e->u, (int)n->attr[0]) : unit_value_buffer(e->u, n);
            p->kind = PLACE_FLAT;
            p->name = emit_arg(e, b, false);
        }
    }
    scratch_use(e, p->scratch);
    return p;
}

const char *place_pointer(Emit *e, const Node *n) {
    Place *p = place_get(e, base_of(n));
    cuda_touch(e, p, false, NULL);
    return p->kind == PLACE_LOCAL ? P(e, "&%s", p->name) : p->name;
}

const char *place_element(Emit *e, const Node *n, Index *ix) {
    Place *p = place_new(e, n);
    const char *flat = index_get_flat(e, ix);
    cuda_touch(e, p, true, flat);
    return p->kind == PLACE_LOCAL ? p->name
         : p->kind == PLACE_TILE  ? P(e, "%s[%s * %s + t]", p->name, flat, e->stride)
                                  : P(e, "%s[%s]", p->name, flat);
}
