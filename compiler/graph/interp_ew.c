/* interp_ew.c - the interpreter's elementwise ops: values from the op table, dual parts from the
 * textbook partial derivatives written here (not the ones that differentiation uses). */
#include "graph/interp.h"

#include <math.h>

/* Partial derivatives of op at (a, b, c); those of operands without a tangent are not used. */
static void partials(Op op, double a, double b, double p[3]) {
    p[0] = p[1] = p[2] = 0;
    switch (op) {
    case OP_ADD: p[0] = 1, p[1] = 1; break;
    case OP_SUB: p[0] = 1, p[1] = -1; break;
    case OP_MUL: p[0] = b, p[1] = a; break;
    case OP_DIV: p[0] = 1 / b, p[1] = -a / (b * b); break;
    case OP_NEG: p[0] = -1; break;
    case OP_POW: p[0] = b * pow(a, b - 1), p[1] = a > 0 ? log(a) * pow(a, b) : 0; break;
    case OP_MOD: p[0] = 1; break;
    case OP_MAXIMUM: p[a > b ? 0 : 1] = 1; break;
    case OP_MINIMUM: p[a < b ? 0 : 1] = 1; break;
    case OP_EXP: case OP_EXPM1: p[0] = exp(a); break;
    case OP_LOG: p[0] = 1 / a; break;
    case OP_LOG1P: p[0] = 1 / (1 + a); break;
    case OP_SQRT: p[0] = a > 0 ? 0.5 / sqrt(a) : 0; break;
    case OP_RSQRT: p[0] = -0.5 * pow(a, -1.5); break;
    case OP_SIN: p[0] = cos(a); break;
    case OP_COS: p[0] = -sin(a); break;
    case OP_TANH: p[0] = 1 / (cosh(a) * cosh(a)); break;
    case OP_SIGMOID: p[0] = 0.25 / (cosh(a / 2) * cosh(a / 2)); break;
    case OP_SOFTPLUS: p[0] = 0.5 * (1 + tanh(a / 2)); break;
    case OP_ERF: p[0] = M_2_SQRTPI * exp(-a * a); break;
    case OP_ABS: p[0] = (a > 0) - (a < 0); break;
    case OP_SELECT: p[a != 0 ? 1 : 2] = 1; break;
    default: assert(!"a differentiable elementwise op has a case here");
    }
}

void interp_elementwise(const Node *n, int64_t count, const Value *in, Value out) {
    DType t = n->in[n->n_in - 1]->dtype;
    for (int64_t k = 0; k < count; k++) {
        double x[3] = { 0 }, p[3];
        for (int i = 0; i < n->n_in; i++)
            x[i] = in[i].v[k];
        out.v[k] = op_value(n->op, t, x[0], x[1], x[2]);
        if (!out.d)
            continue;
        partials(n->op, x[0], x[1], p);
        for (int i = 0; i < n->n_in; i++)
            if (in[i].d && p[i] != 0)         /* a zero partial stops even an infinite tangent */
                out.d[k] += p[i] * in[i].d[k];
    }
}
