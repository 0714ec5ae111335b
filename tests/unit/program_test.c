// links: base graph
/* program_test.c - whole programs: statements over versions of states, their text and verifier. */
#include "graph/program.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* A small program made by hand:
 *     state w: [2] = 1,  w2: [2] = copy of w,  rows: [4,2] = 0,  count: i32 = 0;   arg rate = 0.5
 *     step:  x ~ points;  loss = mean over the batch of <w, x>;   w -= rate * mean x;  check loss
 *            rows[index] = x;  count += 1;  track loss;  report of [B] scores */
typedef struct Bench {
    Arena *a;
    Program *p;
    Entry *e;
    Graph *g;
    Node *x, *loss, *w, *old_reader;
    double tracked, reported, area;
    int outputs;
} Bench;

enum { BATCH = 3, W, W2, ROWS = 2, COUNT = 3 };
#define SHAPE(...) shape_of((int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
                            (int64_t[]){ __VA_ARGS__ })

static void add_state(Bench *b, const char *name, StateKind kind, DType t, Shape s, Node *init) {
    vec_push(b->a, &b->p->states, ((State){ .name = name, .kind = kind, .dtype = t, .shape = s,
                                            .of = -1, .group = -1, .init = init }));
}

static void add_sources(Bench *b) {
    Program *p = b->p;
    Graph *g = p->init_graph = graph_new(b->a);
    add_state(b, "w", STATE_PARAM, DT_F32, SHAPE(2), g_const_splat(g, DT_F32, SHAPE(2), 1));
    add_state(b, "w2", STATE_VALUE, DT_F32, SHAPE(2), g_state(g, 0, 0, DT_F32, SHAPE(2)));
    add_state(b, "rows", STATE_BUFFER, DT_F32, SHAPE(4, 2),
              g_const_splat(g, DT_F32, SHAPE(4, 2), 0));
    add_state(b, "count", STATE_VALUE, DT_I32, shape_scalar(), g_const(g, DT_I32, 0));
    vec_push(b->a, &p->scalars, ((Scalar){ .name = "rate", .kind = SCALAR_ARG, .value = 0.5 }));
    vec_push(b->a, &p->scalars, ((Scalar){ .name = "iter", .kind = SCALAR_ITER, .dtype = DT_I32 }));
    vec_push(b->a, &p->scalars, ((Scalar){ .name = "batch", .kind = SCALAR_BATCH }));
    vec_push(b->a, &p->data, ((DataSet){ .name = "points" }));
    vec_push(b->a, &p->data.v[0].fields, ((DataField){ "x", DT_F32, SHAPE(2) }));
}

static void add_stmt(Bench *b, DoStmt s) { vec_push(b->a, &b->e->body, s); }

static Node *mean_over_batch(Graph *g, Node *x) {
    Node *sum = g_reduce_batch(g, OP_REDUCE_SUM, x);
    return g_binary(g, OP_DIV, sum, g_broadcast_to(g, g_scalar(g, 2, DT_F32), sum->shape));
}

