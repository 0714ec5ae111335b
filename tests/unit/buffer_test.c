// links: front passes graph base
/* buffer_test.c - replay buffers in the reference interpreter: algorithm R keeps a uniform sample,
 * slots are distinct, an empty buffer gives the else side or stops the run, bytes come back within
 * their step. (tests/run/whole_test.c compares the same programs with compiled ones.) */
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
TestSuite(buffer, .init = setup, .fini = teardown, .timeout = 60);

static Program *compile(const char *text) {
    char path[] = "/tmp/buffer_test_XXXXXX.ebm";
    FILE *f = fdopen(mkstemps(path, 4), "w");
    fputs(text, f);
    fclose(f);
    Program *p = front_compile(arena, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    remove(path);
    DiagView d;
    cr_assert(p, "%s", diag_get(0, &d) ? d.text : text);
    passes_run(p, &(PassOptions){ 0 });
    return p;
}

typedef struct Seen { double v[64]; int n; } Seen;
static void keep(void *user, const DoStmt *s, const double *v, int64_t count) {
    Seen *t = user;
    if (s->kind == DO_TRACK && strcmp(s->name, "grad_norm") && t->n < 64) t->v[t->n++] = v[0];
}
static double *rows_of(const InterpRun *r, const char *name) {
    for (int i = 0; i < r->program->states.n; i++)
        if (!strcmp(r->program->states.v[i].name, name)) return r->state[i];
    cr_assert_fail("no state '%s'", name);
    return NULL;
}
/* n steps of the first entry with 8 samples; false: a check stopped them. */
static bool steps(InterpRun *r, int n) {
    for (int k = 0; k < n; k++) {
        Arena *scratch = arena_new("step");
        program_interp_step(r, r->program->entries.v[0], (uint64_t)k, scratch);
        arena_free(scratch);
        if (r->failed) return false;
    }
    return true;
}
static InterpRun start(const Program *p, uint64_t seed, Seen *seen) {
    InterpRun r = { .program = p, .batch = 8, .seed = seed, .output = keep, .user = seen };
    program_interp_init(&r, arena);
    return r;
}

#define HEAD "param w: [] = 0.0\nconst U = uniform([], 0, 1)\n"
#define STEP(body) "train t { batch = 8;  optimizer w = sgd(lr = 0)\n step {\n" body \
                   "  minimize w^2 over w } }\n"

/* Items are numbered; 40 of 800 remain. Their mean is that of a uniform sample, 399.5, with a
 * standard error of 231 / sqrt(40 * 30) = 6.7 over 30 runs. */
Test(buffer, reservoir_is_a_uniform_sample) {
    enum { CAPACITY = 40, RUNS = 30 };
    Program *p = compile("buffer B: [] = replay(40, policy = reservoir)\n" HEAD
                         STEP("  x = real(sample_index()) + 8.0 * real(iter)\n  B.push(x)\n"));
    double mean = 0, early = 0;
    for (int seed = 0; seed < RUNS; seed++) {
        Seen seen = { .n = 0 };
        InterpRun r = start(p, (uint64_t)seed, &seen);
        steps(&r, 5);
        for (int i = 0; i < CAPACITY; i++) cr_assert_eq(rows_of(&r, "ebm.buffer.B")[i], i);
        r = start(p, (uint64_t)seed, &seen);
        steps(&r, 100);
        cr_assert_eq(rows_of(&r, "ebm.buffer.B.head")[0], 800);
        cr_assert_eq(rows_of(&r, "ebm.buffer.B.count")[0], CAPACITY);
        for (int i = 0; i < CAPACITY; i++) {
            double v = rows_of(&r, "ebm.buffer.B")[i];
            cr_assert(v >= 0 && v < 800 && v == floor(v));
            for (int k = 0; k < i; k++) cr_assert_neq(v, rows_of(&r, "ebm.buffer.B")[k]);
            mean += v / (CAPACITY * RUNS);
            early += v < 200 ? 1.0 / (CAPACITY * RUNS) : 0;
        }
    }
    cr_expect_float_eq(mean, 399.5, 5 * 6.7);
    cr_expect_float_eq(early, 0.25, 5 * 0.0125);
}

/* Rows are their own numbers: in each step the eight samples see eight of them; in the long run all
 * are seen. */
Test(buffer, slots_are_distinct) {
    Program *p = compile("buffer B: [] = replay(9, init = U)\n" HEAD
                         STEP("  i ~ B.slots;  B[i] = real(i);  m = onehot(i, 9)\n"
                              "  track most = max(sum(m, batch));  track all = sum(sum(m, batch))\n"
                              "  track where = sum(real(i))\n"));
    Seen seen = { .n = 0 };
    InterpRun r = start(p, 1, &seen);
    cr_assert(steps(&r, 20));
    bool left_out[9] = { false };
    for (int k = 0; k < 20; k++) {
        cr_expect_eq(seen.v[3 * k], 1);
        cr_expect_eq(seen.v[3 * k + 1], 8);
        left_out[36 - (int)seen.v[3 * k + 2]] = true;
    }
    int different = 0;
    for (int i = 0; i < 9; i++) {
        cr_expect_eq(rows_of(&r, "ebm.buffer.B")[i], i);
        different += left_out[i];
    }
    cr_expect_gt(different, 5);
    r.batch = 10;
    cr_expect_not(steps(&r, 1), "a batch of 10 in 9 slots");
}

Test(buffer, an_empty_buffer) {
    Program *p = compile("buffer B: [] = replay(90)\n" HEAD
                         STEP("  x ~ B prob 1.0 else U;  track least = min(x);  B.push(2 + x)\n"));
    Seen seen = { .n = 0 };
    InterpRun r = start(p, 1, &seen);
    cr_assert(steps(&r, 12));
    cr_expect_lt(seen.v[0], 1);                       /* the else side */
    for (int k = 1; k < 12; k++) cr_expect_geq(seen.v[k], 2, "only filled slots are drawn");
    p = compile("buffer B: [] = replay(90)\n" HEAD STEP("  x ~ B;  track m = mean(x);  "
                                                        "B.push(x)\n"));
    r = start(p, 1, &seen);
    cr_expect_not(steps(&r, 1));
    cr_assert(r.failed && strstr(r.failed->name, "the buffer B, which is empty"));
}

Test(buffer, bytes_come_back_in_their_step) {
    Program *p = compile("buffer B: [] = replay(8, init = U, codec = u8)\n" HEAD
                         STEP("  x ~ uniform([], 0, 1);  i = sample_index()\n"
                              "  B[i] = x;  y = B[i];  z ~ B\n"
                              "  track far = max(abs(x - y));  track same = min(abs(x - y))\n"
                              "  track step = max(abs(floor(256 * x) - floor(256 * y)))\n"
                              "  track least = min(z);  track most = max(z)\n"));
    Seen seen = { .n = 0 };
    InterpRun r = start(p, 1, &seen);
    cr_assert(steps(&r, 6));
    for (int k = 0; k < 30; k += 5) {
        cr_expect_lt(seen.v[k], 1.0 / 256);
        cr_expect_gt(seen.v[k + 1], 0, "noise in each element");
        cr_expect_eq(seen.v[k + 2], 0);
        cr_expect(seen.v[k + 3] >= 0 && seen.v[k + 4] < 1);
    }
}
