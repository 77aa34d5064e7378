/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers of firmware volumes.
 * Source: UEFI Platform Initialization Specification, volume 3.
 */
#ifndef SNPLAUNCH_MEASURE_VOLUME_H
#define SNPLAUNCH_MEASURE_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/image_stream.h"

/* The least that a header has. */
#define VOLUME_HEADER_BYTES_MIN 56

struct volume {
	uint64_t start; /* positions in the stream */
	uint64_t end;
	uint64_t header_len;
	uint64_t extension; /* offset of the second header, 0: none */
	uint8_t blank;	    /* what erased flash reads as */
	bool has_files;
};

/* True when VOLUME_HEADER_BYTES_MIN bytes at 'header' have a volume's signature. */
bool volume_is_header(const uint8_t *header);

/*
 * Takes the header of a volume that ends at 'end' or before.
 * Errors: ERR_INPUT when there is none, it is damaged, or the volume does not fit.
 */
int volume_read(struct volume *volume, struct image_stream *stream, uint64_t end,
		struct err *err) MUST_CHECK;

/* From behind the header to the first file. Errors: ERR_INPUT when what lies between is damaged. */
int volume_skip_to_files(const struct volume *volume, struct image_stream *stream,
			 struct err *err) MUST_CHECK;

#endif
