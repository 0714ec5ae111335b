/* nest.c - kernels over shared values: optimiser steps, packs, combined sums, initial values.
 *
 * An item becomes a part: a function of a unit (a block of elements). Parts that do not wait for
 * each other run in one launch; equal parts are written once. A part's text does not depend on ids,
 * so that the update of every parameter is one function. */
#include "backend/c/emit.h"
#include "backend/cuda/cuda.h"

#include <string.h>

enum { WORK = 1 << 15 };          /* multiply-adds per unit of a contraction, roughly */

/* One call of a part in a launch. */
typedef struct Call {
    int part;                     /* index in Output.parts */
    VEC(int) args;
    int64_t units, n;
    uint64_t scratch, shared;
    const char *what;
} Call;
typedef VEC(Call) Calls;

static Emit *part_new(Output *out, Unit *u, Stage *g, bool range) {
    Emit *e = emit_new(out, u, g);
    e->range = range;
    if (out->cuda)
        e->cuda = NEW(u->a, Cuda), e->stride = "S";
    return e;
}

/* ---- order of launches ----------------------------------------------------------------------- */

enum { TOKEN_STATE = 1 << 30, TOKEN_CHECK = -2 };
typedef struct Touch { VEC(int64_t) read, write; Arena *a; Unit *u; } Touch;

static void touch_visit(void *ctx, const Node *value, bool same) {
    Touch *t = ctx;
    bool state = value->op == OP_STATE && !t->u->snapshot[value->id];
    vec_push(t->a, &t->read, state ? TOKEN_STATE + value->attr[0] : (int64_t)value->id);
    if (value->op == OP_STATE && !state)      /* the copy itself, or a read of it */
        vec_push(t->a, &t->read, TOKEN_STATE + value->attr[0]);
}

static Touch touched(Unit *u, Stage *g, const Item *it) {
    Touch t = { .a = u->a, .u = u };
    item_reads(u, g, it, touch_visit, &t);
    for (int k = 0; k < it->outs.n; k++) {
        int f = it->outs.v[k].effect;
        vec_push(u->a, &t.write, f >= 0 ? TOKEN_STATE + u->effects[f].stmt->state
                                        : (int64_t)it->outs.v[k].node->id);
        if (f >= 0)
            vec_push(u->a, &t.read, (int64_t)TOKEN_CHECK);
    }
    if (it->kind == ITEM_HEAVY || it->kind == ITEM_COMBINE)
        vec_push(u->a, &t.write, (int64_t)it->node->id);
    if (it->kind == ITEM_ROWS || it->kind == ITEM_COPY) {
        vec_push(u->a, &t.write, TOKEN_STATE + u->effects[it->effect].stmt->state);
        vec_push(u->a, &t.read, (int64_t)TOKEN_CHECK);
    }
    if (it->kind == ITEM_CHECK)
        vec_push(u->a, &t.write, (int64_t)TOKEN_CHECK);
    if (it->kind == ITEM_LOOP) {
        const NodeInfo *i = info_of(u, it->node);
        for (int k = 0; k < i->n_users; k++)
            vec_push(u->a, &t.write, (int64_t)u->users[i->first_user + k]);
    }
    return t;
}

#define OVERLAP(a, b) overlap((a).v, (a).n, (b).v, (b).n)
static bool overlap(const int64_t *a, int n, const int64_t *b, int m) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++)
            if (a[i] == b[j])
                return true;
    return false;
}

/* A sum over a whole shared tensor of several blocks takes two launches. */
static int64_t sum_blocks(const Item *it) {
    if (it->kind != ITEM_HEAVY || it->node->op != OP_REDUCE_SUM || it->node->dtype != DT_F32 ||
        it->node->n_attr != it->node->in[0]->shape.rank)
        return 0;
    return (shape_count(it->node->in[0]->shape) + UNIT_ELEMENTS - 1) / UNIT_ELEMENTS;
}

static int item_span(const Item *it) { return sum_blocks(it) > 1 ? 2 : 1; }

