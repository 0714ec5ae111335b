/* tokens.c - turns raw tokens into the tokens of the grammar: inserts line ends, tells keywords
 * from names, pairs brackets, and keeps one mistake from becoming many.
 *
 * Needs scan_tokens(). Promises:
 * - a line end never comes first in a block or twice in a row, and always stands before '}';
 * - brackets reach the parser in pairs; what is wrong with them is reported here (E0101, E0102,
 *   E0120) and the statement at hand is given up: YYerror, then the next line end;
 * - after a syntax error (token_recover) the rest of the statement is skipped with its blocks.
 *
 * Layout: a statement ends at the end of a line or at ';', except inside ( ) and [ ], after a token
 * that cannot end it, and before a line that starts with a token that cannot start a statement. */
#include "front/parse_internal.h"

#include "parse.tab.h"

#include <string.h>

static const Token *raw(const Parser *p, int i) {
    return &p->tokens.v[i < p->tokens.n ? i : p->tokens.n - 1];
}

Range token_range(const Parser *p, int token) {
    if (token < 0)
        return (Range){ p->source, 0, 0 };
    const Token *t = raw(p, token);
    return (Range){ p->source, t->begin, t->end };
}

bool token_is(const Parser *p, int token, const char *text) {
    if (token < 0)
        return false;
    const Token *t = raw(p, token);
    return t->end - t->begin == strlen(text) && !memcmp(p->text + t->begin, text, strlen(text));
}

void token_fatal(Parser *p, DiagCode code, Range at, const char *what, long limit) {
    if (!p->fatal)
        diag(code, at, "%s (limit %ld)", what, limit);
    p->fatal = true;
}

/* ---- what kinds of tokens may do ----------------------------------------------------------- */

static bool ends_statement(int kind) {
    switch (kind) {
    case ID: case INT: case REAL: case STR: case TRUE: case FALSE: case ')': case ']': case '}':
    case RETURN: case TRACK: case REPORT: case ASSERT: case MINIMIZE: case MAXIMIZE:
        return true;
    default:
        return false;
    }
}

static bool ends_value(int kind) {
    return ends_statement(kind) && kind != RETURN && kind != TRACK && kind != REPORT &&
           kind != ASSERT && kind != MINIMIZE && kind != MAXIMIZE;
}

/* A line that starts with one of these continues the statement above. */
static bool continues(const Token *t) {
    switch (t->kind) {
    case PIPE: case ARROW: case FATARROW: case DOTLT: case DOTDOT: case EQ: case NE: case LE:
    case GE: case PLUSEQ: case MINUSEQ: case STARSTAR:
    case '+': case '-': case '*': case '/': case '%': case '@': case '^': case '<': case '>':
    case '=': case '~': case ',': case ':': case '.': case ')': case ']': case '{':
        return true;
    case ID:
        return t->keyword == AND || t->keyword == OR || t->keyword == ELSE ||
               t->keyword == THEN || t->keyword == PROB || t->keyword == OVER || t->keyword == AS;
    default:
        return false;
    }
}

/* Keywords wherever they stand. */
static bool is_reserved(int keyword) {
    switch (keyword) {
    case FN: case FOR: case IN: case WHILE: case IF: case THEN: case ELSE: case RETURN:
    case MINIMIZE: case MAXIMIZE: case OVER: case SIMULTANEOUS: case PROB: case LIKE: case AS:
    case AND: case OR: case NOT: case TRUE: case FALSE: case ASSERT:
        return true;
    default:
        return false;
    }
}

/* Keywords at the start of a statement, unless it assigns to a variable of that name. */
static bool opens_statement(int keyword) {
    return keyword == REPEAT || keyword == EVERY || keyword == SHARED || keyword == TRACK ||
           keyword == REPORT;
}

static bool is_item_keyword(int keyword) {
    switch (keyword) {
    case IMPORT: case USE: case CONST: case ARG: case PARAM: case STATE: case DATA: case BUFFER:
    case EMA: case ENERGY: case GENERATOR: case NET: case MODULE: case FN: case SAMPLER:
    case OBJECTIVE: case TRAIN: case EVAL: case SAMPLE:
        return true;
    default:
        return false;
    }
}

/* ---- brackets ------------------------------------------------------------------------------ */

