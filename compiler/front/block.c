/* block.c - blocks of a train step that run later, repeatedly or not at all.
 *
 *   repeat n { }   for k in a..b { }   while c { }   every n { }   if c { } else { }
 *   simultaneous { }
 *
 * Needs stmt.c for the statements inside. A block becomes brackets in Entry.body (program.h); this
 * file finds out what a block writes by running it once on trial, names those states anew where
 * program.h wants it, and carries the step's locals that a block assigns in states of their own.
 *
 * Loops without effects are LOOP nodes and choices without effects are selects: see stmt.c. */
#include "front/elab.h"
#include <string.h>

enum { MAX_STEP_BLOCKS = 6, MAX_ROUNDS = 4 };

/* ---- effects -------------------------------------------------------------------------------- */
static bool assigns_state(FileScope *fs, Frame *f, const Expr *t) {
    FileScope *owner;
    if (t->kind == EX_INDEX) return true;
    if (t->kind == EX_TUPLE)
        for (int i = 0; i < t->n; i++)
            if (assigns_state(fs, f, t->v[i])) return true;
    if (t->kind != EX_NAME || frame_lookup(f, t->name)) return false;
    const Item *it = scope_item(fs, t->name, &owner);
    return it && (it->kind == IT_PARAM || it->kind == IT_STATE);
}

bool block_has_effect(Frame *f, const Block *b) {
    for (int i = 0; i < b->n; i++) {
        const Stmt *s = b->v[i];
        switch (s->kind) {
        case SK_MINIMIZE: case SK_TRACK: case SK_REPORT: case SK_RUN: case SK_SIMULTANEOUS:
        case SK_CALL: case SK_WHILE: case SK_ASSERT: return true;
        default: break;
        }
        if (s->target && assigns_state(f->file, f, s->target)) return true;
        if (block_has_effect(f, &s->body) || block_has_effect(f, &s->other)) return true;
    }
    return false;
}

/* ---- trial runs ----------------------------------------------------------------------------- */
typedef VEC(int) Ints;
/* Everything that running statements changes besides the graph. */
typedef struct Mark {
    int body, n_conditions, n_blocks;
    Ints version, draws;
    VEC(Ordinal) ordinals;
    VEC(Var) vars;
    VEC(Moved) moved;
} Mark;

#define COPY(e, to, from) \
    do { \
        (to)->n = 0; \
        for (int i_ = 0; i_ < (from)->n; i_++) vec_push((e)->arena, to, (from)->v[i_]); \
    } while (0)

static Mark mark(Elab *e, Frame *f) {
    Mark m = { .body = e->entry->body.n, .n_conditions = e->conditions.n,
               .n_blocks = e->n_blocks };
    COPY(e, &m.version, &e->version);
    COPY(e, &m.draws, &e->data_draws);
    COPY(e, &m.ordinals, &f->ordinals);
    COPY(e, &m.vars, &f->vars);
    COPY(e, &m.moved, &e->moved);
    return m;
}

static void rewind_to(Elab *e, Frame *f, const Mark *m) {
    e->entry->body.n = m->body;
    e->conditions.n = m->n_conditions;
    e->n_blocks = m->n_blocks;
    for (int i = 0; i < e->version.n; i++) e->version.v[i] = i < m->version.n ? m->version.v[i] : 0;
    for (int i = 0; i < e->data_draws.n; i++)
        e->data_draws.v[i] = i < m->draws.n ? m->draws.v[i] : 0;
    COPY(e, &f->ordinals, &m->ordinals);
    COPY(e, &f->vars, &m->vars);
    COPY(e, &e->moved, &m->moved);
}

/* Adds the states whose version is not that of the mark. */
static void add_written(Elab *e, const Mark *m, Ints *out) {
    for (int i = 0; i < e->version.n; i++) {
        int was = i < m->version.n ? m->version.v[i] : 0;
        bool known = e->version.v[i] == was;
        for (int k = 0; k < out->n && !known; k++) known = out->v[k] == i;
        if (!known) vec_push(e->arena, out, i);
    }
}

static void name_anew(Elab *e, const Ints *states, Range at) {
    for (int i = 0; i < states->n; i++)
        state_write(e, (DoStmt){ .kind = DO_VERSION, .at = at, .state = states->v[i] });
}

