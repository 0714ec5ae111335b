/* micro.c - heavy ops of samples by the prelude's micro-kernels (runtime/prelude/ebm_tile.h).
 *
 * Promises: emit_micro writes a complete computation of n and returns true, or writes nothing and
 * returns false (then heavy.c's loops do it). Scratch of micro-kernels is one area at the end of
 * the tile's scratch, as large as the largest call needs. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunknown-pragmas"     /* omp simd, without -fopenmp-simd */
#pragma GCC diagnostic ignored "-Wunused-function"
#include "prelude/ebm_tile.h"                          /* for the sizes of scratch and packs only */
#pragma GCC diagnostic pop

/* ---- scratch and partial sums ---------------------------------------------------------------- */

static const char *micro_area(Emit *e, const uint64_t floats[3]) {
    for (int i = 0; i < 3; i++)
        if (e->micro[i] < floats[i])
            e->micro[i] = floats[i];
    return "micro";
}

const char *partial_name(Emit *e, const Node *n) {
    NodeInfo *i = info_of(e->u, n);
    const char *name = P(e, "p%u", n->id);
    if (i->partial >= 0)
        return name;
    bool arg = n->op == OP_ARGMAX || n->op == OP_ARGMIN, max = n->op == OP_REDUCE_MAX ||
            n->op == OP_ARGMAX;
    int64_t size = shape_count(n->shape), all = arg ? 2 * size : size;
    DType t = arg ? n->in[0]->dtype : n->dtype;
    share_name(e, name, t == DT_F32 ? "float *" : "int32_t *");
    i->partial = unit_buffer(e->u, (Buffer){ .kind = BUF_SAMPLE, .dtype = t, .node = n->id,
                                             .what = "sums of blocks",
                                             .bytes = (uint64_t)round_up(all * 4, BLOCK) / BLOCK });
    const char *zero = n->op == OP_REDUCE_MAX || n->op == OP_REDUCE_MIN || arg
        ? (t == DT_F32 ? (max ? "-__builtin_inff()" : "__builtin_inff()")
                       : (max ? "(-2147483647 - 1)" : "2147483647")) : "0";
    if (t == DT_F32 && zero[0] == '0' && !e->cuda && !e->pieced) {
        text_printf(&e->starts, "float *%s = ebm_sums_start(%s, unit, %lld);\n", name,
                    emit_arg(e, i->partial, true), (long long)size);
        return name;
    }
    text_printf(&e->starts, "%s *%s = %s + unit * %lld;\n", emit_ctype(t), name,
                emit_arg(e, i->partial, true), (long long)all);
    const char *each = P(e, e->pieced ? "if (fresh) for (int64_t i = 0; i < %lld; i++)"
                          : e->cuda ? "for (int i = tid; i < %lld; i += THREADS)"
                                    : "for (int64_t i = 0; i < %lld; i++)", (long long)size);
    cuda_touch_start(e, i->partial);
    text_printf(&e->starts, "%s %s[i] = %s;\n", each, name, zero);
    if (arg)
        text_printf(&e->starts, "%s ((int32_t *)%s)[%lld + i] = 0;\n", each, name,
                    (long long)size);
    return name;
}

/* ---- dense ---------------------------------------------------------------------------------- */

/* The bias pointer of an ADD that absorbs its DOT or CONV. */
static const char *bias_of(Emit *e, const Node *add, const Node *dot) {
    if (add == dot)
        return "NULL";
    const Node *c = add->in[0] == dot ? add->in[1] : add->in[0];
    return place_pointer(e, c->in[0]);
}

/* x[K][T] of free element f, copied when the contracted axes are not the last ones. */
static void copy_contracted(Emit *e, const Node *dot, const DotPlan *d, const char *f,
                            const char *to) {
    const Node *a = dot->in[0];
    const char *axis[MAX_RANK];
    int64_t count = d->F;
    block_begin(e, true);
    for (int i = 0; i < d->nfa; i++) {        /* f in row-major order of the free axes */
        int64_t extent = a->shape.dim[d->fa[i]];
        if (extent == DIM_BATCH)
            continue;
        count /= extent;
        axis[d->fa[i]] = extent == 1 ? "0" : ix_mod(e, ix_div(e, f, count), extent);
    }
    Shape con = shape_scalar();
    for (int i = 0; i < d->nc; i++)
        con.dim[con.rank++] = a->shape.dim[d->ac[i]];
    Index k = loops_of(e, con, "k");
    for (int i = 0; i < d->nc; i++)
        axis[d->ac[i]] = k.axis[i];
    Val v = emit_value(e, a, index_axes(shape_example(a->shape), axis + 1));
    block_line(e, 2, "%s[(%s) * T + t] = %s;", to, index_get_flat(e, &k), v.text);
    block_put(e, 0);
    loops_open(e, &k, false);
    block_put(e, 1);
    block_put_lanes(e);
    loops_close(e, &k);
}

