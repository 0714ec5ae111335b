/* build_ew.c - constructors of elementwise ops and conversion: folding and algebraic identities.
 *
 * Needs build.c. Promises: the result has the value of the plain node for finite operands (the
 * sign of a zero, and what 0 * infinity gives, may differ); constants are folded in double. Signs
 * are pulled outwards and splat constants stand right in commutative ops, so that equal values
 * written differently become one node. */
#include "graph/internal.h"

#include <math.h>

/* Canonical order for a commutative op: a splat constant right, else the older operand left. */
static void order(Node **a, Node **b) {
    bool ca = node_splat(*a, NULL), cb = node_splat(*b, NULL);
    if (ca != cb ? ca : (*a)->id > (*b)->id) {
        Node *t = *a;
        *a = *b;
        *b = t;
    }
}

static Node *splat_like(Graph *g, const Node *like, double v) {
    return g_const_splat(g, like->dtype, like->shape, v);
}

/* The folded node when all operands are splat constants, else NULL. An i32 result that does not
 * fit, and a division by the integer 0, are left to run time. */
static Node *fold(Graph *g, Op op, int n, Node *const *in) {
    double x[3] = { 0 };
    for (int i = 0; i < n; i++)
        if (!node_splat(in[i], &x[i]))
            return NULL;
    DType operand = in[n - 1]->dtype;
    double exact = op_value(op, DT_F32, x[0], x[1], x[2]);
    double v = op_value(op, operand, x[0], x[1], x[2]);
    if (operand == DT_I32 && (op == OP_DIV || op == OP_MOD) && x[1] == 0)
        return NULL;
    if (operand == DT_I32 && op != OP_DIV && v != exact)
        return NULL;
    Node type = { .op = op, .n_in = n, .in = in };
    const char *bad = node_rule(&type, &type.dtype, &type.shape);
    assert(!bad);
    (void)bad;
    return g_const_splat(g, type.dtype, type.shape, v);
}

static Node *plain(Graph *g, Op op, int n, Node *const *in) {
    return node_infer(g, op, n, in, 0, NULL);
}
static Node *plain2(Graph *g, Op op, Node *a, Node *b) {
    return plain(g, op, 2, (Node *[]){ a, b });
}

/* A product of constants that neither overflows nor vanishes in f32. */
static bool fits(double v) { return v == 0 || (fabs(v) > 1e-30 && fabs(v) < 1e30); }

/* n = other * *c with a splat c: gives other. */
static Node *split_scale(Node *n, double *c) {
    return n->op == OP_MUL && node_splat(n->in[1], c) ? n->in[0] : NULL;
}

static Node *neg(Graph *g, Node *a) {
    double c;
    Node *x;
    if (a->op == OP_NEG)
        return a->in[0];
    if (a->op == OP_SUB)
        return g_binary(g, OP_SUB, a->in[1], a->in[0]);
    if ((x = split_scale(a, &c)) && a->dtype == DT_F32)
        return g_binary(g, OP_MUL, x, splat_like(g, x, -c));
    return plain(g, OP_NEG, 1, &a);
}

static Node *add(Graph *g, Node *a, Node *b) {
    double c, d;
    order(&a, &b);
    if (node_splat(b, &c)) {
        if (c == 0)
            return a;
        /* i32 only: index arithmetic; in f32 it would lose digits */
        if (a->dtype == DT_I32 && a->op == OP_ADD && node_splat(a->in[1], &d) &&
            fabs(c + d) <= INT32_MAX)
            return g_binary(g, OP_ADD, a->in[0], splat_like(g, a, c + d));
    }
    if (b->op == OP_NEG)
        return g_binary(g, OP_SUB, a, b->in[0]);
    if (a->op == OP_NEG)
        return g_binary(g, OP_SUB, b, a->in[0]);
    return plain2(g, OP_ADD, a, b);
}