static void put(Elab *e, DoStmt s) { vec_push(e->arena, &e->entry->body, s); }

/* ---- locals that outlive a block ------------------------------------------------------------- */
typedef struct Carry {
    const char *name;
    int state;                    /* a LOCAL */
    bool live;                    /* parameters reach it: no constant for differentiation */
} Carry;
typedef VEC(Carry) Carries;

typedef struct Collect { Elab *e; Frame *f; Carries *to; bool all; } Collect;
static void collect(void *user, const Expr *t) {
    Collect *c = user;
    if (t->kind == EX_TUPLE) { for (int i = 0; i < t->n; i++) collect(c, t->v[i]); return; }
    if (t->kind != EX_NAME || (!c->all && !frame_lookup(c->f, t->name))) return;
    for (int i = 0; i < c->to->n; i++) if (c->to->v[i].name == t->name) return;
    vec_push(c->e->arena, c->to, ((Carry){ .name = t->name, .state = -1 }));
}

static void find_live(void *user, const Node *n) {
    Elab *e = ((void **)user)[0];
    StateKind k = e->program->states.v[n->attr[0]].kind;
    if (k == STATE_PARAM || k == STATE_LOCAL) *(bool *)((void **)user)[1] = true;
}

/* Makes the carried local fit one more value: true when its type or its liveness changes. */
static bool widen(Elab *e, Frame *f, Carry *c, Value *v, Range at) {
    Node *n = v && v->kind != V_ERROR ? value_tensor(e, f, v) : NULL;
    if (!n) return false;
    bool live = false, changed = c->state < 0;
    derive_live_states(e, n, find_live, (void *[]){ e, &live });
    changed |= live && !c->live;
    c->live |= live;
    if (c->state < 0) {
        const char *name = arena_printf(e->arena, "%s.%s.%d", e->entry->name, c->name,
                                        e->program->states.n);
        c->state = state_add(e, &(State){ .name = intern(name), .kind = STATE_LOCAL, .of = -1,
                                          .group = -1, .dtype = n->dtype, .shape = n->shape,
                                          .at = at });
        return true;
    }
    State *s = &e->program->states.v[c->state];
    if (s->dtype == n->dtype && shape_equal(s->shape, n->shape)) return changed;
    Shape a = shape_example(s->shape), b = shape_example(n->shape);
    if (!shape_equal(a, b) && a.rank && b.rank) {
        e_error(e, f, E0301, at, "'%s' changes shape in this block: %s before, %s after", c->name,
                shape_text(e->arena, a), shape_text(e->arena, b));
        return false;
    }
    bool batched = shape_batched(s->shape) || node_batched(n);
    Shape to = a.rank ? a : b;
    DType t = s->dtype == n->dtype ? s->dtype : DT_F32;
    if (batched) to = shape_batch(to);
    changed |= t != s->dtype || !shape_equal(to, s->shape);
    s->dtype = t;
    s->shape = to;
    return changed;
}

/* The value that memory holds; what is drawn or stopped before stays a constant. */
static Value *carried_value(Elab *e, const Carry *c, Range at) {
    Node *n = state_read(e, c->state);
    return value_node(e, c->live ? n : g_stop(e->g, n), at);
}

static void keep_value(Elab *e, Frame *f, const Carry *c, Range at) {
    Value *v = frame_lookup(f, c->name);
    Node *n = v && v->kind != V_ERROR ? value_tensor(e, f, v) : NULL;
    if (!n) return;
    const State *s = &e->program->states.v[c->state];
    n = g_broadcast_to(e->g, tensor_unify_dtype(e, n, s->dtype), s->shape);
    state_write(e, (DoStmt){ .kind = DO_WRITE, .at = at, .state = c->state, .value = n });
}

