// SPDX-License-Identifier: Apache-2.0
// The launch of an SNP guest.

#include "rehearsal/launch.h"

#include <errno.h>
#include <string.h>

#include "rehearsal/call.h"
#include "rehearsal/id_block.h"
#include "rehearsal/page_digest.h"
#include "rehearsal/policy.h"
#include "rehearsal/vm.h"
#include "rehearsal/vmsa.h"

// KVM's INITIAL_VMSA_GPA, of each vCPU.
#define VMSA_GPA 0xfffffffff000ULL

static const char *const page_type_words[] = {
	[PAGE_NORMAL] = "normal",   [PAGE_ZERO] = "zero",   [PAGE_UNMEASURED] = "unmeasured",
	[PAGE_SECRETS] = "secrets", [PAGE_CPUID] = "cpuid",
};

int launch_snp_start(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	const struct abi_snp_launch_start *start = argument;
	struct launch *launch = &object->vm->launch;
	const struct platform *platform = &machine->scenario.platform;
	enum firmware_error error;

	(void)call;
	if (launch->state != LAUNCH_NONE || start->flags != 0)
		return -EINVAL;
	if (snp_policy_filter(platform, start->policy) < 0)
		return -EINVAL;
	error = snp_policy_judge(platform, start->policy);
	if (error != FIRMWARE_SUCCESS)
		return machine_refuse(machine, error);
	launch->policy = start->policy;
	launch->state = LAUNCH_UPDATES;
	account_write(&machine->account,
		      "{\"record\":\"start\",\"level\":\"sev-snp\",\"policy\":\"0x%llx\"}",
		      (unsigned long long)start->policy);
	return 0;
}

static bool is_page_type(uint8_t type)
{
	return type < ARRAY_LEN(page_type_words) && page_type_words[type] != NULL;
}

// Pages until the first that is not private; KVM says how far it came.
static uint64_t add_pages(struct vm *vm, const struct abi_snp_launch_update *update)
{
	uint64_t gpa = update->gfn_start * MEMORY_PAGE_BYTES;
	uint64_t done = 0;

	while (done < update->len && memory_is_private(&vm->memory, gpa + done)) {
		page_digest_extend(
			vm->launch.digest, update->type, gpa + done,
			update->type == PAGE_ZERO ? NULL : launch_pointer(update->uaddr + done));
		done += MEMORY_PAGE_BYTES;
	}
	return done;
}

int launch_snp_update(struct machine *machine, struct object *object, const struct call *call,
		      void *argument)
{
	struct abi_snp_launch_update *update = argument;
	struct vm *vm = object->vm;
	uint64_t gpa = update->gfn_start * MEMORY_PAGE_BYTES;
	const struct abi_memory_region2 *slot = memory_slot_at(&vm->memory, gpa);
	uint64_t done;

	(void)call;
	if (vm->launch.state != LAUNCH_UPDATES || update->len % MEMORY_PAGE_BYTES != 0 ||
	    update->flags != 0 || !is_page_type(update->type))
		return -EINVAL;
	if (slot == NULL || (slot->flags & ABI_MEM_GUEST_MEMFD) == 0)
		return -EINVAL;
	done = add_pages(vm, update);
	if (done == 0)
		return -EIO;
	account_write(&machine->account,
		      "{\"record\":\"range\",\"gpa\":\"0x%llx\",\"len\":%llu,\"page_type\":\"%s\","
		      "\"digest\":\"%s\"}",
		      (unsigned long long)gpa, (unsigned long long)done,
		      page_type_words[update->type],
		      ACCOUNT_HEX(vm->launch.digest, sizeof(vm->launch.digest)));
	update->gfn_start += done / MEMORY_PAGE_BYTES;
	update->uaddr += update->type == PAGE_ZERO ? 0 : done;
	update->len -= done;
	return 0;
}

static int update_vmsa(struct machine *machine, struct launch *launch, struct vcpu *vcpu)
{
	uint8_t vmsa[VMSA_BYTES];
	uint8_t contents[SHA384_DIGEST_LENGTH];
	int status = vmsa_build(vmsa, vcpu, launch->vmsa_features, true);

	if (status < 0)
		return status;
	hash_sha384(contents, vmsa, sizeof(vmsa));
	page_digest_extend(launch->digest, PAGE_VMSA, VMSA_GPA, vmsa);
	vcpu->is_protected = true;
	account_write(&machine->account,
		      "{\"record\":\"vmsa\",\"vcpu\":%u,\"contents\":\"%s\",\"digest\":\"%s\"}",
		      vcpu->id, ACCOUNT_HEX(contents, sizeof(contents)),
		      ACCOUNT_HEX(launch->digest, sizeof(launch->digest)));
	return 0;
}

static int judge_id_block(struct machine *machine, const struct launch *launch,
			  const struct abi_snp_launch_finish *finish)
{
	const struct id_block_launch compared = {
		.digest = launch->digest,
		.policy = launch->policy,
		.author_key_enabled = finish->auth_key_en != 0,
	};
	enum firmware_error error;

	if (!finish->id_block_en)
		return 0;
	error = id_block_judge(launch_pointer(finish->id_block_uaddr),
			       launch_pointer(finish->id_auth_uaddr), &compared);
	account_write(&machine->account,
		      "{\"record\":\"id-block\",\"accepted\":%s,\"fw_error\":%u,"
		      "\"author_key\":%s}",
		      error == FIRMWARE_SUCCESS ? "true" : "false", error,
		      compared.author_key_enabled ? "true" : "false");
	return error == FIRMWARE_SUCCESS ? 0 : machine_refuse(machine, error);
}

static void account_finish(const struct machine *machine, const struct vm *vm,
			   const struct abi_snp_launch_finish *finish)
{
	account_write(&machine->account,
		      "{\"record\":\"finish\",\"level\":\"sev-snp\",\"policy\":\"0x%llx\","
		      "\"vcpus\":%zu,\"id_block\":%s,\"vcek_disabled\":%s,\"host_data\":\"%s\","
		      "\"digest\":\"%s\"}",
		      (unsigned long long)vm->launch.policy, vm->n_vcpus,
		      finish->id_block_en ? "true" : "false",
		      finish->vcek_disabled ? "true" : "false",
		      ACCOUNT_HEX(finish->host_data, sizeof(finish->host_data)),
		      ACCOUNT_HEX(vm->launch.digest, sizeof(vm->launch.digest)));
}

int launch_snp_finish(struct machine *machine, struct object *object, const struct call *call,
		      void *argument)
{
	const struct abi_snp_launch_finish *finish = argument;
	struct vm *vm = object->vm;
	int status = 0;

	(void)call;
	if (vm->launch.state != LAUNCH_UPDATES || finish->flags != 0)
		return -EINVAL;
	for (size_t i = 0; i < vm->n_vcpus && status == 0; i++)
		status = update_vmsa(machine, &vm->launch, vm->vcpus[i]);
	if (status == 0)
		status = judge_id_block(machine, &vm->launch, finish);
	if (status < 0)
		return status;
	vm->launch.state = LAUNCH_RUNNING;
	account_finish(machine, vm, finish);
	return 0;
}
