#!/bin/bash
# gpu_bundle.sh BUILD - makes BUILD/gpu-bundle: programs for both devices, what they give on the CPU, the
# libraries that they need, and the scripts that run them on a machine with a GPU (bench/gpu.sh there).
# A spec that does not compile is named in MISSING and left out.
set -u -o pipefail
build=$(realpath "$1"); here=$(cd "$(dirname "$0")" && pwd); bundle=$build/gpu-bundle
rm -rf "$bundle"; mkdir -p "$bundle/bin" "$bundle/ref" "$bundle/lib" "$bundle/bench"
: >"$bundle/MISSING"
# compile SPEC NAME PRECISION
compile() {
    "$build/ebmcc" --target=all --precision="$3" --march=x86-64-v3 "$1" -o "$bundle/bin/$2-$3" 2>"$bundle/log" ||
        { echo "$2-$3: $(grep -m 1 error "$bundle/log")" | tee -a "$bundle/MISSING"; return 1; }
}
for name in w1 w2 w3 w4 moons; do
    compile "$here/$name.ebm" $name tf32
    case $name in w[123]) compile "$here/$name.ebm" $name bf16 ;; esac
    compile "$here/$name.ebm" $name fp32 || continue
    "$bundle/bin/$name-fp32" sample compare --device=cpu --ckpt=init batch=16 count=16 --quiet --out "$bundle/ref/$name" >/dev/null ||
        echo "$name: no reference" | tee -a "$bundle/MISSING"
done
"$bundle/bin/moons-fp32" train cd --device=cpu --quiet batch=64 K=20 steps=20 --log-every 1 --out "$bundle/ref/train" >/dev/null
rm -f "$bundle/log" "$bundle/ref/train/.lock"
ldd "$bundle/bin/"* | awk '$3 ~ /^\// && $1 !~ /^lib(c|m|pthread|dl|rt)\.so/ { print $3 }' | sort -u | xargs -I{} cp -L {} "$bundle/lib/"
cp "$here"/gpu.sh "$here"/gpu.py "$here"/gpu_torch.py "$here"/gpu_jax.py "$here"/run.py "$here"/peer*.py "$bundle/bench/"
du -sh "$bundle" | awk '{ print $2 ": " $1 }'
[ "$(du -sm "$bundle" | cut -f1)" -lt 30 ] || { echo "gpu-bundle: above 30 MB"; exit 1; }
