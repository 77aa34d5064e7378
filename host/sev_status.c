// SPDX-License-Identifier: Apache-2.0
// Asks /dev/sev.

#include "host/sev_status.h"

#include <assert.h>
#include <linux/psp-sev.h>
#include <sys/ioctl.h>

// Debian 12's headers are older than this (Linux 6.11: include/uapi/linux/psp-sev.h).
#define SNP_STATUS_COMMAND 9
struct snp_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint8_t flags;
	uint32_t build_id;
	uint32_t more_flags;
	uint32_t guest_count;
	uint64_t current_tcb;
	uint64_t reported_tcb;
};
static_assert(sizeof(struct snp_status) == 32, "as the kernel has it");

static bool ask(int sev_fd, uint32_t number, void *answer)
{
	struct sev_issue_cmd command = { .cmd = number, .data = (uintptr_t)answer };

	return sev_fd >= 0 && ioctl(sev_fd, SEV_ISSUE_CMD, &command) == 0;
}

void sev_status_read(struct sev_status *status, int sev_fd)
{
	struct sev_user_data_status sev = { 0 };
	struct snp_status snp = { 0 };

	*status = (struct sev_status){
		.has_version = ask(sev_fd, SEV_PLATFORM_STATUS, &sev),
		.has_tcb = ask(sev_fd, SNP_STATUS_COMMAND, &snp),
	};
	status->api_major = sev.api_major;
	status->api_minor = sev.api_minor;
	status->build = sev.build;
	status->current_tcb = snp.current_tcb;
}
