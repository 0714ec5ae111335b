#!/usr/bin/env python3
"""What bench/gpu.sh runs: parts in the order of what is lost least when time runs out.

Every part is a function that returns a dictionary; its failures are recorded and the next part begins.
Nothing but the standard library is needed. Times: the mean of a program's steps after the first, median
of three runs; steps run ahead of the host, so single steps are not timed.
"""
import argparse
import array
import ctypes
import filecmp
import glob
import json
import os
import random
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run as cpu                                                      # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
began = time.monotonic()


def workloads():
    """name -> workload of run.py, program, words, parts."""
    w = dict(cpu.WORKLOADS)
    w["W3"] = dict(w["W3"], batch=128, task=dict(w["W3"]["task"], K=40))
    return {name: w[name] for name in ("W1", "W2", "W4a", "W3", "W1b", "W4b")}


class Bench:
    def __init__(self, args):
        self.bundle, self.out, self.seconds = args.bundle, os.path.abspath(args.out), args.seconds
        self.work = os.path.join(self.out, "work")
        self.deadline = self.end = began + args.seconds      # of all, of the part that runs
        self.only = args.parts
        self.result = {"parts": {}, "times": []}
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.work, "cache")

    def left(self, cap):
        return max(1.0, min(cap, self.end - time.monotonic()))

    def program(self, name):
        return os.path.join(self.bundle, "bin", name)

    def call(self, command, cap=60, env=None):
        """(exit code, both streams, seconds); 124: it ran too long."""
        t = time.monotonic()
        p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             stdin=subprocess.DEVNULL, cwd=self.work, start_new_session=True,
                             env=dict(os.environ, **(env or {})))
        try:
            text, _ = p.communicate(timeout=self.left(cap))
            code = p.returncode
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            text, code = p.communicate()[0], 124
        return code, text, time.monotonic() - t

    def must(self, command, cap=60, env=None):
        code, text, seconds = self.call(command, cap, env)
        if code != 0:
            raise RuntimeError("%s: exit %d: %s" % (" ".join(map(str, command)), code, text[-600:]))
        return text, seconds

    def train(self, program, entry, folder, *words, env=None, cap=60):
        shutil.rmtree(os.path.join(self.work, folder), ignore_errors=True)
        return self.must([self.program(program), "train", entry, "--device=cuda", "--quiet",
                          "--out=" + folder] + list(words), cap, env)

    def path(self, *parts):
        return os.path.join(self.work, *parts)

    def part(self, name, function, cap):
        """Runs one part unless time is up."""
        t = time.monotonic()
        self.end = min(self.deadline, t + cap)
        if self.only and name not in self.only:
            return
        if self.deadline - t < 5:
            self.result["parts"][name] = {"skipped": "out of time"}
        else:
            try:
                self.result["parts"][name] = function(min(cap, self.deadline - t)) or {}
            except Exception as e:                                     # a part never stops the others
                self.result["parts"][name] = {"error": str(e)[-1500:],
                                              "where": traceback.format_exc().splitlines()[-3:]}
            self.result["parts"][name]["seconds"] = round(time.monotonic() - t, 1)
        print("%6.1f s  %-14s %s" % (time.monotonic() - began, name,
                                     json.dumps(self.result["parts"][name])[:300]), flush=True)
        self.save()

    def save(self):
        with open(os.path.join(self.out, "gpu.json"), "w") as f:
            json.dump(self.result, f, indent=1)

    # ---- what is there, and that it runs at all ----
    def about(self, cap):
        found = {"machine": " ".join(os.uname()), "python": sys.version.split()[0]}
        for tool in ("nvidia-smi", "compute-sanitizer", "nvcc", "gcc"):
            found[tool] = shutil.which(tool)
        if found["nvidia-smi"]:
            found["smi"] = self.call(["nvidia-smi", "-L"], 20)[1].strip()
        text, cold = self.must([self.program("moons-tf32"), "train", "cd", "--device=cuda", "steps=1",
                                "--out=first"], cap)
        found["device"] = text.splitlines()[0]
        found["first_run_s"], found["second_run_s"] = cold, self.train("moons-tf32", "cd", "second",
                                                                      "steps=1")[1]
        return found

    # ---- numbers ----
    def references(self, cap):
        """Energies and gradients on the same points as the CPU's, per precision."""
        found = {}
        for name in sorted(os.listdir(os.path.join(self.bundle, "ref"))):
            if name == "train":
                continue
            for precision, most in (("fp32", 1e-5), ("tf32", 5e-3)):
                key, folder = "%s-%s" % (name, precision), self.path("ref", name + precision)
                try:
                    self.must([self.program(key), "sample", "compare", "--device=cuda", "--ckpt=init",
                               "batch=16", "count=16", "--quiet", "--out=" + folder], 60)
                    found[key] = {what: difference(os.path.join(folder, what + ".safetensors"),
                                                   os.path.join(self.bundle, "ref", name,
                                                                what + ".safetensors"))
                                  for what in ("x", "energy", "gradient")}
                    found[key]["ok"] = max(v for v in found[key].values()) <= most
                except Exception as e:
                    found[key] = {"ok": False, "error": str(e)[-800:]}
        found["ok"] = all(v["ok"] for v in found.values())
        return found

    def training(self, cap):
        """20 steps of contrastive divergence against the CPU's."""
        found, want = {}, os.path.join(self.bundle, "ref", "train")
        for precision, most in (("fp32", 1e-4), ("tf32", 0.05)):
            folder = "train-" + precision
            self.train("moons-" + precision, "cd", folder, "batch=64", "K=20", "steps=20",
                       "--log-every=1")
            a, b = newest(self.path(folder)), newest(want)
            found[precision] = {"same_bits": filecmp.cmp(a, b, False), "difference": difference(a, b)}
            found[precision]["ok"] = found[precision]["difference"] <= most
        found["ok"] = all(v["ok"] for v in found.values())
        return found

    def determinism(self, cap):
        found = {}
        for key, program, words in (("moons", "moons-tf32", ["steps=100"]),
                                    ("w1", "w1-tf32", ["steps=30"]),
                                    ("w3", "w3-tf32", ["steps=3", "K=3", "batch=32"])):
            runs = ["same-%s-%d" % (key, i) for i in range(3)]
            for i, folder in enumerate(runs):
                self.train(program, "cd", folder, *words,
                           env={"EBM_CUDA_WAIT": "1"} if i == 2 else None)
            found[key] = all(filecmp.cmp(newest(self.path(runs[0])), newest(self.path(f)), False)
                             for f in runs[1:])
        self.train("moons-tf32", "cd", "half", "steps=50")
        self.must([self.program("moons-tf32"), "resume", "half", "--device=cuda", "steps=100", "--quiet"])
        found["resume"] = filecmp.cmp(newest(self.path("half")), newest(self.path("same-moons-0")), False)
        found["ok"] = all(found.values())
        return found

    def kills(self, cap):
        """kill -9 at random times, resumed to the end: the bits of a run that was left alone."""
        words = ["steps=3000", "--checkpoint-every=200"]
        seconds = self.train("moons-tf32", "cd", "alone", *words)[1]
        killed, n = self.path("killed"), 0
        shutil.rmtree(killed, ignore_errors=True)
        for _ in range(6):
            fresh = not glob.glob(killed + "/ckpt-*")
            if fresh:
                shutil.rmtree(killed, ignore_errors=True)
            command = ["train", "cd", "--out=killed"] + words if fresh \
                else ["resume", "killed", "--checkpoint-every=200"]
            p = subprocess.Popen([self.program("moons-tf32"), *command, "--device=cuda", "--quiet"],
                                 cwd=self.work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(seconds * random.uniform(0.15, 0.45))
            n += p.poll() is None
            p.kill()
            p.wait()
        self.must([self.program("moons-tf32"), "resume", "killed", "--device=cuda", "--quiet"])
        same = filecmp.cmp(newest(killed), newest(self.path("alone")), False)
        return {"kills": n, "same_bits": same, "ok": same}

    def errors(self, cap):
        """What is missing or too much ends with its exit code and one line; runs change devices."""
        found, train = {}, [self.program("moons-tf32"), "train", "cd", "--quiet", "--device=cuda", "steps=2"]
        for name, code, words, env in (
                ("no device", 9, ["--out=e1"], {"CUDA_VISIBLE_DEVICES": ""}),
                ("no NVRTC", 9, ["--out=e2"], {"EBM_NVRTC": "/nonexistent"}),
                ("no memory", 5, ["--out=e3", "batch=1000000000"], None)):
            got, text, _ = self.call(train + words, 30, env)
            found[name] = text.strip()[-300:]
            found[name + " ok"] = got == code and text.count("\n") <= 2
        self.must(train + ["--out=e4"])
        for device, steps in (("cpu", 3), ("cuda", 4)):
            self.must([self.program("moons-tf32"), "resume", "e4", "--device=" + device, "--quiet",
                       "steps=%d" % steps])
        found["ok"] = all(v for k, v in found.items() if k.endswith(" ok"))
        return found

    def sanitizers(self, cap):
        tool = shutil.which("compute-sanitizer")
        if not tool:
            return {"skipped": "no compute-sanitizer"}
        found = {}
        for what in ("memcheck", "racecheck", "synccheck", "initcheck"):
            shutil.rmtree(self.path("clean"), ignore_errors=True)
            code, text, _ = self.call([tool, "--tool", what, "--error-exitcode", "99",
                                       self.program("moons-tf32"), "train", "cd", "--device=cuda",
                                       "--quiet", "steps=2", "K=2", "batch=72", "--out=clean"], cap / 4)
            found[what] = "ok" if code == 0 else "exit %d: %s" % (code, text[-500:])
        found["ok"] = all(v == "ok" for v in found.values())
        return found

    # ---- times ----
    def ours_once(self, program, entry, words, steps, env=None):
        times = self.path("ms")
        if os.path.exists(times):
            os.remove(times)
        self.train(program, entry, "timed", "steps=%d" % steps, "--timings=ms",
                   "--checkpoint-every=1000000000", *words, env=env)
        with open(times) as f:
            ms = [float(line) for line in f][1:]
        return sum(ms) / len(ms)

    def ours(self, cap):
        end = time.monotonic() + cap
        for who, precision, env, names in (
                ("ours tf32", "tf32", None, list(workloads())), ("ours fp32", "fp32", None, ["W1", "W2"]),
                ("ours bf16", "bf16", None, ["W1", "W2", "W3"]),
                ("no graphs", "tf32", {"EBM_CUDA_GRAPHS": "0"}, ["W1", "W4a"])):
            for name, w in workloads().items():
                for part, entry in w["parts"].items():
                    if time.monotonic() > end or name not in names:
                        continue
                    words = ["batch=%d" % w["batch"]]
                    if "K" in w["task"]:
                        words.append("K=%d" % w["task"]["K"])
                    row = {"name": name, "part": part, "who": who}
                    try:
                        program = "%s-%s" % (w["spec"], precision)
                        guess = self.ours_once(program, entry, words, 4, env)
                        steps = max(3, min(1000, int(600 / guess)))
                        runs = [self.ours_once(program, entry, words, steps, env)
                                for _ in range(3 if guess < 1000 else 1)]
                        row.update(ms=statistics.median(runs), least=min(runs), most=max(runs), steps=steps)
                    except Exception as e:
                        row["error"] = str(e)[-600:]
                    self.result["times"].append(row)

    def tuned(self, cap):
        """W1 and W2 with --tune: what is chosen, times with the choices; by exact the bits of an untuned run."""
        found, end, same = {}, time.monotonic() + cap, []
        for name in ("W1", "W2"):
            w = workloads()[name]
            program, words = w["spec"] + "-tf32", ["batch=%d" % w["batch"], "K=%d" % w["task"]["K"]]
            for part, entry in w["parts"].items():
                self.train(program, entry, "untuned", "steps=30", *words)
                for how in ("exact", "library"):
                    if time.monotonic() > end:
                        continue
                    shutil.rmtree(self.path("tuned"), ignore_errors=True)
                    text, _ = self.must([self.program(program), "train", entry, "--device=cuda", "--out=tuned",
                                         "--tune=" + how, "steps=30"] + words)
                    key = "%s %s %s" % (name, part, how)
                    found[key] = [t for t in text.splitlines() if t.startswith(("device:", "tuned:", "warning:"))]
                    a, b = newest(self.path("tuned")), newest(self.path("untuned"))
                    if how == "exact":
                        same.append(filecmp.cmp(a, b, False))
                    else:
                        found[key].append("difference from the untuned run: %.3g" % difference(a, b))
                    tune = words + ["--tune=" + how]             # from now on the choices are there
                    guess = self.ours_once(program, entry, tune, 4)
                    steps = max(3, min(1000, int(600 / guess)))
                    runs = [self.ours_once(program, entry, tune, steps) for _ in range(3)]
                    self.result["times"].append(
                        {"name": name, "part": part, "who": "tuned " + how, "ms": statistics.median(runs),
                         "least": min(runs), "most": max(runs), "steps": steps})
        found["ok"] = bool(same) and all(same)
        return found

    def profile(self, cap):
        """How long each kernel takes, alone: microseconds with the cost of a wait."""
        found = {}
        for name, w in workloads().items():
            part = list(w["parts"])[-1]
            words = ["batch=%d" % w["batch"]] + (["K=%d" % w["task"]["K"]] if "K" in w["task"] else [])
            shutil.rmtree(self.path("profiled"), ignore_errors=True)
            code, text, _ = self.call([self.program(w["spec"] + "-tf32"), "train", w["parts"][part],
                                       "--device=cuda", "steps=5", "--out=profiled"] + words, cap / 4,
                                      {"EBM_CUDA_WAIT": "1"})
            at = text.find("kernel  ")
            found[name + " " + part] = text[at:].split("\nstep ")[0].splitlines() if code == 0 and at >= 0 \
                else "exit %d: %s" % (code, text[-300:])
        return found

    def peer(self, script, jobs, cap, env=None):
        """A peer prints a JSON line per time; it is ended when its time is up."""
        p = subprocess.Popen([sys.executable, "-u", os.path.join(HERE, script), json.dumps(jobs)],
                             stdout=subprocess.PIPE, stderr=open(self.path(script + ".log"), "a"),
                             text=True, start_new_session=True, env=dict(os.environ, **(env or {})))
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(p.pid, signal.SIGKILL))
        signal.alarm(max(1, int(self.left(cap))))
        n = 0
        try:
            for line in p.stdout:
                if line.startswith("{"):
                    self.result["times"].append(json.loads(line))
                    n += "ms" in self.result["times"][-1]
        finally:
            signal.alarm(0)
        code = p.wait()
        return {"times": n, "exit": code}

    def jobs(self):
        return [dict(net=w["net"], batch=w["batch"], task=w["task"], name=name, part=part)
                for name, w in workloads().items() for part in w["parts"]]

    def torch(self, cap):
        return self.peer("gpu_torch.py", {"modes": ["eager", "graph"], "jobs": self.jobs()}, cap)

    def torch_compile(self, cap):
        return self.peer("gpu_torch.py", {"modes": ["compile"], "jobs": self.jobs()}, cap)

    def jax(self, cap):
        flags = ("--xla_gpu_graph_min_graph_size=1 --xla_gpu_enable_command_buffer="
                 "FUSION,CUBLAS,CUBLASLT,CUSTOM_CALL,CUDNN,WHILE")
        end, found = time.monotonic() + cap, {}
        for job in self.jobs():
            for mode, env in (("jax", {}), ("jax tuned", {"XLA_FLAGS": flags})):
                left = end - time.monotonic()
                if left > 8:
                    found[job["name"] + " " + job["part"] + " " + mode] = self.peer(
                        "gpu_jax.py", dict(job, mode=mode), min(40, left),
                        dict(env, XLA_PYTHON_CLIENT_PREALLOCATE="false"))
        return found

    def table(self):
        ms = {(r["name"], r["part"], r["who"]): r["ms"] for r in self.result["times"] if "ms" in r}
        whos = [w for w in ("ours fp32", "ours bf16", "no graphs", "tuned exact", "tuned library", "eager", "graph", "compile", "jax", "jax tuned")
                if any(k[2] == w for k in ms)]
        lines = ["%-5s %-6s %14s" % ("", "part", "ours tf32 ms")
                 + "".join("%22s" % (w + " ms (ratio)") for w in whos)]
        for name, w in workloads().items():
            for part in w["parts"]:
                own = ms.get((name, part, "ours tf32"))
                line = "%-5s %-6s %14s" % (name, part, "%.4f" % own if own else "-")
                for who in whos:
                    t = ms.get((name, part, who))
                    line += "%22s" % ("-" if not t else "%.4f (%.2f)" % (t, t / own) if own else "%.4f" % t)
                lines.append(line)
        bad = [n for n, p in self.result["parts"].items() if "error" in p or p.get("ok") is False]
        lines.append("parts that failed: " + (", ".join(bad) or "none"))
        text = "\n".join(lines) + "\n"
        with open(os.path.join(self.out, "gpu.txt"), "w") as f:
            f.write(text)
        print(text, end="")
        return bad


