/* stmt.c - statements of function bodies, steps and samplers; run-time and compile-time loops. */
#include "front/elab.h"
#include <string.h>

static void exec(Elab *e, Frame *f, const Stmt *s);

void stmt_block(Elab *e, Frame *f, const Block *b) {
    for (int i = 0; i < b->n && !f->result; i++) exec(e, f, b->v[i]);
}

/* ---- assignment ----------------------------------------------------------------------------- */
/* A computed local may later be differentiated by: it becomes a variable of its own, so that the
 * graph's folding never looks through its name. The differentiate pass removes the marks. */
static Value *named(Elab *e, Value *v) {
    if (v->kind != V_TENSOR || v->node->dtype != DT_F32 || v->node->op == OP_STOP ||
        v->node->op == OP_VAR || op_info[v->node->op].cls == CLASS_SRC)
        return v;
    return value_node(e, g_var(e->g, v->node), v->at);
}

void assign_target(Elab *e, Frame *f, const Expr *t, Value *v) {
    if (t->kind == EX_NAME) {
        FileScope *owner;
        Item *top = scope_item(f->file, t->name, &owner);
        Value *old = frame_lookup(f, t->name);
        if (old && old->cell) {
            state_cell_write(e, f, t->name, old, v, t->at);
            return;
        }
        if (top && !old) {
            if (top->kind == IT_PARAM || top->kind == IT_STATE) {
                state_assign(e, f, owner, top, v, t->at);
                return;
            }
            e_error(e, f, E0204, t->at, "'%s' is already a top-level name", t->name);
            diag_note(top->name_at, "it is declared here");
            diag_help("give the local value another name");
        }
        frame_set(e, f, t->name, named(e, v), t->at);
    } else if (t->kind == EX_TUPLE) {
        if (v->kind == V_ERROR) {
            for (int i = 0; i < t->n; i++) assign_target(e, f, t->v[i], v);
            return;
        }
        if ((v->kind != V_TUPLE && v->kind != V_LIST) || v->n != t->n) {
            e_error(e, f, E0211, t->at, "expected %d values, got %s", t->n, value_text(e, v));
            for (int i = 0; i < t->n; i++) assign_target(e, f, t->v[i], &value_error);
            return;
        }
        for (int i = 0; i < t->n; i++) assign_target(e, f, t->v[i], v->v[i]);
    } else if (t->kind == EX_INDEX) {
        Value *base = expr_eval(e, f, t->a);
        if (base->kind == V_ERROR || v->kind == V_ERROR) return;
        if (base->kind != V_BUFFER || t->n_quals != 1 || t->quals[0].kind != Q_EXPR) {
            e_error(e, f, E0214, t->at, "only a buffer's slots can be assigned:  B[i] = x");
            return;
        }
        Node *i = expr_tensor(e, f, t->quals[0].value), *x = value_real(e, f, v);
        if (i && x) buffer_write(e, f, base, i, x, t->at);
    } else if (t->kind != EX_ERROR) {
        e_error(e, f, E0214, t->at, "this cannot be assigned to");
    }
}

static const char *target_name(const Expr *t) {
    if (t->kind == EX_NAME) return t->name;
    if (t->kind == EX_TUPLE && t->n) return target_name(t->v[0]);
    return "";
}

static void exec_assign(Elab *e, Frame *f, const Stmt *s) {
    const char *was = f->lhs;
    f->lhs = target_name(s->target);
    Value *v = expr_eval(e, f, s->value);
    if (s->op && v->kind != V_ERROR) {
        Value *old = expr_eval(e, f, s->target);
        v = op_binary(e, f, s->op == '+' ? OPR_ADD : OPR_SUB, old, v, s->at);
    }
    f->lhs = was;
    if (v->kind == V_UNIT) v = e_error(e, f, E0212, s->value->at, "this returns nothing");
    assign_target(e, f, s->target, v);
}

/* ---- loops ---------------------------------------------------------------------------------- */
typedef struct Carried {
    Elab *e;
    Frame *f;
    VEC(const char *) names;
} Carried;

