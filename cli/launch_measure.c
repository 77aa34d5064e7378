// SPDX-License-Identifier: Apache-2.0
// Stage 5 of a launch: the digest of what QEMU gets.

#include "cli/launch.h"

#include <string.h>

#include "base/log.h"
#include "cli/openssl_setup.h"
#include "host/facts_cache.h"

static const uint8_t *digest_of(const struct artifact *artifact)
{
	return artifact->fd >= 0 ? artifact->sha256 : NULL;
}

static void fill_input(struct measurement_input *input, const struct launch *launch,
		       const struct artifact_bytes *image)
{
	*input = (struct measurement_input){
		.plan = &launch->plan,
		.firmware = image->bytes,
		.firmware_len = image->len,
		.kernel = digest_of(&launch->artifacts[LAUNCH_KERNEL]),
		.initrd = digest_of(&launch->artifacts[LAUNCH_INITRD]),
		.cpu_signature = launch->guest.cpu_signature,
		.has_vmsa_features = launch->guest.has_vmsa_features,
		.vmsa_features = launch->guest.vmsa_features,
	};
}

int launch_measure_firmware(struct measurement *measurement, const struct launch *launch,
			    const struct artifact *firmware, struct err *err)
{
	AUTO(artifact_bytes) struct artifact_bytes image = { 0 };
	struct measurement_input input;

	*measurement = (struct measurement){ 0 };
	if (launch->plan.level == LEVEL_OFF)
		return 0;
	if (artifact_map(&image, firmware, err) < 0)
		return -1;
	fill_input(&input, launch, &image);
	return measurement_make(measurement, &input, err);
}

int launch_observe(const struct launch *launch, const struct launch_observer *observer,
		   struct err *err)
{
	AUTO(artifact_bytes) struct artifact_bytes image = { 0 };
	struct measurement_input input;

	if (artifact_map(&image, &launch->artifacts[LAUNCH_FIRMWARE], err) < 0)
		return -1;
	fill_input(&input, launch, &image);
	return measurement_observe(&input, observer, err);
}

// Linux 6.6 and 6.7 had kvm_amd.debug_swap on; nobody can see from here whether the CPU has it.
static void warn_about_kernel(const struct launch *launch)
{
	char kernel[HOST_IDENTITY_SIZE];

	if (launch->plan.level != LEVEL_SEV_ES || launch->guest.has_vmsa_features ||
	    !host_identity_kernel(kernel, launch->facts.identity))
		return;
	if (strncmp(kernel, "6.6.", 4) == 0 || strncmp(kernel, "6.7.", 4) == 0)
		log_warning(
			"the launch digest may differ: Linux %s sets the SEV feature DebugSwap of a "
			"sev-es guest where the CPU has it: then give --vmsa-features 0x20",
			kernel);
}

int launch_measure(struct launch *launch, struct err *err)
{
	// A preset image was measured when it was chosen.
	if (launch->measurement.type == 0 &&
	    launch_measure_firmware(&launch->measurement, launch,
				    &launch->artifacts[LAUNCH_FIRMWARE], err) < 0)
		return err->kind == ERR_INPUT ?
			       err_context(err, "firmware '%s'", launch->firmware_path) :
			       -1;
	warn_about_kernel(launch);
	return measurement_check_id_block(&launch->measurement, &launch->plan, err);
}

int launch_check_signed(const struct launch *launch, struct err *err)
{
	if (launch->plan.sev.has_id_block && openssl_setup(err) < 0)
		return -1;
	return measurement_check_id_auth(&launch->plan, err);
}

int launch_check_enforced(const struct launch *launch, struct err *err)
{
	const struct blob_verifier *verifier = &launch->measurement.verifier;
	const char *path = launch->firmware_path;

	if (!launch->measurement.hashes_kernel || verifier->verdict == BLOB_VERIFIER_ENFORCED)
		return 0;
	if (verifier->verdict == BLOB_VERIFIER_UNKNOWN)
		log_warning(
			"firmware '%s': cannot tell whether it checks the kernel that the launch "
			"digest covers: %s",
			path, verifier->reason);
	else if (launch->guest.unenforced_kernel_hashes == HASHES_ACCEPT)
		log_warning(
			"firmware '%s': does not check the kernel that the launch digest covers, "
			"so the host could exchange it",
			path);
	else
		return err_set(
			err, ERR_INPUT,
			"firmware '%s': the launch digest covers the kernel, but this firmware does not "
			"check it, so the host could exchange it: %s, or use "
			"--unenforced-kernel-hashes accept",
			path, verifier->reason);
	return 0;
}
