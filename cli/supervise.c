// SPDX-License-Identifier: Apache-2.0
// The supervisor's loop: waits, turns what it hears into events for the transition table, and says
// in the end how it went.

#include "cli/supervise.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/answers.h"
#include "cli/tell.h"
#include "cli/transitions.h"

#define FLUSH_TIMEOUT_MS 2000		     /* for a slow reader of the console, after the end */
#define STDERR_BYTES_MAX ((size_t)64 * 1024) /* of one QEMU that are shown */
#define FINAL_READS_MAX 64		     /* of QMP and standard error, after the end */

// --- What is heard ------------------------------------------------------------------------------

static enum run_event event_of_reply(const struct supervisor *s)
{
	const struct qmp_reply *reply = &s->message.reply;

	// Only the levels whose launch an owner can measure stop in this state.
	if (s->state == RUN_SEV && reply->sev.enabled &&
	    reply->sev.state == QMP_SEV_STATE_LAUNCH_SECRET)
		return ON_REPLY_SECRET;
	return ON_REPLY;
}

static enum run_event event_of_message(const struct supervisor *s)
{
	switch (s->message.kind) {
	case QMP_GREETING:
		return ON_GREETING;
	case QMP_REPLY:
		return event_of_reply(s);
	case QMP_REFUSAL:
		return ON_REFUSAL;
	case QMP_EVENT:
		return s->message.event.name == QMP_EVENT_SHUTDOWN ? ON_SHUTDOWN : ON_NEWS;
	default:
		return ON_CLOSED;
	}
}

static void hear_qmp(struct supervisor *s)
{
	struct err err;

	while (s->state != RUN_GONE && qmp_session_fd(&s->session) >= 0) {
		if (qmp_session_read(&s->session, &s->message, &err) < 0) {
			keep_failure(s, &err);
			happen(s, ON_PROTOCOL);
			return;
		}
		if (s->message.kind == QMP_NOTHING)
			return;
		happen(s, event_of_message(s));
		qmp_message_release(&s->message);
	}
}

static void take_stderr_line(void *context, const char *line)
{
	struct supervisor *s = context;
	size_t len = strlen(line);

	(void)snprintf(s->last_words, sizeof(s->last_words), "%s", line);
	explain_launch(&s->why, line);
	if (len >= s->stderr_left) {
		s->stderr_left = 0;
		s->stderr_dropped += len;
		return;
	}
	s->stderr_left -= len;
	log_info("QEMU: %s", line);
}

static void hear_stderr(struct supervisor *s)
{
	char bytes[1024];
	ssize_t n = read(s->stderr_fd, bytes, sizeof(bytes));

	if (n > 0)
		lines_add(&s->stderr_lines, bytes, (size_t)n);
	else if (n == 0 || errno != EINTR)
		close_fd(&s->stderr_fd);
}

static void hear_launcher(struct supervisor *s)
{
	struct err err;

	if (client_read_notice(s->client, &err) < 0) {
		keep_failure(s, &err);
		s->state = RUN_GONE; // without the launcher there is nothing to wait for
	}
}

static void hear_wishes(struct supervisor *s, enum console_wish wish)
{
	int signal_number = client_take_signal(s->client);

	if (wish == CONSOLE_WISH_KILL)
		happen(s, ON_KILL_WISH);
	if (signal_number == 0 && wish != CONSOLE_WISH_POWERDOWN)
		return;
	s->signal_number = signal_number != 0 ? signal_number : SIGINT;
	happen(s, ON_STOP_WISH);
}

// Until the guest runs, the launch's time is also that of each answer.
static void add_remedy(struct err *err)
{
	const struct err late = *err;

	(void)err_set(err, late.kind, "%s: " TRANSITIONS_LONGER, late.text);
}

