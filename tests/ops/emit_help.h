/* emit_help.h - from a Program to a running shared object, and against the interpreter.
 *
 *     Bench *b = bench_new(67);  Node *x = bench_rows(b, ...), *w = bench_state(b, ...);
 *     bench_save(b, y);  bench_write(b, ...);  bench_check(b, 1e-5);
 *
 * bench_check emits for every tile size, compiles with gcc and with clang at several levels, runs
 * with one and with three ranges per launch, compares every output and state with the interpreter
 * and demands equal bits from all builds of one tile size, and from the CUDA kernels (fp32) on the
 * emulated GPU. */
#ifndef EBM_TEST_EMIT_HELP_H
#define EBM_TEST_EMIT_HELP_H
#include "backend/backend.h"
#include "emit_cuda.h"
#include "fake_runtime.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHAPE(...) shape_of((int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
                            (int64_t[]){ __VA_ARGS__ })
enum { B = DIM_BATCH, DATA_ROWS = 100 };

typedef struct Bench {
    Arena *a;
    Program *p;
    Entry *e;
    Graph *g, *init;
    int64_t batch;
    uint64_t random;
    double *field[FAKE_FIELDS];   /* [DATA_ROWS][...] */
    int32_t rows[8][512];
    double *expect[FAKE_OUTPUTS]; /* by the interpreter */
    int64_t n_expect[FAKE_OUTPUTS];
    int n_out;
    InterpRun *ref;
    int steps;
    bool quick;                   /* one tile size, one compiler */
    bool by_tile;                 /* the order of a sum depends on the tile size */
    bool gpu;                     /* the run at hand is one on the emulated GPU */
    bool bf16;                    /* operands of contractions in loops are rounded */
    EbmRun *last;                 /* the last run */
    double tolerance;
} Bench;

static inline double bench_uniform(Bench *b, double lo, double hi) {
    b->random = b->random * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(b->random >> 11) * 0x1p-53;
}

static inline Bench *bench_new(int64_t batch) {
    Arena *a = arena_new("an emit test");
    source_add("bench.ebm", "x\n", 2);           /* where every node and statement comes from */
    Bench *b = NEW(a, Bench);
    Program *p = NEW(a, Program);
    Entry *e = NEW(a, Entry);
    *b = (Bench){ .a = a, .p = p, .e = e, .batch = batch, .random = 99, .steps = 1 };
    *p = (Program){ .arena = a, .name = "bench", .spec_text = "bench\n" };
    *e = (Entry){ .mode = MODE_TRAIN, .name = "t", .batch = batch, .steps = 10 };
    p->init_graph = b->init = graph_new(a);
    e->graph = b->g = graph_new(a);
    vec_push(a, &p->entries, e);
    vec_push(a, &p->data, ((DataSet){ .name = "d" }));
    vec_push(a, &p->scalars, ((Scalar){ .name = "rate", .kind = SCALAR_ARG, .dtype = DT_F32,
                                       .value = 0.3 }));
    vec_push(a, &p->scalars, ((Scalar){ .name = "iter", .kind = SCALAR_ITER, .dtype = DT_I32 }));
    vec_push(a, &p->scalars, ((Scalar){ .name = "batch", .kind = SCALAR_BATCH, .dtype = DT_I32 }));
    vec_push(a, &p->scalars, ((Scalar){ .name = "K", .kind = SCALAR_ARG, .dtype = DT_I32,
                                       .value = 5 }));
    for (int o = 0; o < 8; o++)
        for (int k = 0; k < 512; k++)
            b->rows[o][k] = (k * 7 + o * 13) % DATA_ROWS;
    return b;
}

/* A per-sample value: rows of a data field with values in [lo, hi). */
static inline Node *bench_rows(Bench *b, DType t, Shape example, double lo, double hi) {
    DataSet *d = &b->p->data.v[0];
    int k = d->fields.n;
    cr_assert(k < FAKE_FIELDS);
    vec_push(b->a, &d->fields, ((DataField){ "f", t, example }));
    int64_t n = DATA_ROWS * shape_count(example);
    b->field[k] = NEW_ARRAY(b->a, double, n);
    for (int64_t i = 0; i < n; i++) {
        double v = bench_uniform(b, lo, hi);
        b->field[k][i] = t == DT_F32 ? (float)v : t == DT_BOOL ? v >= (lo + hi) / 2 : floor(v);
    }
    return g_data(b->g, 0, k, k % 3, t, example);
}

