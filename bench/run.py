#!/usr/bin/env python3
"""Time of compiled programs against PyTorch and JAX on the same machine.

  bench/run.py --ebmcc build/ebmcc --out build/bench [--only W1 ...] [--pairs 5] [--quick]

For every workload of bench/README.md: builds the program; compares energies and input gradients with
each peer on the program's own weights (a speed without equal numbers is worth nothing); finds each
side's better thread count; then runs all in turns, A B C A B C, and reports medians and the spread
of the ratios of neighbouring runs. Writes OUT/bench.json and prints one table.

Fairness: PyTorch gets the OpenMP build of OpenBLAS, no OPENBLAS_* variable of the caller, its better
thread count, and a warm-up before each measurement; JAX one jit around a whole chain or step. Our
times come from the program itself and include everything that a step does. A peer that is not
installed is left out, with the reason.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
OPENBLAS = "/usr/lib/%s-linux-gnu/openblas-openmp" % os.uname().machine
PYTHON = "/usr/bin/python3"              # Debian's, which finds Debian's PyTorch

SMALL = {"kind": "cd", "K": 60, "eta": 0.01, "sigma": 0.05, "clamp": False}
WIDE, IMAGE = {"mlp": [784, 1024, 1024, 1024, 1]}, {"in": [3, 32, 32], "conv": [
    [64, 3, 1], [64, 4, 2], [128, 3, 1], [128, 4, 2], [256, 3, 1], [256, 4, 2], [512, 3, 1]]}


def workload(spec, net, batch, n, task, parts, *options):
    """n: runs of one measurement; parts: name -> the program's entry; options of ebmcc."""
    return {"spec": spec, "net": net, "batch": batch, "n": n, "task": task, "parts": parts,
            "options": list(options)}


def hmc(d, chains, proposals, n):
    return workload("hmc", {"mlp": [d, 128, 128, 1], "quadratic": True}, chains, n,
                    {"kind": "hmc", "K": proposals, "L": 10, "eps": 0.05}, {"chain": "chain"},
                    "-D", "d=%d" % d)


CD = {"chain": "chain", "step": "cd"}
WORKLOADS = {
    "W0": workload("w0", {"mlp": [2, 64, 64, 1]}, 64, 200, SMALL, CD),
    "W1s": workload("w1", {"mlp": [2, 128, 128, 128, 1]}, 32, 100, SMALL, CD),
    "W1": workload("w1", {"mlp": [2, 128, 128, 128, 1]}, 256, 40, SMALL, CD),
    "W1b": workload("w1", {"mlp": [2, 128, 128, 128, 1]}, 4096, 5, SMALL, CD),
    "W2": workload("w2", WIDE, 128, 4, dict(SMALL, eta=0.1, sigma=0.005, clamp=True), CD),
    "W3": workload("w3", IMAGE, 64, 2, dict(SMALL, K=10, eta=0.1, sigma=0.005, clamp=True), CD),
    "W2h": workload("w2", WIDE, 128, 8, dict(SMALL, eta=0.1, sigma=0.005, clamp=True), CD,
                    "--precision=bf16"),
    "W3h": workload("w3", IMAGE, 64, 4, dict(SMALL, K=10, eta=0.1, sigma=0.005, clamp=True), CD,
                    "--precision=bf16"),
    "W4a": workload("w4", WIDE, 128, 30, {"kind": "dsm", "s": 0.3}, {"step": "dsm"}),
    "W4b": workload("w4", WIDE, 128, 20, {"kind": "ssm"}, {"step": "ssm"}),
    "moons": workload("moons", {"mlp": [2, 128, 128, 1]}, 256, 40, dict(SMALL, data="moons"),
                      {"step": "cd"}),
    "HMCs": hmc(8, 64, 50, 20),
    "HMC": hmc(32, 256, 100, 4),
    "HMCb": hmc(128, 1024, 200, 1),
}


def multiply_adds(net):
    """Of one forward pass of one sample."""
    if "mlp" in net:
        return sum(a * b for a, b in zip(net["mlp"], net["mlp"][1:]))
    (c, side, _), total = net["in"], 0
    for channels, k, stride in net["conv"]:
        side = (side + 2 - k) // stride + 1
        total, c = total + c * k * k * channels * side * side, channels
    return total + c * side * side


def chain_flops(w):
    """Of a chain as a mathematician counts: a forward pass and an input gradient per step."""
    t = w["task"]
    return 4 * multiply_adds(w["net"]) * w["batch"] * t["K"] * t.get("L", 1)


