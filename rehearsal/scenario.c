// SPDX-License-Identifier: Apache-2.0
// Reads scenarios: a table of keys, and faults.

#include "rehearsal/scenario.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "rehearsal/abi.h"
#include "rehearsal/call.h"
#include "rehearsal/firmware_error.h"

#define BLANKS " \t"
#define STATEMENT_BYTES_MAX 256
#define WORDS_MAX 8

// One line, cut into words.
struct statement {
	char line[STATEMENT_BYTES_MAX];
	char *words[WORDS_MAX];
	size_t n;
};

static int number_up_to(const char *word, uint64_t max, uint64_t *number, struct err *err)
{
	if (text_parse_u64(word, number) < 0 || *number > max)
		return err_set(err, ERR_GUEST_FILE, "'%s' is not a number of 0 to %llu",
			       TEXT_SHOW(word), (unsigned long long)max);
	return 0;
}

static int read_u64(void *member, const char *word, struct err *err)
{
	return number_up_to(word, UINT64_MAX, member, err);
}

static int read_u32(void *member, const char *word, struct err *err)
{
	uint64_t number = 0;

	if (number_up_to(word, UINT32_MAX, &number, err) < 0)
		return -1;
	*(uint32_t *)member = (uint32_t)number;
	return 0;
}

static int read_u8(void *member, const char *word, struct err *err)
{
	uint64_t number = 0;

	if (number_up_to(word, UINT8_MAX, &number, err) < 0)
		return -1;
	*(uint8_t *)member = (uint8_t)number;
	return 0;
}

static int read_switch(void *member, const char *word, struct err *err)
{
	if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
		return err_set(err, ERR_GUEST_FILE, "'%s' is neither 'on' nor 'off'",
			       TEXT_SHOW(word));
	*(bool *)member = strcmp(word, "on") == 0;
	return 0;
}

// MAJOR.MINOR.BUILD, which stand in their member in that order.
static int read_api(void *member, const char *word, struct err *err)
{
	char text[STATEMENT_BYTES_MAX] = { 0 };
	char *rest = text;
	uint8_t *parts = member;

	(void)!text_copy_field(text, sizeof(text), word); // a word is shorter than a line
	for (size_t i = 0; i < 3; i++) {
		char *part = strsep(&rest, ".");

		if (part == NULL || read_u8(&parts[i], part, err) < 0)
			return err_set(err, ERR_GUEST_FILE, "'%s' is not a version such as 1.55.39",
				       TEXT_SHOW(word));
	}
	if (rest != NULL)
		return err_set(err, ERR_GUEST_FILE, "'%s' is not a version such as 1.55.39",
			       TEXT_SHOW(word));
	return 0;
}

// sev,sev-es,sev-snp or none. A machine always has the type without protection.
static int read_vm_types(void *member, const char *word, struct err *err)
{
	static const struct {
		const char *word;
		uint64_t bit;
	} types[] = {
		{ "sev", 1U << ABI_VM_SEV },
		{ "sev-es", 1U << ABI_VM_SEV_ES },
		{ "sev-snp", 1U << ABI_VM_SNP },
		{ "none", 0 },
	};
	char text[STATEMENT_BYTES_MAX] = { 0 };
	char *rest = text;
	uint64_t bits = 1U << ABI_VM_DEFAULT;

	(void)!text_copy_field(text, sizeof(text), word);
	while (rest != NULL) {
		const char *type = strsep(&rest, ",");
		size_t i = 0;

		while (i < ARRAY_LEN(types) && strcmp(types[i].word, type) != 0)
			i++;
		if (i == ARRAY_LEN(types))
			return err_set(err, ERR_GUEST_FILE,
				       "'%s' is not one of sev, sev-es, sev-snp, none",
				       TEXT_SHOW(type));
		bits |= types[i].bit;
	}
	*(uint64_t *)member = bits;
	return 0;
}

static int hex_digit(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = digit == '\0' ? NULL : strchr(digits, digit);

	return found == NULL ? -1 : (int)(found - digits);
}

