// SPDX-License-Identifier: Apache-2.0
// Shares of running guests: what is counted, when it is given back, and that two at once never both
// take the last one.

#include "tests/launcher/runtimes.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/file.h>

#include "launcher/admission.h"

#define TOTAL_MIB 200
#define RACERS 4
#define ROUNDS 200

static struct host_policy policy = {
	.memory_total_mib = TOTAL_MIB,
	.sev_asids = 1,
	.sev_es_asids = 2,
	.file = "/etc/p.json",
};

static int claim(struct runtime *runtime, const char *name)
{
	AUTO(fd) int control_fd = -1;
	struct err err;

	return runtime_claim(runtime, name, &control_fd, &err);
}

static int take(const struct runtime *runtime, enum level level, uint32_t memory_mib,
		struct err *err)
{
	const struct plan_needs needs = { .level = level, .memory_mib = memory_mib };

	return admission_take(runtime, &policy, &needs, err);
}

static void expect_taken(struct fixture *fixture, const struct runtime *runtime, enum level level,
			 uint32_t memory_mib)
{
	expect_success(take(runtime, level, memory_mib, &fixture->err), &fixture->err);
}

static void expect_no_room(struct fixture *fixture, enum level level, uint32_t memory_mib,
			   enum err_kind kind, const char *why)
{
	size_t n_before = count_fds();
	char text[300];

	(void)snprintf(text, sizeof(text), "host policy '/etc/p.json', key %s", why);
	assert_int_equal(take(&fixture->other, level, memory_mib, &fixture->err), -1);
	expect_error(&fixture->err, kind, text);
	assert_int_equal(count_fds(), n_before);
}

static int set_up_two(void **state)
{
	struct fixture *fixture;
	int result = set_up(state);

	fixture = *state;
	assert_int_equal(claim(&fixture->runtime, "web"), 0);
	assert_int_equal(claim(&fixture->other, "db"), 0);
	return result;
}

static void shares_memory_until_it_is_all_taken(void **state)
{
	struct fixture *fixture = *state;

	expect_taken(fixture, &fixture->runtime, LEVEL_OFF, 128);
	expect_no_room(fixture, LEVEL_OFF, 73, ERR_BUSY,
		       "'memory_total_mib': 73 wanted, but running guests have 128 of 200: ask for "
		       "less, or stop one");
	expect_taken(fixture, &fixture->other, LEVEL_OFF, 72);
}

static void refuses_for_good_what_never_fits(void **state)
{
	struct fixture *fixture = *state;

	expect_no_room(fixture, LEVEL_OFF, TOTAL_MIB + 1, ERR_REFUSED,
		       "'memory_total_mib': 201 wanted, but running guests have 0 of 200: ask for "
		       "less, or stop one");
}

static void shares_asids_by_their_kind(void **state)
{
	static const char none_of_sev[] = "'sev_asids': 1 wanted, but running guests have 1 of 1: "
					  "ask for less, or stop one";
	struct fixture *fixture = *state;
	struct runtime third;

	runtime_init(&third);
	assert_int_equal(claim(&third, "third"), 0);
	expect_taken(fixture, &fixture->runtime, LEVEL_SEV, 1);
	expect_no_room(fixture, LEVEL_SEV, 1, ERR_BUSY, none_of_sev);
	expect_taken(fixture, &fixture->other, LEVEL_SEV_ES, 1);
	expect_taken(fixture, &third, LEVEL_SEV_SNP, 1);
	expect_taken(fixture, &fixture->runtime, LEVEL_OFF, 1);
	expect_taken(fixture, &fixture->other, LEVEL_SEV, 1);
	expect_taken(fixture, &fixture->runtime, LEVEL_SEV_SNP, 1);
	expect_no_room(fixture, LEVEL_SEV_ES, 1, ERR_BUSY,
		       "'sev_es_asids': 1 wanted, but running guests have 2 of 2: ask for less, or "
		       "stop one");
	expect_taken(fixture, &fixture->other, LEVEL_OFF, 1);
	runtime_release(&third);
}

static void counts_its_own_last_share_for_nothing(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++)
		expect_taken(fixture, &fixture->runtime, LEVEL_SEV, TOTAL_MIB);
}

static void gives_back_with_the_directory(void **state)
{
	struct fixture *fixture = *state;

	expect_taken(fixture, &fixture->runtime, LEVEL_OFF, TOTAL_MIB);
	runtime_release(&fixture->runtime);
	expect_taken(fixture, &fixture->other, LEVEL_OFF, TOTAL_MIB);
	runtime_release(&fixture->other);
	assert_false(exists(fixture->base, "web"));
	assert_false(exists(fixture->base, "db"));
}

