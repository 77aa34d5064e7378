// SPDX-License-Identifier: Apache-2.0
// The catalogue of failures against messages as they are printed: each entry explains one, and no
// message is explained by two.

#include "tests/unit.h"

#include <string.h>

#include "base/attributes.h"
#include "host/explain.h"

// Messages as they are printed, and the entry that explains each.
struct message {
	const char *name; /* of the entry; NULL: nothing is known */
	const char *line;
};

static const struct message messages[] = {
	/* QEMU: the host */
	{ "vm-type-unsupported",
	  "qemu-system-x86_64: -accel kvm: vm-type SEV-SNP not supported by KVM" },
	{ "vm-type-unsupported", "qemu-system-x86_64: vm-type snp not supported by KVM" },
	{ "kvm-missing", "Could not access KVM kernel module: No such file or directory" },
	{ "kvm-permission", "Could not access KVM kernel module: Permission denied" },
	{ "accelerator-unfit",
	  "qemu-system-x86_64: accelerator does not support confidential guest sev-guest" },
	{ "accelerator-unfit",
	  "qemu-system-x86_64: cannot set up private guest memory for sev-snp-guest: KVM required" },
	{ "dev-sev-permission",
	  "qemu-system-x86_64: sev_common_kvm_init: Failed to open /dev/sev 'Permission denied'" },
	{ "dev-sev-permission", "SEV: Failed to open /dev/sev: Permission denied" },
	{ "dev-sev-missing",
	  "qemu-system-x86_64: sev_kvm_init: Failed to open /dev/sev 'No such file or directory'" },
	{ "dev-sev-permission",
	  "qemu-system-x86_64: -accel kvm: Could not open '/dev/sev': Permission denied" },
	{ "dev-sev-missing",
	  "qemu-system-x86_64: -accel kvm: Could not open '/dev/sev': No such file or directory" },
	{ "es-unavailable",
	  "sev_common_kvm_init: guest policy requires SEV-ES, but host SEV-ES support unavailable" },
	{ "es-irqchip", "sev_kvm_init: SEV-ES guests require in-kernel irqchipsupport" },
	{ "vm-type-requested",
	  "SEV: host kernel does not support requested KVM_X86_SEV_ES_VM VM type, which is required" },
	{ "vm-type-requested",
	  "SEV: host kernel does not support requested KVM_X86_SEV_VM VM type. To allow use of" },
	{ "sev-configuration-unsupported",
	  "sev_init: host kernel does not support the requested SEV configuration." },
	{ "sev-configuration-unsupported",
	  "sev_common_kvm_init: failed to query supported sev_features" },
	{ "guest-memfd-missing", "qemu-system-x86_64: KVM does not support guest_memfd" },
	{ "guest-memfd-missing",
	  "qemu-system-x86_64: Error creating KVM guest_memfd: Too many open files" },
	{ "register-region-memory",
	  "sev_ram_block_added: failed to register region (0x7f00+0x80000000) error 'Cannot allocate memory'" },
	{ "ram-discard", "qemu-system-x86_64: sev_common_kvm_init: cannot disable RAM discard" },
	{ "mlock", "mlockall: Cannot allocate memory" },
	{ "mlock", "qemu-system-x86_64: locking memory failed" },
	{ "backing-store",
	  "qemu-system-x86_64: unable to map backing store for guest RAM: Cannot allocate memory" },
	{ "iommu-platform",
	  "qemu-system-x86_64: -device x: iommu_platform=true is not supported by the device" },
	{ "cpu-model-unknown", "qemu-system-x86_64: unable to find CPU model 'EPYC-Turin'" },
	{ "cpu-model-unknown", "qemu-system-x86_64: Invalid CPU model: EPYC-Genoa" },
	{ "cpu-feature-missing",
	  "warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]" },
	{ "cpu-feature-missing",
	  "warning: host doesn't support requested feature: CPUID[eax=0Dh,ecx=00h].EAX [bit 9]" },
	{ "sev-off-in-kvm", "{'class': 'GenericError', 'desc': 'SEV is not enabled in KVM'}" },
	{ "kvm-off", "{'class': 'GenericError', 'desc': 'KVM not enabled'}" },
	{ "guest-reset", "qemu-system-x86_64: cpus are not resettable, terminating" },
	{ "guest-terminated", "qemu-system-x86_64: SEV termination (reason set: 0 code: 1)" },
	{ "kvm-run", "error: kvm run failed Invalid argument" },
	{ "kvm-run", "KVM: unknown exit reason 24" },
	{ "kvm-run", "KVM: unknown exit, hardware reason ffffffff" },
	{ "kvm-msr", "qemu-system-x86_64: error: failed to set MSR 0x10a to 0xc000069" },
	{ "kvm-msr",
	  "qemu-system-x86_64: ../target/i386/kvm/kvm.c:3301: kvm_buf_set_msrs: Assertion `ret == "
	  "cpu->kvm_msr_buf->nmsrs' failed." },
	{ "kvm-initialization",
	  "qemu-system-x86_64: -accel kvm: failed to initialize kvm: Operation not permitted" },

	/* QEMU: options and files */
	{ "cbitpos", "sev_common_kvm_init: cbitpos check failed, host '51' requested '47'" },
	{ "reduced-phys-bits",
	  "sev_kvm_init: reduced_phys_bits check failed, it should be in the range of 1 to 63, requested '0'" },
	{ "reduced-phys-bits-missing",
	  "-object sev-snp-guest,id=s,cbitpos=51: Parameter 'reduced-phys-bits' is missing" },
	{ "cpuid-count", "SEV-SNP: CPUID entry count (70) exceeds max (64)" },
	{ "metadata-missing",
	  "qemu-system-x86_64: pc_system_ovmf_initialize_sev: Failed to locate SEV metadata header" },
	{ "reset-vector",
	  "SEV information block/Firmware GUID Table block not found in pflash rom" },
	{ "reset-vector", "qemu-system-x86_64: failed to locate and/or save reset vector" },
	{ "reset-address-zero", "qemu-system-x86_64: SEV-ES reset address is zero" },
	{ "pflash-readonly",
	  "qemu-system-x86_64: pflash with kvm requires KVM readonly memory support" },
	{ "readonly-slot",
	  "kvm_set_user_memory_region: KVM_SET_USER_MEMORY_REGION2 failed, slot=2, start=0xffc00000, size=0x400000, flags=0x2, guest_memfd=-1, guest_memfd_offset=0x0: Invalid argument" },
	{ "convert-region",
	  "Convert non guest_memfd backed memory region (0xfee00000 ,+ 0x1000) to private" },
	{ "smm", "qemu-system-x86_64: SEV-SNP does not support SMM." },
	{ "hash-table-missing",
	  "SEV: kernel specified but guest firmware has no hashes table GUID" },
	{ "hash-table-invalid",
	  "SEV: guest firmware hashes table area is invalid (base=0x0 size=0x0)" },
	{ "parameter-length", "qemu-system-x86_64: parameter length of 3 not equal to 32" },
	{ "parameter-length", "qemu-system-x86_64: parameter length of 5000 exceeds max of 4096" },
	{ "object-unknown",
	  "-object sev-snp-guest,id=s: Parameter 'qom-type' does not accept value 'sev-snp-guest'" },
	{ "object-unknown",
	  "-object igvm-cfg,id=x: Parameter 'qom-type' does not accept value 'igvm-cfg'" },
	{ "igvm-property", "Property 'pc-q35-10.0-machine.igvm-cfg' not found" },
	{ "igvm-pflash", "pflash devices cannot be configured when using IGVM" },
	{ "igvm-vmsa", "VMSA contains unsupported sev_features: 0x20" },
	{ "igvm-vmsa",
	  "The VMSA contains fields that are not synchronized with KVM. Continuing would" },
	{ "bios-file", "qemu: could not load PC BIOS '/nonexist'" },
	{ "session-file", "SEV: Failed to read 'godh.b64' (Failed to open file)" },
	{ "object-missing", "qemu-system-x86_64: Device 'sev0' not found" },

	/* QEMU: commands */
	{ "platform-status",
	  "sev_common_kvm_init: failed to get platform status ret=-5 fw_error='1: Platform state is invalid'" },
	{ "init-off", "sev_common_kvm_init: failed to initialize ret=-25 fw_error=0 ''" },
	{ "init-busy", "sev_kvm_init: failed to initialize ret=-16 fw_error=0 ''" },
	{ "init-arguments", "sev_common_kvm_init: failed to initialize ret=-22 fw_error=0 ''" },
	{ "init-platform",
	  "sev_kvm_init: failed to initialize ret=-5 fw_error=3 'Invalid configuration'" },
	{ "es-refused-beside-snp",
	  "sev_launch_start: LAUNCH_START ret=1 fw_error=21 'Feature not supported'" },
	{ "es-refused-beside-snp", "LAUNCH_START ret=1 fw_error=0x15 'Feature not supported'" },
	{ "start-policy",
	  "sev_launch_start: LAUNCH_START ret=1 fw_error=7 'Guest policy violation'" },
	{ "start-session",
	  "sev_launch_start: LAUNCH_START ret=1 fw_error=11 'Invalid measurement'" },
	{ "start-session",
	  "sev_launch_start: LAUNCH_START ret=1 fw_error=6 'Certificate is invalid'" },
	{ "snp-start-policy-kvm", "sev_snp_launch_start: SNP_LAUNCH_START ret=-22 fw_error=0 ''" },
	{ "snp-start-type", "sev_snp_launch_start: SNP_LAUNCH_START ret=-25 fw_error=0 ''" },
	{ "snp-start-policy",
	  "sev_snp_launch_start: SNP_LAUNCH_START ret=-5 fw_error=7 'Guest policy violation'" },
	{ "snp-start-state",
	  "sev_snp_launch_start: SNP_LAUNCH_START ret=-5 fw_error=1 'Platform state is invalid'" },
	{ "encryption-context", "sev_common_kvm_init: failed to create encryption context" },
	{ "cpuid-page", "SNP_LAUNCH_UPDATE ret=-5 fw_error=22 'Invalid parameter'" },
	{ "cpuid-leaf",
	  "SEV-SNP: CPUID validation failed for function 0x8000001d, index: 0x3, provided: eax:0x0" },
	{ "cpuid-page-follows", "SEV-SNP: failed update CPUID page" },
	{ "cpuid-page-follows",
	  "SEV-SNP: CPUID validation failed due to count mismatch, provided: 30, expected: 31" },
	{ "private-memory", "SNP_LAUNCH_UPDATE ret=-22 fw_error=0 ''" },
	{ "private-memory", "SEV-SNP: failed to configure initialprivate guest memory" },
	{ "private-attribute",
	  "snp_launch_update_data: failed to set memory attribute private: Invalid argument" },
	{ "rmp-page", "SNP_LAUNCH_UPDATE ret=-5 fw_error=26 'unknown error'" },
	{ "partial-update",
	  "SEV-SNP: expected update of GPA range 1000-2000,got GPA range 1000-1000" },
	{ "digest-differs", "SNP_LAUNCH_FINISH ret=-5 fw_error=11 'Invalid measurement'" },
	{ "id-signature", "SNP_LAUNCH_FINISH ret=-5 fw_error=10 'Bad signature'" },
	{ "id-policy", "SNP_LAUNCH_FINISH ret=-5 fw_error=7 'Guest policy violation'" },
	{ "measure",
	  "sev_launch_get_measure: LAUNCH_MEASURE ret=-5 fw_error=2 'Input/output error'" },
	{ "firmware-code",
	  "sev_launch_update_data: LAUNCH_UPDATE ret=-5 fw_error=9 'Address is invalid'" },
	{ "firmware-code",
	  "sev_snp_launch_start: SNP_LAUNCH_START ret=-5 fw_error=23 'Resource limit'" },
	{ "firmware-code",
	  "SEV: Failed to export PDH cert ret=-5 fw_err=1 (Platform state is invalid)" },
	{ "firmware-code", "sev_launch_start: LAUNCH_START ret=1 fw_error=210 'unknown error'" },

	/* The kernel */
	{ "smee-off", "ccp 0000:22:00.1: SEV: memory encryption not enabled by BIOS" },
	{ "rmp-not-reserved", "SEV-SNP: Memory for the RMP table has not been reserved by BIOS" },
	{ "rmp-too-small",
	  "SEV-SNP: Memory reserved for the RMP table does not cover full system RAM (expected 0x10 got 0x8)" },
	{ "rmp-configuration", "SEV-SNP: RMP configuration not valid: base=0x2000, end=0x1000" },
	{ "rmp-configuration", "Segmented RMP enabled but RMP_END MSR is non-zero" },
	{ "rmp-configuration",
	  "RMP segment size (36) is not within advertised bounds (min=30, max=34)" },
	{ "iommu-passthrough",
	  "AMD-Vi: SNP: IOMMU disabled or configured in passthrough mode, SNP cannot be supported." },
	{ "iommu-v2",
	  "AMD-Vi: SNP: IOMMU is configured with V2 page table mode, SNP cannot be supported." },
	{ "iommu-snp-off", "AMD-Vi: SNP: IOMMU SNP feature not enabled, SNP cannot be supported." },
	{ "rmp-initialization",
	  "AMD-Vi: SNP: RMP initialization failed, SNP cannot be supported." },
	{ "snp-init-configuration",
	  "ccp 0000:22:00.1: SEV-SNP: SNP_INIT_EX failed rc -5, error 0x3" },
	{ "snp-init-configuration", "ccp 0000:22:00.1: SEV-SNP: SNP_INIT failed rc -5, error 0x3" },
	{ "snp-init-configuration", "ccp 0000:22:00.1: SEV-SNP: failed to INIT rc -5, error 0x3" },
	{ "snp-init-configuration", "ccp 0000:22:00.1: SEV-SNP: failed to INIT error 0x3" },
	{ "snp-init-rmp", "ccp 0000:22:00.1: SEV-SNP: SNP_INIT_EX failed rc -5, error 0x20" },
	{ "snp-init", "ccp 0000:22:00.1: SEV-SNP: SNP_INIT_EX failed rc -5, error 0x13" },
	{ "sev-init-state", "ccp 0000:47:00.1: SEV: failed to INIT error 0x1, rc -5" },
	{ "sev-init-hardware", "ccp 0000:47:00.1: SEV: failed to INIT error 0x13, rc -5" },
	{ "sev-init-hardware", "ccp 0000:47:00.1: SEV: INIT_EX failed 0x3, rc -5" },
	{ "sev-init-flush", "ccp 0000:47:00.1: SEV: failed to INIT error 0xe, rc -5" },
	{ "sev-init", "ccp 0000:47:00.1: SEV: INIT failed 0x18, rc -5" },
	{ "psp-status", "ccp 0000:47:00.1: SEV: failed to get status. Error: 0x8003" },
	{ "guest-features", "kvm_amd: SEV-ES guest requested termination: reason 0x0 info 0x8" },
	{ "guest-termination", "kvm_amd: SEV-ES guest requested termination: 0x1:0x4" },
	{ "guest-termination", "kvm_amd: SEV-ES guest requested termination: 0:0x2" },
	{ "lock-limit", "SEV: 524288 total pages would exceed the lock limit of 16384." },
	{ "lock-failed", "SEV: Failure locking 262144 pages." },
	{ "snp-context", "Failed to create SEV-SNP context, rc -5 fw_error 23" },
	{ "psp-timeout", "ccp 0000:47:00.1: sev command 0x1 timed out, disabling PSP" },
	{ "es-disabled", "kvm_amd: SEV-ES disabled (ASIDs 0 - 0)" },
	{ "es-disabled", "kvm_amd: SEV-ES unusable (ASIDs 100 - 99)" },
	{ "snp-disabled", "kvm_amd: SEV-SNP disabled (ASIDs 1 - 99)" },
	{ "tmr-allocation", "ccp: SEV: TMR allocation failed, SEV-ES support unavailable" },
	{ "secure-data",
	  "ccp: SEV: retrying INIT command because of SECURE_DATA_INVALID error. Retrying once" },
	{ "firmware-updated", "ccp: SEV firmware updated from 1.55.31 to 1.55.39" },
	{ "psp-registers",
	  "ccp 0000:47:00.1: psp: unable to access the device: you might be running a broken BIOS." },
	{ "private-memory-configuration",
	  "SEV-SNP requires private memory support via guest_memfd." },
	{ "rmp-fault", "RMPUPDATE failed for PFN 1234, pg_level: 1, ret: 4" },
	{ "rmp-fault", "Leaking PFN range 0x1000-0x1001" },
	{ "rmp-fault", "SEV: Unexpected RMP fault: GPA 0x0, GHCB MSR 0x0" },
	{ "vmgexit", "kvm: vcpu0, guest rIP: 0x0 vmgexit: exit code 0x78 input is not valid" },
	{ "vmgexit", "kvm: vcpu0 vmgexit: exit code 0x78 is not valid" },
	{ "vmgexit", "kvm: vcpu0 vmgexit: unsupported event" },
	{ "vmgexit", "kvm: vcpu0 vmgexit: GHCB gpa is not set" },
	{ "sev-option", "SEV command-line option 'nosmp' was not recognized" },

	/* Guests and their firmware */
	{ "blob-hash", "VerifyBlob: Hash comparison failed for \\\"kernel\\\"" },
	{ "blob-hash", "VerifyBlob: Verifier called but no hashes table discovered in MEMFD" },
	{ "blob-hash", "VerifyBlob: Fetching blob failed" },
	{ "encrypted-mmio", "MMIO using encrypted memory: FEC00000" },
	{ "cpu-features", "SEV-ES CPU Features missing." },
	{ "snp-not-in-cpuid", "SEV-SNP support indicated by CC blob, but not CPUID." },
	{ "snp-not-in-cpuid", "SEV-SNP support indicated by CC blob, but not SEV status MSR." },
	{ "encryption-active",
	  "[    0.2] Memory Encryption Features active: AMD SEV SEV-ES SEV-SNP" },
	{ "vc-exit-code", "Unsupported exit-code 0x404 in #VC exception (IP: 0x0)" },
	{ "boot-loader-reset", "DXE ResetSystem2: ResetType Cold, Call Depth = 1." },
	{ "swiotlb",
	  "virtio-pci 0000:00:01.0: swiotlb buffer is full (sz: 4096 bytes), total 32768 (slots), used 0 (slots)" },
	{ "swiotlb", "swiotlb: Cannot allocate SWIOTLB buffer" },
	{ "secondary-cpus", "[    0.5] smp: Bringing up secondary CPUs ..." },
	{ "secure-tsc", "Failed to get TSC info: -5" },
	{ "vmpck", "sev-guest: Disabling VMPCK0 communication key to prevent IV reuse." },
	{ "vmpck", "Empty VMPCK0 communication key" },
	{ "vmpck", "sev-guest: VMPCK is disabled" },
	{ "accept-memory", "Cannot accept memory: unknown platform" },

	/* Nothing */
	{ NULL, "" },
	{ NULL, "fw_error=" },
	{ NULL, "fw_error=x" },
	{ NULL, "SNP_LAUNCH_START ret=-5" },
	{ NULL, "the kvm_amd module says: SEV enabled (ASIDs 100 - 509)" },
	{ NULL, "SEV-ES guest requested termination: 0x10:0x4" },
	{ NULL, "xfw_error=21" },
	{ NULL, "fw_error=21st" },
};

