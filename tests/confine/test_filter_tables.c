// SPDX-License-Identifier: Apache-2.0
// The compiled filters against their tables, with every compared bit and every number, and against
// what must be true of them whatever the tables say. Nothing here makes a system call.

#include "tests/confine/bpf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/attributes.h"

#define NUMBERS_TRIED 600
#define X32_BIT 0x40000000
#define TIOCSTI_REQUEST 0x5412

static const uint64_t fills[] = { 0, UINT64_MAX };

// --- What a table means, without jumps ----------------------------------------------------------

static bool condition_holds(const struct filter_condition *condition,
			    const struct seccomp_data *data)
{
	return condition->argument == 0 ||
	       (data->args[condition->argument - 1] & condition->mask) == condition->value;
}

static bool row_matches(const struct filter_row *row, const struct seccomp_data *data)
{
	if (row->number != (unsigned int)data->nr)
		return false;
	for (size_t i = 0; i < FILTER_CONDITIONS_MAX; i++)
		if (!condition_holds(&row->conditions[i], data))
			return false;
	return true;
}

static const struct filter_row *deciding_row(enum filter which, const struct seccomp_data *data)
{
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_table_row(filter_table(which), i)) != NULL; i++)
		if (row_matches(row, data))
			return row;
	return NULL;
}

static uint32_t meant(enum filter which, const struct seccomp_data *data)
{
	const struct filter_row *row = deciding_row(which, data);

	if (row != NULL)
		return row->action;
	if (data->nr > FILTER_NEWEST_CALL && filter_table(which)->otherwise != SECCOMP_RET_ALLOW)
		return SECCOMP_RET_ERRNO | ENOSYS;
	return filter_table(which)->otherwise;
}

static void expect_answer(enum filter which, const struct seccomp_data *data, uint32_t expected)
{
	uint32_t answer = bpf_run(which, data);

	if (answer != expected)
		fail_msg("%s: call %d (0x%llx, 0x%llx, 0x%llx, 0x%llx, 0x%llx) gets 0x%x, not 0x%x",
			 filter_table(which)->name, data->nr, data->args[0], data->args[1],
			 data->args[2], data->args[3], data->args[4], answer, expected);
}

// A call that a row is for; what the row does not compare is 'fill'.
static struct seccomp_data call_of(const struct filter_row *row, uint64_t fill)
{
	struct seccomp_data data = { .nr = (int)row->number, .arch = AUDIT_ARCH_X86_64 };

	for (size_t i = 0; i < ARRAY_LEN(data.args); i++)
		data.args[i] = fill;
	for (size_t i = 0; i < FILTER_CONDITIONS_MAX; i++) {
		const struct filter_condition *condition = &row->conditions[i];

		if (condition->argument != 0)
			data.args[condition->argument - 1] =
				(fill & ~condition->mask) | condition->value;
	}
	return data;
}

// Calls 'visit' for each row of each filter, with arguments that the row is for.
typedef void visitor(enum filter which, const struct filter_row *row, struct seccomp_data data);

static void for_each_row(visitor *visit)
{
	for (enum filter which = 0; which < FILTERS; which++) {
		const struct filter_row *row;

		for (size_t i = 0; (row = filter_table_row(filter_table(which), i)) != NULL; i++)
			for (size_t fill = 0; fill < ARRAY_LEN(fills); fill++)
				visit(which, row, call_of(row, fills[fill]));
	}
}

// --- The programs do what the tables say --------------------------------------------------------

static void check_row(enum filter which, const struct filter_row *row, struct seccomp_data data)
{
	expect_answer(which, &data, meant(which, &data));
	// In the launcher's, rows of its own come before what QEMU and init inherit.
	if (which != FILTER_LAUNCHER && which != FILTER_LAUNCHER_LOG &&
	    deciding_row(which, &data) != row)
		fail_msg("%s: a row of %s is never reached", filter_table(which)->name, row->call);
}

static void each_row_decides_its_calls(void **state)
{
	(void)state;
	for_each_row(check_row);
}

static void flip_bits(enum filter which, const struct filter_row *row, struct seccomp_data data)
{
	for (size_t i = 0; i < FILTER_CONDITIONS_MAX; i++) {
		const struct filter_condition *condition = &row->conditions[i];

		for (unsigned int bit = 0; condition->argument != 0 && bit < 64; bit++) {
			struct seccomp_data flipped = data;

			flipped.args[condition->argument - 1] ^= 1ULL << bit;
			expect_answer(which, &flipped, meant(which, &flipped));
			// A bit that the row does not compare, such as the high half of an int,
			// neither forbids nor evades.
			assert_int_equal(row_matches(row, &flipped),
					 (condition->mask >> bit & 1) == 0);
		}
	}
}

