// SPDX-License-Identifier: Apache-2.0
// snplaunch measure: the launch digests that a host will have, computed anywhere. It asks neither QEMU
// nor this machine. In time order:
//
//   1 read_wanted     guest file and options, checked; what is wanted in every combination
//   2 read_firmware   into memory, once, so that nobody can change or cut it meanwhile
//   3 read_kernel     kernel and initrd are hashed piece by piece
//   4 print           digests are computed series by series and printed at once

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/firmware.h"
#include "cli/image_file.h"
#include "cli/launch.h"
#include "cli/matrix.h"
#include "cli/matrix_print.h"
#include "cli/page_list.h"
#include "cli/plan_make.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "measure/blob_verifier.h"
#include "qmp/json.h"

// Rows are gathered to so many bytes for each write.
#define OUTPUT_BYTES ((size_t)64 * 1024)

const struct command_option measure_options[] = {
	{ "--level", "LIST", "levels to measure: sev, sev-es, sev-snp" },
	{ "--cpu", "LIST", "CPU models, instead of the guest file's" },
	{ "--vcpus", "LIST", "numbers of vCPUs, and ranges: 1..64,128 (1 to 4096)" },
	{ "--vmsa-features", "LIST", "SEV features: 0x1,0x21" },
	{ "--kernel-release", "X.Y", "the host's kernel, which decides the SEV features" },
	{ "--vmm", "WORD", "who launches it (qemu, ec2 or gce)" },
	{ "--csv", NULL, "print lines of comma-separated values" },
	{ "--base64", NULL, "print digests in base64" },
	{ "--output-page-list", NULL, "show each range that enters the digest, of one digest" },
	{ NULL, NULL, NULL },
};

// A file that is hashed, for those who read JSON.
struct hashed_file {
	bool is_there;
	uint64_t size; // bytes
};

struct measuring {
	const struct options *options;
	struct client *client;
	struct launch *launch;
	struct matrix matrix;
	struct image_file image;
	struct ovmf firmware;
	bool hashes_kernel;
	struct kernel_hashes hashes;
	struct hashed_file kernel;
	struct hashed_file initrd;
	struct page_list pages;
	bool verifier_examined; // and this is what was found
	struct blob_verifier verifier;
};

static struct measuring *measuring_new(const struct options *options, struct client *client)
{
	struct measuring *measuring = mem_zeroed(1, sizeof(*measuring));

	measuring->options = options;
	measuring->client = client;
	measuring->launch = launch_new();
	return measuring;
}

static void measuring_free(struct measuring **measuring)
{
	launch_free((*measuring)->launch);
	image_file_release(&(*measuring)->image);
	page_list_release(&(*measuring)->pages);
	free_pointer(measuring);
}

DEFINE_AUTO(measuring, struct measuring *, measuring_free);

static bool is_wanted(const struct measuring *measuring, const char *option)
{
	return options_value(measuring->options, option) != NULL;
}

// What a reader gets beside the digests.
static bool has_notes(const struct measuring *measuring)
{
	return measuring->options->json_wanted ||
	       (!is_wanted(measuring, "--csv") && isatty(STDOUT_FILENO) == 1);
}

// --- 1: what is wanted ---------------------------------------------------------------------------

static int check_options(const struct measuring *measuring, struct err *err)
{
	bool pages_wanted = is_wanted(measuring, "--output-page-list");

	if (is_wanted(measuring, "--csv") && measuring->options->json_wanted)
		return err_set(err, ERR_USAGE, "options '--csv' and '--json' exclude each other");
	if (is_wanted(measuring, "--csv") && pages_wanted)
		return err_set(err, ERR_USAGE,
			       "option '--output-page-list' goes with text and '--json' only");
	if (pages_wanted && !matrix_is_single(&measuring->matrix))
		return err_set(
			err, ERR_USAGE,
			"option '--output-page-list' shows one digest, but several are asked "
			"for: name one level, CPU model, number of vCPUs and set of features");
	return 0;
}

