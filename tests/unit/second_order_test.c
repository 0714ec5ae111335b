// links: passes graph base
/* second_order_test.c - what second derivatives cost: the contractions of objectives that use them,
 * against counts by hand; and that the forms which are chosen for it are equal. */
#include "ops/derivative_check.h"
#include "passes/rewrite.h"

/* Two inputs, two hidden layers of 8 and one energy: a contraction with the first weight costs 16 per
 * sample, with the second 64, with the last 8. */
enum { D = 2, H = 8, FIRST = D * H, HIDDEN = H * H, LAST = H };

static Shape rows(int64_t n) { return shape_of(2, (int64_t[]){ DIM_BATCH, n }); }
static Node *mul(Graph *g, Node *a, Node *b) { return g_binary(g, OP_MUL, a, b); }
static Node *add(Graph *g, Node *a, Node *b) { return g_binary(g, OP_ADD, a, b); }
static Node *sub(Graph *g, Node *a, Node *b) { return g_binary(g, OP_SUB, a, b); }
static Node *scaled(Graph *g, Node *a, double v) {
    return mul(g, a, g_const_splat(g, DT_F32, a->shape, v));
}
static Node *sum(Graph *g, Node *a) { return g_reduce_example(g, OP_REDUCE_SUM, a); }
static Node *mean(Graph *g, Node *a) {
    Node *n = g_convert(g, g_scalar(g, 0, DT_I32), DT_F32);
    return g_binary(g, OP_DIV, g_reduce_batch(g, OP_REDUCE_SUM, a), n);
}

/* ---- activations, as a spec would write them ------------------------------------------------- */
typedef Node *Activation(Graph *g, Node *z);
static Node *silu(Graph *g, Node *z) { return mul(g, z, g_unary(g, OP_SIGMOID, z)); }
static Node *softplus(Graph *g, Node *z) { return g_unary(g, OP_SOFTPLUS, z); }
static Node *tanh_(Graph *g, Node *z) { return g_unary(g, OP_TANH, z); }
static Node *gelu(Graph *g, Node *z) {
    Node *e = g_unary(g, OP_ERF, scaled(g, z, 0.7071067811865476));
    return mul(g, scaled(g, z, 0.5), add(g, e, g_const_splat(g, DT_F32, z->shape, 1)));
}
static Node *elu(Graph *g, Node *z) {
    Node *zero = g_const_splat(g, DT_F32, z->shape, 0), *below = g_binary(g, OP_MINIMUM, z, zero);
    return g_select(g, g_binary(g, OP_LT, zero, z), z, g_unary(g, OP_EXPM1, below));
}
static const struct { const char *name; Activation *f; } activations[] = {
    { "silu", silu }, { "softplus", softplus }, { "tanh", tanh_ }, { "gelu", gelu }, { "elu", elu },
};
enum { ACTIVATIONS = sizeof activations / sizeof *activations };

static Node *linear(Graph *g, Node *x, int k, int64_t out) {
    Node *w = g_state(g, k, 0, DT_F32, shape_of(2, (int64_t[]){ out, x->shape.dim[1] }));
    Node *b = g_state(g, k + 1, 0, DT_F32, shape_of(1, &out));
    Node *y = g_dot(g, x, w, &(DotAxes){ .nc = 1, .ac = { 1 }, .bc = { 1 } });
    return g_var(g, add(g, y, g_broadcast(g, b, y->shape, (int[]){ 1 })));
}
static Node *energy(Graph *g, Node *x, Activation *f) {
    Node *a = f(g, linear(g, x, 0, H)), *b = f(g, linear(g, a, 2, H));
    return g_reshape(g, linear(g, b, 4, 1), shape_of(1, (int64_t[]){ DIM_BATCH }));
}

/* ---- derivatives as the front end requests them: each call has variables of its own ------------ */
static Node *grad(Graph *g, Node *x, Activation *f) {
    Node *var = g_var(g, x);
    return g_request(g, OP_GRAD, energy(g, var, f), var, NULL);
}
static Node *hvp(Graph *g, Node *x, Node *v, Activation *f) {
    Node *var = g_var(g, x);
    return g_request(g, OP_JVP, g_request(g, OP_GRAD, energy(g, var, f), var, NULL), var, v);
}
static Node *slope(Graph *g, Node *x, Node *v, Activation *f) {
    Node *var = g_var(g, x);
    return g_request(g, OP_JVP, energy(g, var, f), var, v);
}
static Node *curvature(Graph *g, Node *x, Node *v, Activation *f) {
    Node *var = g_var(g, x);
    return g_request(g, OP_JVP, slope(g, var, v, f), var, v);
}
static Node *square(Graph *g, Node *a) { return mul(g, a, a); }

