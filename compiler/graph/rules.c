/* rules.c - the type rule of every op: operand dtypes and shapes in, result dtype and shape out.
 *
 * Needs a node's op, operands and attributes. Promises: never reads past them, whatever they hold,
 * so that the text parser and the verifier can use it on anything. */
#include "graph/internal.h"

#define NEED(cond, why) do { if (!(cond)) return (why); } while (0)

enum { DIM_LIMIT = 1 << 30 };                 /* of pads, windows, indices: sums fit */
static bool attr_within(const Node *n, int from, int to, int64_t lo) {
    for (int i = from; i < to; i++)
        if (n->attr[i] < lo || n->attr[i] > DIM_LIMIT)
            return false;
    return true;
}

/* ---- elementwise --------------------------------------------------------------------------- */

enum { T_F32 = 1 << DT_F32, T_I32 = 1 << DT_I32, T_U8 = 1 << DT_U8, T_BOOL = 1 << DT_BOOL,
       T_NUMBER = T_F32 | T_I32, T_ANY = T_NUMBER | T_U8 | T_BOOL };

static unsigned elementwise_types(Op op) {
    switch (op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_NEG: case OP_MOD:
    case OP_MAXIMUM: case OP_MINIMUM: case OP_ABS: case OP_SIGN: return T_NUMBER;
    case OP_EQ: case OP_NE: case OP_LT: case OP_LE: return T_ANY;
    case OP_AND: case OP_OR: case OP_NOT: return T_BOOL;
    default: return T_F32;
    }
}

static bool is_compare(Op op) {
    return op == OP_EQ || op == OP_NE || op == OP_LT || op == OP_LE;
}

static const char *rule_elementwise(const Node *n, DType *t, Shape *s) {
    int first = n->op == OP_SELECT ? 1 : 0;
    *s = n->in[0]->shape;
    *t = n->in[first]->dtype;
    if (first)
        NEED(n->in[0]->dtype == DT_BOOL, "the condition is not bool");
    else
        NEED(elementwise_types(n->op) >> *t & 1,
             "an operand has a dtype that the op does not take");
    for (int i = 0; i < n->n_in; i++) {
        NEED(i < first || n->in[i]->dtype == *t, "operands differ in dtype");
        NEED(shape_equal(n->in[i]->shape, *s), "operands differ in shape");
    }
    if (is_compare(n->op))
        *t = DT_BOOL;
    return NULL;
}

/* ---- structure ----------------------------------------------------------------------------- */

/* n ascending axes of a rank. */
static bool axes_ok(const int64_t *axis, int n, int rank) {
    for (int i = 0; i < n; i++)
        if (axis[i] < 0 || axis[i] >= rank || (i && axis[i] <= axis[i - 1]))
            return false;
    return true;
}

static const char *rule_broadcast(const Node *n, const Shape *s) {
    const Node *a = n->in[0];
    NEED(n->dtype == a->dtype, "the dtype changes");
    NEED(n->n_attr == a->shape.rank && axes_ok(n->attr, n->n_attr, s->rank),
         "the map is not one ascending output axis per operand axis");
    for (int i = 0; i < n->n_attr; i++)
        NEED(s->dim[n->attr[i]] == a->shape.dim[i], "sizes differ on a mapped axis");
    return NULL;
}

static const char *rule_reduce(const Node *n, DType *t, Shape *s) {
    Shape a = n->in[0]->shape;
    DType in = n->in[0]->dtype;
    NEED(n->n_attr > 0 && axes_ok(n->attr, n->n_attr, a.rank),
         "the axes are not ascending axes of the operand");
    NEED(n->op == OP_REDUCE_SUM ? T_NUMBER >> in & 1 : in != DT_BOOL,
         "an operand has a dtype that the op does not take");
    *t = n->op == OP_ARGMAX || n->op == OP_ARGMIN ? DT_I32 : in;
    *s = shape_scalar();
    for (int i = 0, k = 0; i < a.rank; i++) {
        if (k < n->n_attr && n->attr[k] == i)
            k++;
        else
            s->dim[s->rank++] = a.dim[i];
    }
    return NULL;
}

static const char *rule_reshape(const Node *n, const Shape *s) {
    const Node *a = n->in[0];
    NEED(n->dtype == a->dtype, "the dtype changes");
    NEED(shape_batched(*s) == node_batched(a), "the batch axis appears or disappears");
    NEED(shape_count(*s) == shape_count(a->shape), "the number of elements changes");
    return NULL;
}

