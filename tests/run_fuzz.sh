#!/bin/bash
# run_fuzz.sh BUILD SECONDS - runs every fuzzer of BUILD/tests/fuzz for SECONDS on a copy of its
# corpus (tests/fuzz/corpus/NAME, read-only), with the -dict= that its source names. What it finds is written to BUILD/crashes/ and named.
# Last line: `N passed, N failed`.
set -u
build=$1 seconds=$2 passed=0 failed=0
export ASAN_OPTIONS=allocator_may_return_null=1
mkdir -p "$build/crashes"
for program in "$build"/tests/fuzz/*_fuzz; do
    [ -x "$program" ] || { echo "no fuzzer was built"; exit 1; }
    name=$(basename "$program"); name=${name%_fuzz}
    found=$build/corpus/$name seeds=tests/fuzz/corpus/$name; mkdir -p "$found"
    [ "$name" != compile ] || cp dsl_examples/*.ebm $(find tests/errors/check tests/errors/syntax -name '*.ebm') "$found"
    dict=-dict=tests/fuzz/$name.dict
    [ -f "tests/fuzz/$name.dict" ] || dict=$(grep -oE -- '-dict=[a-z_/.]+dict' "tests/fuzz/${name}_fuzz.c" | head -n 1)
    [ -d "$seeds" ] || seeds=
    log=$build/$name.log
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
           -artifact_prefix="$build/crashes/$name-" $dict "$found" $seeds >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "  ok    $name: $runs runs"; passed=$((passed + 1))
    else
        echo "  FAIL  $name:"; tail -n 30 "$log" | sed 's/^/        | /'; failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