static int read_wanted(struct measuring *measuring, struct err *err)
{
	struct guest *guest = &measuring->launch->guest;
	uint32_t levels;

	if (launch_read_keys(measuring->launch, measuring->options, measuring->client, err) < 0)
		return -1;
	guest->accel = ACCEL_UNSET; // nothing is run, so a guest file for another level will do
	if (matrix_read_levels(&measuring->matrix, measuring->options, guest, &levels, err) < 0 ||
	    launch_check_keys(measuring->launch, measuring->options, levels, err) < 0 ||
	    matrix_read(&measuring->matrix, measuring->options, guest, err) < 0)
		return -1;
	measuring->hashes_kernel =
		guest->kernel.text[0] != '\0' && guest->kernel_hashes != ON_OFF_OFF;
	return check_options(measuring, err);
}

// --- 2: firmware ---------------------------------------------------------------------------------

static enum firmware_mapping mapping_of(const struct measuring *measuring, size_t level)
{
	return plan_firmware_mapping(measuring->matrix.levels[level],
				     measuring->matrix.legacy_vm_type);
}

static int check_one_preset(const struct measuring *measuring, struct err *err)
{
	if (measuring->launch->guest.firmware.text[0] != '\0')
		return 0;
	for (size_t i = 1; i < measuring->matrix.n_levels; i++)
		if (mapping_of(measuring, i) != mapping_of(measuring, 0))
			return err_set(err, ERR_USAGE,
				       "these levels do not have the same preset firmware: name an "
				       "image with --firmware");
	return 0;
}

// Digests are also compared for images that QEMU would not take, so this is no refusal.
static void warn_about_mapping(const struct measuring *measuring)
{
	for (size_t i = 0; i < measuring->matrix.n_levels; i++)
		if (matrix_is_for_qemu(&measuring->matrix) &&
		    mapping_of(measuring, i) == FIRMWARE_BIOS &&
		    measuring->firmware.bios.state != OVMF_PRESENT)
			log_warning("firmware '%s': QEMU cannot launch level '%s' with it: %s",
				    TEXT_SHOW(measuring->launch->firmware_path),
				    level_word(measuring->matrix.levels[i]),
				    measuring->firmware.bios.reason);
}

static int read_image(struct measuring *measuring, int fd, struct err *err)
{
	struct image_file *image = &measuring->image;

	if (image_file_read(image, fd, OVMF_BYTES_MAX, err) < 0)
		return -1;
	if (firmware_is_variable_store(image->bytes, image->len))
		return err_set(err, ERR_INPUT, FIRMWARE_IS_VARIABLE_STORE);
	ovmf_read(&measuring->firmware, image->bytes, image->len);
	return 0;
}

static int read_firmware(struct measuring *measuring, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (check_one_preset(measuring, err) < 0)
		return -1;
	if (launch_open_firmware(measuring->launch, mapping_of(measuring, 0), measuring->client,
				 &fd, err) < 0)
		return err_context(err, "firmware");
	if (read_image(measuring, fd, err) < 0)
		return err_context(err, "firmware '%s'",
				   TEXT_SHOW(measuring->launch->firmware_path));
	if (measuring->launch->guest.firmware.text[0] == '\0' && !has_notes(measuring))
		log_info("firmware '%s'", TEXT_SHOW(measuring->launch->firmware_path));
	warn_about_mapping(measuring);
	return 0;
}

// --- 3: kernel -----------------------------------------------------------------------------------

static void show_progress(void *context, uint64_t done, uint64_t size)
{
	(void)size;
	progress_step(context, done);
}

typedef int hashing(struct kernel_hashes *hashes, int fd,
		    const struct kernel_hash_progress *progress, struct err *err);

static int hash_file(struct measuring *measuring, const struct guest_path *from, const char *noun,
		     hashing *hash, struct hashed_file *file, struct err *err)
{
	AUTO(mem) char *path = launch_path(measuring->launch, from);
	struct progress progress;
	const struct kernel_hash_progress steps = { show_progress, &progress };
	AUTO(fd) int fd = -1;
	struct stat st;
	int result;

	if (client_open(measuring->client, OPEN_ARTIFACT, path, &fd, err) < 0)
		return err_context(err, "%s", noun);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at the %s '%s'", noun, TEXT_SHOW(path));
	*file = (struct hashed_file){ true, (uint64_t)st.st_size };
	progress_start(&progress, "hashing", noun, file->size);
	result = hash(&measuring->hashes, fd, &steps, err);
	progress_end(&progress);
	return result < 0 ? err_context(err, "'%s'", TEXT_SHOW(path)) : 0;
}