static const char *rule_transpose(const Node *n, Shape *s) {
    Shape a = n->in[0]->shape;
    unsigned seen = 0;
    NEED(n->n_attr == a.rank, "the permutation does not have one axis per operand axis");
    s->rank = a.rank;
    for (int i = 0; i < a.rank; i++) {
        int64_t p = n->attr[i];
        NEED(p >= 0 && p < a.rank && !(seen >> p & 1), "the axes are not a permutation");
        seen |= 1u << p;
        s->dim[i] = a.dim[p];
    }
    return NULL;
}

/* attr {start.., size.., step..} */
static const char *rule_slice(const Node *n, Shape *s) {
    Shape a = n->in[0]->shape;
    NEED(n->n_attr == 3 * a.rank, "the attributes are not start, size and step per axis");
    s->rank = a.rank;
    for (int i = 0; i < a.rank; i++) {
        int64_t start = n->attr[i], size = n->attr[a.rank + i], step = n->attr[2 * a.rank + i];
        s->dim[i] = size;
        if (a.dim[i] == DIM_BATCH) {
            NEED(start == 0 && size == DIM_BATCH && step == 1, "the batch axis is cut");
            continue;
        }
        NEED(start >= 0 && start < a.dim[i] && size >= 1 && step >= 1 &&
             size - 1 <= (a.dim[i] - 1 - start) / step, "the slice leaves the operand");
    }
    return NULL;
}

/* attr {low.., high.., interior..} */
static const char *rule_pad(const Node *n, Shape *s) {
    Shape a = n->in[0]->shape;
    NEED(n->n_attr == 3 * a.rank, "the attributes are not low, high and interior per axis");
    NEED(attr_within(n, 0, n->n_attr, 0), "a pad is negative or too large");
    s->rank = a.rank;
    for (int i = 0; i < a.rank; i++) {
        int64_t low = n->attr[i], high = n->attr[a.rank + i], inner = n->attr[2 * a.rank + i], gaps;
        if (a.dim[i] == DIM_BATCH) {
            NEED(!low && !high && !inner, "the batch axis is padded");
            s->dim[i] = DIM_BATCH;
            continue;
        }
        NEED(!__builtin_mul_overflow(a.dim[i] - 1, inner, &gaps) && gaps < (int64_t)1 << 40,
             "more than 2^40 elements");
        s->dim[i] = low + high + a.dim[i] + gaps;
    }
    return NULL;
}

static const char *rule_concat(const Node *n, DType *t, Shape *s) {
    NEED(n->n_in >= 1 && n->n_attr == 1, "no operands, or not one axis");
    *t = n->in[0]->dtype;
    *s = n->in[0]->shape;
    int64_t axis = n->attr[0];
    NEED(axis >= 0 && axis < s->rank && s->dim[axis] != DIM_BATCH, "the axis is not one of theirs");
    for (int i = 1; i < n->n_in; i++) {
        Shape b = n->in[i]->shape;
        NEED(n->in[i]->dtype == *t && b.rank == s->rank, "operands differ in dtype or rank");
        for (int k = 0; k < b.rank; k++)
            NEED(k == axis || b.dim[k] == s->dim[k], "operands differ in size on another axis");
        s->dim[axis] += b.dim[axis];
        NEED(!shape_check(*s), "more than 2^40 elements");
    }
    return NULL;
}

static const char *rule_gather(const Node *n, DType *t, Shape *s) {
    Shape table = n->in[0]->shape, index = n->in[1]->shape;
    NEED(n->in[1]->dtype == DT_I32, "the index is not i32");
    NEED(table.rank >= 1 && !shape_batched(table), "the table is per sample or has no axis");
    NEED(index.rank + table.rank - 1 <= MAX_RANK, "more than 8 axes");
    *t = n->in[0]->dtype;
    *s = index;
    for (int i = 1; i < table.rank; i++)
        s->dim[s->rank++] = table.dim[i];
    return NULL;
}

static const char *rule_take(const Node *n, DType *t, Shape *s) {
    *t = n->in[0]->dtype;
    *s = n->in[0]->shape;
    NEED(shape_batched(*s), "the rows are not those of samples");
    for (int k = 1; k < 3; k++)
        NEED(n->in[k]->dtype == DT_I32 && n->in[k]->shape.rank == 1 && node_batched(n->in[k]),
             "an index is not i32 [B]");
    return NULL;
}

