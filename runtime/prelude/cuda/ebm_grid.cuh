/* ebm_grid.cuh - collectives of a whole grid, for regions whose weights are too many for one CTA.
 *
 * All threads of all CTAs call them, with the same arguments, from a cooperative launch of CTAs of
 * 256 threads. A tile value is as in ebm_mma.cuh, in device memory, of up to 256 samples; loads, stores
 * and draws are ebm_grid_*, as ebm_cta_*, by the threads of the grid (EBM_TEAM_EACH). What a call
 * writes is for other threads only after ebm_grid_sync; `room`: EBM_ROOM floats of shared memory, which
 * calls use one after another. Lanes from `valid` on are left undefined.
 *
 * tf32, bf16: a CTA computes a tile of 32 outputs of 32 samples, or of 64 by 64 where there are enough of
 * them. Its warps share out the common dimension: warp i takes the steps of eight i, i + 8, ..., copies
 * their operands into its own shared memory, some steps ahead, and multiplies; at the end the eight sums
 * are added in order. So the order of a sum depends on the shapes alone, and an operand is read once for
 * all samples or outputs of a tile. fp32: the CPU's order.
 */
#ifndef EBM_GRID_CUH
#define EBM_GRID_CUH

/* ---- the barrier --------------------------------------------------------------------------------
 * One word, 0 at first: every CTA adds to it, CTA 0 so much that all together add 2^31. So its highest
 * bit turns when the last one has come, and the rest is 0 again, for the next launch and another grid. */
#ifndef EBM_EMULATED
#define EBM_LEFT_OUT false
EBM_INLINE unsigned ebm_load_acquire(const unsigned *at) {
    unsigned value;
    asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(value) : "l"(at) : "memory");
    return value;
}
/* Copies 16 bytes, or 4, into shared memory: `bytes` of them from there, the rest zeros. They are there
 * for this thread after ebm_copy_wait. */
