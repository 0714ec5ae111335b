/* grid.c - regions that all CTAs of the device compute together.
 *
 * A CTA for every 8 samples is right while it holds the weights: in registers, in shared memory. Wider
 * layers would be read again by every CTA, in every turn of a loop, and a batch of 128 would fill 16 of
 * over a hundred multiprocessors. So a region of wide layers is one cooperative launch, whose CTAs carry
 * out each item together (runtime/prelude/cuda/ebm_grid.cuh): a contraction tile by tile of outputs and
 * samples, everything else element by element. Values lie in device memory, [feature][sample] of a unit
 * of up to 256 samples, and the barriers of sync.c wait for the whole grid.
 *
 * The rule: weights above HOLDS, for each MANY samples of a batch, or images of 8 samples above a
 * CTA's shared memory and a batch of at most MANY.
 *
 * Promises: results depend neither on the samples of a unit nor on the grid. */
#include "backend/cuda/cuda.h"

enum { HOLDS = 256 * 1024,        /* bytes of weights that a CTA's registers and shared memory hold */
       MANY = 2048,               /* samples whose CTAs of 8 fill a device about twice */
       MOST_SAMPLES = 256, LEAST_SAMPLES = 32, SIDE = 32 /* EBM_SIDE */ };
static const uint64_t most_memory = (uint64_t)256 << 20;    /* of a unit's values */

static bool is_contraction(Unit *u, const Node *n) {
    return node_batched(n) && !info_of(u, n)->sum &&
           (n->op == OP_CONV || n->op == OP_CONV_DX || (n->op == OP_DOT && !node_batched(n->in[1])));
}

bool cuda_is_grid(Unit *u, const Stage *g) {
    bool *counted = NEW_ARRAY(u->a, bool, u->n + 1), any = false, images = false;
    uint64_t weights = 0, widest = 0;
    for (int k = 0; k < g->nodes.n; k++) {
        const Node *n = u->node[g->nodes.v[k]];
        uint64_t count = (uint64_t)shape_count(n->shape);
        if (node_batched(n) && widest < count)
            widest = count;
        if (!is_contraction(u, n))
            continue;
        const Node *w = base_of(n->in[1]);
        any = true, images |= n->op != OP_DOT;
        if (!counted[w->id])
            weights += 4 * (uint64_t)shape_count(w->shape);
        counted[w->id] = true;
    }
    if (u->opt->grid != GRID_AUTO)
        return u->opt->grid == GRID_ON;
    uint64_t tile = widest * 8 * 4, many = 1 + (uint64_t)u->e->batch / (MANY + 1);
    bool heavy = weights > HOLDS * many, large = images && tile > CUDA_SHARED && many == 1;
    if (any && heavy)
        text_printf(u->grids, "%s: level %d is computed by the whole grid: its weights take %llu KiB, "
                    "a CTA holds %d\n", u->name, g->level, (unsigned long long)weights / 1024,
                    HOLDS / 1024);
    else if (any && large)
        text_printf(u->grids, "%s: level %d is computed by the whole grid: a value of 8 samples takes "
                    "%llu KiB, a CTA has %d\n", u->name, g->level, (unsigned long long)tile / 1024,
                    CUDA_SHARED / 1024);
    return any && (heavy || large);
}

const char *cuda_team(const Emit *e) { return e->cuda->grid ? "grid" : "cta"; }
const char *cuda_grid_tail(const Emit *e) { return e->cuda->grid ? ", valid, (float *)shared" : ""; }

/* The rest of the constants, and the names of a thread. */
const char cuda_grid_names[] =
    ", CTA = 256 };\n"
    "    const int THREADS = (int)gridDim.x * CTA, FS = THREADS / T;\n"
    "    const int tid = (int)blockIdx.x * CTA + (int)threadIdx.x, t = tid % T, f0 = tid / T;\n";

void cuda_grid_work(Emit *e, int64_t rows, int64_t pixels) {
    int64_t tiles = round_up(rows, SIDE) / SIDE * pixels;
    if (e->cuda->tiles < tiles)
        e->cuda->tiles = tiles;
}

/* ---- sums ---------------------------------------------------------------------------------------- */

/* Whether n lies in memory row by row, as another kernel has stored it. */
static bool is_rows(const Node *n) {
    const Node *b = base_of(n);
    return b->op != OP_DATA && b->op != OP_STATE && b->dtype == DT_F32 && node_batched(b);
}
/* From where the rows of a block begin. */
static const char *block_rows(Emit *e, const Node *n) {
    return P(e, "%s + row * %lld", emit_arg(e, unit_value_buffer(e->u, base_of(n)), false),
             (long long)shape_count(n->shape));
}

bool cuda_is_product(Unit *u, const Node *n) {
    enum { LEAST = 64 };          /* rows and columns: below, a launch costs more than the sum */
    if (n->op != OP_DOT)
        return false;
    DotPlan d = dot_plan(u, n);
    return d.kind == DOT_OUTER && d.F >= LEAST && d.N >= LEAST && d.F % 4 == 0 && d.N % 4 == 0 &&
           d.F * d.N <= INT32_MAX && is_rows(n->in[0]) && is_rows(n->in[1]);
}

