#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Files that a guest is made of: what cannot be one is refused before QEMU starts, with the reason.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

firmware_is() {
	plan --level off --firmware "$@"
}

# --- Firmware by its content ----------------------------------------------------------------------

test_firmware_that_is_too_small() {
	yes | head -c 65535 >small
	firmware_is small
	expect 66 "firmware 'small': it has 65535 bytes, too few for firmware (at least 65536)"
}

test_firmware_that_is_empty() {
	: >empty
	firmware_is empty
	expect 66 'the firmware is empty'
}

test_firmware_that_is_too_large() {
	truncate -s 8388609 large
	firmware_is large
	expect 66 'the firmware has 8388609 bytes, more than the limit of 8388608'
	truncate -s 8E large
	firmware_is large
	expect 66 'more than the limit of 8388608'
}

test_firmware_of_no_whole_sectors() {
	yes | head -c 65537 >odd
	firmware_is odd
	expect 66 "its size of 65537 bytes is not a multiple of 4096, which flash needs"
}

# Flash takes 4 KiB sectors, -bios takes 64 KiB blocks.
test_firmware_for_another_mapping() {
	yes | head -c 69632 >sectors
	firmware_is sectors
	expect_status 0
	plan --level sev-snp --firmware sectors
	expect 66 "its size of 69632 bytes is not a multiple of 65536, which this level's -bios mapping needs"
	make_sev_firmware blocks
	plan --level sev-snp --firmware blocks
	expect_status 0
	expect_out '-bios'
	expect_no_out 'pflash0'
	plan --level sev --firmware blocks
	expect_status 0
	expect_out 'pflash0'
}

test_store_of_variables_is_no_firmware() {
	local store=/usr/share/OVMF/OVMF_VARS_4M.fd

	[ -f "$store" ] || skip "there is no $store"
	firmware_is "$store"
	expect 66 "firmware '$store': it is a store of variables, not firmware"
}

test_blank_image_is_no_firmware() {
	truncate -s 65536 zeros
	firmware_is zeros
	expect 66 'it has no code at the reset vector'
	tr '\0' '\377' <zeros >ones
	firmware_is ones
	expect 66 'it has no code at the reset vector'
}

