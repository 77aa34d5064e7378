/* SPDX-License-Identifier: Apache-2.0 */
/* When facts that were kept are still those of this QEMU on this machine. */
#ifndef SNPLAUNCH_HOST_FACTS_CACHE_H
#define SNPLAUNCH_HOST_FACTS_CACHE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "host/facts.h"

#define HOST_CACHE_NAME_SIZE 80

/* Everything that QEMU's answers depend on. */
struct host_identity {
	const struct stat *qemu;    /* of the very file that is executed */
	const char *kernel_release; /* uname() */
	const struct host_cpu *cpu;
	const struct host_kvm *kvm;
	bool kvm_usable; /* QEMU could open /dev/kvm */
};

/* Writes the identity as one line of text: "dev=2049 inode=... size=... ctime=...". */
void host_identity_write(char out[static HOST_IDENTITY_SIZE], const struct host_identity *identity);

/*
 * Writes the kernel's release that an identity names, escaped, into 'out'. False when it names none,
 * because somebody wrote the facts by hand.
 */
bool host_identity_kernel(char out[static HOST_IDENTITY_SIZE], const char *identity);

/* The plain file name for facts of that identity: "qemu-<32 hexadecimal digits>.json". */
void host_cache_name(char out[static HOST_CACHE_NAME_SIZE], const char *identity);

/*
 * Reads kept facts. Whoever could write the file is the caller's question.
 * Returns false, with 'facts' zeroed, when they are damaged, of another format, or of another
 * identity than 'identity' byte for byte: they are to be asked again.
 */
bool host_cache_read(struct host_facts *facts, const char *identity, const char *text, size_t len);

#endif
