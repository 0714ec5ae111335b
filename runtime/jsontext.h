/* jsontext.h - JSON values as text that is known to be right. */
#ifndef EBM_RT_JSONTEXT_H
#define EBM_RT_JSONTEXT_H
#include "status.h"
#include <jansson.h>

/* The text of `value` (which is released, also on failure; NULL: building it failed), to be given
 * to mem_free; NULL and RT_LIMIT when there is no memory. `what` names it in the message.
 *
 * The text is parsed and compared before it is returned: jansson 2.14 drops an object's key without
 * a word when its buffer cannot grow just there. */
char *json_text(json_t *value, size_t flags, const char *what, Status *st);
#endif
