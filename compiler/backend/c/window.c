/* window.c - convolutions and pooling as plain loops, see heavy.c.
 *
 * A tap outside the image is skipped by a guard around the innermost statement, so that no index
 * ever leaves its value. */
#include "backend/c/heavy.h"

/* ---- convolutions ---------------------------------------------------------------------------- */

/* Axes of an image tensor [..,C,H,W] at (c, y, x), the leading ones taken from `out`. */
static Index image_index(Emit *e, const Node *a, Index *out, const char *c, const char *y,
                         const char *x) {
    Shape s = shape_example(a->shape);
    const char *axis[MAX_RANK];
    for (int i = 0; i + 3 < s.rank; i++)
        axis[i] = index_get_axis(e, out, i);
    if (s.rank >= 3)
        axis[s.rank - 3] = c;
    axis[s.rank - 2] = y, axis[s.rank - 1] = x;
    return index_axes(s, axis);
}

void emit_conv(Emit *e, const Node *n) {
    const Node *x = n->in[0], *k = n->in[1];
    const int64_t *p = n->attr;
    int r = x->shape.rank, last = shape_example(n->shape).rank;
    int64_t H = x->shape.dim[r - 2], W = x->shape.dim[r - 1];
    int64_t cg = k->shape.dim[1], og = k->shape.dim[0] / p[8];
    Nest w = nest_begin(e, n);
    const char *o = index_get_axis(e, &w.out, last - 3), *oy = index_get_axis(e, &w.out, last - 2),
               *ox = index_get_axis(e, &w.out, last - 1);
    nest_loop(&w, "c", cg), nest_loop(&w, "ky", k->shape.dim[2]), nest_loop(&w, "kx",
            k->shape.dim[3]);
    text_printf(&w.before, "const int y = (int)(%s * %lld - %lld + ky * %lld);\n", oy,
                (long long)p[0], (long long)p[2], (long long)p[6]);
    text_printf(&w.before, "const int x = (int)(%s * %lld - %lld + kx * %lld);\n", ox,
                (long long)p[1], (long long)p[4], (long long)p[7]);
    w.guard = P(e, "y >= 0 && y < %lld && x >= 0 && x < %lld", (long long)H, (long long)W);
    const char *ch = ix_add(e, ix_mul(e, ix_div(e, o, og), cg), "c");
    Val a = emit_value(e, x, image_index(e, x, &w.out, ch, "y", "x"));
    Val b = emit_value(e, k, index_axes(k->shape, (const char *[]){ o, "c", "ky", "kx" }));
    nest_multiply_add(e, a, b);
    nest_put(e, n, &w);
}

/* "y such that y * stride = at", with its guard. */
static const char *strided(Emit *e, Nest *w, const char *name, const char *at, int64_t stride,
                           int64_t extent) {
    text_printf(&w->before, "const int %s_all = (int)(%s);\n", name, at);
    text_printf(&w->before, "const int %s = %s_all / %lld;\n", name, name, (long long)stride);
    const char *ok = P(e, "%s_all >= 0 && %s < %lld", name, name, (long long)extent);
    if (stride > 1)
        ok = P(e, "%s && %s_all %% %lld == 0", ok, name, (long long)stride);
    return ok;
}

void emit_conv_dx(Emit *e, const Node *n) {
    const Node *y = n->in[0], *k = n->in[1];
    const int64_t *p = n->attr;
    int r = y->shape.rank, last = shape_example(n->shape).rank;
    int64_t cg = k->shape.dim[1], og = k->shape.dim[0] / p[8];
    Nest w = nest_begin(e, n);
    const char *c = index_get_axis(e, &w.out, last - 3), *iy = index_get_axis(e, &w.out, last - 2),
               *ix = index_get_axis(e, &w.out, last - 1);
    nest_loop(&w, "o", og), nest_loop(&w, "ky", k->shape.dim[2]), nest_loop(&w, "kx",
            k->shape.dim[3]);
    const char *gy = strided(e, &w, "y", P(e, "%s + %lld - ky * %lld", iy, (long long)p[2],
                                           (long long)p[6]), p[0], y->shape.dim[r - 2]);
    const char *gx = strided(e, &w, "x", P(e, "%s + %lld - kx * %lld", ix, (long long)p[4],
                                           (long long)p[7]), p[1], y->shape.dim[r - 1]);
    w.guard = P(e, "%s && %s", gy, gx);
    const char *o = ix_add(e, ix_mul(e, ix_div(e, c, cg), og), "o");
    Val a = emit_value(e, y, image_index(e, y, &w.out, o, "y", "x"));
    Val b = emit_value(e, k, index_axes(k->shape, (const char *[]){ o, ix_mod(e, c, cg), "ky",
                                                                   "kx" }));
    nest_multiply_add(e, a, b);
    nest_put(e, n, &w);
}

