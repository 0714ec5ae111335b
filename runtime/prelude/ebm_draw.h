/* ebm_draw.h - random draws into tiles and shared tensors; contracts in ebm_tile.h.
 *
 * A vector of 16 addresses at a time: lanes are samples in a tile, quads in a shared tensor. The
 * words are those of ebm_rng_words, only computed side by side. */
#ifndef EBM_DRAW_H
#define EBM_DRAW_H
#include "ebm_tile.h"

enum { EBM_DRAW_LANES = 16 };

/* 16 addresses in, 16 x 4 words out. The quad of lane t is quad[t] + base. */
typedef struct EbmDraw {
    uint64_t base;
    uint32_t quad[EBM_DRAW_LANES], loop[EBM_DRAW_LANES], sample[EBM_DRAW_LANES];
    uint32_t step[EBM_DRAW_LANES], key0[EBM_DRAW_LANES], key1[EBM_DRAW_LANES];
} EbmDraw;
typedef struct EbmWords { uint32_t w[4][EBM_DRAW_LANES]; } EbmWords;

/* Philox on 64-bit lanes: a product of 32-bit halves is then one instruction, and what is in the
 * upper half of a lane does no harm. A vector of 32-bit words is taken apart into its even and its
 * odd words (little-endian). */
typedef uint64_t EbmWide __attribute__((vector_size(4 * EBM_LANES)));
typedef uint64_t EbmWideMem __attribute__((vector_size(4 * EBM_LANES), aligned(4), may_alias));

/* The lower half of each lane times m. */
EBM_INLINE EbmWide ebm_mul_low(EbmWide a, uint32_t m) {
#if defined(__AVX512F__) && __has_builtin(__builtin_ia32_pmuludq512_mask)
    typedef int EbmInts __attribute__((vector_size(64)));
    typedef long long EbmLongs __attribute__((vector_size(64)));
    const EbmWide b = a - a + m;
    return (EbmWide)__builtin_ia32_pmuludq512_mask((EbmInts)a, (EbmInts)b, (EbmLongs)b, 255);
#elif defined(__AVX2__) && !defined(__clang__) && __has_builtin(__builtin_ia32_pmuludq256)
    typedef int EbmInts __attribute__((vector_size(32)));
    const EbmWide b = a - a + m;
    return (EbmWide)__builtin_ia32_pmuludq256((EbmInts)a, (EbmInts)b);
#else
    return (a & 0xffffffffu) * m;
#endif
}
EBM_INLINE EbmWide ebm_wide_at(const uint32_t *p) {
    return *(const EbmWideMem *)p;
}
/* The addresses in the lower halves of the lanes at `t`, shifted down by `shift`. */
EBM_INLINE void ebm_draw_half(EbmWide *w0, EbmWide *w1, EbmWide *w2, EbmWide *w3,
                              const EbmDraw *at, int t, int shift) {
    EbmWide a = (ebm_wide_at(at->quad + t) >> shift) + at->base;
    EbmWide b = ebm_wide_at(at->loop + t) >> shift;
    EbmWide c = ebm_wide_at(at->sample + t) >> shift, d = ebm_wide_at(at->step + t) >> shift;
    EbmWide k0 = ebm_wide_at(at->key0 + t) >> shift, k1 = ebm_wide_at(at->key1 + t) >> shift;
    EBM_UNROLL
    for (int round = 0; round < 10; round++) {
        const EbmWide p = ebm_mul_low(a, EBM_PHILOX_M0), q = ebm_mul_low(c, EBM_PHILOX_M1);
        a = (q >> 32) ^ b ^ k0;
        c = (p >> 32) ^ d ^ k1;
        b = q;
        d = p;
        k0 += EBM_PHILOX_W0;
        k1 += EBM_PHILOX_W1;
    }
    *w0 = a, *w1 = b, *w2 = c, *w3 = d;
}
EBM_INLINE void ebm_draw_words(EbmWords *out, const EbmDraw *at) {
    const uint64_t low = 0xffffffffu;
    for (int t = 0; t < EBM_DRAW_LANES; t += EBM_LANES) {
        EbmWide a, b, c, d, e, f, g, h;
        ebm_draw_half(&a, &b, &c, &d, at, t, 0);
        ebm_draw_half(&e, &f, &g, &h, at, t, 32);
        *(EbmWideMem *)(out->w[0] + t) = (a & low) | e << 32;
        *(EbmWideMem *)(out->w[1] + t) = (b & low) | f << 32;
        *(EbmWideMem *)(out->w[2] + t) = (c & low) | g << 32;
        *(EbmWideMem *)(out->w[3] + t) = (d & low) | h << 32;
    }
}
/* The 16 x 4 normals of 16 x 4 words, to four rows `ld` apart. */
EBM_INLINE void ebm_draw_normals(float *restrict out, int64_t ld, const EbmWords *words) {
    for (int pair = 0; pair < 4; pair += 2) {
        float *restrict first = out + pair * ld, *restrict second = first + ld;
        const uint32_t *a = words->w[pair], *b = words->w[pair + 1];
        _Pragma("omp simd")
        for (int t = 0; t < EBM_DRAW_LANES; t++) {
            float s, c;
            const float r = ebm_sqrt(-2.0f * ebm_log_core(ebm_rng_radius_u(a[t])));
            ebm_sincos_turn(ebm_rng_turn(b[t]), &s, &c);
            first[t] = r * c;
            second[t] = r * s;
        }
    }
}

