/* SPDX-License-Identifier: Apache-2.0 */
/* Programs to be started instead of QEMU, and what they leave behind. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_SPAWNS_H
#define SNPLAUNCH_TESTS_LAUNCHER_SPAWNS_H

#include "tests/base/process.h"

#include "base/argv.h"
#include "launcher/spawn.h"

/* A start of 'exe' with a pipe for what it prints. Owner: caller, spawn_end(). */
struct spawned {
	struct child child;
	struct argv argv;
	struct qemu_start start;
	int exe_fd;
	int stderr_ends[2];
	struct err err;
	int result;
};

/* Asserts nothing, so that it works in run_as_user() too. */
static inline void spawned_init(struct spawned *spawned, const char *exe)
{
	*spawned = (struct spawned){ .stderr_ends = { -1, -1 } };
	child_init(&spawned->child);
	spawned->exe_fd = open(exe, O_RDONLY | O_CLOEXEC);
	if (pipe2(spawned->stderr_ends, O_CLOEXEC) < 0)
		abort();
	spawned->start = (struct qemu_start){
		.exe_fd = spawned->exe_fd,
		.stderr_fd = spawned->stderr_ends[1],
		.argv = &spawned->argv,
	};
	argv_push(&spawned->argv, "qemu");
}

static inline void spawned_run(struct spawned *spawned)
{
	spawned->result = spawn_qemu(&spawned->child, &spawned->start, &spawned->err);
	close_fd(&spawned->stderr_ends[1]);
}

/* A shell with this script. */
static inline void spawned_run_shell(struct spawned *spawned, const char *script)
{
	argv_push(&spawned->argv, "-c");
	argv_push(&spawned->argv, script);
	spawned_run(spawned);
}

static inline void spawned_release(struct spawned *spawned)
{
	child_release(&spawned->child);
	argv_release(&spawned->argv);
	close_fd(&spawned->exe_fd);
	close_fd(&spawned->stderr_ends[0]);
	close_fd(&spawned->stderr_ends[1]);
}

/* How QEMU ended, as its init tells it. */
static inline struct notice_gone spawned_gone(struct spawned *spawned)
{
	struct notice_gone gone = { 0 };

	assert_true(becomes_readable(spawned->child.status_fd));
	assert_int_equal(read(spawned->child.status_fd, &gone, sizeof(gone)), sizeof(gone));
	return gone;
}

#endif
