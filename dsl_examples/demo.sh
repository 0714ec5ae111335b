#!/bin/bash
# demo.sh BUILD BUDGET - what `make demo` shows: one spec from source text to samples.
# Trains dsl_examples/fashion.ebm for BUDGET (such as 60s) and leaves everything in BUILD/demo.
set -eu
build=$(realpath "$1") budget=$2 spec=$PWD/dsl_examples/fashion.ebm
say() { printf '\n$ %s\n' "$*"; "$@"; }

mkdir -p "$build/demo"; cd "$build/demo"
data=/usr/share/datasets/fashion-mnist
[ -d $data ] || { echo "demo: $data is missing; run ./setup-debian" >&2; exit 9; }
say "$build/ebmcc" "$spec" -o fashion
say ./fashion train --budget "$budget" --out run
say ./fashion sample --ckpt run --out samples
say ./fashion eval --ckpt run
echo
echo "Left in $build/demo: run/ (metrics, checkpoints, samples over time) and samples/"
echo "Next: read $spec, or watch it compile:"
echo "  $build/ebmcc $spec --emit=graph | less        the tensor graph after all passes"
echo "  $build/ebmcc $spec --emit=kernels | less      the generated kernels"
echo "  $build/ebmcc $spec --why=fuse                 why the kernels end where they end"
echo "  $build/demo/fashion train --help              the settings of this program"
echo "  ls dsl_examples                               other specs to start from"
