// SPDX-License-Identifier: Apache-2.0
// What is said of firmware images that are made here, part by part.

#include "tests/measure/images.h"

#include <json-c/json.h>

#include "cli/firmware_look.h"

static struct artifact artifact;
static const char *unfit = "";
static struct json_object *found;
static struct image image;
static struct err err;

static int tear_down(void **state)
{
	(void)state;
	artifact_release(&artifact);
	json_object_put(found);
	found = NULL;
	return 0;
}

static void look(const void *bytes, size_t len)
{
	tear_down(NULL);
	artifact_init(&artifact);
	artifact.fd = memfd_create("firmware", MFD_CLOEXEC);
	artifact.size = len;
	assert_int_equal(write(artifact.fd, bytes, len), (ssize_t)len);
	found = json_object_new_object();
	expect_success(firmware_look(found, &artifact, unfit, &err), &err);
}

// A jump, as every x86 firmware has it 16 bytes before its end.
static void look_at_image(void)
{
	memcpy(image.bytes + IMAGE_BYTES - 16, "\x90\x90\xe9\x0b\xfe", 5);
	look(image.bytes, IMAGE_BYTES);
}

static const char *text_at(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return json_object_get_string(value);
}

static void expect_part(const char *part, const char *key, const char *value)
{
	assert_string_equal(text_at(json_object_object_get(found, part), key), value);
}

// The rows are off, sev, sev-es with each mapping, sev-snp.
static void expect_levels(const char *const boots[static 5])
{
	struct json_object *rows = json_object_object_get(found, "levels");

	for (size_t i = 0; i < 5; i++)
		assert_string_equal(text_at(json_object_array_get_idx(rows, i), "boots"), boots[i]);
}

static void expect_the_reason(size_t row, const char *text)
{
	struct json_object *rows = json_object_object_get(found, "levels");

	assert_string_equal(text_at(json_object_array_get_idx(rows, row), "reason"), text);
}

static void expect_reason(size_t row, const char *text)
{
	struct json_object *rows = json_object_object_get(found, "levels");
	const char *reason = text_at(json_object_array_get_idx(rows, row), "reason");

	if (strstr(reason, text) == NULL)
		fail_msg("'%s' lacks '%s'", reason, text);
}

static void names_the_parts_of_an_image(void **state)
{
	(void)state;
	make_image(&image);
	look_at_image();
	expect_levels((const char *const[]){ "yes", "yes", "yes", "yes", "yes" });
	expect_part("footer_table", "state", "present");
	expect_part("reset_block", "address", "0x80b004");
	expect_part("hash_area", "address", "0x810c00");
	expect_part("hash_area", "bytes", "1024");
	expect_part("secret_area", "address", "0x811000");
	expect_part("sev_metadata", "state", "present");
	assert_int_equal(json_object_array_length(json_object_object_get(found, "sev_sections")),
			 5);
	assert_int_equal(json_object_get_int(json_object_object_get(found, "bytes")), IMAGE_BYTES);
}

#define VOLUME_BYTES 8192
#define VOLUME_HEADER 72
#define FILE_HEADER 24
#define PROGRAM_SECTION 0x10
#define DRIVER 0x07

// A firmware volume of one driver at the image's beginning; with what looks for the kernel's hash.
static void add_driver(bool verifies)
{
	static const uint8_t file_system_guid[16] = { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a,
						      0x1c, 0x4f, 0x99, 0x35, 0x89, 0x61,
						      0x85, 0xc3, 0x2d, 0xd3 };
	static const uint8_t kernel_guid[16] = { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
						 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b };
	uint8_t *volume = image.bytes;
	uint8_t *file = volume + VOLUME_HEADER;
	uint16_t sum = 0;

	memset(volume, 0, VOLUME_HEADER + FILE_HEADER + 100);
	memcpy(volume + 16, file_system_guid, sizeof(file_system_guid));
	put32(volume + 32, VOLUME_BYTES);
	memcpy(volume + 40, "_FVH", 4);
	put32(volume + 44, 0x800);
	volume[48] = VOLUME_HEADER;
	for (size_t i = 0; i < VOLUME_HEADER; i += 2)
		sum = (uint16_t)(sum + volume[i] + (volume[i + 1] << 8));
	put16(volume + 50, (uint16_t)-sum);
	file[18] = DRIVER;
	file[20] = FILE_HEADER + 100;
	file[FILE_HEADER] = 100;
	file[FILE_HEADER + 3] = PROGRAM_SECTION;
	if (verifies)
		memcpy(file + FILE_HEADER + 20, kernel_guid, sizeof(kernel_guid));
}

