// SPDX-License-Identifier: Apache-2.0
// Fuzzes the policy file's reader and the launcher's check behind it. An input that begins with '#'
// is a compiled policy; anything else is a policy file, and what is compiled of one that is right
// must pass that check.

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "policy/host_policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct err *err, enum err_kind kind)
{
	assert(err_is_valid(err));
	assert(err->kind == kind);
	assert(err->text[0] != '\0');
}

static void fuzz_file(const char *text, size_t len)
{
	static struct host_policy_file file;
	static struct host_policy policy;
	static struct err_list errors;
	struct err err;

	memset(&file, 0, sizeof(file));
	memset(&errors, 0, sizeof(errors));
	if (host_policy_read(&file, "fuzz.json", text, len, &errors) < 0) {
		assert(errors.n > 0 && errors.n <= ERR_LIST_MAX);
		for (size_t i = 0; i < errors.n; i++)
			check_error(&errors.items[i], ERR_GUEST_FILE);
		return;
	}
	assert(errors.n == 0);
	host_policy_compile(&policy, &file);
	assert(host_policy_accept(&policy, &err) == 0);
	// With its defaults written out it is still a right one.
	host_policy_fill(&file);
	host_policy_compile(&policy, &file);
	assert(host_policy_accept(&policy, &err) == 0);
}

// A short input is the beginning of a policy, the rest zeros.
static void fuzz_check(const uint8_t *data, size_t size)
{
	static struct host_policy policy;
	struct err err;

	memset(&policy, 0, sizeof(policy));
	memcpy(&policy, data, size < sizeof(policy) ? size : sizeof(policy));
	if (host_policy_accept(&policy, &err) < 0) {
		check_error(&err, ERR_REFUSED);
		return;
	}
	for (size_t i = 0; i < policy.n_qemu; i++)
		assert(policy.qemu[i][0] == '/');
	for (size_t i = 0; i < policy.n_artifact_directories; i++)
		assert(policy.artifact_directories[i][0] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '#')
		fuzz_check(data + 1, size - 1);
	else
		fuzz_file((const char *)data, size);
	return 0;
}
