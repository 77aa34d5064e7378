/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refuses what RFC 8259 refuses and json-c accepts: duplicate keys, NUL in strings, NaN, single
 * quotes, lone surrogates, huge numbers. Runs in front of json-c; its only memory is a list of the
 * keys of the objects that are open.
 */
#ifndef SNPLAUNCH_BASE_JSON_SCAN_H
#define SNPLAUNCH_BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define JSON_FRACTION_BYTES_MAX 32

struct json_limits {
	size_t bytes_max;
	unsigned int depth_max; /* of nested arrays and objects */
	unsigned int keys_max;	/* members of all objects together */
	bool null_allowed;
	enum err_kind kind; /* of the error: ERR_GUEST_FILE, ERR_PROTOCOL, ... */
};

/* Where something stands, both from 1; a column counts bytes. */
struct json_place {
	unsigned int line;
	unsigned int column;
};

/*
 * Checks one JSON text: a single value, UTF-8, no byte order mark, nothing but white space behind
 * it. Keys of one object differ once their escapes are read. An integer fits int64_t or uint64_t
 * and is not "-0"; a number with a fraction or an exponent has at most JSON_FRACTION_BYTES_MAX
 * bytes. Whether a key takes fractions is its reader's business.
 * 'place' (may be NULL) gets the place of a mistake; the text of 'err' does not repeat it.
 */
int json_scan(const char *text, size_t len, const struct json_limits *limits,
	      struct json_place *place, struct err *err) MUST_CHECK;

/* The line and column of byte 'offset' of a text. */
struct json_place json_place_of(const char *text, size_t len, size_t offset);

#endif
