// SPDX-License-Identifier: Apache-2.0
// An owner's keys on the host, which a test may have: then the launch is verified here.

#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/text_escape.h"
#include "cli/launch.h"
#include "cli/openssl_setup.h"
#include "cli/sev_owner.h"
#include "measure/sev_measurement.h"

// What OpenSSL does at its first HMAC, the filter of a supervisor would not let it do.
static int try_verifying(const struct sev_owner_keys *keys, struct err *err)
{
	const struct sev_measurement nothing = { .mac = { 0 } };
	const struct sev_firmware_version version = { 0 };
	const uint8_t digest[SHA256_BYTES] = { 0 };

	if (openssl_setup(err) < 0)
		return -1;
	if (sev_measurement_verify(&nothing, keys, &version, digest, err) < 0 &&
	    err->kind != ERR_VERDICT)
		return -1;
	return 0;
}

int launch_take_test_keys(struct launch *launch, const char *path, struct client *client,
			  struct err *err)
{
	const struct plan *plan = &launch->plan;

	if (path == NULL)
		return 0;
	if (plan->level != LEVEL_SEV && plan->level != LEVEL_SEV_ES)
		return err_set(err, ERR_USAGE,
			       "option '--test-owner-keys': only sev and sev-es have a measurement "
			       "that an owner verifies, not level '%s'",
			       level_word((enum level)plan->level));
	if (sev_owner_read_keys(&launch->test_keys, path, client, err) < 0 ||
	    try_verifying(&launch->test_keys, err) < 0)
		return -1;
	if (launch->test_keys.policy != plan->sev.policy)
		return err_set(err, ERR_USAGE,
			       "keys '%s': they are for policy 0x%" PRIx32
			       ", the guest has 0x%" PRIx64,
			       TEXT_SHOW(path), launch->test_keys.policy, plan->sev.policy);
	launch->has_test_keys = true;
	log_warning("the owner's keys are on this host, which is for tests: whoever has them here "
		    "can read the guest and speak for its owner");
	return 0;
}

int launch_verify_measurement(const struct launch *launch, const char *measurement,
			      const struct sev_firmware_version *version, struct err *err)
{
	struct sev_measurement claimed;

	if (!launch->has_test_keys)
		return 0;
	if (sev_measurement_read(&claimed, measurement, err) < 0)
		return -1;
	if (sev_measurement_verify(&claimed, &launch->test_keys, version,
				   launch->measurement.digest, err) < 0)
		return err_context(err, "launch");
	log_info("the measurement is of the computed launch digest, by the owner's keys");
	return 0;
}
