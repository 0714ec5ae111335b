/* ebm_conv_dw.h - weight gradient of a convolution over a tile; contract in ebm_tile.h.
 *
 * The sum runs over samples and pixels, so neither can lie in the lanes: output channels do. The
 * tile is turned into images x [t][y][x][channel] with a zero border and panels y [t][pixel][lane],
 * the gradient into G [weight][lane] with the weights (channel, i, j) of one output channel; then
 *
 *     G[weight][lane] = fma(x[t][pixel + tap][channel], y[t][pixel][lane], G[weight][lane])
 *
 * in register blocks of several weights whose x are adjacent in memory: the channels of one tap,
 * or, without dilation, of a whole kernel row. Some samples' x stay in the L2 cache while the panels
 * of EBM_DW_OUTPUTS outputs pass. */
#ifndef EBM_CONV_DW_H
#define EBM_CONV_DW_H
#include "ebm_conv.h"
#include "ebm_tile.h"

enum {
    EBM_DW_ROWS = EBM_REGISTERS >= 32 ? 8 : 6,    /* weights of a register block */
    EBM_DW_STEPS = 128,                           /* pixels between loads and stores of G: x and y in L1 */
    EBM_DW_IMAGES = 48 << 10,                     /* floats of their images, else half the steps: L2 */
    EBM_DW_OUTPUTS = 64,                          /* whole panels on any target */
    EBM_DW_GAP = 16,                              /* after rows and samples, against cache conflicts */
};

/* Steps of one register block: `samples` x `height` x `width` pixels. */
typedef struct EbmDwSpan {
    int samples, height, width;
    int64_t x_sample, x_row, x_step;              /* floats between samples, rows, pixels of x */
    int64_t y_sample, y_row;                      /* and of y */
} EbmDwSpan;

EBM_INLINE void ebm_dw_block(const int R, const int V, float *G, const int32_t *row,
                             const float *x, const float *y, const EbmDwSpan *s) {
    EbmVec acc[EBM_DW_ROWS * EBM_WIDE];
    const int64_t x_step = s->x_step;
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        EBM_UNROLL
        for (int v = 0; v < V; v++) acc[r * V + v] = ebm_vload(G + row[r] + v * EBM_LANES);
    }
    for (int t = 0; t < s->samples; t++)
        for (int h = 0; h < s->height; h++) {
            const float *a = x + t * s->x_sample + h * s->x_row;
            const float *b = y + t * s->y_sample + h * s->y_row;
            for (int w = 0; w < s->width; w++, a += x_step, b += V * EBM_LANES) {
                const EbmVec b0 = ebm_vload(b), b1 = V > 1 ? ebm_vload(b + EBM_LANES) : b0;
                EBM_UNROLL
                for (int r = 0; r < R; r++) {
                    const EbmVec m = ebm_vsplat(a[r]);
                    acc[r * V] = ebm_vfma(m, b0, acc[r * V]);
                    if (V > 1) acc[r * V + 1] = ebm_vfma(m, b1, acc[r * V + 1]);
                }
            }
        }
    EBM_UNROLL
    for (int r = 0; r < R; r++) {
        EBM_UNROLL
        for (int v = 0; v < V; v++) ebm_vstore(G + row[r] + v * EBM_LANES, acc[r * V + v]);
    }
}
EBM_INLINE void ebm_dw_rows(int rows, const int V, float *G, const int32_t *row, const float *x,
                            const float *y, const EbmDwSpan *s) {
    switch (rows) {
    case 1: ebm_dw_block(1, V, G, row, x, y, s); break;
    case 2: ebm_dw_block(2, V, G, row, x, y, s); break;
    case 3: ebm_dw_block(3, V, G, row, x, y, s); break;
    case 4: ebm_dw_block(4, V, G, row, x, y, s); break;
    case 5: ebm_dw_block(5, V, G, row, x, y, s); break;
    case 6: ebm_dw_block(6, V, G, row, x, y, s); break;
#if EBM_REGISTERS >= 32
    case 7: ebm_dw_block(7, V, G, row, x, y, s); break;
    default: ebm_dw_block(8, V, G, row, x, y, s); break;
#endif
    }
}

/* Everything about one call that does not change from panel to panel. */
typedef struct EbmDw {
    EbmConv c;
    EbmBorder border;
    int Cg, Og, n, Q;             /* channels and outputs of a group, pixels, weights per output */
    int T, valid;
    int64_t wide, sample;         /* floats of a row, of a sample of image */
    float *image, *panel, *G;
    int32_t *row;                 /* [kh][kw][Cg]: place of a weight in G */
} EbmDw;

