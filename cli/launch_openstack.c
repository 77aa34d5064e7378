// SPDX-License-Identifier: Apache-2.0
// What an OpenStack image and flavor have to say in a launch.

#include "base/auto.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/launch.h"
#include "cli/text_file.h"
#include "policy/json_file.h"

static int read_side(struct launch *launch, enum openstack_side side, const char *file,
		     struct client *client, struct err *err)
{
	AUTO(mem) struct err_list *mistakes = mem_zeroed(1, sizeof(*mistakes));
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;
	struct openstack_text input = { .file = file };

	if (client_open(client, OPEN_INPUT, file, &fd, err) < 0)
		return -1;
	if (text_file_read(&text, fd, JSON_FILE_BYTES_MAX + 1, err) < 0)
		return err_context(err, "file '%s'", TEXT_SHOW(file));
	input.text = text.bytes;
	input.len = text.len;
	if (openstack_read(&launch->openstack, side, &input, mistakes) < 0)
		return command_take_mistakes(mistakes, err);
	return 0;
}

int launch_openstack(struct launch *launch, const struct options *options, struct client *client,
		     struct err *err)
{
	bool any_given = false;

	launch->host_traits = options->host_traits;
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++) {
		const char *file = options->openstack_files[side];

		if (file != NULL && read_side(launch, side, file, client, err) < 0)
			return -1;
		any_given = any_given || file != NULL;
	}
	if (any_given)
		return openstack_decide(&launch->openstack, &launch->guest, err);
	if (options->host_traits != NULL)
		return err_set(err, ERR_USAGE,
			       "option '--host-traits' needs '--image-properties' or '--flavor'");
	return 0;
}

// As for the levels: the CPU must have it, and KVM make such machines where it was asked.
static bool has_level(const struct host_facts *facts, bool cpu_has, enum host_vm_type type)
{
	const struct host_kvm *kvm = &facts->kvm;

	return cpu_has && facts->qemu.kvm_usable &&
	       (!kvm->vm_types_known || (kvm->vm_types & 1U << type) != 0);
}

// Before Linux 6.10 KVM lists no types, and makes machines of the older levels.
static bool has_older_level(const struct host_facts *facts, bool cpu_has, enum host_vm_type type)
{
	return has_level(facts, cpu_has, type) ||
	       (cpu_has && facts->qemu.kvm_usable && facts->kvm.vm_types == 0);
}

int launch_openstack_host(struct launch *launch, struct err *err)
{
	const struct host_facts *facts = &launch->facts;
	const struct host_cpu *cpu = &facts->cpu;
	const struct openstack_trait traits[] = {
		{ "HW_CPU_X86_AMD_SEV", has_older_level(facts, cpu->sev, HOST_VM_SEV) },
		{ "HW_CPU_X86_AMD_SEV_ES", has_older_level(facts, cpu->sev_es, HOST_VM_SEV_ES) },
		{ "HW_CPU_X86_AMD_SEV_SNP", has_level(facts, cpu->sev_snp, HOST_VM_SNP) },
		{ "HW_ARCH_X86_64", true },
		{ "COMPUTE_ARCH_X86_64", true },
		{ "COMPUTE_FIRMWARE_UEFI", true },
		{ "COMPUTE_FIRMWARE_BIOS", false },
		{ "COMPUTE_SECURITY_STATELESS_FIRMWARE", true },
		{ "COMPUTE_SECURITY_UEFI_SECURE_BOOT", false },
	};
	const struct openstack_host host = {
		.traits = traits,
		.n_traits = ARRAY_LEN(traits),
		.given = launch->host_traits,
	};

	return openstack_check_host(&launch->openstack, &host, err);
}
