/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The calls that are answered: ioctls of each kind of descriptor, and the commands of the two that
 * carry commands. What is in no table is refused as the kernel refuses it and shows in the account.
 */
#ifndef SNPLAUNCH_REHEARSAL_CALL_H
#define SNPLAUNCH_REHEARSAL_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "rehearsal/machine.h"
#include "rehearsal/object.h"

/* An answer that no call gives: the caller is to wait until it is interrupted (KVM_RUN). */
#define CALL_WAITS (-10000)

struct call {
	unsigned long request;
	const char *name;
	/* A value or a negated errno. NULL for what is accepted and has no consequence here. */
	int (*answer)(struct machine *machine, struct object *object, const struct call *call,
		      void *argument);
	/* Where in its object it reads or writes, for those that only copy. */
	size_t offset;
};

/* Rows: of a request that the headers name, or one of abi.h; of one that has no consequence. */
#define CALL(constant, function) CALL_NAMED(constant, #constant, function)
#define CALL_NAMED(constant, word, function) \
	{ \
		.request = (constant), .name = (word), .answer = (function) \
	}
#define CALL_ACCEPTED(constant) CALL_NAMED(constant, #constant, NULL)

struct call_table {
	const struct call *rows;
	size_t n;
	/* What is not in the table. */
	int errnum;
	/* Its calls are commands to the firmware. */
	bool by_firmware;
};

extern const struct call_table kvm_calls;
extern const struct call_table vm_calls;
extern const struct call_table vcpu_calls;
extern const struct call_table launch_commands;
extern const struct call_table sev_calls;
extern const struct call_table sev_commands;

/* Answers a call, unless a fault of the scenario strikes. */
int call_answer(const struct call_table *table, struct machine *machine, struct object *object,
		unsigned long request, void *argument);

/* The same for an ioctl of any object. */
int call_ioctl(struct machine *machine, struct object *object, unsigned long request,
	       void *argument);

/* The name of a request, NULL when it is in no row. */
const char *call_name(const struct call_table *table, unsigned long request);

/* The errno of the fault that strikes at this call, negated, or 0. */
int call_fault(struct machine *machine, const char *name);

/* True when a fault may have this name: one of the tables', OPEN_KVM or OPEN_SEV. */
bool call_is_known(const char *name);

/* True when a fault of this name can come from the firmware. */
bool call_reaches_firmware(const char *name);

/* The names of opening the two devices. */
#define CALL_OPEN_KVM "OPEN_KVM"
#define CALL_OPEN_SEV "OPEN_SEV"

#endif
