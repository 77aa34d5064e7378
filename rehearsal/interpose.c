// SPDX-License-Identifier: Apache-2.0
// A library that is preloaded into QEMU and stands between it and /dev/kvm and /dev/sev: a machine
// with SEV-SNP in software, on which a guest is launched and never runs.
//
// QEMU's calls of open(), ioctl() and close() arrive here. What concerns neither device goes on to
// the kernel; the rest is answered from call tables. Descriptors of ours are memory files, so QEMU
// may copy, map and poll them without our help.
//
// The environment says by which descriptors the library is told what to do, all of them optional:
//	SNPLAUNCH_REHEARSAL_SCENARIO_FD	the scenario; a healthy Genoa without
//	SNPLAUNCH_REHEARSAL_ACCOUNT_FD	where the account goes
//	SNPLAUNCH_REHEARSAL_KVM_FD	a descriptor that stands for an open /dev/kvm

// <fcntl.h> would define open() inline when fortified.
#include <asm/fcntl.h>
#include <errno.h>
#include <limits.h>
#include <linux/fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text_number.h"
#include "rehearsal/call.h"
#include "rehearsal/vm.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int open(const char *path, int flags, ...);
EXPORT int open64(const char *path, int flags, ...);
EXPORT int openat(int directory, const char *path, int flags, ...);
EXPORT int openat64(int directory, const char *path, int flags, ...);
EXPORT int __open_2(const char *path, int flags);
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __openat_2(int directory, const char *path, int flags);
EXPORT int __openat64_2(int directory, const char *path, int flags);

static const struct device {
	const char *path;
	const char *call;
	enum object_kind kind;
} devices[] = {
	{ "/dev/kvm", CALL_OPEN_KVM, OBJECT_KVM },
	{ "/dev/sev", CALL_OPEN_SEV, OBJECT_SEV },
};

static struct machine machine = { .account.fd = -1 };

// QEMU calls from several threads. Recursive, because what runs under the lock closes files.
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

static void locked(void)
{
	(void)pthread_mutex_lock(&lock); // cannot fail for a recursive lock of this process
}

static void unlocked(void)
{
	(void)pthread_mutex_unlock(&lock);
}

// As the C library answers for the kernel.
static int answer(int status)
{
	if (status >= 0)
		return status;
	errno = -status;
	return -1;
}

static const struct device *find_device(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(devices); i++)
		if (path != NULL && strcmp(devices[i].path, path) == 0)
			return &devices[i];
	return NULL;
}

static int open_device(const struct device *device)
{
	const struct object object = { .kind = device->kind };
	int status;

	locked();
	status = call_fault(&machine, device->call);
	if (status == 0)
		status = object_create(&object, 0);
	unlocked();
	return answer(status);
}

static int open_any(int directory, const char *path, int flags, unsigned int mode)
{
	const struct device *device = find_device(path);

	if (device != NULL)
		return open_device(device);
	return (int)syscall(SYS_openat, directory, path, flags, mode);
}

// The mode is there only with flags that make a file.
#define MODE_AFTER(flags) \
	({ \
		unsigned int mode = 0; \
		va_list args; \
\
		va_start(args, flags); \
		if (((flags) & (O_CREAT | __O_TMPFILE)) != 0) \
			mode = va_arg(args, unsigned int); \
		va_end(args); \
		mode; \
	})

int open(const char *path, int flags, ...)
{
	return open_any(AT_FDCWD, path, flags, MODE_AFTER(flags));
}

int open64(const char *path, int flags, ...)
{
	return open_any(AT_FDCWD, path, flags, MODE_AFTER(flags));
}

int openat(int directory, const char *path, int flags, ...)
{
	return open_any(directory, path, flags, MODE_AFTER(flags));
}

int openat64(int directory, const char *path, int flags, ...)
{
	return open_any(directory, path, flags, MODE_AFTER(flags));
}

int __open_2(const char *path, int flags)
{
	return open_any(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
	return open_any(AT_FDCWD, path, flags, 0);
}

int __openat_2(int directory, const char *path, int flags)
{
	return open_any(directory, path, flags, 0);
}

int __openat64_2(int directory, const char *path, int flags)
{
	return open_any(directory, path, flags, 0);
}

EXPORT int ioctl(int fd, unsigned long request, ...)
{
	struct vcpu *vcpu = NULL;
	struct object *object;
	int status = 0;
	void *argument;
	va_list args;

	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	locked();
	object = object_find(fd);
	if (object != NULL) {
		status = call_ioctl(&machine, object, request, argument);
		vcpu = object->vcpu;
	}
	unlocked();
	if (object == NULL)
		return (int)syscall(SYS_ioctl, fd, request, argument);
	return answer(status == CALL_WAITS ? vcpu_wait(vcpu) : status);
}

EXPORT int close(int fd)
{
	struct object *object;

	locked();
	object = object_find(fd);
	if (object != NULL && object->kind == OBJECT_VM)
		vm_close(&machine, object->vm);
	unlocked();
	return (int)syscall(SYS_close, fd);
}

// -1 without the variable.
static int descriptor_of(const char *variable, int *fd, struct err *err)
{
	const char *value = getenv(variable);
	uint64_t number = 0;

	*fd = -1;
	if (value == NULL)
		return 0;
	if (text_parse_u64(value, &number) < 0 || number > INT_MAX)
		return err_set(err, ERR_USAGE, "%s is no number of a descriptor", variable);
	*fd = (int)number;
	return 0;
}

static int adopt_kvm(int fd, struct err *err)
{
	const struct object object = { .kind = OBJECT_KVM };

	if (fd >= 0 && answer(object_adopt(&object, fd)) < 0)
		return err_sys(err, "descriptor %d cannot stand for /dev/kvm", fd);
	return 0;
}

static void account_platform(void)
{
	const struct platform *platform = &machine.scenario.platform;

	account_write(&machine.account,
		      "{\"record\":\"platform\",\"name\":\"%s\",\"api_major\":%u,\"api_minor\":%u,"
		      "\"build\":%u,\"tcb\":\"0x%016llx\",\"vm_types\":\"0x%llx\"}",
		      platform->name, platform->api_major, platform->api_minor, platform->build,
		      (unsigned long long)platform_tcb(platform),
		      (unsigned long long)platform->vm_types);
}

static int begin(struct err *err)
{
	int scenario_fd;
	int kvm_fd;

	if (descriptor_of("SNPLAUNCH_REHEARSAL_SCENARIO_FD", &scenario_fd, err) < 0 ||
	    descriptor_of("SNPLAUNCH_REHEARSAL_ACCOUNT_FD", &machine.account.fd, err) < 0 ||
	    descriptor_of("SNPLAUNCH_REHEARSAL_KVM_FD", &kvm_fd, err) < 0)
		return -1;
	scenario_init(&machine.scenario);
	if (scenario_fd >= 0 && scenario_read(&machine.scenario, scenario_fd, err) < 0)
		return -1;
	account_platform();
	return adopt_kvm(kvm_fd, err);
}

__attribute__((constructor)) static void rehearsal_begin(void)
{
	struct err err;

	log_settings.program = "librehearsal";
	if (begin(&err) == 0)
		return;
	log_error("%s", err.text);
	_exit(err_exit_status(&err));
}
