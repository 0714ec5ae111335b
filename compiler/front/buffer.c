/* buffer.c - replay buffers: declaration, draws, slots, push, and rows by index.
 *
 * A buffer is three states in a row: its rows [capacity, ...] (f32, or u8 when quantised), `head`
 * and `count` (i32 []). `count` is the number of pushes up to the capacity. `head` is the next slot
 * of a fifo buffer; of a reservoir it is the number of samples that were ever pushed.
 *
 * Quantised rows hold floor(256 x) of numbers in [0,1); read, they are (q + u) / 256 with u uniform
 * in [0,1), so that a number and what is read for it lie in the same step of 1/256. */
#include "front/elab.h"
#include <math.h>
#include <string.h>

enum { BUFFER_HEAD = 1, BUFFER_COUNT = 2, SEEN_LIMIT = 1 << 30 };

int buffer_count(const Value *b) { return b->index + BUFFER_COUNT; }

static Node *scalar_i32(Elab *e, double v) { return g_const(e->g, DT_I32, v); }
static Node *capacity_of(Elab *e, const Value *b) {
    return scalar_i32(e, (double)e->program->states.v[b->index].shape.dim[0]);
}
static Node *batch_size(Elab *e) {
    int i = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    return g_scalar(e->g, i, DT_I32);
}
static Shape row_shape(Elab *e, const Value *b) {
    const State *s = &e->program->states.v[b->index];
    return shape_of(s->shape.rank - 1, s->shape.dim + 1);
}

/* ---- the codec ------------------------------------------------------------------------------- */
static Node *encode(Elab *e, const Buffer *b, Node *x) {
    if (!b->quantised) return x;
    Node *q = g_binary(e->g, OP_MUL, x, g_const_splat(e->g, DT_F32, x->shape, 256));
    return g_convert(e->g, g_unary(e->g, OP_FLOOR, q), DT_U8);          /* stops at 0 and 255 */
}
static Node *decode(Elab *e, const Buffer *b, Node *q, const char *site) {
    if (!b->quantised) return q;
    Node *u = g_rand(e->g, OP_RAND_UNIFORM, q->shape, site_hash(site), e->loop_index, NULL);
    u = g_binary(e->g, OP_ADD, g_convert(e->g, q, DT_F32), u);
    return g_binary(e->g, OP_MUL, u, g_const_splat(e->g, DT_F32, u->shape, 1.0 / 256));
}

/* ---- declaration ----------------------------------------------------------------------------- */
static Node *initial_rows(Elab *e, Frame *f, const Item *it, Value *init, Shape example,
                          int64_t capacity) {
    if (init && init->kind != V_DIST) {
        e_error(e, f, E0211, init->at,
                "a buffer starts from a distribution, a data set or a call of a "
                "sampler; got %s", value_text(e, init));
        return NULL;
    }
    if (init && !shape_equal(init->dist->shape, example)) {
        e_error(e, f, E0601, init->at, "the buffer holds %s; its init draws %s",
                shape_text(e->arena, example), shape_text(e->arena, init->dist->shape));
        return NULL;
    }
    Dist rows = { .shape = example };
    if (!init) {
        memmove(rows.shape.dim + 1, rows.shape.dim, sizeof(int64_t) * (size_t)rows.shape.rank++);
        rows.shape.dim[0] = capacity;
        return g_const_splat(e->g, DT_F32, rows.shape, 0);
    }
    rows = dist_rows(e, init->dist, capacity);
    return dist_sample(e, f, &rows, arena_printf(e->arena, "init/%s", it->name), false);
}

/* The word of a keyword argument, one of two; false after an error. */
static bool one_of(Elab *e, Frame *f, Value *v, const char *what, const char *plain,
                   const char *other, bool *is_other) {
    if (!v) return true;
    *is_other = v->kind == V_STR && !strcmp(v->str, other);
    if (*is_other || (v->kind == V_STR && !strcmp(v->str, plain))) return true;
    e_error(e, f, E0211, v->at, "the %s of a buffer is %s or %s", what, plain, other);
    return false;
}

