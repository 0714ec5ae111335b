/* micro.c - heavy ops by the collectives of runtime/prelude/cuda/ebm_mma.cuh.
 *
 * Promises: cuda_micro writes a complete computation of n and returns true, or writes nothing and
 * returns false (then heavy.c's loops do it, by the threads of the CTA). A collective is told
 * nothing of who owns an element: it reads and writes as MAP_ANY. */
#include "backend/cuda/cuda.h"

#include <string.h>

/* The tile that a collective writes n to. */
static const char *target(Emit *e, const Node *n) {
    Place *p = place_new(e, n);
    cuda_touch(e, p, true, NULL);
    return p->name;
}

/* The block sum that a collective adds to. */
static const char *sum_target(Emit *e, const Node *n) {
    const char *p = partial_name(e, n);
    cuda_touch_partial(e, info_of(e->u, n)->partial, true, MAP_SUM);
    return p;
}

/* ---- contractions --------------------------------------------------------------------------- */

static const char *bias_of(Emit *e, const Node *add, const Node *dot) {
    if (add == dot)
        return "0";
    const Node *c = add->in[0] == dot ? add->in[1] : add->in[0];
    return place_pointer(e, c->in[0]);
}

/* x[K][S] of free element f, copied when the contracted axes are not the last ones. */
static void copy_contracted(Emit *e, const Node *dot, const DotPlan *d, const char *f,
                            const Place *to) {
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
        axis[d->ac[i]] = index_get_axis(e, &k, i);
    Val v = emit_value(e, a, index_axes(shape_example(a->shape), axis + 1));
    cuda_touch(e, to, true, k.flat);
    block_line(e, 2, "%s[%s * S + t] = %s;", to->name, k.flat, v.text);
    block_put(e, 0);
    loops_open(e, &k, false);
    block_put(e, 1);
    block_put_lanes(e);
    loops_close(e, &k);
}

/* Row stride of weights in shared memory: EBM_STAGE_LD. */
static int64_t staged_stride(int64_t cols) { return (cols + 7) / 8 * 8 + 4; }

/* Weights that stay in registers: those of the first layers of a loop that fit. A CTA has a warp
 * for every 16 of at most 128 outputs (region.c). NULL: these do not. */
static const char *held_weights(Emit *e, const char *w, int64_t rows, int64_t cols, bool turned,
                                bool bf16) {
    enum { MOST_OUTPUTS = 128, MOST_REGISTERS = 144 };
    Cuda *c = e->cuda;
    int64_t N = turned ? cols : rows, K = turned ? rows : cols;
    for (int k = 0; k < c->held.n; k++) {
        const Held *h = &c->held.v[k];
        if (strcmp(h->from, w) == 0 && h->rows == rows && h->cols == cols && h->turned == turned)
            return P(e, "h%d", k);
    }
    int64_t registers = bf16 ? 4 * ((K + 15) / 16) : 4 * ((K + 7) / 8);
    if (e->u->opt->fp32 || N <= 4 || N > MOST_OUTPUTS || registers > MOST_REGISTERS - c->registers)
        return NULL;
    int k = c->held.n;
    c->registers += (int)registers;
    vec_push(e->a, &c->held, ((Held){ w, rows, cols, turned }));
    text_printf(&c->heads, "    EbmHeld<%lld, %lld, %s%s> h%d;\n    ebm_cta_hold(h%d, %s, %lld);\n",
                (long long)N, (long long)K, turned ? "true" : "false", bf16 ? ", EbmBf16" : "", k, k, w,
                (long long)cols);
    return P(e, "h%d", k);
}

/* "w, so, sk": the weights of a dense layer. Those of a run-time loop, read from device memory, are
 * "h<k>", held in registers, or a matrix w<k> of row stride LD<k>, wherever it will lie. */
