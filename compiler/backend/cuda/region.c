/* region.c - a region as a CUDA kernel: a CTA computes one unit, all its threads every item.
 *
 *     for each unit of this CTA            a tile of T samples; or, with sums over the batch, a block
 *         start the block sums             of 64, tile by tile
 *         load what other kernels made
 *         items, run-time loops included, with barriers between them (sync.c)
 *         store what other kernels need
 *
 * Promises: the text depends on T in its constants alone; the order of every sum is the C target's,
 * so results depend neither on T nor on the grid. */
#include "backend/cuda/cuda.h"

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
static void choose_tile(Emit *e, const Stage *g) {
    static const int all[] = { 64, 32, 16, 8 };
    int first = g->has_sum ? 0 : 3, asked = e->u->opt->tile;
    for (int k = first; k < 4; k++) {
        cuda_scratch_plan(e, asked ? asked : all[k], CUDA_SHARED);
        if (asked || e->cuda->device == 0)
            return;
    }
}

static void put_unit(Emit *e, Stage *g, Text *t) {
    text_add(t, "    for (int64_t unit = blockIdx.x; unit < a.units; unit += gridDim.x) {\n");
    if (g->has_sum) {
        text_indented(t, e->starts.data, 2);
        text_printf(t, "        const int64_t last = unit * %d + %d;\n"
                       "        const int64_t end = last < s->batch ? last : s->batch;\n"
                       "        for (int64_t row = unit * %d; row < end; row += T) {\n"
                       "            const int valid = (int)(end - row < T ? end - row : T);\n",
                    BLOCK, BLOCK, BLOCK);
    } else {
        text_add(t, "        const int64_t row = unit * T;\n"
                    "        const int valid = (int)(s->batch - row < T ? s->batch - row : T);\n");
    }
    int in = g->has_sum ? 3 : 2;
    text_indented(t, "const int64_t sample0 = s->first_sample + row;\n(void)sample0;\n", in);
    text_indented(t, e->loads.data, in);
    text_indented(t, e->text.data, in - 1);
    text_add(t, g->has_sum ? "        }\n    }\n}\n" : "    }\n}\n");
}

/* Puts the events of starts and loads where their lines will stand. */
static void frame_events(Emit *e, Stage *g) {
    Cuda *c = e->cuda;
    VEC(Event) all = { 0 };
    int first = c->phases++, second = c->phases++;
    Event loop = { .kind = EVENT_LOOP }, end = { .kind = EVENT_END };
    for (int k = 0; k < c->weights.n; k++)
        vec_push(e->a, &all, ((Event){ .kind = EVENT_TOUCH, .scratch = c->weights.v[k].scratch,
                                       .write = true, .map = MAP_ANY }));
    vec_push(e->a, &all, loop);
    vec_push(e->a, &all, ((Event){ .kind = EVENT_PHASE, .phase = first }));
    for (int k = 0; k < c->starts.n; k++)
        vec_push(e->a, &all, c->starts.v[k]);
    if (g->has_sum)
        vec_push(e->a, &all, loop);
    vec_push(e->a, &all, ((Event){ .kind = EVENT_PHASE, .phase = second }));
    for (int k = 0; k < c->loads.n; k++)
        vec_push(e->a, &all, c->loads.v[k]);
    for (int k = 0; k < c->events.n; k++)
        vec_push(e->a, &all, c->events.v[k]);
    if (g->has_sum)
        vec_push(e->a, &all, end);
    vec_push(e->a, &all, end);
    Text t = { 0 };
    text_printf(&t, "@%d\n%s", second, e->loads.data ? e->loads.data : "");
    text_free(&e->loads);
    e->loads = t;
    c->events.v = all.v, c->events.n = all.n;
}

void cuda_kernel_begin(Text *t, const Kernel *k, int n_buf) {
    text_printf(t, "struct k%d_args { const EbmScalars *s; int64_t units; char *scratch; "
                   "void *buf[%d]; };\n", k->id, n_buf ? n_buf : 1);
    text_printf(t, "extern \"C\" __global__ void __launch_bounds__(%d) k%d(const struct k%d_args a) "
                   "{\n", k->threads, k->id, k->id);
}

void cuda_emit_region(Output *out, Unit *u, Stage *g) {
    if (!region_has_work(g))
        return;
    Emit *e = emit_new(out, u, g);
    Cuda cuda = { 0 };
    e->cuda = &cuda, e->stride = "S", e->tiled = true;
    emit_item_list(e, &g->order[0]);
    frame_events(e, g);
    choose_tile(e, g);
    Kernel *k = kernel_new(out, u, true);
    int T = k->tile = cuda.tile, barriers;
    k->threads = choose_threads(u, g);
    k->units = g->has_sum ? UNITS_BLOCKS : UNITS_TILES;
    k->shared = cuda.shared, k->scratch = cuda.device, k->flops = e->flops;
    Text t = { 0 };
    cuda_kernel_begin(&t, k, e->args.n);
    text_printf(&t, "    enum { T = %d, S = %d, THREADS = %d, FS = THREADS / T };\n", T,
                cuda_stride(T), k->threads);
    text_printf(&t, "    extern __shared__ __align__(128) char shared[];\n"
                    "    char *const scratch = a.scratch + blockIdx.x * %lluull;\n"
                    "    const int tid = threadIdx.x, t = tid %% T, f0 = tid / T;\n"
                    "    const EbmScalars scalars = *a.s, *const s = &scalars;\n"
                    "    (void)scratch, (void)shared, (void)t, (void)f0;\n",
                (unsigned long long)k->scratch);
    emit_buffers(e, &t);
    if (cuda.heads.data)
        text_add(&t, cuda.heads.data);
    cuda_scratch_declare(e, &t);
    put_unit(e, g, &t);
    const char *body = cuda_barriers(e, t.data, &barriers);
    Text all = { 0 };
    text_printf(&all, "/* kernel %d: region level %d, tiles of %d samples%s\n", k->id, g->level, T,
                g->has_sum ? ", sums over blocks of 64" : "");
    text_printf(&all, " *   source %s\n", region_places(u, g));
    text_printf(&all, " *   %.0f flops per sample (run-time loops counted once), %d barriers,\n"
                      " *   %llu bytes of shared memory, %llu of device memory per CTA\n",
                k->flops, barriers, (unsigned long long)k->shared, (unsigned long long)k->scratch);
    describe_buffers(e, &all);
    text_printf(&all, " */\n%s", body);
    for (int i = 0; i < e->args.n; i++)
        vec_push(out->a, &k->args, e->args.v[i]);
    k->what = "region";
    k->text = arena_printf(out->a, "%s", all.data);
    text_free(&t);
    text_free(&all);
    text_free(&cuda.heads);
    emit_free(e);
    step_launch(u, k);
}
