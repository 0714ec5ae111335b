# stdlib.awk - makes docs/stdlib.md from the comments of the standard library:
#   awk -f docs/stdlib.awk compiler/stdlib/*.ebm >docs/stdlib.md
# The comment block at the top of a file becomes its introduction, `# ---- name ----` a heading, and each
# declaration is shown as its comment and its signature: what stands before `{` or `=` outside parentheses.

function flush_block() {
    if (shown) print "```\n"
    shown = 0
}
function show(text) {
    if (!shown) print "```"
    shown = 1
    print text
}
# The length of the signature in s, or 0 when it goes on in the next line.
function signature_end(s,   i, c, depth) {
    for (i = 1; i <= length(s); i++) {
        c = substr(s, i, 1)
        if (c == "(" || c == "[") depth++
        if (c == ")" || c == "]") depth--
        if (depth == 0 && (c == "{" || (c == "=" && substr(s, i + 1, 1) != "="))) return i - 1
    }
    return 0
}

BEGIN {
    print "# The standard library\n"
    print "Made from `compiler/stdlib` by `make docs`. `std.layers`, `std.math` and `std.images` are always visible; the others"
    print "are named by `use std.samplers: langevin, hmc` or, all of it, `use std.samplers`. Everything here is `.ebm` source that may"
    print "be copied into a spec and changed. `[C,H,W]` and the like are sizes of the caller; samples are written one at a time.\n"
}
FNR == 1 {
    flush_block()
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.ebm$/, "", name)
    print "## std." name "\n"
    comment = ""
    intro = 1
    pending = ""
}
pending != "" {
    pending = pending "\n" $0
    n = signature_end(pending)
    if (n) {
        text = substr(pending, 1, n)
        sub(/ +$/, "", text)
        show(text)
        pending = ""
    }
    next
}
/^# ---- / {
    flush_block()
    sub(/^# -+ /, "")
    sub(/ -+$/, "")
    print "### " $0 "\n"
    next
}
/^#/ {
    if (FNR == 1) sub(/^# [a-z]+\.ebm - /, "# ")
    comment = comment (comment == "" ? "" : "\n") $0
    next
}
/^$/ {
    if (comment != "") { show(comment); flush_block() }
    intro = 0
    comment = ""
    next
}
/^(module|fn|sampler|objective|const) / {
    if (shown && comment != "") print ""
    if (comment != "") show(comment)
    comment = ""
    if ($1 == "const") { show($0); next }
    n = signature_end($0)
    if (!n) { pending = $0; next }
    text = substr($0, 1, n)
    sub(/ +$/, "", text)
    show(text)
    next
}
END { flush_block() }
