/* draw.c - distributions as values, and what `~` does.
 *
 * A draw becomes a RAND node with a site: the hash of the call path that leads to it. Together
 * with the seed, the step, the sample and the loop index the site is the whole address of a random
 * number (docs/language.md, Random draws), so no draw shares noise with another. What is drawn is
 * a constant for differentiation: every draw ends in a STOP. */
#include "front/elab.h"
#include <math.h>
#include <string.h>

/* FNV-1a over the path, then a 64-bit finaliser; part of the frozen random address. */
uint64_t site_hash(const char *path) {
    uint64_t h = 0xcbf29ce484222325u;
    for (; *path; path++) h = (h ^ (uint8_t)*path) * 0x100000001b3u;
    h ^= h >> 33;
    h *= 0xff51afd7ed558ccdu;
    h ^= h >> 33;
    return h;
}

static bool param(Elab *e, Frame *f, Value *v, double fallback, Shape shape, Node **out) {
    *out = g_const(e->g, DT_F32, fallback);
    if (!v) return true;
    Node *n = value_real(e, f, v);
    if (!n) return false;
    Shape s = shape_example(n->shape);
    if (s.rank && !shape_equal(s, shape)) {
        e_error(e, f, E0302, v->at, "a parameter of shape %s does not fit draws of shape %s",
                shape_text(e->arena, s), shape_text(e->arena, shape));
        return false;
    }
    *out = n;
    return true;
}

static bool check_range(Elab *e, Frame *f, Node *n, double lo, double hi, Range at,
                        const char *what) {
    if (n->op != OP_CONST) return true;
    for (int64_t i = 0; i < n->n_data; i++)
        if (!(n->data[i] >= lo && n->data[i] <= hi)) {
            e_error(e, f, E0602, at, "%s %g is outside [%g, %g]", what, n->data[i], lo, hi);
            return false;
        }
    return true;
}

/* Where both are constants, lo <= hi, of integers lo < hi. */
static bool check_bounds(Elab *e, Frame *f, const char *name, Node *lo, Node *hi, Range at) {
    bool known = lo->op == OP_CONST && hi->op == OP_CONST && lo->n_data == 1 && hi->n_data == 1;
    double from = known ? lo->data[0] : 0, to = known ? hi->data[0] : 1;
    if (from < to || (from == to && lo->dtype == DT_F32)) return true;
    e_error(e, f, E0602, at, "%s draws from %g to %g: nothing lies between", name, from, to);
    return false;
}

/* The distribution of n independent draws: shape [n, ...]. */
Dist dist_rows(Elab *e, const Dist *d, int64_t n) {
    Dist rows = *d;
    int map[MAX_RANK];
    rows.shape.rank = d->shape.rank + 1;
    rows.shape.dim[0] = n;
    for (int i = 0; i < d->shape.rank; i++) {
        rows.shape.dim[i + 1] = d->shape.dim[i];
        map[i] = i + 1;
    }
    for (int k = 0; k < 2; k++) {
        Node **p = k ? &rows.b : &rows.a;
        if (!*p || shape_example((*p)->shape).rank == 0) continue;
        bool bt = node_batched(*p);
        int batched_map[MAX_RANK] = { 0 };
        for (int i = 0; i < d->shape.rank; i++) batched_map[i + 1] = i + 2;
        *p = bt ? g_broadcast(e->g, *p, shape_batch(rows.shape), batched_map)
                : g_broadcast(e->g, *p, rows.shape, map);
    }
    return rows;
}

