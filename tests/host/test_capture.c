// SPDX-License-Identifier: Apache-2.0
// Captures: what is written is read back, what is not understood is refused, and nothing else than
// the checks need is kept of a machine.

#include "tests/unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/mem.h"
#include "host/capture.h"
#include "host/readings_open.h"

struct fixture {
	struct host_readings readings;
	struct host_facts facts;
	struct host_readings again;
	struct host_facts facts_again;
	struct err err;
	char text[CAPTURE_BYTES_MAX];
	size_t len;
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

static void load(struct fixture *fixture, const char *folder, const char *name)
{
	char path[256];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%.100s/%.100s", folder, name);
	file = fopen(path, "re");
	assert_non_null(file);
	fixture->len = fread(fixture->text, 1, sizeof(fixture->text), file);
	(void)fclose(file);
	if (capture_read(&fixture->readings, &fixture->facts, fixture->text, fixture->len,
			 &fixture->err) < 0)
		fail_msg("%s: %s", name, fixture->err.text);
}

static void expect_same_again(struct fixture *fixture)
{
	AUTO(mem) char *text = NULL;
	size_t len;

	text = capture_write(&fixture->readings,
			     fixture->readings.has_qemu ? &fixture->facts : NULL, &len);
	if (capture_read(&fixture->again, &fixture->facts_again, text, len, &fixture->err) < 0)
		fail_msg("%s", fixture->err.text);
	for (size_t i = 0; i < HOST_TEXTS; i++)
		fixture->readings.texts[i].errnum = 0; // not written
	fixture->readings.qemu = fixture->again.qemu = NULL;
	assert_memory_equal(&fixture->readings, &fixture->again, sizeof(fixture->readings));
	assert_memory_equal(&fixture->facts, &fixture->facts_again, sizeof(fixture->facts));
}

static void reads_back_what_it_wrote(void **state)
{
	static const char folder[] = "tests/host/captures";
	DIR *captures = opendir(folder);
	const struct dirent *entry;
	size_t n = 0;

	assert_non_null(captures);
	while ((entry = readdir(captures)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		load(*state, folder, entry->d_name);
		expect_same_again(*state);
		n++;
	}
	(void)closedir(captures);
	assert_true(n >= 7);
}

static void refuses_what_it_does_not_understand(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} refused[] = {
		{ "{}", "member 'format' is missing" },
		{ "{\"format\": 2}", "member 'format' must be 1, not 2" },
		{ "{\"format\": 1, \"secret\": 1}", "member 'secret': is not known" },
		{ "{\"format\": 1, \"format\": 1}", "format" },
		{ "{\"format\": 1, \"machine\": 1}", "member 'machine': must be a string" },
		{ "{\"format\": 1, \"machine\": \"a\\u0001\"}",
		  "member 'machine': must be printable ASCII" },
		{ "{\"format\": 1, \"release\": \"a\\nb\"}",
		  "member 'release': must be printable ASCII" },
		{ "{\"format\": 1, \"by_root\": 1}", "member 'by_root': must be true or false" },
		{ "{\"format\": 1, \"cpuid\": []}", "member 'cpuid': must be an object" },
		{ "{\"format\": 1, \"cpuid\": {\"0x00000002\": []}}",
		  "member 'cpuid': unknown member '0x00000002'" },
		{ "{\"format\": 1, \"cpuid\": {\"0x00000001\": [\"0x1\"]}}",
		  "member 'cpuid': 0x00000001: must be a list of four registers" },
		{ "{\"format\": 1, \"cpuid\": {\"0x00000001\": [\"0x1\", \"0x1\", \"1\", \"0x1\"]}}",
		  "must be a string such as \"0x1d\"" },
		{ "{\"format\": 1, \"cpuid\": {\"0x00000001\": [\"0x100000000\", \"0x1\", \"0x1\", "
		  "\"0x1\"]}}",
		  "0x100000000 is too large" },
		{ "{\"format\": 1, \"msrs\": {\"0xc0010010\": \"0x11112222333344445\"}}",
		  "member 'msrs': 0xc0010010: must be a string such as" },
		{ "{\"format\": 1, \"texts\": {\"/etc/shadow\": \"\"}}",
		  "member 'texts': unknown member '/etc/shadow'" },
		{ "{\"format\": 1, \"texts\": {\"/proc/cmdline\": {\"state\": \"done\"}}}",
		  "a text that was read is a string" },
		{ "{\"format\": 1, \"texts\": {\"/proc/cmdline\": {\"state\": \"lost\"}}}",
		  "a state must be" },
		{ "{\"format\": 1, \"texts\": {\"/proc/cmdline\": {}}}", "a string or a state" },
		{ "{\"format\": 1, \"kvm\": {}}", "member 'kvm': member 'state' is missing" },
		{ "{\"format\": 1, \"kvm\": {\"state\": \"done\", \"type\": 1}}",
		  "member 'kvm': unknown member 'type'" },
		{ "{\"format\": 1, \"sev\": {\"state\": \"done\", \"api_major\": 256}}",
		  "api_major" },
		{ "{\"format\": 1, \"snp\": {\"state\": \"done\", \"guests\": -1}}", "guests" },
		{ "{\"format\": 1, \"images\": [{\"path\": \"a\", \"levels\": [\"off\"], "
		  "\"kernel_hashes\": true}]}",
		  "member 'images': item 0: levels are sev, sev-es and sev-snp" },
		{ "{\"format\": 1, \"images\": [1]}", "item 0: must be an object" },
		{ "{\"format\": 1, \"facts\": {}}", "member 'facts': member 'format' is missing" },
		{ "{\"format\": 1, \"sev_device\": 1}", "member 'sev_device': a state must be" },
		{ "{\"format\": 1} x", "" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		assert_int_equal(capture_read(&fixture->readings, &fixture->facts, refused[i].text,
					      strlen(refused[i].text), &fixture->err),
				 -1);
		assert_int_equal(fixture->err.kind, ERR_INPUT);
		if (strstr(fixture->err.text, refused[i].error) == NULL)
			fail_msg("%s: %s", refused[i].text, fixture->err.text);
	}
}

// --- A machine as a tree -------------------------------------------------------------------------

struct file {
	const char *path; // its folders are made
	const char *text;
};

static void make_file(int root_fd, const struct file *file)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s", file->path);
	for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		(void)mkdirat(root_fd, path, 0700); // it may be there already
		*slash = '/';
	}
	fd = openat(root_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file->text, strlen(file->text)), strlen(file->text));
	(void)close(fd);
}

