/* device.h - which device runs, said in one line, and whether this CPU can. */
#ifndef EBM_RT_DEVICE_H
#define EBM_RT_DEVICE_H
#include "ebm.h"
#include "status.h"

/* Says what the kernels were compiled for (EBM_CPU_HERE of their file). */
void device_set_cpu(unsigned cpu);
/* Settles --device=auto|cpu|cuda and checks the CPU against what the kernels were compiled for;
 * RT_TOOL when the device asked for cannot run this program. */
bool device_choose(const char *device, Status *st);
/* "cpu, 2 threads, AVX-512 (no NVIDIA driver: libcuda.so.1 not found)" */
void device_describe(int threads, char *out, size_t size);
#endif
