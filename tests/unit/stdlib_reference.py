#!/usr/bin/env python3
"""Writes stdlib_reference.txt: values of the standard library's layers computed by PyTorch in float64.

    python3 tests/unit/stdlib_reference.py > tests/unit/stdlib_reference.txt

Each case has a network body in .ebm and the same map in PyTorch. With y = N(x), c_i = 0.3 cos i and
L = sum(c y + y^2 / 2) per sample, the file holds y, dL/dx, the Hessian of L times v, and the gradient of the
batch mean of L by every parameter. Inputs and parameters are the formulas below, which the test repeats.
"""
import colorsys
import math

import torch
import torch.nn.functional as F
from torch import nn

torch.set_default_dtype(torch.float64)
BATCH = 2


def input_value(b, i):
    return 0.9 * math.sin(1.3 * i + 2.1 * b + 0.2) + 0.15 * math.cos(7.7 * i + b)


def direction(b, i):
    return math.cos(0.7 * i + 1.1 * b)


def param_value(k, i):
    return 0.5 * math.sin(1.7 * k + 0.9 * i + 0.3)


def batch_of(f, shape):
    n = math.prod(shape)
    return torch.tensor([[f(b, i) for i in range(n)] for b in range(BATCH)]).reshape(BATCH, *shape)


def numbers(t):
    return ' '.join('%.10g' % v for v in t.detach().reshape(-1).tolist())


cases = []


def case(name, shape, body, fn, params=()):
    """fn(x, p) maps [B, *shape] to the batch of outputs; params lists (name, shape)."""
    cases.append((name, shape, body, fn, params))


def write(name, shape, body, fn, params):
    p = {}
    for k, (pname, pshape) in enumerate(params):
        n = math.prod(pshape)
        p[pname] = torch.tensor([param_value(k, i) for i in range(n)]).reshape(pshape).requires_grad_()
    x = batch_of(input_value, shape).requires_grad_()
    v = batch_of(direction, shape)
    y = fn(x, p).reshape(BATCH, -1)
    c = 0.3 * torch.cos(torch.arange(y.shape[1]).double())
    loss = (c * y + 0.5 * y * y).sum()
    g, = torch.autograd.grad(loss, x, create_graph=True)
    h, = torch.autograd.grad((g * v).sum(), x, retain_graph=True)
    print('case', name)
    print('in', *shape)
    print('body', body)
    print('y', y.numel(), numbers(y))
    print('g', g.numel(), numbers(g))
    print('h', h.numel(), numbers(h))
    if p:
        for pname, gp in zip(p, torch.autograd.grad(loss / BATCH, list(p.values()))):
            print('param', pname, gp.numel(), numbers(gp))
    print('end')


def standard_rows(w):                           # as the improved contrastive divergence code
    r = w.flatten(1)
    r = r - r.mean(1, keepdim=True)
    return (r / (r.std(1, keepdim=True) + 1e-5)).reshape(w.shape)


def weight_normal(layer, p):                    # PyTorch's own weight_norm with given g and v
    layer = nn.utils.weight_norm(layer)
    return lambda x: torch.nn.utils.stateless.functional_call(
        layer, {'weight_g': p['N.0.weight_g'], 'weight_v': p['N.0.weight_v'], 'bias': p['N.0.bias']}, x)


# ---- linear maps ---------------------------------------------------------------------------------
case('linear', [4], 'return x |> Linear(3)', lambda x, p: F.linear(x, *p.values()),
     [('N.linear0.weight', [3, 4]), ('N.linear0.bias', [3])])
case('conv', [2, 4, 5], 'return x |> Conv(3, k=3, stride=2)',
     lambda x, p: F.conv2d(x, *p.values(), stride=2, padding=1),
     [('N.conv0.weight', [3, 2, 3, 3]), ('N.conv0.bias', [3])])
case('conv_groups', [4, 5, 5], 'return x |> Conv(2, k=3, dilation=2, groups=2, bias=false)',
     lambda x, p: F.conv2d(x, *p.values(), padding=2, dilation=2, groups=2),
     [('N.conv0.weight', [2, 2, 3, 3])])
