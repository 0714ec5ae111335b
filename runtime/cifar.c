/* cifar.c - see cifar.h. The format has no mark: a file is one when its size is that of whole
 * records and no label is too large. */
#include "cifar.h"
#include "memory.h"
#include <string.h>

enum { PIXELS = 3 * 32 * 32 };

static bool labels_fit(const uint8_t *p, uint64_t len, int labels) {
    uint64_t record = PIXELS + (uint64_t)labels;
    if (len == 0 || len % record != 0) return false;
    for (uint64_t at = 0; at < len; at += record) {
        if (p[at] >= (labels == 1 ? 10 : 20)) return false;
        if (labels == 2 && p[at + 1] >= 100) return false;
    }
    return true;
}

/* Label bytes per record, 0 for what is no such file. */
static int labels_of(const uint8_t *p, uint64_t len) {
    return labels_fit(p, len, 1) ? 1 : labels_fit(p, len, 2) ? 2 : 0;
}

bool cifar_looks_like(const uint8_t *p, uint64_t len) { return labels_of(p, len) > 0; }

bool cifar_read(const char *file, const uint8_t *p, uint64_t len, CifarPart part, ArrayPlan *out,
                Status *st) {
    int labels = labels_of(p, len);
    if (labels == 0) return status_fail_at(st, file, 0, "not a CIFAR file");
    if (labels == 1 && part == CIFAR_COARSE)
        return status_fail(st, RT_DATA, "%s: is CIFAR-10, which has no coarse labels", file);
    uint64_t record = PIXELS + (uint64_t)labels, n = len / record;
    uint64_t size = part == CIFAR_IMAGE ? PIXELS : 1;
    uint64_t from = part == CIFAR_IMAGE ? (uint64_t)labels : part == CIFAR_COARSE ? 0
        : (uint64_t)labels - 1;
    *out = (ArrayPlan){ .file = file, .type = ELEM_U8, .rank = part == CIFAR_IMAGE ? 4 : 1,
                        .dim = { (int64_t)n, 3, 32, 32 }, .offset = from };
    if (!array_set_size(out, st)) return false;
    uint8_t *rows = mem_array(n, size, file, st);
    if (!rows) return false;
    for (uint64_t k = 0; k < n; k++) memcpy(rows + k * size, p + k * record + from, size);
    out->data = rows;
    return true;
}
