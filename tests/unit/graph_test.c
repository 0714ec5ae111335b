// links: base graph
/* graph_test.c - constructors (sharing, folding, identities), shapes, walks, text and verifier. */
#include "unit/graph_help.h"

/* ---- sharing ------------------------------------------------------------------------------- */

Test(graph, equal_nodes_are_one) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 3), 0, 1), *y = lab_input(l, DT_F32, SHAPE(B, 3), 0, 1);
    cr_assert_eq(g_binary(g, OP_ADD, x, y), g_binary(g, OP_ADD, y, x));
    cr_assert_eq(g_binary(g, OP_MUL, x, y), g_binary(g, OP_MUL, y, x));
    cr_assert_neq(g_binary(g, OP_SUB, x, y), g_binary(g, OP_SUB, y, x));
    cr_assert_neq(g_binary(g, OP_MAXIMUM, x, y), g_binary(g, OP_MAXIMUM, y, x));
    cr_assert_eq(g_reduce_example(g, OP_REDUCE_SUM, x),
                 g_reduce(g, OP_REDUCE_SUM, x, (int[]){1}, 1));
    cr_assert_neq(g_reduce_example(g, OP_REDUCE_SUM, x), g_reduce_batch(g, OP_REDUCE_SUM, x));
    cr_assert_eq(g_const(g, DT_F32, 2), g_const(g, DT_F32, 2));
    cr_assert_neq(g_const(g, DT_F32, 2), g_const(g, DT_I32, 2));
    double a[] = { 1, 2, 3 }, b[] = { 1, 2, 4 }, c[] = { 5, 5, 5 };
    cr_assert_eq(g_const_tensor(g, DT_F32, SHAPE(3), a), g_const_tensor(g, DT_F32, SHAPE(3), a));
    cr_assert_neq(g_const_tensor(g, DT_F32, SHAPE(3), a), g_const_tensor(g, DT_F32, SHAPE(3), b));
    cr_assert_eq(g_const_tensor(g, DT_F32, SHAPE(3), c), g_const_splat(g, DT_F32, SHAPE(3), 5));
    lab_free(l);
}

Test(graph, versions_sites_and_variables_do_not_merge) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *one = g_const(g, DT_I32, 1);
    cr_assert_neq(g_state(g, 0, 0, DT_F32, SHAPE(3)), g_state(g, 0, 1, DT_F32, SHAPE(3)));
    Node *draw = g_rand(g, OP_RAND_NORMAL, SHAPE(B, 3), 5, NULL, NULL);
    cr_assert_eq(draw, g_rand(g, OP_RAND_NORMAL, SHAPE(B, 3), 5, NULL, NULL));
    cr_assert_neq(draw, g_rand(g, OP_RAND_NORMAL, SHAPE(B, 3), 6, NULL, NULL));
    cr_assert_neq(draw, g_rand(g, OP_RAND_NORMAL, SHAPE(B, 3), 5, one, NULL));
    cr_assert_neq(g_var(g, draw), g_var(g, draw));
    lab_free(l);
}

Test(graph, many_nodes_stay_shared) {
    Lab *l = lab_new(2);
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 5000; i++)
            g_unary(l->g, OP_EXP, g_input(l->g, i, DT_F32, SHAPE(B)));
        cr_assert_eq(graph_size(l->g), 10000);
    }
    lab_free(l);
}

Test(graph, too_many_nodes, .exit_code = EXIT_LIMIT) {
    Lab *l = lab_new(2);
    for (int i = 0; i < 200000; i++)
        g_input(l->g, i, DT_F32, SHAPE(B));
}

/* ---- folding ------------------------------------------------------------------------------- */

/* Every elementwise op of constants is the constant that the interpreter computes. */
Test(graph, constants_fold) {
    Lab *l = lab_new(1);
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *o = &op_info[op];
        if (!op_is_elementwise((Op)op))
            continue;
        bool logic = op == OP_AND || op == OP_OR || op == OP_NOT;
        Node *in[3], *raw[3], *made, *plain;
        for (int i = 0; i < o->arity; i++) {
            DType t = logic || (op == OP_SELECT && i == 0) ? DT_BOOL : DT_F32;
            double v = t == DT_BOOL ? i % 2 : lab_uniform(l, o->lo, o->hi);
            raw[i] = lab_input(l, t, SHAPE(2), 0, 1);
            lab_value(l, raw[i])[0] = lab_value(l, raw[i])[1] = v;
            in[i] = g_const_splat(l->g, t, SHAPE(2), v);
        }
        made = g_rebuild(l->g, &(Node){ .op = (Op)op, .n_in = o->arity }, in);
        plain = g_rebuild(l->g, &(Node){ .op = (Op)op, .n_in = o->arity }, raw);
        cr_assert(node_splat(made, NULL), "%s", o->name);
        cr_assert_eq(made->dtype, plain->dtype);
        cr_assert_eq(plain->op, (Op)op);
        cr_assert_eq(made->data[0], lab_eval(l, plain)[1], "%s", o->name);
        l->n = 0;
        l->g = graph_new(l->a);
    }
    lab_free(l);
}

static bool is_splat(const Node *n, double want) {
    double v;
    return node_splat(n, &v) && v == want;
}

