// SPDX-License-Identifier: Apache-2.0
// Firmware images judged by their bytes: made ones for each rule, and Debian's.

#include "tests/base/process.h"

#include "cli/firmware.h"

static enum firmware_mapping mapping;
static struct artifact image;
static struct err err;

static int tear_down(void **state)
{
	(void)state;
	artifact_release(&image);
	return 0;
}

static void make_image(enum firmware_mapping wanted, uint64_t size)
{
	artifact_release(&image);
	artifact_init(&image);
	mapping = wanted;
	image.fd = memfd_create("firmware", MFD_CLOEXEC);
	image.size = size;
	assert_true(image.fd >= 0);
	assert_int_equal(ftruncate(image.fd, (off_t)size), 0);
	// A jump, as every x86 firmware has it 16 bytes before its end.
	if (size >= 16)
		assert_int_equal(pwrite(image.fd, "\x90\x90\xe9\x0b\xfe", 5, (off_t)size - 16), 5);
}

static void expect_accepted(void)
{
	expect_success(firmware_check(&image, mapping, &err), &err);
}

static void expect_refusal(const char *text)
{
	assert_int_equal(firmware_check(&image, mapping, &err), -1);
	expect_error(&err, ERR_INPUT, text);
}

// A firmware volume's header with this GUID and length.
static void add_volume(const uint8_t guid[static 16], uint64_t length)
{
	uint8_t header[44] = { 0 };

	memcpy(header + 16, guid, 16);
	memcpy(header + 32, &length, sizeof(length));
	memcpy(header + 40, "_FVH", 4);
	assert_int_equal(pwrite(image.fd, header, sizeof(header), 0), sizeof(header));
}

static const uint8_t variables_guid[16] = { 0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
					    0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50 };
static const uint8_t other_guid[16] = { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f,
					0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3 };

// --- Sizes ---------------------------------------------------------------------------------------

static void accepts_whole_sectors_as_flash(void **state)
{
	(void)state;
	make_image(FIRMWARE_PFLASH, FIRMWARE_BYTES_MIN);
	expect_accepted();
	make_image(FIRMWARE_PFLASH, FIRMWARE_BYTES_MIN + 4096);
	expect_accepted();
	make_image(FIRMWARE_PFLASH, FIRMWARE_BYTES_MAX);
	expect_accepted();
}

static void accepts_whole_blocks_as_bios(void **state)
{
	(void)state;
	make_image(FIRMWARE_BIOS, FIRMWARE_BYTES_MIN);
	expect_accepted();
	make_image(FIRMWARE_BIOS, FIRMWARE_BYTES_MAX);
	expect_accepted();
}

static void refuses_what_is_too_small(void **state)
{
	(void)state;
	make_image(FIRMWARE_PFLASH, 4096);
	expect_refusal("it has 4096 bytes, too few for firmware (at least 65536)");
	make_image(FIRMWARE_BIOS, 1);
	expect_refusal("it has 1 bytes, too few for firmware (at least 65536)");
}

static void refuses_parts_of_sectors_and_blocks(void **state)
{
	(void)state;
	make_image(FIRMWARE_PFLASH, 65537);
	expect_refusal("its size of 65537 bytes is not a multiple of 4096, which flash needs");
	make_image(FIRMWARE_BIOS, 65536 + 4096);
	expect_refusal(
		"its size of 69632 bytes is not a multiple of 65536, which this level's -bios "
		"mapping needs: take an image of such a size, for example OVMF.fd");
}

// --- Content -------------------------------------------------------------------------------------

static const char store_text[] =
	"it is a store of variables, not firmware: firmware is stateless here and takes none; give "
	"the code image (OVMF_CODE...)";

static void refuses_a_store_of_variables(void **state)
{
	(void)state;
	make_image(FIRMWARE_PFLASH, FIRMWARE_BYTES_MIN);
	add_volume(variables_guid, FIRMWARE_BYTES_MIN);
	expect_refusal(store_text);
	add_volume(variables_guid, UINT64_MAX);
	expect_refusal(store_text);
	make_image(FIRMWARE_BIOS, FIRMWARE_BYTES_MIN + 4096); // nor does its size matter
	add_volume(variables_guid, UINT64_MAX);
	expect_refusal(store_text);
}

