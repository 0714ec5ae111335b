/* auroc.h - how well scores tell two classes apart, each number with a 95 % interval. */
#ifndef EBM_RT_AUROC_H
#define EBM_RT_AUROC_H
#include "status.h"

typedef struct Estimate { double value, low, high; } Estimate;
typedef struct Auroc {
    Estimate area;                /* P(positive > negative) + P(equal) / 2 */
    /* average precision: sum of (R_n - R_(n-1)) P_n over thresholds */
    Estimate auprc;
    Estimate auprc_negative;      /* the same with the classes exchanged and the scores negated */
    Estimate fpr80, fpr95;        /* share of negatives that pass the highest threshold that lets
                                     80 % (95 %) of the positives pass */
} Auroc;

/* O(n log n). Ties are one threshold. The intervals: DeLong's variance for the area; Wilson's for
 * the average precision as a proportion of its class; for the rates Wilson's, widened by what the
 * uncertain threshold moves them. Without positives or negatives, or with a NaN, all are NaN. */
bool auroc(const float *positive, int64_t n_positive, const float *negative, int64_t n_negative,
           Auroc *out, Status *st);
#endif
