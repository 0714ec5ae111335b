/* updates.c - expands optimiser steps: DO_UPDATE becomes a check, a tracked norm and state writes.
 *
 *     norm2 = sum over all parameters of sum(g * g)
 *     CHECK norm2 finite          before anything is written
 *     TRACK grad_norm = sqrt(norm2)
 *     WRITE slots and parameters  each makes the next version of its state
 *
 * Needs the gradients as nodes at the parameters' current versions (requests or not: it runs
 * before differentiate). Promises: the formulas of PyTorch's SGD, Adam, AdamW and RMSprop and of
 * its clip_grad_norm_; slots are appended to Program.states and start in init_graph; Adam's bias
 * corrections come from running products of the betas, so a beta may change from step to step.
 *
 * One minimize may use several optimisers; the norm is that of all its parameters together. Slots
 * belong to (optimiser, parameter) and the running products to (optimiser, group): two minimize
 * statements that move the same group continue each other's slots. Joined statements are checked
 * together, before the first of their writes. A block that writes a slot names it anew, as
 * program.h asks for every state. */
#include "passes/internal.h"

#include <string.h>

/* A block of the new statements that is not closed yet. */
typedef struct OpenBlock {
    int start;                    /* its first statement */
    VEC(int) slots;               /* that it writes */
    VEC(int) before;              /* an else block: those of the block in front of it */
} OpenBlock;

typedef struct Updater {
    Program *p;
    Entry *e;
    Graph *g;
    VEC(DoStmt) body;             /* the new statements */
    VEC(OpenBlock) open;
    const DoStmt *stmt;           /* the update being expanded */
    Node *norm;                   /* of its gradients */
} Updater;

/* ---- small graph words, all f32 -------------------------------------------------------------- */
static Node *bin(Updater *u, Op op, Node *a, Node *b) {
    if (a->shape.rank != b->shape.rank) {
        if (a->shape.rank == 0) a = g_broadcast_scalar(u->g, a, b->shape);
        else b = g_broadcast_scalar(u->g, b, a->shape);
    }
    return g_binary(u->g, op, a, b);
}
static Node *add(Updater *u, Node *a, Node *b) { return bin(u, OP_ADD, a, b); }
static Node *sub(Updater *u, Node *a, Node *b) { return bin(u, OP_SUB, a, b); }
static Node *mul(Updater *u, Node *a, Node *b) { return bin(u, OP_MUL, a, b); }
static Node *quo(Updater *u, Node *a, Node *b) { return bin(u, OP_DIV, a, b); }
static Node *one_minus(Updater *u, Node *a) { return sub(u, g_const(u->g, DT_F32, 1), a); }
static Node *root(Updater *u, Node *a) { return g_unary(u->g, OP_SQRT, a); }
/* An optimiser field, or its default. */
static Node *field(Updater *u, Node *n, double value) {
    return n ? n : g_const(u->g, DT_F32, value);
}

/* ---- state ----------------------------------------------------------------------------------- */
/* Every entry has one version counter per state. */
static void extend_versions(Program *p) {
    for (int i = 0; i < p->entries.n; i++) {
        Entry *e = p->entries.v[i];
        while (e->versions.n < p->states.n) vec_push(p->arena, &e->versions, 0);
    }
}

/* The state that a parameter node reads (the front end may have wrapped it in a variable). */
static Node *param_node(Node *n) {
    while (n->op == OP_VAR) n = n->in[0];
    assert(n->op == OP_STATE);
    return n;
}

static int find_state(const Program *p, const char *name) {
    for (int i = 0; i < p->states.n; i++)
        if (strcmp(p->states.v[i].name, name) == 0) return i;
    return -1;
}

/* The slot state of that name; made, with every element starting at `start`, when there is none.
 * `of` is the parameter it belongs to, or -1. */
static int slot(Updater *u, const char *name, Shape s, int of, double start) {
    Program *p = u->p;
    int k = find_state(p, name);
    if (k >= 0) return k;
    State st = { .name = intern(name), .kind = STATE_SLOT, .dtype = DT_F32, .shape = s, .of = of,
                 .group = -1, .at = u->stmt->at };
    graph_at(p->init_graph, u->stmt->at);
    st.init = g_const_splat(p->init_graph, DT_F32, s, start);
    vec_push(p->arena, &p->states, st);
    extend_versions(p);
    return p->states.n - 1;
}

static bool contains(const int *v, int n, int k) {
    while (n-- > 0)
        if (v[n] == k) return true;
    return false;
}

static DoStmt named_anew(Updater *u, int k) {
    return (DoStmt){ .kind = DO_VERSION, .at = u->stmt->at, .state = k,
                     .version = ++u->e->versions.v[k] };
}

