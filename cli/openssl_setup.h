/* SPDX-License-Identifier: Apache-2.0 */
/* Prepares OpenSSL for a process that may open no file. */
#ifndef SNPLAUNCH_CLI_OPENSSL_SETUP_H
#define SNPLAUNCH_CLI_OPENSSL_SETUP_H

#include "base/err.h"

/* Must: be called before keys and certificates are touched. Hashing alone does not need it. */
int openssl_setup(struct err *err) MUST_CHECK;

#endif
