# SPDX-License-Identifier: Apache-2.0
# certwipe: plain GNU make.  `make demo` and `make check` install what they need (make deps) and do everything.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

# SAN=1 builds into build/san with ASan and UBSan; the same tests run against it.
SAN     ?= 0
OUT     := build$(if $(filter 1,$(SAN)),/san)
GEN     := build/gen

CC      ?= gcc
PKGS    := libudev blkid libseccomp libcap smartcols inih jansson libcrypto sqlite3
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
HARDEN  := -fPIE -fstack-protector-strong -fcf-protection -D_FORTIFY_SOURCE=2
CFLAGS  ?= -O2 -g
ifeq ($(SAN),1)
CFLAGS  := -O1 -g -fno-omit-frame-pointer
HARDEN  := -fPIE -fsanitize=address,undefined -fno-sanitize-recover=all -DCW_SANITIZED=1
endif
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(HARDEN) $(CFLAGS) -Iinclude -I$(GEN) -DCW_VERSION='"$(VERSION)"' \
	-DCW_DATADIR='"$(PREFIX)/share/certwipe"' -DCW_LOCALEDIR='"$(PREFIX)/share/locale"' $(shell pkg-config --cflags $(PKGS))
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(if $(filter 1,$(SAN)),-fsanitize=address,undefined) $(LDFLAGS)
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null)

# One folder a layer; what grows (techniques, renderers, commands) is found here and nowhere listed by hand.
SRC     := $(sort $(wildcard src/*/*.c))
OBJ     := $(SRC:src/%.c=$(OUT)/obj/%.o) $(OUT)/obj/registry.o
MAIN    := $(OUT)/obj/cli/main.o
LIB     := $(OUT)/libcertwipe.a
TECHNIQUES := $(basename $(notdir $(filter-out src/technique/technique.c,$(sort $(wildcard src/technique/*.c)))))
RENDERERS  := $(basename $(notdir $(filter-out src/render/render.c,$(sort $(wildcard src/render/*.c)))))
COMMANDS   := $(patsubst cmd_%,%,$(basename $(notdir $(sort $(wildcard src/cli/cmd_*.c)))))

all: $(OUT)/certwipe

$(OUT)/certwipe: $(MAIN) $(LIB)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ))
	@rm -f $@
	ar rcs $@ $^

$(OUT)/obj/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Rewritten only when the folders' contents changed, so that nothing is rebuilt for nothing.
$(GEN)/registry.c: FORCE
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from the names of the files in src/technique, src/render and src/cli */'; \
	  echo '#include "certwipe/cli.h"'; \
	  for t in $(TECHNIQUES); do echo "extern const struct cw_technique cw_technique_$$t;"; done; \
	  echo 'const struct cw_technique *const cw_techniques[] = {'; for t in $(TECHNIQUES); do echo "	&cw_technique_$$t,"; done; echo '	NULL };'; \
	  for t in $(RENDERERS); do echo "extern const struct cw_renderer cw_renderer_$$t;"; done; \
	  echo 'const struct cw_renderer *const cw_renderers[] = {'; for t in $(RENDERERS); do echo "	&cw_renderer_$$t,"; done; echo '	NULL };'; \
	  for t in $(COMMANDS); do echo "extern const struct cw_command cw_command_$$t;"; done; \
	  echo 'const struct cw_command *const cw_commands[] = {'; for t in $(COMMANDS); do echo "	&cw_command_$$t,"; done; echo '	NULL };'; \
	} > $@.new; cmp -s $@.new $@ && rm -f $@.new || mv $@.new $@
FORCE:

$(OUT)/obj/registry.o: $(GEN)/registry.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests: every binary and script speaks TAP ----

UNIT := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
SIM_OBJ := $(patsubst tests/sim/%.c,$(OUT)/obj/sim/%.o,$(sort $(wildcard tests/sim/*.c)))

$(OUT)/obj/sim/%.o: tests/sim/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(OUT)/unit/%: tests/unit/%.c $(SIM_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -Itests -MMD -MP $(ALL_LDFLAGS) -o $@ $< $(SIM_OBJ) $(LIB) $(LIBS) -lcmocka

unit: $(UNIT)

clean:
	rm -rf build

-include $(OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(UNIT:=.d)
.PHONY: all unit clean FORCE
.DELETE_ON_ERROR:
