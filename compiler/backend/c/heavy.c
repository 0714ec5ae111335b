/* heavy.c - every op that is neither elementwise nor a view, as plain loops: the form that is
 * always there. Micro-kernels (micro.c) replace it in regions where one fits.
 *
 * Each op is written once, as "for each output: start, go over the inner loops, store"; the same
 * text serves tiles (an array of T accumulators), shared values inside a region and nest parts.
 * Sums go over features ascending; products enter sums by ebm_fma. */
#include "backend/c/heavy.h"
#include "backend/cuda/cuda.h"

#include <string.h>

/* ---- the frame ------------------------------------------------------------------------------ */

static int lead(const Node *n) { return node_batched(n) ? 1 : 0; }
static bool has_lanes(const Emit *e, const Node *n) {
    return node_batched(n) || info_of(e->u, n)->sum;
}
/* The loops over outputs; a single output has none. */
static Index heavy_out(Emit *e, const Node *n) {
    Shape s = shape_example(n->shape);
    Index ix = shape_count(s) == 1 ? index_flat(s, "0") : out_loops(e, s);
    e->own = info_of(e->u, n)->sum ? NULL : ix.flat;      /* a sum reads all lanes */
    return ix;
}
/* The braces around the only output. */
static void one_open(Emit *e, bool local) {
    emit_open(e, !e->cuda || local ? "{" : e->lanes ? "if (f0 == 0) {" : "if (tid == 0) {");
}
/* Whether n is read through a view that needs axes. */
static bool wants_axes(Emit *e, const Node *n) {
    const NodeInfo *i = info_of(e->u, n);
    return n->op != OP_CONST && i->view && !i->root;
}
const char *nest_acc(const Emit *e) { return e->lanes && !e->cuda ? "acc[t]" : "acc"; }
const char *nest_acc2(const Emit *e) { return e->lanes && !e->cuda ? "acc2[t]" : "acc2"; }

static void declare(Emit *e, DType t, const char *name, const char *init) {
    if (!e->lanes || e->cuda) {
        emit_line(e, "%s %s = %s;", emit_ctype(t), name, init);
        return;
    }
    emit_line(e, "%s %s[T];", emit_ctype(t), name);
    emit_line(e, "#pragma omp simd");
    emit_line(e, "for (int t = 0; t < T; t++) %s[t] = %s;", name, init);
}

static void put_text(Emit *e, Text *t) {
    for (const char *s = t->data; s && *s;) {
        const char *end = strchr(s, '\n');
        emit_line(e, "%.*s", (int)(end - s), s);
        s = end + 1;
    }
    text_free(t);
}

/* Adds the lanes of `acc` to the block sum of a node that reduces the batch. */
static void store_sum(Emit *e, const Node *n, Nest *w) {
    const char *p = partial_name(e, n), *at = index_get_flat(e, &w->out);
    const char *to = P(e, "%s[%s]", p, at);
    const char *arg = P(e, "%s[%s + %lld]", p, at, (long long)shape_count(n->shape));
    DType t = w->type;
    const char *acc = nest_acc(e), *acc2 = nest_acc2(e);
    if (!e->cuda)
        emit_open(e, "for (int t = 0; t < valid; t++) {");
    switch (n->op) {
    case OP_REDUCE_MAX: case OP_REDUCE_MIN: {
        bool max = n->op == OP_REDUCE_MAX;
        if (t == DT_F32)
            emit_line(e, "%s = %s(%s, %s);", to, max ? "ebm_max" : "ebm_min", to, acc);
        else
            emit_line(e, "%s = %s %s %s ? %s : %s;", to, to, max ? ">" : "<", acc, to, acc);
        break;
    }
    case OP_ARGMAX: case OP_ARGMIN: {         /* beside the best values: where they are */
        int64_t per_sample = 1;
        for (int k = 0; k < n->n_attr; k++)
            if (n->attr[k] > 0)
                per_sample *= n->in[0]->shape.dim[n->attr[k]];
        emit_open(e, "if (%s %s %s) {", acc, n->op == OP_ARGMAX ? ">" : "<", to);
        emit_line(e, "%s = %s;", to, acc);
        emit_line(e, "((int32_t *)%s)[%s + %lld] = (int32_t)((row + t) * %lld + %s);", p, at,
                  (long long)shape_count(n->shape), (long long)per_sample, acc2);
        emit_close(e);
        (void)arg;
        break;
    }
    default:
        if (t == DT_F32)
            emit_line(e, "%s += %s;", to, acc);
        else
            emit_line(e, "%s = (int32_t)((uint32_t)%s + (uint32_t)%s);", to, to, acc);
    }
    if (!e->cuda)
        emit_close(e);
}

