/* SPDX-License-Identifier: Apache-2.0 */
/* The layers of QEMU's jail: what each is called, does, and needs of the kernel. */
#ifndef SNPLAUNCH_CONFINE_LAYERS_H
#define SNPLAUNCH_CONFINE_LAYERS_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

/* In the order in which they are put on. */
enum layer {
	LAYER_NAMESPACES,
	LAYER_ROOT,
	LAYER_KEYRING,
	LAYER_LIMITS,
	LAYER_IDENTITY,
	LAYER_NO_EXEC_GAIN,
	LAYER_LANDLOCK,
	LAYER_SECCOMP,
	LAYER_CGROUP,
	LAYERS,
};

struct layer_row {
	const char *word;
	/* One clause, for people: what it takes from QEMU. */
	const char *what;
	/* What to change where the kernel refuses it; NULL: no kernel that snplaunch supports does. */
	const char *remedy;
};

extern const struct layer_row layer_rows[LAYERS];

/*
 * The kernel refuses a layer, as 'err' says. When 'may_go_on' and the layer has a remedy, turns 'err'
 * into a note (ERR_NONE, errnum the layer) and returns 0; else completes the error and returns -1.
 */
int layer_miss(enum layer layer, bool may_go_on, struct err *err) MUST_CHECK;

/*
 * True for a layer whose word SNPLAUNCH_WITHOUT has, in a build for tests, which show by it what
 * each layer holds.
 */
static inline bool layer_left_out(enum layer layer)
{
#ifdef SNPLAUNCH_TEST_LAYERS
	const char *without = getenv("SNPLAUNCH_WITHOUT");

	return without != NULL && strstr(without, layer_rows[layer].word) != NULL;
#else
	(void)layer;
	return false;
#endif
}

#endif
