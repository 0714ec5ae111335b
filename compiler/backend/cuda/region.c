/* region.c - a region as CUDA kernels: a CTA computes one unit, all its threads every item.
 *
 *     for each unit of this CTA            a tile of T samples; or, with sums over the batch, a
 *         start the block sums             block of 64, tile by tile
 *         load what other kernels made
 *         items, run-time loops included, with barriers between them (sync.c)
 *         store what other kernels need
 *
 * A region of wide layers is computed by all CTAs together, unit after unit (grid.c).
 * Blocks are few, so a region with contractions and sums becomes two kernels: one over tiles, which
 * stores what the sums read, and one whose units are (block, sum).
 * Promises: the text depends on T in its constants alone; the order of every sum is the C target's,
 * so results depend neither on T nor on the grid. */
#include "backend/cuda/cuda.h"
#include "backend/fuse.h"

#include <stdio.h>
#include <string.h>

/* Threads of a CTA: a warp for every 16 outputs of the widest dense layer, between 4 and 8. */
static int choose_threads(Unit *u, const Stage *g) {
    int64_t widest = 0;
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        int64_t count = shape_count(n->shape);
        if (node_batched(n) && widest < count)
            widest = count;
    }
    return widest > 64 ? 256 : 128;
}

/* Samples of a tile: small ones fill many SMs. A block of 64 samples takes the widest tile whose
 * scratch fits into shared memory. */
static void choose_tile(Emit *e, bool sums) {
    static const int all[] = { 64, 32, 16, 8 };
    int first = sums ? 0 : 3, asked = e->u->opt->tile;
    for (int k = first; k < 4; k++) {
        cuda_scratch_plan(e, asked ? asked : all[k], CUDA_SHARED);
        if (asked || e->cuda->device == 0)
            return;
    }
}

/* One unit: the tile, or the tiles of a block. */
static void put_unit(Emit *e, bool sums, int in, Text *t) {
    Text body = { 0 };
    if (sums) {
        text_indented(t, e->starts.data, in);
        text_printf(&body, "const int64_t last = unit * %d + %d;\n"
                           "const int64_t end = last < s->batch ? last : s->batch;\n"
                           "for (int64_t row = unit * %d; row < end; row += T) {\n"
                           "    const int valid = (int)(end - row < T ? end - row : T);\n",
                    BLOCK, BLOCK, BLOCK);
    } else {
        text_add(&body, "const int64_t row = unit * T;\n"
                        "const int valid = (int)(s->batch - row < T ? s->batch - row : T);\n");
    }
    text_indented(t, body.data, in);
    text_free(&body);
    int deep = sums ? in + 1 : in;
    text_indented(t, "const int64_t sample0 = s->first_sample + row;\n(void)sample0;\n", deep);
    text_indented(t, e->loads.data, deep);
    text_indented(t, e->text.data, deep - 1);
    if (sums)
        text_indented(t, "}\n", in);
}

/* Puts the events and marks of starts and loads where their lines will stand. Between units of a
 * part the kernel that calls it waits. */
static void frame_events(Emit *e, bool sums) {
    Cuda *c = e->cuda;
    bool turns = sums && c->tile < BLOCK;
    VEC(Event) all = { 0 };
    int first = c->phases++, second = c->phases++;
    Event loop = { .kind = EVENT_LOOP }, end = { .kind = EVENT_END };
    for (int k = 0; k < c->weights.n; k++)
        vec_push(e->a, &all, ((Event){ .kind = EVENT_TOUCH, .scratch = c->weights.v[k].scratch,
                                       .write = true, .map = MAP_ANY }));
    if (!c->part)
        vec_push(e->a, &all, loop);
    vec_push(e->a, &all, ((Event){ .kind = EVENT_UNIT }));
    vec_push(e->a, &all, ((Event){ .kind = EVENT_PHASE, .phase = first }));
    for (int k = 0; k < c->starts.n; k++)
        vec_push(e->a, &all, c->starts.v[k]);
    if (turns)
        vec_push(e->a, &all, loop);
    vec_push(e->a, &all, ((Event){ .kind = EVENT_PHASE, .phase = second }));
    for (int k = 0; k < c->loads.n; k++)
        vec_push(e->a, &all, c->loads.v[k]);
    for (int k = 0; k < c->events.n; k++)
        vec_push(e->a, &all, c->events.v[k]);
    if (turns)
        vec_push(e->a, &all, end);
    if (!c->part)
        vec_push(e->a, &all, end);
    Text starts = { 0 }, loads = { 0 };
    text_printf(&starts, "@%d\n%s", first, e->starts.data ? e->starts.data : "");
    text_printf(&loads, "@%d\n%s", second, e->loads.data ? e->loads.data : "");
    text_free(&e->starts);
    text_free(&e->loads);
    e->starts = starts, e->loads = loads;
    c->events.v = all.v, c->events.n = all.n;
}

