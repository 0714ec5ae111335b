/* tensor.c - broadcasting, stacking, indexing, matrix products and reductions of values.
 *
 * The rules are those of docs/language.md: shapes are per example; a scalar goes with anything,
 * else ranks are equal and sizes equal or 1; the batch is never named by a shape. */
#include "front/elab.h"
#include <string.h>

Node *tensor_unify_dtype(Elab *e, Node *a, DType t) {
    return a->dtype == t ? a : g_convert(e->g, a, t);
}

/* The common dtype of an arithmetic pair; false after an error. */
static bool join_dtype(Elab *e, Frame *f, Node **a, Node **b, Range at) {
    DType x = (*a)->dtype, y = (*b)->dtype;
    if (x == y) return true;
    if (x == DT_BOOL || y == DT_BOOL) {
        e_error(e, f, E0305, at, "a truth value and a number cannot be combined");
        diag_help("convert truth values with  real(...)");
        return false;
    }
    DType t = x == DT_F32 || y == DT_F32 ? DT_F32 : DT_I32;
    *a = tensor_unify_dtype(e, *a, t);
    *b = tensor_unify_dtype(e, *b, t);
    return true;
}

static bool join_shape(Shape a, Shape b, Shape *out) {
    bool batched = shape_batched(a) || shape_batched(b);
    a = shape_example(a);
    b = shape_example(b);
    if (a.rank != b.rank && a.rank && b.rank) return false;
    Shape s = a.rank ? a : b;
    for (int i = 0; i < s.rank && a.rank && b.rank; i++) {
        if (a.dim[i] != b.dim[i] && a.dim[i] != 1 && b.dim[i] != 1) return false;
        s.dim[i] = a.dim[i] == 1 ? b.dim[i] : a.dim[i];
    }
    *out = batched ? shape_batch(s) : s;
    return true;
}

bool tensor_join(Elab *e, Frame *f, Node **a, Node **b, Range at) {
    Shape s;
    if (!join_dtype(e, f, a, b, at)) return false;
    Shape x = shape_example((*a)->shape), y = shape_example((*b)->shape);
    if (!join_shape((*a)->shape, (*b)->shape, &s)) {
        if (x.rank != y.rank) {
            e_error(e, f, E0302, at, "cannot broadcast: expected equal rank, got %s and %s",
                    shape_text(e->arena, x), shape_text(e->arena, y));
            diag_help("ranks are never promoted: use  reshape(v, [...])  with size-1 axes");
        } else {
            e_error(e, f, E0302, at, "cannot broadcast %s with %s", shape_text(e->arena, x),
                    shape_text(e->arena, y));
        }
        return false;
    }
    *a = g_broadcast_to(e->g, *a, s);
    *b = g_broadcast_to(e->g, *b, s);
    return true;
}

/* [a, b, c] of one shape -> a new leading axis of size n. */
Node *tensor_stack(Elab *e, Frame *f, Value **v, int n, Range at) {
    if (n == 0) { e_error(e, f, E0211, at, "an empty list has no shape"); return NULL; }
    Node **part = NEW_ARRAY(e->arena, Node *, n);
    bool batched = false, real = false;
    for (int i = 0; i < n; i++) {
        if (!(part[i] = value_tensor(e, f, v[i]))) return NULL;
        batched |= node_batched(part[i]);
        real |= part[i]->dtype == DT_F32;
    }
    Shape example = shape_example(part[0]->shape);
    if (example.rank + 2 > MAX_RANK) {
        e_error(e, f, E0001, at, "more than %d axes", MAX_RANK - 1);
        return NULL;
    }
    Shape one = { .rank = example.rank + 1, .dim = { 1 } };
    memcpy(one.dim + 1, example.dim, sizeof(int64_t) * (size_t)example.rank);
    for (int i = 0; i < n; i++) {
        if (!shape_equal(shape_example(part[i]->shape), example)) {
            e_error(e, f, E0302, v[i]->at, "list elements differ in shape: %s and %s",
                    shape_text(e->arena, example),
                    shape_text(e->arena, shape_example(part[i]->shape)));
            return NULL;
        }
        if (real) part[i] = tensor_unify_dtype(e, part[i], DT_F32);
        if (part[i]->dtype != part[0]->dtype) {
            e_error(e, f, E0305, v[i]->at, "list elements differ in type");
            return NULL;
        }
        Shape s = batched ? shape_batch(example) : example;
        part[i] = g_reshape(e->g, g_broadcast_to(e->g, part[i], s), batched ? shape_batch(one)
                            : one);
    }
    return g_concat(e->g, part, n, batched ? 1 : 0);
}

