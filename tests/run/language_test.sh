#!/bin/bash
# language_test.sh [NAME] - every construct of docs/language.md in a small program with known numbers:
# tests/run/language/*.ebm, whose comments say what must come out (see tests/methods/methods_test.sh).
here=$(cd "$(dirname "$0")" && pwd)
SPECS=$here/language bash "$here/../methods/methods_test.sh" "$@"
[ -z "${1:-}" ] || exit 0

for spec in "$here"/language/*.ebm; do
    said=$("$EBMCC" check "$spec" 2>&1 >/dev/null)
    if grep -qE 'warning|error' <<<"$said"; then
        echo "FAIL $(basename "$spec").warnings: $(head -n 1 <<<"$said")"
    else echo "ok $(basename "$spec").warnings"; fi
done

# ---- what stops a run, and with which words ----
scratch=$(mktemp -d); trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
# stops NAME CODE PATTERN COMMAND...
stops() {
    local name=$1 code=$2 pattern=$3 got; shift 3
    "$@" >log 2>&1; got=$?
    if [ $got -eq "$code" ] && grep -qE -- "$pattern" log; then echo "ok $name"
    else echo "FAIL $name: exit $got (expected $code): $(tail -n 1 log)"; fi
}
cp "$here/language/checks.ebm" .; "$EBMCC" checks.ebm -o checks 2>/dev/null
stops assert_in_a_step 6 'error: stopped at step 2: never three steps \(checks.ebm, line 21\); no checkpoint' \
    ./checks train late steps=5 --out a
stops assert_in_a_round 6 'error: stopped in round 0 of holds: an assertion does not hold \(checks.ebm, line 12\)' \
    ./checks eval holds from=init top=2
cat >empty.ebm <<'X'
buffer B: [] = replay(9)
param w: [] = 1.0
train t { optimizer w = sgd(lr = 0.1)
  step { x ~ B;  minimize mean(x) * w over w } }
X
"$EBMCC" empty.ebm -o empty 2>/dev/null
stops empty_buffer 6 'error: stopped at step 0: a draw from the buffer B, which is empty' ./empty train --out b
stops negative_rate 2 'error: optimizer.w.lr=-1: expected a number of at least 0' \
    ./empty train optimizer.w.lr=-1 --out c
