// SPDX-License-Identifier: Apache-2.0
// Numbers QEMU's descriptors.

#include "launcher/layout.h"

#include <stdbool.h>

static int number_if(bool wanted, int *next)
{
	return wanted ? (*next)++ : -1;
}

struct layout layout_of(const struct plan *plan)
{
	struct layout layout;
	int next = LAYOUT_FIRST_FD;

	layout.qmp = number_if(true, &next);
	layout.console = number_if(plan->has_console, &next);
	layout.firmware_log = number_if(plan->has_firmware_log, &next);
	layout.kvm = number_if(plan->accel == ACCEL_KVM && !plan->kvm_by_path, &next);
	layout.vsock = number_if(plan->vsock_cid != 0, &next);
	layout.firmware = number_if(true, &next);
	layout.kernel = number_if(plan->has_kernel, &next);
	layout.initrd = number_if(plan->has_initrd, &next);
	layout.dh_cert = number_if(plan->sev.has_session, &next);
	layout.session = number_if(plan->sev.has_session, &next);
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		layout.disks[i] = number_if(i < plan->n_disks, &next);
	for (size_t i = 0; i < PLAN_NETWORKS_MAX; i++)
		layout.networks[i] = number_if(i < plan->n_networks, &next);
	layout.end = next;
	return layout;
}
