#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What plan --confinement says, and whether the kernel says the same of a guest that runs.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# report [OPTION...]: the confinement of the guest that fake_start launches
report() {
	make_firmware
	plan --confinement --level off --accel tcg --qemu "$fake" --firmware "$work/firmware" "$@"
	expect_status 0
}

# layer PROCESS LAYER: its lines, but for those of filters
layer() {
	awk -v process="$1," -v layer="$2" '
		/^[a-zA-Z]/ { inside = $1 == process }
		/^  [a-z]/ { of_layer = inside && $1 == layer }
		of_layer' "$work/report"
}

# The names of its rows.
rows() {
	layer "$1" "$2" | sed -n 's/^ \{24\}\([^ ]*\)  .*/\1/p'
}

promised_uid() {
	sed -n "s/^$1, uid //p" "$work/report"
}

# status PID NAME: the first value
status() {
	sed -n "s/^$2:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$1/status"
}

write_policy() {
	mkdir -p "$work/etc"
	echo "$1" >"$work/etc/policy.json"
	export CONFIGURATION_DIRECTORY=$work/etc
}

# --- What it says --------------------------------------------------------------------------------

test_names_every_layer() {
	local word

	report
	while read -r word; do
		expect_out "  $word"
	done < <(sed -n 's/.*\[LAYER_[A-Z_]*\] = { "\([a-z-]*\)".*/\1/p' "$top/confine/layers.c")
}

test_lists_calls_when_asked() {
	report
	expect_no_out 'io_uring_setup'
	report --all-calls
	expect_out 'io_uring_setup'
	report --json
	expect_out '"name":"io_uring_setup"'
	run "$SNPLAUNCH" plan --level off --all-calls
	expect 64 "option '--all-calls' needs '--confinement'"
}

test_shows_the_host_policy_that_is_obeyed() {
	write_policy '{"seccomp":"log","confinement":"auto"}'
	report
	expect_out 'host policy: confinement auto, seccomp log, sev_issue_cmd allow'
	expect_no_out 'there is no policy file'
	expect_out 'qemu-log, calls: '
	run "$SNPLAUNCH" policy show
	expect_status 0
	expect_out 'seccomp                file    log'
}

test_says_that_there_is_no_policy_file() {
	export CONFIGURATION_DIRECTORY=$work/none
	run "$SNPLAUNCH" policy show
	expect 0 'there is no policy file: these are the defaults'
	expect_out 'seccomp                default kill'
	report
	expect_out 'there is no policy file'
}

test_says_that_a_user_s_policy_is_advisory() {
	become_user
	report
	expect_out 'It is advisory: a user has started snplaunch'
	expect_equal "$(grep -c ', uid 65534$' "$work/out")" 4 'processes'
}

# --- Whether it is so ----------------------------------------------------------------------------

expect_kernel_agrees() {
	local pid name promised word limit

	report
	cp "$work/out" "$work/report"
	fake_start ''
	wait_event running
	find_processes
	for name in launcher front jail QEMU; do
		case $name in
		launcher) pid=$launcher ;;
		front) pid=$front ;;
		jail) pid=$init ;;
		QEMU) pid=$qemu ;;
		esac
		expect_equal "$(status "$pid" Uid)" "$(promised_uid "$name")" "uid of $name"
		expect_equal "$(status "$pid" NoNewPrivs)" 1 "no_new_privs of $name"
		expect_equal "$(status "$pid" Seccomp)" 2 "seccomp of $name"
		promised=$(layer "$name" identity | grep -c '  to the end ')
		[ "$promised" -ne 0 ] || promised=0
		expect_equal "$(capabilities "$pid")" "$promised" "capabilities of $name"
	done
	for word in $(rows QEMU namespaces); do
		[ "$(readlink "/proc/$qemu/ns/$word")" != "$(readlink "/proc/$launcher/ns/$word")" ] ||
			fail "QEMU has the launcher's namespace: $word"
	done
	expect_equal "$(layer QEMU namespaces | wc -l)" 8 'lines of namespaces'
	expect_equal "$(stat -c %d:%i "/proc/$qemu/root/usr")" "$(stat -c %d:%i /usr)"
	limit=$(layer QEMU limits | sed -n 's/.*RLIMIT_NOFILE *\([0-9]*\).*/\1/p')
	expect_equal "$(sed -n 's/^Max open files *[0-9]* *\([0-9]*\).*/\1/p' "/proc/$qemu/limits")" \
		"$limit"
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

# How many the process has in effect.
capabilities() {
	local n=0 set=$((16#$(status "$1" CapEff)))

	while [ "$set" -ne 0 ]; do
		n=$((n + (set & 1)))
		set=$((set >> 1))
	done
	echo "$n"
}

test_the_kernel_agrees_for_root() {
	needs_root
	expect_kernel_agrees
}

test_the_kernel_agrees_for_a_user() {
	become_user
	expect_kernel_agrees
}

tests_run
