// SPDX-License-Identifier: Apache-2.0
// One function for each kind of thing that OPEN opens.

#include "launcher/open.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/text.h"

// Opens for 'role' and sets *fd, or leaves it -1 when there is nothing to hand over.
typedef int opener(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		   struct err *err);

static int open_file(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		     struct err *err)
{
	return files_open(&monitor->files, role, path, fd, err);
}

// The launcher executes this very file later; the front gets a copy, to tell it apart.
static int open_qemu(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		     struct err *err)
{
	AUTO(fd) int exe_fd = -1;

	if (files_open(&monitor->files, role, path, &exe_fd, err) < 0)
		return -1;
	*fd = fcntl(exe_fd, F_DUPFD_CLOEXEC, 0);
	if (*fd < 0)
		return err_sys(err, "cannot copy a descriptor");
	close_fd(&monitor->exe_fd);
	monitor->exe_fd = take_fd(&exe_fd);
	return 0;
}

static int open_kvm(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		    struct err *err)
{
	(void)monitor;
	(void)role;
	(void)path;
	return files_open_kvm(fd, err);
}

static int open_cache(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		      struct err *err)
{
	(void)monitor;
	(void)role;
	return cache_open(path, fd, err);
}

static int claim_name(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		      struct err *err)
{
	(void)role;
	(void)fd;
	return runtime_claim(&monitor->runtime, path, err);
}

static int open_log(struct monitor *monitor, enum open_role role, const char *path, int *fd,
		    struct err *err)
{
	static const char *const logs[] = { "console.log", "firmware.log" };
	bool known = false;

	(void)role;
	for (size_t i = 0; i < ARRAY_LEN(logs); i++)
		known = known || strcmp(path, logs[i]) == 0;
	if (!known)
		return err_set(err, ERR_REFUSED, "OPEN of '%s', which is no log", TEXT_SHOW(path));
	return runtime_open_log(&monitor->runtime, path, fd, err);
}

static int open_console(struct monitor *monitor, enum open_role role, const char *path, int *fd,
			struct err *err)
{
	(void)monitor;
	(void)role;
	(void)path;
	return files_open_console(fd, err);
}

struct role_row {
	opener *open;
	bool takes_path;
	bool must_be_plain_name;
};

static const struct role_row roles[OPEN_ROLES] = {
	[OPEN_GUEST_FILE] = { open_file, .takes_path = true },
	[OPEN_HOST_FACTS] = { open_file, .takes_path = true },
	[OPEN_ARTIFACT] = { open_file, .takes_path = true },
	[OPEN_DISK_READ] = { open_file, .takes_path = true },
	[OPEN_DISK_WRITE] = { open_file, .takes_path = true },
	[OPEN_QEMU] = { open_qemu, .takes_path = true },
	[OPEN_KVM] = { .open = open_kvm },
	[OPEN_CACHE] = { open_cache, .takes_path = true, .must_be_plain_name = true },
	[OPEN_NAME] = { claim_name, .takes_path = true, .must_be_plain_name = true },
	[OPEN_LOG] = { open_log, .takes_path = true, .must_be_plain_name = true },
	[OPEN_CONSOLE] = { .open = open_console },
};

static int check_request(const struct request_open *request, struct err *err)
{
	const struct role_row *row;

	if (request->role >= ARRAY_LEN(roles) || roles[request->role].open == NULL)
		return err_set(err, ERR_REFUSED, "OPEN for unknown role %u", request->role);
	row = &roles[request->role];
	if (!text_field_is_clean(request->path, sizeof(request->path)) ||
	    (request->path[0] != '\0') != row->takes_path)
		return err_set(err, ERR_REFUSED, "OPEN with a malformed path");
	if (row->must_be_plain_name && !text_is_plain_name(request->path, PLAN_NAME_SIZE - 1))
		return err_set(err, ERR_REFUSED, "OPEN of '%s', which is not a plain name",
			       TEXT_SHOW(request->path));
	return 0;
}

int open_for_front(struct monitor *monitor, const struct request_open *request,
		   struct wire_message *reply, struct err *err)
{
	int fd = -1;

	if (check_request(request, err) < 0)
		return -1;
	if (roles[request->role].open(monitor, (enum open_role)request->role, request->path, &fd,
				      err) < 0)
		return -1;
	if (fd >= 0)
		reply->fds[reply->n_fds++] = fd;
	return 0;
}

int cache_for_front(const uint8_t *payload, size_t len, struct err *err)
{
	struct request_cache header;

	memcpy(&header, payload, sizeof(header));
	if (header.len != len - sizeof(header) ||
	    !text_field_is_clean(header.name, sizeof(header.name)) ||
	    !text_is_plain_name(header.name, sizeof(header.name) - 1))
		return err_set(err, ERR_REFUSED, "malformed CACHE");
	return cache_store(header.name, payload + sizeof(header), header.len, err);
}
