// SPDX-License-Identifier: Apache-2.0
// What a launch digest depends on, what it refuses, and that all ways to one lead to the same.
// The digests themselves are test_vectors.c's.

#include "tests/measure/images.h"

#include <glob.h>

#include "measure/launch_digest.h"

static struct image image;
static struct ovmf firmware;
static struct kernel_hashes hashes;
static struct launch_inputs launch;
static struct launch_digest digest;
static struct err err;

static void read_image(void)
{
	ovmf_read(&firmware, image.bytes, sizeof(image.bytes));
}

// A launch with everything.
static int set_up(void **state)
{
	static const uint8_t kernel[SHA256_BYTES] = "kernel";

	(void)state;
	make_image(&image);
	read_image();
	kernel_hashes_init(&hashes);
	kernel_hashes_set_kernel(&hashes, kernel);
	launch = (struct launch_inputs){
		.type = LAUNCH_SEV_SNP,
		.firmware = &firmware,
		.kernel = &hashes,
		.vcpus = 2,
		.cpu = { .signature = 0x00800f12, .features = 1 },
	};
	return 0;
}

static struct launch_digest compute(void)
{
	expect_success(launch_digest(&digest, &launch, &err), &err);
	return digest;
}

static void expect_refusal(enum err_kind kind, const char *text)
{
	assert_int_equal(launch_digest(&digest, &launch, &err), -1);
	expect_error(&err, kind, text);
}

// --- What it depends on --------------------------------------------------------------------------

static void expect_change(const struct launch_digest *before)
{
	struct launch_digest after = compute();

	assert_memory_not_equal(after.bytes, before->bytes, before->len);
}

static void everything_measured_changes_it(void **state)
{
	struct launch_digest before = compute();

	(void)state;
	image.bytes[0] ^= 1;
	expect_change(&before);
	image.bytes[0] ^= 1;
	launch.vcpus++;
	expect_change(&before);
	launch.vcpus--;
	launch.cpu.signature++;
	expect_change(&before);
	launch.cpu.signature--;
	launch.cpu.features |= LAUNCH_FEATURE_DEBUG_SWAP;
	expect_change(&before);
	launch.cpu.features = 1;
	kernel_hashes_set_cmdline(&hashes, "quiet");
	expect_change(&before);
	launch.kernel = NULL;
	expect_change(&before);
}

static void sev_covers_no_vcpu(void **state)
{
	struct launch_digest before;

	(void)state;
	launch.type = LAUNCH_SEV;
	before = compute();
	launch.vcpus = 0;
	launch.cpu = (struct vmsa_cpu){ 0 };
	assert_memory_equal(compute().bytes, before.bytes, SHA256_BYTES);
	assert_int_equal(before.len, SHA256_BYTES);
}

static void sev_without_hashes_is_the_hash_of_the_image(void **state)
{
	uint8_t expected[SHA256_BYTES];

	(void)state;
	launch.type = LAUNCH_SEV;
	launch.kernel = NULL;
	sha256_of(image.bytes, sizeof(image.bytes), expected);
	assert_memory_equal(compute().bytes, expected, SHA256_BYTES);
}

static void features_have_a_default(void **state)
{
	(void)state;
	assert_int_equal(launch_features_default(LAUNCH_SEV_SNP), 1);
	assert_int_equal(launch_features_default(LAUNCH_SEV_ES), 0);
	assert_int_equal(launch_features_default(LAUNCH_SEV_ES_LEGACY), 0);
}

// --- Ranges --------------------------------------------------------------------------------------

struct seen {
	char text[1024];
	struct launch_digest last;
};

static void note_range(void *context, const struct launch_range *range)
{
	struct seen *seen = context;
	size_t used = strlen(seen->text);

	(void)snprintf(seen->text + used, sizeof(seen->text) - used, "%s %llx %llx %d\n",
		       range->name != NULL ? range->name : "?", (unsigned long long)range->gpa,
		       (unsigned long long)range->len, (int)range->page_type);
	assert_memory_not_equal(range->digest.bytes, seen->last.bytes, range->digest.len);
	seen->last = range->digest;
}

static void expect_ranges(const char *text)
{
	struct seen seen = { 0 };
	struct launch_observer observer = { note_range, &seen };

	launch.observer = &observer;
	(void)compute();
	launch.observer = NULL;
	assert_string_equal(seen.text, text);
	assert_memory_equal(seen.last.bytes, digest.bytes, digest.len);
}

