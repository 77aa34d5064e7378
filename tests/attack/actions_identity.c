// SPDX-License-Identifier: Apache-2.0
// Attacks on the process's own confinement: who it is, what it may, its limits and its keys.

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif

// --- Users and groups ---------------------------------------------------------------------------

static long become_root(const struct action *action)
{
	return syscall(action->number, 0, 0, 0);
}

static long join_groups(const struct action *action)
{
	(void)action;
	return setgroups(1, (const gid_t[]){ 0 });
}

// It never fails: whether it worked is what it returns the next time.
static long become_root_for_files(const struct action *action)
{
	(void)action;
	(void)setfsuid(0);
	if (setfsuid((uid_t)-1) == 0)
		return 0;
	errno = EPERM;
	return -1;
}

static long is_root(const struct action *action)
{
	(void)action;
	return getuid() == 0 || geteuid() == 0 ? 0 : NOTHING;
}

static long has_groups(const struct action *action)
{
	int n = getgroups(0, NULL);

	(void)action;
	return n > 0 ? 0 : n == 0 ? NOTHING : -1;
}

// --- Capabilities -------------------------------------------------------------------------------

struct capabilities {
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
};

static long has_capabilities(const struct action *action)
{
	static const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
	struct capabilities now = { .header.version = _LINUX_CAPABILITY_VERSION_3 };

	(void)action;
	if (syscall(SYS_capget, &now.header, now.words) < 0)
		return -1;
	return memcmp(now.words, none, sizeof(none)) != 0 ? 0 : NOTHING;
}

static long raise_capabilities(const struct action *action)
{
	struct capabilities all = { .header.version = _LINUX_CAPABILITY_VERSION_3 };

	(void)action;
	all.words[0].effective = all.words[0].permitted = 1U << CAP_NET_ADMIN;
	return syscall(SYS_capset, &all.header, all.words);
}

static long inherit_capabilities(const struct action *action)
{
	struct capabilities all = { .header.version = _LINUX_CAPABILITY_VERSION_3 };

	(void)action;
	all.words[0].inheritable = 1U << CAP_NET_ADMIN;
	return syscall(SYS_capset, &all.header, all.words);
}

static long has_bounding_set(const struct action *action)
{
	(void)action;
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			return 0;
	return NOTHING;
}

// --- prctl --------------------------------------------------------------------------------------

static long control(const struct action *action)
{
	return prctl((int)action->number, 1, 0, 0, 0);
}

static long control_zero(const struct action *action)
{
	return prctl((int)action->number, 0, 0, 0, 0);
}

static long raise_ambient(const struct action *action)
{
	(void)action;
	return prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
}

// A program with the set-user-ID bit would give its owner's rights.
static long has_new_privileges(const struct action *action)
{
	int set = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);

	(void)action;
	return set < 0 ? -1 : set == 0 ? 0 : NOTHING;
}

static long drop_no_new_privileges(const struct action *action)
{
	(void)action;
	return prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

static long move_break(const struct action *action)
{
	(void)action;
	return prctl(PR_SET_MM, PR_SET_MM_START_BRK, 0x10000, 0, 0);
}

// --- Filters ------------------------------------------------------------------------------------

static const struct sock_filter allow_all[] = {
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static long load_filter(const struct action *action)
{
	const struct sock_fprog program = { ARRAY_LEN(allow_all),
					    (struct sock_filter *)(uintptr_t)allow_all };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, action->number, &program);
}

static long make_ruleset(const struct action *action)
{
	const struct landlock_ruleset_attr attributes = { .handled_access_fs =
								  LANDLOCK_ACCESS_FS_EXECUTE };

	(void)action;
	return syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
}

// --- Limits -------------------------------------------------------------------------------------

static long raise_limit(const struct action *action)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)action->number, &limit) < 0)
		return -1;
	if (limit.rlim_max == RLIM_INFINITY)
		return 0; // there is none
	limit.rlim_max++;
	return setrlimit((__rlimit_resource_t)action->number, &limit);
}

static long has_limit(const struct action *action)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)action->number, &limit) < 0)
		return -1;
	return limit.rlim_max <= 1 ? NOTHING : 0; // a byte holds nothing; for cores see core(5)
}

static long limit_parent(const struct action *action)
{
	struct rlimit old;

	(void)action;
	return prlimit(getppid(), RLIMIT_NOFILE, NULL, &old);
}

// --- Keys and secrets ---------------------------------------------------------------------------

static long read_session_key(const struct action *action)
{
	char secret[64];
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", SECRET_NAME,
			   0);

	(void)action;
	return key < 0 ? -1 : syscall(SYS_keyctl, KEYCTL_READ, key, secret, sizeof(secret));
}

static long describe_keyring(const struct action *action)
{
	char text[256];

	return syscall(SYS_keyctl, KEYCTL_DESCRIBE, action->number, text, sizeof(text));
}

static long add_key(const struct action *action)
{
	return syscall(SYS_add_key, "user", "attack", "x", 1UL, action->number);
}

static long request_key(const struct action *action)
{
	(void)action;
	return syscall(SYS_request_key, "user", SECRET_NAME, NULL, 0);
}

