// SPDX-License-Identifier: Apache-2.0
// The codes of the SEV firmware, of KVM's calls, and of guests that end themselves.

#include "host/failure_codes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/attributes.h"

// Answers of the PSP's mailbox and boot loader begin here; they are no codes of the SEV firmware.
#define FIRMWARE_MAILBOX_FIRST 0x8000
#define FIRMWARE_MAILBOX_LAST 0xffff
// A code of -1 as the kernel prints it.
#define FIRMWARE_NOT_CALLED 0xffffffff

// Source: Linux 7.1, include/uapi/linux/psp-sev.h; the numbers have gaps.
static const struct failure_code firmware_codes[] = {
	{ -1, "NO_FW_CALL", "the kernel failed before it called the firmware" },
	{ 0, "SUCCESS", "the firmware did not refuse: the kernel did, or never asked it" },
	{ 1, "INVALID_PLATFORM_STATE", "SEV or SNP is not initialised, or in the wrong state" },
	{ 2, "INVALID_GUEST_STATE", "the guest is not in the state that the command needs" },
	{ 3, "INVALID_CONFIG", "BIOS or host are configured in a way that the firmware rejects" },
	{ 4, "INVALID_LEN", "a buffer has the wrong length" },
	{ 5, "ALREADY_OWNED", "the platform has an owner already" },
	{ 6, "INVALID_CERTIFICATE", "a certificate is malformed or not for this platform" },
	{ 7, "POLICY_FAILURE", "the guest policy is not allowed here" },
	{ 8, "INACTIVE", "the guest has no ASID" },
	{ 9, "INVALID_ADDRESS", "an address is not aligned or not allowed" },
	{ 10, "BAD_SIGNATURE", "a signature is wrong" },
	{ 11, "BAD_MEASUREMENT", "the launch digest or a MAC differs from what was expected" },
	{ 12, "ASID_OWNED", "the ASID belongs to another guest" },
	{ 13, "INVALID_ASID", "the ASID is out of range" },
	{ 14, "WBINVD_REQUIRED", "the kernel must flush the caches of all CPUs first" },
	{ 15, "DFFLUSH_REQUIRED", "the kernel must flush the data fabric first" },
	{ 16, "INVALID_GUEST", "the guest's handle or context is wrong" },
	{ 17, "INVALID_COMMAND", "the firmware does not know the command" },
	{ 18, "ACTIVE", "the guest still has its ASID" },
	{ 19, "HWSEV_RET_PLATFORM", "hardware or BIOS are in a state that stops the firmware" },
	{ 20, "HWSEV_RET_UNSAFE", "hardware or BIOS are in a state that is not safe" },
	{ 21, "UNSUPPORTED", "the firmware lacks this feature, or refuses it on this platform" },
	{ 22, "INVALID_PARAM", "a parameter is wrong" },
	{ 23, "RESOURCE_LIMIT", "the firmware has no room for another guest" },
	{ 24, "SECURE_DATA_INVALID",
	  "the PSP's stored data is damaged; the kernel tries once more" },
	{ 25, "INVALID_PAGE_SIZE", "a page's size differs from the RMP's" },
	{ 26, "INVALID_PAGE_STATE", "a page's state in the RMP is wrong" },
	{ 27, "INVALID_MDATA_ENTRY", "the metadata of a page is wrong" },
	{ 28, "INVALID_PAGE_OWNER", "a page belongs to another guest" },
	{ 29, "AEAD_OFLOW", "too many messages were encrypted with one key" },
	{ 31, "EXIT_RING_BUFFER", "the firmware left ring buffer mode" },
	{ 32, "RMP_INIT_REQUIRED", "the RMP must be initialised first" },
	{ 33, "BAD_SVN", "the image is older than what was committed" },
	{ 34, "BAD_VERSION", "the image is older than what was committed" },
	{ 35, "SHUTDOWN_REQUIRED", "SNP must be shut down before the update" },
	{ 36, "UPDATE_FAILED", "the firmware could not be updated" },
	{ 37, "RESTORE_REQUIRED", "the firmware must be restored" },
	{ 38, "RMP_INITIALIZATION_FAILED", "the RMP could not be initialised" },
	{ 39, "INVALID_KEY", "a key is wrong" },
	{ 40, "SHUTDOWN_INCOMPLETE", "an earlier shutdown did not finish" },
	{ 48, "INCORRECT_BUFFER_LENGTH", "a buffer has the wrong length" },
	{ 49, "EXPAND_BUFFER_LENGTH_REQUEST", "a larger buffer is needed" },
	{ 50, "SPDM_REQUEST", "a message for a device is to be sent" },
	{ 51, "SPDM_ERROR", "a device answered with an error" },
	{ 53, "DEV_CONN", "the connection to a trusted device failed" },
	{ 54, "INVALID_DEV_CTX", "the context of a trusted device is wrong" },
	{ 55, "INVALID_TDI_CTX", "the context of a device interface is wrong" },
	{ 56, "INVALID_TDI", "the device interface is wrong" },
	{ 57, "RECLAIM_REQUIRED", "pages must be reclaimed first" },
	{ 58, "IN_USE", "the device is in use" },
	{ 59, "INVALID_DEV_STATE", "the trusted device is in the wrong state" },
	{ 60, "INVALID_TDI_STATE", "the device interface is in the wrong state" },
	{ 61, "DEV_CERT_CHANGED", "the device's certificate has changed" },
	{ 62, "RESYNC_REQ", "the device must be synchronised again" },
	{ 63, "RESPONSE_TOO_LARGE", "the device's answer is too large" },
};

