// SPDX-License-Identifier: Apache-2.0
// The tables of the catalogue as one, and its words.

#include "host/failures.h"

#include "base/attributes.h"

static const struct failure_table *const tables[] = {
	&failures_host, &failures_options, &failures_launch, &failures_kernel, &failures_guest,
};

const struct failure *failure_at(size_t i)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		if (i < tables[t]->n)
			return &tables[t]->rows[i];
		i -= tables[t]->n;
	}
	return NULL;
}

const char *failure_area_word(enum failure_area area)
{
	static const char *const words[] = {
		[FAILURE_QEMU] = "qemu",
		[FAILURE_KERNEL] = "kernel",
		[FAILURE_GUEST] = "guest",
		[FAILURE_OVMF] = "ovmf",
	};

	_Static_assert(ARRAY_LEN(words) == FAILURE_AREAS, "every area has a word");
	return words[area];
}

const char *failure_proof_word(enum failure_proof proof)
{
	static const char *const words[] = {
		[FAILURE_READ] = "read in source",
		[FAILURE_TRIED] = "tried",
		[FAILURE_REPORTED] = "reported",
		[FAILURE_UNPROVEN] = "not verified",
	};

	_Static_assert(ARRAY_LEN(words) == FAILURE_PROOFS, "every proof has a word");
	return words[proof];
}
