/* syntax_error.c - words a syntax error so that its reader sees the mistake, not the grammar.
 *
 * Needs the names of the expected tokens as parse.y spells them. Promises: one diagnostic per call,
 * with at most a handful of expectations: sets such as FIRST(expr) are folded into "an expression".
 * Common slips (`steps 100`, `a = b` as a condition, `x ** 2`, a lost bracket) get a help line. */
#include "front/parse_internal.h"

#include "parse.tab.h"

#include <string.h>

/* ---- folding expected tokens --------------------------------------------------------------- */

/* A set of tokens with a common name: when at least `least` of `tokens` are expected, all of them
 * are replaced by the name. Order matters: larger sets first. */
typedef struct Fold {
    const char *name;
    int least;
    const char *tokens[40];
} Fold;

static const Fold folds[] = {
    { "a declaration", 8, { "'import'", "'use'", "'const'", "'arg'", "'param'", "'state'",
      "'data'", "'buffer'", "'ema'", "'energy'", "'generator'", "'net'", "'module'", "'fn'",
      "'sampler'", "'objective'", "'train'", "'eval'", "'sample'" } },
    { "a statement", 12, { "name", "integer", "number", "string", "'true'", "'false'", "'('",
      "'['", "'for'", "'repeat'", "'every'", "'while'", "'if'", "'minimize'", "'maximize'",
      "'simultaneous'", "'return'", "'track'", "'report'", "'assert'", "'param'", "'state'",
      "'fn'", "'shared'", "'optimizer'", "'step'", "'run'", "'export'" } },
    { "'=', '~'", 7, { "'='", "'~'", "'+='", "'-='", "'('", "'['", "'.'" } },
    { "an expression", 10, { "name", "integer", "number", "string", "'true'", "'false'", "'('",
      "'['", "'-'", "'not'", "'if'", "'fn'", "'like'" } },
    { "a value", 7, { "name", "integer", "number", "string", "'true'", "'false'", "'('", "'['" } },
    { "an operator", 7, { "'|>'", "'or'", "'and'", "'=='", "'!='", "'<'", "'>'", "'<='", "'>='",
      "'+'", "'-'", "'*'", "'/'", "'%'", "'@'", "'^'", "'('", "'['", "'.'" } },
    { "a type", 4, { "name", "'['", "'('", "'fn'" } },
};

static bool names_hold(const char *const *names, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!strcmp(names[i], name))
            return true;
    return false;
}

static int fold_size(const Fold *f) {
    int n = 0;
    while (n < 40 && f->tokens[n])
        n++;
    return n;
}

/* Adds "; expected a, b or c". */
static void add_expected(Text *t, const char *const *expected, int n) {
    const char *left[64], *shown[72];
    int n_left = 0, n_shown = 0;            /* the expected tokens hold no token twice */
    for (int i = 0; i < n && n_left < 64; i++)
        left[n_left++] = expected[i];
    if (names_hold(left, n_left, "'prob'"))          /* the likeliest slip after '~' */
        shown[n_shown++] = "'prob'";
    for (size_t f = 0; f < sizeof folds / sizeof *folds; f++) {
        int size = fold_size(&folds[f]), hits = 0, kept = 0;
        for (int i = 0; i < n_left; i++)
            hits += names_hold(folds[f].tokens, size, left[i]);
        if (hits < folds[f].least)
            continue;
        for (int i = 0; i < n_left; i++)
            if (!names_hold(folds[f].tokens, size, left[i]))
                left[kept++] = left[i];
        n_left = kept;
        shown[n_shown++] = folds[f].name;
    }
    /* What introduces more is named before what ends the statement. */
    for (int i = 0; i < n_left; i++)
        if (strcmp(left[i], "end of line") && strcmp(left[i], "'prob'"))
            shown[n_shown++] = left[i];
    if (n_left > 0 && names_hold(left, n_left, "end of line"))
        shown[n_shown++] = "end of line";
    if (n_shown == 0 || n_shown > 8)
        return;
    text_add(t, "; expected ");
    for (int i = 0; i < n_shown; i++)
        text_printf(t, "%s%s", i == 0 ? "" : i == n_shown - 1 ? " or " : ", ", shown[i]);
}

/* ---- help for common slips ----------------------------------------------------------------- */

static const Token *token_at(const Parser *p, int token) {
    static const Token none;
    return token < 0 || token >= p->tokens.n ? &none : &p->tokens.v[token];
}

static bool token_in(const Parser *p, int token, const char *const *words) {
    for (; *words; words++)
        if (token_is(p, token, *words))
            return true;
    return false;
}

/* The first raw token of the line that the token stands on. */
static int line_start(const Parser *p, int token) { return token_at(p, token)->line_start; }

/* Does a statement or an item begin at this raw token? */
static bool begins_statement(const Parser *p, int token) {
    int kind = token > 0 ? token_at(p, token - 1)->kind : ';';
    return token_at(p, token)->first || kind == ';' || kind == '{';
}

