// SPDX-License-Identifier: Apache-2.0
// What is said about the confinement of a launch: every layer in its order, and what depends on the
// guest, the host policy and who starts it.

#include "tests/unit.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/confinement.h"
#include "confine/filter_tables.h"
#include "confine/layers.h"

static struct plan *plan;
static struct client *client;
static struct json_object *said;
static const struct confinement_found *found;

static int set_up(void **state)
{
	(void)state;
	plan = mem_zeroed(1, sizeof(*plan));
	client = mem_zeroed(1, sizeof(*client));
	plan->level = LEVEL_OFF;
	plan->accel = ACCEL_TCG;
	plan->vcpus = 2;
	plan->memory_mib = 1000;
	client->by_root = true;
	client->policy.front_uid = 11;
	client->policy.qemu_uid = 12;
	client->policy.memory_overhead_mib = 24;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)json_object_put(said);
	said = NULL;
	found = NULL;
	free(plan);
	free(client);
	return 0;
}

static void describe(void)
{
	static char *const words[] = { (char *)"qemu", (char *)"-sandbox",
				       (char *)"on,spawn=deny" };
	const struct argv argv = { .items = (char **)(uintptr_t)words, .n = 3 };

	said = confinement_json(plan, &argv, client, found);
}

static const char *text(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return value == NULL ? "" : json_object_get_string(value);
}

static struct json_object *process(const char *name)
{
	struct json_object *list = json_object_object_get(said, "processes");

	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (strcmp(text(json_object_array_get_idx(list, i), "process"), name) == 0)
			return json_object_array_get_idx(list, i);
	fail_msg("there is no process '%s'", name);
	return NULL;
}

// The layer whose member 'key' is 'value'; NULL: none.
static struct json_object *find_layer(const char *process_name, const char *key, const char *value)
{
	struct json_object *list = json_object_object_get(process(process_name), "layers");

	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (strcmp(text(json_object_array_get_idx(list, i), key), value) == 0)
			return json_object_array_get_idx(list, i);
	return NULL;
}

static void expect_layer(const char *process_name, const char *word, const char *state)
{
	assert_string_equal(text(find_layer(process_name, "layer", word), "state"), state);
}

static struct json_object *find_row(const char *process_name, const char *layer, const char *name)
{
	struct json_object *rows =
		json_object_object_get(find_layer(process_name, "layer", layer), "rows");

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		if (strcmp(text(json_object_array_get_idx(rows, i), "name"), name) == 0)
			return json_object_array_get_idx(rows, i);
	return NULL;
}

static void expect_limit(const char *process_name, const char *layer, const char *name,
			 const char *limit)
{
	assert_string_equal(text(find_row(process_name, layer, name), "limit"), limit);
}

static void has_every_layer_of_qemu_in_order(void **state)
{
	struct json_object *list;
	size_t next = 0;

	(void)state;
	describe();
	list = json_object_object_get(process("QEMU"), "layers");
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (next < LAYERS && strcmp(text(json_object_array_get_idx(list, i), "layer"),
					    layer_rows[next].word) == 0)
			next++;
	assert_int_equal(next, LAYERS);
	assert_int_equal(json_object_get_int(json_object_object_get(process("QEMU"), "uid")), 12);
	assert_int_equal(json_object_get_int(json_object_object_get(process("front"), "uid")), 11);
	assert_int_equal(json_object_get_int(json_object_object_get(process("launcher"), "uid")),
			 0);
}

static void has_every_row_of_a_filter(void **state)
{
	const struct filter_table *table = filter_table(FILTER_QEMU);
	struct json_object *rows;
	size_t n = 0;

	(void)state;
	describe();
	rows = json_object_object_get(find_layer("QEMU", "filter", table->name), "rows");
	for (; filter_table_row(table, n) != NULL; n++)
		assert_string_equal(text(json_object_array_get_idx(rows, n), "name"),
				    filter_table_row(table, n)->call);
	assert_int_equal(json_object_array_length(rows), n);
	assert_string_equal(text(json_object_array_get_idx(rows, 0), "limit"),
			    "allow if argument 5 is 0x1000");
}

static void refuses_new_code_only_under_kvm(void **state)
{
	(void)state;
	describe();
	expect_layer("QEMU", "no-exec-gain", "off");
	(void)json_object_put(said);
	plan->accel = ACCEL_KVM;
	describe();
	expect_layer("QEMU", "no-exec-gain", "on");
}

