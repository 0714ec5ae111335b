/* comprehend.c - comprehensions: reducer[clauses](expression).
 *
 *   sum[i in 0..<d](f(i))   mean[m in 1..M, v ~ D](f(v))   min[y in X](norm(x - y))
 *
 * Clauses nest from left to right and bind names for what follows. Bounds are constants: the body
 * is elaborated once per iteration, each with its own draws and, in a network, its own parameters.
 * An index may therefore stand where a constant is needed. Iterations that turn out to be one
 * function of different elements become one value with one more axis (graph/lift.c). `y in
 * batch(x)` goes through the samples of the batch: their number is known at run time, so that this
 * clause is a run-time loop. */
#include "front/elab.h"
#include <math.h>
#include <string.h>

enum { MAX_ITERATIONS = 4096 };

typedef struct Comprehension {
    const Expr *index, *body;
    const char *name;             /* sum, mean ... */
    VEC(Value *) items;
    int64_t count;                /* of evaluations behind the items, batch sizes left out */
    int batches;                  /* how often each item went through the batch */
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

/* The items as one value [n, ...]; NULL when they do not compute the same thing. */
static Node *lifted(Elab *e, const Comprehension *c) {
    Node **row = NEW_ARRAY(e->arena, Node *, c->items.n);
    for (int i = 0; i < c->items.n; i++) {
        row[i] = c->items.v[i]->node;
        if (row[i]->dtype != DT_F32) return NULL;
    }
    return g_lift(e->g, row, c->items.n);
}

/* The items behind each other along a new first axis. NULL after an error. */
static Node *stacked(Elab *e, Frame *f, const Comprehension *c, Range at) {
    Node *all = lifted(e, c);
    return all ? all : tensor_stack(e, f, c->items.v, c->items.n, at);
}

/* The items along their first axis; NULL: by the built-in function. */
static Node *lifted_cat(Elab *e, const Comprehension *c) {
    Node *all = lifted(e, c);
    Shape s = all ? shape_example(all->shape) : shape_scalar();
    if (s.rank < 2) return NULL;
    Shape joined = shape_of(s.rank - 1, s.dim + 1);
    joined.dim[0] *= s.dim[0];
    return g_reshape(e->g, all, node_batched(all) ? shape_batch(joined) : joined);
}

/* Joins the items pairwise with a binary operation, in order. */
static Value *join(Elab *e, Frame *f, Comprehension *c, Op op, Range at) {
    Node *all = lifted(e, c);
    if (all && op == OP_ADD)
        return value_node(e, g_reduce(e->g, OP_REDUCE_SUM, all, (int[]){ node_batched(all) }, 1),
                          at);
    for (int i = 0; all && i < c->items.n; i++)
        c->items.v[i] = tensor_row(e, all, i, c->body->at);
    Node *acc = value_real(e, f, c->items.v[0]);
    for (int i = 1; acc && i < c->items.n; i++) {
        Node *n = value_real(e, f, c->items.v[i]);
        if (!n || !tensor_join(e, f, &acc, &n, at)) return &value_error;
        acc = g_binary(e->g, op, acc, n);
    }
    return acc ? value_node(e, acc, at) : &value_error;
}

static Op joining(const char *name, double *start) {
    *start = 0;
    if (!strcmp(name, "max")) return *start = -INFINITY, OP_MAXIMUM;
    if (!strcmp(name, "min")) return *start = INFINITY, OP_MINIMUM;
    if (!strcmp(name, "prod")) return *start = 1, OP_MUL;
    return OP_ADD;
}

/* The items as one value: sums for sum and mean, stacked for logsumexp. NULL after an error. */
static Node *reduce_items(Elab *e, Frame *f, Comprehension *c, Range at) {
    const char *name = c->name;
    if (!strcmp(name, "logsumexp")) {
        Node *n = stacked(e, f, c, at);
        if (!n) return NULL;
        CallArg args[2] = { { NULL, value_node(e, n, at), at }, { NULL, value_int(e, 0, at), at } };
        Value *v = tensor_reduce(e, f, name, args, 2, at);
        return v->kind == V_ERROR ? NULL : v->node;
    }
    double start;
    Value *v = join(e, f, c, joining(name, &start), at);
    return v->kind == V_ERROR ? NULL : v->node;
}

/* ---- y in batch(x) --------------------------------------------------------------------------- */
/* What a loop over the samples carries, of the value v that the clauses after it give in a step. */
typedef enum Passage {
    JOIN,                         /* v joined */
    EXPONENTIALS,                 /* the sum of exp(v - given) */
    FIRST_BEST,                   /* v joined by max or min, and in which step it came up first */
    CHOSEN,                       /* the sum of v in that step, `given` */
    FACTORS                       /* of the factors that are not 0 the product and the sum of log |v|,
                                     of the others the number, the sums of v, squares and cubes */
} Passage;
enum { MAX_SUMS = 6 };

typedef struct Sums {
    int n;
    Op op[MAX_SUMS];
    Node *term[MAX_SUMS], *result[MAX_SUMS];
    double start[MAX_SUMS];
} Sums;

static void add_sum(Sums *s, Op op, double start, Node *term) {
    s->op[s->n] = op;
    s->start[s->n] = start;
    s->term[s->n++] = term;
}

static void passage_terms(Graph *g, Passage p, const char *name, Node *v, Node *index, Node *given,
                          Sums *s) {
    double start;
    Op op = joining(name, &start);
    Shape shape = v->shape;
    Node *zero = g_const_splat(g, DT_F32, shape, 0), *one = g_const_splat(g, DT_F32, shape, 1);
    switch (p) {
    case JOIN: add_sum(s, op, start, v); break;
    case EXPONENTIALS:
        add_sum(s, OP_ADD, 0, g_unary(g, OP_EXP, g_binary(g, OP_SUB, v, given)));
        break;
    case FIRST_BEST:
        add_sum(s, op, start, v);
        add_sum(s, OP_SELECT, 0, g_broadcast_scalar(g, index, shape));
        break;
    case CHOSEN: {
        Node *here = g_binary(g, OP_EQ, g_broadcast_scalar(g, index, shape), given);
        add_sum(s, OP_ADD, 0, g_select(g, here, v, zero));
        break;
    }
    case FACTORS: {
        Node *is_zero = g_binary(g, OP_EQ, v, zero), *rest = g_select(g, is_zero, one, v);
        Node *none = g_select(g, is_zero, v, zero), *square = g_binary(g, OP_MUL, none, none);
        add_sum(s, OP_MUL, 1, rest);
        add_sum(s, OP_ADD, 0, g_unary(g, OP_LOG, g_unary(g, OP_ABS, rest)));
        add_sum(s, OP_ADD, 0, g_select(g, is_zero, one, zero));
        add_sum(s, OP_ADD, 0, none);
        add_sum(s, OP_ADD, 0, square);
        add_sum(s, OP_ADD, 0, g_binary(g, OP_MUL, square, none));
    }
    }
}

typedef struct Samples {
    const Comprehension *c;
    int k;
    Value *batch;
    VEC(Ordinal) ordinals;        /* before the loop: each passage makes the same draws */
    int64_t count; int batches;   /* of a step */
} Samples;

/* One loop over the samples of a batch. False after an error. */
static bool passage(Elab *e, Frame *f, Samples *s, Passage p, Node *given, Sums *sums) {
    Graph *g = e->g;
    const Comprehension *c = s->c;
    Comprehension step = { .index = c->index, .body = c->body, .name = c->name };
    bool lse = !strcmp(c->name, "logsumexp");
    if (lse) step.name = p == JOIN ? "max" : "sum";
    Range at = c->index->quals[s->k].at;
    Node *trip = tensor_batch_size(e), *outer = e->loop_index;
    f->ordinals.n = 0;
    for (int i = 0; i < s->ordinals.n; i++) vec_push(e->arena, &f->ordinals, s->ordinals.v[i]);
    int64_t loop = g_loop_begin(g);
    Node *index = g_loop_index(g, loop);
    bool was = f->in_loop;
    f->in_loop = true;
    e->loop_index = g_binary(g, OP_ADD, g_binary(g, OP_MUL, outer, trip), index);
    with(e, f, &step, s->k, tensor_sample(e, s->batch, index, at));
    Node *v = step.failed ? NULL : reduce_items(e, f, &step, at);
    e->loop_index = outer;
    f->in_loop = was;
    if (!v) return false;
    *sums = (Sums){ 0 };
    passage_terms(g, p, step.name, tensor_unify_dtype(e, v, DT_F32), index, given, sums);
    Node *init[MAX_SUMS], *result[MAX_SUMS], *var[MAX_SUMS];
    for (int i = 0; i < sums->n; i++) {
        Node *t = sums->term[i];
        init[i] = g_const_splat(g, t->dtype, t->shape, sums->start[i]);
        var[i] = g_loop_var(g, loop, i, t->dtype, t->shape);
        if (sums->op[i] != OP_SELECT) {
            result[i] = g_binary(g, sums->op[i], var[i], t);
            continue;
        }
        Node *best = var[i - 1], *now = sums->term[i - 1];     /* FIRST_BEST */
        bool most = sums->op[i - 1] == OP_MAXIMUM;
        Node *better = g_binary(g, OP_LT, most ? best : now, most ? now : best);
        result[i] = g_select(g, better, t, var[i]);
    }
    Node *node = g_loop(g, loop, trip, init, result, sums->n);
    for (int i = 0; i < sums->n; i++) sums->result[i] = g_loop_out(g, node, i);
    s->count = step.count;
    s->batches = step.batches;
    return true;
}

/* `value`, with the derivatives of `like`, which is the same number: without derivatives nothing of
 * it remains. */
static Node *derived_as(Graph *g, Node *value, Node *like) {
    return g_binary(g, OP_ADD, g_stop(g, value), g_binary(g, OP_SUB, like, g_stop(g, like)));
}

static Node *over(Graph *g, Node *a, double b) {
    return g_binary(g, OP_DIV, a, g_const_splat(g, DT_F32, a->shape, b));
}

/* The product of factors as a sum and elementary symmetric polynomials of those that are 0: right to
 * the third derivative. */
static Node *product_of(Graph *g, Node *const *s) {
    Node *rest = g_binary(g, OP_MUL, g_stop(g, s[0]),
                          g_unary(g, OP_EXP, g_binary(g, OP_SUB, s[1], g_stop(g, s[1]))));
    Shape shape = rest->shape;
    Node *s1 = s[3], *s2 = s[4], *s3 = s[5], *square = g_binary(g, OP_MUL, s1, s1);
    Node *e2 = over(g, g_binary(g, OP_SUB, square, s2), 2);
    Node *three = g_const_splat(g, DT_F32, shape, 3), *mixed = g_binary(g, OP_MUL, s1, s2);
    Node *e3 = g_binary(g, OP_SUB, g_binary(g, OP_MUL, square, s1), g_binary(g, OP_MUL, three, mixed));
    e3 = over(g, g_binary(g, OP_ADD, e3, g_binary(g, OP_ADD, s3, s3)), 6);
    Node *of[] = { g_const_splat(g, DT_F32, shape, 1), s1, e2, e3 };
    Node *zeros = g_const_splat(g, DT_F32, shape, 0);
    for (int k = 3; k >= 0; k--) {
        Node *count = g_const_splat(g, DT_F32, shape, k);
        zeros = g_select(g, g_binary(g, OP_EQ, s[2], count), of[k], zeros);
    }
    return g_binary(g, OP_MUL, rest, zeros);
}

/* What the loops give; derivatives pass through sums, so that other joins get theirs from sums, in
 * loops of their own. NULL after an error. */
static Node *join_samples(Elab *e, Frame *f, Samples *s) {
    Graph *g = e->g;
    const char *name = s->c->name;
    Sums a, b;
    if (!passage(e, f, s, JOIN, NULL, &a)) return NULL;
    if (!strcmp(name, "logsumexp")) {
        Node *most = g_stop(g, a.result[0]);
        if (!passage(e, f, s, EXPONENTIALS, most, &b)) return NULL;
        return g_binary(g, OP_ADD, g_unary(g, OP_LOG, b.result[0]), most);
    }
    if (!strcmp(name, "prod")) {
        if (!passage(e, f, s, FACTORS, NULL, &b)) return NULL;
        return derived_as(g, a.result[0], product_of(g, b.result));
    }
    if (strcmp(name, "max") && strcmp(name, "min")) return a.result[0];
    if (!passage(e, f, s, FIRST_BEST, NULL, &b)) return NULL;
    if (!passage(e, f, s, CHOSEN, b.result[1], &b)) return NULL;
    return derived_as(g, a.result[0], b.result[0]);
}

/* y in batch(x): a run-time loop whose k-th step sees the sample k places before each sample. */
static void samples(Elab *e, Frame *f, Comprehension *c, int k, Value *batch) {
    Range at = c->index->quals[k].at;
    bool lists = !strcmp(c->name, "stack") || !strcmp(c->name, "cat");
    c->failed |= f->params || lists;
    if (f->params) e_error(e, f, E0214, at, "a loop over the batch in a network");
    else if (lists)
        e_error(e, f, E0501, at,
                "the batch has no size at compile time: '%s' cannot list its samples", c->name);
    if (c->failed) return;
    Samples s = { .c = c, .k = k, .batch = batch };
    for (int i = 0; i < f->ordinals.n; i++) vec_push(e->arena, &s.ordinals, f->ordinals.v[i]);
    Tracks *collector = e->collector;
    e->collector = NULL;
    Node *n = join_samples(e, f, &s);
    e->collector = collector;
    c->failed |= !n;
    if (!n) return;
    vec_push(e->arena, &c->items, value_node(e, n, at));
    c->count += s.count;
    c->batches = s.batches + 1;
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
    if (v->kind == V_BATCH) {
        samples(e, f, c, k, v);
    } else if (v->kind == V_LIST) {
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
        c->count++;
        return;
    }
    const Qual *q = &c->index->quals[k];
    Value *v;
    switch (q->kind) {
    case Q_IN: clause_in(e, f, c, k); return;
    case Q_DRAW: v = draw_eval(e, f, q->draw, q->name, false); break;
    case Q_LET: v = expr_eval(e, f, q->value); break;
    default:
        v = e_error(e, f, E0306, q->at,
                    "a comprehension clause is  name in range,  name ~ draw  or  "
                    "name = value");
    }
    if (v->kind == V_ERROR) c->failed = true;
    else with(e, f, c, k, v);
}

bool comprehension_is(const char *name) {
    static const char *const reducers[] = { "sum", "mean", "prod", "max", "min", "logsumexp",
                                            "stack",
                                            "cat" };
    for (int i = 0; i < 8; i++) if (!strcmp(reducers[i], name)) return true;
    return false;
}

Value *comprehension_eval(Elab *e, Frame *f, const Expr *call) {
    const Expr *index = call->a;
    const char *name = index->a->name;
    if (call->n_args != 1 || call->args[0].name)
        return e_error(e, f, E0210, call->at, "a comprehension takes one expression:  %s[...](e)",
                       name);
    Comprehension c = { .index = index, .body = call->args[0].value, .name = name };
    clause(e, f, &c, 0);
    if (c.failed) return &value_error;
    Range at = call->at;
    if (c.items.n == 0) {
        if (strcmp(name, "sum")) return e_error(e, f, E0306, index->at, "nothing to iterate over");
        return value_node(e, g_const(e->g, DT_F32, 0), at);
    }
    double start;
    bool lists = !strcmp(name, "stack") || !strcmp(name, "cat") || !strcmp(name, "logsumexp");
    if (!lists) {
        Value *v = join(e, f, &c, joining(name, &start), at);
        if (v->kind == V_ERROR || strcmp(name, "mean")) return v;
        v = op_binary(e, f, OPR_DIV, v, value_int(e, c.count, at), at);
        for (int i = 0; i < c.batches && v->kind != V_ERROR; i++)
            v = op_binary(e, f, OPR_DIV, v, value_node(e, tensor_batch_size(e), at), at);
        return v;
    }
    Value *list = value_new(e, V_LIST, at);
    list->v = c.items.v;
    list->n = c.items.n;
    CallArg args[2] = { { NULL, list, at }, { NULL, value_int(e, 0, at), at } };
    Node *n = !strcmp(name, "cat") ? lifted_cat(e, &c) : stacked(e, f, &c, at);
    if (!n && !strcmp(name, "cat")) return builtin_call(e, f, builtin_find("cat"), args, 1, at);
    if (!n) return &value_error;
    Value *v = value_node(e, n, at);
    if (strcmp(name, "logsumexp")) return v;
    args[0].value = v;
    return tensor_reduce(e, f, "logsumexp", args, 2, at);
}
