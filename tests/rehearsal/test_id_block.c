// SPDX-License-Identifier: Apache-2.0
// ID blocks that are signed here, whole and with one thing wrong.

#include "tests/rehearsal/owner_key.h"

#include "rehearsal/hash.h"
#include "rehearsal/id_block.h"

struct fixture {
	EVP_PKEY *id_key;
	EVP_PKEY *author_key;
	uint8_t digest[SHA384_DIGEST_LENGTH];
	uint8_t block[ID_BLOCK_BYTES];
	uint8_t auth[ID_AUTH_BYTES];
	struct id_block_launch launch;
};

static void sign(struct fixture *fixture)
{
	put_signature(fixture->auth + 0x040, fixture->id_key, fixture->block, ID_BLOCK_BYTES);
	put_public_key(fixture->auth + 0x240, fixture->id_key);
	put_signature(fixture->auth + 0x680, fixture->author_key, fixture->auth + 0x240,
		      P384_KEY_BYTES);
	put_public_key(fixture->auth + 0x880, fixture->author_key);
}

static int set_up(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));
	const uint64_t policy = 0x30000;

	fixture->id_key = EVP_EC_gen("secp384r1");
	fixture->author_key = EVP_EC_gen("secp384r1");
	memset(fixture->digest, 0x5a, sizeof(fixture->digest));
	memcpy(fixture->block, fixture->digest, sizeof(fixture->digest));
	fixture->block[80] = 1;
	memcpy(fixture->block + 88, &policy, sizeof(policy));
	fixture->auth[0] = 1;
	fixture->auth[4] = 1;
	sign(fixture);
	fixture->launch = (struct id_block_launch){ fixture->digest, policy, false };
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	EVP_PKEY_free(fixture->id_key);
	EVP_PKEY_free(fixture->author_key);
	test_free(fixture);
	return 0;
}

static void assert_judges(const struct fixture *fixture, enum firmware_error error)
{
	assert_int_equal(id_block_judge(fixture->block, fixture->auth, &fixture->launch), error);
}

static void accepts_a_signed_block(void **state)
{
	struct fixture *fixture = *state;

	assert_judges(fixture, FIRMWARE_SUCCESS);
	fixture->launch.author_key_enabled = true;
	assert_judges(fixture, FIRMWARE_SUCCESS);
}

static void refuses_another_digest(void **state)
{
	struct fixture *fixture = *state;

	fixture->digest[47] ^= 1;
	assert_judges(fixture, FIRMWARE_BAD_MEASUREMENT);
}

static void refuses_another_policy(void **state)
{
	struct fixture *fixture = *state;

	fixture->launch.policy |= 1U << 19;
	assert_judges(fixture, FIRMWARE_POLICY_FAILURE);
}

static void refuses_another_version(void **state)
{
	struct fixture *fixture = *state;

	fixture->block[80] = 2;
	sign(fixture);
	assert_judges(fixture, FIRMWARE_INVALID_PARAM);
}

static void refuses_a_block_that_was_changed(void **state)
{
	struct fixture *fixture = *state;

	fixture->block[84] ^= 1; // GUEST_SVN
	assert_judges(fixture, FIRMWARE_BAD_SIGNATURE);
}

static void refuses_a_key_that_is_no_point(void **state)
{
	struct fixture *fixture = *state;

	fixture->auth[0x244] ^= 1;
	assert_judges(fixture, FIRMWARE_BAD_SIGNATURE);
}

static void refuses_an_unknown_algorithm(void **state)
{
	struct fixture *fixture = *state;

	fixture->auth[0] = 2;
	assert_judges(fixture, FIRMWARE_INVALID_PARAM);
}

static void checks_the_author_only_when_enabled(void **state)
{
	struct fixture *fixture = *state;

	fixture->auth[0x680] ^= 1;
	assert_judges(fixture, FIRMWARE_SUCCESS);
	fixture->launch.author_key_enabled = true;
	assert_judges(fixture, FIRMWARE_BAD_SIGNATURE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepts_a_signed_block),		TEST(refuses_another_digest),
		TEST(refuses_another_policy),		TEST(refuses_another_version),
		TEST(refuses_a_block_that_was_changed), TEST(refuses_a_key_that_is_no_point),
		TEST(refuses_an_unknown_algorithm),	TEST(checks_the_author_only_when_enabled),
	};

	return cmocka_run_group_tests_name("rehearsal/id_block", tests, NULL, NULL);
}
