/* SPDX-License-Identifier: Apache-2.0 */
/* Releases what a scope owns when the scope ends: AUTO(fd) int fd = open(...). */
#ifndef SNPLAUNCH_BASE_AUTO_H
#define SNPLAUNCH_BASE_AUTO_H

#include <stdlib.h>
#include <unistd.h>

#include "base/attributes.h"

/* Declares the release of variables of 'type' named 'name' by 'release(type *)'. */
#define DEFINE_AUTO(name, type, release) \
	static inline void auto_##name(type *variable) \
	{ \
		release(variable); \
	} \
	struct auto_##name##_needs_semicolon

/* Marks a variable to be released at scope end by the DEFINE_AUTO of that name. */
#define AUTO(name) __attribute__((cleanup(auto_##name)))

/* Closes *fd if it is open and sets it to -1. errno is kept. */
void close_fd(int *fd);

/* Frees *pointer, which is the address of a pointer, and sets it to NULL. */
static inline void free_pointer(void *pointer)
{
	void **memory = pointer;

	free(*memory);
	*memory = NULL;
}

/* Returns *fd and leaves -1: the caller's scope no longer owns it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Returns a pointer and leaves NULL: the caller's scope no longer owns it. */
#define take_ptr(pointer) \
	({ \
		__typeof__(*(pointer)) taken_ptr = *(pointer); \
		*(pointer) = NULL; \
		taken_ptr; \
	})

DEFINE_AUTO(fd, int, close_fd);

/* AUTO(mem) takes any pointer, so its release takes the address of any pointer. */
static inline void auto_mem(void *variable)
{
	free_pointer(variable);
}

#endif