Test(graph, identities_of_sums_and_products) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 3), 0, 1), *y = lab_input(l, DT_F32, SHAPE(B, 3), 0, 1);
#define C(v) g_const_splat(g, DT_F32, x->shape, v)
#define BIN(op, a, b) g_binary(g, OP_##op, a, b)
    Node *nx = g_unary(g, OP_NEG, x), *ny = g_unary(g, OP_NEG, y);
    cr_assert_eq(BIN(ADD, x, C(0)), x);
    cr_assert_eq(BIN(ADD, C(0), x), x);
    cr_assert_eq(BIN(SUB, x, C(0)), x);
    cr_assert_eq(BIN(SUB, C(0), x), nx);
    cr_assert(is_splat(BIN(SUB, x, x), 0));
    cr_assert_eq(BIN(MUL, x, C(1)), x);
    cr_assert_eq(BIN(MUL, C(-1), x), nx);
    cr_assert(is_splat(BIN(MUL, x, C(0)), 0));
    cr_assert_eq(BIN(DIV, x, C(1)), x);
    cr_assert_eq(BIN(DIV, x, C(4)), BIN(MUL, x, C(0.25)));
    cr_assert_eq(BIN(DIV, x, C(3))->op, OP_DIV);
    cr_assert_eq(g_unary(g, OP_NEG, nx), x);
    cr_assert_eq(g_unary(g, OP_NEG, BIN(SUB, x, y)), BIN(SUB, y, x));
    cr_assert_eq(BIN(ADD, x, ny), BIN(SUB, x, y));
    cr_assert_eq(BIN(SUB, x, ny), BIN(ADD, x, y));
    Node *z = g_unary(g, OP_EXP, y);          /* younger than nx */
    cr_assert_eq(BIN(ADD, nx, z), BIN(SUB, z, x));
    cr_assert_eq(BIN(MUL, nx, y), g_unary(g, OP_NEG, BIN(MUL, x, y)));
    cr_assert_eq(BIN(MUL, nx, ny), BIN(MUL, x, y));
    cr_assert_eq(BIN(DIV, x, ny), g_unary(g, OP_NEG, BIN(DIV, x, y)));
    cr_assert_eq(BIN(MUL, C(3), BIN(MUL, C(5), x)), BIN(MUL, x, C(15)));
    cr_assert_eq(BIN(DIV, BIN(MUL, x, C(6)), C(3)), BIN(MUL, x, C(2)));
    cr_assert_eq(g_unary(g, OP_NEG, BIN(MUL, x, C(2))), BIN(MUL, x, C(-2)));
    cr_assert_eq(BIN(MUL, BIN(MUL, x, C(1e-25)), C(1e-25))->in[0]->op, OP_MUL);
    Node *c = BIN(LT, x, y);                  /* slopes of max(x, 0) and its like */
    cr_assert_eq(BIN(MUL, g_select(g, c, C(1), C(0)), x), g_select(g, c, x, C(0)));
    cr_assert_eq(BIN(MUL, x, g_select(g, c, C(0), C(1))), g_select(g, c, C(0), x));
    cr_assert_eq(BIN(MUL, g_select(g, c, C(1), C(2)), C(3)), g_select(g, c, C(3), C(6)));
    cr_assert_eq(BIN(MUL, x, g_select(g, c, C(1), C(2)))->op, OP_MUL);
    lab_free(l);
}

Test(graph, identities_of_other_elementwise_ops) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B), 0.5, 2), *y = lab_input(l, DT_F32, SHAPE(B), 0.5, 2);
    Node *p = g_binary(g, OP_LT, x, y), *t = g_const_splat(g, DT_BOOL, SHAPE(B), 1);
    Node *q = g_binary(g, OP_EQ, x, y), *f = g_const_splat(g, DT_BOOL, SHAPE(B), 0);
    cr_assert_eq(g_select(g, t, x, y), x);
    cr_assert_eq(g_select(g, f, x, y), y);
    cr_assert_eq(g_select(g, p, x, x), x);
    cr_assert_eq(g_select(g, g_unary(g, OP_NOT, p), x, y), g_select(g, p, y, x));
    cr_assert_eq(g_binary(g, OP_AND, p, t), p);
    cr_assert_eq(g_binary(g, OP_AND, f, p), f);
    cr_assert_eq(g_binary(g, OP_OR, p, t), t);
    cr_assert_eq(g_binary(g, OP_OR, p, f), p);
    cr_assert_eq(g_binary(g, OP_AND, p, q), g_binary(g, OP_AND, q, p));
    cr_assert_eq(g_unary(g, OP_NOT, g_unary(g, OP_NOT, p)), p);
    cr_assert_eq(g_binary(g, OP_MAXIMUM, x, x), x);
    cr_assert_eq(g_convert(g, x, DT_F32), x);
    cr_assert_eq(g_convert(g, g_convert(g, p, DT_I32), DT_F32), g_convert(g, p, DT_F32));
    cr_assert_eq(g_convert(g, g_convert(g, x, DT_I32), DT_F32)->in[0]->op, OP_CONVERT);
    cr_assert_eq(g_stop(g, g_stop(g, x)), g_stop(g, x));
    cr_assert_eq(g_stop(g, p), p);
    static const double power[] = { 0, 1, 2, 3, 7, 12, -1, -2, 0.5, -0.5, 2.5 };
    for (int i = 0; i < 11; i++) {
        Node *n = g_binary(g, OP_POW, x, C(power[i]));
        cr_assert_eq(n->op == OP_POW, power[i] == 2.5);
        cr_assert_near(lab_eval(l, n)[1], pow(lab_value(l, x)[1], power[i]), 1e-14);
    }
    Node *k = lab_input(l, DT_I32, SHAPE(B), 0, 9), *four = g_const_splat(g, DT_I32, SHAPE(B), 4);
    Node *sum = g_binary(g, OP_ADD, g_binary(g, OP_ADD, k, four), four);
    cr_assert(sum->in[0] == k && is_splat(sum->in[1], 8));
    cr_assert_eq(g_binary(g, OP_SUB, sum, four), g_binary(g, OP_ADD, k, four));
    cr_assert_eq(g_binary(g, OP_DIV, four, g_const_splat(g, DT_I32, SHAPE(B), 0))->op, OP_DIV);
    lab_free(l);
}

