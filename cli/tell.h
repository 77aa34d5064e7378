/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor has to say to people and programs while a launch goes on. */
#ifndef SNPLAUNCH_CLI_TELL_H
#define SNPLAUNCH_CLI_TELL_H

#include "cli/transitions.h"

/* The launch measurement, with what its owner needs to verify it. */
void tell_measured(struct supervisor *supervisor);

/* QEMU's event that has just come, unless the table has a name for it. */
void tell_news(struct supervisor *supervisor);

/* Why the guest failed, as far as its console tells; nothing when that is not known. */
void tell_console_why(const struct explanation *why);

/* Why the launch failed, as far as QEMU's standard error tells: code, cause, remedy. */
void tell_why(const struct supervisor *supervisor);

#endif