static void accepts_variables_with_code_behind_them(void **state)
{
	(void)state;
	make_image(FIRMWARE_BIOS, 4 * FIRMWARE_BYTES_MIN);
	add_volume(variables_guid, FIRMWARE_BYTES_MIN);
	expect_accepted();
	add_volume(other_guid, 4 * FIRMWARE_BYTES_MIN);
	expect_accepted();
}

static void refuses_an_image_without_code_at_its_end(void **state)
{
	static const char text[] = "it has no code at the reset vector, so it is not x86 firmware";
	uint8_t ones[16];

	(void)state;
	make_image(FIRMWARE_PFLASH, FIRMWARE_BYTES_MIN);
	memset(ones, 0xff, sizeof(ones));
	assert_int_equal(pwrite(image.fd, ones, 16, (off_t)FIRMWARE_BYTES_MIN - 16), 16);
	expect_refusal(text);
	memset(ones, 0x00, sizeof(ones));
	assert_int_equal(pwrite(image.fd, ones, 16, (off_t)FIRMWARE_BYTES_MIN - 16), 16);
	expect_refusal(text);
	ones[15] = 1;
	assert_int_equal(pwrite(image.fd, ones, 16, (off_t)FIRMWARE_BYTES_MIN - 16), 16);
	expect_accepted();
}

// --- Files of Debian's ovmf ----------------------------------------------------------------------

// Returns false, with a reason, where it is not installed.
static bool take_installed(const char *path, enum firmware_mapping wanted)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		print_message("'%s' is not installed\n", path);
		return false;
	}
	mapping = wanted;
	artifact_release(&image);
	artifact_init(&image);
	expect_success(artifact_copy(&image, fd, "firmware", FIRMWARE_BYTES_MAX, &err), &err);
	return true;
}

static void accepts_debians_code_images_as_flash(void **state)
{
	static const char *const paths[] = { "/usr/share/OVMF/OVMF_CODE.fd",
					     "/usr/share/OVMF/OVMF_CODE_4M.fd" };

	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!take_installed(paths[i], FIRMWARE_PFLASH))
			continue; // Debian 13 has one of them
		expect_accepted();
		n++;
	}
	if (n == 0)
		skip();
}

static void accepts_debians_whole_image_as_bios(void **state)
{
	(void)state;
	if (!take_installed("/usr/share/ovmf/OVMF.fd", FIRMWARE_BIOS))
		skip();
	expect_accepted();
}

static void refuses_debians_stores_of_variables(void **state)
{
	static const char *const paths[] = { "/usr/share/OVMF/OVMF_VARS.fd",
					     "/usr/share/OVMF/OVMF_VARS_4M.fd" };

	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		if (!take_installed(paths[i], FIRMWARE_PFLASH))
			continue;
		expect_refusal(store_text);
		n++;
	}
	if (n == 0)
		skip();
}

static void proposes_images_that_fit_the_mapping(void **state)
{
	(void)state;
	mapping = FIRMWARE_PFLASH;
	for (const char *const *path = firmware_candidates(mapping, false); *path != NULL; path++)
		assert_non_null(strstr(*path, "CODE"));
	mapping = FIRMWARE_BIOS;
	for (const char *const *path = firmware_candidates(mapping, false); *path != NULL; path++) {
		assert_int_equal((*path)[0], '/');
		assert_null(strstr(*path, "CODE"));
	}
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepts_whole_sectors_as_flash),
		TEST(accepts_whole_blocks_as_bios),
		TEST(refuses_what_is_too_small),
		TEST(refuses_parts_of_sectors_and_blocks),
		TEST(refuses_a_store_of_variables),
		TEST(accepts_variables_with_code_behind_them),
		TEST(refuses_an_image_without_code_at_its_end),
		TEST(accepts_debians_code_images_as_flash),
		TEST(accepts_debians_whole_image_as_bios),
		TEST(refuses_debians_stores_of_variables),
		TEST(proposes_images_that_fit_the_mapping),
	};

	artifact_init(&image);
	return cmocka_run_group_tests_name("cli/firmware", tests, NULL, NULL);
}
