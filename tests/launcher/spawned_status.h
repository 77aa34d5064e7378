/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says about a program that runs in QEMU's place. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_SPAWNED_STATUS_H
#define SNPLAUNCH_TESTS_LAUNCHER_SPAWNED_STATUS_H

#include "tests/launcher/spawns.h"

/* QEMU's pid, as this process sees it. */
static inline pid_t spawned_qemu(const struct spawned *spawned)
{
	char path[60];
	char text[40] = "";
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/children", spawned->init.pid,
		       spawned->init.pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	(void)read_all(fd, text, sizeof(text));
	close_fd(&fd);
	return atoi(text);
}

/* The lines of QEMU's status that begin with one of these words, up to a NULL. */
static inline void spawned_status(const struct spawned *spawned, const char *const *words,
				  char *text, size_t size)
{
	char path[40];
	char line[200];
	size_t len = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", spawned_qemu(spawned));
	file = fopen(path, "re");
	text[0] = '\0';
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		for (size_t i = 0; words[i] != NULL; i++)
			if (strncmp(line, words[i], strlen(words[i])) == 0 && len < size)
				len += (size_t)snprintf(text + len, size - len, "%s", line);
	if (file != NULL)
		(void)fclose(file);
}

#endif
