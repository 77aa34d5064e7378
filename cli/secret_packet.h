/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret that an owner has encrypted for one launch alone.
 * Source: AMD 55766, LAUNCH_SECRET; QEMU: sev-inject-launch-secret.
 */
#ifndef SNPLAUNCH_CLI_SECRET_PACKET_H
#define SNPLAUNCH_CLI_SECRET_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"
#include "measure/ovmf.h"

#define SECRET_HEADER_BYTES 52
/* In whole blocks of AES. */
#define SECRET_BLOCK_BYTES 16
#define SECRET_PAYLOAD_BYTES_MAX 16384

struct secret_packet {
	char *header;  /* base64; NULL: no secret. Owner: the packet, like the next */
	char *payload; /* base64 */
	bool has_gpa;  /* else QEMU puts it where the firmware wants it */
	uint64_t gpa;
};

/*
 * Reads the members "secret_header", "secret_payload" and "secret_gpa" of a request, of which none
 * need be there. 'area' is the firmware's own place for a secret. Errors: ERR_USAGE for what is no
 * packet, ERR_INPUT where the firmware has no place for it. Owner: caller, secret_packet_release().
 */
int secret_packet_read(struct secret_packet *packet, struct json_object *request,
		       const struct ovmf_area *area, struct err *err) MUST_CHECK;
void secret_packet_release(struct secret_packet *packet);

#endif
