/* driver_options.c - the command line of ebmcc.
 *
 * Needs options.def. Promises: every unknown or malformed word is one line with a suggestion and
 * EXIT_USAGE; --help and docs/options.md come from the same table as the parser. */
#include <stdio.h>
#include <string.h>

#include "driver.h"

typedef struct OptionRow { char letter; const char *name, *argument, *choices, *help; } OptionRow;
static const OptionRow rows[OPTION_COUNT] = {
#define OPTION(id, letter, name, argument, choices, help) { letter, name, argument, choices, help },
#include "options.def"
#undef OPTION
};

typedef struct CommandRow { const char *name, *arguments, *help; } CommandRow;
static const CommandRow commands[] = {
    [COMMAND_BUILD] = { NULL, "SPEC.ebm [-o PROGRAM]",
                        "compile a spec to a self-contained program" },
    [COMMAND_CHECK] = { "check", "SPEC.ebm", "report errors and warnings; run and write nothing" },
    [COMMAND_DOCTOR] = { "doctor", "", "say what this machine has and what is missing" },
};

typedef struct ExitRow { int code; const char *meaning; } ExitRow;
static const ExitRow exits[] = {
    { EXIT_OK, "success" },
    { EXIT_INTERNAL, "an internal error: always a bug, please report it" },
    { EXIT_USAGE, "a mistake on the command line" },
    { EXIT_SPEC, "an error in the spec" },
    { EXIT_LIMIT, "a resource limit was reached" },
    { EXIT_WRITE, "a file could not be written" },
    { EXIT_TOOL, "the C compiler is missing or failed, or the target is not available" },
};

