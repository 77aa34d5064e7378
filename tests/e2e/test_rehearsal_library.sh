#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The real QEMU launches SEV, SEV-ES and SEV-SNP guests against the software AMD-SP, on any machine.
# The digests that it causes are kept in tests/rehearsal/digests.golden, with the SHA-256 of the
# firmware.
#
# usage: tests/e2e/test_rehearsal_library.sh [--write]	# --write keeps those of this firmware
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/owner.sh
. "$(dirname "$0")/owner.sh"
# shellcheck source=tests/e2e/played_qemu.sh
. "$(dirname "$0")/played_qemu.sh"

write=${1:-}
golden=$top/tests/rehearsal/digests.golden
for_pflash=/usr/share/OVMF/OVMF_CODE_4M.fd
for_bios=/usr/share/ovmf/OVMF.fd

# --- QEMU ----------------------------------------------------------------------------------------

# qemu_runs OBJECT [OPTION...]: in front, to its end. The scenario is in $work/scenario.
qemu_runs() {
	needs_program "$qemu"
	touch scenario
	env SNPLAUNCH_REHEARSAL_SCENARIO_FD=3 SNPLAUNCH_REHEARSAL_ACCOUNT_FD=4 \
		LD_PRELOAD="$library" "$qemu" -no-user-config -nodefaults -display none -S \
		-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny \
		-qmp stdio -machine "$played_machine" \
		-cpu EPYC-Milan-v2 -smp 2 -m 256M -object "$@" \
		<qmp_in >qmp 2>err 3<scenario 4>account
}

# The same beside the test, with a QMP that has shaken hands.
qemu_begins() {
	mkfifo qmp_in
	qemu_runs "$@" &
	launcher=$!
	exec 8>qmp_in
	say '{"execute":"qmp_capabilities"}'
}

say() {
	echo "$1" >&8
}

# ask COMMAND TEXT: until QEMU has said that.
ask() {
	say "$1"
	wait_until qemu_said "$2"
}

qemu_said() {
	local ended=no

	! is_gone "$launcher" || ended=yes # then all that it will ever say is there
	grep -qF -- "$1" qmp || { [ $ended = yes ] && fail "QEMU ended before it said: $1"; }
}

qemu_quits() {
	ask '{"execute":"quit"}' '"SHUTDOWN"'
	exec 8>&-
	wait_end
	expect_status 0
}

