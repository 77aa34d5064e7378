// SPDX-License-Identifier: Apache-2.0
// One table of words for each enum that a guest file can name.

#include "policy/guest_words.h"

#include "policy/guest.h"

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

const char *level_word(enum level level)
{
	return words_at(&level_words, level);
}

const char *accel_word(enum accel accel)
{
	return words_at(&accel_words, accel);
}

const char *console_word(enum console_kind kind)
{
	return words_at(&console_words, kind);
}

const char *disk_format_word(enum disk_format format)
{
	return words_at(&disk_format_words, format);
}
