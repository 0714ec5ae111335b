"""What the peers of the benchmark share: the questions that they answer, files, layer order.

A peer is a process that is given one JSON object: {"net": ..., "batch": B, "task": ..., "threads": T},
and then answers one JSON line per JSON line:

  {"do": PART, "n": N}                       -> {"ms": [N times]}     after one untimed run
  {"do": "compare", "dir": D, "weights": F}  -> {"energy": e, "gradient": g}   relative L2 differences
                                              between this network and the files that a program wrote
  {"do": "memory"}                           -> {"mib": peak resident size}

net   {"mlp": [d, h, ..., 1], "quadratic": bool} | {"conv": [[channels, k, stride], ...], "in": [C, H, W]}
task  {"kind": "cd", "K", "eta", "sigma", "clamp", "data": "uniform" | "moons"} parts chain, step
      {"kind": "hmc", "K", "L", "eps"}                                           part  chain
      {"kind": "dsm", "s"}, {"kind": "ssm"}                                      part  step
"""
import json
import resource
import struct
import sys
import time

import numpy as np


def serve(about, parts, compare):
    """Answers until the input ends. parts: name -> function that runs once and waits for its end."""
    print(json.dumps(about), flush=True)
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["do"] == "compare":
            answer = compare(ask["dir"], load(ask["weights"]))
        elif ask["do"] == "memory":
            answer = {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
        else:
            answer = {"ms": times(parts[ask["do"]], ask["n"])}
        print(json.dumps(answer), flush=True)


def times(run, n):
    run()
    ms = []
    for _ in range(n):
        began = time.perf_counter()
        run()
        ms.append((time.perf_counter() - began) * 1e3)
    return ms


def in_order(weights):
    """The arrays of a checkpoint in the order of the layers: weight, bias, weight, bias ..."""
    names = [k for k in weights if not k.startswith("ebm.")]
    return [weights[name] for name in sorted(names, key=layer_order)]


def layer_order(name):
    """E.linear2.weight -> (kind, 2, 0); convolutions come before linear layers."""
    layer, leaf = name.split(".")[-2:]
    return ("linear" in layer, int("".join(c for c in layer if c.isdigit()) or 0), leaf != "weight")


def difference(a, b):
    a, b = np.asarray(a, np.float64).reshape(-1), np.asarray(b, np.float64).reshape(-1)
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def only(path):
    values = [v for k, v in load(path).items() if not k.startswith("ebm.")]
    assert len(values) == 1, path
    return values[0]


def load(path):
    """The f32 tensors of a safetensors file (the format's own reader is not in Debian)."""
    with open(path, "rb") as f:
        n, = struct.unpack("<Q", f.read(8))
        head, data = json.loads(f.read(n)), f.read()
    return {name: np.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], np.float32)
            .reshape(t["shape"]).copy()
            for name, t in head.items() if name != "__metadata__" and t["dtype"] == "F32"}
