// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of its corpus, for machines without libFuzzer.

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define INPUT_MAX ((size_t)1024 * 1024)

static void run_file(const char *folder, const char *name)
{
	static uint8_t bytes[INPUT_MAX];
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL) {
		perror(path);
		exit(1);
	}
	(void)LLVMFuzzerTestOneInput(bytes, fread(bytes, 1, sizeof(bytes), file));
	(void)fclose(file);
}

// "build/.../replay_guest" runs over tests/fuzz/corpus-guest.
int main(int argc, char **argv)
{
	const char *word = strrchr(argc > 0 ? argv[0] : "", '_');
	char folder[64];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *corpus;

	(void)snprintf(folder, sizeof(folder), "tests/fuzz/corpus-%s",
		       word != NULL ? word + 1 : "");
	corpus = opendir(folder);
	if (corpus == NULL) {
		perror(folder);
		return 1;
	}
	while ((entry = readdir(corpus)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		run_file(folder, entry->d_name);
		n++;
	}
	(void)closedir(corpus);
	printf("ok - %s: %u inputs\n", folder, n);
	return n == 0;
}
