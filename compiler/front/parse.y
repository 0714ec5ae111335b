/* parse.y - the grammar of the language, LALR(1) without conflicts, and its tree.
 *
 * Needs tokens.c for tokens and line ends, tree.c for nodes. Promises: one left-recursive list per
 * repetition (the stack grows only with nesting), every statement ends with NL, every error in a
 * statement is recovered at the next NL that tokens.c delivers.
 *
 * The order of %left and %right lines is the binding strength of operators, loosest first. */
%define api.pure full
%define api.location.type {Range}
%define parse.error custom
%define parse.lac full
%locations
%param { Parser *p }
%initial-action { @$ = (Range){ p->source, 0, 0 }; }

%code requires {
#include "front/parse_internal.h"
}
%code {
#include <string.h>

/* The stack: NESTING_MAX brackets of a dozen operators each. */
#define YYINITDEPTH 256
#define YYMAXDEPTH 10000
#define YYMALLOC(size) xalloc((size), "parser stack")
#define YYFREE(p) xfree(p)
#define YYLLOC_DEFAULT(at, rhs, n) \
    ((at) = (n) ? range_join(YYRHSLOC(rhs, 1), YYRHSLOC(rhs, n)) \
                : (Range){ YYRHSLOC(rhs, 0).file, YYRHSLOC(rhs, 0).end, YYRHSLOC(rhs, 0).end })

static int yylex(YYSTYPE *value, Range *at, Parser *p) { return token_next(p, value, at); }
static void yyerror(Range *at, Parser *p, const char *message);
static Item *new_item(Parser *p, ItemKind kind, Range keyword, const char *name, Range name_at);
static Item *fn_item(ItemKind kind, Range keyword, const char *name, Range name_at,
                     const FormalList *formals, Type *result, Item *body);
static Expr *name_expr(Parser *p, const char *name, Range at);
static Expr *literal(Parser *p, ExprKind kind, Range at, int64_t i, double real);
#define PUSH(list, item) vec_push(p->arena, (list), (item))
}

%union {
    const char *name;
    int64_t integer;
    double real;
    int code;                     /* kind of net or entry, sign, operator */
    Expr *expr;
    Type *type;
    Draw *draw;
    Stmt *stmt;
    Item *item;
    Span span;
    Arg arg;
    Qual qual;
    Dim dim;
    Formal formal;
    GroupRef group;
    Block block;
    ExprList *exprs;
    TypeList *types;
    StmtList *stmts;
    ArgList *args;
    QualList *quals;
    DimList *dims;
    FormalList *formals;
    GroupList *groups;
    NameList *names;
}

%token NL "end of line" YYEOF 0 "end of file"
%token <name> ID "name" STR "string"
%token <integer> INT "integer"
%token <real> REAL "number"
%token BAD_NUMBER "malformed number" BAD_STRING "unterminated string" STRAY "stray character"
%token IMPORT "'import'" USE "'use'" CONST "'const'" ARG "'arg'" PARAM "'param'" STATE "'state'"
%token DATA "'data'" BUFFER "'buffer'" EMA "'ema'" OF "'of'" FROM "'from'" ENERGY "'energy'"
%token GENERATOR "'generator'" NET "'net'" MODULE "'module'" FN "'fn'" SAMPLER "'sampler'"
%token OBJECTIVE "'objective'" TRAIN "'train'" EVAL "'eval'" SAMPLE "'sample'"
%token STEP "'step'" OPTIMIZER "'optimizer'" RUN "'run'" EXPORT "'export'"
%token FOR "'for'" IN "'in'" REPEAT "'repeat'" EVERY "'every'" WHILE "'while'" IF "'if'"
%token THEN "'then'" ELSE "'else'" RETURN "'return'" MINIMIZE "'minimize'" MAXIMIZE "'maximize'"
%token OVER "'over'" SIMULTANEOUS "'simultaneous'" SHARED "'shared'" PROB "'prob'" LIKE "'like'"
%token AS "'as'" AND "'and'" OR "'or'" NOT "'not'" TRUE "'true'" FALSE "'false'"
%token TRACK "'track'" REPORT "'report'" ASSERT "'assert'"
%token PIPE "'|>'" ARROW "'->'" FATARROW "'=>'" DOTLT "'..<'" DOTDOT "'..'" EQ "'=='" NE "'!='"
%token LE "'<='" GE "'>='" PLUSEQ "'+='" MINUSEQ "'-='" STARSTAR "'**'"