static Node *sub(Graph *g, Node *a, Node *b) {
    double c;
    if (a == b)
        return splat_like(g, a, 0);
    if (node_splat(b, &c)) {
        if (c == 0)
            return a;
        if (a->dtype == DT_I32 && c > INT32_MIN)
            return g_binary(g, OP_ADD, a, splat_like(g, a, -c));
    }
    if (node_splat(a, &c) && c == 0)
        return g_unary(g, OP_NEG, b);
    if (b->op == OP_NEG)
        return g_binary(g, OP_ADD, a, b->in[0]);
    if (a->op == OP_NEG)
        return g_unary(g, OP_NEG, g_binary(g, OP_ADD, a->in[0], b));
    return plain2(g, OP_SUB, a, b);
}

/* select(c, k, l) with constants k and l. */
static bool is_choice(const Node *n, double *k, double *l) {
    return n->op == OP_SELECT && n->dtype == DT_F32 && node_splat(n->in[1], k) &&
           node_splat(n->in[2], l);
}

/* A product with select(c, 1, 0) or its contrary is a choice, and so is one of a choice and a
 * constant; else NULL. */
static Node *mul_choice(Graph *g, Node *a, Node *b) {
    double c, k, l;
    for (int side = 0; side < 2; side++) {
        Node *choice = side ? a : b, *x = side ? b : a;
        if (!is_choice(choice, &k, &l))
            continue;
        Node *condition = choice->in[0];
        if (node_splat(x, &c) && fits(c * k) && fits(c * l))
            return g_select(g, condition, splat_like(g, x, c * k), splat_like(g, x, c * l));
        if (k == 1 && l == 0)
            return g_select(g, condition, x, splat_like(g, x, 0));
        if (k == 0 && l == 1)
            return g_select(g, condition, splat_like(g, x, 0), x);
    }
    return NULL;
}

static Node *mul(Graph *g, Node *a, Node *b) {
    double c, d;
    Node *x;
    order(&a, &b);
    if (node_splat(b, &c)) {
        if (c == 0)
            return splat_like(g, a, 0);
        if (c == 1)
            return a;
        if (c == -1)
            return g_unary(g, OP_NEG, a);
        if (a->op == OP_NEG && c > INT32_MIN)
            return g_binary(g, OP_MUL, a->in[0], splat_like(g, a, -c));
        if (a->dtype == DT_F32 && (x = split_scale(a, &d)) && fits(c * d))
            return g_binary(g, OP_MUL, x, splat_like(g, x, c * d));
        if (a->dtype == DT_F32 && a->op == OP_DIV && node_splat(a->in[0], &d) && fits(c * d))
            return g_binary(g, OP_DIV, splat_like(g, a, c * d), a->in[1]);
    }
    if ((x = mul_choice(g, a, b)))
        return x;
    if (a->op == OP_NEG)
        return g_unary(g, OP_NEG, g_binary(g, OP_MUL, a->in[0], b));
    if (b->op == OP_NEG)
        return g_unary(g, OP_NEG, g_binary(g, OP_MUL, a, b->in[0]));
    return plain2(g, OP_MUL, a, b);
}

static Node *divide(Graph *g, Node *a, Node *b) {
    double c, d;
    Node *x;
    if (node_splat(b, &c)) {
        if (c == 1)
            return a;
        if (a->dtype == DT_F32 && c != 0) {
            int e;
            if (fabs(frexp(c, &e)) == 0.5 && fits(c))         /* a power of two: exact */
                return g_binary(g, OP_MUL, a, splat_like(g, a, 1 / c));
            if ((x = split_scale(a, &d)) && fits(d / c))
                return g_binary(g, OP_MUL, x, splat_like(g, x, d / c));
        }
    }
    if (a->dtype == DT_F32) {
        if (node_splat(a, &c) && c == 0)
            return a;
        if (a->op == OP_NEG)
            return g_unary(g, OP_NEG, g_binary(g, OP_DIV, a->in[0], b));
        if (b->op == OP_NEG)
            return g_unary(g, OP_NEG, g_binary(g, OP_DIV, a, b->in[0]));
    }
    return plain2(g, OP_DIV, a, b);
}

enum { POWER_MAX = 64 };

