/* state.c - what persists: parameters, EMA copies, buffers, data sets, run-time scalars.
 *
 * A state is registered in the Program when it is first met; its initial value is a node. While an
 * entry is lowered, `version` holds the current version of every state: reads name it, writes make
 * the next one. */
#include "front/elab.h"
#include <string.h>

/* ---- tables --------------------------------------------------------------------------------- */
int state_find(const Elab *e, const char *name) {
    for (int i = 0; i < e->program->states.n; i++)
        if (!strcmp(e->program->states.v[i].name, name)) return i;
    return -1;
}
int state_add(Elab *e, const State *s) {
    vec_push(e->arena, &e->program->states, *s);
    vec_push(e->arena, &e->version, 0);
    return e->program->states.n - 1;
}
int group_find(Elab *e, const char *name, bool create, bool is_net) {
    for (int i = 0; i < e->program->groups.n; i++)
        if (!strcmp(e->program->groups.v[i].name, name)) return i;
    if (!create) return -1;
    vec_push(e->arena, &e->program->groups,
             ((Group){ .name = name, .is_net = is_net, .ema_of = -1 }));
    return e->program->groups.n - 1;
}
Node *state_read(Elab *e, int i) {
    const State *s = &e->program->states.v[i];
    return g_state(e->g, i, e->version.v[i], s->dtype, s->shape);
}
void state_write(Elab *e, DoStmt s) {
    s.version = ++e->version.v[s.state];
    vec_push(e->arena, &e->entry->body, s);
}

int scalar_index(Elab *e, const char *name, ScalarKind kind, DType t, double value,
                 const char *doc, Range at) {
    for (int i = 0; i < e->program->scalars.n; i++)
        if (!strcmp(e->program->scalars.v[i].name, name)) return i;
    vec_push(e->arena, &e->program->scalars,
             ((Scalar){ .name = name, .kind = kind, .dtype = t, .value = value, .doc = doc, .at = at }));
    return e->program->scalars.n - 1;
}

/* iter and steps are run-time integers; `batch` names the batch axis of reductions. */
Value *scalar_builtin(Elab *e, const char *name) {
    if (!strcmp(name, "batch")) {
        Value *v = value_new(e, V_STR, NO_RANGE);
        v->str = intern("batch");
        return v;
    }
    bool iter = !strcmp(name, "iter");
    if (!iter && strcmp(name, "steps")) return NULL;
    int i = scalar_index(e, iter ? "iter" : "steps", iter ? SCALAR_ITER : SCALAR_STEPS, DT_I32, 0,
                         iter ? "completed steps" : "steps of this run", NO_RANGE);
    return value_node(e, g_scalar(e->g, i, DT_I32), NO_RANGE);
}

Value *state_arg(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    Value *v = expr_eval(e, f, it->value);
    if (v->kind == V_ERROR) return v;
    double d;
    bool b;
    DType t = v->kind == V_TENSOR ? v->node->dtype : DT_F32;
    if (value_const_bool(v, &b)) d = b;
    else if (!value_const_real(v, &d)) {
        e_error(e, f, E0503, it->value->at, "the default of an arg is a constant number or truth "
                "value; got %s", value_text(e, v));
        return &value_error;
    }
    if (it->type) {
        if (!type_check(e, f, it->type, v, it->value->at, "the default")) return &value_error;
        if (it->type->kind == TY_NAME && !strcmp(it->type->name, "real")) t = DT_F32;
    }
    if (!strcmp(it->name, "steps") || !strcmp(it->name, "count") || !strcmp(it->name, "seed"))
        return e_error(e, f, E0204, it->name_at, "'%s' is a setting of every entry", it->name);
    int i = scalar_index(e, it->name, SCALAR_ARG, t, d, it->doc, it->at);
    return value_node(e, g_scalar(e->g, i, t), it->name_at);
}