/* iid(D, n): n draws of a distribution, a buffer or a data set, for each sample. */
static Value *make_iid(Elab *e, Frame *f, const CallArg *args, int n, Range at) {
    Value *v[2];
    int64_t count;
    if (!bind_args(e, f, "iid", "dist, n", args, n, at, v)) return &value_error;
    if (!value_const_int(v[1], &count) || count < 1 || count > 1 << 20)
        return e_error(e, f, E0501, v[1]->at, "the number of draws is a constant of at least 1");
    Value *out = value_new(e, V_DIST, at);
    Dist *d = NEW(e->arena, Dist);
    out->dist = d;
    if (v[0]->kind == V_DIST && v[0]->dist->kind != DIST_IID) {
        if (v[0]->dist->shape.rank + 2 > MAX_RANK) return e_error(e, f, E0001, at, "too many axes");
        *d = dist_rows(e, v[0]->dist, count);
    } else if (v[0]->kind == V_BUFFER || v[0]->kind == V_DATA) {
        *d = (Dist){ .kind = DIST_IID, .at = at, .inner = v[0], .n = count };
    } else {
        return e_error(e, f, E0211, args[0].at,
                       "iid draws from a distribution, a buffer or a data set; "
                       "got %s",
                       value_text(e, v[0]));
    }
    return out;
}

/* normal(shape, mean=, std=)  uniform(shape, lo, hi)  bernoulli(p) or (shape, p)
 * randint(lo, hi) or (shape, lo, hi)  rademacher(shape)  iid(dist, n) */
Value *dist_make(Elab *e, Frame *f, DistKind kind, const CallArg *args, int n, Range at) {
    static const struct { const char *name, *spec; } form[] = {
        [DIST_NORMAL] = { "normal", "shape, mean=, std=" },
        [DIST_UNIFORM] = { "uniform", "shape, lo=, hi=" },
        [DIST_BERNOULLI] = { "bernoulli", "shape, p" },
        [DIST_RANDINT] = { "randint", "shape, lo, hi" },
        [DIST_RADEMACHER] = { "rademacher", "shape" } };
    if (kind == DIST_IID) return make_iid(e, f, args, n, at);
    Value *v[4];
    CallArg full[8];
    int k = 0;
    bool no_shape = n > 0 && !args[0].name && args[0].value->kind == V_TENSOR &&
                    (kind == DIST_BERNOULLI || kind == DIST_RANDINT);
    Value *own = value_new(e, V_SHAPE, at);               /* bernoulli(p): one draw for each p */
    if (no_shape && kind == DIST_BERNOULLI) own->shape = shape_example(args[0].value->node->shape);
    if (no_shape) full[k++] = (CallArg){ NULL, own, at };
    for (int i = 0; i < n && k < 8; i++) full[k++] = args[i];
    if (!bind_args(e, f, form[kind].name, form[kind].spec, full, k, at, v)) return &value_error;
    Dist *d = NEW(e->arena, Dist);
    d->kind = kind;
    d->at = at;
    if (!shape_from_value(e, f, v[0], &d->shape)) return &value_error;
    bool ok = true;
    if (kind == DIST_NORMAL) {
        ok = param(e, f, v[1], 0, d->shape, &d->a) && param(e, f, v[2], 1, d->shape, &d->b) &&
             check_range(e, f, d->b, 0, 1e30, at, "standard deviation");
    } else if (kind == DIST_UNIFORM) {
        ok = param(e, f, v[1], 0, d->shape, &d->a) && param(e, f, v[2], 1, d->shape, &d->b) &&
             check_bounds(e, f, "uniform", d->a, d->b, at);
    } else if (kind == DIST_BERNOULLI) {
        ok = param(e, f, v[1], 0, d->shape, &d->a) && check_range(e, f, d->a, 0, 1, at,
                "probability");
    } else if (kind == DIST_RANDINT) {
        for (int i = 1; i <= 2 && ok; i++) {
            Node *b = value_tensor(e, f, v[i]);
            if (b && (b->dtype != DT_I32 || b->shape.rank)) {
                e_error(e, f, E0305, v[i]->at, "a bound of randint is an integer; got %s",
                        value_text(e, v[i]));
                b = NULL;
            }
            ok = b != NULL;
            *(i == 1 ? &d->a : &d->b) = b;
        }
        ok = ok && check_bounds(e, f, "randint", d->a, d->b, at);
    }
    if (!ok) return &value_error;
    Value *out = value_new(e, V_DIST, at);
    out->dist = d;
    return out;
}