static int read_kernel(struct measuring *measuring, struct err *err)
{
	const struct guest *guest = &measuring->launch->guest;

	if (!measuring->hashes_kernel)
		return 0;
	kernel_hashes_init(&measuring->hashes);
	kernel_hashes_set_cmdline(&measuring->hashes, guest->cmdline);
	if (hash_file(measuring, &guest->kernel, "kernel", kernel_hashes_read_kernel,
		      &measuring->kernel, err) < 0)
		return -1;
	if (guest->initrd.text[0] == '\0')
		return 0;
	return hash_file(measuring, &guest->initrd, "initrd", kernel_hashes_read_initrd,
			 &measuring->initrd, err);
}

// --- 4: digests ----------------------------------------------------------------------------------

static void warn_about_kernel(const struct measuring *measuring)
{
	if (matrix_is_for_patched_kernel(&measuring->matrix))
		log_warning(
			"option '--kernel-release': this Linux has SEV-SNP only as AMD patched "
			"it, and may leave the FPU's state out of VMSAs, which is another digest");
}

// Hashes that the firmware does not check are covered by the digest, and prove nothing. To look
// takes longer than all else here, so that is for those who get to read it.
static void examine_verifier(struct measuring *measuring)
{
	measuring->verifier_examined = measuring->hashes_kernel && has_notes(measuring);
	if (measuring->verifier_examined)
		blob_verifier_find(&measuring->verifier, measuring->image.bytes,
				   measuring->image.len);
}

// What is said about a level, in the words of a plan.
static void describe(struct plan *plan, const struct measuring *measuring, enum level level)
{
	const struct guest *guest = &measuring->launch->guest;

	plan->level = level;
	plan->has_kernel = guest->kernel.text[0] != '\0';
	plan->has_initrd = guest->initrd.text[0] != '\0';
	plan->has_cmdline = guest->has_cmdline;
	plan->sev.kernel_hashes = measuring->hashes_kernel;
	plan->sev.has_host_data = guest->has_host_data;
	plan->n_disks = (uint32_t)guest->n_disks;
	plan->n_networks = (uint32_t)guest->n_networks;
}

static void print_notes(const struct measuring *measuring)
{
	printf("\n%-12s %s\n", "firmware", TEXT_SHOW(measuring->launch->firmware_path));
	for (size_t i = 0; i < measuring->matrix.n_levels; i++) {
		describe(&measuring->launch->plan, measuring, measuring->matrix.levels[i]);
		printf("\n%-12s %s\n", "level", level_word(measuring->matrix.levels[i]));
		report_print_covered(&measuring->launch->plan);
	}
	if (measuring->verifier_examined)
		printf("\n%-12s %s: %s\n", "hashes",
		       blob_verifier_word(measuring->verifier.verdict), measuring->verifier.reason);
}

static void add_file(struct json_object *head, const char *key, const char *path,
		     const struct hashed_file *file, const uint8_t sha256[static SHA256_BYTES])
{
	struct json_object *row = json_object_new_object();
	char hex[MATRIX_DIGEST_SIZE];

	matrix_write_digest(hex, sha256, SHA256_BYTES, false);
	(void)json_object_object_add(row, "path", json_object_new_string(path));
	(void)json_object_object_add(row, "bytes", json_object_new_uint64(file->size));
	(void)json_object_object_add(row, "sha256", json_object_new_string(hex));
	(void)json_object_object_add(head, key, row);
}

static void add_kernel(struct json_object *head, const struct measuring *measuring)
{
	const struct guest *guest = &measuring->launch->guest;

	(void)json_object_object_add(head, "kernel_hashes",
				     json_object_new_boolean(measuring->hashes_kernel));
	if (!measuring->hashes_kernel)
		return;
	add_file(head, "kernel", guest->kernel.text, &measuring->kernel, measuring->hashes.kernel);
	if (measuring->initrd.is_there)
		add_file(head, "initrd", guest->initrd.text, &measuring->initrd,
			 measuring->hashes.initrd);
	(void)json_object_object_add(head, "cmdline", json_object_new_string(guest->cmdline));
	(void)json_object_object_add(
		head, "kernel_hashes_verdict",
		json_object_new_string(blob_verifier_word(measuring->verifier.verdict)));
	(void)json_object_object_add(head, "kernel_hashes_reason",
				     json_object_new_string(measuring->verifier.reason));
}

