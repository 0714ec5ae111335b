/* analyse.c - what every node of an entry is: live, on the host, in a loop, a reader of old state.
 *
 * Needs a verified entry whose passes have run (no requests, no VAR, no STOP).
 * Promises: every node in a run-time loop knows the outermost LOOP that owns it; a state that is
 * read after its version was overwritten is marked for a copy. */
#include "backend/unit.h"

#include <stdio.h>

/* ---- small things --------------------------------------------------------------------------- */

int unit_buffer(Unit *u, Buffer b) {
    b.first = -1, b.last = -1;
    vec_push(u->a, &u->buffers, b);
    return u->buffers.n - 1;
}

int unit_data_buffer(Unit *u, BufferKind kind, DType t, int a, int b, int turn) {
    for (int i = 0; i < u->buffers.n; i++) {
        const Buffer *f = &u->buffers.v[i];
        if (f->kind == kind && f->a == a && f->b == b && f->turn == turn)
            return i;
    }
    return unit_buffer(u, (Buffer){ .kind = kind, .dtype = t, .a = a, .b = b, .turn = turn,
                                    .what = "data" });
}

int unit_state_buffer(Unit *u, int state) {
    const State *s = &u->p->states.v[state];
    bool local = s->kind == STATE_LOCAL;
    if (s->kind == STATE_DATA)
        return unit_data_buffer(u, BUF_FIELD, s->dtype, s->set, s->field, -1);
    for (int i = 0; i < u->buffers.n; i++) {
        const Buffer *b = &u->buffers.v[i];
        if ((b->kind == BUF_STATE || b->local) && b->a == state)
            return i;
    }
    Buffer b = { .kind = BUF_STATE, .dtype = s->dtype, .a = state, .what = "state",
                 .bytes = (uint64_t)shape_count(s->shape) * dtype_size(s->dtype) };
    if (local) {                              /* as values between kernels: no one-byte elements */
        b.local = true;
        b.kind = shape_batched(s->shape) ? BUF_SAMPLE : BUF_SHARED;
        b.dtype = s->dtype == DT_F32 ? DT_F32 : DT_I32;
        b.bytes = (uint64_t)shape_count(s->shape) * 4;
    }
    return unit_buffer(u, b);
}

const char *unit_place(Unit *u, const Node *n) {
    if (n->at.file < 0)
        return "-";
    int line, col;
    source_position(n->at, &line, &col);
    return arena_printf(u->a, "%d:%d", n->at.file, line);
}

void unit_refuse(Unit *u, DiagCode code, const Node *n, const char *fmt, ...) {
    va_list args;
    Text t = { 0 };
    char line[512];
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    text_printf(&t, "cannot be compiled for this target: %s", line);
    diag(code, n ? n->at : NO_RANGE, "%s", t.data);
    text_free(&t);
    u->failed = true;
}

/* ---- kinds ---------------------------------------------------------------------------------- */

static bool is_view(const Node *n) {
    switch (n->op) {
    case OP_CONST: case OP_IOTA: case OP_BROADCAST: case OP_RESHAPE: case OP_TRANSPOSE:
    case OP_SLICE: case OP_PAD: case OP_REVERSE: case OP_CONCAT: return true;
    default: return false;
    }
}

static bool reduces_batch(const Node *n) {
    if (n->n_in == 0 || !node_batched(n->in[n->n_in - 1]) || node_batched(n))
        return false;
    switch (n->op) {
    case OP_REDUCE_SUM: case OP_REDUCE_MAX: case OP_REDUCE_MIN: case OP_ARGMAX: case OP_ARGMIN:
    case OP_DOT: case OP_CONV_DW: case OP_SCATTER_ADD: return true;
    default: return false;
    }
}

