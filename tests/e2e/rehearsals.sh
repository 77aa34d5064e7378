# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Rehearsals of a small guest, and what they say.
# shellcheck disable=SC2154 # set by the script that this is part of

qemu_program=${TEST_QEMU:-/usr/bin/qemu-system-x86_64}

# rehearse [OPTION...]: of a small guest with Debian's firmware.
rehearse_command() {
	needs_program "$qemu_program"
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "Debian's ovmf is not installed"
	rehearsal=("$SNPLAUNCH" rehearse --qemu "$qemu_program" --cpu EPYC-Milan-v2 --memory-mib 256
		"$@")
}

rehearse() {
	rehearse_command "$@"
	run "${rehearsal[@]}"
}

# A field of the JSON report.
report() {
	sed -n "s/^ *\"$1\":\"\{0,1\}\([^\",]*\).*/\1/p" "$work/out" | head -n 1
}

expect_equal_digests() {
	expect_status 0
	expect_out 'digests      equal'
	expect_out 'played by software, no silicon was involved'
	expect_out 'it never ran an instruction'
	expect_clean
}

# scenario TEXT [OPTION...]: on that machine.
scenario() {
	echo "$1" >scenario
	rehearse --scenario scenario "${@:2}"
}
