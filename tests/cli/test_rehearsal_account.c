// SPDX-License-Identifier: Apache-2.0
// Accounts of rehearsals, right ones and such as QEMU could have forged; and where traces part.

#include "tests/base/process.h"

#include <sys/mman.h>

#include "cli/rehearsal_account.h"

#define PLATFORM \
	"{\"record\":\"platform\",\"name\":\"genoa\",\"api_major\":1,\"api_minor\":55," \
	"\"build\":39,\"tcb\":\"0x1\",\"vm_types\":\"0x1d\"}\n"
#define COMMAND(number, code) \
	"{\"record\":\"command\",\"call\":\"KVM_SEV_INIT2\",\"errno\":" number \
	",\"fw_error\":" code ",\"fw_error_name\":\"RESOURCE_LIMIT\"}\n"
#define RANGE(gpa, digest) \
	"{\"record\":\"range\"," gpa "\"len\":4096,\"page_type\":\"normal\",\"digest\":\"" digest \
	"\"}\n"
#define VMSA(digest) \
	"{\"record\":\"vmsa\",\"vcpu\":3,\"contents\":\"ff\",\"digest\":\"" digest "\"}\n"

static int read_text(struct rehearsal_account *account, const char *text, struct err *err)
{
	AUTO(fd) int fd = memfd_create("account", MFD_CLOEXEC);

	*account = (struct rehearsal_account){ 0 };
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return rehearsal_account_read(account, fd, err);
}

static void reads_what_was_measured(void **state)
{
	struct rehearsal_account account;
	struct err err;

	(void)state;
	expect_success(read_text(&account,
				 PLATFORM COMMAND("0", "0") RANGE("\"gpa\":\"0x80000000000\",",
								  "01") RANGE("", "02")
					 VMSA("03") "{\"record\":\"later\",\"x\":[1]}\n"
						    "{\"record\":\"finish\",\"digest\":\"03\"}\n",
				 &err),
		       &err);
	assert_string_equal(account.platform.name, "genoa");
	assert_int_equal(account.platform.vm_types, 0x1d);
	assert_string_equal(account.failure.call, "");
	assert_int_equal(account.caused.n, 3);
	assert_true(account.caused.ranges[0].has_gpa);
	assert_int_equal(account.caused.ranges[0].gpa, 0x80000000000);
	assert_int_equal(account.caused.ranges[0].len, 4096);
	assert_string_equal(account.caused.ranges[0].what, "normal");
	assert_false(account.caused.ranges[1].has_gpa);
	assert_true(account.caused.ranges[2].is_vmsa);
	assert_int_equal(account.caused.ranges[2].vcpu, 3);
	assert_string_equal(account.caused.digest, "03");
	rehearsal_account_release(&account);
}

static void keeps_the_last_failure(void **state)
{
	struct rehearsal_account account;
	struct err err;

	(void)state;
	expect_success(read_text(&account,
				 PLATFORM COMMAND("5", "23") COMMAND("16", "0") COMMAND("0", "0"),
				 &err),
		       &err);
	assert_string_equal(account.failure.call, "KVM_SEV_INIT2");
	assert_int_equal(account.failure.errnum, 16);
	assert_string_equal(account.caused.digest, "");
	rehearsal_account_release(&account);
	expect_success(read_text(&account, "", &err), &err);
	assert_string_equal(account.platform.name, "");
	rehearsal_account_release(&account);
}

static void refuses_what_is_no_account(void **state)
{
	static const char *const texts[] = {
		"\n",
		"platform genoa\n",
		"{}\n",
		"{\"record\":7}\n",
		"{\"record\":\"platform\"}\n",
		RANGE("\"gpa\":7,", "01"),
		RANGE("\"gpa\":\"7\",", "01"),
		RANGE("", "\\u001b[31m"),
		VMSA("0123456789012345678901234567890123456789012345678901234567890123456789"
		     "01234567890123456789012345678"),
		"{\"record\":\"finish\"}",
		COMMAND("-1", "0"),
		COMMAND("5", "99999999999"),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct rehearsal_account account;
		struct err err;

		if (read_text(&account, texts[i], &err) == 0)
			fail_msg("taken: %s", texts[i]);
		assert_int_equal(err.kind, ERR_PROTOCOL);
		assert_non_null(strstr(err.text, "account of the rehearsal: line 1: "));
		rehearsal_account_release(&account);
	}
}

static void finds_where_traces_part(void **state)
{
	AUTO(trace) struct trace one = { 0 };
	AUTO(trace) struct trace other = { 0 };

	(void)state;
	assert_int_equal(trace_parts_at(&one, &other), -1);
	(void)strcpy(trace_add(&one)->digest, "01");
	assert_int_equal(trace_parts_at(&one, &other), 0);
	(void)strcpy(trace_add(&other)->digest, "01");
	assert_int_equal(trace_parts_at(&one, &other), -1);
	(void)strcpy(trace_add(&other)->digest, "02");
	assert_int_equal(trace_parts_at(&one, &other), 1);
	(void)strcpy(trace_add(&one)->digest, "03");
	assert_int_equal(trace_parts_at(&one, &other), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_was_measured),
		cmocka_unit_test(keeps_the_last_failure),
		cmocka_unit_test(refuses_what_is_no_account),
		cmocka_unit_test(finds_where_traces_part),
	};

	return cmocka_run_group_tests_name("cli/rehearsal_account", tests, NULL, NULL);
}
