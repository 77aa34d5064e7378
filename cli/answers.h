/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest that runs answers on its control socket. */
#ifndef SNPLAUNCH_CLI_ANSWERS_H
#define SNPLAUNCH_CLI_ANSWERS_H

#include "cli/control.h"
#include "cli/transitions.h"

/*
 * A control_answer whose context is a struct supervisor: {"command": "status"} and such is answered
 * by {"return": ...}, anything else by {"error": {"kind": ..., "text": ...}}.
 */
control_answer answers_give;

/* Answers who has the launch continue: that it does, or with a refusal. */
void answers_finish(struct supervisor *supervisor, const struct err *refusal);

#endif
