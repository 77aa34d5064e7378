// SPDX-License-Identifier: Apache-2.0
// Lays out secrets and seals them.

#include "measure/sev_secret.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <string.h>

#include "measure/little_endian.h"

// 1e74f542-71dd-4d66-963e-ef4287ff173b: the table of secrets.
static const struct efi_guid table_guid = { { 0x42, 0xf5, 0x74, 0x1e, 0xdd, 0x71, 0x66, 0x4d, 0x96,
					      0x3e, 0xef, 0x42, 0x87, 0xff, 0x17, 0x3b } };

// GUID and u32 length, which counts both; of the table and of an entry.
#define HEADING_BYTES (EFI_GUID_BYTES + 4)

#define GRANULE 16

// What the message begins with, by what it is for.
#define CONTEXT_LAUNCH_SECRET 0x01

// Of a packet's header: u32 flags, which are 0: not compressed.
#define HEADER_IV_OFFSET 4
#define HEADER_MAC_OFFSET (HEADER_IV_OFFSET + SEV_IV_BYTES)

void sev_secret_release(struct sev_secret *secret)
{
	OPENSSL_cleanse(secret, sizeof(*secret));
}

// --- GUIDs -------------------------------------------------------------------------------------

static int digit_at(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

// Where each byte's two digits are in the text: the first three groups are little-endian.
static const uint8_t guid_places[EFI_GUID_BYTES] = { 6,	 4,  2,	 0,  11, 9,  16, 14,
						     19, 21, 24, 26, 28, 30, 32, 34 };

static bool has_guid_form(const char *text)
{
	return strlen(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' &&
	       text[23] == '-';
}

int sev_secret_guid_read(struct efi_guid *guid, const char *text, struct err *err)
{
	bool is_valid = has_guid_form(text);

	for (size_t i = 0; is_valid && i < EFI_GUID_BYTES; i++) {
		int high = digit_at(text[guid_places[i]]);
		int low = digit_at(text[guid_places[i] + 1]);

		is_valid = high >= 0 && low >= 0;
		guid->bytes[i] = (uint8_t)((unsigned int)high << 4 | (unsigned int)low);
	}
	return is_valid ? 0 :
			  err_set(err, ERR_USAGE, "must be a GUID such as %s", SEV_SECRET_DISK_KEY);
}

// --- What the guest reads ----------------------------------------------------------------------

static int check_len(size_t len, size_t len_max, struct err *err)
{
	if (len > 0 && len <= len_max)
		return 0;
	return err_set(err, ERR_INPUT, "it has %zu bytes%s, and a secret has 1 to %zu", len,
		       len > len_max ? " or more" : "", len_max);
}

static uint8_t *put_heading(uint8_t *at, const struct efi_guid *guid, size_t len)
{
	at = mempcpy(at, guid->bytes, EFI_GUID_BYTES);
	le32_put(at, (uint32_t)len);
	return at + 4;
}

int sev_secret_table(struct sev_secret *table, const struct efi_guid *guid, const void *bytes,
		     size_t len, struct err *err)
{
	uint8_t *at = table->bytes;
	const size_t headings = (size_t)2 * HEADING_BYTES;

	if (check_len(len, sizeof(table->bytes) - headings, err) < 0)
		return -1;
	table->len = headings + len;
	at = put_heading(at, &table_guid, table->len);
	at = put_heading(at, guid, HEADING_BYTES + len);
	memcpy(at, bytes, len);
	return 0;
}

int sev_secret_raw(struct sev_secret *secret, const void *bytes, size_t len, struct err *err)
{
	if (check_len(len, sizeof(secret->bytes), err) < 0)
		return -1;
	secret->len = len;
	memcpy(secret->bytes, bytes, len);
	return 0;
}

// --- The packet --------------------------------------------------------------------------------

static int authenticate(struct sev_secret_packet *packet, const struct sev_owner_keys *keys,
			const struct sev_measurement *measurement, struct err *err)
{
	uint8_t message[1 + HEADER_MAC_OFFSET + 4 + 4 + SEV_SECRET_BYTES_MAX + SEV_MAC_BYTES];
	uint8_t *end = message;

	*end++ = CONTEXT_LAUNCH_SECRET;
	end = mempcpy(end, packet->header, HEADER_MAC_OFFSET);
	le32_put(end, (uint32_t)packet->len);	  // in the guest
	le32_put(end + 4, (uint32_t)packet->len); // on its way
	end = mempcpy(end + 8, packet->payload, packet->len);
	end = mempcpy(end, measurement->mac, SEV_MAC_BYTES);
	return sev_mac(packet->header + HEADER_MAC_OFFSET, keys->tik, message,
		       (size_t)(end - message), err);
}

int sev_secret_seal(struct sev_secret_packet *packet, const struct sev_secret *secret,
		    const struct sev_owner_keys *keys, const struct sev_measurement *measurement,
		    struct err *err)
{
	AUTO(sev_secret) struct sev_secret padded = { .len = secret->len };
	const uint8_t *iv = packet->header + HEADER_IV_OFFSET;

	memcpy(padded.bytes, secret->bytes, secret->len);
	packet->len = (secret->len + GRANULE - 1) / GRANULE * GRANULE;
	le32_put(packet->header, 0);
	if (sev_random(packet->header + HEADER_IV_OFFSET, SEV_IV_BYTES, err) < 0 ||
	    sev_encrypt(packet->payload, keys->tek, iv, padded.bytes, packet->len, err) < 0)
		return -1;
	return authenticate(packet, keys, measurement, err);
}
