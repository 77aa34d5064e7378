// SPDX-License-Identifier: Apache-2.0
// The host policy that the launcher leaves the front, and what the front concludes from it.

#include "tests/base/process.h"

#include <sys/auxv.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "cli/client.h"
#include "config.h"

static struct client *client;
static struct err err;
static int policy_fd;

static int set_up(void **state)
{
	(void)state;
	client = mem_zeroed(1, sizeof(*client));
	client_init(client, -1);
	policy_fd = memfd_create("policy", MFD_CLOEXEC);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_fd(&policy_fd);
	free(client);
	return 0;
}

// With the judge's rules behind it, of which 'n_lacking' bytes lack.
static void leave(const struct host_policy *policy, size_t n_lacking)
{
	static struct compiled_policy compiled;
	size_t len = sizeof(compiled) - n_lacking;

	compiled = (struct compiled_policy){ .host = *policy, .rules.vcpus_max = 3 };
	assert_int_equal(pwrite(policy_fd, &compiled, len, 0), len);
}

static void has_defaults_without_a_file(void **state)
{
	(void)state;
	expect_success(client_read_policy(client, -1, &err), &err);
	assert_false(client->has_policy);
	assert_int_equal(client->rules.vcpus_max, 0);
	assert_int_equal(client->policy.confinement, CONFINEMENT_REQUIRE);
	assert_int_equal(client->policy.memory_overhead_mib,
			 HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT);
}

static void takes_what_the_launcher_left(void **state)
{
	const struct host_policy policy = { .seccomp = SECCOMP_LOG, .memory_overhead_mib = 7 };

	(void)state;
	leave(&policy, 0);
	expect_success(client_read_policy(client, policy_fd, &err), &err);
	assert_true(client->has_policy);
	assert_int_equal(client->policy.seccomp, SECCOMP_LOG);
	assert_int_equal(client->policy.memory_overhead_mib, 7);
	assert_int_equal(client->rules.vcpus_max, 3);
}

static void refuses_half_a_policy(void **state)
{
	const struct host_policy policy = { 0 };

	(void)state;
	leave(&policy, 1);
	assert_int_equal(client_read_policy(client, policy_fd, &err), -1);
	expect_error(&err, ERR_BUG, "cannot read the host policy");
}

// Whoever runs this test is not the build's front, so a user has started it.
static void gives_a_user_s_processes_that_user(void **state)
{
	uint32_t own_uid = (uint32_t)getauxval(AT_UID);
	const struct host_policy policy = { .qemu_uid = 5 };

	(void)state;
	leave(&policy, 0);
	expect_success(client_read_policy(client, policy_fd, &err), &err);
	assert_false(client->by_root);
	assert_int_equal(client->policy.front_uid, own_uid);
	assert_int_equal(client->policy.qemu_uid, own_uid);
}

static void knows_root_s_launch_by_the_front_s_uid(void **state)
{
	const struct host_policy policy = { .front_uid = (uint32_t)getauxval(AT_UID) };

	(void)state;
	if (policy.front_uid == 0) {
		print_message("root cannot try this: as front_uid 0 means the build's\n");
		skip();
	}
	leave(&policy, 0);
	expect_success(client_read_policy(client, policy_fd, &err), &err);
	assert_true(client->by_root);
	assert_int_equal(client->policy.qemu_uid, SNPLAUNCH_QEMU_UID);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(has_defaults_without_a_file),
		TEST(takes_what_the_launcher_left),
		TEST(refuses_half_a_policy),
		TEST(gives_a_user_s_processes_that_user),
		TEST(knows_root_s_launch_by_the_front_s_uid),
	};

	return cmocka_run_group_tests_name("cli/client_policy", tests, NULL, NULL);
}
