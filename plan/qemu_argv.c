// SPDX-License-Identifier: Apache-2.0
// Builds QEMU's command line: first as one text, which reads as one would type it, with single
// quotes in JSON; then that is taken apart at its spaces.
//
// What stands in the text is an integer, a word of ours, base64, or a name that plan_check() has
// found to be plain. None of these holds a mark that gives the text its shape, and add() makes sure of
// that once more: each argument and each JSON object has the shape of its format. The kernel command
// line, which may hold anything, is no part of the text.
//
// Files are descriptors: QEMU sees no path but /proc/self/fd/N and /dev/sev.

#include "plan/qemu_argv.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_base64.h"
#include "plan/layout.h"

// Room for as many disks and networks as a plan can have and for all that SEV-SNP has in base64.
#define LINE_SIZE 32768

static const char *const json_bool[] = { "false", "true" };

static size_t count_marks(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += strchr(" ,:'\"\\{}", *text) != NULL;
	return n;
}

// Adds to the text 'when' the plan has what the format is about. A value that held one of the marks
// that give the text its shape would be a mistake of ours, and the end of us.
PRINTF_LIKE(3, 4)
static void add(char *line, bool when, const char *fmt, ...)
{
	char *end = line + strlen(line);
	va_list args;

	if (!when)
		return;
	va_start(args, fmt);
	(void)vsnprintf(end, LINE_SIZE - strlen(line), fmt, args);
	va_end(args);
	assert(count_marks(end) == count_marks(fmt));
}

static void add_base64(char *line, bool when, const char *key, const uint8_t *bytes, size_t len)
{
	char encoded[TEXT_BASE64_SIZE(SNP_ID_AUTH_BYTES)];

	text_base64_encode(encoded, bytes, len);
	add(line, when, ",'%s':'%s'", key, encoded);
}

// Takes the text apart. 'cmdline' becomes what follows "-append".
static void push_line(struct argv *argv, char *line, const char *cmdline)
{
	for (char *at = line; *at != '\0'; at++) {
		assert(*at >= ' ' && *at <= '~' && *at != '"' && *at != '\\');
		if (*at == '\'')
			*at = '"';
	}
	for (char *item = strtok(line, " "); item != NULL; item = strtok(NULL, " ")) {
		argv_push(argv, item);
		if (strcmp(item, "-append") == 0)
			argv_push(argv, cmdline);
	}
}

// A plan's machine type is the newest of its QEMU, so its version is QEMU's.
static bool is_qemu(const char *machine, unsigned long major, unsigned long minor)
{
	static const char prefix[] = "pc-q35-";
	unsigned long has;
	char *end;

	if (strncmp(machine, prefix, strlen(prefix)) != 0)
		return false;
	has = strtoul(machine + strlen(prefix), &end, 10);
	if (has != major)
		return has > major;
	return *end == '.' && strtoul(end + 1, NULL, 10) >= minor;
}

// 'machine' is empty when nobody knows yet which QEMU it is. 'kvm_fd' is -1 without KVM, and where
// QEMU opens /dev/kvm itself. QEMU 11.1 warns of -mon, and has an object instead.
static void add_basics(char *line, const char *machine, int qmp_fd, enum accel accel, int kvm_fd)
{
	bool has_monitor_object = is_qemu(machine, 11, 1);

	add(line, true,
	    " -no-user-config -nodefaults -display none"
	    " -sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"
	    " -S -action reboot=shutdown -chardev socket,id=qmp,fd=%d",
	    qmp_fd);
	add(line, !has_monitor_object, " -mon chardev=qmp,mode=control");
	add(line, has_monitor_object,
	    " -object {'qom-type':'monitor-qmp','id':'monitor0','chardev':'qmp'}");
	add(line, kvm_fd >= 0, " -add-fd fd=%d,set=%d", kvm_fd, kvm_fd);
	add(line, true, " -accel %s", accel == ACCEL_KVM ? "kvm" : "tcg");
	add(line, kvm_fd >= 0, ",device=/dev/fdset/%d", kvm_fd);
}

