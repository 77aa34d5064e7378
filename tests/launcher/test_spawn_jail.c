// SPDX-License-Identifier: Apache-2.0
// What QEMU may not have and not see, asked for by a program in its place, or looked up from outside.

#include "tests/launcher/spawn_fixture.h"

#include <sys/resource.h>

#include "launcher/devices.h"

#define MDWE_OF_SELF 66 // PR_GET_MDWE, in linux/prctl.h since 6.3

static int set_up(void **state)
{
	return set_up_with(state, find_program(INMATE));
}

static void start(struct fixture *fixture)
{
	spawned_run(&fixture->spawned);
	expect_success(fixture->spawned.result, &fixture->spawned.err);
}

#define TELL(fixture, ...) spawned_tell(&(fixture)->spawned, __VA_ARGS__, NULL)

// Runs what was told, to the end.
static void expect_printed(struct fixture *fixture, const char *text)
{
	start(fixture);
	assert_string_equal(printed(fixture), text);
}

static const char *expect_waiting(struct fixture *fixture, const char *const *words)
{
	TELL(fixture, "wait");
	start(fixture);
	spawned_status(&fixture->spawned, words, fixture->text, sizeof(fixture->text));
	return fixture->text;
}

// --- Identity ------------------------------------------------------------------------------------

static const char *const identity[] = { "Uid", "Gid", "Groups", "Cap", "NoNewPrivs", NULL };

static void takes_all_privilege_from_qemu_started_by_root(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	expect_identity(expect_waiting(fixture, identity), SNPLAUNCH_QEMU_UID, SNPLAUNCH_QEMU_UID);
}

static void runs_qemu_as_the_user_of_the_policy(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->spawned.policy.front_uid = 4711; // its init's
	fixture->spawned.policy.qemu_uid = 4712;
	expect_identity(expect_waiting(fixture, identity), 4712, 4712);
}

// What an ordinary user's launch did; plain bytes, because it comes through a pipe.
struct user_launch {
	int jail_fd; // opened by who may
	int exe_fd;
	struct err err;
	int result;
	size_t n_leaked_fds;
	bool has_children;
	char text[1024];
};

static void launch_as_user(void *result)
{
	struct user_launch *launch = result;
	struct spawned spawned;
	size_t n_before = count_fds();

	spawned_init_with(&spawned, fcntl(launch->jail_fd, F_DUPFD_CLOEXEC, 0),
			  fcntl(launch->exe_fd, F_DUPFD_CLOEXEC, 0));
	spawned_tell(&spawned, "wait", NULL);
	spawned_run(&spawned);
	launch->result = spawned.result;
	launch->err = spawned.err;
	if (spawned.result == 0)
		spawned_status(&spawned, identity, launch->text, sizeof(launch->text));
	spawned_release(&spawned);
	launch->n_leaked_fds = count_fds() - n_before;
	launch->has_children = !has_no_children();
}

static void takes_all_privilege_from_qemu_started_by_a_user(void **state)
{
	static struct user_launch launch;
	struct fixture *fixture = *state;

	launch.jail_fd = fixture->spawned.jail_fd;
	launch.exe_fd = fixture->spawned.exe_fd;
	run_as_user(launch_as_user, &launch, sizeof(launch));
	if (launch.result < 0 && strstr(launch.err.text, "confinement layer '") != NULL) {
		assert_int_equal(launch.err.kind, ERR_HOST);
		print_message("skipped: %s\n", launch.err.text);
		skip();
	}
	expect_success(launch.result, &launch.err);
	expect_identity(launch.text, geteuid() == 0 ? ORDINARY_ID : geteuid(),
			geteuid() == 0 ? ORDINARY_ID : getegid());
	assert_int_equal(launch.n_leaked_fds, 0);
	assert_false(launch.has_children);
}

// --- Namespaces and limits -----------------------------------------------------------------------

static void shares_no_namespace(void **state)
{
	static const char *const namespaces[] = { "user", "mnt", "pid",	  "net",
						  "ipc",  "uts", "cgroup" };
	struct fixture *fixture = *state;
	char *at;
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
		argv_pushf(&fixture->spawned.acts, "link=/proc/self/ns/%s", namespaces[i]);
	start(fixture);
	at = (char *)printed(fixture);
	for (size_t i = 0; i < ARRAY_LEN(namespaces); i++, at = end + 1) {
		char path[40];
		char ours[60] = "";

		end = strchr(at, '\n');
		assert_non_null(end);
		*end = '\0';
		(void)snprintf(path, sizeof(path), "/proc/self/ns/%s", namespaces[i]);
		assert_true(readlink(path, ours, sizeof(ours) - 1) > 0);
		assert_memory_equal(at, namespaces[i], strlen(namespaces[i]));
		assert_string_not_equal(at, ours);
	}
}

