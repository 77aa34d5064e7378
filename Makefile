# SPDX-License-Identifier: Apache-2.0
# One non-recursive Makefile. A module is an archive; 'uses_MODULE' lines are the architecture:
# a module's tests link only what the module may use, so a wrong dependency fails the build.

# What a packager may set.
CC ?= gcc
AR ?= ar
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

modules := base launcher policy qmp host cli
libs_base :=
libs_launcher := libcap-ng libseccomp
libs_policy := json-c
libs_qmp := json-c
libs_host := json-c
libs_cli := json-c libcrypto libseccomp

# Archives in link order: what a module uses comes after it.
uses_base :=
uses_launcher := base
uses_policy := base
uses_qmp := base
uses_host := qmp base
uses_cli := policy host qmp base

# The two programs; launcher/main.c and cli/main.c hold main() and stay out of the archives.
programs := snplaunch snplaunch-launcher
main_snplaunch := cli
main_snplaunch-launcher := launcher

warnings := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wformat=2 -Wmissing-prototypes \
	-Wstrict-prototypes -Wpointer-arith -Wundef -Wwrite-strings -Wimplicit-fallthrough
hardening := -fstack-protector-strong -fstack-clash-protection -fPIE -fcf-protection
hardening_ld := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code
ifeq ($(VARIANT),asan)
sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
hardening += -D_FORTIFY_SOURCE=2
endif
c_flags := -std=gnu17 -D_GNU_SOURCE -I. -I$(build) -MMD -MP $(warnings) $(hardening) $(sanitize)
l_flags := $(hardening_ld) $(sanitize) -Wl,--as-needed

# Quiet by default, V=1 shows the commands.
Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- Rules -------------------------------------------------------------------------------------

sources_of = $(filter-out %/main.c,$(wildcard $(1)/*.c))
objects_of = $(patsubst %.c,$(build)/%.o,$(call sources_of,$(1)))
archive_of = $(build)/lib$(1).a
archives_of = $(foreach m,$(1) $(uses_$(1)),$(call archive_of,$(m)))
libs_of = $(sort $(foreach m,$(1) $(uses_$(1)),$(libs_$(m))))
pkg_libs = $(shell $(PKG_CONFIG) --libs $(1))

all: $(addprefix build/,$(programs)) ## build both programs

config := $(build)/config.h
define config_text
/* Made by the Makefile: where things are installed, and who runs them. */
#define SNPLAUNCH_VERSION "$(version)"
#define SNPLAUNCH_BINDIR "$(bindir)"
#define SNPLAUNCH_LIBEXECDIR "$(libexecdir)/snplaunch"
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

define module_rules
$(call archive_of,$(1)): $(call objects_of,$(1))
	@rm -f $$@
	$(Q)$(AR) crsD $$@ $$^
endef
$(foreach m,$(modules),$(eval $(call module_rules,$(m))))

define program_rules
$(build)/$(1): $(build)/$(main_$(1))/main.o $(call archives_of,$(main_$(1)))
	$(call say,LD,$$@)
	$(Q)$(CC) $(CFLAGS) $(l_flags) $(LDFLAGS) -o $$@ $$^ $$(call pkg_libs,$$(call libs_of,$(main_$(1)))) $(LDLIBS)

build/$(1): $(build)/$(1)
	$(Q)ln -sf $(VARIANT)/$(1) $$@
endef
$(foreach p,$(programs),$(eval $(call program_rules,$(p))))

# Unit tests: tests/MODULE/test_FILE.c links its module, what that may use, and cmocka.
test_sources := $(foreach m,$(modules),$(wildcard tests/$(m)/test_*.c))
tests := $(patsubst %.c,$(build)/%,$(test_sources))
define test_rules
$(build)/tests/$(1)/test_%: $(build)/tests/$(1)/test_%.o $(call archives_of,$(1))
	$(call say,LD,$$@)
	$(Q)$(CC) $(CFLAGS) $(l_flags) $(LDFLAGS) -o $$@ $$^ $$(call pkg_libs,cmocka $$(call libs_of,$(1))) $(LDLIBS)
endef
$(foreach m,$(modules),$(eval $(call test_rules,$(m))))
.SECONDARY:

unit: $(tests) ## build and run the unit tests
	@set -e; for t in $(tests); do $$t; done

clean: ## remove what was built, but not the unpacked guest kernel
	rm -rf build/release build/asan $(addprefix build/,$(programs))

help: ## list the targets
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  \1|\2/p' Makefile | column -t -s '|'

FORCE:
.PHONY: all unit clean help FORCE

-include $(shell find $(build) -name '*.d' 2>/dev/null)
