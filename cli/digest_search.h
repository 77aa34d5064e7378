/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the launch behind a digest, among those that given files allow. */
#ifndef SNPLAUNCH_CLI_DIGEST_SEARCH_H
#define SNPLAUNCH_CLI_DIGEST_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/sha.h"

#define DIGEST_SEARCH_CHOICES_MAX 16
#define DIGEST_SEARCH_SKIPS_MAX ((size_t)4 * DIGEST_SEARCH_CHOICES_MAX)
#define DIGEST_SEARCH_REASON_SIZE 400

/* A file or a command line, one of several that it may have been. All is borrowed. */
struct search_choice {
	const char *name;
	const void *bytes; /* of a firmware image */
	size_t len;
	const uint8_t *sha256; /* of a kernel or an initrd */
};

struct search_choices {
	size_t n;
	struct search_choice items[DIGEST_SEARCH_CHOICES_MAX];
};

struct digest_search {
	uint8_t digest[SHA384_BYTES];
	size_t digest_len; /* 48: sev-snp; 32: the others */
	uint32_t vcpus_max;
	uint32_t cpu_signature; /* beside those of all models; 0: none */
	bool has_vmsa_features; /* beside the usual ones */
	uint64_t vmsa_features;
	struct search_choices firmware;
	struct search_choices kernels; /* of these three also "none" is tried */
	struct search_choices initrds;
	struct search_choices cmdlines;
};

/* Why an image has no digest of a kind that was searched for; each reason once. */
struct search_skip {
	const char *firmware; /* the choice's name */
	char reason[DIGEST_SEARCH_REASON_SIZE];
};

struct digest_found {
	bool is_found;
	uint64_t n_tried;   /* digests */
	uint64_t n_skipped; /* firmware that has no digest of a type, with or without a kernel */
	uint32_t type;	    /* enum launch_type */
	uint32_t vcpus;	    /* 0: this type does not tell, like the next two */
	uint32_t cpu_signature;
	uint64_t vmsa_features;
	/* Names of the choices; NULL: none. */
	const char *firmware;
	const char *kernel;
	const char *initrd;
	const char *cmdline;
	size_t n_skips; /* what there is no room for is only in 'n_skipped' */
	struct search_skip skips[DIGEST_SEARCH_SKIPS_MAX];
};

/* Tries them all, until one fits. */
void digest_search(struct digest_found *found, const struct digest_search *search);

/* How many CPU signatures, and values of SEV features, are tried. */
size_t digest_search_signatures(const struct digest_search *search);
size_t digest_search_features(const struct digest_search *search);

#endif
