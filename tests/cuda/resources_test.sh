#!/bin/bash
# resources_test.sh [write [NAME...]] - NVRTC and ptxas take what is emitted, for sm_80, sm_90 and sm_90a, and the
# registers and spills of its kernels stay near those of resources.tsv, which has all examples; the chain of moons.ebm,
# whose weights lie in registers, spills nothing, in bf16 neither. No GPU is needed, but NVIDIA's compiler: skipped
# without it. `write` compiles the named examples, or all (an hour), for every architecture, or those of $ARCHS, and
# replaces their rows.
# Prints "ok NAME", "FAIL NAME: why" or "skip resources: why".
set -u -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) examples=$(cd "$(dirname "$0")/../../dsl_examples" && pwd)
table=$here/resources.tsv
if [ -n "${EBM_SANITIZE:-}" ]; then echo "skip resources: they do not depend on sanitizers"; exit 0; fi
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# compile SPEC ARCH OPTION...: the list of kernels into ./list.
compile() {
    local spec=$1 arch=$2; shift 2
    "$EBMCC" --target=cuda --arch="$arch" --emit=resources "$@" "$spec" >list 2>log
}
# summary NAME ARCH: kernels, most registers of one, bytes of spills that are stored and loaded in all.
summary() {
    awk -v name="$1" -v arch="$2" -v OFS='\t' '
        $1 ~ /^k[0-9]+$/ { n++; most = $2 > most ? $2 : most; stores += $6; loads += $7 }
        END { print name, arch, n + 0, most + 0, stores + 0, loads + 0 }' list
}
if [ "${1:-}" = write ]; then
    shift
    for spec in "$examples"/*.ebm "$here"/*.ebm; do
        name=$(basename "$spec" .ebm)
        [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
        for arch in ${ARCHS:-sm_80 sm_90 sm_90a}; do
            if compile "$spec" "$arch"; then summary "$name" "$arch" >row
            else printf '%s\t%s\t-\t-\t-\t-\n' "$name" "$arch" >row; echo "$name $arch: $(tail -n 1 log)" >&2; fi
            cat row
            { sed -n '/^#/p' "$table"; { grep -v -P "^(#|$name\t$arch\t)" "$table"; cat row; } | sort; } >new && cp new "$table"
        done
    done
    exit 0
fi
for spec in "$examples"/*.ebm "$here"/*.ebm; do
    [ "$(grep -c -P "^$(basename "$spec" .ebm)\tsm_" "$table")" -eq 3 ] || missing="${missing:-} $(basename "$spec")"
done
[ -z "${missing:-}" ] && echo "ok table" || echo "FAIL table: resources.tsv lacks$missing"

check() {                                        # check SPEC ARCH
    local name status=0 row
    name=$(basename "$1" .ebm)
    compile "$1" "$2" || status=$?
    if [ $status -eq 9 ]; then echo "skip resources: $(sed -n 's/^ebmcc: error: //p' log)"; exit 0; fi
    if [ $status -ne 0 ]; then echo "FAIL $name.$2: $(tail -n 1 log)"; return; fi
    row=$(grep -P "^$name\t$2\t" "$table") || { echo "FAIL $name.$2: not in resources.tsv"; return; }
    printf '%s\n' "$row" "$(summary "$name" "$2")" | awk -v what="$name.$2" '
        NR == 1 { registers = $4; spills = $5 + $6 }
        NR == 2 { if ($4 > registers + 24) bad = $4 " registers, not " registers
                  if ($5 + $6 > 1.5 * spills + 200) bad = $5 + $6 " bytes of spills, not " spills }
        END { print bad ? "FAIL " what ": " bad : "ok " what }'
    [ "$name" != moons ] || chain "$name.$2.chain" 180
}
chain() {                                        # chain NAME REGISTERS: of the kernel in ./list that holds weights
    awk -v what="$1" -v least="$2" '
        $1 == "k0" { n++; if ($2 < least) bad = "weights do not lie in registers"; if ($6 + $7 > 0) bad = "spills" }
        END { if (n != 1) bad = "no k0"; print bad ? "FAIL " what ": " bad : "ok " what }' list
}
for arch in sm_80 sm_90a; do check "$examples/moons.ebm" $arch; done
# The chain alone, with another layer: in bf16 registers hold the weights of all, in both directions.
cat >chain.ebm <<'SPEC'
energy E(x: [2]) { return x |> Linear(128) |> silu |> Linear(128) |> silu |> Linear(128) |> silu |> Linear(1) |> squeeze }
sample s { batch = 256;  x ~ normal([2]);  for k in 1..50 { w ~ normal(like x);  x = x - 0.01 * grad(E, x) + 0.1 * w }  save(x, "x.npy") }
SPEC
for arch in sm_80 sm_90 sm_90a; do
    if compile chain.ebm $arch --precision=bf16; then chain bf16.$arch.chain 180
    else echo "FAIL bf16.$arch: $(tail -n 1 log)"; fi
done
check "$here/image.ebm" sm_90
# Wide layers: the kernels of whole grids keep their tiles in registers.
if compile "$here/../../bench/w2.ebm" sm_90; then
    awk '$1 ~ /^k[0-9]+$/ { n++; most = $2 > most ? $2 : most; if ($6 + $7 > 300) bad = $1 " spills " $6 + $7 " bytes" }
         END { if (n < 10 || most < 128) bad = "no kernel holds a tile"; print bad ? "FAIL w2.grid: " bad : "ok w2.grid" }' list
else echo "FAIL w2.grid: $(tail -n 1 log)"; fi
