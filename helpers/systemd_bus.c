/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "systemd_bus.h"
#include "base/err.h"
#include "base/file.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* A place where nobody answers (a daemon that is stopped) is passed over after this time. */
enum { PLACE_MS = 2000 };

static uint64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- talking ---- */

void conversation_close(struct conversation *c)
{
	/* Without a flush, which would wait: all that matters was answered. */
	(void)sd_bus_close_unref(c->bus);
	c->bus = NULL;
}

static uint64_t remaining(const struct conversation *c)
{
	uint64_t now = now_us();

	return now < c->until ? c->until - now : 0;
}

int conversation_go_on(const struct conversation *c)
{
	int r;

	if (remaining(c) == 0)
		return -ETIMEDOUT;
	if ((r = sd_bus_process(c->bus, NULL)) == 0)
		r = sd_bus_wait(c->bus, remaining(c));
	return r == -EINTR ? 0 : r;
}

static int new_call(const struct conversation *c, const char *interface, const char *member, sd_bus_message **ret)
{
	int r = sd_bus_message_new_method_call(c->bus, ret, "org.freedesktop.systemd1", "/org/freedesktop/systemd1", interface, member);

	/* Where no manager is, none is to be started. */
	return r < 0 ? r : sd_bus_message_set_auto_start(*ret, 0);
}

int conversation_method(const struct conversation *c, const char *member, sd_bus_message **ret)
{
	return new_call(c, "org.freedesktop.systemd1.Manager", member, ret);
}

int conversation_call(const struct conversation *c, sd_bus_message *m, sd_bus_error *e, sd_bus_message **ret)
{
	uint64_t us = remaining(c);

	return us == 0 ? -ETIMEDOUT : sd_bus_call(c->bus, m, us, e, ret); /* 0 would mean a default of 25 s */
}

/* ---- places ---- */

/* A private socket of a manager has no daemon between: nobody says hello there, nothing has a name. */
struct place {
	const char *address;
	bool is_bus;
};

struct places {
	struct place *items;
	size_t n, room;
};

static void add_place(struct arena *a, struct places *l, bool is_bus, const char *address)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->items[i].address, address) == 0)
			return;
	*arena_push(a, l) = (struct place){ .address = address, .is_bus = is_bus };
}

/* As the D-Bus specification wants paths in addresses. */
static const char *path_address(struct arena *a, const char *dir, const char *file)
{
	static const char plain[] = "-_/.0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const char *address = "unix:path=";

	for (const char *p = dir; *p; p++)
		address = arena_printf(a, strchr(plain, *p) ? "%s%c" : "%s%%%02x", address, (unsigned char)*p);
	return arena_printf(a, "%s%s", address, file);
}

/* Alternatives are tried one by one. Others than sockets of this machine start programs or go into a network. */
static void add_variable(struct arena *a, struct places *l, const char *name)
{
	const char *value = getenv(name);
	char *rest = arena_strdup(a, value ? value : ""), *address;

	while ((address = strsep(&rest, ";")))
		if (strncmp(address, "unix:", 5) == 0)
			add_place(a, l, true, address);
}

/* Our id outside of our user namespace; false if nobody has given us one. */
static bool find_outer_uid(uid_t *ret)
{
	unsigned inside, outside, count, uid = geteuid();
	char map[4096];

	*ret = uid;
	if (file_peek(AT_FDCWD, "/proc/self/uid_map", map, sizeof(map)) < 0)
		return true; /* there are no user namespaces, or /proc is not there to tell */
	for (const char *line = map; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 && uid >= inside && uid - inside < count) {
			*ret = outside + (uid - inside);
			return true;
		}
	}
	return false;
}