static const Open *innermost(const Parser *p) {
    return p->depth > 0 ? &p->open[p->depth - 1] : NULL;
}

bool token_in_brackets(const Parser *p) {
    return p->depth > 0 && innermost(p)->kind != '{';
}

void token_drop_brackets(Parser *p) {
    while (token_in_brackets(p))
        p->depth--;
}

static void push_open(Parser *p, int token) {
    if (p->depth == NESTING_MAX) {
        token_fatal(p, E0111, token_range(p, token), "brackets nest too deep", NESTING_MAX);
        return;
    }
    p->open[p->depth++] = (Open){ token, raw(p, token)->kind, p->statement_indent };
}

/* Closes the innermost '{'. One that stands left of the line it closes hints at a lost '}'. */
static void pop_brace(Parser *p, int closer) {
    const Open *o = &p->open[--p->depth];
    const Token *t = raw(p, closer);
    if (t->first && t->column < raw(p, o->token)->indent && p->suspect < 0)
        p->suspect = o->token;
    p->statement_indent = o->statement_indent;
    if (p->depth == 0)
        p->suspect = -1;
}

static char closer_of(int opener) { return opener == '(' ? ')' : opener == '[' ? ']' : '}'; }

/* Blames the opener; `at` is the token that shows that its closer is lost. */
static void report_unclosed(Parser *p, int opener, int at) {
    const Token *o = raw(p, opener), *t = raw(p, at);
    diag(o->kind == '{' ? E0101 : E0102, token_range(p, opener), "this '%c' is never closed",
         o->kind);
    if (t->kind == 0)
        diag_note(token_range(p, at), "the file ends here");
    else if (o->kind != '{' && t->kind == '}')
        diag_note(token_range(p, at), "this '}' ends the block around it");
    else if (t->kind == ')' || t->kind == ']')
        diag_note(token_range(p, at), "this '%c' closes a bracket further out", t->kind);
    else if (t->keyword == OVER)
        diag_note(token_range(p, at), "'over' stands outside of it");
    else if (is_item_keyword(t->keyword) && t->first && t->column == 1)
        diag_note(token_range(p, at), "'%.*s' starts a new top-level item here",
                  (int)(t->end - t->begin), p->text + t->begin);
    else
        diag_note(token_range(p, at), "a new %s starts here",
                  t->kind == '{' ? "block" : "statement");
}

/* Gives the statement at hand up: the parser gets YYerror and then a line end. */
static int give_up(Parser *p) {
    token_drop_brackets(p);
    p->recovering = true;
    p->recover_depth = p->depth;
    return YYerror;
}

/* Does a top-level item start at this token, although a bracket or a line is open? A keyword in the
 * first column does, if a name follows; 'fn', 'param' and 'state' may also stand in bodies, so they
 * count only where the body is indented. */
static bool item_starts_here(const Parser *p, int token) {
    const Token *t = raw(p, token), *after = raw(p, token + 1);
    if (!t->first || t->column != 1 || !is_item_keyword(t->keyword))
        return false;
    if (after->kind != (t->keyword == IMPORT ? STR : ID))
        return false;
    if (t->keyword != FN && t->keyword != PARAM && t->keyword != STATE)
        return true;
    for (int i = 0; i < p->depth; i++) {
        const Token *body = raw(p, p->open[i].token + 1);
        if (p->open[i].kind == '{')
            return !body->first || body->column > 1;
    }
    return true;
}

/* Inside ( or [: is this word the keyword of a statement, or `over`? */
static bool statement_starts_inside(const Parser *p, int token) {
    const Token *after = raw(p, token + 1);
    switch (raw(p, token)->keyword) {
    case FOR: case WHILE: case RETURN: case MINIMIZE: case MAXIMIZE: case SIMULTANEOUS:
    case ASSERT:
        return true;
    case OVER:
        return raw(p, token - 1)->kind != '(' && raw(p, token - 1)->kind != ',';
    case REPEAT: case EVERY: case SHARED: case TRACK: case REPORT:
        return after->kind == INT || after->kind == REAL || after->kind == STR ||
               (after->kind == ID && !is_reserved(after->keyword));
    default:
        return false;
    }
}

