// SPDX-License-Identifier: Apache-2.0
// Host facts as JSON: tables that drive both writing and reading, and what no table can say.

#include "host/facts_json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text_escape.h"
#include "qmp/json.h"

#define DEPTH_MAX 5
#define VALUES_MAX 8192

static const struct qmp_field top_fields[] = {
	QMP_FIELD_LINE(struct host_facts, identity, "identity"),
};

static const struct qmp_field qemu_fields[] = {
	QMP_FIELD(struct host_qemu, major, "major"),
	QMP_FIELD(struct host_qemu, minor, "minor"),
	QMP_FIELD(struct host_qemu, micro, "micro"),
	QMP_FIELD_LINE(struct host_qemu, package, "package"),
	QMP_FIELD_NAME(struct host_qemu, machine, "machine"),
	QMP_FIELD(struct host_qemu, machine_cpu_max, "machine_cpu_max"),
	QMP_FIELD(struct host_qemu, kvm_built, "kvm_built"),
	QMP_FIELD(struct host_qemu, kvm_usable, "kvm_usable"),
	QMP_FIELD(struct host_qemu, kvm_takes_fd, "kvm_takes_fd"),
	QMP_FIELD(struct host_qemu, tcg_built, "tcg_built"),
};

static const struct qmp_field cpu_model_fields[] = {
	QMP_FIELD_NAME(struct host_cpu_model, name, "name"),
	QMP_FIELD_LINE(struct host_cpu_model, alias_of, "alias_of", .optional = true),
	QMP_FIELD(struct host_cpu_model, deprecated, "deprecated", .optional = true),
	QMP_FIELD_LINE(struct host_cpu_model, unavailable, "unavailable", .optional = true),
};

static const struct qmp_field cpu_fields[] = {
	QMP_FIELD_LINE(struct host_cpu, vendor, "vendor"),
	QMP_FIELD_HEX(struct host_cpu, signature, "signature"),
	QMP_FIELD(struct host_cpu, hypervisor, "hypervisor"),
	QMP_FIELD(struct host_cpu, sev, "sev"),
	QMP_FIELD(struct host_cpu, sev_es, "sev_es"),
	QMP_FIELD(struct host_cpu, sev_snp, "sev_snp"),
	QMP_FIELD(struct host_cpu, cbitpos, "cbitpos"),
	QMP_FIELD(struct host_cpu, phys_addr_reduction, "phys_addr_reduction"),
	QMP_FIELD(struct host_cpu, max_asid, "max_asid"),
	QMP_FIELD(struct host_cpu, min_sev_asid, "min_sev_asid"),
};

static const struct qmp_field kvm_fields[] = {
	QMP_FIELD(struct host_kvm, vm_types_known, "vm_types_known"),
	QMP_FIELD_HEX(struct host_kvm, vm_types, "vm_types"),
};

// The members of an object: those of a table, and those that need code of their own.
struct shape {
	const struct qmp_field *fields;
	size_t n_fields;
	const char *other_keys[4];
};

#define SHAPE_FIELDS(table) .fields = (table), .n_fields = ARRAY_LEN(table)

static const struct shape top_shape = { SHAPE_FIELDS(top_fields),
					.other_keys = { "format", "qemu", "cpu", "kvm" } };
static const struct shape qemu_shape = {
	SHAPE_FIELDS(qemu_fields), .other_keys = { "sev_guest", "sev_snp_guest", "cpu_models" }
};
static const struct shape cpu_model_shape = { SHAPE_FIELDS(cpu_model_fields) };
static const struct shape cpu_shape = { SHAPE_FIELDS(cpu_fields) };
static const struct shape kvm_shape = { SHAPE_FIELDS(kvm_fields) };

// --- Writing -------------------------------------------------------------------------------------

// All our strings are printable ASCII, so these two are what JSON wants escaped.
static void write_string(FILE *out, const char *string)
{
	fputc('"', out);
	for (; *string != '\0'; string++) {
		if (*string == '"' || *string == '\\')
			fputc('\\', out);
		fputc(*string, out);
	}
	fputc('"', out);
}

static uint64_t load_uint(const void *from, size_t size)
{
	uint64_t number = 0;

	memcpy(&number, from, size);
	return number;
}

