// SPDX-License-Identifier: Apache-2.0
// The beginning of a launch, and the table of what follows.
// Source: Linux 6.12, arch/x86/kvm/svm/sev.c.

#include "rehearsal/launch.h"

#include <errno.h>

#include "base/mem.h"
#include "rehearsal/call.h"
#include "rehearsal/vm.h"
#include "rehearsal/vmsa.h"

#define GHCB_VERSION_MAX 2

// What KVM_SEV_INIT2 makes of a VM.
static const struct {
	enum abi_vm_type type;
	enum launch_level level;
} level_rows[] = {
	{ ABI_VM_SEV, LAUNCH_SEV },
	{ ABI_VM_SEV_ES, LAUNCH_SEV_ES },
	{ ABI_VM_SNP, LAUNCH_SNP },
};

static const char *const level_words[] = {
	[LAUNCH_PLAIN] = "off",
	[LAUNCH_SEV] = "sev",
	[LAUNCH_SEV_ES] = "sev-es",
	[LAUNCH_SNP] = "sev-snp",
};

const char *launch_level_word(enum launch_level level)
{
	return level_words[level];
}

static uint32_t *asids_used(struct machine *machine, enum launch_level level)
{
	return level == LAUNCH_SEV ? &machine->sev_asids_used : &machine->sev_es_asids_used;
}

static int take_asid(struct machine *machine, enum launch_level level)
{
	const struct platform *platform = &machine->scenario.platform;
	uint32_t *used = asids_used(machine, level);

	if (*used == (level == LAUNCH_SEV ? platform->sev_asids : platform->sev_es_asids))
		return -EBUSY;
	++*used;
	return 0;
}

void launch_release(struct launch *launch, struct machine *machine)
{
	if (launch->level != LAUNCH_PLAIN)
		--*asids_used(machine, launch->level);
	EVP_MD_CTX_free(launch->running);
	*launch = (struct launch){ .level = LAUNCH_PLAIN };
}

static int begin(struct machine *machine, struct vm *vm, enum launch_level level,
		 const struct abi_sev_init *init, bool legacy)
{
	struct launch *launch = &vm->launch;
	int status;

	if (vm->n_vcpus > 0 || launch->level != LAUNCH_PLAIN)
		return -EINVAL;
	status = take_asid(machine, level);
	if (status < 0)
		return status;
	launch->level = level;
	launch->legacy_init = legacy;
	launch->vmsa_features = init->vmsa_features;
	if (level == LAUNCH_SNP)
		launch->vmsa_features |= VMSA_FEATURE_SNP_ACTIVE;
	launch->running = mem_must(EVP_MD_CTX_new());
	hash_must(EVP_DigestInit(launch->running, EVP_sha256()) == 1);
	account_write(&machine->account,
		      "{\"record\":\"init\",\"level\":\"%s\",\"legacy_vm_type\":%s,"
		      "\"vmsa_features\":\"0x%llx\"}",
		      launch_level_word(level), legacy ? "true" : "false",
		      (unsigned long long)launch->vmsa_features);
	return 0;
}

static bool has_type(const struct machine *machine, enum abi_vm_type type)
{
	return (machine->scenario.platform.vm_types & 1U << type) != 0;
}

static int begin_legacy(struct machine *machine, struct vm *vm, enum launch_level level)
{
	const struct abi_sev_init nothing = { .vmsa_features = 0 };

	if (vm->type != ABI_VM_DEFAULT)
		return -EINVAL;
	return begin(machine, vm, level, &nothing, true);
}

static int init(struct machine *machine, struct object *object, const struct call *call,
		void *argument)
{
	(void)call, (void)argument;
	return begin_legacy(machine, object->vm, LAUNCH_SEV);
}

static int es_init(struct machine *machine, struct object *object, const struct call *call,
		   void *argument)
{
	(void)call, (void)argument;
	if (!has_type(machine, ABI_VM_SEV_ES))
		return -ENOTTY;
	return begin_legacy(machine, object->vm, LAUNCH_SEV_ES);
}

