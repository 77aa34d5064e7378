// SPDX-License-Identifier: Apache-2.0
// What the openstack client prints, in all its forms, and what is refused by name and place.

#include "tests/policy/openstack_fixture.h"

static const char *value(enum openstack_side side, enum openstack_property property)
{
	return openstack.files[side].values[property];
}

static void assert_mistake(enum openstack_side side, const char *text, const char *why)
{
	forget();
	assert_int_equal(read_side(side, text), -1);
	assert_string_equal(errors.items[0].text, why);
	assert_int_equal(errors.items[0].kind, ERR_GUEST_FILE);
}

static void reads_properties_as_an_object(void **state)
{
	(void)state;
	forget();
	give(OPENSTACK_IMAGE, "'checksum':null,'min_ram':0,'properties':{'hw_mem_encryption':true,"
			      "'hw_mem_encryption_model':'amd-sev','os_distro':'debian',"
			      "'stores':['a'],'os_hidden':false}");
	assert_string_equal(value(OPENSTACK_IMAGE, OPENSTACK_MEM_ENCRYPTION), "true");
	assert_string_equal(value(OPENSTACK_IMAGE, OPENSTACK_MEM_ENCRYPTION_MODEL), "amd-sev");
	assert_int_equal(openstack.files[OPENSTACK_IMAGE].n_unused, 3);
	assert_string_equal(openstack.files[OPENSTACK_IMAGE].unused[1], "stores");
}

static void reads_properties_as_text(void **state)
{
	static const char member[] =
		"\"properties\":\"hw:mem_encryption='True', trait:A='required', "
		"owner='it's \\\"me\\\", they said'\"";
	char text[400];

	(void)state;
	forget();
	(void)snprintf(text, sizeof(text), "{\"id\":\"f\",%s}", member);
	assert_int_equal(openstack_read(&openstack, OPENSTACK_FLAVOR,
					&(struct openstack_text){ "f", text, strlen(text) },
					&errors),
			 0);
	assert_string_equal(value(OPENSTACK_FLAVOR, OPENSTACK_MEM_ENCRYPTION), "True");
	assert_int_equal(openstack.files[OPENSTACK_FLAVOR].n_requirements, 1);
	assert_string_equal(openstack.files[OPENSTACK_FLAVOR].requirements[0].name, "A");
	assert_int_equal(openstack.files[OPENSTACK_FLAVOR].n_unused, 1);
}

static int read_flavor_text(const char *properties)
{
	char text[400];

	forget();
	(void)snprintf(text, sizeof(text), "{\"id\":\"f\",\"properties\":\"%s\"}", properties);
	return openstack_read(&openstack, OPENSTACK_FLAVOR,
			      &(struct openstack_text){ "f.json", text, strlen(text) }, &errors);
}

