// links: passes graph base
/* updates_test.c - optimiser steps against a scalar reference, over several steps in double.
 *
 * The loss is 0.5 sum(A (W - T)^2) + sum(sin b) with two parameters W [3,2] and b [4]; the
 * reference below is written from PyTorch's documentation, one number at a time. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "passes/passes.h"

enum { NW = 6, NB = 4, N = NW + NB, STEPS = 6 };
static const double A_[NW] = { 1, 0.5, 2, 1.5, 0.25, 3 }, T_[NW] = { 0.3, -1, 2, 0.1, -0.4, 0.7 };
static const double start[N] = { 1, -2, 0.5, 0.2, 1.5, -0.3, 0.4, 1.1, -0.6, 2 };

static Program *program_new(Arena *a) {
    Program *p = NEW(a, Program);
    p->arena = a;
    p->name = "test";
    p->init_graph = graph_new(a);
    return p;
}
static int add_group(Program *p, const char *name) {
    Group g = { .name = name, .is_net = true, .ema_of = -1 };
    vec_push(p->arena, &p->groups, g);
    return p->groups.n - 1;
}
static int add_param(Program *p, int group, const char *name, Shape s, const double *init) {
    State st = { .name = name, .kind = STATE_PARAM, .dtype = DT_F32, .shape = s, .of = -1,
                 .group = group, .init = g_const_tensor(p->init_graph, DT_F32, s, init) };
    vec_push(p->arena, &p->states, st);
    vec_push(p->arena, &p->groups.v[group].states, p->states.n - 1);
    return p->states.n - 1;
}
static Entry *add_entry(Program *p) {
    Entry *e = NEW(p->arena, Entry);
    e->mode = MODE_TRAIN;
    e->name = "train";
    e->batch = 4;
    e->graph = graph_new(p->arena);
    vec_push(p->arena, &p->entries, e);
    return e;
}

typedef struct Setup {
    Arena *a;
    Program *p;
    Entry *e;
    int w, b, e_group, f_group;
    int versions[2];              /* of W and b, as the front end counts them */
} Setup;
static const Shape shape_w = { 2, { 3, 2 } }, shape_b = { 1, { 4 } };
/* Parameters W and b in one group E, or b in a group F of its own. */
static Setup setup(bool two_groups) {
    Setup s = { .a = arena_new("test") };
    s.p = program_new(s.a);
    s.e_group = add_group(s.p, "E");
    s.f_group = two_groups ? add_group(s.p, "F") : s.e_group;
    s.w = add_param(s.p, s.e_group, "E.w", shape_w, start);
    s.b = add_param(s.p, s.f_group, two_groups ? "F.b" : "E.b", shape_b, start + NW);
    Scalar iter = { .name = "iter", .kind = SCALAR_ITER, .dtype = DT_I32 };
    vec_push(s.a, &s.p->scalars, iter);
    s.e = add_entry(s.p);
    for (int k = 0; k < s.p->states.n; k++) vec_push(s.a, &s.e->versions, 0);
    return s;
}
static Node *num(Setup *s, double v) { return g_const(s->e->graph, DT_F32, v); }
static Optimizer *optimizer(Setup *s, OptimizerKind kind, const char *name) {
    Optimizer *o = NEW(s->a, Optimizer);
    o->kind = kind;
    o->name = name;
    vec_push(s->a, &o->groups, s->e_group);
    if (s->f_group != s->e_group && strchr(name, 'F')) vec_push(s->a, &o->groups, s->f_group);
    vec_push(s->a, &s->e->optimizers, o);
    return o;
}
static Node *sum(Graph *g, Node *x) {
    int axes[2] = { 0, 1 };
    return g_reduce(g, OP_REDUCE_SUM, x, axes, x->shape.rank);
}
/* Appends "minimize loss over the parameters that have an optimiser". */
static void minimize(Setup *s, Optimizer *ow, Optimizer *ob, int sign) {
    Graph *g = s->e->graph;
    Node *w = g_state(g, s->w, s->versions[0], DT_F32, shape_w);
    Node *b = g_state(g, s->b, s->versions[1], DT_F32, shape_b);
    Node *d = g_binary(g, OP_SUB, w, g_const_tensor(g, DT_F32, shape_w, T_));
    Node *q = g_binary(g, OP_MUL, g_const_tensor(g, DT_F32, shape_w, A_),
                       g_binary(g, OP_MUL, d, d));
    Node *loss = g_binary(g, OP_ADD, g_binary(g, OP_MUL, sum(g, q), num(s, 0.5)),
                          sum(g, g_unary(g, OP_SIN, b)));
    if (sign < 0) loss = g_unary(g, OP_NEG, loss);
    DoStmt u = { .kind = DO_UPDATE, .sign = sign,
                 .optimizer = NEW_ARRAY(s->a, const Optimizer *, 2),
                 .param = NEW_ARRAY(s->a, Node *, 2), .grad = NEW_ARRAY(s->a, Node *, 2) };
    for (int k = 0; k < 2; k++) {
        Optimizer *o = k ? ob : ow;
        if (!o) continue;
        Node *p = k ? b : w;
        u.optimizer[u.n_params] = o;
        u.param[u.n_params] = p;
        u.grad[u.n_params++] = g_request(g, OP_GRAD, loss, p, NULL);
        s->e->versions.v[k ? s->b : s->w] = ++s->versions[k];
    }
    vec_push(s->a, &s->e->body, u);
}

