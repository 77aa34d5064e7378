// SPDX-License-Identifier: Apache-2.0
// Starting QEMU where the kernel refuses a call that a layer of the jail needs: by default nothing is
// started and the remedy is told; with confinement "auto" it goes on without the layer and says so.
// A filter of a process between this test and the launcher's part makes the kernel refuse.

#include "tests/launcher/spawn_fixture.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>

#include "base/log.h"

#define PR_SET_MDWE_OPTION 65 // in linux/prctl.h since 6.3
#define ANY UINT32_MAX

#define REMEDY_END ", or set \"confinement\" to \"auto\" in the host policy"

struct refusal {
	const char *name;
	uint32_t call;
	uint32_t argument; // its first, or ANY
	enum err_kind kind;
	const char *text;
	const char *note; // with confinement "auto"; NULL: it does not go on
};

// In the order in which they are needed.
static const struct refusal refusals[] = {
	{ "mount", SYS_mount, ANY, ERR_SYSTEM, "QEMU: cannot mount a new root: No medium found",
	  NULL },
	{ "chdir", SYS_chdir, ANY, ERR_SYSTEM, "QEMU: cannot mount a new root: No medium found",
	  NULL },
	{ "mkdirat", SYS_mkdirat, ANY, ERR_SYSTEM,
	  "QEMU: cannot fill the new root: No medium found", NULL },
	{ "symlinkat", SYS_symlinkat, ANY, ERR_SYSTEM,
	  "QEMU: cannot fill the new root: No medium found", NULL },
	{ "open_tree", SYS_open_tree, ANY, ERR_SYSTEM, "QEMU: cannot show '/usr': No medium found",
	  NULL },
	{ "mount_setattr", SYS_mount_setattr, ANY, ERR_SYSTEM,
	  "QEMU: cannot show '/usr': No medium found", NULL },
	{ "move_mount", SYS_move_mount, ANY, ERR_SYSTEM,
	  "QEMU: cannot show '/usr': No medium found", NULL },
	{ "mknodat", SYS_mknodat, ANY, ERR_SYSTEM, "QEMU: cannot make '/dev/null': No medium found",
	  NULL },
	{ "pivot_root", SYS_pivot_root, ANY, ERR_SYSTEM,
	  "QEMU: cannot enter the new root: No medium found", NULL },
	{ "umount2", SYS_umount2, ANY, ERR_SYSTEM,
	  "QEMU: cannot enter the new root: No medium found", NULL },
	{ "fork", SYS_clone, ANY, ERR_SYSTEM, "QEMU: cannot make a process: No medium found",
	  NULL },
	{ "keyctl", SYS_keyctl, ANY, ERR_HOST,
	  "QEMU: confinement layer 'keyring': cannot get a new session keyring: No medium found: "
	  "use a kernel with CONFIG_KEYS, in a container that allows keyctl()" REMEDY_END,
	  "confinement layer 'keyring' is missing: cannot get a new session keyring: "
	  "No medium found" },
#ifndef __SANITIZE_ADDRESS__ // which needs it
	{ "prlimit64", SYS_prlimit64, ANY, ERR_SYSTEM,
	  "QEMU: confinement layer 'limits': cannot read RLIMIT_CORE: No medium found", NULL },
#endif
	{ "PR_SET_MDWE", SYS_prctl, PR_SET_MDWE_OPTION, ERR_HOST,
	  "QEMU: confinement layer 'no-exec-gain': cannot refuse to make memory executable: "
	  "No medium found: use Linux 6.3 or later" REMEDY_END,
	  "confinement layer 'no-exec-gain' is missing: cannot refuse to make memory executable: "
	  "No medium found" },
	{ "landlock_create_ruleset", SYS_landlock_create_ruleset, ANY, ERR_HOST,
	  "QEMU: confinement layer 'landlock': cannot use Landlock: No medium found: use Linux "
	  "5.13 or later with landlock in the kernel parameter lsm=" REMEDY_END,
	  "confinement layer 'landlock' is missing: cannot use Landlock: No medium found" },
	{ "landlock_add_rule", SYS_landlock_add_rule, ANY, ERR_HOST,
	  "QEMU: confinement layer 'landlock': cannot use Landlock: No medium found: use Linux "
	  "5.13 or later with landlock in the kernel parameter lsm=" REMEDY_END,
	  "confinement layer 'landlock' is missing: cannot use Landlock: No medium found" },
	{ "landlock_restrict_self", SYS_landlock_restrict_self, ANY, ERR_HOST,
	  "QEMU: confinement layer 'landlock': cannot restrict itself: No medium found: use Linux "
	  "5.13 or later with landlock in the kernel parameter lsm=" REMEDY_END,
	  "confinement layer 'landlock' is missing: cannot restrict itself: No medium found" },
};