%precedence FATARROW
%precedence ELSE
%precedence PIPE
%left OR
%left AND
%precedence NOT
%nonassoc EQ NE '<' '>' LE GE
%left '+' '-'
%left '*' '/' '%' '@'
%precedence UNARY
%right '^'

%type <item> item value_item data_item net_item fn_item entry_item param state fn_body local_fn
%type <code> net_kind entry_kind fn_kind update
%type <expr> expr postfix primary value value_opt from_opt
%type <type> type type_opt result
%type <draw> draw
%type <span> range
%type <stmt> stmt if_stmt loop update_stmt
%type <stmts> stmts
%type <block> block
%type <arg> arg
%type <args> args arg_list run_args
%type <qual> qual
%type <quals> quals
%type <dim> dim
%type <dims> dims dim_list
%type <formal> formal field
%type <formals> formals formal_list fields
%type <group> group
%type <groups> paths
%type <names> names binder path
%type <exprs> exprs
%type <types> types type_list
%%
/* ---- items --------------------------------------------------------------------------------- */

file: items ;
items: %empty | items item NL { item_check_places($2); item_add(p, $2, @2); }
  | items error NL { yyerrok; item_add(p, item_new(p, IT_ERROR, @2), @2); }
  ;
item: IMPORT STR { $$ = item_new(p, IT_IMPORT, @1); $$->path = $2; }
  | IMPORT STR AS ID { $$ = new_item(p, IT_IMPORT, @1, $4, @4); $$->path = $2; }
  | USE group { $$ = item_new(p, IT_USE, @1); $$->path = $2.path; $$->name_at = @2; }
  | USE group ':' names {
        $$ = item_new(p, IT_USE, @1);
        $$->path = $2.path;
        $$->name_at = @2;
        $$->names = $4->names.v;
        $$->names_at = $4->at.v;
        $$->n_names = $4->names.n;
    }
  | value_item | param | state | data_item | net_item | fn_item | entry_item
  ;
value_item: CONST ID type_opt value {
        $$ = new_item(p, IT_CONST, @1, $2, @2); $$->type = $3; $$->value = $4;
    }
  | ARG ID type_opt value {
        $$ = new_item(p, IT_ARG, @1, $2, @2); $$->type = $3; $$->value = $4;
    }
  | BUFFER ID ':' type value {
        $$ = new_item(p, IT_BUFFER, @1, $2, @2); $$->type = $4; $$->value = $5;
    }
  | EMA ID OF ID '(' args ')' {
        $$ = new_item(p, IT_EMA, @1, $2, @2);
        $$->of = $4;
        $$->of_at = @4;
        $$->args = $6 ? $6->v : NULL;
        $$->n_args = $6 ? $6->n : 0;
    }
  ;
param: PARAM ID type_opt value_opt {
        $$ = new_item(p, IT_PARAM, @1, $2, @2); $$->type = $3; $$->value = $4;
    } ;
state: STATE ID type_opt value {
        $$ = new_item(p, IT_STATE, @1, $2, @2); $$->type = $3; $$->value = $4;
    } ;
data_item: DATA ID ':' type FROM expr {
        $$ = new_item(p, IT_DATA, @1, $2, @2); $$->type = $4; $$->value = $6;
    }
  | DATA ID FROM expr '{' fields '}' {
        $$ = new_item(p, IT_DATA, @1, $2, @2);
        $$->value = $4;
        $$->fields = $6->v;
        $$->n_fields = $6->n;
        if ($6->n == 0)
            diag(E0106, @7, "a data set needs at least one field; expected name");
    }
  ;
