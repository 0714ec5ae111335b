/* print.c - prints a syntax tree as `.ebm` text (--emit=ast).
 *
 * Needs a tree without holes. Promises: the text parses to the same tree, with the fewest
 * parentheses that the grammar allows; printing that tree gives the same text again. Comments are
 * lost except those right above an item. */
#include "front/ast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How tightly an expression binds; a child below the wanted level gets parentheses. */
enum { LV_LOWEST, LV_PIPE, LV_OR, LV_AND, LV_NOT, LV_COMPARE, LV_ADD, LV_MUL, LV_NEG, LV_POW,
       LV_LIKE, LV_POSTFIX };

static const struct { const char *text; int level; } operators[] = {
    [OPR_OR] = { "or", LV_OR },       [OPR_AND] = { "and", LV_AND },
    [OPR_EQ] = { "==", LV_COMPARE },  [OPR_NE] = { "!=", LV_COMPARE },
    [OPR_LT] = { "<", LV_COMPARE },   [OPR_GT] = { ">", LV_COMPARE },
    [OPR_LE] = { "<=", LV_COMPARE },  [OPR_GE] = { ">=", LV_COMPARE },
    [OPR_ADD] = { "+", LV_ADD },      [OPR_SUB] = { "-", LV_ADD },
    [OPR_MUL] = { "*", LV_MUL },      [OPR_DIV] = { "/", LV_MUL },
    [OPR_MOD] = { "%", LV_MUL },      [OPR_MATMUL] = { "@", LV_MUL },
    [OPR_POW] = { "^", LV_POW },
};

static void print_expr(Text *t, const Expr *e, int level);
static void print_type(Text *t, const Type *type);
static void print_block(Text *t, const Block *b, int indent);
static void print_item(Text *t, const Item *item, int indent);

static void print_string(Text *t, const char *s) {
    text_add(t, "\"");
    for (; *s; s++) {
        if (*s == '\n' || *s == '\t')
            text_add(t, *s == '\n' ? "\\n" : "\\t");
        else if (*s == '"' || *s == '\\')
            text_printf(t, "\\%c", *s);
        else
            text_add_n(t, s, 1);
    }
    text_add(t, "\"");
}

/* The shortest text that reads back as the same real, with a point or an exponent. */
static void print_real(Text *t, double v) {
    char buf[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(buf, sizeof buf, "%.*g", digits, v);
        if (strtod(buf, NULL) == v)
            break;
    }
    text_add(t, buf);
    if (!strpbrk(buf, ".e"))
        text_add(t, ".0");
}

/* ---- parts --------------------------------------------------------------------------------- */

static void print_args(Text *t, const Arg *args, int n) {
    for (int i = 0; i < n; i++) {
        if (i)
            text_add(t, ", ");
        if (args[i].name)
            text_printf(t, "%s = ", args[i].name);
        print_expr(t, args[i].value, LV_LOWEST);
    }
}

static void print_formals(Text *t, const Formals *formals) {
    text_add(t, "(");
    for (int i = 0; i < formals->n; i++) {
        const Formal *f = &formals->v[i];
        text_printf(t, "%s%s", i ? ", " : "", f->name);
        if (f->type) {
            text_add(t, ": ");
            print_type(t, f->type);
        }
        if (f->init) {
            text_add(t, " = ");
            print_expr(t, f->init, LV_LOWEST);
        }
    }
    text_add(t, ")");
}

static void print_names(Text *t, const char *const *names, int n) {
    for (int i = 0; i < n; i++)
        text_printf(t, "%s%s", i ? ", " : "", names[i]);
}

static void print_groups(Text *t, const GroupRef *groups, int n) {
    for (int i = 0; i < n; i++)
        text_printf(t, "%s%s", i ? ", " : "", groups[i].path);
}