case('convt', [3, 2, 3], 'return x |> ConvT(2, k=4, stride=2, pad=1)',
     lambda x, p: F.conv_transpose2d(x, *p.values(), stride=2, padding=1),
     [('N.convt0.weight', [3, 2, 4, 4]), ('N.convt0.bias', [2])])
case('convt_output_padding', [2, 2, 2], 'return x |> ConvT(1, k=5, stride=2, output_padding=1)',
     lambda x, p: F.conv_transpose2d(x, *p.values(), stride=2, padding=2, output_padding=1),
     [('N.convt0.weight', [2, 1, 5, 5]), ('N.convt0.bias', [1])])
case('convt_groups', [4, 2, 3], 'return x |> ConvT(4, k=3, stride=2, dilation=2, groups=2, pad=0, bias=false)',
     lambda x, p: F.conv_transpose2d(x, *p.values(), stride=2, dilation=2, groups=2),
     [('N.convt0.weight', [4, 2, 3, 3])])
case('embedding', [3], 'i = int(clamp(floor(x[0] + 2), 0, 3));  return x[0] * (i |> Embedding(4, 2))',
     lambda x, p: x[:, :1] * F.embedding(torch.clamp(torch.floor(x[:, 0] + 2), 0, 3).long(), *p.values()),
     [('N.embedding0.weight', [4, 2])])
case('wslinear', [4], 'return x |> WSLinear(3)', lambda x, p: F.linear(
    x, standard_rows(p['N.wslinear0.weight']), p['N.wslinear0.bias']),
     [('N.wslinear0.weight', [3, 4]), ('N.wslinear0.bias', [3])])
case('wsconv', [2, 3, 3], 'return x |> WSConv(2, k=3)', lambda x, p: F.conv2d(
    x, standard_rows(p['N.wsconv0.weight']), p['N.wsconv0.bias'], padding=1),
     [('N.wsconv0.weight', [2, 2, 3, 3]), ('N.wsconv0.bias', [2])])
case('wnlinear', [4], 'return x |> WNLinear(3) as "0"', lambda x, p: weight_normal(nn.Linear(4, 3), p)(x),
     [('N.0.weight_g', [3, 1]), ('N.0.weight_v', [3, 4]), ('N.0.bias', [3])])
case('wnconv', [2, 3, 3], 'return x |> WNConv(2, k=3) as "0"',
     lambda x, p: weight_normal(nn.Conv2d(2, 2, 3, padding=1), p)(x),
     [('N.0.weight_g', [2, 1, 1, 1]), ('N.0.weight_v', [2, 2, 3, 3]), ('N.0.bias', [2])])

# ---- normalisation -------------------------------------------------------------------------------
case('layernorm_vector', [5], 'return x |> LayerNorm()', lambda x, p: F.layer_norm(x, [5], *p.values()),
     [('N.layernorm0.weight', [5]), ('N.layernorm0.bias', [5])])
case('layernorm_image', [2, 3, 2], 'return x |> LayerNorm(eps = 0.01)',
     lambda x, p: F.layer_norm(x, [2, 3, 2], *p.values(), eps=0.01),
     [('N.layernorm0.weight', [2, 3, 2]), ('N.layernorm0.bias', [2, 3, 2])])
case('layernorm_last', [2, 2, 4], 'return x |> LayerNorm(axes = 1)',
     lambda x, p: F.layer_norm(x, [4], *p.values()),
     [('N.layernorm0.weight', [4]), ('N.layernorm0.bias', [4])])
case('layernorm_two', [2, 2, 3], 'return x |> LayerNorm(axes = 2)',
     lambda x, p: F.layer_norm(x, [2, 3], *p.values()),
     [('N.layernorm0.weight', [2, 3]), ('N.layernorm0.bias', [2, 3])])
case('groupnorm', [4, 2, 2], 'return x |> GroupNorm(2)', lambda x, p: F.group_norm(x, 2, *p.values()),
     [('N.groupnorm0.weight', [4]), ('N.groupnorm0.bias', [4])])