static const char *dense_weights(Emit *e, const Node *dot, const DotPlan *d) {
    long long so = d->strided ? d->so : d->K, sk = d->strided ? d->sk : 1;
    const char *w = d->strided ? place_pointer(e, dot->in[1])
                               : emit_arg(e, e->u->packs.v[info_of(e->u, dot)->pack].buffer, false);
    bool rows_first = sk == 1 && so == d->K && d->K > 1, cols_first = so == 1 && sk == d->N &&
        d->N > 1;
    bool outside = !d->strided || place_get(e, base_of(dot->in[1]))->scratch < 0;
    if (e->cuda->grid || info_of(e->u, dot)->loop < 0 || !outside || !(rows_first || cols_first))
        return P(e, "%s, %lld, %lld", w, so, sk);
    int64_t rows = rows_first ? d->N : d->K, cols = rows_first ? d->K : d->N;
    const bool bf16 = unit_rounds(e->u, dot, PACK_DENSE);
    const char *held = held_weights(e, w, rows, cols, cols_first, bf16);
    if (held)
        return held;
    int k = 0;
    Cuda *c = e->cuda;
    while (k < c->weights.n && (strcmp(c->weights.v[k].from, w) != 0 || c->weights.v[k].cols !=
                                cols))
        k++;
    if (k == c->weights.n) {
        Weights new = { w, rows, cols, scratch_new(e, P(e, "w%d", k), DT_F32, false,
                                                   (uint64_t)(rows * staged_stride(cols))) };
        e->scratch.v[new.scratch].weights = true;
        vec_push(e->a, &c->weights, new);
    }
    cuda_touch(e, &(Place){ PLACE_FLAT, "", c->weights.v[k].scratch }, false, NULL);
    return rows_first ? P(e, "w%d, LD%d, 1", k, k) : P(e, "w%d, 1, LD%d", k, k);
}

/* Whether a convolution of samples is one call, of weights that no loop changes. */
static bool is_single_image(Emit *e, const Node *op) {
    long long x_size, y_size;
    conv_of_text(e, op, &x_size, &y_size);
    return node_batched(op) && info_of(e->u, op->in[1])->loop < 0 &&
           shape_count(op->shape) == (op->op == OP_CONV ? y_size : x_size);
}

bool cuda_is_wide(Emit *e, const Node *n) {
    const NodeInfo *i = info_of(e->u, n);
    const Node *dot = i->absorbs >= 0 ? e->u->node[i->absorbs] : n;
    i = info_of(e->u, dot);
    if (e->cuda->grid && (dot->op == OP_CONV || dot->op == OP_CONV_DX))
        return is_single_image(e, dot);
    if (dot->op != OP_DOT || !i->batched || i->mapped || i->sum)
        return false;
    DotPlan d = dot_plan(e->u, dot);
    return d.kind == DOT_DENSE && d.F == 1 && d.N > 4;
}

/* A dense layer whose outputs, one by one, go through a cluster as soon as they are there. */
static void dense_end(Emit *e, const Node *n, const Item *then, const char *call) {
    const char *y = P(e, "y%u", n->id);
    bool stored = cuda_is_read(e, n);
    block_begin(e, true);
    e->own = "i", e->cuda->outputs = strstr(call, "_conv") ? -1 - (int)n->id : (int)then->count;
    Place *p = stored ? place_new(e, n) : &e->place[n->id], kept = *p;
    if (stored) {
        cuda_touch(e, p, true, "i");
        block_line(e, 2, "%s[i * S + t] = %s;", kept.name, y);
    }
    e->place[n->id] = (Place){ PLACE_LANE, y, -1 };
    emit_cluster_values(e, then, index_flat(cluster_shape(e, then), "i"));
    e->place[n->id] = kept;
    e->cuda->outputs = 0;
    block_put(e, 0);
    emit_open(e, "%s, [&](const int i, const int t, const float %s) {", call, y);
    block_put(e, 1);
    block_put(e, 2);
    e->indent--;
    emit_line(e, "});");
    emit_export(e, n);
    for (int k = 0; k < then->outs.n; k++)
        emit_export(e, then->outs.v[k].node);
}