static bool micro_dense(Emit *e, const Node *n, const Node *dot) {
    const NodeInfo *i = info_of(e->u, dot);
    if (i->pack < 0)
        return false;
    DotPlan d = dot_plan(e->u, dot);
    const char *w = emit_arg(e, e->u->packs.v[i->pack].buffer, false);
    const char *bias = bias_of(e, n, dot), *x = d.in_order ? place_pointer(e, dot->in[0]) : NULL;
    const char *y = place_new(e, n)->name;
    long long F = d.F, K = d.K, N = d.N;
    const char *as = "", *tail = "T";
    if (e->u->packs.v[i->pack].bf16) {
        uint64_t floats[3];
        for (int k = 0; k < 3; k++)
            floats[k] = ebm_tile_dense_bf16_scratch((int)d.K, 16 << k);
        as = "_bf16", tail = P(e, "T, %s", micro_area(e, floats));
    }
    e->flops += 2.0 * (double)d.F * (double)d.K * (double)d.N;
    if (d.in_order && F == 1) {
        emit_line(e, "ebm_tile_dense%s(%s, %s, %s, %s, %lld, %lld, %s);", as, y, w, x, bias, N, K,
                  tail);
        return true;
    }
    const char *f = P(e, "f%u", dot->id);
    emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", f, f, F, f);
    if (!d.in_order) {
        x = P(e, "x%u_in", dot->id);
        scratch_new(e, x, DT_F32, true, (uint64_t)K);
        copy_contracted(e, dot, &d, f, x);
    } else {
        x = P(e, "%s + %s * %lld * T", x, f, K);
    }
    emit_line(e, "ebm_tile_dense%s(%s + %s * %lld * T, %s, %s, %s, %lld, %lld, %s);", as, y, f, N, w,
              x, bias, N, K, tail);
    emit_close(e);
    return true;
}

static bool micro_outer(Emit *e, const Node *n) {
    DotPlan d = dot_plan(e->u, n);
    if (d.kind != DOT_OUTER)
        return false;
    uint64_t floats[3];
    for (int i = 0; i < 3; i++)
        floats[i] = ebm_tile_outer_scratch((int)d.F, (int)d.N, 16 << i);
    const char *p = partial_name(e, n), *a = place_pointer(e, n->in[0]),
               *b = place_pointer(e, n->in[1]);
    emit_line(e, "ebm_tile_outer(%s, %s, %s, %lld, %lld, T, valid, %s);", p, a, b, (long long)d.F,
              (long long)d.N, micro_area(e, floats));
    e->flops += 2.0 * (double)d.F * (double)d.N;
    return true;
}

/* ---- convolution ---------------------------------------------------------------------------- */

static EbmConv conv_of(const Node *n) {
    const Node *x = n->op == OP_CONV_DX ? n : n->in[0];
    const Node *y = n->op == OP_CONV ? n : n->op == OP_CONV_DX ? n->in[0] : n->in[1];
    const Node *w = n->op == OP_CONV_DW ? n : n->in[1];
    const int64_t *p = n->attr;
    int r = x->shape.rank;
    return (EbmConv){ .C = (int)x->shape.dim[r - 3], .H = (int)x->shape.dim[r - 2],
                      .W = (int)x->shape.dim[r - 1], .O = (int)y->shape.dim[r - 3],
                      .OH = (int)y->shape.dim[r - 2], .OW = (int)y->shape.dim[r - 1],
                      .kh = (int)w->shape.dim[2], .kw = (int)w->shape.dim[3], .sh = (int)p[0],
                      .sw = (int)p[1], .ph0 = (int)p[2], .ph1 = (int)p[3], .pw0 = (int)p[4],
                      .pw1 = (int)p[5], .dh = (int)p[6], .dw = (int)p[7], .groups = (int)p[8] };
}

