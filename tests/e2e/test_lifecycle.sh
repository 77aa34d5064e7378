#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Beginnings and ends of a launch: who may die when, what a signal does, and what is left. A fake
# QEMU takes the real one's place, so each end comes when the test wants it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# --- Phases of a launch that a test can stop in ---------------------------------------------------

reach_greeting() {
	fake_start start-ignore
	wait_event started
}

reach_prelaunch() {
	fake_start sev-ignore
	wait_event up
}

reach_cont() {
	fake_start cont-ignore
	wait_err 'fake: ignored'
}

reach_running() {
	fake_start ''
	wait_event running
}

reach_powerdown() {
	fake_start powerdown-ignore
	wait_event running
	kill -TERM "$launcher"
	wait_err 'fake: ignored'
}

# The event behind the reply says that the reply was heard.
reach_quit() {
	fake_start powerdown-reply-powerdown-event-quit-ignore
	wait_event running
	kill -TERM "$launcher"
	wait_event qemu
	kill -TERM "$launcher"
	wait_err 'fake: ignored'
}

phases=(greeting prelaunch cont running powerdown quit)

# --- A process is killed --------------------------------------------------------------------------

# qemu_dies_in PHASE TEXT
qemu_dies_in() {
	"reach_$1"
	find_processes
	kill -KILL "$qemu"
	wait_end
	expect 125 "$2"
	expect_gone
	expect_clean
}

test_qemu_killed_before_its_greeting() {
	qemu_dies_in greeting 'QEMU was killed by signal 9 (Killed) during the launch'
}

test_qemu_killed_in_prelaunch() {
	qemu_dies_in prelaunch 'QEMU was killed by signal 9 (Killed) during the launch'
}

test_qemu_killed_during_cont() {
	qemu_dies_in cont 'QEMU was killed by signal 9 (Killed) during the launch'
}

test_qemu_killed_while_the_guest_runs() {
	qemu_dies_in running 'QEMU was killed by signal 9 (Killed) while the guest ran'
}

test_qemu_killed_while_the_guest_powers_down() {
	qemu_dies_in powerdown 'QEMU was killed by signal 9 (Killed) while the guest ran'
}

test_qemu_killed_while_it_quits() {
	qemu_dies_in quit 'the guest was ended at once, as a second signal asked for'
}

launcher_dies_in() {
	"reach_$1"
	find_processes
	kill -KILL "$launcher"
	expect_gone
	wait "$launcher" 2>/dev/null
	launcher=
}

test_launcher_killed_in_any_phase_takes_all_with_it() {
	local phase

	for phase in "${phases[@]}"; do
		launcher_dies_in "$phase"
	done
}

test_launcher_killed_as_a_user_takes_all_with_it() {
	become_user
	launcher_dies_in running
}

# The launcher outlives its front and says so.
front_dies_in() {
	"reach_$1"
	find_processes
	kill -KILL "$front"
	wait_end
	expect 70 'the front was killed by signal 9 (Killed)'
	expect_gone
	expect_clean
}

test_front_killed_in_any_phase_ends_the_guest() {
	local phase

	for phase in "${phases[@]}"; do
		front_dies_in "$phase"
	done
}

test_front_killed_as_a_user_ends_the_guest() {
	become_user
	front_dies_in running
}

init_dies_in() {
	"reach_$1"
	find_processes
	kill -KILL "$init"
	wait_end
	expect_status 125
	expect_gone
	expect_clean
}

test_init_killed_in_any_phase_ends_the_guest() {
	local phase

	for phase in greeting running quit; do
		init_dies_in "$phase"
	done
}

test_init_killed_is_told() {
	init_dies_in running
	expect_err "QEMU's namespace was killed while the guest ran"
}

test_init_killed_as_a_user_ends_the_guest() {
	become_user
	init_dies_in running
}

test_qemu_does_not_outlive_launcher_and_front() {
	reach_running
	find_processes
	kill -KILL "$launcher" "$front"
	expect_gone
	wait "$launcher" 2>/dev/null
	launcher=
}

# --- Signals --------------------------------------------------------------------------------------

# signal_ends_launch SIGNAL STATUS TEXT
signal_ends_launch() {
	reach_greeting
	find_processes
	kill "-$1" "$launcher"
	wait_end
	expect "$2" "$3"
	expect_gone
	expect_clean
}

test_sigterm_before_the_greeting() {
	signal_ends_launch TERM 143 'ended by signal 15 (Terminated) before the guest ran'
}

test_sigint_before_the_greeting() {
	signal_ends_launch INT 130 'ended by signal 2 (Interrupt) before the guest ran'
}

test_sighup_before_the_greeting() {
	signal_ends_launch HUP 129 'ended by signal 1 (Hangup) before the guest ran'
}

test_sigquit_before_the_greeting() {
	signal_ends_launch QUIT 131 'ended by signal 3 (Quit) before the guest ran'
}

test_sigterm_during_cont() {
	reach_cont
	kill -TERM "$launcher"
	wait_end
	expect 143 'ended by signal 15 (Terminated) before the guest ran'
	expect_clean
}

