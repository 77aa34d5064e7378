// SPDX-License-Identifier: Apache-2.0
// Fuzzes the scanner, the guest file reader and the checks behind it. The first byte of an input
// chooses what reads the rest, so that one corpus serves all: '#' only scans with large limits,
// '-' reads "KEY=TEXT" as an option, anything else is part of a guest file.

#include <assert.h>
#include <json-c/json.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "policy/guest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits large_limits = {
	.bytes_max = 1024 * 1024,
	.depth_max = 64,
	.keys_max = 10000,
	.null_allowed = true,
	.kind = ERR_PROTOCOL,
};

static void check_error(const struct err *err, enum err_kind kind)
{
	assert(err_is_valid(err));
	assert(err->kind == kind);
	assert(err->text[0] != '\0');
}

static void check_errors(const struct err_list *errors)
{
	assert(errors->n > 0 && errors->n <= ERR_LIST_MAX);
	assert(errors->n_dropped == 0 || errors->n == ERR_LIST_MAX);
	for (size_t i = 0; i < errors->n; i++)
		check_error(&errors->items[i], ERR_GUEST_FILE);
}

// What the scanner accepts, json-c must parse. The text is copied to end in a NUL byte.
static void check_json_c(const char *text, size_t len)
{
	// json-c 0.18, when it is strict, refuses strings that are not ASCII.
	const int flags = JSON_C_VERSION_NUM >> 8 == 18 ?
				  0 :
				  JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8;
	struct json_tokener *tokener = json_tokener_new_ex((int)large_limits.depth_max + 2);
	AUTO(mem) char *copy = mem_zeroed(len + 1, 1);

	memcpy(copy, text, len);
	json_tokener_set_flags(tokener, flags);
	json_object_put(json_tokener_parse_ex(tokener, copy, (int)len + 1));
	assert(json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
}

static void fuzz_scan(const char *text, size_t len)
{
	struct json_place place = { 0, 0 };
	struct err err = { .kind = ERR_NONE };

	if (json_scan(text, len, &large_limits, &place, &err) == 0) {
		check_json_c(text, len);
		return;
	}
	check_error(&err, ERR_PROTOCOL);
	assert(place.line >= 1 && place.column >= 1);
}

static void fuzz_option(const char *text, size_t len)
{
	static struct guest guest;
	AUTO(mem) char *key = mem_zeroed(len + 1, 1);
	uint64_t given = 0;
	struct err err;
	char *value;

	memcpy(key, text, len);
	value = strchr(key, '=');
	if (value == NULL)
		return;
	*value++ = '\0';
	memset(&guest, 0, sizeof(guest));
	if (guest_set_option(&guest, key, value, &given, &err) < 0)
		check_error(&err, ERR_USAGE);
	else
		assert(guest_has_key(key));
}

static void fuzz_file(const char *text, size_t len)
{
	static struct guest guest;
	static struct err_list errors;

	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
	if (guest_read(&guest, "fuzz.json", text, len, &errors) < 0) {
		check_errors(&errors);
		return;
	}
	assert(errors.n == 0);
	assert(guest.n_disks <= PLAN_DISKS_MAX && guest.n_networks <= PLAN_NETWORKS_MAX);
	assert(guest.cpu.n <= GUEST_CPUS_MAX && guest.vcpus <= PLAN_VCPUS_MAX);
	if (guest_check(&guest, &errors) < 0)
		check_errors(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	if (size > 0 && text[0] == '#')
		fuzz_scan(text + 1, size - 1);
	else if (size > 0 && text[0] == '-')
		fuzz_option(text + 1, size - 1);
	else
		fuzz_file(text, size);
	return 0;
}