/* A name assigned in the body that has a value before it is carried from step to step. */
static void collect(void *user, const Expr *t) {
    Carried *c = user;
    if (t->kind == EX_TUPLE) { for (int i = 0; i < t->n; i++) collect(c, t->v[i]); return; }
    if (t->kind != EX_NAME || !frame_lookup(c->f, t->name)) return;
    for (int i = 0; i < c->names.n; i++) if (c->names.v[i] == t->name) return;
    vec_push(c->e->arena, &c->names, t->name);
}

static void unroll(Elab *e, Frame *f, const Stmt *s, Value *const *items, int n) {
    for (int i = 0; i < n && !f->result; i++) {
        vec_push(e->arena, &f->unrolled, (int64_t)i);
        if (s->n_names == 1) frame_set(e, f, s->names[0], items[i], s->names_at[0]);
        else if (items[i]->kind == V_TUPLE && items[i]->n == s->n_names)
            for (int k = 0; k < s->n_names; k++)
                frame_set(e, f, s->names[k], items[i]->v[k], s->names_at[k]);
        else e_error(e, f, E0211, s->span.at, "expected tuples of %d", s->n_names);
        stmt_block(e, f, &s->body);
        f->unrolled.n--;
    }
}

/* A compile-time loop over a..b. */
static void unroll_span(Elab *e, Frame *f, const Stmt *s, int64_t lo, int64_t hi) {
    if (hi - lo >= 4096) {
        e_error(e, f, E0001, s->span.at, "more than 4096 unrolled iterations");
        return;
    }
    int n = hi < lo ? 0 : (int)(hi - lo + 1);
    Value **items = NEW_ARRAY(e->arena, Value *, n ? n : 1);
    for (int i = 0; i < n; i++) items[i] = value_int(e, lo + i, s->span.at);
    unroll(e, f, s, items, n);
}

/* Binds the loop's name for the step `index`: lo + index, row `index` of the tensor `lo`, or a
 * sample of batch(x). */
static Node *step_node(Elab *e, Node *lo, Node *index) {
    Graph *g = e->g;
    if (lo->shape.rank == 0) return g_binary(g, OP_ADD, lo, index);
    if (!node_batched(lo)) return g_gather(g, lo, index);
    Node *here = g_binary(g, OP_EQ, g_iota(g, lo->shape, 1),
                          g_broadcast_scalar(g, index, lo->shape));
    Node *row = g_select(g, here, lo, g_const_splat(g, lo->dtype, lo->shape, 0));
    return g_reduce(g, OP_REDUCE_SUM, row, (int[]){ 1 }, 1);
}

static void bind_step(Elab *e, Frame *f, const Stmt *s, const Value *over, Node *index) {
    if (!s->n_names) return;                     /* `repeat` has none */
    Range at = s->names_at[0];
    Value *v = over->kind == V_BATCH ? tensor_sample(e, over, index, at)
                                     : value_node(e, step_node(e, over->node, index), at);
    if (s->n_names == 1) { frame_set(e, f, s->names[0], v, at); return; }
    for (int i = 0; i < s->n_names; i++) frame_set(e, f, s->names[i], v->v[i], s->names_at[i]);
}

/* Runs the body once with the given initial values; false when a result's type differs from its
 * initial value's: then init[] has been widened and the body must run again. */
