// SPDX-License-Identifier: Apache-2.0
// The table of kernel hashes, and which files may be in it.

#include "tests/measure/images.h"

#include "measure/kernel_hashes.h"

#define KERNEL_BYTES ((size_t)8192)

static uint8_t kernel[KERNEL_BYTES];
static struct kernel_hashes hashes;
static struct err err;

static void make_kernel(void)
{
	memset(kernel, 0x5a, sizeof(kernel));
	kernel[0x1f1] = 15;
	memcpy(kernel + 0x202, "HdrS", 4);
}

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("file", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void expect_bytes(const uint8_t *bytes, const char *expected, size_t len)
{
	assert_memory_equal(bytes, expected, len);
}

static void what_is_not_given_has_the_hash_of_nothing(void **state)
{
	(void)state;
	kernel_hashes_init(&hashes);
	assert_false(hashes.has_kernel);
	expect_bytes(hashes.cmdline, "\x6e\x34\x0b\x9c\xff\xb3\x7a\x98", 8);
	expect_bytes(hashes.initrd, "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14", 8);
}

static void every_blank_of_the_command_line_counts(void **state)
{
	static const char *const cmdlines[] = { "quiet", " quiet", "quiet ", "quiet\n" };
	uint8_t digests[ARRAY_LEN(cmdlines)][SHA256_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cmdlines); i++) {
		kernel_hashes_set_cmdline(&hashes, cmdlines[i]);
		memcpy(digests[i], hashes.cmdline, SHA256_BYTES);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(digests[i], digests[j], SHA256_BYTES);
	}
}

static void table_has_cmdline_initrd_kernel_in_this_order(void **state)
{
	uint8_t table[KERNEL_HASHES_TABLE_BYTES];
	uint8_t digest[SHA256_BYTES];

	(void)state;
	kernel_hashes_init(&hashes);
	memset(digest, 'k', sizeof(digest));
	kernel_hashes_set_kernel(&hashes, digest);
	memset(digest, 'i', sizeof(digest));
	kernel_hashes_set_initrd(&hashes, digest);
	memset(table, 0xff, sizeof(table));
	kernel_hashes_table(&hashes, table);
	expect_bytes(table, "\x06\xd6\x38\x94\x22\x4f\xc9\x4c\xb4\x79\xa7\x93\xd4\x11\xfd\x21\xa8",
		     18);
	expect_bytes(table + 18,
		     "\xd8\x2d\xd0\x97\x20\xbd\x94\x4c\xaa\x78\xe7\x71\x4d\x36\xab\x2a\x32", 18);
	expect_bytes(table + 36, "\x6e\x34\x0b\x9c", 4);
	expect_bytes(table + 68, "\x31\xf7\xba\x44", 4);
	expect_bytes(table + 84, "\x32\0iiii", 6);
	expect_bytes(table + 118, "\x37\x94\xe7\x4d", 4);
	expect_bytes(table + 134, "\x32\0kkkk", 6);
	expect_bytes(table + 164, "kkkk\0\0\0\0\0\0\0\0", 12);
}

static void kernel_without_boot_header_is_refused(void **state)
{
	static const char refusal[] =
		"the kernel has no boot header ('HdrS' at 0x202), and QEMU would not measure it: give "
		"a bzImage, not an ELF or multiboot file";

	(void)state;
	make_kernel();
	expect_success(kernel_check(kernel, sizeof(kernel), sizeof(kernel), &err), &err);
	expect_success(kernel_check(kernel, KERNEL_HEADER_BYTES, sizeof(kernel), &err), &err);
	assert_int_equal(kernel_check(kernel, KERNEL_HEADER_BYTES - 1, sizeof(kernel), &err), -1);
	expect_error(&err, ERR_INPUT, refusal);
	kernel[0x202] = 'h';
	assert_int_equal(kernel_check(kernel, sizeof(kernel), sizeof(kernel), &err), -1);
	expect_error(&err, ERR_INPUT, refusal);
}

