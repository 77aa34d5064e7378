// SPDX-License-Identifier: Apache-2.0
// Names of the firmware's answers.

#include "rehearsal/firmware_error.h"

#include <stddef.h>
#include <string.h>

#include "base/text_number.h"

// The numbers of the ABI have gaps.
static const char *const names[] = {
	[0] = "SUCCESS",
	[1] = "INVALID_PLATFORM_STATE",
	[2] = "INVALID_GUEST_STATE",
	[3] = "INVALID_CONFIG",
	[4] = "INVALID_LEN",
	[5] = "ALREADY_OWNED",
	[6] = "INVALID_CERTIFICATE",
	[7] = "POLICY_FAILURE",
	[8] = "INACTIVE",
	[9] = "INVALID_ADDRESS",
	[10] = "BAD_SIGNATURE",
	[11] = "BAD_MEASUREMENT",
	[12] = "ASID_OWNED",
	[13] = "INVALID_ASID",
	[14] = "WBINVD_REQUIRED",
	[15] = "DFFLUSH_REQUIRED",
	[16] = "INVALID_GUEST",
	[17] = "INVALID_COMMAND",
	[18] = "ACTIVE",
	[19] = "HWSEV_RET_PLATFORM",
	[20] = "HWSEV_RET_UNSAFE",
	[21] = "UNSUPPORTED",
	[22] = "INVALID_PARAM",
	[23] = "RESOURCE_LIMIT",
	[24] = "SECURE_DATA_INVALID",
	[25] = "INVALID_PAGE_SIZE",
	[26] = "INVALID_PAGE_STATE",
	[27] = "INVALID_MDATA_ENTRY",
	[28] = "INVALID_PAGE_OWNER",
	[29] = "AEAD_OFLOW",
	[31] = "EXIT_RING_BUFFER",
	[32] = "RMP_INIT_REQUIRED",
	[33] = "BAD_SVN",
	[34] = "BAD_VERSION",
	[35] = "SHUTDOWN_REQUIRED",
	[36] = "UPDATE_FAILED",
	[37] = "RESTORE_REQUIRED",
	[38] = "RMP_INITIALIZATION_FAILED",
	[39] = "INVALID_KEY",
	[40] = "SHUTDOWN_INCOMPLETE",
	[48] = "INCORRECT_BUFFER_LENGTH",
	[49] = "EXPAND_BUFFER_LENGTH_REQUEST",
	[50] = "SPDM_REQUEST",
	[51] = "SPDM_ERROR",
	[53] = "DEV_CONN",
	[54] = "INVALID_DEV_CTX",
	[55] = "INVALID_TDI_CTX",
	[56] = "INVALID_TDI",
	[57] = "RECLAIM_REQUIRED",
	[58] = "IN_USE",
	[59] = "INVALID_DEV_STATE",
	[60] = "INVALID_TDI_STATE",
	[61] = "DEV_CERT_CHANGED",
	[62] = "RESYNC_REQ",
	[63] = "RESPONSE_TOO_LARGE",
};

int firmware_error_parse(const char *word, uint32_t *code)
{
	uint64_t number = 0;

	for (size_t i = 1; i < ARRAY_LEN(names); i++)
		if (names[i] != NULL && strcmp(names[i], word) == 0) {
			*code = (uint32_t)i;
			return 0;
		}
	if (text_parse_u64(word, &number) < 0 || number == 0 || number > UINT16_MAX)
		return -1;
	*code = (uint32_t)number;
	return 0;
}

const char *firmware_error_name(uint32_t code)
{
	return code < ARRAY_LEN(names) && names[code] != NULL ? names[code] : "UNKNOWN";
}
