/* host.c - rank-0 values of constants and run-time scalars: C in double, before the launches.
 *
 * Promises: integer results wrap and saturate as in the kernels; kernels read the values as float
 * or as integers from s->f and s->i. */
#include "backend/plan.h"

#include <math.h>
#include <stdio.h>

/* Helpers that the host text may call; only plan.c has them. */
const char plan_host_helpers[] =
    "#define HOST static inline __attribute__((unused))\n"
    "HOST double host_mod(double a, double b) {\n"
    "    double r = fmod(a, b);\n"
    "    return r != 0 && (r < 0) != (b < 0) ? r + b : r;\n"
    "}\n"
    "HOST double host_sigmoid(double a) {\n"
    "    return a >= 0 ? 1 / (1 + exp(-a)) : exp(a) / (1 + exp(a));\n"
    "}\n"
    "HOST double host_softplus(double a) {\n"
    "    return a > 0 ? a + log1p(exp(-a)) : log1p(exp(a));\n"
    "}\n"
    "/* Truncated to [lo, hi]; NaN gives 0. */\n"
    "HOST double host_int(double a, double lo, double hi) {\n"
    "    return isnan(a) ? 0 : a < lo ? lo : a > hi ? hi : trunc(a);\n"
    "}\n"
    "HOST double host_wrap(double a) { return (double)(int32_t)(uint32_t)(uint64_t)(int64_t)a; }\n"
    "HOST double host_mul(double a, double b) {\n"
    "    return (double)(int32_t)(uint32_t)((uint64_t)(int64_t)a * (uint64_t)(int64_t)b);\n"
    "}\n";

static const char *host_pattern(Op op) {
    switch (op) {
    case OP_ADD: return "$0 + $1";
    case OP_SUB: return "$0 - $1";
    case OP_MUL: return "$0 * $1";
    case OP_DIV: return "$0 / $1";
    case OP_NEG: return "-$0";
    case OP_POW: return "pow($0, $1)";
    case OP_MOD: return "host_mod($0, $1)";
    case OP_MAXIMUM: return "isnan($0) || $0 > $1 ? $0 : $1";
    case OP_MINIMUM: return "isnan($0) || $0 < $1 ? $0 : $1";
    case OP_EXP: return "exp($0)";
    case OP_EXPM1: return "expm1($0)";
    case OP_LOG: return "log($0)";
    case OP_LOG1P: return "log1p($0)";
    case OP_SQRT: return "sqrt($0)";
    case OP_RSQRT: return "1 / sqrt($0)";
    case OP_SIN: return "sin($0)";
    case OP_COS: return "cos($0)";
    case OP_TANH: return "tanh($0)";
    case OP_SIGMOID: return "host_sigmoid($0)";
    case OP_SOFTPLUS: return "host_softplus($0)";
    case OP_ERF: return "erf($0)";
    case OP_ABS: return "fabs($0)";
    case OP_SIGN: return "($0 > 0) - ($0 < 0)";
    case OP_FLOOR: return "floor($0)";
    case OP_CEIL: return "ceil($0)";
    case OP_ROUND: return "nearbyint($0)";
    case OP_EQ: return "$0 == $1";
    case OP_NE: return "$0 != $1";
    case OP_LT: return "$0 < $1";
    case OP_LE: return "$0 <= $1";
    case OP_AND: return "$0 != 0 && $1 != 0";
    case OP_OR: return "$0 != 0 || $1 != 0";
    case OP_NOT: return "$0 == 0";
    case OP_SELECT: return "$0 != 0 ? $1 : $2";
    default: return NULL;
    }
}

static void host_operand(Text *t, const Node *n) {
    if (n->op != OP_CONST) {
        text_printf(t, "h%u", n->id);
        return;
    }
    double v = n->data[0];
    if (isnan(v))
        text_add(t, "NAN");
    else if (isinf(v))
        text_add(t, v > 0 ? "INFINITY" : "(-INFINITY)");
    else
        text_printf(t, signbit(v) ? "(%a)" : "%a", v);
}

static void host_pattern_put(Text *t, const Node *n, const char *pattern) {
    for (const char *s = pattern; *s; s++) {
        if (*s == '$')
            host_operand(t, n->in[*++s - '0']);
        else
            text_add_n(t, s, 1);
    }
}

static void host_node(Text *t, const Node *n) {
    text_printf(t, "    const double h%u = ", n->id);
    if (n->op == OP_SCALAR) {
        text_printf(t, "ebm_scalar(run, %lld)", (long long)n->attr[0]);
    } else if (n->op == OP_CONVERT) {
        const char *pattern = n->dtype == DT_F32 ? "$0" : n->dtype == DT_BOOL ? "$0 != 0"
                            : n->dtype == DT_U8 ? "host_int($0, 0, 255)"
                                                : "host_int($0, -2147483648.0, 2147483647.0)";
        host_pattern_put(t, n, pattern);
    } else if (n->in[n->n_in - 1]->dtype != DT_I32 || n->op == OP_SELECT || n->dtype == DT_BOOL) {
        host_pattern_put(t, n, host_pattern(n->op));
    } else if (n->op == OP_MUL) {
        host_pattern_put(t, n, "host_mul($0, $1)");
    } else if (n->op == OP_DIV) {
        host_pattern_put(t, n, "$1 == 0 ? 0 : host_wrap(trunc($0 / $1))");
    } else if (n->op == OP_MOD) {
        host_pattern_put(t, n, "$1 == 0 ? 0 : host_mod($0, $1)");
    } else {
        text_add(t, "host_wrap(");
        host_pattern_put(t, n, host_pattern(n->op));
        text_add(t, ")");
    }
    text_add(t, ";\n");
}

void plan_host_values(Unit *u, Node *const *extra, int n_extra, Text *t) {
    bool *need = NEW_ARRAY(u->a, bool, u->n + 1);
    for (int k = 0; k < u->slots_f.n; k++) need[u->slots_f.v[k]->id] = true;
    for (int k = 0; k < u->slots_i.n; k++) need[u->slots_i.v[k]->id] = true;
    for (int k = 0; k < n_extra; k++) need[extra[k]->id] = true;
    for (uint32_t id = u->n; id-- > 0;)
        for (int k = 0; need[id] && k < u->node[id]->n_in; k++)
            need[u->node[id]->in[k]->id] = true;
    for (uint32_t id = 0; id < u->n; id++)
        if (need[id] && u->node[id]->op != OP_CONST)
            host_node(t, u->node[id]);
    for (int k = 0; k < u->slots_f.n; k++)
        text_printf(t, "    s->f[%d] = (float)h%u;\n", k, u->slots_f.v[k]->id);
    for (int k = 0; k < u->slots_i.n; k++)
        text_printf(t, "    s->i[%d] = (int64_t)h%u;\n", k, u->slots_i.v[k]->id);
}