static Bench *bench_new(void) {
    Arena *a = arena_new("a program test");
    Bench *b = NEW(a, Bench);
    b->a = a;
    b->p = NEW(a, Program);
    b->p->arena = a;
    b->p->name = "hand";
    add_sources(b);
    Entry *e = b->e = NEW(a, Entry);
    *e = (Entry){ .mode = MODE_TRAIN, .name = "t", .batch = BATCH, .steps = 2 };
    Graph *g = b->g = e->graph = graph_new(a);
    vec_push(a, &b->p->entries, e);
    Node *x = b->x = g_data(g, 0, 0, 0, DT_F32, SHAPE(2));
    Node *w = b->w = g_state(g, 0, 0, DT_F32, SHAPE(2));
    Node *energy = b->old_reader = g_dot(g, x, w, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 0 } });
    b->loss = mean_over_batch(g, energy);
    Node *rate = g_broadcast_scalar(g, g_scalar(g, 0, DT_F32), SHAPE(2));
    Node *step = g_binary(g, OP_MUL, rate, mean_over_batch(g, x));
    Node *index = g_const_tensor(g, DT_I32, SHAPE(3), (double[]){ 1, 3, 1 });
    Node *rows = g_slice(g, g_reshape(g, g_const_tensor(g, DT_F32, SHAPE(6),
        (double[]){ 1, 2, 3, 4, 5, 6 }), SHAPE(3, 2)), (int64_t[]){ 0, 0 }, (int64_t[]){ 3, 2 },
        (int64_t[]){ 1, 1 });
    Node *count = g_state(g, COUNT, 0, DT_I32, shape_scalar());
    add_stmt(b, (DoStmt){ .kind = DO_WRITE, .state = 0, .version = 1,
                          .value = g_binary(g, OP_SUB, w, step) });
    add_stmt(b, (DoStmt){ .kind = DO_CHECK, .name = "loss", .value = b->loss });
    add_stmt(b, (DoStmt){ .kind = DO_WRITE_ROWS, .state = ROWS, .version = 1, .index = index,
                          .value = rows });
    add_stmt(b, (DoStmt){ .kind = DO_WRITE, .state = COUNT, .version = 1,
                          .value = g_binary(g, OP_ADD, count, g_const(g, DT_I32, 1)) });
    add_stmt(b, (DoStmt){ .kind = DO_TRACK, .name = "loss", .value = b->loss });
    Node *w1 = g_state(g, 0, 1, DT_F32, SHAPE(2));
    add_stmt(b, (DoStmt){ .kind = DO_WRITE, .state = 1, .version = 1, .value = w1 });
    add_stmt(b, (DoStmt){ .kind = DO_REPORT, .name = "auroc", .report = REPORT_AUROC,
                          .value = energy, .value2 = g_unary(g, OP_NEG, energy) });
    for (int i = 0; i < 4; i++)
        vec_push(a, &e->versions, 1);
    return b;
}

/* Row r of step s is (s + r, 1). */
static void fill_points(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    cr_assert_eq(count, BATCH * 2);
    for (int r = 0; r < BATCH; r++) {
        out[2 * r] = (double)step + r;
        out[2 * r + 1] = 1;
    }
}

static void take_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    Bench *b = user;
    cr_assert_eq(count, 1);
    b->outputs++;
    *(s->kind == DO_TRACK ? &b->tracked : &b->area) = value[0];
}

static InterpRun run_new(Bench *b) {
    InterpRun r = { .program = b->p, .seed = 1, .batch = BATCH, .data = fill_points, .user = b,
                    .output = take_output };
    program_interp_init(&r, b->a);
    return r;
}

Test(program, steps_by_hand) {
    Bench *b = bench_new();
    const char *bad = program_verify(b->p, b->a);
    cr_assert_null(bad, "%s", bad);
    InterpRun r = run_new(b);
    cr_assert(r.state[1][0] == 1 && r.scalar[0] == 0.5);
    program_interp_step(&r, b->e, 0, b->a);   /* mean x = (1, 1): w = (0.5, 0.5) */
    cr_assert_eq(b->tracked, 2, "the loss of the step before the update");
    cr_assert(r.state[0][0] == 0.5 && r.state[0][1] == 0.5);
    cr_assert(r.state[1][0] == 0.5, "a copy of the updated w");
    static const double rows[8] = { 0, 0, 5, 6, 0, 0, 3, 4 };
    cr_assert_eq(memcmp(r.state[ROWS], rows, sizeof rows), 0, "the later row wins");
    program_interp_step(&r, b->e, 1, b->a);   /* mean x = (2, 1), loss = 0.5 * 3 */
    cr_assert_eq(b->tracked, 1.5);
    cr_assert(r.state[0][0] == -0.5 && r.state[0][1] == 0);
    cr_assert_eq(r.state[COUNT][0], 2);
    cr_assert_eq(b->outputs, 4);
    /* energies 1, 1.5, 2 above their negatives in all pairs */
    cr_assert_eq(b->area, 1);
    cr_assert_null(r.failed);
    arena_free(b->a);
}

