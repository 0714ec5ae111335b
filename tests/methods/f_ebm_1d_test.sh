#!/bin/bash
# f_ebm_1d_test.sh - f-EBM in one dimension finds the best Gaussian of each divergence, known by quadrature.
#
# Trains dsl_examples/f_ebm_1d.ebm from its defaults: with EBM_SOAK=1 all eight divergences to the end, with mu and sigma
# within 0.03 (about 20 s each); otherwise two of them for a fifth of the steps, as near.
set -u
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/expect.sh
. "$here/../expect.sh"
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
cp "$here/../../dsl_examples/f_ebm_1d.ebm" .

# fit NAME DIVERGENCE MU SIGMA TOLERANCE [SETTINGS]: a name alphaA sets alpha.
fit() {
    local name=$1 divergence=$2 mu=$3 sigma=$4 tolerance=$5 alpha=(); shift 5
    [[ $name != alpha* ]] || alpha=(-D "alpha=${name#alpha}")
    rm -rf run
    if "$EBMCC" f_ebm_1d.ebm -D "divergence=$divergence" ${alpha[@]+"${alpha[@]}"} -o f1d >log 2>&1 &&
       ./f1d train --quiet --threads 1 --out run "$@" >log 2>&1 &&
       ./f1d eval fit --quiet --json --threads 1 --ckpt run >reports 2>log; then
        expect "f_ebm_1d.$name" mu "$mu" "$tolerance"
        expect "f_ebm_1d.$name" sigma "$sigma" "$tolerance"
        [ -z "${EBM_SOAK:-}${EBM_VERBOSE:-}" ] || cat reports
    else
        echo "FAIL f_ebm_1d.$name: $(tail -n 1 log)"
    fi
}

short() {
    fit js js 1.31252 1.75247 0.03 steps=4000
    fit pearson pearson 0.56632 1.92675 0.03 steps=4000
}
all() {
    fit kl kl 1.01000 1.83044 0.03
    fit reverse_kl reverse_kl 1.58409 1.62942 0.03
    fit js js 1.31252 1.75247 0.03
    fit hellinger hellinger 1.31750 1.73156 0.03
    fit neyman neyman 1.82856 1.51705 0.03
    fit pearson pearson 0.56632 1.92675 0.03
    fit alpha0.9 alpha 1.06936 1.81316 0.03
    fit alpha-0.5 alpha 1.74493 1.55867 0.03
}
if [ -z "${EBM_SOAK:-}" ]; then short; else all; fi | tee results
! grep -q '^FAIL' results