static void mark_kinds(Unit *u) {
    bool *host = NEW_ARRAY(u->a, bool, u->n + 1);
    graph_mark_host(u->g, host);
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        i->host = host[id] && n->op != OP_CONST;
        i->batched = node_batched(n);
        i->view = is_view(n);
        i->ew = op_is_elementwise(n->op) || n->op == OP_CONVERT;
        i->sum = reduces_batch(n);
        i->loop = i->buffer = i->partial = i->kept = i->slot = i->stage = i->item = -1;
        i->pack = i->absorbs = i->absorbed = -1;
        i->owner = id;
        if (!i->live)
            continue;
        assert(op_info[n->op].cls != CLASS_REQ && n->op != OP_VAR && n->op != OP_STOP);
        if (n->op == OP_INPUT)
            unit_refuse(u, E0801, n, "the input of a test graph");
        if (node_batch_effect(n) == BATCH_MIX && !i->sum && n->op != OP_TAKE)
            unit_refuse(u, E0801, n, "%s mixes the samples of a batch", op_info[n->op].name);
    }
}

/* ---- loops ---------------------------------------------------------------------------------- */

static int loop_index(const Unit *u, int64_t id) {
    for (int i = 0; i < u->loops.n; i++)
        if (u->loops.v[i].id == id)
            return i;
    return -1;
}

static void collect_loops(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        Node *n = u->node[id];
        if (!u->info[id].live || n->op != OP_LOOP)
            continue;
        Loop l = { .id = n->attr[0], .node = n, .parent = -1, .n = (int)n->attr[1] };
        l.var = NEW_ARRAY(u->a, Node *, l.n + 1);
        vec_push(u->a, &u->loops, l);
    }
    for (uint32_t id = 0; id < u->n; id++) {
        Node *n = u->node[id];
        if (!u->info[id].live || n->op != OP_LOOP_VAR)
            continue;
        int l = loop_index(u, n->attr[0]);
        assert(l >= 0 && "a loop variable outside its loop");
        u->loops.v[l].var[n->attr[1]] = n;
    }
}

/* in[id] words: the set of loops whose variables a node depends on. The deepest of them is the
 * loop that it stands in; a LOOP node stands where its other loops are. */
static void scope_loops(Unit *u) {
    int words = (u->loops.n + 63) / 64;
    if (!words)
        return;
    uint64_t *set = NEW_ARRAY(u->a, uint64_t, (size_t)words * u->n);
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        if (!u->info[id].live)
            continue;
        uint64_t *s = set + (size_t)id * words;
        for (int k = 0; k < n->n_in; k++)
            for (int w = 0; w < words; w++)
                s[w] |= set[(size_t)n->in[k]->id * words + w];
        int l = n->op == OP_LOOP_VAR || n->op == OP_LOOP ? loop_index(u, n->attr[0]) : -1;
        if (n->op == OP_LOOP_VAR)
            s[l / 64] |= 1ull << (l % 64);
        if (n->op == OP_LOOP) {
            s[l / 64] &= ~(1ull << (l % 64));
            int depth = 0;
            for (int w = 0; w < words; w++)
                depth += __builtin_popcountll(s[w]);
            u->loops.v[l].depth = depth;
        }
    }
    for (uint32_t id = 0; id < u->n; id++) {
        const uint64_t *s = set + (size_t)id * words;
        int deepest = -1;
        for (int l = 0; u->info[id].live && l < u->loops.n; l++)
            if ((s[l / 64] >> (l % 64) & 1) &&
                (deepest < 0 || u->loops.v[l].depth > u->loops.v[deepest].depth))
                deepest = l;
        u->info[id].loop = deepest;
    }
    for (int l = 0; l < u->loops.n; l++)
        u->loops.v[l].parent = info_of(u, u->loops.v[l].node)->loop;
}