static bool loop_body(Elab *e, Frame *f, const Stmt *s, Carried *c, Node **init, Node **result,
                      const Value *over, Node *trip, int64_t *loop) {
    *loop = g_loop_begin(e->g);
    Node *index = g_loop_index(e->g, *loop), *outer = e->loop_index;
    e->loop_index = g_binary(e->g, OP_ADD, g_binary(e->g, OP_MUL, outer, trip), index);
    bind_step(e, f, s, over, index);
    for (int i = 0; i < c->names.n; i++)
        frame_set(e, f, c->names.v[i],
                  value_node(e, g_loop_var(e->g, *loop, i, init[i]->dtype, init[i]->shape), s->at),
                  s->at);
    bool was = f->in_loop;
    f->in_loop = true;
    stmt_block(e, f, &s->body);
    f->in_loop = was;
    e->loop_index = outer;
    bool same = true;
    for (int i = 0; i < c->names.n; i++) {
        Value *v = frame_lookup(f, c->names.v[i]);
        Node *n = v->kind == V_ERROR ? NULL : value_tensor(e, f, v);
        if (!n) return result[0] = NULL, true;
        Node *a = init[i], *b = n;
        if (a->dtype == b->dtype && shape_equal(a->shape, b->shape)) { result[i] = b; continue; }
        if (!shape_equal(shape_example(a->shape), shape_example(b->shape)) &&
            shape_example(a->shape).rank) {
            e_error(e, f, E0301, s->at, "'%s' changes shape in this loop: %s before, %s after",
                    c->names.v[i], shape_text(e->arena, shape_example(a->shape)),
                    shape_text(e->arena, shape_example(b->shape)));
            return result[0] = NULL, true;
        }
        if (!tensor_join(e, f, &a, &b, s->at)) return result[0] = NULL, true;
        same &= a == init[i];
        init[i] = a;
        result[i] = b;
    }
    return same;
}

/* The loop once more, with sums of what it tracks. */
static void tracking_loop(Elab *e, Frame *f, const Stmt *s, Carried *c, Node *const *init,
                          const Value *over, Node *trip) {
    Tracks mine = { 0 }, *outer = e->collector;
    int n = c->names.n;
    int64_t loop;
    Node **start = NEW_ARRAY(e->arena, Node *, n + 1),
        **result = NEW_ARRAY(e->arena, Node *, n + 1);
    for (int i = 0; i < n; i++) start[i] = init[i];
    e->collector = &mine;
    loop_body(e, f, s, c, start, result, over, trip, &loop);
    e->collector = outer;
    if (!result[0] || mine.n == 0) return;
    int all = n + mine.n;
    Node **from = NEW_ARRAY(e->arena, Node *, all), **to = NEW_ARRAY(e->arena, Node *, all);
    for (int i = 0; i < n; i++) from[i] = start[i], to[i] = result[i];
    track_sums(e, &mine, loop, n, from, to);
    track_means(e, &mine, g_loop(e->g, loop, trip, from, to, all), n, trip);
}

/* A run-time loop: one LOOP node whose carried values are the names that the body assigns. */
static void run_loop(Elab *e, Frame *f, const Stmt *s, const Value *over, Node *trip) {
    Carried c = { .e = e, .f = f };
    ast_each_target(&s->body, collect, &c);
    int n = c.names.n, n_vars = f->vars.n;
    Node **init = NEW_ARRAY(e->arena, Node *, n + 1), **result = NEW_ARRAY(e->arena, Node *, n + 1);
    for (int i = 0; i < n; i++) {
        init[i] = value_tensor(e, f, frame_lookup(f, c.names.v[i]));
        if (!init[i]) return;
    }
    if (n == 0) {
        e_error(e, f, E0214, s->at, "this loop changes nothing that exists before it");
        return;
    }
    VEC(Ordinal) before = { 0 };
    for (int i = 0; i < f->ordinals.n; i++) vec_push(e->arena, &before, f->ordinals.v[i]);
    int64_t loop = 0;
    int seen = e->tracks_seen;
    Tracks *collector = e->collector;
    e->collector = NULL;
    for (int round = 0; round < 4; round++) {
        f->ordinals.n = 0;                       /* the same draws get the same sites */
        for (int i = 0; i < before.n; i++) vec_push(e->arena, &f->ordinals, before.v[i]);
        result[0] = init[0];
        if (loop_body(e, f, s, &c, init, result, over, trip, &loop)) break;
    }
    e->collector = collector;
    if (result[0] && collector && e->tracks_seen > seen) {
        f->ordinals.n = 0;
        for (int i = 0; i < before.n; i++) vec_push(e->arena, &f->ordinals, before.v[i]);
        tracking_loop(e, f, s, &c, init, over, trip);
    }
    if (f->result)
        e_error(e, f, E0214, s->at, "'return' inside a run-time loop");
    f->vars.n = n_vars < f->vars.n ? n_vars : f->vars.n;      /* loop-local names end here */
    if (!result[0]) {
        for (int i = 0; i < n; i++) frame_set(e, f, c.names.v[i], &value_error, s->at);
        return;
    }
    Node *node = g_loop(e->g, loop, trip, init, result, n);
    for (int i = 0; i < n; i++)
        frame_set(e, f, c.names.v[i], value_node(e, g_loop_out(e->g, node, i), s->at), s->at);
}

