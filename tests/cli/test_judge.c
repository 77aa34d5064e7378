// SPDX-License-Identifier: Apache-2.0
// Each rule of the host policy about one guest: what it lets pass, and the whole text of its refusal.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include "cli/judge.h"

static struct compiled_policy policy; // too large for a stack
static struct launch_rules *const rules = &policy.rules;
static struct plan plan;
static struct judge_platform platform;
static struct judgement judgement = {
	.policy = &policy,
	.plan = &plan,
	.platform = &platform,
};
static struct err err;

// Of no rule but the one without a file, and a guest with everything that its level may have.
static int set_up(void **state)
{
	(void)state;
	memset(&policy, 0, sizeof(policy));
	memset(&platform, 0, sizeof(platform));
	memset(judgement.firmware_sha256, 0x5a, sizeof(judgement.firmware_sha256));
	judgement.firmware_path = "";
	(void)strcpy(policy.host.file, "/etc/p.json");
	plan_fill(&plan, LEVEL_SEV_SNP);
	return 0;
}

static void expect_allowed(void)
{
	expect_success(judge_plan(&judgement, &err), &err);
}

static void expect_refused(const char *key, const char *why)
{
	char text[400];

	(void)snprintf(text, sizeof(text), "host policy '/etc/p.json', key '%s': %s", key, why);
	assert_int_equal(judge_plan(&judgement, &err), -1);
	expect_error(&err, ERR_REFUSED, text);
}

static void allows_every_level_without_a_rule(void **state)
{
	(void)state;
	for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
		plan_fill(&plan, level);
		expect_allowed();
	}
}

static void says_that_there_is_no_file(void **state)
{
	(void)state;
	policy.host.file[0] = '\0';
	rules->vcpus_max = 1;
	assert_int_equal(judge_plan(&judgement, &err), -1);
	expect_error(&err, ERR_REFUSED,
		     "host policy without a file, key 'vcpus_max': vcpus 4 is above 1: give the "
		     "guest fewer");
}

static void judges_levels(void **state)
{
	(void)state;
	rules->levels = 1U << LEVEL_SEV_SNP | 1U << LEVEL_OFF;
	expect_allowed();
	plan_fill(&plan, LEVEL_OFF);
	expect_allowed();
	plan_fill(&plan, LEVEL_SEV_ES);
	expect_refused("levels", "level 'sev-es' is not listed: choose off or sev-snp");
}

static void judges_vcpus_and_memory(void **state)
{
	(void)state;
	rules->vcpus_max = 4;
	rules->memory_mib_max = 2048;
	expect_allowed();
	plan.vcpus = 5;
	expect_refused("vcpus_max", "vcpus 5 is above 4: give the guest fewer");
	plan.vcpus = 4;
	plan.memory_mib = 2049;
	expect_refused("memory_mib_max", "memory_mib 2049 is above 2048: give the guest less");
}

static void judges_networks(void **state)
{
	(void)state;
	rules->network_kinds = 1U << NETWORK_UNSET; // "none"
	expect_refused("network_kinds", "network kind 'tap' is not listed: leave the network out");
	rules->network_kinds = 1U << NETWORK_TAP;
	expect_allowed();
	rules->n_taps = 2;
	(void)strcpy(rules->taps[0], "tap");
	(void)strcpy(rules->taps[1], "tap00");
	expect_refused("taps", "tap device 'tap0' is not listed: take one that is");
	(void)strcpy(rules->taps[1], "tap0");
	expect_allowed();
	plan_add_network(&plan, "tap1");
	expect_refused("taps", "tap device 'tap1' is not listed: take one that is");
}

static void judges_cpu_models(void **state)
{
	(void)state;
	rules->n_cpu_models = 1;
	(void)strcpy(rules->cpu_models[0], "EPYC");
	expect_refused("cpu_models",
		       "cpu 'EPYC-v4' is not listed: choose one that is, such as 'EPYC'");
	rules->n_cpu_models = 2;
	(void)strcpy(rules->cpu_models[1], "EPYC-v4");
	expect_allowed();
}

static void judges_firmware_by_digest(void **state)
{
	(void)state;
	rules->n_firmware_sha256 = 2;
	memset(rules->firmware_sha256[1], 0x5a, SHA256_BYTES);
	expect_allowed();
	rules->firmware_sha256[1][SHA256_BYTES - 1] = 0;
	expect_refused("firmware_sha256",
		       "firmware '' with SHA-256 "
		       "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a is not "
		       "listed: take one whose SHA-256 is");
}

