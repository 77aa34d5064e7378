/* SPDX-License-Identifier: Apache-2.0 */
/* The QMP commands that snplaunch gives, with their arguments. */
#ifndef SNPLAUNCH_QMP_COMMANDS_H
#define SNPLAUNCH_QMP_COMMANDS_H

#include <stdbool.h>
#include <stdint.h>

/* In the order of command_rows[]. */
enum qmp_command_name {
	QMP_CAPABILITIES,
	QMP_QUERY_VERSION,
	QMP_QUERY_STATUS,
	QMP_QUERY_KVM,
	QMP_QUERY_SEV,
	QMP_QUERY_SEV_LAUNCH_MEASURE,
	QMP_QUERY_SEV_CAPABILITIES,
	QMP_QUERY_MACHINES,
	QMP_QUERY_CPU_DEFINITIONS,
	QMP_QOM_LIST_TYPES,
	QMP_QOM_LIST_PROPERTIES,
	QMP_SEV_INJECT_LAUNCH_SECRET,
	QMP_CONT,
	QMP_SYSTEM_POWERDOWN,
	QMP_QUIT,
	QMP_COMMANDS,
};

/* A command with its arguments (borrowed); NULL where the command has none of that name. */
struct qmp_command {
	enum qmp_command_name name;
	const char *implements;	   /* qom-list-types; abstract types are left out */
	const char *typename;	   /* qom-list-properties */
	const char *packet_header; /* sev-inject-launch-secret: base64 */
	const char *secret;	   /* sev-inject-launch-secret: base64 */
	bool has_gpa;		   /* sev-inject-launch-secret: else the firmware's place */
	uint64_t gpa;
};

/* "query-status". */
const char *qmp_command_word(enum qmp_command_name name);

/* The command as one line with its end, for QEMU. Owner: caller, free(). */
char *qmp_command_encode(const struct qmp_command *command, uint32_t id);

#endif