static int assign_depths(Unit *u, Stage *g) {
    int n = g->items.n, deepest = 0;
    Touch *t = NEW_ARRAY(u->a, Touch, n + 1);
    const ItemOrder *o = &g->order[0];
    for (int i = 0; i < o->n; i++) {
        Item *it = &g->items.v[o->v[i]];
        t[i] = touched(u, g, it);
        it->depth = 0;
        for (int j = 0; j < i; j++) {
            const Item *b = &g->items.v[o->v[j]];
            if (it->depth < b->depth + item_span(b) &&
                (OVERLAP(t[j].write, t[i].read) || OVERLAP(t[j].read, t[i].write) ||
                 OVERLAP(t[j].write, t[i].write)))
                it->depth = b->depth + item_span(b);
        }
        if (deepest < it->depth + item_span(it))
            deepest = it->depth + item_span(it);
    }
    return deepest;
}

/* ---- parts ---------------------------------------------------------------------------------- */

/* Turns the text in e into a part and adds a call of it. `chunk`: elements per unit; 0: all. */
static void finish_part(Emit *e, Calls *calls, int64_t n, int64_t chunk, int64_t units,
                        uint64_t scratch, const char *what) {
    Text t = { 0 };
    text_add(&t, "(void *const *buf, const EbmScalars *s, int64_t unit, int64_t n, ");
    text_add(&t, e->cuda ? "char *shared, char *scratch) {\n" : "char *scratch) {\n");
    if (e->cuda)
        cuda_part_begin(e, &t);
    emit_buffers(e, &t);
    if (!e->cuda)
        scratch_declare(e, &t);
    if (e->cuda && !e->cuda->shared && chunk > CUDA_CHUNK)
        chunk = CUDA_CHUNK;
    if (chunk) {
        units = (n + chunk - 1) / chunk;
        text_printf(&t, "    const int64_t lo = unit * %lld, hi = lo + %lld < n ? lo + %lld : n;\n",
                    (long long)chunk, (long long)chunk, (long long)chunk);
    }
    if (e->text.data)
        text_add(&t, e->text.data);
    text_add(&t, "}\n");
    int part = e->out->first_part;
    while (part < e->out->parts.n && strcmp(e->out->parts.v[part], t.data) != 0)
        part++;
    if (part == e->out->parts.n) {
        vec_push(e->out->a, &e->out->parts, arena_printf(e->out->a, "%s", t.data));
        text_printf(&e->out->functions, "%s void part%d%s\n", e->cuda ? "EBM_CALL" : "static",
                    part, t.data);
    }
    text_free(&t);
    Call c = { .part = part, .units = units, .n = n, .scratch = scratch, .what = what,
               .shared = e->cuda ? e->cuda->shared : 0 };
    for (int k = 0; k < e->args.n; k++)
        vec_push(e->a, &c.args, e->args.v[k]);
    vec_push(e->a, calls, c);
    emit_free(e);
}

static void part_cluster(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    if (it->outs.n == 0)
        return;
    Emit *e = part_new(out, u, g, true);
    emit_cluster(e, it);
    finish_part(e, calls, it->count, it->count == 1 ? 0 : UNIT_ELEMENTS, 1, 0, "elementwise");
}

static int64_t work_per_output(const Node *n) {
    int64_t out = shape_count(n->shape), in = 1;
    switch (n->op) {
    case OP_DOT: {
        const int64_t nb = n->attr[0], nc = n->attr[1];
        for (int64_t i = 0; i < nc; i++)
            in *= n->in[0]->shape.dim[n->attr[2 + 2 * nb + i]];
        return in;
    }
    case OP_CONV: case OP_CONV_DX: return shape_count(n->in[1]->shape) / n->in[1]->shape.dim[0];
    case OP_CONV_DW: return shape_count(n->in[1]->shape) / n->in[1]->shape.dim[0];
    case OP_RAND_NORMAL: case OP_RAND_UNIFORM: case OP_RAND_INT: case OP_RAND_PERM:
    case OP_GATHER: return 8;
    case OP_POOL_SUM: case OP_POOL_SUM_T: case OP_MAX_POOL: case OP_POOL_PICK: case OP_POOL_PICK_T:
        return n->attr[0] * n->attr[1];
    default: return 1 + shape_count(n->in[0]->shape) / out;
    }
}

