// SPDX-License-Identifier: Apache-2.0
// Attacks by what is inherited: sealed memory, a disk to read, sockets, pipes. Where a place has no
// such descriptor the attack is on -1, which fails with EBADF.

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/tiocl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define FDS_TRIED 32
#define PAGE ((size_t)4096)
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020 /* since Linux 6.3 */
#endif
// linux/psp-sev.h: _IOWR('S', 0, struct sev_issue_cmd), 16 bytes.
#define SEV_ISSUE_CMD 0xc0105300UL
#define HIGH_BITS 0xffffffff00000000UL
#define LONG_LINE ((size_t)1 << 20)

// --- Sealed memory and a disk that is read-only -------------------------------------------------

// 'number' chooses the one or the other.
enum { SEALED, DISK };

static int target(const struct action *action)
{
	return action->number == SEALED ? place.sealed_fd : place.disk_fd;
}

static long write_bytes(const struct action *action)
{
	return pwrite(target(action), "attack", 6, 0);
}

static long cut(const struct action *action)
{
	return ftruncate(target(action), 0);
}

static long grow(const struct action *action)
{
	return fallocate(target(action), 0, 0, 1 << 24);
}

static long punch(const struct action *action)
{
	return fallocate(target(action), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			 (off_t)PAGE);
}

static long map_to_write(const struct action *action)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, target(action), 0);

	return page == MAP_FAILED ? -1 : 0;
}

static long map_then_protect(const struct action *action)
{
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, target(action), 0);

	return page == MAP_FAILED ? -1 : mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static long reopen_to_write(const struct action *action)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%d", action->path, target(action));
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -1 : pwrite(fd, "attack", 6, 0);
}

static long unseal(const struct action *action)
{
	return fcntl(target(action), F_ADD_SEALS, F_SEAL_EXEC);
}

static long change_flags(const struct action *action)
{
	int flags = 0;

	if (ioctl(target(action), FS_IOC_GETFLAGS, &flags) < 0)
		return -1;
	return ioctl(target(action), FS_IOC_SETFLAGS, &flags);
}

static long change_mode(const struct action *action)
{
	struct stat st;

	return fstat(target(action), &st) < 0 ? -1 : fchmod(target(action), st.st_mode & 07777);
}

static long lease(const struct action *action)
{
	return fcntl(target(action), F_SETLEASE, F_RDLCK);
}

static long lock_file(const struct action *action)
{
	return flock(target(action), LOCK_EX | LOCK_NB);
}

// --- Signals by descriptors ---------------------------------------------------------------------

static long own_for_parent(const struct action *action)
{
	(void)action;
	if (fcntl(STDERR_FILENO, F_SETOWN, getppid()) < 0)
		return -1;
	return fcntl(STDERR_FILENO, F_SETSIG, SIGKILL);
}

// --- ioctl on every descriptor ------------------------------------------------------------------

static long control_all(unsigned long request, void *argument)
{
	int last_errno = EBADF;

	for (int fd = 0; fd < FDS_TRIED; fd++) {
		if (syscall(SYS_ioctl, fd, request, argument) >= 0)
			return 0;
		if (errno != EBADF)
			last_errno = errno;
	}
	errno = last_errno;
	return -1;
}

static long inject_input(const struct action *action)
{
	char byte[] = "x";

	return control_all(TIOCSTI | (unsigned long)action->number, byte);
}

static long paste_selection(const struct action *action)
{
	char subcode[16] = { TIOCL_PASTESEL };

	(void)action;
	return control_all(TIOCLINUX, subcode);
}

static long take_terminal(const struct action *action)
{
	(void)action;
	return control_all(TIOCSCTTY, NULL);
}

static long issue_sev_command(const struct action *action)
{
	uint64_t command[2] = { 0 }; // factory reset, if anybody heard it

	return control_all(SEV_ISSUE_CMD | (unsigned long)action->number, command);
}

// A request of each type, with nothing to read or write.
static long control_each_type(const struct action *action)
{
	(void)action;
	for (unsigned long type = 0; type < 256; type++)
		if (control_all(type << 8 | 1, NULL) >= 0)
			return 0;
	return -1;
}

// --- Moving data --------------------------------------------------------------------------------

static long splice_in(const struct action *action)
{
	char byte[1] = "";
	struct iovec part = { byte, 0 };

	(void)action;
	return vmsplice(STDERR_FILENO, &part, 1, 0);
}

static long splice_disk(const struct action *action)
{
	loff_t offset = 0;

	(void)action;
	return splice(STDERR_FILENO, NULL, place.disk_fd, &offset, 1, SPLICE_F_NONBLOCK);
}

static long tee_pipe(const struct action *action)
{
	(void)action;
	return tee(STDERR_FILENO, STDERR_FILENO, 1, SPLICE_F_NONBLOCK);
}

static long send_file(const struct action *action)
{
	off_t offset = 0;

	(void)action;
	return sendfile(place.disk_fd, place.sealed_fd, &offset, 1);
}

