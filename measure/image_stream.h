/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a firmware image in their order: those in memory, or those that a compressed section of
 * another stream expands to. Of the latter only a window exists at a time.
 */
#ifndef SNPLAUNCH_MEASURE_IMAGE_STREAM_H
#define SNPLAUNCH_MEASURE_IMAGE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/*
 * What the decoder of one compressed section may allocate. edk2 compresses with a dictionary of
 * 16 MiB, of which as much is touched as the section expands to.
 */
#define IMAGE_STREAM_MEMORY_MAX ((uint64_t)32 * 1024 * 1024)

struct image_decoder;

/* Zero is a stream of no bytes. */
struct image_stream {
	const uint8_t
		*next;	   /* the window: what comes next. Borrowed from the image or the decoder */
	size_t available;  /* bytes of the window */
	uint64_t position; /* bytes that were taken */
	uint64_t size;	   /* bytes that there are in all */
	struct image_decoder *decoder; /* NULL: the window is the image. Owner: the stream */
};

/* Reads 'image', which must outlive the stream. */
void image_stream_init(struct image_stream *stream, const void *image, size_t len);

/*
 * Reads what the next 'len' bytes of 'outer' expand to: LZMA with edk2's header of 13 bytes. The
 * stream takes its bytes from 'outer', which must outlive it and be left alone meanwhile.
 * '*size_left' is what may be expanded yet, and is reduced by the size that the header declares.
 * Errors: ERR_INPUT when the header is damaged or asks for more memory or output than allowed.
 */
int image_stream_expand(struct image_stream *stream, struct image_stream *outer, uint64_t len,
			uint64_t *size_left, struct err *err) MUST_CHECK;

void image_stream_release(struct image_stream *stream);
DEFINE_AUTO(image_stream, struct image_stream, image_stream_release);

/*
 * Takes at least one and at most 'max' bytes (not 0), as many as the window has, and points
 * '*bytes' at them until the next call. Errors: ERR_INPUT at the end, or where it is damaged.
 */
int image_stream_take(struct image_stream *stream, uint64_t max, const uint8_t **bytes, size_t *n,
		      struct err *err) MUST_CHECK;

/* Takes exactly 'len' bytes. */
int image_stream_read(struct image_stream *stream, uint8_t *out, size_t len,
		      struct err *err) MUST_CHECK;

/* Takes what lies before 'position', which must not be behind the stream. */
int image_stream_skip_to(struct image_stream *stream, uint64_t position,
			 struct err *err) MUST_CHECK;

#endif
