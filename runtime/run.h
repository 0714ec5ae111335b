/* run.h - one run of one entry in one process: EbmRun, and the parts of it that commands drive.
 *
 * The plan's functions (ebm.h) act on it; train.c and rounds.c call entry->step through run_step.
 * Everything a run owns hangs on EbmRun and is freed by run_free. */
#ifndef EBM_RT_RUN_H
#define EBM_RT_RUN_H
#include "data.h"
#include "ebm.h"
#include "gpu.h"
#include "metrics.h"
#include "outputs.h"
#include "pool.h"
#include "settings.h"
#include <setjmp.h>

/* The rows of one draw, computed once in a step. */
typedef struct RowDraw {
    int32_t *row;                 /* [batch] */
    int32_t *on_gpu;              /* the same on the device; NULL: not there */
    uint64_t step, turn;          /* that `row` is of; step UINT64_MAX: of none */
} RowDraw;

struct EbmRun {
    const EbmProgram *program;
    const EbmEntryDesc *entry;
    const Settings *settings;
    Pool *pool;
    void **state;                 /* [n_states], each dense, in host memory */
    Gpu *gpu;                     /* what runs the kernels; NULL: the CPU */
    void **gpu_state;             /* [n_states] on the gpu; NULL before the first step */
    void *fetched;                /* rows on their way to the outputs */
    EbmScalars s;
    DataSet *data;                /* [n_data]; those that the entry draws from are loaded */
    RowDraw **draws;              /* [n_data][draws of the entry] */
    int64_t batch;                /* rows of a whole step; s.batch may be less in a last round */
    bool is_tracking;             /* values tracked in this step are recorded */
    Metrics metrics;              /* training */
    Outputs outputs;              /* eval, sample, score */
    void *arena, *retired;        /* the arena; an outgrown one until the step ends */
    uint64_t arena_size;
    bool *asked;                  /* [entry->n_runs] by ebm_run_entry in this step */
    bool *said;                   /* [entry->n_outputs] NOTE: its line was written */
    const EbmRun *host;           /* the training run that this one runs in: owns state, pool, data,
                                     gpu */
    char diverged[256];           /* what was not finite; "" while all is well */
    uint64_t bad_step;            /* in which step */
    struct RunCheck { const char *what; uint64_t step; } check[GPU_CHECKS];
    int n_checks, n_new;          /* on their way to the host; of this step, still on the device */
    int ahead;                    /* steps since the device was waited for */
    bool is_unmet;                /* the last step ended at a condition of the spec that failed */
    Status *status;               /* of the step in progress */
    jmp_buf escape;
};

/* Makes states (initialised by the program), threads and data sets; checks that they fit. */
bool run_new(EbmRun *run, const EbmProgram *p, const Settings *settings, int threads, Status *st);
void run_free(EbmRun *run);
/* Runs the steps on a device from now on; the run owns it. The states go there with the first step:
 * until then they are changed in `state`, afterwards by steps only. */
void run_use_gpu(EbmRun *run, Gpu *gpu);
/* Brings `state` up to date with what the steps have made of it; settles them first. */
bool run_fetch_state(EbmRun *run, Status *st);
/* A run of another entry on the state and the threads of `host`, which must outlive it. */
bool run_new_inside(EbmRun *run, const EbmRun *host, const Settings *settings, Status *st);
/* Bytes of all states. */
uint64_t run_state_bytes(const EbmProgram *p);
/* One step or round with `rows` samples. False: st says why (RT_DIVERGED names the value). */
bool run_step(EbmRun *run, uint64_t step, int64_t rows, Status *st);
/* Waits for the checks of the steps so far. False: RT_DIVERGED, or the device failed. */
bool run_settle(EbmRun *run, Status *st);
/* EMA copies start as their parameters. */
void run_copy_ema(EbmRun *run);

/* ---- run_gpu.c: what run.c does otherwise for a run on a device ---- */
/* States to the device, once. */
bool run_gpu_begin(EbmRun *run, Status *st);
/* The device's copy of a field, of the rows of a draw; NULL: st. */
const void *run_gpu_field(EbmRun *run, int set, int field, Status *st);
const int32_t *run_gpu_rows(EbmRun *run, RowDraw *draw, Status *st);
/* Rows of an output to the host and into run->outputs. */
bool run_gpu_rows_out(EbmRun *run, int output, const void *rows, const void *rows2, Status *st);
/* Frees what the run has on the device; the device itself unless it is the host's. */
void run_gpu_free(EbmRun *run);
#endif
