// SPDX-License-Identifier: Apache-2.0
// One row for each QMP command: the JSON type of its answer, and how that is decoded.

#include "qmp/replies.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_base64_decode.h"
#include "base/text_escape.h"
#include "qmp/json.h"

// As QAPI spells RunState and SevState. An answer that is none of these is the first.
static const char *const run_states[] = {
	[QMP_RUN_STATE_UNKNOWN] = "unknown",
	[QMP_RUN_STATE_DEBUG] = "debug",
	[QMP_RUN_STATE_INMIGRATE] = "inmigrate",
	[QMP_RUN_STATE_INTERNAL_ERROR] = "internal-error",
	[QMP_RUN_STATE_IO_ERROR] = "io-error",
	[QMP_RUN_STATE_PAUSED] = "paused",
	[QMP_RUN_STATE_POSTMIGRATE] = "postmigrate",
	[QMP_RUN_STATE_PRELAUNCH] = "prelaunch",
	[QMP_RUN_STATE_FINISH_MIGRATE] = "finish-migrate",
	[QMP_RUN_STATE_RESTORE_VM] = "restore-vm",
	[QMP_RUN_STATE_RUNNING] = "running",
	[QMP_RUN_STATE_SAVE_VM] = "save-vm",
	[QMP_RUN_STATE_SHUTDOWN] = "shutdown",
	[QMP_RUN_STATE_SUSPENDED] = "suspended",
	[QMP_RUN_STATE_WATCHDOG] = "watchdog",
	[QMP_RUN_STATE_GUEST_PANICKED] = "guest-panicked",
	[QMP_RUN_STATE_COLO] = "colo",
};
static_assert(ARRAY_LEN(run_states) == QMP_RUN_STATES, "each run state has a word");

static const char *const sev_states[] = {
	[QMP_SEV_STATE_UNKNOWN] = "unknown",
	[QMP_SEV_STATE_UNINIT] = "uninit",
	[QMP_SEV_STATE_LAUNCH_UPDATE] = "launch-update",
	[QMP_SEV_STATE_LAUNCH_SECRET] = "launch-secret",
	[QMP_SEV_STATE_RUNNING] = "running",
	[QMP_SEV_STATE_SEND_UPDATE] = "send-update",
	[QMP_SEV_STATE_RECEIVE_UPDATE] = "receive-update",
};
static_assert(ARRAY_LEN(sev_states) == QMP_SEV_STATES, "each SEV state has a word");

static int read_fields(void *out, struct json_object *value, const struct qmp_field *fields,
		       size_t n_fields, struct err *err)
{
	return qmp_fields_read(out, value, fields, n_fields, ERR_PROTOCOL, err);
}

#define READ_FIELDS(out, value, fields, err) \
	read_fields((out), (value), (fields), ARRAY_LEN(fields), (err))

// --- Decoders: 'value' has the JSON type that reply_rows[] says. ---------------------------------

static int decode_nothing(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	(void)reply;
	(void)value;
	(void)err;
	return 0;
}

int qmp_version_decode(struct qmp_version *version, struct json_object *value, struct err *err)
{
	static const struct qmp_field numbers[] = {
		QMP_FIELD(struct qmp_version, major, "major"),
		QMP_FIELD(struct qmp_version, minor, "minor"),
		QMP_FIELD(struct qmp_version, micro, "micro"),
	};
	static const struct qmp_field texts[] = {
		QMP_FIELD(struct qmp_version, package, "package"),
	};
	struct json_object *qemu;

	if (qmp_member_find(&qemu, value, "qemu", json_type_object, ERR_PROTOCOL, err) < 0 ||
	    READ_FIELDS(version, qemu, numbers, err) < 0)
		return -1;
	return READ_FIELDS(version, value, texts, err);
}

static int decode_version(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	return qmp_version_decode(&reply->version, value, err);
}

static int decode_status(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD_WORD(struct qmp_status, state, "status", run_states),
		QMP_FIELD(struct qmp_status, running, "running"),
	};

	return READ_FIELDS(&reply->status, value, fields, err);
}

