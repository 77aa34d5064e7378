// SPDX-License-Identifier: Apache-2.0
// Checks of QEMU, by its own answers, and of the firmware images for guests.

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

// The models that a launch takes when it names none, best first.
static const char *const usual_models[] = { "EPYC-Genoa-v1", "EPYC-Milan-v2", "EPYC-Milan-v1",
					    "EPYC-Rome-v1", "EPYC-v1" };

static bool is_unasked(struct probe_result *result, const struct host_readings *readings)
{
	if (!readings->has_qemu)
		probe_say(result, PROBE_SKIP, "see qemu.version");
	return !readings->has_qemu;
}

static void judge_version(struct probe_result *result, const struct host_readings *readings)
{
	const struct host_qemu *qemu = readings->qemu;

	if (!readings->has_qemu)
		probe_say(result, PROBE_UNKNOWN, "no QEMU was asked");
	else
		probe_say(result, PROBE_PASS, "%u.%u.%u, %s", qemu->major, qemu->minor, qemu->micro,
			  qemu->machine);
}

static void judge_object(struct probe_result *result, const struct host_readings *readings)
{
	const struct host_qemu *qemu = readings->qemu;
	const struct probe_check *check = result->check;

	if (is_unasked(result, readings))
		return;
	if ((check->which != 0 ? qemu->sev_snp_guest : qemu->sev_guest) != 0)
		probe_say(result, PROBE_PASS, "it has the object '%s'", check->word);
	else
		probe_say(result, PROBE_FAIL, "QEMU %u.%u has no object '%s'", qemu->major,
			  qemu->minor, check->word);
}

static void judge_kvm(struct probe_result *result, const struct host_readings *readings)
{
	const struct host_qemu *qemu = readings->qemu;

	if (is_unasked(result, readings))
		return;
	if (qemu->kvm_usable)
		probe_say(result, PROBE_PASS, "QEMU can use KVM");
	else if (!qemu->kvm_built)
		probe_say(result, PROBE_FAIL,
			  "KVM is not usable on this host (QEMU was built without it)");
	else
		probe_say(result, PROBE_FAIL,
			  "KVM is not usable on this host (QEMU could not open it)");
}

static void judge_property(struct probe_result *result, const struct host_readings *readings)
{
	const struct host_qemu *qemu = readings->qemu;
	const struct probe_check *check = result->check;
	uint32_t properties = qemu == NULL		     ? 0 :
			      check->levels == PROBE_SEV_SNP ? qemu->sev_snp_guest :
							       qemu->sev_guest;
	bool has = (properties & HOST_PROPERTY_BIT((unsigned int)check->which)) != 0;

	if (!is_unasked(result, readings))
		probe_say(result, has ? PROBE_PASS : PROBE_WARN, "it %s '%s'",
			  has ? "has" : "lacks", check->word);
}

static void judge_model(struct probe_result *result, const struct host_readings *readings)
{
	if (is_unasked(result, readings))
		return;
	for (size_t i = 0; i < ARRAY_LEN(usual_models); i++) {
		const struct host_cpu_model *model =
			host_cpu_model_find(readings->qemu, usual_models[i]);

		if (model != NULL && model->runnable) {
			probe_say(result, PROBE_PASS, "the best EPYC that runs here is %s",
				  usual_models[i]);
			return;
		}
	}
	probe_say(result, PROBE_WARN, "no EPYC model of this QEMU runs here whole");
}

static void judge_image(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t level = result->check->levels;

	if (!readings->images_read) {
		probe_say(result, PROBE_UNKNOWN, "no firmware image was looked at");
		return;
	}
	for (size_t i = 0; i < readings->n_images; i++)
		if ((readings->images[i].levels & level) != 0) {
			probe_say(result, PROBE_PASS, "%s", readings->images[i].path);
			return;
		}
	probe_say(result, PROBE_WARN, "none of %zu images in the usual places can boot it",
		  readings->n_images);
}

static void judge_hashes(struct probe_result *result, const struct host_readings *readings)
{
	if (!readings->images_read) {
		probe_say(result, PROBE_UNKNOWN, "no firmware image was looked at");
		return;
	}
	for (size_t i = 0; i < readings->n_images; i++)
		if (readings->images[i].kernel_hashes) {
			probe_say(result, PROBE_PASS, "%s", readings->images[i].path);
			return;
		}
	probe_say(result, PROBE_WARN, "none of %zu images in the usual places measures a kernel",
		  readings->n_images);
}

#define SEE_FIRMWARE "'snplaunch firmware' says of each image why not; name another with --firmware"
#define QEMU_OLD(version) "install QEMU " version " or newer"

static const struct probe_check rows[] = {
	{ "qemu.version", PROBE_ALL, judge_version,
	  .why = "what QEMU can do is asked from QEMU itself",
	  .remedy = "install qemu-system-x86, or name one with --qemu" },
	{ "qemu.sev_guest", PROBE_SEV, judge_object, .word = "sev-guest",
	  .why = "QEMU makes SEV guests by this object", .remedy = QEMU_OLD("2.12") },
	{ "qemu.es_guest", PROBE_SEV_ES, judge_object, .word = "sev-guest",
	  .why = "QEMU makes SEV-ES guests by this object", .remedy = QEMU_OLD("6.0") },
	{ "qemu.snp_guest", PROBE_SEV_SNP, judge_object, .which = 1, .word = "sev-snp-guest",
	  .why = "QEMU makes SEV-SNP guests by this object", .remedy = QEMU_OLD("9.1") },
	{ "qemu.kvm", PROBE_ALL, judge_kvm, "kvm.device",
	  .why = "encrypted guests run by KVM alone", .remedy = "check /dev/kvm" },
	{ "qemu.kernel_hashes", PROBE_SEV_AND_ES, judge_property, "qemu.sev_guest",
	  .which = HOST_PROPERTY_KERNEL_HASHES, .word = "kernel-hashes",
	  .why = "a kernel that is given directly can be measured", .remedy = QEMU_OLD("6.2") },
	{ "qemu.legacy_vm_type", PROBE_SEV_AND_ES, judge_property, "qemu.sev_guest",
	  .which = HOST_PROPERTY_LEGACY_VM_TYPE, .word = "legacy-vm-type",
	  .why = "with 'legacy_vm_type' off newer kernels start SEV-ES guests",
	  .remedy = "leave 'legacy_vm_type' out, or " QEMU_OLD("9.1") },
	{ "qemu.cpu_model", PROBE_ALL, judge_model, "cpu.sev",
	  .why = "a launch digest covers the model's signature, so a model is named",
	  .remedy = "'snplaunch cpus' lists what each model lacks" },
	{ "image.sev", PROBE_SEV, judge_image, .why = "firmware that knows SEV",
	  .remedy = SEE_FIRMWARE },
	{ "image.sev_es", PROBE_SEV_ES, judge_image, .why = "firmware that knows SEV-ES",
	  .remedy = SEE_FIRMWARE },
	{ "image.sev_snp", PROBE_SEV_SNP, judge_image, .why = "firmware with SEV metadata",
	  .remedy = SEE_FIRMWARE },
	{ "image.kernel_hashes", 0, judge_hashes,
	  .why = "only edk2's AmdSev build checks a kernel that is given directly",
	  .remedy = "build it, or boot from a disk: kernel_hashes off" },
};

const struct probe_table probe_qemu_checks = { rows, ARRAY_LEN(rows) };
