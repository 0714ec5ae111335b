/* settings.h - the run-time values of an entry: args, batch, steps, count, seed and data paths.
 *
 * They start at the program's defaults, `name=value` words change them, checkpoints save them. */
#ifndef EBM_RT_SETTINGS_H
#define EBM_RT_SETTINGS_H
#include "ebm.h"
#include "status.h"

typedef struct SettingPaths { char **path; int n; } SettingPaths;

typedef struct Settings {
    const EbmProgram *program;
    const EbmEntryDesc *entry;
    double *scalar;               /* [n_scalars] */
    int64_t batch, steps, count;
    bool count_given;
    uint64_t seed;
    SettingPaths *paths;          /* [n_data] */
    char *from;                   /* from=PATH, or NULL */
} Settings;

bool settings_new(Settings *s, const EbmProgram *p, const EbmEntryDesc *entry, Status *st);
void settings_free(Settings *s);

/* Takes the args, the seed and the data paths of another run of the same program. */
bool settings_follow(Settings *s, const Settings *other, Status *st);

/* Applies one word `name=value`; unknown names and bad values are RT_USAGE, with a suggestion. A
 * name may carry its entry: `cd.steps=1000`. */
bool settings_apply(Settings *s, const char *word, Status *st);
/* What `resume` may change: steps and data paths; anything else is RT_USAGE and says why. */
bool settings_apply_resume(Settings *s, const char *word, Status *st);

/* {"K":40,"eps":0.004} of the program's args; mem_free. */
char *settings_args_json(const Settings *s, Status *st);
/* Sets args, batch and steps back from their saved strings. */
bool settings_restore(Settings *s, const char *args, const char *batch, const char *steps,
                      Status *st);
/* Takes the data paths from config.json of a run's folder; without that file the program's stay. */
bool settings_restore_paths(Settings *s, const char *dir, Status *st);

/* Numbers from bounded, checked text; false when the text is not one. */
bool parse_integer(const char *text, int64_t low, int64_t high, int64_t *out);
bool parse_real(const char *text, double *out);
bool parse_seed(const char *text, uint64_t *out);
/* "60s", "2m", "1.5h" or plain seconds. */
bool parse_duration(const char *text, double *seconds);

/* The nearest of n names by edit distance (at most a third of the length), or NULL. */
const char *suggest(const char *name, const char *const *names, int n);
#endif
