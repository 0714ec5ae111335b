/* tree.c - constructors of the syntax tree.
 *
 * Needs a Parser. Promises: the tree is never higher than NESTING_MAX and never has more than
 * TREE_MAX_NODES nodes, so later passes may recurse over it; what would exceed a limit is reported
 * (E0111, E0116), replaced by a hole, and ends the input. Every node has a range. */
#include "front/parse_internal.h"

#include "parse.tab.h"

#include <string.h>

static int max_int(int a, int b) { return a > b ? a : b; }

static void count_node(Parser *p, Range at) {
    if (++p->nodes > TREE_MAX_NODES)
        token_fatal(p, E0116, at, "this file has too many syntax tree nodes", TREE_MAX_NODES);
}

/* May a node stand on children of this height? */
static bool height_fits(Parser *p, int below, Range at) {
    if (below < NESTING_MAX)
        return true;
    token_fatal(p, E0111, at, "expressions and blocks nest too deep", NESTING_MAX);
    return false;
}

/* ---- expressions --------------------------------------------------------------------------- */

Expr *expr_new(Parser *p, ExprKind kind, Range at) {
    count_node(p, at);
    Expr *e = NEW(p->arena, Expr);
    e->kind = kind;
    e->at = e->op_at = at;
    e->height = 1;
    return e;
}

static int height_of(const Expr *e) { return e ? e->height : 0; }

/* Sets the height, or turns the node into a hole when the tree grows too high. */
static Expr *expr_raise(Parser *p, Expr *e, int below) {
    if (height_fits(p, below, e->at))
        e->height = below + 1;
    else
        *e = (Expr){ .kind = EX_ERROR, .at = e->at, .op_at = e->at, .height = 1 };
    return e;
}

Expr *expr_unary(Parser *p, ExprKind kind, Expr *a, Range at) {
    Expr *e = expr_new(p, kind, at);
    e->a = a;
    return expr_raise(p, e, a->height);
}

Expr *expr_binary(Parser *p, BinOp op, Expr *a, Expr *b, Range op_at) {
    Expr *e = expr_new(p, EX_BINARY, range_join(a->at, b->at));
    e->op = op;
    e->op_at = op_at;
    e->a = a;
    e->b = b;
    return expr_raise(p, e, max_int(a->height, b->height));
}

Expr *expr_if(Parser *p, Expr *cond, Expr *a, Expr *b, Range at) {
    Expr *e = expr_new(p, EX_IF, at);
    e->cond = cond;
    e->a = a;
    e->b = b;
    return expr_raise(p, e, max_int(cond->height, max_int(a->height, b->height)));
}

Expr *expr_list(Parser *p, ExprKind kind, const ExprList *list, Range at) {
    Expr *e = expr_new(p, kind, at);
    int below = 0;
    if (list) {
        e->v = list->v;
        e->n = list->n;
        for (int i = 0; i < list->n; i++)
            below = max_int(below, list->v[i]->height);
    }
    return expr_raise(p, e, below);
}

static int args_height(Parser *p, const ArgList *args) {
    int below = 0;
    for (int i = 0; args && i < args->n; i++) {
        count_node(p, args->v[i].at);
        below = max_int(below, args->v[i].value->height);
    }
    return below;
}

Expr *expr_call(Parser *p, Expr *callee, const ArgList *args, Range at) {
    Expr *e = expr_new(p, EX_CALL, at);
    e->a = callee;
    e->op_at = callee->at;
    if (args) {
        e->args = args->v;
        e->n_args = args->n;
    }
    return expr_raise(p, e, max_int(callee->height, args_height(p, args)));
}

Expr *expr_index(Parser *p, Expr *base, const QualList *quals, Range at) {
    Expr *e = expr_new(p, EX_INDEX, at);
    e->a = base;
    e->quals = quals->v;
    e->n_quals = quals->n;
    int below = base->height;
    for (int i = 0; i < quals->n; i++) {
        const Qual *q = &quals->v[i];
        count_node(p, q->at);
        below = max_int(below, max_int(height_of(q->span.lo), height_of(q->span.hi)));
        below = max_int(below, max_int(height_of(q->value), q->draw ? q->draw->height : 0));
    }
    return expr_raise(p, e, below);
}

