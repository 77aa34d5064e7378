/* SPDX-License-Identifier: Apache-2.0 */
/* GUIDs as they lie in a firmware image: the first three groups little-endian. */
#ifndef SNPLAUNCH_MEASURE_EFI_GUID_H
#define SNPLAUNCH_MEASURE_EFI_GUID_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EFI_GUID_BYTES 16

struct efi_guid {
	uint8_t bytes[EFI_GUID_BYTES];
};

static inline bool efi_guid_is(const uint8_t *bytes, const struct efi_guid *guid)
{
	return memcmp(bytes, guid->bytes, EFI_GUID_BYTES) == 0;
}

#endif
