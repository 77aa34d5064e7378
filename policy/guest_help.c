// SPDX-License-Identifier: Apache-2.0
// The option list of --help, from the table of keys.

#include "policy/guest.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/guest_table.h"

// The longest option and its placeholder, "  --guest-visible-workarounds BASE64", and two spaces.
#define TEXT_COLUMN 38
#define LINE_SIZE 256

static const char *const placeholders[FIELD_KINDS] = {
	[FIELD_NUMBER] = "N",	 [FIELD_WORD] = "WORD",	 [FIELD_SWITCH] = "on|off",
	[FIELD_NAME] = "NAME",	 [FIELD_TEXT] = "TEXT",	 [FIELD_PATH] = "PATH",
	[FIELD_CPUS] = "MODEL",	 [FIELD_HEX] = "0xN",	 [FIELD_BASE64] = "BASE64",
	[FIELD_OBJECT] = "JSON", [FIELD_ARRAY] = "JSON",
};

// What a value may be, for behind the help text.
static void write_limits(char *out, size_t size, const struct field *field)
{
	char words[WORDS_LIST_SIZE];

	out[0] = '\0';
	if (field->kind == FIELD_NUMBER)
		(void)snprintf(out, size, " (%" PRIu64 " to %" PRIu64 "%s)", field->min, field->max,
			       field->unit != NULL ? field->unit : "");
	else if (field->kind == FIELD_WORD)
		(void)snprintf(out, size, " (%s)",
			       words_list(words, field->words, WORDS_ALL, "or"));
	else if (field->kind == FIELD_BASE64)
		(void)snprintf(out, size, " (%zu bytes)", field->size);
	else if (field->kind == FIELD_ARRAY)
		(void)snprintf(out, size, " (one each use, at most %" PRIu64 ")", field->max);
	else if (field->kind == FIELD_CPUS)
		(void)snprintf(out, size, " (one each use, at most %d)", GUEST_CPUS_MAX);
}

static void write_line(char *out, const struct field *field)
{
	char option[64];
	char limits[128];

	(void)snprintf(option, sizeof(option), "--%s", field->key);
	for (char *at = option; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	if (field->kind == FIELD_ARRAY)
		option[strlen(option) - 1] = '\0'; // "--disk": one each use
	write_limits(limits, sizeof(limits), field);
	(void)snprintf(out + strlen(out), LINE_SIZE, "  %s %-*s%s%s\n", option,
		       (int)(TEXT_COLUMN - strlen("   ") - strlen(option)),
		       placeholders[field->kind], field->help, limits);
}

char *guest_options_help(void)
{
	char *help = mem_zeroed(guest_fields.n, LINE_SIZE);

	for (size_t i = 0; i < guest_fields.n; i++)
		write_line(help, &guest_fields.fields[i]);
	return help;
}
