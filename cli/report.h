/* SPDX-License-Identifier: Apache-2.0 */
/* A launch, described for people and for programs. */
#ifndef SNPLAUNCH_CLI_REPORT_H
#define SNPLAUNCH_CLI_REPORT_H

#include <json-c/json.h>

#include "cli/launch.h"

/* Prints what is decided, and what is measured and what is not, to standard output. */
void report_print(const struct launch *launch);

/* The same as a JSON object. Owner: caller. */
struct json_object *report_json(const struct launch *launch);

/* Writes a SHA-256 in hexadecimal digits. */
void report_write_hex(char out[static 2 * ARTIFACT_DIGEST_BYTES + 1],
		      const uint8_t bytes[static ARTIFACT_DIGEST_BYTES]);

/* The lines about what the launch digest covers, and what it does not. */
void report_print_covered(const struct plan *plan);

/* The same as two arrays, added to 'object'. */
void report_add_covered(struct json_object *object, const struct plan *plan);

/* Adds what a vCPU is: "cpu", "cpu_signature" if it is known, and "vcpus". */
void report_add_cpu(struct json_object *object, const struct plan *plan);

/* The artifacts with their sizes and digests, as a JSON object. Owner: caller. */
struct json_object *report_artifacts(const struct launch *launch);

#endif
