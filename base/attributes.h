/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes and constants of the language that every file may use. */
#ifndef SNPLAUNCH_BASE_ATTRIBUTES_H
#define SNPLAUNCH_BASE_ATTRIBUTES_H

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))
#define NORETURN __attribute__((noreturn))

/* The number of elements of an array; a pointer does not compile. */
#define ARRAY_LEN(array) \
	(sizeof(array) / sizeof((array)[0]) + \
	 0 * sizeof(struct { \
		 _Static_assert(!__builtin_types_compatible_p(__typeof__(array), \
							      __typeof__(&(array)[0])), \
				"not an array"); \
		 int unused; \
	 }))

#endif