/* *fill: the init expression when it is no distribution. */
static bool replay_args(Elab *e, Frame *f, const Expr *x, Value **out, const Expr **fill) {
    CallArg *args = NEW_ARRAY(e->arena, CallArg, x->n_args + 1);
    for (int i = 0; i < x->n_args; i++) {
        const Expr *a = x->args[i].value;
        const char *name = x->args[i].name;
        bool word = a->kind == EX_NAME && name &&
            (!strcmp(name, "policy") || !strcmp(name, "codec"));
        bool init = name ? !strcmp(name, "init") : i == 1;
        bool sampler = init && draw_is_sampler_call(e, f, a);         /* runs in the first step */
        Value *v = word ? value_new(e, V_STR, a->at) : sampler ? value_new(e, V_UNIT, a->at)
                                                               : expr_eval(e, f, a);
        if (word) v->str = a->name;
        if (sampler || (init && v->kind == V_DATA)) *fill = a;
        if (v->kind == V_ERROR) return false;
        args[i] = (CallArg){ name, v, x->args[i].at };
    }
    return bind_args(e, f, "replay", "capacity, init=, policy=, codec=", args, x->n_args, x->at,
                     out);
}

Value *buffer_declare(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    Shape s;
    DType t;
    if (!type_shape(e, f, it->type, &s, &t)) return &value_error;
    const Expr *x = it->value;
    if (x->kind != EX_CALL || x->a->kind != EX_NAME || strcmp(x->a->name, "replay") != 0)
        return e_error(e, f, E0211, x->at, "a buffer is  replay(capacity, init = ...)");
    Value *v[4];
    const Expr *fill = NULL;
    if (!replay_args(e, f, x, v, &fill)) return &value_error;
    int64_t capacity;
    if (!value_const_int(v[0], &capacity) || capacity < 1 || capacity > INT32_MAX)
        return e_error(e, f, E0501, v[0]->at, "a capacity is a constant from 1 to 2^31-1");
    if (t != DT_F32) {
        e_error(e, f, E0305, it->type->at, "a buffer holds reals");
        diag_help("codec = u8 stores numbers of [0,1) in a byte");
        return &value_error;
    }
    Buffer *info = NEW(e->arena, Buffer);
    info->starts_empty = !v[1];
    info->fill = fill;
    if (!one_of(e, f, v[2], "policy", "fifo", "reservoir", &info->reservoir) ||
        !one_of(e, f, v[3], "codec", "f32", "u8", &info->quantised))
        return &value_error;
    Node *init = initial_rows(e, f, it, fill ? NULL : v[1], s, capacity);
    if (!init) return &value_error;
    info->start = lint_interval(e, init);
    if (info->quantised && !info->starts_empty && (info->start.lo < 0 || info->start.hi > 1) &&
        isfinite(info->start.lo) && isfinite(info->start.hi))
        return e_error(e, f, E0601, v[1]->at, "codec = u8 holds numbers of [0, 1); this init draws "
                       "from [%g, %g]", info->start.lo, info->start.hi);
    init = encode(e, info, init);
    Value *b = value_new(e, V_BUFFER, it->name_at);
    b->item = it;
    b->buffer = info;
    b->index = state_add(e, &(State){ .name = intern(arena_printf(e->arena, "ebm.buffer.%s",
            scope_name(e, fs, it->name))),
                                      .kind = STATE_BUFFER, .dtype = init->dtype,
                                      .shape = init->shape,
                                      .of = -1, .group = -1, .init = init, .at = it->at });
    static const char *const leaf[] = { "head", "count" };
    for (int i = 0; i < 2; i++)
        state_add(e, &(State){ .name = intern(arena_printf(e->arena, "ebm.buffer.%s.%s",
                                                          scope_name(e, fs, it->name), leaf[i])),
                               .kind = STATE_VALUE, .dtype = DT_I32, .shape = shape_scalar(),
                               .of = -1, .group = -1, .init = scalar_i32(e, 0), .at = it->at });
    return b;
}

