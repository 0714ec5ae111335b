/* ebm_math.h - scalar float functions that gcc and clang turn into vector code.
 *
 * Use: plain loops under `#pragma omp simd` calling these. Every function is branch-free (both
 * sides of a choice are computed), uses only + - * / sqrt, fused multiply-add, comparisons and
 * integer operations, and so gives the same bits everywhere.
 *
 * Promises. A NaN operand gives a NaN. Infinities, zeros and overflow behave as in C's math.h
 * unless said below. Results that would be denormal may be flushed to zero (exp, pow); denormal
 * operands are exact. Largest errors in units in the last place, against double libm
 * (tests/unit/prelude_test.c measures them):
 *
 *   exp 1.1   expm1 1.5   log 1.1   log1p 1.5   sigmoid 2.7   softplus 1.9   tanh 2.7
 *   sin, cos 1.6 (below 2^17; beyond, 1.3e-7 absolute)   erf 1.1   pow 1.2
 *   sqrt, floor, ceil, round, abs, sign, max, min exact   rsqrt 1.5
 *   mod exact while |a / b| < 2^22 */
#ifndef EBM_MATH_H
#define EBM_MATH_H
#include "ebm_simd.h"

#define EBM_INF __builtin_inff()
#define EBM_NAN __builtin_nanf("")
#define EBM_LOG2E 0x1.715476p+0f
#define EBM_LN2_HI 0x1.62e43p-1f
#define EBM_LN2_LO -0x1.05c61p-29f
/* x + EBM_MAGIC rounds x to an integer n (half to even), |n| < 2^22, and leaves n in the low
 * bits. */
#define EBM_MAGIC 12582912.0f
#define EBM_MAGIC_BITS 0x4b400000u

/* condition ? a : b, always by masks: gcc turns `?:` into a branch when one side is long, and then
 * does not vectorise the loop. */
EBM_INLINE uint32_t ebm_pick_bits(int condition, uint32_t a, uint32_t b) {
    const uint32_t mask = -(uint32_t)condition;
    return (a & mask) | (b & ~mask);
}
EBM_INLINE float ebm_pick(int condition, float a, float b) {
    return ebm_from_bits(ebm_pick_bits(condition, ebm_bits(a), ebm_bits(b)));
}
EBM_INLINE double ebm_pick_wide(int condition, double a, double b) {
    uint64_t u, v;
    const uint64_t mask = -(uint64_t)condition;
    memcpy(&u, &a, 8), memcpy(&v, &b, 8);
    u = (u & mask) | (v & ~mask);
    memcpy(&a, &u, 8);
    return a;
}
/* The magnitude of the first with the sign of the second. */
EBM_INLINE float ebm_copysign(float magnitude, float sign) {
    return ebm_from_bits((ebm_bits(magnitude) & 0x7fffffffu) | (ebm_bits(sign) & 0x80000000u));
}
EBM_INLINE float ebm_abs(float x) {
    return ebm_from_bits(ebm_bits(x) & 0x7fffffffu);
}
/* Ties give the second operand. */
EBM_INLINE float ebm_max(float a, float b) {
    return ebm_pick((a > b) | (a != a), a, b);
}
EBM_INLINE float ebm_min(float a, float b) {
    return ebm_pick((a < b) | (a != a), a, b);
}
/* -1, 0 or 1; of a NaN a NaN. */
EBM_INLINE float ebm_sign(float x) {
    const float s = (float)((x > 0) - (x < 0));
    return ebm_pick(x == x, s, x);
}

/* ---- rounding --------------------------------------------------------------------------------*/
EBM_INLINE float ebm_round(float x) {
    const float a = ebm_abs(x), r = (a + 0x1p23f) - 0x1p23f;
    return ebm_copysign(ebm_pick(a < 0x1p23f, r, a), x);
}
EBM_INLINE float ebm_floor(float x) {
    const float r = ebm_round(x), down = r - 1.0f;
    const int above = r > x;
    return ebm_copysign(ebm_pick(above, down, r), ebm_pick(above, down, x));
}
EBM_INLINE float ebm_ceil(float x) {
    return -ebm_floor(-x);
}
/* a - b * floor(a / b): between 0 and b; b itself only by rounding. b = 0 gives NaN. */
EBM_INLINE float ebm_mod(float a, float b) {
    const float q = ebm_floor(a / b);
    float r = ebm_fma(-q, b, a);
    r = ebm_pick((q == 0) & (a == a), a, r);                      /* also for infinite b */
    const float under = r + b, side = ebm_pick(b > 0, r, -r);
    r = ebm_pick(side < 0, under, r);                     /* a / b was rounded up to an integer */
    return ebm_pick(b == b, r, b);
}
EBM_INLINE int32_t ebm_mod_i32(int32_t a, int32_t b) {
    const int32_t safe = b == 0 ? 1 : b == -1 ? 1 : b, r = a % safe;
    return r != 0 && (r < 0) != (safe < 0) ? r + safe : r;
}
EBM_INLINE int32_t ebm_max_i32(int32_t a, int32_t b) {
    return a > b ? a : b;
}
EBM_INLINE int32_t ebm_min_i32(int32_t a, int32_t b) {
    return a < b ? a : b;
}

