// SPDX-License-Identifier: Apache-2.0
// A program that knows only what is installed: reads an attestation report, verifies it, and verifies
// none of which a bit is another.
//
// Usage: report_reader REPORT VEK ISSUERS. Prints the measurement, and the root's digest.

#include <snpmeasure/snpmeasure.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES 3
#define FILE_BYTES_MAX 65536

static void read_all(struct snpmeasure_bytes *bytes, const char *path)
{
	uint8_t *into = malloc(FILE_BYTES_MAX);
	FILE *file = fopen(path, "re");

	if (file == NULL || into == NULL) {
		perror(path);
		exit(2);
	}
	bytes->len = fread(into, 1, FILE_BYTES_MAX, file);
	bytes->bytes = into;
	(void)fclose(file);
}

static int verify(struct snpmeasure_report *report, const struct snpmeasure_bytes *files,
		  struct snpmeasure_error *error)
{
	const struct snpmeasure_evidence evidence = { .vek = files[1], .issuers = files[2] };

	return snpmeasure_report_verify(report, files[0], &evidence, error);
}

static void print(const char *noun, const uint8_t *bytes, size_t len)
{
	printf("%s ", noun);
	for (size_t i = 0; i < len; i++)
		printf("%02x", bytes[i]);
	putchar('\n');
}

// Of what the signature covers, some bytes here and there.
static void check_changed(const struct snpmeasure_bytes *files)
{
	uint8_t *report_bytes = (uint8_t *)files[0].bytes;
	struct snpmeasure_report report;
	struct snpmeasure_error error;

	for (size_t at = 0; at < 0x2a0; at += 41) {
		report_bytes[at] ^= 1;
		if (verify(&report, files, &error) == 0) {
			fprintf(stderr, "byte %zu is not verified\n", at);
			exit(3);
		}
		report_bytes[at] ^= 1;
	}
}

int main(int argc, char **argv)
{
	struct snpmeasure_bytes files[FILES];
	struct snpmeasure_report read;
	struct snpmeasure_report verified;
	struct snpmeasure_error error;

	if (argc != FILES + 1)
		return 64;
	for (size_t i = 0; i < FILES; i++)
		read_all(&files[i], argv[i + 1]);
	if (snpmeasure_report_read(&read, files[0], &error) < 0) {
		fprintf(stderr, "read: %s\n", error.text);
		return 1;
	}
	if (verify(&verified, files, &error) < 0) {
		fprintf(stderr, "verify: %s\n", error.text);
		return 1;
	}
	print("measurement", verified.measurement, sizeof(verified.measurement));
	print("ark", verified.ark_sha256, sizeof(verified.ark_sha256));
	if (memcmp(read.measurement, verified.measurement, sizeof(read.measurement)) != 0 ||
	    memcmp(read.chip_id, verified.chip_id, sizeof(read.chip_id)) != 0)
		return 5;
	check_changed(files);
	for (size_t i = 0; i < FILES; i++)
		free((void *)files[i].bytes);
	return 0;
}
