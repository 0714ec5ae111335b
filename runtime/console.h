/* console.h - what a program says on stderr: notes, and one live line on a terminal.
 *
 * Results go to stdout by their owners; everything else goes through here, so that a note never
 * lands in the middle of the live line and --quiet silences notes in one place. */
#ifndef EBM_RT_CONSOLE_H
#define EBM_RT_CONSOLE_H
#include "status.h"

void console_set_quiet(bool quiet);
/* One line on stderr; dropped when quiet. */
void console_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* One line on stderr, never dropped. */
void console_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Whether stderr is a terminal that can take a live line (and notes are wanted). */
bool console_is_live(void);
/* Replaces the live line; NULL or "" removes it. Only when console_is_live(). */
void console_live(const char *text);
#endif