static void refuses_text_that_is_no_list(void **state)
{
	static const struct {
		const char *properties;
		const char *why;
	} rows[] = {
		{ "a", "must be text such as a='b', c='d', not 'a'" },
		{ "a=b", "must be text such as a='b', c='d', not 'a=b'" },
		{ "='b'", "must be text such as a='b', c='d', not '='b''" },
		{ "a='b',c='d", "must be text such as a='b', c='d', not 'a='b',c='d'" },
		{ "a='b', ", NULL },
		{ "a='b', a='c'", "property 'a' appears twice" },
		{ "hw:mem_encryption='tru'",
		  "property 'hw:mem_encryption': must be true or false, not 'tru', which Nova would "
		  "take for false" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[300];

		if (rows[i].why == NULL) {
			assert_int_equal(read_flavor_text(rows[i].properties), 0);
			continue;
		}
		assert_int_equal(read_flavor_text(rows[i].properties), -1);
		(void)snprintf(why, sizeof(why), "flavor 'f.json':1:24: key 'properties': %s",
			       rows[i].why);
		assert_string_equal(errors.items[0].text, why);
	}
	assert_int_equal(read_flavor_text(""), 0);
}

// Each of these would have Nova start a guest without encryption.
static void refuses_what_nova_would_ignore(void **state)
{
	(void)state;
	assert_mistake(
		OPENSTACK_IMAGE, "{'id':'i','properties':{'hw_mem_encryption':'tru'}}",
		"image properties 'x.json':1:45: key 'properties.hw_mem_encryption': must be "
		"true or false, not 'tru', which Nova would take for false");
	assert_mistake(OPENSTACK_IMAGE, "{'id':'i','properties':{'hw_mem_encrypton':'true'}}",
		       "image properties 'x.json':1:44: key 'properties.hw_mem_encrypton': unknown "
		       "property, which Nova ignores: did you mean 'hw_mem_encryption'?");
	assert_mistake(OPENSTACK_FLAVOR, "{'id':'i','properties':{'hw_mem_encryption':'true'}}",
		       "flavor 'x.json':1:45: key 'properties.hw_mem_encryption': is a property of "
		       "images, which Nova ignores here: write hw:mem_encryption");
	assert_mistake(OPENSTACK_FLAVOR, "{'id':'i','properties':{'hw_firmware_type':'uefi'}}",
		       "flavor 'x.json':1:44: key 'properties.hw_firmware_type': is a property of "
		       "images, which Nova ignores here");
	assert_mistake(OPENSTACK_IMAGE, "{'id':'i','hw_mem_encryption':'true'}",
		       "image properties 'x.json':1:31: key 'hw_mem_encryption': belongs into key "
		       "'properties'");
}

static void refuses_wrong_values(void **state)
{
	(void)state;
	assert_mistake(OPENSTACK_FLAVOR, "{'id':'i','vcpus':0}",
		       "flavor 'x.json':1:19: key 'vcpus': must be 1 to 512, not 0");
	assert_mistake(OPENSTACK_FLAVOR, "{'id':'i','ram':'2048'}",
		       "flavor 'x.json':1:17: key 'ram': must be a whole number, not a string");
	assert_mistake(OPENSTACK_IMAGE, "{'id':'i','properties':{'hw_machine_type':''}}",
		       "image properties 'x.json':1:43: key 'properties.hw_machine_type': must not "
		       "be empty");
	assert_mistake(
		OPENSTACK_IMAGE, "{'id':'i','properties':{'hw_machine_type':['q35']}}",
		"image properties 'x.json':1:43: key 'properties.hw_machine_type': must be a "
		"string, not an array");
	assert_mistake(
		OPENSTACK_IMAGE, "{'id':'i','properties':{'trait:A':'preferred'}}",
		"image properties 'x.json':1:35: key 'properties.trait:A': must be required or "
		"forbidden, not 'preferred'");
	assert_mistake(OPENSTACK_IMAGE, "{'id':'i','properties':3}",
		       "image properties 'x.json':1:24: key 'properties': must be an object or a "
		       "string, not a number");
}

static void refuses_what_is_no_such_file(void **state)
{
	(void)state;
	assert_mistake(OPENSTACK_IMAGE, "[]",
		       "image properties 'x.json':1:1: must be an object, not an array");
	assert_mistake(OPENSTACK_IMAGE, "{'level':'off'}",
		       "image properties 'x.json':1:1: needs key 'id' or 'name': is this what "
		       "'openstack image show -f json' prints?");
	assert_mistake(OPENSTACK_IMAGE, "{'id':'i','vcpus':1}",
		       "image properties 'x.json':1:19: key 'vcpus': is no key of what 'openstack "
		       "image show' prints");
	assert_mistake(
		OPENSTACK_FLAVOR, "{'id':'i','disk_format':'raw'}",
		"flavor 'x.json':1:25: key 'disk_format': is no key of what 'openstack flavor "
		"show' prints");
	assert_mistake(OPENSTACK_FLAVOR, "{'id':'i','id':'j'}",
		       "flavor 'x.json':1:11: key 'id' appears twice");
}

static void refuses_more_requirements_than_fit(void **state)
{
	char text[4000] = "{'id':'i','properties':{";

	(void)state;
	for (unsigned int i = 0; i <= OPENSTACK_REQUIREMENTS_MAX; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text),
			       "%s'trait:T%u':'required'", i > 0 ? "," : "", i);
	(void)strcat(text, "}}");
	forget();
	assert_int_equal(read_side(OPENSTACK_FLAVOR, text), -1);
	assert_non_null(strstr(errors.items[0].text, "is one of more than 32 requirements"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_properties_as_an_object),
		cmocka_unit_test(reads_properties_as_text),
		cmocka_unit_test(refuses_text_that_is_no_list),
		cmocka_unit_test(refuses_what_nova_would_ignore),
		cmocka_unit_test(refuses_wrong_values),
		cmocka_unit_test(refuses_what_is_no_such_file),
		cmocka_unit_test(refuses_more_requirements_than_fit),
	};

	return cmocka_run_group_tests_name("policy/openstack_read", tests, NULL, NULL);
}
