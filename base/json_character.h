/* SPDX-License-Identifier: Apache-2.0 */
/* One character of a JSON string, escaped or not. */
#ifndef SNPLAUNCH_BASE_JSON_CHARACTER_H
#define SNPLAUNCH_BASE_JSON_CHARACTER_H

#include <stdint.h>

/*
 * Reads the Unicode character at '*at', which is before 'end', and moves '*at' behind it. A pair of
 * surrogate escapes is one character.
 * Returns NULL, or what is wrong with the character; '*at' is then somewhere in it.
 */
const char *json_read_character(const char **at, const char *end, uint32_t *out);

#endif
