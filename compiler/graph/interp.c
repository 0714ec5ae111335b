/* interp.c - the reference interpreter: evaluation on demand, loops, sources and random draws.
 *
 * Needs the op files listed in interp.h. Promises: plain double arithmetic in the order of the
 * definition, no optimisation. A node is computed when a root needs it, from an explicit stack; a
 * loop runs its results once per iteration and forgets the values of its body in between. */
#include "graph/interp.h"

#include <math.h>
#include <string.h>

#include "prelude/ebm_rng.h"

typedef struct LoopRun {
    int64_t trip, i;
    Value *carried;               /* [n] */
} LoopRun;

struct Interp {
    const Graph *g;
    InterpEnv env;
    TangentFn *tangent;
    Arena *arena;
    Value *value;                 /* [size] */
    bool *done;                   /* [size] */
    LoopRun **run;                /* [size] of LOOP nodes that have started */
    uint32_t **body;              /* [size] of LOOP nodes: count, then ids of the body */
    VEC(Node *) stack, active;    /* active: LOOP nodes that are running, outermost first */
};

int64_t interp_count(int64_t batch, Shape s) {
    return shape_count(s) * (shape_batched(s) ? batch : 1);
}

static int64_t count_of(const Interp *e, const Node *n) {
    return interp_count(e->env.batch, n->shape);
}

static double *new_array(int64_t n) {
    uint64_t bytes;
    bool fits = size_mul((uint64_t)n, sizeof(double), &bytes);
    assert(fits);
    (void)fits;
    return xalloc(bytes ? bytes : 1, "an interpreted value");
}

static double *copy_array(const double *p, int64_t n) {
    return p ? memcpy(new_array(n), p, (size_t)n * sizeof *p) : NULL;
}

static Value copy_value(const Interp *e, const Node *n) {
    Value v = e->value[n->id];
    return (Value){ copy_array(v.v, count_of(e, n)), copy_array(v.d, count_of(e, n)) };
}

static void free_value(Value *v) {
    xfree(v->v);
    xfree(v->d);
    *v = (Value){ 0 };
}

Interp *interp_new(const Graph *g, const InterpEnv *env, TangentFn *tangent) {
    Arena *a = arena_new("the interpreter");
    Interp *e = NEW(a, Interp);
    size_t n = graph_size(g) + 1;
    assert(env->batch >= 1);
    *e = (Interp){ .g = g, .env = *env, .tangent = tangent, .arena = a };
    e->value = NEW_ARRAY(a, Value, n);
    e->done = NEW_ARRAY(a, bool, n);
    e->run = NEW_ARRAY(a, LoopRun *, n);
    e->body = NEW_ARRAY(a, uint32_t *, n);
    return e;
}

/* ---- sources ------------------------------------------------------------------------------- */

static void eval_iota(const Interp *e, const Node *n, double *out) {
    Walk w = walk_new(shape_concrete(n->shape, e->env.batch));
    w.stride[n->attr[0]] = 1;
    bool samples = n->attr[0] == 0 && node_batched(n) && n->n_attr == 1;
    double first = samples ? (double)e->env.first_sample : 0;
    for (int64_t k = 0; k < w.count; k++, walk_next(&w))
        out[k] = first + (double)w.offset;
}

static double draw_normal(const uint32_t word[4], int element) {
    const uint32_t *pair = word + (element & 2);
    double u = ((double)(pair[0] >> 8) + 1) * 0x1p-24, turn = (double)(pair[1] >> 8) * 0x1p-24;
    double radius = sqrt(-2 * log(u)), angle = 2 * M_PI * turn;
    return element & 1 ? radius * sin(angle) : radius * cos(angle);
}

