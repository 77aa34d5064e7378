// SPDX-License-Identifier: Apache-2.0
// Fuzzes the check of a plan that somebody sent, and what is made of one that passes: which
// descriptors QEMU gets, and its arguments. An input is a level and then changes to a right plan:
// two bytes of offset, one of length, and that many bytes.

#include <assert.h>
#include <stdint.h>

#include "plan/layout.h"
#include "plan/plan_check.h"
#include "plan/qemu_argv.h"
#include "tests/plan/plans.h"

// More than the fullest plan has, and little enough for execve().
#define ARGUMENTS_MAX 256
#define ARGUMENT_BYTES_MAX ((size_t)16 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void change(struct plan *plan, const uint8_t *data, size_t size)
{
	while (size > 3) {
		size_t offset = (size_t)data[0] << 8 | data[1];
		size_t len = data[2];

		data += 3;
		size -= 3;
		if (len > size)
			len = size;
		if (offset <= sizeof(*plan) && len <= sizeof(*plan) - offset)
			memcpy((uint8_t *)plan + offset, data, len);
		data += len;
		size -= len;
	}
}

static void check_layout(const struct layout *layout)
{
	size_t n = (size_t)(layout->end - LAYOUT_FIRST_FD);

	assert(layout->qmp == LAYOUT_FIRST_FD);
	assert(n > 0 && n <= LAYOUT_FDS_MAX);
	for (size_t i = 0; i < n; i++)
		assert(layout->fds[i].noun != NULL);
}

// The kernel command line is the one argument that may have any bytes.
static void check_arguments(const struct argv *argv, const struct plan *plan)
{
	size_t n_cmdlines = 0;

	assert(argv->n > 0 && argv->n < ARGUMENTS_MAX && argv->items[argv->n] == NULL);
	for (size_t i = 0; i < argv->n; i++) {
		if (i > 0 && strcmp(argv->items[i - 1], "-append") == 0) {
			assert(strcmp(argv->items[i], plan->cmdline) == 0);
			n_cmdlines++;
			continue;
		}
		assert(strlen(argv->items[i]) < ARGUMENT_BYTES_MAX);
		for (const char *at = argv->items[i]; *at != '\0'; at++)
			assert(*at >= ' ' && *at <= '~');
	}
	assert(n_cmdlines == plan->has_cmdline);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct plan plan; // large
	AUTO(argv) struct argv argv = { 0 };
	struct layout layout;
	struct err err;

	if (size == 0)
		return 0;
	plan_fill(&plan, LEVEL_OFF + data[0] % (LEVELS - LEVEL_OFF));
	change(&plan, data + 1, size - 1);
	if (plan_check(&plan, &err) < 0) {
		assert(err_is_valid(&err) && err.kind == ERR_REFUSED && err.text[0] != '\0');
		return 0;
	}
	layout = layout_of(&plan);
	check_layout(&layout);
	qemu_argv(&argv, &plan);
	check_arguments(&argv, &plan);
	return 0;
}
