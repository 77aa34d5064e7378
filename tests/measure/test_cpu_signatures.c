// SPDX-License-Identifier: Apache-2.0
// CPU models and their signatures.

#include "tests/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "measure/cpu_signatures.h"

static void signature_is_made_of_family_model_stepping(void **state)
{
	(void)state;
	assert_int_equal(cpu_signature(23, 1, 2), 0x00800f12);
	assert_int_equal(cpu_signature(25, 17, 0), 0x00a10f10);
	assert_int_equal(cpu_signature(26, 0, 0), 0x00b00f00);
	assert_int_equal(cpu_signature(15, 107, 1), 0x00060fb1);
	assert_int_equal(cpu_signature(6, 13, 3), 0x000006d3);
	assert_int_equal(cpu_signature(16, 2, 3), 0x00100f23);
}

static void models_have_their_signatures(void **state)
{
	static const struct {
		const char *name;
		uint32_t signature;
	} rows[] = {
		{ "EPYC", 0x00800f12 },	      { "EPYC-IBPB", 0x00800f12 },
		{ "EPYC-v5", 0x00800f12 },    { "EPYC-Rome-v4", 0x00830f10 },
		{ "EPYC-Milan", 0x00a00f11 }, { "EPYC-Genoa-v3", 0x00a10f10 },
		{ "EPYC-Turin", 0x00b00f00 }, { "Dhyana-v2", 0x00900f01 },
		{ "phenom", 0x00100f23 },     { "Opteron_G5", 0x00600f20 },
		{ "qemu64", 0x00060fb1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct cpu_model *model = cpu_model_find(rows[i].name);

		assert_non_null(model);
		assert_int_equal(cpu_model_signature(model), rows[i].signature);
	}
}

static void only_whole_names_are_found(void **state)
{
	(void)state;
	assert_null(cpu_model_find("EPYC-v9"));
	assert_null(cpu_model_find("epyc"));
	assert_null(cpu_model_find("host"));
	assert_null(cpu_model_find(""));
}

static void versions_are_of_a_model_and_like_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < cpu_models_n; i++) {
		const char *version = strstr(cpu_models[i].name, "-v");
		const struct cpu_model *unversioned;
		char name[32];

		assert_ptr_equal(cpu_model_find(cpu_models[i].name), &cpu_models[i]);
		if (version == NULL)
			continue;
		(void)snprintf(name, sizeof(name), "%.*s", (int)(version - cpu_models[i].name),
			       cpu_models[i].name);
		unversioned = cpu_model_find(name);
		assert_non_null(unversioned);
		assert_int_equal(cpu_model_signature(unversioned),
				 cpu_model_signature(&cpu_models[i]));
	}
}

static void signature_leads_to_its_models(void **state)
{
	const struct cpu_model *model = NULL;
	size_t n = 0;

	(void)state;
	while ((model = cpu_model_of_signature(0x00a10f10, model)) != NULL) {
		assert_true(strncmp(model->name, "EPYC-Genoa", 10) == 0);
		n++;
	}
	assert_int_equal(n, 4);
	assert_null(cpu_model_of_signature(0x12345678, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signature_is_made_of_family_model_stepping),
		cmocka_unit_test(models_have_their_signatures),
		cmocka_unit_test(only_whole_names_are_found),
		cmocka_unit_test(versions_are_of_a_model_and_like_it),
		cmocka_unit_test(signature_leads_to_its_models),
	};

	return cmocka_run_group_tests_name("measure/cpu_signatures", tests, NULL, NULL);
}
