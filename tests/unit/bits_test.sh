#!/bin/bash
# bits_test.sh - runs prelude_bits.sh (the same bits from every compiler and level) for the runner.
log=$(mktemp); trap 'rm -rf "$log"' EXIT
if tests/unit/prelude_bits.sh "$EBM_BUILD/bits" >"$log" 2>&1; then
    echo "ok prelude-bits"
else
    echo "FAIL prelude-bits: builds differ"; sed 's/^/    /' "$log"
fi
sed -n 's/^skip: /skip prelude-bits-build: /p' "$log"
