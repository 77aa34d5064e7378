// SPDX-License-Identifier: Apache-2.0
// Runs while snplaunch is built: turns the filter tables into BPF programs and writes them as C to
// standard output.
//
// libseccomp compiles the tables, but for two things that it cannot say. Calls newer than the
// tables fail with ENOSYS, so that newer C libraries fall back on older ones; libseccomp has one
// answer for all calls that are in no row. And where the rows of a call differ in their answers,
// as in "these ioctls, ENOTTY for any other", the first that matches decides; in libseccomp a rule
// without a condition replaces the others. Both are written here, as a prologue that goes on into
// libseccomp's program.
//
// All steps are of the kinds that let the kernel remember which numbers are always allowed.

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/attributes.h"
#include "confine/filter_tables.h"

// Calls of the x32 table have this bit; nothing here is an x32 program.
#define X32_BIT 0x40000000U

// What libseccomp may use. Left alone, it would ask the kernel that snplaunch is built on; this
// level has what Linux 4.14 can do, among it to log a call and to kill a whole process.
#define LIBSECCOMP_API_LEVEL 3

// A binary search for the number, instead of one comparison after the other.
#define LIBSECCOMP_OPTIMIZE_SEARCH 2

#define CALL_ROWS_MAX 64

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the low half of an argument comes first");
static_assert(SCMP_ACT_ALLOW == SECCOMP_RET_ALLOW && SCMP_ACT_LOG == SECCOMP_RET_LOG &&
		      SCMP_ACT_KILL_PROCESS == SECCOMP_RET_KILL_PROCESS &&
		      SCMP_ACT_ERRNO(ENOSYS) == (SECCOMP_RET_ERRNO | ENOSYS),
	      "the tables' actions are libseccomp's");

struct program {
	struct sock_filter steps[BPF_MAXINSNS];
	unsigned short n;
};

// The rows of one call that can decide, in order: none behind the first without a condition.
struct call {
	unsigned int number;
	const struct filter_row *rows[CALL_ROWS_MAX];
	size_t n_rows;
};

PRINTF_LIKE(1, 2) static NORETURN void die(const char *format, ...)
{
	va_list args;

	(void)fputs("compile_filters: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	exit(1);
}

// --- Tables --------------------------------------------------------------------------------------

static size_t count_conditions(const struct filter_row *row)
{
	size_t n = 0;

	while (n < FILTER_CONDITIONS_MAX && row->conditions[n].argument != 0)
		n++;
	return n;
}

static struct call gather_call(const struct filter_table *table, unsigned int number)
{
	struct call call = { .number = number };
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++) {
		if (row->number != number)
			continue;
		if (call.n_rows == CALL_ROWS_MAX)
			die("%s: more than %d rows for %s", table->name, CALL_ROWS_MAX, row->call);
		call.rows[call.n_rows++] = row;
		if (count_conditions(row) == 0)
			break;
	}
	return call;
}

// With one answer in all rows, no order of theirs makes a difference.
static bool order_matters(const struct call *call)
{
	for (size_t i = 1; i < call->n_rows; i++)
		if (call->rows[i]->action != call->rows[0]->action)
			return true;
	return false;
}

// --- The prologue --------------------------------------------------------------------------------

static void emit_jump(struct program *program, unsigned int code, uint32_t k, uint8_t if_true,
		      uint8_t if_false)
{
	if (program->n == BPF_MAXINSNS)
		die("a filter has more than %d steps", BPF_MAXINSNS);
	program->steps[program->n++] = (struct sock_filter){ (uint16_t)code, if_true, if_false, k };
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

// Ends what does not come through the native system call table: libseccomp's own steps would end
// only the thread, and treat -1 as a call that is in no row. Leaves the number loaded.
static void emit_start(struct program *program, const struct filter_table *table)
{
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
}

static void emit_row(struct program *program, const struct filter_row *row)
{
	const struct filter_condition *condition = &row->conditions[0];
	size_t n_conditions = count_conditions(row);

	if (n_conditions > 1 || condition->mask > UINT32_MAX)
		die("a row of %s compares more than one int, and others have a different answer",
		    row->call);
	if (n_conditions == 1) {
		emit_load(program,
			  offsetof(struct seccomp_data, args) + 8 * (condition->argument - 1UL));
		emit(program, BPF_ALU | BPF_AND | BPF_K, (uint32_t)condition->mask);
		emit_jump(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)condition->value, 0, 1);
	}
	emit_return(program, row->action);
}

