// SPDX-License-Identifier: Apache-2.0
// Times two commands in turn, each as a whole process. Prints medians in milliseconds.
//
// Usage: repeat COUNT COMMAND ARGUMENT... -- PEER ARGUMENT...

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT_MAX 1000

static double run_once(char **argv)
{
	struct timespec start;
	struct timespec end;
	int status;
	pid_t pid;

	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	pid = vfork();
	if (pid == 0) {
		int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

		(void)dup2(null_fd, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	if (status != 0) {
		fprintf(stderr, "'%s' ended with status 0x%x\n", argv[0], (unsigned int)status);
		exit(1);
	}
	return (double)(end.tv_sec - start.tv_sec) * 1e3 +
	       (double)(end.tv_nsec - start.tv_nsec) / 1e6;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

int main(int argc, char **argv)
{
	static double ours[COUNT_MAX];
	static double peer[COUNT_MAX];
	int count = argc > 1 ? atoi(argv[1]) : 0;
	int split = 2;

	while (split < argc && strcmp(argv[split], "--") != 0)
		split++;
	if (count < 1 || count > COUNT_MAX || split + 1 >= argc)
		return 64;
	argv[split] = NULL;
	for (int i = 0; i < count; i++) {
		ours[i] = run_once(argv + 2);
		peer[i] = run_once(argv + split + 1);
	}
	qsort(ours, (size_t)count, sizeof(ours[0]), compare);
	qsort(peer, (size_t)count, sizeof(peer[0]), compare);
	printf("%.2f ms, peer %.2f ms (medians of %d; ratio %.1f)\n", ours[count / 2],
	       peer[count / 2], count, ours[count / 2] / peer[count / 2]);
	return 0;
}
