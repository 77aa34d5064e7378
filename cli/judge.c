// SPDX-License-Identifier: Apache-2.0
// The rules of the host policy about one guest, each a row and a function.

#include "cli/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text_escape.h"
#include "measure/id_block.h"
#include "policy/guest_words.h"
#include "policy/host_policy_table.h"

// SEV-SNP Firmware ABI (AMD 56860), guest policy structure; SEV API (AMD 55766), guest policy.
#define SNP_POLICY_DEBUG (UINT64_C(1) << 19)
#define SEV_POLICY_NODBG (UINT64_C(1) << 0)

typedef int judge(const struct judgement *judgement, struct err *err);

static const struct launch_rules *rules_of(const struct judgement *judgement)
{
	return &judgement->policy->rules;
}

static bool is_snp(const struct judgement *judgement)
{
	return judgement->plan->level == LEVEL_SEV_SNP;
}

static bool is_listed(const void *list, size_t n, size_t size, const void *value)
{
	for (size_t i = 0; i < n; i++)
		if (memcmp((const char *)list + i * size, value, size) == 0)
			return true;
	return false;
}

static int check_levels(const struct judgement *judgement, struct err *err)
{
	uint32_t levels = rules_of(judgement)->levels;
	char words[WORDS_LIST_SIZE];

	if (levels == 0 || (levels >> judgement->plan->level & 1) != 0)
		return 0;
	return err_set(err, ERR_REFUSED, "level '%s' is not listed: choose %s",
		       words_at(&level_words, judgement->plan->level),
		       words_list(words, &level_words, levels, "or"));
}

static int check_vcpus(const struct judgement *judgement, struct err *err)
{
	uint32_t most = rules_of(judgement)->vcpus_max;
	uint32_t vcpus = judgement->plan->vcpus;

	return most == 0 || vcpus <= most ?
		       0 :
		       err_set(err, ERR_REFUSED, "vcpus %u is above %u: give the guest fewer",
			       vcpus, most);
}

static int check_memory(const struct judgement *judgement, struct err *err)
{
	uint32_t most = rules_of(judgement)->memory_mib_max;
	uint32_t memory_mib = judgement->plan->memory_mib;

	return most == 0 || memory_mib <= most ?
		       0 :
		       err_set(err, ERR_REFUSED, "memory_mib %u is above %u: give the guest less",
			       memory_mib, most);
}

static int check_network_kinds(const struct judgement *judgement, struct err *err)
{
	uint32_t kinds = rules_of(judgement)->network_kinds;
	const struct plan *plan = judgement->plan;

	for (size_t i = 0; i < plan->n_networks && kinds != 0; i++)
		if ((kinds >> plan->networks[i].kind & 1) == 0)
			return err_set(err, ERR_REFUSED,
				       "network kind '%s' is not listed: leave the network out",
				       words_at(&network_words, plan->networks[i].kind));
	return 0;
}

static int check_taps(const struct judgement *judgement, struct err *err)
{
	const struct launch_rules *rules = rules_of(judgement);
	const struct plan *plan = judgement->plan;

	for (size_t i = 0; i < plan->n_networks && rules->n_taps > 0; i++)
		if (plan->networks[i].kind == NETWORK_TAP &&
		    !is_listed(rules->taps, rules->n_taps, sizeof(rules->taps[0]),
			       plan->networks[i].device))
			return err_set(err, ERR_REFUSED,
				       "tap device '%s' is not listed: take one that is",
				       plan->networks[i].device);
	return 0;
}

static int check_cpu_models(const struct judgement *judgement, struct err *err)
{
	const struct launch_rules *rules = rules_of(judgement);

	if (rules->n_cpu_models == 0 ||
	    is_listed(rules->cpu_models, rules->n_cpu_models, sizeof(rules->cpu_models[0]),
		      judgement->plan->cpu_model))
		return 0;
	return err_set(err, ERR_REFUSED, "cpu '%s' is not listed: choose one that is, such as '%s'",
		       judgement->plan->cpu_model, rules->cpu_models[0]);
}

