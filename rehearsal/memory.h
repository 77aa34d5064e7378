/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's physical address space: memory slots, and which pages are private. */
#ifndef SNPLAUNCH_REHEARSAL_MEMORY_H
#define SNPLAUNCH_REHEARSAL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rehearsal/abi.h"

#define MEMORY_PAGE_BYTES 4096U

struct memory {
	/* What QEMU set, in no order. Owner: memory. */
	struct abi_memory_region2 *slots;
	size_t n_slots;
	/* What QEMU said of which pages, later words last. Owner: memory. */
	struct abi_memory_attributes *attributes;
	size_t n_attributes;
};

/* What a type of VM allows. */
struct memory_rules {
	bool readonly_allowed;
	bool private_allowed;
};

/*
 * Makes, changes or (size 0) removes a slot, with KVM's checks.
 * Returns 0 or a negated errno.
 */
int memory_set_slot(struct memory *memory, const struct abi_memory_region2 *slot,
		    const struct memory_rules *rules);

/* Makes pages private or shared. Returns 0 or a negated errno. */
int memory_set_attributes(struct memory *memory, const struct abi_memory_attributes *attributes);

/* The slot with an address, NULL for none. */
const struct abi_memory_region2 *memory_slot_at(const struct memory *memory, uint64_t gpa);

bool memory_is_private(const struct memory *memory, uint64_t gpa);

/* Where QEMU's address 'uaddr' is in the guest. False when it is in no slot. */
bool memory_find_uaddr(const struct memory *memory, uint64_t uaddr, uint64_t *gpa);

void memory_release(struct memory *memory);

#endif
