/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether firmware checks the kernel that it boots. That the launch digest covers the table of
 * kernel hashes says nothing: firmware without edk2's BlobVerifierLibSevHashes never looks at it,
 * and the host can exchange the kernel behind an unchanged digest.
 */
#ifndef SNPLAUNCH_MEASURE_BLOB_VERIFIER_H
#define SNPLAUNCH_MEASURE_BLOB_VERIFIER_H

#include <stddef.h>

#include "base/err.h"

enum blob_verifier_verdict {
	BLOB_VERIFIER_UNKNOWN,	    /* not all of the image could be looked into */
	BLOB_VERIFIER_NOT_ENFORCED, /* all of it was, and nothing there checks the hashes */
	BLOB_VERIFIER_ENFORCED,	    /* a program of the image holds the verifier */
	BLOB_VERIFIER_VERDICTS,
};

struct blob_verifier {
	enum blob_verifier_verdict verdict;
	/* Why, in lower case without a full stop; of an image that somebody else wrote only numbers. */
	char reason[ERR_TEXT_MAX];
};

/*
 * Looks for the verifier in the firmware volumes of an image, compressed ones too, and stops where
 * it finds it. Memory: IMAGE_STREAM_MEMORY_MAX at most, as much as the volumes expand to in
 * practice. Work is bounded by the size of the image and by what it may expand to.
 */
void blob_verifier_find(struct blob_verifier *found, const void *image, size_t len);

/* The word for a verdict: "unknown", "not-enforced", "enforced". */
const char *blob_verifier_word(enum blob_verifier_verdict verdict);

#endif
