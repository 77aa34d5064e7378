// SPDX-License-Identifier: Apache-2.0
// Commands as QEMU gets them, and its answers and events as C types.

#include "tests/qmp/peer.h"

#include <stdlib.h>

#include "qmp/json.h"

static struct json_object *parse(const char *text)
{
	struct json_object *value = json_tokener_parse(text);

	assert_non_null(value);
	return value;
}

static void expect_line(const struct qmp_command *command, const char *expected)
{
	AUTO(mem) char *line = qmp_command_encode(command, 7);

	assert_string_equal(line, expected);
}

static void encodes_commands_with_their_arguments(void **state)
{
	(void)state;
	expect_line(&(struct qmp_command){ .name = QMP_QUERY_STATUS },
		    "{\"execute\":\"query-status\",\"id\":7,\"arguments\":{}}\n");
	expect_line(&(struct qmp_command){ .name = QMP_QOM_LIST_TYPES, .implements = "accel" },
		    "{\"execute\":\"qom-list-types\",\"id\":7,\"arguments\":"
		    "{\"abstract\":false,\"implements\":\"accel\"}}\n");
	expect_line(
		&(struct qmp_command){ .name = QMP_QOM_LIST_PROPERTIES, .typename = "sev-guest" },
		"{\"execute\":\"qom-list-properties\",\"id\":7,\"arguments\":"
		"{\"typename\":\"sev-guest\"}}\n");
	expect_line(&(struct qmp_command){ .name = QMP_SEV_INJECT_LAUNCH_SECRET,
					   .packet_header = "AA/=",
					   .secret = "a\"\n" },
		    "{\"execute\":\"sev-inject-launch-secret\",\"id\":7,\"arguments\":"
		    "{\"packet-header\":\"AA/=\",\"secret\":\"a\\\"\\n\"}}\n");
	expect_line(&(struct qmp_command){ .name = QMP_SEV_INJECT_LAUNCH_SECRET,
					   .packet_header = "AA==",
					   .secret = "BB==",
					   .has_gpa = true,
					   .gpa = 0x10000 },
		    "{\"execute\":\"sev-inject-launch-secret\",\"id\":7,\"arguments\":"
		    "{\"gpa\":65536,\"packet-header\":\"AA==\",\"secret\":\"BB==\"}}\n");
}

static void expect_reply(struct qmp_reply *reply, enum qmp_command_name name, const char *text)
{
	AUTO(json) struct json_object *value = parse(text);
	struct err err;

	if (qmp_reply_decode(reply, name, value, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(reply->command, name);
}

static void expect_mistake(enum qmp_command_name name, const char *text, const char *error)
{
	AUTO(json) struct json_object *value = parse(text);
	struct qmp_reply reply;
	struct err err;

	assert_int_equal(qmp_reply_decode(&reply, name, value, &err), -1);
	peer_expect_error(&err, ERR_PROTOCOL, error);
}

static void decodes_query_version(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_VERSION,
		     "{\"qemu\": {\"micro\": 2, \"minor\": 0, "
		     "\"major\": 10}, \"package\": \"Debian 1:10.0.2\\u0007\", \"new\": []}");
	assert_int_equal(reply.version.major, 10);
	assert_int_equal(reply.version.minor, 0);
	assert_int_equal(reply.version.micro, 2);
	assert_string_equal(reply.version.package, "Debian 1:10.0.2\\x07");
	expect_mistake(QMP_QUERY_VERSION, "{\"package\": \"\"}", "member 'qemu' is missing");
	expect_mistake(QMP_QUERY_VERSION,
		       "{\"qemu\": {\"micro\": 2.0, \"minor\": 0, \"major\": 1}}",
		       "member 'micro' must be an integer");
}

static void decodes_query_status(void **state)
{
	struct qmp_reply reply;

	(void)state;
	for (unsigned int i = 1; i < QMP_RUN_STATES; i++) {
		char text[100];

		(void)snprintf(text, sizeof(text), "{\"status\": \"%s\", \"running\": false}",
			       qmp_run_state_word(i));
		expect_reply(&reply, QMP_QUERY_STATUS, text);
		assert_int_equal(reply.status.state, i);
	}
	expect_reply(&reply, QMP_QUERY_STATUS, "{\"status\": \"dancing\", \"running\": true}");
	assert_int_equal(reply.status.state, QMP_RUN_STATE_UNKNOWN);
	assert_true(reply.status.running);
	expect_mistake(QMP_QUERY_STATUS, "{\"status\": 1, \"running\": true}",
		       "member 'status' must be a string");
}

static void decodes_query_kvm(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_KVM, "{\"enabled\": false, \"present\": true}");
	assert_false(reply.kvm.enabled);
	assert_true(reply.kvm.present);
	expect_mistake(QMP_QUERY_KVM, "[]", "'return' must be an object");
}

