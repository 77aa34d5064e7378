// SPDX-License-Identifier: Apache-2.0
// Host policies: right ones, and every field of theirs made wrong.

#include "tests/base/process.h"

#include "config.h"
#include "launcher/host_policy.h"

static struct host_policy policy; // too large for a stack
static struct err err;

static int start_without_a_policy(void **state)
{
	(void)state;
	memset(&policy, 0, sizeof(policy));
	return 0;
}

static void expect_refusal(const char *text)
{
	assert_int_equal(host_policy_accept(&policy, &err), -1);
	expect_error(&err, ERR_REFUSED, text);
}

static void accepts_the_policy_of_a_machine_without_one(void **state)
{
	bool is_root = geteuid() == 0;

	(void)state;
	expect_success(host_policy_accept(&policy, &err), &err);
	assert_int_equal(policy.front_uid, is_root ? SNPLAUNCH_FRONT_UID : geteuid());
	assert_int_equal(policy.qemu_uid, is_root ? SNPLAUNCH_QEMU_UID : geteuid());
	assert_int_equal(policy.memory_overhead_mib, HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT);
	assert_int_equal(policy.memory_reserve_mib, HOST_POLICY_MEMORY_RESERVE_MIB_DEFAULT);
}

// Root's children have the policy's uids; a user's have the own one.
static void gives_a_user_no_uid_but_the_own_one(void **state)
{
	bool is_root = geteuid() == 0;

	(void)state;
	policy.front_uid = 4711;
	policy.qemu_uid = 4712;
	expect_success(host_policy_accept(&policy, &err), &err);
	assert_int_equal(policy.front_uid, is_root ? 4711 : geteuid());
	assert_int_equal(policy.qemu_uid, is_root ? 4712 : geteuid());
}

static void fill_path(char path[static HOST_POLICY_PATH_SIZE])
{
	memset(path, 'x', HOST_POLICY_PATH_SIZE);
	path[0] = '/';
	path[HOST_POLICY_PATH_SIZE - 1] = '\0';
}

static void accepts_the_largest_policy(void **state)
{
	(void)state;
	policy.confinement = CONFINEMENTS - 1;
	policy.seccomp = SECCOMP_ACTIONS - 1;
	policy.sev_issue_cmd = SEV_ISSUE_CMDS - 1;
	policy.front_uid = UINT32_MAX - 1;
	policy.qemu_uid = UINT32_MAX - 2;
	policy.memory_overhead_mib = HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX;
	policy.limit_asids = 1;
	policy.judges_off = 1;
	policy.memory_total_mib = HOST_POLICY_MEMORY_TOTAL_MIB_MAX;
	policy.memory_reserve_mib = HOST_POLICY_MEMORY_TOTAL_MIB_MAX;
	policy.sev_asids = HOST_POLICY_ASIDS_MAX;
	policy.sev_es_asids = HOST_POLICY_ASIDS_MAX;
	policy.n_qemu = HOST_POLICY_QEMUS_MAX;
	policy.n_artifact_directories = HOST_POLICY_DIRECTORIES_MAX;
	fill_path(policy.cgroup);
	fill_path(policy.file);
	for (size_t i = 0; i < HOST_POLICY_QEMUS_MAX; i++)
		fill_path(policy.qemu[i]);
	for (size_t i = 0; i < HOST_POLICY_DIRECTORIES_MAX; i++)
		fill_path(policy.artifact_directories[i]);
	expect_success(host_policy_accept(&policy, &err), &err);
}

// What the compiler puts between members would be bytes that nobody checks.
static void has_no_padding(void **state)
{
	(void)state;
	assert_int_equal(sizeof(policy),
			 14 * sizeof(uint32_t) + sizeof(policy.cgroup) + sizeof(policy.qemu) +
				 sizeof(policy.artifact_directories) + sizeof(policy.file));
}

static void refuses_every_number_out_of_range(void **state)
{
	static const struct {
		uint32_t *member;
		uint32_t max;
		const char *name;
	} numbers[] = {
		{ &policy.confinement, CONFINEMENTS - 1, "confinement" },
		{ &policy.seccomp, SECCOMP_ACTIONS - 1, "seccomp" },
		{ &policy.sev_issue_cmd, SEV_ISSUE_CMDS - 1, "sev_issue_cmd" },
		{ &policy.front_uid, UINT32_MAX - 1, "front_uid" },
		{ &policy.qemu_uid, UINT32_MAX - 1, "qemu_uid" },
		{ &policy.memory_overhead_mib, HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX,
		  "memory_overhead_mib" },
		{ &policy.limit_asids, 1, "limit_asids" },
		{ &policy.judges_off, 1, "judges_off" },
		{ &policy.memory_total_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX, "memory_total_mib" },
		{ &policy.memory_reserve_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX,
		  "memory_reserve_mib" },
		{ &policy.sev_asids, HOST_POLICY_ASIDS_MAX, "sev_asids" },
		{ &policy.sev_es_asids, HOST_POLICY_ASIDS_MAX, "sev_es_asids" },
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		const uint32_t values[] = { numbers[i].max + 1, UINT32_MAX };

		for (size_t j = 0; j < ARRAY_LEN(values); j++) {
			*numbers[i].member = values[j];
			(void)snprintf(text, sizeof(text), "host policy: '%s' is above %u: %u",
				       numbers[i].name, numbers[i].max, values[j]);
			expect_refusal(text);
		}
		*numbers[i].member = 0;
	}
}