static void judges_firmware_by_directory(void **state)
{
	static const char *const elsewhere[] = { "", "/usr", "/usr/fw", "/usr/fw-old/a", "/a" };

	(void)state;
	rules->n_firmware_directories = 1;
	(void)strcpy(rules->firmware_directories[0], "/usr/fw");
	judgement.firmware_path = "/usr/fw/a.fd";
	expect_allowed();
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++) {
		judgement.firmware_path = elsewhere[i];
		assert_int_equal(judge_plan(&judgement, &err), -1);
		assert_non_null(strstr(err.text, "key 'firmware_directories': firmware '"));
		assert_non_null(strstr(err.text, ": take one from below a directory that is"));
	}
	// Either list is enough.
	rules->n_firmware_sha256 = 1;
	memset(rules->firmware_sha256[0], 0x5a, SHA256_BYTES);
	expect_allowed();
	rules->firmware_sha256[0][0] = 0;
	judgement.firmware_path = "/usr/fw/a.fd";
	expect_allowed();
}

static void judges_kernel_hashes(void **state)
{
	(void)state;
	rules->kernel_hashes_required = 1;
	expect_allowed();
	plan.sev.kernel_hashes = 0;
	expect_refused("kernel_hashes_required",
		       "kernel_hashes is off: turn it on, with firmware that checks the hashes");
	plan.has_kernel = 0; // nothing to hash
	expect_allowed();
	plan_fill(&plan, LEVEL_OFF); // nothing that measures
	expect_allowed();
}

static void judges_debugging_at_every_measured_level(void **state)
{
	(void)state;
	plan.sev.policy = 0xb0000;
	expect_refused("debug_allowed", "guest policy 0xb0000 lets the host debug the guest: leave "
					"guest_policy.debug out");
	rules->debug_allowed = 1;
	expect_allowed();
	rules->debug_allowed = 0;
	plan_fill(&plan, LEVEL_SEV);
	plan.sev.policy = 0;
	expect_refused("debug_allowed", "guest policy 0x0 lets the host debug the guest: leave "
					"guest_policy.debug out");
	plan.sev.policy = 1;
	expect_allowed();
	plan_fill(&plan, LEVEL_SEV_ES);
	plan.sev.policy = 4;
	expect_refused("debug_allowed", "guest policy 0x4 lets the host debug the guest: leave "
					"guest_policy.debug out");
}

// Each bit alone, required and forbidden.
static void judges_each_bit_of_the_guest_policy(void **state)
{
	static const struct {
		const char *word;
		unsigned int bit;
	} bits[] = {
		{ "smt", 16 },
		{ "migrate_agent", 18 },
		{ "single_socket", 20 },
		{ "cxl_allow", 21 },
		{ "mem_aes_256_xts", 22 },
		{ "rapl_dis", 23 },
		{ "ciphertext_hiding_dram", 24 },
		{ "page_swap_disable", 25 },
	};
	char why[100];

	(void)state;
	for (uint32_t i = 0; i < ARRAY_LEN(bits); i++) {
		uint32_t bit = launch_rules_policy_bit(i + 1);

		assert_int_equal(bit, 1U << bits[i].bit);
		rules->guest_policy_required = bit;
		plan.sev.policy = 1U << 17;
		(void)snprintf(why, sizeof(why), "guest policy 0x20000 lacks %s: turn it on",
			       bits[i].word);
		expect_refused("guest_policy_required", why);
		plan.sev.policy |= bit;
		expect_allowed();
		rules->guest_policy_required = 0;
		rules->guest_policy_forbidden = bit;
		(void)snprintf(why, sizeof(why), "guest policy 0x%x has %s: turn it off",
			       1U << 17 | bit, bits[i].word);
		expect_refused("guest_policy_forbidden", why);
		plan.sev.policy = 1U << 17;
		expect_allowed();
		rules->guest_policy_forbidden = 0;
	}
	rules->guest_policy_required = 1U << 25; // the older levels have no such bits
	plan_fill(&plan, LEVEL_SEV);
	expect_allowed();
}

