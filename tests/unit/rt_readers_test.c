// links: rt
/* rt_readers_test.c - IDX, npy, gzip and safetensors from bytes in memory: what is accepted,
 * converted exactly, and refused with exit code 4 and a position. */
#include "idx.h"
#include "memory.h"
#include "npy.h"
#include "safetensors.h"
#include "unpack.h"
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

typedef struct Bytes { uint8_t at[4096]; size_t n; } Bytes;

static void add(Bytes *b, const void *p, size_t n) {
    memcpy(b->at + b->n, p, n);
    b->n += n;
}

/* An npy file of version 1 with this dictionary and these data bytes. */
static Bytes npy(const char *dict, const void *data, size_t n) {
    Bytes b = { .n = 0 };
    uint16_t len = (uint16_t)strlen(dict);
    add(&b, "\x93NUMPY\x01\x00", 8);
    add(&b, &len, 2);
    add(&b, dict, len);
    add(&b, data, n);
    return b;
}

static Bytes tensors(const char *json, size_t data) {
    Bytes b = { .n = 0 };
    uint64_t len = strlen(json);
    add(&b, &len, 8);
    add(&b, json, len);
    memset(b.at + b.n, 1, data);
    b.n += data;
    return b;
}

/* Parsing fails with code 4 and the message mentions `part`. */
#define REFUSED(call, st, part) \
    do { \
        cr_assert_not(call, "accepted, but should not: %s", part); \
        cr_assert_eq((st).code, RT_DATA, "code %d: %s", (st).code, (st).text); \
        cr_assert(strstr((st).text, part) != NULL, "'%s' does not say '%s'", (st).text, part); \
        (st) = (Status){ 0 }; \
    } while (0)

Test(rt_readers, npy_values_survive_or_are_refused) {
    Status st = { 0 };
    ArrayPlan a;
    double d[6] = { 0, 1, 2, 3, 4, 5.5 };
    Bytes b = npy("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", d, sizeof d);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st), "%s", st.text);
    float f[6];
    cr_assert(array_convert(&a, EBM_F32, f, &st));
    float want[6] = { 0, 2, 4, 1, 3, 5.5f };               /* column-major becomes row-major */
    cr_assert_arr_eq(f, want, sizeof f);
    int32_t i[6];
    REFUSED(array_convert(&a, EBM_I32, i, &st), st, "holds f64, but i32 is declared");

    d[3] = NAN;
    b = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (6,), }", d, sizeof d);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st));
    REFUSED(array_convert(&a, EBM_F32, f, &st), st, "element 3 is NaN");
    d[3] = 1e300;
    memcpy(b.at + b.n - sizeof d, d, sizeof d);
    REFUSED(array_convert(&a, EBM_F32, f, &st), st, "element 3");

    uint8_t big[] = { 0xff, 0xff, 0xff, 0xfe, 0, 0, 1, 0 };
    b = npy("{'descr': '>i4', 'fortran_order': False, 'shape': (2, 1), }", big, sizeof big);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st));
    cr_assert(array_convert(&a, EBM_I32, i, &st));
    cr_assert(i[0] == -2 && i[1] == 256);
    uint8_t u[2];
    REFUSED(array_convert(&a, EBM_U8, u, &st), st, "element 0 is out of the range of u8");

    int64_t wide[2] = { 2147483647, 2147483648 };
    b = npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", wide, sizeof wide);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st));
    REFUSED(array_convert(&a, EBM_I32, i, &st), st, "element 1");

    uint8_t truth[2] = { 1, 2 };
    b = npy("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", truth, 2);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st));
    REFUSED(array_convert(&a, EBM_BOOL, u, &st), st, "element 1");
    REFUSED(array_convert(&a, EBM_F32, f, &st), st, "real()");
}

