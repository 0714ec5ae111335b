/* state.c - what persists: parameters, EMA copies, run-time scalars; buffers: buffer.c, data:
 * data.c.
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
             ((Scalar){ .name = name, .kind = kind, .dtype = t, .value = value, .doc = doc,
                        .at = at }));
    return e->program->scalars.n - 1;
}

/* iter, steps and epoch are run-time integers; `batch` names the batch axis of reductions. */
Value *scalar_builtin(Elab *e, const char *name) {
    if (!strcmp(name, "batch")) {
        Value *v = value_new(e, V_STR, NO_RANGE);
        v->str = intern("batch");
        return v;
    }
    bool iter = !strcmp(name, "iter");
    if (!strcmp(name, "epoch")) {
        int k = scalar_index(e, "epoch", SCALAR_EPOCH, DT_I32, 0, "completed epochs", NO_RANGE);
        return value_node(e, g_scalar(e->g, k, DT_I32), NO_RANGE);
    }
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
    int i = scalar_index(e, scope_name(e, fs, it->name), SCALAR_ARG, t, d, it->doc, it->at);
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

/* A parameter, or a `state` (of a network when `group` is not NULL). */
static int register_state(Elab *e, Frame *f, const Item *it, StateKind kind, const char *name,
                          const char *group, bool is_net) {
    Shape s;
    DType t;
    bool param = kind == STATE_PARAM;
    if (!it->type) { s = shape_scalar(); t = DT_F32; }
    else if (!type_shape(e, f, it->type, &s, &t)) return -1;
    if (t != DT_F32 && (param || t != DT_I32)) {
        e_error(e, f, E0305, it->type->at, param ? "a parameter is f32" : "a state is f32 or i32");
        return -1;
    }
    int i = state_find(e, name);
    if (i >= 0) {
        if (shape_equal(e->program->states.v[i].shape, s)) return i;
        e_error(e, f, E0301, it->at, "%s '%s' has shape %s here and %s elsewhere",
                param ? "parameter" : "state", name, shape_text(e->arena, s),
                shape_text(e->arena, e->program->states.v[i].shape));
        return -1;
    }
    for (int k = 0; k < e->starting.n; k++)
        if (e->starting.v[k] == name) {
            e_error(e, NULL, E0206, it->name_at, "'%s' is defined by itself", it->name);
            return -1;
        }
    vec_push(e->arena, &e->starting, name);
    Node *init = initial(e, f, it->value, name, s, t);
    e->starting.n--;
    if (!init) return -1;
    if (init->dtype != t) {
        e_error(e, f, E0305, it->value->at, "'%s' is %s; its initial value is %s", name,
                dtype_name(t), dtype_name(init->dtype));
        return -1;
    }
    int g = group ? group_find(e, group, true, is_net) : -1;
    i = state_add(e, &(State){ .name = name, .kind = kind, .dtype = t, .shape = s, .of = -1,
                               .group = g, .init = init, .at = it->at });
    if (param) vec_push(e->arena, &e->program->groups.v[g].states, i);
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
    bool averaged = p->kind == STATE_PARAM;
    i = state_add(e, &(State){ .name = name, .kind = STATE_EMA, .dtype = p->dtype,
                               .shape = p->shape, .of = param, .group = g, .init = p->init,
                               .at = p->at });
    if (averaged) vec_push(e->arena, &e->program->groups.v[g].states, i);
    return i;
}

Value *state_param(Elab *e, Frame *f, const Item *decl) {
    if (!f->params)
        return e_error(e, f, E0604, decl->at, "parameters are declared at top level or in a "
                       "network or module");
    const char *dot = strchr(f->params, '.');
    const char *group = dot ? intern_n(f->params, (size_t)(dot - f->params)) : f->params;
    const char *name = intern(arena_printf(e->arena, "%s.%s", f->params, decl->name));
    int i = register_state(e, f, decl, STATE_PARAM, name, group, true);
    if (i < 0) return &value_error;
    if (f->ema) i = ema_state(e, i, f->ema);
    Node *n = state_read(e, i);
    return value_node(e, f->frozen ? g_stop(e->g, n) : n, decl->name_at);
}

Value *state_free_param(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    const char *name = scope_name(e, fs, it->name);
    int i = register_state(e, f, it, STATE_PARAM, name, name, false);
    return i < 0 ? &value_error : value_node(e, state_read(e, i), it->name_at);
}

Value *state_top(Elab *e, FileScope *fs, const Item *it) {
    Frame *f = frame_new(e, NULL, it->name, it->at);
    f->file = fs;
    int i = register_state(e, f, it, STATE_VALUE, scope_name(e, fs, it->name), NULL, false);
    return i < 0 ? &value_error : value_node(e, g_stop(e->g, state_read(e, i)), it->name_at);
}

/* ---- states of modules ---------------------------------------------------------------------- */
/* Read as it is now; a call in training mode may write it. It carries no gradient. */
Value *state_cell(Elab *e, Frame *f, const Item *decl) {
    if (!f->params)
        return e_error(e, f, E0604, decl->at, "a state is declared at top level or in a network or "
                       "module");
    const char *dot = strchr(f->params, '.');
    const char *group = dot ? intern_n(f->params, (size_t)(dot - f->params)) : f->params;
    const char *name = intern(arena_printf(e->arena, "%s.%s", f->params, decl->name));
    int i = register_state(e, f, decl, STATE_VALUE, name, group, true);
    if (i < 0) return &value_error;
    if (f->ema) i = ema_state(e, i, f->ema);
    Value *v = value_node(e, g_stop(e->g, state_read(e, i)), decl->name_at);
    v->cell = i + 1;
    return v;
}

/* The value in the type of a state; NULL after an error. */
static Node *fitted(Elab *e, Frame *f, int state, Value *v, Range at) {
    const State *s = &e->program->states.v[state];
    Node *n = v->kind == V_ERROR ? NULL : value_tensor(e, f, v);
    if (!n) return NULL;
    bool shape = n->shape.rank == 0 || shape_equal(n->shape, s->shape);
    if (shape && (n->dtype == s->dtype || (n->dtype == DT_I32 && s->dtype == DT_F32)))
        return g_broadcast_to(e->g, tensor_unify_dtype(e, n, s->dtype), s->shape);
    e_error(e, f, shape ? E0305 : node_batched(n) ? E0309 : E0301, at, "'%s' is %s%s; this is %s",
            s->name, s->dtype == DT_F32 ? "" : dtype_name(s->dtype), shape_text(e->arena, s->shape),
            value_text(e, v));
    if (node_batched(n)) diag_help("reduce it over the batch, for example  mean(..., batch)");
    return NULL;
}

static bool writes_cells(const Elab *e, const Frame *f) {
    return e->entry && e->entry->mode == MODE_TRAIN && f->mode == MODE_TRAINING && !f->frozen &&
           !f->in_sampler && !f->in_loop && !f->ema && !e->quiet;
}

void state_cell_write(Elab *e, Frame *f, const char *name, Value *old, Value *v, Range at) {
    Node *n = fitted(e, f, old->cell - 1, v, at);
    if (!n || !writes_cells(e, f)) return;
    n = g_stop(e->g, n);
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = old->cell - 1, .value = n });
    Value *now = value_node(e, n, at);
    now->cell = old->cell;
    frame_set(e, f, name, now, at);
}

