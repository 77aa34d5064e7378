// SPDX-License-Identifier: Apache-2.0
// The catalogue: QEMU says that the host, KVM or itself cannot do it, or that the guest has ended.

#include "base/attributes.h"
#include "host/failures.h"

#define KVM_C "QEMU target/i386/kvm/kvm.c"
#define KVM_ALL_C "QEMU accel/kvm/kvm-all.c"
#define SEV_C "QEMU target/i386/sev.c"

static const struct failure rows[] = {
	{
		.name = "vm-type-unsupported",
		.patterns = { "vm-type %w not supported by KVM" },
		.cause =
			"KVM offers no guests of this kind: the kernel is too old, kvm_amd has the "
			"level off, or the firmware has revoked SEV-ES",
		.remedy =
			"look at /sys/module/kvm_amd/parameters/sev, sev_es and sev_snp, then at the "
			"kernel log for why one is N; sev-snp needs Linux 6.11",
		.evidence = KVM_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "kvm-missing",
		.patterns = { "Could not access KVM kernel module: No such file" },
		.cause = "there is no /dev/kvm: kvm_amd is not loaded, or the BIOS has SVM off",
		.remedy = "load it with 'modprobe kvm_amd'; if that fails, enable SVM in the BIOS",
		.evidence = KVM_ALL_C,
	},
	{
		.name = "kvm-permission",
		.patterns = { "Could not access KVM kernel module: Permission denied" },
		.cause = "this user may not open /dev/kvm",
		.remedy = "add the user to the group kvm, and log in again",
		.evidence = KVM_ALL_C,
	},
	{
		.name = "accelerator-unfit",
		.patterns = { "accelerator does not support confidential guest",
			      "cannot set up private guest memory for %w KVM required" },
		.cause = "QEMU was started without KVM, and only KVM runs encrypted guests",
		.remedy = "use accel kvm, on a host with SEV",
		.evidence = "QEMU system/vl.c, system/physmem.c",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "dev-sev-permission",
		.patterns = { "Failed to open /dev/sev*Permission denied",
			      "Could not open '/dev/sev'*Permission denied" },
		.cause =
			"this user may not open /dev/sev, which belongs to root unless a rule of udev "
			"says otherwise",
		.remedy =
			"have root start the guest, or give /dev/sev to a group by a rule of udev; who "
			"may write to it can also reset the platform's owner",
		.evidence = SEV_C "; libvirt knowledge base, launch security",
	},
	{
		.name = "dev-sev-missing",
		.patterns = { "Failed to open /dev/sev*No such file",
			      "Could not open '/dev/sev'*No such file" },
		.cause =
			"there is no /dev/sev: ccp is not loaded, the BIOS has SEV off, or the PSP did "
			"not answer when the driver started",
		.remedy = "load it with 'modprobe ccp' and read what the kernel log says of SEV",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "es-unavailable",
		.patterns = { "guest policy requires SEV-ES, but host SEV-ES support unavailable" },
		.cause =
			"SEV-ES was not initialised: the BIOS leaves it no ASIDs, its memory could not "
			"be allocated, or INIT failed",
		.remedy = "set 'SEV-ES ASID Space Limit' above 1 in the BIOS, and look for 'TMR "
			  "allocation failed' or 'INIT failed' in the kernel log",
		.evidence = SEV_C,
	},
	{
		.name = "es-irqchip",
		.patterns = { "SEV-ES guests require in-kernel" },
		.cause = "the interrupt controller is in QEMU, and SEV-ES needs KVM's",
		.remedy = "leave out kernel-irqchip=off; 'split' and 'on' both work",
		.evidence = SEV_C,
	},
	{
		.name = "vm-type-requested",
		.patterns = { "host kernel does not support requested %w VM type" },
		.cause = "the kernel is older than 6.10, which brought guests of this type, and "
			 "legacy_vm_type is off",
		.remedy =
			"set legacy_vm_type to on, which changes an SEV-ES launch digest, or use a newer "
			"kernel",
		.evidence = SEV_C,
	},
	{
		.name = "sev-configuration-unsupported",
		.patterns = { "host kernel does not support the requested SEV configuration",
			      "failed to query supported sev_features" },
		.cause = "the kernel cannot say which SEV features guests may have, or lacks one",
		.remedy = "use Linux 6.10 or newer, or leave out features of the VMSA",
		.evidence = SEV_C,
	},
	{
		.name = "guest-memfd-missing",
		.patterns = { "KVM does not support guest_memfd",
			      "Error creating KVM guest_memfd" },
		.cause =
			"KVM has no private memory, or none is left: the kernel is too old or lacks "
			"CONFIG_KVM_GENERIC_PRIVATE_MEM, or descriptors or memory ran out",
		.remedy = "use a kernel that can host SEV-SNP, 6.11 or newer",
		.evidence = KVM_ALL_C "; AMDESE/AMDSEV#193",
	},
	{
		.name = "register-region-memory",
		.patterns = { "failed to register region *Cannot allocate memory" },
		.cause =
			"the guest's memory could not be pinned: RLIMIT_MEMLOCK is lower than the guest's "
			"memory, or the host has too little",
		.remedy = "raise the limit to the guest's memory and 256 MiB more, in a unit with "
			  "LimitMEMLOCK=infinity",
		.evidence = SEV_C ", sev_ram_block_added()",
	},
	{
		.name = "ram-discard",
		.patterns = { "cannot disable RAM discard" },
		.cause = "a device wants to give memory back, which is pinned at this level",
		.remedy = "remove virtio-mem, or the device that is passed through",
		.evidence = SEV_C,
	},
	{
		.name = "mlock",
		.patterns = { "mlockall: Cannot allocate memory", "locking memory failed" },
		.cause = "memory is to be locked, and RLIMIT_MEMLOCK is too low",
		.remedy = "raise the limit, or leave out '-overcommit mem-lock=on'",
		.evidence = "vicondoa/d2b#106",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "backing-store",
		.patterns = { "unable to map backing store for guest RAM: Cannot allocate memory" },
		.cause =
			"there are too few huge pages for the guest's memory; at sev-snp they hold only "
			"its shared half, so that it takes twice as much",
		.remedy = "reserve more huge pages, or use none",
		.evidence = "kata-containers/kata-containers#12369",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "iommu-platform",
		.patterns = { "iommu_platform=true is not supported by the device" },
		.cause = "a virtio or vhost-user device cannot use an encrypted guest's memory",
		.remedy = "set vhost=off, or take a device that offers VIRTIO_F_IOMMU_PLATFORM",
		.evidence = "QEMU hw/virtio/virtio-bus.c",
	},
	{
		.name = "cpu-model-unknown",
		.patterns = { "unable to find CPU model", "Invalid CPU model" },
		.cause = "this QEMU does not know the CPU model, such as a new EPYC on an old QEMU",
		.remedy =
			"name an older model, or use a newer QEMU; '-cpu help' lists those it knows",
		.evidence = "QEMU hw/core/machine.c",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "cpu-feature-missing",
		.patterns = { "host doesn't support requested feature" },
		.cause =
			"the CPU model has a feature that this host lacks, so the guest does not get it",
		.remedy = "name the model of this host's CPU, or an older one",
		.evidence = "QEMU target/i386/cpu.c",
		.proof = FAILURE_TRIED,
		.is_harmless = true,
	},
	{
		.name = "sev-off-in-kvm",
		.patterns = { "SEV is not enabled in KVM" },
		.cause = "kvm_amd has SEV off, or this host has none",
		.remedy =
			"look why /sys/module/kvm_amd/parameters/sev is N: kernel options, BIOS, CPU",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "kvm-off",
		.patterns = { "KVM not enabled" },
		.cause = "this QEMU runs without KVM, so it cannot be asked about SEV",
		.remedy = "start it with accel kvm",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "guest-reset",
		.patterns = { "cpus are not resettable, terminating" },
		.cause =
			"the guest rebooted, or stopped itself by a triple fault; QEMU before 11.0 cannot "
			"reset an encrypted guest and ends instead",
		.remedy =
			"start it again, which on_reset 'relaunch' does; if it was no reboot, look at its "
			"console for the reason",
		.evidence = "QEMU system/runstate.c",
	},
	{
		.name = "guest-terminated",
		.patterns = { "SEV termination (reason set: %n code: %n)" },
		.cause = "the guest's firmware or kernel gave up; QEMU says it from 11.1 on",
		.remedy = "read the end of the guest's console and firmware log",
		.evidence = "QEMU target/i386/kvm/kvm.c",
	},
	{
		.name = "kvm-run",
		.patterns = { "error: kvm run failed", "KVM: unknown exit reason %n",
			      "KVM: unknown exit, hardware reason" },
		.cause =
			"the guest crashed or ended itself; the registers that follow are encrypted and "
			"mean nothing",
		.remedy =
			"read the end of the guest's console and firmware log, and look for 'requested "
			"termination' in the host's kernel log",
		.evidence = "AMDESE/AMDSEV#58, #138, #232, #260",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "kvm-msr",
		.patterns = { "failed to set MSR %n to %n", "cpu->kvm_msr_buf->nmsrs" },
		.cause =
			"this KVM does not take a register that the CPU model has, as with KVM inside "
			"a virtual machine or in software",
		.remedy =
			"name another CPU model with --cpu; at level off, --accel tcg will do, too",
		.evidence = KVM_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "kvm-initialization",
		.patterns = { "failed to initialize kvm: Operation not permitted",
			      "failed to initialize KVM: Operation not permitted" },
		.cause =
			"what QEMU says whenever encryption cannot be set up; it is not about permissions",
		.remedy = "look at the lines in front of it",
		.evidence = KVM_ALL_C,
		.is_noise = true,
	},
};

const struct failure_table failures_host = { rows, ARRAY_LEN(rows) };
