#!/bin/bash
# barriers_test.sh - every barrier of the emitted kernels is needed: left out, one at a time, the training fails or
# gives other bits, in one thread order or another. What may stay unnoticed is said in `idle` below.
# Prints "ok NAME" or "FAIL NAME: why". Needs $EBM_BUILD with `make all emulator` done, a C compiler and g++.
set -u -o pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) examples=$(cd "$(dirname "$0")/../../dsl_examples" && pwd)
if [ -n "${EBM_SANITIZE:-}" ]; then echo "skip barriers: the emulator's threads are fibers, which sanitizers do not follow"; exit 0; fi
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
# One CTA runs all units, so barriers between units count too.
export XDG_CACHE_HOME=$scratch/cache EMU_SMS=1 EMU_CTAS=1 EMU_WORKERS=1 PATH=$scratch:$PATH
printf '#!/bin/sh\nexec cc "$@" -O0\n' >quick-cc; chmod +x quick-cc

# Between parts of one kernel that share no memory; where a row is written twice, which does not happen here; where a
# value of one feature has one thread on both sides.
idle='u != blockIdx\.x|later\[|ebm_(cta|grid)_store(_i32)?\([^,]*, [^,]*, row, valid, 1, |ebm_(cta|call)_dense.*[<, ]1, [0-9]+, (1, 1, )?T, S[>)]'

# digest PROGRAM SETTING...: of checkpoint and metrics, or "failed".
cat >digest <<'SH'
#!/bin/bash
run=$(mktemp -d -p .); program=$1; shift
if LD_LIBRARY_PATH=$EBM_BUILD/emulator timeout 60 "./$program" train "$@" --quiet --log-every 1 --device=cuda \
    --out "$run/out" >/dev/null 2>&1; then cat "$run"/out/ckpt-1.safetensors "$run"/out/metrics.jsonl | md5sum
else echo failed; fi
rm -rf "$run"
SH
# noticed LINE DIGEST PROGRAM SETTING...: prints the line when no order shows that its barrier is missing.
cat >noticed <<'SH'
#!/bin/bash
line=$1 whole=$2; shift 2
for order in reverse forward random:1; do
    [ "$(EMU_ORDER=$order EMU_SKIP=$line digest "$@")" = "$whole" ] || exit 0
done
echo "$line"
SH
chmod +x digest noticed

# barriers SPEC LEAST SAME ENTRY SETTING...: at least so many barriers; before so many loads the same values lie there.
# $options: of the compiler.
options=
barriers() {
    local spec=$1 least=$2 same=$3 entry=$4 name text whole n line
    name=$(basename "$1" .ebm); shift 4
    # shellcheck disable=SC2086
    "$EBMCC" --target=all --cc="$scratch/quick-cc" $options "$spec" -o "$name" >log 2>&1 || { echo "FAIL $name: $(grep -m 1 error log)"; return; }
    mkdir "text-$name"
    LD_LIBRARY_PATH=$EBM_BUILD/emulator "./$name" train "$entry" steps=1 batch=8 --quiet --device=cuda --out first \
        --dump-kernels "text-$name" >log 2>&1 || { echo "FAIL $name: $(tail -n 1 log)"; return; }
    rm -rf first
    whole=$(EMU_REPORT=$name.lines digest "$name" "$entry" "$@")
    [ "$whole" != failed ] || { echo "FAIL $name: does not train"; return; }
    n=$(sort -u "$name.lines" | wc -l)
    [ "$n" -ge "$least" ] || { echo "FAIL $name: only $n barriers were met"; return; }
    cut -d ' ' -f 1 "$name.lines" | sort -nu |
        xargs -P 2 -I LINE ./noticed LINE "$whole" "$name" "$entry" "$@" | sort -n >unnoticed
    # A line is left out in every module of the entry; what stands there in some of them is no barrier.
    while read -r line; do
        for text in "text-$name"/train?"$entry"*.cu; do
            if sed -n "${line}p" "$text" | grep -qE '__syncthreads|ebm_grid_sync' &&
               ! sed -n "$((line - 2)),$((line + 1))p" "$text" | grep -qE "$idle"; then
                echo "FAIL $name.barrier: nothing needs that of line $line: $(sed -n "$((line - 1))p;$((line + 1))p" "$text" | tr -s ' \n' ' ')"
            fi
        done
    done <unnoticed >failures
    [ "$(grep -c ebm_cta_load failures)" -gt "$same" ] || sed -i "/ebm_cta_load/d" failures
    cat failures
    [ -s failures ] || echo "ok $name: $n barriers, $(wc -l <unnoticed) idle by nature"
}
barriers "$examples/moons.ebm" 40 1 cd steps=1 batch=70 K=2
barriers "$here/image.ebm" 60 0 cd steps=1 batch=67 K=1
# Two CTAs that compute everything together: also the barriers within their collectives.
export EMU_SMS=2
# three tiles of outputs, so that one CTA computes two.
options="--grid=on -D h=68 -D h2=68"; barriers "$here/wide.ebm" 25 0 cd steps=1 batch=70 K=2