fields: %empty { $$ = NEW(p->arena, FormalList); }
  | fields field NL { $$ = $1; PUSH($$, $2); }
  | fields error NL {
        yyerrok;
        $$ = $1;
        PUSH($$, ((Formal){ @2, intern("error"), type_name(p, intern("error"), @2), NULL }));
    }
  ;
field: ID ':' type { $$ = (Formal){ @$, $1, $3, NULL }; } ;
net_item: net_kind ID '(' formals ')' result block {
        $$ = new_item(p, IT_NET, @1, $2, @2);
        $$->net_kind = $1;
        $$->formals = (Formals){ $4 ? $4->v : NULL, $4 ? $4->n : 0 };
        $$->result = $6;
        $$->has_body = true;
        $$->body = $7;
    }
  | net_kind ID ':' type result value from_opt {
        $$ = new_item(p, IT_NET, @1, $2, @2);
        $$->net_kind = $1;
        $$->type = $4;
        $$->result = $5;
        $$->value = $6;
        $$->from = $7;
    }
  | MODULE ID '(' formals ')' '(' formals ')' result block {
        $$ = new_item(p, IT_MODULE, @1, $2, @2);
        $$->statics = (Formals){ $4 ? $4->v : NULL, $4 ? $4->n : 0 };
        $$->formals = (Formals){ $7 ? $7->v : NULL, $7 ? $7->n : 0 };
        $$->result = $9;
        $$->has_body = true;
        $$->body = $10;
    }
  ;
from_opt: %empty { $$ = NULL; } | FROM expr { $$ = $2; } ;
net_kind: ENERGY { $$ = NET_ENERGY; } | GENERATOR { $$ = NET_GENERATOR; } | NET { $$ = NET_NET; } ;
fn_item: local_fn
  | fn_kind ID '(' formals ')' result fn_body {
        $$ = fn_item($1, @1, $2, @2, $4, $6, $7);
    }
  ;
local_fn: FN ID '(' formals ')' result fn_body {
        $$ = fn_item(IT_FN, @1, $2, @2, $4, $6, $7);
    } ;
fn_kind: SAMPLER { $$ = IT_SAMPLER; } | OBJECTIVE { $$ = IT_OBJECTIVE; } ;
fn_body: block { $$ = item_new(p, IT_FN, @1); $$->has_body = true; $$->body = $1; }
  | value { $$ = item_new(p, IT_FN, @1); $$->value = $1; }
  ;
entry_item: entry_kind ID block {
        $$ = new_item(p, IT_ENTRY, @1, $2, @2);
        $$->entry_kind = $1;
        $$->has_body = true;
        $$->body = $3;
    } ;
entry_kind: TRAIN { $$ = ENTRY_TRAIN; }
  | EVAL { $$ = ENTRY_EVAL; }
  | SAMPLE { $$ = ENTRY_SAMPLE; }
  ;

/* ---- parts of items ------------------------------------------------------------------------ */

value: '=' expr { $$ = $2; } ;
value_opt: %empty { $$ = NULL; } | value ;
type_opt: %empty { $$ = NULL; } | ':' type { $$ = $2; } ;
result: %empty { $$ = NULL; } | ARROW type { $$ = $2; } ;
group: path { $$ = group_new(p, $1, @1); } ;
path: ID { $$ = NEW(p->arena, NameList); names_add(p, $$, $1, @1); }
  | path '.' ID { $$ = $1; names_add(p, $$, $3, @3); }
  | path '.' number {
        $$ = $1;
        names_add(p, $$, intern_n(p->text + @3.begin, @3.end - @3.begin), @3);
    }
  ;
number: INT | REAL ;                  /* loop indices: E.conv0.1, E.conv0.1.2 */
paths: group { $$ = NEW(p->arena, GroupList); PUSH($$, $1); }
  | paths ',' group { $$ = $1; PUSH($$, $3); }
  ;
names: ID { $$ = NEW(p->arena, NameList); names_add(p, $$, $1, @1); }
  | names ',' ID { $$ = $1; names_add(p, $$, $3, @3); }
  ;
formals: %empty { $$ = NULL; } | formal_list | formal_list ',' ;
formal_list: formal { $$ = NEW(p->arena, FormalList); PUSH($$, $1); }
  | formal_list ',' formal { $$ = $1; PUSH($$, $3); }
  ;
