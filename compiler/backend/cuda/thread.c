/* thread.c - loops over a value's elements by the threads of a CTA, and where its scratch lies. */
#include "backend/cuda/cuda.h"

#include <string.h>

/* ---- loops ---------------------------------------------------------------------------------- */

Index cuda_loops(Emit *e, Shape example, const char *name) {
    e->own = shape_count(example) == 1 ? "0" : P(e, "%s", name);
    return index_flat(example, e->own);
}

void cuda_open(Emit *e, const Index *ix) {
    long long count = (long long)shape_count(ix->shape);
    const char *i = ix->flat;
    if (count == 1)
        emit_open(e, e->lanes ? "if (f0 == 0) {" : "if (tid == 0) {");
    else
        emit_open(e, "%sfor (int %s = %s; %s < %lld; %s += %s) {", e->cuda->lean ? "EBM_LEAN " : "",
                  i, e->lanes ? "f0" : "tid", i, count, i, e->lanes ? "FS" : "THREADS");
}

const char *cuda_slot(Emit *e, const Node *n, int slot) {
    bool real = n->dtype == DT_F32;
    int key = real ? slot : -1 - slot, k = 0;
    const char *name = P(e, "%s%d", real ? "sf" : "si", slot);
    while (k < e->cuda->slots.n && e->cuda->slots.v[k] != key)
        k++;
    if (k < e->cuda->slots.n)
        return name;
    vec_push(e->a, &e->cuda->slots, key);
    share_name(e, name, real ? "float" : "int32_t");
    if (real)
        text_printf(&e->cuda->heads, "    const float %s = s->f[%d];\n", name, slot);
    else
        text_printf(&e->cuda->heads, "    const int32_t %s = (int32_t)s->i[%d];\n", name, slot);
    return name;
}

/* ---- scratch -------------------------------------------------------------------------------- */

enum { BANKS = 32 };

int cuda_stride(const Cuda *c, int T) { return c->grid || T == 8 ? T : T + 8; }

static uint64_t chunk_bytes(const Scratch *s, int S) {
    return (uint64_t)round_up((int64_t)(s->floats * (s->tile ? (uint64_t)S : 1) * 4), 4 * BANKS);
}

/* The lowest place of chunk k among those of its memory that live at the same time. */
static uint64_t first_fit(Emit *e, int k, bool device, int S) {
    const Scratch *s = &e->scratch.v[k];
    uint64_t size = chunk_bytes(s, S), at = 0;
    for (bool moved = true; moved;) {
        moved = false;
        for (int j = 0; j < k; j++) {
            const Scratch *o = &e->scratch.v[j];
            uint64_t end = o->offset + chunk_bytes(o, S);
            bool together = !o->weights && o->device == device && o->last >= s->first &&
                s->last >= o->first;
            if (together && o->offset < at + size && at < end) {
                at = end;
                moved = true;
            }
        }
    }
    return at;
}

void cuda_scratch_plan(Emit *e, int T, uint64_t limit) {
    int S = cuda_stride(e->cuda, T);
    e->cuda->tile = T, e->cuda->shared = e->cuda->device = 0;
    for (int k = 0; k < e->scratch.n; k++) {
        Scratch *s = &e->scratch.v[k];
        if (s->weights)
            continue;
        s->device = false;
        s->offset = first_fit(e, k, false, S);
        if (s->offset + chunk_bytes(s, S) > limit) {
            s->device = true;
            s->offset = first_fit(e, k, true, S);
        }
        uint64_t end = s->offset + chunk_bytes(s, S);
        uint64_t *all = s->device ? &e->cuda->device : &e->cuda->shared;
        *all = *all < end ? end : *all;
    }
    for (int k = 0; k < e->cuda->weights.n; k++) {    /* behind all that */
        Scratch *s = &e->scratch.v[e->cuda->weights.v[k].scratch];
        s->offset = e->cuda->shared;
        s->device = s->offset + chunk_bytes(s, S) > limit;
        if (!s->device)
            e->cuda->shared += chunk_bytes(s, S);
    }
}

/* Each matrix of weights w<k> with its row stride LD<k>. */
static void declare_weights(Emit *e, Text *out) {
    for (int k = 0; k < e->cuda->weights.n; k++) {
        const Weights *w = &e->cuda->weights.v[k];
        const Scratch *s = &e->scratch.v[w->scratch];
        long long rows = w->rows, cols = w->cols;
        if (s->device)
            text_printf(out, "    enum { LD%d = %lld };\n    const float *const w%d = %s;\n", k,
                        cols, k,
                        w->from);
        else
            text_printf(out, "    enum { LD%d = EBM_STAGE_LD(%lld) };\n"
                             "    float *const w%d = (float *)(shared + %llu);    /* "
                             "[%lld][LD] */\n"
                             "    ebm_cta_stage(w%d, %s, %lld, %lld);\n", k, cols, k,
                        (unsigned long long)s->offset, rows, k, w->from, rows, cols);
    }
}

void cuda_scratch_declare(Emit *e, Text *out) {
    for (int k = 0; k < e->scratch.n; k++) {
        const Scratch *s = &e->scratch.v[k];
        const char *t = emit_ctype(s->dtype);
        if (s->weights)
            continue;
        text_printf(out, "    %s *const %s = (%s *)(%s + %llu);    /* [%llu]%s */\n", t, s->name, t,
                    s->device ? "scratch" : "shared", (unsigned long long)s->offset,
                    (unsigned long long)s->floats, s->tile ? "[S]" : "");
    }
    declare_weights(e, out);
}
