// SPDX-License-Identifier: Apache-2.0
// The ioctls of a vCPU's descriptor.

#include "rehearsal/call.h"

#include <errno.h>
#include <string.h>

#include "rehearsal/vcpu.h"
#include "rehearsal/vm.h"

#define GET_XSAVE2 _IOR(KVMIO, 0xcf, struct kvm_xsave)

// A VM type of its own shows no registers of a protected vCPU; a VM that was made a protected one
// afterwards shows what it had.
static bool is_hidden(const struct object *object)
{
	return object->vcpu->is_protected && object->vm->type != ABI_VM_DEFAULT;
}

static int copy_out(struct machine *machine, struct object *object, const struct call *call,
		    void *argument)
{
	(void)machine;
	memcpy(argument, (char *)object->vcpu + call->offset, _IOC_SIZE(call->request));
	return 0;
}

static int copy_in(struct machine *machine, struct object *object, const struct call *call,
		   void *argument)
{
	(void)machine;
	memcpy((char *)object->vcpu + call->offset, argument, _IOC_SIZE(call->request));
	return 0;
}

static int show_registers(struct machine *machine, struct object *object, const struct call *call,
			  void *argument)
{
	return is_hidden(object) ? -EINVAL : copy_out(machine, object, call, argument);
}

static int set_registers(struct machine *machine, struct object *object, const struct call *call,
			 void *argument)
{
	return is_hidden(object) ? -EINVAL : copy_in(machine, object, call, argument);
}

static int get_xsave(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	(void)machine;
	if (is_hidden(object))
		return -EINVAL;
	memset(argument, 0, _IOC_SIZE(call->request));
	memcpy(argument, object->vcpu->xsave, sizeof(object->vcpu->xsave));
	return 0;
}

static int set_xsave(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	(void)machine, (void)call;
	if (is_hidden(object))
		return -EINVAL;
	vcpu_set_xsave(object->vcpu, argument);
	return 0;
}

// The register's place in the list of those that are kept, or NULL.
static uint64_t *find_msr(struct vcpu *vcpu, uint32_t index)
{
	for (size_t i = 0; i < ARRAY_LEN(vcpu_msr_rows); i++)
		if (vcpu_msr_rows[i].index == index)
			return &vcpu->msrs[i];
	return NULL;
}

// Returns how many were read: all.
static int get_msrs(struct machine *machine, struct object *object, const struct call *call,
		    void *argument)
{
	struct kvm_msrs *msrs = argument;

	(void)machine, (void)call;
	for (uint32_t i = 0; i < msrs->nmsrs; i++) {
		const uint64_t *kept = find_msr(object->vcpu, msrs->entries[i].index);

		msrs->entries[i].data = kept == NULL ? 0 : *kept;
	}
	return (int)msrs->nmsrs;
}

static int set_msrs(struct machine *machine, struct object *object, const struct call *call,
		    void *argument)
{
	const struct kvm_msrs *msrs = argument;

	(void)machine, (void)call;
	if (is_hidden(object))
		return (int)msrs->nmsrs;
	for (uint32_t i = 0; i < msrs->nmsrs; i++) {
		uint64_t *kept = find_msr(object->vcpu, msrs->entries[i].index);

		if (kept != NULL)
			*kept = msrs->entries[i].data;
	}
	return (int)msrs->nmsrs;
}

static int set_cpuid(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	const struct kvm_cpuid2 *cpuid = argument;
	struct vcpu *vcpu = object->vcpu;

	(void)machine, (void)call;
	if (cpuid->nent > ARRAY_LEN(vcpu->cpuid))
		return -E2BIG;
	memcpy(vcpu->cpuid, cpuid->entries, cpuid->nent * sizeof(cpuid->entries[0]));
	vcpu->n_cpuid = cpuid->nent;
	return 0;
}

static int get_cpuid(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	struct kvm_cpuid2 *cpuid = argument;
	const struct vcpu *vcpu = object->vcpu;

	(void)machine, (void)call;
	if (cpuid->nent < vcpu->n_cpuid)
		return -E2BIG;
	memcpy(cpuid->entries, vcpu->cpuid, vcpu->n_cpuid * sizeof(cpuid->entries[0]));
	cpuid->nent = vcpu->n_cpuid;
	return 0;
}

static int get_tsc_khz(struct machine *machine, struct object *object, const struct call *call,
		       void *argument)
{
	(void)machine, (void)object, (void)call, (void)argument;
	return VM_TSC_KHZ;
}

// QEMU asks each vCPU for them without being told that there are any.
static int get_statistics(struct machine *machine, struct object *object, const struct call *call,
			  void *argument)
{
	(void)machine, (void)object, (void)call, (void)argument;
	return -ENOTTY;
}

static int run(struct machine *machine, struct object *object, const struct call *call,
	       void *argument)
{
	(void)machine, (void)object, (void)call, (void)argument;
	return CALL_WAITS;
}

#define COPIES(constant, function, member) \
	{ \
		.request = (constant), .name = #constant, .answer = (function), \
		.offset = offsetof(struct vcpu, member) \
	}

static const struct call rows[] = {
	COPIES(KVM_GET_REGS, show_registers, regs),
	COPIES(KVM_SET_REGS, set_registers, regs),
	COPIES(KVM_GET_SREGS2, show_registers, sregs),
	COPIES(KVM_SET_SREGS2, set_registers, sregs),
	COPIES(KVM_GET_DEBUGREGS, show_registers, debug),
	COPIES(KVM_SET_DEBUGREGS, set_registers, debug),
	COPIES(KVM_GET_XCRS, show_registers, xcrs),
	COPIES(KVM_SET_XCRS, set_registers, xcrs),
	COPIES(KVM_GET_VCPU_EVENTS, copy_out, events),
	COPIES(KVM_SET_VCPU_EVENTS, copy_in, events),
	COPIES(KVM_GET_MP_STATE, copy_out, mp_state),
	COPIES(KVM_SET_MP_STATE, copy_in, mp_state),
	COPIES(KVM_GET_LAPIC, copy_out, lapic),
	COPIES(KVM_SET_LAPIC, copy_in, lapic),
	CALL(KVM_GET_XSAVE, get_xsave),
	CALL_NAMED(GET_XSAVE2, "KVM_GET_XSAVE2", get_xsave),
	CALL(KVM_SET_XSAVE, set_xsave),
	CALL(KVM_GET_MSRS, get_msrs),
	CALL(KVM_SET_MSRS, set_msrs),
	CALL(KVM_SET_CPUID2, set_cpuid),
	CALL(KVM_GET_CPUID2, get_cpuid),
	CALL(KVM_GET_TSC_KHZ, get_tsc_khz),
	CALL(KVM_GET_STATS_FD, get_statistics),
	CALL(KVM_RUN, run),
	CALL_ACCEPTED(KVM_SET_TSC_KHZ),
	CALL_ACCEPTED(KVM_ENABLE_CAP),
	CALL_ACCEPTED(KVM_TPR_ACCESS_REPORTING),
	CALL_ACCEPTED(KVM_SET_VAPIC_ADDR),
	CALL_ACCEPTED(KVM_X86_SETUP_MCE),
	CALL_ACCEPTED(KVM_KVMCLOCK_CTRL),
	CALL_ACCEPTED(KVM_SET_SIGNAL_MASK),
	CALL_ACCEPTED(KVM_INTERRUPT),
	CALL_ACCEPTED(KVM_NMI),
	CALL_ACCEPTED(KVM_SMI),
};

const struct call_table vcpu_calls = { rows, ARRAY_LEN(rows), EINVAL, false };