Test(graph, identities_of_structure) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(2, 3, 4), 0, 1);
    Node *two = g_const_splat(g, DT_F32, SHAPE(2, 3, 4), 2);
    int64_t zero[3] = { 0 }, whole[] = { 2, 3, 4 }, ones[] = { 1, 1, 1 };
    cr_assert_eq(g_reshape(g, g_reshape(g, x, SHAPE(24)), SHAPE(2, 3, 4)), x);
    cr_assert_eq(g_reshape(g, g_reshape(g, x, SHAPE(24)), SHAPE(6, 4))->in[0], x);
    cr_assert_eq(g_transpose(g, x, (int[]){ 0, 1, 2 }), x);
    Node *t = g_transpose(g, x, (int[]){ 1, 2, 0 });
    cr_assert_eq(g_transpose(g, t, (int[]){ 2, 0, 1 }), x);
    cr_assert_eq(g_transpose(g, t, (int[]){ 1, 0, 2 }), g_transpose(g, x, (int[]){ 2, 1, 0 }));
    cr_assert_eq(g_transpose(g, g_reshape(g, x, SHAPE(1, 24)), (int[]){ 1, 0 })->op, OP_RESHAPE);
    cr_assert_eq(g_slice(g, x, zero, whole, ones), x);
    cr_assert_eq(g_pad(g, x, zero, zero, zero), x);
    cr_assert_eq(g_reverse(g, x, NULL, 0), x);
    cr_assert_eq(g_reverse(g, g_reverse(g, x, (int[]){ 0, 2 }, 2), (int[]){ 2, 0 }, 2), x);
    cr_assert_eq(g_concat(g, &x, 1, 0), x);
    Node *both = g_concat(g, (Node *[]){ two, x }, 2, 1), *rows[3];
    for (int i = 0; i < 3; i++)                          /* constants: [[1,2],[3,4],[5,6]] */
        rows[i] = g_const_tensor(g, DT_F32, SHAPE(1, 2), (double[]){ 2 * i + 1, 2 * i + 2 });
    Node *table = g_concat(g, rows, 3, 0), *beside = g_concat(g, (Node *[]){ table, table }, 2, 1);
    cr_assert(table->op == OP_CONST && table->n_data == 6 && table->data[5] == 6);
    cr_assert(beside->op == OP_CONST && beside->data[4] == 3 && beside->data[6] == 3 &&
              beside->data[7] == 4);
    cr_assert_eq(g_slice(g, both, (int64_t[]){ 0, 3, 0 }, whole, ones), x);
    Node *part = g_slice(g, x, (int64_t[]){0, 0, 1}, (int64_t[]){2, 2, 2}, (int64_t[]){1, 2, 2});
    Node *less = g_slice(g, part, (int64_t[]){ 1, 1, 1 }, ones, ones);
    cr_assert(less->in[0] == x && lab_eval(l, less)[0] == lab_value(l, x)[(1 * 3 + 2) * 4 + 3]);
    cr_assert_eq(g_reduce(g, OP_REDUCE_MAX, x, NULL, 0), x);
    cr_assert(is_splat(g_reduce(g, OP_REDUCE_SUM, two, (int[]){ 0, 2 }, 2), 16));
    cr_assert(is_splat(g_reduce(g, OP_REDUCE_MAX, two, (int[]){ 0, 2 }, 2), 2));
    cr_assert(is_splat(g_reshape(g, two, SHAPE(24)), 2) &&
              is_splat(g_transpose(g, two, (int[]){2, 1, 0}), 2));
    Node *per = g_const_splat(g, DT_F32, SHAPE(B, 2), 1);
    cr_assert_eq(g_reduce_batch(g, OP_REDUCE_SUM, per)->op, OP_REDUCE_SUM);
    cr_assert_eq(lab_eval(l, g_reduce_batch(g, OP_REDUCE_SUM, per))[1], 3);
    cr_assert(is_splat(g_iota(g, SHAPE(3, 1), 1), 0));
    DotAxes d = { .nc = 1, .ac = { 2 }, .bc = { 2 } };
    cr_assert(is_splat(g_dot(g, x, g_const_splat(g, DT_F32, SHAPE(2, 3, 4), 0), &d), 0));
    lab_free(l);
}

