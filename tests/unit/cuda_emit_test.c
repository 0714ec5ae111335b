// links: backend front passes graph base
/* cuda_emit_test.c - the text of CUDA kernels: where barriers stand, what is one launch, what a
 * tile size changes. That the text computes the right numbers: tests/ops; that every barrier of
 * larger kernels is needed: tests/cuda/barriers_test.sh. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "front/front.h"
#include "passes/passes.h"

static Arena *arena;
static void setup(void) { arena = arena_new("test"); }
static void teardown(void) {
    arena_free(arena);
    base_reset();
}
TestSuite(cuda_emit, .init = setup, .fini = teardown, .timeout = 60);

static bool bf16;
static Emitted emit_file(const char *path, int tile) {
    Emitted em;
    Program *p = front_compile(arena, path, &(FrontOptions){ .stdlib_dir = "compiler/stdlib" });
    if (p)
        passes_run(p, &(PassOptions){ 0 });
    bool good = p && backend_c_emit(p, &(BackendOptions){ .compiler = "test", .cuda = true,
                                                          .tile = tile, .bf16 = bf16 },
                                    &em);
    if (!good)
        diag_print(stderr, DIAG_TEXT);
    cr_assert(good);
    return em;
}
static Emitted emit(const char *spec, int tile) {
    char path[] = "/tmp/cuda_emit_XXXXXX.ebm";
    FILE *f = fdopen(mkstemps(path, 4), "w");
    fputs(spec, f);
    fclose(f);
    Emitted em = emit_file(path, tile);
    unlink(path);
    return em;
}
/* From `begin` up to `end`, both looked for in order. */
static const char *between(const char *text, const char *begin, const char *end) {
    const char *from = strstr(text, begin), *to = from ? strstr(from, end) : NULL;
    cr_assert(to, "no '%s' ... '%s' in\n%s", begin, end, text);
    return arena_printf(arena, "%.*s", (int)(to - from), from);
}
static int count(const char *text, const char *word) {
    int n = 0;
    for (const char *s = text; (s = strstr(s, word)); s++)
        n++;
    return n;
}

/* ---- one kernel, word by word -------------------------------------------------------------- */

/* Langevin dynamics of |x|^2 / 2. A thread owns the element (i, t) of x and its noise comes from
 * another thread: a barrier before the noise is drawn over the one just used, and one after it. */
static const char quadratic[] =
    "energy E(x: [4]) { return sum(x * x) / 2 }\n"
    "sampler s(E, x, K) {\n"
    "  for k in 1..K { w ~ normal(like x); x = x - 0.5 * grad(E, x) + w }\n"
    "  return x\n"
    "}\n"
    "arg K = 3\n"
    "sample s { batch = 16; x0 ~ uniform([4], 0, 1); x ~ s(E, x0, K); save(x, "
    "\"x.safetensors\") }\n";
static const char chain[] =
    "for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n"
    "        const int64_t row = unit * T;\n"
    "        const int valid = (int)(s->batch - row < T ? s->batch - row : T);\n"
    "        const int64_t sample0 = s->first_sample + row;\n"
    "        (void)sample0;\n"
    "        ebm_cta_uniform(v2, 4, T, S, s, SITE, (uint32_t)0, sample0, valid);\n"
    "        __syncthreads();\n"
    "        for (int i = f0; i < 4; i += FS) {\n"
    "            w10_0[i * S + t] = v2[i * S + t];\n"
    "        }\n"
    "        for (int64_t k10 = 0; k10 < si0; k10++) {\n"
    "            __syncthreads();\n"
    "            ebm_cta_normal(v5, 4, T, S, s, SITE, (uint32_t)(int32_t)k10, sample0, valid);\n"
    "            __syncthreads();\n"
    "            for (int i = f0; i < 4; i += FS) {\n"
    "                BODY\n"
    "            }\n"
    "        }\n"
    "        __syncthreads();\n"
    "        ebm_cta_store(b0, w10_0, row, valid, 4, T, S);\n"
    "    }\n"
    "}\n";
/* 0x...ull becomes SITE, the statements of the loop's cluster BODY. */
static const char *general(const char *s) {
    Text t = { 0 };
    while (*s) {
        if (strncmp(s, "0x", 2) == 0 && strncmp(s + 2 + strspn(s + 2, "0123456789abcdef"), "ull",
                                                3) == 0) {
            text_add(&t, "SITE");
            s += 2 + strspn(s + 2, "0123456789abcdef") + 3;
        } else if (strncmp(s, "                const float", 27) == 0) {
            text_add(&t, "                BODY\n");
            s = strstr(s, "            }\n");
        } else {
            text_add_n(&t, s++, 1);
        }
    }
    const char *r = arena_printf(arena, "%s", t.data);
    text_free(&t);
    return r;
}
Test(cuda_emit, text_of_a_chain) {
    Emitted em = emit(quadratic, 0);
    const char *k0 = strstr(em.cuda.data,
                            "extern \"C\" __global__ void __launch_bounds__(128) k0(");
    cr_assert(k0);
    cr_assert_str_eq(general(arena_printf(arena, "%s",
                                          between(k0, "for (int64_t unit", "\n/* ---- entry"))),
                     chain);
    emitted_free(&em);
}