Expr *expr_field(Parser *p, Expr *base, const char *name, Range name_at) {
    Expr *e = expr_new(p, EX_FIELD, range_join(base->at, name_at));
    e->a = base;
    e->name = name;
    e->op_at = name_at;
    return expr_raise(p, e, base->height);
}

static int formals_height(Parser *p, const FormalList *formals) {
    int below = 0;
    for (int i = 0; formals && i < formals->n; i++) {
        const Formal *f = &formals->v[i];
        count_node(p, f->at);
        below = max_int(below, max_int(height_of(f->init), f->type ? f->type->height : 0));
    }
    return below;
}

Expr *expr_lambda(Parser *p, const FormalList *formals, Expr *body, Range at) {
    Expr *e = expr_new(p, EX_LAMBDA, at);
    e->a = body;
    if (formals)
        e->formals = (Formals){ formals->v, formals->n };
    return expr_raise(p, e, max_int(body->height, formals_height(p, formals)));
}

Expr *expr_pipe(Parser *p, Expr *a, Expr *b, const char *as, Range at) {
    Expr *e = expr_new(p, EX_PIPE, at);
    e->a = a;
    e->b = b;
    e->op_at = b->at;
    e->name = as;
    return expr_raise(p, e, max_int(a->height, b->height));
}

/* ---- types --------------------------------------------------------------------------------- */

static Type *type_new(Parser *p, TypeKind kind, const char *name, Range at) {
    count_node(p, at);
    Type *t = NEW(p->arena, Type);
    t->kind = kind;
    t->name = name;
    t->at = at;
    t->height = 1;
    return t;
}

static Type *type_raise(Parser *p, Type *t, int below) {
    if (height_fits(p, below, t->at))
        t->height = below + 1;
    else
        *t = (Type){ .kind = TY_NAME, .at = t->at, .name = intern("error"), .height = 1 };
    return t;
}

Type *type_tensor(Parser *p, const char *dtype, const DimList *dims, Range at) {
    Type *t = type_new(p, TY_TENSOR, dtype, at);
    int below = 0;
    if (dims) {
        t->dims = dims->v;
        t->n_dims = dims->n;
        for (int i = 0; i < dims->n; i++) {
            count_node(p, dims->v[i].at);
            below = max_int(below, height_of(dims->v[i].size));
        }
    }
    return type_raise(p, t, below);
}

Type *type_name(Parser *p, const char *name, Range at) {
    return type_new(p, name == intern("energy") ? TY_ENERGY : TY_NAME,
                    name == intern("energy") ? NULL : name, at);
}

/* name(type): only 'energy' takes an argument. */
Type *type_energy(Parser *p, const char *name, Range name_at, Type *of, Range at) {
    if (name != intern("energy")) {
        diag(E0106, name_at, "only 'energy' takes a type in parentheses, not '%s'", name);
        return type_new(p, TY_NAME, name, at);
    }
    Type *t = type_new(p, TY_ENERGY, NULL, at);
    t->args = NEW_ARRAY(p->arena, Type *, 1);
    t->args[0] = of;
    t->n_args = 1;
    return type_raise(p, t, of->height);
}

static int types_height(const TypeList *types) {
    int below = 0;
    for (int i = 0; types && i < types->n; i++)
        below = max_int(below, types->v[i]->height);
    return below;
}

/* (a, b); a single type in parentheses is that type. */
Type *type_tuple(Parser *p, const TypeList *types, Range at) {
    if (types->n == 1)
        return types->v[0];
    Type *t = type_new(p, TY_TUPLE, NULL, at);
    t->args = types->v;
    t->n_args = types->n;
    return type_raise(p, t, types_height(types));
}

Type *type_fn(Parser *p, const TypeList *types, Type *result, Range at) {
    Type *t = type_new(p, TY_FN, NULL, at);
    if (types) {
        t->args = types->v;
        t->n_args = types->n;
    }
    t->result = result;
    return type_raise(p, t, max_int(types_height(types), result->height));
}

/* ---- statements ---------------------------------------------------------------------------- */

