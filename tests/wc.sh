#!/bin/sh
# wc.sh - the size budget: at most 20,000 hand-written lines outside tests, so that a newcomer can
# read the whole. Counts code, tables, standard library, examples, benchmarks and scripts; not the
# manual, not generated/. Run from the top folder.
limit=20000
count() {
    find "$@" -type f \( -name '*.[chly]' -o -name '*.def' -o -name '*.ebm' -o -name '*.py' -o \
         -name '*.sh' \) -exec cat {} + 2>/dev/null | wc -l
}
total=0
for part in compiler runtime dsl_examples bench; do
    [ -d $part ] || continue
    n=$(count $part); total=$((total + n))
    printf '%7d  %s\n' "$n" "$part"
done
n=$(cat Makefile setup-debian .ci/run | wc -l); total=$((total + n))
printf '%7d  %s\n' "$n" "Makefile, setup-debian, .ci"
printf '%7d  of %d lines\n' "$total" "$limit"
long=$(find compiler runtime -name '*.[chly]' -exec wc -l {} + | awk '$2 != "total" && $1 > 700')
[ -z "$long" ] || { echo "files above 700 lines:"; echo "$long"; exit 1; }
[ "$total" -le "$limit" ]