static void hear_clock(struct supervisor *s)
{
	struct err err;

	if (qmp_session_fd(&s->session) >= 0 && s->state != RUN_KILLED &&
	    qmp_session_check_deadline(&s->session, &err) < 0) {
		if (!s->ran)
			add_remedy(&err);
		keep_failure(s, &err);
		happen(s, ON_PROTOCOL);
	}
	if (s->deadline_ms != 0 && clock_now_ms() >= s->deadline_ms)
		happen(s, ON_DEADLINE);
}

// QEMU has ended, but what it said before may still lie in its sockets.
static void hear_end(struct supervisor *s)
{
	for (int i = 0; i < FINAL_READS_MAX && qmp_session_fd(&s->session) >= 0; i++)
		hear_qmp(s);
	for (int i = 0; i < FINAL_READS_MAX && s->stderr_fd >= 0; i++) {
		struct pollfd waiting = { .fd = s->stderr_fd, .events = POLLIN };

		if (poll(&waiting, 1, 0) <= 0)
			break;
		hear_stderr(s);
	}
	lines_finish(&s->stderr_lines);
	if (s->stderr_dropped > 0) {
		log_info("QEMU: [%" PRIu64 " bytes dropped]", s->stderr_dropped);
		log_info("QEMU: %s", s->last_words);
	}
	happen(s, ON_GONE);
}

// --- The loop -----------------------------------------------------------------------------------

enum watched {
	WATCH_LAUNCHER,
	WATCH_QMP,
	WATCH_STDERR,
	WATCH_GUEST,
	WATCH_OUT,
	WATCH_IN,
	WATCH_FIRMWARE,
	WATCH_FIRMWARE_OUT,
	WATCH_CONTROL,
	WATCHED = WATCH_CONTROL + CONTROL_FDS,
};

// poll() skips negative descriptors; one without wanted events is skipped too, so that a hung-up
// peer does not keep the loop busy.
static struct pollfd watch(int fd, short events)
{
	return (struct pollfd){ .fd = events == 0 ? -1 : fd, .events = events };
}

static void watch_all(const struct supervisor *s, struct pollfd fds[static WATCHED])
{
	const struct console *console = s->console;
	const struct console *firmware = s->firmware_log;

	fds[WATCH_LAUNCHER] = watch(s->client->fd, POLLIN);
	fds[WATCH_QMP] = watch(qmp_session_fd(&s->session), POLLIN);
	fds[WATCH_STDERR] = watch(s->stderr_fd, POLLIN);
	fds[WATCH_GUEST] = watch(console->guest_fd, console_guest_events(console));
	fds[WATCH_OUT] = watch(console->out_fd, console_out_events(console));
	fds[WATCH_IN] = watch(console->in_fd, console_in_events(console));
	fds[WATCH_FIRMWARE] = watch(firmware->guest_fd, console_guest_events(firmware));
	fds[WATCH_FIRMWARE_OUT] = watch(firmware->out_fd, console_out_events(firmware));
	control_watch(s->control, &fds[WATCH_CONTROL]);
}

static int next_timeout_ms(const struct supervisor *s)
{
	bool command_matters = qmp_session_fd(&s->session) >= 0 && s->state != RUN_KILLED;
	int64_t command_ms = command_matters ? qmp_session_deadline_ms(&s->session) : 0;
	const int64_t deadlines_ms[] = { s->deadline_ms, command_ms,
					 control_deadline_ms(s->control) };
	int64_t first_ms = 0;

	for (size_t i = 0; i < ARRAY_LEN(deadlines_ms); i++)
		if (deadlines_ms[i] != 0 && (first_ms == 0 || deadlines_ms[i] < first_ms))
			first_ms = deadlines_ms[i];
	return clock_poll_ms(first_ms);
}

static enum console_wish move_console(struct supervisor *s, const struct pollfd fds[static WATCHED])
{
	enum console_wish wish = CONSOLE_WISH_NONE;