/* Where n goes. A local is declared here, unless it is one already: a value that a loop carries. */
static Place *declare_place(Emit *e, const Node *n) {
    bool fresh = e->place[n->id].kind == PLACE_NONE;
    Place *p = place_new(e, n);
    if (fresh && p->kind == PLACE_LOCAL)
        emit_line(e, "%s %s;", emit_ctype(n->dtype), p->name);
    return p;
}

void nest_put(Emit *e, const Node *n, Nest *w) {
    bool sum = info_of(e->u, n)->sum;
    Place *p = sum ? NULL : declare_place(e, n);
    bool scalar = p && p->kind == PLACE_LOCAL;
    /* one thread per element, which goes over the lanes */
    bool owner = sum && e->cuda;
    block_put(e, 0);
    if (owner) {
        partial_name(e, n);
        cuda_touch_partial(e, info_of(e->u, n)->partial, true, MAP_FLAT);
        emit_open(e, "for (int i = tid; i < %lld; i += THREADS) {",
                  (long long)shape_count(n->shape));
        emit_open(e, "for (int t = 0; t < valid; t++) {");
    } else if (scalar || shape_count(n->shape) == 1) {
        one_open(e, scalar);
    } else {
        out_open(e, &w->out, false);
    }
    declare(e, w->type, "acc", w->init);
    if (w->init2)
        declare(e, w->type2, "acc2", w->init2);
    for (int k = 0; k < w->n_inner; k++)
        emit_open(e, "for (int %s = 0; %s < %lld; %s++) {", w->inner[k].name, w->inner[k].name,
                  (long long)w->inner[k].extent, w->inner[k].name);
    put_text(e, &w->before);
    if (w->guard)
        emit_open(e, "if (%s) {", w->guard);
    block_put(e, 1);
    block_put_lanes(e);
    if (w->guard)
        emit_close(e);
    for (int k = 0; k < w->n_inner; k++)
        emit_close(e);
    const char *to = sum ? NULL : place_element(e, n, &w->out);
    if (sum) {
        store_sum(e, n, w);
    } else if (e->lanes && !e->cuda) {
        emit_line(e, "#pragma omp simd");
        emit_line(e, "for (int t = 0; t < T; t++) %s = %s;", to, w->result);
    } else {
        emit_line(e, "%s = %s;", to, w->result);
    }
    if (owner)
        emit_close(e);
    if (owner || scalar || shape_count(n->shape) == 1)
        emit_close(e);
    else
        out_close(e, &w->out);
}

Nest nest_begin(Emit *e, const Node *n) {
    block_begin(e, has_lanes(e, n));
    return (Nest){ .out = heavy_out(e, n), .type = DT_F32, .init = "0.0f", .result = nest_acc(e) };
}

void nest_loop(Nest *w, const char *name, int64_t extent) {
    w->inner[w->n_inner++] = (Open){ name, extent };
}

/* ---- reductions ----------------------------------------------------------------------------- */

static const char *reduce_start(Emit *e, Op op, DType t) {
    if (op == OP_REDUCE_SUM)
        return emit_number(e, t, 0);
    bool max = op == OP_REDUCE_MAX || op == OP_ARGMAX;
    if (t == DT_F32)
        return max ? "-__builtin_inff()" : "__builtin_inff()";
    return max ? "(-2147483647 - 1)" : "2147483647";
}