/* What to draw; a constant wherever it is passed. */
typedef enum EbmDrawKind { EBM_DRAW_NORMAL, EBM_DRAW_UNIFORM, EBM_DRAW_INT } EbmDrawKind;

/* 16 x 4 numbers to four rows `ld` apart; out points to 32-bit elements of the kind. */
EBM_INLINE void ebm_draw(void *out, int64_t ld, const EbmDraw *at, const EbmDrawKind kind,
                         uint32_t n) {
    EbmWords words;
    ebm_draw_words(&words, at);
    if (kind == EBM_DRAW_NORMAL) ebm_draw_normals(out, ld, &words);
    for (int i = 0; i < 4 && kind != EBM_DRAW_NORMAL; i++) {
        float *f = (float *)out + i * ld;
        int32_t *v = (int32_t *)out + i * ld;
        _Pragma("omp simd")
        for (int t = 0; t < EBM_DRAW_LANES; t++) {
            if (kind == EBM_DRAW_UNIFORM) f[t] = ebm_rng_uniform(words.w[i][t]);
            else v[t] = ebm_rng_int(words.w[i][t], n);
        }
    }
}

/* Sets the part of 16 addresses that all quads share: samples first, first + 1, ... but never above
 * `last`. */
EBM_INLINE void ebm_draw_at(EbmDraw *at, const EbmScalars *s, uint64_t site, uint32_t loop_index,
                            uint64_t first, uint64_t last) {
    uint64_t key = ebm_rng_key(s->seed, site, s->step, s->epoch, first), high = first >> 32;
    for (int t = 0; t < EBM_DRAW_LANES; t++) {
        const uint64_t sample = first + (uint64_t)t < last ? first + (uint64_t)t : last;
        if (sample >> 32 != high) {
            high = sample >> 32;
            key = ebm_rng_key(s->seed, site, s->step, s->epoch, sample);
        }
        at->quad[t] = 0;
        at->loop[t] = loop_index;
        at->sample[t] = (uint32_t)sample;
        at->step[t] = (uint32_t)s->step;
        at->key0[t] = (uint32_t)key;
        at->key1[t] = (uint32_t)(key >> 32);
    }
}

/* dst [F][T]; 32-bit elements of the kind drawn. */
EBM_INLINE void ebm_draw_tile(void *dst, int F, int T, const EbmScalars *s, uint64_t site,
                              uint32_t loop_index, int64_t sample0, int valid,
                              const EbmDrawKind kind, uint32_t n) {
    for (int t0 = 0; t0 < T; t0 += EBM_DRAW_LANES) {
        EbmDraw at;
        const uint64_t first = (uint64_t)sample0 + (uint64_t)(t0 < valid ? t0 : valid - 1);
        ebm_draw_at(&at, s, site, loop_index, first, (uint64_t)sample0 + (uint64_t)valid - 1);
        for (int f = 0; f < F; f += 4) {
            EbmAny edge[4 * EBM_DRAW_LANES], *to = (EbmAny *)dst + (size_t)f * T + t0;
            const int whole = f + 4 <= F;
            at.base = (uint64_t)f / 4;
            ebm_draw(whole ? to : edge, whole ? T : EBM_DRAW_LANES, &at, kind, n);
            for (int i = 0; i < 4 && f + i < F && !whole; i++)
                memcpy(to + (size_t)i * T, edge + i * EBM_DRAW_LANES, 4 * EBM_DRAW_LANES);
        }
    }
}
/* Elements [begin, end) of a shared tensor at dst. */
EBM_INLINE void ebm_draw_fill(void *dst, int64_t begin, int64_t end, const EbmScalars *s,
                              uint64_t site, uint32_t loop_index, const EbmDrawKind kind,
                              uint32_t n) {
    enum { SPAN = 4 * EBM_DRAW_LANES };
    EbmDraw at;
    ebm_draw_at(&at, s, site, loop_index, 0, 0);
    for (int t = 0; t < EBM_DRAW_LANES; t++) at.quad[t] = (uint32_t)t;
    for (int64_t e = begin - begin % SPAN; e < end; e += SPAN) {
        EbmAny drawn[SPAN], flat[SPAN];
        at.base = (uint64_t)e / 4;
        ebm_draw(drawn, EBM_DRAW_LANES, &at, kind, n);
        for (int t = 0; t < EBM_DRAW_LANES; t++)
            for (int i = 0; i < 4; i++) flat[4 * t + i] = drawn[i * EBM_DRAW_LANES + t];
        const int64_t from = e < begin ? begin : e, to = e + SPAN < end ? e + SPAN : end;
        memcpy((EbmAny *)dst + from, flat + (from - e), sizeof(EbmAny) * (size_t)(to - from));
    }
}