EBM_INLINE float ebm_sqrt(float x) {
    return __builtin_sqrtf(x);
}
EBM_INLINE float ebm_rsqrt(float x) {
    return 1.0f / __builtin_sqrtf(x);
}

/* ---- exponentials ------------------------------------------------------------------------------
 * x = n ln 2 + r, |r| <= ln 2 / 2. The cores are for |x| < 2^21; what the bits of n do to a NaN is
 * undone by the callers' last selection. */
EBM_INLINE float ebm_exp_reduce(float x, uint32_t *n) {
    const float z = ebm_fma(x, EBM_LOG2E, EBM_MAGIC), k = z - EBM_MAGIC;
    *n = ebm_bits(z);                                     /* n in the low 9 bits */
    return ebm_fma(k, -EBM_LN2_LO, ebm_fma(k, -EBM_LN2_HI, x));
}
/* For results in the normal range. */
EBM_INLINE float ebm_exp_core(float x) {
    uint32_t n;
    const float r = ebm_exp_reduce(x, &n);
    float p = ebm_fma(0x1.6a1aaep-10f, r, 0x1.123fc6p-7f);
    p = ebm_fma(p, r, 0x1.555916p-5f);
    p = ebm_fma(p, r, 0x1.55548ap-3f);
    p = ebm_fma(p, r, 0x1.fffffcp-2f);
    p = ebm_fma(p, r * r, r) + 1.0f;
    return ebm_from_bits(ebm_bits(p) + (n << 23));
}
/* For -60 < x < 89.4. With t = 2^(n-1): 2 * (t * expm1(r) + (t - 1/2)). */
EBM_INLINE float ebm_expm1_core(float x) {
    uint32_t n;
    const float r = ebm_exp_reduce(x, &n), t = ebm_from_bits((n + 126) << 23);
    float p = ebm_fma(0x1.a0332p-13f, r, 0x1.6d78d8p-10f);
    p = ebm_fma(p, r, 0x1.11118ep-7f);
    p = ebm_fma(p, r, 0x1.5554aap-5f);
    p = ebm_fma(p, r, 0x1.555554p-3f);
    p = ebm_fma(p, r, 0.5f);
    p = ebm_fma(p, r * r, r);
    return ebm_fma(t, p, t - 0.5f) * 2.0f;
}
/* Flushes results below 2^-126 to 0. */
EBM_INLINE float ebm_exp(float x) {
    float y = ebm_exp_core(x);
    y = ebm_pick(x < -0x1.5d589ep+6f, 0.0f, y);
    const float special = x + EBM_INF;                    /* +inf, or the NaN */
    return ebm_pick(x < 0x1.62e43p+6f, y, special);
}
EBM_INLINE float ebm_expm1(float x) {
    float c = ebm_pick(x < -30.0f, -30.0f, x);
    c = ebm_pick(c > 89.0f, 89.0f, c);
    const float y = ebm_copysign(ebm_expm1_core(c), x);   /* keeps -0 */
    return ebm_pick(x == x, y, x);
}
/* Results below 2^-126 may be 0. */
EBM_INLINE float ebm_sigmoid(float x) {
    return 1.0f / (1.0f + ebm_exp(-x));
}
EBM_INLINE float ebm_tanh(float x) {
    float a = ebm_abs(x);
    a = ebm_pick(a > 16.0f, 16.0f, a);
    const float e = ebm_expm1_core(-2.0f * a);
    const float y = ebm_copysign(e / (2.0f + e), x);
    return ebm_pick(x == x, y, x);
}

