#!/bin/bash
# examples_test.sh [NAME] - every spec of dsl_examples that reads no files, image.ebm and wide.ebm, on the emulated GPU.
#   fp32  two steps of each train entry give the CPU's bits, checkpoint and metrics; image.ebm's eval and sample too
#   tf32, bf16  for some: other thread orders and grids give the same bits, and the metrics stay near the CPU's
#   grid  image.ebm and meg.ebm once more, by whole grids: the same
# Prints "ok NAME.WHAT" or "FAIL NAME.WHAT: why". Needs $EBM_BUILD with `make all emulator` done, a C compiler and g++.
set -u -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) examples=$(cd "$(dirname "$0")/../../dsl_examples" && pwd)
if [ -n "${EBM_SANITIZE:-}" ]; then echo "skip examples: the emulator's threads are fibers, which sanitizers do not follow"; exit 0; fi
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export XDG_CACHE_HOME=$scratch/cache EMU_OPT=-Og
printf '#!/bin/sh\nexec clang "$@" -O0\n' >quick-cc; chmod +x quick-cc      # the bits do not depend on it

gpu() { LD_LIBRARY_PATH=$EBM_BUILD/emulator "$@" --device=cuda; }
cpu() { "$@" --device=cpu --threads 1; }
# try NAME COMMAND...: one result line.
try() {
    local name=$1; shift
    if "$@" >log 2>&1; then echo "ok $name"; return 0; fi
    echo "FAIL $name: $(grep -m 1 -E 'error|emulator:|differ' log || tail -n 1 log)"; return 1
}
compile() {                                      # compile PRECISION SPEC PROGRAM OPTION...
    local precision=$1 spec=$2 program=$3; shift 3
    "$EBMCC" --target=all --precision="$precision" --cc="$scratch/quick-cc" "$@" "$spec" -o "$program"
}
steps() {                                        # steps DEVICE FOLDER PROGRAM ENTRY SETTING...
    local device=$1 folder=$2 program=$3; shift 3
    rm -rf "$folder"
    $device "./$program" train "$@" --quiet --log-every 1 --out "$folder"
}
same() {                                         # same FOLDER FOLDER: checkpoint and metrics
    cmp "$1"/ckpt-2.safetensors "$2"/ckpt-2.safetensors && cmp "$1"/metrics.jsonl "$2"/metrics.jsonl
}
trains_alike() {                                 # trains_alike PROGRAM ENTRY SETTING...
    steps cpu on-cpu "$@" && EMU_ORDER=reverse steps gpu on-gpu "$@" && same on-cpu on-gpu
}
others_alike() {                                 # others_alike PROGRAM: entries eval and sample of image.ebm
    rm -rf c g
    cpu "./$1" eval --quiet --json --ckpt on-cpu >cpu.json && gpu "./$1" eval --quiet --json --ckpt on-cpu >gpu.json &&
        cmp cpu.json gpu.json && cpu "./$1" sample --quiet --ckpt on-cpu --out c &&
        gpu "./$1" sample --quiet --ckpt on-cpu --out g && diff -r c g
}
# near FOLDER FOLDER TOLERANCE: metrics, relative to their size.
near() {
    paste -d ' ' <(tr '{},' '\n' <"$1"/metrics.jsonl) <(tr '{},' '\n' <"$2"/metrics.jsonl) | grep : | tr '":' '  ' |
    awk -v most="$3" '{ d = $2 - $4; m = $2 < 0 ? -$2 : $2; if (d < 0) d = -d; n++
                        if ($1 != $3 || !(d <= most * (m + 0.01))) { print "error: metrics differ: " $0; bad = 1 } }
                      END { exit bad || n == 0 }'
}
holds() {                                        # holds PROGRAM TOLERANCE ENTRY SETTING...
    local program=$1 tolerance=$2; shift 2
    steps cpu on-cpu "$program" "$@" && steps gpu on-gpu "$program" "$@" && near on-cpu on-gpu "$tolerance" || return 1
    EMU_ORDER=reverse EMU_SMS=1 EMU_CTAS=1 steps gpu again "$program" "$@" && same on-gpu again || return 1
    EMU_ORDER=random:3 EMU_SMS=7 steps gpu again "$program" "$@" && same on-gpu again
}

for spec in "$examples"/${1:-*}.ebm "$here"/${1:-*}.ebm; do
    [ -f "$spec" ] || continue
    name=$(basename "$spec" .ebm) settings="steps=2 batch=9"
    if grep -qE '^data |import "nets32' "$spec"; then continue; fi
    if [ "$name" = igebm ] && [ "${1:-}" != igebm ]; then continue; fi          # a minute on its own
    [ "$name" != igebm ] || settings="steps=2 batch=3 K=2"
    try "$name.compile" compile fp32 "$spec" "$name" || continue
    for entry in $(sed -nE 's/^train ([a-z_0-9]+).*/\1/p' "$spec"); do
        # shellcheck disable=SC2086
        try "$name.train.$entry" trains_alike "$name" "$entry" $settings
    done
    if [ "$name" = meg ]; then                   # its regions are long
        try meg.compile.grid compile fp32 "$spec" meg --grid=on && try meg.grid trains_alike meg meg $settings
    fi
    [ "$name" = image ] || continue
    try image.others others_alike image
    try image.compile.grid compile fp32 "$spec" image --grid=on && try image.grid trains_alike image cd $settings &&
        try image.others.grid others_alike image
done
while read -r precision spec grid tolerance settings; do
    name=$(basename "$spec" .ebm)
    [ "${1:-$name}" = "$name" ] || continue
    try "$name.compile.$precision.$grid" compile "$precision" "$spec" "$name-$precision" --grid="$grid" || continue
    # shellcheck disable=SC2086
    try "$name.$precision.$grid" holds "$name-$precision" "$tolerance" $settings
done <<LIST
tf32 $examples/moons.ebm auto 0.01 cd steps=2 batch=70 K=5
bf16 $examples/moons.ebm auto 0.01 cd steps=2 batch=70 K=5
tf32 $here/image.ebm     auto 0.02 cd steps=2 batch=20
bf16 $here/image.ebm     auto 0.02 cd steps=2 batch=20
tf32 $here/image.ebm     on   0.02 cd steps=2 batch=20
bf16 $here/image.ebm     on   0.02 cd steps=2 batch=20
tf32 $here/wide.ebm      auto 0.01 cd steps=2 batch=70
bf16 $here/wide.ebm      auto 0.01 cd steps=2 batch=70
LIST
# The samples of a unit change nothing.
for precision in tf32 bf16; do
    [ "${1:-wide}" = wide ] || continue
    steps gpu before wide-$precision cd steps=2 batch=70 >log 2>&1
    try wide.$precision.tile.compile compile $precision "$here/wide.ebm" narrow --tile=32 &&
        try wide.$precision.tile steps gpu again narrow cd steps=2 batch=70 && try wide.$precision.tile.bits same before again
done
# Nor do those of a CTA.
if [ "${1:-moons}" = moons ]; then
    steps gpu before moons-bf16 cd steps=2 batch=70 K=5 >log 2>&1
    try moons.bf16.tile.compile compile bf16 "$examples/moons.ebm" narrow --tile=32 &&
        try moons.bf16.tile steps gpu again narrow cd steps=2 batch=70 K=5 && try moons.bf16.tile.bits same before again
fi