/* ---- parameters ----------------------------------------------------------------------------- */
/* The initial value: a draw of a distribution, a constant, or zeros. */
static Node *initial(Elab *e, Frame *f, const Expr *init, const char *name, Shape s, DType t) {
    if (!init) return g_const_splat(e->g, t, s, 0);
    Node *index = e->loop_index;
    e->loop_index = g_const(e->g, DT_I32, 0);
    Value *v = expr_eval(e, f, init);
    Node *n = NULL;
    if (v->kind == V_DIST) {
        if (!shape_equal(v->dist->shape, s))
            e_error(e, f, E0301, init->at, "'%s' is %s; its initial draw is %s", name,
                    shape_text(e->arena, s), shape_text(e->arena, v->dist->shape));
        else
            n = dist_sample(e, f, v->dist, arena_printf(e->arena, "init/%s", name), false);
    } else if (v->kind != V_ERROR && (n = value_tensor(e, f, v))) {
        Shape got = n->shape;
        if (got.rank && !shape_equal(got, s)) {
            e_error(e, f, E0301, init->at, "'%s' is %s; its initial value is %s", name,
                    shape_text(e->arena, s), shape_text(e->arena, got));
            n = NULL;
        } else {
            n = g_broadcast_to(e->g, tensor_unify_dtype(e, n, t), s);
        }
    }
    e->loop_index = index;
    return n;
}

static int register_param(Elab *e, Frame *f, const Item *it, const char *name, const char *group,
                          bool is_net) {
    Shape s;
    DType t;
    if (!it->type) { s = shape_scalar(); t = DT_F32; }
    else if (!type_shape(e, f, it->type, &s, &t)) return -1;
    if (t != DT_F32) { e_error(e, f, E0305, it->type->at, "a parameter is f32"); return -1; }
    int i = state_find(e, name);
    if (i >= 0) {
        if (shape_equal(e->program->states.v[i].shape, s)) return i;
        e_error(e, f, E0301, it->at, "parameter '%s' has shape %s here and %s elsewhere", name,
                shape_text(e->arena, s), shape_text(e->arena, e->program->states.v[i].shape));
        return -1;
    }
    Node *init = initial(e, f, it->value, name, s, t);
    if (!init) return -1;
    int g = group_find(e, group, true, is_net);
    i = state_add(e, &(State){ .name = name, .kind = STATE_PARAM, .dtype = t, .shape = s, .of = -1,
                               .group = g, .init = init, .at = it->at });
    vec_push(e->arena, &e->program->groups.v[g].states, i);
    return i;
}

/* The EMA copy of a parameter: "E.conv0.weight" -> "E_avg.conv0.weight". It starts as the copy. */
static int ema_state(Elab *e, int param, const char *ema) {
    const State *p = &e->program->states.v[param];
    const char *dot = strchr(p->name, '.');
    const char *name = intern(arena_printf(e->arena, "%s%s", ema, dot ? dot : ""));
    int i = state_find(e, name);
    if (i >= 0) return i;
    int g = group_find(e, ema, true, true);
    i = state_add(e, &(State){ .name = name, .kind = STATE_EMA, .dtype = p->dtype,
                               .shape = p->shape, .of = param, .group = g, .init = p->init, .at = p->at });
    vec_push(e->arena, &e->program->groups.v[g].states, i);
    return i;
}

Value *state_param(Elab *e, Frame *f, const Item *decl) {
    if (!f->params)
        return e_error(e, f, E0604, decl->at, "parameters are declared at top level or in a "
                       "network or module");
    const char *dot = strchr(f->params, '.');
    const char *group = dot ? intern_n(f->params, (size_t)(dot - f->params)) : f->params;
    const char *name = intern(arena_printf(e->arena, "%s.%s", f->params, decl->name));
    int i = register_param(e, f, decl, name, group, true);
    if (i < 0) return &value_error;
    if (f->ema) i = ema_state(e, i, f->ema);
    Node *n = state_read(e, i);
    return value_node(e, f->frozen ? g_stop(e->g, n) : n, decl->name_at);
}

Value *state_free_param(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    int i = register_param(e, f, it, it->name, it->name, false);
    return i < 0 ? &value_error : value_node(e, state_read(e, i), it->name_at);
}

