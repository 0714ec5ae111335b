#!/usr/bin/env python3
"""JAX on a GPU: peer_jax.py as it is, one workload per process.

Argument: {name, part, mode, net, batch, task}. Prints one JSON line. Contractions in TF32; calls are queued and
waited for in groups, as the programs' steps are.
"""
import json
import os
import statistics
import sys
import time

job = json.loads(sys.argv[1])
sys.argv[1] = json.dumps({"net": job["net"], "batch": job["batch"], "task": job["task"],
                          "threads": len(os.sched_getaffinity(0))})
import jax                                                             # noqa: E402

jax.config.update("jax_default_matmul_precision", "tensorfloat32")
import peer_jax                                                        # noqa: E402


def main():
    line = {"name": job["name"], "part": job["part"], "who": job["mode"], "version": jax.__version__}
    try:
        if jax.default_backend() != "gpu":
            raise RuntimeError("JAX sees no GPU")
        p = peer_jax.Peer(**json.loads(sys.argv[1]))

        def run():
            if job["part"] == "chain":
                return p.run_chain(p.w, p.next_key())
            key = p.next_key()
            p.w, p.m, p.v = p.run_step(p.w, p.m, p.v, float(p.t), key)
            return p.w
        jax.block_until_ready(run())
        began = time.perf_counter()
        jax.block_until_ready(run())
        n, means = max(1, min(200, int(0.4 / (time.perf_counter() - began)))), []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(n):
                last = run()
            jax.block_until_ready(last)
            means.append((time.perf_counter() - began) / n * 1e3)
        line["ms"] = statistics.median(means)
    except Exception as e:
        line["error"] = ("%s: %s" % (type(e).__name__, e))[:400]
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