/* Inside ( or [: does this token show that the closer was lost? */
static bool closer_lost(const Parser *p, int token) {
    const Token *t = raw(p, token);
    if (t->kind == ';' || t->kind == '{' || t->kind == '}')
        return true;
    if (p->last == '.' || (t->kind != ID && t->kind != INT && t->kind != REAL && t->kind != STR))
        return false;
    if (statement_starts_inside(p, token))
        return true;
    return t->first && t->column <= p->statement_indent && ends_value(p->last) &&
           !continues(t) && t->keyword != IN;
}

/* A closing ) or ] that does not match the innermost opener. Returns what to deliver, 0:
 * nothing. */
static int wrong_closer(Parser *p, int token) {
    const Token *t = raw(p, token);
    const Open *o = innermost(p);
    if (!token_in_brackets(p)) {
        diag(E0120, token_range(p, token), "this '%c' closes nothing", t->kind);
        return 0;
    }
    for (int i = p->depth - 1; i >= 0 && p->open[i].kind != '{'; i--) {
        if (closer_of(p->open[i].kind) != t->kind)
            continue;
        report_unclosed(p, o->token, token);
        return give_up(p);
    }
    diag(E0120, token_range(p, token), "this '%c' does not match '%c'", t->kind, o->kind);
    diag_note(token_range(p, o->token), "the bracket that is open here");
    p->depth--;
    return closer_of(o->kind);
}

/* ---- giving up and going on ---------------------------------------------------------------- */

void token_recover(Parser *p) {
    if (p->last == NL || p->recovering)
        return;
    int depth = p->depth_before;
    while (depth > 0 && p->open[depth - 1].kind != '{')
        depth--;
    p->recovering = true;
    p->recover_depth = depth;
}

/* Takes one token while skipping, keeping the brackets paired as well as it goes. */
static void skip_one(Parser *p) {
    const Token *t = raw(p, p->next);
    switch (t->kind) {
    case '(': case '[': case '{':
        push_open(p, p->next);
        break;
    case ')': case ']':
        if (token_in_brackets(p))
            p->depth--;
        break;
    case '}':
        token_drop_brackets(p);
        if (p->depth > 0)
            pop_brace(p, p->next);
        break;
    default:
        break;
    }
    p->next++;
}

/* Skips to the end of the statement at recover_depth. No bracket that the parser has not seen stays
 * open. */
static void skip_statement(Parser *p) {
    bool after_block = false;
    while (!p->fatal && !p->unwinding) {
        const Token *t = raw(p, p->next);
        if (t->kind == 0 || (p->depth > 0 && item_starts_here(p, p->next))) {
            if (p->depth > p->recover_depth)         /* opened by the statement given up */
                p->depth = p->recover_depth;
            break;
        }
        if (token_in_brackets(p) && p->depth > p->recover_depth &&
            (t->kind == ';' || t->kind == '}' || statement_starts_inside(p, p->next) ||
             (t->first && t->column <= p->statement_indent && !continues(t))))
            token_drop_brackets(p);
        if (p->depth < p->recover_depth)
            p->recover_depth = p->depth;
        if (p->depth == p->recover_depth &&
            (t->kind == ';' || t->kind == '}' || (t->first && !continues(t)) ||
             (after_block && t->keyword != ELSE)))
            break;
        after_block = t->kind == '}';
        skip_one(p);
    }
    p->recovering = false;
}

/* A word at the top level that starts no item: reports it and skips its whole body. */
static void skip_bad_item(Parser *p) {
    const int first = p->next;
    const uint32_t column = raw(p, first)->column;
    syntax_bad_item(p, first);
    skip_one(p);
    for (;;) {
        const Token *t = raw(p, p->next);
        if (t->kind == 0 || p->fatal)
            break;
        if (t->first && t->column == 1 && is_item_keyword(t->keyword) &&
            (p->depth == 0 || item_starts_here(p, p->next)))
            break;
        if (p->depth == 0 && t->first && t->column <= column && t->kind != '}' && !continues(t))
            break;
        skip_one(p);
    }
    p->depth = 0;
    p->suspect = -1;
    Item *item = item_new(p, IT_ERROR, token_range(p, first));
    item_add(p, item, range_join(item->at, token_range(p, p->next - 1)));
}

/* ---- keywords ------------------------------------------------------------------------------ */

