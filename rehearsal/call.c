// SPDX-License-Identifier: Apache-2.0
// Finds calls in the tables and lets faults strike.

#include "rehearsal/call.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static const struct call_table *const tables[] = {
	&kvm_calls, &vm_calls, &vcpu_calls, &launch_commands, &sev_calls, &sev_commands,
};

// Opening the devices is no ioctl, but can fail as well.
static const char *const other_names[] = { CALL_OPEN_KVM, CALL_OPEN_SEV };

static const struct call *find_row(const struct call_table *table, unsigned long request)
{
	for (size_t i = 0; i < table->n; i++)
		if (table->rows[i].request == request)
			return &table->rows[i];
	return NULL;
}

const char *call_name(const struct call_table *table, unsigned long request)
{
	const struct call *row = find_row(table, request);

	return row == NULL ? NULL : row->name;
}

// The account says which call it was. What holds the lock keeps it.
static void end_qemu(const struct account *account, const struct fault *fault)
{
	account_write(account, "{\"record\":\"end\",\"call\":\"%s\",\"qemu\":\"%s\"}", fault->name,
		      fault->effect == FAULT_DIES ? "dies" : "hangs");
	if (fault->effect == FAULT_DIES)
		(void)raise(SIGKILL);
	for (;;)
		(void)ppoll(NULL, 0, NULL, NULL);
}

int call_fault(struct machine *machine, const char *name)
{
	int status = 0;

	for (size_t i = 0; i < machine->scenario.n_faults; i++) {
		struct fault *fault = &machine->scenario.faults[i];

		if (strcmp(fault->name, name) != 0)
			continue;
		fault->n_calls++;
		if (status != 0 || (fault->call != 0 && fault->call != fault->n_calls))
			continue;
		if (fault->effect != FAULT_ANSWERS)
			end_qemu(&machine->account, fault);
		status = -fault->errnum;
		machine->fw_error = fault->fw_error;
		account_write(&machine->account,
			      "{\"record\":\"fault\",\"call\":\"%s\",\"errno\":%d,\"fw_error\":%u,"
			      "\"fw_error_name\":\"%s\"}",
			      name, fault->errnum, fault->fw_error,
			      firmware_error_name(fault->fw_error));
	}
	return status;
}

int call_answer(const struct call_table *table, struct machine *machine, struct object *object,
		unsigned long request, void *argument)
{
	const struct call *row = find_row(table, request);
	int status;

	if (row == NULL) {
		account_write(&machine->account,
			      "{\"record\":\"unknown-call\",\"request\":\"0x%lx\"}", request);
		return -table->errnum;
	}
	status = call_fault(machine, row->name);
	if (status < 0)
		return status;
	return row->answer == NULL ? 0 : row->answer(machine, object, row, argument);
}

int call_ioctl(struct machine *machine, struct object *object, unsigned long request,
	       void *argument)
{
	static const struct call_table nothing = { .errnum = ENOTTY };
	static const struct call_table *const by_kind[] = {
		[OBJECT_KVM] = &kvm_calls,	  [OBJECT_SEV] = &sev_calls,
		[OBJECT_VM] = &vm_calls,	  [OBJECT_VCPU] = &vcpu_calls,
		[OBJECT_GUEST_MEMORY] = &nothing,
	};

	return call_answer(by_kind[object->kind], machine, object, request, argument);
}

static const struct call_table *table_with(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(tables); i++)
		for (size_t j = 0; j < tables[i]->n; j++)
			if (strcmp(tables[i]->rows[j].name, name) == 0)
				return tables[i];
	return NULL;
}

bool call_is_known(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(other_names); i++)
		if (strcmp(other_names[i], name) == 0)
			return true;
	return table_with(name) != NULL;
}

bool call_reaches_firmware(const char *name)
{
	const struct call_table *table = table_with(name);

	return table != NULL && table->by_firmware;
}
