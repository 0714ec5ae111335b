/* auroc.c - mid-rank form of DeLong's estimate (Sun and Xu): with ranks among all scores and ranks
 * within each class, the structural components are V10 = (rank_all - rank_own) / n_negative and
 * V01 = 1 - (rank_all - rank_own) / n_positive. */
#include "auroc.h"
#include "memory.h"
#include <math.h>
#include <stdlib.h>

typedef struct Score { float value; uint8_t is_positive; double rank_all; } Score;

static int by_value(const void *a, const void *b) {
    float x = ((const Score *)a)->value, y = ((const Score *)b)->value;
    return (x > y) - (x < y);
}

/* Mid-ranks (from 1) of all scores, sorted ascending. */
static void rank_all(Score *s, int64_t n) {
    for (int64_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && s[j].value == s[i].value; j++) continue;
        for (int64_t k = i; k < j; k++) s[k].rank_all = 0.5 * (double)(i + j + 1);
    }
}

/* Mean and variance of the structural components of one class, in place of the n x m matrix. */
static void components(const Score *s, int64_t n, bool positive, int64_t n_own, int64_t n_other,
                       double *mean, double *variance) {
    double sum = 0, squares = 0;
    int64_t seen = 0;
    for (int64_t i = 0, j; i < n; i = j) {
        int64_t ties = 0;
        for (j = i; j < n && s[j].value == s[i].value; j++) ties += s[j].is_positive == positive;
        double own = (double)seen + 0.5 * (double)(ties + 1);
        double v = (s[i].rank_all - own) / (double)n_other;
        if (!positive) v = 1 - v;
        sum += (double)ties * v;
        squares += (double)ties * v * v;
        seen += ties;
    }
    *mean = sum / (double)n_own;
    double spread = squares - sum * sum / (double)n_own;
    *variance = n_own > 1 && spread > 0 ? spread / (double)(n_own - 1) : 0;
}

bool auroc(const float *positive, int64_t n_positive, const float *negative, int64_t n_negative,
           Auroc *out, Status *st) {
    *out = (Auroc){ NAN, NAN, NAN };
    if (n_positive == 0 || n_negative == 0) return true;
    int64_t n = n_positive + n_negative;
    Score *s = mem_array((uint64_t)n, sizeof *s, "scores of the AUROC", st);
    if (!s) return false;
    bool valid = true;
    for (int64_t i = 0; i < n; i++) {
        s[i].is_positive = i < n_positive;
        s[i].value = i < n_positive ? positive[i] : negative[i - n_positive];
        valid = valid && !isnan(s[i].value);
    }
    if (valid) {
        qsort(s, (size_t)n, sizeof *s, by_value);
        rank_all(s, n);
        double mean, other, v10, v01;
        components(s, n, true, n_positive, n_negative, &mean, &v10);
        components(s, n, false, n_negative, n_positive, &other, &v01);
        double error =
            1.959963984540054 * sqrt(v10 / (double)n_positive + v01 / (double)n_negative);
        *out = (Auroc){ mean, fmax(0, mean - error), fmin(1, mean + error) };
    }
    mem_free(s);
    return true;
}
