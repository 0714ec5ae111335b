// links: rt
/* rt_parts_test.c - the parts of the runtime that stand alone: the pool, the permutation of rows,
 * AUROC, pictures, numbers on the command line, memory and atomic files. */
#include "array.h"
#include "auroc.h"
#include "data.h"
#include "image.h"
#include "io.h"
#include "memory.h"
#include "npy.h"
#include "pool.h"
#include "settings.h"
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- pool ------------------------------------------------------------------------------------*/
enum { UNITS = 1000 };
typedef struct Touched { int count[UNITS]; void *scratch[UNITS]; } Touched;

static void touch(void *const *buf, const EbmScalars *s, EbmRange r, void *scratch) {
    Touched *t = buf[0];
    memset(scratch, (int)r.begin & 255, 100);
    for (int64_t i = r.begin; i < r.end; i++) {
        t->count[i]++;
        t->scratch[i] = scratch;
    }
}

Test(rt_parts, pool_runs_each_unit_once_in_few_pieces, .timeout = 30) {
    Status st = { 0 };
    for (int threads = 1; threads <= 7; threads++) {
        Pool *p = pool_new(threads, 100, &st);
        cr_assert_not_null(p, "%s", st.text);
        for (int units = 0; units <= UNITS; units += units < 9 ? 1 : 111) {
            Touched t = { { 0 }, { 0 } };
            pool_launch(p, touch, (void *[]){ &t }, NULL, units);
            int changes = 0;
            for (int i = 0; i < UNITS; i++) {
                cr_assert_eq(t.count[i], i < units, "unit %d of %d, %d threads", i, units, threads);
                if (i > 0 && i < units && t.scratch[i] != t.scratch[i - 1]) changes++;
                cr_assert_eq((uintptr_t)t.scratch[i] % 64, 0);
            }
            cr_assert(changes < 8 * threads, "%d pieces, %d threads", changes + 1, threads);
        }
        for (int k = 0; k < 3000; k++) { /* many short launches, some after a nap */
            Touched t = { { 0 }, { 0 } };
            if (k % 1000 == 0) usleep(2000);
            pool_launch(p, touch, (void *[]){ &t }, NULL, 8);
            for (int i = 0; i < 8; i++) cr_assert_eq(t.count[i], 1);
        }
        pool_free(p);
    }
    cr_assert_eq(mem_live(), 0);
    cr_assert(pool_default_threads() >= 1);
}

/* ---- rows ------------------------------------------------------------------------------------*/
Test(rt_parts, rows_are_a_permutation_per_epoch) {
    for (int64_t n = 1; n < 300; n += n < 20 ? 1 : 37) {
        char seen[300] = { 0 };
        for (int64_t i = 0; i < n; i++) {
            int64_t row = data_permute(3, 4, 5, n, i);
            cr_assert(row >= 0 && row < n && !seen[row], "n %d, position %d", (int)n, (int)i);
            seen[row] = 1;
        }
    }
    int same = 0, moved = 0;
    for (int64_t i = 0; i < 10000; i++) {
        same += data_permute(0, 0, 0, 10000, i) == data_permute(0, 0, 1, 10000, i);
        moved += data_permute(0, 0, 0, 10000, i) == data_permute(1, 0, 0, 10000, i);
    }
    cr_assert(same < 20 && moved < 20, "epochs and seeds give other orders");
}

/* Saved runs depend on these numbers: they may never change. */
Test(rt_parts, row_order_is_frozen) {
    const int64_t want[8] = { 44242, 59660, 41079, 8261, 28940, 58358, 43913, 15976 };
    for (int64_t i = 0; i < 8; i++)
        cr_assert_eq(data_permute(42, 7, 1, 60000, i), want[i], "position %d: %d", (int)i,
                     (int)data_permute(42, 7, 1, 60000, i));
}

Test(rt_parts, training_drops_the_partial_batch) {
    EbmDataDesc desc = { .name = "d" };
    DataSet d = { .desc = &desc, .n = 10 };
    int32_t rows[6][4], one[30];
    int seen[10] = { 0 };
    for (int step = 0; step < 3; step++)                   /* 2 draws a step, 2 batches an epoch */
        for (int k = 0; k < 2; k++)
            data_rows_train(&d, 1, (uint64_t)step, 2, k, 4, rows[2 * step + k]);
    for (int b = 0; b < 2; b++)
        for (int i = 0; i < 4; i++) cr_assert_eq(++seen[rows[b][i]], 1, "a row twice in one epoch");
    cr_assert(memcmp(rows[0], rows[2], sizeof rows[0]) != 0, "the next epoch has another order");
    int total[10] = { 0 };
    data_rows_train(&d, 1, 0, 1, 0, 30, one);              /* a batch of three epochs */
    for (int i = 0; i < 30; i++) total[one[i]]++;
    for (int i = 0; i < 10; i++) cr_assert_eq(total[i], 3);
}

