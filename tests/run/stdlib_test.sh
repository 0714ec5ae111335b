#!/bin/bash
# stdlib_test.sh - the layers of the standard library as compiled programs, against PyTorch's numbers.
if ! command -v python3 >/dev/null; then
    echo "skip stdlib: no python3"; exit 0
fi
exec python3 tests/run/stdlib_program.py "$EBMCC" tests/unit/stdlib_reference.txt