void state_assign(Elab *e, Frame *f, FileScope *owner, const Item *it, Value *v, Range at) {
    bool param = it->kind == IT_PARAM;
    if (!f->in_entry || !e->entry || e->entry->mode != MODE_TRAIN) {
        e_error(e, f, E0214, at, "'%s' is assigned in the step of a train entry only", it->name);
        return;
    }
    Value *now = scope_lookup(e, owner, it->name);                       /* registers it */
    int state = state_find(e, scope_name(e, owner, it->name));
    if (now->kind == V_ERROR || state < 0) return;
    if (param && e->simultaneous && block_is_pending(e, state)) {
        e_error(e, f, E0214, at, "'%s' is updated in this simultaneous { }: assign it behind",
                it->name);
        return;
    }
    Node *n = fitted(e, f, state, v, at);
    if (!n) return;
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = state,
                             .value = g_stop(e->g, n) });
    if (param) block_note_moved(e, e->program->states.v[state].group);
}

/* ---- EMA ------------------------------------------------------------------------------------ */
/* What an EMA copy becomes: the average, or for layer state a copy. */
static void ema_write(Elab *e, int from, int ema, Node *d, Range at) {
    Node *p = state_read(e, from), *a = state_read(e, ema), *v = p;
    if (e->program->states.v[from].kind == STATE_PARAM) {
        Node *keep = g_broadcast_to(e->g, d, p->shape);
        Node *move = g_binary(e->g, OP_SUB, g_const(e->g, DT_F32, 1), d);
        v = g_binary(e->g, OP_ADD, g_binary(e->g, OP_MUL, keep, a),
                     g_binary(e->g, OP_MUL, g_broadcast_to(e->g, move, p->shape), p));
    }
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = ema, .value = v });
}

