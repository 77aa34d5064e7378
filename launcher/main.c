// SPDX-License-Identifier: Apache-2.0
// The privileged launcher: starts the front, serves its requests, starts and ends QEMU.
//
// How a launch goes, in time order. Each stage must do what it says before the next begins:
//
//   1 clean_descriptors  all that was inherited closes on exec, but --events-fd.
//                        Must: come before anything is opened.
//   2 hold_signals       all are blocked; those that ask for an end are read from a signalfd.
//   3 remember           the working directory (then we leave it), the terminal's settings.
//   4 read_policy        an unprivileged process compiles the host policy to plain bytes.
//   5 start_front        the unprivileged half is started over a socket pair. From here on this
//                        process does only what monitor.c's table of requests allows.
//                        Must not: read a guest file, an image, JSON or QMP. The front does.
//   6 monitor_confine    capabilities go, and system calls that no request needs; again when QEMU
//                        runs and nothing will be started any more.
//   7 requests           OPEN gives descriptors of judged objects; PROBE and START run QEMU by way
//                        of the unprivileged jail program; STOP kills it.
//                        Must: START only what the host policy allows, as start.c tells.
//   8 clean up           when the front has ended, for whatever reason: QEMU is killed and reaped,
//                        the runtime directory removed, the terminal restored, the front's exit
//                        status passed on. Nobody else cleans up.
//
// If this process is killed, the front and the jail program die with it (PR_SET_PDEATHSIG), and with the
// init everything in its PID namespace.

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/auto.h"
#include "base/log.h"
#include "launcher/monitor.h"
#include "launcher/terminal.h"

#define FRONT_NAME "snplaunch"
#define OPTION_SIZE 64 // of those that we add to the front's command line
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define JAIL_NAME "snplaunch-jail"

// 0 to 2 exist, so that no file of ours becomes somebody's standard error; the rest closes on exec.
static int clean_descriptors(struct err *err)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return err_sys(err, "cannot open '/dev/null'");
	} while (fd <= STDERR_FILENO);
	close_fd(&fd);
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(err, "cannot mark inherited descriptors to be closed");
	return 0;
}

// The number behind --events-fd, or -1. Whether the option makes sense is the front's business.
static int events_fd(int argc, char *const *argv)
{
	for (int i = 1; i < argc; i++) {
		const char *value = files_value_of("--events-fd", &argv[i]);
		unsigned long fd = value == NULL ? 0 : strtoul(value, NULL, 0);

		if (fd > STDERR_FILENO && fd < INT_MAX && fcntl((int)fd, F_GETFD) >= 0)
			return (int)fd;
	}
	return -1;
}

static int hold_signals(int *out_fd, struct err *err)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	static const int stopping[] = { SIGTSTP, SIGTTIN, SIGTTOU };
	struct sigaction hangup = { 0 };
	sigset_t heard;
	sigset_t held;

	(void)sigemptyset(&heard);
	// Ignored, whoever started us wants the launch to outlive the terminal (nohup).
	(void)sigaction(SIGHUP, NULL, &hangup);
	for (size_t i = 0; i < ARRAY_LEN(ending); i++)
		if (ending[i] != SIGHUP || hangup.sa_handler != SIG_IGN)
			(void)sigaddset(&heard, ending[i]);
	(void)sigfillset(&held); // none ends us before we have cleaned up
	for (size_t i = 0; i < ARRAY_LEN(stopping); i++)
		(void)sigdelset(&held, stopping[i]);
	*out_fd = signalfd(-1, &heard, SFD_CLOEXEC);
	if (*out_fd < 0 || sigprocmask(SIG_SETMASK, &held, NULL) < 0)
		return err_sys(err, "cannot hold signals");
	// Whoever started us may have ignored these; children are waited for, broken pipes seen.
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int remember_directory(int *out_fd, struct err *err)
{
	*out_fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*out_fd < 0)
		return err_sys(err, "cannot open the working directory");
	if (chdir("/") < 0)
		return err_sys(err, "cannot change to '/'");
	return 0;
}

