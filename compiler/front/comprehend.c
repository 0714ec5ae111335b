/* comprehend.c - comprehensions: reducer[clauses](expression).
 *
 *   sum[i in 0..<d](f(i))   mean[m in 1..M, v ~ D](f(v))   min[y in X](norm(x - y))
 *
 * Clauses nest from left to right and bind names for what follows. Bounds are constants: the body
 * is elaborated once per iteration, each with its own draws and, in a network, its own parameters.
 * An index may therefore stand where a constant is needed. */
#include "front/elab.h"
#include <string.h>

enum { MAX_ITERATIONS = 4096 };

typedef struct Comprehension {
    const Expr *index, *body;
    VEC(Value *) items;
    bool failed;
} Comprehension;

static void clause(Elab *e, Frame *f, Comprehension *c, int k);

/* Binds a clause's name for the clauses after it; what it hid comes back afterwards. */
static void with(Elab *e, Frame *f, Comprehension *c, int k, Value *v) {
    const Qual *q = &c->index->quals[k];
    int mark = f->vars.n;
    vec_push(e->arena, &f->vars, ((Var){ .name = q->name, .value = v, .at = q->at }));
    clause(e, f, c, k + 1);
    f->vars.n = mark;
}

static void iterate(Elab *e, Frame *f, Comprehension *c, int k, int64_t n, int64_t first,
                    Value *over) {
    const Qual *q = &c->index->quals[k];
    if (n > MAX_ITERATIONS) {
        e_error(e, f, E0001, q->at, "more than %d iterations in a comprehension", MAX_ITERATIONS);
        c->failed = true;
    }
    for (int64_t i = 0; i < n && !c->failed; i++) {
        Value *v = over ? over : value_int(e, first + i, q->at);
        if (over && over->kind == V_LIST) v = over->v[i];
        else if (over) v = tensor_row(e, over->node, i, q->at);
        vec_push(e->arena, &f->unrolled, i);
        with(e, f, c, k, v);
        f->unrolled.n--;
    }
}

static void clause_in(Elab *e, Frame *f, Comprehension *c, int k) {
    const Qual *q = &c->index->quals[k];
    if (q->span.hi) {
        int64_t lo, hi;
        if (!expr_const_int(e, f, q->span.lo, "a bound", &lo) ||
            !expr_const_int(e, f, q->span.hi, "a bound", &hi)) {
            c->failed = true;
            return;
        }
        iterate(e, f, c, k, hi - lo + !q->span.exclusive, lo, NULL);
        return;
    }
    Value *v = expr_eval(e, f, q->span.lo);
    if (v->kind == V_LIST) {
        iterate(e, f, c, k, v->n, 0, v);
    } else if (v->kind == V_TENSOR && shape_example(v->node->shape).rank >= 1) {
        iterate(e, f, c, k, shape_example(v->node->shape).dim[0], 0, v);
    } else {
        if (v->kind != V_ERROR)
            e_error(e, f, E0211, q->at, "expected a range a..b, a list or a tensor, got %s",
                    value_text(e, v));
        c->failed = true;
    }
}

static void clause(Elab *e, Frame *f, Comprehension *c, int k) {
    if (c->failed) return;
    if (k == c->index->n_quals) {
        Value *v = expr_eval(e, f, c->body);
        c->failed |= v->kind == V_ERROR;
        if (c->failed) return;
        Node *n = value_tensor(e, f, v);
        c->failed |= !n;
        if (n) vec_push(e->arena, &c->items, value_node(e, n, c->body->at));
        return;
    }
    const Qual *q = &c->index->quals[k];
    Value *v;
    switch (q->kind) {
    case Q_IN: clause_in(e, f, c, k); return;
    case Q_DRAW: v = draw_eval(e, f, q->draw, q->name, false); break;
    case Q_LET: v = expr_eval(e, f, q->value); break;
    default:
        v = e_error(e, f, E0306, q->at, "a comprehension clause is  name in range,  name ~ draw  or  "
                    "name = value");
    }
    if (v->kind == V_ERROR) c->failed = true;
    else with(e, f, c, k, v);
}

/* Joins the items pairwise with a binary operation, in order. */
static Value *join(Elab *e, Frame *f, Comprehension *c, Op op, Range at) {
    Node *acc = value_real(e, f, c->items.v[0]);
    for (int i = 1; acc && i < c->items.n; i++) {
        Node *n = value_real(e, f, c->items.v[i]);
        if (!n || !tensor_join(e, f, &acc, &n, at)) return &value_error;
        acc = g_binary(e->g, op, acc, n);
    }
    return acc ? value_node(e, acc, at) : &value_error;
}

bool comprehension_is(const char *name) {
    static const char *const reducers[] = { "sum", "mean", "prod", "max", "min", "logsumexp", "stack",
                                            "cat" };
    for (int i = 0; i < 8; i++) if (!strcmp(reducers[i], name)) return true;
    return false;
}

Value *comprehension_eval(Elab *e, Frame *f, const Expr *call) {
    const Expr *index = call->a;
    const char *name = index->a->name;
    if (call->n_args != 1 || call->args[0].name)
        return e_error(e, f, E0210, call->at, "a comprehension takes one expression:  %s[...](e)", name);
    Comprehension c = { .index = index, .body = call->args[0].value };
    clause(e, f, &c, 0);
    if (c.failed) return &value_error;
    Range at = call->at;
    if (c.items.n == 0) {
        if (strcmp(name, "sum")) return e_error(e, f, E0306, index->at, "nothing to iterate over");
        return value_node(e, g_const(e->g, DT_F32, 0), at);
    }
    if (!strcmp(name, "max")) return join(e, f, &c, OP_MAXIMUM, at);
    if (!strcmp(name, "min")) return join(e, f, &c, OP_MINIMUM, at);
    if (!strcmp(name, "prod")) return join(e, f, &c, OP_MUL, at);
    if (!strcmp(name, "sum") || !strcmp(name, "mean")) {
        Value *v = join(e, f, &c, OP_ADD, at);
        if (v->kind == V_ERROR || name[0] == 's') return v;
        return op_binary(e, f, OPR_DIV, v, value_int(e, c.items.n, at), at);
    }
    Value *list = value_new(e, V_LIST, at);
    list->v = c.items.v;
    list->n = c.items.n;
    CallArg args[2] = { { NULL, list, at }, { NULL, value_int(e, 0, at), at } };
    if (!strcmp(name, "cat")) return builtin_call(e, f, builtin_find("cat"), args, 1, at);
    Node *n = tensor_stack(e, f, c.items.v, c.items.n, at);
    if (!n) return &value_error;
    Value *stacked = value_node(e, n, at);
    if (!strcmp(name, "stack")) return stacked;
    args[0].value = stacked;
    return tensor_reduce(e, f, "logsumexp", args, 2, at);
}
