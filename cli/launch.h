/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that plan and run share, up to where each stops. */
#ifndef SNPLAUNCH_CLI_LAUNCH_H
#define SNPLAUNCH_CLI_LAUNCH_H

#include "base/argv.h"
#include "base/err.h"
#include "cli/artifact.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/measurement.h"
#include "host/facts.h"
#include "host/readings.h"
#include "measure/ovmf.h"
#include "measure/sev_measurement.h"
#include "policy/guest.h"

/* The measured inputs, and those that go with them. */
enum launch_artifact {
	LAUNCH_FIRMWARE,
	LAUNCH_KERNEL,
	LAUNCH_INITRD,
	LAUNCH_DH_CERT,
	LAUNCH_SESSION,
	LAUNCH_ARTIFACTS,
};

/* Everything about one launch. Large: one for each process, from launch_new(). */
struct launch {
	struct guest guest; /* what is asked, after launch_read() */
	struct openstack
		openstack; /* what image and flavor decided, likewise; the host by launch_plan() */
	const char *host_traits;       /* borrowed from the options */
	struct host_facts facts;       /* after launch_facts() */
	struct host_readings readings; /* likewise, at a level above off; borrows 'facts' */
	struct plan plan; /* after launch_plan(); the ID block after launch_artifacts() */
	char guest_folder
		[GUEST_PATH_SIZE]; /* in front of paths from the guest file; "" or "a/b/" */
	char firmware_path[GUEST_PATH_SIZE]; /* the one that was taken */
	char guest_file[GUEST_PATH_SIZE];    /* "": options alone */
	uint64_t guest_file_bytes;
	uint8_t guest_file_sha256[SHA256_BYTES];
	bool is_for_other_host; /* the facts came from a file */
	struct artifact artifacts[LAUNCH_ARTIFACTS];
	struct measurement measurement; /* after launch_measure() */
	int disk_fds[PLAN_DISKS_MAX];	/* -1: none */
	int plan_fd;			/* after launch_write_plan(), else -1 */
	struct ovmf_area secret_area;	/* where the firmware wants an owner's secret */
	struct artifact scenario;	/* of a rehearsal, after launch_rehearse(); else fd -1 */
	const char *scenario_path; /* likewise; borrowed from the command line. NULL: no file */
	int account_fd;		   /* likewise */
	bool has_test_keys;	   /* after launch_take_test_keys() */
	struct sev_owner_keys test_keys;
};

/* Owner: caller, launch_free(). */
struct launch *launch_new(void);
void launch_free(struct launch *launch);

static inline void launch_release(struct launch **launch)
{
	launch_free(*launch);
	*launch = NULL;
}

DEFINE_AUTO(launch, struct launch *, launch_release);

/* The word for an artifact: "firmware", "dh_cert". */
const char *launch_artifact_word(enum launch_artifact which);

/* An artifact's path, as launch_path() has it. Owner: caller, free(). */
char *launch_artifact_path(const struct launch *launch, enum launch_artifact which);

/* A path for the launcher, which knows the working directory. Owner: caller, free(). */
char *launch_path(const struct launch *launch, const struct guest_path *path);

/*
 * Stage 1: guest file and options, read through the launcher, checked, with defaults that do not
 * depend on the host. Prints every mistake but the last, which 'err' gets.
 */
int launch_read(struct launch *launch, const struct options *options, struct client *client,
		struct err *err) MUST_CHECK;

/* Its first half, without the checks between keys and without defaults. */
int launch_read_keys(struct launch *launch, const struct options *options, struct client *client,
		     struct err *err) MUST_CHECK;

/* Its check, at the levels of which there is a bit (1 << enum level) each; 0: there is none. */
int launch_check_keys(const struct launch *launch, const struct options *options, uint32_t levels,
		      struct err *err) MUST_CHECK;

/*
 * Makes the launch a rehearsal on the machine of the scenario file 'path', NULL: a healthy one. What
 * is wrong in the file is said by launch_facts(). Must: come before that.
 */
int launch_rehearse(struct launch *launch, const char *path, struct client *client,
		    struct err *err) MUST_CHECK;