/* A shared value: a state that starts with values in [lo, hi). */
static inline int bench_new_state(Bench *b, DType t, Shape s, double lo, double hi) {
    int64_t n = shape_count(s);
    double *v = NEW_ARRAY(b->a, double, n);
    for (int64_t i = 0; i < n; i++) {
        double x = bench_uniform(b, lo, hi);
        v[i] = t == DT_F32 ? (float)x : t == DT_BOOL ? x >= (lo + hi) / 2 : floor(x);
    }
    vec_push(b->a, &b->p->states, ((State){ .name = arena_printf(b->a, "s%d", b->p->states.n),
        .kind = STATE_VALUE, .dtype = t, .shape = s, .of = -1, .group = -1,
        .init = n == 1 ? g_const_splat(b->init, t, s, v[0]) : g_const_tensor(b->init, t, s, v) }));
    vec_push(b->a, &b->e->versions, 0);
    cr_assert(b->p->states.n <= FAKE_STATES);
    return b->p->states.n - 1;
}
static inline Node *bench_read(Bench *b, int state) {
    const State *s = &b->p->states.v[state];
    return g_state(b->g, state, b->e->versions.v[state], s->dtype, s->shape);
}
static inline Node *bench_state(Bench *b, DType t, Shape s, double lo, double hi) {
    return bench_read(b, bench_new_state(b, t, s, lo, hi));
}

static inline void bench_stmt(Bench *b, DoStmt s) { vec_push(b->a, &b->e->body, s); }
static inline void bench_write(Bench *b, int state, Node *v) {
    bench_stmt(b, (DoStmt){ .kind = DO_WRITE, .state = state, .value = v,
                            .version = ++b->e->versions.v[state] });
}
/* Compares v: rows are saved, shared values written to a new state. */
static inline void bench_out(Bench *b, Node *v) {
    if (node_batched(v)) {
        bench_stmt(b, (DoStmt){ .kind = DO_SAVE, .name = "v", .path = "v", .value = v });
        return;
    }
    int s = bench_new_state(b, v->dtype, v->shape, 0, 1);
    bench_write(b, s, v);
}

/* ---- the interpreter's side ------------------------------------------------------------------ */

static void bench_fill(void *user, const Node *n, uint64_t step, int64_t count, double *out) {
    Bench *b = user;
    int64_t size = shape_count(n->shape);
    (void)step;
    for (int64_t r = 0; r < b->batch; r++)
        memcpy(out + r * size,
               b->field[n->attr[1]] + b->rows[(n->attr[2] + (int64_t)b->ref->turn) % 8][r] * size,
               (size_t)size * sizeof *out);
    cr_assert_eq(count, size * b->batch);
}
static void bench_take(void *user, const DoStmt *s, const double *value, int64_t count) {
    Bench *b = user;
    int k = b->n_out++;
    b->expect[k] = NEW_ARRAY(b->a, double, count);
    memcpy(b->expect[k], value, (size_t)count * sizeof *value);
    b->n_expect[k] = count;
    (void)s;
}

/* ---- the emitted side ------------------------------------------------------------------------ */

static inline void put_file(const char *dir, const char *name, const Text *t) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    cr_assert(f && fwrite(t->data, 1, t->len, f) == t->len);
    fclose(f);
}

/* The prelude's kernels by this compiler and level ("gcc -O2"), made by the Makefile. */
static inline const char *kernels_object(const char *cc) {
    static char path[512];
    const char *build = getenv("EBM_BUILD"), *level = strchr(cc, ' ');
    cr_assert(level);
    snprintf(path, sizeof path, "%s/quick/kernels-%.*s%s.o", build ? build : "build",
             (int)(level - cc), cc, level + 1);
    return path;
}

typedef void CallFn(EbmRun *run, int entry);
/* Compiles what was emitted; the function that runs it. */
static inline CallFn *bench_compile(const Emitted *em, const char *cc, const char *dir,
                                    int serial) {
    char cmd[2048], so[512];
    put_file(dir, "kernels.c", &em->kernels);
    put_file(dir, "plan.c", &em->plan);
    snprintf(so, sizeof so, "%s/program%d.so", dir, serial);
    snprintf(cmd, sizeof cmd,
             "%s -march=native -ffp-contract=off -fno-math-errno -fopenmp-simd "
             "-std=gnu11 -Wall -Werror -fPIC -shared -Iruntime -Iruntime/prelude -Itests/ops "
             "-DEBM_KERNELS=0 %s/kernels.c %s/plan.c tests/ops/fake_runtime.c %s -o %s -lm", cc, dir,
             dir, kernels_object(cc), so);
    cr_assert_eq(system(cmd), 0, "%s", cmd);
    void *lib = dlopen(so, RTLD_NOW | RTLD_LOCAL);
    cr_assert(lib, "%s", dlerror());
    CallFn *fn = (CallFn *)(intptr_t)dlsym(lib, "fake_call");
    cr_assert(fn);
    return fn;
}