/* `then`: the cluster that takes the outputs, or NULL. */
static bool micro_dense(Emit *e, const Node *n, const Node *dot, const Item *then) {
    const NodeInfo *i = info_of(e->u, dot);
    if (!i->batched || i->mapped)
        return false;
    DotPlan d = dot_plan(e->u, dot);
    if (d.kind != DOT_DENSE)
        return false;
    long long F = d.F, K = d.K, N = d.N;
    const char *w = dense_weights(e, dot, &d);
    const char *f = P(e, "f%u", dot->id), *x, *from = F == 1 ? "" : P(e, " + %s * %lld * S", f, K);
    Place copy = { PLACE_TILE, P(e, "x%u_in", dot->id), -1 };
    e->flops += 2.0 * (double)d.F * (double)d.K * (double)d.N;
    if (F > 1)
        emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", f, f, F, f);
    if (!d.in_order) {
        cuda_loop(e, true);
        copy.scratch = scratch_new(e, copy.name, DT_F32, true, (uint64_t)K);
        cuda_phase(e);
        copy_contracted(e, dot, &d, F == 1 ? "0" : f, &copy);
        cuda_phase(e);
        cuda_touch(e, &copy, false, NULL);
        x = copy.name, from = "";
    } else {
        x = place_pointer(e, dot->in[0]);
    }
    const char *bias = bias_of(e, n, dot);
    /* held weights have their precision */
    const char *as = w[0] != 'h' && unit_rounds(e->u, dot, PACK_DENSE) ? "<EbmBf16>" : "";
    cuda_grid_work(e, N, 1);
    if (then)
        dense_end(e, n, then, P(e, "ebm_%s_dense_then%s(%s, %s, %s, %lld, %lld, T, S%s", cuda_team(e), as,
                                w, x, bias, N, K, cuda_grid_tail(e)));
    else if (i->loop < 0 && !e->cuda->grid)   /* not so often: equal ones share their code */
        emit_line(e, "ebm_call_dense<%lld, %lld, %lld, %lld, T, S>(%s%s, %.*s, %s%s, %s);", N, K,
                  (long long)(d.strided ? d.so : d.K), (long long)(d.strided ? d.sk : 1),
                  target(e, n),
                  F == 1 ? "" : P(e, " + %s * %lld * S", f, N), (int)strcspn(w, ","), w, x, from,
                  bias);
    else
        emit_line(e, "ebm_%s_dense%s(%s%s, %s, %s%s, %s, %lld, %lld, T, S%s);", cuda_team(e), as,
                  target(e, n), F == 1 ? "" : P(e, " + %s * %lld * S", f, N), w, x, from, bias, N, K,
                  cuda_grid_tail(e));
    if (F > 1)
        emit_close(e);
    if (!d.in_order)
        cuda_loop(e, false);
    return true;
}

static bool micro_outer(Emit *e, const Node *n) {
    DotPlan d = dot_plan(e->u, n);
    if (d.kind != DOT_OUTER)
        return false;
    const char *p = sum_target(e, n), *a = place_pointer(e, n->in[0]),
        *b = place_pointer(e, n->in[1]);
    emit_line(e, "ebm_call_outer<%lld, %lld, T, S>(%s, %s, %s, valid);", (long long)d.F,
              (long long)d.N,
              p, a, b);
    e->flops += 2.0 * (double)d.F * (double)d.N;
    return true;
}

/* ---- convolution ---------------------------------------------------------------------------- */

/* Leading example axes (before C, H, W) become a loop. `then`: as for a dense layer. */
static bool micro_conv(Emit *e, const Node *n, const Node *op, const Item *then) {
    bool dw = op->op == OP_CONV_DW, dx = op->op == OP_CONV_DX;
    bool outside = op->n_in > 1 && info_of(e->u, op->in[1])->loop < 0;
    if (dw ? !info_of(e->u, op)->sum : !node_batched(op) || !outside)
        return false;
    long long x_size, y_size;
    const char *conv = conv_of_text(e, op, &x_size, &y_size), *at = "";
    const Node *image = dx ? n : op->in[0];
    int64_t images = shape_count(image->shape) / x_size;
    if (images > 1) {
        at = P(e, "m%u", op->id);
        emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", at, at, (long long)images, at);
    }
    const char *in = place_pointer(e, op->in[0]);
    const char *y = dw ? place_pointer(e, op->in[1]) : then ? "" : target(e, n);
    const char *w = dw ? sum_target(e, n) : place_pointer(e, op->in[1]);
    const char *bias = dw || dx ? "" : P(e, ", %s", bias_of(e, n, op));
    const char *as = !dw && unit_rounds(e->u, op, dx ? PACK_CONV_DX : PACK_CONV) ? ", EbmBf16" : "";
    const int64_t *to = op->shape.dim + op->shape.rank - 3;
    if (!dw)
        cuda_grid_work(e, to[0], to[1] * to[2]);
    if (images > 1) {
        in = P(e, "%s + %s * %lld * S", in, at, dx ? y_size : x_size);
        y = P(e, "%s + %s * %lld * S", y, at, dx ? x_size : y_size);
    }
    if (dw)
        emit_line(e, "ebm_cta_conv_dw<%s, T, S>(%s, %s, %s, valid);", conv, w, in, y);
    else if (then)
        dense_end(e, n, then, P(e, "ebm_grid_conv%s_then<%s, T, S%s>(%s, %s%s%s", dx ? "_dx" : "", conv,
                                as, w, in, bias, cuda_grid_tail(e)));
    else
        emit_line(e, "ebm_%s_conv%s<%s, T, S%s>(%s, %s, %s%s%s);", cuda_team(e), dx ? "_dx" : "", conv, as,
                  y, w, in, bias, cuda_grid_tail(e));
    if (images > 1)
        emit_close(e);
    e->flops += 2.0 * (double)images * (double)y_size * (double)shape_count(op->op == OP_CONV_DW
                    ? op->shape : op->in[1]->shape) / (double)(dw ? op : op->in[1])->shape.dim[0];
    return true;
}

