// SPDX-License-Identifier: Apache-2.0
// Keeps OpenSSL from the files that it would read: the filter ends a front that opens one.

#include "cli/openssl_setup.h"

#include <openssl/crypto.h>
#include <stdlib.h>

int openssl_setup(struct err *err)
{
	// Dates of certificates are compared by gmtime_r(), which reads /etc/localtime unless the
	// zone is named, and this name stands for UTC without a file.
	if (setenv("TZ", ":", 1) < 0)
		return err_sys(err, "cannot set the time zone");
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot be used here");
	return 0;
}
