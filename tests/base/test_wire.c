// SPDX-License-Identifier: Apache-2.0
// Messages between the two programs: whole ones, ends, and everything a hostile peer may send.

#include "tests/base/process.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/mem.h"
#include "base/wire.h"
#include "tests/base/wire_say.h"

struct fixture {
	int ends[2];
	size_t n_fds; /* before the test */
	struct wire_message sent;
	struct wire_message got;
	struct err err;
};

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	return wire_pair(fixture->ends, &fixture->err);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	wire_message_release(&fixture->got);
	close_fd(&fixture->ends[0]);
	close_fd(&fixture->ends[1]);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static void receive(struct fixture *fixture)
{
	expect_success(wire_receive(fixture->ends[1], &fixture->got, &fixture->err), &fixture->err);
}

// One packet as a hostile peer would make it.
static void send_raw(struct fixture *fixture, const void *bytes, size_t len, size_t n_fds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(64 * sizeof(int))] = { 0 };
	struct iovec part = { (void *)(uintptr_t)bytes, len };
	struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	if (n_fds > 0) {
		struct cmsghdr *rights = (struct cmsghdr *)(void *)control;

		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		for (size_t i = 0; i < n_fds; i++)
			memcpy(CMSG_DATA(rights) + i * sizeof(int), &fixture->ends[0], sizeof(int));
		packet.msg_control = control;
		packet.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	}
	assert_int_equal(sendmsg(fixture->ends[0], &packet, MSG_NOSIGNAL), len);
}

// Also that nothing of the refused message stays open.
static void expect_malformed(struct fixture *fixture, const char *text)
{
	size_t n_before = count_fds();

	assert_int_equal(wire_receive(fixture->ends[1], &fixture->got, &fixture->err), -1);
	expect_error(&fixture->err, ERR_BUG, text);
	assert_int_equal(fixture->got.n_fds, 0);
	assert_int_equal(count_fds(), n_before);
}

// --- A peer that behaves -------------------------------------------------------------------------

static void makes_ends_that_close_on_exec(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2; i++)
		assert_int_equal(fcntl(fixture->ends[i], F_GETFD), FD_CLOEXEC);
}

static void carries_type_and_payload(void **state)
{
	struct fixture *fixture = *state;

	expect_success(wire_say(fixture->ends[0], 7, "payload", 7, &fixture->err), &fixture->err);
	expect_success(wire_say(fixture->ends[0], UINT32_MAX, NULL, 0, &fixture->err),
		       &fixture->err);
	receive(fixture);
	assert_int_equal(fixture->got.type, 7);
	assert_int_equal(fixture->got.len, 7);
	assert_memory_equal(fixture->got.payload, "payload", 7);
	assert_int_equal(fixture->got.n_fds, 0);
	receive(fixture);
	assert_int_equal(fixture->got.type, UINT32_MAX);
	assert_int_equal(fixture->got.len, 0);
}

static void carries_the_largest_payload(void **state)
{
	struct fixture *fixture = *state;

	fixture->sent.type = 1;
	fixture->sent.len = WIRE_PAYLOAD_MAX;
	for (size_t i = 0; i < WIRE_PAYLOAD_MAX; i++)
		fixture->sent.payload[i] = (uint8_t)(i * 31 >> 3);
	expect_success(wire_send(fixture->ends[0], &fixture->sent, &fixture->err), &fixture->err);
	receive(fixture);
	assert_int_equal(fixture->got.len, WIRE_PAYLOAD_MAX);
	assert_memory_equal(fixture->got.payload, fixture->sent.payload, WIRE_PAYLOAD_MAX);
}