static void write_value(FILE *out, const void *from, const struct qmp_field *field)
{
	switch (field->kind) {
	case QMP_FIELD_KIND_BOOL:
		fputs(*(const bool *)from ? "true" : "false", out);
		return;
	case QMP_FIELD_KIND_UINT:
	case QMP_FIELD_KIND_WORD:
		fprintf(out, "%" PRIu64, load_uint(from, field->size));
		return;
	case QMP_FIELD_KIND_HEX:
		fprintf(out, "\"0x%" PRIx64 "\"", load_uint(from, field->size));
		return;
	case QMP_FIELD_KIND_TEXT:
	case QMP_FIELD_KIND_NAME:
	case QMP_FIELD_KIND_LINE:
		write_string(out, from);
		return;
	}
}

static bool is_zero(const void *bytes, size_t len)
{
	const char *byte = bytes;

	for (size_t i = 0; i < len; i++)
		if (byte[i] != 0)
			return false;
	return true;
}

// "key": value, "key": value - without braces, and without optional members that are zero.
static void write_fields(FILE *out, const void *from, const struct shape *shape,
			 const char *separator)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct qmp_field *field = &shape->fields[i];
		const char *member = (const char *)from + field->offset;

		if (field->optional && is_zero(member, field->size))
			continue;
		fprintf(out, "%s\"%s\": ", i == 0 ? "" : separator, field->key);
		write_value(out, member, field);
	}
}

static void write_properties(FILE *out, const char *key, uint32_t set)
{
	const char *separator = "";

	fprintf(out, "    \"%s\": [", key);
	for (unsigned int i = 0; i < HOST_PROPERTIES; i++) {
		if ((set & HOST_PROPERTY_BIT(i)) == 0)
			continue;
		fprintf(out, "%s\"%s\"", separator, host_property_word(i));
		separator = ", ";
	}
	fputs("],\n", out);
}

static void write_qemu(FILE *out, const struct host_qemu *qemu)
{
	fputs("  \"qemu\": {\n    ", out);
	write_fields(out, qemu, &qemu_shape, ",\n    ");
	fputs(",\n", out);
	write_properties(out, "sev_guest", qemu->sev_guest);
	write_properties(out, "sev_snp_guest", qemu->sev_snp_guest);
	fputs("    \"cpu_models\": [", out);
	for (size_t i = 0; i < qemu->n_cpu_models; i++) {
		fputs(i == 0 ? "\n      {" : ",\n      {", out);
		write_fields(out, &qemu->cpu_models[i], &cpu_model_shape, ", ");
		fputc('}', out);
	}
	fputs("\n    ]\n  },\n", out);
}

static void write_facts(FILE *out, const struct host_facts *facts)
{
	fprintf(out, "{\n  \"format\": %d,\n  ", HOST_FACTS_FORMAT);
	write_fields(out, facts, &top_shape, ",\n  ");
	fputs(",\n", out);
	write_qemu(out, &facts->qemu);
	fputs("  \"cpu\": {\n    ", out);
	write_fields(out, &facts->cpu, &cpu_shape, ",\n    ");
	fputs("\n  },\n  \"kvm\": {\n    ", out);
	write_fields(out, &facts->kvm, &kvm_shape, ",\n    ");
	fputs("\n  }\n}\n", out);
}

char *host_facts_write(const struct host_facts *facts, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	if (out != NULL)
		write_facts(out, facts);
	if (out == NULL || fclose(out) != 0) {
		log_error("out of memory");
		abort();
	}
	return text;
}

// --- Reading -------------------------------------------------------------------------------------

static bool shape_has_key(const struct shape *shape, const char *key)
{
	for (size_t i = 0; i < shape->n_fields; i++)
		if (strcmp(shape->fields[i].key, key) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(shape->other_keys); i++)
		if (shape->other_keys[i] != NULL && strcmp(shape->other_keys[i], key) == 0)
			return true;
	return false;
}

// Reads the fields of a shape, and refuses a key that is none of its.
static int read_shape(void *to, struct json_object *object, const struct shape *shape,
		      struct err *err)
{
	json_object_object_foreach (object, key, value) {
		(void)value;
		if (!shape_has_key(shape, key))
			return err_set(err, ERR_INPUT, "unknown member '%s'", TEXT_SHOW(key));
	}
	return qmp_fields_read(to, object, shape->fields, shape->n_fields, ERR_INPUT, err);
}

