/* SPDX-License-Identifier: Apache-2.0 */
/* Answers PROBE and START. */
#ifndef SNPLAUNCH_LAUNCHER_START_H
#define SNPLAUNCH_LAUNCHER_START_H

#include "launcher/monitor.h"

/*
 * Starts a QEMU by way of the jail program: opens what takes privilege and is in the request's struct
 * plan_needs, and hands the request's descriptors through. 'reply' gets struct start_facts.
 */
int start_qemu(struct monitor *monitor, const struct wire_message *request,
	       struct wire_message *reply, struct err *err) MUST_CHECK;

#endif
