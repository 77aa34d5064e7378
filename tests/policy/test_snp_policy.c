// SPDX-License-Identifier: Apache-2.0
// The guest policy of SEV-SNP by names and by number, both ways, and what KVM takes of it.

#include "tests/base/process.h"

#include <stdio.h>

#include "policy/snp_policy.h"
#include "tests/policy/guest_fixture.h"

static const struct linux_release unknown;
static const struct linux_release v6_12 = { 6, 12 };
static const struct linux_release v7_1 = { 7, 1 };

struct row {
	const char *object; // in single quotes
	uint64_t number;
	const char *words;
};

static const struct row rows[] = {
	{ "{}", 0x30000, "smt" },
	{ "{'smt':false}", 0x20000, "none" },
	{ "{'smt':true,'abi':'1.51'}", 0x30133, "smt, abi 1.51" },
	{ "{'migrate_agent':true}", 0x70000, "smt, migrate_agent" },
	{ "{'debug':true}", 0xb0000, "smt, debug" },
	{ "{'single_socket':true}", 0x130000, "smt, single_socket" },
	{ "{'cxl_allow':true}", 0x230000, "smt, cxl_allow" },
	{ "{'mem_aes_256_xts':true}", 0x430000, "smt, mem_aes_256_xts" },
	{ "{'rapl_dis':true}", 0x830000, "smt, rapl_dis" },
	{ "{'ciphertext_hiding_dram':true}", 0x1030000, "smt, ciphertext_hiding_dram" },
	{ "{'page_swap_disable':true}", 0x2030000, "smt, page_swap_disable" },
	{ "{'smt':false,'abi':'255.255'}", 0x2ffff, "abi 255.255" },
};

static void read_policy(const char *quote, const char *value)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "{'level':'sev-snp','guest_policy':%s%s%s}", quote,
		       value, quote);
	assert_reads(text);
}

static void names_become_the_number_and_back(void **state)
{
	char words[SNP_POLICY_WORDS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		read_policy("", rows[i].object);
		assert_int_equal(snp_policy_number(&guest.guest_policy), rows[i].number);
		assert_string_equal(snp_policy_words(words, rows[i].number), rows[i].words);
	}
}

static void a_number_says_the_same_as_its_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char number[24];

		(void)snprintf(number, sizeof(number), "0x%llx",
			       (unsigned long long)rows[i].number);
		read_policy("'", number);
		assert_true(guest.guest_policy.by_number);
		assert_int_equal(snp_policy_number(&guest.guest_policy), rows[i].number);
		assert_int_equal(guest_check(&guest, &errors), 0);
	}
}

static void every_word_fits(void **state)
{
	char words[SNP_POLICY_WORDS_SIZE];

	(void)state;
	assert_string_equal(snp_policy_words(words, 0x3ffffff),
			    "smt, migrate_agent, debug, single_socket, cxl_allow, mem_aes_256_xts, "
			    "rapl_dis, ciphertext_hiding_dram, page_swap_disable, abi 255.255");
}

static void refuses_reserved_bits(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} refused[] = {
		{ "0x10000", "policy 0x10000 lacks bit 17, which must be one: 0x30000" },
		{ "0x300000", "policy 0x300000 lacks bit 17, which must be one: 0x320000" },
		{ "0x4030000", "policy 0x4030000 sets reserved bit 26: 0x30000 is the usual "
			       "policy" },
		{ "0x8000000000030000", "policy 0x8000000000030000 sets reserved bit 63: 0x30000 "
					"is the usual policy" },
		{ "196608", "must be an object, or a number such as 0x30000, not '196608'" },
		{ "0x3000g", "must be an object, or a number such as 0x30000, not '0x3000g'" },
		{ "0x", "must be an object, or a number such as 0x30000, not '0x'" },
		{ "", "must be an object, or a number such as 0x30000, not ''" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		char text[128];
		char why[256];

		(void)snprintf(text, sizeof(text), "{'guest_policy':'%s'}", refused[i].text);
		(void)snprintf(why, sizeof(why), "1:17: key 'guest_policy': %s", refused[i].why);
		assert_refuses(text, why);
	}
}

