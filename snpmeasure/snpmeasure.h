/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launch digests of AMD SEV, SEV-ES and SEV-SNP guests, ID blocks and attestation reports, without
 * hardware. The manual is libsnpmeasure(3).
 *
 * Nothing here has global state, so any thread may call anything with structs of its own. Functions
 * that return int return 0, or -1 and say why in 'error', which may be NULL.
 */
#ifndef SNPMEASURE_H
#define SNPMEASURE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SNPMEASURE_ERROR_SIZE 1000

/* The bytes of a file. */
struct snpmeasure_bytes {
	const void *bytes;
	size_t len;
};

enum snpmeasure_error_kind {
	SNPMEASURE_OK,
	SNPMEASURE_USAGE,   /* what the caller asks for contradicts itself, or is incomplete */
	SNPMEASURE_INPUT,   /* a file, an image or a key is not what it must be */
	SNPMEASURE_VERDICT, /* all is well formed, but signature or value is not the right one */
	SNPMEASURE_SYSTEM,  /* the system failed */
};

struct snpmeasure_error {
	enum snpmeasure_error_kind kind;
	char text[SNPMEASURE_ERROR_SIZE]; /* lower case, without a full stop; names the remedy */
};

/* SEV-ES has two: LEGACY is what QEMU does unless its legacy-vm-type is off. */
enum snpmeasure_type {
	SNPMEASURE_SEV = 1,
	SNPMEASURE_SEV_ES,
	SNPMEASURE_SEV_ES_LEGACY,
	SNPMEASURE_SEV_SNP,
};

enum snpmeasure_vmm { SNPMEASURE_QEMU, SNPMEASURE_EC2, SNPMEASURE_GCE };

#define SNPMEASURE_DIGEST_BYTES 48
#define SNPMEASURE_VCPUS_MAX 4096

struct snpmeasure_digest {
	size_t len; /* 48 at SEV-SNP, else 32 */
	uint8_t bytes[SNPMEASURE_DIGEST_BYTES];
};

/* SHA-256 of what is booted, as snpmeasure_kernel_read() fills it in, or somebody else. */
struct snpmeasure_kernel {
	uint8_t kernel[32];
	uint8_t initrd[32];
	uint8_t cmdline[32]; /* with the terminating zero */
};

/* Guest memory of one kind, right after it was measured. */
struct snpmeasure_range {
	const char *name; /* such as "firmware" or "VMSA"; NULL: a section of unknown type */
	uint64_t gpa;
	uint64_t len;	    /* bytes */
	uint32_t page_type; /* PAGE_TYPE of SEV-SNP, else 0 */
	uint32_t vcpu;	    /* of a VMSA, from 0 */
	struct snpmeasure_digest digest;
};

/* Zero where nothing is said. All pointers are borrowed during a call. */
struct snpmeasure_launch {
	enum snpmeasure_type type;
	enum snpmeasure_vmm vmm;
	const void *firmware; /* the whole image, which must not change meanwhile */
	size_t firmware_len;
	const struct snpmeasure_kernel *kernel; /* NULL: no kernel hashes */
	uint32_t vcpus;
	uint32_t cpu_signature; /* not with EC2 and GCE */
	uint64_t features;	/* exactly as measured: see snpmeasure_features_default() */
	void (*range)(void *context, const struct snpmeasure_range *range); /* may be NULL */
	void *context;
};

/* Computes one digest. */
int snpmeasure_digest_compute(struct snpmeasure_digest *digest,
			      const struct snpmeasure_launch *launch,
			      struct snpmeasure_error *error);

/* SEV_FEATURES where nobody asks for any. */
uint64_t snpmeasure_features_default(enum snpmeasure_type type);

/* The signature of QEMU's CPU model of that name; 0 when it is not known. */
uint32_t snpmeasure_cpu_signature(const char *model);

/*
 * Hashes kernel and initrd (-1: none) from where the descriptors stand to the end, and the command
 * line (NULL: none). Refuses kernels that QEMU does not measure.
 */