formal: ID type_opt value_opt { $$ = (Formal){ @1, $1, $2, $3 }; } ;
type: '[' dims ']' { $$ = type_tensor(p, NULL, $2, @$); }
  | ID '[' dims ']' { $$ = type_tensor(p, $1, $3, @$); }
  | ID { $$ = type_name(p, $1, @$); }
  | ID '(' type ')' { $$ = type_energy(p, $1, @1, $3, @$); }
  | '(' type_list ')' { $$ = type_tuple(p, $2, @$); }
  | FN '(' types ')' ARROW type { $$ = type_fn(p, $3, $6, @$); }
  ;
types: %empty { $$ = NULL; } | type_list ;
type_list: type { $$ = NEW(p->arena, TypeList); PUSH($$, $1); }
  | type_list ',' type { $$ = $1; PUSH($$, $3); }
  ;
dims: %empty { $$ = NULL; } | dim_list | dim_list ',' ;
dim_list: dim { $$ = NEW(p->arena, DimList); PUSH($$, $1); }
  | dim_list ',' dim { $$ = $1; PUSH($$, $3); }
  ;
dim: expr { $$ = (Dim){ @$, NULL, $1, false }; }
  | ID '=' expr { $$ = (Dim){ @$, $1, $3, false }; }
  | DOTDOT { $$ = (Dim){ @$, NULL, NULL, true }; }
  | DOTDOT ID { $$ = (Dim){ @$, $2, NULL, true }; }
  ;

/* ---- statements ---------------------------------------------------------------------------- */

block: '{' stmts '}' { $$ = block_new($2, @$); } ;
stmts: %empty { $$ = NEW(p->arena, StmtList); }
  | stmts stmt NL { $$ = $1; PUSH($$, $2); }
  | stmts error NL {
        yyerrok;
        $$ = $1;
        PUSH($$, stmt_done(p, stmt_new(p, SK_ERROR, @2), @2));
    }
  ;
stmt: postfix value { $$ = stmt_assign(p, $1, 0, $2, @$); }
  | postfix PLUSEQ expr { $$ = stmt_assign(p, $1, '+', $3, @$); }
  | postfix MINUSEQ expr { $$ = stmt_assign(p, $1, '-', $3, @$); }
  | postfix '~' draw { $$ = stmt_draw(p, false, $1, $3, @$); }
  | SHARED postfix '~' draw { $$ = stmt_draw(p, true, $2, $4, @$); }
  | postfix { $$ = stmt_call(p, $1, @$); }
  | loop | if_stmt | update_stmt
  | SIMULTANEOUS block {
        $$ = stmt_new(p, SK_SIMULTANEOUS, @1); $$->body = $2; $$ = stmt_done(p, $$, @$);
    }
  | RETURN expr { $$ = stmt_new(p, SK_RETURN, @1); $$->value = $2; $$ = stmt_done(p, $$, @$); }
  | TRACK arg_list {
        $$ = stmt_new(p, SK_TRACK, @1);
        $$->args = $2->v;
        $$->n_args = $2->n;
        $$ = stmt_done(p, $$, @$);
    }
  | REPORT arg_list {
        $$ = stmt_new(p, SK_REPORT, @1);
        $$->args = $2->v;
        $$->n_args = $2->n;
        $$ = stmt_done(p, $$, @$);
    }
  | ASSERT expr { $$ = stmt_new(p, SK_ASSERT, @1); $$->value = $2; $$ = stmt_done(p, $$, @$); }
  | ASSERT expr ',' STR {
        $$ = stmt_new(p, SK_ASSERT, @1);
        $$->value = $2;
        $$->message = $4;
        $$ = stmt_done(p, $$, @$);
    }
  | param { $$ = stmt_decl(p, SK_PARAM, $1, @1); }
  | state { $$ = stmt_decl(p, SK_STATE, $1, @1); }
  | local_fn { $$ = stmt_decl(p, SK_FN, $1, @1); }
  | OPTIMIZER paths value {
        $$ = stmt_new(p, SK_OPTIMIZER, @1);
        $$->groups = $2->v;
        $$->n_groups = $2->n;
        $$->value = $3;
        $$ = stmt_done(p, $$, @$);
    }
  | STEP block { $$ = stmt_new(p, SK_STEP, @1); $$->body = $2; $$ = stmt_done(p, $$, @$); }
  | RUN ID run_args {
        NameList list = { 0 };
        names_add(p, &list, $2, @2);
        $$ = stmt_new(p, SK_RUN, @1);
        $$->names = list.names.v;
        $$->names_at = list.at.v;
        $$->n_names = 1;
        $$->args = $3 ? $3->v : NULL;
        $$->n_args = $3 ? $3->n : 0;
        $$ = stmt_done(p, $$, @$);
    }
  | EXPORT STR {
        NameList list = { 0 };
        names_add(p, &list, $2, @2);
        $$ = stmt_new(p, SK_EXPORT, @1);
        $$->names = list.names.v;
        $$->names_at = list.at.v;
        $$->n_names = 1;
        $$ = stmt_done(p, $$, @$);
    }
  ;
