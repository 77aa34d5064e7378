// SPDX-License-Identifier: Apache-2.0
// QEMU's environment, and who has something preloaded.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include <stdlib.h>

#include "plan/layout.h"
#include "plan/qemu_argv.h"

static struct plan plan;

static void preloads_the_library_for_a_rehearsal_alone(void **state)
{
	static const char *const words[] = { "PATH=/usr/bin",
					     "LC_ALL=C",
					     "LD_PRELOAD=/proc/self/fd/%d",
					     "SNPLAUNCH_REHEARSAL_SCENARIO_FD=%d",
					     "SNPLAUNCH_REHEARSAL_ACCOUNT_FD=%d",
					     "SNPLAUNCH_REHEARSAL_KVM_FD=%d" };
	AUTO(argv) struct argv environment = { 0 };
	struct layout layout;

	(void)state;
	plan_fill(&plan, LEVEL_SEV_SNP);
	qemu_environment(&environment, &plan);
	assert_int_equal(environment.n, 2);
	argv_release(&environment);
	plan.rehearses = 1;
	layout = layout_of(&plan);
	qemu_environment(&environment, &plan);
	assert_int_equal(environment.n, ARRAY_LEN(words));
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		const int numbers[] = {
			0, 0, layout.library, layout.scenario, layout.account, layout.kvm
		};
		const char *mark = strchr(words[i], '%');
		size_t len = mark == NULL ? strlen(words[i]) : (size_t)(mark - words[i]);

		assert_memory_equal(environment.items[i], words[i], len);
		assert_int_equal(atoi(environment.items[i] + len), numbers[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(preloads_the_library_for_a_rehearsal_alone),
	};

	return cmocka_run_group_tests_name("plan/qemu_environment", tests, NULL, NULL);
}
