/* expr.c - expressions: names, operators, conditionals, lists, fields and comprehension forms. */
#include "front/elab.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_EVAL_DEPTH = 3000, MAX_EVALUATIONS = 1000000 };

Node *expr_tensor(Elab *e, Frame *f, const Expr *x) {
    Value *v = expr_eval(e, f, x);
    if (v->kind != V_TENSOR && v->kind != V_ERROR && v->at.file < 0) v->at = x->at;
    return value_tensor(e, f, v);
}

bool expr_inexact(Elab *e, Frame *f, const Value *v, Range at, const char *what) {
    if (!v->inexact) return false;
    e_error(e, f, E0304, at, "%s is an integer: this division leaves a remainder (%g)", what,
            v->node->data[0]);
    return true;
}

bool expr_const_int(Elab *e, Frame *f, const Expr *x, const char *what, int64_t *out) {
    Value *v = expr_eval(e, f, x);
    if (v->kind == V_ERROR) return false;
    if (value_const_int(v, out)) return true;
    if (expr_inexact(e, f, v, x->at, what)) return false;
    e_error(e, f, E0501, x->at, "%s is a constant integer; got %s", what, value_text(e, v));
    if (x->kind == EX_NAME)
        diag_help("declare  const %s = ...  (override: ebmcc -D %s=...)", x->name, x->name);
    return false;
}

static Value *eval_name(Elab *e, Frame *f, const Expr *x) {
    Value *v = frame_lookup(f, x->name);
    if (!v) v = scope_lookup(e, f->file, x->name);
    if (!v) return e_unknown(e, f, f->file, E0201, x->at, "name", x->name);
    if (v->kind == V_ERROR) return v;
    Value *use = NEW(e->arena, Value);              /* the same value, seen at this place */
    *use = *v;
    use->at = x->at;
    use->cell = 0;                                   /* only the declared name writes it */
    if (f->frozen && use->kind == V_TENSOR && use->node->op == OP_STATE)
        use->node = g_stop(e->g, use->node);             /* a free param read under stop(f) */
    return use;
}

