// SPDX-License-Identifier: Apache-2.0
// Conflicts between keys: each names both sides.

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "policy/guest.h"
#include "tests/policy/json_quotes.h"

// Too large for a stack.
static struct guest guest;
static struct err_list errors;

// In 'text' single quotes stand for double ones.
static int check_text(const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
	if (guest_read(&guest, "web.json", json, strlen(json), &errors) < 0)
		fail_msg("%s", errors.items[0].text);
	return guest_check(&guest, &errors);
}

static void assert_accepts(const char *text)
{
	if (check_text(text) < 0)
		fail_msg("%s: %s", text, errors.items[0].text);
	assert_int_equal(errors.n, 0);
}

static void assert_refuses(const char *text, const char *why)
{
	assert_int_equal(check_text(text), -1);
	assert_string_equal(errors.items[0].text, why);
	assert_int_equal(errors.items[0].kind, ERR_GUEST_FILE);
	assert_int_equal(errors.n, 1);
}

static void only_the_level_is_required(void **state)
{
	(void)state;
	assert_accepts("{'level':'off'}");
	assert_accepts("{'level':'sev'}");
	assert_accepts("{'level':'sev-es'}");
	assert_accepts("{'level':'sev-snp'}");
	assert_refuses("{}", "key 'level' is missing: off, sev, sev-es or sev-snp");
	assert_refuses("{'vcpus':1,'accel':'tcg','host_data':"
		       "'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='}",
		       "key 'level' is missing: off, sev, sev-es or sev-snp");
}

static void tcg_needs_level_off(void **state)
{
	(void)state;
	assert_accepts("{'level':'off','accel':'tcg'}");
	assert_accepts("{'level':'sev','accel':'kvm'}");
	assert_refuses("{'level':'sev-snp','accel':'tcg'}",
		       "key 'accel' is 'tcg', which needs level off, but key 'level' is 'sev-snp': "
		       "use --accel kvm");
}

static void direct_boot_keys_need_a_kernel(void **state)
{
	(void)state;
	assert_accepts("{'level':'sev','kernel':'k','initrd':'i','cmdline':'c',"
		       "'kernel_hashes':true,'unenforced_kernel_hashes':'accept'}");
	assert_refuses("{'level':'sev','initrd':'i'}",
		       "key 'initrd' needs key 'kernel', which is not given");
	assert_refuses("{'level':'off','cmdline':''}",
		       "key 'cmdline' needs key 'kernel', which is not given");
	assert_refuses("{'level':'sev','kernel_hashes':false}",
		       "key 'kernel_hashes' needs key 'kernel', which is not given");
	assert_refuses("{'level':'sev','unenforced_kernel_hashes':'refuse'}",
		       "key 'unenforced_kernel_hashes' needs key 'kernel', which is not given");
}

enum {
	OFF = 1 << LEVEL_OFF,
	SEV = 1 << LEVEL_SEV,
	ES = 1 << LEVEL_SEV_ES,
	SNP = 1 << LEVEL_SEV_SNP,
};

// What the levels take, written down a second time: the table's columns are what is tested.
static const struct {
	const char *member;
	unsigned int levels;
	const char *refusal; // up to "but key 'level' ..."
} rows[] = {
	{ "'name':'a'", OFF | SEV | ES | SNP, NULL },
	{ "'disks':[{'path':'a','format':'raw'}]", OFF | SEV | ES | SNP, NULL },
	{ "'vsock_cid':3", OFF | SEV | ES | SNP, NULL },
	{ "'kernel':'k','kernel_hashes':true", SEV | ES | SNP,
	  "key 'kernel_hashes' needs level sev, sev-es or sev-snp" },
	{ "'kernel':'k','unenforced_kernel_hashes':'accept'", SEV | ES | SNP,
	  "key 'unenforced_kernel_hashes' needs level sev, sev-es or sev-snp" },
	{ "'legacy_vm_type':'off'", SEV | ES, "key 'legacy_vm_type' needs level sev or sev-es" },
	{ "'cpu_signature':'0x1'", ES | SNP, "key 'cpu_signature' needs level sev-es or sev-snp" },
	{ "'vmsa_features':'0x0'", ES | SNP, "key 'vmsa_features' needs level sev-es or sev-snp" },
	{ "'guest_policy':{'debug':false}", SEV | ES | SNP,
	  "key 'guest_policy' needs level sev, sev-es or sev-snp" },
	{ "'guest_policy':{'abi':'0.0'}", SEV | ES | SNP,
	  "key 'guest_policy' needs level sev, sev-es or sev-snp" },
	{ "'id_block':{'block':'a','auth':'b'}", SNP, "key 'id_block' needs level sev-snp" },
	{ "'host_data':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='", SNP,
	  "key 'host_data' needs level sev-snp" },
	{ "'vcek_disabled':false", SNP, "key 'vcek_disabled' needs level sev-snp" },
	{ "'guest_visible_workarounds':'AAAAAAAAAAAAAAAAAAAAAA=='", SNP,
	  "key 'guest_visible_workarounds' needs level sev-snp" },
	{ "'sev_session':{'dh_cert':'a','session':'b'}", SEV | ES,
	  "key 'sev_session' needs level sev or sev-es" },
};

