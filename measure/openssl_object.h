/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSL's objects, released when their scope ends, and its errors, left as they were. */
#ifndef SNPLAUNCH_MEASURE_OPENSSL_OBJECT_H
#define SNPLAUNCH_MEASURE_OPENSSL_OBJECT_H

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/auto.h"

/* Each release takes the address of a pointer, which may be NULL. */
#define DEFINE_OPENSSL_AUTO(name, type, free_object) \
	static inline void name##_release(type **object) \
	{ \
		free_object(*object); \
		*object = NULL; \
	} \
	DEFINE_AUTO(name, type *, name##_release)

DEFINE_OPENSSL_AUTO(bio, BIO, (void)BIO_free);
DEFINE_OPENSSL_AUTO(bn, BIGNUM, BN_free);
DEFINE_OPENSSL_AUTO(ecdsa_sig, ECDSA_SIG, ECDSA_SIG_free);
DEFINE_OPENSSL_AUTO(evp_md_ctx, EVP_MD_CTX, EVP_MD_CTX_free);
DEFINE_OPENSSL_AUTO(evp_pkey, EVP_PKEY, EVP_PKEY_free);
DEFINE_OPENSSL_AUTO(evp_pkey_ctx, EVP_PKEY_CTX, EVP_PKEY_CTX_free);
DEFINE_OPENSSL_AUTO(x509, X509, X509_free);
DEFINE_OPENSSL_AUTO(asn1_object, ASN1_OBJECT, ASN1_OBJECT_free);

/*
 * Drops what OpenSSL adds to this thread's queue of errors in a scope: our own errors say more, and
 * what the caller's queue held stays. OPENSSL_ERRORS_DROPPED; stands among the declarations.
 */
static inline void openssl_errors_drop(const int *mark)
{
	(void)mark;
	(void)ERR_pop_to_mark();
}
DEFINE_AUTO(openssl_errors, const int, openssl_errors_drop);
#define OPENSSL_ERRORS_DROPPED \
	AUTO(openssl_errors) __attribute__((unused)) const int openssl_errors_mark = ERR_set_mark()

#endif