static void print_span(Text *t, const Span *s) {
    if (!s->hi) {
        print_expr(t, s->lo, LV_LOWEST);
        return;
    }
    print_expr(t, s->lo, LV_PIPE);
    text_add(t, s->exclusive ? "..<" : "..");
    print_expr(t, s->hi, LV_PIPE);
}

static void print_draw(Text *t, const Draw *d) {
    for (; d->prob; d = d->other) {
        print_expr(t, d->dist, LV_PIPE);
        text_add(t, " prob ");
        print_expr(t, d->prob, LV_PIPE);
        text_add(t, " else ");
    }
    print_expr(t, d->dist, LV_LOWEST);
}

static void print_qual(Text *t, const Qual *q) {
    switch (q->kind) {
    case Q_EXPR:
        print_expr(t, q->value, LV_LOWEST);
        break;
    case Q_SPAN:
        print_span(t, &q->span);
        break;
    case Q_ALL:
        text_add(t, "..");
        break;
    case Q_IN:
        text_printf(t, "%s in ", q->name);
        print_span(t, &q->span);
        break;
    case Q_DRAW:
        text_printf(t, "%s ~ ", q->name);
        print_draw(t, q->draw);
        break;
    case Q_LET:
        text_printf(t, "%s = ", q->name);
        print_expr(t, q->value, LV_LOWEST);
        break;
    }
}

static void print_types(Text *t, Type *const *types, int n) {
    text_add(t, "(");
    for (int i = 0; i < n; i++) {
        if (i)
            text_add(t, ", ");
        print_type(t, types[i]);
    }
    text_add(t, ")");
}

static void print_type(Text *t, const Type *type) {
    switch (type->kind) {
    case TY_TENSOR:
        text_printf(t, "%s[", type->name ? type->name : "");
        for (int i = 0; i < type->n_dims; i++) {
            const Dim *d = &type->dims[i];
            text_add(t, i ? ", " : "");
            if (d->rest)
                text_printf(t, "..%s", d->name ? d->name : "");
            else if (d->name)
                text_printf(t, "%s = ", d->name);
            if (!d->rest)
                print_expr(t, d->size, LV_LOWEST);
        }
        text_add(t, "]");
        break;
    case TY_NAME:
        text_add(t, type->name);
        break;
    case TY_FN:
        text_add(t, "fn");
        print_types(t, type->args, type->n_args);
        text_add(t, " -> ");
        print_type(t, type->result);
        break;
    case TY_ENERGY:
        text_add(t, "energy");
        if (type->n_args)
            print_types(t, type->args, type->n_args);
        break;
    case TY_TUPLE:
        print_types(t, type->args, type->n_args);
        break;
    }
}

/* ---- expressions --------------------------------------------------------------------------- */

static int level_of(const Expr *e) {
    switch (e->kind) {
    case EX_IF: case EX_LAMBDA:
        return LV_LOWEST;
    case EX_PIPE:
        return LV_PIPE;
    case EX_NOT:
        return LV_NOT;
    case EX_NEG:
        return LV_NEG;
    case EX_LIKE:
        return LV_LIKE;
    case EX_BINARY:
        return operators[e->op].level;
    default:
        return LV_POSTFIX;
    }
}

static void print_list(Text *t, const Expr *e, const char *open, const char *close) {
    text_add(t, open);
    for (int i = 0; i < e->n; i++) {
        if (i)
            text_add(t, ", ");
        print_expr(t, e->v[i], LV_LOWEST);
    }
    text_add(t, close);
}

/* '^' binds to the right, comparisons do not chain, the others bind to the left. */
static void print_binary(Text *t, const Expr *e) {
    int level = operators[e->op].level;
    bool left = level != LV_COMPARE && level != LV_POW;
    print_expr(t, e->a, left ? level : level + 1);
    text_printf(t, level == LV_POW ? "%s" : " %s ", operators[e->op].text);
    print_expr(t, e->b, level == LV_POW ? level : level + 1);
}

