#!/bin/bash
# pages.sh EBMCC docs|generated write|check - files that are made from the tables and the examples.
#   docs       docs/ops.md, docs/diagnostics.md, docs/options.md from the compiler; docs/stdlib.md from the comments
#              of the standard library
#   generated  graph.txt, kernels.txt, kernels.c, kernels.cu (without the prelude), plan.c of the examples named
#              below, and the figures of every example in stats.tsv
# `check` writes to a scratch folder and compares; run `make docs` or `make bless` to accept.
set -eu
ebmcc=$1 what=$2 mode=$3
shown="moons fashion"                            # the examples whose generated code is kept to read
out=.
if [ "$mode" = check ]; then
    out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
fi

write_docs() {
    mkdir -p "$out/docs"
    for page in ops diagnostics options; do
        "$ebmcc" --page=$page -o "$out/docs/$page.md"
    done
    local lib=compiler/stdlib
    awk -f docs/stdlib.awk $lib/layers.ebm $lib/math.ebm $lib/images.ebm $lib/samplers.ebm $lib/data.ebm \
        $lib/metrics.ebm >"$out/docs/stdlib.md"
}

write_example() {
    local spec=$1 dir=$2; mkdir -p "$dir"
    "$ebmcc" "$spec" --emit=graph   -o "$dir/graph.txt"
    { "$ebmcc" "$spec" --why=fuse; "$ebmcc" "$spec" --emit=memory; } >"$dir/kernels.txt"
    "$ebmcc" "$spec" --emit=kernels -o "$dir/kernels.c"
    "$ebmcc" "$spec" --emit=plan    -o "$dir/plan.c"
    "$ebmcc" "$spec" --emit=cu | sed -n '/^\/\* ---- entry 0/,$p' >"$dir/kernels.cu"
}
write_generated() {
    rm -rf "$out/generated"; mkdir -p "$out/generated"
    printf 'example\tfigure\tvalue\n' >"$out/generated/stats.tsv"
    local spec name
    for spec in dsl_examples/*.ebm; do
        name=$(basename "$spec" .ebm)
        "$ebmcc" "$spec" --emit=stats | awk -v n="$name" -F'\t' '{ print n "\t" $1 "\t" $2 }' \
            >>"$out/generated/stats.tsv"
        case " $shown " in *" $name "*) write_example "$spec" "$out/generated/$name" ;; esac
    done
}

write_"$what"
[ "$mode" = write ] || for made in "$out/$what"/*; do
    name=$what/$(basename "$made")
    diff -ru "$name" "$made" >"$out/diff" || {
        echo "$name is not current; run 'make $([ $what = docs ] && echo docs || echo bless)'"
        head -40 "$out/diff"; exit 1; }
done
