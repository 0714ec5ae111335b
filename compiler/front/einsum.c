/* einsum.c - einsum("ij,jk->ik", a, b): products of tensors, summed over the letters that the
 * result does not have. The batch is implicit, as everywhere.
 *
 * Operands are taken from left to right: two of them are one dot, whose batch axes are the letters
 * that both have and something later still needs, and whose contracted axes are the other common
 * ones. A letter that only one operand has and nothing needs is summed first. */
#include "front/builtin.h"
#include <stdio.h>
#include <string.h>

enum { MOST_LETTERS = MAX_RANK - 1 };

/* A tensor with a letter for each example axis. */
typedef struct Lettered { Node *n; char letter[MAX_RANK + 1]; } Lettered;

static bool has(const char *letters, char c) { return strchr(letters, c) != NULL; }

/* Sums the axes whose letters are not in `needed`. */
static Lettered sum_out(Elab *e, Lettered a, const char *needed) {
    Lettered r = { .n = a.n };
    int axes[MAX_RANK], n = 0, bt = node_batched(a.n) ? 1 : 0, kept = 0;
    for (int i = 0; a.letter[i]; i++)
        if (has(needed, a.letter[i])) r.letter[kept++] = a.letter[i];
        else axes[n++] = i + bt;
    if (n) r.n = g_reduce(e->g, OP_REDUCE_SUM, a.n, axes, n);
    return r;
}

static Lettered product(Elab *e, Lettered a, Lettered b, const char *needed) {
    char wanted[2 * MAX_RANK + 64];
    snprintf(wanted, sizeof wanted, "%s%s", needed, b.letter);
    a = sum_out(e, a, wanted);
    snprintf(wanted, sizeof wanted, "%s%s", needed, a.letter);
    b = sum_out(e, b, wanted);
    DotAxes d = { .nb = 0 };
    bool common = false;
    for (int i = 0; a.letter[i]; i++)
        common |= has(b.letter, a.letter[i]) && has(needed, a.letter[i]);
    if (common && node_batched(a.n) != node_batched(b.n)) {
        Lettered *shared = node_batched(a.n) ? &b : &a;
        shared->n = g_broadcast_to(e->g, shared->n, shape_batch(shared->n->shape));
    }
    if (node_batched(b.n) && !node_batched(a.n)) { Lettered t = a; a = b; b = t; }
    int at = node_batched(a.n) ? 1 : 0, bt = node_batched(b.n) ? 1 : 0, k = 0;
    Lettered r = { .n = NULL };
    if (at && bt) d.nb = 1;                              /* axis 0 of both */
    for (int i = 0; a.letter[i]; i++) {
        const char *p = strchr(b.letter, a.letter[i]);
        if (!p) continue;
        bool stays = has(needed, a.letter[i]);
        int *to_a = stays ? &d.ab[d.nb] : &d.ac[d.nc], *to_b = stays ? &d.bb[d.nb] : &d.bc[d.nc];
        *to_a = i + at;
        *to_b = (int)(p - b.letter) + bt;
        if (stays) r.letter[k++] = a.letter[i], d.nb++;
        else d.nc++;
    }
    for (int i = 0; a.letter[i]; i++) if (!has(b.letter, a.letter[i])) r.letter[k++] = a.letter[i];
    for (int i = 0; b.letter[i]; i++) if (!has(a.letter, b.letter[i])) r.letter[k++] = b.letter[i];
    r.n = g_dot(e->g, a.n, b.n, &d);
    return r;
}

