/* cuda_driver.h - the part of NVIDIA's driver that a run uses, looked up in libcuda.so.1 at run
 * time.
 *
 * Nothing of CUDA is needed to build: the few types and numbers stand here. Needs dlopen. Promises:
 * cuda_driver_load fills every entry of the table or says what is missing; nothing else in the
 * program opens the driver. */
#ifndef EBM_RT_CUDA_DRIVER_H
#define EBM_RT_CUDA_DRIVER_H
#include "status.h"

typedef int CuResult;                    /* 0: success */
typedef int CuDevice;
typedef unsigned long long CuPtr;        /* an address in device memory */
typedef struct CUctx_st *CuContext;
typedef struct CUstream_st *CuStream;
typedef struct CUmod_st *CuModule;
typedef struct CUfunc_st *CuFunction;
typedef struct CUevent_st *CuEvent;
typedef struct CUgraph_st *CuGraph;
typedef struct CUgraphExec_st *CuGraphExec;

/* Every entry point: name in the table, symbol in the library, arguments. All return CuResult. */
#define CUDA_DRIVER_CALLS(X) \
    X(init, "cuInit", (unsigned flags)) \
    X(version, "cuDriverGetVersion", (int *version)) \
    X(error_name, "cuGetErrorName", (CuResult result, const char **name)) \
    X(error_text, "cuGetErrorString", (CuResult result, const char **text)) \
    X(device_count, "cuDeviceGetCount", (int *count)) \
    X(device_get, "cuDeviceGet", (CuDevice *device, int ordinal)) \
    X(device_name, "cuDeviceGetName", (char *name, int size, CuDevice device)) \
    X(device_attribute, "cuDeviceGetAttribute", (int *value, int attribute, CuDevice device)) \
    X(device_memory, "cuDeviceTotalMem_v2", (size_t *bytes, CuDevice device)) \
    X(context_retain, "cuDevicePrimaryCtxRetain", (CuContext *context, CuDevice device)) \
    X(context_release, "cuDevicePrimaryCtxRelease_v2", (CuDevice device)) \
    X(context_set, "cuCtxSetCurrent", (CuContext context)) \
    X(memory_info, "cuMemGetInfo_v2", (size_t *left, size_t *total)) \
    X(alloc, "cuMemAlloc_v2", (CuPtr *at, size_t bytes)) \
    X(free, "cuMemFree_v2", (CuPtr at)) \
    X(alloc_host, "cuMemAllocHost_v2", (void **at, size_t bytes)) \
    X(free_host, "cuMemFreeHost", (void *at)) \
    X(upload, "cuMemcpyHtoDAsync_v2", (CuPtr to, const void *from, size_t bytes, CuStream stream)) \
    X(download, "cuMemcpyDtoHAsync_v2", (void *to, CuPtr from, size_t bytes, CuStream stream)) \
    X(copy, "cuMemcpyDtoDAsync_v2", (CuPtr to, CuPtr from, size_t bytes, CuStream stream)) \
    X(stream_new, "cuStreamCreate", (CuStream *stream, unsigned flags)) \
    X(stream_wait, "cuStreamSynchronize", (CuStream stream)) \
    X(stream_free, "cuStreamDestroy_v2", (CuStream stream)) \
    X(event_new, "cuEventCreate", (CuEvent *event, unsigned flags)) \
    X(event_record, "cuEventRecord", (CuEvent event, CuStream stream)) \
    X(event_elapsed, "cuEventElapsedTime", (float *milliseconds, CuEvent from, CuEvent to)) \
    X(event_free, "cuEventDestroy_v2", (CuEvent event)) \
    X(module_load, "cuModuleLoadData", (CuModule *module, const void *image)) \
    X(module_free, "cuModuleUnload", (CuModule module)) \
    X(module_function, "cuModuleGetFunction", (CuFunction *f, CuModule module, const char *name)) \
    X(function_set, "cuFuncSetAttribute", (CuFunction f, int attribute, int value)) \
    X(function_get, "cuFuncGetAttribute", (int *value, int attribute, CuFunction f)) \
    X(occupancy, "cuOccupancyMaxActiveBlocksPerMultiprocessor", \
      (int *ctas, CuFunction f, int threads, size_t shared)) \
    X(launch, "cuLaunchKernel", \
      (CuFunction f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, \
       unsigned block_y, unsigned block_z, unsigned shared, CuStream stream, void **arguments, \
       void **extra)) \
    X(launch_together, "cuLaunchCooperativeKernel", \
      (CuFunction f, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, \
       unsigned block_y, unsigned block_z, unsigned shared, CuStream stream, void **arguments)) \
    X(capture_begin, "cuStreamBeginCapture_v2", (CuStream stream, int mode)) \
    X(capture_end, "cuStreamEndCapture", (CuStream stream, CuGraph *graph)) \
    X(graph_make, "cuGraphInstantiateWithFlags", \
      (CuGraphExec *exec, CuGraph graph, unsigned long long flags)) \
    X(graph_launch, "cuGraphLaunch", (CuGraphExec exec, CuStream stream)) \
    X(graph_exec_free, "cuGraphExecDestroy", (CuGraphExec exec)) \
    X(graph_free, "cuGraphDestroy", (CuGraph graph))

typedef struct CudaDriver {
#define X(name, symbol, arguments) CuResult (*name) arguments;
    CUDA_DRIVER_CALLS(X)
#undef X
} CudaDriver;

/* Numbers of the driver's interface. */
enum {
    CU_OUT_OF_MEMORY = 2, CU_NO_DEVICE = 100, CU_STREAM_NON_BLOCKING = 1,
    CU_CAPTURE_THREAD_LOCAL = 1,
    /* device attributes */
    CU_DEV_MAX_THREADS = 1, CU_DEV_WARP_SIZE = 10, CU_DEV_MULTIPROCESSORS = 16,
    CU_DEV_MAJOR = 75, CU_DEV_MINOR = 76, CU_DEV_MAX_SHARED_OPTIN = 97,
    /* function attributes */
    CU_FUN_MAX_THREADS = 0, CU_FUN_LOCAL_BYTES = 3, CU_FUN_REGISTERS = 4,
    CU_FUN_MAX_DYNAMIC_SHARED = 8
};

/* The table, loaded once; NULL when there is no driver or it lacks an entry point: `why` (may be
 * NULL) then says what is missing, in a few words for the device line. */
const CudaDriver *cuda_driver_load(char *why, size_t size);
/* "CUDA_ERROR_OUT_OF_MEMORY (out of memory)" into out. */
const char *cuda_error(const CudaDriver *d, CuResult result, char *out, size_t size);
#endif