bool shape_from_value(Elab *e, Frame *f, Value *v, Shape *out) {
    if (v->kind == V_SHAPE) { *out = v->shape; return true; }
    if (v->kind == V_LIST || v->kind == V_TUPLE) {
        if (v->n > MAX_RANK - 1) {
            e_error(e, f, E0001, v->at, "more than %d axes", MAX_RANK - 1);
            return false;
        }
        out->rank = v->n;
        for (int i = 0; i < v->n; i++) {
            if (v->v[i]->kind == V_ERROR) return false;
            if (!value_const_int(v->v[i], &out->dim[i])) {
                if (expr_inexact(e, f, v->v[i], v->v[i]->at, "a size")) return false;
                e_error(e, f, E0501, v->v[i]->at, "a size is fixed at compile time; got %s",
                        value_text(e, v->v[i]));
                diag_help("declare it with  const n = ...  (override: ebmcc -D n=...)");
                return false;
            }
            if (out->dim[i] < 1) {
                e_error(e, f, E0306, v->v[i]->at, "a size is at least 1; got %lld",
                        (long long)out->dim[i]);
                return false;
            }
        }
        int64_t count;
        if (!shape_count_checked(*out, &count)) {
            e_error(e, f, E0001, v->at, "a tensor of more than 2^40 elements");
            return false;
        }
        return true;
    }
    if (v->kind != V_ERROR) {
        e_error(e, f, E0211, v->at, "expected a shape such as [3, 32, 32] or 'like x', got %s",
                value_text(e, v));
    }
    return false;
}

/* ---- indexing ------------------------------------------------------------------------------- */
static bool slice_qual(Elab *e, Frame *f, const Qual *q, int64_t size, int64_t *start, int64_t *n,
                       bool *drop) {
    *drop = false;
    *start = 0;
    *n = size;
    if (q->kind == Q_ALL) return true;
    if (q->kind == Q_EXPR) {
        if (!expr_const_int(e, f, q->value, "an index", start)) return false;
        if (*start < 0) *start += size;
        *n = 1;
        *drop = true;
    } else if (q->kind == Q_SPAN) {
        int64_t hi;
        if (!expr_const_int(e, f, q->span.lo, "an index", start)) return false;
        if (!expr_const_int(e, f, q->span.hi, "an index", &hi)) return false;
        *n = hi - *start + !q->span.exclusive;
    } else {
        e_error(e, f, E0306, q->at, "an index is a number, a range a..b, or ..");
        return false;
    }
    if (*start < 0 || *n < 0 || *start + *n > size) {
        e_error(e, f, E0306, q->at, "index out of range: the axis has size %lld", (long long)size);
        return false;
    }
    return true;
}

/* An index that is known at run time: i32, bytes converted; NULL when it is something else. */
static Node *run_time_index(Elab *e, Value *v) {
    int64_t known;
    if (v->kind != V_TENSOR || value_const_int(v, &known)) return NULL;
    if (v->node->dtype == DT_U8) return g_convert(e->g, v->node, DT_I32);
    return v->node->dtype == DT_I32 ? v->node : NULL;
}

/* Row i, [] per sample or shared, of a tensor that each sample has its own of; a row beyond the
 * ends is the nearest one. */
static Value *own_row(Elab *e, Frame *f, Node *n, Node *i, Range at) {
    Graph *g = e->g;
    if (shape_example(i->shape).rank)
        return e_error(e, f, E0306, at, "a per-sample value is indexed by one integer; got %s",
                       shape_text(e->arena, shape_example(i->shape)));
    if (n->dtype != DT_F32 && n->dtype != DT_I32) {
        e_error(e, f, E0305, at, "indexing bytes or truth values of each sample");
        diag_help("convert them with  real(...)");
        return &value_error;
    }
    i = g_binary(g, OP_MAXIMUM, i, g_const_splat(g, DT_I32, i->shape, 0));
    i = g_binary(g, OP_MINIMUM, i, g_const_splat(g, DT_I32, i->shape,
                                                 (double)(n->shape.dim[1] - 1)));
    Node *here = g_binary(g, OP_EQ, g_iota(g, n->shape, 1), g_broadcast_to(g, i, n->shape));
    Node *row = g_select(g, here, n, g_const_splat(g, n->dtype, n->shape, 0));
    return value_node(e, g_reduce(g, OP_REDUCE_SUM, row, (int[]){ 1 }, 1), at);
}