static int read_hex(uint8_t *bytes, size_t len, const char *word)
{
	for (size_t i = 0; i < len; i++, word += 2) {
		int high = hex_digit(word[0]);
		int low = high < 0 ? -1 : hex_digit(word[1]);

		if (low < 0)
			return -1;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return *word == '\0' ? 0 : -1;
}

static int read_key(void *member, const char *word, struct err *err)
{
	return read_hex(member, AES128_KEY_SIZE, word) == 0 ?
		       0 :
		       err_set(err, ERR_GUEST_FILE, "a key has %d lower-case hexadecimal digits",
			       2 * AES128_KEY_SIZE);
}

static int read_measurement(void *member, const char *word, struct err *err)
{
	return read_hex(member, SESSION_MEASUREMENT_BYTES, word) == 0 ?
		       0 :
		       err_set(err, ERR_GUEST_FILE,
			       "a measurement has %d lower-case hexadecimal digits",
			       2 * SESSION_MEASUREMENT_BYTES);
}

#define PLATFORM_KEY(member, read) \
	{ \
#member, offsetof(struct scenario, platform.member), read, 0 \
	}
#define OPTIONAL_KEY(member, read, flag) \
	{ \
#member, offsetof(struct scenario, member), read, offsetof(struct scenario, flag) \
	}

static const struct key {
	const char *name;
	size_t offset;
	int (*read)(void *member, const char *word, struct err *err);
	/* Where it is kept that the key was given; 0: nowhere. */
	size_t flag_offset;
} keys[] = {
	{ "api", offsetof(struct scenario, platform.api_major), read_api, 0 },
	PLATFORM_KEY(snp_svn, read_u8),
	PLATFORM_KEY(sev_asids, read_u32),
	PLATFORM_KEY(sev_es_asids, read_u32),
	PLATFORM_KEY(vm_types, read_vm_types),
	PLATFORM_KEY(vmsa_features, read_u64),
	PLATFORM_KEY(snp_policy_allowed, read_u64),
	PLATFORM_KEY(snp_policy_required, read_u64),
	PLATFORM_KEY(snp_policy_features, read_u64),
	PLATFORM_KEY(smt_active, read_switch),
	PLATFORM_KEY(sockets, read_u8),
	OPTIONAL_KEY(tik, read_key, has_keys),
	OPTIONAL_KEY(tek, read_key, has_keys),
	OPTIONAL_KEY(replayed_measurement, read_measurement, has_replayed_measurement),
	OPTIONAL_KEY(measured_api, read_api, has_measured_api),
	OPTIONAL_KEY(measured_policy, read_u32, has_measured_policy),
};
static_assert(offsetof(struct platform, build) == offsetof(struct platform, api_major) + 2,
	      "read_api() fills three members");
static_assert(ARRAY_LEN(keys) <= 32, "each key has a bit of what was given");

// Which statements there were.
struct progress {
	bool any;
	uint32_t keys_given;
};

static const struct {
	const char *word;
	int errnum;
} errnos[] = {
	{ "EPERM", EPERM },	      { "ENOENT", ENOENT },
	{ "EINTR", EINTR },	      { "EIO", EIO },
	{ "EAGAIN", EAGAIN },	      { "ENOMEM", ENOMEM },
	{ "EACCES", EACCES },	      { "EFAULT", EFAULT },
	{ "EBUSY", EBUSY },	      { "EEXIST", EEXIST },
	{ "ENODEV", ENODEV },	      { "EINVAL", EINVAL },
	{ "ENFILE", ENFILE },	      { "EMFILE", EMFILE },
	{ "ENOTTY", ENOTTY },	      { "ENOSPC", ENOSPC },
	{ "ENXIO", ENXIO },	      { "ENOSYS", ENOSYS },
	{ "EOPNOTSUPP", EOPNOTSUPP }, { "ETIMEDOUT", ETIMEDOUT },
};

// The kernel's last one, EHWPOISON.
#define ERRNO_MAX 133

static int read_errno(struct fault *fault, const char *word, struct err *err)
{
	uint64_t number = 0;

	for (size_t i = 0; i < ARRAY_LEN(errnos); i++)
		if (strcmp(errnos[i].word, word) == 0) {
			fault->errnum = errnos[i].errnum;
			return 0;
		}
	if (text_parse_u64(word, &number) < 0 || number == 0 || number > ERRNO_MAX)
		return err_set(err, ERR_GUEST_FILE, "'%s' is no errno that a fault can have",
			       TEXT_SHOW(word));
	fault->errnum = (int)number;
	return 0;
}

static int read_effect(struct fault *fault, const char *word, struct err *err)
{
	bool dies = strcmp(word, "dies") == 0;

	if (!dies && strcmp(word, "hangs") != 0)
		return err_set(err, ERR_GUEST_FILE, "'%s' is neither 'hangs' nor 'dies'",
			       TEXT_SHOW(word));
	fault->effect = dies ? FAULT_DIES : FAULT_HANGS;
	return 0;
}

static int read_fw_error(struct fault *fault, const char *word, struct err *err)
{
	if (firmware_error_parse(word, &fault->fw_error) < 0)
		return err_set(err, ERR_GUEST_FILE,
			       "'%s' is neither an error of the SEV firmware nor a number of 1 to "
			       "65535",
			       TEXT_SHOW(word));
	return 0;
}

static int read_call(struct fault *fault, const char *word, struct err *err)
{
	if (number_up_to(word, UINT32_MAX, &fault->call, err) < 0)
		return -1;
	return fault->call == 0 ? err_set(err, ERR_GUEST_FILE, "calls are counted from 1") : 0;
}

static const struct {
	const char *prefix;
	int (*read)(struct fault *fault, const char *word, struct err *err);
} fault_parts[] = {
	{ "call=", read_call },
	{ "errno=", read_errno },
	{ "fw_error=", read_fw_error },
	{ "qemu=", read_effect },
};

static int read_fault_part(struct fault *fault, const char *word, uint32_t *given, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(fault_parts); i++) {
		size_t len = strlen(fault_parts[i].prefix);

		if (strncmp(word, fault_parts[i].prefix, len) != 0)
			continue;
		if ((*given & 1U << i) != 0)
			return err_set(err, ERR_GUEST_FILE, "'%s' is given twice",
				       fault_parts[i].prefix);
		*given |= 1U << i;
		return fault_parts[i].read(fault, word + len, err);
	}
	return err_set(err, ERR_GUEST_FILE,
		       "'%s' is none of call=N, errno=E, fw_error=E, qemu=hangs|dies",
		       TEXT_SHOW(word));
}