static void kernel_cut_off_in_its_setup_code_is_refused(void **state)
{
	(void)state;
	make_kernel();
	expect_success(kernel_check(kernel, sizeof(kernel), 16 * 512, &err), &err);
	assert_int_equal(kernel_check(kernel, sizeof(kernel), 8191, &err), -1);
	expect_error(&err, ERR_INPUT,
		     "the kernel ends too early: it has 8191 bytes, and its setup code alone 8192");
	kernel[0x1f1] = 0; // means 4
	expect_success(kernel_check(kernel, sizeof(kernel), 2560, &err), &err);
	assert_int_equal(kernel_check(kernel, sizeof(kernel), 2559, &err), -1);
}

struct steps {
	unsigned int n;
	uint64_t done;
	uint64_t size;
};

static void note_step(void *context, uint64_t done, uint64_t size)
{
	struct steps *steps = context;

	assert_true(done > steps->done);
	*steps = (struct steps){ steps->n + 1, done, size };
}

static void large_file_is_hashed_in_pieces(void **state)
{
	struct steps steps = { 0 };
	struct kernel_hash_progress progress = { note_step, &steps };
	size_t len = (size_t)1024 * 1024 + 3;
	AUTO(mem) uint8_t *bytes = calloc(len, 1);
	AUTO(fd) int fd = file_of(bytes, len);
	uint8_t digest[SHA256_BYTES];

	(void)state;
	expect_success(kernel_hashes_read_initrd(&hashes, fd, &progress, &err), &err);
	sha256_of(bytes, len, digest);
	assert_memory_equal(hashes.initrd, digest, SHA256_BYTES);
	assert_true(steps.n >= 4);
	assert_int_equal(steps.done, len);
	assert_int_equal(steps.size, len);
}

static void kernel_is_read_and_checked(void **state)
{
	uint8_t digest[SHA256_BYTES];
	int fd;

	(void)state;
	make_kernel();
	kernel_hashes_init(&hashes);
	fd = file_of(kernel, sizeof(kernel));
	expect_success(kernel_hashes_read_kernel(&hashes, fd, NULL, &err), &err);
	close_fd(&fd);
	sha256_of(kernel, sizeof(kernel), digest);
	assert_true(hashes.has_kernel);
	assert_memory_equal(hashes.kernel, digest, SHA256_BYTES);
	kernel_hashes_init(&hashes);
	fd = file_of(kernel, 100);
	assert_int_equal(kernel_hashes_read_kernel(&hashes, fd, NULL, &err), -1);
	assert_false(hashes.has_kernel);
	close_fd(&fd);
}

static void file_that_is_not_read_whole_is_refused(void **state)
{
	AUTO(fd) int fd = file_of("initrd", 6);

	(void)state;
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	assert_int_equal(kernel_hashes_read_initrd(&hashes, fd, NULL, &err), -1);
	expect_error(&err, ERR_INPUT,
		     "the initrd has 6 bytes, but 4 could be read: give a file that nobody writes, "
		     "from its beginning");
	close_fd(&fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(kernel_hashes_read_initrd(&hashes, fd, NULL, &err), -1);
	expect_error(&err, ERR_INPUT, "cannot read the initrd: Is a directory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_the_hash_of_nothing),
		cmocka_unit_test(every_blank_of_the_command_line_counts),
		cmocka_unit_test(table_has_cmdline_initrd_kernel_in_this_order),
		cmocka_unit_test(kernel_without_boot_header_is_refused),
		cmocka_unit_test(kernel_cut_off_in_its_setup_code_is_refused),
		cmocka_unit_test(large_file_is_hashed_in_pieces),
		cmocka_unit_test(kernel_is_read_and_checked),
		cmocka_unit_test(file_that_is_not_read_whole_is_refused),
	};

	return cmocka_run_group_tests_name("measure/kernel_hashes", tests, NULL, NULL);
}
