// SPDX-License-Identifier: Apache-2.0
// The ioctl of /dev/sev and its commands: those that only look.

#include "rehearsal/call.h"

#include <errno.h>
#include <string.h>

#include "rehearsal/abi.h"
#include "rehearsal/launch.h"
#include "rehearsal/p384.h"
#include "rehearsal/session.h"

// States of the platform.
#define INITIALIZED 1
#define WORKING 2

// A platform's own number.
#define ID_BYTES 64

// Of the PDH's certificate; signed by nobody, because nobody here has AMD's keys.
#define CERTIFICATE_VERSION 1U
#define USAGE_PDH 0x1003U
#define ALGORITHM_ECDH_SHA256 0x0003U
#define CHAIN_CERTIFICATES 3

// Offsets in a certificate.
enum {
	CERTIFICATE_API_MAJOR = 4,
	CERTIFICATE_API_MINOR = 5,
	CERTIFICATE_USAGE = 8,
	CERTIFICATE_ALGORITHM = 12,
};

static int issue_command(struct machine *machine, struct object *object, const struct call *call,
			 void *argument)
{
	struct sev_issue_cmd *issue = argument;
	int status;

	(void)call;
	machine->fw_error = FIRMWARE_SUCCESS;
	status = call_answer(&sev_commands, machine, object, issue->cmd,
			     launch_pointer(issue->data));
	issue->error = machine->fw_error;
	return status;
}

static int platform_status(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	const struct platform *platform = &machine->scenario.platform;
	uint32_t guests = machine->sev_asids_used + machine->sev_es_asids_used;
	bool has_es = (platform->vm_types & 1U << ABI_VM_SEV_ES) != 0;
	const struct sev_user_data_status status = {
		.api_major = platform->api_major,
		.api_minor = platform->api_minor,
		.state = guests > 0 ? WORKING : INITIALIZED,
		.flags = has_es ? SEV_STATUS_FLAGS_CONFIG_ES : 0,
		.build = platform->build,
		.guest_count = guests,
	};

	(void)object, (void)call;
	memcpy(argument, &status, sizeof(status));
	return 0;
}

static int snp_platform_status(struct machine *machine, struct object *object,
			       const struct call *call, void *argument)
{
	const struct platform *platform = &machine->scenario.platform;
	const struct abi_snp_platform_status status = {
		.api_major = platform->api_major,
		.api_minor = platform->api_minor,
		.state = INITIALIZED,
		.flags = ABI_SNP_STATUS_RMP_INITIALIZED | ABI_SNP_STATUS_ALIAS_CHECK_COMPLETE,
		.build = platform->build,
		.guest_count = machine->sev_es_asids_used,
		.current_tcb = platform_tcb(platform),
		.reported_tcb = platform_tcb(platform),
	};

	(void)object, (void)call;
	if (!platform_has_snp(platform))
		return -EINVAL; // as a kernel without SNP
	memcpy(argument, &status, sizeof(status));
	return 0;
}

static int get_id(struct machine *machine, struct object *object, const struct call *call,
		  void *argument)
{
	struct sev_user_data_get_id2 *id = argument;
	uint32_t room = id->length;

	(void)object, (void)call;
	id->length = ID_BYTES;
	if (room < ID_BYTES)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	memset(launch_pointer(id->address), 0, ID_BYTES);
	return 0;
}

static void fill_certificate(const struct platform *platform, uint8_t *certificate)
{
	const uint32_t version = CERTIFICATE_VERSION;
	const uint32_t usage = USAGE_PDH;
	const uint32_t algorithm = ALGORITHM_ECDH_SHA256;

	memset(certificate, 0, SESSION_CERTIFICATE_BYTES);
	memcpy(certificate, &version, sizeof(version));
	certificate[CERTIFICATE_API_MAJOR] = platform->api_major;
	certificate[CERTIFICATE_API_MINOR] = platform->api_minor;
	memcpy(certificate + CERTIFICATE_USAGE, &usage, sizeof(usage));
	memcpy(certificate + CERTIFICATE_ALGORITHM, &algorithm, sizeof(algorithm));
	p384_public_key(certificate + SESSION_CERTIFICATE_KEY);
}

static int export_pdh(struct machine *machine, struct object *object, const struct call *call,
		      void *argument)
{
	struct sev_user_data_pdh_cert_export *exported = argument;
	const uint32_t chain_len = CHAIN_CERTIFICATES * SESSION_CERTIFICATE_BYTES;
	bool fits = exported->pdh_cert_len >= SESSION_CERTIFICATE_BYTES &&
		    exported->cert_chain_len >= chain_len;

	(void)object, (void)call;
	exported->pdh_cert_len = SESSION_CERTIFICATE_BYTES;
	exported->cert_chain_len = chain_len;
	if (!fits)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	fill_certificate(&machine->scenario.platform, launch_pointer(exported->pdh_cert_address));
	memset(launch_pointer(exported->cert_chain_address), 0, chain_len);
	return 0;
}

static const struct call ioctl_rows[] = {
	CALL(SEV_ISSUE_CMD, issue_command),
};

static const struct call command_rows[] = {
	CALL(SEV_PLATFORM_STATUS, platform_status),
	CALL(SEV_PDH_CERT_EXPORT, export_pdh),
	CALL(SEV_GET_ID2, get_id),
	CALL_NAMED(ABI_SNP_PLATFORM_STATUS, "SNP_PLATFORM_STATUS", snp_platform_status),
};

const struct call_table sev_calls = { ioctl_rows, ARRAY_LEN(ioctl_rows), ENOTTY, false };
const struct call_table sev_commands = { command_rows, ARRAY_LEN(command_rows), EINVAL, true };