/* x[i], x[1..3, ..]: constant positions slice; an i32 value picks rows. */
Value *tensor_index(Elab *e, Frame *f, const Expr *x, Value *base) {
    bool tuple = base->kind == V_TUPLE;
    if ((base->kind == V_LIST || tuple) && x->n_quals == 1 && x->quals[0].kind == Q_EXPR) {
        int64_t i;
        Value *iv = expr_eval(e, f, x->quals[0].value);
        if (iv->kind == V_ERROR) return iv;
        if (tuple && !value_const_int(iv, &i))
            return e_error(e, f, E0501, x->quals[0].at, "a tuple is indexed by constants");
        if (!value_const_int(iv, &i)) {                  /* a row of the list as a tensor */
            if (iv->kind != V_TENSOR || iv->node->dtype != DT_I32)
                return e_error(e, f, E0305, x->quals[0].at, "a list index is an integer; got %s",
                               value_text(e, iv));
            Node *list = value_tensor(e, f, base);
            if (list && node_batched(list))
                return e_error(e, f, E0501, x->quals[0].at,
                               "a list of per-sample values is indexed by "
                               "constants");
            return list ? value_node(e, g_gather(e->g, list, iv->node), x->at) : &value_error;
        }
        if (i < 0) i += base->n;
        if (i < 0 || i >= base->n)
            return e_error(e, f, E0306, x->quals[0].at, "index out of range: the %s has %d",
                           tuple ? "tuple" : "list", base->n);
        return base->v[i];
    }
    Node *n = value_tensor(e, f, base);
    if (!n) return &value_error;
    if (x->n_quals == 1 && x->quals[0].kind == Q_EXPR && shape_example(n->shape).rank) {
        Node *i = run_time_index(e, expr_eval(e, f, x->quals[0].value));
        if (i) return node_batched(n) ? own_row(e, f, n, i, x->at)
                                      : value_node(e, g_gather(e->g, n, i), x->at);
    }
    Shape ex = shape_example(n->shape);
    if (x->n_quals > ex.rank)
        return e_error(e, f, E0306, x->at, "%d indices into %s", x->n_quals,
                       shape_text(e->arena, ex));
    int b = node_batched(n) ? 1 : 0;
    int64_t start[MAX_RANK] = { 0 }, size[MAX_RANK], step[MAX_RANK];
    bool drop[MAX_RANK] = { false };
    for (int i = 0; i < n->shape.rank; i++) { size[i] = n->shape.dim[i]; step[i] = 1; }
    for (int i = 0; i < x->n_quals; i++)
        if (!slice_qual(e, f, &x->quals[i], ex.dim[i], &start[b + i], &size[b + i], &drop[i]))
            return &value_error;
    Shape out = { 0 };
    for (int i = 0; i < ex.rank; i++) if (!drop[i]) out.dim[out.rank++] = size[b + i];
    n = g_slice(e->g, n, start, size, step);
    return value_node(e, g_reshape(e->g, n, b ? shape_batch(out) : out), x->at);
}

Value *tensor_row(Elab *e, Node *n, int64_t i, Range at) {
    int b = node_batched(n) ? 1 : 0;
    int64_t start[MAX_RANK] = { 0 }, size[MAX_RANK], step[MAX_RANK];
    for (int k = 0; k < n->shape.rank; k++) { size[k] = n->shape.dim[k]; step[k] = 1; }
    start[b] = i;
    size[b] = 1;
    Shape ex = shape_example(n->shape), row = shape_of(ex.rank - 1, ex.dim + 1);
    n = g_reshape(e->g, g_slice(e->g, n, start, size, step), b ? shape_batch(row) : row);
    return value_node(e, n, at);
}

