# Makefile - builds ebmcc, its runtime and its tests. `make help` lists the targets.
# Every directory of compiler/ is one static library, so that the layers (base <- graph <-
# {front, passes, backend} <- driver) are also the link order.

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
CC      ?= cc
CFLAGS  ?= -O2 -g
# SANITIZE goes to every compile and link, also to those of generated programs (make asan).
SANITIZE ?=
CSTD    := -std=c11 -ffp-contract=off -fno-math-errno
WARN    := $(CSTD) -Wall -Wextra -Werror -Wvla -Wshadow -Wno-unused-parameter
CPPFLAGS += -D_GNU_SOURCE -Icompiler -Iruntime -I$(BUILD)/gen
DEPFLAGS = -MMD -MP
JOBS    := -j$(shell nproc)
# `make V=1` shows whole commands.
Q       := $(if $(V),,@)
say      = $(if $(V),,@echo "  $(1)	$(2)")

LAYERS  := base graph front passes backend
SRC_base    := $(wildcard compiler/base/*.c)
SRC_graph   := $(wildcard compiler/graph/*.c)
SRC_front   := $(wildcard compiler/front/*.c)
SRC_passes  := $(wildcard compiler/passes/*.c)
SRC_backend := $(wildcard compiler/backend/*.c compiler/backend/*/*.c)
SRC_driver  := $(wildcard compiler/*.c)
SRC_rt      := $(wildcard runtime/*.c)
GEN_front   := $(BUILD)/gen/parse.tab.o $(BUILD)/gen/lex.yy.o

objs = $(patsubst %.c,$(BUILD)/%.o,$(1))
LIB_base    := $(BUILD)/libbase.a
LIB_graph   := $(BUILD)/libgraph.a
LIB_front   := $(BUILD)/libfront.a
LIB_passes  := $(BUILD)/libpasses.a
LIB_backend := $(BUILD)/libbackend.a
LIB_rt      := $(BUILD)/libebmrt.a
COMPILER_LIBS := $(LIB_backend) $(LIB_passes) $(LIB_front) $(LIB_graph) $(LIB_base)
RT_LDLIBS   := -ljansson -lpng -lz -lmd -lm -lpthread

.PHONY: all help check tests asan fuzz soak bless docs demo bench layers wc install clean \
        fuzz-build check-quick gpu-bundle emulator
## make            build the compiler and the runtime into ./build
all: $(BUILD)/ebmcc $(LIB_rt) $(BUILD)/home
help:
	@sed -n 's/^## //p' Makefile

$(BUILD)/libbase.a:    $(call objs,$(SRC_base))
$(BUILD)/libgraph.a:   $(call objs,$(SRC_graph))
$(BUILD)/libfront.a:   $(call objs,$(SRC_front)) $(GEN_front)
$(BUILD)/libpasses.a:  $(call objs,$(SRC_passes))
$(BUILD)/libbackend.a: $(call objs,$(SRC_backend)) $(BUILD)/gen/cuda_prelude.o
$(BUILD)/libebmrt.a:   $(call objs,$(SRC_rt))
$(BUILD)/lib%.a:
	@rm -f $@
	$(call say,ar,$@)
	$(Q)$(AR) rcs $@ $^

lib-%: ; @$(MAKE) --no-print-directory BUILD=$(BUILD) $(BUILD)/lib$*.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(SANITIZE) $(WARN) $(DEPFLAGS) -c $< -o $@

# flex and bison output stays in the build folder, never in the repository.
$(BUILD)/gen/parse.tab.c $(BUILD)/gen/parse.tab.h &: compiler/front/parse.y
	@mkdir -p $(BUILD)/gen
	$(call say,bison,$<)
	$(Q)bison -Wall -Werror=conflicts-sr -Werror=conflicts-rr -Wcounterexamples --defines=$(BUILD)/gen/parse.tab.h -o $(BUILD)/gen/parse.tab.c $<
$(BUILD)/gen/lex.yy.c: compiler/front/lex.l $(BUILD)/gen/parse.tab.h
	$(call say,flex,$<)
	$(Q)flex -o $@ $<
# The text that CUDA modules begin with, as a string in the compiler.
PRELUDE_CUDA := $(addprefix runtime/prelude/,cuda/ebm_cuda.h ebm_rng.h ebm_math.h \
    $(addprefix cuda/ebm_,mma.cuh mma_ptx.cuh mma_move.cuh mma_draw.cuh mma_dense.cuh mma_conv.cuh grid.cuh grid_conv.cuh cta.cuh))
$(BUILD)/gen/cuda_prelude.c: $(PRELUDE_CUDA)
	@mkdir -p $(BUILD)/gen
	$(call say,text,$@)
	$(Q)(echo 'const char cuda_prelude[] ='; cat $^ | \
	    sed '/^#include/d; s/[\\"]/\\&/g; s/^/"/; s/$$/\\n"/'; echo ';') > $@
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(call say,cc,$<)
	$(Q)$(CC) $(CPPFLAGS) -Icompiler/front $(CFLAGS) $(SANITIZE) -std=gnu11 -Wall -Wno-unused-function -Wno-sign-compare $(DEPFLAGS) -c $< -o $@
$(call objs,$(SRC_front)): | $(BUILD)/gen/parse.tab.h

# ---- the compiler ----
# What the driver must know of this build: the version, what a generated program links with, and
# the sanitizers that it must then have too.
$(call objs,$(SRC_driver)): CPPFLAGS += -DEBM_VERSION='"$(VERSION)"' \
    -DEBM_RT_LIBS='"$(RT_LDLIBS)"' -DEBM_CC_EXTRA='"$(SANITIZE)"'
$(call objs,$(SRC_driver)): Makefile
$(BUILD)/ebmcc: $(call objs,$(SRC_driver)) $(COMPILER_LIBS) $(LIB_rt)
	$(call say,link,$@)
	$(Q)$(CC) $(CFLAGS) $(SANITIZE) -o $@ $^ -lmd -lm

# Where the compiler of this build finds headers, standard library and runtime: links beside it.
$(BUILD)/home:
	@mkdir -p $@
	@ln -sfn $(CURDIR)/runtime $@/include
	@ln -sfn $(CURDIR)/compiler/stdlib $@/stdlib
	@ln -sfn ../libebmrt.a $@/libebmrt.a

## make install    PREFIX=/usr/local DESTDIR=
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/ebmcc \
	    $(DESTDIR)$(PREFIX)/share/ebmcc/include/prelude $(DESTDIR)$(PREFIX)/share/ebmcc/stdlib
	install -m 755 $(BUILD)/ebmcc $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(LIB_rt) $(DESTDIR)$(PREFIX)/lib/ebmcc/
	install -m 644 runtime/ebm.h $(DESTDIR)$(PREFIX)/share/ebmcc/include/
	install -m 644 $(wildcard runtime/prelude/*.h) runtime/prelude/ebm_kernels.c $(DESTDIR)$(PREFIX)/share/ebmcc/include/prelude/
	install -m 644 $(wildcard compiler/stdlib/*.ebm) $(DESTDIR)$(PREFIX)/share/ebmcc/stdlib/
	install -m 644 LICENSE $(DESTDIR)$(PREFIX)/share/ebmcc/

# ---- tests: the first line of each file says what it links, e.g. `// links: base graph`; a second
# line `// flags: -O2` adds compiler flags; without it a test compiles as fast as it can ----
test_libs = $(foreach l,$(shell sed -n '1s,^// links: ,,p' $(1)),$(LIB_$(l)))
test_flags = $(shell sed -n '2s,^// flags: ,,p' $(1))
REPLAYS       := $(patsubst %_fuzz.c,$(BUILD)/%_replay,$(wildcard tests/fuzz/*_fuzz.c))
TEST_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(shell find tests -name '*_test.c'))
.SECONDEXPANSION:
$(BUILD)/tests/%_test: tests/%_test.c $$(call test_libs,tests/$$*_test.c)
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -O0 $(SANITIZE) $(WARN) $(call test_flags,$<) $(DEPFLAGS) -MF $@.d -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(RT_LDLIBS) -lcriterion
run-tests/%: $(BUILD)/tests/% $(QUICK) ; EBM_BUILD=$(abspath $(BUILD)) EBMCC=$(abspath $(BUILD))/ebmcc $<

# Compilers of tests: scripts that end in a level, and the prelude's kernels compiled by each, once for
# all that tests emit (runtime/prelude/ebm_kernels.c).
QUICK_CC := gcc-O0 gcc-Og gcc-O1 gcc-O2 clang-O0 clang-O1 clang-O2
QUICK    := $(addprefix $(BUILD)/quick/,$(QUICK_CC) $(QUICK_CC:%=kernels-%.o))
$(BUILD)/quick/kernels-%.o: runtime/prelude/ebm_kernels.c $(wildcard runtime/prelude/*.h) runtime/ebm.h
	@mkdir -p $(@D)
	$(call say,cc,$@)
	$(Q)$(subst -O, -O,$*) -march=native -ffp-contract=off -fno-math-errno -fopenmp-simd -std=gnu11 -fPIC \
	    -Wall -Iruntime -Iruntime/prelude -DEBM_KERNELS=8 -c -o $@ $<
$(BUILD)/quick/%:
	@mkdir -p $(@D)
	$(Q)printf '#!/bin/sh\nexec %s "$$@" %s\n' $(subst -O, -O,$*) >$@ && chmod +x $@

# ---- a GPU to test on, without one: libcuda.so.1 and libnvrtc.so.13 that run kernels on the CPU;
# never sanitized, since their threads are fibers ----
EMULATOR := $(addprefix $(BUILD)/emulator/,libcuda.so.1 libnvrtc.so.13 libcublasLt.so.13 emu.h emu_device.h)
EMU_C     = $(CC) -D_GNU_SOURCE -O3 -march=native -g $(WARN) -fPIC -fvisibility=hidden -shared
## make emulator   fake CUDA libraries: LD_LIBRARY_PATH=build/emulator ./moons train --device=cuda
emulator: $(EMULATOR)
$(BUILD)/emulator/%.h: tests/emulator/%.h
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BUILD)/emulator/libcuda.so.1: tests/emulator/emu_driver.c tests/emulator/emu_cta.c \
    tests/emulator/emu_settings.c $(wildcard tests/emulator/*.h)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(EMU_C) -o $@ $(filter %.c,$^) -ldl -lpthread
$(BUILD)/emulator/libnvrtc.so.13: tests/emulator/emu_nvrtc.c tests/emulator/emu_settings.c \
    $(wildcard tests/emulator/*.h)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(EMU_C) -o $@ $(filter %.c,$^) -ldl -lpthread

$(BUILD)/emulator/libcublasLt.so.13: tests/emulator/emu_blas.c tests/emulator/emu_settings.c \
    $(wildcard tests/emulator/*.h)
	@mkdir -p $(@D)
	$(call say,link,$@)
	$(Q)$(EMU_C) -o $@ $(filter %.c,$^) -ldl -lpthread

## make check      the test suite, the include rules, the size budget (10 minutes on 2 slow cores)
tests: all emulator $(QUICK) $(TEST_PROGRAMS) $(REPLAYS)
check:
	@$(MAKE) --no-print-directory -k -s $(JOBS) tests; \
	    BUILD_STATUS=$$? EBM_CFLAGS='$(CFLAGS)' EBM_SANITIZE='$(SANITIZE)' \
	    tests/run_tests.sh $(BUILD) $(TEST)
## make asan       the suite again with address and undefined-behaviour sanitizers
asan:
	@EBM_TEST_LIMIT=1200 ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 \
	$(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS='-O1 -g' \
	    SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer' check
## make layers wc  only the include rules and lints; only the size budget
layers: ; @tests/layers.sh
wc:     ; @tests/wc.sh

# ---- fuzzers: tests/fuzz/*_fuzz.c, built by clang with libFuzzer and both sanitizers ----
FUZZ_SECONDS ?= 20
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))
fuzz_libs = $(or $(call test_libs,$(1)),$(COMPILER_LIBS))
$(BUILD)/tests/fuzz/%_fuzz: tests/fuzz/%_fuzz.c $$(call fuzz_libs,tests/fuzz/$$*_fuzz.c)
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(SANITIZE) -fsanitize=fuzzer $(WARN) -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(RT_LDLIBS)
# The same harness with a plain main: `make check` runs every kept input through it.
$(BUILD)/tests/fuzz/%_replay: tests/fuzz/%_fuzz.c tests/fuzz/replay.c $$(call fuzz_libs,tests/fuzz/$$*_fuzz.c)
	@mkdir -p $(@D)
	$(call say,cc,$<)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(SANITIZE) $(WARN) $(DEPFLAGS) -MF $@.d -o $@ $(filter %.c,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(RT_LDLIBS)
fuzz-build: $(FUZZERS)
## make fuzz       every fuzzer for FUZZ_SECONDS=20
fuzz:
	@$(MAKE) --no-print-directory -s $(JOBS) BUILD=$(BUILD)/fuzz CC=clang CFLAGS='-O1 -g' \
	    SANITIZE='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined' fuzz-build
	@tests/run_fuzz.sh $(BUILD)/fuzz $(FUZZ_SECONDS)
## make soak      2000 random graphs, the prelude's bits in every build, the eight fits of f-EBM in one dimension, then the fuzzers, half an hour each
soak:
	@$(MAKE) --no-print-directory -s $(JOBS) all
	@EBM_SOAK=1 EBMCC=$(abspath $(BUILD))/ebmcc tests/methods/f_ebm_1d_test.sh
	@EBM_GRAPHS=2000 $(MAKE) --no-print-directory run-tests/ops/random_graph_test
	@EBM_SOAK=1 tests/unit/prelude_bits.sh $(abspath $(BUILD))/bits
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=1800

# ---- pages and curated output, generated from the tables and the examples ----
## make docs       rewrite docs/{ops,diagnostics,options}.md from the tables
docs: all ; @tests/pages.sh $(BUILD)/ebmcc docs write
## make bless      rewrite generated/ from dsl_examples/ (read the diff before committing it)
bless: all ; @tests/pages.sh $(BUILD)/ebmcc generated write

## make demo       compile, train, sample and score on Fashion-MNIST (DEMO_BUDGET=90s of training; MNIST=FILE adds a row)
DEMO_BUDGET ?= 90s
demo:
	@$(MAKE) --no-print-directory -s $(JOBS) all
	@dsl_examples/demo.sh $(BUILD) $(DEMO_BUDGET)
## make bench      time per training step against PyTorch (skipped with a reason without it)
bench:
	@$(MAKE) --no-print-directory -s $(JOBS) all
	@python3 bench/run.py --ebmcc $(BUILD)/ebmcc --out $(BUILD)/bench
## make gpu-bundle one folder for a machine with a GPU: build/gpu-bundle/bench/gpu.sh build/gpu-bundle there
gpu-bundle:
	@$(MAKE) --no-print-directory -s $(JOBS) all
	@bench/gpu_bundle.sh $(BUILD)
## make clean      remove ./build
clean: ; rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
