/* device.c - see device.h. The driver is looked for by name at run time, never linked. */
#include "device.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static unsigned compiled_for;

void device_set_cpu(unsigned cpu) { compiled_for = cpu; }

/* What stands in the way of a GPU, for the device line. */
static const char *gpu_state(void) {
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!driver) return "no NVIDIA driver: libcuda.so.1 not found";
    dlclose(driver);
    return "an NVIDIA driver is there, but this program was built for the CPU";
}

/* Of the instruction sets in `wanted`, the name of one that this CPU lacks, or NULL. */
static const char *missing_feature(unsigned wanted) {
#if defined __x86_64__ || defined __i386__
    __builtin_cpu_init();
#define NEEDS(flag, name) if ((wanted & (flag)) && !__builtin_cpu_supports(name)) return name
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
    return wanted & ~(unsigned)EBM_CPU_NEON ? "an x86 instruction set" : NULL;
#endif
}

bool device_choose(const char *device, Status *st) {
    if (strcmp(device, "cuda") == 0)
        return status_fail(st, RT_TOOL, "--device=cuda: no CUDA in this program (%s); run it with "
                           "--device=cpu", gpu_state());
    if (strcmp(device, "auto") != 0 && strcmp(device, "cpu") != 0)
        return status_fail(st, RT_USAGE, "--device=%.40s: expected auto, cpu or cuda", device);
    const char *missing = missing_feature(compiled_for);
    if (!missing) return true;
    return status_fail(st, RT_TOOL,
                       "this CPU has no %s, which the program was compiled for: compile "
                       "it here, or with ebmcc --march=x86-64-v2",
                       missing);
}

void device_describe(int threads, char *out, size_t size) {
    const char *vectors = compiled_for & EBM_CPU_AVX512F ? "AVX-512"
                          : compiled_for & EBM_CPU_AVX2  ? "AVX2"
                          : compiled_for & EBM_CPU_AVX   ? "AVX"
                          : compiled_for & EBM_CPU_NEON  ? "NEON"
                                                         : "baseline vectors";
    snprintf(out, size, "cpu, %d thread%s, %s (%s)", threads, threads == 1 ? "" : "s", vectors,
             gpu_state());
}
