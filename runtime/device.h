/* device.h - which device runs, said in one line, and whether this CPU can. */
#ifndef EBM_RT_DEVICE_H
#define EBM_RT_DEVICE_H
#include "gpu.h"

/* Says what the kernels were compiled for (EBM_CPU_HERE of their file). */
void device_set_cpu(unsigned cpu);
/* Settles --device=auto|cpu|cuda: *gpu is the device, NULL the CPU. cuda never falls back (RT_TOOL
 * or RT_LIMIT); auto takes the GPU when the program has kernels for it, a driver with a device is
 * there and NVRTC is. With --tune a run on the CPU is an error. Checks the CPU too, where every run
 * starts. */
bool device_open(const char *device, const GpuOptions *options, const EbmProgram *p, Gpu **gpu,
                 Status *st);
/* "cuda, NVIDIA H200 (...), tf32" or "cpu, 2 threads, AVX-512 (no NVIDIA driver: ...)". */
void device_describe(const Gpu *gpu, int threads, char *out, size_t size);
/* "cpu" or "cuda". */
const char *device_name(const Gpu *gpu);
/* The hidden mode in which a program compiles its kernels for a device: true when the words ask for
 * it, and *code is the exit code. */
bool device_hidden_mode(int argc, char **argv, int *code);
/* Slots of EbmScalars.f and .i that serve all devices of a program. */
void device_slots(const EbmProgram *p, int *n_f, int *n_i);
#endif
