// SPDX-License-Identifier: Apache-2.0
// Images are read whole, or refused.

#include "tests/base/process.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "cli/image_file.h"

static struct image_file image;
static struct err err;

static int file_of(const char *bytes, size_t len)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), (ssize_t)len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void reads_all_bytes(void **state)
{
	AUTO(fd) int fd = file_of("firmware", 8);

	(void)state;
	expect_success(image_file_read(&image, fd, 8, &err), &err);
	assert_int_equal(image.len, 8);
	assert_memory_equal(image.bytes, "firmware", 8);
	image_file_release(&image);
}

static void refuses_other_sizes(void **state)
{
	AUTO(fd) int empty = file_of("", 0);
	AUTO(fd) int large = file_of("firmware", 8);

	(void)state;
	assert_int_equal(image_file_read(&image, empty, 7, &err), -1);
	expect_error(&err, ERR_INPUT, "it is empty");
	assert_int_equal(image_file_read(&image, large, 7, &err), -1);
	expect_error(&err, ERR_INPUT, "it has 8 bytes, more than the limit of 7");
}

// As if it had been longer when its size was asked.
static void refuses_a_file_that_ends_early(void **state)
{
	AUTO(fd) int fd = file_of("firmware", 8);

	(void)state;
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	assert_int_equal(image_file_read(&image, fd, 8, &err), -1);
	expect_error(&err, ERR_INPUT, "it changed its size while it was read");
	image_file_release(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_all_bytes),
		cmocka_unit_test(refuses_other_sizes),
		cmocka_unit_test(refuses_a_file_that_ends_early),
	};

	return cmocka_run_group_tests_name("cli/image_file", tests, NULL, NULL);
}
