// links: front passes graph base
/* control_test.c - blocks of a step, state and layer state, by the interpreter against plain C.
 *
 * Most specs use a network of one number, E(x) = w x with w = 2 at the start, so that every update
 * can be followed by hand. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "front/front.h"
#include "passes/passes.h"

static Arena *arena;
static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(control, .init = setup, .fini = teardown, .timeout = 60);

/* ---- running -------------------------------------------------------------------------------- */
enum { MAX_OUTPUTS = 256 };
typedef struct Trial {
    Program *p;
    Entry *e;
    InterpRun r;
    struct { const char *name; double value; } out[MAX_OUTPUTS];
    int n_out;
} Trial;

static void note_output(void *user, const DoStmt *s, const double *value, int64_t count) {
    Trial *t = user;
    if (t->n_out == MAX_OUTPUTS) return;
    t->out[t->n_out].name = s->name;
    t->out[t->n_out++].value = value[0];
}
static void serve_data(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    Trial *t = user;
    for (int64_t i = 0; i < count; i++)
        out[i] = (double)(100 * step + 10 * t->r.turn + (uint64_t)n->attr[2] + 1);
}

static void list_diagnostics(Text *t) {
    DiagView d;
    text_add(t, "");
    for (int i = 0; diag_get(i, &d); i++) text_printf(t, "%s %s\n", diag_code_name(d.code), d.text);
}

static Trial *compile(const char *spec) {
    char path[] = "/tmp/control_test_XXXXXX.ebm";
    int fd = mkstemps(path, 4);
    FILE *f = fdopen(fd, "w");
    fputs(spec, f);
    fclose(f);
    Trial *t = NEW(arena, Trial);
    FrontOptions o = { .stdlib_dir = "compiler/stdlib" };
    t->p = front_compile(arena, path, &o);
    remove(path);
    Text said = { 0 };
    list_diagnostics(&said);
    cr_assert(t->p, "%s\n%s", spec, said.data);
    text_free(&said);
    passes_run(t->p, &(PassOptions){ 0 });
    t->e = t->p->entries.v[0];
    t->r = (InterpRun){ .program = t->p, .seed = 3, .batch = 2, .output = note_output, .user = t,
                        .data = serve_data };
    program_interp_init(&t->r, arena);
    return t;
}

static void steps(Trial *t, int from, int n) {
    for (int s = from; s < from + n; s++) {
        Arena *scratch = arena_new("step");
        t->n_out = s == from + n - 1 ? 0 : t->n_out;
        program_interp_step(&t->r, t->e, (uint64_t)s, scratch);
        arena_free(scratch);
    }
}
static int state_at(const Trial *t, const char *name) {
    for (int i = 0; i < t->p->states.n; i++)
        if (!strcmp(t->p->states.v[i].name, name)) return i;
    cr_assert_fail("no state %s", name);
    return -1;
}
static double state_of(const Trial *t, const char *name) {
    return t->r.state[state_at(t, name)][0];
}
static double output(const Trial *t, const char *name) {
    for (int i = t->n_out; i-- > 0;)
        if (!strcmp(t->out[i].name, name)) return t->out[i].value;
    return NAN;
}
static int outputs(const Trial *t, const char *name) {
    int n = 0;
    for (int i = 0; i < t->n_out; i++) n += !strcmp(t->out[i].name, name);
    return n;
}
#define NEAR(a, b) cr_expect_float_eq(a, b, 1e-9, "%.12g, not %.12g", a, b)

#define W "param w: [] = 2.0\n"
#define SGD " optimizer w = sgd(lr = 0.1)\n"