/* Slot k is written here: every block around names it anew, if it does not already. */
static void name_slot(Updater *u, int k) {
    if (u->p->states.v[k].kind != STATE_SLOT) return;
    for (int i = 0; i < u->open.n; i++) {
        OpenBlock *b = &u->open.v[i];
        if (contains(b->slots.v, b->slots.n, k)) continue;
        vec_push(u->p->arena, &b->slots, k);
        vec_push(u->p->arena, &u->body, *u->stmt);           /* room for one more */
        memmove(&u->body.v[b->start + 1], &u->body.v[b->start],
                (size_t)(u->body.n - 1 - b->start) * sizeof *u->body.v);
        u->body.v[b->start] = named_anew(u, k);
        for (int j = i + 1; j < u->open.n; j++) u->open.v[j].start++;
    }
}

/* Behind an opening or closing bracket of the new statements. */
static void pass_bracket(Updater *u, const DoStmt *s) {
    OpenBlock next = { .start = u->body.n }, last = { 0 };
    if (s->kind == DO_ELSE || s->kind == DO_END) last = u->open.v[--u->open.n];
    if (s->kind == DO_ELSE) {
        next.before.v = last.slots.v;
        next.before.n = next.before.cap = last.slots.n;
    }
    if (s->kind != DO_END) {
        vec_push(u->p->arena, &u->open, next);
        return;
    }
    for (int i = 0; i < last.before.n; i++)
        if (!contains(last.slots.v, last.slots.n, last.before.v[i]))
            vec_push(u->p->arena, &last.slots, last.before.v[i]);
    for (int i = 0; i < last.slots.n; i++)
        vec_push(u->p->arena, &u->body, named_anew(u, last.slots.v[i]));
}

/* The value of a state as the statement at hand sees it. */
static Node *read_state(Updater *u, int k) {
    name_slot(u, k);
    const State *s = &u->p->states.v[k];
    return g_state(u->g, k, u->e->versions.v[k], s->dtype, s->shape);
}

static void write_state(Updater *u, int k, Node *value) {
    DoStmt w = { .kind = DO_WRITE, .at = u->stmt->at, .state = k, .value = value,
                 .version = ++u->e->versions.v[k] };
    vec_push(u->p->arena, &u->body, w);
}

/* ebm.optim.<optimiser>.<what>.<parameter> */
static int param_slot(Updater *u, const Optimizer *o, const char *what, int param) {
    const State *s = &u->p->states.v[param];
    const char *name = arena_printf(u->p->arena, "ebm.optim.%s.%s.%s", o->name, what, s->name);
    return slot(u, name, s->shape, param, 0);
}

/* ebm.optim.<optimiser>.<what>, and .<group> when the optimiser has several groups: a step count
 * belongs to its group. When parts of the groups move on their own, it belongs to the parameter. */
static int group_slot(Updater *u, const Optimizer *o, const char *what, int param) {
    int group = u->p->states.v[param].group;
    const char *name = arena_printf(u->p->arena, "ebm.optim.%s.%s", o->name, what);
    if (o->split)
        name = arena_printf(u->p->arena, "%s.%s", name, u->p->states.v[param].name);
    else if (o->groups.n > 1 && group >= 0)
        name = arena_printf(u->p->arena, "%s.%s", name, u->p->groups.v[group].name);
    return slot(u, name, shape_scalar(), -1, 1);
}

/* ---- the optimisers -------------------------------------------------------------------------- */
/* The running product b^t after this step. It is written once per statement and group; the later
 * parameters of the group find the write. */
static Node *running_product(Updater *u, const Optimizer *o, const char *what, int param, Node *b) {
    int k = group_slot(u, o, what, param);
    for (int i = u->body.n; i-- > 0;) {
        const DoStmt *s = &u->body.v[i];
        if (s->kind == DO_CHECK) break;              /* the start of this update's statements */
        if (s->kind == DO_WRITE && s->state == k) return s->value;
    }
    Node *next = mul(u, read_state(u, k), b);
    write_state(u, k, next);
    return next;
}

/* decay * old + (1 - decay) * new, written to the slot. */
static Node *running_mean(Updater *u, int k, Node *decay, Node *value) {
    Node *next = add(u, mul(u, read_state(u, k), decay), mul(u, value, one_minus(u, decay)));
    write_state(u, k, next);
    return next;
}

/* The velocity after this step, momentum * old + d; d itself without momentum. */
static Node *velocity(Updater *u, const Optimizer *o, int param, Node *d) {
    double m;
    if (!o->momentum || (node_splat(o->momentum, &m) && m == 0)) return d;
    int k = param_slot(u, o, "buf", param);
    Node *next = add(u, mul(u, read_state(u, k), o->momentum), d);
    write_state(u, k, next);
    return next;
}

