// SPDX-License-Identifier: Apache-2.0
// Questions about the rules of a compiled policy.

#include "policy/launch_rules.h"

#include "base/attributes.h"
#include "base/text.h"
#include "policy/host_policy_file.h"

// SEV-SNP Firmware ABI (AMD 56860) 1.58, guest policy structure; by policy_bit_words.
static const unsigned char bits[] = { 0, 16, 18, 20, 21, 22, 23, 24, 25 };
static_assert(ARRAY_LEN(bits) == HOST_POLICY_BITS + 1, "each word has a bit");

uint32_t launch_rules_policy_bit(uint32_t word)
{
	return word > 0 && word < ARRAY_LEN(bits) ? 1U << bits[word] : 0;
}

bool launch_rules_concern_off(const struct launch_rules *rules)
{
	return (rules->levels | rules->vcpus_max | rules->memory_mib_max | rules->network_kinds |
		rules->n_taps | rules->n_cpu_models | rules->n_firmware_sha256 |
		rules->n_firmware_directories) != 0;
}

int launch_rules_check(const struct launch_rules *rules, struct err *err)
{
	bool is_right = rules->n_taps <= ARRAY_LEN(rules->taps) &&
			rules->n_cpu_models <= ARRAY_LEN(rules->cpu_models) &&
			rules->n_firmware_sha256 <= ARRAY_LEN(rules->firmware_sha256) &&
			rules->n_firmware_directories <= ARRAY_LEN(rules->firmware_directories) &&
			rules->n_id_keys <= ARRAY_LEN(rules->id_keys) &&
			rules->n_author_keys <= ARRAY_LEN(rules->author_keys) &&
			rules->n_sev_firmware_min <= ARRAY_LEN(rules->sev_firmware_min);

	for (size_t i = 0; i < ARRAY_LEN(rules->taps); i++)
		is_right &= text_field_is_clean(rules->taps[i], PLAN_INTERFACE_SIZE);
	for (size_t i = 0; i < ARRAY_LEN(rules->cpu_models); i++)
		is_right &= text_field_is_clean(rules->cpu_models[i], PLAN_WORD_SIZE);
	for (size_t i = 0; i < ARRAY_LEN(rules->firmware_directories); i++)
		is_right &=
			text_field_is_clean(rules->firmware_directories[i], HOST_POLICY_PATH_SIZE);
	return is_right ? 0 : err_set(err, ERR_BUG, "the host policy was compiled to other rules");
}
