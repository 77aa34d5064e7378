// SPDX-License-Identifier: Apache-2.0
// Checks of what guests use up: ASIDs, locked memory, memory. And of the CPU's threads and sockets,
// which guest policies speak of.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

// What a guest of the usual size pins: its memory, and QEMU's firmware, ROMs and video memory.
#define USUAL_GUEST_MIB 1280

#define POLICY_SMT (1ULL << 16)

// --- ASIDs ---------------------------------------------------------------------------------------

// "sev_es 99"
static bool misc_number(const struct host_readings *readings, enum host_text which, const char *key,
			uint64_t *out)
{
	char text[32];

	if (!readings_value(readings, which, key, text, sizeof(text)) || text[0] < '0' ||
	    text[0] > '9')
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

struct probe_asids probe_asids(const struct host_readings *readings, bool encrypted_state)
{
	const char *key = encrypted_state ? "sev_es" : "sev";
	struct probe_asids asids = { 0 };
	struct host_cpu cpu;

	asids.known = misc_number(readings, HOST_TEXT_MISC_CAPACITY, key, &asids.total);
	if (!asids.known && readings->cpuid_read) {
		readings_cpu(readings, &cpu);
		asids.known = cpu.max_asid > 0;
		if (encrypted_state)
			asids.total = cpu.min_sev_asid > 0 ? cpu.min_sev_asid - 1 : 0;
		else if (cpu.min_sev_asid > 0 && cpu.min_sev_asid <= cpu.max_asid)
			asids.total = cpu.max_asid - cpu.min_sev_asid + 1;
	}
	asids.used_known = misc_number(readings, HOST_TEXT_MISC_CURRENT, key, &asids.used);
	return asids;
}

static void judge_free_asids(struct probe_result *result, const struct host_readings *readings)
{
	struct probe_asids asids = probe_asids(readings, result->check->which != 0);

	if (!asids.known || !asids.used_known)
		probe_say_unread(result, "how many ASIDs are in use", READING_NONE);
	else if (asids.used < asids.total)
		probe_say(result, PROBE_PASS, "%llu of %llu are free",
			  (unsigned long long)(asids.total - asids.used),
			  (unsigned long long)asids.total);
	else
		probe_say(result, PROBE_FAIL, "all %llu ASIDs are in use",
			  (unsigned long long)asids.total);
}

static void judge_asid_limit(struct probe_result *result, const struct host_readings *readings)
{
	const char *key = result->check->word;
	uint64_t limit;

	if (readings->texts[HOST_TEXT_CGROUP_MISC_MAX].state == READING_ABSENT)
		probe_say(result, PROBE_PASS, "this cgroup has no limit");
	else if (!probe_text_is_missing(result, readings, HOST_TEXT_CGROUP_MISC_MAX)) {
		if (!misc_number(readings, HOST_TEXT_CGROUP_MISC_MAX, key, &limit))
			probe_say(result, PROBE_PASS, "this cgroup has no limit");
		else
			probe_say(result, limit > 0 ? PROBE_PASS : PROBE_FAIL,
				  "this cgroup may use %llu ASIDs", (unsigned long long)limit);
	}
}

static void judge_asid_events(struct probe_result *result, const struct host_readings *readings)
{
	uint64_t sev = 0;
	uint64_t sev_es = 0;
	uint64_t refused;

	if (readings->texts[HOST_TEXT_CGROUP_MISC_EVENTS].state == READING_ABSENT) {
		probe_say(result, PROBE_SKIP, "this cgroup does not count them");
		return;
	}
	if (probe_text_is_missing(result, readings, HOST_TEXT_CGROUP_MISC_EVENTS))
		return;
	(void)misc_number(readings, HOST_TEXT_CGROUP_MISC_EVENTS, "sev.max", &sev);
	(void)misc_number(readings, HOST_TEXT_CGROUP_MISC_EVENTS, "sev_es.max", &sev_es);
	refused = sev + sev_es;
	probe_say(result, refused == 0 ? PROBE_PASS : PROBE_WARN,
		  "%" PRIu64 " times a limit of this cgroup refused an ASID", refused);
}

// --- Memory --------------------------------------------------------------------------------------

static void judge_memlock(struct probe_result *result, const struct host_readings *readings)
{
	uint64_t mib = readings->memlock_bytes >> 20;

	if (!readings->memlock_read)
		probe_say_unread(result, "RLIMIT_MEMLOCK", READING_NONE);
	else if (readings->by_root)
		probe_say(result, PROBE_PASS, "the launcher raises it, as root");
	else if (readings->memlock_bytes == UINT64_MAX)
		probe_say(result, PROBE_PASS, "RLIMIT_MEMLOCK is unlimited");
	else
		probe_say(result, mib >= USUAL_GUEST_MIB ? PROBE_PASS : PROBE_WARN,
			  "RLIMIT_MEMLOCK is at most %llu MiB, a guest of 1024 MiB needs %d",
			  (unsigned long long)mib, USUAL_GUEST_MIB);
}

static void judge_memory(struct probe_result *result, const struct host_readings *readings)
{
	uint64_t total;
	uint64_t available;

	if (probe_text_is_missing(result, readings, HOST_TEXT_MEMINFO))
		return;
	if (!misc_number(readings, HOST_TEXT_MEMINFO, "MemTotal", &total) ||
	    !misc_number(readings, HOST_TEXT_MEMINFO, "MemAvailable", &available)) {
		probe_say_unread(result, "/proc/meminfo", READING_DONE);
		return;
	}
	probe_say(result, available >> 10 >= USUAL_GUEST_MIB ? PROBE_PASS : PROBE_WARN,
		  "%llu of %llu MiB are available", (unsigned long long)(available >> 10),
		  (unsigned long long)(total >> 10));
}

static void judge_memory_max(struct probe_result *result, const struct host_readings *readings)
{
	uint64_t bytes;

	if (readings->texts[HOST_TEXT_CGROUP_MEMORY_MAX].state == READING_ABSENT)
		probe_say(result, PROBE_PASS, "this cgroup has no limit");
	else if (!probe_text_is_missing(result, readings, HOST_TEXT_CGROUP_MEMORY_MAX)) {
		if (!readings_number(readings, HOST_TEXT_CGROUP_MEMORY_MAX, &bytes))
			probe_say(result, PROBE_PASS, "this cgroup has no limit");
		else
			probe_say(result, bytes >> 20 >= USUAL_GUEST_MIB ? PROBE_PASS : PROBE_WARN,
				  "this cgroup may use %llu MiB",
				  (unsigned long long)(bytes >> 20));
	}
}

static void judge_number(struct probe_result *result, const struct host_readings *readings)
{
	enum host_text which = (enum host_text)result->check->which;
	uint64_t number;

	if (readings->texts[which].state == READING_ABSENT)
		probe_say(result, PROBE_SKIP, "there is none");
	else if (readings_number(readings, which, &number))
		probe_say(result, PROBE_PASS, "%llu", (unsigned long long)number);
	else
		(void)probe_text_is_missing(result, readings, which);
}

// --- Threads and sockets -------------------------------------------------------------------------

static void judge_smt(struct probe_result *result, const struct host_readings *readings)
{
	const char *text = readings_text(readings, HOST_TEXT_SMT_ACTIVE);

	if (text == NULL)
		(void)probe_text_is_missing(result, readings, HOST_TEXT_SMT_ACTIVE);
	else
		probe_say(result, PROBE_PASS,
			  strcmp(text, "1") == 0 ? "on: guest policies must allow SMT" :
						   "off: any guest policy fits");
}

int probe_require_policy(const struct host_readings *readings, uint64_t policy, const char *key,
			 struct err *err)
{
	const struct kvm_reading *kvm = &readings->kvm;
	const char *smt = readings_text(readings, HOST_TEXT_SMT_ACTIVE);
	uint64_t refused = kvm->policy_bits_known ? policy & ~kvm->policy_bits : 0;

	if (refused != 0)
		return err_set(err, ERR_HOST,
			       "key '%s': KVM of this host takes the policy bits 0x%llx, and not "
			       "0x%llx: leave them out",
			       key, (unsigned long long)kvm->policy_bits,
			       (unsigned long long)refused);
	if (smt != NULL && strcmp(smt, "1") == 0 && (policy & POLICY_SMT) == 0)
		return err_set(err, ERR_HOST,
			       "key '%s': it forbids SMT, which is on: allow 'smt', or turn it off "
			       "with 'echo off > /sys/devices/system/cpu/smt/control'",
			       key);
	return 0;
}

// The kernel numbers a core's second thread behind all first ones, so the last CPU is on the last
// socket.
static void judge_sockets(struct probe_result *result, const struct host_readings *readings)
{
	const char *first = readings_text(readings, HOST_TEXT_PACKAGE_FIRST);
	const char *last = readings_text(readings, HOST_TEXT_PACKAGE_LAST);

	if (first == NULL || last == NULL)
		(void)probe_text_is_missing(result, readings,
					    first == NULL ? HOST_TEXT_PACKAGE_FIRST :
							    HOST_TEXT_PACKAGE_LAST);
	else
		probe_say(result, PROBE_PASS,
			  strcmp(first, last) == 0 ? "one" :
						     "more than one: no policy 'single_socket'");
}

// --- The table -----------------------------------------------------------------------------------

static const struct probe_check rows[] = {
	{ "asids.free_sev", PROBE_SEV, judge_free_asids, "cpu.asids_sev",
	  .also_after = "module.sev", .which = 0, .is_temporary = true,
	  .why = "each guest of level sev takes one", .remedy = "wait until another guest ends" },
	{ "asids.free_es", PROBE_ES_AND_SNP, judge_free_asids, "cpu.asids_es",
	  .also_after = "module.sev_es", .which = 1, .is_temporary = true,
	  .why = "each guest of sev-es or sev-snp takes one",
	  .remedy = "wait until another guest ends" },
	{ "asids.limit_sev", PROBE_SEV, judge_asid_limit, "cpu.asids_sev", .word = "sev",
	  .why = "a cgroup can have a limit of its own (misc.max)",
	  .remedy = "start snplaunch in another cgroup, or raise misc.max" },
	{ "asids.limit_es", PROBE_ES_AND_SNP, judge_asid_limit, "cpu.asids_es", .word = "sev_es",
	  .why = "a cgroup can have a limit of its own (misc.max)",
	  .remedy = "start snplaunch in another cgroup, or raise misc.max" },
	{ "asids.refused", 0, judge_asid_events, "cpu.asids",
	  .why = "a launch that such a limit refuses fails with EBUSY",
	  .remedy = "raise misc.max of the cgroup" },
	{ "memory.locked", PROBE_SEV_AND_ES, judge_memlock, "cpu.sev",
	  .why = "at sev and sev-es the kernel pins all of a guest's memory",
	  .remedy = "raise the limit: LimitMEMLOCK=infinity in a unit, 'memlock' in "
		    "/etc/security/limits.d, or start as root" },
	{ "memory.available", PROBE_ALL, judge_memory, "cpu.sev",
	  .why = "a guest's memory is pinned at sev and sev-es, and cannot be swapped at sev-snp",
	  .remedy = "end what uses memory" },
	{ "memory.cgroup", PROBE_ALL, judge_memory_max, "cpu.sev",
	  .why = "at sev-snp a guest can use more than its size while pages become private",
	  .remedy = "raise memory.max of the cgroup" },
	{ "memory.hugepages", 0, judge_number, "cpu.sev", .which = HOST_TEXT_HUGEPAGES,
	  .why = "free pages of 2 MiB; at sev-snp they would hold a guest's shared half alone" },
	{ "memory.vfio_limit", 0, judge_number, "cpu.sev", .which = HOST_TEXT_DMA_ENTRY_LIMIT,
	  .why = "with a device passed through, sev-snp guests above 2 GiB need a higher one" },
	{ "cpu.smt", PROBE_SEV_SNP, judge_smt, "cpu.sev_snp",
	  .why = "with SMT on, a guest policy without the bit 'smt' is refused" },
	{ "cpu.sockets", PROBE_SEV_SNP, judge_sockets, "cpu.sev_snp",
	  .why = "a guest policy can ask for a single socket" },
};

const struct probe_table probe_resource_checks = { rows, ARRAY_LEN(rows) };
