/* level.c - the levels of one segment: in which region or nest stage every node is computed.
 *
 * Needs segments (segment.c). Promises: level(user) > level(operand) exactly where a barrier lies
 * between them (unit.h); every reader of a state's version v is at a level before the write of
 * v + 1, every reader of v + 1 after it; no write comes before a check that stands above it.
 *
 * Levels are found by relaxation: `asap` upwards from the sources, `latest` downwards from the
 * statements, then everything that a write needs sinks to `latest` - so that a forward pass lands
 * in the region of its backward pass - and what only outputs need follows its operands. */
#include "backend/unit.h"

static int first_effect(const Unit *u) { return u->segments.v[u->seg].first_effect; }
static int end_effect(const Unit *u) { return u->segments.v[u->seg].end_effect; }

int writer_of(const Unit *u, const Node *state) {
    int w = state->op == OP_STATE ? u->writer[state->id] : -1;
    return w >= first_effect(u) && w < end_effect(u) ? w : -1;
}

bool unit_is_leaf(const Unit *u, const Node *n) {
    return !is_active(u, n->id) || info_of(u, n)->host || n->op == OP_SCALAR ||
            (n->op == OP_CONST && n->shape.rank == 0) ||
           ((n->op == OP_STATE || n->op == OP_DATA) && !u->snapshot[n->id]);
}

static bool is_barrier(const Unit *u, uint32_t owner) {
    return u->info[owner].row && (u->info[owner].sum || u->node[owner]->op == OP_LOOP);
}

/* n reads operand k of other samples: all tiles must have been made. */
static bool takes(const Node *n, int k) { return n->op == OP_TAKE && k == 0; }

/* The lowest level at which something in `row` (region) or a nest stage can use m, whose own level
 * is `level`. */
static int level_after(const Unit *u, const Node *m, int level, bool row) {
    uint32_t o = info_of(u, m)->owner;
    return u->info[o].row && (!row || is_barrier(u, o)) ? level + 1 : level;
}

/* Raises *level to what operand m demands; `of` chooses asap or the final level. */
static bool demand(const Unit *u, const Node *m, bool row, bool final, int *level) {
    int need = 0;
    const NodeInfo *o = &u->info[info_of(u, m)->owner];
    int w = writer_of(u, m);
    if (w >= 0)
        need = final ? u->effects[w].level : u->effects[w].asap;
    if (!unit_is_leaf(u, m)) {
        int l = level_after(u, m, final ? o->level : o->asap, row);
        need = need > l ? need : l;
    }
    if (*level >= need)
        return false;
    *level = need;
    return true;
}

/* What an effect waits for: its operands, readers of the version that it overwrites, the write of
 * that version, and for a write every check above it. */
static bool demand_effect(const Unit *u, int k, bool final) {
    Effect *f = &u->effects[k];
    int *level = final ? &f->level : &f->asap;
    bool changed = demand(u, f->stmt->value, false, final, level);
    if (f->stmt->kind == DO_WRITE_ROWS)
        changed |= demand(u, f->stmt->index, false, final, level);
    if (!f->is_write)
        return changed;
    for (int j = first_effect(u); j < k; j++) {
        const Effect *b = &u->effects[j];
        int at = final ? b->level : b->asap;
        if ((!b->is_write || b->stmt->state == f->stmt->state) && *level < at)
            *level = at, changed = true;
    }
    for (int r = 0; r < f->readers.n; r++) {
        const NodeInfo *o = &u->info[f->readers.v[r]];
        if (o->seg != u->seg)
            continue;
        int at = (final ? o->level : o->asap) + o->row;
        if (*level < at)
            *level = at, changed = true;
    }
    return changed;
}

static void relax_up(Unit *u, bool final) {
    bool changed = true;
    for (int round = 0; changed; round++) {
        assert(round <= 2 * (end_effect(u) - first_effect(u)) + 4 &&
               "statements and values wait for each other");
        changed = false;
        for (uint32_t id = 0; id < u->n; id++) {
            const Node *n = u->node[id];
            uint32_t o = u->info[id].owner;
            NodeInfo *i = &u->info[o];
            if (!is_active(u, id) || unit_is_leaf(u, n))
                continue;
            int *level = final ? &i->level : &i->asap;
            int w = writer_of(u, n);
            if (w >= 0) {                     /* a snapshot waits for what it copies */
                int at = final ? u->effects[w].level : u->effects[w].asap;
                if (*level < at)
                    *level = at, changed = true;
            }
            for (int k = 0; k < n->n_in; k++)
                if (info_of(u, n->in[k])->owner != o || unit_is_leaf(u, n->in[k]))
                    changed |= demand(u, n->in[k], i->row && !takes(n, k), final, level);
        }
        for (int k = first_effect(u); k < end_effect(u); k++)
            changed |= demand_effect(u, k, final);
    }
}