static void tells_whether_the_kernel_is_checked(void **state)
{
	(void)state;
	make_image(&image);
	add_driver(true);
	look_at_image();
	expect_part("kernel_hashes", "verdict", "measured and enforced");
	add_driver(false);
	look_at_image();
	expect_part("kernel_hashes", "verdict", "measured, NOT enforced");
	make_image(&image);
	look_at_image();
	expect_part("kernel_hashes", "verdict", "measured, cannot tell whether enforced");
}

static void knows_that_nothing_is_measured_without_an_area(void **state)
{
	(void)state;
	clear_image(&image);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	add_driver(true);
	look_at_image();
	expect_part("kernel_hashes", "verdict", "not measured");
}

static void says_what_each_level_lacks(void **state)
{
	(void)state;
	clear_image(&image);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	look_at_image();
	expect_levels((const char *const[]){ "yes", "yes", "yes", "yes", "no" });
	expect_reason(4, "has no SEV metadata");
	clear_image(&image);
	look_at_image();
	expect_levels((const char *const[]){ "yes", "unknown", "no", "no", "no" });
	expect_reason(1, "nothing in it says that it was built for SEV");
	expect_reason(2, "reset");
}

// As OVMF_CODE_4M.fd is: whole sectors, but not whole blocks of 64 KiB.
static void gives_both_reasons(void **state)
{
	static uint8_t bytes[IMAGE_BYTES + 4096];

	(void)state;
	clear_image(&image);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	memcpy(image.bytes + IMAGE_BYTES - 16, "\x90\x90\xe9\x0b\xfe", 5);
	memset(bytes, 0xff, sizeof(bytes));
	memcpy(bytes + 4096, image.bytes, IMAGE_BYTES);
	look(bytes, sizeof(bytes));
	expect_levels((const char *const[]){ "yes", "yes", "yes", "no", "no" });
	expect_reason(3, "is not a multiple of 65536");
	expect_reason(4, "is not a multiple of 65536");
	expect_reason(4, "; and the firmware has no SEV metadata");
}

static void refuses_what_is_no_image(void **state)
{
	(void)state;
	look("snplaunch", 9);
	expect_levels((const char *const[]){ "no", "no", "no", "no", "no" });
	expect_reason(0, "too few for firmware");
	clear_image(&image);
	memcpy(image.bytes, "QFI\xfb", 4);
	look_at_image();
	expect_levels((const char *const[]){ "no", "no", "no", "no", "no" });
	expect_reason(0, "format qcow2");
}

static void says_nothing_but_the_most_basic_reason(void **state)
{
	static const uint8_t guid[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
					  0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
	const uint64_t length = IMAGE_BYTES;

	(void)state;
	clear_image(&image);
	memcpy(image.bytes + 16, guid, sizeof(guid));
	memcpy(image.bytes + 32, &length, sizeof(length));
	memcpy(image.bytes + 40, "_FVH", 4);
	look(image.bytes, IMAGE_BYTES - 4096);
	expect_levels((const char *const[]){ "no", "no", "no", "no", "no" });
	for (size_t i = 0; i < 5; i++)
		expect_the_reason(i, "it is a store of variables, not firmware: firmware is "
				     "stateless here and takes none; give the code image "
				     "(OVMF_CODE...)");
}

static void boots_nothing_that_is_known_to_be_unfit(void **state)
{
	(void)state;
	make_image(&image);
	unfit = "it requires what no guest has";
	look_at_image();
	unfit = "";
	expect_levels((const char *const[]){ "no", "no", "no", "no", "no" });
	for (size_t i = 0; i < 5; i++)
		expect_the_reason(i, "it requires what no guest has");
	expect_part("footer_table", "state", "present");
}

#define TEST(function) cmocka_unit_test_teardown(function, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_the_parts_of_an_image),
		TEST(tells_whether_the_kernel_is_checked),
		TEST(knows_that_nothing_is_measured_without_an_area),
		TEST(says_what_each_level_lacks),
		TEST(gives_both_reasons),
		TEST(refuses_what_is_no_image),
		TEST(says_nothing_but_the_most_basic_reason),
		TEST(boots_nothing_that_is_known_to_be_unfit),
	};

	return cmocka_run_group_tests_name("cli/firmware_look", tests, NULL, NULL);
}