/* ---- running --------------------------------------------------------------------------------- */
typedef struct Tracked { const char *name[16]; double value[16]; int n; } Tracked;
static void on_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    Tracked *t = user;
    if (s->kind != DO_TRACK || t->n == 16) return;
    t->name[t->n] = s->name;
    t->value[t->n++] = value[0];
}
static InterpRun run_new(Setup *s, Tracked *t) {
    passes_run(s->p, NULL);
    InterpRun r = { .program = s->p, .seed = 1, .batch = 4, .user = t, .output = on_output };
    program_interp_init(&r, s->a);
    return r;
}
static void run_step(Setup *s, InterpRun *r, uint64_t step) {
    Arena *scratch = arena_new("test");
    program_interp_step(r, s->e, step, scratch);
    arena_free(scratch);
}
static void gradient(const double *x, double *g) {
    for (int i = 0; i < NW; i++) g[i] = A_[i] * (x[i] - T_[i]);
    for (int i = 0; i < NB; i++) g[NW + i] = cos(x[NW + i]);
}
static void expect_params(const char *what, Setup *s, const InterpRun *r, const double *x) {
    for (int i = 0; i < N; i++) {
        double got = i < NW ? r->state[s->w][i] : r->state[s->b][i - NW];
        cr_assert(fabs(got - x[i]) <= 1e-12 * fmax(1, fabs(x[i])),
                  "%s: [%d] %.15g, reference %.15g", what, i, got, x[i]);
    }
}

