// SPDX-License-Identifier: Apache-2.0
// Memory slots and private pages, with what KVM refuses.

#include "tests/unit.h"

#include <errno.h>

#include "rehearsal/memory.h"

static const struct memory_rules plain = { .readonly_allowed = true };
static const struct memory_rules snp = { .private_allowed = true };

static int set_slot(struct memory *memory, uint32_t number, uint32_t flags, uint64_t gpa,
		    uint64_t size)
{
	const struct abi_memory_region2 slot = {
		.slot = number,
		.flags = flags,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = 0x10000000 + gpa,
	};

	return memory_set_slot(memory, &slot, (flags & ABI_MEM_GUEST_MEMFD) != 0 ? &snp : &plain);
}

static void finds_slots(void **state)
{
	struct memory memory = { .slots = NULL };
	uint64_t gpa = 0;

	(void)state;
	assert_int_equal(set_slot(&memory, 0, 0, 0, 0x10000), 0);
	assert_int_equal(set_slot(&memory, 1, 0, 0x20000, 0x1000), 0);
	assert_int_equal(memory_slot_at(&memory, 0x20fff)->slot, 1);
	assert_null(memory_slot_at(&memory, 0x21000));
	assert_null(memory_slot_at(&memory, 0x1ffff));
	assert_true(memory_find_uaddr(&memory, 0x10020010, &gpa));
	assert_int_equal(gpa, 0x20010);
	assert_false(memory_find_uaddr(&memory, 0x10010000, &gpa));
	assert_int_equal(set_slot(&memory, 0, 0, 0, 0), 0);
	assert_null(memory_slot_at(&memory, 0));
	assert_int_equal(memory_slot_at(&memory, 0x20000)->slot, 1);
	memory_release(&memory);
}

static void refuses_slots(void **state)
{
	struct memory memory = { .slots = NULL };
	const struct abi_memory_region2 read_only = { .flags = KVM_MEM_READONLY,
						      .memory_size = 0x1000 };
	const struct abi_memory_region2 with_memfd = { .flags = ABI_MEM_GUEST_MEMFD,
						       .memory_size = 0x1000 };

	(void)state;
	assert_int_equal(set_slot(&memory, 0, 0, 0, 0x10000), 0);
	assert_int_equal(set_slot(&memory, 1, 0, 0xf000, 0x1000), -EEXIST);
	assert_int_equal(set_slot(&memory, 1, 0, 0x10800, 0x1000), -EINVAL);
	assert_int_equal(set_slot(&memory, 1, 0, 0x10000, 0x1001), -EINVAL);
	assert_int_equal(set_slot(&memory, 1, 0, 0, 0), -EINVAL);
	assert_int_equal(memory_set_slot(&memory, &read_only, &snp), -EINVAL);
	assert_int_equal(memory_set_slot(&memory, &read_only, &plain), 0);
	assert_int_equal(memory_set_slot(&memory, &with_memfd, &plain), -EINVAL);
	memory_release(&memory);
}

static int set_private(struct memory *memory, uint64_t gpa, uint64_t size, uint64_t attributes)
{
	const struct abi_memory_attributes said = { gpa, size, attributes, 0 };

	return memory_set_attributes(memory, &said);
}

static void the_last_word_on_a_page_counts(void **state)
{
	struct memory memory = { .slots = NULL };

	(void)state;
	assert_false(memory_is_private(&memory, 0));
	assert_int_equal(set_private(&memory, 0, 0x10000, ABI_MEMORY_ATTRIBUTE_PRIVATE), 0);
	assert_int_equal(set_private(&memory, 0x2000, 0x1000, 0), 0);
	assert_true(memory_is_private(&memory, 0x1000));
	assert_false(memory_is_private(&memory, 0x2000));
	assert_true(memory_is_private(&memory, 0x3000));
	assert_int_equal(set_private(&memory, 0, 0, 0), -EINVAL);
	assert_int_equal(set_private(&memory, 0x800, 0x1000, 0), -EINVAL);
	assert_int_equal(set_private(&memory, 0, 0x1000, 1), -EINVAL);
	memory_release(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_slots),
		cmocka_unit_test(refuses_slots),
		cmocka_unit_test(the_last_word_on_a_page_counts),
	};

	return cmocka_run_group_tests_name("rehearsal/memory", tests, NULL, NULL);
}
