// SPDX-License-Identifier: Apache-2.0
// Checks of /dev/sev and of what the AMD-SP says behind it.
// Source: Linux include/uapi/linux/psp-sev.h; SEV-SNP Firmware ABI (AMD 56860).

#include <string.h>

#include "base/attributes.h"
#include "host/failure_codes.h"
#include "host/probe.h"
#include "host/tcb.h"

#define SEV_FLAG_ES (1U << 8)
#define RMP_INITIALIZED (1U << 0)
#define RMP_ALIASES_CHECKED (1U << 1)

// SNP_PLATFORM_STATUS
#define SNP_MASK_CHIP_ID (1U << 0)
#define SNP_MASK_CHIP_KEY (1U << 1)
#define SNP_VLEK (1U << 2)
#define SNP_RAPL_DISABLED (1U << 4)
#define SNP_HIDING_CAPABLE (1U << 5)
#define SNP_HIDING_ENABLED (1U << 6)

// Since these SNP security versions the firmware refuses SEV-ES while SEV-SNP is on (AMD-SB-3023;
// Linux: KVM's check of 2026 for unusable SEV-ES).
#define SNP_WITHOUT_ES_ZEN3_4 0x1b
#define SNP_WITHOUT_ES_ZEN5 0x04

static void judge_device(struct probe_result *result, const struct host_readings *readings)
{
	enum reading_state state = (enum reading_state)readings->sev_device;

	if (state == READING_ABSENT)
		probe_say(result, PROBE_FAIL, "there is no /dev/sev");
	else if (state == READING_DONE)
		probe_say(result, PROBE_PASS, "this user can open /dev/sev");
	else if (readings->by_root &&
		 (readings->sev.state == READING_DONE || readings->sev.state == READING_FAILED))
		probe_say(result, PROBE_PASS, "root can open /dev/sev");
	else if (state == READING_DENIED && !readings->by_root) {
		probe_say(result, PROBE_FAIL, "this user may not open /dev/sev for writing");
		result->remedy =
			"start guests as root, or give /dev/sev to a group by a rule of udev, such "
			"as KERNEL==\"sev\", GROUP=\"kvm\", MODE=\"0660\"; who may write to it can "
			"also reset the platform's owner";
	} else {
		probe_say_unread(result, "/dev/sev", state);
	}
}

static void say_failed(struct probe_result *result, uint32_t errnum, uint32_t fw_error)
{
	const struct failure_value value = { .kind = FAILURE_VALUE_FIRMWARE, .number = fw_error };
	const struct failure_code *code = fw_error != 0 ? failure_code_find(&value) : NULL;

	probe_say(result, PROBE_FAIL, "the AMD-SP does not answer: %s%s%s",
		  strerrordesc_np((int)errnum) ?: "unknown error",
		  code != NULL ? ", firmware error " : "", code != NULL ? code->name : "");
}

static void judge_status(struct probe_result *result, const struct host_readings *readings)
{
	const struct sev_reading *sev = &readings->sev;

	if (sev->state == READING_DONE)
		probe_say(result, PROBE_PASS, "PLATFORM_STATUS answers");
	else if (sev->state == READING_FAILED)
		say_failed(result, sev->errnum, sev->fw_error);
	else
		probe_say_unread(result, "the AMD-SP's status", (enum reading_state)sev->state);
}

static bool has_no_status(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->sev.state == READING_DONE)
		return false;
	probe_say_unread(result, "the AMD-SP's status", (enum reading_state)readings->sev.state);
	return true;
}

static bool has_no_snp_status(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->snp.state == READING_DONE)
		return false;
	probe_say_unread(result, "the AMD-SP's SNP status",
			 (enum reading_state)readings->snp.state);
	return true;
}

static void judge_state(struct probe_result *result, const struct host_readings *readings)
{
	static const char *const words[] = { "uninitialized", "initialized", "working" };
	const char *lazy = readings_text(readings, HOST_TEXT_CCP_INIT_ON_PROBE);
	uint8_t state = readings->sev.platform_state;

	if (has_no_status(result, readings))
		return;
	if (state == 0 && lazy != NULL && strcmp(lazy, "N") == 0)
		probe_say(result, PROBE_PASS, "uninitialized until the first guest");
	else
		probe_say(result, state == 1 || state == 2 ? PROBE_PASS : PROBE_WARN, "%s",
			  state < ARRAY_LEN(words) ? words[state] : "unknown");
}

static void judge_es(struct probe_result *result, const struct host_readings *readings)
{
	if (has_no_status(result, readings))
		return;
	if ((readings->sev.flags & SEV_FLAG_ES) != 0)
		probe_say(result, PROBE_PASS, "SEV-ES is initialized");
	else if (readings->sev.platform_state == 0)
		probe_say(result, PROBE_UNKNOWN, "the platform is not initialized");
	else
		probe_say(result, PROBE_FAIL, "the AMD-SP has not initialized SEV-ES");
}

