#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each system call of a launch fails once, in the launcher and in its children until they have
# executed their programs and all that QEMU's jail is made of is on. Then either the launch fails
# and nothing is left, and QEMU was not executed if the call was for it; or QEMU runs as confined as
# if no call had failed.
#
# usage: tests/e2e/test_faults.sh         some of the calls
#        tests/e2e/test_faults.sh --all   each, which takes minutes
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/processes.sh
. "$(dirname "$0")/processes.sh"

all=${1-}
samples=6 # of the calls of each process, evenly
fail_call=$bin/tests/faults/fail_call
user=root

# What nobody can see in a process from outside, by number: seccomp and Landlock's three. Where one of
# these fails in QEMU's process, the launch has to fail. (A keyring that cannot be read is replaced.)
unseen=' 317 444 445 446 '

# What asks for nothing that could be refused, so that no program looks: getpid, getuid, getgid,
# geteuid, getegid, getppid, gettid.
never_fail=' 39 102 104 107 108 110 186 '

processes=(launcher front jail qemu)

# start_failing PROCESS INDEX
start_failing() {
	fake_command '' --name "fake.$BASHPID"
	rm -f "$work/report"
	start "$fail_call" "$work/report" "$1" "$2" "${fake_run[@]}"
	tracer=$launcher
}

# Sets $front, $init and $qemu; the launcher is a child of what traces it.
find_traced_processes() {
	launcher=$(children_of "$tracer")
	find_processes
}

# How each process that is left of a launch waits, for whoever reads that it did not end.
show_waiting() {
	local pid

	for pid in $(pgrep -f "fake\\.$BASHPID") $(children_of "$tracer"); do
		echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline" | cut -c 1-60):" \
			"$(grep -E '^(State|PPid|TracerPid|SigPnd|ShdPnd|SigBlk)' "/proc/$pid/status" | tr -s '\n\t' ' ')" \
			"in $(cat "/proc/$pid/wchan"), call $(cat "/proc/$pid/syscall")"
	done | sort -u
}

# traced_runs WHAT: like runs, but says of a launch that stands still what failed in it and where
# its processes wait.
traced_runs() {
	local end=$((SECONDS + patience_s))

	until has_or_ended has_event running; do
		if [ "$SECONDS" -ge "$end" ]; then
			show_waiting | sed 's/^/# /' >&2
			fail "neither running nor ended after $1 failed (number $(failed_call))"
		fi
		sleep 0.02
	done
	! is_gone "$tracer"
}

# What QEMU and its init are, but for signals that stay ignored, which confine nobody.
show_jail() {
	find_traced_processes
	{
		show_process init "$init"
		show_process QEMU "$qemu"
	} | grep -v '^SigIgn:'
	launcher=$tracer
}

end_traced() {
	launcher=$tracer
	kill -TERM "$tracer"
	wait_end
}

failed_call() {
	sed -n 's/^failed //p' "$work/report"
}

# try_failing PROCESS INDEX: returns 1 when the process made fewer calls.
try_failing() {
	local what="call $2 of the ${processes[$1 - 1]}"

	start_failing "$1" "$2"
	# An init that cannot wait for QEMU (waitid is 247) ends, and takes along one that runs already.
	if traced_runs "$what" && [ "$1 $(failed_call)" != '3 247' ]; then
		[ -n "$(failed_call)" ] || { end_traced && return 1; }
		if [[ $never_fail == *" $(failed_call) "* ]]; then
			end_traced
			return
		fi
		what+=" (number $(failed_call))"
		show_jail >"$work/jail"
		diff "$work/right_jail" "$work/jail" >"$work/err" ||
			fail "QEMU runs in another jail after $what failed"
		[ "$1" -ne 4 ] || [[ $unseen != *" $(failed_call) "* ]] ||
			fail "QEMU runs although $what failed"
		end_traced
	else
		wait_end
		what+=" (number $(failed_call))"
		[ "$status" -ne 0 ] || fail "exit status 0 after $what failed"
		# What the launcher and QEMU's init do for themselves, they do beside QEMU.
		[ "$1" -eq 1 ] || [ "$1" -eq 3 ] || ! grep -q '^executed' "$work/report" ||
			fail "QEMU was executed although $what failed"
	fi
	expect_gone
	! pgrep -f "fake\\.$BASHPID" >/dev/null || fail "a process is left after $what failed"
	expect_clean
}

# fail_each_call_of PROCESS
fail_each_call_of() {
	local calls i step=1

	needs_root
	[ "$variant" != asan ] || skip 'sanitizers make system calls of their own'
	start_failing "$1" 0
	traced_runs 'no call' || skip "nothing can be traced here: $(head -n 1 "$work/err")"
	show_jail >"$work/right_jail"
	end_traced
	expect_status 0
	calls=$(sed -n 's/^calls //p' "$work/report")
	[ "$all" = --all ] || step=$((calls / samples))
	for ((i = step; i <= calls; i += step)); do
		try_failing "$1" "$i" || break
	done
}

test_failing_calls_of_the_launcher() {
	fail_each_call_of 1
}

test_failing_calls_of_the_front_until_it_is_executed() {
	fail_each_call_of 2
}

test_failing_calls_of_the_jail() {
	fail_each_call_of 3
}

test_failing_calls_of_qemu_until_it_is_executed() {
	fail_each_call_of 4
}

tests_run