/* ---- barriers ------------------------------------------------------------------------------ */

typedef struct Case {
    int barriers;
    char body[200];
} Case;
ParameterizedTestParameters(cuda_emit, barriers) {
    static Case cases[] = {
        /* after the draw, whose threads are others; before the store, likewise */
        { 2, "x ~ uniform([4], 0, 1); y = x * x + 1; save(y, \"y.safetensors\")" },
        /* more reads of own elements change nothing */
        { 2, "x ~ uniform([4], 0, 1); y = exp(x); z = y * x; save(z + exp(z), \"z.safetensors\")" },
        /* a draw and a second one that does not wait for it */
        { 2, "x ~ uniform([4], 0, 1); y ~ normal([4]); save(x + y, \"z.safetensors\")" },
        /* other threads' elements: of what was drawn no more; of what they have computed one, and
         * one before the next unit, whose draw lies where z did */
        { 2, "x ~ uniform([4], 0, 1); y = x[0] * x; save(y, \"y.safetensors\")" },
        { 4, "x ~ uniform([4], 0, 1); y = exp(x); z = y[0] + y; save(z, \"z.safetensors\")" },
        /* a sum over features: after what it reads, and before the others read it */
        { 4, "x ~ uniform([4], 0, 1); y = exp(x); z = sum(x * y) * x; save(z - y, "
          "\"z.safetensors\")" },
    };
    return cr_make_param_array(Case, cases, sizeof cases / sizeof *cases);
}
ParameterizedTest(Case *c, cuda_emit, barriers) {
    Emitted em = emit(arena_printf(arena, "sample s { batch = 16; %s }\n", c->body), 0);
    const char *kernel = between(em.cuda.data, "extern \"C\" __global__", "\n}\n");
    cr_assert_eq(count(kernel, "__syncthreads()"), c->barriers, "%d instead of %d in\n%s",
                 count(kernel, "__syncthreads()"), c->barriers, kernel);
    emitted_free(&em);
}

/* The sampler of moons: a forward pass of two layers, a backward pass of two, and the update. */
Test(cuda_emit, five_barriers_per_langevin_step) {
    Emitted em = emit_file("dsl_examples/moons.ebm", 0);
    const char *k0 = between(em.cuda.data, "void __launch_bounds__(256) k0(", "\n}\n");
    const char *loop = between(k0, "for (int64_t k", "\n        }\n");
    cr_assert_eq(count(loop, "__syncthreads()"), 5, "%s", loop);
    cr_assert_eq(count(loop, "ebm_cta_dense"), 4);
    /* sample moons */
    const char *step = between(em.plan.data, "void cuda_step_1(", "\n}\n");
    cr_assert_eq(count(step, "ebm_launch("), 1, "%s", step);
    emitted_free(&em);
}

/* Of its layers, 2-128-128-1, one is wide enough, in both directions: held in half the registers. */
Test(cuda_emit, bf16_in_loops_alone) {
    bf16 = true;
    Emitted em = emit_file("dsl_examples/moons.ebm", 0);
    const char *k0 = between(em.cuda.data, "void __launch_bounds__(256) k0(", "\n}\n");
    const char *text = strstr(em.cuda.data, "/* ---- entry");
    cr_assert_eq(em.n_bf16 % 2, 0);
    cr_assert_eq(count(k0, "EbmHeld<"), 3, "%s", k0);
    cr_assert(strstr(k0, "EbmHeld<128, 128, false, EbmBf16> h"));
    cr_assert(strstr(k0, "EbmHeld<128, 128, true, EbmBf16> h"));
    cr_assert_eq(count(text, "EbmBf16"), em.n_bf16);
    cr_assert(strstr(em.plan.data, "\"tf32, samplers in bf16\"\n};"));
    emitted_free(&em);
}

/* ---- tile sizes ---------------------------------------------------------------------------- */

/* The text without numbers, blanks and comments. */
static const char *shape_of_text(const char *s) {
    Text t = { 0 };
    for (; *s; s++) {
        if (strncmp(s, "/*", 2) == 0)
            s = strstr(s, "*/") + 1;
        else if (!isdigit((unsigned char)*s) && !isspace((unsigned char)*s))
            text_add_n(&t, s, 1);
    }
    const char *r = arena_printf(arena, "%s", t.data);
    text_free(&t);
    return r;
}
Test(cuda_emit, tile_size_changes_constants_alone) {
    Emitted a = emit(quadratic, 16), b = emit(quadratic, 64);
    const char *x = strstr(a.cuda.data, "/* ---- entry"), *y = strstr(b.cuda.data, "/* ---- entry");
    cr_assert(strcmp(x, y) != 0);
    cr_assert_str_eq(shape_of_text(x), shape_of_text(y));
    emitted_free(&a);
    emitted_free(&b);
}