Test(graph, broadcasts_compose_and_sum_away) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(3), 0, 1), *e = lab_input(l, DT_F32, SHAPE(B), 0, 1);
    Node *a = g_broadcast(g, x, SHAPE(2, 3), (int[]){ 1 });
    Node *b = g_broadcast(g, a, SHAPE(2, 3, 4), (int[]){ 0, 1 });
    cr_assert(b->in[0] == x && b->attr[0] == 1);
    cr_assert_eq(g_broadcast_to(g, x, SHAPE(3)), x);
    cr_assert_eq(g_broadcast_to(g, e, SHAPE(B, 3, 4))->attr[0], 0);
    Node *col = g_reshape(g, x, SHAPE(3, 1));
    cr_assert_eq(lab_eval(l, g_broadcast_to(g, col, SHAPE(B, 3, 4)))[7], lab_value(l, x)[1]);
    /* the sum over what a broadcast made is a factor; over the batch it is not known here */
    cr_assert_eq(g_reduce(g, OP_REDUCE_SUM, b, (int[]){ 0, 2 }, 2), g_binary(g, OP_MUL, x,
                 g_const_splat(g, DT_F32, SHAPE(3), 8)));
    Node *mixed = g_reduce(g, OP_REDUCE_SUM, b, (int[]){ 0, 1 }, 2);
    double sum = lab_value(l, x)[0] + lab_value(l, x)[1] + lab_value(l, x)[2];
    cr_assert(shape_equal(mixed->shape, SHAPE(4)));
    cr_assert_near(lab_eval(l, mixed)[3], 2 * sum, 1e-15);
    Node *rows = g_broadcast_to(g, x, SHAPE(B, 3));
    cr_assert_near(lab_eval(l, g_reduce(g, OP_REDUCE_SUM, rows, (int[]){0, 1}, 2))[0], 3 * sum,
                   1e-15);
    lab_free(l);
}

/* ---- batches ------------------------------------------------------------------------------- */

Test(graph, a_batched_dot_has_the_batch_first) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 4), -1, 1),
         *w = lab_input(l, DT_F32, SHAPE(5, 4), -1, 1);
    DotAxes d = { .nc = 1, .ac = { 1 }, .bc = { 1 } };
    cr_assert_eq(g_dot(g, w, x, &d), g_dot(g, x, w, &d));
    cr_assert(shape_equal(g_dot(g, w, x, &d)->shape, SHAPE(B, 5)));
    Node *q = lab_input(l, DT_F32, SHAPE(B, 2, 4), -1, 1),
         *k = lab_input(l, DT_F32, SHAPE(2, 6, 4), -1, 1);
    DotAxes heads = { .nb = 1, .nc = 1, .ab = { 0 }, .bb = { 1 }, .ac = { 2 }, .bc = { 2 } };
    Node *n = g_dot(g, k, q, &heads);         /* [B,2,6] */
    cr_assert(shape_equal(n->shape, SHAPE(B, 2, 6)));
    cr_assert_eq(node_batch_effect(n), BATCH_KEEP);
    double want = 0, *a = lab_value(l, q), *b = lab_value(l, k);
    for (int i = 0; i < 4; i++)
        want += a[(2 * 2 + 1) * 4 + i] * b[(1 * 6 + 5) * 4 + i];
    cr_assert_near(lab_eval(l, n)[(2 * 2 + 1) * 6 + 5], want, 1e-14);
    DotAxes two = {.nc = 2, .ac = {1, 0}, .bc = {1, 0}},
            same = {.nc = 2, .ac = {0, 1}, .bc = {0, 1}};
    cr_assert_eq(g_dot(g, w, w, &two), g_dot(g, w, w, &same));
    lab_free(l);
}

Test(graph, batch_effects) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 4), -1, 1),
         *w = lab_input(l, DT_F32, SHAPE(5, 4), -1, 1);
    DotAxes forward = { .nc = 1, .ac = { 1 }, .bc = { 1 } }, weight = { .nc = 1 };
    Node *k = g_iota(g, SHAPE(B), 0);
    cr_assert_eq(node_batch_effect(g_dot(g, x, w, &forward)), BATCH_KEEP);
    cr_assert_eq(node_batch_effect(g_dot(g, x, x, &weight)), BATCH_SUM);
    cr_assert_eq(node_batch_effect(g_dot(g, w, w, &weight)), BATCH_KEEP);
    cr_assert_eq(node_batch_effect(g_reduce_example(g, OP_REDUCE_SUM, x)), BATCH_KEEP);
    cr_assert_eq(node_batch_effect(g_reduce_batch(g, OP_REDUCE_SUM, x)), BATCH_SUM);
    cr_assert_eq(node_batch_effect(g_reduce_batch(g, OP_REDUCE_MAX, x)), BATCH_MIX);
    cr_assert_eq(node_batch_effect(g_reduce(g, OP_REDUCE_MAX, w, (int[]){ 0 }, 1)), BATCH_KEEP);
    cr_assert_eq(node_batch_effect(g_scatter_add(g, k, x, 7)), BATCH_SUM);
    cr_assert_eq(node_batch_effect(g_unary(g, OP_EXP, x)), BATCH_KEEP);
    lab_free(l);
}

/* ---- loops, walks, rebuilding -------------------------------------------------------------- */

Test(graph, loops_that_do_nothing_vanish) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(3), 0, 1), *y = lab_input(l, DT_F32, SHAPE(3), 0, 1);
    int64_t id = g_loop_begin(g);
    Node *v = g_loop_var(g, id, 0, DT_F32, SHAPE(3)), *u = g_loop_var(g, id, 1, DT_F32, SHAPE(3));
    Node *init[] = { x, y }, *result[] = { g_unary(g, OP_EXP, v), u };
    Node *never = g_loop(g, id, g_const(g, DT_I32, 0), init, result, 2);
    Node *often = g_loop(g, id, g_const(g, DT_I32, 9), init, result, 2);
    cr_assert(g_loop_out(g, never, 0) == x && g_loop_out(g, often, 1) == y);
    cr_assert_eq(g_loop_out(g, often, 0)->op, OP_LOOP_OUT);
    lab_free(l);
}

