// links: nothing
// flags: -O2 -std=gnu11 -march=native -fopenmp-simd
/* prelude_test.c - ebm_math.h against double libm: the errors that its header states, over sweeps
 * of all exponents and both signs, and the values at the edges. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "prelude/ebm_math.h"

/* |y - want| in units in the last place of the float nearest to `want`; 1e9 for a wrong class. */
static double ulps(float y, double want) {
    if (isnan(want) || isnan(y)) return isnan(want) && isnan(y) ? 0 : 1e9;
    if (fabs(want) >= 0x1.ffffffp127) return (double)y == copysign(INFINITY, want) ? 0 : 1e9;
    if (isinf(y)) return 1e9;
    int e;
    frexp(fmax(fabs(want), 0x1p-126), &e);
    return fabs((double)y - want) / ldexp(1, e - 24);
}

typedef float Fast(float);
typedef double Exact(double);
static double exact_sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double exact_softplus(double x) { return fmax(x, 0) + log1p(exp(-fabs(x))); }
static double exact_rsqrt(double x) { return 1 / sqrt(x); }
static double exact_sign(double x) { return isnan(x) ? x : (x > 0) - (x < 0); }

/* The error over |x| in [lo, hi]; results that may be flushed to zero are excused. */
static double worst(Fast *f, Exact *g, double lo, double hi, double *flushed) {
    double w = 0;
    for (uint64_t u = 0; u < 1ull << 32; u += 3989) {
        const float x = ebm_from_bits((uint32_t)u);
        if (fabsf(x) < lo || fabsf(x) > hi) continue;
        const float y = f(x);
        const double want = g(x);
        if (y == 0 && fabs(want) < 0x1p-126) {
            *flushed = fmax(*flushed, fabs(want));
            cr_assert(want != 0 || signbit(y) == signbit((float)want) || g == exact_sign,
                      "sign of zero at %a", (double)x);
            continue;
        }
        w = fmax(w, ulps(y, want));
    }
    return w;
}
#define STATED(name, exact, lo, hi, bound, flushes) \
    static float call_##name(float x) { return ebm_##name(x); } \
    Test(math, name) { \
        double flushed = 0; \
        const double w = worst(call_##name, exact, lo, hi, &flushed); \
        cr_assert_leq(w, bound, "%s: %g ulp", #name, w); \
        cr_assert(flushes || flushed == 0, "%s flushes %g", #name, flushed); \
        cr_assert(isnan(ebm_##name(NAN)) && isnan(ebm_##name(ebm_from_bits(0xff800001u)))); \
    }
STATED(exp, exp, 0, INFINITY, 1.1, 1)
STATED(expm1, expm1, 0, INFINITY, 1.5, 0)
STATED(log, log, 0, INFINITY, 1.1, 0)
STATED(log1p, log1p, 0, INFINITY, 1.5, 0)
STATED(sqrt, sqrt, 0, INFINITY, 0.5, 0)
STATED(rsqrt, exact_rsqrt, 0, INFINITY, 1.5, 0)
STATED(sin, sin, 0, 0x1p17 - 1, 1.6, 0)
STATED(cos, cos, 0, 0x1p17 - 1, 1.6, 0)
STATED(tanh, tanh, 0, INFINITY, 2.7, 0)
STATED(sigmoid, exact_sigmoid, 0, INFINITY, 2.7, 1)
STATED(softplus, exact_softplus, 0, INFINITY, 1.9, 1)
STATED(erf, erf, 0, INFINITY, 1.1, 0)
STATED(abs, fabs, 0, INFINITY, 0, 0)
STATED(sign, exact_sign, 0, INFINITY, 0, 0)
STATED(floor, floor, 0, INFINITY, 0, 0)
STATED(ceil, ceil, 0, INFINITY, 0, 0)
STATED(round, nearbyint, 0, INFINITY, 0, 0)

Test(math, sin_and_cos_of_large_arguments) {
    double w = 0;
    for (uint32_t u = 0x48000000u; u < 0x7f800000u; u += 1009) {
        const float x = ebm_from_bits(u);
        w = fmax(w, fmax(fabs(ebm_sin(x) - sin(x)), fabs(ebm_cos(-x) - cos(x))));
    }
    cr_assert_leq(w, 1.3e-7, "%g", w);
    cr_assert(isnan(ebm_sin(INFINITY)) && isnan(ebm_cos(-INFINITY)));
}

Test(math, turns) {
    double w = 0;
    for (int i = 0; i < 1 << 24; i += 5) {
        float s, c;
        ebm_sincos_turn((float)i * 0x1p-24f, &s, &c);
        const double a = 6.283185307179586477 * i * 0x1p-24;
        w = fmax(w, fmax(fabs(s - sin(a)), fabs(c - cos(a))));
    }
    cr_assert_leq(w, 1e-7, "%g", w);
}

static double wide_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-53;
}

Test(math, pow) {
    uint64_t state = 1;
    double w = 0;
    for (int i = 0; i < 1000000; i++) {
        const float a = (float)exp(160 * wide_random(&state) - 80);
        const float b = (float)((wide_random(&state) - 0.5) * (i % 2 ? 4 : 100));
        const double want = pow(a, b);
        if (want < 0x1.001p-126) cr_assert(ebm_pow(a, b) < 0x1.01p-126f);
        else w = fmax(w, ulps(ebm_pow(a, b), want));
    }
    cr_assert_leq(w, 1.2, "%g ulp", w);
    for (int i = -9; i < 10; i++)
        for (float x = -3; x < 3; x += 0.25f) {
            const double want = pow(x, i);
            cr_assert_leq(ulps(ebm_pow(x, (float)i), want), 1.2, "%g to the %d", (double)x, i);
        }
}
Test(math, pow_at_the_edges) {
    static const float v[] = { 0, -0.0f, 1, -1, 2, -2, 3, 0.5f, -0.5f, INFINITY, -INFINITY, 1e38f,
                               1e-40f, 16777217 };
    enum { N = sizeof v / sizeof *v };
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            const float y = ebm_pow(v[i], v[j]), want = (float)pow(v[i], v[j]);
            if (fabsf(want) < 0x1p-126f) cr_assert_lt(fabsf(y), 0x1p-126f);
            else cr_assert_leq(ulps(y, want), 2, "%g to the %g", (double)v[i], (double)v[j]);
        }
        cr_assert(isnan(ebm_pow(NAN, v[i])) && isnan(ebm_pow(v[i], NAN)));
    }
}

static double exact_mod(double a, double b) {
    const double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}
Test(math, mod) {
    uint64_t state = 2;
    for (int i = 0; i < 1000000; i++) {
        const float a = (float)((wide_random(&state) - 0.5) * 2000);
        const float b = (float)((wide_random(&state) - 0.5) * (i % 3 ? 20 : 0.01));
        if (fabsf(a / b) >= 0x1p22f) continue;
        cr_assert_eq(ebm_mod(a, b), (float)exact_mod(a, b), "%a mod %a", (double)a, (double)b);
    }
    cr_assert_eq(ebm_mod(-7, 3), 2);
    cr_assert_eq(ebm_mod(7, -3), -2);
    cr_assert_eq(ebm_mod(6, 3), 0);
    cr_assert_eq(ebm_mod(5, INFINITY), 5);
    cr_assert(isnan(ebm_mod(1, 0)) && isnan(ebm_mod(NAN, 1)) && isnan(ebm_mod(1, NAN)));
    cr_assert(isnan(ebm_mod(INFINITY, 2)));
    cr_assert_eq(ebm_mod_i32(-7, 3), 2);
    cr_assert_eq(ebm_mod_i32(7, -3), -2);
    cr_assert_eq(ebm_mod_i32(INT32_MIN, -1), 0);
    cr_assert_eq(ebm_mod_i32(5, 0), 0);
}

Test(math, max_and_min) {
    cr_assert_eq(ebm_max(1, 2), 2);
    cr_assert_eq(ebm_max(2, 1), 2);
    cr_assert_eq(ebm_min(1, 2), 1);
    cr_assert_eq(ebm_min(2, 1), 1);
    cr_assert(isnan(ebm_max(NAN, 1)) && isnan(ebm_max(1, NAN)));
    cr_assert(isnan(ebm_min(NAN, 1)) && isnan(ebm_min(1, NAN)));
    cr_assert(signbit(ebm_max(0.0f, -0.0f)) && !signbit(ebm_max(-0.0f, 0.0f)));   /* ties: second */
    cr_assert_eq(ebm_max_i32(-5, 3), 3);
    cr_assert_eq(ebm_min_i32(-5, 3), -5);
}

Test(math, round_half_to_even) {
    cr_assert_eq(ebm_round(0.5f), 0);
    cr_assert_eq(ebm_round(1.5f), 2);
    cr_assert_eq(ebm_round(2.5f), 2);
    cr_assert_eq(ebm_round(-2.5f), -2);
    cr_assert_eq(ebm_floor(-0.25f), -1);
    cr_assert_eq(ebm_ceil(-1.25f), -1);
}

Test(math, finite_by_exponent) {
    cr_assert(ebm_is_finite(0) && ebm_is_finite(-3.4e38f) && ebm_is_finite(1e-45f));
    cr_assert(!ebm_is_finite(INFINITY) && !ebm_is_finite(-INFINITY) && !ebm_is_finite(NAN));
}
