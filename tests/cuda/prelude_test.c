// links: nothing
// flags: -O2 -std=gnu11 -ldl
/* prelude_test.c - the tile kernels of ebm_mma.cuh and ebm_grid.cuh on the emulator. fp32: bit for bit the chain that
 * ebm_tile.h spells out, written as plain loops here. tf32, bf16: close to the same sums in double over
 * rounded operands. All: the same bits for T = 8, 16, 32 and 64, for CTAs of 1 to 8 warps, and
 * whatever order the threads run in; ragged batches; and no barrier of a test's kernels is idle. */
#include "gpu_help.h"

#include <math.h>

typedef struct EbmConv {
    int C, H, W, O, OH, OW, kh, kw, sh, sw, ph0, ph1, pw0, pw1, dh, dw, groups;
} EbmConv;
typedef enum Kind { DENSE, DENSE_T, HELD, HELD_T, STAGED, STAGED_T, OUTER, SUM, ROWS, CONV,
                    CONV_DX, CONV_DW } Kind;
typedef enum Precision { FP32, TF32, BF16 } Precision;
typedef struct Case { Kind kind; int N, K, grid; } Case;
enum { BATCH = 90, BLOCK = 64, BLOCKS = (BATCH + BLOCK - 1) / BLOCK };

/* A geometry from its input and kernel. */
#define GEO(C, H, W, O, kh, kw, sh, sw, ph0, ph1, pw0, pw1, dh, dw, g) \
    { C, H, W, O, (H + ph0 + ph1 - (kh - 1) * dh - 1) / sh + 1, \
      (W + pw0 + pw1 - (kw - 1) * dw - 1) / sw + 1, kh, kw, sh, sw, ph0, ph1, pw0, pw1, dh, dw, g }
