// SPDX-License-Identifier: Apache-2.0
// The judge as a process: from the launcher's descriptors to a judgement. In time order:
//
//   1 read_fds     the argument. Nothing else is believed.
//   2 look         what this machine is and where a file lies, which the filter forbids later.
//   3 confine      as the front is, before a byte is read that the front has written.
//   4 take_plan    the sealed plan, which must need just what the launcher has heard.
//   5 take_firmware  the sealed bytes that QEMU is to get: their digest, and whether the file that
//                  the launcher has opened has the same.
//   6 judge_plan   the rules.
//
// Whatever fails is written to JUDGE_FD_WHY, and then nothing is started.

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/front_confine.h"
#include "cli/judge.h"
#include "host/cpu_facts.h"
#include "launcher/order.h"
#include "plan/plan_check.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define CHUNK_BYTES ((size_t)64 * 1024)

// What one process judges. Large.
struct work {
	int fds[JUDGE_FDS_MAX];
	size_t n_fds;
	struct compiled_policy policy;
	struct plan plan;
	struct judge_platform platform;
	struct judgement judgement;
	char opened_path[PATH_MAX]; // of the file that was opened as firmware
};

static int read_fds(struct work *work, const char *argument, struct err *err)
{
	char *at = (char *)(uintptr_t)argument + strlen(JUDGE_OPTION);

	while (work->n_fds < JUDGE_FDS_MAX) {
		char *end;

		work->fds[work->n_fds++] = (int)strtol(at, &end, 10);
		if (*end != ',')
			break;
		at = end + 1;
	}
	return work->n_fds > JUDGE_FD_GIVEN + START_FD_PLAN + 1 ?
		       0 :
		       err_set(err, ERR_USAGE, "option '--judge': too few descriptors");
}

// The file's own path, whatever name it was asked for.
static void look(struct work *work)
{
	char link[32];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", work->fds[JUDGE_FD_FIRMWARE]);
	if (work->fds[JUDGE_FD_FIRMWARE] >= 0 &&
	    readlink(link, work->opened_path, sizeof(work->opened_path) - 1) < 0)
		work->opened_path[0] = '\0';
	judge_platform_read(&work->platform, work->fds[JUDGE_FD_SEV]);
}

static int read_policy(struct work *work, struct err *err)
{
	int fd = work->fds[JUDGE_FD_POLICY];

	if (fd >= 0 &&
	    pread(fd, &work->policy, sizeof(work->policy), 0) != (ssize_t)sizeof(work->policy))
		return err_set(err, ERR_BUG, "the host policy cannot be read");
	return launch_rules_check(&work->policy.rules, err);
}

static int check_sealed(int fd, const char *noun, struct err *err)
{
	int seals = fcntl(fd, F_GET_SEALS);

	// A kernel may have added F_SEAL_EXEC.
	return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS ?
		       0 :
		       err_set(err, ERR_REFUSED, "START: the %s is not a sealed memfd", noun);
}

static int take_plan(struct work *work, struct err *err)
{
	int fd = work->fds[JUDGE_FD_GIVEN + START_FD_PLAN];
	struct plan_needs told;
	struct plan_needs needs;

	if (check_sealed(fd, "plan", err) < 0)
		return -1;
	if (pread(work->fds[JUDGE_FD_WHY], &told, sizeof(told), 0) != (ssize_t)sizeof(told) ||
	    pread(fd, &work->plan, sizeof(work->plan), 0) != (ssize_t)sizeof(work->plan))
		return err_set(err, ERR_REFUSED, "START: the plan cannot be read");
	if (plan_check(&work->plan, err) < 0)
		return -1;
	plan_needs(&needs, &work->plan);
	return memcmp(&needs, &told, sizeof(needs)) == 0 ?
		       0 :
		       err_set(err, ERR_REFUSED,
			       "START: the plan needs something else than it said");
}

