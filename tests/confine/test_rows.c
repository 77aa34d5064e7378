// SPDX-License-Identifier: Apache-2.0
// The tables of QEMU's layers: complete, and chosen from as a guest needs.

#include "tests/unit.h"

#include <linux/landlock.h>
#include <string.h>

#include "base/attributes.h"
#include "confine/capabilities.h"
#include "confine/layers.h"
#include "confine/limits.h"
#include "confine/namespaces.h"
#include "confine/qemu_filters.h"
#include "confine/root_rows.h"

static void says_something_in_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < LAYERS; i++)
		assert_true(layer_rows[i].word[0] != '\0' && layer_rows[i].what[0] != '\0');
	for (size_t i = 0; i < CAPABILITY_ROWS; i++)
		assert_true(capability_rows[i].word[0] != '\0' &&
			    capability_rows[i].reason[0] != '\0');
	for (size_t i = 0; i < LIMIT_ROWS; i++)
		assert_true(limit_rows[i].word[0] != '\0' && limit_rows[i].reason[0] != '\0');
	for (size_t i = 0; i < ROOT_ROWS; i++)
		assert_true(root_rows[i].path[0] == '/' && root_rows[i].reason[0] != '\0');
}

static void describes_every_namespace(void **state)
{
	unsigned int described = 0;

	(void)state;
	for (size_t i = 0; i < NAMESPACE_ROWS; i++) {
		assert_int_equal(described & namespace_rows[i].flag, 0);
		described |= namespace_rows[i].flag;
	}
	assert_int_equal(described, NAMESPACES);
}

static void lets_nobody_write_files_but_devices(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (root_rows[i].kind != ROOT_DEVICE)
			assert_int_equal(root_rows[i].access &
						 ~(uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE |
							     LANDLOCK_ACCESS_FS_EXECUTE),
					 0);
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (root_rows[i].kind == ROOT_DEVICE)
			assert_int_equal(root_rows[i].access & LANDLOCK_ACCESS_FS_EXECUTE, 0);
}

static bool shows(const char *path, struct plan_needs needs)
{
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (strcmp(root_rows[i].path, path) == 0)
			return root_row_is_shown(&root_rows[i], &needs);
	fail_msg("there is no row '%s'", path);
	return false;
}

static void shows_a_device_only_to_who_needs_it(void **state)
{
	(void)state;
	for (enum level level = LEVEL_UNSET; level < LEVELS; level++) {
		struct plan_needs needs = { .level = level };
		struct plan_needs by_path = { .level = level, .kvm_by_path = 1 };

		assert_true(shows("/usr", needs));
		assert_true(shows("/dev/null", needs));
		assert_int_equal(shows("/dev/sev", needs), level > LEVEL_OFF);
		assert_false(shows("/dev/kvm", needs));
		assert_true(shows("/dev/kvm", by_path));
		by_path.rehearses = 1;
		assert_true(shows("/dev/null", by_path));
		assert_false(shows("/dev/sev", by_path));
		assert_false(shows("/dev/kvm", by_path));
	}
}

static void chooses_filters_by_level_and_policy(void **state)
{
	static const struct {
		enum level level;
		enum sev_issue_cmd sev_issue_cmd;
		enum seccomp_action action;
		size_t n;
		enum filter filters[QEMU_FILTERS_MAX];
	} cases[] = {
		{ LEVEL_UNSET,
		  SEV_ISSUE_CMD_ALLOW,
		  SECCOMP_KILL,
		  2,
		  { FILTER_SEV_DENY, FILTER_QEMU } },
		{ LEVEL_OFF,
		  SEV_ISSUE_CMD_FAKE,
		  SECCOMP_KILL,
		  2,
		  { FILTER_SEV_DENY, FILTER_QEMU } },
		{ LEVEL_OFF,
		  SEV_ISSUE_CMD_ALLOW,
		  SECCOMP_LOG,
		  2,
		  { FILTER_SEV_DENY, FILTER_QEMU_LOG } },
		{ LEVEL_SEV, SEV_ISSUE_CMD_FAKE, SECCOMP_KILL, 1, { FILTER_QEMU } },
		{ LEVEL_SEV_ES, SEV_ISSUE_CMD_FAKE, SECCOMP_KILL, 1, { FILTER_QEMU } },
		{ LEVEL_SEV_SNP, SEV_ISSUE_CMD_ALLOW, SECCOMP_KILL, 1, { FILTER_QEMU } },
		{ LEVEL_SEV_SNP,
		  SEV_ISSUE_CMD_FAKE,
		  SECCOMP_KILL,
		  2,
		  { FILTER_SEV_FAKE, FILTER_QEMU } },
		{ LEVEL_SEV_SNP,
		  SEV_ISSUE_CMD_FAKE,
		  SECCOMP_LOG,
		  2,
		  { FILTER_SEV_FAKE, FILTER_QEMU_LOG } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum filter filters[QEMU_FILTERS_MAX] = { 0 };

		assert_int_equal(qemu_filters(filters, cases[i].level, cases[i].sev_issue_cmd,
					      cases[i].action),
				 cases[i].n);
		assert_memory_equal(filters, cases[i].filters, sizeof(filters));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_something_in_every_row),
		cmocka_unit_test(describes_every_namespace),
		cmocka_unit_test(lets_nobody_write_files_but_devices),
		cmocka_unit_test(shows_a_device_only_to_who_needs_it),
		cmocka_unit_test(chooses_filters_by_level_and_policy),
	};

	return cmocka_run_group_tests_name("confine/rows", tests, NULL, NULL);
}
