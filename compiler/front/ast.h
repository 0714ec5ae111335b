/* ast.h - the syntax tree: one struct per syntactic class, a byte range on every node.
 *
 * Made by parse.y, read by print.c (--emit=ast, print-then-parse is the identity) and by the
 * elaborator. Lives in one arena; names are interned; lists are plain arrays.
 * The grammar is that of docs/language.md. */
#ifndef EBM_AST_H
#define EBM_AST_H
#include "base/base.h"

/* Limits of one source file; both sides of each are tested. */
enum { NESTING_MAX = 256, NAME_MAX_BYTES = 64, STRING_MAX_BYTES = 4096, LITERAL_MAX_BYTES = 64,
       SOURCE_MAX_BYTES = 1 << 20, TREE_MAX_NODES = 200000 };

typedef struct Expr Expr;
typedef struct Stmt Stmt;
typedef struct Type Type;
typedef struct Block { Stmt **v; int n; Range at; } Block;

/* ---- types: [dtype] [ dims ] | name | fn(types)->type | energy(type) | (types) ------------- */
typedef struct Dim {              /* expr | name = expr | ..name */
    Range at;
    const char *name;             /* for `H = expr` and `..name`; else NULL */
    Expr *size;                   /* NULL for `..` */
    bool rest;                    /* `..` or `..name` */
} Dim;
typedef enum TypeKind { TY_TENSOR, TY_NAME, TY_FN, TY_ENERGY, TY_TUPLE } TypeKind;
struct Type {
    TypeKind kind;
    Range at;
    const char *name;             /* TENSOR: dtype name or NULL; NAME: int, real, bool, str ... */
    Dim *dims; int n_dims;        /* TENSOR */
    Type **args; int n_args;      /* FN, TUPLE, ENERGY (0 or 1) */
    Type *result;                 /* FN */
    int height;                   /* levels of the tree from here down, 1 .. NESTING_MAX */
};
typedef struct Formal {
    Range at;
    const char *name;
    Type *type;                   /* NULL: a template formal */
    Expr *init;                   /* default, or NULL */
} Formal;
typedef struct Formals { Formal *v; int n; } Formals;

/* ---- expressions --------------------------------------------------------------------------- */
typedef struct Arg { Range at; const char *name; Expr *value; } Arg;      /* name may be NULL */
typedef struct Draw {             /* what stands right of `~` */
    Expr *dist;
    Expr *prob;                   /* `dist prob p else other`; NULL when plain */
    struct Draw *other;           /* right-nested */
    Range at;
    int height;
} Draw;
/* lo..hi, lo..<hi, or lo */
typedef struct Span { Expr *lo, *hi; bool exclusive; Range at; } Span;
typedef enum QualKind { Q_EXPR, Q_SPAN, Q_ALL, Q_IN, Q_DRAW, Q_LET } QualKind;
typedef struct Qual {             /* inside [ ]: an index, a slice or a comprehension clause */
    QualKind kind;
    Range at;
    const char *name;             /* IN, DRAW, LET */
    Span span;                    /* SPAN, IN (hi == NULL: iterate over a value) */
    Draw *draw;                   /* DRAW */
    Expr *value;                  /* EXPR, LET */
} Qual;

typedef enum ExprKind {
    EX_INT, EX_REAL, EX_STR, EX_BOOL, EX_NAME,
    EX_TUPLE,                     /* (a, b)    */
    EX_LIST,                      /* [a, b]    */
    EX_CALL,                      /* f(args)   */
    EX_INDEX,                     /* x[quals]; called, it is a comprehension: sum[i in 1..n](e) */
    EX_FIELD,                     /* x.name    */
    EX_NEG, EX_NOT, EX_LIKE,      /* one operand in a */
    EX_BINARY,                    /* a op b    */
    EX_IF,                        /* if cond then a else b */
    EX_LAMBDA,                    /* fn (formals) => a */
    EX_PIPE,                      /* a |> b as "name" */
    EX_ERROR                      /* parsed in recovery; silences later phases */
} ExprKind;
typedef enum BinOp { OPR_OR, OPR_AND, OPR_EQ, OPR_NE, OPR_LT, OPR_GT, OPR_LE, OPR_GE,
                     OPR_ADD, OPR_SUB, OPR_MUL, OPR_DIV, OPR_MOD, OPR_MATMUL, OPR_POW } BinOp;
struct Expr {
    ExprKind kind;
    Range at;
    Range op_at;                  /* BINARY: the operator; CALL: the callee; FIELD: the name */
    BinOp op;
    int64_t i;                    /* INT; BOOL 0/1 */
    double real;                  /* REAL (and INT, as a double) */
    const char *name;             /* NAME, STR (decoded text), FIELD, PIPE's `as` (or NULL) */
    Expr *a, *b, *cond;
    Expr **v; int n;              /* TUPLE, LIST */
    Arg *args; int n_args;        /* CALL (callee in a) */
    Qual *quals; int n_quals;     /* INDEX (base in a) */
    Formals formals;              /* LAMBDA */
    int height;
};

