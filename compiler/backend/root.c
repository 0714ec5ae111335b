/* root.c - which nodes live in memory: `root` after their item, or inlined where they are read.
 *
 * Before items are made: views that are read by address, biases that a micro-kernel adds. After:
 * elementwise nodes that other loops read, unless computing them again is cheaper. */
#include "backend/fuse.h"

enum { CHEAP = 3, MAX_INLINE_DEPTH = 64, MAX_VIEW_DEPTH = 8, MAX_VIEWS = 64 };

/* ---- views and elementwise nodes: what needs memory whatever the clusters are ---------------- */

/* Whether `user` reads operand k by address. */
static bool wants_pointer(const Unit *u, const Node *user, int k) {
    const NodeInfo *i = info_of(u, user);
    switch (user->op) {
    case OP_DOT: {
        if (i->mapped)
            return false;
        DotPlan d = dot_plan(u, user);
        return d.kind == DOT_OUTER || (d.kind == DOT_DENSE && (k == 1 || d.in_order));
    }
    case OP_CONV: case OP_CONV_DX: case OP_CONV_DW:
        return i->row && (node_batched(user) || i->sum);
    case OP_REDUCE_SUM: return i->sum && user->n_attr == 1;
    case OP_GATHER: case OP_POOL_PICK_T: case OP_TAKE: return k == 0;
    case OP_LOOP: return false;
    default: return false;
    }
}

/* Marks the values that a statement reads from memory. */
void unit_mark_stated(Unit *u) {
    for (int k = 0; k < u->n_body; k++) {
        const DoStmt *s = &u->body[k];
        bool inlined = s->kind == DO_WRITE && s->value && !node_batched(s->value);
        if (s->value && !inlined) info_of(u, base_of(s->value))->stated = true;
        if (s->value2) info_of(u, base_of(s->value2))->stated = true;
        if (s->index) info_of(u, base_of(s->index))->stated = true;
    }
}

/* Views that become values: those read by address, by a statement or at another level, every
 * eighth of a chain, and those of too many views. Snapshots are views of their state. */
void root_views(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        if (!is_active(u, id))
            continue;
        i->mapped = dot_is_product(u, n);
        if (i->mapped)
            i->ew = true;
        if (n->op == OP_STATE && u->snapshot[id] && !i->batched)
            i->view = i->root = true;
    }
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        if (!is_active(u, id) || !i->view || i->root || n->op == OP_RESHAPE)
            continue;
        for (int k = 0; k < n->n_in; k++) {
            const NodeInfo *m = info_of(u, base_of(n->in[k]));
            if (!m->view || m->root)
                continue;
            if (i->depth <= m->depth)
                i->depth = m->depth + 1;
            i->cost += m->cost + 1;
        }
        i->root = i->stated || i->depth > MAX_VIEW_DEPTH || i->cost > MAX_VIEWS;
        VEC(uint32_t) todo = { 0 };
        vec_push(u->a, &todo, id);
        for (int at = 0; at < todo.n && !i->root; at++) {
            const NodeInfo *m = &u->info[todo.v[at]];
            for (int r = 0; r < m->n_users; r++) {
                const Node *user = u->node[u->users[m->first_user + r]];
                const NodeInfo *ui = info_of(u, user);
                if (user->op == OP_RESHAPE)
                    vec_push(u->a, &todo, user->id);
                else if (i->row && !i->floating && n->n_in > 0 &&
                         (!is_active(u, user->id) || ui->level != i->level || !ui->row))
                    i->root = true;
                for (int k = 0; k < user->n_in; k++)
                    if (user->in[k]->id == todo.v[at] && wants_pointer(u, user, k))
                        i->root = true;
            }
        }
        if (i->root)
            i->depth = 0;
    }
}

/* ADD(DOT or CONV, broadcast of a shared vector along the output features): the micro-kernels start
 * their sums from the vector. */
void root_fold_bias(Unit *u) {
    for (uint32_t id = 0; id < u->n; id++) {
        const Node *n = u->node[id];
        NodeInfo *i = &u->info[id];
        for (int k = 0; is_active(u, id) && n->op == OP_ADD && i->batched && k < 2 &&
             i->absorbs < 0; k++) {
            const Node *d = n->in[k], *c = n->in[1 - k];
            NodeInfo *di = info_of(u, d);
            bool dense = d->op == OP_DOT && !di->mapped && dot_plan(u, d).kind == DOT_DENSE;
            bool conv = d->op == OP_CONV && node_batched(d) && info_of(u, d->in[1])->loop < 0;
            if (!(dense || conv) || di->n_users != 1 || di->stated || di->absorbed >= 0 ||
                di->loop != i->loop || !is_active(u, d->id) || di->level != i->level ||
                        c->op != OP_BROADCAST ||
                info_of(u, c)->root)
                continue;
            const Node *b = base_of(c->in[0]);
            int64_t features = dense ? dot_plan(u, d).N : d->shape.dim[d->shape.rank - 3];
            int axis = dense ? d->shape.rank - 1 : d->shape.rank - 3;
            bool vector = c->n_attr == 1 && c->attr[0] == axis &&
                    c->in[0]->shape.dim[0] == features;
            bool leaf = (b->op == OP_STATE || info_of(u, b)->ew) && !info_of(u, b)->batched &&
                        !info_of(u, b)->host && info_of(u, b)->loop < 0 && b->dtype == DT_F32;
            if (!vector || !leaf || (dense && dot_plan(u, d).nfb != 1))
                continue;
            i->absorbs = (int)d->id;
            i->ew = false;
            di->absorbed = (int)id;
        }
    }
}

