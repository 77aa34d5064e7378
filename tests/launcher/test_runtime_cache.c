// SPDX-License-Identifier: Apache-2.0
// The cache: its files are nobody else's.

#include "tests/launcher/runtimes.h"

#include <sys/stat.h>

static const char *cached(struct fixture *fixture, const char *name)
{
	static char text[200];

	close_fd(&fixture->fd);
	expect_success(place_open_file(PLACE_CACHE, name, &fixture->fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(fcntl(fixture->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	return read_to_end(fixture->fd, text, sizeof(text));
}

static size_t count_entries(const char *path)
{
	DIR *folder = opendir(path);
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		n++;
	(void)closedir(folder);
	return n - 2;
}

static void stores_and_replaces_files_in_the_cache(void **state)
{
	struct fixture *fixture = *state;

	expect_success(store("a.json", "first", &fixture->err), &fixture->err);
	assert_string_equal(cached(fixture, "a.json"), "first");
	expect_success(store("a.json", "2nd", &fixture->err), &fixture->err);
	assert_string_equal(cached(fixture, "a.json"), "2nd");
	expect_success(store("empty", "", &fixture->err), &fixture->err);
	assert_string_equal(cached(fixture, "empty"), "");
	assert_int_equal(count_entries(fixture->cache), 2);
}

static void stores_no_more_than_fits(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int fd = memfd_create("large", MFD_CLOEXEC);
	struct stat st;

	assert_int_equal(ftruncate(fd, REQUEST_CACHE_BYTES_MAX + 1), 0);
	expect_success(cache_store("a.json", fd, &fixture->err), &fixture->err);
	expect_success(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(fstat(fixture->fd, &st), 0);
	assert_int_equal(st.st_size, REQUEST_CACHE_BYTES_MAX);
}

static void says_why_a_file_cannot_be_replaced(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(fixture->cache, 0700), 0);
	(void)strcat(fixture->cache, "/a.json");
	assert_int_equal(mkdir(fixture->cache, 0700), 0);
	assert_int_equal(store("a.json", "new", &fixture->err), -1);
	expect_error(&fixture->err, ERR_SYSTEM,
		     "cannot write 'a.json' in the cache: Is a directory");
	*strrchr(fixture->cache, '/') = '\0';
	assert_int_equal(count_entries(fixture->cache), 1);
}

static void reads_nothing_from_a_cache_that_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	char text[200];

	(void)snprintf(text, sizeof(text), "cannot open directory '%s': No such file or directory",
		       fixture->cache);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_HOST, text);
	assert_false(exists(fixture->folder, "cache"));
	assert_int_equal(mkdir(fixture->cache, 0700), 0);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_INPUT,
		     "cannot open 'a.json' in the cache: No such file or directory");
}

static void refuses_a_symbolic_link_in_the_cache(void **state)
{
	struct fixture *fixture = *state;
	char path[80];

	make_file(fixture->folder, "elsewhere", "bad", 0600);
	assert_int_equal(mkdir(fixture->cache, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/a.json", fixture->cache);
	assert_int_equal(symlink("../elsewhere", path), 0);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_INPUT,
		     "cannot open 'a.json' in the cache: Too many levels of symbolic links");
	assert_int_equal(store("a.json", "new", &fixture->err), -1);
	expect_error(&fixture->err, ERR_SYSTEM,
		     "cannot write 'a.json' in the cache: Too many levels of symbolic links");
}

static void refuses_cached_files_that_could_be_somebody_elses(void **state)
{
	static const char text[] = "'a.json' in the cache could be somebody else's";
	struct fixture *fixture = *state;
	char path[80];

	expect_success(store("a.json", "good", &fixture->err), &fixture->err);
	make_file(fixture->cache, "a.json", "bad", 0660);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_REFUSED, text);
	make_file(fixture->cache, "a.json", "bad", 0606);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_REFUSED, text);
	(void)snprintf(path, sizeof(path), "%s/a.json", fixture->cache);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(place_open_file(PLACE_CACHE, "a.json", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_REFUSED, text);
	assert_int_equal(chmod(fixture->cache, 0777), 0);
	assert_int_equal(store("a.json", "new", &fixture->err), -1);
	assert_int_equal(fixture->err.kind, ERR_REFUSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(stores_and_replaces_files_in_the_cache),
		TEST(stores_no_more_than_fits),
		TEST(says_why_a_file_cannot_be_replaced),
		TEST(reads_nothing_from_a_cache_that_is_not_there),
		TEST(refuses_a_symbolic_link_in_the_cache),
		TEST(refuses_cached_files_that_could_be_somebody_elses),
	};

	return cmocka_run_group_tests_name("launcher/runtime cache", tests, NULL, NULL);
}