/* At the end of a step: every EMA copy of a network that the step moved follows it. */
void state_ema_updates(Elab *e, Frame *f) {
    for (int k = 0; k < e->files.n; k++) {
        const File *file = scope_file(e->files.v[k]);
        for (int i = 0; i < file->n; i++) {
            const Item *it = file->items[i];
            if (it->kind != IT_EMA) continue;
            Value *net = scope_lookup(e, e->files.v[k], it->name);
            if (!net || net->kind == V_ERROR) continue;
            Value *decay[1];
            CallArg *args = NEW_ARRAY(e->arena, CallArg, it->n_args + 1);
            for (int a = 0; a < it->n_args; a++)
                args[a] = (CallArg){ it->args[a].name, expr_eval(e, f, it->args[a].value),
                                     it->args[a].at };
            if (!bind_args(e, f, "ema", "decay", args, it->n_args, it->at, decay)) continue;
            Node *d = value_real(e, f, decay[0]);
            double known;
            if (!d) continue;
            if (value_const_real(decay[0], &known) && (known < 0 || known >= 1)) {
                e_error(e, f, E0602, it->at, "an EMA decay is at least 0 and below 1; got %g", known);
                continue;
            }
            int base = group_find(e, intern(it->of), true, true);
            for (int s = 0; s < e->program->groups.v[base].states.n; s++) {
                int param = e->program->groups.v[base].states.v[s];
                if (e->version.v[param] == 0) continue;
                int ema = ema_state(e, param, it->name);
                Node *p = state_read(e, param), *a = state_read(e, ema);
                Node *keep = g_broadcast_to(e->g, d, p->shape);
                Node *move = g_binary(e->g, OP_SUB, g_const(e->g, DT_F32, 1), d);
                Node *v = g_binary(e->g, OP_ADD, g_binary(e->g, OP_MUL, keep, a),
                                   g_binary(e->g, OP_MUL, g_broadcast_to(e->g, move, p->shape), p));
                state_write(e, (DoStmt){ .kind = DO_WRITE, .at = it->at, .state = ema, .value = v });
            }
        }
    }
}

/* ---- buffers -------------------------------------------------------------------------------- */
/* A buffer is three states in a row: rows [capacity, ...], head and count (i32 []). */
enum { BUFFER_HEAD = 1, BUFFER_COUNT = 2 };

static Node *buffer_init(Elab *e, Frame *f, const Item *it, Value *init, Shape example,
                         int64_t capacity) {
    if (!init) { e_not_yet(e, f, it->at, "a buffer without init"); return NULL; }
    if (init->kind != V_DIST) { e_not_yet(e, f, init->at, "a buffer that starts from this"); return NULL; }
    if (!shape_equal(init->dist->shape, example)) {
        e_error(e, f, E0601, init->at, "the buffer holds %s; its init draws %s",
                shape_text(e->arena, example), shape_text(e->arena, init->dist->shape));
        return NULL;
    }
    Dist rows = dist_rows(e, init->dist, capacity);
    return dist_sample(e, f, &rows, arena_printf(e->arena, "init/%s", it->name), false);
}

