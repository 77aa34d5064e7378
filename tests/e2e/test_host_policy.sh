#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The host policy end to end: which file is taken for it, and that what it says holds for a launch.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

must='host policy (must be a regular file, it and its directory writable by'

# The fake's guest runs until it powers down.
runs() {
	fake running-shutdown.guest_shutdown
	expect_status 0
	expect_clean
}

# Nothing is started, with this status and text.
starts_nothing() {
	fake start-exit.9
	expect "$1" "$2"
	expect_clean
}

# ids_of PID: its real uid and gid
ids_of() {
	awk '/^[UG]id:/ { printf "%s ", $2 }' "/proc/$1/status"
}

start_running() {
	fake_start ''
	wait_event running
	find_processes
}

# --- Which file -----------------------------------------------------------------------------------

test_no_file_has_safe_defaults() {
	[ ! -e "$CONFIGURATION_DIRECTORY" ] || fail 'there is a folder'
	runs
	mkdir "$CONFIGURATION_DIRECTORY"
	runs
	write_policy '{}'
	runs
	expect_no_err warning
}

test_file_that_others_may_write() {
	write_policy '{}'
	chmod 666 "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
	chmod 664 "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
}

test_file_of_somebody_else() {
	needs_root
	write_policy '{}'
	chown 65534 "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
}

test_directory_that_others_may_write() {
	write_policy '{}'
	chmod 777 "$CONFIGURATION_DIRECTORY"
	starts_nothing 77 "$must"
}

test_symbolic_link() {
	write_policy '{}'
	mv "$CONFIGURATION_DIRECTORY/policy.json" "$CONFIGURATION_DIRECTORY/real.json"
	ln -s real.json "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
}

test_what_is_no_file() {
	mkdir -p "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
	rmdir "$CONFIGURATION_DIRECTORY/policy.json"
	mkfifo "$CONFIGURATION_DIRECTORY/policy.json"
	chmod 644 "$CONFIGURATION_DIRECTORY/policy.json"
	starts_nothing 77 "$must"
}

test_mistakes_in_it() {
	write_policy '{"seccomp":"no","colour":1}'
	starts_nothing 78 'the host policy is not obeyed, so nothing is started'
	expect_err "key 'seccomp': must be kill or log, not 'no'"
	expect_err "key 'colour': unknown key"
	write_policy '{'
	starts_nothing 78 'the host policy is not obeyed, so nothing is started'
	write_policy ''
	starts_nothing 78 'the host policy is not obeyed, so nothing is started'
}

# A user's launch obeys root's file as well.
test_mistakes_in_it_of_a_user() {
	become_user
	write_policy '{"seccomp":"no"}'
	starts_nothing 78 'the host policy is not obeyed, so nothing is started'
	write_policy '{}'
	runs
}

# --- What it says ---------------------------------------------------------------------------------

test_users_that_processes_run_as() {
	needs_root
	write_policy '{"front_uid":4711,"qemu_uid":4712}'
	start_running
	expect_equal "$(ids_of "$front")" '4711 4711 '
	expect_equal "$(ids_of "$init")" '4711 4711 '
	expect_equal "$(ids_of "$qemu")" '4712 4712 '
	kill -TERM "$launcher"
	wait_end
	expect_clean
}

test_users_must_differ() {
	needs_root
	write_policy '{"front_uid":4711,"qemu_uid":4711}'
	fake start-exit.9
	[ "$status" -ne 0 ] || fail 'started'
	expect_err 'uid'
	expect_clean
}

test_qemu_that_is_not_listed() {
	needs_root
	write_policy '{"qemu":["/usr/bin/qemu-system-x86_64"]}'
	starts_nothing 77 "host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'qemu': '$fake' is not listed: take what is"
}

test_qemu_that_is_listed_and_the_folder_above_it() {
	needs_root
	mkdir -p "$work/opt/bin" "$work/opt/share" "$work/other"
	chmod -R 755 "$work/opt"
	cp "$fake" "$work/opt/bin/qemu"
	fake=$work/opt/bin/qemu
	write_policy "{\"qemu\":[\"$fake\"]}"
	start_running
	[ -d "/proc/$qemu/root$work/opt/share" ] || fail 'QEMU lacks its own files'
	[ ! -e "/proc/$qemu/root$work/other" ] || fail 'QEMU sees more than its own files'
	! touch "/proc/$qemu/root$work/opt/new" 2>/dev/null || fail 'it may be written'
	kill -TERM "$launcher"
	wait_end
	expect_clean
}

# Who could start any QEMU without snplaunch is only told.
test_qemu_that_is_not_listed_of_a_user() {
	become_user
	write_policy '{"qemu":["/usr/bin/qemu-system-x86_64"]}'
	runs
	expect_err "host policy '$CONFIGURATION_DIRECTORY/policy.json', key 'qemu': '$fake' is not listed"
}

test_artifacts_elsewhere() {
	needs_root
	write_policy "{\"artifact_directories\":[\"$work/images\"]}"
	starts_nothing 77 "key 'artifact_directories': '$work/firmware' is not listed: take what is"
}

# What root says by its policy need not be said by the command line too.
test_artifacts_where_the_policy_says() {
	needs_root
	make_firmware
	mkdir -m 700 "$work/images"
	mv "$work/firmware" "$work/images"
	ln -s images/firmware "$work/firmware"
	write_policy "{\"artifact_directories\":[\"$work/images\"]}"
	runs
}

# --- How QEMU is confined -------------------------------------------------------------------------

test_call_outside_the_list_ends_qemu() {
	fake running-forbidden
	expect 125 'QEMU was killed by signal 31 (Bad system call)'
	expect_clean
}

test_call_outside_the_list_is_only_logged() {
	write_policy '{"seccomp":"log"}'
	fake running-forbidden-running-shutdown.guest_shutdown
	expect_status 0
}

# Starts as somebody whose user namespaces are used up.
without_namespaces() {
	become_user
	# shellcheck disable=SC2016 # for the shell that is started
	prefix+=(unshare --user --map-current-user --keep-caps sh -c
		'echo 0 >/proc/sys/user/max_user_namespaces &&
			exec setpriv --ambient-caps -all --inh-caps -all "$@"' sh)
	"${prefix[@]}" true 2>/dev/null || skip 'namespaces cannot be made scarce here'
}

test_layer_that_is_missing() {
	without_namespaces
	starts_nothing 69 "confinement layer 'namespaces': cannot make a process: No space left on device"
	expect_err 'allow user namespaces (sysctl '
	expect_err 'or set "confinement" to "auto" in the host policy'
}

test_layer_that_is_missing_and_may_be() {
	without_namespaces
	write_policy '{"confinement":"auto"}'
	runs
	expect_err "warning: confinement layer 'namespaces' is missing: cannot make a process"
}

tests_run
