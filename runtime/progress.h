/* progress.h - how far a training run is: a live line on a terminal, else lines at 1, 2, 5, 10,
 * 20, 30 ... 100 %. */
#ifndef EBM_RT_PROGRESS_H
#define EBM_RT_PROGRESS_H
#include "metrics.h"

typedef struct Progress {
    double start, shown;          /* seconds on the monotonic clock */
    uint64_t first, steps;        /* the first step of this process; the last of the run */
    double budget;                /* seconds; 0 = none */
    int percent;                  /* the last mark printed */
    bool live;
} Progress;

double progress_now(void);                        /* monotonic seconds */
void progress_begin(Progress *p, uint64_t step, uint64_t steps, double budget);
/* After each step: `step` steps are complete. */
void progress_step(Progress *p, uint64_t step, const Metrics *m);
void progress_end(Progress *p);
double progress_elapsed(const Progress *p);
#endif
