/* commands.h - what the words of the command line do: the drivers of a run, below cli.c. */
#ifndef EBM_RT_COMMANDS_H
#define EBM_RT_COMMANDS_H
#include "folder.h"
#include "options.h"
#include "run.h"

/* Trains from `at` to the end, to the end of the budget or to a signal, with checkpoints in the
 * folder. False: st (RT_STOPPED after a signal, RT_DIVERGED, RT_WRITE, ...). */
bool train_run(EbmRun *run, const RunFolder *folder, const CkptCounters *at, const Options *o,
               Status *st);
/* Writes config.json of a new run: everything that was resolved. */
bool train_write_config(const EbmRun *run, const RunFolder *folder, const Options *o, Status *st);

/* Runs the rounds of an eval, sample or score entry and leaves the results in run->outputs. */
bool rounds_run(EbmRun *run, Status *st);
/* Runs the eval and sample entries that the last training step asked for: files go into
 * FOLDER/ENTRY-STEP, results into metrics.jsonl as ENTRY.NAME. They are made at their first run. */
typedef struct Inside Inside;
bool inside_run(Inside **inside, EbmRun *run, const char *folder, uint64_t step, Status *st);
void inside_free(Inside *inside, const EbmRun *run);
/* Prints or writes the energies (and gradients) that a score entry produced. */
bool score_finish(const EbmRun *run, const Options *o, Status *st);

/* The `info` command, and --show: the spec with its settings. */
bool info_print(const EbmProgram *p, const Options *o, Status *st);
void info_show(const Settings *s);
#endif
