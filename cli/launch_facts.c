// SPDX-License-Identifier: Apache-2.0
// Stage 2 of a launch: what this host and its QEMU can do.

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/host_ask.h"
#include "cli/launch.h"
#include "cli/rehearsal_account.h"
#include "cli/text_file.h"
#include "host/cpu_facts.h"
#include "host/facts_cache.h"
#include "host/facts_json.h"
#include "host/qemu_facts.h"

// QEMU answers all questions in well under a second, but a loaded machine has its moments.
#define PROBE_TIMEOUT_MS 15000

// Where QEMU is when nobody says. The launcher knows these paths too.
static const char *const qemu_paths[] = {
	"/usr/bin/qemu-system-x86_64",
	"/usr/libexec/qemu-kvm",
	"/usr/local/bin/qemu-system-x86_64",
};

static int read_facts_file(struct host_facts *facts, const char *path, struct client *client,
			   struct err *err)
{
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_HOST_FACTS, path, &fd, err) < 0)
		return -1;
	if (text_file_read(&text, fd, HOST_FACTS_BYTES_MAX + 1, err) < 0 ||
	    host_facts_read(facts, text.bytes, text.len, err) < 0)
		return err_context(err, "host facts '%s'", path);
	return 0;
}

static int open_preset_qemu(struct client *client, int *out_fd, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(qemu_paths); i++) {
		if (client_open(client, OPEN_QEMU, qemu_paths[i], out_fd, err) == 0)
			return 0;
		if (err->kind == ERR_BUG)
			return -1;
	}
	return err_set(
		err, ERR_HOST,
		"there is no QEMU at '%s' or the other usual places: install qemu-system-x86, or "
		"name one with --qemu",
		qemu_paths[0]);
}

static int open_qemu(struct launch *launch, struct client *client, int *out_fd, struct err *err)
{
	AUTO(mem) char *path = NULL;

	if (launch->guest.qemu.text[0] == '\0')
		return open_preset_qemu(client, out_fd, err);
	path = launch_path(launch, &launch->guest.qemu);
	return client_open(client, OPEN_QEMU, path, out_fd, err);
}

// KVM that cannot be opened is a fact too; the plan says what that means for this guest.
static void read_kvm(struct host_kvm *kvm, bool *usable, struct client *client)
{
	AUTO(fd) int fd = -1;
	struct err err;

	*usable = client_open(client, OPEN_KVM, "", &fd, &err) == 0 &&
		  kvm_facts_read(kvm, fd, &err) == 0;
	if (!*usable)
		log_debug("%s", err.text);
}

static bool read_cache(struct host_facts *facts, const char *identity, const char *name,
		       struct client *client)
{
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;
	struct err err;

	if (client_open(client, OPEN_CACHE, name, &fd, &err) < 0)
		return false;
	return text_file_read(&text, fd, HOST_FACTS_BYTES_MAX + 1, &err) == 0 &&
	       host_cache_read(facts, identity, text.bytes, text.len);
}

