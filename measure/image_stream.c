// SPDX-License-Identifier: Apache-2.0
// Windows over memory, and over what liblzma expands.

#include "measure/image_stream.h"

#include <assert.h>
#include <inttypes.h>
#include <lzma.h>
#include <string.h>

#include "base/mem.h"
#include "measure/little_endian.h"

#define WINDOW_BYTES ((size_t)32 * 1024)

// The header of LZMA_alone: properties, u32 size of the dictionary, u64 size of the output.
#define LZMA_HEADER_BYTES 13
#define LZMA_HEADER_SIZE_OFFSET 5

struct image_decoder {
	lzma_stream lzma;
	struct image_stream *outer;
	uint64_t outer_left; // compressed bytes that are still to be taken from 'outer'
	uint8_t header[LZMA_HEADER_BYTES];
	uint8_t window[WINDOW_BYTES];
};

void image_stream_init(struct image_stream *stream, const void *image, size_t len)
{
	*stream = (struct image_stream){ .next = image, .available = len, .size = len };
}

void image_stream_release(struct image_stream *stream)
{
	if (stream->decoder != NULL)
		lzma_end(&stream->decoder->lzma);
	free(stream->decoder);
	*stream = (struct image_stream){ 0 };
}

static int check_size(uint64_t size, uint64_t size_left, struct err *err)
{
	if (size == UINT64_MAX)
		return err_set(err, ERR_INPUT, "the compressed section does not tell its size");
	if (size > size_left)
		return err_set(err, ERR_INPUT,
			       "the compressed section expands to %" PRIu64
			       " bytes, more than the %" PRIu64 " that are allowed yet",
			       size, size_left);
	return 0;
}

// An error in the words of somebody who holds the image, not the library.
static int refuse(const lzma_stream *lzma, lzma_ret status, struct err *err)
{
	if (status == LZMA_MEMLIMIT_ERROR)
		return err_set(err, ERR_INPUT,
			       "the compressed section needs %" PRIu64
			       " bytes of memory to expand, more than the limit of %" PRIu64,
			       lzma_memusage(lzma), IMAGE_STREAM_MEMORY_MAX);
	if (status == LZMA_MEM_ERROR)
		return err_set(err, ERR_SYSTEM, "no memory to expand the compressed section");
	if (status == LZMA_STREAM_END)
		return err_set(err, ERR_INPUT,
			       "the compressed section expands to less than it declares");
	if (status == LZMA_BUF_ERROR)
		return err_set(err, ERR_INPUT, "the compressed section ends early");
	return err_set(err, ERR_INPUT, "the compressed section is damaged");
}

int image_stream_expand(struct image_stream *stream, struct image_stream *outer, uint64_t len,
			uint64_t *size_left, struct err *err)
{
	AUTO(image_stream) struct image_stream made = { 0 };
	struct image_decoder *decoder;
	lzma_ret status;

	if (len < LZMA_HEADER_BYTES)
		return err_set(err, ERR_INPUT,
			       "the compressed section has %" PRIu64
			       " bytes, too few for the header of %d",
			       len, LZMA_HEADER_BYTES);
	decoder = mem_zeroed(1, sizeof(*decoder));
	made.decoder = decoder;
	if (image_stream_read(outer, decoder->header, LZMA_HEADER_BYTES, err) < 0)
		return -1;
	made.size = le64_at(decoder->header + LZMA_HEADER_SIZE_OFFSET);
	if (check_size(made.size, *size_left, err) < 0)
		return -1;
	status = lzma_alone_decoder(&decoder->lzma, IMAGE_STREAM_MEMORY_MAX);
	if (status != LZMA_OK)
		return refuse(&decoder->lzma, status, err);
	decoder->lzma.next_in = decoder->header;
	decoder->lzma.avail_in = LZMA_HEADER_BYTES;
	decoder->outer = outer;
	decoder->outer_left = len - LZMA_HEADER_BYTES;
	*size_left -= made.size;
	*stream = made;
	made.decoder = NULL;
	return 0;
}

static int take_input(struct image_decoder *decoder, struct err *err)
{
	size_t n = 0;

	if (decoder->outer_left == 0)
		return 0;
	if (image_stream_take(decoder->outer, decoder->outer_left, &decoder->lzma.next_in, &n,
			      err) < 0)
		return -1;
	decoder->lzma.avail_in = n;
	decoder->outer_left -= n;
	return 0;
}

// Fills the window with at least one byte.
static int expand_window(struct image_stream *stream, struct err *err)
{
	struct image_decoder *decoder = stream->decoder;
	lzma_stream *lzma = &decoder->lzma;
	lzma_ret status = LZMA_OK;

	lzma->next_out = decoder->window;
	lzma->avail_out = WINDOW_BYTES;
	while (lzma->avail_out == WINDOW_BYTES && status == LZMA_OK) {
		if (lzma->avail_in == 0 && take_input(decoder, err) < 0)
			return -1;
		// Without input the decoder may still have output, or else says that it needs input.
		status = lzma_code(lzma, lzma->avail_in > 0 ? LZMA_RUN : LZMA_FINISH);
	}
	if (lzma->avail_out == WINDOW_BYTES)
		return refuse(lzma, status, err);
	stream->next = decoder->window;
	stream->available = WINDOW_BYTES - lzma->avail_out;
	return 0;
}

int image_stream_take(struct image_stream *stream, uint64_t max, const uint8_t **bytes, size_t *n,
		      struct err *err)
{
	assert(max > 0);
	if (stream->position == stream->size)
		return err_set(err, ERR_INPUT, "it ends early, after %" PRIu64 " bytes",
			       stream->size);
	if (stream->available == 0 && expand_window(stream, err) < 0)
		return -1;
	*bytes = stream->next;
	*n = stream->available < max ? stream->available : (size_t)max;
	stream->next += *n;
	stream->available -= *n;
	stream->position += *n;
	return 0;
}

int image_stream_read(struct image_stream *stream, uint8_t *out, size_t len, struct err *err)
{
	while (len > 0) {
		const uint8_t *bytes;
		size_t n;

		if (image_stream_take(stream, len, &bytes, &n, err) < 0)
			return -1;
		memcpy(out, bytes, n);
		out += n;
		len -= n;
	}
	return 0;
}

int image_stream_skip_to(struct image_stream *stream, uint64_t position, struct err *err)
{
	assert(position >= stream->position);
	while (stream->position < position) {
		const uint8_t *bytes;
		size_t n;

		if (image_stream_take(stream, position - stream->position, &bytes, &n, err) < 0)
			return -1;
	}
	return 0;
}
