// SPDX-License-Identifier: Apache-2.0
// Attacks by sockets: each family is another part of the kernel, and not all know namespaces.

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#ifndef AF_SMC
#define AF_SMC 43
#endif
#ifndef AF_XDP
#define AF_XDP 44
#endif

static long make_stream(const struct action *action)
{
	return socket((int)action->number, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long make_raw(const struct action *action)
{
	return socket((int)action->number, SOCK_RAW | SOCK_CLOEXEC, 0);
}

static long make_datagram(const struct action *action)
{
	return socket((int)action->number, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static long make_packets(const struct action *action)
{
	return socket((int)action->number, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
}

static long make_icmp(const struct action *action)
{
	return socket((int)action->number, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
}

static long make_netlink(const struct action *action)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, (int)action->number);
}

static long make_pair(const struct action *action)
{
	int ends[2];

	(void)action;
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

// A refused connection shows that the machine's own network is there.
static long connect_loopback(const struct action *action)
{
	const struct sockaddr_in address = { .sin_family = AF_INET,
					     .sin_port = htons(9),
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)action;
	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

static long listen_inet(const struct action *action)
{
	const struct sockaddr_in address = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)action;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -1;
	return listen(fd, 1);
}

static long bind_low_port(const struct action *action)
{
	const struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(1) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)action;
	return fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

static long connect_unix(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)address, sizeof(*address));
}

static long connect_abstract(const struct action *action)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)action;
	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", place.socket_name);
	return connect_unix(&address);
}

// The first of the sockets that root's services listen on.
static long connect_service(const struct action *action)
{
	static const char *const paths[] = { "/run/dbus/system_bus_socket", "/run/systemd/private",
					     "/run/systemd/journal/stdout", "/run/docker.sock",
					     "/dev/log" };

	(void)action;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", paths[i]);
		if (connect_unix(&address) == 0)
			return 0;
	}
	errno = ENOENT; // which of them a machine has says nothing about us
	return -1;
}

static long connect_vsock(const struct action *action)
{
	const struct sockaddr_vm address = { .svm_family = AF_VSOCK,
					     .svm_cid = VMADDR_CID_HOST,
					     .svm_port = 1 };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)action;
	return fd < 0 ? -1 : connect(fd, (const struct sockaddr *)&address, sizeof(address));
}

static long bind_alg(const struct action *action)
{
	const struct sockaddr_alg address = { .salg_family = AF_ALG,
					      .salg_type = "hash",
					      .salg_name = "sha256" };
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	(void)action;
	return fd < 0 ? -1 : bind(fd, (const struct sockaddr *)&address, sizeof(address));
}

static const struct action actions[] = {
	ACTION("inet/stream", "make a TCP socket", make_stream, .number = AF_INET, .anybody = true),
	ACTION("inet/datagram", "make a UDP socket", make_datagram, .number = AF_INET,
	       .anybody = true),
	ACTION("inet/6", "make a TCP socket of IPv6", make_stream, .number = AF_INET6,
	       .anybody = true),
	ACTION("inet-raw", "make a socket for packets of IP", make_icmp, .number = AF_INET),
	ACTION("loopback", "reach the machine's own services", connect_loopback,
	       .right_errno = ECONNREFUSED, .anybody = true),
	ACTION("listen", "listen on a port", listen_inet, .anybody = true),
	ACTION("low-port", "take the port of a service", bind_low_port),
	ACTION("netlink/route", "ask for the network's set-up", make_netlink,
	       .number = NETLINK_ROUTE, .anybody = true),
	ACTION("netlink/netfilter", "reach the firewall's parser", make_netlink,
	       .number = NETLINK_NETFILTER, .anybody = true),
	ACTION("netlink/uevent", "hear of new devices", make_netlink,
	       .number = NETLINK_KOBJECT_UEVENT, .anybody = true),
	ACTION("packet", "read every packet of the machine", make_raw, .number = AF_PACKET),
	ACTION("vsock/socket", "make a socket between machines", make_stream, .number = AF_VSOCK,
	       .anybody = true),
	ACTION("vsock/host", "connect to the machine below", connect_vsock,
	       .right_errno = EINPROGRESS, .anybody = true),
	ACTION("unix/stream", "make a local socket", make_stream, .number = AF_UNIX,
	       .anybody = true),
	ACTION("unix/pair", "make two of them", make_pair, .anybody = true),
	ACTION("unix-abstract", "connect to a program outside by an abstract name",
	       connect_abstract, .anybody = true),
	ACTION("unix-path", "connect to a service of root by its path", connect_service,
	       .anybody = true),
	ACTION("alg", "use the kernel's cryptography", bind_alg, .anybody = true),
	ACTION("xdp", "make a socket for packets of a network card", make_raw, .number = AF_XDP),
	ACTION("bluetooth", "make a Bluetooth socket", make_packets, .number = AF_BLUETOOTH,
	       .anybody = true),
	ACTION("can", "make a socket of a vehicle's bus", make_raw, .number = AF_CAN,
	       .anybody = true),
	ACTION("tipc", "make a socket of a cluster", make_stream, .number = AF_TIPC,
	       .anybody = true),
	ACTION("rds", "make a reliable datagram socket", make_packets, .number = AF_RDS,
	       .anybody = true),
	ACTION("kcm", "make a multiplexor socket", make_datagram, .number = AF_KCM,
	       .anybody = true),
	ACTION("smc", "make a socket of shared memory", make_stream, .number = AF_SMC,
	       .anybody = true),
	ACTION("ax25", "make a radio amateur's socket", make_datagram, .number = AF_AX25,
	       .anybody = true),
};

DEFINE_ACTIONS(socket_actions, actions);
