// SPDX-License-Identifier: Apache-2.0
// Stages 1 and 3 of a launch: what is asked, and the plan. launch_facts.c and launch_artifacts.c
// hold the others.

#include "cli/launch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/host_ask.h"
#include "cli/plan_make.h"
#include "cli/text_file.h"
#include "host/probe.h"
#include "plan/plan_check.h"
#include "plan/qemu_argv.h"
#include "policy/json_file.h"

struct launch *launch_new(void)
{
	struct launch *launch = mem_zeroed(1, sizeof(*launch));

	for (size_t i = 0; i < LAUNCH_ARTIFACTS; i++)
		artifact_init(&launch->artifacts[i]);
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		launch->disk_fds[i] = -1;
	launch->plan_fd = -1;
	artifact_init(&launch->scenario);
	launch->account_fd = -1;
	return launch;
}

void launch_free(struct launch *launch)
{
	if (launch == NULL)
		return;
	for (size_t i = 0; i < LAUNCH_ARTIFACTS; i++)
		artifact_release(&launch->artifacts[i]);
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		close_fd(&launch->disk_fds[i]);
	close_fd(&launch->plan_fd);
	artifact_release(&launch->scenario);
	close_fd(&launch->account_fd);
	sev_owner_keys_release(&launch->test_keys);
	free(launch);
}

char *launch_path(const struct launch *launch, const struct guest_path *path)
{
	const char *folder = path->from_file && path->text[0] != '/' ? launch->guest_folder : "";
	size_t size = strlen(folder) + strlen(path->text) + 1;
	char *joined = mem_zeroed(size, 1);

	(void)snprintf(joined, size, "%s%s", folder, path->text);
	return joined;
}

char *launch_artifact_path(const struct launch *launch, enum launch_artifact which)
{
	const struct guest *guest = &launch->guest;
	const struct guest_path *const paths[LAUNCH_ARTIFACTS] = {
		[LAUNCH_KERNEL] = &guest->kernel,
		[LAUNCH_INITRD] = &guest->initrd,
		[LAUNCH_DH_CERT] = &guest->sev_session.dh_cert,
		[LAUNCH_SESSION] = &guest->sev_session.session,
	};

	return which == LAUNCH_FIRMWARE ? mem_must(strdup(launch->firmware_path)) :
					  launch_path(launch, paths[which]);
}

// Paths in a guest file are relative to its folder.
static int remember_folder(struct launch *launch, const char *file, struct err *err)
{
	const char *slash = strrchr(file, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - file) + 1;

	if (len >= sizeof(launch->guest_folder))
		return err_set(err, ERR_INPUT, "the guest file's path has more than %zu bytes",
			       sizeof(launch->guest_folder) - 1);
	memcpy(launch->guest_folder, file, len);
	return 0;
}

static int read_guest_file(struct launch *launch, const char *file, struct client *client,
			   struct err *err)
{
	AUTO(mem) struct err_list *mistakes = mem_zeroed(1, sizeof(*mistakes));
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;

	if (remember_folder(launch, file, err) < 0 ||
	    client_open(client, OPEN_GUEST_FILE, file, &fd, err) < 0)
		return -1;
	if (text_file_read(&text, fd, JSON_FILE_BYTES_MAX + 1, err) < 0)
		return err_context(err, "guest file '%s'", file);
	if (text_copy_field(launch->guest_file, sizeof(launch->guest_file), file) < 0)
		return err_set(err, ERR_INPUT, "the guest file's path is too long");
	launch->guest_file_bytes = text.len;
	sha256_of(text.bytes, text.len, launch->guest_file_sha256);
	if (guest_read(&launch->guest, file, text.bytes, text.len, mistakes) < 0)
		return command_take_mistakes(mistakes, err);
	return 0;
}

static int read_options(struct guest *guest, const struct options *options, struct err *err)
{
	uint64_t given = 0;

	for (size_t i = 0; i < options->n_guest_options; i++)
		if (guest_set_option(guest, options->guest_options[i].key,
				     options->guest_options[i].text, &given, err) < 0)
			return -1;
	return 0;
}

// "guests/web.json" is named "web" unless it says otherwise; options alone make a "guest".
static void name_guest(struct guest *guest, const char *file)
{
	const char *base = file == NULL ? "guest" : file;
	const char *slash = strrchr(base, '/');
	char name[PLAN_NAME_SIZE];
	char *dot;

	if (guest->name[0] != '\0')
		return;
	(void)snprintf(name, sizeof(name), "%s", slash == NULL ? base : slash + 1);
	dot = strrchr(name, '.');
	if (dot != NULL && strcmp(dot, ".json") == 0)
		*dot = '\0';
	if (text_copy_field(guest->name, sizeof(guest->name),
			    text_is_plain_name(name, sizeof(name) - 1) ? name : "guest") < 0)
		guest->name[0] = '\0'; // cannot be: 'name' has the same size
}

