// SPDX-License-Identifier: Apache-2.0
// Undoes what was inherited of signals.

#include "base/signals.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library does not let go of its own two signals, which posix_spawn() leaves ignored.
void signals_reset(void)
{
	static const unsigned long kernel_sigaction[4]; // SIG_DFL, no flags, empty mask
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		(void)syscall(SYS_rt_sigaction, signal_number, kernel_sigaction, NULL,
			      sizeof(unsigned long)); // SIGKILL and SIGSTOP refuse, rightly
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}
