#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The name of a guest, which one launch at a time has, and the directory that goes with it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# The second launch of a name is refused and the first goes on.
second_is_refused() {
	local first

	fake_start ''
	wait_event running
	fake_command ''
	first=$launcher
	timeout "$patience_s" "${prefix[@]}" "${fake_run[@]}" >"$work/out2" 2>"$work/err2" </dev/null
	expect_equal $? 75
	grep -qF "a guest named 'fake' is running: choose another name with --name" "$work/err2" ||
		fail "the second said: $(cat "$work/err2")"
	! is_gone "$first" || fail 'the first one ended'
	[ -d "$runtime/fake" ] || fail 'the directory of the first is gone'
	power_down
}

test_two_guests_of_one_name() {
	second_is_refused
}

test_two_guests_of_one_name_of_a_user() {
	become_user
	second_is_refused
}

test_two_guests_of_different_names() {
	local first

	fake_start ''
	wait_event running
	first=$launcher
	fake running-shutdown.guest_shutdown
	expect_status 0
	! is_gone "$first" || fail 'the first one ended'
	power_down
}

# Many launches of one name at once: one runs at a time, whoever it is, and nothing is left.
test_a_race_for_one_name() {
	local i pids=() codes=

	fake_command running-shutdown.guest_shutdown
	for i in {1..8}; do
		"${fake_run[@]}" >"$work/out$i" 2>&1 </dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
		codes+=" $?"
	done
	[[ $codes =~ ^(\ (0|75))+$ && $codes == *' 0'* ]] || fail "exit statuses$codes"
	expect_clean
}

test_name_is_free_again_after_any_end() {
	fake start-exit.1
	expect_status 69
	fake running-kill.9
	expect_status 125
	fake_start start-ignore
	wait_event started
	find_processes
	kill -KILL "$launcher"
	expect_gone
	wait "$launcher" 2>/dev/null
	launcher=
	[ -d "$runtime/fake-start-ignore" ] || fail 'nothing stale to find'
	fake start-ignore --launch-timeout-ms 100
	expect_status 124
	expect_clean
}

test_directory_that_somebody_left_is_used() {
	mkdir -p "$runtime/fake-running-shutdown.guest_shutdown"
	chmod 700 "$runtime" "$runtime"/*
	echo old >"$runtime/fake-running-shutdown.guest_shutdown/console.log"
	fake running-shutdown.guest_shutdown --console log
	expect_status 0
	! grep -q old "$runtime/fake-running-shutdown.guest_shutdown/console.log" ||
		fail 'the old log is still there'
}

test_directory_and_logs_are_private() {
	umask 0
	fake_start '' --console log
	wait_event running
	expect_equal "$(stat -c %a "$runtime" "$runtime/fake" "$runtime/fake/console.log" | tr '\n' ' ')" \
		'700 700 600 '
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

# --- Directories that are not ours ----------------------------------------------------------------

# refuses STATUS TEXT
refuses() {
	fake running-shutdown.guest_shutdown
	expect "$1" "$2"
	expect_no_err 'QEMU ended'
}

test_runtime_directory_that_is_a_file() {
	echo file >"$runtime"
	refuses 69 "runtime directory: cannot open directory '$runtime': Not a directory"
	expect_equal "$(cat "$runtime")" file
}

# The operator's own path may be a link, as systemd makes for DynamicUser.
test_runtime_directory_that_is_a_symlink() {
	mkdir -m 700 "$work/elsewhere"
	ln -s elsewhere "$runtime"
	fake running-shutdown.guest_shutdown
	expect_status 0
	expect_clean
	chmod 777 "$work/elsewhere"
	refuses 77 "directory '$runtime' belongs to somebody else or is writable by others"
}

test_runtime_directory_that_is_a_dangling_symlink() {
	ln -s elsewhere "$runtime"
	refuses 69 "runtime directory: cannot open directory '$runtime'"
	[ ! -e "$work/elsewhere" ] || fail 'something was made behind the link'
}

test_guest_directory_that_is_a_symlink() {
	mkdir "$work/elsewhere"
	mkdir -m 700 "$runtime"
	ln -s "$work/elsewhere" "$runtime/fake-running-shutdown.guest_shutdown"
	refuses 69 "cannot open directory 'fake-running-shutdown.guest_shutdown'"
	[ -z "$(ls -A "$work/elsewhere")" ] || fail 'something was made behind the link'
}

test_runtime_directory_that_others_may_write() {
	mkdir -m 777 "$runtime"
	refuses 77 "directory '$runtime' belongs to somebody else or is writable by others"
}

test_runtime_directory_of_somebody_else() {
	needs_root
	mkdir -m 755 "$runtime"
	chown 65534 "$runtime"
	refuses 77 "directory '$runtime' belongs to somebody else or is writable by others"
}

test_user_who_may_not_make_the_directory() {
	needs_root
	become_user
	chown root "$work/user"
	refuses 77 "runtime directory: cannot make directory '$runtime': Permission denied"
}

test_user_without_a_runtime_directory() {
	become_user
	prefix+=(env -u XDG_RUNTIME_DIR -u RUNTIME_DIRECTORY)
	[ "$(id -u)" -eq 0 ] || prefix=(env -u XDG_RUNTIME_DIR -u RUNTIME_DIRECTORY)
	refuses 69 'XDG_RUNTIME_DIR names no directory: set it to one of your own'
}

test_user_whose_runtime_directory_is_no_absolute_path() {
	become_user
	prefix+=(env XDG_RUNTIME_DIR=user)
	[ "$(id -u)" -eq 0 ] || prefix=(env -u RUNTIME_DIRECTORY XDG_RUNTIME_DIR=user)
	refuses 69 'XDG_RUNTIME_DIR names no directory'
}

test_user_whose_runtime_directory_is_not_there() {
	become_user
	rm -rf "$work/user"
	[ "$(id -u)" -eq 0 ] || RUNTIME_DIRECTORY=$work/nosuch/snplaunch
	refuses 69 "runtime directory: cannot make directory"
}

# plan touches nothing of that.
test_plan_needs_no_runtime_directory() {
	echo file >"$runtime"
	make_firmware
	plan --level off --firmware firmware
	expect_status 0
}

tests_run
