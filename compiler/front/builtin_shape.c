/* builtin_shape.c - built-ins that move, cut and window data: reshape ... conv2d, pooling. */
#include "front/builtin.h"
#include <string.h>

#define ENTRY(fn) \
    static Value *fn(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at)
#define BATCH_OF(x) (node_batched(x) ? 1 : 0)

static Node *reshape_example(Elab *e, Node *x, Shape s) {
    return g_reshape(e->g, x, node_batched(x) ? shape_batch(s) : s);
}
ENTRY(do_reshape) {
    Value *v[2];
    Shape s;
    if (!bind_args(e, f, b->name, "x, shape", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x || !shape_from_value(e, f, v[1], &s)) return &value_error;
    if (shape_count(s) != shape_count(x->shape))
        return e_error(e, f, E0301, at, "cannot reshape %s to %s: %lld and %lld elements",
                       shape_text(e->arena, shape_example(x->shape)), shape_text(e->arena, s),
                       (long long)shape_count(x->shape), (long long)shape_count(s));
    return value_node(e, reshape_example(e, x, s), at);
}
ENTRY(do_flatten) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x) return &value_error;
    int64_t count = shape_count(x->shape);
    return value_node(e, reshape_example(e, x, shape_of(1, &count)), at);
}
ENTRY(do_squeeze) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x) return &value_error;
    Shape in = shape_example(x->shape), s = { 0 };
    for (int i = 0; i < in.rank; i++) if (in.dim[i] != 1) s.dim[s.rank++] = in.dim[i];
    return value_node(e, reshape_example(e, x, s), at);
}
ENTRY(do_permute) {
    Value *v[2];
    if (!bind_args(e, f, b->name, "x, axes", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x) return &value_error;
    int bt = BATCH_OF(x), rank = x->shape.rank - bt, perm[MAX_RANK] = { 0 };
    unsigned seen = 0;
    if (v[1]->kind != V_LIST || v[1]->n != rank)
        return e_error(e, f, E0308, v[1]->at, "permute lists all %d axes", rank);
    for (int i = 0; i < rank; i++) {
        int64_t ax;
        if (!value_const_int(v[1]->v[i], &ax) || ax < 0 || ax >= rank || (seen >> ax & 1))
            return e_error(e, f, E0308, v[1]->at, "permute lists each axis 0..%d once", rank - 1);
        seen |= 1u << ax;
        perm[bt + i] = bt + (int)ax;
    }
    return value_node(e, g_transpose(e->g, x, perm), at);
}
/* hflip mirrors the last axis, vflip the one before. */
ENTRY(do_flip) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x) return &value_error;
    if (shape_example(x->shape).rank < 2)
        return e_error(e, f, E0301, at, "%s needs an image; got %s", b->name, value_text(e, v[0]));
    int axis = x->shape.rank - 1 - b->data;
    return value_node(e, g_reverse(e->g, x, &axis, 1), at);
}
/* shape(x): the sizes of a sample's axes, a list of constants. */
ENTRY(do_shape) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x) return &value_error;
    Shape s = shape_example(x->shape);
    Value *list = value_new(e, V_LIST, at);
    list->v = NEW_ARRAY(e->arena, Value *, s.rank + 1);
    list->n = s.rank;
    for (int i = 0; i < s.rank; i++) list->v[i] = value_int(e, s.dim[i], at);
    return list;
}
/* Zeros around the last two axes. */
ENTRY(do_pad) {
    Value *v[2];
    int64_t p;
    if (!bind_args(e, f, b->name, "x, pad", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    if (!x || !builtin_int(e, f, "pad", v[1], 0, 0, &p)) return &value_error;
    if (shape_example(x->shape).rank < 2)
        return e_error(e, f, E0301, at, "pad2d needs an image; got %s", value_text(e, v[0]));
    int64_t lo[MAX_RANK] = { 0 }, zero[MAX_RANK] = { 0 };
    lo[x->shape.rank - 1] = lo[x->shape.rank - 2] = p;
    return value_node(e, g_pad(e->g, x, lo, lo, zero), at);
}
ENTRY(do_cat) {
    Value *v[2];
    int64_t axis;
    if (!bind_args(e, f, b->name, "list, axis=", args, n, at, v)) return &value_error;
    if (v[0]->kind != V_LIST && v[0]->kind != V_TUPLE)
        return e_error(e, f, E0211, args[0].at, "cat joins a list of tensors");
    if (!builtin_int(e, f, "axis", v[1], 0, 0, &axis)) return &value_error;
    Node *part[64] = { NULL };
    if (v[0]->n < 1 || v[0]->n > 64) return e_error(e, f, E0001, at, "cat joins 1 to 64 tensors");
    bool batched = false;
    for (int i = 0; i < v[0]->n; i++) {
        if (!(part[i] = value_real(e, f, v[0]->v[i]))) return &value_error;
        batched |= node_batched(part[i]);
    }
    Shape first = shape_example(part[0]->shape);
    for (int i = 0; i < v[0]->n; i++) {
        Shape s = shape_example(part[i]->shape);
        bool fits = s.rank == first.rank && axis < s.rank;
        for (int k = 0; k < s.rank && fits; k++) fits = k == axis || s.dim[k] == first.dim[k];
        if (!fits)
            return e_error(e, f, E0301, v[0]->v[i]->at, "cannot join %s and %s along axis %lld%s",
                           shape_text(e->arena, first), shape_text(e->arena, s), (long long)axis,
                           s.rank ? "" : "; a number joins a vector as [s]");
        if (batched) part[i] = g_broadcast_to(e->g, part[i], shape_batch(s));
    }
    return value_node(e, g_concat(e->g, part, v[0]->n, (int)axis + batched), at);
}
ENTRY(do_stack) {
    if (n != 1 || (args[0].value->kind != V_LIST && args[0].value->kind != V_TUPLE))
        return e_error(e, f, E0211, at, "stack joins a list of tensors");
    Node *x = tensor_stack(e, f, args[0].value->v, args[0].value->n, at);
    return x ? value_node(e, x, at) : &value_error;
}
/* shuffle(x), roll(x, n): over the batch. */
ENTRY(do_reorder) {
    Value *v[2] = { NULL };
    if (!bind_args(e, f, b->name, b->data ? "x, n" : "x", args, n, at, v)) return &value_error;
    return tensor_reorder(e, f, b->name, v[0], v[1], at);
}
ENTRY(do_fill) {
    Value *v[2];
    Shape s;
    if (!bind_args(e, f, b->name, b->data ? "shape" : "shape, value", args, n, at, v))
        return &value_error;
    if (!shape_from_value(e, f, v[0], &s)) return &value_error;
    Node *x = b->data ? g_const(e->g, DT_F32, b->data - 1) : value_real(e, f, v[1]);
    if (!x) return &value_error;
    if (shape_example(x->shape).rank)
        return e_error(e, f, E0301, args[1].at, "fill needs a scalar; got %s", value_text(e, v[1]));
    return value_node(e, g_broadcast_to(e->g, x, node_batched(x) ? shape_batch(s) : s), at);
}
/* index(shape, axis): i32, the position along that axis. */
ENTRY(do_index) {
    Value *v[2];
    Shape s;
    int64_t axis;
    if (!bind_args(e, f, b->name, "shape, axis", args, n, at, v)) return &value_error;
    if (!shape_from_value(e, f, v[0], &s)) return &value_error;
    if (!builtin_int(e, f, "axis", v[1], 0, 0, &axis)) return &value_error;
    if (axis >= s.rank) return e_error(e, f, E0308, at, "axis %lld of %s", (long long)axis,
                                       shape_text(e->arena, s));
    return value_node(e, g_iota(e->g, s, (int)axis), at);
}
/* onehot(i, n): 1 at position i, else 0; i is an integer, constant, shared or per sample. */
ENTRY(do_onehot) {
    Value *v[2];
    int64_t size;
    if (!bind_args(e, f, b->name, "i, n", args, n, at, v)) return &value_error;
    Node *i = value_tensor(e, f, v[0]);
    if (!i || !builtin_int(e, f, "n", v[1], 1, 1, &size)) return &value_error;
    if (i->dtype != DT_I32 || shape_example(i->shape).rank)
        return e_error(e, f, E0305, args[0].at, "onehot needs one integer; got %s",
                       value_text(e, v[0]));
    Shape s = shape_of(1, &size);
    if (node_batched(i)) s = shape_batch(s);
    Node *k = g_iota(e->g, s, s.rank - 1);
    return value_node(e, g_convert(e->g, g_binary(e->g, OP_EQ, k, g_broadcast_to(e->g, i, s)),
                                   DT_F32), at);
}

/* ---- windows -------------------------------------------------------------------------------- */
static bool image_shape(Elab *e, Frame *f, Value *v, Node *x, const char *what) {
    if (shape_example(x->shape).rank == 3) return true;
    e_error(e, f, E0301, v->at, "%s expects [C,H,W], got %s", what,
            shape_text(e->arena, shape_example(x->shape)));
    return false;
}

/* conv2d(x [C,H,W], w [O,C/groups,kh,kw], stride, pad, dilation, groups) -> [O,H',W'] */
ENTRY(do_conv) {
    Value *v[6];
    int64_t st, pad, dil, groups;
    if (!bind_args(e, f, b->name, "x, w, stride=, pad=, dilation=, groups=", args, n, at, v))
        return &value_error;
    Node *x = value_real(e, f, v[0]), *w = value_real(e, f, v[1]);
    if (!x || !w) return &value_error;
    if (!builtin_int(e, f, "stride", v[2], 1, 1, &st) ||
        !builtin_int(e, f, "pad", v[3], 0, 0, &pad) ||
        !builtin_int(e, f, "dilation", v[4], 1, 1, &dil) ||
        !builtin_int(e, f, "groups", v[5], 1, 1, &groups))
        return &value_error;
    if (!image_shape(e, f, v[0], x, "conv2d")) return &value_error;
    if (node_batched(w) || w->shape.rank != 4)
        return e_error(e, f, E0301, args[1].at,
                       "convolution weights are shared [O,C,kh,kw]; got %s",
                       value_text(e, v[1]));
    const int64_t *s = x->shape.dim + BATCH_OF(x), *k = w->shape.dim;
    if (s[0] != k[1] * groups || k[0] % groups)
        return e_error(e, f, E0301, at, "%lld input channels do not fit weights %s in %lld groups",
                       (long long)s[0], shape_text(e->arena, w->shape), (long long)groups);
    for (int i = 0; i < 2; i++) {
        int64_t span = dil * (k[2 + i] - 1) + 1;
        if (s[1 + i] + 2 * pad < span)
            return e_error(e, f, E0304, at, "a kernel of %lld does not fit an axis of %lld with "
                           "padding %lld", (long long)k[2 + i], (long long)s[1 + i],
                           (long long)pad);
    }
    ConvAttr c = { st, st, pad, pad, pad, pad, dil, dil, groups };
    bool single = !node_batched(x);                 /* the op wants a batch axis */
    if (single) x = g_reshape(e->g, x, shape_of(4, (int64_t[]){ 1, s[0], s[1], s[2] }));
    Node *y = g_conv(e->g, x, w, &c);
    if (single) y = g_reshape(e->g, y, shape_of(3, y->shape.dim + 1));
    return value_node(e, y, at);
}

/* conv_transpose2d(x [C,H,W], w [C,O/groups,kh,kw], stride, pad, output_padding, dilation, groups):
 * the transpose of conv2d in its input, -> [O,H',W'], as PyTorch's. */
ENTRY(do_conv_transpose) {
    Value *v[7];
    int64_t st, pad, more, dil, groups;
    if (!bind_args(e, f, b->name, "x, w, stride=, pad=, output_padding=, dilation=, groups=", args,
                   n, at, v))
        return &value_error;
    Node *x = value_real(e, f, v[0]), *w = value_real(e, f, v[1]);
    if (!x || !w) return &value_error;
    if (!builtin_int(e, f, "stride", v[2], 1, 1, &st) ||
        !builtin_int(e, f, "pad", v[3], 0, 0, &pad) ||
        !builtin_int(e, f, "output_padding", v[4], 0, 0, &more) ||
        !builtin_int(e, f, "dilation", v[5], 1, 1, &dil) ||
        !builtin_int(e, f, "groups", v[6], 1, 1, &groups))
        return &value_error;
    if (!image_shape(e, f, v[0], x, b->name)) return &value_error;
    if (node_batched(w) || w->shape.rank != 4)
        return e_error(e, f, E0301, args[1].at,
                       "transposed convolution weights are shared [C,O,kh,kw]; "
                       "got %s", value_text(e, v[1]));
    const int64_t *s = x->shape.dim + BATCH_OF(x), *k = w->shape.dim;
    if (s[0] != k[0] || k[0] % groups)
        return e_error(e, f, E0301, at, "%lld input channels do not fit weights %s in %lld groups",
                       (long long)s[0], shape_text(e->arena, w->shape), (long long)groups);
    if (more >= st)
        return e_error(e, f, E0306, at, "output_padding is below the stride %lld; got %lld",
                       (long long)st,
                       (long long)more);
    int64_t size[2];
    for (int i = 0; i < 2; i++) {
        size[i] = (s[1 + i] - 1) * st - 2 * pad + dil * (k[2 + i] - 1) + more + 1;
        if (size[i] < 1)
            return e_error(e, f, E0304, at, "padding %lld leaves nothing of an axis of %lld",
                           (long long)pad, (long long)s[1 + i]);
    }
    ConvAttr c = { st, st, pad, pad, pad, pad, dil, dil, groups };
    bool single = !node_batched(x);
    if (single) x = g_reshape(e->g, x, shape_of(4, (int64_t[]){ 1, s[0], s[1], s[2] }));
    Node *y = g_conv_dx(e->g, x, w, &c, size[0], size[1]);
    if (single) y = g_reshape(e->g, y, shape_of(3, y->shape.dim + 1));
    return value_node(e, y, at);
}

enum { POOL_AVG, POOL_SUM, POOL_MAX };
/* avg_pool, sum_pool, max_pool(x [C,H,W], k, stride = k, pad = 0); zeros count in averages. */
ENTRY(do_pool) {
    Value *v[4];
    int64_t k, st, pad;
    if (!bind_args(e, f, b->name, "x, k, stride=, pad=", args, n, at, v)) return &value_error;
    Node *x = value_real(e, f, v[0]);
    if (!x || !builtin_int(e, f, "the window", v[1], 1, 1, &k) ||
        !builtin_int(e, f, "stride", v[2], k, 1, &st) ||
        !builtin_int(e, f, "pad", v[3], 0, 0, &pad))
        return &value_error;
    if (!image_shape(e, f, v[0], x, b->name)) return &value_error;
    const int64_t *s = x->shape.dim + BATCH_OF(x);
    for (int i = 1; i <= 2; i++) {
        if (s[i] + 2 * pad < k)
            return e_error(e, f, E0304, at, "a window of %lld does not fit axis %d of size %lld",
                           (long long)k, i, (long long)s[i]);
        if (!v[2] && !v[3] && s[i] % k)
            return e_error(e, f, E0304, at, "axis %d has size %lld, not divisible by %lld", i,
                           (long long)s[i], (long long)k);
    }
    if (pad >= k) return e_error(e, f, E0304, at, "padding %lld is not below the window %lld",
                                 (long long)pad, (long long)k);
    if (k == 1 && st == 1 && !pad) return value_node(e, x, at);
    PoolAttr p = { k, k, st, st, pad, pad, pad, pad };
    if (b->data == POOL_MAX) return value_node(e, g_max_pool(e->g, x, &p), at);
    Node *y = g_pool_sum(e->g, x, &p);
    if (b->data == POOL_AVG)
        y = g_binary(e->g, OP_MUL, y, g_const_splat(e->g, DT_F32, y->shape, 1.0 / (double)(k * k)));
    return value_node(e, y, at);
}

const Builtin builtin_shape_table[] = {
    { "reshape",  do_reshape, .data = 0 }, { "flatten", do_flatten, .data = 0 },
    { "squeeze",  do_squeeze, .data = 0 },
    { "permute",  do_permute, .data = 0 }, { "hflip", do_flip, .data = 0 },
    { "vflip", do_flip, .data = 1 },
    { "pad2d",    do_pad, .data = 0 }, { "cat", do_cat, .data = 0 },
    { "stack", do_stack, .data = 0 },
    { "fill",     do_fill, .data = 0 }, { "zeros", do_fill, .data = 1 },
    { "ones", do_fill, .data = 2 },
    { "index",    do_index, .data = 0 }, { "onehot", do_onehot, .data = 0 },
    { "shape",    do_shape, .data = 0 },
    { "shuffle",  do_reorder, .data = 0 }, { "roll", do_reorder, .data = 1 },
    { "conv2d",   do_conv, .data = 0 }, { "conv_transpose2d", do_conv_transpose, .data = 0 },
    { "avg_pool", do_pool, .data = POOL_AVG }, { "sum_pool", do_pool, .data = POOL_SUM },
    { "max_pool", do_pool, .data = POOL_MAX },
    { NULL, NULL, .data = 0 } };
