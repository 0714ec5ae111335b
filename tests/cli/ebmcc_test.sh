#!/bin/bash
# ebmcc_test.sh - the ebmcc command as a user meets it: options, exit codes, what it writes and what
# it leaves behind. Needs $EBMCC (the compiler of the build under test).
set -u
ebmcc=${EBMCC:?run by tests/run_tests.sh}
[ -x "$ebmcc" ] || { echo "FAIL ebmcc: $ebmcc was not built"; exit 1; }
top=$PWD
work=$(mktemp -d); trap 'rm -rf "$work" "$work-cache"' EXIT
cd "$work" || exit 1
export XDG_CACHE_HOME=$work-cache; mkdir "$XDG_CACHE_HOME"; cache=$XDG_CACHE_HOME/ebmcc

result() {                               # result NAME CONDITION-STATUS [WHY]
    if [ "$2" -eq 0 ]; then echo "ok $1"; else echo "FAIL $1: ${3:-}"; sed 's/^/    /' out err; fi
}
# gives NAME CODE PATTERN COMMAND...: the exit code, and a pattern in stdout or stderr.
gives() {
    local name=$1 code=$2 pattern=$3 got; shift 3
    "$@" >out 2>err </dev/null; got=$?
    [ $got -eq "$code" ] && { cat out err; echo; } | grep -qE -- "$pattern"
    result "$name" $? "exit $got (expected $code), output must match '$pattern'"
}
is() { local name=$1; shift; if "$@"; then echo "ok $name"; else echo "FAIL $name: $*"; fi; }
# No temporary folder and no half-written file is left.
clean() { [ -z "$(find . -name '.ebmcc-*' -o -name '*.??????' -newer tiny.ebm)" ]; }

cat >tiny.ebm <<'X'
# tiny.ebm - the smallest useful spec
const h = 4
arg eps = 0.01
energy E(x: [2]) { return x |> Linear(h) |> silu |> Linear(1) |> squeeze }
sampler langevin(E, x, K, eps) {
  for k in 1..K { w ~ normal(like x);  x = x - eps/2 * grad(E, x) + sqrt(eps) * w }
  return x
}
train cd {
  batch = 8;  steps = 3
  optimizer E = adam(lr = 1e-3)
  step {
    x ~ normal([2])
    x0 ~ uniform([2], -1, 1)
    y ~ langevin(E, x0, 3, eps)
    minimize mean(E(x)) - mean(E(y)) over E
  }
}
X
sed 's/langevin(E, x0/lanegvin(E, x0/' tiny.ebm >bad.ebm

# ---- command line ----
gives version 0 '^ebmcc [0-9]+\.[0-9]+\.[0-9]+$' "$ebmcc" --version
gives help 0 'exit codes' "$ebmcc" --help
missing=$(sed -nE 's/^OPTION\([A-Z_]+, *[^,]+, *"([a-z-]+)".*/\1/p' "$top/compiler/options.def" |
          while read -r o; do grep -q -- "--$o" out || echo "$o"; done)
is help-lists-every-option test -z "$missing"
gives unknown-option 2 "did you mean '--emit'" "$ebmcc" --emitt=c tiny.ebm
gives unknown-choice 2 'expected one of: .*graph' "$ebmcc" --emit=grpah tiny.ebm
gives no-spec 2 'no spec given' "$ebmcc"
gives two-specs 2 'one word too many' "$ebmcc" tiny.ebm bad.ebm
gives lost-argument 2 'needs FILE' "$ebmcc" tiny.ebm -o
gives bad-define 2 'NAME=VALUE' "$ebmcc" tiny.ebm -D h
gives two-texts 2 'only one of' "$ebmcc" tiny.ebm --emit=c --params
gives unknown-pass 2 'no such pass' "$ebmcc" tiny.ebm --no-pass=differentate
gives required-pass 2 'cannot be left out' "$ebmcc" tiny.ebm --no-pass=differentiate
gives unknown-dump 2 'after:differentiate' "$ebmcc" tiny.ebm --dump=after:differentate
gives unknown-target 2 'expected one of: cpu cuda all' "$ebmcc" --target=opencl tiny.ebm
is one-line-only test "$(wc -l <err)" -eq 1
gives explain-unknown 2 'no diagnostic' "$ebmcc" --explain E9999
bad=$(sed -nE 's/^DIAG\(([EW][0-9]+),.*/\1/p' "$top/compiler/base/diag.def" |
      while read -r c; do "$ebmcc" --explain "$c" | grep -q "^$c: " || echo "$c"; done)