static const EbmConv geometries[] = {
    GEO(1, 5, 4, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    GEO(3, 6, 6, 17, 4, 4, 2, 2, 1, 1, 1, 1, 1, 1, 1),
    GEO(4, 5, 6, 6, 3, 2, 1, 3, 2, 0, 0, 1, 2, 1, 2),
    GEO(2, 7, 5, 4, 2, 3, 3, 2, 0, 1, 2, 0, 2, 1, 1),
};
/* N of a convolution: its geometry. */
static const Case cases[] = {
    { DENSE, 1, 1, 0 }, { DENSE, 17, 9, 0 }, { DENSE, 40, 64, 0 }, { DENSE_T, 2, 33, 0 },
    { DENSE_T, 40, 23, 0 }, { STAGED, 33, 20, 0 }, { STAGED_T, 20, 33, 0 }, { DENSE, 1, 70, 0 },
    { DENSE, 130, 2, 0 }, { HELD, 33, 20, 0 }, { HELD_T, 33, 20, 0 }, { HELD, 16, 40, 0 },
    { HELD_T, 128, 24, 0 }, { HELD, 100, 64, 0 }, { OUTER, 1, 1, 0 }, { OUTER, 18, 33, 0 },
    { OUTER, 32, 8, 0 }, { OUTER, 3, 90, 0 }, { SUM, 37, 0, 0 }, { ROWS, 5, 0, 0 },
    { ROWS, 33, 0, 0 }, { CONV, 0, 0, 0 }, { CONV_DX, 0, 0, 0 }, { CONV_DW, 0, 0, 0 },
    { CONV, 1, 0, 0 }, { CONV_DX, 1, 0, 0 }, { CONV_DW, 1, 0, 0 }, { CONV, 2, 0, 0 },
    { CONV_DX, 2, 0, 0 }, { CONV_DW, 2, 0, 0 }, { CONV, 3, 0, 0 }, { CONV_DX, 3, 0, 0 },
    { CONV_DW, 3, 0, 0 }, { DENSE, 3, 70, 1 }, { DENSE, 37, 9, 1 }, { DENSE, 64, 300, 1 },
    { DENSE_T, 33, 70, 1 }, { DENSE_T, 48, 260, 1 }, { DENSE, 150, 44, 1 },
    { DENSE_T, 180, 23, 1 }, { CONV, 0, 0, 1 }, { CONV_DX, 0, 0, 1 }, { CONV, 1, 0, 1 },
    { CONV_DX, 1, 0, 1 }, { CONV, 2, 0, 1 }, { CONV_DX, 2, 0, 1 }, { CONV, 3, 0, 1 },
    { CONV_DX, 3, 0, 1 }, { OUTER, 70, 36, 1 }, { OUTER, 18, 140, 1 }, { CONV_DW, 0, 0, 1 },
    { CONV_DW, 1, 0, 1 }, { CONV_DW, 2, 0, 1 }, { CONV_DW, 3, 0, 1 },
};
enum { CASES = sizeof cases / sizeof *cases, TILES = 4 };

static EbmConv geometry(const Case *k) {
    return k->kind >= CONV ? geometries[k->N] : (EbmConv){ 0 };
}
static bool is_turned(const Case *k) {
    return k->kind == DENSE_T || k->kind == HELD_T || k->kind == STAGED_T;
}
static int tile_of(int i) { return 8 << i; }
static int threads_of(int i) { return 32 << i; }
static int stride_of(int T) { return T == 8 ? 8 : T + 8; }
static int stage_of(int cols) { return (cols + 7) / 8 * 8 + 4; }

/* Floats of one sample of the two inputs x and d, and of the result: of a sample or of a block. */
typedef struct Sizes { int x, d, w, y, per_block; } Sizes;
static Sizes sizes_of(const Case *k) {
    const EbmConv c = geometry(k);
    const int image = c.C * c.H * c.W, out = c.O * c.OH * c.OW;
    const int weights = c.groups ? c.O * c.C / c.groups * c.kh * c.kw : k->N * k->K;
    switch (k->kind) {
    case OUTER: return (Sizes){ k->K, k->N, 0, weights, 1 };
    case SUM: return (Sizes){ k->N, 0, 0, k->N, 1 };
    case ROWS: return (Sizes){ k->N, 0, 0, k->N, 0 };
    case CONV: return (Sizes){ image, 0, weights, out, 0 };
    case CONV_DX: return (Sizes){ out, 0, weights, image, 0 };
    case CONV_DW: return (Sizes){ image, out, 0, weights, 1 };
    default: return (Sizes){ k->K, 0, weights, k->N, 0 };
    }
}

/* ---- references ---------------------------------------------------------------------------- */
/* Of dense layers those with few outputs are summed in fp32. */
static int rounds(const Case *k) {
    return !(k->N <= 4 && k->kind <= STAGED_T);
}
static float rounded(float x, Precision to) {
    uint32_t u;
    int exponent;
    memcpy(&u, &x, 4);
    u = (u + 0x1000u) & 0xffffe000u;
    if (to == TF32) memcpy(&x, &u, 4);
    frexp(x, &exponent);                          /* bf16: 8 bits, nearest even */
    return to == BF16 ? (float)ldexp(nearbyint(ldexp(x, 8 - exponent)), exponent - 8) : x;
}
/* What has a precision other than that of all contractions. */
static bool takes_bf16(const Case *k) {
    return k->kind <= STAGED_T || k->kind == CONV || k->kind == CONV_DX;
}
/* One sum: as a chain in float, in double over rounded operands, and of magnitudes. */
typedef struct Chain { float f; double d, size; } Chain;
static void add(Chain *s, float a, float b, Precision to) {
    s->f = fmaf(a, b, s->f);
    s->d += (double)rounded(a, to) * rounded(b, to);
    s->size += fabs((double)a * b);
}
static void add_plain(Chain *s, float a) {
    s->f += a, s->d += a, s->size += fabs(a);
}
static float at_or_0(const float *x, int c, int y, int xx, int H, int W) {
    return y >= 0 && y < H && xx >= 0 && xx < W ? x[(c * H + y) * W + xx] : 0;
}
/* Element e of the result from x, d (one sample) and w, bias. */
static void conv_element(Chain *s, EbmConv c, int e, const float *x, const float *w, Precision to) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.OH * c.OW, o = e / P, p = e % P;
    for (int a = 0; a < Cg; a++)
        for (int i = 0; i < c.kh; i++)
            for (int j = 0; j < c.kw; j++)
                add(s, w[((o * Cg + a) * c.kh + i) * c.kw + j],
                    at_or_0(x, o / Og * Cg + a, p / c.OW * c.sh - c.ph0 + i * c.dh,
                            p % c.OW * c.sw - c.pw0 + j * c.dw, c.H, c.W), to);
}
static void conv_dx_element(Chain *s, EbmConv c, int e, const float *y, const float *w, Precision to) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, P = c.H * c.W, a = e / P, p = e % P;
    for (int o = a / Cg * Og; o < (a / Cg + 1) * Og; o++)
        for (int i = 0; i < c.kh; i++)
            for (int j = 0; j < c.kw; j++) {
                const int ys = p / c.W + c.ph0 - i * c.dh, xs = p % c.W + c.pw0 - j * c.dw;
                if (ys % c.sh || xs % c.sw) continue;
                add(s, w[((o * Cg + a % Cg) * c.kh + i) * c.kw + j],
                    ys < 0 || xs < 0 ? 0 : at_or_0(y, o, ys / c.sh, xs / c.sw, c.OH, c.OW), to);
            }
}
static void conv_dw_element(Chain *s, EbmConv c, int e, const float *x, const float *y, Precision to) {
    const int Cg = c.C / c.groups, Og = c.O / c.groups, taps = c.kh * c.kw;
    const int o = e / (Cg * taps), a = o / Og * Cg + e / taps % Cg, i = e / c.kw % c.kh,
        j = e % c.kw;
    for (int oy = 0; oy < c.OH; oy++)
        for (int ox = 0; ox < c.OW; ox++)
            add(s, y[(o * c.OH + oy) * c.OW + ox],
                at_or_0(x, a, oy * c.sh - c.ph0 + i * c.dh, ox * c.sw - c.pw0 + j * c.dw, c.H, c.W),
                to);
}
/* Element e of the result of one sample, or one sample's part of a block's. */
static void element(Chain *s, const Case *k, int e, const float *x, const float *d, const float *w,
                    Precision to) {
    switch (k->kind) {
    case OUTER: add(s, d[e / k->K], x[e % k->K], to); break;
    case SUM: case ROWS: add_plain(s, x[e]); break;
    case CONV: conv_element(s, geometry(k), e, x, w, to); break;
    case CONV_DX: conv_dx_element(s, geometry(k), e, x, w, to); break;
    case CONV_DW: conv_dw_element(s, geometry(k), e, x, d, to); break;
    default: {
        const bool turned = is_turned(k);
        for (int i = 0; i < k->K; i++) add(s, w[turned ? i * k->N + e : e * k->K + i], x[i], to);
    }
    }
}
static bool has_bias(const Case *k) {
    return k->kind == CONV || (k->kind <= STAGED_T && !is_turned(k));
}

