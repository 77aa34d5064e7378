// SPDX-License-Identifier: Apache-2.0
// Reports of every version and generation, field by field, and every byte that must be zero.

#include "tests/unit.h"

#include "tests/measure/report_fixture.h"

static void reads_every_generation(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(generations); i++) {
		const struct generation *cpu = &generations[i];
		uint8_t bytes[REPORT_BYTES];
		struct report report;
		struct err err;

		make_report(bytes, cpu, REPORT_SIGNED_BY_VLEK);
		bytes[REPORT_SIGNED_BYTES] = 0x2a;
		if (report_read(&report, bytes, sizeof(bytes), &err) < 0)
			fail_msg("%s", err.text);
		assert_int_equal(report.version, cpu->version);
		assert_int_equal(report.guest_svn, 11);
		assert_int_equal(report.policy, 0x30000);
		assert_int_equal(report.family_id[15], 0x10);
		assert_int_equal(report.image_id[0], 0x20);
		assert_int_equal(report.vmpl, 1);
		assert_int_equal(report.current_tcb, 0x38);
		assert_int_equal(report.platform_info, 0x21);
		assert_false(report.author_key_en);
		assert_false(report.mask_chip_key);
		assert_int_equal(report.signing_key, REPORT_SIGNED_BY_VLEK);
		assert_int_equal(report.report_data[63], 0x50);
		assert_int_equal(report.measurement[47], 0x90);
		assert_int_equal(report.host_data[31], 0xc0);
		assert_int_equal(report.id_key_digest[47], 0xe0);
		assert_int_equal(report.author_key_digest[47], 0x11);
		assert_int_equal(report.report_id[31], 0x14);
		assert_int_equal(report.report_id_ma[31], 0x16);
		assert_int_equal(report.cpuid_fam_id, cpu->family);
		assert_int_equal(report.cpuid_mod_id, cpu->model);
		assert_int_equal(report.chip_id[7], 0x1a);
		assert_false(report.chip_id_masked);
		assert_int_equal(report.committed_tcb, 0x1e0);
		assert_int_equal(report.current.major, 1);
		assert_int_equal(report.current.minor, 55);
		assert_int_equal(report.current.build, 21);
		assert_int_equal(report.committed.build, 20);
		assert_int_equal(report.launch_tcb, 0x1f0);
		assert_int_equal(report.launch_mit_vector, cpu->version >= 5 ? 0x1f8 : 0);
		assert_int_equal(report.current_mit_vector, cpu->version >= 5 ? 0x200 : 0);
		assert_int_equal(report.signature.bytes[0], 0x2a);
		assert_int_equal(report.product, cpu->product);
	}
}

static void decodes_tcbs(void **state)
{
	struct snp_tcb tcb;
	struct err err;

	(void)state;
	assert_int_equal(snp_tcb_decode(&tcb, SNP_PRODUCT_GENOA, 0x0807060504030201, &err), 0);
	assert_false(tcb.has_fmc);
	assert_int_equal(tcb.boot_loader, 1);
	assert_int_equal(tcb.tee, 2);
	assert_int_equal(tcb.snp, 7);
	assert_int_equal(tcb.microcode, 8);
	assert_int_equal(snp_tcb_decode(&tcb, SNP_PRODUCT_TURIN, 0x0807060504030201, &err), 0);
	assert_true(tcb.has_fmc);
	assert_int_equal(tcb.fmc, 1);
	assert_int_equal(tcb.boot_loader, 2);
	assert_int_equal(tcb.tee, 3);
	assert_int_equal(tcb.snp, 4);
	assert_int_equal(tcb.microcode, 8);
	assert_int_equal(snp_tcb_decode(&tcb, SNP_PRODUCT_UNKNOWN, 0, &err), -1);
	assert_string_equal(err.text,
			    "the layout of TCB_VERSION is not known, because the CPU is not");
}

