/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal that the front makes raw and the launcher puts back. */
#ifndef SNPLAUNCH_LAUNCHER_TERMINAL_H
#define SNPLAUNCH_LAUNCHER_TERMINAL_H

#include <stdbool.h>
#include <termios.h>

struct terminal {
	bool saved;
	struct termios settings;
};

/* Remembers the settings of standard input, if that is a terminal. */
void terminal_save(struct terminal *terminal);

/* Puts them back. Harmless when nothing was saved or changed. */
void terminal_restore(const struct terminal *terminal);

#endif