/* ---- logarithms --------------------------------------------------------------------------------
 * x = 2^e * (1 + f), sqrt(1/2) <= 1 + f < sqrt(2). */
EBM_INLINE float ebm_log_reduce(float x, int32_t *e) {
    const uint32_t i = ebm_bits(x) - 0x3f3504f3u;
    *e = (int32_t)i >> 23;
    return ebm_from_bits((i & 0x7fffffu) + 0x3f3504f3u) - 1.0f;
}
EBM_INLINE float ebm_log_poly(float f, float e) {
    float p = ebm_fma(-0x1.38b3fp-4f, f, 0x1.056f7p-3f);
    p = ebm_fma(p, f, -0x1.0d8ed2p-3f);
    p = ebm_fma(p, f, 0x1.22d81ap-3f);
    p = ebm_fma(p, f, -0x1.547128p-3f);
    p = ebm_fma(p, f, 0x1.99a014p-3f);
    p = ebm_fma(p, f, -0x1.00022ap-2f);
    p = ebm_fma(p, f, 0x1.555554p-2f);
    p = ebm_fma(p, f, -0.5f);
    return ebm_fma(e, EBM_LN2_HI, ebm_fma(p, f * f, f));
}
/* For positive, normal, finite x. */
EBM_INLINE float ebm_log_core(float x) {
    int32_t e;
    const float f = ebm_log_reduce(x, &e);
    return ebm_log_poly(f, (float)e);
}
EBM_INLINE float ebm_log(float x) {
    const float scaled = x * 0x1p23f;
    const float n = ebm_pick(x < 0x1p-126f, scaled, x);
    int32_t e;
    const float f = ebm_log_reduce(n, &e);
    const float k = (float)e, shifted = k - 23.0f;
    const float y = ebm_log_poly(f, ebm_pick(x < 0x1p-126f, shifted, k));
    float special = ebm_pick(x > 0, x, EBM_NAN);                  /* +inf; negative and NaN */
    special = ebm_pick(x == 0, -EBM_INF, special);
    return ebm_pick((x > 0) & (x < EBM_INF), y, special);
}
/* For -1 < x < inf: log of u = 1 + x, and what rounding u lost is added to f. */
EBM_INLINE float ebm_log1p_core(float x) {
    const float u = 1.0f + x, v = u - 1.0f, lost = (1.0f - (u - v)) + (x - v);
    int32_t e;
    float f = ebm_log_reduce(u, &e);
    const int32_t scale = e > 100 ? 27 : 127 - e;         /* large x: lost does not count */
    f = ebm_fma(lost, ebm_from_bits((uint32_t)scale << 23), f);
    return ebm_log_poly(f, (float)e);
}
EBM_INLINE float ebm_log1p(float x) {
    const float y = ebm_copysign(ebm_log1p_core(x), x);   /* keeps -0 */
    float special = ebm_pick(x > 0, x, EBM_NAN);
    special = ebm_pick(x == -1.0f, -EBM_INF, special);
    return ebm_pick((x > -1.0f) & (x < EBM_INF), y, special);
}
/* log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)). */
EBM_INLINE float ebm_softplus(float x) {
    const float y = ebm_log1p_core(ebm_exp(-ebm_abs(x)));
    const float z = ebm_pick(x > 0, x, 0.0f) + y;
    return ebm_pick(x == x, z, x);
}

/* ---- circular ----------------------------------------------------------------------------------
 * |x| = (4 j + q) pi/2 + r, |r| <= pi/4. Below 2^17 by three fused steps; above, by the bits of
 * 2/pi that matter: window k holds bits 8k-7 .. 8k+24 of its fraction. */
