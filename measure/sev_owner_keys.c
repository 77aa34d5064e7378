// SPDX-License-Identifier: Apache-2.0
// Keys as four lines of text: what the file is, the policy, and two keys in base64.

#include "measure/sev_owner_keys.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/text_base64.h"
#include "base/text_base64_decode.h"
#include "base/text_number.h"

#define FIRST_LINE "snplaunch-sev-owner-keys 1"
#define LINE_SIZE 40

int sev_owner_keys_draw(struct sev_owner_keys *keys, uint32_t policy, struct err *err)
{
	keys->policy = policy;
	if (sev_random(keys->tek, sizeof(keys->tek), err) < 0)
		return -1;
	return sev_random(keys->tik, sizeof(keys->tik), err);
}

void sev_owner_keys_release(struct sev_owner_keys *keys)
{
	OPENSSL_cleanse(keys, sizeof(*keys));
}

size_t sev_owner_keys_encode(char text[static SEV_OWNER_KEYS_TEXT_SIZE],
			     const struct sev_owner_keys *keys)
{
	char tek[TEXT_BASE64_SIZE(SEV_KEY_BYTES)];
	char tik[TEXT_BASE64_SIZE(SEV_KEY_BYTES)];
	int len;

	text_base64_encode(tek, keys->tek, sizeof(keys->tek));
	text_base64_encode(tik, keys->tik, sizeof(keys->tik));
	len = snprintf(text, SEV_OWNER_KEYS_TEXT_SIZE,
		       FIRST_LINE "\npolicy 0x%" PRIx32 "\ntek %s\ntik %s\n", keys->policy, tek,
		       tik);
	OPENSSL_cleanse(tek, sizeof(tek));
	OPENSSL_cleanse(tik, sizeof(tik));
	return (size_t)len;
}

// --- Reading -----------------------------------------------------------------------------------

static int read_first(struct sev_owner_keys *keys, const char *rest)
{
	(void)keys;
	return rest[0] == '\0' ? 0 : -1;
}

static int read_policy(struct sev_owner_keys *keys, const char *rest)
{
	uint64_t policy;

	if (text_parse_u64(rest, &policy) < 0 || policy > UINT32_MAX)
		return -1;
	keys->policy = (uint32_t)policy;
	return 0;
}

static int read_tek(struct sev_owner_keys *keys, const char *rest)
{
	return text_base64_decode(keys->tek, sizeof(keys->tek), rest);
}

static int read_tik(struct sev_owner_keys *keys, const char *rest)
{
	return text_base64_decode(keys->tik, sizeof(keys->tik), rest);
}

static const struct {
	const char *begins;
	int (*read)(struct sev_owner_keys *keys, const char *rest);
	const char *must_be;
} lines[] = {
	{ FIRST_LINE, read_first, FIRST_LINE },
	{ "policy ", read_policy, "'policy' and a number of 32 bits" },
	{ "tek ", read_tek, "'tek' and 16 bytes in base64" },
	{ "tik ", read_tik, "'tik' and 16 bytes in base64" },
};

// Copies the next line without its end. Returns -1 when it has none, is too long, or has a NUL.
static int take_line(char line[static LINE_SIZE], const char **text, size_t *len)
{
	const char *end = memchr(*text, '\n', *len);
	size_t line_len = end == NULL ? LINE_SIZE : (size_t)(end - *text);

	if (line_len >= LINE_SIZE || memchr(*text, '\0', line_len) != NULL)
		return -1;
	memcpy(line, *text, line_len);
	line[line_len] = '\0';
	*text += line_len + 1;
	*len -= line_len + 1;
	return 0;
}

static int read_line(struct sev_owner_keys *keys, size_t nth, const char **text, size_t *len)
{
	size_t begins_len = strlen(lines[nth].begins);
	char line[LINE_SIZE];
	int status = -1;

	if (take_line(line, text, len) == 0 && strncmp(line, lines[nth].begins, begins_len) == 0)
		status = lines[nth].read(keys, line + begins_len);
	OPENSSL_cleanse(line, sizeof(line));
	return status;
}

int sev_owner_keys_decode(struct sev_owner_keys *keys, const char *text, size_t len,
			  struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (read_line(keys, i, &text, &len) < 0)
			return err_set(
				err, ERR_INPUT,
				"it is not a file of keys that sev-owner session wrote: line "
				"%zu must be %s",
				i + 1, lines[i].must_be);
	if (len > 0)
		return err_set(err, ERR_INPUT, "it has more than the %zu lines of a file of keys",
			       ARRAY_LEN(lines));
	return 0;
}
