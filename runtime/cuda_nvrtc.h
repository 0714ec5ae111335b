/* cuda_nvrtc.h - NVIDIA's run-time compiler, looked up at run time; shared by programs and ebmcc.
 *
 * Needs dlopen; no CUDA header. A compilation cannot be cancelled and may use much memory, so
 * programs call it in a child process (cuda_compile.h). */
#ifndef EBM_RT_CUDA_NVRTC_H
#define EBM_RT_CUDA_NVRTC_H
#include "status.h"

typedef struct _nvrtcProgram *NvrtcProgram;

/* Every entry point: name in the table, symbol, result, arguments. */
#define NVRTC_CALLS(X) \
    X(version, "nvrtcVersion", int, (int *major, int *minor)) \
    X(arch_count, "nvrtcGetNumSupportedArchs", int, (int *n)) \
    X(archs, "nvrtcGetSupportedArchs", int, (int *archs)) \
    X(error_text, "nvrtcGetErrorString", const char *, (int result)) \
    X(create, "nvrtcCreateProgram", int, \
      (NvrtcProgram *program, const char *text, const char *name, int n_headers, \
       const char *const *headers, const char *const *header_names)) \
    X(destroy, "nvrtcDestroyProgram", int, (NvrtcProgram *program)) \
    X(compile, "nvrtcCompileProgram", int, \
      (NvrtcProgram program, int n_options, const char *const *options)) \
    X(log_size, "nvrtcGetProgramLogSize", int, (NvrtcProgram program, size_t *size)) \
    X(log, "nvrtcGetProgramLog", int, (NvrtcProgram program, char *log)) \
    X(ptx_size, "nvrtcGetPTXSize", int, (NvrtcProgram program, size_t *size)) \
    X(ptx, "nvrtcGetPTX", int, (NvrtcProgram program, char *ptx)) \
    X(cubin_size, "nvrtcGetCUBINSize", int, (NvrtcProgram program, size_t *size)) \
    X(cubin, "nvrtcGetCUBIN", int, (NvrtcProgram program, char *cubin))

typedef struct Nvrtc {
#define X(name, symbol, result, arguments) result (*name) arguments;
    NVRTC_CALLS(X)
#undef X
    int major, minor;             /* of the toolkit it comes from */
    char path[512];               /* the name it was opened by */
} Nvrtc;

/* Opens NVRTC: $EBM_NVRTC if set, else libnvrtc.so.13, .12, .so where the loader looks, then in
 * $CUDA_HOME, $CUDA_PATH and the usual folders of the toolkit. `major_limit` > 0: no library of a
 * toolkit newer than that (a driver does not load what newer ones make). NULL: `why` says what is
 * missing. Loaded once. */
const Nvrtc *nvrtc_load(int major_limit, char *why, size_t size);

/* What is asked of NVRTC for `arch` ("sm_90"): that; or, when it does not know it, the PTX of the newest
 * one before it that it knows ("compute_90"), which the driver compiles when it loads it. */
enum { NVRTC_TARGET = 48 };
bool nvrtc_target(const Nvrtc *n, const char *arch, char out[NVRTC_TARGET], Status *st);

typedef struct NvrtcResult {
    char *cubin, *ptx, *log;      /* mem_free; log is text; ptx NUL-terminated; cubin: what the driver
                                     loads, so the PTX once more when the target is compute_... */
    size_t cubin_size, ptx_size;
} NvrtcResult;
/* Compiles one text for `arch` ("sm_90"), always with the options of nvrtc_options. False: `st`
 * (RT_TOOL; RT_LIMIT without memory) says so and out->log holds what the compiler printed. */
bool nvrtc_compile(const Nvrtc *n, const char *name, const char *text, const char *arch,
                   NvrtcResult *out, Status *st);
void nvrtc_result_free(NvrtcResult *r);
/* The fixed options as one line: part of what identifies a compilation. */
const char *nvrtc_options(void);
#endif