// A cache that cannot be written costs time on the next launch, no more.
static void write_cache(const struct host_facts *facts, const char *name, struct client *client)
{
	AUTO(fd) int fd = memfd_create("facts", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	AUTO(mem) char *text = NULL;
	struct err err;
	size_t len;

	text = host_facts_write(facts, &len);
	if (len > REQUEST_CACHE_BYTES_MAX)
		return;
	if (fd_write_all(fd, text, len, &err) < 0 || client_cache(client, name, fd, &err) < 0)
		log_debug("%s", err.text);
}

static void join_lines(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		text[--len] = '\0';
	for (; *text != '\0'; text++)
		if (*text == '\n')
			*text = ' ';
}

// The rehearsal library speaks before QEMU does, about the scenario.
static int add_words(char *said, struct err *err)
{
	static const char library[] = "librehearsal: ";
	static const char scenario[] = "scenario: ";
	size_t len = sizeof(library) - 1;

	if (strncmp(said, library, len) != 0) {
		join_lines(said);
		return err_context(err, "QEMU said: %s", TEXT_SHOW(said));
	}
	said[strcspn(said, "\n")] = '\0';
	said += len;
	if (strncmp(said, scenario, sizeof(scenario) - 1) == 0)
		said += sizeof(scenario) - 1; // whoever knows its name says it
	return err_set(err, ERR_GUEST_FILE, "%s", TEXT_SHOW(said));
}

// Kills a QEMU that did not answer, and adds what it said about that.
static void end_failed_probe(struct client *client, int stderr_fd, struct err *err)
{
	AUTO(text_file) struct text_file said = { 0 };
	struct err ignored;

	if (client_stop(client, &ignored) < 0)
		log_debug("%s", ignored.text);
	if (text_file_read(&said, stderr_fd, 400, &ignored) == 0 && said.len > 0)
		(void)add_words(said.bytes, err);
	if (client_await_gone(client, PROBE_TIMEOUT_MS, &ignored) < 0)
		log_debug("%s", ignored.text);
}

static int probe_with(struct host_qemu *qemu, const struct probe_way *way, struct client *client,
		      struct err *err)
{
	AUTO(started) struct started started;

	started_init(&started);
	if (client_probe(client, way, &started, err) < 0)
		return -1;
	if (qemu_facts_ask(qemu, take_fd(&started.qmp_fd), clock_now_ms() + PROBE_TIMEOUT_MS, err) <
		    0 ||
	    client_await_gone(client, PROBE_TIMEOUT_MS, err) < 0) {
		end_failed_probe(client, started.stderr_fd, err);
		return -1;
	}
	return 0;
}

// QEMU is asked with the best accelerator that it can start with; it may be too old to take
// /dev/kvm as a descriptor, or not be allowed to open it.
static int probe(struct host_qemu *qemu, bool kvm_usable, struct client *client, struct err *err)
{
	static const struct probe_way ways[] = {
		{ .accel = ACCEL_KVM },
		{ .accel = ACCEL_KVM, .kvm_by_path = true },
		{ .accel = ACCEL_TCG },
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (ways[i].accel == ACCEL_KVM && !kvm_usable)
			continue;
		if (probe_with(qemu, &ways[i], client, err) == 0)
			return 0;
		log_debug("%s", err->text);
	}
	return -1;
}

static int ask_host(struct launch *launch, int qemu_fd, struct client *client, struct err *err)
{
	struct host_facts *facts = &launch->facts;
	struct host_identity identity = { .cpu = &facts->cpu, .kvm = &facts->kvm };
	char line[HOST_IDENTITY_SIZE];
	char name[HOST_CACHE_NAME_SIZE];
	struct utsname kernel;
	struct stat st;

	if (fstat(qemu_fd, &st) < 0 || uname(&kernel) < 0)
		return err_sys(err, "cannot look at QEMU and the kernel");
	cpu_facts_read(&facts->cpu);
	read_kvm(&facts->kvm, &identity.kvm_usable, client);
	identity.qemu = &st;
	identity.kernel_release = kernel.release;
	host_identity_write(line, &identity);
	host_cache_name(name, line);
	if (read_cache(facts, line, name, client))
		return 0;
	cpu_facts_read(&facts->cpu); // a cache that did not fit has left nothing
	read_kvm(&facts->kvm, &identity.kvm_usable, client);
	if (probe(&facts->qemu, identity.kvm_usable, client, err) < 0)
		return -1;
	memcpy(facts->identity, line, sizeof(facts->identity));
	write_cache(facts, name, client);
	return 0;
}

// QEMU under the library answers for the machine that is played. But QEMU compares the position of
// the C-bit with this CPU's, which is 0 where there is no SEV.
static int ask_played_host(struct launch *launch, struct client *client, struct err *err)
{
	AUTO(rehearsal_account) struct rehearsal_account account = { 0 };
	AUTO(fd) int account_fd = memfd_create("account", MFD_CLOEXEC);
	const struct rehearsal_fds fds = { launch->scenario.fd, account_fd };
	struct host_facts *facts = &launch->facts;
	struct probe_way way = { .accel = ACCEL_KVM, .rehearsal = &fds };

	if (account_fd < 0)
		return err_sys(err, "cannot make a memory file");
	if (probe_with(&facts->qemu, &way, client, err) < 0) {
		if (err->kind == ERR_GUEST_FILE)
			return err_context(err, "scenario '%s'", launch->scenario_path);
		log_debug("%s", err->text);
		way.kvm_by_path = true; // QEMU before 9.0
		if (probe_with(&facts->qemu, &way, client, err) < 0)
			return -1;
	}
	if (rehearsal_account_read(&account, account_fd, err) < 0)
		return -1;
	cpu_facts_read(&facts->cpu);
	facts->cpu.sev = true;
	facts->cpu.sev_es = true;
	facts->cpu.sev_snp = true;
	facts->kvm = (struct host_kvm){ true, (uint32_t)account.platform.vm_types };
	return 0;
}

// The usual places have no programs of another kind.
static int doubt_qemu(const struct launch *launch, struct err *err)
{
	const char *path = launch->guest.qemu.text;

	return path[0] == '\0' || err->kind != ERR_PROTOCOL ?
		       -1 :
		       err_context(err, "QEMU '%s' (is it a qemu-system-x86_64?)", TEXT_SHOW(path));
}

static int find_facts(struct launch *launch, const struct options *options, bool qemu_wanted,
		      struct client *client, struct err *err)
{
	AUTO(fd) int qemu_fd = -1;

	launch->is_for_other_host = options->host_facts != NULL;
	if (!launch->is_for_other_host || qemu_wanted)
		if (open_qemu(launch, client, &qemu_fd, err) < 0)
			return -1;
	if (launch->is_for_other_host)
		return read_facts_file(&launch->facts, options->host_facts, client, err);
	if ((launch->scenario.fd >= 0 ? ask_played_host(launch, client, err) :
					ask_host(launch, qemu_fd, client, err)) < 0)
		return doubt_qemu(launch, err);
	return 0;
}

// The machine that is played has what its QEMU was told, and no BIOS that could be in the way.
static void add_played_cpu(struct host_readings *readings, struct host_cpu *cpu)
{
	memcpy(cpu->vendor, "AuthenticAMD", sizeof(cpu->vendor));
	cpu->hypervisor = false;
	cpu->max_asid = 2;
	cpu->min_sev_asid = 2;
	readings_add_cpu(readings, cpu);
}

// What is judged before a guest of an encrypted level is planned.
static void find_readings(struct launch *launch, struct client *client)
{
	struct host_cpu cpu = launch->facts.cpu;

	if (launch->scenario.fd >= 0)
		add_played_cpu(&launch->readings, &cpu);
	else if (!launch->is_for_other_host)
		host_ask(&launch->readings, client);
	readings_add_facts(&launch->readings, &launch->facts);
}

int launch_facts(struct launch *launch, const struct options *options, bool qemu_wanted,
		 struct client *client, struct err *err)
{
	if (find_facts(launch, options, qemu_wanted, client, err) < 0)
		return -1;
	if (launch->guest.level > LEVEL_OFF)
		find_readings(launch, client);
	readings_files_release(&client->host_files); // at level off nobody reads them
	return 0;
}
