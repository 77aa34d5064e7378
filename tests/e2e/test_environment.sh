#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What snplaunch inherits and what it hands on: nothing of the first reaches QEMU but what is meant.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# status_of PID FIELD: a line of /proc/PID/status, its numbers with one space between.
status_of() {
	sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr -s '\t ' ' ' | sed 's/ $//'
}

# Only root may look into the front, whoever that runs as.
environment_of() {
	tr '\0' '\n' <"/proc/$1/environ"
}

# The descriptors of a process, one in a line, without what differs each time.
descriptors_of() {
	local fd

	for fd in /proc/"$1"/fd/*; do
		[ -L "$fd" ] && echo "${fd##*/} $(readlink "$fd" | sed 's/:\[[0-9]*\]$//; s/ (deleted)$//')"
	done | sort -n
}

# --- The environment ------------------------------------------------------------------------------

environment_is_fixed() {
	fake_command ''
	prefix+=(env LD_LIBRARY_PATH=/nonexistent GCONV_PATH=/nonexistent MALLOC_PERTURB_=1
		QEMU_MODULE_DIR=/nonexistent TMPDIR=/nonexistent LOCPATH=/nonexistent PATH=.
		OPENSSL_CONF=/nonexistent LC_ALL=de_DE.UTF-8 HOME=/nonexistent)
	start "${fake_run[@]}"
	wait_event running
	find_processes
	expect_equal "$(environment_of "$qemu")" $'PATH=/usr/bin\nLC_ALL=C'
	expect_equal "$(environment_of "$front")" $'PATH=/usr/bin\nLC_ALL=C'
	power_down
}

test_environment_is_fixed() {
	needs_root
	environment_is_fixed
}

test_environment_is_fixed_as_a_user() {
	needs_root
	become_user
	environment_is_fixed
}

# The loader obeys these in the launcher, as in any program, and nowhere below it.
test_preloaded_library_goes_no_further() {
	needs_root
	fake_command ''
	LD_PRELOAD=/nonexistent/library.so start "${fake_run[@]}"
	wait_event running
	find_processes
	[[ $(environment_of "$front") != *LD_PRELOAD* ]] || fail 'the front got it'
	[[ $(environment_of "$qemu") != *LD_PRELOAD* ]] || fail 'QEMU got it'
	power_down
}

test_large_environment() {
	local big

	big=$(printf '%100000s' '' | tr ' ' x)
	BIG1=$big BIG2=$big BIG3=$big BIG4=$big BIG5=$big BIG6=$big BIG7=$big BIG8=$big \
		fake running-shutdown.guest_shutdown
	expect_status 0
}

test_debug_goes_to_the_front_alone() {
	needs_root
	fake_command ''
	SNPLAUNCH_DEBUG=1 start "${fake_run[@]}"
	wait_event running
	find_processes
	[[ $(environment_of "$front") == *SNPLAUNCH_DEBUG=1* ]] || fail 'the front did not get it'
	expect_equal "$(environment_of "$qemu")" $'PATH=/usr/bin\nLC_ALL=C'
	power_down
}

# --- Descriptors ----------------------------------------------------------------------------------

fake_descriptors='0 /dev/null
1 pipe
2 pipe
3 socket
4 socket
5 /memfd:firmware'

# with_closed REDIRECTIONS COMMAND...
with_closed() {
	eval 'exec "${@:2}"' "$1"
}

# Descriptors 0 to 2 closed or open in all combinations: what is opened never takes their place.
test_standard_descriptors_may_be_closed() {
	local closed

	fake_command ''
	for closed in '' '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
		start with_closed "$closed" "${fake_run[@]}"
		wait_event running
		find_processes
		expect_equal "$(descriptors_of "$qemu")" "$fake_descriptors" "with $closed"
		power_down
		[ "$(head -c 1 "$work/events")" = '{' ] || fail 'a message is among the events'
	done
}

test_failure_without_standard_error_has_its_status() {
	make_firmware
	"$SNPLAUNCH" run --level off --firmware nosuch --host-facts "$facts" --qemu "$fake" \
		<&- >&- 2>&-
	expect_equal $? 66 'exit status'
	cmp <(yes snplaunch | head -c 65536) firmware || fail 'the message is in the firmware'
}

with_many_descriptors() {
	local last

	exec 9</
	for _ in {1..500}; do
		exec {last}<>/dev/null
	done
	echo "$last" >"$work/last"
	exec "$@"
}