// What came of it; plain bytes, because it comes through a pipe.
struct launch {
	int jail_fd;
	int exe_fd;
	enum confinement confinement;
	const struct refusal *refusal; // NULL: namespaces
	bool cannot_set_up;
	int result;
	struct err err;
	bool leaves_something;
	bool shares_pid_namespace;
	char printed[200];
	char log[600];
};

static int refuse(const struct refusal *refusal)
{
	const uint32_t argument = (uint32_t)offsetof(struct seccomp_data, args[0]);
	struct sock_filter steps[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, refusal->call, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
		BPF_JUMP(BPF_JMP | (refusal->argument == ANY ? BPF_JGE : BPF_JEQ) | BPF_K,
			 refusal->argument == ANY ? 0 : refusal->argument, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEDIUM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { ARRAY_LEN(steps), steps };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ?
		       -1 :
		       0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = write(fd, text, strlen(text));

	close_fd(&fd);
	return n < 0 ? -1 : 0;
}

// A user whose user namespaces are used up, as far as this namespace of his goes.
static int refuse_namespaces(void)
{
	char uids[40];
	char gids[40];

	(void)snprintf(uids, sizeof(uids), "%u %u 1", geteuid(), geteuid());
	(void)snprintf(gids, sizeof(gids), "%u %u 1", getegid(), getegid());
	return unshare(CLONE_NEWUSER) < 0 || write_text("/proc/self/setgroups", "deny") < 0 ||
			       write_text("/proc/self/uid_map", uids) < 0 ||
			       write_text("/proc/self/gid_map", gids) < 0 ||
			       write_text("/proc/sys/user/max_user_namespaces", "0") < 0 ?
		       -1 :
		       0;
}

static void look(struct launch *launch, const struct spawned *spawned)
{
	char ours[60] = "";

	(void)read_all(spawned->stderr_ends[0], launch->printed, sizeof(launch->printed));
	launch->shares_pid_namespace = readlink("/proc/self/ns/pid", ours, sizeof(ours) - 1) > 0 &&
				       strncmp(launch->printed, ours, strlen(ours)) == 0;
}

static void launch_refused(void *result)
{
	struct launch *launch = result;
	struct spawned spawned;
	size_t n_before = count_fds();
	int log_fd = memfd_create("log", MFD_CLOEXEC);

	log_settings.program = "launcher";
	(void)dup2(log_fd, STDERR_FILENO);
	launch->cannot_set_up =
		(launch->refusal == NULL ? refuse_namespaces() : refuse(launch->refusal)) < 0;
	spawned_init_with(&spawned, fcntl(launch->jail_fd, F_DUPFD_CLOEXEC, 0),
			  fcntl(launch->exe_fd, F_DUPFD_CLOEXEC, 0));
	spawned.policy.confinement = launch->confinement;
	spawned.order.confinement = launch->confinement;
	spawned_use_kvm(&spawned); // for which there is one layer more
	spawned_tell(&spawned, "link=/proc/self/ns/pid", NULL);
	spawned_run(&spawned);
	launch->result = spawned.result;
	launch->err = spawned.err;
	look(launch, &spawned);
	spawned_release(&spawned);
	(void)!pread(log_fd, launch->log, sizeof(launch->log) - 1, 0);
	close_fd(&log_fd);
	launch->leaves_something = count_fds() != n_before || !has_no_children();
}

static int jail_fd;
static int exe_fd;

static struct launch try_launch(const struct refusal *refusal, enum confinement confinement)
{
	struct launch launch = {
		.jail_fd = jail_fd, .exe_fd = exe_fd, .confinement = confinement, .refusal = refusal
	};

	run_as_user(launch_refused, &launch, sizeof(launch));
	assert_false(launch.leaves_something);
	return launch;
}

static void starts_nothing_without_a_layer_by_default(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct launch launch = try_launch(&refusals[i], CONFINEMENT_REQUIRE);

		assert_false(launch.cannot_set_up);
		if (launch.result == 0)
			fail_msg("started without %s", refusals[i].name);
		expect_error(&launch.err, refusals[i].kind, refusals[i].text);
		assert_string_equal(launch.printed, "");
		assert_string_equal(launch.log, "");
	}
}

static void goes_on_without_a_layer_if_told_so_and_says_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		struct launch launch = try_launch(&refusals[i], CONFINEMENT_AUTO);
		char expected[300];

		if (refusals[i].note == NULL) { // no kernel that snplaunch supports lacks it
			assert_int_equal(launch.result, -1);
			expect_error(&launch.err, refusals[i].kind, refusals[i].text);
			continue;
		}
		expect_success(launch.result, &launch.err);
		(void)snprintf(expected, sizeof(expected), "launcher: warning: %s\n",
			       refusals[i].note);
		assert_string_equal(launch.log, expected);
		assert_memory_equal(launch.printed, "pid:[", 5);
		assert_false(launch.shares_pid_namespace);
	}
}

