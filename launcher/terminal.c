// SPDX-License-Identifier: Apache-2.0
// Saves and restores the terminal's settings.

#include "launcher/terminal.h"

#include <unistd.h>

void terminal_save(struct terminal *terminal)
{
	terminal->saved = tcgetattr(STDIN_FILENO, &terminal->settings) == 0;
}

void terminal_restore(const struct terminal *terminal)
{
	// SIGTTOU is blocked in the launcher, so this works from the background too. A terminal
	// that has gone away needs no settings.
	if (terminal->saved)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->settings);
}