is explain-every-code test -z "$bad"
gives doctor 0 'build and run' "$ebmcc" doctor
gives full-stdout 7 'cannot write to standard output' sh -c "'$ebmcc' --help >/dev/full"

# ---- specs ----
gives check 0 'tiny.ebm: ok' "$ebmcc" check tiny.ebm
is check-writes-nothing test "$(ls)" = "$(printf 'bad.ebm\nerr\nout\ntiny.ebm')"
gives check-bad 3 "^bad.ebm:15:9: error E0[0-9]+: .*'lanegvin'" "$ebmcc" check bad.ebm
gives suggestion 3 "did you mean 'langevin'" "$ebmcc" bad.ebm -o bad
is no-program-for-a-bad-spec test ! -e bad
gives json 3 '"code": ?"E0' "$ebmcc" check --diagnostics=json bad.ebm
gives missing-spec 3 'nowhere.ebm' "$ebmcc" check nowhere.ebm
gives folder-as-spec 3 'error' "$ebmcc" check .
mkfifo pipe.ebm
gives pipe-as-spec 3 'error' timeout 5 "$ebmcc" check pipe.ebm
gives device-as-spec 3 'error' timeout 5 "$ebmcc" check /dev/zero
gives repeated-define 2 'h is given twice' "$ebmcc" check tiny.ebm -D h=3 -D h=4
gives unknown-define 3 'hh' "$ebmcc" check tiny.ebm -D hh=3
gives define-of-a-text 3 'E0211: -D h: this const is a number; got a text' "$ebmcc" check tiny.ebm -D h=abc
gives params 0 'E\.linear' "$ebmcc" --params tiny.ebm -D h=7
is define-changes-shapes grep -q 7 out

# ---- stages ----
for stage in ast program graph kernels plan c memory stats; do
    gives "emit-$stage" 0 . "$ebmcc" tiny.ebm --emit=$stage
    cp out first; "$ebmcc" tiny.ebm --emit=$stage -o second.txt 2>err
    is "emit-$stage-again-is-equal" cmp -s first second.txt
done
for pass in lower updates differentiate; do
    gives "dump-$pass" 0 'E' "$ebmcc" tiny.ebm --dump=after:$pass
done
gives why-host 0 'eval gauss: the loop \(svgd.ebm:[0-9]+\) runs on the host: a step reads other samples' \
    "$ebmcc" "$top/dsl_examples/svgd.ebm" --why=fuse
gives why-fuse 0 '^train cd: .*\(layers.ebm:[0-9]+\)' "$ebmcc" tiny.ebm --why=fuse
gives stats-name-entries 0 '^train cd.launches' "$ebmcc" tiny.ebm --emit=stats
gives emit-cu 0 'extern "C" __global__' "$ebmcc" tiny.ebm --emit=cu
gives unknown-arch 2 'expected sm_80' "$ebmcc" tiny.ebm --emit=ptx --arch=volta
EBM_NVRTC=/nowhere gives no-nvrtc 9 'EBM_NVRTC=/nowhere cannot be opened' "$ebmcc" tiny.ebm --emit=ptx
if "$ebmcc" doctor | grep -q 'ok *NVRTC'; then
    gives emit-ptx 0 '^\.target sm_80' "$ebmcc" tiny.ebm --emit=ptx --arch=sm_80
    gives emit-resources 0 '^k0  *[0-9]' "$ebmcc" tiny.ebm --emit=resources
    gives emit-cubin 0 '^$' "$ebmcc" tiny.ebm --emit=cubin -o tiny.cubin
    is cubin-is-for-a-gpu test "$(od -An -tx1 -j18 -N1 tiny.cubin)" = " be"
    rm -f tiny.cubin
    gives arch-that-nvrtc-lacks 9 'cannot compile kernels.cu for sm_12' "$ebmcc" tiny.ebm --emit=ptx --arch=sm_12
