#!/usr/bin/env python3
"""The JAX side of the benchmark: whole chains and whole training steps under one jit each.

Loops are lax.fori_loop, parameters and optimiser state are donated, gradients are jax.grad and
jax.jvp. peer.py says what it answers.
"""
import json
import os
import sys

# XLA's CPU client sizes its pool by the CPUs of the process.
_setup = json.loads(sys.argv[1])
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_setup["threads"]])

import jax                                                             # noqa: E402
import jax.numpy as jnp                                                # noqa: E402
from jax import lax, random                                            # noqa: E402

import peer                                                            # noqa: E402


def mlp(sizes, quadratic=False):
    shapes = [s for a, b in zip(sizes, sizes[1:]) for s in ([b, a], [b])]

    def energy(w, x):                                                  # x [B, d]
        h = x
        for i in range(0, len(w), 2):
            h = h @ w[i].T + w[i + 1]
            h = jax.nn.silu(h) if i < len(w) - 2 else h
        return h[:, 0] + (0.5 * (x * x).sum(1) if quadratic else 0)
    return shapes, energy


def conv(layers, shape):
    c, side, shapes = shape[0], shape[1], []
    for channels, k, stride in layers:
        shapes += [[channels, c, k, k], [channels]]
        c, side = channels, (side + 2 - k) // stride + 1
    shapes += [[1, c * side * side], [1]]

    def energy(w, x):                                                  # x [B, C, H, W]
        for i, (_, _, stride) in enumerate(layers):
            x = lax.conv_general_dilated(x, w[2 * i], (stride, stride), ((1, 1), (1, 1)))
            x = jax.nn.silu(x + w[2 * i + 1][:, None, None])
        return (x.reshape(x.shape[0], -1) @ w[-2].T + w[-1])[:, 0]
    return shapes, energy


def adam(w, m, v, t, g, lr=1e-4, b1=0.9, b2=0.999, eps=1e-8):
    m = [b1 * a + (1 - b1) * b for a, b in zip(m, g)]
    v = [b2 * a + (1 - b2) * b * b for a, b in zip(v, g)]
    c1, c2 = 1 - b1 ** t, 1 - b2 ** t
    return [p - lr * (a / c1) / (jnp.sqrt(b / c2) + eps) for p, a, b in zip(w, m, v)], m, v


class Peer:
    def __init__(self, net, batch, task, threads):
        shapes, self.energy = mlp(net["mlp"], net.get("quadratic", False)) if "mlp" in net \
            else conv(net["conv"], net["in"])
        self.shape = [batch] + (net["mlp"][:1] if "mlp" in net else net["in"])
        self.task, self.key, self.t = task, random.PRNGKey(0), 0
        keys = random.split(self.key, len(shapes))
        self.w = [random.uniform(k, s, minval=-1, maxval=1) / max(1, s[-1]) ** 0.5
                  for k, s in zip(keys, shapes)]
        self.m, self.v = [0 * p for p in self.w], [0 * p for p in self.w]
        self.run_chain = jax.jit(self.hmc if task["kind"] == "hmc" else self.chain)
        self.run_step = jax.jit(self.update, donate_argnums=(0, 1, 2))

    def gradient(self, w, x):
        return jax.grad(lambda y: self.energy(w, y).sum())(x)

    def start(self, key):
        return random.uniform(key, self.shape, minval=-1, maxval=1)

    def data(self, key):
        if self.task.get("data") != "moons":
            return self.start(key)
        k1, k2, k3 = random.split(key, 3)
        a, upper = random.uniform(k1, self.shape[:1]) * jnp.pi, random.bernoulli(k2, 0.5, self.shape[:1])
        arc = jnp.where(upper, jnp.stack([jnp.cos(a), jnp.sin(a)]),
                        jnp.stack([1 - jnp.cos(a), 0.5 - jnp.sin(a)])).T
        return arc + 0.1 * random.normal(k3, self.shape)

    def chain(self, w, key):
        t, first = self.task, self.start(random.fold_in(key, t_start))

        def body(k, x):
            n = random.normal(random.fold_in(key, k), self.shape)
            x = x - t["eta"] * self.gradient(w, x) + t["sigma"] * n
            return jnp.clip(x, -1, 1) if t["clamp"] else x
        return lax.fori_loop(0, t["K"], body, first)

    def hmc(self, w, key):
        t, eps = self.task, self.task["eps"]

        def both(x):
            e, back = jax.vjp(lambda y: self.energy(w, y), x)
            return e, back(jnp.ones_like(e))[0]

        def propose(k, state):
            x, e, g = state
            kp, ku = random.split(random.fold_in(key, k))
            p = random.normal(kp, self.shape)

            def leap(_, s):
                y, q, _, _ = s
                y = y + eps * q
                f, h = both(y)
                return y, q - eps * h, f, h
            y, q, f, h = lax.fori_loop(0, t["L"], leap, (x, p - eps / 2 * g, e, g))
            q = q + eps / 2 * h
            ok = jnp.log(random.uniform(ku, self.shape[:1])) \
                < e - f + 0.5 * ((p * p).sum(1) - (q * q).sum(1))
            return jnp.where(ok[:, None], y, x), jnp.where(ok, f, e), jnp.where(ok[:, None], h, g)
        x = random.normal(random.fold_in(key, t_start), self.shape)
        return lax.fori_loop(0, t["K"], propose, (x, *both(x)))[0]

    def loss(self, w, key):
        t, (k1, k2) = self.task, random.split(key)
        if t["kind"] == "cd":
            x_neg = lax.stop_gradient(self.chain(w, k1))
            e = self.energy(w, jnp.concatenate([self.data(k2), x_neg]))
            pos, neg = jnp.split(e, 2)
            return (pos - neg).mean() + 1e-3 * (pos * pos + neg * neg).mean()
        x = self.start(k1)
        if t["kind"] == "dsm":
            n = random.normal(k2, self.shape)
            g = self.gradient(w, x + t["s"] * n)
            return (0.5 * t["s"] ** 2 * ((g - n / t["s"]) ** 2).sum(1)).mean()
        v = random.rademacher(k2, self.shape, jnp.float32)
        g, hv = jax.jvp(lambda y: self.gradient(w, y), (x,), (v,))
        return (0.5 * (g * v).sum(1) ** 2 - (hv * v).sum(1)).mean()

    def update(self, w, m, v, t, key):
        return adam(w, m, v, t, jax.grad(self.loss)(w, key))

    def next_key(self):
        self.t += 1
        return random.fold_in(self.key, self.t)

    def time_chain(self):
        self.run_chain(self.w, self.next_key()).block_until_ready()

    def time_step(self):
        key = self.next_key()
        self.w, self.m, self.v = self.run_step(self.w, self.m, self.v, float(self.t), key)
        jax.block_until_ready(self.w)

    def compare(self, folder, weights):
        w = [jnp.asarray(a).reshape(p.shape) for a, p in zip(peer.in_order(weights), self.w)]
        x = jnp.asarray(peer.only(folder + "/x.safetensors"))
        return {"energy": peer.difference(peer.only(folder + "/energy.safetensors"), self.energy(w, x)),
                "gradient": peer.difference(peer.only(folder + "/gradient.safetensors"),
                                            self.gradient(w, x))}


t_start = 1 << 20                                # a fold that no step of a chain uses


def main():
    p = Peer(**_setup)
    peer.serve({"version": "JAX " + jax.__version__}, {"chain": p.time_chain, "step": p.time_step},
               p.compare)


if __name__ == "__main__":
    main()
