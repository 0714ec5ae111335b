/* parse.c - reads the text that text.c writes.
 *
 * Needs rules.c and verify.c for what the words mean. Promises: any bytes give a verified graph or
 * a message with a line number; never an assert. Node numbers must ascend; they may have gaps, and
 * are not kept: equal lines become one node. */
#include "graph/internal.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef struct Named { int64_t number; Node *node; } Named;
typedef struct Parser {
    Arena *arena;
    Graph *graph;
    const char *p;
    int line;
    const char *error;
    VEC(Named) names;
    VEC(Node *) in;               /* operands, attributes and values of the current line */
    VEC(int64_t) attr;
    VEC(double) data;
    VEC(Node *) roots;
    bool returned;
} Parser;

/* Keeps the first error; every reader returns false after one. */
static bool fail(Parser *s, const char *why) {
    if (!s->error)
        s->error = arena_printf(s->arena, "line %d: %s", s->line, why);
    return false;
}

static void skip_space(Parser *s) {
    while (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')
        s->p++;
}

static bool accept(Parser *s, char c) {
    skip_space(s);
    if (*s->p != c)
        return false;
    s->p++;
    return true;
}

static bool expect(Parser *s, char c) {
    return accept(s, c) || fail(s, arena_printf(s->arena, "'%c' expected", c));
}

static bool read_word(Parser *s, char *word, size_t size) {
    size_t n = 0;
    skip_space(s);
    while ((isalnum((unsigned char)s->p[n]) || s->p[n] == '_') && n + 1 < size)
        n++;
    memcpy(word, s->p, n);
    word[n] = 0;
    s->p += n;
    return n > 0 || fail(s, "a name expected");
}

/* The characters of one number, copied: no library function reads past the line. */
static bool number_text(Parser *s, char *text, size_t size) {
    size_t n = 0;
    skip_space(s);
    while ((isalnum((unsigned char)s->p[n]) || (s->p[n] && strchr("+-.", s->p[n]))) && n + 1 < size)
        n++;
    memcpy(text, s->p, n);
    text[n] = 0;
    s->p += n;
    return n > 0 || fail(s, "a number expected");
}

static bool read_int(Parser *s, int64_t *v) {
    char text[48];
    if (!number_text(s, text, sizeof text))
        return false;
    const char *p = text + (text[0] == '-');
    uint64_t n = 0;
    for (; isdigit((unsigned char)*p); p++)
        if (!size_mul(n, 10, &n) || !size_add(n, (uint64_t)(*p - '0'), &n))
            return fail(s, "a number that is too large");
    if (*p || !isdigit((unsigned char)p[-1]) || n > (uint64_t)INT64_MAX + (text[0] == '-'))
        return fail(s, "a whole number expected");
    *v = text[0] == '-' ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static bool read_real(Parser *s, double *v) {
    char text[48], *end;
    if (!number_text(s, text, sizeof text))
        return false;
    *v = strtod(text, &end);
    return *end == 0 || fail(s, "a number expected");
}

/* '%' number: a node defined above. */
static bool read_ref(Parser *s, Node **out) {
    int64_t number;
    if (!expect(s, '%') || !read_int(s, &number))
        return false;
    int lo = 0, hi = s->names.n;
    while (lo < hi) {
        int mid = lo + (hi - lo) / 2;
        if (s->names.v[mid].number < number)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == s->names.n || s->names.v[lo].number != number)
        return fail(s, arena_printf(s->arena, "%%%" PRId64 " is not defined above", number));
    *out = s->names.v[lo].node;
    return true;
}

static bool read_dtype(Parser *s, DType *t) {
    char word[16];
    if (!read_word(s, word, sizeof word))
        return false;
    for (int i = 0; i < DT_COUNT; i++)
        if (strcmp(word, dtype_name((DType)i)) == 0) {
            *t = (DType)i;
            return true;
        }
    return fail(s, arena_printf(s->arena, "no dtype '%s'", word));
}

static bool read_shape(Parser *s, Shape *shape) {
    *shape = shape_scalar();
    if (!expect(s, '['))
        return false;
    if (accept(s, ']'))
        return true;
    do {
        if (shape->rank == MAX_RANK)
            return fail(s, "more than 8 axes");
        int64_t *d = &shape->dim[shape->rank++];
        if (accept(s, 'B'))
            *d = DIM_BATCH;
        else if (!read_int(s, d))
            return false;
        else if (*d == DIM_BATCH)
            return fail(s, "the batch axis is written B");
    } while (accept(s, ','));
    return expect(s, ']');
}

static bool read_op(Parser *s, Op *op) {
    char word[32];
    if (!read_word(s, word, sizeof word))
        return false;
    for (int i = 0; i < OP_COUNT; i++)
        if (strcmp(word, op_info[i].name) == 0) {
            *op = (Op)i;
            return true;
        }
    return fail(s, arena_printf(s->arena, "no op '%s'", word));
}

/* '(' operands or values ')' and then, optionally, '{' attributes '}'. */
static bool read_lists(Parser *s) {
    s->in.n = s->attr.n = s->data.n = 0;
    if (!expect(s, '('))
        return false;
    if (!accept(s, ')')) {
        do {
            Node *n;
            double v;
            skip_space(s);
            if (*s->p == '%') {
                if (!read_ref(s, &n))
                    return false;
                vec_push(s->arena, &s->in, n);
            } else {
                if (!read_real(s, &v))
                    return false;
                vec_push(s->arena, &s->data, v);
            }
        } while (accept(s, ','));
        if (!expect(s, ')'))
            return false;
    }
    if (!accept(s, '{'))
        return true;
    do {
        int64_t v;
        if (!read_int(s, &v))
            return false;
        vec_push(s->arena, &s->attr, v);
    } while (accept(s, ','));
    return expect(s, '}');
}

/* The rest of a line after '%'. */
static bool read_node(Parser *s) {
    int64_t number;
    Node d = { .at = NO_RANGE };
    DType t;
    Shape shape;
    if (!read_int(s, &number) || !expect(s, ':') || !read_dtype(s, &d.dtype) ||
        !read_shape(s, &d.shape) || !expect(s, '=') || !read_op(s, &d.op) || !read_lists(s))
        return false;
    if (s->names.n && s->names.v[s->names.n - 1].number >= number)
        return fail(s, "node numbers must ascend");
    d.in = s->in.v, d.n_in = s->in.n;
    d.attr = s->attr.v, d.n_attr = s->attr.n;
    d.n_data = s->data.n, d.data = s->data.n ? s->data.v : NULL;
    const char *bad = node_rule(&d, &t, &shape);
    if (bad)
        return fail(s, arena_printf(s->arena, "%s: %s", op_info[d.op].name, bad));
    if (t != d.dtype || !shape_equal(shape, d.shape))
        return fail(s, arena_printf(s->arena, "%s gives %s%s", op_info[d.op].name, dtype_name(t),
                                    shape_text(s->arena, shape)));
    if (graph_size(s->graph) >= NODE_BUDGET)
        return fail(s, "too many nodes");
    vec_push(s->arena, &s->names, ((Named){ number, node_make(s->graph, &d) }));
    return true;
}

static bool read_return(Parser *s) {
    char word[16];
    Node *n;
    if (!read_word(s, word, sizeof word) || strcmp(word, "return") != 0)
        return fail(s, "a node or 'return' expected");
    s->returned = true;
    skip_space(s);
    if (*s->p != '%')
        return true;
    do {
        if (!read_ref(s, &n))
            return false;
        vec_push(s->arena, &s->roots, n);
    } while (accept(s, ','));
    return true;
}

/* One line with its line end; comments and empty lines pass. */
static bool read_line(Parser *s) {
    s->line++;
    skip_space(s);
    if (*s->p && *s->p != '#' && *s->p != '\n') {
        if (s->returned)
            return fail(s, "text after 'return'");
        if (!(accept(s, '%') ? read_node(s) : read_return(s)))
            return false;
        skip_space(s);
    }
    if (*s->p == '#')
        s->p += strcspn(s->p, "\n");
    if (*s->p && *s->p != '\n')
        return fail(s, "the end of the line expected");
    s->p += *s->p == '\n';
    return true;
}

Graph *graph_parse(Arena *a, const char *text, Node ***roots, int *n_roots, const char **error) {
    Parser s = { .arena = a, .graph = graph_new(a), .p = text };
    while (*s.p && read_line(&s))
        ;
    if (!s.error && !s.returned)
        fail(&s, "no 'return'");
    if (!s.error) {
        const char *bad = graph_verify(s.graph, s.roots.v, s.roots.n, a);
        if (bad)
            fail(&s, bad);
    }
    *error = s.error;
    *roots = s.roots.v;
    *n_roots = s.roots.n;
    return s.error ? NULL : s.graph;
}
