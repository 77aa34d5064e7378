/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table by which firmware recognizes the kernel, initrd and command line that it was measured
 * with. Firmware that was not built to do so does not look at it.
 *
 * Source: QEMU target/i386/sev.c, sev_add_kernel_loader_hashes(); edk2 OvmfPkg/AmdSev/
 * BlobVerifierLibSevHashes.
 */
#ifndef SNPLAUNCH_MEASURE_KERNEL_HASHES_H
#define SNPLAUNCH_MEASURE_KERNEL_HASHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/sha.h"

/* What QEMU puts into the firmware's hash area: 168 bytes and 8 zeros. */
#define KERNEL_HASHES_TABLE_BYTES 176

/* SHA-256 of whole files. Not zeroed but begun with kernel_hashes_init(). */
struct kernel_hashes {
	bool has_kernel; /* there is no table without one */
	uint8_t kernel[SHA256_BYTES];
	uint8_t initrd[SHA256_BYTES];
	uint8_t cmdline[SHA256_BYTES]; /* with its terminating NUL */
};

/* Told after each piece of a file that is being hashed; 'size' is 0 for what is not a regular file. */
struct kernel_hash_progress {
	void (*step)(void *context, uint64_t done, uint64_t size); /* bytes */
	void *context;
};

/* No kernel yet, no initrd, no command line: QEMU then hashes nothing, and a single NUL. */
void kernel_hashes_init(struct kernel_hashes *hashes);

/* Takes a digest that somebody else computed of a file that kernel_check() accepts. */
void kernel_hashes_set_kernel(struct kernel_hashes *hashes,
			      const uint8_t sha256[static SHA256_BYTES]);
void kernel_hashes_set_initrd(struct kernel_hashes *hashes,
			      const uint8_t sha256[static SHA256_BYTES]);

/* Byte for byte: QEMU keeps blanks at either end, and each of them changes the digest. */
void kernel_hashes_set_cmdline(struct kernel_hashes *hashes, const char *cmdline);

/* The bytes of a kernel's beginning that kernel_check() looks at. */
#define KERNEL_HEADER_BYTES 0x206

/*
 * Whether QEMU hashes this kernel: it leaves ELF and multiboot kernels unmeasured. 'header' is the
 * file's beginning, of 'len' bytes, and 'size' the file's size. Errors: ERR_INPUT.
 */
int kernel_check(const uint8_t *header, size_t len, uint64_t size, struct err *err) MUST_CHECK;

/*
 * Hash a file from where 'fd' stands to its end, in pieces of constant size; for a kernel, which
 * must be a regular file, kernel_check() comes first. 'progress' may be NULL.
 * Errors: ERR_INPUT, about "the kernel" or "the initrd".
 */
int kernel_hashes_read_kernel(struct kernel_hashes *hashes, int fd,
			      const struct kernel_hash_progress *progress,
			      struct err *err) MUST_CHECK;
int kernel_hashes_read_initrd(struct kernel_hashes *hashes, int fd,
			      const struct kernel_hash_progress *progress,
			      struct err *err) MUST_CHECK;

/* The table as QEMU writes it. */
void kernel_hashes_table(const struct kernel_hashes *hashes,
			 uint8_t table[static KERNEL_HASHES_TABLE_BYTES]);

#endif
