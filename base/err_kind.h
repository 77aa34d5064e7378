/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the kinds of error. */
#ifndef SNPLAUNCH_BASE_ERR_KIND_H
#define SNPLAUNCH_BASE_ERR_KIND_H

#include "base/err.h"

/* The word for a kind in JSON output ("guest-file"); "unknown" when out of range. */
const char *err_kind_word(enum err_kind kind);

/* The kind of that word; ERR_NONE for another one. */
enum err_kind err_kind_find(const char *word);

#endif
