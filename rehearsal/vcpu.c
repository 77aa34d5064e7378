// SPDX-License-Identifier: Apache-2.0
// The registers of a vCPU, and waiting in place of running.

#include "rehearsal/vcpu.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#define XCR0_X87 1

#define MSR_PAT 0x277
#define PAT_AT_RESET 0x0007040600070406ULL

// KVM's sev_es_sync_vmsa() copies the whole save area of its VMCB; these it holds.
const struct vcpu_msr_row vcpu_msr_rows[VCPU_MSRS] = {
	{ 0x0da0, 0x140 },			 // XSS
	{ 0xc0000081, 0x200 },			 // STAR
	{ 0xc0000082, 0x208 },			 // LSTAR
	{ 0xc0000083, 0x210 },			 // CSTAR
	{ 0xc0000084, 0x218 },			 // SFMASK
	{ 0xc0000102, 0x220 },			 // KERNEL_GS_BASE
	{ 0x174, 0x228 },			 // SYSENTER_CS
	{ 0x175, 0x230 },			 // SYSENTER_ESP
	{ 0x176, 0x238 },			 // SYSENTER_EIP
	{ MSR_PAT, 0x268 },    { 0x1d9, 0x270 }, // DEBUGCTL
	{ 0x1db, 0x278 },			 // LASTBRANCHFROMIP
};

// The x87 control word and MXCSR of Linux's initial state, which is where KVM's copy begins.
#define X87_FCW_AT_RESET 0x37f
#define MXCSR_AT_RESET 0x1f80
#define XSAVE_MXCSR 24
#define XSAVE_XMM 160

void vcpu_init(struct vcpu *vcpu, uint32_t id)
{
	const uint16_t fcw = X87_FCW_AT_RESET;
	const uint32_t mxcsr = MXCSR_AT_RESET;

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->id = id;
	vcpu->debug.dr6 = 0xffff0ff0;
	vcpu->debug.dr7 = 0x400;
	vcpu->xcrs.nr_xcrs = 1;
	vcpu->xcrs.xcrs[0].value = XCR0_X87;
	for (size_t i = 0; i < ARRAY_LEN(vcpu_msr_rows); i++)
		if (vcpu_msr_rows[i].index == MSR_PAT)
			vcpu->msrs[i] = PAT_AT_RESET;
	memcpy(vcpu->xsave, &fcw, sizeof(fcw));
	memcpy(vcpu->xsave + XSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
}

void vcpu_set_xsave(struct vcpu *vcpu, const uint8_t area[static VCPU_XSAVE_BYTES])
{
	uint64_t components;

	memcpy(&components, area + VCPU_XSAVE_HEADER, sizeof(components));
	if ((components & VCPU_XSTATE_X87) != 0)
		memcpy(vcpu->xsave, area, XSAVE_XMM);
	else if ((components & (VCPU_XSTATE_SSE | VCPU_XSTATE_AVX)) != 0)
		memcpy(vcpu->xsave + XSAVE_MXCSR, area + XSAVE_MXCSR, 2 * sizeof(uint32_t));
	if ((components & VCPU_XSTATE_SSE) != 0)
		memcpy(vcpu->xsave + XSAVE_XMM, area + XSAVE_XMM, 256);
	if ((components & VCPU_XSTATE_AVX) != 0)
		memcpy(vcpu->xsave + VCPU_XSAVE_AVX, area + VCPU_XSAVE_AVX, 256);
	memcpy(vcpu->xsave + VCPU_XSAVE_HEADER, &components, sizeof(components));
}

uint64_t vcpu_xcr0(const struct vcpu *vcpu)
{
	for (uint32_t i = 0; i < vcpu->xcrs.nr_xcrs && i < KVM_MAX_XCRS; i++)
		if (vcpu->xcrs.xcrs[i].xcr == 0)
			return vcpu->xcrs.xcrs[i].value;
	return XCR0_X87;
}

// QEMU's handler of the signal that interrupts a vCPU sets immediate_exit. Between looking at that
// and waiting no signal may come, or it would be waited for in vain.
int vcpu_wait(const struct vcpu *vcpu)
{
	const volatile uint8_t *immediate_exit = &vcpu->run->immediate_exit;
	sigset_t all;
	sigset_t before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before); // fails only for a wrong SIG_SETMASK
	if (*immediate_exit == 0)
		(void)ppoll(NULL, 0, NULL, &before); // ends by a signal, and says so
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -EINTR;
}
