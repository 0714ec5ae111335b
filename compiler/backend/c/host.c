/* host.c - rank-0 values of constants and run-time scalars: C in double, before the launches.
 *
 * Promises: integer results wrap and saturate as in the kernels; kernels read the values as float
 * or as integers from s->f and s->i. */
#include "backend/c/plan.h"

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

/* A run-time scalar; INDEX and TURN are the counters of a block's `for`. */
static void host_scalar(Unit *u, Text *t, const Node *n) {
    for (int b = 1; b < u->blocks.n; b++) {
        const DoStmt *s = &u->body[u->blocks.v[b].opener];
        if (s->kind != DO_REPEAT)
            continue;
        if (s->index_scalar == n->attr[0] || s->turn_scalar == n->attr[0]) {
            text_printf(t, "(double)%s%d", s->index_scalar == n->attr[0] ? "index" : "turn", b);
            return;
        }
    }
    text_printf(t, "ebm_scalar(run, %d)", plan_scalar_index(u->p, (int)n->attr[0]));
}

static void host_node(Unit *u, Text *t, const Node *n, const char *indent) {
    text_printf(t, "%sconst double h%u = ", indent, n->id);
    if (n->op == OP_SCALAR) {
        host_scalar(u, t, n);
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

bool *plan_host_needs(Unit *u) {
    bool *need = NEW_ARRAY(u->a, bool, u->n + 1);
    for (int k = 0; k < u->slots_f.n; k++) need[u->slots_f.v[k]->id] = true;
    for (int k = 0; k < u->slots_i.n; k++) need[u->slots_i.v[k]->id] = true;
    for (int k = 0; k < u->n_body; k++)       /* conditions, trip counts, numbers put out */
        if (u->body[k].value && info_of(u, u->body[k].value)->host)
            need[u->body[k].value->id] = true;
    for (uint32_t id = u->n; id-- > 0;)
        for (int k = 0; need[id] && k < u->node[id]->n_in; k++)
            need[u->node[id]->in[k]->id] = true;
    return need;
}

void plan_host_values(Unit *u, const bool *need, int block, const char *indent, Text *t) {
    for (uint32_t id = 0; id < u->n; id++)
        if (need[id] && u->node[id]->op != OP_CONST && u->info[id].block == block)
            host_node(u, t, u->node[id], indent);
    for (int k = 0; k < u->slots_f.n; k++)
        if (info_of(u, u->slots_f.v[k])->block == block)
            text_printf(t, "%ss->f[%d] = (float)h%u;\n", indent, k, u->slots_f.v[k]->id);
    for (int k = 0; k < u->slots_i.n; k++)
        if (info_of(u, u->slots_i.v[k])->block == block)
            text_printf(t, "%ss->i[%d] = (int64_t)h%u;\n", indent, k, u->slots_i.v[k]->id);
}
