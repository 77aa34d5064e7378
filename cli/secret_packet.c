// SPDX-License-Identifier: Apache-2.0
// Reads secret packets. What is in one only the AMD-SP can tell.

#include "cli/secret_packet.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/text_base64.h"
#include "base/text_base64_decode.h"
#include "qmp/json.h"

// How many bytes a text in base64 has.
static size_t count_bytes(const char *base64)
{
	size_t len = strlen(base64);
	size_t n = len / 4 * 3;

	while (n > 0 && len > 0 && base64[--len] == '=')
		n--;
	return n;
}

// Sets *out to NULL when there is no such member.
static int read_base64(char **out, struct json_object *request, const char *key, size_t *n,
		       struct err *err)
{
	AUTO(mem) uint8_t *bytes = NULL;
	struct json_object *value;

	*out = NULL;
	if (!json_object_object_get_ex(request, key, NULL))
		return 0;
	if (qmp_member_find(&value, request, key, json_type_string, ERR_USAGE, err) < 0)
		return -1;
	*n = count_bytes(json_object_get_string(value));
	bytes = mem_zeroed(*n + 1, 1);
	if (text_base64_decode(bytes, *n, json_object_get_string(value)) < 0)
		return err_set(err, ERR_USAGE, "member '%s' is not base64", key);
	*out = mem_must(strdup(json_object_get_string(value)));
	return 0;
}

static int read_gpa(struct secret_packet *packet, struct json_object *request, struct err *err)
{
	struct json_object *value;

	packet->has_gpa = json_object_object_get_ex(request, "secret_gpa", NULL);
	if (!packet->has_gpa)
		return 0;
	if (qmp_member_find(&value, request, "secret_gpa", json_type_int, ERR_USAGE, err) < 0)
		return -1;
	packet->gpa = json_object_get_uint64(value);
	return 0;
}

static int check_place(const struct ovmf_area *area, size_t len, struct err *err)
{
	if (area->part.state != OVMF_PRESENT)
		return err_set(err, ERR_INPUT,
			       "the firmware has no place for a secret (%s): take one that has, or "
			       "say --secret-gpa",
			       area->part.reason);
	if (len > area->size)
		return err_set(err, ERR_INPUT,
			       "the secret has %zu bytes, the firmware has room for %u", len,
			       area->size);
	return 0;
}

static int read_packet(struct secret_packet *packet, struct json_object *request,
		       const struct ovmf_area *area, struct err *err)
{
	size_t n_header = 0;
	size_t n_payload = 0;

	if (read_base64(&packet->header, request, "secret_header", &n_header, err) < 0 ||
	    read_base64(&packet->payload, request, "secret_payload", &n_payload, err) < 0 ||
	    read_gpa(packet, request, err) < 0)
		return -1;
	if ((packet->header == NULL) != (packet->payload == NULL) ||
	    (packet->has_gpa && packet->header == NULL))
		return err_set(err, ERR_USAGE,
			       "a secret is a header and a payload: one of them is missing");
	if (packet->header == NULL)
		return 0;
	if (n_header != SECRET_HEADER_BYTES)
		return err_set(err, ERR_USAGE, "the secret's header has %zu bytes, must have %d",
			       n_header, SECRET_HEADER_BYTES);
	if (n_payload == 0 || n_payload % SECRET_BLOCK_BYTES != 0 ||
	    n_payload > SECRET_PAYLOAD_BYTES_MAX)
		return err_set(
			err, ERR_USAGE,
			"the secret's payload has %zu bytes, must have a multiple of %d up to %d",
			n_payload, SECRET_BLOCK_BYTES, SECRET_PAYLOAD_BYTES_MAX);
	return packet->has_gpa ? 0 : check_place(area, n_payload, err);
}

int secret_packet_read(struct secret_packet *packet, struct json_object *request,
		       const struct ovmf_area *area, struct err *err)
{
	*packet = (struct secret_packet){ 0 };
	if (read_packet(packet, request, area, err) == 0)
		return 0;
	secret_packet_release(packet);
	return -1;
}

void secret_packet_release(struct secret_packet *packet)
{
	free(packet->header);
	free(packet->payload);
	*packet = (struct secret_packet){ 0 };
}
