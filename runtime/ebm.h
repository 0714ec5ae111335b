/* ebm.h - what a generated program and the runtime agree on. The only header they share.
 *
 * A generated program is kernels.c (pure functions over ranges of units), plan.c (straight-line
 * host code: which kernel runs on which buffers) and one table, `ebm_program`. The runtime owns
 * all memory, threads, files and the command line, and calls entry->step once per step or round.
 *
 *   plan.c:  static void step_cd(EbmRun *run) {
 *                EbmScalars *s = ebm_scalars(run);
 *                s->f[0] = (float)(ebm_scalar(run, 1) / 2);
 *                char *tmp = ebm_arena(run, bytes);
 *                ebm_launch(run, K_chain, (void *[]){ ebm_state(run, 0), tmp + 4096 }, units);
 *                if (!ebm_check(run, (float *)(tmp + 64), "gradient of E")) return;
 *                ...
 *            }
 *
 * Layout: every buffer between kernels is dense row-major in logical order, per-sample values
 * [B, ...], parameters as PyTorch lays them out. Buffers are 64-byte aligned. */
#ifndef EBM_H
#define EBM_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EBM_ABI = 1, EBM_BLOCK = 64, EBM_MAX_RANK = 8 };

/* Everything that varies from step to step, passed by pointer to every kernel. */
typedef struct EbmScalars {
    uint64_t seed;
    uint64_t step;                /* completed steps; eval and sample: the round */
    uint32_t epoch;               /* RNG epoch: 0 in a run that never diverged */
    int64_t batch;                /* B: rows of this step (an eval's last round may be ragged) */
    int64_t first_sample;         /* global index of row 0 */
    float *f;                     /* host-computed values, cast to f32: slots given by the plan */
    int64_t *i;                   /* host-computed integers: trip counts, sizes */
    /* On the CPU, a plan whose gradients are summed piece by piece: rows [from, end) of the batch are
     * this piece; all but the last have `piece` rows, a power of two or the whole batch. */
    int64_t from, end, piece;
} EbmScalars;

/* Samples of a tile of layers whose weights do not stay in a core's caches: the more, the better they
 * are re-used, while the tile's values fit into the L2 cache of CPUs of this kind. */
#if defined __AVX512F__ || !defined __x86_64__
enum { EBM_TILE_WIDE = 64 };
#else
enum { EBM_TILE_WIDE = 32 };
#endif

/* Rows of a piece, of `bytes` each, of a batch that is padded to `pad` rows: a tile for each thread,
 * more as long as they stay below EBM_PIECE_BYTES. */
enum { EBM_PIECE_BYTES = 64 << 20 };
static inline int64_t ebm_piece_rows(int threads, int tile, uint64_t bytes, int64_t pad) {
    int64_t rows = tile;
    while (rows < pad && (rows < (int64_t)threads * tile ||
                          2 * (uint64_t)rows * bytes <= EBM_PIECE_BYTES)) rows *= 2;
    return rows < pad ? rows : pad;
}
/* Sums of blocks that wait at a time, but for one: the depth of the tree that they form. */
static inline int64_t ebm_levels(int64_t pad) {
    int64_t levels = 0;
    while (pad >> levels > EBM_BLOCK) levels++;
    return levels;
}

typedef struct EbmRange { int64_t begin, end; } EbmRange;
/* Runs units [begin, end). `scratch` is this thread's own, of EbmKernel.scratch bytes. */
typedef void EbmKernelFn(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch);
typedef struct EbmKernel {
    const char *name;
    EbmKernelFn *fn;
    size_t scratch;
    const char *what;             /* one line for `info` and profiles */
} EbmKernel;

/* ---- descriptions ----------------------------------------------------------------------------*/
typedef enum EbmDType { EBM_F32, EBM_I32, EBM_U8, EBM_BOOL } EbmDType;
typedef struct EbmTensor { EbmDType dtype; int rank; int64_t dim[EBM_MAX_RANK]; } EbmTensor;

