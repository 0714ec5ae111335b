/* hostloop.c - loops that no kernel can run become blocks of statements that repeat.
 *
 *     for k in 1..K { x = f(x, other samples of x) }
 *
 * A kernel runs the whole loop for one tile of samples; a step that sums over the batch, or reads
 * what the loop carries of other samples, needs all tiles of the step before. Such a loop, and any
 * loop around it, becomes
 *
 *     x' := initial values                  x' is a STATE_LOCAL
 *     repeat K { x' := f(x', ...) }
 *
 * and its index the block's. The block stands where its values are first used, or before that if a
 * state that it reads is overwritten; within an `if` when only one branch needs it, and not in a
 * block that repeats what the loop reads unchanged.
 * Promises: no LOOP is left whose body reduces the batch or takes rows of what it computes. */
#include "passes/internal.h"
#include "passes/diff.h"

typedef struct Hosting {
    Program *p;
    Entry *e;
    const bool *live;
    const char **why;             /* by LOOP node id: what keeps it out of a kernel, or NULL */
    int *block;                   /* [statements] */
    int *opener, *parent;         /* [blocks] the statement that opens it; the block around it */
    int n_blocks;
} Hosting;

/* ---- which loops ----------------------------------------------------------------------------- */
static bool reduces_batch(const Node *n) {
    bool any = false;
    for (int i = 0; i < n->n_in; i++) any |= node_batched(n->in[i]);
    return any && !node_batched(n) && node_batch_effect(n) != BATCH_KEEP;
}

/* Inner loops stand before the loops around them. The last loop that has to go, or NULL. */
static const Node *find_loop(Hosting *h, const Graph *g) {
    uint32_t size = graph_size(g);
    bool *inside = xalloc((size_t)size + 1, "a loop's body");
    const Node *last = NULL;
    for (uint32_t id = 0; id < size; id++) {
        const Node *loop = graph_node(g, id);
        if (!h->live[id] || loop->op != OP_LOOP) continue;
        graph_mark_body(g, loop->attr[0], inside);
        for (uint32_t k = 0; k < size && !h->why[id]; k++) {
            const Node *m = graph_node(g, k);
            if (!h->live[k] || !inside[k]) continue;
            if (m->op == OP_LOOP && h->why[k]) h->why[id] = h->why[k];
            else if (m->op == OP_TAKE && inside[m->in[0]->id])
                h->why[id] = "a step reads other samples of what the loop computes";
            else if (reduces_batch(m)) h->why[id] = "a step reduces over the batch";
        }
        if (h->why[id]) last = loop;
    }
    xfree(inside);
    return last;
}

/* ---- where ----------------------------------------------------------------------------------- */
static void collect_blocks(Hosting *h) {
    Arena *a = h->p->arena;
    int n = h->e->body.n, now = 0;
    h->block = NEW_ARRAY(a, int, n + 1);
    h->opener = NEW_ARRAY(a, int, n + 1);
    h->parent = NEW_ARRAY(a, int, n + 1);
    h->opener[0] = h->parent[0] = -1;
    h->n_blocks = 1;
    for (int k = 0; k < n; k++) {
        StmtOpKind kind = h->e->body.v[k].kind;
        if (kind == DO_ELSE || kind == DO_END) now = h->parent[now];
        h->block[k] = now;
        if (!stmt_opens(kind) && kind != DO_ELSE) continue;
        h->opener[h->n_blocks] = k;
        h->parent[h->n_blocks] = now;
        now = h->n_blocks++;
    }
}

static bool within(const Hosting *h, int b, int outer) {
    while (b >= 0 && b != outer) b = h->parent[b];
    return b == outer;
}

/* The statement at which the block, with its other branch, begins. */
static int block_begin(const Hosting *h, int b) {
    int k = h->opener[b];
    if (h->e->body.v[k].kind != DO_ELSE) return k;
    for (int i = k; i-- > 0;)
        if (h->e->body.v[i].kind == DO_IF && entry_block_end(h->e, i) == k) return i;
    assert(!"an 'else' has its 'if'");
    return k;
}

/* The statement that makes a version of a state, or whose block a scalar counts; -1: none. */
static int made_at(const Hosting *h, const Node *n) {
    int64_t scalar = n->op == OP_SCALAR ? n->attr[0]
                   : n->op == OP_DATA && n->n_attr > 3 ? n->attr[3] : -1;
    for (int k = 0; k < h->e->body.n; k++) {
        const DoStmt *s = &h->e->body.v[k];
        bool makes = s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS || s->kind == DO_VERSION;
        if (n->op == OP_STATE && makes && s->state == n->attr[0] && s->version == n->attr[1])
            return k;
        if (s->kind == DO_REPEAT && scalar >= 0 &&
            (s->index_scalar == scalar || s->turn_scalar == scalar))
            return k + 1;
    }
    return -1;
}