static long join_keyring(const struct action *action)
{
	(void)action;
	return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

static long persistent_keyring(const struct action *action)
{
	(void)action;
	return syscall(SYS_keyctl, KEYCTL_GET_PERSISTENT, 0, KEY_SPEC_PROCESS_KEYRING);
}

static long read_environment(const struct action *action)
{
	(void)action;
	return getenv(SECRET_VARIABLE) != NULL ? 0 : NOTHING;
}

#define TO_ITSELF "it only changes what the process may do to itself"
#define STRICTEST "the strictest of all filters counts"
#define LESS "it only takes rights away"

static const struct action actions[] = {
	ACTION("uid", "be root already", is_root),
	ACTION("groups", "be in a group already", has_groups),
	ACTION("setuid", "become root", become_root, .number = SYS_setuid),
	ACTION("setgid", "join root's group", become_root, .number = SYS_setgid),
	ACTION("setresuid", "become root in each way", become_root, .number = SYS_setresuid),
	ACTION("setresgid", "join root's group in each way", become_root, .number = SYS_setresgid),
	ACTION("setgroups", "add root's group", join_groups),
	ACTION("setfsuid", "be root for files", become_root_for_files),
	ACTION("capget", "have capabilities already", has_capabilities),
	ACTION("capset/permitted", "take a capability", raise_capabilities),
	ACTION("capset/inheritable", "take one for programs that are executed",
	       inherit_capabilities),
	ACTION("bounding-set", "have a bounding set already", has_bounding_set),
	ACTION("ambient", "keep a capability over an exec", raise_ambient),
	ACTION("no-new-privs/get", "gain rights from programs that are executed",
	       has_new_privileges),
	ACTION("no-new-privs/drop", "allow that again", drop_no_new_privileges),
	ACTION("keepcaps", "keep capabilities when the user changes", control,
	       .number = PR_SET_KEEPCAPS,
	       .nothing = "there are none to keep, and the user does not change"),
	ACTION("securebits", "change what root means", control, .number = PR_SET_SECUREBITS),
	ACTION("dumpable", "let others of the same user read it", control,
	       .number = PR_SET_DUMPABLE, .nothing = TO_ITSELF),
	ACTION("pdeathsig", "outlive the parent", control_zero, .number = PR_SET_PDEATHSIG,
	       .nothing = "the end of process 1 ends its namespace; the launcher kills the front"),
	ACTION("subreaper", "adopt orphans", control, .number = PR_SET_CHILD_SUBREAPER,
	       .nothing = "only its own descendants"),
	ACTION("ptracer", "name who may trace it", control, .number = PR_SET_PTRACER,
	       .nothing = TO_ITSELF),
	ACTION("set-mm", "change what the kernel believes of its memory", move_break),
	ACTION("mdwe-off", "make memory code again", control_zero, .number = PR_SET_MDWE,
	       .nothing = "where it was on, this fails; see mmap-exec"),
	ACTION("seccomp-off", "leave the filter", control_zero, .number = PR_SET_SECCOMP),
	ACTION("seccomp-filter/plain", "add a filter that allows everything", load_filter,
	       .nothing = STRICTEST),
	ACTION("seccomp-filter/listener", "answer system calls oneself", load_filter,
	       .number = SECCOMP_FILTER_FLAG_NEW_LISTENER, .nothing = STRICTEST),
	ACTION("landlock", "make a ruleset", make_ruleset, .nothing = LESS),
	ACTION("raise-limit/descriptors", "allow itself more descriptors", raise_limit,
	       .number = RLIMIT_NOFILE),
	ACTION("raise-limit/memlock", "allow itself more locked memory", raise_limit,
	       .number = RLIMIT_MEMLOCK),
	ACTION("core-file", "leave its memory in a file", has_limit, .number = RLIMIT_CORE,
	       .anybody = true),
	ACTION("queue-limit", "fill the machine's message queues", has_limit,
	       .number = RLIMIT_MSGQUEUE, .anybody = true),
	ACTION("prlimit", "read the parent's limits", limit_parent),
	ACTION("keyring", "read a key of the launcher's session", read_session_key),
	ACTION("describe-keyring/session", "look at the session's keyring", describe_keyring,
	       .number = KEY_SPEC_SESSION_KEYRING, .anybody = true),
	ACTION("describe-keyring/user", "look at the user's keyring", describe_keyring,
	       .number = KEY_SPEC_USER_KEYRING, .anybody = true),
	ACTION("add_key/process", "keep a key for itself", add_key,
	       .number = KEY_SPEC_PROCESS_KEYRING, .anybody = true),
	ACTION("add_key/session", "leave a key for the launcher's session", add_key,
	       .number = KEY_SPEC_SESSION_KEYRING, .anybody = true),
	ACTION("request_key", "ask for a key of the launcher's session", request_key),
	ACTION("join-keyring", "begin a session of keys", join_keyring, .anybody = true),
	ACTION("persistent-keyring", "open root's lasting keys", persistent_keyring),
	ACTION("environment", "find a secret in the environment", read_environment),
};

DEFINE_ACTIONS(identity_actions, actions);
