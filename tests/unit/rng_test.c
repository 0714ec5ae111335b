// links: nothing
/* rng_test.c - the random address is frozen: known answers, independence of its parts, and the
 * distribution of what the words mean. Moments are checked at about 6 standard errors. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "prelude/ebm_rng.h"

Test(rng, philox_published_answers) {
    static const struct { uint32_t counter[4], key[2], want[4]; } kat[] = {
        { { 0, 0, 0, 0 }, { 0, 0 },
          { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
        { { ~0u, ~0u, ~0u, ~0u }, { ~0u, ~0u },
          { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
        { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, { 0xa4093822, 0x299f31d0 },
          { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
    };
    for (size_t i = 0; i < sizeof kat / sizeof *kat; i++) {
        uint32_t out[4];
        ebm_philox(kat[i].counter, kat[i].key, out);
        cr_assert_eq(memcmp(out, kat[i].want, sizeof out), 0, "vector %zu", i);
    }
}

typedef struct Address {
    uint64_t seed, site, step;
    uint32_t epoch;
    uint64_t sample;
    uint32_t loop_index, quad;
} Address;

static void words_at(Address a, uint32_t out[4]) {
    ebm_rng_words(a.seed, a.site, a.step, a.epoch, a.sample, a.loop_index, a.quad, out);
}

/* Computed once by an independent program; never regenerate them from this code. */
Test(rng, frozen_address) {
    static const struct { Address at; uint32_t want[4]; } frozen[] = {
        { { 0, 0, 0, 0, 0, 0, 0 }, { 0xea8f1e48, 0x60adc070, 0x73908a27, 0x6573043f } },
        { { 1, 2, 3, 4, 5, 6, 7 }, { 0xcadb053b, 0xc7329c6b, 0xbe1b447f, 0xca9fd6a8 } },
        { { 0x123456789abcdef0u, 0xfedcba9876543210u, 0x100000002u, 1, 0x300000004u, 5, 6 },
          { 0xf1d59e33, 0xa65ef8ea, 0xaa7f86e1, 0x036765e2 } },
        { { 42, 0x1122334455667788u, 1000, 0, 0x1ffffffffu, 59, 195 },
          { 0xd4d6c6e8, 0x9f90f6cf, 0x42c1f6f3, 0x82084a70 } },
    };
    for (size_t i = 0; i < sizeof frozen / sizeof *frozen; i++) {
        uint32_t out[4];
        words_at(frozen[i].at, out);
        cr_assert_eq(memcmp(out, frozen[i].want, sizeof out), 0, "address %zu", i);
    }
}

/* Permutations: known answers, every n a permutation, every part of the key matters. */
Test(rng, permutations) {
    static const uint32_t want[10] = { 335, 777, 622, 245, 681, 554, 144, 634, 615, 870 };
    uint64_t key = ebm_rng_perm_key(1, 2, 3, 4, 5);
    for (uint32_t i = 0; i < 10; i++)
        cr_expect_eq(ebm_rng_perm(key, 1000, i), want[i], "%u: %u", i, ebm_rng_perm(key, 1000, i));
    for (uint32_t n = 1; n < 300; n++) {
        bool seen[300] = { false };
        for (uint32_t i = 0; i < n; i++) {
            uint32_t v = ebm_rng_perm(key, n, (uint64_t)n * 7 + i);
            cr_assert(v < n && !seen[v]);
            cr_assert_eq(ebm_rng_perm_inverse(key, n, v), i);
            seen[v] = true;
        }
    }
    cr_assert_lt(ebm_rng_perm(key, 0x7fffffff, 1 << 30), 0x7fffffff);
    uint64_t other[5] = { ebm_rng_perm_key(2, 2, 3, 4, 5), ebm_rng_perm_key(1, 1, 3, 4, 5),
                          ebm_rng_perm_key(1, 2, 4, 4, 5), ebm_rng_perm_key(1, 2, 3, 5, 5),
                          ebm_rng_perm_key(1, 2, 3, 4, 6) };
    for (int k = 0; k < 5; k++) {
        int same = 0;
        for (uint32_t i = 0; i < 1000; i++)
            same += ebm_rng_perm(key, 1000, i) == ebm_rng_perm(other[k], 1000, i);
        cr_expect_lt(same, 12, "part %d", k);      /* 1 expected */
    }
}

Test(rng, every_part_of_the_address_matters) {
    const Address base = { 7, 11, 13, 17, 19, 23, 29 };
    Address v[10];
    for (int i = 0; i < 10; i++) v[i] = base;
    v[1].seed++, v[2].site++, v[3].step++, v[4].step += 1ull << 32, v[5].epoch++;
    v[6].sample++, v[7].sample += 1ull << 32, v[8].loop_index++, v[9].quad++;
    uint32_t out[10][4];
    for (int i = 0; i < 10; i++) words_at(v[i], out[i]);
    for (int i = 0; i < 10; i++)
        for (int j = 0; j < i; j++)
            for (int k = 0; k < 4; k++)
                cr_assert_neq(out[i][k], out[j][k], "addresses %d and %d, word %d", i, j, k);
}