/* Each turn of a block runs through the set in an order of its own; turn 0 has the run's. */
Test(rt_parts, turns_have_orders_of_their_own) {
    EbmDataDesc desc = { .name = "d" };
    DataSet d = { .desc = &desc, .n = 12 };
    int32_t rows[3][12];
    cr_assert_eq(data_seed_of_turn(7, 0), 7u);
    for (uint64_t turn = 0; turn < 3; turn++) {
        int seen[12] = { 0 };
        for (uint64_t step = 0; step < 3; step++)
            data_rows_train(&d, data_seed_of_turn(7, turn), step, 1, 0, 4, rows[turn] + 4 * step);
        for (int i = 0; i < 12; i++) cr_assert_eq(++seen[rows[turn][i]], 1);
        for (uint64_t other = 0; other < turn; other++)
            cr_assert(memcmp(rows[turn], rows[other], sizeof rows[0]) != 0);
    }
}

/* ---- AUROC -----------------------------------------------------------------------------------*/
Test(rt_parts, auroc_agrees_with_counting_pairs) {
    Status st = { 0 };
    enum { P = 40, N = 30 };
    float p[P], q[N];
    srand(1);
    for (int i = 0; i < P; i++) p[i] = (float)(rand() % 20 + 5);
    for (int i = 0; i < N; i++) q[i] = (float)(rand() % 20);
    double v10[P] = { 0 }, v01[N] = { 0 }, mean = 0, s10 = 0, s01 = 0;
    for (int i = 0; i < P; i++)
        for (int k = 0; k < N; k++) {
            double win = p[i] > q[k] ? 1 : p[i] == q[k] ? 0.5 : 0;
            v10[i] += win / N;
            v01[k] += win / P;
            mean += win / (P * N);
        }
    for (int i = 0; i < P; i++) s10 += (v10[i] - mean) * (v10[i] - mean) / (P - 1);
    for (int k = 0; k < N; k++) s01 += (v01[k] - mean) * (v01[k] - mean) / (N - 1);
    double half = 1.959963984540054 * sqrt(s10 / P + s01 / N);
    Auroc a;
    cr_assert(auroc(p, P, q, N, &a, &st));
    cr_assert_float_eq(a.area.value, mean, 1e-12);
    cr_assert_float_eq(a.area.low, mean - half, 1e-12);
    cr_assert_float_eq(a.area.high, fmin(1, mean + half), 1e-12);
    cr_assert(auroc(p, 0, q, N, &a, &st) && isnan(a.area.value));
    p[3] = NAN;
    cr_assert(auroc(p, P, q, N, &a, &st) && isnan(a.area.value));
}

static void expect_estimate(const char *what, Estimate e, double value, double low, double high) {
    cr_expect(fabs(e.value - value) < 1e-12 && fabs(e.low - low) < 1e-12 && fabs(e.high - high) <
              1e-12,
              "%s: %.15g (%.15g .. %.15g)", what, e.value, e.low, e.high);
}

/* Scores with ties; values of scikit-learn 1.9 (average_precision_score, the first point of
 * roc_curve that reaches the rate) and Wilson intervals of SciPy, for the rates joined with the
 * rates at 80 and 95 % +- 1.96 standard errors. */
Test(rt_parts, rates_beside_the_auroc) {
    Status st = { 0 };
    enum { P = 40, N = 30 };
    float p[P], q[N];
    for (int i = 0; i < P; i++) p[i] = (float)floor(20 * sin(1.3 * i + 0.2) + 33) / 2;
    for (int i = 0; i < N; i++) q[i] = (float)floor(9 * sin(0.7 * i + 2.0) + 18) / 2;
    Auroc a;
    cr_assert(auroc(p, P, q, N, &a, &st));
    cr_expect_float_eq(a.area.value, 0.7908333333333334, 1e-12);
    expect_estimate("auprc", a.auprc, 0.8715561621916198, 0.7347462550889917, 0.943253377562351);
    expect_estimate("auprc_negative", a.auprc_negative, 0.7466843778056591, 0.5695019424958043,
                    0.8678628515800546);
    expect_estimate("fpr80", a.fpr80, 17 / 30.0, 0.3653761981553798, 0.774600996544657);
    expect_estimate("fpr95", a.fpr95, 21 / 30.0, 0.5212421254128505, 0.833352517317562);
    for (int i = 0; i < P; i++) p[i] += 100;               /* perfectly apart */
    cr_assert(auroc(p, P, q, N, &a, &st));
    cr_expect(a.area.value == 1 && a.auprc.value == 1 && a.auprc_negative.value == 1);
    cr_expect(a.fpr80.value == 0 && a.fpr80.low == 0 && a.fpr80.high > 0.05 && a.auprc.low < 0.95);
}