static void add_help(Parser *p, int at, const char *const *expected, int n) {
    static const char *const conditions[] = { "if", "while", "assert", NULL };
    static const char *const items[] = { "const", "arg", "data", "buffer", "ema", "energy", "net",
                                         "generator", "module", "sampler", "objective", "import",
                                         "use", "train", "eval", "sample", NULL };
    const Token *t = token_at(p, at), *before = token_at(p, at - 1);
    int start = line_start(p, at);
    if (names_hold(expected, n, "name") && t->kind == ID && t->keyword) {
        diag_help("'%.*s' is a reserved word here and cannot be a name", (int)(t->end - t->begin),
                  p->text + t->begin);
    } else if (token_is(p, start, "module") && names_hold(expected, n, "'('")) {
        diag_help("a module has static arguments, then tensors:  module Net(h: int)(x: [D])");
    } else if (t->kind == STARSTAR) {
        diag_help("powers are written with '^'");
    } else if (t->kind == '=' && token_in(p, start, conditions)) {
        diag_help("equality is tested with '=='");
    } else if (t->kind == '.' && token_at(p, at + 1)->kind == INT) {
        diag_help("a real number has digits on both sides of the point: 0.5");
    } else if (t->keyword == IF && names_hold(expected, n, "'|>'")) {
        diag_help("a choice is written  if a then b else c");
    } else if (t->keyword == THEN && token_is(p, start, "if")) {
        diag_help("the block of an 'if' statement stands in { }");
    } else if (t->kind == ':' && names_hold(expected, n, "'..'")) {
        diag_help("a range is written  a..b  (b included) or  a..<b");
    } else if (t->kind == ',' && names_hold(expected, n, "end of line") &&
               !token_is(p, start, "return")) {
        diag_help("statements on one line are separated by ';'");
    } else if (t->kind == ',' && token_is(p, start, "return")) {
        diag_help("several values are returned as a tuple: return (a, b)");
    } else if ((t->kind == EQ || t->kind == NE || t->kind == '<' || t->kind == '>' ||
                t->kind == LE || t->kind == GE) && !names_hold(expected, n, "'=='") &&
               names_hold(expected, n, "'+'")) {
        diag_help("comparisons do not chain: write  a < b and b < c");
    } else if (t->kind == '=' && names_hold(expected, n, "'->'") && p->depth == 0) {
        diag_help("a network made from a module has a type and no formals:  energy E: [2] = Net()");
    } else if (p->depth_before > 0 && token_in(p, at - 1, items) && begins_statement(p, at - 1)) {
        diag_help("'%.*s' declares something at the top level only",
                  (int)(before->end - before->begin), p->text + before->begin);
    } else if (names_hold(expected, n, "'='") && names_hold(expected, n, "'~'") &&
               before->kind == ID && begins_statement(p, at - 1) &&
               (t->kind == INT || t->kind == REAL || t->kind == STR || t->kind == ID)) {
        static const char *const words[] = { "minimize", "maximize", "return", "track", "report",
                                             "assert", "repeat", "every", "while", "optimizer" };
        const char *word = arena_printf(p->arena, "%.*s", (int)(before->end - before->begin),
                                        p->text + before->begin);
        const char *near = nearest_name(word, words, sizeof words / sizeof *words);
        if (near) diag_help("did you mean '%s'?", near);
        else diag_help("a setting or a value is given with '=':  %s = ...", word);
    } else if (names_hold(expected, n, "'='") && names_hold(expected, n, "'~'") &&
               t->kind > 0 && t->kind < 128 && strchr("+-*/%@^<>", t->kind)) {
        diag_help("the value of an expression needs a name:  y = ...");
    }
}

/* ---- the error itself ---------------------------------------------------------------------- */

/* Is a bracket from an earlier line still open although this line looks like a new statement? */
static int opener_to_blame(const Parser *p, int at) {
    if (!token_in_brackets(p))
        return -1;
    int opener = p->open[p->depth - 1].token, start = line_start(p, at);
    if (token_at(p, at)->kind == '(' || token_at(p, at)->kind == '[' || start <= opener)
        return -1;
    return token_at(p, start)->column <= p->statement_indent ? opener : -1;
}

/* Describes the token found, with its text where the kind alone says little. */
static void add_found(Text *t, const Parser *p, int at, const char *found) {
    const Token *tok = token_at(p, at);
    int n = (int)(tok->end - tok->begin < NAME_MAX_BYTES ? tok->end - tok->begin : NAME_MAX_BYTES);
    const char *text = p->text + tok->begin;
    if (p->last == ID)
        text_printf(t, "unexpected name '%.*s'", n, text);
    else if (p->last == INT || p->last == REAL)
        text_printf(t, "unexpected number %.*s", n, text);
    else
        text_printf(t, "unexpected %s", found);
}

