/* interp_struct.c - the interpreter's structural ops: each moves elements along one Walk. */
#include "graph/interp.h"

#include <math.h>
#include <string.h>

Shape shape_concrete(Shape s, int64_t batch) {
    if (shape_batched(s))
        s.dim[0] = batch;
    return s;
}

void row_major(Shape s, int64_t *stride) {
    int64_t n = 1;
    for (int i = s.rank; i-- > 0; n *= s.dim[i])
        stride[i] = n;
}

Walk walk_new(Shape s) {
    Walk w = { .rank = s.rank, .count = 1 };
    for (int i = 0; i < s.rank; i++) {
        w.dim[i] = s.dim[i];
        w.count *= s.dim[i];
    }
    return w;
}

void walk_next(Walk *w) {
    for (int i = w->rank; i-- > 0;) {
        w->offset += w->stride[i];
        if (++w->at[i] < w->dim[i])
            return;
        w->offset -= w->stride[i] * w->dim[i];
        w->at[i] = 0;
    }
}

bool beats(double candidate, double best) {
    return candidate > best || (isnan(candidate) && !isnan(best));
}

/* ---- ops that only move elements ----------------------------------------------------------- */

/* The walk over the result whose offsets are places in the operand. */
static Walk move_walk(const Node *n, Shape in, Shape out) {
    Walk w = walk_new(out);
    int64_t stride[MAX_RANK];
    row_major(in, stride);
    for (int i = 0; i < in.rank; i++) {
        const int64_t *a = n->attr;
        switch (n->op) {
        case OP_BROADCAST: w.stride[a[i]] = stride[i]; break;
        case OP_TRANSPOSE: w.stride[i] = stride[a[i]]; break;
        case OP_SLICE:
            w.stride[i] = stride[i] * a[2 * in.rank + i];
            w.offset += stride[i] * a[i];
            break;
        default: w.stride[i] = stride[i];     /* REVERSE */
        }
    }
    for (int k = 0; n->op == OP_REVERSE && k < n->n_attr; k++) {
        int64_t axis = n->attr[k];
        w.offset += stride[axis] * (in.dim[axis] - 1);
        w.stride[axis] = -stride[axis];
    }
    return w;
}

/* The walk over the operand whose offsets are places in the result. */
static Walk pad_walk(const Node *n, Shape in, Shape out) {
    Walk w = walk_new(in);
    int64_t stride[MAX_RANK];
    row_major(out, stride);
    for (int i = 0; i < in.rank; i++) {
        w.stride[i] = stride[i] * (n->attr[2 * in.rank + i] + 1);
        w.offset += stride[i] * n->attr[i];
    }
    return w;
}

/* The walk over the operand of a reduction whose offsets are places in the result. */
static Walk reduce_walk(const Node *n, Shape in, Shape out) {
    Walk w = walk_new(in);
    int64_t stride[MAX_RANK];
    row_major(out, stride);
    for (int i = 0, k = 0, j = 0; i < in.rank; i++) {
        if (k < n->n_attr && n->attr[k] == i)
            k++;
        else
            w.stride[i] = stride[j++];
    }
    return w;
}

/* A row number as the op takes it: out of range means the nearest row. */
static int64_t row_of(double index, int64_t rows) {
    return index < 0 ? 0 : index >= (double)rows ? rows - 1 : (int64_t)index;
}

static void gather(const OpCall *c) {
    Shape table = c->n->in[0]->shape;
    int64_t size = shape_count(table) / table.dim[0];
    int64_t n = interp_count(c->batch, c->n->in[1]->shape);
    for (int64_t k = 0; k < n; k++)
        memcpy(c->out + k * size, c->in[0] + row_of(c->in[1][k], table.dim[0]) * size,
               (size_t)size * sizeof(double));
}

static void take(const OpCall *c) {
    int64_t size = shape_count(c->n->shape);
    for (int64_t k = 0; k < c->batch; k++)
        memcpy(c->out + k * size, c->in[0] + row_of(c->in[1][k], c->batch) * size,
               (size_t)size * sizeof(double));
}

