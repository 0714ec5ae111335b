/* driver_timings.c - --timings and -v: where a compilation spends its time.
 *
 * The phases follow each other: timing_phase ends one, named, and starts the next. Parts of the
 * phase that runs are added by name; children of this process have CPU time, not a share of the
 * phase, since they run side by side. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "driver.h"

enum { MAX_ROWS = 64 };
typedef struct Row {
    char name[40];
    bool is_part, is_cpu;
    double seconds;
} Row;
static Row rows[MAX_ROWS];
static int n_rows, first_part;           /* the parts of the running phase start here */
static double started, since, part_since;

double timing_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void timing_start(void) {
    n_rows = first_part = 0;
    started = since = part_since = timing_now();
}

static void add(const char *name, bool is_part, bool is_cpu, double s) {
    int k = first_part;
    while (k < n_rows && strcmp(rows[k].name, name) != 0)
        k++;
    if (k == MAX_ROWS)
        return;
    if (k == n_rows) {
        rows[n_rows++] = (Row){ .is_part = is_part, .is_cpu = is_cpu };
        snprintf(rows[k].name, sizeof rows[k].name, "%s", name);
    }
    rows[k].seconds += s;
}

void timing_part(const char *name) {
    double now = timing_now();
    add(name, true, false, now - part_since);
    part_since = now;
}

void timing_child(const char *name, double cpu_seconds) { add(name, true, true, cpu_seconds); }

void timing_phase(const char *name) {
    double now = timing_now();
    int parts = n_rows - first_part;
    add(name, false, false, now - since);
    if (n_rows > first_part + parts) {   /* the phase stands above its parts */
        Row phase = rows[n_rows - 1];
        memmove(rows + first_part + 1, rows + first_part, (size_t)parts * sizeof *rows);
        rows[first_part] = phase;
    }
    first_part = n_rows;
    since = part_since = now;
}

void timing_print(void) {
    double all = timing_now() - started;
    fprintf(stderr, "%-24s %10s %7s\n", "phase", "ms", "share");
    for (int i = 0; i < n_rows; i++) {
        const Row *r = &rows[i];
        int indent = r->is_part ? 2 : 0;
        fprintf(stderr, "%*s%-*s %10.1f ", indent, "", 24 - indent, r->name, 1e3 * r->seconds);
        if (r->is_cpu)
            fprintf(stderr, "    CPU\n");
        else
            fprintf(stderr, "%5.1f %%\n", all > 0 ? 100 * r->seconds / all : 0.0);
    }
    fprintf(stderr, "%-24s %10.1f\n", "total", 1e3 * all);
}
