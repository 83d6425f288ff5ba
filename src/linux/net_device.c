/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/net_device.h"
#include "base/err.h"
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

_Static_assert(NET_DEVICE_NAME_SIZE == IF_NAMESIZE, "the plan's names are as long as the kernel's");

enum { ANSWER_SIZE = 32768, ATTRIBUTES_SIZE = 128 }; /* of a dump (netlink(7)); of the requests here */

struct request {
	struct nlmsghdr head;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg address;
	} about;
	char attributes[ATTRIBUTES_SIZE];
};

static void begin(struct request *q, uint16_t type, uint16_t flags, size_t about)
{
	*q = (struct request){
		.head = { .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_len = (uint32_t)NLMSG_LENGTH(about) }
	};
}

static void attach(struct request *q, uint16_t type, const void *data, size_t len)
{
	struct rtattr *attribute = (struct rtattr *)((char *)q + NLMSG_ALIGN(q->head.nlmsg_len));

	attribute->rta_type = type;
	attribute->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(attribute), data, len);
	q->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(q->head.nlmsg_len) + RTA_ALIGN(attribute->rta_len));
}

/* A socket with the request on its way, or -errno. */
static int ask(const struct request *q)
{
	autoclose int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (sock < 0 || send(sock, q, q->head.nlmsg_len, 0) < 0)
		return -errno;
	return take_fd(&sock);
}

/* 0, or the kernel's -errno. */
static int change(struct request *q)
{
	union {
		struct nlmsghdr head;
		char bytes[ANSWER_SIZE];
	} answer;
	autoclose int sock = -1;
	ssize_t n;

	q->head.nlmsg_flags |= NLM_F_ACK;
	if ((sock = ask(q)) < 0)
		return sock;
	if ((n = recv(sock, &answer, sizeof(answer), 0)) < 0)
		return -errno;
	if (!NLMSG_OK(&answer.head, (size_t)n) || answer.head.nlmsg_type != NLMSG_ERROR)
		return -EPROTO;
	return ((const struct nlmsgerr *)NLMSG_DATA(&answer.head))->error;
}

/* ---- what there is ---- */

static void add_address(struct arena *a, const struct ifaddrmsg *m, size_t len, struct host_net_devices *l)
{
	char name[IF_NAMESIZE], text[INET6_ADDRSTRLEN];
	const void *address = NULL;

	for (const struct rtattr *t = IFA_RTA(m); RTA_OK(t, len); t = RTA_NEXT(t, len))
		/* At one end of a point-to-point link the first is that of the other. */
		if (t->rta_type == IFA_LOCAL || (t->rta_type == IFA_ADDRESS && !address))
			address = RTA_DATA(t);
	if (!address || m->ifa_scope != RT_SCOPE_UNIVERSE || !(m->ifa_flags & IFA_F_PERMANENT) || !if_indextoname(m->ifa_index, name) ||
	    !inet_ntop(m->ifa_family, address, text, sizeof(text)))
		return;
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].name, name) == 0)
			strv_push(a, &l->items[i].addresses, arena_printf(a, "%s/%u", text, m->ifa_prefixlen));
}

/* False at the end of the dump. */
static bool read_addresses(struct arena *a, const struct nlmsghdr *h, size_t len, struct host_net_devices *l)
{
	for (; NLMSG_OK(h, len); h = NLMSG_NEXT(h, len)) {
		if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
			return false;
		if (h->nlmsg_type == RTM_NEWADDR)
			add_address(a, NLMSG_DATA(h), IFA_PAYLOAD(h), l);
	}
	return true;
}

static void probe_addresses(struct arena *a, struct host_net_devices *l)
{
	char *answer = arena_alloc(a, ANSWER_SIZE);
	autoclose int sock = -1;
	struct request q;
	ssize_t n;

	begin(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(q.about.address));
	sock = ask(&q);
	while (sock >= 0 && (n = recv(sock, answer, ANSWER_SIZE, 0)) > 0)
		if (!read_addresses(a, (const struct nlmsghdr *)(void *)answer, (size_t)n, l))
			break;
}

void net_devices_probe(struct arena *a, struct host_net_devices *ret)
{
	struct if_nameindex *all = if_nameindex();

	*ret = (struct host_net_devices){ 0 };
	for (size_t i = 0; all && all[i].if_name; i++)
		*arena_push(a, ret) = (struct host_net_device){ .name = arena_strdup(a, all[i].if_name) };
	if (all)
		if_freenameindex(all);
	probe_addresses(a, ret);
}

/* ---- what is done ---- */

static int cannot_move(const struct net_move *d, int r)
{
	const char *why = r == -EPERM	 ? "it belongs to root of another user namespace"
			  : r == -EEXIST ? "the container has one with this name"
			  : r == -ENODEV ? "it has gone"
			  : r == -EINVAL ? "it is of a kind that cannot leave its network namespace"
					 : NULL;

	errno = -r;
	if (!why)
		return err_sys("cannot move the network device '%s' as '%s'", d->from, d->name);
	return err_set(-r, "net-device", "cannot move the network device '%s' as '%s': %s", d->from, d->name, why);
}

int net_device_move(const struct net_move *d, pid_t process)
{
	const uint32_t to = (uint32_t)process;
	struct request q;
	int r;

	begin(&q, RTM_NEWLINK, 0, sizeof(q.about.link));
	q.about.link.ifi_index = (int)if_nametoindex(d->from);
	attach(&q, IFLA_NET_NS_PID, &to, sizeof(to));
	attach(&q, IFLA_IFNAME, d->name, strlen(d->name) + 1);
	r = q.about.link.ifi_index ? change(&q) : -ENODEV;
	return r < 0 ? cannot_move(d, r) : 0;
}

static int add_back(int index, const char *text)
{
	struct request q;
	char address[INET6_ADDRSTRLEN];
	unsigned char bytes[sizeof(struct in6_addr)];
	unsigned prefix;
	bool v6 = strchr(text, ':') != NULL;

	begin(&q, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(q.about.address));
	if (sscanf(text, "%45[^/]/%u", address, &prefix) != 2 || inet_pton(v6 ? AF_INET6 : AF_INET, address, bytes) != 1)
		return -EINVAL;
	q.about.address = (struct ifaddrmsg){
		.ifa_family = v6 ? AF_INET6 : AF_INET,
		.ifa_prefixlen = (unsigned char)prefix,
		.ifa_flags = v6 ? IFA_F_NODAD : 0, /* nobody else has it: it has been ours */
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = (unsigned)index,
	};
	attach(&q, IFA_LOCAL, bytes, v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr));
	attach(&q, IFA_ADDRESS, bytes, v6 ? sizeof(struct in6_addr) : sizeof(struct in_addr));
	return change(&q);
}

int net_device_set_up(const struct net_move *d)
{
	const int index = (int)if_nametoindex(d->name);
	struct request q;
	int r = index ? 0 : -ENODEV;

	for (size_t i = 0; r == 0 && i < d->addresses.n; i++)
		r = add_back(index, d->addresses.v[i]);
	begin(&q, RTM_NEWLINK, 0, sizeof(q.about.link));
	q.about.link = (struct ifinfomsg){ .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	if (r == 0)
		r = change(&q);
	errno = -r;
	return r < 0 ? err_sys("cannot set up the network device '%s'", d->name) : 0;
}