static bool lower(int *level, int to) {
    if (*level <= to)
        return false;
    *level = to;
    return true;
}

/* `latest` of m's owner given a user at `at`. */
static bool limit(Unit *u, const Node *m, bool row, int at) {
    uint32_t o = info_of(u, m)->owner;
    int w = writer_of(u, m);
    if (w >= 0 && lower(&u->effects[w].latest, at))
        return true;
    if (unit_is_leaf(u, m))
        return false;
    return lower(&u->info[o].latest, at - level_after(u, m, 0, row));
}

static bool limit_effect(Unit *u, int k) {
    Effect *f = &u->effects[k];
    bool changed = limit(u, f->stmt->value, false, f->latest);
    if (f->stmt->kind == DO_WRITE_ROWS)
        changed |= limit(u, f->stmt->index, false, f->latest);
    if (!f->is_write)
        return changed;
    for (int j = first_effect(u); j < k; j++)
        if (!u->effects[j].is_write || u->effects[j].stmt->state == f->stmt->state)
            changed |= lower(&u->effects[j].latest, f->latest);
    for (int r = 0; r < f->readers.n; r++) {
        NodeInfo *o = &u->info[f->readers.v[r]];
        if (o->seg == u->seg)
            changed |= lower(&o->latest, f->latest - o->row);
    }
    return changed;
}

static void relax_down(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++)
        u->info[id].latest = u->levels - u->info[u->info[id].owner].row;
    for (int k = first_effect(u); k < end_effect(u); k++)
        u->effects[k].latest = u->levels;
    bool changed = true;
    while (changed) {
        changed = false;
        for (int k = end_effect(u) - 1; k >= first_effect(u); k--)
            changed |= limit_effect(u, k);
        for (uint32_t id = u->n; id-- > 0;) {
            const Node *n = u->node[id];
            uint32_t o = u->info[id].owner;
            if (!is_active(u, id) || unit_is_leaf(u, n))
                continue;
            int w = writer_of(u, n);
            if (w >= 0)
                changed |= lower(&u->effects[w].latest, u->info[id].latest);
            for (int k = 0; k < n->n_in; k++)
                if (info_of(u, n->in[k])->owner != o || unit_is_leaf(u, n->in[k]))
                    changed |= limit(u, n->in[k], u->info[o].row && !takes(n, k),
                                     u->info[o].latest);
        }
    }
}

/* Marks the owners that a write or a check needs. */
static void mark_main(Unit *u) {
    for (int k = first_effect(u); k < end_effect(u); k++) {
        u->info[u->effects[k].stmt->value->id].main = true;
        if (u->effects[k].stmt->index)
            u->info[u->effects[k].stmt->index->id].main = true;
    }
    for (uint32_t id = u->n; id-- > 0;) {
        NodeInfo *i = &u->info[id];
        i->main |= u->info[i->owner].main && is_active(u, id);
        for (int k = 0; i->main && k < u->node[id]->n_in; k++)
            info_of(u, u->node[id]->in[k])->main = true;
        if (i->main)
            u->info[i->owner].main = true;
    }
}

void unit_levels(Unit *u) {
    relax_up(u, false);
    u->levels = 0;
    for (uint32_t id = 0; id < u->n; id++) {
        const NodeInfo *i = &u->info[id];
        int end = i->asap + i->row;
        if (is_active(u, id) && i->owner == id && !unit_is_leaf(u, u->node[id]) && u->levels < end)
            u->levels = end;
    }
    for (int k = first_effect(u); k < end_effect(u); k++)
        if (u->levels < u->effects[k].asap)
            u->levels = u->effects[k].asap;
    relax_down(u);
    mark_main(u);
    for (uint32_t id = 0; id < u->n; id++) {
        NodeInfo *i = &u->info[id];
        assert(!is_active(u, id) || i->owner != id || unit_is_leaf(u, u->node[id]) ||
               i->asap <= i->latest);
        i->level = i->main && i->owner == id && !unit_is_leaf(u, u->node[id]) ? i->latest : 0;
    }
    relax_up(u, true);
    for (uint32_t id = 0; id < u->n; id++)
        u->info[id].level = u->info[u->info[id].owner].level;
}
