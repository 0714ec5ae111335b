#!/usr/bin/env python3
"""PyTorch on a GPU: peer_torch.py as it is (eager), captured whole in a CUDA graph, and compiled.

Argument: {"modes": ["eager", "graph", "compile"], "jobs": [{name, part, net, batch, task}]}. Prints a JSON
line per time or failure. TF32 is on, as in the programs that it is compared with; Adam is the fused one.
"""
import json
import statistics
import sys
import time

import torch

torch.set_default_tensor_type(torch.cuda.FloatTensor)    # set_default_device slows every call
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
torch.backends.cudnn.benchmark = True

import peer_torch                                                      # noqa: E402


def timed(run, budget=2.0):
    """Milliseconds of one run: the median of five groups that are each waited for at the end."""
    for _ in range(2):
        run()
    torch.cuda.synchronize()
    began = time.perf_counter()
    run()
    torch.cuda.synchronize()
    n = max(1, min(200, int(budget / 5 / (time.perf_counter() - began))))
    means = []
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(n):
            run()
        torch.cuda.synchronize()
        means.append((time.perf_counter() - began) / n * 1e3)
    return statistics.median(means)


def captured(run):
    """The same work as one CUDA graph."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    return graph.replay


class Compiled(peer_torch.Peer):
    """torch.compile where it can: the gradient through torch.func, the loss as a function of the parameters."""

    def __init__(self, *args):
        super().__init__(*args)
        self.names = [n for n, _ in self.net.named_parameters()]
        self.move = torch.compile(self.plain_move)
        self.loss_gradient = torch.compile(torch.func.grad_and_value(self.functional_loss))

    def energy(self, weights, x):
        return torch.func.functional_call(self.net, dict(zip(self.names, weights)), (x,))

    def plain_move(self, weights, x, n):
        t = self.task
        g = torch.func.grad(lambda y: self.energy(weights, y).sum())(x)
        x = x - t["eta"] * g + t["sigma"] * n
        return x.clamp(-1, 1) if t["clamp"] else x

    def chain(self):
        weights = [p.detach() for p in self.net.parameters()]
        with torch.no_grad():
            x = self.start()
            for _ in range(self.task["K"]):
                x = self.move(weights, x, torch.randn(self.shape))
        return x

    def functional_loss(self, weights, x, other):
        """`other`: negatives, noise or directions."""
        t = self.task
        if t["kind"] == "cd":
            pos, neg = self.energy(weights, torch.cat([x, other])).chunk(2)
            return (pos - neg).mean() + 1e-3 * (pos * pos + neg * neg).mean()

        def gradient(y):
            return torch.func.grad(lambda z: self.energy(weights, z).sum())(y)
        if t["kind"] == "dsm":
            return (0.5 * t["s"] ** 2 * (gradient(x + t["s"] * other) - other / t["s"]).square().sum(1)).mean()
        g, hv = torch.func.jvp(gradient, (x,), (other,))
        return (0.5 * (g * other).sum(1).square() - (hv * other).sum(1)).mean()

    def step(self):
        kind = self.task["kind"]
        other = self.chain() if kind == "cd" else torch.randn(self.shape) if kind == "dsm" \
            else torch.randint(0, 2, self.shape).float() * 2 - 1
        weights = [p.detach() for p in self.net.parameters()]
        grads, _ = self.loss_gradient(weights, self.data(), other)
        for p, g in zip(self.net.parameters(), grads):
            p.grad = g
        self.optimizer.step()


def main():
    asked = json.loads(sys.argv[1])
    for job in asked["jobs"]:
        for mode in asked["modes"]:
            line = {"name": job["name"], "part": job["part"], "who": mode, "version": torch.__version__}
            try:
                kind = Compiled if mode == "compile" else peer_torch.Peer
                p = kind(job["net"], job["batch"], job["task"], 1)
                if "conv" in job["net"]:
                    p.net.to(memory_format=torch.channels_last)
                p.optimizer = torch.optim.Adam(p.net.parameters(), lr=1e-4, fused=True, capturable=True)
                run = {"chain": p.chain, "step": p.step}[job["part"]]
                if mode == "compile":
                    run()
                line["ms"] = timed(run if mode == "eager" else captured(run))
            except Exception as e:
                line["error"] = ("%s: %s" % (type(e).__name__, e))[:400]
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
