/* SPDX-License-Identifier: Apache-2.0 */
/* A launcher and a QEMU that follow a script, in a process of their own. */
#ifndef SNPLAUNCH_TESTS_CLI_ACTOR_H
#define SNPLAUNCH_TESTS_CLI_ACTOR_H

#include "tests/base/process.h"
#include "tests/qmp/peer.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/wire.h"
#include "cli/supervise.h"
#include "tests/base/wire_say.h"

/* One thing that the other side does, in order. What is NULL or 0 is left out. */
struct step {
	const char *hears;		 // a part of the next line on QMP
	const char *says;		 // on QMP
	const char *says_stderr;	 /* with its line end */
	const char *console;		 // on the serial port
	uint32_t signal_number;		 // a notice of it
	const struct start_facts *facts; // in START's reply; of the first step only
	bool hears_stop;		 // on the wire, answered
	bool hangs_up;			 // closes QMP
	bool crashes;			 // the launcher goes away
	bool ends;			 // a notice of QEMU's end
	struct notice_gone gone;
};

#define RETURN(id, value) "{\"return\": " value ", \"id\": " id "}\r\n"
#define EVENT(name, data) \
	"{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"" name \
	"\", \"data\": " data "}\r\n"
#define SHUTDOWN(guest, reason) \
	EVENT("SHUTDOWN", "{\"guest\": " guest ", \"reason\": \"" reason "\"}")
#define STATUS(word) "{\"status\": \"" word "\", \"singlestep\": false, \"running\": false}"
#define SEV(enabled, rest) \
	"{\"enabled\": " enabled ", \"api-major\": 1, \"api-minor\": 55, \"build-id\": 3, " rest "}"
#define SEV_OFF SEV("false", "\"state\": \"uninit\", \"policy\": 0, \"handle\": 0")

/* What every launch begins with, at level off up to the running guest. */
#define GREETS \
	{ \
		.says = PEER_GREETING \
	}
#define TALKS \
	GREETS, \
	{ \
		.hears = "\"qmp_capabilities\"", .says = RETURN("1", "{}") \
	}
#define IS_PRELAUNCH \
	TALKS, \
	{ \
		.hears = "\"query-status\"", .says = RETURN("2", STATUS("prelaunch")) \
	}
#define IS_ASKED_TO_RUN \
	IS_PRELAUNCH, { .hears = "\"query-sev\"", .says = RETURN("3", SEV_OFF) }, \
	{ \
		.hears = "\"cont\"" \
	}
#define RUNS \
	IS_ASKED_TO_RUN, { .says = RETURN("4", "{}") }, \
	{ \
		.hears = "\"query-status\"", .says = RETURN("5", STATUS("running")) \
	}
#define EXITS(how) \
	{ \
		.ends = true, .gone = { CLD_EXITED, how } \
	}
#define DIES(signal_number) \
	{ \
		.ends = true, .gone = { CLD_KILLED, signal_number } \
	}

/* Nothing is asserted in that process; it ends with the number of the step that failed. */
struct actor {
	int wire;
	int qmp;
	int console;
	int stderr_fd;
};

static inline void must(bool holds, int step)
{
	if (!holds)
		_exit(step + 1);
}

/* Takes standard error, the plan, QMP, the console and the firmware, as the launcher hands them on. */
static inline void start_qemu(struct actor *actor, const struct start_facts *facts)
{
	static const struct start_facts nothing;
	static struct wire_message message;
	struct err err;

	must(wire_receive(actor->wire, &message, &err) == 0 && message.type == REQUEST_START &&
		     message.len == sizeof(struct plan_needs) && message.n_fds == 5,
	     100);
	actor->stderr_fd = take_fd(&message.fds[START_FD_STDERR]);
	actor->qmp = take_fd(&message.fds[START_FD_PLAN + 1]);
	actor->console = take_fd(&message.fds[START_FD_PLAN + 2]);
	wire_message_release(&message);
	wire_fill(&message, REPLY_DONE, facts == NULL ? &nothing : facts, sizeof(nothing));
	must(wire_send(actor->wire, &message, &err) == 0, 102);
}

static inline bool hears_line(const struct actor *actor, const char *part)
{
	char line[400];
	size_t len = 0;

	while (len < sizeof(line) - 1 && read(actor->qmp, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	return strstr(line, part) != NULL;
}

static inline bool hears_stop(const struct actor *actor)
{
	static struct wire_message message;
	struct err err;

	return wire_receive(actor->wire, &message, &err) == 0 && message.type == REQUEST_STOP &&
	       wire_say(actor->wire, REPLY_DONE, NULL, 0, &err) == 0;
}

static inline void do_step(struct actor *actor, const struct step *step, int nth)
{
	struct err err;

	if (step->hears != NULL)
		must(hears_line(actor, step->hears), nth);
	if (step->hears_stop)
		must(hears_stop(actor), nth);
	if (step->says_stderr != NULL)
		must(fd_write_all(actor->stderr_fd, step->says_stderr, strlen(step->says_stderr),
				  &err) == 0,
		     nth);
	if (step->console != NULL)
		must(fd_write_all(actor->console, step->console, strlen(step->console), &err) == 0,
		     nth);
	if (step->says != NULL)
		must(fd_write_all(actor->qmp, step->says, strlen(step->says), &err) == 0, nth);
	if (step->hangs_up)
		close_fd(&actor->qmp);
	if (step->signal_number != 0)
		must(wire_say(actor->wire, NOTICE_SIGNAL, &step->signal_number, sizeof(uint32_t),
			      &err) == 0,
		     nth);
	if (!step->ends)
		return;
	close_fd(&actor->qmp);
	close_fd(&actor->stderr_fd);
	close_fd(&actor->console);
	must(wire_say(actor->wire, NOTICE_GONE, &step->gone, sizeof(step->gone), &err) == 0, nth);
}

static inline void act(int wire, const struct step *steps, size_t n)
{
	struct actor actor = { .wire = wire };
	char byte;

	(void)alarm(PATIENCE_MS / 1000);
	start_qemu(&actor, steps[0].facts);
	for (size_t i = 0; i < n; i++) {
		if (steps[i].crashes)
			_exit(0);
		do_step(&actor, &steps[i], (int)i);
	}
	// Nothing more may be asked for; the wire ends when the test is over.
	must(read(wire, &byte, 1) == 0, 110);
	_exit(0);
}

#endif