static const char *rule_scatter_add(const Node *n, DType *t, Shape *s) {
    Shape index = n->in[0]->shape, rows = n->in[1]->shape;
    NEED(n->in[0]->dtype == DT_I32, "the index is not i32");
    NEED(n->n_attr == 1 && n->attr[0] >= 1, "the number of rows is not positive");
    NEED(T_NUMBER >> n->in[1]->dtype & 1, "the rows are neither f32 nor i32");
    NEED(rows.rank >= index.rank && rows.rank - index.rank < MAX_RANK,
         "rows have fewer axes than the index");
    for (int i = 0; i < index.rank; i++)
        NEED(rows.dim[i] == index.dim[i], "rows do not have the axes of the index");
    *t = n->in[1]->dtype;
    *s = shape_of(1, n->attr);
    for (int i = index.rank; i < rows.rank; i++)
        s->dim[s->rank++] = rows.dim[i];
    return NULL;
}

/* ---- contractions and windows -------------------------------------------------------------- */

/* Marks n paired axes of one operand as used; false when one is out of range or used twice. */
static bool dot_use(const int64_t *axis, int64_t n, int rank, unsigned *used) {
    for (int64_t i = 0; i < n; i++) {
        if (axis[i] < 0 || axis[i] >= rank || (*used >> axis[i] & 1))
            return false;
        *used |= 1u << axis[i];
    }
    return true;
}

/* attr {nb, nc, a batch[nb], b batch[nb], a contract[nc], b contract[nc]} */
static const char *rule_dot(const Node *n, DType *t, Shape *s) {
    Shape a = n->in[0]->shape, b = n->in[1]->shape;
    NEED(n->in[0]->dtype == DT_F32 && n->in[1]->dtype == DT_F32, "an operand is not f32");
    NEED(n->n_attr >= 2, "the numbers of axes are missing");
    int64_t nb = n->attr[0], nc = n->attr[1];
    NEED(nb >= 0 && nb <= MAX_RANK && nc >= 0 && nc <= MAX_RANK && n->n_attr == 2 + 2 * nb + 2 * nc,
         "the numbers of axes do not fit the attributes");
    const int64_t *ab = n->attr + 2, *bb = ab + nb, *ac = bb + nb, *bc = ac + nc;
    unsigned used_a = 0, used_b = 0;
    NEED(dot_use(ab, nb, a.rank, &used_a) && dot_use(ac, nc, a.rank, &used_a) &&
         dot_use(bb, nb, b.rank, &used_b) && dot_use(bc, nc, b.rank, &used_b),
         "an axis is out of range or used twice");
    for (int64_t i = 0; i < nb; i++)
        NEED(a.dim[ab[i]] == b.dim[bb[i]], "sizes differ on a batch axis");
    for (int64_t i = 0; i < nc; i++)
        NEED(a.dim[ac[i]] == b.dim[bc[i]], "sizes differ on a contracted axis");
    NEED(!shape_batched(b) || shape_batched(a), "the per-sample operand is not on the left");
    NEED(nb + (a.rank - nb - nc) + (b.rank - nb - nc) <= MAX_RANK, "more than 8 axes");
    *t = DT_F32;
    *s = shape_scalar();
    for (int64_t i = 0; i < nb; i++)
        s->dim[s->rank++] = a.dim[ab[i]];
    for (int i = 0; i < a.rank; i++)
        if (!(used_a >> i & 1))
            s->dim[s->rank++] = a.dim[i];
    for (int i = 0; i < b.rank; i++)
        if (!(used_b >> i & 1))
            s->dim[s->rank++] = b.dim[i];
    return NULL;
}

/* Windows of extent `k` at stride `st` over size + pads, or 0 when not even one fits. */
static int64_t window_count(int64_t size, int64_t p0, int64_t p1, int64_t k, int64_t dil,
                            int64_t st) {
    if (size < 1 || size > DIM_LIMIT || k > DIM_LIMIT || dil * (k - 1) > DIM_LIMIT)
        return 0;
    int64_t room = size + p0 + p1 - dil * (k - 1) - 1;
    return room < 0 ? 0 : room / st + 1;
}