/* Folds x into the accumulator(s); `at` is the index that ARGMAX and ARGMIN remember. */
static void reduce_step(Emit *e, Op op, DType t, const char *x, const char *at) {
    const char *a = nest_acc(e);
    switch (op) {
    case OP_REDUCE_SUM:
        if (t == DT_F32)
            block_line(e, 2, "%s += %s;", a, x);
        else
            block_line(e, 2, "%s = (int32_t)((uint32_t)%s + (uint32_t)%s);", a, a, x);
        break;
    case OP_REDUCE_MAX: case OP_REDUCE_MIN: {
        const char *sign = op == OP_REDUCE_MAX ? ">" : "<";
        if (t == DT_F32)
            block_line(e, 2, "%s = %s(%s, %s);", a, op == OP_REDUCE_MAX ? "ebm_max" : "ebm_min", a,
                       x);
        else
            block_line(e, 2, "%s = %s %s %s ? %s : %s;", a, a, sign, x, a, x);
        break;
    }
    default: {
        const char *better = P(e, "x%d", e->serial++);
        block_line(e, 2, "const int %s = %s %s %s;", better, x, op == OP_ARGMAX ? ">" : "<", a);
        block_line(e, 2, "%s = %s ? %s : %s;", a, better, x, a);
        block_line(e, 2, "%s = %s ? (int32_t)(%s) : %s;", nest_acc2(e), better, at, nest_acc2(e));
    }
    }
}

static bool is_arg(Op op) { return op == OP_ARGMAX || op == OP_ARGMIN; }

/* Splits the operand's axes into output loops and inner loops. */
static Index reduce_index(Emit *e, const Node *n, Nest *w, const char **flat_inner) {
    const Node *a = n->in[0];
    Shape from = shape_example(a->shape);
    const char *axis[MAX_RANK];
    int out = 0;
    *flat_inner = "0";
    for (int i = 0, k = 0; i < from.rank; i++) {
        int wide = i + lead(a);
        while (k < n->n_attr && n->attr[k] < wide)
            k++;
        if (k < n->n_attr && n->attr[k] == wide) {
            axis[i] = from.dim[i] == 1 ? "0" : P(e, "r%d", i);
            if (from.dim[i] != 1)
                nest_loop(w, axis[i], from.dim[i]);
            *flat_inner = ix_add(e, ix_mul(e, *flat_inner, from.dim[i]), axis[i]);
        } else {
            axis[i] = index_get_axis(e, &w->out, out++);
        }
    }
    return index_axes(from, axis);
}

static void emit_reduce(Emit *e, const Node *n) {
    const Node *a = n->in[0];
    const char *at;
    block_begin(e, has_lanes(e, n));
    Nest w = { .out = heavy_out(e, n), .type = a->dtype };
    Index ix = reduce_index(e, n, &w, &at);
    if (!e->range && w.n_inner == ix.shape.rank && w.n_inner > 1 && !wants_axes(e,
            a)) {   /* all axes: one flat loop */
        int64_t count = shape_count(a->shape);
        w.n_inner = 0;
        nest_loop(&w, "r", count);
        ix = index_flat(ix.shape, "r");
        at = "r";
    }
    Val v = emit_value(e, a, ix);
    reduce_step(e, n->op, a->dtype, v.text, at);
    w.init = reduce_start(e, n->op, a->dtype);
    w.result = nest_acc(e);
    if (is_arg(n->op)) {
        w.init2 = "0", w.type2 = DT_I32;
        w.result = nest_acc2(e);
    }
    nest_put(e, n, &w);
}

/* ---- contractions --------------------------------------------------------------------------- */

void nest_multiply_add(Emit *e, Val a, Val b) {
    block_line(e, 2, "%s = ebm_fma(%s, %s, %s);", nest_acc(e), a.text, b.text, nest_acc(e));
}