static const uint32_t ebm_two_over_pi[18] __attribute__((unused)) = {
    0x00a2f983, 0xa2f9836e, 0xf9836e4e, 0x836e4e44, 0x6e4e4415, 0x4e441529,
    0x441529fc, 0x1529fc27, 0x29fc2757, 0xfc2757d1, 0x2757d1f5, 0x57d1f534,
    0xd1f534dd, 0xf534ddc0, 0x34ddc0db, 0xddc0db62, 0xc0db6295, 0xdb629599,
};
EBM_INLINE float ebm_circle_reduce(float a, uint32_t *q) {
    const float z = ebm_fma(a, 0x1.45f306p-1f, EBM_MAGIC), k = z - EBM_MAGIC;
    float r = ebm_fma(k, -0x1.921fb6p+0f, a);
    r = ebm_fma(k, 0x1.777a5cp-25f, r);
    r = ebm_fma(k, 0x1.ee59dap-50f, r);

    const uint32_t bits = ebm_bits(a);
    int32_t at = (int32_t)(bits >> 23) - 144;
    at = at < 0 ? 0 : at;
    const uint32_t m = ((bits & 0x7fffffu) | 0x800000u) << (at & 7);
    const uint32_t hi = ebm_two_over_pi[at >> 3], lo = ebm_two_over_pi[(at >> 3) + 4];
    const uint32_t turn = m * hi + (uint32_t)((uint64_t)m * lo >> 32);  /* quadrants * 2^30 */
    const uint32_t far_q = (turn + 0x20000000u) >> 30;
    const float far_r = (float)(int32_t)(turn - (far_q << 30)) * 0x1.921fb6p-30f;
    *q = ebm_pick_bits(a < 0x1p17f, ebm_bits(z), far_q);
    return ebm_pick(a < 0x1p17f, r, far_r);
}
/* sin (q even) or cos (q odd) of r, negated when bit 1 of q is set. */
EBM_INLINE float ebm_circle(float r, uint32_t q) {
    const float z = r * r;
    float s = ebm_fma(-0x1.994b4p-13f, z, 0x1.110756p-7f);
    s = ebm_fma(s, z, -0x1.555546p-3f);
    s = ebm_fma(s, z * r, r);
    float c = ebm_fma(0x1.99ff4p-16f, z, -0x1.6c0c82p-10f);
    c = ebm_fma(c, z, 0x1.55554ap-5f);
    c = ebm_fma(c, z * z, ebm_fma(-0.5f, z, 1.0f));
    const float y = ebm_pick(q & 1, c, s);
    return ebm_from_bits(ebm_bits(y) ^ (q & 2) << 30);
}
EBM_INLINE float ebm_sin(float x) {
    uint32_t q;
    const float a = ebm_abs(x), r = ebm_circle_reduce(a, &q);
    const float y = ebm_circle(r, q);
    const float signed_y = ebm_from_bits(ebm_bits(y) ^ (ebm_bits(x) & 0x80000000u));
    return ebm_pick(a < EBM_INF, signed_y, EBM_NAN);
}
EBM_INLINE float ebm_cos(float x) {
    uint32_t q;
    const float a = ebm_abs(x), r = ebm_circle_reduce(a, &q);
    const float y = ebm_circle(r, q + 1);
    return ebm_pick(a < EBM_INF, y, EBM_NAN);
}
/* Sine and cosine of 2 pi turn, 0 <= turn < 1, a multiple of 2^-24: the reduction is exact. */
EBM_INLINE void ebm_sincos_turn(float turn, float *sine, float *cosine) {
    const float z4 = ebm_fma(turn, 4.0f, EBM_MAGIC);
    const uint32_t q = ebm_bits(z4);
    const float v = ebm_fma(z4 - EBM_MAGIC, -0.25f, turn), z = v * v;    /* |v| <= 1/8 */
    float s = ebm_fma(-0x1.2d92ep+6f, z, 0x1.465e92p+6f);
    s = ebm_fma(s, z, -0x1.4abbb8p+5f);
    s = ebm_fma(s, z, 0x1.921fb6p+2f) * v;
    float c = ebm_fma(0x1.d9f788p+5f, z, -0x1.55c664p+6f);
    c = ebm_fma(c, z, 0x1.03c1dep+6f);
    c = ebm_fma(c, z, -0x1.3bd3ccp+4f);
    c = ebm_fma(c, z, 1.0f);
    const float first = ebm_pick(q & 1, c, s), second = ebm_pick(q & 1, s, c);
    *sine = ebm_from_bits(ebm_bits(first) ^ (q & 2) << 30);
    *cosine = ebm_from_bits(ebm_bits(second) ^ ((q + 1) & 2) << 30);
}

/* ---- others ------------------------------------------------------------------------------------
 * erf: a polynomial below 0.93; above, 1 - exp of one. */