static void counts_nothing_of_the_dead(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct runtime runtime;
		struct err err;

		runtime_init(&runtime);
		_exit(claim(&runtime, "dead") == 0 && take(&runtime, LEVEL_OFF, 150, &err) == 0 ?
			      0 :
			      1);
	}
	assert_int_equal(wait_for_exit(pid), 0);
	assert_true(exists(fixture->base, "dead/share"));
	expect_taken(fixture, &fixture->runtime, LEVEL_OFF, TOTAL_MIB);
	runtime_release(&fixture->runtime);
	// Nor of the dead under the name that it had.
	assert_int_equal(claim(&fixture->runtime, "dead"), 0);
	assert_false(exists(fixture->base, "dead/share"));
	expect_taken(fixture, &fixture->other, LEVEL_OFF, TOTAL_MIB);
}

static void takes_nothing_for_a_rehearsal(void **state)
{
	struct fixture *fixture = *state;
	const struct plan_needs needs = { .level = LEVEL_SEV,
					  .memory_mib = PLAN_MEMORY_MIB_MAX,
					  .rehearses = 1 };

	expect_success(admission_take(&fixture->runtime, &policy, &needs, &fixture->err),
		       &fixture->err);
	assert_false(exists(fixture->base, "web/share"));
}

// What cannot be counted may be all there is.
static void fails_for_a_share_that_it_cannot_read(void **state)
{
	struct fixture *fixture = *state;
	char path[200];

	expect_taken(fixture, &fixture->runtime, LEVEL_OFF, 1);
	(void)snprintf(path, sizeof(path), "%s/web/share", fixture->base);
	assert_int_equal(truncate(path, 1), 0);
	errno = 0;
	assert_int_equal(take(&fixture->other, LEVEL_OFF, 1, &fixture->err), -1);
	assert_int_equal(fixture->err.kind, ERR_SYSTEM);
	assert_non_null(strstr(fixture->err.text, "cannot find out what guest 'web' uses"));
	(void)snprintf(path, sizeof(path), "%s/stray", fixture->base);
	make_file(fixture->base, "stray", "", 0600);
	runtime_release(&fixture->runtime);
	expect_taken(fixture, &fixture->other, LEVEL_OFF, 1); // that is no guest
}

static void does_not_count_while_somebody_else_does(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int base_fd = open(fixture->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_int_equal(flock(base_fd, LOCK_EX), 0);
	assert_int_equal(take(&fixture->other, LEVEL_OFF, 1, &fixture->err), -1);
	assert_int_equal(fixture->err.kind, ERR_BUSY);
	assert_false(exists(fixture->base, "db/share"));
}

// Takes the whole of the memory again and again; never is it anybody else's, too.
static int race(int number, atomic_int *n_holders)
{
	struct runtime runtime;
	char name[16];
	struct err err;
	int result = 0;

	(void)snprintf(name, sizeof(name), "racer%d", number);
	runtime_init(&runtime);
	if (claim(&runtime, name) < 0)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		if (take(&runtime, LEVEL_OFF, TOTAL_MIB, &err) < 0)
			continue;
		if (atomic_fetch_add(n_holders, 1) != 0)
			result = 2;
		(void)sched_yield();
		(void)atomic_fetch_sub(n_holders, 1);
		(void)unlinkat(runtime.dir_fd, RUNTIME_SHARE_NAME, 0);
	}
	runtime_release(&runtime);
	return result;
}

static void two_at_once_never_have_the_same_share(void **state)
{
	atomic_int *n_holders = mmap(NULL, sizeof(*n_holders), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pids[RACERS];

	(void)state;
	assert_ptr_not_equal(n_holders, MAP_FAILED);
	for (int i = 0; i < RACERS; i++) {
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (pids[i] == 0)
			_exit(race(i, n_holders));
	}
	for (int i = 0; i < RACERS; i++)
		assert_int_equal(wait_for_exit(pids[i]), 0);
	(void)munmap(n_holders, sizeof(*n_holders));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_two, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(shares_memory_until_it_is_all_taken),
		TEST(refuses_for_good_what_never_fits),
		TEST(shares_asids_by_their_kind),
		TEST(counts_its_own_last_share_for_nothing),
		TEST(gives_back_with_the_directory),
		TEST(counts_nothing_of_the_dead),
		TEST(takes_nothing_for_a_rehearsal),
		TEST(fails_for_a_share_that_it_cannot_read),
		TEST(does_not_count_while_somebody_else_does),
		TEST(two_at_once_never_have_the_same_share),
	};

	return cmocka_run_group_tests_name("launcher/admission", tests, NULL, NULL);
}
