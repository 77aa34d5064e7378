/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings of a machine as a JSON file, for the judgement of somebody elsewhere. It holds nothing
 * but what the checks look at: no names of users, guests or disks, no serial number or chip ID, and
 * of the kernel's command line only the options that concern SEV. Every member may be missing, which
 * says that it was not read; others are refused:
 *
 *	format              1, which must be there
 *	machine, release    as uname(2) gives them
 *	by_root             snplaunch was started by root
 *	cpuid               leaves, each with its registers EAX to EDX: "0x8000001f": ["0x1f", ...]
 *	msrs                MSRs of the first CPU, which snplaunch does not read itself:
 *			    "0xc0010010": "0xb7e0000"
 *	texts               files by their names, each a string or why there is none:
 *			    {"state": "absent"}, "denied" or "failed"
 *	memlock_bytes       RLIMIT_MEMLOCK; "0xffffffffffffffff": no limit
 *	kvm                 KVM's answers
 *	sev_device          could /dev/sev be opened for writing: "done", "absent", "denied", "failed"
 *	sev, snp            the AMD-SP's answers to PLATFORM_STATUS and SNP_PLATFORM_STATUS
 *	images              firmware images for guests: path, levels, kernel_hashes
 *	facts               QEMU's answers, as snplaunch-host-facts(5) describes them
 */
#ifndef SNPLAUNCH_HOST_CAPTURE_H
#define SNPLAUNCH_HOST_CAPTURE_H

#include <stddef.h>

#include "base/err.h"
#include "host/readings.h"

#define CAPTURE_FORMAT 1
#define CAPTURE_BYTES_MAX ((size_t)512 * 1024)

/* 'facts' may be NULL. Owner: caller, free(). */
char *capture_write(const struct host_readings *readings, const struct host_facts *facts,
		    size_t *len);

/*
 * Reads what capture_write() wrote, or a person. readings->qemu then borrows 'facts'.
 * Errors: ERR_INPUT, naming the place.
 */
int capture_read(struct host_readings *readings, struct host_facts *facts, const char *text,
		 size_t len, struct err *err) MUST_CHECK;

#endif