/* Of each element: log p of a truth value, of an integer in lo .. hi - 1, of -1 or 1. */
static Node *log_mass(Elab *e, const Dist *d, Node *n, Node *a, Node *b) {
    Graph *g = e->g;
    Shape s = n->shape;
    Node *none = g_const_splat(g, DT_F32, s, -INFINITY), *one = g_const_splat(g, DT_F32, s, 1);
    if (d->kind == DIST_BERNOULLI)
        return g_select(g, g_binary(g, OP_LT, g_const_splat(g, DT_F32, s, 0.5), n),
                        g_unary(g, OP_LOG, a),
                        g_unary(g, OP_LOG1P, g_unary(g, OP_NEG, a)));
    if (d->kind == DIST_RADEMACHER)
        return g_select(g, g_binary(g, OP_EQ, g_unary(g, OP_ABS, n), one),
                        g_const_splat(g, DT_F32, s, -0.69314718055994531), none);
    Node *in = g_binary(g, OP_AND, g_binary(g, OP_LE, a, n), g_binary(g, OP_LT, n, b));
    return g_select(g, in, g_unary(g, OP_NEG, g_unary(g, OP_LOG, g_binary(g, OP_SUB, b, a))), none);
}

/* D.log_prob(x): the log density, or probability, of one example. */
Value *dist_log_prob(Elab *e, Frame *f, const Dist *d, Value *x, Range at) {
    Graph *g = e->g;
    Node *n = value_tensor(e, f, x);
    if (!n) return &value_error;
    if (n->dtype != DT_F32) n = g_convert(g, n, DT_F32);
    if (!shape_equal(shape_example(n->shape), d->shape))
        return e_error(e, f, E0301, x->at, "draws have shape %s; this is %s",
                       shape_text(e->arena, d->shape),
                       shape_text(e->arena, shape_example(n->shape)));
    Node *a = d->a ? tensor_unify_dtype(e, d->a, DT_F32) : g_const(g, DT_F32, 0);
    Node *b = d->b ? tensor_unify_dtype(e, d->b, DT_F32) : g_const(g, DT_F32, 0), *p;
    Shape s = node_batched(n) || node_batched(a) || node_batched(b) ? shape_batch(d->shape)
        : d->shape;
    a = g_broadcast_to(g, a, s);
    b = g_broadcast_to(g, b, s);
    n = g_broadcast_to(g, n, s);
    if (d->kind == DIST_NORMAL) {        /* -((x-m)/s)^2/2 - log s - log(2 pi)/2 */
        Node *z = g_binary(g, OP_DIV, g_binary(g, OP_SUB, n, a), b);
        p = g_binary(g, OP_MUL, g_binary(g, OP_MUL, z, z), g_const_splat(g, DT_F32, s, -0.5));
        p = g_binary(g, OP_SUB, p, g_unary(g, OP_LOG, b));
        p = g_binary(g, OP_SUB, p, g_const_splat(g, DT_F32, s, 0.91893853320467274));
    } else {
        p = log_mass(e, d, n, a, b);     /* uniform: -log(hi - lo) inside, as of integers */
    }
    return value_node(e, g_reduce_example(g, OP_REDUCE_SUM, p), at);
}