/* Integer powers are products (so that negative bases work), halves are roots. */
static Node *power(Graph *g, Node *a, Node *b) {
    double c;
    if (!node_splat(b, &c))
        return plain2(g, OP_POW, a, b);
    if (c == 0.5)
        return g_unary(g, OP_SQRT, a);
    if (c == -0.5)
        return g_unary(g, OP_RSQRT, a);
    if (c != floor(c) || fabs(c) > POWER_MAX)
        return plain2(g, OP_POW, a, b);
    Node *result = NULL, *square = a;
    for (int n = (int)fabs(c); n; n >>= 1) {
        if (n & 1)
            result = result ? g_binary(g, OP_MUL, result, square) : square;
        if (n > 1)
            square = g_binary(g, OP_MUL, square, square);
    }
    if (!result)
        return splat_like(g, a, 1);
    return c < 0 ? g_binary(g, OP_DIV, splat_like(g, a, 1), result) : result;
}

static Node *logic(Graph *g, Op op, Node *a, Node *b) {
    double c;
    order(&a, &b);
    if (a == b)
        return a;
    if (node_splat(b, &c))
        return (c != 0) == (op == OP_AND) ? a : b;
    return plain2(g, op, a, b);
}

Node *g_binary(Graph *g, Op op, Node *a, Node *b) {
    assert(op_is_elementwise(op) && op_info[op].arity == 2);
    assert(a->dtype == b->dtype && shape_equal(a->shape, b->shape));
    Node *done = fold(g, op, 2, (Node *[]){ a, b });
    if (done)
        return done;
    switch (op) {
    case OP_ADD: return add(g, a, b);
    case OP_SUB: return sub(g, a, b);
    case OP_MUL: return mul(g, a, b);
    case OP_DIV: return divide(g, a, b);
    case OP_POW: return power(g, a, b);
    case OP_AND: case OP_OR: return logic(g, op, a, b);
    case OP_MAXIMUM: case OP_MINIMUM:         /* not commutative: ties choose the derivative */
        return a == b ? a : plain2(g, op, a, b);
    case OP_EQ: case OP_NE:
        order(&a, &b);
        return plain2(g, op, a, b);
    default: return plain2(g, op, a, b);
    }
}

Node *g_unary(Graph *g, Op op, Node *a) {
    if (op == OP_STOP)
        return g_stop(g, a);
    assert(op_is_elementwise(op) && op_info[op].arity == 1);
    Node *done = fold(g, op, 1, &a);
    if (done)
        return done;
    switch (op) {
    case OP_NEG: return neg(g, a);
    case OP_NOT: return a->op == OP_NOT ? a->in[0] : plain(g, op, 1, &a);
    case OP_ABS:
        if (a->op == OP_ABS)
            return a;
        return a->op == OP_NEG ? g_unary(g, OP_ABS, a->in[0]) : plain(g, op, 1, &a);
    case OP_COS:
        return a->op == OP_NEG ? g_unary(g, OP_COS, a->in[0]) : plain(g, op, 1, &a);
    default: return plain(g, op, 1, &a);
    }
}

Node *g_select(Graph *g, Node *c, Node *a, Node *b) {
    double v;
    assert(c->dtype == DT_BOOL && a->dtype == b->dtype && shape_equal(a->shape, b->shape));
    assert(shape_equal(c->shape, a->shape));
    if (node_splat(c, &v))
        return v != 0 ? a : b;
    if (a == b)
        return a;
    if (c->op == OP_NOT)
        return g_select(g, c->in[0], b, a);
    return plain(g, OP_SELECT, 3, (Node *[]){ c, a, b });
}

/* True when converting x to `via` loses nothing: then a further conversion may start from x. */
static bool keeps_value(DType from, DType via) {
    switch (via) {
    case DT_F32: return from != DT_I32;       /* f32 does not hold every i32 */
    case DT_I32: return from == DT_BOOL || from == DT_U8;
    default: return from == DT_BOOL;
    }
}

Node *g_convert(Graph *g, Node *a, DType t) {
    double v;
    if (a->dtype == t)
        return a;
    if (node_splat(a, &v))
        return g_const_splat(g, t, a->shape, op_value(OP_CONVERT, t, v, 0, 0));
    if (a->op == OP_CONVERT && keeps_value(a->in[0]->dtype, a->dtype))
        return g_convert(g, a->in[0], t);
    return node_typed(g, OP_CONVERT, t, a->shape, 1, &a, 0, NULL);
}
