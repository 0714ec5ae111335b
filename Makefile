# Makefile - builds ebmcc, its runtime and its tests. `make help` lists the targets.
# Every directory of compiler/ is one static library, so that the layers (base <- graph <-
# {front, passes, backend} <- main) are also the link order.

BUILD   ?= build
CC      ?= cc
CFLAGS  ?= -O2 -g
WARN    := -std=c11 -Wall -Wextra -Werror -Wvla -Wshadow -Wno-unused-parameter
CPPFLAGS += -D_GNU_SOURCE -Icompiler -Iruntime -I$(BUILD)/gen
DEPFLAGS = -MMD -MP

LAYERS  := base graph front passes backend
SRC_base    := $(wildcard compiler/base/*.c)
SRC_graph   := $(wildcard compiler/graph/*.c)
SRC_front   := $(wildcard compiler/front/*.c)
SRC_passes  := $(wildcard compiler/passes/*.c)
SRC_backend := $(wildcard compiler/backend/*.c compiler/backend/*/*.c)
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

.PHONY: all help
all: $(BUILD)/ebmcc $(LIB_rt)
help:
	@sed -n 's/^## //p' Makefile

$(BUILD)/libbase.a:    $(call objs,$(SRC_base))
$(BUILD)/libgraph.a:   $(call objs,$(SRC_graph))
$(BUILD)/libfront.a:   $(call objs,$(SRC_front)) $(GEN_front)
$(BUILD)/libpasses.a:  $(call objs,$(SRC_passes))
$(BUILD)/libbackend.a: $(call objs,$(SRC_backend))
$(BUILD)/libebmrt.a:   $(call objs,$(SRC_rt))
$(BUILD)/lib%.a:
	@rm -f $@
	$(AR) rcs $@ $^

lib-%: ; @$(MAKE) --no-print-directory BUILD=$(BUILD) $(BUILD)/lib$*.a

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) $(DEPFLAGS) -c $< -o $@

# flex and bison output stays in the build folder, never in the repository.
$(BUILD)/gen/parse.tab.c $(BUILD)/gen/parse.tab.h &: compiler/front/parse.y
	@mkdir -p $(BUILD)/gen
	bison -Wall -Werror=conflicts-sr -Werror=conflicts-rr -Wcounterexamples --defines=$(BUILD)/gen/parse.tab.h -o $(BUILD)/gen/parse.tab.c $<
$(BUILD)/gen/lex.yy.c: compiler/front/lex.l $(BUILD)/gen/parse.tab.h
	flex -o $@ $<
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(CC) $(CPPFLAGS) -Icompiler/front $(CFLAGS) -std=gnu11 -Wall -Wno-unused-function -Wno-sign-compare $(DEPFLAGS) -c $< -o $@
$(call objs,$(SRC_front)): | $(BUILD)/gen/parse.tab.h

$(BUILD)/ebmcc: $(call objs,compiler/main.c) $(COMPILER_LIBS)
	$(CC) $(CFLAGS) -o $@ $^ -lmd -lm

# ---- tests: the first line of each file says what it links, e.g. `// links: base graph` ----
test_libs = $(foreach l,$(shell sed -n '1s,^// links: ,,p' $(1)),$(LIB_$(l)))
.SECONDEXPANSION:
$(BUILD)/tests/%_test: tests/%_test.c $$(call test_libs,tests/$$*_test.c)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) $(WARN) -Wno-unused-parameter -o $@ $< -Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(RT_LDLIBS) -lcriterion
run-tests/%: $(BUILD)/tests/% ; $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
