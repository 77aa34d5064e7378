// SPDX-License-Identifier: Apache-2.0
// A program that knows only what is installed: computes digests by one call, by a series, and in
// threads, signs and verifies an ID block, and has names that the library has inside, too.
//
// Usage: consumer FIRMWARE CPU_MODEL VCPUS ID_KEY. Prints the digest.

#include <pthread.h>
#include <snpmeasure/snpmeasure.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 4

// These would not link if the library's were visible.
int launch_digest = 1;
int report_read = 2;
int err_set_errno = 3;
int sha256_of = 4;

struct job {
	struct snpmeasure_launch launch;
	const struct snpmeasure_prefix *prefix;
	struct snpmeasure_digest digest;
	int failed;
};

static void die(const char *what, const struct snpmeasure_error *error)
{
	fprintf(stderr, "%s: %s\n", what, error->text);
	exit(1);
}

static struct snpmeasure_bytes read_all(const char *path)
{
	static char files[2][16 << 20];
	static int n;
	FILE *file = fopen(path, "re");
	struct snpmeasure_bytes read = { files[n++], 0 };

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	read.len = fread(files[n - 1], 1, sizeof(files[0]), file);
	(void)fclose(file);
	return read;
}

static void *run_series(void *argument)
{
	struct job *job = argument;
	struct snpmeasure_series *series = snpmeasure_series_new(
		job->prefix, job->launch.cpu_signature, job->launch.features, NULL);

	job->failed = series == NULL;
	for (uint32_t i = 0; !job->failed && i < job->launch.vcpus; i++)
		snpmeasure_series_next(series, &job->digest);
	snpmeasure_series_free(series);
	return NULL;
}

static void check_series(const struct snpmeasure_launch *launch,
			 const struct snpmeasure_digest *digest)
{
	struct snpmeasure_error error;
	struct snpmeasure_prefix *prefix = snpmeasure_prefix_new(launch, &error);
	struct job jobs[THREADS];
	pthread_t threads[THREADS];

	if (prefix == NULL)
		die("prefix", &error);
	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){ .launch = *launch, .prefix = prefix };
		if (pthread_create(&threads[i], NULL, run_series, &jobs[i]) != 0)
			exit(1);
	}
	for (int i = 0; i < THREADS; i++) {
		(void)pthread_join(threads[i], NULL);
		if (jobs[i].failed || memcmp(&jobs[i].digest, digest, sizeof(*digest)) != 0) {
			fprintf(stderr, "a series gives another digest\n");
			exit(1);
		}
	}
	snpmeasure_prefix_free(prefix);
}

static void check_id_block(const struct snpmeasure_digest *digest, struct snpmeasure_bytes key)
{
	const struct snpmeasure_bytes none = { NULL, 0 };
	struct snpmeasure_id_block block = { .guest_svn = 7, .policy = 0x30000 };
	struct snpmeasure_id_block verified;
	uint8_t bytes[SNPMEASURE_ID_BLOCK_BYTES];
	uint8_t auth[SNPMEASURE_ID_AUTH_BYTES];
	struct snpmeasure_error error;

	memcpy(block.launch_digest, digest->bytes, sizeof(block.launch_digest));
	if (snpmeasure_id_block_sign(bytes, auth, &block, key, none, &error) < 0)
		die("sign", &error);
	if (snpmeasure_id_block_verify(&verified, (struct snpmeasure_bytes){ bytes, sizeof(bytes) },
				       (struct snpmeasure_bytes){ auth, sizeof(auth) }, &error) < 0)
		die("verify", &error);
	if (memcmp(verified.launch_digest, block.launch_digest, sizeof(block.launch_digest)) != 0 ||
	    verified.guest_svn != block.guest_svn || verified.policy != block.policy)
		exit(1);
	bytes[0] ^= 1;
	if (snpmeasure_id_block_verify(&verified, (struct snpmeasure_bytes){ bytes, sizeof(bytes) },
				       (struct snpmeasure_bytes){ auth, sizeof(auth) },
				       &error) == 0 ||
	    error.kind != SNPMEASURE_VERDICT)
		die("a changed block was accepted", &error);
}

static void count_range(void *context, const struct snpmeasure_range *range)
{
	uint64_t *bytes = context;

	*bytes += range->len;
}

int main(int argc, char **argv)
{
	struct snpmeasure_launch launch = { .type = SNPMEASURE_SEV_SNP };
	struct snpmeasure_digest digest;
	struct snpmeasure_error error;
	struct snpmeasure_bytes image;
	uint64_t bytes = 0;

	if (argc != 5)
		return 64;
	image = read_all(argv[1]);
	launch.firmware = image.bytes;
	launch.firmware_len = image.len;
	launch.cpu_signature = snpmeasure_cpu_signature(argv[2]);
	launch.vcpus = (uint32_t)strtoul(argv[3], NULL, 10);
	launch.features = snpmeasure_features_default(launch.type);
	launch.range = count_range;
	launch.context = &bytes;
	if (snpmeasure_digest_compute(&digest, &launch, &error) < 0)
		die("digest", &error);
	if (bytes <= image.len)
		return 1;
	check_series(&launch, &digest);
	check_id_block(&digest, read_all(argv[4]));
	for (size_t i = 0; i < digest.len; i++)
		printf("%02x", digest.bytes[i]);
	putchar('\n');
	launch.vcpus = 0;
	return snpmeasure_digest_compute(&digest, &launch, &error) < 0 &&
			       error.kind == SNPMEASURE_USAGE ?
		       0 :
		       1;
}
