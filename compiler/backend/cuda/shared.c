/* shared.c - kernels over shared values where they differ from C's: a CTA runs one unit of one
 * part, its threads share the unit's elements.
 *
 * Promises: units of a launch do not depend on each other; a CTA that runs several starts each of
 * them when all its threads are done with the one before, if they use shared memory. */
#include "backend/cuda/cuda.h"

void cuda_part_begin(Emit *e, Text *t) {
    text_printf(t, "    enum { THREADS = %d };\n    const int tid = threadIdx.x;\n", CUDA_THREADS);
    if (e->cuda->heads.data)
        text_add(t, e->cuda->heads.data);
    text_free(&e->cuda->heads);
}

void cuda_launch_begin(Text *t, const Kernel *k, int n_buf, uint64_t scratch) {
    cuda_kernel_begin(t, k, n_buf);
    text_printf(t, "    extern __shared__ __align__(128) char cta_memory[];\n"
                   "    char *const shared = cta_memory;\n"
                   "    char *const scratch = a.scratch + blockIdx.x * %lluull;\n"
                   "    void *const *const buf = a.buf;\n"
                   "    const EbmScalars *const s = a.s;\n"
                   "    for (int64_t u = blockIdx.x; u < a.units; u += gridDim.x) {\n",
                (unsigned long long)scratch);
    if (k->shared)
        text_add(t, "        if (u != blockIdx.x) __syncthreads();\n");
}

void cuda_store_shared(Emit *e, const Node *n, int buffer) {
    const char *to = emit_arg(e, buffer, true);
    long long count = (long long)shape_count(n->shape);
    cuda_phase(e);
    block_begin(e, false);
    Index ix = cuda_loops(e, n->shape, "i");
    const Place *p = place_get(e, base_of(n));
    cuda_touch(e, p, false, ix.flat);
    if (p->kind == PLACE_LOCAL)
        emit_line(e, "if (tid == 0) %s[0] = %s;", to, p->name);
    else
        emit_line(e, "for (int i = tid; i < %lld; i += THREADS) %s[i] = %s[i];", count, to,
                  p->name);
}

uint64_t cuda_part_scratch(Emit *e) {
    Text t = { 0 };
    int n;
    cuda_scratch_plan(e, 8, CUDA_SHARED);
    cuda_scratch_declare(e, &t);
    text_add(&t, cuda_barriers(e, e->text.data ? e->text.data : "", &n));
    text_free(&e->text);
    e->text = t;
    return e->cuda->device;
}

void cuda_emit_copy(Output *out, Unit *u, int from, int to) {
    Kernel *k = kernel_new(out, u, false);
    Text t = { 0 };
    const Buffer *b = &u->buffers.v[from];
    const char *type = emit_ctype(b->dtype);
    k->threads = CUDA_THREADS;
    k->units = UNITS_BLOCKS;
    k->what = "copy";
    vec_push(out->a, &k->args, from);
    vec_push(out->a, &k->args, to);
    text_printf(&t, "/* kernel %d: a copy of rows */\n", k->id);
    cuda_launch_begin(&t, k, 2, 0);
    text_printf(&t, "        const int64_t n = %llu, lo = u * %d * n, all = s->batch * n;\n",
                (unsigned long long)(b->bytes / 4), BLOCK);
    text_printf(&t, "        const int64_t hi = lo + %d * n < all ? lo + %d * n : all;\n", BLOCK,
                BLOCK);
    text_printf(&t, "        for (int64_t i = lo + threadIdx.x; i < hi; i += %d)\n", CUDA_THREADS);
    text_printf(&t, "            ((%s *)buf[1])[i] = ((const %s *)buf[0])[i];\n", type, type);
    text_add(&t, "    }\n}\n");
    k->text = arena_printf(out->a, "%s", t.data);
    text_free(&t);
    step_launch(u, k);
}