/* ---- conditions under which networks move ---------------------------------------------------- */
/* A condition counts at the end of the step when it means the same there. */
static void push_condition(Elab *e, Node *c) {
    if (c && e->conditions.n > 0) {
        bool *host = NEW_ARRAY(e->arena, bool, graph_size(e->g));
        graph_mark_host(e->g, host);
        bool inner = !host[c->id];
        for (int i = 0; i < e->program->scalars.n && !inner; i++) {
            const Scalar *s = &e->program->scalars.v[i];
            if (s->kind == SCALAR_INDEX || s->kind == SCALAR_TURN)
                inner = derive_depends(e, c, g_scalar(e->g, i, s->dtype));
        }
        if (inner) c = NULL;
    }
    vec_push(e->arena, &e->conditions, c);
}

void block_note_moved(Elab *e, int group) {
    while (e->moved.n <= group) vec_push(e->arena, &e->moved, (Moved){ 0 });
    Moved *m = &e->moved.v[group];
    Node *all = g_const(e->g, DT_BOOL, 1);
    for (int i = 0; i < e->conditions.n; i++) {
        if (!e->conditions.v[i]) { m->unknown = true; return; }
        all = g_binary(e->g, OP_AND, all, e->conditions.v[i]);
    }
    m->when = m->when ? g_binary(e->g, OP_OR, m->when, all) : all;
}

/* ---- repeat, for, while ---------------------------------------------------------------------- */
typedef struct Repeat {
    const Stmt *s;
    Node *lo, *trip;              /* trip NULL: while */
    int index, turn;              /* scalars */
    Node *condition;              /* of `while`, once it ran */
} Repeat;

static int block_scalar(Elab *e, const char *what, ScalarKind kind, Range at) {
    const char *name = intern(arena_printf(e->arena, "%s.%s%d", e->entry->name, what, e->n_blocks));
    return scalar_index(e, name, kind, DT_I32, 0, "of a block of the step", at);
}

/* One run of the body, with the condition of `while` in front. */
static void repeat_body(Elab *e, Frame *f, Repeat *r) {
    Node *outer = e->loop_index;
    if (!r->trip) {
        Value *c = expr_eval(e, f, r->s->value);
        r->condition = c->kind == V_ERROR ? NULL : block_condition(e, f, c, r->s->value->at);
        if (!r->condition) return;
        put(e, (DoStmt){ .kind = DO_LEAVE, .at = r->s->at, .value = r->condition });
    }
    e->loop_index = g_scalar(e->g, r->turn, DT_I32);
    if (r->s->n_names) {
        Node *k = g_binary(e->g, OP_ADD, r->lo, g_scalar(e->g, r->index, DT_I32));
        frame_set(e, f, r->s->names[0], value_node(e, k, r->s->names_at[0]), r->s->names_at[0]);
    }
    stmt_block(e, f, &r->s->body);
    e->loop_index = outer;
    if (f->result) {
        e_error(e, f, E0214, r->s->at, "'return' inside a block that may run or not");
        f->result = NULL;
    }
}

/* The real run. False: a carried local turned out to be wider; everything is as at `m` again. */
static bool repeat_once(Elab *e, Frame *f, Repeat *r, const Ints *written, Carries *c,
                        const Mark *m) {
    Ints all = { 0 };
    COPY(e, &all, written);
    for (int i = 0; i < c->n; i++) {
        vec_push(e->arena, &all, c->v[i].state);
        keep_value(e, f, &c->v[i], r->s->at);
    }
    put(e, (DoStmt){ .kind = DO_REPEAT, .at = r->s->at, .value = r->trip,
                     .index_scalar = r->s->n_names ? r->index : -1, .turn_scalar = r->turn });
    push_condition(e, r->trip ? g_binary(e->g, OP_LT, g_const(e->g, DT_I32, 0), r->trip) : NULL);
    name_anew(e, &all, r->s->at);
    for (int i = 0; i < c->n; i++)
        frame_set(e, f, c->v[i].name, carried_value(e, &c->v[i], r->s->at), r->s->at);
    repeat_body(e, f, r);
    bool wider = false;
    for (int i = 0; i < c->n; i++)
        wider |= widen(e, f, &c->v[i], frame_lookup(f, c->v[i].name), r->s->at);
    if (wider) {
        rewind_to(e, f, m);
        return false;
    }
    for (int i = 0; i < c->n; i++) keep_value(e, f, &c->v[i], r->s->at);
    e->conditions.n--;
    put(e, (DoStmt){ .kind = DO_END, .at = r->s->at });
    name_anew(e, &all, r->s->at);
    COPY(e, &f->vars, &m->vars);                     /* names made in the body end here */
    for (int i = 0; i < c->n; i++)
        frame_set(e, f, c->v[i].name, carried_value(e, &c->v[i], r->s->at), r->s->at);
    return true;
}

