// SPDX-License-Identifier: Apache-2.0
// Connects the catalogue of failures with the checks of a machine, by their names.

#include "host/failure_checks.h"

#include <string.h>

#include "base/attributes.h"

static const struct failure_checks rows[] = {
	{ "vm-type-unsupported",
	  { "kvm.type_sev", "kvm.type_sev_es", "kvm.type_snp", "es.beside_snp" } },
	{ "kvm-missing", { "kvm.device" } },
	{ "kvm-permission", { "kvm.device" } },
	{ "dev-sev-permission", { "dev.sev" } },
	{ "dev-sev-missing", { "module.ccp", "dev.sev" } },
	{ "es-unavailable", { "cpu.asids_es", "sev.es_initialized" } },
	{ "vm-type-requested", { "kernel.init2" } },
	{ "sev-configuration-unsupported", { "kernel.init2", "kvm.vmsa_features" } },
	{ "guest-memfd-missing", { "kvm.private_memory" } },
	{ "register-region-memory", { "memory.locked", "memory.available" } },
	{ "mlock", { "memory.locked" } },
	{ "backing-store", { "memory.hugepages" } },
	{ "cpu-model-unknown", { "qemu.version", "qemu.cpu_model" } },
	{ "sev-off-in-kvm", { "module.sev" } },
	{ "smee-off", { "kernel.flag_sev" } },
	{ "rmp-not-reserved", { "kernel.flag_sev_snp" } },
	{ "rmp-too-small", { "kernel.flag_sev_snp" } },
	{ "iommu-passthrough", { "iommu.present", "iommu.domain" } },
	{ "iommu-v2", { "kernel.options_snp" } },
	{ "iommu-snp-off", { "iommu.snp", "kernel.options_snp" } },
	{ "snp-init-configuration", { "snp.state", "snp.api" } },
	{ "snp-init-rmp", { "snp.state", "snp.rmp" } },
	{ "snp-init", { "snp.state", "snp.api" } },
	{ "sev-init", { "sev.state", "sev.api" } },
	{ "psp-status", { "sev.status" } },
	{ "lock-limit", { "memory.locked" } },
	{ "psp-timeout", { "sev.status" } },
	{ "es-disabled", { "cpu.asids_es", "module.sev_es" } },
	{ "snp-disabled", { "module.sev_snp" } },
	{ "tmr-allocation", { "sev.es_initialized" } },
	{ "platform-status", { "sev.status" } },
	{ "init-off", { "module.sev", "module.sev_es", "module.sev_snp" } },
	{ "init-busy", { "asids.free_sev", "asids.free_es", "asids.limit_sev", "asids.limit_es" } },
	{ "init-platform", { "sev.state", "snp.state" } },
	{ "es-refused-beside-snp", { "es.beside_snp" } },
	{ "snp-start-policy-kvm", { "kvm.policy_bits" } },
	{ "snp-start-policy", { "cpu.smt", "snp.api" } },
	{ "snp-start-state", { "snp.state" } },
	{ "object-unknown", { "qemu.sev_guest", "qemu.snp_guest" } },
	{ "object-missing", { "qemu.sev_guest", "qemu.snp_guest" } },
	{ "metadata-missing", { "image.sev_snp" } },
	{ "hash-table-missing", { "image.kernel_hashes" } },
	{ "hash-table-invalid", { "image.kernel_hashes" } },
};

const struct failure_checks *failure_checks_at(size_t i)
{
	return i < ARRAY_LEN(rows) ? &rows[i] : NULL;
}

const struct failure_checks *failure_checks_find(const struct failure *failure)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].failure, failure->name) == 0)
			return &rows[i];
	return NULL;
}