void cuda_kernel_begin(Text *t, const Kernel *k, int n_buf) {
    text_printf(t, "struct k%d_args { const EbmScalars *s; int64_t units; char *scratch; "
                   "void *buf[%d]; };\n", k->id, n_buf + (n_buf == 0 || k->grid));
    text_printf(t, "extern \"C\" __global__ void __launch_bounds__(%d) k%d(const struct k%d_args a) "
                   "{\n", k->threads, k->id, k->id);
}

static Emit *region_emit_new(Output *out, Unit *u, Stage *g) {
    Emit *e = emit_new(out, u, g);
    e->cuda = NEW(u->a, Cuda), e->stride = "S", e->tiled = true;
    return e;
}

/* Names of the thread, arguments, scratch. */
static void put_names(Emit *e, int threads, Text *t) {
    text_printf(t, "    enum { T = %d, S = %d", e->cuda->tile, cuda_stride(e->cuda, e->cuda->tile));
    if (e->cuda->grid)
        text_add(t, cuda_grid_names);
    else
        text_printf(t, ", THREADS = %d, FS = THREADS / T };\n"
                       "    const int tid = threadIdx.x, t = tid %% T, f0 = tid / T;\n", threads);
    text_add(t, "    (void)scratch, (void)shared, (void)t, (void)f0;\n");
    emit_buffers(e, t);
    if (e->cuda->heads.data)
        text_add(t, e->cuda->heads.data);
    text_free(&e->cuda->heads);
    cuda_scratch_declare(e, t);
}

static const char shared_names[] =
    "    extern __shared__ __align__(128) char cta_memory[];\n"
    "    char *const shared = cta_memory;\n"
    "    char *const scratch = a.scratch%s;\n"
    "    const EbmScalars scalars = *a.s, *const s = &scalars;\n";

static void put_shared_names(Text *t, const Kernel *k) {
    char own[60] = "";
    if (!k->grid)
        snprintf(own, sizeof own, " + blockIdx.x * %lluull", (unsigned long long)k->scratch);
    text_printf(t, shared_names, own);
}

const char cuda_shared_top[] =
    "    enum { FS = THREADS / T };\n"
    "    const int tid = threadIdx.x, t = tid % T, f0 = tid / T;\n"
    "    (void)t, (void)f0;\n";
/* Items of several phases stay where their barriers are; collectives are functions already. */
bool cuda_is_shared(const Emit *e, const char *text) {
    return e->cuda->shares && !strchr(text, '@') && !strstr(text, "ebm_cta_") &&
        !strstr(text, "ebm_call_");
}

/* ---- over tiles, or over blocks ------------------------------------------------------------ */