EBM_INLINE float ebm_erf(float x) {
    const float a = ebm_abs(x), z = a * a, t = ebm_pick(a > 3.95f, 3.95f, a);
    float near = ebm_fma(0x1.5e0626p-14f, z, -0x1.aaa2d6p-11f);
    near = ebm_fma(near, z, 0x1.54d42ap-8f);
    near = ebm_fma(near, z, -0x1.b80ff2p-6f);
    near = ebm_fma(near, z, 0x1.ce2e1cp-4f);
    near = ebm_fma(near, z, -0x1.812744p-2f);
    near = ebm_fma(near, z, 0x1.06eba8p-3f);
    near = ebm_fma(near, a, a);
    float far = ebm_fma(0x1.2ebb08p-19f, t, -0x1.2e1de2p-15f);
    far = ebm_fma(far, t, 0x1.df35eap-13f);
    far = ebm_fma(far, t, -0x1.21136ap-11f);
    far = ebm_fma(far, t, -0x1.c40f96p-10f);
    far = ebm_fma(far, t, 0x1.5ab276p-6f);
    far = ebm_fma(far, t, -0x1.aa6618p-4f);
    far = ebm_fma(far, t, -0x1.45b206p-1f);
    far = ebm_fma(far, t, -0x1.07160cp-3f);
    far = 1.0f - ebm_exp_core(ebm_fma(far, t, -t));
    const float y = ebm_copysign(ebm_pick(a < 0.93f, near, far), x);
    return ebm_pick(x == x, y, x);
}
/* log2(x) in double for positive, normal, finite x: 2 atanh(s) / ln 2, s = (m - 1) / (m + 1). */
EBM_INLINE double ebm_log2_wide(float x, double shift) {
    int32_t e;
    const double f = ebm_log_reduce(x, &e), s = f / (2.0 + f), z = s * s;
    double p = 0x1.0c9a84994022dp-2 + z * 0x1.c68f568d3176p-3;
    p = 0x1.484b13d7c02a9p-2 + z * p;
    p = 0x1.a61762a7aded9p-2 + z * p;
    p = 0x1.2776c50ef9bfep-1 + z * p;
    p = 0x1.ec709dc3a03fdp-1 + z * p;
    p = 0x1.71547652b82fep+1 + z * p;
    return (double)e + shift + s * p;
}
/* As C's pow, negative bases included, but a NaN operand always gives NaN. Flushes results below
 * 2^-126 to 0. */
EBM_INLINE float ebm_pow(float a, float b) {
    const float x = ebm_abs(a), scaled = x * 0x1p23f;
    const float normal = ebm_pick(x < 0x1p-126f, scaled, x);
    const float ends = ebm_pick(x == 0, -EBM_INF, EBM_INF);
    double lg = ebm_log2_wide(normal, (double)ebm_pick(x < 0x1p-126f, -23.0f, 0.0f));
    lg = ebm_pick_wide((x > 0) & (x < EBM_INF), lg, (double)ends);
    const double t = (double)b * lg;
    double c = ebm_pick_wide(t < -200.0, -200.0, t);
    c = ebm_pick_wide(c > 200.0, 200.0, c);
    c = ebm_pick_wide(t == t, c, 0.0);
    const float k = (float)(c + 6755399441055744.0 - 6755399441055744.0);
    const float r = (float)(c - (double)k);
    float p = ebm_fma(0x1.fde4dep-17f, r, 0x1.445d3p-13f);
    p = ebm_fma(p, r, 0x1.5d8a88p-10f);
    p = ebm_fma(p, r, 0x1.3b29f2p-7f);
    p = ebm_fma(p, r, 0x1.c6b08ap-5f);
    p = ebm_fma(p, r, 0x1.ebfbep-3f);
    p = ebm_fma(p, r, 0x1.62e43p-1f);
    p = ebm_fma(p, r, 1.0f);
    float y = ebm_from_bits(ebm_bits(p) + ((uint32_t)(int32_t)k << 23));
    y = ebm_pick(c < -126.0, 0.0f, y);
    y = ebm_pick(c >= 128.0, EBM_INF, y);
    y = ebm_pick((b == 0) | (x == 1.0f), 1.0f, y);
    const float half = b * 0.5f;
    const int whole = ebm_round(b) == b, odd = whole & (ebm_round(half) != half);
    y = ebm_pick(((ebm_bits(a) >> 31) & (uint32_t)odd), -y, y);
    y = ebm_pick((a < 0) & !whole & (x < EBM_INF), EBM_NAN, y);
    return ebm_pick((a == a) & (b == b), y, EBM_NAN);
}
#endif
