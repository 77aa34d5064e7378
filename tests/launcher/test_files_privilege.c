// SPDX-License-Identifier: Apache-2.0
// Opening for root: what the command line names, and what the front could open by itself.

#include "tests/launcher/opens.h"

#define NAMED_ONLY \
	"is only opened when its path stands in the command line, because snplaunch was started " \
	"by root"
#define AS_USER \
	"what the command line does not name is opened as an unprivileged user: cannot open "
#define DENIED ": Permission denied"

struct naming {
	enum open_role role;
	const char *arguments[2];
};

static void set_arguments(struct fixture *fixture, const struct naming *naming)
{
	static char *argv[4];

	argv[0] = (char *)"snplaunch";
	argv[1] = (char *)(uintptr_t)naming->arguments[0];
	argv[2] = (char *)(uintptr_t)naming->arguments[1];
	fixture->monitor.files.argv = argv;
}

// A file of root's alone, in a folder of root's alone.
static void make_private_file(struct fixture *fixture)
{
	assert_int_equal(mkdirat(fixture->monitor.files.cwd_fd, "dir", 0700), 0);
	make_file(fixture->folder, "dir/a.img", "", 0600);
	fixture->monitor.files.privileged = true;
}

static void opens_for_root_what_the_command_line_names(void **state)
{
	static const struct naming names[] = {
		{ OPEN_GUEST_FILE, { "dir/a.img" } },
		{ OPEN_HOST_FACTS, { "--host-facts", "dir/a.img" } },
		{ OPEN_HOST_FACTS, { "--host-facts=dir/a.img" } },
		{ OPEN_ARTIFACT, { "--firmware", "dir/a.img" } },
		{ OPEN_ARTIFACT, { "--kernel=dir/a.img" } },
		{ OPEN_ARTIFACT, { "--initrd=dir/a.img" } },
		{ OPEN_ARTIFACT, { "--id-block={\"block\":\"dir/a.img\",\"auth\":\"b\"}" } },
		{ OPEN_ARTIFACT, { "--sev-session", "{\"dh_cert\": \"dir/a.img\"}" } },
		{ OPEN_DISK_READ, { "--disk={\"path\":\"dir/a.img\"}" } },
		{ OPEN_DISK_WRITE, { "--disk", "{\"name\":\"a\", \"path\":\"dir/a.img\"}" } },
		{ OPEN_DISK_WRITE, { "--disk={\"path\":\"xdir/a.img\",\"x\":\"dir/a.img\"}" } },
	};
	struct fixture *fixture = *state;

	make_private_file(fixture);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		set_arguments(fixture, &names[i]);
		expect_open(fixture, names[i].role, "dir/a.img");
	}
}

// Neither a part of another path, nor another option's value, names it.
static void does_not_take_other_words_for_a_name(void **state)
{
	static const struct naming names[] = {
		{ OPEN_DISK_WRITE, { "dir/a.img" } },
		{ OPEN_DISK_WRITE, { "--kernel", "dir/a.img" } },
		{ OPEN_DISK_WRITE, { "--cmdline=dir/a.img" } },
		{ OPEN_DISK_WRITE, { "--disk={\"path\":\"dir/a.img.bak\"}" } },
		{ OPEN_DISK_WRITE, { "--disk={\"path\":\"/dir/a.img\"}" } },
		{ OPEN_DISK_WRITE, { "--disk={\"path\":\"./dir/a.img\"}" } },
		{ OPEN_DISK_WRITE, { "--disk={dir/a.img}" } },
		{ OPEN_DISK_WRITE, { "--diskx=dir/a.img" } },
		{ OPEN_DISK_WRITE, { "--dis", "dir/a.img" } },
		{ OPEN_DISK_WRITE, { "--disk" } },
		{ OPEN_DISK_WRITE, { NULL } },
		{ OPEN_GUEST_FILE, { "dir/a.img.json" } },
		{ OPEN_GUEST_FILE, { "xdir/a.img" } },
		{ OPEN_GUEST_FILE, { "--kernel=dir/a.img" } },
		{ OPEN_HOST_FACTS, { "--host-facts=dir/a.imgs" } },
		{ OPEN_HOST_FACTS, { "dir/a.img" } },
	};
	struct fixture *fixture = *state;

	make_private_file(fixture);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *noun = names[i].role == OPEN_DISK_WRITE ? "disk" :
				   names[i].role == OPEN_GUEST_FILE ? "guest file" :
								      "host facts";
		char text[200];

		set_arguments(fixture, &names[i]);
		(void)snprintf(text, sizeof(text), "%s 'dir/a.img': " NAMED_ONLY, noun);
		expect_refusal(fixture, names[i].role, "dir/a.img", ERR_REFUSED, text);
	}
}

