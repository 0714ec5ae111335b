/* lint.c - warnings about programs that are well formed and still unlikely to be meant.
 *
 *   W0406  a derivative that is zero almost everywhere      W0410  coupled samples
 *   W0411  parameters that no objective moves              W0412  a draw that cuts a parameter
 *   W0603  a buffer, or a chain, off the data
 *
 * Each asks a question of the graph and keeps silent when it does not know. Unused names are found
 * without types, in names.c. */
#include "front/elab.h"
#include <math.h>
#include <string.h>

/* ---- how y depends on x ---------------------------------------------------------------------- */
typedef struct Marks {
    bool *reached;                /* the derivative by x is not always zero */
    bool *curved;                 /* and varies with x */
    bool *mixed;                  /* a sample of n depends on other samples of x */
} Marks;
typedef struct Dependence { bool reached, curved, mixed; } Dependence;

static Dependence depends(Elab *e, const Node *y, const Node *x, const Node *around, int depth);

static bool real_operand(const Node *n, int i) {
    if (n->op == OP_LOOP_OUT) return n->dtype == DT_F32;
    return op_info[n->op].cls != CLASS_CUT && n->in[i]->dtype == DT_F32;
}

/* A request: its value varies with x when y is curved in the variable that it differentiates by, or
 * depends on x in another way. */
static void mark_request(Elab *e, const Node *n, const Node *x, const Marks *m, int depth) {
    const Node *y = n->in[0], *var = n->in[1];
    bool direction = n->n_in > 2 && m->reached[n->in[2]->id];
    bool point = m->reached[var->id] && depends(e, y, var, NULL, depth + 1).curved;
    bool around = var != x && m->reached[y->id] && depends(e, y, x, var, depth + 1).reached;
    m->reached[n->id] = direction || point || around;
    m->curved[n->id] = point || around || (direction && m->curved[n->in[2]->id]);
}

static void mark_node(const Node *n, const Marks *m) {
    int reached = 0, curved = 0;
    for (int i = 0; i < n->n_in; i++) {
        if (!real_operand(n, i)) continue;
        reached += m->reached[n->in[i]->id];
        curved += m->curved[n->in[i]->id];
    }
    bool bends;
    switch (n->op) {
    case OP_ADD: case OP_SUB: case OP_NEG: case OP_MAXIMUM: case OP_MINIMUM: case OP_ABS:
    case OP_SELECT: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_MAX_POOL: case OP_MOD:
        bends = false;
        break;
    case OP_MUL: case OP_DOT: case OP_CONV: case OP_CONV_DX: case OP_CONV_DW:
        bends = reached > 1;
        break;
    case OP_DIV: bends = m->reached[n->in[1]->id]; break;
    default: bends = op_info[n->op].cls != CLASS_LIN; break;
    }
    m->reached[n->id] = reached > 0;
    m->curved[n->id] = curved > 0 || (reached > 0 && bends);
}

/* Paths through `around` (NULL: none) do not count. */
static Dependence depends(Elab *e, const Node *y, const Node *x, const Node *around, int depth) {
    uint32_t size = y->id + 1;
    if (x->id > y->id) return (Dependence){ false, false, false };
    if (depth > 3) return (Dependence){ true, true, false };
    Marks m;
    m.reached = xalloc(3 * (size_t)size, "a dependence's marks");
    m.curved = m.reached + size;
    m.mixed = m.curved + size;
    m.reached[x->id] = true;
    for (uint32_t id = x->id + 1; id < size; id++) {
        const Node *n = graph_node(e->g, id);
        if (n == around) continue;
        if (op_info[n->op].cls == CLASS_REQ) mark_request(e, n, x, &m, depth);
        else mark_node(n, &m);
        if (!m.reached[id]) continue;
        bool mixes = node_batch_effect(n) != BATCH_KEEP;
        for (int i = 0; i < n->n_in; i++) {
            uint32_t in = n->in[i]->id;
            bool path = real_operand(n, i) && m.reached[in];
            m.mixed[id] |= path && (m.mixed[in] || (mixes && node_batched(n->in[i])));
        }
    }
    Dependence d = { m.reached[y->id], m.curved[y->id], m.mixed[y->id] };
    xfree(m.reached);
    return d;
}

