/* signals.h - a signal only sets a flag; policy is applied between steps. */
#ifndef EBM_RT_SIGNALS_H
#define EBM_RT_SIGNALS_H
#include <stdbool.h>

/* INT, TERM and HUP ask the run to stop after its step; a second one ends the process at once
 * (RT_STOPPED) without writing. PIPE and XFSZ are ignored: writes then fail with an error. */
void signals_install(void);
bool signals_stop_requested(void);
#endif