/* A convolution's numbers: a constant of the file, written once. */
static const char *conv_text(Emit *e, EbmConv c) {
    const char *text = P(e, "{ %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d, %d }",
                         c.C, c.H, c.W, c.O, c.OH, c.OW, c.kh, c.kw, c.sh, c.sw, c.ph0, c.ph1,
                         c.pw0, c.pw1, c.dh, c.dw, c.groups);
    if (e->cuda)
        return P(e, "((EbmConv)%s)", text);
    int at = 0;
    while (at < e->out->tables.n && strcmp(e->out->tables.v[at], text) != 0)
        at++;
    if (at == e->out->tables.n) {
        vec_push(e->out->a, &e->out->tables, arena_printf(e->out->a, "%s", text));
        text_printf(&e->out->functions, "/* [%d,%d,%d] -> [%d,%d,%d], %d x %d taps */\n", c.C, c.H,
                    c.W, c.O, c.OH, c.OW, c.kh, c.kw);
        text_printf(&e->out->functions, "static const EbmConv c%d = %s;\n", at, text);
    }
    return P(e, "c%d", at);
}

const char *conv_of_text(Emit *e, const Node *n, long long *x_size, long long *y_size) {
    EbmConv c = conv_of(n);
    *x_size = (long long)c.C * c.H * c.W, *y_size = (long long)c.O * c.OH * c.OW;
    const char *fields = conv_text(e, c) + strlen("((EbmConv){ ");
    return P(e, "EbmGeometry<%.*s>", (int)(strlen(fields) - strlen(" })")), fields);
}

uint64_t pack_dense_floats(const DotPlan *d, bool bf16) {
    return bf16 ? ebm_pack_dense_bf16_size((int)d->N, (int)d->K)
                : ebm_pack_dense_size((int)d->N, (int)d->K);
}
int64_t pack_dense_units(const DotPlan *d, bool bf16) {
    return bf16 ? ebm_pack_dense_bf16_units((int)d->N, (int)d->K)
                : ebm_pack_dense_units((int)d->N, (int)d->K);
}
const char *pack_conv_text(Emit *e, const Node *n) { return conv_text(e, conv_of(n)); }
uint64_t pack_conv_floats(const Node *n, bool bf16) {
    EbmConv c = conv_of(n);
    if (n->op == OP_CONV_DX)
        return bf16 ? ebm_pack_conv_dx_bf16_size(c) : ebm_pack_conv_dx_size(c);
    return bf16 ? ebm_pack_conv_bf16_size(c) : ebm_pack_conv_size(c);
}

/* Leading example axes (before C, H, W) become a loop: its index, or NULL. */
static const char *images_open(Emit *e, const Node *op, int64_t images) {
    if (images == 1)
        return NULL;
    const char *at = P(e, "m%u", op->id);
    emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", at, at, (long long)images, at);
    return at;
}
static const char *image_at(Emit *e, const char *tile, const char *at, long long size) {
    return at ? P(e, "%s + %s * %lld * T", tile, at, size) : tile;
}
static long long x_count(EbmConv c) { return (long long)c.C * c.H * c.W; }
static long long y_count(EbmConv c) { return (long long)c.O * c.OH * c.OW; }
static double conv_flops(EbmConv c, int64_t images) {
    return 2.0 * (double)images * (double)y_count(c) * (c.C / c.groups) * c.kh * c.kw;
}

/* Adds the weight gradient of a tile to g: all of it, or the rows that the text calls `first` and
 * `rows`. */
static void conv_dw(Emit *e, const Node *n, const char *g, bool ranged) {
    EbmConv c = conv_of(n);
    uint64_t floats[3];
    for (int k = 0; k < 3; k++)
        floats[k] = ebm_tile_conv_dw_scratch(c, 16 << k);
    const char *area = micro_area(e, floats), *text = conv_text(e, c);
    const char *x = place_pointer(e, n->in[0]), *y = place_pointer(e, n->in[1]);
    int64_t images = shape_count(n->in[0]->shape) / x_count(c);
    const char *at = images_open(e, n, images);
    emit_line(e, "ebm_tile_conv_dw%s(%s, %s, %s, &%s, T, valid, %s%s);", ranged ? "_rows" : "", g,
              image_at(e, x, at, x_count(c)), image_at(e, y, at, y_count(c)), text,
              ranged ? "first, rows, " : "", area);
    if (at)
        emit_close(e);
    e->flops += conv_flops(c, images);
}

