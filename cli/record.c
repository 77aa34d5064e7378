// SPDX-License-Identifier: Apache-2.0
// Writes launch records.

#include "cli/record.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/report.h"
#include "config.h"
#include "host/facts_cache.h"
#include "measure/sha.h"
#include "qmp/json.h"

#define TEXT_FORMAT (JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)

// What is said of every digest, whoever reads it later.
static const char proof[] =
	"computed from these inputs by rules that were compared with QEMU and a software AMD-SP, not "
	"with SEV silicon";

void record_init(struct record *record)
{
	*record = (struct record){ .fd = -1,
				   .content = json_object_new_object(),
				   .states = json_object_new_array() };
	(void)json_object_object_add(record->content, "states", record->states);
}

void record_release(struct record *record)
{
	close_fd(&record->fd);
	(void)json_object_put(record->content);
	record->content = NULL;
}

// --- The file ------------------------------------------------------------------------------------

// Over all of a longer record before, blanks behind this one: cut off there, both are whole.
static int write_content(const struct record *record, struct err *err)
{
	const char *text = json_object_to_json_string_ext(record->content, TEXT_FORMAT);
	size_t len = strlen(text) + 1;
	AUTO(mem) char *bytes = NULL;
	struct stat st;
	size_t size;

	if (fstat(record->fd, &st) < 0)
		return err_sys(err, "cannot look at the record");
	size = (uint64_t)st.st_size > RECORD_BYTES_MAX ? RECORD_BYTES_MAX : (size_t)st.st_size;
	size = size > len ? size : len;
	bytes = mem_zeroed(size, 1);
	memset(bytes, '\n', size);
	memcpy(bytes, text, len - 1);
	if (pwrite(record->fd, bytes, size, 0) != (ssize_t)size ||
	    ftruncate(record->fd, (off_t)len) < 0)
		return err_sys(err, "cannot write the record");
	return 0;
}

// --- What it says --------------------------------------------------------------------------------

static void set(struct record *record, const char *key, struct json_object *value)
{
	(void)json_object_object_add(record->content, key, value);
}

static void set_string(struct record *record, const char *key, const char *value)
{
	set(record, key, json_object_new_string(value));
}

// Marks it, whatever becomes of it, so that nobody takes it for more.
static void set_rehearsal(struct record *record)
{
	struct json_object *rehearsal = json_object_new_object();

	(void)json_object_object_add(
		rehearsal, "machine",
		json_object_new_string("played by software: no silicon was involved, and the guest "
				       "never ran an instruction"));
	set(record, "rehearsal", rehearsal);
}

void record_tell_rehearsal(struct record *record, struct json_object *members)
{
	AUTO(json) struct json_object *owned = members;
	struct json_object *rehearsal = NULL;

	if (!json_object_object_get_ex(record->content, "rehearsal", &rehearsal))
		return;
	json_object_object_foreach (owned, key, value)
		if (value != NULL) // what says nothing is absent
			(void)json_object_object_add(rehearsal, key, json_object_get(value));
}

static void add_input(struct json_object *inputs, const char *word, const char *path,
		      uint64_t bytes, const uint8_t sha256[static SHA256_BYTES])
{
	struct json_object *input = json_object_new_object();
	char hex[2 * SHA256_BYTES + 1];

	report_write_hex(hex, sha256);
	(void)json_object_object_add(input, "path", json_object_new_string(path));
	(void)json_object_object_add(input, "bytes", json_object_new_uint64(bytes));
	(void)json_object_object_add(input, "sha256", json_object_new_string(hex));
	(void)json_object_object_add(inputs, word, input);
}

static void add_bytes(struct json_object *inputs, const struct launch *launch, const char *word,
		      const struct guest_path *from, const void *bytes, size_t len)
{
	AUTO(mem) char *path = launch_path(launch, from);
	uint8_t sha256[SHA256_BYTES];

	sha256_of(bytes, len, sha256);
	add_input(inputs, word, path, len, sha256);
}

