// SPDX-License-Identifier: Apache-2.0
// Checks of versions: the file of SEV firmware that the kernel would load, and what was published
// about the versions that run.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"
#include "host/tcb.h"

// --- The file that the kernel loads when ccp starts ----------------------------------------------

// The kernel takes the first of these that is there.
static const enum host_text sbin_texts[] = { HOST_TEXT_SBIN_MODEL, HOST_TEXT_SBIN_FAMILY,
					     HOST_TEXT_SBIN_ANY };

static uint32_t version_number(uint8_t major, uint8_t minor, uint8_t build)
{
	return (uint32_t)major << 16 | (uint32_t)minor << 8 | build;
}

static void compare_with_running(struct probe_result *result, const struct host_readings *readings,
				 const struct sbin *sbin)
{
	const struct sev_reading *sev = &readings->sev;
	uint32_t offered = version_number(sbin->major, sbin->minor, sbin->build);
	uint32_t running = version_number(sev->api_major, sev->api_minor, sev->build);
	char svn[32] = "";

	if (sbin->snp != 0)
		(void)snprintf(svn, sizeof(svn), " (SNP security version %u)", sbin->snp);
	if (sev->state != READING_DONE)
		probe_say(result, PROBE_PASS, "the file has %u.%u.%u%s; what runs is not known",
			  sbin->major, sbin->minor, sbin->build, svn);
	else if (offered == running)
		probe_say(result, PROBE_PASS, "the file has %u.%u.%u%s, which runs", sbin->major,
			  sbin->minor, sbin->build, svn);
	else if (offered < running)
		probe_say(result, PROBE_PASS,
			  "the file has %u.%u.%u%s, older than the %u.%u.%u that runs: it changes "
			  "nothing",
			  sbin->major, sbin->minor, sbin->build, svn, sev->api_major,
			  sev->api_minor, sev->build);
	else
		probe_say(result, PROBE_WARN,
			  "the file has %u.%u.%u%s, newer than the %u.%u.%u that runs", sbin->major,
			  sbin->minor, sbin->build, svn, sev->api_major, sev->api_minor,
			  sev->build);
}

static void judge_sbin(struct probe_result *result, const struct host_readings *readings)
{
	for (size_t i = 0; i < ARRAY_LEN(sbin_texts); i++) {
		const char *hex = readings_text(readings, sbin_texts[i]);
		struct sbin sbin;

		if (hex == NULL)
			continue;
		if (sbin_decode(&sbin, hex))
			compare_with_running(result, readings, &sbin);
		else
			probe_say(result, PROBE_WARN, "the file is no SEV firmware that is known");
		return;
	}
	if (readings->texts[sbin_texts[0]].state == READING_ABSENT)
		probe_say(result, PROBE_PASS, "there is no file: the BIOS's firmware runs");
	else
		(void)probe_text_is_missing(result, readings, sbin_texts[0]);
}

// --- Advisories ----------------------------------------------------------------------------------

struct running {
	struct cpu_family cpu;
	bool snp_known;
	uint8_t snp;
	bool microcode_known;
	uint32_t microcode;
};

static void find_running(struct running *running, const struct host_readings *readings)
{
	char microcode[32];

	*running = (struct running){ .cpu = readings_family(readings) };
	if (readings->snp.state == READING_DONE) {
		running->snp_known = true;
		running->snp = tcb_decode(readings->snp.current_tcb, running->cpu.family).snp;
	}
	if (readings_value(readings, HOST_TEXT_CPUINFO, "microcode", microcode,
			   sizeof(microcode))) {
		running->microcode = (uint32_t)strtoul(microcode, NULL, 0);
		running->microcode_known = running->microcode != 0;
	}
}

// What is not known counts as new enough; so does microcode of another line of CPUs.
static bool is_below(const struct running *running, const struct advisory *advisory)
{
	if (running->snp_known && running->snp < advisory->snp)
		return true;
	return running->microcode_known && running->microcode >> 8 == advisory->microcode >> 8 &&
	       running->microcode < advisory->microcode;
}

static void judge_advisories(struct probe_result *result, const struct host_readings *readings)
{
	const struct advisory *advisory;
	struct running running;
	char below[160] = "";
	size_t len = 0;
	size_t n_concerned = 0;

	find_running(&running, readings);
	for (size_t i = 0; (advisory = advisory_at(i)) != NULL; i++) {
		if (!advisory_concerns(advisory, running.cpu))
			continue;
		n_concerned++;
		if (is_below(&running, advisory) && strstr(below, advisory->name) == NULL)
			len += (size_t)snprintf(below + len, sizeof(below) - len, "%s%s",
						len == 0 ? "" : ", ", advisory->name);
	}
	if (!running.snp_known && !running.microcode_known)
		probe_say_unread(result, "the running versions", READING_NONE);
	else if (n_concerned == 0)
		probe_say(result, PROBE_SKIP, "none is known of this CPU");
	else if (len > 0)
		probe_say(result, PROBE_WARN, "below the published minimum of %s (as of %s)", below,
			  advisories_date);
	else
		probe_say(result, PROBE_PASS, "not below a published minimum (as of %s)%s",
			  advisories_date,
			  running.snp_known ? "" : "; the firmware's version is not known");
}

static void judge_microcode(struct probe_result *result, const struct host_readings *readings)
{
	char microcode[32];

	if (probe_text_is_missing(result, readings, HOST_TEXT_CPUINFO))
		return;
	if (readings_value(readings, HOST_TEXT_CPUINFO, "microcode", microcode, sizeof(microcode)))
		probe_say(result, PROBE_PASS, "%s", microcode);
	else
		probe_say_unread(result, "its revision", READING_ABSENT);
}

static const struct probe_check rows[] = {
	{ "firmware.file", 0, judge_sbin, "cpu.sev",
	  .why = "when ccp is loaded, the kernel gives the AMD-SP newer firmware from "
		 "/lib/firmware/amd",
	  .remedy = "reboot, or without guests reload kvm_amd and ccp, to have it loaded" },
	{ "firmware.microcode", 0, judge_microcode, "cpu.sev",
	  .why = "its revision is part of the TCB that attestation reports name" },
	{ "firmware.advisories", 0, judge_advisories, "cpu.sev",
	  .why = "minima from bulletins, as others quote them; what they mean is for who verifies "
		 "guests to judge",
	  .remedy = "update the BIOS and the packages of microcode and SEV firmware" },
};

const struct probe_table probe_firmware_checks = { rows, ARRAY_LEN(rows) };
