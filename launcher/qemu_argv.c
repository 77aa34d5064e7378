// SPDX-License-Identifier: Apache-2.0
// Builds QEMU's command line, one function for each group of options.
//
// Strings that came from a user or a guest file go into JSON objects, or are the kernel command
// line; everything else is an integer, a word from a table here, or a name that plan_check() has
// found to be plain. Files are descriptors: QEMU sees no path but /proc/self/fd/N and /dev/sev.

#include "launcher/qemu_argv.h"

#include <inttypes.h>
#include <stdio.h>

#include "launcher/layout.h"

// IDs that the options below share.
#define SEV_ID "sev0"
#define FIRMWARE_NODE "firmware"
#define QMP_CHARDEV "qmp"
#define CONSOLE_CHARDEV "console"
#define FIRMWARE_LOG_CHARDEV "firmware-log"

// OVMF writes its debug output to this port (edk2's PcdDebugIoPort).
#define FIRMWARE_LOG_IOBASE 0x402

static const char sandbox[] =
	"on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

static void push_fdset(struct argv *argv, int fd)
{
	argv_push(argv, "-add-fd");
	argv_pushf(argv, "fd=%d,set=%d", fd, fd);
}

static void push_socket_chardev(struct argv *argv, const char *id, int fd)
{
	argv_push(argv, "-chardev");
	argv_pushf(argv, "socket,id=%s,fd=%d", id, fd);
}

static void push_basics(struct argv *argv)
{
	argv_push(argv, "-no-user-config");
	argv_push(argv, "-nodefaults");
	argv_push_pair(argv, "-display", "none");
	argv_push_pair(argv, "-sandbox", sandbox);
}

static void push_qmp(struct argv *argv, int fd)
{
	push_socket_chardev(argv, QMP_CHARDEV, fd);
	argv_push_pair(argv, "-mon", "chardev=" QMP_CHARDEV ",mode=control");
}

// 'kvm_fd' is -1 where QEMU opens /dev/kvm itself.
static void push_accel(struct argv *argv, enum accel accel, int kvm_fd)
{
	if (accel != ACCEL_KVM) {
		argv_push_pair(argv, "-accel", "tcg");
	} else if (kvm_fd < 0) {
		argv_push_pair(argv, "-accel", "kvm");
	} else {
		push_fdset(argv, kvm_fd);
		argv_push(argv, "-accel");
		argv_pushf(argv, "kvm,device=/dev/fdset/%d", kvm_fd);
	}
}

static void push_machine(struct argv *argv, const struct plan *plan)
{
	argv_push(argv, "-machine");
	argv_pushf(
		argv,
		"%s,smm=off,vmport=off,usb=off,graphics=off,mem-merge=off,dump-guest-core=off%s%s",
		plan->machine,
		plan->firmware_mapping == FIRMWARE_PFLASH ? ",pflash0=" FIRMWARE_NODE : "",
		plan->level > LEVEL_OFF ? ",confidential-guest-support=" SEV_ID : "");
}

static void push_processors(struct argv *argv, const struct plan *plan)
{
	argv_push_pair(argv, "-cpu", plan->cpu_model);
	argv_push(argv, "-smp");
	argv_pushf(argv, "%" PRIu32, plan->vcpus);
}

static void push_memory(struct argv *argv, const struct plan *plan)
{
	argv_push(argv, "-m");
	argv_pushf(argv, "%" PRIu32 "M", plan->memory_mib);
}

static void push_path_option(struct argv *argv, const char *option, int fd)
{
	argv_push(argv, option);
	argv_pushf(argv, "/proc/self/fd/%d", fd);
}

static void push_firmware(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	struct json_text node = { 0 };

	if (plan->firmware_mapping == FIRMWARE_BIOS) {
		push_path_option(argv, "-bios", layout->firmware);
		return;
	}
	push_fdset(argv, layout->firmware);
	json_text_word(&node, "driver", "file");
	json_text_word(&node, "node-name", FIRMWARE_NODE);
	json_text_bool(&node, "read-only", true);
	json_text_fdset(&node, "filename", (unsigned int)layout->firmware);
	argv_push_json(argv, "-blockdev", &node);
}

