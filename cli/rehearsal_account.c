// SPDX-License-Identifier: Apache-2.0
// Reads accounts: one JSON object a line, one row for each kind that matters.

#include "cli/rehearsal_account.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "qmp/json.h"

// A launch with all vCPUs there may be has a record of 400 bytes for each of them.
#define ACCOUNT_BYTES_MAX ((off_t)16 * 1024 * 1024)
#define LINE_BYTES_MAX 4096
#define VALUES_MAX 32

static const struct json_limits limits = {
	.bytes_max = LINE_BYTES_MAX,
	.depth_max = 2,
	.keys_max = VALUES_MAX,
	.kind = ERR_PROTOCOL,
};

static const struct qmp_field platform_fields[] = {
	QMP_FIELD_NAME(struct account_platform, name, "name"),
	QMP_FIELD(struct account_platform, api_major, "api_major"),
	QMP_FIELD(struct account_platform, api_minor, "api_minor"),
	QMP_FIELD(struct account_platform, build, "build"),
	QMP_FIELD_HEX(struct account_platform, vm_types, "vm_types"),
};

static const struct qmp_field failure_fields[] = {
	QMP_FIELD_NAME(struct account_failure, call, "call"),
	QMP_FIELD(struct account_failure, errnum, "errno"),
	QMP_FIELD(struct account_failure, fw_error, "fw_error"),
	QMP_FIELD_NAME(struct account_failure, fw_error_name, "fw_error_name"),
};

static const struct qmp_field range_fields[] = {
	QMP_FIELD_LINE(struct trace_range, what, "page_type"),
	QMP_FIELD(struct trace_range, len, "len"),
	QMP_FIELD_NAME(struct trace_range, digest, "digest"),
};

static const struct qmp_field gpa_fields[] = {
	QMP_FIELD_HEX(struct trace_range, gpa, "gpa"),
};

static const struct qmp_field vmsa_fields[] = {
	QMP_FIELD(struct trace_range, vcpu, "vcpu"),
	QMP_FIELD_NAME(struct trace_range, digest, "digest"),
};

static const struct qmp_field finish_fields[] = {
	QMP_FIELD_NAME(struct trace, digest, "digest"),
};

#define READ(out, record, fields, err) \
	qmp_fields_read(out, record, fields, ARRAY_LEN(fields), ERR_PROTOCOL, err)

static int take_platform(struct rehearsal_account *account, struct json_object *record,
			 struct err *err)
{
	return READ(&account->platform, record, platform_fields, err);
}

static int take_range(struct rehearsal_account *account, struct json_object *record,
		      struct err *err)
{
	struct trace_range *range = trace_add(&account->caused);

	range->has_gpa = json_object_object_get_ex(record, "gpa", NULL);
	if (range->has_gpa && READ(range, record, gpa_fields, err) < 0)
		return -1;
	return READ(range, record, range_fields, err);
}

static int take_vmsa(struct rehearsal_account *account, struct json_object *record, struct err *err)
{
	struct trace_range *range = trace_add(&account->caused);

	*range = (struct trace_range){ .what = "VMSA", .is_vmsa = true };
	return READ(range, record, vmsa_fields, err);
}

static int take_finish(struct rehearsal_account *account, struct json_object *record,
		       struct err *err)
{
	return READ(&account->caused, record, finish_fields, err);
}

// A command that the scenario has fail has two records that say the same.
static int take_failure(struct rehearsal_account *account, struct json_object *record,
			struct err *err)
{
	struct account_failure failure = { .call = "" };

	if (READ(&failure, record, failure_fields, err) < 0)
		return -1;
	if (failure.errnum != 0)
		account->failure = failure;
	return 0;
}

static const struct {
	const char *word;
	int (*take)(struct rehearsal_account *account, struct json_object *record, struct err *err);
} kinds[] = {
	{ "platform", take_platform }, { "range", take_range },	    { "vmsa", take_vmsa },
	{ "finish", take_finish },     { "command", take_failure }, { "fault", take_failure },
};

static int take_line(struct rehearsal_account *account, const char *line, size_t len,
		     struct err *err)
{
	AUTO(json) struct json_object *record = NULL;
	struct json_object *word;

	if (qmp_json_read(&record, line, len, &limits, VALUES_MAX, err) < 0 ||
	    qmp_member_find(&word, record, "record", json_type_string, ERR_PROTOCOL, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(json_object_get_string(word), kinds[i].word) == 0)
			return kinds[i].take(account, record, err);
	return 0;
}

static int take_lines(struct rehearsal_account *account, const char *text, size_t len,
		      struct err *err)
{
	const char *end = text + len;

	for (size_t number = 1; text < end; number++) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *line_end = newline != NULL ? newline : end;

		if (take_line(account, text, (size_t)(line_end - text), err) < 0)
			return err_context(err, "account of the rehearsal: line %zu", number);
		text = newline != NULL ? newline + 1 : end;
	}
	return 0;
}

// The descriptor stands where QEMU stopped writing, and the filter of the front has no call to go back.
int rehearsal_account_read(struct rehearsal_account *account, int fd, struct err *err)
{
	struct stat st;
	void *text;
	int result;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at the account of the rehearsal");
	if (st.st_size > ACCOUNT_BYTES_MAX)
		return err_set(err, ERR_PROTOCOL,
			       "the account of the rehearsal has more than %jd bytes",
			       (intmax_t)ACCOUNT_BYTES_MAX);
	if (st.st_size == 0)
		return 0;
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		return err_sys(err, "cannot map the account of the rehearsal");
	result = take_lines(account, text, (size_t)st.st_size, err);
	(void)munmap(text, (size_t)st.st_size);
	return result;
}

void rehearsal_account_release(struct rehearsal_account *account)
{
	trace_release(&account->caused);
	*account = (struct rehearsal_account){ 0 };
}
