/* SPDX-License-Identifier: Apache-2.0 */
/* Files that QEMU gets as exactly the bytes that were hashed. */
#ifndef SNPLAUNCH_CLI_ARTIFACT_H
#define SNPLAUNCH_CLI_ARTIFACT_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

#define ARTIFACT_DIGEST_BYTES 32 /* SHA-256 */

struct artifact {
	int fd;	       /* a sealed memfd, -1: none. Owner: the artifact */
	uint64_t size; /* bytes */
	uint8_t sha256[ARTIFACT_DIGEST_BYTES];
};

/* Sets the descriptor to "none". */
void artifact_init(struct artifact *artifact);
void artifact_release(struct artifact *artifact);
DEFINE_AUTO(artifact, struct artifact, artifact_release);

/*
 * Copies the regular file 'source_fd', of 1 to 'size_max' bytes, into a memfd while hashing it, and
 * seals that against every change. 'noun' names it in messages and in /proc.
 * Errors: ERR_INPUT when the file is empty, too large, or changes its size meanwhile.
 */
int artifact_copy(struct artifact *artifact, int source_fd, const char *noun, uint64_t size_max,
		  struct err *err) MUST_CHECK;

/* Reads 'len' bytes at 'offset' of an artifact that has them. */
int artifact_read(const struct artifact *artifact, uint64_t offset, void *out, size_t len,
		  struct err *err) MUST_CHECK;

/* An artifact's bytes in memory. Zero is none. */
struct artifact_bytes {
	const void *bytes; /* owner: the struct */
	size_t len;
};

/* Maps an artifact, which is sealed, so that nothing there changes. */
int artifact_map(struct artifact_bytes *mapped, const struct artifact *artifact,
		 struct err *err) MUST_CHECK;
void artifact_unmap(struct artifact_bytes *mapped);
DEFINE_AUTO(artifact_bytes, struct artifact_bytes, artifact_unmap);

#endif