Test(graph, marks) {
    Lab *l = lab_new(3);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(3), 0, 1), *rate = g_scalar(g, 0, DT_F32);
    int64_t id = g_loop_begin(g);
    Node *v = g_loop_var(g, id, 0, DT_F32, SHAPE(3));
    Node *half = g_binary(g, OP_MUL, rate, g_const(g, DT_F32, 0.5));
    Node *wide = g_broadcast_scalar(g, half, SHAPE(3)), *scaled = g_binary(g, OP_MUL, x, wide);
    Node *result = g_binary(g, OP_ADD, v, scaled), *dead = g_unary(g, OP_EXP, x);
    Node *loop = g_loop(g, id, g_const(g, DT_I32, 9), &x, &result, 1),
         *out = g_loop_out(g, loop, 0);
    bool live[64], inside[64], host[64];
    cr_assert_leq(graph_size(g), 64);
    graph_mark_live(g, &out, 1, live);
    graph_mark_body(g, id, inside);
    graph_mark_host(g, host);
    cr_assert(live[v->id] && live[rate->id] && live[x->id] && !live[dead->id]);
    cr_assert(inside[v->id] && inside[result->id] && !inside[scaled->id] && !inside[x->id]);
    cr_assert(!inside[loop->id] && !inside[out->id]);
    cr_assert(host[rate->id] && host[half->id] && !host[wide->id] && !host[x->id]);
    lab_free(l);
}

/* ---- a graph with every kind of attribute -------------------------------------------------- */

/* Makes a graph that holds every op; returns its roots. */
static int every_op(Lab *l, Node **root) {
    Graph *g = l->g;
    int n = 0;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 4, 6, 6), 0.3, 0.9),
         *s = g_reduce_example(g, OP_REDUCE_SUM, x);
    Node *w = g_state(g, 3, 2, DT_F32, SHAPE(2, 4, 3, 3)), *k = g_const(g, DT_I32, 3);
    ConvAttr c = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    PoolAttr p = { 2, 3, 2, 1, 0, 1, 1, 0 };
    for (int op = 0; op < OP_COUNT; op++) {
        bool logic = op == OP_AND || op == OP_OR || op == OP_NOT;
        Node *in[3] = { x, g_unary(g, OP_EXP, x), g_unary(g, OP_SIN, x) };
        if (logic || op == OP_SELECT)
            in[0] = g_binary(g, OP_LT, x, in[1]);
        if (logic)
            in[1] = g_binary(g, OP_NE, x, in[1]);
        if (op_is_elementwise((Op)op))
            root[n++] = g_rebuild(g, &(Node){ .op = (Op)op, .n_in = op_info[op].arity }, in);
    }
    for (int op = OP_REDUCE_MAX; op <= OP_ARGMIN; op++)
        root[n++] = g_reduce(g, (Op)op, x, (int[]){ 1, 3 }, 2);
    Node *y = g_conv(g, x, w, &c), *pooled = g_pool_sum(g, x, &p), *rows = g_slice(g, x,
        (int64_t[]){ 0, 1, 0, 0 }, (int64_t[]){ B, 3, 2, 6 }, (int64_t[]){ 1, 1, 2, 1 });
    Node *more[] = {
        y,
        g_conv_dx(g, y, w, &c, 6, 6),
        g_conv_dw(g, x, y, &c, 3, 3),
        pooled,
        g_pool_sum_t(g, pooled, &p, 6, 6),
        g_max_pool(g, x, &p),
        g_pool_pick(g, x, x, &p),
        g_pool_pick_t(g, x, pooled, &p),
        g_transpose(g, x, (int[]){0, 2, 1, 3}),
        rows,
        g_pad(g, rows, (int64_t[]){0, 1, 2, 0}, (int64_t[]){0, 0, 0, 3}, (int64_t[]){0, 1, 0, 2}),
        g_reverse(g, x, (int[]){2, 3}, 2),
        g_concat(g, (Node *[]){rows, rows}, 2, 1),
        g_reshape(g, x, SHAPE(B, 24, 6)),
        g_broadcast_to(g, s, x->shape),
        g_gather(g, g_const_tensor(g, DT_F32, SHAPE(3), (double[]){0.1, -INFINITY, 1e300}),
                 g_iota(g, SHAPE(B, 2), 1)),
        g_scatter_add(g, g_iota(g, SHAPE(B), 0), s, 9),
        g_take(g, x, g_sample(g), g_perm(g, 4, NULL, k, true)),
        g_convert(g, x, DT_U8),
        g_rand(g, OP_RAND_NORMAL, SHAPE(B, 2), UINT64_MAX - 5, NULL, NULL),
        g_rand(g, OP_RAND_UNIFORM, SHAPE(2), 1, k, NULL),
        g_rand(g, OP_RAND_INT, SHAPE(B), 2, k, k),
        g_rand(g, OP_RAND_PERM, SHAPE(B), 3, k, k),
        g_data(g, 1, 0, 2, DT_U8, SHAPE(1, 28)),
        g_broadcast_scalar(g, g_scalar(g, 4, DT_F32), SHAPE(B)),
    };
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        root[n++] = more[i];
    Node *v = g_var(g, s), *e = g_unary(g, OP_TANH, g_stop(g, v));
    root[n++] = g_request(g, OP_GRAD, e, v, NULL);
    root[n++] = g_request(g, OP_JVP, e, v, s);
    root[n++] = g_request(g, OP_VJP, e, v, s);
    DotAxes d = { .nb = 1, .nc = 1, .ab = { 0 }, .bb = { 0 }, .ac = { 2 }, .bc = { 1 } };
    root[n++] = g_dot(g, more[13], g_reshape(g, x, SHAPE(B, 6, 24)), &d);
    int64_t id = g_loop_begin(g);
    Node *carried = g_loop_var(g, id, 0, DT_F32, s->shape);
    Node *i = g_broadcast_scalar(g, g_convert(g, g_loop_index(g, id), DT_F32), s->shape);
    Node *result = g_binary(g, OP_ADD, carried, i);
    root[n++] = g_loop_out(g, g_loop(g, id, k, &s, &result, 1), 0);
    return n;
}

