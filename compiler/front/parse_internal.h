/* parse_internal.h - what the files of the parser share: the raw tokens of lex.l, the token filter
 * of tokens.c, the tree constructors of tree.c, the messages of syntax_error.c and parse.y.
 *
 *   text --lex.l--> raw tokens --tokens.c--> tokens with line ends --parse.y--> tree (tree.c)
 *                                                                   \--> syntax_error.c
 *
 * No state outside Parser: the parser may run many times in one process. */
#ifndef EBM_PARSE_INTERNAL_H
#define EBM_PARSE_INTERNAL_H
#include "front/ast.h"

/* A raw token. A word has kind ID and, if it is a keyword anywhere, that keyword in `keyword`. */
typedef struct Token {
    uint16_t kind, keyword;
    bool first;                   /* first on its line */
    uint32_t begin, end;          /* bytes of the source */
    uint32_t column, indent;      /* its column, and that of the first token on its line; from 1 */
    int line_start;               /* number of the first token on its line */
} Token;

/* An open bracket. */
typedef struct Open {
    int token;                    /* number of the raw token */
    int kind;                     /* '(' '[' '{' */
    uint32_t statement_indent;    /* of the statement that it stands in */
} Open;

typedef struct Parser {
    Arena *arena;
    int source;
    const char *text;
    size_t len;

    VEC(Token) tokens;            /* the last one has kind 0: the end of the file */
    uint32_t line_begin;          /* while scanning: offset of the line, its first token's column */
    uint32_t line_indent;
    int line_token;

    int next;                     /* raw token that comes next */
    int current;                  /* raw token that was delivered last, -1 at the start */
    int last;                     /* kind of the token delivered last, 0 at the start */
    uint32_t statement_indent;
    Open open[NESTING_MAX];
    int depth;
    int depth_before;             /* depth before the token delivered last */
    int suspect;                  /* opener whose '}' stands too far left, or -1 */
    bool recovering;              /* skip to the end of the statement at recover_depth */
    int recover_depth;
    bool unwinding;               /* deliver a '}' for every open '{' */
    bool fatal;                   /* a limit was exceeded: the input ends here */

    uint32_t nodes;
    VEC(Item *) items;
} Parser;

/* Lists under construction; the tree keeps v and n. */
typedef VEC(Expr *) ExprList;
typedef VEC(Type *) TypeList;
typedef VEC(Stmt *) StmtList;
typedef VEC(Arg) ArgList;
typedef VEC(Dim) DimList;
typedef VEC(Qual) QualList;
typedef VEC(Formal) FormalList;
typedef VEC(GroupRef) GroupList;
typedef struct NameList { VEC(const char *) names; VEC(Range) at; } NameList;

/* ---- lex.l ---- */
/* Fills p->tokens. Numbers, strings and strange characters are judged later, by tokens.c. */
void scan_tokens(Parser *p);

/* ---- tokens.c ---- */
union YYSTYPE;
/* The next token for the parser: line ends inserted, keywords told from names. */
int  token_next(Parser *p, union YYSTYPE *value, Range *at);
/* Called at a syntax error at the last token: the next call skips to the end of the statement. */
void token_recover(Parser *p);
void token_fatal(Parser *p, DiagCode code, Range at, const char *what, long limit);
Range token_range(const Parser *p, int token);
bool token_in_brackets(const Parser *p);      /* is the innermost open bracket '(' or '['? */
void token_drop_brackets(Parser *p);          /* forget the ( and [ above the innermost '{' */
bool token_is(const Parser *p, int token, const char *text);
/* Scans one decoded literal of the source; report E0108, E0109, E0113, E0114, E0119. */
const char *literal_string(Parser *p, Range at);
int64_t     literal_integer(Parser *p, Range at);
double      literal_real(Parser *p, Range at);

/* ---- syntax_error.c ---- */
/* Reports a syntax error at the last delivered token. Names are those of the token table. */
void syntax_error(Parser *p, const char *found, const char *const *expected, int n);
void syntax_bad_item(Parser *p, int token);
/* 'minimize' without 'over'. */
void syntax_no_over(Parser *p, Range keyword, Expr *e, Range end, int sign);

/* ---- tree.c: constructors; each counts nodes and checks the height ---- */
Expr *expr_new(Parser *p, ExprKind kind, Range at);
Expr *expr_unary(Parser *p, ExprKind kind, Expr *a, Range at);
Expr *expr_binary(Parser *p, BinOp op, Expr *a, Expr *b, Range op_at);
Expr *expr_if(Parser *p, Expr *cond, Expr *a, Expr *b, Range at);
Expr *expr_list(Parser *p, ExprKind kind, const ExprList *list, Range at);
Expr *expr_call(Parser *p, Expr *callee, const ArgList *args, Range at);
Expr *expr_index(Parser *p, Expr *base, const QualList *quals, Range at);
Expr *expr_field(Parser *p, Expr *base, const char *name, Range name_at);
Expr *expr_lambda(Parser *p, const FormalList *formals, Expr *body, Range at);
Expr *expr_pipe(Parser *p, Expr *a, Expr *b, const char *as, Range at);
Type *type_tensor(Parser *p, const char *dtype, const DimList *dims, Range at);
Type *type_name(Parser *p, const char *name, Range at);
Type *type_energy(Parser *p, const char *name, Range name_at, Type *of, Range at);
Type *type_tuple(Parser *p, const TypeList *types, Range at);
Type *type_fn(Parser *p, const TypeList *types, Type *result, Range at);
Draw *draw_new(Parser *p, Expr *dist, Expr *prob, Draw *other, Range at);
Stmt *stmt_new(Parser *p, StmtKind kind, Range keyword_at);
/* Sets the statement's range and checks its height; every statement ends here. */
Stmt *stmt_done(Parser *p, Stmt *s, Range at);
Stmt *stmt_assign(Parser *p, Expr *target, char op, Expr *value, Range at);
Stmt *stmt_draw(Parser *p, bool is_shared, Expr *target, Draw *draw, Range at);
Stmt *stmt_call(Parser *p, Expr *call, Range at);
Stmt *stmt_update(Parser *p, int sign, Expr *e, const GroupList *groups, Range keyword, Range at);
Stmt *stmt_decl(Parser *p, StmtKind kind, Item *decl, Range at);
Block block_new(const StmtList *stmts, Range at);
Block block_of_one(Parser *p, Stmt *s);
Item *item_new(Parser *p, ItemKind kind, Range keyword_at);
void  item_add(Parser *p, Item *item, Range at);
/* Reports 'step' and 'optimizer' where they may not stand. */
void  item_check_places(const Item *item);
/* "E.head" from its segments. */
GroupRef group_new(Parser *p, const NameList *segments, Range at);
void  names_add(Parser *p, NameList *list, const char *name, Range at);

/* ---- parse.y ---- */
int yyparse(Parser *p);
#endif