Test(rt_readers, npy_headers_are_checked) {
    static const struct { const char *dict, *part;
    } bad[] = {
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "the header announces 12" },
        { "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "descr" },
        { "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "element type" },
        { "{'descr': '|f4', 'fortran_order': False, 'shape': (2,), }", "element type" },
        { "{'descr': '<f4', 'shape': (2,), }", "missing" },
        { "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "repeated" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", "comma" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "dimension" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }",
          "dimension" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647, 9), }",
          "2^40" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,2), }",
          "8 dimensions" },
        { "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", "True or False" },
        { "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } x", "after the dictionary" },
        { "{'descr': '<f4\\'', 'fortran_order': False, 'shape': (2,), }", "string" },
        { "['descr']", "'{'" },
    };
    Status st = { 0 };
    ArrayPlan a;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        Bytes b = npy(bad[k].dict, "12345678", 8);
        REFUSED(npy_parse("f", b.at, b.n, &a, &st), st, bad[k].part);
    }
    Bytes b = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", "12345678", 8);
    cr_assert(npy_parse("f", b.at, b.n, &a, &st));
    for (size_t n = 0; n < b.n; n++) REFUSED(npy_parse("f", b.at, n, &a, &st), st, "f: ");
    REFUSED(npy_parse("f", b.at, b.n + 1, &a, &st), st, "announces 8");
    b.at[6] = 4;
    REFUSED(npy_parse("f", b.at, b.n, &a, &st), st, "version 4.0 (at byte 6)");
    b.at[6] = 2;                                           /* then the length has four bytes */
    REFUSED(npy_parse("f", b.at, b.n, &a, &st), st, "limit");
}

static Bytes idx_images(void) {
    Bytes b = { .n = 0 };
    add(&b, "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x03", 16);
    add(&b, "abcdefghijkl", 12);
    return b;
}

Test(rt_readers, idx_is_exact) {
    Status st = { 0 };
    ArrayPlan a;
    Bytes b = idx_images();
    cr_assert(idx_parse("f", b.at, b.n, &a, &st), "%s", st.text);
    cr_assert(a.rank == 3 && a.dim[0] == 2 && a.dim[1] == 2 && a.dim[2] == 3 && a.data[11] == 'l');
    EbmTensor image = { EBM_U8, 3, { 1, 2, 3 } }, wrong = { EBM_U8, 2, { 3, 2 } };
    cr_assert(array_shape_matches(&a, 1, &image), "axes of size 1 may differ");
    cr_assert_not(array_shape_matches(&a, 1, &wrong));
    for (size_t n = 0; n < b.n; n++) REFUSED(idx_parse("f", b.at, n, &a, &st), st, "at byte");
    REFUSED(idx_parse("f", b.at, b.n + 1, &a, &st), st, "announces 12");
    b.at[2] = 7;
    REFUSED(idx_parse("f", b.at, b.n, &a, &st), st, "element type (at byte 2)");
    b = idx_images();
    b.at[3] = 9;
    REFUSED(idx_parse("f", b.at, b.n, &a, &st), st, "rank 9");
    b = idx_images();
    memset(b.at + 4, 0x7f, 12);
    REFUSED(idx_parse("f", b.at, b.n, &a, &st), st, "2^40");
}

static Bytes gzip(const uint8_t *p, size_t n) {
    Bytes b = { .n = 0 };
    z_stream z = { 0 };
    cr_assert_eq(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)p;
    z.avail_in = (uInt)n;
    z.next_out = b.at;
    z.avail_out = sizeof b.at;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    b.n = z.total_out;
    deflateEnd(&z);
    return b;
}

Test(rt_readers, gzip_has_exact_bounds) {
    Status st = { 0 };
    IoBytes out;
    Bytes plain = idx_images(), b = gzip(plain.at, plain.n);
    cr_assert(gzip_unpack("f", b.at, b.n, &out, &st), "%s", st.text);
    cr_assert_eq(out.len, plain.n);
    cr_assert_arr_eq(out.data, plain.at, plain.n);
    mem_free(out.data);
    for (size_t n = 2; n < b.n; n++) REFUSED(gzip_unpack("f", b.at, n, &out, &st), st, "at byte");
    b.at[b.n] = 0;
    REFUSED(gzip_unpack("f", b.at, b.n + 1, &out, &st), st, "at byte");
    b.at[b.n - 6] ^= 1;                                    /* its CRC */
    REFUSED(gzip_unpack("f", b.at, b.n, &out, &st), st, "damaged");
    b = gzip(plain.at, plain.n);
    b.at[b.n - 4]--;                                       /* its size */
    REFUSED(gzip_unpack("f", b.at, b.n, &out, &st), st, "at byte");
    b.at[b.n - 4] += 2;
    REFUSED(gzip_unpack("f", b.at, b.n, &out, &st), st, "at byte");
    b.at[b.n - 1] = 0xff;                                  /* 4 GiB from a few bytes */
    REFUSED(gzip_unpack("f", b.at, b.n, &out, &st), st, "compressed bytes can hold");
    cr_assert_eq(mem_live(), 0);
}

