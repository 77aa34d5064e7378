// SPDX-License-Identifier: Apache-2.0
// One row for each question to QEMU: the command, and where its answer goes.

#include "host/qemu_facts.h"

#include <limits.h>
#include <string.h>

#include "base/clock.h"
#include "qmp/session.h"

// The number in front of 'text', and 'text' behind it; -1 when there is none.
static int take_number(const char **text, unsigned int *out)
{
	const char *digit = *text;

	*out = 0;
	while (*digit >= '0' && *digit <= '9' && *out < 10000)
		*out = *out * 10 + (unsigned int)(*digit++ - '0');
	if (digit == *text)
		return -1;
	*text = digit;
	return 0;
}

// Orders machine types by the version in their name. 0 when it is not a versioned q35.
static uint64_t q35_version(const char *name)
{
	static const char prefix[] = "pc-q35-";
	unsigned int parts[3] = { 0 };
	size_t n = 0;

	if (strncmp(name, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	name += sizeof(prefix) - 1;
	do {
		if (n == ARRAY_LEN(parts) || take_number(&name, &parts[n++]) < 0)
			return 0;
	} while (*name++ == '.');
	if (name[-1] != '\0' || n < 2)
		return 0;
	return (uint64_t)parts[0] << 40 | (uint64_t)parts[1] << 20 | parts[2];
}

const struct qmp_machine *qemu_facts_newest_q35(const struct qmp_machines *machines)
{
	const struct qmp_machine *newest = NULL;
	uint64_t newest_version = 0;

	for (size_t i = 0; i < machines->n; i++) {
		const struct qmp_machine *machine = &machines->items[i];
		uint64_t version = q35_version(machine->name);

		if (machine->deprecated || version <= newest_version)
			continue;
		newest = machine;
		newest_version = version;
	}
	return newest;
}

// --- Where answers go ----------------------------------------------------------------------------

static int take_nothing(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	(void)qemu;
	(void)reply;
	(void)err;
	return 0;
}

static int take_version(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	(void)err;
	qemu->major = reply->version.major;
	qemu->minor = reply->version.minor;
	qemu->micro = reply->version.micro;
	memcpy(qemu->package, reply->version.package, sizeof(qemu->package));
	return 0;
}

static int take_kvm(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	(void)err;
	qemu->kvm_built = reply->kvm.present;
	qemu->kvm_usable = reply->kvm.enabled;
	return 0;
}

static int take_accelerators(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	(void)err;
	for (size_t i = 0; i < reply->names.n; i++)
		if (strcmp(reply->names.items[i], "tcg-accel") == 0)
			qemu->tcg_built = true;
	return 0;
}

static int take_kvm_properties(struct host_qemu *qemu, const struct qmp_reply *reply,
			       struct err *err)
{
	(void)err;
	for (size_t i = 0; i < reply->names.n; i++)
		if (strcmp(reply->names.items[i], "device") == 0)
			qemu->kvm_takes_fd = true;
	return 0;
}

static int take_machines(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	const struct qmp_machine *newest = qemu_facts_newest_q35(&reply->machines);

	if (newest == NULL)
		return err_set(err, ERR_HOST,
			       "QEMU has no machine type pc-q35 that is not deprecated");
	memcpy(qemu->machine, newest->name, sizeof(qemu->machine));
	qemu->machine_cpu_max = newest->cpu_max;
	return 0;
}

static int take_cpus(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	if (reply->cpus.n > ARRAY_LEN(qemu->cpu_models))
		return err_set(err, ERR_HOST, "QEMU has %zu CPU models, more than %zu",
			       reply->cpus.n, ARRAY_LEN(qemu->cpu_models));
	qemu->n_cpu_models = reply->cpus.n;
	for (size_t i = 0; i < reply->cpus.n; i++) {
		const struct qmp_cpu *from = &reply->cpus.items[i];
		struct host_cpu_model *to = &qemu->cpu_models[i];

		memcpy(to->name, from->name, sizeof(to->name));
		memcpy(to->alias_of, from->alias_of, sizeof(to->alias_of));
		to->deprecated = from->deprecated;
		to->runnable = from->n_unavailable == 0;
		memcpy(to->unavailable, from->unavailable, sizeof(to->unavailable));
	}
	return 0;
}

static uint32_t property_set(const struct qmp_names *names)
{
	uint32_t set = 0;

	for (size_t i = 0; i < names->n; i++)
		set |= host_property_bit(names->items[i]);
	return set;
}

static int take_sev_guest(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err)
{
	(void)err;
	qemu->sev_guest = property_set(&reply->names);
	return 0;
}

static int take_sev_snp_guest(struct host_qemu *qemu, const struct qmp_reply *reply,
			      struct err *err)
{
	(void)err;
	qemu->sev_snp_guest = property_set(&reply->names);
	return 0;
}

// --- The questions, in order ---------------------------------------------------------------------

static const struct question {
	struct qmp_command command;
	int (*take)(struct host_qemu *qemu, const struct qmp_reply *reply, struct err *err);
	bool may_refuse; // QEMU has no object of that type
} questions[] = {
	{ { .name = QMP_CAPABILITIES }, take_nothing, false },
	{ { .name = QMP_QUERY_VERSION }, take_version, false },
	{ { .name = QMP_QUERY_KVM }, take_kvm, false },
	{ { .name = QMP_QOM_LIST_TYPES, .implements = "accel" }, take_accelerators, false },
	{ { .name = QMP_QOM_LIST_PROPERTIES, .typename = "kvm-accel" }, take_kvm_properties, true },
	{ { .name = QMP_QUERY_MACHINES }, take_machines, false },
	{ { .name = QMP_QUERY_CPU_DEFINITIONS }, take_cpus, false },
	{ { .name = QMP_QOM_LIST_PROPERTIES, .typename = "sev-guest" }, take_sev_guest, true },
	{ { .name = QMP_QOM_LIST_PROPERTIES, .typename = "sev-snp-guest" },
	  take_sev_snp_guest,
	  true },
	{ { .name = QMP_QUIT }, take_nothing, false },
};

// 0 is "no deadline" to a session, so a deadline that has passed is one millisecond away.
static uint32_t timeout_until(int64_t deadline_ms)
{
	int left_ms = clock_poll_ms(deadline_ms);

	return left_ms < 1 ? 1 : (uint32_t)left_ms;
}

static int ask(struct host_qemu *qemu, struct qmp_session *session, const struct question *question,
	       int64_t deadline_ms, struct err *err)
{
	AUTO(qmp_message) struct qmp_message message = { 0 };

	if (qmp_session_call(session, &question->command, timeout_until(deadline_ms), &message,
			     err) < 0)
		return -1;
	if (message.kind == QMP_REPLY)
		return question->take(qemu, &message.reply, err);
	if (question->may_refuse)
		return 0;
	return err_set(err, ERR_HOST, "QEMU refused '%s': %s",
		       qmp_command_word(question->command.name), message.refusal.desc);
}

int qemu_facts_ask(struct host_qemu *qemu, int qmp_fd, int64_t deadline_ms, struct err *err)
{
	AUTO(qmp_session) struct qmp_session session = QMP_SESSION_EMPTY;

	*qemu = (struct host_qemu){ 0 };
	if (qmp_session_init(&session, qmp_fd, &qmp_limits_probe, timeout_until(deadline_ms), err) <
	    0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(questions); i++)
		if (ask(qemu, &session, &questions[i], deadline_ms, err) < 0)
			return err_context(err, "asking QEMU what it can do");
	return 0;
}