Test(rng, meaning_of_words_at_the_edges) {
    cr_assert_eq(ebm_rng_uniform(0), 0.0f);
    cr_assert_eq(ebm_rng_uniform(~0u), 1.0f - 0x1p-24f);
    cr_assert_eq(ebm_rng_uniform(0xff), 0.0f);
    cr_assert_eq(ebm_rng_radius_u(0), 0x1p-24f);
    cr_assert_eq(ebm_rng_radius_u(~0u), 1.0f);
    cr_assert_eq(ebm_rng_turn(0x80000000u), 0.5f);
    cr_assert_eq(ebm_rng_int(~0u, 10), 9);
    cr_assert_eq(ebm_rng_int(0, 10), 0);
    cr_assert_eq(ebm_rng_int(~0u, 0x7fffffffu), 0x7ffffffe);
    cr_assert_eq(ebm_rng_int(123456789u, 1), 0);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The Kolmogorov-Smirnov statistic sqrt(n) * D of sorted values against cdf. */
static double ks(double *x, int n, double (*cdf)(double)) {
    qsort(x, (size_t)n, sizeof *x, compare_doubles);
    double d = 0;
    for (int i = 0; i < n; i++) {
        double p = cdf(x[i]);
        d = fmax(d, fmax(p - (double)i / n, (double)(i + 1) / n - p));
    }
    return d * sqrt(n);
}
static double uniform_cdf(double x) { return x; }
static double normal_cdf(double x) { return 0.5 * erfc(-x / sqrt(2)); }

enum { QUADS = 1 << 16, N = 4 * QUADS };

Test(rng, uniform_moments_and_ks) {
    static double x[N];
    double sum = 0, square = 0, lag = 0;
    for (uint32_t q = 0; q < QUADS; q++) {
        uint32_t w[4];
        ebm_rng_words(3, 5, 7, 0, q, 1, q & 3, w);
        for (int i = 0; i < 4; i++) x[4 * q + (uint32_t)i] = ebm_rng_uniform(w[i]);
    }
    for (int i = 0; i < N; i++) {
        double c = x[i] - 0.5;
        sum += c, square += c * c;
        if (i) lag += c * (x[i - 1] - 0.5);
    }
    double root = sqrt(N);
    cr_assert_lt(fabs(sum / root), 6 * sqrt(1.0 / 12));
    cr_assert_lt(fabs(square / N - 1.0 / 12) * root, 6 * sqrt(1.0 / 180));
    cr_assert_lt(fabs(lag / root), 6.0 / 12);
    cr_assert_lt(ks(x, N, uniform_cdf), 2.2);         /* p = 1e-4 */
}

Test(rng, normal_moments_and_ks) {
    static double x[N];
    const double two_pi = 6.283185307179586477;
    double m[5] = { 0 }, cross = 0;
    for (uint32_t q = 0; q < QUADS; q++) {
        uint32_t w[4];
        ebm_rng_words(9, 8, 7, 6, q / 64, q % 64, 0, w);
        for (uint32_t p = 0; p < 4; p += 2) {
            double r = sqrt(-2 * log(ebm_rng_radius_u(w[p]))), a = two_pi * ebm_rng_turn(w[p + 1]);
            x[4 * q + p] = r * cos(a), x[4 * q + p + 1] = r * sin(a);
            cross += x[4 * q + p] * x[4 * q + p + 1];
        }
    }
    for (int i = 0; i < N; i++)
        for (int k = 1; k < 5; k++) m[k] += pow(x[i], k) / N;
    double root = sqrt(N);
    cr_assert_lt(fabs(m[1]) * root, 6);
    cr_assert_lt(fabs(m[2] - 1) * root, 6 * sqrt(2));
    cr_assert_lt(fabs(m[3]) * root, 6 * sqrt(15));
    cr_assert_lt(fabs(m[4] - 3) * root, 6 * sqrt(96));
    cr_assert_lt(fabs(cross) / root, 6);
    cr_assert_lt(ks(x, N, normal_cdf), 2.2);
}

Test(rng, integers_are_even) {
    enum { SIDES = 7 };
    int count[SIDES] = { 0 };
    for (uint32_t q = 0; q < QUADS; q++) {
        uint32_t w[4];
        ebm_rng_words(1, 1, 1, 0, 0, 0, q, w);
        for (int i = 0; i < 4; i++) count[ebm_rng_int(w[i], SIDES)]++;
    }
    double chi2 = 0, want = (double)N / SIDES;
    for (int i = 0; i < SIDES; i++) chi2 += (count[i] - want) * (count[i] - want) / want;
    cr_assert_lt(chi2, 33);                           /* 6 degrees of freedom, p = 1e-5 */
}