static void ranges_come_in_the_order_of_measuring(void **state)
{
	(void)state;
	expect_ranges("firmware ffff0000 10000 1\n"
		      "SEC_MEM 800000 9000 3\n"
		      "SECRETS 80d000 1000 5\n"
		      "CPUID 80e000 1000 6\n"
		      "SVSM_CAA 80f000 1000 3\n"
		      "KERNEL_HASHES 810000 1000 1\n"
		      "VMSA fffffffff000 1000 2\n"
		      "VMSA fffffffff000 1000 2\n");
	launch.kernel = NULL;
	launch.vcpus = 1;
	launch.vmm = LAUNCH_EC2;
	expect_ranges("firmware ffff0000 10000 1\n"
		      "SEC_MEM 800000 9000 3\n"
		      "SECRETS 80d000 1000 5\n"
		      "SVSM_CAA 80f000 1000 3\n"
		      "KERNEL_HASHES 810000 1000 3\n"
		      "CPUID 80e000 1000 6\n"
		      "VMSA fffffffff000 1000 2\n");
	launch.vmm = LAUNCH_GCE;
	expect_ranges("firmware ffff0000 10000 1\n"
		      "SEC_MEM 800000 9000 4\n"
		      "SECRETS 80d000 1000 5\n"
		      "CPUID 80e000 1000 6\n"
		      "SVSM_CAA 80f000 1000 3\n"
		      "KERNEL_HASHES 810000 1000 3\n"
		      "VMSA fffffffff000 1000 2\n");
}

static void sev_es_ranges_have_no_pages(void **state)
{
	(void)state;
	launch.type = LAUNCH_SEV_ES_LEGACY;
	launch.cpu.features = 0;
	expect_ranges("firmware ffff0000 10000 0\n"
		      "KERNEL_HASHES 810c00 b0 0\n"
		      "VMSA 0 1000 0\n"
		      "VMSA 0 1000 0\n");
}

static void unknown_section_is_zeros_to_qemu_and_refused_elsewhere(void **state)
{
	static const struct ovmf_section section = { 0x800000, 0x1000, 0x77 };

	(void)state;
	clear_image(&image);
	(void)add_metadata(&image, &section, 1);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	read_image();
	launch.kernel = NULL;
	launch.vcpus = 1;
	expect_ranges("firmware ffff0000 10000 1\n"
		      "? 800000 1000 3\n"
		      "VMSA fffffffff000 1000 2\n");
	launch.vmm = LAUNCH_EC2;
	expect_refusal(ERR_INPUT,
		       "the firmware's section 1 has the type 0x77, and what ec2 does with it "
		       "is not known: take another image");
}

// --- Refusals ------------------------------------------------------------------------------------

static void contradictions_are_wrong_use(void **state)
{
	(void)state;
	launch.vcpus = 0;
	expect_refusal(ERR_USAGE, "a guest has 1 to 4096 vCPUs, not 0");
	launch.vcpus = 4097;
	expect_refusal(ERR_USAGE, "a guest has 1 to 4096 vCPUs, not 4097");
	launch.vcpus = 1;
	launch.cpu.signature = 0;
	expect_refusal(ERR_USAGE,
		       "the launch digest depends on the CPU's signature, and there is none: "
		       "name a CPU model or give a signature");
	launch.type = LAUNCH_SEV_ES;
	launch.cpu.signature = 1;
	expect_refusal(ERR_USAGE,
		       "SEV features 0x1 are not those of a sev-es guest: bit 0 (SNPActive) "
		       "must be off");
	launch.vmm = LAUNCH_GCE;
	expect_refusal(ERR_USAGE,
		       "sev-es guests are not known on gce: compute sev-snp, or for qemu");
	launch.vmm = LAUNCH_QEMU;
	kernel_hashes_init(&hashes);
	expect_refusal(ERR_USAGE,
		       "kernel hashes need a kernel: give one, or leave kernel hashes off");
	launch.firmware = NULL;
	expect_refusal(ERR_USAGE, "there is no launch digest without firmware: give an image");
	launch.type = LAUNCH_UNSET;
	expect_refusal(ERR_USAGE, "there is no launch of type 0 by VMM 0");
}

static void clouds_need_no_signature(void **state)
{
	struct launch_digest before;

	(void)state;
	launch.vmm = LAUNCH_EC2;
	before = compute();
	launch.cpu.signature = 0;
	assert_memory_equal(compute().bytes, before.bytes, before.len);
}

static void firmware_lacks_what_snp_needs(void **state)
{
	(void)state;
	clear_image(&image);
	read_image();
	expect_refusal(ERR_INPUT,
		       "the firmware has no SEV metadata, needed for sev-snp (there is no footer "
		       "table): take an image for SEV-SNP, such as OVMF.amdsev.fd");
	make_image(&image);
	put32(image.bytes + IMAGE_BYTES - METADATA_OFFSET + 8, 2);
	read_image();
	expect_refusal(ERR_INPUT,
		       "the firmware's SEV metadata, needed for sev-snp, is malformed (its "
		       "version is 2, not 1): take an image for SEV-SNP, such as OVMF.amdsev.fd");
	ovmf_read(&firmware, image.bytes + 1, sizeof(image.bytes) - 1);
	expect_refusal(ERR_INPUT,
		       "the firmware has a wrong size: its 65535 bytes are not a multiple of "
		       "4096; give a whole image");
}

