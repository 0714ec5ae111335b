/* console.c - see console.h. Needs nothing but stdio. */
#include "console.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool is_quiet, line_open;

void console_set_quiet(bool quiet) { is_quiet = quiet; }

/* Removes the live line, if there is one. */
static void clear_line(void) {
    if (line_open) fputs("\r\033[K", stderr);
    line_open = false;
}

/* Writes one printable line. */
static void say(const char *fmt, va_list args) {
    char text[2048];
    vsnprintf(text, sizeof text, fmt, args);
    status_make_printable(text);
    clear_line();
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
}

void console_note(const char *fmt, ...) {
    if (is_quiet) return;
    va_list args;
    va_start(args, fmt);
    say(fmt, args);
    va_end(args);
}

void console_warn(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    say(fmt, args);
    va_end(args);
}

bool console_is_live(void) {
    const char *term = getenv("TERM");
    return !is_quiet && isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0;
}

/* Columns of the terminal: a line that wraps could not be cleared. */
static int columns(void) {
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : 80;
}

void console_live(const char *text) {
    clear_line();
    if (!text || !*text) return;
    fprintf(stderr, "%.*s", columns() - 1, text);
    fflush(stderr);
    line_open = true;
}
