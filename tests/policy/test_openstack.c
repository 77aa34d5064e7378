// SPDX-License-Identifier: Apache-2.0
// Pairs of images and flavors, and what Nova makes of each; and what a guest file adds to that.

#include "tests/policy/openstack_fixture.h"

#include "plan/plan.h"

static struct err err;

// Parts of properties, as Nova's documentation writes them.
#define ON "'hw_mem_encryption':'True'"
#define OFF "'hw_mem_encryption':'False'"
#define F_ON "'hw:mem_encryption':'true'"
#define F_OFF "'hw:mem_encryption':'false'"
#define MODEL(model) "'hw_mem_encryption_model':'" model "'"
#define F_MODEL(model) "'hw:mem_encryption_model':'" model "'"
#define UEFI "'hw_firmware_type':'uefi'"
#define STATELESS "'hw_firmware_stateless':'True'"
#define MACHINE(type) "'hw_machine_type':'" type "'"
#define SNP "amd-sev-snp"
#define ES "amd-sev-es"
#define SEV "amd-sev"

#define NO_UEFI(requesters) \
	"memory encryption is requested by " requesters \
	" but the image metadata doesn't have the " \
	"'hw_firmware_type' property set to 'uefi'"
#define BY_IMAGE "hw_mem_encryption property of image '1c9d'"
#define BY_FLAVOR "hw:mem_encryption extra spec in flavor 'm1'"
#define BOTH BY_FLAVOR " and " BY_IMAGE
#define NOT_STATELESS(requesters) \
	"memory encryption by amd-sev-snp, requested by " requesters \
	", requires stateless firmware " \
	"but the image metadata doesn't have the 'hw_firmware_stateless' property set to True"
#define CONFLICT(property, flavor, image) \
	"flavor 'm1' has hw:" property " extra spec explicitly set to '" flavor \
	"', conflicting with image 'debian' which has hw_" property \
	" property explicitly set to '" image "'"
#define NOT_Q35(type) \
	"machine type '" type "' is not compatible with image 'debian' ('1c9d'): q35 type is " \
	"required for SEV to work"
#define UNKNOWN_MODEL(model) \
	"invalid memory encryption model '" model "': must be amd-sev, amd-sev-es or amd-sev-snp"
#define SILENT(labels) \
	labels " do not say whether memory is encrypted, and neither does key 'level': Nova would " \
	       "start such a guest unencrypted, which takes --level off here"
#define PAIR "image 'debian' and flavor 'm1'"
#define LOCKED_CONFLICT(image, flavor) \
	"locked_memory value in image 'debian' (" image ") and flavor 'm1' (" flavor \
	") conflict: a consistent value is expected if both are specified"
#define LOCKED_FORBIDDEN \
	"locked_memory value in image 'debian' or flavor 'm1' is forbidden when mem_page_size is " \
	"not set"
#define PAGE_FORBIDDEN(image, flavor) \
	"page size '" image "' of image 'debian' is forbidden against '" flavor "' of flavor 'm1'"
#define PAGE_INVALID(size) \
	"invalid memory page size '" size "': must be small, large, any, a number of KiB, or one " \
	"with KB, MB or GB"
#define PAGE_OTHER(size) \
	"image 'debian' or flavor 'm1' wants memory pages of size '" size \
	"', but snplaunch gives guests pages of 4 KiB only"

struct pair {
	const char *image; // properties; NULL: no such file
	const char *flavor;
	enum level level; // unset: refused
	const char *why;
};

