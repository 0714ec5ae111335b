/* track.c - `track` inside samplers: what a chain does on its way, as numbers of the step.
 *
 *     y ~ langevin(E, x, 20)        # with  track energy = E(x)  in its loop:  y.energy
 *
 * A value tracked in a run-time loop becomes its mean over the loop's steps and over the batch. The
 * loop itself stays as it is, so that tracking costs nothing in the steps that are not recorded: a
 * second copy of it, which runs only in the others, sums the values up (stmt.c). */
#include "front/elab.h"

#include <string.h>

/* The name left of the entry's statement that led here. */
static const char *entry_lhs(const Frame *f) {
    while (f && !f->in_entry) f = f->caller;
    return f ? f->lhs : "";
}

/* Whether this is a sampler's implied temperature: one number that is known before the step begins.
 * It is said when the program starts, not logged, and so makes no copy of a loop. */
static bool is_temperature(Elab *e, const char *name, Node *n) {
    if (strcmp(name, "temperature") || n->shape.rank) return false;
    uint32_t size = graph_size(e->g);
    bool *host = NEW_ARRAY(e->arena, bool, size), *below = NEW_ARRAY(e->arena, bool, size), fits;
    graph_mark_host(e->g, host);
    graph_mark_live(e->g, &n, 1, below);
    fits = host[n->id];
    for (uint32_t id = 0; id < size && fits; id++) {
        const Node *s = graph_node(e->g, id);
        if (!below[id] || s->op != OP_SCALAR) continue;
        ScalarKind kind = e->program->scalars.v[s->attr[0]].kind;
        fits = kind != SCALAR_INDEX && kind != SCALAR_TURN;
    }
    return fits;
}

/* A temperature of 1, and one that is known already, is not worth a word. */
static void keep_temperature(Elab *e, const char *name, Node *n, Range at) {
    double v;
    if (node_splat(n, &v) && v == 1) return;
    for (int i = 0; i < e->temperatures.n; i++)
        if (e->temperatures.v[i].node == n && !strcmp(e->temperatures.v[i].name, name)) return;
    vec_push(e->arena, &e->temperatures, ((Tracked){ name, n, at }));
}

void track_temperatures(Elab *e, Entry *en) {
    int n = e->temperatures.n, old = en->body.n;
    if (n == 0) return;                  /* an empty body has no memory to move */
    for (int i = 0; i < n; i++) {
        Tracked t = e->temperatures.v[i];
        vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_TRACK, .at = t.at, .name = t.name,
                                                 .value = t.node, .said_once = true }));
    }
    DoStmt *said = NEW_ARRAY(e->arena, DoStmt, n + 1);
    memcpy(said, en->body.v + old, (size_t)n * sizeof *said);
    memmove(en->body.v + n, en->body.v, (size_t)old * sizeof *said);
    memcpy(en->body.v, said, (size_t)n * sizeof *said);
}

/* mean(x) over the batch counts as x: what is tracked is averaged behind the loop anyway, and a
 * chain that looks at other samples in each of its steps could not be compiled row by row. */
static Node *without_mean(Elab *e, Node *n) {
    if (node_batched(n) || n->op != OP_DIV || n->in[0]->op != OP_REDUCE_SUM) return n;
    Node *x = n->in[0]->in[0];
    return node_batched(x) && tensor_mean_batch(e, x) == n ? x : n;
}

void track_note(Elab *e, Frame *f, const Stmt *s) {
    if (!f->in_sampler) {
        e_error(e, f, E0214, s->keyword_at,
                "'track' belongs in the step of a train entry or in a sampler");
        return;
    }
    for (int i = 0; i < s->n_args; i++) {
        const Arg *a = &s->args[i];
        const char *name = a->name ? a->name : a->value->kind == EX_NAME ? a->value->name : NULL;
        if (!name) {
            e_error(e, f, E0210, a->at, "name this value:  track energy = ...");
            continue;
        }
        Value *v = expr_eval(e, f, a->value);
        Node *n = v->kind == V_ERROR ? NULL : value_real(e, f, v);
        if (!n) continue;
        if (shape_example(n->shape).rank) {
            e_error(e, f, E0311, a->at, "expected one value per sample or per batch, got %s",
                    value_text(e, v));
            continue;
        }
        const char *lhs = entry_lhs(f);
        const char *full = *lhs ? intern(arena_printf(e->arena, "%s.%s", lhs, name)) : name;
        if (is_temperature(e, name, n)) {
            if (e->entry && e->entry->mode != MODE_SCORE) keep_temperature(e, full, n, a->at);
            continue;
        }
        e->tracks_seen++;
        if (!e->collector || e->quiet) continue;
        vec_push(e->arena, e->collector, ((Tracked){ full, g_stop(e->g, without_mean(e, n)),
                                                     a->at }));
    }
}

void track_sums(Elab *e, const Tracks *in, int64_t loop, int first, Node **init, Node **result) {
    for (int i = 0; i < in->n; i++) {
        Node *n = in->v[i].node, *sum = g_loop_var(e->g, loop, first + i, DT_F32, n->shape);
        init[first + i] = g_const_splat(e->g, DT_F32, n->shape, 0);
        result[first + i] = g_binary(e->g, OP_ADD, sum, n);
    }
}

void track_means(Elab *e, const Tracks *in, Node *loop, int first, Node *trip) {
    Node *one = g_const(e->g, DT_I32, 1);
    Node *steps = g_convert(e->g, g_binary(e->g, OP_MAXIMUM, trip, one), DT_F32);
    for (int i = 0; i < in->n; i++) {
        Tracked t = in->v[i];
        Node *sum = g_loop_out(e->g, loop, first + i);
        t.node = g_binary(e->g, OP_DIV, sum, g_broadcast_to(e->g, steps, sum->shape));
        vec_push(e->arena, e->collector, t);
    }
}

void track_flush(Elab *e) {
    Entry *en = e->entry;
    if (!en || e->collector != &e->tracked || e->tracked.n == 0) return;
    bool train = en->mode == MODE_TRAIN;
    if (train) {
        int i = scalar_index(e, "tracking", SCALAR_TRACKING, DT_BOOL, 0, "this step is recorded",
                             NO_RANGE);
        vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_IF, .at = e->tracked.v[0].at,
                                                 .value = g_scalar(e->g, i, DT_BOOL) }));
    }
    for (int i = 0; i < e->tracked.n; i++) {
        Tracked t = e->tracked.v[i];
        Node *n = node_batched(t.node) ? tensor_mean_batch(e, t.node) : t.node;
        vec_push(e->arena, &en->body,
                 ((DoStmt){ .kind = DO_TRACK, .at = t.at, .name = t.name, .value = n }));
    }
    if (train)
        vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_END, .at = e->tracked.v[0].at }));
    e->tracked.n = 0;
}
