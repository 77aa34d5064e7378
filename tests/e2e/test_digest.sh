#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The launch digest of what would be launched, and whether the kernel that it covers is checked.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

# What the real QEMU causes with Debian's images, of two vCPUs.
golden=$top/tests/rehearsal/digests.golden

# expect_golden NAME FIRMWARE OPTION...
expect_golden() {
	local name=$1 image=$2 sum digest

	shift 2
	[ -f "$image" ] || skip "there is no $image"
	sum=$(sha256sum <"$image" | cut -d ' ' -f 1)
	digest=$(sed -n "s/^$name $sum //p" "$golden")
	[ -n "$digest" ] || skip "no digest is kept of this $image"
	plan --cpu EPYC-Milan-v2 --vcpus 2 --firmware "$image" "$@"
	expect_status 0
	expect_out "digest       $digest"
}

test_digest_is_what_qemu_causes() {
	expect_golden sev-snp /usr/share/ovmf/OVMF.fd --level sev-snp
	expect_golden sev-es /usr/share/OVMF/OVMF_CODE_4M.fd --level sev-es
	expect_golden sev-es-vm-type /usr/share/ovmf/OVMF.fd --level sev-es --legacy-vm-type off
	expect_golden sev /usr/share/OVMF/OVMF_CODE_4M.fd --level sev
}

test_level_off_has_none() {
	make_sev_firmware firmware indifferent
	make_kernel
	plan --level off --firmware firmware --kernel kernel
	expect_status 0
	expect_no_out 'digest'
	expect_no_out 'enforced'
}

# with OPTION...: an SNP guest with a kernel
with() {
	plan --level sev-snp --firmware firmware --kernel kernel "$@"
}

test_what_was_only_computed() {
	make_sev_firmware firmware
	make_kernel
	with
	expect_status 0
	expect_out "confirmed    by nobody: it is only computed; compare it with the guest's attestation report"
	with --json
	expect_out '"confirmed_by":"nobody"'
	expect_out '"cpu_signature":"0x00800f12"'
	expect_out '"vmsa_features":"0x1"'
}

test_everything_measured_changes_the_digest() {
	local digests=''

	make_sev_firmware firmware
	make_kernel
	{ cat kernel; echo; } >initrd
	set -- '' '--vcpus 2' '--cpu EPYC-Milan-v2' '--cmdline quiet' '--initrd initrd' '--kernel-hashes off' \
		'--vmsa-features 0x21' '--firmware other'
	make_sev_firmware other enforcing
	for option; do
		# shellcheck disable=SC2086 # options are words
		with $option --json
		expect_status 0
		digests+=$(member digest <out)$'\n'
	done
	expect_equal "$(sort -u <<<"$digests" | grep -c .)" 8 'different digests'
}

test_memory_does_not_change_the_digest() {
	local before

	make_sev_firmware firmware
	make_kernel
	with --json
	before=$(member digest <out)
	with --json --memory-mib 2048 --console none
	expect_equal "$(member digest <out)" "$before"
}

# --- The CPU --------------------------------------------------------------------------------------

test_signature_that_is_not_the_models() {
	make_sev_firmware firmware
	plan --level sev-snp --firmware firmware --cpu EPYC-Milan-v2 --cpu-signature 0x00a10f10
	expect 78 "key 'cpu_signature': CPU model 'EPYC-Milan-v2' has 0x00a00f11, not 0x00a10f10"
	plan --level sev-snp --firmware firmware --cpu EPYC-Milan-v2 --cpu-signature 0x00a00f11
	expect_status 0
}

test_features_that_no_snp_guest_has() {
	make_sev_firmware firmware
	plan --level sev-snp --firmware firmware --vmsa-features 0x20
	expect 78 "key 'vmsa_features': 0x20 lacks bit 0 (SNPActive), which every sev-snp guest has"
}

test_kernel_that_sets_features_by_itself() {
	make_sev_firmware firmware
	sed 's/"identity": "[^"]*"/"identity": "format=1 kernel=6.6.87-1 cpu=x"/' "$facts" >other.json
	run "$SNPLAUNCH" plan --host-facts other.json --level sev-es --firmware firmware
	expect 0 'Linux 6.6.87-1 sets the SEV feature DebugSwap of a sev-es guest'
	run "$SNPLAUNCH" plan --host-facts other.json --level sev-es --firmware firmware --vmsa-features 0x20
	expect_status 0
	expect_no_err 'DebugSwap'
}

