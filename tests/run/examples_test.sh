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

# A small batch; entries that sum over a grid refuse one, and run as they are.
evaluates() {                                    # evaluates PROGRAM ENTRY
    "./$1" eval "$2" batch=32 count=32 --quiet --ckpt whole >small 2>&1 && return
    grep -q 'number of grid points' small || { cat small; return 1; }
    "./$1" eval "$2" --quiet --ckpt whole
}

# Four pictures of 3 x 32 x 32 bytes with labels, as safetensors.
pictures() {
    local x='"x":{"dtype":"U8","shape":[4,3,32,32],"data_offsets":[0,12288]}'
    local y='"y":{"dtype":"I32","shape":[4],"data_offsets":[12288,12304]}'
    printf '\200\0\0\0\0\0\0\0%-128s' "{$x,$y}"
    yes 'pictures' | head -c 12288
    printf '\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0'
}

# numbers NAME: the lines of the table for this spec. Everything is deterministic.
numbers() {
    local entry=train at=init
    while read -r name word first rest; do
        [ "$name" = "$1" ] || continue
        case $word in
        train)  rm -rf run; entry=$1.$first; at=run
                # shellcheck disable=SC2086
                try "$entry.run" "./$1" train "$first" $rest --quiet --threads 1 --out run || at=init
                tail -n 1 run/metrics.jsonl >reports ;;
        eval)   # shellcheck disable=SC2086
                "./$1" eval "$first" $rest --quiet --json --threads 1 --ckpt $at >reports 2>&1 || tail -n 1 reports ;;
        expect) # shellcheck disable=SC2086
                expect "$entry" "$first" $rest ;;
        esac
    done < <(grep -v '^#' "$table")
}

for spec in "$examples"/${1:-*}.ebm; do
    name=$(basename "$spec" .ebm)
    # Data sets are files that may be missing here: of those that import theirs from nets32 we make a small one.
    if [ "$name" = improved_cd ] && [ "${1:-}" != improved_cd ]; then       # 20 s of C compiler: see make soak
        try "$name.compile" quiet_compile "$spec" --emit=kernels -o kernels.c
        continue
    elif grep -q 'import "nets32' "$spec"; then
        pictures >cifar.safetensors
        try "$name.compile" quiet_compile "$spec" -o "$name" && numbers "$name"
        continue
    elif grep -q '^data ' "$spec"; then
        try "$name.compile" quiet_compile "$spec" --emit=kernels -o kernels.c
        continue
    fi
    try "$name.compile" quiet_compile "$spec" -o "$name" || continue
    for entry in $(sed -nE 's/^train ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.train.$entry" resumes "$name" "$entry"
    done
    for entry in $(sed -nE 's/^sample ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.sample.$entry" "./$name" sample "$entry" batch=32 count=32 --quiet --ckpt whole --out samples
    done
    for entry in $(sed -nE 's/^eval ([a-z_0-9]+).*/\1/p' "$spec"); do
        try "$name.eval.$entry" evaluates "$name" "$entry"
    done
    numbers "$name"
done
