// SPDX-License-Identifier: Apache-2.0
// The guest's control group, in a real cgroup v2 below one that this test makes, where it may.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include <linux/magic.h>
#include <signal.h>
#include <sys/vfs.h>

#include "base/log.h"
#include "base/mem.h"
#include "launcher/cgroup.h"

struct fixture {
	char name[40];	 // of the policy's cgroup, as the policy has it
	char folder[80]; // where that is
	char leaf[120];	 // the guest's
	struct host_policy policy;
	struct plan_needs needs;
	struct cgroup cgroup;
	size_t n_fds; // before the test
	char text[2000];
	struct err err;
};

// The mount of cgroup v2; "" when there is none that we may write.
static const char *find_mount(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	struct statfs fs;

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++)
		if (statfs(mounts[i], &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC &&
		    access(mounts[i], W_OK) == 0)
			return mounts[i];
	return "";
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	cgroup_init(&fixture->cgroup);
	fixture->needs = (struct plan_needs){
		.name = "web", .level = LEVEL_OFF, .vcpus = 4, .memory_mib = 2048
	};
	(void)snprintf(fixture->name, sizeof(fixture->name), "/snplaunch-unit-%d", getpid());
	(void)snprintf(fixture->folder, sizeof(fixture->folder), "%s%s", find_mount(),
		       fixture->name);
	(void)snprintf(fixture->leaf, sizeof(fixture->leaf), "%s/snplaunch-web", fixture->folder);
	memcpy(fixture->policy.cgroup, fixture->name, strlen(fixture->name));
	return mkdir(fixture->folder, 0755);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	cgroup_release(&fixture->cgroup);
	(void)rmdir(fixture->leaf); // of a test that failed
	assert_int_equal(rmdir(fixture->folder), 0);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

// Makes the leaf, and returns what was said meanwhile.
static const char *make(struct fixture *fixture)
{
	struct capture capture = capture_begin();
	int result =
		cgroup_make(&fixture->cgroup, &fixture->policy, &fixture->needs, &fixture->err);
	const char *text = capture_end(&capture, fixture->text, sizeof(fixture->text));

	expect_success(result, &fixture->err);
	return text;
}

// The content of a file of the leaf without its newline; "" when it is not there.
static const char *read_leaf(struct fixture *fixture, const char *name)
{
	static char text[100];
	char path[200];
	int fd;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "%s/%s", fixture->leaf, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = read(fd, text, sizeof(text) - 1);
	close_fd(&fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return text;
}

// A process in the leaf that does not end by itself.
static pid_t put_process(struct fixture *fixture)
{
	char path[200];
	char text[20];
	pid_t pid = fork();
	int fd;

	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			(void)pause();
	(void)snprintf(path, sizeof(path), "%s/cgroup.procs", fixture->leaf);
	(void)snprintf(text, sizeof(text), "%d", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close_fd(&fd);
	return pid;
}

static void makes_and_removes_the_guests_leaf(void **state)
{
	struct fixture *fixture = *state;

	(void)make(fixture);
	assert_true(fixture->cgroup.fd >= 0);
	assert_int_equal(fcntl(fixture->cgroup.fd, F_GETFD), FD_CLOEXEC);
	assert_true(exists(fixture->leaf));
	cgroup_release(&fixture->cgroup);
	assert_false(exists(fixture->leaf));
	assert_int_equal(fixture->cgroup.fd, -1);
	cgroup_release(&fixture->cgroup);
}

// Each limit is there, or is said not to be.
static void sets_limits_or_says_which_it_cannot(void **state)
{
	static const struct {
		const char *file;
		const char *value;
	} limits[] = {
		{ "memory.max", "2688548864" }, // 2048 and 516 MiB
		{ "memory.oom.group", "1" },
		{ "pids.max", "100" }, // 4 vCPUs and 96
	};
	struct fixture *fixture = *state;
	const char *said;

	fixture->policy.memory_overhead_mib = 516;
	said = make(fixture);
	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		char text[200];

		(void)snprintf(text, sizeof(text),
			       "cgroup '%s': %s is not limited: its controller is not there",
			       fixture->name, limits[i].file);
		if (strstr(said, text) == NULL)
			assert_string_equal(read_leaf(fixture, limits[i].file), limits[i].value);
		else
			assert_string_equal(read_leaf(fixture, limits[i].file), "");
	}
	assert_null(strstr(said, "misc.max"));
}

static void limits_asids_of_a_protected_guest_if_told_so(void **state)
{
	struct fixture *fixture = *state;
	const char *said;

	fixture->needs.level = LEVEL_SEV_SNP;
	fixture->policy.limit_asids = 1;
	said = make(fixture);
	// Without SEV there is nothing of the kind to count.
	if (strstr(said, ": misc.max is not limited: ") == NULL)
		assert_non_null(strstr(read_leaf(fixture, "misc.max"), "sev_es 1"));
}

static void replaces_the_leaf_of_a_launcher_that_was_killed(void **state)
{
	struct fixture *fixture = *state;
	struct stat before;
	struct stat after;

	assert_int_equal(mkdir(fixture->leaf, 0755), 0);
	assert_int_equal(stat(fixture->leaf, &before), 0);
	(void)make(fixture);
	assert_int_equal(stat(fixture->leaf, &after), 0);
	assert_int_not_equal(after.st_ino, before.st_ino);
}

static void refuses_a_leaf_where_something_still_runs(void **state)
{
	struct fixture *fixture = *state;
	char text[200];
	pid_t pid;

	assert_int_equal(mkdir(fixture->leaf, 0755), 0);
	pid = put_process(fixture);
	assert_int_equal(
		cgroup_make(&fixture->cgroup, &fixture->policy, &fixture->needs, &fixture->err),
		-1);
	(void)snprintf(text, sizeof(text),
		       "cannot make 'snplaunch-web' in the host policy's cgroup '%s': File exists",
		       fixture->name);
	expect_error(&fixture->err, ERR_HOST, text);
	assert_int_equal(fixture->cgroup.fd, -1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(wait_for_exit(pid), -1);
	(void)make(fixture);
}

static void kills_what_is_left_in_the_leaf(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid;

	(void)make(fixture);
	pid = put_process(fixture);
	cgroup_release(&fixture->cgroup);
	assert_false(exists(fixture->leaf));
	assert_int_equal(wait_for_exit(pid), -1);
}

static void refuses_a_cgroup_that_is_not_there(void **state)
{
	static const char none[] = "/snplaunch-unit-none";
	struct fixture *fixture = *state;

	memset(fixture->policy.cgroup, 0, sizeof(fixture->policy.cgroup));
	memcpy(fixture->policy.cgroup, none, sizeof(none));
	assert_int_equal(
		cgroup_make(&fixture->cgroup, &fixture->policy, &fixture->needs, &fixture->err),
		-1);
	assert_non_null(strstr(fixture->err.text, "cannot make 'snplaunch-web' in the host "
						  "policy's cgroup '/snplaunch-unit-none': "));
	assert_int_equal(fixture->err.kind, ERR_HOST);
	assert_int_equal(fixture->cgroup.fd, -1);
}

struct attempt {
	struct fixture *fixture;
	int result;
	struct err err;
};

static void make_as_user(void *result)
{
	struct attempt *attempt = result;
	struct fixture *fixture = attempt->fixture;

	attempt->result =
		cgroup_make(&fixture->cgroup, &fixture->policy, &fixture->needs, &attempt->err);
}

static void refuses_a_cgroup_that_may_not_be_written(void **state)
{
	struct attempt attempt = { .fixture = *state };
	char text[200];

	NEEDS_ROOT();
	run_as_user(make_as_user, &attempt, sizeof(attempt));
	assert_int_equal(attempt.result, -1);
	(void)snprintf(text, sizeof(text),
		       "cannot make 'snplaunch-web' in the host policy's cgroup '%s': "
		       "Permission denied",
		       attempt.fixture->name);
	expect_error(&attempt.err, ERR_HOST, text);
}

// Nobody asked for one, and the machine's root cgroup is no launcher's own.
static void does_without_a_cgroup_that_nobody_asked_for(void **state)
{
	struct attempt attempt = { .fixture = *state };

	NEEDS_ROOT();
	memset(attempt.fixture->policy.cgroup, 0, sizeof(attempt.fixture->policy.cgroup));
	run_as_user(make_as_user, &attempt, sizeof(attempt));
	expect_success(attempt.result, &attempt.err);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_and_removes_the_guests_leaf),
		TEST(sets_limits_or_says_which_it_cannot),
		TEST(limits_asids_of_a_protected_guest_if_told_so),
		TEST(replaces_the_leaf_of_a_launcher_that_was_killed),
		TEST(refuses_a_leaf_where_something_still_runs),
		TEST(kills_what_is_left_in_the_leaf),
		TEST(refuses_a_cgroup_that_is_not_there),
		TEST(refuses_a_cgroup_that_may_not_be_written),
		TEST(does_without_a_cgroup_that_nobody_asked_for),
	};

	if (find_mount()[0] == '\0') {
		print_message("[  SKIPPED ] launcher/cgroup: no cgroup v2 that we may write\n");
		return 0;
	}
	log_settings.program = "launcher";
	return cmocka_run_group_tests_name("launcher/cgroup", tests, NULL, NULL);
}
