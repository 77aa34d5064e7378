/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner of a SEV or SEV-ES guest keeps of its launch: the transport keys, which nobody but
 * the owner and the firmware knows, and the policy that the owner asked for.
 * Source: SEV API (AMD 55766), section 2.2.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_OWNER_KEYS_H
#define SNPLAUNCH_MEASURE_SEV_OWNER_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "measure/sev_crypto.h"

/* Has no printer: the keys never leave the file that they are kept in. */
struct sev_owner_keys {
	uint32_t policy;
	uint8_t tek[SEV_KEY_BYTES]; /* transport encryption */
	uint8_t tik[SEV_KEY_BYTES]; /* transport integrity */
};

/* Room for any text of keys, with its NUL. */
#define SEV_OWNER_KEYS_TEXT_SIZE 160

/* Draws the keys of a launch. */
int sev_owner_keys_draw(struct sev_owner_keys *keys, uint32_t policy, struct err *err) MUST_CHECK;

/* Wipes them. */
void sev_owner_keys_release(struct sev_owner_keys *keys);
DEFINE_AUTO(sev_owner_keys, struct sev_owner_keys, sev_owner_keys_release);

/* The text of a file of keys. Returns its length. */
size_t sev_owner_keys_encode(char text[static SEV_OWNER_KEYS_TEXT_SIZE],
			     const struct sev_owner_keys *keys);

/* Reads that text, which needs no NUL. Errors: ERR_INPUT, which shows nothing of it. */
int sev_owner_keys_decode(struct sev_owner_keys *keys, const char *text, size_t len,
			  struct err *err) MUST_CHECK;

#endif