/* attr {sh,sw,ph0,ph1,pw0,pw1,dh,dw,groups} of x [..,C,H,W], w [O,C/g,kh,kw], y [..,O,H',W'] */
static const char *conv_attr(const Node *n) {
    NEED(attr_within(n, 0, 2, 1) && attr_within(n, 2, 6, 0) && attr_within(n, 6, 9, 1),
         "a stride, pad, dilation or group count is out of range");
    return NULL;
}
static const char *conv_fits(const Node *n, Shape x, Shape w, Shape y) {
    const int64_t *p = n->attr;
    int r = x.rank;
    NEED(w.dim[0] % p[8] == 0 && x.dim[r - 3] == w.dim[1] * p[8], "channels do not fit the groups");
    NEED(y.dim[r - 3] == w.dim[0], "the output channels are not those of the weight");
    int64_t h = window_count(x.dim[r - 2], p[2], p[3], w.dim[2], p[6], p[0]);
    int64_t v = window_count(x.dim[r - 1], p[4], p[5], w.dim[3], p[7], p[1]);
    NEED(h > 0 && v > 0 && y.dim[r - 2] == h && y.dim[r - 1] == v,
         "heights or widths do not fit the window");
    for (int i = 0; i < r - 3; i++)
        NEED(x.dim[i] == y.dim[i], "sizes differ on a leading axis");
    return NULL;
}

static const char *rule_conv(const Node *n, DType *t, Shape *s) {
    bool dx = n->op == OP_CONV_DX, dw = n->op == OP_CONV_DW;
    Shape a = n->in[0]->shape, b = n->in[1]->shape;
    NEED(n->n_attr == (dx || dw ? 11 : 9), "the attributes are not those of the op");
    const char *bad = conv_attr(n);
    NEED(!bad, bad);
    NEED(n->in[0]->dtype == DT_F32 && n->in[1]->dtype == DT_F32, "an operand is not f32");
    NEED(a.rank >= 3 + shape_batched(a), "the images are not [..,C,H,W]");
    *t = DT_F32;
    if (dw) {
        NEED(b.rank == a.rank, "operands differ in rank");
        int64_t g = n->attr[8], c = a.dim[a.rank - 3];
        NEED(c % g == 0 && attr_within(n, 9, 11, 1), "channels or window do not fit");
        *s = shape_of(4, (int64_t[]){ b.dim[a.rank - 3], c / g, n->attr[9], n->attr[10] });
        return conv_fits(n, a, *s, b);
    }
    NEED(b.rank == 4 && !shape_batched(b), "the weight is not a shared [O,C/g,kh,kw]");
    const int64_t *p = n->attr;
    *s = a;
    int64_t *d = s->dim + a.rank - 3;
    NEED(attr_within(n, 9, n->n_attr, 1) && b.dim[1] <= DIM_LIMIT, "a size is out of range");
    if (dx) {
        d[0] = b.dim[1] * p[8], d[1] = p[9], d[2] = p[10];
        return conv_fits(n, *s, b, a);
    }
    d[0] = b.dim[0];
    d[1] = window_count(d[1], p[2], p[3], b.dim[2], p[6], p[0]);
    d[2] = window_count(d[2], p[4], p[5], b.dim[3], p[7], p[1]);
    return conv_fits(n, a, b, *s);
}

/* attr {kh,kw,sh,sw,ph0,ph1,pw0,pw1} over [..,H,W]; POOL_SUM_T: then H, W of the result */
static const char *rule_pool(const Node *n, DType *t, Shape *s) {
    bool transpose = n->op == OP_POOL_SUM_T;
    const int64_t *p = n->attr;
    Shape a = n->in[0]->shape;
    NEED(n->n_attr == (transpose ? 10 : 8), "the attributes are not those of the op");
    NEED(attr_within(n, 0, 4, 1) && attr_within(n, 4, 8, 0) && attr_within(n, 8, n->n_attr, 1),
         "a window, stride or pad is out of range");
    NEED(p[4] < p[0] && p[5] < p[0] && p[6] < p[1] && p[7] < p[1],
         "a pad is as large as the window");
    for (int i = 0; i < n->n_in; i++)
        NEED(n->in[i]->dtype == DT_F32, "an operand is not f32");
    NEED(a.rank >= 2 + shape_batched(a), "the images are not [..,H,W]");
    int r = a.rank;
    Shape small = a;
    int64_t h = transpose ? p[8] : a.dim[r - 2], w = transpose ? p[9] : a.dim[r - 1];
    small.dim[r - 2] = window_count(h, p[4], p[5], p[0], 1, p[2]);
    small.dim[r - 1] = window_count(w, p[6], p[7], p[1], 1, p[3]);
    NEED(small.dim[r - 2] > 0 && small.dim[r - 1] > 0, "the window is larger than the image");
    *t = DT_F32;
    *s = small;
    if (transpose) {
        NEED(shape_equal(small, a), "heights or widths do not fit the window");
        s->dim[r - 2] = h, s->dim[r - 1] = w;
    } else if (n->op == OP_POOL_PICK) {
        NEED(shape_equal(n->in[1]->shape, a), "operands differ in shape");
    } else if (n->op == OP_POOL_PICK_T) {
        NEED(shape_equal(n->in[1]->shape, small), "the second operand is not of the pooled shape");
        *s = a;
    }
    return NULL;
}

