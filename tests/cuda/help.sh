# help.sh - what the scripts of this folder that run programs on the emulated GPU share: results as lines
# "ok NAME" or "FAIL NAME: why". Sourced.
ok() { echo "ok $1"; }
fail() { echo "FAIL $1: $2"; }
# gives NAME CODE PATTERN COMMAND...: exit code and one line of the error stream that matches.
gives() {
    local name=$1 code=$2 pattern=$3 got=0; shift 3
    "$@" >out 2>err || got=$?
    if [ $got -ne "$code" ]; then fail "$name" "exit $got, not $code: $(tail -n 1 err)"
    elif ! grep -qE -- "$pattern" err; then fail "$name" "no line says '$pattern': $(grep -v ^step err | tail -n 3)"
    else ok "$name"; fi
}
# same NAME FILE FILE...
same() { local name=$1; shift; if cmp "$@" >log 2>&1; then ok "$name"; else fail "$name" "$(cat log)"; fi; }