/* "ij,jk->ik" taken apart; false after an error. */
static bool read_letters(Elab *e, Frame *f, const char *s, Range at, int n,
                         char part[][MAX_RANK + 1],
                         char *result) {
    const char *arrow = strstr(s, "->");
    int k = 0, len = 0;
    bool ok = arrow && n <= 16;
    for (const char *p = s; ok && p < arrow; p++) {
        if (*p == ' ') continue;
        if (*p == ',') { ok = ++k < n; len = 0; continue; }
        ok = *p >= 'a' && *p <= 'z' && len < MOST_LETTERS && !memchr(part[k], *p, (size_t)len);
        if (ok) part[k][len++] = *p, part[k][len] = 0;
    }
    len = 0;
    for (const char *p = ok ? arrow + 2 : ""; ok && *p; p++) {
        if (*p == ' ') continue;
        ok = *p >= 'a' && *p <= 'z' && len < MOST_LETTERS && !memchr(result, *p, (size_t)len);
        if (ok) result[len++] = *p, result[len] = 0;
    }
    if (ok && k + 1 == n) return true;
    e_error(e, f, E0211, at,
            "einsum reads  \"ij,jk->ik\": a letter for each axis of each of the %d "
            "operands, none twice in one, and those of the result", n);
    return false;
}

/* Equal letters have equal sizes, and each operand has one letter for each axis. */
static bool check_sizes(Elab *e, Frame *f, const Lettered *v, int n, const char *result,
                        const CallArg *args, Range at) {
    int64_t size[128] = { 0 };
    for (int k = 0; k < n; k++) {
        Shape s = shape_example(v[k].n->shape);
        if ((int)strlen(v[k].letter) != s.rank) {
            e_error(e, f, E0301, args[k + 1].at, "'%s' names %d axes; this is %s", v[k].letter,
                    (int)strlen(v[k].letter), shape_text(e->arena, s));
            return false;
        }
        for (int i = 0; i < s.rank; i++) {
            int64_t *known = &size[(int)v[k].letter[i]];
            if (*known && *known != s.dim[i]) {
                e_error(e, f, E0302, args[k + 1].at, "axis '%c' has size %lld here and %lld before",
                        v[k].letter[i], (long long)s.dim[i], (long long)*known);
                return false;
            }
            *known = s.dim[i];
        }
    }
    for (const char *p = result; *p; p++)
        if (!size[(int)*p]) {
            e_error(e, f, E0211, at, "the result has an axis '%c' that no operand has", *p);
            return false;
        }
    return true;
}

Value *builtin_einsum(Elab *e, Frame *f, const Builtin *b, const CallArg *args, int n, Range at) {
    char part[16][MAX_RANK + 1] = { { 0 } }, result[MAX_RANK + 1] = { 0 };
    Lettered v[16];
    if (n < 2 || args[0].value->kind != V_STR)
        return e_error(e, f, E0210, at, "einsum takes (\"ij,jk->ik\", a, b)");
    if (!read_letters(e, f, args[0].value->str, args[0].at, n - 1, part, result))
        return &value_error;
    for (int k = 0; k + 1 < n; k++) {
        if (!(v[k].n = value_real(e, f, args[k + 1].value))) return &value_error;
        memcpy(v[k].letter, part[k], sizeof part[k]);
    }
    if (!check_sizes(e, f, v, n - 1, result, args, at)) return &value_error;
    Lettered r = v[0];
    for (int k = 1; k + 1 < n; k++) {
        char needed[16 * MAX_RANK + 16];
        size_t len = (size_t)snprintf(needed, sizeof needed, "%s", result);
        for (int j = k + 1; j + 1 < n; j++)
            len += (size_t)snprintf(needed + len, sizeof needed - len, "%s", v[j].letter);
        char all[MAX_RANK + 1] = { 0 };                  /* a product has at most MAX_RANK axes */
        int axes = 0;
        for (const char *p = "abcdefghijklmnopqrstuvwxyz"; *p; p++)
            if (has(needed, *p) && (has(r.letter, *p) || has(v[k].letter, *p))) {
                if (axes == MOST_LETTERS)
                    return e_error(e, f, E0001, at, "a product of too many axes");
                all[axes++] = *p;
            }
        r = product(e, r, v[k], all);
    }
    r = sum_out(e, r, result);
    int perm[MAX_RANK] = { 0 }, bt = node_batched(r.n) ? 1 : 0;
    for (int i = 0; result[i]; i++)
        perm[i + bt] = (int)(strchr(r.letter, result[i]) - r.letter) + bt;
    return value_node(e, g_transpose(e->g, r.n, perm), at);
}
