// SPDX-License-Identifier: Apache-2.0
// Runs a command and ends like it. REPORT gets the memory, in KiB, that it or any process below it
// that was waited for had resident at most.
//
// usage: peak_memory REPORT COMMAND...

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_FROM_SIGNAL 128
#define EXIT_OWN_FAILURE 64

int main(int argc, char **argv)
{
	struct rusage usage;
	FILE *report;
	int status;
	pid_t pid;

	if (argc < 3 || (report = fopen(argv[1], "we")) == NULL)
		return EXIT_OWN_FAILURE;
	pid = fork();
	if (pid == 0) {
		(void)execv(argv[2], argv + 2);
		_exit(EXIT_OWN_FAILURE);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return EXIT_OWN_FAILURE;
	(void)fprintf(report, "%ld\n", usage.ru_maxrss);
	if (fclose(report) != 0)
		return EXIT_OWN_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FROM_SIGNAL + WTERMSIG(status);
}
