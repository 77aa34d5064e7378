/* SPDX-License-Identifier: Apache-2.0 */
/* Nova's rules about properties, one function for each of its functions. */
#ifndef SNPLAUNCH_POLICY_OPENSTACK_RULES_H
#define SNPLAUNCH_POLICY_OPENSTACK_RULES_H

#include "policy/openstack.h"

/* True when a side says that memory is to be encrypted. */
bool openstack_wants_encryption(const struct openstack *openstack);

/*
 * get_mem_encryption_constraint(): *level is that of the model, LEVEL_OFF when a side says no and
 * none says yes, and LEVEL_UNSET when both are silent.
 */
int openstack_rule_encryption(const struct openstack *openstack, enum level *level,
			      struct err *err) MUST_CHECK;

/* get_locked_memory_constraint(): unset when nobody says. */
int openstack_rule_locked_memory(const struct openstack *openstack, enum on_off *locked,
				 struct err *err) MUST_CHECK;

/*
 * _numa_get_pagesize_constraints(): what stands for the page size, as it is written; "" when nobody
 * says. Borrowed. *kib is 0 for a word.
 */
int openstack_rule_page_size(const struct openstack *openstack, const char **text, uint64_t *kib,
			     struct err *err) MUST_CHECK;

#endif
