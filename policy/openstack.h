/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an OpenStack image and flavor ask of a guest, decided as Nova decides it: the same order, the
 * same conflicts. Where Nova would start a guest without the encryption that somebody may have
 * meant, this refuses.
 * Source: nova/virt/hardware.py, get_mem_encryption_constraint(), get_locked_memory_constraint() and
 * _numa_get_pagesize_constraints(), as of Nova 2026.2.
 */
#ifndef SNPLAUNCH_POLICY_OPENSTACK_H
#define SNPLAUNCH_POLICY_OPENSTACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/err_list.h"
#include "policy/guest.h"

/* Nova and Glance take names and values of at most 255 bytes. */
#define OPENSTACK_TEXT_SIZE 256
#define OPENSTACK_REQUIREMENTS_MAX 32
#define OPENSTACK_UNUSED_MAX 64
#define OPENSTACK_DECISIONS_MAX (2 * OPENSTACK_REQUIREMENTS_MAX + 16)

enum openstack_side { OPENSTACK_IMAGE, OPENSTACK_FLAVOR, OPENSTACK_SIDES };

/* The properties that decide something; the names of both sides are in openstack_table.c. */
enum openstack_property {
	OPENSTACK_MEM_ENCRYPTION,
	OPENSTACK_MEM_ENCRYPTION_MODEL,
	OPENSTACK_FIRMWARE_TYPE,
	OPENSTACK_FIRMWARE_STATELESS,
	OPENSTACK_MACHINE_TYPE,
	OPENSTACK_LOCKED_MEMORY,
	OPENSTACK_MEM_PAGE_SIZE,
	OPENSTACK_PROPERTIES,
};

/* A trait that a host must or must not have, or a property of its host aggregates. */
struct openstack_requirement {
	/* As it stands in the file: "trait:HW_CPU_X86_AMD_SEV_SNP". */
	char property[OPENSTACK_TEXT_SIZE];
	/* Behind its colon. Borrowed from 'property'. */
	const char *name;
	/* "required" or "forbidden"; of an aggregate's property, its value. */
	char value[OPENSTACK_TEXT_SIZE];
	bool is_aggregate;
};

/* What one file says. */
struct openstack_file {
	bool is_given;
	char name[OPENSTACK_TEXT_SIZE];
	char id[OPENSTACK_TEXT_SIZE];
	/* As they stand there; empty: not given. */
	char values[OPENSTACK_PROPERTIES][OPENSTACK_TEXT_SIZE];
	/* Of a flavor; 0: not given. */
	uint32_t vcpus;
	uint32_t memory_mib;
	size_t n_requirements;
	struct openstack_requirement requirements[OPENSTACK_REQUIREMENTS_MAX];
	/* The names of properties that decide nothing here, as far as they fit. */
	size_t n_unused;
	char unused[OPENSTACK_UNUSED_MAX][OPENSTACK_TEXT_SIZE];
};

/* One thing that was decided, for people and programs, and the properties that did it. */
struct openstack_decision {
	char what[OPENSTACK_TEXT_SIZE];
	char value[OPENSTACK_TEXT_SIZE];
	size_t n_sources;
	struct openstack_source {
		enum openstack_side side;
		const char *property; /* borrowed from the struct openstack, or static */
	} sources[4];
};

/* Large, and points into itself: one for each process, never copied. Zero: no files. */
struct openstack {
	struct openstack_file files[OPENSTACK_SIDES];
	size_t n_decisions;
	struct openstack_decision decisions[OPENSTACK_DECISIONS_MAX];
};

/* A file's text, and its name for messages; all borrowed. */
struct openstack_text {
	const char *file;
	const char *text;
	size_t len;
};

/*
 * Reads what 'openstack image show -f json' or 'openstack flavor show -f json' prints; properties
 * are an object or text such as "a='b', c='d'".
 * Errors: -1 and at least one ERR_GUEST_FILE in 'errors'. A truth value that Nova takes for false
 * only because it does not know it, a name of the other side and a name with a typing mistake are
 * errors, for Nova would start the guest unencrypted.
 */
int openstack_read(struct openstack *openstack, enum openstack_side side,
		   const struct openstack_text *input, struct err_list *errors) MUST_CHECK;

/*
 * Decides by Nova's rules, the first mistake wins, and fills in the guest's level, vCPUs and memory
 * where it says nothing. Errors: ERR_USAGE for a conflict, naming both sides.
 */
int openstack_decide(struct openstack *openstack, struct guest *guest, struct err *err) MUST_CHECK;

/* What a machine has of the traits that snplaunch knows, and of others by its operator's word. */
struct openstack_host {
	const struct openstack_trait {
		const char *name;
		bool is_there;
	} * traits;
	size_t n_traits;
	/* "CUSTOM_A,ssd=true", traits and properties of aggregates; NULL: none. */
	const char *given;
};

/*
 * Checks what image and flavor require of the machine.
 * Errors: ERR_HOST for what it lacks, for what is forbidden, and for what nobody knows of it.
 */
int openstack_check_host(struct openstack *openstack, const struct openstack_host *host,
			 struct err *err) MUST_CHECK;

#endif
