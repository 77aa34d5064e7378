// SPDX-License-Identifier: Apache-2.0
// Computes launch digests as a command would, and nothing else: to be timed as a whole process.
//
// Usage: measure FIRMWARE [VCPUS [MODELS]]: each of the first MODELS CPU models with 1 to VCPUS vCPUs;
// without VCPUS, one guest. Prints the last digest.

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "measure/cpu_signatures.h"
#include "measure/launch_digest.h"

static void map_firmware(struct ovmf *firmware, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	if (fd < 0 || fstat(fd, &st) < 0) {
		perror(path);
		exit(1);
	}
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	(void)close(fd);
	ovmf_read(firmware, bytes, (size_t)st.st_size);
}

static int sweep(struct launch_digest *digest, const struct launch_inputs *launch, size_t n_models,
		 struct err *err)
{
	struct launch_prefix prefix;

	if (launch_prefix_init(&prefix, launch, err) < 0)
		return -1;
	for (size_t i = 0; i < n_models && i < cpu_models_n; i++) {
		struct vmsa_cpu cpu = {
			.signature = cpu_model_signature(&cpu_models[i]),
			.features = launch->cpu.features,
		};
		struct launch_series series;

		if (launch_series_init(&series, &prefix, &cpu, err) < 0)
			return -1;
		for (uint32_t n = 0; n < launch->vcpus; n++)
			launch_series_next(&series, digest);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ovmf firmware;
	struct launch_digest digest = { 0 };
	struct launch_inputs launch = {
		.type = LAUNCH_SEV_SNP,
		.firmware = &firmware,
		.vcpus = argc > 2 ? (uint32_t)atoi(argv[2]) : 1,
		.cpu.signature = cpu_model_signature(&cpu_models[0]),
		.cpu.features = launch_features_default(LAUNCH_SEV_SNP),
	};
	size_t n_models = argc > 3 ? (size_t)atoi(argv[3]) : 1;
	struct err err;
	int result;

	if (argc < 2) {
		fprintf(stderr, "usage: measure FIRMWARE [VCPUS [MODELS]]\n");
		return 2;
	}
	map_firmware(&firmware, argv[1]);
	result = argc > 2 ? sweep(&digest, &launch, n_models, &err) :
			    launch_digest(&digest, &launch, &err);
	if (result < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	for (size_t i = 0; i < digest.len; i++)
		printf("%02x", digest.bytes[i]);
	printf("\n");
	return 0;
}
