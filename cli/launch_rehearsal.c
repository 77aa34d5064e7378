// SPDX-License-Identifier: Apache-2.0
// What a rehearsal has beside a launch: the scenario, and a file for the account.

#include <string.h>
#include <sys/mman.h>

#include "base/auto.h"
#include "base/fd.h"
#include "cli/launch.h"

// As rehearsal/scenario.h has it.
#define SCENARIO_BYTES_MAX ((uint64_t)64 * 1024)

static int write_healthy(int *out_fd, struct err *err)
{
	static const char text[] = "platform genoa\n";
	AUTO(fd) int fd = memfd_create("scenario", MFD_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "cannot make a memory file");
	if (fd_write_all(fd, text, strlen(text), err) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, "cannot write the scenario");
	*out_fd = take_fd(&fd);
	return 0;
}

int launch_renew_account(struct launch *launch, struct err *err)
{
	close_fd(&launch->account_fd);
	launch->account_fd = memfd_create("account", MFD_CLOEXEC);
	return launch->account_fd < 0 ? err_sys(err, "cannot make a memory file") : 0;
}

int launch_rehearse(struct launch *launch, const char *path, struct client *client, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (path == NULL ? write_healthy(&fd, err) < 0 :
			   client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return err_context(err, "scenario");
	if (artifact_copy(&launch->scenario, fd, "scenario", SCENARIO_BYTES_MAX, err) < 0)
		return path == NULL ? -1 : err_context(err, "'%s'", path);
	launch->scenario_path = path;
	return launch_renew_account(launch, err);
}
