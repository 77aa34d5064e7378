# SPDX-License-Identifier: Apache-2.0
# One non-recursive Makefile. A module is an archive; 'uses_MODULE' lines are the architecture:
# a module's tests link only what the module may use, so a wrong dependency fails the build.

# What a packager may set.
CC ?= gcc
AR ?= ar
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
CPPFLAGS ?=
LDFLAGS ?=
LDLIBS ?=
prefix ?= /usr/local
bindir ?= $(prefix)/bin
libexecdir ?= $(prefix)/libexec
mandir ?= $(prefix)/share/man
datadir ?= $(prefix)/share
bashcompletiondir ?= $(datadir)/bash-completion/completions
zshcompletiondir ?= $(datadir)/zsh/site-functions
includedir ?= $(prefix)/include
libdir ?= $(prefix)/lib
DESTDIR ?=
INSTALL ?= install
# Users that a launch started by root runs its processes as. No account needs to exist: no account
# database hands out numbers from this range (see systemd's UIDS-GIDS documentation).
FRONT_UID ?= 1884505600
QEMU_UID ?= 1884505601

VARIANT ?= release
build := build/$(VARIANT)
MAKEFLAGS += --no-builtin-rules
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

version := 0.1.0

modules := base plan confine launcher jail policy qmp host measure rehearsal cli
libs_base :=
libs_plan :=
libs_confine := libcap-ng
libs_launcher := libcap-ng
libs_jail :=
libs_policy := json-c
libs_qmp := json-c
libs_host := json-c
libs_measure := libcrypto liblzma
libs_rehearsal := libcrypto
libs_cli := json-c libcrypto

# Archives in link order: what a module uses comes after it.
uses_base :=
uses_plan := base
uses_confine := base
uses_launcher := plan confine base
uses_jail := plan confine base
uses_policy := base
uses_qmp := base
uses_host := qmp base
uses_measure := base
uses_rehearsal := base
uses_cli := policy host qmp measure plan confine base

# The programs; each MODULE/main.c holds main() and stays out of the archives.
programs := snplaunch snplaunch-launcher snplaunch-jail
main_snplaunch := cli
main_snplaunch-launcher := launcher
main_snplaunch-jail := jail
# The calls that the preloaded library takes over from the C library stay out of the archive as well.
library_face := rehearsal/interpose.c

warnings := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wformat=2 -Wmissing-prototypes \
	-Wstrict-prototypes -Wpointer-arith -Wundef -Wwrite-strings -Wimplicit-fallthrough
hardening := -fstack-protector-strong -fstack-clash-protection -fPIE -fcf-protection
hardening_ld := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
ifeq ($(VARIANT),asan)
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
program_extras := $(build)/tests/asan/options.o
else
hardening += -D_FORTIFY_SOURCE=2
endif
# A launcher that a test can tell to leave out a layer of the confinement. Nothing installs it.
ifeq ($(VARIANT),layers)
test_hooks := -DSNPLAUNCH_TEST_LAYERS
endif
c_flags := -std=gnu17 -D_GNU_SOURCE -I. -I$(build) -MMD -MP $(warnings) $(hardening) $(sanitize) \
	$(test_hooks)
l_flags := $(hardening_ld) $(sanitize) -Wl,--as-needed

# Quiet by default, V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- Rules -------------------------------------------------------------------------------------

