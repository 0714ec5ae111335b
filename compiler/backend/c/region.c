/* region.c - one kernel over tiles of samples: all per-sample values of a level.
 *
 *     for each unit                      a tile; or, with sums over the batch, a block of 64
 *         start the block sums
 *         for each tile of the block
 *             load what other kernels made
 *             items, run-time loops included
 *             store what other kernels need
 *
 * Regions with large parameter gradients leave these to kernels of their own (sums.c).
 *
 * Promises: a tile's values depend on no other tile, and a block's sums go over its samples in
 * order, so that results do not depend on the number of threads or on the tile size. */
#include "backend/c/sums.h"
#include "ebm.h"

#include <string.h>

enum { MANY_WEIGHTS = 1 << 18 };  /* floats: beyond, wide tiles re-use them better */

/* Convolutions want narrow tiles, because images are large; dense layers whose weights do not stay
 * in cache want wide ones: 64 samples, which stands for EBM_TILE_WIDE. */
static int choose_tile(Unit *u, const Stage *g) {
    int64_t weights = 0;
    bool conv = false;
    if (u->opt->tile)
        return u->opt->tile;
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        const NodeInfo *i = info_of(u, n);
        conv |= i->batched && (n->op == OP_CONV || n->op == OP_CONV_DX);
        if (i->pack >= 0 && n->op == OP_DOT)
            weights += shape_count(n->in[1]->shape);
    }
    return conv ? 16 : weights > MANY_WEIGHTS ? 64 : 32;
}

static bool is_wide(const Unit *u, int T) { return T == 64 && !u->opt->tile; }
const char *tile_text(Unit *u, int T) {
    return is_wide(u, T) ? "EBM_TILE_WIDE" : arena_printf(u->a, "%d", T);
}

const char *region_places(Unit *u, const Stage *g) {
    Text t = { 0 };
    const char *last = "";
    int written = 0;
    for (int k = 0; k < g->nodes.n && written < 12; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        const char *p = n->at.file < 0 ? NULL : unit_place(u, n);
        if (!p || strcmp(p, last) == 0)
            continue;
        text_printf(&t, "%s%s", written++ ? ", " : "", p);
        last = p;
    }
    const char *r = arena_printf(u->a, "%s", t.data ? t.data : "-");
    text_free(&t);
    return r;
}

static const char *buffer_text(Emit *e, const Buffer *b) {
    if (b->kind == BUF_STATE)
        return P(e, "state %d %s", b->a, shape_text(e->a, e->u->p->states.v[b->a].shape));
    if (b->kind == BUF_FIELD || b->kind == BUF_ROWS)
        return P(e, "%s %d.%d", b->kind == BUF_FIELD ? "data field" : "data rows, draw", b->a, b->b);
    return P(e, "%s of v%u %s", b->what, b->node, shape_text(e->a, e->u->node[b->node]->shape));
}

void describe_buffers(Emit *e, Text *t) {
    for (int k = 0; k < e->args.n; k++)
        text_printf(t, " *   b%d  %-3s %s\n", k, e->arg_written.v[k] ? "out" : "in",
                    buffer_text(e, &e->u->buffers.v[e->args.v[k]]));
}

static void declare_buffers(Emit *e, Text *t) {
    for (int k = 0; k < e->args.n; k++) {
        const Buffer *b = &e->u->buffers.v[e->args.v[k]];
        text_printf(t, "    %s%s *b%d = buf[%d];  /* %s */\n", e->arg_written.v[k] ? "" : "const ",
                    emit_mtype(b->dtype), k, k, buffer_text(e, b));
    }
}

static void put_body(Emit *e, bool sums, Text *t) {
    int in = 2;
    const char *all = e->pieced ? "s->end" : "s->batch";
    if (sums && e->pieced)
        text_printf(t, "    for (int64_t unit = s->from / %d + r.begin; unit < s->from / %d + r.end; "
                       "unit++) {\n", BLOCK, BLOCK);
    else
        text_add(t, "    for (int64_t unit = r.begin; unit < r.end; unit++) {\n");
    if (sums) {
        text_printf(t, "        const int64_t last = unit * %d + %d, end = last < %s ? last : %s;\n", BLOCK,
                    BLOCK, all, all);
        text_printf(t, e->pieced ? "        const int64_t begin = unit * %d < s->from ? s->from : unit * %d;\n"
                                   "        const int fresh = begin == unit * %d;\n"
                                 : "        const int64_t begin = unit * %d;\n", BLOCK, BLOCK, BLOCK);
        text_indented(t, e->starts.data, 2);
        text_add(t, "        for (int64_t row = begin; row < end; row += T) {\n");
        in = 3;
        text_add(t, "            const int valid = (int)(end - row < T ? end - row : T);\n");
    } else {
        text_printf(t, "        const int64_t row = %sunit * T;\n", e->pieced ? "s->from + " : "");
        text_printf(t, "        const int valid = (int)(%s - row < T ? %s - row : T);\n", all, all);
    }
    text_indented(t,
                  "const int64_t sample0 = s->first_sample + row;\n(void)sample0;\n(void)valid;\n",
                          in);
    text_indented(t, e->loads.data, in);
    text_indented(t, e->text.data, in - 1);
    text_add(t, sums ? "        }\n    }\n}\n" : "    }\n}\n");
}