static bool micro_conv(Emit *e, const Node *n, const Node *op) {
    const NodeInfo *i = info_of(e->u, op);
    const bool dx = op->op == OP_CONV_DX;
    if (i->pack < 0)
        return false;
    EbmConv c = conv_of(op);
    uint64_t floats[3];
    const bool bf16 = e->u->packs.v[i->pack].bf16;
    for (int k = 0; k < 3; k++)
        floats[k] = dx ? (bf16 ? ebm_tile_conv_dx_bf16_scratch : ebm_tile_conv_dx_scratch)(c, 16 << k)
                  : (bf16 ? ebm_tile_conv_bf16_scratch : ebm_tile_conv_scratch)(c, 16 << k);
    const char *as = bf16 ? "_bf16" : "", *area = micro_area(e, floats), *text = conv_text(e, c);
    const char *in = place_pointer(e, op->in[0]), *y = place_new(e, n)->name;
    const char *w = emit_arg(e, e->u->packs.v[i->pack].buffer, false);
    int64_t images = shape_count((dx ? n : op->in[0])->shape) / x_count(c);
    const char *at = images_open(e, op, images);
    in = image_at(e, in, at, dx ? y_count(c) : x_count(c));
    y = image_at(e, y, at, dx ? x_count(c) : y_count(c));
    if (dx)
        emit_line(e, "ebm_tile_conv_dx%s(%s, %s, %s, &%s, T, %s);", as, y, w, in, text, area);
    else
        emit_line(e, "ebm_tile_conv%s(%s, %s, %s, %s, &%s, T, %s);", as, y, w, in,
                  bias_of(e, n, op), text, area);
    if (at)
        emit_close(e);
    e->flops += conv_flops(c, images);
    return true;
}

/* ---- sums and rows -------------------------------------------------------------------------- */

static bool micro_sum(Emit *e, const Node *n) {
    if (!info_of(e->u, n)->sum || n->n_attr != 1 || n->dtype != DT_F32)
        return false;
    const char *p = partial_name(e, n), *x = place_pointer(e, n->in[0]);
    emit_line(e, "ebm_tile_sum(%s, %s, %lld, T, valid);", p, x, (long long)shape_count(n->shape));
    return true;
}

/* One shared row per sample. */
static bool micro_gather(Emit *e, const Node *n) {
    const Node *table = n->in[0], *index = n->in[1];
    if (!node_batched(n) || index->shape.rank != 1)
        return false;
    long long rows = (long long)table->shape.dim[0];
    const char *name = P(e, "j%u", n->id), *from = place_pointer(e, table);
    const Place *p = place_get(e, base_of(table));
    if (p->scratch >= 0)                      /* a table made in this very tile */
        return false;
    int buffer = -1;
    for (int k = 0; k < e->args.n; k++)
        if (strcmp(P(e, "b%d", k), from) == 0)
            buffer = e->args.v[k];
    if (buffer < 0)
        return false;
    DType t = e->u->buffers.v[buffer].dtype;
    block_begin(e, true);
    Val v = emit_value(e, index, index_axes(shape_scalar(), NULL));
    block_line(e, 2, "%s[t] = %s < 0 ? 0 : %s > %lld ? %lld : %s;", name, v.text, v.text, rows - 1,
               rows - 1, v.text);
    emit_line(e, "int32_t %s[T];", name);
    block_put(e, 0);
    block_put(e, 1);
    block_put_lanes(e);
    emit_line(e, "ebm_tile_gather%s(%s, %s, %s, %lld, T);",
              t == DT_F32 ? "" : t == DT_I32 ? "_i32" : "_u8", place_new(e, n)->name, from, name,
              (long long)shape_count(n->shape));
    return true;
}

/* Rows of other samples, which an earlier kernel has stored. */
static bool micro_take(Emit *e, const Node *n) {
    const Node *x = base_of(n->in[0]);
    bool local = x->op == OP_STATE && !e->u->snapshot[x->id];
    int buffer = local ? unit_state_buffer(e->u, (int)x->attr[0]) : unit_value_buffer(e->u, x);
    DType t = e->u->buffers.v[buffer].dtype;
    const char *name = P(e, "j%u", n->id), *from = emit_arg(e, buffer, false);
    block_begin(e, true);
    Val v = emit_value(e, n->in[1], index_axes(shape_scalar(), NULL));
    block_line(e, 2, "%s[t] = %s < 0 ? 0 : %s >= s->batch ? (int32_t)s->batch - 1 : %s;", name, v.text,
               v.text, v.text);
    emit_line(e, "int32_t %s[T];", name);
    block_put(e, 0);
    block_put(e, 1);
    block_put_lanes(e);
    emit_line(e, "ebm_tile_gather%s(%s, %s, %s, %lld, T);", t == DT_F32 ? "" : "_i32",
              place_new(e, n)->name, from, name, (long long)shape_count(n->shape));
    return true;
}