/* A long region of equal steps: one function, called where the barriers leave it. */
Test(cuda_emit, equal_loops_of_a_long_region_are_one_function) {
    enum { STEPS = 120 };
    Text spec = { 0 };
    text_add(&spec, "sample s {\n  batch = 16\n  y0 ~ uniform([4], 0, 1)\n");
    for (int k = 0; k < STEPS; k++)               /* each reads another thread's element */
        text_printf(&spec, "  y%d = tanh(y%d[0] + y%d) + exp(y%d)\n", k + 1, k, k, k);
    text_printf(&spec, "  save(y%d, \"y.safetensors\")\n}\n", STEPS);
    Emitted em = emit(spec.data, 0);
    const char *kernel = between(em.cuda.data, "extern \"C\" __global__", "\n}\n");
    /* the first, the last, the others */
    cr_assert_eq(count(em.cuda.data, "EBM_CALL void tile"), 3);
    cr_assert_eq(count(kernel, "tile1<T, S, THREADS>("), STEPS - 2);
    cr_assert_geq(count(kernel, "__syncthreads()"), STEPS);
    text_free(&spec);
    emitted_free(&em);
}

/* ---- whole grids ------------------------------------------------------------------------------- */

/* A loop of two wide layers: a barrier before each contraction, the update in the last one's end, draws
 * with the first one. */
static const char wide[] =
    "energy E(x: [12]) { return x |> Linear(300) |> tanh |> Linear(300) |> tanh |> Linear(1) |> squeeze }\n"
    "sample s {\n  batch = 100\n  x0 ~ uniform([12], 0, 1)\n"
    "  for k in 1..5 { w ~ normal(like x0);  x0 = x0 - 0.1 * grad(E, x0) + w }\n  save(x0, \"x.safetensors\")\n}\n";
Test(cuda_emit, wide_layers_take_a_whole_grid) {
    Emitted em = emit(wide, 0);
    const char *kernel = between(em.cuda.data, "extern \"C\" __global__", "\n}\n");
    const char *loop = between(kernel, "for (int64_t k", "\n        }\n");
    cr_assert(strstr(kernel, "enum { T = 128, S = 128, CTA = 256 };"));
    cr_assert(strstr(kernel, "unit = 0; unit < a.units; unit++"));
    cr_assert_eq(count(loop, "ebm_grid_sync(barrier);"), 4);
    cr_assert_eq(count(loop, "ebm_grid_dense_then("), 4);
    cr_assert_eq(count(loop, "ebm_grid_normal("), 1);
    cr_assert_eq(count(kernel, "__syncthreads()") + count(kernel, "ebm_cta_"), 0);
    cr_assert(strstr(em.plan.data, "\"region, whole grid\", 40, "), "10 by 4 tiles");
    cr_assert(strstr(em.why.data, "sample s: level 0 is computed by the whole grid: its weights take 365 KiB"));
    emitted_free(&em);
}
/* Weights that a CTA holds, and many samples: CTA by CTA. */
Test(cuda_emit, others_do_not) {
    static const char *const narrow[] = { "300) |> tanh |> Linear(300", "100) |> tanh |> Linear(300",
                                          "batch = 100", "batch = 9000" };
    for (int k = 0; k < 4; k += 2) {
        Text spec = { 0 };
        const char *at = strstr(wide, narrow[k]);
        text_printf(&spec, "%.*s%s%s", (int)(at - wide), wide, narrow[k + 1], at + strlen(narrow[k]));
        Emitted em = emit(spec.data, 0);
        cr_assert_eq(count(between(em.cuda.data, "extern \"C\" __global__", "\n}\n"), "ebm_grid_"), 0);
        text_free(&spec);
        emitted_free(&em);
    }
}

/* ---- tables ------------------------------------------------------------------------------------ */

Test(cuda_emit, tables) {
    Emitted em = emit(quadratic, 0), c = emit(quadratic, 0);
    cr_assert(strstr(em.plan.data, "{ \"k0\", 0, 128, 256, 0, 1, \"region\", 0, 0, 0, 0 }"));
    cr_assert(strstr(em.plan.data, "\"tf32\"\n};"));
    cr_assert(strstr(em.plan.data, "init, &cuda\n};"));
    cr_assert_str_eq(between(em.cuda.data, "extern \"C\"", "\n}\n"),
                     between(c.cuda.data, "extern \"C\"", "\n}\n"));
    emitted_free(&em);
    emitted_free(&c);
}