void lint_derivative(Elab *e, Frame *f, const char *what, const Node *y, const Node *x, Range at) {
    Dependence d = depends(e, y, x, NULL, 0);
    bool second = !strcmp(what, "hvp");
    if (second ? !d.curved : !d.reached) {
        e_error(e, f, W0406, at, "%s is zero almost everywhere: %s", what,
                second ? "the function is piecewise linear in this variable"
                       : "the variable enters through piecewise constant values only");
        diag_help("relu, lrelu, abs and max have no curvature: use softplus, silu or tanh");
    }
    if (d.mixed && node_batched(y) && node_batched(x)) {
        e_error(e, f, W0410, at, "each sample's value depends on other samples of the batch: this "
                "derivative is that of the whole batch");
        diag_help("batch normalisation couples samples in training mode: eval(N) uses its running "
                  "statistics");
    }
}

void lint_energy(Elab *e, Frame *f, const char *name, const Node *y, const CallArg *args, int n,
                 Range at) {
    for (int i = 0; i < n; i++) {
        const Value *x = args[i].value;
        if (!e->entry || x->kind != V_TENSOR) continue;
        if (!node_batched(y) || !node_batched(x->node)) continue;
        if (!depends(e, y, x->node, NULL, 0).mixed) continue;
        e_error(e, f, W0410, at, "the energy '%s' of a sample depends on the other samples of "
                "the batch", name);
        diag_help("batch normalisation couples samples in training mode: use  eval(%s),  or a "
                  "layer that normalises each sample", name);
        return;
    }
}

/* ---- what cuts a gradient -------------------------------------------------------------------- */
/* The STOP below y that hides a state of the group: a draw or stop(...). */
void lint_note_cut(Elab *e, const Node *y, bool (*is_wanted)(void *, const Node *), void *user) {
    uint32_t size = y->id + 1;
    bool *below = xalloc(2 * (size_t)size, "a dependence's marks"), *wanted = below + size;
    below[y->id] = true;
    for (uint32_t id = size; id-- > 0;) {
        const Node *n = graph_node(e->g, id);
        for (int i = 0; below[id] && i < n->n_in; i++) below[n->in[i]->id] = true;
    }
    const Node *cut = NULL;
    for (uint32_t id = 0; id < size; id++) {
        const Node *n = graph_node(e->g, id);
        if (!below[id]) continue;
        wanted[id] = n->op == OP_STATE && is_wanted(user, n);
        for (int i = 0; i < n->n_in && !wanted[id]; i++) wanted[id] = wanted[n->in[i]->id];
        if (wanted[id] && n->op == OP_STOP) cut = n;     /* the last one: nearest to y */
    }
    if (cut) diag_note(cut->at, "the gradient ends here");
    xfree(below);
}

typedef struct Wanted { bool (*is)(void *, const Node *); void *user; bool found; } Wanted;
static void want_state(void *user, const Node *n) {
    Wanted *w = user;
    w->found |= w->is(w->user, n);
}
static bool is_noise(const Node *n, int depth) {
    if (n->op >= OP_RAND_UNIFORM && n->op <= OP_RAND_INT) return true;
    return depth > 0 && (n->op == OP_ADD || n->op == OP_MUL) &&
           (is_noise(n->in[0], depth - 1) || is_noise(n->in[1], depth - 1));
}

/* Draws in reach of y from distributions whose parameters are the states that are wanted: they are
 * constants for the derivative, although `mean + std * noise` would not be. */
void lint_cut_draws(Elab *e, Frame *f, Node *y, const char *group,
                    bool (*is_wanted)(void *, const Node *), void *user) {
    bool *seen = NEW_ARRAY(e->arena, bool, y->id + 1);
    seen[y->id] = true;
    for (uint32_t id = y->id + 1; id-- > 0;) {
        if (!seen[id]) continue;
        const Node *n = graph_node(e->g, id);
        bool coin = n->op == OP_LT && is_noise(n->in[0], 0);
        if (coin || (n->op == OP_STOP && is_noise(n->in[0], 2))) {
            Wanted w = { is_wanted, user, false };
            derive_live_states(e, n->in[coin ? 1 : 0], want_state, &w);
            if (!w.found) continue;
            e_error(e, f, W0412, n->at, "this draw cuts the gradient to '%s', which its "
                    "distribution depends on", group);
            diag_help("write  x = m + s * e  with  e ~ normal(...)  to differentiate through it; "
                      "stop(...) says that the cut is meant");
        }
        if (op_info[n->op].cls == CLASS_CUT && n->op != OP_SELECT) continue;
        for (int i = 0; i < n->n_in; i++) seen[n->in[i]->id] = true;
    }
}

