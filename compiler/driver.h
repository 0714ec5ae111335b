/* driver.h - what the files of the driver (compiler/main.c and driver_*.c) share.
 *
 *   main.c            the pipeline: spec -> program -> passes -> C text -> executable
 *   driver_options.c  the command line, from options.def
 *   driver_files.c    home folders, atomic output files, temporary folder
 *   driver_cc.c       the C compiler as a child process with limits
 *   driver_objects.c  what it made before, by content
 *   driver_timings.c  where the time of a compilation goes
 *   driver_cuda.c     PTX, binaries and resources of the CUDA text, by NVRTC
 *   driver_doctor.c   `ebmcc doctor`
 *   driver_pages.c    --page: manual pages made from the tables
 *
 * Every function that can fail for the user's or the machine's sake prints one line and returns
 * an exit code of base.h; EXIT_OK is 0. */
#ifndef EBM_DRIVER_H
#define EBM_DRIVER_H
#include "base/base.h"

#define EBMCC "ebmcc " EBM_VERSION

/* ---- command line --------------------------------------------------------------------------- */
typedef enum OptionId {
#define OPTION(id, ...) OPTION_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT
} OptionId;
typedef enum Command { COMMAND_BUILD, COMMAND_CHECK, COMMAND_DOCTOR } Command;
typedef struct Options {
    Command command;
    const char *spec;                    /* NULL when the command takes none */
    bool given[OPTION_COUNT];
    const char *value[OPTION_COUNT];     /* the last one given; NULL: not given, or no argument */
    VEC(const char *) defines, off;      /* -D, --no-pass */
} Options;
/* EXIT_OK or EXIT_USAGE. Words and values point into argv. */
int  options_parse(Arena *a, int argc, char **argv, Options *o);
void options_help(Text *out);
void options_page(Text *out);            /* docs/options.md */
/* "error: ..." on stderr. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- files ---------------------------------------------------------------------------------- */
typedef struct Home { const char *include, *stdlib, *library; } Home;
/* Finds the compiler's own files: beside the executable (`home/`, the build tree) or at
 * ../share/ebmcc and ../lib/ebmcc (installed). EXIT_TOOL when they are not there. */
int home_find(Arena *a, Home *out);

/* Writes text to `path`, or to stdout when path is NULL. Files appear whole or not at all. */
int write_text(const char *path, const char *data, size_t len);

/* Makes a private folder beside `output`; it is removed by temp_remove(), which every path out of
 * the driver calls, also after SIGINT, SIGTERM or SIGHUP. */
int  temp_make(Arena *a, const char *output, const char **dir);
void temp_remove(void);

/* ---- the C compiler -------------------------------------------------------------------------- */
typedef struct Toolchain {
    Home home;
    VEC(const char *) cc;                /* the command's words */
    const char *program;                 /* the file that cc.v[0] names */
    const char *march;
    bool verbose;
} Toolchain;
/* From --cc, $CC or cc. EXIT_TOOL when there is no such program. */
int toolchain_find(Arena *a, const Options *o, Toolchain *out);
/* Compiles dir/kernels.c, in `units` runs (backend.h), and dir/plan.c at the same time and links
 * dir/program with the runtime. Objects that the cache has are not compiled. */
int toolchain_build(Arena *a, const Toolchain *t, const char *dir, int units);
/* Runs a command to its end, with the limits of the C compiler or without; its output goes to the
 * file `log`. Returns its wait status, -1 when it could not be started. */
int command_run(const Toolchain *t, char *const *argv, const char *log, bool limited);
/* The hidden modes behind both: sets limits or not, then becomes argv[0]. Never returns. */
#define EXEC_LIMITED "--exec-limited"
#define EXEC_FREE "--exec-free"
_Noreturn void command_exec(char **argv, bool limited);
/* The first `size` bytes of a file, in the arena; "" when it cannot be read. */
const char *file_head(Arena *a, const char *path, size_t size);

/* Objects by content. Begins with the words of the compile commands but folders, and the file of
 * the macros that they predefine. False: nothing is cached. */
typedef struct ObjectCache { bool is_on; char base[65]; } ObjectCache;
bool objects_begin(ObjectCache *o, Arena *a, const Toolchain *t, char *const *flags,
                   const char *macros);
/* Writes the object of a source and unit when the cache has it; `key` is for objects_put, "" when
 * it is not to be kept. */
bool objects_get(const ObjectCache *o, const char *source, int unit, const char *object,
                 char key[65]);
void objects_put(const char *key, const char *object);

/* ---- time (--timings, -v) -------------------------------------------------------------------- */
void   timing_start(void);
void   timing_phase(const char *name);   /* ends the phase that began with the last call */
void   timing_part(const char *name);    /* of this phase, since the last part; adds up by name */
void   timing_child(const char *name, double cpu_seconds);
void   timing_print(void);
double timing_now(void);                 /* seconds of a clock that only goes forward */

/* ---- CUDA ------------------------------------------------------------------------------------ */
/* --emit=ptx|cubin|resources for --arch by NVRTC: the first two of kernels.cu as a whole, the last
 * one of its modules, several at a time. */
int cuda_print(const char *stage, const Text *text, const Text *modules, const Options *o);
/* The mode in which the two above run NVRTC; true when the words ask for it. */
bool cuda_hidden_mode(int argc, char **argv, int *code);
/* What `doctor` says: each text is the fact, or what is missing. */
typedef struct CudaFacts {
    bool has_device, has_nvrtc, has_blas;
    const char *device, *nvrtc, *blas;   /* blas: cuBLASLt */
    const char *cache;                   /* NULL: none yet, or none that is private */
} CudaFacts;
void cuda_describe(Arena *a, CudaFacts *out);

int doctor_run(Arena *a, const Options *o);
int page_print(const char *name, const char *output);
#endif
