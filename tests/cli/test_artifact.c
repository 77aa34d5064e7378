// SPDX-License-Identifier: Apache-2.0
// Copies: the right bytes, the right digest, and no way to change either afterwards.
//
// The linker sends read() of the copy to __wrap_read() below, which lets a file change meanwhile.

#include "tests/base/process.h"

#include "base/mem.h"
#include "cli/artifact.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define NO_LIMIT UINT64_MAX

struct fixture {
	struct artifact artifact;
	int source_fd;
	size_t n_fds;
	struct err err;
};

// What happens to a file of the same description before its n-th read.
static struct {
	int fd;
	unsigned int nth;
	off_t size;
	unsigned int n_reads;
	int errnum; // the n-th read fails with it
} change = { .fd = -1 };

ssize_t __real_read(int fd, void *buffer, size_t len);
ssize_t __wrap_read(int fd, void *buffer, size_t len);
ssize_t __wrap_read(int fd, void *buffer, size_t len)
{
	if (fd != change.fd || ++change.n_reads != change.nth)
		return __real_read(fd, buffer, len);
	if (change.errnum != 0) {
		errno = change.errnum;
		return -1;
	}
	if (ftruncate(fd, change.size) < 0)
		abort();
	return __real_read(fd, buffer, len);
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	artifact_init(&fixture->artifact);
	fixture->source_fd = memfd_create("source", MFD_CLOEXEC);
	return fixture->source_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	change.fd = -1;
	artifact_release(&fixture->artifact);
	close_fd(&fixture->source_fd);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static void fill(struct fixture *fixture, char byte, size_t len)
{
	AUTO(mem) char *bytes = mem_zeroed(len, 1);

	memset(bytes, byte, len);
	assert_int_equal(write(fixture->source_fd, bytes, len), len);
	assert_int_equal(lseek(fixture->source_fd, 0, SEEK_SET), 0);
}

static void copy(struct fixture *fixture)
{
	expect_success(artifact_copy(&fixture->artifact, fixture->source_fd, "kernel", NO_LIMIT,
				     &fixture->err),
		       &fixture->err);
}

// Also that no copy is left open.
static void expect_refusal(struct fixture *fixture, uint64_t size_max, enum err_kind kind,
			   const char *text)
{
	size_t n_before = count_fds();

	assert_int_equal(artifact_copy(&fixture->artifact, fixture->source_fd, "kernel", size_max,
				       &fixture->err),
			 -1);
	expect_error(&fixture->err, kind, text);
	assert_int_equal(fixture->artifact.fd, -1);
	assert_int_equal(count_fds(), n_before);
}

static void expect_digest(struct fixture *fixture, const char *hex)
{
	char text[2 * ARTIFACT_DIGEST_BYTES + 1];

	for (size_t i = 0; i < ARTIFACT_DIGEST_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", fixture->artifact.sha256[i]);
	assert_string_equal(text, hex);
}

// --- Copies --------------------------------------------------------------------------------------

static void copies_and_hashes_a_small_file(void **state)
{
	struct fixture *fixture = *state;
	char bytes[3];

	assert_int_equal(pwrite(fixture->source_fd, "abc", 3, 0), 3);
	copy(fixture);
	assert_int_equal(fixture->artifact.size, 3);
	expect_digest(fixture, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_success(artifact_read(&fixture->artifact, 0, bytes, 3, &fixture->err),
		       &fixture->err);
	assert_memory_equal(bytes, "abc", 3);
	assert_int_equal(fcntl(fixture->artifact.fd, F_GETFD), FD_CLOEXEC);
}

// A million times 'a', from FIPS 180-2's examples; several pieces of the copy's buffer.
static void copies_and_hashes_a_large_file(void **state)
{
	struct fixture *fixture = *state;
	char last;

	fill(fixture, 'a', 1000000);
	copy(fixture);
	assert_int_equal(fixture->artifact.size, 1000000);
	expect_digest(fixture, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	expect_success(artifact_read(&fixture->artifact, 999999, &last, 1, &fixture->err),
		       &fixture->err);
	assert_int_equal(last, 'a');
}

static void copies_a_file_of_exactly_the_limit_and_of_the_buffers_size(void **state)
{
	struct fixture *fixture = *state;
	const size_t size = (size_t)256 * 1024;

	fill(fixture, '\0', size);
	expect_success(artifact_copy(&fixture->artifact, fixture->source_fd, "kernel", size,
				     &fixture->err),
		       &fixture->err);
	assert_int_equal(fixture->artifact.size, size);
	expect_digest(fixture, "8a39d2abd3999ab73c34db2476849cddf303ce389b35826850f9a700589b4a90");
}

// --- Seals ---------------------------------------------------------------------------------------

static void seals_the_copy_against_every_change(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int again_fd = -1;
	char path[32];
	int fd;

	fill(fixture, 'a', 8192);
	copy(fixture);
	fd = fixture->artifact.fd;
	assert_int_equal(fcntl(fd, F_GET_SEALS), ALL_SEALS);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(pwrite(fd, "x", 1, 8192), -1);
	assert_int_equal(ftruncate(fd, 1), -1);
	assert_int_equal(ftruncate(fd, 10000), -1);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), -1);
	assert_int_equal(fallocate(fd, 0, 0, 20000), -1);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again_fd = open(path, O_RDWR | O_CLOEXEC);
	if (again_fd >= 0)
		assert_int_equal(write(again_fd, "x", 1), -1);
	assert_int_equal(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC), -1);
}

static void does_not_follow_changes_of_the_source(void **state)
{
	struct fixture *fixture = *state;
	char byte;

	fill(fixture, 'a', 100);
	copy(fixture);
	assert_int_equal(pwrite(fixture->source_fd, "x", 1, 0), 1);
	assert_int_equal(ftruncate(fixture->source_fd, 1), 0);
	expect_success(artifact_read(&fixture->artifact, 0, &byte, 1, &fixture->err),
		       &fixture->err);
	assert_int_equal(byte, 'a');
}

// --- What is refused -----------------------------------------------------------------------------

static void refuses_an_empty_file(void **state)
{
	expect_refusal(*state, NO_LIMIT, ERR_INPUT, "the kernel is empty");
}

static void refuses_a_file_that_is_one_byte_too_large(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture, 'a', 1001);
	expect_refusal(fixture, 1000, ERR_INPUT,
		       "the kernel has 1001 bytes, more than the limit of 1000");
}

