#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# OpenStack's image and flavor through the real programs: what they decide is in the plan, and what
# they refuse names both sides.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

image=$top/examples/openstack-image.json
flavor=$top/examples/openstack-flavor.json

# write_image PROPERTIES, write_flavor PROPERTIES: members of a JSON object
write_image() {
	printf '{"id":"1c9d","name":"debian","properties":{%s}}' "$1" >"$work/image.json"
}

write_flavor() {
	printf '{"id":"6d2f","name":"m1","vcpus":3,"ram":512,"properties":{%s}}' "$1" >"$work/flavor.json"
}

# planned OPTION...: a plan with both files
planned() {
	make_sev_firmware firmware enforcing
	plan --firmware firmware --image-properties image.json --flavor flavor.json "$@"
}

test_examples_make_a_guest_of_sev_snp() {
	make_sev_firmware firmware enforcing
	plan --firmware firmware --image-properties "$image" --flavor "$flavor"
	expect_status 0
	expect_out 'level        sev-snp'
	expect_out 'EPYC-v4, signature 0x00800f12, 2 vCPUs'
	expect_out 'memory       2048 MiB'
	expect_out 'openstack    level: sev-snp, by hw_mem_encryption of the image, hw:mem_encryption of the flavor'
	expect_out 'firmware: uefi, by hw_firmware_type of the image'
	expect_out 'vcpus: 2, by vcpus of the flavor'
	expect_out 'trait HW_CPU_X86_AMD_SEV_SNP: required, by trait:HW_CPU_X86_AMD_SEV_SNP of the flavor'
	expect_out 'not used of the image: os_distro, os_hidden'
}

test_json_has_the_decisions() {
	make_sev_firmware firmware enforcing
	plan --json --firmware firmware --image-properties "$image" --flavor "$flavor"
	expect_status 0
	expect_out '"openstack":{'
	expect_out '"name":"debian-13-snp"'
	expect_out '"what":"level"'
	expect_out '"property":"hw:mem_encryption_model"'
	plan --json --firmware firmware --level off
	expect_status 0
	expect_no_out '"openstack"'
}

test_both_spellings_of_the_options() {
	make_sev_firmware firmware enforcing
	plan --firmware firmware "--image-properties=$image" "--flavor=$flavor"
	expect_status 0
	expect_out 'level        sev-snp'
}

test_plan_and_run_refuse_alike() {
	write_image '"hw_mem_encryption":"True","hw_firmware_type":"uefi"'
	write_flavor '"hw:mem_encryption":"false"'
	make_sev_firmware firmware enforcing
	for command in plan run; do
		run "$SNPLAUNCH" "$command" --host-facts "$facts" --firmware firmware \
			--image-properties image.json --flavor flavor.json
		expect 64 "flavor 'm1' has hw:mem_encryption extra spec explicitly set to 'false', conflicting with image 'debian'"
	done
}

test_nothing_starts_unencrypted_by_silence() {
	write_image '"hw_firmware_type":"uefi"'
	write_flavor '"hw:mem_encryption_model":"amd-sev-snp"'
	planned
	expect 64 'Nova would start such a guest unencrypted, which takes --level off here'
	expect_err "property 'hw:mem_encryption_model' of flavor 'm1' has no effect"
	planned --level off
	expect_status 0
	write_flavor '"hw:mem_encryption":"tru"'
	planned --level off
	expect 78 "flavor 'flavor.json':1:80: key 'properties.hw:mem_encryption': must be true or false, not 'tru'"
	write_flavor '"hw_mem_encryption":"true"'
	planned --level off
	expect 78 'is a property of images, which Nova ignores here: write hw:mem_encryption'
}

test_guest_file_and_properties_must_agree() {
	write_image '"hw_mem_encryption":"True","hw_firmware_type":"uefi"'
	write_flavor ''
	planned --level off
	expect 64 "level 'sev' is decided by image 'debian' and flavor 'm1', but key 'level' is 'off'"
	planned --vcpus 2
	expect 64 "'vcpus' of flavor 'm1' is 3, but key 'vcpus' is 2"
	printf '{"memory_mib":1024,"firmware":"firmware"}' >"$work/guest.json"
	plan guest.json --image-properties image.json --flavor flavor.json
	expect 64 "'ram' of flavor 'm1' is 512, but key 'memory_mib' is 1024"
	printf '{"memory_mib":512,"firmware":"firmware"}' >"$work/guest.json"
	plan guest.json --image-properties image.json --flavor flavor.json
	expect_status 0
	expect_out 'level        sev'
	expect_out '3 vCPUs'
}

