/* SPDX-License-Identifier: Apache-2.0 */
/* Strings in fixed fields, and names that are safe everywhere. */
#ifndef SNPLAUNCH_BASE_TEXT_H
#define SNPLAUNCH_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* True for [A-Za-z0-9][A-Za-z0-9._-]* of 1 to 'max' bytes: safe as a file name and in QEMU's options. */
bool text_is_plain_name(const char *name, size_t max);

/* True when 'field' of 'size' bytes holds a string: terminated, and zero after its end. */
bool text_field_is_clean(const char *field, size_t size);

/*
 * Copies a string into a fixed field and fills the rest with zeros.
 * Returns -1 and leaves the field alone when it does not fit.
 */
int text_copy_field(char *field, size_t size, const char *string) MUST_CHECK;

#endif
