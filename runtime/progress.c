/* progress.c - see progress.h. */
#include "progress.h"
#include "console.h"
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

double progress_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void progress_begin(Progress *p, uint64_t step, uint64_t steps, double budget) {
    *p = (Progress){ .start = progress_now(), .first = step, .steps = steps, .budget = budget,
                     .live = console_is_live() };
    p->percent = steps ? (int)(100.0 * (double)step / (double)steps) : 0;
}

double progress_elapsed(const Progress *p) { return progress_now() - p->start; }

/* 1, 2, 5, then every ten. */
static int next_mark(int percent) {
    return percent < 1 ? 1 : percent < 2 ? 2 : percent < 5 ? 5 : percent / 10 * 10 + 10;
}

/* "1:02:03" or "2:03". */
static void format_time(double seconds, char out[24]) {
    long s = seconds < 0 ? 0 : seconds > 3.6e9 ? 3600000000L : (long)(seconds + 0.5);
    if (s >= 3600) snprintf(out, 24, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
    else snprintf(out, 24, "%ld:%02ld", s / 60, s % 60);
}

void progress_step(Progress *p, uint64_t step, const Metrics *m) {
    double now = progress_now(), elapsed = now - p->start;
    double done = (double)step / (double)p->steps;
    if (p->budget > 0 && elapsed / p->budget > done) done = elapsed / p->budget;
    int percent = done >= 1 ? 100 : (int)(100 * done);
    bool due =
        p->live ? now - p->shown >= 0.2 : percent >= next_mark(p->percent) && p->percent < 100;
    if (!due) return;
    p->shown = now;
    p->percent = percent;

    double rate = elapsed > 0 ? (double)(step - p->first) / elapsed : 0;
    double left = rate > 0 ? (double)(p->steps - step) / rate : 0;
    if (p->budget > 0 && p->budget - elapsed < left) left = p->budget - elapsed;
    char values[200], time_left[24], line[320];
    metrics_format(m, p->live ? 4 : 8, values, sizeof values);
    format_time(left, time_left);
    snprintf(line, sizeof line, "step %" PRIu64 "/%" PRIu64 " %3d %%  %s%s%.4g steps/s  left %s",
             step, p->steps, percent, values, *values ? "  " : "", rate, time_left);
    if (p->live) console_live(line);
    else console_note("%s", line);
}

void progress_end(Progress *p) {
    if (p->live) console_live(NULL);
}