run_args: %empty { $$ = NULL; } | '(' args ')' { $$ = $2; } ;
loop: FOR binder IN range block {
        $$ = stmt_new(p, SK_FOR, @1);
        $$->names = $2->names.v;
        $$->names_at = $2->at.v;
        $$->n_names = $2->names.n;
        $$->span = $4;
        $$->body = $5;
        $$ = stmt_done(p, $$, @$);
    }
  | REPEAT expr block {
        $$ = stmt_new(p, SK_REPEAT, @1); $$->value = $2; $$->body = $3; $$ = stmt_done(p, $$, @$);
    }
  | EVERY expr block {
        $$ = stmt_new(p, SK_EVERY, @1); $$->value = $2; $$->body = $3; $$ = stmt_done(p, $$, @$);
    }
  | WHILE expr block {
        $$ = stmt_new(p, SK_WHILE, @1); $$->value = $2; $$->body = $3; $$ = stmt_done(p, $$, @$);
    }
  ;
if_stmt: IF expr block {
        $$ = stmt_new(p, SK_IF, @1); $$->value = $2; $$->body = $3; $$ = stmt_done(p, $$, @$);
    }
  | IF expr block ELSE block {
        $$ = stmt_new(p, SK_IF, @1);
        $$->value = $2;
        $$->body = $3;
        $$->other = $5;
        $$ = stmt_done(p, $$, @$);
    }
  | IF expr block ELSE if_stmt {
        $$ = stmt_new(p, SK_IF, @1);
        $$->value = $2;
        $$->body = $3;
        $$->other = block_of_one(p, $5);
        $$ = stmt_done(p, $$, @$);
    }
  ;
update_stmt: update expr OVER paths { $$ = stmt_update(p, $1, $2, $4, @1, @$); }
  | update expr {
        syntax_no_over(p, @1, $2, (Range){ p->source, @2.end, @2.end }, $1);
        $$ = stmt_done(p, stmt_new(p, SK_ERROR, @1), @$);
    }
  ;
update: MINIMIZE { $$ = 1; } | MAXIMIZE { $$ = -1; } ;
binder: ID { $$ = NEW(p->arena, NameList); names_add(p, $$, $1, @1); }
  | '(' names ')' { $$ = $2; }
  ;
draw: expr { $$ = draw_new(p, $1, NULL, NULL, @$); }
  | expr PROB expr ELSE draw { $$ = draw_new(p, $1, $3, $5, @$); }
  ;
range: expr { $$ = (Span){ $1, NULL, false, @$ }; }
  | expr DOTDOT expr { $$ = (Span){ $1, $3, false, @$ }; }
  | expr DOTLT expr { $$ = (Span){ $1, $3, true, @$ }; }
  ;

/* ---- expressions --------------------------------------------------------------------------- */