static void limits_core_files_descriptors_and_queues(void **state)
{
	struct fixture *fixture = *state;
	const int resources[] = { RLIMIT_CORE, RLIMIT_NOFILE, RLIMIT_MSGQUEUE };

	for (size_t i = 0; i < ARRAY_LEN(resources); i++)
		argv_pushf(&fixture->spawned.acts, "limit=%d", resources[i]);
	expect_printed(fixture, "1 1\n1024 1024\n0 0\n");
}

// Where the limit may not be raised, as for a user; plain bytes, because it comes through a pipe.
static void launch_sev_as_user(void *result)
{
	const struct rlimit low = { 1 << 20, 1 << 20 };
	struct user_launch *launch = result;
	struct spawned spawned;

	(void)setrlimit(RLIMIT_MEMLOCK, &low);
	spawned_init_with(&spawned, fcntl(launch->jail_fd, F_DUPFD_CLOEXEC, 0),
			  fcntl(launch->exe_fd, F_DUPFD_CLOEXEC, 0));
	spawned.plan.level = LEVEL_SEV;
	spawned_run(&spawned);
	launch->result = spawned.result;
	launch->err = spawned.err;
	spawned_release(&spawned);
	launch->has_children = !has_no_children();
}

static void says_how_much_memory_must_be_locked(void **state)
{
	static struct user_launch launch;
	struct fixture *fixture = *state;

	launch.jail_fd = fixture->spawned.jail_fd;
	launch.exe_fd = fixture->spawned.exe_fd;
	run_as_user(launch_sev_as_user, &launch, sizeof(launch));
	assert_int_equal(launch.result, -1);
	expect_error(&launch.err, ERR_REFUSED,
		     "QEMU: cannot let QEMU lock 128 MiB of memory: raise the limit (ulimit -l, "
		     "LimitMEMLOCK=): Operation not permitted");
	assert_false(launch.has_children);
}

static void filters_system_calls(void **state)
{
	static const char *const words[] = { "Seccomp:", NULL };
	struct fixture *fixture = *state;

	assert_string_equal(expect_waiting(fixture, words), "Seccomp:\t2\n");
}

static void keeps_memory_from_becoming_code_with_kvm(void **state)
{
	struct fixture *fixture = *state;

	if (prctl(MDWE_OF_SELF, 0, 0, 0, 0) < 0) {
		print_message("skipped: this kernel cannot\n");
		skip();
	}
	spawned_use_kvm(&fixture->spawned);
	TELL(fixture, "code");
	expect_printed(fixture, "code: Permission denied\n");
}

static void lets_memory_become_code_without_kvm(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "code");
	expect_printed(fixture, "code: done\n");
}

// --- Files ---------------------------------------------------------------------------------------

static void shows_a_root_with_few_names(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "link=/bin", "link=/lib", "link=/lib64", "node=/etc", "node=/home",
	     "node=/run", "node=/sys", "node=/tmp", "node=/var", "node=/proc/sys", "node=/proc/1",
	     "node=/dev/kvm", "node=/dev/sev", "node=/dev/zero", "node=/dev/pts");
	expect_printed(fixture, "usr/bin\nusr/lib\nusr/lib64\n"
				"/etc: No such file or directory\n"
				"/home: No such file or directory\n"
				"/run: No such file or directory\n"
				"/sys: No such file or directory\n"
				"/tmp: No such file or directory\n"
				"/var: No such file or directory\n"
				"/proc/sys: No such file or directory\n"
				"/proc/1: No such file or directory\n"
				"/dev/kvm: No such file or directory\n"
				"/dev/sev: No such file or directory\n"
				"/dev/zero: No such file or directory\n"
				"/dev/pts: No such file or directory\n");
}

static void lets_nothing_be_written(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "read=/usr/bin/env", "write=/usr/bin/env", "make=/usr/new", "make=/new",
	     "make=/dev/new", "make=/proc/new", "write=/proc/self/comm", "read=/dev/null",
	     "write=/dev/null", "read=/dev/urandom", "write=/dev/urandom");
	// Landlock speaks first where there is something to open.
	expect_printed(fixture, "/usr/bin/env: done\n"
				"/usr/bin/env: Permission denied\n"
				"/usr/new: Read-only file system\n"
				"/new: Read-only file system\n"
				"/dev/new: Read-only file system\n"
				"/proc/new: No such file or directory\n"
				"/proc/self/comm: Read-only file system\n"
				"/dev/null: done\n"
				"/dev/null: done\n"
				"/dev/urandom: done\n"
				"/dev/urandom: Permission denied\n");
}