/* ---- the reference --------------------------------------------------------------------------- */
typedef struct Ref {
    double lr, b1, b2, eps, momentum, decay, clip_norm, clip_value, clip_sd;
    bool nesterov;
    double m[N], v[N], norm;
    int t;
} Ref;
static void ref_clip(Ref *r, double *g) {
    r->norm = 0;
    for (int i = 0; i < N; i++) r->norm += g[i] * g[i];
    r->norm = sqrt(r->norm);
    for (int i = 0; i < N; i++) {
        if (r->clip_norm > 0) g[i] *= fmin(1, r->clip_norm / (r->norm + 1e-6));
        if (r->clip_value > 0) g[i] = fmax(-r->clip_value, fmin(r->clip_value, g[i]));
    }
}
static void ref_step(OptimizerKind kind, Ref *r, double *x) {
    double g[N];
    gradient(x, g);
    ref_clip(r, g);
    r->t++;
    for (int i = 0; i < N; i++) {
        if (kind == OPT_ADAMW) x[i] -= r->lr * r->decay * x[i];
        else g[i] += r->decay * x[i];
        if (kind == OPT_SGD) {
            r->m[i] = r->t == 1 ? g[i] : r->momentum * r->m[i] + g[i];
            double d = r->momentum == 0 ? g[i]
                     : r->nesterov      ? g[i] + r->momentum * r->m[i] : r->m[i];
            x[i] -= r->lr * d;
        } else if (kind == OPT_RMSPROP) {
            r->v[i] = r->b2 * r->v[i] + (1 - r->b2) * g[i] * g[i];
            double d = g[i] / (sqrt(r->v[i]) + r->eps);
            r->m[i] = r->momentum * r->m[i] + d;
            x[i] -= r->lr * (r->momentum > 0 ? r->m[i] : d);
        } else {
            double bound = r->clip_sd * sqrt(r->v[i] / (1 - pow(r->b2, r->t))) + 0.1;
            if (r->clip_sd > 0) g[i] = fmax(-bound, fmin(bound, g[i]));
            r->m[i] = r->b1 * r->m[i] + (1 - r->b1) * g[i];
            r->v[i] = r->b2 * r->v[i] + (1 - r->b2) * g[i] * g[i];
            double mh = r->m[i] / (1 - pow(r->b1, r->t)), vh = r->v[i] / (1 - pow(r->b2, r->t));
            x[i] -= r->lr * mh / (sqrt(vh) + r->eps);
        }
    }
}
/* Gives the optimiser the reference's fields (0: absent) and runs both. */
static void check_optimizer(const char *what, OptimizerKind kind, Ref r) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, kind, "E");
    o->lr = num(&s, r.lr);
    if (r.b1 > 0) o->beta1 = num(&s, r.b1);
    if (r.b2 > 0) o->beta2 = num(&s, r.b2);
    if (r.eps > 0) o->eps = num(&s, r.eps);
    if (r.momentum > 0) o->momentum = num(&s, r.momentum);
    if (r.decay > 0) o->weight_decay = num(&s, r.decay);
    if (r.clip_norm > 0) o->clip_norm = num(&s, r.clip_norm);
    if (r.clip_value > 0) o->clip_value = num(&s, r.clip_value);
    if (r.clip_sd > 0) o->clip_sd = num(&s, r.clip_sd);
    o->nesterov = r.nesterov;
    minimize(&s, o, o, 1);
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    double x[N];
    memcpy(x, start, sizeof x);
    for (int k = 0; k < STEPS; k++) {
        t.n = 0;
        run_step(&s, &run, (uint64_t)k);
        ref_step(kind, &r, x);
        expect_params(what, &s, &run, x);
        cr_assert(t.n == 1 && strcmp(t.name[0], "grad_norm") == 0);
        cr_assert(fabs(t.value[0] - r.norm) < 1e-12 * r.norm);
    }
    arena_free(s.a);
}

Test(updates, sgd) {
    check_optimizer("plain", OPT_SGD, (Ref){ .lr = 0.1 });
    check_optimizer("momentum", OPT_SGD, (Ref){ .lr = 0.1, .momentum = 0.9 });
    check_optimizer("nesterov", OPT_SGD, (Ref){ .lr = 0.1, .momentum = 0.9, .nesterov = true });
    check_optimizer("decay", OPT_SGD, (Ref){ .lr = 0.1, .momentum = 0.5, .decay = 0.01 });
}
Test(updates, adam) {
    check_optimizer("adam", OPT_ADAM, (Ref){ .lr = 0.05, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 });
    check_optimizer("large eps", OPT_ADAM, (Ref){ .lr = 0.05, .b1 = 0.5, .b2 = 0.9, .eps = 0.1 });
    check_optimizer("decay", OPT_ADAM,
                    (Ref){ .lr = 0.05, .b1 = 0.9, .b2 = 0.99, .eps = 1e-8, .decay = 0.1 });
}
Test(updates, adamw) {
    check_optimizer("adamw", OPT_ADAMW,
                    (Ref){ .lr = 0.05, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8, .decay = 0.1 });
}
Test(updates, rmsprop) {
    check_optimizer("rmsprop", OPT_RMSPROP, (Ref){ .lr = 0.01, .b2 = 0.9, .eps = 1e-8 });
    check_optimizer("momentum", OPT_RMSPROP,
                    (Ref){ .lr = 0.01, .b2 = 0.9, .eps = 1e-3, .momentum = 0.8, .decay = 0.01 });
}
Test(updates, clipping) {
    check_optimizer("norm, active", OPT_SGD, (Ref){ .lr = 0.1, .clip_norm = 1 });
    check_optimizer("norm, idle", OPT_SGD, (Ref){ .lr = 0.1, .clip_norm = 1000 });
    check_optimizer("value", OPT_SGD, (Ref){ .lr = 0.1, .clip_value = 0.5 });
    check_optimizer("standard deviations", OPT_ADAM,
        (Ref){ .lr = 0.05, .b1 = 0.9, .b2 = 0.9, .eps = 1e-8, .clip_sd = 3 });
    check_optimizer("standard deviations and decay", OPT_ADAMW,
        (Ref){ .lr = 0.05, .b1 = 0.1, .b2 = 0.5, .eps = 1e-8, .clip_sd = 0.7, .decay = 0.1 });
    check_optimizer("both", OPT_ADAM,
        (Ref){ .lr = 0.1, .b1 = 0.9, .b2 = 0.99, .eps = 1e-8, .clip_norm = 2, .clip_value = 0.4 });
}

