// SPDX-License-Identifier: Apache-2.0
// The host policy: what it lets be opened.

#include "tests/launcher/opens.h"

#define AS_USER "what the command line does not name is opened as an unprivileged user: "
static void set_option(struct fixture *fixture, const char *option)
{
	static char *argv[3];

	argv[0] = (char *)"snplaunch";
	argv[1] = (char *)(uintptr_t)option;
	fixture->monitor.files.argv = argv;
}

static void set_path(char entry[static HOST_POLICY_PATH_SIZE], const struct fixture *fixture,
		     const char *name)
{
	char path[HOST_POLICY_PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
	memcpy(entry, path, sizeof(path));
}

static void list_qemu(struct fixture *fixture, const char *name)
{
	set_path(fixture->policy.qemu[fixture->policy.n_qemu++], fixture, name);
}

static void list_directory(struct fixture *fixture, const char *name)
{
	size_t i = fixture->policy.n_artifact_directories++;

	set_path(fixture->policy.artifact_directories[i], fixture, name);
}

// "NOUN 'NAME': host policy without a file, key 'KEY': 'FOLDER/REAL' is not listed: take what is"
static const char *not_in(const struct fixture *fixture, const char *object, const char *real,
			  const char *key)
{
	static char text[300];

	(void)snprintf(text, sizeof(text),
		       "%s: host policy without a file, key '%s': '%s/%s' is not listed: take what "
		       "is",
		       object, key, fixture->folder, real);
	return text;
}

// --- QEMU ----------------------------------------------------------------------------------------

static void opens_a_qemu_that_is_listed_and_no_other(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "one", "", 0755);
	make_file(fixture->folder, "two", "", 0755);
	make_file(fixture->folder, "two-old", "", 0755);
	list_qemu(fixture, "one");
	list_qemu(fixture, "two");
	set_option(fixture, "--qemu=two");
	expect_open(fixture, OPEN_QEMU, "two");
	set_option(fixture, "--qemu=two-old");
	expect_refusal(fixture, OPEN_QEMU, "two-old", ERR_REFUSED,
		       not_in(fixture, "QEMU 'two-old'", "two-old", "qemu"));
}

// The list says it, so whose program it is does not matter.
static void opens_a_listed_qemu_of_somebody_else(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "one", "", 0775);
	assert_int_equal(fchownat(fixture->monitor.files.cwd_fd, "one", ORDINARY_ID, 0, 0), 0);
	list_qemu(fixture, "one");
	set_option(fixture, "--qemu=one");
	expect_open(fixture, OPEN_QEMU, "one");
}

static void looks_at_the_path_of_the_opened_qemu_and_not_at_its_name(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "real", "", 0755);
	assert_int_equal(symlinkat("real", fixture->monitor.files.cwd_fd, "link"), 0);
	set_option(fixture, "--qemu=link");
	list_qemu(fixture, "link");
	expect_refusal(fixture, OPEN_QEMU, "link", ERR_REFUSED,
		       not_in(fixture, "QEMU 'link'", "real", "qemu"));
	list_qemu(fixture, "real");
	expect_open(fixture, OPEN_QEMU, "link");
}

static void refuses_a_qemu_that_was_removed(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int removed_fd = -1;
	char link[40];
	char option[60];
	char object[60];

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "one", "", 0755);
	list_qemu(fixture, "one");
	removed_fd = openat(fixture->monitor.files.cwd_fd, "one", O_RDONLY | O_CLOEXEC);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", removed_fd);
	(void)snprintf(option, sizeof(option), "--qemu=%s", link);
	(void)snprintf(object, sizeof(object), "QEMU '%s'", link);
	set_option(fixture, option);
	expect_open(fixture, OPEN_QEMU, link);
	assert_int_equal(unlinkat(fixture->monitor.files.cwd_fd, "one", 0), 0);
	expect_refusal(fixture, OPEN_QEMU, link, ERR_REFUSED,
		       not_in(fixture, object, "one (deleted)", "qemu"));
}

// --- Artifacts and disks -------------------------------------------------------------------------

static const struct {
	enum open_role role;
	const char *noun;
	const char *option;
} governed[] = {
	{ OPEN_ARTIFACT, "file", "--kernel" },
	{ OPEN_DISK_READ, "disk", "--disk" },
	{ OPEN_DISK_WRITE, "disk", "--disk" },
};

static void expect_each(struct fixture *fixture, const char *name, const char *real)
{
	for (size_t i = 0; i < ARRAY_LEN(governed); i++) {
		char option[80];
		char object[80];

		(void)snprintf(option, sizeof(option), "%s=%s", governed[i].option, name);
		(void)snprintf(object, sizeof(object), "%s '%s'", governed[i].noun, name);
		set_option(fixture, option);
		if (real == NULL)
			expect_open(fixture, governed[i].role, name);
		else
			expect_refusal(fixture, governed[i].role, name, ERR_REFUSED,
				       not_in(fixture, object, real, "artifact_directories"));
	}
}

static void opens_what_lies_below_a_listed_directory_and_nothing_else(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_directory(fixture, "images", 0700);
	make_directory(fixture, "images/deep", 0700);
	make_directory(fixture, "images-old", 0700);
	make_directory(fixture, "more", 0700);
	make_file(fixture->folder, "images/a", "", 0600);
	make_file(fixture->folder, "images/deep/a", "", 0600);
	make_file(fixture->folder, "images-old/a", "", 0600);
	make_file(fixture->folder, "more/a", "", 0600);
	make_file(fixture->folder, "a", "", 0600);
	list_directory(fixture, "more");
	list_directory(fixture, "images");
	expect_each(fixture, "images/a", NULL);
	expect_each(fixture, "images/deep/a", NULL);
	expect_each(fixture, "more/a", NULL);
	expect_each(fixture, "images-old/a", "images-old/a");
	expect_each(fixture, "images/../a", "a");
	expect_each(fixture, "a", "a");
}