/* Of shared images: leading axes and pixels are the inner loops. */
void emit_conv_dw(Emit *e, const Node *n) {
    const Node *x = n->in[0], *y = n->in[1];
    const int64_t *p = n->attr;
    int r = x->shape.rank;
    int64_t cg = n->shape.dim[1], og = n->shape.dim[0] / p[8];
    Nest w = nest_begin(e, n);
    const char *o = index_get_axis(e, &w.out, 0), *c = index_get_axis(e, &w.out, 1),
               *ky = index_get_axis(e, &w.out, 2), *kx = index_get_axis(e, &w.out, 3);
    const char *head[MAX_RANK] = { 0 };
    for (int i = 0; i + 3 < r; i++) {
        head[i] = P(e, "r%d", i);
        nest_loop(&w, head[i], x->shape.dim[i]);
    }
    nest_loop(&w, "oy", y->shape.dim[r - 2]), nest_loop(&w, "ox", y->shape.dim[r - 1]);
    text_printf(&w.before, "const int y = (int)(oy * %lld - %lld + %s * %lld);\n", (long long)p[0],
                (long long)p[2], ky, (long long)p[6]);
    text_printf(&w.before, "const int x = (int)(ox * %lld - %lld + %s * %lld);\n", (long long)p[1],
                (long long)p[4], kx, (long long)p[7]);
    w.guard = P(e, "y >= 0 && y < %lld && x >= 0 && x < %lld", (long long)x->shape.dim[r - 2],
                (long long)x->shape.dim[r - 1]);
    Index lead_ix = index_axes(x->shape, head);
    Val a = emit_value(e, x, image_index(e, x, &lead_ix, ix_add(e, ix_mul(e, ix_div(e, o, og), cg),
                                                                c),
                                         "y", "x"));
    Val b = emit_value(e, y, image_index(e, y, &lead_ix, o, "oy", "ox"));
    nest_multiply_add(e, a, b);
    nest_put(e, n, &w);
}

/* ---- windows -------------------------------------------------------------------------------- */

/* Axes of [..,H,W] at (y, x), the leading ones from `out`. */
static Index plane_index(Emit *e, const Node *a, Index *out, const char *y, const char *x) {
    Shape s = shape_example(a->shape);
    const char *axis[MAX_RANK];
    for (int i = 0; i + 2 < s.rank; i++)
        axis[i] = index_get_axis(e, out, i);
    axis[s.rank - 2] = y, axis[s.rank - 1] = x;
    return index_axes(s, axis);
}

/* POOL_SUM, MAX_POOL, POOL_PICK: inner loops over the window of each output. */
void emit_pool(Emit *e, const Node *n) {
    const Node *x = n->in[0];
    const int64_t *p = n->attr;
    Shape s = shape_example(x->shape);
    int last = s.rank;
    Nest w = nest_begin(e, n);
    const char *oy = index_get_axis(e, &w.out, last - 2), *ox = index_get_axis(e, &w.out, last - 1);
    nest_loop(&w, "ky", p[0]), nest_loop(&w, "kx", p[1]);
    text_printf(&w.before, "const int y = (int)(%s * %lld - %lld + ky);\n", oy, (long long)p[2],
                (long long)p[4]);
    text_printf(&w.before, "const int x = (int)(%s * %lld - %lld + kx);\n", ox, (long long)p[3],
                (long long)p[6]);
    w.guard = P(e, "y >= 0 && y < %lld && x >= 0 && x < %lld", (long long)s.dim[last - 2],
                (long long)s.dim[last - 1]);
    Val v = emit_value(e, x, plane_index(e, x, &w.out, "y", "x"));
    if (n->op == OP_POOL_SUM) {
        w.init = "0.0f";
        block_line(e, 2, "%s += %s;", nest_acc(e), v.text);
    } else if (n->op == OP_MAX_POOL) {
        w.init = "-__builtin_inff()";
        block_line(e, 2, "%s = ebm_max(%s, %s);", nest_acc(e), nest_acc(e), v.text);
    } else {
        Val t = emit_value(e, n->in[1], plane_index(e, n->in[1], &w.out, "y", "x"));
        w.init = "-__builtin_inff()", w.init2 = "0.0f", w.type2 = DT_F32;
        const char *better = P(e, "x%d", e->serial++);
        block_line(e, 2, "const int %s = %s > %s;", better, v.text, nest_acc(e));
        block_line(e, 2, "%s = %s ? %s : %s;", nest_acc(e), better, v.text, nest_acc(e));
        block_line(e, 2, "%s = %s ? %s : %s;", nest_acc2(e), better, t.text, nest_acc2(e));
        w.result = nest_acc2(e);
    }
    nest_put(e, n, &w);
}