static void refuses_a_file_that_changes_its_size_meanwhile(void **state)
{
	static const off_t sizes[] = { 0, 1, 300000, 599999, 600001, 5000000 };

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (unsigned int nth = 1; nth <= 4; nth++) {
			struct fixture *fixture = *state;

			// What was read already cannot be noticed to be gone.
			if (sizes[i] < 600000 && nth == 4)
				continue;
			assert_int_equal(ftruncate(fixture->source_fd, 0), 0);
			fill(fixture, 'a', 600000);
			change.fd = fixture->source_fd;
			change.nth = nth;
			change.size = sizes[i];
			change.n_reads = 0;
			expect_refusal(fixture, NO_LIMIT, ERR_INPUT,
				       "the kernel changed its size while it was read");
			change.fd = -1;
		}
	}
}

static void does_not_copy_on_from_a_file_that_grows_for_ever(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture, 'a', 1000);
	change.fd = fixture->source_fd;
	change.nth = 1;
	change.size = (off_t)1 << 40;
	change.n_reads = 0;
	expect_refusal(fixture, NO_LIMIT, ERR_INPUT,
		       "the kernel changed its size while it was read");
	assert_int_equal(change.n_reads, 1);
}

static void goes_on_after_an_interruption_and_tells_other_errors(void **state)
{
	struct fixture *fixture = *state;

	fill(fixture, 'a', 1000000);
	change.fd = fixture->source_fd;
	change.nth = 2;
	change.n_reads = 0;
	change.errnum = EINTR;
	copy(fixture);
	expect_digest(fixture, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	artifact_release(&fixture->artifact);
	assert_int_equal(lseek(fixture->source_fd, 0, SEEK_SET), 0);
	change.n_reads = 0;
	change.errnum = EIO;
	expect_refusal(fixture, NO_LIMIT, ERR_INPUT, "cannot read the kernel: Input/output error");
	change.errnum = 0;
}

static void refuses_what_cannot_be_looked_at(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->source_fd);
	expect_refusal(fixture, NO_LIMIT, ERR_SYSTEM,
		       "cannot look at the kernel: Bad file descriptor");
}

static void reads_back_only_what_is_there(void **state)
{
	struct fixture *fixture = *state;
	char bytes[4];

	fill(fixture, 'a', 10);
	copy(fixture);
	assert_int_equal(artifact_read(&fixture->artifact, 8, bytes, 4, &fixture->err), -1);
	expect_error(&fixture->err, ERR_BUG, "4 bytes at 8 are not there");
	artifact_release(&fixture->artifact);
	assert_int_equal(artifact_read(&fixture->artifact, 0, bytes, 4, &fixture->err), -1);
	expect_error(&fixture->err, ERR_SYSTEM, "cannot read 4 bytes back: Bad file descriptor");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(copies_and_hashes_a_small_file),
		TEST(copies_and_hashes_a_large_file),
		TEST(copies_a_file_of_exactly_the_limit_and_of_the_buffers_size),
		TEST(seals_the_copy_against_every_change),
		TEST(does_not_follow_changes_of_the_source),
		TEST(refuses_an_empty_file),
		TEST(refuses_a_file_that_is_one_byte_too_large),
		TEST(refuses_a_file_that_changes_its_size_meanwhile),
		TEST(does_not_copy_on_from_a_file_that_grows_for_ever),
		TEST(goes_on_after_an_interruption_and_tells_other_errors),
		TEST(refuses_what_cannot_be_looked_at),
		TEST(reads_back_only_what_is_there),
	};

	return cmocka_run_group_tests_name("cli/artifact", tests, NULL, NULL);
}
