// SPDX-License-Identifier: Apache-2.0
// Numbers QEMU's descriptors.

#include "plan/layout.h"

#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"

struct layout layout_of(const struct plan *plan)
{
	struct layout layout = { .end = LAYOUT_FIRST_FD };
	bool has_session = plan->sev.has_session;
	bool has_firmware = plan->firmware_mapping != FIRMWARE_UNSET;
	bool has_kvm_fd = plan->accel == ACCEL_KVM && !plan->kvm_by_path;
	const struct {
		int *numbers;
		size_t n;
		enum fd_source source;
		const char *noun;
	} rows[PLAN_FD_KINDS] = {
		[PLAN_FD_QMP] = { &layout.qmp, 1, FD_SOCKET, "qmp" },
		[PLAN_FD_CONSOLE] = { &layout.console, plan->has_console, FD_SOCKET, "console" },
		[PLAN_FD_FIRMWARE_LOG] = { &layout.firmware_log, plan->has_firmware_log, FD_SOCKET,
					   "firmware_log" },
		[PLAN_FD_KVM] = { &layout.kvm, has_kvm_fd, FD_KVM, "kvm" },
		[PLAN_FD_VSOCK] = { &layout.vsock, plan->vsock_cid != 0, FD_VSOCK, "vsock" },
		[PLAN_FD_FIRMWARE] = { &layout.firmware, has_firmware, FD_SEALED, "firmware" },
		[PLAN_FD_KERNEL] = { &layout.kernel, plan->has_kernel, FD_SEALED, "kernel" },
		[PLAN_FD_INITRD] = { &layout.initrd, plan->has_initrd, FD_SEALED, "initrd" },
		[PLAN_FD_DH_CERT] = { &layout.dh_cert, has_session, FD_SEALED, "dh_cert" },
		[PLAN_FD_SESSION] = { &layout.session, has_session, FD_SEALED, "session" },
		[PLAN_FD_SCENARIO] = { &layout.scenario, plan->rehearses, FD_SEALED, "scenario" },
		[PLAN_FD_ACCOUNT] = { &layout.account, plan->rehearses, FD_ACCOUNT, "account" },
		[PLAN_FD_DISK] = { layout.disks, plan->n_disks, FD_DISK, "disk" },
		[PLAN_FD_NETWORK] = { layout.networks, plan->n_networks, FD_TAP, "network" },
		[PLAN_FD_LIBRARY] = { &layout.library, plan->rehearses, FD_LIBRARY, "library" },
	};

	memset(&layout, 0xff, offsetof(struct layout, end)); // -1: not there
	for (size_t row = 0; row < ARRAY_LEN(rows); row++)
		for (size_t i = 0; i < rows[row].n; i++) {
			layout.fds[layout.end - LAYOUT_FIRST_FD] =
				(struct layout_fd){ rows[row].source, rows[row].noun, i };
			rows[row].numbers[i] = layout.end++;
		}
	return layout;
}
