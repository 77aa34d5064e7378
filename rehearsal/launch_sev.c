// SPDX-License-Identifier: Apache-2.0
// The launch of a SEV or SEV-ES guest.

#include "rehearsal/launch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "rehearsal/call.h"
#include "rehearsal/policy.h"
#include "rehearsal/vm.h"
#include "rehearsal/vmsa.h"

// Only one guest is launched at a time, so all have this handle.
#define GUEST_HANDLE 1

#define DATA_GRANULE 16U

// Linux refuses larger buffers for the measurement.
#define BLOB_BYTES_MAX 16384U

static void read_digest(const struct launch *launch, uint8_t digest[static SESSION_DIGEST_BYTES])
{
	EVP_MD_CTX *copy = mem_must(EVP_MD_CTX_new());

	hash_must(EVP_MD_CTX_copy(copy, launch->running) == 1 &&
		  EVP_DigestFinal(copy, digest, NULL) == 1);
	EVP_MD_CTX_free(copy);
}

static void extend(struct launch *launch, const void *bytes, size_t len,
		   uint8_t digest[static SESSION_DIGEST_BYTES])
{
	hash_must(EVP_DigestUpdate(launch->running, bytes, len) == 1);
	read_digest(launch, digest);
}

// The session's keys: the owner's, a test's, or nobody's.
static int open_session(struct machine *machine, struct launch *launch,
			const struct kvm_sev_launch_start *start)
{
	const struct scenario *scenario = &machine->scenario;
	enum firmware_error error;

	if (start->session_uaddr == 0 && scenario->has_keys) {
		memcpy(launch->session.tik, scenario->tik, sizeof(scenario->tik));
		memcpy(launch->session.tek, scenario->tek, sizeof(scenario->tek));
		return 0;
	}
	if (start->session_uaddr == 0)
		return session_draw(&launch->session) < 0 ? -EIO : 0;
	if (start->dh_uaddr == 0 || start->dh_len != SESSION_CERTIFICATE_BYTES ||
	    start->session_len != SESSION_BLOB_BYTES)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	error = session_open(&launch->session, launch_pointer(start->dh_uaddr),
			     launch_pointer(start->session_uaddr), start->policy);
	return error == FIRMWARE_SUCCESS ? 0 : machine_refuse(machine, error);
}

int launch_sev_start(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	struct kvm_sev_launch_start *start = argument;
	struct launch *launch = &object->vm->launch;
	enum firmware_error error = sev_policy_judge(&machine->scenario.platform, start->policy);
	int status;

	(void)call;
	if (launch->state != LAUNCH_NONE)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	if (error != FIRMWARE_SUCCESS)
		return machine_refuse(machine, error);
	status = open_session(machine, launch, start);
	if (status < 0)
		return status;
	launch->policy = start->policy;
	launch->state = LAUNCH_UPDATES;
	start->handle = GUEST_HANDLE;
	account_write(&machine->account,
		      "{\"record\":\"start\",\"level\":\"%s\",\"policy\":\"0x%x\",\"session\":%s}",
		      launch_level_word(launch->level), start->policy,
		      start->session_uaddr != 0 ? "true" : "false");
	return 0;
}

// KVM takes any memory of QEMU's: QEMU submits firmware before it has a slot.
#define GPA_TEXT_SIZE 40
static const char *show_gpa(char text[static GPA_TEXT_SIZE], const struct vm *vm, uint64_t uaddr)
{
	uint64_t gpa = 0;

	if (!memory_find_uaddr(&vm->memory, uaddr, &gpa))
		return "";
	(void)snprintf(text, GPA_TEXT_SIZE, "\"gpa\":\"0x%llx\",", (unsigned long long)gpa);
	return text;
}

int launch_sev_update_data(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	const struct kvm_sev_launch_update_data *data = argument;
	struct launch *launch = &object->vm->launch;
	uint8_t digest[SESSION_DIGEST_BYTES];
	char gpa[GPA_TEXT_SIZE];

	(void)call;
	if (data->len == 0)
		return -EINVAL;
	if (launch->state != LAUNCH_UPDATES)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	if (data->len % DATA_GRANULE != 0)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	extend(launch, launch_pointer(data->uaddr), data->len, digest);
	account_write(&machine->account,
		      "{\"record\":\"range\",%s\"len\":%u,\"page_type\":\"data\","
		      "\"digest\":\"%s\"}",
		      show_gpa(gpa, object->vm, data->uaddr), data->len,
		      ACCOUNT_HEX(digest, sizeof(digest)));
	return 0;
}

static int update_vmsa(struct machine *machine, struct launch *launch, struct vcpu *vcpu)
{
	uint8_t vmsa[VMSA_BYTES];
	uint8_t contents[SHA256_DIGEST_LENGTH];
	uint8_t digest[SESSION_DIGEST_BYTES];
	int status = vmsa_build(vmsa, vcpu, launch->vmsa_features, !launch->legacy_init);

	if (status < 0)
		return status;
	hash_sha256(contents, vmsa, sizeof(vmsa));
	extend(launch, vmsa, sizeof(vmsa), digest);
	vcpu->is_protected = true;
	account_write(&machine->account,
		      "{\"record\":\"vmsa\",\"vcpu\":%u,\"contents\":\"%s\",\"digest\":\"%s\"}",
		      vcpu->id, ACCOUNT_HEX(contents, sizeof(contents)),
		      ACCOUNT_HEX(digest, sizeof(digest)));
	return 0;
}