#define SEV_COMMON "{\"enabled\": true, \"api-major\": 1, \"api-minor\": 55, \"build-id\": 36, "

static void decodes_query_sev_of_every_qemu(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_SEV,
		     SEV_COMMON "\"state\": \"launch-secret\", \"policy\": 5, \"handle\": 3}");
	assert_true(reply.sev.enabled);
	assert_false(reply.sev.is_snp);
	assert_int_equal(reply.sev.api_major, 1);
	assert_int_equal(reply.sev.api_minor, 55);
	assert_int_equal(reply.sev.build_id, 36);
	assert_int_equal(reply.sev.state, QMP_SEV_STATE_LAUNCH_SECRET);
	assert_int_equal(reply.sev.policy, 5);
	assert_int_equal(reply.sev.handle, 3);
	expect_reply(&reply, QMP_QUERY_SEV,
		     SEV_COMMON "\"state\": \"running\", "
				"\"sev-type\": \"sev\", \"policy\": 1, \"handle\": 9}");
	assert_int_equal(reply.sev.handle, 9);
	expect_reply(&reply, QMP_QUERY_SEV,
		     SEV_COMMON "\"state\": \"running\", "
				"\"sev-type\": \"sev-snp\", \"snp-policy\": 18446744073709551615}");
	assert_true(reply.sev.is_snp);
	assert_true(reply.sev.policy == UINT64_MAX);
}

static void refuses_other_shapes_of_query_sev(void **state)
{
	(void)state;
	expect_mistake(QMP_QUERY_SEV, SEV_COMMON "\"state\": \"running\", \"sev-type\": \"tdx\"}",
		       "member 'sev-type' must be sev or sev-snp");
	expect_mistake(QMP_QUERY_SEV,
		       SEV_COMMON "\"state\": \"running\", "
				  "\"sev-type\": \"sev-snp\", \"policy\": 1}",
		       "member 'snp-policy' is missing");
	expect_mistake(QMP_QUERY_SEV,
		       SEV_COMMON "\"state\": \"running\", \"policy\": -1, "
				  "\"handle\": 1}",
		       "member 'policy' must be 0 to 18446744073709551615, not -1");
	expect_mistake(QMP_QUERY_SEV, "{\"enabled\": true, \"api-major\": 256}",
		       "member 'api-major' must be 0 to 255, not 256");
}

static void decodes_the_launch_measurement(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_SEV_LAUNCH_MEASURE,
		     "{\"data\": "
		     "\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\"}");
	for (unsigned int i = 0; i < QMP_LAUNCH_MEASURE_BYTES; i++)
		assert_int_equal(reply.launch_measure[i], i);
	expect_mistake(QMP_QUERY_SEV_LAUNCH_MEASURE, "{\"data\": \"AAEC\"}",
		       "member 'data' must be base64 of 48 bytes");
}

static void decodes_sev_capabilities(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_SEV_CAPABILITIES,
		     "{\"pdh\": \"AA==\", "
		     "\"cert-chain\": \"AQ==\", \"cpu0-id\": \"Ag==\", \"cbitpos\": 51, "
		     "\"reduced-phys-bits\": 1}");
	assert_string_equal(reply.sev_capabilities.pdh, "AA==");
	assert_string_equal(reply.sev_capabilities.cert_chain, "AQ==");
	assert_string_equal(reply.sev_capabilities.cpu0_id, "Ag==");
	assert_int_equal(reply.sev_capabilities.cbitpos, 51);
	assert_int_equal(reply.sev_capabilities.reduced_phys_bits, 1);
	qmp_reply_release(&reply);
	expect_reply(&reply, QMP_QUERY_SEV_CAPABILITIES,
		     "{\"pdh\": \"\", \"cert-chain\": \"\", "
		     "\"cbitpos\": 51, \"reduced-phys-bits\": 1}");
	assert_null(reply.sev_capabilities.cpu0_id);
	qmp_reply_release(&reply);
	expect_mistake(QMP_QUERY_SEV_CAPABILITIES,
		       "{\"pdh\": \"\", \"cert-chain\": 1, "
		       "\"cbitpos\": 51, \"reduced-phys-bits\": 1}",
		       "member 'cert-chain' must be a string");
}