Value *state_buffer(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    Shape s;
    DType t;
    if (!type_shape(e, f, it->type, &s, &t)) return &value_error;
    const Expr *x = it->value;
    if (x->kind != EX_CALL || x->a->kind != EX_NAME || strcmp(x->a->name, "replay") != 0)
        return e_error(e, f, E0211, x->at, "a buffer is  replay(capacity, init = ...)");
    CallArg *args = NEW_ARRAY(e->arena, CallArg, x->n_args + 1);
    for (int i = 0; i < x->n_args; i++) {
        const Expr *a = x->args[i].value;
        Value *v = a->kind == EX_NAME && x->args[i].name && strcmp(x->args[i].name, "init") != 0
                       ? value_new(e, V_STR, a->at) : expr_eval(e, f, a);
        if (v->kind == V_STR && a->kind == EX_NAME) v->str = a->name;      /* policy = fifo */
        if (v->kind == V_ERROR) return v;
        args[i] = (CallArg){ x->args[i].name, v, x->args[i].at };
    }
    Value *v[4];
    if (!bind_args(e, f, "replay", "capacity, init=, policy=, codec=", args, x->n_args, x->at, v))
        return &value_error;
    int64_t capacity;
    if (!value_const_int(v[0], &capacity) || capacity < 1 || capacity > INT32_MAX)
        return e_error(e, f, E0501, v[0]->at, "a capacity is a constant from 1 to 2^31-1");
    if (v[2] && (v[2]->kind != V_STR || strcmp(v[2]->str, "fifo")))
        return e_not_yet(e, f, v[2]->at, "this buffer policy");
    if (v[3] && (v[3]->kind != V_STR || strcmp(v[3]->str, "f32")))
        return e_not_yet(e, f, v[3]->at, "this buffer codec");
    if (t != DT_F32) return e_not_yet(e, f, it->type->at, "a buffer of integers");
    Node *init = buffer_init(e, f, it, v[1], s, capacity);
    if (!init) return &value_error;
    Value *b = value_new(e, V_BUFFER, it->name_at);
    b->item = it;
    b->index = state_add(e, &(State){ .name = intern(arena_printf(e->arena, "ebm.buffer.%s", it->name)),
                                      .kind = STATE_BUFFER, .dtype = t, .shape = init->shape,
                                      .of = -1, .group = -1, .init = init, .at = it->at });
    static const char *const leaf[] = { "head", "count" };
    for (int i = 0; i < 2; i++)
        state_add(e, &(State){ .name = intern(arena_printf(e->arena, "ebm.buffer.%s.%s", it->name, leaf[i])),
                               .kind = STATE_VALUE, .dtype = DT_I32, .shape = shape_scalar(),
                               .of = -1, .group = -1, .init = g_const(e->g, DT_I32, 0), .at = it->at });
    return b;
}

/* A row, or n rows when n > 0, with replacement. */
Value *state_buffer_draw(Elab *e, Frame *f, Value *b, int64_t count, const char *site,
                         bool batched) {
    Node *rows = state_read(e, b->index);
    Node *n = g_const(e->g, DT_I32, (double)rows->shape.dim[0]);
    Shape s = count ? shape_of(1, &count) : shape_scalar();
    if (batched) s = shape_batch(s);
    Node *i = g_rand(e->g, OP_RAND_INT, s, site_hash(site), e->loop_index, n);
    return value_node(e, g_gather(e->g, rows, i), b->at);
}

static bool row_fits(Elab *e, Frame *f, Value *b, Node *x, Range at) {
    const State *s = &e->program->states.v[b->index];
    Shape row = shape_of(s->shape.rank - 1, s->shape.dim + 1), got = shape_example(x->shape);
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

void state_buffer_write(Elab *e, Frame *f, Value *b, Node *index, Node *x, Range at) {
    if (!may_write(e, f, at) || !row_fits(e, f, b, x, at)) return;
    if (index->dtype != DT_I32 || shape_example(index->shape).rank || !node_batched(index)) {
        e_error(e, f, E0305, at, "slots are one integer per sample:  i ~ randint(0, n)");
        return;
    }
    x = g_broadcast_to(e->g, x, shape_batch(shape_example(x->shape)));
    state_write(e, (DoStmt){ .kind = DO_WRITE_ROWS, .at = at, .state = b->index, .index = index,
                             .value = x });
}

/* B.push(x), first in first out: sample b goes to slot (head + b) mod capacity. */
static Value *buffer_push(Elab *e, Frame *f, Value *b, const CallArg *args, int n, Range at) {
    if (n != 1 || args[0].name) return e_error(e, f, E0210, at, "push takes one value");
    Node *x = value_real(e, f, args[0].value);
    if (!x || !may_write(e, f, at) || !row_fits(e, f, b, x, args[0].at)) return &value_error;
    Graph *g = e->g;
    Shape per = shape_batch(shape_scalar());
    Node *cap = g_const(g, DT_I32, (double)e->program->states.v[b->index].shape.dim[0]);
    int bi = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    Node *batch = g_scalar(g, bi, DT_I32);
    Node *head = state_read(e, b->index + BUFFER_HEAD), *count = state_read(e, b->index + BUFFER_COUNT);
    Node *slot = g_binary(g, OP_ADD, g_broadcast_to(g, head, per), g_iota(g, per, 0));
    slot = g_binary(g, OP_MOD, slot, g_broadcast_to(g, cap, per));
    state_buffer_write(e, f, b, slot, x, at);
    Node *next = g_binary(g, OP_MOD, g_binary(g, OP_ADD, head, batch), cap);
    Node *full = g_binary(g, OP_MINIMUM, g_binary(g, OP_ADD, count, batch), cap);
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = b->index + BUFFER_HEAD, .value = next });
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = b->index + BUFFER_COUNT, .value = full });
    return &value_unit;
}

