#!/bin/bash
# run_tests.sh BUILD [PATTERN] - runs the whole test suite and prints one line of totals.
#   tests/**/*_test.c    Criterion programs, built before as BUILD/tests/**/*_test
#   tests/fuzz/*_fuzz.c  every kept input of a fuzzer, by BUILD/tests/fuzz/*_replay
#   tests/**/*_test.sh   scripts that print "ok NAME", "FAIL NAME: why" or "skip NAME: reason"
#   layers, size budget, generated pages and generated/ are checks of one line each
# Each program gets EBM_BUILD (the build folder, absolute), EBMCC (the compiler in it) and $EBM_TEST_LIMIT (600) seconds.
# A program that was not built, crashed or printed no result is a failure. PATTERN selects by path.
# The last line is `N passed, N failed, N skipped`; exit status 1 when anything failed.
set -u
build=$(realpath -m "${1:?usage: run_tests.sh BUILD [PATTERN]}"); pattern=${2:-}
export EBM_BUILD=$build EBMCC=$build/ebmcc LC_ALL=C
unset MAKEFLAGS MAKELEVEL
logs=$build/test-logs; rm -rf "$logs"; mkdir -p "$logs"
# A cache of its own, empty at the start: a text that several tests compile is compiled once.
export XDG_CACHE_HOME=$build/test-cache; rm -rf "$XDG_CACHE_HOME"; mkdir -p "$XDG_CACHE_HOME"
passed=0 failed=0 skipped=0 failures=()

# record NAME STATUS FILE: adds the results in FILE (lines ok/FAIL/skip), prints the summary.
record() {
    local name=$1 status=$2 results=$3 log=$4 time=$5 ok bad skip
    ok=$(grep -c '^ok ' "$results"); bad=$(grep -c '^FAIL ' "$results")
    skip=$(grep -c '^skip ' "$results")
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        [ "$status" -eq 124 ] && why="stopped after $limit s" || why="exit status $status"
        echo "FAIL $name: $why" >>"$results"; bad=1
    elif [ $((ok + bad + skip)) -eq 0 ]; then
        echo "FAIL $name: no test was run" >>"$results"; bad=1
    fi
    passed=$((passed + ok)); failed=$((failed + bad)); skipped=$((skipped + skip))
    if [ "$bad" -eq 0 ]; then printf '  ok    %-34s %4d tests %6s s\n' "$name" "$ok" "$time"
    else
        printf '  FAIL  %-34s %4d of %d failed\n' "$name" "$bad" $((ok + bad))
        failures+=("$name"); sed 's/^/        | /' "$log" | tail -n 60
    fi
    grep '^skip ' "$results" | sed "s|^skip |  skip  $name: |"
}

# tap FILE: Criterion's TAP report as result lines.
tap() {
    sed -nE -e 's/^(ok|not ok) - +(.*) +# SKIP ?(.*)$/skip \2: \3/p;t' \
            -e 's/^ok - ([^ ]+).*/ok \1/p;t' -e 's/^not ok - ([^ ]+).*/FAIL \1/p' "$1"
}

# Programs run side by side, one per CPU; each line of results is printed when its program ends.
limit=${EBM_TEST_LIMIT:-600} cpus=$(nproc) running=0
declare -A names starts

# finish: waits for one program to end and records it.
finish() {
    local pid status=0
    wait -n -p pid || status=$?
    local name=${names[$pid]}; local file=$logs/${name//\//_}
    [ ! -s "$file.tap" ] || tap "$file.tap" >"$file.results"
    record "$name" "$status" "$file.results" "$file.log" \
        "$(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - ${starts[$pid]} }")"
    running=$((running - 1))
}

# program KIND FILE COMMAND...: runs the command; FILE.log and FILE.results hold what came of it.
program() {
    local kind=$1 file=$2 status=0; shift 2
    case $kind in
    criterion) timeout -k 5 $limit "$@" -j1 --tap="$file.tap" >"$file.log" 2>&1 </dev/null || status=$? ;;
    script)    timeout -k 5 $limit "$@" >"$file.log" 2>&1 </dev/null || status=$?
               grep -E '^(ok|FAIL|skip) ' "$file.log" >"$file.results" ;;
    check)     timeout -k 5 $limit "$@" >"$file.log" 2>&1 </dev/null || status=$?
               [ $status -ne 0 ] || echo "ok $(basename "$file")" >"$file.results" ;;
    esac
    return $status
}

run() {                                          # run NAME KIND COMMAND...
    local name=$1 kind=$2; shift 2
    case $name in *"$pattern"*) ;; *) return ;; esac
    local file=$logs/${name//\//_}
    : >"$file.results"; : >"$file.tap"
    [ $running -lt "$cpus" ] || finish
    program "$kind" "$file" "$@" &
    names[$!]=$name starts[$!]=$EPOCHREALTIME running=$((running + 1))
}

run "build" check sh -c "[ ${BUILD_STATUS:-0} -eq 0 ] || { echo 'see the output above'; exit 1; }"
# The longest first, so that short ones fill what is left; the examples as two programs.
for part in a-i j-z; do run "run/examples.$part" script bash tests/run/examples_test.sh "[$part]*"; done
longest="run/whole cuda/examples ops/emit methods/methods ops/random_graph unit/bits unit/backend cuda/resources cuda/barriers"
for name in $( (printf '%s\n' $longest; find tests -name '*_test.sh' -o -name '*_test.c' | LC_ALL=C sort |
                  sed 's,^tests/,,; s,_test\..*,,') | awk '!seen[$0]++ && $0 != "run/examples"'); do
    program=$build/tests/${name}_test source=tests/${name}_test.c
    if [ -f "tests/${name}_test.sh" ]; then
        run "$name" script bash "tests/${name}_test.sh"
    elif [ "$program" -nt "$source" ] || [ "$program" -ef "$source" ]; then
        run "$name" criterion "$program"
    else
        run "$name" check sh -c "echo 'not built: see the compiler output above'; exit 1"
    fi
done
for source in $(find tests/fuzz -name '*_fuzz.c' | LC_ALL=C sort); do
    name=$(basename "${source%_fuzz.c}"); seeds=(tests/fuzz/corpus/"$name")
    [ "$name" != compile ] || seeds+=(dsl_examples/*.ebm tests/errors/check tests/errors/syntax)
    [ -d "${seeds[0]}" ] || seeds=("${seeds[@]:1}")
    [ ${#seeds[@]} -eq 0 ] || run "fuzz/$name" script "$build/tests/fuzz/${name}_replay" "${seeds[@]}"
done
run "layers" check tests/layers.sh
run "size budget" check tests/wc.sh
run "pages of the manual" check tests/pages.sh "$EBMCC" docs check
run "generated folder" check tests/pages.sh "$EBMCC" generated check
while [ $running -gt 0 ]; do finish; done
[ ${#failures[@]} -eq 0 ] || printf 'failed: %s\n' "${failures[*]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