static void scatter_add(const OpCall *c) {
    int64_t rows = c->n->attr[0], size = shape_count(c->n->shape) / rows;
    int64_t n = interp_count(c->batch, c->n->in[0]->shape);
    for (int64_t k = 0; k < n; k++)
        for (int64_t j = 0; j < size; j++)
            c->out[row_of(c->in[0][k], rows) * size + j] += c->in[1][k * size + j];
}

void interp_structural(const OpCall *c) {
    const Node *n = c->n;
    Shape in = shape_concrete(n->in[0]->shape, c->batch);
    Shape out = shape_concrete(n->shape, c->batch);
    int64_t count = interp_count(c->batch, n->shape);
    Walk w;
    switch (n->op) {
    case OP_RESHAPE:
        memcpy(c->out, c->in[0], (size_t)count * sizeof(double));
        break;
    case OP_CONVERT:
        for (int64_t k = 0; k < count; k++)
            c->out[k] = op_value(OP_CONVERT, n->dtype, c->in[0][k], 0, 0);
        break;
    case OP_BROADCAST: case OP_TRANSPOSE: case OP_SLICE: case OP_REVERSE:
        w = move_walk(n, in, out);
        for (int64_t k = 0; k < w.count; k++, walk_next(&w))
            c->out[k] = c->in[0][w.offset];
        break;
    case OP_PAD:
        w = pad_walk(n, in, out);
        for (int64_t k = 0; k < w.count; k++, walk_next(&w))
            c->out[w.offset] = c->in[0][k];
        break;
    case OP_REDUCE_SUM:
        w = reduce_walk(n, in, out);
        for (int64_t k = 0; k < w.count; k++, walk_next(&w))
            c->out[w.offset] += c->in[0][k];
        break;
    case OP_GATHER: gather(c); break;
    case OP_TAKE: take(c); break;
    case OP_SCATTER_ADD: scatter_add(c); break;
    default: assert(!"a structural op has a case here");
    }
}

void interp_concat(const Node *n, int64_t batch, const Value *in, Value out) {
    int64_t axis = n->attr[0], first = 0, stride[MAX_RANK];
    row_major(shape_concrete(n->shape, batch), stride);
    for (int i = 0; i < n->n_in; i++) {
        Walk w = walk_new(shape_concrete(n->in[i]->shape, batch));
        memcpy(w.stride, stride, sizeof stride);
        w.offset = first * stride[axis];
        first += n->in[i]->shape.dim[axis];
        for (int64_t k = 0; k < w.count; k++, walk_next(&w)) {
            out.v[w.offset] = in[i].v[k];
            if (out.d && in[i].d)
                out.d[w.offset] = in[i].d[k];
        }
    }
}

/* ---- largest and smallest ------------------------------------------------------------------ */

void interp_extreme(const Node *n, int64_t batch, Value in, Value out) {
    Shape from = shape_concrete(n->in[0]->shape, batch);
    Walk w = reduce_walk(n, from, shape_concrete(n->shape, batch));
    Walk within = walk_new(from);             /* offset: row-major index among the reduced axes */
    bool arg = n->op == OP_ARGMAX || n->op == OP_ARGMIN;
    double sign = n->op == OP_REDUCE_MAX || n->op == OP_ARGMAX ? 1 : -1;
    int64_t stride = 1, count = interp_count(batch, n->shape);
    int64_t *best = xalloc((size_t)count * sizeof *best, "places of extremes");
    for (int k = n->n_attr; k-- > 0; stride *= from.dim[n->attr[k]])
        within.stride[n->attr[k]] = stride;
    memset(best, 0xff, (size_t)count * sizeof *best);         /* -1: none yet */
    for (int64_t k = 0; k < w.count; k++, walk_next(&w), walk_next(&within)) {
        int64_t *b = &best[w.offset];
        if (*b >= 0 && !beats(sign * in.v[k], sign * in.v[*b]))
            continue;
        *b = k;
        out.v[w.offset] = arg ? (double)within.offset : in.v[k];
        if (out.d)
            out.d[w.offset] = in.d[k];
    }
    xfree(best);
}