static bool is_explained_by(const struct failure *failure, const char *line)
{
	for (size_t i = 0; i < FAILURE_PATTERNS_MAX && failure->patterns[i] != NULL; i++) {
		struct failure_values values;

		if (failure_pattern_match(failure->patterns[i], line, &values))
			return true;
	}
	return false;
}

static void explains_each_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		struct explanation explanation;
		bool known = explain_line(&explanation, messages[i].line);

		if (known != (messages[i].name != NULL))
			fail_msg("'%s': %s", messages[i].line, known ? "known" : "not known");
		if (known)
			assert_string_equal(explanation.failure->name, messages[i].name);
	}
}

static void explains_no_message_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(messages); i++) {
		const struct failure *failure;
		struct explanation explanation;

		if (!explain_line(&explanation, messages[i].line))
			continue;
		for (size_t f = 0; (failure = failure_at(f)) != NULL; f++)
			if (failure != explanation.failure &&
			    failure->rank == explanation.failure->rank &&
			    is_explained_by(failure, messages[i].line))
				fail_msg("'%s': also %s", messages[i].line, failure->name);
	}
}

static bool has_message(const char *pattern, const char *name)
{
	struct failure_values values;

	for (size_t i = 0; i < ARRAY_LEN(messages); i++)
		if (messages[i].name != NULL && strcmp(messages[i].name, name) == 0 &&
		    failure_pattern_match(pattern, messages[i].line, &values))
			return true;
	return false;
}

