/* emu_settings.c - the environment of the emulator, its faults and its traps; see
 * emu_internal.h. */
#include "emu_internal.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void emu_trap(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("emulator: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    _exit(99);
}

static EmuSettings settings;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static long number(const char *name, long value) {
    const char *text = getenv(name);
    char *end;
    if (!text || !*text) return value;
    value = strtol(text, &end, 10);
    if (*end || value < 0) emu_trap("%s=%s is not a number", name, text);
    return value;
}
static void read_settings(void) {
    const char *order = getenv("EMU_ORDER");
    if (!order) order = "forward";
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    settings = (EmuSettings){ .sms = (int)number("EMU_SMS", 2),
                              .ctas = (int)number("EMU_CTAS", 4),
                              .workers = (int)number("EMU_WORKERS", cpus),
                              .devices = (int)number("EMU_DEVICES", 1),
                              .capability = (int)number("EMU_CAPABILITY", 90),
                              .skip_line = (int)number("EMU_SKIP", 0),
                              .memory = (size_t)number("EMU_MEMORY", 1L << 30) };
    if (settings.workers < 1) settings.workers = 1;
    if (strcmp(order, "forward") == 0) settings.order = EMU_FORWARD;
    else if (strcmp(order, "reverse") == 0) settings.order = EMU_REVERSE;
    else if (strncmp(order, "random", 6) == 0) settings.order = EMU_RANDOM;
    else emu_trap("EMU_ORDER=%s: forward, reverse or random[:SEED]", order);
    if (settings.order == EMU_RANDOM && order[6] == ':')
        settings.seed = strtoull(order + 7, NULL, 10);
}
const EmuSettings *emu_settings(void) {
    pthread_once(&once, read_settings);
    return &settings;
}

double emu_cost(const char *name, unsigned ctas) {
    char kernel[64], number[16];
    double us;
    int used;
    for (const char *at = getenv("EMU_COST"); at && *at; at += used) {
        if (sscanf(at, "%63[^:]:%15[^:]:%lf%n", kernel, number, &us, &used) != 3) emu_trap("EMU_COST: %s", at);
        used += at[used] == ',';
        if ((strcmp(kernel, "*") == 0 || strcmp(kernel, name) == 0)
            && (strcmp(number, "*") == 0 || strtoul(number, NULL, 10) == ctas)) return us;
    }
    return 10;
}

/* One entry of EMU_FAIL and how often it was met. */
typedef struct Fault { char name[64]; int at, code, met; } Fault;
static Fault faults[16];
static int n_faults = -1;

static void read_faults(void) {
    const char *text = getenv("EMU_FAIL");
    n_faults = 0;
    while (text && *text && n_faults < 16) {
        Fault *f = &faults[n_faults++];
        *f = (Fault){ .at = 1, .code = 999 };
        int used = 0;
        if (sscanf(text, "%63[^:,]%n", f->name, &used) != 1) emu_trap("EMU_FAIL=%s", text);
        text += used;
        if (*text == ':') f->at = (int)strtol(text + 1, (char **)&text, 10);
        if (*text == ':') f->code = (int)strtol(text + 1, (char **)&text, 10);
        if (*text == ',') text++;
        else if (*text) emu_trap("EMU_FAIL: %s", text);
    }
}
int emu_fault(const char *name) {
    if (n_faults < 0) read_faults();
    for (int i = 0; i < n_faults; i++)
        if (strcmp(faults[i].name, name) == 0 && ++faults[i].met == faults[i].at)
            return faults[i].code;
    return 0;
}
