/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the rehearsal library has written down: rehearsal/account.h. QEMU could have written it, so it
 * is believed no more than QEMU's other answers.
 */
#ifndef SNPLAUNCH_CLI_REHEARSAL_ACCOUNT_H
#define SNPLAUNCH_CLI_REHEARSAL_ACCOUNT_H

#include "base/err.h"
#include "cli/rehearsal_trace.h"

#define ACCOUNT_WORD_SIZE 48

/* The machine that was played. */
struct account_platform {
	char name[ACCOUNT_WORD_SIZE]; /* "" when there is no account at all */
	uint8_t api_major;	      /* of the SEV firmware */
	uint8_t api_minor;
	uint8_t build;
	uint64_t vm_types; /* as KVM_CAP_VM_TYPES has them */
};

/* A call that failed. */
struct account_failure {
	char call[ACCOUNT_WORD_SIZE]; /* "KVM_SEV_SNP_LAUNCH_START"; "": none failed */
	uint32_t errnum;
	uint32_t fw_error; /* 0: the SEV firmware had nothing against it */
	char fw_error_name[ACCOUNT_WORD_SIZE];
};

struct rehearsal_account {
	struct account_platform platform;
	struct account_failure failure; /* the last */
	struct trace caused;
};

/*
 * Reads the memory file that the account is in. Must: QEMU has ended. Errors: ERR_PROTOCOL for what
 * is no account. Owner: caller, rehearsal_account_release().
 */
int rehearsal_account_read(struct rehearsal_account *account, int fd, struct err *err) MUST_CHECK;
void rehearsal_account_release(struct rehearsal_account *account);
DEFINE_AUTO(rehearsal_account, struct rehearsal_account, rehearsal_account_release);

#endif
