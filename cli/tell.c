// SPDX-License-Identifier: Apache-2.0
// Says what happens, once as text and once as an event.

#include "cli/tell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

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