/* ---- operators ------------------------------------------------------------------------------ */
static Value *power(Elab *e, Frame *f, Value *a, Value *b, Range at) {
    int64_t k, base;
    bool int_exp = value_const_int(b, &k);
    if (int_exp && value_const_int(a, &base) && k >= 0) {
        double r = pow((double)base, (double)k);
        if (fabs(r) > 9e15) return e_error(e, f, E0001, at, "integer power too large");
        return value_int(e, (int64_t)r, at);
    }
    Node *x = value_real(e, f, a);
    if (!x) return &value_error;
    double r;
    if (value_const_real(b, &r) && r == floor(r) && fabs(r) <= 16) {
        Node *p = NULL, *q = x;                      /* by squaring */
        for (int64_t n = (int64_t)fabs(r); n; n >>= 1) {
            if (n & 1) p = p ? g_binary(e->g, OP_MUL, p, q) : q;
            if (n > 1) q = g_binary(e->g, OP_MUL, q, q);
        }
        Node *one = g_const_splat(e->g, DT_F32, x->shape, 1);
        if (!p) return value_node(e, one, at);
        return value_node(e, r < 0 ? g_binary(e->g, OP_DIV, one, p) : p, at);
    }
    if (value_const_real(b, &r) && r == 0.5) return value_node(e, g_unary(e->g, OP_SQRT, x), at);
    Node *y = value_real(e, f, b);
    if (!y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    return value_node(e, g_binary(e->g, OP_POW, x, y), at);
}

static bool is_zero(const Value *v) {
    double r;
    return value_const_real(v, &r) && r == 0;
}

/* Integers divide exactly where both are constants, and as reals elsewhere. */
static Value *divide(Elab *e, Frame *f, Value *a, Value *b, Range at) {
    int64_t i, j;
    if (value_const_int(a, &i) && value_const_int(b, &j)) {
        if (i % j == 0) return value_int(e, i / j, at);
    }
    bool inexact = value_const_int(a, &i) && value_const_int(b, &j);
    Node *x = value_real(e, f, a), *y = value_real(e, f, b);
    if (!x || !y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    Value *v = value_node(e, g_binary(e->g, OP_DIV, x, y), at);
    v->inexact = inexact;
    return v;
}

static Value *compare(Elab *e, Frame *f, BinOp op, Value *a, Value *b, Range at) {
    if (a->kind == V_STR && b->kind == V_STR && (op == OPR_EQ || op == OPR_NE))
        return value_node(e, g_const(e->g, DT_BOOL, (a->str == b->str) == (op == OPR_EQ)), at);
    Node *x = value_tensor(e, f, a), *y = value_tensor(e, f, b);
    if (!x || !y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    if (op == OPR_GT || op == OPR_GE) { Node *t = x; x = y; y = t; }
    Op code = op == OPR_EQ ? OP_EQ : op == OPR_NE ? OP_NE :
              op == OPR_LT || op == OPR_GT ? OP_LT : OP_LE;
    return value_node(e, g_binary(e->g, code, x, y), at);
}

static Value *logic(Elab *e, Frame *f, BinOp op, Value *a, Value *b, Range at) {
    Node *x = value_tensor(e, f, a), *y = value_tensor(e, f, b);
    if (!x || !y) return &value_error;
    if (x->dtype != DT_BOOL || y->dtype != DT_BOOL)
        return e_error(e, f, E0305, at, "'%s' combines truth values; got %s and %s",
                       op == OPR_AND ? "and" : "or", value_text(e, a), value_text(e, b));
    if (!tensor_join(e, f, &x, &y, at)) return &value_error;
    return value_node(e, g_binary(e->g, op == OPR_AND ? OP_AND : OP_OR, x, y), at);
}

Value *op_binary(Elab *e, Frame *f, BinOp op, Value *a, Value *b, Range at) {
    if (a->kind == V_ERROR || b->kind == V_ERROR) return &value_error;
    if (op >= OPR_EQ && op <= OPR_GE) return compare(e, f, op, a, b, at);
    if (op == OPR_OR || op == OPR_AND) return logic(e, f, op, a, b, at);
    if (op == OPR_POW) return power(e, f, a, b, at);
    if ((op == OPR_DIV || op == OPR_MOD) && is_zero(b))
        return e_error(e, f, E0602, at, "division by zero");
    if (op == OPR_DIV) return divide(e, f, a, b, at);
    Node *x = value_tensor(e, f, a), *y = value_tensor(e, f, b);
    if (!x || !y) return &value_error;
    if (x->dtype == DT_BOOL || y->dtype == DT_BOOL || x->dtype == DT_U8 || y->dtype == DT_U8) {
        e_error(e, f, E0305, at, "arithmetic needs numbers; got %s and %s", value_text(e, a),
                value_text(e, b));
        diag_help("convert with  real(...)");
        return &value_error;
    }
    if (op == OPR_MATMUL) return tensor_matmul(e, f, x, y, at);
    if (!tensor_join(e, f, &x, &y, at)) return &value_error;
    Op code = op == OPR_ADD ? OP_ADD : op == OPR_SUB ? OP_SUB : op == OPR_MUL ? OP_MUL : OP_MOD;
    return value_node(e, g_binary(e->g, code, x, y), at);
}

/* if cond then a else b, with cond known only at run time: both sides are computed. */
Value *expr_select(Elab *e, Frame *f, Node *cond, Value *a, Value *b, Range at) {
    Node *x = value_tensor(e, f, a), *y = value_tensor(e, f, b);
    if (!x || !y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    Shape s = x->shape, c = shape_example(cond->shape);
    if (c.rank && !shape_equal(c, shape_example(s))) {
        Node *probe = g_const_splat(e->g, x->dtype, cond->shape, 0), *keep = probe;
        if (!tensor_join(e, f, &x, &probe, at)) return &value_error;
        if (!tensor_join(e, f, &y, &keep, at)) return &value_error;
        s = x->shape;
    }
    if (node_batched(cond) && !shape_batched(s)) s = shape_batch(s);
    return value_node(e, g_select(e->g, g_broadcast_to(e->g, cond, s), g_broadcast_to(e->g, x, s),
                                  g_broadcast_to(e->g, y, s)), at);
}

static Value *eval_if(Elab *e, Frame *f, const Expr *x) {
    Value *c = expr_eval(e, f, x->cond);
    if (c->kind == V_ERROR) return c;
    bool known;
    if (value_const_bool(c, &known)) return expr_eval(e, f, known ? x->a : x->b);
    Node *cond = value_tensor(e, f, c);
    if (!cond) return &value_error;
    if (cond->dtype != DT_BOOL)
        return e_error(e, f, E0305, x->cond->at, "a condition is a truth value; got %s",
                       value_text(e, c));
    Value *a = expr_eval(e, f, x->a), *b = expr_eval(e, f, x->b);
    if (a->kind == V_ERROR || b->kind == V_ERROR) return &value_error;
    return expr_select(e, f, cond, a, b, x->at);
}

static Value *eval_list(Elab *e, Frame *f, const Expr *x) {
    Value *v = value_new(e, x->kind == EX_LIST ? V_LIST : V_TUPLE, x->at);
    v->v = NEW_ARRAY(e->arena, Value *, x->n ? x->n : 1);
    v->n = x->n;
    for (int i = 0; i < x->n; i++) {
        v->v[i] = expr_eval(e, f, x->v[i]);
        if (v->v[i]->kind == V_ERROR) v = &value_error;
        if (v == &value_error) return v;
    }
    return v;
}

static Value *eval_like(Elab *e, Frame *f, const Expr *x) {
    Value *of = expr_eval(e, f, x->a);
    if (of->kind == V_SHAPE) return of;
    Node *n = value_tensor(e, f, of);
    if (!n) return &value_error;
    Value *v = value_new(e, V_SHAPE, x->at);
    v->shape = shape_example(n->shape);
    return v;
}

static Value *eval_unary(Elab *e, Frame *f, const Expr *x) {
    Value *a = expr_eval(e, f, x->a);
    Node *n = value_tensor(e, f, a);
    if (!n) return &value_error;
    if (x->kind == EX_NOT) {
        if (n->dtype != DT_BOOL)
            return e_error(e, f, E0305, x->at, "'not' needs a truth value; got %s",
                           value_text(e, a));
        return value_node(e, g_unary(e->g, OP_NOT, n), x->at);
    }
    if (n->dtype != DT_F32 && n->dtype != DT_I32)
        return e_error(e, f, E0305, x->at, "'-' needs numbers; got %s", value_text(e, a));
    return value_node(e, g_unary(e->g, OP_NEG, n), x->at);
}

static Value *eval(Elab *e, Frame *f, const Expr *x) {
    switch (x->kind) {
    case EX_INT: return value_int(e, x->i, x->at);
    case EX_REAL: return value_node(e, g_const(e->g, DT_F32, x->real), x->at);
    case EX_BOOL: return value_node(e, g_const(e->g, DT_BOOL, (double)x->i), x->at);
    case EX_STR: {
        Value *v = value_new(e, V_STR, x->at);
        v->str = x->name;
        return v;
    }
    case EX_NAME: return eval_name(e, f, x);
    case EX_TUPLE: case EX_LIST: return eval_list(e, f, x);
    case EX_CALL: return call_expr(e, f, x, NULL, NULL);
    case EX_PIPE: {
        Value *piped = expr_eval(e, f, x->a);
        return piped->kind == V_ERROR ? piped : call_expr(e, f, x->b, piped, x->name);
    }
    case EX_INDEX: {
        Value *base = expr_eval(e, f, x->a);
        if (base->kind == V_ERROR) return base;
        if (base->kind == V_BUFFER || base->kind == V_DATA) {
            if (x->n_quals != 1 || x->quals[0].kind != Q_EXPR)
                return e_error(e, f, E0306, x->at, "%s takes one index", value_text(e, base));
            Node *i = expr_tensor(e, f, x->quals[0].value);
            if (!i) return &value_error;
            if (i->dtype == DT_U8) i = g_convert(e->g, i, DT_I32);
            if (i->dtype != DT_I32)
                return e_error(e, f, E0305, x->quals[0].at, base->kind == V_DATA
                               ? "a row is an integer"
                               : "a slot is an integer");
            if (base->kind == V_DATA) return data_row(e, f, base, i, x->at);
            return buffer_row(e, f, base, i, x->at);
        }
        return tensor_index(e, f, x, base);
    }
    case EX_FIELD: {
        Value *base = expr_eval(e, f, x->a);
        return base->kind == V_ERROR ? base : state_field(e, f, base, x->name, x->op_at);
    }
    case EX_NEG: case EX_NOT: return eval_unary(e, f, x);
    case EX_LIKE: return eval_like(e, f, x);
    case EX_BINARY: {
        Value *a = expr_eval(e, f, x->a), *b = expr_eval(e, f, x->b);
        return op_binary(e, f, x->op, a, b, x->at);
    }
    case EX_IF: return eval_if(e, f, x);
    case EX_LAMBDA: {
        Value *v = value_new(e, V_FN, x->at);
        Fn *fn = NEW(e->arena, Fn);
        *fn = (Fn){ .name = "fn", .formals = &x->formals, .expr = x->a, .file = f->file, .env = f };
        v->fn = fn;
        return v;
    }
    case EX_ERROR: return &value_error;
    }
    return &value_error;
}

/* Ends the compiler at once: a caller that went on would do so as often as it was told to. */
static _Noreturn void over_evaluations(Range at) {
    diag(E0001, at, "the program needs more than %d evaluations of expressions", MAX_EVALUATIONS);
    diag_help("calls and loops that are unrolled multiply; a loop with a run-time bound runs its "
              "body once");
    diag_print(stderr, DIAG_TEXT);
    exit(EXIT_LIMIT);
}

Value *expr_eval(Elab *e, Frame *f, const Expr *x) {
    if (!x) return &value_error;
    if (e->depth > MAX_EVAL_DEPTH)
        return e_error(e, f, E0001, x->at, "evaluation nests deeper than %d", MAX_EVAL_DEPTH);
    if (++e->evaluations > MAX_EVALUATIONS)
        over_evaluations(x->at);
    e->depth++;
    Range was = graph_at(e->g, x->at);
    Value *v = eval(e, f, x);
    graph_at(e->g, was);
    e->depth--;
    return v;
}
