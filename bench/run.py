#!/usr/bin/env python3
"""Time per training step of compiled programs against PyTorch on the same machine.

  bench/run.py --ebmcc build/ebmcc --out build/bench [--only W1] [--pairs 5] [--quick]

For every workload of bench/README.md: builds the program; compares energies and input gradients
with PyTorch on the program's own weights (a speed without equal numbers is worth nothing); finds
each side's better thread count; then runs both in turns, A B A B, and reports medians and the
spread of the ratios of neighbouring runs. Writes OUT/bench.json and prints one table.

Fairness: PyTorch gets the OpenMP build of OpenBLAS, no OPENBLAS_* variable of the caller, its
better thread count, and a warm-up before each measurement. Our times come from the program itself
and include everything that a step does.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LANGEVIN = {"steps": 60, "eta": 0.01, "sigma": 0.05}
# name: (spec, layer sizes, batch, training steps of one measurement)
WORKLOADS = {
    "W0": ("w0", [2, 64, 64, 1], 64, 200),
    "W1s": ("w1", [2, 128, 128, 128, 1], 32, 100),
    "W1": ("w1", [2, 128, 128, 128, 1], 256, 40),
    "W1b": ("w1", [2, 128, 128, 128, 1], 4096, 5),
}
OPENBLAS = "/usr/lib/%s-linux-gnu/openblas-openmp" % os.uname().machine
PYTHON = "/usr/bin/python3"              # Debian's, which finds Debian's PyTorch


class Peer:
    """A PyTorch process that answers one question at a time."""

    def __init__(self, dims, batch, threads):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("OPENBLAS_", "OMP_", "MKL_"))}
        env["LD_LIBRARY_PATH"] = OPENBLAS
        env["OMP_NUM_THREADS"] = str(threads)
        setup = json.dumps(dict(LANGEVIN, dims=dims, batch=batch, threads=threads))
        self.process = subprocess.Popen([PYTHON, HERE + "/peer_torch.py", setup], text=True, env=env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
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

    def __init__(self, ebmcc, spec, out, batch):
        self.path, self.out, self.batch = os.path.join(out, spec), out, batch
        run([ebmcc, "%s/%s.ebm" % (HERE, spec), "-o", self.path])

    def train(self, entry, n, threads):
        folder = os.path.join(self.out, "run")
        fresh(folder)
        run([self.path, "train", entry, "steps=%d" % n, "batch=%d" % self.batch, "--quiet",
             "--threads=%d" % threads, "--out=" + folder, "--timings=" + folder + ".ms"])
        return folder

    def times(self, what, n, threads):
        entry = {"chain": "chain", "step": "cd"}[what]
        folder = self.train(entry, n + 1, threads)
        with open(folder + ".ms") as f:
            return [float(line) for line in f][1:]

    def compare(self, peer):
        trained = self.train("cd", 20, 1)
        folder = os.path.join(self.out, "compare")
        fresh(folder)
        run([self.path, "sample", "compare", "batch=%d" % self.batch, "count=%d" % self.batch,
             "--ckpt=" + trained, "--out=" + folder])
        weights = [f for f in sorted(os.listdir(trained)) if f.startswith("ckpt-")][-1]
        return peer.ask(do="compare", dir=folder, weights=os.path.join(trained, weights))


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        sys.exit("bench: %s ended with %d:\n%s" % (" ".join(command), done.returncode, done.stdout))


def fresh(folder):
    """Removes what an earlier measurement left."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.exists(folder + ".ms"):
        os.remove(folder + ".ms")


def skip(reason):
    print("bench: skipped: " + reason)
    sys.exit(0)


def better_threads(measure, counts):
    medians = {t: statistics.median(measure(t)) for t in counts}
    return min(medians, key=medians.get), medians


def bench(name, args, counts):
    spec, dims, batch, n = WORKLOADS[name]
    n = max(3, n // 4) if args.quick else n
    out = os.path.abspath(os.path.join(args.out, name))
    os.makedirs(out, exist_ok=True)
    ours = Ours(args.ebmcc, spec, out, batch)
    peers = {t: Peer(dims, batch, t) for t in counts}
    row = {"workload": name, "batch": batch, "network": dims, "torch": peers[counts[0]].about["torch"]}
    row["difference"] = ours.compare(peers[counts[0]])
    for what in "chain", "step":
        our_threads, our_medians = better_threads(lambda t: ours.times(what, n, t), counts)
        peer_threads, peer_medians = better_threads(lambda t: peers[t].times(what, n), counts)
        pairs = []
        for _ in range(args.pairs):
            a = statistics.median(ours.times(what, n, our_threads))
            b = statistics.median(peers[peer_threads].times(what, n))
            pairs.append((a, b))
        ratios = sorted(b / a for a, b in pairs)
        row[what] = {
            "ours_ms": statistics.median(a for a, _ in pairs), "ours_threads": our_threads,
            "torch_ms": statistics.median(b for _, b in pairs), "torch_threads": peer_threads,
            "ratio": statistics.median(ratios), "ratio_min": ratios[0], "ratio_max": ratios[-1],
            "ours_by_threads": our_medians, "torch_by_threads": peer_medians,
        }
    for p in peers.values():
        p.close()
    return row


def print_row(r):
    d = r["difference"]
    for what in "chain", "step":
        w = r[what]
        print("%-5s %6d  %-6s %9.3f (%dt) %9.3f (%dt)   %5.2f  %5.2f..%-5.2f  %.0e %.0e" % (
            r["workload"], r["batch"], what, w["ours_ms"], w["ours_threads"], w["torch_ms"],
            w["torch_threads"], w["ratio"], w["ratio_min"], w["ratio_max"], d["energy"],
            d["gradient"]), flush=True)


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--ebmcc", default="build/ebmcc")
    p.add_argument("--out", default="build/bench")
    p.add_argument("--only", nargs="*", default=list(WORKLOADS), choices=list(WORKLOADS))
    p.add_argument("--pairs", type=int, default=5)
    p.add_argument("--quick", action="store_true", help="a quarter of the steps")
    args = p.parse_args()
    if not os.path.exists(PYTHON) or subprocess.run(
            [PYTHON, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode != 0:
        skip("no PyTorch for %s (./setup-debian --bench installs python3-torch)" % PYTHON)
    if not os.path.isdir(OPENBLAS):
        skip("no OpenMP build of OpenBLAS in %s (./setup-debian --bench installs it); with the "
             "pthread build PyTorch would look slower than it is" % OPENBLAS)
    counts = [1, 2] if len(os.sched_getaffinity(0)) > 1 else [1]
    print("workload batch part     ours ms        torch ms      ratio   min..max     energy gradient"
          " (relative L2 difference)", flush=True)
    rows = []
    for name in args.only:
        rows.append(bench(name, args, counts))
        print_row(rows[-1])
    os.makedirs(args.out, exist_ok=True)
    with open(os.path.join(args.out, "bench.json"), "w") as f:
        json.dump(rows, f, indent=1)
    wrong = [r["workload"] for r in rows if max(r["difference"].values()) > 1e-4]
    if wrong:
        sys.exit("bench: energies or gradients differ by more than 1e-4: " + " ".join(wrong))


if __name__ == "__main__":
    main()
