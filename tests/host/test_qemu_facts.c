// SPDX-License-Identifier: Apache-2.0
// Asking QEMU what it can do: a scripted one, and the real one.

#include "tests/qmp/peer.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"
#include "host/qemu_facts.h"

struct fixture {
	struct host_qemu qemu;
	struct err err;
};

static int set_up(void **state)
{
	*state = mem_zeroed(1, sizeof(struct fixture));
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

#define VERSION "{\"qemu\": {\"major\": 9, \"minor\": 1, \"micro\": 0}, \"package\": \"\"}"
#define Q35(version, deprecated) \
	"{\"name\": \"pc-q35-" version "\", \"cpu-max\": 4096, \"deprecated\": " deprecated "}"

// What a QEMU answers to the ten questions, in order.
struct script {
	const char *answers[10];
};

static const struct script good = { {
	"\"return\": {}",
	"\"return\": " VERSION,
	"\"return\": {\"enabled\": true, \"present\": true}",
	"\"return\": [{\"name\": \"kvm-accel\"}]",
	"\"return\": [{\"name\": \"type\"}, {\"name\": \"device\"}]",
	"\"return\": [" Q35("9.1", "false") "]",
	"\"return\": [{\"name\": \"EPYC\", \"unavailable-features\": [\"osvw\"]}]",
	"\"return\": [{\"name\": \"type\"}, {\"name\": \"policy\"}, "
	"{\"name\": \"legacy-vm-type\"}]",
	"\"error\": {\"class\": \"DeviceNotFound\", \"desc\": \"Class 'sev-snp-guest' not found\"}",
	"\"return\": {}",
} };

static int ask(struct fixture *fixture, const struct script *script, int timeout_ms)
{
	AUTO(fd) int peer = -1;
	int ends[2];

	peer_pair(ends);
	peer = ends[1];
	peer_say(peer, PEER_GREETING);
	for (size_t i = 0; i < ARRAY_LEN(script->answers) && script->answers[i] != NULL; i++) {
		char line[1024];

		(void)snprintf(line, sizeof(line), "{%s, \"id\": %zu}\r\n", script->answers[i],
			       i + 1);
		peer_say(peer, line);
	}
	return qemu_facts_ask(&fixture->qemu, ends[0], clock_now_ms() + timeout_ms, &fixture->err);
}

static void takes_each_answer(void **state)
{
	struct fixture *fixture = *state;
	const struct host_qemu *qemu = &fixture->qemu;

	if (ask(fixture, &good, 30000) < 0)
		fail_msg("%s", fixture->err.text);
	assert_int_equal(qemu->major, 9);
	assert_int_equal(qemu->minor, 1);
	assert_true(qemu->kvm_built);
	assert_true(qemu->kvm_usable);
	assert_true(qemu->kvm_takes_fd);
	assert_false(qemu->tcg_built);
	assert_string_equal(qemu->machine, "pc-q35-9.1");
	assert_int_equal(qemu->machine_cpu_max, 4096);
	assert_int_equal(qemu->n_cpu_models, 1);
	assert_string_equal(qemu->cpu_models[0].name, "EPYC");
	assert_false(qemu->cpu_models[0].runnable);
	assert_string_equal(qemu->cpu_models[0].unavailable, "osvw");
	assert_int_equal(qemu->sev_guest, HOST_PROPERTY_BIT(HOST_PROPERTY_POLICY) |
						  HOST_PROPERTY_BIT(HOST_PROPERTY_LEGACY_VM_TYPE));
	assert_int_equal(qemu->sev_snp_guest, 0);
}

static void says_what_went_wrong_with_a_question(void **state)
{
#define ASKING "asking QEMU what it can do: "
	static const struct {
		size_t question;
		int timeout_ms;
		const char *answer;
		enum err_kind kind;
		const char *error;
	} rows[] = {
		{ 5, 30000,
		  "\"return\": [" Q35("7.0", "true") ", {\"name\": \"pc-i440fx-9.1\", "
						     "\"cpu-max\": 255}]",
		  ERR_HOST, ASKING "QEMU has no machine type pc-q35 that is not deprecated" },
		{ 6, 30000, "\"error\": {\"class\": \"CommandNotFound\", \"desc\": \"not found\"}",
		  ERR_HOST, ASKING "QEMU refused 'query-cpu-definitions': not found" },
		{ 2, 30000, "\"return\": {\"enabled\": true}", ERR_PROTOCOL,
		  ASKING "QEMU's reply to 'query-kvm': member 'present' is missing" },
		{ 3, 1, NULL, ERR_DEADLINE,
		  ASKING "QEMU did not reply to 'qom-list-types' within 1 ms" },
	};
#undef ASKING
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct script script = good;

		script.answers[rows[i].question] = rows[i].answer;
		assert_int_equal(ask(fixture, &script, rows[i].timeout_ms), -1);
		peer_expect_error(&fixture->err, rows[i].kind, rows[i].error);
	}
}

static void says_that_qemu_ended(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];

	peer_pair(ends);
	close_fd(&ends[1]);
	assert_int_equal(
		qemu_facts_ask(&fixture->qemu, ends[0], clock_now_ms() + 30000, &fixture->err), -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL,
			  "asking QEMU what it can do: instead of "
			  "QEMU's greeting: QEMU closed its QMP socket");
}

static void finds_the_newest_q35(void **state)
{
	static struct qmp_machine items[] = {
		{ .name = "pc-q35-9.2" },	{ .name = "pc-q35-10.0" },
		{ .name = "pc-q35-4.0.1" },	{ .name = "pc-q35-11.0", .deprecated = true },
		{ .name = "pc-q35-rhel9.6.0" }, { .name = "pc-q35-12" },
		{ .name = "pc-q35-12." },	{ .name = "pc-q35-12.0.0.0" },
		{ .name = "pc-i440fx-12.0" },	{ .name = "q35" },
	};
	struct qmp_machines machines = { ARRAY_LEN(items), items };

	(void)state;
	assert_ptr_equal(qemu_facts_newest_q35(&machines), &items[1]);
	machines.n = 1;
	assert_ptr_equal(qemu_facts_newest_q35(&machines), &items[0]);
	machines.n = 0;
	assert_null(qemu_facts_newest_q35(&machines));
	machines = (struct qmp_machines){ ARRAY_LEN(items) - 3, items + 3 };
	assert_null(qemu_facts_newest_q35(&machines));
}

static void asks_the_real_qemu(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];
	pid_t pid;

	peer_pair(ends);
	pid = peer_start_qemu(ends[1], "none,accel=kvm:tcg");
	close_fd(&ends[1]);
	if (qemu_facts_ask(&fixture->qemu, ends[0], clock_now_ms() + 30000, &fixture->err) < 0)
		fail_msg("%s", fixture->err.text);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_memory_equal(fixture->qemu.machine, "pc-q35-", 7);
	assert_true(fixture->qemu.tcg_built);
	assert_true(fixture->qemu.sev_guest & HOST_PROPERTY_BIT(HOST_PROPERTY_CBITPOS));
	assert_true(fixture->qemu.n_cpu_models > 50);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(takes_each_answer),    TEST(says_what_went_wrong_with_a_question),
		TEST(says_that_qemu_ended), cmocka_unit_test(finds_the_newest_q35),
		TEST(asks_the_real_qemu),
	};

	return cmocka_run_group_tests_name("host/qemu_facts", tests, NULL, NULL);
}
