/* SPDX-License-Identifier: Apache-2.0 */
/* One start of a program, with nothing left behind it. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_SPAWN_FIXTURE_H
#define SNPLAUNCH_TESTS_LAUNCHER_SPAWN_FIXTURE_H

#include "tests/launcher/spawned_status.h"

#include <linux/close_range.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "config.h"

struct fixture {
	struct spawned spawned;
	char folder[40];
	char text[4096];
	size_t n_fds; /* before the test */
};

static inline int set_up_with(void **state, const char *exe)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	make_folder(fixture->folder);
	fixture->n_fds = count_fds();
	spawned_init(&fixture->spawned, exe);
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	spawned_release(&fixture->spawned);
	assert_int_equal(count_fds(), n_before);
	assert_true(has_no_children());
	remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static inline const char *printed(struct fixture *fixture)
{
	return read_to_end(fixture->spawned.stderr_ends[0], fixture->text, sizeof(fixture->text));
}

#define NO_CAPABILITIES \
	"CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n" \
	"CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n"

static inline void expect_identity(const char *text, unsigned int uid, unsigned int gid)
{
	char expected[600];

	(void)snprintf(expected, sizeof(expected),
		       "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\nGroups:\t \n" NO_CAPABILITIES,
		       uid, uid, uid, uid, gid, gid, gid, gid);
	assert_string_equal(text, expected);
}

static inline void open_program(struct fixture *fixture, const char *content, mode_t mode)
{
	char path[60];

	spawned_release(&fixture->spawned);
	make_file(fixture->folder, "program", content, mode);
	(void)snprintf(path, sizeof(path), "%s/program", fixture->folder);
	spawned_init(&fixture->spawned, path);
}

/* As the launcher's main() does: whoever runs the tests may leave descriptors open. */
static inline int close_what_is_inherited(void **state)
{
	(void)state;
	return syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -1 : 0;
}

#endif