int launch_read_keys(struct launch *launch, const struct options *options, struct client *client,
		     struct err *err)
{
	if (options->guest_file != NULL &&
	    read_guest_file(launch, options->guest_file, client, err) < 0)
		return -1;
	if (read_options(&launch->guest, options, err) < 0)
		return -1;
	return launch_openstack(launch, options, client, err);
}

int launch_check_keys(const struct launch *launch, const struct options *options, uint32_t levels,
		      struct err *err)
{
	AUTO(mem) struct err_list *mistakes = mem_zeroed(1, sizeof(*mistakes));

	if (guest_check_levels(&launch->guest, levels, mistakes) == 0)
		return 0;
	(void)command_take_mistakes(mistakes, err);
	if (options->guest_file == NULL)
		err->kind = ERR_USAGE; // there is no file that could be wrong
	return -1;
}

int launch_read(struct launch *launch, const struct options *options, struct client *client,
		struct err *err)
{
	struct guest *guest = &launch->guest;

	if (launch_read_keys(launch, options, client, err) < 0 ||
	    launch_check_keys(launch, options, guest->level != LEVEL_UNSET ? 1U << guest->level : 0,
			      err) < 0)
		return -1;
	name_guest(guest, options->guest_file);
	if (guest->accel == ACCEL_UNSET)
		guest->accel = ACCEL_KVM; // never chosen by what happens to work
	if (guest->on_reset == RESET_UNSET)
		guest->on_reset = RESET_EXIT;
	if (guest->shutdown_timeout_ms == 0)
		guest->shutdown_timeout_ms = DEFAULT_SHUTDOWN_TIMEOUT_MS;
	if (guest->launch_timeout_ms == 0)
		guest->launch_timeout_ms = DEFAULT_LAUNCH_TIMEOUT_MS;
	return 0;
}

int launch_plan(struct launch *launch, struct err *err)
{
	if (launch_openstack_host(launch, err) < 0)
		return -1;
	if (launch->guest.level > LEVEL_OFF &&
	    probe_require(&launch->readings, host_ask_level(launch->guest.level), err) < 0)
		return -1;
	if (plan_make(&launch->plan, &launch->guest, &launch->facts, err) < 0)
		return -1;
	launch->plan.rehearses = launch->scenario.fd >= 0;
	if (launch->guest.level != LEVEL_SEV_SNP)
		return 0;
	return probe_require_policy(&launch->readings, launch->plan.sev.policy, "guest_policy",
				    err);
}

int launch_argv(const struct launch *launch, struct argv *argv, struct err *err)
{
	if (plan_check(&launch->plan, err) < 0) {
		err->kind = ERR_BUG; // whatever was wrong in the guest file has been said before
		return -1;
	}
	qemu_argv(argv, &launch->plan);
	return 0;
}

int launch_write_plan(struct launch *launch, struct err *err)
{
	launch->plan_fd = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (launch->plan_fd < 0)
		return err_sys(err, "cannot make a memory file");
	if (fd_write_all(launch->plan_fd, &launch->plan, sizeof(launch->plan), err) < 0)
		return -1;
	return fcntl(launch->plan_fd, F_ADD_SEALS,
		     F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0 ?
		       err_sys(err, "cannot seal the plan") :
		       0;
}

void launch_fds(const struct launch *launch, struct start_fds *fds)
{
	static const enum launch_artifact artifacts[] = {
		[PLAN_FD_FIRMWARE] = LAUNCH_FIRMWARE, [PLAN_FD_KERNEL] = LAUNCH_KERNEL,
		[PLAN_FD_INITRD] = LAUNCH_INITRD,     [PLAN_FD_DH_CERT] = LAUNCH_DH_CERT,
		[PLAN_FD_SESSION] = LAUNCH_SESSION,
	};

	fds->plan_fd = launch->plan_fd;
	fds->n = 0;
	for (enum plan_fd role = PLAN_FD_FIRMWARE; role <= PLAN_FD_SESSION; role++)
		if (launch->artifacts[artifacts[role]].fd >= 0)
			fds->fds[fds->n++] = launch->artifacts[artifacts[role]].fd;
	if (launch->plan.rehearses) {
		fds->fds[fds->n++] = launch->scenario.fd;
		fds->fds[fds->n++] = launch->account_fd;
	}
	for (size_t i = 0; i < launch->plan.n_disks; i++)
		fds->fds[fds->n++] = launch->disk_fds[i];
}