typedef enum EbmStateKind { EBM_PARAM, EBM_EMA, EBM_BUFFER, EBM_SLOT, EBM_VALUE } EbmStateKind;
typedef struct EbmStateDesc {
    const char *name;
    EbmStateKind kind;
    int of;                       /* EMA, SLOT: the parameter it belongs to; else -1 */
    int group;                    /* PARAM, EMA: group; else -1 */
    EbmTensor tensor;
} EbmStateDesc;
typedef struct EbmGroupDesc {
    const char *name;
    bool is_net;
    int ema_of;
    const char *from;             /* FILE or FILE:NET that its weights start from; NULL: none */
} EbmGroupDesc;

typedef enum EbmScalarKind { EBM_ARG, EBM_ITER, EBM_STEPS, EBM_BATCH, EBM_TRACKING,
               EBM_EPOCH /* completed ones of the first set that the entry draws from */,
               EBM_EXAMPLES /* of the data set `value` */ } EbmScalarKind;
typedef struct EbmScalarDesc {
    const char *name;
    EbmScalarKind kind;
    EbmDType dtype;
    double value;                 /* default */
    const char *doc;
} EbmScalarDesc;

/* per example */
typedef struct EbmFieldDesc { const char *name; EbmTensor tensor; } EbmFieldDesc;
typedef struct EbmDataDesc {
    const char *name;
    const char *const *paths; int n_paths;       /* defaults; relative to the working folder */
    const EbmFieldDesc *fields; int n_fields;
    bool is_points;               /* filled by `score` from the file given there */
} EbmDataDesc;

typedef enum EbmOutputKind {
    EBM_TRACK, EBM_REPORT, EBM_AUROC, EBM_SAVE, EBM_IMAGE, EBM_PLOT,
    /* the temperature that a sampler implies: said when the run starts */
    EBM_NOTE
} EbmOutputKind;
typedef struct EbmOutputDesc {
    EbmOutputKind kind;
    const char *name;             /* metric name; SAVE: tensor name */
    const char *path;             /* SAVE, IMAGE, PLOT: file within the output folder */
    EbmTensor example;            /* SAVE, IMAGE, PLOT: one row */
    /* IMAGE: grid columns, values mapped to 0..255; PLOT: axis range */
    int64_t cols; double lo, hi;
} EbmOutputDesc;

/* An eval or sample entry that a train entry runs on its way. */
typedef struct EbmRunDesc {
    int entry;
    const char *const *words; int n_words;       /* settings: "count=64" */
} EbmRunDesc;

typedef struct EbmRun EbmRun;
typedef enum EbmMode { EBM_TRAIN, EBM_EVAL, EBM_SAMPLE, EBM_SCORE } EbmMode;
typedef struct EbmEntryDesc {
    EbmMode mode;
    const char *name;
    int64_t batch, steps, count;  /* defaults; count: samples of eval and sample (0: batch) */
    void (*step)(EbmRun *run);
    const EbmOutputDesc *outputs; int n_outputs;
    /* per data set: how many draws a step makes (0: unused, -1: rows by index only) */
    const int *data_draws;
    const bool *states_used;      /* per state: read or written here (what must be loaded) */
    const EbmRunDesc *runs; int n_runs;
    const char *exported;         /* training: file that the networks are written to at the end */
} EbmEntryDesc;

/* The same program for an NVIDIA GPU: CUDA C, compiled by NVRTC when it first runs there.
 * A kernel is `extern "C" __global__ void NAME(const struct NAME_args a)` with
 *
 *     struct NAME_args { const EbmScalars *s; int64_t units; char *scratch; void *buf[n_buf]; };
 *
 * all of it device memory. It runs units blockIdx.x, blockIdx.x + gridDim.x, ... below a.units with
 * whatever grid it is given; CTA c owns scratch + c * scratch_bytes. Or, with `grid`, all CTAs run every
 * unit together: the launch is cooperative, scratch is everybody's, and buf has one more element, the
 * word of the grid's barrier, which is 0 before the first launch. */
/* A large sum over the batch that a library may compute instead of the kernel:
 *
 *     to[block][i][j] = sum over the samples of a block of 64 of a[sample][i] * b[sample][j]
 *
 * with places in buf; i < rows, j < columns, all row-major f32. */
