// SPDX-License-Identifier: Apache-2.0
// Lets OpenSSL's decoders find out the format, and takes only what is an ECDSA P-384 key.

#include "measure/key_file.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdbool.h>
#include <string.h>

#include "measure/openssl_object.h"

// More than any file of one key has, with comments in front of it.
#define KEY_FILE_BYTES_MAX ((size_t)64 * 1024)

static void decoder_release(OSSL_DECODER_CTX **decoder)
{
	OSSL_DECODER_CTX_free(*decoder);
	*decoder = NULL;
}
DEFINE_AUTO(decoder, OSSL_DECODER_CTX *, decoder_release);

// What the decoder's question for a passphrase came to.
struct question {
	const struct passphrase_source *source;
	bool asked;
	bool answered;
};

static int answer(char *out, int size, int for_writing, void *context)
{
	struct question *question = context;
	int len;

	(void)for_writing;
	question->asked = true;
	if (question->source == NULL || size <= 0)
		return -1;
	len = question->source->get(question->source->context, out,
				    (size_t)size < PASSPHRASE_BYTES_MAX ? (size_t)size :
									  PASSPHRASE_BYTES_MAX);
	question->answered = len >= 0;
	return len;
}

int key_file_check_p384(const EVP_PKEY *key, struct err *err)
{
	char curve[64] = "of explicit parameters";

	if (!EVP_PKEY_is_a(key, "EC")) {
		const char *type = EVP_PKEY_get0_type_name(key);

		return err_set(
			err, ERR_INPUT,
			"the key is of type %s, not EC: AMD's firmware takes only ECDSA P-384",
			type != NULL ? type : "unknown");
	}
	(void)EVP_PKEY_get_group_name(key, curve, sizeof(curve), NULL);
	if (OBJ_txt2nid(curve) != NID_secp384r1)
		return err_set(err, ERR_INPUT,
			       "the key is on the curve '%s', not secp384r1: AMD's firmware takes "
			       "only ECDSA P-384",
			       curve);
	return 0;
}

// Why nothing could be decoded, as far as the question tells.
static int refuse(const struct question *question, const char *noun, struct err *err)
{
	if (question->answered)
		return err_set(err, ERR_INPUT, "the %s cannot be decrypted with this passphrase",
			       noun);
	if (question->asked)
		return err_set(err, ERR_INPUT,
			       "the %s is encrypted, and there is no passphrase for it", noun);
	return err_set(err, ERR_INPUT,
		       "there is no %s in it: what can be read is PKCS#8 or SEC1, as PEM or DER",
		       noun);
}

// Parameters of a curve are no key; `openssl ecparam -genkey` writes them in front of one.
static bool is_only_parameters(const EVP_PKEY *key)
{
	size_t len;

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, NULL, 0, &len) != 1;
}

// Takes the first object of what is left, whatever it is, so that it can be named.
static int decode_one(EVP_PKEY **key, const unsigned char **next, size_t *left,
		      struct question *question, struct err *err)
{
	AUTO(decoder) OSSL_DECODER_CTX *decoder = NULL;

	EVP_PKEY_free(*key);
	*key = NULL;
	decoder = OSSL_DECODER_CTX_new_for_pkey(key, NULL, NULL, NULL, 0, NULL, NULL);
	if (decoder == NULL || OSSL_DECODER_CTX_set_pem_password_cb(decoder, answer, question) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot decode keys here");
	// A failure leaves no key.
	(void)OSSL_DECODER_from_data(decoder, next, left);
	return 0;
}

static int decode(EVP_PKEY **key, const void *bytes, size_t len, struct question *question,
		  const char *noun, struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *decoded = NULL;
	const unsigned char *next = bytes;
	size_t left = len;

	if (len == 0 || len > KEY_FILE_BYTES_MAX)
		return err_set(err, ERR_INPUT, "it has %zu bytes%s, and a %s has 1 to %zu", len,
			       len > 0 ? " or more" : "", noun, KEY_FILE_BYTES_MAX);
	do {
		if (decode_one(&decoded, &next, &left, question, err) < 0)
			return -1;
	} while (decoded != NULL && is_only_parameters(decoded) && left > 0);
	if (decoded == NULL || is_only_parameters(decoded))
		return refuse(question, noun, err);
	*key = take_ptr(&decoded);
	return 0;
}

static bool is_private(const EVP_PKEY *key)
{
	AUTO(bn) BIGNUM *number = NULL;
	bool has = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1;

	BN_clear(number);
	return has;
}

// A private key that does not belong to the public key beside it makes signatures that nobody takes.
static int check_pair(EVP_PKEY *key, struct err *err)
{
	AUTO(evp_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);

	if (ctx == NULL || EVP_PKEY_check(ctx) != 1)
		return err_set(err, ERR_INPUT, "the private key and its public key do not fit");
	return 0;
}

int key_file_read_private(EVP_PKEY **key, const void *bytes, size_t len,
			  const struct passphrase_source *passphrase, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_pkey) EVP_PKEY *decoded = NULL;
	struct question question = { .source = passphrase };

	if (decode(&decoded, bytes, len, &question, "private key", err) < 0 ||
	    key_file_check_p384(decoded, err) < 0)
		return -1;
	if (!is_private(decoded))
		return err_set(err, ERR_INPUT,
			       "it is a public key, and a private one is needed to sign");
	if (check_pair(decoded, err) < 0)
		return -1;
	*key = take_ptr(&decoded);
	return 0;
}

int key_file_read_public(EVP_PKEY **key, const void *bytes, size_t len, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_pkey) EVP_PKEY *decoded = NULL;
	struct question question = { 0 };

	if (decode(&decoded, bytes, len, &question, "public key", err) < 0 ||
	    key_file_check_p384(decoded, err) < 0)
		return -1;
	*key = take_ptr(&decoded);
	return 0;
}