static int place_of(const Kernel *k, int first, int buffer) {
    int i = first;
    while (i < k->args.n && k->args.v[i] != buffer)
        i++;
    assert(i < k->args.n);
    return i;
}

void cuda_product(Output *out, Unit *u, const Node *n, Kernel *k, int first) {
    DotPlan d = dot_plan(u, n);
    vec_push(out->a, &k->products,
             ((Product){ place_of(k, first, info_of(u, n)->partial),
                         place_of(k, first, unit_value_buffer(u, base_of(n->in[0]))),
                         place_of(k, first, unit_value_buffer(u, base_of(n->in[1]))), (int)d.F,
                         (int)d.N }));
}

static int64_t tiles_of(int64_t rows, int64_t columns, int side) {
    return (rows + side - 1) / side * ((columns + side - 1) / side);
}
/* The large tiles where a sum has several of them. */
static int side_of(int64_t rows, int64_t columns) {
    return tiles_of(rows, columns, 2 * SIDE) >= 16 ? 2 * SIDE : SIDE;
}

/* The function of the prelude that computes tiles of the sum, and how many there are; or NULL. */
static const char *sum_function(Emit *e, const Node *n, int64_t *tiles) {
    int64_t rows, columns, groups = 1, all = shape_count(n->shape);
    const Node *a = n->in[0], *b = n->n_in > 1 ? n->in[1] : NULL;
    const char *conv = NULL;
    if (n->op == OP_DOT && dot_plan(e->u, n).kind == DOT_OUTER) {
        rows = dot_plan(e->u, n).F, columns = all / rows;
        if (columns % 4 != 0)
            return NULL;
    } else if (n->op == OP_CONV_DW) {
        long long x_size, y_size;
        conv = conv_of_text(e, n, &x_size, &y_size);
        if (shape_count(a->shape) != x_size)
            return NULL;
        groups = a->shape.dim[a->shape.rank - 3] / n->shape.dim[1];
        rows = n->shape.dim[0] / groups, columns = all / n->shape.dim[0];
    } else {
        return NULL;
    }
    if (!is_rows(a) || !is_rows(b))
        return NULL;
    int side = side_of(rows, columns);
    *tiles = groups * tiles_of(rows, columns, side);
    return conv ? P(e, "ebm_sum_conv<%d, %s>", side, conv)
                : P(e, "ebm_sum_outer<%d, %lld, %lld>", side, (long long)rows, (long long)columns);
}

int cuda_grid_sum(Output *out, Unit *u, Stage *g, const Item *it, int index, Kernel *k, Text *t) {
    const Node *n = it->node;
    int64_t tiles = 0;
    Emit *e = emit_new(out, u, g);
    e->cuda = NEW(u->a, Cuda), e->cuda->part = true, e->stride = "S", e->tiled = true;
    const char *function = sum_function(e, n, &tiles);
    if (function) {
        partial_name(e, n);
        const char *to = emit_arg(e, info_of(u, n)->partial, true);
        const char *a = block_rows(e, n->in[0]), *b = block_rows(e, n->in[1]);
        text_printf(t, "static __device__ void sum%d_%d(void *const *buf, const EbmScalars *s, "
                       "int64_t block, int tile, char *shared) {\n", k->id, index);
        emit_buffers(e, t);
        text_printf(t, "    const int64_t row = block * %d;\n"
                       "    const int valid = (int)(s->batch - row < %d ? s->batch - row : %d);\n"
                       "    %s(%s + block * %lld, %s, %s, tile, valid, (float *)shared);\n}\n", BLOCK,
                    BLOCK, BLOCK, function, to, (long long)shape_count(n->shape), a, b);
        for (int i = 0; i < e->args.n; i++)
            vec_push(out->a, &k->args, e->args.v[i]);
        if (k->shared < CUDA_ROOM && !u->opt->fp32)
            k->shared = CUDA_ROOM;
    }
    emit_free(e);
    return (int)tiles;
}

/* ---- the unit ------------------------------------------------------------------------------------ */

void cuda_grid_plan(Emit *e) {
    int T = e->u->opt->tile ? e->u->opt->tile : LEAST_SAMPLES;
    for (; !e->u->opt->tile && T < MOST_SAMPLES && T < e->u->e->batch; T *= 2) {
        cuda_scratch_plan(e, 2 * T, 0);
        if (e->cuda->device > most_memory)
            break;
    }
    cuda_scratch_plan(e, T, 0);
    e->cuda->shared = e->u->opt->fp32 ? 0 : CUDA_ROOM;
    e->cuda->tiles = (e->cuda->tiles ? e->cuda->tiles : 1) * (round_up(T, SIDE) / SIDE);
    if (e->cuda->tiles > 1 << 20)
        e->cuda->tiles = 1 << 20;
}
