/* SPDX-License-Identifier: Apache-2.0 */
/* Shows bytes that somebody else wrote. */
#ifndef SNPLAUNCH_BASE_TEXT_ESCAPE_H
#define SNPLAUNCH_BASE_TEXT_ESCAPE_H

#include <stddef.h>
#include <string.h>

/*
 * Writes 'len' bytes of 'bytes' as printable ASCII: control bytes, quotes, backslashes and bytes
 * above 126 become \n, \t, \" or \xNN. Cuts what does not fit in 'size' (at least 4) and ends it with
 * "...". Returns 'out'.
 */
char *text_escape(char *out, size_t size, const void *bytes, size_t len);

/* The same for a string, in a buffer of the caller's statement: printf("%s", TEXT_SHOW(name)). */
#define TEXT_SHOW(string) text_escape((char[256]){ 0 }, 256, (string), strlen(string))

#endif
