/* emu.h - what the emulated driver offers to a kernel compiled by the emulated NVRTC.
 *
 * A "cubin" is a shared object: the text of a module behind emu_device.h, with for each kernel K
 * emu_run_K (calls it with the argument struct) and emu_size_K (bytes of that struct). The driver
 * sets its `emu` before the first call. One OS thread runs all threads of a CTA as fibers. */
#ifndef EMU_H
#define EMU_H
#include <stddef.h>
#include <stdint.h>

typedef struct EmuDim { unsigned x, y, z; } EmuDim;
typedef struct EmuThread {
    EmuDim thread, cta, cta_size, grid;
} EmuThread;

typedef enum EmuVote { EMU_NONE, EMU_AND, EMU_OR, EMU_COUNT } EmuVote;
typedef struct EmuApi {
    EmuThread *(*self)(void);
    void *(*shared)(void);                    /* the CTA's dynamic shared memory */
    /* __syncthreads at a line of the module's text, with a vote. */
    int (*barrier)(int line, EmuVote vote, int predicate);
    /* Collectives of a warp. shuffle: the value of lane `from` (out of range: the own one). */
    uint32_t (*shuffle)(uint32_t value, int from);
    uint32_t (*ballot)(int predicate);
    void (*sync_warp)(void);
    /* m16n8k8 of tf32, or m16n8k16 of bf16. */
    void (*mma)(float c[4], const uint32_t a[4], uint32_t b0, uint32_t b1, int bf16);
    /* Asynchronous copies of a thread into shared memory: `size` bytes, `bytes` of them from there, the
     * rest zeros; they happen when the thread waits for their group. */
    void (*copy)(void *to, const void *from, int size, int bytes);
    void (*copy_group)(void);
    void (*copy_wait)(int left);
    /* The other CTAs of a cooperative launch run on, before the caller looks at memory again. */
    void (*pause)(void);
    int (*left_out)(int line);                /* whether EMU_SKIP names the line */
} EmuApi;

typedef void EmuKernel(const void *arguments);
#endif