Value *state_method(Elab *e, Frame *f, Value *base, const char *name, const CallArg *args, int n,
                    Range at) {
    if (base->kind == V_BUFFER && !strcmp(name, "push")) return buffer_push(e, f, base, args, n, at);
    if (base->kind == V_DIST && !strcmp(name, "log_prob") && base->dist->kind != DIST_IID) {
        if (n != 1) return e_error(e, f, E0210, at, "log_prob takes one value");
        return dist_log_prob(e, f, base->dist, args[0].value, at);
    }
    e_error(e, f, E0202, at, "%s has no method '%s'", value_text(e, base), name);
    if (base->kind == V_BUFFER) diag_help("a buffer has  push(x), count, slots, [i]");
    return &value_error;
}

Value *state_field(Elab *e, Frame *f, Value *base, const char *name, Range at) {
    if (base->kind == V_BUFFER && !strcmp(name, "count"))
        return value_node(e, state_read(e, base->index + BUFFER_COUNT), at);
    if (base->kind == V_BUFFER && !strcmp(name, "slots")) {
        Value *v = value_new(e, V_SLOTS, at);
        v->index = base->index;
        return v;
    }
    if ((base->kind == V_TENSOR || base->kind == V_LIST) && !strcmp(name, "T")) {
        Node *n = value_tensor(e, f, base);
        if (!n) return &value_error;
        int b = node_batched(n) ? 1 : 0, perm[MAX_RANK] = { 0 };
        if (shape_example(n->shape).rank != 2)
            return e_error(e, f, E0301, at, ".T transposes a matrix; got %s", value_text(e, base));
        perm[b] = b + 1;
        perm[b + 1] = b;
        return value_node(e, g_transpose(e->g, n, perm), at);
    }
    e_error(e, f, E0202, at, "%s has no field '%s'", value_text(e, base), name);
    if (base->kind == V_BUFFER) diag_help("a buffer has  push(x), count, slots, [i]");
    return &value_error;
}

/* ---- data sets ------------------------------------------------------------------------------ */
Value *state_data(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    DataSet d = { .name = it->name, .at = it->at };
    Value *path = expr_eval(e, f, it->value);
    if (path->kind == V_ERROR) return path;
    int n = path->kind == V_LIST ? path->n : 1;
    for (int i = 0; i < n; i++) {
        Value *p = path->kind == V_LIST ? path->v[i] : path;
        if (p->kind != V_STR)
            return e_error(e, f, E0211, it->value->at, "a data set comes from a file name or a list "
                           "of them");
        vec_push(e->arena, &d.paths, p->str);
    }
    DataField fl = { .name = intern("x") };
    if (it->type) {
        if (!type_shape(e, f, it->type, &fl.shape, &fl.dtype)) return &value_error;
        vec_push(e->arena, &d.fields, fl);
    }
    for (int i = 0; i < it->n_fields; i++) {
        fl.name = it->fields[i].name;
        if (!type_shape(e, f, it->fields[i].type, &fl.shape, &fl.dtype)) return &value_error;
        vec_push(e->arena, &d.fields, fl);
    }
    if (n > 1 && n != d.fields.n)
        return e_error(e, f, E0601, it->value->at, "%d files for %d fields", n, d.fields.n);
    vec_push(e->arena, &e->program->data, d);
    Value *v = value_new(e, V_DATA, it->name_at);
    v->item = it;
    v->index = e->program->data.n - 1;
    return v;
}
