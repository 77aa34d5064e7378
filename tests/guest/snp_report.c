// SPDX-License-Identifier: Apache-2.0
// Runs in a guest: asks the AMD-SP for an attestation report and writes its bytes to standard output.
//
// Usage: snp_report HEX     up to 64 bytes of the guest's own, which the report repeats

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEVICE "/dev/sev-guest"
#define REPORT_DATA_BYTES 64
#define REPORT_BYTES 1184

// Source: Linux include/uapi/linux/sev-guest.h; the last member has had several names.
struct guest_request {
	uint8_t message_version;
	uint64_t request;
	uint64_t response;
	uint64_t firmware_error;
};
#define GET_REPORT _IOWR('S', 0x0, struct guest_request)

struct report_request {
	uint8_t data[REPORT_DATA_BYTES];
	uint32_t vmpl;
	uint8_t reserved[28];
};

// Source: SEV-SNP Firmware ABI (AMD 56860), MSG_REPORT_RSP. Linux takes no smaller a buffer.
struct report_response {
	uint32_t status;
	uint32_t len;
	uint8_t reserved[24];
	uint8_t report[4000 - 32];
};

static int read_hex(uint8_t bytes[REPORT_DATA_BYTES], const char *hex)
{
	size_t len = strlen(hex) / 2;

	if (len > REPORT_DATA_BYTES)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &bytes[i]) != 1)
			return -1;
	return 0;
}

static int ask(struct report_response *response, struct report_request *request)
{
	struct guest_request call = {
		.message_version = 1,
		.request = (uintptr_t)request,
		.response = (uintptr_t)response,
	};
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		(void)fprintf(stderr, "cannot open %s: %s\n", DEVICE, strerror(errno));
		return -1;
	}
	if (ioctl(fd, GET_REPORT, &call) < 0) {
		(void)fprintf(stderr, "SNP_GET_REPORT: %s, firmware error 0x%llx\n",
			      strerror(errno), (unsigned long long)call.firmware_error);
		return -1;
	}
	if (response->status != 0 || response->len != REPORT_BYTES) {
		(void)fprintf(stderr, "SNP_GET_REPORT: status %u, %u bytes\n", response->status,
			      response->len);
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct report_response response;
	static struct report_request request;

	if (argc != 2 || read_hex(request.data, argv[1]) < 0) {
		(void)fputs("usage: snp_report HEX\n", stderr);
		return 64;
	}
	if (ask(&response, &request) < 0)
		return 1;
	return write(STDOUT_FILENO, response.report, REPORT_BYTES) == REPORT_BYTES ? 0 : 1;
}
