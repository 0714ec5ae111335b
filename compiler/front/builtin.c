/* builtin.c - the table of built-in functions and the small ones among them.
 *
 * A built-in is something that the language itself cannot say: an op of the graph, a derivative, a
 * shape operation. What can be written in `.ebm` is in compiler/stdlib instead. */
#include "front/builtin.h"
#include <math.h>
#include <string.h>

/* ---- arguments ------------------------------------------------------------------------------ */
/* `spec` lists the formals: "x, stride=, pad=": those with '=' may be missing (NULL in out[]). */
bool bind_args(Elab *e, Frame *f, const char *fn, const char *spec, const CallArg *args, int n,
               Range at, Value **out) {
    const char *name[16];
    bool optional[16];
    int k = 0;
    for (const char *p = spec; *p; k++) {
        size_t len = strcspn(p, ",=");
        name[k] = intern_n(p, len);
        p += len;
        optional[k] = *p == '=';
        p += strspn(p, "=");
        p += strspn(p, ", ");
        out[k] = NULL;
    }
    int next = 0;
    for (int i = 0; i < n; i++) {
        int slot = -1;
        if (!args[i].name) slot = next++;
        else for (int j = 0; j < k; j++) if (name[j] == args[i].name) slot = j;
        if (slot < 0) {
            e_error(e, f, E0202, args[i].at, "%s has no field '%s'", fn, args[i].name);
            const char *best = nearest_name(args[i].name, name, k);
            if (best) diag_help("did you mean '%s'?", best);
            return false;
        }
        if (slot >= k) {
            e_error(e, f, E0210, args[i].at, "%s takes (%s), got %d arguments", fn, spec, n);
            return false;
        }
        if (out[slot]) {
            e_error(e, f, E0210, args[i].at, "argument '%s' is given twice", name[slot]);
            return false;
        }
        out[slot] = args[i].value;
        if (out[slot]->kind == V_ERROR) return false;
    }
    for (int j = 0; j < k; j++)
        if (!out[j] && !optional[j]) {
            e_error(e, f, E0210, at, "%s needs an argument '%s'", fn, name[j]);
            return false;
        }
    return true;
}

bool builtin_int(Elab *e, Frame *f, const char *what, Value *v, int64_t fallback, int64_t lo,
                 int64_t *out) {
    *out = fallback;
    if (!v) return true;
    if (!value_const_int(v, out)) {
        bool constant = v->kind == V_TENSOR && v->node->op == OP_CONST;
        e_error(e, f, E0501, v->at, constant ? "%s is an integer; got %s"
                : "%s is fixed at compile time; got %s", what, value_text(e, v));
        if (!constant) diag_help("declare it with  const");
        return false;
    }
    if (*out >= lo && *out <= (1 << 20)) return true;
    e_error(e, f, E0306, v->at, "%s is at least %lld; got %lld", what, (long long)lo,
            (long long)*out);
    return false;
}

/* ---- elementwise ---------------------------------------------------------------------------- */
#define ENTRY(fn) \
    static Value *fn(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at)

ENTRY(do_unary) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_real(e, f, v[0]);
    return x ? value_node(e, g_unary(e->g, b->op, x), at) : &value_error;
}
ENTRY(do_binary) {
    Value *v[2];
    if (!bind_args(e, f, b->name, "a, b", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]), *y = value_tensor(e, f, v[1]);
    if (!x || !y) return &value_error;
    if (b->op == OP_POW || x->dtype != DT_I32 || y->dtype != DT_I32) {
        x = value_real(e, f, v[0]);
        y = value_real(e, f, v[1]);
    }
    if (!x || !y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    return value_node(e, g_binary(e->g, b->op, x, y), at);
}
ENTRY(do_clamp) {
    Value *v[3];
    if (!bind_args(e, f, b->name, "x, lo, hi", args, n, at, v)) return &value_error;
    Node *x = value_real(e, f, v[0]), *lo = value_real(e, f, v[1]), *hi = value_real(e, f, v[2]);
    if (!x || !lo || !hi || !tensor_join(e, f, &x, &lo, at)) return &value_error;
    x = g_binary(e->g, OP_MAXIMUM, x, lo);
    if (!tensor_join(e, f, &x, &hi, at)) return &value_error;
    return value_node(e, g_binary(e->g, OP_MINIMUM, x, hi), at);
}
ENTRY(do_where) {
    Value *v[3];
    if (!bind_args(e, f, b->name, "cond, a, b", args, n, at, v)) return &value_error;
    Node *c = value_tensor(e, f, v[0]);
    if (!c) return &value_error;
    if (c->dtype != DT_BOOL)
        return e_error(e, f, E0305, args[0].at, "a condition is a truth value; got %s",
                       value_text(e, v[0]));
    return expr_select(e, f, c, v[1], v[2], at);
}
ENTRY(do_real) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    return x ? value_node(e, g_convert(e->g, x, DT_F32), at) : &value_error;
}
ENTRY(do_int) {
    Value *v[1];
    if (!bind_args(e, f, b->name, "x", args, n, at, v)) return &value_error;
    Node *x = value_tensor(e, f, v[0]);
    return x ? value_node(e, g_convert(e->g, x, DT_I32), at) : &value_error;
}

