// SPDX-License-Identifier: Apache-2.0
// Keeps slots and attributes, and refuses what KVM refuses.

#include "rehearsal/memory.h"

#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

#define PAGE_MASK (MEMORY_PAGE_BYTES - 1ULL)

static bool overlaps(const struct abi_memory_region2 *a, const struct abi_memory_region2 *b)
{
	return a->guest_phys_addr < b->guest_phys_addr + b->memory_size &&
	       b->guest_phys_addr < a->guest_phys_addr + a->memory_size;
}

static struct abi_memory_region2 *find_slot(const struct memory *memory, uint32_t number)
{
	for (size_t i = 0; i < memory->n_slots; i++)
		if (memory->slots[i].slot == number)
			return &memory->slots[i];
	return NULL;
}

static int check_slot(const struct memory *memory, const struct abi_memory_region2 *slot,
		      const struct memory_rules *rules)
{
	if (((slot->guest_phys_addr | slot->memory_size | slot->userspace_addr) & PAGE_MASK) != 0)
		return -EINVAL;
	if (slot->guest_phys_addr + slot->memory_size < slot->guest_phys_addr)
		return -EINVAL;
	if ((slot->flags & KVM_MEM_READONLY) != 0 && !rules->readonly_allowed)
		return -EINVAL;
	if ((slot->flags & ABI_MEM_GUEST_MEMFD) != 0 && !rules->private_allowed)
		return -EINVAL;
	for (size_t i = 0; i < memory->n_slots; i++)
		if (memory->slots[i].slot != slot->slot && overlaps(&memory->slots[i], slot))
			return -EEXIST;
	return 0;
}

int memory_set_slot(struct memory *memory, const struct abi_memory_region2 *slot,
		    const struct memory_rules *rules)
{
	struct abi_memory_region2 *found = find_slot(memory, slot->slot);
	int status = slot->memory_size == 0 ? 0 : check_slot(memory, slot, rules);

	if (status < 0)
		return status;
	if (slot->memory_size == 0) {
		if (found == NULL)
			return -EINVAL;
		*found = memory->slots[--memory->n_slots];
		return 0;
	}
	if (found == NULL) {
		memory->slots = mem_resize(memory->slots, memory->n_slots + 1, sizeof(*slot));
		found = &memory->slots[memory->n_slots++];
	}
	*found = *slot;
	return 0;
}

int memory_set_attributes(struct memory *memory, const struct abi_memory_attributes *attributes)
{
	if (attributes->flags != 0 || (attributes->attributes & ~ABI_MEMORY_ATTRIBUTE_PRIVATE) != 0)
		return -EINVAL;
	if (attributes->size == 0 || ((attributes->address | attributes->size) & PAGE_MASK) != 0 ||
	    attributes->address + attributes->size < attributes->address)
		return -EINVAL;
	memory->attributes =
		mem_resize(memory->attributes, memory->n_attributes + 1, sizeof(*attributes));
	memory->attributes[memory->n_attributes++] = *attributes;
	return 0;
}

const struct abi_memory_region2 *memory_slot_at(const struct memory *memory, uint64_t gpa)
{
	for (size_t i = 0; i < memory->n_slots; i++) {
		const struct abi_memory_region2 *slot = &memory->slots[i];

		if (gpa - slot->guest_phys_addr < slot->memory_size)
			return slot;
	}
	return NULL;
}

bool memory_is_private(const struct memory *memory, uint64_t gpa)
{
	for (size_t i = memory->n_attributes; i > 0; i--) {
		const struct abi_memory_attributes *said = &memory->attributes[i - 1];

		if (gpa - said->address < said->size)
			return (said->attributes & ABI_MEMORY_ATTRIBUTE_PRIVATE) != 0;
	}
	return false;
}

bool memory_find_uaddr(const struct memory *memory, uint64_t uaddr, uint64_t *gpa)
{
	for (size_t i = 0; i < memory->n_slots; i++) {
		const struct abi_memory_region2 *slot = &memory->slots[i];

		if (uaddr - slot->userspace_addr >= slot->memory_size)
			continue;
		*gpa = slot->guest_phys_addr + (uaddr - slot->userspace_addr);
		return true;
	}
	return false;
}

void memory_release(struct memory *memory)
{
	free(memory->slots);
	free(memory->attributes);
	*memory = (struct memory){ .slots = NULL };
}
