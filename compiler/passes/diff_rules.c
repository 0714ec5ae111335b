/* diff_rules.c - how each op passes derivatives on: the elementwise partials, and the table that
 * ops.def's `lin` column fills.
 *
 * The Jacobian of an elementwise op is diagonal, so its tangent and its cotangent rule are one
 * function: p_<lin>(g, n, i, t) returns t times the partial derivative of n in operand i, written
 * over n itself (the output) where that saves work, and over nodes that other rules write too, so
 * that hash-consing merges them. NULL means that the partial is zero everywhere.
 *
 * Every partial is itself made of ops with rules: that is all there is to higher orders. A partial
 * must therefore have finite derivatives wherever the op has: sqrt and pow guard their
 * singular points inside the division or logarithm, not only outside. */
#include "passes/diff.h"
#include <math.h>

static Node *splat(Graph *g, const Node *like, double v) {
    return g_const_splat(g, DT_F32, like->shape, v);
}
static Node *mul(Graph *g, Node *a, Node *b) { return g_binary(g, OP_MUL, a, b); }
static Node *scaled(Graph *g, Node *a, double v) { return mul(g, a, splat(g, a, v)); }
static Node *one_minus(Graph *g, Node *a) { return g_binary(g, OP_SUB, splat(g, a, 1), a); }
static Node *neg(Graph *g, Node *a) { return g_unary(g, OP_NEG, a); }

static Node *p_add(Graph *g, Node *n, int i, Node *t) { return t; }
static Node *p_sub(Graph *g, Node *n, int i, Node *t) { return i == 0 ? t : neg(g, t); }
/* Over n when t has the operand itself for a factor, as exp and sigmoid give it: in x * sigmoid(x)
 * the second term is n * (1 - sigmoid). */
static Node *p_mul(Graph *g, Node *n, int i, Node *t) {
    if (t->op == OP_NEG) return neg(g, p_mul(g, n, i, t->in[0]));
    for (int k = 0; t->op == OP_MUL && k < 2; k++)
        if (t->in[k] == n->in[i]) return mul(g, t->in[1 - k], n);
    return mul(g, t, n->in[1 - i]);
}
static Node *p_neg(Graph *g, Node *n, int i, Node *t) { return neg(g, t); }

/* Both partials share t / b. */
static Node *p_div(Graph *g, Node *n, int i, Node *t) {
    Node *q = g_binary(g, OP_DIV, t, n->in[1]);
    return i == 0 ? q : neg(g, mul(g, q, n));
}

/* In the base b * a^(b-1), with the constant exponents 0, 1 and 2 written out; in the exponent
 * a^b * log a, where the logarithm is taken of 1 at a <= 0: there a^b is 0 or not defined. */
static Node *p_pow(Graph *g, Node *n, int i, Node *t) {
    Node *a = n->in[0], *b = n->in[1];
    if (i == 1) {
        Node *positive = g_binary(g, OP_LT, splat(g, a, 0), a);
        Node *safe = g_select(g, positive, a, splat(g, a, 1));
        return mul(g, t, mul(g, n, g_unary(g, OP_LOG, safe)));
    }
    if (b->op == OP_CONST && b->n_data == 1) {
        double c = b->data[0];
        if (c == 0) return NULL;
        if (c == 1) return t;
        if (c == 2) return mul(g, t, scaled(g, a, 2));
        return mul(g, t, scaled(g, g_binary(g, OP_POW, a, splat(g, b, c - 1)), c));
    }
    Node *below = g_binary(g, OP_SUB, b, splat(g, b, 1));
    return mul(g, t, mul(g, b, g_binary(g, OP_POW, a, below)));
}

static Node *p_mod(Graph *g, Node *n, int i, Node *t) { return i == 0 ? t : NULL; }

/* `first` is where operand 0 wins strictly; ties go to operand 1. A clamp written as
 * minimum(maximum(x, lo), hi) is therefore flat from its bounds on. */
