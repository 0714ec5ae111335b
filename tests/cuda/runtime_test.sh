#!/bin/bash
# runtime_test.sh - runs on a GPU by the emulated driver: toy.c gives the CPU's bits, survives kills, and each entry
# point of driver and NVRTC that fails ends it with one line, the right exit code and nothing half-written.
# Prints "ok NAME" or "FAIL NAME: why". Needs $EBM_BUILD with `make all emulator` done, a C compiler, g++, python3.
set -u -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
# shellcheck disable=SC2086 # words
cc -std=gnu11 -O1 ${EBM_SANITIZE:-} -D_GNU_SOURCE -ffp-contract=off -I"$top/runtime" "$here/toy.c" "$EBM_BUILD/libebmrt.a" \
    -ljansson -lpng -lz -lmd -lm -lpthread -o toy || { echo "FAIL build: toy.c does not compile"; exit 1; }
python3 - <<'PY'
import random, struct
r = random.Random(1)
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (100, 2), }".ljust(117) + "\n"
points = b"".join(struct.pack("<f", r.gauss(0, 1)) for _ in range(200))
open("points.npy", "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + points)
PY
export XDG_CACHE_HOME=$scratch/cache EMU_WORKERS=1
gpu() { LD_LIBRARY_PATH=$EBM_BUILD/emulator ./toy "$@"; }

. "$here/help.sh"

# ---- the same bits ---------------------------------------------------------------------------
./toy train --device=cpu --quiet steps=60 --out on-cpu >out
gives trains 0 '^device: cuda, Emulated GPU \(sm_90, 2 SMs, 1 GiB\), CUDA 13.0, fp32' gpu train --device=cuda steps=60 --out on-gpu
same bits.checkpoint on-cpu/ckpt-60.safetensors on-gpu/ckpt-60.safetensors
same bits.metrics on-cpu/metrics.jsonl on-gpu/metrics.jsonl
for how in GRAPHS=0 WAIT=1; do
    env EBM_CUDA_$how LD_LIBRARY_PATH="$EBM_BUILD/emulator" ./toy train --device=cuda --quiet steps=60 --out $how >out
    same bits.$how on-gpu/ckpt-60.safetensors $how/ckpt-60.safetensors
done
same bits.entry-inside on-cpu/energies-60/energy.npy on-gpu/energies-60/energy.npy
gives auto 0 '^device: cuda, ' gpu train steps=25 --out parts
gives resumes 0 '^resume: ' gpu resume parts steps=60
same bits.resumed on-gpu/ckpt-60.safetensors parts/ckpt-60.safetensors
gives resumes-on-cpu 0 '^device: cpu' gpu resume --device=cpu on-gpu steps=70
./toy resume on-cpu steps=70 --quiet >out; same bits.other-device on-cpu/ckpt-70.safetensors on-gpu/ckpt-70.safetensors
gpu sample --quiet from=on-gpu --out s-gpu >out; ./toy sample --quiet --device=cpu from=on-gpu --out s-cpu >out
same bits.sample s-cpu/energy.npy s-gpu/energy.npy
gives diverges 6 'diverged at step 6: gradient of E is not finite; no checkpoint' gpu train --device=cuda blowup=7 --out d1
gives diverges.late 6 'diverged at step 6: .*d2/ckpt-5.safetensors' gpu train --device=cuda blowup=7 --checkpoint-every 5 --out d2
gives diverges.long 6 'diverged at step 36: .*no checkpoint' gpu train --device=cuda blowup=37 steps=5000 --out d3
[ "$(cat d?/metrics.jsonl | wc -l)" -eq 3 ] && ok diverges.metrics || fail diverges.metrics "$(cat d?/metrics.jsonl)"

# ---- what is missing -------------------------------------------------------------------------
gives no-driver 9 'error: --device=cuda: no NVIDIA driver: libcuda.so.1 not found' ./toy train --device=cuda
gives no-driver.auto 0 '^device: cpu, .*no NVIDIA driver' ./toy train steps=1 --out n1
EMU_DEVICES=0 gives no-device 9 'error: --device=cuda: the NVIDIA driver finds no device' gpu train --device=cuda
EMU_DEVICES=0 gives no-device.auto 0 '^device: cpu, .*finds no device' gpu train steps=1 --out n2
EBM_NVRTC=/nonexistent gives no-nvrtc 9 'EBM_NVRTC=/nonexistent cannot be opened' gpu train --device=cuda
mkdir old; echo 'int cuInit(unsigned f) { return 0 * (int)f; }' | cc -shared -fPIC -x c - -o old/libcuda.so.1
LD_LIBRARY_PATH=old gives old-driver 9 'the NVIDIA driver is too old: it has no cu' ./toy train --device=cuda
EMU_MEMORY=100000 gives no-memory 5 'out of GPU memory: .* for a step of cd at batch 48000; .* free' gpu train --device=cuda batch=48000 --out m
EMU_FAIL=cuMemAlloc_v2:3:2 gives no-memory.state 5 "out of GPU memory: .* for the program's state" gpu train --device=cuda --out m2

# ---- every entry point fails, at its first, second, ... call ----------------------------------
# A run folder holds whole files only, and a run that is resumed ends with the bits of one that never failed.
whole_files() {
    local extra; extra=$(find "$1" -mindepth 1 -maxdepth 1 ! -name 'ckpt-*.safetensors' ! -name metrics.jsonl \
        ! -name config.json ! -name .lock ! -name 'energies-*' 2>/dev/null)
    [ -z "$extra" ] || { why="left behind: $extra"; return 1; }
    ls "$1"/ckpt-* >/dev/null 2>&1 || return 0
    gpu resume "$1" steps=60 --quiet >out2 2>&1 && cmp "$1/ckpt-60.safetensors" parts/ckpt-60.safetensors >/dev/null ||
        { why="cannot be resumed: $(tail -n 1 out2)"; return 1; }
}
ignored=' cuEventDestroy_v2 cuMemFree_v2 cuMemFreeHost cuStreamDestroy_v2 cuModuleUnload cuGraphExecDestroy cuGraphDestroy cuDevicePrimaryCtxRelease_v2 '
points=$(sed -nE 's/.*X\([a-z_]+, "(cu|nvrtc)([A-Za-z_0-9]+)".*/\1\2/p' "$top"/runtime/cuda_driver.h "$top"/runtime/cuda_nvrtc.h)
for point in $points; do
    met=0 bad= tune=
    case $point in cuEvent*) tune=--tune=exact ;; esac     # only a tuned run takes times
    for n in 1 2 3 5 9 40 200; do
        rm -rf f cache/ebmcc/*.tune; code=0; cache=
        case $point in nvrtc*) cache=off ;; esac
        EBM_CACHE=$cache EMU_FAIL=$point:$n gpu train --device=cuda $tune steps=60 --checkpoint-every 10 --quiet --out f >out 2>err || code=$?
        [ $code -eq 0 ] && break
        met=$((met + 1))
        if [ $code -ne 9 ]; then bad="call $n: exit $code: $(tail -n 1 err)"
        elif [ "$(grep -c . err)" -gt 3 ] || ! tail -n 1 err | grep -q '^toy: error: '; then bad="call $n: $(cat err)"
        elif ! whole_files f; then bad="call $n: $why"; fi
        [ -z "$bad" ] || break
    done
    case $point in
    cuGetError*|nvrtcVersion|nvrtcGetErrorString|nvrtcDestroyProgram|nvrtcGet*|cuMemGetInfo_v2) least=0 ;;
    *) least=1 ;;
    esac
    [[ $ignored != *" $point "* ]] || least=0
    if [ -n "$bad" ]; then fail "fails.$point" "$bad"
    elif [ $met -lt $least ]; then fail "fails.$point" "its failure is ignored"
    else ok "fails.$point"; fi
done

# ---- kill -9 ---------------------------------------------------------------------------------
long() { exec env LD_LIBRARY_PATH="$EBM_BUILD/emulator" ./toy "$@" --device=cuda --quiet --checkpoint-every 50 >out 2>err; }
(long train steps=12000 --out whole) || fail kill.whole "$(tail -n 1 err)"
kills=0
for delay in 0.15 0.21 0.33 0.19 0.27 60; do
    if ls killed/ckpt-* >/dev/null 2>&1; then long resume killed & pid=$!
    else rm -rf killed; long train steps=12000 --out killed & pid=$!; fi
    [ $delay != 60 ] || break
    sleep $delay; kill -9 $pid 2>/dev/null && kills=$((kills + 1)); wait $pid 2>/dev/null
done
wait $pid || fail kill.last "$(tail -n 1 err)"
if [ $kills -gt 1 ]; then same kill.same-bits whole/ckpt-12000.safetensors killed/ckpt-12000.safetensors
else fail kill "the run ended before it was killed"; fi

# ---- the cache -------------------------------------------------------------------------------
entries() { find cache -name '*.cubin' 2>/dev/null | wc -l; }
rm -rf cache; EBM_CACHE=off gpu train --device=cuda --quiet steps=2 --out c0 >out; [ "$(entries)" -eq 0 ] && ok cache.off || fail cache.off "entries were written"
for i in 1 2 3 4; do gpu train --device=cuda --quiet steps=20 --out p$i >out$i 2>&1 & pids[i]=$!; done
bad=; for i in 1 2 3 4; do wait "${pids[i]}" || bad=$i; done
[ -z "$bad" ] && [ "$(entries)" -eq 2 ] && ok cache.parallel || fail cache.parallel "run $bad, $(entries) entries"
for file in cache/ebmcc/*.cubin; do printf 'x' | dd of="$file" bs=1 seek=5000 conv=notrunc 2>/dev/null; cp "$file" "$file.damaged"; done
gives cache.damaged 0 '^run: ' gpu train --device=cuda steps=20 --out c1
bad=; for file in cache/ebmcc/*.cubin; do cmp -s "$file" "$file.damaged" && bad=$file; done
[ -z "$bad" ] && ok cache.repaired || fail cache.repaired "$bad stays damaged"
truncate -s 150M cache/ebmcc/old cache/ebmcc/older; touch -d '2 days ago' cache/ebmcc/old; touch -d '3 days ago' cache/ebmcc/older
rm cache/ebmcc/*.cubin; gives cache.full 0 '^run: ' gpu train --device=cuda steps=2 --out c1b
[ -e cache/ebmcc/old ] && [ ! -e cache/ebmcc/older ] && [ "$(entries)" -eq 2 ] && ok cache.bounded ||
    fail cache.bounded "$(ls cache/ebmcc)"
rm -rf cache; mkdir -p cache/ebmcc; chmod 777 cache/ebmcc
gives cache.untrusted 0 '^run: ' gpu train --device=cuda steps=2 --out c2
[ "$(entries)" -eq 0 ] && ok cache.untrusted-unused || fail cache.untrusted-unused "a folder that all can write is used"
rm -rf cache; ln -s "$scratch" link; mkdir cache; ln -s "$scratch/p1" cache/ebmcc
gives cache.link 0 '^run: ' gpu train --device=cuda steps=2 --out c3
[ "$(entries)" -eq 0 ] && ok cache.link-unused || fail cache.link-unused "a link is followed"
rm -rf cache

# A device newer than NVRTC takes PTX, which the driver compiles: kept as any other entry, and used again.
export EMU_CAPABILITY=123
gives ptx 0 '^device: cuda, Emulated GPU \(sm_123, ' gpu train --device=cuda steps=60 --out q1
same ptx.bits on-gpu/ckpt-60.safetensors q1/ckpt-60.safetensors
[ "$(entries)" -eq 2 ] && [ "$(grep -la '^.version emulated' cache/ebmcc/*.cubin | wc -l)" -eq 2 ] && ok ptx.kept ||
    fail ptx.kept "$(entries) entries, not 2 of PTX"
EMU_FAIL=nvrtcCompileProgram:1 gives ptx.cached 0 '^run: ' gpu train --device=cuda steps=20 --out q2
unset EMU_CAPABILITY; rm -rf cache

printf '#!/bin/sh\nkill -SEGV $PPID\n' >killer; chmod +x killer
ASAN_OPTIONS="${ASAN_OPTIONS:-}:handle_segv=0" EBM_CACHE=off EMU_CXX=./killer gives compiler-crashes 9 'error: NVRTC was stopped by signal 11 .* while it compiled toy_train' gpu train --device=cuda --out x1
[ ! -e x1 ] && ok compiler-crashes.no-folder || fail compiler-crashes.no-folder "x1 was made"

# ---- tuning: tune_test.sh has the rest --------------------------------------------------------
EMU_COST=update:4:1 gives tune 0 '^tuned: update \(\): two CTAs for each multiprocessor, 1.0 us \(default 10.0 us\)$' \
    gpu train --device=cuda --tune=exact steps=60 --out u1
same tune.bits on-gpu/ckpt-60.safetensors u1/ckpt-60.safetensors

# ---- the kernels' text -----------------------------------------------------------------------
gives dump 0 '^run: ' gpu train --device=cuda steps=20 --dump-kernels k --out t1
[ -s k/toy_train.cu ] && [ -s k/toy_train.cubin ] && [ -s k/toy_train.ptx ] && ok dump.files || fail dump.files "$(ls k)"
sed -i 's/m\[k\] = 0.9f \*/m[k] = 0.8f */' k/toy_train.cu
gives load 0 '^kernels: k/toy_train.cu' gpu train --device=cuda steps=20 --load-kernels k --out t2
cmp -s t1/ckpt-20.safetensors t2/ckpt-20.safetensors && fail load.used "the changed text gives the same bits" || ok load.used
echo 'this is not CUDA' >>k/toy_train.cu
gives broken 9 'error: NVRTC .* cannot compile toy_train .*kept in k/toy_train.cu' gpu train --device=cuda steps=20 --load-kernels k --out t3
[ ! -e t3 ] && ok broken.no-folder || fail broken.no-folder "t3 was made"