Test(program, a_failed_check_changes_nothing) {
    Bench *b = bench_new();
    InterpRun r = run_new(b);
    program_interp_step(&r, b->e, 0, b->a);
    r.state[0][1] = INFINITY;
    program_interp_step(&r, b->e, 1, b->a);
    cr_assert_eq(r.failed, &b->e->body.v[1]);
    cr_assert(r.state[COUNT][0] == 1 && r.state[0][0] == 0.5 && isinf(r.state[0][1]));
    arena_free(b->a);
}

Test(program, roots_and_remap) {
    Bench *b = bench_new();
    int n, m;
    Optimizer *o = NEW(b->a, Optimizer);
    *o = (Optimizer){ .name = "sgd", .lr = g_scalar(b->g, 0, DT_F32) };
    vec_push(b->a, &b->e->optimizers, o);
    entry_roots(b->a, b->e, &n);
    cr_assert_eq(n, 9);                       /* values, an index, a second score */
    DoStmt u = { .kind = DO_UPDATE, .n_params = 1, .sign = 1 };
    u.optimizer = (const Optimizer *[]){ o };
    u.param = (Node *[]){ b->w };
    u.grad = (Node *[]){ b->w };
    add_stmt(b, u);
    Node **roots = entry_roots(b->a, b->e, &m);
    cr_assert_eq(m, n + 3, "the parameter, the gradient, the rate of an optimiser in use");
    Graph *g = graph_new(b->a);
    Node **map = NEW_ARRAY(b->a, Node *, graph_size(b->g)), *in[8];
    for (uint32_t id = 0; id < graph_size(b->g); id++) {
        for (int i = 0; i < graph_node(b->g, id)->n_in; i++)
            in[i] = map[graph_node(b->g, id)->in[i]->id];
        map[id] = g_rebuild(g, graph_node(b->g, id), in);
    }
    entry_remap(b->e, g, map);
    Node **moved = entry_roots(b->a, b->e, &n);
    cr_assert(n == m && b->e->graph == g && o->lr == graph_node(g, o->lr->id));
    for (int i = 0; i < n; i++)
        cr_assert_eq(moved[i], map[roots[i]->id]);
    arena_free(b->a);
}