def find_library(variable, library):
    """Names the library of a Python package when the loader and the toolkit's folder have none."""
    if os.environ.get(variable):
        return
    for folder in ("", "/usr/local/cuda/lib64/"):
        for name in (library + ".so.13", library + ".so.12"):
            try:
                ctypes.CDLL(folder + name)
                return
            except OSError:
                pass
    found = [f for base in sys.path for f in glob.glob("%s/nvidia/*/lib/%s.so.1[0-9]" % (base, library))]
    if found:
        os.environ[variable] = max(found, key=os.path.basename)


def load(path):
    """name -> f32 values of a safetensors file, without ebm.* values."""
    with open(path, "rb") as f:
        n, = struct.unpack("<Q", f.read(8))
        head, data = json.loads(f.read(n)), f.read()
    return {name: array.array("f", data[t["data_offsets"][0]:t["data_offsets"][1]])
            for name, t in head.items()
            if name != "__metadata__" and t["dtype"] == "F32" and not name.startswith("ebm.")}


def difference(a, b):
    """The largest relative L2 difference of two files' tensors."""
    x, y = load(a), load(b)
    if sorted(x) != sorted(y):
        raise RuntimeError("%s and %s hold different tensors" % (a, b))
    most = 0.0
    for name in x:
        up = sum((p - q) ** 2 for p, q in zip(x[name], y[name]))
        down = sum(q * q for q in y[name])
        most = max(most, (up / down) ** 0.5 if down else up ** 0.5) if up == up else float("inf")
    return most


def newest(folder):
    files = glob.glob(folder + "/ckpt-*.safetensors")
    return max(files, key=lambda f: int(f.split("-")[-1].split(".")[0]))


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--bundle", required=True)
    p.add_argument("--out", default=".")
    p.add_argument("--seconds", type=float, default=460)
    p.add_argument("--parts", nargs="*", help="only these")
    find_library("EBM_NVRTC", "libnvrtc")
    find_library("EBM_CUBLASLT", "libcublasLt")
    b = Bench(p.parse_args())
    b.part("about", b.about, 60)
    b.part("references", b.references, 80)
    b.part("training", b.training, 30)
    b.part("determinism", b.determinism, 40)
    b.part("ours", b.ours, 80)
    b.part("tuned", b.tuned, 40)
    b.part("profile", b.profile, 30)
    b.part("torch", b.torch, 70)
    b.part("jax", b.jax, 110)
    b.part("kills", b.kills, 30)
    b.part("errors", b.errors, 30)
    b.part("sanitizers", b.sanitizers, 60)
    b.part("torch_compile", b.torch_compile, 120)
    bad = b.table()
    b.save()
    shutil.rmtree(b.work, ignore_errors=True)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