/* ---- roots ---------------------------------------------------------------------------------- */

static int op_cost(const Node *n) {
    switch (n->op) {
    case OP_ADD: case OP_SUB: case OP_MUL: case OP_NEG: case OP_ABS: case OP_MAXIMUM:
    case OP_MINIMUM: case OP_SIGN: case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_AND:
    case OP_OR: case OP_NOT: case OP_SELECT: case OP_CONVERT: case OP_DOT: return 1;
    case OP_DIV: case OP_SQRT: case OP_FLOOR: case OP_CEIL: case OP_ROUND: return 4;
    default: return 50;
    }
}

typedef struct Uses {
    bool forced, elsewhere, crossing;
    int count;
} Uses;

/* How n, through reshapes, is read. */
static Uses uses_of(Unit *u, const Node *n) {
    Uses s = { 0 };
    const NodeInfo *i = info_of(u, n);
    VEC(uint32_t) todo = { 0 };
    vec_push(u->a, &todo, n->id);
    for (int at = 0; at < todo.n; at++) {
        const NodeInfo *m = &u->info[todo.v[at]];
        for (int r = 0; r < m->n_users; r++) {
            const Node *user = u->node[u->users[m->first_user + r]];
            const NodeInfo *ui = info_of(u, user);
            if (user->op == OP_RESHAPE) {
                vec_push(u->a, &todo, user->id);
                continue;
            }
            s.count++;
            int item = ui->item;
            if (ui->stage != i->stage || (ui->stage < 0 && !ui->view)) {
                s.forced = true;
                s.elsewhere |= ui->stage != i->stage;
            } else if (ui->view && !ui->root) {
                s.forced = true;
            } else if (item == i->item && i->item >= 0) {
                continue;
            } else if (ui->ew && !ui->mapped && ui->loop == i->loop) {
                s.crossing = true;
            } else if (!(user->op == OP_REDUCE_SUM && !ui->sum && ui->loop == i->loop)) {
                s.forced = true;
            }
        }
    }
    if (i->stated)
        s.forced = s.elsewhere = true;
    if (s.count > 1 && !s.crossing)           /* a reduction inlines its operand only if alone */
        for (int r = 0; r < i->n_users; r++)
            s.forced |= info_of(u, u->node[u->users[i->first_user + r]])->item != i->item;
    return s;
}

/* Whether an inlined view leads to a state, by ways that this walk has not gone yet. */
static bool walk_to_state(Unit *u, const Node *n) {
    NodeInfo *i = info_of(u, n);
    if (n->op == OP_STATE)
        return true;
    if (!i->view || i->root || i->read_by[0] == u->walks)
        return false;
    i->read_by[0] = u->walks;
    bool found = false;
    for (int k = 0; !found && k < n->n_in; k++)
        found = walk_to_state(u, n->in[k]);
    return found;
}

static bool reads_state(Unit *u, const Node *n) {
    u->walks++;
    return walk_to_state(u, n);
}

/* `written`: by id, what a statement writes into a state. */
static void decide_root(Unit *u, const Node *n, const bool *written) {
    NodeInfo *i = info_of(u, n);
    if (i->item < 0 || n->op == OP_LOOP)
        return;
    Uses s = uses_of(u, n);
    i->cost = op_cost(n);
    i->depth = 1;
    for (int k = 0; k < n->n_in; k++) {
        const NodeInfo *m = info_of(u, base_of(n->in[k]));
        if (m->view && !m->root)
            i->stateful |= reads_state(u, n->in[k]);
        i->stateful |= base_of(n->in[k])->op == OP_STATE || (m->ew && !m->root && m->stateful);
        if (!m->ew || m->root || m->item < 0)
            continue;
        i->cost += m->cost;
        if (i->depth <= m->depth)
            i->depth = m->depth + 1;
    }
    i->root |= s.forced || (s.crossing && ((!i->row && i->stateful) || i->cost > CHEAP)) ||
            i->depth > MAX_INLINE_DEPTH;
    for (int k = 0; written[n->id] && k < u->n_effects; k++) {       /* a write on its own */
        const Effect *f = &u->effects[k];
        if (f->seg != u->seg) {
            s.elsewhere |= f->stmt->kind == DO_WRITE && base_of(f->stmt->value) == n;
            i->root |= s.elsewhere;
        } else if (f->stmt->kind == DO_WRITE && base_of(f->stmt->value) == n &&
            (u->stages.v[i->stage]->level != f->level || i->row || f->item != i->item))
            i->root = s.elsewhere = true;
    }
    i->exported |= s.elsewhere && i->root;
}

void root_decide(Unit *u, int first) {
    bool *written = NEW_ARRAY(u->a, bool, u->n + 1);
    for (int k = 0; k < u->n_effects; k++)
        if (u->effects[k].stmt->kind == DO_WRITE)
            written[base_of(u->effects[k].stmt->value)->id] = true;
    for (uint32_t id = 0; id < u->n; id++)
        if (is_active(u, id))
            decide_root(u, u->node[id], written);
    for (int gi = first; gi < u->stages.n; gi++) {
        Stage *g = u->stages.v[gi];
        for (int k = 0; k < g->items.n; k++) {
            Item *it = &g->items.v[k];
            for (int j = 0; j < it->members.n; j++)
                if (info_of(u, it->members.v[j])->root)
                    vec_push(u->a, &it->outs, ((Out){ it->members.v[j], -1 }));
        }
    }
}