/* ---- reductions and products ---------------------------------------------------------------- */
ENTRY(do_reduce) { return tensor_reduce(e, f, b->name, args, n, at); }

/* dot, sqnorm and norm reduce all axes but the batch; norm(x, batch) the batch too. */
ENTRY(do_norm) {
    bool whole = n == 2 && args[1].value->kind == V_STR && !strcmp(args[1].value->str, "batch");
    if (n != 1 && !whole) return e_error(e, f, E0210, at, "%s takes (x) or (x, batch)", b->name);
    Node *x = value_real(e, f, args[0].value);
    if (!x) return &value_error;
    Node *s = g_reduce_example(e->g, OP_REDUCE_SUM, g_binary(e->g, OP_MUL, x, x));
    if (whole && node_batched(s)) s = g_reduce_batch(e->g, OP_REDUCE_SUM, s);
    return value_node(e, !strcmp(b->name, "norm") ? g_unary(e->g, OP_SQRT, s) : s, at);
}
ENTRY(do_dot) {
    Value *v[2];
    if (!bind_args(e, f, b->name, "a, b", args, n, at, v)) return &value_error;
    Node *x = value_real(e, f, v[0]), *y = value_real(e, f, v[1]);
    if (!x || !y || !tensor_join(e, f, &x, &y, at)) return &value_error;
    return value_node(e, g_reduce_example(e->g, OP_REDUCE_SUM, g_binary(e->g, OP_MUL, x, y)), at);
}
/* softmax, log_softmax over all axes of a sample, or over one axis; the maximum is held
 * constant. */
ENTRY(do_softmax) {
    Value *v[2];
    if (!bind_args(e, f, b->name, "x, axis=", args, n, at, v)) return &value_error;
    Node *x = value_real(e, f, v[0]);
    if (!x) return &value_error;
    int rank = shape_example(x->shape).rank, bt = node_batched(x) ? 1 : 0;
    int64_t axis = -1;
    if (v[1] && (!value_const_int(v[1], &axis) || axis < -rank || axis >= rank))
        return e_error(e, f, E0308, v[1]->at, "an axis is a constant from 0 to %d", rank - 1);
    int axes[MAX_RANK], k = 0, map[MAX_RANK], m = 0;
    for (int i = 0; i < rank; i++)
        if (!v[1] || i == (axis + rank) % rank) axes[k++] = i + bt;
    for (int i = 0, j = 0; i < x->shape.rank; i++) {
        if (j < k && axes[j] == i) j++;
        else map[m++] = i;
    }
    if (!k) return e_error(e, f, E0308, at, "%s needs at least one axis", b->name);
    Node *mx = g_stop(e->g, g_reduce(e->g, OP_REDUCE_MAX, x, axes, k));
    Node *c = g_binary(e->g, OP_SUB, x, g_broadcast(e->g, mx, x->shape, map));
    Node *ex = g_unary(e->g, OP_EXP, c), *s = g_reduce(e->g, OP_REDUCE_SUM, ex, axes, k);
    if (b->data) {                                      /* log_softmax */
        s = g_broadcast(e->g, g_unary(e->g, OP_LOG, s), x->shape, map);
        return value_node(e, g_binary(e->g, OP_SUB, c, s), at);
    }
    return value_node(e, g_binary(e->g, OP_DIV, ex, g_broadcast(e->g, s, x->shape, map)), at);
}