expr: IF expr THEN expr ELSE expr %prec ELSE { $$ = expr_if(p, $2, $4, $6, @$); }
  | FN '(' formals ')' FATARROW expr %prec FATARROW { $$ = expr_lambda(p, $3, $6, @$); }
  | expr PIPE postfix { $$ = expr_pipe(p, $1, $3, NULL, @$); }
  | expr PIPE postfix AS STR { $$ = expr_pipe(p, $1, $3, $5, @$); }
  | expr OR expr { $$ = expr_binary(p, OPR_OR, $1, $3, @2); }
  | expr AND expr { $$ = expr_binary(p, OPR_AND, $1, $3, @2); }
  | NOT expr { $$ = expr_unary(p, EX_NOT, $2, @$); }
  | expr EQ expr { $$ = expr_binary(p, OPR_EQ, $1, $3, @2); }
  | expr NE expr { $$ = expr_binary(p, OPR_NE, $1, $3, @2); }
  | expr '<' expr { $$ = expr_binary(p, OPR_LT, $1, $3, @2); }
  | expr '>' expr { $$ = expr_binary(p, OPR_GT, $1, $3, @2); }
  | expr LE expr { $$ = expr_binary(p, OPR_LE, $1, $3, @2); }
  | expr GE expr { $$ = expr_binary(p, OPR_GE, $1, $3, @2); }
  | expr '+' expr { $$ = expr_binary(p, OPR_ADD, $1, $3, @2); }
  | expr '-' expr { $$ = expr_binary(p, OPR_SUB, $1, $3, @2); }
  | expr '*' expr { $$ = expr_binary(p, OPR_MUL, $1, $3, @2); }
  | expr '/' expr { $$ = expr_binary(p, OPR_DIV, $1, $3, @2); }
  | expr '%' expr { $$ = expr_binary(p, OPR_MOD, $1, $3, @2); }
  | expr '@' expr { $$ = expr_binary(p, OPR_MATMUL, $1, $3, @2); }
  | expr '^' expr { $$ = expr_binary(p, OPR_POW, $1, $3, @2); }
  | '-' expr %prec UNARY { $$ = expr_unary(p, EX_NEG, $2, @$); }
  | LIKE postfix { $$ = expr_unary(p, EX_LIKE, $2, @$); }
  | postfix
  ;
postfix: primary
  | postfix '(' args ')' { $$ = expr_call(p, $1, $3, @$); }
  | postfix '[' quals ']' { $$ = expr_index(p, $1, $3, @$); }
  | postfix '.' ID { $$ = expr_field(p, $1, $3, @3); }
  ;
primary: INT { $$ = literal(p, EX_INT, @1, $1, (double)$1); }
  | REAL { $$ = literal(p, EX_REAL, @1, 0, $1); }
  | TRUE { $$ = literal(p, EX_BOOL, @1, 1, 1); }
  | FALSE { $$ = literal(p, EX_BOOL, @1, 0, 0); }
  | STR { $$ = expr_new(p, EX_STR, @1); $$->name = $1; }
  | ID { $$ = name_expr(p, $1, @1); }
  | '(' expr ')' { $$ = $2; }
  | '(' expr ',' exprs ')' {
        ExprList *list = NEW(p->arena, ExprList);
        PUSH(list, $2);
        for (int i = 0; i < $4->n; i++)
            PUSH(list, $4->v[i]);
        $$ = expr_list(p, EX_TUPLE, list, @$);
    }
  | '[' exprs ']' { $$ = expr_list(p, EX_LIST, $2, @$); }
  | '[' ']' { $$ = expr_list(p, EX_LIST, NULL, @$); }
  ;
exprs: expr { $$ = NEW(p->arena, ExprList); PUSH($$, $1); }
  | exprs ',' expr { $$ = $1; PUSH($$, $3); }
  | exprs ','
  ;
args: %empty { $$ = NULL; } | arg_list | arg_list ',' ;
arg_list: arg { $$ = NEW(p->arena, ArgList); PUSH($$, $1); }
  | arg_list ',' arg { $$ = $1; PUSH($$, $3); }
  ;
arg: expr { $$ = (Arg){ @$, NULL, $1 }; }
  | ID '=' expr { $$ = (Arg){ @$, $1, $3 }; }
  ;
