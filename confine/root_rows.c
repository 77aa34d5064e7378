// SPDX-License-Identifier: Apache-2.0
// The rows of QEMU's root. What it inherits as a descriptor needs none.

#include "confine/root_rows.h"

#include <linux/landlock.h>

// Newer than the headers this may be built with.
#define IOCTL_DEV (1ULL << 15)

#define READ LANDLOCK_ACCESS_FS_READ_FILE
#define EXECUTE LANDLOCK_ACCESS_FS_EXECUTE
#define DEVICE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_DEV)

const struct root_row root_rows[ROOT_ROWS] = {
	{ "/usr", ROOT_TREE, ROOT_ALWAYS, READ, "libraries and ROMs" },
	{ "/lib64/ld-linux-x86-64.so.2", ROOT_WITHIN, ROOT_ALWAYS, READ | EXECUTE,
	  "loads the libraries" },
	{ "/dev/null", ROOT_DEVICE, ROOT_ALWAYS, DEVICE, "finds out which locks the kernel has" },
	{ "/dev/urandom", ROOT_DEVICE, ROOT_ALWAYS, READ, "random numbers of libraries" },
	{ "/dev/sev", ROOT_DEVICE, ROOT_ENCRYPTED, DEVICE, "the AMD-SP, which QEMU opens itself" },
	{ "/dev/kvm", ROOT_DEVICE, ROOT_KVM_BY_PATH, DEVICE,
	  "for a QEMU that cannot be given a descriptor" },
	{ "/proc", ROOT_PROC, ROOT_ALWAYS, 0, "sealed files, opened as /proc/self/fd/N" },
};

const uint64_t root_program_access = READ | EXECUTE;
const uint64_t root_prefix_access = READ;

bool root_row_is_shown(const struct root_row *row, const struct plan_needs *needs)
{
	const bool is_for[] = {
		[ROOT_ALWAYS] = true,
		[ROOT_ENCRYPTED] = needs->level > LEVEL_OFF && !needs->rehearses,
		[ROOT_KVM_BY_PATH] = needs->kvm_by_path && !needs->rehearses,
	};

	return is_for[row->guests];
}