Test(program, text) {
    Bench *b = bench_new();
    Text out = { 0 };
    program_print(&out, b->p, true);
    static const char *const lines[] = {
        "program hand\n",
        "state 2 rows: f32[4,2] buffer, starts as",
        "scalar 0 rate: f32 arg = 0.5\n",
        "data 0 points: x: f32[2]\n",
        "train t: batch 3, steps 2, count 0\n",
        "  state 2 version 1 [%",
        "  # w\n",
        "  track loss = %",
        "= auroc(%",
        "= state() {0, 1}  # w\n",
        "= data() {0, 0, 0}  # points\n",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_not_null(strstr(out.data, lines[i]), "no '%s' in\n%s", lines[i], out.data);
    text_free(&out);
    arena_free(b->a);
}

static void expect_wrong(Bench *b, const char *says) {
    const char *why = program_verify(b->p, b->a);
    cr_assert(why && strstr(why, says), "wanted '%s', got '%s'", says, why ? why : "nothing");
}

Test(program, wrong_statements) {
    Bench *b = bench_new();
    DoStmt *s = b->e->body.v, keep;
    keep = s[0], s[0].version = 2, expect_wrong(b, "t: statement 0: the versions of a state"),
    s[0] = keep;
    keep = s[0], s[0].state = 1, expect_wrong(b, "statement 5: the versions of a state"),
    s[0] = keep;
    keep = s[0], s[0].value = b->x, expect_wrong(b, "the value written to 'w' is not of its type"),
    s[0] = keep;
    keep = s[1], s[1].value = b->x, expect_wrong(b, "the checked value is not f32 []"), s[1] = keep;
    keep = s[2], s[2].index = b->x, expect_wrong(b, "an i32 index"), s[2] = keep;
    keep = s[6], s[6].value2 = NULL, expect_wrong(b, "the scores are not two [B]"), s[6] = keep;
    keep = s[4], s[4].value = NULL, expect_wrong(b, "no value"), s[4] = keep;
    b->e->versions.v[1] = 2, expect_wrong(b, "the final version of state 1"),
    b->e->versions.v[1] = 1;
    cr_assert_null(program_verify(b->p, b->a));
    arena_free(b->a);
}

Test(program, wrong_sources) {
    Graph *g;
    struct { Node *n; const char *says; } bad[7];
    for (int i = 0; i < 7; i++) {
        Bench *b = bench_new();
        g = b->g;
        bad[0].n = g_scalar(g, 9, DT_F32), bad[0].says = "no such scalar";
        bad[1].n = g_scalar(g, 0, DT_I32), bad[1].says = "not of the scalar's dtype";
        bad[2].n = g_state(g, 9, 0, DT_F32, SHAPE(2)), bad[2].says = "no such state";
        bad[3].n = g_state(g, 0, 0, DT_F32, SHAPE(3)), bad[3].says = "not of the state's type";
        bad[4].n = g_state(g, 0, 5, DT_F32, SHAPE(2)),
        bad[4].says = "a version that is never written";
        bad[5].n = g_data(g, 0, 1, 0, DT_F32, SHAPE(2)), bad[5].says = "no such data set or field";
        bad[6].n = g_input(g, 0, DT_F32, SHAPE(2)), bad[6].says = "an input of a test graph";
        b->e->body.v[4].value = bad[i].n;
        expect_wrong(b, bad[i].says);
        arena_free(b->a);
    }
}

/* Reading a version before it is written; old versions may be read late. */
Test(program, wrong_versions) {
    Bench *b = bench_new();
    Graph *g = b->g;
    Node *w1 = g_state(g, 0, 1, DT_F32, SHAPE(2)), *tracked = b->e->body.v[4].value;
    DoStmt *s = b->e->body.v, keep = s[0];
    s[0].value = g_unary(g, OP_SIN, w1);
    expect_wrong(b, "statement 0: uses a version that is written later");
    s[0] = keep;
    s[4].value = g_binary(g, OP_SUB, g_reduce_example(g, OP_REDUCE_SUM, w1),
                          g_reduce_example(g, OP_REDUCE_SUM, b->w));
    const char *bad = program_verify(b->p, b->a);
    cr_assert_null(bad, "%s", bad);
    s[4].value = tracked;
    arena_free(b->a);
}

/* ---- blocks -------------------------------------------------------------------------------- */

/* repeat K { x = x + index;  if x > 5 { y = y + x } else { y = y - 1 } }   track z = x + y */
typedef struct Blocks { Arena *a; Program *p; Entry *e; Graph *g; double tracked; int n; } Blocks;
static Node *read_at(Blocks *b, int state, int version) {
    return g_state(b->g, state, version, DT_F32, shape_scalar());
}
static void put(Blocks *b, DoStmt s) { vec_push(b->a, &b->e->body, s); }
static void name_anew(Blocks *b, int state, int version) {
    put(b, (DoStmt){ .kind = DO_VERSION, .state = state, .version = version });
}
static void write_to(Blocks *b, int state, int version, Node *value) {
    put(b, (DoStmt){ .kind = DO_WRITE, .state = state, .version = version, .value = value });
}
static void last_value(void *user, const DoStmt *s, const double *v, int64_t count) {
    ((Blocks *)user)->tracked = v[0];
    ((Blocks *)user)->n++;
}
static Blocks *blocks_new(void) {
    Arena *a = arena_new("blocks");
    Blocks *b = NEW(a, Blocks);
    *b = (Blocks){ .a = a, .p = NEW(a, Program), .e = NEW(a, Entry) };
    Graph *init = b->p->init_graph = graph_new(a);
    b->p->arena = a, b->p->name = "blocks";
    for (int i = 0; i < 2; i++)
        vec_push(a, &b->p->states, ((State){ .name = i ? "y" : "x", .kind = STATE_VALUE, .of = -1,
                                             .group = -1, .init = g_const(init, DT_F32, 1) }));
    vec_push(a, &b->p->scalars, ((Scalar){ .name = "K", .dtype = DT_I32, .value = 4 }));
    vec_push(a, &b->p->scalars, ((Scalar){ .name = "i", .kind = SCALAR_INDEX, .dtype = DT_I32 }));
    *b->e = (Entry){ .mode = MODE_TRAIN, .name = "t", .batch = 2, .steps = 1 };
    Graph *g = b->g = b->e->graph = graph_new(a);
    vec_push(a, &b->p->entries, b->e);
    Node *i = g_convert(g, g_scalar(g, 1, DT_I32), DT_F32);
    put(b, (DoStmt){ .kind = DO_REPEAT, .value = g_scalar(g, 0, DT_I32), .index_scalar = 1,
                     .turn_scalar = -1 });
    name_anew(b, 0, 1), name_anew(b, 1, 1);
    write_to(b, 0, 2, g_binary(g, OP_ADD, read_at(b, 0, 1), i));
    put(b, (DoStmt){ .kind = DO_IF, .value = g_binary(g, OP_LT, g_const(g, DT_F32, 5),
                                                      read_at(b, 0, 2)) });
    name_anew(b, 1, 2);
    write_to(b, 1, 3, g_binary(g, OP_ADD, read_at(b, 1, 2), read_at(b, 0, 2)));
    put(b, (DoStmt){ .kind = DO_ELSE });
    name_anew(b, 1, 4);
    write_to(b, 1, 5, g_binary(g, OP_SUB, read_at(b, 1, 4), g_const(g, DT_F32, 1)));
    put(b, (DoStmt){ .kind = DO_END });
    name_anew(b, 1, 6);
    put(b, (DoStmt){ .kind = DO_END });
    name_anew(b, 0, 3), name_anew(b, 1, 7);
    put(b, (DoStmt){ .kind = DO_TRACK, .name = "z",
                     .value = g_binary(g, OP_ADD, read_at(b, 0, 3), read_at(b, 1, 7)) });
    return b;
}

Test(program, blocks_run) {
    Blocks *b = blocks_new();
    const char *bad = program_verify(b->p, b->a);
    cr_assert_null(bad, "%s", bad);
    InterpRun r = { .program = b->p, .batch = 2, .output = last_value, .user = b };
    program_interp_init(&r, b->a);
    double x = 1, y = 1;
    for (int step = 0; step < 2; step++) {
        program_interp_step(&r, b->e, (uint64_t)step, b->a);
        for (int i = 0; i < 4; i++) {
            x += i;
            y = x > 5 ? y + x : y - 1;
        }
        cr_expect_eq(b->tracked, x + y);
        cr_expect(r.state[0][0] == x && r.state[1][0] == y);
    }
    r.scalar[0] = 0;                          /* no iteration: everything stays */
    program_interp_step(&r, b->e, 2, b->a);
    cr_expect(r.state[0][0] == x && r.state[1][0] == y && b->n == 3);
    Text out = { 0 };
    program_print(&out, b->p, false);
    cr_expect(strstr(out.data, "\n    if %") && strstr(out.data, "\n      state 1 version 3 :="),
              "%s", out.data);
    text_free(&out);
    arena_free(b->a);
}

Test(program, wrong_blocks) {
    Blocks *b = blocks_new();
    DoStmt *s = b->e->body.v, keep;
    int n = b->e->body.n;
    b->e->body.n = 12, expect_wrong((Bench *)b, "a block without an end"), b->e->body.n = n;
    keep = s[8], s[8].kind = DO_WRITE, s[8].value = read_at(b, 0, 2),
    expect_wrong((Bench *)b, "no new version here"), s[8] = keep;
    keep = s[0], s[0].kind = DO_END, expect_wrong((Bench *)b, "closes no block"), s[0] = keep;
    keep = s[4], s[4].value = read_at(b, 0, 2),
    expect_wrong((Bench *)b, "the condition is not bool []"), s[4] = keep;
    /* of the block that may not run */
    keep = s[n - 1], s[n - 1].value = read_at(b, 1, 3),
    expect_wrong((Bench *)b, "uses a version that is written later"), s[n - 1] = keep;
    keep = s[9], s[9].value = g_binary(b->g, OP_ADD, read_at(b, 1, 4), read_at(b, 1, 3)),
    expect_wrong((Bench *)b, "two blocks that never run together"), s[9] = keep;
    cr_assert_null(program_verify(b->p, b->a));
    arena_free(b->a);
}
