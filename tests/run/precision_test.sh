#!/bin/bash
# precision_test.sh - what bf16 operands in sampling loops cost: the error of input gradients of a
# dense and of a convolutional energy, and the variance at which Langevin chains settle.
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

build() { "$EBMCC" "$1.ebm" --precision="$2" -o "$1-$2" >"$1-$2.log" 2>&1; }
# value PROGRAM ENTRY NAME: one number of an eval entry, weights from run-SPEC
value() {
    "./$1" eval "$2" --ckpt "run-${1%-*}" 2>/dev/null | awk -v name="$3" '$1 == name { print $2 }'
}
for spec in dense conv chain; do
    for p in fp32 bf16; do
        build $spec $p || { echo "FAIL precision-$spec-$p: $(tail -3 $spec-$p.log)"; exit; }
    done
    "./$spec-fp32" train --quiet --out "run-$spec" >/dev/null 2>&1
done
for spec in dense conv; do
    plain=$(value $spec-fp32 error error) low=$(value $spec-bf16 error error)
    echo "# $spec: relative error of input gradients: fp32 $plain, bf16 $low"
    if awk "BEGIN { exit !($plain < 1e-4 && $low > 3e-4 && $low < 1e-2) }"; then echo "ok precision-$spec-gradient"
    else echo "FAIL precision-$spec-gradient: fp32 $plain, bf16 $low"; fi
done
plain=$(value chain-fp32 settle variance) low=$(value chain-bf16 settle variance)
echo "# chain: variance at rest: fp32 $plain, bf16 $low"
if awk "BEGIN { r = $low / $plain; exit !($low != $plain && r > 0.995 && r < 1.005) }"; then
    echo "ok precision-variance"
else echo "FAIL precision-variance: fp32 $plain, bf16 $low"; fi

if ./dense-bf16 eval error --ckpt run-dense 2>&1 >/dev/null | grep -q "^device: .*samplers in bf16"; then
    echo "ok precision-said"
else echo "FAIL precision-said: the device line does not tell that samplers run in bf16"; fi
"$EBMCC" dense.ebm --target=all --precision=bf16 -o x >refused 2>&1; status=$?
if [ $status -eq 2 ] && grep -q "bf16 is for the CPU" refused; then echo "ok precision-refused"
else echo "FAIL precision-refused: exit $status: $(cat refused)"; fi