static long copy_range(const struct action *action)
{
	off_t from = 0;
	off_t to = 0;

	(void)action;
	return copy_file_range(place.sealed_fd, &from, place.disk_fd, &to, 1, 0);
}

// --- What should not be there -------------------------------------------------------------------

// The launcher numbers what it hands on without gaps; the front has its socket beside.
static long find_more(const struct action *action)
{
	struct stat st;
	bool ended = false;

	(void)action;
	for (int fd = 0; fd < 1024; fd++) {
		if (fd == place.wire_fd)
			continue;
		if (fstat(fd, &st) < 0)
			ended = true;
		else if (ended || S_ISDIR(st.st_mode))
			return 0;
	}
	return NOTHING;
}

// --- The front ----------------------------------------------------------------------------------

// The front ends the launch, which the test sees; if it does not, we are still here.
static long await_end(void)
{
	(void)sleep(5);
	return 0;
}

static long send_descriptors(const struct action *action)
{
	char control[CMSG_SPACE(3 * sizeof(int))] = { 0 };
	char text[] = "{\"QMP\": {}}\r\n";
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
	const int fds[] = { 0, 1, 2 };

	(void)action;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(rights), fds, sizeof(fds));
	return sendmsg(place.qmp_fd, &message, MSG_NOSIGNAL) < 0 ? -1 : await_end();
}

static long send_long_line(const struct action *action)
{
	char bytes[PAGE];
	struct iovec part = { bytes, sizeof(bytes) };
	const struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	(void)action;
	memset(bytes, '{', sizeof(bytes));
	for (size_t sent = 0; sent < LONG_LINE; sent += sizeof(bytes))
		if (sendmsg(place.qmp_fd, &message, MSG_NOSIGNAL) < 0 && errno == EBADF)
			return -1;
	return await_end();
}

static const struct action actions[] = {
	ACTION("sealed-write", "write into the measured kernel", write_bytes, .number = SEALED),
	ACTION("sealed-truncate", "cut it off", cut, .number = SEALED),
	ACTION("sealed-grow", "make it longer", grow, .number = SEALED),
	ACTION("sealed-punch", "put a hole into it", punch, .number = SEALED),
	ACTION("sealed-mmap", "write into it as memory", map_to_write, .number = SEALED),
	ACTION("sealed-mprotect", "make its memory writable", map_then_protect, .number = SEALED),
	ACTION("sealed-reopen", "open it again to write", reopen_to_write, .path = "/proc/self/fd",
	       .number = SEALED),
	ACTION("sealed-unseal", "change its seals", unseal, .number = SEALED),
	ACTION("disk-write", "write to a disk that is read-only", write_bytes, .number = DISK),
	ACTION("disk-truncate", "cut it off", cut, .number = DISK),
	ACTION("disk-punch", "put a hole into it", punch, .number = DISK),
	ACTION("disk-mmap", "write into it as memory", map_to_write, .number = DISK),
	ACTION("disk-mprotect", "make its memory writable", map_then_protect, .number = DISK),
	ACTION("disk-reopen", "open it again to write", reopen_to_write, .path = "/proc/self/fd",
	       .number = DISK),
	ACTION("disk-flags", "change its flags", change_flags, .number = DISK),
	ACTION("disk-chmod", "change who may write it", change_mode, .number = DISK),
	ACTION("setlease", "have others wait to write the disk", lease, .number = DISK),
	ACTION("flock", "lock the disk", lock_file, .number = DISK,
	       .nothing = "QEMU may lock its own disk, and does"),
	ACTION("setown", "have a descriptor signal the parent", own_for_parent,
	       .nothing = "each signal is checked against the rights of who asked for it"),
	ACTION("tiocsti/low", "type into a terminal", inject_input),
	ACTION("tiocsti/high", "likewise, with bits that the kernel ignores", inject_input,
	       .number = (long)HIGH_BITS),
	ACTION("tioclinux", "paste into the machine's console", paste_selection),
	ACTION("tiocsctty", "take a terminal", take_terminal),
	ACTION("sev_issue_cmd/low", "command the machine's SEV firmware", issue_sev_command),
	ACTION("sev_issue_cmd/high", "likewise, with bits that the kernel ignores",
	       issue_sev_command, .number = (long)HIGH_BITS),
	ACTION("ioctl-types", "ask for what each kind of device does", control_each_type),
	ACTION("vmsplice", "give memory to a pipe", splice_in, .anybody = true),
	ACTION("splice", "move a pipe into the disk", splice_disk),
	ACTION("tee", "copy a pipe", tee_pipe),
	ACTION("sendfile", "copy the kernel over the disk", send_file),
	ACTION("copy_file_range", "likewise", copy_range),
	ACTION("more-descriptors", "find a descriptor that was left open", find_more),
	ACTION("qmp-descriptors", "give the front descriptors", send_descriptors),
	ACTION("qmp-line", "send the front a line without end", send_long_line),
};

DEFINE_ACTIONS(descriptor_actions, actions);
