// SPDX-License-Identifier: Apache-2.0
// Giving up privilege, in processes made for it, which look at what they have left.

#include "tests/base/process.h"

#include <linux/capability.h>
#include <signal.h>
#include <sys/syscall.h>

#include "confine/capabilities.h"
#include "confine/privileges.h"

#define OTHER_ID 4711

// What a process found out about itself; plain bytes, because it comes through a pipe.
struct found {
	uid_t id;	   // to drop to
	bool may_start;	   // for privileges_reduce()
	bool parent_ended; // or so it seems
	int result;
	struct err err;
	uid_t uids[3];
	gid_t gids[3];
	int n_groups;
	uint64_t permitted;
	uint64_t others; // in the other sets but the bounding one
	uint64_t before; // in the permitted set
	uint64_t bounding;
	int no_new_privs;
	int death_signal;
};

static void read_capabilities(struct __user_cap_data_struct sets[2])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	if (syscall(SYS_capget, &header, sets) < 0)
		abort();
}

static uint64_t join(uint32_t low, uint32_t high)
{
	return (uint64_t)high << 32 | low;
}

static void look(struct found *found)
{
	struct __user_cap_data_struct sets[2];

	if (getresuid(&found->uids[0], &found->uids[1], &found->uids[2]) < 0 ||
	    getresgid(&found->gids[0], &found->gids[1], &found->gids[2]) < 0 ||
	    prctl(PR_GET_PDEATHSIG, &found->death_signal) < 0)
		abort();
	found->n_groups = getgroups(0, NULL);
	found->no_new_privs = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	read_capabilities(sets);
	found->permitted = join(sets[0].permitted, sets[1].permitted);
	found->others = join(sets[0].inheritable, sets[1].inheritable);
	if (found->permitted != join(sets[0].effective, sets[1].effective))
		found->others = UINT64_MAX;
	for (unsigned int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++) {
		found->bounding |= (uint64_t)prctl(PR_CAPBSET_READ, i, 0, 0, 0) << i;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			found->others |= 1ULL << i;
	}
}

static void drop(void *result)
{
	struct found *found = result;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		abort();
	if (found->parent_ended)
		close_fd(&ends[0]);
	found->result = privileges_drop(found->id, ends[1], &found->err);
	look(found);
}

static void leaves_nothing_of_root(void **state)
{
	struct found found = { .id = OTHER_ID };

	(void)state;
	NEEDS_ROOT();
	run_apart(drop, &found, sizeof(found));
	expect_success(found.result, &found.err);
	for (size_t i = 0; i < ARRAY_LEN(found.uids); i++) {
		assert_int_equal(found.uids[i], OTHER_ID);
		assert_int_equal(found.gids[i], OTHER_ID);
	}
	assert_int_equal(found.n_groups, 0);
	assert_int_equal(found.permitted, 0);
	assert_int_equal(found.others, 0);
	assert_int_equal(found.bounding, 0);
	assert_int_equal(found.no_new_privs, 1);
	assert_int_equal(found.death_signal, SIGKILL);
}

static void drop_as_user(void *result)
{
	struct found *found = result;

	if (found->id == 0)
		found->id = getuid();
	drop(found);
}

static void lets_a_user_stay_and_gain_nothing(void **state)
{
	struct found found = { 0 };

	(void)state;
	run_as_user(drop_as_user, &found, sizeof(found));
	expect_success(found.result, &found.err);
	assert_int_equal(found.uids[0], geteuid() == 0 ? ORDINARY_ID : geteuid());
	assert_int_equal(found.permitted, 0);
	assert_int_equal(found.others, 0);
	assert_int_equal(found.no_new_privs, 1);
	assert_int_equal(found.death_signal, SIGKILL);
}

static void fails_for_who_may_not_become_another(void **state)
{
	struct found found = { .id = OTHER_ID };

	(void)state;
	run_as_user(drop_as_user, &found, sizeof(found));
	assert_int_equal(found.result, -1);
	assert_int_equal(found.err.kind, ERR_SYSTEM);
	assert_non_null(
		strstr(found.err.text, "cannot become user 4711 without capabilities (step "));
}

static void fails_when_the_parent_has_ended(void **state)
{
	struct found found = { .parent_ended = true };

	(void)state;
	run_as_user(drop_as_user, &found, sizeof(found));
	assert_int_equal(found.result, -1);
	expect_error(&found.err, ERR_SYSTEM, "the parent of a child ended while it started");
}

static void reduce(void *result)
{
	struct found *found = result;
	struct __user_cap_data_struct sets[2];

	read_capabilities(sets);
	found->before = join(sets[0].permitted, sets[1].permitted);
	found->result = privileges_reduce(found->may_start, &found->err);
	look(found);
}

// Those of the table, as far as we had them.
static void leaves_the_launcher_what_it_needs_and_no_more(void **state)
{
	(void)state;
	NEEDS_ROOT();
	for (int may_start = 0; may_start <= 1; may_start++) {
		struct found found = { .may_start = may_start };
		uint64_t needed = 0;

		run_apart(reduce, &found, sizeof(found));
		expect_success(found.result, &found.err);
		for (size_t i = 0; i < CAPABILITY_ROWS; i++)
			if (may_start || capability_rows[i].to_end)
				needed |= 1ULL << capability_rows[i].number;
		assert_int_equal(found.permitted, needed & found.before);
		assert_int_equal(found.bounding & ~needed, 0);
		assert_int_equal(found.others, 0);
		assert_int_equal(found.uids[0], 0);
	}
}

static void reduce_as_user(void *result)
{
	reduce(result);
}

static void leaves_a_user_alone(void **state)
{
	struct found found = { 0 };

	(void)state;
	run_as_user(reduce_as_user, &found, sizeof(found));
	expect_success(found.result, &found.err);
	assert_int_equal(found.permitted, found.before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaves_nothing_of_root),
		cmocka_unit_test(lets_a_user_stay_and_gain_nothing),
		cmocka_unit_test(fails_for_who_may_not_become_another),
		cmocka_unit_test(fails_when_the_parent_has_ended),
		cmocka_unit_test(leaves_the_launcher_what_it_needs_and_no_more),
		cmocka_unit_test(leaves_a_user_alone),
	};

	return cmocka_run_group_tests_name("confine/privileges", tests, NULL, NULL);
}
