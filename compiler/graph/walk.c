/* walk.c - questions about all nodes at once: what is live, inside a loop, computed on the host.
 *
 * Needs only the order of nodes: operands come first, so one sweep over the ids answers each. */
#include "graph/internal.h"

#include <string.h>

void graph_mark_live(const Graph *g, Node *const *roots, int n, bool *live) {
    memset(live, 0, graph_size(g) * sizeof *live);
    for (int i = 0; i < n; i++) {
        assert(graph_node(g, roots[i]->id) == roots[i]);
        live[roots[i]->id] = true;
    }
    for (uint32_t id = graph_size(g); id-- > 0;) {
        const Node *node = graph_node(g, id);
        for (int i = 0; live[id] && i < node->n_in; i++)
            live[node->in[i]->id] = true;
    }
}

void graph_mark_body(const Graph *g, int64_t loop, bool *inside) {
    for (uint32_t id = 0; id < graph_size(g); id++) {
        const Node *node = graph_node(g, id);
        inside[id] = node->op == OP_LOOP_VAR && node->attr[0] == loop;
        if (node->op == OP_LOOP && node->attr[0] == loop)
            continue;                         /* the loop as a whole stands outside its body */
        for (int i = 0; i < node->n_in; i++)
            inside[id] |= inside[node->in[i]->id];
    }
}

void graph_mark_host(const Graph *g, bool *out) {
    for (uint32_t id = 0; id < graph_size(g); id++) {
        const Node *node = graph_node(g, id);
        out[id] = node->shape.rank == 0 &&
                  (node->op == OP_CONST || node->op == OP_SCALAR || node->op == OP_CONVERT ||
                   node->op == OP_STOP || op_is_elementwise(node->op));
        for (int i = 0; i < node->n_in; i++)
            out[id] &= out[node->in[i]->id];
    }
}