/* ---- products ------------------------------------------------------------------------------- */
/* A @ B of vectors and matrices, each shared or per sample. */
Value *tensor_matmul(Elab *e, Frame *f, Node *a, Node *b, Range at) {
    Shape x = shape_example(a->shape), y = shape_example(b->shape);
    if (a->dtype != DT_F32) a = tensor_unify_dtype(e, a, DT_F32);
    if (b->dtype != DT_F32) b = tensor_unify_dtype(e, b, DT_F32);
    if (x.rank < 1 || x.rank > 2 || y.rank < 1 || y.rank > 2 || x.dim[x.rank - 1] != y.dim[0])
        return e_error(e, f, E0307, at, "cannot multiply %s @ %s", shape_text(e->arena, x),
                       shape_text(e->arena, y));
    int ab = node_batched(a), bb = node_batched(b);
    DotAxes d = { .nb = ab && bb, .nc = 1 };
    d.ac[0] = ab + x.rank - 1;
    d.bc[0] = bb;
    Node *n = g_dot(e->g, a, b, &d);
    /* A shared matrix times a per-sample matrix comes out as [B, free b, free a]. */
    if (!ab && bb && x.rank == 2 && y.rank == 2)
        n = g_transpose(e->g, n, (int[]){ 0, 2, 1 });
    return value_node(e, n, at);
}

/* ---- reductions ----------------------------------------------------------------------------- */
/* 1 / (number of reduced elements), the batch counted at run time. */
static Node *count_scalar(Elab *e, bool batch, int64_t elements) {
    Node *n = g_const(e->g, DT_F32, (double)elements);
    if (!batch) return n;
    int index = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    Node *b = g_convert(e->g, g_scalar(e->g, index, DT_I32), DT_F32);
    return elements == 1 ? b : g_binary(e->g, OP_MUL, n, b);
}
Node *tensor_batch_size(Elab *e) {
    int i = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    return g_scalar(e->g, i, DT_I32);
}
/* The sample n places before each sample, around the end of the batch; n: i32 []. */
static Node *roll(Elab *e, Node *x, Node *n) {
    Graph *g = e->g;
    Node *i[2], *here = g_sample(g), *batch = g_broadcast_to(g, tensor_batch_size(e), here->shape);
    for (int k = 0; k < 2; k++) {
        i[k] = g_binary(g, k ? OP_ADD : OP_SUB, here, g_broadcast_to(g, n, here->shape));
        i[k] = g_binary(g, OP_MOD, i[k], batch);
    }
    return g_take(g, x, i[0], i[1]);
}
/* shuffle(x): the samples of the batch in another order, drawn anew each time. roll(x, n): sample b
 * gets the value of sample b - n, around the end of the batch. */
Value *tensor_reorder(Elab *e, Frame *f, const char *name, Value *v, Value *by, Range at) {
    Node *x = value_tensor(e, f, v), *n = by ? value_tensor(e, f, by) : NULL, *i[2];
    if (!x || (by && !n)) return &value_error;
    if (!node_batched(x))
        return e_error(e, f, E0310, at, "%s reorders the samples of a batch; this value is shared",
                       name);
    if (n && (n->dtype != DT_I32 || n->shape.rank))
        return e_error(e, f, E0305, by->at, "samples are moved by one integer; got %s",
                       value_text(e, by));
    if (n) return value_node(e, roll(e, x, n), at);
    uint64_t site = site_hash(frame_site_path(e, f, "shuffle"));
    for (int k = 0; k < 2; k++)
        i[k] = g_perm(e->g, site, e->loop_index, tensor_batch_size(e), k == 1);
    return value_node(e, g_take(e->g, x, i[0], i[1]), at);
}
Value *tensor_batch(Elab *e, Frame *f, const CallArg *args, int n, Range at) {
    if (n != 1 || args[0].name) return e_error(e, f, E0210, at, "batch takes one value");
    Value *x = args[0].value, *v = value_new(e, V_BATCH, at);
    for (int i = 0; i < (x->kind == V_TUPLE ? x->n : 1); i++) {
        Node *t = value_tensor(e, f, x->kind == V_TUPLE ? x->v[i] : x);
        if (!t) return &value_error;
        if (!node_batched(t))
            return e_error(e, f, E0310, args[0].at,
                           "batch lists the samples of a batch; this value is "
                           "shared");
    }
    v->v = NEW_ARRAY(e->arena, Value *, 1);
    v->v[0] = x->kind == V_TUPLE ? x : value_node(e, value_tensor(e, f, x), at);
    v->n = 1;
    return v;
}
Value *tensor_sample(Elab *e, const Value *batch, Node *k, Range at) {
    const Value *x = batch->v[0];
    if (x->kind != V_TUPLE) return value_node(e, roll(e, x->node, k), at);
    Value *t = value_new(e, V_TUPLE, at);
    t->v = NEW_ARRAY(e->arena, Value *, x->n);
    t->n = x->n;
    for (int i = 0; i < x->n; i++)
        t->v[i] = value_node(e, roll(e, value_tensor(e, NULL, x->v[i]), k), at);
    return t;
}
Node *tensor_mean_batch(Elab *e, Node *x) {
    Node *s = g_reduce_batch(e->g, OP_REDUCE_SUM, x);
    return g_binary(e->g, OP_DIV, s, g_broadcast_to(e->g, count_scalar(e, true, 1), s->shape));
}