static bool at_statement_start(const Parser *p) {
    return p->last == NL || p->last == 0 || p->last == '{';
}

/* The kind of a word in its place. */
static int word_kind(const Parser *p, int token) {
    const Token *t = raw(p, token);
    const int after = raw(p, token + 1)->kind;
    if (!t->keyword || p->last == '.')
        return ID;
    if (p->depth == 0 && at_statement_start(p) && is_item_keyword(t->keyword))
        return t->keyword;
    if (is_reserved(t->keyword))
        return t->keyword;
    if (p->depth == 0)
        return (t->keyword == FROM || t->keyword == OF) && ends_value(p->last) ? t->keyword : ID;
    if (!at_statement_start(p) || token_in_brackets(p))
        return ID;
    if (opens_statement(t->keyword))
        return after == '=' || after == '~' || after == '.' || after == PLUSEQ || after == MINUSEQ
                   ? ID : t->keyword;
    switch (t->keyword) {
    case STEP:
        return after == '{' ? STEP : ID;
    case OPTIMIZER: case RUN: case PARAM: case STATE:
        return after == ID ? t->keyword : ID;
    case EXPORT:
        return after == STR ? EXPORT : ID;
    default:
        return ID;
    }
}

/* ---- delivering ---------------------------------------------------------------------------- */

/* Delivers a token that stands for nothing in the text: a line end or a '}' that was lost. */
static int deliver_implied(Parser *p, int kind, Range *at) {
    Range before = token_range(p, p->next - 1);
    *at = (Range){ p->source, before.end, before.end };
    if (p->next == 0)
        *at = (Range){ p->source, 0, 0 };
    p->depth_before = p->depth;
    return p->last = kind;
}

/* One step of closing all braces; 0 when all are closed. The ( and [ are closed already. */
static int unwind(Parser *p, Range *at) {
    if (p->depth > 0) {
        const Open *o = innermost(p);
        assert(o->kind == '{');
        if (p->last != NL && p->last != '{')
            return deliver_implied(p, NL, at);
        p->statement_indent = o->statement_indent;
        p->depth--;
        return deliver_implied(p, '}', at);
    }
    p->unwinding = false;
    p->suspect = -1;
    return 0;
}

/* Does the statement end before this token? Warns about lines that start with '-' at the margin. */
static bool line_ends_before(Parser *p, const Token *t) {
    if (p->last == NL || p->last == 0 || p->last == '{' || token_in_brackets(p))
        return false;
    if (t->kind == ';' || t->kind == '}' || t->kind == 0)
        return true;
    if (p->last == '}')
        return t->keyword != ELSE;
    if (p->depth == 0 && item_starts_here(p, p->next))
        return true;
    if (!t->first || !ends_statement(p->last))
        return false;
    if (!continues(t))
        return true;
    if ((t->kind == '-' || t->kind == '+') && t->column <= p->statement_indent) {
        diag(W0123, token_range(p, p->next), "this line continues the statement above");
        diag_help("indent it deeper, or end the line above with '%c'", t->kind);
    }
    return false;
}

/* Handles what is wrong with brackets before the next token; returns YYerror, NL or 0. */
static int check_brackets(Parser *p, const Token *t, Range *at) {
    if (p->depth > 0 && (t->kind == 0 || item_starts_here(p, p->next))) {
        bool in_brackets = token_in_brackets(p);
        int blamed = p->suspect >= 0 && !in_brackets ? p->suspect : innermost(p)->token;
        report_unclosed(p, blamed, p->next);
        p->unwinding = true;
        *at = token_range(p, p->next);
        return in_brackets ? give_up(p) : 0;
    }
    if (token_in_brackets(p) && closer_lost(p, p->next)) {
        report_unclosed(p, innermost(p)->token, p->next);
        *at = token_range(p, p->next);
        return give_up(p);
    }
    return 0;
}

