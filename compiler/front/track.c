/* track.c - `track` inside samplers: what a chain does on its way, as numbers of the step.
 *
 *     y ~ langevin(E, x, 20)        # with  track energy = E(x)  in its loop:  y.energy
 *
 * A value tracked in a run-time loop becomes its mean over the loop's steps and over the batch. The
 * loop itself stays as it is, so that tracking costs nothing in the steps that are not recorded: a
 * second copy of it, which runs only in the others, sums the values up (stmt.c). */
#include "front/elab.h"

/* The name left of the entry's statement that led here. */
static const char *entry_lhs(const Frame *f) {
    while (f && !f->in_entry) f = f->caller;
    return f ? f->lhs : "";
}

void track_note(Elab *e, Frame *f, const Stmt *s) {
    if (!f->in_sampler) {
        e_error(e, f, E0214, s->keyword_at, "'track' belongs in the step of a train entry or in a sampler");
        return;
    }
    e->tracks_seen++;
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
        if (!e->collector || e->quiet) continue;
        const char *lhs = entry_lhs(f);
        if (*lhs) name = intern(arena_printf(e->arena, "%s.%s", lhs, name));
        vec_push(e->arena, e->collector, ((Tracked){ name, g_stop(e->g, n), a->at }));
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
        int i = scalar_index(e, "tracking", SCALAR_TRACKING, DT_BOOL, 0, "this step is recorded", NO_RANGE);
        vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_IF, .at = e->tracked.v[0].at,
                                                 .value = g_scalar(e->g, i, DT_BOOL) }));
    }
    for (int i = 0; i < e->tracked.n; i++) {
        Tracked t = e->tracked.v[i];
        Node *n = node_batched(t.node) ? tensor_mean_batch(e, t.node) : t.node;
        vec_push(e->arena, &en->body,
                 ((DoStmt){ .kind = DO_TRACK, .at = t.at, .name = t.name, .value = n }));
    }
    if (train) vec_push(e->arena, &en->body, ((DoStmt){ .kind = DO_END, .at = e->tracked.v[0].at }));
    e->tracked.n = 0;
}