static Node *step_sgd(Updater *u, const Optimizer *o, int param, Node *d) {
    Node *v = velocity(u, o, param, d);
    if (v != d && o->nesterov) v = add(u, d, mul(u, v, o->momentum));
    return mul(u, v, field(u, o->lr, 1e-3));
}

/* x limited to -bound .. bound. */
static Node *limited(Updater *u, Node *x, Node *bound) {
    return bin(u, OP_MINIMUM, bin(u, OP_MAXIMUM, x, g_unary(u->g, OP_NEG, bound)), bound);
}

/* A coordinate may not exceed clip_sd of the standard deviations that the gradients before it had,
 * sqrt(v / (1 - beta2^t)), plus 0.1 (IGEBM; in the first step v is 0). */
static Node *usual(Updater *u, const Optimizer *o, int v, Node *b2_power, Node *d) {
    if (!o->clip_sd) return d;
    Node *sd = root(u, quo(u, read_state(u, v), one_minus(u, b2_power)));
    return limited(u, d, add(u, mul(u, sd, o->clip_sd), g_const(u->g, DT_F32, 0.1)));
}

static Node *step_adam(Updater *u, const Optimizer *o, int param, Node *d) {
    Node *b1 = field(u, o->beta1, 0.9), *b2 = field(u, o->beta2, 0.999);
    Node *t1 = running_product(u, o, "b1t", param, b1);
    Node *t2 = running_product(u, o, "b2t", param, b2);
    int first = param_slot(u, o, "m", param), second = param_slot(u, o, "v", param);
    d = usual(u, o, second, t2, d);
    Node *m = running_mean(u, first, b1, d), *v = running_mean(u, second, b2, mul(u, d, d));
    Node *size = quo(u, field(u, o->lr, 1e-3), one_minus(u, t1));
    Node *scale = add(u, quo(u, root(u, v), root(u, one_minus(u, t2))), field(u, o->eps, 1e-8));
    return quo(u, mul(u, m, size), scale);
}

/* beta2 is PyTorch's alpha. */
static Node *step_rmsprop(Updater *u, const Optimizer *o, int param, Node *d) {
    Node *v = running_mean(u, param_slot(u, o, "v", param), field(u, o->beta2, 0.99), mul(u, d, d));
    Node *q = quo(u, d, add(u, root(u, v), field(u, o->eps, 1e-8)));
    return mul(u, velocity(u, o, param, q), field(u, o->lr, 1e-2));
}

/* ---- one statement --------------------------------------------------------------------------- */
static Node *squared_norm(Updater *u, Node *const *grad, int n) {
    Node *total = NULL;
    for (int i = 0; i < n; i++) {
        int axes[MAX_RANK];
        for (int k = 0; k < MAX_RANK; k++) axes[k] = k;
        Node *s = mul(u, grad[i], grad[i]);
        if (s->shape.rank) s = g_reduce(u->g, OP_REDUCE_SUM, s, axes, s->shape.rank);
        total = total ? add(u, total, s) : s;
    }
    return total;
}

/* The gradient that the optimiser sees: clipped, then with the decay of the classic optimisers. */
static Node *conditioned(Updater *u, const Optimizer *o, Node *grad, Node *param) {
    if (o->clip_norm) {
        Node *ratio = quo(u, o->clip_norm, add(u, u->norm, g_const(u->g, DT_F32, 1e-6)));
        grad = mul(u, grad, bin(u, OP_MINIMUM, ratio, g_const(u->g, DT_F32, 1)));
    }
    if (o->clip_value) grad = limited(u, grad, o->clip_value);
    if (o->weight_decay && o->kind != OPT_ADAMW)
        grad = add(u, grad, mul(u, param, o->weight_decay));
    return grad;
}

static void update_param(Updater *u, const Optimizer *o, Node *param, Node *grad) {
    assert(shape_equal(param->shape, grad->shape));
    int k = (int)param->attr[0];
    Node *d = conditioned(u, o, grad, param), *step = NULL, *from = param;
    switch (o->kind) {
    case OPT_SGD: step = step_sgd(u, o, k, d); break;
    case OPT_ADAM: step = step_adam(u, o, k, d); break;
    case OPT_ADAMW: {
        Node *rate = mul(u, field(u, o->lr, 1e-3), field(u, o->weight_decay, 1e-2));
        from = mul(u, param, one_minus(u, rate));
        step = step_adam(u, o, k, d);
        break;
    }
    case OPT_RMSPROP: step = step_rmsprop(u, o, k, d); break;
    }
    write_state(u, k, sub(u, from, step));
}