static void decodes_machines(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_MACHINES,
		     "[{\"name\": \"pc-q35-10.0\", \"cpu-max\": 4096, "
		     "\"deprecated\": false, \"alias\": \"q35\"}, "
		     "{\"name\": \"pc-q35-2.4\", \"cpu-max\": 255}]");
	assert_int_equal(reply.machines.n, 2);
	assert_string_equal(reply.machines.items[0].name, "pc-q35-10.0");
	assert_int_equal(reply.machines.items[0].cpu_max, 4096);
	assert_false(reply.machines.items[1].deprecated);
	qmp_reply_release(&reply);
	expect_mistake(QMP_QUERY_MACHINES, "{}", "'return' must be an array");
	expect_mistake(QMP_QUERY_MACHINES, "[1]", "item 0 must be an object");
	expect_mistake(QMP_QUERY_MACHINES, "[{\"name\": \"a,b=c\", \"cpu-max\": 1}]",
		       "item 0: member 'name' must be a name of at most 63 letters, digits, "
		       "'.', '_' and '-', not 'a,b=c'");
}

// However many QEMU names, what is kept ends with a whole name and the number of the others.
static void names_as_many_missing_features_as_fit(void **state)
{
	struct qmp_reply reply;
	struct qmp_cpu *cpu;
	char value[4096] = "[{\"name\": \"EPYC\", \"unavailable-features\": [\"f00\"";
	size_t n_named = 1;
	char tail[32];

	(void)state;
	for (int i = 1; i < 100; i++)
		(void)sprintf(value + strlen(value), ", \"f%02d\"", i);
	strcat(value, "]}]");
	expect_reply(&reply, QMP_QUERY_CPU_DEFINITIONS, value);
	cpu = &reply.cpus.items[0];
	assert_int_equal(cpu->n_unavailable, 100);
	for (const char *at = cpu->unavailable; (at = strstr(at, ", ")) != NULL; at += 2)
		n_named++;
	assert_in_range(n_named, 40, 60);
	(void)sprintf(tail, "f%02zu and %zu more", n_named - 1, 100 - n_named);
	assert_string_equal(cpu->unavailable + strlen(cpu->unavailable) - strlen(tail), tail);
	qmp_reply_release(&reply);
}

static void decodes_cpu_definitions(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QUERY_CPU_DEFINITIONS,
		     "[{\"name\": \"EPYC-Milan\", \"typename\": \"EPYC-Milan-x86_64-cpu\", "
		     "\"unavailable-features\": [\"pcid\", \"a\\tb\", \"osvw\", \"x\", \"y\"], "
		     "\"alias-of\": \"EPYC-Milan-v1\", \"static\": false, \"deprecated\": true}, "
		     "{\"name\": \"max\", \"unavailable-features\": []}, "
		     "{\"name\": \"host\", \"unavailable-features\": [\"kvm\"]}]");
	assert_int_equal(reply.cpus.n, 3);
	assert_string_equal(reply.cpus.items[0].alias_of, "EPYC-Milan-v1");
	assert_true(reply.cpus.items[0].deprecated);
	assert_int_equal(reply.cpus.items[0].n_unavailable, 5);
	assert_string_equal(reply.cpus.items[0].unavailable, "pcid, a\\tb, osvw, x, y");
	assert_int_equal(reply.cpus.items[1].n_unavailable, 0);
	assert_string_equal(reply.cpus.items[1].unavailable, "");
	assert_string_equal(reply.cpus.items[2].unavailable, "kvm");
	qmp_reply_release(&reply);
	expect_mistake(QMP_QUERY_CPU_DEFINITIONS, "[{\"name\": \"max\"}]",
		       "item 0: member 'unavailable-features' is missing");
	expect_mistake(QMP_QUERY_CPU_DEFINITIONS,
		       "[{\"name\": \"max\", \"unavailable-features\": [1]}]",
		       "item 0: member 'unavailable-features' must hold names");
}

static void decodes_names_and_cuts_long_ones(void **state)
{
	struct qmp_reply reply;

	(void)state;
	expect_reply(&reply, QMP_QOM_LIST_PROPERTIES,
		     "[{\"name\": \"policy\", \"type\": \"uint64\"}, "
		     "{\"name\": \"0123456789012345678901234567890123456789"
		     "012345678901234567890123456789\"}]");
	assert_int_equal(reply.names.n, 2);
	assert_string_equal(reply.names.items[0], "policy");
	assert_string_equal(reply.names.items[1],
			    "012345678901234567890123456789012345678901234567890123456789...");
	qmp_reply_release(&reply);
	qmp_reply_release(&reply);
}

// --- Events --------------------------------------------------------------------------------------

