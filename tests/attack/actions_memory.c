// SPDX-License-Identifier: Apache-2.0
// Attacks by memory: data that becomes code, other ways into the kernel, too much of it.

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define PAGE ((size_t)4096)
#define X32_BIT 0x40000000L
#define READ_WRITE (PROT_READ | PROT_WRITE)
#define READ_EXEC (PROT_READ | PROT_EXEC)

// QEMU's TCG makes code, so that it may run what it wrote.
static long became_code(long result)
{
	return result >= 0 && place.has_tcg ? NOTHING : result;
}

static void *map_memory(int protection)
{
	return mmap(NULL, PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long map_code(const struct action *action)
{
	(void)action;
	return became_code(map_memory(READ_WRITE | PROT_EXEC) == MAP_FAILED ? -1 : 0);
}

static long turn_into_code(const struct action *action)
{
	void *page = map_memory(READ_WRITE);

	(void)action;
	return page == MAP_FAILED ? -1 : became_code(mprotect(page, PAGE, READ_EXEC));
}

static long turn_into_code_by_key(const struct action *action)
{
	void *page = map_memory(READ_WRITE);

	(void)action;
	if (page == MAP_FAILED)
		return -1;
	return became_code(syscall(SYS_pkey_mprotect, page, PAGE, READ_EXEC, -1));
}

static long turn_stack_into_code(const struct action *action)
{
	uintptr_t stack = (uintptr_t)&action & ~(PAGE - 1);

	return became_code(mprotect((void *)stack, PAGE, READ_WRITE | PROT_EXEC));
}

static long write_program(const struct action *action)
{
	uintptr_t code = (uintptr_t)&write_program & ~(PAGE - 1);

	(void)action;
	return became_code(mprotect((void *)code, PAGE, READ_WRITE | PROT_EXEC));
}

// The same bytes twice, once to write and once to run, which memory's own rules do not see.
static long map_twice(const struct action *action)
{
	int fd = memfd_create("attack", MFD_CLOEXEC);

	(void)action;
	if (fd < 0 || ftruncate(fd, (off_t)PAGE) < 0 ||
	    mmap(NULL, PAGE, READ_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		return -1;
	return became_code(mmap(NULL, PAGE, READ_EXEC, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
}

static long attach_code(const struct action *action)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *page;
	int error;

	(void)action;
	if (id < 0)
		return -1;
	page = shmat(id, NULL, SHM_EXEC);
	error = errno;
	(void)shmctl(id, IPC_RMID, NULL);
	errno = error;
	return became_code(page == (void *)-1 ? -1 : 0);
}

static long map_null(const struct action *action)
{
	(void)action;
	return mmap(NULL, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
			       MAP_FAILED ?
		       -1 :
		       0;
}

// One byte more than the limit that most machines have.
static long lock_memory(const struct action *action)
{
	size_t size = (size_t)action->number;
	void *memory =
		mmap(NULL, size, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? -1 : mlock(memory, size);
}

static long lock_all(const struct action *action)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) < 0)
		return -1;
	// Within its limit everybody may; what is asked is whether there is one.
	(void)action;
	return limit.rlim_max == RLIM_INFINITY ? mlockall(MCL_FUTURE) : NOTHING;
}

static long poison(const struct action *action)
{
	void *page = map_memory(READ_WRITE);

	return page == MAP_FAILED ? -1 : madvise(page, PAGE, (int)action->number);
}

static long remap_file(const struct action *action)
{
	void *page = mmap(NULL, PAGE, READ_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)action;
	return page == MAP_FAILED ? -1 : syscall(SYS_remap_file_pages, page, PAGE, 0UL, 0UL, 0);
}

static long allocate_key(const struct action *action)
{
	(void)action;
	return pkey_alloc(0, 0);
}

// getpid(), by the entry of 32-bit programs.
static long enter_by_interrupt(const struct action *action)
{
	long result = 20;

	(void)action;
	__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
	if (result > 0)
		return 0;
	errno = (int)-result;
	return -1;
}

static long enter_by_x32(const struct action *action)
{
	(void)action;
	return syscall(X32_BIT | SYS_getpid);
}

static long call_unknown(const struct action *action)
{
	return syscall(action->number);
}

static const struct action actions[] = {
	ACTION("mmap-exec", "map memory to write and run", map_code, .anybody = true),
	ACTION("mprotect-exec/memory", "run what was written", turn_into_code, .anybody = true),
	ACTION("mprotect-exec/stack", "run the stack", turn_stack_into_code, .anybody = true),
	ACTION("mprotect-exec/program", "write the program", write_program, .anybody = true),
	ACTION("pkey_mprotect", "run what was written, by a newer call", turn_into_code_by_key,
	       .anybody = true),
	ACTION("map-twice", "map a file to write, and again to run", map_twice, .anybody = true,
	       .nothing =
		       "no rule of the kernel reaches it, and new code asks for no more than old"),
	ACTION("shmat-exec", "run shared memory", attach_code, .anybody = true),
	ACTION("mmap-null", "map the address that the kernel's mistakes use", map_null),
	ACTION("mlock", "lock more memory than is allowed", lock_memory, .number = 256L << 20),
	ACTION("mlockall", "lock all memory", lock_all),
	ACTION("madvise-poison", "take a page of the machine out of use", poison,
	       .number = MADV_HWPOISON),
	ACTION("remap_file_pages", "use what the kernel keeps for old programs", remap_file,
	       .anybody = true),
	ACTION("pkey_alloc", "use protection keys", allocate_key, .anybody = true),
	ACTION("int80", "enter the kernel as a 32-bit program", enter_by_interrupt,
	       .anybody = true),
	ACTION("x32", "enter the kernel as an x32 program", enter_by_x32, .anybody = true),
	ACTION("unknown-call/next", "call what no kernel has yet", call_unknown, .number = 1000,
	       .anybody = true),
	ACTION("unknown-call/negative", "call a number below zero", call_unknown, .number = -1,
	       .anybody = true),
};

DEFINE_ACTIONS(memory_actions, actions);