static int decode_kvm(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD(struct qmp_kvm, enabled, "enabled"),
		QMP_FIELD(struct qmp_kvm, present, "present"),
	};

	return READ_FIELDS(&reply->kvm, value, fields, err);
}

enum sev_type { SEV_TYPE_UNKNOWN, SEV_TYPE_SEV, SEV_TYPE_SEV_SNP };

// Before QEMU 9.1 there is no 'sev-type', and the members are those of "sev".
static int decode_sev_type(enum sev_type *type, struct json_object *value, struct err *err)
{
	static const char *const words[] = {
		[SEV_TYPE_UNKNOWN] = "unknown",
		[SEV_TYPE_SEV] = "sev",
		[SEV_TYPE_SEV_SNP] = "sev-snp",
	};
	const struct qmp_field field = {
		.key = "sev-type",
		.kind = QMP_FIELD_KIND_WORD,
		.size = sizeof(*type),
		.words = words,
		.n_words = ARRAY_LEN(words),
		.optional = true,
	};

	*type = SEV_TYPE_SEV;
	if (read_fields(type, value, &field, 1, err) < 0)
		return -1;
	if (*type == SEV_TYPE_UNKNOWN)
		return err_set(err, ERR_PROTOCOL, "member 'sev-type' must be sev or sev-snp");
	return 0;
}

static int decode_sev(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	static const struct qmp_field common[] = {
		QMP_FIELD(struct qmp_sev, enabled, "enabled"),
		QMP_FIELD(struct qmp_sev, api_major, "api-major"),
		QMP_FIELD(struct qmp_sev, api_minor, "api-minor"),
		QMP_FIELD(struct qmp_sev, build_id, "build-id"),
		QMP_FIELD_WORD(struct qmp_sev, state, "state", sev_states),
	};
	static const struct qmp_field sev[] = {
		QMP_FIELD(struct qmp_sev, policy, "policy"),
		QMP_FIELD(struct qmp_sev, handle, "handle"),
	};
	static const struct qmp_field snp[] = {
		QMP_FIELD(struct qmp_sev, policy, "snp-policy"),
	};
	enum sev_type type;

	if (READ_FIELDS(&reply->sev, value, common, err) < 0 ||
	    decode_sev_type(&type, value, err) < 0)
		return -1;
	reply->sev.is_snp = type == SEV_TYPE_SEV_SNP;
	if (reply->sev.is_snp)
		return READ_FIELDS(&reply->sev, value, snp, err);
	return READ_FIELDS(&reply->sev, value, sev, err);
}

static int decode_launch_measure(struct qmp_reply *reply, struct json_object *value,
				 struct err *err)
{
	struct json_object *data;

	if (qmp_member_find(&data, value, "data", json_type_string, ERR_PROTOCOL, err) < 0)
		return -1;
	if (text_base64_decode(reply->launch_measure, sizeof(reply->launch_measure),
			       json_object_get_string(data)) < 0)
		return err_set(err, ERR_PROTOCOL, "member 'data' must be base64 of %d bytes",
			       QMP_LAUNCH_MEASURE_BYTES);
	return 0;
}

static int copy_string(char **out, struct json_object *object, const char *key, struct err *err)
{
	struct json_object *string;

	if (qmp_member_find(&string, object, key, json_type_string, ERR_PROTOCOL, err) < 0)
		return -1;
	*out = mem_must(strdup(json_object_get_string(string)));
	return 0;
}

static int decode_sev_capabilities(struct qmp_reply *reply, struct json_object *value,
				   struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD(struct qmp_sev_capabilities, cbitpos, "cbitpos"),
		QMP_FIELD(struct qmp_sev_capabilities, reduced_phys_bits, "reduced-phys-bits"),
	};
	struct qmp_sev_capabilities *capabilities = &reply->sev_capabilities;

	if (READ_FIELDS(capabilities, value, fields, err) < 0 ||
	    copy_string(&capabilities->pdh, value, "pdh", err) < 0 ||
	    copy_string(&capabilities->cert_chain, value, "cert-chain", err) < 0)
		return -1;
	if (!json_object_object_get_ex(value, "cpu0-id", NULL))
		return 0;
	return copy_string(&capabilities->cpu0_id, value, "cpu0-id", err);
}

