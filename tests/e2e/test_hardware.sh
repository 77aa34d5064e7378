#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What make check-hardware does where there is no such hardware: it tries what it can, says what is
# missing and why, and a program can read its result.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

test_without_hardware_it_says_what_is_missing() {
	[ -f "$assets/initrd-test.img" ] || fail 'there is no guest: make setup'
	[ ! -e /dev/sev ] || skip 'this machine may have the hardware: make check-hardware'
	needs_program python3
	GUEST=$assets LEVELS='off sev-snp' run "$top/tests/hardware/run" "$work/result.json"
	expect_status 69
	expect_out 'any      passed     reader: '
	expect_out 'off      passed     launch: QEMU ran the guest'
	expect_out 'off      passed     digest: a guest without protection has no /dev/sev-guest'
	expect_out 'sev-snp  passed     rehearsal: played by software, no silicon'
	expect_out "sev-snp  not-tried  launch console protection digest signature id-block jail asids end: level 'sev-snp': "
	expect_no_out ' failed     '
	python3 - result.json <<-'END' || fail 'the result is another'
		import json, sys
		result = json.load(open(sys.argv[1]))
		assert result["result"] == "incomplete"
		assert all(check["text"] for check in result["checks"])
		assert ("sev-snp", "digest", "not-tried") in [
		    (check["level"], check["check"], check["result"]) for check in result["checks"]]
	END
}

tests_run
