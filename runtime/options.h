/* options.h - the words of the command line, by one table that also makes --help. */
#ifndef EBM_RT_OPTIONS_H
#define EBM_RT_OPTIONS_H
#include "ebm.h"
#include "status.h"

typedef enum Command {
    CMD_NONE, CMD_TRAIN, CMD_SAMPLE, CMD_EVAL, CMD_SCORE, CMD_INFO, CMD_RESUME
} Command;

typedef struct Options {
    Command command;
    const char *device, *out, *ckpt, *timings;
    const char *dump_kernels, *load_kernels;     /* folders, or NULL */
    const char *tune;             /* "exact", "library" or NULL */
    int threads;                  /* 0 = default */
    bool has_seed;
    uint64_t seed;
    double budget;                /* seconds; 0 = none */
    int64_t checkpoint_every, log_every;
    bool show, quiet, json, grad, help, version;
    const char **name;            /* words without '=': ENTRY, FILE, DIR */
    int n_names;
    const char **word;            /* name=value words */
    int n_words;
} Options;

/* Unknown or misplaced words are RT_USAGE, with a suggestion. Free with options_free. */
bool options_parse(Options *o, int argc, char **argv, Status *st);
void options_free(Options *o);
void options_help(const EbmProgram *p, const char *self);
const char *command_name(Command c);
#endif