static inline size_t store_element(void *to, int64_t i, DType t, double v) {
    switch (t) {
    case DT_F32: ((float *)to)[i] = (float)v; return 4;
    case DT_I32: ((int32_t *)to)[i] = (int32_t)v; return 4;
    default: ((uint8_t *)to)[i] = (uint8_t)v; return 1;
    }
}
static inline double load_element(const void *from, int64_t i, DType t) {
    return t == DT_F32 ? (double)((const float *)from)[i] : t == DT_I32 ? ((const int32_t *)from)[i]
                                                                : ((const uint8_t *)from)[i];
}

static inline EbmRun *bench_run_new(Bench *b) {
    EbmRun *r = NEW(b->a, EbmRun);
    r->batch = b->batch, r->steps = 10, r->ranges = 1, r->s.seed = 7, r->tracking = true;
    for (int k = 0; k < b->p->scalars.n; k++)
        r->scalar[k] = b->p->scalars.v[k].value;
    const DataSet *d = &b->p->data.v[0];
    for (int k = 0; k < d->fields.n; k++) {
        int64_t n = DATA_ROWS * shape_count(d->fields.v[k].shape);
        void *v = arena_alloc(b->a, (size_t)n * 4);
        for (int64_t i = 0; i < n; i++)
            store_element(v, i, d->fields.v[k].dtype, b->field[k][i]);
        r->field[0][k] = v;
    }
    for (int k = 0; k < 8; k++)
        r->rows[0][k] = b->rows[k];
    return r;
}

static inline void compare(Bench *b, const char *what, int k, const double *want, const void *got,
                           DType t, int64_t n) {
    double scale = 0;
    for (int64_t i = 0; i < n; i++)
        if (isfinite(want[i]) && fabs(want[i]) > scale)
            scale = fabs(want[i]);
    for (int64_t i = 0; i < n; i++) {
        double g = load_element(got, i, t), w = t == DT_F32 ? (float)want[i] : trunc(want[i]);
        bool same = (isnan(w) && isnan(g)) || w == g ||
                    (t == DT_F32 && fabs(g - w) <= b->tolerance * (scale + 1e-3));
        cr_assert(same, "%s %d [%lld]: want %.12g, got %.12g (batch %lld)", what, k, (long long)i,
                  w, g,
                  (long long)b->batch);
    }
}

static inline uint64_t hash_bytes(uint64_t h, const void *p, size_t n) {
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)p)[i]) * 0x100000001b3u;
    return h;
}

/* All bits but the sign and payload of a NaN, which no target promises. */
static inline uint64_t hash_values(uint64_t h, const void *p, size_t n, DType t) {
    const uint32_t nan = 0x7fc00000u;
    for (size_t i = 0; i < n && t == DT_F32; i++) {
        const float *v = (const float *)p + i;
        h = hash_bytes(h, *v == *v ? (const void *)v : &nan, 4);
    }
    return t == DT_F32 ? h : hash_bytes(h, p, n * dtype_size(t));
}

/* Runs b->steps steps and compares; returns a hash of all bits. */
static inline uint64_t bench_run(Bench *b, CallFn *call, int ranges, InterpRun *ref) {
    EbmRun *r = bench_run_new(b);
    uint64_t h = 0xcbf29ce484222325u;
    b->last = r;
    r->gpu = b->gpu ? bench_gpu_launch : NULL;
    r->ranges = ranges;
    call(r, -1);
    Arena *scratch = arena_new("interpreted steps");
    program_interp_init(ref, scratch);
    const Program *p = b->p;
    for (int k = 0, at = 0; k < p->states.n; k++)
        if (p->states.v[k].kind != STATE_LOCAL)   /* the compiled program has no others */
            compare(b, "initial state", k, ref->state[k], r->state[at++], p->states.v[k].dtype,
                    shape_count(p->states.v[k].shape));
    for (int step = 0; step < b->steps; step++) {
        b->n_out = 0;
        r->s.step = (uint64_t)step;
        program_interp_step(ref, b->e, (uint64_t)step, scratch);
        call(r, 0);
        cr_assert_eq(r->failed, ref->failed != NULL);
        int out = 0;
        for (int k = 0; !r->failed && k < b->e->body.n; k++) {
            const DoStmt *s = &b->e->body.v[k];
            if (s->kind == DO_TRACK || s->kind == DO_REPORT) {
                compare(b, "number", out, b->expect[out], &r->number[out], DT_F32, 1);
                out++;
            } else if (s->kind == DO_SAVE) {
                DType t = s->value->dtype == DT_F32 ? DT_F32 : DT_I32;
                compare(b, "rows", out, b->expect[out], r->out[out], t, b->n_expect[out]);
                h = hash_values(h, r->out[out], (size_t)b->n_expect[out], t);
                out++;
            }
        }
    }
    for (int k = 0, at = 0; k < p->states.n; k++) {
        int64_t n = shape_count(p->states.v[k].shape);
        if (p->states.v[k].kind == STATE_LOCAL)
            continue;
        compare(b, "state", k, ref->state[k], r->state[at], p->states.v[k].dtype, n);
        h = hash_values(h, r->state[at++], (size_t)n, p->states.v[k].dtype);
    }
    arena_free(scratch);
    return h;
}

