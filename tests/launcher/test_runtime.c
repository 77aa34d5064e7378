// SPDX-License-Identifier: Apache-2.0
// The launcher's own directories: claiming a name, giving it up, and where they are.

#include "tests/launcher/runtimes.h"

static void claim(struct fixture *fixture, struct runtime *runtime, const char *name)
{
	AUTO(fd) int control_fd = -1;

	expect_success(runtime_claim(runtime, name, &control_fd, &fixture->err), &fixture->err);
}

enum mistake { NOT_OURS, NO_DIRECTORY };

static void expect_refusal(struct fixture *fixture, enum mistake mistake, const char *path)
{
	size_t n_before = count_fds();
	char text[300];

	assert_int_equal(runtime_claim(&fixture->runtime, "web", &fixture->fd, &fixture->err), -1);
	if (mistake == NOT_OURS)
		(void)snprintf(text, sizeof(text),
			       "runtime directory: directory '%s' belongs to somebody else or is "
			       "writable by others",
			       path);
	else
		(void)snprintf(text, sizeof(text),
			       "runtime directory: cannot open directory '%s': Not a directory",
			       path);
	expect_error(&fixture->err, mistake == NOT_OURS ? ERR_REFUSED : ERR_HOST, text);
	assert_int_equal(count_fds(), n_before);
	assert_int_equal(fixture->runtime.dir_fd, -1);
}

// --- Names ---------------------------------------------------------------------------------------