Test(rt_readers, safetensors_layout_is_checked) {
    static const struct { const char *json; size_t data; const char *part;
    } bad[] = {
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7, "outside" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 9, "no tensor" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8, "do not agree" },
        { "{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8, "unknown dtype" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", 8,
          "outside 0..2147483647" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8, "outside" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[-8,0]}}", 8, "positions" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "exactly" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}", 8, "not a list" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}}", 8, "integers" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
          "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
          6, "overlaps" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
          "\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[5,9]}}",
          9, "hole" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
          "\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
          8, "JSON" },
        { "{\"__metadata__\":{\"a\":1}}", 0, "strings" },
        { "{\"a\":{\"dtype\":\"U8\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,1]}}", 1,
          "dimensions" },
        { "{\"a\":", 0, "JSON" },
        { "[1]", 0, "begin with '{'" },
        { "{} {}", 0, "JSON" },
    };
    Status st = { 0 };
    StFile f;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        Bytes b = tensors(bad[k].json, bad[k].data);
        REFUSED(st_parse("f", b.at, b.n, &f, &st), st, bad[k].part);
    }
    Bytes b = tensors("{\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]},\"__"
                      "metadata__\":{\"k\":\"v\"},"
                      "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                      "\"z\":{\"dtype\":\"F64\",\"shape\":[0],\"data_offsets\":[8,8]}}   ",
                      11);
    cr_assert(st_parse("f", b.at, b.n, &f, &st), "%s", st.text);
    cr_assert_eq(f.n, 3);
    cr_assert_str_eq(f.tensor[0].name, "a");
    cr_assert(st_find(&f, "b") != NULL && st_find(&f, "b")->array.bytes == 3 && !st_find(&f, "c"));
    cr_assert_str_eq(st_meta(&f, "k"), "v");
    st_free(&f);
    for (size_t n = 0; n < b.n; n++) REFUSED(st_parse("f", b.at, n, &f, &st), st, "f: ");
    b.at[3] = 2;                                           /* a header of more than 16 MiB */
    REFUSED(st_parse("f", b.at, b.n, &f, &st), st, "16 MiB");
}

Test(rt_readers, names_of_files_cannot_drive_a_terminal) {
    Status st = { 0 };
    StFile f;
    Bytes b =
        tensors("{\"\\u001b[2Jx\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", 8);
    cr_assert_not(st_parse("f", b.at, b.n, &f, &st));
    for (const char *p = st.text; *p; p++)
        cr_assert((unsigned char)*p >= 0x20, "control character");
}

Test(rt_readers, half_precision_is_exact) {
    Status st = { 0 };
    uint16_t half[4] = { 0x3c00, 0xc000, 0x0001, 0x7bff };
    ArrayPlan a = {
        .file = "f", .type = ELEM_F16, .rank = 1, .dim = { 4 }, .data = (const uint8_t *)half
    };
    float f[4];
    cr_assert(array_set_size(&a, &st) && array_convert(&a, EBM_F32, f, &st));
    cr_assert(f[0] == 1 && f[1] == -2 && f[2] == ldexpf(1, -24) && f[3] == 65504);
    half[0] = 0x7c00;
    REFUSED(array_convert(&a, EBM_F32, f, &st), st, "infinite");
    uint16_t brain[4] = { 0x3f80, 0xc000, 0, 0x4049 };
    a.type = ELEM_BF16;
    a.data = (const uint8_t *)brain;
    cr_assert(array_convert(&a, EBM_F32, f, &st));
    cr_assert(f[0] == 1 && f[1] == -2 && f[3] == 3.140625f);
}
