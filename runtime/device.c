/* device.c - see device.h. */
#include "device.h"
#include "cuda_compile.h"
#include <stdio.h>
#include <string.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

static unsigned compiled_for;
static char no_gpu[260];          /* why not, as the device line says it */

void device_set_cpu(unsigned cpu) { compiled_for = cpu; }

/* Linux gives the tile registers of AMX to a process that asks before its threads start. */
static bool allow_amx(void) {
#if defined __linux__ && defined __x86_64__
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return false;
#endif
}

/* Of the instruction sets in `wanted`, the name of one that this CPU lacks, or NULL. */
static const char *missing_feature(unsigned wanted) {
#if defined __x86_64__ || defined __i386__
    __builtin_cpu_init();
#define NEEDS(flag, name) if ((wanted & (flag)) && !__builtin_cpu_supports(name)) return name
    if ((wanted & EBM_CPU_AMX_BF16) && !allow_amx()) return "amx_bf16";
    NEEDS(EBM_CPU_AVX512BF16, "avx512bf16");
    NEEDS(EBM_CPU_AVX512F, "avx512f");
    NEEDS(EBM_CPU_AVX512DQ, "avx512dq");
    NEEDS(EBM_CPU_AVX512BW, "avx512bw");
    NEEDS(EBM_CPU_AVX512VL, "avx512vl");
    NEEDS(EBM_CPU_AVX2, "avx2");
    NEEDS(EBM_CPU_FMA, "fma");
    NEEDS(EBM_CPU_AVX, "avx");
    NEEDS(EBM_CPU_BMI2, "bmi2");
    NEEDS(EBM_CPU_SSE42, "sse4.2");
#undef NEEDS
    return wanted & EBM_CPU_NEON ? "neon" : NULL;
#else
    return wanted & ~(unsigned)(EBM_CPU_NEON | EBM_BF16_LOOPS) ? "an x86 instruction set" : NULL;
#endif
}

bool device_open(const char *device, const GpuOptions *options, const EbmProgram *p, Gpu **gpu,
                 Status *st) {
    bool is_cuda = strcmp(device, "cuda") == 0, is_auto = strcmp(device, "auto") == 0;
    Status why = { 0 };
    *gpu = NULL;
    no_gpu[0] = '\0';
    if (!is_cuda && !is_auto && strcmp(device, "cpu") != 0)
        return status_fail(st, RT_USAGE, "--device=%.40s: expected auto, cpu or cuda", device);
    const char *missing = missing_feature(compiled_for);
    if (missing)
        return status_fail(st, RT_TOOL,
                           "this CPU has no %s, which the program was compiled for: compile "
                           "it here, or with ebmcc --march=x86-64-v2",
                           missing);
    if (is_cuda || is_auto) *gpu = gpu_open(p, options, &why);
    if (!*gpu && is_cuda)
        return status_fail(st, why.code, "--device=cuda: %s; --device=cpu runs it on the CPU",
                           why.text);
    if (!*gpu && options->tune)
        return status_fail(st, is_auto ? RT_TOOL : RT_USAGE, "--tune measures kernels on a GPU; %s",
                           is_auto ? why.text : "--device=cpu uses none");
    if (!*gpu && is_auto) snprintf(no_gpu, sizeof no_gpu, " (%.250s)", why.text);
    return true;
}

void device_describe(const Gpu *gpu, int threads, char *out, size_t size) {
    const char *vectors = compiled_for & EBM_CPU_AVX512F ? "AVX-512"
                          : compiled_for & EBM_CPU_AVX2  ? "AVX2"
                          : compiled_for & EBM_CPU_AVX   ? "AVX"
                          : compiled_for & EBM_CPU_NEON  ? "NEON"
                                                         : "baseline vectors";
    const char *samplers = !(compiled_for & EBM_BF16_LOOPS)      ? ""
                           : compiled_for & EBM_CPU_AMX_BF16     ? ", samplers in bf16 (AMX)"
                           : compiled_for & EBM_CPU_AVX512BF16   ? ", samplers in bf16 (AVX-512)"
                                                                 : ", samplers in bf16 (emulated)";
    char text[300];
    if (gpu) gpu_describe(gpu, text, sizeof text);
    if (gpu) snprintf(out, size, "cuda, %s", text);
    else snprintf(out, size, "cpu, %d thread%s, %s%s%s", threads, threads == 1 ? "" : "s", vectors,
                  samplers, no_gpu);
}

const char *device_name(const Gpu *gpu) { return gpu ? "cuda" : "cpu"; }

bool device_hidden_mode(int argc, char **argv, int *code) {
    return cuda_compile_child(argc, argv, code);
}

void device_slots(const EbmProgram *p, int *n_f, int *n_i) {
    *n_f = p->cuda && p->cuda->n_f > p->n_f ? p->cuda->n_f : p->n_f;
    *n_i = p->cuda && p->cuda->n_i > p->n_i ? p->cuda->n_i : p->n_i;
}