static void push_kernel(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	if (!plan->has_kernel)
		return;
	push_path_option(argv, "-kernel", layout->kernel);
	if (plan->has_initrd)
		push_path_option(argv, "-initrd", layout->initrd);
	if (plan->has_cmdline)
		argv_push_pair(argv, "-append", plan->cmdline);
}

static void add_common_sev_properties(struct json_text *object, const struct plan_sev *sev)
{
	json_text_word(object, "id", SEV_ID);
	json_text_word(object, "sev-device", "/dev/sev");
	json_text_number(object, "cbitpos", sev->cbitpos);
	json_text_number(object, "reduced-phys-bits", sev->reduced_phys_bits);
	json_text_bool(object, "kernel-hashes", sev->kernel_hashes);
	json_text_number(object, "policy", sev->policy);
}

static void push_sev_guest(struct argv *argv, const struct plan_sev *sev,
			   const struct layout *layout)
{
	struct json_text object = { 0 };

	json_text_word(&object, "qom-type", "sev-guest");
	add_common_sev_properties(&object, sev);
	json_text_number(&object, "handle", 0); // a new firmware handle; sharing one is not offered
	if (sev->legacy_vm_type != ON_OFF_UNSET)
		json_text_word(&object, "legacy-vm-type",
			       sev->legacy_vm_type == ON_OFF_ON ? "on" : "off");
	if (sev->has_session) {
		json_text_fd_path(&object, "dh-cert-file", layout->dh_cert);
		json_text_fd_path(&object, "session-file", layout->session);
	}
	argv_push_json(argv, "-object", &object);
}

static void push_sev_snp_guest(struct argv *argv, const struct plan_sev *sev)
{
	struct json_text object = { 0 };

	json_text_word(&object, "qom-type", "sev-snp-guest");
	add_common_sev_properties(&object, sev);
	json_text_bool(&object, "vcek-disabled", sev->vcek_disabled);
	json_text_bool(&object, "author-key-enabled", sev->author_key_enabled);
	if (sev->has_host_data)
		json_text_base64(&object, "host-data", sev->host_data, sizeof(sev->host_data));
	if (sev->has_guest_visible_workarounds)
		json_text_base64(&object, "guest-visible-workarounds",
				 sev->guest_visible_workarounds,
				 sizeof(sev->guest_visible_workarounds));
	if (sev->has_id_block)
		json_text_base64(&object, "id-block", sev->id_block, sizeof(sev->id_block));
	if (sev->has_id_auth)
		json_text_base64(&object, "id-auth", sev->id_auth, sizeof(sev->id_auth));
	argv_push_json(argv, "-object", &object);
}

static void push_encryption(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	if (plan->level == LEVEL_SEV_SNP)
		push_sev_snp_guest(argv, &plan->sev);
	else if (plan->level > LEVEL_OFF)
		push_sev_guest(argv, &plan->sev, layout);
}

static void push_serial_ports(struct argv *argv, const struct layout *layout)
{
	struct json_text port = { 0 };

	if (layout->console >= 0) {
		push_socket_chardev(argv, CONSOLE_CHARDEV, layout->console);
		argv_push_pair(argv, "-serial", "chardev:" CONSOLE_CHARDEV);
	}
	if (layout->firmware_log >= 0) {
		push_socket_chardev(argv, FIRMWARE_LOG_CHARDEV, layout->firmware_log);
		json_text_word(&port, "driver", "isa-debugcon");
		json_text_number(&port, "iobase", FIRMWARE_LOG_IOBASE);
		json_text_word(&port, "chardev", FIRMWARE_LOG_CHARDEV);
		argv_push_json(argv, "-device", &port);
	}
}

static void push_panic_device(struct argv *argv)
{
	struct json_text device = { 0 };

	json_text_word(&device, "driver", "pvpanic");
	argv_push_json(argv, "-device", &device);
}

