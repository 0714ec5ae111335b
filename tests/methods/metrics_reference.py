#!/usr/bin/env python3
"""Prints the expected values of metrics.ebm: NumPy, SciPy and scikit-learn, in double precision.

    python3 tests/methods/metrics_reference.py        (needs numpy, scipy, scikit-learn)

The points are the formulas of metrics.ebm. What a library has is taken from it; R-hat, effective sample size and
PRD are written out from the papers.
"""
import numpy as np
from scipy import linalg, stats
from scipy.special import log_softmax, softmax
from sklearn.metrics import average_precision_score
from sklearn.neighbors import KernelDensity, NearestNeighbors


def say(entry, **values):
    for name, v in values.items():
        print('%-9s expect %s %.7g' % (entry, name, v))


# ---- rows
i = np.arange(60)[:, None]
k = np.arange(2)[None]
x = np.sin(1.1 * i + 2.3 * k)
y = 0.8 * np.sin(1.7 * i[:50] + 1.3 * k + 0.4) + 0.3 * (i[:50] % 3)


def radius(a, n):
    return NearestNeighbors(n_neighbors=n + 1).fit(a).kneighbors(a)[0][:, n]


def precision(a, b, n):
    return np.mean((np.linalg.norm(b[:, None] - a[None], axis=2) <= radius(a, n)).any(1))


say('rows', precision=precision(x, y, 3), recall=precision(y, x, 3), precision5=precision(x, y, 5))
say('rows', of_batch=precision(x[:50], y, 3), recall_of_batch=precision(y, x[:50], 3))
root = linalg.sqrtm(np.cov(x.T) @ np.cov(y.T)).real
say('rows', frechet=np.sum((x.mean(0) - y.mean(0))**2) + np.trace(np.cov(x.T) + np.cov(y.T) - 2 * root))
say('rows', kde=KernelDensity(bandwidth=0.2).fit(x).score_samples(y).mean())


def prd(p, q, b):
    t = np.linspace(1e-10, np.pi / 2 - 1e-10, 1001)[:, None]
    alpha = np.minimum(np.tan(t) * p, q).sum(1)
    beta = alpha / np.tan(t[:, 0])
    return np.max((1 + b * b) * alpha * beta / (b * b * alpha + beta + 1e-10))


p, q = np.array([.4, .3, .2, .1, 0]), np.array([.1, .1, .2, .2, .4])
say('rows', f8=prd(p, q, 8), f18=prd(p, q, 1 / 8))

# ---- chains
c = np.arange(8)[:, None]
t = np.arange(60)[None]
v = np.sin(0.23 * t + 1.7 * c) + 0.6 * np.sin(1.9 * t + c * c) + 0.1 * c


def r_hat(v):
    h = v.reshape(-1, v.shape[1] // 2)
    n = h.shape[1]
    return np.sqrt((n - 1) / n + h.mean(1).var(ddof=1) / h.var(1, ddof=1).mean())


def ess(v, lags):
    m, n = v.shape
    d = v - v.mean(1, keepdims=True)
    acov = np.array([(d[:, :n - s] * d[:, s:]).sum(1).mean() / n for s in range(lags)])
    within = acov[0] * n / (n - 1)
    plus = within * (n - 1) / n + v.mean(1).var(ddof=1)
    rho = 1 - (within - acov) / plus
    rho[0] = 1
    total, last = 0, np.inf
    for pair in rho.reshape(-1, 2).sum(1):
        if pair <= 0:
            break
        last = min(last, pair)
        total += last
    return m * n / (2 * total - 1)


say('chains', r_hat=r_hat(v), ess=ess(v, 30), cov3=np.mean([(d[:-3] * d[3:]).sum() / 60 for d in v - v.mean(1, keepdims=True)]))

# ---- classifiers
n = np.arange(200)[:, None]
logits = 3 * np.sin(1.3 * n + 2.1 * np.arange(4)[None])
label = np.arange(200) * 7 % 4
prob = softmax(logits, 1)
conf, hit = prob.max(1), (logits.argmax(1) == label).astype(float)
bins = np.minimum((conf * 15).astype(int), 14)
say('classes', accuracy=hit.mean(), brier=((prob - np.eye(4)[label])**2).sum(1).mean(),
    ece=sum(abs((conf - hit)[bins == b].sum()) for b in range(15)) / 200,
    score=np.exp(np.mean([stats.entropy(row, prob.mean(0)) for row in prob])))
label = np.arange(200) ** 2 % 13
freq = np.bincount(label, minlength=13) / 200
say('classes', modes=(freq > 0).sum(), kl=stats.entropy(freq, np.full(13, 1 / 13)))

# ---- ranking two unit normals one apart
d = 1.0
z = np.linspace(-10, 12, 400001)
recall, fall = stats.norm.sf(z - d), stats.norm.sf(z)
ap = np.trapezoid(recall / (recall + fall), -recall)
say('ranking', value=stats.norm.cdf(d / 2**.5), auprc=ap, fpr80=stats.norm.sf(stats.norm.ppf(0.2) + d),
    fpr95=stats.norm.sf(stats.norm.ppf(0.05) + d))
rng = np.random.default_rng(0)
s = np.r_[rng.standard_normal(1000000) + d, rng.standard_normal(1000000)]
assert abs(average_precision_score(np.r_[np.ones(1000000), np.zeros(1000000)], s) - ap) < 0.002