typedef struct EbmCudaProduct { int to, a, b, rows, columns; } EbmCudaProduct;
typedef struct EbmCudaKernel {
    const char *name;
    int module;                   /* index in modules */
    int threads;                  /* of a CTA */
    size_t shared;                /* dynamic shared memory, bytes */
    size_t scratch;               /* device memory per CTA or, with `grid`, of all, bytes; 0: none */
    int n_buf;
    const char *what;             /* one line for `info` and profiles */
    int grid;                     /* above 0: the CTAs that a unit keeps busy */
    /* With products a block has a.units / blocks units; `rest` of them leave the products out. */
    const EbmCudaProduct *products; int n_products, rest;
} EbmCudaKernel;
typedef struct EbmCudaModule {   /* one NVRTC program */
    const char *name, *text;
    int entry;                    /* whose kernels it holds: compiled when that entry runs */
} EbmCudaModule;
typedef struct EbmCuda {
    const EbmCudaModule *modules; int n_modules;
    const EbmCudaKernel *kernels; int n_kernels;
    void (*const *steps)(EbmRun *run);            /* per entry, as EbmEntryDesc.step */
    int n_f, n_i;                 /* slots of EbmScalars.f and .i */
    const char *precision;        /* of contractions: "tf32", "fp32", "tf32, samplers in bf16" */
} EbmCuda;

typedef struct EbmProgram {
    int abi;                      /* EBM_ABI */
    const char *name, *compiler;  /* spec name; "ebmcc 0.1.0" */
    const char *spec_text;
    const char *identity;         /* 64 hex digits: hash of the program, not of the source text */
    const EbmStateDesc *states; int n_states;
    const EbmGroupDesc *groups; int n_groups;
    const EbmScalarDesc *scalars; int n_scalars;
    const EbmDataDesc *data; int n_data;
    const EbmEntryDesc *entries; int n_entries;
    const EbmKernel *kernels; int n_kernels;
    int n_f, n_i;                 /* slots of EbmScalars.f and .i */
    void (*init)(EbmRun *run);    /* fills every state but EMA copies (the runtime copies those);
                                     always on the CPU */
    const EbmCuda *cuda;          /* NULL: compiled for the CPU only */
} EbmProgram;

/* ---- what a plan may call --------------------------------------------------------------------*/
EbmScalars *ebm_scalars(EbmRun *run);
/* The value of a run-time scalar now: args as given, ITER, STEPS, BATCH. */
double ebm_scalar(EbmRun *run, int index);
void  *ebm_state(EbmRun *run, int state);
/* At least `bytes` of temporary storage, the same block during one step, contents undefined. */
void  *ebm_arena(EbmRun *run, size_t bytes);
/* ebm_piece_rows of this step with this run's threads. */
int64_t ebm_piece(EbmRun *run, int tile, size_t bytes);
/* A number that a kernel has written: waits for it. */
float   ebm_read_f32(EbmRun *run, const void *value);
int32_t ebm_read_i32(EbmRun *run, const void *value);
/* Runs units [0, units) of a kernel over the thread pool, in contiguous static ranges. */
void   ebm_launch(EbmRun *run, int kernel, void *const *buf, int64_t units);
const void *ebm_data_field(EbmRun *run, int set, int field);               /* [N, ...] */
/* The data row of each sample of this step for the k-th draw of a set: [B], valid in this step.
 * Training: a keyed permutation per epoch; else file order. */
const int32_t *ebm_data_rows(EbmRun *run, int set, int ordinal);
/* The same for a draw in a block that repeats: its rows on the block's turn-th run (from 0) in this
 * step; turn 0 gives what ebm_data_rows gives. Each turn of a step has rows of its own. */
const int32_t *ebm_data_rows_on(EbmRun *run, int set, int ordinal, int64_t turn);
/* False when *value is not finite: the plan returns at once and the run stops (exit 6), saying that
 * `what` is not finite, or what follows if it begins with '!'. */
bool   ebm_check(EbmRun *run, const float *value, const char *what);
/* The same for a value where a kernel has written it. On a GPU nothing waits for it: the run stops
 * with this step's number when the value is looked at, and what later steps did is not kept. */
bool   ebm_check_at(EbmRun *run, const void *value, const char *what);
/* Whether values tracked in this step are recorded; else a plan may skip computing them. Always
 * true outside training. */
bool   ebm_tracking(EbmRun *run);
/* Asks for runs[k] of the entry after this step: eval and sample entries on the state as it is
 * then. */
