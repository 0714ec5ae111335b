# expect.sh - what scripts that check numbers share; sourced by them.
# shellcheck shell=bash

# expect LABEL NAME VALUE TOLERANCE | LABEL NAME < VALUE | LABEL NAME > VALUE: the report NAME in the JSON line of ./reports.
# A report with an interval counts by its value. Prints "ok LABEL.NAME" or "FAIL LABEL.NAME: why".
expect() {
    grep -oE "\"$2\":(\{\"value\":)?[^,}]+" reports | head -n 1 | sed 's/.*://' |
    awk -v label="$1.$2" -v a="$3" -v b="$4" '
        { if (a == ">") good = $1 > b + 0; else if (a == "<") good = $1 < b + 0
          else { d = $1 - a; good = d <= b && -d <= b }
          if ($1 !~ /^-?[0-9]/) good = 0
          if (good) print "ok " label; else print "FAIL " label ": " $1 ", expected " a " " b }
        END { if (NR == 0) print "FAIL " label ": no such report" }'
}
