/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text: building it, checking it, and showing bytes that somebody else wrote. */
#ifndef SNPLAUNCH_BASE_TEXT_H
#define SNPLAUNCH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

/* Bytes of base64 for 'len' bytes, with padding and the final NUL. */
#define TEXT_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/*
 * Writes 'len' bytes of 'bytes' as printable ASCII: control bytes, quotes, backslashes and bytes
 * above 126 become \n, \t, \" or \xNN. Cuts what does not fit in 'size' (at least 4) and ends it with
 * "...". Returns 'out'.
 */
char *text_escape(char *out, size_t size, const void *bytes, size_t len);

/* The same for a string, in a buffer of the caller's statement: printf("%s", TEXT_SHOW(name)). */
#define TEXT_SHOW(string) text_escape((char[256]){ 0 }, 256, (string), strlen(string))

/* True for [A-Za-z0-9][A-Za-z0-9._-]* of 1 to 'max' bytes: safe as a file name and in QEMU's options. */
bool text_is_plain_name(const char *name, size_t max);

/* True when 'field' of 'size' bytes holds a string: terminated, and zero after its end. */
bool text_field_is_clean(const char *field, size_t size);

/*
 * Copies a string into a fixed field and fills the rest with zeros.
 * Returns -1 and leaves the field alone when it does not fit.
 */
int text_copy_field(char *field, size_t size, const char *string) MUST_CHECK;

/*
 * Reads a whole decimal or 0x-hexadecimal number. No sign, no white space, no leading zero but
 * "0" itself, nothing behind it.
 */
int text_parse_u64(const char *string, uint64_t *out) MUST_CHECK;

/* Encodes with RFC 4648 base64. 'out' has TEXT_BASE64_SIZE(len) bytes. */
void text_base64_encode(char *out, const uint8_t *bytes, size_t len);

/*
 * Decodes canonical base64 of exactly 'len' bytes: padding where it belongs, unused bits zero,
 * nothing else. Returns -1 otherwise.
 */
int text_base64_decode(uint8_t *out, size_t len, const char *string) MUST_CHECK;

#endif
