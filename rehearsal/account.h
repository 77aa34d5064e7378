/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a rehearsal: what QEMU submitted and what it was answered, one JSON object a line,
 * as soon as it happened. Its member "record" says what a line is about:
 *
 *	platform	once, first: name, api_major, api_minor, build, tcb, vm_types
 *	vm		KVM_CREATE_VM: type
 *	init		KVM_SEV_INIT, ES_INIT, INIT2: level, legacy_vm_type, vmsa_features
 *	start		LAUNCH_START: level, policy; session, not for SNP
 *	range		LAUNCH_UPDATE: gpa (not of memory in no slot), len, page_type, digest so far
 *	vmsa		one of a vCPU: vcpu, contents (the hash of it), digest so far
 *	measure		LAUNCH_MEASURE: digest, measurement (with the nonce behind it)
 *	secret		LAUNCH_SECRET: gpa, len, sha256
 *	id-block	with one: accepted, fw_error, author_key
 *	finish		LAUNCH_FINISH: level, policy, vcpus, digest; for SNP id_block, vcek_disabled,
 *			host_data
 *	command		behind all that a SEV command told: call, errno, fw_error, fw_error_name
 *	fault		of the scenario: the same
 *	end		of the scenario, nothing follows: call, qemu (hangs, dies)
 *	unknown-call	one that no table has: request
 *
 * A launch succeeded if, and only if, there is a record "finish".
 *
 * Addresses, policies and features are strings "0x..." because JSON's numbers end at 2^53; digests
 * and other bytes are strings of lower-case hexadecimal digits.
 */
#ifndef SNPLAUNCH_REHEARSAL_ACCOUNT_H
#define SNPLAUNCH_REHEARSAL_ACCOUNT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Bytes that the account shows. */
#define ACCOUNT_BYTES_MAX 64

/* A descriptor that the account goes to, or -1. Borrowed. */
struct account {
	int fd;
};

/* Appends one line. What is formatted must be JSON as it stands. */
void account_write(const struct account *account, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Bytes as hexadecimal digits; 'len' is at most ACCOUNT_BYTES_MAX. Returns 'out'. */
char *account_hex(char out[static 2 * ACCOUNT_BYTES_MAX + 1], const uint8_t *bytes, size_t len);

/* The same in a buffer of the caller's statement. */
#define ACCOUNT_HEX(bytes, len) account_hex((char[2 *ACCOUNT_BYTES_MAX + 1]){ 0 }, (bytes), (len))

#endif
