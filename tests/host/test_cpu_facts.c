// SPDX-License-Identifier: Apache-2.0
// CPUID registers of some machines, and KVM if this machine has one.

#include "tests/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "host/cpu_facts.h"

#define AMD \
	{ \
		0x10, 0x68747541, 0x444d4163, 0x69746e65 \
	}
#define INTEL \
	{ \
		0x1b, 0x756e6547, 0x6c65746e, 0x49656e69 \
	}

static const struct {
	struct cpuid_leaves leaves;
	struct host_cpu cpu;
} decoded[] = {
	{
		// EPYC Naples: SEV-ES, no SNP
		{ AMD, { 0x00800f12, 0, 0x7ed8320b, 0 }, { 0xf, 0x16f, 0xf, 5 } },
		{ .vendor = "AuthenticAMD",
		  .signature = 0x800f12,
		  .sev = true,
		  .sev_es = true,
		  .cbitpos = 47,
		  .phys_addr_reduction = 5,
		  .max_asid = 15,
		  .min_sev_asid = 5 },
	},
	{
		// EPYC Milan
		{ AMD, { 0x00a00f11, 0, 0x7efa320b, 0 }, { 0x0101fd3f, 0x4173, 509, 1 } },
		{ .vendor = "AuthenticAMD",
		  .signature = 0xa00f11,
		  .sev = true,
		  .sev_es = true,
		  .sev_snp = true,
		  .cbitpos = 51,
		  .phys_addr_reduction = 5,
		  .max_asid = 509,
		  .min_sev_asid = 1 },
	},
	{
		// a guest on EPYC Genoa: its hypervisor shows SEV
		{ AMD, { 0x00a10f11, 0, 0xfefa320b, 0 }, { 0x1a, 0x1b3, 0, 0 } },
		{ .vendor = "AuthenticAMD",
		  .signature = 0xa10f11,
		  .hypervisor = true,
		  .sev = true,
		  .sev_es = true,
		  .sev_snp = true,
		  .cbitpos = 51,
		  .phys_addr_reduction = 6 },
	},
	{
		// Intel Ice Lake: no such leaf
		{ INTEL, { 0x000606a6, 0, 0x7ffefbff, 0 }, { 0, 0, 0, 0 } },
		{ .vendor = "GenuineIntel", .signature = 0x606a6 },
	},
	{
		// a hypervisor that makes a vendor up
		{ { 0, 0x01020304, 0x41414141, 0xff414141 }, { 0, 0, 0, 0 }, { 0, 0, 0, 0 } },
		{ .vendor = "????AAA?AAAA" },
	},
};

static void decodes_cpuid(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(decoded); i++) {
		struct host_cpu cpu;

		memset(&cpu, 0xff, sizeof(cpu));
		cpu_facts_decode(&cpu, &decoded[i].leaves);
		assert_string_equal(cpu.vendor, decoded[i].cpu.vendor);
		assert_int_equal(cpu.signature, decoded[i].cpu.signature);
		assert_int_equal(cpu.hypervisor, decoded[i].cpu.hypervisor);
		assert_int_equal(cpu.sev, decoded[i].cpu.sev);
		assert_int_equal(cpu.sev_es, decoded[i].cpu.sev_es);
		assert_int_equal(cpu.sev_snp, decoded[i].cpu.sev_snp);
		assert_int_equal(cpu.cbitpos, decoded[i].cpu.cbitpos);
		assert_int_equal(cpu.phys_addr_reduction, decoded[i].cpu.phys_addr_reduction);
		assert_int_equal(cpu.max_asid, decoded[i].cpu.max_asid);
		assert_int_equal(cpu.min_sev_asid, decoded[i].cpu.min_sev_asid);
	}
}

static void reads_this_cpu(void **state)
{
	struct host_cpu cpu;

	(void)state;
	cpu_facts_read(&cpu);
	assert_int_equal(strlen(cpu.vendor), 12);
	assert_int_not_equal(cpu.signature, 0);
}

static void refuses_what_is_not_kvm(void **state)
{
	AUTO(fd) int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct host_kvm kvm;
	struct err err;

	(void)state;
	assert_int_equal(kvm_facts_read(&kvm, fd, &err), -1);
	assert_string_equal(err.text, "/dev/kvm is not KVM: Inappropriate ioctl for device");
	assert_int_equal(err.kind, ERR_HOST);
	assert_false(kvm.vm_types_known);
}

static void asks_this_kvm(void **state)
{
	AUTO(fd) int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	struct host_kvm kvm;
	struct err err;

	(void)state;
	if (fd < 0) {
		print_message("skipped: cannot open /dev/kvm\n");
		skip();
	}
	if (kvm_facts_read(&kvm, fd, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(kvm.vm_types_known);
	print_message("this KVM has the VM types 0x%x\n", kvm.vm_types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_cpuid),
		cmocka_unit_test(reads_this_cpu),
		cmocka_unit_test(refuses_what_is_not_kvm),
		cmocka_unit_test(asks_this_kvm),
	};

	return cmocka_run_group_tests_name("host/cpu_facts", tests, NULL, NULL);
}
