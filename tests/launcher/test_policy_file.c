// SPDX-License-Identifier: Apache-2.0
// The file of the host policy: where it is, and that nobody else could have written it.

#include "tests/launcher/opens.h"

#define MUST \
	"host policy (must be a regular file, it and its directory writable by root alone, or by " \
	"you too where HOME or XDG_CONFIG_HOME leads to it: see chown and chmod): "

static int set_up_file(void **state)
{
	int result = set_up(state);
	struct fixture *fixture = *state;
	char path[60];

	(void)snprintf(path, sizeof(path), "%s/conf", fixture->folder);
	(void)setenv("CONFIGURATION_DIRECTORY", path, 1);
	fixture->monitor.files.privileged = geteuid() == 0;
	return result;
}

static int tear_down_file(void **state)
{
	(void)unsetenv("CONFIGURATION_DIRECTORY");
	(void)unsetenv("XDG_CONFIG_HOME");
	return tear_down(state);
}

static void expect_policy(struct fixture *fixture, const char *content)
{
	char text[40];

	close_fd(&fixture->fd);
	expect_success(files_open_policy(&fixture->fd, &fixture->err), &fixture->err);
	if (content == NULL) {
		assert_int_equal(fixture->fd, -1);
		return;
	}
	assert_int_equal(fcntl(fixture->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fixture->fd, F_GETFD), FD_CLOEXEC);
	assert_string_equal(read_to_end(fixture->fd, text, sizeof(text)), content);
}

// The reason is 'before', the directory and 'after'.
static void expect_refusal_of(struct fixture *fixture, const char *before, const char *after)
{
	size_t n_before;
	char text[400];

	close_fd(&fixture->fd);
	n_before = count_fds();
	(void)snprintf(text, sizeof(text), "%s%s%s/conf%s",
		       fixture->monitor.files.privileged ? MUST : MUST, before, fixture->folder,
		       after);
	assert_int_equal(files_open_policy(&fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_REFUSED, text);
	assert_int_equal(fixture->fd, -1);
	assert_int_equal(count_fds(), n_before);
}

static void expect_bad_file(struct fixture *fixture)
{
	expect_refusal_of(fixture, "'policy.json' in ", " could be somebody else's");
}

static void expect_bad_directory(struct fixture *fixture)
{
	expect_refusal_of(fixture, "directory '",
			  "' belongs to somebody else or is writable by others");
}

static void finds_a_policy_or_none(void **state)
{
	struct fixture *fixture = *state;

	expect_policy(fixture, NULL);
	make_directory(fixture, "conf", 0755);
	expect_policy(fixture, NULL);
	make_file(fixture->folder, "conf/policy.json", "{}", 0644);
	expect_policy(fixture, "{}");
}

static void refuses_a_policy_that_is_no_regular_file(void **state)
{
	struct fixture *fixture = *state;
	int cwd_fd = fixture->monitor.files.cwd_fd;

	make_directory(fixture, "conf", 0755);
	make_file(fixture->folder, "elsewhere", "{}", 0644);
	assert_int_equal(symlinkat("../elsewhere", cwd_fd, "conf/policy.json"), 0);
	expect_refusal_of(fixture, "cannot open 'policy.json' in ",
			  ": Too many levels of symbolic links");
	assert_int_equal(unlinkat(cwd_fd, "conf/policy.json", 0), 0);
	assert_int_equal(mkfifoat(cwd_fd, "conf/policy.json", 0644), 0);
	expect_bad_file(fixture); // and does not wait for its other end
	assert_int_equal(unlinkat(cwd_fd, "conf/policy.json", 0), 0);
	make_directory(fixture, "conf/policy.json", 0755);
	expect_bad_file(fixture);
}

static void refuses_a_policy_that_others_may_write(void **state)
{
	struct fixture *fixture = *state;

	make_directory(fixture, "conf", 0755);
	make_file(fixture->folder, "conf/policy.json", "{}", 0664);
	expect_bad_file(fixture);
	make_file(fixture->folder, "conf/policy.json", "{}", 0646);
	expect_bad_file(fixture);
}

static void refuses_a_policy_in_a_directory_that_others_may_write(void **state)
{
	struct fixture *fixture = *state;

	make_directory(fixture, "conf", 0775);
	make_file(fixture->folder, "conf/policy.json", "{}", 0644);
	expect_bad_directory(fixture);
	assert_int_equal(fchmodat(fixture->monitor.files.cwd_fd, "conf", 01757, 0), 0);
	expect_bad_directory(fixture);
}

static void refuses_a_policy_of_somebody_else(void **state)
{
	struct fixture *fixture = *state;
	int cwd_fd = fixture->monitor.files.cwd_fd;

	NEEDS_ROOT();
	make_directory(fixture, "conf", 0755);
	make_file(fixture->folder, "conf/policy.json", "{}", 0644);
	assert_int_equal(fchownat(cwd_fd, "conf/policy.json", ORDINARY_ID, 0, 0), 0);
	expect_bad_file(fixture);
	assert_int_equal(fchownat(cwd_fd, "conf/policy.json", 0, 0, 0), 0);
	assert_int_equal(fchownat(cwd_fd, "conf", ORDINARY_ID, 0, 0), 0);
	expect_bad_directory(fixture);
}

static void refuses_a_file_in_place_of_the_policys_directory(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture->folder, "conf", "", 0644);
	expect_refusal_of(fixture, "cannot open directory '", "': Not a directory");
}