# qemu_tells OBJECT COMMAND...: in front, with these commands waiting for it. Sets $status.
qemu_tells() {
	local object=$1

	shift
	[ -p qmp_in ] || mkfifo qmp_in
	exec 8<>qmp_in
	[ $# -eq 0 ] || printf '{"execute":"%s"}\n' "$@" >&8
	qemu_runs "$object" "${options[@]}"
	status=$?
	exec 8>&-
}

# QEMU ends by itself, saying why, and the launch is not finished.
qemu_fails() {
	options=("${@:3}")
	qemu_tells "$2"
	expect 1 "$1"
	! grep -q '"finish"' account || fail 'the launch was finished'
}

sev_pflash=(-accel kvm -drive "if=pflash,format=raw,unit=0,readonly=on,file=$for_pflash")
from_bios=(-accel kvm -bios "$for_bios")
options=("${from_bios[@]}") # of qemu_tells

needs_firmware() {
	[ -f "$for_bios" ] || skip "Debian's ovmf is not installed"
	[ -f "$for_pflash" ] || skip "Debian's ovmf is not installed"
}

# --- What the account says -----------------------------------------------------------------------

# told RECORD FIELD: a field of the last record of that kind.
told() {
	grep "\"record\":\"$1\"" account | tail -n 1 | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}

# expect_digest NAME FIRMWARE
expect_digest() {
	local sum kept digest

	sum=$(sha256sum "$2")
	sum=${sum%% *}
	digest=$(told finish digest)
	if [ "$write" = --write ]; then
		sed -i "/^$1 $sum /d" "$golden"
		echo "$1 $sum $digest" >>"$golden"
		return
	fi
	kept=$(sed -n "s/^$1 $sum //p" "$golden")
	[ -n "$kept" ] || skip "no digest is kept of this $2"
	expect_equal "$digest" "$kept" "$1"
}

# launches NAME FIRMWARE OBJECT [OPTION...]: from the beginning to a running guest.
launches() {
	needs_firmware
	qemu_begins "${@:3}"
	ask '{"execute":"query-sev"}' '"enabled": true'
	ask '{"execute":"cont"}' '"RESUME"'
	ask '{"execute":"query-sev"}' '"state": "running"'
	ask '{"execute":"query-status"}' '"status": "running"'
	ask '{"execute":"stop"}' '"STOP"'
	say '{"execute":"cont"}'
	ask '{"execute":"system_powerdown"}' '"POWERDOWN"'
	qemu_quits
	! grep 'unknown-call' account || fail 'QEMU made calls that nobody answers'
	expect_digest "$1" "$2"
}

test_sev_snp() {
	launches sev-snp "$for_bios" "$(encrypted sev-snp-guest)" "${from_bios[@]}"
}

test_sev() {
	launches sev "$for_pflash" "$(encrypted sev-guest '"policy":1')" "${sev_pflash[@]}"
}

test_sev_es() {
	launches sev-es "$for_pflash" "$(encrypted sev-guest '"policy":5')" "${sev_pflash[@]}"
}

# The VM type of its own measures another VMSA.
test_sev_es_of_its_own_vm_type() {
	launches sev-es-vm-type "$for_bios" \
		"$(encrypted sev-guest '"policy":5' '"legacy-vm-type":"off"')" "${from_bios[@]}"
}

# The descriptor that the launcher hands over, in a set of QEMU's.
test_kvm_by_descriptor() {
	needs_firmware
	touch stand_in
	export SNPLAUNCH_REHEARSAL_KVM_FD=7
	exec 7<>stand_in
	qemu_begins "$(encrypted sev-snp-guest)" -add-fd fd=7,set=7 \
		-accel kvm,device=/dev/fdset/7 -bios "$for_bios"
	ask '{"execute":"cont"}' '"RESUME"'
	qemu_quits
	[ -n "$(told finish digest)" ] || fail 'the launch was not finished'
}

# --- SEV's measurement and secret, with the owner's half by openssl ------------------------------

# Until SEV's measurement, which is then in $measurement.
begin_measured() {
	needs_firmware
	needs_program openssl
	printf 'tik %s\ntek %s\n' "$tik" "$tek" >scenario
	qemu_begins "$(encrypted sev-guest '"policy":1')" "${sev_pflash[@]}"
	ask '{"execute":"query-sev-launch-measure"}' '"data":'
	measurement=$(sed -n 's/.*"data": "\([^"]*\)".*/\1/p' qmp | base64 -d | hex)
}

test_measurement_is_the_firmwares() {
	local digest nonce

	begin_measured
	digest=$(sha256sum "$for_pflash")
	nonce=${measurement:64}
	# 1.55.39, policy 1
	expect_equal "${measurement:0:64}" \
		"$(hmac "$tik" "0401372701000000${digest%% *}$nonce")"
	expect_equal "$(told measure digest)" "${digest%% *}"
	qemu_quits
}

test_secret_of_the_owner() {
	local packet header

	begin_measured
	make_packet 'a secret of the owner' "$measurement"
	say '{"execute":"sev-inject-launch-secret","arguments":{"gpa":65536,"packet-header":"'"$(
		bytes "$header" | base64 -w 0)"'","secret":"'"$(bytes "$packet" | base64 -w 0)"'"}}'
	wait_until grep -q '"record":"secret"' account
	expect_equal "$(told secret gpa)" 0x10000
	expect_equal "$(told secret sha256)" \
		"$(printf '%-32s' 'a secret of the owner' | sha256sum | sed 's/ .*//')"
	qemu_quits
}

# --- What goes wrong -----------------------------------------------------------------------------

test_fault_of_the_firmware() {
	needs_firmware
	echo 'fault KVM_SEV_SNP_LAUNCH_START fw_error=RESOURCE_LIMIT' >scenario
	qemu_fails 'fw_error=23' "$(encrypted sev-snp-guest)" "${from_bios[@]}"
	expect_equal "$(told command errno)" 5
}

