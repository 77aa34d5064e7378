// SPDX-License-Identifier: Apache-2.0
// snplaunch probe: what a machine lacks for encrypted guests.

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/firmware_probe.h"
#include "cli/host_ask.h"
#include "cli/input_file.h"
#include "cli/launch.h"
#include "cli/output_file.h"
#include "cli/probe_print.h"
#include "cli/result.h"
#include "host/capture.h"
#include "host/probe.h"

const struct command_option probe_options[] = {
	{ "--level", "LEVEL", "judge by sev, sev-es or sev-snp alone" },
	{ "--traits", NULL, "print OpenStack traits and the inventory of ASIDs" },
	{ "--root", "FILE", "look at the machine that FILE is a capture of, not at this one" },
	{ "--capture", "FILE", "write what was read to FILE, for a bug report" },
	{ "--kernel-log", "FILE", "explain the lines of FILE, such as 'dmesg' prints, too" },
	{ "--qemu", "PATH", "ask this QEMU binary, one that the host policy lists" },
	{ "--without-qemu", NULL, "ask no QEMU, and look at no firmware image" },
	{ NULL, NULL, NULL },
};

// What the stages share. Large: one for each process.
struct probing {
	struct launch *launch;
	struct host_readings readings;
	struct host_facts facts; // those of a capture
	struct probe probe;
	struct probe_log log;
	bool one_level; // --level
	enum host_level level;
};

static void probing_release(struct probing **probing)
{
	launch_free((*probing)->launch);
	probe_log_release(&(*probing)->log);
	free(*probing);
}

DEFINE_AUTO(probing, struct probing *, probing_release);

static int read_level(struct probing *probing, const struct options *options, struct err *err)
{
	const char *word = options_value(options, "--level");

	probing->one_level = word != NULL;
	for (enum host_level level = 0; word != NULL && level < HOST_LEVELS; level++)
		if (strcmp(word, host_level_word(level)) == 0) {
			probing->level = level;
			return 0;
		}
	return word == NULL ? 0 :
			      err_set(err, ERR_USAGE,
				      "option '--level': must be sev, sev-es or sev-snp, not '%s'",
				      TEXT_SHOW(word));
}

static int read_capture(struct probing *probing, const char *path, struct client *client,
			struct err *err)
{
	AUTO(text_file) struct text_file text = { 0 };

	if (input_file_read(&text, client, path, CAPTURE_BYTES_MAX, err) < 0)
		return -1;
	if (capture_read(&probing->readings, &probing->facts, text.bytes, text.len, err) < 0)
		return err_context(err, "capture '%s'", TEXT_SHOW(path));
	return 0;
}

// A machine without QEMU has other things worth knowing.
static int ask_qemu(struct probing *probing, const struct options *options, struct client *client,
		    struct err *err)
{
	struct launch *launch = probing->launch;
	const char *path = options_value(options, "--qemu");

	if (options_value(options, "--without-qemu") != NULL)
		return 0;
	if (path != NULL &&
	    text_copy_field(launch->guest.qemu.text, sizeof(launch->guest.qemu.text), path) < 0)
		return err_set(err, ERR_USAGE, "option '--qemu': the path has more than %zu bytes",
			       sizeof(launch->guest.qemu.text) - 1);
	if (launch_facts(launch, options, false, client, err) == 0)
		readings_add_facts(&probing->readings, &launch->facts);
	else if (path != NULL || err->kind == ERR_BUG)
		return -1;
	else
		log_warning("%s", err->text);
	firmware_probe(&probing->readings, client);
	return 0;
}

static int read_host(struct probing *probing, const struct options *options, struct client *client,
		     struct err *err)
{
	host_ask(&probing->readings, client);
	return ask_qemu(probing, options, client, err);
}

static bool is_capture(const char *bytes, size_t len)
{
	return output_file_begins_with(bytes, len, "\"format\"");
}

static int write_capture(const struct probing *probing, const char *path, struct client *client,
			 struct err *err)
{
	const struct host_readings *readings = &probing->readings;
	AUTO(mem) char *text = NULL;
	const struct host_facts *facts = NULL;
	AUTO(output_file)
	struct output_file file = { .path = path,
				    .becomes = "a capture",
				    .is_one = is_capture,
				    .len_max = CAPTURE_BYTES_MAX,
				    .fd = -1 };
	size_t len;

	if (readings->has_qemu)
		facts = readings->qemu == &probing->facts.qemu ? &probing->facts :
								 &probing->launch->facts;
	text = capture_write(readings, facts, &len);
	return output_file_look(&file, client, err) < 0 ||
			       output_file_open(&file, client, err) < 0 ?
		       -1 :
		       output_file_write(&file, text, len, err);
}

// Whether the level that was asked about works, else whether any does.
static int judge(const struct probing *probing, struct err *err)
{
	const char *which = probing->one_level ? host_level_word(probing->level) : "encrypted";
	enum probe_verdict best = PROBE_NO;
	const struct probe_result *why = NULL;

	if (probing->one_level) {
		best = probe_level(&probing->probe, probing->level, &why);
	} else {
		for (enum host_level level = 0; level < HOST_LEVELS; level++) {
			enum probe_verdict verdict = probe_level(&probing->probe, level, &why);

			best = verdict > best ? verdict : best;
		}
	}
	if (best == PROBE_WORKS)
		return 0;
	if (best == PROBE_CANNOT_TELL)
		return err_set(err, ERR_REFUSED,
			       "whether %s guests can start is not known: what decides could not "
			       "be read",
			       which);
	return err_set(err, ERR_VERDICT, "%s guests cannot start on this machine", which);
}

static int probe(struct probing *probing, const struct options *options, struct client *client,
		 struct err *err)
{
	const char *capture = options_value(options, "--capture");
	const char *log = options_value(options, "--kernel-log");
	const char *from = options_value(options, "--root");

	if (read_level(probing, options, err) < 0)
		return -1;
	if (from != NULL && options_value(options, "--qemu") != NULL)
		return err_set(err, ERR_USAGE,
			       "option '--qemu' is for this machine, and '%s' is "
			       "of another",
			       TEXT_SHOW(from));
	if ((from != NULL ? read_capture(probing, from, client, err) :
			    read_host(probing, options, client, err)) < 0 ||
	    (log != NULL && probe_log_read(&probing->log, log, client, err) < 0) ||
	    (capture != NULL && write_capture(probing, capture, client, err) < 0))
		return -1;
	probe_make(&probing->probe, &probing->readings);
	return 0;
}

int command_probe(const struct options *options, struct client *client)
{
	AUTO(probing) struct probing *probing = mem_zeroed(1, sizeof(*probing));
	struct probe_page page = { .probe = &probing->probe, .readings = &probing->readings };
	struct err err;

	probing->launch = launch_new();
	if (probe(probing, options, client, &err) < 0)
		return command_fail(&err);
	page.log = &probing->log;
	page.levels = probing->one_level ? 1U << probing->level : PROBE_ALL;
	if (options_value(options, "--traits") != NULL)
		probe_print_traits(&page, options->json_wanted);
	else if (options->json_wanted)
		probe_print_json(&page);
	else
		probe_print_text(&page);
	if (result_flush(&err) < 0)
		return command_fail(&err);
	return judge(probing, &err) < 0 ? command_fail(&err) : 0;
}
