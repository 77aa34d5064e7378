/* SPDX-License-Identifier: Apache-2.0 */
/* What the SEV firmware says of itself, by the two commands that change nothing. */
#ifndef SNPLAUNCH_HOST_SEV_STATUS_H
#define SNPLAUNCH_HOST_SEV_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct sev_status {
	bool has_version; /* PLATFORM_STATUS was answered */
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	bool has_tcb; /* SNP_PLATFORM_STATUS was answered */
	uint64_t current_tcb;
};

/* Asks /dev/sev, open for reading (borrowed; -1: there is none). What has no answer is not told. */
void sev_status_read(struct sev_status *status, int sev_fd);

#endif