static bool is_step(const Elab *e, const Frame *f);
/* A loop over the rows of a tensor: a run-time loop, but unrolled where parameters are made or a
 * step has effects. */
static void exec_rows(Elab *e, Frame *f, const Stmt *s, Node *x) {
    int64_t n = shape_example(x->shape).dim[0];
    bool unrolled = f->params || (is_step(e, f) && block_has_effect(f, &s->body));
    if (s->n_names != 1) {
        e_error(e, f, E0211, s->names_at[1], "a tensor gives one row per iteration");
    } else if (unrolled && n > 4096) {
        e_error(e, f, E0001, s->span.at, "more than 4096 unrolled iterations");
    } else if (unrolled) {
        Value **items = NEW_ARRAY(e->arena, Value *, n ? n : 1);
        for (int64_t i = 0; i < n; i++) items[i] = tensor_row(e, x, i, s->span.at);
        unroll(e, f, s, items, (int)n);
    } else if (node_batched(x) && x->dtype != DT_F32 && x->dtype != DT_I32) {
        e_error(e, f, E0305, s->span.at,
                "a loop over rows of bytes or truth values of each sample");
        diag_help("convert them with  real(...)");
    } else {
        run_loop(e, f, s, value_node(e, x, s->span.at), g_const(e->g, DT_I32, (double)n));
    }
}

/* for y in batch(x), for (y, g) in batch((x, s)): through the samples of the batch. */
static void exec_samples(Elab *e, Frame *f, const Stmt *s, Value *batch) {
    const Value *x = batch->v[0];
    if (f->params || (is_step(e, f) && block_has_effect(f, &s->body)))
        e_error(e, f, E0214, s->keyword_at, f->params ? "a loop over the batch in a network"
                : "a loop over the batch has no effects: it changes names of the step");
    else if (s->n_names > 1 && (x->kind != V_TUPLE || x->n != s->n_names))
        e_error(e, f, E0211, s->span.at, "expected tuples of %d", s->n_names);
    else
        run_loop(e, f, s, batch, tensor_batch_size(e));
}

static void exec_for(Elab *e, Frame *f, const Stmt *s) {
    Value *lo = expr_eval(e, f, s->span.lo);
    if (lo->kind == V_ERROR) return;
    if (!s->span.hi) {
        if (lo->kind == V_LIST) { unroll(e, f, s, lo->v, lo->n); return; }
        if (lo->kind == V_BATCH) { exec_samples(e, f, s, lo); return; }
        if (lo->kind == V_TENSOR && shape_example(lo->node->shape).rank >= 1)
            exec_rows(e, f, s, lo->node);
        else e_error(e, f, E0211, s->span.at, "expected a range a..b or a list, got %s",
                     value_text(e, lo));
        return;
    }
    Value *hi = expr_eval(e, f, s->span.hi);
    if (hi->kind == V_ERROR) return;
    if (s->n_names != 1) {
        e_error(e, f, E0211, s->names_at[1], "a range gives one number per iteration");
        return;
    }
    int64_t a, b;
    if (f->params) {
        if (!value_const_int(lo, &a) || !value_const_int(hi, &b)) {
            e_error(e, f, E0501, s->span.at, "a loop in a network has constant bounds");
            diag_help("declare them with  const");
            return;
        }
        unroll_span(e, f, s, a, b - s->span.exclusive);
        return;
    }
    Node *l = value_tensor(e, f, lo), *h = value_tensor(e, f, hi);
    if (!l || !h) return;
    if (l->dtype != DT_I32 || h->dtype != DT_I32 || l->shape.rank || h->shape.rank) {
        e_error(e, f, E0305, s->span.at, "the bounds of a range are integers; got %s .. %s",
                value_text(e, lo), value_text(e, hi));
        return;
    }
    Node *trip = g_binary(e->g, OP_SUB, h, l);
    if (!s->span.exclusive) trip = g_binary(e->g, OP_ADD, trip, g_const(e->g, DT_I32, 1));
    if (is_step(e, f) && block_has_effect(f, &s->body)) block_repeat(e, f, s, l, trip);
    else run_loop(e, f, s, value_node(e, l, s->span.at), trip);
}