static void print_bare(Text *t, const Expr *e) {
    switch (e->kind) {
    case EX_INT:
        text_printf(t, "%lld", (long long)e->i);
        break;
    case EX_REAL:
        print_real(t, e->real);
        break;
    case EX_STR:
        print_string(t, e->name);
        break;
    case EX_BOOL:
        text_add(t, e->i ? "true" : "false");
        break;
    case EX_NAME:
        text_add(t, e->name);
        break;
    case EX_TUPLE:
        print_list(t, e, "(", ")");
        break;
    case EX_LIST:
        print_list(t, e, "[", "]");
        break;
    case EX_CALL:
        print_expr(t, e->a, LV_POSTFIX);
        text_add(t, "(");
        print_args(t, e->args, e->n_args);
        text_add(t, ")");
        break;
    case EX_INDEX:
        print_expr(t, e->a, LV_POSTFIX);
        text_add(t, "[");
        for (int i = 0; i < e->n_quals; i++) {
            text_add(t, i ? ", " : "");
            print_qual(t, &e->quals[i]);
        }
        text_add(t, "]");
        break;
    case EX_FIELD:
        print_expr(t, e->a, LV_POSTFIX);
        text_printf(t, ".%s", e->name);
        break;
    case EX_NEG:
        text_add(t, "-");
        print_expr(t, e->a, LV_NEG);
        break;
    case EX_NOT:
        text_add(t, "not ");
        print_expr(t, e->a, LV_NOT);
        break;
    case EX_LIKE:
        text_add(t, "like ");
        print_expr(t, e->a, LV_POSTFIX);
        break;
    case EX_BINARY:
        print_binary(t, e);
        break;
    case EX_IF:
        text_add(t, "if ");
        print_expr(t, e->cond, LV_PIPE);
        text_add(t, " then ");
        print_expr(t, e->a, LV_PIPE);
        text_add(t, " else ");
        print_expr(t, e->b, LV_LOWEST);
        break;
    case EX_LAMBDA:
        text_add(t, "fn");
        print_formals(t, &e->formals);
        text_add(t, " => ");
        print_expr(t, e->a, LV_LOWEST);
        break;
    case EX_PIPE:
        print_expr(t, e->a, LV_PIPE);
        text_add(t, " |> ");
        print_expr(t, e->b, LV_POSTFIX);
        if (e->name) {
            text_add(t, " as ");
            print_string(t, e->name);
        }
        break;
    case EX_ERROR:
        text_add(t, "<error>");
        break;
    }
}

/* Recursion is bounded by the height of the tree. */
static void print_expr(Text *t, const Expr *e, int level) {
    bool parens = level_of(e) < level;
    if (parens)
        text_add(t, "(");
    print_bare(t, e);
    if (parens)
        text_add(t, ")");
}

/* ---- statements ---------------------------------------------------------------------------- */

static void print_indent(Text *t, int indent) {
    for (int i = 0; i < indent; i++)
        text_add(t, "  ");
}

/* `if` with its `else if` chain. */
static void print_if(Text *t, const Stmt *s, int indent) {
    for (;;) {
        text_add(t, "if ");
        print_expr(t, s->value, LV_LOWEST);
        print_block(t, &s->body, indent);
        if (s->other.n == 0)
            return;
        text_add(t, " else");
        if (s->other.n != 1 || s->other.v[0]->kind != SK_IF)
            break;
        text_add(t, " ");
        s = s->other.v[0];
    }
    print_block(t, &s->other, indent);
}

static void print_for(Text *t, const Stmt *s, int indent) {
    text_add(t, s->n_names == 1 ? "for " : "for (");
    print_names(t, s->names, s->n_names);
    text_add(t, s->n_names == 1 ? " in " : ") in ");
    print_span(t, &s->span);
    print_block(t, &s->body, indent);
}

/* keyword expression */
static void print_headed(Text *t, const char *keyword, const Expr *e) {
    text_printf(t, "%s ", keyword);
    print_expr(t, e, LV_LOWEST);
}