static const struct pair pairs[] = {
	// Nobody asks, or somebody says no.
	{ "", "", 0, SILENT(PAIR) },
	{ NULL, "", 0, SILENT("flavor 'm1'") },
	{ "", NULL, 0, SILENT("image 'debian'") },
	{ UEFI "," STATELESS, "", 0, SILENT(PAIR) },
	{ MODEL(SNP) "," UEFI "," STATELESS, "", 0, SILENT(PAIR) },
	{ UEFI "," STATELESS, F_MODEL(SNP), 0, SILENT(PAIR) },
	{ MODEL("nonsense"), F_MODEL(SNP), 0, SILENT(PAIR) },
	{ OFF, "", LEVEL_OFF, NULL },
	{ "", F_OFF, LEVEL_OFF, NULL },
	{ OFF, F_OFF, LEVEL_OFF, NULL },
	{ OFF "," MODEL(SNP), F_OFF, LEVEL_OFF, NULL },
	{ OFF "," MODEL(SNP), F_MODEL(ES), LEVEL_OFF, NULL },
	{ OFF "," MODEL("nonsense"), NULL, LEVEL_OFF, NULL },
	// 1: requests
	{ ON "," UEFI, F_OFF, 0, CONFLICT("mem_encryption", "false", "True") },
	{ OFF "," UEFI, F_ON, 0, CONFLICT("mem_encryption", "true", "False") },
	{ "'hw_mem_encryption':false", "'hw:mem_encryption':'1'", 0,
	  CONFLICT("mem_encryption", "1", "false") },
	{ "'hw_mem_encryption':true," UEFI, "'hw:mem_encryption':'yes'", LEVEL_SEV, NULL },
	{ "'hw_mem_encryption':'ON'," UEFI, "'hw:mem_encryption':'T'", LEVEL_SEV, NULL },
	{ "'hw_mem_encryption':'0'", "'hw:mem_encryption':'no'", LEVEL_OFF, NULL },
	{ "'hw_mem_encryption':1," UEFI, NULL, LEVEL_SEV, NULL },
	// 2: models; the conflict of requests comes first
	{ ON "," UEFI "," MODEL(SEV), F_MODEL(SNP), 0, CONFLICT("mem_encryption_model", SNP, SEV) },
	{ ON "," UEFI "," MODEL(ES), F_ON "," F_MODEL(SNP), 0,
	  CONFLICT("mem_encryption_model", SNP, ES) },
	{ ON "," MODEL(SEV), F_OFF "," F_MODEL(SNP), 0,
	  CONFLICT("mem_encryption", "false", "True") },
	{ ON "," UEFI "," MODEL("AMD-SEV"), F_MODEL(SEV), 0,
	  CONFLICT("mem_encryption_model", SEV, "AMD-SEV") },
	{ ON "," MODEL("nonsense"), F_MODEL(SEV), 0,
	  CONFLICT("mem_encryption_model", SEV, "nonsense") },
	// 3: unknown models, before the firmware
	{ ON "," MODEL("nonsense"), "", 0, UNKNOWN_MODEL("nonsense") },
	{ ON "," UEFI, F_MODEL("intel-tdx"), 0, UNKNOWN_MODEL("intel-tdx") },
	{ ON "," UEFI "," MODEL("AMD-SEV"), "", 0, UNKNOWN_MODEL("AMD-SEV") },
	{ ON "," MODEL("x"), F_MODEL("x"), 0, UNKNOWN_MODEL("x") },
	// 4: firmware, before the machine
	{ ON, "", 0, NO_UEFI(BY_IMAGE) },
	{ "", F_ON, 0, NO_UEFI(BY_FLAVOR) },
	{ ON, F_ON, 0, NO_UEFI(BOTH) },
	{ ON ",'hw_firmware_type':'bios'", "", 0, NO_UEFI(BY_IMAGE) },
	{ ON ",'hw_firmware_type':'UEFI'", "", 0, NO_UEFI(BY_IMAGE) },
	{ ON "," MACHINE("pc"), "", 0, NO_UEFI(BY_IMAGE) },
	{ ON "," MODEL(SNP) "," STATELESS, F_ON, 0, NO_UEFI(BOTH) },
	{ NULL, F_ON, 0, NO_UEFI(BY_FLAVOR) ": give its file with --image-properties" },
	{ NULL, F_ON "," F_MODEL(SNP), 0,
	  NO_UEFI(BY_FLAVOR) ": give its file with --image-properties" },
	// 5: machine, before stateless firmware
	{ ON "," UEFI "," MACHINE("pc"), "", 0, NOT_Q35("pc") },
	{ ON "," UEFI "," MACHINE("pc-i440fx-10.0"), F_ON, 0, NOT_Q35("pc-i440fx-10.0") },
	{ ON "," UEFI "," MACHINE("Q35"), "", 0, NOT_Q35("Q35") },
	{ ON "," UEFI "," MODEL(SNP) "," MACHINE("pc"), "", 0, NOT_Q35("pc") },
	{ ON "," UEFI "," MACHINE("q35"), "", LEVEL_SEV, NULL },
	{ ON "," UEFI "," MACHINE("pc-q35-10.0"), "", LEVEL_SEV, NULL },
	// 6: stateless firmware, of SEV-SNP alone
	{ ON "," UEFI "," MODEL(SNP), "", 0, NOT_STATELESS(BY_IMAGE) },
	{ UEFI, F_ON "," F_MODEL(SNP), 0, NOT_STATELESS(BY_FLAVOR) },
	{ ON "," UEFI "," MODEL(SNP) ",'hw_firmware_stateless':'no'", F_ON, 0,
	  NOT_STATELESS(BOTH) },
	{ ON "," UEFI "," MODEL(SNP) "," STATELESS, "", LEVEL_SEV_SNP, NULL },
	{ ON "," UEFI "," STATELESS, F_MODEL(SNP), LEVEL_SEV_SNP, NULL },
	{ UEFI "," STATELESS, F_ON "," F_MODEL(SNP), LEVEL_SEV_SNP, NULL },
	{ UEFI "," STATELESS "," MODEL(SNP), F_ON, LEVEL_SEV_SNP, NULL },
	{ ON "," UEFI "," STATELESS "," MODEL(SNP) "," MACHINE("q35"), F_ON "," F_MODEL(SNP),
	  LEVEL_SEV_SNP, NULL },
	// What passes
	{ ON "," UEFI, "", LEVEL_SEV, NULL },
	{ UEFI, F_ON, LEVEL_SEV, NULL },
	{ ON "," UEFI, F_ON, LEVEL_SEV, NULL },
	{ ON "," UEFI "," MODEL(SEV), F_MODEL(SEV), LEVEL_SEV, NULL },
	{ ON "," UEFI "," MODEL(ES), "", LEVEL_SEV_ES, NULL },
	{ ON "," UEFI, F_ON "," F_MODEL(ES), LEVEL_SEV_ES, NULL },
	{ ON "," UEFI "," STATELESS, "", LEVEL_SEV, NULL },
	// Locked memory, behind encryption
	{ OFF ",'hw_locked_memory':'true'", "'hw:locked_memory':'false'", 0,
	  LOCKED_CONFLICT("true", "false") },
	{ ON ",'hw_locked_memory':'true'", "'hw:locked_memory':'false'", 0, NO_UEFI(BY_IMAGE) },
	{ OFF ",'hw_locked_memory':'true'", "", 0, LOCKED_FORBIDDEN },
	{ OFF, "'hw:locked_memory':'1'", 0, LOCKED_FORBIDDEN },
	{ ON "," UEFI ",'hw_locked_memory':'true'", "", 0, LOCKED_FORBIDDEN },
	{ ON "," UEFI ",'hw_locked_memory':'true'", "'hw:mem_page_size':'small'", LEVEL_SEV, NULL },
	{ ON "," UEFI ",'hw_locked_memory':'false'", "'hw:locked_memory':'False'", LEVEL_SEV,
	  NULL },
	{ ON "," UEFI "," STATELESS "," MODEL(SNP), "'hw:locked_memory':'false'", LEVEL_SEV_SNP,
	  NULL },
	// Page sizes, behind locked memory
	{ OFF ",'hw_mem_page_size':'4'", "", 0, PAGE_FORBIDDEN("4", "<empty>") },
	{ OFF ",'hw_mem_page_size':'4'", "'hw:mem_page_size':'small'", 0,
	  PAGE_FORBIDDEN("4", "small") },
	{ OFF ",'hw_mem_page_size':'4'", "'hw:mem_page_size':'4'", 0, PAGE_FORBIDDEN("4", "4") },
	{ OFF ",'hw_mem_page_size':'4'", "'hw:mem_page_size':'any'", LEVEL_OFF, NULL },
	{ OFF ",'hw_mem_page_size':'4KB'", "'hw:mem_page_size':'large'", LEVEL_OFF, NULL },
	{ OFF, "'hw:mem_page_size':'any'", LEVEL_OFF, NULL },
	{ OFF, "'hw:mem_page_size':'huge'", 0, PAGE_INVALID("huge") },
	{ OFF, "'hw:mem_page_size':'0'", 0, PAGE_INVALID("0") },
	{ OFF, "'hw:mem_page_size':'2Mb'", 0, PAGE_INVALID("2Mb") },
	// Nova would do these, snplaunch does not
	{ OFF, "'hw:mem_page_size':'large'", 0, PAGE_OTHER("large") },
	{ OFF, "'hw:mem_page_size':'2MB'", 0, PAGE_OTHER("2MB") },
	{ OFF, "'hw:mem_page_size':'1048576'", 0, PAGE_OTHER("1048576") },
	{ OFF, "'hw:locked_memory':'true','hw:mem_page_size':'small'", 0,
	  "image 'debian' or flavor 'm1' wants locked memory, which snplaunch does not do at level "
	  "off" },
	{ OFF ",'hw_firmware_type':'bios'", "", 0,
	  "property 'hw_firmware_type' of image 'debian' is 'bios', but snplaunch has no firmware "
	  "other than UEFI" },
	{ OFF "," MACHINE("pc"), "", 0,
	  "property 'hw_machine_type' of image 'debian' is 'pc', but snplaunch makes q35 machines "
	  "only" },
};

