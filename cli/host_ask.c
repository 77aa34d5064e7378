// SPDX-License-Identifier: Apache-2.0
// Reads this machine in two steps: files are opened before the front is confined, and all else is
// asked behind the filter, devices by descriptors of the launcher.

#include "cli/host_ask.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"

// At level off, under TCG, and where the CPU settles it, a launch looks at nothing.
static bool launch_looks(const struct options *options, bool cpu_has_sev)
{
	if (options->host_facts != NULL || !cpu_has_sev)
		return false;
	for (size_t i = 0; i < options->n_guest_options; i++) {
		const struct guest_option *option = &options->guest_options[i];

		if ((strcmp(option->key, "level") == 0 && strcmp(option->text, "off") == 0) ||
		    (strcmp(option->key, "accel") == 0 && strcmp(option->text, "tcg") == 0))
			return false;
	}
	return true;
}

bool host_ask_is_wanted(const struct options *options, bool cpu_has_sev)
{
	switch (options->command->host_files) {
	case HOST_FILES_LAUNCH:
		return launch_looks(options, cpu_has_sev);
	case HOST_FILES_PROBE:
		return options_value(options, "--root") == NULL;
	case HOST_FILES_EXPLAIN:
		return options_value(options, "--host") != NULL;
	case HOST_FILES_NONE:
		break;
	}
	return false;
}

void host_ask_open(struct client *client, const struct options *options)
{
	bool has_sev = (cpuid_execute(CPUID_SEV_LEAF).eax & CPUID_SEV_EAX_SEV) != 0;
	AUTO(fd) int root_fd = -1;

	if (!host_ask_is_wanted(options, has_sev))
		return;
	root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	readings_open(&client->host_files, root_fd,
		      options->command->host_files == HOST_FILES_LAUNCH);
}

static void ask_kvm(struct host_readings *readings, struct client *client)
{
	AUTO(fd) int fd = -1;
	struct err err;

	if (client_open(client, OPEN_KVM, "", &fd, &err) == 0)
		readings_ask_kvm(&readings->kvm, fd);
	else
		readings->kvm.state = reading_state_of(err.errnum);
}

static void ask_sev(struct host_readings *readings, struct client *client)
{
	AUTO(fd) int fd = -1;
	struct err err;

	if (client_open(client, OPEN_SEV, "", &fd, &err) < 0) {
		readings->sev.state = reading_state_of(err.errnum);
		readings->snp.state =
			readings->sev.state == READING_ABSENT ? READING_NONE : readings->sev.state;
		if (readings->sev_device == READING_NONE)
			readings->sev_device = readings->sev.state;
		return;
	}
	readings_ask_sev(&readings->sev, fd);
	readings_ask_snp(&readings->snp, fd);
}

void host_ask(struct host_readings *readings, struct client *client)
{
	readings->by_root = client->by_root;
	readings_read(readings, &client->host_files);
	ask_kvm(readings, client);
	ask_sev(readings, client);
}

enum host_level host_ask_level(enum level level)
{
	static const enum host_level levels[LEVELS] = {
		[LEVEL_SEV] = HOST_LEVEL_SEV,
		[LEVEL_SEV_ES] = HOST_LEVEL_SEV_ES,
		[LEVEL_SEV_SNP] = HOST_LEVEL_SEV_SNP,
	};

	assert(level > LEVEL_OFF);
	return levels[level];
}