static void print_assign(Text *t, const Stmt *s) {
    print_expr(t, s->target, LV_POSTFIX);
    if (s->op)
        text_printf(t, " %c= ", s->op);
    else
        text_add(t, " = ");
    print_expr(t, s->value, LV_LOWEST);
}

static void print_stmt(Text *t, const Stmt *s, int indent) {
    switch (s->kind) {
    case SK_ASSIGN:
        print_assign(t, s);
        break;
    case SK_DRAW:
        text_add(t, s->is_shared ? "shared " : "");
        print_expr(t, s->target, LV_POSTFIX);
        text_add(t, " ~ ");
        print_draw(t, s->draw);
        break;
    case SK_CALL:
        print_expr(t, s->value, LV_POSTFIX);
        break;
    case SK_FOR:
        print_for(t, s, indent);
        break;
    case SK_REPEAT: case SK_EVERY: case SK_WHILE:
        print_headed(t, s->kind == SK_REPEAT ? "repeat" : s->kind == SK_EVERY ? "every" : "while",
                     s->value);
        print_block(t, &s->body, indent);
        break;
    case SK_IF:
        print_if(t, s, indent);
        break;
    case SK_MINIMIZE:
        print_headed(t, s->sign > 0 ? "minimize" : "maximize", s->value);
        text_add(t, " over ");
        print_groups(t, s->groups, s->n_groups);
        break;
    case SK_SIMULTANEOUS: case SK_STEP:
        text_add(t, s->kind == SK_STEP ? "step" : "simultaneous");
        print_block(t, &s->body, indent);
        break;
    case SK_RETURN:
        print_headed(t, "return", s->value);
        break;
    case SK_TRACK: case SK_REPORT:
        text_add(t, s->kind == SK_TRACK ? "track " : "report ");
        print_args(t, s->args, s->n_args);
        break;
    case SK_ASSERT:
        print_headed(t, "assert", s->value);
        if (s->message) {
            text_add(t, ", ");
            print_string(t, s->message);
        }
        break;
    case SK_PARAM: case SK_STATE: case SK_FN:
        print_item(t, s->decl, indent);
        break;
    case SK_OPTIMIZER:
        text_add(t, "optimizer ");
        print_groups(t, s->groups, s->n_groups);
        text_add(t, " = ");
        print_expr(t, s->value, LV_LOWEST);
        break;
    case SK_RUN:
        text_printf(t, "run %s", s->names[0]);
        if (s->n_args) {
            text_add(t, "(");
            print_args(t, s->args, s->n_args);
            text_add(t, ")");
        }
        break;
    case SK_EXPORT:
        text_add(t, "export ");
        print_string(t, s->names[0]);
        break;
    case SK_ERROR:
        text_add(t, "<error>");
        break;
    }
}

static void print_block(Text *t, const Block *b, int indent) {
    if (b->n == 0) {
        text_add(t, " { }");
        return;
    }
    text_add(t, " {\n");
    for (int i = 0; i < b->n; i++) {
        print_indent(t, indent + 1);
        print_stmt(t, b->v[i], indent + 1);
        text_add(t, "\n");
    }
    print_indent(t, indent);
    text_add(t, "}");
}

/* ---- items --------------------------------------------------------------------------------- */

static void print_doc(Text *t, const char *doc) {
    while (doc) {
        const char *end = strchr(doc, '\n');
        size_t n = end ? (size_t)(end - doc) : strlen(doc);
        text_add(t, n ? "# " : "#");
        text_add_n(t, doc, n);
        text_add(t, "\n");
        doc = end ? end + 1 : NULL;
    }
}

/* keyword name [: type] [= value] */
static void print_value_item(Text *t, const char *keyword, const Item *item) {
    text_printf(t, "%s %s", keyword, item->name);
    if (item->type) {
        text_add(t, ": ");
        print_type(t, item->type);
    }
    if (item->value) {
        text_add(t, " = ");
        print_expr(t, item->value, LV_LOWEST);
    }
}