static void says_what_sev_issue_cmd_does(void **state)
{
	static const struct {
		enum level level;
		enum sev_issue_cmd policy;
		const char *answer;
		const char *filter; // NULL: none of its own
	} cases[] = {
		{ LEVEL_OFF, SEV_ISSUE_CMD_FAKE, "ENOTTY", "sev-deny" },
		{ LEVEL_SEV_ES, SEV_ISSUE_CMD_FAKE, "allow", NULL },
		{ LEVEL_SEV_SNP, SEV_ISSUE_CMD_ALLOW, "allow", NULL },
		{ LEVEL_SEV_SNP, SEV_ISSUE_CMD_FAKE, "do nothing", "sev-fake" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		plan->level = cases[i].level;
		client->policy.sev_issue_cmd = cases[i].policy;
		describe();
		expect_limit("QEMU", "seccomp", "SEV_ISSUE_CMD", cases[i].answer);
		if (cases[i].filter != NULL)
			assert_non_null(find_layer("QEMU", "filter", cases[i].filter));
		assert_int_equal(find_row("QEMU", "root", "/dev/sev") != NULL,
				 cases[i].level > LEVEL_OFF);
		(void)json_object_put(said);
		said = NULL;
	}
}

static void follows_the_host_policy(void **state)
{
	(void)state;
	client->has_policy = true;
	client->policy.confinement = CONFINEMENT_AUTO;
	client->policy.seccomp = SECCOMP_LOG;
	client->policy.limit_asids = 1;
	(void)strcpy(client->policy.cgroup, "/guests");
	plan->level = LEVEL_SEV_SNP;
	describe();
	expect_layer("QEMU", "landlock", "auto");
	expect_layer("QEMU", "root", "auto"); // needs the namespaces
	expect_layer("QEMU", "limits", "on"); // no kernel lacks them
	assert_non_null(find_layer("launcher", "filter", "launcher-log"));
	assert_string_equal(text(find_layer("QEMU", "filter", "qemu-log"), "otherwise"), "log");
	expect_limit("QEMU", "cgroup", "parent", "/guests");
	expect_limit("QEMU", "cgroup", "memory.max", "1024 MiB");
	expect_limit("QEMU", "cgroup", "pids.max", "98");
	expect_limit("QEMU", "cgroup", "misc.max", "1");
}

static void needs_no_cgroup_that_nobody_named(void **state)
{
	(void)state;
	describe();
	expect_layer("QEMU", "cgroup", "auto");
	assert_null(find_row("QEMU", "cgroup", "parent"));
	assert_null(find_row("QEMU", "cgroup", "misc.max"));
}

static void keeps_the_launcher_s_power_for_a_relaunch(void **state)
{
	(void)state;
	describe();
	expect_limit("launcher", "identity", "CAP_SYS_ADMIN", "until the guest is started");
	expect_limit("launcher", "identity", "CAP_KILL", "to the end");
	assert_string_equal(text(find_layer("launcher", "filter", "launcher-waiting"), "state"),
			    "on");
	(void)json_object_put(said);
	plan->may_relaunch = 1;
	describe();
	expect_limit("launcher", "identity", "CAP_SYS_ADMIN", "to the end");
	assert_string_equal(text(find_layer("launcher", "filter", "launcher-waiting"), "state"),
			    "off");
}

static void gives_a_user_s_launcher_no_capability(void **state)
{
	(void)state;
	client->by_root = false;
	describe();
	assert_null(find_row("launcher", "identity", "CAP_KILL"));
	assert_string_equal(text(find_layer("QEMU", "layer", "identity"), "what"),
			    "the user who started snplaunch, no capabilities, no_new_privs");
	assert_false(json_object_get_boolean(
		json_object_object_get(json_object_object_get(said, "host_policy"), "binding")));
}

// --- A guest that runs ---------------------------------------------------------------------------

static void knows_what_a_running_guest_lacks(void **state)
{
	static const struct confinement_found some = {
		.missing_layers = 1U << LAYER_LANDLOCK | 1U << LAYER_CGROUP,
		.launcher_pid = 100,
		.front_pid = 101,
		.jail_pid = 102,
	};

	(void)state;
	client->policy.confinement = CONFINEMENT_AUTO;
	found = &some;
	describe();
	expect_layer("QEMU", "landlock", "missing");
	assert_null(find_row("QEMU", "landlock", "/usr"));
	expect_layer("QEMU", "cgroup", "missing");
	expect_layer("QEMU", "namespaces", "on");
	expect_layer("QEMU", "root", "on");
	expect_layer("QEMU", "no-exec-gain", "off");
	expect_layer("front", "landlock", "on");
	assert_string_equal(text(process("launcher"), "pid"), "100");
	assert_string_equal(text(process("front"), "pid"), "101");
	assert_string_equal(text(process("jail"), "pid"), "102");
	assert_null(json_object_object_get(process("QEMU"), "pid"));
}

// Its parent is then of QEMU's user, and the root went with the namespaces.
static void knows_a_guest_without_namespaces(void **state)
{
	static const struct confinement_found some = { .missing_layers = 1U << LAYER_NAMESPACES };

	(void)state;
	client->policy.confinement = CONFINEMENT_AUTO;
	found = &some;
	describe();
	expect_layer("QEMU", "namespaces", "missing");
	expect_layer("QEMU", "root", "missing");
	expect_layer("jail", "namespaces", "missing");
	assert_int_equal(json_object_get_int(json_object_object_get(process("jail"), "uid")), 12);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(has_every_layer_of_qemu_in_order, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(has_every_row_of_a_filter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_new_code_only_under_kvm, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_what_sev_issue_cmd_does, set_up, tear_down),
		cmocka_unit_test_setup_teardown(follows_the_host_policy, set_up, tear_down),
		cmocka_unit_test_setup_teardown(needs_no_cgroup_that_nobody_named, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(keeps_the_launcher_s_power_for_a_relaunch, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(gives_a_user_s_launcher_no_capability, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(knows_what_a_running_guest_lacks, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(knows_a_guest_without_namespaces, set_up,
						tear_down),
	};

	return cmocka_run_group_tests_name("cli/confinement", tests, NULL, NULL);
}