/* ---- derivatives and modes ------------------------------------------------------------------ */
ENTRY(do_derive) { return derive_call(e, f, b->name, args, n, at); }
ENTRY(do_stop) {
    if (n != 1) return e_error(e, f, E0210, at, "stop takes one value or function");
    Value *v = args[0].value;
    if (v->kind == V_FN) {
        Value *s = NEW(e->arena, Value);
        *s = *v;
        s->frozen = true;
        return s;
    }
    Node *x = value_tensor(e, f, v);
    return x ? value_node(e, g_stop(e->g, x), at) : &value_error;
}
ENTRY(do_mode) {
    if (n != 1 || args[0].value->kind != V_FN)
        return e_error(e, f, E0211, at, "%s takes a network or function", b->name);
    Value *s = NEW(e->arena, Value);
    *s = *args[0].value;
    s->mode = !strcmp(b->name, "eval") ? MODE_EVALUATION : MODE_TRAINING;
    return s;
}

/* Known at compile time: by training(N) or eval(N) around the call, else by the kind of the
 * entry. */
ENTRY(do_is_training) {
    if (n) return e_error(e, f, E0210, at, "is_training takes no arguments");
    bool train = f->mode == MODE_TRAINING ||
                 (f->mode == MODE_AS_BLOCK && e->entry && e->entry->mode == MODE_TRAIN);
    return value_node(e, g_const(e->g, DT_BOOL, train), at);
}

/* select(name, a = x, b = y): the argument that is called `name`, a constant text. */
ENTRY(do_select) {
    const char *names[64];
    int k = 0;
    if (n < 2 || args[0].name || args[0].value->kind != V_STR)
        return e_error(e, f, E0211, at, "select takes a constant text and named values:  "
                       "select(kind, a = f, b = g)");
    for (int i = 1; i < n; i++) {
        if (!args[i].name)
            return e_error(e, f, E0211, args[i].at, "each value that select chooses from has a name");
        for (int j = 1; j < i; j++)
            if (args[j].name == args[i].name)
                return e_error(e, f, E0210, args[i].at, "argument '%s' is given twice", args[i].name);
        if (k < 64) names[k++] = args[i].name;
    }
    for (int i = 1; i < n; i++)
        if (!strcmp(args[i].name, args[0].value->str)) return args[i].value;
    e_error(e, f, E0211, args[0].at, "'%s' is none of the names to select from", args[0].value->str);
    const char *best = nearest_name(args[0].value->str, names, k);
    if (best) diag_help("did you mean \"%s\"?", best);
    return &value_error;
}

/* ---- distributions, optimisers, metrics ----------------------------------------------------- */
ENTRY(do_dist) { return dist_make(e, f, (DistKind)b->data, args, n, at); }

ENTRY(do_optimizer) {
    static const char *const spec[] = {
        [OPT_SGD] = "lr, momentum=, nesterov=, weight_decay=, clip_norm=, clip_value=",
        [OPT_ADAM] = "lr, betas=, eps=, weight_decay=, clip_norm=, clip_value=, clip_sd=",
        [OPT_ADAMW] = "lr, betas=, eps=, weight_decay=, clip_norm=, clip_value=, clip_sd=",
        [OPT_RMSPROP] = "lr, decay=, eps=, weight_decay=, clip_norm=, clip_value=" };
    Value *v[7] = { 0 };
    OptimizerKind kind = (OptimizerKind)b->data;
    if (!bind_args(e, f, b->name, spec[kind], args, n, at, v)) return &value_error;
    Optimizer *o = NEW(e->arena, Optimizer);
    *o = (Optimizer){ .kind = kind, .at = at };
    bool sgd = kind == OPT_SGD, rms = kind == OPT_RMSPROP;
    Value *betas = sgd || rms ? NULL : v[1];
    if (betas && (betas->kind != V_TUPLE || betas->n != 2))
        return e_error(e, f, E0211, betas->at, "betas is a pair such as (0.9, 0.999)");
    struct { Value *v; Node **out; double fallback; } field[] = {
        { v[0], &o->lr, 0 },
        { sgd ? v[1] : NULL, &o->momentum, 0 },
        { betas ? betas->v[0] : NULL, sgd || rms ? NULL : &o->beta1, 0.9 },
        { betas ? betas->v[1] : rms ? v[1] : NULL, sgd ? NULL : &o->beta2, rms ? 0.99 : 0.999 },
        { sgd ? NULL : v[2], sgd ? NULL : &o->eps, 1e-8 },
        { v[3], &o->weight_decay, 0 }, { v[4], &o->clip_norm, 0 }, { v[5], &o->clip_value, 0 },
        { v[6], &o->clip_sd, 0 } };
    if (kind == OPT_ADAMW && !v[3]) {
        field[5].fallback = 0.01;
        o->weight_decay = g_const(e->g, DT_F32, 0.01);
    }
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        if (!field[i].out) continue;
        if (!field[i].v) {
            if (field[i].fallback != 0) *field[i].out = g_const(e->g, DT_F32, field[i].fallback);
            continue;
        }
        Node *x = value_real(e, f, field[i].v);
        if (!x) return &value_error;
        if (x->shape.rank)
            return e_error(e, f, E0311, field[i].v->at, "an optimizer field is one number");
        bool share = field[i].out == &o->momentum || field[i].out == &o->beta1 || field[i].out ==
            &o->beta2;
        double known;
        if (node_splat(x, &known) && (!(known >= 0) || (share && known >= 1)))
            return e_error(e, f, E0306, field[i].v->at, "%s; got %g", share
                           ? "this field is at least 0 and below 1" : "this field is at least 0",
                           known);
        *field[i].out = x;
    }
    if (sgd && v[2] && !value_const_bool(v[2], &o->nesterov))
        return e_error(e, f, E0305, v[2]->at, "nesterov is true or false");
    Value *out = value_new(e, V_OPTIMIZER, at);
    out->opt = o;
    return out;
}

