/* emu_blas.c - libcublasLt.so.13 without a GPU: the entry points that the runtime uses, for batched
 * products of f32 matrices, column by column, a as it is or b transposed.
 *
 * Stricter than the library in what shows mistakes: shapes, strides, alignment and workspace are those
 * that the algorithm was asked for, and all of it is device memory. The work runs when the stream does.
 * Sums go downwards, so their bits differ from those of the program's kernels. */
#include "emu_internal.h"

#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default"))) int
#define FAULT(name) \
    do { int fault_ = emu_fault(name); if (fault_) return fault_; } while (0)
enum { OK, NOT_INITIALIZED = 1, INVALID = 7, NOT_SUPPORTED = 15, F32 = 0, TRANSPOSED = 1, PEDANTIC = 69,
       TF32 = 77, NEEDS = 1 << 20 /* bytes of workspace */ };
typedef unsigned long long Ptr;

typedef struct Handle { EmuEnqueue *enqueue; EmuOnDevice *on_device; } Handle;
typedef struct Op { int compute, trans_a, trans_b; } Op;
typedef struct Matrix { uint64_t rows, columns; int64_t ld, stride; int32_t batch; } Matrix;
typedef struct Wish { size_t workspace; uint32_t aligned[4]; } Wish;
/* What an algorithm was chosen for. */
typedef struct Algo { uint32_t magic, m, n, k, batch, aligned; uint64_t rest[5]; } Algo;
typedef struct Found { Algo algo; size_t workspace; int state; float waves; int reserved[4]; } Found;
_Static_assert(sizeof(Algo) == 64 && sizeof(Found) == 96, "as the library has them");
enum { MAGIC = 0x626c6173 };

__attribute__((visibility("default"))) size_t cublasLtGetVersion(void) { return 130100; }
__attribute__((visibility("default"))) const char *cublasLtGetStatusName(int status) {
    return status == OK ? "CUBLAS_STATUS_SUCCESS" : status == NOT_INITIALIZED ? "CUBLAS_STATUS_NOT_INITIALIZED"
         : status == INVALID ? "CUBLAS_STATUS_INVALID_VALUE"
         : status == NOT_SUPPORTED ? "CUBLAS_STATUS_NOT_SUPPORTED" : "CUBLAS_STATUS_INTERNAL_ERROR";
}
API cublasLtCreate(Handle **handle) {
    FAULT("cublasLtCreate");
    void *driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
    void *enqueue = driver ? dlsym(driver, "emu_enqueue") : NULL;
    void *on_device = driver ? dlsym(driver, "emu_on_device") : NULL;
    if (!enqueue || !on_device) return NOT_INITIALIZED;
    *handle = calloc(1, sizeof **handle);
    memcpy(&(*handle)->enqueue, &enqueue, sizeof enqueue);
    memcpy(&(*handle)->on_device, &on_device, sizeof on_device);
    return OK;
}
static int release(void *object) {
    free(object);
    return object ? OK : INVALID;
}
API cublasLtDestroy(Handle *handle) { FAULT("cublasLtDestroy"); return release(handle); }
API cublasLtMatmulDescDestroy(Op *op) { FAULT("cublasLtMatmulDescDestroy"); return release(op); }
API cublasLtMatrixLayoutDestroy(Matrix *m) { FAULT("cublasLtMatrixLayoutDestroy"); return release(m); }
API cublasLtMatmulPreferenceDestroy(Wish *w) { FAULT("cublasLtMatmulPreferenceDestroy"); return release(w); }

API cublasLtMatmulDescCreate(Op **op, int compute, int scale) {
    FAULT("cublasLtMatmulDescCreate");
    if ((compute != PEDANTIC && compute != TF32) || scale != F32) return NOT_SUPPORTED;
    *op = calloc(1, sizeof **op);
    (*op)->compute = compute;
    return OK;
}
API cublasLtMatmulDescSetAttribute(Op *op, int attribute, const void *value, size_t size) {
    FAULT("cublasLtMatmulDescSetAttribute");
    if ((attribute != 3 && attribute != 4) || size != 4) return INVALID;
    memcpy(attribute == 3 ? &op->trans_a : &op->trans_b, value, 4);
    return OK;
}
API cublasLtMatrixLayoutCreate(Matrix **m, int type, uint64_t rows, uint64_t columns, int64_t ld) {
    FAULT("cublasLtMatrixLayoutCreate");
    if (type != F32 || rows == 0 || columns == 0 || ld < (int64_t)rows) return INVALID;
    *m = calloc(1, sizeof **m);
    **m = (Matrix){ rows, columns, ld, 0, 1 };
    return OK;
}
API cublasLtMatrixLayoutSetAttribute(Matrix *m, int attribute, const void *value, size_t size) {
    FAULT("cublasLtMatrixLayoutSetAttribute");
    if (attribute == 5 && size == 4) memcpy(&m->batch, value, size);
    else if (attribute == 6 && size == 8) memcpy(&m->stride, value, size);
    else return INVALID;
    return OK;
}
API cublasLtMatmulPreferenceCreate(Wish **w) {
    FAULT("cublasLtMatmulPreferenceCreate");
    *w = calloc(1, sizeof **w);
    for (int i = 0; i < 4; i++) (*w)->aligned[i] = 256;
    return OK;
}
API cublasLtMatmulPreferenceSetAttribute(Wish *w, int attribute, const void *value, size_t size) {
    FAULT("cublasLtMatmulPreferenceSetAttribute");
    if (attribute == 1 && size == 8) memcpy(&w->workspace, value, size);
    else if (attribute >= 5 && attribute <= 8 && size == 4) memcpy(&w->aligned[attribute - 5], value, size);
    else return INVALID;
    return OK;
}

