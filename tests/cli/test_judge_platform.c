// SPDX-License-Identifier: Apache-2.0
// The SEV firmware that a machine must have: which generation a processor is, how the firmware's
// numbers are read, and each of them compared. No machine is asked.

#include "tests/base/process.h"

#include "cli/judge_platform.h"

// SNP 0x1b and microcode 0xdb, boot loader 4, TEE 2: as Milan and Genoa lay it out, and as Turin does.
#define TCB_OF_MILAN 0xdb1b000000000204ULL
#define TCB_OF_TURIN 0xdb0000001b020401ULL

struct answers {
	struct sev_reading sev;
	struct snp_reading snp;
};

#define VERSION_OF(build_number) \
	{ \
		.state = READING_DONE, .api_major = 1, .api_minor = 55, .build = (build_number) \
	}
#define ANSWERS(build_number, tcb) \
	{ \
		VERSION_OF(build_number), \
		{ \
			.state = READING_DONE, .current_tcb = (tcb) \
		} \
	}

static struct launch_rules rules; // too large for a stack
static struct firmware_minimum *const least = &rules.sev_firmware_min[1];
static struct judge_platform platform;
static struct err err;

static void decode(uint32_t signature, const struct answers *answers)
{
	judge_platform_decode(&platform, signature, &answers->sev, &answers->snp);
}

static int set_up(void **state)
{
	static const struct answers status = ANSWERS(29, TCB_OF_MILAN);

	(void)state;
	memset(&rules, 0, sizeof(rules));
	rules.n_sev_firmware_min = 2;
	rules.sev_firmware_min[0] =
		(struct firmware_minimum){ .generation = GENERATION_TURIN, .api_major = 255 };
	least->generation = GENERATION_MILAN;
	decode(0x00a00f11, &status);
	return 0;
}

static void expect_new_enough(enum level level)
{
	expect_success(judge_platform_check(&platform, &rules, level, &err), &err);
}

static void expect_too_old(enum level level, const char *text)
{
	assert_int_equal(judge_platform_check(&platform, &rules, level, &err), -1);
	expect_error(&err, ERR_REFUSED, text);
}

