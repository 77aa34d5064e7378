/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the front may ask of the launcher, and what it hears back: the whole interface between the
 * two programs; base/wire.h carries it.
 */
#ifndef SNPLAUNCH_LAUNCHER_REQUEST_H
#define SNPLAUNCH_LAUNCHER_REQUEST_H

#include <stdint.h>

#include "plan/plan.h"
#include "plan/plan_needs.h"

#define REQUEST_PATH_SIZE 4096
/* What is longer is cut. */
#define REQUEST_CACHE_BYTES_MAX ((size_t)96 * 1024)

enum message_type {
	MESSAGE_NONE, /* WIRE_CLOSED */

	/* Front to launcher; each is answered by one REPLY. */
	REQUEST_OPEN,  /* struct request_open -> a descriptor, if the role has one */
	REQUEST_PROBE, /* struct plan_needs and descriptors: starts a QEMU without a guest */
	REQUEST_CACHE, /* struct request_cache and a sealed memfd: QEMU's answers for next time */
	REQUEST_START, /* struct plan_needs and descriptors: starts the guest -> struct
			  start_facts */
	REQUEST_STOP,  /* nothing: kills what PROBE or START began */

	/* Launcher to front. */
	REPLY_DONE,
	REPLY_FAILED,  /* struct err */
	NOTICE_SIGNAL, /* uint32_t: somebody sent the launcher this signal */
	NOTICE_GONE,   /* struct notice_gone: QEMU has ended, and all of its processes */
	MESSAGE_TYPES,
};

/* What an opened object is for; the launcher's table says what each role may be. */
enum open_role {
	OPEN_NONE,
	OPEN_GUEST_FILE, /* read; only a path from the command line */
	OPEN_HOST_FACTS, /* read; only a path from the command line */
	OPEN_ARTIFACT,	 /* read: firmware, kernel, initrd, certificates, ID block */
	OPEN_DISK_READ,
	OPEN_DISK_WRITE,
	OPEN_QEMU,    /* the launcher keeps it for PROBE and START; the front gets a copy */
	OPEN_KVM,     /* /dev/kvm, to ask what it can do; no path */
	OPEN_CACHE,   /* read a plain name in the cache directory */
	OPEN_NAME,    /* claims the guest's name and its runtime directory; its control socket */
	OPEN_LOG,     /* write a plain name in the claimed runtime directory */
	OPEN_CONSOLE, /* standard output, opened again so that writing never waits; no path */
	OPEN_POLICY,  /* the host policy, or no descriptor when there is none; no path */
	OPEN_GUEST,   /* connects to a running guest; only a name from the command line */
	OPEN_INPUT,   /* read; only a path from the command line */
	OPEN_OUTPUT,  /* write, made when it is not there; only the value of an output's option */
	OPEN_FIRMWARE, /* read; the launcher keeps the last one for the judge, the front gets a copy */
	OPEN_SEV,      /* read /dev/sev, by which nothing can be changed; no path */
	OPEN_ROLES,
};

struct request_open {
	uint32_t role;		      /* enum open_role */
	char path[REQUEST_PATH_SIZE]; /* relative to the directory snplaunch was started in */
};

struct request_cache {
	char name[PLAN_NAME_SIZE]; /* plain */
};

/*
 * The descriptors that come with PROBE and START, which the launcher hands through to the jail
 * program: where standard error goes, the plan as a file (not with PROBE), and what QEMU inherits
 * from the front, in the order of enum plan_fd.
 */
enum start_fd {
	START_FD_STDERR,
	START_FD_PLAN,
	START_FDS_MAX = START_FD_PLAN + 1 + PLAN_FD_KVM - PLAN_FD_QMP + PLAN_FDS_MAX,
};

/* What the launcher knows about a QEMU that it has started. */
struct start_facts {
	uint32_t missing_layers; /* set of 1 << enum layer: the kernel refused them */
	int32_t jail_pid;
};

/* How QEMU ended, in the words of waitid(2). */
struct notice_gone {
	int32_t code;	/* CLD_EXITED, CLD_KILLED or CLD_DUMPED; 0 when its init was killed first */
	int32_t status; /* exit status or signal */
};

#endif
