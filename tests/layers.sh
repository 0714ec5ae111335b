#!/bin/sh
# layers.sh - the include rules of the source tree, and three lints. Run from the top folder.
#   base <- graph <- {front, passes, backend} <- driver (compiler/*.c); the runtime stands apart.
# Prints every offending line; exit status 1 when there is one.
status=0
fail() { echo "layers: $1"; echo "$2" | sed 's/^/    /'; status=1; }

# includes FOLDER ALLOWED...: every #include "..." in FOLDER starts with an allowed prefix.
includes() {
    folder=$1; shift
    [ -d "$folder" ] || return 0
    allowed=$(printf '|%s' "$@"); allowed=${allowed#|}
    bad=$(grep -rnE --include='*.[chly]' '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$folder" |
          grep -vE "include[[:space:]]*\"($allowed)")
    [ -z "$bad" ] || fail "$folder may include only $*" "$bad"
}
includes compiler/base    base/
includes compiler/graph   base/ graph/ 'prelude/ebm_rng\.h'     # the shared text of the random numbers
includes compiler/front   base/ graph/ front/ 'parse\.tab\.h'
includes compiler/passes  base/ graph/ passes/
includes compiler/backend base/ graph/ backend/ prelude/ 'ebm\.h'   # sizes: of the micro-kernels' scratch, of pieces
includes runtime          'ebm\.h' '\.\./ebm\.h' prelude/ '[a-z_0-9]+\.h'

# A folder's private header (internal.h) stays in its folder.
bad=$(grep -rnE --include='*.[chly]' 'include "[a-z]+/internal\.h"' compiler |
      awk -F: '{ split($1, p, "/"); if ($0 !~ "include \"" p[2] "/internal") print }')
[ -z "$bad" ] || fail "internal.h is private to its folder" "$bad"

# One target's name stays in the backend, whose shared emitter has hooks for it, in the runtime's files for
# that device and in the command lines, which choose between them.
bad=$(grep -rniE --include='*.[chly]' --include='*.def' 'cuda|nvrtc' compiler runtime |
      grep -vE '^(compiler/backend/|runtime/[a-z_/]*cuda|runtime/(device|options|ebm)\.[ch]:|compiler/[a-z_]+\.(c|h|def):)' |
      grep -vE ':[0-9]+: *(\*|//|/\*)')
[ -z "$bad" ] || fail "CUDA may be named only in the backend, in its own files, device.c and the command lines" "$bad"

# All memory comes from one hook per program, so that tests can make any allocation fail.
bad=$(grep -rnE --include='*.[ch]' '[^a-zA-Z_](malloc|calloc|realloc|strdup|strndup|asprintf|getline) *\(' \
          compiler runtime | grep -vE '^(compiler/base/memory\.c|runtime/(mem|memory|alloc)[a-z_]*\.c|runtime/prelude/)' |
      grep -vE ':[0-9]+: *(\*|//|/\*)')
[ -z "$bad" ] || fail "memory is allocated through the hook only" "$bad"

# Marks of unfinished work do not go into the tree.
bad=$(grep -rnE --include='*.[chly]' --include='*.def' --include='*.ebm' --include='*.sh' \
          '\b(TODO|FIXME|XXX)\b' compiler runtime bench dsl_examples 2>/dev/null)
[ -z "$bad" ] || fail "unfinished work" "$bad"
exit $status
