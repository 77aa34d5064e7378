/* SPDX-License-Identifier: Apache-2.0 */
/* What ID blocks and attestation reports hold, as members of a JSON object. */
#ifndef SNPLAUNCH_CLI_SNP_RESULT_H
#define SNPLAUNCH_CLI_SNP_RESULT_H

#include <json-c/json.h>

#include "measure/id_block.h"
#include "measure/report.h"

/* Adds policy, policy_abi and policy_bits. */
void snp_result_add_policy(struct json_object *object, uint64_t policy);

/* Adds the fields of an ID block. */
void snp_result_add_id_block(struct json_object *object, const struct id_block *block);

/* Adds the digests of the keys, as attestation reports have them. */
int snp_result_add_id_auth(struct json_object *object, const struct id_auth *auth,
			   struct err *err) MUST_CHECK;

/* Adds the fields of a report. */
void snp_result_add_report(struct json_object *object, const struct report *report);

#endif