/* One draw of shape d->shape, per sample when `batched`. `site` is a call path. */
Node *dist_sample(Elab *e, Frame *f, const Dist *d, const char *site, bool batched) {
    Graph *g = e->g;
    Shape s = batched ? shape_batch(d->shape) : d->shape;
    uint64_t h = site_hash(site);
    if (d->kind == DIST_RANDINT) {
        Node *n = g_binary(g, OP_SUB, d->b, d->a);
        Node *r = g_rand(g, OP_RAND_INT, s, h, e->loop_index, n);
        return g_binary(g, OP_ADD, r, g_broadcast_to(g, d->a, s));
    }
    Node *r = g_rand(g, d->kind == DIST_NORMAL ? OP_RAND_NORMAL : OP_RAND_UNIFORM, s, h,
                     e->loop_index, NULL);
    if (d->kind == DIST_RADEMACHER) {
        Node *c = g_binary(g, OP_LT, r, g_const_splat(g, DT_F32, s, 0.5));
        return g_select(g, c, g_const_splat(g, DT_F32, s, 1), g_const_splat(g, DT_F32, s, -1));
    }
    bool par = node_batched(d->a) || (d->b && node_batched(d->b));
    if (par && !batched) {
        e_error(e, f, E0309, d->at, "a shared draw needs shared parameters");
        return NULL;
    }
    Node *a = g_broadcast_to(g, d->a, s);
    if (d->kind == DIST_BERNOULLI) return g_binary(g, OP_LT, r, a);
    Node *b = g_broadcast_to(g, d->b, s);
    if (d->kind == DIST_UNIFORM) b = g_binary(g, OP_SUB, b, a);
    return g_binary(g, OP_ADD, g_binary(g, OP_MUL, r, b), a);
}

bool draw_is_sampler_call(Elab *e, Frame *f, const Expr *x) {
    if (x->kind == EX_PIPE) x = x->b;
    const Expr *callee = x->kind == EX_CALL ? x->a : x;
    FileScope *file = f->file;
    Value *v = NULL;
    if (callee->kind == EX_FIELD && callee->a->kind == EX_NAME)
        file = scope_alias(file, callee->a->name);
    else if (callee->kind != EX_NAME) return false;
    else v = frame_lookup(f, callee->name);
    if (!v && file) v = scope_lookup(e, file, callee->name);
    return v && v->kind == V_FN && v->fn->is_sampler;
}

/* *filled: whether a buffer has something to draw, for the mixture that asks; the others (NULL)
 * stop the run when it has not. */
static Value *draw_from(Elab *e, Frame *f, const Expr *dist, bool batched, Node **filled) {
    bool sampler = draw_is_sampler_call(e, f, dist);
    int errors = diag_errors();
    Value *v = expr_eval(e, f, dist);
    switch (v->kind) {
    case V_ERROR: return v;
    case V_DIST: {
        if (v->dist->kind == DIST_IID && v->dist->inner->kind == V_DATA)
            return data_draw_rows(e, f, v->dist->inner, v->dist->n, batched, dist->at);
        if (v->dist->kind == DIST_IID) {
            if (filled) *filled = buffer_filled(e, v->dist->inner);
            else buffer_require(e, v->dist->inner, dist->at);
            return buffer_draw(e, f, v->dist->inner, v->dist->n, frame_site_path(e, f, ""),
                               batched);
        }
        Node *n = dist_sample(e, f, v->dist, frame_site_path(e, f, ""), batched);
        return n ? value_node(e, n, dist->at) : &value_error;
    }
    case V_DATA: return data_draw(e, f, v, batched, dist->at);
    case V_BUFFER:
        if (filled) *filled = buffer_filled(e, v);
        else buffer_require(e, v, dist->at);
        return buffer_draw(e, f, v, 0, frame_site_path(e, f, ""), batched);
    case V_SLOTS:
        if (!v->buffer) return data_slots(e, f, v, batched, dist->at);
        return buffer_slots(e, f, v, frame_site_path(e, f, ""), batched, dist->at);
    default: break;
    }
    if (sampler && v->kind != V_FN) return v;
    const Expr *last = dist->kind == EX_PIPE ? dist->b : dist;
    if (v->kind == V_FN && sampler && last->kind == EX_CALL)
        return diag_errors() > errors ? &value_error :
               e_error(e, f, E0207, dist->at, "this sampler returns %s", value_text(e, v));
    if (v->kind == V_FN && v->fn->is_sampler) {
        e_error(e, f, E0207, dist->at, "'%s' is a sampler: call it", v->fn->name);
        diag_help("write  ~ %s(...)", v->fn->name);
        return &value_error;
    }
    if (v->kind == V_FN && v->fn->is_net) {
        e_error(e, f, E0207, dist->at, "a network is not a distribution");
        diag_help("draw from it with a sampler:  x ~ langevin(%s, x0, ...)", v->fn->name);
        return &value_error;
    }
    e_error(e, f, E0207, dist->at,
            "'~' draws from a distribution, a data set, a buffer or a sampler; "
            "got %s", value_text(e, v));
    diag_help("a value that is only computed is written with  =");
    return &value_error;
}

