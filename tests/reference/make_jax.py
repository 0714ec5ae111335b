#!/usr/bin/env python3
"""Writes jax.txt: derivatives up to the third order of layers and random nets, computed by JAX in float64.

    pip install "jax[cpu]" && python3 tests/reference/make_jax.py > tests/reference/jax.txt

(a quarter of an hour; with names of cases it writes only those).
Each case is the body of a network in .ebm and the same map in JAX, which jax_test.c compares. With y = N(x) and
L = sum_i sin(y_i + 0.3 i) + y_i^2 / 4 per sample, g and H the gradient and the Hessian of the batch's sum of L by x,
and two directions u and v, the file holds
    p      per sample: L, c'y (c_i = cos i), u'g, v'g, v'Hv, u'Hv, D3 L[v,v,v], D3 L[v,v,u]
    param  name, count, scale, offset; then w'd/dparam of the batch means of L, v'g and v'Hv
    state  name, count, scale, offset, in training also its value after one training call: w'state
Inputs, directions, parameters and w are hash(k, i) below: integers, so both sides have the same bits. Input 0.9 hash(101),
v hash(102), u hash(103), counted through the batch; parameter k of a case offset + scale hash(k); its w hash(200 + k).
"""
import math
import os
import random
import sys

os.environ.setdefault('XLA_FLAGS', '--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true')
import jax
import jax.numpy as jnp
import numpy as np

jax.config.update('jax_enable_x64', True)
BATCH = 2


def hash_values(k, n):
    i = np.arange(1, n + 1, dtype=np.uint64)
    h = ((k + 1) * 0x9E3779B1 + i * 0x85EBCA6B) & 0xffffffff
    for shift, factor in ((15, 0x2C1B3C6D), (12, 0x297A2D39)):
        h = ((h ^ (h >> shift)) * factor) & 0xffffffff
    return (h ^ (h >> 15)).astype(np.float64) / 2**31 - 1


class Net:
    """A network as .ebm statements that turn x into the next x, and as functions (p, x) of batches."""

    def __init__(self, *shape):
        self.start = self.shape = list(shape)
        self.text, self.steps, self.params, self.count = [], [], [], {}
        self.training = False

    def layer(self, kind):
        i = self.count[kind] = self.count.get(kind, -1) + 1
        return 'N.%s%d.' % (kind.lower(), i)

    def param(self, name, shape, scale=0.4, offset=0.0, state=False):
        self.params.append((name, shape, scale, offset, state))
        return len(self.params) - 1

    def values(self):
        return [jnp.asarray(offset + scale * hash_values(k, math.prod(shape)).reshape(shape))
                for k, (_, shape, scale, offset, _) in enumerate(self.params)]

    def then(self, expression, fn):
        """x = expression, which is fn(p, x)."""
        self.text.append('x = ' + expression)
        self.steps.append(fn)
        x = jax.ShapeDtypeStruct((BATCH, *self.shape), jnp.float64)
        self.shape = list(jax.eval_shape(lambda x: fn(self.values(), x), x).shape[1:])
        return self

    def __call__(self, p, x):
        for step in self.steps:
            x = step(p, x)
        return x.reshape(BATCH, -1)


