#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real QEMU in its jail, with everything that snplaunch has it do: it never makes a system call
# that its filter does not have. A call too many would end it, and be in the kernel's log.
#
# usage: tests/e2e/test_confinement_matrix.sh         a few of all cases
#        tests/e2e/test_confinement_matrix.sh --all   all of them, which takes minutes
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

all=${1-}
qemu_binary=/usr/bin/qemu-system-x86_64
seabios=/usr/share/seabios/bios-256k.bin

# --- Evidence -------------------------------------------------------------------------------------

# The kernel's records about a QEMU or about our own programs. It may leave some out when it has much
# to say, or show none; how QEMU ended is looked at in every case.
filter_records() {
	dmesg 2>/dev/null | grep -E "type=1326 .* exe=\"($(readlink -f "$qemu_binary")|${SNPLAUNCH%/*}/[^/]*)\""
}

expect_no_filter_record() {
	filter_records >"$work/records_after"
	diff "$work/records_before" "$work/records_after" >"$work/err" ||
		fail 'a filter refused what QEMU or snplaunch wanted'
}

# --- Disks ----------------------------------------------------------------------------------------

# numbers BITS VALUE...: big-endian, to standard output
numbers() {
	local hex n bits=$1

	shift
	for n; do
		printf -v hex "%0$((bits / 4))x" "$n"
		# shellcheck disable=SC2059,SC2001 # the format is the bytes
		printf "$(sed 's/../\\x&/g' <<<"$hex")"
	done
}

# A qcow2 image of version 2, 1 MiB and empty. Its clusters are the header, the table of reference
# counts, these for the first four clusters, and the table of tables of guest clusters.
make_qcow2() {
	local at=65536

	{
		numbers 32 0x514649fb 2
		numbers 64 0
		numbers 32 0 16
		numbers 64 1048576
		numbers 32 0 1
		numbers 64 $((3 * at)) $at
		numbers 32 1 0
		numbers 64 0
	} >"$1"
	truncate -s $((4 * at)) "$1"
	numbers 64 $((2 * at)) | dd of="$1" bs=$at seek=1 conv=notrunc status=none
	numbers 16 1 1 1 1 | dd of="$1" bs=$at seek=2 conv=notrunc status=none
}

make_raw() {
	yes snplaunch | head -c 1048576 >"$1"
}

# --- One case -------------------------------------------------------------------------------------

# The first CPU model that this machine's KVM can run, if it can run any.
choose_kvm_cpu() {
	[ -c /dev/kvm ] || skip 'there is no /dev/kvm'
	[ -f $seabios ] || skip "there is no $seabios"
	for kvm_cpu in max 486; do
		start "$SNPLAUNCH" run --level off --accel kvm --cpu "$kvm_cpu" --firmware $seabios
		if runs; then
			find_processes
			kill -KILL "$launcher"
			wait_end
			expect_gone
			return
		fi
		wait_end
	done
	skip "KVM runs no guest here"
}

# Where a user cannot read it, the guest is copied.
prepare_case() {
	[ -x $qemu_binary ] || skip "there is no $qemu_binary"
	[ "$1" != user ] || become_user
	if [ "$1" = user ] && [ "$(id -u)" -eq 0 ]; then
		cp "$assets/vmlinuz" "$assets/initrd-test.img" "$work/bin"
		chmod a+r "$work/bin/"*
		assets=$work/bin
	fi
	filter_records >"$work/records_before" # of the programs that a user runs copies of
	"make_$2" "$work/disk"
	[ ${#prefix[@]} -eq 0 ] || chown 65534 "$work/disk"
	disk="{\"path\":\"$work/disk\",\"format\":\"$2\",\"read_only\":false}"
}

# boot_linux WORDS: under plain emulation, which is all that runs Linux everywhere.
boot_linux() {
	[ -f "$assets/initrd-test.img" ] || fail 'there is no guest: make setup'
	start "$SNPLAUNCH" run --level off --accel tcg --memory-mib 256 --disk "$disk" \
		--kernel "$assets/vmlinuz" --initrd "$assets/initrd-test.img" \
		--cmdline "console=ttyS0 quiet snptest=$1"
}

end_by_poweroff() {
	boot_linux disk
	wait_end
	expect_status 0
	expect_out 'DISK WRITE ok'
}

end_by_powerdown() {
	boot_linux disk,hold
	wait_out 'GUEST READY'
	kill -TERM "$launcher"
	wait_end
	expect_status 0
	expect_out 'POWER BUTTON'
}

send_two_signals() {
	wait_event running
	kill -TERM "$launcher"
	wait_err 'asking the guest to power down'
	kill -TERM "$launcher"
	wait_end
	expect 125 'as a second signal asked for'
}

end_by_second_signal() {
	boot_linux hold
	send_two_signals
}

# What is left of a guest that hears no power button.
end_by_timeout_with_kvm() {
	choose_kvm_cpu
	start "$SNPLAUNCH" run --level off --accel kvm --cpu "$kvm_cpu" --firmware $seabios \
		--disk "$disk" --shutdown-timeout-ms 500
	wait_event running
	kill -TERM "$launcher"
	wait_end
	expect 124 'did not power down within 500 ms'
}

end_by_second_signal_with_kvm() {
	choose_kvm_cpu
	start "$SNPLAUNCH" run --level off --accel kvm --cpu "$kvm_cpu" --firmware $seabios \
		--disk "$disk"
	send_two_signals
}

# run_case USER FORMAT END
run_case() {
	prepare_case "$1" "$2"
	"end_by_$3"
	expect_no_err 'killed by signal'
	expect_no_filter_record
	expect_clean
}

# --- All cases ------------------------------------------------------------------------------------

few='root qcow2 poweroff
user raw second_signal
root qcow2 second_signal_with_kvm
root raw timeout_with_kvm'

list_cases() {
	local user format end

	if [ "$all" != --all ]; then
		echo "$few"
		return
	fi
	for user in root user; do
		for format in raw qcow2; do
			for end in poweroff powerdown second_signal timeout_with_kvm \
				second_signal_with_kvm; do
				echo "$user $format $end"
			done
		done
	done
}

while read -r user format end; do
	eval "test_${user}_with_${format}_until_$end() { run_case $user $format $end; }"
done < <(list_cases)
dmesg >/dev/null 2>&1 || echo '# the kernel does not show its log here: only ends are looked at'
tests_run
