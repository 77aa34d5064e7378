// SPDX-License-Identifier: Apache-2.0
// Chooses QEMU's filters.

#include "confine/qemu_filters.h"

size_t qemu_filters(enum filter filters[static QEMU_FILTERS_MAX], enum level level,
		    enum sev_issue_cmd sev_issue_cmd, enum seccomp_action action)
{
	size_t n = 0;

	// SEV-ES learns a flag from it that it needs, so only SNP's may be faked.
	if (level <= LEVEL_OFF)
		filters[n++] = FILTER_SEV_DENY;
	else if (level == LEVEL_SEV_SNP && sev_issue_cmd == SEV_ISSUE_CMD_FAKE)
		filters[n++] = FILTER_SEV_FAKE;
	filters[n++] = action == SECCOMP_LOG ? FILTER_QEMU_LOG : FILTER_QEMU;
	return n;
}