static Node *p_choice(Graph *g, Node *first, int i, Node *t) {
    Node *zero = splat(g, t, 0);
    return i == 0 ? g_select(g, first, t, zero) : g_select(g, first, zero, t);
}
static Node *p_maximum(Graph *g, Node *n, int i, Node *t) {
    return p_choice(g, g_binary(g, OP_LT, n->in[1], n->in[0]), i, t);
}
static Node *p_minimum(Graph *g, Node *n, int i, Node *t) {
    return p_choice(g, g_binary(g, OP_LT, n->in[0], n->in[1]), i, t);
}
static Node *p_select(Graph *g, Node *n, int i, Node *t) {
    return p_choice(g, n->in[0], i - 1, t);
}

static Node *p_exp(Graph *g, Node *n, int i, Node *t) { return mul(g, t, n); }
static Node *p_expm1(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, g_binary(g, OP_ADD, n, splat(g, n, 1)));
}
static Node *p_log(Graph *g, Node *n, int i, Node *t) { return g_binary(g, OP_DIV, t, n->in[0]); }
static Node *p_log1p(Graph *g, Node *n, int i, Node *t) {
    Node *a = n->in[0];
    return g_binary(g, OP_DIV, t, g_binary(g, OP_ADD, a, splat(g, a, 1)));
}

/* 1 / (2 y), and 0 where y is 0: the division sees a 1 there, so that second derivatives stay
 * finite as well. */
static Node *p_sqrt(Graph *g, Node *n, int i, Node *t) {
    Node *at_zero = g_binary(g, OP_EQ, n, splat(g, n, 0));
    Node *safe = g_select(g, at_zero, splat(g, n, 1), n);
    Node *slope = g_binary(g, OP_DIV, splat(g, n, 0.5), safe);
    return mul(g, t, g_select(g, at_zero, splat(g, n, 0), slope));
}
static Node *p_rsqrt(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, scaled(g, mul(g, n, mul(g, n, n)), -0.5));
}
static Node *p_sin(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, g_unary(g, OP_COS, n->in[0]));
}
static Node *p_cos(Graph *g, Node *n, int i, Node *t) {
    return neg(g, mul(g, t, g_unary(g, OP_SIN, n->in[0])));
}
static Node *p_tanh(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, one_minus(g, mul(g, n, n)));
}
static Node *p_sigmoid(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, mul(g, n, one_minus(g, n)));
}
static Node *p_softplus(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, g_unary(g, OP_SIGMOID, n->in[0]));
}
static Node *p_erf(Graph *g, Node *n, int i, Node *t) {
    Node *a = n->in[0];
    Node *bell = g_unary(g, OP_EXP, neg(g, mul(g, a, a)));
    return mul(g, t, scaled(g, bell, 2 / sqrt(acos(-1.0))));
}
static Node *p_abs(Graph *g, Node *n, int i, Node *t) {
    return mul(g, t, g_unary(g, OP_SIGN, n->in[0]));
}

/* ---- the table ------------------------------------------------------------------------------- */
/* SRC, CUT, REQ and CTL have no rule; the class picks the prefix of the others. */
#define RULE_SRC(lin) NULL
#define RULE_CUT(lin) NULL
#define RULE_REQ(lin) NULL
#define RULE_CTL(lin) NULL
#define RULE_EW(lin)  p_##lin
#define RULE_LIN(lin) t_##lin
#define RULE_BIL(lin) t_##lin
#define RULE_MAP(lin) t_##lin
static DiffRule *const rule[OP_COUNT] = {
#define OP(id, name, in, cls, batch, lin, ...) [OP_##id] = RULE_##cls(lin),
#include "graph/ops.def"
#undef OP
};

