#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# snplaunch rehearse: the real QEMU in the real jail, launching against the software AMD-SP; and the
# owner of a SEV guest, who has the launch wait.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/owner.sh
. "$(dirname "$0")/owner.sh"
# shellcheck source=tests/e2e/rehearsals.sh
. "$(dirname "$0")/rehearsals.sh"

# --- Launches ------------------------------------------------------------------------------------

every_level() {
	rehearse --level sev
	expect_equal_digests
	rehearse --level sev-es --vcpus 2
	expect_equal_digests
	rehearse --level sev-es --vcpus 3 --legacy-vm-type off
	expect_equal_digests
	rehearse --level sev-snp --vcpus 4
	expect_equal_digests
}

test_every_level_for_root() {
	needs_root
	every_level
}

test_every_level_for_a_user() {
	become_user
	every_level
}

test_report_as_json() {
	rehearse --level sev-snp --json
	expect_status 0
	expect_equal "$(report silicon)" false
	expect_equal "$(report guest_ran)" false
	expect_equal "$(report equal)" true
	expect_equal "$(report refused)" null
	expect_equal "$(report expected)" "$(report caused)"
	expect_out '"what":"VMSA"'
}

# A host policy that keeps QEMU from /dev/sev has no say in what is played.
test_policy_that_fakes_sev_issue_cmd() {
	mkdir -p etc
	echo '{"sev_issue_cmd":"fake"}' >etc/policy.json
	rehearse --level sev-snp
	expect_equal_digests
}

# --- Scenarios -----------------------------------------------------------------------------------

test_fault_of_the_firmware() {
	scenario 'fault KVM_SEV_SNP_LAUNCH_START fw_error=RESOURCE_LIMIT' --level sev-snp
	expect 1 'the launch was refused: KVM_SEV_SNP_LAUNCH_START: Input/output error, fw_error 23 (RESOURCE_LIMIT)'
	scenario 'fault KVM_SEV_LAUNCH_START fw_error=POLICY_FAILURE' --level sev
	expect 1 'KVM_SEV_LAUNCH_START: Input/output error, fw_error 7 (POLICY_FAILURE)'
	scenario 'fault KVM_SEV_SNP_LAUNCH_UPDATE call=2 errno=ENOMEM' --level sev-snp --json
	expect 1 'KVM_SEV_SNP_LAUNCH_UPDATE: Cannot allocate memory'
	expect_equal "$(report call)" KVM_SEV_SNP_LAUNCH_UPDATE
	expect_equal "$(report caused)" null
	expect_clean
}

test_fault_for_a_user() {
	become_user
	echo 'fault OPEN_SEV errno=EACCES' >scenario
	rehearse --scenario=scenario --level sev-es
	expect 1 'the launch was refused: OPEN_SEV: Permission denied'
}

test_machine_without_snp() {
	scenario 'vm_types sev,sev-es' --level sev-snp
	expect 69 "level 'sev-snp'"
	scenario 'vm_types sev,sev-es' --level sev-es
	expect_equal_digests
}

test_scenario_that_is_wrong() {
	scenario 'platform rome' --level sev-snp
	expect 78 "scenario 'scenario': line 1: 'rome' is no platform: milan, genoa, turin"
	rehearse --scenario nothing --level sev-snp
	expect 66 "'nothing'"
	: >empty
	rehearse --scenario empty --level sev-snp
	expect 66 "'empty': the scenario is empty"
}

test_what_cannot_be_rehearsed() {
	rehearse --level off
	expect 64 "level 'off': nothing is measured there that could be rehearsed"
	rehearse --level sev-snp --host-facts "$facts"
	expect 64 "unknown option '--host-facts'"
	rehearse --level sev-snp --console-events
	expect 64 "unknown option '--console-events'"
}

test_library_that_is_not_installed() {
	mkdir bin
	cp "$bin/snplaunch" "$bin/snplaunch-launcher" "$bin/snplaunch-jail" bin
	chmod -R a+rX bin
	SNPLAUNCH=$work/bin/snplaunch-launcher
	rehearse --level sev-snp
	expect 69 "cannot find snplaunch's '$work/bin/librehearsal.so'"
	fake_start ''
	wait_event running
	power_down
}

# Only a rehearsal has a library preloaded.
test_run_preloads_nothing() {
	needs_root
	fake_start ''
	wait_event running
	find_processes
	expect_equal "$(tr '\0' ' ' <"/proc/$qemu/environ")" 'PATH=/usr/bin LC_ALL=C '
	power_down
}

# --- As run does ---------------------------------------------------------------------------------