/* ---- repeat --------------------------------------------------------------------------------- */
/* w <- w - 0.1 * 2 w each time: by 0.8. */
Test(control, repeat_updates_in_turn) {
    Trial *t = compile("arg n = 3\n" W "train t {\n" SGD " step { repeat n { minimize w^2 "
                       "over w }\n"
                       "  track after = w } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 2 * 0.8 * 0.8 * 0.8);
    NEAR(output(t, "after"), 2 * 0.8 * 0.8 * 0.8);
    for (int i = 0; i < t->p->scalars.n; i++)            /* not at all */
        if (!strcmp(t->p->scalars.v[i].name, "n")) t->r.scalar[i] = 0;
    steps(t, 1, 1);
    NEAR(state_of(t, "w"), 2 * 0.8 * 0.8 * 0.8);
}

/* Adam's slots and its bias correction go on through repeats and steps, as without repeat. */
Test(control, repeat_shares_slots) {
    static const char *const body[] = { "repeat 3 { minimize w^2 over w }",
                                        "minimize w^2 over w\n minimize w^2 over w\n minimize "
                                        "w^2 over w",
                                        "for k in 1..3 { minimize w^2 over w }" };
    double end[3];
    for (int i = 0; i < 3; i++) {
        Trial *t = compile(arena_printf(arena, W "train t { optimizer w = adam(lr = 0.1)\n step "
                                        "{ %s } }\n",
                                        body[i]));
        steps(t, 0, 3);
        end[i] = state_of(t, "w");
    }
    NEAR(end[0], end[1]);
    NEAR(end[0], end[2]);
    cr_expect_lt(end[0], 1.9);
}

/* Draws are fresh in each turn, nested turns included; the index of `for` counts from its bound. */
Test(control, draws_are_fresh_in_each_turn) {
    Trial *t = compile("state n: [] = 0.0\ntrain t { step { repeat 2 { for k in 3..4 {\n"
                       "  shared z ~ normal([]);  track z;  track k = 1.0 * k;  n = n + z "
                       "} } } }\n");
    steps(t, 0, 1);
    cr_assert_eq(outputs(t, "z"), 4);
    double sum = 0;
    for (int i = 0; i < t->n_out; i += 2) {
        for (int k = 0; k < i; k += 2) cr_expect_neq(t->out[i].value, t->out[k].value);
        sum += t->out[i].value;
        cr_expect_eq(t->out[i + 1].value, 3 + i / 2 % 2);
    }
    NEAR(state_of(t, "n"), sum);
    double first = t->out[0].value;
    steps(t, 1, 1);
    cr_expect_neq(t->out[0].value, first);
}

/* Rows of a data set are other rows in each turn. */
Test(control, data_in_a_repeat) {
    Trial *t = compile("data d: [] from \"d.npy\"\nstate n: [] = 0.0\n"
                       "train t { step { a ~ d\n repeat 3 { x ~ d;  n = n + mean(x) }\n track a = "
                       "mean(a) } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "n"), 2 + 12 + 22);
    NEAR(output(t, "a"), 1);
}

/* Locals that exist before are carried; those made inside end there. */
Test(control, carried_locals) {
    Trial *t = compile(W "train t {\n" SGD " step { x = 1.0;  y ~ normal([])\n y = 0 * y + 3\n"
                       "  repeat 3 { x = 2 * x;  y = y + x;  q = x;  minimize w over w }\n"
                       "  track x;  track y = mean(y);  track w } }\n");
    steps(t, 0, 2);
    NEAR(output(t, "x"), 8);
    NEAR(output(t, "y"), 3 + 2 + 4 + 8);
    NEAR(output(t, "w"), 2 - 0.6);
}

/* ---- while ---------------------------------------------------------------------------------- */
Test(control, while_runs_until_its_condition_fails) {
    Trial *t = compile("arg limit = 1.0\n" W "train t {\n" SGD
                       " step { n = 0\n while w > limit { minimize w^2 over w;  n += 1 }\n track n "
                       "= 1.0 * n } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 2 * pow(0.8, 4));             /* 1.6 1.28 1.024 0.8192 */
    NEAR(output(t, "n"), 4);
    steps(t, 1, 1);
    NEAR(output(t, "n"), 0);
}

/* ---- if, every ------------------------------------------------------------------------------ */
Test(control, if_with_updates) {
    Trial *t = compile(W "param v: [] = 1.0\ntrain t {\n" SGD " optimizer v = sgd(lr = 1.0)\n"
                       " step { if iter < 2 { minimize w over w;  track phase = 1.0 }\n"
                       "  else if iter < 3 { minimize v over v;  track phase = 2.0 }\n"
                       "  else { minimize w + v over w, v } } }\n");
    steps(t, 0, 2);
    NEAR(output(t, "phase"), 1);
    NEAR(state_of(t, "w"), 1.8);
    steps(t, 2, 1);
    NEAR(output(t, "phase"), 2);
    NEAR(state_of(t, "v"), 0);
    steps(t, 3, 1);
    cr_expect(isnan(output(t, "phase")));
    NEAR(state_of(t, "w"), 1.7);
    NEAR(state_of(t, "v"), -1);
}

Test(control, if_by_what_memory_holds) {
    Trial *t = compile("buffer B: [] = replay(100, init = normal([]))\n" W "train t {\n" SGD
                       " step { x ~ normal([]);  B.push(x)\n if B.count > 3 { minimize w over "
                       "w } } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 2);
    steps(t, 1, 2);
    NEAR(state_of(t, "w"), 1.8);
}

Test(control, every_n_steps) {
    Trial *t = compile("arg n = 3\nstate hits: [] = 0.0\ntrain t { step { every n { hits = hits + "
                       "1 } } }\n");
    steps(t, 0, 2);
    NEAR(state_of(t, "hits"), 0);
    steps(t, 2, 5);                          /* in the third and the sixth */
    NEAR(state_of(t, "hits"), 2);
}

/* Without effects both sides are computed; gradients pass, also in functions and per sample. */
Test(control, if_as_a_choice) {
    Trial *t = compile(W "fn f(a) { if a > 0.5 { b = 2 * a } else { b = 3 * a }\n return b }\n"
                       "train t {\n" SGD " step { x = 0.0\n if iter >= 0 { y = w * w;  x = 1.0 } "
                       "else { y = -w }\n"
                       "  minimize y over w\n  track x;  track a = f(1.0) + 10 * f(0.1)\n"
                       "  z ~ uniform([], 0, 1);  track z = mean(f(z) / z) } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 1.6);
    NEAR(output(t, "x"), 1);
    NEAR(output(t, "a"), 5);
    double z = output(t, "z");
    cr_expect(z == 2 || z == 2.5 || z == 3, "%g", z);
}

Test(control, locals_of_conditional_blocks) {
    Trial *t = compile(W "train t {\n" SGD " step { x = 1.0\n"
                       "  if iter < 1 { x = 5.0;  q = 7.0;  minimize w over w } else { q = 8.0 }\n"
                       "  track x;  track q } }\n");
    steps(t, 0, 1);
    cr_expect(output(t, "x") == 5 && output(t, "q") == 7);
    steps(t, 1, 1);
    cr_expect(output(t, "x") == 1 && output(t, "q") == 8);
}

/* `repeat` in a sampler is a loop without a name. */
Test(control, repeat_in_a_sampler) {
    Trial *t = compile("sampler s(x, n: int) { repeat n { w ~ normal(like x);  x = x + 1 + 0 * w "
                       "}\n return x }\n"
                       "arg n = 4\neval v { x ~ normal([]);  y ~ s(0 * x, n);  report y = "
                       "mean(y) }\n");
    steps(t, 0, 1);
    NEAR(output(t, "y"), 4);
}

/* ---- simultaneous --------------------------------------------------------------------------- */
/* min over w, max over v of w v: both gradients at the old values. */
Test(control, simultaneous_updates) {
    const char *spec = W "param v: [] = 3.0\ntrain t {\n" SGD " optimizer v = sgd(lr = 0.1)\n "
        "step { %s {\n"
                       "  minimize w * v over w\n maximize w * v over v } } }\n";
    Trial *t = compile(arena_printf(arena, spec, "simultaneous"));
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 2 - 0.3);
    NEAR(state_of(t, "v"), 3 + 0.2);
    int check = 0, write = 0, late = 0;
    for (int i = 0; i < t->e->body.n; i++) {
        check += t->e->body.v[i].kind == DO_CHECK;
        write += t->e->body.v[i].kind == DO_WRITE;
        late += t->e->body.v[i].kind == DO_CHECK && write > 0;
    }
    cr_expect(check == 2 && write == 2 && late == 0);
    t = compile(arena_printf(arena, spec, "if true"));                  /* one after the other */
    steps(t, 0, 1);
    NEAR(state_of(t, "v"), 3 + 0.17);
}

/* A shared objective may be minimised for both groups: nothing is stale before the end. */
Test(control, simultaneous_shares_an_objective) {
    Trial *t = compile(W "param v: [] = 3.0\ntrain t {\n optimizer w = adam(lr = 0.1)\n optimizer "
                       "v = sgd(lr = 0.1)\n"
                       " step { L = w * v\n repeat 2 { L = w * v\n simultaneous { minimize L over "
                       "w\n maximize L over v } } } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "v"), 3 + 0.1 * 2 + 0.1 * (2 - 0.1 * 3 / (3 + 1e-8)));
}

/* ---- EMA ------------------------------------------------------------------------------------ */
#define NET "energy E(x: []) { param w: [] = 2.0;  return w * x }\nema A of E (decay = 0.5)\n"
Test(control, ema_follows_only_when_the_network_moved) {
    Trial *t = compile(NET "train t { optimizer E = sgd(lr = 1.0)\n step { x ~ normal([])\n"
                       "  if iter >= 1 { every 2 { minimize mean(E(0 * x + 1)) over E } } } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "A.w"), 2);
    steps(t, 1, 1);
    NEAR(state_of(t, "E.w"), 1);
    NEAR(state_of(t, "A.w"), 1.5);
    steps(t, 2, 1);
    NEAR(state_of(t, "A.w"), 1.5);           /* did not move: does not follow */
    steps(t, 3, 1);
    NEAR(state_of(t, "A.w"), 0.75);
}

/* ---- state and assigned parameters ----------------------------------------------------------- */
Test(control, assignments_to_state_and_parameters) {
    Trial *t = compile(W "state n: i32[] = 0\nstate v: [2] = 1.0\ntrain t {\n" SGD
                       " step { minimize w over w\n w = clamp(w, 1.85, 3)\n n = n + 2;  v "
                       "+= [1, 2]\n"
                       "  track n = 1.0 * n;  track w;  track v = sum(v) } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "w"), 1.9);
    steps(t, 1, 2);
    NEAR(state_of(t, "w"), 1.85);
    NEAR(output(t, "n"), 6);
    NEAR(output(t, "w"), 1.85);
    NEAR(output(t, "v"), 2 + 9);
    cr_expect_eq(t->p->states.v[state_at(t, "n")].dtype, DT_I32);
}

/* A layer's state moves once per call in training mode, and nowhere else. */
#define COUNTER "module Count(k: int)(x: []) { param w: [] = 2.0;  state n: [] = 0.0\n" \
                "  n = n + k\n return w * x + 0 * n }\n" \
                "energy E(x: []) { return x |> Count(1) |> Count(10) }\n"
static double calls(const char *body) {
    Trial *t =
        compile(arena_printf(arena, COUNTER "sampler s(E, x) { return x - grad(E, x) + E(x) }\n"
                                    "train t { optimizer E = sgd(lr = 0.0)\n step { x ~ "
                                    "normal([])\n %s } }\n", body));
    steps(t, 0, 1);
    cr_expect_eq(state_of(t, "E.count1.n"), 10 * state_of(t, "E.count0.n"));
    return state_of(t, "E.count0.n");
}
Test(control, layer_state) {
    cr_expect_eq(calls("minimize mean(E(x)) over E"), 1);
    cr_expect_eq(calls("minimize mean(E(x) + E(2 * x)) over E"), 2);
    cr_expect_eq(calls("minimize mean(stop(E)(x) + eval(E)(x) + E(x)) over E"), 1);
    cr_expect_eq(calls("minimize mean(E(x) + grad(E, x) + jvp(E, x, x)) over E"), 1);
    cr_expect_eq(calls("y ~ s(E, x);  minimize mean(E(y)) over E"), 1);
    cr_expect_eq(calls("repeat 3 { minimize mean(E(x)) over E }"), 3);
    cr_expect_eq(calls("if iter > 5 { minimize mean(E(x)) over E }\ntrack a = 1.0"), 0);
    cr_expect_eq(calls("y = x;  for k in 1..3 { y = E(y) }\n track y = mean(y)"), 0);
}

/* An averaged copy has the network's layer state. */
Test(control, layer_state_of_a_copy) {
    Trial *t = compile(COUNTER "ema A of E (decay = 0.5)\ntrain t { optimizer E = sgd(lr = 0.1)\n"
                       " step { x ~ normal([]);  minimize mean(E(x)) over E\n track a = "
                       "mean(A(x)) } }\n");
    steps(t, 0, 3);
    NEAR(state_of(t, "A.count0.n"), 3);
    NEAR(state_of(t, "E.count0.n"), 3);
}

/* ---- parts of networks ----------------------------------------------------------------------- */
#define TWO "module Head()(x: []) { param w: [] = 3.0;  return w * x }\n" \
            "energy E(x: []) { param w: [] = 2.0;  return w + (x |> Head() as \"head\") }\n"
Test(control, parts_of_a_network_as_groups) {
    Trial *t = compile(TWO "train t { optimizer E = sgd(lr = 0.1)\n step { x ~ normal([])\n"
                       "  minimize mean(E(0 * x + 1)) over E.head } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "E.w"), 2);
    NEAR(state_of(t, "E.head.w"), 2.9);
    t = compile(TWO "train t { optimizer E = sgd(lr = 0.1)\n optimizer E.head = sgd(lr = 1.0)\n "
                "step { x ~ normal([])\n"
                "  minimize mean(E(0 * x + 1)) over E } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "E.w"), 1.9);
    NEAR(state_of(t, "E.head.w"), 2);
}

/* Adam counts steps by parameter when a part moves more often than the rest: each first step has
 * the size of the rate. */
Test(control, parts_count_their_own_steps) {
    Trial *t = compile(TWO "train t { optimizer E = adam(lr = 0.1, eps = 0.0)\n step { x ~ "
                       "normal([])\n"
                       "  minimize mean(E(0 * x + 1)) over E.head\n"
                       "  if iter >= 1 { minimize mean(E(0 * x + 1)) over E } } }\n");
    steps(t, 0, 2);
    NEAR(state_of(t, "E.w"), 1.9);
    NEAR(state_of(t, "E.head.w"), 2.7);
}

/* ---- files under a name -------------------------------------------------------------------- */
Test(control, files_imported_under_a_name) {
    char folder[] = "/tmp/control_test_XXXXXX";
    cr_assert(mkdtemp(folder));
    const char *const text[2] = {
        "const h = 3\nmodule Scale(k: int)(x: []) { param w: [] = 2.0;  return k * w * x }\n"
        "energy E(x: []) { return x |> Scale(1) }\nparam w: [] = 5.0\nfn twice(x) = 2 * x\n"
        "sampler shift(x) { z ~ normal([]);  return x + 1 + 0 * z }\n",
        "import \"a.ebm\" as old\nenergy E(x: []) { return x |> old.Scale(old.h) |> "
        "old.Scale(1) }\n"
        "train t { optimizer E = sgd(lr = 0.1)\n optimizer old.E, old.w = sgd(lr = 1.0)\n step { x "
        "~ normal([])\n"
        "  y ~ old.shift(0 * x);  minimize mean(E(y) + old.E(y)) + old.w over E, old.E, old.w\n"
        "  track a = old.twice(old.w) } }\n" };
    for (int i = 0; i < 2; i++) {
        FILE *f = fopen(arena_printf(arena, "%s/%s", folder, i ? "b.ebm" : "a.ebm"), "w");
        fputs(text[i], f);
        fclose(f);
    }
    FrontOptions o = { .stdlib_dir = "compiler/stdlib" };
    Trial *t = NEW(arena, Trial);
    t->p = front_compile(arena, arena_printf(arena, "%s/b.ebm", folder), &o);
    cr_expect_eq(system(arena_printf(arena, "rm -rf %s", folder)), 0);
    Text said = { 0 };
    list_diagnostics(&said);
    cr_assert(t->p, "%s", said.data);
    passes_run(t->p, &(PassOptions){ 0 });
    t->e = t->p->entries.v[0];
    t->r = (InterpRun){ .program = t->p, .seed = 3, .batch = 2, .output = note_output, .user = t };
    program_interp_init(&t->r, arena);
    steps(t, 0, 1);
    NEAR(state_of(t, "old_w"), 4);
    NEAR(state_of(t, "old_E.scale0.w"), 1);
    NEAR(state_of(t, "E.scale1.w"), 2 - 0.1 * 6);
    NEAR(output(t, "a"), 8);
}

/* ---- layers with a memory ------------------------------------------------------------------ */
/* Two samples 1 and 3 by `x`: mean 2, variance 1, unbiased 2. Evaluation uses the running
 * values. */
Test(control, batch_norm) {
    Trial *t = compile("energy E(x: [1]) { return x |> BatchNorm(momentum = 0.25) |> squeeze }\n"
                       "train t { optimizer E = sgd(lr = 0.0)\n step { i = sample_index();  x = "
                       "[1.0 + 2 * i]\n"
                       "  y = E(x);  minimize mean(y) over E\n track y = mean(y * real(i))\n"
                       "  track e = mean(eval(E)(x)) } }\n");
    steps(t, 0, 1);
    NEAR(state_of(t, "E.batchnorm0.running_mean"), 0.5);
    NEAR(state_of(t, "E.batchnorm0.running_var"), 0.75 + 0.5);
    NEAR(output(t, "y"), 0.5 / sqrt(1 + 1e-5));
    NEAR(output(t, "e"), (2 - 0.5) / sqrt(1.25 + 1e-5));
    steps(t, 1, 1);
    NEAR(state_of(t, "E.batchnorm0.running_mean"), 0.75 * 0.5 + 0.5);
}

/* After some power iterations the weights have largest singular value 1: here diag(3, 1) -> E = x0
 * + x1/3. */
Test(control, spectral_norm) {
    Trial *t = compile("fn diag(s, fan) = if len(s) == 1 then zeros(s) else [[3.0, 0.0], "
                       "[0.0, 1.0]]\n"
                       "energy E(x: [2]) { return sum(x |> SNLinear(2, init = diag, iters = 2)) }\n"
                       "sampler s(E, x) { return x - 0 * grad(E, x) + 0 * E(x) }\n"
                       "train t { optimizer E = sgd(lr = 0.0)\n step { z ~ normal([2]);  y ~ "
                       "s(E, z)\n"
                       "  x = 0 * z + [0.0, 3.0]\n  minimize mean(E(x)) over E\n  track e = "
                       "mean(E(x)) } }\n");
    steps(t, 0, 20);
    NEAR(output(t, "e"), 1);
    NEAR(fabs(state_of(t, "E.snlinear0.weight_u")), 1);
}

/* ---- track in samplers --------------------------------------------------------------------- */
/* Means over the steps of a chain and over the batch; nested loops; names by what is drawn. */
Test(control, track_in_samplers) {
    const char *sampler = "sampler s(x, n: int) { for k in 1..n { x = x + 1;  track x;  track k = "
        "1.0 * k\n"
                          "  for j in 1..2 { x = x + 0;  track j = 10.0 * j + x } }\n  track end = "
                          "mean(x)\n  return x }\n";
    Trial *t = compile(arena_printf(arena, "%sarg n = 4\nstate z: [] = 0.0\n"
        "train t { step { y = 0.0 * sample_index();  a ~ s(y, n);  b ~ s(y, 2);  z = mean(a) } }\n",
        sampler));
    steps(t, 0, 1);
    NEAR(output(t, "a.x"), 2.5);
    NEAR(output(t, "a.k"), 2.5);
    NEAR(output(t, "a.j"), 15 + 2.5);
    NEAR(output(t, "a.end"), 4);
    NEAR(output(t, "b.x"), 1.5);
    NEAR(state_of(t, "z"), 4);
    t = compile(arena_printf(arena, "%seval v { y = 0.0 * sample_index();  a ~ s(y, 3);  report e "
                             "= mean(a) }\n", sampler));
    steps(t, 0, 1);
    NEAR(output(t, "a.x"), 2);
}

/* The chain that runs in every step is free of what is tracked: the energy's value stands in the
 * block that runs when it is recorded, and draws the same noise. */
Test(control, tracking_leaves_the_chain_alone) {
    Trial *t = compile("energy E(x: [2]) { return x |> Linear(8) |> silu |> Linear(1) |> "
                       "squeeze }\n"
        "sampler s(E, x, n: int) { for k in 1..n { w ~ normal(like x);  x = x - 0.1 * grad(E, x) + "
        "0.1 * w\n"
        "  track m = x[0] }\n  return x }\n"
        "train t { step { x ~ normal([2]);  y ~ s(E, x, 3);  track end = mean(y[0])\n"
        "  repeat 2 { z ~ s(E, x, 1);  track one = mean(z[0]) } } }\n");
    steps(t, 0, 1);
    NEAR(output(t, "z.m"), output(t, "one"));
    cr_expect(!isnan(output(t, "y.m")));
    int loops = 0, inside = 0;
    for (int i = 0; i < t->e->body.n; i++) inside += t->e->body.v[i].kind == DO_IF;
    bool *live = NEW_ARRAY(arena, bool, graph_size(t->e->graph));
    int n;
    Node **roots = entry_roots(arena, t->e, &n);
    graph_mark_live(t->e->graph, roots, n, live);
    for (uint32_t i = 0; i < graph_size(t->e->graph); i++)
        loops += live[i] && graph_node(t->e->graph, i)->op == OP_LOOP;
    cr_expect_eq(inside, 2);
    cr_expect_eq(loops, 4);
}