static void emit_dot(Emit *e, const Node *n) {
    DotPlan d = dot_plan(e->u, n);
    const Node *in[2] = { n->in[0], n->in[1] };
    const int64_t *batch[2] = { d.ab, d.bb };
    const int *freed[2] = { d.fa, d.fb };
    int n_free[2] = { d.nfa, d.nfb }, at = d.nb;
    const char *wide[2][MAX_RANK] = { { 0 } }, *out[MAX_RANK] = { 0 };
    Nest w = nest_begin(e, n);
    for (int i = lead(n); i < n->shape.rank; i++)
        out[i] = index_get_axis(e, &w.out, i - lead(n));
    for (int i = 0; i < d.nc; i++) {
        int64_t extent = in[0]->shape.dim[d.ac[i]];
        if (extent == DIM_BATCH)
            continue;
        const char *r = extent == 1 ? "0" : P(e, "r%d", i);
        if (extent != 1)
            nest_loop(&w, r, extent);
        wide[0][d.ac[i]] = wide[1][d.bc[i]] = r;
    }
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < d.nb; i++)
            wide[s][batch[s][i]] = out[i];
        for (int i = 0; i < n_free[s]; i++)
            wide[s][freed[s][i]] = out[at++];
    }
    Val v[2];
    for (int s = 0; s < 2; s++)
        v[s] = emit_value(e, in[s], index_axes(shape_example(in[s]->shape), wide[s] + lead(in[s])));
    nest_multiply_add(e, v[0], v[1]);
    nest_put(e, n, &w);
    if (node_batched(n))
        e->flops += 2.0 * (double)shape_count(n->shape) * (double)d.K;
}

/* ---- rows by index, draws -------------------------------------------------------------------- */

/* The index value, kept inside the table whatever the data are. */
static const char *clamped(Emit *e, const Node *index, Index ix, int64_t rows) {
    Val v = emit_value(e, index, ix);
    const char *name = P(e, "n%d", e->serial++);
    block_line(e, 2, "const int64_t %s = %s < 0 ? 0 : %s > %lld ? %lld : %s;", name, v.text, v.text,
               (long long)rows - 1, (long long)rows - 1, v.text);
    return name;
}

static void emit_gather(Emit *e, const Node *n) {
    const Node *table = n->in[0], *index = n->in[1];
    Shape is = shape_example(index->shape);
    int64_t row = shape_count(table->shape) / table->shape.dim[0];
    block_begin(e, has_lanes(e, n));
    Index out = heavy_out(e, n);
    const char *axis[MAX_RANK], *rest = "0";
    for (int i = 0; i < is.rank; i++)
        axis[i] = index_get_axis(e, &out, i);
    for (int i = is.rank; i < out.shape.rank; i++)
        rest = ix_add(e, ix_mul(e, rest, out.shape.dim[i]), index_get_axis(e, &out, i));
    const char *at = clamped(e, index, index_axes(is, axis), table->shape.dim[0]);
    const char *from = P(e, "%s[%s]", place_pointer(e, table), ix_add(e, ix_mul(e, at, row), rest));
    declare_place(e, n);
    bool single = shape_count(n->shape) == 1;
    block_line(e, 2, "%s = %s;", place_element(e, n, &out), from);
    block_put(e, 0);
    if (single)
        one_open(e, e->place[n->id].kind == PLACE_LOCAL);
    else
        out_open(e, &out, false);
    block_put(e, 1);
    block_put_lanes(e);
    if (single)
        emit_close(e);
    else
        out_close(e, &out);
}