static void expect_event(struct qmp_event *event, const char *text)
{
	AUTO(json) struct json_object *message = parse(text);
	struct err err;

	if (qmp_event_decode(event, message, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect_event_mistake(const char *text, const char *error)
{
	AUTO(json) struct json_object *message = parse(text);
	struct qmp_event event;
	struct err err;

	assert_int_equal(qmp_event_decode(&event, message, &err), -1);
	peer_expect_error(&err, ERR_PROTOCOL, error);
}

static void decodes_shutdown_and_reset(void **state)
{
	struct qmp_event event;

	(void)state;
	for (unsigned int i = 1; i < QMP_REASONS; i++) {
		char text[120];

		(void)snprintf(text, sizeof(text),
			       "{\"event\": \"SHUTDOWN\", \"data\": "
			       "{\"guest\": true, \"reason\": \"%s\"}}",
			       qmp_shutdown_reason_word(i));
		expect_event(&event, text);
		assert_int_equal(event.name, QMP_EVENT_SHUTDOWN);
		assert_int_equal(event.shutdown.reason, i);
		assert_true(event.shutdown.guest);
	}
	expect_event(&event, "{\"event\": \"RESET\", \"data\": {\"guest\": false}}");
	assert_int_equal(event.name, QMP_EVENT_RESET);
	assert_int_equal(event.shutdown.reason, QMP_REASON_UNKNOWN);
	expect_event_mistake("{\"event\": \"SHUTDOWN\"}",
			     "event 'SHUTDOWN': member 'data' is missing");
}

static void decodes_events_without_data(void **state)
{
	static const struct {
		const char *text;
		enum qmp_event_name name;
	} rows[] = {
		{ "{\"event\": \"STOP\"}", QMP_EVENT_STOP },
		{ "{\"event\": \"RESUME\"}", QMP_EVENT_RESUME },
		{ "{\"event\": \"POWERDOWN\", \"data\": 1}", QMP_EVENT_POWERDOWN },
		{ "{\"event\": \"\"}", QMP_EVENT_OTHER },
	};
	struct qmp_event event;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		expect_event(&event, rows[i].text);
		assert_int_equal(event.name, rows[i].name);
	}
	expect_event(&event, "{\"event\": \"RTC\\u001b_CHANGE\", \"data\": {}}");
	assert_int_equal(event.name, QMP_EVENT_OTHER);
	assert_string_equal(event.text, "RTC\\x1b_CHANGE");
}

static void decodes_a_guest_panic(void **state)
{
	struct qmp_event event;

	(void)state;
	expect_event(&event, "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\", "
			     "\"info\": {\"type\": \"hyper-v\", \"arg1\": 1}}}");
	assert_int_equal(event.name, QMP_EVENT_GUEST_PANICKED);
	assert_string_equal(event.guest_panicked.action, "pause");
	assert_string_equal(event.guest_panicked.info,
			    "{\\\"type\\\":\\\"hyper-v\\\",\\\"arg1\\\":1}");
	expect_event(&event, "{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"run\"}}");
	assert_string_equal(event.guest_panicked.info, "");
	expect_event_mistake("{\"event\": \"GUEST_PANICKED\", \"data\": {}}",
			     "event 'GUEST_PANICKED': member 'action' is missing");
}

static void decodes_a_block_io_error(void **state)
{
	struct qmp_event event;

	(void)state;
	expect_event(&event,
		     "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"\", "
		     "\"node-name\": \"disk0\", \"operation\": \"write\", \"action\": \"stop\", "
		     "\"nospace\": true, \"reason\": \"No space left on device\"}}");
	assert_int_equal(event.name, QMP_EVENT_BLOCK_IO_ERROR);
	assert_string_equal(event.block_io_error.node_name, "disk0");
	assert_string_equal(event.block_io_error.operation, "write");
	assert_string_equal(event.block_io_error.action, "stop");
	assert_string_equal(event.block_io_error.reason, "No space left on device");
	assert_true(event.block_io_error.nospace);
	expect_event_mistake("{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": 1}}",
			     "event 'BLOCK_IO_ERROR': member 'device' must be a string");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_commands_with_their_arguments),
		cmocka_unit_test(decodes_query_version),
		cmocka_unit_test(decodes_query_status),
		cmocka_unit_test(decodes_query_kvm),
		cmocka_unit_test(decodes_query_sev_of_every_qemu),
		cmocka_unit_test(refuses_other_shapes_of_query_sev),
		cmocka_unit_test(decodes_the_launch_measurement),
		cmocka_unit_test(decodes_sev_capabilities),
		cmocka_unit_test(decodes_machines),
		cmocka_unit_test(decodes_cpu_definitions),
		cmocka_unit_test(names_as_many_missing_features_as_fit),
		cmocka_unit_test(decodes_names_and_cuts_long_ones),
		cmocka_unit_test(decodes_shutdown_and_reset),
		cmocka_unit_test(decodes_events_without_data),
		cmocka_unit_test(decodes_a_guest_panic),
		cmocka_unit_test(decodes_a_block_io_error),
	};

	return cmocka_run_group_tests_name("qmp/commands", tests, NULL, NULL);
}
