// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of a rehearsal's scenario.

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rehearsal/call.h"
#include "rehearsal/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	// Without the NUL behind it that a string would have.
	char *text = malloc(size > 0 ? size : 1);
	struct scenario scenario;
	struct err err = { .kind = ERR_NONE };

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	if (scenario_parse(&scenario, text, size, &err) < 0) {
		assert(err_is_valid(&err) && err.kind == ERR_GUEST_FILE);
		assert(strncmp(err.text, "scenario: line ", 15) == 0);
	} else {
		assert((scenario.platform.vm_types & 1) != 0);
		for (size_t i = 0; i < scenario.n_faults; i++)
			assert(call_is_known(scenario.faults[i].name) &&
			       (scenario.faults[i].errnum > 0 ||
				scenario.faults[i].effect != FAULT_ANSWERS));
	}
	free(text);
	return 0;
}