/* Draws are constants for differentiation. */
static Value *stopped(Elab *e, Value *v) {
    if (v->kind == V_TENSOR) return value_node(e, g_stop(e->g, v->node), v->at);
    if (v->kind != V_TUPLE && v->kind != V_LIST) return v;
    Value *t = value_new(e, v->kind, v->at);
    t->v = NEW_ARRAY(e->arena, Value *, v->n);
    t->n = v->n;
    for (int i = 0; i < v->n; i++) t->v[i] = stopped(e, v->v[i]);
    return t;
}

/* One of two draws by the coin c: of tuples, component by component. */
static Value *mixture(Elab *e, Frame *f, Node *c, Value *a, Value *b, Range at) {
    if (a->kind != V_TUPLE && b->kind != V_TUPLE) return expr_select(e, f, c, a, b, at);
    if (a->kind != b->kind || a->n != b->n)
        return e_error(e, f, E0211, at, "a mixture of %s and %s", value_text(e, a),
                       value_text(e, b));
    Value *t = value_new(e, V_TUPLE, at);
    t->v = NEW_ARRAY(e->arena, Value *, a->n);
    t->n = a->n;
    for (int i = 0; i < a->n; i++) {
        t->v[i] = mixture(e, f, c, a->v[i], b->v[i], at);
        if (t->v[i]->kind == V_ERROR) return &value_error;
    }
    return t;
}

/* target ~ draw. `B prob p else U`: one coin per sample (one in all under `shared`); both sides
 * are drawn, and the else side taken while B is an empty buffer. */
Value *draw_eval(Elab *e, Frame *f, const Draw *d, const char *lhs, bool is_shared) {
    const char *was = f->lhs;
    bool shared_was = f->is_shared;
    f->lhs = lhs;
    f->is_shared |= is_shared;
    bool batched = !f->is_shared;
    Node *filled = NULL;
    Value *v = draw_from(e, f, d->dist, batched, d->prob ? &filled : NULL);
    if (v->kind != V_ERROR && d->prob) {
        Node *p = expr_tensor(e, f, d->prob);
        Node *x = v->kind == V_TUPLE ? p : value_tensor(e, f, v);
        if (p && p->dtype == DT_I32) p = g_convert(e->g, p, DT_F32);
        if (!p || !x) v = &value_error;
        else if (shape_example(p->shape).rank || p->dtype != DT_F32)
            v = e_error(e, f, E0602, d->prob->at, "a probability is one number from 0 to 1");
        else if (!check_range(e, f, p, 0, 1, d->prob->at, "probability")) v = &value_error;
        else {
            Dist coin = { .kind = DIST_BERNOULLI, .a = p };
            Node *c = dist_sample(e, f, &coin, frame_site_path(e, f, "coin"), batched);
            if (c && filled)
                c = g_binary(e->g, OP_AND, c, g_broadcast_to(e->g, filled, c->shape));
            Value *other = draw_eval(e, f, d->other, lhs, is_shared);
            v = c && other->kind != V_ERROR ? mixture(e, f, c, v, other, d->at) : &value_error;
        }
    }
    f->lhs = was;
    f->is_shared = shared_was;
    return v->kind == V_ERROR ? v : stopped(e, v);
}
