/* signals.c - see signals.h. */
#include "signals.h"
#include "status.h"
#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

/* Async-signal-safe: a flag, or the end. */
static void on_signal(int number) {
    if (stop) _exit(RT_STOPPED);
    stop = 1;
}

void signals_install(void) {
    struct sigaction a;
    memset(&a, 0, sizeof a);
    sigemptyset(&a.sa_mask);
    a.sa_flags = SA_RESTART;
    a.sa_handler = on_signal;
    sigaction(SIGINT, &a, NULL);
    sigaction(SIGTERM, &a, NULL);
    sigaction(SIGHUP, &a, NULL);
    a.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &a, NULL);
    sigaction(SIGXFSZ, &a, NULL);
}

bool signals_stop_requested(void) { return stop != 0; }