static bool may_open(Elab *e, Frame *f, const Stmt *s) {
    if (e->simultaneous) {
        e_error(e, f, E0214, s->keyword_at, "a block inside simultaneous { }");
        return false;
    }
    if (e->conditions.n < MAX_STEP_BLOCKS) return true;
    e_error(e, f, E0001, s->keyword_at, "blocks of a step nest deeper than %d", MAX_STEP_BLOCKS);
    return false;
}

/* Does the condition depend on a state that the block names anew, or on how often it ran? */
static bool condition_moves(Elab *e, const Repeat *r, const Mark *m) {
    bool *seen = NEW_ARRAY(e->arena, bool, graph_size(e->g));
    seen[r->condition->id] = true;
    for (uint32_t id = r->condition->id + 1; id-- > 0;) {
        const Node *n = graph_node(e->g, id);
        if (!seen[id]) continue;
        if (n->op == OP_SCALAR && n->attr[0] == r->turn) return true;
        if (n->op == OP_STATE && n->attr[1] > (n->attr[0] < m->version.n ? m->version.v[n->attr[0]]
                                               : 0))
            return true;
        if (n->op >= OP_RAND_UNIFORM && n->op <= OP_RAND_INT) return true;
        for (int i = 0; i < n->n_in; i++) seen[n->in[i]->id] = true;
    }
    return false;
}

void block_repeat(Elab *e, Frame *f, const Stmt *s, Node *lo, Node *trip) {
    if (!may_open(e, f, s)) return;
    Repeat r = { .s = s, .lo = lo, .trip = trip,
                 .index = block_scalar(e, "index", SCALAR_INDEX, s->at),
                 .turn = block_scalar(e, "turn", SCALAR_TURN, s->at) };
    e->n_blocks++;
    int errors = diag_errors();
    Mark m = mark(e, f);
    Carries c = { 0 };
    Ints written = { 0 };
    Collect to = { e, f, &c, false };
    ast_each_target(&s->body, collect, &to);
    push_condition(e, NULL);
    repeat_body(e, f, &r);
    if (diag_errors() > errors) {
        rewind_to(e, f, &m);
        return;
    }
    add_written(e, &m, &written);
    VEC(Value *) after = { 0 };
    for (int i = 0; i < c.n; i++) vec_push(e->arena, &after, frame_lookup(f, c.v[i].name));
    rewind_to(e, f, &m);
    for (int i = 0; i < c.n; i++) {
        widen(e, f, &c.v[i], frame_lookup(f, c.v[i].name), s->at);
        widen(e, f, &c.v[i], after.v[i], s->at);
    }
    for (int i = 0; i < c.n; i++)
        if (c.v[i].state < 0) return;                /* no tensor: reported by widen */
    bool done = false;
    m = mark(e, f);
    for (int round = 0; !done && round < MAX_ROUNDS && diag_errors() == errors; round++)
        done = repeat_once(e, f, &r, &written, &c, &m);
    if (!trip && diag_errors() == errors && !condition_moves(e, &r, &m)) {
        e_error(e, f, E0214, s->value->at, "nothing in this loop changes its condition");
        diag_help("count in a  state  or a local, or use  repeat n { }");
    }
}

/* ---- if, every ------------------------------------------------------------------------------- */
Node *block_condition(Elab *e, Frame *f, Value *v, Range at) {
    Node *n = value_tensor(e, f, v);
    if (!n) return NULL;
    if (n->dtype == DT_BOOL && n->shape.rank == 0) return n;
    e_error(e, f, n->dtype == DT_BOOL ? E0309 : E0305, at, "this block runs or not for the whole "
            "batch: its condition is one truth value; got %s", value_text(e, v));
    return NULL;
}

static void branch(Elab *e, Frame *f, const Block *b, Range at) {
    if (b) stmt_block(e, f, b);
    if (!f->result) return;
    e_error(e, f, E0214, at, "'return' inside a block that may run or not");
    f->result = NULL;
}

