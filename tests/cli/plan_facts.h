/* SPDX-License-Identifier: Apache-2.0 */
/* A guest, a host that can do everything, and the plan that comes of both. */
#ifndef SNPLAUNCH_TESTS_CLI_PLAN_FACTS_H
#define SNPLAUNCH_TESTS_CLI_PLAN_FACTS_H

#include "tests/base/process.h"

#include "cli/plan_make.h"

/* Too large for a stack. */
static struct host_facts facts;
static struct guest guest;
static struct plan plan;
static struct err err;

static inline struct host_cpu_model *add_model(const char *name, const char *alias_of)
{
	struct host_cpu_model *model = &facts.qemu.cpu_models[facts.qemu.n_cpu_models++];

	(void)strcpy(model->name, name);
	(void)strcpy(model->alias_of, alias_of);
	model->runnable = true;
	return model;
}

static inline struct host_cpu_model *model_named(const char *name)
{
	return &facts.qemu
			.cpu_models[host_cpu_model_find(&facts.qemu, name) - facts.qemu.cpu_models];
}

/* A machine and a QEMU that can do everything. */
static inline void fill_facts(void)
{
	struct host_qemu *qemu = &facts.qemu;

	memset(&facts, 0, sizeof(facts));
	qemu->major = 10;
	(void)strcpy(qemu->machine, "pc-q35-10.0");
	qemu->machine_cpu_max = 300;
	qemu->kvm_built = qemu->kvm_usable = qemu->kvm_takes_fd = qemu->tcg_built = true;
	qemu->sev_guest = qemu->sev_snp_guest = UINT32_MAX;
	(void)add_model("EPYC", "EPYC-v1");
	(void)add_model("EPYC-v1", "");
	(void)add_model("EPYC-v4", "");
	(void)add_model("EPYC-Milan-v2", "");
	(void)add_model("max", "");
	(void)add_model("host", "");
	(void)strcpy(facts.cpu.vendor, "AuthenticAMD");
	facts.cpu.sev = facts.cpu.sev_es = facts.cpu.sev_snp = true;
	facts.cpu.cbitpos = 51;
	facts.cpu.phys_addr_reduction = 6;
	facts.kvm.vm_types_known = true;
	facts.kvm.vm_types = 1U << HOST_VM_SEV | 1U << HOST_VM_SEV_ES | 1U << HOST_VM_SNP;
}

/* The least that a guest says, with what launch_read() adds. */
static inline void fill_guest(enum level level)
{
	memset(&guest, 0, sizeof(guest));
	(void)strcpy(guest.name, "web");
	guest.level = level;
	guest.accel = level == LEVEL_OFF ? ACCEL_TCG : ACCEL_KVM;
	guest.console = CONSOLE_STDIO;
}

static inline void fill(enum level level)
{
	fill_facts();
	fill_guest(level);
}

static inline void make(void)
{
	expect_success(plan_make(&plan, &guest, &facts, &err), &err);
}

static inline void expect_refusal(enum err_kind kind, const char *text)
{
	assert_int_equal(plan_make(&plan, &guest, &facts, &err), -1);
	expect_error(&err, kind, text);
}

/* What is said on standard error while the plan is made, whatever comes of it. */
static inline const char *warnings(void)
{
	static char text[2000];
	struct capture capture = capture_begin();

	(void)!plan_make(&plan, &guest, &facts, &err);
	return capture_end(&capture, text, sizeof(text));
}

#endif