static void each_compared_bit_counts_and_no_other(void **state)
{
	(void)state;
	for_each_row(flip_bits);
}

static void each_number_has_its_answer(void **state)
{
	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		for (int number = 0; number <= NUMBERS_TRIED; number++)
			for (size_t fill = 0; fill < ARRAY_LEN(fills); fill++) {
				struct filter_row any = { .number = (unsigned int)number };
				struct seccomp_data data = call_of(&any, fills[fill]);

				expect_answer(which, &data, meant(which, &data));
			}
}

static bool table_has(enum filter which, unsigned int number)
{
	const struct filter_row *row;

	for (size_t i = 0; (row = filter_table_row(filter_table(which), i)) != NULL; i++)
		if (row->number == number)
			return true;
	return false;
}

// Without deciding_row(): a number that no row has is refused, whatever its arguments are.
static void unlisted_numbers_are_refused(void **state)
{
	(void)state;
	for (enum filter which = 0; which < FILTERS; which++) {
		if (filter_table(which)->otherwise != SECCOMP_RET_KILL_PROCESS)
			continue;
		for (unsigned int number = 0; number <= NUMBERS_TRIED; number++) {
			struct seccomp_data data = { .nr = (int)number, .arch = AUDIT_ARCH_X86_64 };

			if (!table_has(which, number))
				expect_answer(which, &data,
					      number > FILTER_NEWEST_CALL ?
						      SECCOMP_RET_ERRNO | ENOSYS :
						      SECCOMP_RET_KILL_PROCESS);
		}
	}
}

static void only_the_native_table_of_calls_is_open(void **state)
{
	static const uint32_t other_architectures[] = { AUDIT_ARCH_I386, AUDIT_ARCH_AARCH64, 0 };

	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		for (int number = 0; number <= NUMBERS_TRIED; number++) {
			struct seccomp_data data = { .nr = number | X32_BIT,
						     .arch = AUDIT_ARCH_X86_64 };

			expect_answer(which, &data, SECCOMP_RET_KILL_PROCESS);
			data.nr = number;
			for (size_t i = 0; i < ARRAY_LEN(other_architectures); i++) {
				data.arch = other_architectures[i];
				expect_answer(which, &data, SECCOMP_RET_KILL_PROCESS);
			}
		}
}

static void negative_numbers_are_refused(void **state)
{
	struct seccomp_data data = { .nr = -1, .arch = AUDIT_ARCH_X86_64 };

	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		expect_answer(which, &data, SECCOMP_RET_KILL_PROCESS);
}

// --- Filters that come one after the other -------------------------------------------------------

static const struct {
	enum filter first;
	enum filter later;
} successions[] = {
	{ FILTER_LAUNCHER, FILTER_LAUNCHER_WAITING },
	{ FILTER_LAUNCHER, FILTER_INIT },
	{ FILTER_LAUNCHER, FILTER_QEMU },
	{ FILTER_LAUNCHER_LOG, FILTER_LAUNCHER_WAITING },
	{ FILTER_LAUNCHER_LOG, FILTER_INIT },
	{ FILTER_LAUNCHER_LOG, FILTER_QEMU_LOG },
	{ FILTER_FRONT_PLANNING, FILTER_FRONT_SUPERVISING },
};

// Ordered like the kernel does: the smaller, as a signed number, wins.
static void check_succession(enum filter which, const struct filter_row *row,
			     struct seccomp_data data)
{
	(void)row;
	for (size_t i = 0; i < ARRAY_LEN(successions); i++)
		if (successions[i].later == which &&
		    (int32_t)(bpf_run(successions[i].first, &data) & SECCOMP_RET_ACTION_FULL) <
			    (int32_t)(bpf_run(which, &data) & SECCOMP_RET_ACTION_FULL))
			fail_msg("%s forbids the %s of %s",
				 filter_table(successions[i].first)->name, row->call,
				 filter_table(which)->name);
}

static void first_filters_allow_what_later_ones_do(void **state)
{
	(void)state;
	for_each_row(check_succession);
}

static void later_filters_can_be_loaded(void **state)
{
	struct seccomp_data load = { .nr = SYS_seccomp,
				     .arch = AUDIT_ARCH_X86_64,
				     .args = { SECCOMP_SET_MODE_FILTER } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(successions); i++)
		expect_answer(successions[i].first, &load, SECCOMP_RET_ALLOW);
	expect_answer(FILTER_QEMU, &load, SECCOMP_RET_ALLOW); // for those of SEV, and its own
}