// SEV's handle 0 is a new one; sharing one is not offered.
static void add_sev(char *line, const struct plan *plan, const struct layout *layout)
{
	const struct plan_sev *sev = &plan->sev;
	bool snp = plan->level == LEVEL_SEV_SNP;

	add(line, true,
	    " -object {'qom-type':'%s','id':'sev0','sev-device':'/dev/sev','cbitpos':%" PRIu32
	    ",'reduced-phys-bits':%" PRIu32 ",'kernel-hashes':%s,'policy':%" PRIu64,
	    snp ? "sev-snp-guest" : "sev-guest", sev->cbitpos, sev->reduced_phys_bits,
	    json_bool[sev->kernel_hashes], sev->policy);
	add(line, !snp, ",'handle':0");
	add(line, !snp && sev->legacy_vm_type != ON_OFF_UNSET, ",'legacy-vm-type':'%s'",
	    sev->legacy_vm_type == ON_OFF_ON ? "on" : "off");
	add(line, sev->has_session, ",'dh-cert-file':'/proc/self/fd/%d'", layout->dh_cert);
	add(line, sev->has_session, ",'session-file':'/proc/self/fd/%d'", layout->session);
	add(line, snp, ",'vcek-disabled':%s", json_bool[sev->vcek_disabled]);
	add(line, snp, ",'author-key-enabled':%s", json_bool[sev->author_key_enabled]);
	add_base64(line, sev->has_host_data, "host-data", sev->host_data, SNP_HOST_DATA_BYTES);
	add_base64(line, sev->has_guest_visible_workarounds, "guest-visible-workarounds",
		   sev->guest_visible_workarounds, SNP_GOSVW_BYTES);
	add_base64(line, sev->has_id_block, "id-block", sev->id_block, SNP_ID_BLOCK_BYTES);
	add_base64(line, sev->has_id_auth, "id-auth", sev->id_auth, SNP_ID_AUTH_BYTES);
	add(line, true, "}");
}

// Machine, processors, memory, protection, firmware and kernel: what a launch digest may cover.
static void add_machine(char *line, const struct plan *plan, const struct layout *layout)
{
	bool flash = plan->firmware_mapping == FIRMWARE_PFLASH;

	add(line, true,
	    " -machine %s,smm=off,vmport=off,usb=off,graphics=off,mem-merge=off,dump-guest-core=off",
	    plan->machine);
	add(line, flash, ",pflash0=firmware");
	add(line, plan->level > LEVEL_OFF, ",confidential-guest-support=sev0");
	add(line, true, " -cpu %s -smp %" PRIu32, plan->cpu_model, plan->vcpus);
	add(line, true, " -m %" PRIu32 "M", plan->memory_mib);
	if (plan->level > LEVEL_OFF)
		add_sev(line, plan, layout);
	add(line, !flash, " -bios /proc/self/fd/%d", layout->firmware);
	add(line, flash, " -add-fd fd=%d,set=%d", layout->firmware, layout->firmware);
	add(line, flash, " -blockdev {'driver':'file','node-name':'firmware'");
	add(line, flash, ",'read-only':true,'filename':'/dev/fdset/%d'}", layout->firmware);
	add(line, plan->has_kernel, " -kernel /proc/self/fd/%d", layout->kernel);
	add(line, plan->has_initrd, " -initrd /proc/self/fd/%d", layout->initrd);
	add(line, plan->has_cmdline, " -append");
}