/* ---- pictures --------------------------------------------------------------------------------*/
static uint8_t *read_png(const char *path, int *w, int *h, int channels) {
    png_image image = { .version = PNG_IMAGE_VERSION };
    cr_assert(png_image_begin_read_from_file(&image, path), "%s", image.message);
    image.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    uint8_t *p = malloc(PNG_IMAGE_SIZE(image));
    cr_assert(png_image_finish_read(&image, NULL, p, 0, NULL));
    *w = (int)image.width;
    *h = (int)image.height;
    return p;
}

Test(rt_parts, pictures_hold_what_they_should) {
    Status st = { 0 };
    char path[] = "/tmp/rt_parts_XXXXXX";
    int w, h;
    close(mkstemp(path));
    float x[3 * 12] = { 0 };                               /* three [3,2,2] images */
    x[0] = 1;                                              /* red, top left, of the first */
    x[12 + 4 + 3] = 7;                                     /* green, bottom right, of the second */
    EbmTensor t = { EBM_F32, 3, { 3, 2, 2 } };
    cr_assert(image_write_grid(path, &t, x, 3, 2, -1, 1, &st), "%s", st.text);
    uint8_t *p = read_png(path, &w, &h, 3);
    cr_assert(w == 10 && h == 10, "%d x %d", w, h);
    cr_assert_eq(p[(2 * 10 + 2) * 3], 255);
    cr_assert_eq(p[(2 * 10 + 3) * 3], 128);
    cr_assert_eq(p[(3 * 10 + 7) * 3 + 1], 255);
    cr_assert_eq(p[0], 64, "the border");
    free(p);
    /* three columns of twelve, enlarged by 8 */
    EbmTensor thumb = { EBM_F32, 2, { 12, 1 } };
    x[11] = 1;
    cr_assert(image_write_grid(path, &thumb, x, 3, 3, -1, 1, &st));
    p = read_png(path, &w, &h, 1);
    cr_assert(w == 2 + 3 * (8 + 2) && h == 2 + 96 + 2, "%d x %d", w, h);
    cr_assert(p[97 * w + 9] == 255 && p[(97 - 8) * w + 9] == 128 && p[97 * w + 10] == 64);
    free(p);
    float points[4] = { 0.5f, 0.5f, 40, 40 };
    cr_assert(image_write_scatter(path, points, 2, 0, 1, &st));
    p = read_png(path, &w, &h, 3);
    cr_assert(w == PLOT_SIDE && h == PLOT_SIDE && p[0] == 250);
    cr_assert(p[(400 * PLOT_SIDE + 400) * 3] < 200, "no ink in the middle");
    free(p);
    EbmTensor flat = { EBM_F32, 1, { 12 } };
    cr_assert_not(image_write_grid(path, &flat, x, 3, 2, -1, 1, &st));
    cr_assert_eq(st.code, RT_USAGE);
    unlink(path);
    cr_assert_eq(mem_live(), 0);
}

/* ---- numbers ---------------------------------------------------------------------------------*/
Test(rt_parts, numbers_are_whole_words) {
    int64_t i;
    double d;
    uint64_t u;
    cr_assert(parse_integer("10_000", 0, 1 << 20, &i) && i == 10000);
    cr_assert(parse_integer("-5", -5, 5, &i) && i == -5);
    static const char *const no_integer[] = {
        "", "1.0", "1e3", "0x10", "5 ", " 5", "_5", "5_", "--5", "6", "99999999999999999999", "-"
    };
    for (size_t k = 0; k < sizeof no_integer / sizeof *no_integer; k++)
        cr_assert_not(parse_integer(no_integer[k], -5, 5, &i), "'%s'", no_integer[k]);
    cr_assert(parse_real("5e-5", &d) && d == 5e-5);
    static const char *const no_real[] = { "",      "nan",  "inf", "1e999", "1,5",
                                           "0x1p3", "1.5f", "e",   "1e" };
    for (size_t k = 0; k < sizeof no_real / sizeof *no_real; k++)
        cr_assert_not(parse_real(no_real[k], &d), "'%s'", no_real[k]);
    cr_assert(parse_seed("18446744073709551615", &u) && u == UINT64_MAX);
    cr_assert_not(parse_seed("18446744073709551616", &u));
    cr_assert_not(parse_seed("-1", &u));
    cr_assert(parse_duration("60s", &d) && d == 60);
    cr_assert(parse_duration("2m", &d) && d == 120);
    cr_assert(parse_duration("1.5h", &d) && d == 5400);
    cr_assert_not(parse_duration("m", &d));
    const char *names[] = { "eps", "steps", "batch" };
    cr_assert_str_eq(suggest("epz", names, 3), "eps");
    cr_assert_str_eq(suggest("setps", names, 3), "steps");
    cr_assert_null(suggest("temperature", names, 3));
}