/* Returns whether a whole grid computes it. */
static bool emit_tiles(Output *out, Unit *u, Stage *g, const ItemOrder *order, bool sums) {
    enum { LONG = 100 };          /* items */
    Emit *e = region_emit_new(out, u, g);
    Cuda *c = e->cuda;
    int first = share_count(out);
    c->grid = !sums && cuda_is_grid(u, g);
    c->lean = g->items.n > LONG;
    c->shares = c->lean && !c->grid;
    out->lean_grid |= c->lean && c->grid;
    emit_item_list(e, order);
    share_split(out, first);
    if (c->grid)
        cuda_grid_plan(e);
    else
        choose_tile(e, sums);
    frame_events(e, sums);
    Kernel *k = kernel_new(out, u, true);
    int barriers;
    k->tile = c->tile;
    k->threads = c->grid ? CUDA_THREADS : choose_threads(u, g);
    k->grid = c->grid ? (int)c->tiles : 0;
    k->units = sums ? UNITS_BLOCKS : UNITS_TILES, k->n_units = 1;
    k->shared = c->shared, k->scratch = c->device, k->flops = e->flops;
    Text t = { 0 }, all = { 0 };
    cuda_kernel_begin(&t, k, e->args.n);
    put_shared_names(&t, k);
    if (c->grid)
        text_printf(&t, "    unsigned *const barrier = (unsigned *)a.buf[%d];\n", e->args.n);
    put_names(e, k->threads, &t);
    text_add(&t, c->grid ? "    for (int64_t unit = 0; unit < a.units; unit++) {\n"
                         : "    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n");
    put_unit(e, sums, 2, &t);
    text_add(&t, "    }\n}\n");
    const char *body = cuda_barriers(e, t.data, &barriers);
    text_printf(&all, "/* kernel %d: region level %d, %s of %d samples%s\n", k->id, g->level,
                c->grid ? "all CTAs together, units" : "tiles", k->tile,
                sums ? ", sums over blocks of 64" : "");
    text_printf(&all, " *   source %s\n", region_places(u, g));
    text_printf(&all, " *   %.0f flops per sample (run-time loops counted once), %d barriers,\n"
                      " *   %llu bytes of shared memory, %llu of device memory per %s\n", k->flops,
                barriers, (unsigned long long)k->shared, (unsigned long long)k->scratch,
                c->grid ? "grid" : "CTA");
    describe_buffers(e, &all);
    text_printf(&all, " */\n%s", body);
    for (int i = 0; i < e->args.n; i++)
        vec_push(out->a, &k->args, e->args.v[i]);
    k->what = c->grid ? "region, whole grid" : "region";
    k->text = arena_printf(out->a, "%s", all.data);
    text_free(&t);
    text_free(&all);
    emit_free(e);
    step_launch(u, k);
    return c->grid;
}

/* ---- sums of their own --------------------------------------------------------------------- */

static bool is_sum(Unit *u, const Item *it) {
    return it->kind == ITEM_HEAVY && info_of(u, it->node)->sum;
}

/* Whether the region computes enough for its sums to be worth a kernel. */
static bool is_split(Unit *u, const Stage *g) {
    bool works = false;
    for (int k = 0; k < g->items.n; k++) {
        const Item *it = &g->items.v[k];
        works |= it->kind == ITEM_LOOP || (it->kind == ITEM_HEAVY && node_batched(it->node) &&
                 (it->node->op == OP_DOT || info_of(u, it->node)->absorbs >= 0 ||
                  it->node->op == OP_CONV || it->node->op == OP_CONV_DX));
    }
    return works && g->has_sum;
}

typedef struct Export { Unit *u; Stage *g; } Export;
static void export_visit(void *ctx, const Node *value, bool same) {
    Export *x = ctx;
    (void)same;
    if (item_producer(x->u, x->g, value) >= 0 && value->op != OP_DATA && value->op != OP_STATE)
        info_of(x->u, value)->exported = true;
}

typedef VEC(const char *) Sums;
/* The text with names like v123, p7_0 numbered in the order in which they appear: what differs in
 * such names alone becomes equal. */
static const char *renumbered(Arena *a, const char *text) {
    VEC(const char *) names = { 0 };
    Text t = { 0 };
    for (const char *s = text; *s;) {
        size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");
        bool local = n > 1 && strchr("vpxnm", s[0]) && s[1] >= '0' && s[1] <= '9';
        int k = 0;
        while (local && k < names.n && (strncmp(names.v[k], s, n) != 0 || names.v[k][n]))
            k++;
        if (local && k == names.n)
            vec_push(a, &names, arena_printf(a, "%.*s", (int)n, s));
        n += !n;
        if (local)
            text_printf(&t, "%c%d", s[0], k);
        else
            text_add_n(&t, s, n);
        s += n;
    }
    const char *r = arena_printf(a, "%s", t.data);
    text_free(&t);
    return r;
}