/* ---- kernels ------------------------------------------------------------------------------- */
static void call(GpuText *t, const Case *k, int T, int S, Precision to) {
    const char *more = to == BF16 ? ", EbmBf16" : "", *only = to == BF16 ? "<EbmBf16>" : "";
    const EbmConv c = geometry(k);
    const bool turned = is_turned(k);
    const bool staged = k->kind == STAGED || k->kind == STAGED_T;
    const int cols = turned ? k->N : k->K, ld = staged ? stage_of(cols) : cols;
    char geo[200];
    snprintf(geo, sizeof geo, "EbmGeometry<%d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, "
             "%d, %d, %d>", c.C, c.H, c.W, c.O, c.OH, c.OW, c.kh, c.kw, c.sh, c.sw, c.ph0, c.ph1,
             c.pw0,
             c.pw1, c.dh, c.dw, c.groups);
    switch (k->kind) {
    case OUTER: gpu_print(t, "ebm_cta_outer(g, d, x, %d, %d, %d, %d, valid);\n", k->N, k->K, T, S);
        break;
    case SUM: gpu_print(t, "ebm_cta_sum(g, x, %d, %d, %d, valid);\n", k->N, T, S); break;
    case ROWS: gpu_print(t, "for (EBM_EACH(i, %d)) y[i / %d * %d + i %% %d] = x[i / %d * %d + i "
                         "%% %d];\n",
                         k->N * T, T, S, T, T, S, T); break;
    case CONV: gpu_print(t, "ebm_cta_conv<%s, %d, %d%s>(y, w, x, bias);\n", geo, T, S, more); break;
    case CONV_DX: gpu_print(t, "ebm_cta_conv_dx<%s, %d, %d%s>(y, w, x);\n", geo, T, S, more); break;
    case CONV_DW: gpu_print(t, "ebm_cta_conv_dw<%s, %d, %d>(g, x, d, valid);\n", geo, T, S); break;
    case HELD: case HELD_T:                    /* in fp32 as any other */
        gpu_print(t, "#if EBM_TF32\nEbmHeld<%d, %d, %d%s> h;\nebm_cta_hold(h, w, %d);\n"
                  "ebm_cta_dense(y, h, x, %s, 0, 0, %d, %d);\n#else\n", k->N, k->K, turned, more, ld,
                  turned ? "0" : "bias", T, S);
        gpu_print(t, "ebm_cta_dense(y, w, %d, %d, x, %s, %d, %d, %d, %d);\n#endif\n",
                  turned ? 1 : ld,
                  turned ? ld : 1, turned ? "0" : "bias", k->N, k->K, T, S);
        break;
    default:
        gpu_print(t, "ebm_cta_dense%s(y, %s, %d, %d, x, %s, %d, %d, %d, %d);\n", only, staged ? "ws" : "w",
                  turned ? 1 : ld, turned ? ld : 1, turned ? "0" : "bias", k->N, k->K, T, S);
    }
}
/* The same by a whole grid: x and y lie in buf[5], the barrier's word in buf[1]. */
static size_t grid_kernel(GpuText *t, const Case *k, const char *name, int T, Precision to) {
    const Sizes z = sizes_of(k);
    GpuText body = { 0 };
    call(&body, k, T, T, to);
    char *at = strstr(body.data, "ebm_cta_");
    memmove(at + 9, at + 8, strlen(at + 7));
    memcpy(at, "ebm_grid_", 9);
    *strrchr(body.data, ')') = 0;
    gpu_print(t, "struct %s_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };\n"
              "extern \"C\" __global__ void __launch_bounds__(256) %s(const struct %s_args a) {\n"
              "extern __shared__ float room[];\nunsigned *const barrier = (unsigned *)a.buf[1];\n"
              "float *x = (float *)a.buf[5], *y = x + %d;\n"
              "const float *w = (const float *)a.buf[2], *bias = (const float *)a.buf[3];\n"
              "for (int64_t unit = 0; unit < a.units; unit++) {\nconst int64_t row = unit * %d;\n"
              "const int valid = a.s->batch - row < %d ? (int)(a.s->batch - row) : %d;\n"
              "ebm_grid_sync(barrier);\nebm_grid_load(x, (const float *)a.buf[0], row, valid, %d, %d, %d);\n"
              "ebm_grid_sync(barrier);\n%s, valid, room);\nebm_grid_sync(barrier);\n"
              "ebm_grid_store((float *)a.buf[4], y, row, valid, %d, %d, %d);\n}\n}\n", name, name, name,
              z.x * T, T, T, T, z.x, T, T, body.data, z.y, T, T);
    free(body.data);
    return 4 * 8 * 3072;                          /* EBM_ROOM floats */
}
/* A block's weight gradient, tile by tile of `side`. */
static size_t sum_kernel(GpuText *t, const Case *k, const char *name, int side) {
    const EbmConv c = geometry(k);
    const Sizes z = sizes_of(k);
    const int groups = c.groups ? c.groups : 1, rows = (k->kind == OUTER ? k->N : c.O / groups);
    const int columns = z.y / groups / rows;
    char call[200];
    if (k->kind == OUTER) snprintf(call, sizeof call, "outer<%d, %d, %d>(g, d, x", side, k->N, k->K);
    else
        snprintf(call, sizeof call, "conv<%d, EbmGeometry<%d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, "
                 "%d, %d, %d, %d>>(g, x, d", side, c.C, c.H, c.W, c.O, c.OH, c.OW, c.kh, c.kw, c.sh, c.sw, c.ph0,
                 c.ph1, c.pw0, c.pw1, c.dh, c.dw, c.groups);
    gpu_print(t, "struct %s_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };\n"
              "extern \"C\" __global__ void __launch_bounds__(256) %s(const struct %s_args a) {\n"
              "extern __shared__ float room[];\n"
              "for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n"
              "const int64_t row = unit * %d;\nconst int valid = a.s->batch - row < %d ? (int)(a.s->batch - row) "
              ": %d;\nconst float *x = (const float *)a.buf[0] + row * %d, *d = (const float *)a.buf[1] + row * %d;\n"
              "float *g = (float *)a.buf[4] + unit * %d;\n"
              "for (int tile = 0; tile < %d; tile++) ebm_sum_%s, tile, valid, room);\n}\n}\n", name, name, name,
              BLOCK, BLOCK, BLOCK, z.x, z.d, z.y,
              groups * ((rows + side - 1) / side) * ((columns + side - 1) / side), call);
    return 4 * 8 * 3072;                          /* EBM_ROOM floats */
}
/* One kernel; in the result of ROWS the rows come by an index and in bytes too. */
static size_t kernel(GpuText *t, const Case *k, const char *name, int T, int threads, Precision to) {
    const Sizes z = sizes_of(k);
    const int S = stride_of(T), turned = is_turned(k);
    const int staged = k->kind == STAGED || k->kind == STAGED_T;
    const int rows = turned ? k->K : k->N, cols = turned ? k->N : k->K;
    const int floats = (z.x + z.d + (z.per_block ? 0 : z.y)) * S;
    gpu_print(t, "struct %s_args { const EbmScalars *s; int64_t units; char *scratch; void "
              "*buf[6]; };\n"
              "extern \"C\" __global__ void __launch_bounds__(%d) %s(const struct %s_args a) {\n"
              "extern __shared__ float room[];\n"
              "float *x = room, *d = x + %d, *y = d + %d, *ws = room + %d;\n"
              "const float *w = (const float *)a.buf[2], *bias = (const float *)a.buf[3];\n",
              name, threads, name, name, z.x * S, z.d * S, floats);
    if (staged) gpu_print(t, "ebm_cta_stage(ws, w, %d, %d);\n", rows, cols);
    gpu_print(t, "for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n");
    if (z.per_block)
        gpu_print(t, "float *g = (float *)a.buf[4] + unit * %d;\nfor (EBM_EACH(i, %d)) g[i] = 0;\n",
                  z.y,
                  z.y);
    gpu_print(t, "for (int64_t row = unit * %d; row < unit * %d + %d && row < a.s->batch; row "
              "+= %d) {\n"
              "const int valid = a.s->batch - row < %d ? (int)(a.s->batch - row) : %d;\n",
              z.per_block ? BLOCK : T, z.per_block ? BLOCK : T, z.per_block ? BLOCK : T, T, T, T);
    gpu_print(t, "ebm_cta_load(x, (const float *)a.buf[0], row, valid, %d, %d, %d);\n", z.x, T, S);
    if (z.d)
        gpu_print(t, "ebm_cta_load(d, (const float *)a.buf[1], row, valid, %d, %d, %d);\n", z.d, T,
                  S);
    gpu_print(t, "__syncthreads();\n");
    call(t, k, T, S, to);
    gpu_print(t, "__syncthreads();\n");
    if (!z.per_block)
        gpu_print(t, "ebm_cta_store((float *)a.buf[4], y, row, valid, %d, %d, %d);\n", z.y, T, S);
    gpu_print(t, "}\n}\n}\n");
    return sizeof(float) * (size_t)(floats + (staged ? rows * stage_of(cols) : 0));
}

