#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A QEMU that breaks its protocol: the launch ends, in bounded time, with bounded memory, saying
# what was wrong.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# breaks SCENARIO TEXT [STATUS]
breaks() {
	fake "$1"
	expect "${3:-76}" "$2"
	expect_clean
}

# --- Instead of the greeting ----------------------------------------------------------------------

test_garbage_instead_of_the_greeting() {
	breaks start-garbage "instead of QEMU's greeting: expected a value, found 't'"
	! grep -q $'\e' "$work/err" || fail 'an escape sequence reached the terminal'
}

test_reply_before_the_greeting() {
	breaks start-early "instead of QEMU's greeting: a reply that nobody asked for"
}

test_long_line_instead_of_the_greeting() {
	breaks start-long "instead of QEMU's greeting: QEMU sent a line of more than 262144 bytes"
}

test_deep_brackets_instead_of_the_greeting() {
	breaks start-brackets "instead of QEMU's greeting: QEMU sent a line of more than 262144 bytes"
}

test_events_instead_of_the_greeting() {
	breaks start-event "instead of QEMU's greeting: an event"
}

test_two_greetings() {
	breaks start-again 'a second greeting'
}

test_greetings_in_one_line() {
	breaks start-twins "instead of QEMU's greeting: expected the end of the text, found '{'"
}

test_greeting_with_duplicate_keys() {
	breaks start-duplicate "key 'id' appears twice"
}

test_greeting_that_ends_in_the_middle() {
	breaks start-cut 'QEMU closed its QMP socket in the middle of a line'
}

test_greeting_with_descriptors() {
	breaks start-descriptors 'QEMU sent descriptors over QMP'
}

# --- Instead of a reply ---------------------------------------------------------------------------

test_garbage_instead_of_a_reply() {
	breaks capabilities-garbage "QEMU's reply to 'qmp_capabilities': expected a value, found 't'"
}

test_long_line_instead_of_a_reply() {
	breaks status-long "QEMU's reply to 'query-status': QEMU sent a line of more than 262144 bytes"
}

test_reply_with_a_wrong_id() {
	breaks sev-wrong_id "QEMU's reply to 'query-sev': member 'id' must be 3, not 4711"
}

test_reply_without_an_id() {
	breaks cont-no_id "QEMU's reply to 'cont': member 'id' is missing"
}

test_reply_that_comes_twice() {
	breaks capabilities-again "QEMU's reply to 'query-status': member 'id' must be 2, not 1"
}

test_replies_in_one_line() {
	breaks status-twins "QEMU's reply to 'query-status': expected the end of the text, found '{'"
}

test_reply_with_duplicate_keys() {
	breaks sev-duplicate "key 'id' appears twice"
}

test_reply_that_ends_in_the_middle() {
	breaks sev-cut 'QEMU closed its QMP socket in the middle of a line'
}

test_reply_with_descriptors() {
	breaks capabilities-descriptors 'QEMU sent descriptors over QMP'
}

test_greeting_instead_of_a_reply_is_refused() {
	breaks sev-reply-sev-early "member 'id' must be 4, not 1"
}

# --- When the guest runs --------------------------------------------------------------------------

test_garbage_while_the_guest_runs() {
	breaks running-garbage "QMP: expected a value, found 't'"
}

test_reply_that_nobody_asked_for() {
	breaks running-early 'QMP: a reply that nobody asked for'
}

# --- Floods ---------------------------------------------------------------------------------------

# Of long lines: a reader that is slow, for its load or its sanitizers, takes them in fast enough to be
# flooded. The unit tests flood with short ones, while their clock stands still.
test_flood_of_events_during_the_launch() {
	breaks sev-flood_events 'QEMU floods its QMP socket with more than'
}

test_flood_of_events_while_the_guest_runs() {
	breaks running-flood_events 'QEMU floods its QMP socket with more than'
}

test_many_events_are_no_flood() {
	fake_start sev-events.1000-cont-events.1000
	wait_event running
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

# The kernel counts for all processes of the launch, the fake QEMU too.
test_memory_is_bounded() {
	local scenario peak_kib

	# Sanitizers have memory of their own.
	[ "$variant" != asan ] || skip 'a sanitizer measures itself'
	for scenario in sev-long sev-brackets sev-flood_events cont-long; do
		fake_command "$scenario"
		run "$bin/tests/e2e/peak_memory" "$work/peak" "${fake_run[@]}"
		expect_status 76
		peak_kib=$(cat "$work/peak")
		[ "$peak_kib" -lt 12288 ] || fail "$scenario: a process took $peak_kib KiB"
	done
}

# --- Ends of QMP ----------------------------------------------------------------------------------

# One that hangs up and lives on is told apart from one that ends: after ten seconds.
test_qmp_closed_while_qemu_lives() {
	fake start-close
	expect 76 'QEMU closed its QMP socket but did not end within 10000 ms'
	expect_clean
}

test_qmp_closed_while_the_guest_runs() {
	fake_start running-close
	wait_err 'fake: closed'
	# A signal hurries: there is no guest to ask without QMP.
	kill -TERM "$launcher"
	wait_end
	[ "$status" -ne 0 ] || fail 'all is well?'
	expect_no_err 'did not end within'
	expect_clean
}

test_connection_that_is_reset() {
	breaks start-reset 'QEMU ended with status 1 during the launch' 69
}

test_peer_of_a_user() {
	become_user
	breaks start-garbage "instead of QEMU's greeting: expected a value, found 't'"
	breaks sev-long 'QEMU sent a line of more than 262144 bytes'
	breaks capabilities-descriptors 'QEMU sent descriptors over QMP'
}

tests_run