Test(graph, text_round_trip) {
    Lab *l = lab_new(2);
    Node *root[128], **back;
    Text first = { 0 }, second = { 0 }, third = { 0 };
    const char *error;
    bool seen[OP_COUNT] = { false };
    int n = every_op(l, root), n_back;
    cr_assert_null(graph_verify(l->g, root, n, l->a));
    for (uint32_t id = 0; id < graph_size(l->g); id++)
        seen[graph_node(l->g, id)->op] = true;
    for (int op = 0; op < OP_COUNT; op++)
        cr_assert(seen[op], "no %s in the test graph", op_info[op].name);
    graph_print(&first, l->g, root, n);
    Graph *g = graph_parse(l->a, first.data, &back, &n_back, &error);
    cr_assert_not_null(g, "%s", error);
    cr_assert_eq(n_back, n);
    graph_print(&second, g, back, n);         /* dense now: from here on text is kept exactly */
    g = graph_parse(l->a, second.data, &back, &n_back, &error);
    cr_assert_not_null(g, "%s", error);
    graph_print(&third, g, back, n);
    cr_assert_str_eq(second.data, third.data);
    cr_assert_gt(graph_fresh(g), 0, "ids in the text are taken");
    text_free(&first), text_free(&second), text_free(&third);
    lab_free(l);
}

/* Every bit of a constant survives. */
Test(graph, numbers_round_trip) {
    Lab *l = lab_new(2);
    double v[64] = { 0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, INFINITY, -INFINITY, 3 };
    for (int i = 8; i < 64; i++)
        v[i] = ldexp(lab_uniform(l, -1, 1), (int)lab_uniform(l, -300, 300));
    Node *n = g_const_tensor(l->g, DT_F32, SHAPE(64), v), **roots;
    Text text = { 0 };
    const char *error;
    int n_roots;
    graph_print(&text, l->g, &n, 1);
    cr_assert_not_null(graph_parse(l->a, text.data, &roots, &n_roots, &error), "%s", error);
    cr_assert_eq(memcmp(roots[0]->data, v, sizeof v), 0);
    text_free(&text);
    lab_free(l);
}

/* A graph rebuilt node by node into a new graph is the same graph. */
Test(graph, rebuilding_keeps_everything) {
    Lab *l = lab_new(2);
    Node *root[128], *map[1024], *in[16];
    Text before = { 0 }, after = { 0 };
    const char *error;
    int n = every_op(l, root), n_back;
    graph_print(&before, l->g, root, n);
    Node **back;
    Graph *old = graph_parse(l->a, before.data, &back, &n_back, &error), *g = graph_new(l->a);
    cr_assert_leq(graph_size(old), 1024);
    for (uint32_t id = 0; id < graph_size(old); id++) {
        Node *node = graph_node(old, id);
        for (int i = 0; i < node->n_in; i++)
            in[i] = map[node->in[i]->id];
        map[id] = g_rebuild(g, node, in);
        cr_assert_eq(map[id]->op, node->op);
    }
    for (int i = 0; i < n; i++)
        root[i] = map[back[i]->id];
    cr_assert_null(graph_verify(g, root, n, l->a));
    before.len = 0;
    graph_print(&before, old, back, n);
    graph_print(&after, g, root, n);
    cr_assert_str_eq(before.data, after.data);
    text_free(&before), text_free(&after);
    lab_free(l);
}