static void part_heavy(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    const Node *n = it->node;
    int64_t count = shape_count(n->shape), chunk = WORK / work_per_output(n) / 4 * 4;
    Emit *e = part_new(out, u, g, true);
    emit_heavy(e, n);
    chunk = chunk < 4 ? 4 : chunk > UNIT_ELEMENTS ? UNIT_ELEMENTS : chunk;
    bool whole = n->op == OP_SCATTER_ADD;
    bool draw = n->op == OP_RAND_NORMAL || n->op == OP_RAND_UNIFORM || n->op == OP_RAND_INT ||
                n->op == OP_RAND_PERM;
    finish_part(e, calls, count, whole || (count == 1 && !draw) ? 0 : chunk, 1, 0,
                op_info[n->op].name);
}

/* Sums of blocks of 4096 elements; one launch later they are combined. */
static void part_block_sums(Output *out, Unit *u, Stage *g, Item *it, int phase, Calls *calls) {
    const Node *n = it->node;
    NodeInfo *i = info_of(u, n);
    int64_t count = shape_count(n->in[0]->shape), blocks = sum_blocks(it);
    Emit *e = part_new(out, u, g, true);
    if (blocks > 1 && i->partial < 0)
        i->partial = unit_buffer(u, (Buffer){ .kind = BUF_SHARED, .dtype = DT_F32, .node = n->id,
                                              .what = "sums of blocks",
                                                      .bytes = (uint64_t)blocks * 4 });
    if (phase == 1) {
        const char *to = place_new(e, n)->name;
        emit_line(e, "%s(%s, %s, n, 1, 0, 1);", e->cuda ? "ebm_cta_combine" : "ebm_combine", to,
                  emit_arg(e, i->partial, false));
        finish_part(e, calls, blocks, 0, 1, 0, "combined sum");
        return;
    }
    const char *to = blocks > 1 ? P(e, "%s[unit]", emit_arg(e, i->partial, true))
                                : P(e, "%s[0]", place_new(e, n)->name);
    block_begin(e, false);
    Val v = emit_value(e, n->in[0], index_flat(n->in[0]->shape, "i"));
    block_line(e, 2, "term[i - lo] = %s;", v.text);
    if (e->cuda)
        emit_line(e, "float *const term = (float *)shared;");
    else
        emit_line(e, "float term[%d];", UNIT_ELEMENTS);
    block_put(e, 0);
    out_open(e, NULL, true);
    block_put(e, 1);
    block_put(e, 2);
    emit_close(e);
    if (e->cuda) {
        e->cuda->shared = UNIT_ELEMENTS * sizeof(float);
        emit_line(e, "__syncthreads();");
        emit_line(e, "ebm_cta_block_sum(&%s, term, hi - lo);", to);
    } else {
        emit_line(e, "%s = ebm_block_sum(term, 0, hi - lo);", to);
    }
    finish_part(e, calls, count, UNIT_ELEMENTS, 1, 0, "sum");
}