// Reads until the end of the firmware; 'same' becomes false where the other file differs.
static int compare(struct work *work, int fd, int other_fd, bool *same, struct err *err)
{
	AUTO(mem) char *bytes = mem_zeroed(CHUNK_BYTES, 2);
	struct sha256 hash;
	off_t offset = 0;
	ssize_t n;

	sha256_start(&hash);
	while ((n = pread(fd, bytes, CHUNK_BYTES, offset)) > 0) {
		char *others = bytes + CHUNK_BYTES;

		sha256_add(&hash, bytes, (size_t)n);
		*same = *same && pread(other_fd, others, (size_t)n, offset) == n &&
			memcmp(bytes, others, (size_t)n) == 0;
		offset += n;
	}
	sha256_read(&hash, work->judgement.firmware_sha256);
	return n < 0 ? err_sys(err, "cannot read the firmware") : 0;
}

// Of the front's descriptors the firmware comes behind the sockets: plan/plan.h, enum plan_fd.
static int take_firmware(struct work *work, struct err *err)
{
	size_t nth = (size_t)JUDGE_FD_GIVEN + START_FD_PLAN + 2 + work->plan.has_console +
		     work->plan.has_firmware_log;
	int opened_fd = work->fds[JUDGE_FD_FIRMWARE];
	struct stat mine;
	struct stat opened;
	bool same;

	work->judgement.firmware_path = "";
	if (nth >= work->n_fds)
		return err_set(err, ERR_REFUSED, "START: there is no firmware");
	if (check_sealed(work->fds[nth], "firmware", err) < 0)
		return -1;
	same = opened_fd >= 0 && fstat(work->fds[nth], &mine) == 0 &&
	       fstat(opened_fd, &opened) == 0 && mine.st_size == opened.st_size;
	if (compare(work, work->fds[nth], opened_fd, &same, err) < 0)
		return -1;
	if (same)
		work->judgement.firmware_path = work->opened_path;
	return 0;
}

// What is not judged is said, so that nobody takes silence for consent.
static void tell_what_is_not_judged(const struct work *work)
{
	const struct host_policy *host = &work->policy.host;
	const struct plan *plan = &work->plan;
	bool is_sev = plan->level == LEVEL_SEV;
	struct host_cpu cpu;

	if (plan->rehearses && (work->policy.rules.n_sev_firmware_min > 0 || host->sev_asids > 0 ||
				host->sev_es_asids > 0 || host->memory_total_mib > 0))
		log_info("a rehearsal: the host policy's sev_firmware_min, and what all guests "
			 "share, are not judged");
	cpu_facts_read(&cpu);
	if (plan->level > LEVEL_OFF && !plan->rehearses && cpu.min_sev_asid == 0 &&
	    (is_sev ? host->sev_asids : host->sev_es_asids) == 0)
		log_warning("ASIDs are not counted: this processor does not say how many it has, "
			    "nor does '%s' of the host policy",
			    is_sev ? "sev_asids" : "sev_es_asids");
}

static int judge(struct work *work, struct err *err)
{
	look(work);
	if (front_confine(err) < 0 || read_policy(work, err) < 0 || take_plan(work, err) < 0 ||
	    take_firmware(work, err) < 0)
		return -1;
	tell_what_is_not_judged(work);
	work->judgement.policy = &work->policy;
	work->judgement.plan = &work->plan;
	work->judgement.platform = &work->platform;
	return judge_plan(&work->judgement, err);
}

int judge_run(const char *argument)
{
	AUTO(mem) struct work *work = mem_zeroed(1, sizeof(*work));
	struct err err;

	if (read_fds(work, argument, &err) < 0) {
		log_error("%s", err.text); // nobody but the launcher starts this
		return err_exit_status(&err);
	}
	if (judge(work, &err) == 0)
		return 0;
	if (pwrite(work->fds[JUDGE_FD_WHY], &err, sizeof(err), 0) < 0)
		log_error("%s", err.text);
	return 1;
}
