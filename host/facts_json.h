/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host facts as a JSON file: QEMU's answers kept for the next launch, and another machine's facts
 * given with --host-facts. Every key must be there but where it says so, and no other:
 *
 *	format              1
 *	identity            of which QEMU, kernel and CPU these are facts; "" when written by hand
 *	qemu                what QEMU says about itself:
 *	  major, minor, micro   its version
 *	  package               its distributor's version, for people
 *	  machine               the newest machine type pc-q35-X.Y that is not deprecated
 *	  machine_cpu_max       the most vCPUs of that machine type
 *	  kvm_built             it was built with KVM
 *	  kvm_usable            /dev/kvm worked for it
 *	  kvm_takes_fd          it can be given /dev/kvm as an open descriptor
 *	  tcg_built             it was built with TCG, which needs no KVM
 *	  sev_guest             properties of its object sev-guest; [] when it has no such object
 *	  sev_snp_guest         properties of its object sev-snp-guest; likewise
 *	  cpu_models            a list, each with 'name', and the others where they say something:
 *	    name                    as for -cpu
 *	    alias_of                the model it stands for
 *	    deprecated              true: QEMU wants to drop it
 *	    unavailable             the first features that are missing to run it on this machine,
 *	                            for people: under KVM when kvm_usable, else under TCG
 *	cpu                 what CPUID says:
 *	  vendor                "AuthenticAMD"
 *	  signature             family, model and stepping as CPUID 1 gives them: "0xa10f11"
 *	  hypervisor            the machine is a guest itself
 *	  sev, sev_es, sev_snp  the CPU has the feature
 *	  cbitpos               the page table bit that means "encrypted"
 *	  phys_addr_reduction   physical address bits lost to encryption
 *	  max_asid              SEV guests at once, of all levels
 *	  min_sev_asid          the lowest ASID of plain SEV; those below are for SEV-ES and SEV-SNP
 *	kvm                 what KVM says:
 *	  vm_types_known        somebody could ask it
 *	  vm_types              KVM_CAP_VM_TYPES, a bit for each type: "0x1d"
 */
#ifndef SNPLAUNCH_HOST_FACTS_JSON_H
#define SNPLAUNCH_HOST_FACTS_JSON_H

#include <stddef.h>

#include "base/err.h"
#include "host/facts.h"

#define HOST_FACTS_FORMAT 1
#define HOST_FACTS_BYTES_MAX ((size_t)256 * 1024)

/* The facts as JSON text with a line for each CPU model. Owner: caller, free(). */
char *host_facts_write(const struct host_facts *facts, size_t *len);

/*
 * Reads what host_facts_write() wrote, or a person.
 * Errors: ERR_INPUT, naming the place or the key: "qemu: cpu_models: item 3: member 'name' ...".
 */
int host_facts_read(struct host_facts *facts, const char *text, size_t len,
		    struct err *err) MUST_CHECK;

struct json_object;

/* The same from an object that somebody has read, borrowed; 'facts' is zeroed first. */
int host_facts_read_object(struct host_facts *facts, struct json_object *top,
			   struct err *err) MUST_CHECK;

#endif