static void carries_as_many_descriptors_as_fit(void **state)
{
	struct fixture *fixture = *state;
	int pipe_ends[2];
	char byte = 0;

	assert_int_equal(pipe2(pipe_ends, O_CLOEXEC), 0);
	fixture->sent.type = 1;
	fixture->sent.n_fds = WIRE_FDS_MAX;
	for (size_t i = 0; i < WIRE_FDS_MAX; i++)
		fixture->sent.fds[i] = pipe_ends[1];
	expect_success(wire_send(fixture->ends[0], &fixture->sent, &fixture->err), &fixture->err);
	close_fd(&pipe_ends[1]);
	receive(fixture);
	assert_int_equal(fixture->got.n_fds, WIRE_FDS_MAX);
	for (size_t i = 0; i < WIRE_FDS_MAX; i++) {
		assert_int_equal(fcntl(fixture->got.fds[i], F_GETFD), FD_CLOEXEC);
		assert_int_equal(write(fixture->got.fds[i], "x", 1), 1);
		assert_int_equal(read(pipe_ends[0], &byte, 1), 1);
	}
	wire_message_release(&fixture->got);
	assert_int_equal(read(pipe_ends[0], &byte, 1), 0);
	close_fd(&pipe_ends[0]);
}

static void keeps_a_descriptor_that_was_taken(void **state)
{
	struct fixture *fixture = *state;
	int taken;

	fixture->sent.type = 1;
	fixture->sent.n_fds = 2;
	fixture->sent.fds[0] = fixture->ends[0];
	fixture->sent.fds[1] = fixture->ends[1];
	expect_success(wire_send(fixture->ends[0], &fixture->sent, &fixture->err), &fixture->err);
	receive(fixture);
	taken = take_fd(&fixture->got.fds[0]);
	wire_message_release(&fixture->got);
	assert_int_equal(fcntl(taken, F_GETFD), FD_CLOEXEC);
	close_fd(&taken);
}

static void reports_a_peer_that_closed_its_end(void **state)
{
	struct fixture *fixture = *state;

	expect_success(wire_say(fixture->ends[0], 3, "last", 4, &fixture->err), &fixture->err);
	close_fd(&fixture->ends[0]);
	receive(fixture);
	assert_int_equal(fixture->got.type, 3);
	for (size_t i = 0; i < 2; i++) {
		receive(fixture);
		assert_int_equal(fixture->got.type, WIRE_CLOSED);
		assert_int_equal(fixture->got.len, 0);
	}
}

// A peer that closes while something for it is unread resets the connection.
static void takes_a_reset_for_a_closed_peer(void **state)
{
	struct fixture *fixture = *state;

	expect_success(wire_say(fixture->ends[1], 3, "unread", 6, &fixture->err), &fixture->err);
	close_fd(&fixture->ends[0]);
	receive(fixture);
	assert_int_equal(fixture->got.type, WIRE_CLOSED);
}

static void fails_to_send_to_a_closed_peer(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->ends[1]);
	assert_int_equal(wire_say(fixture->ends[0], 1, "x", 1, &fixture->err), -1);
	expect_error(&fixture->err, ERR_SYSTEM,
		     "cannot send a message to the other half of snplaunch: Broken pipe");
	assert_int_equal(fixture->err.errnum, EPIPE);
	assert_int_equal(wire_send(fixture->ends[0], &fixture->sent, &fixture->err), -1);
	assert_int_equal(fixture->err.errnum, EPIPE);
}

static void fails_to_receive_from_what_is_no_socket(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(wire_receive(-1, &fixture->got, &fixture->err), -1);
	expect_error(&fixture->err, ERR_SYSTEM,
		     "cannot receive a message from the other half of snplaunch: Bad file "
		     "descriptor");
}

// --- A hostile peer ------------------------------------------------------------------------------

static void refuses_a_payload_that_is_one_byte_too_large(void **state)
{
	struct fixture *fixture = *state;
	AUTO(mem) uint8_t *bytes = mem_zeroed(WIRE_PAYLOAD_MAX + 5, 1);
	char text[64];

	bytes[0] = 1;
	send_raw(fixture, bytes, WIRE_PAYLOAD_MAX + 5, 3);
	(void)snprintf(text, sizeof(text), "malformed message of %zu bytes", WIRE_PAYLOAD_MAX + 4);
	expect_malformed(fixture, text);
}

