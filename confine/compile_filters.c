// SPDX-License-Identifier: Apache-2.0
// Runs while snplaunch is built: turns the filter tables into BPF programs and writes them as C to
// standard output.
//
// A program first ends what does not come through the native system call table, then answers
// ENOSYS for calls newer than the tables, so that newer C libraries fall back on older ones. The
// rest is a binary search for the call's number, which ends at the rows of that call in order. All
// steps are of the kinds that let the kernel remember which numbers are always allowed.

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "confine/filter_tables.h"

// Calls of the x32 table have this bit; nothing here is an x32 program.
#define X32_BIT 0x40000000U

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half of an argument comes first");

struct program {
	struct sock_filter steps[BPF_MAXINSNS];
	unsigned short n;
};

static void emit_jump(struct program *program, unsigned int code, uint32_t k, unsigned int if_true,
		      unsigned int if_false)
{
	if (program->n == BPF_MAXINSNS || if_true > UINT8_MAX || if_false > UINT8_MAX) {
		(void)fprintf(stderr, "compile_filters: a filter is too long\n");
		exit(1);
	}
	program->steps[program->n++] =
		(struct sock_filter){ (uint16_t)code, (uint8_t)if_true, (uint8_t)if_false, k };
}

static void emit(struct program *program, unsigned int code, uint32_t k)
{
	emit_jump(program, code, k, 0, 0);
}

static void emit_load(struct program *program, size_t offset)
{
	emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

static void emit_return(struct program *program, uint32_t action)
{
	emit(program, BPF_RET | BPF_K, action);
}

// The steps that compare one half of an argument; none when no bit of it matters.
static size_t half_steps(uint32_t mask)
{
	return mask == 0 ? 0 : mask == UINT32_MAX ? 2 : 3;
}

// Where the comparison fails, 'n_left' more steps are skipped.
static void emit_half(struct program *program, size_t offset, uint32_t mask, uint32_t value,
		      size_t n_left)
{
	if (mask == 0)
		return;
	emit_load(program, offset);
	if (mask != UINT32_MAX)
		emit(program, BPF_ALU | BPF_AND | BPF_K, mask);
	emit_jump(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, (unsigned int)n_left);
}

static size_t condition_steps(const struct filter_condition *condition)
{
	return half_steps((uint32_t)condition->mask) +
	       half_steps((uint32_t)(condition->mask >> 32));
}

// Returns whether the row decides in every case, so that nothing behind it can.
static bool emit_row(struct program *program, const struct filter_row *row)
{
	size_t n_left = 1; // the return
	size_t n_conditions = 0;

	for (; n_conditions < FILTER_CONDITIONS_MAX && row->conditions[n_conditions].argument != 0;
	     n_conditions++)
		n_left += condition_steps(&row->conditions[n_conditions]);
	for (size_t i = 0; i < n_conditions; i++) {
		const struct filter_condition *condition = &row->conditions[i];
		uint32_t low_mask = (uint32_t)condition->mask;
		uint32_t high_mask = (uint32_t)(condition->mask >> 32);
		size_t offset =
			offsetof(struct seccomp_data, args) + 8 * (condition->argument - 1UL);

		n_left -= half_steps(low_mask);
		emit_half(program, offset, low_mask, (uint32_t)condition->value, n_left);
		n_left -= half_steps(high_mask);
		emit_half(program, offset + 4, high_mask, (uint32_t)(condition->value >> 32),
			  n_left);
	}
	emit_return(program, row->action);
	return n_conditions == 0;
}

static void emit_rows(struct program *program, const struct filter_table *table,
		      unsigned int number)
{
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++)
		if (row->number == number && emit_row(program, row))
			return;
	emit_return(program, table->otherwise);
}

static void emit_search(struct program *program, const struct filter_table *table,
			const unsigned int *numbers, size_t n)
{
	unsigned short jump;

	if (n == 1) {
		emit_jump(program, BPF_JMP | BPF_JEQ | BPF_K, numbers[0], 1, 0);
		emit_return(program, table->otherwise);
		emit_rows(program, table, numbers[0]);
		return;
	}
	emit_jump(program, BPF_JMP | BPF_JGE | BPF_K, numbers[n / 2], 0, 1);
	jump = program->n; // reaches farther than a conditional one
	emit(program, BPF_JMP | BPF_JA, 0);
	emit_search(program, table, numbers, n / 2);
	program->steps[jump].k = program->n - jump - 1U;
	emit_search(program, table, numbers + n / 2, n - n / 2);
}

static bool table_names(const struct filter_table *table, unsigned int number)
{
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++)
		if (row->number == number)
			return true;
	return false;
}

static void compile(struct program *program, const struct filter_table *table)
{
	unsigned int numbers[FILTER_NEWEST_CALL + 1];
	size_t n = 0;

	program->n = 0;
	emit_load(program, offsetof(struct seccomp_data, arch));
	emit_jump(program, BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	emit_return(program, SECCOMP_RET_KILL_PROCESS);
	emit_load(program, offsetof(struct seccomp_data, nr));
	emit_jump(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
	emit_return(program, SECCOMP_RET_KILL_PROCESS);
	if (table->otherwise != SECCOMP_RET_ALLOW) {
		emit_jump(program, BPF_JMP | BPF_JGT | BPF_K, FILTER_NEWEST_CALL, 0, 1);
		emit_return(program, SECCOMP_RET_ERRNO | ENOSYS);
	}
	for (unsigned int number = 0; number <= FILTER_NEWEST_CALL; number++)
		if (table_names(table, number))
			numbers[n++] = number;
	assert(n > 0);
	emit_search(program, table, numbers, n);
}

static void print_program(const struct program *program, int which)
{
	printf("\nstatic const struct sock_filter steps_%d[] = {\n", which);
	for (size_t i = 0; i < program->n; i++)
		printf("\t{ 0x%02x, %u, %u, 0x%08x },\n", program->steps[i].code,
		       program->steps[i].jt, program->steps[i].jf, program->steps[i].k);
	puts("};");
}

int main(void)
{
	static struct program programs[FILTERS];

	puts("/* Made by confine/compile_filters from confine/filter_tables.c. */\n"
	     "#include \"confine/filter.h\"");
	for (int i = 0; i < FILTERS; i++) {
		compile(&programs[i], filter_table((enum filter)i));
		print_program(&programs[i], i);
	}
	puts("\nconst struct filter_program filter_programs[FILTERS] = {");
	for (int i = 0; i < FILTERS; i++)
		printf("\t{ steps_%d, %u },\n", i, programs[i].n);
	puts("};");
	return fflush(stdout) == 0 ? 0 : 1;
}