/* Absent fields take PyTorch's defaults. */
Test(updates, defaults) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, OPT_ADAM, "E");
    minimize(&s, o, o, 1);
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    Ref r = { .lr = 1e-3, .b1 = 0.9, .b2 = 0.999, .eps = 1e-8 };
    double x[N];
    memcpy(x, start, sizeof x);
    for (int k = 0; k < 3; k++) {
        run_step(&s, &run, (uint64_t)k);
        ref_step(OPT_ADAM, &r, x);
    }
    expect_params("defaults", &s, &run, x);
    arena_free(s.a);
}

/* maximize(-loss) is minimize(loss), momentum and all. */
Test(updates, maximize_moves_up) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, OPT_SGD, "E");
    o->lr = num(&s, 0.1);
    o->momentum = num(&s, 0.9);
    o->weight_decay = num(&s, 0.01);
    minimize(&s, o, o, -1);
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    Ref r = { .lr = 0.1, .momentum = 0.9, .decay = 0.01 };
    double x[N];
    memcpy(x, start, sizeof x);
    for (int k = 0; k < STEPS; k++) {
        run_step(&s, &run, (uint64_t)k);
        ref_step(OPT_SGD, &r, x);
    }
    expect_params("maximize", &s, &run, x);
    arena_free(s.a);
}

/* A learning rate that depends on the step, and two minimizes of one group in a step: the second
 * continues the first one's slots. */
Test(updates, schedule_and_repeated_updates) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, OPT_ADAM, "E");
    Node *iter = g_convert(s.e->graph, g_scalar(s.e->graph, 0, DT_I32), DT_F32);
    o->lr = g_binary(s.e->graph, OP_DIV, num(&s, 0.1),
                     g_binary(s.e->graph, OP_ADD, iter, num(&s, 1)));
    o->beta1 = num(&s, 0.9), o->beta2 = num(&s, 0.99), o->eps = num(&s, 1e-6);
    minimize(&s, o, o, 1);
    minimize(&s, o, o, 1);
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    Ref r = { .b1 = 0.9, .b2 = 0.99, .eps = 1e-6 };
    double x[N];
    memcpy(x, start, sizeof x);
    for (int k = 0; k < STEPS; k++) {
        t.n = 0;
        run_step(&s, &run, (uint64_t)k);
        r.lr = 0.1 / (k + 1);
        ref_step(OPT_ADAM, &r, x);
        ref_step(OPT_ADAM, &r, x);
        expect_params("repeated", &s, &run, x);
        cr_assert(t.n == 1 && fabs(t.value[0] - r.norm) < 1e-12, "only the last norm is tracked");
    }
    cr_expect(s.e->versions.v[s.w] == 2 && s.e->versions.v[s.b] == 2);
    arena_free(s.a);
}

static const State *state_named(const Program *p, const char *name) {
    for (int k = 0; k < p->states.n; k++)
        if (strcmp(p->states.v[k].name, name) == 0) return &p->states.v[k];
    return NULL;
}