// Decides about one call; any other goes on behind this, with its number loaded.
static void emit_call(struct program *program, const struct call *call, uint32_t otherwise)
{
	unsigned short skip;

	emit_jump(program, BPF_JMP | BPF_JEQ | BPF_K, call->number, 1, 0);
	skip = program->n; // reaches farther than a conditional jump
	emit(program, BPF_JMP | BPF_JA, 0);
	for (size_t i = 0; i < call->n_rows; i++)
		emit_row(program, call->rows[i]);
	emit_return(program, otherwise);
	program->steps[skip].k = program->n - skip - 1U;
}

// --- libseccomp ----------------------------------------------------------------------------------

static scmp_filter_ctx start_rules(const struct filter_table *table)
{
	scmp_filter_ctx rules = seccomp_init(table->otherwise);

	if (rules == NULL)
		die("%s: libseccomp cannot start a filter", table->name);
	if (seccomp_attr_set(rules, SCMP_FLTATR_CTL_OPTIMIZE, LIBSECCOMP_OPTIMIZE_SEARCH) < 0)
		die("libseccomp cannot optimize filters; 2.5.0 or later is needed");
	return rules;
}

static void add_rule(scmp_filter_ctx rules, const struct filter_row *row)
{
	struct scmp_arg_cmp comparisons[FILTER_CONDITIONS_MAX];
	size_t n = count_conditions(row);
	int result;

	for (size_t i = 0; i < n; i++)
		comparisons[i] = (struct scmp_arg_cmp){
			.arg = row->conditions[i].argument - 1,
			.op = SCMP_CMP_MASKED_EQ,
			.datum_a = row->conditions[i].mask,
			.datum_b = row->conditions[i].value,
		};
	result = seccomp_rule_add_exact_array(rules, row->action, (int)row->number, (unsigned int)n,
					      comparisons);
	if (result < 0)
		die("libseccomp cannot add a row for %s: %s", row->call, strerror(-result));
}

// From the last row on, because those before one without a condition add nothing to it.
static void add_rules(scmp_filter_ctx rules, const struct call *call)
{
	for (size_t i = call->n_rows; i-- > 0;) {
		add_rule(rules, call->rows[i]);
		if (count_conditions(call->rows[i]) == 0)
			return;
	}
}

static void append_rules(struct program *program, scmp_filter_ctx rules)
{
	size_t room = sizeof(program->steps) - program->n * sizeof(program->steps[0]);
	int fd = memfd_create("filter", MFD_CLOEXEC);
	int result;
	ssize_t len;

	if (fd < 0)
		die("cannot create a memory file: %m");
	result = seccomp_export_bpf(rules, fd);
	if (result < 0)
		die("libseccomp cannot write a filter: %s", strerror(-result));
	len = pread(fd, &program->steps[program->n], room, 0);
	(void)close(fd);
	if (len <= 0 || (size_t)len == room)
		die("a filter is empty or has more than %d steps", BPF_MAXINSNS);
	program->n += (unsigned short)((size_t)len / sizeof(program->steps[0]));
}

// --- Programs ------------------------------------------------------------------------------------

static void compile(struct program *program, const struct filter_table *table)
{
	scmp_filter_ctx rules = start_rules(table);

	emit_start(program, table);
	for (unsigned int number = 0; number <= FILTER_NEWEST_CALL; number++) {
		struct call call = gather_call(table, number);

		if (order_matters(&call))
			emit_call(program, &call, table->otherwise);
		else
			add_rules(rules, &call);
	}
	append_rules(program, rules);
	seccomp_release(rules);
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

	if (seccomp_api_set(LIBSECCOMP_API_LEVEL) < 0)
		die("libseccomp does not know level %d of its interface; 2.5.0 or later is needed",
		    LIBSECCOMP_API_LEVEL);
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