static void release_sev_capabilities(struct qmp_reply *reply)
{
	free(reply->sev_capabilities.pdh);
	free(reply->sev_capabilities.cert_chain);
	free(reply->sev_capabilities.cpu0_id);
}

// --- Lists: an array of objects becomes an array of structs. -------------------------------------

typedef int decode_item(void *item, struct json_object *object, struct err *err);

static int decode_list(void *items, size_t item_size, struct json_object *array,
		       decode_item *decode, struct err *err)
{
	size_t n = json_object_array_length(array);

	for (size_t i = 0; i < n; i++) {
		struct json_object *object = json_object_array_get_idx(array, i);

		if (!json_object_is_type(object, json_type_object))
			return err_set(err, ERR_PROTOCOL, "item %zu must be an object", i);
		if (decode((char *)items + i * item_size, object, err) < 0)
			return err_context(err, "item %zu", i);
	}
	return 0;
}

static int decode_machine(void *item, struct json_object *object, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD_NAME(struct qmp_machine, name, "name"),
		QMP_FIELD(struct qmp_machine, cpu_max, "cpu-max"),
		QMP_FIELD(struct qmp_machine, deprecated, "deprecated", .optional = true),
	};

	return READ_FIELDS(item, object, fields, err);
}

static int decode_machines(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	struct qmp_machines *machines = &reply->machines;

	machines->n = json_object_array_length(value);
	machines->items = mem_zeroed(machines->n, sizeof(*machines->items));
	return decode_list(machines->items, sizeof(*machines->items), value, decode_machine, err);
}

static void release_machines(struct qmp_reply *reply)
{
	free(reply->machines.items);
}

// As many names as fit: "pcid, invpcid, osvw and 18 more".
static int decode_unavailable(struct qmp_cpu *cpu, struct json_object *features, struct err *err)
{
	const char *room =
		cpu->unavailable + sizeof(cpu->unavailable) - sizeof(" and 4294967295 more");
	char *end = cpu->unavailable;
	size_t n_named = 0;

	cpu->n_unavailable = json_object_array_length(features);
	for (size_t i = 0; i < cpu->n_unavailable; i++) {
		struct json_object *feature = json_object_array_get_idx(features, i);
		char name[32];

		if (!json_object_is_type(feature, json_type_string) ||
		    json_object_get_string_len(feature) == 0)
			return err_set(err, ERR_PROTOCOL,
				       "member 'unavailable-features' must hold names");
		text_escape(name, sizeof(name), json_object_get_string(feature),
			    (size_t)json_object_get_string_len(feature));
		if (n_named < i || (size_t)(room - end) < strlen(", ") + strlen(name))
			continue;
		end = stpcpy(stpcpy(end, i == 0 ? "" : ", "), name);
		n_named++;
	}
	if (cpu->n_unavailable > n_named)
		(void)sprintf(end, " and %u more", (unsigned int)(cpu->n_unavailable - n_named));
	return 0;
}

static int decode_cpu(void *item, struct json_object *object, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD_NAME(struct qmp_cpu, name, "name"),
		QMP_FIELD_NAME(struct qmp_cpu, alias_of, "alias-of", .optional = true),
		QMP_FIELD(struct qmp_cpu, deprecated, "deprecated", .optional = true),
	};
	struct json_object *features;

	if (READ_FIELDS(item, object, fields, err) < 0 ||
	    qmp_member_find(&features, object, "unavailable-features", json_type_array,
			    ERR_PROTOCOL, err) < 0)
		return -1;
	return decode_unavailable(item, features, err);
}