/* ---- parameters without a gradient --------------------------------------------------------- */
void lint_moved(Elab *e, int state, Range at, bool has_path) {
    while (e->learning.n <= state) vec_push(e->arena, &e->learning, (Learning){ 0 });
    Learning *l = &e->learning.v[state];
    if (!l->is_moved) l->at = at;
    l->is_moved = true;
    l->has_path |= has_path;
}

void lint_parameters(Elab *e) {
    for (int g = 0; g < e->program->groups.n; g++) {
        const Group *group = &e->program->groups.v[g];
        const char *first = NULL;
        Range at = NO_RANGE;
        int n = 0;
        for (int i = 0; i < group->states.n; i++) {
            int k = group->states.v[i];
            bool moved = k < e->learning.n && e->learning.v[k].is_moved;
            if (!moved || e->learning.v[k].has_path) continue;
            if (n++ == 0) first = e->program->states.v[k].name, at = e->learning.v[k].at;
        }
        if (n == 0) continue;
        if (n == 1) diag(W0411, at, "'%s' gets no gradient from any objective", first);
        else diag(W0411, at,
                  "'%s' and %d more parameters of '%s' get no gradient from any objective",
                  first, n - 1, group->name);
        diag_help("is the value of its layer used?");
    }
}

/* ---- ranges ---------------------------------------------------------------------------------- */
enum { MAX_RANGE_VISITS = 4096 };
static const Interval anywhere = { -INFINITY, INFINITY, false, false };

static Interval join(Interval a, Interval b) {
    return (Interval){ fmin(a.lo, b.lo), fmax(a.hi, b.hi), a.is_data || b.is_data,
                       a.loose || b.loose };
}
static Interval product(Interval a, Interval b) {
    double v[4] = { a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi };
    Interval r = { v[0], v[0], a.is_data || b.is_data, a.loose || b.loose };
    for (int i = 0; i < 4; i++) {
        if (isnan(v[i])) return anywhere;
        r.lo = fmin(r.lo, v[i]);
        r.hi = fmax(r.hi, v[i]);
    }
    return r;
}

/* Shared parts are visited once per use: `visits` bounds the whole. */
static Interval interval(Elab *e, const Node *n, int *visits) {
    if (++*visits > MAX_RANGE_VISITS) return anywhere;
    if (n->op == OP_LOOP_OUT) {              /* what a chain starts from, and what a step leaves */
        const Node *loop = n->in[0];
        int64_t init = 1 + n->attr[0], result = init + loop->attr[1];
        return join(interval(e, loop->in[init], visits), interval(e, loop->in[result], visits));
    }
    bool first = n->n_in > 0 && n->in[0]->dtype != DT_BOOL;
    Interval a = first ? interval(e, n->in[0], visits) : anywhere;
    Interval b = n->n_in > 1 ? interval(e, n->in[1], visits) : anywhere;
    Interval r = { 0, 0, a.is_data || (n->n_in > 1 && b.is_data), a.loose || b.loose };
    bool fixed = n->n_in == 2 && (n->in[0]->op == OP_CONST || n->in[1]->op == OP_CONST);
    r.loose |= n->n_in == 2 && !fixed;       /* the operands may belong together */
    switch (n->op) {
    case OP_CONST:
        r.lo = r.hi = n->data[0];
        for (int64_t i = 1; i < n->n_data; i++)
            r = join(r, (Interval){ n->data[i], n->data[i], false, false });
        return r;
    case OP_RAND_UNIFORM: return (Interval){ 0, 1, false, false };
    case OP_DATA: return n->dtype == DT_U8 ? (Interval){ 0, 255, true, false } : anywhere;
    case OP_STATE: {
        bool data = e->program->states.v[n->attr[0]].kind == STATE_DATA && n->dtype == DT_U8;
        return data ? (Interval){ 0, 255, true, false } : anywhere;
    }
    case OP_ADD: r.lo = a.lo + b.lo, r.hi = a.hi + b.hi; return r;
    case OP_SUB: r.lo = a.lo - b.hi, r.hi = a.hi - b.lo; return r;
    case OP_NEG: r.lo = -a.hi, r.hi = -a.lo; return r;
    case OP_MUL: a.loose = r.loose; return product(a, b);
    case OP_DIV:
        if (b.lo <= 0 && b.hi >= 0) return anywhere;
        return product(a, (Interval){ 1 / b.hi, 1 / b.lo, b.is_data, r.loose });
    case OP_MAXIMUM: r.lo = fmax(a.lo, b.lo), r.hi = fmax(a.hi, b.hi), r.loose = !fixed; return r;
    case OP_MINIMUM: r.lo = fmin(a.lo, b.lo), r.hi = fmin(a.hi, b.hi), r.loose = !fixed; return r;
    case OP_SIGMOID: return (Interval){ 0, 1, r.is_data, false };
    case OP_TANH: return (Interval){ -1, 1, r.is_data, false };
    case OP_SELECT: return join(b, interval(e, n->in[2], visits));
    case OP_CONCAT: return n->n_in == 2 ? join(a, b) : anywhere;
    case OP_BROADCAST: case OP_RESHAPE: case OP_TRANSPOSE: case OP_SLICE: case OP_REVERSE:
    case OP_CONVERT: case OP_GATHER: case OP_TAKE: case OP_VAR: case OP_STOP: return a;
    default: return anywhere;
    }
}
static bool bounded(Interval r) { return isfinite(r.lo) && isfinite(r.hi) && r.hi > r.lo; }

