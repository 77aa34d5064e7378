/* SPDX-License-Identifier: Apache-2.0 */
/* What came out of a rehearsal, for people and for programs. */
#ifndef SNPLAUNCH_CLI_REHEARSAL_REPORT_H
#define SNPLAUNCH_CLI_REHEARSAL_REPORT_H

#include <json-c/json.h>

#include "base/err.h"
#include "cli/launch.h"
#include "cli/rehearsal_account.h"

/* All is borrowed. */
struct rehearsal {
	const struct launch *launch;
	const struct trace *expected;
	const struct rehearsal_account *account;
	int n_launches; /* of the same bytes; the account is of the last */
};

/* Prints it to standard output: ranges only where the digests differ. */
void rehearsal_print(const struct rehearsal *rehearsal);

/* The same as a JSON object, with every range. Owner: caller. */
struct json_object *rehearsal_json(const struct rehearsal *rehearsal);

/* What came out, for a record. Owner: caller. */
struct json_object *rehearsal_outcome_json(const struct rehearsal *rehearsal);

/*
 * True when QEMU caused the expected digest, or was refused: when this rehearsal says something,
 * however QEMU ended. 'verdict' is of kind ERR_NONE or ERR_VERDICT.
 */
bool rehearsal_judge(const struct rehearsal *rehearsal, struct err *verdict);

#endif