static void judge_api(struct probe_result *result, const struct host_readings *readings)
{
	const struct sev_reading *sev = &readings->sev;
	bool old = sev->api_major == 0 && sev->api_minor < 17;

	if (!has_no_status(result, readings))
		probe_say(result, old ? PROBE_WARN : PROBE_PASS, "%u.%u.%u", sev->api_major,
			  sev->api_minor, sev->build);
}

static void judge_guests(struct probe_result *result, const struct host_readings *readings)
{
	if (!has_no_status(result, readings))
		probe_say(result, PROBE_PASS, "%u", readings->sev.guests);
}

static void judge_snp_status(struct probe_result *result, const struct host_readings *readings)
{
	const struct snp_reading *snp = &readings->snp;

	if (snp->state == READING_DONE)
		probe_say(result, PROBE_PASS, "SNP_PLATFORM_STATUS answers");
	else if (snp->state == READING_ABSENT)
		probe_say(result, PROBE_FAIL,
			  "this kernel does not know SNP_PLATFORM_STATUS: it is too old");
	else if (snp->state == READING_FAILED)
		say_failed(result, snp->errnum, snp->fw_error);
	else
		probe_say_unread(result, "the AMD-SP's SNP status", (enum reading_state)snp->state);
}

static void judge_snp_state(struct probe_result *result, const struct host_readings *readings)
{
	if (has_no_snp_status(result, readings))
		return;
	if (readings->snp.platform_state == 1)
		probe_say(result, PROBE_PASS, "initialized");
	else
		probe_say(result, PROBE_FAIL, "SEV-SNP is not initialized (state %u)",
			  readings->snp.platform_state);
}

static void judge_rmp(struct probe_result *result, const struct host_readings *readings)
{
	bool good = (readings->snp.rmp_flags & RMP_INITIALIZED) != 0;

	if (!has_no_snp_status(result, readings))
		probe_say(result, good ? PROBE_PASS : PROBE_FAIL,
			  good ? "initialized" : "the RMP is not initialized");
}

static void judge_aliases(struct probe_result *result, const struct host_readings *readings)
{
	bool good = (readings->snp.rmp_flags & RMP_ALIASES_CHECKED) != 0;

	if (!has_no_snp_status(result, readings))
		probe_say(result, good ? PROBE_PASS : PROBE_WARN,
			  good ? "memory was checked for aliases" :
				 "memory was not checked for aliases");
}

static void judge_snp_api(struct probe_result *result, const struct host_readings *readings)
{
	const struct snp_reading *snp = &readings->snp;
	bool old = snp->api_major == 0 ||
		   (snp->api_major == 1 && snp->api_minor < 51); // Linux: SNP_MIN_API_MINOR

	if (!has_no_snp_status(result, readings))
		probe_say(result, old ? PROBE_FAIL : PROBE_PASS,
			  old ? "the firmware's version %u.%u.%u is older than 1.51" : "%u.%u.%u",
			  snp->api_major, snp->api_minor, snp->build);
}

static void judge_tcb(struct probe_result *result, const struct host_readings *readings)
{
	const struct snp_reading *snp = &readings->snp;
	uint32_t family = readings_family(readings).family;
	struct tcb current = tcb_decode(snp->current_tcb, family);
	struct tcb reported = tcb_decode(snp->reported_tcb, family);
	char current_text[TCB_TEXT_SIZE];
	char reported_text[TCB_TEXT_SIZE];

	if (has_no_snp_status(result, readings))
		return;
	(void)tcb_text(current_text, &current);
	if (snp->current_tcb == snp->reported_tcb)
		probe_say(result, PROBE_PASS, "%s", current_text);
	else
		probe_say(result, PROBE_WARN, "current: %s; reported: %s", current_text,
			  tcb_text(reported_text, &reported));
}

// 'which' is the bit that should not be set.
static void judge_masked(struct probe_result *result, const struct host_readings *readings)
{
	bool set = (readings->snp.flags & (uint32_t)result->check->which) != 0;

	if (!has_no_snp_status(result, readings))
		probe_say(result, set ? PROBE_WARN : PROBE_PASS, "%s is %s", result->check->word,
			  set ? "on" : "off");
}

static void judge_snp_features(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t flags = readings->snp.flags;

	if (has_no_snp_status(result, readings))
		return;
	probe_say(result, PROBE_PASS, "VLEK %s, RAPL %s, ciphertext hiding %s",
		  (flags & SNP_VLEK) != 0 ? "loaded" : "not loaded",
		  (flags & SNP_RAPL_DISABLED) != 0 ? "disabled" : "enabled",
		  (flags & SNP_HIDING_ENABLED) != 0 ? "on" :
		  (flags & SNP_HIDING_CAPABLE) != 0 ? "possible, off" :
						      "not possible");
}