static struct json_object *inputs_json(const struct launch *launch)
{
	const struct plan_sev *sev = &launch->plan.sev;
	const struct guest *guest = &launch->guest;
	struct json_object *inputs = json_object_new_object();

	if (launch->guest_file[0] != '\0')
		add_input(inputs, "guest_file", launch->guest_file, launch->guest_file_bytes,
			  launch->guest_file_sha256);
	for (enum launch_artifact i = 0; i < LAUNCH_ARTIFACTS; i++) {
		const struct artifact *artifact = &launch->artifacts[i];
		AUTO(mem) char *path = launch_artifact_path(launch, i);

		if (artifact->fd >= 0)
			add_input(inputs, launch_artifact_word(i), path, artifact->size,
				  artifact->sha256);
	}
	if (sev->has_id_block) {
		add_bytes(inputs, launch, "id_block", &guest->id_block.block, sev->id_block,
			  sizeof(sev->id_block));
		add_bytes(inputs, launch, "id_auth", &guest->id_block.auth, sev->id_auth,
			  sizeof(sev->id_auth));
	}
	return inputs;
}

static struct json_object *plan_json(const struct launch *launch)
{
	struct json_object *plan = report_json(launch);

	json_object_object_del(plan, "artifacts"); // they are the inputs
	return plan;
}

int record_begin(struct record *record, const struct launch *launch, int fd, struct err *err)
{
	char kernel[HOST_IDENTITY_SIZE];

	record->fd = fd;
	json_object_get(record->states); // it comes last, for people who read the file
	json_object_object_del(record->content, "states");
	set(record, "record", json_object_new_int(RECORD_FORMAT));
	set_string(record, "state", "planned");
	set_string(record, "snplaunch", SNPLAUNCH_VERSION);
	if (host_identity_kernel(kernel, launch->facts.identity))
		set_string(record, "kernel", kernel);
	set_string(record, "qemu_package", launch->facts.qemu.package);
	if (launch->plan.rehearses)
		set_rehearsal(record);
	set(record, "inputs", inputs_json(launch));
	set(record, "plan", plan_json(launch));
	if (launch->measurement.type != 0)
		set_string(record, "proof", proof);
	set(record, "states", record->states);
	return write_content(record, err);
}

// --- Events --------------------------------------------------------------------------------------

// Those that have a time in the record; the state that they bring about is written.
static const struct {
	const char *event;
	const char *state; // NULL: none
} rows[] = {
	{ "planned", NULL },	  { "artifacts", NULL }, { "digest", NULL },
	{ "started", NULL },	  { "up", NULL },	 { "measured", "measured" },
	{ "running", "running" }, { "shutdown", NULL },	 { "exited", "ended" },
};

static void add_state(struct record *record, const char *event)
{
	struct json_object *row = json_object_new_object();
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &now); // cannot fail for this clock
	(void)json_object_object_add(row, "state", json_object_new_string(event));
	(void)json_object_object_add(
		row, "time_ms",
		json_object_new_int64((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000));
	(void)json_object_object_add(row, "monotonic_ms", json_object_new_int64(clock_now_ms()));
	(void)json_object_array_add(record->states, row);
	if (json_object_array_length(record->states) > RECORD_STATES_MAX)
		(void)json_object_array_del_idx(record->states, RECORD_STATES_MAX / 2, 1);
}

static void keep_fields(struct record *record, const char *event, struct json_object *fields)
{
	struct json_object *measurement;

	if (strcmp(event, "exited") == 0)
		set(record, "exit", json_object_get(fields));
	else if (strcmp(event, "measured") == 0 &&
		 json_object_object_get_ex(fields, "measurement", &measurement))
		set(record, "owner_measurement", json_object_get(measurement));
}

void record_hear(void *context, const char *event, struct json_object *fields)
{
	struct record *record = context;
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (strcmp(rows[i].event, event) != 0)
			continue;
		add_state(record, event);
		if (rows[i].state == NULL)
			return;
		set_string(record, "state", rows[i].state);
		keep_fields(record, event, fields);
		if (record->fd >= 0 && write_content(record, &err) < 0)
			log_warning("%s", err.text);
	}
}
