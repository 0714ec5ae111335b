/* peak.c - the fused multiply-add rate of some threads at once, in GFLOP/s: what a sampler's rate
 * is a share of. `cc ... bench/peak.c -o peak -lpthread && ./peak 2` (flags as for micro.c). */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "prelude/ebm_prelude.h"

enum { CHAINS = 12, RUNS = 5, MAX_THREADS = 256 };
static const long turns = 20000000;

static void *spin(void *sum) {
    EbmVec c[CHAINS], a = ebm_vsplat(0.5f), b = ebm_vsplat(0.25f);
    EBM_UNROLL
    for (int i = 0; i < CHAINS; i++) c[i] = ebm_vsplat((float)i);
    for (long k = 0; k < turns; k++) {
        EBM_UNROLL
        for (int i = 0; i < CHAINS; i++) c[i] = ebm_vfma(c[i], a, b);
    }
    EBM_UNROLL
    for (int i = 1; i < CHAINS; i++) c[0] += c[i];
    *(volatile EbmVec *)sum = c[0];
    return NULL;
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : 1;
    if (threads < 1 || threads > MAX_THREADS) return 2;
    double best = 0;
    for (int run = 0; run < RUNS; run++) {
        static EbmVec sums[MAX_THREADS];
        pthread_t thread[MAX_THREADS];
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        for (int i = 0; i < threads; i++)
            if (pthread_create(&thread[i], NULL, spin, &sums[i]) != 0) return 1;
        for (int i = 0; i < threads; i++) pthread_join(thread[i], NULL);
        clock_gettime(CLOCK_MONOTONIC, &b);
        double s = (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec);
        double rate = 2e-9 * CHAINS * EBM_LANES * (double)turns * threads / s;
        if (rate > best) best = rate;
    }
    printf("%.1f\n", best);
    return 0;
}