static void makes_a_directory_of_its_own_for_a_name(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	claim(fixture, &fixture->runtime, "web");
	assert_true(exists(fixture->base, "web"));
	assert_int_equal(fstat(fixture->runtime.dir_fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fstat(fixture->runtime.base_fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fcntl(fixture->runtime.dir_fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fixture->runtime.base_fd, F_GETFD), FD_CLOEXEC);
}

static void refuses_a_name_that_is_taken(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before;

	claim(fixture, &fixture->runtime, "web");
	n_before = count_fds();
	assert_int_equal(runtime_claim(&fixture->other, "web", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_BUSY,
		     "runtime directory: a guest named 'web' is running: choose another name with "
		     "--name, or stop that one");
	assert_int_equal(count_fds(), n_before);
	// Giving up what was not got must not take it from who has it.
	runtime_release(&fixture->other);
	assert_true(exists(fixture->base, "web"));
	assert_int_equal(runtime_claim(&fixture->other, "web", &fixture->fd, &fixture->err), -1);
	claim(fixture, &fixture->other, "web2");
}

static void refuses_a_second_name_for_one_launcher(void **state)
{
	struct fixture *fixture = *state;

	claim(fixture, &fixture->runtime, "web");
	assert_int_equal(runtime_claim(&fixture->runtime, "other", &fixture->fd, &fixture->err),
			 -1);
	expect_error(&fixture->err, ERR_BUG, "a name is claimed already");
	assert_string_equal(fixture->runtime.name, "web");
}

static void refuses_a_name_that_is_too_long(void **state)
{
	struct fixture *fixture = *state;
	char name[PLAN_NAME_SIZE + 1];

	memset(name, 'a', PLAN_NAME_SIZE);
	name[PLAN_NAME_SIZE] = '\0';
	assert_int_equal(runtime_claim(&fixture->runtime, name, &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_BUG, "a name of 65 bytes");
}

static void removes_the_directory_when_the_name_is_given_up(void **state)
{
	struct fixture *fixture = *state;

	claim(fixture, &fixture->runtime, "web");
	runtime_release(&fixture->runtime);
	assert_false(exists(fixture->base, "web"));
	assert_int_equal(fixture->runtime.dir_fd, -1);
	assert_int_equal(fixture->runtime.base_fd, -1);
	claim(fixture, &fixture->runtime, "web");
	runtime_release(&fixture->runtime);
	runtime_release(&fixture->runtime);
}

// As after a power cut, or a launcher that was killed.
static void takes_over_a_directory_that_nobody_holds(void **state)
{
	struct fixture *fixture = *state;

	claim(fixture, &fixture->runtime, "web");
	close_fd(&fixture->runtime.dir_fd);
	close_fd(&fixture->runtime.base_fd);
	assert_true(exists(fixture->base, "web"));
	claim(fixture, &fixture->other, "web");
}

// --- Logs ----------------------------------------------------------------------------------------

static void keeps_a_directory_with_a_log_in_it(void **state)
{
	struct fixture *fixture = *state;
	struct stat st;

	claim(fixture, &fixture->runtime, "web");
	expect_success(
		runtime_open_log(&fixture->runtime, "console.log", &fixture->fd, &fixture->err),
		&fixture->err);
	assert_int_equal(write(fixture->fd, "old", 3), 3);
	assert_int_equal(fcntl(fixture->fd, F_GETFL) & O_ACCMODE, O_WRONLY);
	assert_int_equal(fstat(fixture->fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close_fd(&fixture->fd);
	runtime_release(&fixture->runtime);
	assert_true(exists(fixture->base, "web/console.log"));
}

static void begins_a_new_log_for_each_launch(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int old_fd = -1;
	struct stat st;

	claim(fixture, &fixture->runtime, "web");
	expect_success(runtime_open_log(&fixture->runtime, "a.log", &old_fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(write(old_fd, "old", 3), 3);
	expect_success(runtime_open_log(&fixture->runtime, "a.log", &fixture->fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(fstat(fixture->fd, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(fstat(old_fd, &st), 0);
	assert_int_equal(st.st_size, 3); // whoever reads the old one reads on
}

static void replaces_a_symbolic_link_instead_of_writing_through_it(void **state)
{
	struct fixture *fixture = *state;
	char text[8];
	char path[80];

	make_file(fixture->folder, "victim", "safe", 0644);
	claim(fixture, &fixture->runtime, "web");
	assert_int_equal(symlinkat("../../victim", fixture->runtime.dir_fd, "a.log"), 0);
	expect_success(runtime_open_log(&fixture->runtime, "a.log", &fixture->fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(write(fixture->fd, "log", 3), 3);
	close_fd(&fixture->fd);
	(void)snprintf(path, sizeof(path), "%s/victim", fixture->folder);
	fixture->fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_string_equal(read_to_end(fixture->fd, text, sizeof(text)), "safe");
}

static void makes_no_log_before_a_name_is_claimed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(runtime_open_log(&fixture->runtime, "a.log", &fixture->fd, &fixture->err),
			 -1);
	expect_error(&fixture->err, ERR_BUG, "no name is claimed yet");
}

// --- Directories that are not ours ---------------------------------------------------------------

static void refuses_a_base_that_others_may_write(void **state)
{
	static const mode_t modes[] = { 0770, 0707, 01777 };
	struct fixture *fixture = *state;

	assert_int_equal(mkdir(fixture->base, 0700), 0);
	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		assert_int_equal(chmod(fixture->base, modes[i]), 0);
		expect_refusal(fixture, NOT_OURS, fixture->base);
	}
}

static void refuses_a_name_whose_directory_others_may_write(void **state)
{
	struct fixture *fixture = *state;
	char path[80];

	assert_int_equal(mkdir(fixture->base, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/web", fixture->base);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, 0777), 0);
	expect_refusal(fixture, NOT_OURS, "web");
}

static void refuses_directories_of_somebody_else(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	assert_int_equal(mkdir(fixture->base, 0700), 0);
	assert_int_equal(chown(fixture->base, ORDINARY_ID, 0), 0);
	expect_refusal(fixture, NOT_OURS, fixture->base);
}

// The operator's own path may be a link, such as /var/run; a name of ours may not.
static void refuses_a_symbolic_link_for_a_name(void **state)
{
	struct fixture *fixture = *state;
	char path[80];

	assert_int_equal(mkdir(fixture->base, 0700), 0);
	(void)snprintf(path, sizeof(path), "%s/web", fixture->base);
	assert_int_equal(symlink(fixture->folder, path), 0);
	expect_refusal(fixture, NO_DIRECTORY, "web");
}

static void follows_a_symbolic_link_of_the_operators(void **state)
{
	struct fixture *fixture = *state;
	char target[80];

	(void)snprintf(target, sizeof(target), "%s/target", fixture->folder);
	assert_int_equal(mkdir(target, 0700), 0);
	assert_int_equal(symlink("target", fixture->base), 0);
	claim(fixture, &fixture->runtime, "web");
	assert_true(exists(target, "web"));
	runtime_release(&fixture->runtime);
	assert_int_equal(chmod(target, 0777), 0);
	expect_refusal(fixture, NOT_OURS, fixture->base);
}

static void takes_the_first_directory_of_systemds_list(void **state)
{
	struct fixture *fixture = *state;
	char list[200];

	(void)snprintf(list, sizeof(list), "%s:/nonexistent", fixture->base);
	(void)setenv("RUNTIME_DIRECTORY", list, 1);
	claim(fixture, &fixture->runtime, "web");
	assert_true(exists(fixture->base, "web"));
}

static void refuses_a_file_where_a_directory_should_be(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture->folder, "run", "", 0600);
	expect_refusal(fixture, NO_DIRECTORY, fixture->base);
}

static void says_why_a_directory_cannot_be_made(void **state)
{
	struct fixture *fixture = *state;
	char text[200];

	(void)setenv("RUNTIME_DIRECTORY", "/nonexistent/run", 1);
	(void)snprintf(text, sizeof(text),
		       "runtime directory: cannot make directory '/nonexistent/run': %s",
		       strerror(ENOENT));
	assert_int_equal(runtime_claim(&fixture->runtime, "web", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_HOST, text);
}

// --- Where the directories are -------------------------------------------------------------------

struct attempt {
	struct runtime runtime;
	int result;
	int cache_result;
	struct err err;
	struct err cache_err;
};

static void claim_without_a_place(void *result)
{
	struct attempt *attempt = result;
	AUTO(fd) int control_fd = -1;
	int fd;

	attempt->result = runtime_claim(&attempt->runtime, "web", &control_fd, &attempt->err);
	attempt->cache_result =
		place_open_file(PLACE_CACHE, "facts.json", &fd, &attempt->cache_err);
}

// For an ordinary user; root always has /run and /var/cache.
static void says_what_to_set_when_a_user_has_no_place(void **state)
{
	static const char *const variables[] = { "RUNTIME_DIRECTORY", "CACHE_DIRECTORY",
						 "XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "HOME" };
	static struct attempt attempt;

	(void)state;
	runtime_init(&attempt.runtime);
	for (int set = 0; set < 2; set++) {
		for (size_t i = 0; i < ARRAY_LEN(variables); i++)
			(void)(set ? setenv(variables[i], "relative", 1) : unsetenv(variables[i]));
		run_as_user(claim_without_a_place, &attempt, sizeof(attempt));
		assert_int_equal(attempt.result, -1);
		expect_error(&attempt.err, ERR_HOST,
			     "runtime directory: XDG_RUNTIME_DIR names no directory: set it to one "
			     "of your own, as a login session does");
		assert_int_equal(attempt.cache_result, -1);
		expect_error(&attempt.cache_err, ERR_HOST,
			     "there is no cache directory: XDG_CACHE_HOME and HOME are unset");
	}
}

static void use_own_places(void *result)
{
	AUTO(fd) int control_fd = -1;
	struct attempt *attempt = result;

	attempt->result = runtime_claim(&attempt->runtime, "web", &control_fd, &attempt->err);
	attempt->cache_result = store("a", "b", &attempt->cache_err);
}

static void uses_the_users_own_places(void **state)
{
	struct fixture *fixture = *state;
	static struct attempt attempt;

	runtime_init(&attempt.runtime);
	(void)unsetenv("RUNTIME_DIRECTORY");
	(void)unsetenv("CACHE_DIRECTORY");
	(void)unsetenv("XDG_CACHE_HOME");
	assert_int_equal(chmod(fixture->folder, 0777), 0);
	(void)setenv("XDG_RUNTIME_DIR", fixture->folder, 1);
	(void)setenv("HOME", fixture->folder, 1);
	assert_int_equal(mkdir(fixture->cache, 0777), 0);
	assert_int_equal(chmod(fixture->cache, 0777), 0);
	run_as_user(use_own_places, &attempt, sizeof(attempt));
	expect_success(attempt.result, &attempt.err);
	assert_true(exists(fixture->folder, "snplaunch/web"));
	// There is no .cache in this home, and it is not made.
	assert_int_equal(attempt.cache_result, -1);
	(void)setenv("XDG_CACHE_HOME", fixture->cache, 1);
	run_as_user(use_own_places, &attempt, sizeof(attempt));
	expect_success(attempt.cache_result, &attempt.cache_err);
	assert_true(exists(fixture->cache, "snplaunch/a"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_a_directory_of_its_own_for_a_name),
		TEST(refuses_a_name_that_is_taken),
		TEST(refuses_a_second_name_for_one_launcher),
		TEST(refuses_a_name_that_is_too_long),
		TEST(removes_the_directory_when_the_name_is_given_up),
		TEST(takes_over_a_directory_that_nobody_holds),
		TEST(keeps_a_directory_with_a_log_in_it),
		TEST(begins_a_new_log_for_each_launch),
		TEST(replaces_a_symbolic_link_instead_of_writing_through_it),
		TEST(makes_no_log_before_a_name_is_claimed),
		TEST(refuses_a_base_that_others_may_write),
		TEST(refuses_a_name_whose_directory_others_may_write),
		TEST(refuses_directories_of_somebody_else),
		TEST(refuses_a_symbolic_link_for_a_name),
		TEST(follows_a_symbolic_link_of_the_operators),
		TEST(takes_the_first_directory_of_systemds_list),
		TEST(refuses_a_file_where_a_directory_should_be),
		TEST(says_why_a_directory_cannot_be_made),
		TEST(says_what_to_set_when_a_user_has_no_place),
		TEST(uses_the_users_own_places),
	};

	return cmocka_run_group_tests_name("launcher/runtime", tests, NULL, NULL);
}
