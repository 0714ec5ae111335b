/* ebm_rng.h - counter-based random words: Philox4x32-10 behind one frozen address.
 *
 * A draw is a pure function of where it stands: which run (seed), which draw in the program
 * (site), which step, which restart (epoch), which sample, which loop iteration and which four
 * elements (quad). Nothing here depends on tiles, threads, ranks or the target, so the compiler's
 * interpreter, the CPU kernels and the CUDA kernels all draw the same words.
 * tests/unit/rng_test.c holds the known answers; an address that changes breaks every checkpoint.
 *
 * Plain C with no dependency but stdint.h; no state. */
#ifndef EBM_RNG_H
#define EBM_RNG_H
#include <stdint.h>

/* The words of Philox4x32: round multipliers and the Weyl increments of the key. */
#define EBM_PHILOX_M0 0xD2511F53u
#define EBM_PHILOX_M1 0xCD9E8D57u
#define EBM_PHILOX_W0 0x9E3779B9u
#define EBM_PHILOX_W1 0xBB67AE85u

/* Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3). */
static inline void ebm_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p = (uint64_t)EBM_PHILOX_M0 * a, q = (uint64_t)EBM_PHILOX_M1 * c;
        a = (uint32_t)(q >> 32) ^ b ^ k0;
        c = (uint32_t)(p >> 32) ^ d ^ k1;
        b = (uint32_t)q;
        d = (uint32_t)p;
        k0 += EBM_PHILOX_W0;
        k1 += EBM_PHILOX_W1;
    }
    out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

/* One step of the key chain: the splitmix64 finaliser of h ^ value, a bijection in each operand. */
static inline uint64_t ebm_mix64(uint64_t h, uint64_t value) {
    uint64_t z = (h ^ value) + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The Philox key, low word first: the chain mix(mix(mix(mix(0, seed), site), step >> 32), epoch),
 * and one more link for sample >> 32 when that is not zero. */
static inline uint64_t ebm_rng_key(uint64_t seed, uint64_t site, uint64_t step, uint32_t epoch,
                                   uint64_t sample) {
    uint64_t key = ebm_mix64(0, seed);
    key = ebm_mix64(key, site);
    key = ebm_mix64(key, step >> 32);
    key = ebm_mix64(key, epoch);
    return sample >> 32 ? ebm_mix64(key, sample >> 32) : key;
}

/* The four words of elements 4*quad .. 4*quad + 3 of one sample. Shared tensors use sample 0 and
 * their flat element index. `loop_index` is the flattened index of the run-time loops around the
 * draw. */
static inline void ebm_rng_words(uint64_t seed, uint64_t site, uint64_t step, uint32_t epoch,
                                 uint64_t sample, uint32_t loop_index, uint32_t quad,
                                 uint32_t out[4]) {
    uint64_t key = ebm_rng_key(seed, site, step, epoch, sample);
    uint32_t counter[4] = { quad, loop_index, (uint32_t)sample, (uint32_t)step };
    uint32_t key2[2] = { (uint32_t)key, (uint32_t)(key >> 32) };
    ebm_philox(counter, key2, out);
}

/* The key of a permutation: one more link for the low word of the step and the loop index. */
static inline uint64_t ebm_rng_perm_key(uint64_t seed, uint64_t site, uint64_t step, uint32_t epoch,
                                        uint32_t loop_index) {
    return ebm_mix64(ebm_rng_key(seed, site, step, epoch, 0),
                     (uint64_t)loop_index << 32 | (uint32_t)step);
}
/* Where position mod n goes in a permutation of 0..n-1, n >= 1: six rounds of a balanced Feistel
 * network over the least even number of bits that holds n, walking along the cycle while outside. */
static inline uint32_t ebm_rng_perm(uint64_t key, uint32_t n, uint64_t position) {
    uint64_t x = position % n;
    int half = 1;
    while (half < 16 && (uint64_t)1 << (2 * half) < n) half++;
    const uint64_t mask = ((uint64_t)1 << half) - 1;
    do {
        uint64_t left = x >> half, right = x & mask;
        for (uint64_t round = 0; round < 6; round++) {
            const uint64_t next = left ^ (ebm_mix64(key + round, right) & mask);
            left = right;
            right = next;
        }
        x = left << half | right;
    } while (x >= n);
    return (uint32_t)x;
}

/* The position in 0..n-1 that goes to place mod n. */
static inline uint32_t ebm_rng_perm_inverse(uint64_t key, uint32_t n, uint64_t place) {
    uint64_t x = place % n;
    int half = 1;
    while (half < 16 && (uint64_t)1 << (2 * half) < n) half++;
    const uint64_t mask = ((uint64_t)1 << half) - 1;
    do {
        uint64_t left = x >> half, right = x & mask;
        for (uint64_t round = 6; round-- > 0;) {
            const uint64_t last = right ^ (ebm_mix64(key + round, left) & mask);
            right = left;
            left = last;
        }
        x = left << half | right;
    } while (x >= n);
    return (uint32_t)x;
}

/* What the words mean; element i of a quad uses word i except for normals, which come in pairs.
 *   uniform  (w >> 8) * 2^-24, in [0, 1), exact in float
 *   int      w * n >> 32, in 0..n-1
 *   normal   words (0,1) give elements (0,1), words (2,3) elements (2,3), by Box-Muller:
 *            radius = sqrt(-2 log ebm_rng_radius_u(w_a)), angle = 2 pi ebm_rng_turn(w_b);
 *            the first element is radius * cos(angle), the second radius * sin(angle). */
static inline float ebm_rng_uniform(uint32_t w) {
    return (float)(int32_t)(w >> 8) * 0x1p-24f;
}
static inline int32_t ebm_rng_int(uint32_t w, uint32_t n) {
    return (int32_t)((uint64_t)w * n >> 32);
}
/* In (0, 1], exact in float. */
static inline float ebm_rng_radius_u(uint32_t w) {
    return (float)((int32_t)(w >> 8) + 1) * 0x1p-24f;
}
/* In [0, 1), exact in float. */
static inline float ebm_rng_turn(uint32_t w) {
    return (float)(int32_t)(w >> 8) * 0x1p-24f;
}
#endif