static void mark_owners(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        int l = u->info[id].loop;
        if (u->node[id]->op == OP_LOOP_OUT && l < 0)
            u->info[id].owner = u->node[id]->in[0]->id;
        for (; l >= 0; l = u->loops.v[l].parent)
            u->info[id].owner = u->loops.v[l].node->id;
    }
    for (uint32_t id = 0; id < u->n; id++) {
        NodeInfo *i = &u->info[id];
        if (!i->live)
            continue;
        assert(!(i->sum && i->owner != id) && "a loop that reduces the batch: passes/hostloop.c");
        assert(!(u->node[id]->op == OP_TAKE && i->owner != id &&
                 info_of(u, u->node[id]->in[0])->owner == i->owner));
        if (i->batched || i->sum)
            u->info[i->owner].row = true;
    }
    for (uint32_t id = 0; id < u->n; id++)
        if (u->info[u->info[id].owner].row)
            u->info[id].row = true;
    for (uint32_t id = 0; id < u->n; id++) {
        NodeInfo *i = &u->info[id];
        i->floating = i->view && i->loop < 0;
        for (int k = 0; k < u->node[id]->n_in; k++) {
            const NodeInfo *m = info_of(u, u->node[id]->in[k]);
            i->floating &= !m->row || m->floating;
        }
    }
    for (int l = 0; l < u->loops.n; l++)
        u->loops.v[l].row = info_of(u, u->loops.v[l].node)->row;
}

/* ---- users ---------------------------------------------------------------------------------- */

static void collect_users(Unit *u) {
    size_t total = 0;
    for (uint32_t id = 0; id < u->n; id++)
        for (int k = 0; u->info[id].live && k < u->node[id]->n_in; k++, total++)
            u->info[u->node[id]->in[k]->id].n_users++;
    u->users = NEW_ARRAY(u->a, uint32_t, total + 1);
    int at = 0;
    for (uint32_t id = 0; id < u->n; id++) {
        u->info[id].first_user = at;
        at += u->info[id].n_users;
        u->info[id].n_users = 0;
    }
    for (uint32_t id = 0; id < u->n; id++)
        for (int k = 0; u->info[id].live && k < u->node[id]->n_in; k++) {
            NodeInfo *m = info_of(u, u->node[id]->in[k]);
            if (m->n_users == 0 || u->users[m->first_user + m->n_users - 1] != id)
                u->users[m->first_user + m->n_users++] = id;
        }
}

/* ---- time: versions and snapshots ------------------------------------------------------------ */

int version_stmt(const Unit *u, int64_t state, int64_t version) {
    for (int k = 0; k < u->n_body; k++)
        if (makes_version(&u->body[k]) && u->body[k].state == state &&
            u->body[k].version == version)
            return k;
    return -1;
}

static int owner_time(const Unit *u, const Node *n) { return u->info[info_of(u, n)->owner].time; }

static void raise_time(Unit *u, const Node *n, int t) {
    NodeInfo *o = &u->info[info_of(u, n)->owner];
    if (o->time < t)
        o->time = t;
}

/* `reader` reads what the effect of statement `stmt`, if it has one, overwrites. */
static void add_reader(Unit *u, int stmt, uint32_t reader) {
    for (int k = 0; k < u->n_effects; k++)
        if (u->effects[k].index == stmt)
            vec_push(u->a, &u->effects[k].readers, reader);
}

/* A state read after its version was overwritten is copied before the write: its STATE node then
 * counts as a computed value. States and data rows that statements read directly are copied,
         too. */
static void mark_snapshots(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        if (!u->info[id].live)
            continue;
        if (n->op == OP_STATE)
            raise_time(u, n, version_stmt(u, n->attr[0], n->attr[1]) + 1);
        for (int k = 0; k < n->n_in; k++)
            raise_time(u, n, owner_time(u, n->in[k]));
    }
    VEC(uint32_t) found = { 0 };
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        int next = u->info[id].live && n->op == OP_STATE
                       ? version_stmt(u, n->attr[0], n->attr[1] + 1) : -1;
        if (next < 0)
            continue;
        found.n = 0;
        vec_push(u->a, &found, id);
        for (int at = 0; at < found.n; at++) {        /* through views, which are inlined */
            const NodeInfo *i = &u->info[found.v[at]];
            for (int k = 0; k < i->n_users; k++) {
                uint32_t r = u->users[i->first_user + k];
                if (u->info[r].view)
                    vec_push(u->a, &found, r);
                add_reader(u, next, u->info[r].owner);
                if (u->info[u->info[r].owner].time > next)
                    u->snapshot[id] = 1;
            }
        }
    }
}

