#!/usr/bin/env python3
"""Where overhead ends and arithmetic begins: a Langevin chain of 2-h-h-h-1 networks, PyTorch's time
over ours for every width h and batch.

  bench/sweep.py --ebmcc build/ebmcc --out build/bench [--widths 16 64 ...] [--batches 16 256 ...]

Uses the spec and the peer of W1 (bench/run.py), both sides with two threads where there are two
CPUs. Writes OUT/sweep.json and OUT/sweep.svg, and prints the table of ratios and, for the largest
batches, our time per step and sample.
"""
import argparse
import json
import math
import os
import statistics
import sys

import run

STEPS = 20


def point(args, width, batch, ours, threads):
    net = {"mlp": [2, width, width, width, 1]}
    w = run.workload("w1", net, batch, 0, dict(run.SMALL, K=STEPS), {"chain": "chain"})
    ours.w = w
    peer = run.Peer("torch", args.torch_python, w, threads)
    n = max(2, min(60, int(2e10 / (run.chain_flops(w) + 1e6))))
    turns = []
    for _ in range(args.pairs):
        a = statistics.median(ours.times("chain", n, threads))
        b = statistics.median(peer.times("chain", max(2, n // 8)))
        turns.append((a, b))
    peer.close()
    ms = statistics.median(a for a, _ in turns)
    return {"width": width, "batch": batch, "ours_ms": ms,
            "torch_ms": statistics.median(b for _, b in turns),
            "ratio": statistics.median(b / a for a, b in turns),
            "ns_per_step_and_sample": ms * 1e6 / STEPS / batch}


class Ours(run.Ours):
    def settings(self, entry):
        return ["K=%d" % STEPS]


def svg(rows, widths, batches):
    """Cells coloured by the logarithm of the ratio, the ratio written in each."""
    cell, left, top = (86, 40), 90, 60
    wide, high = left + cell[0] * len(batches) + 20, top + cell[1] * len(widths) + 50
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" '
           'font-size="14">' % (wide, high),
           '<rect width="100%" height="100%" fill="white"/>',
           '<text x="%d" y="24" font-size="16">PyTorch time / ebmcc time: Langevin chain of '
           '2-h-h-h-1</text>' % 20]
    top_ratio = max(r["ratio"] for r in rows)
    for r in rows:
        x = left + cell[0] * batches.index(r["batch"])
        y = top + cell[1] * widths.index(r["width"])
        share = max(0.0, math.log(max(r["ratio"], 1)) / math.log(max(top_ratio, 1.01)))
        colour = "rgb(%d,%d,%d)" % (247 - 200 * share, 251 - 130 * share, 255 - 60 * share)
        out.append('<rect x="%d" y="%d" width="%d" height="%d" fill="%s" stroke="white"/>'
                   % (x, y, cell[0], cell[1], colour))
        out.append('<text x="%d" y="%d" text-anchor="middle" fill="%s">%.1f</text>'
                   % (x + cell[0] // 2, y + 25, "white" if share > 0.55 else "black", r["ratio"]))
    for i, b in enumerate(batches):
        out.append('<text x="%d" y="%d" text-anchor="middle">%d</text>'
                   % (left + cell[0] * i + cell[0] // 2, top - 8, b))
    for i, h in enumerate(widths):
        out.append('<text x="%d" y="%d" text-anchor="end">h = %d</text>'
                   % (left - 8, top + cell[1] * i + 25, h))
    out.append('<text x="%d" y="%d">columns: batch; fp32; ratio above 1: ebmcc is faster</text>'
               % (left, high - 18))
    return "\n".join(out + ["</svg>", ""])


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--ebmcc", default="build/ebmcc")
    p.add_argument("--out", default="build/bench")
    p.add_argument("--widths", nargs="*", type=int, default=[16, 32, 64, 128, 256, 512, 1024])
    p.add_argument("--batches", nargs="*", type=int, default=[16, 64, 256, 1024, 4096, 16384])
    p.add_argument("--pairs", type=int, default=3)
    p.add_argument("--march", default="native")
    p.add_argument("--torch-python", default=run.PYTHON)
    args = p.parse_args()
    args.ebmcc, args.jax_python = os.path.abspath(args.ebmcc), None
    if "torch" not in run.find_peers(args):
        sys.exit("sweep: there is nothing to compare with")
    threads = min(2, len(os.sched_getaffinity(0)))
    rows = []
    print("%6s" % "h" + "".join("%9d" % b for b in args.batches) + "   ns per step and sample")
    for h in args.widths:
        out = os.path.abspath(os.path.join(args.out, "sweep-%d" % h))
        os.makedirs(out, exist_ok=True)
        w = run.workload("w1", {}, 0, 0, run.SMALL, {}, "-D", "h=%d" % h)
        ours = Ours(args, w, out)
        row = [point(args, h, b, ours, threads) for b in args.batches]
        rows += row
        print("%6d" % h + "".join("%9.1f" % r["ratio"] for r in row) + "   "
              + " ".join("%.0f" % r["ns_per_step_and_sample"] for r in row), flush=True)
    with open(os.path.join(args.out, "sweep.json"), "w") as f:
        json.dump(rows, f, indent=1)
    with open(os.path.join(args.out, "sweep.svg"), "w") as f:
        f.write(svg(rows, args.widths, args.batches))


if __name__ == "__main__":
    main()
