// SPDX-License-Identifier: Apache-2.0
// Changes files under whoever reads them, until it is killed: exchanges each FILE with FILE.other in
// one step, writes into it, cuts it off and makes it whole again. Its first 4 KiB stay, as that is
// where file formats are recognized.
//
// usage: swap_files FILE...

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"

#define HEADER_BYTES 4096

static void exchange(const char *path)
{
	char other[4096];

	(void)snprintf(other, sizeof(other), "%s.other", path);
	if (renameat2(AT_FDCWD, path, AT_FDCWD, other, RENAME_EXCHANGE) < 0) {
		perror("swap_files");
		exit(1);
	}
}

static void rewrite(int fd, off_t size)
{
	char bytes[HEADER_BYTES];

	memset(bytes, rand(), sizeof(bytes)); // NOLINT: any byte will do
	for (off_t at = HEADER_BYTES; at < size; at += HEADER_BYTES)
		(void)!pwrite(fd, bytes, sizeof(bytes), at);
}

static void cut_and_mend(int fd, off_t size)
{
	(void)!ftruncate(fd, HEADER_BYTES);
	rewrite(fd, size);
}

int main(int argc, char **argv)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return 1;
	for (unsigned int round = 0;; round++) {
		const char *path = argv[1 + round % (unsigned int)(argc - 1)];
		AUTO(fd) int fd = open(path, O_RDWR | O_CLOEXEC);
		struct stat st;

		exchange(path);
		if (fd < 0 || fstat(fd, &st) < 0)
			return 1;
		rewrite(fd, st.st_size);
		if (round % 16 == 0)
			cut_and_mend(fd, st.st_size);
		(void)usleep(1000); // or nothing would ever be read whole
	}
}