/* ---- the comparison ------------------------------------------------------------------------ */
static float *numbers(size_t n, uint32_t seed) {
    float *p = malloc(sizeof *p * (n + 1));
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (float)(int32_t)seed * 0x1p-31f;
    }
    return p;
}
static void check(const Case *k, int number, const float *x, const float *d, const float *w,
                  const float *bias, const float *got, Precision to) {
    const Sizes z = sizes_of(k);
    for (int r = 0; r < (z.per_block ? BLOCKS : BATCH); r++)
        for (int e = 0; e < z.y; e++) {
            Chain s = { 0 };
            if (has_bias(k)) {
                const float b = bias[k->kind == CONV ? e / (geometry(k).OH * geometry(k).OW) : e];
                s = (Chain){ b, b, fabs(b) };
            }
            const int first = z.per_block ? r * BLOCK : r, last = z.per_block ? first + BLOCK
                : r + 1;
            for (int t = first; t < last && t < BATCH; t++)
                element(&s, k, e, x + (size_t)t * (size_t)z.x, d + (size_t)t * (size_t)z.d, w,
                        rounds(k) ? to : FP32);
            const float y = got[r * z.y + e];
            if (to ? !(fabs(y - s.d) <= 1e-6 * s.size) : memcmp(&y, &s.f, 4) != 0)
                cr_assert(0, "case %d (kind %d), row %d, element %d: %.9g, not %.9g (size %g)",
                          number,
                         k->kind, r, e, y, to ? s.d : s.f, s.size);
        }
}
/* All cases at all T in all orders; in bf16 those that take it. */
static void run_all(Precision to) {
    static const char *const orders[] = { "forward", "reverse", "random:7" };
    static GpuLaunch launch[CASES * TILES];
    static char name[CASES * TILES][20];
    static unsigned zero;
    GpuText text = { 0 };
    setenv("EMU_OPT", "-O0", 0);                  /* compiling takes longer than running */
    gpu_prelude(&text, to != FP32);
    int n = 0, which[CASES];
    for (int i = 0; i < CASES; i++)
        if (to != BF16 || takes_bf16(&cases[i])) which[n++] = i;
    for (int c = 0; c < n; c++) {
        const int i = which[c];
        const Sizes z = sizes_of(&cases[i]);
        const size_t out = (size_t)z.y * (z.per_block ? BLOCKS : BATCH);
        float *x = numbers((size_t)z.x * BATCH, 1 + (uint32_t)i), *w = numbers((size_t)z.w, 99);
        float *d = numbers((size_t)z.d * BATCH, 7), *bias = numbers((size_t)z.y, 3);
        for (int j = 0; j < TILES; j++) {
            const int at = c * TILES + j, T = tile_of(j), warps = (cases[i].N + 15) / 16;
            const bool held = cases[i].kind == HELD || cases[i].kind == HELD_T;
            const int some = threads_of((i + j) % TILES);
            const int threads = cases[i].grid ? 256 : held && some < 32 * warps ? 32 * warps : some;
            snprintf(name[at], sizeof name[at], "case%d_%d", i, T);
            launch[at] = (GpuLaunch){ name[at], threads, 0,
                z.per_block ? BLOCKS : (BATCH + T - 1) / T, BATCH,
                { { x, 4 * (size_t)z.x * BATCH, 0 }, { d, 4 * (size_t)z.d * BATCH, 0 },
                  { w, 4 * (size_t)z.w, 0 }, { bias, 4 * (size_t)z.y, 0 },
                  { gpu_pages(4 * out), 4 * out, 1 } }, 0 };
            if (!cases[i].grid) {
                launch[at].shared = kernel(&text, &cases[i], name[at], T, threads, to);
                continue;
            }
            if (z.per_block) {
                launch[at].shared = sum_kernel(&text, &cases[i], name[at], 32 << (i + j) % 2);
                continue;
            }
            launch[at].together = 1 + (i + j) % 4;
            launch[at].buf[1] = (GpuBuffer){ &zero, sizeof zero, 0 };
            launch[at].buf[5].bytes = 4 * (size_t)((z.x + z.y) * T);
            launch[at].buf[5].host = numbers(launch[at].buf[5].bytes / 4, 11);
            launch[at].shared = grid_kernel(&text, &cases[i], name[at], T, to);
        }
    }
    const GpuImage image = gpu_compile(text.data);
    for (int o = 0; o < 3; o++) {
        cr_assert_eq(gpu_run(image, launch, n * TILES, orders[o], 0), 0);
        for (int at = 0; at < n * TILES; at++) {
            const GpuLaunch *l = &launch[at], *same = &launch[at / TILES * TILES];
            if (o == 0 && l == same)
                check(&cases[which[at / TILES]], which[at / TILES], l->buf[0].host, l->buf[1].host,
                      l->buf[2].host,
                      l->buf[3].host, l->buf[4].host, to);
            cr_assert_eq(memcmp(l->buf[4].host, same->buf[4].host, l->buf[4].bytes), 0,
                         "%s differs from T = 8 (%s)", l->kernel, orders[o]);
        }
    }
}
GPU_TEST(cuda_prelude, fp32_gives_the_bits_of_the_contract) {
    run_all(FP32);
}
GPU_TEST(cuda_prelude, tf32_is_the_sum_of_rounded_products) {
    run_all(TF32);
}
GPU_TEST(cuda_prelude, bf16_is_the_sum_of_rounded_products) {
    run_all(BF16);
}
/* What is not finite, or becomes infinite when it is rounded, does not vanish, also beside the zeros that fill up
 * a step; the other samples do not see it. */
