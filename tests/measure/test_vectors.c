// SPDX-License-Identifier: Apache-2.0
// Every launch digest of tests/vectors/synthetic.json, and every refusal there.

#include "tests/measure/vectors.h"

#include "measure/cpu_signatures.h"
#include "measure/launch_digest.h"

#define VECTORS_N 242

static struct json_object *file;
static struct blob image;
static struct blob kernel;
static struct blob initrd;
static struct ovmf firmware;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	file = read_vectors();
	build_blob(&kernel, member(file, "kernel"));
	build_blob(&initrd, member(file, "initrd"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)json_object_put(file);
	return 0;
}

static const struct mode {
	const char *name;
	enum launch_type type;
} modes[] = {
	{ "sev", LAUNCH_SEV },
	{ "sev-es", LAUNCH_SEV_ES },
	{ "sev-es-legacy", LAUNCH_SEV_ES_LEGACY },
	{ "sev-snp", LAUNCH_SEV_SNP },
};

static enum launch_type type_of(const char *mode)
{
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i].name, mode) == 0)
			return modes[i].type;
	fail_msg("there is no mode '%s'", mode);
	return LAUNCH_UNSET;
}

// Through a file, as a command would.
static void hash_file(struct kernel_hashes *hashes, const struct blob *blob,
		      int (*read_it)(struct kernel_hashes *, int,
				     const struct kernel_hash_progress *, struct err *))
{
	AUTO(fd) int fd = memfd_create("blob", MFD_CLOEXEC);

	assert_int_equal(write(fd, blob->bytes, blob->len), blob->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	expect_success(read_it(hashes, fd, NULL, &err), &err);
}

// "none", "kernel", "kernel+initrd+cmdline".
static bool make_hashes(struct kernel_hashes *hashes, const char *given)
{
	kernel_hashes_init(hashes);
	if (strstr(given, "kernel") != NULL)
		hash_file(hashes, &kernel, kernel_hashes_read_kernel);
	if (strstr(given, "initrd") != NULL)
		hash_file(hashes, &initrd, kernel_hashes_read_initrd);
	if (strstr(given, "cmdline") != NULL)
		kernel_hashes_set_cmdline(hashes, text_of(file, "cmdline"));
	return hashes->has_kernel;
}

static uint64_t number_of(struct json_object *vector, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(vector, key, &value))
		return 0;
	return strtoull(json_object_get_string(value), NULL, 0);
}

static void expect_vector(struct json_object *vector)
{
	struct kernel_hashes hashes;
	struct launch_inputs launch = {
		.type = type_of(text_of(vector, "mode")),
		.firmware = &firmware,
		.kernel = make_hashes(&hashes, text_of(vector, "kernel")) ? &hashes : NULL,
		.vcpus = (uint32_t)number_of(vector, "vcpus"),
		.cpu.signature = (uint32_t)number_of(vector, "signature"),
		.cpu.features = number_of(vector, "vmsa_features"),
	};
	struct launch_digest digest;
	struct json_object *error;

	build_blob(&image, member(member(file, "firmware"), text_of(vector, "firmware")));
	ovmf_read(&firmware, image.bytes, image.len);
	if (json_object_object_get_ex(vector, "error", &error)) {
		assert_int_equal(launch_digest(&digest, &launch, &err), -1);
		assert_int_equal(err.kind, ERR_INPUT);
		assert_non_null(strstr(err.text, json_object_get_string(error)));
		return;
	}
	expect_success(launch_digest(&digest, &launch, &err), &err);
	assert_int_equal(digest.len, launch.type == LAUNCH_SEV_SNP ? 48 : 32);
	expect_digest(digest.bytes, digest.len, text_of(vector, "digest"));
}

static void images_are_built_as_the_file_says(void **state)
{
	struct json_object *sums = member(file, "blob_sha256");

	(void)state;
	json_object_object_foreach (member(file, "firmware"), name, recipe) {
		(void)name;
		build_blob(&image, recipe);
		expect_sha256(&image, text_of(recipe, "sha256"));
	}
	expect_sha256(&kernel, text_of(sums, "kernel"));
	expect_sha256(&initrd, text_of(sums, "initrd"));
}

static void every_vector_is_computed_or_refused(void **state)
{
	struct json_object *vectors = member(file, "vectors");

	(void)state;
	assert_int_equal(json_object_array_length(vectors), VECTORS_N);
	for (size_t i = 0; i < VECTORS_N; i++)
		expect_vector(json_object_array_get_idx(vectors, i));
}

static void every_model_has_its_signature(void **state)
{
	struct json_object *vectors = member(file, "vectors");

	(void)state;
	for (size_t i = 0; i < VECTORS_N; i++) {
		struct json_object *vector = json_object_array_get_idx(vectors, i);
		const struct cpu_model *model;
		struct json_object *name;

		if (!json_object_object_get_ex(vector, "cpu", &name))
			continue;
		model = cpu_model_find(json_object_get_string(name));
		assert_non_null(model);
		assert_int_equal(cpu_model_signature(model), number_of(vector, "signature"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(images_are_built_as_the_file_says),
		cmocka_unit_test(every_vector_is_computed_or_refused),
		cmocka_unit_test(every_model_has_its_signature),
	};

	return cmocka_run_group_tests_name("measure/vectors", tests, set_up, tear_down);
}