/* Per sample when the shape is batched, else one draw shared by all, at sample 0. */
static void eval_random(const Interp *e, const Node *n, double *out) {
    int64_t rows = node_batched(n) ? e->env.batch : 1, size = shape_count(n->shape);
    uint32_t loop_index = (uint32_t)(int32_t)e->value[n->in[0]->id].v[0], word[4] = { 0 };
    double bound = n->op == OP_RAND_INT ? e->value[n->in[1]->id].v[0] : 0;
    for (int64_t r = 0; r < rows; r++) {
        uint64_t sample = node_batched(n) ? (uint64_t)(e->env.first_sample + r) : 0;
        for (int64_t k = 0; k < size; k++) {
            if (k % 4 == 0)
                ebm_rng_words(e->env.seed, (uint64_t)n->attr[0], e->env.step, e->env.epoch, sample,
                              loop_index, (uint32_t)(k / 4), word);
            uint32_t w = word[k % 4];
            out[r * size + k] = n->op == OP_RAND_UNIFORM ? (double)(w >> 8) * 0x1p-24
                              : n->op == OP_RAND_NORMAL ? draw_normal(word, (int)(k % 4))
                              : bound > 0 ? (double)((uint64_t)w * (uint32_t)bound >> 32) : 0;
        }
    }
}

/* Places in a permutation of 0..n-1. */
static void eval_permutation(const Interp *e, const Node *n, double *out) {
    uint32_t loop_index = (uint32_t)(int32_t)e->value[n->in[0]->id].v[0];
    double bound = e->value[n->in[1]->id].v[0];
    bool global = node_batched(n) && n->n_attr == 1, inverse = n->n_attr == 2 && n->attr[1] == 2;
    uint64_t first = global ? (uint64_t)e->env.first_sample * (uint64_t)shape_count(n->shape) : 0;
    uint64_t key = ebm_rng_perm_key(e->env.seed, (uint64_t)n->attr[0], e->env.step, e->env.epoch,
                                    loop_index);
    for (int64_t k = 0; k < count_of(e, n); k++)
        out[k] = bound <= 0 ? 0
               : inverse ? ebm_rng_perm_inverse(key, (uint32_t)bound, first + (uint64_t)k)
                         : ebm_rng_perm(key, (uint32_t)bound, first + (uint64_t)k);
}

static void eval_loop_var(Interp *e, const Node *n, Value *out) {
    for (int i = 0; i < e->active.n; i++) {
        const Node *loop = e->active.v[i];
        if (loop->attr[0] != n->attr[0])
            continue;
        LoopRun *run = e->run[loop->id];
        if (n->attr[1] == 0) {
            out->v = new_array(1);
            out->v[0] = (double)run->i;
        } else {
            const Value *c = &run->carried[n->attr[1] - 1];
            out->v = copy_array(c->v, count_of(e, n));
            out->d = copy_array(c->d, count_of(e, n));
        }
        return;
    }
    assert(!"a loop variable outside its loop");
}

static void eval_source(Interp *e, const Node *n, double *out) {
    int64_t count = count_of(e, n);
    switch (n->op) {
    case OP_CONST:
        for (int64_t k = 0; k < count; k++)
            out[k] = n->data[n->n_data == 1 ? 0 : k];
        break;
    case OP_IOTA: eval_iota(e, n, out); break;
    case OP_RAND_UNIFORM: case OP_RAND_NORMAL: case OP_RAND_INT: eval_random(e, n, out); break;
    case OP_RAND_PERM: eval_permutation(e, n, out); break;
    default:                                  /* INPUT SCALAR STATE DATA */
        assert(e->env.source);
        e->env.source(e->env.user, n, count, out);
    }
}

/* Asks for the tangent of a source or a variable; false: none was given. */
static bool ask_tangent(const Interp *e, const Node *n, Value *out) {
    if (!e->tangent || n->dtype != DT_F32)
        return false;
    double *d = new_array(count_of(e, n));
    if (!e->tangent(e->env.user, n, count_of(e, n), d)) {
        xfree(d);
        return false;
    }
    xfree(out->d);
    out->d = d;
    return true;
}

/* ---- one node ------------------------------------------------------------------------------ */

/* Adds op(in with operand k replaced by its tangent) to out->d, for an op linear in operand k. */
static void add_linear(const Interp *e, const Node *n, void (*op)(const OpCall *), int k,
                       Value *out) {
    const Value *t = &e->value[n->in[k]->id];
    if (!t->d || n->dtype != DT_F32)
        return;
    int64_t count = count_of(e, n);
    OpCall c = { .n = n, .batch = e->env.batch, .out = new_array(count) };
    for (int i = 0; i < n->n_in; i++)
        c.in[i] = i == k ? t->d : e->value[n->in[i]->id].v;
    op(&c);
    if (!out->d)
        out->d = new_array(count);
    for (int64_t i = 0; i < count; i++)
        out->d[i] += c.out[i];
    xfree(c.out);
}