void complain(const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    fputs("ebmcc: error: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
}

/* ---- parsing -------------------------------------------------------------------------------- */

static int unknown_option(const char *word, size_t len) {
    const char *names[OPTION_COUNT];
    for (int i = 0; i < OPTION_COUNT; i++)
        names[i] = rows[i].name;
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
    const char *near = nearest_name(name, names, OPTION_COUNT);
    if (near)
        complain("unknown option '--%s'; did you mean '--%s'?", name, near);
    else
        complain("unknown option '--%s' (ebmcc --help lists them)", name);
    return EXIT_USAGE;
}

/* True when `value` is one of the space-separated `choices`. */
static bool is_choice(const char *choices, const char *value) {
    size_t len = strlen(value);
    for (const char *c = choices; *c;) {
        size_t n = strcspn(c, " ");
        if (n == len && memcmp(c, value, n) == 0)
            return true;
        c += n + (c[n] == ' ');
    }
    return false;
}

static int store(Arena *a, Options *o, OptionId id, const char *value) {
    const OptionRow *row = &rows[id];
    if (value && !*value) {
        complain("--%s needs %s", row->name, row->argument);
        return EXIT_USAGE;
    }
    if (value && row->choices && !is_choice(row->choices, value)) {
        complain("--%s=%s: expected one of: %s", row->name, value, row->choices);
        return EXIT_USAGE;
    }
    o->given[id] = true;
    o->value[id] = value;
    if (id == OPTION_NO_PASS)
        vec_push(a, &o->off, value);
    if (id == OPTION_DEFINE) {
        const char *eq = strchr(value, '=');
        if (!eq || eq == value || !eq[1]) {
            complain("-D %s: expected NAME=VALUE", value);
            return EXIT_USAGE;
        }
        for (int i = 0; i < o->defines.n; i++)
            if (strncmp(o->defines.v[i], value, (size_t)(eq - value) + 1) == 0) {
                complain("-D %.*s is given twice", (int)(eq - value), value);
                return EXIT_USAGE;
            }
        vec_push(a, &o->defines, value);
    }
    return EXIT_OK;
}

/* One option at argv[*i]; moves *i past an argument that stands in the next word. */
static int parse_option(Arena *a, int argc, char **argv, int *i, Options *o) {
    const char *word = argv[*i], *value = NULL;
    int id = 0;
    if (word[1] == '-') {
        size_t len = strcspn(word + 2, "=");
        while (id < OPTION_COUNT && !(strlen(rows[id].name) == len &&
                                      memcmp(rows[id].name, word + 2, len) == 0))
            id++;
        if (id == OPTION_COUNT)
            return unknown_option(word + 2, len);
        if (word[2 + len] == '=')
            value = word + 3 + len;
    } else {
        while (id < OPTION_COUNT && rows[id].letter != word[1])
            id++;
        if (id == OPTION_COUNT) {
            complain("unknown option '%.2s' (ebmcc --help lists them)", word);
            return EXIT_USAGE;
        }
        if (word[2])
            value = word + 2;
    }
    const OptionRow *row = &rows[id];
    if (!row->argument && value) {
        complain("--%s takes no argument", row->name);
        return EXIT_USAGE;
    }
    if (row->argument && !value) {
        if (*i + 1 >= argc) {
            complain("--%s needs %s", row->name, row->argument);
            return EXIT_USAGE;
        }
        value = argv[++*i];
    }
    return store(a, o, (OptionId)id, value);
}

/* Options that are a whole task of their own: no spec is wanted. */
static bool needs_spec(const Options *o) {
    return o->command != COMMAND_DOCTOR && !o->given[OPTION_HELP] && !o->given[OPTION_VERSION] &&
           !o->given[OPTION_EXPLAIN] && !o->given[OPTION_PAGE];
}

int options_parse(Arena *a, int argc, char **argv, Options *o) {
    *o = (Options){ .command = COMMAND_BUILD };
    bool only_words = false, has_command = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
        } else if (!only_words && word[0] == '-' && word[1]) {
            int code = parse_option(a, argc, argv, &i, o);
            if (code)
                return code;
        } else if (!has_command && !o->spec && strcmp(word, "check") == 0) {
            o->command = COMMAND_CHECK, has_command = true;
        } else if (!has_command && !o->spec && strcmp(word, "doctor") == 0) {
            o->command = COMMAND_DOCTOR, has_command = true;
        } else if (o->spec || o->command == COMMAND_DOCTOR) {
            complain("one spec at a time: '%s' is one word too many", word);
            return EXIT_USAGE;
        } else {
            o->spec = word;
        }
    }
    if (needs_spec(o) && !o->spec) {
        complain("no spec given: ebmcc SPEC.ebm -o PROGRAM (ebmcc --help says more)");
        return EXIT_USAGE;
    }
    int texts = o->given[OPTION_EMIT] + o->given[OPTION_DUMP] + o->given[OPTION_WHY] +
                o->given[OPTION_PARAMS];
    if (texts > 1) {
        complain("only one of --emit, --dump, --why and --params at a time");
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* ---- help ----------------------------------------------------------------------------------- */

void options_help(Text *out) {
    text_add(out, "ebmcc compiles specifications of energy-based models to programs.\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        Text left = { 0 };
        text_printf(&left, "ebmcc %s%s%s", commands[i].name ? commands[i].name : "",
                    commands[i].name && *commands[i].arguments ? " " : "", commands[i].arguments);
        text_printf(out, "  %-32s %s\n", left.data, commands[i].help);
        text_free(&left);
    }
    text_add(out, "\noptions:\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *r = &rows[i];
        Text left = { 0 };
        if (r->letter)
            text_printf(&left, "-%c, ", r->letter);
        else
            text_add(&left, "    ");
        text_printf(&left, "--%s%s%s", r->name, r->argument ? "=" : "",
                    r->argument ? r->argument : "");
        text_printf(out, "  %-27s %s\n", left.data, r->help);
        if (r->choices && strchr(r->choices, ' '))
            text_printf(out, "  %-27s %s: %s\n", "", r->argument, r->choices);
        text_free(&left);
    }
    text_add(out, "\nexit codes:\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        text_printf(out, "  %-2d  %s\n", exits[i].code, exits[i].meaning);
}

void options_page(Text *out) {
    text_add(out, "# Command line of ebmcc\n\nMade from `compiler/options.def` by `make docs`.\n\n"
                  "| command | |\n|---|---|\n");
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        text_printf(out, "| `ebmcc %s%s%s` | %s |\n", commands[i].name ? commands[i].name : "",
                    commands[i].name && *commands[i].arguments ? " " : "", commands[i].arguments,
                    commands[i].help);
    text_add(out, "\n| option | argument | meaning |\n|---|---|---|\n");
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *r = &rows[i];
        text_add(out, "| ");
        if (r->letter)
            text_printf(out, "`-%c`, ", r->letter);
        text_printf(out, "`--%s` | ", r->name);
        if (r->choices)
            for (const char *c = r->choices; *c;) {
                size_t n = strcspn(c, " ");
                text_printf(out, "%s`%.*s`", c == r->choices ? "" : ", ", (int)n, c);
                c += n + (c[n] == ' ');
            }
        else if (r->argument)
            text_printf(out, "`%s`", r->argument);
        text_printf(out, " | %s |\n", r->help);
    }
    text_add(out, "\n| exit code | meaning |\n|---|---|\n");
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++)
        text_printf(out, "| %d | %s |\n", exits[i].code, exits[i].meaning);
}
