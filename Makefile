# SPDX-License-Identifier: Apache-2.0
# certwipe: plain GNU make, output in build/.  `make demo` and `make check` install what they need (make deps) and do everything.

PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0

# SAN=1 builds with ASan and UBSan; the same tests run against it.  WERROR=1 makes warnings errors.
SAN     ?= 0
WERROR  ?= 0
comma   := ,
OUT     := build$(if $(filter 1,$(SAN)),/san)
GEN     := $(OUT)/gen

ifeq ($(origin CC),default)
CC      := gcc
endif
PKGS    := libudev blkid libseccomp libcap liburing smartcols inih jansson libcrypto sqlite3 libsystemd zlib libqrencode
# Of the typesetter alone: what shapes text is linked into nothing that holds a medium or a key.
FONT_PKGS := harfbuzz harfbuzz-subset
WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla $(if $(filter 1,$(WERROR)),-Werror)
HARDEN  := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 $(if $(filter x86_64 i%86,$(shell uname -m)),-fcf-protection)
CFLAGS  ?= -O2 -g
ifeq ($(SAN),1)
CFLAGS  := -O1 -g -fno-omit-frame-pointer
SANITIZE := -fsanitize=address,undefined$(if $(FUZZ),$(comma)fuzzer-no-link)
HARDEN  := -fPIE $(SANITIZE) -fno-sanitize-recover=all -DCW_SANITIZED=1
endif
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE $(WARN) $(HARDEN) $(CFLAGS) -Iinclude -I$(GEN) -DCW_VERSION='"$(VERSION)"' \
	-DCW_DATADIR='"$(PREFIX)/share/certwipe"' -DCW_LOCALEDIR='"$(PREFIX)/share/locale"' -DCW_LIBEXECDIR='"$(PREFIX)/libexec/certwipe"' $(PKG_CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro,-z,now $(SANITIZE) $(LDFLAGS)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) $(FONT_PKGS) 2>/dev/null)
LIBS    := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
FONT_LIBS := $(shell pkg-config --libs $(FONT_PKGS) 2>/dev/null)

# One folder a layer; what grows (techniques, renderers, commands) is found here and nowhere listed by hand.
SRC     := $(sort $(wildcard src/*/*.c))
OBJ     := $(SRC:src/%.c=$(OUT)/obj/%.o) $(OUT)/obj/registry.o
MAIN    := $(OUT)/obj/cli/main.o
TYPESETTER := $(OUT)/obj/process/typesetter.o $(OUT)/obj/render/typeset.o
LIB     := $(OUT)/libcertwipe.a
TECHNIQUES := $(filter-out technique native native_%,$(basename $(notdir $(sort $(wildcard src/technique/*.c)))))
RENDERERS  := $(filter-out render text_% pdf_% sheet% type% qr,$(basename $(notdir $(sort $(wildcard src/render/*.c)))))
COMMANDS   := $(patsubst cmd_%,%,$(basename $(notdir $(sort $(wildcard src/cli/cmd_*.c)))))

# One short line a file; V=1 shows whole commands.
say = $(if $(V),,@printf '  %-3s %s\n' $1 $@;)

all: $(OUT)/certwipe $(OUT)/certwipe-typeset $(OUT)/certwipe-verify

$(OUT)/certwipe: $(MAIN) $(LIB)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(OUT)/certwipe-typeset: $(TYPESETTER) $(LIB)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(FONT_LIBS)

# The verifier by itself: of what reaches a medium nothing is in it.  Techniques are, because evidence is read by their tables; what they would call to act becomes one function that
# ends the program.
VERIFIER := $(OUT)/obj/cli/verifier.o
VERIFIER_PKGS := jansson inih libcrypto sqlite3 zlib libqrencode libseccomp libcap
VERIFIER_LIBS := $(shell pkg-config --libs $(VERIFIER_PKGS) $(FONT_PKGS) 2>/dev/null)
ACTING := $(filter-out $(addprefix $(OUT)/obj/transport/,native.o sat.o sense.o wire.o wire_json.o),$(filter $(OUT)/obj/transport/%,$(OBJ))) \
	$(addprefix $(OUT)/obj/engine/,sweep.o verify.o write.o)
VERIFIER_MEMBERS := $(VERIFIER) $(OUT)/obj/render/typeset.o $(addprefix $(OUT)/obj/cli/,attachments.o bundle.o verify_files.o) $(addprefix $(OUT)/obj/process/,message.o pool.o spawn.o)

certwipe-verify: $(OUT)/certwipe-verify

$(OUT)/verifier.a: $(filter-out $(ACTING) $(filter $(OUT)/obj/cli/% $(OUT)/obj/process/% $(OUT)/obj/registry.o,$(OBJ)) $(OUT)/obj/render/typeset.o,$(OBJ)) Makefile
	@rm -f $@
	$(call say,AR)ar rcs $@ $(filter %.o,$^)

$(GEN)/no_medium.ld: $(ACTING) Makefile
	@mkdir -p $(@D)
	@nm -P -g $(ACTING) 2>/dev/null | awk '$$2 ~ /^[TDRB]$$/ && !seen[$$1]++ { print "-Wl,--defsym=" $$1 "=cw_no_medium" }' > $@

$(GEN)/verifier_registry.c: FORCE
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from the names of the files in src/technique */'; echo '#include "certwipe/technique.h"'; \
	  for t in $(TECHNIQUES); do echo "extern const struct cw_technique cw_technique_$$t;"; done; \
	  echo 'const struct cw_technique *const cw_techniques[] = {'; for t in $(TECHNIQUES); do echo "	&cw_technique_$$t,"; done; echo '	NULL };'; \
	  echo 'void cw_no_medium(void) __attribute__((noreturn));'; echo 'void cw_no_medium(void)'; echo '{'; echo '	__builtin_trap();'; echo '}'; \
	} > $@.new; $(rewrite)

$(OUT)/obj/verifier_registry.o: $(GEN)/verifier_registry.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/certwipe-verify: $(VERIFIER_MEMBERS) $(OUT)/obj/verifier_registry.o $(OUT)/verifier.a $(GEN)/no_medium.ld
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $(filter-out %.ld,$^) @$(GEN)/no_medium.ld $(VERIFIER_LIBS)

$(LIB): $(filter-out $(MAIN) $(TYPESETTER) $(VERIFIER),$(OBJ))
	@rm -f $@
	$(call say,AR)ar rcs $@ $^

$(OUT)/obj/%.o: src/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Both are rewritten only when they changed, so that nothing is rebuilt for nothing, and everything when PREFIX or a flag is another.
rewrite = cmp -s $@.new $@ && rm -f $@.new || mv $@.new $@

$(OUT)/flags: FORCE
	@mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))' > $@.new; $(rewrite)

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
	} > $@.new; $(rewrite)

