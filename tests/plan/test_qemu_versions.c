// SPDX-License-Identifier: Apache-2.0
// What QEMU's command line says otherwise to a newer QEMU.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include "base/argv.h"
#include "plan/qemu_argv.h"

static bool has_argument(const struct argv *argv, const char *argument)
{
	for (size_t i = 0; i < argv->n; i++)
		if (strcmp(argv->items[i], argument) == 0)
			return true;
	return false;
}

// The object is new in QEMU 11.1, which calls the option deprecated.
static void asks_for_qmp_as_its_qemu_wants_it(void **state)
{
	static const char object[] =
		"{\"qom-type\":\"monitor-qmp\",\"id\":\"monitor0\",\"chardev\":\"qmp\"}";
	static const struct {
		const char *machine;
		bool has_object;
	} rows[] = {
		{ "pc-q35-7.2", false }, { "pc-q35-10.2", false }, { "pc-q35-11.0", false },
		{ "pc-q35-11.1", true }, { "pc-q35-11.10", true }, { "pc-q35-12.0", true },
		{ "pc-q35-12", true },	 { "pc-q35-11", false },   { "q35", false },
	};
	static struct plan plan;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO(argv) struct argv argv = { 0 };

		plan_fill(&plan, LEVEL_OFF);
		(void)snprintf(plan.machine, sizeof(plan.machine), "%s", rows[i].machine);
		qemu_argv(&argv, &plan);
		assert_int_equal(has_argument(&argv, "-mon"), !rows[i].has_object);
		assert_int_equal(has_argument(&argv, object), rows[i].has_object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_qmp_as_its_qemu_wants_it),
	};

	return cmocka_run_group_tests_name("plan/qemu_versions", tests, NULL, NULL);
}
