/* SPDX-License-Identifier: Apache-2.0 */
/* Reads this machine, in two steps: what needs paths comes before the front is confined. */
#ifndef SNPLAUNCH_HOST_READINGS_OPEN_H
#define SNPLAUNCH_HOST_READINGS_OPEN_H

#include "base/auto.h"
#include "host/readings.h"

/* Open files, by enum host_text. Zeroed, it has none. */
struct readings_files {
	bool is_open;
	struct {
		int fd;	    /* -1: it could not be opened */
		int errnum; /* why; 0 with -1: nobody tried */
	} files[HOST_TEXTS];
	int sev_device_errnum; /* of opening /dev/sev for writing */
	uint64_t memlock_bytes;
	bool memlock_read;
};

/*
 * Opens the files of the table below a root directory, usually "/"; only those that a launch needs
 * for 'at_launch'. All names are fixed, but for those that the kernel chose: the PSP's device, the
 * own cgroup, the release and the number of CPUs.
 * Must: come before the process is confined. Must not: parse what anybody else wrote.
 */
void readings_open(struct readings_files *files, int root_fd, bool at_launch);

/* Reads them, with CPUID and what the kernel says of itself, and closes them. */
void readings_read(struct host_readings *readings, struct readings_files *files);

void readings_files_release(struct readings_files *files);
DEFINE_AUTO(readings_files, struct readings_files, readings_files_release);

/* Asks KVM, at an open /dev/kvm (borrowed), and the AMD-SP, at /dev/sev opened for reading. */
void readings_ask_kvm(struct kvm_reading *kvm, int kvm_fd);
void readings_ask_sev(struct sev_reading *sev, int sev_fd);
void readings_ask_snp(struct snp_reading *snp, int sev_fd);

#endif
