/* derivative_check.h - is every derivative of a graph right? One function for all derivative tests.
 *
 * The oracles are the interpreter's dual numbers and central differences in double precision;
 * neither shares a rule with compiler/passes. */
#ifndef EBM_DERIVATIVE_CHECK_H
#define EBM_DERIVATIVE_CHECK_H
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>
#include "passes/passes.h"

enum { CHECK_BATCH = 3, INDEX_LIMIT = 5, MAX_INPUTS = 16, DIR_V = 100, DIR_U = 200, DIR_W = 300 };

/* What the sources of a test graph hold. Inputs k < 100 are the variables, between lo and hi; those
 * from 100 on are the directions v (100 + k), u (200 + k) and the cotangent w (300). */
typedef struct Values {
    double lo, hi;
    double move;                  /* the variables move by this along direction `dir` */
    int dir;                      /* DIR_V or DIR_U */
} Values;

static inline double noise(uint64_t a, uint64_t b) {               /* [0, 1) */
    uint64_t h = (a + 1) * 0x9e3779b97f4a7c15u ^ (b + 7) * 0xc2b2ae3d27d4eb4fu;
    for (int k = 0; k < 3; k++) h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
    return (double)(h >> 11) / 9007199254740992.0;
}
/* Inputs and states are told apart by their key. */
static inline uint64_t source_key(const Node *n) {
    return (uint64_t)n->attr[0] + (n->op == OP_STATE ? 50 : 0);
}
static inline void fill_source(void *user, const Node *n, int64_t count, double *out) {
    const Values *v = user;
    uint64_t key = source_key(n);
    for (int64_t i = 0; i < count; i++) {
        double r = noise(key, (uint64_t)i);
        if (n->op == OP_SCALAR) out[i] = n->dtype == DT_I32 ? 3 : 0.75;
        else if (n->dtype == DT_I32) out[i] = floor(r * INDEX_LIMIT);
        else if (key >= DIR_V) out[i] = 2 * r - 1;
        else out[i] = v->lo + (v->hi - v->lo) * r +
                      v->move * (2 * noise(key + (uint64_t)v->dir, (uint64_t)i) - 1);
    }
}
static inline bool fill_tangent(void *user, const Node *n, int64_t count, double *out) {
    const Values *v = user;
    if ((n->op != OP_INPUT && n->op != OP_STATE) || n->dtype != DT_F32 || source_key(n) >= DIR_V)
        return false;
    for (int64_t i = 0; i < count; i++)
        out[i] = 2 * noise(source_key(n) + (uint64_t)v->dir, (uint64_t)i) - 1;
    return true;
}

static inline int64_t value_count(const Node *n) {
    return shape_count(n->shape) * (node_batched(n) ? CHECK_BATCH : 1);
}
static inline void run_graph(Graph *g, Node *const *roots, int n, Values *v, Arena *a, double **out,
                             double **dual) {
    InterpEnv env = { .batch = CHECK_BATCH, .seed = 5, .first_sample = 7, .user = v,
                      .source = fill_source };
    graph_interpret(g, roots, n, &env, a, out, dual ? fill_tangent : NULL, dual);
}

static inline void expect_close(const char *what, const char *name, const double *a,
                                const double *b, int64_t n, double tol) {
    double size = 1;
    for (int64_t i = 0; i < n; i++) size = fmax(size, fmax(fabs(a[i]), fabs(b[i])));
    for (int64_t i = 0; i < n; i++)
        cr_assert(fabs(a[i] - b[i]) <= tol * size, "%s: %s [%d]: %.15g against %.15g", name, what,
                  (int)i, a[i], b[i]);
}
static inline double inner(const double *a, const double *b, int64_t n) {
    double s = 0;
    for (int64_t i = 0; i < n; i++) s += a[i] * b[i];
    return s;
}

/* The variables (f32 inputs below 100, and states) that y depends on. */
static inline int find_variables(Graph *g, Node *y, Node **x) {
    bool *live = xalloc(graph_size(g) + 1, "test");
    int n = 0;
    graph_mark_live(g, &y, 1, live);
    for (uint32_t id = 0; id < graph_size(g); id++) {
        Node *m = graph_node(g, id);
        if (live[id] && m->dtype == DT_F32 && (m->op == OP_INPUT || m->op == OP_STATE) &&
            source_key(m) < DIR_V) {
            cr_assert(n < MAX_INPUTS);
            x[n++] = m;
        }
    }
    xfree(live);
    return n;
}

static inline Node *or_zero(Graph *g, Node *t, const Node *like) {
    return t ? t : g_const_splat(g, DT_F32, like->shape, 0);
}
static inline Node *sum_all(Graph *g, Node *a) {
    int axes[MAX_RANK] = { 0, 1, 2, 3, 4, 5, 6, 7 };
    return a->shape.rank ? g_reduce(g, OP_REDUCE_SUM, a, axes, a->shape.rank) : a;
}

