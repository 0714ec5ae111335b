/* ebm_cta.h - draws and sums by all threads of a CTA.
 *
 * Needs ebm_cuda.h, ebm_rng.h, ebm_math.h before it. Every thread calls with the same arguments; no
 * function waits at a barrier unless its comment says so. The numbers and the order of every sum are
 * those of ebm_draw.h and ebm_shared.h. */
#ifndef EBM_CTA_H
#define EBM_CTA_H

/* ---- random draws ---------------------------------------------------------------------------- */
enum { EBM_DRAW_NORMAL, EBM_DRAW_UNIFORM, EBM_DRAW_INT };

/* Element `at` of a quad of words; the other half of a normal pair is thrown away. */
EBM_INLINE void ebm_draw_four(float out[4], const uint32_t w[4], int kind) {
    EBM_UNROLL
    for (int i = 0; i < 4; i += 2) {
        if (kind == EBM_DRAW_NORMAL) {
            float s, c;
            const float r = ebm_sqrt(-2.0f * ebm_log_core(ebm_rng_radius_u(w[i])));
            ebm_sincos_turn(ebm_rng_turn(w[i + 1]), &s, &c);
            out[i] = r * c, out[i + 1] = r * s;
        } else {
            out[i] = ebm_rng_uniform(w[i]), out[i + 1] = ebm_rng_uniform(w[i + 1]);
        }
    }
}
EBM_INLINE void ebm_draw_four(int32_t out[4], const uint32_t w[4], int kind, uint32_t n) {
    EBM_UNROLL
    for (int i = 0; i < 4; i++) out[i] = ebm_rng_int(w[i], n);
}
EBM_INLINE void ebm_draw_four(float out[4], const uint32_t w[4], int kind, uint32_t n) {
    ebm_draw_four(out, w, kind);
}
/* The words of quad `quad` of one sample; `key` is ebm_rng_key of a sample below 2^32. */
EBM_INLINE void ebm_draw_words(uint32_t w[4], uint64_t key, const EbmScalars *s, uint64_t sample,
                               uint32_t loop_index, uint32_t quad) {
    const uint64_t k = sample >> 32 ? ebm_mix64(key, sample >> 32) : key;
    const uint32_t counter[4] = { quad, loop_index, (uint32_t)sample, (uint32_t)s->step };
    const uint32_t halves[2] = { (uint32_t)k, (uint32_t)(k >> 32) };
    ebm_philox(counter, halves, w);
}
/* dst [F][S]: lane t is sample sample0 + min(t, valid - 1). A thread makes whole quads. */
template <int KIND, int F, int T, int S, int THREADS, typename E>
EBM_INLINE void ebm_cta_draw(E *dst, uint64_t key, const EbmScalars *s, uint32_t loop_index,
                             int64_t sample0, int valid, uint32_t n) {
    for (int j = threadIdx.x; j < (F + 3) / 4 * T; j += THREADS) {
        const int t = j % T, quad = j / T;
        uint32_t w[4];
        E out[4];
        ebm_draw_words(w, key, s, (uint64_t)(sample0 + (t < valid ? t : valid - 1)), loop_index,
                       (uint32_t)quad);
        ebm_draw_four(out, w, KIND, n);
        EBM_UNROLL
        for (int i = 0; i < 4; i++)
            if (F % 4 == 0 || 4 * quad + i < F) dst[(4 * quad + i) * S + t] = out[i];
    }
}
/* Elements [begin, end) of a shared tensor at dst: sample 0, quads by flat index. */
template <int KIND, int THREADS, typename E>
EBM_INLINE void ebm_cta_fill(E *dst, int64_t begin, int64_t end, const EbmScalars *s, uint64_t site,
                             uint32_t loop_index, uint32_t n) {
    const uint64_t key = ebm_rng_key(s->seed, site, s->step, s->epoch, 0);
    for (int64_t quad = begin / 4 + threadIdx.x; 4 * quad < end; quad += THREADS) {
        uint32_t w[4];
        E out[4];
        ebm_draw_words(w, key, s, 0, loop_index, (uint32_t)quad);
        ebm_draw_four(out, w, KIND, n);
        EBM_UNROLL
        for (int i = 0; i < 4; i++)
            if (4 * quad + i >= begin && 4 * quad + i < end) dst[4 * quad + i] = out[i];
    }
}
/* One place of a permutation, as ebm_tile_perm. */
EBM_INLINE int32_t ebm_perm_at(uint64_t key, uint32_t n, int mode, uint64_t at) {
    return (int32_t)n <= 0 ? 0
         : mode == 2 ? (int32_t)ebm_rng_perm_inverse(key, n, at) : (int32_t)ebm_rng_perm(key, n, at);
}
template <int F, int T, int S, int THREADS>
EBM_INLINE void ebm_cta_perm(int32_t *dst, const EbmScalars *s, uint64_t site, uint32_t loop_index,
                             int64_t sample0, int valid, uint32_t n, int mode) {
    const int64_t first = mode ? sample0 - s->first_sample : sample0;
    const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);
    for (int j = threadIdx.x; j < F * T; j += THREADS) {
        const int t = j % T, f = j / T;
        const uint64_t sample = (uint64_t)(first + (t < valid ? t : valid - 1));
        dst[f * S + t] = ebm_perm_at(key, n, mode, sample * (uint64_t)F + (uint64_t)f);
    }
}
template <int THREADS>
EBM_INLINE void ebm_cta_fill_perm(int32_t *dst, int64_t begin, int64_t end, const EbmScalars *s,
                                  uint64_t site, uint32_t loop_index, uint32_t n, int mode) {
    const uint64_t key = ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index);
    for (int64_t e = begin + threadIdx.x; e < end; e += THREADS)
        dst[e] = ebm_perm_at(key, n, mode, (uint64_t)e);
}

/* ---- sums over shared tensors ----------------------------------------------------------------- */
/* out[i] = sum over b of partial[b][i], i in [begin, end), in binary-counter order. */
template <int THREADS>
EBM_INLINE void ebm_cta_combine(float *out, const float *partial, int64_t blocks, int64_t n,
                                int64_t begin, int64_t end) {
    for (int64_t i = begin + threadIdx.x; i < end; i += THREADS) {
        float stack[40];
        int depth = 0;
        for (int64_t b = 0; b < blocks; b++) {
            stack[depth++] = partial[b * n + i];
            for (int64_t bit = b; bit & 1; bit >>= 1, depth--) stack[depth - 2] += stack[depth - 1];
        }
        for (; depth > 1; depth--) stack[depth - 2] += stack[depth - 1];
        out[i] = depth ? stack[0] : 0.0f;
    }
}
/* The sum of term[0..count), count <= EBM_SUM_BLOCK, as ebm_sum_one_block: 16 strided lanes, then
 * halves. Waits at barriers on entry and inside; true in the one thread that has *sum. `lane`: 16
 * floats of shared memory. */
EBM_INLINE bool ebm_cta_block_sum(float *sum, const float *term, int64_t count, float *lane) {
    enum { LANES = 16 };
    const int l = threadIdx.x;
    __syncthreads();
    if (l < LANES) {
        float all = 0.0f;
        for (int64_t i = l; i < count; i += LANES) all += term[i];
        lane[l] = all;
    }
    for (int half = LANES / 2; half; half /= 2) {
        __syncthreads();
        if (l < half) lane[l] += lane[l + half];
    }
    *sum = lane[0];
    return l == 0;
}
#endif
