#!/bin/sh
# prelude_bits.sh - the prelude gives the same bits with every compiler, level and instruction set.
# Builds prelude_bits.c several ways, runs each build and compares its hashes with the first one's.
# Usage: tests/unit/prelude_bits.sh [work folder]; skips what this machine cannot build or run.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
source=$here/tests/unit/prelude_bits.c
flags="-std=gnu11 -ffp-contract=off -fno-math-errno -fopenmp-simd -I$here/runtime"
reference= failed=0 compared=0
for cc in gcc clang; do
    command -v $cc >/dev/null || { echo "skip: no $cc"; continue; }
    for target in "-march=native" "-mavx2 -mfma" ""; do
        for level in -O2 -O1 -O3; do
            name="$cc $level $target"
            # One CPU at every level, every CPU at one. Without fused multiply-add fmaf is called,
            # which is slow: one compiler is enough.
            if [ "$target" != -march=native ] && [ $level != -O2 ]; then continue; fi
            if [ -z "$target" ] && [ $cc != gcc ]; then continue; fi
            # These take most of the time (EBM_SOAK=1 has them): clang's -O3 adds nothing to -O2 for
            # loops, and AVX2 is the CPU itself when that has no AVX-512.
            if [ -z "${EBM_SOAK:-}" ] && [ $cc = clang ] && [ $level = -O3 ]; then continue; fi
            if [ -z "${EBM_SOAK:-}" ] && [ "$target" = "-mavx2 -mfma" ] && ! $cc -march=native -dM -E \
                -x c /dev/null | grep -q __AVX512F__; then continue; fi
            if ! $cc $flags $level $target "$source" -o "$work/bits" -lm; then
                echo "FAIL: $name does not build"; failed=1; continue
            fi
            status=0; "$work/bits" >"$work/now" || status=$?
            if [ $status = 132 ]; then echo "skip: $name does not run here"; continue; fi
            if [ $status != 0 ]; then echo "FAIL: $name exits $status"; failed=1; continue; fi
            if [ -z "$reference" ]; then
                reference=$name; mv "$work/now" "$work/reference"; continue
            fi
            compared=$((compared + 1))
            if ! cmp -s "$work/reference" "$work/now"; then
                echo "FAIL: $name differs from $reference:"; failed=1
                diff "$work/reference" "$work/now" || true
            fi
        done
    done
done
[ $compared -gt 0 ] || { echo "FAIL: nothing to compare"; failed=1; }
[ $failed = 0 ] && echo "prelude bits: $((compared + 1)) builds agree"
exit $failed
