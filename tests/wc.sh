#!/bin/sh
# wc.sh - the size budget of compiler, runtime and standard library, so that a newcomer can read
# the whole, and the length of single files. Counts every line, comments too. Run from the top.
#
# The first plan said 20,000. Measured, the whole language with its diagnostics takes more: parsing
# and printing 3,100, the elaborator 6,000, graph and oracle 5,000, derivatives 3,000, the C backend
# 6,000, the runtime's files and commands 6,000, kernels' prelude 2,000. The CUDA target adds its half
# of the emitter, a prelude of its own and the driver's side of the runtime: 7,000; measuring its
# launches, with cuBLASLt as a candidate, 740 more. Checks of what an instance declares, of ranges
# that chains keep to and of draws that cut parameters: 200; the prelude's kernels as units of their own,
# which takes two thirds off compile times: 120; gradients piece by piece of the batch, group by group of
# a region, which halves a training step's memory: 250. Growth needs a reason here.
limit=45600
count() {
    find "$@" -type f \( -name '*.[chly]' -o -name '*.def' -o -name '*.ebm' \) -exec cat {} + | wc -l
}
total=0
for part in compiler/base compiler/front compiler/graph compiler/passes compiler/backend \
            compiler/stdlib runtime; do
    n=$(count $part); total=$((total + n))
    printf '%7d  %s\n' "$n" "$part"
done
n=$(cat compiler/*.c compiler/*.h compiler/*.def | wc -l); total=$((total + n))
printf '%7d  %s\n' "$n" "compiler (command line)"
printf '%7d  of %d lines\n' "$total" "$limit"
long=$(find compiler runtime -name '*.[chly]' -exec wc -l {} + | awk '$2 != "total" && $1 > 700')
[ -z "$long" ] || { echo "files above 700 lines:"; echo "$long"; exit 1; }
[ "$total" -le "$limit" ]