/* The operands in which an op is linear, as bits. */
static unsigned linear_operands(Op op) {
    switch (op) {
    case OP_DOT: case OP_CONV: case OP_CONV_DX: case OP_CONV_DW: return 3;
    case OP_SCATTER_ADD: case OP_POOL_PICK: case OP_POOL_PICK_T: return 2;
    default: return 1;
    }
}

static void eval_linear(const Interp *e, const Node *n, Value *out) {
    bool contract = op_info[n->op].cls == CLASS_BIL || n->op == OP_POOL_SUM ||
                    n->op == OP_POOL_SUM_T || n->op == OP_POOL_PICK || n->op == OP_POOL_PICK_T;
    void (*op)(const OpCall *) = contract ? interp_contract : interp_structural;
    OpCall c = { .n = n, .batch = e->env.batch, .out = out->v };
    assert(n->n_in <= 3);
    for (int i = 0; i < n->n_in; i++)
        c.in[i] = e->value[n->in[i]->id].v;
    op(&c);
    for (int i = 0; i < n->n_in; i++)
        if (linear_operands(n->op) >> i & 1)
            add_linear(e, n, op, i, out);
}

static void eval_node(Interp *e, const Node *n) {
    Value out = { 0 }, *in = NULL;
    int64_t count = count_of(e, n);
    bool moves = false;                       /* some operand has a tangent */
    if (n->n_in) {
        in = xalloc((size_t)n->n_in * sizeof *in, "interpreted operands");
        for (int i = 0; i < n->n_in; i++) {
            in[i] = e->value[n->in[i]->id];
            moves |= in[i].d != NULL;
        }
    }
    if (n->op == OP_LOOP_VAR) {
        eval_loop_var(e, n, &out);
    } else if (n->op == OP_LOOP_OUT) {
        const Value *c = &e->run[n->in[0]->id]->carried[n->attr[0]];
        out = (Value){ copy_array(c->v, count), copy_array(c->d, count) };
    } else {
        assert(op_info[n->op].cls != CLASS_REQ && "differentiate first");
        out.v = new_array(count);
        bool own_dual = op_is_elementwise(n->op) || op_info[n->op].cls == CLASS_MAP ||
                        n->op == OP_CONCAT;
        if (moves && own_dual && n->dtype == DT_F32 && op_info[n->op].cls != CLASS_CUT)
            out.d = new_array(count);
        if (op_info[n->op].cls == CLASS_SRC) {
            eval_source(e, n, out.v);
            ask_tangent(e, n, &out);
        } else if (op_is_elementwise(n->op)) {
            interp_elementwise(n, count, in, out);
        } else if (n->op == OP_VAR || n->op == OP_STOP) {
            memcpy(out.v, in[0].v, (size_t)count * sizeof(double));
            if (n->op == OP_VAR && !ask_tangent(e, n, &out))
                out.d = copy_array(in[0].d, count);
        } else if (n->op == OP_CONCAT) {
            interp_concat(n, e->env.batch, in, out);
        } else if (n->op == OP_MAX_POOL) {
            interp_max_pool(n, e->env.batch, in[0], out);
        } else if (n->op == OP_REDUCE_MAX || n->op == OP_REDUCE_MIN || n->op == OP_ARGMAX ||
                   n->op == OP_ARGMIN) {
            interp_extreme(n, e->env.batch, in[0], out);
        } else {
            eval_linear(e, n, &out);
        }
    }
    e->value[n->id] = out;
    e->done[n->id] = true;
    xfree(in);
}

/* ---- loops --------------------------------------------------------------------------------- */

/* Pushes the operands from..to-1 that have no value yet; true when there are any. */
static bool push_missing(Interp *e, const Node *n, int from, int to) {
    bool any = false;
    for (int i = from; i < to; i++)
        if (!e->done[n->in[i]->id]) {
            vec_push(e->arena, &e->stack, n->in[i]);
            any = true;
        }
    return any;
}