/* The latest statement of those that make what each node needs, or -1. */
static int *when_ready(Hosting *h) {
    const Graph *g = h->e->graph;
    int *ready = NEW_ARRAY(h->p->arena, int, graph_size(g) + 1);
    for (uint32_t id = 0; id < graph_size(g); id++) {
        const Node *n = graph_node(g, id);
        ready[id] = h->live[id] ? made_at(h, n) : -1;
        for (int i = 0; i < n->n_in; i++)
            if (ready[n->in[i]->id] > ready[id]) ready[id] = ready[n->in[i]->id];
    }
    return ready;
}

typedef struct Use { int pos, block; } Use;        /* the first; the block around all */
static void use_at(const Hosting *h, Use *u, int k) {
    int b = h->block[k];
    if (u->pos < 0 || k < u->pos) u->pos = k;
    while (u->block >= 0 && !within(h, b, u->block)) u->block = h->parent[u->block];
    if (u->block < 0) u->block = b;
}

/* The statements that need the loop; reach: what depends on it. */
static Use find_uses(const Hosting *h, const bool *reach) {
    Use u = { -1, -1 };
    for (int k = 0; k < h->e->body.n; k++) {
        const DoStmt *s = &h->e->body.v[k];
        if ((s->value && reach[s->value->id]) || (s->value2 && reach[s->value2->id]) ||
            (s->index && reach[s->index->id])) use_at(h, &u, k);
    }
    return u;
}

/* The loop stands before what it reads is overwritten. (Of what is before, the backend keeps a copy.) */
static void heed_writes(const Hosting *h, const Node *loop, int ready, Use *u) {
    const Graph *g = h->e->graph;
    bool *inside = xalloc((size_t)graph_size(g) + 1, "a loop's body");
    graph_mark_body(g, loop->attr[0], inside);
    inside[loop->id] = true;
    for (uint32_t id = 0; id < graph_size(g); id++) {
        const Node *n = graph_node(g, id);
        for (int i = 0; h->live[id] && inside[id] && i < n->n_in; i++) {
            const Node *s = n->in[i];
            while (s->op == OP_RESHAPE || s->op == OP_BROADCAST || s->op == OP_TRANSPOSE)
                s = s->in[0];
            if (s->op != OP_STATE) continue;
            for (int k = ready + 1; k < u->pos; k++) {
                const DoStmt *d = &h->e->body.v[k];
                bool writes = d->kind == DO_WRITE || d->kind == DO_WRITE_ROWS;
                if (writes && d->state == s->attr[0] && d->version > s->attr[1]) use_at(h, u, k);
            }
        }
    }
    xfree(inside);
}

/* The statement before which the loop's block goes; *in: the block that it goes into. */
static int find_place(Hosting *h, const Node *loop, int *in) {
    const Graph *g = h->e->graph;
    int ready = when_ready(h)[loop->id], own = ready < 0 ? 0 : h->block[ready];
    bool *reach = xalloc((size_t)graph_size(g) + 1, "what a loop gives");
    reach[loop->id] = true;
    for (uint32_t id = loop->id; id < graph_size(g); id++) {
        const Node *n = graph_node(g, id);
        for (int i = 0; i < n->n_in; i++) reach[id] |= reach[n->in[i]->id];
    }
    Use use = find_uses(h, reach);
    xfree(reach);
    assert(use.pos >= 0 && "a live loop has a user");
    heed_writes(h, loop, ready, &use);
    assert(within(h, use.block, own));
    int at = use.block;                          /* within all blocks that repeat more than `own` */
    for (int b = use.block; b != own; b = h->parent[b])
        if (h->e->body.v[h->opener[b]].kind == DO_REPEAT) at = h->parent[b];
    int pos = use.pos;
    for (int b = h->block[pos]; b != at; b = h->parent[b]) pos = block_begin(h, b);
    *in = at;
    return pos;
}

/* ---- the block ------------------------------------------------------------------------------- */
typedef struct Lowered {
    const Node *loop;
    int n, first_state, index;    /* carried values; their locals; the scalar that counts steps */
    int begin, end;               /* versions of the locals in a step and behind the loop */
    int versions;                 /* so far */
} Lowered;

static void name_all(Hosting *h, Lowered *l, DoStmt **to) {
    l->versions++;
    for (int k = 0; k < l->n; k++)
        *(*to)++ = (DoStmt){ .kind = DO_VERSION, .at = l->loop->at, .state = l->first_state + k,
                             .version = l->versions };
}

static void write_all(Hosting *h, Lowered *l, Node *const *value, DoStmt **to) {
    l->versions++;
    for (int k = 0; k < l->n; k++)
        *(*to)++ = (DoStmt){ .kind = DO_WRITE, .at = l->loop->at, .state = l->first_state + k,
                             .version = l->versions, .value = value[k] };
}

/* The statements with the loop's block before statement `pos` of block `in`. Blocks around it name
 * the locals anew. Values are nodes of the old graph. */