else echo "skip emit-ptx: no NVRTC on this machine"; fi
gives emit-to-full-device 7 'cannot write' "$ebmcc" tiny.ebm --emit=c -o /dev/full
is device-not-replaced test -c /dev/full
gives emit-to-nowhere 7 'cannot write' "$ebmcc" tiny.ebm --emit=c -o no/such/file
"$ebmcc" tiny.ebm --emit=ast -o again.ebm && "$ebmcc" again.ebm --emit=ast -o twice.ebm
is print-then-parse-is-the-identity cmp -s again.ebm twice.ebm

# ---- building ----
gives build 0 'next: \./tiny train' "$ebmcc" tiny.ebm -o tiny
is program-is-executable test -x tiny
is build-leaves-nothing clean
gives run-3-steps 0 . ./tiny train
gives build-default-name 0 'wrote tiny' "$ebmcc" tiny.ebm
mkdir sub; gives build-into-folder 0 'wrote sub/p' "$ebmcc" tiny.ebm -o sub/p --keep-c=sub/c -v
is keep-c test -s sub/c/kernels.c -a -s sub/c/plan.c
is verbose-shows-commands grep -q -- '-ffp-contract=off' err
gives over-the-spec 2 'would replace the spec' "$ebmcc" tiny.ebm -o tiny.ebm
gives over-a-folder 2 'is not a file' "$ebmcc" tiny.ebm -o sub
gives into-nowhere 7 'no/such' "$ebmcc" tiny.ebm -o no/such/p
gives no-cc 9 'no C compiler' "$ebmcc" tiny.ebm -o tiny --cc=no-such-cc
is no-cc-one-line test "$(wc -l <err)" -eq 1
cp tiny before
gives failing-cc 9 'failed \(status 1\)' "$ebmcc" tiny.ebm -o tiny --cc=false
is failing-cc-keeps-the-old-program cmp -s tiny before
is failing-cc-leaves-nothing clean
if command -v clang >/dev/null; then gives build-clang 0 wrote "$ebmcc" tiny.ebm -o tc --cc=clang
else echo "skip build-clang: clang is not installed"; fi

