// SPDX-License-Identifier: Apache-2.0
// Copies, hashes and seals in one pass: the digest is of the bytes that were written.

// The SHA256_* functions are deprecated in OpenSSL 3, but EVP loads its providers and their
// configuration first, which costs more than hashing a firmware image.
#define OPENSSL_API_COMPAT 0x10100000L

#include "cli/artifact.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "cli/progress.h"

#define COPY_BYTES ((size_t)256 * 1024)
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void artifact_init(struct artifact *artifact)
{
	*artifact = (struct artifact){ .fd = -1 };
}

void artifact_release(struct artifact *artifact)
{
	close_fd(&artifact->fd);
}

static int check_size(int fd, const char *noun, uint64_t size_max, uint64_t *size, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at the %s", noun);
	*size = (uint64_t)st.st_size;
	if (*size == 0)
		return err_set(err, ERR_INPUT, "the %s is empty", noun);
	if (*size > size_max)
		return err_set(err, ERR_INPUT,
			       "the %s has %" PRIu64 " bytes, more than the limit of %" PRIu64,
			       noun, *size, size_max);
	return 0;
}

static ssize_t read_some(int fd, void *buffer, size_t len)
{
	ssize_t n;

	do
		n = read(fd, buffer, len);
	while (n < 0 && errno == EINTR);
	return n;
}

// One pass over the source. Reads on to the end, so that growth is noticed as well as shrinking.
static int copy_and_hash(struct artifact *artifact, int source_fd, const char *noun,
			 struct err *err)
{
	AUTO(mem) uint8_t *buffer = mem_zeroed(COPY_BYTES, 1);
	struct progress progress;
	uint64_t copied = 0;
	SHA256_CTX hash;

	progress_start(&progress, "copying and hashing", noun, artifact->size);
	(void)SHA256_Init(&hash); // these three cannot fail
	for (;;) {
		ssize_t n = read_some(source_fd, buffer, COPY_BYTES);

		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read the %s", noun);
		if (n == 0)
			break;
		copied += (uint64_t)n;
		if (copied > artifact->size)
			break;
		(void)SHA256_Update(&hash, buffer, (size_t)n);
		if (fd_write_all(artifact->fd, buffer, (size_t)n, err) < 0)
			return err_context(err, "copy of the %s", noun);
		progress_step(&progress, copied);
	}
	progress_end(&progress);
	if (copied != artifact->size)
		return err_set(err, ERR_INPUT, "the %s changed its size while it was read", noun);
	(void)SHA256_Final(artifact->sha256, &hash);
	return 0;
}

static int seal(int fd, const char *noun, struct err *err)
{
	if (fcntl(fd, F_ADD_SEALS, ALL_SEALS) < 0)
		return err_sys(err, "cannot seal the copy of the %s", noun);
	if ((fcntl(fd, F_GET_SEALS) & ALL_SEALS) != ALL_SEALS)
		return err_set(err, ERR_BUG, "the copy of the %s is not sealed", noun);
	return 0;
}

int artifact_copy(struct artifact *artifact, int source_fd, const char *noun, uint64_t size_max,
		  struct err *err)
{
	AUTO(artifact) struct artifact copy;

	artifact_init(&copy);
	if (check_size(source_fd, noun, size_max, &copy.size, err) < 0)
		return -1;
	copy.fd = memfd_create(noun, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (copy.fd < 0)
		return err_sys(err, "cannot make a memory file for the %s", noun);
	if (copy_and_hash(&copy, source_fd, noun, err) < 0 || seal(copy.fd, noun, err) < 0)
		return -1;
	*artifact = copy;
	copy.fd = -1;
	return 0;
}

int artifact_read(const struct artifact *artifact, uint64_t offset, void *out, size_t len,
		  struct err *err)
{
	ssize_t n = pread(artifact->fd, out, len, (off_t)offset);

	if (n < 0)
		return err_sys(err, "cannot read %zu bytes back", len);
	if ((size_t)n != len)
		return err_set(err, ERR_BUG, "%zu bytes at %" PRIu64 " are not there", len, offset);
	return 0;
}

int artifact_map(struct artifact_bytes *mapped, const struct artifact *artifact, struct err *err)
{
	void *bytes = mmap(NULL, artifact->size, PROT_READ, MAP_PRIVATE, artifact->fd, 0);

	if (bytes == MAP_FAILED)
		return err_sys(err, "cannot map %" PRIu64 " bytes", artifact->size);
	*mapped = (struct artifact_bytes){ bytes, artifact->size };
	return 0;
}

void artifact_unmap(struct artifact_bytes *mapped)
{
	if (mapped->bytes != NULL)
		(void)munmap((void *)mapped->bytes, mapped->len);
	*mapped = (struct artifact_bytes){ 0 };
}
