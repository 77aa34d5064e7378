/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The seccomp filters as tables: what each process may do, and why. Read when snplaunch is built,
 * by the tests and by what explains the confinement; the launcher does not link them.
 */
#ifndef SNPLAUNCH_CONFINE_FILTER_TABLES_H
#define SNPLAUNCH_CONFINE_FILTER_TABLES_H

#include <stddef.h>
#include <stdint.h>

#include "confine/filter.h"

/* The last system call that these tables have judged (Linux 5.17). Newer ones fail with ENOSYS. */
#define FILTER_NEWEST_CALL 450
#define FILTER_CONDITIONS_MAX 2

/*
 * True when 'argument' (from 1; 0: always true) under 'mask' is 'value'. An int has a mask of 32
 * bits at most, because the kernel ignores its high half: comparing that could be evaded.
 */
struct filter_condition {
	unsigned int argument;
	uint64_t mask;
	uint64_t value;
};

struct filter_row {
	const char *call;
	unsigned int number;
	struct filter_condition conditions[FILTER_CONDITIONS_MAX]; /* all must be true */
	uint32_t action; /* SECCOMP_RET_*, with its errno */
	const char *reason;
};

/* Rows that several filters share. */
struct filter_part {
	const struct filter_row *rows;
	size_t n_rows;
};

#define FILTER_PARTS_MAX 6

struct filter_table {
	const char *name;
	const char *description;
	uint32_t otherwise; /* the action for what no row matches */
	struct filter_part parts[FILTER_PARTS_MAX];
};

/* Everything about a filter. The first row that matches a call decides. */
const struct filter_table *filter_table(enum filter which);

/* The nth row of a table, through all its parts; NULL behind the last. */
const struct filter_row *filter_table_row(const struct filter_table *table, size_t nth);

#endif