/* ---- objectives: one value per sample ---------------------------------------------------------- */
static Node *dsm(Graph *g, Node *x, Node *v, Activation *f) {
    return sum(g, square(g, sub(g, grad(g, add(g, x, v), f), v)));
}
static Node *ssm_jvp(Graph *g, Node *x, Node *v, Activation *f) {
    return sub(g, scaled(g, square(g, slope(g, x, v, f)), 0.5), curvature(g, x, v, f));
}
static Node *ssm_hvp(Graph *g, Node *x, Node *v, Activation *f) {
    Node *along = sum(g, mul(g, v, grad(g, x, f)));
    return sub(g, scaled(g, square(g, along), 0.5), sum(g, mul(g, v, hvp(g, x, v, f))));
}
static Node *ssm_vr(Graph *g, Node *x, Node *v, Activation *f) {
    Node *norm = sum(g, square(g, grad(g, x, f)));
    return sub(g, scaled(g, norm, 0.5), sum(g, mul(g, hvp(g, x, v, f), v)));
}
static Node *ssm_vr_jvp(Graph *g, Node *x, Node *v, Activation *f) {
    return sub(g, scaled(g, sum(g, square(g, grad(g, x, f))), 0.5), curvature(g, x, v, f));
}
/* Two phases and a penalty on the gradient of the first. */
static Node *penalty(Graph *g, Node *x, Node *v, Activation *f) {
    Node *one = g_const_splat(g, DT_F32, shape_of(1, (int64_t[]){ DIM_BATCH }), 1);
    Node *n = g_unary(g, OP_SQRT, sum(g, square(g, grad(g, x, f))));
    return add(g, sub(g, energy(g, x, f), energy(g, v, f)), square(g, sub(g, n, one)));
}
static Node *trace_hvp(Graph *g, Node *x, Node *v, Activation *f) {
    return sum(g, mul(g, v, hvp(g, x, v, f)));
}
/* One net, called twice. */
static Node *regularised(Graph *g, Node *x, Node *v, Activation *f) {
    return add(g, energy(g, x, f), scaled(g, square(g, energy(g, x, f)), 0.001));
}
static Node *two_slices(Graph *g, Node *x, Node *v, Activation *f) {
    Node *u = g_input(g, DIR_U, DT_F32, x->shape);
    return add(g, trace_hvp(g, x, v, f), sum(g, mul(g, u, hvp(g, x, u, f))));
}

/* ---- counting ---------------------------------------------------------------------------------- */
typedef struct Work { Graph *g; Node *root[8]; int n; } Work;
typedef struct Count { int first, hidden, last; } Count;

static void follow(Work *w, Node **map, Graph *out) {
    for (int i = 0; i < w->n; i++) w->root[i] = map[w->root[i]->id];
    w->g = out;
    const char *bad = graph_verify(w->g, w->root, w->n, graph_arena(w->g));
    cr_assert(!bad, "%s", bad);
}
static void compile(Work *w) {
    Graph *out;
    Node **map = ad_differentiate(w->g, w->root, w->n, &out);
    follow(w, map, out);
    map = graph_rewrite(w->g, w->root, w->n, simplify_rules, NULL, &out);
    follow(w, map, out);
    map = graph_rewrite(w->g, w->root, w->n, simplify_rules, contract_rules, &out);
    follow(w, map, out);
}
static Count count(const Work *w) {
    Count c = { 0, 0, 0 };
    bool *live = xalloc(graph_size(w->g) + 1, "test");
    graph_mark_live(w->g, w->root, w->n, live);
    for (uint32_t id = 0; id < graph_size(w->g); id++) {
        const Node *m = graph_node(w->g, id);
        if (!live[id] || m->op != OP_DOT) continue;
        DotView v = dot_view(m);
        int64_t work = shape_count(m->shape);
        for (int k = 0; k < v.d.nc; k++) {
            int64_t size = m->in[0]->shape.dim[v.d.ac[k]];
            if (size != DIM_BATCH) work *= size;
        }
        cr_assert(work == FIRST || work == HIDDEN || work == LAST, "%d", (int)work);
        *(work == FIRST ? &c.first : work == HIDDEN ? &c.hidden : &c.last) += 1;
    }
    xfree(live);
    return c;
}