/* Sum of rows by index over the batch: samples ascending. */
static bool micro_scatter(Emit *e, const Node *n) {
    if (!info_of(e->u, n)->sum)
        return false;
    const Node *index = n->in[0], *rows = n->in[1];
    int64_t row = shape_count(n->shape) / n->shape.dim[0], last = n->shape.dim[0] - 1;
    const char *p = partial_name(e, n);
    block_begin(e, true);
    bool many = shape_count(index->shape) != 1, wide = row != 1;
    const char *i = many ? "i" : "0", *j = wide ? "j" : "0";
    Val at = emit_value(e, index, index_flat(shape_example(index->shape), i));
    const char *flat = ix_add(e, ix_mul(e, i, row), j);
    Val v = emit_value(e, rows, index_flat(shape_example(rows->shape), flat));
    const char *name = P(e, "n%d", e->serial++);
    block_line(e, 2, "const int64_t %s = %s < 0 ? 0 : %s > %lld ? %lld : %s;", name, at.text,
               at.text,
               (long long)last, (long long)last, at.text);
    block_line(e, 2, "%s[%s] += %s;", p, ix_add(e, ix_mul(e, name, row), j), v.text);
    block_put(e, 0);
    emit_open(e, "for (int t = 0; t < valid; t++) {");
    if (many)
        emit_open(e, "for (int i = 0; i < %lld; i++) {", (long long)shape_count(index->shape));
    if (wide)
        emit_open(e, "for (int j = 0; j < %lld; j++) {", (long long)row);
    block_put(e, 1);
    block_put(e, 2);
    if (wide)
        emit_close(e);
    if (many)
        emit_close(e);
    emit_close(e);
    return true;
}

void micro_sum_outer(Emit *e, const Node *n, const char *g, const char *tree, int most) {
    DotPlan d = dot_plan(e->u, n);
    const char *of[2];
    uint64_t floats = ebm_sum_outer_scratch(most);
    for (int k = 0; k < 2; k++)
        of[k] = emit_arg(e, info_of(e->u, base_of(n->in[k]))->kept, false);
    emit_line(e, "const EbmOuter o = { %s + first * T, %s, %lld * T, %lld * T, rows, %lld, T };", of[0],
              of[1], (long long)d.F, (long long)d.N, (long long)d.N);
    emit_line(e, "ebm_sum_outer(%s, %s, %lld, &o, s, %s);", g, tree,
              (long long)(d.F * d.N), micro_area(e, (uint64_t[]){ floats, floats, floats }));
    e->flops += 2.0 * (double)d.F * (double)d.N;
}

void micro_sum_tile(Emit *e, const Node *n) {
    if (n->op == OP_CONV_DW)
        conv_dw(e, n, "g", true);
    else
        emit_line(e, "ebm_tile_sum(g, %s + first * T, rows, T, valid);",
                  place_pointer(e, n->in[0]));
}

bool emit_micro(Emit *e, const Node *n) {
    const NodeInfo *i = info_of(e->u, n);
    const Node *op = i->absorbs >= 0 ? e->u->node[i->absorbs] : n;
    if (!e->tiled)
        return false;
    switch (op->op) {
    case OP_DOT: return i->sum ? micro_outer(e, n) : micro_dense(e, n, op);
    case OP_CONV: case OP_CONV_DX: return micro_conv(e, n, op);
    case OP_CONV_DW:
        if (i->sum)
            conv_dw(e, n, partial_name(e, n), false);
        return i->sum;
    case OP_REDUCE_SUM: return micro_sum(e, n);
    case OP_GATHER: return micro_gather(e, n);
    case OP_SCATTER_ADD: return micro_scatter(e, n);
    case OP_TAKE: return micro_take(e, n);
    case OP_DATA: case OP_STATE:              /* loaded, then exported */
        return place_get(e, n)->kind == PLACE_TILE;
    default: return false;
    }
}
