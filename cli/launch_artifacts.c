// SPDX-License-Identifier: Apache-2.0
// Stage 4 of a launch: opens what the guest is made of. Files that are measured become sealed
// copies; disks stay what they are.

#include <endian.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/firmware.h"
#include "cli/launch.h"
#include "cli/text_file.h"

#define MIB ((uint64_t)1024 * 1024)

// The boot sector and the setup header (Linux: Documentation/arch/x86/boot.rst).
#define BOOT_SETUP_SECTORS_OFFSET 0x1f1
#define BOOT_SETUP_SECTORS_OLD 4 /* where it says 0 */
#define BOOT_SECTOR_BYTES 512
#define BOOT_FLAG_OFFSET 0x1fe
#define BOOT_FLAG 0xaa55
#define BOOT_HEADER_OFFSET 0x202
#define BOOT_HEADER_MAGIC "HdrS"
#define BOOT_PROTOCOL_OFFSET 0x206
#define BOOT_PROTOCOL_INITRD 0x200 /* the first that loads an initrd */
#define BOOT_HEADER_BYTES 0x208

struct artifact_row {
	const char *word;
	uint64_t size_max;
};

static const struct artifact_row rows[LAUNCH_ARTIFACTS] = {
	[LAUNCH_FIRMWARE] = { "firmware", FIRMWARE_BYTES_MAX },
	[LAUNCH_KERNEL] = { "kernel", 512 * MIB },
	[LAUNCH_INITRD] = { "initrd", 2048 * MIB },
	[LAUNCH_DH_CERT] = { "dh_cert", MIB },
	[LAUNCH_SESSION] = { "session", MIB },
};

const char *launch_artifact_word(enum launch_artifact which)
{
	return rows[which].word;
}

static int take(struct launch *launch, enum launch_artifact which, const struct guest_path *from,
		struct client *client, struct err *err)
{
	AUTO(mem) char *path = NULL;
	AUTO(fd) int fd = -1;

	if (from->text[0] == '\0')
		return 0;
	path = launch_path(launch, from);
	if (client_open(client, OPEN_ARTIFACT, path, &fd, err) < 0)
		return err_context(err, "%s", rows[which].word);
	if (artifact_copy(&launch->artifacts[which], fd, rows[which].word, rows[which].size_max,
			  err) < 0)
		return err_context(err, "'%s'", path);
	return 0;
}

// Of interest only to an owner who may bring a secret.
static int find_secret_area(struct launch *launch, struct err *err)
{
	AUTO(artifact_bytes) struct artifact_bytes image = { 0 };
	struct ovmf ovmf;

	if (launch->guest.sev_session.pause_for_owner != ON_OFF_ON)
		return 0;
	if (artifact_map(&image, &launch->artifacts[LAUNCH_FIRMWARE], err) < 0)
		return -1;
	ovmf_read(&ovmf, image.bytes, image.len);
	launch->secret_area = ovmf.secret_area;
	return 0;
}

// What QEMU checks when it loads a kernel, so that it is said before QEMU is started.
static int check_setup(const uint8_t header[static BOOT_HEADER_BYTES],
		       const struct artifact *kernel, bool has_initrd, struct err *err)
{
	uint8_t sectors = header[BOOT_SETUP_SECTORS_OFFSET];
	uint64_t setup_bytes = ((sectors == 0 ? BOOT_SETUP_SECTORS_OLD : sectors) + UINT64_C(1)) *
			       BOOT_SECTOR_BYTES;
	uint16_t protocol;

	memcpy(&protocol, header + BOOT_PROTOCOL_OFFSET, sizeof(protocol));
	if (setup_bytes > kernel->size)
		return err_set(err, ERR_INPUT,
			       "it has %" PRIu64 " bytes, and its boot header tells of %" PRIu64
			       " bytes of setup code alone: it is cut off",
			       kernel->size, setup_bytes);
	if (has_initrd && le16toh(protocol) < BOOT_PROTOCOL_INITRD)
		return err_set(err, ERR_INPUT,
			       "it has boot protocol %u.%02u, and an initrd needs 2.00 or newer",
			       le16toh(protocol) >> 8, le16toh(protocol) & 0xff);
	return 0;
}

