/* fake_runtime.h - a runtime of one thread for tests of emitted C: memory, scalars, rows of data,
 * outputs. Every temporary starts as NaN, so that reading what nobody wrote shows. */
#ifndef EBM_FAKE_RUNTIME_H
#define EBM_FAKE_RUNTIME_H
#include "ebm.h"

enum { FAKE_STATES = 512, FAKE_SCALARS = 32, FAKE_SETS = 2, FAKE_FIELDS = 256, FAKE_OUTPUTS = 256 };
struct EbmRun {
    const EbmProgram *program;
    EbmScalars s;
    int ranges;                   /* every launch is cut into so many, run last to first */
    int64_t batch, steps;
    bool tracking;
    double scalar[FAKE_SCALARS];
    void *state[FAKE_STATES];
    const void *field[FAKE_SETS][FAKE_FIELDS];
    const int32_t *rows[FAKE_SETS][8];
    float number[FAKE_OUTPUTS];   /* TRACK, REPORT */
    void *out[FAKE_OUTPUTS];      /* rows of SAVE and the like, copied; AUROC: of the positives */
    void *out2[FAKE_OUTPUTS];
    int failed;                   /* a check saw a value that is not finite */
    int launches;
    bool on_gpu;
    /* Runs a kernel of program->cuda, whose steps are then taken; NULL: those in C. */
    void (*gpu)(const EbmCuda *cuda, int kernel, void *const *buf, const EbmScalars *s,
                int64_t units);
    void *arena;
    size_t arena_size;
};
typedef void FakeCall(EbmRun *run, const EbmProgram *program, int entry /* -1: init */);
#endif
