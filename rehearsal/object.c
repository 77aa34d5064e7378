// SPDX-License-Identifier: Apache-2.0
// Finds objects by device and inode of their files.

#include "rehearsal/object.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/mem.h"

struct entry {
	struct object object;
	dev_t device;
	ino_t inode;
	struct entry *next;
};

static struct entry *entries;

int object_adopt(const struct object *object, int fd)
{
	struct entry *entry;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	entry = mem_zeroed(1, sizeof(*entry));
	*entry = (struct entry){ *object, st.st_dev, st.st_ino, entries };
	entries = entry;
	return 0;
}

int object_create(const struct object *object, size_t len)
{
	AUTO(fd) int fd = memfd_create("rehearsal", MFD_CLOEXEC);
	int status;

	if (fd < 0 || (len > 0 && ftruncate(fd, (off_t)len) < 0))
		return -errno;
	status = object_adopt(object, fd);
	return status < 0 ? status : take_fd(&fd);
}

struct object *object_find(int fd)
{
	struct stat st;

	if (entries == NULL || fstat(fd, &st) < 0)
		return NULL;
	for (struct entry *entry = entries; entry != NULL; entry = entry->next)
		if (entry->inode == st.st_ino && entry->device == st.st_dev)
			return &entry->object;
	return NULL;
}

void object_forget_vm(const struct vm *vm)
{
	struct entry **link = &entries;

	while (*link != NULL) {
		struct entry *entry = *link;

		if (entry->object.vm != vm || entry->object.kind == OBJECT_VCPU) {
			link = &entry->next;
			continue;
		}
		*link = entry->next;
		free(entry);
	}
}
