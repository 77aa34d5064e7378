// SPDX-License-Identifier: Apache-2.0
// Words and look-ups for what a machine can do.

#include "host/facts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

static const char *const properties[] = {
	[HOST_PROPERTY_POLICY] = "policy",
	[HOST_PROPERTY_CBITPOS] = "cbitpos",
	[HOST_PROPERTY_REDUCED_PHYS_BITS] = "reduced-phys-bits",
	[HOST_PROPERTY_SEV_DEVICE] = "sev-device",
	[HOST_PROPERTY_KERNEL_HASHES] = "kernel-hashes",
	[HOST_PROPERTY_LEGACY_VM_TYPE] = "legacy-vm-type",
	[HOST_PROPERTY_DH_CERT_FILE] = "dh-cert-file",
	[HOST_PROPERTY_SESSION_FILE] = "session-file",
	[HOST_PROPERTY_HANDLE] = "handle",
	[HOST_PROPERTY_ID_BLOCK] = "id-block",
	[HOST_PROPERTY_ID_AUTH] = "id-auth",
	[HOST_PROPERTY_AUTHOR_KEY_ENABLED] = "author-key-enabled",
	[HOST_PROPERTY_HOST_DATA] = "host-data",
	[HOST_PROPERTY_VCEK_DISABLED] = "vcek-disabled",
	[HOST_PROPERTY_GUEST_VISIBLE_WORKAROUNDS] = "guest-visible-workarounds",
};
static_assert(ARRAY_LEN(properties) == HOST_PROPERTIES, "each property has a word");
static_assert(HOST_PROPERTIES <= 32, "a set of properties fits its integer");

const char *host_property_word(enum host_property property)
{
	assert((unsigned int)property < HOST_PROPERTIES);
	return properties[property];
}

uint32_t host_property_bit(const char *word)
{
	for (unsigned int i = 0; i < HOST_PROPERTIES; i++)
		if (strcmp(properties[i], word) == 0)
			return HOST_PROPERTY_BIT(i);
	return 0;
}

bool host_facts_kernel(const struct host_facts *facts, unsigned int *major, unsigned int *minor)
{
	static const char key[] = "kernel=";
	const char *kernel = strstr(facts->identity, key);
	char *end;

	if (kernel == NULL)
		return false;
	*major = (unsigned int)strtoul(kernel + strlen(key), &end, 10);
	if (*end != '.')
		return false;
	*minor = (unsigned int)strtoul(end + 1, NULL, 10);
	return *major != 0;
}

const struct host_cpu_model *host_cpu_model_find(const struct host_qemu *qemu, const char *name)
{
	for (size_t i = 0; i < qemu->n_cpu_models; i++)
		if (strcmp(qemu->cpu_models[i].name, name) == 0)
			return &qemu->cpu_models[i];
	return NULL;
}
