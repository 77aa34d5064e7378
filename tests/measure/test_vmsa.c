// SPDX-License-Identifier: Apache-2.0
// VMSA pages, field by field, where the variants differ.

#include "tests/measure/images.h"

#include "measure/little_endian.h"
#include "measure/vmsa.h"

#define RESET_ADDRESS 0x0080b004u

static uint8_t page[VMSA_BYTES];
static const struct vmsa_cpu cpu = { .signature = 0x00800f12, .features = 0x21 };

static void make(enum vmsa_variant variant, uint32_t address)
{
	memset(page, 0xff, sizeof(page));
	vmsa_make(page, variant, address, &cpu);
}

static void first_cpu_starts_at_the_reset_vector(void **state)
{
	(void)state;
	make(VMSA_QEMU, VMSA_BOOT_ADDRESS);
	assert_int_equal(le16_at(page + 0x010), 0xf000);
	assert_int_equal(le32_at(page + 0x018), 0xffff0000);
	assert_int_equal(le32_at(page + 0x178), 0xfff0);
	assert_int_equal(le32_at(page + 0x310), 0x00800f12);
	assert_int_equal(le32_at(page + 0x3b0), 0x21);
}

static void others_start_where_the_firmware_says(void **state)
{
	(void)state;
	make(VMSA_QEMU, RESET_ADDRESS);
	assert_int_equal(le32_at(page + 0x018), 0x00800000);
	assert_int_equal(le32_at(page + 0x178), 0xb004);
}

static void what_no_table_names_is_zero(void **state)
{
	size_t n = 0;

	(void)state;
	make(VMSA_QEMU, VMSA_BOOT_ADDRESS);
	for (size_t i = 0x418; i < VMSA_BYTES; i++)
		assert_int_equal(page[i], 0);
	for (size_t i = 0; i < VMSA_BYTES; i++)
		n += page[i] != 0;
	assert_int_equal(n, 57);
}

static void variants_differ_in_these_fields(void **state)
{
	static const struct {
		enum vmsa_variant variant;
		uint32_t address;
		uint16_t cs, ss, tr;
		uint32_t rdx, mxcsr, fcw, g_pat;
	} rows[] = {
		{ VMSA_QEMU, VMSA_BOOT_ADDRESS, 0x9b, 0x93, 0x8b, 0x800f12, 0x1f80, 0x37f,
		  0x00070406 },
		{ VMSA_QEMU, RESET_ADDRESS, 0x9b, 0x93, 0x8b, 0x800f12, 0x1f80, 0x37f, 0x00070406 },
		{ VMSA_QEMU_LEGACY, RESET_ADDRESS, 0x9b, 0x93, 0x8b, 0x800f12, 0, 0, 0x00070406 },
		{ VMSA_EC2, VMSA_BOOT_ADDRESS, 0x9a, 0x92, 0x83, 0x600, 0, 0, 0x00070406 },
		{ VMSA_EC2, RESET_ADDRESS, 0x9b, 0x92, 0x83, 0x600, 0, 0, 0x00070406 },
		{ VMSA_GCE, VMSA_BOOT_ADDRESS, 0x9b, 0x93, 0x8b, 0x600, 0, 0, 0x00070106 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make(rows[i].variant, rows[i].address);
		assert_int_equal(le16_at(page + 0x012), rows[i].cs);
		assert_int_equal(le16_at(page + 0x022), rows[i].ss);
		assert_int_equal(le16_at(page + 0x092), rows[i].tr);
		assert_int_equal(le32_at(page + 0x268), rows[i].g_pat);
		assert_int_equal(le32_at(page + 0x26c),
				 rows[i].variant == VMSA_GCE ? 0 : 0x00070406);
		assert_int_equal(le32_at(page + 0x310), rows[i].rdx);
		assert_int_equal(le32_at(page + 0x408), rows[i].mxcsr);
		assert_int_equal(le32_at(page + 0x410), rows[i].fcw);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_cpu_starts_at_the_reset_vector),
		cmocka_unit_test(others_start_where_the_firmware_says),
		cmocka_unit_test(what_no_table_names_is_zero),
		cmocka_unit_test(variants_differ_in_these_fields),
	};

	return cmocka_run_group_tests_name("measure/vmsa", tests, NULL, NULL);
}
