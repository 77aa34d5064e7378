// SPDX-License-Identifier: Apache-2.0
// Loads a filter that was compiled with the program, so that no library is needed at that moment.

#include "confine/filter.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/layers.h"

int filter_load(enum filter which, struct err *err)
{
	const struct filter_program *compiled = &filter_programs[which];
	struct sock_fprog program = {
		.len = compiled->n_steps,
		.filter = (struct sock_filter *)compiled->steps, // the kernel only reads them
	};

	if (layer_left_out(LAYER_SECCOMP))
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		return err_sys(err, "cannot load a seccomp filter");
	return 0;
}
