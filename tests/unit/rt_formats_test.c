// links: rt
/* rt_formats_test.c - npz, CSV, CIFAR and folders of PNG images: what they hold arrives exactly,
 * and what is cut off, flipped or of another shape is refused with exit code 4. */
#include "data.h"
#include "memory.h"
#include "npy.h"
#include "source.h"
#include <criterion/criterion.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char folder[] = "/tmp/ebm_formats_XXXXXX";
static void setup(void) { cr_assert(mkdtemp(folder)); }
static void teardown(void) {
    char line[100];
    snprintf(line, sizeof line, "rm -rf %s", folder);
    cr_expect_eq(system(line), 0);
    cr_expect_eq(mem_live(), 0);
}
TestSuite(rt_formats, .init = setup, .fini = teardown, .timeout = 60);

static char *path_of(const char *name) {
    static char path[4][300];
    static int k;
    k = (k + 1) % 4;
    snprintf(path[k], sizeof path[k], "%s/%s", folder, name);
    return path[k];
}
static char *write_file(const char *name, const void *data, size_t n) {
    char *path = path_of(name);
    FILE *f = fopen(path, "wb");
    cr_assert(f && fwrite(data, 1, n, f) == n);
    fclose(f);
    return path;
}
static char *write_text(const char *name, const char *text) {
    return write_file(name, text, strlen(text));
}

/* Loads a set of these fields; the message, NULL when that worked. */
static DataSet set;
static char message[1200];
static const char *load(EbmDataDesc *d, const char *const *paths, int n) {
    Status st = { 0 };
    if (data_load(&set, d, paths, n, &st)) return NULL;
    cr_assert_eq(st.code, RT_DATA, "%d: %s", st.code, st.text);
    snprintf(message, sizeof message, "%s", st.text);
    return message;
}
static void expect_load(EbmDataDesc *d, const char *path) {
    const char *why = load(d, &path, 1);
    cr_assert_null(why, "%s", why);
}
static void expect_refusal(EbmDataDesc *d, const char *path, const char *part) {
    const char *why = load(d, &path, 1);
    cr_assert_not_null(why, "accepted, but should not: %s", part);
    cr_assert(strstr(why, part), "'%s' does not say '%s'", why, part);
}
/* ---- npz -------------------------------------------------------------------------------------*/
typedef struct Zip { uint8_t at[4096], directory[1024]; size_t n, d; int entries; } Zip;