static int read_format(struct json_object *top, struct err *err)
{
	struct json_object *format;

	if (qmp_member_find(&format, top, "format", json_type_int, ERR_INPUT, err) < 0)
		return -1;
	if (json_object_get_int64(format) != HOST_FACTS_FORMAT)
		return err_set(err, ERR_INPUT, "member 'format' must be %d, not %s",
			       HOST_FACTS_FORMAT, json_object_get_string(format));
	return 0;
}

static int read_properties(uint32_t *set, struct json_object *qemu, const char *key,
			   struct err *err)
{
	struct json_object *words;

	if (qmp_member_find(&words, qemu, key, json_type_array, ERR_INPUT, err) < 0)
		return -1;
	for (size_t i = 0; i < json_object_array_length(words); i++) {
		struct json_object *word = json_object_array_get_idx(words, i);
		uint32_t bit = 0;

		if (json_object_is_type(word, json_type_string))
			bit = host_property_bit(json_object_get_string(word));
		if (bit == 0)
			return err_set(err, ERR_INPUT, "%s: item %zu is no property that is known",
				       key, i);
		*set |= bit;
	}
	return 0;
}

static int read_cpu_models(struct host_qemu *qemu, struct json_object *object, struct err *err)
{
	struct json_object *models;

	if (qmp_member_find(&models, object, "cpu_models", json_type_array, ERR_INPUT, err) < 0)
		return -1;
	qemu->n_cpu_models = json_object_array_length(models);
	if (qemu->n_cpu_models > ARRAY_LEN(qemu->cpu_models))
		return err_set(err, ERR_INPUT, "cpu_models: more than %zu",
			       ARRAY_LEN(qemu->cpu_models));
	for (size_t i = 0; i < qemu->n_cpu_models; i++) {
		struct json_object *model = json_object_array_get_idx(models, i);

		if (!json_object_is_type(model, json_type_object))
			return err_set(err, ERR_INPUT, "cpu_models: item %zu must be an object", i);
		if (read_shape(&qemu->cpu_models[i], model, &cpu_model_shape, err) < 0)
			return err_context(err, "cpu_models: item %zu", i);
		qemu->cpu_models[i].runnable = qemu->cpu_models[i].unavailable[0] == '\0';
	}
	return 0;
}

static int read_qemu(struct host_facts *facts, struct json_object *object, struct err *err)
{
	struct host_qemu *qemu = &facts->qemu;

	if (read_shape(qemu, object, &qemu_shape, err) < 0 ||
	    read_properties(&qemu->sev_guest, object, "sev_guest", err) < 0 ||
	    read_properties(&qemu->sev_snp_guest, object, "sev_snp_guest", err) < 0)
		return -1;
	return read_cpu_models(qemu, object, err);
}

static int read_cpu(struct host_facts *facts, struct json_object *object, struct err *err)
{
	return read_shape(&facts->cpu, object, &cpu_shape, err);
}

static int read_kvm(struct host_facts *facts, struct json_object *object, struct err *err)
{
	return read_shape(&facts->kvm, object, &kvm_shape, err);
}

static const struct section {
	const char *key;
	int (*read)(struct host_facts *facts, struct json_object *object, struct err *err);
} sections[] = {
	{ "qemu", read_qemu },
	{ "cpu", read_cpu },
	{ "kvm", read_kvm },
};

int host_facts_read_object(struct host_facts *facts, struct json_object *top, struct err *err)
{
	memset(facts, 0, sizeof(*facts));
	if (read_format(top, err) < 0 || read_shape(facts, top, &top_shape, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		struct json_object *object;

		if (qmp_member_find(&object, top, sections[i].key, json_type_object, ERR_INPUT,
				    err) < 0)
			return -1;
		if (sections[i].read(facts, object, err) < 0)
			return err_context(err, "%s", sections[i].key);
	}
	return 0;
}

int host_facts_read(struct host_facts *facts, const char *text, size_t len, struct err *err)
{
	const struct json_limits limits = {
		.bytes_max = HOST_FACTS_BYTES_MAX,
		.depth_max = DEPTH_MAX,
		.keys_max = VALUES_MAX,
		.kind = ERR_INPUT,
	};
	AUTO(json) struct json_object *top = NULL;

	memset(facts, 0, sizeof(*facts));
	if (qmp_json_read_file(&top, text, len, &limits, VALUES_MAX, err) < 0)
		return -1;
	return host_facts_read_object(facts, top, err);
}
