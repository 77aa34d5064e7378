// SPDX-License-Identifier: Apache-2.0
// The kernels that differ in SEV_FEATURES. Sources: Linux arch/x86/kvm/svm/sev.c; debug_swap was on by
// default from d1f85fbe836e on, and off again since 5abf6dceb066.

#include "measure/kernel_features.h"

#include <string.h>

#include "base/attributes.h"
#include "base/text_escape.h"

// From this version on, up to the next row's.
static const struct kernel_row {
	unsigned int major;
	unsigned int minor;
	uint64_t snp_features;
	bool snp_is_patched;
	bool has_init2;		// SEV-ES with legacy_vm_type off
	bool es_depends_on_cpu; // debug_swap, on CPUs that have it
} rows[] = {
	{ 0, 0, LAUNCH_FEATURE_SNP_ACTIVE, true, false, false },
	{ 6, 6, LAUNCH_FEATURE_SNP_ACTIVE | LAUNCH_FEATURE_DEBUG_SWAP, true, false, true },
	{ 6, 8, LAUNCH_FEATURE_SNP_ACTIVE, true, false, false },
	{ 6, 10, LAUNCH_FEATURE_SNP_ACTIVE, false, true, false },
};

// Reads one to three digits; returns what is behind them, NULL when it is no such number.
static const char *read_number(unsigned int *number, const char *at)
{
	size_t n = strspn(at, "0123456789");

	*number = 0;
	for (size_t i = 0; i < n && n <= 3; i++)
		*number = *number * 10 + (unsigned int)(at[i] - '0');
	return n >= 1 && n <= 3 ? at + n : NULL;
}

static int read_release(unsigned int *major, unsigned int *minor, const char *release,
			struct err *err)
{
	const char *behind = read_number(major, release);

	if (behind != NULL)
		behind = *behind == '.' ? read_number(minor, behind + 1) : NULL;
	if (behind != NULL && strchr(".-+~_", *behind) != NULL) // the end, too
		return 0;
	return err_set(err, ERR_USAGE,
		       "'%s' is no kernel's release: give it as uname -r prints it, such as 6.12",
		       TEXT_SHOW(release));
}

static const struct kernel_row *find_row(unsigned int major, unsigned int minor)
{
	size_t i = ARRAY_LEN(rows) - 1;

	while (rows[i].major > major || (rows[i].major == major && rows[i].minor > minor))
		i--;
	return &rows[i];
}

int kernel_features_find(struct kernel_features *found, enum launch_type type, const char *release,
			 struct err *err)
{
	const struct kernel_row *row;
	unsigned int major = 0;
	unsigned int minor = 0;

	if (read_release(&major, &minor, release, err) < 0)
		return -1;
	row = find_row(major, minor);
	*found = (struct kernel_features){ .features = launch_features_default(type) };
	if (type == LAUNCH_SEV_SNP) {
		found->features = row->snp_features;
		found->is_patched = row->snp_is_patched;
		return 0;
	}
	if (type == LAUNCH_SEV_ES && !row->has_init2)
		return err_set(
			err, ERR_USAGE,
			"Linux %u.%u has no sev-es guests with legacy_vm_type off, which came "
			"with 6.10: set it to on",
			major, minor);
	if (type == LAUNCH_SEV_ES_LEGACY && row->es_depends_on_cpu)
		return err_set(
			err, ERR_USAGE,
			"with Linux %u.%u the SEV features of sev-es depend on the CPU: give "
			"0x%x where it has DebugSwap, 0x0 where it has not",
			major, minor, (unsigned int)LAUNCH_FEATURE_DEBUG_SWAP);
	return 0;
}
