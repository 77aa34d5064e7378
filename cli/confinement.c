// SPDX-License-Identifier: Apache-2.0
// Gathers what confines each process. A process has layers, a layer has a state, what it holds, and
// rows: each a name, an optional limit, and a reason.

#include "cli/confinement.h"

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>

#include "cli/front_confine.h"
#include "confine/capabilities.h"
#include "confine/filter_tables.h"
#include "confine/layers.h"
#include "confine/limits.h"
#include "confine/namespaces.h"
#include "confine/qemu_filters.h"
#include "confine/root_rows.h"
#include "launcher/cgroup.h"
#include "policy/host_policy_table.h"

#define ON "on"
#define OFF "off"
// On where the kernel can do it; the launch goes on without it.
#define AUTOMATIC "auto"
#define MISSING "missing"

// What decides how a launch is confined. Borrowed.
struct scene {
	const struct plan *plan;
	const struct argv *argv;
	const struct client *client;
	const struct confinement_found *found; // NULL: nothing is started
};

// --- Building blocks ----------------------------------------------------------------------------

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static void add_number(struct json_object *object, const char *key, uint64_t value)
{
	(void)json_object_object_add(object, key, json_object_new_uint64(value));
}

// Returns its layers.
static struct json_object *add_process(struct json_object *processes, const char *name,
				       uint32_t uid)
{
	struct json_object *process = json_object_new_object();
	struct json_object *layers = json_object_new_array();

	add_string(process, "process", name);
	add_number(process, "uid", uid);
	(void)json_object_object_add(process, "layers", layers);
	(void)json_object_array_add(processes, process);
	return layers;
}

// Whether QEMU is known to run without the layer. A root of its own needs the namespaces.
static bool is_missing(const struct scene *scene, enum layer layer)
{
	uint32_t missing = scene->found == NULL ? 0 : scene->found->missing_layers;

	if (layer == LAYER_ROOT)
		layer = LAYER_NAMESPACES;
	return (missing & 1U << layer) != 0;
}

// The state of a layer that a kernel may lack: whether it did is known once it was put on.
static const char *state_of(const struct scene *scene, bool lacks_it)
{
	return scene->found == NULL ? AUTOMATIC : lacks_it ? MISSING : ON;
}

// Returns the layer; its rows are added by add_row().
static struct json_object *add_layer(struct json_object *layers, const char *word,
				     const char *state, const char *what)
{
	struct json_object *layer = json_object_new_object();

	add_string(layer, "layer", word);
	add_string(layer, "state", state);
	add_string(layer, "what", what);
	(void)json_object_object_add(layer, "rows", json_object_new_array());
	(void)json_object_array_add(layers, layer);
	return layer;
}

// 'limit' may be NULL.
static void add_row(struct json_object *layer, const char *name, const char *limit,
		    const char *reason)
{
	struct json_object *row = json_object_new_object();

	add_string(row, "name", name);
	if (limit != NULL)
		add_string(row, "limit", limit);
	add_string(row, "reason", reason);
	(void)json_object_array_add(json_object_object_get(layer, "rows"), row);
}

// --- Filters ------------------------------------------------------------------------------------

static const char *answer_word(uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_LOG:
		return "log";
	case SECCOMP_RET_ERRNO:
		return (action & SECCOMP_RET_DATA) == 0 ?
			       "do nothing" :
			       strerrorname_np((int)(action & SECCOMP_RET_DATA));
	default:
		return "kill";
	}
}

// "allow if argument 2 is 0x5401 and ..."
static void write_rule(char *out, size_t size, const struct filter_row *row)
{
	size_t used = (size_t)snprintf(out, size, "%s", answer_word(row->action));

	for (size_t i = 0; i < FILTER_CONDITIONS_MAX && row->conditions[i].argument != 0; i++) {
		const struct filter_condition *condition = &row->conditions[i];
		bool is_whole = condition->mask == UINT32_MAX || condition->mask == UINT64_MAX;
		char mask[32] = "";

		if (!is_whole)
			(void)snprintf(mask, sizeof(mask), " & 0x%llx",
				       (unsigned long long)condition->mask);
		used += (size_t)snprintf(out + used, size - used, " %s argument %u%s is 0x%llx",
					 i == 0 ? "if" : "and", condition->argument, mask,
					 (unsigned long long)condition->value);
	}
}

// How many system calls have a row, whatever their arguments.
static size_t count_calls(const struct filter_table *table)
{
	bool seen[FILTER_NEWEST_CALL + 1] = { false };
	const struct filter_row *row;
	size_t n = 0;

	for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++) {
		n += !seen[row->number];
		seen[row->number] = true;
	}
	return n;
}