# ---- a compiled program ----------------------------------------------------------------------
gpu_moons() { LD_LIBRARY_PATH=$EBM_BUILD/emulator ./moons "$@" --device=cuda --quiet batch=64 K=3 >out 2>err || tail -n 1 err; }
gives moons.compiles 0 'wrote moons' "$EBMCC" --target=all --precision=fp32 "$top/dsl_examples/moons.ebm" -o moons
./moons train --device=cpu --quiet batch=64 K=3 steps=6 --out m-cpu >out 2>err
gpu_moons train steps=6 --out m-gpu; same moons.fp32-as-cpu m-cpu/ckpt-6.safetensors m-gpu/ckpt-6.safetensors
EMU_SMS=1 EMU_ORDER=random:3 gpu_moons train steps=3 --out m-part
rm -f m-part/ckpt-6*; LD_LIBRARY_PATH=$EBM_BUILD/emulator ./moons resume m-part --device=cuda --quiet steps=6 >out 2>err || tail -n 1 err
same moons.resumed-other-grid m-gpu/ckpt-6.safetensors m-part/ckpt-6.safetensors
gives moons.tf32-compiles 0 'wrote moons' "$EBMCC" --target=all "$top/dsl_examples/moons.ebm" -o moons
gpu_moons train steps=2 --out m-tf32
near() { python3 - "$@" <<'PY'
import json, sys
a, b = ([json.loads(line) for line in open(f)][0] for f in sys.argv[1:3])
sys.exit(any(abs(a[k] - b[k]) > 0.002 * abs(a[k]) for k in a))
PY
}
near m-cpu/metrics.jsonl m-tf32/metrics.jsonl && ok moons.tf32-near || fail moons.tf32-near "$(head -n 1 m-cpu/metrics.jsonl m-tf32/metrics.jsonl)"