// Compiles the host policy, in an unprivileged process that reads nothing else. monitor->policy_fd has
// its bytes for the front and the judge to read, too; -1 when there is no policy file.
static int read_policy(struct monitor *monitor, int front_fd, struct err *err)
{
	AUTO(fd) int file_fd = -1;
	AUTO(fd) int bytes_fd = -1;
	int status;

	if (host_policy_accept(&monitor->policy, err) < 0 || // the safe defaults
	    files_open_policy(&file_fd, err) < 0)
		return -1;
	if (file_fd < 0)
		return 0;
	bytes_fd = memfd_create("host-policy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (bytes_fd < 0)
		return err_sys(err, "cannot make a memory file");
	status = spawn_helper("compile-policy", front_fd, (int[]){ file_fd, bytes_fd }, 2,
			      monitor->policy.front_uid, err);
	if (status != 0) // it has said what is wrong
		return status < 0 ? -1 :
				    err_set(err, ERR_GUEST_FILE,
					    "the host policy is not obeyed, so nothing is started");
	if (fcntl(bytes_fd, F_ADD_SEALS, ALL_SEALS) < 0 ||
	    pread(bytes_fd, &monitor->policy, sizeof(monitor->policy), 0) !=
		    (ssize_t)sizeof(monitor->policy))
		return err_set(err, ERR_BUG, "the host policy was compiled to something else");
	monitor->policy_fd = take_fd(&bytes_fd);
	return host_policy_accept(&monitor->policy, err);
}

// 'inherited_fd' is for the front alone; -1: none.
static int start_front(struct monitor *monitor, int argc, int inherited_fd, struct err *err)
{
	AUTO(fd) int exe_fd = -1;
	AUTO(fd) int events = inherited_fd;
	AUTO(fd) int front_end = -1;
	char **argv = calloc((size_t)argc + 3, sizeof(*argv));
	char option[OPTION_SIZE];
	struct program program = { "front", -1, argv, NULL, 3 };
	int ends[2];

	monitor->front_argv = argv;
	if (argv == NULL)
		return err_sys(err, "cannot copy the arguments");
	if (files_open_beside(FRONT_NAME, &exe_fd, err) < 0 ||
	    files_open_beside(JAIL_NAME, &monitor->jail_fd, err) < 0 ||
	    read_policy(monitor, exe_fd, err) < 0 || wire_pair(ends, err) < 0)
		return -1;
	monitor->wire_fd = ends[0];
	front_end = ends[1];
	(void)snprintf(option, sizeof(option), "--launcher-fds=%d,%d", front_end,
		       monitor->policy_fd);
	argv[0] = (char *)FRONT_NAME;
	argv[1] = option;
	for (int i = 1; i < argc; i++)
		argv[i + 1] = monitor->files.argv[i];
	program.fd = exe_fd;
	program.kept_fds = (int[]){ front_end, events, monitor->policy_fd };
	return spawn_front(&monitor->front, &program, monitor->policy.front_uid, err);
}

static int prepare(struct monitor *monitor, int argc, struct terminal *terminal, struct err *err)
{
	int inherited_fd;

	(void)umask(077);
	if (getauxval(AT_SECURE) != 0)
		return err_set(
			err, ERR_REFUSED,
			"this program must not have the set-user-ID bit or file capabilities");
	if (monitor->files.privileged && setgroups(0, NULL) < 0)
		return err_sys(err, "cannot drop supplementary groups");
	if (clean_descriptors(err) < 0)
		return -1;
	inherited_fd = events_fd(argc, monitor->files.argv); // before one of ours has its number
	if (hold_signals(&monitor->signal_fd, err) < 0 ||
	    remember_directory(&monitor->files.cwd_fd, err) < 0)
		return -1;
	terminal_save(terminal);
	if (start_front(monitor, argc, inherited_fd, err) < 0)
		return -1;
	return monitor_confine(monitor, err);
}

int main(int argc, char **argv)
{
	struct terminal terminal = { 0 };
	struct monitor monitor;
	struct err err;
	int status;

	log_settings.program = "snplaunch-launcher";
	log_settings.to_journal = getenv("JOURNAL_STREAM") != NULL;
	log_settings.debug_wanted = getenv("SNPLAUNCH_DEBUG") != NULL;
	monitor_init(&monitor);
	monitor.files.argv = argv;
	monitor.files.privileged = geteuid() == 0;
	status = prepare(&monitor, argc, &terminal, &err) < 0 ? -1 : monitor_run(&monitor, &err);
	monitor_release(&monitor);
	terminal_restore(&terminal);
	if (status >= 0)
		return status;
	log_error("%s", err.text); // after the clean-up, which no reader of this can hold up
	return err_exit_status(&err);
}