EBM_INLINE void ebm_copy_16(float *to, const float *from, int bytes) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;"
                 :: "r"((unsigned)__cvta_generic_to_shared(to)), "l"(from), "r"(bytes) : "memory");
}
EBM_INLINE void ebm_copy_4(float *to, const float *from, int bytes) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
                 :: "r"((unsigned)__cvta_generic_to_shared(to)), "l"(from), "r"(bytes) : "memory");
}
/* What was copied since the last call is a group; waits until at most `left` groups are under way. */
EBM_INLINE void ebm_copy_group(void) { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int LEFT> EBM_INLINE void ebm_copy_wait(void) {
    asm volatile("cp.async.wait_group %0;" :: "n"(LEFT) : "memory");
}
#endif
/* A function: long regions have hundreds of barriers. */
EBM_SHARED_BODY void ebm_grid_meet(unsigned *barrier) {
    if (threadIdx.x != 0) return;
    __threadfence();
    const unsigned old = atomicAdd(barrier, blockIdx.x ? 1u : 0x80000000u - (gridDim.x - 1u));
    while (((ebm_load_acquire(barrier) ^ old) & 0x80000000u) == 0) continue;
    __threadfence();
}
#define ebm_grid_sync(barrier)                                                                    \
    do {                                                                                          \
        __syncthreads();                                                                          \
        if (!EBM_LEFT_OUT) ebm_grid_meet(barrier);                                                \
        __syncthreads();                                                                          \
    } while (0)

#if EBM_TF32
enum { EBM_GRID_WARPS = 8, EBM_LD_STEP = 12, EBM_QUARTER = 32, EBM_LD_QUARTER = 40, EBM_MINE = 3072,
       EBM_ROOM = EBM_GRID_WARPS * EBM_MINE };
/* Tiles of SIDE outputs by SIDE samples, in a precision. The room of a warp holds the operands of
 * STAGES steps, under way or being read, both operands as [SIDE][EBM_LD_STEP] or, turned, as [8][LD]: no
 * row stride has bank conflicts. Later it holds the warp's sums of 32 by 32 and a part of the result. */
template <int SIZE, typename P = EbmTf32> struct EbmTile {
    typedef P Precision;
    static constexpr int SIDE = SIZE, LD = SIZE + 8, STAGES = SIZE == 32 ? 4 : 2;
    static constexpr int HALF = SIDE * EBM_LD_STEP, STAGE = 2 * HALF;
    static constexpr int MINE = EBM_QUARTER * EBM_LD_QUARTER, RESULT = SIDE * SIDE / EBM_GRID_WARPS;
    static_assert(STAGES * STAGE <= EBM_MINE && MINE + RESULT <= EBM_MINE, "the room of a warp");
};
/* Element `at` of the result, [SIDE][SIDE]. */
template <typename Tile> EBM_INLINE float *ebm_grid_result(float *room, int at) {
    return room + at / Tile::RESULT * EBM_MINE + Tile::MINE + at % Tile::RESULT;
}

/* The product of a tile over `steps` steps of eight, into its result: weights(to, step) and inputs(to,
 * step) start copies of one step; TURNED, IN_TURNED: how they lie. With barriers of the CTA. In bf16 an mma
 * takes two of the warp's steps, zeros for one behind the last. */
template <typename Tile, bool TURNED, bool IN_TURNED, typename Weights, typename Inputs>
EBM_INLINE void ebm_grid_product(float *room, int steps, Weights weights, Inputs inputs) {
    typedef typename Tile::Precision P;
    enum { R = Tile::SIDE / 16, C = Tile::SIDE / 8, AHEAD = Tile::STAGES - 1, EACH = P::STEP / 8 };
    const int g = ebm_lane_g(), q = ebm_lane_q();
    float *const mine = room + ebm_warp() * EBM_MINE;
    float c[R][C][4];
    __syncthreads();                              /* the room is free */
    EBM_UNROLL
    for (int e = 0; e < 4 * R * C; e++) c[e / (4 * C)][e / 4 % C][e % 4] = 0.0f;
    EBM_UNROLL_BY(1)
    for (int s = 0; s < AHEAD; s++) {
        const int step = ebm_warp() + EBM_GRID_WARPS * s;
        float *const to = mine + s * Tile::STAGE;
        if (step < steps) weights(to, step), inputs(to + Tile::HALF, step);
        ebm_copy_group();
    }
    int stage = 0;
    EBM_UNROLL_BY(1)
    for (int first = ebm_warp(); first < steps; first += EBM_GRID_WARPS * EACH) {
        uint32_t a[R][4], b[C][2];
        EBM_UNROLL
        for (int part = 0; part < EACH; part++) {
            const int step = first + EBM_GRID_WARPS * part;
            ebm_copy_wait<AHEAD - 1>();
            __syncwarp();
            const int ahead = step + EBM_GRID_WARPS * AHEAD;
            float *const next = mine + (stage + AHEAD) % Tile::STAGES * Tile::STAGE;
            if (ahead < steps) weights(next, ahead), inputs(next + Tile::HALF, ahead);
            ebm_copy_group();
            const float *const w = mine + stage * Tile::STAGE, *const x = w + Tile::HALF;
            const bool is = part == 0 || step < steps;
            EBM_UNROLL
            for (int e = 0; e < 4 * R; e++) {             /* words of this step: all, or one of two */
                const int row = e / 4 * 16 + e % 2 * 8 + g;
                if (EACH == 1 || e / 2 % 2 == part) a[e / 4][e % 4] = P::word(e / 2 % 2, [=](int s) {
                    const int k = s % 2 * 4 + q;
                    return !is ? 0.0f : TURNED ? w[k * Tile::LD + row] : w[row * EBM_LD_STEP + k];
                });
            }
            EBM_UNROLL
            for (int j = 0; j < C; j++) {
                const float *const at = x + (IN_TURNED ? q * Tile::LD + 8 * j + g
                                                       : (8 * j + g) * EBM_LD_STEP + q);
                EBM_UNROLL
                for (int i = 0; i < 2; i++)
                    if (EACH == 1 || i == part) b[j][i] = P::word(i, [=](int s) {
                        return is ? at[s % 2 * (IN_TURNED ? 4 * Tile::LD : 4)] : 0.0f;
                    });
                EBM_UNROLL
                for (int i = 0; i < R; i++)
                    if (part == EACH - 1) P::mma(c[i][j], a[i], b[j][0], b[j][1]);
            }
            stage = (stage + 1) % Tile::STAGES;
        }
    }
    ebm_copy_wait<0>();
    EBM_UNROLL
    for (int quarter = 0; quarter < R * C / 8; quarter++) {       /* 32 by 32 at a time */
        const int r = quarter / (C / 4) * 2, n = quarter % (C / 4) * 4;
        if (quarter) __syncthreads();
        else __syncwarp();
        EBM_UNROLL
        for (int e = 0; e < 16; e++) {
            const float *const from = c[r + e / 8][n + e / 2 % 4] + e % 2 * 2;
            *(float2 *)(mine + (e / 8 * 16 + e % 2 * 8 + g) * EBM_LD_QUARTER + e / 2 % 4 * 8 + 2 * q) =
                make_float2(from[0], from[1]);
        }
        __syncthreads();
        EBM_UNROLL
        for (int e = 0; e < 1024; e += 32 * EBM_GRID_WARPS) {
            const int row = (e + (int)threadIdx.x) / 32, column = (int)threadIdx.x % 32;
            float sum = room[row * EBM_LD_QUARTER + column];
            EBM_UNROLL
            for (int i = 1; i < EBM_GRID_WARPS; i++)
                sum += room[i * EBM_MINE + row * EBM_LD_QUARTER + column];
            *ebm_grid_result<Tile>(room, (16 * r + row) * Tile::SIDE + 8 * n + column) = sum;
        }
    }
}
/* Turns of ebm_grid_finish that are written out: fewer where a program has long regions. */
#ifndef EBM_TURNS
#define EBM_TURNS 4
#endif
/* put(output, sample, sum) for the elements of a tile. A thread reads what it has written. */
template <typename Tile, typename Put> EBM_INLINE void ebm_grid_finish(float *room, Put put) {
    EBM_UNROLL_BY(EBM_TURNS)
    for (int e = (int)threadIdx.x; e < Tile::SIDE * Tile::SIDE; e += 32 * EBM_GRID_WARPS) {
        const int quarter = e / 1024, in = e % 1024;
        const int row = quarter / (Tile::SIDE / 32) * 32 + in / 32;
        const int column = quarter % (Tile::SIDE / 32) * 32 + in % 32;
        put(row, column, *ebm_grid_result<Tile>(room, row * Tile::SIDE + column));
    }
}
/* Eight rows of samples: row i begins at x + from(i), or is zeros when that is negative. */
template <typename Tile, typename From>
EBM_INLINE void ebm_grid_rows(float *to, const float *x, int samples, From from) {
    EBM_UNROLL
    for (int e = (int)threadIdx.x % 32; e < 2 * Tile::SIDE; e += 32) {
        const int row = e / (Tile::SIDE / 4), t = e % (Tile::SIDE / 4) * 4;
        const int at = t < samples ? from(row) : -1;
        ebm_copy_16(to + row * Tile::LD + t, at < 0 ? x : x + at + t, at < 0 ? 0 : 16);
    }
}
/* A step of a matrix w(n, k) = w[n*so + k*sk] from row r on. `whole`: in pieces of four along its
 * unit stride, which never cross an edge. */
template <typename Tile, bool TURNED>
EBM_INLINE void ebm_grid_weights(float *to, const float *w, int so, int sk, int r, int k0, int N, int K,
                                 bool whole) {
    enum { SIDE = Tile::SIDE };
    const int lane = (int)threadIdx.x % 32;
    if (whole) {
        EBM_UNROLL
        for (int e = lane; e < 2 * SIDE; e += 32) {
            const int n = TURNED ? e % (SIDE / 4) * 4 : e / 2, k = TURNED ? e / (SIDE / 4) : e % 2 * 4;
            const bool in = r + n < N && k0 + k < K;
            ebm_copy_16(to + (TURNED ? k * Tile::LD + n : n * EBM_LD_STEP + k),
                        in ? w + (r + n) * so + (k0 + k) * sk : w, in ? 16 : 0);
        }
        return;
    }
    EBM_UNROLL_BY(4)
    for (int e = lane; e < 8 * SIDE; e += 32) {
        const int n = TURNED ? e % SIDE : e / 8, k = TURNED ? e / SIDE : e % 8;
        const bool in = r + n < N && k0 + k < K;
        ebm_copy_4(to + (TURNED ? k * Tile::LD + n : n * EBM_LD_STEP + k),
                   in ? w + (r + n) * so + (k0 + k) * sk : w, in ? 4 : 0);
    }
}
EBM_INLINE bool ebm_is_whole(const float *w, int stride, int extent) {
    return stride % 4 == 0 && extent % 4 == 0 && (size_t)w % 16 == 0;
}

/* put(group, first channel, pixel, first sample) for each tile of this CTA: `channels` of each group, of
 * every pixel, of T samples of which `valid` count. */
template <typename Tile, typename Put>
EBM_INLINE void ebm_grid_tiles(int groups, int channels, int pixels, int valid, Put put) {
    const int rows = (channels + Tile::SIDE - 1) / Tile::SIDE;
    const int parts = (valid + Tile::SIDE - 1) / Tile::SIDE;
    for (int item = (int)blockIdx.x; item < groups * rows * pixels * parts; item += (int)gridDim.x)
        put(item / rows / pixels % groups, item % rows * Tile::SIDE, item / rows % pixels,
            item / rows / pixels / groups * Tile::SIDE);
}
/* Whether large tiles have rows and samples to fill and are enough to keep a large GPU busy. `valid` does not count,
 * so a value's elements have the same threads in every unit. */
#ifndef EBM_MANY_TILES
#define EBM_MANY_TILES 128
#endif
static __device__ constexpr bool ebm_grid_is_large(int groups, int channels, int pixels, int T) {
    return channels > 32 && T > 32 &&
           groups * ((channels + 63) / 64) * pixels * ((T + 63) / 64) >= EBM_MANY_TILES;
}

/* ---- dense --------------------------------------------------------------------------------------*/
template <typename Tile, bool TURNED>
EBM_SHARED_BODY void ebm_grid_dense_tile(float *room, const float *w, int so, int sk, const float *x,
                                         int r, int N, int K, int samples, int S) {
    const bool whole = TURNED ? so == 1 && ebm_is_whole(w, sk, N) : sk == 1 && ebm_is_whole(w, so, K);
    ebm_grid_product<Tile, TURNED, true>(room, (K + 7) / 8, [=](float *to, int step) {
        ebm_grid_weights<Tile, TURNED>(to, w, so, sk, r, 8 * step, N, K, whole);
    }, [=](float *to, int step) {
        ebm_grid_rows<Tile>(to, x, samples,
                            [=](int k) { return 8 * step + k < K ? (8 * step + k) * S : -1; });
    });
}
template <typename Tile, typename Then>
EBM_INLINE void ebm_grid_dense_tiles(const float *w, int so, int sk, const float *x, const float *bias,
                                     int N, int K, int T, int S, int valid, float *room, Then then) {
    ebm_grid_tiles<Tile>(1, N, 1, valid, [&](int, int r, int, int c) {
        if (so == 1 && sk != 1)
            ebm_grid_dense_tile<Tile, true>(room, w, so, sk, x + c, r, N, K, T - c, S);
        else
            ebm_grid_dense_tile<Tile, false>(room, w, so, sk, x + c, r, N, K, T - c, S);
        ebm_grid_finish<Tile>(room, [&](int row, int column, float sum) {
            const int n = r + row, t = c + column;
            if (n < N && t < T) then(n, t, bias ? bias[n] + sum : sum);
        });
    });
}
/* then(n, t, y), by a thread that depends on N, T and the grid. */
template <typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_dense_then(const float *w, int so, int sk, const float *x, const float *bias,
                                    int N, int K, int T, int S, int valid, float *room, Then then) {
    if (ebm_grid_is_large(1, N, 1, T))
        ebm_grid_dense_tiles<EbmTile<64, P>>(w, so, sk, x, bias, N, K, T, S, valid, room, then);
    else
        ebm_grid_dense_tiles<EbmTile<32, P>>(w, so, sk, x, bias, N, K, T, S, valid, room, then);
}
template <typename P = EbmTf32>
EBM_INLINE void ebm_grid_dense(float *y, const float *w, int so, int sk, const float *x,
                               const float *bias, int N, int K, int T, int S, int valid, float *room) {
    if (N <= EBM_NARROW)
        ebm_dense_narrow(y, w, so, sk, x, bias, N, K, T, S, (int)blockIdx.x * EBM_GRID_WARPS + ebm_warp(),
                         (int)gridDim.x * EBM_GRID_WARPS);
    else
        ebm_grid_dense_then<P>(w, so, sk, x, bias, N, K, T, S, valid, room,
                               [=](int n, int t, float sum) { y[n * S + t] = sum; });
}

#else
enum { EBM_ROOM = 0 };
template <typename P = EbmTf32, typename Then>
EBM_INLINE void ebm_grid_dense_then(const float *w, int so, int sk, const float *x, const float *bias,
                                    int N, int K, int T, int S, int valid, float *, Then then) {
    for (EBM_TEAM_EACH(grid, i, N * T)) {
        const int n = i / T, t = i - n * T;
        float sum = bias ? bias[n] : 0.0f;
        if (t >= valid) continue;
        for (int k = 0; k < K; k++) sum = ebm_fma(w[n * so + k * sk], x[k * S + t], sum);
        then(n, t, sum);
    }
}
template <typename P = EbmTf32>
EBM_INLINE void ebm_grid_dense(float *y, const float *w, int so, int sk, const float *x,
                               const float *bias, int N, int K, int T, int S, int valid, float *room) {
    ebm_grid_dense_then<P>(w, so, sk, x, bias, N, K, T, S, valid, room,
                           [=](int n, int t, float sum) { y[n * S + t] = sum; });
}
#endif
#endif