Test(graph, text_with_errors) {
    static const struct { const char *text, *says;
    } bad[] = {
        {"", "no 'return'"},
        {"%0: f32[B = input() {0}\nreturn %0\n", "line 1: ']' expected"},
        {"%0: f64[B] = input() {0}\n", "line 1: no dtype 'f64'"},
        {"\n# c\n%0: f32[B] = frob() {0}\n", "line 3: no op 'frob'"},
        {"%0: f32[B] = input() {0}\n%1: f32[B] = exp(%7)\n", "line 2: %7 is not defined above"},
        {"%0: f32[B] = input() {0}\n%1: f32[2] = exp(%0)\n", "line 2: exp gives f32[B]"},
        {"%0: f32[B] = input() {0}\n%1: f32[] = exp()\n", "line 2: exp: the number of operands"},
        {"%0: f32[2,B] = input() {0}\n", "line 1: input: a batch axis that is not axis 0"},
        {"%0: f32[99999999999999999999] = input() {0}\n", "line 1: a number that is too large"},
        {"%0: f32[1000000,1000000,1000000] = input() {0}\n", "line 1: input: more than 2^40"},
        {"%0: f32[2] = const(1, 2, 3)\n", "line 1: const: neither one value"},
        {"%0: i32[] = const(0.5)\n", "line 1: const: a value that the dtype does not hold"},
        {"%1: f32[] = const(1)\n%0: f32[] = const(2)\n", "line 2: node numbers must ascend"},
        {"%1: f32[] = const(1)\n%1: f32[] = const(2)\n", "line 2: node numbers must ascend"},
        {"%0: f32[1099511627776] = input() {0}\n%1: f32[4] = pad(%0) {0, 0, 8388607}\n",
         "line 2: pad: more than 2^40 elements"},
        {"%0: f32[2] = loop_var() {0, 1}\nreturn %0\n", "its loop is never closed"},
        {"%0: f32[2] = const(1) junk\n", "line 1: the end of the line"},
        {"%0: f32[B] = input() {0}\nreturn %0\n%1: f32[B] = exp(%0)",
         "line 3: text after 'return'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Arena *a = arena_new("a test");
        Node **roots;
        int n;
        const char *error = NULL;
        cr_assert_null(graph_parse(a, bad[i].text, &roots, &n, &error));
        cr_assert(error && strstr(error, bad[i].says), "case %d: %s", (int)i, error);
        arena_free(a);
    }
}

/* Cut and damaged texts give a graph or a message, never anything else. */
Test(graph, damaged_text_never_crashes) {
    Lab *l = lab_new(2);
    Node *root[128], **back;
    Text text = { 0 };
    const char *error;
    int n = every_op(l, root);
    graph_print(&text, l->g, root, n);
    char *copy = arena_printf(l->a, "%s", text.data);
    for (int trial = 0; trial < 1500; trial++) {
        Arena *a = arena_new("a trial");
        memcpy(copy, text.data, text.len + 1);
        for (int k = 0; k < 1 + trial % 3; k++)
            copy[(size_t)lab_uniform(l, 0, (double)text.len)] =
                "0123456789-%,{}()[]=:B x\n"[(int)lab_uniform(l, 0, 25)];
        if (trial % 4 == 0)
            copy[(size_t)lab_uniform(l, 0, (double)text.len)] = 0;
        Graph *g = graph_parse(a, copy, &back, &n, &error);
        cr_assert((g == NULL) == (error != NULL));
        arena_free(a);
    }
    text_free(&text);
    lab_free(l);
}

/* ---- verifier ------------------------------------------------------------------------------ */

/* Breaks one node of a graph in place and expects the sentence. */
static void expect_broken(Lab *l, Node *root, const char *says) {
    const char *why = graph_verify(l->g, &root, 1, l->a);
    cr_assert(why && strstr(why, says), "wanted '%s', got '%s'", says, why ? why : "nothing");
}

Test(verify, broken_nodes) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(B, 3, 4), 0, 1), *y = g_unary(g, OP_EXP, x);
    Node *s = g_reduce(g, OP_REDUCE_SUM, y, (int[]){ 1, 2 }, 2), *e = g_unary(g, OP_TANH, s);
    Node *t = g_transpose(g, y, (int[]){ 0, 2, 1 });
    cr_assert_null(graph_verify(g, &e, 1, l->a));
    Node keep = *y;
    y->dtype = DT_I32, expect_broken(l, e, "node %1 (exp): its type is not f32[B,3,4]"), *y = keep;
    y->shape.dim[1] = 5, expect_broken(l, e, "node %1 (exp)"), *y = keep;
    y->id = 7, expect_broken(l, e, "does not stand in its place"), *y = keep;
    y->in = &s, expect_broken(l, e, "does not come before it"), *y = keep;
    y->n_in = 0, expect_broken(l, e, "the number of operands"), *y = keep;
    y->n_attr = 1, y->attr = s->attr, expect_broken(l, e, "attributes on an elementwise op"),
    *y = keep;
    keep = *s;
    s->attr = (int64_t[]){ 2, 1 }, expect_broken(l, e, "not ascending axes"), *s = keep;
    s->attr = (int64_t[]){ 1, 3 }, expect_broken(l, e, "not ascending axes"), *s = keep;
    s->attr = (int64_t[]){ 0, 1 }, expect_broken(l, e, "its type is not f32[4]"), *s = keep;
    keep = *t;
    t->attr = (int64_t[]){ 0, 1, 1 }, expect_broken(l, t, "not a permutation"), *t = keep;
    t->attr = (int64_t[]){1, 0, 2}, expect_broken(l, t, "a batch axis that is not axis 0"),
    *t = keep;
    cr_assert_null(graph_verify(g, &t, 1, l->a));
    Node stranger = *e;
    expect_broken(l, &stranger, "a root is not a node of the graph");
    lab_free(l);
}