/* ---- statements ---------------------------------------------------------------------------- */
typedef enum StmtKind {
    SK_ASSIGN,                    /* target = value;  op '+' / '-' for += and -= */
    SK_DRAW,                      /* [shared] target ~ draw */
    /* value is an EX_CALL: B.push(x), save(x, "f"), run NAME is SK_RUN */
    SK_CALL,
    SK_FOR,                       /* names in span, body */
    SK_REPEAT, SK_EVERY, SK_WHILE,/* value, body */
    SK_IF,                        /* value, body, other (a block; `else if` is a block of one IF) */
    SK_MINIMIZE,                  /* value over groups; maximize: sign = -1 */
    SK_SIMULTANEOUS,              /* body */
    SK_RETURN,                    /* value */
    SK_TRACK, SK_REPORT,          /* args */
    SK_ASSERT,                    /* value, message */
    SK_PARAM,                     /* decl: a param inside a body */
    SK_STATE,                     /* decl */
    SK_FN,                        /* decl: a local function */
    SK_OPTIMIZER,                 /* groups = value */
    SK_STEP,                      /* body (train entries) */
    SK_RUN,                       /* run NAME(args) */
    SK_EXPORT,                    /* export PATH */
    SK_ERROR
} StmtKind;
typedef struct GroupRef { Range at; const char *path; } GroupRef;         /* "E" or "E.head" */
struct Stmt {
    StmtKind kind;
    Range at, keyword_at;
    Expr *target;                 /* ASSIGN, DRAW: a postfix expression or EX_TUPLE of them */
    char op;                      /* ASSIGN: 0, '+' or '-' */
    bool is_shared;
    int sign;                     /* MINIMIZE: +1 minimise, -1 maximise */
    Expr *value;
    Draw *draw;
    const char **names; Range *names_at; int n_names;  /* FOR binders; RUN name; EXPORT path */
    Span span;                    /* FOR */
    GroupRef *groups; int n_groups;                    /* MINIMIZE, OPTIMIZER */
    Arg *args; int n_args;        /* TRACK, REPORT, RUN */
    const char *message;          /* ASSERT */
    struct Item *decl;            /* PARAM, STATE, FN */
    Block body, other;
    int height;
};

/* ---- top-level items ----------------------------------------------------------------------- */
typedef enum ItemKind {
    IT_IMPORT,                    /* path (string), name = alias or NULL */
    IT_USE,                       /* path "std.samplers", names (empty: all) */
    IT_CONST, IT_ARG, IT_PARAM, IT_STATE,   /* name, type, value */
    IT_DATA,                      /* name, value = source, type or fields */
    IT_BUFFER,                    /* name, type, value */
    IT_EMA,                       /* name, of, args */
    /* net_kind; defined (formals, result, body) or an instance (type, result, value, from) */
    IT_NET,
    IT_MODULE,                    /* name, statics, formals, result, body */
    IT_FN, IT_SAMPLER, IT_OBJECTIVE,        /* name, formals, result, body or value */
    IT_ENTRY,                     /* entry_kind, name, body of settings and statements */
    IT_ERROR
} ItemKind;
typedef enum NetKind { NET_ENERGY, NET_GENERATOR, NET_NET } NetKind;
typedef enum EntryKind { ENTRY_TRAIN, ENTRY_EVAL, ENTRY_SAMPLE } EntryKind;
typedef struct Item {
    ItemKind kind;
    Range at, name_at;
    const char *name;
    const char *path;
    const char *doc;              /* the comment lines right above, or NULL */
    const char **names; Range *names_at; int n_names;
    const char *of; Range of_at;  /* EMA */
    NetKind net_kind;
    EntryKind entry_kind;
    Type *type, *result;
    Formals statics, formals;
    bool has_body;                /* body is meant, even when empty */
    Block body;
    Expr *value, *from;
    Arg *args; int n_args;
    Formal *fields; int n_fields; /* DATA */
} Item;

typedef struct File {
    int source;                   /* file number of base.h */
    Item **items; int n;
} File;

/* Parses a registered source. Always returns a tree (with EX_ERROR / SK_ERROR / IT_ERROR holes);
 * syntax errors are diagnostics E01xx. Never recurses deeper than the nesting limit (256). */
File *parse_source(Arena *a, int source);

/* Prints a tree as `.ebm` text that parses to the same tree. */
void ast_print(Text *out, const File *f);
#endif