static int decide(const struct pair *pair)
{
	forget();
	give_properties(OPENSTACK_IMAGE, pair->image);
	give_properties(OPENSTACK_FLAVOR, pair->flavor);
	return openstack_decide(&openstack, &guest, &err);
}

static void decides_as_nova_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		int result = decide(&pairs[i]);

		if (pairs[i].level == LEVEL_UNSET) {
			if (result == 0)
				fail_msg("pair %zu is not refused", i);
			expect_error(&err, ERR_USAGE, pairs[i].why);
			continue;
		}
		if (result < 0)
			fail_msg("pair %zu: %s", i, err.text);
		assert_int_equal(guest.level, pairs[i].level);
	}
}

static void has_sixty_pairs_at_least(void **state)
{
	(void)state;
	assert_true(ARRAY_LEN(pairs) >= 60);
}

// --- With a guest file ---------------------------------------------------------------------------

static void a_level_of_the_guest_file_must_agree(void **state)
{
	static const struct pair snp = { ON "," UEFI "," STATELESS "," MODEL(SNP), F_ON, 0, NULL };

	(void)state;
	(void)!decide(&snp);
	guest.level = LEVEL_SEV_SNP;
	expect_success(openstack_decide(&openstack, &guest, &err), &err);
	guest.level = LEVEL_OFF;
	assert_int_equal(openstack_decide(&openstack, &guest, &err), -1);
	expect_error(&err, ERR_USAGE,
		     "level 'sev-snp' is decided by " PAIR ", but key 'level' is 'off'");
	forget();
	give_properties(OPENSTACK_FLAVOR, F_OFF);
	guest.level = LEVEL_SEV;
	assert_int_equal(openstack_decide(&openstack, &guest, &err), -1);
	expect_error(&err, ERR_USAGE,
		     "level 'off' is decided by flavor 'm1', but key 'level' is 'sev'");
}

