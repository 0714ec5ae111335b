/* cuda_blas.h - the part of NVIDIA's cuBLASLt that a tuned run may use, looked up at run time.
 *
 * It is a candidate of the tuner (cuda_gpu.h) and nothing else: sums in an order of its own, so its
 * bits are no promise. Needs dlopen; no CUDA header. */
#ifndef EBM_RT_CUDA_BLAS_H
#define EBM_RT_CUDA_BLAS_H
#include "cuda_driver.h"
#include <stddef.h>

typedef struct cublasLtContext *BlasHandle;
typedef struct BlasOp_st *BlasOp;
typedef struct BlasMatrix_st *BlasMatrix;
typedef struct BlasWish_st *BlasWish;
typedef struct BlasAlgo { uint64_t data[8]; } BlasAlgo;
typedef struct BlasFound {
    BlasAlgo algo;
    size_t workspace;
    int state;                    /* 0: the algorithm can be used */
    float waves;
    int reserved[4];
} BlasFound;

/* Every entry point: name in the table, symbol, result, arguments. Results: 0 is success. Matrices
 * are column-major. */
#define CUBLASLT_CALLS(X) \
    X(version, "cublasLtGetVersion", size_t, (void)) \
    X(status_name, "cublasLtGetStatusName", const char *, (int status)) \
    X(create, "cublasLtCreate", int, (BlasHandle *handle)) \
    X(destroy, "cublasLtDestroy", int, (BlasHandle handle)) \
    X(op_new, "cublasLtMatmulDescCreate", int, (BlasOp *op, int compute_type, int scale_type)) \
    X(op_set, "cublasLtMatmulDescSetAttribute", int, \
      (BlasOp op, int attribute, const void *value, size_t size)) \
    X(op_free, "cublasLtMatmulDescDestroy", int, (BlasOp op)) \
    X(matrix_new, "cublasLtMatrixLayoutCreate", int, \
      (BlasMatrix *matrix, int type, uint64_t rows, uint64_t columns, int64_t stride)) \
    X(matrix_set, "cublasLtMatrixLayoutSetAttribute", int, \
      (BlasMatrix matrix, int attribute, const void *value, size_t size)) \
    X(matrix_free, "cublasLtMatrixLayoutDestroy", int, (BlasMatrix matrix)) \
    X(wish_new, "cublasLtMatmulPreferenceCreate", int, (BlasWish *wish)) \
    X(wish_set, "cublasLtMatmulPreferenceSetAttribute", int, \
      (BlasWish wish, int attribute, const void *value, size_t size)) \
    X(wish_free, "cublasLtMatmulPreferenceDestroy", int, (BlasWish wish)) \
    X(choose, "cublasLtMatmulAlgoGetHeuristic", int, \
      (BlasHandle handle, BlasOp op, BlasMatrix a, BlasMatrix b, BlasMatrix c, BlasMatrix d, \
       BlasWish wish, int most, BlasFound *found, int *n)) \
    X(multiply, "cublasLtMatmul", int, \
      (BlasHandle handle, BlasOp op, const void *alpha, CuPtr a, BlasMatrix a_layout, CuPtr b, \
       BlasMatrix b_layout, const void *beta, CuPtr c, BlasMatrix c_layout, CuPtr d, \
       BlasMatrix d_layout, const BlasAlgo *algo, CuPtr workspace, size_t size, CuStream stream))

/* Numbers of its interface. */
enum {
    BLAS_F32 = 0, BLAS_TRANSPOSED = 1, BLAS_COMPUTE_F32_PEDANTIC = 69, BLAS_COMPUTE_TF32 = 77,
    BLAS_OP_TRANS_A = 3, BLAS_OP_TRANS_B = 4, BLAS_MATRIX_BATCH = 5, BLAS_MATRIX_STRIDE = 6,
    BLAS_WISH_WORKSPACE = 1, BLAS_WISH_ALIGN_A = 5, BLAS_WISH_ALIGN_D = 8
};

typedef struct Blas {
#define X(name, symbol, result, arguments) result (*name) arguments;
    CUBLASLT_CALLS(X)
#undef X
    char path[512];               /* the name it was opened by */
} Blas;

/* Opens $EBM_CUBLASLT if set, else libcublasLt.so.13 or .12 where nvrtc_load looks; `major_limit`
 * as there. NULL: `why` says what is missing. Loaded once. */
const Blas *blas_load(int major_limit, char *why, size_t size);
/* "13.1.0" */
const char *blas_version(const Blas *b, char out[32]);
#endif