static void judge_es_beside_snp(struct probe_result *result, const struct host_readings *readings)
{
	const struct snp_reading *snp = &readings->snp;
	uint32_t family = readings_family(readings).family;
	uint8_t limit = family >= 0x1a ? SNP_WITHOUT_ES_ZEN5 : SNP_WITHOUT_ES_ZEN3_4;
	uint8_t svn = tcb_decode(snp->current_tcb, family).snp;

	if (snp->state == READING_ABSENT) {
		probe_say(result, PROBE_PASS, "the kernel knows no SEV-SNP");
		return;
	}
	if (has_no_snp_status(result, readings))
		return;
	if (snp->platform_state != 1)
		probe_say(result, PROBE_PASS, "SEV-SNP is not initialized");
	else if (svn < limit)
		probe_say(result, PROBE_PASS, "SNP's security version %u is below %u", svn, limit);
	else
		probe_say(result, PROBE_FAIL,
			  "SEV-SNP is initialized, and this SEV firmware (SNP security version %u) "
			  "then refuses SEV-ES (AMD-SB-3023)",
			  svn);
}

#define UPDATE_FIRMWARE "update the BIOS, or the SEV firmware in /lib/firmware/amd, and reboot"
#define READ_LOG "read what the kernel log says of SEV and ccp"
#define OLD_KERNEL "install Linux 6.11 or newer"

static const struct probe_check rows[] = {
	{ "dev.sev", PROBE_ALL, judge_device, "module.ccp", .also_after = "kernel.flag_sev",
	  .why = "QEMU opens it for reading and writing at every level",
	  .remedy = "'modprobe ccp'; if it is loaded, the BIOS has SEV off or the AMD-SP did not "
		    "answer: " READ_LOG },
	{ "sev.status", PROBE_ALL, judge_status, "dev.sev",
	  .why = "QEMU asks for it before every launch",
	  .remedy =
		  "after 'disabling PSP' in the kernel log only a cold start helps; else " READ_LOG },
	{ "sev.state", PROBE_ALL, judge_state, "sev.status",
	  .why = "the kernel initialises the platform", .remedy = READ_LOG " ('INIT failed')" },
	{ "sev.es_initialized", PROBE_SEV_ES, judge_es, "sev.status",
	  .why = "QEMU refuses SEV-ES without it",
	  .remedy = "set 'SEV-ES ASID Space Limit' above 1 in the BIOS; look for 'TMR allocation "
		    "failed' in the kernel log" },
	{ "sev.api", PROBE_SEV_AND_ES, judge_api, "sev.status",
	  .why = "SEV-ES guests fail with firmware before 0.17", .remedy = UPDATE_FIRMWARE },
	{ "sev.guests", 0, judge_guests, "sev.status",
	  .why = "guests that the AMD-SP knows now; each has an ASID" },
	{ "snp.status", PROBE_SEV_SNP, judge_snp_status, "sev.status",
	  .why = "the kernel asks the AMD-SP for it", .remedy = OLD_KERNEL },
	{ "snp.state", PROBE_SEV_SNP, judge_snp_state, "snp.status",
	  .why = "some kernels say sev_snp=Y although SNP_INIT failed",
	  .remedy = READ_LOG " ('SEV-SNP', 'RMP', 'IOMMU')" },
	{ "snp.rmp", PROBE_SEV_SNP, judge_rmp, "snp.state",
	  .why = "the table that says whose each page is", .remedy = "reboot" },
	{ "snp.aliases", PROBE_SEV_SNP, judge_aliases, "snp.state",
	  .why = "memory modules that lie about their size undo SEV-SNP (AMD-SB-3015)",
	  .remedy = UPDATE_FIRMWARE },
	{ "snp.api", PROBE_SEV_SNP, judge_snp_api, "snp.status", .why = "the kernel needs 1.51",
	  .remedy = UPDATE_FIRMWARE },
	{ "snp.tcb", PROBE_SEV_SNP, judge_tcb, "snp.state",
	  .why = "attestation reports are signed for the reported version",
	  .remedy = "'snphost config' sets what is reported; a reboot sets it to the current" },
	{ "snp.mask_chip_id", PROBE_SEV_SNP, judge_masked, "snp.state", .which = SNP_MASK_CHIP_ID,
	  .word = "mask_chip_id",
	  .why = "with it reports name no chip, so nobody finds the key's certificate",
	  .remedy = "set it to 0 with SNP_SET_CONFIG, unless it is wanted" },
	{ "snp.mask_chip_key", PROBE_SEV_SNP, judge_masked, "snp.state", .which = SNP_MASK_CHIP_KEY,
	  .word = "mask_chip_key", .why = "with it reports are not signed by the chip's key",
	  .remedy = "set it to 0 with SNP_SET_CONFIG" },
	{ "snp.features", PROBE_SEV_SNP, judge_snp_features, "snp.state",
	  .why = "'vcek_disabled' needs a VLEK; two bits of the guest policy ask for the others" },
	{ "es.beside_snp", PROBE_SEV_ES, judge_es_beside_snp, "cpu.sev_es", .also_after = "dev.sev",
	  .why = "newer SEV firmware has no SEV-ES while SEV-SNP is on",
	  .remedy = "use sev-snp, or turn SEV-SNP off on this host (in the BIOS, by sev=nosnp or "
		    "kvm_amd.sev_snp=0) and reboot" },
};

const struct probe_table probe_platform_checks = { rows, ARRAY_LEN(rows) };