class Peer:
    """A process that answers one question at a time (peer.py)."""

    def __init__(self, kind, python, w, threads):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
        if kind == "torch":
            env["LD_LIBRARY_PATH"] = OPENBLAS
            env["OMP_NUM_THREADS"] = str(threads)
        setup = {"net": w["net"], "batch": w["batch"], "task": w["task"], "threads": threads}
        self.process = subprocess.Popen([python, "%s/peer_%s.py" % (HERE, kind), json.dumps(setup)],
                                        text=True, env=env, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.about = json.loads(self.process.stdout.readline())

    def ask(self, **question):
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def times(self, what, n):
        return self.ask(do=what, n=n)["ms"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Ours:
    """A compiled program; every measurement is one run of it in a fresh folder."""

    def __init__(self, args, w, out):
        self.path, self.out, self.w = os.path.join(out, w["spec"]), out, w
        began = time.perf_counter()
        run([args.ebmcc, "%s/%s.ebm" % (HERE, w["spec"]), "-o", self.path, "--march=" + args.march]
            + w["options"])
        self.compile_s = time.perf_counter() - began

    def train(self, entry, n, threads):
        folder = os.path.join(self.out, "run")
        fresh(folder)
        self.mib = run([self.path, "train", entry, "steps=%d" % n, "batch=%d" % self.w["batch"],
                        "--quiet", "--threads=%d" % threads, "--out=" + folder,
                        "--timings=" + folder + ".ms"] + self.settings(entry))
        return folder

    def settings(self, entry):
        return ["K=%d" % self.w["task"]["K"]] if self.w["task"]["kind"] == "hmc" else []

    def times(self, what, n, threads):
        folder = self.train(self.w["parts"][what], n + 1, threads)
        with open(folder + ".ms") as f:
            return [float(line) for line in f][1:]

    def sample(self):
        trained = self.train(list(self.w["parts"].values())[-1], 2, 1)
        folder = os.path.join(self.out, "compare")
        fresh(folder)
        run([self.path, "sample", "compare", "batch=64", "count=64", "--ckpt=" + trained,
             "--out=" + folder])
        weights = [f for f in sorted(os.listdir(trained)) if f.startswith("ckpt-")][-1]
        return {"dir": folder, "weights": os.path.join(trained, weights)}


def run(command):
    """Runs a command to its end; MiB of its largest resident size."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True,
                               env=dict(os.environ, EBM_CACHE="off"))   # compile times are whole
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("bench: %s ended with %d:\n%s" % (" ".join(command), process.returncode, text))
    return usage.ru_maxrss / 1024


def fresh(folder):
    """Removes what an earlier measurement left."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists(folder + ".ms"):
        os.remove(folder + ".ms")


def better_threads(measure, counts):
    medians = {t: statistics.median(measure(t)) for t in counts}
    return min(medians, key=medians.get), medians


def measure_part(what, w, n, ours, peers, counts, args):
    """peers: kind -> {threads: Peer}. All take turns; ratios are those of one turn."""
    threads, by = {}, {}
    threads["ours"], by["ours"] = better_threads(lambda t: ours.times(what, n, t), counts)
    for kind, at in peers.items():
        threads[kind], by[kind] = better_threads(lambda t: at[t].times(what, n), counts)
    turns = []
    for _ in range(args.pairs):
        turn = {"ours": statistics.median(ours.times(what, n, threads["ours"]))}
        for kind, at in peers.items():
            turn[kind] = statistics.median(at[threads[kind]].times(what, n))
        turns.append(turn)
    part = {"mib": {"ours": ours.mib}}
    for who in ["ours"] + list(peers):
        part[who] = {"ms": statistics.median(t[who] for t in turns), "threads": threads[who],
                     "by_threads": by[who]}
        if who != "ours":
            ratios = sorted(t[who] / t["ours"] for t in turns)
            part[who].update(ratio=statistics.median(ratios), ratio_min=ratios[0], ratio_max=ratios[-1])
            part["mib"][who] = peers[who][threads[who]].ask(do="memory")["mib"]
    if what == "chain":
        peak = args.peak(threads["ours"])
        part["gflops"] = chain_flops(w) / part["ours"]["ms"] * 1e-6
        part["share_of_peak"] = part["gflops"] / peak
        part["peak_gflops"] = peak
    return part


def bench(name, args, counts, pythons):
    w = WORKLOADS[name]
    n = max(1, w["n"] // 4) if args.quick else w["n"]
    out = os.path.abspath(os.path.join(args.out, name))
    os.makedirs(out, exist_ok=True)
    ours = Ours(args, w, out)
    row = {"workload": name, "batch": w["batch"], "network": w["net"], "compile_s": ours.compile_s,
           "difference": {}, "versions": {}, "parts": {}}
    files = ours.sample()
    peers = {}
    for kind, python in pythons.items():
        peers[kind] = {t: Peer(kind, python, w, t) for t in counts}
        row["versions"][kind] = peers[kind][counts[0]].about["version"]
        row["difference"][kind] = peers[kind][counts[0]].ask(do="compare", **files)
    for what in w["parts"]:
        row["parts"][what] = measure_part(what, w, n, ours, peers, counts, args)
    for at in peers.values():
        for p in at.values():
            p.close()
    return row


def print_head(kinds):
    print("%-6s %5s %-6s %14s" % ("", "batch", "part", "ours ms")
          + "".join(" %14s %6s %13s" % (k + " ms", "ratio", "min..max") for k in kinds)
          + "   of peak  MiB ours" + "".join(" %6s" % k for k in kinds) + "  compile s", flush=True)


def print_row(r, kinds):
    for what, p in r["parts"].items():
        print("%-6s %5d %-6s %9.3f (%dt)" % (r["workload"], r["batch"], what, p["ours"]["ms"],
                                              p["ours"]["threads"])
              + "".join(" %9.3f (%dt) %6.2f %6.2f..%-5.2f" % (
                  p[k]["ms"], p[k]["threads"], p[k]["ratio"], p[k]["ratio_min"], p[k]["ratio_max"])
                  for k in kinds)
              + ("   %5.1f %%" % (100 * p["share_of_peak"]) if "share_of_peak" in p else " " * 10)
              + "  %8.0f" % p["mib"]["ours"] + "".join(" %6.0f" % p["mib"][k] for k in kinds)
              + "  %9.2f" % r["compile_s"], flush=True)


def find_peers(args):
    """kind -> python. Prints why a peer is left out."""
    found = {}
    for kind, python, module, how in (
            ("torch", args.torch_python, "torch", "./setup-debian --bench installs python3-torch"),
            ("jax", args.jax_python, "jax", "python3 -m venv jax && jax/bin/pip install jax; then "
             "--jax-python jax/bin/python")):
        if python is None:
            continue
        if not shutil.which(python) or subprocess.run([python, "-c", "import " + module],
                                                      stderr=subprocess.DEVNULL).returncode != 0:
            print("bench: without %s: not found by %s (%s)" % (kind, python, how))
        elif kind == "torch" and python == PYTHON and not os.path.isdir(OPENBLAS):
            print("bench: without torch: no OpenMP build of OpenBLAS in %s (./setup-debian --bench "
                  "installs it); with the pthread build PyTorch would look slower than it is" % OPENBLAS)
        else:
            found[kind] = python
    return found


def peak_of(args):
    """threads -> GFLOP/s of fused multiply-adds, measured when asked."""
    tool = os.path.join(os.path.abspath(args.out), "peak")
    run([os.environ.get("CC", "cc"), "-std=gnu11", "-O2", "-march=" + args.march, "-ffp-contract=off",
         "-I" + HERE + "/../runtime", HERE + "/peak.c", "-o", tool, "-lpthread"])
    return lambda threads: float(subprocess.run([tool, str(threads)], stdout=subprocess.PIPE, text=True,
                                                check=True).stdout)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--ebmcc", default="build/ebmcc")
    p.add_argument("--out", default="build/bench")
    p.add_argument("--only", nargs="*", default=list(WORKLOADS), choices=list(WORKLOADS))
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--quick", action="store_true", help="a quarter of the runs of a measurement")
    p.add_argument("--march", default="native", help="the CPU that our side is compiled for, such as "
                   "x86-64-v3 (AVX2); also that of the peak")
    p.add_argument("--torch-python", default=PYTHON, help="a Python that imports torch")
    p.add_argument("--jax-python", default="python3", help="a Python that imports jax")
    args = p.parse_args()
    args.ebmcc = os.path.abspath(args.ebmcc)
    os.makedirs(args.out, exist_ok=True)
    pythons = find_peers(args)
    if not pythons:
        print("bench: skipped: nothing to compare with")
        return
    args.peak = peak_of(args)
    counts = [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
    print_head(pythons)
    rows = []
    for name in args.only:
        rows.append(bench(name, args, counts, pythons))
        print_row(rows[-1], pythons)
        with open(os.path.join(args.out, "bench.json"), "w") as f:
            json.dump(rows, f, indent=1)
    wrong = ["%s against %s" % (r["workload"], k) for r in rows for k, d in r["difference"].items()
             if max(d.values()) > 1e-4]
    if wrong:
        sys.exit("bench: energies or gradients differ by more than 1e-4: " + ", ".join(wrong))


if __name__ == "__main__":
    main()