void   ebm_run_entry(EbmRun *run, int k);
void   ebm_scalar_out(EbmRun *run, int output, const float *value);        /* TRACK, REPORT */
void   ebm_rows_out(EbmRun *run, int output, const void *rows, const void *rows2); /* others */

/* Instruction sets that the compiler of this file may use; checked before the first kernel runs. */
enum { EBM_CPU_AVX2 = 1, EBM_CPU_FMA = 2, EBM_CPU_AVX512F = 4, EBM_CPU_AVX512DQ = 8,
       EBM_CPU_AVX512BW = 16, EBM_CPU_AVX512VL = 32, EBM_CPU_BMI2 = 64, EBM_CPU_NEON = 128,
       EBM_CPU_AVX = 256, EBM_CPU_SSE42 = 512, EBM_CPU_AVX512BF16 = 1024, EBM_CPU_AMX_BF16 = 2048,
       /* no feature: operands in sampling loops are rounded to bf16 */
       EBM_BF16_LOOPS = 4096 };
#ifdef __AVX2__
#define EBM_HAS_AVX2 EBM_CPU_AVX2
#else
#define EBM_HAS_AVX2 0
#endif
#ifdef __FMA__
#define EBM_HAS_FMA EBM_CPU_FMA
#else
#define EBM_HAS_FMA 0
#endif
#ifdef __AVX512F__
#define EBM_HAS_AVX512F EBM_CPU_AVX512F
#else
#define EBM_HAS_AVX512F 0
#endif
#ifdef __AVX512DQ__
#define EBM_HAS_AVX512DQ EBM_CPU_AVX512DQ
#else
#define EBM_HAS_AVX512DQ 0
#endif
#ifdef __AVX512BW__
#define EBM_HAS_AVX512BW EBM_CPU_AVX512BW
#else
#define EBM_HAS_AVX512BW 0
#endif
#ifdef __AVX512VL__
#define EBM_HAS_AVX512VL EBM_CPU_AVX512VL
#else
#define EBM_HAS_AVX512VL 0
#endif
#ifdef __BMI2__
#define EBM_HAS_BMI2 EBM_CPU_BMI2
#else
#define EBM_HAS_BMI2 0
#endif
#ifdef __ARM_NEON
#define EBM_HAS_NEON EBM_CPU_NEON
#else
#define EBM_HAS_NEON 0
#endif
#ifdef __AVX__
#define EBM_HAS_AVX EBM_CPU_AVX
#else
#define EBM_HAS_AVX 0
#endif
#ifdef __SSE4_2__
#define EBM_HAS_SSE42 EBM_CPU_SSE42
#else
#define EBM_HAS_SSE42 0
#endif
#ifdef EBM_BF16                   /* defined by a program compiled with --precision=bf16 */
#define EBM_HAS_BF16_LOOPS EBM_BF16_LOOPS
#else
#define EBM_HAS_BF16_LOOPS 0
#endif
#if defined(EBM_BF16) && defined(__AVX512BF16__)
#define EBM_HAS_AVX512BF16 EBM_CPU_AVX512BF16
#else
#define EBM_HAS_AVX512BF16 0
#endif
#if defined(EBM_BF16) && defined(__AMX_TILE__) && defined(__AMX_BF16__)
#define EBM_HAS_AMX_BF16 EBM_CPU_AMX_BF16
#else
#define EBM_HAS_AMX_BF16 0
#endif
#define EBM_CPU_HERE (EBM_HAS_AVX2 | EBM_HAS_FMA | EBM_HAS_AVX512F | EBM_HAS_AVX512DQ \
                      | EBM_HAS_AVX512BW | EBM_HAS_AVX512VL | EBM_HAS_BMI2 | EBM_HAS_NEON \
                      | EBM_HAS_AVX | EBM_HAS_SSE42 | EBM_HAS_BF16_LOOPS | EBM_HAS_AVX512BF16 \
                      | EBM_HAS_AMX_BF16)

/* The main function of every generated program. The file that calls it is compiled as the kernels
 * are, so it knows which CPU they need; on any other the program ends with exit code 9. */
int ebm_main_on(const EbmProgram *program, unsigned cpu, int argc, char **argv);
static inline int ebm_main(const EbmProgram *program, int argc, char **argv) {
    return ebm_main_on(program, EBM_CPU_HERE, argc, argv);
}
#endif