/* ---- blocks --------------------------------------------------------------------------------- */
static bool is_step(const Elab *e, const Frame *f) {
    return f->in_entry && e->entry && e->entry->mode == MODE_TRAIN;
}

/* `every`, `while` and blocks with effects stand in the step of a train entry. */
static bool needs_step(Elab *e, Frame *f, const Stmt *s) {
    if (is_step(e, f)) return false;
    e_error(e, f, E0214, s->keyword_at, "this block belongs in the step of a train entry");
    return true;
}

static void exec_repeat(Elab *e, Frame *f, const Stmt *s) {
    Value *v = expr_eval(e, f, s->value);
    if (v->kind == V_ERROR) return;
    Node *n = value_tensor(e, f, v);
    int64_t known;
    if (!n) return;
    if (n->dtype != DT_I32 || n->shape.rank) {
        e_error(e, f, E0305, s->value->at, "'repeat' takes a number of times; got %s",
                value_text(e, v));
        return;
    }
    if (value_const_int(v, &known) && known < 0) {
        e_error(e, f, E0306, s->value->at, "'repeat' takes at least 0; got %lld", (long long)known);
        return;
    }
    bool effect = f->in_entry && block_has_effect(f, &s->body);
    if (effect && needs_step(e, f, s)) return;
    if (f->params) {
        e_error(e, f, E0214, s->keyword_at, "'repeat' in a network");
        diag_help("write a loop with constant bounds:  for i in 1..n { }");
        return;
    }
    if (effect) block_repeat(e, f, s, NULL, n);
    else run_loop(e, f, s, NULL, n);
}

/* ---- the rest ------------------------------------------------------------------------------- */
static void exec_if(Elab *e, Frame *f, const Stmt *s) {
    Value *c = expr_eval(e, f, s->value);
    bool known;
    if (c->kind == V_ERROR) return;
    if (value_const_bool(c, &known)) {
        stmt_block(e, f, known ? &s->body : &s->other);
        return;
    }
    bool effect = f->in_entry && (block_has_effect(f, &s->body) || block_has_effect(f, &s->other));
    if (effect && needs_step(e, f, s)) return;
    Node *when = effect ? block_condition(e, f, c, s->value->at) : value_tensor(e, f, c);
    if (!when) return;
    if (when->dtype != DT_BOOL || shape_example(when->shape).rank)
        e_error(e, f, E0305, s->value->at, "a condition is one truth value; got %s",
                value_text(e, c));
    else if (effect) block_if(e, f, s, when);
    else block_select(e, f, s, when);
}

static void exec_every(Elab *e, Frame *f, const Stmt *s) {
    if (needs_step(e, f, s)) return;
    Node *when = block_every(e, f, s);
    if (!when) return;
    if (block_has_effect(f, &s->body)) block_if(e, f, s, when);
    else block_select(e, f, s, when);
}

/* A check of the step or round: for the batch, or for each of its samples. */
static void assert_at_run_time(Elab *e, Frame *f, const Stmt *s, Value *c) {
    Node *n = value_tensor(e, f, c);
    if (!n) return;
    bool in_loop = e->loop_index->op != OP_CONST && e->loop_index->op != OP_SCALAR;
    if (n->dtype != DT_BOOL) {
        e_error(e, f, E0305, s->value->at, "'assert' takes a truth value; got %s",
                value_text(e, c));
    } else if (!e->entry || in_loop || e->selecting) {
        e_error(e, f, E0214, s->at,
                "an assertion that is only known at run time stands in an entry, "
                "outside of loops and of choices");
        diag_help("return the value, and check it behind");
    } else if (!e->quiet) {
        if (n->shape.rank) {
            n = g_reduce_example(e->g, OP_REDUCE_MIN, g_convert(e->g, n, DT_F32));
            if (node_batched(n)) n = g_reduce_batch(e->g, OP_REDUCE_MIN, n);
            n = g_binary(e->g, OP_LT, g_const(e->g, DT_F32, 0), n);
        }
        int line, column;
        source_position(s->at, &line, &column);
        const char *message = s->message ? s->message : "an assertion does not hold";
        entry_require(e, n, arena_printf(e->arena, "%s (%s, line %d)", message,
                                         source_name(s->at.file), line), s->at);
    }
}

