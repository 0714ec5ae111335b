/* groups.c - a region whose sums have kernels of their own, divided into what shares nothing large.
 *
 * A contrastive gradient runs an energy forwards and back on data and on samples; only numbers per
 * sample connect the two. Each is a group: its tiles, then its sums. The next one's tiles take the
 * memory of those before.
 *
 * Promises: groups are in an order in which each reads only what it, or one before it, makes; what is
 * read across is small and kept; items keep their order within a group. */
#include "backend/c/sums.h"

enum {
    SMALL = 16,                   /* elements per sample: of values that may connect groups */
    FEW = 8,                      /* groups: less than such a part of the sums begins none */
    MOST = 64                     /* parts that are told apart */
};

/* Parts: items that large values connect, each known by one of its items. */
typedef struct Parts {
    Unit *u;
    Stage *g;
    int *up;                      /* [items]: towards that item */
    int item;                     /* whose reads are visited */
    uint64_t bytes;
    int n, id[MOST];              /* parts, in order of their first items */
    bool before[MOST][MOST];      /* [a][b]: b reads, by way of others, what a makes */
    uint64_t sums[MOST];          /* bytes per sample that direct sums read of what it makes */
    int group[MOST];
} Parts;

static int part_of(const Parts *p, int item) {
    while (p->up[item] != item)
        item = p->up[item] = p->up[p->up[item]];
    return item;
}
static int part_index(const Parts *p, int item) {
    int k = 0, root = part_of(p, item);
    while (k < p->n && p->id[k] != root)
        k++;
    return k;
}
static void join_visit(void *ctx, const Node *value, bool same) {
    Parts *p = ctx;
    int from = item_producer(p->u, p->g, value);
    (void)same;
    if (from >= 0 && shape_count(value->shape) > SMALL)
        p->up[part_of(p, from)] = part_of(p, p->item);
}
static void bytes_visit(void *ctx, const Node *value, bool same) {
    Parts *p = ctx;
    (void)same;
    if (node_batched(value))
        p->bytes += 4 * (uint64_t)shape_count(value->shape);
}
static void sums_visit(void *ctx, const Node *value, bool same) {
    Parts *p = ctx;
    int from = item_producer(p->u, p->g, value), part = from < 0 ? p->n : part_index(p, from);
    (void)same;
    if (part < p->n)
        p->sums[part] += 4 * (uint64_t)shape_count(value->shape);
}
static void order_visit(void *ctx, const Node *value, bool same) {
    Parts *p = ctx;
    int from = item_producer(p->u, p->g, value);
    (void)same;
    int a = from < 0 ? p->n : part_index(p, from), b = part_index(p, p->item);
    if (a < p->n && b < p->n)                 /* else within a run-time loop */
        p->before[a][b] = true;
}
static void each_read(Parts *p, const ItemOrder *o, VisitRead *visit) {
    for (int k = 0; k < o->n; k++) {
        p->item = o->v[k];
        item_reads(p->u, p->g, &p->g->items.v[p->item], visit, p);
    }
}

/* Whether out j of a cluster needs member k, by way of members that are not stored. */
static void mark_member(Unit *u, const Item *it, const Node *n, bool *need) {
    for (int k = 0; k < it->members.n; k++)
        if (it->members.v[k] == n && !need[k]) {
            need[k] = true;
            for (int i = 0; i < n->n_in; i++)
                if (!info_of(u, base_of(n->in[i]))->root)
                    mark_member(u, it, base_of(n->in[i]), need);
        }
}
/* A small cluster joins what nothing else does: an item for each value that it stores. */
static void divide_cluster(Unit *u, Stage *g, int item, ItemOrder *to) {
    const Item it = g->items.v[item];
    for (int j = 0; j < it.outs.n; j++) {
        const Node *n = it.outs.v[j].node;
        Item one = it;
        bool *need = NEW_ARRAY(u->a, bool, it.members.n);
        one.members.v = NULL, one.members.n = one.members.cap = 0;
        one.outs.v = NULL, one.outs.n = one.outs.cap = 0;
        mark_member(u, &it, n, need);
        for (int k = 0; k < it.members.n; k++)
            if (need[k])
                vec_push(u->a, &one.members, it.members.v[k]);
        vec_push(u->a, &one.outs, it.outs.v[j]);
        info_of(u, n)->item = g->items.n;
        vec_push(u->a, to, g->items.n);
        vec_push(u->a, &g->items, one);
    }
}