static void each_level_takes_its_own_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
			char text[512];
			char why[512];

			(void)snprintf(text, sizeof(text), "{'level':'%s',%s}", level_word(level),
				       rows[i].member);
			if ((rows[i].levels >> level & 1) != 0) {
				assert_accepts(text);
				continue;
			}
			(void)snprintf(why, sizeof(why), "%s, but key 'level' is '%s'",
				       rows[i].refusal, level_word(level));
			assert_refuses(text, why);
		}
	}
}

static void snp_policy_bits_need_snp(void **state)
{
	static const char *const bits[] = { "smt", "single_socket", "migrate_agent" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
		char text[128];
		char why[256];

		(void)snprintf(text, sizeof(text), "{'level':'sev-es','guest_policy':{'%s':false}}",
			       bits[i]);
		(void)snprintf(why, sizeof(why),
			       "key 'guest_policy.%s' needs level sev-snp, but key 'level' is "
			       "'sev-es'",
			       bits[i]);
		assert_refuses(text, why);
		(void)snprintf(text, sizeof(text),
			       "{'level':'sev-snp','guest_policy':{'%s':false}}", bits[i]);
		assert_accepts(text);
	}
}

static void objects_made_of_options_are_complete(void **state)
{
	static const struct {
		const char *level;
		const char *key;
		const char *value;
		const char *why;
	} options[] = {
		{ "sev-snp", "id-block", "{'block':'a'}",
		  "key 'id_block' needs key 'id_block.auth', which is not given" },
		{ "sev-snp", "id-block", "{'auth':'a'}",
		  "key 'id_block' needs key 'id_block.block', which is not given" },
		{ "sev", "sev-session", "{'dh_cert':'a'}",
		  "key 'sev_session.dh_cert' needs key 'sev_session.session', which is not given" },
		{ "sev", "sev-session", "{'session':'a'}",
		  "key 'sev_session.session' needs key 'sev_session.dh_cert', which is not given" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		AUTO(mem) char *value = NULL;
		uint64_t given = 0;
		struct err err;

		memset(&guest, 0, sizeof(guest));
		memset(&errors, 0, sizeof(errors));
		value = json_quotes(options[i].value);
		assert_int_equal(guest_set_option(&guest, "level", options[i].level, &given, &err),
				 0);
		assert_int_equal(guest_set_option(&guest, options[i].key, value, &given, &err), 0);
		assert_int_equal(guest_check(&guest, &errors), -1);
		assert_int_equal(errors.n, 1);
		assert_string_equal(errors.items[0].text, options[i].why);
		assert_int_equal(errors.items[0].kind, ERR_GUEST_FILE);
	}
}

static void reports_every_conflict(void **state)
{
	static const char *const expected[] = {
		"key 'accel' is 'tcg', which needs level off, but key 'level' is 'sev': use --accel kvm",
		"key 'initrd' needs key 'kernel', which is not given",
		"key 'id_block' needs level sev-snp, but key 'level' is 'sev'",
		"key 'vcek_disabled' needs level sev-snp, but key 'level' is 'sev'",
	};

	(void)state;
	assert_int_equal(check_text("{'vcek_disabled':true,'initrd':'i','level':'sev',"
				    "'accel':'tcg','id_block':{'block':'a','auth':'b'}}"),
			 -1);
	assert_int_equal(errors.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_string_equal(errors.items[i].text, expected[i]);
}

static void words_have_names_and_nothing_else_has(void **state)
{
	(void)state;
	assert_string_equal(level_word(LEVEL_SEV_ES), "sev-es");
	assert_string_equal(accel_word(ACCEL_TCG), "tcg");
	assert_string_equal(console_word(CONSOLE_STDIO), "stdio");
	assert_string_equal(disk_format_word(DISK_QCOW2), "qcow2");
	assert_null(level_word(LEVEL_UNSET));
	assert_null(level_word(LEVELS));
	assert_null(accel_word(ACCELS));
	assert_null(console_word(CONSOLE_KINDS));
	assert_null(disk_format_word((enum disk_format) - 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_level_is_required),
		cmocka_unit_test(tcg_needs_level_off),
		cmocka_unit_test(direct_boot_keys_need_a_kernel),
		cmocka_unit_test(each_level_takes_its_own_keys),
		cmocka_unit_test(snp_policy_bits_need_snp),
		cmocka_unit_test(objects_made_of_options_are_complete),
		cmocka_unit_test(reports_every_conflict),
		cmocka_unit_test(words_have_names_and_nothing_else_has),
	};

	return cmocka_run_group_tests_name("policy/guest_check", tests, NULL, NULL);
}
