// SPDX-License-Identifier: Apache-2.0
// Secret packets of requests: what is whole, and what is refused.

#include "tests/base/process.h"

#include "base/mem.h"
#include "base/text_base64.h"
#include "cli/secret_packet.h"

static const struct ovmf_area room = { .part.state = OVMF_PRESENT, .base = 0x1000, .size = 32 };
static const struct ovmf_area none = { .part = { OVMF_ABSENT, "it has no such entry" } };

// Adds so many zero bytes in base64.
static void add_bytes(struct json_object *request, const char *key, size_t len)
{
	AUTO(mem) char *base64 = mem_zeroed(TEXT_BASE64_SIZE(len), 1);
	AUTO(mem) uint8_t *bytes = mem_zeroed(len + 1, 1);

	text_base64_encode(base64, bytes, len);
	(void)json_object_object_add(request, key, json_object_new_string(base64));
}

static struct json_object *request_of(size_t header, size_t payload)
{
	struct json_object *request = json_object_new_object();

	add_bytes(request, "secret_header", header);
	add_bytes(request, "secret_payload", payload);
	return request;
}

static void expect_refusal(struct json_object *request, const struct ovmf_area *area,
			   enum err_kind kind, const char *text)
{
	struct secret_packet packet;
	struct err err;

	assert_int_equal(secret_packet_read(&packet, request, area, &err), -1);
	expect_error(&err, kind, text);
	assert_null(packet.header);
	assert_null(packet.payload);
	assert_int_equal(json_object_put(request), 1);
}

static void takes_a_packet_and_no_packet(void **state)
{
	struct json_object *request = json_object_new_object();
	struct secret_packet packet;
	struct err err;

	(void)state;
	assert_int_equal(secret_packet_read(&packet, request, &none, &err), 0);
	assert_null(packet.header);
	assert_int_equal(json_object_put(request), 1);
	request = request_of(52, 32);
	assert_int_equal(secret_packet_read(&packet, request, &room, &err), 0);
	assert_int_equal(strlen(packet.header), 72);
	assert_int_equal(strlen(packet.payload), 44);
	assert_false(packet.has_gpa);
	secret_packet_release(&packet);
	(void)json_object_object_add(request, "secret_gpa", json_object_new_int64(65536));
	assert_int_equal(secret_packet_read(&packet, request, &none, &err), 0);
	assert_true(packet.has_gpa);
	assert_int_equal(packet.gpa, 65536);
	secret_packet_release(&packet);
	assert_int_equal(json_object_put(request), 1);
}

static void refuses_sizes_that_cannot_be(void **state)
{
	(void)state;
	expect_refusal(request_of(51, 32), &room, ERR_USAGE,
		       "the secret's header has 51 bytes, must have 52");
	expect_refusal(request_of(52, 0), &room, ERR_USAGE,
		       "the secret's payload has 0 bytes, must have a multiple of 16 up to 16384");
	expect_refusal(request_of(52, 17), &room, ERR_USAGE,
		       "the secret's payload has 17 bytes, must have a multiple of 16 up to 16384");
	expect_refusal(request_of(52, 16400), &room, ERR_USAGE,
		       "the secret's payload has 16400 bytes, must have a multiple of 16 up to "
		       "16384");
}

static void refuses_halves(void **state)
{
	static const char text[] = "a secret is a header and a payload: one of them is missing";
	struct json_object *request = json_object_new_object();

	(void)state;
	add_bytes(request, "secret_payload", 16);
	expect_refusal(request, &room, ERR_USAGE, text);
	request = json_object_new_object();
	(void)json_object_object_add(request, "secret_gpa", json_object_new_int64(1));
	expect_refusal(request, &room, ERR_USAGE, text);
}

static void refuses_what_is_no_base64(void **state)
{
	static const char *const texts[] = { "A", "====", "AAA ", "AA=A", "\x1b[31" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json_object *request = json_object_new_object();

		(void)json_object_object_add(request, "secret_header",
					     json_object_new_string(texts[i]));
		expect_refusal(request, &room, ERR_USAGE, "member 'secret_header' is not base64");
	}
}

static void refuses_a_secret_that_the_firmware_has_no_place_for(void **state)
{
	(void)state;
	expect_refusal(request_of(52, 48), &room, ERR_INPUT,
		       "the secret has 48 bytes, the firmware has room for 32");
	expect_refusal(request_of(52, 16), &none, ERR_INPUT,
		       "the firmware has no place for a secret (it has no such entry): take one "
		       "that has, or say --secret-gpa");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_packet_and_no_packet),
		cmocka_unit_test(refuses_sizes_that_cannot_be),
		cmocka_unit_test(refuses_halves),
		cmocka_unit_test(refuses_what_is_no_base64),
		cmocka_unit_test(refuses_a_secret_that_the_firmware_has_no_place_for),
	};

	return cmocka_run_group_tests_name("cli/secret_packet", tests, NULL, NULL);
}