// --- What must be true whatever the tables say ---------------------------------------------------

#define IN(filter) (1U << FILTER_##filter)
#define IN_LAUNCHER (IN(LAUNCHER) | IN(LAUNCHER_LOG))
#define IN_QEMU (IN(QEMU) | IN(QEMU_LOG))
#define IN_FRONT (IN(FRONT_PLANNING) | IN(FRONT_SUPERVISING))
#define IN_LISTS (~(IN(SEV_DENY) | IN(SEV_FAKE)) & ((1U << FILTERS) - 1))
#define CALL(name, ...) \
	SYS_##name, \
	{ \
		__VA_ARGS__ \
	}
#define THREAD (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

static const struct permission {
	int number;
	uint64_t args[6];
	unsigned int allowed_in; /* and nowhere else */
} permissions[] = {
	// Other programs and other processes
	{ CALL(execve), 0 },
	{ CALL(execveat, 3, 0, 0, 0, AT_EMPTY_PATH), IN_LAUNCHER | IN_QEMU },
	{ CALL(execveat, 3, 0, 0, 0, 0), 0 },
	{ CALL(fork), 0 },
	{ CALL(vfork), 0 },
	{ CALL(clone, SIGCHLD), IN_LAUNCHER },
	{ CALL(clone, THREAD), IN_LAUNCHER | IN_QEMU },
	{ CALL(clone, THREAD | CLONE_NEWUSER), 0 },
	{ CALL(clone, CLONE_NEWUSER), 0 },
	{ CALL(clone3), IN_LAUNCHER },
	{ CALL(ptrace), 0 },
	{ CALL(process_vm_readv), 0 },
	{ CALL(process_vm_writev), 0 },
	{ CALL(pidfd_getfd), 0 },
	{ CALL(kill, 1, SIGKILL), IN_LAUNCHER | IN(LAUNCHER_WAITING) },
	{ CALL(kill, 1, SIGTERM), 0 },
	{ CALL(tgkill, 1, 1, SIGABRT), IN_LAUNCHER | IN(LAUNCHER_WAITING) | IN_FRONT | IN_QEMU },
	{ CALL(tgkill, 1, 1, SIGKILL), IN_LAUNCHER | IN_QEMU },
	{ CALL(prctl, PR_SET_PDEATHSIG), IN_LAUNCHER },
	{ CALL(prctl, PR_SET_DUMPABLE), IN_LAUNCHER },
	{ CALL(prctl, PR_SET_NAME), IN_LAUNCHER | IN_QEMU },
	{ CALL(prctl, PR_CAPBSET_READ), IN_LAUNCHER | IN_QEMU },
	{ CALL(prctl, PR_CAPBSET_DROP), IN_LAUNCHER },
	{ CALL(prlimit64, 0, 7, 0, 1), IN_LAUNCHER | IN_QEMU },
	{ CALL(prlimit64, 0, 7, 1, 0), IN_LAUNCHER },
	{ CALL(prlimit64, 0, 7, 1ULL << 32, 0), IN_LAUNCHER },
	{ CALL(prlimit64, 1, 7, 0, 1), IN_LAUNCHER },
// Files, sockets, devices
#ifndef __SANITIZE_ADDRESS__ // which opens files in this way
	{ CALL(open), 0 },
#endif
	{ CALL(openat), IN_LAUNCHER | IN_QEMU },
	{ CALL(openat2), IN_LAUNCHER },
	{ CALL(unlinkat), IN_LAUNCHER | IN(LAUNCHER_WAITING) },
	{ CALL(mknod), 0 },
	{ CALL(linkat), 0 },
	{ CALL(chmod), 0 },
	{ CALL(open_by_handle_at), 0 },
	{ CALL(memfd_create), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(memfd_secret), 0 },
	{ CALL(fcntl, 3, F_ADD_SEALS), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(fcntl, 3, F_SETOWN), IN_LAUNCHER },
	{ CALL(fcntl, 3, F_SETLEASE), IN_LAUNCHER },
	{ CALL(socket, AF_UNIX), IN_LAUNCHER },
	{ CALL(socket, AF_INET), 0 },
	{ CALL(socket, AF_NETLINK), 0 },
	{ CALL(socket, AF_VSOCK), 0 },
	{ CALL(connect), IN_LAUNCHER },
	{ CALL(bind), IN_LAUNCHER },
	{ CALL(listen), IN_LAUNCHER },
	{ CALL(accept4), IN_FRONT },
	{ CALL(ioctl, 3, KVM_RUN), IN_LAUNCHER | IN_QEMU },
	{ CALL(ioctl, 3, KVM_CHECK_EXTENSION), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(ioctl, 3, KVM_GET_DEVICE_ATTR), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(ioctl, 3, SEV_ISSUE_CMD), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(ioctl, 3, SEV_ISSUE_CMD | 1ULL << 32), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(ioctl, 3, TUNSETIFF), IN_LAUNCHER },
	{ CALL(ioctl, 3, TIOCSTI_REQUEST), 0 },
	{ CALL(ioctl, 3, TIOCSTI_REQUEST | 1ULL << 32), 0 },
	// Memory
	{ CALL(mmap, 0, 1, PROT_READ | PROT_EXEC), IN_LAUNCHER | IN_QEMU },
	{ CALL(mprotect, 0, 1, PROT_READ | PROT_EXEC), IN_LAUNCHER | IN_QEMU },
	{ CALL(mprotect, 0, 1, PROT_READ), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	{ CALL(userfaultfd), 0 },
	{ CALL(move_pages), 0 },
	{ CALL(shmget), 0 },
	// Privilege and namespaces
	{ CALL(setresuid), IN_LAUNCHER },
	{ CALL(setgroups), IN_LAUNCHER },
	{ CALL(capset), IN_LAUNCHER },
	{ CALL(mount), IN_LAUNCHER },
	{ CALL(move_mount), IN_LAUNCHER },
	{ CALL(pivot_root), IN_LAUNCHER },
	{ CALL(chroot), 0 },
	{ CALL(unshare), 0 },
	{ CALL(setns), 0 },
	{ CALL(keyctl, 1), IN_LAUNCHER },
	{ CALL(keyctl, 11), 0 }, // KEYCTL_READ, of any key
	{ CALL(keyctl, 11, (uint32_t)-3), IN_LAUNCHER },
	{ CALL(add_key), 0 },
	{ CALL(request_key), 0 },
	{ CALL(seccomp, SECCOMP_SET_MODE_FILTER), IN_LAUNCHER | IN_QEMU | IN(FRONT_PLANNING) },
	// The kernel
	{ CALL(bpf), 0 },
	{ CALL(perf_event_open), 0 },
	{ CALL(io_uring_setup), 0 },
	{ CALL(io_uring_enter), 0 },
	{ CALL(init_module), 0 },
	{ CALL(finit_module), 0 },
	{ CALL(kexec_load), 0 },
	{ CALL(reboot), 0 },
	{ CALL(syslog), 0 },
	{ CALL(personality), 0 },
	{ CALL(modify_ldt), 0 },
	{ CALL(iopl), 0 },
	{ CALL(ioperm), 0 },
	{ CALL(quotactl), 0 },
	{ CALL(fanotify_init), 0 },
	{ CALL(clock_settime), 0 },
	{ CALL(sethostname), 0 },
	{ CALL(vmsplice), 0 },
	// What all need
	{ CALL(write), IN_LISTS },
	{ CALL(exit_group), IN_LISTS },
	{ CALL(rt_sigreturn), IN_LISTS },
};

static void permissions_are_as_meant(void **state)
{
	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		for (size_t i = 0; (IN_LISTS >> which & 1) != 0 && i < ARRAY_LEN(permissions);
		     i++) {
			struct seccomp_data data = { .nr = permissions[i].number,
						     .arch = AUDIT_ARCH_X86_64 };
			bool wanted = (permissions[i].allowed_in >> which & 1) != 0;

			memcpy(data.args, permissions[i].args, sizeof(data.args));
			if ((bpf_run(which, &data) == SECCOMP_RET_ALLOW) != wanted)
				fail_msg("%s: permission %zu, for call %d, is not as meant",
					 filter_table(which)->name, i, data.nr);
		}
}

static const struct {
	enum filter which;
	int number;
	uint64_t args[6];
	uint32_t answer;
} answers[] = {
	{ FILTER_QEMU, CALL(clone3), SECCOMP_RET_ERRNO | ENOSYS },
	{ FILTER_QEMU, CALL(io_uring_setup), SECCOMP_RET_ERRNO | ENOSYS },
	{ FILTER_QEMU, CALL(socket, AF_VSOCK), SECCOMP_RET_ERRNO | EPERM },
	{ FILTER_QEMU, CALL(connect), SECCOMP_RET_ERRNO | EPERM },
	{ FILTER_QEMU, CALL(get_mempolicy), SECCOMP_RET_ERRNO | EPERM },
	{ FILTER_QEMU, CALL(set_mempolicy), SECCOMP_RET_ERRNO | EPERM },
	{ FILTER_QEMU, CALL(fcntl, 0, F_SETLEASE), SECCOMP_RET_ERRNO | EINVAL },
	{ FILTER_QEMU, CALL(ioctl, 0, TIOCSTI_REQUEST), SECCOMP_RET_ERRNO | ENOTTY },
	{ FILTER_QEMU, CALL(ptrace), SECCOMP_RET_KILL_PROCESS },
	{ FILTER_LAUNCHER, CALL(socket, AF_VSOCK), SECCOMP_RET_ERRNO | EPERM },
	{ FILTER_LAUNCHER, CALL(ioctl, 0, TIOCSTI_REQUEST), SECCOMP_RET_ERRNO | ENOTTY },
	{ FILTER_LAUNCHER_LOG, CALL(ptrace), SECCOMP_RET_LOG },
	{ FILTER_LAUNCHER_LOG, CALL(clone, CLONE_NEWUSER), SECCOMP_RET_LOG },
	{ FILTER_QEMU_LOG, CALL(ptrace), SECCOMP_RET_LOG },
	{ FILTER_QEMU_LOG, CALL(clone, CLONE_NEWUSER), SECCOMP_RET_LOG },
	{ FILTER_QEMU_LOG, CALL(clone3), SECCOMP_RET_ERRNO | ENOSYS },
	{ FILTER_SEV_DENY, CALL(ioctl, 3, SEV_ISSUE_CMD), SECCOMP_RET_ERRNO | ENOTTY },
	{ FILTER_SEV_DENY, CALL(ioctl, 3, SEV_ISSUE_CMD | 1ULL << 63), SECCOMP_RET_ERRNO | ENOTTY },
	{ FILTER_SEV_DENY, CALL(ioctl, 3, KVM_RUN), SECCOMP_RET_ALLOW },
	{ FILTER_SEV_DENY, CALL(ptrace), SECCOMP_RET_ALLOW },
	{ FILTER_SEV_FAKE, CALL(ioctl, 3, SEV_ISSUE_CMD), SECCOMP_RET_ERRNO },
	{ FILTER_SEV_FAKE, CALL(ioctl, 3, SEV_ISSUE_CMD | 1ULL << 63), SECCOMP_RET_ERRNO },
	{ FILTER_SEV_FAKE, CALL(ioctl, 3, KVM_RUN), SECCOMP_RET_ALLOW },
	{ FILTER_SEV_FAKE, 500, { 0 }, SECCOMP_RET_ALLOW },
};

static void refusals_are_as_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct seccomp_data data = { .nr = answers[i].number, .arch = AUDIT_ARCH_X86_64 };

		memcpy(data.args, answers[i].args, sizeof(data.args));
		expect_answer(answers[i].which, &data, answers[i].answer);
	}
}