// What KVM returns for a command that the firmware refused.
#define ERRNO_OF_FIRMWARE EIO

static int check_fault(struct fault *fault, struct err *err)
{
	if (fault->effect != FAULT_ANSWERS && (fault->errnum != 0 || fault->fw_error != 0))
		return err_set(err, ERR_GUEST_FILE,
			       "'%s': a QEMU that hangs or dies gets no errno and no fw_error",
			       fault->name);
	if (fault->effect != FAULT_ANSWERS)
		return 0;
	if (fault->fw_error != 0 && !call_reaches_firmware(fault->name))
		return err_set(err, ERR_GUEST_FILE, "'%s' does not reach the firmware: errno=E",
			       fault->name);
	if (fault->errnum == 0 && fault->fw_error == 0)
		return err_set(err, ERR_GUEST_FILE, "fault of '%s' without errno=E or fw_error=E",
			       fault->name);
	if (fault->errnum == 0)
		fault->errnum = ERRNO_OF_FIRMWARE;
	return 0;
}

static int read_fault(struct scenario *scenario, const struct statement *statement, struct err *err)
{
	struct fault *fault = &scenario->faults[scenario->n_faults];
	uint32_t given = 0;

	if (scenario->n_faults == SCENARIO_FAULTS_MAX)
		return err_set(err, ERR_GUEST_FILE, "more than %d faults", SCENARIO_FAULTS_MAX);
	if (statement->n < 2)
		return err_set(err, ERR_GUEST_FILE, "'fault' needs the name of a call");
	*fault = (struct fault){ .call = 0 };
	if (!call_is_known(statement->words[1]) ||
	    text_copy_field(fault->name, sizeof(fault->name), statement->words[1]) < 0)
		return err_set(err, ERR_GUEST_FILE, "'%s' is no call that can fail",
			       TEXT_SHOW(statement->words[1]));
	for (size_t i = 2; i < statement->n; i++)
		if (read_fault_part(fault, statement->words[i], &given, err) < 0)
			return -1;
	scenario->n_faults++;
	return check_fault(fault, err);
}