/* The function of one sum, the same for equal ones; its arguments are added to the kernel's. */
static int put_sum(Output *out, Unit *u, Stage *g, const Item *it, Sums *sums, Kernel *k, Text *t) {
    Emit *e = region_emit_new(out, u, g);
    Text body = { 0 };
    int barriers, index = 0;
    e->cuda->part = true;
    e->clock++;
    cuda_phase(e);
    emit_item(e, it);
    choose_tile(e, true);
    frame_events(e, true);
    put_names(e, k->threads, &body);
    put_unit(e, true, 1, &body);
    const char *text = renumbered(out->a, cuda_barriers(e, body.data, &barriers));
    while (index < sums->n && strcmp(sums->v[index], text) != 0)
        index++;
    if (index == sums->n) {
        vec_push(out->a, sums, text);
        text_printf(t, "EBM_CALL void sum%d_%d(void *const *buf, const EbmScalars *s, int64_t unit, "
                       "char *shared, char *scratch) {\n%s}\n", k->id, index, text);
    }
    k->shared = k->shared < e->cuda->shared ? e->cuda->shared : k->shared;
    k->scratch = k->scratch < e->cuda->device ? e->cuda->device : k->scratch;
    k->flops += e->flops;
    for (int i = 0; i < e->args.n; i++)
        vec_push(out->a, &k->args, e->args.v[i]);
    text_free(&body);
    emit_free(e);
    return index;
}

/* `grid`: of a region that a whole grid computes, where a unit is one tile of a sum if it can be. */
static void emit_sums(Output *out, Unit *u, Stage *g, bool grid) {
    const ItemOrder *o = &g->order[0];
    Kernel *k = kernel_new(out, u, true);
    Text t = { 0 }, calls = { 0 };
    Sums sums = { 0 };
    int n = 0, all = 0;
    VEC(int) order = { 0 };       /* what a library may take comes last, so that it can be left out */
    for (int late = 0; late < 2; late++)
        for (int i = 0; i < o->n; i++) {
            const Item *it = &g->items.v[o->v[i]];
            if (is_sum(u, it) && cuda_is_product(u, it->node) == late)
                vec_push(u->a, &order, i);
        }
    k->threads = CUDA_THREADS;
    text_printf(&t, "/* kernel %d: region level %d, sums over blocks of 64; a unit is one sum of a "
                    "block%s */\n", k->id, g->level, grid ? ", or a tile of one" : "");
    for (int j = 0; j < order.n; j++) {
        const int i = order.v[j];
        const Item *it = &g->items.v[o->v[i]];
        const int first = k->args.n, apart = o->n + i;        /* numbers of functions */
        const int tiles = grid ? cuda_grid_sum(out, u, g, it, apart, k, &t) : 0;
        const int sum = tiles ? apart : put_sum(out, u, g, it, &sums, k, &t);
        text_printf(&calls, "        %sif (which < %d) sum%d_%d(a.buf + %d, s, block, ", n ? "else " : "",
                    n + (tiles ? tiles : 1), k->id, sum, first);
        if (tiles)
            text_printf(&calls, "which - %d, shared);\n", n);
        else
            text_add(&calls, "shared, scratch);\n");
        if (cuda_is_product(u, it->node)) {
            k->rest = k->products.n ? k->rest : n;
            cuda_product(out, u, it->node, k, first);
        }
        n += tiles ? tiles : 1, all++;
    }
    cuda_kernel_begin(&t, k, k->args.n);
    put_shared_names(&t, k);
    if (k->products.n)
        text_printf(&t, "    const int n = (int)(a.units / ((s->batch + %d) / %d));    /* %d or %d */\n",
                    BLOCK - 1, BLOCK, n, k->rest);
    else
        text_printf(&t, "    enum { n = %d };\n", n);
    text_printf(&t, "    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n"
                    "        const int64_t block = unit / n;\n"
                    "        const int which = (int)(unit %% n);\n"
                    "        if (unit != blockIdx.x) __syncthreads();\n"    /* frame_events counts on it */
                    "%s    }\n}\n", calls.data);
    k->units = UNITS_BLOCKS, k->n_units = n;
    k->what = arena_printf(out->a, "%d sums", all);
    k->text = arena_printf(out->a, "%s", t.data);
    text_free(&t);
    text_free(&calls);
    step_launch(u, k);
}

void cuda_emit_region(Output *out, Unit *u, Stage *g) {
    ItemOrder rest = { 0 };
    const ItemOrder *o = &g->order[0];
    if (!region_has_work(g))
        return;
    if (!is_split(u, g)) {
        emit_tiles(out, u, g, o, g->has_sum);
        return;
    }
    Export x = { u, g };
    for (int k = 0; k < o->n; k++) {
        const Item *it = &g->items.v[o->v[k]];
        if (is_sum(u, it))
            item_reads(u, g, it, export_visit, &x);
        else
            vec_push(u->a, &rest, o->v[k]);
    }
    bool grid = emit_tiles(out, u, g, &rest, false);
    emit_sums(out, u, g, grid);
}
