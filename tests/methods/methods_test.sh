#!/bin/bash
# methods_test.sh - methods against numbers that are known: quadrature, closed forms, identities.
#
# Each spec of this folder says in comments what to do with its program and what must come out:
#   # example NAME.ebm         the spec imports this file of dsl_examples
#   # define NAME=VALUE        compile (again) with -D NAME=VALUE; what follows is about that program
#   # train ENTRY [SETTINGS]   later eval entries take the weights of this run; before any, the initial ones
#                              what follows is about what the last step tracked
#   # eval ENTRY [SETTINGS]    run an eval entry; what follows is about its reports
#   # sample ENTRY [SETTINGS]  run a sample entry, whose files an eval entry may read
#   # npy FILE TYPE SIZES VALUES         write an array first: f4, i4 or u1; sizes 5,2
#   #   expect NAME VALUE TOLERANCE        |report - VALUE| <= TOLERANCE
#   #   expect NAME > VALUE, expect NAME < VALUE
# SPECS names another folder of specs. Prints "ok SPEC.ENTRY.NAME" or "FAIL SPEC.ENTRY.NAME: why" per expectation. Everything is deterministic.
set -u
here=$(cd "$(dirname "$0")" && pwd); examples=$here/../../dsl_examples
# shellcheck source=tests/expect.sh
. "$here/../expect.sh"
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

# try NAME COMMAND...: runs it quietly; prints a failure with its last line of output.
try() {
    local name=$1; shift
    "$@" >log 2>&1 && return
    echo "FAIL $name: $(grep -m 1 error log || tail -n 1 log)"; return 1
}

# array FILE TYPE SIZES VALUES...: a .npy file.
array() {
    python3 - "$@" <<'PY'
import struct, sys
path, kind, sizes, *values = sys.argv[1:]
head = "{'descr': '%s', 'fortran_order': False, 'shape': (%s,), }" % (("|" if kind == "u1" else "<") + kind, sizes)
code = {"f4": "f", "i4": "i", "u1": "B"}[kind]
head = head.ljust(117) + "\n"
body = struct.pack("<%d%s" % (len(values), code), *[float(v) if code == "f" else int(v) for v in values])
open(path, "wb").write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + body)
PY
}

for spec in "${SPECS:-$here}"/${1:-*}.ebm; do
    name=$(basename "$spec" .ebm); cp "$spec" .
    weights=init define=() entry= program=0
    while read -r word first rest; do
        case $word in
        example) cp "$examples/$first" . ; continue ;;
        npy)     # shellcheck disable=SC2086
                 array "$first" $rest; continue ;;
        define) define=(-D "$first"); program=0; weights=init; continue ;;
        train|eval|sample)
            if [ $program = 0 ]; then
                try "$name.compile" "$EBMCC" "$name.ebm" ${define[@]+"${define[@]}"} -o "$name" || break
                program=1
            fi ;;
        esac
        case $word in
        train) rm -rf run
               # shellcheck disable=SC2086
               try "$name.$first" "./$name" train "$first" $rest --quiet --json --threads 1 --out run || break
               weights=run; entry=$name.$first; cp log reports ;;
        eval)  entry=$name${define[1]:+.${define[1]#*=}}.$first
               # shellcheck disable=SC2086
               try "$entry" "./$name" eval "$first" $rest --quiet --json --threads 1 --ckpt $weights || break
               cp log reports ;;
        sample) # shellcheck disable=SC2086
               try "$name.$first" "./$name" sample "$first" $rest --quiet --threads 1 --ckpt $weights --out . || break ;;
        expect) # shellcheck disable=SC2086
                expect "$entry" "$first" $rest ;;
        esac
    done < <(sed -nE 's/^# *(example|define|train|eval|sample|npy|expect) +/\1 /p' "$spec")
done