static bool read_axes(Elab *e, Frame *f, const CallArg *args, int n, Node *x, int *axes,
                      int *n_axes,
                      bool *batch) {
    int rank = shape_example(x->shape).rank;
    for (int i = 1; i < n; i++) {
        if (args[i].value->kind == V_STR && !strcmp(args[i].value->str, "batch")) {
            *batch = true;
            continue;
        }
        int64_t ax;
        if (!value_const_int(args[i].value, &ax) || ax < -rank || ax >= rank) {
            if (rank)
                e_error(e, f, E0308, args[i].at, "an axis is a constant from 0 to %d, or batch",
                        rank - 1);
            else e_error(e, f, E0308, args[i].at, "a scalar has no axis");
            if (!rank && n == 2) diag_help("of two numbers:  maximum(a, b)  minimum(a, b)");
            return false;
        }
        axes[(*n_axes)++] = (int)(ax < 0 ? ax + rank : ax);
    }
    for (int i = 0; i < *n_axes; i++)                    /* ascending, distinct */
        for (int j = i + 1; j < *n_axes; j++) {
            if (axes[j] == axes[i]) {
                e_error(e, f, E0308, args[1].at, "axis %d is named twice", axes[i]);
                return false;
            }
            if (axes[j] < axes[i]) { int t = axes[i]; axes[i] = axes[j]; axes[j] = t; }
        }
    if (*batch && !node_batched(x)) {
        e_error(e, f, E0308, args[0].at, "this value is shared: it has no batch axis");
        return false;
    }
    return true;
}

static Node *reduce(Elab *e, Op op, Node *x, const int *axes, int n, bool batch) {
    int shifted[MAX_RANK], k = 0, b = node_batched(x) ? 1 : 0;
    if (batch) shifted[k++] = 0;
    for (int i = 0; i < n; i++) shifted[k++] = axes[i] + b;
    return k ? g_reduce(e->g, op, x, shifted, k) : x;
}
/* Gives a reduced value the shape of x again, along the axes that were reduced. */
static Node *expand_like(Elab *e, Node *r, Node *x, const int *axes, int n, bool batch) {
    int map[MAX_RANK], k = 0, b = node_batched(x) ? 1 : 0;
    for (int i = 0; i < x->shape.rank; i++) {
        bool gone = batch && i == 0 && b;
        for (int j = 0; j < n; j++) gone |= axes[j] + b == i;
        if (!gone) map[k++] = i;
    }
    return g_broadcast(e->g, r, x->shape, map);
}

/* The product along the given axes of each sample: slices, multiplied in order. */
static Value *product(Elab *e, Frame *f, Node *x, const int *axes, int n, bool batch, Range at) {
    if (batch)
        return e_error(e, f, E0308, at, "prod goes along axes of a sample, not over the batch");
    for (int i = n; i-- > 0;) {
        int axis = axes[i] + (node_batched(x) ? 1 : 0);
        int64_t start[MAX_RANK] = { 0 }, size[MAX_RANK], step[MAX_RANK];
        Shape s = { 0 };
        for (int k = 0; k < x->shape.rank; k++) {
            size[k] = x->shape.dim[k], step[k] = 1;
            if (k != axis) s.dim[s.rank++] = size[k];
        }
        int64_t count = size[axis];
        Node *all = NULL;
        if (count > 4096) return e_error(e, f, E0001, at, "prod along an axis of more than 4096");
        size[axis] = 1;
        for (start[axis] = 0; start[axis] < count; start[axis]++) {
            Node *one = g_reshape(e->g, g_slice(e->g, x, start, size, step), s);
            all = all ? g_binary(e->g, OP_MUL, all, one) : one;
        }
        x = all;
    }
    return value_node(e, x, at);
}