int launch_sev_update_vmsa(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	struct vm *vm = object->vm;

	(void)call, (void)argument;
	if (vm->launch.level != LAUNCH_SEV_ES)
		return -ENOTTY;
	if (vm->launch.state != LAUNCH_UPDATES || (vm->launch.policy & SEV_POLICY_ES) == 0)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	for (size_t i = 0; i < vm->n_vcpus; i++) {
		int status = update_vmsa(machine, &vm->launch, vm->vcpus[i]);

		if (status < 0)
			return status;
	}
	return 0;
}

static void account_measurement(const struct machine *machine, const struct launch *launch,
				const uint8_t *digest)
{
	const uint8_t *measurement = launch->session.measurement;

	account_write(&machine->account,
		      "{\"record\":\"measure\",\"digest\":\"%s\",\"measurement\":\"%s\"}",
		      ACCOUNT_HEX(digest, SESSION_DIGEST_BYTES),
		      ACCOUNT_HEX(measurement, SESSION_MEASUREMENT_BYTES));
}

// What the firmware measured, or what a host that cheats makes of it.
static int measure_session(struct session *session, const struct scenario *scenario,
			   uint32_t policy, const uint8_t digest[static SESSION_DIGEST_BYTES])
{
	struct platform platform = scenario->platform;

	if (scenario->has_replayed_measurement) {
		memcpy(session->measurement, scenario->replayed_measurement,
		       sizeof(session->measurement));
		return 0;
	}
	if (scenario->has_measured_api)
		memcpy(&platform.api_major, scenario->measured_api, sizeof(scenario->measured_api));
	if (scenario->has_measured_policy)
		policy = scenario->measured_policy;
	return session_measure(session, &platform, policy, digest);
}

int launch_sev_measure(struct machine *machine, struct object *object, const struct call *call,
		       void *argument)
{
	struct kvm_sev_launch_measure *measure = argument;
	struct launch *launch = &object->vm->launch;
	uint8_t digest[SESSION_DIGEST_BYTES];
	uint32_t room = measure->len;

	(void)call;
	if (room > BLOB_BYTES_MAX)
		return -EINVAL;
	if (launch->state != LAUNCH_UPDATES)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	if (room == 0)
		measure->len = SESSION_MEASUREMENT_BYTES; // this is how its length is asked for
	if (room < SESSION_MEASUREMENT_BYTES)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	read_digest(launch, digest);
	if (measure_session(&launch->session, &machine->scenario, (uint32_t)launch->policy,
			    digest) < 0)
		return -EIO;
	memcpy(launch_pointer(measure->uaddr), launch->session.measurement,
	       SESSION_MEASUREMENT_BYTES);
	measure->len = SESSION_MEASUREMENT_BYTES;
	launch->state = LAUNCH_SECRETS;
	account_measurement(machine, launch, digest);
	return 0;
}

// The guest's memory is left alone: on hardware, too, QEMU sees nothing there that it could read.
int launch_sev_secret(struct machine *machine, struct object *object, const struct call *call,
		      void *argument)
{
	const struct kvm_sev_launch_secret *secret = argument;
	struct launch *launch = &object->vm->launch;
	AUTO(mem) uint8_t *plain = mem_zeroed(1, SESSION_SECRET_BYTES_MAX);
	uint8_t hash[SHA256_DIGEST_LENGTH];
	enum firmware_error error;
	char gpa[GPA_TEXT_SIZE];

	(void)call;
	if (secret->guest_len == 0)
		return -EINVAL;
	if (launch->state != LAUNCH_SECRETS)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	if (secret->hdr_len != SESSION_SECRET_HEADER_BYTES ||
	    secret->guest_len != secret->trans_len)
		return machine_refuse(machine, FIRMWARE_INVALID_LEN);
	error = session_open_secret(&launch->session, plain, launch_pointer(secret->hdr_uaddr),
				    launch_pointer(secret->trans_uaddr), secret->trans_len);
	if (error != FIRMWARE_SUCCESS)
		return machine_refuse(machine, error);
	hash_sha256(hash, plain, secret->guest_len);
	account_write(&machine->account, "{\"record\":\"secret\",%s\"len\":%u,\"sha256\":\"%s\"}",
		      show_gpa(gpa, object->vm, secret->guest_uaddr), secret->guest_len,
		      ACCOUNT_HEX(hash, sizeof(hash)));
	return 0;
}

int launch_sev_finish(struct machine *machine, struct object *object, const struct call *call,
		      void *argument)
{
	struct launch *launch = &object->vm->launch;
	uint8_t digest[SESSION_DIGEST_BYTES];

	(void)call, (void)argument;
	if (launch->state != LAUNCH_SECRETS)
		return machine_refuse(machine, FIRMWARE_INVALID_GUEST_STATE);
	launch->state = LAUNCH_RUNNING;
	read_digest(launch, digest);
	account_write(&machine->account,
		      "{\"record\":\"finish\",\"level\":\"%s\",\"policy\":\"0x%llx\","
		      "\"vcpus\":%zu,\"digest\":\"%s\"}",
		      launch_level_word(launch->level), (unsigned long long)launch->policy,
		      object->vm->n_vcpus, ACCOUNT_HEX(digest, sizeof(digest)));
	return 0;
}
