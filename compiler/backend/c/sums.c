/* sums.c - parameter gradients of large layers in a kernel of their own.
 *
 * A region with sums over the batch goes block by block of 64 samples, because the order of a sum is
 * fixed within a block. A batch of 64 is then the work of one thread. So a region whose sums are
 * most of its work becomes up to three kernels:
 *
 *   tiles    everything but sums; what they read stays in memory, tile after tile, as it is
 *   sums     a unit is a range of one gradient's elements: over all blocks, then combined
 *   rest     sums of other kinds, block by block as ever
 *
 * All three run for one piece of the batch after the other where tiles are large, so that those in
 * memory are a piece's only (ebm_piece). Sums go on from piece to piece; those of whole blocks wait in
 * a tree.
 *
 * Promises: the order of every sum is that of the region in one piece. */
#include "backend/c/sums.h"

#include <string.h>

enum {
    MANY_FLOPS = 1 << 19,         /* of the sums, per sample: less, and the region stays whole */
    PART_ROWS = 256,              /* rows of a unit: each turns all columns into panels anew */
    CONV_ROWS = 64,
};

bool sums_is_direct(Unit *u, const Item *it) {
    if (it->kind != ITEM_HEAVY || !info_of(u, it->node)->sum || it->node->dtype != DT_F32)
        return false;
    const Node *n = it->node;
    switch (n->op) {
    case OP_DOT: return dot_plan(u, n).kind == DOT_OUTER;
    case OP_CONV_DW: return true;
    case OP_REDUCE_SUM: return n->n_attr == 1;
    default: return false;
    }
}

static double sum_flops(Unit *u, const Node *n) {
    if (n->op == OP_DOT) {
        DotPlan d = dot_plan(u, n);
        return 2.0 * (double)d.F * (double)d.N;
    }
    if (n->op != OP_CONV_DW)
        return 0;
    const Node *y = n->in[1];
    int64_t taps = shape_count(n->shape) / n->shape.dim[0];
    return 2.0 * (double)shape_count(y->shape) * (double)taps;
}

bool sums_are_many(Unit *u, const Stage *g) {
    Gradients where = u->opt->gradients;
    double flops = 0;
    bool any = false;
    for (int l = 0; l < u->loops.n; l++)
        for (int k = 0; k < g->order[1 + l].n; k++) {
            const Item *it = &g->items.v[g->order[1 + l].v[k]];
            if (it->kind == ITEM_HEAVY && info_of(u, it->node)->sum)
                return false;                 /* a loop's sums are made where the loop is */
        }
    for (int k = 0; k < g->order[0].n; k++) {
        const Item *it = &g->items.v[g->order[0].v[k]];
        if (sums_is_direct(u, it))
            any = true, flops += sum_flops(u, it->node);
    }
    return where == GRADIENTS_AUTO ? flops >= MANY_FLOPS : any && where == GRADIENTS_APART;
}

void sums_keep_value(Unit *u, Stage *g, const Node *value) {
    NodeInfo *i = info_of(u, value);
    if (!node_batched(value) && item_producer(u, g, value) >= 0)
        i->exported = true;                   /* one for all tiles: the end of a loop */
    if (i->kept >= 0 || !node_batched(value))
        return;
    uint64_t bytes = (uint64_t)shape_count(value->shape) * 4;
    i->kept = unit_buffer(u, (Buffer){ .kind = u->pieces ? BUF_PIECE : BUF_SAMPLE,
                                       .node = value->id, .bytes = bytes,
                                       .dtype = value->dtype == DT_F32 ? DT_F32 : DT_I32,
                                       .what = "tiles" });
}
typedef struct Keep { Unit *u; Stage *g; Emit *e; } Keep;
static void keep_visit(void *ctx, const Node *value, bool same) {
    (void)same;
    sums_keep_value(((Keep *)ctx)->u, ((Keep *)ctx)->g, value);
}

void sums_keep(Unit *u, Stage *g, const Item *it) {
    Keep k = { u, g, NULL };
    item_reads(u, g, it, keep_visit, &k);
}

static void load_visit(void *ctx, const Node *value, bool same) {
    Keep *k = ctx;
    (void)same;
    const NodeInfo *i = info_of(k->u, value);
    if (i->kept >= 0 && !i->made && item_producer(k->u, k->g, value) < 0)
        place_get(k->e, value);
}
void sums_load(Emit *e, const ItemOrder *sums) {
    Keep k = { e->u, e->g, e };
    for (int j = 0; j < sums->n; j++)
        item_reads(e->u, e->g, &e->g->items.v[sums->v[j]], load_visit, &k);
    for (uint32_t j = 0; j < e->u->n; j++)
        e->u->info[j].made |= e->u->info[j].kept >= 0 && e->place[j].kind != PLACE_NONE;
}

void sums_forget(Unit *u) {
    for (uint32_t k = 0; k < u->n; k++)
        u->info[k].kept = -1, u->info[k].made = false;
}

/* ---- one gradient ----------------------------------------------------------------------------- */

typedef struct Rows { int64_t rows, per, size; } Rows;      /* of g; of a unit; elements of a row */

static Rows rows_of(Unit *u, const Node *n) {
    Rows r = { shape_count(n->shape), 0, 1 };
    r.per = r.rows;
    if (n->op == OP_DOT) {
        DotPlan d = dot_plan(u, n);
        r = (Rows){ d.F, PART_ROWS, d.N };
    } else if (n->op == OP_CONV_DW) {
        r.rows = n->shape.dim[0], r.size = shape_count(n->shape) / r.rows, r.per = CONV_ROWS;
    }
    return r;
}

