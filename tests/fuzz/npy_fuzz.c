// links: rt
/* npy_fuzz.c - libFuzzer harness of the npy reader.
 *
 * Run with -dict=tests/fuzz/npy.dict
 *
 * An odd first byte: the rest is a file as it is. An even one: a byte gives the size of the data,
 * the rest is the header's dictionary, wrapped into a well-formed version 1 file. */
#include "memory.h"
#include "npy.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "npy_fuzz: %s does not hold\n", condition);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    if (n < 3 || n > 12000) return 0;
    bool wrapped = (input[0] & 1) == 0;
    size_t data = wrapped ? input[1] : 0, dict = n - (wrapped ? 2 : 1);
    size_t len = wrapped ? 10 + dict + data : dict;
    uint8_t *p = malloc(len);
    if (wrapped) {
        memcpy(p, "\x93NUMPY\x01\x00", 8);
        p[8] = (uint8_t)(dict & 255);
        p[9] = (uint8_t)(dict >> 8);
        memcpy(p + 10, input + 2, dict);
        memset(p + 10 + dict, 1, data);
    } else {
        memcpy(p, input + 1, dict);
    }
    ArrayPlan a;
    Status st = { 0 };
    if (npy_parse("f", p, len, &a, &st)) {
        CHECK(a.rank >= 0 && a.rank <= EBM_MAX_RANK && a.offset + a.bytes == len);
        CHECK(a.bytes == a.count * (uint64_t)elem_size(a.type));
        for (int to = EBM_F32; to <= EBM_BOOL; to++) {
            void *out = mem_alloc(a.count * 4, "fuzz", NULL);
            if (out) array_convert(&a, (EbmDType)to, out, NULL);
            mem_free(out);
        }
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
    free(p);
    CHECK(mem_live() == 0);
    return 0;
}