static void tells_what_allows_user_namespaces(void **state)
{
	struct launch launch = try_launch(NULL, CONFINEMENT_REQUIRE);

	(void)state;
	if (launch.cannot_set_up) {
		print_message("skipped: a user may make no user namespace here\n");
		skip();
	}
	assert_int_equal(launch.result, -1);
	expect_error(
		&launch.err, ERR_HOST,
		"QEMU: confinement layer 'namespaces': cannot make a process: No space left on "
		"device: allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
		"user.max_user_namespaces above 0, "
		"kernel.apparmor_restrict_unprivileged_userns=0; a chroot never has one), or "
		"start snplaunch as root" REMEDY_END);
	assert_string_equal(launch.printed, "");
}

static void goes_on_without_namespaces_if_told_so(void **state)
{
	struct launch launch = try_launch(NULL, CONFINEMENT_AUTO);

	(void)state;
	if (launch.cannot_set_up) {
		print_message("skipped: a user may make no user namespace here\n");
		skip();
	}
	expect_success(launch.result, &launch.err);
	assert_true(launch.shares_pid_namespace);
	assert_string_equal(launch.log, "launcher: warning: confinement layer 'namespaces' is "
					"missing: cannot make a process: No space left on "
					"device\nlauncher: warning: confinement layer 'root' is "
					"missing: it needs namespaces\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_nothing_without_a_layer_by_default),
		cmocka_unit_test(goes_on_without_a_layer_if_told_so_and_says_it),
		cmocka_unit_test(tells_what_allows_user_namespaces),
		cmocka_unit_test(goes_on_without_namespaces_if_told_so),
	};

	if (!can_start_qemu("launcher/spawn refused"))
		return 0;
	jail_fd = open(find_program(JAIL), O_PATH | O_CLOEXEC);
	exe_fd = open(find_program(INMATE), O_RDONLY | O_CLOEXEC);
	return cmocka_run_group_tests_name("launcher/spawn refused", tests, close_what_is_inherited,
					   NULL);
}