/* The batch axis may not be cut, padded, reversed or merged. */
Test(verify, broken_batches) {
    static const struct { const char *line, *says; } bad[] = {
        { "f32[1,3] = slice(%0) {0, 0, 1, 3, 1, 1}", "the batch axis is cut" },
        { "f32[B,5] = pad(%0) {1, 1, 0, 1, 0, 0}", "the batch axis is padded" },
        { "f32[B,3] = reverse(%0) {0}", "the batch axis is reversed" },
        { "f32[3] = reshape(%0)", "the batch axis appears or disappears" },
        { "f32[B,3] = concat(%0, %0) {0}", "the axis is not one of theirs" },
        { "f32[B,3] = dot(%1, %0) {0, 1, 0, 1}", "the per-sample operand is not on the left" },
        { "f32[B,B] = dot(%0, %0) {0, 1, 1, 1}", "a batch axis that is not axis 0" },
        { "f32[B,3] = gather(%0, %2)", "the table is per sample" },
        { "f32[B,3] = broadcast(%1) {0, 1}", "sizes differ on a mapped axis" },
        { "f32[3,3] = grad(%3, %1)", "a per-sample value by a shared one" },
        { "f32[B] = loop_out(%3) {0}", "not a carried value of a loop" },
        { "f32[B,3] = add(%0, %1)", "operands differ in shape" },
        { "f32[B,3] = rand_normal(%3) {1}", "not one site and an i32 [] loop index" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Arena *a = arena_new("a test");
        Node **roots;
        int n;
        const char *error = NULL, *text = arena_printf(a, "%%0: f32[B,3] = input() {0}\n"
            "%%1: f32[3,3] = input() {1}\n%%2: i32[B] = input() {2}\n%%3: f32[B] = input() {3}\n"
            "%%4: %s\nreturn %%4\n", bad[i].line);
        cr_assert_null(graph_parse(a, text, &roots, &n, &error));
        cr_assert(error && strstr(error, bad[i].says), "%s: %s", bad[i].line, error);
        arena_free(a);
    }
}

Test(verify, broken_loops) {
    Lab *l = lab_new(2);
    Graph *g = l->g;
    Node *x = lab_input(l, DT_F32, SHAPE(3), 0, 1), *y = lab_input(l, DT_F32, SHAPE(4), 0, 1);
    Node *k = g_const(g, DT_I32, 3);
    int64_t id = g_loop_begin(g), other = g_loop_begin(g);
    Node *v = g_loop_var(g, id, 0, DT_F32, SHAPE(3)), *r = g_unary(g, OP_EXP, v);
    Node *loop = g_loop(g, id, k, &x, &r, 1), *out = g_loop_out(g, loop, 0);
    cr_assert_null(graph_verify(g, &out, 1, l->a));
    expect_broken(l, loop, "a loop used as a value");
    expect_broken(l, r, "its loop is never closed");
    Node *pair[] = { out, r };
    cr_assert_not_null(strstr(graph_verify(g, pair, 2, l->a), "a root inside a loop"));
    Node *rr = g_unary(g, OP_EXP, r), *own = g_loop_out(g, g_loop(g, id, k, &r, &rr, 1), 0);
    expect_broken(l, g_unary(g, OP_SIN, g_loop_out(g, g_loop(g, other, k, &x, &own, 1), 0)),
                  "depends on its own body");
    Node *again = g_loop_out(g, g_loop(g, id, g_const(g, DT_I32, 4), &x, &r, 1), 0);
    expect_broken(l, g_binary(g, OP_ADD, out, again), "a second loop of the same id");
    Node *u = g_loop_var(g, other, 0, DT_F32, SHAPE(3)),
         *s = g_broadcast_scalar(g, g_reduce_example(g, OP_REDUCE_SUM, u), SHAPE(4));
    expect_broken(l, g_loop_out(g, g_loop(g, other, k, &y, &s, 1), 0),
                  "not of its initial value's type");
    lab_free(l);
}

/* ---- shapes -------------------------------------------------------------------------------- */

Test(shape, counts_and_text) {
    Arena *a = arena_new("a test");
    int64_t n;
    cr_assert_str_eq(shape_text(a, SHAPE(B, 3, 32)), "[B,3,32]");
    cr_assert_str_eq(shape_text(a, shape_scalar()), "[]");
    cr_assert_str_eq(shape_text(a, SHAPE(B)), "[B]");
    cr_assert_eq(shape_count(SHAPE(B, 3, 32)), 96);
    cr_assert_eq(shape_count(shape_scalar()), 1);
    cr_assert(shape_count_checked(SHAPE(1 << 20, 1 << 20), &n) && n == (int64_t)1 << 40);
    cr_assert_not(shape_count_checked(SHAPE(1 << 20, 1 << 20, 2), &n));
    cr_assert_not(shape_count_checked(SHAPE(INT64_MAX, INT64_MAX), &n));
    cr_assert(shape_equal(shape_batch(SHAPE(2, 3)), SHAPE(B, 2, 3)));
    cr_assert(shape_equal(shape_example(SHAPE(B, 2, 3)), SHAPE(2, 3)));
    cr_assert(shape_equal(shape_example(SHAPE(2, 3)), SHAPE(2, 3)));
    cr_assert_not(shape_equal(SHAPE(2, 3), SHAPE(2)));
    arena_free(a);
}

/* Source ranges come from where the graph stood; equal nodes keep the first. */
Test(graph, nodes_know_their_place) {
    Lab *l = lab_new(2);
    Range here = { 0, 5, 9 };
    Range old = graph_at(l->g, here);
    cr_assert_eq(old.file, -1);
    Node *x = lab_input(l, DT_F32, SHAPE(B), 0, 1);
    graph_at(l->g, old);
    Node *in[] = { x };
    Node *y = g_rebuild(l->g, &(Node){ .op = OP_EXP, .n_in = 1, .at = here }, in);
    cr_assert(x->at.begin == 5 && y->at.end == 9 && g_unary(l->g, OP_SIN, x)->at.file == -1);
    lab_free(l);
}
