/* derive.c - grad, jvp, vjp, hvp as request nodes, and what a value depends on.
 *
 * grad(E, x) calls E on a fresh variable that stands for x, and requests the derivative of the
 * result by that variable; grad(expr, x) requests it by the node x itself. The differentiate pass
 * resolves the requests. */
#include "front/elab.h"
#include <string.h>

/* Is x below y? Loops are crossed through their operands. */
bool derive_depends(Elab *e, Node *y, const Node *x) {
    bool *seen = NEW_ARRAY(e->arena, bool, graph_size(e->g));
    seen[y->id] = true;
    for (uint32_t id = y->id + 1; id-- > x->id;) {
        if (!seen[id]) continue;
        const Node *n = graph_node(e->g, id);
        if (n == x) return true;
        for (int i = 0; i < n->n_in; i++) seen[n->in[i]->id] = true;
    }
    return false;
}

void derive_live_states(Elab *e, Node *y, void (*each)(void *, const Node *), void *user) {
    bool *seen = NEW_ARRAY(e->arena, bool, graph_size(e->g));
    seen[y->id] = true;
    for (uint32_t id = y->id + 1; id-- > 0;) {
        if (!seen[id]) continue;
        const Node *n = graph_node(e->g, id);
        if (n->op == OP_STATE) each(user, n);
        if (op_info[n->op].cls == CLASS_CUT) continue;
        for (int i = 0; i < n->n_in; i++) seen[n->in[i]->id] = true;
    }
}

static bool is_example_scalar(const Node *n) { return shape_example(n->shape).rank == 0; }

/* y = fn(variable at x); for the expression form y = fn's value and the variable is x. */
static Node *primal(Elab *e, Frame *f, const char *name, Value *fn, Node *x, Node **var, Range at) {
    if (value_callable(fn)) {
        *var = g_var(e->g, x);
        e->quiet++;                              /* calls in a derivative write no layer state */
        Value *y = call_unary(e, f, fn, value_node(e, *var, at), at);
        e->quiet--;
        return y->kind == V_ERROR ? NULL : value_real(e, f, y);
    }
    *var = x;
    return value_real(e, f, fn);
}

/* name: grad, or hvp, whose first derivative it is. */
static Value *gradient(Elab *e, Frame *f, const char *name, Value *fn, Node *x, Range at,
                       const CallArg *args, Node **y_out, Node **var_out) {
    Node *var, *y = primal(e, f, "grad", fn, x, &var, at);
    if (!y) return &value_error;
    if (!is_example_scalar(y)) {
        e_error(e, f, E0402, at, "grad expects a scalar function; this one returns %s",
                shape_text(e->arena, shape_example(y->shape)));
        diag_help("jvp(f, x, v) is J v;  vjp(f, x, u) is J' u");
        return &value_error;
    }
    if (!derive_depends(e, y, var)) {
        e_error(e, f, E0401, args[0].at, "this does not depend on the variable: the gradient is "
                "always zero");
        diag_note(args[1].at, "the variable is this value");
        if (var->op == OP_CONST)
            diag_help("it is a constant: a derivative at one is  grad(fn(z) => ..., x)");
        return &value_error;
    }
    if (node_batched(y) && !node_batched(var)) {
        e_error(e, f, E0310, at, "the gradient of a per-sample value by a shared one");
        diag_help("take the gradient of its mean:  grad(mean(...), v)");
        return &value_error;
    }
    *y_out = y;
    *var_out = var;
    lint_derivative(e, f, name, y, var, at);
    return value_node(e, g_request(e->g, OP_GRAD, y, var, NULL), at);
}

/* v must fit the shape of `like`; broadcasts a shared v over the batch. */
static Node *fit(Elab *e, Frame *f, Value *v, const Node *like, const char *what) {
    Node *n = value_real(e, f, v);
    if (!n) return NULL;
    if (!shape_equal(shape_example(n->shape), shape_example(like->shape)) ||
        (node_batched(n) && !node_batched(like))) {
        e_error(e, f, E0301, v->at, "%s has shape %s; expected %s", what,
                shape_text(e->arena, shape_example(n->shape)),
                shape_text(e->arena, shape_example(like->shape)));
        return NULL;
    }
    return g_broadcast_to(e->g, n, like->shape);
}

Value *derive_call(Elab *e, Frame *f, const char *name, const CallArg *args, int n, Range at) {
    bool is_grad = !strcmp(name, "grad");
    if (n != (is_grad ? 2 : 3))
        return e_error(e, f, E0210, at, "%s takes %s", name,
                       is_grad ? "(function or value, x)" : "(function or value, x, v)");
    if (args[1].value->kind == V_LIST) args[1].value->at = args[1].at;
    Node *x = value_real(e, f, args[1].value), *var, *y;
    if (!x) return &value_error;
    if (is_grad) return gradient(e, f, name, args[0].value, x, at, args, &y, &var);
    if (!strcmp(name, "hvp")) {
        Value *g = gradient(e, f, name, args[0].value, x, at, args, &y, &var);
        if (g->kind == V_ERROR) return g;
        Node *v = fit(e, f, args[2].value, var, "the direction of hvp");
        return v ? value_node(e, g_request(e->g, OP_JVP, g->node, var, v), at) : &value_error;
    }
    y = primal(e, f, name, args[0].value, x, &var, at);
    if (!y) return &value_error;
    if (!derive_depends(e, y, var)) {
        e_error(e, f, E0401, args[0].at, "this does not depend on the variable: the derivative is "
                "always zero");
        return &value_error;
    }
    bool forward = !strcmp(name, "jvp");
    Node *v = fit(e, f, args[2].value, forward ? var : y,
                  forward ? "the direction of jvp" : "the cotangent of vjp");
    if (!v) return &value_error;
    lint_derivative(e, f, name, y, var, at);
    return value_node(e, g_request(e->g, forward ? OP_JVP : OP_VJP, y, var, v), at);
}