/* ---- requests, loops, sources -------------------------------------------------------------- */

static const char *rule_request(const Node *n, Shape *s) {
    const Node *y = n->in[0], *x = n->in[1];
    for (int i = 0; i < n->n_in; i++)
        NEED(n->in[i]->dtype == DT_F32, "an operand is not f32");
    *s = x->shape;
    if (n->op == OP_GRAD) {
        NEED(shape_example(y->shape).rank == 0, "the differentiated value is neither [] nor [B]");
        NEED(!node_batched(y) || node_batched(x), "a per-sample value by a shared one");
    } else if (n->op == OP_JVP) {
        NEED(shape_equal(n->in[2]->shape, x->shape),
             "the direction is not of the variable's shape");
        *s = y->shape;
    } else {
        NEED(shape_equal(n->in[2]->shape, y->shape), "the cotangent is not of the value's shape");
    }
    return NULL;
}

static bool is_index(const Node *n) { return n->dtype == DT_I32 && n->shape.rank == 0; }

static const char *rule_loop(const Node *n, DType *t, Shape *s) {
    NEED(n->n_attr == 2 && attr_within(n, 0, 2, 0) && n->n_in == 1 + 2 * n->attr[1],
         "the operands are not a trip count, n initial values and n results");
    NEED(is_index(n->in[0]), "the trip count is not i32 []");
    for (int64_t k = 1; k <= n->attr[1]; k++) {
        const Node *init = n->in[k], *result = n->in[n->attr[1] + k];
        NEED(init->dtype == result->dtype && shape_equal(init->shape, result->shape),
             "a result is not of its initial value's type");
    }
    *t = DT_I32;
    *s = shape_scalar();
    return NULL;
}

static const char *rule_loop_out(const Node *n, DType *t, Shape *s) {
    const Node *loop = n->in[0];
    NEED(loop->op == OP_LOOP && n->n_attr == 1 && n->attr[0] >= 0 && n->attr[0] < loop->attr[1],
         "not a carried value of a loop");
    *t = loop->in[1 + n->attr[0]]->dtype;
    *s = loop->in[1 + n->attr[0]]->shape;
    return NULL;
}

static const char *rule_const(const Node *n) {
    NEED(n->n_attr == 0 && n->data, "no value");
    for (int64_t i = 0; i < n->n_data; i++)
        NEED(n->dtype == DT_F32 || op_value(OP_CONVERT, n->dtype, n->data[i], 0, 0) == n->data[i],
             "a value that the dtype does not hold");
    NEED(n->n_data == 1 || (!shape_batched(n->shape) && n->n_data == shape_count(n->shape)),
         "neither one value nor one per element");
    return NULL;
}

static const char *rule_source(const Node *n, DType t, Shape s) {
    bool bounded = n->op == OP_RAND_INT || n->op == OP_RAND_PERM;
    bool draws = n->op == OP_RAND_UNIFORM || n->op == OP_RAND_NORMAL || bounded;
    NEED(draws || attr_within(n, 0, n->n_attr, 0), "an attribute is negative or too large");
    switch (n->op) {
    case OP_CONST: return rule_const(n);
    case OP_INPUT:
        NEED(n->n_attr == 1, "the attributes are not {k}");
        return NULL;
    case OP_SCALAR:
        NEED(n->n_attr == 1 && s.rank == 0, "not an index and rank 0");
        return NULL;
    case OP_STATE:
        NEED(n->n_attr == 2, "not an index and a version");
        return NULL;
    case OP_DATA:
        NEED((n->n_attr == 3 || n->n_attr == 4) && shape_batched(s),
             "not {set, field, ordinal[, turn]} and per sample");
        return NULL;
    case OP_IOTA:
        NEED(t == DT_I32 && n->n_attr >= 1 && n->n_attr <= 2 && n->attr[0] < s.rank,
             "not i32 along one axis");
        NEED(n->n_attr == 1 || (n->attr[0] == 0 && n->attr[1] == 1 && shape_batched(s)),
             "not the samples of a batch");
        return NULL;
    case OP_LOOP_VAR:
        NEED(n->n_attr == 2, "the attributes are not {loop, k}");
        NEED(n->attr[1] > 0 || is_index(n), "the loop index is not i32 []");
        return NULL;
    default:                                  /* RAND_* */
        NEED((n->n_attr == 1 || (n->n_attr == 2 && n->op == OP_RAND_PERM)) && is_index(n->in[0]),
             "not one site and an i32 [] loop index");
        NEED(t == (bounded ? DT_I32 : DT_F32), "the dtype is not that of the draw");
        NEED(!bounded || is_index(n->in[1]), "the bound is not i32 []");
        return NULL;
    }
}