static int check_kernel(const struct artifact *kernel, bool has_initrd, struct err *err)
{
	uint8_t header[BOOT_HEADER_BYTES];
	uint16_t flag;

	if (kernel->size < sizeof(header))
		return err_set(err, ERR_INPUT,
			       "it has %" PRIu64 " bytes, too few for a Linux boot header",
			       kernel->size);
	if (artifact_read(kernel, 0, header, sizeof(header), err) < 0)
		return -1;
	memcpy(&flag, header + BOOT_FLAG_OFFSET, sizeof(flag));
	if (le16toh(flag) != BOOT_FLAG ||
	    memcmp(header + BOOT_HEADER_OFFSET, BOOT_HEADER_MAGIC, 4) != 0)
		return err_set(
			err, ERR_INPUT,
			"it has no Linux boot header: give the bzImage (often called vmlinuz), not "
			"an ELF vmlinux");
	return check_setup(header, kernel, has_initrd, err);
}

// Memory below 4 GiB, of which QEMU keeps the end for itself.
#define LOW_MEMORY_ALL 0xb0000000U /* with as much of it, machine q35 has only the next */
#define LOW_MEMORY_MAX 0x80000000U
#define LOW_MEMORY_RESERVED 0x28001U

static int check_initrd(const struct launch *launch, struct err *err)
{
	uint64_t memory = launch->plan.memory_mib * MIB;
	uint64_t room = (memory < LOW_MEMORY_ALL ? memory : LOW_MEMORY_MAX) - LOW_MEMORY_RESERVED;
	uint64_t size = launch->artifacts[LAUNCH_INITRD].size;

	if (size < room)
		return 0;
	return err_set(err, ERR_INPUT,
		       "initrd '%s': it has %" PRIu64 " bytes, and %u MiB of memory have room for "
		       "less than %" PRIu64 ": give the guest more with --memory-mib",
		       launch->guest.initrd.text, size, launch->plan.memory_mib, room);
}

static int take_kernel(struct launch *launch, struct client *client, struct err *err)
{
	const struct artifact *kernel = &launch->artifacts[LAUNCH_KERNEL];
	bool has_initrd = launch->guest.initrd.text[0] != '\0';

	if (take(launch, LAUNCH_KERNEL, &launch->guest.kernel, client, err) < 0)
		return -1;
	if (kernel->fd >= 0 && check_kernel(kernel, has_initrd, err) < 0)
		return err_context(err, "kernel '%s'", launch->guest.kernel.text);
	if (take(launch, LAUNCH_INITRD, &launch->guest.initrd, client, err) < 0)
		return -1;
	return has_initrd ? check_initrd(launch, err) : 0;
}

// A small binary file that becomes a property of the SNP object.
struct blob {
	const char *key;
	uint8_t *bytes;
	size_t len; // exactly
};

static int take_blob(const struct blob *blob, const char *path, struct client *client,
		     struct err *err)
{
	AUTO(text_file) struct text_file file = { 0 };
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_ARTIFACT, path, &fd, err) < 0 ||
	    text_file_read(&file, fd, blob->len + 1, err) < 0)
		return err_context(err, "%s", blob->key);
	if (file.len > blob->len)
		return err_set(err, ERR_INPUT, "%s '%s': has more than %zu bytes", blob->key, path,
			       blob->len);
	if (file.len < blob->len)
		return err_set(err, ERR_INPUT, "%s '%s': has %zu bytes, must have %zu", blob->key,
			       path, file.len, blob->len);
	memcpy(blob->bytes, file.bytes, blob->len);
	return 0;
}