static void exec_assert(Elab *e, Frame *f, const Stmt *s) {
    Value *c = expr_eval(e, f, s->value);
    bool known;
    if (c->kind == V_ERROR) return;
    if (!value_const_bool(c, &known)) assert_at_run_time(e, f, s, c);
    else if (!known)
        f->result = e_error(e, f->caller ? f->caller : f, E0313, f->caller ? f->call_at : s->at,
                            "%s",
                            s->message ? s->message : "this assertion does not hold");
}

static void exec_fn(Elab *e, Frame *f, const Stmt *s) {
    const Item *it = s->decl;
    Value *v = value_new(e, V_FN, it->name_at);
    Fn *fn = NEW(e->arena, Fn);
    *fn = (Fn){ .name = it->name, .item = it, .formals = &it->formals, .result = it->result,
                .body = it->has_body ? &it->body : NULL, .expr = it->value, .file = f->file,
                .env = f };
    v->fn = fn;
    frame_set(e, f, it->name, v, it->name_at);
}

static void exec(Elab *e, Frame *f, const Stmt *s) {
    Range was = graph_at(e->g, s->at);
    switch (s->kind) {
    case SK_ASSIGN: exec_assign(e, f, s); break;
    case SK_DRAW:
        assign_target(e, f, s->target, draw_eval(e, f, s->draw, target_name(s->target),
                                                 s->is_shared));
        break;
    case SK_FOR: exec_for(e, f, s); break;
    case SK_IF: exec_if(e, f, s); break;
    case SK_RETURN: f->result = expr_eval(e, f, s->value); break;
    case SK_ASSERT: exec_assert(e, f, s); break;
    case SK_FN: exec_fn(e, f, s); break;
    case SK_PARAM: {
        Value *v = state_param(e, f, s->decl);
        frame_set(e, f, s->decl->name, v, s->decl->name_at);
        break;
    }
    case SK_CALL: {
        if (f->in_entry && entry_statement(e, f, s)) break;
        Value *v = expr_eval(e, f, s->value);
        if (v->kind != V_UNIT && v->kind != V_ERROR)
            e_error(e, f, E0214, s->at, "the value of this call is not used");
        break;
    }
    case SK_TRACK:
        if (!f->in_entry) track_note(e, f, s);
        else entry_statement(e, f, s);
        break;
    case SK_MINIMIZE: case SK_REPORT: case SK_RUN:
        if (f->in_entry && entry_statement(e, f, s)) break;
        e_error(e, f, E0214, s->keyword_at, "this statement belongs in %s",
                s->kind == SK_REPORT ? "an eval entry" : "the step of a train entry");
        break;
    case SK_REPEAT: exec_repeat(e, f, s); break;
    case SK_EVERY: exec_every(e, f, s); break;
    case SK_WHILE: if (!needs_step(e, f, s)) block_repeat(e, f, s, NULL, NULL); break;
    case SK_SIMULTANEOUS: if (!needs_step(e, f, s)) block_simultaneous(e, f, s); break;
    case SK_STATE: {
        Value *v = state_cell(e, f, s->decl);
        frame_set(e, f, s->decl->name, v, s->decl->name_at);
        break;
    }
    case SK_OPTIMIZER: case SK_STEP: case SK_EXPORT:
        e_error(e, f, E0214, s->keyword_at, "this belongs at the top of a train entry");
        break;
    case SK_ERROR: break;
    }
    if (f->in_entry) track_flush(e);
    graph_at(e->g, was);
}
