/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the AMD-SP will say that it measured, computed from the bytes that QEMU gets, and whether
 * firmware checks the kernel that the digest covers. No side effects.
 *
 * Nothing here is a statement of hardware: unless an ID block has the firmware compare, only a
 * report or a measurement of the running guest confirms a digest.
 */
#ifndef SNPLAUNCH_CLI_MEASUREMENT_H
#define SNPLAUNCH_CLI_MEASUREMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"
#include "measure/blob_verifier.h"
#include "measure/launch_digest.h"
#include "measure/sha.h"
#include "plan/plan.h"

#define MEASUREMENT_SIGNATURE_SIZE 11 /* "0x00a00f11" and NUL */
#define MEASUREMENT_HEX_SIZE (2 * SHA384_BYTES + 1)

struct measurement {
	uint32_t type; /* enum launch_type; 0: nothing is measured */
	uint32_t vcpus;
	uint32_t cpu_signature; /* this and the next: 0 at sev, which does not measure them */
	uint64_t vmsa_features;
	bool hashes_kernel;
	size_t digest_len; /* bytes: 48 at sev-snp, else 32 */
	uint8_t digest[SHA384_BYTES];
	/* Of the firmware, where 'hashes_kernel'. */
	struct blob_verifier verifier;
};

/* What is measured. All is borrowed. */
struct measurement_input {
	const struct plan *plan; /* level, VM type, vCPUs, CPU model, command line */
	const void *firmware;
	size_t firmware_len;
	/* SHA-256 of the kernel and the initrd; NULL: there is none. */
	const uint8_t *kernel;
	const uint8_t *initrd;
	uint32_t cpu_signature; /* of a model that is not known here; 0: not given */
	bool has_vmsa_features; /* else those that KVM sets by itself */
	uint64_t vmsa_features;
};

/*
 * Computes the launch digest, and with kernel hashes looks for their verifier. At level off there
 * is nothing to do. Errors: ERR_GUEST_FILE for a signature or features that cannot be; ERR_INPUT
 * for firmware that lacks what the level needs.
 */
int measurement_make(struct measurement *measurement, const struct measurement_input *input,
		     struct err *err) MUST_CHECK;

/* Computes the digest once more, and shows its observer each range. Errors: likewise. */
int measurement_observe(const struct measurement_input *input,
			const struct launch_observer *observer, struct err *err) MUST_CHECK;

/* Compares with the plan's ID block, if it has one. Errors: ERR_VERDICT, ERR_INPUT. */
int measurement_check_id_block(const struct measurement *measurement, const struct plan *plan,
			       struct err *err) MUST_CHECK;

/* The word for its type: "sev", "sev-es", "sev-es-legacy", "sev-snp". */
const char *measurement_type_word(uint32_t type);

/* The type of that word, 0 for another one. */
uint32_t measurement_type_of_word(const char *word);

/* Writes the digest in hexadecimal digits, and returns 'out'. */
char *measurement_hex(char out[static MEASUREMENT_HEX_SIZE], const struct measurement *measurement);

/*
 * Verifies the signatures of the plan's ID block, as the firmware will. Errors: ERR_VERDICT for a
 * wrong one, ERR_INPUT for what is none.
 */
int measurement_check_id_auth(const struct plan *plan, struct err *err) MUST_CHECK;

/* Writes the launch digest in the plan's ID block, and returns 'out'. */
char *measurement_id_block_hex(char out[static MEASUREMENT_HEX_SIZE], const struct plan *plan);

/* Who compares the digest with the hardware's, as a word: "id-block" or, as in a rehearsal, "nobody". */
const char *measurement_confirmed_by(const struct plan *plan);

/*
 * Writes the CPUID signature of a model's vCPUs, as "0x00a00f11"; nothing for a model whose signature
 * is not known. With the model's name it is what a verifier needs to compute the digest again.
 */
void measurement_write_signature(char out[static MEASUREMENT_SIGNATURE_SIZE],
				 const char *cpu_model);

/* As a JSON object, NULL when nothing is measured. Owner: caller. */
struct json_object *measurement_json(const struct measurement *measurement,
				     const struct plan *plan);

/* Prints the lines of a plan's text. */
void measurement_print(const struct measurement *measurement, const struct plan *plan);

#endif