powers_down_on() {
	reach_running
	kill "-$1" "$launcher"
	wait_end
	expect 0 'asking the guest to power down; a second signal ends it'
	grep -q '"event":"shutdown".*"reason":"guest-shutdown"' "$work/events" ||
		fail 'no shutdown event'
	expect_clean
}

test_sigterm_powers_the_guest_down() {
	powers_down_on TERM
}

test_sigint_powers_the_guest_down() {
	powers_down_on INT
}

test_sigterm_as_a_user_powers_the_guest_down() {
	become_user
	powers_down_on TERM
}

test_second_signal_ends_a_guest_that_does_not_power_down() {
	fake_start powerdown-reply
	wait_event running
	kill -TERM "$launcher"
	wait_err 'asking the guest to power down'
	kill -INT "$launcher"
	wait_end
	expect 125 'the guest was ended at once, as a second signal asked for'
	expect_clean
}

test_third_signal_kills() {
	reach_quit
	find_processes
	kill -TERM "$launcher"
	wait_end
	expect 125 'ended at once by the third signal'
	expect_gone
	expect_clean
}

test_two_hundred_signals_leave_nothing() {
	reach_running
	find_processes
	for _ in {1..200}; do
		kill -TERM "$launcher" 2>/dev/null || break
		kill -INT "$launcher" 2>/dev/null || break
		kill -HUP "$launcher" 2>/dev/null || break
	done
	wait_end
	case $status in
	0 | 125 | 129 | 130 | 143) ;;
	*) fail "exit status $status" ;;
	esac
	expect_gone
	expect_clean
}

# The launcher alone hears signals: what a terminal sends to the whole group ends nothing twice.
test_front_and_qemu_are_deaf_to_a_group_signal() {
	fake_start powerdown-reply
	wait_event running
	find_processes
	kill -INT "$front"
	kill -TERM "$front"
	kill -HUP "$front"
	kill -TERM "$launcher"
	wait_err 'asking the guest to power down'
	! is_gone "$front" || fail 'the front died of a signal'
	kill -TERM "$launcher"
	wait_end
	expect_status 125
}

# --- Deadlines ------------------------------------------------------------------------------------

# launch_is_late SCENARIO TEXT: the launch ends at its deadline, LIMIT in the text. Where that came
# before the fake QEMU held the launch up, which it says, there is twice the time.
launch_is_late() {
	local timeout_ms=300

	fake "$1" --launch-timeout-ms $timeout_ms
	until [ "$status" -ne 124 ] || grep -qF 'fake: ' "$work/err"; do
		timeout_ms=$((2 * timeout_ms))
		fake "$1" --launch-timeout-ms $timeout_ms
	done
	expect 124 "${2//LIMIT/$timeout_ms ms}"
	expect_clean
}

test_qemu_that_never_greets() {
	launch_is_late start-ignore \
		'QEMU did not greet over QMP within LIMIT: give it longer with --launch-timeout-ms'
}

test_qemu_that_never_replies() {
	launch_is_late capabilities-ignore "the launch did not finish within LIMIT (it was in 'capabilities')"
}

test_cont_that_never_ends() {
	launch_is_late cont-ignore 'within LIMIT'
}

test_qemu_stopped_during_the_launch() {
	launch_is_late status-stop "the launch did not finish within LIMIT (it was in 'status')"
}