static void silent_properties_leave_the_level_alone(void **state)
{
	(void)state;
	forget();
	give_properties(OPENSTACK_IMAGE, UEFI);
	guest.level = LEVEL_SEV_ES;
	expect_success(openstack_decide(&openstack, &guest, &err), &err);
	assert_int_equal(guest.level, LEVEL_SEV_ES);
}

static void a_flavor_has_vcpus_and_memory(void **state)
{
	(void)state;
	forget();
	give(OPENSTACK_FLAVOR, "'vcpus':4,'ram':2048");
	guest.level = LEVEL_OFF;
	expect_success(openstack_decide(&openstack, &guest, &err), &err);
	assert_int_equal(guest.vcpus, 4);
	assert_int_equal(guest.memory_mib, 2048);
	expect_success(openstack_decide(&openstack, &guest, &err), &err);
	guest.vcpus = 2;
	assert_int_equal(openstack_decide(&openstack, &guest, &err), -1);
	expect_error(&err, ERR_USAGE, "'vcpus' of flavor 'm1' is 4, but key 'vcpus' is 2");
	guest.vcpus = 0;
	guest.memory_mib = 1024;
	assert_int_equal(openstack_decide(&openstack, &guest, &err), -1);
	expect_error(&err, ERR_USAGE, "'ram' of flavor 'm1' is 2048, but key 'memory_mib' is 1024");
}

static void assert_decision(size_t i, const char *what, const char *value, const char *property)
{
	const struct openstack_decision *decision = &openstack.decisions[i];

	assert_true(i < openstack.n_decisions);
	assert_string_equal(decision->what, what);
	assert_string_equal(decision->value, value);
	assert_string_equal(decision->sources[decision->n_sources - 1].property, property);
}

static void says_which_property_decided_what(void **state)
{
	static const struct pair pair = { UEFI "," STATELESS "," MACHINE("q35") "," MODEL(SNP),
					  F_ON ",'hw:locked_memory':'true',"
					       "'hw:mem_page_size':'small'",
					  0, NULL };

	(void)state;
	expect_success(decide(&pair), &err);
	assert_int_equal(openstack.n_decisions, 6);
	assert_decision(0, "level", "sev-snp", "hw_mem_encryption_model");
	assert_string_equal(openstack.decisions[0].sources[0].property, "hw:mem_encryption");
	assert_decision(1, "locked memory", "yes for private memory, which cannot be swapped",
			"hw:locked_memory");
	assert_decision(2, "page size", "4 KiB", "hw:mem_page_size");
	assert_decision(3, "firmware", "uefi", "hw_firmware_type");
	assert_decision(4, "stateless firmware", "always", "hw_firmware_stateless");
	assert_decision(5, "machine", "q35", "hw_machine_type");
}

