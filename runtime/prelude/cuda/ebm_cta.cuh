/* ebm_cta.cuh - what emitted kernels need beside ebm_mma.cuh's collectives; pasted after them. */
#ifndef EBM_CTA_CUH
#define EBM_CTA_CUH

/* dst[f][t] = table[rows[min(t, valid - 1)]][f]: a collective of its team, as ebm_cta_load. */
#define EBM_TEAM_ROWS(team)                                                                       \
    template <typename Tiled, typename Shared>                                                    \
    EBM_INLINE void ebm_##team##_load_rows(Tiled *dst, const Shared *table, const int32_t *rows,  \
                                           int valid, int F, int T, int S) {                      \
        for (EBM_TEAM_EACH(team, i, F * T)) {                                                     \
            const int t = i / F, f = i - t * F;                                                   \
            dst[f * S + t] = (Tiled)table[(int64_t)rows[t < valid ? t : valid - 1] * F + f];      \
        }                                                                                         \
    }
EBM_TEAM_ROWS(cta)
EBM_TEAM_ROWS(grid)
#undef EBM_TEAM_ROWS

/* A single number that all samples share; every thread gets it. */
#define EBM_ONE(kind, type)                                                                       \
    EBM_INLINE type ebm_one_##kind(const EbmScalars *s, uint64_t site, uint32_t loop_index,       \
                                   uint32_t n = 0) {                                              \
        uint32_t w[4];                                                                            \
        ebm_rng_words(s->seed, site, s->step, s->epoch, 0, loop_index, 0, w);                     \
        return ebm_word_##kind(w, 0, n);                                                          \
    }
EBM_ONE(normal, float)
EBM_ONE(uniform, float)
EBM_ONE(int, int32_t)
#undef EBM_ONE
EBM_INLINE int32_t ebm_one_perm(const EbmScalars *s, uint64_t site, uint32_t loop_index, uint32_t n,
                                int mode) {
    return ebm_perm_at(ebm_rng_perm_key(s->seed, site, s->step, s->epoch, loop_index), n, 0, mode);
}

/* to[index[i]] = from[i] for i < count, rows of `row` elements; of equal indices the highest i counts.
 * A negative index is not written, one above the last row is the last row. Waits at barriers;
 * `later`: 64 words of shared memory. */
template <typename To, typename From>
EBM_INLINE void ebm_cta_write_rows(To *to, int64_t rows, const int32_t *index, const From *from,
                                   int64_t count, int64_t row, int32_t *later) {
    for (int64_t first = 0; first < count; first += 64) {
        const int here = (int)(count - first < 64 ? count - first : 64);
        if (first) __syncthreads();
        for (EBM_EACH(i, 64)) later[i] = 0;
        __syncthreads();
        for (EBM_EACH(i, 4 * 64)) {                   /* four threads look for one row */
            const int64_t mine = first + i % 64;
            if (i % 64 >= here) continue;
            const int64_t at = index[mine] >= rows ? rows - 1 : index[mine];
            for (int64_t j = mine + 1 + i / 64; j < count; j += 4)
                if ((index[j] >= rows ? rows - 1 : index[j]) == at) later[i % 64] = 1;
        }
        __syncthreads();
        for (int64_t e = threadIdx.x; e < here * row; e += blockDim.x) {
            const int64_t i = e / row, j = e - i * row;
            const int64_t at = index[first + i] >= rows ? rows - 1 : index[first + i];
            if (at >= 0 && !later[i]) to[at * row + j] = (To)from[(first + i) * row + j];
        }
    }
}

/* ---- functions that are called: contractions outside run-time loops, edges of long regions, once for
 * equal sizes ------------------------------------------------------------------------------------- */
#define EBM_CALL static __device__ __noinline__
#define EBM_CALL_MOVE(name, to, from)                                                             \
    template <int F, int T, int S>                                                                \
    EBM_CALL void ebm_call_##name(to *dst, const from *src, int64_t row, int valid) {             \
        ebm_cta_##name(dst, src, row, valid, F, T, S);                                            \
    }                                                                                             \
    template <int F, int T, int S>                                                                \
    EBM_CALL void ebm_call_grid_##name(to *dst, const from *src, int64_t row, int valid) {        \
        ebm_grid_##name(dst, src, row, valid, F, T, S);                                           \
    }
EBM_CALL_MOVE(load, float, float)
EBM_CALL_MOVE(load_i32, int32_t, int32_t)
EBM_CALL_MOVE(load_u8, int32_t, uint8_t)
EBM_CALL_MOVE(store, float, float)
EBM_CALL_MOVE(store_i32, int32_t, int32_t)
#undef EBM_CALL_MOVE
/* A loop of a long region: not written out, for the compiler's sake. */
#define EBM_LEAN EBM_UNROLL_BY(1)
template <int N, int K, int SO, int SK, int T, int S>
EBM_CALL void ebm_call_dense(float *y, const float *w, const float *x, const float *bias) {
    ebm_cta_dense(y, w, SO, SK, x, bias, N, K, T, S);
}
template <int N, int K, int T, int S>
EBM_CALL void ebm_call_outer(float *g, const float *d, const float *x, int valid) {
    ebm_cta_outer(g, d, x, N, K, T, S, valid);
}
#endif