GPU_TEST(cuda_prelude, bf16_keeps_what_is_not_finite) {
    enum { N = 16, K = 21, T = 8 };
    GpuText text = { 0 };
    float *x = numbers(K * T, 4), *w = numbers(N * K, 9), *y = gpu_pages(2 * 4 * N * T);
    const float high = 3.4e38f;                   /* above the largest bf16, 3.39e38 */
    for (int i = 0; i < N * K; i++) w[i] = 1;
    x[0 * T + 1] = NAN, x[20 * T + 2] = INFINITY, x[7 * T + 4] = -INFINITY, x[16 * T + 5] = high;
    x[3 * T + 6] = INFINITY, x[4 * T + 6] = -INFINITY;
    gpu_prelude(&text, 1);
    gpu_print(&text, "struct Args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };\n"
              "extern \"C\" __global__ void k(const struct Args a) {\n"
              "const float *x = (const float *)a.buf[0], *w = (const float *)a.buf[1];\n"
              "float *y = (float *)a.buf[2];\nEbmHeld<%d, %d, false, EbmBf16> h;\nebm_cta_hold(h, w, %d);\n"
              "ebm_cta_dense<EbmBf16>(y, w, %d, 1, x, 0, %d, %d, 8, 8);\n"
              "ebm_cta_dense(y + %d, h, x, 0, 0, 0, 8, 8);\n}\n", N, K, K, K, N, K, N * T);
    const GpuLaunch l = { "k", 64, 0, 1, T, { { x, 4 * K * T, 0 }, { w, 4 * N * K, 0 },
                                              { y, 2 * 4 * N * T, 1 } }, 0 };
    cr_assert_eq(gpu_run(gpu_compile(text.data), &l, 1, "forward", 0), 0);
    for (int i = 0; i < 2 * N; i++) {
        const float *row = y + i * T;
        cr_assert(isfinite(row[0]) && isnan(row[1]) && row[2] == INFINITY && isfinite(row[3]));
        cr_assert(row[4] == -INFINITY && row[5] == INFINITY && isnan(row[6]) && isfinite(row[7]));
    }
}