/* Each input element gathers from the windows that hold it. */
void emit_pool_sum_t(Emit *e, const Node *n) {
    const Node *y = n->in[0];
    const int64_t *p = n->attr;
    int last = shape_example(n->shape).rank, r = y->shape.rank;
    Nest w = nest_begin(e, n);
    const char *iy = index_get_axis(e, &w.out, last - 2), *ix = index_get_axis(e, &w.out, last - 1);
    nest_loop(&w, "ky", p[0]), nest_loop(&w, "kx", p[1]);
    const char *gy = strided(e, &w, "y", P(e, "%s + %lld - ky", iy, (long long)p[4]), p[2],
                             y->shape.dim[r - 2]);
    const char *gx = strided(e, &w, "x", P(e, "%s + %lld - kx", ix, (long long)p[6]), p[3],
                             y->shape.dim[r - 1]);
    w.guard = P(e, "%s && %s", gy, gx);
    Val v = emit_value(e, y, plane_index(e, y, &w.out, "y", "x"));
    block_line(e, 2, "%s += %s;", nest_acc(e), v.text);
    nest_put(e, n, &w);
}

/* Each input element looks at every window that holds it: it receives y when it is that window's
 * first maximum, that is when no earlier element is as large and no later one larger. */
void emit_pool_pick_t(Emit *e, const Node *n) {
    const Node *x = n->in[0], *y = n->in[1];
    const int64_t *p = n->attr;
    Shape s = shape_example(n->shape);
    int last = s.rank, r = y->shape.rank;
    Nest w = nest_begin(e, n);
    const char *iy = index_get_axis(e, &w.out, last - 2), *ix = index_get_axis(e, &w.out, last - 1);
    nest_loop(&w, "ky", p[0]), nest_loop(&w, "kx", p[1]);
    const char *gy = strided(e, &w, "y", P(e, "%s + %lld - ky", iy, (long long)p[4]), p[2],
                             y->shape.dim[r - 2]);
    const char *gx = strided(e, &w, "x", P(e, "%s + %lld - kx", ix, (long long)p[6]), p[3],
                             y->shape.dim[r - 1]);
    w.guard = P(e, "%s && %s", gy, gx);
    Val here = emit_value(e, x, plane_index(e, x, &w.out, iy, ix));
    Val v = emit_value(e, y, plane_index(e, y, &w.out, "y", "x"));
    block_line(e, 2, "int first = 1;");
    block_line(e, 2, "for (int jy = 0; jy < %lld; jy++)", (long long)p[0]);
    block_line(e, 2, "    for (int jx = 0; jx < %lld; jx++) {", (long long)p[1]);
    block_line(e, 2, "        const int64_t qy = y * %lld - %lld + jy, qx = x * %lld - %lld + jx;",
               (long long)p[2], (long long)p[4], (long long)p[3], (long long)p[6]);
    block_line(e, 2, "        if (qy < 0 || qy >= %lld || qx < 0 || qx >= %lld) continue;",
               (long long)s.dim[last - 2], (long long)s.dim[last - 1]);
    Index at = plane_index(e, x, &w.out, "qy", "qx");
    const char *other = index_get_flat(e, &at);
    const char *mem = place_pointer(e, x);
    const char *q = e->lanes ? P(e, "%s[%s * %s + t]", mem, other, e->stride)
        : P(e, "%s[%s]", mem, other);
    block_line(e, 2, "        const float q = %s;", q);
    block_line(e, 2, "        const int before = jy < ky || (jy == ky && jx < kx);");
    block_line(e, 2, "        first &= before ? !(q >= %s) : !(q > %s);", here.text, here.text);
    block_line(e, 2, "    }");
    block_line(e, 2, "%s += first ? %s : 0.0f;", nest_acc(e), v.text);
    nest_put(e, n, &w);
}

