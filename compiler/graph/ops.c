/* ops.c - the op table as data, and what can be said about an op from its row alone.
 *
 * Needs ops.def. Promises: op_info has one complete row per op, in the order of the enum. */
#include "graph/internal.h"

#include <math.h>

const OpInfo op_info[OP_COUNT] = {
#define OP(id, name, in, cls, batch, lin, ref, emit, lo, hi, doc) \
    [OP_##id] = { name, in, CLASS_##cls, BATCH_##batch, emit, lo, hi, doc },
#include "graph/ops.def"
#undef OP
};

bool op_is_elementwise(Op op) {
    return op_info[op].cls == CLASS_EW || (op_info[op].cls == CLASS_CUT && op_info[op].emit);
}

const char *dtype_name(DType t) {
    static const char *const names[DT_COUNT] = { "f32", "i32", "u8", "bool" };
    assert(t < DT_COUNT);
    return names[t];
}

size_t dtype_size(DType t) {
    static const size_t sizes[DT_COUNT] = { 4, 4, 1, 1 };
    assert(t < DT_COUNT);
    return sizes[t];
}

/* ---- the `ref` column ---------------------------------------------------------------------- */

/* Floored remainder: the sign of b. */
static double ref_mod(double a, double b) {
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
static double ref_max(double a, double b) { return isnan(a) || a > b ? a : b; }
static double ref_min(double a, double b) { return isnan(a) || a < b ? a : b; }
static double ref_sigmoid(double a) {
    return a >= 0 ? 1 / (1 + exp(-a)) : exp(a) / (1 + exp(a));
}
static double ref_softplus(double a) { return a > 0 ? a + log1p(exp(-a)) : log1p(exp(a)); }

static double ref_value(Op op, double a, double b, double c) {
    switch (op) {
#define OP(id, name, in, cls, batch, lin, ref, ...) case OP_##id: return (double)(ref);
#include "graph/ops.def"
#undef OP
    default: return 0;
    }
}

/* Truncates towards 0 and stops at the ends of the type; NaN gives 0. */
static double to_integer(double v, double lo, double hi) {
    if (isnan(v))
        return 0;
    v = trunc(v);
    return v < lo ? lo : v > hi ? hi : v;
}

static double wrap_i32(double v) {
    return (double)(int32_t)(uint32_t)(uint64_t)(int64_t)v;
}

double op_value(Op op, DType t, double a, double b, double c) {
    if (op == OP_CONVERT) {
        switch (t) {
        case DT_I32: return to_integer(a, INT32_MIN, INT32_MAX);
        case DT_U8: return to_integer(a, 0, 255);
        case DT_BOOL: return a != 0;
        default: return a;
        }
    }
    assert(op_is_elementwise(op));
    if (t != DT_I32 || op == OP_SELECT)
        return ref_value(op, a, b, c);
    if ((op == OP_DIV || op == OP_MOD) && b == 0)
        return 0;
    if (op == OP_DIV)
        return wrap_i32(trunc(a / b));
    if (op == OP_MUL)                         /* exact in 64 bits, not in a double */
        return (double)(int32_t)(uint32_t)(uint64_t)((int64_t)a * (int64_t)b);
    return wrap_i32(ref_value(op, a, b, c));
}

/* ---- the batch column ---------------------------------------------------------------------- */

static bool has_attr(const Node *n, int64_t axis) {
    for (int i = 0; i < n->n_attr; i++)
        if (n->attr[i] == axis)
            return true;
    return false;
}

/* True when the dot contracts axis 0 of its left operand. */
static bool dot_contracts_batch(const Node *n) {
    int64_t nb = n->attr[0], nc = n->attr[1];
    const int64_t *ac = n->attr + 2 + 2 * nb;
    for (int64_t i = 0; i < nc; i++)
        if (ac[i] == 0)
            return true;
    return false;
}

BatchEffect node_batch_effect(const Node *n) {
    bool batched = false;
    for (int i = 0; i < n->n_in; i++)
        batched |= node_batched(n->in[i]);
    if (!batched)
        return BATCH_KEEP;
    if (op_info[n->op].batch != BATCH_ATTR)
        return op_info[n->op].batch;
    switch (n->op) {
    case OP_REDUCE_SUM: return has_attr(n, 0) ? BATCH_SUM : BATCH_KEEP;
    case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
        return has_attr(n, 0) ? BATCH_MIX : BATCH_KEEP;
    case OP_SCATTER_ADD: return BATCH_SUM;
    case OP_DOT: return dot_contracts_batch(n) ? BATCH_SUM : BATCH_KEEP;
    default: assert(!"an op with BATCH_ATTR has a case here"); return BATCH_MIX;
    }
}
