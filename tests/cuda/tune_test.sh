#!/bin/bash
# tune_test.sh - --tune on the emulated GPU, whose clock EMU_COST sets: the fastest way is taken, kept and taken again,
# a damaged choice is made anew, no way but cuBLASLt changes a bit, runs without --tune know nothing of it, and each entry
# point of cuBLASLt that fails is said in one line. Prints "ok NAME" or "FAIL NAME: why". Needs $EBM_BUILD with `make all
# emulator` done, a C compiler and g++.
set -u -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) top=$(cd "$(dirname "$0")/../.." && pwd)
if [ -n "${EBM_SANITIZE:-}" ]; then echo "skip tune: the emulator's threads are fibers, which sanitizers do not follow"; exit 0; fi
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
export XDG_CACHE_HOME=$scratch/cache EMU_WORKERS=1 EMU_OPT=-O0
printf '#!/bin/sh\nexec cc "$@" -O0\n' >quick-cc; chmod +x quick-cc      # the bits do not depend on it
. "$here/help.sh"
differ() { if cmp -s "$2" "$3"; then fail "$1" "the same bits"; else ok "$1"; fi; }
# near NAME FILE FILE TOLERANCE: the last lines of two metrics.
near() {
    paste -d ' ' <(tail -n 1 "$2" | tr '{},' '\n') <(tail -n 1 "$3" | tr '{},' '\n') | grep : | tr '":' '  ' |
        awk -v most="$4" '{ d = $2 - $4; m = $2 < 0 ? -$2 : $2; if (d < 0) d = -d; n++; bad += !(d <= most * (m + 0.01)) }
                          END { exit bad || n == 0 }' && ok "$1" || fail "$1" "$(tail -qn 1 "$2" "$3" | tr '\n' ' ')"
}
forget() { rm -f cache/ebmcc/*.tune; }
choices() { find cache -name '*.tune' | wc -l; }
# run PROGRAM FOLDER STEPS OPTION...
run() {
    local program=$1 folder=$2 steps=$3; shift 3
    rm -rf "$folder"
    LD_LIBRARY_PATH=${libraries:-$EBM_BUILD/emulator} "./$program" train --device=cuda K=1 batch="${batch:-70}" steps="$steps" --out "$folder" "$@"
}
compile() { "$EBMCC" --target=all --cc="$scratch/quick-cc" -D h=64 -D h2=96 "$here/wide.ebm" "$@" >log 2>&1 || fail "compile $*" "$(grep -m 1 error log)"; }
compile --precision=fp32 --grid=on -o grid      # a whole grid; its sums in tiles
compile --precision=tf32 --grid=off -o ctas     # a CTA for each tile, or each sum
sums=$(./grid info | awk '/ sums$/ { print $1; exit }') region=$(./grid info | awk '/region, whole grid/ { print $1; exit }')

# ---- what changes no bit -----------------------------------------------------------------------
# At most four ways, six launches each.
run grid plain 24 --quiet >out
# fastest NAME KERNEL CTAS WORDS: with so many CTAs the kernel is fastest, and that is found.
fastest() {
    forget
    EMU_COST=$2:$3:1 gives "$1" 0 "^tuned: $2 \(.*\): $4, 1.0 us \(default 10.0 us\)$" run grid "$1" 24 --tune=exact
    same "$1.bits" plain/ckpt-24.safetensors "$1/ckpt-24.safetensors"
}
fastest half "$region" 1 'a CTA for every second multiprocessor'
fastest two-of-grid "$region" 4 'two CTAs for each multiprocessor'
fastest one "$sums" 2 'a CTA for each multiprocessor'
# Two of a hundred are not worth another grid.
forget; EMU_COST=$sums:4:9.8 gives close 0 "^tuned: $sums \(.*\): the default grid, 10.0 us$" run grid close 24 --tune=exact

# ---- choices on disk ---------------------------------------------------------------------------
fastest two "$sums" 4 'two CTAs for each multiprocessor'
n=$(choices); [ "$n" -gt 2 ] && ok kept || fail kept "$n choices"
EMU_FAIL=cuEventCreate:1 gives cached 0 "^tuned: $sums \(.*\): two CTAs for each multiprocessor, as measured in an earlier run$" run grid again 24 --tune=exact
same cached.bits plain/ckpt-24.safetensors again/ckpt-24.safetensors
run grid parts 12 --quiet >out; gives resumed 0 "^tuned: $sums .*as measured in an earlier run$" \
    env LD_LIBRARY_PATH="$EBM_BUILD/emulator" ./grid resume parts --device=cuda --tune=exact steps=24
same resumed.bits plain/ckpt-24.safetensors parts/ckpt-24.safetensors
EMU_SMS=3 gives cached.other-device 0 "^tuned: [0-9]+ kernels were launched too rarely" run grid again 2 --tune=exact
batch=66 gives cached.other-batch 0 "^tuned: [0-9]+ kernels were launched too rarely" run grid again 2 --tune=exact
[ "$(choices)" -eq "$n" ] && ok too-short.none || fail too-short.none "$(choices) choices, not $n"
for file in cache/ebmcc/*.tune; do printf x | dd of="$file" bs=1 seek=81 conv=notrunc 2>/dev/null; cp "$file" "$file.damaged"; done
EMU_COST=$sums:2:1 gives damaged 0 "^tuned: $sums \(.*\): a CTA for each multiprocessor, 1.0 us " run grid again 24 --tune=exact
bad=; for file in cache/ebmcc/*.tune; do cmp -s "$file" "$file.damaged" && bad=$file; done
[ -z "$bad" ] && ok damaged.repaired || fail damaged.repaired "$bad stays damaged"
rm cache/ebmcc/*.damaged

# ---- cuBLASLt ----------------------------------------------------------------------------------
# Two whole blocks and one of two samples.
batch=130
for program in grid ctas; do
    # By the compute type of the program's precision, else it is not the fastest.
    if [ $program = grid ]; then most=1e-4; export EMU_COST=cublasLtMatmul:*:-1; else most=2e-3; export EMU_COST=cublasLtMatmul_tf32:*:-1; fi
    run $program $program-plain 8 --quiet --log-every 1 >out
    forget; gives $program.library 0 '^tuned: .* sums\): large sums by cuBLASLt, [0-9.]+ us \(default 10.0 us\)$' \
        run $program measured 24 --tune=library --log-every 1
    grep -q '^device: .*, tuned with cuBLASLt 13.1.0$' err && ok $program.said || fail $program.said "$(head -n 1 err)"
    head -n 8 measured/metrics.jsonl >measured.jsonl; near $program.near $program-plain/metrics.jsonl measured.jsonl $most
    # chosen from the first step on: as graphs or not, the same bits
    run $program cached 8 --tune=library --quiet --log-every 1 >out
    EBM_CUDA_GRAPHS=0 run $program single 8 --tune=library --quiet --log-every 1 >out
    same $program.graphs cached/ckpt-8.safetensors single/ckpt-8.safetensors
    near $program.cached-near $program-plain/metrics.jsonl cached/metrics.jsonl $most
    differ $program.cached-used $program-plain/ckpt-8.safetensors cached/ckpt-8.safetensors
    # the choice is there, but nobody asks for it
    gives $program.untuned 0 '^run: ' run $program untuned 8
    same $program.untuned-bits $program-plain/ckpt-8.safetensors untuned/ckpt-8.safetensors
    grep -qE "^tuned:|, tuned" err && fail $program.untuned-silent "$(grep tuned err)" || ok $program.untuned-silent
    run $program exact 8 --tune=exact --quiet >out
    same $program.exact-bits $program-plain/ckpt-8.safetensors exact/ckpt-8.safetensors
done
export EMU_COST=cublasLtMatmul:*:-1; batch=20; forget; gives part-of-a-block 0 '^tuned: .* sums\): large sums by cuBLASLt' run grid part 24 --tune=library
unset EMU_COST; batch=70
forget; gives slower 0 "^tuned: $sums \(.*\): the default grid" run grid slower 24 --tune=library

# ---- what is missing, or fails -----------------------------------------------------------------
forget; EBM_CUBLASLT=/nonexistent EMU_COST=$sums:4:1 gives missing 0 '^warning: EBM_CUBLASLT=/nonexistent cannot be opened as cuBLASLt; tuning goes on without it$' \
    run grid missing 24 --tune=library
grep -q "^tuned: $sums .*two CTAs" err && ok missing.tunes || fail missing.tunes "$(tail -n 1 err)"
same missing.bits plain/ckpt-24.safetensors missing/ckpt-24.safetensors
echo 'int cublasLtGetVersion(void) { return 130000; }' | cc -shared -fPIC -x c - -o old.so
EBM_CUBLASLT=./old.so gives missing.entry 0 '^warning: the cuBLASLt found has no cublasLt.*; tuning goes on' run grid missing 1 --tune=library
echo 'int cublasLtGetVersion(void) { return 990000; }' | cat - <(sed -nE 's/.*X\([a-z_]+, "(cublasLt[A-Za-z_0-9]+)".*/int \1(void) { return 1; }/p' "$top/runtime/cuda_blas.h" | grep -v Version) | cc -shared -fPIC -x c - -o new.so
EBM_CUBLASLT=./new.so gives missing.newer 0 "^warning: the cuBLASLt found is newer than the driver: CUDA 13's is needed; tuning goes on" run grid missing 1 --tune=library
EMU_MEMORY=32000000 gives missing.memory 0 '^warning: out of GPU memory: 32.* MiB for cuBLASLt; .*; tuning goes on without it$' run grid missing 1 --tune=library
grep -q '"tune": "library"' missing/config.json && ok recorded || fail recorded "config.json does not say it"
gives cpu 2 'error: --tune measures kernels on a GPU; --device=cpu uses none' ./grid train --tune=exact --device=cpu --out cpu
gives no-gpu 9 'error: --tune measures kernels on a GPU; no NVIDIA driver: ' ./grid train --tune=library --out cpu
[ ! -e cpu ] && ok cpu.no-folder || fail cpu.no-folder "cpu was made"
gives bad-value 2 'error: --tune fast: expected exact or library' ./grid train --tune=fast --out cpu

# Each entry point: while products are prepared cuBLASLt is done without, its bits are the kernels' own; a product that
# fails ends the run, whose checkpoint is whole.
run grid two-steps 2 --quiet >out
points=$(sed -nE 's/.*X\([a-z_]+, "(cublasLt[A-Za-z_0-9]+)".*/\1/p' "$top/runtime/cuda_blas.h")
for point in $points; do
    bad=
    case $point in *Matmul) calls='1 7' steps=8 ;; *PreferenceSet*|*Layout*) calls='1 3' steps=2 ;; *) calls=1 steps=2 ;; esac
    case $point in *Destroy|*GetVersion|*GetStatusName) least=0 ;; *) least=1 ;; esac
    for n in $calls; do
        forget; code=0
        EMU_FAIL=$point:$n run grid f $steps --tune=library --checkpoint-every 3 >out 2>err || code=$?
        warned=$(grep -cE '^warning: cuBLASLt (does not start: .*; tuning goes on without it|cannot take the sums of )' err)
        if [ "$point" = cublasLtMatmul ]; then
            if [ $code -ne 9 ] || ! grep -q '^wide: error: step [0-9]*: GPU: cuBLASLt cannot multiply: ' err; then bad="call $n: exit $code: $(tail -n 1 err)"
            elif ! LD_LIBRARY_PATH=$EBM_BUILD/emulator ./grid resume f --device=cuda --quiet steps=9 >out 2>err; then bad="call $n: $(tail -n 1 err)"; fi
        elif [ $code -ne 0 ]; then bad="call $n: exit $code: $(tail -n 1 err)"
        elif [ "$warned" -ne $least ]; then bad="call $n: $warned warnings, not $least"
        elif [ $least -eq 1 ]; then cmp -s two-steps/ckpt-2.safetensors f/ckpt-2.safetensors || bad="call $n: not the bits of its own kernels"; fi
        [ -z "$bad" ] || break
    done
    if [ -n "$bad" ]; then fail "fails.$point" "$bad"; else ok "fails.$point"; fi
done