test_kernel_that_the_firmware_does_not_check_is_refused() {
	make_sev_firmware firmware indifferent
	make_kernel
	rehearse --level sev-snp --firmware firmware --kernel kernel
	expect 66 'the launch digest covers the kernel, but this firmware does not check it'
	rehearse --level sev-snp --firmware firmware --kernel kernel --unenforced-kernel-hashes accept
	expect_equal_digests
	expect_err 'does not check the kernel that the launch digest covers'
	make_sev_firmware firmware enforcing
	rehearse --level sev-snp --firmware firmware --kernel kernel
	expect_equal_digests
	expect_no_err 'does not check'
}

# As large as QEMU takes it for this memory, and a byte more.
test_initrd_that_does_not_fit_is_refused() {
	local room=$((256 * 1048576 - 0x28001))

	make_sev_firmware firmware enforcing
	make_kernel
	truncate -s $((room - 1)) initrd
	rehearse --level sev-snp --firmware firmware --kernel kernel --initrd initrd
	expect_equal_digests
	truncate -s "$room" initrd
	rehearse --level sev-snp --firmware firmware --kernel kernel --initrd initrd
	expect 66 "initrd 'initrd': it has $room bytes, and 256 MiB of memory have room for less than $room"
}

# A guest that resets is started again from the same bytes, and is measured as the first time.
launches_again() {
	truncate -s 65536 disk
	rehearse --level "$1" --on-reset relaunch --json --record record \
		--disk '{"path":"disk","format":"raw"}'
	expect_status 0
	expect_out '"launches":2'
	expect_equal "$(report expected)" "$(report caused)"
	expect_equal "$(grep -c '"state":"started"' record)" 2
	expect_equal "$(grep -c '"state":"running"' record)" 2
	expect_clean
}

test_guest_is_launched_again_for_root() {
	needs_root
	launches_again sev-snp
}

test_guest_is_launched_again_for_a_user() {
	become_user
	cd "$work/user" || exit 1
	launches_again sev-es
}

# Only one that succeeded is launched again.
test_guest_that_is_refused_is_not_launched_again() {
	scenario 'fault KVM_SEV_SNP_LAUNCH_FINISH call=1 fw_error=BAD_MEASUREMENT' --level sev-snp \
		--on-reset relaunch --json
	expect_status 1
	expect_out '"launches":1'
	expect_clean
}