/* auroc(positives, negatives): per-sample scores; the report ranks all of them. */
ENTRY(do_auroc) {
    Value *v[2];
    if (!bind_args(e, f, b->name, "positives, negatives", args, n, at, v)) return &value_error;
    Value *m = value_new(e, V_METRIC, at);
    m->v = NEW_ARRAY(e->arena, Value *, 2);
    m->n = 2;
    for (int i = 0; i < 2; i++) {
        Node *x = value_real(e, f, v[i]);
        if (!x) return &value_error;
        if (shape_example(x->shape).rank || !node_batched(x))
            return e_error(e, f, E0311, args[i].at, "auroc ranks one score per sample; got %s",
                           value_text(e, v[i]));
        m->v[i] = value_node(e, x, at);
    }
    return m;
}

/* ---- constants ------------------------------------------------------------------------------ */
ENTRY(do_space) {
    Value *v[3];
    double a, c;
    int64_t k;
    if (!bind_args(e, f, b->name, "from, to, n", args, n, at, v)) return &value_error;
    if (!value_const_real(v[0], &a) || !value_const_real(v[1], &c))
        return e_error(e, f, E0503, at, "the ends of %s are constants", b->name);
    if (!builtin_int(e, f, "n", v[2], 1, 1, &k)) return &value_error;
    bool geo = !strcmp(b->name, "geomspace");
    if (geo && (a <= 0 || c <= 0)) return e_error(e, f, E0602, at, "geomspace needs positive ends");
    Value *list = value_new(e, V_LIST, at);
    list->v = NEW_ARRAY(e->arena, Value *, k);
    list->n = (int)k;
    for (int64_t i = 0; i < k; i++) {
        double t = k > 1 ? (double)i / (double)(k - 1) : 0;
        double x = geo ? exp(log(a) + t * (log(c) - log(a))) : a + t * (c - a);
        list->v[i] = value_node(e, g_const(e->g, DT_F32, x), at);
    }
    return list;
}
ENTRY(do_len) {
    if (n != 1) return e_error(e, f, E0210, at, "len takes one value");
    Value *v = args[0].value;
    if (v->kind == V_LIST || v->kind == V_TUPLE) return value_int(e, v->n, at);
    Node *x = value_tensor(e, f, v);
    if (!x) return &value_error;
    Shape s = shape_example(x->shape);
    if (!s.rank) return e_error(e, f, E0301, at, "a scalar has no length");
    return value_int(e, s.dim[0], at);
}
/* The global index of this sample: 0, 1, 2 ... over the rounds of an entry. */
ENTRY(do_sample_index) {
    if (n) return e_error(e, f, E0210, at, "sample_index takes no arguments");
    return value_node(e, g_iota(e->g, shape_batch(shape_scalar()), 0), at);
}

ENTRY(do_batch_size) {
    if (n) return e_error(e, f, E0210, at, "batch_size takes no arguments");
    int i = scalar_index(e, "batch", SCALAR_BATCH, DT_I32, 0, "samples per step", NO_RANGE);
    return value_node(e, g_scalar(e->g, i, DT_I32), at);
}