/* sum mean max min std logsumexp prod argmax argmin: (x, axes... | batch). */
Value *tensor_reduce(Elab *e, Frame *f, const char *name, const CallArg *args, int n, Range at) {
    if (n < 1) return e_error(e, f, E0210, at, "%s needs a value", name);
    for (int i = 0; i < n; i++) if (args[i].value->kind == V_ERROR) return &value_error;
    bool pick = !strncmp(name, "arg", 3);
    Node *x = value_real(e, f, args[0].value);
    if (!x) return &value_error;
    int axes[MAX_RANK], n_axes = 0, rank = shape_example(x->shape).rank;
    bool batch = false, averages = !strcmp(name, "mean") || !strcmp(name, "std");
    if (!read_axes(e, f, args, n, x, axes, &n_axes, &batch)) return &value_error;
    if (n_axes == 0 && !batch) {                        /* no axes given */
        if (rank == 0 && node_batched(x)) {
            if (f->params)
                return e_error(e, f, E0312, at, "inside a network, name the batch: %s(x, batch)",
                               name);
            batch = true;
        } else if (averages && node_batched(x)) {
            e_error(e, f, E0312, at, "ambiguous: this value is %s", value_text(e, args[0].value));
            diag_help("%s(x, batch) averages over the batch;  %s(x, 0, ...) over axes of "
                      "each sample",
                      name, name);
            return &value_error;
        }
        for (int i = 0; i < rank; i++) axes[n_axes++] = i;
    }
    int64_t elements = 1;
    for (int i = 0; i < n_axes; i++) elements *= shape_example(x->shape).dim[axes[i]];
    Graph *g = e->g;
    if (!strcmp(name, "sum"))
        return value_node(e, reduce(e, OP_REDUCE_SUM, x, axes, n_axes, batch), at);
    if (!strcmp(name, "max"))
        return value_node(e, reduce(e, OP_REDUCE_MAX, x, axes, n_axes, batch), at);
    if (!strcmp(name, "min"))
        return value_node(e, reduce(e, OP_REDUCE_MIN, x, axes, n_axes, batch), at);
    if (!strcmp(name, "prod")) return product(e, f, x, axes, n_axes, batch, at);
    if (pick) {
        Op op = !strcmp(name, "argmax") ? OP_ARGMAX : OP_ARGMIN;
        return value_node(e, reduce(e, op, x, axes, n_axes, batch), at);
    }
    Node *s = NULL;
    if (!strcmp(name, "logsumexp")) {
        /* log sum exp(x - m) + m with m = max held constant: right to every order */
        Node *m = g_stop(g, reduce(e, OP_REDUCE_MAX, x, axes, n_axes, batch));
        Node *c = g_binary(g, OP_SUB, x, expand_like(e, m, x, axes, n_axes, batch));
        s = reduce(e, OP_REDUCE_SUM, g_unary(g, OP_EXP, c), axes, n_axes, batch);
        return value_node(e, g_binary(g, OP_ADD, g_unary(g, OP_LOG, s), m), at);
    }
    Node *count = count_scalar(e, batch, elements);
    s = reduce(e, OP_REDUCE_SUM, x, axes, n_axes, batch);
    Node *mean = g_binary(g, OP_DIV, s, g_broadcast_to(g, count, s->shape));
    if (!strcmp(name, "mean")) return value_node(e, mean, at);
    /* std: sqrt(mean((x - mean)^2)), the population form */
    Node *d = g_binary(g, OP_SUB, x, expand_like(e, mean, x, axes, n_axes, batch));
    s = reduce(e, OP_REDUCE_SUM, g_binary(g, OP_MUL, d, d), axes, n_axes, batch);
    s = g_binary(g, OP_DIV, s, g_broadcast_to(g, count, s->shape));
    return value_node(e, g_unary(g, OP_SQRT, s), at);
}
