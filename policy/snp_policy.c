// SPDX-License-Identifier: Apache-2.0
// One table of the policy's bits: what each is called, and who takes it.

#include "policy/snp_policy.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/log.h"
#include "base/text_escape.h"
#include "base/text_number.h"

// SEV-SNP Firmware ABI (AMD 56860) 1.58, guest policy structure.
#define ABI_MINOR_MASK 0xffULL
#define ABI_MAJOR_SHIFT 8
#define MUST_BE_ONE (UINT64_C(1) << 17)

// A mainline release as one number.
#define LINUX(major, minor) ((major)*1000U + (minor))
#define NEVER UINT32_MAX
// Linux 6.11 to 6.18, snp_launch_start() in arch/x86/kvm/svm/sev.c, has a fixed mask; later ones ask
// the firmware (sev_get_snp_policy_bits()).
#define ASKS_FIRMWARE LINUX(6, 19)

struct policy_bit {
	const char *word; // the key of the guest file
	size_t offset;	  // of the enum on_off in struct guest_policy
	// What the AMD-SP must have for the bit; NULL: nothing but SEV-SNP.
	const char *needs;
	unsigned int bit;
	// KVM before this release refuses the bit when it has the value 'refused'.
	uint32_t kvm_takes_from;
	bool refused;
	bool preset;
};

#define BIT(member, number, ...) \
	{ \
		.word = #member, .bit = (number), .offset = offsetof(struct guest_policy, member), \
		__VA_ARGS__ \
	}
#define ON_IS_REFUSED_BEFORE(release) .kvm_takes_from = (release), .refused = true
#define OFF_IS_REFUSED_BEFORE(release) .kvm_takes_from = (release), .refused = false
#define FEATURE "firmware that reports the feature"

static const struct policy_bit bits[] = {
	BIT(smt, 16, .preset = true, OFF_IS_REFUSED_BEFORE(ASKS_FIRMWARE)),
	BIT(migrate_agent, 18, ON_IS_REFUSED_BEFORE(NEVER)),
	BIT(debug, 19),
	BIT(single_socket, 20, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE)),
	BIT(cxl_allow, 21, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE), .needs = FEATURE),
	BIT(mem_aes_256_xts, 22, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE), .needs = FEATURE),
	BIT(rapl_dis, 23, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE), .needs = FEATURE),
	BIT(ciphertext_hiding_dram, 24, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE), .needs = FEATURE),
	BIT(page_swap_disable, 25, ON_IS_REFUSED_BEFORE(ASKS_FIRMWARE),
	    .needs = "firmware with interface 1.58 or newer"),
};

static uint64_t mask_of(const struct policy_bit *bit)
{
	return UINT64_C(1) << bit->bit;
}

static uint64_t reserved_bits(void)
{
	uint64_t known = MUST_BE_ONE | ABI_MINOR_MASK | ABI_MINOR_MASK << ABI_MAJOR_SHIFT;

	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		known |= mask_of(&bits[i]);
	return ~known;
}

uint64_t snp_policy_number(const struct guest_policy *policy)
{
	uint64_t number = MUST_BE_ONE;

	for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
		enum on_off value;

		memcpy(&value, (const char *)policy + bits[i].offset, sizeof(value));
		if (value == ON_OFF_ON || (value == ON_OFF_UNSET && bits[i].preset))
			number |= mask_of(&bits[i]);
	}
	return number | (uint64_t)policy->abi_major << ABI_MAJOR_SHIFT | policy->abi_minor;
}

static int check_number(uint64_t number, struct err *err)
{
	uint64_t reserved = number & reserved_bits();

	if ((number & MUST_BE_ONE) == 0)
		return err_set(err, ERR_GUEST_FILE,
			       "policy 0x%" PRIx64 " lacks bit 17, which must be one: 0x%" PRIx64,
			       number, number | MUST_BE_ONE);
	if (reserved != 0)
		return err_set(err, ERR_GUEST_FILE,
			       "policy 0x%" PRIx64 " sets reserved bit %d: 0x30000 is the usual "
			       "policy",
			       number, __builtin_ctzll(reserved));
	return 0;
}

