/* cuda_products.c - sums over the batch by cuBLASLt; see cuda_gpu.h.
 *
 * A sum (EbmCudaProduct) keeps what the kernels around it see: the sum of each block of 64 samples,
 * in the kernel's buffer. So it is one batched product over the whole blocks, and one more for a
 * last block that is not whole. Row-major to = a^T b is, column by column, b times a transposed.
 * All that a call needs is made before, so that calls can be captured. */
#include "cuda_blas.h"
#include "cuda_gpu.h"
#include "memory.h"
#include <stdio.h>
#include <string.h>

enum { MOST_PLANS = 64, WORKSPACE = 32 << 20 /* what NVIDIA advises for sm_90 */, ALIGNED = 16 };
/* A prepared product: `count` blocks of `samples`. */
typedef struct Plan {
    int64_t rows, columns, samples, count;
    BlasMatrix a, b, to;
    BlasAlgo algo;
    size_t workspace;
} Plan;
struct Products {
    const Blas *blas;
    BlasHandle handle;
    BlasOp op;                    /* the same for all */
    BlasWish wish;
    void *workspace;
    Plan plan[MOST_PLANS];
    int n;
};

/* False, and why the library cannot be used. */
static bool refuse(const Blas *b, int status, const char *what, char *why, size_t size) {
    snprintf(why, size, "%s: %s", what, b->status_name(status));
    return false;
}

bool products_open(Gpu *g, char *why, size_t size) {
    const Blas *b = blas_load(g->driver_version / 1000, why, size);
    if (!b) return false;
    Status st = { 0 };
    Products *p = mem_alloc(sizeof *p, "cuBLASLt", &st);
    if (!p) {
        snprintf(why, size, "%s", st.text);
        return false;
    }
    *p = (Products){ .blas = b };
    g->products = p;
    const bool tf32 = strcmp(g->cuda->precision, "fp32") != 0;
    const int transposed = BLAS_TRANSPOSED;
    const size_t workspace = WORKSPACE;
    const uint32_t aligned = ALIGNED;
    int r = b->create(&p->handle);
    if (r == 0)
        r = b->op_new(&p->op, tf32 ? BLAS_COMPUTE_TF32 : BLAS_COMPUTE_F32_PEDANTIC, BLAS_F32);
    if (r == 0) r = b->op_set(p->op, BLAS_OP_TRANS_B, &transposed, sizeof transposed);
    if (r == 0) r = b->wish_new(&p->wish);
    if (r == 0) r = b->wish_set(p->wish, BLAS_WISH_WORKSPACE, &workspace, sizeof workspace);
    for (int at = BLAS_WISH_ALIGN_A; r == 0 && at <= BLAS_WISH_ALIGN_D; at++)
        r = b->wish_set(p->wish, at, &aligned, sizeof aligned);
    if (r != 0) refuse(b, r, "cuBLASLt does not start", why, size);
    else if (!(p->workspace = gpu_alloc(g, WORKSPACE, "cuBLASLt", &st)))
        snprintf(why, size, "%s", st.text);
    if (p->workspace) return true;
    products_close(g);
    return false;
}

const char *products_version(const Gpu *g, char out[32]) {
    if (g->products) return blas_version(g->products->blas, out);
    snprintf(out, 32, "none");
    return out;
}

static void plan_free(const Blas *b, Plan *p) {
    if (p->a) b->matrix_free(p->a);
    if (p->b) b->matrix_free(p->b);
    if (p->to) b->matrix_free(p->to);
}

void products_close(Gpu *g) {
    Products *p = g->products;
    if (!p) return;
    for (int i = 0; i < p->n; i++) plan_free(p->blas, &p->plan[i]);
    if (p->wish) p->blas->wish_free(p->wish);
    if (p->op) p->blas->op_free(p->op);
    if (p->handle) p->blas->destroy(p->handle);
    gpu_free(g, p->workspace);
    mem_free(p);
    g->products = NULL;
}

