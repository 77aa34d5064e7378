// SPDX-License-Identifier: Apache-2.0
// Picks out of a plan what takes privilege.

#include "plan/plan_needs.h"

#include <string.h>

void plan_needs(struct plan_needs *needs, const struct plan *plan)
{
	memset(needs, 0, sizeof(*needs));
	memcpy(needs->name, plan->name, sizeof(needs->name));
	needs->kvm_by_path = plan->kvm_by_path;
	needs->has_vsock = plan->vsock_cid != 0;
	needs->may_relaunch = plan->may_relaunch;
	needs->rehearses = plan->rehearses;
	needs->level = plan->level;
	needs->accel = plan->accel;
	needs->vcpus = plan->vcpus;
	needs->memory_mib = plan->memory_mib;
	needs->n_taps = plan->n_networks;
	for (size_t i = 0; i < plan->n_networks && i < PLAN_NETWORKS_MAX; i++)
		memcpy(needs->taps[i], plan->networks[i].device, sizeof(needs->taps[i]));
}
