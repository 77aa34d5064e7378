/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a machine: what each looks at, why it matters, what helps. Judged from readings alone. */
#ifndef SNPLAUNCH_HOST_PROBE_H
#define SNPLAUNCH_HOST_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/readings.h"

enum probe_status {
	PROBE_UNKNOWN, /* it was not, or could not be, read */
	PROBE_PASS,
	PROBE_WARN, /* guests start, but something is not as it should be */
	PROBE_FAIL, /* guests of the check's levels cannot start */
	PROBE_SKIP, /* says nothing here: not needed, or another check failed that it rests on */
	PROBE_STATUSES,
};

#define PROBE_VALUE_SIZE 240

struct probe_check;

struct probe_result {
	const struct probe_check *check;
	enum probe_status status;
	char value[PROBE_VALUE_SIZE];	    /* what was seen, printable ASCII */
	const struct probe_result *because; /* of SKIP: the one that it rests on; else NULL */
	const char *remedy; /* of WARN, FAIL and UNKNOWN; may be empty, never NULL */
};

/* Fills status and value; 'remedy' has the check's own already. */
typedef void probe_judge(struct probe_result *result, const struct host_readings *readings);

/* A set of levels. */
#define PROBE_SEV (1U << HOST_LEVEL_SEV)
#define PROBE_SEV_ES (1U << HOST_LEVEL_SEV_ES)
#define PROBE_SEV_SNP (1U << HOST_LEVEL_SEV_SNP)
#define PROBE_ES_AND_SNP (PROBE_SEV_ES | PROBE_SEV_SNP)
#define PROBE_SEV_AND_ES (PROBE_SEV | PROBE_SEV_ES)
#define PROBE_ALL (PROBE_SEV | PROBE_ES_AND_SNP)

struct probe_check {
	const char *name; /* for programs; never changes */
	uint32_t levels;  /* which a FAIL concerns */
	probe_judge *judge;
	/* The check that it rests on, which stands before it; NULL: none. */
	const char *after;
	/* What it looks at explains why KVM offers a level no more. Where KVM does, it only warns. */
	bool is_hint;
	const char *also_after; /* another check that it rests on */
	/* What a generic judge looks at. */
	int which;
	const char *word;
	/* A level is not known to work while this is not known. */
	bool decides;
	/* A FAIL may pass by itself. */
	bool is_temporary;
	const char *why;
	const char *remedy;
};

struct probe_table {
	const struct probe_check *rows;
	size_t n;
};

extern const struct probe_table probe_cpu_checks;
extern const struct probe_table probe_kernel_checks;
extern const struct probe_table probe_module_checks;
extern const struct probe_table probe_iommu_checks;
extern const struct probe_table probe_kvm_checks;
extern const struct probe_table probe_platform_checks;
extern const struct probe_table probe_firmware_checks;
extern const struct probe_table probe_resource_checks;
extern const struct probe_table probe_qemu_checks;

/* The checks of all tables in order, NULL behind the last. */
const struct probe_check *probe_check_at(size_t i);

#define PROBE_CHECKS_MAX 128

/* Zeroed before use. */
struct probe {
	size_t n;
	struct probe_result results[PROBE_CHECKS_MAX];
};

/* Makes every check. */
void probe_make(struct probe *probe, const struct host_readings *readings);

enum probe_verdict { PROBE_NO, PROBE_CANNOT_TELL, PROBE_WORKS };

/*
 * Whether guests of a level can start. *why is the first check that says no, or that decides and is
 * not known; NULL when they can.
 */
enum probe_verdict probe_level(const struct probe *probe, enum host_level level,
			       const struct probe_result **why);

/* The result of a check, NULL when there is no such check. */
const struct probe_result *probe_find(const struct probe *probe, const char *name);

/* The result itself, or what a skipped one rests on in the end. */
const struct probe_result *probe_root(const struct probe_result *result);

/* Refuses a level that cannot work. Errors: ERR_HOST, ERR_BUSY for what may pass. */
int probe_require(const struct host_readings *readings, enum host_level level,
		  struct err *err) MUST_CHECK;

/*
 * Refuses a guest policy of SEV-SNP that this machine cannot keep, as far as it is known. 'key' is
 * what the policy was asked by. Errors: ERR_HOST.
 * Source: SEV-SNP Firmware ABI (AMD 56860), guest policy structure.
 */
int probe_require_policy(const struct host_readings *readings, uint64_t policy, const char *key,
			 struct err *err) MUST_CHECK;

/* The machine's ASIDs: how many guests at once. */
struct probe_asids {
	bool known;
	bool used_known;
	uint64_t total;
	uint64_t used;
};

/* Those of SEV-ES and SEV-SNP, or of SEV. */
struct probe_asids probe_asids(const struct host_readings *readings, bool encrypted_state);

const char *probe_status_word(enum probe_status status); /* "pass" */
const char *probe_verdict_word(enum probe_verdict verdict);
const char *host_level_word(enum host_level level); /* "sev-snp" */

/* Fills a result. */
void probe_say(struct probe_result *result, enum probe_status status, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* Says UNKNOWN for a reading that is not there, naming it and why. */
void probe_say_unread(struct probe_result *result, const char *what, enum reading_state state);

/* Says it of a text; true when the text was not read, and said. */
bool probe_text_is_missing(struct probe_result *result, const struct host_readings *readings,
			   enum host_text which);

#endif