EBM_INLINE size_t ebm_tile_conv_dw_scratch(EbmConv c, int T) {
    const EbmBorder b = ebm_conv_border(c);
    const size_t taps = (size_t)c.kh * (size_t)c.kw, n = (size_t)c.OH * (size_t)c.OW;
    const size_t Cg = (size_t)(c.C / c.groups), Og = (size_t)(c.O / c.groups);
    const size_t lanes = Og < EBM_DW_OUTPUTS ? (Og + 31) & ~(size_t)31 : EBM_DW_OUTPUTS;
    const size_t gaps = EBM_DW_GAP * (size_t)T * ((size_t)b.height + 1 + lanes / 8);
    return ebm_round_16(ebm_image_size((int)Cg, b, T)) + ebm_round_16(n * (size_t)T * lanes) + gaps +
           ebm_round_16(Cg * taps * lanes) + ebm_round_16(Cg * taps);
}

#if EBM_BODIES(EBM_KERNELS_CONV_DW)
/* image [valid][height][width][Cg] with its zero border, from channels x [Cg][H][W][T]. */
EBM_KERNEL void ebm_dw_image(const EbmDw *k, const float *x) {
    const EbmConv c = k->c;
    const EbmBorder b = k->border;
    const size_t pixel = (size_t)k->Cg, row = (size_t)k->wide;
    const int64_t sample = k->sample, plane = (int64_t)c.H * c.W * k->T;
    for (int t = 0; t < k->valid; t++)
        for (int y = 0; y < b.height; y++) {
            float *to = k->image + t * sample + (size_t)y * row;
            const int inside = y >= b.top && y < b.top + c.H;
            const size_t before = inside ? (size_t)b.left * pixel : row;
            const size_t after = inside ? (size_t)(b.left + c.W) * pixel : row;
            memset(to, 0, sizeof(float) * before);
            memset(to + after, 0, sizeof(float) * (row - after));
        }
    for (int a = 0; a < k->Cg; a += 16) {
        const int chans = k->Cg - a < 16 ? k->Cg - a : 16;
        for (int y = 0; y < c.H; y++) {
            float *to = k->image + (size_t)(y + b.top) * row + (size_t)b.left * pixel + a;
            const float *from = x + a * plane + (int64_t)y * c.W * k->T;
            if (k->Cg == 1) {
                ebm_transpose(to, sample, from, k->T, c.W, k->valid);
                continue;
            }
            for (int i = 0; i < c.W; i++)
                ebm_transpose(to + (size_t)i * pixel, sample, from + (int64_t)i * k->T, plane,
                              chans, k->valid);
        }
    }
}
/* panel [valid][n][lanes] from outputs y [used][n][T]; lanes from `used` on are zeros. */
EBM_KERNEL void ebm_dw_panel(const EbmDw *k, float *panel, const float *y, int used, int lanes) {
    const int64_t sample = (int64_t)k->n * lanes + EBM_DW_GAP, plane = (int64_t)k->n * k->T;
    if (used < lanes) memset(panel, 0, sizeof(float) * (size_t)(sample * k->valid));
    for (int o = 0; o < used; o += 16)
        for (int p = 0; p < k->n; p++)
            ebm_transpose(panel + (int64_t)p * lanes + o, sample,
                          y + o * plane + (int64_t)p * k->T, plane, used - o < 16 ? used - o : 16,
                          k->valid);
}
/* All weights of panel p for samples [t, t + s.samples) and output rows [oy, oy + s.height). */
EBM_INLINE void ebm_dw_span(const EbmDw *k, const EbmDwSpan *s, int t, int oy, int p, const int V) {
    const EbmConv c = k->c;
    const int run = c.dw == 1 ? c.kw * k->Cg : k->Cg, runs = c.dw == 1 ? 1 : c.kw;
    const int blocks = (run + EBM_DW_ROWS - 1) / EBM_DW_ROWS, size = (run + blocks - 1) / blocks;
    const float *y = k->panel + ((int64_t)p * k->T + t) * s->y_sample + oy * s->y_row;
    const float *x = k->image + t * s->x_sample + oy * s->x_row;
    float *const G = k->G + (int64_t)p * k->Q * V * EBM_LANES;
    for (int i = 0; i < c.kh; i++)
        for (int j = 0; j < runs; j++) {
            const float *a = x + i * c.dh * k->wide + (int64_t)j * c.dw * k->Cg;
            const int32_t *row = k->row + ((int64_t)i * c.kw + j) * k->Cg;
            for (int r = 0; r < run; r += size)
                ebm_dw_rows(run - r < size ? run - r : size, V, G, row + r, a + r, y, s);
        }
}
/* Outputs [0, rows) from g and y on. */
EBM_INLINE void ebm_dw_group(const EbmDw *k, float *g, const float *y, int rows, const int V) {
    const EbmConv c = k->c;
    const int lanes = V * EBM_LANES;
    const int most = k->n < EBM_DW_STEPS ? EBM_DW_STEPS / k->n : 1;
    const int at_once = most > 1 && most * k->sample > EBM_DW_IMAGES ? most / 2 : most;
    const int high = k->n > EBM_DW_STEPS && c.OW < EBM_DW_STEPS / 2 ? EBM_DW_STEPS / 2 / c.OW : 1;
    EbmDwSpan s = { 0, 0, c.OW, k->sample, k->wide * c.sh, (int64_t)c.sw * k->Cg,
                    (int64_t)k->n * lanes + EBM_DW_GAP, (int64_t)c.OW * lanes };
    for (int o0 = 0, panels; o0 < rows; o0 += panels * lanes) {
        float *const weights = g + (int64_t)o0 * k->Q;
        panels = 0;
        for (int o = o0; o < rows && o < o0 + EBM_DW_OUTPUTS; o += lanes, panels++) {
            const int used = rows - o < lanes ? rows - o : lanes;
            float *const G = k->G + (int64_t)panels * k->Q * lanes;
            ebm_dw_panel(k, k->panel + panels * k->T * s.y_sample, y + (int64_t)o * k->n * k->T, used,
                         lanes);
            if (used < lanes) memset(G, 0, sizeof(float) * (size_t)k->Q * (size_t)lanes);
            ebm_transpose(G, lanes, g + (int64_t)o * k->Q, k->Q, used, k->Q);
        }
        for (int t = 0; t < k->valid; t += s.samples) {
            s.samples = k->valid - t < at_once ? k->valid - t : at_once;
            for (int oy = 0; oy < c.OH; oy += s.height) {
                s.height = k->n <= EBM_DW_STEPS ? c.OH : c.OH - oy < high ? c.OH - oy : high;
                for (int p = 0; p < panels; p++) ebm_dw_span(k, &s, t, oy, p, V);
            }
        }
        for (int p = 0; p < panels; p++) {
            const int left = rows - o0 - p * lanes;
            ebm_transpose(weights + (int64_t)p * lanes * k->Q, k->Q, k->G + (int64_t)p * k->Q * lanes,
                          lanes, k->Q, left < lanes ? left : lanes);
        }
    }
}
EBM_KERNEL void ebm_dw_group_narrow(const EbmDw *k, float *g, const float *y, int rows) {
    ebm_dw_group(k, g, y, rows, 1);
}
EBM_KERNEL void ebm_dw_group_wide(const EbmDw *k, float *g, const float *y, int rows) {
    ebm_dw_group(k, g, y, rows, EBM_WIDE);
}
EBM_KERNEL void ebm_tile_conv_dw_rows(float *g, const float *x, const float *y, const EbmConv *conv,
                                      int T, int valid, int first, int rows, float *scratch) {
    const EbmConv c = *conv;
    const int narrow = c.O / c.groups <= EBM_LANES, lanes = (narrow ? 1 : EBM_WIDE) * EBM_LANES;
    const int most = c.O / c.groups < EBM_DW_OUTPUTS ? c.O / c.groups : EBM_DW_OUTPUTS;
    const int panels = (most + lanes - 1) / lanes;
    EbmDw k = { .c = c, .border = ebm_conv_border(c), .Cg = c.C / c.groups, .Og = c.O / c.groups,
                .n = c.OH * c.OW, .Q = c.C / c.groups * c.kh * c.kw, .T = T, .valid = valid,
                .image = scratch };
    k.wide = (int64_t)k.border.width * k.Cg + EBM_DW_GAP;
    k.sample = k.border.height * k.wide + EBM_DW_GAP;
    k.panel = k.image + ebm_round_16((size_t)k.sample * (size_t)T);
    k.G = k.panel + ((size_t)k.n * (size_t)lanes + EBM_DW_GAP) * (size_t)T * (size_t)panels;
    k.row = (int32_t *)(k.G + ebm_round_16((size_t)k.Q * (size_t)(lanes * panels)));
    for (int i = 0, r = 0; i < c.kh; i++)
        for (int j = 0; j < c.kw; j++)
            for (int a = 0; a < k.Cg; a++, r++) k.row[r] = ((a * c.kh + i) * c.kw + j) * lanes;
    for (int a = 0; a < c.groups; a++) {
        /* The outputs of this group that are among those asked for. */
        const int from = a * k.Og > first ? a * k.Og : first;
        const int end = (a + 1) * k.Og < first + rows ? (a + 1) * k.Og : first + rows;
        if (from >= end) continue;
        const float *outputs = y + (int64_t)from * k.n * T;
        float *weights = g + (int64_t)(from - first) * k.Q;
        ebm_dw_image(&k, x + (int64_t)a * k.Cg * c.H * c.W * T);
        if (narrow) ebm_dw_group_narrow(&k, weights, outputs, end - from);
        else ebm_dw_group_wide(&k, weights, outputs, end - from);
    }
}
#endif
EBM_INLINE void ebm_tile_conv_dw(float *g, const float *x, const float *y, const EbmConv *conv,
                                 int T, int valid, float *scratch) {
    ebm_tile_conv_dw_rows(g, x, y, conv, T, valid, 0, conv->O, scratch);
}
#endif