static const struct failure_code firmware_mailbox = {
	FIRMWARE_MAILBOX_FIRST, "a PSP code",
	"the PSP's boot loader or mailbox failed, not the SEV firmware"
};

// What KVM's calls for encrypted guests mean by these.
static const struct failure_code errno_codes[] = {
	{ -1, "EPERM", "the command is not for this kind of guest" },
	{ -5, "EIO", "the firmware failed: its code says why" },
	{ -12, "ENOMEM", "no memory, or a limit on locked memory" },
	{ -14, "EFAULT", "an address is wrong" },
	{ -16, "EBUSY", "no free ASID, or the PSP is dead" },
	{ -17, "EEXIST", "it is there already" },
	{ -19, "ENODEV", "there is no PSP" },
	{ -22, "EINVAL", "arguments or guest policy are refused" },
	{ -25, "ENOTTY", "the feature is off" },
	{ -110, "ETIMEDOUT", "the PSP did not answer" },
};

#define GHCB(set, reason) ((set) << 8 | (reason))

// Sources: GHCB specification (AMD 56421); Linux 7.1, arch/x86/include/asm/sev-common.h.
static const struct failure_code ghcb_codes[] = {
	{ GHCB(0, 0), "GEN_REQ", "a general request: firmware or kernel of the guest gave up" },
	{ GHCB(0, 1), "PROT_UNSUPPORTED",
	  "guest and host have no version of the protocol in common" },
	{ GHCB(0, 2), "SNP_UNSUPPORTED",
	  "a needed SNP feature is missing, or one is on that the guest lacks" },
	{ GHCB(1, 0), "REGISTER", "the GHCB's address could not be registered" },
	{ GHCB(1, 1), "PSC", "a page could not be made private or shared" },
	{ GHCB(1, 2), "PVALIDATE", "a page could not be validated" },
	{ GHCB(1, 3), "NOT_VMPL0", "the kernel does not run at VMPL 0" },
	{ GHCB(1, 4), "CPUID", "the CPUID table was rejected" },
	{ GHCB(1, 5), "CPUID_HV", "CPUID could not be read from the hypervisor" },
	{ GHCB(1, 6), "SECRETS_PAGE", "the secrets page is missing or wrong" },
	{ GHCB(1, 7), "NO_SVSM", "an SVSM was expected and is not there" },
	{ GHCB(1, 8), "SVSM_VMPL0", "an SVSM is there, but the kernel runs at VMPL 0" },
	{ GHCB(1, 9), "SVSM_CAA", "the SVSM's calling area is missing or wrong" },
	{ GHCB(1, 10), "SECURE_TSC", "the secure TSC could not be set up" },
	{ GHCB(1, 11), "SVSM_CA_REMAP_FAIL", "the SVSM's calling area could not be mapped" },
	{ GHCB(1, 12), "SECURE_AVIC", "the secure AVIC could not be set up" },
};

struct code_table {
	const char *word;
	const struct failure_code *codes;
	size_t n;
};

static const struct code_table tables[] = {
	[FAILURE_VALUE_PLAIN] = { "number", NULL, 0 },
	[FAILURE_VALUE_FIRMWARE] = { "firmware", firmware_codes, ARRAY_LEN(firmware_codes) },
	[FAILURE_VALUE_ERRNO] = { "errno", errno_codes, ARRAY_LEN(errno_codes) },
	[FAILURE_VALUE_GHCB] = { "termination", ghcb_codes, ARRAY_LEN(ghcb_codes) },
};
_Static_assert(ARRAY_LEN(tables) == FAILURE_VALUE_KINDS, "every kind of value has a table");

const struct failure_code *failure_code_find(const struct failure_value *value)
{
	const struct code_table *table = &tables[value->kind];
	bool is_firmware = value->kind == FAILURE_VALUE_FIRMWARE;
	int64_t number = is_firmware && value->number == FIRMWARE_NOT_CALLED ? -1 : value->number;

	for (size_t i = 0; i < table->n; i++)
		if (table->codes[i].number == number)
			return &table->codes[i];
	if (is_firmware && number >= FIRMWARE_MAILBOX_FIRST && number <= FIRMWARE_MAILBOX_LAST)
		return &firmware_mailbox;
	return NULL;
}

char *failure_value_text(char *out, size_t size, const struct failure_value *value)
{
	if (value->kind == FAILURE_VALUE_GHCB)
		(void)snprintf(out, size, "0x%x:0x%x", (unsigned int)value->number >> 8,
			       (unsigned int)value->number & 0xff);
	else
		(void)snprintf(out, size, "%" PRId64, value->number);
	return out;
}

const char *failure_value_word(enum failure_value_kind kind)
{
	return tables[kind].word;
}