typedef Node *Objective(Graph *g, Node *x, Node *v, Activation *f);
static Work objective(Arena *a, Objective *loss, Activation *f) {
    Work w = { .g = graph_new(a) };
    Node *x = g_input(w.g, 0, DT_F32, rows(D)), *v = g_input(w.g, DIR_V, DT_F32, rows(D));
    w.root[w.n++] = loss(w.g, x, v, f);
    return w;
}
/* The loss, or its gradients in all parameters. */
static Work compiled(Arena *a, Objective *loss, Activation *f, bool train) {
    Work w = objective(a, loss, f);
    Node *state[MAX_INPUTS], *m = train ? mean(w.g, w.root[0]) : NULL;
    if (train) {
        int n = 0;
        for (uint32_t id = 0; id < graph_size(w.g); id++)
            if (graph_node(w.g, id)->op == OP_STATE) state[n++] = graph_node(w.g, id);
        cr_assert(n == 6);
        w.n = 0;
        for (int k = 0; k < n; k++) w.root[w.n++] = g_request(w.g, OP_GRAD, m, state[k], NULL);
    }
    compile(&w);
    return w;
}

/* In passes through the net a layer at a time: `hidden` for each hidden layer; `first` is less by what
 * an input needs no derivative of. */
Test(counts, objectives) {
    static const struct { const char *name; Objective *loss; bool train; int first, hidden; } want[] = {
        { "denoising score matching", dsm, true, 5, 6 },
        { "sliced score matching, jvp", ssm_jvp, true, 4, 9 },
        { "sliced score matching, hvp", ssm_hvp, true, 4, 9 },
        { "with the norm of the gradient, hvp", ssm_vr, true, 7, 9 },
        { "with the norm of the gradient, jvp", ssm_vr_jvp, true, 7, 9 },
        { "gradient penalty, two phases", penalty, true, 7, 9 },
        { "energy and its square", regularised, true, 2, 3 },
        { "trace, hvp", trace_hvp, false, 2, 3 },
        { "trace, jvp", curvature, false, 2, 3 },
        { "two directions", two_slices, false, 5, 6 },
        { "parameters of two directions", two_slices, true, 6, 12 },
    };
    for (size_t k = 0; k < sizeof want / sizeof *want; k++)
        for (int f = 0; f < ACTIVATIONS; f++) {
            Arena *a = arena_new("test");
            Work w = compiled(a, want[k].loss, activations[f].f, want[k].train);
            Count c = count(&w);
            cr_expect(c.first == want[k].first && c.hidden == want[k].hidden && c.last <= 2,
                      "%s, %s: %d first, %d hidden, %d last", want[k].name, activations[f].name,
                      c.first, c.hidden, c.last);
            arena_free(a);
        }
}

/* ---- slopes ------------------------------------------------------------------------------------ */
/* f(z) and f'(z) t: one product with a value that depends on z alone, and how many elementwise ops
 * all that takes. */
Test(slopes, are_one_value_of_few_ops) {
    static const int ops[] = { 6, 3, 4, 13, 9 };
    for (int f = 0; f < ACTIVATIONS; f++) {
        Arena *a = arena_new("test");
        Work w = { .g = graph_new(a) };
        Node *z = g_var(w.g, g_input(w.g, 0, DT_F32, rows(H)));
        Node *t = g_input(w.g, DIR_V, DT_F32, rows(H)), *y = activations[f].f(w.g, z);
        w.root[w.n++] = y;
        w.root[w.n++] = g_request(w.g, OP_JVP, y, z, t);
        compile(&w);
        int count = 0;
        for (uint32_t id = 0; id < graph_size(w.g); id++)
            count += op_is_elementwise(graph_node(w.g, id)->op);
        const Node *slope = w.root[1];
        while (slope->op == OP_MUL && node_splat(slope->in[1], NULL)) slope = slope->in[0];
        bool left = slope->in[0]->op == OP_INPUT && slope->in[0]->attr[0] == DIR_V;
        bool right = slope->in[1]->op == OP_INPUT && slope->in[1]->attr[0] == DIR_V;
        cr_expect(slope->op == OP_MUL && (left || right), "%s", activations[f].name);
        cr_expect(count == ops[f], "%s: %d", activations[f].name, count);
        arena_free(a);
    }
}

