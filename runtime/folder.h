/* folder.h - where runs live: runs/NAME-N/, their lock, their newest checkpoint; and where the
 * weights of sample, eval and score come from. */
#ifndef EBM_RT_FOLDER_H
#define EBM_RT_FOLDER_H
#include "checkpoint.h"
#include "run.h"

typedef struct RunFolder { char path[IO_PATH]; int lock; } RunFolder;

/* Makes and locks a folder for a new run: `out`, which must hold no run yet, or runs/NAME-N. */
bool folder_new(RunFolder *f, const EbmProgram *p, const char *out, Status *st);
/* Locks the folder of an existing run and removes what a killed process left half-written. */
bool folder_open(RunFolder *f, const char *path, Status *st);
void folder_close(RunFolder *f);

/* Loads weights into a run: `source` is a file, FILE:NET, a run's folder, "init" (nothing is
 * loaded) or NULL (the newest run of this program under runs/ whose tensors match; without one the
 * files that the networks come from, if all do). Says on stderr
 * what was taken. *step: the checkpoint's step, 0 when unknown. */
bool folder_load_weights(EbmRun *run, const char *source, uint64_t *step, Status *st);
/* Loads the networks whose weights start from a file (EbmGroupDesc.from); averages follow. */
bool folder_load_from(EbmRun *run, Status *st);
/* The same for a new training run: parameters, and EMA copies where the file has them. */
bool folder_load_start(EbmRun *run, const char *source, Status *st);
#endif