static void read_tree(struct fixture *fixture, const struct file *files, size_t n, bool at_launch)
{
	AUTO(readings_files) struct readings_files opened = { 0 };
	char folder[] = "/tmp/snplaunch-tree-XXXXXX";
	char command[64];
	int root_fd;

	assert_non_null(mkdtemp(folder));
	root_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < n; i++)
		make_file(root_fd, &files[i]);
	memset(&fixture->readings, 0, sizeof(fixture->readings));
	readings_open(&opened, root_fd, at_launch);
	readings_read(&fixture->readings, &opened);
	(void)close(root_fd);
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c)
}

#define SECRETS \
	"root=UUID=1234 rd.luks.key=hunter2 iommu=pt sev=nosnp systemd.set_credential=a:b " \
	"kvm_amd.sev=0 notsev=1\n"

static const struct file tree[] = {
	{ "proc/cmdline", SECRETS },
	{ "proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC\nmicrocode\t: 0xa0011db\n"
			  "serial\t: 42\nflags\t\t: fpu svm sev sev_es_x sev_es\nbugs\t\t: a\n\n"
			  "processor\t: 1\nmicrocode\t: 0xdead\n" },
	{ "proc/meminfo", "MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:    1024 kB\n" },
	{ "proc/self/cgroup", "1:name=systemd:/x\n0::/user.slice/secret.scope\n" },
	{ "sys/fs/cgroup/user.slice/secret.scope/misc.max", "sev 2\nsev_es max\nother 7\n" },
	{ "sys/fs/cgroup/misc.capacity", "sev 410\nsev_es 99\nother 3\n" },
	{ "sys/module/kvm_amd/parameters/sev", "Y\n" },
	{ "sys/bus/pci/drivers/ccp/0000:01:00.5/vendor", "0x1022\n" },
	{ "sys/bus/pci/drivers/ccp/0000:42:00.1/fused_part", "1\n" },
	{ "sys/bus/pci/drivers/ccp/0000:42:00.1/tee_version", "00.2d.00.75\n" },
	{ "lib/firmware/amd/sev.fw", "\x01\x02" },
	{ "dev/sev", "" },
};