// A process may be started without any argument, not even its own name.
static void survives_an_empty_command_line(void **state)
{
	char *nothing[] = { NULL };
	struct fixture *fixture = *state;

	make_private_file(fixture);
	fixture->monitor.files.argv = nothing;
	expect_refusal(fixture, OPEN_DISK_WRITE, "dir/a.img", ERR_REFUSED,
		       "disk 'dir/a.img': " NAMED_ONLY);
}

static void reads_for_root_what_everybody_may_read(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "public", "", 0604);
	make_file(fixture->folder, "secret", "", 0600);
	expect_open(fixture, OPEN_ARTIFACT, "public");
	expect_open(fixture, OPEN_DISK_READ, "public");
	expect_refusal(fixture, OPEN_ARTIFACT, "secret", ERR_REFUSED,
		       AS_USER "file 'secret'" DENIED);
	expect_refusal(fixture, OPEN_DISK_READ, "secret", ERR_REFUSED,
		       AS_USER "disk 'secret'" DENIED);
	fixture->monitor.files.privileged = false;
	expect_open(fixture, OPEN_ARTIFACT, "secret");
}

static void reads_nothing_for_root_behind_a_private_folder(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	fixture->monitor.files.privileged = true;
	assert_int_equal(mkdirat(fixture->monitor.files.cwd_fd, "dir", 0700), 0);
	make_file(fixture->folder, "dir/public", "", 0644);
	assert_int_equal(symlinkat("dir/public", fixture->monitor.files.cwd_fd, "link"), 0);
	expect_refusal(fixture, OPEN_ARTIFACT, "dir/public", ERR_REFUSED,
		       AS_USER "file 'dir/public'" DENIED);
	expect_refusal(fixture, OPEN_ARTIFACT, "link", ERR_REFUSED, AS_USER "file 'link'" DENIED);
}

// Root is a member of groups, and the front is in none of them.
static void reads_nothing_for_root_that_only_its_groups_may_read(void **state)
{
	struct fixture *fixture = *state;
	gid_t saved[64];
	int n_saved;
	const gid_t groups[] = { 0, ORDINARY_ID };

	NEEDS_ROOT();
	n_saved = getgroups(ARRAY_LEN(saved), saved);
	assert_true(n_saved >= 0);
	assert_int_equal(setgroups(ARRAY_LEN(groups), groups), 0);
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "groups", "", 0640);
	expect_refusal(fixture, OPEN_ARTIFACT, "groups", ERR_REFUSED,
		       AS_USER "file 'groups'" DENIED);
	assert_int_equal(fchownat(fixture->monitor.files.cwd_fd, "groups", 0, ORDINARY_ID, 0), 0);
	expect_refusal(fixture, OPEN_ARTIFACT, "groups", ERR_REFUSED,
		       AS_USER "file 'groups'" DENIED);
	assert_int_equal(setgroups((size_t)n_saved, saved), 0);
}

// Files of others, opened with the front's rights, do not take root's away.
static void has_the_rights_of_root_again_afterwards(void **state)
{
	static const struct naming name = { OPEN_ARTIFACT, { "--kernel=dir/a.img" } };
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	make_private_file(fixture);
	make_file(fixture->folder, "public", "", 0644);
	set_arguments(fixture, &name);
	expect_open(fixture, OPEN_ARTIFACT, "public");
	expect_open(fixture, OPEN_ARTIFACT, "dir/a.img");
	expect_refusal(fixture, OPEN_ARTIFACT, "missing", ERR_INPUT,
		       "cannot open file 'missing': No such file or directory");
	expect_open(fixture, OPEN_ARTIFACT, "dir/a.img");
}

// A link of /proc leads to what only its process may open.
static void follows_no_link_of_proc_for_root(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int private_fd = -1;
	char path[40];

	NEEDS_ROOT();
	make_private_file(fixture);
	private_fd = openat(fixture->monitor.files.cwd_fd, "dir/a.img", O_RDONLY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", private_fd);
	assert_int_equal(open_as(fixture, OPEN_ARTIFACT, path, &fixture->fd), -1);
	assert_true(fixture->err.kind == ERR_REFUSED || fixture->err.kind == ERR_INPUT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_for_root_what_the_command_line_names),
		TEST(does_not_take_other_words_for_a_name),
		TEST(survives_an_empty_command_line),
		TEST(reads_for_root_what_everybody_may_read),
		TEST(reads_nothing_for_root_behind_a_private_folder),
		TEST(reads_nothing_for_root_that_only_its_groups_may_read),
		TEST(has_the_rights_of_root_again_afterwards),
		TEST(follows_no_link_of_proc_for_root),
	};

	return cmocka_run_group_tests_name("launcher/files privilege", tests, NULL, NULL);
}
