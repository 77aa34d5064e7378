/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands behind a descriptor. Each object is a memory file, and a descriptor is known by its
 * file: so copies of a descriptor need no care, nor do numbers that are used again.
 */
#ifndef SNPLAUNCH_REHEARSAL_OBJECT_H
#define SNPLAUNCH_REHEARSAL_OBJECT_H

#include <stddef.h>

#include "base/attributes.h"

struct vm;
struct vcpu;

enum object_kind {
	OBJECT_KVM,	     /* /dev/kvm */
	OBJECT_SEV,	     /* /dev/sev */
	OBJECT_VM,	     /* KVM_CREATE_VM */
	OBJECT_VCPU,	     /* KVM_CREATE_VCPU */
	OBJECT_GUEST_MEMORY, /* KVM_CREATE_GUEST_MEMFD */
};

struct object {
	enum object_kind kind;
	/* Of OBJECT_VM, OBJECT_VCPU, OBJECT_GUEST_MEMORY. */
	struct vm *vm;
	/* Of OBJECT_VCPU. */
	struct vcpu *vcpu;
};

/*
 * Makes an object with a file of 'len' zero bytes.
 * Returns a descriptor that is QEMU's, or a negated errno.
 */
int object_create(const struct object *object, size_t len) MUST_CHECK;

/* Declares the file of an inherited descriptor to be an object. Returns 0 or a negated errno. */
int object_adopt(const struct object *object, int fd) MUST_CHECK;

/* The object behind a descriptor, NULL when it is none of ours. Lives until it is forgotten. */
struct object *object_find(int fd);

/*
 * Forgets a VM's own object and its memory's. Those of its vCPUs stay: threads may wait for them.
 */
void object_forget_vm(const struct vm *vm);

#endif
