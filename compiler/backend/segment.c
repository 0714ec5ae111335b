/* segment.c - blocks of statements, and the segment in which every node is computed.
 *
 *     segment 0 | repeat | segment 1 | leave | segment 2 | end | segment 3
 *
 * A node is computed in the innermost block that it varies in, as late as its users and the writes
 * of the states that it reads allow; what only one branch of an `if` uses moves into the branch,
         but
 * nothing moves into a block that repeats.
 * Promises: the operands of a node are computed in an earlier segment of the same block or of one
 * around it, or in the same segment. */
#include "backend/unit.h"

#include <limits.h>

/* ---- blocks --------------------------------------------------------------------------------- */

static void open_segment(Unit *u, int block, int begin) {
    vec_push(u->a, &u->segments, ((Segment){ .block = block, .begin = begin, .end = u->n_body }));
}

static int new_block(Unit *u, int parent, int opener) {
    int depth = parent >= 0 ? u->blocks.v[parent].depth + 1 : 0;
    bool repeats = opener >= 0 && u->body[opener].kind == DO_REPEAT;
    vec_push(u->a, &u->blocks, ((Block){ .parent = parent, .depth = depth, .opener = opener,
                                         .repeats = repeats }));
    return u->blocks.n - 1;
}

static void collect_blocks(Unit *u) {
    int now = new_block(u, -1, -1);
    u->stmt_block = NEW_ARRAY(u->a, int, u->n_body + 1);
    open_segment(u, now, 0);
    for (int k = 0; k < u->n_body; k++) {
        const DoStmt *s = &u->body[k];
        u->stmt_block[k] = now;
        bool closes = s->kind == DO_ELSE || s->kind == DO_END;
        if (!closes && !stmt_opens(s->kind) && s->kind != DO_LEAVE)
            continue;
        u->segments.v[u->segments.n - 1].end = k;
        if (closes)
            now = u->blocks.v[now].parent;
        if (stmt_opens(s->kind) || s->kind == DO_ELSE)
            now = new_block(u, now, k);
        open_segment(u, now, k + 1);
    }
    int f = 0;
    for (int i = 0; i < u->segments.n; i++) {
        Segment *g = &u->segments.v[i];
        g->first_effect = f;
        for (; f < u->n_effects && u->effects[f].index < g->end; f++)
            u->effects[f].seg = i;
        g->end_effect = f;
    }
}

static bool block_within(const Unit *u, int b, int outer) {
    while (b >= 0 && b != outer)
        b = u->blocks.v[b].parent;
    return b == outer;
}

static int common_block(const Unit *u, int a, int b) {
    while (!block_within(u, b, a))
        a = u->blocks.v[a].parent;
    return a;
}

/* ---- the block that a value varies in -------------------------------------------------------- */

/* The block whose INDEX or TURN a scalar is; 0: none. */
static int scalar_block(const Unit *u, int64_t scalar) {
    for (int b = 0; b < u->blocks.n; b++) {
        const DoStmt *s = u->blocks.v[b].opener >= 0 ? &u->body[u->blocks.v[b].opener] : NULL;
        if (s && s->kind == DO_REPEAT && (s->index_scalar == scalar || s->turn_scalar == scalar))
            return b;
    }
    return 0;
}

static void deepen(Unit *u, uint32_t owner, int block) {
    int *b = &u->info[owner].block;
    if (u->blocks.v[block].depth > u->blocks.v[*b].depth)
        *b = block;
}

static void mark_blocks(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        uint32_t o = u->info[id].owner;
        if (!u->info[id].live)
            continue;
        int w = n->op == OP_STATE ? version_stmt(u, n->attr[0], n->attr[1]) : -1;
        if (w >= 0)
            deepen(u, o, u->stmt_block[w]);
        if (n->op == OP_SCALAR)
            deepen(u, o, scalar_block(u, n->attr[0]));
        if (n->op == OP_DATA && n->n_attr > 3)
            deepen(u, o, scalar_block(u, n->attr[3]));
        for (int k = 0; k < n->n_in; k++)
            deepen(u, o, u->info[info_of(u, n->in[k])->owner].block);
    }
}