static void has_a_message_for_each_entry(void **state)
{
	const struct failure *failure;

	(void)state;
	for (size_t f = 0; (failure = failure_at(f)) != NULL; f++) {
		bool found = false;

		for (size_t p = 0; p < FAILURE_PATTERNS_MAX && failure->patterns[p] != NULL; p++)
			found = found || has_message(failure->patterns[p], failure->name);
		if (!found)
			fail_msg("no message for %s", failure->name);
	}
}

static void assert_sentence(const struct failure *failure, const char *text)
{
	size_t len = text == NULL ? 0 : strlen(text);

	if (len == 0 || text[len - 1] == '.' || strstr(text, "  ") != NULL)
		fail_msg("%s: '%s'", failure->name, len == 0 ? "" : text);
}

static void says_everything_of_each_entry(void **state)
{
	const struct failure *failure;

	(void)state;
	for (size_t f = 0; (failure = failure_at(f)) != NULL; f++) {
		assert_non_null(failure->patterns[0]);
		assert_sentence(failure, failure->cause);
		assert_sentence(failure, failure->remedy);
		assert_sentence(failure, failure->evidence);
		assert_in_range(failure->area, 0, FAILURE_AREAS - 1);
		assert_in_range(failure->proof, 0, FAILURE_PROOFS - 1);
	}
}