$(OUT)/obj/registry.o: $(GEN)/registry.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# ---- tests: every binary and script speaks TAP; tests/run runs and counts them ----

UNIT := $(patsubst tests/unit/%.c,$(OUT)/unit/%,$(sort $(wildcard tests/unit/test_*.c)))
SIM_OBJ := $(patsubst tests/sim/%.c,$(OUT)/obj/sim/%.o,$(sort $(wildcard tests/sim/*.c)))

$(OUT)/obj/sim/%.o: tests/sim/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(OUT)/obj/unit/%.o: tests/unit/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -Itests -MMD -MP -c -o $@ $<

$(OUT)/unit/%: $(OUT)/obj/unit/%.o $(SIM_OBJ) $(OUT)/obj/render/typeset.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS) $(FONT_LIBS) -lcmocka

# Fuzz targets, driven by their corpora alone; FUZZ=1 is the build of `make fuzz`.
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,$(OUT)/fuzz/%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))

$(OUT)/obj/fuzz/%.o: tests/fuzz/%.c $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/fuzz/%: $(OUT)/obj/fuzz/fuzz_%.o $(if $(FUZZ),,$(OUT)/obj/fuzz/replay.o) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(ALL_LDFLAGS) $(if $(FUZZ),-fsanitize=fuzzer) -o $@ $^ $(LIBS)

$(OUT)/fuzz/json: $(OUT)/obj/sim/json_schema.o

fuzz-targets: $(FUZZ_TARGETS)

fuzz: deps
	+@$(MAKE) --no-print-directory $(JOBS) CC=clang SAN=1 FUZZ=1 OUT=build/fuzz fuzz-targets
	@echo "Run one: tests/fuzz/run NAME SECONDS, NAME one of:" $(notdir $(FUZZ_TARGETS))

# What flow tests need besides.
$(OUT)/login1: tests/flow/login1.c $(OUT)/flags
	$(call say,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIBS)

# Preloaded into certwipe, it lets calls fail: never sanitized itself, and it defines functions that the compiler thinks it knows.
$(OUT)/shim.so: tests/faults/shim.c tests/faults/shim.h $(OUT)/flags
	$(call say,LD)$(CC) -std=c17 -D_GNU_SOURCE $(WARN) -O2 -g -fPIC -fno-builtin -shared -o $@ $< -ldl

$(OUT)/clock.so: tests/flow/clock.c $(OUT)/flags
	$(call say,LD)$(CC) -std=c17 $(WARN) -O2 -fPIC -shared -o $@ $<

unit: $(UNIT) $(FUZZ_TARGETS) $(OUT)/login1 $(OUT)/shim.so $(OUT)/clock.so

# ---- what it costs: not part of check, for a timed test fails when the machine is busy ----

$(OUT)/bench/%: tests/bench/%.c $(LIB) $(OUT)/flags
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(LIBS)

bench-register: $(OUT)/bench/register
	@$<

bench-verify: $(OUT)/certwipe-verify
	@CERTWIPE_VERIFIER=$(abspath $<) tests/bench/verify.py

deps:
	@tests/deps.sh

deps-%:
	@tests/deps.sh $(subst -, ,$*)

# The checked builds have folders of their own, so that -Werror neither disturbs `make` nor is hidden by objects that it left.
# A new make, because pkg-config can only answer once deps has run.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
checked-builds: deps
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 OUT=build/check all unit
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 SAN=1 OUT=build/san all unit

check: checked-builds
	@tests/run lint unit flow page lab

check-unit: checked-builds
	@tests/run unit

check-flow: checked-builds
	@tests/run flow

# share/verify/verify.html in Chromium and Firefox, beside `certwipe verify`.
check-page: checked-builds
	@tests/run page

# A real kernel in qemu and emulated media; the kernel is kept outside the tree (tests/lab/kernel.sh).  check-native: every command by which a drive sanitises itself, on drives
# that do it, lie, refuse and are cut off; not part of `make check`, a quarter of an hour.  RUNS=10: ten times in a row, until one fails.
RUNS = 1
check-lab check-native: deps
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 OUT=build/check all
	@for run in $$(seq $(RUNS)); do echo "run $$run of $(RUNS)"; tests/run $(@:check-%=%) || exit; done

# Kills processes at random instants and resumes, CRASHES times over; seed=N repeats a run.  Some ten minutes.
CRASHES = 200
check-crash: deps
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 OUT=build/check all build/check/shim.so
	@tests/faults/run crash $(CRASHES) $(seed)

# Lets every call of the executor fail once, in every scene, and SHARE of each kind of the others; hours.
SHARE = 30
check-faults: deps
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 OUT=build/check all build/check/shim.so
	@tests/faults/run order
	@tests/faults/run faults --victim certwipe-exec --share 0
	@tests/faults/run faults --share $(SHARE)

# Breaks one promise at a time and sees the lab turn red; several minutes.
check-mutants: deps
	@tests/lab/mutants.py

# Turns over every bit of one certificate with everything that belongs to it (build/malleability.md); `make check` does a share of its page.  A quarter of an hour.
check-malleability: deps
	+@$(MAKE) --no-print-directory $(JOBS) WERROR=1 OUT=build/check build/check/unit/test_evidence_malleability
	@CERTWIPE_FLIPS=all build/check/unit/test_evidence_malleability

lint: deps
	@tests/run lint

demo: deps-build-demo
	+@$(MAKE) --no-print-directory $(JOBS) all
	@tests/demo.sh

# Beside fio, shred and nwipe, on loop devices of its own; a quarter of an hour.  BENCH="--size 512M --reps 3" is a quick one; NWIPE=/path names another nwipe.
bench: deps-build-bench
	+@$(MAKE) --no-print-directory $(JOBS) all
	@tests/bench/bench.py $(BENCH)

# ---- installation ----

SHARE := $(shell find share -type f ! -path 'share/sysusers.d/*' 2>/dev/null)
MAN   := $(wildcard man/*.[1-9])
DEST   = $(DESTDIR)$(PREFIX)

# Without DESTDIR this is the machine that will use it: the signer's account is made too.  Packages leave that to sysusers.d.
install: all
	install -D -m 755 $(OUT)/certwipe $(DEST)/bin/certwipe
	install -D -m 755 $(OUT)/certwipe-verify $(DEST)/bin/certwipe-verify
	install -D -m 755 $(OUT)/certwipe-typeset $(DEST)/libexec/certwipe/certwipe-typeset
	for f in $(SHARE:share/%=%); do install -D -m 644 share/$$f $(DEST)/share/certwipe/$$f || exit; done
	for f in $(MAN); do sed 's|/usr/local|$(PREFIX)|' $$f | install -D -m 644 /dev/stdin $(DEST)/share/man/man$${f##*.}/$${f##*/} || exit; done
	install -D -m 644 share/sysusers.d/certwipe.conf $(DEST)/lib/sysusers.d/certwipe.conf
	if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" = 0 ] && ! getent passwd certwipe >/dev/null; then \
		useradd --system --user-group --no-create-home --home-dir /var/lib/certwipe --shell /usr/sbin/nologin certwipe; fi

uninstall:
	rm -f $(DEST)/bin/certwipe $(DEST)/bin/certwipe-verify $(DEST)/lib/sysusers.d/certwipe.conf $(foreach f,$(MAN),$(DEST)/share/man/man$(lastword $(subst ., ,$f))/$(notdir $f))
	rm -rf $(DEST)/share/certwipe $(DEST)/libexec/certwipe
	@echo "Kept: the account certwipe and /var/lib/certwipe with its journals, certificates, register and keys."

clean:
	rm -rf build

dist:
	@mkdir -p build
	git archive --format=tar.gz --prefix=certwipe-$(VERSION)/ -o build/certwipe-$(VERSION).tar.gz HEAD
	@echo build/certwipe-$(VERSION).tar.gz

-include $(OBJ:.o=.d) $(SIM_OBJ:.o=.d) $(UNIT:$(OUT)/unit/%=$(OUT)/obj/unit/%.d) $(FUZZ_TARGETS:$(OUT)/fuzz/%=$(OUT)/obj/fuzz/fuzz_%.d)
.PHONY: all certwipe-verify unit fuzz fuzz-targets bench-register bench-verify deps checked-builds check check-unit check-flow check-page check-lab check-native check-crash check-faults check-mutants check-malleability lint demo bench install uninstall clean dist FORCE
.DELETE_ON_ERROR:
.SECONDARY:
