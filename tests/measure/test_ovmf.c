// SPDX-License-Identifier: Apache-2.0
// Firmware images: made ones, whole and with one mistake each, and Debian's.

#include "tests/measure/images.h"

static struct image image;
static struct ovmf ovmf;

static void read_image(void)
{
	ovmf_read(&ovmf, image.bytes, sizeof(image.bytes));
}

static void expect_present(const struct ovmf_part *part)
{
	assert_string_equal(part->reason, "");
	assert_int_equal(part->state, OVMF_PRESENT);
}

static void expect_part(const struct ovmf_part *part, enum ovmf_state state, const char *reason)
{
	assert_string_equal(part->reason, reason);
	assert_int_equal(part->state, state);
}

static void whole_image_has_all_parts(void **state)
{
	(void)state;
	make_image(&image);
	read_image();
	expect_present(&ovmf.bios);
	expect_present(&ovmf.flash);
	expect_present(&ovmf.footer);
	expect_present(&ovmf.metadata.part);
	expect_present(&ovmf.hash_area.part);
	expect_present(&ovmf.secret_area.part);
	expect_present(&ovmf.reset.part);
	assert_int_equal(ovmf.metadata.version, 1);
	assert_int_equal(ovmf.metadata.n_sections, 5);
	assert_int_equal(ovmf.metadata.sections[4].base, 0x810000);
	assert_int_equal(ovmf.hash_area.base, 0x810c00);
	assert_int_equal(ovmf.hash_area.size, 0x400);
	assert_int_equal(ovmf.secret_area.base, 0x811000);
	assert_int_equal(ovmf.reset.address, 0x80b004);
	assert_false(ovmf.reset.without_table);
}

static void entries_come_from_the_end_downward(void **state)
{
	static const char *const names[] = { "SEV_META_DATA", "SEV_HASH_TABLE_RV", "SEV_SECRET",
					     "SEV_ES_RESET_BLOCK" };
	struct ovmf_entry entry = { 0 };

	(void)state;
	make_image(&image);
	read_image();
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_true(ovmf_next_entry(&ovmf, &entry));
		assert_string_equal(ovmf_guid_name(entry.guid), names[i]);
	}
	assert_int_equal(entry.len, 4);
	assert_false(ovmf_next_entry(&ovmf, &entry));
	assert_null(ovmf_guid_name((const uint8_t *)"no GUID known 16"));
}

static void first_of_two_entries_counts(void **state)
{
	(void)state;
	make_image(&image);
	(void)add_values(&image, RESET_GUID, 0x1234, 0);
	read_image();
	assert_int_equal(ovmf.reset.address, 0x80b004);
}

static void image_without_table_has_nothing(void **state)
{
	(void)state;
	clear_image(&image);
	read_image();
	expect_part(&ovmf.footer, OVMF_ABSENT, "the footer's GUID is not 48 bytes before the end");
	expect_part(&ovmf.metadata.part, OVMF_ABSENT, "there is no footer table");
	expect_part(&ovmf.hash_area.part, OVMF_ABSENT, "there is no footer table");
	expect_part(&ovmf.reset.part, OVMF_ABSENT, "there is no footer table");
}

static void every_size_is_read_without_harm(void **state)
{
	(void)state;
	make_image(&image);
	for (size_t len = 0; len <= 2048; len++) {
		// A copy that ends where the bytes do, for the sanitizers.
		AUTO(mem) uint8_t *tail = malloc(len + 1);

		memcpy(tail, image.bytes + IMAGE_BYTES - len, len);
		ovmf_read(&ovmf, tail, len);
	}
	expect_present(&ovmf.metadata.part);
	ovmf_read(&ovmf, image.bytes, 0);
	expect_part(&ovmf.flash, OVMF_MALFORMED, "it is empty");
	expect_part(&ovmf.footer, OVMF_ABSENT, "the image has only 0 bytes");
}

static void size_decides_the_mapping(void **state)
{
	(void)state;
	make_image(&image);
	ovmf_read(&ovmf, image.bytes + 4096, IMAGE_BYTES - 4096);
	expect_present(&ovmf.flash);
	expect_part(&ovmf.bios, OVMF_MALFORMED, "its 61440 bytes are not a multiple of 65536");
	ovmf_read(&ovmf, image.bytes + 1, IMAGE_BYTES - 1);
	expect_part(&ovmf.flash, OVMF_MALFORMED, "its 65535 bytes are not a multiple of 4096");
}

static void table_length_must_fit(void **state)
{
	(void)state;
	make_image(&image);
	put16(image.bytes + IMAGE_BYTES - 50, 17);
	read_image();
	expect_part(&ovmf.footer, OVMF_MALFORMED, "its length of 17 bytes cannot be");
	put16(image.bytes + IMAGE_BYTES - 50, 0xffff);
	read_image();
	expect_part(&ovmf.footer, OVMF_MALFORMED, "its length of 65535 bytes cannot be");
	expect_part(&ovmf.reset.part, OVMF_ABSENT, "the footer table is malformed");
}

static void broken_entry_hides_those_below(void **state)
{
	uint8_t *data;

	(void)state;
	clear_image(&image);
	(void)add_values(&image, HASHES_GUID, 0x810c00, 0x400);
	data = add_values(&image, SECRET_GUID, 0x811000, 0x1000);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	put16(data + 8, 17);
	read_image();
	expect_part(&ovmf.footer, OVMF_MALFORMED, "an entry in it has a length that cannot be");
	expect_present(&ovmf.hash_area.part);
	expect_part(&ovmf.secret_area.part, OVMF_ABSENT, "the footer table is malformed");
	expect_part(&ovmf.reset.part, OVMF_ABSENT, "the footer table is malformed");
}

static void areas_need_an_address_and_room(void **state)
{
	(void)state;
	clear_image(&image);
	(void)add_values(&image, HASHES_GUID, 0, 0x400);
	(void)add_values(&image, SECRET_GUID, 0x811000, 0);
	read_image();
	expect_part(&ovmf.hash_area.part, OVMF_ABSENT, "its address is 0");
	expect_part(&ovmf.secret_area.part, OVMF_MALFORMED, "its entry has 4 bytes, not 8");
	clear_image(&image);
	(void)add_values(&image, HASHES_GUID, 0x810c00, 175);
	read_image();
	expect_part(&ovmf.hash_area.part, OVMF_MALFORMED, "it has 175 bytes, and needs 176");
}

static void reset_address_is_not_zero(void **state)
{
	(void)state;
	clear_image(&image);
	(void)add_values(&image, RESET_GUID, 0, 0);
	read_image();
	expect_part(&ovmf.reset.part, OVMF_MALFORMED, "its address is 0");
}

static void old_reset_block_needs_no_table(void **state)
{
	uint8_t *end = image.bytes + IMAGE_BYTES - 32;

	(void)state;
	clear_image(&image);
	memcpy(end - 16, RESET_GUID, 16);
	put16(end - 18, 22);
	put32(end - 22, 0x80b004);
	read_image();
	expect_present(&ovmf.reset.part);
	assert_int_equal(ovmf.reset.address, 0x80b004);
	assert_true(ovmf.reset.without_table);
	put16(end - 18, 20);
	read_image();
	expect_part(&ovmf.reset.part, OVMF_MALFORMED, "it ends too early");
}

// --- Metadata ------------------------------------------------------------------------------------

// Changes one word of a whole image's metadata.
static void expect_bad_header(size_t offset, uint32_t value, const char *reason)
{
	make_image(&image);
	put32(image.bytes + IMAGE_BYTES - METADATA_OFFSET + offset, value);
	read_image();
	expect_part(&ovmf.metadata.part, OVMF_MALFORMED, reason);
}

static void metadata_header_is_checked(void **state)
{
	(void)state;
	expect_bad_header(0, 0, "its signature is not 'ASEV'");
	expect_bad_header(8, 2, "its version is 2, not 1");
	expect_bad_header(12, 65, "it has 65 sections, more than 64");
	expect_bad_header(4, 75, "its length of 75 bytes does not fit 5 sections");
	expect_bad_header(4, 1025, "its length of 1025 bytes does not fit 5 sections");
}