case('instancenorm', [2, 2, 3], 'return x |> InstanceNorm()', lambda x, p: F.instance_norm(x))
case('instancenorm_affine', [2, 2, 3], 'return x |> InstanceNorm(affine = true)',
     lambda x, p: F.instance_norm(x, weight=p['N.instancenorm0.weight'], bias=p['N.instancenorm0.bias']),
     [('N.instancenorm0.weight', [2]), ('N.instancenorm0.bias', [2])])


def instance_norm_plus(x, gamma, alpha, beta):  # gamma, alpha, beta: [B or 1, C]
    means = x.mean((2, 3))
    s = (means - means.mean(-1, keepdim=True)) / torch.sqrt(means.var(-1, keepdim=True) + 1e-5)
    h = F.instance_norm(x) + (alpha * s)[..., None, None]
    return gamma[..., None, None] * h + beta[..., None, None]


case('instancenormplus', [3, 2, 2], 'return x |> InstanceNormPlus()',
     lambda x, p: instance_norm_plus(x, p['N.instancenormplus0.gamma'][None], p['N.instancenormplus0.alpha'][None],
                                     p['N.instancenormplus0.beta'][None]),
     [('N.instancenormplus0.alpha', [3]), ('N.instancenormplus0.gamma', [3]), ('N.instancenormplus0.beta', [3])])


def cond_instance_norm_plus(x, p):
    y = (x[:, 0, 0, 0] > 0).long()
    e = F.embedding(y, p['N.condinstancenormplus0.embed'])
    return instance_norm_plus(x, *e.chunk(3, dim=-1))


case('condinstancenormplus', [3, 2, 2], 'f = CondInstanceNormPlus(2);  return f(x, int(x[0, 0, 0] > 0))',
     cond_instance_norm_plus, [('N.condinstancenormplus0.embed', [2, 9])])


def film(x, p):
    m = F.linear(x[:, 0, 0, :], *p.values())
    return m[:, :3, None, None] * x + m[:, 3:, None, None]


case('film', [3, 2, 2], 'f = FiLM();  return f(x, x[0, 0])', film,
     [('N.film0.map.weight', [6, 2]), ('N.film0.map.bias', [6])])

# ---- activations ---------------------------------------------------------------------------------
case('prelu', [4, 2], 'return x |> PReLU()', lambda x, p: F.prelu(x, *p.values()), [('N.prelu0.weight', [1])])
case('prelu_channels', [3, 2, 2], 'return x |> PReLU(per_channel = true)',
     lambda x, p: F.prelu(x, *p.values()), [('N.prelu0.weight', [3])])
case('swish_units', [5], 'return x |> Swish()',
     lambda x, p: x * torch.sigmoid(p['N.swish0.beta'] * x), [('N.swish0.beta', [5])])
case('swish_one', [2, 2, 2], 'return x |> Swish(per_channel = false)',
     lambda x, p: x * torch.sigmoid(p['N.swish0.beta'] * x), [('N.swish0.beta', [1])])
case('activations', [6], 'return cat([silu(x), relu(x), lrelu(x, 0.2), elu(x), gelu(x), softplus(x)])',
     lambda x, p: torch.cat([F.silu(x), F.relu(x), F.leaky_relu(x, 0.2), F.elu(x), F.gelu(x), F.softplus(x)], 1))
case('log_softmax', [2, 4], 'return cat([flatten(log_softmax(x, 0)), flatten(log_softmax(x)), flatten(softmax(x, 1))])',
     lambda x, p: torch.cat([F.log_softmax(x, 1).flatten(1), F.log_softmax(x.flatten(1), 1),
                             F.softmax(x, 2).flatten(1)], 1))
case('losses', [4], 'return [cross_entropy(x, int(x[0] > 0) + 1), bce_with_logits(x[2], 0.3), pick(x, int(x[0] > 0))]',
     lambda x, p: torch.stack([F.cross_entropy(x, (x[:, 0] > 0).long() + 1, reduction='none'),
                               F.binary_cross_entropy_with_logits(x[:, 2], torch.full([BATCH], 0.3), reduction='none'),
                               x.gather(1, (x[:, :1] > 0).long())[:, 0]], 1))

