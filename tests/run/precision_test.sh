#!/bin/bash
# precision_test.sh - what bf16 operands in sampling loops cost: the error of input gradients of a
# dense and of a convolutional energy, and the variance at which Langevin chains settle.
# Both on the CPU and on the emulated GPU, whose tf32 is beside it: at the same points, with the same noise.
# Prints the figures; each has a bound, and must be there at all (a program in fp32 has none).
set -u
dir=$(mktemp -d /tmp/ebm_precision_XXXXXX); trap 'rm -rf "$dir"' EXIT; cd "$dir" || exit 1
cat >dense.ebm <<'SPEC'
const h = 128
energy E(x: [32]) { return x |> Linear(h) |> silu |> Linear(h) |> silu |> Linear(h) |> silu |> Linear(1) |> squeeze }
sampler once(E, x, K: int) { for k in 1..K { x = x - grad(E, x) }  return x }
train t { batch = 64;  steps = 1;  optimizer E = adam(lr = 1e-3)
  step { x ~ normal([32]);  minimize mean(E(x)^2) over E } }
eval error { batch = 256;  count = 512
  x ~ normal([32]);  y ~ once(E, x, 1);  g = grad(E, x)
  report error = sqrt(mean(sqnorm(x - y - g)) / mean(sqnorm(g))) }
SPEC
cat >conv.ebm <<'SPEC'
energy E(x: [3,12,12]) {
  return x |> Conv(16, k=3) |> silu |> Conv(32, k=4, stride=2, pad=1) |> silu |> Conv(24, k=3) |> silu
    |> flatten |> Linear(1) |> squeeze }
sampler once(E, x, K: int) { for k in 1..K { x = x - grad(E, x) }  return x }
train t { batch = 16;  steps = 1;  optimizer E = adam(lr = 1e-3)
  step { x ~ normal([3,12,12]);  minimize mean(E(x)^2) over E } }
eval error { batch = 64;  count = 128
  x ~ normal([3,12,12]);  y ~ once(E, x, 1);  g = grad(E, x)
  report error = sqrt(mean(sqnorm(x - y - g)) / mean(sqnorm(g))) }
SPEC
# A Gaussian with covariance (I + W'W)^-1, so that every gradient goes through contractions.
cat >chain.ebm <<'SPEC'
energy E(x: [32]) { return 0.5 * sqnorm(x) + 0.5 * sqnorm(x |> Linear(64, bias = false)) }
sampler langevin(E, x, K: int, eps) {
  for k in 1..K { w ~ normal(like x);  x = x - eps/2 * grad(E, x) + sqrt(eps) * w }
  return x }
train t { batch = 64;  steps = 1;  optimizer E = sgd(lr = 0.001)
  step { x ~ normal([32]);  minimize mean(E(x)) over E } }
eval settle { batch = 512;  count = 2048
  x0 ~ normal([32]);  x ~ langevin(E, x0, 300, 0.05)
  report variance = mean(sqnorm(x)) / 32 }
SPEC

build() { "$EBMCC" "$1.ebm" --target=all --precision="$2" -o "$1-$2" >"$1-$2.log" 2>&1; }
export XDG_CACHE_HOME=$dir/cache
# value PROGRAM ENTRY NAME OPTION...: one number of an eval entry, weights from run-SPEC
value() {
    local program=$1 entry=$2 name=$3; shift 3
    LD_LIBRARY_PATH=$EBM_BUILD/emulator "./$program" eval "$entry" --ckpt "run-${program%-*}" "$@" 2>said |
        awk -v name="$name" '$1 == name { print $2 }'
}
devices="cpu cuda"
# The emulator's threads are fibers, which sanitizers do not follow.
[ -z "${EBM_SANITIZE:-}" ] || devices=cpu
for spec in dense conv chain; do
    for p in fp32 bf16; do
        build $spec $p || { echo "FAIL precision-$spec-$p: $(tail -3 $spec-$p.log)"; exit; }
    done
    "./$spec-fp32" train --device=cpu --quiet --out "run-$spec" >/dev/null 2>&1
done
for device in $devices; do
    few=; [ "$device" = cpu ] || few="batch=64 count=64"
    for spec in dense conv; do
        # shellcheck disable=SC2086 # words
        plain=$(value $spec-fp32 error error --device=cpu $few) low=$(value $spec-bf16 error error --device=$device $few)
        echo "# $spec, $device: relative error of input gradients: fp32 $plain, bf16 $low"
        if awk "BEGIN { exit !($plain < 1e-4 && $low > 1e-3 && $low < 1e-2) }"; then echo "ok precision-$spec-gradient.$device"
        else echo "FAIL precision-$spec-gradient.$device: fp32 $plain, bf16 $low"; fi
        if grep -q "^device: $device, .*samplers in bf16" said; then echo "ok precision-$spec-said.$device"
        else echo "FAIL precision-$spec-said.$device: the device line does not tell that samplers run in bf16: $(cat said)"; fi
    done
    [ "$device" = cpu ] || few="batch=128 count=128"
    # shellcheck disable=SC2086
    plain=$(value chain-fp32 settle variance --device=cpu $few) low=$(value chain-bf16 settle variance --device=$device $few)
    echo "# chain, $device: variance at rest: fp32 $plain, bf16 $low"
    if awk "BEGIN { r = $low / $plain; exit !($low != $plain && r > 0.995 && r < 1.005) }"; then
        echo "ok precision-variance.$device"
    else echo "FAIL precision-variance.$device: fp32 $plain, bf16 $low"; fi
done
if grep -q "bf16: operands of 6 contractions in sampling loops, on a GPU tf32 in the others" dense-bf16.log; then
    echo "ok precision-compile-said"
else echo "FAIL precision-compile-said: $(cat dense-bf16.log)"; fi