static void add_user_places(struct arena *a, struct places *l)
{
	static const struct {
		const char *file;
		bool is_bus;
	} sockets[] = { { "/bus", true }, { "/systemd/private", false } };
	const char *dirs[2] = { getenv("XDG_RUNTIME_DIR") };
	uid_t uid;

	/* Root of "podman unshare" has its sockets in the directory of the user. */
	(void)find_outer_uid(&uid);
	dirs[1] = arena_printf(a, "/run/user/%u", uid);
	add_variable(a, l, "DBUS_SESSION_BUS_ADDRESS");
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++)
		for (size_t j = 0; j < ARRAY_SIZE(dirs); j++)
			if (dirs[j] && *dirs[j] == '/')
				add_place(a, l, sockets[i].is_bus, path_address(a, dirs[j], sockets[i].file));
}

static void add_system_places(struct arena *a, struct places *l)
{
	add_place(a, l, false, path_address(a, "/run/systemd", "/private"));
	add_variable(a, l, "DBUS_SYSTEM_BUS_ADDRESS");
	add_place(a, l, true, path_address(a, "/run/dbus", "/system_bus_socket"));
}

/* ---- reaching one ---- */

enum { FOREIGN = EREMOTE };

/* Whoever made the socket could tell us anything. To whom nobody has given an id everybody else looks like itself. */
static int check_peer(const struct conversation *c)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int fd = sd_bus_get_fd(c->bus);
	uid_t uid;

	if (fd < 0)
		return fd;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	return peer.uid == 0 || (peer.uid == geteuid() && find_outer_uid(&uid)) ? 0 : -FOREIGN;
}

static int wait_until_ready(const struct conversation *c)
{
	int r;

	while ((r = sd_bus_is_ready(c->bus)) == 0)
		if ((r = conversation_go_on(c)) < 0)
			return r;
	return r;
}

/* dbus-run-session and others make a bus that has no manager on it. */
static int ping_manager(const struct conversation *c)
{
	sd_bus_message *m = NULL;
	int r = new_call(c, "org.freedesktop.DBus.Peer", "Ping", &m);

	if (r >= 0)
		r = conversation_call(c, m, NULL, NULL);
	(void)sd_bus_message_unref(m);
	return r;
}

static int open_place(struct conversation *c, const struct place *p)
{
	static int (*const steps[])(const struct conversation *c) = { check_peer, wait_until_ready, ping_manager };
	int r;

	/* sd-bus leaves the proof of who we are to the credentials of the socket (an EXTERNAL without a name), so it is
	 * right also inside a user namespace. */
	if ((r = sd_bus_new(&c->bus)) < 0 || (r = sd_bus_set_address(c->bus, p->address)) < 0 ||
	    (r = sd_bus_set_bus_client(c->bus, p->is_bus)) < 0 || (r = sd_bus_start(c->bus)) < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(steps); i++)
		r = steps[i](c);
	return r;
}

static const char *reason(int num)
{
	switch (num) {
	case EHOSTUNREACH: /* ServiceUnknown, NameHasNoOwner */
	case ENXIO:
		return "no manager is there";
	case FOREIGN:
		return "it belongs to somebody else";
	case ETIMEDOUT:
		return "no answer";
	default:
		return strerror(num);
	}
}

int conversation_open(struct arena *a, bool system, struct conversation *ret)
{
	const char *whole = system ? "of the system" : "of the user", *why = "";
	struct places l = { 0 };

	if (system)
		add_system_places(a, &l);
	else
		add_user_places(a, &l);
	for (size_t i = 0; i < l.n; i++) {
		struct conversation c = { .until = now_us() + PLACE_MS * 1000 };
		const char *address = l.items[i].address;
		int r = open_place(&c, &l.items[i]);

		if (r >= 0) {
			c.until = now_us() + CONVERSATION_MS * 1000;
			*ret = c;
			return 0;
		}
		conversation_close(&c);
		if (strncmp(address, "unix:path=", 10) == 0)
			address += 10;
		why = arena_printf(a, "%s%s'%.*s': %s", why, i > 0 ? ", " : "", (int)strcspn(address, ","), address, reason(-r));
	}
	return err_set(ENOTCONN, "no-manager", "cannot reach the systemd manager %s: %s", whole, why);
}