bool diff_operand(const Node *n, int i) {
    if (n->op == OP_LOOP) return i > 0 && n->in[i]->dtype == DT_F32;
    if (n->op == OP_LOOP_OUT) return n->dtype == DT_F32;
    if (!rule[n->op] || n->dtype != DT_F32 || n->in[i]->dtype != DT_F32) return false;
    switch (n->op) {
    case OP_POOL_PICK: case OP_POOL_PICK_T: return i == 1;
    case OP_MOD: return i == 0;
    default: return true;
    }
}

/* Several operands at once: all tangents joined, zeros where there is none. */
static Node *tangent_concat(Graph *g, Node *n, Node *const *tan) {
    Node **part = NEW_ARRAY(graph_arena(g), Node *, n->n_in);
    for (int i = 0; i < n->n_in; i++) part[i] = tan[i] ? tan[i] : splat(g, n->in[i], 0);
    return g_concat(g, part, n->n_in, (int)n->attr[0]);
}

/* n with operand i replaced by its tangent: the tangent rule of everything linear in operand i. */
static Node *tangent_linear(Graph *g, Node *n, int i, Node *t) {
    Node *in[3] = { NULL };
    assert(n->n_in <= 3);
    for (int k = 0; k < n->n_in; k++) in[k] = k == i ? t : n->in[k];
    return g_rebuild(g, n, in);
}

Node *diff_tangent(Graph *g, Node *n, Node *const *tan) {
    OpClass cls = op_info[n->op].cls;
    if (n->op == OP_CONCAT) return tangent_concat(g, n, tan);
    if (n->op == OP_SELECT) {
        Node *a = tan[1] ? tan[1] : splat(g, n, 0), *b = tan[2] ? tan[2] : splat(g, n, 0);
        return g_select(g, n->in[0], a, b);
    }
    Node *sum = NULL;
    for (int i = 0; i < n->n_in; i++) {
        if (!tan[i] || !diff_operand(n, i)) continue;
        Node *t = NULL;
        if (n->op == OP_VAR || n->op == OP_CONVERT) t = tan[i];
        else if (cls == CLASS_EW) t = rule[n->op](g, n, i, tan[i]);
        else if (cls == CLASS_MAP) t = diff_tangent_map(g, n, tan[i]);
        else t = tangent_linear(g, n, i, tan[i]);
        if (t) sum = sum ? g_binary(g, OP_ADD, sum, t) : t;
    }
    return sum ? sum : splat(g, n, 0);
}

Node *diff_pull(Graph *g, Node *n, int i, Node *ct) {
    assert(diff_operand(n, i) && rule[n->op]);
    return rule[n->op](g, n, i, ct);
}

void diff_mark_active(const Graph *g, Node *const *x, int n, uint32_t lo, uint32_t hi,
                      bool *active) {
    for (int k = 0; k < n; k++)
        if (x[k]->id >= lo && x[k]->id <= hi) active[x[k]->id - lo] = true;
    for (uint32_t id = lo; id <= hi; id++) {
        const Node *m = graph_node(g, id);
        for (int i = 0; i < m->n_in && !active[id - lo]; i++)
            if (m->in[i]->id >= lo && active[m->in[i]->id - lo] && diff_operand(m, i))
                active[id - lo] = true;
    }
}

void diff_report_loop(Graph *g, const Node *loop_out) {
    const Node *loop = loop_out->in[0];
    Range at = graph_at(g, NO_RANGE);
    graph_at(g, at);
    double trip;
    if (node_splat(loop->in[0], &trip))
        diag(E0406, at, "this derivative has to go back through the %.0f steps of a loop, "
             "which are "
             "too many to compile one by one", trip);
    else
        diag(E0406, at, "this derivative has to go back through a loop whose number of steps is "
             "known at run time only");
    diag_note(loop_out->at, "this is the value that the loop computes");
    diag_help("draw it with '~' (a drawn value is a constant for differentiation), or write  "
              "x = stop(x)  first in the loop (only the last step carries a gradient), or give a "
              "small constant number of steps");
}