/* ---- reading --------------------------------------------------------------------------------- */
/* How many slots may be drawn: all, or of a buffer that started empty those that are filled. */
static Node *drawable(Elab *e, const Value *b) {
    Node *cap = capacity_of(e, b);
    if (!b->buffer->starts_empty) return cap;
    return g_binary(e->g, OP_MAXIMUM, state_read(e, buffer_count(b)), scalar_i32(e, 1));
}

Node *buffer_filled(Elab *e, const Value *b) {
    if (!b->buffer->starts_empty) return NULL;
    return g_binary(e->g, OP_LT, scalar_i32(e, 0), state_read(e, buffer_count(b)));
}

void buffer_require(Elab *e, const Value *b, Range at) {
    Node *filled = buffer_filled(e, b);
    if (filled)
        entry_require(e, filled, arena_printf(e->arena, "a draw from the buffer %s, which is "
                                              "empty: push first, "
                "or write  ~ %s prob 1 else ...", b->item->name, b->item->name), at);
}

Value *buffer_draw(Elab *e, Frame *f, Value *b, int64_t count, const char *site, bool batched) {
    Shape s = count ? shape_of(1, &count) : shape_scalar();
    if (batched) s = shape_batch(s);
    if (s.rank + row_shape(e, b).rank > MAX_RANK)
        return e_error(e, f, E0001, b->at, "too many axes");
    lint_buffer_used(e, b);
    Node *i = g_rand(e->g, OP_RAND_INT, s, site_hash(site), e->loop_index, drawable(e, b));
    Node *rows = g_gather(e->g, state_read(e, b->index), i);
    return value_node(e, decode(e, b->buffer, rows, arena_printf(e->arena, "%s/codec", site)),
                      b->at);
}

Value *buffer_slots(Elab *e, Frame *f, Value *b, const char *site, bool batched, Range at) {
    if (!batched) {
        e_error(e, f, E0309, at,
                "slots are one for each sample: they cannot be drawn for the batch");
        return &value_error;
    }
    int64_t capacity = e->program->states.v[b->index].shape.dim[0];
    if (e->entry && e->entry->batch > capacity)
        return e_error(e, f, E0601, at, "a batch of %lld has no distinct slots in a buffer of %lld",
                       (long long)e->entry->batch, (long long)capacity);
    Node *n = drawable(e, b);
    const char *name = b->item->name;
    entry_require(e, g_binary(e->g, OP_LE, batch_size(e), b->buffer->starts_empty
                            ? state_read(e, buffer_count(b)) : n),
            arena_printf(e->arena, b->buffer->starts_empty
                         ? "the buffer %s holds fewer samples than a batch: it has no "
                         "distinct slots"
                         : "the buffer %s has fewer slots than a batch", name), at);
    return value_node(e, g_rand(e->g, OP_RAND_PERM, shape_batch(shape_scalar()), site_hash(site),
                                e->loop_index, n), at);
}

Value *buffer_row(Elab *e, Frame *f, Value *b, Node *index, Range at) {
    if (index->shape.rank + row_shape(e, b).rank > MAX_RANK)
        return e_error(e, f, E0001, at, "too many axes");
    lint_buffer_used(e, b);
    Node *rows = g_gather(e->g, state_read(e, b->index), index);
    if (!b->buffer->quantised) return value_node(e, rows, at);
    const char *site = frame_site_path(e, f, arena_printf(e->arena, "codec.%s", b->item->name));
    return value_node(e, g_stop(e->g, decode(e, b->buffer, rows, site)), at);
}

/* ---- writing --------------------------------------------------------------------------------- */
static bool row_fits(Elab *e, Frame *f, Value *b, Node *x, Range at) {
    Shape row = row_shape(e, b), got = shape_example(x->shape);
    if (shape_equal(row, got)) return true;
    e_error(e, f, E0601, at, "the buffer holds %s; this is %s", shape_text(e->arena, row),
            shape_text(e->arena, got));
    return false;
}
static bool may_write(Elab *e, Frame *f, Range at) {
    if (e->entry && f->in_entry && e->entry->mode == MODE_TRAIN) return true;
    e_error(e, f, E0214, at, "a buffer is written in the step of a train entry");
    return false;
}

