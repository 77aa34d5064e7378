// SPDX-License-Identifier: Apache-2.0
// Names facts after what they depend on, and recognises them again.

#include "host/facts_cache.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "host/facts_json.h"

void host_identity_write(char out[static HOST_IDENTITY_SIZE], const struct host_identity *identity)
{
	const struct stat *qemu = identity->qemu;
	const struct host_cpu *cpu = identity->cpu;
	char kernel[80];

	text_escape(kernel, sizeof(kernel), identity->kernel_release,
		    strlen(identity->kernel_release));
	(void)snprintf(out, HOST_IDENTITY_SIZE,
		       "format=%d dev=%ju inode=%ju size=%jd ctime=%jd.%09ld kernel=%s "
		       "cpu=%s:%x:%d%d%d%d kvm=%d vm_types=%x",
		       HOST_FACTS_FORMAT, (uintmax_t)qemu->st_dev, (uintmax_t)qemu->st_ino,
		       (intmax_t)qemu->st_size, (intmax_t)qemu->st_ctim.tv_sec,
		       qemu->st_ctim.tv_nsec, kernel, cpu->vendor, cpu->signature, cpu->hypervisor,
		       cpu->sev, cpu->sev_es, cpu->sev_snp, identity->kvm_usable,
		       identity->kvm->vm_types);
}

bool host_identity_kernel(char out[static HOST_IDENTITY_SIZE], const char *identity)
{
	static const char key[] = " kernel=";
	const char *at = strstr(identity, key);

	if (at == NULL)
		return false;
	at += sizeof(key) - 1;
	(void)snprintf(out, HOST_IDENTITY_SIZE, "%.*s", (int)strcspn(at, " "), at);
	return true;
}

// FNV-1a with 128 bits (RFC draft-eastlake-fnv): it only spreads names; the content is compared.
static unsigned __int128 fnv1a_128(const char *text)
{
	const unsigned __int128 prime = ((unsigned __int128)1 << 88) + 0x13b;
	unsigned __int128 hash = (unsigned __int128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * prime;
	return hash;
}

void host_cache_name(char out[static HOST_CACHE_NAME_SIZE], const char *identity)
{
	unsigned __int128 hash = fnv1a_128(identity);

	(void)snprintf(out, HOST_CACHE_NAME_SIZE, "qemu-%016" PRIx64 "%016" PRIx64 ".json",
		       (uint64_t)(hash >> 64), (uint64_t)hash);
}

bool host_cache_read(struct host_facts *facts, const char *identity, const char *text, size_t len)
{
	struct err why; // a kept file that cannot be read is one that is not there

	assert(identity[0] != '\0');
	if (host_facts_read(facts, text, len, &why) == 0 && strcmp(facts->identity, identity) == 0)
		return true;
	memset(facts, 0, sizeof(*facts));
	return false;
}