/* Elementwise identities and conversion keep the shape; only convert and sources state a dtype. */
static const char *rule_unary(const Node *n, const Shape *s) {
    NEED(shape_equal(n->in[0]->shape, *s), "the shape changes");
    NEED(n->op == OP_CONVERT || n->dtype == n->in[0]->dtype, "the dtype changes");
    NEED(n->n_attr == (n->op == OP_VAR) && attr_within(n, 0, n->n_attr, 0),
         "the attributes are not those of the op");
    return NULL;
}

static const char *rule_reverse(const Node *n) {
    Shape a = n->in[0]->shape;
    NEED(n->n_attr > 0 && axes_ok(n->attr, n->n_attr, a.rank), "the axes are not ascending axes");
    NEED(a.dim[n->attr[0]] != DIM_BATCH, "the batch axis is reversed");
    return NULL;
}

static const char *rule_by_op(const Node *n, DType *t, Shape *s) {
    switch (n->op) {
    case OP_VAR: case OP_STOP: case OP_CONVERT: return rule_unary(n, s);
    case OP_BROADCAST: return rule_broadcast(n, s);
    case OP_RESHAPE: return rule_reshape(n, s);
    case OP_REDUCE_SUM: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
        return rule_reduce(n, t, s);
    case OP_TRANSPOSE: *t = n->in[0]->dtype; return rule_transpose(n, s);
    case OP_SLICE: *t = n->in[0]->dtype; return rule_slice(n, s);
    case OP_PAD: *t = n->in[0]->dtype; return rule_pad(n, s);
    case OP_REVERSE: *t = n->in[0]->dtype; *s = n->in[0]->shape; return rule_reverse(n);
    case OP_CONCAT: return rule_concat(n, t, s);
    case OP_GATHER: return rule_gather(n, t, s);
    case OP_TAKE: return rule_take(n, t, s);
    case OP_SCATTER_ADD: return rule_scatter_add(n, t, s);
    case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_MAX_POOL: case OP_POOL_PICK: case OP_POOL_PICK_T:
        return rule_pool(n, t, s);
    case OP_DOT: return rule_dot(n, t, s);
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: return rule_conv(n, t, s);
    case OP_GRAD: case OP_JVP: case OP_VJP: *t = DT_F32; return rule_request(n, s);
    case OP_LOOP: return rule_loop(n, t, s);
    case OP_LOOP_OUT: return rule_loop_out(n, t, s);
    default: return rule_source(n, *t, *s);
    }
}

const char *node_rule(const Node *n, DType *t, Shape *s) {
    int arity = op_info[n->op].arity;
    NEED(arity < 0 || n->n_in == arity, "the number of operands is not that of the op");
    for (int i = 0; i < n->n_in; i++)
        NEED(n->in[i]->op != OP_LOOP || n->op == OP_LOOP_OUT, "a loop used as a value");
    NEED((n->op == OP_CONST) == (n->data != NULL), "a payload on an op other than const, or none");
    NEED(n->dtype < DT_COUNT, "no such dtype");
    const char *bad = shape_check(n->shape);
    NEED(!bad, bad);
    *t = n->dtype;
    *s = n->shape;
    if (op_is_elementwise(n->op)) {
        NEED(n->n_attr == 0, "attributes on an elementwise op");
        bad = rule_elementwise(n, t, s);
    } else {
        bad = rule_by_op(n, t, s);
    }
    return bad ? bad : shape_check(*s);
}
