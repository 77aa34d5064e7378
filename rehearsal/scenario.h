/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scenario: the platform that is played, and what goes wrong on it. Text, one statement a line,
 * words separated by blanks; '#' starts a comment.
 *
 *	platform genoa
 *	api 1.55.39
 *	sev_es_asids 0
 *	fault KVM_SEV_SNP_LAUNCH_UPDATE call=3 fw_error=INVALID_PARAM
 *	fault KVM_CREATE_VM errno=EBUSY
 *	fault KVM_RUN qemu=dies
 *
 * 'platform' comes first and at most once; each other key changes one fact of it, and is given at
 * most once. A fault strikes at the call of that number, or at each call without one.
 */
#ifndef SNPLAUNCH_REHEARSAL_SCENARIO_H
#define SNPLAUNCH_REHEARSAL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "rehearsal/hash.h"
#include "rehearsal/platform.h"
#include "rehearsal/session.h"

#define SCENARIO_BYTES_MAX ((size_t)64 * 1024)
#define SCENARIO_FAULTS_MAX 32
#define SCENARIO_NAME_MAX 40

/* What becomes of QEMU at a fault. */
enum fault_effect {
	FAULT_ANSWERS, /* it gets an errno */
	FAULT_HANGS,   /* the call never comes back */
	FAULT_DIES,    /* it is killed there */
};

struct fault {
	/* The call that fails: the name of an ioctl or of a command. */
	char name[SCENARIO_NAME_MAX];
	/* Which one of them, from 1; 0 for all. */
	uint64_t call;
	enum fault_effect effect;
	/* What QEMU gets. */
	int errnum;
	/* What the firmware says, 0 when KVM does not ask it. */
	uint32_t fw_error;
	/* How many there were so far. */
	uint64_t n_calls;
};

struct scenario {
	struct platform platform;
	/*
	 * The keys of a launch without a session, which a real firmware draws at random: transport
	 * integrity (HMAC) and transport encryption. For tests, which thereby know them.
	 */
	bool has_keys;
	uint8_t tik[AES128_KEY_SIZE];
	uint8_t tek[AES128_KEY_SIZE];
	/*
	 * A host that cheats: LAUNCH_MEASURE hands out a measurement from elsewhere, or one of
	 * firmware with another version or of a guest with another policy than QEMU is told.
	 */
	bool has_replayed_measurement;
	uint8_t replayed_measurement[SESSION_MEASUREMENT_BYTES];
	bool has_measured_api;
	uint8_t measured_api[3];
	bool has_measured_policy;
	uint32_t measured_policy;
	struct fault faults[SCENARIO_FAULTS_MAX];
	size_t n_faults;
};

/* The scenario without a statement: a healthy Genoa. */
void scenario_init(struct scenario *scenario);

/*
 * Reads a scenario. The text needs no NUL.
 * Errors: ERR_GUEST_FILE with the line's number.
 */
int scenario_parse(struct scenario *scenario, const char *text, size_t len,
		   struct err *err) MUST_CHECK;

/* Reads all of a descriptor as a scenario, from its beginning. */
int scenario_read(struct scenario *scenario, int fd, struct err *err) MUST_CHECK;

#endif
