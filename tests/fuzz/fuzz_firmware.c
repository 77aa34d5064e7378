// SPDX-License-Identifier: Apache-2.0
// Fuzzes the reader of firmware images, and the launch digests of what it accepts. An input is a
// byte that chooses the launch, and then the end of an image, as much of it as there is.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "measure/launch_digest.h"

#define IMAGE_BYTES ((size_t)65536)
// So that an input takes no longer than a real image.
#define PAGES_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_part(const struct ovmf_part *part)
{
	assert(part->state <= OVMF_MALFORMED);
	assert((part->state == OVMF_PRESENT) == (part->reason[0] == '\0'));
	assert(memchr(part->reason, '\0', sizeof(part->reason)) != NULL);
}

static void check_image(const struct ovmf *ovmf)
{
	struct ovmf_entry entry = { 0 };

	check_part(&ovmf->bios);
	check_part(&ovmf->flash);
	check_part(&ovmf->footer);
	check_part(&ovmf->metadata.part);
	check_part(&ovmf->hash_area.part);
	check_part(&ovmf->secret_area.part);
	check_part(&ovmf->reset.part);
	while (ovmf_next_entry(ovmf, &entry)) {
		(void)ovmf_guid_name(entry.guid);
		assert(entry.data >= ovmf->image && entry.data + entry.len <= entry.guid);
	}
}

static size_t count_pages(const struct ovmf_metadata *metadata)
{
	size_t n = 0;

	assert(metadata->n_sections <= OVMF_SECTIONS_MAX);
	for (size_t i = 0; i < metadata->n_sections; i++)
		n += metadata->sections[i].len / OVMF_PAGE_BYTES;
	return n;
}

static void measure(const struct ovmf *ovmf, uint8_t choice)
{
	static const uint8_t kernel[SHA256_BYTES];
	struct kernel_hashes hashes;
	struct launch_digest digest;
	struct err err = { 0 };
	struct launch_inputs launch = {
		.type = LAUNCH_SEV + choice % (LAUNCH_TYPES - LAUNCH_SEV),
		.vmm = (choice >> 2 & 3) % LAUNCH_VMMS,
		.firmware = ovmf,
		.kernel = (choice & 0x10) != 0 ? &hashes : NULL,
		.vcpus = 2,
		.cpu.signature = 1,
	};

	kernel_hashes_init(&hashes);
	kernel_hashes_set_kernel(&hashes, kernel);
	if (launch_digest(&digest, &launch, &err) < 0) {
		assert(err_is_valid(&err) && err.text[0] != '\0');
		assert(err.kind == ERR_INPUT || err.kind == ERR_USAGE);
		return;
	}
	assert(digest.len == (launch.type == LAUNCH_SEV_SNP ? SHA384_BYTES : SHA256_BYTES));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[IMAGE_BYTES];
	static struct ovmf ovmf;

	if (size < 1 || size - 1 > IMAGE_BYTES)
		return -1;
	// The bytes themselves, so that nothing in front of them is read unnoticed.
	ovmf_read(&ovmf, data + 1, size - 1);
	check_image(&ovmf);
	memset(image, 0xff, sizeof(image));
	memcpy(image + IMAGE_BYTES - (size - 1), data + 1, size - 1);
	ovmf_read(&ovmf, image, sizeof(image));
	check_image(&ovmf);
	if (count_pages(&ovmf.metadata) <= PAGES_MAX)
		measure(&ovmf, data[0]);
	return 0;
}
