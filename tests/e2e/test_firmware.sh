#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What firmware images can do, through the real programs: made ones, and Debian's.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

firmware() {
	run "$SNPLAUNCH" firmware "$@"
}

needs_ovmf() {
	[ -e /usr/share/OVMF/OVMF_CODE_4M.fd ] || skip "there is no /usr/share/OVMF/OVMF_CODE_4M.fd"
}

test_judges_an_image_by_its_content() {
	make_firmware
	cp firmware OVMF.amdsev.fd
	firmware OVMF.amdsev.fd
	expect_status 0
	expect_out 'path                    OVMF.amdsev.fd'
	expect_out "sha256                  $(sha256sum firmware | cut -d ' ' -f 1)"
	expect_out 'off      pflash                      yes'
	expect_out 'sev-snp  bios                        no       the firmware has no SEV metadata'
	expect_out 'kernel_hashes           verdict not measured'
}

looks_at_debians() {
	needs_ovmf
	firmware /usr/share/OVMF/OVMF_CODE_4M.fd
	expect_status 0
	expect_out 'sev-es   pflash  legacy_vm_type on   yes'
	expect_out 'sev-snp  bios                        no   its size of'
	expect_out 'is not a multiple of 65536'
	expect_out 'reset_block             state present, address 0x80'
	firmware
	expect_status 0
	expect_out '/usr/share/OVMF/OVMF_CODE_4M.fd'
	[ ! -e /usr/share/qemu/firmware/60-edk2-x86_64.json ] ||
		expect_out 'descriptors             /usr/share/qemu/firmware/60-edk2-x86_64.json  flash'
	firmware --json
	expect_status 0
	expect_out '"path":"/usr/share/OVMF/OVMF_CODE_4M.fd"'
	expect_out '"device":"flash"'
}

test_looks_at_what_is_installed() {
	looks_at_debians
}

test_looks_at_what_is_installed_as_a_user() {
	become_user
	looks_at_debians
}

needs_smm_image() {
	smm_image=/usr/share/OVMF/OVMF_CODE_4M.secboot.fd
	smm_descriptor=/usr/share/qemu/firmware/50-edk2-x86_64-secure.json
	{ [ -e "$smm_image" ] && [ -e "$smm_descriptor" ]; } || skip "there is no $smm_image with $smm_descriptor"
}

test_knows_images_that_need_smm() {
	needs_smm_image
	firmware $smm_image
	expect_status 0
	expect_out "off      pflash                      no  it requires SMM"
	expect_out "its descriptor '$smm_descriptor' says so"
	expect_out 'requires-smm, secure-boot'
	run "$SNPLAUNCH" plan --level off --accel tcg --host-facts "$facts" --firmware $smm_image
	expect 0 "firmware '$smm_image': it requires SMM"
	run "$SNPLAUNCH" plan --level off --accel tcg --host-facts "$facts" \
		--firmware /usr/share/OVMF/OVMF_CODE_4M.fd
	expect_status 0
	expect_no_err SMM
}

test_takes_no_image_that_needs_smm() {
	local usual=/usr/share/qemu/firmware/60-edk2-x86_64.json

	needs_ovmf
	[ -e $usual ] || skip "there is no $usual"
	[ -e /usr/share/OVMF/OVMF_CODE.fd ] || skip 'there is no second image for the same descriptor'
	[ "$(id -u)" -eq 0 ] || skip 'needs root, to mount another descriptor'
	sed 's/"amd-sev"/"amd-sev", "requires-smm"/' $usual >descriptor
	# shellcheck disable=SC2016 # for the shell that unshare starts
	run unshare -m sh -c 'mount --bind "$1" "$2" && shift 2 && exec "$@"' - descriptor $usual \
		"$SNPLAUNCH" plan --json --level off --accel tcg --host-facts "$facts"
	expect_status 0
	expect_out '"path":"/usr/share/OVMF/OVMF_CODE.fd"'
	expect_no_out '/usr/share/OVMF/OVMF_CODE_4M.fd'
}

test_a_wrong_image_keeps_nobody_from_the_others() {
	make_firmware
	: >empty
	firmware nosuch firmware empty
	expect 66 "'nosuch': No such file or directory"
	expect_err "'empty': the firmware is empty"
	expect_err '2 of 3 images could not be looked at'
	expect_out 'path                    firmware'
	firmware nosuch
	expect 66 "'nosuch': No such file or directory"
	expect_equal "$(wc -l <"$work/err")" 1 'lines'
	firmware --level off
	expect 64 "unknown option '--level'"
}

test_escapes_what_others_wrote() {
	make_firmware
	mv firmware $'a\e[31mb'
	firmware $'a\e[31mb'
	expect_status 0
	expect_out 'path                    a\x1b[31mb'
}

tests_run
