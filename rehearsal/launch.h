/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch of an encrypted guest: the commands of KVM_MEMORY_ENCRYPT_OP, as KVM checks them and
 * the firmware answers them, and the digest of what they submit.
 */
#ifndef SNPLAUNCH_REHEARSAL_LAUNCH_H
#define SNPLAUNCH_REHEARSAL_LAUNCH_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "rehearsal/abi.h"
#include "rehearsal/machine.h"
#include "rehearsal/object.h"
#include "rehearsal/session.h"

struct vm;

enum launch_level {
	LAUNCH_PLAIN,
	LAUNCH_SEV,
	LAUNCH_SEV_ES,
	LAUNCH_SNP,
};

/* The firmware's state of a guest, and for SNP KVM's. */
enum launch_state {
	LAUNCH_NONE,
	LAUNCH_UPDATES, /* LAUNCH_START is done */
	LAUNCH_SECRETS, /* LAUNCH_MEASURE is done */
	LAUNCH_RUNNING, /* LAUNCH_FINISH is done */
};

struct launch {
	enum launch_level level;
	enum launch_state state;
	/* Begun by KVM_SEV_INIT or KVM_SEV_ES_INIT. */
	bool legacy_init;
	uint64_t vmsa_features;
	uint64_t policy;
	/* SEV and SEV-ES: the running digest, and what is secret. Owner: launch. */
	EVP_MD_CTX *running;
	struct session session;
	/* SNP: the digest so far. */
	uint8_t digest[SHA384_DIGEST_LENGTH];
};

/* KVM_MEMORY_ENCRYPT_OP of a VM. 'command' is NULL to ask whether there is encryption. */
int launch_command(struct machine *machine, struct object *vm, struct kvm_sev_cmd *command);

/* The argument of a command is at an address of QEMU's. */
static inline void *launch_pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* The word for a level in the account. */
const char *launch_level_word(enum launch_level level);

/* Gives the ASID back and forgets the rest. */
void launch_release(struct launch *launch, struct machine *machine);

/* Answers of launch_commands: see struct call. 'argument' is that of the command. */
struct call;
int launch_sev_start(struct machine *machine, struct object *object, const struct call *call,
		     void *argument);
int launch_sev_update_data(struct machine *machine, struct object *object, const struct call *call,
			   void *argument);
int launch_sev_update_vmsa(struct machine *machine, struct object *object, const struct call *call,
			   void *argument);
int launch_sev_measure(struct machine *machine, struct object *object, const struct call *call,
		       void *argument);
int launch_sev_secret(struct machine *machine, struct object *object, const struct call *call,
		      void *argument);
int launch_sev_finish(struct machine *machine, struct object *object, const struct call *call,
		      void *argument);
int launch_snp_start(struct machine *machine, struct object *object, const struct call *call,
		     void *argument);
int launch_snp_update(struct machine *machine, struct object *object, const struct call *call,
		      void *argument);
int launch_snp_finish(struct machine *machine, struct object *object, const struct call *call,
		      void *argument);

#endif
