// SPDX-License-Identifier: Apache-2.0
// Hashes what a measured guest boots, and lays the hashes out in QEMU's table.

#include "measure/kernel_hashes.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/auto.h"
#include "measure/little_endian.h"

// Large enough for the calls not to matter, small enough for the processor's cache.
#define PIECE_BYTES ((size_t)256 * 1024)

// The boot protocol's header (Linux Documentation/arch/x86/boot.rst): number of sectors of setup
// code, 0 meaning 4, behind one boot sector; and the signature.
#define SETUP_SECTORS_OFFSET 0x1f1
#define SETUP_SECTORS_DEFAULT 4
#define SIGNATURE_OFFSET 0x202
#define SECTOR_BYTES 512
static_assert(SIGNATURE_OFFSET + 4 == KERNEL_HEADER_BYTES, "the signature is in the header");

// The table is an entry itself, with entries in it: GUID, u16 length of the entry, content.
#define GUID_BYTES 16
#define ENTRY_HEAD_BYTES (GUID_BYTES + 2)
#define ENTRY_BYTES (ENTRY_HEAD_BYTES + SHA256_BYTES)
#define TABLE_BYTES (ENTRY_HEAD_BYTES + 3 * ENTRY_BYTES)
static_assert((TABLE_BYTES + 15) / 16 * 16 == KERNEL_HASHES_TABLE_BYTES, "padded to 16 bytes");

// 9438d606-4f22-4cc9-b479-a793d411fd21, as it lies in memory.
static const uint8_t table_guid[GUID_BYTES] = { 0x06, 0xd6, 0x38, 0x94, 0x22, 0x4f, 0xc9, 0x4c,
						0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21 };

static const struct table_entry {
	uint8_t guid[GUID_BYTES];
	size_t member; /* of struct kernel_hashes */
} table_entries[] = {
	// 97d02dd8-bd20-4c94-aa78-e7714d36ab2a
	{ { 0xd8, 0x2d, 0xd0, 0x97, 0x20, 0xbd, 0x94, 0x4c, 0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36,
	    0xab, 0x2a },
	  offsetof(struct kernel_hashes, cmdline) },
	// 44baf731-3a2f-4bd7-9af1-41e29169781d
	{ { 0x31, 0xf7, 0xba, 0x44, 0x2f, 0x3a, 0xd7, 0x4b, 0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69,
	    0x78, 0x1d },
	  offsetof(struct kernel_hashes, initrd) },
	// 4de79437-abd2-427f-b835-d5b172d2045b
	{ { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42, 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2,
	    0x04, 0x5b },
	  offsetof(struct kernel_hashes, kernel) },
};

void kernel_hashes_init(struct kernel_hashes *hashes)
{
	*hashes = (struct kernel_hashes){ 0 };
	sha256_of("", 0, hashes->initrd);
	kernel_hashes_set_cmdline(hashes, "");
}

void kernel_hashes_set_kernel(struct kernel_hashes *hashes,
			      const uint8_t sha256[static SHA256_BYTES])
{
	memcpy(hashes->kernel, sha256, SHA256_BYTES);
	hashes->has_kernel = true;
}

void kernel_hashes_set_initrd(struct kernel_hashes *hashes,
			      const uint8_t sha256[static SHA256_BYTES])
{
	memcpy(hashes->initrd, sha256, SHA256_BYTES);
}

void kernel_hashes_set_cmdline(struct kernel_hashes *hashes, const char *cmdline)
{
	sha256_of(cmdline, strlen(cmdline) + 1, hashes->cmdline);
}

int kernel_check(const uint8_t *header, size_t len, uint64_t size, struct err *err)
{
	uint64_t setup_bytes;

	if (len < KERNEL_HEADER_BYTES || memcmp(header + SIGNATURE_OFFSET, "HdrS", 4) != 0)
		return err_set(err, ERR_INPUT,
			       "the kernel has no boot header ('HdrS' at 0x%x), and QEMU would not "
			       "measure it: give a bzImage, not an ELF or multiboot file",
			       SIGNATURE_OFFSET);
	setup_bytes = header[SETUP_SECTORS_OFFSET];
	if (setup_bytes == 0)
		setup_bytes = SETUP_SECTORS_DEFAULT;
	setup_bytes = (setup_bytes + 1) * SECTOR_BYTES;
	if (setup_bytes > size)
		return err_set(err, ERR_INPUT,
			       "the kernel ends too early: it has %" PRIu64
			       " bytes, and its setup code alone %" PRIu64,
			       size, setup_bytes);
	return 0;
}

// Checks the size as well: a file that changed meanwhile is not what QEMU will read.
static int read_file(int fd, const char *noun, const struct kernel_hash_progress *progress,
		     uint8_t digest[static SHA256_BYTES], struct err *err)
{
	AUTO(mem) uint8_t *piece = mem_zeroed(PIECE_BYTES, 1);
	struct sha256 hash;
	uint64_t size = 0;
	uint64_t done = 0;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot look at the %s", noun);
	if (S_ISREG(st.st_mode))
		size = (uint64_t)st.st_size;
	sha256_start(&hash);
	for (;;) {
		ssize_t n = TEMP_FAILURE_RETRY(read(fd, piece, PIECE_BYTES));

		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read the %s", noun);
		if (n == 0)
			break;
		sha256_add(&hash, piece, (size_t)n);
		done += (uint64_t)n;
		if (progress != NULL)
			progress->step(progress->context, done, size);
	}
	if (S_ISREG(st.st_mode) && done != size)
		return err_set(err, ERR_INPUT,
			       "the %s has %" PRIu64 " bytes, but %" PRIu64
			       " could be read: give a file that nobody writes, from its beginning",
			       noun, size, done);
	sha256_read(&hash, digest);
	return 0;
}

int kernel_hashes_read_kernel(struct kernel_hashes *hashes, int fd,
			      const struct kernel_hash_progress *progress, struct err *err)
{
	uint8_t header[KERNEL_HEADER_BYTES];
	uint8_t digest[SHA256_BYTES];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot look at the kernel");
	n = TEMP_FAILURE_RETRY(pread(fd, header, sizeof(header), 0));
	if (n < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot read the kernel");
	if (kernel_check(header, (size_t)n, (uint64_t)st.st_size, err) < 0 ||
	    read_file(fd, "kernel", progress, digest, err) < 0)
		return -1;
	kernel_hashes_set_kernel(hashes, digest);
	return 0;
}

int kernel_hashes_read_initrd(struct kernel_hashes *hashes, int fd,
			      const struct kernel_hash_progress *progress, struct err *err)
{
	return read_file(fd, "initrd", progress, hashes->initrd, err);
}

static uint8_t *put_head(uint8_t *at, const uint8_t guid[static GUID_BYTES], uint16_t len)
{
	len = htole16(len);
	memcpy(at, guid, GUID_BYTES);
	memcpy(at + GUID_BYTES, &len, sizeof(len));
	return at + ENTRY_HEAD_BYTES;
}

void kernel_hashes_table(const struct kernel_hashes *hashes,
			 uint8_t table[static KERNEL_HASHES_TABLE_BYTES])
{
	uint8_t *at = put_head(table, table_guid, TABLE_BYTES);

	for (size_t i = 0; i < ARRAY_LEN(table_entries); i++) {
		at = put_head(at, table_entries[i].guid, ENTRY_BYTES);
		memcpy(at, (const uint8_t *)hashes + table_entries[i].member, SHA256_BYTES);
		at += SHA256_BYTES;
	}
	memset(at, 0, KERNEL_HASHES_TABLE_BYTES - TABLE_BYTES);
}