/* The names of the groups that a statement moves, each once, joined. */
static const char *group_names(const Program *p, const DoStmt *s, const char *between) {
    const char *all = NULL;
    for (int i = 0; i < s->n_params; i++) {
        const State *st = &p->states.v[param_node(s->param[i])->attr[0]];
        const char *name = st->group >= 0 ? p->groups.v[st->group].name : st->name;
        bool seen = false;
        for (int k = 0; k < i && !seen; k++) {
            const State *other = &p->states.v[param_node(s->param[k])->attr[0]];
            seen = st->group >= 0 && other->group == st->group;
        }
        if (!seen) all = all ? arena_printf(p->arena, "%s%s%s", all, between, name) : name;
    }
    return all ? all : "nothing";
}

/* Whether statement i runs whenever statement `at`, which stands before it, has run. */
static bool runs_after(const DoStmt *all, int at, int i) {
    int depth = 0;
    for (int k = at + 1; k <= i && depth >= 0; k++)
        depth += stmt_opens(all[k].kind) - (all[k].kind == DO_END) -
                 (depth == 0 && all[k].kind == DO_ELSE);
    return depth == 0;
}

/* The name to track the norm under, or NULL when a later update of the same groups tracks it. */
static const char *track_name(const Program *p, const DoStmt *all, int n, int at) {
    const char *mine = group_names(p, &all[at], "+");
    bool alone = true;
    for (int i = 0; i < n; i++) {
        if (i == at || all[i].kind != DO_UPDATE) continue;
        alone = alone && strcmp(group_names(p, &all[i], "+"), mine) == 0;
        if (i > at && runs_after(all, at, i) && strcmp(group_names(p, &all[i], "+"), mine) == 0)
            return NULL;
    }
    return alone ? "grad_norm" : arena_printf(p->arena, "grad_norm.%s", mine);
}

/* The gradients' norm, which must be finite; tracked under a name unless that is NULL. */
static Node *expand_check(Updater *u, const DoStmt *s, const char *track) {
    Arena *a = u->p->arena;
    u->stmt = s;
    graph_at(u->g, s->at);
    if (s->n_params == 0) return NULL;
    Node *norm2 = squared_norm(u, s->grad, s->n_params), *norm = root(u, norm2);
    DoStmt check = { .kind = DO_CHECK, .at = s->at, .value = norm2,
                     .name = arena_printf(a, "gradient of %s", group_names(u->p, s, ", ")) };
    vec_push(a, &u->body, check);
    if (track) {
        DoStmt t = { .kind = DO_TRACK, .at = s->at, .value = norm, .name = intern(track) };
        vec_push(a, &u->body, t);
    }
    return norm;
}

static void expand_writes(Updater *u, const DoStmt *s, Node *norm) {
    u->stmt = s;
    u->norm = norm;
    graph_at(u->g, s->at);
    for (int i = 0; i < s->n_params; i++) {
        Node *grad = s->sign < 0 ? g_unary(u->g, OP_NEG, s->grad[i]) : s->grad[i];
        update_param(u, s->optimizer[i], param_node(s->param[i]), grad);
    }
}

/* Statement i of the old body and those that are joined to it; returns the last of them. */
static int expand_updates(Updater *u, int i) {
    const DoStmt *all = u->e->body.v;
    int first = i;
    VEC(Node *) norm = { 0 };
    for (bool more = true; more; i++) {
        const DoStmt *s = &all[i];
        for (int k = 0; k < s->n_params; k++) {
            const Node *read = param_node(s->param[k]);
            assert(read->attr[1] == u->e->versions.v[read->attr[0]]);
            (void)read;
        }
        vec_push(u->p->arena, &norm, expand_check(u, s, track_name(u->p, all, u->e->body.n, i)));
        more = s->joined;
    }
    for (int k = 0; k < norm.n; k++) expand_writes(u, &all[first + k], norm.v[k]);
    return i - 1;
}

/* The pass: rewrites one entry's statements. Versions are counted afresh in statement order; they
 * must come out as the front end numbered its reads and writes. */
void updates_run(Program *p, Entry *e) {
    Updater u = { .p = p, .e = e, .g = e->graph };
    extend_versions(p);
    for (int k = 0; k < e->versions.n; k++) e->versions.v[k] = 0;
    for (int i = 0; i < e->body.n; i++) {
        const DoStmt *s = u.stmt = &e->body.v[i];
        if (s->kind == DO_UPDATE) {
            i = expand_updates(&u, i);
            continue;
        }
        if (s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS || s->kind == DO_VERSION) {
            assert(s->version == e->versions.v[s->state] + 1);
            e->versions.v[s->state] = s->version;
        }
        vec_push(p->arena, &u.body, *s);
        if (stmt_opens(s->kind) || s->kind == DO_ELSE || s->kind == DO_END) pass_bracket(&u, s);
    }
    graph_at(u.g, NO_RANGE);
    e->body.v = u.body.v;
    e->body.n = u.body.n;
    e->body.cap = u.body.cap;
}