static struct json_object *add_filter(struct json_object *layers, enum filter which)
{
	const struct filter_table *table = filter_table(which);
	struct json_object *layer =
		add_layer(layers, layer_rows[LAYER_SECCOMP].word, ON, table->description);
	const struct filter_row *row;
	char rule[128];

	add_string(layer, "filter", table->name);
	add_number(layer, "calls", count_calls(table));
	add_string(layer, "otherwise", answer_word(table->otherwise));
	for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++) {
		write_rule(rule, sizeof(rule), row);
		add_row(layer, row->call, rule, row->reason);
	}
	return layer;
}

// --- Launcher, front and jail program -----------------------------------------------------------

static void add_launcher(struct json_object *processes, const struct scene *scene)
{
	bool by_root = scene->client->by_root;
	struct json_object *layers =
		add_process(processes, "launcher", by_root ? 0 : scene->client->policy.front_uid);
	struct json_object *identity = add_layer(
		layers, layer_rows[LAYER_IDENTITY].word, ON,
		by_root ? "root with these capabilities; no_new_privs" :
			  "the user who started it, with that user's privilege; no_new_privs");
	struct json_object *waiting;

	for (size_t i = 0; by_root && i < CAPABILITY_ROWS; i++) {
		bool to_end = capability_rows[i].to_end || scene->plan->may_relaunch;

		add_row(identity, capability_rows[i].word,
			to_end ? "to the end" : "until the guest is started",
			capability_rows[i].reason);
	}
	(void)add_filter(layers, scene->client->policy.seccomp == SECCOMP_LOG ?
					 FILTER_LAUNCHER_LOG :
					 FILTER_LAUNCHER);
	waiting = add_filter(layers, FILTER_LAUNCHER_WAITING);
	if (scene->plan->may_relaunch) {
		add_string(waiting, "state", OFF);
		add_string(waiting, "why", "on_reset is 'relaunch', so QEMU may be started again");
	}
}

static const char *identity_what(const struct scene *scene)
{
	return scene->client->by_root ?
		       layer_rows[LAYER_IDENTITY].what :
		       "the user who started snplaunch, no capabilities, no_new_privs";
}

static void add_front(struct json_object *processes, const struct scene *scene)
{
	struct json_object *layers =
		add_process(processes, "front", scene->client->policy.front_uid);

	(void)add_layer(layers, layer_rows[LAYER_KEYRING].word, AUTOMATIC,
			layer_rows[LAYER_KEYRING].what);
	(void)add_layer(layers, layer_rows[LAYER_IDENTITY].word, ON, identity_what(scene));
	for (size_t i = 0; i < FRONT_LAYERS; i++)
		(void)add_layer(layers, front_layers[i].word,
				front_layers[i].may_be_missing ?
					state_of(scene, front_layer_is_missing(i)) :
					ON,
				front_layers[i].what);
	(void)add_filter(layers, FILTER_FRONT_PLANNING);
	(void)add_filter(layers, FILTER_FRONT_SUPERVISING);
}

static void add_jail(struct json_object *processes, const struct scene *scene)
{
	const struct host_policy *policy = &scene->client->policy;
	bool is_alone = is_missing(scene, LAYER_NAMESPACES);
	// Without namespaces it takes QEMU along only as the same user.
	struct json_object *layers =
		add_process(processes, "jail", is_alone ? policy->qemu_uid : policy->front_uid);

	(void)add_layer(layers, layer_rows[LAYER_NAMESPACES].word, is_alone ? MISSING : ON,
			"those of QEMU, of which it is the first process");
	(void)add_layer(layers, layer_rows[LAYER_IDENTITY].word, ON, identity_what(scene));
	(void)add_filter(layers, FILTER_INIT);
}

// --- QEMU ---------------------------------------------------------------------------------------

static void fill_namespaces(struct json_object *layer, const struct scene *scene)
{
	for (size_t i = 0; i < NAMESPACE_ROWS; i++)
		add_row(layer, namespace_rows[i].word, NULL, namespace_rows[i].reason);
	for (size_t i = 0; i < scene->plan->n_networks; i++)
		add_row(layer, scene->plan->networks[i].device, NULL,
			"a tap device of the host's, inherited as a descriptor");
}

static bool is_shown(const struct root_row *row, const struct scene *scene)
{
	struct plan_needs needs;

	plan_needs(&needs, scene->plan);
	return root_row_is_shown(row, &needs);
}