static int read_platform(struct scenario *scenario, const char *word, struct err *err)
{
	const struct platform *platform = platform_find(word);

	if (platform == NULL)
		return err_set(err, ERR_GUEST_FILE, "'%s' is no platform: %s", TEXT_SHOW(word),
			       platform_names);
	scenario->platform = *platform;
	return 0;
}

static int read_key_statement(struct scenario *scenario, const struct statement *statement,
			      struct progress *progress, struct err *err)
{
	const char *name = statement->words[0];

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].name, name) != 0)
			continue;
		if ((progress->keys_given & 1U << i) != 0)
			return err_set(err, ERR_GUEST_FILE, "'%s' is given twice", name);
		progress->keys_given |= 1U << i;
		if (keys[i].read((char *)scenario + keys[i].offset, statement->words[1], err) < 0)
			return err_context(err, "%s", name);
		if (keys[i].flag_offset != 0)
			*(bool *)((char *)scenario + keys[i].flag_offset) = true;
		return 0;
	}
	return err_set(err, ERR_GUEST_FILE, "unknown statement '%s'", TEXT_SHOW(name));
}

static int read_statement(struct scenario *scenario, const struct statement *statement,
			  struct progress *progress, struct err *err)
{
	bool is_first = !progress->any;

	progress->any = true;
	if (strcmp(statement->words[0], "fault") == 0)
		return read_fault(scenario, statement, err);
	if (statement->n != 2)
		return err_set(err, ERR_GUEST_FILE, "'%s' needs one value",
			       TEXT_SHOW(statement->words[0]));
	if (strcmp(statement->words[0], "platform") != 0)
		return read_key_statement(scenario, statement, progress, err);
	if (!is_first)
		return err_set(err, ERR_GUEST_FILE, "'platform' must be the first statement");
	return read_platform(scenario, statement->words[1], err);
}

static int cut_line(struct statement *statement, const char *line, size_t len, struct err *err)
{
	char *rest = statement->line;

	if (len >= sizeof(statement->line))
		return err_set(err, ERR_GUEST_FILE, "a line has at most %zu bytes",
			       sizeof(statement->line) - 1);
	if (memchr(line, '\0', len) != NULL)
		return err_set(err, ERR_GUEST_FILE, "NUL byte");
	memcpy(statement->line, line, len);
	statement->line[strcspn(statement->line, "#")] = '\0';
	while (rest != NULL) {
		char *word = strsep(&rest, BLANKS);

		if (*word == '\0')
			continue;
		if (statement->n == WORDS_MAX)
			return err_set(err, ERR_GUEST_FILE, "a line has at most %d words",
				       WORDS_MAX);
		statement->words[statement->n++] = word;
	}
	return 0;
}

static int parse_line(struct scenario *scenario, const char *line, size_t len,
		      struct progress *progress, struct err *err)
{
	struct statement statement = { .n = 0 };

	if (cut_line(&statement, line, len, err) < 0)
		return -1;
	return statement.n == 0 ? 0 : read_statement(scenario, &statement, progress, err);
}

void scenario_init(struct scenario *scenario)
{
	*scenario = (struct scenario){ .platform = *platform_find("genoa") };
}

int scenario_parse(struct scenario *scenario, const char *text, size_t len, struct err *err)
{
	struct progress progress = { .any = false };
	const char *end = text + len;
	unsigned int number = 1;

	scenario_init(scenario);
	for (const char *line = text; line < end; number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		const char *line_end = newline != NULL ? newline : end;

		if (parse_line(scenario, line, (size_t)(line_end - line), &progress, err) < 0)
			return err_context(err, "scenario: line %u", number);
		line = line_end + 1;
	}
	return 0;
}

int scenario_read(struct scenario *scenario, int fd, struct err *err)
{
	AUTO(mem) char *text = mem_zeroed(SCENARIO_BYTES_MAX + 1, 1);
	size_t len = 0;
	ssize_t n;

	do {
		n = pread(fd, text + len, SCENARIO_BYTES_MAX + 1 - len, (off_t)len);
		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read the scenario");
		len += (size_t)n;
	} while (n > 0);
	if (len > SCENARIO_BYTES_MAX)
		return err_set(err, ERR_GUEST_FILE, "the scenario has more than %zu bytes",
			       SCENARIO_BYTES_MAX);
	return scenario_parse(scenario, text, len, err);
}
