// SPDX-License-Identifier: Apache-2.0
// Fuzzes what the launcher makes of a message from the front before it does anything for it: the
// table of requests, and how each handler reads its payload. What handlers then do is replaced here
// by nothing. An input is the launcher's state, the message's type and number of descriptors, and
// the payload.

// They are read whole, because what is fuzzed is theirs alone.
#include "launcher/monitor.c"
#include "launcher/open.c"
#include "launcher/start.c"

#include <assert.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// --- Nothing instead of deeds -------------------------------------------------------------------

// A path that gets as far is one of the bounded kind.
static int see_name(const char *name)
{
	assert(strlen(name) < REQUEST_PATH_SIZE);
	return 0;
}

static int see_plain_name(const char *name)
{
	assert(text_is_plain_name(name, PLAN_NAME_SIZE - 1));
	return see_name(name);
}

int files_open(const struct files *files, const struct file_rule *rule, const char *path,
	       int *out_fd, struct err *err)
{
	(void)files;
	(void)rule;
	(void)err;
	*out_fd = -1;
	return see_name(path);
}

int files_create(const struct files *files, const struct file_rule *rule, const char *path,
		 int *out_fd, struct err *err)
{
	return files_open(files, rule, path, out_fd, err);
}

int files_open_kvm(int *out_fd, struct err *err)
{
	(void)err;
	*out_fd = -1;
	return 0;
}

int files_open_beside(const char *name, int *out_fd, struct err *err)
{
	(void)name;
	return files_open_kvm(out_fd, err);
}

int files_open_policy(int *out_fd, struct err *err)
{
	(void)files;
	(void)err;
	*out_fd = -1;
	return 0;
}

int files_open_console(int *out_fd, struct err *err)
{
	return files_open_kvm(out_fd, err);
}

int place_open_file(enum place place, const char *name, int *out_fd, struct err *err)
{
	(void)place;
	(void)err;
	*out_fd = -1;
	return see_plain_name(name);
}

int cache_store(const char *name, int from_fd, struct err *err)
{
	(void)from_fd;
	(void)err;
	return see_plain_name(name);
}

int runtime_claim(struct runtime *runtime, const char *name, int *control_fd, struct err *err)
{
	(void)runtime;
	(void)err;
	*control_fd = -1;
	return see_plain_name(name);
}

int runtime_connect(const char *name, int *out_fd, struct err *err)
{
	return place_open_file(PLACE_RUNTIME, name, out_fd, err);
}

bool files_is_named(const struct files *files, const struct file_rule *rule, const char *path)
{
	(void)files;
	return rule->options != NULL && see_plain_name(path) == 0;
}

int runtime_open_log(const struct runtime *runtime, const char *name, int *out_fd, struct err *err)
{
	(void)runtime;
	return place_open_file(PLACE_CACHE, name, out_fd, err);
}

int devices_make(const struct plan_needs *needs, uid_t owner, int *out_fd, struct err *err)
{
	(void)owner;
	assert(needs->level < LEVELS && needs->kvm_by_path <= 1);
	return files_open_kvm(out_fd, err);
}

int devices_open_platform(int *out_fd, struct err *err)
{
	return files_open_kvm(out_fd, err);
}

int cgroup_make(struct cgroup *cgroup, const struct host_policy *policy,
		const struct plan_needs *needs, struct err *err)
{
	(void)cgroup;
	(void)policy;
	(void)err;
	assert(needs->memory_mib <= PLAN_MEMORY_MIB_MAX && needs->vcpus <= PLAN_VCPUS_MAX);
	return 0;
}

int spawn_qemu(struct child *init, const struct qemu_start *start, struct err *err)
{
	(void)init;
	(void)err;
	assert(start->order->n_given <= START_FDS_MAX);
	for (size_t i = 0; i < start->order->needs.n_taps; i++)
		assert(text_is_plain_name(start->order->needs.taps[i], PLAN_INTERFACE_SIZE - 1));
	return 0;
}

int spawn_helper(const char *word, int front_fd, const int *fds, size_t n, uid_t uid,
		 struct err *err)
{
	(void)word;
	(void)front_fd;
	(void)uid;
	(void)err;
	assert(n <= JUDGE_FDS_MAX && fds[JUDGE_FD_WHY] >= 0);
	return 0;
}

int admission_take(const struct runtime *runtime, const struct host_policy *policy,
		   const struct plan_needs *needs, struct err *err)
{
	(void)runtime;
	(void)policy;
	(void)err;
	assert(needs->level < LEVELS && needs->memory_mib <= PLAN_MEMORY_MIB_MAX);
	return 0;
}

uint32_t spawn_missing;

int privileges_reduce(bool may_start, struct err *err)
{
	(void)may_start;
	(void)err;
	return 0;
}

int filter_load(enum filter which, struct err *err)
{
	(void)which;
	(void)err;
	return 0;
}

// Only the loop around all this calls these.
void runtime_init(struct runtime *runtime)
{
	runtime->dir_fd = -1;
}

void runtime_release(struct runtime *runtime)
{
	(void)runtime;
}

void cgroup_init(struct cgroup *cgroup)
{
	cgroup->fd = -1;
}

void cgroup_release(struct cgroup *cgroup)
{
	(void)cgroup;
}

void child_init(struct child *child)
{
	child->pidfd = -1;
}

void child_release(struct child *child)
{
	(void)child;
}

int child_wait(struct child *child, struct err *err)
{
	(void)child;
	return err_set(err, ERR_BUG, "there is no child");
}

struct notice_gone spawn_outcome(const siginfo_t *info)
{
	(void)info;
	return (struct notice_gone){ 0 };
}

// --- One message --------------------------------------------------------------------------------

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct wire_message request; // large
	static struct wire_message reply;
	struct monitor monitor;
	struct err err;

	if (size < 4)
		return 0;
	monitor_init(&monitor);
	monitor.state = 1U << (data[0] & 7);
	monitor.probed = (data[1] & 1) != 0;
	request.type = data[2];
	request.n_fds = data[3] % (WIRE_FDS_MAX + 1);
	request.len = size - 4 < WIRE_PAYLOAD_MAX ? size - 4 : WIRE_PAYLOAD_MAX;
	memset(request.payload, 0, sizeof(struct request_open));
	memcpy(request.payload, data + 4, request.len);
	for (size_t i = 0; i < request.n_fds; i++)
		request.fds[i] = -1;
	// The kinds of a fixed size are longer than what a fuzzer likes to send.
	if (request.type == REQUEST_OPEN)
		request.len = sizeof(struct request_open);
	if (request.type == REQUEST_START || request.type == REQUEST_PROBE)
		request.len = sizeof(struct plan_needs);
	if (data[1] & 2) { // as if the rest were there
		monitor.exe_fd = STDIN_FILENO;
		monitor.runtime.dir_fd = STDIN_FILENO;
		memcpy(monitor.runtime.name, request.payload, sizeof(monitor.runtime.name));
	}
	if (check_shape(&monitor, &request, &err) < 0) {
		assert(err_is_valid(&err) && err.kind == ERR_BUG && err.text[0] != '\0');
		return 0;
	}
	reply.n_fds = 0;
	err = (struct err){ 0 };
	if (requests[request.type].handle(&monitor, &request, &reply, &err) < 0)
		assert(err_is_valid(&err) && err.kind != ERR_NONE && err.text[0] != '\0');
	return 0;
}
