/* SPDX-License-Identifier: Apache-2.0 */
/* Keys made for a test, as files. */
#ifndef SNPLAUNCH_TESTS_MEASURE_KEY_FIXTURE_H
#define SNPLAUNCH_TESTS_MEASURE_KEY_FIXTURE_H

#include "tests/unit.h"

#include <openssl/pem.h>
#include <string.h>

#include "base/err.h"
#include "measure/openssl_object.h"

static inline EVP_PKEY *new_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	return key;
}

struct text {
	char bytes[8192];
	size_t len;
};

static inline void take_bio(struct text *text, BIO *bio)
{
	int len = BIO_read(bio, text->bytes, sizeof(text->bytes));

	assert_true(len > 0);
	text->len = (size_t)len;
	BIO_free(bio);
}

static inline struct text pem_public(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	take_bio(&text, bio);
	return text;
}

static inline struct text pem_pkcs8(EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
				 bio, key, passphrase != NULL ? EVP_aes_256_cbc() : NULL,
				 passphrase, passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
				 NULL),
			 1);
	take_bio(&text, bio);
	return text;
}

static inline struct text pem_sec1(EVP_PKEY *key, const char *before)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	(void)BIO_puts(bio, before);
	assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL),
			 1);
	take_bio(&text, bio);
	return text;
}

static inline void expect_error(const struct err *err, enum err_kind kind, const char *text)
{
	if (err->kind != kind || strstr(err->text, text) == NULL)
		fail_msg("kind %d: %s", err->kind, err->text);
}

#endif
