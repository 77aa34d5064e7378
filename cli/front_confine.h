/* SPDX-License-Identifier: Apache-2.0 */
/* What the front gives up before it reads anything. */
#ifndef SNPLAUNCH_CLI_FRONT_CONFINE_H
#define SNPLAUNCH_CLI_FRONT_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define FRONT_LAYERS 3

/* What the front puts on before its filter, in this order. */
struct front_layer {
	const char *word;
	const char *what;
	bool may_be_missing; /* an older kernel goes without it */
	/* Returns 1 when this kernel does not have it. */
	int (*put_on)(struct err *err);
};

extern const struct front_layer front_layers[FRONT_LAYERS];

/*
 * Confines the calling process for good: nobody reads its memory, none of its memory becomes code,
 * it reaches no file, port or process outside, and makes only the system calls of
 * FILTER_FRONT_PLANNING. The launcher gives it what it may have.
 * Must: no_new_privs is set; nothing that somebody else wrote has been read, but the name of our own
 * cgroup (host/readings_open.h).
 */
int front_confine(struct err *err) MUST_CHECK;

/* True when front_confine() had to go without that layer. */
bool front_layer_is_missing(size_t which);

#endif