test_traits_are_checked_against_the_machine() {
	write_image '"hw_mem_encryption":"False"'
	write_flavor '"trait:HW_CPU_X86_AMD_SEV_SNP":"required"'
	planned
	expect_status 0
	facts=$top/tests/host/no-sev-qemu-7.2.json
	planned --accel tcg
	expect 69 "this machine lacks trait 'HW_CPU_X86_AMD_SEV_SNP', which flavor 'm1' requires"
	facts=$top/tests/host/genoa-qemu-10.0.json
	write_flavor '"trait:CUSTOM_EDGE":"required","aggregate_instance_extra_specs:ssd":"true"'
	planned
	expect 69 "if this machine has it, give --host-traits 'CUSTOM_EDGE'"
	planned --host-traits CUSTOM_EDGE
	expect 69 "if it holds, give --host-traits 'ssd=true'"
	planned --host-traits CUSTOM_EDGE,ssd=true
	expect_status 0
	plan --level off --host-traits CUSTOM_EDGE
	expect 64 "option '--host-traits' needs '--image-properties' or '--flavor'"
}

test_properties_start_a_guest() {
	write_image '"hw_mem_encryption":"False","hw_machine_type":"q35"'
	write_flavor ''
	fake_start '' --image-properties image.json --flavor flavor.json
	wait_event running
	kill -TERM "$launcher"
	wait_end
	expect_status 0
}

test_hostile_text_is_escaped() {
	write_image '"hw_mem_encryption":"False","x\u001b[31m\n":"1"'
	printf '{"name":"m\u001b]0;\\n\\"","properties":{"hw:mem_page_size":"\u001b[2J"}}' >"$work/flavor.json"
	sed -i 's/\x1b/\\u001b/g' "$work/flavor.json" "$work/image.json"
	planned
	expect_status 64
	! grep -q $'\e' "$work/err" || fail 'an escape sequence reached the terminal'
	write_flavor ''
	planned
	expect_status 0
	! grep -q $'\e' "$work/out" || fail 'an escape sequence reached the terminal'
}

test_files_that_cannot_be_read() {
	make_sev_firmware firmware enforcing
	plan --firmware firmware --flavor nosuch.json
	expect 66 "cannot open file 'nosuch.json': No such file or directory"
	plan --firmware firmware --flavor "$image"
	expect 78 "key 'disk_format': is no key of what 'openstack flavor show' prints"
}

test_properties_of_a_user() {
	become_user
	cp "$image" "$work/image.json"
	cp "$flavor" "$work/flavor.json"
	planned
	expect_status 0
	expect_out 'level        sev-snp'
}

# --- The guest policy of SEV-SNP ------------------------------------------------------------------

test_guest_policy_by_number_and_by_names() {
	make_sev_firmware firmware enforcing
	plan --firmware firmware --level sev-snp --guest-policy 0x830133
	expect_status 0
	expect_out 'guest policy 0x830133: smt, rapl_dis, abi 1.51'
	plan --json --firmware firmware --level sev-snp --guest-policy '{"rapl_dis":true,"abi":"1.51"}'
	expect_status 0
	expect_out '"guest_policy":"0x830133"'
	expect_out '"guest_policy_words":"smt, rapl_dis, abi 1.51"'
	plan --firmware firmware --level sev-snp --guest-policy 0x300000
	expect 64 "option '--guest-policy': policy 0x300000 lacks bit 17, which must be one"
	plan --firmware firmware --level sev --guest-policy 0x30000
	expect 64 "key 'guest_policy' is a number, which needs level sev-snp, but key 'level' is 'sev'"
}

test_policy_that_kvm_of_the_host_refuses() {
	make_sev_firmware firmware enforcing
	sed 's/"identity": ""/"identity": "format=1 kernel=6.12.94-amd64"/' "$facts" >"$work/facts.json"
	chmod 644 "$work/facts.json"
	facts=$work/facts.json
	plan --firmware firmware --level sev-snp --guest-policy 0x20000
	expect 69 "key 'guest_policy.smt' is off, which KVM of Linux 6.12 refuses: use Linux 6.19 or newer"
	plan --firmware firmware --level sev-snp --guest-policy '{"migrate_agent":true}'
	expect 69 'KVM takes in no version: leave it out'
}

tests_run