	if ((fds[WATCH_GUEST].revents & (POLLIN | POLLHUP | POLLERR)) != 0)
		console_read_guest(s->console);
	if (s->console->guest_fd >= 0 && (fds[WATCH_GUEST].revents & POLLOUT) != 0)
		console_write_guest(s->console);
	if (fds[WATCH_OUT].revents != 0)
		console_write_out(s->console);
	if (fds[WATCH_IN].revents != 0)
		wish = console_read_in(s->console);
	if (fds[WATCH_FIRMWARE].revents != 0)
		console_read_guest(s->firmware_log);
	if (fds[WATCH_FIRMWARE_OUT].revents != 0)
		console_write_out(s->firmware_log);
	return wish;
}

static void loop(struct supervisor *s)
{
	while (s->state != RUN_GONE) {
		enum console_wish wish;
		struct pollfd fds[WATCHED];

		watch_all(s, fds);
		if (poll(fds, WATCHED, next_timeout_ms(s)) < 0)
			continue; // EINTR; descriptors are ours and valid
		wish = move_console(s, fds);
		if (fds[WATCH_QMP].revents != 0)
			hear_qmp(s);
		if (fds[WATCH_STDERR].revents != 0)
			hear_stderr(s);
		if (fds[WATCH_LAUNCHER].revents != 0)
			hear_launcher(s);
		control_serve(s->control, &fds[WATCH_CONTROL]);
		hear_wishes(s, wish);
		hear_clock(s);
		if (s->client->gone_told && s->state != RUN_GONE)
			hear_end(s);
	}
}

// --- The outcome --------------------------------------------------------------------------------

static int add_last_words(const struct supervisor *s, struct err *err)
{
	size_t used = strlen(err->text);

	if (s->last_words[0] != '\0')
		(void)snprintf(err->text + used, sizeof(err->text) - used, "; QEMU said: %s",
			       s->last_words);
	tell_why(s);
	// A QEMU that goes on after a failure, in another state, has said why.
	if (s->why.failure != NULL && err->kind == ERR_PROTOCOL)
		err->kind = ERR_HOST;
	return -1;
}

static int judge_death(const struct supervisor *s, struct err *err)
{
	const struct notice_gone *gone = &s->client->gone;
	const char *when = s->ran ? "while the guest ran" : "during the launch";

	if (gone->code == CLD_EXITED)
		(void)err_set(err, s->ran ? ERR_CRASH : ERR_HOST, "QEMU ended with status %d %s",
			      gone->status, when);
	else if (gone->code == 0)
		(void)err_set(err, ERR_CRASH, "QEMU's namespace was killed %s", when);
	else
		(void)err_set(err, ERR_CRASH, "QEMU was killed by signal %d (%s) %s%s",
			      gone->status, strsignal(gone->status), when,
			      gone->status == SIGSYS ? ": a seccomp violation" : "");
	return add_last_words(s, err);
}

struct reason_row {
	enum qmp_shutdown_reason reason;
	enum err_kind kind; /* ERR_NONE: all is well */
	const char *text;
};

static const struct reason_row reasons[] = {
	{ QMP_REASON_GUEST_SHUTDOWN, ERR_NONE, "the guest powered off" },
	{ QMP_REASON_GUEST_RESET, ERR_RESET, "the guest asked for a reset" },
	{ QMP_REASON_SUBSYSTEM_RESET, ERR_RESET, "the guest asked for a reset" },
	{ QMP_REASON_GUEST_PANIC, ERR_CRASH, "the guest panicked" },
	{ QMP_REASON_HOST_SIGNAL, ERR_CRASH, "QEMU was ended by a signal from outside" },
	{ QMP_REASON_HOST_QMP_QUIT, ERR_CRASH, "the guest was ended" },
	{ QMP_REASON_HOST_ERROR, ERR_CRASH, "QEMU ended after an error of the host" },
};

static int judge_shutdown(const struct supervisor *s, struct err *err)
{
	if (s->launch->plan.rehearses && s->shutdown.reason == QMP_REASON_HOST_QMP_QUIT)
		return 0; // that was us
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].reason != s->shutdown.reason)
			continue;
		return reasons[i].kind == ERR_NONE ?
			       0 :
			       err_set(err, reasons[i].kind, "%s", reasons[i].text);
	}
	return err_set(err, ERR_CRASH, "QEMU ended for the reason '%s'",
		       qmp_shutdown_reason_word(s->shutdown.reason));
}

