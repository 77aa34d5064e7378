// SPDX-License-Identifier: Apache-2.0
// Checks between keys: what each row of the table needs, and the few rules that are no row's.

#include "policy/guest.h"

#include <stdio.h>

#include "policy/guest_table.h"
#include "policy/guest_words.h"

struct check {
	const struct guest *guest;
	uint32_t levels; // a bit for each that is asked for; 0: 'level' is missing
	struct err_list *errors;
};

// "host_data", or "guest_policy.smt" for a member.
static const char *full_name(char out[64], const struct field *outer, const struct field *field)
{
	(void)snprintf(out, 64, "%s%s%s", outer != NULL ? outer->key : "", outer != NULL ? "." : "",
		       field->key);
	return out;
}

// Returns false after naming a level that does not know the key.
static bool check_level(const struct check *check, const struct field *outer,
			const struct field *field)
{
	char levels[WORDS_LIST_SIZE];
	char asked[WORDS_LIST_SIZE];
	char name[64];
	struct err err;

	if (check->levels == 0 || field->levels == 0 || (field->levels & check->levels) != 0)
		return true;
	(void)err_set(&err, ERR_GUEST_FILE, "key '%s' needs level %s, but key 'level' is '%s'",
		      full_name(name, outer, field),
		      words_list(levels, &level_words, field->levels, "or"),
		      words_list(asked, &level_words, check->levels, "and"));
	err_list_add(check->errors, &err);
	return false;
}

static void check_needed_key(const struct check *check, const struct field *field)
{
	struct err err;

	if (field->needs == NULL ||
	    field_is_given(field_find(&guest_fields, field->needs), check->guest))
		return;
	(void)err_set(&err, ERR_GUEST_FILE, "key '%s' needs key '%s', which is not given",
		      field->key, field->needs);
	err_list_add(check->errors, &err);
}

// A number says something of every bit, so not of a member that its author never named.
static bool is_policy_by_number(const struct check *check, const struct field *field)
{
	return check->guest->guest_policy.by_number &&
	       field_const_member(field, check->guest) == &check->guest->guest_policy;
}

static void check_members(const struct check *check, const struct field *outer)
{
	const void *base = field_const_member(outer, check->guest);
	char name[64];
	struct err err;

	for (size_t i = 0; i < outer->members->n; i++) {
		const struct field *field = &outer->members->fields[i];
		bool given = field_is_given(field, base);

		if (given)
			(void)check_level(check, outer, field);
		if (given && field->needs != NULL &&
		    !field_is_given(field_find(outer->members, field->needs), base)) {
			(void)err_set(&err, ERR_GUEST_FILE,
				      "key '%s.%s' needs key '%s.%s', which is not given",
				      outer->key, field->key, outer->key, field->needs);
			err_list_add(check->errors, &err);
		}
		if (given || !field->required)
			continue;
		(void)err_set(&err, ERR_GUEST_FILE, "key '%s' needs key '%s', which is not given",
			      outer->key, full_name(name, outer, field));
		err_list_add(check->errors, &err);
	}
}

// Rules about values; everything else is a column of the table.
static void check_values(const struct check *check)
{
	const struct guest *guest = check->guest;
	struct err err;

	if (check->levels == 0) {
		char levels[WORDS_LIST_SIZE];

		(void)err_set(&err, ERR_GUEST_FILE, "key 'level' is missing: %s",
			      words_list(levels, &level_words, WORDS_ALL, "or"));
		err_list_add(check->errors, &err);
	}
	if (guest->accel == ACCEL_TCG && (check->levels & ~(1U << LEVEL_OFF)) != 0) {
		char asked[WORDS_LIST_SIZE];

		(void)err_set(&err, ERR_GUEST_FILE,
			      "key 'accel' is 'tcg', which needs level off, but key 'level' "
			      "is '%s': use --accel kvm",
			      words_list(asked, &level_words, check->levels, "and"));
		err_list_add(check->errors, &err);
	}
	if (guest->guest_policy.by_number &&
	    (guest->level == LEVEL_SEV || guest->level == LEVEL_SEV_ES)) {
		(void)err_set(&err, ERR_GUEST_FILE,
			      "key 'guest_policy' is a number, which needs level sev-snp, but key "
			      "'level' is '%s': name its members",
			      level_word(guest->level));
		err_list_add(check->errors, &err);
	}
}

int guest_check_levels(const struct guest *guest, uint32_t levels, struct err_list *errors)
{
	const struct check check = { .guest = guest, .levels = levels, .errors = errors };
	size_t n_before = err_list_total(errors);

	check_values(&check);
	for (size_t i = 0; i < guest_fields.n; i++) {
		const struct field *field = &guest_fields.fields[i];

		if (!field_is_given(field, guest))
			continue;
		check_needed_key(&check, field);
		if (check_level(&check, NULL, field) && field->kind == FIELD_OBJECT &&
		    !is_policy_by_number(&check, field))
			check_members(&check, field);
	}
	return err_list_total(errors) == n_before ? 0 : -1;
}

int guest_check(const struct guest *guest, struct err_list *errors)
{
	uint32_t levels = guest->level != LEVEL_UNSET ? 1U << guest->level : 0;

	return guest_check_levels(guest, levels, errors);
}
