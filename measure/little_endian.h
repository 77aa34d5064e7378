/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian integers at any address. */
#ifndef SNPLAUNCH_MEASURE_LITTLE_ENDIAN_H
#define SNPLAUNCH_MEASURE_LITTLE_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t le16_at(const uint8_t *bytes)
{
	uint16_t value;

	memcpy(&value, bytes, sizeof(value));
	return le16toh(value);
}

static inline uint32_t le32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return le32toh(value);
}

#endif
