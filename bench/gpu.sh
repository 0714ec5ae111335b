#!/bin/sh
# gpu.sh BUNDLE [OUT] - everything that wants a GPU, in one run of at most 8 minutes: correctness against
# stored references, determinism, kills, sanitizers, then times against PyTorch and JAX. BUNDLE is what
# `make gpu-bundle` made; needs an NVIDIA driver, NVRTC and python3. A part that fails does not stop the
# others. Writes OUT/gpu.json and OUT/gpu.txt (OUT: the working folder) and prints the table.
set -u
[ $# -ge 1 ] || { sed -n '2,$s/^# //p;/^set/q' "$0"; exit 2; }
bundle=$(cd "$1" && pwd) || exit 2
out=${2:-.}; mkdir -p "$out" || exit 2
export LD_LIBRARY_PATH="$bundle/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
# EBM_GPU_SECONDS: another limit; EBM_GPU_PARTS="ours profile": only these parts.
# shellcheck disable=SC2086 # words
exec python3 -u "$(dirname "$0")/gpu.py" --bundle "$bundle" --out "$out" ${EBM_GPU_SECONDS:+--seconds "$EBM_GPU_SECONDS"} \
    ${EBM_GPU_PARTS:+--parts $EBM_GPU_PARTS}