/* One branch of the real run. */
static void branch_once(Elab *e, Frame *f, const Stmt *s, const Block *b, Node *when,
                        const Ints *all, const Carries *c, const Mark *m) {
    push_condition(e, when);
    COPY(e, &f->vars, &m->vars);
    name_anew(e, all, s->at);
    branch(e, f, b, s->at);
    for (int i = 0; i < c->n; i++) keep_value(e, f, &c->v[i], s->at);
    e->conditions.n--;
}

void block_if(Elab *e, Frame *f, const Stmt *s, Node *when) {
    if (!may_open(e, f, s)) return;
    const Block *blocks[2] = { &s->body, s->other.n ? &s->other : NULL };
    int errors = diag_errors();
    Mark m = mark(e, f);
    Carries c = { 0 }, kept = { 0 };
    Ints all = { 0 };
    Collect to = { e, f, &c, true };
    ast_each_target(blocks[0], collect, &to);
    if (blocks[1]) ast_each_target(blocks[1], collect, &to);
    VEC(Value *) before = { 0 }, after[2] = { { 0 }, { 0 } };
    for (int i = 0; i < c.n; i++) vec_push(e->arena, &before, frame_lookup(f, c.v[i].name));
    for (int k = 0; k < 2; k++) {
        push_condition(e, NULL);
        branch(e, f, blocks[k], s->at);
        if (diag_errors() > errors) {
            rewind_to(e, f, &m);
            return;
        }
        add_written(e, &m, &all);
        for (int i = 0; i < c.n; i++)
            vec_push(e->arena, &after[k], frame_lookup(f, c.v[i].name));
        rewind_to(e, f, &m);
    }
    for (int i = 0; i < c.n; i++) {
        if (!after[0].v[i] || !after[1].v[i]) continue;      /* local to one branch */
        if (before.v[i]) widen(e, f, &c.v[i], before.v[i], s->at);
        for (int k = 0; k < 2; k++) widen(e, f, &c.v[i], after[k].v[i], s->at);
        if (c.v[i].state < 0 || diag_errors() > errors) return;
        vec_push(e->arena, &kept, c.v[i]);
        vec_push(e->arena, &all, c.v[i].state);
    }
    for (int i = 0; i < kept.n; i++)
        if (frame_lookup(f, kept.v[i].name)) keep_value(e, f, &kept.v[i], s->at);
    put(e, (DoStmt){ .kind = DO_IF, .at = s->at, .value = when });
    branch_once(e, f, s, blocks[0], when, &all, &kept, &m);
    if (blocks[1]) {
        put(e, (DoStmt){ .kind = DO_ELSE, .at = s->at });
        branch_once(e, f, s, blocks[1], g_unary(e->g, OP_NOT, when), &all, &kept, &m);
    }
    put(e, (DoStmt){ .kind = DO_END, .at = s->at });
    name_anew(e, &all, s->at);
    COPY(e, &f->vars, &m.vars);
    for (int i = 0; i < kept.n; i++)
        frame_set(e, f, kept.v[i].name, carried_value(e, &kept.v[i], s->at), s->at);
}

/* `every n`: in the n-th, 2n-th ... step. */
Node *block_every(Elab *e, Frame *f, const Stmt *s) {
    Value *v = expr_eval(e, f, s->value);
    if (v->kind == V_ERROR) return NULL;
    Node *n = value_tensor(e, f, v);
    int64_t known;
    if (!n) return NULL;
    if (n->dtype != DT_I32 || n->shape.rank) {
        e_error(e, f, E0305, s->value->at, "'every' takes a number of steps; got %s",
                value_text(e, v));
        return NULL;
    }
    if (value_const_int(v, &known) && known < 1) {
        e_error(e, f, E0306, s->value->at, "'every' takes at least 1; got %lld", (long long)known);
        return NULL;
    }
    Node *one = g_const(e->g, DT_I32, 1), *iter = scalar_builtin(e, "iter")->node;
    Node *left = g_binary(e->g, OP_MOD, g_binary(e->g, OP_ADD, iter, one), n);
    return g_binary(e->g, OP_EQ, left, g_const(e->g, DT_I32, 0));
}

