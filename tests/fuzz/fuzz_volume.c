// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a firmware image, in which the verifier of kernel hashes is looked for.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/blob_verifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob_verifier found;

	blob_verifier_find(&found, data, size);
	assert(found.reason[0] != '\0');
	assert(blob_verifier_word(found.verdict) != NULL);
	return 0;
}