Draw *draw_new(Parser *p, Expr *dist, Expr *prob, Draw *other, Range at) {
    count_node(p, at);
    Draw *d = NEW(p->arena, Draw);
    d->dist = dist;
    d->prob = prob;
    d->other = other;
    d->at = at;
    int below = max_int(max_int(dist->height, height_of(prob)), other ? other->height : 0);
    if (height_fits(p, below, at)) {
        d->height = below + 1;
    } else {
        d->dist = expr_new(p, EX_ERROR, at);
        d->prob = NULL;
        d->other = NULL;
        d->height = 2;
    }
    return d;
}

Stmt *stmt_new(Parser *p, StmtKind kind, Range keyword_at) {
    count_node(p, keyword_at);
    Stmt *s = NEW(p->arena, Stmt);
    s->kind = kind;
    s->at = s->keyword_at = keyword_at;
    s->sign = 1;
    return s;
}

static int block_height(const Block *b) {
    int below = 0;
    for (int i = 0; i < b->n; i++)
        below = max_int(below, b->v[i]->height);
    return below;
}

static int item_height(const Item *item) {
    int below = max_int(height_of(item->value), height_of(item->from));
    below = max_int(below, item->type ? item->type->height : 0);
    below = max_int(below, item->result ? item->result->height : 0);
    for (int i = 0; i < item->formals.n; i++) {
        const Formal *f = &item->formals.v[i];
        below = max_int(below, max_int(height_of(f->init), f->type ? f->type->height : 0));
    }
    return max_int(below, block_height(&item->body));
}

Stmt *stmt_done(Parser *p, Stmt *s, Range at) {
    s->at = at;
    int below = max_int(height_of(s->target), height_of(s->value));
    below = max_int(below, s->draw ? s->draw->height : 0);
    below = max_int(below, max_int(height_of(s->span.lo), height_of(s->span.hi)));
    below = max_int(below, max_int(block_height(&s->body), block_height(&s->other)));
    for (int i = 0; i < s->n_args; i++)
        below = max_int(below, s->args[i].value->height);
    if (s->decl)
        below = max_int(below, item_height(s->decl));
    if (height_fits(p, below, s->keyword_at))
        s->height = below + 1;
    else
        *s = (Stmt){ .kind = SK_ERROR, .at = at, .keyword_at = s->keyword_at, .height = 1 };
    return s;
}

static bool is_target(const Expr *e) {
    if (e->kind == EX_INDEX)
        return e->a->kind == EX_NAME;
    return e->kind == EX_NAME || e->kind == EX_ERROR;
}

/* Reports E0121 unless values can be stored there. */
static void check_target(const Expr *e) {
    bool ok = is_target(e);
    if (e->kind == EX_TUPLE) {
        ok = true;
        for (int i = 0; i < e->n; i++)
            ok = ok && is_target(e->v[i]);
    }
    if (ok)
        return;
    diag(E0121, e->at, "this cannot be assigned");
    if (e->kind == EX_CALL)
        diag_help("functions are declared with 'fn'");
    else
        diag_help("a target is a name, an element like B[i], or a tuple of these");
}

Stmt *stmt_assign(Parser *p, Expr *target, char op, Expr *value, Range at) {
    check_target(target);
    Stmt *s = stmt_new(p, SK_ASSIGN, target->at);
    s->target = target;
    s->op = op;
    s->value = value;
    return stmt_done(p, s, at);
}

Stmt *stmt_draw(Parser *p, bool is_shared, Expr *target, Draw *draw, Range at) {
    check_target(target);
    Stmt *s = stmt_new(p, SK_DRAW, target->at);
    s->is_shared = is_shared;
    s->target = target;
    s->draw = draw;
    return stmt_done(p, s, at);
}

Stmt *stmt_call(Parser *p, Expr *call, Range at) {
    if (call->kind != EX_CALL && call->kind != EX_ERROR) {
        diag(E0122, call->at, "this expression is not a statement");
        diag_help("give its value a name with '=', or draw from it with '~'");
    }
    Stmt *s = stmt_new(p, SK_CALL, call->at);
    s->value = call;
    return stmt_done(p, s, at);
}