// A copy of the inmate in FOLDER/bin, and a file beside that.
static void install_inmate(struct fixture *fixture)
{
	char path[60];
	int from_fd = open(find_program(INMATE), O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *content;

	assert_int_equal(fstat(from_fd, &st), 0);
	content = mem_zeroed(1, (size_t)st.st_size);
	assert_int_equal(read(from_fd, content, (size_t)st.st_size), st.st_size);
	close_fd(&from_fd);
	spawned_release(&fixture->spawned);
	assert_int_equal(chmod(fixture->folder, 0755), 0);
	(void)snprintf(path, sizeof(path), "%s/bin", fixture->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	make_file(fixture->folder, "rom", "", 0666);
	make_file(fixture->folder, "bin/inmate", "", 0755);
	(void)snprintf(path, sizeof(path), "%s/bin/inmate", fixture->folder);
	from_fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(from_fd, content, (size_t)st.st_size), st.st_size);
	close_fd(&from_fd);
	free(content);
	spawned_init(&fixture->spawned, path);
	argv_pushf(&fixture->spawned.acts, "read=%s/rom", fixture->folder);
	argv_pushf(&fixture->spawned.acts, "write=%s/rom", fixture->folder);
	argv_pushf(&fixture->spawned.acts, "make=%s/new", fixture->folder);
}

static void expect_of_rom(struct fixture *fixture, const char *read_result,
			  const char *write_result, const char *make_result)
{
	char expected[300];

	(void)snprintf(expected, sizeof(expected), "%s/rom: %s\n%s/rom: %s\n%s/new: %s\n",
		       fixture->folder, read_result, fixture->folder, write_result, fixture->folder,
		       make_result);
	expect_printed(fixture, expected);
}

static void shows_the_folder_of_a_listed_qemu(void **state)
{
	struct fixture *fixture = *state;

	install_inmate(fixture);
	fixture->spawned.order.is_listed = true;
	expect_of_rom(fixture, "done", "Read-only file system", "Read-only file system");
}

static void hides_the_folder_of_an_unlisted_qemu(void **state)
{
	static const char none[] = "No such file or directory";
	struct fixture *fixture = *state;

	install_inmate(fixture);
	expect_of_rom(fixture, none, none, none);
}

// Root's QEMU has device nodes that nobody else may open.
static void gives_roots_qemu_private_devices(void **state)
{
	static const struct plan_needs needs = { .level = LEVEL_OFF };
	struct fixture *fixture = *state;
	AUTO(fd) int dev_fd = -1;
	char expected[200];

	NEEDS_ROOT();
	expect_success(devices_make(&needs, SNPLAUNCH_QEMU_UID, &dev_fd, &fixture->spawned.err),
		       &fixture->spawned.err);
	fixture->spawned.order.fds[ORDER_DEV] = dev_fd;
	TELL(fixture, "node=/dev/null", "node=/dev/urandom", "node=/dev/kvm", "write=/dev/null",
	     "read=/dev/urandom", "make=/dev/new");
	(void)snprintf(expected, sizeof(expected),
		       "/dev/null: 20600 %u\n/dev/urandom: 20600 %u\n"
		       "/dev/kvm: No such file or directory\n"
		       "/dev/null: done\n/dev/urandom: done\n/dev/new: Read-only file system\n",
		       SNPLAUNCH_QEMU_UID, SNPLAUNCH_QEMU_UID);
	expect_printed(fixture, expected);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_all_privilege_from_qemu_started_by_root),
		TEST(runs_qemu_as_the_user_of_the_policy),
		TEST(takes_all_privilege_from_qemu_started_by_a_user),
		TEST(shares_no_namespace),
		TEST(limits_core_files_descriptors_and_queues),
		TEST(says_how_much_memory_must_be_locked),
		TEST(filters_system_calls),
		TEST(keeps_memory_from_becoming_code_with_kvm),
		TEST(lets_memory_become_code_without_kvm),
		TEST(shows_a_root_with_few_names),
		TEST(lets_nothing_be_written),
		TEST(shows_the_folder_of_a_listed_qemu),
		TEST(hides_the_folder_of_an_unlisted_qemu),
		TEST(gives_roots_qemu_private_devices),
	};

	if (!can_start_qemu("launcher/spawn jail"))
		return 0;
	return cmocka_run_group_tests_name("launcher/spawn jail", tests, close_what_is_inherited,
					   NULL);
}