/* Once snapshots are known: the copy is the only reader of a copied version. */
static void settle_readers(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        int next = u->info[id].live && n->op == OP_STATE && u->snapshot[id]
                       ? version_stmt(u, n->attr[0], n->attr[1] + 1) : -1;
        if (next < 0)
            continue;
        for (int k = 0; k < u->n_effects; k++)
            if (u->effects[k].index == next)
                u->effects[k].readers.n = 0;
        add_reader(u, next, id);
    }
}

static void snapshot_output(Unit *u, const Node *n) {
    while (n && n->op == OP_RESHAPE)
        n = n->in[0];
    if (n && (n->op == OP_STATE || n->op == OP_DATA))
        u->snapshot[n->id] = 1;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void collect_effects(Unit *u) {
    u->effects = NEW_ARRAY(u->a, Effect, u->n_body + 1);
    for (int i = 0; i < u->n_body; i++) {
        const DoStmt *s = &u->body[i];
        bool write = s->kind == DO_WRITE || s->kind == DO_WRITE_ROWS;
        assert(s->kind != DO_UPDATE && "the updates pass has not run");
        if (write || s->kind == DO_CHECK)
            u->effects[u->n_effects++] = (Effect){ .stmt = s, .index = i, .is_write = write };
    }
}

static void mark_live(Unit *u) {
    Node **roots = NEW_ARRAY(u->a, Node *, 3 * u->n_body + 1);
    int n = 0;
    for (int i = 0; i < u->n_body; i++) {
        const DoStmt *s = &u->body[i];
        if (s->value) roots[n++] = s->value;
        if (s->value2) roots[n++] = s->value2;
        if (s->index) roots[n++] = s->index;
    }
    bool *live = NEW_ARRAY(u->a, bool, u->n + 1);
    graph_mark_live(u->g, roots, n, live);
    for (uint32_t id = 0; id < u->n; id++)
        u->info[id].live = live[id];
}

/* The statement that makes each version that is read. */
static void index_writers(Unit *u) {
    u->writer = NEW_ARRAY(u->a, int, u->n + 1);
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        int k = n->op == OP_STATE ? u->n_effects - 1 : -1;
        while (k >= 0 && !(u->effects[k].is_write && u->effects[k].stmt->state == n->attr[0] &&
                           u->effects[k].stmt->version == n->attr[1]))
            k--;
        u->writer[id] = k;
    }
}

bool unit_analyse(Unit *u) {
    u->n = graph_size(u->g);
    u->node = NEW_ARRAY(u->a, Node *, u->n + 1);
    u->info = NEW_ARRAY(u->a, NodeInfo, u->n + 1);
    u->snapshot = NEW_ARRAY(u->a, int, u->n + 1);
    for (uint32_t id = 0; id < u->n; id++)
        u->node[id] = graph_node(u->g, id);
    mark_live(u);
    mark_kinds(u);
    collect_effects(u);
    index_writers(u);
    collect_loops(u);
    scope_loops(u);
    mark_owners(u);
    collect_users(u);
    mark_snapshots(u);
    for (int i = 0; i < u->n_body; i++) {
        snapshot_output(u, u->body[i].value);
        snapshot_output(u, u->body[i].value2);
        snapshot_output(u, u->body[i].index);
    }
    for (uint32_t id = 0; id < u->n; id++)    /* rows of other samples are read from memory */
        if (u->info[id].live && u->node[id]->op == OP_TAKE)
            snapshot_output(u, u->node[id]->in[0]);
    settle_readers(u);
    if (!u->failed)
        unit_segment(u);
    return !u->failed;
}
