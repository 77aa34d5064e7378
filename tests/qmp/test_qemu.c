// SPDX-License-Identifier: Apache-2.0
// The real QEMU understands each command and is understood.

#include "tests/qmp/peer.h"

#include <sys/wait.h>

static void check_reply(const struct qmp_message *message)
{
	const struct qmp_reply *reply = &message->reply;

	assert_int_equal(message->kind, QMP_REPLY);
	if (reply->command == QMP_QUERY_VERSION)
		assert_in_range(reply->version.major, 5, 100);
	if (reply->command == QMP_QUERY_STATUS)
		assert_int_equal(reply->status.state, QMP_RUN_STATE_PRELAUNCH);
	if (reply->command == QMP_QUERY_SEV)
		assert_int_equal(reply->sev.state, QMP_SEV_STATE_UNINIT);
	if (reply->command == QMP_QUERY_CPU_DEFINITIONS)
		assert_in_range(reply->cpus.n, 50, 1000);
}

static void talks_to_the_real_qemu(void **state)
{
	static const struct {
		struct qmp_command command;
		const char *refusal; // NULL: it replies
	} rows[] = {
		{ { .name = QMP_CAPABILITIES }, NULL },
		{ { .name = QMP_QUERY_VERSION }, NULL },
		{ { .name = QMP_QUERY_STATUS }, NULL },
		{ { .name = QMP_QUERY_KVM }, NULL },
		{ { .name = QMP_QUERY_SEV }, NULL },
		{ { .name = QMP_QUERY_SEV_LAUNCH_MEASURE },
		  "SEV launch measurement is not available" },
		{ { .name = QMP_QUERY_SEV_CAPABILITIES }, "KVM not enabled" },
		{ { .name = QMP_QUERY_MACHINES }, NULL },
		{ { .name = QMP_QUERY_CPU_DEFINITIONS }, NULL },
		{ { .name = QMP_QOM_LIST_TYPES, .implements = "accel" }, NULL },
		{ { .name = QMP_QOM_LIST_PROPERTIES, .typename = "sev-guest" }, NULL },
		{ { .name = QMP_SEV_INJECT_LAUNCH_SECRET,
		    .packet_header = "AA==",
		    .secret = "AA==" },
		  "SEV not enabled for guest" },
		{ { .name = QMP_SYSTEM_POWERDOWN }, NULL },
		{ { .name = QMP_CONT }, NULL },
		{ { .name = QMP_QUIT }, NULL },
	};
	AUTO(qmp_session) struct qmp_session session = QMP_SESSION_EMPTY;
	struct err err;
	int ends[2];
	pid_t pid;

	(void)state;
	peer_pair(ends);
	pid = peer_start_qemu(ends[1], "none");
	close_fd(&ends[1]);
	assert_int_equal(qmp_session_init(&session, ends[0], &qmp_limits_probe, 20000, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(qmp_message) struct qmp_message message = { 0 };

		if (qmp_session_call(&session, &rows[i].command, 20000, &message, &err) < 0)
			fail_msg("%s", err.text);
		if (rows[i].refusal == NULL)
			check_reply(&message);
		else
			assert_string_equal(message.refusal.desc, rows[i].refusal);
	}
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(talks_to_the_real_qemu),
	};

	return cmocka_run_group_tests_name("qmp/qemu", tests, NULL, NULL);
}
