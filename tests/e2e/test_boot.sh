#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Linux in the real QEMU, without KVM so that it works anywhere. A boot takes seconds, so each does
# as much as it can; tests/guest/init-test says what the words do.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# guest_command WORDS [OPTION...]: fills $guest with the command.
guest_command() {
	local words=$1

	shift
	[ -x /usr/bin/qemu-system-x86_64 ] || skip 'there is no /usr/bin/qemu-system-x86_64'
	[ -f "$assets/initrd-test.img" ] || fail 'there is no guest: make setup'
	guest=("$SNPLAUNCH" run --level off --accel tcg --memory-mib 256
		--kernel "$assets/vmlinuz" --initrd "$assets/initrd-test.img"
		--cmdline "console=ttyS0 quiet snptest=$words" "$@")
}

guest_start() {
	guest_command "$@"
	start "${guest[@]}"
}

guest_runs() {
	guest_command "$@"
	run "${guest[@]}"
}

make_disk() {
	yes snplaunch | head -c 1048576 >"$work/disk.img"
	disk_sum=$(head -c 4096 "$work/disk.img" | sha256sum | cut -d ' ' -f 1)
	after_sum=$(sha256sum <"$work/disk.img")
}

# The guest sees the disk and our words exactly, and cannot write; then it powers off.
test_guest_with_a_read_only_disk_powers_off() {
	make_disk
	guest_command cmdline,disk --disk "{\"path\":\"$work/disk.img\",\"format\":\"raw\"}"
	guest+=(--cmdline "console=ttyS0 quiet snptest=cmdline,disk  a,b=c \"d e\" 'f' %n")
	run "${guest[@]}"
	expect_status 0
	[ ! -s "$work/err" ] || fail 'there are messages'
	grep -qF "CMDLINE console=ttyS0 quiet snptest=cmdline,disk  a,b=c \"d e\" 'f' %n" "$work/out" ||
		fail 'the command line is another'
	expect_out "DISK READ $disk_sum"
	expect_out 'DISK WRITE refused'
	expect_equal "$(sha256sum <"$work/disk.img")" "$after_sum" 'the disk'
	expect_clean
}

# Writes to its disk and reads what is typed.
test_guest_with_a_writable_disk_and_input() {
	make_disk
	mkfifo keys
	exec 4<>keys
	guest_command disk,echo \
		--disk "{\"path\":\"$work/disk.img\",\"format\":\"raw\",\"read_only\":false}"
	input=keys
	start "${guest[@]}"
	wait_out 'ECHO READY'
	echo 'from the host' >&4
	wait_end
	expect_status 0
	expect_out 'ECHO from the host'
	expect_out "DISK READ $disk_sum"
	expect_out 'DISK WRITE ok'
	[ "$(sha256sum <"$work/disk.img")" != "$after_sum" ] || fail 'the disk has not changed'
	cmp <(head -c 4096 "$work/disk.img" | sha256sum | cut -d ' ' -f 1) <(echo "$disk_sum") ||
		fail 'the disk has changed where nobody wrote'
}

# As a user, because that is how most people start it.
test_signal_presses_the_power_button_of_a_users_guest() {
	become_user
	if [ "$(id -u)" -eq 0 ]; then
		cp "$assets/vmlinuz" "$assets/initrd-test.img" "$work/bin"
		chmod a+r "$work/bin/"*
		assets=$work/bin
	fi
	guest_start hold
	wait_out 'GUEST READY'
	find_processes
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	expect_out 'POWER BUTTON'
	expect_gone
	expect_clean
}

test_guest_that_resets_ends_with_its_own_status() {
	guest_runs reboot
	expect 133 'the guest asked for a reset'
	expect_clean
}

test_guest_that_resets_is_started_again() {
	guest_start reboot --on-reset relaunch
	wait_sign has_events running 2
	find_processes
	kill -TERM "$launcher"
	kill -TERM "$launcher"
	wait_end
	[ "$status" -ne 0 ] || fail 'exit status 0'
	expect_err 'the guest asked for a reset: starting it again'
	expect_gone
	expect_clean
}

test_guest_that_panics() {
	guest_start panic
	wait_end
	expect 125 'the guest panicked'
	expect_clean
}

has_flood_end() {
	grep -qs '"event":"console".*"text":"FLOOD END"' "$work/events"
}

# Nobody reads a flood and the guest goes on; then QEMU is killed, and somebody reads after all.
test_flood_that_nobody_reads_and_qemu_killed() {
	mkfifo pipe
	exec 4<>pipe
	guest_command flood=256,hold --console-events
	output=pipe
	start "${guest[@]}"
	wait_sign has_flood_end
	find_processes
	kill -KILL "$qemu"
	cat pipe >"$work/out" 4>&- &
	exec 4>&-
	wait_end
	expect 125 'QEMU was killed by signal 9 (Killed) while the guest ran'
	wait
	expect_out 'FLOOD 00000001'
	expect_out 'bytes dropped]'
	expect_gone
	expect_clean
}

tests_run