static void part_pack(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    Pack *p = &u->packs.v[it->pack];
    const char *as = p->bf16 ? "_bf16" : "";
    const Node *n = p->of;
    Emit *e = part_new(out, u, g, true);
    uint64_t scratch = 0;
    int64_t units = 1;
    if (p->kind != PACK_DENSE) {
        uint64_t floats = pack_conv_floats(n, p->bf16);
        const char *name = P(e, "%s%s", p->kind == PACK_CONV ? "conv" : "conv_dx", as),
            *c = pack_conv_text(e, n);
        p->buffer = unit_buffer(u, (Buffer){ .kind = BUF_SHARED, .dtype = DT_F32,
                                            .node = p->node->id,
                                             .what = "pack", .bytes = 4 * floats });
        const char *to = emit_arg(e, p->buffer, true), *from = place_pointer(e, p->node);
        emit_line(e, "if (ebm_pack_%s_size(%s) > %lluu) __builtin_trap();", name, c,
                  (unsigned long long)floats);
        emit_line(e, "ebm_pack_%s(%s, %s, %s);", name, to, from, c);
        finish_part(e, calls, 1, 0, 1, 0, "pack");
        return;
    }
    DotPlan d = dot_plan(u, n);
    uint64_t floats = e->cuda ? (uint64_t)d.N * (uint64_t)d.K : pack_dense_floats(&d, p->bf16);
    p->buffer = unit_buffer(u, (Buffer){ .kind = BUF_SHARED, .dtype = DT_F32, .node = p->node->id,
                                         .what = "pack", .bytes = 4 * floats });
    const char *to = emit_arg(e, p->buffer, true);
    long long N = d.N, K = d.K, so = d.so, sk = d.sk;
    if (!e->cuda)
        emit_line(e, "if (ebm_pack_dense%s_size(%lld, %lld) > %lluu) __builtin_trap();", as, N, K,
                  (unsigned long long)floats);
    if (!d.strided) {                         /* copied to [N][K] first */
        const char *axis[MAX_RANK];
        const Node *b = n->in[1];
        int64_t rest = d.N;
        for (int i = 0; i < d.nfb; i++) {
            rest /= b->shape.dim[d.fb[i]];
            axis[d.fb[i]] = ix_mod(e, ix_div(e, "o", rest), b->shape.dim[d.fb[i]]);
        }
        rest = d.K;
        for (int i = 0; i < d.nc; i++) {
            rest /= b->shape.dim[d.bc[i]];
            axis[d.bc[i]] = ix_mod(e, ix_div(e, "k", rest), b->shape.dim[d.bc[i]]);
        }
        block_begin(e, false);
        Val v = emit_value(e, b, index_axes(b->shape, axis));
        if (e->cuda) {                        /* on CUDA that copy is all */
            block_line(e, 2, "%s[i] = %s;", to, v.text);
            block_put(e, 0);
            out_open(e, NULL, false);
            emit_line(e, "const int64_t o = i / %lld, k = i %% %lld;", K, K);
            block_put(e, 1);
            block_put(e, 2);
            emit_close(e);
            finish_part(e, calls, (int64_t)floats, UNIT_ELEMENTS, 1, 0, "weights in order");
            return;
        }
        block_line(e, 2, "w[o * %lld + k] = %s;", K, v.text);
        emit_line(e, "float *w = (float *)scratch;");
        block_put(e, 0);
        emit_open(e, "for (int64_t o = 0; o < %lld; o++) {", N);
        emit_open(e, "for (int64_t k = 0; k < %lld; k++) {", K);
        block_put(e, 1);
        block_put(e, 2);
        emit_close(e);
        emit_close(e);
        emit_line(e, "ebm_pack_dense%s(%s, w, %lld, %lld, %lld, 1);", as, to, N, K, K);
        scratch = 4 * (uint64_t)d.N * (uint64_t)d.K;
    } else {
        units = pack_dense_units(&d, p->bf16);
        emit_line(e, "ebm_pack_dense%s_range(%s, %s, %lld, %lld, %lld, %lld, unit, unit + 1);", as,
                  to,
                  place_pointer(e, p->node), N, K, so, sk);
    }
    finish_part(e, calls, 1, 0, units, scratch, "pack");
}

static void part_combine(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    const Node *n = it->node;
    const NodeInfo *i = info_of(u, n);
    Emit *e = part_new(out, u, g, true);
    const char *to = emit_arg(e, unit_value_buffer(u, n), true);
    const char *from = emit_arg(e, i->partial, false);
    int64_t count = shape_count(n->shape);
    bool arg = n->op == OP_ARGMAX || n->op == OP_ARGMIN;
    bool max = n->op == OP_REDUCE_MAX || n->op == OP_REDUCE_MIN;
    emit_line(e, "const int64_t blocks = (s->batch + %d) / %d;", BLOCK - 1, BLOCK);
    if (n->dtype == DT_F32 && !max) {
        emit_line(e, "%s(%s, %s, blocks, n, lo, hi);", e->cuda ? "ebm_cta_combine" : "ebm_combine",
                  to,
                  from);
    } else {
        DType t = u->buffers.v[i->partial].dtype;
        bool up = n->op == OP_REDUCE_MAX || n->op == OP_ARGMAX;
        out_open(e, NULL, false);
        emit_line(e, "%s all = %s[i];", emit_ctype(t), from);
        if (arg)
            emit_line(e, "int32_t at = ((const int32_t *)%s)[n + i];", from);
        emit_open(e, "for (int64_t b = 1; b < blocks; b++) {");
        emit_line(e, "const %s x = %s[b * %s + i];", emit_ctype(t), from, arg ? "2 * n" : "n");
        if (arg) {
            emit_line(e, "const int better = x %s all;", up ? ">" : "<");
            emit_line(e, "all = better ? x : all;");
            emit_line(e, "at = better ? ((const int32_t *)%s)[(2 * b + 1) * n + i] : at;", from);
        } else if (max && t == DT_F32) {
            emit_line(e, "all = %s(all, x);", up ? "ebm_max" : "ebm_min");
        } else if (max) {
            emit_line(e, "all = all %s x ? all : x;", up ? ">" : "<");
        } else {
            emit_line(e, "all = (int32_t)((uint32_t)all + (uint32_t)x);");
        }
        emit_close(e);
        emit_line(e, "%s[i] = %s;", to, arg ? "at" : "all");
        emit_close(e);
    }
    finish_part(e, calls, count, UNIT_ELEMENTS, 1, 0, "combined sum");
}