static void fill_root(struct json_object *layer, const struct scene *scene)
{
	const char *const limits[] = {
		[ROOT_TREE] = "read-only",
		[ROOT_WITHIN] = NULL, // shown with its tree
		[ROOT_DEVICE] = scene->client->by_root ? "a node of its own" : "the host's node",
		[ROOT_PROC] = "its own entry",
	};

	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (limits[root_rows[i].kind] != NULL && is_shown(&root_rows[i], scene))
			add_row(layer, root_rows[i].path, limits[root_rows[i].kind],
				root_rows[i].reason);
	if (scene->client->policy.n_qemu > 0)
		add_row(layer, "the folder above QEMU's bin", "read-only",
			"the host policy names this QEMU");
}

static void fill_limits(struct json_object *layer, const struct scene *scene)
{
	enum level level = scene->plan->level;
	char limit[32];

	for (size_t i = 0; i < LIMIT_ROWS; i++) {
		(void)snprintf(limit, sizeof(limit), "%llu", (unsigned long long)limit_rows[i].max);
		add_row(layer, limit_rows[i].word, limit, limit_rows[i].reason);
	}
	if (level == LEVEL_SEV || level == LEVEL_SEV_ES)
		add_row(layer, "RLIMIT_MEMLOCK", "raised",
			"these levels lock all of the guest's memory");
}

static void fill_no_exec_gain(struct json_object *layer, const struct scene *scene)
{
	if (scene->plan->accel == ACCEL_KVM)
		return;
	add_string(layer, "state", OFF);
	add_string(layer, "why", "TCG writes the code that it runs");
}

static void fill_landlock(struct json_object *layer, const struct scene *scene)
{
	static const struct {
		uint64_t bit;
		const char *word;
	} rights[] = {
		{ LANDLOCK_ACCESS_FS_READ_FILE, "read" },
		{ LANDLOCK_ACCESS_FS_WRITE_FILE, "write" },
		{ LANDLOCK_ACCESS_FS_EXECUTE, "execute" },
	};

	for (size_t i = 0; i < ROOT_ROWS; i++) {
		const struct root_row *row = &root_rows[i];
		char access[32] = "";

		for (size_t j = 0; j < ARRAY_LEN(rights); j++)
			if ((row->access & rights[j].bit) != 0)
				(void)snprintf(access + strlen(access),
					       sizeof(access) - strlen(access), "%s%s",
					       access[0] == '\0' ? "" : ", ", rights[j].word);
		if (row->access != 0 && is_shown(row, scene))
			add_row(layer, row->path, access, row->reason);
	}
	add_row(layer, "QEMU's program", "read, execute", "it is executed by descriptor");
}

static const char *sandbox_of(const struct argv *argv)
{
	for (size_t i = 0; i + 1 < argv->n; i++)
		if (strcmp(argv->items[i], "-sandbox") == 0)
			return argv->items[i + 1];
	return "off";
}

// The reason why SEV_ISSUE_CMD is answered as it is; the filter on top has it as a row.
static void fill_seccomp(struct json_object *layer, const struct scene *scene)
{
	enum level level = scene->plan->level;
	enum filter filters[QEMU_FILTERS_MAX];
	size_t n = qemu_filters(filters, level, scene->client->policy.sev_issue_cmd,
				scene->client->policy.seccomp);
	const struct filter_row *first = filter_table_row(filter_table(filters[0]), 0);

	add_row(layer, "SEV_ISSUE_CMD", n > 1 ? answer_word(first->action) : "allow",
		n > 1 ? first->reason :
		level == LEVEL_SEV_SNP ?
			"the host policy's sev_issue_cmd" :
			"this level learns from it what it needs, so it is not faked");
	if (scene->client->policy.seccomp == SECCOMP_LOG)
		add_string(
			layer, "why",
			"the host policy's seccomp is 'log': the kernel logs any other call, and "
			"lets it through");
	add_row(layer, "-sandbox", sandbox_of(scene->argv), "QEMU's own filter, on top");
}

static void make_optional(struct json_object *layer, const struct scene *scene)
{
	add_string(layer, "state", state_of(scene, is_missing(scene, LAYER_CGROUP)));
	add_string(layer, "why",
		   "the host policy names no cgroup: only where the one that snplaunch is started "
		   "in may be written");
}

