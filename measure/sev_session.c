// SPDX-License-Identifier: Apache-2.0
// Agrees with a platform on a secret, and wraps keys by it.

#include "measure/sev_session.h"

#include <openssl/crypto.h>
#include <string.h>

#include "measure/little_endian.h"
#include "measure/openssl_object.h"

// Of a session blob.
#define NONCE_OFFSET 0
#define WRAPPED_KEYS_OFFSET 16
#define IV_OFFSET 48
#define WRAP_MAC_OFFSET 64
#define POLICY_MAC_OFFSET 96

#define WRAPPED_KEYS_BYTES ((size_t)2 * SEV_KEY_BYTES)

// --- Wrapping ----------------------------------------------------------------------------------

// The keys that wrap. Wiped.
struct wrapping {
	uint8_t master[SEV_KEY_BYTES];
	uint8_t kek[SEV_KEY_BYTES]; // encryption
	uint8_t kik[SEV_KEY_BYTES]; // integrity
	uint8_t plain[WRAPPED_KEYS_BYTES];
};

static void wrapping_release(struct wrapping *wrapping)
{
	OPENSSL_cleanse(wrapping, sizeof(*wrapping));
}
DEFINE_AUTO(wrapping, struct wrapping, wrapping_release);

static int derive(struct wrapping *wrapping, const struct sev_session_secret *secret,
		  struct err *err)
{
	const struct sev_derivation master = { secret->shared, secret->shared_len,
					       "sev-master-secret", secret->nonce };
	const struct sev_derivation kek = { wrapping->master, SEV_KEY_BYTES, "sev-kek", NULL };
	const struct sev_derivation kik = { wrapping->master, SEV_KEY_BYTES, "sev-kik", NULL };

	if (sev_derive(wrapping->master, &master, err) < 0 ||
	    sev_derive(wrapping->kek, &kek, err) < 0)
		return -1;
	return sev_derive(wrapping->kik, &kik, err);
}

int sev_session_wrap(uint8_t blob[static SEV_SESSION_BLOB_BYTES], const struct sev_owner_keys *keys,
		     const struct sev_session_secret *secret, struct err *err)
{
	AUTO(wrapping) struct wrapping wrapping;
	uint8_t *wrapped = blob + WRAPPED_KEYS_OFFSET;
	uint8_t policy[4];

	memcpy(wrapping.plain, keys->tek, SEV_KEY_BYTES);
	memcpy(wrapping.plain + SEV_KEY_BYTES, keys->tik, SEV_KEY_BYTES);
	le32_put(policy, keys->policy);
	memcpy(blob + NONCE_OFFSET, secret->nonce, SEV_NONCE_BYTES);
	memcpy(blob + IV_OFFSET, secret->iv, SEV_IV_BYTES);
	if (derive(&wrapping, secret, err) < 0 ||
	    sev_encrypt(wrapped, wrapping.kek, secret->iv, wrapping.plain, WRAPPED_KEYS_BYTES,
			err) < 0 ||
	    sev_mac(blob + WRAP_MAC_OFFSET, wrapping.kik, wrapped, WRAPPED_KEYS_BYTES, err) < 0)
		return -1;
	return sev_mac(blob + POLICY_MAC_OFFSET, keys->tik, policy, sizeof(policy), err);
}

// --- Agreeing ----------------------------------------------------------------------------------

// The shared secret: the X of both keys' product, big-endian. Wiped.
struct agreed {
	uint8_t shared[P384_NUMBER_BYTES];
};

static void agreed_release(struct agreed *agreed)
{
	OPENSSL_cleanse(agreed, sizeof(*agreed));
}
DEFINE_AUTO(agreed, struct agreed, agreed_release);

static int fail(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "OpenSSL cannot do ECDH on P-384 here");
}

static int agree(struct agreed *agreed, EVP_PKEY *own, const struct p384_public_key *pdh,
		 struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	AUTO(evp_pkey) EVP_PKEY *peer = NULL;
	size_t len = sizeof(agreed->shared);

	if (p384_public_key_load(&peer, pdh, err) < 0)
		return err_context(err, "PDH");
	if (ctx == NULL || EVP_PKEY_derive_init(ctx) != 1 ||
	    EVP_PKEY_derive_set_peer(ctx, peer) != 1 ||
	    EVP_PKEY_derive(ctx, agreed->shared, &len) != 1 || len != sizeof(agreed->shared))
		return fail(err);
	return 0;
}

static EVP_PKEY *new_key(void)
{
	OPENSSL_ERRORS_DROPPED;

	return EVP_EC_gen("P-384");
}

int sev_session_make(struct sev_session *session, const struct sev_owner_keys *keys,
		     const struct sev_certificate *pdh, struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *own = new_key();
	AUTO(agreed) struct agreed agreed;
	struct sev_session_secret secret = { agreed.shared, sizeof(agreed.shared), { 0 }, { 0 } };
	struct p384_public_key public_key;

	if (own == NULL)
		return fail(err);
	if (p384_public_key_from(&public_key, own, err) < 0 ||
	    agree(&agreed, own, &pdh->key, err) < 0 ||
	    sev_random(secret.nonce, sizeof(secret.nonce), err) < 0 ||
	    sev_random(secret.iv, sizeof(secret.iv), err) < 0)
		return -1;
	sev_certificate_write_pdh(session->dh_cert, &public_key, pdh->api_major, pdh->api_minor);
	return sev_session_wrap(session->blob, keys, &secret, err);
}
