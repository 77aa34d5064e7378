/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka, with the headers that it wants in front of it. */
#ifndef SNPLAUNCH_TESTS_UNIT_H
#define SNPLAUNCH_TESTS_UNIT_H

/* The order is cmocka's. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#endif