static void print_result(Text *t, const Type *result) {
    if (!result)
        return;
    text_add(t, " -> ");
    print_type(t, result);
}

/* [statics] formals [-> result] (block | = value) */
static void print_callable(Text *t, const char *keyword, const Item *item, int indent) {
    text_printf(t, "%s %s", keyword, item->name);
    if (item->kind == IT_MODULE)
        print_formals(t, &item->statics);
    print_formals(t, &item->formals);
    print_result(t, item->result);
    if (item->has_body) {
        print_block(t, &item->body, indent);
    } else {
        text_add(t, " = ");
        print_expr(t, item->value, LV_LOWEST);
    }
}

static void print_net(Text *t, const Item *item, int indent) {
    static const char *const keywords[] = { "energy", "generator", "net" };
    if (item->has_body) {
        print_callable(t, keywords[item->net_kind], item, indent);
        return;
    }
    text_printf(t, "%s %s: ", keywords[item->net_kind], item->name);
    print_type(t, item->type);
    print_result(t, item->result);
    text_add(t, " = ");
    print_expr(t, item->value, LV_LOWEST);
    if (item->from) {
        text_add(t, " from ");
        print_expr(t, item->from, LV_LOWEST);
    }
}

static void print_data(Text *t, const Item *item) {
    text_printf(t, "data %s", item->name);
    if (item->type) {
        text_add(t, ": ");
        print_type(t, item->type);
    }
    text_add(t, " from ");
    print_expr(t, item->value, LV_LOWEST);
    if (item->type)
        return;
    text_add(t, " {\n");
    for (int i = 0; i < item->n_fields; i++) {
        text_printf(t, "  %s: ", item->fields[i].name);
        print_type(t, item->fields[i].type);
        text_add(t, "\n");
    }
    text_add(t, "}");
}

static void print_item(Text *t, const Item *item, int indent) {
    static const char *const entries[] = { "train", "eval", "sample" };
    switch (item->kind) {
    case IT_IMPORT:
        text_add(t, "import ");
        print_string(t, item->path);
        if (item->name)
            text_printf(t, " as %s", item->name);
        break;
    case IT_USE:
        text_printf(t, "use %s%s", item->path, item->n_names ? ": " : "");
        print_names(t, item->names, item->n_names);
        break;
    case IT_CONST:
        print_value_item(t, "const", item);
        break;
    case IT_ARG:
        print_value_item(t, "arg", item);
        break;
    case IT_PARAM:
        print_value_item(t, "param", item);
        break;
    case IT_STATE:
        print_value_item(t, "state", item);
        break;
    case IT_BUFFER:
        print_value_item(t, "buffer", item);
        break;
    case IT_DATA:
        print_data(t, item);
        break;
    case IT_EMA:
        text_printf(t, "ema %s of %s (", item->name, item->of);
        print_args(t, item->args, item->n_args);
        text_add(t, ")");
        break;
    case IT_NET:
        print_net(t, item, indent);
        break;
    case IT_MODULE:
        print_callable(t, "module", item, indent);
        break;
    case IT_FN:
        print_callable(t, "fn", item, indent);
        break;
    case IT_SAMPLER:
        print_callable(t, "sampler", item, indent);
        break;
    case IT_OBJECTIVE:
        print_callable(t, "objective", item, indent);
        break;
    case IT_ENTRY:
        text_printf(t, "%s %s", entries[item->entry_kind], item->name);
        print_block(t, &item->body, indent);
        break;
    case IT_ERROR:
        text_add(t, "<error>");
        break;
    }
}

void ast_print(Text *out, const File *f) {
    text_add(out, "");
    for (int i = 0; i < f->n; i++) {
        const Item *item = f->items[i];
        print_doc(out, item->doc);
        print_item(out, item, 0);
        text_add(out, "\n");
    }
}