static void names_each_entry_once(void **state)
{
	const struct failure *one;
	const struct failure *other;

	(void)state;
	for (size_t f = 0; (one = failure_at(f)) != NULL; f++)
		for (size_t g = f + 1; (other = failure_at(g)) != NULL; g++)
			assert_string_not_equal(one->name, other->name);
}

// --- Launches ------------------------------------------------------------------------------------

static void tells_why_a_launch_failed(void **state)
{
	static const char *const lines[] = {
		"warning: host doesn't support requested feature: CPUID.01H:ECX.pni [bit 0]",
		"sev_launch_update_data: LAUNCH_UPDATE ret=-5 fw_error=9 'Address is invalid'",
		"sev_launch_start: LAUNCH_START ret=1 fw_error=21 'Feature not supported'",
		"cpus are not resettable, terminating",
		"failed to create encryption context",
	};
	struct explanation why = { 0 };

	(void)state;
	explain_launch(&why, lines[0]);
	assert_null(why.failure);
	explain_launch(&why, lines[1]);
	assert_string_equal(why.failure->name, "firmware-code");
	for (size_t i = 2; i < ARRAY_LEN(lines); i++) {
		explain_launch(&why, lines[i]);
		assert_string_equal(why.failure->name, "es-refused-beside-snp");
	}
}