static struct json_object *coverage_json(const struct measuring *measuring)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < measuring->matrix.n_levels; i++) {
		enum level level = measuring->matrix.levels[i];
		struct json_object *row = json_object_new_object();

		describe(&measuring->launch->plan, measuring, level);
		(void)json_object_object_add(row, "level",
					     json_object_new_string(level_word(level)));
		report_add_covered(row, &measuring->launch->plan);
		(void)json_object_array_add(rows, row);
	}
	return rows;
}

static struct json_object *head_json(const struct measuring *measuring)
{
	struct json_object *head = json_object_new_object();
	struct json_object *firmware = json_object_new_object();

	(void)json_object_object_add(head, "vmm",
				     json_object_new_string(matrix_vmm_word(&measuring->matrix)));
	(void)json_object_object_add(firmware, "path",
				     json_object_new_string(measuring->launch->firmware_path));
	(void)json_object_object_add(firmware, "bytes",
				     json_object_new_uint64(measuring->image.len));
	(void)json_object_object_add(head, "firmware", firmware);
	add_kernel(head, measuring);
	(void)json_object_object_add(head, "coverage", coverage_json(measuring));
	if (measuring->pages.n > 0)
		(void)json_object_object_add(
			head, "pages",
			page_list_json(&measuring->pages, is_wanted(measuring, "--base64")));
	return head;
}

// All but the digests, which follow as the last member: there may be too many for objects of json-c.
static void print_json_head(const struct measuring *measuring)
{
	AUTO(json) struct json_object *head = head_json(measuring);
	const char *text = json_object_to_json_string_ext(
		head, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t len = strlen(text) - strlen("\n}");

	(void)fwrite(text, 1, len, stdout);
	fputs(",\n  \"digests\": [", stdout);
}

// In front of the digests.
static void print_head(const struct measuring *measuring, const struct matrix_printer *printer)
{
	matrix_print_head(printer);
	if (printer->format == MATRIX_JSON) {
		print_json_head(measuring);
	} else if (measuring->pages.n > 0) {
		page_list_print(&measuring->pages, printer->as_base64);
		putchar('\n');
	}
}

// What follows the first digest of all waits for nothing, so the head is printed then: what fails,
// fails before.
struct printing {
	const struct measuring *measuring;
	struct matrix_printer printer;
};

static void print_series(void *context, const struct matrix_series *series)
{
	struct printing *printing = context;

	if (printing->printer.n_printed == 0)
		print_head(printing->measuring, &printing->printer);
	matrix_print_series(&printing->printer, series);
}

static int print(struct measuring *measuring, struct err *err)
{
	const struct matrix_inputs inputs = {
		&measuring->firmware,
		measuring->hashes_kernel ? &measuring->hashes : NULL,
	};
	struct printing printing = {
		.measuring = measuring,
		.printer = {
			.format = measuring->options->json_wanted ? MATRIX_JSON :
				  is_wanted(measuring, "--csv")	  ? MATRIX_CSV :
								    MATRIX_TEXT,
			.as_base64 = is_wanted(measuring, "--base64"),
			.matrix = &measuring->matrix,
		},
	};

	(void)setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES);
	if ((is_wanted(measuring, "--output-page-list") &&
	     page_list_fill(&measuring->pages, &measuring->matrix, &inputs, err) < 0) ||
	    matrix_measure(&measuring->matrix, &inputs, print_series, &printing, err) < 0)
		return err->kind != ERR_INPUT ?
			       -1 :
			       err_context(err, "firmware '%s'",
					   TEXT_SHOW(measuring->launch->firmware_path));
	if (printing.printer.format == MATRIX_JSON)
		fputs("\n  ]\n}\n", stdout);
	else if (has_notes(measuring))
		print_notes(measuring);
	return fflush(stdout) != 0 ? err_sys(err, "cannot write to standard output") : 0;
}

static int measure(struct measuring *measuring, struct err *err)
{
	if (read_wanted(measuring, err) < 0 || read_firmware(measuring, err) < 0 ||
	    read_kernel(measuring, err) < 0)
		return -1;
	warn_about_kernel(measuring);
	examine_verifier(measuring);
	return print(measuring, err);
}

int command_measure(const struct options *options, struct client *client)
{
	AUTO(measuring) struct measuring *measuring = measuring_new(options, client);
	struct err err;

	return measure(measuring, &err) < 0 ? command_fail(&err) : 0;
}