/* state[index[i]] := value[i], i ascending: the highest sample wins. Negative: not written. */
static void part_rows(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    const DoStmt *f = u->effects[it->effect].stmt;
    const State *st = &u->p->states.v[f->state];
    Emit *e = part_new(out, u, g, true);
    int64_t row = shape_count(st->shape) / st->shape.dim[0];
    const Node *index = base_of(f->index), *value = base_of(f->value);
    const char *to = emit_arg(e, unit_state_buffer(u, f->state), true);
    const char *at = emit_arg(e, unit_value_buffer(u, index), false);
    const char *from = emit_arg(e, unit_value_buffer(u, value), false);
    const char *count = node_batched(index) ? "s->batch" : P(e, "%lld",
                                                             (long long)shape_count(index->shape));
    if (e->cuda) {
        e->cuda->shared = BLOCK * sizeof(int32_t);
        emit_line(e, "ebm_cta_write_rows(%s, %lld, %s, %s, %s, %lld, (int32_t *)shared);", to,
                  (long long)st->shape.dim[0], at, from, count, (long long)row);
        finish_part(e, calls, 1, 0, 1, 0, "rows written");
        return;
    }
    emit_open(e, "for (int64_t i = 0; i < %s; i++) {", count);
    emit_line(e, "const int64_t at = %s[i] >= %lld ? %lld : %s[i];", at,
              (long long)st->shape.dim[0], (long long)st->shape.dim[0] - 1, at);
    emit_line(e, "if (at < 0) continue;");
    emit_line(e, "for (int64_t j = 0; j < %lld; j++) %s[at * %lld + j] = %s[i * %lld + j];",
              (long long)row, to, (long long)row, from, (long long)row);
    emit_close(e);
    finish_part(e, calls, 1, 0, 1, 0, "rows written");
}

/* A run-time loop over shared values: one unit. */
static void part_loop(Output *out, Unit *u, Stage *g, Item *it, Calls *calls) {
    Emit *e = part_new(out, u, g, false);
    ItemOrder one = { 0 };
    const ItemOrder *all = &g->order[0];
    for (int k = 0; k < all->n; k++)
        if (&g->items.v[all->v[k]] == it)
            vec_push(u->a, &one, all->v[k]);
    emit_item_list(e, &one);
    const NodeInfo *i = info_of(u, it->node);
    for (int k = 0; k < i->n_users; k++) {
        const Node *o = u->node[u->users[i->first_user + k]];
        if (o->op != OP_LOOP_OUT)
            continue;
        if (e->cuda) {
            cuda_store_shared(e, o, unit_value_buffer(u, o));
            continue;
        }
        const char *from = place_pointer(e, o), *to = emit_arg(e, unit_value_buffer(u, o), true);
        emit_line(e, "memcpy(%s, %s, sizeof(float) * %lld);", to, from,
                  (long long)shape_count(o->shape));
    }
    uint64_t bytes = e->cuda ? cuda_part_scratch(e) : scratch_plan(e, 1);
    finish_part(e, calls, 1, 0, 1, bytes, "loop");
}

/* ---- launches -------------------------------------------------------------------------------- */

static int calls_args(const Calls *calls) {
    int n = 0;
    for (int i = 0; i < calls->n; i++)
        n += calls->v[i].args.n;
    return n;
}

static uint64_t calls_scratch(const Calls *calls) {
    uint64_t bytes = 0;
    for (int i = 0; i < calls->n; i++)
        bytes = bytes < calls->v[i].scratch ? calls->v[i].scratch : bytes;
    return bytes;
}

