#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What goes wrong in a launch: each error of the SEV firmware, KVM that refuses, a QEMU that hangs or
# dies at each step. Each has its exit status and its explanation, and nothing is left.
#
# usage: tests/e2e/test_rehearse_faults.sh [--all]	# --all: every error at every command
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/e2e/rehearsals.sh
. "$(dirname "$0")/rehearsals.sh"

[ "${1-}" = --all ] && all=1 || all=0

# The commands of a launch that the firmware answers, each in a launch that has it.
commands() {
	cat <<-'END'
		SEV_PLATFORM_STATUS sev
		KVM_SEV_INIT sev
		KVM_SEV_LAUNCH_START sev
		KVM_SEV_LAUNCH_UPDATE_DATA sev
		KVM_SEV_LAUNCH_MEASURE sev
		KVM_SEV_LAUNCH_FINISH sev
		KVM_SEV_ES_INIT sev-es
		KVM_SEV_LAUNCH_UPDATE_VMSA sev-es
		KVM_SEV_LAUNCH_MEASURE sev-es
		KVM_SEV_INIT2 sev-es --legacy-vm-type off
		KVM_SEV_LAUNCH_UPDATE_VMSA sev-es --legacy-vm-type off
		SEV_PLATFORM_STATUS sev-snp
		KVM_SEV_INIT2 sev-snp
		KVM_SEV_SNP_LAUNCH_START sev-snp
		KVM_SEV_SNP_LAUNCH_UPDATE sev-snp
		KVM_SEV_SNP_LAUNCH_FINISH sev-snp
	END
}

# The errors of the firmware's ABI; the last is one of the PSP's boot loader.
fw_errors() {
	cat <<-'END'
		1 INVALID_PLATFORM_STATE
		2 INVALID_GUEST_STATE
		3 INVALID_CONFIG
		4 INVALID_LEN
		5 ALREADY_OWNED
		6 INVALID_CERTIFICATE
		7 POLICY_FAILURE
		8 INACTIVE
		9 INVALID_ADDRESS
		10 BAD_SIGNATURE
		11 BAD_MEASUREMENT
		12 ASID_OWNED
		13 INVALID_ASID
		14 WBINVD_REQUIRED
		15 DFFLUSH_REQUIRED
		16 INVALID_GUEST
		17 INVALID_COMMAND
		18 ACTIVE
		19 HWSEV_RET_PLATFORM
		20 HWSEV_RET_UNSAFE
		21 UNSUPPORTED
		22 INVALID_PARAM
		23 RESOURCE_LIMIT
		24 SECURE_DATA_INVALID
		25 INVALID_PAGE_SIZE
		26 INVALID_PAGE_STATE
		27 INVALID_MDATA_ENTRY
		28 INVALID_PAGE_OWNER
		29 AEAD_OFLOW
		31 EXIT_RING_BUFFER
		32 RMP_INIT_REQUIRED
		33 BAD_SVN
		34 BAD_VERSION
		35 SHUTDOWN_REQUIRED
		36 UPDATE_FAILED
		37 RESTORE_REQUIRED
		38 RMP_INITIALIZATION_FAILED
		39 INVALID_KEY
		40 SHUTDOWN_INCOMPLETE
		48 INCORRECT_BUFFER_LENGTH
		49 EXPAND_BUFFER_LENGTH_REQUEST
		50 SPDM_REQUEST
		51 SPDM_ERROR
		53 DEV_CONN
		54 INVALID_DEV_CTX
		55 INVALID_TDI_CTX
		56 INVALID_TDI
		57 RECLAIM_REQUIRED
		58 IN_USE
		59 INVALID_DEV_STATE
		60 INVALID_TDI_STATE
		61 DEV_CERT_CHANGED
		62 RESYNC_REQ
		63 RESPONSE_TOO_LARGE
		32771 UNKNOWN
	END
}

# error_at NUMBER NAME CALL LEVEL [OPTION...]
error_at() {
	local number=$1 name=$2 call=$3

	shift 3
	scenario "fault $call fw_error=$number" --name "cell-$BASHPID" --level "$@"
	expect 1 "the launch was refused: $call: Input/output error, fw_error $number ($name)"
	[ "$name" = UNKNOWN ] || expect_err "code: firmware $number: $name, "
	expect_err 'snplaunch: cause: '
	expect_err 'snplaunch: remedy: '
	expect_out 'guest        not launched'
	expect_out "refused      $call: "
	expect_clean
}