Interval lint_interval(Elab *e, const Node *n) {
    int visits = 0;
    return interval(e, n, &visits);
}

void lint_fed(Elab *e, const Frame *f, const char *net, const CallArg *args, int n) {
    for (int i = 0; i < n && e->entry && e->entry->mode == MODE_TRAIN; i++) {
        const Value *x = args[i].value;
        if (x->kind != V_TENSOR || !node_batched(x->node)) continue;
        Interval r = lint_interval(e, x->node);
        if (bounded(r) && (r.is_data || !r.loose))
            vec_push(e->arena, &e->fed,
                     ((Fed){ net, r, shape_example(x->node->shape), user_place(f, args[i].at) }));
    }
}

void lint_buffer_used(Elab *e, const Value *b) {
    if (!e->entry || e->entry->mode != MODE_TRAIN || !bounded(b->buffer->start)) return;
    for (int i = 0; i < e->drawn.n; i++) if (e->drawn.v[i]->index == b->index) return;
    vec_push(e->arena, &e->drawn, b);
}

static bool off_range(Interval r, const Fed *data) {
    double slack = 0.25 * (data->range.hi - data->range.lo);
    return fmax(fabs(r.lo - data->range.lo), fabs(r.hi - data->range.hi)) > slack;
}

void lint_ranges(Elab *e) {
    for (int i = 0; i < e->fed.n; i++) {
        const Fed *d = &e->fed.v[i];
        for (int k = 0; d->range.is_data && k < e->drawn.n; k++) {
            const Value *b = e->drawn.v[k];
            const State *s = &e->program->states.v[b->index];
            Interval start = b->buffer->start;
            if (!b->item || !off_range(start, d) ||
                !shape_equal(d->shape, shape_of(s->shape.rank - 1, s->shape.dim + 1)))
                continue;
            diag(W0603, b->item->value->at, "'%s' starts in [%.4g, %.4g], but the data that '%s' "
                 "sees lies in [%.4g, %.4g]", b->item->name, start.lo, start.hi, d->net,
                 d->range.lo, d->range.hi);
            diag_note(d->at, "the data enters here");
            diag_help("start the chains where the data is, or scale the data");
            e->drawn.n--;
            e->drawn.v[k] = e->drawn.v[e->drawn.n];      /* said once */
            k--;
        }
        bool said = false;                               /* one place of a network is enough */
        for (int k = e->fed.n; d->range.is_data && k-- > 0;) {
            Fed *x = &e->fed.v[k];
            if (x->range.is_data || x->net != d->net || !shape_equal(x->shape, d->shape)) continue;
            if (!off_range(x->range, d)) continue;
            x->net = NULL;
            if (said) continue;
            said = true;
            diag(W0603, x->at, "'%s' is given numbers of [%.4g, %.4g] here, but its data lies in "
                 "[%.4g, %.4g]", d->net, x->range.lo, x->range.hi, d->range.lo, d->range.hi);
            diag_note(d->at, "the data enters here");
            diag_help("start and clamp chains where the data is, or scale the data");
        }
    }
}
