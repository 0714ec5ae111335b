// links: front passes graph base
/* unloop_test.c - derivatives that pass through loops: the last step of a stopped chain, and small
 * chains unrolled, against central differences in the reference interpreter; and the draws of an
 * opened loop against those of the loop as it was written. */
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
TestSuite(unloop, .init = setup, .fini = teardown, .timeout = 60);

static Program *compile(const char *text) {
    char path[] = "/tmp/unloop_test_XXXXXX.ebm";
    FILE *f = fdopen(mkstemps(path, 4), "w");
    fputs(text, f);
    fclose(f);
    Program *p = front_compile(arena, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    remove(path);
    DiagView d;
    for (int i = 0; diag_get(i, &d); i++)
        fprintf(stderr, "%s: %s\n", diag_code_name(d.code), d.text);
    cr_assert(p, "%s", text);
    passes_run(p, &(PassOptions){ 0 });
    return p;
}

static int count_of(DiagCode code) {
    DiagView d;
    int n = 0;
    for (int i = 0; diag_get(i, &d); i++) n += d.code == code;
    return n;
}

static int loops_of(const Program *p) {
    const Entry *e = p->entries.v[0];
    int n, found = 0;
    Node **roots = entry_roots(arena, e, &n);
    bool *live = NEW_ARRAY(arena, bool, graph_size(e->graph) + 1);
    graph_mark_live(e->graph, roots, n, live);
    for (uint32_t id = 0; id < graph_size(e->graph); id++)
        found += live[id] && graph_node(e->graph, id)->op == OP_LOOP;
    return found;
}

/* ---- running --------------------------------------------------------------------------------- */
typedef struct Tracks { const char *name[8]; double v[8]; int n; } Tracks;
static void keep(void *user, const DoStmt *s, const double *v, int64_t count) {
    Tracks *t = user;
    if (s->kind != DO_TRACK || t->n == 8) return;
    t->name[t->n] = s->name;
    t->v[t->n++] = v[0];
}
static double track_of(const Tracks *t, const char *name) {
    for (int i = 0; i < t->n; i++) if (!strcmp(t->name[i], name)) return t->v[i];
    cr_assert_fail("no track '%s'", name);
    return NAN;
}
static int state_of(const Program *p, const char *name) {
    for (int i = 0; i < p->states.n; i++) if (!strcmp(p->states.v[i].name, name)) return i;
    cr_assert_fail("no state '%s'", name);
    return -1;
}
/* Runs step 3 of the first entry; `K` is the value of the arg K, if there is one. */
static Tracks run_step(InterpRun *r, double K) {
    Tracks t = { .n = 0 };
    r->user = &t;
    r->output = keep;
    for (int i = 0; i < r->program->scalars.n; i++)
        if (!strcmp(r->program->scalars.v[i].name, "K")) r->scalar[i] = K;
    program_interp_step(r, r->program->entries.v[0], 3, arena);
    return t;
}
static InterpRun start(const Program *p) {
    InterpRun r = { .program = p, .batch = 5, .seed = 3 };
    program_interp_init(&r, arena);
    return r;
}
static void copy_states(InterpRun *r, const char *from, const char *to) {
    static const char *const leaf[] = { "linear0.weight", "linear0.bias", "linear1.weight" };
    for (int i = 0; i < 3; i++) {
        int a = state_of(r->program, arena_printf(arena, "%s.%s", from, leaf[i]));
        int b = state_of(r->program, arena_printf(arena, "%s.%s", to, leaf[i]));
        memcpy(r->state[b], r->state[a],
               sizeof(double) * (size_t)shape_count(r->program->states.v[a].shape));
    }
}

/* One sgd step of rate 1 moves E by minus the gradient of the minimised value. The tracked value
 * `track`, in which the weights of network `moves` stand for E's, is differenced for comparison. */
static void check_gradient(const char *spec, double K, const char *moves, const char *track,
                           double tolerance) {
    Program *p = compile(spec);
    InterpRun r = start(p);
    if (strcmp(moves, "E")) {
        copy_states(&r, "E", "F");
        copy_states(&r, "E", "G");
    }
    int weight = state_of(p, "E.linear0.weight");
    int moved = state_of(p, arena_printf(arena, "%s.linear0.weight", moves));
    int64_t n = shape_count(p->states.v[weight].shape);
    double *start_at = NEW_ARRAY(arena, double, n), *slope = NEW_ARRAY(arena, double, n), most = 0;
    memcpy(start_at, r.state[weight], sizeof(double) * (size_t)n);
    InterpRun differences = r;
    differences.state = NEW_ARRAY(arena, double *, p->states.n);
    for (int64_t i = 0; i < n; i++) {
        double side[2], h = 1e-5;
        for (int k = 0; k < 2; k++) {
            for (int s = 0; s < p->states.n; s++) {
                size_t bytes = sizeof(double) * (size_t)shape_count(p->states.v[s].shape);
                differences.state[s] = memcpy(arena_alloc(arena, bytes), r.state[s], bytes);
            }
            differences.state[moved][i] += k ? h : -h;
            Tracks t = run_step(&differences, K);
            side[k] = track_of(&t, track);
        }
        slope[i] = (side[1] - side[0]) / (2 * h);
        most = fmax(most, fabs(slope[i]));
    }
    cr_assert_gt(most, 1e-3, "nothing to compare");
    run_step(&r, K);
    for (int64_t i = 0; i < n; i++)
        cr_expect_float_eq(start_at[i] - r.state[weight][i], slope[i], tolerance * most,
                           "[%d]: %g, by differences %g", (int)i, start_at[i] - r.state[weight][i],
                           slope[i]);
}

#define NET(name) "energy " name \
    "(x: [2]) { return x |> Linear(6) |> tanh |> Linear(1, bias = false) |> squeeze }\n"
#define LAST "sampler last(E, x, K: int, a, s) {\n"                                                \
             "  for k in 1..K { x = stop(x);  w ~ normal(like x);  y = x + s * w\n"               \
             "    x = clamp(y - a * grad(E, y), -0.9, 0.9) }\n  return x }\n"
#define PLAIN \
    "sampler chain(E, x, K: int, a) { for k in 1..K { x = x - a * grad(E, x) }\n  return x }\n"

/* L_opt of improved contrastive divergence: theta -> mean E_0(clamp(x' - a grad E_theta(x'))),
 * where x' is held where the chain of E_0 arrives one step before its end. */
Test(unloop, last_step_gradient_is_that_of_one_step) {
    const char *spec = "arg K = 4\n" NET("E") NET("F") NET("G") LAST
        "train t { optimizer E = sgd(lr = 1)\n step {\n"
        "  z ~ uniform([2], -1, 1);  xh = last(E, z, K, 0.7, 0.0);  q ~ last(F, z, K - 1, "
        "0.7, 0.0)\n"
        "  track f = mean(F(clamp(q - 0.7 * grad(G, q), -0.9, 0.9)))\n"
        "  minimize mean(stop(E)(xh)) over E } }\n";
    check_gradient(spec, 4, "G", "f", 1e-6);
    check_gradient(spec, 1, "G", "f", 1e-6);
}

/* A chain without steps gives its start, through which no gradient comes. */
Test(unloop, no_steps_no_gradient) {
    Program *p = compile("arg K = 4\n" NET("E") LAST
                         "train t { optimizer E = sgd(lr = 1)\n step {\n"
                         "  z ~ normal([2]);  xh = last(E, z, K, 0.7, 0.1)\n"
                         "  track same = mean(sum(abs(xh - z)))\n  minimize mean(stop(E)(xh)) "
                         "over E } }\n");
    InterpRun r = start(p);
    int w = state_of(p, "E.linear0.weight");
    double before = r.state[w][1];
    Tracks t = run_step(&r, 0);
    cr_expect_eq(track_of(&t, "same"), 0);
    cr_expect_eq(r.state[w][1], before);
    run_step(&r, 1);
    cr_expect_neq(r.state[w][1], before);
}

/* The opened chain draws what the loop draws: the same program with and without a gradient. */
Test(unloop, draws_keep_their_addresses) {
    static const char *const end[] = { "", "  minimize mean(stop(E)(xh)) over E\n" };
    double got[2][3];
    for (int with = 0; with < 2; with++) {
        const char *spec = arena_printf(arena, "arg K = 4\n" NET("E") LAST
            "train t { optimizer E = sgd(lr = 1)\n step {\n  z ~ normal([2])\n"
            "  xh = last(E, z, K, 0.3, 0.2);  track m = mean(sqnorm(xh) + sum(xh))\n%s"
            "  minimize 1e-9 * mean(E(z)) over E } }\n", end[with]);
        Program *p = compile(spec);
        cr_expect_eq(loops_of(p), 1);
        for (int K = 0; K < 3; K++) {
            InterpRun r = start(p);
            Tracks t = run_step(&r, 2 * K);
            got[with][K] = track_of(&t, "m");
        }
    }
    for (int K = 0; K < 3; K++) cr_expect_float_eq(got[0][K], got[1][K], 1e-14);
    cr_expect_neq(got[0][0], got[0][1]);
}

Test(unloop, a_short_chain_is_unrolled) {
    check_gradient(NET("E") PLAIN "train t { optimizer E = sgd(lr = 1)\n step {\n"
                   "  z ~ normal([2]);  x = chain(E, z, 3, 0.4);  f = mean(sqnorm(x - 1));  "
                   "track f\n"
                   "  minimize f over E } }\n", 0, "E", "f", 1e-6);
    cr_expect_eq(count_of(W0405), 0);
}

/* A loop in a loop, both with draws; only the outer one's last step is differentiated, through all
 * steps of its inner loop. */
Test(unloop, nested_loops) {
    const char *spec = "arg K = 4\n" NET("E") NET("F") NET("G")
        "fn steps(N, x) { for i in 1..2 { x = x - 0.4 * grad(N, x) }\n return x }\n"
        "sampler s(E, x, K: int) {\n"
        "  for k in 1..K { x = stop(x)\n for i in 1..2 { x = x - 0.4 * grad(E, x) } }\n  "
        "return x }\n"
        "train t { optimizer E = sgd(lr = 1)\n step {\n  z ~ normal([2]);  xh = s(E, z, K)\n"
        "  q ~ s(F, z, K - 1);  track f = mean(sqnorm(steps(G, q) - 1))\n"
        "  minimize mean(sqnorm(xh - 1)) over E } }\n";
    check_gradient(spec, 3, "G", "f", 1e-6);
    cr_expect_eq(loops_of(compile(spec)), 5);   /* one inner loop of six is unrolled */
}

Test(unloop, many_steps_are_a_warning) {
    compile(NET("E") PLAIN "train t { optimizer E = sgd(lr = 1)\n step {\n"
            "  z ~ normal([2]);  x = chain(E, z, 30, 0.1);  minimize mean(sqnorm(x)) over E } }\n");
    cr_expect_eq(count_of(W0405), 1);
    cr_expect_eq(count_of(E0406), 0);
}

Test(unloop, what_cannot_be_opened_is_one_error) {
    compile("arg K = 4\n" NET("E") PLAIN "train t { optimizer E = sgd(lr = 1)\n step {\n"
            "  z ~ normal([2]);  x = chain(E, z, K, 0.1);  minimize mean(sqnorm(x)) over E } }\n");
    cr_expect_eq(count_of(E0406), 1);
    base_reset();
    compile(NET("E") PLAIN "train t { optimizer E = sgd(lr = 1)\n step {\n  z ~ normal([2])\n"
            "  x = chain(E, z, 100000, 0.1);  minimize mean(sqnorm(x)) over E } }\n");
    cr_expect_eq(count_of(E0406), 1);
}
