// links: rt
/* png_fuzz.c - libFuzzer harness of the PNG reader. The CRCs of an image's chunks are set right
 * first, so that mutations get past them; an odd first byte leaves them as they are. */
#include "memory.h"
#include "png_read.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition))

static void fail(const char *condition) {
    fprintf(stderr, "png_fuzz: %s does not hold\n", condition);
    abort();
}

static void mend(uint8_t *p, size_t n) {
    for (size_t at = 8; at + 12 <= n;) {
        size_t len = (size_t)p[at] << 24 | (size_t)p[at + 1] << 16 | (size_t)p[at + 2] << 8 |
            p[at + 3];
        if (len > n - at - 12) return;
        uLong crc = crc32(0, p + at + 4, (uInt)len + 4);
        for (int i = 0; i < 4; i++) p[at + 8 + len + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
        at += 12 + len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t n) {
    if (n < 1 || n > 1 << 16) return 0;
    uint8_t *p = malloc(n);
    memcpy(p, input + 1, n - 1);
    if (!(input[0] & 1)) mend(p, n - 1);
    int64_t dim[3];
    Status st = { 0 };
    if (png_size("f", p, n - 1, dim, &st)) {
        CHECK((dim[0] == 1 || dim[0] == 3) && dim[1] >= 1 && dim[2] >= 1);
        if (dim[1] * dim[2] <= 1 << 20) {
            uint8_t *out = malloc((size_t)(dim[0] * dim[1] * dim[2]));
            if (!png_decode("f", p, n - 1, dim, out, &st)) CHECK(st.code == RT_DATA && st.text[0]);
            free(out);
        }
    } else {
        CHECK(st.code == RT_DATA && st.text[0]);
    }
    free(p);
    CHECK(mem_live() == 0);
    return 0;
}