static void refuses_a_message_that_is_shorter_than_its_type(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "\1\0\0", 3, 0);
	expect_malformed(fixture, "malformed message of 3 bytes");
	send_raw(fixture, "\1", 1, 2);
	expect_malformed(fixture, "malformed message of 1 bytes");
}

static void refuses_type_0(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "\0\0\0\0abcd", 8, 1);
	expect_malformed(fixture, "malformed message of 8 bytes");
}

// The kernel installs those that there is room for; they must not stay.
static void refuses_too_many_descriptors(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "\1\0\0\0", 4, WIRE_FDS_MAX + 1);
	expect_malformed(fixture, "malformed message of 4 bytes");
	send_raw(fixture, "\1\0\0\0", 4, 2 * WIRE_FDS_MAX);
	expect_malformed(fixture, "malformed message of 4 bytes");
}

// For the kernel an empty packet looks like the end, but it can carry descriptors.
static void refuses_an_empty_packet_with_descriptors(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "", 0, 2);
	expect_malformed(fixture, "malformed message of 0 bytes");
}

static void takes_an_empty_packet_for_the_end(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "", 0, 0);
	receive(fixture);
	assert_int_equal(fixture->got.type, WIRE_CLOSED);
	assert_int_equal(fixture->got.n_fds, 0);
}

// The kernel cuts the list where the process may have no more descriptors.
static void refuses_descriptors_that_the_kernel_could_not_install(void **state)
{
	struct fixture *fixture = *state;
	int spare[3] = { dup(0), dup(0), dup(0) };
	struct rlimit saved;
	struct rlimit low;
	int result;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &saved), 0);
	send_raw(fixture, "\1\0\0\0", 4, 4);
	low = (struct rlimit){ .rlim_cur = (rlim_t)spare[2] + 1, .rlim_max = saved.rlim_max };
	for (size_t i = 0; i < 3; i++)
		close_fd(&spare[i]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	result = wire_receive(fixture->ends[1], &fixture->got, &fixture->err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &saved), 0);
	assert_int_equal(result, -1);
	expect_error(&fixture->err, ERR_BUSY, "too few descriptors are allowed (ulimit -n)");
}

static void goes_on_after_a_refused_message(void **state)
{
	struct fixture *fixture = *state;

	send_raw(fixture, "\1", 1, 0);
	expect_success(wire_say(fixture->ends[0], 5, "next", 4, &fixture->err), &fixture->err);
	expect_malformed(fixture, "malformed message of 1 bytes");
	receive(fixture);
	assert_int_equal(fixture->got.type, 5);
}

static void releases_a_message_that_was_never_filled(void **state)
{
	struct fixture *fixture = *state;

	wire_message_release(&fixture->sent);
	wire_message_release(&fixture->sent);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_ends_that_close_on_exec),
		TEST(carries_type_and_payload),
		TEST(carries_the_largest_payload),
		TEST(carries_as_many_descriptors_as_fit),
		TEST(keeps_a_descriptor_that_was_taken),
		TEST(reports_a_peer_that_closed_its_end),
		TEST(takes_a_reset_for_a_closed_peer),
		TEST(fails_to_send_to_a_closed_peer),
		TEST(fails_to_receive_from_what_is_no_socket),
		TEST(refuses_a_payload_that_is_one_byte_too_large),
		TEST(refuses_a_message_that_is_shorter_than_its_type),
		TEST(refuses_type_0),
		TEST(refuses_too_many_descriptors),
		TEST(refuses_an_empty_packet_with_descriptors),
		TEST(takes_an_empty_packet_for_the_end),
		TEST(refuses_descriptors_that_the_kernel_could_not_install),
		TEST(goes_on_after_a_refused_message),
		TEST(releases_a_message_that_was_never_filled),
	};

	return cmocka_run_group_tests_name("base/wire", tests, NULL, NULL);
}
