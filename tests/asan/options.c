// SPDX-License-Identifier: Apache-2.0
// Linked into the programs of the sanitized build. Looking for leaks at the end takes system calls
// that the front's filter forbids; the unit tests, which link the same archives, look for them.

const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
