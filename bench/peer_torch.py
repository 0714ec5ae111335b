#!/usr/bin/env python3
"""The PyTorch side of the benchmark: what a careful user writes for the specs of this folder.

Parameters are frozen while sampling, the input gradient is autograd.grad of the sum, updates are in
place, zero_grad sets to None, both energy batches go through the network at once.
peer.py says what it answers.
"""
import json
import math
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

import peer


class Mlp(nn.Module):
    def __init__(self, sizes, quadratic=False):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.quadratic = quadratic

    def forward(self, x):
        h = x
        for layer in self.layers[:-1]:
            h = F.silu(layer(h))
        e = self.layers[-1](h).squeeze(1)
        return e + 0.5 * (x * x).sum(1) if self.quadratic else e


class Conv(nn.Module):
    def __init__(self, layers, shape):
        super().__init__()
        c, side, convs = shape[0], shape[1], []
        for channels, k, stride in layers:
            convs.append(nn.Conv2d(c, channels, k, stride, padding=1))
            c, side = channels, (side + 2 - k) // stride + 1
        self.convs, self.last = nn.ModuleList(convs), nn.Linear(c * side * side, 1)

    def forward(self, x):
        for conv in self.convs:
            x = F.silu(conv(x))
        return self.last(x.flatten(1)).squeeze(1)


class Peer:
    def __init__(self, net, batch, task, threads):
        self.net = Mlp(net["mlp"], net.get("quadratic", False)) if "mlp" in net \
            else Conv(net["conv"], net["in"])
        self.shape = [batch] + (net["mlp"][:1] if "mlp" in net else net["in"])
        self.task = task
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-4)

    def start(self):
        return torch.rand(self.shape) * 2 - 1

    def data(self):
        if self.task.get("data") != "moons":
            return self.start()
        a, upper = torch.rand(self.shape[0]) * math.pi, torch.rand(self.shape[0]) < 0.5
        arc = torch.where(upper, torch.stack([a.cos(), a.sin()]),
                          torch.stack([1 - a.cos(), 0.5 - a.sin()])).T
        return arc + 0.1 * torch.randn(self.shape)

    def freeze(self, frozen):
        for p in self.net.parameters():
            p.requires_grad_(not frozen)

    def gradient(self, x):
        x.requires_grad_(True)
        e = self.net(x)
        g, = torch.autograd.grad(e.sum(), x)
        return e.detach(), g

    def chain(self):
        """K steps of x <- x - eta grad E + sigma n, parameters frozen; [B, ...]"""
        t = self.task
        self.freeze(True)
        x = self.start()
        for _ in range(t["K"]):
            _, g = self.gradient(x)
            with torch.no_grad():
                x = x.detach().add_(g, alpha=-t["eta"]).add_(torch.randn(self.shape), alpha=t["sigma"])
                if t["clamp"]:
                    x.clamp_(-1, 1)
        self.freeze(False)
        return x

    def hmc(self):
        """K proposals of L leapfrog steps; the gradient at the current point is kept."""
        t, x = self.task, torch.randn(self.shape)
        self.freeze(True)
        e, g = self.gradient(x)
        x = x.detach()
        for _ in range(t["K"]):
            p = torch.randn(self.shape)
            y, q = x, p - t["eps"] / 2 * g
            for l in range(t["L"]):
                y = torch.add(y, q, alpha=t["eps"])
                f, h = self.gradient(y)
                y = y.detach()
                q = q.sub_(h, alpha=t["eps"] if l < t["L"] - 1 else t["eps"] / 2)
            ok = torch.rand(self.shape[0]).log() < e - f + 0.5 * ((p * p).sum(1) - (q * q).sum(1))
            x, g = torch.where(ok[:, None], y, x), torch.where(ok[:, None], h, g)
            e = torch.where(ok, f, e)
        self.freeze(False)
        return x

    def loss(self):
        t = self.task
        if t["kind"] == "cd":
            x_neg = self.chain()
            pos, neg = self.net(torch.cat([self.data(), x_neg])).chunk(2)
            return (pos - neg).mean() + 1e-3 * (pos * pos + neg * neg).mean()
        x = self.start()
        if t["kind"] == "dsm":
            n = torch.randn(self.shape)
            x = (x + t["s"] * n).requires_grad_(True)
            g, = torch.autograd.grad(self.net(x).sum(), x, create_graph=True)
            return (0.5 * t["s"] ** 2 * (g - n / t["s"]).square().sum(1)).mean()
        v = torch.randint(0, 2, self.shape).float() * 2 - 1
        x.requires_grad_(True)
        g, = torch.autograd.grad(self.net(x).sum(), x, create_graph=True)
        gv = (g * v).sum(1)
        hv, = torch.autograd.grad(gv.sum(), x, create_graph=True)
        return (0.5 * gv.square() - (hv * v).sum(1)).mean()

    def step(self):
        loss = self.loss()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def compare(self, folder, weights):
        with torch.no_grad():
            for p, w in zip(self.net.parameters(), peer.in_order(weights)):
                p.copy_(torch.from_numpy(w).reshape(p.shape))
        x = torch.from_numpy(peer.only(folder + "/x.safetensors"))
        energy, gradient = self.gradient(x)
        return {"energy": peer.difference(peer.only(folder + "/energy.safetensors"), energy),
                "gradient": peer.difference(peer.only(folder + "/gradient.safetensors"), gradient)}


def main():
    setup = json.loads(sys.argv[1])
    torch.set_num_threads(setup["threads"])
    torch.manual_seed(0)
    p = Peer(**setup)
    peer.serve({"version": "PyTorch " + torch.__version__},
               {"chain": p.hmc if p.task["kind"] == "hmc" else p.chain, "step": p.step}, p.compare)


if __name__ == "__main__":
    main()
