/* SPDX-License-Identifier: Apache-2.0 */
/* tests/vectors/synthetic.json: how its images are built, and its numbers read. */
#ifndef SNPLAUNCH_TESTS_MEASURE_VECTORS_H
#define SNPLAUNCH_TESTS_MEASURE_VECTORS_H

#include "tests/base/process.h"

#include <json-c/json.h>

#include "measure/sha.h"

#define VECTORS_PATH "tests/vectors/synthetic.json"
#define BLOB_BYTES_MAX ((size_t)1024 * 1024)

struct blob {
	size_t len;
	uint8_t bytes[BLOB_BYTES_MAX];
};

static inline struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("%s has no '%s'", VECTORS_PATH, key);
	return value;
}

static inline const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(member(object, key));
}

static inline size_t bytes_of_hex(uint8_t *bytes, size_t size, const char *hex)
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= size);
	for (size_t i = 0; i < n; i++) {
		char digits[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

/* 'size' bytes of 'fill', and each patch [offset, hex] written over it. */
static inline void build_blob(struct blob *blob, struct json_object *recipe)
{
	struct json_object *patches = member(recipe, "patches");

	blob->len = (size_t)json_object_get_int64(member(recipe, "size"));
	assert_true(blob->len <= sizeof(blob->bytes));
	memset(blob->bytes, json_object_get_int(member(recipe, "fill")), blob->len);
	for (size_t i = 0; i < json_object_array_length(patches); i++) {
		struct json_object *patch = json_object_array_get_idx(patches, i);
		size_t at = (size_t)json_object_get_int64(json_object_array_get_idx(patch, 0));
		const char *hex = json_object_get_string(json_object_array_get_idx(patch, 1));

		assert_true(at <= blob->len);
		(void)bytes_of_hex(blob->bytes + at, blob->len - at, hex);
	}
}

static inline void expect_digest(const uint8_t *digest, size_t len, const char *hex)
{
	char text[2 * SHA384_BYTES + 1] = "";

	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, hex);
}

static inline void expect_sha256(const struct blob *blob, const char *hex)
{
	uint8_t digest[SHA256_BYTES];

	sha256_of(blob->bytes, blob->len, digest);
	expect_digest(digest, sizeof(digest), hex);
}

/* Owner: caller, json_object_put(). */
static inline struct json_object *read_vectors(void)
{
	struct json_object *vectors = json_object_from_file(VECTORS_PATH);

	assert_non_null(vectors);
	return vectors;
}

#endif