/* A choice without effects: both sides are computed, and each name gets the value of one. */
void block_select(Elab *e, Frame *f, const Stmt *s, Node *when) {
    Carries c = { 0 };
    Collect to = { e, f, &c, true };
    VEC(Var) before = { 0 };
    VEC(Value *) one = { 0 };
    ast_each_target(&s->body, collect, &to);
    ast_each_target(&s->other, collect, &to);
    COPY(e, &before, &f->vars);
    e->selecting++;
    branch(e, f, &s->body, s->at);
    for (int i = 0; i < c.n; i++) vec_push(e->arena, &one, frame_lookup(f, c.v[i].name));
    COPY(e, &f->vars, &before);
    branch(e, f, s->other.n ? &s->other : NULL, s->at);
    e->selecting--;
    VEC(Value *) two = { 0 };
    for (int i = 0; i < c.n; i++) vec_push(e->arena, &two, frame_lookup(f, c.v[i].name));
    COPY(e, &f->vars, &before);
    for (int i = 0; i < c.n; i++) {
        Value *a = one.v[i], *b = two.v[i];
        if (!a || !b) continue;                      /* local to one side */
        bool bad = a->kind == V_ERROR || b->kind == V_ERROR;
        frame_set(e, f, c.v[i].name,
                  bad ? &value_error : a == b ? a : expr_select(e, f, when, a, b, s->at), s->at);
    }
}

/* ---- simultaneous ---------------------------------------------------------------------------- */
/* Updates inside wait in `pending`; here they are taken together. */
static void flush(Elab *e) {
    for (int i = 0; i < e->pending.n; i++) {
        DoStmt *s = &e->pending.v[i];
        s->joined = i + 1 < e->pending.n;
        block_update(e, *s);
    }
    e->pending.n = 0;
}

/* An update: its parameters have new versions behind it. */
void block_update(Elab *e, DoStmt s) {
    if (e->simultaneous) {
        vec_push(e->arena, &e->pending, s);
        return;
    }
    for (int i = 0; i < s.n_params; i++) {
        int k = (int)s.param[i]->attr[0];
        e->version.v[k]++;
        block_note_moved(e, e->program->states.v[k].group);
    }
    put(e, s);
}

bool block_is_pending(const Elab *e, int state) {
    for (int i = 0; i < e->pending.n; i++)
        for (int k = 0; k < e->pending.v[i].n_params; k++)
            if (e->pending.v[i].param[k]->attr[0] == state) return true;
    return false;
}

void block_simultaneous(Elab *e, Frame *f, const Stmt *s) {
    if (!may_open(e, f, s)) return;
    e->simultaneous = true;
    stmt_block(e, f, &s->body);
    e->simultaneous = false;
    if (e->pending.n == 0 && !diag_errors())
        e_error(e, f, E0214, s->keyword_at,
                "simultaneous { } holds the updates to be taken together");
    flush(e);
}

/* ---- the end of an entry --------------------------------------------------------------------- */
/* Drops the locals that nothing reads. */
void block_prune_locals(Elab *e) {
    Entry *en = e->entry;
    for (bool changed = true; changed;) {
        changed = false;
        int n, kept = 0;
        Node **roots = entry_roots(e->arena, en, &n);
        bool *live = NEW_ARRAY(e->arena, bool, graph_size(e->g));
        bool *read = NEW_ARRAY(e->arena, bool, e->program->states.n + 1);
        graph_mark_live(e->g, roots, n, live);
        for (uint32_t id = 0; id < graph_size(e->g); id++) {
            const Node *x = graph_node(e->g, id);
            if (live[id] && x->op == OP_STATE) read[x->attr[0]] = true;
        }
        for (int i = 0; i < en->body.n; i++) {
            DoStmt *s = &en->body.v[i];
            bool names = s->kind == DO_WRITE || s->kind == DO_VERSION;
            if (names && e->program->states.v[s->state].kind == STATE_LOCAL && !read[s->state]) {
                e->version.v[s->state] = 0;
                changed = true;
                continue;
            }
            en->body.v[kept++] = *s;
        }
        en->body.n = kept;
    }
}