# Each error once and each command several times; with --all, every pair.
error_pairs() {
	local -a errors calls
	local i j

	mapfile -t errors < <(fw_errors)
	mapfile -t calls < <(commands)
	for i in "${!errors[@]}"; do
		for j in "${!calls[@]}"; do
			[ "$all" -eq 0 ] && [ $((i % ${#calls[@]})) -ne "$j" ] ||
				echo "${errors[i]} ${calls[j]}"
		done
	done
}

test_every_error_of_the_firmware() {
	local -a words
	local n=0

	while read -r -a words; do
		error_at "${words[@]}"
		n=$((n + 1))
	done < <(error_pairs)
	[ "$n" -ge 55 ] || fail "only $n errors"
}

# --- KVM and the devices -------------------------------------------------------------------------

# refused SCENARIO TEXT CAUSE OPTION...: with this in the message, and this for a cause.
refused() {
	scenario "$1" "${@:4}"
	expect 1 "the launch was refused: $2"
	expect_err "snplaunch: cause: $3"
	expect_err 'snplaunch: remedy: '
	expect_out 'guest        not launched'
	expect_clean
}

test_no_asid_is_free() {
	refused 'sev_asids 0' 'KVM_SEV_INIT: Device or resource busy' 'no ASID is free' --level sev
	refused 'sev_es_asids 0' 'KVM_SEV_ES_INIT: Device or resource busy' 'no ASID is free' --level sev-es
	refused 'sev_es_asids 0' 'KVM_SEV_INIT2: Device or resource busy' 'no ASID is free' --level sev-snp
	# Those of the one kind are not the other's.
	scenario 'sev_es_asids 0' --level sev
	expect_equal_digests
}

test_dev_sev_is_missing_or_not_permitted() {
	local level

	for level in sev sev-es sev-snp; do
		refused 'fault OPEN_SEV errno=ENOENT' 'OPEN_SEV: No such file or directory' \
			'there is no /dev/sev' --level "$level"
		refused 'fault OPEN_SEV errno=EACCES' 'OPEN_SEV: Permission denied' \
			'this user may not open /dev/sev' --level "$level"
	done
}

# What KVM says it lacks is known before QEMU is started; what it refuses all the same is told.
test_kvm_refuses_the_vm_type() {
	scenario 'vm_types sev,sev-es' --level sev-snp
	expect 69 "level 'sev-snp': this kernel's KVM makes no such machines"
	scenario 'vm_types sev' --level sev-es
	expect 69 "level 'sev-es': this kernel's KVM makes no such machines"
	scenario 'vm_types sev,sev-snp' --level sev-es --legacy-vm-type off
	expect 69 "level 'sev-es': this kernel's KVM makes no such machines"
	scenario 'vm_types none' --level sev
	expect 1 'the launch was refused: KVM_SEV_INIT: Inappropriate ioctl for device'
	expect_err 'cause: KVM has this level off'
	scenario 'fault KVM_SEV_ES_INIT errno=ENOTTY' --level sev-es
	expect 1 'the launch was refused: KVM_SEV_ES_INIT: Inappropriate ioctl for device'
	expect_err 'cause: KVM has this level off'
	expect_clean
}

test_kvm_refuses_a_command() {
	refused 'fault KVM_SEV_SNP_LAUNCH_START errno=EINVAL' \
		'KVM_SEV_SNP_LAUNCH_START: Invalid argument' 'KVM refuses bits of the guest policy' --level sev-snp
	refused 'fault KVM_SEV_SNP_LAUNCH_START errno=ENOTTY' \
		'KVM_SEV_SNP_LAUNCH_START: Inappropriate ioctl for device' 'for KVM this is no SNP guest' --level sev-snp
	refused 'fault KVM_SEV_INIT2 errno=EINVAL' 'KVM_SEV_INIT2: Invalid argument' \
		'QEMU and kernel are of different generations' --level sev-snp
	refused 'fault KVM_SEV_SNP_LAUNCH_UPDATE call=3 errno=110' \
		'KVM_SEV_SNP_LAUNCH_UPDATE: Connection timed out' 'a command of QEMU to KVM or the SEV firmware failed' --level sev-snp
	expect_err 'code: errno -110: ETIMEDOUT, the PSP did not answer'
	refused 'fault KVM_SET_MEMORY_ATTRIBUTES errno=ENOMEM' \
		'KVM_SET_MEMORY_ATTRIBUTES: Cannot allocate memory' 'KVM did not make the memory private' --level sev-snp
	refused 'fault KVM_CREATE_GUEST_MEMFD errno=ENFILE' \
		'KVM_CREATE_GUEST_MEMFD: Too many open files in system' '' --level sev-snp
}

# The firmware of the fix of AMD-SB-3023 runs SEV-ES no more beside SNP.
test_platforms_differ() {
	refused $'platform milan\nsnp_svn 28' 'KVM_SEV_LAUNCH_START: Input/output error, fw_error 21 (UNSUPPORTED)' \
		'the firmware refuses SEV-ES while SEV-SNP is initialised' --level sev-es
	refused $'platform turin\nsnp_svn 4' 'KVM_SEV_LAUNCH_START: Input/output error, fw_error 21 (UNSUPPORTED)' \
		'the firmware refuses SEV-ES while SEV-SNP is initialised' --level sev-es
	scenario 'platform turin' --level sev-es
	expect_equal_digests
	expect_out 'platform     turin, SEV firmware 1.55.54'
	refused $'platform genoa\napi 1.51.3' \
		'KVM_SEV_SNP_LAUNCH_START: Input/output error, fw_error 7 (POLICY_FAILURE)' \
		'the firmware refuses the guest policy' --level sev-snp --guest-policy '{"abi":"1.55"}'
}

# --- QEMU ----------------------------------------------------------------------------------------

# Calls of a launch, in the order of their first; none of them is made by a QEMU that is only asked.
stages() {
	cat <<-'END'
		OPEN_SEV sev-snp during the launch
		KVM_CREATE_GUEST_MEMFD sev-snp during the launch
		KVM_SEV_INIT2 sev-snp during the launch
		KVM_SEV_SNP_LAUNCH_START sev-snp during the launch
		KVM_CREATE_VCPU sev-snp during the launch
		KVM_SET_CPUID2 sev-snp during the launch
		KVM_SET_MEMORY_ATTRIBUTES sev-snp during the launch
		KVM_SEV_SNP_LAUNCH_UPDATE sev-snp during the launch
		KVM_SEV_SNP_LAUNCH_FINISH sev-snp during the launch
		KVM_RUN sev-snp while the guest ran
		KVM_SEV_LAUNCH_UPDATE_DATA sev during the launch
		KVM_SEV_LAUNCH_MEASURE sev during the launch
		KVM_SEV_LAUNCH_FINISH sev during the launch
	END
}

test_qemu_dies_at_each_stage() {
	local call level when

	while read -r call level when; do
		scenario "fault $call qemu=dies" --level "$level" --vcpus 2
		# A guest may run before QEMU has said so.
		[ "$call" != KVM_RUN ] || when=
		expect 125 "QEMU was killed by signal 9 (Killed) $when"
		[ ! -s "$work/out" ] || fail "$call: a report of a launch that said nothing"
		expect_clean
	done < <(stages)
}

# The second one: the first is made by the QEMU that is asked what it can do.
test_qemu_dies_while_it_is_asked() {
	scenario 'fault KVM_CREATE_VM qemu=dies' --level sev-snp
	[ "$status" -ne 0 ] || fail 'a dead QEMU answered'
	expect_err 'asking QEMU what it can do'
	expect_clean
}

# However long QEMU takes, the launch ends.
test_launch_that_hangs_is_ended() {
	local call level when

	while read -r call level when; do
		[ "$call" != KVM_RUN ] || continue # a vCPU that runs for ever is a guest
		scenario "fault $call qemu=hangs" --level "$level" --launch-timeout-ms 300
		expect_status 124
		expect_err 'within 300 ms'
		expect_clean
	done < <(stages)
}

tests_run