Stmt *stmt_update(Parser *p, int sign, Expr *e, const GroupList *groups, Range keyword, Range at) {
    Stmt *s = stmt_new(p, SK_MINIMIZE, keyword);
    s->sign = sign;
    s->value = e;
    if (groups) {
        s->groups = groups->v;
        s->n_groups = groups->n;
    }
    return stmt_done(p, s, at);
}

Stmt *stmt_decl(Parser *p, StmtKind kind, Item *decl, Range at) {
    Stmt *s = stmt_new(p, kind, at);
    s->decl = decl;
    return stmt_done(p, s, at);
}

Block block_new(const StmtList *stmts, Range at) {
    return (Block){ stmts ? stmts->v : NULL, stmts ? stmts->n : 0, at };
}

Block block_of_one(Parser *p, Stmt *s) {
    Block b = { NEW_ARRAY(p->arena, Stmt *, 1), 1, s->at };
    b.v[0] = s;
    return b;
}

/* ---- items --------------------------------------------------------------------------------- */

/* The comment lines right above the line that starts at `line`, without '#', or NULL. */
static const char *doc_above(Parser *p, uint32_t line) {
    uint32_t first = line;
    while (first > 0) {
        uint32_t begin = first - 1;
        while (begin > 0 && p->text[begin - 1] != '\n')
            begin--;
        uint32_t at = begin;
        while (p->text[at] == ' ' || p->text[at] == '\t')
            at++;
        if (p->text[at] != '#')
            break;
        first = begin;
    }
    if (first == line)
        return NULL;
    Text t = { 0 };
    for (uint32_t at = first; at < line; at++) {
        while (p->text[at] != '#')
            at++;
        at += p->text[at + 1] == ' ' ? 2 : 1;
        uint32_t end = at;
        while (p->text[end] != '\n')
            end++;
        uint32_t stop = end;
        while (stop > at && strchr(" \t\r\f\v", p->text[stop - 1]))
            stop--;
        if (t.data)
            text_add(&t, "\n");
        text_add_n(&t, p->text + at, stop - at);
        at = end;
    }
    const char *doc = arena_printf(p->arena, "%s", t.data);
    text_free(&t);
    return doc;
}

Item *item_new(Parser *p, ItemKind kind, Range keyword_at) {
    count_node(p, keyword_at);
    Item *item = NEW(p->arena, Item);
    item->kind = kind;
    item->at = item->name_at = keyword_at;
    return item;
}

void item_add(Parser *p, Item *item, Range at) {
    item->at = at;
    uint32_t line = at.begin;
    while (line > 0 && (p->text[line - 1] == ' ' || p->text[line - 1] == '\t'))
        line--;
    if (line > 0 && p->text[line - 1] == '\n')
        item->doc = doc_above(p, line);
    vec_push(p->arena, &p->items, item);
}

/* Walks the blocks below `b`; the height of the tree bounds the recursion. */
static void check_places(const Block *b, bool is_train) {
    for (int i = 0; i < b->n; i++) {
        const Stmt *s = b->v[i];
        if (!is_train && (s->kind == SK_STEP || s->kind == SK_OPTIMIZER)) {
            const char *word = s->kind == SK_STEP ? "step" : "optimizer";
            diag(E0106, s->keyword_at, "'%s' stands directly inside a train entry only", word);
        }
        check_places(&s->body, false);
        check_places(&s->other, false);
        if (s->decl)
            check_places(&s->decl->body, false);
    }
}

void item_check_places(const Item *item) {
    check_places(&item->body, item->kind == IT_ENTRY && item->entry_kind == ENTRY_TRAIN);
}

GroupRef group_new(Parser *p, const NameList *segments, Range at) {
    Text t = { 0 };
    for (int i = 0; i < segments->names.n; i++)
        text_printf(&t, "%s%s", i ? "." : "", segments->names.v[i]);
    GroupRef group = { at, intern(t.data) };
    text_free(&t);
    count_node(p, at);
    return group;
}

void names_add(Parser *p, NameList *list, const char *name, Range at) {
    vec_push(p->arena, &list->names, name);
    vec_push(p->arena, &list->at, at);
}