static bool lies_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

static bool is_allowed_firmware(const struct judgement *judgement)
{
	const struct launch_rules *rules = rules_of(judgement);

	for (size_t i = 0; i < rules->n_firmware_directories; i++)
		if (lies_below(judgement->firmware_path, rules->firmware_directories[i]))
			return true;
	return is_listed(rules->firmware_sha256, rules->n_firmware_sha256, SHA256_BYTES,
			 judgement->firmware_sha256);
}

static int refuse_firmware(const struct judgement *judgement, const char *remedy, struct err *err)
{
	char hex[2 * SHA256_BYTES + 1];

	for (size_t i = 0; i < SHA256_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", judgement->firmware_sha256[i]);
	return err_set(err, ERR_REFUSED, "firmware '%s' with SHA-256 %s is not listed: %s",
		       TEXT_SHOW(judgement->firmware_path), hex, remedy);
}

// Either list may allow it; the first that there is speaks for both.
static int check_firmware_sha256(const struct judgement *judgement, struct err *err)
{
	if (rules_of(judgement)->n_firmware_sha256 == 0 || is_allowed_firmware(judgement))
		return 0;
	return refuse_firmware(judgement, "take one whose SHA-256 is", err);
}

static int check_firmware_directories(const struct judgement *judgement, struct err *err)
{
	if (rules_of(judgement)->n_firmware_directories == 0 || is_allowed_firmware(judgement))
		return 0;
	return refuse_firmware(judgement, "take one from below a directory that is", err);
}

static int check_kernel_hashes(const struct judgement *judgement, struct err *err)
{
	const struct plan *plan = judgement->plan;

	if (!rules_of(judgement)->kernel_hashes_required || plan->level == LEVEL_OFF ||
	    !plan->has_kernel || plan->sev.kernel_hashes)
		return 0;
	return err_set(err, ERR_REFUSED,
		       "kernel_hashes is off: turn it on, with firmware that checks the hashes");
}

static int check_debug(const struct judgement *judgement, struct err *err)
{
	uint64_t bits = judgement->plan->sev.policy;
	bool allows =
		is_snp(judgement) ? (bits & SNP_POLICY_DEBUG) != 0 : (bits & SEV_POLICY_NODBG) == 0;

	if (judgement->plan->level == LEVEL_OFF || rules_of(judgement)->debug_allowed || !allows)
		return 0;
	return err_set(err, ERR_REFUSED,
		       "guest policy 0x%" PRIx64 " lets the host debug the guest: leave "
		       "guest_policy.debug out",
		       bits);
}

static const char *word_of_bits(uint64_t bits)
{
	uint32_t word = 1;

	while (word < policy_bit_words.n && (launch_rules_policy_bit(word) & bits) == 0)
		word++;
	return words_at(&policy_bit_words, word);
}

static int check_required_bits(const struct judgement *judgement, struct err *err)
{
	uint64_t bits = judgement->plan->sev.policy;
	uint64_t lacking = rules_of(judgement)->guest_policy_required & ~bits;

	if (!is_snp(judgement) || lacking == 0)
		return 0;
	return err_set(err, ERR_REFUSED, "guest policy 0x%" PRIx64 " lacks %s: turn it on", bits,
		       word_of_bits(lacking));
}

static int check_forbidden_bits(const struct judgement *judgement, struct err *err)
{
	uint64_t bits = judgement->plan->sev.policy;
	uint64_t wrong = rules_of(judgement)->guest_policy_forbidden & bits;

	if (!is_snp(judgement) || wrong == 0)
		return 0;
	return err_set(err, ERR_REFUSED, "guest policy 0x%" PRIx64 " has %s: turn it off", bits,
		       word_of_bits(wrong));
}

static int check_id_block(const struct judgement *judgement, struct err *err)
{
	const struct plan_sev *sev = &judgement->plan->sev;

	if (!is_snp(judgement) || !rules_of(judgement)->id_block_required ||
	    (sev->has_id_block && sev->has_id_auth))
		return 0;
	return err_set(err, ERR_REFUSED, "there is no id_block: give one, see snplaunch id-block");
}

// A list of digests, and which key of the ID authentication it is about.
struct key_rule {
	const char *noun;
	const uint8_t (*digests)[LAUNCH_RULES_KEY_DIGEST_BYTES];
	uint32_t n;
	bool author;
};

static int check_key(const struct judgement *judgement, const struct key_rule *rule,
		     struct err *err)
{
	const struct plan_sev *sev = &judgement->plan->sev;
	uint8_t digest[SHA384_BYTES];
	struct id_auth auth;

	if (!is_snp(judgement) || rule->n == 0)
		return 0;
	if (!sev->has_id_block || !sev->has_id_auth)
		return err_set(err, ERR_REFUSED,
			       "there is no id_block: give one that a listed key has signed");
	if (id_auth_decode(&auth, sev->id_auth, sizeof(sev->id_auth), err) < 0) {
		err->kind = ERR_REFUSED;
		return -1;
	}
	if (rule->author && (!auth.has_author || !sev->author_key_enabled))
		return err_set(err, ERR_REFUSED,
			       "the id_block has no author key: have a listed one sign its key");
	sha384_of(rule->author ? auth.author_key.bytes : auth.id_key.bytes, P384_PUBLIC_KEY_BYTES,
		  digest);
	if (is_listed(rule->digests, rule->n, sizeof(digest), digest))
		return 0;
	return err_set(err, ERR_REFUSED,
		       "the id_block's %s key with SHA-384 %02x%02x%02x%02x... is not listed: "
		       "have a listed one sign",
		       rule->noun, digest[0], digest[1], digest[2], digest[3]);
}

static int check_id_keys(const struct judgement *judgement, struct err *err)
{
	const struct launch_rules *rules = rules_of(judgement);
	const struct key_rule rule = { "ID", rules->id_keys, rules->n_id_keys, false };

	return check_key(judgement, &rule, err);
}

static int check_author_keys(const struct judgement *judgement, struct err *err)
{
	const struct launch_rules *rules = rules_of(judgement);
	const struct key_rule rule = { "author", rules->author_keys, rules->n_author_keys, true };

	return check_key(judgement, &rule, err);
}

// What is played in a rehearsal is no firmware of this machine.
static int check_sev_firmware(const struct judgement *judgement, struct err *err)
{
	const struct plan *plan = judgement->plan;

	if (rules_of(judgement)->n_sev_firmware_min == 0 || plan->level == LEVEL_OFF ||
	    plan->rehearses)
		return 0;
	return judge_platform_check(judgement->platform, rules_of(judgement),
				    (enum level)plan->level, err);
}

static const struct {
	const char *key;
	judge *check;
} rows[] = {
	{ "levels", check_levels },
	{ "vcpus_max", check_vcpus },
	{ "memory_mib_max", check_memory },
	{ "network_kinds", check_network_kinds },
	{ "taps", check_taps },
	{ "cpu_models", check_cpu_models },
	{ "firmware_sha256", check_firmware_sha256 },
	{ "firmware_directories", check_firmware_directories },
	{ "kernel_hashes_required", check_kernel_hashes },
	{ "debug_allowed", check_debug },
	{ "guest_policy_required", check_required_bits },
	{ "guest_policy_forbidden", check_forbidden_bits },
	{ "id_block_required", check_id_block },
	{ "id_keys", check_id_keys },
	{ "author_keys", check_author_keys },
	{ "sev_firmware_min", check_sev_firmware },
};

int judge_plan(const struct judgement *judgement, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].check(judgement, err) < 0)
			return host_policy_blame(&judgement->policy->host, rows[i].key, err);
	return 0;
}