# ---- attention -----------------------------------------------------------------------------------


def self_attention(x, p):
    q, k, v = (F.conv2d(x, p['N.selfattention0.%s_conv.weight' % s], p['N.selfattention0.%s_conv.bias' % s]).flatten(2)
               for s in ('query', 'key', 'value'))
    a = torch.softmax(torch.bmm(q.transpose(1, 2), k), dim=-1)
    return p['N.selfattention0.gamma'] * torch.bmm(v, a.transpose(1, 2)).reshape(x.shape) + x


case('selfattention', [16, 2, 2], 'return x |> SelfAttention()', self_attention,
     [('N.selfattention0.' + n, s) for n, s in (
         ('query_conv.weight', [2, 16, 1, 1]), ('query_conv.bias', [2]), ('key_conv.weight', [2, 16, 1, 1]),
         ('key_conv.bias', [2]), ('value_conv.weight', [16, 16, 1, 1]), ('value_conv.bias', [16]), ('gamma', [1]))])


def nonlocal_block(x, p):
    def conv(t, s):
        return F.conv2d(t, p['N.nonlocal0.%s.weight' % s], p['N.nonlocal0.%s.bias' % s])
    g = F.max_pool2d(conv(x, 'g'), 2).flatten(2).transpose(1, 2)
    t = conv(x, 'theta').flatten(2).transpose(1, 2)
    f = torch.softmax(t @ F.max_pool2d(conv(x, 'phi'), 2).flatten(2), dim=-1)
    return conv((f @ g).transpose(1, 2).reshape(BATCH, -1, *x.shape[2:]), 'W') + x


case('nonlocal', [4, 4, 2], 'return x |> NonLocal()', nonlocal_block,
     [('N.nonlocal0.%s.%s' % (n, l), s if l == 'weight' else s[:1]) for n, s in (
         ('theta', [2, 4, 1, 1]), ('phi', [2, 4, 1, 1]), ('g', [2, 4, 1, 1]), ('W', [4, 2, 1, 1]))
      for l in ('weight', 'bias')])

# ---- images --------------------------------------------------------------------------------------
case('pools', [2, 4, 4], 'return cat([global_sum_pool(x), global_avg_pool(x), global_max_pool(x), '
     'flatten(avg_pool(x, 3, stride = 2, pad = 1)), flatten(max_pool(x, 3, stride = 2, pad = 1))])',
     lambda x, p: torch.cat([x.sum((2, 3)), x.mean((2, 3)), x.amax((2, 3)), F.avg_pool2d(x, 3, 2, 1).flatten(1),
                             F.max_pool2d(x, 3, 2, 1).flatten(1)], 1))
case('upsample', [2, 2, 3], 'return upsample(x, 2)', lambda x, p: F.interpolate(x, scale_factor=2, mode='nearest'))
case('resize_up', [1, 3, 4], 'return resize(x, 5, 7)',
     lambda x, p: F.interpolate(x, size=[5, 7], mode='bilinear', align_corners=False))
case('resize_down', [1, 5, 4], 'return resize(x, 2, 3, align_corners = true)',
     lambda x, p: F.interpolate(x, size=[2, 3], mode='bilinear', align_corners=True))
case('pixel_shuffle', [8, 1, 2], 'return pixel_shuffle(x, 2)', lambda x, p: F.pixel_shuffle(x, 2))
case('pixel_unshuffle', [2, 4, 2], 'return pixel_unshuffle(x, 2)', lambda x, p: F.pixel_unshuffle(x, 2))
case('reflect_pad', [2, 4, 3], 'return reflect_pad(x, 2)', lambda x, p: F.pad(x, [2] * 4, mode='reflect'))


def blur(x, p):                                 # sigma differs per sample: 0.4 + first pixel squared
    sigma = 0.4 + x[:, 0, 0, 0]**2
    k = torch.exp(-0.5 * (torch.arange(-2., 3.)[None] / sigma[:, None])**2)
    k = k / k.sum(1, keepdim=True)
    xp = F.pad(x, [2] * 4, mode='reflect')
    return torch.cat([F.conv2d(xp[b:b + 1].transpose(0, 1), (k[b][:, None] * k[b][None])[None, None]).transpose(0, 1)
                      for b in range(len(x))])