/* ---- memory and files ------------------------------------------------------------------------*/
Test(rt_parts, memory_is_aligned_counted_and_limited) {
    Status st = { 0 };
    uint8_t *p = mem_alloc(1000, "a test", &st);
    cr_assert((uintptr_t)p % 64 == 0 && p[999] == 0 && mem_live() == 1000);
    p[5] = 9;
    p = mem_resize(p, 2000, "a test", &st);
    cr_assert(p[5] == 9 && p[1999] == 0 && mem_live() == 2000);
    mem_free(p);
    cr_assert_eq(mem_live(), 0);
    cr_assert_null(mem_array(UINT64_MAX / 2, 3, "a test", &st));
    cr_assert_eq(st.code, RT_LIMIT);
    st = (Status){ 0 };
    mem_set_available(1000);
    cr_assert(mem_check(800, "this", &st));
    cr_assert_not(mem_check(801, "this", &st));
    cr_assert(st.code == RT_LIMIT && strstr(st.text, "this needs 801 bytes"), "%s", st.text);
    mem_set_available(0);
    cr_assert(mem_available() > 0);
    char text[16];
    cr_assert_str_eq(mem_format((uint64_t)3 << 39, text), "1.5 TiB");
}

Test(rt_parts, a_file_is_whole_or_absent_for_every_failed_call) {
    char dir[] = "/tmp/rt_parts_XXXXXX", path[64], text[8];
    cr_assert(mkdtemp(dir) && chdir(dir) == 0);
    snprintf(path, sizeof path, "%s/f", dir);
    Status st = { 0 };
    cr_assert(io_write_file(path, "old", 3, &st));
    int failures = 0;
    for (uint64_t n = 1;; n++) {
        st = (Status){ 0 };
        io_fail_at(n, 1, ENOSPC, IO_FAULT_ERROR);
        bool ok = io_write_file(path, "new!", 4, &st);
        bool done = io_count() < n;
        io_fail_at(0, 0, 0, IO_FAULT_ERROR);
        IoBytes b;
        IoList names;
        cr_assert(io_read_file(path, &b, NULL));
        cr_assert(b.len == (memcmp(b.data, "old", 3) == 0 ? 3u : 4u), "a torn file after call %d",
                  (int)n);
        cr_assert(!ok || b.len == 4);
        cr_assert(ok || st.code == RT_WRITE);
        cr_assert(io_list(dir, &names, NULL) && names.n == 1, "a temporary file is left");
        io_list_free(&names);
        mem_free(b.data);
        if (done) {
            cr_assert(ok);
            break;
        }
        failures++;
        cr_assert_not(ok, "call %d failed unnoticed", (int)n);
        cr_assert(io_write_file(path, "old", 3, NULL));
    }
    cr_assert(failures >= 6, "%d calls", failures);
    io_fail_at(1, 2, EINTR, IO_FAULT_ERROR);               /* interrupted calls are repeated */
    st = (Status){ 0 };
    cr_assert(io_write_file(path, "new!", 4, &st), "%s", st.text);
    io_fail_at(0, 0, 0, IO_FAULT_ERROR);
    snprintf(text, sizeof text, "%s", "x");
    unlink(path);
    cr_assert(chdir("/") == 0 && rmdir(dir) == 0);
}

Test(rt_parts, only_regular_files_are_read) {
    IoBytes b;
    Status st = { 0 };
    cr_assert_not(io_read_file("/dev/zero", &b, &st));
    cr_assert(st.code == RT_DATA && strstr(st.text, "not a regular file"));
    st = (Status){ 0 };
    cr_assert_not(io_read_file("/tmp", &b, &st));
    cr_assert_eq(st.code, RT_DATA);
    st = (Status){ 0 };
    cr_assert_not(io_read_file("/nowhere/at/all", &b, &st));
    cr_assert(strstr(st.text, "No such file") != NULL);
}