/* ---- sums and rows -------------------------------------------------------------------------- */

static bool micro_sum(Emit *e, const Node *n) {
    if (!info_of(e->u, n)->sum || n->n_attr != 1 || n->dtype != DT_F32)
        return false;
    const char *p = sum_target(e, n), *x = place_pointer(e, n->in[0]);
    emit_line(e, "ebm_cta_sum(%s, %s, %lld, T, S, valid);", p, x, (long long)shape_count(n->shape));
    return true;
}

/* Each thread looks up the row of its lane. `top`: the last row. */
static void put_rows(Emit *e, const Node *n, const Node *index, const char *from, const char *top) {
    long long count = (long long)shape_count(n->shape);
    block_begin(e, true);
    Index ix = loops_of(e, shape_example(n->shape), "i");
    Val v = emit_value(e, index, index_axes(shape_scalar(), NULL));
    const char *row = P(e, "n%d", e->serial++);
    block_line(e, 2, "const int64_t %s = %s < 0 ? 0 : %s > %s ? %s : %s;", row, v.text, v.text, top,
               top, v.text);
    block_line(e, 2, "%s = %s[%s];", place_element(e, n, &ix), from,
               ix_add(e, ix_mul(e, row, count), ix.flat));
    block_put(e, 0);
    loops_open(e, &ix, false);
    block_put(e, 1);
    block_put_lanes(e);
    loops_close(e, &ix);
}

/* One shared row per sample. */
static bool micro_gather(Emit *e, const Node *n) {
    const Node *table = n->in[0], *index = n->in[1];
    if (!node_batched(n) || index->shape.rank != 1)
        return false;
    const char *from = place_pointer(e, table);
    put_rows(e, n, index, from, P(e, "%lld", (long long)table->shape.dim[0] - 1));
    return true;
}

/* Rows of other samples, which an earlier kernel has stored. */
static bool micro_take(Emit *e, const Node *n) {
    const Node *x = base_of(n->in[0]);
    bool local = x->op == OP_STATE && !e->u->snapshot[x->id];
    int buffer = local ? unit_state_buffer(e->u, (int)x->attr[0]) : unit_value_buffer(e->u, x);
    put_rows(e, n, n->in[1], emit_arg(e, buffer, false), "(s->batch - 1)");
    return true;
}

/* Sum of rows by index over the batch: a thread has columns of its own; samples ascending. */
static bool micro_scatter(Emit *e, const Node *n) {
    if (!info_of(e->u, n)->sum)
        return false;
    const Node *index = n->in[0], *rows = n->in[1];
    int64_t row = shape_count(n->shape) / n->shape.dim[0], last = n->shape.dim[0] - 1;
    const char *p = sum_target(e, n);
    block_begin(e, true);
    long long many = (long long)shape_count(index->shape);
    const char *i = many != 1 ? "q" : "0", *j = row != 1 ? "j" : "0";
    Val at = emit_value(e, index, index_flat(shape_example(index->shape), i));
    Val v = emit_value(e, rows, index_flat(shape_example(rows->shape),
                                           ix_add(e, ix_mul(e, i, row), j)));
    const char *name = P(e, "n%d", e->serial++);
    block_line(e, 2, "const int64_t %s = %s < 0 ? 0 : %s > %lld ? %lld : %s;", name, at.text,
               at.text, (long long)last, (long long)last, at.text);
    block_line(e, 2, "%s[%s] += %s;", p, ix_add(e, ix_mul(e, name, row), j), v.text);
    block_put(e, 0);
    emit_open(e, "for (int j = tid; j < %lld; j += THREADS) {", (long long)row);
    emit_open(e, "for (int t = 0; t < valid; t++) {");
    emit_open(e, "for (int q = 0; q < %lld; q++) {", many);
    block_put(e, 1);
    block_put(e, 2);
    for (int k = 0; k < 3; k++)
        emit_close(e);
    return true;
}

