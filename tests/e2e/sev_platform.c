// SPDX-License-Identifier: Apache-2.0
// Plays the platform and AMD: makes the certificates behind the Diffie-Hellman key of a rehearsal,
// whose private half everybody knows.
//
// usage: sev_platform FOLDER	# writes pdh, chain (PEK, OCA, CEK) and amd (ASK, ARK) into it

#include "tests/measure/sev_platform.h"

#include <stdio.h>
#include <stdlib.h>

#include "rehearsal/p384.h"

static void write_file(const char *folder, const char *name, const void *bytes, size_t len)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(bytes, 1, len, file) != len || fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	struct platform platform;
	uint8_t roots[2 * ROOT_BYTES_MAX];
	uint8_t point[P384_KEY_BYTES];

	if (argc != 2) {
		(void)fprintf(stderr, "usage: sev_platform FOLDER\n");
		return 64;
	}
	p384_public_key(point);
	platform_init(&platform, 2048);
	platform_certify(&platform, point);
	memcpy(roots, PLATFORM_ASK(&platform), platform.root_len);
	memcpy(roots + platform.root_len, PLATFORM_ARK(&platform), platform.root_len);
	write_file(argv[1], "pdh", platform.pdh, sizeof(platform.pdh));
	write_file(argv[1], "chain", platform.chain, sizeof(platform.chain));
	write_file(argv[1], "amd", roots, 2 * platform.root_len);
	platform_release(&platform);
	return 0;
}