int snp_policy_parse(struct guest_policy *policy, const char *text, struct err *err)
{
	uint64_t number;

	if (strncmp(text, "0x", 2) != 0 || strlen(text) > 2 + 2 * sizeof(number) ||
	    text_parse_u64(text, &number) < 0)
		return err_set(err, ERR_GUEST_FILE,
			       "must be an object, or a number such as 0x30000, not '%s'",
			       TEXT_SHOW(text));
	if (check_number(number, err) < 0)
		return -1;
	*policy = (struct guest_policy){
		.by_number = true,
		.has_abi = true,
		.abi_major = (uint8_t)(number >> ABI_MAJOR_SHIFT),
		.abi_minor = (uint8_t)number,
	};
	for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
		enum on_off value = (number & mask_of(&bits[i])) != 0 ? ON_OFF_ON : ON_OFF_OFF;

		memcpy((char *)policy + bits[i].offset, &value, sizeof(value));
	}
	return 0;
}

char *snp_policy_words(char out[static SNP_POLICY_WORDS_SIZE], uint64_t number)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if ((number & mask_of(&bits[i])) != 0)
			used += (size_t)snprintf(out + used, SNP_POLICY_WORDS_SIZE - used, "%s%s",
						 used > 0 ? ", " : "", bits[i].word);
	if ((number & 0xffff) != 0)
		used += (size_t)snprintf(out + used, SNP_POLICY_WORDS_SIZE - used, "%sabi %u.%u",
					 used > 0 ? ", " : "",
					 (unsigned int)(number >> ABI_MAJOR_SHIFT & ABI_MINOR_MASK),
					 (unsigned int)(number & ABI_MINOR_MASK));
	if (used == 0)
		(void)snprintf(out, SNP_POLICY_WORDS_SIZE, "none");
	return out;
}

static int refuse(const struct policy_bit *bit, const struct linux_release *release,
		  struct err *err)
{
	if (bit->kvm_takes_from == NEVER)
		return err_set(
			err, ERR_HOST,
			"key 'guest_policy.%s' is on, which KVM takes in no version: leave it "
			"out",
			bit->word);
	return err_set(err, ERR_HOST,
		       "key 'guest_policy.%s' is %s, which KVM of Linux %u.%u refuses: use Linux "
		       "%u.%u or newer, or %s",
		       bit->word, bit->refused ? "on" : "off", release->major, release->minor,
		       bit->kvm_takes_from / 1000, bit->kvm_takes_from % 1000,
		       bit->refused ? "leave it out" : "turn it on");
}

static int check_bit(const struct policy_bit *bit, bool is_set, const struct linux_release *release,
		     struct err *err)
{
	bool may_be_refused = bit->kvm_takes_from != 0 && is_set == bit->refused;

	if (may_be_refused && bit->kvm_takes_from == NEVER)
		return refuse(bit, release, err);
	if (may_be_refused && release->major == 0)
		log_warning("key 'guest_policy.%s' is %s: KVM before Linux %u.%u refuses that, and "
			    "which Linux will run this guest is not known",
			    bit->word, is_set ? "on" : "off", bit->kvm_takes_from / 1000,
			    bit->kvm_takes_from % 1000);
	else if (may_be_refused && LINUX(release->major, release->minor) < bit->kvm_takes_from)
		return refuse(bit, release, err);
	if (is_set && bit->needs != NULL)
		log_warning("key 'guest_policy.%s' needs %s, which is not examined", bit->word,
			    bit->needs);
	return 0;
}

int snp_policy_check_kvm(uint64_t number, const struct linux_release *release, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(bits); i++)
		if (check_bit(&bits[i], (number & mask_of(&bits[i])) != 0, release, err) < 0)
			return -1;
	return 0;
}