test_fault_of_one_update() {
	needs_firmware
	echo 'fault KVM_SEV_SNP_LAUNCH_UPDATE call=4 fw_error=INVALID_PARAM' >scenario
	qemu_tells "$(encrypted sev-snp-guest)" qmp_capabilities cont
	expect 1 'SNP_LAUNCH_UPDATE ret=-5 fw_error=22'
	expect_equal "$(grep -c '"record":"range"' account)" 3
}

test_no_asid() {
	needs_firmware
	echo 'sev_es_asids 0' >scenario
	qemu_fails 'failed to initialize ret=-16 fw_error=0' "$(encrypted sev-snp-guest)" "${from_bios[@]}"
}

test_policy_that_kvm_refuses() {
	needs_firmware
	qemu_fails 'LAUNCH_START ret=-22 fw_error=0' \
		"$(encrypted sev-snp-guest '"policy":131072')" "${from_bios[@]}"
}

test_policy_that_the_firmware_refuses() {
	needs_firmware
	qemu_fails 'LAUNCH_START ret=-5 fw_error=7' \
		"$(encrypted sev-snp-guest '"policy":196920')" "${from_bios[@]}"
}

test_sev_es_beside_snp_with_new_firmware() {
	needs_firmware
	printf 'platform milan\nsnp_svn 28\n' >scenario
	qemu_fails "fw_error=21 'Feature not supported'" \
		"$(encrypted sev-guest '"policy":5')" "${sev_pflash[@]}"
}

test_machine_without_snp() {
	needs_firmware
	echo 'vm_types sev,sev-es' >scenario
	qemu_fails 'vm-type SEV-SNP not supported by KVM' "$(encrypted sev-snp-guest)" "${from_bios[@]}"
}

test_no_device() {
	needs_firmware
	echo 'fault OPEN_SEV errno=ENOENT' >scenario
	qemu_fails /dev/sev "$(encrypted sev-guest)" "${sev_pflash[@]}"
	expect_err 'No such file or directory'
}

test_pflash_of_snp() {
	needs_firmware
	qemu_fails 'pflash with kvm requires KVM readonly memory support' \
		"$(encrypted sev-snp-guest)" "${sev_pflash[@]}"
}

# --- ID blocks, made by openssl ------------------------------------------------------------------

# launches_with_id_block: QEMU ends by itself, or because it is told to.
launches_with_id_block() {
	qemu_tells "$(encrypted sev-snp-guest "\"id-block\":\"$(bytes "$block" | base64 -w 0)\"" \
		"\"id-auth\":\"$(bytes "$auth" | base64 -w 0)\"")" qmp_capabilities cont quit
}

# The digest of the launch, without an ID block.
digest_of_launch() {
	qemu_tells "$(encrypted sev-snp-guest)" qmp_capabilities cont quit
	told finish digest
}

test_id_block_that_is_right() {
	needs_firmware
	needs_program openssl
	id_block "$(digest_of_launch)" 0000030000000000
	launches_with_id_block
	expect_status 0
	expect_equal "$(told id-block accepted)" true
	expect_equal "$(told finish id_block)" true
}

test_id_block_of_another_policy() {
	needs_firmware
	needs_program openssl
	id_block "$(digest_of_launch)" 00000b0000000000
	launches_with_id_block
	expect 1 'SNP_LAUNCH_FINISH ret=-5 fw_error=7'
	expect_equal "$(told id-block accepted)" false
}

test_id_block_of_another_digest() {
	needs_firmware
	needs_program openssl
	id_block "$(zeros 48)" 0000030000000000
	launches_with_id_block
	expect 1 'SNP_LAUNCH_FINISH ret=-5 fw_error=11'
}

test_id_block_that_was_changed() {
	needs_firmware
	needs_program openssl
	id_block "$(zeros 48)" 0000030000000000
	block=ff${block:2}
	launches_with_id_block
	expect 1 'SNP_LAUNCH_FINISH ret=-5 fw_error=10'
	[ -z "$(told finish digest)" ] || fail 'the launch was finished'
}

test_scenario_that_is_wrong() {
	echo 'platform rome' >scenario
	qemu_tells "$(encrypted sev-snp-guest)"
	expect 78 "librehearsal: scenario: line 1: 'rome' is no platform: milan, genoa, turin"
}

c_bit=$(c_bit_position)
tests_run
