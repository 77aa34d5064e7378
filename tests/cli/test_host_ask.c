// SPDX-License-Identifier: Apache-2.0
// Which commands look at this machine, and what becomes of the launcher's answers.

#include "tests/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/mem.h"
#include "base/wire.h"
#include "cli/host_ask.h"

static void looks_only_where_it_matters(void **state)
{
	static const struct {
		const char *argv[8]; // the command first
		bool with_sev;
		bool without_sev;
	} rows[] = {
		{ { "run" }, true, false },
		{ { "run", "web.json" }, true, false },
		{ { "plan", "--level", "sev-snp" }, true, false },
		{ { "run", "--level", "off" }, false, false },
		{ { "run", "--accel=tcg", "--level", "sev" }, false, false },
		{ { "run", "--host-facts", "milan.json" }, false, false },
		{ { "rehearse", "--level", "sev-snp" }, false, false },
		{ { "probe" }, true, true },
		{ { "probe", "--json" }, true, true },
		{ { "probe", "--root", "milan.json" }, false, false },
		{ { "explain", "text" }, false, false },
		{ { "explain", "--host", "text" }, true, true },
		{ { "cpus" }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct options options;
		struct err err;

		assert_int_equal(options_read(&options, command_find(rows[i].argv[0]),
					      (char *const *)rows[i].argv + 1, &err),
				 0);
		assert_int_equal(host_ask_is_wanted(&options, true), rows[i].with_sev);
		assert_int_equal(host_ask_is_wanted(&options, false), rows[i].without_sev);
		options_release(&options);
	}
}

// A launcher that refuses, or answers with /dev/null, for each question.
static void answer(int fd, const int *errnums, size_t n)
{
	static struct wire_message message;
	struct err err;

	for (size_t i = 0; i < n; i++) {
		if (wire_receive(fd, &message, &err) < 0 || message.type != REQUEST_OPEN)
			_exit(1);
		wire_fill(&message, REPLY_DONE, NULL, 0);
		if (errnums[i] == 0) {
			message.fds[message.n_fds++] = open("/dev/null", O_RDWR | O_CLOEXEC);
		} else {
			(void)err_set_errno(&err, ERR_HOST, errnums[i], "no");
			wire_fill(&message, REPLY_FAILED, &err, sizeof(err));
		}
		if (wire_send(fd, &message, &err) < 0)
			_exit(1);
	}
	_exit(0);
}

static void keeps_what_the_launcher_says(void **state)
{
	static const struct {
		int errnums[2]; // of /dev/kvm and of /dev/sev
		enum reading_state kvm;
		enum reading_state sev;
		enum reading_state snp;
	} rows[] = {
		{ { ENOENT, ENOENT }, READING_ABSENT, READING_ABSENT, READING_NONE },
		{ { EACCES, EACCES }, READING_DENIED, READING_DENIED, READING_DENIED },
		{ { 0, 0 }, READING_FAILED, READING_FAILED, READING_FAILED },
		{ { EMFILE, ENODEV }, READING_FAILED, READING_ABSENT, READING_NONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(mem) struct host_readings *readings = mem_zeroed(1, sizeof(*readings));
		AUTO(mem) struct client *client = mem_zeroed(1, sizeof(*client));
		struct err err;
		int status;
		int ends[2];
		pid_t pid;

		assert_int_equal(wire_pair(ends, &err), 0);
		pid = fork();
		if (pid == 0)
			answer(ends[1], rows[i].errnums, ARRAY_LEN(rows[i].errnums));
		client_init(client, ends[0]);
		client->by_root = true;
		host_ask(readings, client);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		assert_int_equal(readings->kvm.state, rows[i].kvm);
		assert_int_equal(readings->sev.state, rows[i].sev);
		assert_int_equal(readings->snp.state, rows[i].snp);
		assert_int_equal(readings->sev_device,
				 rows[i].errnums[1] == 0 ? READING_NONE : rows[i].sev);
		assert_true(readings->cpuid_read && readings->by_root);
		close_fd(&ends[0]);
		close_fd(&ends[1]);
	}
}

static void knows_the_levels(void **state)
{
	(void)state;
	assert_int_equal(host_ask_level(LEVEL_SEV), HOST_LEVEL_SEV);
	assert_int_equal(host_ask_level(LEVEL_SEV_ES), HOST_LEVEL_SEV_ES);
	assert_int_equal(host_ask_level(LEVEL_SEV_SNP), HOST_LEVEL_SEV_SNP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(looks_only_where_it_matters),
		cmocka_unit_test(keeps_what_the_launcher_says),
		cmocka_unit_test(knows_the_levels),
	};

	return cmocka_run_group_tests_name("cli/host_ask", tests, NULL, NULL);
}
