/* SPDX-License-Identifier: Apache-2.0 */
/* The words that stand for enums in a guest file. */
#ifndef SNPLAUNCH_POLICY_GUEST_WORDS_H
#define SNPLAUNCH_POLICY_GUEST_WORDS_H

#include "policy/words.h"

extern const struct words level_words;
extern const struct words accel_words;
extern const struct words on_off_words;
extern const struct words hashes_words;
extern const struct words console_words;
extern const struct words reset_words;
extern const struct words disk_format_words;
extern const struct words network_words;

#endif