/* Names, kinds and statements as the checkpoint and the backend see them. */
Test(updates, slots_statements_and_versions) {
    Setup s = setup(true);
    /* another entry gets counters for the slots as well */
    add_entry(s.p);
    Optimizer *o = optimizer(&s, OPT_ADAM, "E+F"), *plain = optimizer(&s, OPT_SGD, "F2");
    minimize(&s, o, o, 1);
    minimize(&s, NULL, plain, 1);
    passes_run(s.p, NULL);
    static const char *const names[] = {
        "ebm.optim.E+F.m.E.w", "ebm.optim.E+F.v.E.w", "ebm.optim.E+F.m.F.b", "ebm.optim.E+F.v.F.b",
        "ebm.optim.E+F.b1t.E", "ebm.optim.E+F.b2t.E", "ebm.optim.E+F.b1t.F",
        "ebm.optim.E+F.b2t.F" };
    cr_assert(s.p->states.n == 2 + 8);
    for (int k = 0; k < 8; k++) {
        const State *st = state_named(s.p, names[k]);
        cr_assert(st, "no state '%s'", names[k]);
        cr_expect(st->kind == STATE_SLOT && st->group == -1);
        double v;
        cr_expect(node_splat(st->init, &v) && v == (k < 4 ? 0 : 1));
    }
    cr_expect(state_named(s.p, "ebm.optim.E+F.v.F.b")->of == s.b);
    const DoStmt *d = s.e->body.v;
    cr_assert(d[0].kind == DO_CHECK && strcmp(d[0].name, "gradient of E, F") == 0);
    cr_assert(d[1].kind == DO_TRACK && strcmp(d[1].name, "grad_norm.E+F") == 0);
    cr_assert(s.e->body.n == 2 + 10 + 3);
    cr_assert(d[12].kind == DO_CHECK && strcmp(d[12].name, "gradient of F") == 0);
    cr_assert(d[13].kind == DO_TRACK && strcmp(d[13].name, "grad_norm.F") == 0);
    cr_assert(d[14].kind == DO_WRITE && d[14].state == s.b && d[14].version == 2);
    cr_expect(s.e->versions.n == s.p->states.n && s.p->entries.v[1]->versions.n == s.p->states.n);
    cr_expect(s.e->versions.v[s.b] == 2 && s.e->versions.v[s.w] == 1);
    arena_free(s.a);
}

/* A gradient that is not finite stops the step before anything is written. */
Test(updates, a_bad_gradient_writes_nothing) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, OPT_ADAM, "E");
    minimize(&s, o, o, 1);
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    run.state[s.w][2] = INFINITY;
    run_step(&s, &run, 0);
    cr_assert(run.failed && run.failed->kind == DO_CHECK);
    for (int i = 0; i < NB; i++) cr_expect(run.state[s.b][i] == start[NW + i]);
    arena_free(s.a);
}

/* Initial values keep their meaning and lose VAR and STOP. */
Test(updates, initial_values_are_stripped) {
    Setup s = setup(false);
    State *w = &s.p->states.v[s.w];
    w->init = g_stop(s.p->init_graph,
                     g_unary(s.p->init_graph, OP_EXP, g_var(s.p->init_graph, w->init)));
    Tracked t = { .n = 0 };
    InterpRun run = run_new(&s, &t);
    for (int i = 0; i < NW; i++) cr_expect(fabs(run.state[s.w][i] - exp(start[i])) < 1e-12);
    for (uint32_t id = 0; id < graph_size(s.p->init_graph); id++) {
        Op op = graph_node(s.p->init_graph, id)->op;
        cr_expect(op != OP_VAR && op != OP_STOP);
    }
    arena_free(s.a);
}

static int after_calls;
static void count_pass(void *user, const Pass *pass, const Program *p, const Entry *e) {
    after_calls++;
    cr_expect(strcmp(pass->name, user) != 0);
}
/* --no-pass leaves out what may be left out, and nothing else. */
Test(updates, passes_can_be_switched_off) {
    Setup s = setup(false);
    Optimizer *o = optimizer(&s, OPT_SGD, "E");
    o->lr = num(&s, 0.1);
    minimize(&s, o, o, 1);
    const char *off[2] = { "simplify", "differentiate" };
    PassOptions options = { .off = off, .n_off = 2, .after = count_pass, .user = "simplify" };
    int all = 0;
    while (pass_table[all].name) all++;
    passes_run(s.p, &options);
    cr_expect(after_calls == all - 1);
    for (uint32_t id = 0; id < graph_size(s.e->graph); id++)
        cr_expect(op_info[graph_node(s.e->graph, id)->op].cls != CLASS_REQ);
    arena_free(s.a);
}