static void push_disk(struct argv *argv, const struct plan_disk *disk, size_t index, int fd)
{
	static const char *const drivers[] = { [DISK_RAW] = "raw", [DISK_QCOW2] = "qcow2" };
	struct json_text file = { 0 };
	struct json_text format = { 0 };
	struct json_text device = { 0 };
	char file_node[32];
	char format_node[32];

	(void)snprintf(file_node, sizeof(file_node), "disk%zu-file", index);
	(void)snprintf(format_node, sizeof(format_node), "disk%zu", index);
	push_fdset(argv, fd);
	json_text_word(&file, "driver", disk->is_block_device ? "host_device" : "file");
	json_text_word(&file, "node-name", file_node);
	json_text_bool(&file, "read-only", disk->read_only);
	json_text_fdset(&file, "filename", (unsigned int)fd);
	argv_push_json(argv, "-blockdev", &file);
	json_text_word(&format, "driver", drivers[disk->format]);
	json_text_word(&format, "node-name", format_node);
	json_text_bool(&format, "read-only", disk->read_only);
	json_text_word(&format, "file", file_node);
	if (disk->format == DISK_QCOW2)
		json_text_null(&format, "backing"); // never what the image's header names
	argv_push_json(argv, "-blockdev", &format);
	json_text_word(&device, "driver", "virtio-blk-pci");
	json_text_word(&device, "id", disk->serial);
	json_text_word(&device, "drive", format_node);
	json_text_word(&device, "serial", disk->serial);
	json_text_word(&device, "disable-legacy", "on");
	argv_push_json(argv, "-device", &device);
}

static void push_disks(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	for (size_t i = 0; i < plan->n_disks; i++)
		push_disk(argv, &plan->disks[i], i, layout->disks[i]);
}

static void push_network(struct argv *argv, const struct plan_network *network, size_t index,
			 int fd)
{
	struct json_text device = { 0 };
	char netdev[32];
	char mac[18];

	(void)snprintf(netdev, sizeof(netdev), "net%zu", index);
	(void)snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", network->mac[0],
		       network->mac[1], network->mac[2], network->mac[3], network->mac[4],
		       network->mac[5]);
	argv_push(argv, "-netdev");
	argv_pushf(argv, "tap,id=%s,fd=%d", netdev, fd);
	json_text_word(&device, "driver", "virtio-net-pci");
	json_text_word(&device, "netdev", netdev);
	json_text_word(&device, "mac", mac);
	json_text_word(&device, "romfile",
		       ""); // no option ROM: nothing unmeasured runs before the firmware
	json_text_word(&device, "disable-legacy", "on");
	argv_push_json(argv, "-device", &device);
}

static void push_networks(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	for (size_t i = 0; i < plan->n_networks; i++)
		push_network(argv, &plan->networks[i], i, layout->networks[i]);
}

static void push_vsock(struct argv *argv, const struct plan *plan, const struct layout *layout)
{
	struct json_text device = { 0 };
	char fd[16];

	if (layout->vsock < 0)
		return;
	(void)snprintf(fd, sizeof(fd), "%d", layout->vsock);
	json_text_word(&device, "driver", "vhost-vsock-pci");
	json_text_number(&device, "guest-cid", plan->vsock_cid);
	json_text_word(&device, "vhostfd", fd);
	json_text_word(&device, "disable-legacy", "on");
	argv_push_json(argv, "-device", &device);
}

void qemu_argv(struct argv *argv, const struct plan *plan)
{
	struct layout layout = layout_of(plan);

	argv_push(argv, "qemu-system-x86_64");
	argv_push_pair(argv, "-name", plan->name);
	push_basics(argv);
	argv_push(argv, "-S");
	argv_push_pair(argv, "-action", "reboot=shutdown");
	push_qmp(argv, layout.qmp);
	push_accel(argv, plan->accel, layout.kvm);
	push_machine(argv, plan);
	push_processors(argv, plan);
	push_memory(argv, plan);
	push_encryption(argv, plan, &layout);
	push_firmware(argv, plan, &layout);
	push_kernel(argv, plan, &layout);
	push_serial_ports(argv, &layout);
	push_panic_device(argv);
	push_disks(argv, plan, &layout);
	push_networks(argv, plan, &layout);
	push_vsock(argv, plan, &layout);
}

void qemu_argv_probe(struct argv *argv, enum accel accel, bool kvm_by_path)
{
	argv_push(argv, "qemu-system-x86_64");
	push_basics(argv);
	argv_push(argv, "-S");
	push_qmp(argv, LAYOUT_FIRST_FD);
	push_accel(argv, accel, kvm_by_path ? -1 : LAYOUT_FIRST_FD + 1);
	argv_push_pair(argv, "-machine", "none");
}