/* One shared kernel per kind: ebm_draw_tile_normal and so on. */
#define EBM_DRAW_KERNELS(name)                                                                    \
    EBM_KERNEL void ebm_draw_tile_##name(void *dst, int F, int T, const EbmScalars *s,            \
                                         uint64_t site, uint32_t loop_index, int64_t sample0,     \
                                         int valid, uint32_t n);                                  \
    EBM_KERNEL void ebm_draw_fill_##name(void *dst, int64_t begin, int64_t end,                   \
                                         const EbmScalars *s, uint64_t site, uint32_t loop_index, \
                                         uint32_t n);
EBM_DRAW_KERNELS(normal)
EBM_DRAW_KERNELS(uniform)
EBM_DRAW_KERNELS(int)
#undef EBM_DRAW_KERNELS

#if EBM_BODIES(EBM_KERNELS_DRAW)
#define EBM_DRAW_BODIES(name, KIND)                                                               \
    EBM_KERNEL void ebm_draw_tile_##name(void *dst, int F, int T, const EbmScalars *s,            \
                                         uint64_t site, uint32_t loop_index, int64_t sample0,     \
                                         int valid, uint32_t n) {                                 \
        ebm_draw_tile(dst, F, T, s, site, loop_index, sample0, valid, KIND, n);                   \
    }                                                                                             \
    EBM_KERNEL void ebm_draw_fill_##name(void *dst, int64_t begin, int64_t end,                   \
                                         const EbmScalars *s, uint64_t site, uint32_t loop_index, \
                                         uint32_t n) {                                            \
        ebm_draw_fill(dst, begin, end, s, site, loop_index, KIND, n);                             \
    }
EBM_DRAW_BODIES(normal, EBM_DRAW_NORMAL)
EBM_DRAW_BODIES(uniform, EBM_DRAW_UNIFORM)
EBM_DRAW_BODIES(int, EBM_DRAW_INT)
#undef EBM_DRAW_BODIES

/* Places in a permutation of 0..n-1: dst [F][T], element f of sample s at position s * F + f. Mode 1
 * counts samples from the first of this batch, mode 2 is the inverse of that permutation. */
EBM_KERNEL void ebm_tile_perm(int32_t *dst, int F, int T, const EbmScalars *s, uint64_t site,
                              uint32_t loop_index, int64_t sample0, int valid, uint32_t n, int mode) {
    const int64_t first = mode ? sample0 - s->first_sample : sample0;
    const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);
    for (int f = 0; f < F; f++)
        for (int t = 0; t < T; t++) {
            const uint64_t sample = (uint64_t)first + (uint64_t)(t < valid ? t : valid - 1);
            const uint64_t at = sample * (uint64_t)F + (uint64_t)f;
            dst[(size_t)f * T + t] = (int32_t)n <= 0 ? 0
                                   : mode == 2 ? (int32_t)ebm_rng_perm_inverse(key, n, at)
                                               : (int32_t)ebm_rng_perm(key, n, at);
        }
}
/* Elements [begin, end) of a shared tensor at dst. */
EBM_KERNEL void ebm_fill_perm(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                              uint64_t site, uint32_t loop_index, uint32_t n, int mode) {
    const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);
    for (int64_t e = begin; e < end; e++)
        dst[e] = (int32_t)n <= 0 ? 0
               : mode == 2 ? (int32_t)ebm_rng_perm_inverse(key, n, (uint64_t)e)
                           : (int32_t)ebm_rng_perm(key, n, (uint64_t)e);
}
#endif

EBM_INLINE void ebm_tile_normal(float *dst, int F, int T, const EbmScalars *s, uint64_t site,
                                uint32_t loop_index, int64_t sample0, int valid) {
    ebm_draw_tile_normal(dst, F, T, s, site, loop_index, sample0, valid, 0);
}
EBM_INLINE void ebm_tile_uniform(float *dst, int F, int T, const EbmScalars *s, uint64_t site,
                                 uint32_t loop_index, int64_t sample0, int valid) {
    ebm_draw_tile_uniform(dst, F, T, s, site, loop_index, sample0, valid, 0);
}
EBM_INLINE void ebm_tile_int(int32_t *dst, int F, int T, const EbmScalars *s, uint64_t site,
                             uint32_t loop_index, int64_t sample0, int valid, uint32_t n) {
    ebm_draw_tile_int(dst, F, T, s, site, loop_index, sample0, valid, n);
}
EBM_INLINE void ebm_fill_normal(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                uint64_t site, uint32_t loop_index) {
    ebm_draw_fill_normal(dst, begin, end, s, site, loop_index, 0);
}
EBM_INLINE void ebm_fill_uniform(float *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                 uint64_t site, uint32_t loop_index) {
    ebm_draw_fill_uniform(dst, begin, end, s, site, loop_index, 0);
}
EBM_INLINE void ebm_fill_int(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                             uint64_t site, uint32_t loop_index, uint32_t n) {
    ebm_draw_fill_int(dst, begin, end, s, site, loop_index, n);
}
#endif