/* Parts that read each other in a circle are one; each with much of the sums begins a group. */
static int number_groups(Parts *p) {
    int groups = 0;
    bool placed[MOST] = { false };
    for (int k = 0; k < p->n; k++)
        for (int a = 0; a < p->n; a++)
            for (int b = 0; b < p->n; b++)
                p->before[a][b] |= p->before[a][k] && p->before[k][b];
    for (int left = p->n; left > 0;) {
        for (int a = 0; a < p->n; a++) {
            bool ready = !placed[a];
            uint64_t sums = 0;
            int group = 0;
            for (int b = 0; b < p->n; b++) {
                bool circle = a == b || (p->before[a][b] && p->before[b][a]);
                sums += circle ? p->sums[b] : 0;
                ready &= circle || !p->before[b][a] || placed[b];
                if (!circle && p->before[b][a] && placed[b] && group < p->group[b])
                    group = p->group[b];
            }
            if (!ready)
                continue;
            group = sums >= p->bytes / FEW ? groups++ : group;
            for (int b = 0; b < p->n; b++)
                if (a == b || (p->before[a][b] && p->before[b][a]))
                    placed[b] = true, p->group[b] = group, left--;
        }
    }
    return groups;
}

typedef struct Across { Parts *p; int group; } Across;
static void across_visit(void *ctx, const Node *value, bool same) {
    Across *a = ctx;
    int from = item_producer(a->p->u, a->p->g, value);
    (void)same;
    int part = from < 0 ? a->p->n : part_index(a->p, from);
    if (part < a->p->n && a->p->group[part] < a->group)
        sums_keep_value(a->p->u, a->p->g, value);
}

/* The last group that makes something that is read; it need not be that of the large ones. */
typedef struct Last { Parts *p; int group; } Last;
static void last_visit(void *ctx, const Node *value, bool same) {
    Last *l = ctx;
    int from = item_producer(l->p->u, l->p->g, value);
    (void)same;
    int part = from < 0 ? l->p->n : part_index(l->p, from);
    if (part < l->p->n && l->group < l->p->group[part])
        l->group = l->p->group[part];
}

uint64_t sums_bytes(Unit *u, Stage *g, const ItemOrder *direct) {
    Parts *p = NEW(u->a, Parts);
    *p = (Parts){ .u = u, .g = g };
    each_read(p, direct, bytes_visit);
    return p->bytes;
}

int sums_group(Unit *u, Stage *g, ItemOrder *tiles, const ItemOrder *direct, ItemOrder **group,
               ItemOrder **sums) {
    Parts *p = NEW(u->a, Parts);
    *p = (Parts){ .u = u, .g = g };
    int n = 1;
    if (u->pieces) {
        ItemOrder divided = { 0 };
        for (int k = 0; k < tiles->n; k++) {
            const Item *it = &g->items.v[tiles->v[k]];
            if (it->kind == ITEM_CLUSTER && it->lanes && it->count <= SMALL && it->outs.n > 1)
                divide_cluster(u, g, tiles->v[k], &divided);
            else
                vec_push(u->a, &divided, tiles->v[k]);
        }
        *tiles = divided;
        p->up = NEW_ARRAY(u->a, int, g->items.n);
        for (int k = 0; k < g->items.n; k++)
            p->up[k] = k;
        each_read(p, tiles, join_visit);
        each_read(p, direct, join_visit);
        bool few = true;
        for (int k = 0; k < tiles->n && few; k++)
            if (part_index(p, tiles->v[k]) == p->n && (few = p->n < MOST))
                p->id[p->n++] = part_of(p, tiles->v[k]);
        if (few) {
            each_read(p, direct, bytes_visit);
            each_read(p, direct, sums_visit);
            each_read(p, tiles, order_visit);
            n = number_groups(p);
        }
        n = n > 1 ? n : 1;
    }
    *group = NEW_ARRAY(u->a, ItemOrder, n);
    *sums = NEW_ARRAY(u->a, ItemOrder, n);
    for (int k = 0; k < tiles->n; k++) {
        Across a = { p, n > 1 ? p->group[part_index(p, tiles->v[k])] : 0 };
        vec_push(u->a, &(*group)[a.group], tiles->v[k]);
        if (a.group > 0)
            item_reads(u, g, &g->items.v[tiles->v[k]], across_visit, &a);
    }
    for (int k = 0; k < direct->n; k++) {     /* when all that they read is there */
        Last last = { p, 0 };
        if (n > 1)
            item_reads(u, g, &g->items.v[direct->v[k]], last_visit, &last);
        vec_push(u->a, &(*sums)[last.group], direct->v[k]);
    }
    return n;
}
