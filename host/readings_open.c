// SPDX-License-Identifier: Apache-2.0
// Opens and reads the files of this machine. Nothing here has an effect on the machine.

#include "host/readings_open.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/mem.h"

#define PATH_SIZE 512
#define PLACE_SIZE 256
// The largest is a kernel's configuration, of which Debian's have 300 KB.
#define FILE_BYTES_MAX ((size_t)1024 * 1024)
#define SMALL_FILE_BYTES_MAX ((size_t)16 * 1024)
// More devices than any machine has.
#define DEVICES_MAX 64

// The parts of paths that differ between machines.
struct places {
	char release[PLACE_SIZE];
	char psp[PLACE_SIZE];
	char cgroup[PLACE_SIZE];
	char lastcpu[PLACE_SIZE];
	char model[PLACE_SIZE];
	char family[PLACE_SIZE];
};

// --- Places --------------------------------------------------------------------------------------

// The PSP is the one of the driver's devices that has this attribute.
static void find_psp(struct places *places, int root_fd)
{
	static const char drivers[] = "sys/bus/pci/drivers/ccp";
	int fd = openat(root_fd, drivers, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	for (int i = 0; folder != NULL && i < DEVICES_MAX && (entry = readdir(folder)) != NULL;
	     i++) {
		char path[PATH_SIZE];

		if (strchr(entry->d_name, ':') == NULL || strlen(entry->d_name) > 32)
			continue;
		(void)snprintf(path, sizeof(path), "%s/%.32s/fused_part", drivers, entry->d_name);
		if (faccessat(root_fd, path, R_OK, 0) == 0)
			(void)snprintf(places->psp, sizeof(places->psp), "%s/%.32s", drivers,
				       entry->d_name);
	}
	if (folder != NULL)
		(void)closedir(folder);
	else
		close_fd(&fd);
}

// "0::/user.slice/..." in the hierarchy that all controllers share.
static void find_cgroup(struct places *places, int root_fd)
{
	AUTO(fd) int fd = openat(root_fd, "proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	char text[PATH_SIZE];
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	const char *own;
	size_t len;

	if (n <= 0)
		return;
	text[n] = '\0';
	own = strstr(text, "0::/");
	if (own == NULL)
		return;
	own += strlen("0::");
	len = strcspn(own, "\n");
	if (len + sizeof("sys/fs/cgroup") <= sizeof(places->cgroup))
		(void)snprintf(places->cgroup, sizeof(places->cgroup), "sys/fs/cgroup%.*s",
			       len == 1 ? 0 : (int)len, own);
}

static void find_places(struct places *places, int root_fd)
{
	const struct host_readings cpu = {
		.leaves[HOST_LEAF_SIGNATURE] = cpuid_execute(1),
	};
	struct cpu_family family = readings_family(&cpu);
	struct utsname names;

	find_psp(places, root_fd);
	find_cgroup(places, root_fd);
	if (uname(&names) == 0)
		(void)snprintf(places->release, sizeof(places->release), "%s", names.release);
	(void)snprintf(places->lastcpu, sizeof(places->lastcpu), "cpu%d", get_nprocs_conf() - 1);
	// Linux drivers/crypto/ccp/sev-dev.c, sev_get_firmware().
	(void)snprintf(places->model, sizeof(places->model), "amd_sev_fam%02xh_model%02xh.sbin",
		       family.family, family.model);
	(void)snprintf(places->family, sizeof(places->family), "amd_sev_fam%02xh_model%1xxh.sbin",
		       family.family, (family.model & 0xf0) >> 4);
}

// Replaces the {place} of a path. False when this machine has no such place.
static bool make_path(char out[static PATH_SIZE], const char *path, const struct places *places)
{
	const struct {
		const char *name;
		const char *value;
	} rows[] = {
		{ "{release}", places->release }, { "{psp}", places->psp },
		{ "{cgroup}", places->cgroup },	  { "{lastcpu}", places->lastcpu },
		{ "{model}", places->model },	  { "{family}", places->family },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *at = strstr(path, rows[i].name);

		if (at == NULL)
			continue;
		(void)snprintf(out, PATH_SIZE, "%.*s%s%s", (int)(at - path), path, rows[i].value,
			       at + strlen(rows[i].name));
		return rows[i].value[0] != '\0';
	}
	(void)snprintf(out, PATH_SIZE, "%s", path);
	return true;
}

// --- Opening -------------------------------------------------------------------------------------

static void open_one(struct readings_files *files, enum host_text which, int root_fd,
		     const struct places *places)
{
	const struct reading_row *row = &reading_rows[which];
	int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
	char path[PATH_SIZE];

	files->files[which].errnum = ENOENT;
	if (!make_path(path, row->path, places))
		return;
	flags |= row->way == READING_EXISTS ? O_PATH : O_RDONLY;
	files->files[which].fd = openat(root_fd, path, flags);
	files->files[which].errnum = files->files[which].fd < 0 ? errno : 0;
}

// The hard one, which a user may raise the other to.
static void open_limit(struct readings_files *files)
{
	struct rlimit limit;

	files->memlock_read = getrlimit(RLIMIT_MEMLOCK, &limit) == 0;
	if (files->memlock_read)
		files->memlock_bytes =
			limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max;
}

void readings_open(struct readings_files *files, int root_fd, bool at_launch)
{
	struct places places = { 0 };
	AUTO(fd) int sev_fd = -1;

	find_places(&places, root_fd);
	for (enum host_text which = 0; which < HOST_TEXTS; which++) {
		files->files[which].fd = -1;
		files->files[which].errnum = 0;
		if (!at_launch || reading_rows[which].at_launch)
			open_one(files, which, root_fd, &places);
	}
	// Opening it has no effect; a QEMU of this user's will do so.
	sev_fd = openat(root_fd, "dev/sev", O_RDWR | O_CLOEXEC);
	files->sev_device_errnum = sev_fd < 0 ? errno : 0;
	open_limit(files);
	files->is_open = true;
}

void readings_files_release(struct readings_files *files)
{
	if (!files->is_open)
		return;
	for (enum host_text which = 0; which < HOST_TEXTS; which++)
		close_fd(&files->files[which].fd);
	files->is_open = false;
}

// --- Reading -------------------------------------------------------------------------------------

static ssize_t read_all(int fd, char *bytes, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, bytes + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

static void fail(struct reading *reading, int errnum)
{
	reading->state = errnum == 0 ? READING_NONE : reading_state_of(errnum);
	reading->errnum = errnum;
}

static void read_one(struct host_readings *readings, enum host_text which,
		     const struct readings_files *files, char *bytes)
{
	size_t size = which == HOST_TEXT_CONFIG ? FILE_BYTES_MAX : SMALL_FILE_BYTES_MAX;
	struct reading *reading = &readings->texts[which];
	int fd = files->files[which].fd;
	ssize_t n = 0;

	if (reading_rows[which].way == READING_HEX)
		size = SBIN_HEADER_BYTES;
	if (fd < 0) {
		fail(reading, files->files[which].errnum);
		return;
	}
	if (reading_rows[which].way != READING_EXISTS)
		n = read_all(fd, bytes, size);
	if (n < 0)
		fail(reading, errno);
	else
		readings_take_text(readings, which, bytes, (size_t)n);
}

void readings_read(struct host_readings *readings, struct readings_files *files)
{
	AUTO(mem) char *bytes = mem_zeroed(FILE_BYTES_MAX, 1);
	struct utsname names;

	for (size_t i = 0; i < HOST_LEAVES; i++)
		readings->leaves[i] = cpuid_execute(host_leaf_numbers[i]);
	readings->cpuid_read = true;
	if (uname(&names) == 0) {
		(void)snprintf(readings->machine, sizeof(readings->machine), "%.31s",
			       names.machine);
		(void)snprintf(readings->release, sizeof(readings->release), "%.67s",
			       names.release);
	}
	if (!files->is_open)
		return;
	for (enum host_text which = 0; which < HOST_TEXTS; which++)
		read_one(readings, which, files, bytes);
	readings->sev_device = files->sev_device_errnum == 0 ?
				       READING_DONE :
				       reading_state_of(files->sev_device_errnum);
	readings->memlock_read = files->memlock_read;
	readings->memlock_bytes = files->memlock_bytes;
	readings_files_release(files);
}