static void knows_processors_by_their_signature(void **state)
{
	static const struct {
		uint32_t signature;
		enum generation generation;
	} rows[] = {
		{ 0x00800f12, GENERATION_NAPLES },  { 0x00830f10, GENERATION_ROME },
		{ 0x00a00f11, GENERATION_MILAN },   { 0x00a00f12, GENERATION_MILAN_X },
		{ 0x00a10f11, GENERATION_GENOA },   { 0x00a10f12, GENERATION_GENOA_X },
		{ 0x00aa0f02, GENERATION_BERGAMO }, { 0x00b00f21, GENERATION_TURIN },
		{ 0x00b10f10, GENERATION_TURIN },   { 0x00a20f10, GENERATION_UNKNOWN },
		{ 0x000806f8, GENERATION_UNKNOWN }, { 0, GENERATION_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(judge_generation(rows[i].signature), rows[i].generation);
}

static void reads_the_tcb_as_the_processor_lays_it_out(void **state)
{
	static const struct answers turin = ANSWERS(54, TCB_OF_TURIN);

	(void)state;
	assert_true(platform.has_tcb);
	assert_int_equal(platform.tcb.boot_loader, 4);
	assert_int_equal(platform.tcb.tee, 2);
	assert_int_equal(platform.tcb.snp, 0x1b);
	assert_int_equal(platform.tcb.microcode, 0xdb);
	decode(0x00b00f21, &turin);
	assert_true(platform.has_tcb);
	assert_int_equal(platform.tcb.fmc, 1);
	assert_int_equal(platform.tcb.boot_loader, 4);
	assert_int_equal(platform.tcb.tee, 2);
	assert_int_equal(platform.tcb.snp, 0x1b);
	assert_int_equal(platform.tcb.microcode, 0xdb);
	decode(0x00800f12, &turin); // before there was SEV-SNP
	assert_false(platform.has_tcb);
}

static void compares_the_version_number_by_number(void **state)
{
	static const struct {
		uint32_t major, minor, build;
		bool refused;
	} rows[] = {
		{ 0, 0, 0, false },   { 1, 0, 0, false },   { 1, 55, 0, false },
		{ 1, 55, 29, false }, { 1, 54, 99, false }, { 0, 99, 99, false },
		{ 1, 55, 30, true },  { 1, 56, 0, true },   { 2, 0, 0, true },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		least->api_major = rows[i].major;
		least->api_minor = rows[i].minor;
		least->build = rows[i].build;
		(void)snprintf(text, sizeof(text),
			       "the firmware is 1.55.29, must be %u.%u.%u: update it",
			       rows[i].major, rows[i].minor, rows[i].build);
		for (enum level level = LEVEL_SEV; level < LEVELS; level++)
			if (rows[i].refused)
				expect_too_old(level, text);
			else
				expect_new_enough(level);
	}
}

static void compares_each_component_of_the_tcb(void **state)
{
	static const struct {
		const char *word;
		uint32_t *wanted;
		uint32_t has;
	} rows[] = {
		{ "fmc", &rules.sev_firmware_min[1].fmc, 0 },
		{ "boot_loader", &rules.sev_firmware_min[1].boot_loader, 4 },
		{ "tee", &rules.sev_firmware_min[1].tee, 2 },
		{ "snp", &rules.sev_firmware_min[1].snp, 0x1b },
		{ "microcode", &rules.sev_firmware_min[1].microcode, 0xdb },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		*rows[i].wanted = rows[i].has;
		expect_new_enough(LEVEL_SEV_SNP);
		*rows[i].wanted = rows[i].has + 1;
		(void)snprintf(text, sizeof(text),
			       "%s of the TCB is %u, must be %u: update the machine's firmware",
			       rows[i].word, rows[i].has, rows[i].has + 1);
		expect_too_old(LEVEL_SEV_SNP, text);
		expect_new_enough(LEVEL_SEV); // has no TCB
		expect_new_enough(LEVEL_SEV_ES);
		*rows[i].wanted = 0;
	}
}

static void refuses_what_cannot_be_asked(void **state)
{
	static const struct answers without_tcb = { VERSION_OF(29), { 0 } };
	static const struct answers silent = { 0 };

	(void)state;
	least->snp = 1;
	decode(0x00a00f11, &without_tcb);
	expect_new_enough(LEVEL_SEV);
	expect_too_old(LEVEL_SEV_SNP, "the TCB cannot be read from '/dev/sev', but snp must be 1: "
				      "see that SEV-SNP is initialized");
	decode(0x00a00f11, &silent);
	expect_too_old(LEVEL_SEV, "the firmware's version cannot be read from '/dev/sev': see that "
				  "the module ccp is loaded");
	decode(0x000806f8, &silent);
	expect_too_old(LEVEL_SEV,
		       "this processor's generation is not listed: add what its firmware "
		       "must be");
	rules.n_sev_firmware_min = 1;
	decode(0x00a00f11, &without_tcb);
	expect_too_old(LEVEL_SEV, "this processor's generation milan is not listed: add what its "
				  "firmware must be");
}

static void knows_nothing_where_there_is_no_device(void **state)
{
	(void)state;
	judge_platform_read(&platform, -1);
	assert_false(platform.has_version);
	assert_false(platform.has_tcb);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(knows_processors_by_their_signature),
		TEST(reads_the_tcb_as_the_processor_lays_it_out),
		TEST(compares_the_version_number_by_number),
		TEST(compares_each_component_of_the_tcb),
		TEST(refuses_what_cannot_be_asked),
		TEST(knows_nothing_where_there_is_no_device),
	};

	return cmocka_run_group_tests_name("cli/judge_platform", tests, NULL, NULL);
}