static inline void bench_emit_for(Bench *b, int tile, bool cuda, BackendGrid grid, Emitted *em) {
    const char *bad = program_verify(b->p, b->a);
    BackendOptions o = { .tile = tile, .gradients = tile == 32 ? GRADIENTS_INSIDE : GRADIENTS_APART,
                         .compiler = "test", .cuda = cuda, .fp32 = !b->bf16,
                         .bf16 = b->bf16, .grid = grid };
    cr_assert_null(bad, "%s", bad);
    bool good = backend_c_emit(b->p, &o, em);
    if (!good)
        diag_print(stderr, DIAG_TEXT);
    cr_assert(good);
}
static inline void bench_emit(Bench *b, int tile, Emitted *em) {
    bench_emit_for(b, tile, false, GRID_OFF, em);
}

/* The bits of the CUDA kernels. */
static inline uint64_t bench_run_cuda(Bench *b, int tile, BackendGrid grid, const char *dir,
                                      int serial,
                                      InterpRun *ref) {
    Emitted em;
    bench_emit_for(b, tile, true, grid, &em);
    if (getenv("EBM_KEEP"))
        put_file(dir, "kernels.cu", &em.cuda);
    b->gpu = true;
    uint64_t h = bench_run(b, bench_compile(&em, "clang -O0", dir, serial), 1, ref);
    b->gpu = false;
    emitted_free(&em);
    return h;
}

static inline void bench_check(Bench *b, double tolerance) {
    static const int tiles[] = { 32, 16, 64 };
    /* Both compilers for the first. What takes long to compile are levels. */
    static const char *const compilers[][2] = { { "gcc -O2", "clang -O1" }, { "gcc -Og" }, { "gcc -O1" } };
    char dir[] = "/tmp/ebm_emit_XXXXXX", cmd[256];
    cr_assert(mkdtemp(dir));
    b->tolerance = tolerance;
    InterpRun ref = { .program = b->p, .seed = 7, .batch = b->batch, .data = bench_fill, .user = b,
                      .output = bench_take };
    int serial = 0;
    b->ref = &ref;
    for (int t = 0; t < (b->quick ? 1 : 3); t++) {
        Emitted em, again;
        uint64_t hash = 0;
        bench_emit(b, tiles[t], &em);
        bench_emit(b, tiles[t], &again);
        cr_assert_str_eq(em.kernels.data, again.kernels.data);
        cr_assert_str_eq(em.plan.data, again.plan.data);
        emitted_free(&again);
        for (int c = 0; c < (b->quick || t ? 1 : 2); c++) {
            CallFn *call = bench_compile(&em, compilers[t][c], dir, serial++);
            for (int ranges = 1; ranges <= 3; ranges += 2) {
                uint64_t h = bench_run(b, call, ranges, &ref);
                if (c == 0 && ranges == 1)
                    hash = h;
                cr_assert_eq(h, hash, "other bits from %s, T = %d, %d ranges",
                             compilers[t][c], tiles[t], ranges);
            }
        }
        if (getenv("EBM_KEEP")) {
            Text graph = { 0 };
            program_print(&graph, b->p, true);
            fprintf(stderr, "%s\n%s\n%s\n%s", dir, graph.data, em.why.data ? em.why.data : "",
                    em.stats.data);
            return;
        }
        emitted_free(&em);
#ifndef __SANITIZE_ADDRESS__                      /* the emulator's threads are fibers */
        if (t < 2)                                    /* CTA by CTA, and all of them together */
            cr_assert_eq(bench_run_cuda(b, b->by_tile ? tiles[t] : 0, t ? GRID_ON : GRID_OFF, dir, serial++,
                                        &ref), hash, "other bits from CUDA%s", t ? ", whole grid" : "");
#endif
    }
    snprintf(cmd, sizeof cmd, "rm -rf %s", dir);
    cr_assert_eq(system(cmd), 0);
}
#endif