// A qcow2 image has no backing file, whatever its header names.
static void add_disk(char *line, const struct plan_disk *disk, size_t i, int fd)
{
	const char *read_only = json_bool[disk->read_only];
	bool qcow2 = disk->format == DISK_QCOW2;

	add(line, true,
	    " -add-fd fd=%d,set=%d"
	    " -blockdev {'driver':'%s','node-name':'disk%zu-file','read-only':%s,'filename':'/dev/fdset/%d'}"
	    " -blockdev {'driver':'%s','node-name':'disk%zu','read-only':%s,'file':'disk%zu-file'",
	    fd, fd, disk->is_block_device ? "host_device" : "file", i, read_only, fd,
	    qcow2 ? "qcow2" : "raw", i, read_only, i);
	add(line, qcow2, ",'backing':null");
	add(line, true, "} -device {'driver':'virtio-blk-pci','id':'%s','drive':'disk%zu'",
	    disk->serial, i);
	add(line, true, ",'serial':'%s','disable-legacy':'on'}", disk->serial);
}

// The card has no option ROM: nothing unmeasured runs before the firmware.
static void add_network(char *line, const uint8_t *mac, size_t i, int fd)
{
	add(line, true,
	    " -netdev tap,id=net%zu,fd=%d -device {'driver':'virtio-net-pci','netdev':'net%zu'"
	    ",'mac':'%02x:%02x:%02x:%02x:%02x:%02x','romfile':'','disable-legacy':'on'}",
	    i, fd, i, mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

// OVMF writes its debug output to port 0x402 (edk2's PcdDebugIoPort), which JSON calls 1026.
static void add_devices(char *line, const struct plan *plan, const struct layout *layout)
{
	add(line, plan->has_console, " -chardev socket,id=console,fd=%d -serial chardev:console",
	    layout->console);
	add(line, plan->has_firmware_log,
	    " -chardev socket,id=firmware-log,fd=%d"
	    " -device {'driver':'isa-debugcon','iobase':1026,'chardev':'firmware-log'}",
	    layout->firmware_log);
	add(line, true, " -device {'driver':'pvpanic'}");
	for (size_t i = 0; i < plan->n_disks; i++)
		add_disk(line, &plan->disks[i], i, layout->disks[i]);
	for (size_t i = 0; i < plan->n_networks; i++)
		add_network(line, plan->networks[i].mac, i, layout->networks[i]);
	add(line, plan->vsock_cid != 0, " -device {'driver':'vhost-vsock-pci','guest-cid':%" PRIu32,
	    plan->vsock_cid);
	add(line, plan->vsock_cid != 0, ",'vhostfd':'%d','disable-legacy':'on'}", layout->vsock);
}

void qemu_argv(struct argv *argv, const struct plan *plan)
{
	struct layout layout = layout_of(plan);
	char line[LINE_SIZE] = "qemu-system-x86_64";

	add(line, true, " -name %s", plan->name);
	add_basics(line, plan->machine, layout.qmp, plan->accel, layout.kvm);
	add_machine(line, plan, &layout);
	add_devices(line, plan, &layout);
	push_line(argv, line, plan->cmdline);
}

void qemu_argv_probe(struct argv *argv, enum accel accel, bool kvm_by_path)
{
	bool gets_kvm = accel == ACCEL_KVM && !kvm_by_path;
	char line[LINE_SIZE] = "qemu-system-x86_64";

	add_basics(line, "", LAYOUT_FIRST_FD, accel, gets_kvm ? LAYOUT_FIRST_FD + 1 : -1);
	add(line, true, " -machine none");
	push_line(argv, line, "");
}

void qemu_environment(struct argv *environment, const struct plan *plan)
{
	struct layout layout = layout_of(plan);

	argv_push(environment, "PATH=/usr/bin");
	argv_push(environment, "LC_ALL=C");
	if (!plan->rehearses)
		return;
	argv_pushf(environment, "LD_PRELOAD=/proc/self/fd/%d", layout.library);
	argv_pushf(environment, "SNPLAUNCH_REHEARSAL_SCENARIO_FD=%d", layout.scenario);
	argv_pushf(environment, "SNPLAUNCH_REHEARSAL_ACCOUNT_FD=%d", layout.account);
	if (layout.kvm >= 0)
		argv_pushf(environment, "SNPLAUNCH_REHEARSAL_KVM_FD=%d", layout.kvm);
}
