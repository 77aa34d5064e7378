// SPDX-License-Identifier: Apache-2.0
// What OPEN opens: one row for each role, one path through them.

#include "launcher/open.h"

#include <fcntl.h>
#include <string.h>

#include "base/auto.h"
#include "base/text.h"
#include "launcher/devices.h"

static const char *const any_argument[] = { "", NULL };
static const char *const facts_options[] = { "--host-facts", NULL };
static const char *const artifact_options[] = { "--firmware", "--kernel",      "--initrd",
						"--id-block", "--sev-session", NULL };
static const char *const disk_options[] = { "--disk", "--disks", NULL };
static const char *const qemu_options[] = { "--qemu", NULL };
static const char *const any_argument_or_value[] = { "", "=", NULL };
static const char *const output_options[] = {
	"--capture", "--session-output", "--output",	  "--dh-cert-output", "--payload-output",
	"--record",  "--header-output",	 "--keys-output", "--auth-output",    NULL
};

static const struct file_rule roles[OPEN_ROLES] = {
	[OPEN_GUEST_FILE] = { "guest file", O_RDONLY, any_argument, .must_be_named = true },
	[OPEN_HOST_FACTS] = { "host facts", O_RDONLY, facts_options, .must_be_named = true },
	[OPEN_ARTIFACT] = { "file", O_RDONLY, artifact_options, .is_artifact = true },
	[OPEN_DISK_READ] = { "disk", O_RDONLY, disk_options, .may_be_block_device = true,
			     .is_artifact = true },
	[OPEN_DISK_WRITE] = { "disk", O_RDWR, disk_options, .may_be_block_device = true,
			      .is_artifact = true, .must_be_named = true },
	[OPEN_QEMU] = { "QEMU", O_RDONLY, qemu_options, .is_program = true },
	[OPEN_INPUT] = { "file", O_RDONLY, any_argument_or_value, .must_be_named = true },
	[OPEN_OUTPUT] = { "output", O_WRONLY, output_options, .must_be_named = true },
	[OPEN_CACHE] = { .is_plain_name = true },
	[OPEN_NAME] = { .is_plain_name = true },
	[OPEN_LOG] = { .is_plain_name = true },
	[OPEN_FIRMWARE] = { "file", O_RDONLY, artifact_options, .is_artifact = true },
	[OPEN_GUEST] = { "guest", .options = any_argument, .is_plain_name = true },
};

static int check_request(const struct request_open *request, struct err *err)
{
	const struct file_rule *rule;

	if (request->role == OPEN_NONE || request->role >= OPEN_ROLES)
		return err_set(err, ERR_REFUSED, "OPEN for unknown role %u", request->role);
	rule = &roles[request->role];
	if (!text_field_is_clean(request->path, sizeof(request->path)) ||
	    (request->path[0] != '\0') != (rule->noun != NULL || rule->is_plain_name))
		return err_set(err, ERR_REFUSED, "OPEN with a malformed path");
	if (rule->is_plain_name && !text_is_plain_name(request->path, PLAN_NAME_SIZE - 1))
		return err_set(err, ERR_REFUSED, "OPEN of '%s', which is not a plain name",
			       request->path);
	return 0;
}

// Sets *fd, or leaves it -1 when there is nothing to hand over.
static int open_role(struct monitor *monitor, const struct request_open *request, int *fd,
		     struct err *err)
{
	const struct file_rule *rule = &roles[request->role];
	const char *name = request->path;
	int *kept = request->role == OPEN_QEMU ? &monitor->exe_fd : &monitor->firmware_fd;

	switch (request->role) {
	case OPEN_QEMU:	    // the launcher executes this very file later; the front gets a copy
	case OPEN_FIRMWARE: // the judge compares this very file with what QEMU is to get
		close_fd(kept);
		if (files_open(&monitor->files, rule, name, kept, err) < 0)
			return -1;
		*fd = fcntl(*kept, F_DUPFD_CLOEXEC, 0);
		return *fd < 0 ? err_sys(err, "cannot copy a descriptor") : 0;
	case OPEN_KVM:
		return files_open_kvm(fd, err);
	case OPEN_SEV:
		return devices_open_platform(fd, err);
	case OPEN_CACHE:
		return place_open_file(PLACE_CACHE, name, fd, err);
	case OPEN_OUTPUT:
		return files_create(&monitor->files, rule, name, fd, err);
	case OPEN_POLICY:
		return files_open_policy(fd, err);
	case OPEN_NAME:
		return runtime_claim(&monitor->runtime, name, fd, err);
	case OPEN_GUEST: // of other guests a front has no business with
		if (!files_is_named(&monitor->files, rule, name))
			return err_set(err, ERR_REFUSED, "OPEN of guest '%s'", name);
		return runtime_connect(name, fd, err);
	case OPEN_LOG:
		if (strcmp(name, "console.log") != 0 && strcmp(name, "firmware.log") != 0)
			return err_set(err, ERR_REFUSED, "OPEN of '%s', which is no log", name);
		return runtime_open_log(&monitor->runtime, name, fd, err);
	case OPEN_CONSOLE:
		return files_open_console(fd, err);
	default:
		return files_open(&monitor->files, rule, name, fd, err);
	}
}

int open_for_front(struct monitor *monitor, const struct wire_message *request,
		   struct wire_message *reply, struct err *err)
{
	struct request_open open_request;
	int fd = -1;

	memcpy(&open_request, request->payload, sizeof(open_request));
	if (check_request(&open_request, err) < 0 ||
	    open_role(monitor, &open_request, &fd, err) < 0)
		return -1;
	if (fd >= 0)
		reply->fds[reply->n_fds++] = fd;
	return 0;
}

int cache_for_front(struct monitor *monitor, const struct wire_message *request,
		    struct wire_message *reply, struct err *err)
{
	struct request_cache cache;

	(void)reply;
	memcpy(&cache, request->payload, sizeof(cache));
	if (!monitor->probed)
		return err_set(err, ERR_REFUSED, "CACHE without a probe");
	monitor->probed = false; // one answer for each question
	// A memfd, so that no file system can make reading it wait.
	if (!text_field_is_clean(cache.name, sizeof(cache.name)) ||
	    !text_is_plain_name(cache.name, sizeof(cache.name) - 1) ||
	    fcntl(request->fds[0], F_GET_SEALS) < 0)
		return err_set(err, ERR_REFUSED, "malformed CACHE");
	return cache_store(cache.name, request->fds[0], err);
}
