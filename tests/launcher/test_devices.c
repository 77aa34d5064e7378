// SPDX-License-Identifier: Apache-2.0
// QEMU's own device nodes, in a file system that is mounted nowhere.

#include "tests/base/process.h"

#include <sys/sysmacros.h>

#include "launcher/devices.h"

#define OWNER 4711

static bool has_node(int dev_fd, const char *name)
{
	return faccessat(dev_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void expect_node(int dev_fd, const char *name, unsigned int minor)
{
	struct stat st;

	assert_int_equal(fstatat(dev_fd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_int_equal(st.st_mode, S_IFCHR | 0600);
	assert_int_equal(st.st_uid, OWNER);
	assert_int_equal(st.st_gid, OWNER);
	assert_int_equal(st.st_rdev, makedev(1, minor));
}

static void makes_nodes_that_belong_to_qemu_alone(void **state)
{
	static const struct plan_needs needs = { .level = LEVEL_OFF };
	AUTO(fd) int dev_fd = -1;
	struct err err;

	(void)state;
	NEEDS_ROOT();
	expect_success(devices_make(&needs, OWNER, &dev_fd, &err), &err);
	assert_int_equal(fcntl(dev_fd, F_GETFD), FD_CLOEXEC);
	expect_node(dev_fd, "null", 3);
	expect_node(dev_fd, "urandom", 9);
	assert_false(has_node(dev_fd, "kvm"));
	assert_false(has_node(dev_fd, "sev"));
}

static void makes_a_kvm_node_for_a_qemu_that_opens_it_itself(void **state)
{
	static const struct plan_needs needs = { .level = LEVEL_OFF, .kvm_by_path = 1 };
	AUTO(fd) int dev_fd = -1;
	struct err err;

	(void)state;
	NEEDS_ROOT();
	if (access("/dev/kvm", F_OK) < 0) {
		assert_int_equal(devices_make(&needs, OWNER, &dev_fd, &err), -1);
		expect_error(&err, ERR_HOST,
			     "there is no device '/dev/kvm': No such file or directory");
		return;
	}
	expect_success(devices_make(&needs, OWNER, &dev_fd, &err), &err);
	assert_true(has_node(dev_fd, "kvm"));
	assert_int_equal(faccessat(dev_fd, "sev", F_OK, AT_SYMLINK_NOFOLLOW), -1);
}

static void says_that_a_protected_guest_needs_the_sev_device(void **state)
{
	static const struct plan_needs needs = { .level = LEVEL_SEV_SNP };
	size_t n_before = count_fds();
	AUTO(fd) int dev_fd = -1;
	struct err err;

	(void)state;
	NEEDS_ROOT();
	if (access("/dev/sev", F_OK) == 0) {
		expect_success(devices_make(&needs, OWNER, &dev_fd, &err), &err);
		assert_true(has_node(dev_fd, "sev"));
		return;
	}
	assert_int_equal(devices_make(&needs, OWNER, &dev_fd, &err), -1);
	expect_error(&err, ERR_HOST, "there is no device '/dev/sev': No such file or directory");
	assert_int_equal(dev_fd, -1);
	assert_int_equal(count_fds(), n_before);
}

struct attempt {
	int result;
	struct err err;
};

static void make_as_user(void *result)
{
	static const struct plan_needs needs = { .level = LEVEL_OFF };
	struct attempt *attempt = result;
	int fd = -1;

	attempt->result = devices_make(&needs, OWNER, &fd, &attempt->err);
}

static void fails_without_privilege(void **state)
{
	struct attempt attempt;

	(void)state;
	run_as_user(make_as_user, &attempt, sizeof(attempt));
	assert_int_equal(attempt.result, -1);
	expect_error(&attempt.err, ERR_SYSTEM,
		     "cannot make a file system for device nodes: Operation not permitted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(makes_nodes_that_belong_to_qemu_alone),
		cmocka_unit_test(makes_a_kvm_node_for_a_qemu_that_opens_it_itself),
		cmocka_unit_test(says_that_a_protected_guest_needs_the_sev_device),
		cmocka_unit_test(fails_without_privilege),
	};

	return cmocka_run_group_tests_name("launcher/devices", tests, NULL, NULL);
}
