#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A program in QEMU's place, and one in the front's, tries to break out in every way that is known:
# nothing succeeds, and each attempt ends the way that was kept.
# shellcheck source=tests/attack/attacks.sh
. "$(dirname "$0")/../attack/attacks.sh"

# Sanitizers make system calls of their own.
needs_plain_build() {
	[ "$variant" != asan ] || skip 'a sanitizer would be judged too'
}

test_attacks_in_qemus_place_by_root() {
	needs_plain_build
	attack_qemu_root
	expect_verdicts qemu-root.golden
}

test_attacks_in_qemus_place_by_a_user() {
	needs_plain_build
	attack_qemu_user
	expect_verdicts qemu-user.golden
}

test_attacks_by_code_in_qemus_place_with_kvm() {
	needs_plain_build
	attack_qemu_kvm
	expect_verdicts qemu-kvm.golden
}

test_attacks_in_the_fronts_place_by_root() {
	needs_plain_build
	attack_front_root
	expect_verdicts front-root.golden
}

test_attacks_are_many() {
	[ "$(count_mechanisms)" -ge 100 ] || fail 'fewer than 100 mechanisms'
	[ -z "$(list_actions | sort | uniq -d)" ] || fail 'two actions have one name'
}

echo "# $(count_actions) actions of $(count_mechanisms) mechanisms"
tests_run
