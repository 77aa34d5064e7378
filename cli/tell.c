// SPDX-License-Identifier: Apache-2.0
// Says what happens, once as text and once as an event.

#include "cli/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "host/failure_codes.h"

// What the owner needs beside it is part of what it authenticates: version, build, policy.
void tell_measured(struct supervisor *s)
{
	struct json_object *fields = json_object_new_object();
	char version[16];
	char policy[24];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", s->sev.api_major, s->sev.api_minor,
		       s->sev.build_id);
	(void)snprintf(policy, sizeof(policy), "0x%" PRIx64, s->sev.policy);
	(void)json_object_object_add(fields, "measurement", json_object_new_string(s->measurement));
	(void)json_object_object_add(fields, "sev_firmware", json_object_new_string(version));
	(void)json_object_object_add(fields, "guest_policy", json_object_new_string(policy));
	events_tell(s->events, "measured", fields);
	log_info("launch measurement: %s (SEV firmware %s, guest policy %s)", s->measurement,
		 version, policy);
}

// The firmware's code where it gave one, else that of the kernel's call.
static bool is_telling(const struct failure_values *values, const struct failure_value *value)
{
	if (value->kind != FAILURE_VALUE_ERRNO)
		return value->number != 0;
	for (size_t i = 0; i < values->n; i++)
		if (values->items[i].kind == FAILURE_VALUE_FIRMWARE && values->items[i].number != 0)
			return false;
	return true;
}

static void tell_codes(const struct failure_values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct failure_value *value = &values->items[i];
		const struct failure_code *code = failure_code_find(value);
		char number[40];

		if (code != NULL && is_telling(values, value))
			log_error("code: %s %s: %s, %s", failure_value_word(value->kind),
				  failure_value_text(number, sizeof(number), value), code->name,
				  code->meaning);
	}
}

// Both were equal when they were compared here, so it is the launch that was another one.
static void tell_digests(const struct launch *launch)
{
	char computed[MEASUREMENT_HEX_SIZE];
	char said[MEASUREMENT_HEX_SIZE];

	if (!launch->plan.sev.has_id_block)
		return;
	measurement_id_block_hex(said, &launch->plan);
	log_error(
		"the launch digest is not the one in the ID block: computed %s, the block says %s",
		measurement_hex(computed, &launch->measurement), said);
}

void tell_console_why(const struct explanation *why)
{
	if (why->failure == NULL)
		return;
	log_error("the guest's console tells the cause: %s", why->failure->cause);
	tell_codes(&why->values);
	log_error("remedy: %s", why->failure->remedy);
}

void tell_why(const struct supervisor *s)
{
	const struct failure *failure = s->why.failure;

	if (failure == NULL)
		return;
	tell_codes(&s->why.values);
	log_error("cause: %s", failure->cause);
	if (strcmp(failure->name, "digest-differs") == 0)
		tell_digests(s->launch);
	log_error("remedy: %s", failure->remedy);
}

void tell_news(struct supervisor *s)
{
	const struct qmp_event *event = &s->message.event;
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "name", json_object_new_string(event->text));
	if (event->name == QMP_EVENT_BLOCK_IO_ERROR) {
		const struct qmp_block_io_error *io = &event->block_io_error;

		log_warning("disk '%s': %s failed: %s%s",
			    io->node_name[0] != '\0' ? io->node_name : io->device, io->operation,
			    io->reason,
			    strcmp(io->action, "stop") == 0 ? "; the guest is paused" : "");
		(void)json_object_object_add(fields, "reason", json_object_new_string(io->reason));
	} else if (event->name == QMP_EVENT_GUEST_PANICKED) {
		log_warning("the guest panicked %s", event->guest_panicked.info);
	}
	events_tell(s->events, "qemu", fields);
}