static void report_stray(Parser *p, const Token *t) {
    const unsigned char c = (unsigned char)p->text[t->begin];
    Range at = token_range(p, p->next);
    if (c < 0x20 || c == 0x7f)
        diag(E0107, at, "stray control character 0x%02x", c);
    else
        diag(E0107, at, "stray character '%.*s'", (int)(t->end - t->begin), p->text + t->begin);
    if (c == '&' || c == '|')
        diag_help("logical operators are written 'and', 'or', 'not'");
    else if (c == '!')
        diag_help("negation is written 'not', inequality '!='");
    else if (c == '\'')
        diag_help("strings stand in double quotes");
    else if (c == '?')
        diag_help("a choice is written  if a then b else c");
    else if (c >= 0x80)
        diag_help("names may hold ASCII letters, digits, '_' and Greek letters");
}

/* Sets the value of a token and the kind of a word. Returns the kind for the parser. */
static int token_value(Parser *p, int token, YYSTYPE *value, Range at) {
    const Token *t = raw(p, token);
    switch (t->kind) {
    case ID: {
        int kind = word_kind(p, token);
        size_t n = t->end - t->begin;
        if (n > NAME_MAX_BYTES) {
            diag(E0112, at, "this name has %zu bytes (limit %d)", n, NAME_MAX_BYTES);
            n = NAME_MAX_BYTES;
        }
        if (kind == ID)
            value->name = intern_n(p->text + t->begin, n);
        return kind;
    }
    case INT:
        value->integer = literal_integer(p, at);
        return INT;
    case REAL:
        value->real = literal_real(p, at);
        return REAL;
    case BAD_NUMBER:
        diag(E0109, at, "'%.*s' is not a number",
             (int)(t->end - t->begin < LITERAL_MAX_BYTES ? t->end - t->begin : LITERAL_MAX_BYTES),
             p->text + t->begin);
        if (p->text[t->end - 1] == '.')
            diag_help("a real number has digits on both sides of the point");
        value->integer = 1;
        return INT;
    case BAD_STRING:
        diag(E0108, at, "this string is not closed");
        diag_help("a string ends with '\"' on its own line");
        value->name = intern("");
        return STR;
    case STR:
        value->name = literal_string(p, at);
        return STR;
    default:
        return t->kind;
    }
}

/* Pairs a bracket. Returns its kind, another closer or YYerror to deliver instead, 0: drop it. */
static int bracket(Parser *p, int token, int kind) {
    switch (kind) {
    case '(': case '[': case '{':
        push_open(p, token);
        return kind;
    case ')': case ']':
        if (!token_in_brackets(p) || closer_of(innermost(p)->kind) != kind)
            return wrong_closer(p, token);
        p->depth--;
        return kind;
    case '}':
        if (p->depth == 0) {
            diag(E0120, token_range(p, token), "this '}' closes nothing");
            return 0;
        }
        pop_brace(p, token);
        return kind;
    default:
        return kind;
    }
}

/* Is the next raw token, at the top level, no start of an item? */
static bool bad_item_next(const Parser *p, const Token *t) {
    return p->depth == 0 && at_statement_start(p) && t->kind != 0 && t->kind != ';' &&
           t->kind != STRAY && t->kind != ')' && t->kind != ']' && t->kind != '}' &&
           !is_item_keyword(t->keyword);
}

int token_next(Parser *p, YYSTYPE *value, Range *at) {
    for (;;) {
        const Token *t = raw(p, p->next);
        *at = token_range(p, p->next);
        if (p->fatal)
            return p->last = 0;
        if (p->recovering) {
            skip_statement(p);
            return deliver_implied(p, NL, at);
        }
        if (p->unwinding) {
            int kind = unwind(p, at);
            if (kind)
                return kind;
            continue;
        }
        int wrong = check_brackets(p, t, at);
        if (wrong)
            return wrong;
        if (p->unwinding)
            continue;
        if (line_ends_before(p, t))
            return deliver_implied(p, NL, at);
        if (bad_item_next(p, t)) {
            skip_bad_item(p);
            continue;
        }
        int token = p->next++;
        if (t->kind == ';')
            continue;
        if (at_statement_start(p))
            p->statement_indent = t->indent;
        p->depth_before = p->depth;
        if (t->kind == STRAY) {
            p->next = token;
            report_stray(p, t);
            p->next = token + 1;
            return give_up(p);
        }
        int kind = bracket(p, token, token_value(p, token, value, *at));
        if (kind == YYerror)
            return kind;
        if (kind == 0 && t->kind != 0)
            continue;
        p->current = token;
        return p->last = kind;
    }
}