static void put(uint8_t **p, uint32_t v, int bytes) {
    for (int i = 0; i < bytes; i++) *(*p)++ = (uint8_t)(v >> 8 * i);
}
/* Adds an entry, packed by deflate or stored, with an extra field as numpy writes it. */
static void zip_add(Zip *z, const char *name, const uint8_t *data, size_t n, bool packed) {
    uint8_t body[2048];
    size_t m = n;
    memcpy(body, data, n);
    if (packed) {
        z_stream s = { 0 };
        cr_assert_eq(deflateInit2(&s, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        s.next_in = (Bytef *)(uintptr_t)data;
        s.avail_in = (uInt)n;
        s.next_out = body;
        s.avail_out = sizeof body;
        cr_assert_eq(deflate(&s, Z_FINISH), Z_STREAM_END);
        m = s.total_out;
        deflateEnd(&s);
    }
    uint8_t *p = z->at + z->n, *d = z->directory + z->d, *start = p;
    uint32_t crc = (uint32_t)crc32(0, data, (uInt)n), method = packed ? 8 : 0,
        len = (uint32_t)strlen(name);
    memcpy(p, "PK\3\4", 4), p += 4;
    put(&p, 45, 2), put(&p, 0, 2), put(&p, method, 2), put(&p, 0, 4), put(&p, crc, 4);
    put(&p, UINT32_MAX, 4), put(&p, UINT32_MAX, 4), put(&p, len, 2), put(&p, 20, 2);
    memcpy(p, name, len), p += len;
    put(&p, 1, 2), put(&p, 16, 2), put(&p, (uint32_t)n, 4), put(&p, 0, 4), put(&p, (uint32_t)m, 4),
        put(&p, 0, 4);
    memcpy(p, body, m);
    memcpy(d, "PK\1\2", 4), d += 4;
    put(&d, 45, 2), put(&d, 45, 2), put(&d, 0, 2), put(&d, method, 2), put(&d, 0, 4),
        put(&d, crc, 4);
    put(&d, (uint32_t)m, 4), put(&d, (uint32_t)n, 4), put(&d, len, 2), put(&d, 0, 2), put(&d, 0, 2);
    put(&d, 0, 4), put(&d, 0, 4), put(&d, (uint32_t)z->n, 4);
    memcpy(d, name, len), d += len;
    z->n += (size_t)(p - start) + m;
    z->d = (size_t)(d - z->directory);
    z->entries++;
}
static void zip_end(Zip *z) {
    uint8_t *p = z->at + z->n;
    uint32_t at = (uint32_t)z->n, k = (uint32_t)z->entries;
    memcpy(p, z->directory, z->d), p += z->d;
    memcpy(p, "PK\5\6", 4), p += 4;
    put(&p, 0, 2), put(&p, 0, 2), put(&p, k, 2), put(&p, k, 2), put(&p, (uint32_t)z->d, 4),
        put(&p, at, 4);
    put(&p, 0, 2);
    z->n = (size_t)(p - z->at);
}
static size_t npy(uint8_t *out, const char *dict, const void *data, size_t n) {
    uint16_t len = (uint16_t)strlen(dict);
    memcpy(out, "\x93NUMPY\x01\x00", 8);
    memcpy(out + 8, &len, 2);
    memcpy(out + 10, dict, len);
    memcpy(out + 10 + len, data, n);
    return 10u + len + n;
}

static EbmFieldDesc xy_fields[] = { { "x", { EBM_F32, 1, { 2 } } },
                                    { "y", { EBM_I32, 0, { 0 } } } };
static EbmDataDesc xy = { .name = "d", .n_fields = 2, .fields = xy_fields };
static Zip zip_xy(bool packed) {
    Zip z = { .n = 0 };
    uint8_t a[600];
    float x[6] = { 1, 2, 3, 4, 5, 6.5f };
    int64_t y[3] = { 7, -8, 9 };
    zip_add(&z, "x.npy", a, npy(a, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }", x,
                                24), packed);
    zip_add(&z, "other.npy", (const uint8_t *)"none", 4, false);
    zip_add(&z, "y.npy", a, npy(a, "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", y,
                                24), !packed);
    zip_end(&z);
    return z;
}

Test(rt_formats, npz) {
    for (int packed = 0; packed < 2; packed++) {
        Zip z = zip_xy(packed);
        expect_load(&xy, write_file("d.npz", z.at, z.n));
        cr_assert_eq(set.n, 3);
        cr_expect(((float *)set.field[0])[5] == 6.5f && ((int32_t *)set.field[1])[1] == -8);
        data_free(&set);
        for (size_t k = 0; k < z.n; k++) {
            const char *path = write_file("cut", z.at, k);
            cr_assert(load(&xy, &path, 1), "%zu of %zu bytes are accepted", k, z.n);
        }
        /* never a crash, and the numbers never change */
        for (size_t k = 0; k < z.n; k++) {
            z.at[k] ^= 0x10;
            const char *path = write_file("flipped", z.at, z.n);
            if (!load(&xy, &path, 1)) {
                cr_expect(set.n == 3 && ((float *)set.field[0])[5] == 6.5f &&
                          ((int32_t *)set.field[1])[2] == 9);
                data_free(&set);
            }
            z.at[k] ^= 0x10;
        }
    }
    Zip z = { .n = 0 };
    zip_end(&z);
    expect_refusal(&xy, write_file("none.npz", z.at, z.n), "has no array 'x'");
    z = (Zip){ .n = 0 };
    zip_add(&z, "readme.txt", (const uint8_t *)"none", 4, false);
    zip_end(&z);
    expect_refusal(&xy, write_file("text.zip", z.at, z.n), "no .npy array");
    z = zip_xy(true);
    uint8_t *size = memmem(z.at, z.n, "PK\1\2", 4);
    memcpy(size + 24, "\0\0\0\x7f", 4);                  /* 2 GiB from a few bytes */
    expect_refusal(&xy, write_file("bomb.npz", z.at, z.n), "compressed bytes can hold");
    memcpy(size + 24, "\xff\xff\xff\xff", 4);
    expect_refusal(&xy, write_file("big.npz", z.at, z.n), "4 GiB or more");
}

/* ---- CSV -------------------------------------------------------------------------------------*/
Test(rt_formats, csv) {
    expect_load(&xy, write_text("plain.csv", "1,2,7\n3, 4.5 ,-8\r\n-5e-1,\"6\",9"));
    cr_assert_eq(set.n, 3);
    cr_expect(((float *)set.field[0])[3] == 4.5f && ((float *)set.field[0])[4] == -0.5f);
    cr_expect(((float *)set.field[0])[5] == 6 && ((int32_t *)set.field[1])[1] == -8);
    data_free(&set);
    expect_load(&xy, write_text("named.csv", "\xef\xbb\xbfy,z,x0,\"x1\"\n7,0,1,2\n"));
    cr_expect(((float *)set.field[0])[1] == 2 && ((int32_t *)set.field[1])[0] == 7);
    data_free(&set);
    expect_load(&xy, write_text("other_names.csv", "a,b,c\n1,2,7\n"));
    data_free(&set);
    static const struct { const char *text, *part; } bad[] = {
        { "1,2,7\n3,4\n", "line 2: has 2 cells, line 1 has 3" },
        { "1,2,7\n\n3,4,5\n", "line 2: has 0 cells" },
        { "1,2,7.5\n", "line 1, column 3: not a whole number" },
        { "1,2,99999999999999999999\n", "column 3: not a whole number" },
        { "1,2,3000000000\n", "out of the range of i32" },
        { "1,nan,7\n", "line 1, column 2: not a finite number" },
        { "1,,7\n", "column 2: not a finite number" },
        { "1,1e999,7\n", "column 2: not a finite number" },
        { "1,1e99,7\n", "too large for f32" },
        { "1,0x10,7\n", "column 2: not a finite number" },
        { "1,2 3,7\n", "column 2: not a finite number" },
        { "1,2,7,8\n", "has 4 columns, data set d takes 3" },
        { "a,b,c,d\n1,2,3,4\n", "has 4 columns" },
        { "x0,y,x1\n1,2,3\n", "column 'x1' does not follow" },
        { "x0,x1,y\n", "holds no examples" },
        { "1,2,7\n3,4,x\n", "line 2, column 3" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect_refusal(&xy, write_text("bad.csv", bad[i].text), bad[i].part);
    expect_refusal(&xy, write_file("nul.csv", "1,2\0,7\n", 7), "column 2");
    const char *both[2] = { write_text("x.csv", "1,2\n3,4\n"), write_text("y.csv", "5\n6\n") };
    cr_assert_null(load(&xy, both, 2), "%s", message);
    cr_expect(((float *)set.field[0])[3] == 4 && ((int32_t *)set.field[1])[1] == 6);
    data_free(&set);
}

/* ---- CIFAR -----------------------------------------------------------------------------------*/
static EbmFieldDesc cifar_fields[] = { { "x", { EBM_U8, 3, { 3, 32, 32 } } },
                                       { "y", { EBM_I32, 0, { 0 } } },
                                       { "coarse", { EBM_U8, 0, { 0 } } } };
Test(rt_formats, cifar) {
    static uint8_t b[2 * 3074];
    EbmDataDesc two = { .name = "c", .n_fields = 2, .fields = cifar_fields };
    EbmDataDesc three = { .name = "c", .n_fields = 3, .fields = cifar_fields };
    for (int i = 0; i < 2 * 3074; i++) b[i] = (uint8_t)(i * 7);
    b[0] = 3, b[3073] = 9;
    expect_load(&two, write_file("c10", b, 2 * 3073));
    cr_assert_eq(set.n, 2);
    const uint8_t *x = set.field[0];
    cr_expect(((int32_t *)set.field[1])[1] == 9 && x[0] == b[1] && x[3072 + 3071] ==
              b[2 * 3073 - 1]);
    data_free(&set);
    expect_refusal(&three, path_of("c10"), "no coarse labels");
    expect_refusal(&two, write_file("cut", b, 2 * 3073 - 1), "unknown format");
    b[3073] = 10;
    expect_refusal(&two, write_file("label", b, 2 * 3073), "unknown format");
    b[0] = 19, b[1] = 99, b[3074] = 0, b[3075] = 5;
    expect_load(&three, write_file("c100", b, 2 * 3074));
    cr_expect(((int32_t *)set.field[1])[1] == 5 && ((uint8_t *)set.field[2])[0] == 19);
    cr_expect(((const uint8_t *)set.field[0])[0] == b[2]);
    data_free(&set);
    EbmFieldDesc grey = { "x", { EBM_U8, 3, { 1, 32, 32 } } };
    EbmDataDesc wrong = { .name = "c", .n_fields = 1, .fields = &grey };
    expect_refusal(&wrong, path_of("c100"), "declares u8 [1,32,32]");
}

/* An IDX file may begin as a CIFAR record does; its own size decides. */
Test(rt_formats, idx_goes_before_cifar) {
    static uint8_t b[3073] = { 0, 0, 8, 1, 0, 0, 0x0b, 0xf9 };
    EbmFieldDesc f = { "x", { EBM_U8, 0, { 0 } } };
    EbmDataDesc d = { .name = "d", .n_fields = 1, .fields = &f };
    expect_load(&d, write_file("idx", b, sizeof b));
    cr_expect_eq(set.n, 3065);
    data_free(&set);
    b[7]++;
    EbmDataDesc two = { .name = "c", .n_fields = 2, .fields = cifar_fields };
    expect_load(&two, write_file("cifar", b, sizeof b));
    cr_expect_eq(set.n, 1);
    data_free(&set);
}

/* ---- PNG -------------------------------------------------------------------------------------*/
static void write_png(const char *name, int w, int h, uint32_t format, const void *pixels) {
    png_image image = { .version = PNG_IMAGE_VERSION, .width = (png_uint_32)w,
                        .height = (png_uint_32)h,
                        .format = format };
    cr_assert(png_image_write_to_file(&image, path_of(name), 0, pixels, 0, NULL), "%s",
              image.message);
}
static size_t read_bytes(const char *path, uint8_t *out, size_t cap) {
    FILE *f = fopen(path, "rb");
    cr_assert(f);
    size_t n = fread(out, 1, cap, f);
    fclose(f);
    return n;
}

Test(rt_formats, folder_of_png) {
    static uint8_t grey[2][20], rgb[3 * 20], bytes[8192];
    for (int i = 0; i < 60; i++) rgb[i] = (uint8_t)(i * 37 + 11);
    for (int i = 0; i < 40; i++) grey[i / 20][i % 20] = (uint8_t)(i * 11);
    EbmFieldDesc f = { "x", { EBM_U8, 3, { 1, 4, 5 } } },
        colour = { "x", { EBM_U8, 3, { 3, 4, 5 } } };
    EbmDataDesc d = { .name = "d", .n_fields = 1, .fields = &f };
    EbmDataDesc c = { .name = "d", .n_fields = 1, .fields = &colour };
    cr_assert_eq(mkdir(path_of("grey"), 0700), 0);
    cr_assert_eq(mkdir(path_of("rgb"), 0700), 0);
    expect_refusal(&d, path_of("grey"), "without PNG images");
    write_png("grey/b.png", 5, 4, PNG_FORMAT_GRAY, grey[1]);
    write_png("grey/A.PNG", 5, 4, PNG_FORMAT_GRAY, grey[0]);
    write_text("grey/notes.txt", "not an image");
    expect_load(&d, path_of("grey"));
    cr_assert_eq(set.n, 2);
    cr_expect_eq(memcmp(set.field[0], grey, 40), 0);
    cr_expect_eq(strlen(set.digest), 64);
    data_free(&set);
    write_png("rgb/a.png", 5, 4, PNG_FORMAT_RGB, rgb);
    expect_load(&c, path_of("rgb"));
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < 3; k++)
            cr_expect_eq(((uint8_t *)set.field[0])[20 * k + i], rgb[3 * i + k]);
    data_free(&set);
    expect_refusal(&d, path_of("rgb"), "is [3,4,5], but d.x declares [1,4,5]");
    expect_refusal(&xy, path_of("rgb"), "one array");
    size_t n = read_bytes(path_of("rgb/a.png"), bytes, sizeof bytes);
    for (size_t k = 0; k < n; k++) {
        write_file("rgb/a.png", bytes, k);
        expect_refusal(&c, path_of("rgb"), "a.png");
    }
    int noticed = 0;                                     /* all but bytes of ancillary chunks */
    for (size_t k = 0; k < n; k++) {
        bytes[k] ^= 0x20;
        write_file("rgb/a.png", bytes, n);
        const char *path = path_of("rgb");
        if (load(&c, &path, 1)) noticed++;
        else {
            cr_expect_eq(((uint8_t *)set.field[0])[59], rgb[59], "byte %zu", k);
            data_free(&set);
        }
        bytes[k] ^= 0x20;
    }
    cr_expect_gt(noticed, (int)n - 20);
    static uint16_t wide[20];
    write_png("rgb/a.png", 5, 4, PNG_FORMAT_LINEAR_Y, wide);
    expect_refusal(&c, path_of("rgb"), "16 bits");
    static uint8_t clear[80];
    write_png("rgb/a.png", 5, 4, PNG_FORMAT_RGBA, clear);
    expect_refusal(&c, path_of("rgb"), "transparent");
    memcpy(bytes + 16, "\0\x10\0\0\0\x10\0\0", 8);        /* 2^20 x 2^20 */
    write_file("rgb/a.png", bytes, n);
    expect_refusal(&c, path_of("rgb"), "the limit is 16384");
}

/* ---- memory ----------------------------------------------------------------------------------*/
/* Any allocation may fail, those of libpng and zlib too: one message, nothing left behind. */
Test(rt_formats, allocations_fail_one_by_one) {
    static uint8_t rgb[60], cifar[3073] = { 3, 200 };
    EbmFieldDesc colour = { "x", { EBM_U8, 3, { 3, 4, 5 } } };
    EbmDataDesc c = { .name = "d", .n_fields = 1, .fields = &colour };
    EbmDataDesc two = { .name = "c", .n_fields = 2, .fields = cifar_fields };
    Zip z = zip_xy(true);
    cr_assert_eq(mkdir(path_of("images"), 0700), 0);
    write_png("images/a.png", 5, 4, PNG_FORMAT_RGB, rgb);
    struct { EbmDataDesc *set; const char *path; } const all[] = {
        { &xy, write_file("d.npz", z.at, z.n) }, { &xy, write_text("d.csv", "1,2,7\n3,4,8\n") },
        { &two, write_file("c10", cifar, sizeof cifar) }, { &c, path_of("images") } };
    for (int i = 0; i < 4; i++) {
        char path[300];
        snprintf(path, sizeof path, "%s", all[i].path);
        const char *paths = path;
        bool loaded = false;
        for (uint64_t n = 1; !loaded && n < 200; n++) {
            Status st = { 0 };
            mem_fail_at(n);
            loaded = data_load(&set, all[i].set, &paths, 1, &st);
            mem_fail_at(0);
            if (loaded) data_free(&set);
            else cr_assert_eq(st.code, RT_LIMIT, "%d: %s", st.code, st.text);
            cr_assert_eq(mem_live(), 0, "allocation %d of %s", (int)n, path);
        }
        cr_assert(loaded);
    }
}
