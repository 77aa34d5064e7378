/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU's root shows, and what Landlock lets it do there. */
#ifndef SNPLAUNCH_CONFINE_ROOT_ROWS_H
#define SNPLAUNCH_CONFINE_ROOT_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/plan_needs.h"

#define ROOT_ROWS 7

enum root_kind {
	ROOT_TREE,   /* the host's, read-only */
	ROOT_WITHIN, /* a file of such a tree, with rights of its own */
	ROOT_DEVICE, /* QEMU's own node when root starts it, else the host's */
	ROOT_PROC,   /* only QEMU's own entry */
};

/* For which guests. */
enum root_guests { ROOT_ALWAYS, ROOT_ENCRYPTED, ROOT_KVM_BY_PATH };

struct root_row {
	const char *path;
	enum root_kind kind;
	enum root_guests guests;
	uint64_t access; /* LANDLOCK_ACCESS_FS_*; 0: no rule, so nothing may be opened */
	const char *reason;
};

extern const struct root_row root_rows[ROOT_ROWS];

/* What Landlock allows for QEMU's program itself, and below the folder that it was installed in. */
extern const uint64_t root_program_access;
extern const uint64_t root_prefix_access;

/* Whether a guest's root has the row. That of a rehearsal has neither /dev/sev nor /dev/kvm. */
bool root_row_is_shown(const struct root_row *row, const struct plan_needs *needs);

#endif