static void fill_cgroup(struct json_object *layer, const struct scene *scene)
{
	const struct host_policy *policy = &scene->client->policy;
	const struct plan *plan = scene->plan;
	char limit[32];

	if (policy->cgroup[0] == '\0')
		make_optional(layer, scene);
	else
		add_row(layer, "parent", policy->cgroup, "the host policy's cgroup");
	(void)snprintf(limit, sizeof(limit), "%u MiB",
		       plan->memory_mib + policy->memory_overhead_mib);
	add_row(layer, "memory.max", limit, "the guest's memory and memory_overhead_mib");
	(void)snprintf(limit, sizeof(limit), "%u", plan->vcpus + CGROUP_THREADS_BESIDE_VCPUS);
	add_row(layer, "pids.max", limit, "a thread for each vCPU, and QEMU's others");
	if (policy->limit_asids && plan->level > LEVEL_OFF)
		add_row(layer, "misc.max", "1", "one ASID, as limit_asids says");
}

static void (*const fillers[LAYERS])(struct json_object *layer, const struct scene *scene) = {
	[LAYER_NAMESPACES] = fill_namespaces, [LAYER_ROOT] = fill_root,
	[LAYER_LIMITS] = fill_limits,	      [LAYER_NO_EXEC_GAIN] = fill_no_exec_gain,
	[LAYER_LANDLOCK] = fill_landlock,     [LAYER_SECCOMP] = fill_seccomp,
	[LAYER_CGROUP] = fill_cgroup,
};

static void add_qemu(struct json_object *processes, const struct scene *scene)
{
	const struct host_policy *policy = &scene->client->policy;
	struct json_object *layers = add_process(processes, "QEMU", policy->qemu_uid);
	enum filter filters[QEMU_FILTERS_MAX];
	size_t n_filters =
		qemu_filters(filters, scene->plan->level, policy->sev_issue_cmd, policy->seccomp);

	for (enum layer i = 0; i < LAYERS; i++) {
		const struct layer_row *row = &layer_rows[i];
		bool may_lack = policy->confinement == CONFINEMENT_AUTO &&
				(row->remedy != NULL || i == LAYER_ROOT);
		struct json_object *layer = add_layer(
			layers, row->word, may_lack ? state_of(scene, is_missing(scene, i)) : ON,
			i == LAYER_IDENTITY ? identity_what(scene) : row->what);

		if (row->remedy != NULL)
			add_string(layer, "remedy", row->remedy);
		if (may_lack && is_missing(scene, i))
			add_string(layer, "why", "the kernel refused it when QEMU was started");
		else if (fillers[i] != NULL)
			fillers[i](layer, scene);
		for (size_t j = 0; i == LAYER_SECCOMP && j < n_filters; j++)
			(void)add_filter(layers, filters[j]);
	}
}

// --- All of it ----------------------------------------------------------------------------------

static struct json_object *policy_json(const struct client *client)
{
	const struct host_policy *policy = &client->policy;
	struct json_object *object = json_object_new_object();

	(void)json_object_object_add(object, "file", json_object_new_boolean(client->has_policy));
	(void)json_object_object_add(object, "binding", json_object_new_boolean(client->by_root));
	add_string(object, "confinement", words_at(&confinement_words, policy->confinement + 1));
	add_string(object, "seccomp", words_at(&seccomp_words, policy->seccomp + 1));
	add_string(object, "sev_issue_cmd",
		   words_at(&sev_issue_cmd_words, policy->sev_issue_cmd + 1));
	return object;
}

// QEMU's own is known to nobody outside of its namespace but its parent.
static void add_pids(struct json_object *processes, const struct confinement_found *found)
{
	const pid_t pids[] = { found->launcher_pid, found->front_pid, found->jail_pid };

	for (size_t i = 0; i < ARRAY_LEN(pids); i++)
		add_number(json_object_array_get_idx(processes, i), "pid", (uint64_t)pids[i]);
}

struct json_object *confinement_json(const struct plan *plan, const struct argv *argv,
				     const struct client *client,
				     const struct confinement_found *found)
{
	static void (*const adders[])(struct json_object * processes, const struct scene *scene) = {
		add_launcher,
		add_front,
		add_jail,
		add_qemu,
	};
	const struct scene scene = { plan, argv, client, found };
	struct json_object *confinement = json_object_new_object();
	struct json_object *processes = json_object_new_array();

	for (size_t i = 0; i < ARRAY_LEN(adders); i++)
		adders[i](processes, &scene);
	if (found != NULL)
		add_pids(processes, found);
	(void)json_object_object_add(confinement, "host_policy", policy_json(client));
	(void)json_object_object_add(confinement, "processes", processes);
	return confinement;
}