# ---- linear maps: explicit sums over kernel positions -------------------------------------------------
def conv2d(x, w, stride=1, pad=0, dilation=1, groups=1):
    b, c, h, wd = x.shape
    o, cg, k, l = w.shape
    x = jnp.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))).reshape(b, groups, cg, h + 2 * pad, wd + 2 * pad)
    w = w.reshape(groups, o // groups, cg, k, l)
    ho, wo = ((n + 2 * pad - dilation * (m - 1) - 1) // stride + 1 for n, m in ((h, k), (wd, l)))
    y = sum(jnp.einsum('bgchw,goc->bgohw', x[..., dilation * i:dilation * i + stride * (ho - 1) + 1:stride,
                                             dilation * j:dilation * j + stride * (wo - 1) + 1:stride], w[..., i, j])
            for i in range(k) for j in range(l))
    return y.reshape(b, o, ho, wo)


def conv_transpose2d(x, w, stride=1, pad=0, dilation=1, groups=1, output_padding=0):
    b, c, h, wd = x.shape
    _, og, k, l = w.shape
    x = x.reshape(b, groups, c // groups, h, wd)
    w = w.reshape(groups, c // groups, og, k, l)
    ho, wo = ((n - 1) * stride + dilation * (m - 1) + 1 + output_padding for n, m in ((h, k), (wd, l)))
    y = jnp.zeros((b, groups, og, ho, wo))
    for i in range(k):
        for j in range(l):
            y = y.at[..., dilation * i:dilation * i + stride * (h - 1) + 1:stride,
                     dilation * j:dilation * j + stride * (wd - 1) + 1:stride].add(
                         jnp.einsum('bgchw,gco->bgohw', x, w[..., i, j]))
    return y.reshape(b, groups * og, ho, wo)[:, :, pad:ho - pad, pad:wo - pad]


def standard_rows(w):
    r = w.reshape(len(w), -1)
    d = r - r.mean(1, keepdims=True)
    return (d / (jnp.sqrt((d**2).sum(1, keepdims=True) / (r.shape[1] - 1)) + 1e-5)).reshape(w.shape)


def unit(x):
    return x / (jnp.sqrt((x**2).sum()) + 1e-12)


def weights(n, kind, name, shape, fan, only_down=False):
    """The parameters of a layer's weight; how it is made of them."""
    scale = 1.5 / math.sqrt(fan)
    if kind.startswith('WN'):
        g = n.param(name + 'weight_g', [shape[0]] + [1] * (len(shape) - 1), 0.3, 0.8)
        v = n.param(name + 'weight_v', shape, scale)
        return lambda p: p[g] * p[v] / jnp.sqrt((p[v]**2).sum(tuple(range(1, len(shape))), keepdims=True))
    if kind.startswith('SN'):
        w = n.param(name + 'weight_orig', shape, scale * (3 if only_down and shape[0] > 1 else 1))
        s = n.param(name + 'weight_u', shape[:1], 0.9, 0.1, state=True)

        def divided(p):
            r = p[w].reshape(shape[0], -1)
            u = unit(p[s])
            v = unit(jax.lax.stop_gradient(r).T @ u)
            norm = u @ r @ v
            return (r / (jnp.maximum(norm, 1) if only_down else norm)).reshape(shape)
        return divided
    w = n.param(name + 'weight', shape, scale)
    return (lambda p: standard_rows(p[w])) if kind.startswith('WS') else lambda p: p[w]


def linear(n, out, kind='Linear', bias=True, only_down=False):
    name = n.layer(kind)
    weight = weights(n, kind, name, [out, n.shape[0]], n.shape[0], only_down)
    b = n.param(name + 'bias', [out]) if bias else None
    options = ('' if bias else ', bias = false') + (', only_down = true' if only_down else '')
    return n.then('x |> %s(%d%s)' % (kind, out, options),
                  lambda p, x: x @ weight(p).T + (p[b] if bias else 0))


def conv(n, out, k, kind='Conv', bias=True, **options):
    name, c = n.layer(kind), n.shape[0]
    groups = options.get('groups', 1)
    transposed = kind == 'ConvT'
    shape = [c, out // groups, k, k] if transposed else [out, c // groups, k, k]
    weight = weights(n, kind, name, shape, c * k * k / groups)
    b = n.param(name + 'bias', [out]) if bias else None
    text = ''.join(', %s = %d' % o for o in options.items()) + ('' if bias else ', bias = false')
    options.setdefault('pad', options.get('dilation', 1) * (k - 1) // 2)
    f = conv_transpose2d if transposed else conv2d
    return n.then('x |> %s(%d, k = %d%s)' % (kind, out, k, text),
                  lambda p, x: f(x, weight(p), **options) + (p[b][:, None, None] if bias else 0))


def embedding(n):
    w = n.param(n.layer('Embedding') + 'weight', [4, 2], 0.9)
    return n.then('x[0] * (int(clamp(floor(3 * x[1] + 2), 0, 3)) |> Embedding(4, 2))',
                  lambda p, x: x[:, :1] * p[w][jnp.clip(jnp.floor(3 * x[:, 1] + 2), 0, 3).astype(int)])


# ---- normalisation ----------------------------------------------------------------------------------
def standardise(x, axes, eps=1e-5):
    d = x - x.mean(axes, keepdims=True)
    return d / jnp.sqrt((d**2).mean(axes, keepdims=True) + eps)


def channels(v, x):
    return v.reshape(-1, *[1] * (x.ndim - 2))


def affine(n, name, shape):
    return n.param(name + 'weight', shape, 0.3, 1.0), n.param(name + 'bias', shape, 0.3)


def layer_norm(n, axes=0):
    shape = n.shape[-axes:] if axes else n.shape
    w, b = affine(n, n.layer('LayerNorm'), shape)
    over = tuple(range(-len(shape), 0))
    return n.then('x |> LayerNorm(axes = %d)' % axes, lambda p, x: standardise(x, over) * p[w] + p[b])


def group_norm(n, groups):
    c = n.shape[0]
    w, b = affine(n, n.layer('GroupNorm'), [c])

    def f(p, x):
        y = standardise(x.reshape(BATCH, groups, -1), 2).reshape(x.shape)
        return y * channels(p[w], x) + channels(p[b], x)
    return n.then('x |> GroupNorm(%d)' % groups, f)


def instance_norm(n, scaled=True):
    w, b = affine(n, n.layer('InstanceNorm'), n.shape[:1]) if scaled else (None, None)

    def f(p, x):
        y = standardise(x, (2, 3))
        return y * channels(p[w], x) + channels(p[b], x) if scaled else y
    return n.then('x |> InstanceNorm(affine = %s)' % str(scaled).lower(), f)


def batch_norm(n):
    name, c = n.layer('BatchNorm'), n.shape[0]
    w, b = affine(n, name, [c])
    m, v = n.param(name + 'running_mean', [c], 0.2, 0, True), n.param(name + 'running_var', [c], 0.3, 1, True)

    def f(p, x):
        axes = (0, *range(2, x.ndim))
        if n.training:
            y = standardise(x, axes)
            size = x.size // c
            mean = x.mean(axes)
            n.moved = {m: 0.9 * p[m] + 0.1 * mean, v: 0.9 * p[v] + 0.1 * x.var(axes) * size / (size - 1)}
        else:
            y = (x - channels(p[m], x)) / jnp.sqrt(channels(p[v], x) + 1e-5)
        return y * channels(p[w], x) + channels(p[b], x)
    return n.then('x |> BatchNorm()', f)


def norm_plus(x, gamma, alpha, beta):
    m = x.mean((2, 3))
    d = m - m.mean(1, keepdims=True)
    s = d / jnp.sqrt((d**2).sum(1, keepdims=True) / (m.shape[1] - 1) + 1e-5)
    return gamma[..., None, None] * (standardise(x, (2, 3)) + (alpha * s)[..., None, None]) + beta[..., None, None]


def instance_norm_plus(n):
    name, c = n.layer('InstanceNormPlus'), n.shape[0]
    a, g, b = (n.param(name + s, [c], 0.3, o) for s, o in (('alpha', 1), ('gamma', 1), ('beta', 0)))
    return n.then('x |> InstanceNormPlus()', lambda p, x: norm_plus(x, p[g], p[a], p[b]))


def cond_instance_norm_plus(n):
    i, c = n.count.get('CondInstanceNormPlus', -1) + 1, n.shape[0]
    e = n.param(n.layer('CondInstanceNormPlus') + 'embed', [3, 3 * c], 0.6, 0.5)
    n.text.append('f = CondInstanceNormPlus(3)')

    def f(p, x):
        y = jnp.clip(jnp.floor(2 * x[:, 0, 0, 0] + 1), 0, 2).astype(int)
        return norm_plus(x, *jnp.split(p[e][y], 3, 1))
    return n.then('f(x, int(clamp(floor(2 * x[0, 0, 0] + 1), 0, 2)))', f)


def film(n):
    name, c, k = n.layer('FiLM'), n.shape[0], 2
    w, b = n.param(name + 'map.weight', [2 * c, k], 0.6), n.param(name + 'map.bias', [2 * c], 0.6)
    n.text.append('f = FiLM()')

    def f(p, x):
        m = jnp.sin(x.reshape(BATCH, -1)[:, :k]) @ p[w].T + p[b]
        shape = (BATCH, c, *[1] * (x.ndim - 2))
        return m[:, :c].reshape(shape) * x + m[:, c:].reshape(shape)
    return n.then('f(x, sin(flatten(x)[0..<%d]))' % k, f)


# ---- activations ------------------------------------------------------------------------------------
def erf_gelu(x):
    return 0.5 * x * (1 + jax.scipy.special.erf(x / math.sqrt(2)))


SMOOTH = [('silu(x)', jax.nn.silu), ('swish(x)', jax.nn.silu), ('gelu(x)', erf_gelu), ('softplus(x)', jax.nn.softplus), ('tanh(x)', jnp.tanh),
          ('sigmoid(2 * x)', lambda x: jax.nn.sigmoid(2 * x)), ('sin(2 * x)', lambda x: jnp.sin(2 * x)),
          ('cos(x) + x', lambda x: jnp.cos(x) + x), ('erf(x)', jax.scipy.special.erf), ('log1p(x^2)', lambda x: jnp.log1p(x * x)),
          ('log(1.5 + sin(x))', lambda x: jnp.log(1.5 + jnp.sin(x))), ('sqrt(1 + x^2)', lambda x: jnp.sqrt(1 + x * x)),
          ('x * rsqrt(1 + x^2)', lambda x: x / jnp.sqrt(1 + x * x)), ('x / (2 + cos(x))', lambda x: x / (2 + jnp.cos(x))),
          ('pow(1 + x^2, 0.3 + 0.1 * tanh(x))', lambda x: (1 + x * x)**(0.3 + 0.1 * jnp.tanh(x))),
          ('exp(-x^2)', lambda x: jnp.exp(-x * x)), ('expm1(tanh(x))', lambda x: jnp.expm1(jnp.tanh(x))),
          ('x^3 / (1 + x^2)', lambda x: x**3 / (1 + x * x))]
KINKED = [('elu(x)', jax.nn.elu), ('relu(x) + 0.1 * x^2', lambda x: jnp.maximum(x, 0) + 0.1 * x * x),
          ('lrelu(sin(x), 0.2)', lambda x: jax.nn.leaky_relu(jnp.sin(x), 0.2)),
          ('where(x > 0.1, sin(x), x^2)', lambda x: jnp.where(x > 0.1, jnp.sin(x), x * x)),
          ('clamp(x, -0.8, 0.9) * x', lambda x: jnp.clip(x, -0.8, 0.9) * x),
          ('abs(x) * x + minimum(x, 0.3)', lambda x: jnp.abs(x) * x + jnp.minimum(x, 0.3)),
          ('(3 * x) % 1 + x', lambda x: 3 * x - jnp.floor(3 * x) + x)]


def activation(n, which):
    text, f = which
    return n.then(text, lambda p, x: f(x))


def learned(n, kind, per_channel):
    c = n.shape[0] if per_channel else 1
    k = n.param(n.layer(kind) + ('weight' if kind == 'PReLU' else 'beta'), [c], 0.3, 0.25 if kind == 'PReLU' else 1)

    def f(p, x):
        a = channels(p[k], x)
        return jnp.where(x > 0, x, a * x) if kind == 'PReLU' else x * jax.nn.sigmoid(a * x)
    return n.then('x |> %s(per_channel = %s)' % (kind, str(per_channel).lower()), f)


# ---- attention, pooling ---------------------------------------------------------------------------------
def windows(x, k, stride, pad, fill):
    h, w = x.shape[2:]
    x = jnp.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=fill)
    ho, wo = (h + 2 * pad - k) // stride + 1, (w + 2 * pad - k) // stride + 1
    return jnp.stack([x[..., i:i + stride * (ho - 1) + 1:stride, j:j + stride * (wo - 1) + 1:stride]
                      for i in range(k) for j in range(k)])


def pool(n, kind, k, stride=None, pad=0):
    def f(p, x):
        v = windows(x, k, stride or k, pad, -jnp.inf if kind == 'max' else 0)
        return v.max(0) if kind == 'max' else v.sum(0) / (k * k if kind == 'avg' else 1)
    return n.then('%s_pool(x, %d%s%s)' % (kind, k, ', stride = %d' % stride if stride else '', ', pad = %d' % pad if pad else ''), f)


def half(n, kind):
    even = n.shape[1] % 2 == 0 and n.shape[2] % 2 == 0
    return pool(n, kind, 2) if even else pool(n, 'max' if kind == 'max' else 'avg', 3, 2, 1)


def one_by_one(n, name, out, c):
    w, b = n.param(name + '.weight', [out, c, 1, 1], 1 / math.sqrt(c)), n.param(name + '.bias', [out], 0.3)
    return lambda p, x: conv2d(x, p[w]) + p[b][:, None, None]


def self_attention(n):
    name, c = n.layer('SelfAttention'), n.shape[0]
    q, k = (one_by_one(n, name + s + '_conv', c // 8, c) for s in ('query', 'key'))
    v, gamma = one_by_one(n, name + 'value_conv', c, c), n.param(name + 'gamma', [1], 0.3, 0.8)

    def f(p, x):
        rows = [m(p, x).reshape(BATCH, -1, x.shape[2] * x.shape[3]) for m in (q, k, v)]
        a = jax.nn.softmax(jnp.einsum('bci,bcj->bij', rows[0], rows[1]), axis=2)
        return x + p[gamma] * jnp.einsum('bcj,bij->bci', rows[2], a).reshape(x.shape)
    return n.then('x |> SelfAttention()', f)


def non_local(n, pooled):
    name, c = n.layer('NonLocal'), n.shape[0]
    t, f_, g = (one_by_one(n, name + s, c // 2, c) for s in ('theta', 'phi', 'g'))
    out = one_by_one(n, name + 'W', c, c // 2)

    def f(p, x):
        small = (lambda y: windows(y, 2, 2, 0, -jnp.inf).max(0)) if pooled else lambda y: y
        q, k, v = (y.reshape(BATCH, c // 2, -1) for y in (t(p, x), small(f_(p, x)), small(g(p, x))))
        a = jax.nn.softmax(jnp.einsum('bci,bcj->bij', q, k), axis=2)
        return x + out(p, jnp.einsum('bcj,bij->bci', v, a).reshape(BATCH, c // 2, *x.shape[2:]))
    return n.then('x |> NonLocal(pool = %s)' % str(pooled).lower(), f)


# ---- images ---------------------------------------------------------------------------------------------
def bilinear(x, u, v):                          # u: [B,h] rows, v: [B,w] columns, edges continued
    def weight(u, n):
        u = jnp.clip(u, 0, n - 1)
        lo = jnp.minimum(jnp.floor(jax.lax.stop_gradient(u)), n - 2)
        f = (u - lo)[..., None]
        return jax.nn.one_hot(lo.astype(int), n) * (1 - f) + jax.nn.one_hot(lo.astype(int) + 1, n) * f
    return jnp.einsum('bih,bchw,bjw->bcij', weight(u, x.shape[2]), x, weight(v, x.shape[3]))


def positions(n, size, corners):
    i = np.arange(float(n))
    return jnp.tile(jnp.asarray(i * (size - 1) / max(n - 1, 1) if corners else (i + 0.5) * size / n - 0.5), (BATCH, 1))


def resize(n, h, w, corners):
    H, W = n.shape[1:]
    return n.then('resize(x, %d, %d, align_corners = %s)' % (h, w, str(corners).lower()),
                  lambda p, x: bilinear(x, positions(h, H, corners), positions(w, W, corners)))


def zoom(n):
    def f(p, x):
        z = 1 + 0.3 * jnp.sin(x[:, 0, 0, 0])
        return bilinear(x, *((s - 1) / 2 + (jnp.arange(s) - (s - 1) / 2) / z[:, None] for s in x.shape[2:]))
    return n.then('zoom(x, 1 + 0.3 * sin(x[0, 0, 0]))', f)


def crop(n):
    return n.then('crop(x, 0.7 + 0.2 * tanh(x[0, 0, 1]), 1.25, 2, 2)', lambda p, x: bilinear(
        x, 0.7 + 0.2 * jnp.tanh(x[:, 0, 0, 1])[:, None] + jnp.arange(2.), jnp.tile(1.25 + jnp.arange(2.), (BATCH, 1))))


def reflect(x, m):
    return jnp.pad(x, ((0, 0), (0, 0), (m, m), (m, m)), mode='reflect')


def blur(n):
    def f(p, x):
        k = jax.nn.softmax(-0.5 * (jnp.arange(-1., 2.) / (0.5 + x[:, 0, 0, 0]**2)[:, None])**2, axis=1)
        y = reflect(x, 1)
        h, w = x.shape[2:]
        return sum(k[:, i, None, None, None] * k[:, j, None, None, None] * y[:, :, i:i + h, j:j + w]
                   for i in range(3) for j in range(3))
    return n.then('blur(x, 0.5 + x[0, 0, 0]^2, size = 3)', f)


def shuffled(n, r, back=False):
    def f(p, x):
        b, c, h, w = x.shape
        if back:
            return x.reshape(b, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4).reshape(b, c * r * r, h // r, w // r)
        return x.reshape(b, c // r**2, r, r, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(b, c // r**2, h * r, w * r)
    return n.then('pixel_%sshuffle(x, %d)' % ('un' if back else '', r), f)


def hue(n):                                     # piecewise: which channel is largest, which sector it falls into
    def f(p, x):
        r, g, b = x[:, 0], x[:, 1], x[:, 2]
        v, lo = jnp.maximum(jnp.maximum(r, g), b), jnp.minimum(jnp.minimum(r, g), b)
        d = v - lo
        h = jnp.where(v == r, (g - b) / d, jnp.where(v == g, 2 + (b - r) / d, 4 + (r - g) / d))
        h = h + 6 * 0.13
        h = h - 6 * jnp.floor(h / 6)
        s, i = d / v, jnp.floor(h)
        f = h - i
        low, down, up = v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))
        table = [(v, up, low), (down, v, low), (low, v, up), (low, down, v), (up, low, v), (v, low, down)]
        return sum(jnp.stack(t, 1) * (i == k)[:, None] for k, t in enumerate(table))
    return n.then('hue_shift(x, 0.13)', f)


def grayscale(n):
    return n.then('grayscale(x)', lambda p, x: jnp.tile(jnp.einsum('bchw,c->bhw', x, jnp.array([0.299, 0.587, 0.114]))[:, None],
                                                        (1, 3, 1, 1)))


def simple(n, text, f, before=None):
    n.text += [before] if before else []
    return n.then(text, lambda p, x: f(x))


def flat(n):
    return simple(n, 'flatten(x)', lambda x: x.reshape(BATCH, -1))


def rows(x):
    return x.reshape(BATCH, -1)


# ---- blocks of random vector nets ---------------------------------------------------------------------------
def residual(n, r, inside):
    """x + inside(x), of the same shape."""
    m = Net(*n.shape)
    m.count, m.params = n.count, n.params
    inside(m)
    n.text.append('skip = x')
    n.text += m.text
    n.steps.append(lambda p, x: x + _through(m, p, x))
    n.text.append('x = skip + x')
    return n


def _through(m, p, x):
    for step in m.steps:
        x = step(p, x)
    return x


VECTOR = [
    lambda n, r: linear(n, r.randint(3, 7), r.choice(['Linear', 'WSLinear', 'WNLinear', 'SNLinear']), r.random() < 0.8),
    lambda n, r: linear(n, r.randint(3, 7)), lambda n, r: activation(n, r.choice(SMOOTH)),
    lambda n, r: activation(n, r.choice(SMOOTH)), lambda n, r: activation(n, r.choice(KINKED)),
    lambda n, r: layer_norm(n), lambda n, r: group_norm(n, 2) if n.shape[0] % 2 == 0 and n.shape[0] > 3 else linear(n, 6),
    lambda n, r: learned(n, 'Swish', r.random() < 0.5), lambda n, r: batch_norm(n), lambda n, r: film(n),
    lambda n, r: residual(n, r, lambda m: activation(linear(m, m.shape[0]), r.choice(SMOOTH))),
    lambda n, r: simple(n, 'x * softmax(x)', lambda x: x * jax.nn.softmax(x, 1)),
    lambda n, r: simple(n, 'x / sqrt(1 + sqnorm(x))', lambda x: x / jnp.sqrt(1 + (x**2).sum(1, keepdims=True))),
    lambda n, r: simple(n, 'x * (0.5 + norm(x - 0.2))', lambda x: x * (0.5 + jnp.linalg.norm(x - 0.2, axis=1, keepdims=True))),
    lambda n, r: simple(n, 'x * sigmoid(flatten(stack([x[1..<%d], x[0..<%d]]))[0..<%d])' % (n.shape[0], n.shape[0] - 1, n.shape[0]),
                        lambda x: x * jax.nn.sigmoid(jnp.concatenate([x[:, 1:], x[:, :-1]], 1)[:, :x.shape[1]])),
    lambda n, r: simple(n, 'cat([x[0..<3], stack([logsumexp(x), std(x, 0), max(x), min(x) * mean(x, 0)])])', lambda x: jnp.concatenate(
        [x[:, :3], jax.scipy.special.logsumexp(x, 1, keepdims=True), x.std(1, keepdims=True), x.max(1, keepdims=True),
         x.min(1, keepdims=True) * x.mean(1, keepdims=True)], 1)),
    lambda n, r: simple(n, 'flatten(einsum("i,j->ij", x[0..<3], sin(x[1..<3])))',
                        lambda x: rows(jnp.einsum('bi,bj->bij', x[:, :3], jnp.sin(x[:, 1:3])))),
    lambda n, r: simple(n, 'sum[i in 0..<3](sin(x * (i + 1)) / (i + 1))', lambda x: sum(jnp.sin(x * i) / i for i in (1, 2, 3))),
]
IMAGE = [
    lambda n, r: conv(n, r.choice([2, 4]), 3, r.choice(['Conv', 'WSConv', 'WNConv', 'SNConv']), r.random() < 0.8),
    lambda n, r: conv(n, r.choice([2, 4]), 3, stride=r.choice([1, 2])),
    lambda n, r: conv(n, 4, 3, dilation=2, groups=2 if n.shape[0] % 2 == 0 else 1),
    lambda n, r: conv(n, 2, 2, 'ConvT', pad=0, stride=2) if n.shape[1] < 4 else conv(n, 4, 1),
    lambda n, r: conv(n, 2, 3, 'ConvT', stride=1), lambda n, r: activation(n, r.choice(SMOOTH)),
    lambda n, r: activation(n, r.choice(SMOOTH)), lambda n, r: activation(n, r.choice(SMOOTH)),
    lambda n, r: layer_norm(n, r.choice([0, 2])), lambda n, r: group_norm(n, 2 if n.shape[0] % 2 == 0 else 1),
    lambda n, r: instance_norm(n, r.random() < 0.5), lambda n, r: batch_norm(n),
    lambda n, r: instance_norm_plus(n) if n.shape[0] > 2 else conv(n, 4, 3),
    lambda n, r: cond_instance_norm_plus(n) if n.shape[0] > 2 else conv(n, 4, 3),
    lambda n, r: film(n), lambda n, r: learned(n, 'PReLU', True), lambda n, r: learned(n, 'Swish', True),
    lambda n, r: self_attention(conv(n, 8, 1) if n.shape[0] != 8 else n),
    lambda n, r: non_local(n, n.shape[1] % 2 == 0 and n.shape[2] % 2 == 0) if n.shape[0] % 2 == 0 else conv(n, 2, 1),
    lambda n, r: half(n, r.choice(['avg', 'sum', 'max'])) if min(n.shape[1:]) > 3 else activation(n, r.choice(SMOOTH)),
    lambda n, r: pool(n, r.choice(['avg', 'max']), 3, 1, 1), lambda n, r: zoom(n), lambda n, r: blur(n),
    lambda n, r: resize(n, 3, 4, r.random() < 0.5),
    lambda n, r: shuffled(n, 2) if n.shape[0] == 4 else conv(n, 4, 3),
    lambda n, r: residual(n, r, lambda m: conv(activation(conv(m, 2, 3), r.choice(SMOOTH)), m.start[0], 1)),
    lambda n, r: simple(n, 'hflip(x) * vflip(x) + permute(permute(x, [0, 2, 1]), [0, 2, 1])',
                        lambda x: x[..., ::-1] * x[..., ::-1, :] + x),
]


def random_net(number):
    r = random.Random(number)
    images = number % 2 == 1
    n = Net(r.choice([2, 3]), 4, r.choice([4, 5])) if images else Net(r.randint(4, 6))
    (conv(n, 4, 3) if images else linear(n, 6))
    for _ in range(r.randint(3, 6)):
        if images and math.prod(n.shape) > 100:
            half(n, 'avg')
        r.choice(IMAGE if images else VECTOR)(n, r)
        if not images and n.shape[0] < 4:
            linear(n, 5)
    if images:
        flat(n)
    activation(linear(n, 4), r.choice(SMOOTH))
    text = ' '.join(n.text)                     # a training call would also improve the singular vectors
    n.training = 'BatchNorm' in text and 'SN' not in text and r.random() < 0.5
    return n


# ---- writing ---------------------------------------------------------------------------------------------------
def numbers(v):
    return ' '.join('%.17g' % x for x in np.asarray(v).reshape(-1))


def write(name, n):
    x, v, u = (s * hash_values(k, BATCH * math.prod(n.start)).reshape(BATCH, *n.start)
               for s, k in ((0.9, 101), (1, 102), (1, 103)))
    moving = [k for k in range(len(n.params)) if not n.params[k][4]]

    def energies(p, x):
        y = n(p, x)
        i = jnp.arange(y.shape[1])
        return (jnp.sin(y + 0.3 * i) + y * y / 4).sum(1), y @ jnp.cos(i * 1.0)

    def total(p, x):
        return energies(p, x)[0].sum()

    def along(f, d):
        return lambda p, x: jax.jvp(lambda x: f(p, x), (x,), (d,))[1]

    def all_of(p):
        def put(q):
            return [q[moving.index(k)] if k in moving else p[k] for k in range(len(p))]
        first, second = along(total, v), along(along(total, v), v)
        g = jax.grad(total, 1)(p, x)
        hv = jax.grad(first, 1)(p, x)
        t = jax.grad(second, 1)(p, x)
        value, probe = energies(p, x)
        per = [value, probe] + [rows(a * b).sum(1) for a, b in ((u, g), (v, g), (v, hv), (u, hv), (v, t), (u, t))]
        q = [p[k] for k in moving]
        slopes = [jax.grad(lambda q: f(put(q), x) / BATCH)(q) for f in (total, first, second)]
        return jnp.stack(per, 1), slopes
    p = n.values()
    per, slopes = jax.jit(all_of)(p)
    assert np.isfinite(np.asarray(per)).all() and np.abs(per).max() < 1e6, name
    n.moved = {}
    n(p, x)                                     # outside of jit: the statistics after a training call
    print('case', name)
    print('in', *n.start)
    print('mode', 'training' if n.training else 'eval')
    print('body', ';  '.join(n.text + ['return flatten(x)']))
    for k, (pname, shape, scale, offset, state) in enumerate(n.params):
        w = hash_values(200 + k, math.prod(shape)).reshape(shape)
        after = [(w * n.moved[k]).sum()] if k in n.moved else []
        d = after if state else [(w * s[moving.index(k)]).sum() for s in slopes]
        print('state' if state else 'param', pname, math.prod(shape), '%.17g %.17g' % (scale, offset), numbers(d))
    print('p', numbers(per))
    print('end', flush=True)


def trained(n):
    n.training = True
    return n


def main():
    one = simple
    cases = {
        'linear': linear(Net(5), 3), 'linear_no_bias': linear(Net(5), 3, bias=False), 'conv': conv(Net(2, 4, 5), 3, 3, stride=2),
        'conv_groups': conv(Net(4, 5, 5), 2, 3, dilation=2, groups=2, bias=False), 'conv_even': conv(Net(2, 4, 4), 2, 2, pad=1),
        'convt': conv(Net(3, 2, 3), 2, 4, 'ConvT', stride=2, pad=1),
        'convt_output_padding': conv(Net(2, 2, 2), 1, 5, 'ConvT', stride=2, pad=2, output_padding=1),
        'convt_groups': conv(Net(4, 2, 3), 4, 3, 'ConvT', stride=2, dilation=2, groups=2, pad=0, bias=False),
        'embedding': embedding(Net(3)), 'wslinear': linear(Net(4), 3, 'WSLinear'), 'wsconv': conv(Net(2, 3, 3), 2, 3, 'WSConv'),
        'wnlinear': linear(Net(4), 3, 'WNLinear'), 'wnconv': conv(Net(2, 3, 3), 2, 3, 'WNConv'),
        'snlinear': linear(Net(4), 3, 'SNLinear'), 'snlinear_divides': linear(Net(5), 6, 'SNLinear', only_down=True),
        'snlinear_keeps': linear(Net(4), 1, 'SNLinear', only_down=True), 'snconv': conv(Net(2, 3, 3), 2, 3, 'SNConv'),
        'layernorm': layer_norm(Net(5)), 'layernorm_image': layer_norm(Net(2, 3, 2)), 'layernorm_last': layer_norm(Net(2, 2, 4), 1),
        'layernorm_two': layer_norm(Net(2, 2, 3), 2), 'groupnorm': group_norm(Net(4, 2, 2), 2),
        'instancenorm': instance_norm(Net(2, 2, 3), False), 'instancenorm_affine': instance_norm(Net(2, 2, 3)),
        'batchnorm_vector': batch_norm(Net(3)), 'batchnorm': batch_norm(Net(2, 2, 3)),
        'batchnorm_vector_training': trained(batch_norm(linear(Net(3), 3))), 'batchnorm_training': trained(batch_norm(Net(2, 2, 3))),
        'instancenormplus': instance_norm_plus(Net(3, 2, 2)), 'condinstancenormplus': cond_instance_norm_plus(Net(3, 2, 2)),
        'film': film(Net(3, 2, 2)), 'film_vector': film(Net(4)),
        'prelu': learned(Net(4, 2), 'PReLU', False), 'prelu_channels': learned(Net(3, 2, 2), 'PReLU', True),
        'swish': learned(Net(5), 'Swish', True), 'swish_one': learned(Net(2, 2, 2), 'Swish', False),
        'selfattention': self_attention(Net(8, 2, 3)), 'nonlocal': non_local(Net(4, 4, 2), True),
        'nonlocal_full': non_local(Net(2, 3, 3), False),
        'max_pool': pool(Net(2, 4, 4), 'max', 3, 2, 1), 'avg_pool': pool(Net(2, 4, 4), 'avg', 3, 2, 1), 'sum_pool': pool(Net(2, 4, 4), 'sum', 2),
        'global_pools': one(Net(2, 3, 4), 'cat([global_sum_pool(x), global_avg_pool(x), global_max_pool(x)])',
                            lambda x: jnp.concatenate([x.sum((2, 3)), x.mean((2, 3)), x.max((2, 3))], 1)),
        'upsample': one(Net(2, 2, 3), 'upsample(x, 2)', lambda x: x.repeat(2, 2).repeat(2, 3)),
        'pixel_shuffle': shuffled(Net(8, 1, 2), 2), 'pixel_unshuffle': shuffled(Net(2, 4, 2), 2, True),
        'resize': resize(Net(1, 3, 4), 5, 7, False), 'resize_corners': resize(Net(1, 5, 4), 2, 3, True), 'zoom': zoom(Net(2, 4, 5)),
        'crop': crop(Net(1, 4, 4)), 'blur': blur(Net(2, 4, 3)),
        'resample': one(Net(2, 3, 4), 'resample(x, [0.3, 1.6] + 0.1 * sin(x[0, 0, 0]), [0.9, 2.2, 1.4])', lambda x: bilinear(
            x, jnp.array([0.3, 1.6]) + 0.1 * jnp.sin(x[:, 0, 0, 0])[:, None], jnp.tile(jnp.array([0.9, 2.2, 1.4]), (BATCH, 1)))),
        'reflect_pad': one(Net(2, 4, 3), 'reflect_pad(x, 2)', lambda x: reflect(x, 2)),
        'hue_shift': hue(one(Net(3, 3, 2), 'sigmoid(x)', jax.nn.sigmoid)), 'grayscale': grayscale(Net(3, 2, 2)),
        'softmaxes': one(Net(2, 3), 'cat([flatten(log_softmax(x, 0)), flatten(softmax(x, 1)), log_softmax(flatten(x))])',
                         lambda x: jnp.concatenate([rows(jax.nn.log_softmax(x, 1)), rows(jax.nn.softmax(x, 2)), jax.nn.log_softmax(rows(x), 1)], 1)),
        'losses': one(Net(4), '[cross_entropy(x, int(x[0] > 0) + 1), bce_with_logits(x[2], 0.3), pick(x, int(x[0] > 0))]',
                      lambda x: jnp.stack([jax.scipy.special.logsumexp(x, 1) - jnp.where(x[:, 0] > 0, x[:, 2], x[:, 1]),
                                           jnp.logaddexp(0, x[:, 2]) - 0.3 * x[:, 2], jnp.where(x[:, 0] > 0, x[:, 1], x[:, 0])], 1)),
        'nearest': one(Net(3, 2), '[nearest(x[0], stack([x[1], x[2], [0.1, 0.2]]))]', lambda x: jnp.linalg.norm(
            x[:, :1] - jnp.concatenate([x[:, 1:], jnp.tile(jnp.array([[[0.1, 0.2]]]), (BATCH, 1, 1))], 1), axis=-1).min(1, keepdims=True)),
        'pairwise': one(Net(4, 2), 'pairwise_sqdist(x[0..1], x[1..3])', lambda x: ((x[:, :2, None] - x[:, None, 1:])**2).sum(-1)),
        'orthonormalize': one(Net(2, 3), 'orthonormalize(x)', gram_schmidt),
        'slogdet': one(Net(3, 3), '[s, l]', lambda x: jnp.stack(jnp.linalg.slogdet(x), 1), '(s, l) = slogdet(x)'),
        'eigh': one(Net(3, 3), 'w', lambda x: jnp.linalg.eigvalsh((x + x.transpose(0, 2, 1)) / 2), '(w, V) = eigh(x)'),
        'eigh_diagonal': one(Net(2), 'w * (1 + x[1])', nearly_diagonal, 'a = x[0] - stop(x[0]);  (w, V) = eigh([[1.0, a], [a, 3.0]])'),
        'eigh_vectors': one(Net(3, 3), '(V * reshape(exp(w), [1, 3])) @ V.T', lambda x: jax.vmap(jax.scipy.linalg.expm)(
            (x + x.transpose(0, 2, 1)) / 2), '(w, V) = eigh(x)'),
        'svd': one(Net(3, 2), 's', lambda x: jnp.sqrt(jnp.linalg.eigvalsh(x.transpose(0, 2, 1) @ x))[:, ::-1], '(U, s, V) = svd(x)'),
        'svd_vectors': one(Net(2, 2), 'U @ V.T', polar, '(U, s, V) = svd(x)'),
        'conv_valid': conv(Net(2, 4, 5), 2, 3, pad=0), 'avg_pool_five': pool(Net(2, 6, 5), 'avg', 5, 1),
        'gather': one(Net(3, 2), 'x[int(x[0, 0] > 0) + 1] * x[0]', lambda x: x[:, 0] * jnp.where(x[:, :1, 0] > 0, x[:, 2], x[:, 1])),
        'extremes': one(Net(4), '[min(x), x[argmin(x, 0)] * x[argmax(x, 0)], prod(x), max(sin(x))]', lambda x: jnp.stack(
            [x.min(1), x.min(1) * x.max(1), x.prod(1), jnp.sin(x).max(1)], 1)),
        'finite': one(Net(5), 'where(isfinite(1 / floor(x)), sin(x), x^2)', lambda x: jnp.where(x < 0, jnp.sin(x), x**2)),
    }
    for text, f in SMOOTH + KINKED:
        cases[text.replace(' ', '')] = activation(Net(5), (text, f))
    for number in range(1, 57):
        cases['net%d' % number] = random_net(number)
    for name, n in cases.items():
        if not sys.argv[1:] or name in sys.argv[1:]:
            write(name, n)


def nearly_diagonal(x):                         # eigenvalues 2 -+ sqrt(1 + a^2) at a = 0
    r = jnp.sqrt(1 + (x[:, 0] - jax.lax.stop_gradient(x[:, 0]))**2)
    return jnp.stack([2 - r, 2 + r], 1) * (1 + x[:, 1:])


def polar(x):                                   # U V' of a 2 x 2 matrix, from its cofactors
    c = jnp.stack([jnp.stack([x[:, 1, 1], -x[:, 1, 0]], 1), jnp.stack([-x[:, 0, 1], x[:, 0, 0]], 1)], 1)
    det = x[:, 0, 0] * x[:, 1, 1] - x[:, 0, 1] * x[:, 1, 0]
    size = jnp.sqrt((x**2).sum((1, 2)) + 2 * jnp.abs(det))
    return (x + jnp.sign(det)[:, None, None] * c) / size[:, None, None]


def gram_schmidt(x):
    a = x[:, 0] / jnp.linalg.norm(x[:, 0], axis=1, keepdims=True)
    b = x[:, 1] - (x[:, 1] * a).sum(1, keepdims=True) * a
    return jnp.stack([a, b / jnp.linalg.norm(b, axis=1, keepdims=True)], 1)


main()