void syntax_error(Parser *p, const char *found, const char *const *expected, int n) {
    if (p->fatal)
        return;
    int at = p->last == NL ? p->next : p->current;
    Range place = token_range(p, p->current);
    if (p->last == NL)
        place.begin = place.end;
    int opener = p->last == NL ? -1 : opener_to_blame(p, at);
    if (opener >= 0) {
        diag(E0102, token_range(p, opener), "this '%c' is never closed",
             token_at(p, opener)->kind);
        diag_note(token_range(p, line_start(p, at)), "a new statement starts here");
        token_recover(p);
        token_drop_brackets(p);
        return;
    }
    Text t = { 0 };
    add_found(&t, p, at, found);
    bool after_draw = names_hold(expected, n, "'prob'");
    if (after_draw)
        text_add(&t, " after a distribution");
    add_expected(&t, expected, n);
    diag(after_draw ? E0103 : E0106, place, "%s", t.data);
    text_free(&t);
    if (after_draw && token_at(p, at)->keyword)
        diag_help("statements on one line are separated by ';'");
    else if (after_draw && (token_at(p, at)->kind == ID || token_at(p, at)->kind == REAL))
        diag_help("a mixture is written  x ~ A prob 0.95 else B");
    else if (p->last != NL)
        add_help(p, at, expected, n);
    token_recover(p);
}

/* ---- words that start no item -------------------------------------------------------------- */

void syntax_bad_item(Parser *p, int token) {
    static const char *const keywords[] = {
        "import", "use", "const", "arg", "param", "state", "data", "buffer", "ema", "energy",
        "generator", "net", "module", "fn", "sampler", "objective", "train", "eval", "sample" };
    static const char *const functions[] = { "def", "function", "func", "fun", "lambda", "proc",
                                             "method", NULL };
    static const char *const networks[] = { "class", "struct", "model", "network", "layer", NULL };
    static const char *const values[] = { "let", "var", "val", "static", "auto", "int", "real",
                                          "float", "double", NULL };
    const Token *t = token_at(p, token), *after = token_at(p, token + 1);
    int n = (int)(t->end - t->begin < NAME_MAX_BYTES ? t->end - t->begin : NAME_MAX_BYTES);
    const char *word = arena_printf(p->arena, "%.*s", n, p->text + t->begin);
    diag(E0104, token_range(p, token), "'%s' does not start a declaration", word);
    if (t->column > 1 && t->first && p->items.n > 0)
        diag_note(token_range(p, token - 1), "the item above ended here");
    const char *near = t->kind == ID ? nearest_name(word, keywords, 19) : NULL;
    if (token_in(p, token, functions))
        diag_help("functions are declared with 'fn'; one that draws can be a 'sampler'");
    else if (token_in(p, token, networks))
        diag_help("networks are declared with 'energy', 'generator', 'net' or 'module'");
    else if (token_in(p, token, values))
        diag_help("a fixed value is declared with 'const', a run-time value with 'arg'");
    else if (token_is(p, token, "optimizer") || token_is(p, token, "step"))
        diag_help("'%s' stands inside a train entry", word);
    else if (token_is(p, token, "from") && after->kind == ID)
        diag_help("names of the standard library:  use std.samplers: langevin;  another file:  "
                  "import \"file.ebm\"");
    else if (t->keyword)
        diag_help("statements stand inside train, eval, sample, fn, sampler or network bodies");
    else if (t->kind == ID && after->kind == '=')
        diag_help("a fixed value is declared as  const %s = ...,  a run-time one as  arg %s = ...",
                  word, word);
    else if (t->kind == ID && (after->kind == '~' || after->kind == '('))
        diag_help("statements stand inside train, eval, sample, fn, sampler or network bodies");
    else if (near)
        diag_help("did you mean '%s'?", near);
}

/* ---- minimize without over ----------------------------------------------------------------- */

/* Is there a network or a parameter of this name in the file so far? */
static bool is_group(const Parser *p, const char *name) {
    for (int i = 0; i < p->items.n; i++)
        if (p->items.v[i]->name == name &&
            (p->items.v[i]->kind == IT_NET || p->items.v[i]->kind == IT_PARAM))
            return true;
    return false;
}

/* Collects the groups that the raw tokens of the expression name. */
void syntax_no_over(Parser *p, Range keyword, Expr *e, Range end, int sign) {
    const char *word = sign > 0 ? "minimize" : "maximize";
    diag(E0105, end, "'%s' must say which parameters move", word);
    Text used = { 0 };
    const char *seen[8];
    int n = 0, i = p->next - 1;
    for (int k = 0; k < 200 && i > 0 && token_at(p, i)->begin > keyword.begin; k++)
        i--;
    for (; i < p->next && n < 8; i++) {
        const Token *t = token_at(p, i);
        if (t->kind != ID || t->begin < e->at.begin)
            continue;
        const char *name = intern_n(p->text + t->begin, t->end - t->begin);
        if (!is_group(p, name) || names_hold(seen, n, name))
            continue;
        text_printf(&used, "%s%s", n ? ", " : "", name);
        seen[n++] = name;
    }
    if (n)
        diag_help("add  over %s   (networks used here: %s)", seen[0], used.data);
    else
        diag_help("add  over NAME, with the networks or parameters that this update moves");
    text_free(&used);
}