static void firmware_lacks_what_kernel_hashes_need(void **state)
{
	static const struct ovmf_section section = { 0x800000, 0x1000, OVMF_SECTION_SEC_MEM };
	static const struct ovmf_section pages = { 0x810000, 0x1000, OVMF_SECTION_KERNEL_HASHES };

	(void)state;
	clear_image(&image);
	(void)add_metadata(&image, &section, 1);
	(void)add_values(&image, HASHES_GUID, 0x810c00, 0x400);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	read_image();
	expect_refusal(
		ERR_INPUT,
		"the firmware has a kernel hashes area, but no section for it in its SEV metadata, so "
		"they would not be measured: take an image that has one, such as OVMF.amdsev.fd, or "
		"leave kernel hashes off (--kernel-hashes off)");
	clear_image(&image);
	(void)add_metadata(&image, &pages, 1);
	(void)add_values(&image, HASHES_GUID, 0x810f51, 0x400);
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	read_image();
	expect_refusal(
		ERR_INPUT,
		"the firmware's kernel hashes area at 0x810f51 is malformed: the table would cross "
		"the end of a page; take an image that has one, such as OVMF.amdsev.fd, or leave "
		"kernel hashes off (--kernel-hashes off)");
}

// --- Series --------------------------------------------------------------------------------------

static void expect_series_like_single_digests(uint32_t vcpus_max)
{
	struct launch_prefix prefix;
	struct launch_series series;
	struct launch_digest step;

	expect_success(launch_prefix_init(&prefix, &launch, &err), &err);
	expect_success(launch_series_init(&series, &prefix, &launch.cpu, &err), &err);
	for (launch.vcpus = 1; launch.vcpus <= vcpus_max; launch.vcpus++) {
		launch_series_next(&series, &step);
		(void)compute();
		assert_int_equal(step.len, digest.len);
		assert_memory_equal(step.bytes, digest.bytes, digest.len);
	}
}

static void series_gives_what_single_digests_give(void **state)
{
	(void)state;
	for (launch.type = LAUNCH_SEV; launch.type < LAUNCH_TYPES; launch.type++) {
		launch.cpu.features = launch_features_default(launch.type);
		expect_series_like_single_digests(5);
	}
}

static void one_prefix_begins_many_series(void **state)
{
	struct launch_prefix prefix;
	struct launch_series first;
	struct launch_series second;
	struct launch_digest digests[2];

	(void)state;
	expect_success(launch_prefix_init(&prefix, &launch, &err), &err);
	expect_success(launch_series_init(&first, &prefix, &launch.cpu, &err), &err);
	launch_series_next(&first, &digests[0]);
	expect_success(launch_series_init(&second, &prefix, &launch.cpu, &err), &err);
	launch_series_next(&second, &digests[1]);
	assert_memory_equal(digests[0].bytes, digests[1].bytes, digests[0].len);
}

// Whatever the firmware can do is computed, and as a series the same.
static void measure_file(const char *path)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	void *bytes;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_ptr_not_equal(bytes, MAP_FAILED);
	ovmf_read(&firmware, bytes, (size_t)st.st_size);
	launch.kernel = firmware.hash_area.part.state == OVMF_PRESENT ? &hashes : NULL;
	for (launch.type = LAUNCH_SEV; launch.type < LAUNCH_TYPES; launch.type++) {
		launch.cpu.features = launch_features_default(launch.type);
		if (launch.type == LAUNCH_SEV_SNP && firmware.metadata.part.state != OVMF_PRESENT) {
			assert_int_equal(launch_digest(&digest, &launch, &err), -1);
			assert_non_null(strstr(err.text, "SEV metadata"));
			continue;
		}
		expect_series_like_single_digests(3);
	}
	assert_int_equal(munmap(bytes, (size_t)st.st_size), 0);
}

static void debians_images_are_measured(void **state)
{
	glob_t images;

	(void)state;
	assert_int_equal(glob("/usr/share/OVMF/OVMF_CODE*.fd", 0, NULL, &images), 0);
	for (size_t i = 0; i < images.gl_pathc; i++)
		measure_file(images.gl_pathv[i]);
	globfree(&images);
	measure_file("/usr/share/ovmf/OVMF.fd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(everything_measured_changes_it, set_up),
		cmocka_unit_test_setup(sev_covers_no_vcpu, set_up),
		cmocka_unit_test_setup(sev_without_hashes_is_the_hash_of_the_image, set_up),
		cmocka_unit_test(features_have_a_default),
		cmocka_unit_test_setup(ranges_come_in_the_order_of_measuring, set_up),
		cmocka_unit_test_setup(sev_es_ranges_have_no_pages, set_up),
		cmocka_unit_test_setup(unknown_section_is_zeros_to_qemu_and_refused_elsewhere,
				       set_up),
		cmocka_unit_test_setup(contradictions_are_wrong_use, set_up),
		cmocka_unit_test_setup(clouds_need_no_signature, set_up),
		cmocka_unit_test_setup(firmware_lacks_what_snp_needs, set_up),
		cmocka_unit_test_setup(firmware_lacks_what_kernel_hashes_need, set_up),
		cmocka_unit_test_setup(series_gives_what_single_digests_give, set_up),
		cmocka_unit_test_setup(one_prefix_begins_many_series, set_up),
		cmocka_unit_test_setup(debians_images_are_measured, set_up),
	};

	return cmocka_run_group_tests_name("measure/launch_digest", tests, NULL, NULL);
}