static void finish_launch(Output *out, Unit *u, Stage *g, const Calls *calls) {
    if (calls->n == 0)
        return;
    Kernel *k = kernel_new(out, u, false);
    Text t = { 0 };
    int64_t at = 0;
    k->threads = CUDA_THREADS;
    for (int i = 0; i < calls->n; i++)
        if (k->shared < calls->v[i].shared)
            k->shared = calls->v[i].shared;
    text_printf(&t, "/* kernel %d: nest stage %d, %d part%s */\n", k->id, g->level, calls->n,
                calls->n == 1 ? "" : "s");
    if (out->cuda)
        cuda_launch_begin(&t, k, calls_args(calls), calls_scratch(calls));
    else
        text_printf(&t,
                    "void k%d(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {\n"
                    "    for (int64_t u = r.begin; u < r.end; u++) {\n", k->id);
    for (int i = 0; i < calls->n; i++) {
        const Call *c = &calls->v[i];
        text_add(&t, "        ");
        if (i)
            text_add(&t, "else ");
        if (i + 1 < calls->n)
            text_printf(&t, "if (u < %lld) ", (long long)(at + c->units));
        text_printf(&t, "part%d(buf + %d, s, u - %lld, %lld, %sscratch);  /* %s */\n", c->part,
                    k->args.n,
                    (long long)at, (long long)c->n, out->cuda ? "shared, " : "", c->what);
        for (int j = 0; j < c->args.n; j++)
            vec_push(out->a, &k->args, c->args.v[j]);
        at += c->units;
        if (k->scratch < c->scratch)
            k->scratch = c->scratch;
    }
    text_add(&t, "    }\n}\n");
    k->units = UNITS_FIXED, k->n_units = at;
    k->what = arena_printf(out->a, "nest of %d", calls->n);
    k->text = arena_printf(out->a, "%s", t.data);
    text_free(&t);
    step_launch(u, k);
}

static void emit_part(Output *out, Unit *u, Stage *g, Item *it, int phase, Calls *calls) {
    if (it->kind == ITEM_HEAVY && it->outs.n) {   /* its only use is a write */
        int state = u->effects[it->outs.v[0].effect].stmt->state;
        info_of(u, it->node)->buffer = unit_state_buffer(u, state);
    }
    if (sum_blocks(it)) {
        part_block_sums(out, u, g, it, phase, calls);
        return;
    }
    switch (it->kind) {
    case ITEM_CLUSTER: part_cluster(out, u, g, it, calls); break;
    case ITEM_HEAVY: part_heavy(out, u, g, it, calls); break;
    case ITEM_LOOP: part_loop(out, u, g, it, calls); break;
    case ITEM_PACK: part_pack(out, u, g, it, calls); break;
    case ITEM_COMBINE:
        if (!info_of(u, it->node)->combined)
            part_combine(out, u, g, it, calls);
        break;
    case ITEM_ROWS: part_rows(out, u, g, it, calls); break;
    case ITEM_CHECK: case ITEM_COPY: break;
    }
}

void emit_nest(Output *out, Unit *u, Stage *g) {
    int depths = assign_depths(u, g);
    const ItemOrder *o = &g->order[0];
    for (int d = 0; d < depths; d++) {
        Calls calls = { 0 };
        for (int k = 0; k < o->n; k++) {
            Item *it = &g->items.v[o->v[k]];
            if (d >= it->depth && d < it->depth + item_span(it))
                emit_part(out, u, g, it, d - it->depth, &calls);
            if (it->kind == ITEM_CHECK && it->depth == d) {
                const DoStmt *f = u->effects[it->effect].stmt;
                const Node *v = base_of(f->value);
                bool host = info_of(u, v)->host || v->op == OP_CONST;
                int value = host ? -1 : unit_value_buffer(u, v);
                vec_push(u->a, &u->steps, ((Step){ .kind = STEP_CHECK, .stmt = f, .value = value,
                                                   .value2 = -1 }));
            }
            if (it->kind == ITEM_COPY && it->depth == d) {
                const DoStmt *f = u->effects[it->effect].stmt;
                if (out->cuda) {
                    cuda_emit_copy(out, u, unit_value_buffer(u, base_of(f->value)),
                                   unit_state_buffer(u, f->state));
                    continue;
                }
                vec_push(u->a, &u->steps,
                         ((Step){ .kind = STEP_COPY, .value = unit_value_buffer(u,
                                 base_of(f->value)),
                                  .value2 = unit_state_buffer(u, f->state) }));
            }
        }
        finish_launch(out, u, g, &calls);
    }
}
