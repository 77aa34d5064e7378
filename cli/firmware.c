// SPDX-License-Identifier: Apache-2.0
// Checks of a firmware image that QEMU would make late, or not at all.

#include "cli/firmware.h"

#include <endian.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

// pflash wants whole sectors (hw/i386/pc_sysfw.c), -bios whole 64 KiB blocks (hw/i386/x86.c).
#define FLASH_SECTOR_BYTES 4096
#define BIOS_BLOCK_BYTES 65536

// An x86 starts 16 bytes below 4 GiB, where the image ends.
#define RESET_VECTOR_BYTES 16

// A firmware volume's header (UEFI Platform Initialization, volume 3): GUID at 16, length at 32,
// signature at 40.
#define VOLUME_HEADER_BYTES 44
#define VOLUME_GUID_OFFSET 16
#define VOLUME_LENGTH_OFFSET 32
#define VOLUME_SIGNATURE_OFFSET 40

// EFI_SYSTEM_NV_DATA_FV_GUID fff12b8d-7696-4c8b-a985-2747075b4f50, as it lies in memory.
static const uint8_t variable_store_guid[] = {
	0x8d, 0x2b, 0xf1, 0xff, 0x96, 0x76, 0x8b, 0x4c,
	0xa9, 0x85, 0x27, 0x47, 0x07, 0x5b, 0x4f, 0x50,
};

static const char *const flash_candidates[] = {
	"/usr/share/OVMF/OVMF_CODE_4M.fd",
	"/usr/share/OVMF/OVMF_CODE.fd",
	"/usr/share/edk2/ovmf/OVMF_CODE.fd",
	"/usr/share/edk2/x64/OVMF_CODE.4m.fd",
	NULL,
};

// With kernel hashes: of edk2's builds only AmdSev's has a use for them, and it takes either mapping.
static const char *const hashing_candidates[] = {
	"/usr/share/ovmf/OVMF.amdsev.fd",
	"/usr/share/edk2/ovmf/OVMF.amdsev.fd",
	"/usr/share/OVMF/OVMF_CODE_4M.fd",
	"/usr/share/OVMF/OVMF_CODE.fd",
	"/usr/share/edk2/ovmf/OVMF_CODE.fd",
	"/usr/share/edk2/x64/OVMF_CODE.4m.fd",
	NULL,
};

static const char *const bios_candidates[] = {
	"/usr/share/ovmf/OVMF.amdsev.fd",
	"/usr/share/edk2/ovmf/OVMF.amdsev.fd",
	"/usr/share/ovmf/OVMF.fd",
	NULL,
};

const char *const *firmware_candidates(enum firmware_mapping mapping, bool kernel_hashes)
{
	if (mapping == FIRMWARE_BIOS)
		return bios_candidates;
	return kernel_hashes ? hashing_candidates : flash_candidates;
}

static int check_unit(const struct artifact *image, enum firmware_mapping mapping, struct err *err)
{
	bool bios = mapping == FIRMWARE_BIOS;
	uint64_t unit = bios ? BIOS_BLOCK_BYTES : FLASH_SECTOR_BYTES;

	if (image->size % unit == 0)
		return 0;
	return err_set(err, ERR_INPUT,
		       "its size of %" PRIu64 " bytes is not a multiple of %" PRIu64
		       ", which %s needs%s",
		       image->size, unit, bios ? "this level's -bios mapping" : "flash",
		       bios ? ": take an image of such a size, for example OVMF.fd" : "");
}

// True when the image is one volume of variables and nothing behind it.
static bool is_variable_store(const uint8_t header[static VOLUME_HEADER_BYTES], uint64_t size)
{
	uint64_t length;

	memcpy(&length, header + VOLUME_LENGTH_OFFSET, sizeof(length));
	return memcmp(header + VOLUME_SIGNATURE_OFFSET, "_FVH", 4) == 0 &&
	       memcmp(header + VOLUME_GUID_OFFSET, variable_store_guid,
		      sizeof(variable_store_guid)) == 0 &&
	       le64toh(length) >= size;
}

bool firmware_is_variable_store(const void *image, size_t size)
{
	return size >= VOLUME_HEADER_BYTES && is_variable_store(image, size);
}

static bool is_blank(const uint8_t *bytes, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (bytes[i] != bytes[0])
			return false;
	return bytes[0] == 0x00 || bytes[0] == 0xff;
}

int firmware_check(const struct artifact *image, enum firmware_mapping mapping, struct err *err)
{
	uint8_t header[VOLUME_HEADER_BYTES];
	uint8_t reset_vector[RESET_VECTOR_BYTES];

	if (image->size < FIRMWARE_BYTES_MIN)
		return err_set(err, ERR_INPUT,
			       "it has %" PRIu64 " bytes, too few for firmware (at least %" PRIu64
			       ")",
			       image->size, FIRMWARE_BYTES_MIN);
	if (artifact_read(image, 0, header, sizeof(header), err) < 0 ||
	    artifact_read(image, image->size - sizeof(reset_vector), reset_vector,
			  sizeof(reset_vector), err) < 0)
		return -1;
	if (is_variable_store(header, image->size))
		return err_set(err, ERR_INPUT, FIRMWARE_IS_VARIABLE_STORE);
	if (check_unit(image, mapping, err) < 0)
		return -1;
	if (is_blank(reset_vector, sizeof(reset_vector)))
		return err_set(err, ERR_INPUT,
			       "it has no code at the reset vector, so it is not x86 firmware");
	return 0;
}