/* Updates the copies of one network, under the condition that the step moved it. */
static void ema_update(Elab *e, FileScope *fs, const Item *it, Node *d) {
    int n = 0;
    FileScope *owner;
    if (!scope_item(fs, it->of, &owner)) return;
    int base = group_find(e, scope_name(e, owner, intern(it->of)), true, true);
    const Moved *m = base < e->moved.n ? &e->moved.v[base] : NULL;
    if (m && m->unknown) {
        e_error(e, NULL, E0214, it->at,
                "'%s' moves in an inner block of the step, under a condition "
                "that the end of the step does not know", it->of);
        return;
    }
    VEC(int) from = { 0 }, to = { 0 };
    for (int i = 0; i < e->program->states.n; i++) {
        const State *s = &e->program->states.v[i];
        bool mine = s->group == base && (s->kind == STATE_PARAM || s->kind == STATE_VALUE);
        if (!mine || e->version.v[i] == 0) continue;
        vec_push(e->arena, &from, i);
        vec_push(e->arena, &to, ema_state(e, i, scope_name(e, fs, it->name)));
        n++;
    }
    if (n == 0) return;
    bool always = !m || !m->when || m->when->op == OP_CONST;
    if (!always)
        vec_push(e->arena, &e->entry->body,
                 ((DoStmt){ .kind = DO_IF, .at = it->at, .value = m->when }));
    for (int i = 0; i < n && !always; i++)
        state_write(e, (DoStmt){ .kind = DO_VERSION, .at = it->at, .state = to.v[i] });
    for (int i = 0; i < n; i++) ema_write(e, from.v[i], to.v[i], d, it->at);
    if (!always) vec_push(e->arena, &e->entry->body, ((DoStmt){ .kind = DO_END, .at = it->at }));
    for (int i = 0; i < n && !always; i++)
        state_write(e, (DoStmt){ .kind = DO_VERSION, .at = it->at, .state = to.v[i] });
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
                e_error(e, f, E0602, it->at, "an EMA decay is at least 0 and below 1; got %g",
                        known);
                continue;
            }
            ema_update(e, e->files.v[k], it, d);
        }
    }
}

/* ---- methods and fields ---------------------------------------------------------------------- */
static void field_help(Elab *e, Frame *f, const Value *base, const char *name) {
    if (base->kind == V_BUFFER) diag_help("a buffer has  push(x), count, slots, [i]");
    else if (base->kind == V_DATA) diag_help("a data set has  count, slots, [i]");
    else if (f && scope_has(e, f->file, name))
        diag_help("functions are applied:  %s(x)  or  x |> %s", name, name);
}

Value *state_method(Elab *e, Frame *f, Value *base, const char *name, const CallArg *args, int n,
                    Range at) {
    if (base->kind == V_BUFFER && !strcmp(name, "push"))
        return buffer_push(e, f, base, args, n, at);
    if (base->kind == V_DIST && !strcmp(name, "log_prob") && base->dist->kind != DIST_IID) {
        if (n != 1) return e_error(e, f, E0210, at, "log_prob takes one value");
        return dist_log_prob(e, f, base->dist, args[0].value, at);
    }
    e_error(e, f, E0202, at, "%s has no method '%s'", value_text(e, base), name);
    field_help(e, f, base, name);
    return &value_error;
}

Value *state_field(Elab *e, Frame *f, Value *base, const char *name, Range at) {
    if (base->kind == V_FILE) {
        FileScope *owner;
        Value *v = scope_item(base->file, name, &owner) ? scope_lookup(e, base->file, name) : NULL;
        return v ? v : e_unknown(e, NULL, base->file, E0201, at,
                                 arena_printf(e->arena, "name of '%s',", base->str), name);
    }
    if (base->kind == V_BUFFER && !strcmp(name, "count"))
        return value_node(e, state_read(e, buffer_count(base)), at);
    if (base->kind == V_DATA && !strcmp(name, "count"))
        return value_node(e, data_count(e, base), at);
    if ((base->kind == V_BUFFER || base->kind == V_DATA) && !strcmp(name, "slots")) {
        Value *v = value_new(e, V_SLOTS, at);
        v->index = base->index;
        v->item = base->item;
        v->buffer = base->buffer;
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
    field_help(e, f, base, name);
    return &value_error;
}