/* What the product d = a op(b) wants; false: shapes that do not fit. */
static bool describe(const Op *op, const Matrix *a, const Matrix *b, const Matrix *c, const Matrix *d, Algo *out) {
    *out = (Algo){ .magic = MAGIC, .m = (uint32_t)a->rows, .n = (uint32_t)(op->trans_b ? b->rows : b->columns),
                   .k = (uint32_t)a->columns, .batch = (uint32_t)a->batch };
    return !op->trans_a && (op->trans_b ? b->columns : b->rows) == out->k && d->rows == out->m
        && d->columns == out->n && c->rows == d->rows && c->columns == d->columns && c->ld == d->ld
        && a->batch == b->batch && a->batch == d->batch && a->batch == c->batch
        && (a->batch == 1 || (a->stride >= a->ld * (int64_t)a->columns && b->stride >= b->ld * (int64_t)b->columns
                              && d->stride >= d->ld * (int64_t)d->columns));
}
API cublasLtMatmulAlgoGetHeuristic(Handle *handle, const Op *op, const Matrix *a, const Matrix *b,
                                   const Matrix *c, const Matrix *d, const Wish *w, int most, Found *found,
                                   int *n) {
    FAULT("cublasLtMatmulAlgoGetHeuristic");
    Algo algo;
    if (!handle || most < 1) return INVALID;
    if (!describe(op, a, b, c, d, &algo)) return NOT_SUPPORTED;
    for (int i = 0; i < 4; i++)
        if (w->aligned[i] > algo.aligned) algo.aligned = w->aligned[i];
    *n = w->workspace >= NEEDS;
    if (*n) *found = (Found){ .algo = algo, .workspace = NEEDS, .waves = 1 };
    return OK;
}

typedef struct Product { Matrix a, b, d; const float *pa, *pb; float *pd; uint32_t k; int compute; } Product;
static float operand(float x, int compute) {
    uint32_t bits;
    memcpy(&bits, &x, 4);
    if (compute == TF32) bits = (bits + 0xfff + (bits >> 13 & 1)) & 0xffffe000u;
    memcpy(&x, &bits, 4);
    return x;
}
static void run(const void *argument) {
    const Product *p = argument;
    for (int32_t q = 0; q < p->a.batch; q++)
        for (uint64_t j = 0; j < p->d.columns; j++)
            for (uint64_t i = 0; i < p->d.rows; i++) {
                float sum = 0;
                for (uint32_t k = p->k; k-- > 0;)
                    sum = fmaf(operand(p->pa[q * p->a.stride + (int64_t)k * p->a.ld + (int64_t)i], p->compute),
                               operand(p->pb[q * p->b.stride + (int64_t)k * p->b.ld + (int64_t)j], p->compute),
                               sum);
                p->pd[q * p->d.stride + (int64_t)j * p->d.ld + (int64_t)i] = sum;
            }
}
static size_t bytes_of(const Matrix *m) {
    return 4 * (size_t)((m->batch - 1) * m->stride + m->ld * (int64_t)m->columns);
}
API cublasLtMatmul(Handle *handle, const Op *op, const float *alpha, Ptr a, const Matrix *la, Ptr b,
                   const Matrix *lb, const float *beta, Ptr c, const Matrix *lc, Ptr d, const Matrix *ld,
                   const Algo *algo, Ptr workspace, size_t size, void *stream) {
    FAULT("cublasLtMatmul");
    Algo now;
    if (!op->trans_b || *alpha != 1 || *beta != 0 || c != d) return NOT_SUPPORTED;
    if (!describe(op, la, lb, lc, ld, &now)) return INVALID;
    now.aligned = algo->aligned;
    if (memcmp(&now, algo, sizeof now) != 0 || (a | b | d) % algo->aligned != 0) return INVALID;
    if (size < NEEDS || workspace % 256 != 0 || !handle->on_device(workspace, size)) return INVALID;
    if (!handle->on_device(a, bytes_of(la)) || !handle->on_device(b, bytes_of(lb))
        || !handle->on_device(d, bytes_of(ld)))
        return INVALID;
    handle->enqueue(stream, op->compute == TF32 ? "cublasLtMatmul_tf32" : "cublasLtMatmul", run,
                    &(Product){ *la, *lb, *ld, (const float *)(uintptr_t)a, (const float *)(uintptr_t)b,
                                (float *)(uintptr_t)d, now.k, op->compute }, sizeof(Product));
    return OK;
}
