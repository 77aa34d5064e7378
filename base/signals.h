/* SPDX-License-Identifier: Apache-2.0 */
/* What a program inherits of signals. */
#ifndef SNPLAUNCH_BASE_SIGNALS_H
#define SNPLAUNCH_BASE_SIGNALS_H

/* Gives every signal its default disposition, and blocks none. */
void signals_reset(void);

#endif