# ---- time, and objects by content ----
gives timings 0 '^C compiler +[0-9.]+ +[0-9.]+ %$' "$ebmcc" tiny.ebm -o tiny --timings -D h=5
is timings-name-passes grep -qE '^  differentiate +[0-9.]+ +[0-9.]+ %$' err
is timings-name-files grep -qE '^  kernels\.c +[0-9.]+ +CPU$' err
cp tiny before
objects() { find "$cache" -name '*.o' 2>/dev/null | wc -l; }
# Instrumented objects hold the name of their source, which lies in a temporary folder.
alike() { [ -n "${EBM_SANITIZE:-}" ] || cmp -s tiny before; }
cached() { grep -qE '^  kernels\.c \(cached\)' err && alike; }
compiled() { grep -qE '^  kernels\.c +[0-9.]+ +CPU$' err && alike; }
again() { "$ebmcc" tiny.ebm -o tiny --timings -D h=5 "$@" >out 2>err; }
again; is unchanged-text-is-not-compiled cached
again --march=x86-64; is other-flags-are-compiled grep -qE '^  kernels\.c +[0-9.]+ +CPU$' err
printf '#!/bin/sh\nexec cc "$@"\n' >a-cc; chmod +x a-cc
again --cc=./a-cc; is another-compiler-compiles grep -qE '^  kernels\.c +[0-9.]+ +CPU$' err
n=$(objects); EBM_CACHE=off again; is cache-off-compiles compiled
is cache-off-keeps-nothing test "$(objects)" -eq "$n"
for f in "$cache"/*.o; do head -c 300 "$f" >cut; cat cut >"$f"; done
again; is broken-entries-are-made-anew compiled
again; is made-anew-is-kept cached
chmod 777 "$cache"; again; is open-folder-is-not-trusted compiled
chmod 700 "$cache"
printf '#!/bin/sh\ncase "$*" in *" -E "*) exit 1 ;; esac\nexec cc "$@"\n' >b-cc; chmod +x b-cc
n=$(objects); again --cc=./b-cc; is unknown-compiler-is-not-cached test "$(objects)" -eq "$n"
cp before tiny

# ---- the child: limits, files, signals, hostile names ----
cat >spy <<'X'
#!/bin/bash
text=$(ulimit -t; ulimit -v; ls /proc/self/fd | tr '\n' ' '; echo; ps -o pgid= -p $$ | tr -d ' ')
echo "$text" >>"$SPY_LOG"          # at once: two compilers may run
exit 1
X
chmod +x spy
SPY_LOG=$work/spy.log EBM_CACHE=off gives spy 9 'failed' "$ebmcc" tiny.ebm -o t2 --cc=./spy 5</dev/null 6</dev/null
is child-cpu-limit grep -qx 120 spy.log
is child-memory-limit grep -qx 4194304 spy.log
is child-open-files grep -qE '^0 1 2 3 ?' spy.log             # 3: the listed folder itself
is child-no-other-files sh -c "! grep -qE '^0 1 2 3 [4-9]' spy.log"
printf '#!/bin/sh\necho $$ >>"%s/pids"; exec sleep 60\n' "$work" >slow; chmod +x slow
EBM_CACHE=off "$ebmcc" tiny.ebm -o t3 --cc=./slow >out 2>err & compiler=$!
for _ in $(seq 50); do [ "$(cat pids 2>/dev/null | wc -l)" = 2 ] && break; sleep 0.1; done
kill -TERM $compiler; wait $compiler; status=$?
is signal-ends-the-compiler test $status -eq 143
is signal-leaves-nothing clean
is signal-ends-the-children sh -c 'sleep 0.2; for p in $(cat pids); do ! kill -0 $p 2>/dev/null || exit 1; done'

for name in '-o x' '$(touch canary)' 'a;touch canary' 'a b' "it's" '`touch canary`' '@file' 'a%s%n'; do
    cp tiny.ebm "./$name.ebm"
    "$ebmcc" -o hostile -- "$name.ebm" >out 2>err </dev/null; status=$?
    [ $status -eq 0 ] && [ ! -e canary ] && clean
    result "hostile-name" $? "$name: exit $status"
done
gives closed-files 0 . sh -c "'$ebmcc' tiny.ebm -o t4 <&- 2>err4; cat err4"
LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 "$ebmcc" tiny.ebm --emit=c -o turkish.c 2>err
"$ebmcc" tiny.ebm --emit=c -o english.c
is same-output-in-any-locale cmp -s turkish.c english.c

# ---- installation ----
gives install 0 '' make -C "$top" -s install BUILD="$EBM_BUILD" PREFIX=/usr DESTDIR="$work/root" \
    CFLAGS="${EBM_CFLAGS:--O2 -g}" SANITIZE="${EBM_SANITIZE:-}"
gives installed-build 0 wrote root/usr/bin/ebmcc tiny.ebm -o t5
gives installed-run 0 . ./t5 train
echo '/* changed */' >>root/usr/share/ebmcc/include/prelude/ebm_math.h
root/usr/bin/ebmcc tiny.ebm -o t5 --timings >out 2>err
is changed-headers-are-compiled-again grep -qE '^  kernels\.c +[0-9.]+ +CPU$' err
rm -r root/usr/share
gives broken-installation 9 'own files are missing' root/usr/bin/ebmcc tiny.ebm -o t6
