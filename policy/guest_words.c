// SPDX-License-Identifier: Apache-2.0
// One table of words for each enum that a guest file can name.

#include "policy/guest_words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/guest.h"

#define DEFINE_WORDS(name, n_values, ...) \
	static const char *const name##_names[] = { __VA_ARGS__ }; \
	static_assert(ARRAY_LEN(name##_names) == (n_values), "each value has a word"); \
	const struct words name##_words = { name##_names, ARRAY_LEN(name##_names) }

DEFINE_WORDS(level, LEVELS, [LEVEL_OFF] = "off", [LEVEL_SEV] = "sev", [LEVEL_SEV_ES] = "sev-es",
	     [LEVEL_SEV_SNP] = "sev-snp", );

DEFINE_WORDS(accel, ACCELS, [ACCEL_KVM] = "kvm", [ACCEL_TCG] = "tcg", );

DEFINE_WORDS(on_off, ON_OFFS, [ON_OFF_OFF] = "off", [ON_OFF_ON] = "on", );

DEFINE_WORDS(hashes, HASHES_CHOICES, [HASHES_REFUSE] = "refuse", [HASHES_ACCEPT] = "accept", );

DEFINE_WORDS(
	console,
	CONSOLE_KINDS, [CONSOLE_STDIO] = "stdio", [CONSOLE_LOG] = "log", [CONSOLE_NONE] = "none", );

DEFINE_WORDS(reset, RESET_ACTIONS, [RESET_EXIT] = "exit", [RESET_RELAUNCH] = "relaunch", );

DEFINE_WORDS(disk_format, DISK_FORMATS, [DISK_RAW] = "raw", [DISK_QCOW2] = "qcow2", );

DEFINE_WORDS(network, NETWORK_KINDS, [NETWORK_TAP] = "tap", );

uint32_t words_find(const struct words *words, const char *word)
{
	for (uint32_t i = 1; i < words->n; i++)
		if (strcmp(words->names[i], word) == 0)
			return i;
	return 0;
}

char *words_list(char *out, const struct words *words, uint32_t mask, const char *conjunction)
{
	size_t used = 0;
	unsigned int n_left = 0;

	for (size_t i = 1; i < words->n; i++)
		n_left += mask >> i & 1;
	out[0] = '\0';
	for (size_t i = 1; i < words->n; i++) {
		const char *behind = "";

		if ((mask >> i & 1) == 0)
			continue;
		n_left--;
		if (n_left == 1)
			behind = conjunction;
		used += (size_t)snprintf(out + used, WORDS_LIST_SIZE - used, "%s%s%s%s",
					 words->names[i],
					 n_left > 1 ? ", " :
					 n_left	    ? " " :
						      "",
					 behind, n_left == 1 ? " " : "");
		assert(used < WORDS_LIST_SIZE);
	}
	return out;
}

static const char *word_of(const struct words *words, uint32_t value)
{
	return value < words->n ? words->names[value] : NULL;
}

const char *level_word(enum level level)
{
	return word_of(&level_words, level);
}

const char *accel_word(enum accel accel)
{
	return word_of(&accel_words, accel);
}

const char *console_word(enum console_kind kind)
{
	return word_of(&console_words, kind);
}

const char *disk_format_word(enum disk_format format)
{
	return word_of(&disk_format_words, format);
}
