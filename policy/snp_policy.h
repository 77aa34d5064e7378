/* SPDX-License-Identifier: Apache-2.0 */
/* The guest policy of SEV-SNP, as the firmware's number and as the words of a guest file. */
#ifndef SNPLAUNCH_POLICY_SNP_POLICY_H
#define SNPLAUNCH_POLICY_SNP_POLICY_H

#include <stdint.h>

#include "base/err.h"
#include "policy/guest.h"

/* Room for every word at once. */
#define SNP_POLICY_WORDS_SIZE 160

/* What snp_policy_parse() takes: bit 17 is one, bits above 25 are zero. */
#define SNP_POLICY_PATTERN "^0x((0{0,9}[0-3])?[0-9a-fA-F])?[2367abefABEF][0-9a-fA-F]{4}$"

/* The number for what is asked; bits that nobody named have their defaults. */
uint64_t snp_policy_number(const struct guest_policy *policy);

/*
 * Sets 'policy' from a number such as "0x30000", so that snp_policy_number() gives it again.
 * Errors: ERR_GUEST_FILE for a reserved bit or text that is no number; without whose it is.
 */
int snp_policy_parse(struct guest_policy *policy, const char *text, struct err *err) MUST_CHECK;

/* Writes "smt, debug, abi 1.51", or "none", and returns 'out'. */
char *snp_policy_words(char out[static SNP_POLICY_WORDS_SIZE], uint64_t number);

/* A release of Linux; major is 0 where it is not known. */
struct linux_release {
	unsigned int major;
	unsigned int minor;
};

/*
 * Judges a policy by what KVM of that release takes, which otherwise ends the launch with EINVAL and
 * nothing else. What the AMD-SP may refuse, and what cannot be known, is a warning.
 * Errors: ERR_HOST, naming key, release and remedy.
 */
int snp_policy_check_kvm(uint64_t number, const struct linux_release *release,
			 struct err *err) MUST_CHECK;

#endif