/* An account of its own for another launch of the rehearsal. */
int launch_renew_account(struct launch *launch, struct err *err) MUST_CHECK;

/*
 * Stage 2: what this host and its QEMU can do, from the cache if that is right, else asked. With
 * --host-facts from that file; then QEMU is only opened when 'qemu_wanted'. Of a rehearsal: what
 * the machine can do that is played.
 */
int launch_facts(struct launch *launch, const struct options *options, bool qemu_wanted,
		 struct client *client, struct err *err) MUST_CHECK;

/* Stage 3: decides. Stage 4: opens, copies, hashes and seals. */
int launch_plan(struct launch *launch, struct err *err) MUST_CHECK;
int launch_artifacts(struct launch *launch, struct client *client, struct err *err) MUST_CHECK;

/*
 * Takes the firmware, which is part of stage 4: the one that is named, or of the usual ones the
 * first that this launch can have. With kernel hashes one that checks them comes before one that
 * does not. Must: the kernel was taken.
 */
int launch_take_firmware(struct launch *launch, struct client *client, struct err *err) MUST_CHECK;

/*
 * Stage 5: computes the launch digest of what was opened, and compares it with the ID block, so that
 * nothing is started that the AMD-SP would refuse. At level off there is none.
 */
int launch_measure(struct launch *launch, struct err *err) MUST_CHECK;

/* What the launch would measure with another firmware. */
int launch_measure_firmware(struct measurement *measurement, const struct launch *launch,
			    const struct artifact *firmware, struct err *err) MUST_CHECK;

/* Shows an observer each range of the launch digest. Must: come after launch_measure(). */
int launch_observe(const struct launch *launch, const struct launch_observer *observer,
		   struct err *err) MUST_CHECK;

/*
 * Refuses firmware that is known not to check the kernel which the digest covers, unless the guest
 * file accepts that. Errors: ERR_INPUT.
 */
int launch_check_enforced(const struct launch *launch, struct err *err) MUST_CHECK;

/*
 * Refuses an ID block that is not rightly signed, or has an author key where 'author_key' says that
 * there is none. Errors: ERR_VERDICT, ERR_INPUT.
 */
int launch_check_signed(const struct launch *launch, struct err *err) MUST_CHECK;

/*
 * For tests: takes the keys that are the owner's secret, by which the measurement is then verified.
 * Must: come after launch_plan(). Errors: ERR_USAGE where they do not fit the launch.
 */
int launch_take_test_keys(struct launch *launch, const char *path, struct client *client,
			  struct err *err) MUST_CHECK;

/*
 * With such keys: verifies a measurement, in base64, that firmware of a version made. Errors:
 * ERR_VERDICT.
 */
int launch_verify_measurement(const struct launch *launch, const char *measurement,
			      const struct sev_firmware_version *version,
			      struct err *err) MUST_CHECK;

/*
 * Opens the guest's firmware or, when it names none, the best image of the usual places for the
 * mapping, and remembers its path. Owner of *out_fd: caller.
 */
int launch_open_firmware(struct launch *launch, enum firmware_mapping mapping,
			 struct client *client, int *out_fd, struct err *err) MUST_CHECK;

/*
 * QEMU's arguments, as the jail program will make them. Owner: caller, argv_release().
 * Errors: ERR_BUG for a plan that it would refuse.
 */
int launch_argv(const struct launch *launch, struct argv *argv, struct err *err) MUST_CHECK;

/* Writes the plan to a file in memory, for START. Must: come after launch_artifacts(). */
int launch_write_plan(struct launch *launch, struct err *err) MUST_CHECK;

/*
 * The part of stage 1 that OpenStack's image and flavor have: read through the launcher, decided,
 * and filled into the guest where it says nothing.
 */
int launch_openstack(struct launch *launch, const struct options *options, struct client *client,
		     struct err *err) MUST_CHECK;

/* The part of stage 3: what they require of the host. */
int launch_openstack_host(struct launch *launch, struct err *err) MUST_CHECK;

/* The descriptors for START, borrowed. */
void launch_fds(const struct launch *launch, struct start_fds *fds);

#endif
