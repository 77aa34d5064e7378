// SPDX-License-Identifier: Apache-2.0
// Fuzzes the policy file's reader, and behind it the launcher's check and the judge. An input that
// begins with '#' is what the launcher reads of a compiled policy; one with '%' is half the judge's rules
// and half a plan; anything else is a policy file, and what is compiled of one that is right must pass
// those checks.

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "cli/judge.h"
#include "policy/host_policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct err *err, enum err_kind kind)
{
	assert(err_is_valid(err));
	assert(err->kind == kind);
	assert(err->text[0] != '\0');
}

static void fuzz_file(const char *text, size_t len)
{
	static struct host_policy_file file;
	static struct host_policy policy;
	static struct launch_rules rules;
	static struct err_list errors;
	struct err err;

	memset(&file, 0, sizeof(file));
	memset(&errors, 0, sizeof(errors));
	if (host_policy_read(&file, "fuzz.json", text, len, &errors) < 0) {
		assert(errors.n > 0 && errors.n <= ERR_LIST_MAX);
		for (size_t i = 0; i < errors.n; i++)
			check_error(&errors.items[i], ERR_GUEST_FILE);
		return;
	}
	assert(errors.n == 0);
	host_policy_compile_rules(&rules, &file);
	assert(launch_rules_check(&rules, &err) == 0);
	host_policy_compile(&policy, &file);
	assert(host_policy_accept(&policy, &err) == 0);
	// With its defaults written out it is still a right one.
	host_policy_fill(&file);
	host_policy_compile(&policy, &file);
	assert(host_policy_accept(&policy, &err) == 0);
}

// A short input is the beginning of a policy, the rest zeros.
static void fuzz_check(const uint8_t *data, size_t size)
{
	static struct host_policy policy;
	struct err err;

	memset(&policy, 0, sizeof(policy));
	memcpy(&policy, data, size < sizeof(policy) ? size : sizeof(policy));
	if (host_policy_accept(&policy, &err) < 0) {
		check_error(&err, ERR_REFUSED);
		return;
	}
	for (size_t i = 0; i < policy.n_qemu; i++)
		assert(policy.qemu[i][0] == '/');
	for (size_t i = 0; i < policy.n_artifact_directories; i++)
		assert(policy.artifact_directories[i][0] == '/');
}

// As far as the judge relies on it, plan_check() has accepted the plan.
static void mend(struct plan *plan)
{
	plan->level = LEVEL_OFF + plan->level % (LEVELS - LEVEL_OFF);
	plan->n_networks %= PLAN_NETWORKS_MAX + 1;
	plan->cpu_model[PLAN_WORD_SIZE - 1] = '\0';
	for (size_t i = 0; i < PLAN_NETWORKS_MAX; i++) {
		plan->networks[i].kind = NETWORK_TAP;
		plan->networks[i].device[PLAN_INTERFACE_SIZE - 1] = '\0';
	}
}

static void fuzz_judge(const uint8_t *data, size_t size)
{
	static struct compiled_policy policy;
	static struct plan plan;
	const struct judge_platform platform = { .generation = GENERATION_MILAN };
	const struct judgement judgement = { .policy = &policy,
					     .plan = &plan,
					     .firmware_path = "/usr/share/a",
					     .platform = &platform };
	size_t n = size / 2 < sizeof(policy.rules) ? size / 2 : sizeof(policy.rules);
	struct err err;

	memset(&policy, 0, sizeof(policy));
	memset(&plan, 0, sizeof(plan));
	memcpy(&policy.rules, data, n);
	memcpy(&plan, data + n, size - n < sizeof(plan) ? size - n : sizeof(plan));
	mend(&plan);
	if (launch_rules_check(&policy.rules, &err) < 0)
		check_error(&err, ERR_BUG);
	else if (judge_plan(&judgement, &err) < 0)
		check_error(&err, ERR_REFUSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0 && data[0] == '%') {
		fuzz_judge(data + 1, size - 1);
		return 0;
	}
	if (size > 0 && data[0] == '#')
		fuzz_check(data + 1, size - 1);
	else
		fuzz_file((const char *)data, size);
	return 0;
}