/* The buffer for sums of blocks, as an argument. */
static const char *tree_of(Emit *e, const Node *n) {
    return emit_arg(e, unit_buffer(e->u, (Buffer){ .kind = BUF_LEVEL, .dtype = DT_F32, .node = n->id,
        .what = "sums of blocks", .bytes = 4 * (uint64_t)shape_count(n->shape) }), true);
}

/* The loop over tiles of a piece around what the text of one tile is. */
static void put_tiles(Emit *e, const char *to, const char *tree, long long count, Text *t) {
    text_add(t, "    for (int64_t row = s->from; row < s->end; row += T) {\n"
                "        const int valid = (int)(s->end - row < T ? s->end - row : T);\n");
    text_printf(t, "        float *const g = ebm_sums_at(%s + lo, %s + lo, row / %d, %lld);\n", to, tree,
                BLOCK, count);
    text_printf(t, "        if (row %% %d == 0) memset(g, 0, sizeof(float) * (size_t)size);\n", BLOCK);
    text_indented(t, e->loads.data, 2);
    text_indented(t, e->text.data, 1);
    text_printf(t, "        ebm_sums_done(%s + lo, %s + lo, row + valid, s->batch, %d, %lld, size);\n",
                to, tree, BLOCK, count);
    text_add(t, "    }\n");
}

/* The function of one gradient's units; its arguments are added to the kernel's. Returns units. */
static int64_t put_sum(Output *out, Unit *u, Stage *g, const Node *n, int T, Kernel *k, Text *t) {
    Emit *e = emit_new(out, u, g);
    Rows r = rows_of(u, n);
    long long per = (long long)r.per, all = (long long)r.rows;
    Text body = { 0 };
    e->tiled = e->pieced = true, e->tile = T, e->clock++;
    info_of(u, n)->combined = true;
    const char *to = emit_arg(e, unit_value_buffer(u, n), true);
    if (n->op == OP_DOT) {
        micro_sum_outer(e, n, P(e, "%s + lo", to), P(e, "%s + lo", tree_of(e, n)),
                        (int)(all < per ? all : per));
        text_add(&body, e->text.data);
    } else {
        micro_sum_tile(e, n);
        put_tiles(e, to, tree_of(e, n), (long long)shape_count(n->shape), &body);
    }
    uint64_t bytes = scratch_plan(e, T), micro = e->micro[T == 16 ? 0 : T == 32 ? 1 : 2];
    text_printf(t, "static void sum%d_%d(void *const *buf, const EbmScalars *s, int64_t part, "
                   "void *memory) {\n    enum { T = %s, row_size = %lld };\n", k->id, k->args.n, tile_text(u, T),
                (long long)r.size);
    emit_buffers(e, t);
    assert(e->scratch.n == 0 && bytes == 0);              /* all operands are kept */
    if (micro)
        text_add(t, "    float *const micro = memory;\n");
    if (all > per)
        text_printf(t, "    const int first = (int)part * %lld, rows = %lld - first < %lld ? %lld - first : "
                       "%lld;\n", per, all, per, all, per);
    else
        text_printf(t, "    const int first = 0, rows = %lld;\n", all);
    text_add(t, "    const int64_t lo = (int64_t)first * row_size;\n");
    if (n->op != OP_DOT)
        text_add(t, "    const int64_t size = (int64_t)rows * row_size;\n");
    text_add(t, body.data);
    text_add(t, "}\n\n");
    for (int j = 0; j < e->args.n; j++)
        vec_push(out->a, &k->args, e->args.v[j]);
    k->flops += e->flops;
    if (k->scratch < 4 * micro)
        k->scratch = 4 * micro;
    text_free(&body);
    emit_free(e);
    return (r.rows + r.per - 1) / r.per;
}

void sums_emit(Output *out, Unit *u, Stage *g, const ItemOrder *order, int T) {
    Kernel *k = kernel_new(out, u, true);
    Text t = { 0 }, calls = { 0 };
    int64_t at = 0;
    text_printf(&t, "/* kernel %d: region level %d, %d sums over samples; a unit is a range of one */\n",
                k->id, g->level, order->n);
    for (int j = 0; j < order->n; j++) {
        const Node *n = g->items.v[order->v[j]].node;
        int first = k->args.n;
        int64_t units = put_sum(out, u, g, n, T, k, &t);
        text_printf(&calls, "        %s", j ? "else " : "");
        if (j + 1 < order->n)
            text_printf(&calls, "if (u < %lld) ", (long long)(at + units));
        text_printf(&calls, "sum%d_%d(buf + %d, s, u - %lld, memory);  /* %s */\n", k->id, first, first,
                    (long long)at, shape_text(u->a, n->shape));
        at += units;
    }
    text_printf(&t, "void k%d(void *const *buf, const EbmScalars *s, EbmRange r, void *memory) {\n"
                    "    for (int64_t u = r.begin; u < r.end; u++) {\n%s    }\n}\n", k->id, calls.data);
    k->units = UNITS_FIXED, k->n_units = at, k->tile = T, k->pieced = true;
    k->what = arena_printf(out->a, "%d sums", order->n);
    k->text = arena_printf(out->a, "%s", t.data);
    text_free(&t);
    text_free(&calls);
    step_launch(u, k);
}
