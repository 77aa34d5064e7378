// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of OpenStack's properties and the rules behind it. '+' in front is a flavor, '='
// a flavor whose properties are the rest as text; anything else is an image, decided with a flavor
// that asks for encryption.

#include <assert.h>
#include <json-c/json.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "policy/openstack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct openstack openstack;
static struct guest guest;
static struct err_list errors;

static const char flavor[] =
	"{\"name\":\"f\",\"vcpus\":2,\"properties\":\"hw:mem_encryption='true'\"}";

static const struct openstack_host host = { .given = "CUSTOM_A,ssd=true" };

static bool read_side(enum openstack_side side, const char *text, size_t len)
{
	const struct openstack_text input = { .file = "fuzz.json", .text = text, .len = len };

	if (openstack_read(&openstack, side, &input, &errors) == 0) {
		assert(errors.n == 0);
		return true;
	}
	assert(errors.n > 0 && errors.n <= ERR_LIST_MAX);
	for (size_t i = 0; i < errors.n; i++)
		assert(err_is_valid(&errors.items[i]) && errors.items[i].kind == ERR_GUEST_FILE);
	return false;
}

// Encryption that a side asks for is never lost.
static void decide(void)
{
	struct err err;

	if (openstack_decide(&openstack, &guest, &err) < 0) {
		assert(err_is_valid(&err) && err.kind == ERR_USAGE);
		return;
	}
	if (strcmp(openstack.files[OPENSTACK_FLAVOR].values[OPENSTACK_MEM_ENCRYPTION], "true") == 0)
		assert(guest.level > LEVEL_OFF);
	assert(guest.level != LEVEL_UNSET);
	if (openstack_check_host(&openstack, &host, &err) < 0)
		assert(err_is_valid(&err) && err.kind == ERR_HOST);
	assert(openstack.n_decisions <= OPENSTACK_DECISIONS_MAX);
}

static bool read_text(const char *text, size_t len)
{
	struct json_object *object = json_object_new_object();
	AUTO(mem) char *copy = NULL;

	json_object_object_add(object, "name", json_object_new_string("f"));
	json_object_object_add(object, "properties",
			       json_object_new_string_len(text, (int)strnlen(text, len)));
	copy = mem_must(strdup(json_object_to_json_string(object)));
	json_object_put(object);
	return read_side(OPENSTACK_FLAVOR, copy, strlen(copy));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	bool reads;

	memset(&openstack, 0, sizeof(openstack));
	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
	if (size > 0 && text[0] == '+')
		reads = read_side(OPENSTACK_FLAVOR, text + 1, size - 1);
	else if (size > 0 && text[0] == '=')
		reads = read_text(text + 1, size - 1);
	else
		reads = read_side(OPENSTACK_IMAGE, text, size) &&
			read_side(OPENSTACK_FLAVOR, flavor, strlen(flavor));
	if (reads)
		decide();
	return 0;
}
