#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the catalogue of failures says of a text, from an argument, a file or standard input.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

explain() {
	run "$SNPLAUNCH" explain "$@"
}

# Standard input is the text.
explain_input() {
	timeout --foreground -s KILL "$patience_s" "${prefix[@]}" "$SNPLAUNCH" explain >"$work/out" \
		2>"$work/err"
	status=$?
}

# What QEMU and the kernel say of a guest that was refused.
write_log() {
	cat >"$work/log" <<-'END'
		Linux version 6.12
		qemu-system-x86_64: sev_launch_start: LAUNCH_START ret=1 fw_error=21 'Feature not supported'
		qemu-system-x86_64: sev_common_kvm_init: failed to create encryption context
		qemu-system-x86_64: -accel kvm: failed to initialize kvm: Operation not permitted
		kvm_amd: SEV-ES guest requested termination: 0x1:0x4
		kvm_amd: SEV-ES guest requested termination: 0x1:0x4
		kvm_amd: SEV-ES guest requested termination: 0x1:0xa
	END
}

test_explains_an_argument() {
	explain "SNP_LAUNCH_FINISH ret=-5 fw_error=11 'Invalid measurement'"
	expect_status 0
	expect_out "line 1       SNP_LAUNCH_FINISH ret=-5 fw_error=11 'Invalid measurement'"
	expect_out 'code         errno -5: EIO, '
	expect_out 'code         firmware 11: BAD_MEASUREMENT, '
	expect_out 'cause        the launch digest is not the ID block'
	expect_out 'remedy       compute the digest'
	expect_out 'evidence     AMDESE/AMDSEV#195 (reported)'
	expect_no_out 'said'
}

expect_log() {
	expect_status 0
	expect_out 'line 2       qemu-system-x86_64: sev_launch_start'
	expect_out 'AMD-SB-3023'
	expect_out 'line 5       kvm_amd'
	expect_out 'code         termination 0x1:0x4: CPUID, '
	expect_out 'said         2 times, last in line 6'
	expect_out 'code         termination 0x1:0xa: SECURE_TSC, '
	expect_no_out 'failed to initialize kvm'
	expect_no_out 'encryption context'
	expect_equal "$(grep -c '^cause ' "$work/out")" 3 'causes'
}

test_explains_standard_input_without_noise() {
	write_log
	explain_input <"$work/log"
	expect_log
	explain_input < <(cat "$work/log")
	expect_log
}

test_explains_a_file() {
	write_log
	explain --file log
	expect_log
}

test_explains_a_file_of_a_user() {
	become_user
	write_log
	chmod a+r "$work/log"
	explain --file log
	expect_log
}

test_says_what_noise_is_when_there_is_nothing_else() {
	explain 'failed to initialize kvm: Operation not permitted'
	expect_status 0
	expect_out 'cause        what QEMU says whenever encryption cannot be set up'
}

test_takes_silence_behind_a_line_for_a_failure() {
	explain '[    0.5] smp: Bringing up secondary CPUs ...'
	expect_status 0
	expect_out 'cause        the guest'
	explain "$(printf 'smp: Bringing up secondary CPUs ...\nsmp: Brought up 1 node, 2 CPUs\n')"
	expect_status 1
	explain "$(printf 'smp: Bringing up secondary CPUs ...\n   \n')"
	expect_status 0
}

test_json_has_everything() {
	write_log
	explain --file log --json
	expect_status 0
	python3 - "$work/out" <<-'END' || fail 'JSON'
		import json, sys
		report = json.load(open(sys.argv[1]))
		assert report["lines"] == 7 and report["dropped"] == 0
		names = [f["name"] for f in report["findings"]]
		assert names == ["es-refused-beside-snp", "guest-termination", "guest-termination"], names
		first = report["findings"][0]
		assert sorted(first) == ["area", "cause", "codes", "evidence", "harmless", "last_line", "line",
		                         "name", "proof", "remedy", "text", "times"], sorted(first)
		assert first["codes"][1]["name"] == "UNSUPPORTED" and first["codes"][1]["value"] == "21"
		assert report["findings"][1]["times"] == 2 and report["findings"][1]["last_line"] == 6
	END
}

test_tells_when_nothing_is_known() {
	explain 'hello'
	expect 1 'snplaunch: nothing in this text is known'
	expect_equal "$(wc -c <"$work/out")" 0 'bytes'
	explain ''
	expect_status 1
	explain --json hello
	expect_status 1
	expect_no_out '"cause"'
}

test_escapes_what_it_quotes() {
	explain "$(printf '\033[31m\tfw_error=21\a')"
	expect_status 0
	expect_out 'line 1       \x1b[31m\tfw_error=21\x07'
}

test_keeps_little_of_a_text_without_end() {
	seq 1 400 | sed 's/.*/LAUNCH_UPDATE ret=-5 fw_error=1&/' >"$work/log"
	explain --file log
	expect_status 0
	expect_equal "$(grep -c '^cause ' "$work/out")" 256 'findings'
	expect_out '144 more lines are not shown'
}

test_reads_lines_of_any_length() {
	{
		head -c 3000000 /dev/zero | tr '\0' 'x'
		printf '\nfw_error=21\n'
	} >"$work/log"
	explain --file log
	expect_status 0
	expect_out 'firmware 21: UNSUPPORTED'
}

front_waits() {
	find_processes
	[ -n "$front" ] && grep -q '^State:.S' "/proc/$front/status" 2>/dev/null
}

test_a_signal_ends_the_wait_for_text() {
	local writer

	mkfifo "$work/pipe"
	sleep "$patience_s" >"$work/pipe" &
	writer=$!
	"$SNPLAUNCH" explain <"$work/pipe" >"$work/out" 2>"$work/err" &
	launcher=$!
	wait_until front_waits
	kill -TERM "$launcher"
	wait_end
	kill "$writer"
	expect 143 'snplaunch: ended by signal 15 (Terminated)'
}

test_refuses_wrong_use() {
	explain --file nosuch
	expect 66 "'nosuch'"
	explain --file log text
	expect 64 "snplaunch: text and option '--file' are both given"
	explain one two
	expect 64 "unexpected argument 'two'"
}

# --- In a run ------------------------------------------------------------------------------------

test_a_run_that_fails_explains_its_console() {
	fake running-blob-running-shutdown.guest_reset --console log --events-fd 3 3>"$work/events"
	expect 133 "the guest's console tells the cause: kernel, initrd or command line are not those that were hashed"
	expect_err 'remedy: set kernel_hashes to true'
	python3 - "$work/events" <<-'END' >"$work/told" || fail 'the last event has no cause'
		import json, sys
		last = [json.loads(line) for line in open(sys.argv[1])][-1]
		print(last["event"], *[cause["source"] + ":" + cause["name"] for cause in last["causes"]])
	END
	expect_equal "$(cat "$work/told")" 'exited console:blob-hash'
}

test_a_run_that_fails_without_a_known_reason_has_no_cause() {
	fake running-echo-running-shutdown.guest_reset --console log --events-fd 3 3>"$work/events"
	expect 133 'the guest asked for a reset'
	expect_equal "$(grep -c '"causes":\[\]' "$work/events")" 1
	! grep -q 'cause' "$work/err" || fail 'a cause is told'
}

test_a_run_that_ends_well_explains_nothing() {
	fake running-blob-running-shutdown.guest_shutdown --console log
	expect_status 0
	! grep -q 'cause' "$work/err" || fail 'a cause is told'
}

tests_run