static void metadata_lies_in_the_image(void **state)
{
	static const struct {
		uint32_t offset;
		const char *reason;
	} cases[] = {
		{ 15, "its place, 0xf bytes before the image's end, cannot be" },
		{ 65537, "its place, 0x10001 bytes before the image's end, cannot be" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		clear_image(&image);
		(void)add_values(&image, METADATA_GUID, cases[i].offset, 0);
		read_image();
		expect_part(&ovmf.metadata.part, OVMF_MALFORMED, cases[i].reason);
	}
}

static void expect_bad_section(uint32_t base, uint32_t len, const char *reason)
{
	const struct ovmf_section sections[] = {
		{ 0x800000, 0x9000, OVMF_SECTION_SEC_MEM },
		{ base, len, OVMF_SECTION_SEC_MEM },
	};

	clear_image(&image);
	(void)add_metadata(&image, sections, 2);
	read_image();
	expect_part(&ovmf.metadata.part, OVMF_MALFORMED, reason);
	assert_int_equal(ovmf.metadata.n_sections, 1);
}

static void sections_are_whole_pages_apart_from_each_other(void **state)
{
	(void)state;
	expect_bad_section(0x900800, 0x1000,
			   "section 2 (0x900800, 0x1000 bytes) is not whole pages");
	expect_bad_section(0x900000, 0x1001,
			   "section 2 (0x900000, 0x1001 bytes) is not whole pages");
	expect_bad_section(0x900000, 0, "section 2 (0x900000, 0x0 bytes) is not whole pages");
	expect_bad_section(0xffff0000, 0x1000,
			   "section 2 (0xffff0000, 0x1000 bytes) reaches the image");
	expect_bad_section(0xfffff000, 0xfffff000,
			   "section 2 (0xfffff000, 0xfffff000 bytes) reaches the image");
	expect_bad_section(0x808000, 0x1000, "its sections 1 and 2 overlap");
	expect_bad_section(0x7ff000, 0x2000, "its sections 1 and 2 overlap");
}

static void section_types_have_names(void **state)
{
	(void)state;
	assert_string_equal(ovmf_section_name(OVMF_SECTION_SEC_MEM), "SEC_MEM");
	assert_string_equal(ovmf_section_name(OVMF_SECTION_KERNEL_HASHES), "KERNEL_HASHES");
	assert_null(ovmf_section_name(0));
}

// --- Debian's ------------------------------------------------------------------------------------

static void map_image(const char *path)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	ovmf_read(&ovmf, bytes, (size_t)st.st_size);
}

static void debians_image_is_for_snp(void **state)
{
	(void)state;
	map_image("/usr/share/ovmf/OVMF.fd");
	expect_present(&ovmf.bios);
	expect_present(&ovmf.footer);
	expect_present(&ovmf.metadata.part);
	expect_present(&ovmf.reset.part);
	assert_true(ovmf.metadata.n_sections >= 5);
	assert_int_equal(ovmf.metadata.sections[0].base, 0x800000);
	assert_int_equal(munmap((void *)(uintptr_t)ovmf.image, ovmf.size), 0);
}

static void debians_variable_store_is_not(void **state)
{
	(void)state;
	map_image("/usr/share/OVMF/OVMF_VARS_4M.fd");
	expect_present(&ovmf.flash);
	assert_int_equal(ovmf.footer.state, OVMF_ABSENT);
	assert_int_equal(ovmf.reset.part.state, OVMF_ABSENT);
	assert_int_equal(munmap((void *)(uintptr_t)ovmf.image, ovmf.size), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_image_has_all_parts),
		cmocka_unit_test(entries_come_from_the_end_downward),
		cmocka_unit_test(first_of_two_entries_counts),
		cmocka_unit_test(image_without_table_has_nothing),
		cmocka_unit_test(every_size_is_read_without_harm),
		cmocka_unit_test(size_decides_the_mapping),
		cmocka_unit_test(table_length_must_fit),
		cmocka_unit_test(broken_entry_hides_those_below),
		cmocka_unit_test(areas_need_an_address_and_room),
		cmocka_unit_test(reset_address_is_not_zero),
		cmocka_unit_test(old_reset_block_needs_no_table),
		cmocka_unit_test(metadata_header_is_checked),
		cmocka_unit_test(metadata_lies_in_the_image),
		cmocka_unit_test(sections_are_whole_pages_apart_from_each_other),
		cmocka_unit_test(section_types_have_names),
		cmocka_unit_test(debians_image_is_for_snp),
		cmocka_unit_test(debians_variable_store_is_not),
	};

	return cmocka_run_group_tests_name("measure/ovmf", tests, NULL, NULL);
}