/* ---- the table ------------------------------------------------------------------------------ */
static const Builtin table[] = {
    /* name, function, the op or the kind it stands for */
    { "exp", do_unary, .op = OP_EXP }, { "expm1", do_unary, .op = OP_EXPM1 },
    { "log", do_unary, .op = OP_LOG }, { "log1p", do_unary, .op = OP_LOG1P },
    { "sqrt", do_unary, .op = OP_SQRT }, { "rsqrt", do_unary, .op = OP_RSQRT },
    { "sin", do_unary, .op = OP_SIN }, { "cos", do_unary, .op = OP_COS },
    { "tanh", do_unary, .op = OP_TANH }, { "sigmoid", do_unary, .op = OP_SIGMOID },
    { "softplus", do_unary, .op = OP_SOFTPLUS }, { "erf", do_unary, .op = OP_ERF },
    { "abs", do_unary, .op = OP_ABS }, { "sign", do_unary, .op = OP_SIGN },
    { "floor", do_unary, .op = OP_FLOOR }, { "ceil", do_unary, .op = OP_CEIL },
    { "round", do_unary, .op = OP_ROUND }, { "maximum", do_binary, .op = OP_MAXIMUM },
    { "minimum", do_binary, .op = OP_MINIMUM }, { "pow", do_binary, .op = OP_POW },
    { "clamp", do_clamp, .data = 0 }, { "where", do_where, .data = 0 },
    { "real", do_real, .data = 0 }, { "int", do_int, .data = 0 }, { "sum", do_reduce, .data = 0 },
    { "mean", do_reduce, .data = 0 }, { "max", do_reduce, .data = 0 },
    { "min", do_reduce, .data = 0 }, { "prod", do_reduce, .data = 0 },
    { "std", do_reduce, .data = 0 },
    { "logsumexp", do_reduce, .data = 0 }, { "argmax", do_reduce, .data = 0 },
    { "argmin", do_reduce, .data = 0 }, { "norm", do_norm, .data = 0 },
    { "sqnorm", do_norm, .data = 0 }, { "dot", do_dot, .data = 0 },
    { "softmax", do_softmax, .data = 0 }, { "log_softmax", do_softmax, .data = 1 },
    { "is_training", do_is_training, .data = 0 }, { "grad", do_derive, .data = 0 },
    { "jvp", do_derive, .data = 0 }, { "vjp", do_derive, .data = 0 },
    { "hvp", do_derive, .data = 0 }, { "stop", do_stop, .data = 0 },
    { "eval", do_mode, .data = 0 }, { "training", do_mode, .data = 0 },
    { "normal", do_dist, .data = DIST_NORMAL }, { "uniform", do_dist, .data = DIST_UNIFORM },
    { "bernoulli", do_dist, .data = DIST_BERNOULLI },
    { "randint", do_dist, .data = DIST_RANDINT },
    { "rademacher", do_dist, .data = DIST_RADEMACHER }, { "iid", do_dist, .data = DIST_IID },
    { "sgd", do_optimizer, .data = OPT_SGD }, { "adam", do_optimizer, .data = OPT_ADAM },
    { "adamw", do_optimizer, .data = OPT_ADAMW },
    { "rmsprop", do_optimizer, .data = OPT_RMSPROP }, { "auroc", do_auroc, .data = 0 },
    { "linspace", do_space, .data = 0 }, { "geomspace", do_space, .data = 0 },
    { "einsum", builtin_einsum, .data = 0 }, { "select", do_select, .data = 0 },
    { "len", do_len, .data = 0 }, { "sample_index", do_sample_index, .data = 0 },
    { "batch_size", do_batch_size, .data = 0 },
    { NULL, NULL, .data = 0 } };

static const Builtin *find_in(const Builtin *t, const char *name) {
    for (; t->name; t++) if (!strcmp(t->name, name)) return t;
    return NULL;
}
/* Statements in call form, and `replay`: names that scopes know but that are no values. */
static const char *const forms[] = { "save", "image", "plot", "replay", "fifo", "reservoir", NULL };
static Value *do_form(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at) {
    return e_error(e, f, E0214, at, "'%s' cannot be used here", b->name);
}
static Builtin form_entry[6];

const Builtin *builtin_find(const char *name) {
    const Builtin *b = find_in(table, name);
    if (!b) b = find_in(builtin_shape_table, name);
    for (int i = 0; !b && forms[i]; i++)
        if (!strcmp(forms[i], name)) {
            form_entry[i] = (Builtin){ .name = forms[i], .fn = do_form };
            b = &form_entry[i];
        }
    return b;
}
void builtin_names(void (*each)(void *, const char *), void *user) {
    for (const Builtin *b = table; b->name; b++) each(user, b->name);
    for (const Builtin *b = builtin_shape_table; b->name; b++) each(user, b->name);
    for (int i = 0; forms[i]; i++) each(user, forms[i]);
}
const char *builtin_name(const Builtin *b) { return b->name; }
Value *builtin_call(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at) {
    return b->fn(e, f, b, args, n, at);
}