test_installed_firmware_is_found() {
	[ -f /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip 'OVMF is not installed'
	plan --level off
	expect_status 0
	expect_out 'firmware     /usr/share/OVMF/OVMF_CODE_4M.fd, pflash, read-only, 3653632 bytes'
}

test_digest_is_of_the_file() {
	make_firmware
	firmware_is firmware
	expect_out "sha256 $(sha256sum <firmware | cut -d ' ' -f 1)"
}

# --- Files by their type --------------------------------------------------------------------------

# Every role that takes a file, each with a path. A disk may be a block device too.
refused_as_any_file() {
	local option

	make_firmware
	for option in --kernel --initrd; do
		plan --level off --firmware firmware --kernel kernel "$option" "$1"
		expect 66 "'$1': $2"
	done
	firmware_is "$1"
	expect 66 "'$1': $2"
	plan --level off --firmware firmware --disk "{\"path\":\"$1\",\"format\":\"raw\"}"
	expect 66 "disk '$1': $2"
}

test_directory_is_no_file() {
	make_kernel
	mkdir directory
	refused_as_any_file directory 'is a directory, not a regular file'
}

# Opening a fifo without a writer waits, unless one takes care.
test_fifo_is_no_file_and_nobody_waits() {
	make_kernel
	mkfifo fifo
	refused_as_any_file fifo 'is a fifo, not a regular file'
}

test_device_is_no_file() {
	make_kernel
	refused_as_any_file /dev/null 'is a character device, not a regular file'
	refused_as_any_file /dev/zero 'is a character device, not a regular file'
}

test_terminal_is_no_file() {
	make_kernel
	[ -e /dev/ptmx ] || skip 'there are no terminals'
	refused_as_any_file /dev/ptmx 'is a character device, not a regular file'
}

test_socket_is_no_file() {
	needs_program python3
	python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
	firmware_is socket
	expect 66 "file 'socket': is a socket, not a regular file"
}

test_memory_of_a_process_is_no_file() {
	firmware_is /proc/self/mem
	expect_status 66
	firmware_is /proc/kmsg
	[ "$status" -eq 66 ] || [ "$status" -eq 77 ] || fail "exit status $status"
}

test_symlink_is_followed() {
	make_firmware
	ln -s firmware link
	ln -s link longer
	firmware_is longer
	expect_status 0
	expect_out 'firmware     longer'
}

test_symlink_to_nowhere() {
	ln -s nowhere link
	firmware_is link
	expect 66 "cannot open file 'link': No such file or directory"
}

test_symlink_loop() {
	ln -s b a
	ln -s a b
	firmware_is a
	expect 66 "cannot open file 'a': Too many levels of symbolic links"
}

test_hard_link_is_the_file() {
	make_firmware
	ln firmware other
	firmware_is other
	expect_status 0
}

test_missing_file() {
	firmware_is missing
	expect 66 "firmware: cannot open file 'missing': No such file or directory"
	make_firmware
	firmware_is firmware/
	expect 66 "cannot open file 'firmware/': Not a directory"
	plan --level off --firmware firmware --kernel missing
	expect 66 "kernel: cannot open file 'missing': No such file or directory"
}

test_file_that_a_user_may_not_read() {
	needs_root
	become_user
	make_firmware
	chmod 600 firmware
	firmware_is firmware
	expect 77 "cannot open file 'firmware': Permission denied"
}

# Root reads what somebody named; what only a guest file names must be for everybody.
test_file_of_roots_that_a_guest_file_names() {
	needs_root
	make_firmware
	chmod 600 firmware
	firmware_is firmware
	expect_status 0
	printf '{"level":"off","firmware":"firmware"}' >guest.json
	plan guest.json
	expect 77 "what the command line does not name is opened as an unprivileged user: cannot open file 'firmware'"
	chmod 644 firmware
	plan guest.json
	expect_status 0
}

test_disk_that_only_a_guest_file_names_is_not_written_by_root() {
	needs_root
	make_firmware
	cp firmware disk
	chmod 644 firmware disk
	printf '{"level":"off","firmware":"firmware","disks":[%s]}' \
		'{"path":"disk","format":"raw","read_only":false}' >guest.json
	plan guest.json
	expect 77 "disk 'disk': is only opened when its path stands in the command line"
	plan guest.json --disk '{"path":"disk","format":"raw","read_only":false}'
	expect_status 0
}

# --- Kernels --------------------------------------------------------------------------------------

test_kernel_without_a_boot_header() {
	make_firmware
	yes | head -c 4096 >text
	plan --level off --firmware firmware --kernel text
	expect 66 "kernel 'text': it has no Linux boot header"
	cp "$bin/snplaunch" elf
	plan --level off --firmware firmware --kernel elf
	expect 66 'give the bzImage (often called vmlinuz), not an ELF vmlinux'
	head -c 100 text >short
	plan --level off --firmware firmware --kernel short
	expect 66 "kernel 'short': it has 100 bytes, too few for a Linux boot header"
}

test_kernel_that_qemu_would_not_load() {
	make_firmware
	make_kernel
	put kernel 0x1f1 '\010'
	plan --level off --firmware firmware --kernel kernel
	expect 66 "kernel 'kernel': it has 4096 bytes, and its boot header tells of 4608 bytes of setup code alone: it is cut off"
	make_kernel
	put kernel 0x206 '\001\001'
	plan --level off --firmware firmware --kernel kernel
	expect_status 0
	plan --level off --firmware firmware --kernel kernel --initrd kernel
	expect 66 "kernel 'kernel': it has boot protocol 1.01, and an initrd needs 2.00 or newer"
}

test_empty_initrd() {
	make_firmware
	make_kernel
	: >initrd
	plan --level off --firmware firmware --kernel kernel --initrd initrd
	expect 66 'the initrd is empty'
}

test_id_block_of_a_wrong_size() {
	yes | head -c 131072 >image
	head -c 95 /dev/zero >block
	head -c 4096 /dev/zero >auth
	plan --level sev-snp --firmware image --id-block '{"block":"block","auth":"auth"}'
	expect 66 "id_block.block 'block': has 95 bytes, must have 96"
	head -c 97 /dev/zero >block
	plan --level sev-snp --firmware image --id-block '{"block":"block","auth":"auth"}'
	expect 66 "id_block.block 'block': has more than 96 bytes"
}

# --- What a running guest has ---------------------------------------------------------------------

# QEMU has copies that nobody can change: the bytes that were hashed.
test_qemu_gets_sealed_copies() {
	local fd link n=0

	make_kernel
	fake_start '' --kernel kernel --initrd kernel
	wait_event running
	find_processes
	for fd in /proc/"$qemu"/fd/*; do
		link=$(readlink "$fd")
		[[ $link == /memfd:* ]] || continue
		n=$((n + 1))
		[[ $link != */memfd:firmware* ]] || cmp "$fd" firmware || fail 'the firmware differs'
		[[ $link != */memfd:kernel* ]] || cmp "$fd" kernel || fail 'the kernel differs'
		! printf x 2>/dev/null >>"$fd" || fail "$link can be written"
	done
	expect_equal "$n" 3 'memory files'
	# What changes on disk now changes nothing there.
	echo changed >firmware
	for fd in /proc/"$qemu"/fd/*; do
		[[ $(readlink "$fd") != /memfd:firmware* ]] || expect_equal "$(wc -c <"$fd")" 65536
	done
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_files_as_a_user() {
	needs_root
	become_user
	mkfifo fifo
	firmware_is fifo
	expect 66 "'fifo': is a fifo, not a regular file"
	make_firmware
	chmod 644 firmware
	ln -s firmware link
	firmware_is link
	expect_status 0
}

tests_run
