/* graph_help.h - a bench for graph tests: random inputs, evaluation, dual numbers and differences.
 *
 * A Lab owns one arena, one graph and the values of its INPUT nodes. */
#ifndef EBM_TEST_GRAPH_HELP_H
#define EBM_TEST_GRAPH_HELP_H
#include "graph/graph.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

enum { LAB_INPUTS = 64 };
typedef struct Lab {
    Arena *a;
    Graph *g;
    InterpEnv env;
    int n;
    Node *input[LAB_INPUTS];
    int64_t count[LAB_INPUTS];
    double *value[LAB_INPUTS];
    double *tangent[LAB_INPUTS];  /* NULL: none */
    uint64_t random;
} Lab;

static inline double lab_uniform(Lab *l, double lo, double hi) {
    l->random = l->random * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(l->random >> 11) * 0x1p-53;
}

static inline void lab_source(void *user, const Node *n, int64_t count, double *out) {
    Lab *l = user;
    cr_assert_eq(n->op, OP_INPUT);
    cr_assert_eq(count, l->count[n->attr[0]]);
    memcpy(out, l->value[n->attr[0]], (size_t)count * sizeof *out);
}

static inline bool lab_tangent(void *user, const Node *n, int64_t count, double *out) {
    Lab *l = user;
    if (n->op != OP_INPUT || !l->tangent[n->attr[0]])
        return false;
    memcpy(out, l->tangent[n->attr[0]], (size_t)count * sizeof *out);
    return true;
}

static inline Lab *lab_new(int64_t batch) {
    Arena *a = arena_new("a graph test");
    Lab *l = NEW(a, Lab);
    l->a = a;
    l->g = graph_new(a);
    l->env = (InterpEnv){ .batch = batch, .seed = 7, .user = l, .source = lab_source };
    l->random = 12345;
    return l;
}
static inline void lab_free(Lab *l) { arena_free(l->a); }

#define SHAPE(...) shape_of((int)(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), \
                            (int64_t[]){ __VA_ARGS__ })
enum { B = DIM_BATCH };

static inline int64_t lab_count(const Lab *l, Shape s) {
    return shape_count(s) * (shape_batched(s) ? l->env.batch : 1);
}

/* An input with random values in [lo, hi), whole ones for other dtypes than f32; f32 inputs get a
 * random tangent. */
static inline Node *lab_input(Lab *l, DType t, Shape s, double lo, double hi) {
    int k = l->n++;
    cr_assert_lt(k, LAB_INPUTS);
    l->count[k] = lab_count(l, s);
    l->value[k] = NEW_ARRAY(l->a, double, l->count[k]);
    l->tangent[k] = t == DT_F32 ? NEW_ARRAY(l->a, double, l->count[k]) : NULL;
    for (int64_t i = 0; i < l->count[k]; i++) {
        double v = lab_uniform(l, lo, hi);
        l->value[k][i] = t == DT_F32 ? v : floor(v);
        if (t == DT_F32)
            l->tangent[k][i] = lab_uniform(l, -1, 1);
    }
    return l->input[k] = g_input(l->g, k, t, s);
}
static inline double *lab_value(Lab *l, const Node *input) { return l->value[input->attr[0]]; }

static inline double *lab_eval(Lab *l, Node *n) {
    double *out;
    graph_interpret(l->g, &n, 1, &l->env, l->a, &out, NULL, NULL);
    return out;
}
static inline double *lab_dual(Lab *l, Node *n) {
    double *out, *dual;
    graph_interpret(l->g, &n, 1, &l->env, l->a, &out, lab_tangent, &dual);
    return dual;
}

#define cr_assert_near(got, want, tol) do { \
    double got_ = (got), want_ = (want), tol_ = (tol) * (1 + fabs(want_)); \
    cr_assert(fabs(got_ - want_) <= tol_ || (isnan(got_) && isnan(want_)) || got_ == want_, \
              "%s:%d: got %.17g, want %.17g", __FILE__, __LINE__, got_, want_); } while (0)

/* The value of n with all inputs moved by h along their tangents. */
static inline double *lab_moved(Lab *l, Node *n, double h) {
    double *keep[LAB_INPUTS];
    for (int k = 0; k < l->n; k++) {
        keep[k] = l->value[k];
        if (!l->tangent[k])
            continue;
        l->value[k] = NEW_ARRAY(l->a, double, l->count[k]);
        for (int64_t i = 0; i < l->count[k]; i++)
            l->value[k][i] = keep[k][i] + h * l->tangent[k][i];
    }
    double *out = lab_eval(l, n);
    memcpy(l->value, keep, sizeof keep);
    return out;
}

/* The dual part of n against central differences. */
static inline void lab_check_dual(Lab *l, Node *n) {
    double h = 1e-5, *dual = lab_dual(l, n), *up = lab_moved(l, n, h), *down = lab_moved(l, n, -h);
    bool any = false;
    for (int64_t i = 0; i < lab_count(l, n->shape); i++) {
        double slope = (up[i] - down[i]) / (2 * h);
        cr_assert(fabs(dual[i] - slope) < 1e-7 * (1 + fabs(slope)) + 1e-7,
                  "%s[%d]: dual %.12g, difference %.12g", op_info[n->op].name, (int)i, dual[i],
                  slope);
        any |= dual[i] != 0;
    }
    cr_assert(any, "%s: no tangent came through", op_info[n->op].name);
}

/* n is linear in input k: f(2x - 3y) = 2 f(x) - 3 f(y). */
static inline void lab_check_linear(Lab *l, Node *n, const Node *input) {
    int k = (int)input->attr[0];
    int64_t count = lab_count(l, n->shape);
    double *x = l->value[k], *y = l->tangent[k], *fx = lab_eval(l, n);
    l->value[k] = y;
    double *fy = lab_eval(l, n);
    l->value[k] = NEW_ARRAY(l->a, double, l->count[k]);
    for (int64_t i = 0; i < l->count[k]; i++)
        l->value[k][i] = 2 * x[i] - 3 * y[i];
    double *f = lab_eval(l, n);
    l->value[k] = x;
    for (int64_t i = 0; i < count; i++)
        cr_assert_near(f[i], 2 * fx[i] - 3 * fy[i], 1e-12);
}

static inline double lab_inner(Lab *l, Node *x, Node *y) {
    double *a = lab_eval(l, x), *b = lab_eval(l, y), sum = 0;
    cr_assert(shape_equal(x->shape, y->shape));
    for (int64_t i = 0; i < lab_count(l, x->shape); i++)
        sum += a[i] * b[i];
    return sum;
}
#endif