case('blur', [2, 4, 3], 'return blur(x, 0.4 + x[0, 0, 0]^2)', blur)


def bilinear(x, u, v):                          # u: [B,h] rows, v: [B,w] columns, edges continued
    def weights(u, n):
        u = u.clamp(0, n - 1)
        lo = u.detach().floor().clamp(max=n - 2).long()
        f = u - lo
        return F.one_hot(lo, n) * (1 - f)[..., None] + F.one_hot(lo + 1, n) * f[..., None]
    H, W = x.shape[2:]
    y = torch.einsum('bih,bchw,bjw->bcij', weights(u, H), x, weights(v, W))
    grid = torch.stack(torch.broadcast_tensors((2 * v / (W - 1) - 1)[:, None], (2 * u / (H - 1) - 1)[:, :, None]), -1)
    assert torch.allclose(y, F.grid_sample(x, grid, padding_mode='border', align_corners=True), atol=1e-12)
    return y


def zoom(x, p):
    z = 1 + 0.3 * x[:, 0, 0, 0]
    at = [(n - 1) / 2 + (torch.arange(float(n)) - (n - 1) / 2)[None] / z[:, None] for n in x.shape[2:]]
    return bilinear(x, *at)


case('zoom', [2, 4, 5], 'return zoom(x, 1 + 0.3 * x[0, 0, 0])', zoom)
case('crop', [1, 5, 5], 'return crop(x, 1.25, 2, 3, 2)',
     lambda x, p: bilinear(x, (torch.arange(3.) + 1.25)[None].expand(BATCH, 3), (torch.arange(2.) + 2)[None].expand(BATCH, 2)))


def hue(x, p):                                  # through HSV, as colour libraries do it
    c = torch.sigmoid(x)
    r, g, b = c.unbind(1)
    v, lo = c.max(1).values, c.min(1).values
    d = v - lo
    h = torch.where(v == r, (g - b) / d, torch.where(v == g, 2 + (b - r) / d, 4 + (r - g) / d)) / 6
    h, s = (h + 0.13) % 1, d / v
    i = torch.floor(6 * h).detach()
    f = 6 * h - i
    k = [v * (1 - s), v * (1 - s * f), v * (1 - s * (1 - f))]
    table = [(v, k[2], k[0]), (k[1], v, k[0]), (k[0], v, k[2]), (k[0], k[1], v), (k[2], k[0], v), (v, k[0], k[1])]
    y = sum(torch.stack(t, 1) * (i == n)[:, None] for n, t in enumerate(table))
    for bb in range(BATCH):
        for at in range(x[0, 0].numel()):
            hsv = colorsys.rgb_to_hsv(*c[bb].flatten(1)[:, at].tolist())
            want = colorsys.hsv_to_rgb((hsv[0] + 0.13) % 1, *hsv[1:])
            assert torch.allclose(y[bb].flatten(1)[:, at], torch.tensor(want), atol=1e-12)
    return y


case('hue', [3, 3, 2], 'return hue_shift(sigmoid(x), 0.13)', hue)
case('grayscale', [3, 2, 2], 'return grayscale(x)',
     lambda x, p: (x * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True).expand(-1, 3, -1, -1))
case('nearest', [3, 2], 'return [nearest(x[0], stack([x[1], x[2], [0.1, 0.2]]))]',
     lambda x, p: (x[:, :1] - torch.cat([x[:, 1:], torch.tensor([[[0.1, 0.2]]]).expand(BATCH, 1, 2)], 1)).norm(
         dim=-1).amin(1, keepdim=True))
case('pairwise', [4, 2], 'return pairwise_sqdist(x[0..1], x[1..3])',
     lambda x, p: ((x[:, :2, None] - x[:, None, 1:])**2).sum(-1))

for c in cases:
    write(*c)