static void judges_that_there_is_an_id_block(void **state)
{
	(void)state;
	rules->id_block_required = 1;
	plan.sev.has_id_block = 0;
	expect_refused("id_block_required",
		       "there is no id_block: give one, see snplaunch id-block");
	plan.sev.has_id_block = 1;
	plan.sev.has_id_auth = 0;
	expect_refused("id_block_required",
		       "there is no id_block: give one, see snplaunch id-block");
	plan.sev.has_id_auth = 1;
	expect_allowed();
	plan_fill(&plan, LEVEL_SEV_ES); // has none
	expect_allowed();
}

// The header of ECDSA P-384 with SHA-384, and keys of one byte again and again.
static void fill_id_auth(uint8_t id_key, uint8_t author_key)
{
	uint8_t *auth = plan.sev.id_auth;

	plan.sev.has_id_block = 1;
	plan.sev.has_id_auth = 1;
	plan.sev.author_key_enabled = author_key != 0;
	memset(auth, 0, sizeof(plan.sev.id_auth));
	auth[0] = 1;
	auth[4] = 1;
	memset(auth + 0x40, 1, 48);
	auth[0x240] = 2;
	memset(auth + 0x244, id_key, 48);
	if (author_key == 0)
		return;
	memset(auth + 0x680, 1, 48);
	auth[0x880] = 2;
	memset(auth + 0x884, author_key, 48);
}

static void judges_the_keys_of_an_id_block(void **state)
{
	(void)state;
	fill_id_auth(7, 9);
	sha384_of(plan.sev.id_auth + 0x240, P384_PUBLIC_KEY_BYTES, rules->id_keys[1]);
	sha384_of(plan.sev.id_auth + 0x880, P384_PUBLIC_KEY_BYTES, rules->author_keys[0]);
	rules->n_id_keys = 2;
	rules->n_author_keys = 1;
	expect_allowed();
	fill_id_auth(7, 0);
	expect_refused("author_keys",
		       "the id_block has no author key: have a listed one sign its key");
	fill_id_auth(7, 9);
	plan.sev.author_key_enabled = 0; // then the firmware does not look at it
	expect_refused("author_keys",
		       "the id_block has no author key: have a listed one sign its key");
	fill_id_auth(7, 8);
	assert_int_equal(judge_plan(&judgement, &err), -1);
	assert_non_null(strstr(err.text, "key 'author_keys': the id_block's author key with SHA-"));
	fill_id_auth(8, 9);
	assert_int_equal(judge_plan(&judgement, &err), -1);
	assert_non_null(strstr(err.text, "key 'id_keys': the id_block's ID key with SHA-384 "));
	assert_non_null(strstr(err.text, "... is not listed: have a listed one sign"));
	plan.sev.id_auth[8] = 1; // a byte that must be zero
	assert_int_equal(judge_plan(&judgement, &err), -1);
	assert_int_equal(err.kind, ERR_REFUSED);
	plan.sev.has_id_block = 0;
	expect_refused("id_keys", "there is no id_block: give one that a listed key has signed");
}

static void judges_the_platform_but_not_in_a_rehearsal(void **state)
{
	(void)state;
	rules->n_sev_firmware_min = 1;
	rules->sev_firmware_min[0].generation = GENERATION_GENOA;
	platform.generation = GENERATION_MILAN;
	expect_refused("sev_firmware_min", "this processor's generation milan is not listed: add "
					   "what its firmware must be");
	plan.rehearses = 1;
	expect_allowed();
	plan_fill(&plan, LEVEL_OFF);
	expect_allowed();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(allows_every_level_without_a_rule),
		TEST(says_that_there_is_no_file),
		TEST(judges_levels),
		TEST(judges_vcpus_and_memory),
		TEST(judges_networks),
		TEST(judges_cpu_models),
		TEST(judges_firmware_by_digest),
		TEST(judges_firmware_by_directory),
		TEST(judges_kernel_hashes),
		TEST(judges_debugging_at_every_measured_level),
		TEST(judges_each_bit_of_the_guest_policy),
		TEST(judges_that_there_is_an_id_block),
		TEST(judges_the_keys_of_an_id_block),
		TEST(judges_the_platform_but_not_in_a_rehearsal),
	};

	return cmocka_run_group_tests_name("cli/judge", tests, NULL, NULL);
}