static int take_id_block(struct launch *launch, struct client *client, struct err *err)
{
	const struct guest_id_block *from = &launch->guest.id_block;
	struct plan_sev *sev = &launch->plan.sev;
	const struct blob block = { "id_block.block", sev->id_block, sizeof(sev->id_block) };
	const struct blob auth = { "id_block.auth", sev->id_auth, sizeof(sev->id_auth) };
	AUTO(mem) char *block_path = NULL;
	AUTO(mem) char *auth_path = NULL;

	if (from->block.text[0] == '\0')
		return 0;
	block_path = launch_path(launch, &from->block);
	auth_path = launch_path(launch, &from->auth);
	if (take_blob(&block, block_path, client, err) < 0 ||
	    take_blob(&auth, auth_path, client, err) < 0)
		return -1;
	sev->has_id_block = 1;
	sev->has_id_auth = 1;
	return 0;
}

// The parts of a qcow2 header that name other files (QEMU: docs/interop/qcow2.rst). Big endian.
#define QCOW2_MAGIC 0x514649fbU
#define QCOW2_BACKING_OFFSET 8
#define QCOW2_FEATURES_OFFSET 72
#define QCOW2_FEATURE_DATA_FILE (UINT64_C(1) << 2)
#define QCOW2_HEADER_BYTES 80

// QEMU would open any file that the header names, with its own rights.
static int check_qcow2(int fd, struct err *err)
{
	uint8_t header[QCOW2_HEADER_BYTES] = { 0 };
	uint32_t version;
	uint64_t backing;
	uint64_t features;
	uint32_t magic;

	if (pread(fd, header, sizeof(header), 0) < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot read its header");
	memcpy(&magic, header, sizeof(magic));
	memcpy(&version, header + sizeof(magic), sizeof(version));
	memcpy(&backing, header + QCOW2_BACKING_OFFSET, sizeof(backing));
	memcpy(&features, header + QCOW2_FEATURES_OFFSET, sizeof(features));
	if (be32toh(magic) != QCOW2_MAGIC)
		return err_set(err, ERR_INPUT, "it is not a qcow2 image: its format may be raw");
	if (backing != 0)
		return err_set(err, ERR_REFUSED,
			       "it names a backing file, which is not opened: make it one image "
			       "(qemu-img convert)");
	if (be32toh(version) > 2 && (be64toh(features) & QCOW2_FEATURE_DATA_FILE) != 0)
		return err_set(err, ERR_REFUSED,
			       "it names an external data file, which is not opened: make it one "
			       "image (qemu-img convert)");
	return 0;
}

static int open_disks(struct launch *launch, struct client *client, struct err *err)
{
	for (size_t i = 0; i < launch->plan.n_disks; i++) {
		struct plan_disk *disk = &launch->plan.disks[i];
		AUTO(mem) char *path = launch_path(launch, &launch->guest.disks[i].path);
		struct stat st;

		if (client_open(client, disk->read_only ? OPEN_DISK_READ : OPEN_DISK_WRITE, path,
				&launch->disk_fds[i], err) < 0)
			return err_context(err, "disk '%s'", disk->serial);
		if (fstat(launch->disk_fds[i], &st) < 0)
			return err_sys(err, "cannot look at disk '%s'", disk->serial);
		disk->is_block_device = S_ISBLK(st.st_mode);
		if (disk->format == DISK_QCOW2 && check_qcow2(launch->disk_fds[i], err) < 0)
			return err_context(err, "disk '%s': '%s'", disk->serial, path);
	}
	return 0;
}

int launch_artifacts(struct launch *launch, struct client *client, struct err *err)
{
	const struct guest_sev_session *session = &launch->guest.sev_session;

	if (take_kernel(launch, client, err) < 0 || launch_take_firmware(launch, client, err) < 0 ||
	    find_secret_area(launch, err) < 0 ||
	    take(launch, LAUNCH_DH_CERT, &session->dh_cert, client, err) < 0 ||
	    take(launch, LAUNCH_SESSION, &session->session, client, err) < 0 ||
	    take_id_block(launch, client, err) < 0)
		return -1;
	return open_disks(launch, client, err);
}