void buffer_write(Elab *e, Frame *f, Value *b, Node *index, Node *x, Range at) {
    if (!may_write(e, f, at) || !row_fits(e, f, b, x, at)) return;
    if (index->dtype != DT_I32 || shape_example(index->shape).rank || !node_batched(index)) {
        e_error(e, f, E0305, at, "slots are one integer per sample:  i ~ %s.slots", b->item->name);
        return;
    }
    x = encode(e, b->buffer, g_broadcast_to(e->g, x, shape_batch(shape_example(x->shape))));
    state_write(e, (DoStmt){ .kind = DO_WRITE_ROWS, .at = at, .state = b->index, .index = index,
                             .value = x });
}

/* First in, first out: sample b goes to slot (head + b) mod capacity. */
static Node *fifo_slots(Elab *e, Value *b, Node *head) {
    Shape per = shape_batch(shape_scalar());
    Node *slot = g_binary(e->g, OP_ADD, g_broadcast_to(e->g, head, per), g_iota(e->g, per, 0));
    return g_binary(e->g, OP_MOD, slot, g_broadcast_to(e->g, capacity_of(e, b), per));
}

/* Algorithm R: the sample with number t = seen + b goes to slot t while there are free ones, then
 * with probability capacity / (t + 1) to a slot drawn from all, else nowhere (slot -1). */
static Node *reservoir_slots(Elab *e, Frame *f, Value *b, Node *seen) {
    Graph *g = e->g;
    Shape per = shape_batch(shape_scalar());
    const char *site = frame_site_path(e, f, arena_printf(e->arena, "push.%s", b->item->name));
    Node *cap = capacity_of(e, b), *wide = g_broadcast_to(g, cap, per);
    Node *t = g_binary(g, OP_ADD, g_broadcast_to(g, seen, per), g_iota(g, per, 0));
    Node *u = g_rand(g, OP_RAND_UNIFORM, per, site_hash(arena_printf(e->arena, "%s/keep", site)),
                     e->loop_index, NULL);
    Node *slot = g_rand(g, OP_RAND_INT, per, site_hash(arena_printf(e->arena, "%s/slot", site)),
                        e->loop_index, cap);
    Node *n = g_convert(g, g_binary(g, OP_ADD, t, g_const_splat(g, DT_I32, per, 1)), DT_F32);
    Node *kept = g_binary(g, OP_LT, g_binary(g, OP_MUL, u, n), g_convert(g, wide, DT_F32));
    slot = g_select(g, kept, slot, g_const_splat(g, DT_I32, per, -1));
    return g_select(g, g_binary(g, OP_LT, t, wide), t, slot);
}

Value *buffer_push(Elab *e, Frame *f, Value *b, const CallArg *args, int n, Range at) {
    if (n != 1 || args[0].name) return e_error(e, f, E0210, at, "push takes one value");
    Node *x = value_real(e, f, args[0].value);
    if (!x || !may_write(e, f, at) || !row_fits(e, f, b, x, args[0].at)) return &value_error;
    Graph *g = e->g;
    Node *cap = capacity_of(e, b), *batch = batch_size(e);
    Node *head = state_read(e, b->index + BUFFER_HEAD), *count = state_read(e, buffer_count(b));
    Node *next = g_binary(g, OP_ADD, head, batch);
    bool reservoir = b->buffer->reservoir;
    buffer_write(e, f, b, reservoir ? reservoir_slots(e, f, b, head) : fifo_slots(e, b, head), x,
                 at);
    next = reservoir ? g_binary(g, OP_MINIMUM, next, scalar_i32(e, SEEN_LIMIT))
                     : g_binary(g, OP_MOD, next, cap);
    Node *full = g_binary(g, OP_MINIMUM, g_binary(g, OP_ADD, count, batch), cap);
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = b->index + BUFFER_HEAD,
                             .value = next });
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = buffer_count(b), .value = full });
    return &value_unit;
}
