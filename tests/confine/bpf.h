/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a compiled filter in user space, so that no call of a test happens. */
#ifndef SNPLAUNCH_TESTS_CONFINE_BPF_H
#define SNPLAUNCH_TESTS_CONFINE_BPF_H

#include "tests/unit.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <string.h>

#include "confine/filter_tables.h"

static inline uint32_t bpf_load(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word;

	assert_true(offset % sizeof(word) == 0 && offset < sizeof(*data));
	memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

/* What the kernel would answer. Fails for a step that it would not remember an answer for. */
static inline uint32_t bpf_run(enum filter which, const struct seccomp_data *data)
{
	const struct filter_program *program = &filter_programs[which];
	uint32_t a = 0;

	for (size_t at = 0; at < program->n_steps; at++) {
		const struct sock_filter *step = &program->steps[at];

		switch (step->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			a = bpf_load(data, step->k);
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= step->k;
			break;
		case BPF_JMP | BPF_JA:
			at += step->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == step->k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= step->k ? step->jt : step->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > step->k ? step->jt : step->jf;
			break;
		case BPF_RET | BPF_K:
			return step->k;
		default:
			fail_msg("step %zu has code 0x%x", at, step->code);
		}
	}
	fail_msg("the program of filter %d runs over its end", (int)which);
	return 0;
}

#endif
