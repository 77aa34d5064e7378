/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of 'report' expect of an attestation report's fields. */
#ifndef SNPLAUNCH_CLI_REPORT_EXPECT_H
#define SNPLAUNCH_CLI_REPORT_EXPECT_H

#include <stdbool.h>

#include "cli/checks.h"
#include "cli/command.h"
#include "measure/report.h"

/* The first option that expects something of a field; NULL when none is given. */
const char *report_expect_option(const struct options *options);

/* Compares the report with each such option that is given. Errors: ERR_USAGE for its value. */
int report_expect(struct checks *checks, const struct options *options, const struct report *report,
		  struct err *err) MUST_CHECK;

#endif
