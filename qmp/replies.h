/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU answers to the commands that snplaunch gives, as C types. */
#ifndef SNPLAUNCH_QMP_REPLIES_H
#define SNPLAUNCH_QMP_REPLIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"
#include "qmp/commands.h"

#define QMP_NAME_SIZE 64  /* machine types, CPU models, object types, properties; with NUL */
#define QMP_TEXT_SIZE 160 /* what is only shown, escaped; with NUL */

#define QMP_UNAVAILABLE_SIZE 256

/* The launch measurement of SEV and SEV-ES: HMAC-SHA256 and MNONCE (AMD 55766, LAUNCH_MEASURE). */
#define QMP_LAUNCH_MEASURE_BYTES 48

/* What QEMU's run state is; a word that we do not know is the first. */
enum qmp_run_state {
	QMP_RUN_STATE_UNKNOWN,
	QMP_RUN_STATE_DEBUG,
	QMP_RUN_STATE_INMIGRATE,
	QMP_RUN_STATE_INTERNAL_ERROR,
	QMP_RUN_STATE_IO_ERROR,
	QMP_RUN_STATE_PAUSED,
	QMP_RUN_STATE_POSTMIGRATE,
	QMP_RUN_STATE_PRELAUNCH,
	QMP_RUN_STATE_FINISH_MIGRATE,
	QMP_RUN_STATE_RESTORE_VM,
	QMP_RUN_STATE_RUNNING,
	QMP_RUN_STATE_SAVE_VM,
	QMP_RUN_STATE_SHUTDOWN,
	QMP_RUN_STATE_SUSPENDED,
	QMP_RUN_STATE_WATCHDOG,
	QMP_RUN_STATE_GUEST_PANICKED,
	QMP_RUN_STATE_COLO,
	QMP_RUN_STATES,
};

enum qmp_sev_state {
	QMP_SEV_STATE_UNKNOWN,
	QMP_SEV_STATE_UNINIT,
	QMP_SEV_STATE_LAUNCH_UPDATE,
	QMP_SEV_STATE_LAUNCH_SECRET,
	QMP_SEV_STATE_RUNNING,
	QMP_SEV_STATE_SEND_UPDATE,
	QMP_SEV_STATE_RECEIVE_UPDATE,
	QMP_SEV_STATES,
};

struct qmp_version {
	uint32_t major;
	uint32_t minor;
	uint32_t micro;
	char package[QMP_TEXT_SIZE];
};

struct qmp_status {
	enum qmp_run_state state;
	bool running;
};

struct qmp_kvm {
	bool enabled;
	bool present;
};

/* Both shapes of SevInfo: the flat one before QEMU 9.1 and the union since. */
struct qmp_sev {
	bool enabled;
	bool is_snp;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build_id;
	enum qmp_sev_state state;
	uint64_t policy; /* 'policy', or 'snp-policy' when is_snp */
	uint32_t handle; /* not with is_snp */
};

struct qmp_sev_capabilities {
	char *pdh;	  /* base64; owner: the reply */
	char *cert_chain; /* base64; owner: the reply */
	char *cpu0_id;	  /* base64, NULL before QEMU 7.1; owner: the reply */
	uint32_t cbitpos;
	uint32_t reduced_phys_bits;
};

struct qmp_machine {
	char name[QMP_NAME_SIZE];
	uint32_t cpu_max;
	bool deprecated;
};

struct qmp_machines {
	size_t n;
	struct qmp_machine *items; /* owner: the reply */
};

struct qmp_cpu {
	char name[QMP_NAME_SIZE];
	char alias_of[QMP_NAME_SIZE]; /* empty: not an alias */
	bool deprecated;
	/* How many features keep it from running with QEMU's accelerator. */
	size_t n_unavailable;
	/* For people: "pcid, invpcid, osvw and 18 more"; escaped; empty when there are none. */
	char unavailable[QMP_UNAVAILABLE_SIZE];
};

struct qmp_cpus {
	size_t n;
	struct qmp_cpu *items; /* owner: the reply */
};

/* The answer of qom-list-types and of qom-list-properties. */
struct qmp_names {
	size_t n;
	char (*items)[QMP_NAME_SIZE]; /* escaped and cut; owner: the reply */
};

/* The answer to a command; a command that only succeeds has no member here. */
struct qmp_reply {
	enum qmp_command_name command;
	union {
		struct qmp_version version;
		struct qmp_status status;
		struct qmp_kvm kvm;
		struct qmp_sev sev;
		uint8_t launch_measure[QMP_LAUNCH_MEASURE_BYTES];
		struct qmp_sev_capabilities sev_capabilities;
		struct qmp_machines machines;
		struct qmp_cpus cpus;
		struct qmp_names names;
	};
};

/* "prelaunch"; "unknown" for QMP_RUN_STATE_UNKNOWN. */
const char *qmp_run_state_word(enum qmp_run_state state);

/* "launch-secret"; "unknown" for QMP_SEV_STATE_UNKNOWN. */
const char *qmp_sev_state_word(enum qmp_sev_state state);

/*
 * Decodes what 'return' holds. Unknown members are left alone, because QMP may grow.
 * Errors: ERR_PROTOCOL, naming the member. Owner: caller, qmp_reply_release().
 */
int qmp_reply_decode(struct qmp_reply *reply, enum qmp_command_name name, struct json_object *value,
		     struct err *err) MUST_CHECK;

/* Decodes {"qemu": {...}, "package": ...}, which the greeting holds too. */
int qmp_version_decode(struct qmp_version *version, struct json_object *value,
		       struct err *err) MUST_CHECK;

/* Frees the lists and texts. Accepts a zeroed struct. */
void qmp_reply_release(struct qmp_reply *reply);

#endif