# The deadline is of the whole launch: one that is slow but within it succeeds.
test_slow_launch_within_its_deadline() {
	fake_start start-slow.2-capabilities-slow.2-status-slow.2
	wait_event running
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_slow_launch_beyond_its_deadline() {
	launch_is_late start-slow.1000 'QEMU did not greet over QMP within LIMIT'
}

# stop_is_late SCENARIO: SIGTERM, and then the deadline.
stop_is_late() {
	fake_start "$1" --shutdown-timeout-ms 300
	wait_event running
	find_processes
	kill -TERM "$launcher"
	wait_end
	expect 124 'the guest did not power down within 300 ms and was ended'
	expect_gone
	expect_clean
}

test_guest_that_ignores_the_power_button() {
	stop_is_late powerdown-reply
	grep -q '"reason":"host-qmp-quit"' "$work/events" || fail 'QEMU was not asked to quit'
}

test_guest_and_qemu_that_ignore_everything() {
	stop_is_late powerdown-reply-quit-reply
}

test_qemu_that_does_not_reply_to_powerdown() {
	stop_is_late powerdown-ignore
}

test_qemu_stopped_while_the_guest_runs() {
	stop_is_late running-stop
}

# --- How QEMU ends --------------------------------------------------------------------------------

# ends SCENARIO STATUS TEXT
ends() {
	fake "$1"
	expect "$2" "$3"
	expect_clean
}

test_qemu_exits_before_the_guest_runs() {
	local code

	for code in 0 1 127; do
		ends "start-exit.$code" 69 "QEMU ended with status $code during the launch"
		ends "sev-exit.$code" 69 "QEMU ended with status $code during the launch"
	done
}

# SNP's LAUNCH_FINISH is in 'cont': an end in there is a launch that failed.
test_qemu_exits_during_cont() {
	ends cont-exit.1 69 'QEMU ended with status 1 during the launch'
	ends cont-exit.0 69 'QEMU ended with status 0 during the launch'
}

test_qemu_exits_while_the_guest_runs() {
	local code

	for code in 0 1 127; do
		ends "confirm-exit.$code" 125 "QEMU ended with status $code while the guest ran"
		ends "running-exit.$code" 125 "QEMU ended with status $code while the guest ran"
	done
}

test_qemu_crashes_before_the_guest_runs() {
	ends start-kill.11 125 'QEMU was killed by signal 11 (Segmentation fault) during the launch'
	ends cont-kill.6 125 'QEMU was killed by signal 6 (Aborted) during the launch'
}

test_qemu_crashes_while_the_guest_runs() {
	ends running-kill.11 125 'QEMU was killed by signal 11 (Segmentation fault) while the guest ran'
	ends confirm-kill.6 125 'QEMU was killed by signal 6 (Aborted) while the guest ran'
}

test_seccomp_violation_is_named() {
	ends start-kill.31 125 'during the launch: a seccomp violation'
	ends running-kill.31 125 'while the guest ran: a seccomp violation'
}

test_last_words_of_qemu_are_in_the_message() {
	ends start-words.3-capabilities-exit.1 69 \
		'during the launch; QEMU said: fake: \x1b[31mlast\x07 words'
}

test_why_qemu_failed_is_told_with_a_remedy() {
	ends start-refused.11 69 'during the launch; QEMU said: qemu: -accel kvm: failed to initialize kvm'
	expect_err 'snplaunch: cause: the launch digest is not the ID block'
	expect_err 'snplaunch: remedy: compute the digest for this guest'
	expect_equal "$(grep -c 'snplaunch: cause: ' "$work/err")" 1 'causes'
}

test_what_is_not_known_has_no_cause() {
	ends start-words.1-capabilities-exit.1 69 'QEMU said: fake: '
	expect_no_err 'cause: '
}

test_refused_cont() {
	ends cont-refuse 69 "QEMU refused 'cont': the fake\\x1b[31m refuses"
}

test_wrong_run_state() {
	ends status-state.running 76 "QEMU's run state is 'running', must be 'prelaunch'"
	ends status-state.strange 76 "QEMU's run state is 'unknown', must be 'prelaunch'"
}

test_encryption_that_nobody_asked_for() {
	ends sev-enabled 76 "query-sev's 'enabled' is 'true', must be 'false'"
}

test_guest_powers_off() {
	fake running-shutdown.guest_shutdown
	expect_status 0
	[ ! -s "$work/err" ] || fail 'a guest that powered off is no reason for a message'
	expect_clean
}

test_guest_resets() {
	ends running-shutdown.guest_reset 133 'the guest asked for a reset'
	ends running-shutdown.subsystem_reset 133 'the guest asked for a reset'
}

test_guest_panics() {
	ends running-panic 125 'the guest panicked'
}

test_qemu_ends_for_the_hosts_reasons() {
	ends running-shutdown.host_signal 125 'QEMU was ended by a signal from outside'
	ends running-shutdown.host_error 125 'QEMU ended after an error of the host'
	ends running-shutdown.host_qmp_quit 125 'the guest was ended'
	ends running-shutdown.novelty 125 "QEMU ended for the reason 'unknown'"
}

test_ends_as_a_user() {
	become_user
	ends start-exit.1 69 'QEMU ended with status 1 during the launch'
	ends running-kill.11 125 'QEMU was killed by signal 11 (Segmentation fault) while the guest ran'
	ends running-shutdown.guest_reset 133 'the guest asked for a reset'
	fake running-shutdown.guest_shutdown
	expect_status 0
}

# --- Starting again -------------------------------------------------------------------------------

test_reset_starts_the_guest_again_until_a_signal() {
	fake_start running-shutdown.guest_reset --on-reset relaunch
	wait_sign has_events started 2
	kill -TERM "$launcher"
	wait_end
	# Between two starts, or while the second guest resets.
	[[ $status =~ ^(143|133)$ ]] || fail "exit status $status"
	expect_err 'the guest asked for a reset: starting it again'
	expect_clean
}

# No clock that somebody may set.
uptime_ms() {
	local up

	read -r up _ </proc/uptime
	echo "${up/./}0"
}

# A machine under load is slower still, which is no failure.
test_reset_does_not_start_again_faster_than_each_second() {
	local begin

	begin=$(uptime_ms)
	fake_start running-shutdown.guest_reset --on-reset relaunch
	wait_sign has_events started 2
	[ $(($(uptime_ms) - begin)) -ge 1000 ] || fail 'started twice in less than a second'
	find_processes
	expect_equal "$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' "/proc/$front/status")" 2 'filters'
}

# Somebody who wants it down does not want it up again.
test_reset_after_a_signal_does_not_start_again() {
	fake_start powerdown-shutdown.guest_reset --on-reset relaunch
	wait_event running
	kill -TERM "$launcher"
	wait_end
	expect_status 133
	! has_events started 2 || fail 'the guest was started again after a signal to stop'
}

tests_run