test_inherited_descriptors_go_no_further() {
	fake_command ''
	start with_many_descriptors "${fake_run[@]}"
	wait_event running
	[ "$(cat "$work/last")" -gt 500 ] || fail 'there were no descriptors to inherit'
	find_processes
	expect_equal "$(descriptors_of "$qemu")" "$fake_descriptors"
	[ "$(descriptors_of "$front" | wc -l)" -lt 20 ] || fail 'the front got them'
	! descriptors_of "$front" | grep -q ' /$' || fail 'the front has a directory'
	expect_equal "$(descriptors_of "$init")" ''
	power_down
}

# The numbers of launcher/layout.h, whatever else there is.
test_descriptors_of_a_guest_with_everything() {
	make_kernel
	cp kernel disk
	fake_start '' --kernel kernel --initrd kernel --firmware-log on \
		--disk "{\"path\":\"$work/disk\",\"format\":\"raw\",\"read_only\":false}" \
		--disk "{\"path\":\"$work/kernel\",\"format\":\"raw\"}"
	wait_event running
	find_processes
	expect_equal "$(descriptors_of "$qemu")" "0 /dev/null
1 pipe
2 pipe
3 socket
4 socket
5 socket
6 /memfd:firmware
7 /memfd:kernel
8 /memfd:initrd
9 $work/disk
10 $work/kernel"
	expect_equal "$(sed -n 's/^flags:\t*0*[0-9]*\([0-9]\)$/\1/p' "/proc/$qemu/fdinfo/9")" 2 'disk 0'
	expect_equal "$(sed -n 's/^flags:\t*0*[0-9]*\([0-9]\)$/\1/p' "/proc/$qemu/fdinfo/10")" 0 'disk 1'
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_few_descriptors_allowed() {
	local limit

	fake_command running-shutdown.guest_shutdown
	for limit in {3..20} 40; do
		(ulimit -n "$limit" && exec "${fake_run[@]}") >"$work/out" 2>"$work/err" </dev/null
		status=$?
		[[ $status =~ ^(69|75|77|126|127)$ ]] ||
			fail "exit status $status with $limit descriptors"
		[ -s "$work/err" ] || fail "no message with $limit descriptors"
		expect_clean
	done
	(ulimit -n 100 && exec "${fake_run[@]}") >"$work/out" 2>"$work/err" </dev/null
	expect_equal $? 0 'exit status with 100 descriptors'
}

# --- Signals, directory, limits -------------------------------------------------------------------

# Whoever ignores signals does not make us deaf. (The fake ignores SIGPIPE itself.)
hears_signals() {
	start "${fake_run[@]}"
	wait_event running
	find_processes
	expect_equal "$(status_of "$qemu" SigBlk)" 0000000000000000 'blocked in QEMU'
	expect_equal "$(status_of "$qemu" SigIgn)" 0000000000001000 'ignored in QEMU'
	power_down
	expect_err 'asking the guest to power down'
}

test_inherited_ignored_signals() {
	fake_command ''
	prefix=(env --ignore-signal)
	hears_signals
}

test_inherited_blocked_signals() {
	fake_command ''
	prefix=(env --block-signal)
	hears_signals
}

test_working_directory_that_is_deleted() {
	fake_command running-shutdown.guest_shutdown
	mkdir "$work/gone"
	cd "$work/gone" || fail 'no directory'
	rmdir "$work/gone"
	run "${fake_run[@]}"
	expect_status 0
	run "${fake_run[@]}" --firmware firmware
	expect 66 "cannot open file 'firmware': No such file or directory"
}

test_qemu_runs_in_the_root_directory() {
	echo rom >kvmvapic.bin
	echo rom >linuxboot_dma.bin
	fake_start ''
	wait_event running
	find_processes
	expect_equal "$(readlink "/proc/$qemu/cwd")" /
	expect_equal "$(readlink "/proc/$init/cwd")" /
	power_down
}

# The real one looks for its ROMs there, too; a launch is long enough to see that.
test_roms_of_the_working_directory_are_not_opened() {
	local qemu_path=/usr/bin/qemu-system-x86_64

	needs_program strace
	needs_root
	[ -x "$qemu_path" ] || skip "there is no $qemu_path"
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip 'OVMF is not installed'
	echo rom | tee kvmvapic.bin >linuxboot_dma.bin
	strace -f -qq -e trace=openat,open -o "$work/trace" "$SNPLAUNCH" run --level off --accel tcg \
		--events-fd 3 >"$work/out" 2>"$work/err" </dev/null 3>"$work/events" &
	strace_pid=$!
	wait_event running
	launcher=$(children_of "$strace_pid" | head -n 1)
	kill -TERM "$launcher"
	kill -TERM "$launcher"
	wait "$strace_pid"
	launcher=
	grep -q 'kvmvapic.bin\|\.rom\|\.bin' "$work/trace" || fail 'QEMU looked for no ROM'
	! grep -E '"(\./)?(kvmvapic|linuxboot_dma)\.bin"' "$work/trace" | grep -v 'ENOENT' ||
		fail 'QEMU opened a ROM of the working directory'
	! grep -F "$work/kvmvapic.bin" "$work/trace" || fail 'QEMU opened a ROM of the working directory'
}

test_no_new_privileges_already() {
	needs_program setpriv
	fake_command running-shutdown.guest_shutdown
	prefix=(setpriv --no-new-privs)
	run "${fake_run[@]}"
	expect_status 0
}

test_capabilities_already_gone() {
	needs_root
	fake_command running-shutdown.guest_shutdown
	prefix=(setpriv --bounding-set=-all --inh-caps=-all)
	run "${fake_run[@]}"
	# Root without capabilities can become nobody else, so it starts nothing.
	expect_status 69
	expect_err 'Operation not permitted'
	expect_clean
}

# --- Who the processes are ------------------------------------------------------------------------

none=0000000000000000

expect_no_capabilities() {
	local set

	for set in CapInh CapPrm CapEff CapAmb; do
		expect_equal "$(status_of "$1" $set)" $none "$set of process $1"
	done
	expect_equal "$(status_of "$1" NoNewPrivs)" 1 "NoNewPrivs of process $1"
}

namespace_of() {
	readlink "/proc/$1/ns/$2"
}

test_processes_of_root() {
	local id pid

	needs_root
	fake_start ''
	wait_event running
	find_processes
	for pid in "$front" "$init" "$qemu"; do
		expect_no_capabilities "$pid"
		expect_equal "$(status_of "$pid" CapBnd)" $none "CapBnd of process $pid"
		expect_equal "$(status_of "$pid" Groups)" '' "groups of process $pid"
		id=$(status_of "$pid" Uid)
		expect_equal "$(tr ' ' '\n' <<<"$id" | uniq)" "${id%% *}" "uids of process $pid"
		[ "${id%% *}" -ge 1000000 ] || fail "process $pid is user $id"
		expect_equal "$(status_of "$pid" Gid)" "$id" "gid of process $pid"
	done
	[ "$(status_of "$front" Uid)" != "$(status_of "$qemu" Uid)" ] || fail 'the front and QEMU are one user'
	[ "$(status_of "$init" Uid)" != "$(status_of "$qemu" Uid)" ] || fail 'init and QEMU are one user'
	power_down
}

test_processes_of_a_user() {
	local pid

	become_user
	fake_start ''
	wait_event running
	find_processes
	for pid in "$front" "$init" "$qemu"; do
		expect_no_capabilities "$pid"
	done
	[ "$(id -u)" -ne 0 ] || expect_equal "$(status_of "$qemu" Uid)" '65534 65534 65534 65534'
	[ "$(namespace_of "$qemu" user)" != "$(namespace_of "$launcher" user)" ] ||
		fail 'QEMU has no user namespace of its own'
	power_down
}

qemu_is_alone() {
	fake_start ''
	wait_event running
	find_processes
	[ "$(namespace_of "$qemu" pid)" != "$(namespace_of "$launcher" pid)" ] ||
		fail 'QEMU has no PID namespace of its own'
	expect_equal "$(status_of "$qemu" NSpid | cut -d ' ' -f 2)" 2 'number of QEMU in there'
	# No terminal's signals, and not our group's.
	expect_equal "$(cut -d ' ' -f 7 "/proc/$qemu/stat")" 0 'terminal'
	[ "$(cut -d ' ' -f 6 "/proc/$qemu/stat")" != "$(cut -d ' ' -f 6 "/proc/$launcher/stat")" ] ||
		fail 'QEMU is in our session'
	power_down
}

test_qemu_is_alone() {
	qemu_is_alone
}

test_qemu_of_a_user_is_alone() {
	become_user
	qemu_is_alone
}

test_front_is_filtered() {
	needs_root
	fake_start ''
	wait_event running
	find_processes
	expect_equal "$(status_of "$front" Seccomp)" 2
	expect_equal "$(status_of "$front" Seccomp_filters)" 2 'filters: planning, supervising'
	expect_equal "$(namespace_of "$front" pid)" "$(namespace_of "$launcher" pid)"
	power_down
}

# Only root owns what /proc shows of a process that is not dumpable.
test_front_of_a_user_is_hidden() {
	become_user
	fake_start ''
	wait_event running
	find_processes
	expect_equal "$(stat -c %u "/proc/$front/environ")" 0
	[ "$(status_of "$front" Uid | cut -d ' ' -f 1)" -ne 0 ] || fail 'the front is root'
	power_down
}

tests_run
