#!/bin/bash
# demo.sh BUILD BUDGET - what `make demo` shows: one spec from source text to samples.
# Trains dsl_examples/fashion.ebm for BUDGET (such as 60s) and leaves everything in BUILD/demo.
set -eu
build=$(realpath "$1") budget=$2 spec=$PWD/dsl_examples/fashion.ebm
say() { printf '\n$ %s\n' "$*"; "$@"; }

rm -rf "$build/demo"; mkdir -p "$build/demo"; cd "$build/demo"
data=/usr/share/datasets/fashion-mnist
[ -d $data ] || { echo "demo: $data is missing; run ./setup-debian" >&2; exit 9; }
say "$build/ebmcc" "$spec" -o fashion
say ./fashion train --budget "$budget" --out run
say ./fashion sample --ckpt run --out samples
say ./fashion eval ood --ckpt run
# MNIST is not packaged by Debian: its test images are used where they are given or lie at hand.
mnist=${MNIST:-}
for file in ~/t10k-images-idx3-ubyte.gz /usr/share/datasets/mnist/t10k-images-idx3-ubyte.gz; do
    [ -n "$mnist" ] || [ ! -f "$file" ] || mnist=$file
done
if [ -n "$mnist" ]; then say ./fashion eval ood_mnist --ckpt run mnist_test="$mnist"
else echo "mnist     skipped: no file (make demo MNIST=/path/to/t10k-images-idx3-ubyte.gz)"; fi
echo
echo "Left in $build/demo: run/ (metrics, checkpoints) and samples/samples.png. What you can do next:"
echo "  less $spec"
echo "  $build/ebmcc $spec --emit=graph | less        the tensor graph after all passes"
echo "  $build/ebmcc $spec --emit=kernels | less      the generated kernels"
echo "  $build/ebmcc $spec --why=fuse                 why the kernels end where they end"
echo "  $build/demo/fashion --help                    the commands and settings of this program"
echo "  ls dsl_examples                               other specs to start from"
