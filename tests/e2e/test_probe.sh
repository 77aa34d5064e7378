#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the checks of a machine say: of this one, and of captured ones.
#
# usage: tests/e2e/test_probe.sh [--write]
#
# With --write it writes what is printed of each capture to tests/golden/probe.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

captures=$top/tests/host/captures
golden=$top/tests/golden/probe

probe() {
	run "$SNPLAUNCH" probe "$@"
}

# What is said of one capture, by all ways of printing. json-c prints an empty array on one line since 0.17.
print_capture() {
	local options

	for options in '' '--level sev-snp' --traits '--traits --json'; do
		echo "\$ snplaunch probe $options"
		# shellcheck disable=SC2086 # words
		"$SNPLAUNCH" probe $options --root "$captures/$1.json" 2>&1
		echo "exit status $?"
	done | sed -z 's/\[\n *\]/[]/g'
}

capture_names() {
	local file

	for file in "$captures"/*.json; do
		basename "$file" .json
	done
}

if [ "${1-}" = --write ]; then
	mkdir -p "$golden"
	for name in $(capture_names); do
		print_capture "$name" >"$golden/$name.txt"
	done
	exit
fi

# --- Captured machines ----------------------------------------------------------------------------

test_captures_are_judged_as_before() {
	local name

	for name in $(capture_names); do
		print_capture "$name" >"$work/now"
		diff -u "$golden/$name.txt" "$work/now" >&2 || fail "$name: see above"
	done
}

test_level_decides_the_exit_status() {
	probe --root "$captures/milan.json" --level sev-snp
	expect_status 0
	expect_no_out 'sev-es '
	probe --root "$captures/milan.json" --level sev-es
	expect 1 'sev-es guests cannot start on this machine'
	expect_out 'fail     es.beside_snp'
	probe --root "$captures/milan.json"
	expect_status 0
	probe --root "$captures/milan.json" --level off
	expect 64 "option '--level': must be sev, sev-es or sev-snp, not 'off'"
}

test_what_decides_may_be_unknown() {
	echo '{"format": 1}' >capture
	chmod a+r capture
	probe --root capture --level sev
	expect 77 'whether sev guests can start is not known'
	expect_out 'unknown  cpu.vendor'
}

test_json_lists_every_check() {
	local n

	probe --root "$captures/intel.json" --json
	expect_status 1
	expect_out '"because":"cpu.vendor"'
	n=$(grep -c '"status":"' "$work/out")
	[ "$n" -gt 100 ] || fail "only $n checks"
	[ "$(grep -c '"why":"..' "$work/out")" -eq "$n" ] || fail "a check without a reason"
}

test_kernel_log_is_explained() {
	cat >log <<-'END'
		[    0.1] Linux version 6.12
		[    1.2] ccp 0000:42:00.1: SEV: memory encryption not enabled by BIOS
		[    1.3] ccp 0000:42:00.1: SEV: memory encryption not enabled by BIOS
	END
	chmod a+r log
	probe --root "$captures/bios-misconfigured.json" --kernel-log log
	expect_status 1
	expect_out 'kernel log'
	expect_out 'memory encryption not enabled by BIOS'
	expect_out 'said         2 times'
	probe --root "$captures/bios-misconfigured.json" --kernel-log=log --json
	expect_status 1
	expect_out '"name":"smee-off"'
}

test_malformed_capture() {
	echo '{"format": 1, "texts": {"/etc/shadow": ""}}' >capture
	chmod a+r capture
	probe --root capture
	expect 66 "capture 'capture': member 'texts': unknown member '/etc/shadow'"
	probe --root capture --qemu /usr/bin/true
	expect 64 "option '--qemu' is for this machine, and 'capture' is of another"
}

# --- This machine ---------------------------------------------------------------------------------

# It has no SEV, or the tests would be others.
check_this_machine() {
	[ "$status" -eq 1 ] || [ "$status" -eq 0 ] || [ "$status" -eq 77 ] || fail "status $status"
	expect_out 'cpu.vendor'
	expect_out 'sev-snp '
}

test_this_machine() {
	probe --without-qemu
	check_this_machine
	expect_out 'unknown  qemu.version'
	probe
	check_this_machine
}

test_this_machine_for_a_user() {
	needs_root
	become_user
	probe --without-qemu
	check_this_machine
}

test_capture_says_the_same_of_this_machine() {
	probe --without-qemu
	cp out here
	probe --without-qemu --capture capture
	[ -s capture ] || fail 'no capture'
	chmod a+r capture
	probe --root capture
	# Memory comes and goes meanwhile.
	diff -u <(grep -v memory.available here) <(grep -v memory.available out) >&2 ||
		fail 'the capture says something else'
}

test_capture_is_not_written_where_nobody_said() {
	probe --without-qemu --capture /proc/self/comm
	[ "$status" -ne 0 ] || fail 'was written'
}

# --- Where else they speak ------------------------------------------------------------------------

test_run_is_refused_by_the_same_check() {
	local old=$top/tests/host/no-sev-qemu-7.2.json

	make_firmware
	run "$SNPLAUNCH" plan --host-facts "$old" --level sev --firmware firmware
	expect 69 "level 'sev': this CPU is of 'GenuineIntel', not of AMD: use another machine"
}

test_explain_looks_at_this_machine() {
	run "$SNPLAUNCH" explain "vm-type SEV-SNP not supported by KVM"
	expect_status 0
	expect_no_out 'this host'
	run "$SNPLAUNCH" explain --host "vm-type SEV-SNP not supported by KVM"
	expect_status 0
	expect_out 'this host    '
	run "$SNPLAUNCH" explain --host --json "vm-type SEV-SNP not supported by KVM"
	expect_status 0
	expect_out '"host":['
	expect_out '"check":"'
}

tests_run "$@"