static void insert_block(Hosting *h, Lowered *l, int pos, int in) {
    Entry *e = h->e;
    const Node *loop = l->loop;
    int room = e->body.n + 2 + (4 + 2 * h->n_blocks) * l->n;
    DoStmt *out = NEW_ARRAY(h->p->arena, DoStmt, room), *to = out;
    bool *opens = NEW_ARRAY(h->p->arena, bool, e->body.n + 1);
    bool *closes = NEW_ARRAY(h->p->arena, bool, e->body.n + 1);
    for (int b = in; b > 0; b = h->parent[b]) {
        int end = entry_block_end(e, h->opener[b]);
        opens[h->opener[b]] = true;
        closes[e->body.v[end].kind == DO_ELSE ? entry_block_end(e, end) : end] = true;
    }
    for (int k = 0; k <= e->body.n; k++) {
        if (k == pos) {
            write_all(h, l, loop->in + 1, &to);
            *to++ = (DoStmt){ .kind = DO_REPEAT, .at = loop->at, .value = loop->in[0],
                              .name = h->why[loop->id], .index_scalar = l->index,
                              .turn_scalar = -1 };
            name_all(h, l, &to);
            l->begin = l->versions;
            write_all(h, l, loop->in + 1 + l->n, &to);
            *to++ = (DoStmt){ .kind = DO_END, .at = loop->at };
            name_all(h, l, &to);
            l->end = l->versions;
        }
        if (k == e->body.n) break;
        *to++ = e->body.v[k];
        if (opens[k] || closes[k]) name_all(h, l, &to);
    }
    e->body.n = 0;
    for (const DoStmt *s = out; s < to; s++) vec_push(h->p->arena, &e->body, *s);
}

/* The graph without the loop: its variables are the block's. */
static void rebuild(Hosting *h, const Lowered *l) {
    Arena *a = h->p->arena;
    Graph *old = h->e->graph, *g = graph_new(graph_arena(old));
    uint32_t size = graph_size(old);
    Node **map = NEW_ARRAY(a, Node *, size + 1), **in = NULL;
    int cap = 0;
    diff_fresh_above(old, g);
    for (uint32_t id = 0; id < size; id++) {
        const Node *m = graph_node(old, id);
        if (!h->live[id] || m == l->loop) continue;
        graph_at(g, m->at);
        bool mine = m->op == OP_LOOP_VAR && m->attr[0] == l->loop->attr[0];
        int64_t k = m->op == OP_LOOP_VAR ? m->attr[1] - 1 : m->op == OP_LOOP_OUT ? m->attr[0] : 0;
        if (mine && k < 0) {
            map[id] = g_scalar(g, l->index, DT_I32);
        } else if (mine || (m->op == OP_LOOP_OUT && m->in[0] == l->loop)) {
            int version = mine ? l->begin : l->end;
            map[id] = g_state(g, l->first_state + (int)k, version, m->dtype, m->shape);
        } else {
            if (m->n_in > cap) in = xrealloc(in, (size_t)(cap = m->n_in) * sizeof *in, "operands");
            for (int i = 0; i < m->n_in; i++) in[i] = map[m->in[i]->id];
            map[id] = g_rebuild(g, m, in);
        }
    }
    xfree(in);
    entry_remap(h->e, g, map);
}

static void lower_loop(Hosting *h, const Node *loop, int order) {
    Program *p = h->p;
    Lowered l = { .loop = loop, .n = (int)loop->attr[1], .first_state = p->states.n,
                  .index = p->scalars.n };
    const char *entry = h->e->name;
    collect_blocks(h);
    int in, pos = find_place(h, loop, &in);
    vec_push(p->arena, &p->scalars,
             ((Scalar){ .name = arena_printf(p->arena, "%s.step%d.%d", entry, p->scalars.n, order),
                        .kind = SCALAR_INDEX, .dtype = DT_I32, .doc = "of a loop", .at = loop->at }));
    for (int k = 0; k < l.n; k++) {
        const Node *init = loop->in[1 + k];
        vec_push(p->arena, &p->states,
                 ((State){ .name = arena_printf(p->arena, "%s.carried.%d", entry, p->states.n),
                           .kind = STATE_LOCAL, .dtype = init->dtype, .shape = init->shape, .of = -1,
                           .group = -1, .at = loop->at }));
    }
    insert_block(h, &l, pos, in);
    rebuild(h, &l);
    for (int i = 0; i < p->entries.n; i++) {
        Entry *e = p->entries.v[i];
        while (e->versions.n < p->states.n) vec_push(p->arena, &e->versions, 0);
    }
    for (int k = 0; k < l.n; k++) h->e->versions.v[l.first_state + k] = l.versions;
}

void hostloops_run(Program *p, Entry *e) {
    for (int order = 0;; order++) {
        Hosting h = { .p = p, .e = e };
        int n;
        Node **roots = entry_roots(p->arena, e, &n);
        bool *live = NEW_ARRAY(p->arena, bool, graph_size(e->graph) + 1);
        graph_mark_live(e->graph, roots, n, live);
        h.live = live;
        h.why = NEW_ARRAY(p->arena, const char *, graph_size(e->graph) + 1);
        const Node *loop = find_loop(&h, e->graph);
        if (!loop) return;
        lower_loop(&h, loop, order);
    }
}