static int judge(const struct supervisor *s, struct err *err)
{
	const struct notice_gone *gone = &s->client->gone;

	if (s->failure.kind != ERR_NONE) {
		*err = s->failure;
		return s->ran ? -1 : add_last_words(s, err);
	}
	if (s->forced)
		return err_set(err, ERR_CRASH, "the guest was killed, as asked for");
	if (gone->code == CLD_EXITED && gone->status == 0 && s->has_shutdown && s->ran)
		return judge_shutdown(s, err);
	return judge_death(s, err);
}

static int connect_all(struct supervisor *s, struct started *started, struct err *err)
{
	s->stderr_fd = take_fd(&started->stderr_fd);
	if (qmp_session_init(&s->session, take_fd(&started->qmp_fd), &qmp_limits_supervise,
			     s->launch->guest.launch_timeout_ms, err) < 0)
		return -1;
	if (console_reconnect(s->console, take_fd(&started->console_fd), err) < 0)
		return -1;
	return console_reconnect(s->firmware_log, take_fd(&started->firmware_log_fd), err);
}

// NULL when the AMD-SP was not asked, or is not the one that launches this guest.
static struct json_object *platform_json(const struct launch *launch)
{
	static const char *const states[] = { "uninit", "init", "working" };
	const struct sev_reading *platform = &launch->readings.sev;
	struct json_object *fields;
	char version[16];

	if (platform->state != READING_DONE || launch->plan.level == LEVEL_OFF ||
	    launch->plan.rehearses)
		return NULL;
	fields = json_object_new_object();
	(void)snprintf(version, sizeof(version), "%u.%u.%u", platform->api_major,
		       platform->api_minor, platform->build);
	(void)json_object_object_add(fields, "sev_firmware", json_object_new_string(version));
	(void)json_object_object_add(
		fields, "sev_state",
		json_object_new_string(platform->platform_state < ARRAY_LEN(states) ?
					       states[platform->platform_state] :
					       "unknown"));
	return fields;
}

static int start(struct supervisor *s, struct err *err)
{
	AUTO(started) struct started started;
	struct start_fds fds;

	launch_fds(s->launch, &fds);
	started_init(&started);
	if (client_start(s->client, &s->launch->plan, &fds, &started, err) < 0)
		return -1;
	events_tell(s->events, "started", platform_json(s->launch));
	s->facts = started.facts;
	s->started_ms = clock_now_ms();
	s->state = RUN_GREETING;
	s->deadline_ms = s->started_ms + s->launch->guest.launch_timeout_ms;
	return connect_all(s, &started, err);
}

int supervise(struct supervision *supervision, struct err *err)
{
	AUTO(mem) struct supervisor *s = mem_zeroed(1, sizeof(*s));
	int result;

	s->launch = supervision->launch;
	s->client = supervision->client;
	s->events = supervision->events;
	s->console = supervision->console;
	s->firmware_log = supervision->firmware_log;
	s->argv = supervision->argv;
	s->control = supervision->control;
	s->control->answer = answers_give;
	s->control->context = s;
	s->session = (struct qmp_session)QMP_SESSION_EMPTY;
	s->stderr_fd = -1;
	s->stderr_lines.take = take_stderr_line;
	s->stderr_lines.context = s;
	s->stderr_left = STDERR_BYTES_MAX;
	result = start(s, err);
	if (result == 0) {
		loop(s);
		console_finish(s->console, FLUSH_TIMEOUT_MS);
		console_finish(s->firmware_log, FLUSH_TIMEOUT_MS);
		result = judge(s, err);
	}
	supervision->why = s->why;
	supervision->stop_wished = s->signal_number != 0 || s->forced;
	qmp_session_release(&s->session);
	secret_packet_release(&s->packet);
	close_fd(&s->stderr_fd);
	return result;
}
