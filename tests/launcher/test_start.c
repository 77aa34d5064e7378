// SPDX-License-Identifier: Apache-2.0
// Starting guests through the launcher's loop, with a program in QEMU's place that reads a status.

#include "tests/launcher/monitor_talk.h"

#include <sys/socket.h>

#include "plan/layout.h"

// Where this kernel lacks a layer of the jail, QEMU cannot be started at all.
static bool can_start;

#define NEEDS_JAIL() \
	do { \
		if (!can_start) { \
			print_message("skipped: this kernel lacks a layer of the jail\n"); \
			skip(); \
		} \
	} while (0)

static int sealed_file(void)
{
	int fd = memfd_create("firmware", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(
		fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
		0);
	return fd;
}

// QEMU's ends of new connections; ours are the fixture's.
static void connect_qemu(struct fixture *fixture, int *stderr_fd, int *qmp_fd)
{
	int ends[2];

	close_fd(&fixture->qemu_stderr_fd);
	close_fd(&fixture->qmp_fd);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fixture->qemu_stderr_fd = ends[0];
	*stderr_fd = ends[1];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	fixture->qmp_fd = ends[0];
	*qmp_fd = ends[1];
}

static void send_needs(struct fixture *fixture, uint32_t type, const struct plan_needs *needs,
		       const int *fds, size_t n)
{
	struct wire_message *message = &fixture->message;

	wire_message_release(message);
	wire_fill(message, type, needs, sizeof(*needs));
	message->n_fds = n;
	memcpy(message->fds, fds, n * sizeof(*fds));
	expect_success(wire_send(fixture->wire_fd, message, &fixture->err), &fixture->err);
	message->n_fds = 0;
}

// START with the needs of one plan and the bytes of another.
static void ask_start_of(struct fixture *fixture, const struct plan *told, const struct plan *plan,
			 const int *artifacts, size_t n)
{
	AUTO(fd) int stderr_fd = -1;
	AUTO(fd) int qmp_fd = -1;
	AUTO(fd) int plan_fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fds[START_FDS_MAX];
	struct plan_needs needs;

	connect_qemu(fixture, &stderr_fd, &qmp_fd);
	assert_int_equal(write(plan_fd, plan, sizeof(*plan)), sizeof(*plan));
	assert_int_equal(fcntl(plan_fd, F_ADD_SEALS,
			       F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE),
			 0);
	fds[START_FD_STDERR] = stderr_fd;
	fds[START_FD_PLAN] = plan_fd;
	fds[START_FD_PLAN + 1] = qmp_fd;
	if (n > 0)
		memcpy(fds + START_FD_PLAN + 2, artifacts, n * sizeof(*artifacts));
	plan_needs(&needs, told);
	send_needs(fixture, REQUEST_START, &needs, fds, START_FD_PLAN + 2 + n);
}

static void ask_start(struct fixture *fixture, const struct plan *plan, const int *fds, size_t n)
{
	ask_start_of(fixture, plan, plan, fds, n);
}

static void open_qemu(struct fixture *fixture)
{
	ask_open(fixture, OPEN_QEMU, find_program(INMATE));
	hear(fixture, REPLY_DONE);
	assert_int_equal(fixture->message.n_fds, 1);
}

static void expect_refused(struct fixture *fixture, const struct plan *plan, const int *fds,
			   size_t n, const char *text)
{
	ask_start(fixture, plan, fds, n);
	hear_failure(fixture, ERR_REFUSED, text);
}

static void refuses_to_start_what_is_not_sealed_or_not_complete(void **state)
{
	static const char disk_text[] = "QEMU: START: disk 'root' is not what the plan says";
	struct fixture *fixture = *state;
	static struct plan plan;
	AUTO(fd) int open_fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	AUTO(fd) int sealed_fd = sealed_file();
	AUTO(fd) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	int pair[2] = { sealed_fd, open_fd };

	NEEDS_JAIL();
	plan_fill_small(&plan);
	ask_start(fixture, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_BUG, "no QEMU was opened before it was to be started");
	open_qemu(fixture);
	expect_refused(fixture, &plan, NULL, 0, "QEMU: START: 3 descriptors instead of 4");
	expect_refused(fixture, &plan, pair, 2, "QEMU: START: 5 descriptors instead of 4");
	expect_refused(fixture, &plan, &open_fd, 1,
		       "QEMU: START: the firmware is not a sealed memfd");
	expect_refused(fixture, &plan, &null_fd, 1,
		       "QEMU: START: the firmware is not a sealed memfd");
	plan_add_disk(&plan, "root", DISK_RAW); // read-only, but the descriptor is not
	expect_refused(fixture, &plan, pair, 2, disk_text);
	plan.disks[0].read_only = 0;
	pair[1] = null_fd;
	expect_refused(fixture, &plan, pair, 2, disk_text);
	pair[1] = open_fd;
	plan.disks[0].is_block_device = 1;
	expect_refused(fixture, &plan, pair, 2, disk_text);
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

// What the launcher hears and what the jail program reads must agree.
static void refuses_a_plan_that_needs_more_than_it_said(void **state)
{
	static const char text[] = "QEMU: START: the plan needs something else than it said";
	struct fixture *fixture = *state;
	static struct plan told;
	static struct plan plan;
	AUTO(fd) int sealed_fd = sealed_file();

	NEEDS_JAIL();
	open_qemu(fixture);
	plan_fill_small(&told);
	plan = told;
	plan.memory_mib++;
	ask_start_of(fixture, &told, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_REFUSED, text);
	plan = told;
	plan_add_network(&plan, "tap0");
	ask_start_of(fixture, &told, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_REFUSED, text);
	plan = told;
	plan.vcpus = 0;
	ask_start_of(fixture, &told, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_REFUSED, "QEMU: plan: 'vcpus' must be 1 to 512, not 0");
	told.level = 9;
	ask_start_of(fixture, &told, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_REFUSED, "START: 'level' must be 1 to 4, not 9");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void takes_artifacts_in_the_order_of_the_plan(void **state)
{
	static const char *const nouns[] = { "firmware", "kernel", "initrd" };
	struct fixture *fixture = *state;
	static struct plan plan;
	AUTO(fd) int open_fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	AUTO(fd) int sealed_fd = sealed_file();

	NEEDS_JAIL();
	open_qemu(fixture);
	plan_fill_small(&plan);
	plan.has_kernel = 1;
	plan.has_initrd = 1;
	for (size_t wrong = 0; wrong < ARRAY_LEN(nouns); wrong++) {
		int fds[ARRAY_LEN(nouns)];
		char text[100];

		for (size_t i = 0; i < ARRAY_LEN(fds); i++)
			fds[i] = i == wrong ? open_fd : sealed_fd;
		(void)snprintf(text, sizeof(text), "QEMU: START: the %s is not a sealed memfd",
			       nouns[wrong]);
		expect_refused(fixture, &plan, fds, ARRAY_LEN(fds), text);
	}
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void makes_no_tap_device(void **state)
{
	struct fixture *fixture = *state;
	static struct plan plan;
	AUTO(fd) int sealed_fd = sealed_file();

	open_qemu(fixture);
	plan_fill_small(&plan);
	plan_add_network(&plan, "snplaunch-none");
	ask_start(fixture, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_HOST, "there is no tap device 'snplaunch-none': No such device");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void lays_out_a_probe_as_qmp_and_kvm(void **state)
{
	static struct plan plan = { .accel = ACCEL_KVM };

	(void)state;
	assert_int_equal(layout_of(&plan).qmp, LAYOUT_FIRST_FD);
	assert_int_equal(layout_of(&plan).kvm, LAYOUT_FIRST_FD + 1);
	assert_int_equal(layout_of(&plan).firmware, -1);
	assert_int_equal(layout_of(&plan).end, LAYOUT_FIRST_FD + 2);
	plan.kvm_by_path = 1;
	assert_int_equal(layout_of(&plan).end, LAYOUT_FIRST_FD + 1);
	plan.rehearses = 1;
	assert_int_equal(layout_of(&plan).scenario, LAYOUT_FIRST_FD + 1);
	assert_int_equal(layout_of(&plan).account, LAYOUT_FIRST_FD + 2);
	assert_int_equal(layout_of(&plan).library, LAYOUT_FIRST_FD + 3);
}

static void has_room_for_the_largest_layout(void **state)
{
	static struct plan plan;

	(void)state;
	plan_fill(&plan, LEVEL_SEV);
	plan.n_disks = PLAN_DISKS_MAX;
	plan.n_networks = PLAN_NETWORKS_MAX;
	plan.rehearses = 1;
	assert_int_equal(layout_of(&plan).end, LAYOUT_FIRST_FD + LAYOUT_FDS_MAX);
	assert_int_equal(layout_of(&plan).networks[0] - layout_of(&plan).firmware, PLAN_FDS_MAX);
	assert_int_equal(LAYOUT_FDS_MAX + START_FD_PLAN + 1,
			 START_FDS_MAX + PLAN_NETWORKS_MAX + 3); // the launcher brings these
}

static void start(struct fixture *fixture, const struct plan *plan)
{
	AUTO(fd) int sealed_fd = sealed_file();

	open_qemu(fixture);
	ask_start(fixture, plan, &sealed_fd, 1);
	hear(fixture, REPLY_DONE);
	assert_int_equal(fixture->message.n_fds, 0);
}

static void expect_gone(struct fixture *fixture, int code, int status)
{
	struct notice_gone gone;

	hear(fixture, NOTICE_GONE);
	assert_int_equal(fixture->message.len, sizeof(gone));
	memcpy(&gone, fixture->message.payload, sizeof(gone));
	assert_int_equal(gone.code, code);
	assert_int_equal(gone.status, status);
}

static void tells_of_the_end_and_starts_again(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int sealed_fd = -1;
	static struct plan plan;

	NEEDS_JAIL();
	sealed_fd = sealed_file();
	plan_fill_small(&plan);
	plan.may_relaunch = 1;
	start(fixture, &plan);
	for (char status = 7; status < 9; status++) {
		assert_int_equal(write(fixture->qmp_fd, &status, 1), 1);
		(void)read_to_end(fixture->qemu_stderr_fd, fixture->text, sizeof(fixture->text));
		assert_string_equal(fixture->text, "up\n");
		expect_gone(fixture, CLD_EXITED, status);
		ask_start(fixture, &plan, &sealed_fd, 1);
		hear(fixture, REPLY_DONE);
	}
	ask_open(fixture, OPEN_ARTIFACT, "/proc/self/exe");
	expect_end(fixture, 70, "launcher: the front sent OPEN at the wrong time\n");
}

static void starts_nothing_again_unless_the_plan_said_so(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int sealed_fd = -1;
	static struct plan plan;
	char status = 7;

	NEEDS_JAIL();
	sealed_fd = sealed_file();
	plan_fill_small(&plan);
	start(fixture, &plan);
	assert_true(becomes_readable(fixture->qemu_stderr_fd)); // it may not find its pipe broken
	assert_int_equal(write(fixture->qmp_fd, &status, 1), 1);
	expect_gone(fixture, CLD_EXITED, status);
	plan.may_relaunch = 1;
	ask_start(fixture, &plan, &sealed_fd, 1);
	expect_end(fixture, 70, "launcher: the front sent START at the wrong time\n");
}

static void start_endless(struct fixture *fixture)
{
	static struct plan plan;

	plan_fill_small(&plan);
	start(fixture, &plan);
	assert_true(becomes_readable(fixture->qemu_stderr_fd));
}

static void kills_what_runs_when_the_front_says_stop(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_JAIL();
	start_endless(fixture);
	say(fixture, REQUEST_STOP, NULL, 0);
	hear(fixture, REPLY_DONE);
	expect_gone(fixture, 0, 0); // its init was killed, and could not tell
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void kills_what_runs_when_the_front_ends(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_JAIL();
	start_endless(fixture);
	let_front_exit(fixture, 5);
	expect_end(fixture, 5, "");
	(void)read_to_end(fixture->qemu_stderr_fd, fixture->text, sizeof(fixture->text));
}

static void keeps_a_probed_qemus_answers_only_then(void **state)
{
	struct fixture *fixture = *state;
	const struct plan_needs needs = { .accel = ACCEL_TCG };
	struct request_cache request = { .name = "facts.json" };
	int fds[2];
	char status = 0;

	NEEDS_JAIL();
	open_qemu(fixture);
	connect_qemu(fixture, &fds[0], &fds[1]);
	send_needs(fixture, REQUEST_PROBE, &needs, fds, 2);
	close_fd(&fds[0]);
	close_fd(&fds[1]);
	hear(fixture, REPLY_DONE);
	assert_true(becomes_readable(fixture->qemu_stderr_fd)); // it may not find its pipe broken
	assert_int_equal(write(fixture->qmp_fd, &status, 1), 1);
	expect_gone(fixture, CLD_EXITED, 0);
	say_with(fixture, REQUEST_CACHE, &request, sizeof(request), fixture->qmp_fd); // no memfd
	hear_failure(fixture, ERR_REFUSED, "malformed CACHE");
	say_with(fixture, REQUEST_CACHE, &request, sizeof(request), fixture->qmp_fd);
	hear_failure(fixture, ERR_REFUSED, "CACHE without a probe"); // one for each probe
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void refuses_a_second_start_while_one_runs(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int sealed_fd = -1;
	static struct plan plan;

	NEEDS_JAIL();
	sealed_fd = sealed_file();
	start_endless(fixture);
	plan_fill_small(&plan);
	ask_start(fixture, &plan, &sealed_fd, 1);
	expect_end(fixture, 70, "launcher: the front sent START at the wrong time\n");
}

static void refuses_to_start_under_a_name_that_is_not_claimed(void **state)
{
	struct fixture *fixture = *state;
	static struct plan plan;
	AUTO(fd) int sealed_fd = sealed_file();

	plan_fill_small(&plan);
	(void)strcpy(plan.name, "other");
	ask_start(fixture, &plan, &sealed_fd, 1);
	hear_failure(fixture, ERR_REFUSED, "START under a name that is not claimed");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

// With the name of plan_fill_small() claimed, as START wants it.
static int set_up_claimed(void **state)
{
	int result = set_up(state);

	ask_open(*state, OPEN_NAME, "web");
	hear(*state, REPLY_DONE);
	return result;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up_claimed, tear_down)

int main(void)
{
	char folder[] = "/tmp/snplaunch-start-XXXXXX";
	int n_failed;
	const struct CMUnitTest tests[] = {
		TEST(refuses_to_start_under_a_name_that_is_not_claimed),
		TEST(refuses_to_start_what_is_not_sealed_or_not_complete),
		TEST(refuses_a_plan_that_needs_more_than_it_said),
		TEST(takes_artifacts_in_the_order_of_the_plan),
		TEST(makes_no_tap_device),
		cmocka_unit_test(lays_out_a_probe_as_qmp_and_kvm),
		cmocka_unit_test(has_room_for_the_largest_layout),
		TEST(tells_of_the_end_and_starts_again),
		TEST(starts_nothing_again_unless_the_plan_said_so),
		TEST(kills_what_runs_when_the_front_says_stop),
		TEST(kills_what_runs_when_the_front_ends),
		TEST(keeps_a_probed_qemus_answers_only_then),
		TEST(refuses_a_second_start_while_one_runs),
	};

	can_start = can_start_qemu("launcher/start");
	if (mkdtemp(folder) == NULL || setenv("RUNTIME_DIRECTORY", folder, 1) < 0)
		return 1;
	n_failed = cmocka_run_group_tests_name("launcher/start", tests, NULL, NULL);
	return rmdir(folder) < 0 ? 1 : n_failed;
}