struct attempt {
	struct files files;
	int result;
	bool found;
	struct err err;
};

static void open_as_user(void *result)
{
	struct attempt *attempt = result;
	int fd;

	attempt->result = files_open_policy(&fd, &attempt->err);
	attempt->found = attempt->result == 0 && fd >= 0;
}

static void expect_users_policy(bool found)
{
	static struct attempt attempt;

	run_as_user(open_as_user, &attempt, sizeof(attempt));
	expect_success(attempt.result, &attempt.err);
	assert_int_equal(attempt.found, found);
}

static void reads_a_users_own_policy(void **state)
{
	static struct attempt attempt;
	struct fixture *fixture = *state;
	const char *home = getenv("HOME");
	char *saved = mem_must(strdup(home == NULL ? "/" : home));
	int cwd_fd = fixture->monitor.files.cwd_fd;
	bool machine_has_one = access("/etc/snplaunch/policy.json", F_OK) == 0;

	(void)unsetenv("CONFIGURATION_DIRECTORY");
	(void)unsetenv("XDG_CONFIG_HOME");
	assert_int_equal(chmod(fixture->folder, 0755), 0);
	make_directory(fixture, ".config", 0755);
	make_directory(fixture, ".config/snplaunch", 0755);
	(void)setenv("HOME", fixture->folder, 1);
	expect_users_policy(machine_has_one);
	make_file(fixture->folder, ".config/snplaunch/policy.json", "{}", 0644);
	expect_users_policy(true); // of root's or the user's own
	if (geteuid() == 0)
		assert_int_equal(fchownat(cwd_fd, ".config/snplaunch/policy.json", ORDINARY_ID,
					  ORDINARY_ID, 0),
				 0);
	expect_users_policy(true);
	assert_int_equal(fchmodat(cwd_fd, ".config/snplaunch/policy.json", 0666, 0), 0);
	run_as_user(open_as_user, &attempt, sizeof(attempt));
	assert_int_equal(attempt.result, -1);
	assert_int_equal(attempt.err.kind, ERR_REFUSED);
	assert_memory_equal(attempt.err.text, MUST, strlen(MUST));
	(void)setenv("XDG_CONFIG_HOME", "/nonexistent", 1); // goes before HOME
	expect_users_policy(machine_has_one);
	(void)unsetenv("XDG_CONFIG_HOME");
	(void)unsetenv("HOME");
	expect_users_policy(machine_has_one);
	(void)setenv("HOME", saved, 1);
	free(saved);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_file, tear_down_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(finds_a_policy_or_none),
		TEST(refuses_a_policy_that_is_no_regular_file),
		TEST(refuses_a_policy_that_others_may_write),
		TEST(refuses_a_policy_in_a_directory_that_others_may_write),
		TEST(refuses_a_policy_of_somebody_else),
		TEST(refuses_a_file_in_place_of_the_policys_directory),
		TEST(reads_a_users_own_policy),
	};

	return cmocka_run_group_tests_name("launcher/policy file", tests, NULL, NULL);
}