static void free_run(Interp *e, const Node *loop) {
    LoopRun *run = e->run[loop->id];
    for (int k = 0; run && k < loop->attr[1]; k++)
        free_value(&run->carried[k]);
    xfree(run ? run->carried : NULL);
    xfree(run);
    e->run[loop->id] = NULL;
}

/* Forgets the values inside the loop; a loop nested there has to start again. */
static void forget_body(Interp *e, const Node *loop) {
    const uint32_t *body = e->body[loop->id];
    for (uint32_t i = 1; i <= body[0]; i++) {
        const Node *n = graph_node(e->g, body[i]);
        if (n->op == OP_LOOP)
            free_run(e, n);
        free_value(&e->value[n->id]);
        e->done[n->id] = false;
    }
}

static void find_body(Interp *e, const Node *loop) {
    uint32_t size = graph_size(e->g), n = 0;
    bool *inside = xalloc(size * sizeof *inside + 1, "a loop's body");
    graph_mark_body(e->g, loop->attr[0], inside);
    for (uint32_t id = 0; id < size; id++)
        n += inside[id];
    uint32_t *body = e->body[loop->id] = NEW_ARRAY(e->arena, uint32_t, n + 1);
    for (uint32_t id = 0; id < size; id++)
        if (inside[id])
            body[++body[0]] = id;
    xfree(inside);
}

/* Takes the values of operands first.. as the carried ones. */
static void carry(Interp *e, const Node *loop, int first) {
    Value *next = xalloc(((size_t)loop->attr[1] + 1) * sizeof *next, "carried values");
    LoopRun *run = e->run[loop->id];
    for (int k = 0; k < loop->attr[1]; k++) {
        next[k] = copy_value(e, loop->in[first + k]);
        if (run->carried)
            free_value(&run->carried[k]);
    }
    xfree(run->carried);
    run->carried = next;
    forget_body(e, loop);
}

/* Does what can be done of the loop on top of the stack; true when it has run to its end. */
static bool advance_loop(Interp *e, Node *loop) {
    int n = (int)loop->attr[1];
    LoopRun *run = e->run[loop->id];
    if (!run) {
        if (push_missing(e, loop, 0, 1 + n))
            return false;
        if (!e->body[loop->id])
            find_body(e, loop);
        run = e->run[loop->id] = xalloc(sizeof *run, "a running loop");
        run->trip = (int64_t)e->value[loop->in[0]->id].v[0];
        vec_push(e->arena, &e->active, loop);
        carry(e, loop, 1);
    }
    while (run->i < run->trip) {
        if (push_missing(e, loop, 1 + n, 1 + 2 * n))
            return false;
        run->i++;
        carry(e, loop, 1 + n);
    }
    assert(e->active.n > 0 && e->active.v[e->active.n - 1] == loop);
    e->active.n--;
    e->done[loop->id] = true;
    return true;
}

/* ---- evaluation ---------------------------------------------------------------------------- */

Value interp_eval(Interp *e, Node *root) {
    vec_push(e->arena, &e->stack, root);
    while (e->stack.n > 0) {
        Node *n = e->stack.v[e->stack.n - 1];
        if (e->done[n->id])
            e->stack.n--;
        else if (n->op == OP_LOOP)
            advance_loop(e, n);
        else if (!push_missing(e, n, 0, n->n_in))
            eval_node(e, n);
    }
    return e->value[root->id];
}

void interp_free(Interp *e) {
    for (uint32_t id = 0; id < graph_size(e->g); id++) {
        free_run(e, graph_node(e->g, id));
        free_value(&e->value[id]);
    }
    arena_free(e->arena);
}

void graph_interpret(const Graph *g, Node *const *roots, int n_roots, const InterpEnv *env,
                     Arena *a, double **out, TangentFn *tangent, double **out_dual) {
    Interp *e = interp_new(g, env, tangent);
    for (int i = 0; i < n_roots; i++) {
        Value v = interp_eval(e, roots[i]);
        size_t n = (size_t)count_of(e, roots[i]);
        out[i] = memcpy(NEW_ARRAY(a, double, n), v.v, n * sizeof(double));
        if (!out_dual)
            continue;
        out_dual[i] = NEW_ARRAY(a, double, n);
        if (v.d)
            memcpy(out_dual[i], v.d, n * sizeof(double));
    }
    interp_free(e);
}