/* ---- the forms are equal ------------------------------------------------------------------------- */
/* The first root of w before and after `other` is a root beside it. */
static void expect_equal(const char *name, Work *alone, Work *beside, Arena *a, int hidden) {
    double *x[1], *y[2];
    Values at = { -1.2, 1.4, 0, DIR_V };
    compile(alone);
    compile(beside);
    cr_expect(count(alone).hidden == hidden, "%s: %d", name, count(alone).hidden);
    run_graph(alone->g, alone->root, 1, &at, a, x, NULL);
    run_graph(beside->g, beside->root, 2, &at, a, y, NULL);
    expect_close("two forms", name, x[0], y[0], value_count(alone->root[0]), 1e-12);
}

/* A directional derivative, beside the gradient itself and alone. */
Test(forms, a_trace_is_two_tangents_unless_the_gradient_is_there) {
    static Objective *const ways[] = { trace_hvp, curvature, ssm_hvp, ssm_jvp };
    static const int alone_is[] = { 3, 3, 3, 3 };
    for (int k = 0; k < 4; k++)
        for (int f = 0; f < ACTIVATIONS; f++) {
            Arena *a = arena_new("test");
            Work alone = objective(a, ways[k], activations[f].f);
            Work beside = objective(a, ways[k], activations[f].f);
            Node *x = g_input(beside.g, 0, DT_F32, rows(D));
            beside.root[beside.n++] = grad(beside.g, x, activations[f].f);
            expect_equal(activations[f].name, &alone, &beside, a, alone_is[k]);
            cr_expect(count(&beside).hidden == 4, "%d", count(&beside).hidden);
            arena_free(a);
        }
}

/* Where the two forms differ, the one that was written stays. */
static Node *mixed(Graph *g, Node *x, Node *v, Activation *f) {          /* samples see their mean */
    Node *var = g_var(g, x), *e = energy(g, var, f), *m = mean(g, e);
    e = mul(g, e, g_broadcast_scalar(g, m, e->shape));
    Node *score = g_request(g, OP_GRAD, e, var, NULL);
    return sum(g, mul(g, v, g_request(g, OP_JVP, score, var, v)));
}
static Node *moving(Graph *g, Node *x, Node *v, Activation *f) {         /* the direction moves too */
    Node *var = g_var(g, x), *e = energy(g, var, f), *dir = g_unary(g, OP_SIN, var);
    Node *score = g_request(g, OP_GRAD, e, var, NULL);
    Node *hv = g_request(g, OP_JVP, score, var, v);
    return sum(g, mul(g, dir, hv));
}
static Node *summed(Graph *g, Node *x, Node *v, Activation *f) {         /* one energy of the batch */
    Node *var = g_var(g, x), *e = g_reduce_batch(g, OP_REDUCE_SUM, energy(g, var, f));
    Node *score = g_request(g, OP_GRAD, e, var, NULL);
    return sum(g, mul(g, v, g_request(g, OP_JVP, score, var, v)));
}
/* d/dx (sin(x) . grad E) along v, of which the direction's own change is a part. */
static Node *moving_tangent(Graph *g, Node *x, Node *v, Activation *f) {
    Node *outer = g_var(g, x), *dir = g_unary(g, OP_SIN, outer), *var = g_var(g, outer);
    Node *along = g_request(g, OP_JVP, energy(g, var, f), var, dir);
    return g_request(g, OP_JVP, along, outer, v);
}
Test(forms, what_only_looks_alike_stays) {
    static const struct { const char *name; Objective *f; int hidden; } odd[] = {
        { "mixed", mixed, 4 }, { "moving", moving, 4 }, { "summed", summed, 4 },
        { "moving tangent", moving_tangent, 4 } };
    for (int k = 0; k < 4; k++) {
        Arena *a = arena_new("test");
        Work alone = objective(a, odd[k].f, silu), beside = objective(a, odd[k].f, silu);
        Node *x = g_input(beside.g, 0, DT_F32, rows(D));
        beside.root[beside.n++] = grad(beside.g, x, silu);
        expect_equal(odd[k].name, &alone, &beside, a, odd[k].hidden);
        arena_free(a);
    }
}