# --- Firmware -------------------------------------------------------------------------------------

test_firmware_without_metadata() {
	make_firmware
	plan --level sev-snp --firmware firmware
	expect 66 "firmware 'firmware': the firmware has no SEV metadata, needed for sev-snp"
	plan --level off --firmware firmware
	expect_status 0
}

test_enforced() {
	make_sev_firmware firmware enforcing
	make_kernel
	with
	expect_out 'enforced     yes, the firmware checks the kernel'
	with --json
	expect_out '"enforced":"enforced"'
}

test_not_enforced_is_planned_and_not_run() {
	make_sev_firmware firmware indifferent
	make_kernel
	with
	expect_status 0
	expect_out 'enforced     NO: the kernel is measured, but the firmware does not check it'
	expect_out 'run refuses it, unless unenforced_kernel_hashes is accept'
	run "$SNPLAUNCH" run --host-facts "$facts" --level sev-snp --firmware firmware --kernel kernel \
		--qemu "$fake"
	expect 66 "firmware 'firmware': the launch digest covers the kernel, but this firmware does not check it"
	run "$SNPLAUNCH" run --host-facts "$facts" --level sev-snp --firmware firmware --kernel kernel \
		--qemu "$fake" --unenforced-kernel-hashes accept
	expect_err "firmware 'firmware': does not check the kernel that the launch digest covers"
	with --unenforced-kernel-hashes accept
	expect_out 'accepted by unenforced_kernel_hashes'
	with --kernel-hashes off
	expect_no_out 'enforced'
}

test_cannot_tell() {
	make_sev_firmware firmware
	make_kernel
	with
	expect_status 0
	expect_out 'enforced     cannot tell whether the firmware checks the kernel'
}

test_usual_firmware_that_does_not_fit_is_not_taken() {
	[ ! -e /usr/share/ovmf/OVMF.amdsev.fd ] || skip 'there is an AmdSev build'
	[ -f /usr/share/ovmf/OVMF.fd ] || skip 'OVMF is not installed'
	make_kernel
	plan --level sev-snp --kernel kernel
	expect 66 "no firmware at the usual places fits level 'sev-snp' with kernel hashes"
	plan --level sev-snp
	expect_status 0
	expect_out 'firmware     /usr/share/ovmf/OVMF.fd, bios'
}

# --- The ID block ---------------------------------------------------------------------------------

with_block() {
	with --id-block '{"block":"block","auth":"auth"}' "$@"
}

# Of the launch without a block.
sign() {
	make_sev_firmware firmware
	make_kernel
	truncate -s 4096 auth
	with --json
	make_id_block block "${1:-$(member digest <out)}" "${2:-$(member guest_policy <out)}"
}

test_block_of_this_launch() {
	sign
	with_block
	expect_status 0
	expect_out "confirmed    by the AMD-SP's firmware, which compares it with the ID block at the launch"
	with_block --json
	expect_out '"confirmed_by":"id-block"'
}

test_block_of_another_digest() {
	local digest

	sign
	with --vcpus 2 --json
	digest=$(member digest <out)
	with_block --vcpus 2
	expect 1 "key 'id_block': the launch digest is not the one in the ID block: computed $digest, the block says "
	expect_err 'firmware would refuse the guest with BAD_MEASUREMENT'
}

test_block_of_another_policy() {
	sign '' 0xb0000
	with_block
	expect 1 'the ID block has the policy 0xb0000, the launch 0x30000'
}

test_block_that_is_none() {
	sign
	truncate -s 0 block
	truncate -s 96 block
	with_block
	expect 66 "key 'id_block': the ID block has version 0, not 1"
}

test_as_a_user() {
	needs_root
	become_user
	make_sev_firmware firmware enforcing
	make_kernel
	chmod a+r firmware kernel
	with
	expect_status 0
	expect_out 'digest       '
	expect_out 'enforced     yes'
}

tests_run
