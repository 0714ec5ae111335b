/* internal.h - what the files of base/ share with each other and with nobody else. */
#ifndef EBM_BASE_INTERNAL_H
#define EBM_BASE_INTERNAL_H
#include "base/base.h"

/* Parts of base_reset(). */
void arenas_reset(void);
void names_reset(void);
void sources_reset(void);

/* The text of line `line` (from 1) of a source, without its line end; false when there is none. */
bool source_line(int file, int line, const char **text, size_t *len);
#endif