static void an_option_takes_both_forms(void **state)
{
	uint64_t given = 0;
	struct err err;

	(void)state;
	assert_reads("{'level':'sev-snp','guest_policy':{'debug':true}}");
	expect_success(guest_set_option(&guest, "guest-policy", "0x20000", &given, &err), &err);
	assert_int_equal(snp_policy_number(&guest.guest_policy), 0x20000);
	expect_success(guest_set_option(&guest, "guest-policy", "{\"smt\":true}", &given, &err),
		       &err);
	assert_int_equal(snp_policy_number(&guest.guest_policy), 0x30000);
	assert_int_equal(guest_set_option(&guest, "guest-policy", "0x1", &given, &err), -1);
	expect_error(
		&err, ERR_USAGE,
		"option '--guest-policy': policy 0x1 lacks bit 17, which must be one: 0x20001");
}

static void a_number_needs_sev_snp(void **state)
{
	(void)state;
	assert_reads("{'level':'sev-es','guest_policy':'0x30000'}");
	assert_int_equal(guest_check(&guest, &errors), -1);
	assert_int_equal(errors.n, 1);
	assert_string_equal(errors.items[0].text,
			    "key 'guest_policy' is a number, which needs level sev-snp, but key "
			    "'level' is 'sev-es': name its members");
}

// --- KVM -----------------------------------------------------------------------------------------

// What is said on standard error, whatever comes of it.
static const char *warnings(uint64_t number, const struct linux_release *release)
{
	static char text[1000];
	struct capture capture = capture_begin();
	struct err err;

	(void)!snp_policy_check_kvm(number, release, &err);
	return capture_end(&capture, text, sizeof(text));
}

static void assert_taken(uint64_t number, const struct linux_release *release)
{
	struct err err;

	expect_success(snp_policy_check_kvm(number, release, &err), &err);
}

static void assert_not_taken(uint64_t number, const struct linux_release *release, const char *why)
{
	struct err err;

	assert_int_equal(snp_policy_check_kvm(number, release, &err), -1);
	expect_error(&err, ERR_HOST, why);
}

static void linux_6_11_to_6_18_has_a_fixed_mask(void **state)
{
	static const struct linux_release v6_18 = { 6, 18 };
	static const struct linux_release v6_19 = { 6, 19 };

	(void)state;
	assert_taken(0x30000, &v6_12);
	assert_taken(0xb0133, &v6_12);
	assert_not_taken(
		0x20000, &v6_12,
		"key 'guest_policy.smt' is off, which KVM of Linux 6.12 refuses: use Linux "
		"6.19 or newer, or turn it on");
	assert_not_taken(0x130000, &v6_18,
			 "key 'guest_policy.single_socket' is on, which KVM of Linux 6.18 refuses: "
			 "use Linux 6.19 or newer, or leave it out");
	for (unsigned int bit = 21; bit <= 25; bit++) {
		struct err err;

		assert_int_equal(snp_policy_check_kvm(0x30000 | 1ULL << bit, &v6_12, &err), -1);
		assert_taken(0x30000 | 1ULL << bit, &v6_19);
	}
	assert_taken(0x120000, &v6_19);
	assert_string_equal(warnings(0x120000, &v7_1), "");
}

static void no_linux_takes_a_migration_agent(void **state)
{
	static const char why[] = "key 'guest_policy.migrate_agent' is on, which KVM takes in no "
				  "version: leave it out";

	(void)state;
	assert_not_taken(0x70000, &v6_12, why);
	assert_not_taken(0x70000, &v7_1, why);
	assert_not_taken(0x70000, &unknown, why);
}

static void warns_of_what_it_cannot_know(void **state)
{
	(void)state;
	assert_string_equal(warnings(0x30000, &unknown), "");
	assert_non_null(strstr(warnings(0x20000, &unknown),
			       "key 'guest_policy.smt' is off: KVM before Linux 6.19 refuses that, "
			       "and which Linux will run this guest is not known"));
	assert_non_null(strstr(warnings(0x830000, &v7_1),
			       "key 'guest_policy.rapl_dis' needs firmware that reports the "
			       "feature, which is not examined"));
	assert_non_null(
		strstr(warnings(0x2030000, &v7_1),
		       "'guest_policy.page_swap_disable' needs firmware with interface 1.58"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_become_the_number_and_back),
		cmocka_unit_test(a_number_says_the_same_as_its_names),
		cmocka_unit_test(every_word_fits),
		cmocka_unit_test(refuses_reserved_bits),
		cmocka_unit_test(an_option_takes_both_forms),
		cmocka_unit_test(a_number_needs_sev_snp),
		cmocka_unit_test(linux_6_11_to_6_18_has_a_fixed_mask),
		cmocka_unit_test(no_linux_takes_a_migration_agent),
		cmocka_unit_test(warns_of_what_it_cannot_know),
	};

	return cmocka_run_group_tests_name("policy/snp_policy", tests, NULL, NULL);
}