sources_of = $(filter-out %/main.c $(filter_compiler).c $(library_face),$(wildcard $(1)/*.c))
objects_of = $(patsubst %.c,$(build)/%.o,$(call sources_of,$(1))) $(made_objects_$(1))
archive_of = $(build)/lib$(1).a
archives_of = $(foreach m,$(1) $(uses_$(1)),$(call archive_of,$(m)))
libs_of = $(sort $(foreach m,$(1) $(uses_$(1)),$(libs_$(m))))
pkg_libs = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --libs $(1)))

all: build/snplaunch build/snplaunch-launcher $(build)/librehearsal.so $(build)/libsnpmeasure.a ## build all programs

# What a user starts is the launcher; the front's program lies beside it.
build/snplaunch build/snplaunch-launcher: $(addprefix $(build)/,$(programs))
	$(Q)ln -sf $(VARIANT)/snplaunch-launcher $@

config := $(build)/config.h
define config_text
/* Made by the Makefile: which version this is, and who runs its processes. */
#define SNPLAUNCH_VERSION "$(version)"
#define SNPLAUNCH_FRONT_UID $(FRONT_UID)u
#define SNPLAUNCH_QEMU_UID $(QEMU_UID)u
endef
export config_text
# Rewritten only when its text changes, so that a new prefix rebuilds what needs it.
$(config): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' "$$config_text" | cmp -s - $@ || printf '%s\n' "$$config_text" > $@

$(build)/%.o: %.c | $(config)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(c_flags) -c -o $@ $<

# The system call filters are compiled here, so that no program does it while it starts.
filter_compiler := confine/compile_filters
filter_bytes := $(build)/confine/filter_bytes
made_objects_confine := $(filter_bytes).o
$(build)/$(filter_compiler): $(build)/$(filter_compiler).o $(build)/confine/filter_tables.o
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(l_flags) $(LDFLAGS) -o $@ $^ $(call pkg_libs,libseccomp) $(LDLIBS)
$(filter_bytes).c: $(build)/$(filter_compiler)
	$(call say,FILTER,$@)
	$(Q)$< > $@
$(filter_bytes).o: $(filter_bytes).c
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(c_flags) -c -o $@ $<

define module_rules
$(call archive_of,$(1)): $(call objects_of,$(1))
	@rm -f $$@
	$(Q)$(AR) crsD $$@ $$^
endef
$(foreach m,$(modules),$(eval $(call module_rules,$(m))))

define program_rules
$(build)/$(1): $(build)/$(main_$(1))/main.o $(program_extras) $(call archives_of,$(main_$(1)))
	$(call say,LD,$$@)
	$(Q)$(CC) $(CFLAGS) $(l_flags) -Wl,-Map=$$@.map $(LDFLAGS) -o $$@ $$^ $$(call pkg_libs,$$(call libs_of,$(main_$(1)))) $(LDLIBS)

endef
$(foreach p,$(programs),$(eval $(call program_rules,$(p))))

# The library that a rehearsal preloads into QEMU. A QEMU has no sanitizers, so neither has this.
rehearsal := $(build)/librehearsal.so
pic_objects := $(patsubst %.c,$(build)/pic/%.o,$(library_face) $(call sources_of,rehearsal) \
	$(call sources_of,base))
pic_flags := -fPIC -fvisibility=hidden -fno-lto
$(rehearsal): $(pic_objects)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-z,relro,-z,now,-z,noexecstack,-z,defs -Wl,--as-needed \
		-Wl,-Bsymbolic $(LDFLAGS) -o $@ $^ $(call pkg_libs,libcrypto) $(LDLIBS)
$(build)/pic/%.o: %.c | $(config)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(filter-out $(sanitize) -fPIE,$(c_flags)) $(pic_flags) -c -o $@ $<

# The library for other programs: one object, in which only what snpmeasure/snpmeasure.h declares is
# global, so that no name of ours meets one of theirs.
library := $(build)/libsnpmeasure.a
library_parts := $(build)/pic/libparts.a
$(library_parts): $(patsubst %.c,$(build)/pic/%.o,$(call sources_of,measure) $(call sources_of,base))
	@rm -f $@
	$(Q)$(AR) crsD $@ $^
$(library): $(build)/pic/snpmeasure/snpmeasure.o $(library_parts)
	$(call say,LD,$@)
	@rm -f $@
	$(Q)$(LD) -r -o $(@:.a=.o) $^
	$(Q)$(OBJCOPY) --wildcard --keep-global-symbol='snpmeasure_*' $(@:.a=.o)
	$(Q)$(AR) crsD $@ $(@:.a=.o)

# Unit tests: tests/MODULE/test_FILE.c links its module, what that may use, cmocka, and what only the
# tests need.
libs_tests_measure := json-c
test_sources := $(foreach m,$(modules),$(wildcard tests/$(m)/test_*.c))
tests := $(patsubst %.c,$(build)/%,$(test_sources))
define test_rules
$(build)/tests/$(1)/test_%: $(build)/tests/$(1)/test_%.o $(call archives_of,$(1))
	$(call say,LD,$$@)
	$(Q)$(CC) $(CFLAGS) $$(l_flags) $(LDFLAGS) -o $$@ $$^ $$(call pkg_libs,cmocka $$(libs_tests_$(1)) $$(call libs_of,$(1))) $(LDLIBS)
endef
$(foreach m,$(modules),$(eval $(call test_rules,$(m))))
# Those that start a QEMU start the jail, and a program in QEMU's place.
$(addprefix $(build)/tests/launcher/test_,spawn spawn_jail spawn_refused spawn_faults start): | \
	$(build)/snplaunch-jail $(build)/tests/launcher/inmate
# Tests that make calls of the objects under test fail; 'private', for what they only depend on.
wrap = $(foreach function,$(1),-Wl,--wrap=$(function))
$(build)/tests/launcher/test_spawn_faults: private l_flags += $(call wrap,socketpair fcntl dup2 poll prlimit \
	syscall prctl setgroups setresgid setresuid capng_apply)
$(build)/tests/jail/test_landlock: private l_flags += $(call wrap,syscall)
$(build)/tests/qmp/test_frame $(build)/tests/qmp/test_session: private l_flags += \
	$(call wrap,clock_now_ms)
$(build)/tests/cli/test_artifact: private l_flags += $(call wrap,read)
$(build)/tests/cli/test_front_confine: private l_flags += $(call wrap,prctl syscall)
.SECONDARY:

# --- Tests -------------------------------------------------------------------------------------

# Stand-ins for what a test needs at the other end; each says in its head what it is. Some run where
# QEMU's filter holds, so none of them has sanitizers.
attack_actions := $(wildcard tests/attack/actions_*.c)
helpers := $(patsubst %.c,$(build)/%,$(filter-out $(attack_actions),\
	$(wildcard tests/fake_qemu/*.c tests/attack/*.c tests/faults/*.c tests/bench/*.c tests/e2e/*.c) tests/launcher/inmate.c))
plain_objects = $(patsubst %.c,$(build)/plain/%.o,$(1))
$(build)/tests/attack/attack: $(call plain_objects,$(attack_actions))
$(build)/tests/attack/hostile_front: $(call plain_objects,plan/plan_needs.c)
$(build)/tests/bench/measure: $(call plain_objects,$(call sources_of,measure))
$(build)/tests/bench/measure: private libs_helper := libcrypto liblzma
$(build)/tests/e2e/sev_platform: $(call plain_objects,rehearsal/p384.c rehearsal/hash.c)
$(build)/tests/e2e/sev_platform: private libs_helper := libcrypto
$(helpers): $(build)/%: $(build)/plain/%.o $(call plain_objects,$(call sources_of,base))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(filter-out $(sanitize),$(l_flags)) $(LDFLAGS) -o $@ $^ $(call pkg_libs,$(libs_helper)) $(LDLIBS)
$(build)/plain/%.o: %.c | $(config)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(filter-out $(sanitize),$(c_flags)) -c -o $@ $<

# A fuzz target runs over its corpus in every check, and with libFuzzer in check-long.
fuzzers := account capture explain firmware guest idblock openstack plan policy qmp report request scenario sevowner volume
uses_fuzz_account := qmp base
uses_fuzz_capture := host qmp base
uses_fuzz_explain := host qmp base
uses_fuzz_firmware := measure base
uses_fuzz_guest := policy base
uses_fuzz_idblock := measure base
uses_fuzz_openstack := policy base
uses_fuzz_plan := base
uses_fuzz_policy := policy measure base
uses_fuzz_qmp := qmp base
uses_fuzz_report := measure base
uses_fuzz_request := base
uses_fuzz_scenario := rehearsal base
uses_fuzz_sevowner := measure base
uses_fuzz_volume := measure base
fuzz_libs = $(call pkg_libs,$(sort json-c $(foreach m,$(uses_fuzz_$(1)),$(libs_$(m)))))
# What one checks beside them, of a module that it must not link whole.
sources_fuzz_account := cli/rehearsal_account.c cli/rehearsal_trace.c
sources_fuzz_plan := plan/plan_check.c plan/layout.c plan/qemu_argv.c
sources_fuzz_policy := launcher/host_policy.c cli/judge.c cli/judge_platform.c host/readings_ask.c \
	host/cpu_facts.c
# What one includes, to see what is static there.
included_fuzz_request := launcher/monitor.c launcher/open.c launcher/start.c
replays := $(fuzzers:%=$(build)/tests/fuzz/replay_%)
define fuzz_rules
$(build)/tests/fuzz/replay_$(1): $(build)/tests/fuzz/fuzz_$(1).o $(build)/tests/fuzz/replay.o $(sources_fuzz_$(1):%.c=$(build)/%.o) $(foreach m,$(uses_fuzz_$(1)),$(call archive_of,$(m)))
	$$(call say,LD,$$@)
	$$(Q)$$(CC) $$(CFLAGS) $$(l_flags) $$(LDFLAGS) -o $$@ $$^ $$(call fuzz_libs,$(1)) $$(LDLIBS)

build/fuzz/fuzz_$(1): tests/fuzz/fuzz_$(1).c $(sources_fuzz_$(1)) $(included_fuzz_$(1)) $(filter-out $(library_face),$(foreach m,$(uses_fuzz_$(1)),$(wildcard $(m)/*.[ch]))) | $(config)
	@mkdir -p build/fuzz
	$$(call say,FUZZ,$$@)
	$$(Q)clang -std=gnu17 -D_GNU_SOURCE -I. -I$(build) -O1 -g -fsanitize=fuzzer,address,undefined \
		-o $$@ $$(filter-out $(included_fuzz_$(1)),$$(filter %.c,$$^)) $$(call fuzz_libs,$(1))
endef
$(foreach f,$(fuzzers),$(eval $(call fuzz_rules,$(f))))
# For each target in a check, and in check-long.
fuzz_seconds ?= 10
fuzz_seconds_long ?= 60

scripts := $(wildcard tests/e2e/test_*.sh tests/golden/run tests/docs/run)

setup:
	@scripts/setup

check: setup ## set up, build, and run every test
	@scripts/setup fuzz
	+@$(MAKE) --no-print-directory fuzz
	+@$(MAKE) --no-print-directory check-built

# Before the tests, whose last line is the count of them.
fuzz: $(fuzzers:%=build/fuzz/fuzz_%) ## fuzz every parser of untrusted bytes for fuzz_seconds each
	@printf '%s\n' $(fuzzers) | xargs -n 1 -P 2 tests/fuzz/run $(fuzz_seconds)

check-built: all $(tests) $(helpers) $(replays)
	@VARIANT=$(VARIANT) tests/run $(tests) $(replays) $(scripts)

unit: $(tests) $(replays) ## build and run the unit tests only
	@tests/run $(tests) $(replays)

check-asan: setup ## the tests with address and undefined behaviour sanitizers
	+@VARIANT=asan $(MAKE) --no-print-directory VARIANT=asan CFLAGS="-O1 -g" check-asan-built

check-asan-built: $(addprefix $(build)/,$(programs)) $(rehearsal) $(tests) $(helpers) $(replays)
	@VARIANT=asan tests/run $(tests) $(replays) $(scripts)

layers: ## build the launcher that can leave out layers, for tests/attack/layers
	+@$(MAKE) --no-print-directory VARIANT=layers layers-built

layers-built: $(addprefix $(build)/,$(programs)) $(helpers)

check-long: check layers ## what takes minutes: fuzzing, many launches, attacks without a layer, Debian 13
	+@$(MAKE) --no-print-directory fuzz fuzz_seconds=$(fuzz_seconds_long)
	@tests/long
	@tests/e2e/test_confinement_matrix.sh --all
	@tests/e2e/test_faults.sh --all
	@tests/e2e/test_rehearse_matrix.sh --all
	@tests/e2e/test_rehearse_faults.sh --all
	@tests/e2e/test_swap.sh 1000
	@tests/attack/layers
	@tests/debian13

check-debian13: ## make check on Debian 13 with its newest QEMU, in a tree below build/ (as root)
	@tests/debian13

check-hardware: setup ## try on this machine what only hardware with SEV can show; RESULT=FILE
	+@$(MAKE) --no-print-directory all
	@scripts/demo-assets hardware
	@tests/hardware/run $(RESULT)

golden: all ## rewrite the golden command lines, and what is said of captured machines
	@tests/golden/run --write
	@tests/e2e/test_probe.sh --write

bench: setup layers ## measure launch time, memory and size against a peer
	+@$(MAKE) --no-print-directory all $(helpers)
	@tests/bench/run

demo: setup ## set up, build, and boot Linux through OVMF in the open
	+@$(MAKE) --no-print-directory all
	@scripts/demo

# --- Lint --------------------------------------------------------------------------------------

folders := $(modules) snpmeasure
sources := $(foreach m,$(folders),$(wildcard $(m)/*.c)) $(wildcard tests/*/*.c)
headers := $(foreach m,$(folders),$(wildcard $(m)/*.h)) $(wildcard tests/*/*.h)
shell_scripts = $(shell grep -lE '^#!.*(bash|sh)$$|^\# shellcheck shell' scripts/* tests/run tests/long tests/debian13 tests/*/*.sh tests/*/run tests/attack/layers .ci/run 2>/dev/null)

lint: ## style, static analysis, warnings as errors with gcc and clang
	@scripts/setup build lint
	+@$(MAKE) --no-print-directory lint-format lint-warnings lint-tidy lint-cppcheck lint-shell lint-sizes

lint-format:
	@clang-format --dry-run -Werror $(sources) $(headers)

# Each header compiles alone, each source without a warning, with both compilers.
lint-warnings: $(config)
	@for cc in gcc clang; do \
		printf '%s\n' $(sources) | xargs -P 2 -n 8 $$cc $(c_flags) -O2 -Werror -fsyntax-only -MF /dev/null || exit 1; \
		for h in $(headers); do \
			$$cc $(filter-out -MMD -MP,$(c_flags)) -Werror -Wno-unused-function -Wno-unused-variable \
				-fsyntax-only -include stddef.h -x c $$h || exit 1; \
		done; \
	done

lint-tidy: $(config)
	@printf '%s\n' $(foreach m,$(folders),$(wildcard $(m)/*.c)) | \
		xargs -P 2 -n 6 sh -c 'said=$$(clang-tidy --quiet "$$@" -- -std=gnu17 -D_GNU_SOURCE -I. -I$(build) 2>&1); \
			printf "%s\n" "$$said"' _ | \
		grep -vE '^[0-9]+ warnings? (generated|treated)|^Suppressed|^Use -header-filter|^$$' | \
		{ ! grep . ; }

# nullPointer fires on sizeof(((type *)0)->member), which dereferences nothing.
lint-cppcheck: $(config)
	@cppcheck --quiet --std=c11 --enable=warning,portability,performance --inline-suppr \
		--suppress=missingIncludeSystem --suppress=unknownMacro --suppress=nullPointer --error-exitcode=1 \
		-D_GNU_SOURCE -D__x86_64__ -I. -I$(build) $(foreach m,$(folders),$(wildcard $(m)/*.c))

lint-shell:
	@shellcheck -x $(shell_scripts)

lint-sizes:
	@wc -l $(sources) | awk '$$2 != "total" && $$1 > 500 { print $$2 ": " $$1 " lines, at most 500"; bad = 1 } END { exit bad }'
	@wc -l $(headers) | awk '$$2 != "total" && $$1 > 200 { print $$2 ": " $$1 " lines, at most 200"; bad = 1 } END { exit bad }'

# The count of what runs with privilege: launcher/main.c and the members of archives that the linker
# took, as its map lists them; no comments, no blank lines, nothing that the build itself wrote.
launcher_map := $(build)/snplaunch-launcher.map
privileged_sources = $(wildcard launcher/main.c $(shell \
	sed -n 's,^$(build)/lib\([a-z]*\)\.a(\([a-z0-9_]*\)\.o)$$,\1/\2.c,p' $(launcher_map) | sort -u))
count_lines = cat $(1) | $(CC) -fpreprocessed -dD -E -P - 2>/dev/null | grep -c '[^[:space:]]'
privileged-lines: all ## count the lines that may run with privilege; V=1: of each file
	@[ -f $(launcher_map) ] || { echo "$(launcher_map) is missing: run make clean all"; exit 1; }
	$(if $(V),@for f in $(privileged_sources); do echo "$$f $$($(call count_lines,$$f))"; done)
	@echo "$$($(call count_lines,$(filter launcher/% base/%,$(privileged_sources)))) in launcher/ and base/"
	@echo "$$($(call count_lines,$(filter-out launcher/% base/%,$(privileged_sources)))) in confine/: lists, filters, dropping"
	@echo "0 of the $$($(call count_lines,plan/qemu_argv.c)) that build QEMU's command line, which is the unprivileged jail's"

# --- Installation ------------------------------------------------------------------------------

manuals := $(wildcard docs/*.[1-9])

# Who may not read a program cannot look into its processes either, not even while they begin.
install: all ## install below $(DESTDIR)$(prefix)
	for p in $(programs); do \
		$(INSTALL) -D -m $$([ $$p = snplaunch-launcher ] && echo 755 || echo 711) build/release/$$p \
			$(DESTDIR)$(libexecdir)/snplaunch/$$p || exit 1; \
	done
	$(INSTALL) -D -m 644 build/release/librehearsal.so \
		$(DESTDIR)$(libexecdir)/snplaunch/librehearsal.so
	$(INSTALL) -D -m 644 build/release/libsnpmeasure.a $(DESTDIR)$(libdir)/libsnpmeasure.a
	$(INSTALL) -D -m 644 snpmeasure/snpmeasure.h $(DESTDIR)$(includedir)/snpmeasure/snpmeasure.h
	$(INSTALL) -d $(DESTDIR)$(libdir)/pkgconfig
	sed -e 's,@prefix@,$(prefix),' -e 's,@version@,$(version),' \
		-e 's,@includedir@,$(patsubst $(prefix)/%,$${prefix}/%,$(includedir)),' \
		-e 's,@libdir@,$(patsubst $(prefix)/%,$${prefix}/%,$(libdir)),' \
		snpmeasure/snpmeasure.pc.in > $(DESTDIR)$(libdir)/pkgconfig/snpmeasure.pc
	$(INSTALL) -d $(DESTDIR)$(bindir)
	ln -sf $(libexecdir)/snplaunch/snplaunch-launcher $(DESTDIR)$(bindir)/snplaunch
	for m in $(manuals); do \
		$(INSTALL) -D -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/} || exit 1; \
	done
	$(INSTALL) -d $(DESTDIR)$(bashcompletiondir) $(DESTDIR)$(zshcompletiondir)
	scripts/completion bash build/release/snplaunch > $(DESTDIR)$(bashcompletiondir)/snplaunch
	scripts/completion zsh build/release/snplaunch > $(DESTDIR)$(zshcompletiondir)/_snplaunch
	for e in examples/*.json; do \
		$(INSTALL) -D -m 644 $$e $(DESTDIR)$(datadir)/doc/snplaunch/$$e || exit 1; \
	done

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(bindir)/snplaunch $(DESTDIR)$(libdir)/libsnpmeasure.a \
		$(DESTDIR)$(libdir)/pkgconfig/snpmeasure.pc
	rm -rf $(DESTDIR)$(includedir)/snpmeasure
	rm -rf $(DESTDIR)$(libexecdir)/snplaunch $(DESTDIR)$(datadir)/doc/snplaunch
	rm -f $(DESTDIR)$(bashcompletiondir)/snplaunch $(DESTDIR)$(zshcompletiondir)/_snplaunch
	for m in $(manuals); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}; done

clean: ## remove what was built, but not the unpacked guest kernel
	rm -rf build/release build/asan build/layers build/fuzz $(addprefix build/,$(programs))

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  %-18s %s\n", $$1, $$2 }' Makefile

FORCE:
.PHONY: all setup unit fuzz check check-built check-asan check-asan-built layers layers-built \
	check-long check-debian13 check-hardware golden bench demo lint \
	lint-format lint-warnings lint-tidy lint-cppcheck lint-shell lint-sizes privileged-lines install \
	uninstall clean help FORCE

-include $(shell find $(build) -name '*.d' 2>/dev/null)