/* Of shared rows, in order of the index: one thread. */
static void emit_scatter(Emit *e, const Node *n) {
    const Node *index = n->in[0], *rows = n->in[1];
    int64_t row = shape_count(n->shape) / n->shape.dim[0];
    const char *to = place_new(e, n)->name;
    cuda_touch(e, place_new(e, n), true, NULL);
    block_begin(e, false);
    if (e->cuda)                              /* a thread has columns of its own */
        emit_line(e, "for (int64_t j = tid; j < %lld; j += THREADS) "
                  "for (int64_t i = j; i < %lld; i += %lld) %s[i] = 0;", (long long)row,
                  (long long)shape_count(n->shape), (long long)row, to);
    else
        emit_line(e, "for (int64_t i = 0; i < %lld; i++) %s[i] = 0;",
                  (long long)shape_count(n->shape), to);
    Index ix = index_flat(index->shape, "i");
    Val at = emit_value(e, index, ix);
    Index from = index_flat(rows->shape, row == 1 ? "i" : P(e, "(i * %lld + j)", (long long)row));
    Val v = emit_value(e, rows, from);
    const char *place = P(e, "n%d", e->serial++);
    block_line(e, 2, "const int64_t %s = %s < 0 ? 0 : %s > %lld ? %lld : %s;", place, at.text,
               at.text,
               (long long)n->shape.dim[0] - 1, (long long)n->shape.dim[0] - 1, at.text);
    block_line(e, 2, "%s[%s] += %s;", to,
               row == 1 ? place : P(e, "%s * %lld + j", place, (long long)row), v.text);
    block_put(e, 0);
    emit_open(e, "for (int64_t i = 0; i < %lld; i++) {", (long long)shape_count(index->shape));
    if (row != 1)
        emit_open(e, e->cuda ? "for (int64_t j = tid; j < %lld; j += THREADS) {"
                             : "for (int64_t j = 0; j < %lld; j++) {", (long long)row);
    else if (e->cuda)
        emit_open(e, "if (tid == 0) {");
    block_put(e, 1);
    block_put(e, 2);
    if (row != 1 || e->cuda)
        emit_close(e);
    emit_close(e);
}

static void emit_draw(Emit *e, const Node *n) {
    const char *kind = n->op == OP_RAND_NORMAL ? "normal" : n->op == OP_RAND_INT ? "int"
                     : n->op == OP_RAND_PERM ? "perm" : "uniform";
    Place *p = declare_place(e, n);
    block_begin(e, false);
    Val k = emit_value(e, n->in[0], index_axes(shape_scalar(), NULL)), m = { "", 0 };
    if (n->n_in == 2)
        m = emit_value(e, n->in[1], index_axes(shape_scalar(), NULL));
    for (int l = 0; l < 3; l++)
        block_put(e, l);
    const char *more = n->n_in == 2 ? P(e, ", (uint32_t)%s", m.text) : "";
    if (n->op == OP_RAND_PERM)
        more = P(e, "%s, %d", more, n->n_attr == 2 ? (int)n->attr[1] : 0);
    long long count = (long long)shape_count(n->shape);
    unsigned long long site = (unsigned long long)n->attr[0];
    if (e->cuda) {
        cuda_draw(e, n, p, kind, P(e, "s, 0x%llxull, (uint32_t)%s", site, k.text), more);
        return;
    }
    if (node_batched(n)) {
        emit_line(e, "ebm_tile_%s(%s, %lld, T, s, 0x%llxull, (uint32_t)%s, sample0, valid%s);",
                  kind,
                  p->name, count, site, k.text, more);
        return;
    }
    const char *to = p->kind == PLACE_LOCAL ? P(e, "&%s", p->name) : p->name;
    emit_line(e, "ebm_fill_%s(%s, %s, %s, s, 0x%llxull, (uint32_t)%s%s);", kind, to,
              e->range ? "lo" : "0", e->range ? "hi" : P(e, "%lld", count), site, k.text, more);
}

void emit_heavy(Emit *e, const Node *n) {
    switch (n->op) {
    case OP_REDUCE_SUM: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
        emit_reduce(e, n);
        break;
    case OP_DOT: emit_dot(e, n); break;
    case OP_CONV: emit_conv(e, n); break;
    case OP_CONV_DX: emit_conv_dx(e, n); break;
    case OP_CONV_DW: emit_conv_dw(e, n); break;
    case OP_POOL_SUM: case OP_MAX_POOL: case OP_POOL_PICK: emit_pool(e, n); break;
    case OP_POOL_SUM_T: emit_pool_sum_t(e, n); break;
    case OP_POOL_PICK_T: emit_pool_pick_t(e, n); break;
    case OP_GATHER: emit_gather(e, n); break;
    case OP_SCATTER_ADD: emit_scatter(e, n); break;
    case OP_RAND_NORMAL: case OP_RAND_UNIFORM: case OP_RAND_INT: case OP_RAND_PERM:
        emit_draw(e, n);
        break;
    default: unit_refuse(e->u, E0801, n, "%s here", op_info[n->op].name);
    }
}

