// SPDX-License-Identifier: Apache-2.0
// Admits guests: each has its share in a file of its runtime directory, whose lock says that it runs.

#include "launcher/admission.h"

#include <cpuid.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>

// AMD64 Architecture Programmer's Manual volume 3 (AMD 24594), appendix E: ECX is the highest ASID, EDX
// the lowest of plain SEV; those from 1 to below it are for SEV-ES and SEV-SNP.
#define LEAF_SEV 0x8000001fU

struct share {
	uint32_t level;
	uint32_t memory_mib;
};

struct taken {
	uint64_t memory_mib;
	uint32_t n_guests[LEVELS];
};

// Nothing of a guest that is not started yet, or whose launcher died: its directory is not locked then.
static int add_guest(struct taken *taken, int base_fd, const char *name, struct err *err)
{
	struct share share;
	AUTO(fd) int dir_fd = openat(base_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO(fd) int fd = -1;

	if (dir_fd >= 0 && flock(dir_fd, LOCK_SH | LOCK_NB) == 0)
		return 0;
	fd = dir_fd < 0 ? -1 : openat(dir_fd, RUNTIME_SHARE_NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0 || read(fd, &share, sizeof(share)) < (ssize_t)sizeof(share) ||
	    share.level >= LEVELS)
		return err_sys(err, "cannot find out what guest '%s' uses", name);
	taken->memory_mib += share.memory_mib;
	taken->n_guests[share.level]++;
	return 0;
}

static int count_taken(struct taken *taken, const struct runtime *runtime, struct err *err)
{
	AUTO(fd) int fd = openat(runtime->base_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	int result = 0;

	if (dir == NULL)
		return err_sys(err, "cannot read the runtime directory");
	(void)take_fd(&fd); // the stream's now
	while (result == 0 && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, runtime->name) != 0)
			result = add_guest(taken, runtime->base_fd, entry->d_name, err);
	(void)closedir(dir);
	return result;
}

static uint64_t meminfo_mib(const char *key)
{
	char text[4096] = "";
	AUTO(fd) int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	const char *at = read(fd, text, sizeof(text) - 1) > 0 ? strstr(text, key) : NULL;

	return at == NULL ? 0 : strtoull(at + strlen(key), NULL, 10) >> 10;
}

// Pages of a huge page pool are no guest's.
static uint64_t host_memory_mib(uint32_t reserve_mib)
{
	uint64_t mib = meminfo_mib("MemTotal:") - meminfo_mib("Hugetlb:");

	return mib > reserve_mib ? mib - reserve_mib : 1;
}

static int check_shares(const struct host_policy *policy, const struct share *share,
			const struct taken *taken, struct err *err)
{
	const uint32_t *n = taken->n_guests;
	uint32_t eax, ebx, last = 0, first_sev = 0;
	bool knows_asids = __get_cpuid_count(LEAF_SEV, 0, &eax, &ebx, &last, &first_sev) != 0 &&
			   first_sev > 0 && first_sev <= last;
	const struct {
		const char *key;
		uint64_t most, taken;
		uint32_t wanted;
	} limits[] = {
		{ "memory_total_mib",
		  policy->memory_total_mib ?: host_memory_mib(policy->memory_reserve_mib),
		  taken->memory_mib, share->memory_mib },
		{ "sev_asids",
		  policy->sev_asids   ?:
			  knows_asids ? last - first_sev + 1 :
					UINT32_MAX,
		  n[LEVEL_SEV], share->level == LEVEL_SEV },
		{ "sev_es_asids",
		  policy->sev_es_asids ?:
			  knows_asids  ? first_sev - 1 :
					 UINT32_MAX,
		  n[LEVEL_SEV_ES] + n[LEVEL_SEV_SNP], share->level > LEVEL_SEV },
	};

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		if (limits[i].wanted == 0 || limits[i].taken + limits[i].wanted <= limits[i].most)
			continue;
		(void)err_set(err, limits[i].wanted > limits[i].most ? ERR_REFUSED : ERR_BUSY,
			      "%u wanted, but running guests have %" PRIu64 " of %" PRIu64
			      ": ask for less, or stop one",
			      limits[i].wanted, limits[i].taken, limits[i].most);
		return host_policy_blame(policy, limits[i].key, err);
	}
	return 0;
}

int admission_take(const struct runtime *runtime, const struct host_policy *policy,
		   const struct plan_needs *needs, struct err *err)
{
	const struct share share = { needs->level, needs->memory_mib };
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
	struct taken taken = { 0 };
	AUTO(fd) int fd = -1;
	int result;

	if (needs->rehearses)
		return 0;
	if (runtime_lock_base(runtime->base_fd) < 0)
		return err_sys_kind(err, ERR_BUSY, "cannot lock the runtime directory");
	result = count_taken(&taken, runtime, err);
	if (result == 0)
		result = check_shares(policy, &share, &taken, err);
	if (result == 0) // also what the last start under this name has left
		fd = openat(runtime->dir_fd, RUNTIME_SHARE_NAME, flags, 0600);
	if (result == 0 && write(fd, &share, sizeof(share)) < 0)
		result = err_sys(err, "cannot write down what the guest uses");
	(void)flock(runtime->base_fd, LOCK_UN); // does not fail for a lock that is held
	return result;
}