# On any machine: the one of the record was played, and has no kernel.
test_record_is_checked_without_such_a_host() {
	rehearse --level sev-snp --record record
	expect_equal_digests
	run "$SNPLAUNCH" record check record
	expect_status 0
	expect_no_out 'host kernel'
	expect_out 'host         not asked    the record is of a rehearsal'
	expect_out "digest       same         $(sed -n 's/^ *"caused":"\([^"]*\)".*/\1/p' record)"
	run "$SNPLAUNCH" record check record --host-facts "$top/tests/host/no-sev-qemu-7.2.json"
	expect_status 1
	expect_out "host         differs      level 'sev-snp'"
	expect_out 'digest       same'
}

test_record_over_another_file() {
	echo kept >notes
	rehearse --level sev-snp --record notes
	expect 66 "output 'notes': what is in it is not a launch record"
	expect_equal "$(cat notes)" kept
}

test_record_is_marked_as_a_rehearsal() {
	rehearse --level sev-snp --record record
	expect_equal_digests
	grep -q '"machine":"played by software: no silicon was involved, and the guest never ran an instruction"' \
		record || fail 'the record is not marked'
	grep -q '"confirmed_by":"nobody"' record || fail 'somebody confirmed the digest'
	run "$SNPLAUNCH" record show record
	expect_status 0
	expect_out 'rehearsal    played by software: no silicon was involved'
	expect_out "caused       $(sed -n 's/^ *"caused":"\([^"]*\)".*/\1/p' record)"
	run "$SNPLAUNCH" record diff record record
	expect_status 0
	scenario 'fault KVM_SEV_SNP_LAUNCH_START fw_error=RESOURCE_LIMIT' --level sev-snp --record record
	expect_status 1
	grep -q '"fw_error_name":"RESOURCE_LIMIT"' record || fail 'the record does not say why'
	! grep -q '"caused"' record || fail 'a launch that failed caused a digest'
	run "$SNPLAUNCH" record show record
	expect_out 'exit         1: the launch was refused'
	# One that is refused before leaves the record alone.
	echo kept >record
	rehearse --level sev-snp --kernel nothing --record record
	expect_status 66
	expect_equal "$(cat record)" kept
}

# --- The owner's keys, in a test -----------------------------------------------------------------

# make_test_keys POLICY: those of a launch without a session.
make_test_keys() {
	printf 'snplaunch-sev-owner-keys 1\npolicy %s\ntek %s\ntik %s\n' "$1" \
		"$(bytes "$tek" | base64)" "$(bytes "$tik" | base64)" >keys
}

# A host that is honest, but for the line of the scenario.
rehearse_with_keys() {
	printf 'tik %s\ntek %s\n%s\n' "${3:-$tik}" "$tek" "$2" >scenario
	rehearse --scenario scenario --level "$1" --test-owner-keys keys --events-fd 9 9>events
}

test_measurement_is_verified_with_keys_of_a_test() {
	make_test_keys 0x1
	rehearse_with_keys sev ''
	expect_equal_digests
	expect_err "warning: the owner's keys are on this host, which is for tests"
	expect_err "the measurement is of the computed launch digest, by the owner's keys"
	make_test_keys 0x5
	rehearse_with_keys sev-es ''
	expect_equal_digests
	rehearse --scenario=scenario --level sev-es --test-owner-keys=keys
	expect_equal_digests
}

# refused_before_cont LEVEL SCENARIO [TIK]
refused_before_cont() {
	rehearse_with_keys "$@"
	expect 1 'launch: the measurement is not of this launch: digest, policy (0x1), firmware version or keys differ'
	! grep -q '"running"' events || fail 'the guest ran'
	grep -q '"event":"measured"' events || fail 'nothing was measured'
	[ ! -s out ] || fail 'a report of a launch that was given up'
	expect_clean
}

test_wrong_measurement_is_refused_before_the_guest_runs() {
	make_test_keys 0x1
	refused_before_cont sev '' 000102030405060708090a0b0c0d0eff # the HMAC is by another key
	refused_before_cont sev 'measured_api 1.51.39'
	refused_before_cont sev 'measured_api 1.55.38'
	refused_before_cont sev 'measured_policy 0x0'
}

# That of an earlier launch, with its nonce and all, is no proof of another one: of other firmware,
# or of the same with the keys of its own that each launch has. So is one with another nonce.
test_measurement_that_is_replayed() {
	local earlier

	make_test_keys 0x1
	rehearse_with_keys sev ''
	expect_status 0
	earlier=$(sed -n 's/.*"measurement":"\([^"]*\)".*/\1/p' events | base64 -d | hex)
	expect_equal ${#earlier} 96
	make_sev_firmware other enforcing
	printf 'replayed_measurement %s\n' "$earlier" >scenario
	rehearse --scenario scenario --level sev --test-owner-keys keys --firmware other
	expect 1 'the measurement is not of this launch'
	expect_no_out 'digests'
	printf 'snplaunch-sev-owner-keys 1\npolicy 0x1\ntek %s\ntik %s\n' "$(bytes "$tek" | base64)" \
		"$(bytes "$tek" | base64)" >keys
	refused_before_cont sev "replayed_measurement $earlier"
	make_test_keys 0x1
	refused_before_cont sev "replayed_measurement ${earlier:0:64}$(zeros 16)"
}

test_keys_that_do_not_fit() {
	make_test_keys 0x5
	rehearse_with_keys sev ''
	expect 64 "keys 'keys': they are for policy 0x5, the guest has 0x1"
	rehearse_with_keys sev-snp ''
	expect 64 "option '--test-owner-keys': only sev and sev-es have a measurement"
	echo x >keys
	rehearse_with_keys sev ''
	expect 66 "keys 'keys': "
	fake '' --test-owner-keys keys
	expect 64 "option '--test-owner-keys': only sev and sev-es have a measurement"
}

# --- The owner -----------------------------------------------------------------------------------

# Rehearses a guest that waits, until its measurement is known: in $measurement.
begin_waiting() {
	needs_program openssl
	printf 'tik %s\ntek %s\n' "$tik" "$tek" >scenario
	rehearse_command --scenario scenario --level "$1" --name waits \
		--sev-session '{"pause_for_owner":true}'
	output=$work/report start "${rehearsal[@]}" # "out" is for what the owner hears
	wait_event paused
	measurement=$(sed -n 's/.*"measurement":"\([^"]*\)".*/\1/p' "$events" | base64 -d | hex)
}

# owner_says [OPTION...]: what "continue" says to that.
owner_says() {
	run "$SNPLAUNCH" continue waits "$@"
}

owner_lets_it_run() {
	begin_waiting "$1"
	wait_err 'the guest waits for its owner: snplaunch continue waits'
	run "$SNPLAUNCH" status waits
	expect_out 'state        launch-secret'
	owner_says
	expect_status 0
	expect_out "guest 'waits' goes on"
	wait_end
	expect_status 0
	expect_clean
}

test_owner_lets_it_run_for_root() {
	needs_root
	owner_lets_it_run sev
}

test_owner_lets_it_run_for_a_user() {
	become_user
	owner_lets_it_run sev-es
}

test_owner_brings_a_secret() {
	local packet header

	begin_waiting sev
	make_packet 'a secret of the owner' "$measurement"
	bytes "$header" | base64 -w 0 >header.txt
	bytes "$packet" | base64 >packet.txt
	owner_says --secret-header header.txt --secret-payload=packet.txt --secret-gpa 0x10000 --json
	expect_status 0
	expect_out '"name":"waits"'
	wait_end
	expect_status 0
}

# One that is for another launch changes nothing: the guest goes on waiting.
test_owner_brings_a_wrong_secret() {
	local packet header

	begin_waiting sev
	make_packet 'a secret of the owner' "$(zeros 32)"
	bytes "$header" | base64 -w 0 >header.txt
	bytes "$packet" | base64 >packet.txt
	owner_says --secret-header header.txt --secret-payload packet.txt --secret-gpa 0x10000
	expect 69 "guest 'waits': the guest refuses: QEMU refused the secret"
	bytes "${header:2}" | base64 -w 0 >short
	owner_says --secret-header short --secret-payload packet.txt --secret-gpa 0x10000
	expect 64 "the secret's header has 51 bytes, must have 52"
	owner_says --secret-header packet.txt
	expect 64 "option '--secret-header' needs '--secret-payload'"
	head -c 16384 /dev/zero | base64 -w 0 >longest
	owner_says --secret-header header.txt --secret-payload longest --secret-gpa 0x10000
	expect 69 'QEMU refused the secret'
	echo '====' >>longest
	owner_says --secret-header header.txt --secret-payload longest
	expect 66 "'longest' has more than 21850 bytes"
	echo "not base64" >other
	owner_says --secret-header header.txt --secret-payload other
	expect 66 "'other' is not base64"
	owner_says
	expect_status 0
	wait_end
	expect_status 0
}

# Whatever the firmware has against it, the guest goes on waiting.
test_firmware_refuses_the_secret() {
	local packet header code

	needs_program openssl
	printf 'tik %s\ntek %s\nfault KVM_SEV_LAUNCH_SECRET call=1 fw_error=3\n' "$tik" "$tek" >faults
	echo 'fault KVM_SEV_LAUNCH_SECRET call=2 fw_error=INVALID_PARAM' >>faults
	rehearse_command --scenario faults --level sev --name waits \
		--sev-session '{"pause_for_owner":true}'
	output=$work/report start "${rehearsal[@]}"
	wait_event paused
	measurement=$(sed -n 's/.*"measurement":"\([^"]*\)".*/\1/p' "$events" | base64 -d | hex)
	make_packet 'a secret of the owner' "$measurement"
	bytes "$header" | base64 -w 0 >header.txt
	bytes "$packet" | base64 >packet.txt
	for code in 3 22; do
		owner_says --secret-header header.txt --secret-payload packet.txt --secret-gpa 0x10000
		expect 69 "QEMU refused the secret: SEV: failed to inject secret ret=-5 fw_error=$code"
	done
	owner_says --secret-header header.txt --secret-payload packet.txt --secret-gpa 0x10000
	expect_status 0
	wait_end
	expect_status 0
}

test_owner_of_a_guest_that_does_not_wait() {
	fake_start ''
	wait_event running
	run "$SNPLAUNCH" continue fake
	expect 64 "it does not wait for its owner: its state is 'running'"
	run "$SNPLAUNCH" continue
	expect 64 'the name of a guest is missing'
	run "$SNPLAUNCH" continue nosuch
	expect 66 "no guest named 'nosuch' is running"
	power_down
}

test_signal_while_it_waits() {
	begin_waiting sev
	kill -TERM "$launcher"
	wait_end
	expect 143 'ended by signal 15'
	expect_clean
}

# The machine may have a /dev/sev and a /dev/kvm; a rehearsal's QEMU sees none.
test_no_device_is_shown() {
	needs_root
	begin_waiting sev
	find_processes
	expect_equal "$(cd "/proc/$qemu/root/dev" && echo ./*)" './null ./urandom'
	! readlink "/proc/$qemu/fd/"* | grep '/dev/\(kvm\|sev\)' || fail 'a device is open'
	owner_says
	wait_end
	expect_status 0
}

tests_run
