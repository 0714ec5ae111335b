#!/usr/bin/env python3
"""The PyTorch side of the benchmark: what a careful user writes for bench/w*.ebm.

Parameters are frozen while sampling, the input gradient is autograd.grad of the sum, updates are in
place, zero_grad sets to None, both energy batches go through the network at once. Talks JSON lines:

  {"do": "chain" | "step", "n": N}      -> {"ms": [N times]}       after one untimed run
  {"do": "compare", "dir": D, "weights": F}  -> {"energy": e, "gradient": g}   relative L2 differences
                                              between this network and the files that a program wrote
"""
import json
import struct
import sys
import time

import torch
import torch.nn as nn


def network(dims):
    layers = []
    for i in range(len(dims) - 1):
        layers.append(nn.Linear(dims[i], dims[i + 1]))
        if i < len(dims) - 2:
            layers.append(nn.SiLU())
    return nn.Sequential(*layers)


class Peer:
    def __init__(self, dims, batch, steps, eta, sigma):
        self.net, self.shape = network(dims), (batch, dims[0])
        self.steps, self.eta, self.sigma = steps, eta, sigma
        self.optimizer = torch.optim.Adam(self.net.parameters(), lr=1e-4)

    def start(self):
        return torch.rand(self.shape) * 2 - 1

    def chain(self):
        """steps of x <- x - eta grad E + sigma n, parameters frozen; [B, d]"""
        for p in self.net.parameters():
            p.requires_grad_(False)
        x = self.start()
        for _ in range(self.steps):
            x.requires_grad_(True)
            g, = torch.autograd.grad(self.net(x).sum(), x)
            with torch.no_grad():
                x = x.detach().add_(g, alpha=-self.eta).add_(torch.randn(self.shape),
                                                             alpha=self.sigma)
        for p in self.net.parameters():
            p.requires_grad_(True)
        return x

    def step(self):
        x_neg = self.chain()
        e = self.net(torch.cat([self.start(), x_neg]))
        pos, neg = e[:len(x_neg)], e[len(x_neg):]
        loss = (pos - neg).mean() + 1e-3 * (pos * pos + neg * neg).mean()
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    def times(self, what, n):
        run = {"chain": self.chain, "step": self.step}[what]
        run()
        ms = []
        for _ in range(n):
            began = time.perf_counter()
            run()
            ms.append((time.perf_counter() - began) * 1e3)
        return ms

    def compare(self, folder, weights):
        with torch.no_grad():
            own = list(self.net.parameters())
            names = [k for k in weights if not k.startswith("ebm.")]
            for p, name in zip(own, sorted(names, key=layer_order)):
                p.copy_(weights[name].reshape(p.shape))
        x = only(load(folder + "/x.safetensors")).requires_grad_(True)
        energy = self.net(x).squeeze(1)
        gradient, = torch.autograd.grad(energy.sum(), x)
        return {"energy": difference(only(load(folder + "/energy.safetensors")), energy.detach()),
                "gradient": difference(only(load(folder + "/gradient.safetensors")), gradient)}


def layer_order(name):
    """E.linear2.weight -> (2, 0): the order of nn.Sequential's parameters."""
    layer, leaf = name.split(".")[-2:]
    return int("".join(c for c in layer if c.isdigit()) or 0), leaf != "weight"


def difference(a, b):
    return ((a.reshape(b.shape) - b).norm() / b.norm()).item()


def only(tensors):
    values = [v for k, v in tensors.items() if not k.startswith("ebm.")]
    assert len(values) == 1, sorted(tensors)
    return values[0]


def load(path):
    """The f32 tensors of a safetensors file (the format's own reader is not in Debian)."""
    with open(path, "rb") as f:
        n, = struct.unpack("<Q", f.read(8))
        head, data = json.loads(f.read(n)), bytearray(f.read())
    out = {}
    for name, t in head.items():
        if name != "__metadata__" and t["dtype"] == "F32":
            begin, end = t["data_offsets"]
            flat = torch.frombuffer(data[begin:end], dtype=torch.float32)
            out[name] = flat.reshape(t["shape"])
    return out


def main():
    setup = json.loads(sys.argv[1])
    torch.set_num_threads(setup.pop("threads"))
    torch.manual_seed(0)
    peer = Peer(**setup)
    print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["do"] == "compare":
            answer = peer.compare(ask["dir"], load(ask["weights"]))
        else:
            answer = {"ms": peer.times(ask["do"], ask["n"])}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