static void refuses_uids_that_are_the_same(void **state)
{
	static const uint32_t pairs[][2] = {
		{ 7, 7 },
		{ SNPLAUNCH_QEMU_UID, 0 },
		{ 0, SNPLAUNCH_FRONT_UID },
	};

	(void)state;
	if (geteuid() != 0)
		skip(); // a user has but one
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		policy.front_uid = pairs[i][0];
		policy.qemu_uid = pairs[i][1];
		expect_refusal("host policy: both uids are the same");
	}
}

static const struct {
	const char *name;
	char (*paths)[HOST_POLICY_PATH_SIZE];
	uint32_t *n; // NULL: one or none
	uint32_t n_max;
} lists[] = {
	{ "file", &policy.file, NULL, 1 },
	{ "cgroup", &policy.cgroup, NULL, 1 },
	{ "qemu", policy.qemu, &policy.n_qemu, HOST_POLICY_QEMUS_MAX },
	{ "artifact_directories", policy.artifact_directories, &policy.n_artifact_directories,
	  HOST_POLICY_DIRECTORIES_MAX },
};

static void expect_bad_paths(const char *name)
{
	char text[128];

	(void)snprintf(text, sizeof(text), "host policy: '%s' has bad paths", name);
	expect_refusal(text);
}

// The last of them, where a loop that ends too early would miss it.
static void refuses_paths_that_are_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char *last = lists[i].paths[lists[i].n_max - 1];

		for (uint32_t j = 0; j < lists[i].n_max; j++)
			(void)strcpy(lists[i].paths[j], "/a");
		if (lists[i].n != NULL)
			*lists[i].n = lists[i].n_max;
		expect_success(host_policy_accept(&policy, &err), &err);

		(void)strcpy(last, "a");
		expect_bad_paths(lists[i].name);
		(void)strcpy(last, "/a");
		last[HOST_POLICY_PATH_SIZE - 1] = 'x'; // behind its end
		expect_bad_paths(lists[i].name);
		memset(last, '/', HOST_POLICY_PATH_SIZE); // without an end
		expect_bad_paths(lists[i].name);
		if (lists[i].n != NULL) {
			memset(last, 0, HOST_POLICY_PATH_SIZE);
			expect_bad_paths(lists[i].name);
		}
		memset(&policy, 0, sizeof(policy));
	}
}

static void refuses_lists_that_are_longer_than_their_array(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (lists[i].n == NULL)
			continue;
		for (uint32_t j = 0; j < lists[i].n_max; j++)
			(void)strcpy(lists[i].paths[j], "/a");
		*lists[i].n = lists[i].n_max + 1;
		expect_bad_paths(lists[i].name);
		*lists[i].n = UINT32_MAX;
		expect_bad_paths(lists[i].name);
		memset(&policy, 0, sizeof(policy));
	}
}

// Any byte at all: in the first string behind the last, and at the very end.
static void refuses_bytes_behind_the_last_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char *first = lists[i].paths[0];
		char *end = lists[i].paths[lists[i].n_max] - 1;

		*end = 'x';
		expect_bad_paths(lists[i].name);
		*end = '\0';
		first[1] = '/';
		expect_bad_paths(lists[i].name);
		memset(&policy, 0, sizeof(policy));
	}
	(void)strcpy(policy.qemu[0], "/q"); // counted by nobody
	expect_bad_paths("qemu");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(accepts_the_policy_of_a_machine_without_one,
				       start_without_a_policy),
		cmocka_unit_test_setup(gives_a_user_no_uid_but_the_own_one, start_without_a_policy),
		cmocka_unit_test_setup(accepts_the_largest_policy, start_without_a_policy),
		cmocka_unit_test_setup(has_no_padding, start_without_a_policy),
		cmocka_unit_test_setup(refuses_every_number_out_of_range, start_without_a_policy),
		cmocka_unit_test_setup(refuses_uids_that_are_the_same, start_without_a_policy),
		cmocka_unit_test_setup(refuses_paths_that_are_none, start_without_a_policy),
		cmocka_unit_test_setup(refuses_lists_that_are_longer_than_their_array,
				       start_without_a_policy),
		cmocka_unit_test_setup(refuses_bytes_behind_the_last_path, start_without_a_policy),
	};

	return cmocka_run_group_tests_name("launcher/host_policy", tests, NULL, NULL);
}