/* ---- sums of shared tensors, small types --------------------------------------------------- */
enum { SUMS = 6, PARTS = 13, WIDTH = 70, ROWS_OF = 19, FEATURES_OF = 5 };
static const int counts[SUMS] = { 1, 15, 16, 17, 1000, 4096 };
static const char *const shared_text =
    "struct Args { const EbmScalars *s; int64_t units; char *scratch; void *buf[6]; };\n"
    "extern \"C\" __global__ void sums(const struct Args a) {\n"
    "    const int counts[6] = { 1, 15, 16, 17, 1000, 4096 };\n"
    "    const float *x = (const float *)a.buf[0];\n"
    "    for (int i = 0; i < 6; i++) ebm_cta_block_sum((float *)a.buf[1] + i, x, counts[i]);\n"
    "    for (int b = 0; b <= 13; b++)\n"
    "        ebm_cta_combine((float *)a.buf[2] + b * 70, x, b, 70, b == 3 ? 60 : 0, 70);\n"
    "}\n"
    "extern \"C\" __global__ void types(const struct Args a) {\n"
    "    extern __shared__ int32_t tile[];\n"
    "    for (int row = 0; row < 19; row += 8) {\n"
    "        const int valid = 19 - row < 8 ? 19 - row : 8;\n"
    "        ebm_cta_load_u8(tile, (const uint8_t *)a.buf[0], row, valid, 5, 8, 8);\n"
    "        __syncthreads();\n"
    "        ebm_cta_store_i32((int32_t *)a.buf[1], tile, row, valid, 5, 8, 8);\n"
    "        __syncthreads();\n"
    "        ebm_cta_load_i32(tile, (const int32_t *)a.buf[2], row, valid, 5, 8, 8);\n"
    "        __syncthreads();\n"
    "        ebm_cta_store_u8((uint8_t *)a.buf[3], tile, row, valid, 5, 8, 8);\n"
    "        __syncthreads();\n"
    "    }\n"
    "}\n";
