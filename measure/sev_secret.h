/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets that the owner of a SEV or SEV-ES guest sends into it: the table that a guest reads, and
 * the packet that only the firmware which measured this launch can open.
 * Source: SEV API (AMD 55766), section 6.6 (LAUNCH_SECRET); Linux: drivers/virt/coco/efi_secret.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_SECRET_H
#define SNPLAUNCH_MEASURE_SEV_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "measure/efi_guid.h"
#include "measure/sev_measurement.h"

#define SEV_SECRET_HEADER_BYTES 52

/* What the firmware takes at once. Images have less room: OVMF's AmdSev build 3 KiB. */
#define SEV_SECRET_BYTES_MAX 16384

/* The key of a disk, as GRUB of OVMF's AmdSev build looks for it. */
#define SEV_SECRET_DISK_KEY "736869e5-84f0-4973-92ec-06879ce3da0b"

/* What a guest finds in its memory. Large; wiped by its release. */
struct sev_secret {
	size_t len;
	uint8_t bytes[SEV_SECRET_BYTES_MAX];
};

struct sev_secret_packet {
	uint8_t header[SEV_SECRET_HEADER_BYTES];
	size_t len;
	uint8_t payload[SEV_SECRET_BYTES_MAX]; /* encrypted */
};

void sev_secret_release(struct sev_secret *secret);
DEFINE_AUTO(sev_secret, struct sev_secret, sev_secret_release);

/* Reads a GUID such as SEV_SECRET_DISK_KEY. Errors: ERR_USAGE. */
int sev_secret_guid_read(struct efi_guid *guid, const char *text, struct err *err) MUST_CHECK;

/* Makes the table with one entry. Errors: ERR_INPUT when it is empty or too large. */
int sev_secret_table(struct sev_secret *table, const struct efi_guid *guid, const void *bytes,
		     size_t len, struct err *err) MUST_CHECK;

/* Takes bytes as they are instead: a table made elsewhere. Errors: likewise. */
int sev_secret_raw(struct sev_secret *secret, const void *bytes, size_t len,
		   struct err *err) MUST_CHECK;

/*
 * Seals a secret for the launch that was measured, which the caller has verified. The payload ends
 * with zeros up to a multiple of 16 bytes, as the firmware wants it.
 */
int sev_secret_seal(struct sev_secret_packet *packet, const struct sev_secret *secret,
		    const struct sev_owner_keys *keys, const struct sev_measurement *measurement,
		    struct err *err) MUST_CHECK;

#endif