static void knows_cpus_by_family_and_model(void **state)
{
	static const struct {
		uint8_t family, model;
		enum snp_product product;
	} rows[] = {
		{ 0x19, 0x0f, SNP_PRODUCT_MILAN },   { 0x19, 0x10, SNP_PRODUCT_GENOA },
		{ 0x19, 0xaf, SNP_PRODUCT_GENOA },   { 0x19, 0x20, SNP_PRODUCT_UNKNOWN },
		{ 0x1a, 0x00, SNP_PRODUCT_TURIN },   { 0x1a, 0x11, SNP_PRODUCT_TURIN },
		{ 0x1a, 0x12, SNP_PRODUCT_UNKNOWN }, { 0x1a, 0x57, SNP_PRODUCT_VENICE },
		{ 0x1a, 0x90, SNP_PRODUCT_VENICE },  { 0x1a, 0xc7, SNP_PRODUCT_VENICE },
		{ 0x1a, 0xc8, SNP_PRODUCT_UNKNOWN }, { 0x17, 0x01, SNP_PRODUCT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct generation cpu = generations[1];
		uint8_t bytes[REPORT_BYTES];
		struct report report;
		struct err err;

		cpu.family = rows[i].family;
		cpu.model = rows[i].model;
		make_report(bytes, &cpu, REPORT_SIGNED_BY_VCEK);
		assert_int_equal(report_read(&report, bytes, sizeof(bytes), &err), 0);
		assert_int_equal(report.product, rows[i].product);
	}
	assert_int_equal(snp_product_find("Milan-B0", 8), SNP_PRODUCT_MILAN);
	assert_int_equal(snp_product_find("Genoa", 5), SNP_PRODUCT_GENOA);
	assert_int_equal(snp_product_find("Genoax", 6), SNP_PRODUCT_UNKNOWN);
	assert_int_equal(snp_product_find("Gen", 3), SNP_PRODUCT_UNKNOWN);
	assert_int_equal(snp_product_find("", 0), SNP_PRODUCT_UNKNOWN);
}

// What version 2 tells by its CHIP_ID.
static void guesses_cpus_of_version_2(void **state)
{
	uint8_t bytes[REPORT_BYTES];
	struct report report;
	struct err err;

	(void)state;
	make_report(bytes, &generations[0], REPORT_SIGNED_BY_VCEK);
	memset(bytes + 0x1a8, 0, 56);
	assert_int_equal(report_read(&report, bytes, sizeof(bytes), &err), 0);
	assert_int_equal(report.product, SNP_PRODUCT_TURIN);
	memset(bytes + 0x1a0, 0, 8);
	assert_int_equal(report_read(&report, bytes, sizeof(bytes), &err), 0);
	assert_int_equal(report.product, SNP_PRODUCT_UNKNOWN);
	assert_true(report.chip_id_masked);
}

static bool is_reserved(size_t at, uint32_t version)
{
	return (at >= 0x4c && at <= 0x4f) || (at >= 0x188 && at <= 0x18a && version < 3) ||
	       (at >= 0x18b && at <= 0x19f) || at == 0x1eb || at == 0x1ef ||
	       (at >= 0x1f8 && at <= 0x207 && version < 5) || (at >= 0x208 && at <= 0x29f) ||
	       at >= 0x330;
}

static void refuses_every_reserved_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(generations); i++) {
		uint8_t bytes[REPORT_BYTES];
		struct report report;
		struct err err;

		make_report(bytes, &generations[i], REPORT_SIGNED_BY_VCEK);
		for (size_t at = 0x4c; at < REPORT_BYTES; at++) {
			bool reserved = is_reserved(at, generations[i].version);

			bytes[at] ^= 0x80;
			assert_int_equal(report_read(&report, bytes, sizeof(bytes), &err),
					 reserved ? -1 : 0);
			if (reserved)
				assert_non_null(strstr(err.text, "is not zero from 0x"));
			bytes[at] ^= 0x80;
		}
	}
}

static void refuses_what_is_no_report(void **state)
{
	static const struct {
		size_t at;
		uint32_t value;
		const char *text;
	} rows[] = {
		{ 0x00, 1, "the report has version 1, and 2 to 5 are known here" },
		{ 0x00, 6, "the report has version 6, and 2 to 5 are known here" },
		{ 0x34, 0, "the report's SIGNATURE_ALGO is 0, not 1 (ECDSA P-384 with SHA-384)" },
		{ 0x48, 2 << 2, "the report's SIGNING_KEY is 2, which stands for no key" },
		{ 0x48, 1 << 5, "the report's KEY_INFO is 0x20, but its bits 5 to 31 must be 0" },
	};
	uint8_t bytes[REPORT_BYTES + 1];
	struct report report;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		make_report(bytes, &generations[1], REPORT_SIGNED_BY_VCEK);
		le32_put(bytes + rows[i].at, rows[i].value);
		assert_int_equal(report_read(&report, bytes, REPORT_BYTES, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_string_equal(err.text, rows[i].text);
	}
	make_report(bytes, &generations[1], REPORT_SIGNED_BY_VCEK);
	assert_int_equal(report_read(&report, bytes, REPORT_BYTES + 1, &err), -1);
	assert_string_equal(err.text, "the report has 1185 bytes or more, not 1184");
	assert_int_equal(report_read(&report, bytes, 0, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_every_generation),
		cmocka_unit_test(decodes_tcbs),
		cmocka_unit_test(knows_cpus_by_family_and_model),
		cmocka_unit_test(guesses_cpus_of_version_2),
		cmocka_unit_test(refuses_every_reserved_byte),
		cmocka_unit_test(refuses_what_is_no_report),
	};

	return cmocka_run_group_tests_name("measure/report", tests, NULL, NULL);
}