static void looks_at_the_path_of_the_opened_object_and_not_at_its_name(void **state)
{
	struct fixture *fixture = *state;
	int cwd_fd = fixture->monitor.files.cwd_fd;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_directory(fixture, "images", 0700);
	make_file(fixture->folder, "images/a", "", 0600);
	make_file(fixture->folder, "outside", "", 0600);
	assert_int_equal(symlinkat("../outside", cwd_fd, "images/link"), 0);
	assert_int_equal(symlinkat("images/a", cwd_fd, "inwards"), 0);
	list_directory(fixture, "images");
	expect_each(fixture, "images/link", "outside");
	expect_each(fixture, "inwards", NULL);
}

static void has_no_directories_for_guest_files_and_host_facts(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	make_file(fixture->folder, "a", "", 0600);
	list_directory(fixture, "images");
	list_qemu(fixture, "qemu");
	set_option(fixture, "a");
	expect_open(fixture, OPEN_GUEST_FILE, "a");
	set_option(fixture, "--host-facts=a");
	expect_open(fixture, OPEN_HOST_FACTS, "a");
}

// The policy names its directories as the command line names a file, but only for reading.
static void reads_for_root_what_lies_there_and_is_not_named(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	make_directory(fixture, "images", 0700);
	make_file(fixture->folder, "images/a", "", 0600);
	expect_refusal(fixture, OPEN_ARTIFACT, "images/a", ERR_REFUSED,
		       AS_USER "cannot open file 'images/a': Permission denied");
	list_directory(fixture, "images");
	expect_open(fixture, OPEN_ARTIFACT, "images/a");
	expect_open(fixture, OPEN_DISK_READ, "images/a");
	assert_int_equal(fcntl(fixture->fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	expect_refusal(fixture, OPEN_DISK_WRITE, "images/a", ERR_REFUSED,
		       "disk 'images/a': is only opened when its path stands in the command line, "
		       "because snplaunch was started by root");
}

// Neither a private file elsewhere nor whether there is one.
static void tells_nothing_about_what_lies_elsewhere(void **state)
{
	struct fixture *fixture = *state;
	int cwd_fd = fixture->monitor.files.cwd_fd;

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	assert_int_equal(chmod(fixture->folder, 0711), 0);
	make_directory(fixture, "images", 0711);
	make_directory(fixture, "private", 0700);
	make_file(fixture->folder, "private/a", "", 0600);
	make_file(fixture->folder, "public", "", 0644);
	assert_int_equal(symlinkat("../private/a", cwd_fd, "images/link"), 0);
	list_directory(fixture, "images");
	expect_refusal(fixture, OPEN_ARTIFACT, "private/a", ERR_REFUSED,
		       AS_USER "cannot open file 'private/a': Permission denied");
	expect_refusal(fixture, OPEN_ARTIFACT, "private/b", ERR_REFUSED,
		       AS_USER "cannot open file 'private/b': Permission denied");
	expect_refusal(fixture, OPEN_DISK_READ, "images/link", ERR_REFUSED,
		       AS_USER "cannot open disk 'images/link': Permission denied");
	expect_refusal(fixture, OPEN_ARTIFACT, "public", ERR_REFUSED,
		       not_in(fixture, AS_USER "file 'public'", "public", "artifact_directories"));
}

// --- A user --------------------------------------------------------------------------------------

// A user could start QEMU with any file, so the policy says what it would not have allowed.
static void warns_a_user_and_opens(void **state)
{
	struct fixture *fixture = *state;
	struct capture capture;
	char wanted[700];
	char text[700];
	size_t used;

	make_file(fixture->folder, "a", "", 0755);
	list_directory(fixture, "images");
	list_qemu(fixture, "qemu");
	used = (size_t)snprintf(wanted, sizeof(wanted), "snplaunch: warning: %s\n",
				not_in(fixture, "file 'a'", "a", "artifact_directories"));
	(void)snprintf(wanted + used, sizeof(wanted) - used, "snplaunch: warning: %s\n",
		       not_in(fixture, "QEMU 'a'", "a", "qemu"));
	capture = capture_begin();
	expect_open(fixture, OPEN_ARTIFACT, "a");
	expect_open(fixture, OPEN_QEMU, "a");
	expect_open(fixture, OPEN_GUEST_FILE, "a");
	assert_string_equal(capture_end(&capture, text, sizeof(text)), wanted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_a_qemu_that_is_listed_and_no_other),
		TEST(opens_a_listed_qemu_of_somebody_else),
		TEST(looks_at_the_path_of_the_opened_qemu_and_not_at_its_name),
		TEST(refuses_a_qemu_that_was_removed),
		TEST(opens_what_lies_below_a_listed_directory_and_nothing_else),
		TEST(looks_at_the_path_of_the_opened_object_and_not_at_its_name),
		TEST(has_no_directories_for_guest_files_and_host_facts),
		TEST(reads_for_root_what_lies_there_and_is_not_named),
		TEST(tells_nothing_about_what_lies_elsewhere),
		TEST(warns_a_user_and_opens),
	};

	return cmocka_run_group_tests_name("launcher/files policy", tests, NULL, NULL);
}