static int matrix_new(const Blas *b, BlasMatrix *m, int64_t rows, int64_t columns, int64_t count) {
    const int32_t batch = (int32_t)count;
    const int64_t stride = rows * columns;
    int r = b->matrix_new(m, BLAS_F32, (uint64_t)rows, (uint64_t)columns, rows);
    if (r == 0) r = b->matrix_set(*m, BLAS_MATRIX_BATCH, &batch, sizeof batch);
    return r ? r : b->matrix_set(*m, BLAS_MATRIX_STRIDE, &stride, sizeof stride);
}

static int find_plan(const Products *p, const EbmCudaProduct *of, int64_t samples, int64_t count) {
    for (int i = 0; i < p->n; i++) {
        const Plan *q = &p->plan[i];
        if (q->rows == of->rows && q->columns == of->columns && q->samples == samples &&
            q->count == count)
            return i;
    }
    return -1;
}

/* A plan for `count` blocks of `samples`, made if it is new. */
static bool need_plan(Products *p, const EbmCudaProduct *of, int64_t samples, int64_t count,
                      char *why, size_t size) {
    const Blas *b = p->blas;
    if (count == 0 || samples == 0 || find_plan(p, of, samples, count) >= 0) return true;
    if (p->n == MOST_PLANS) {
        snprintf(why, size, "more than %d shapes of products", MOST_PLANS);
        return false;
    }
    Plan q = { .rows = of->rows, .columns = of->columns, .samples = samples, .count = count };
    BlasFound found = { 0 };
    int n = 0, r = matrix_new(b, &q.a, of->rows, samples, count);
    if (r == 0) r = matrix_new(b, &q.b, of->columns, samples, count);
    if (r == 0) r = matrix_new(b, &q.to, of->columns, of->rows, count);
    if (r == 0) r = b->choose(p->handle, p->op, q.b, q.a, q.to, q.to, p->wish, 1, &found, &n);
    if (r == 0 && n > 0) r = found.state;
    if (r == 0 && n > 0 && found.workspace <= WORKSPACE) {
        q.algo = found.algo;
        q.workspace = found.workspace;
        p->plan[p->n++] = q;
        return true;
    }
    plan_free(b, &q);
    if (r != 0) return refuse(b, r, "no algorithm", why, size);
    snprintf(why, size, "no algorithm");
    return false;
}

bool products_prepare(Gpu *g, int kernel, int64_t batch, char *why, size_t size) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    for (int i = 0; i < k->n_products; i++)
        if (!need_plan(g->products, &k->products[i], EBM_BLOCK, batch / EBM_BLOCK, why, size)
            || !need_plan(g->products, &k->products[i], batch % EBM_BLOCK, 1, why, size))
            return false;
    return true;
}

bool products_launch(Gpu *g, int kernel, void *const *buf, int64_t batch, Status *st) {
    const EbmCudaKernel *k = &g->cuda->kernels[kernel];
    const int64_t whole = batch / EBM_BLOCK, rest = batch % EBM_BLOCK;
    for (int i = 0; i < k->n_products; i++) {
        const EbmCudaProduct *p = &k->products[i];
        const float *a = buf[p->a], *b = buf[p->b], *to = buf[p->to];
        int64_t first = whole * EBM_BLOCK, sum = (int64_t)p->rows * p->columns;
        if (whole > 0
            && !work_product(g, find_plan(g->products, p, EBM_BLOCK, whole), to, a, b, st))
            return false;
        if (rest > 0 && !work_product(g, find_plan(g->products, p, rest, 1), to + whole * sum,
                                      a + first * p->rows, b + first * p->columns, st))
            return false;
    }
    return true;
}

bool products_multiply(Gpu *g, int plan, CuPtr to, CuPtr a, CuPtr b, Status *st) {
    static const float one = 1, zero = 0;
    const Products *p = g->products;
    const Plan *q = &p->plan[plan];
    int r = p->blas->multiply(p->handle, p->op, &one, b, q->b, a, q->a, &zero, to, q->to, to, q->to,
                              &q->algo, (CuPtr)(uintptr_t)p->workspace, q->workspace, g->stream);
    return r == 0 || status_fail(st, RT_TOOL, "GPU: cuBLASLt cannot multiply: %s; without "
                                 "--tune=library the program's own kernel sums",
                                 p->blas->status_name(r));
}