static void tells_codes_apart(void **state)
{
	struct explanation one;
	struct explanation other;

	(void)state;
	assert_true(explain_line(&one, "LAUNCH_UPDATE ret=-5 fw_error=9"));
	assert_true(explain_line(&other, "LAUNCH_UPDATE ret=-5 fw_error=8"));
	assert_false(explanation_is_same(&one, &other));
	assert_true(explain_line(&other, "LAUNCH_UPDATE_VMSA ret=-5 fw_error=9"));
	assert_true(explanation_is_same(&one, &other));
	assert_true(explain_line(&one, "KVM: unknown exit reason 24"));
	assert_false(explanation_is_same(&one, &other));
	assert_true(explain_line(&other, "KVM: unknown exit reason 25"));
	assert_true(explanation_is_same(&one, &other)); // a plain number is no code
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(explains_each_message),
		cmocka_unit_test(explains_no_message_twice),
		cmocka_unit_test(has_a_message_for_each_entry),
		cmocka_unit_test(says_everything_of_each_entry),
		cmocka_unit_test(names_each_entry_once),
		cmocka_unit_test(tells_why_a_launch_failed),
		cmocka_unit_test(tells_codes_apart),
	};

	return cmocka_run_group_tests_name("host/explain", tests, NULL, NULL);
}