int snpmeasure_kernel_read(struct snpmeasure_kernel *kernel, int kernel_fd, int initrd_fd,
			   const char *cmdline, struct snpmeasure_error *error);

/* Whether firmware compares kernel hashes with what it boots. */
enum snpmeasure_verifier {
	SNPMEASURE_VERIFIER_UNKNOWN,
	SNPMEASURE_VERIFIER_MISSING,
	SNPMEASURE_VERIFIER_PRESENT,
};

enum snpmeasure_verifier snpmeasure_firmware_verifier(const void *firmware, size_t firmware_len);

/* All that is measured in front of the vCPUs. It may be used by many threads at once. */
struct snpmeasure_prefix;

/* Looks at all of 'launch' but vcpus, cpu_signature and features. Owner: caller. */
struct snpmeasure_prefix *snpmeasure_prefix_new(const struct snpmeasure_launch *launch,
						struct snpmeasure_error *error);
void snpmeasure_prefix_free(struct snpmeasure_prefix *prefix);

/* Digests for one vCPU, two, three ... that are alike. */
struct snpmeasure_series;

/* Begins behind a prefix, which may be freed. Owner: caller. */
struct snpmeasure_series *snpmeasure_series_new(const struct snpmeasure_prefix *prefix,
						uint32_t cpu_signature, uint64_t features,
						struct snpmeasure_error *error);
void snpmeasure_series_free(struct snpmeasure_series *series);

/* Adds a vCPU, and gives the digest of a guest with as many. */
void snpmeasure_series_next(struct snpmeasure_series *series, struct snpmeasure_digest *digest);

#define SNPMEASURE_ID_BLOCK_BYTES 96
#define SNPMEASURE_ID_AUTH_BYTES 4096

struct snpmeasure_id_block {
	uint8_t launch_digest[48];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t guest_svn;
	uint64_t policy;
};

/*
 * Writes and signs an ID block, and its authentication information. Keys are ECDSA P-384 private
 * keys, PEM or DER, not encrypted; an author key of no bytes: none.
 */
int snpmeasure_id_block_sign(uint8_t block_out[SNPMEASURE_ID_BLOCK_BYTES],
			     uint8_t auth_out[SNPMEASURE_ID_AUTH_BYTES],
			     const struct snpmeasure_id_block *block,
			     struct snpmeasure_bytes id_key, struct snpmeasure_bytes author_key,
			     struct snpmeasure_error *error);

/* Reads a block and verifies its signatures, as firmware does. */
int snpmeasure_id_block_verify(struct snpmeasure_id_block *block, struct snpmeasure_bytes bytes,
			       struct snpmeasure_bytes auth, struct snpmeasure_error *error);

struct snpmeasure_report {
	uint32_t version;
	uint32_t guest_svn;
	uint32_t vmpl;
	uint64_t policy;
	uint64_t platform_info;
	uint64_t reported_tcb;
	uint8_t report_data[64];
	uint8_t measurement[48];
	uint8_t host_data[32];
	uint8_t id_key_digest[48];
	uint8_t author_key_digest[48];
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint8_t chip_id[64];
	uint8_t ark_sha256[32]; /* of the root's certificate; zero: nothing was verified */
};

/* What a report is verified with: certificates as PEM or DER. */
struct snpmeasure_evidence {
	struct snpmeasure_bytes vek;	 /* of the VCEK or VLEK */
	struct snpmeasure_bytes issuers; /* ASK or ASVK, and ARK */
	int64_t at; /* when they must be valid, in seconds since 1970; 0: at any time */
};

/* Reads a report and verifies that it is of the chip and key that the evidence certifies. */
int snpmeasure_report_verify(struct snpmeasure_report *report, struct snpmeasure_bytes bytes,
			     const struct snpmeasure_evidence *evidence,
			     struct snpmeasure_error *error);

/* Reads a report without verifying anything. */
int snpmeasure_report_read(struct snpmeasure_report *report, struct snpmeasure_bytes bytes,
			   struct snpmeasure_error *error);

#ifdef __cplusplus
}
#endif

#endif
