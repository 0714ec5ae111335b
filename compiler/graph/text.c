/* text.c - graphs as text, one node per line; parse.c reads it back.
 *
 *   %0: f32[B,2] = input() {0}
 *   %1: f32[] = const(0.5)
 *   %2: f32[B,2] = broadcast(%1)           # a comment runs to the end of the line
 *   return %2
 *
 * Numbers are the nodes' ids, constants stand in parentheses, attributes in braces. Promises: what
 * is printed parses back to an equal graph, and numbers round-trip exactly. */
#include "graph/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as v. */
static void print_number(Text *out, double v) {
    char text[40];
    if (isnan(v)) {
        text_add(out, "nan");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (strtod(text, NULL) == v)
            break;
    }
    text_add(out, text);
}

static void print_type(Text *out, const Node *n) {
    text_printf(out, "%s[", dtype_name(n->dtype));
    for (int i = 0; i < n->shape.rank; i++) {
        if (i)
            text_add(out, ",");
        if (n->shape.dim[i] == DIM_BATCH)
            text_add(out, "B");
        else
            text_printf(out, "%" PRId64, n->shape.dim[i]);
    }
    text_add(out, "]");
}

static void print_node(Text *out, const Node *n) {
    text_printf(out, "%%%u: ", n->id);
    print_type(out, n);
    text_printf(out, " = %s(", op_info[n->op].name);
    for (int i = 0; i < n->n_in; i++)
        text_printf(out, "%s%%%u", i ? ", " : "", n->in[i]->id);
    for (int64_t i = 0; i < n->n_data; i++) {
        text_add(out, i ? ", " : "");
        print_number(out, n->data[i]);
    }
    text_add(out, ")");
    for (int i = 0; i < n->n_attr; i++)
        text_printf(out, "%s%" PRId64 "%s", i ? ", " : " {", n->attr[i],
                    i == n->n_attr - 1 ? "}" : "");
}

void graph_print_notes(Text *out, const Graph *g, Node *const *roots, int n_roots, NodeNote *note,
                       const void *user, const char *indent) {
    bool *live = xalloc((graph_size(g) + 1) * sizeof *live, "printing a graph");
    graph_mark_live(g, roots, n_roots, live);
    for (uint32_t id = 0; id < graph_size(g); id++) {
        if (!live[id])
            continue;
        const Node *n = graph_node(g, id);
        const char *comment = note ? note(user, n) : NULL;
        text_add(out, indent);
        print_node(out, n);
        if (comment)
            text_printf(out, "  # %s", comment);
        text_add(out, "\n");
    }
    text_printf(out, "%sreturn", indent);
    for (int i = 0; i < n_roots; i++)
        text_printf(out, "%s %%%u", i ? "," : "", roots[i]->id);
    text_add(out, "\n");
    xfree(live);
}

void graph_print(Text *out, const Graph *g, Node *const *roots, int n_roots) {
    graph_print_notes(out, g, roots, n_roots, NULL, NULL, "");
}
