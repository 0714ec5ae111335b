/* shape.c - shapes: making, comparing, counting and printing them.
 *
 * Needs nothing of the graph. Promises: counts are exact or reported as too large. */
#include "graph/internal.h"

#include <inttypes.h>
#include <string.h>

Shape shape_scalar(void) { return (Shape){ 0 }; }

Shape shape_of(int rank, const int64_t *dim) {
    assert(rank >= 0 && rank <= MAX_RANK);
    Shape s = { .rank = rank };
    for (int i = 0; i < rank; i++)
        s.dim[i] = dim[i];
    return s;
}

bool shape_equal(Shape a, Shape b) {
    if (a.rank != b.rank)
        return false;
    for (int i = 0; i < a.rank; i++)
        if (a.dim[i] != b.dim[i])
            return false;
    return true;
}

bool shape_batched(Shape s) { return s.rank > 0 && s.dim[0] == DIM_BATCH; }

bool shape_count_checked(Shape s, int64_t *out) {
    uint64_t n = 1;
    for (int i = shape_batched(s) ? 1 : 0; i < s.rank; i++) {
        assert(s.dim[i] >= 0);
        if (!size_mul(n, (uint64_t)s.dim[i], &n) || n > (uint64_t)1 << 40)
            return false;
    }
    *out = (int64_t)n;
    return true;
}

int64_t shape_count(Shape s) {
    int64_t n = 0;
    bool fits = shape_count_checked(s, &n);
    assert(fits);
    (void)fits;
    return n;
}

Shape shape_batch(Shape s) {
    assert(!shape_batched(s) && s.rank < MAX_RANK);
    memmove(s.dim + 1, s.dim, (size_t)s.rank * sizeof *s.dim);
    s.dim[0] = DIM_BATCH;
    s.rank++;
    return s;
}

Shape shape_example(Shape s) {
    return shape_batched(s) ? shape_of(s.rank - 1, s.dim + 1) : s;
}

const char *shape_text(Arena *a, Shape s) {
    const char *text = "";
    for (int i = 0; i < s.rank; i++) {
        const char *comma = i ? "," : "";
        if (i == 0 && s.dim[0] == DIM_BATCH)
            text = "B";
        else
            text = arena_printf(a, "%s%s%" PRId64, text, comma, s.dim[i]);
    }
    return arena_printf(a, "[%s]", text);
}

const char *shape_check(Shape s) {
    if (s.rank < 0 || s.rank > MAX_RANK)
        return "more than 8 axes";
    for (int i = 0; i < s.rank; i++)
        if (s.dim[i] < 1 && !(i == 0 && s.dim[i] == DIM_BATCH))
            return s.dim[i] == DIM_BATCH ? "a batch axis that is not axis 0" : "an empty axis";
    int64_t n;
    return shape_count_checked(s, &n) ? NULL : "more than 2^40 elements";
}
