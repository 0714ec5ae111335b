#!/bin/bash
# examples_test.sh - every spec of dsl_examples compiles without a warning. Those that read no files also become
# programs: each train entry takes four steps, the same bits come when the last two are a resumed run, and each sample
# and eval entry runs on a small batch. Then come the lines of examples.txt for it: short trainings and what they reach.
# Prints "ok NAME.WHAT" or "FAIL NAME.WHAT: why".
set -u -o pipefail
# shellcheck source=tests/expect.sh
. "$(dirname "$0")/../expect.sh"
table=$(cd "$(dirname "$0")" && pwd)/examples.txt
examples=$(cd "$(dirname "$0")/../../dsl_examples" && pwd)
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# try NAME COMMAND...: one result line.
try() {
    local name=$1; shift
    if "$@" >log 2>&1; then echo "ok $name"; return 0; fi
    echo "FAIL $name: $(grep -m 1 error log || tail -n 1 log)"; return 1
}
quiet_compile() { "$EBMCC" "$@" 2>&1 >/dev/null | { ! grep -E 'warning|error'; }; }
resumes() {                                      # resumes PROGRAM ENTRY
    rm -rf whole parts
    "./$1" train "$2" steps=4 batch=32 --checkpoint-every 2 --quiet --out whole || return 1
    cp -r whole parts; rm parts/ckpt-4.safetensors
    "./$1" resume parts --quiet || return 1
    cmp whole/ckpt-4.safetensors parts/ckpt-4.safetensors || { echo "error: a resumed run differs"; return 1; }
}

# A small batch; entries that sum over a grid refuse one, and run with the table's brief settings.
evaluates() {                                    # evaluates PROGRAM ENTRY
    "./$1" eval "$2" batch=32 count=32 --quiet --ckpt $weights >small 2>&1 && return
    grep -q 'number of grid points' small || { cat small; return 1; }
    # shellcheck disable=SC2046
    "./$1" eval "$2" $(sed -n "s/^$1 brief //p" "$table") --quiet --ckpt $weights
}

# 64 pictures of 3 x 32 x 32 bytes: discs of four colours on grey, with labels, as safetensors.
pictures() {
    python3 - "$1" <<'PY'
import json, random, struct, sys
n, x, y = 64, bytearray(), []
random.seed(1)
for k in range(n):
    cx, cy, r, back = random.uniform(10, 22), random.uniform(10, 22), random.uniform(5, 9), random.uniform(20, 60)
    disc = [(230, 60, 40), (60, 200, 70), (70, 90, 220), (230, 210, 60)][k % 4]
    x += bytes(int(disc[c] if (i - cy) ** 2 + (j - cx) ** 2 < r * r else back + i)
               for c in range(3) for i in range(32) for j in range(32))
    y.append(k % 4)
head = json.dumps({"x": {"dtype": "U8", "shape": [n, 3, 32, 32], "data_offsets": [0, len(x)]},
                   "y": {"dtype": "I32", "shape": [n], "data_offsets": [len(x), len(x) + 4 * n]}}).encode()
head += b" " * (-len(head) % 8)
open(sys.argv[1], "wb").write(struct.pack("<Q", len(head)) + head + x + struct.pack("<%di" % n, *y))
PY
}

# numbers NAME [DATA]: the lines of the table for this spec, its trainings on this file. Everything is deterministic.
# Sanitizers change no bits and take minutes for them: with them each training takes two steps, and no number is checked.
numbers() {
    local name word first rest entry=$1 at=init set=${2:+.$(basename "$2")}
    while read -r name word first rest; do
        [ "$name" = "$1" ] || continue
        if [ -n "${EBM_SANITIZE:-}" ]; then
            [ "$word" = train ] || continue
            rest=$(sed 's/steps=[0-9]*/steps=2/' <<<"$rest")
        fi
        case $word in
        train)  rm -rf run; entry=$1.$first${set%.safetensors}; at=run
                # shellcheck disable=SC2086
                try "$entry.run" "./$1" train "$first" $rest ${2:+"cifar=$2"} --quiet --threads 1 --out run || at=init
                tail -n 1 run/metrics.jsonl >reports ;;
        eval)   # shellcheck disable=SC2086
                "./$1" eval "$first" $rest --quiet --json --threads 1 --ckpt $at >reports 2>&1 || tail -n 1 reports ;;
        drawn)  [[ $set == .pictures* ]] || continue ;;&
        expect|drawn) # shellcheck disable=SC2086
                expect "$entry" "$first" $rest ;;
        esac
    done < <(grep -v '^#' "$table")
}

# The bits do not depend on it; the runtime of a sanitizer is its compiler's.
if [ -n "${EBM_SANITIZE:-}" ]; then quick=$EBM_BUILD/quick/gcc-O1; else quick=$EBM_BUILD/quick/clang-O1; fi
pictures pictures.safetensors
for spec in "$examples"/${1:-*}.ebm; do
    name=$(basename "$spec" .ebm)
    # Data sets are files that may be missing here: of those that import theirs from nets32 we make a small one, and take
    # $EBM_CIFAR, where it is a file, as well. As set they are compiled to C; what runs is small.
    if grep -q 'import "nets32' "$spec"; then
        try "$name.compile" quiet_compile "$spec" --emit=kernels -o kernels.c
        read -ra define < <(sed -n "s/^$name define//p" "$table" | sed 's/ / -D /g')
        try "$name.small" quiet_compile "$spec" "${define[@]}" --cc="$quick" -o "$name" || continue
        for data in "$scratch/pictures.safetensors" ${EBM_CIFAR:+"$EBM_CIFAR"}; do numbers "$name" "$data"; done
        continue
    elif grep -q '^data ' "$spec"; then
        try "$name.compile" quiet_compile "$spec" --emit=kernels -o kernels.c
        continue
    fi
    try "$name.compile" quiet_compile "$spec" -o "$name" || continue
    weights=init
    for entry in $(sed -nE 's/^train ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.train.$entry" resumes "$name" "$entry"
        weights=whole
    done
    for entry in $(sed -nE 's/^sample ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.sample.$entry" "./$name" sample "$entry" batch=32 count=32 --quiet --ckpt $weights --out samples
    done
    for entry in $(sed -nE 's/^eval ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.eval.$entry" evaluates "$name" "$entry"
    done
    numbers "$name"
done