static int init2(struct machine *machine, struct object *object, const struct call *call,
		 void *argument)
{
	const struct abi_sev_init *wanted = argument;
	enum launch_level level = LAUNCH_PLAIN;
	uint64_t features = machine->scenario.platform.vmsa_features;

	(void)call;
	for (size_t i = 0; i < ARRAY_LEN(level_rows); i++)
		if (level_rows[i].type == object->vm->type)
			level = level_rows[i].level;
	if (level == LAUNCH_PLAIN || wanted->flags != 0)
		return -EINVAL;
	if ((wanted->vmsa_features & ~(level == LAUNCH_SEV ? 0 : features)) != 0)
		return -EINVAL;
	if (wanted->ghcb_version > (level == LAUNCH_SEV ? 0 : GHCB_VERSION_MAX))
		return -EINVAL;
	return begin(machine, object->vm, level, wanted, false);
}

static const struct call rows[] = {
	CALL(KVM_SEV_INIT, init),
	CALL(KVM_SEV_ES_INIT, es_init),
	CALL_NAMED(ABI_SEV_INIT2, "KVM_SEV_INIT2", init2),
	CALL(KVM_SEV_LAUNCH_START, launch_sev_start),
	CALL(KVM_SEV_LAUNCH_UPDATE_DATA, launch_sev_update_data),
	CALL(KVM_SEV_LAUNCH_UPDATE_VMSA, launch_sev_update_vmsa),
	CALL(KVM_SEV_LAUNCH_MEASURE, launch_sev_measure),
	CALL(KVM_SEV_LAUNCH_SECRET, launch_sev_secret),
	CALL(KVM_SEV_LAUNCH_FINISH, launch_sev_finish),
	CALL_NAMED(ABI_SNP_LAUNCH_START, "KVM_SEV_SNP_LAUNCH_START", launch_snp_start),
	CALL_NAMED(ABI_SNP_LAUNCH_UPDATE, "KVM_SEV_SNP_LAUNCH_UPDATE", launch_snp_update),
	CALL_NAMED(ABI_SNP_LAUNCH_FINISH, "KVM_SEV_SNP_LAUNCH_FINISH", launch_snp_finish),
};

const struct call_table launch_commands = { rows, ARRAY_LEN(rows), EINVAL, true };

// Commands for the level that is launched; those that begin a launch check for themselves.
static int check_level(const struct vm *vm, uint32_t id)
{
	bool begins = id == KVM_SEV_INIT || id == KVM_SEV_ES_INIT || id == ABI_SEV_INIT2;
	bool for_snp = id >= ABI_SNP_LAUNCH_START;

	if (vm->launch.level == LAUNCH_SNP && !for_snp)
		return -EPERM;
	if (begins)
		return 0;
	if (vm->launch.level == LAUNCH_PLAIN || (vm->launch.level == LAUNCH_SNP) != for_snp)
		return -ENOTTY;
	return 0;
}

int launch_command(struct machine *machine, struct object *vm, struct kvm_sev_cmd *command)
{
	int status = has_type(machine, ABI_VM_SEV) ? 0 : -ENOTTY;
	const char *name;

	if (command == NULL)
		return status;
	machine->fw_error = FIRMWARE_SUCCESS;
	if (status == 0)
		status = check_level(vm->vm, command->id);
	if (status == 0)
		status = call_answer(&launch_commands, machine, vm, command->id,
				     launch_pointer(command->data));
	command->error = machine->fw_error;
	name = call_name(&launch_commands, command->id);
	account_write(&machine->account,
		      "{\"record\":\"command\",\"call\":\"%s\",\"errno\":%d,\"fw_error\":%u,"
		      "\"fw_error_name\":\"%s\"}",
		      name == NULL ? "unknown" : name, -status, machine->fw_error,
		      firmware_error_name(machine->fw_error));
	return status;
}