/* ---- segments of nodes ----------------------------------------------------------------------- */

typedef struct Use { int pos, block; } Use;        /* the earliest; around all of them */

static void use_at(Unit *u, Use *use, const Node *n, int pos, int block) {
    Use *o = &use[info_of(u, n)->owner];
    o->block = o->block < 0 ? block : common_block(u, o->block, block);
    o->pos = o->pos < pos ? o->pos : pos;
}

/* The last segment of a block that begins at or before statement `pos`, or -1. */
static int segment_before(const Unit *u, int block, int pos) {
    int found = -1;
    for (int i = 0; i < u->segments.n; i++)
        if (u->segments.v[i].block == block && u->segments.v[i].begin <= pos)
            found = i;
    return found;
}

/* Writes that a node which reads a state must not miss; copies stand in for stale readers. */
static void mark_deadlines(Unit *u, Use *use) {
    VEC(uint32_t) found = { 0 };
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        int next = u->info[id].live && n->op == OP_STATE
                       ? version_stmt(u, n->attr[0], n->attr[1] + 1) : -1;
        if (next < 0)
            continue;
        found.n = 0;
        vec_push(u->a, &found, id);
        for (int at = 0; at < found.n; at++) {
            Use *o = &use[u->info[found.v[at]].owner];
            if (u->info[u->info[found.v[at]].owner].time <= next && o->pos > next)
                o->pos = next;
            const NodeInfo *i = &u->info[found.v[at]];
            bool through = found.v[at] == id ? !u->snapshot[id] : i->view;
            for (int k = 0; through && k < i->n_users; k++)
                vec_push(u->a, &found, u->users[i->first_user + k]);
        }
    }
}

static void choose_segment(Unit *u, NodeInfo *o, const Use *use) {
    int path[64], n = 0;
    if (use->block < 0)
        return;
    assert(block_within(u, use->block, o->block) && "a value used outside the block it varies in");
    for (int b = use->block; b != o->block; b = u->blocks.v[b].parent) {
        assert(n < 64 && "blocks nest less deeply");
        path[n++] = b;
    }
    int at = o->block;
    while (n > 0 && !u->blocks.v[path[n - 1]].repeats)
        at = path[--n];
    o->seg = segment_before(u, at, use->pos);
    while (o->seg < 0 && at != o->block) {
        at = u->blocks.v[at].parent;
        o->seg = segment_before(u, at, use->pos);
    }
    assert(o->seg >= 0);
}

void unit_segment(Unit *u) {
    collect_blocks(u);
    Use *use = NEW_ARRAY(u->a, Use, u->n + 1);
    for (uint32_t id = 0; id < u->n; id++) {
        use[id] = (Use){ INT_MAX, -1 };
        u->info[id].seg = -1;
    }
    mark_blocks(u);
    for (int k = 0; k < u->n_body; k++) {
        const DoStmt *s = &u->body[k];
        if (s->value) use_at(u, use, s->value, k, u->stmt_block[k]);
        if (s->value2) use_at(u, use, s->value2, k, u->stmt_block[k]);
        if (s->index) use_at(u, use, s->index, k, u->stmt_block[k]);
    }
    mark_deadlines(u, use);
    for (uint32_t id = u->n; id-- > 0;) {
        const Node *n = u->node[id];
        NodeInfo *o = &u->info[u->info[id].owner];
        if (!u->info[id].live)
            continue;
        if (u->info[id].owner == id)
            choose_segment(u, o, &use[id]);
        for (int k = 0; k < n->n_in; k++)
            if (info_of(u, n->in[k])->owner != u->info[id].owner && o->seg >= 0)
                use_at(u, use, n->in[k], u->segments.v[o->seg].begin, u->segments.v[o->seg].block);
    }
}