/* Whether anything of the level is computed: views and leaves alone need no kernel. */
bool region_has_work(const Stage *g) {
    for (int k = 0; k < g->items.n; k++)
        if (g->items.v[k].kind != ITEM_CLUSTER || g->items.v[k].outs.n)
            return true;
    return false;
}

/* The kernel of some items of the region; `kept_for`: the sums that it keeps tiles for, or NULL. */
static void emit_items(Output *out, Unit *u, Stage *g, const ItemOrder *order, int T, bool sums,
                       const ItemOrder *kept_for, bool pieced) {
    Emit *e = emit_new(out, u, g);
    e->tiled = true, e->tile = T, e->tile_text = tile_text(u, T);
    int first = share_count(out);
    e->keeps = kept_for != NULL, e->pieced = pieced;
    emit_item_list(e, order);
    if (kept_for)
        sums_load(e, kept_for);
    share_split(out, first);
    Kernel *k = kernel_new(out, u, true);
    k->tile = T, k->wide = is_wide(u, T), k->pieced = pieced;
    k->units = sums ? UNITS_BLOCKS : UNITS_TILES;
    uint64_t bytes = scratch_plan(e, T), micro = e->micro[T == 16 ? 0 : T == 32 ? 1 : 2];
    k->scratch = bytes + 4 * micro;
    k->flops = e->flops;
    if (k->scratch > (uint64_t)1 << 31)
        unit_refuse(u, E0803, g->nodes.n ? u->node[g->nodes.v[0]] : NULL,
                    "a tile of %d samples needs %llu MiB of scratch memory", T,
                    (unsigned long long)(k->scratch >> 20));
    Text t = { 0 };
    text_printf(&t, "/* kernel %d: region level %d, tiles of %s samples%s\n", k->id, g->level,
                e->tile_text, sums ? ", sums over blocks of 64" : "");
    text_printf(&t, " *   source %s\n", region_places(u, g));
    text_printf(&t,
                " *   %.0f flops per sample (run-time loops counted once), %llu bytes of scratch\n",
                k->flops, (unsigned long long)k->scratch);
    text_printf(&t,
                " */\nvoid k%d(void *const *buf, const EbmScalars *s, EbmRange r, "
                 "void *memory) {\n",
                k->id);
    text_printf(&t, "    enum { T = %s };\n    char *scratch = memory;\n    (void)scratch;\n",
                e->tile_text);
    declare_buffers(e, &t);
    scratch_declare(e, &t);
    if (micro)
        text_printf(&t, "    float *micro = (float *)(scratch + %llu);\n",
                    (unsigned long long)bytes);
    put_body(e, sums, &t);
    for (int i = 0; i < e->args.n; i++)
        vec_push(out->a, &k->args, e->args.v[i]);
    k->what = "region";
    k->text = arena_printf(out->a, "%s", t.data);
    text_free(&t);
    emit_free(e);
    step_launch(u, k);
}

void emit_region(Output *out, Unit *u, Stage *g) {
    const ItemOrder *o = &g->order[0];
    ItemOrder tiles = { 0 }, direct = { 0 }, other = { 0 }, *group, *sums;
    int T = choose_tile(u, g);
    if (!region_has_work(g))
        return;
    if (!g->has_sum || !sums_are_many(u, g)) {
        emit_items(out, u, g, o, T, g->has_sum, NULL, false);
        return;
    }
    for (int k = 0; k < o->n; k++) {
        const Item *it = &g->items.v[o->v[k]];
        bool sum = it->kind == ITEM_HEAVY && info_of(u, it->node)->sum;
        ItemOrder *to = !sum ? &tiles : sums_is_direct(u, it) ? &direct : &other;
        vec_push(u->a, to, o->v[k]);
    }
    uint64_t batch = u->e ? (uint64_t)u->e->batch : 1;
    u->pieces = u->opt->gradients == GRADIENTS_APART ||
                sums_bytes(u, g, &direct) * batch > EBM_PIECE_BYTES;
    for (int k = 0; k < o->n; k++)
        if (g->items.v[o->v[k]].kind == ITEM_HEAVY && info_of(u, g->items.v[o->v[k]].node)->sum)
            sums_keep(u, g, &g->items.v[o->v[k]]);
    text_printf(u->why, "%s: level %d: %d gradients have a kernel of their own: a batch of 64 would be "
                "one thread's work\n", u->name, g->level, direct.n);
    int groups = sums_group(u, g, &tiles, &direct, &group, &sums);
    if (groups > 1)
        text_printf(u->why, "%s: level %d: %d groups that share nothing large, one after the other: their "
                    "tiles take the same memory\n", u->name, g->level, groups);
    if (u->pieces)
        u->piece_tile = u->piece_tile > T ? u->piece_tile : T;
    step_add(u, u->pieces ? STEP_PIECES : STEP_WHOLE, NULL);
    for (int k = 0; k < groups; k++) {
        ItemOrder all = { 0 };
        for (int j = 0; j < sums[k].n; j++)
            vec_push(u->a, &all, sums[k].v[j]);
        for (int j = 0; k + 1 == groups && j < other.n; j++)
            vec_push(u->a, &all, other.v[j]);
        emit_items(out, u, g, &group[k], T, false, &all, true);
        if (sums[k].n)
            sums_emit(out, u, g, &sums[k], T);
    }
    if (other.n)
        emit_items(out, u, g, &other, T, true, NULL, true);
    if (u->pieces)
        step_add(u, STEP_PIECES_END, NULL);
    sums_forget(u);
}
