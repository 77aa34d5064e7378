#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The QEMU that is to be started: what cannot be one, or must not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# qemu_is PATH: launches with that QEMU.
qemu_is() {
	make_firmware
	run "$SNPLAUNCH" run --host-facts "$facts" --level off --accel tcg --firmware firmware \
		--name fake-running-shutdown.guest_shutdown --qemu "$1"
	expect_clean
}

test_qemu_that_is_missing() {
	qemu_is "$work/missing"
	expect 69 "cannot open QEMU '$work/missing': No such file or directory"
}

test_qemu_that_is_not_executable() {
	cp "$fake" qemu
	chmod 644 qemu
	qemu_is qemu
	expect 69 "QEMU 'qemu': is not executable"
}

test_qemu_that_is_a_directory() {
	qemu_is "$work"
	expect 66 "QEMU '$work': is a directory, not a regular file"
}

test_qemu_that_is_no_program() {
	make_firmware
	cp firmware qemu
	chmod 755 qemu
	qemu_is qemu
	expect 69 'QEMU: cannot execute QEMU: Exec format error'
	expect_no_err 'QEMU said'
}

test_qemu_that_is_another_program() {
	run "$SNPLAUNCH" cpus --qemu /bin/ls
	expect 76 "QEMU '/bin/ls' (is it a qemu-system-x86_64?): QEMU said: "
	expect_no_err '\n'
	expect_equal "$(wc -l <"$work/err")" 1 'lines'
}

# A script is read by its name, which a program that is executed by descriptor does not have.
test_qemu_that_is_a_script() {
	printf '#!/bin/sh\nexit 0\n' >qemu
	chmod 755 qemu
	qemu_is qemu
	expect 69 'QEMU: cannot execute QEMU: No such file or directory'
}

test_qemu_for_another_machine() {
	# An ELF header of a 64-bit big-endian machine that nobody has here.
	{
		printf '\177ELF\2\2\1\0\0\0\0\0\0\0\0\0\0\2\0\26\0\0\0\1'
		head -c 4096 /dev/zero
	} >qemu
	chmod 755 qemu
	qemu_is qemu
	expect 69 'QEMU: cannot execute QEMU: Exec format error'
}

test_relative_path_of_qemu() {
	cp "$fake" qemu
	chmod 755 qemu
	qemu_is qemu
	expect_status 0
	qemu_is ./qemu
	expect_status 0
}

# The one that was opened is the one that is executed.
test_symlink_to_qemu_is_followed() {
	ln -s "$fake" qemu
	qemu_is qemu
	expect_status 0
}

test_root_refuses_what_others_may_write() {
	needs_root
	cp "$fake" qemu
	chmod 775 qemu
	qemu_is qemu
	expect 77 "QEMU 'qemu': must belong to root and be writable by nobody else"
	chmod 757 qemu
	qemu_is qemu
	expect 77 "QEMU 'qemu': must belong to root and be writable by nobody else"
	chmod 755 qemu
	chown 65534 qemu
	qemu_is qemu
	expect 77 "QEMU 'qemu': must belong to root and be writable by nobody else"
	ln -s qemu link
	qemu_is link
	expect 77 "QEMU 'link': must belong to root and be writable by nobody else"
}

test_user_may_use_a_qemu_of_their_own() {
	needs_root
	become_user
	cp "$fake" qemu
	chown 65534 qemu
	chmod 775 qemu
	qemu_is qemu
	expect_status 0
}

test_user_who_may_not_read_it() {
	needs_root
	become_user
	cp "$fake" qemu
	chmod 700 qemu
	qemu_is qemu
	expect 77 "cannot open QEMU 'qemu': Permission denied"
}

# --- One that is too old --------------------------------------------------------------------------

old_facts=$top/tests/host/no-sev-qemu-7.2.json

test_old_qemu_has_no_snp() {
	make_firmware
	sed 's/"major": 10,/"major": 7,/; s/"minor": 0,/"minor": 2,/; s/"sev_snp_guest": .*/"sev_snp_guest": [],/' \
		"$facts" >old.json
	chmod a+r old.json
	run "$SNPLAUNCH" plan --host-facts old.json --level sev-snp --firmware firmware
	expect 69 "level 'sev-snp': QEMU 7.2 has no object 'sev-snp-guest': install QEMU 9.1 or newer"
}

test_machine_without_sev() {
	make_firmware
	run "$SNPLAUNCH" plan --host-facts "$old_facts" --level sev --firmware firmware
	expect 69 "level 'sev': this CPU is of 'GenuineIntel', not of AMD: use another machine, or describe one with --host-facts"
}

test_old_qemu_has_level_off() {
	make_firmware
	run "$SNPLAUNCH" plan --host-facts "$old_facts" --level off --firmware firmware
	expect_status 0
	expect_out 'machine pc-q35-7.2'
}

test_qemu_has_fewer_processors() {
	make_firmware
	run "$SNPLAUNCH" plan --host-facts "$old_facts" --level off --vcpus 289 --firmware firmware
	expect 69 "key 'vcpus': machine 'pc-q35-7.2' of this QEMU has at most 288, not 289"
}

# --- Asking the real one --------------------------------------------------------------------------

real_qemu=/usr/bin/qemu-system-x86_64

test_answers_are_kept() {
	[ -x "$real_qemu" ] || skip "there is no $real_qemu"
	CACHE_DIRECTORY=$work/fresh
	make_firmware
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	expect_equal "$(find "$CACHE_DIRECTORY" -type f | wc -l)" 1 'files in the cache'
	expect_equal "$(stat -c %a "$CACHE_DIRECTORY"/*)" 600
	mv out first
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	cmp out first || fail 'the cache says something else'
}

# Somebody else's answers are not believed, and a torn file is no answer.
test_cache_that_is_not_right_is_asked_again() {
	local facts_file

	[ -x "$real_qemu" ] || skip "there is no $real_qemu"
	CACHE_DIRECTORY=$work/fresh
	make_firmware
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	mv out first
	facts_file=$(echo "$CACHE_DIRECTORY"/*)
	head -c 1000 "$facts_file" >torn
	cat torn >"$facts_file"
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	cmp out first || fail 'a torn cache was believed'
	sed -i 's/pc-q35-[0-9.]*/pc-q35-6.6/' "$facts_file"
	chmod 666 "$facts_file"
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	cmp out first || fail 'a cache that others may write was believed'
}

test_cache_that_cannot_be_written_changes_nothing() {
	[ -x "$real_qemu" ] || skip "there is no $real_qemu"
	echo file >"$work/fresh"
	CACHE_DIRECTORY=$work/fresh
	make_firmware
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware
	expect_status 0
	expect_equal "$(cat "$work/fresh")" file
}

test_probing_something_else_than_qemu() {
	make_firmware
	run "$SNPLAUNCH" plan --level off --accel tcg --firmware firmware --qemu /bin/true
	expect 76 'asking QEMU what it can do'
	expect_clean
}

tests_run