// --- The host ------------------------------------------------------------------------------------

static const struct openstack_trait traits[] = {
	{ "HW_CPU_X86_AMD_SEV", true },
	{ "HW_CPU_X86_AMD_SEV_SNP", false },
};

static int check_host(const char *flavor, const char *given)
{
	const struct openstack_host host = { traits, ARRAY_LEN(traits), given };

	forget();
	give_properties(OPENSTACK_FLAVOR, flavor);
	return openstack_check_host(&openstack, &host, &err);
}

static void assert_unfit(const char *flavor, const char *given, const char *why)
{
	assert_int_equal(check_host(flavor, given), -1);
	expect_error(&err, ERR_HOST, why);
}

static void checks_traits_that_it_knows(void **state)
{
	(void)state;
	expect_success(check_host("'trait:HW_CPU_X86_AMD_SEV':'required'", NULL), &err);
	assert_decision(0, "trait HW_CPU_X86_AMD_SEV", "required", "trait:HW_CPU_X86_AMD_SEV");
	expect_success(check_host("'trait:HW_CPU_X86_AMD_SEV_SNP':'forbidden'", NULL), &err);
	assert_unfit("'trait:HW_CPU_X86_AMD_SEV':'forbidden'", NULL,
		     "this machine has trait 'HW_CPU_X86_AMD_SEV', which flavor 'm1' forbids");
	assert_unfit("'trait1:HW_CPU_X86_AMD_SEV_SNP':'required'", "HW_CPU_X86_AMD_SEV_SNP",
		     "this machine lacks trait 'HW_CPU_X86_AMD_SEV_SNP', which flavor 'm1' "
		     "requires: use another machine, or describe one with --host-facts");
}

static void takes_the_operators_word_for_other_traits(void **state)
{
	static const char required[] = "'trait:CUSTOM_A':'required'";
	static const char unknown[] =
		"trait 'CUSTOM_A', which flavor 'm1' requires, is none that snplaunch can examine: "
		"if this machine has it, give --host-traits 'CUSTOM_A'";

	(void)state;
	assert_unfit(required, NULL, unknown);
	assert_unfit(required, "", unknown);
	assert_unfit(required, "CUSTOM_AB,CUSTOM", unknown);
	expect_success(check_host(required, "CUSTOM_A"), &err);
	expect_success(check_host(required, "CUSTOM_B,CUSTOM_A"), &err);
	expect_success(check_host("'trait:CUSTOM_A':'forbidden'", NULL), &err);
	assert_unfit("'trait:CUSTOM_A':'forbidden'", "CUSTOM_A",
		     "this machine has trait 'CUSTOM_A', which flavor 'm1' forbids");
}

static void takes_the_operators_word_for_aggregates(void **state)
{
	static const char ssd[] = "'aggregate_instance_extra_specs:ssd':'true'";
	static const char unknown[] =
		"flavor 'm1' wants a host whose aggregates have 'ssd' set to 'true', and nobody says "
		"that of this machine: if it holds, give --host-traits 'ssd=true'";

	(void)state;
	assert_unfit(ssd, NULL, unknown);
	assert_unfit(ssd, "ssd=false", unknown);
	assert_unfit(ssd, "ssd", unknown);
	expect_success(check_host(ssd, "CUSTOM_A,ssd=true"), &err);
	assert_decision(0, "aggregate's ssd", "true", "aggregate_instance_extra_specs:ssd");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_as_nova_does),
		cmocka_unit_test(has_sixty_pairs_at_least),
		cmocka_unit_test(a_level_of_the_guest_file_must_agree),
		cmocka_unit_test(silent_properties_leave_the_level_alone),
		cmocka_unit_test(a_flavor_has_vcpus_and_memory),
		cmocka_unit_test(says_which_property_decided_what),
		cmocka_unit_test(checks_traits_that_it_knows),
		cmocka_unit_test(takes_the_operators_word_for_other_traits),
		cmocka_unit_test(takes_the_operators_word_for_aggregates),
	};

	return cmocka_run_group_tests_name("policy/openstack", tests, NULL, NULL);
}