static void expect_text(const struct fixture *fixture, enum host_text which, const char *text)
{
	const struct reading *reading = &fixture->readings.texts[which];

	if (reading->state != READING_DONE)
		fail_msg("%s: %s", reading_rows[which].key, reading_state_word(reading->state));
	assert_string_equal(reading->text, text);
}

static void reads_a_tree(void **state)
{
	struct fixture *fixture = *state;

	read_tree(fixture, tree, ARRAY_LEN(tree), false);
	expect_text(fixture, HOST_TEXT_CPUINFO,
		    "model name : AMD EPYC\nmicrocode : 0xa0011db\nflags: svm sev sev_es");
	expect_text(fixture, HOST_TEXT_MEMINFO, "MemTotal:  2048 kB\nMemAvailable:    1024 kB");
	expect_text(fixture, HOST_TEXT_MISC_CAPACITY, "sev 410\nsev_es 99");
	expect_text(fixture, HOST_TEXT_CGROUP_MISC_MAX, "sev 2\nsev_es max");
	expect_text(fixture, HOST_TEXT_KVM_AMD, "");
	expect_text(fixture, HOST_TEXT_KVM_AMD_SEV, "Y");
	expect_text(fixture, HOST_TEXT_PSP_TEE_VERSION, "00.2d.00.75");
	expect_text(fixture, HOST_TEXT_SBIN_ANY, "0102");
	assert_int_equal(fixture->readings.texts[HOST_TEXT_CCP].state, READING_ABSENT);
	assert_int_equal(fixture->readings.texts[HOST_TEXT_CONFIG].state, READING_ABSENT);
	assert_int_equal(fixture->readings.sev_device, READING_DONE);
	assert_true(fixture->readings.memlock_read && fixture->readings.cpuid_read);
	assert_string_equal(fixture->readings.machine, "x86_64");
}

static void keeps_no_secrets(void **state)
{
	static const char *const secrets[] = { "hunter2", "UUID",  "credential", "secret",
					       "serial",  "42:00", "notsev" };
	struct fixture *fixture = *state;
	AUTO(mem) char *text = NULL;
	size_t len;

	read_tree(fixture, tree, ARRAY_LEN(tree), false);
	expect_text(fixture, HOST_TEXT_CMDLINE, "iommu=pt sev=nosnp kvm_amd.sev=0");
	text = capture_write(&fixture->readings, NULL, &len);
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (strstr(text, secrets[i]) != NULL)
			fail_msg("'%s' is in the capture", secrets[i]);
}

static void reads_less_at_a_launch(void **state)
{
	struct fixture *fixture = *state;

	read_tree(fixture, tree, ARRAY_LEN(tree), true);
	for (size_t i = 0; i < HOST_TEXTS; i++)
		assert_int_equal(fixture->readings.texts[i].state == READING_NONE,
				 !reading_rows[i].at_launch);
}

static void finds_nothing_in_an_empty_tree(void **state)
{
	struct fixture *fixture = *state;

	read_tree(fixture, NULL, 0, false);
	for (size_t i = 0; i < HOST_TEXTS; i++)
		assert_int_equal(fixture->readings.texts[i].state, READING_ABSENT);
	assert_int_equal(fixture->readings.sev_device, READING_ABSENT);
}

// A kernel says what it likes, and what is longer than our field is cut.
static void takes_any_bytes(void **state)
{
	struct fixture *fixture = *state;
	char bytes[3 * READING_TEXT_SIZE];

	memset(bytes, 0xff, sizeof(bytes));
	for (size_t i = 0; i < HOST_TEXTS; i++) {
		readings_take_text(&fixture->readings, (enum host_text)i, bytes, sizeof(bytes));
		assert_true(strlen(fixture->readings.texts[i].text) < READING_TEXT_SIZE);
	}
	expect_same_again(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_back_what_it_wrote, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_it_does_not_understand, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(reads_a_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_no_secrets, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_less_at_a_launch, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_nothing_in_an_empty_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_any_bytes, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("host/capture", tests, NULL, NULL);
}