static float strided_sum(const float *x, int count) {
    float lane[16] = { 0 };
    for (int i = 0; i < count; i++) lane[i % 16] += x[i];
    for (int half = 8; half; half /= 2)
        for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}
/* Blocks [first, first + n): a complete tree of the largest power of two, then the rest. */
static float tree_sum(const float *x, int first, int n) {
    if (n <= 1) return n ? x[first * WIDTH] : 0;
    int left = 1;
    while (2 * left < n) left *= 2;
    return tree_sum(x, first, left) + tree_sum(x, first + left, n - left);
}
GPU_TEST(cuda_prelude, shared_sums_have_the_order_of_the_cpu) {
    GpuText text = { 0 };
    float *x = numbers(4096, 5), *sums = gpu_pages(4 * SUMS),
        *parts = gpu_pages(4 * (PARTS + 1) * WIDTH);
    uint8_t bytes[ROWS_OF * FEATURES_OF], *low = gpu_pages(sizeof bytes);
    int32_t words[ROWS_OF * FEATURES_OF], *wide = gpu_pages(sizeof words);
    for (int i = 0; i < ROWS_OF * FEATURES_OF; i++) bytes[i] = (uint8_t)(7 * i), words[i] = 200 - i;
    const GpuLaunch l[] = {
        { "sums", 64, 0, 1, 1, { { x, 4 * 4096, 0 }, { sums, 4 * SUMS, 1 },
                                 { parts, 4 * (PARTS + 1) * WIDTH, 1 } }, 0 },
        { "types", 96, 4 * 8 * FEATURES_OF, 1, 1, { { bytes, sizeof bytes, 0 }, { wide, sizeof words, 1 },
                                                   { words, sizeof words, 0 }, { low, sizeof bytes, 1 } }, 0 },
    };
    gpu_prelude(&text, 0);
    gpu_print(&text, "%s", shared_text);
    cr_assert_eq(gpu_run(gpu_compile(text.data), l, 2, "reverse", 0), 0);
    for (int i = 0; i < SUMS; i++)
        cr_assert_eq(sums[i], strided_sum(x, counts[i]), "%d", counts[i]);
    for (int b = 0; b <= PARTS; b++)
        for (int i = b == 3 ? 60 : 0; i < WIDTH; i++)
            cr_assert_eq(parts[b * WIDTH + i], tree_sum(x + i, 0, b), "%d blocks, element %d", b,
                         i);
    for (int i = 0; i < ROWS_OF * FEATURES_OF; i++)
        cr_assert(wide[i] == bytes[i] && low[i] == (uint8_t)words[i], "%d", i);
}
