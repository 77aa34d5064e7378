#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Asking a guest that runs, from another snplaunch.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

status_of() {
	run "$SNPLAUNCH" status "$@"
}

# The state of a layer of a process, as the report shows it.
state_of() {
	awk -v process="$1," -v layer="$2" '
		/^[a-zA-Z]/ { inside = $1 == process }
		inside && /^  [a-z]/ && $1 == layer { print $2; exit }' "$work/out"
}

end_guest() {
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	expect_clean
}

# Sends a line as it is, and shows what comes back.
talk() {
	"${prefix[@]}" python3 -c '
import socket, sys
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(10)
peer.connect(sys.argv[1])
peer.sendall(sys.stdin.buffer.read())
while True:
    got = peer.recv(65536)
    if not got:
        break
    sys.stdout.buffer.write(got)
' "$runtime/fake/control"
}

# --- A guest that runs ---------------------------------------------------------------------------

tells_the_status() {
	fake_start ''
	wait_event running
	status_of fake
	expect_status 0
	expect_out 'name         fake'
	expect_out 'level        off'
	expect_out 'accel        tcg'
	expect_out 'state        running'
	expect_out 'vcpus        1'
	expect_out "since        $(date -u +%Y-%m-)"
	find_processes
	expect_out ", pid $launcher"
	expect_out ", pid $front"
	expect_out ", pid $init"
	expect_equal "$(state_of QEMU namespaces)" on
	expect_equal "$(state_of QEMU no-exec-gain)" off
	expect_equal "$(state_of QEMU seccomp)" on
	expect_equal "$(state_of front landlock)" on
	expect_no_out 'io_uring_setup'
	status_of fake --all-calls
	expect_out 'io_uring_setup'
	status_of fake --json
	expect_status 0
	expect_out '"state":"running"'
	expect_out '"name":"io_uring_setup"'
	! is_gone "$launcher" || fail 'the guest ended'
	end_guest
}

test_status_for_root() {
	needs_root
	tells_the_status
}

test_status_for_a_user() {
	become_user
	tells_the_status
}

# Only "auto" differs: what may be missing is known once it was put on.
test_status_says_what_plan_says() {
	local one other

	fake_start ''
	wait_event running
	status_of fake --json
	one=$(sed -n 's/^ *"\(layer\|filter\|name\|limit\|reason\)":/\1 /p' "$work/out" | tail -n +2)
	plan --confinement --json --level off --accel tcg --qemu "$fake" --firmware "$work/firmware"
	other=$(sed -n 's/^ *"\(layer\|filter\|name\|limit\|reason\)":/\1 /p' "$work/out")
	[ -n "$one" ] || fail 'status says nothing'
	expect_equal "$one" "$other" 'status and plan'
	end_guest
}

# As in test_host_policy.sh: somebody whose user namespaces are used up.
test_status_names_a_layer_that_is_missing() {
	become_user
	# shellcheck disable=SC2016 # for the shell that is started
	prefix+=(unshare --user --map-current-user --keep-caps sh -c
		'echo 0 >/proc/sys/user/max_user_namespaces &&
			exec setpriv --ambient-caps -all --inh-caps -all "$@"' sh)
	"${prefix[@]}" true 2>/dev/null || skip 'namespaces cannot be made scarce here'
	mkdir -p "$work/etc"
	echo '{"confinement":"auto"}' >"$work/etc/policy.json"
	[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$work/etc"
	fake_start ''
	wait_event running
	status_of fake
	expect_status 0
	expect_equal "$(state_of QEMU namespaces)" missing
	expect_equal "$(state_of QEMU root)" missing
	expect_equal "$(state_of QEMU landlock)" on
	expect_equal "$(state_of jail namespaces)" missing
	expect_out 'the kernel refused it when QEMU was started'
	end_guest
}

test_status_while_the_guest_is_launched() {
	fake_start start-ignore
	wait_event started
	status_of fake-start-ignore
	expect_status 0
	expect_out 'state        greeting'
	kill -TERM "$launcher"
	wait_end
}

# --- No guest ------------------------------------------------------------------------------------

test_no_such_guest() {
	status_of nosuch
	expect 66 "no guest named 'nosuch' is running"
	status_of ../etc
	expect 64 "the name of a guest: must be a letter or digit and then letters"
	status_of
	expect 64 'the name of a guest is missing'
	status_of one two
	expect 64 "unexpected argument 'two'"
}

test_guest_that_ended() {
	fake running-shutdown.guest_shutdown --console log
	expect_status 0
	[ -d "$runtime/fake-running-shutdown.guest_shutdown" ] || fail 'the log is gone'
	status_of fake-running-shutdown.guest_shutdown
	expect 66 'is running'
}

# What a launcher leaves that was killed is no guest, and is replaced.
test_guest_whose_launcher_was_killed() {
	fake_start ''
	wait_event running
	find_processes
	kill -KILL "$launcher"
	expect_gone
	wait "$launcher" 2>/dev/null
	launcher=
	[ -S "$runtime/fake/control" ] || fail 'nothing stale to find'
	rm "$work/events" # so that the next guest's are waited for
	status_of fake
	expect 66 "no guest named 'fake' is running"
	tells_the_status
}

test_guest_that_does_not_answer() {
	fake_start ''
	wait_event running
	find_processes
	kill -STOP "$front"
	status_of fake
	expect 75 'the guest does not answer within 5000 ms'
	kill -CONT "$front"
	status_of fake
	expect_status 0
	end_guest
}

test_socket_is_the_owner_s_alone() {
	fake_start ''
	wait_event running
	expect_equal "$(stat -c '%a %u' "$runtime/fake/control")" "600 $(id -u)"
	end_guest
}

# --- Hostile peers -------------------------------------------------------------------------------

test_requests_that_are_none() {
	needs_program python3
	fake_start ''
	wait_event running
	talk <<<'{"command":"dance"}' >"$work/out"
	expect_out '{"error":{"kind":"usage","text":"unknown command '"'dance'"'"}}'
	head -c 100000 /dev/zero | talk >"$work/out" 2>&1
	talk <<<'status' >"$work/out"
	expect_out '"error"'
	printf '{"command"' | talk >"$work/out"
	expect_equal "$(cat "$work/out")" ''
	status_of fake
	expect_status 0
	end_guest
}

tests_run
