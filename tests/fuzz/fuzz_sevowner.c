// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the first byte chooses what the rest is. 'c' certificates of a platform and of AMD's;
// 'k' a file of an owner's keys; 'm' a measurement; 'g' a GUID.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "measure/sev_chain.h"
#include "measure/sev_measurement.h"
#include "measure/sev_secret.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int status, const struct err *err)
{
	assert(status == 0 || (err_is_valid(err) && err->text[0] != '\0'));
}

static void fuzz_chain(const uint8_t *data, size_t size)
{
	static const struct sev_chain_trust trust = { .self_owned = true };
	struct sev_chain *chain = mem_zeroed(1, sizeof(*chain));
	struct err err;

	if (sev_chain_add(chain, data, size, &err) < 0)
		check(-1, &err);
	else
		check(sev_chain_verify(chain, &trust, &err), &err);
	free(chain);
}

// What is read is written as something that reads the same.
static void fuzz_keys(const uint8_t *data, size_t size)
{
	struct sev_owner_keys keys, again;
	char text[SEV_OWNER_KEYS_TEXT_SIZE];
	struct err err;

	if (sev_owner_keys_decode(&keys, (const char *)data, size, &err) < 0) {
		check(-1, &err);
		return;
	}
	assert(sev_owner_keys_decode(&again, text, sev_owner_keys_encode(text, &keys), &err) == 0);
	assert(memcmp(&keys, &again, sizeof(keys)) == 0);
}

static void fuzz_text(char kind, const uint8_t *data, size_t size)
{
	char *text = mem_zeroed(size + 1, 1);
	struct sev_measurement measurement;
	struct efi_guid guid;
	struct err err;

	if (size > 0)
		memcpy(text, data, size);
	if (kind == 'm')
		check(sev_measurement_read(&measurement, text, &err), &err);
	else
		check(sev_secret_guid_read(&guid, text, &err), &err);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	if (data[0] == 'c')
		fuzz_chain(data + 1, size - 1);
	else if (data[0] == 'k')
		fuzz_keys(data + 1, size - 1);
	else if (data[0] == 'm' || data[0] == 'g')
		fuzz_text((char)data[0], data + 1, size - 1);
	return 0;
}