static int decode_cpus(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	struct qmp_cpus *cpus = &reply->cpus;

	cpus->n = json_object_array_length(value);
	cpus->items = mem_zeroed(cpus->n, sizeof(*cpus->items));
	return decode_list(cpus->items, sizeof(*cpus->items), value, decode_cpu, err);
}

static void release_cpus(struct qmp_reply *reply)
{
	free(reply->cpus.items);
}

struct named {
	char name[QMP_NAME_SIZE];
};
static_assert(sizeof(struct named) == sizeof(*((struct qmp_names *)0)->items), "an item is a name");

static int decode_named(void *item, struct json_object *object, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD(struct named, name, "name"),
	};

	return READ_FIELDS(item, object, fields, err);
}

static int decode_names(struct qmp_reply *reply, struct json_object *value, struct err *err)
{
	struct qmp_names *names = &reply->names;

	names->n = json_object_array_length(value);
	names->items = mem_zeroed(names->n, sizeof(*names->items));
	return decode_list(names->items, sizeof(*names->items), value, decode_named, err);
}

static void release_names(struct qmp_reply *reply)
{
	free(reply->names.items);
}

// --- The table -----------------------------------------------------------------------------------

static const struct reply_row {
	enum json_type type;
	int (*decode)(struct qmp_reply *reply, struct json_object *value, struct err *err);
	void (*release)(struct qmp_reply *reply);
} reply_rows[] = {
	[QMP_CAPABILITIES] = { json_type_object, decode_nothing, NULL },
	[QMP_QUERY_VERSION] = { json_type_object, decode_version, NULL },
	[QMP_QUERY_STATUS] = { json_type_object, decode_status, NULL },
	[QMP_QUERY_KVM] = { json_type_object, decode_kvm, NULL },
	[QMP_QUERY_SEV] = { json_type_object, decode_sev, NULL },
	[QMP_QUERY_SEV_LAUNCH_MEASURE] = { json_type_object, decode_launch_measure, NULL },
	[QMP_QUERY_SEV_CAPABILITIES] = { json_type_object, decode_sev_capabilities,
					 release_sev_capabilities },
	[QMP_QUERY_MACHINES] = { json_type_array, decode_machines, release_machines },
	[QMP_QUERY_CPU_DEFINITIONS] = { json_type_array, decode_cpus, release_cpus },
	[QMP_QOM_LIST_TYPES] = { json_type_array, decode_names, release_names },
	[QMP_QOM_LIST_PROPERTIES] = { json_type_array, decode_names, release_names },
	[QMP_SEV_INJECT_LAUNCH_SECRET] = { json_type_object, decode_nothing, NULL },
	[QMP_CONT] = { json_type_object, decode_nothing, NULL },
	[QMP_SYSTEM_POWERDOWN] = { json_type_object, decode_nothing, NULL },
	[QMP_QUIT] = { json_type_object, decode_nothing, NULL },
};
static_assert(ARRAY_LEN(reply_rows) == QMP_COMMANDS, "each command has a reply");

const char *qmp_run_state_word(enum qmp_run_state state)
{
	assert((unsigned int)state < QMP_RUN_STATES);
	return run_states[state];
}

const char *qmp_sev_state_word(enum qmp_sev_state state)
{
	assert((unsigned int)state < QMP_SEV_STATES);
	return sev_states[state];
}

int qmp_reply_decode(struct qmp_reply *reply, enum qmp_command_name name, struct json_object *value,
		     struct err *err)
{
	const struct reply_row *row = &reply_rows[name];

	*reply = (struct qmp_reply){ .command = name };
	if (!json_object_is_type(value, row->type))
		return err_set(err, ERR_PROTOCOL, "'return' must be %s",
			       row->type == json_type_array ? "an array" : "an object");
	if (row->decode(reply, value, err) < 0) {
		qmp_reply_release(reply);
		return -1;
	}
	return 0;
}

void qmp_reply_release(struct qmp_reply *reply)
{
	if (reply_rows[reply->command].release != NULL)
		reply_rows[reply->command].release(reply);
	*reply = (struct qmp_reply){ 0 };
}
