/* emu_internal.h - the parts of the emulated driver: memory and streams (emu_driver.c), CTAs
 * (emu_cta.c), settings (emu_settings.c). */
#ifndef EMU_INTERNAL_H
#define EMU_INTERNAL_H
#include <stdbool.h>

#include "emu.h"

/* From the environment, read once:
 *   EMU_ORDER=forward|reverse|random[:SEED]   in which order threads, warps and CTAs run
 *   EMU_SMS=2  EMU_CTAS=4  EMU_WORKERS=<CPUs> multiprocessors told, most CTAs of one; OS threads
 *   EMU_MEMORY=1073741824                     bytes of device memory
 *   EMU_DEVICES=1                             0: no device
 *   EMU_CAPABILITY=90                         of the device; NVRTC knows nothing above 90
 *   EMU_SKIP=LINE                             leave out the barrier at this line of every module
 *   EMU_FAIL=NAME:N[:CODE],...                the N-th call (from 1) of an entry point fails
 *   EMU_COST=NAME:CTAS:US,...                 how long a launch takes by the clock of events: of kernel
 *                                             NAME with so many CTAs, each may be *; the first that fits,
 *                                             else 10; cublasLtMatmul (cublasLtMatmul_tf32 by its compute type)
 *                                             has 0 CTAs, and below 0 makes up for what is launched with it
 *   EMU_REPORT=FILE                           at exit: barriers executed, as lines "LINE COUNT" */
typedef struct EmuSettings {
    enum { EMU_FORWARD, EMU_REVERSE, EMU_RANDOM } order;
    uint64_t seed;
    int sms, ctas, workers, devices, capability, skip_line;
    size_t memory;
} EmuSettings;
const EmuSettings *emu_settings(void);
/* The code that this call of an entry point must fail with; 0: none. */
int emu_fault(const char *name);
/* What a launch takes, in microseconds. */
double emu_cost(const char *name, unsigned ctas);
/* Says what went wrong and ends the process: for what a GPU would not survive, or not reliably. */
__attribute__((noreturn, format(printf, 1, 2))) void emu_trap(const char *format, ...);

typedef struct EmuLaunch {
    EmuKernel *kernel;
    const char *name;
    EmuDim grid, cta;
    size_t shared;
    void *arguments;
    bool cooperative;             /* all CTAs are alive at the same time */
} EmuLaunch;
/* For the emulated cuBLASLt, exported by the emulated driver: work of a stream (`bytes` of argument
 * are copied; the name is its cost's), and whether the device has memory there. */
typedef void EmuEnqueue(void *stream, const char *name, void (*run)(const void *argument), const void *argument,
                        size_t bytes);
typedef int EmuOnDevice(unsigned long long at, size_t bytes);
/* Runs all CTAs of a launch. */
void emu_run(const EmuLaunch *launch);
const EmuApi *emu_api(void);

enum { EMU_MAX_THREADS = 1024, EMU_MAX_SHARED = 232448, EMU_MAX_LINES = 1 << 17 };
#endif
