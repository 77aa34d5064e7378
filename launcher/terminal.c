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
	// In the background the settings are somebody else's. A terminal that has gone away needs
	// none.
	if (terminal->saved && tcgetpgrp(STDIN_FILENO) == getpgrp())
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &terminal->settings);
}