/* First, second and third derivatives of y in all its inputs:
 * roots: y, J v, then per input J'w, (J'w)_x v, (J'w)_x u, ((J'w)_x v)_x u, and grad <w, J v>. */
enum { PER = 5 };
static inline void check_derivatives(const char *name, Graph *g, Node *y, double lo, double hi) {
    Arena *a = arena_new("test");
    Node *x[MAX_INPUTS], *v[MAX_INPUTS], *u[MAX_INPUTS], *ct[MAX_INPUTS], *fr[MAX_INPUTS];
    int n = find_variables(g, y, x), n_roots = 2 + PER * n;
    cr_assert(n > 0, "%s: no variable left", name);
    for (int i = 0; i < n; i++) {
        v[i] = g_input(g, (int)source_key(x[i]) + DIR_V, DT_F32, x[i]->shape);
        u[i] = g_input(g, (int)source_key(x[i]) + DIR_U, DT_F32, x[i]->shape);
    }
    Node *w = g_input(g, DIR_W, DT_F32, y->shape), *root[2 + PER * MAX_INPUTS];
    root[0] = y;
    root[1] = or_zero(g, ad_jvp(g, y, x, v, n), y);
    ad_vjp(g, y, w, x, n, ct);
    Node *s = sum_all(g, g_binary(g, OP_MUL, root[1], w));
    ad_vjp(g, s, g_const(g, DT_F32, 1), x, n, fr);
    for (int i = 0; i < n; i++) {
        Node *gi = or_zero(g, ct[i], x[i]), *hv = or_zero(g, ad_jvp(g, gi, x, v, n), x[i]);
        Node **r = &root[2 + PER * i];
        r[0] = gi;
        r[1] = hv;
        r[2] = or_zero(g, ad_jvp(g, gi, x, u, n), x[i]);
        r[3] = or_zero(g, ad_jvp(g, hv, x, u, n), x[i]);
        r[4] = or_zero(g, fr[i], x[i]);
    }
    const char *bad = graph_verify(g, root, n_roots, a);
    cr_assert(!bad, "%s: %s", name, bad);

    double *out[2 + PER * MAX_INPUTS], *dv[2 + PER * MAX_INPUTS], *du[2 + PER * MAX_INPUTS];
    double *plus[2 + PER * MAX_INPUTS], *minus[2 + PER * MAX_INPUTS], *tmp[2 + PER * MAX_INPUTS];
    Values at = { lo, hi, 0, DIR_V }, along_u = { lo, hi, 0, DIR_U };
    run_graph(g, root, n_roots, &at, a, out, dv);
    run_graph(g, root, n_roots, &along_u, a, tmp, du);
    const double h = 1e-5;
    Values up = { lo, hi, h, DIR_V }, down = { lo, hi, -h, DIR_V };
    run_graph(g, root, n_roots, &up, a, plus, NULL);
    run_graph(g, root, n_roots, &down, a, minus, NULL);
    for (int k = 0; k < n_roots; k++)
        for (int64_t i = 0; i < value_count(root[k]); i++)
            plus[k][i] = (plus[k][i] - minus[k][i]) / (2 * h);

    int64_t ny = value_count(y);
    expect_close("tangent against dual numbers", name, out[1], dv[0], ny, 1e-10);
    expect_close("tangent against differences", name, out[1], plus[0], ny, 1e-7);
    double *wv[1], left, right = 0, uHv = 0, vHu = 0;
    run_graph(g, &w, 1, &at, a, wv, NULL);
    left = inner(wv[0], out[1], ny);
    for (int i = 0; i < n; i++) {
        double **r = &out[2 + PER * i], *vi[2];
        int64_t nx = value_count(x[i]);
        run_graph(g, (Node *[]){ v[i], u[i] }, 2, &at, a, vi, NULL);
        right += inner(r[0], vi[0], nx);
        uHv += inner(vi[1], r[1], nx);
        vHu += inner(vi[0], r[2], nx);
        expect_close("second order against dual numbers", name, r[1], dv[2 + PER * i], nx, 1e-9);
        expect_close("second order against differences", name, r[1], plus[2 + PER * i], nx, 1e-6);
        expect_close("reverse over forward", name, r[4], r[1], nx, 1e-9);
        expect_close("third order against dual numbers", name, r[3], du[2 + PER * i + 1], nx, 1e-8);
        expect_close("third order against differences", name, dv[2 + PER * i + 1],
                     plus[2 + PER * i + 1], nx, 1e-5);
    }
    expect_close("<w, J v> = <J'w, v>", name, &left, &right, 1, 1e-10);
    expect_close("u.Hv = v.Hu", name, &uHv, &vHu, 1, 1e-9);
    arena_free(a);
}
#endif