void cuda_dense_then(Emit *e, const Node *n, const Item *then) {
    const NodeInfo *i = info_of(e->u, n);
    const Node *op = i->absorbs >= 0 ? e->u->node[i->absorbs] : n;
    if (op->op == OP_DOT)
        micro_dense(e, n, op, then);
    else
        micro_conv(e, n, op, then);
}

bool cuda_micro(Emit *e, const Node *n) {
    const NodeInfo *i = info_of(e->u, n);
    const Node *op = i->absorbs >= 0 ? e->u->node[i->absorbs] : n;
    if (!e->tiled)
        return false;
    switch (op->op) {
    case OP_DOT: return i->sum ? micro_outer(e, n) : micro_dense(e, n, op, NULL);
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: return micro_conv(e, n, op, NULL);
    case OP_REDUCE_SUM: return micro_sum(e, n);
    case OP_GATHER: return micro_gather(e, n);
    case OP_SCATTER_ADD: return micro_scatter(e, n);
    case OP_TAKE: return micro_take(e, n);
    case OP_DATA: case OP_STATE:              /* loaded, then exported */
        return place_get(e, n)->kind == PLACE_TILE;
    default: return false;
    }
}

/* ---- draws, moves --------------------------------------------------------------------------- */

void cuda_draw(Emit *e, const Node *n, const Place *p, const char *kind, const char *address,
               const char *more) {
    long long count = (long long)shape_count(n->shape);
    if (p->kind == PLACE_LOCAL) {             /* every thread draws the number */
        emit_line(e, "%s = ebm_one_%s(%s%s);", p->name, kind, address, more);
        return;
    }
    cuda_touch(e, p, true, NULL);
    if (node_batched(n))
        emit_line(e, "ebm_%s_%s(%s, %lld, T, S, %s, sample0, valid%s);", cuda_team(e), kind, p->name,
                  count, address, more);
    else
        emit_line(e, "ebm_%s_fill_%s(%s, %s, %s, %s%s);", cuda_team(e), kind, p->name,
                  e->range ? "lo" : "0", e->range ? "hi" : P(e, "%lld", count), address, more);
}

const char *cuda_move(Emit *e, const char *kind, const char *to, const char *from, int64_t count) {
    if (e->cuda->lean)
        return P(e, "ebm_call_%s%s<%lld, T, S>(%s, %s, row, valid);\n", e->cuda->grid ? "grid_" : "",
                 kind, (long long)count, to, from);
    return P(e, "ebm_%s_%s(%s, %s, row, valid, %lld, T, S);\n", cuda_team(e), kind, to, from,
             (long long)count);
}

void cuda_export(Emit *e, const Node *n, int buffer) {
    const char *to = emit_arg(e, buffer, true);
    long long count = (long long)shape_count(n->shape);
    cuda_phase(e);
    if (node_batched(n)) {
        const char *kind = e->u->buffers.v[buffer].dtype == DT_F32 ? "store" : "store_i32";
        const char *line = cuda_move(e, kind, to, place_pointer(e, n), count);
        emit_line(e, "%.*s", (int)strcspn(line, "\n"), line);
        return;
    }
    const Place *p = place_get(e, base_of(n));
    if (p->kind == PLACE_LOCAL) {
        emit_line(e, "if (row == 0 && tid == 0) %s[0] = %s;", to, p->name);
        return;
    }
    cuda_touch(e, p, false, NULL);
    emit_line(e, "if (row == 0) for (int i = tid; i < %lld; i += THREADS) %s[i] = %s[i];", count,
              to,
              p->name);
}

void cuda_copy(Emit *e, const Place *to, const Place *from, const Node *n) {
    cuda_phase(e);
    block_begin(e, node_batched(n));
    Index ix = loops_of(e, shape_example(n->shape), "i");
    cuda_touch(e, from, false, ix.flat);
    cuda_touch(e, to, true, ix.flat);
    const char *at = e->lanes ? P(e, "%s * S + t", ix.flat) : ix.flat;
    loops_open(e, &ix, false);
    emit_line(e, "%s[%s] = %s[%s];", to->name, at, from->name, at);
    loops_close(e, &ix);
}