static void tables_explain_themselves(void **state)
{
	(void)state;
	for (enum filter which = 0; which < FILTERS; which++) {
		const struct filter_table *table = filter_table(which);
		const struct filter_row *row;

		assert_true(table->name[0] != '\0');
		assert_int_equal(table->description[strlen(table->description) - 1], '.');
		assert_non_null(filter_table_row(table, 0));
		for (size_t i = 0; (row = filter_table_row(table, i)) != NULL; i++) {
			assert_true(row->call[0] != '\0' && row->reason[0] != '\0');
			assert_true(row->number <= FILTER_NEWEST_CALL);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_decides_its_calls),
		cmocka_unit_test(each_compared_bit_counts_and_no_other),
		cmocka_unit_test(each_number_has_its_answer),
		cmocka_unit_test(unlisted_numbers_are_refused),
		cmocka_unit_test(only_the_native_table_of_calls_is_open),
		cmocka_unit_test(negative_numbers_are_refused),
		cmocka_unit_test(first_filters_allow_what_later_ones_do),
		cmocka_unit_test(later_filters_can_be_loaded),
		cmocka_unit_test(permissions_are_as_meant),
		cmocka_unit_test(refusals_are_as_meant),
		cmocka_unit_test(tables_explain_themselves),
	};

	return cmocka_run_group_tests_name("confine/filter_tables", tests, NULL, NULL);
}
