/* SPDX-License-Identifier: Apache-2.0 */
/* How a table of keys writes its rows: the member's name is the key, and gives place and size. */
#ifndef SNPLAUNCH_POLICY_FIELD_ROWS_H
#define SNPLAUNCH_POLICY_FIELD_ROWS_H

#include "base/attributes.h"
#include "policy/field.h"

#define ROW(type, member, member_kind, help_text, ...) \
	{ \
		.key = #member, .help = (help_text), .kind = (member_kind), \
		.offset = offsetof(type, member), __VA_ARGS__ \
	}
#define SIZED(type, member, member_kind, help_text, ...) \
	ROW(type, member, member_kind, help_text, .size = sizeof(((type *)NULL)->member), \
	    __VA_ARGS__)
#define WORD(type, member, word_table, help_text, ...) \
	SIZED(type, member, FIELD_WORD, help_text, .words = &(word_table), __VA_ARGS__)
#define SWITCH(type, member, help_text, ...) \
	SIZED(type, member, FIELD_SWITCH, help_text, __VA_ARGS__)
/* The elements of an array member, counted by n_MEMBER; 'table' says what they are. */
#define ELEMENTS(type, member, member_kind, table, help_text, ...) \
	ROW(type, member, member_kind, help_text, .size = sizeof(((type *)NULL)->member[0]), \
	    .members = &(table), .max = ARRAY_LEN(((type *)NULL)->member), \
	    .count_offset = offsetof(type, n_##member), __VA_ARGS__)

#endif