quals: qual { $$ = NEW(p->arena, QualList); PUSH($$, $1); }
  | quals ',' qual { $$ = $1; PUSH($$, $3); }
  ;
qual: expr { $$ = (Qual){ .kind = Q_EXPR, .at = @$, .value = $1 }; }
  | expr DOTDOT expr {
        $$ = (Qual){ .kind = Q_SPAN, .at = @$, .span = { $1, $3, false, @$ } };
    }
  | expr DOTLT expr {
        $$ = (Qual){ .kind = Q_SPAN, .at = @$, .span = { $1, $3, true, @$ } };
    }
  | DOTDOT { $$ = (Qual){ .kind = Q_ALL, .at = @$ }; }
  | ID IN range { $$ = (Qual){ .kind = Q_IN, .at = @$, .name = $1, .span = $3 }; }
  | ID '~' draw { $$ = (Qual){ .kind = Q_DRAW, .at = @$, .name = $1, .draw = $3 }; }
  | ID '=' expr { $$ = (Qual){ .kind = Q_LET, .at = @$, .name = $1, .value = $3 }; }
  ;
%%
/* Called only when the stack is full. */
static void yyerror(Range *at, Parser *p, const char *message) {
    (void)message;
    token_fatal(p, E0111, *at, "expressions and blocks nest too deep", NESTING_MAX);
}

static int yyreport_syntax_error(const yypcontext_t *context, Parser *p) {
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *names[YYNTOKENS];
    int n = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    if (n < 0)
        return n;
    for (int i = 0; i < n; i++)
        names[i] = yysymbol_name(kinds[i]);
    syntax_error(p, yysymbol_name(yypcontext_token(context)), names, n);
    return 0;
}

static Item *new_item(Parser *p, ItemKind kind, Range keyword, const char *name, Range name_at) {
    Item *item = item_new(p, kind, keyword);
    item->name = name;
    item->name_at = name_at;
    return item;
}

/* `body` is an unfinished item that holds the body or the value. */
static Item *fn_item(ItemKind kind, Range keyword, const char *name, Range name_at,
                     const FormalList *formals, Type *result, Item *body) {
    body->kind = kind;
    body->at = range_join(keyword, body->at);
    body->name = name;
    body->name_at = name_at;
    body->formals = (Formals){ formals ? formals->v : NULL, formals ? formals->n : 0 };
    body->result = result;
    return body;
}

static Expr *name_expr(Parser *p, const char *name, Range at) {
    Expr *e = expr_new(p, EX_NAME, at);
    e->name = name;
    return e;
}

static Expr *literal(Parser *p, ExprKind kind, Range at, int64_t i, double real) {
    Expr *e = expr_new(p, kind, at);
    e->i = i;
    e->real = real;
    return e;
}

/* Reports the first byte that makes the file no text; false when there is one. */
static bool check_text(int source, const char *text, size_t len) {
    if (len > SOURCE_MAX_BYTES) {
        diag(E0115, (Range){ source, 0, 0 }, "this file has %zu bytes (limit %d)", len,
             SOURCE_MAX_BYTES);
        return false;
    }
    for (size_t i = 0; i < len;) {
        uint32_t code;
        int n = utf8_decode(text + i, len - i, &code);
        Range at = { source, (uint32_t)i, (uint32_t)i + 1 };
        if (n == 0 || code == 0) {
            diag(n ? E0117 : E0118, at, n ? "this file holds a NUL byte"
                                          : "this file is not UTF-8 here");
            return false;
        }
        i += (size_t)n;
    }
    return true;
}

File *parse_source(Arena *a, int source) {
    File *f = NEW(a, File);
    f->source = source;
    size_t len;
    const char *text = source_text(source, &len);
    if (!check_text(source, text, len))
        return f;
    Parser *p = NEW(a, Parser);
    p->arena = a;
    p->source = source;
    p->text = text;
    p->len = len;
    p->suspect = -1;
    scan_tokens(p);
    yyparse(p);
    f->items = p->items.v;
    f->n = p->items.n;
    return f;
}
