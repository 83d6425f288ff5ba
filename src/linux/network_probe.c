/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "linux/network_probe.h"
#include "base/file.h"
#include "linux/program.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* $URUN_SLIRP4NETNS and $URUN_PASTA choose another program. */
static char *find_program(struct arena *a, const char *name, const char *variable)
{
	const char *path = getenv("PATH"), *chosen = getenv(variable), *dir;
	size_t len;

	if (chosen)
		return access(chosen, X_OK) == 0 ? arena_strdup(a, chosen) : NULL;
	while ((dir = program_next_dir(&path, &len))) {
		char *file = arena_printf(a, "%.*s/%s", (int)len, dir, name);

		if (access(file, X_OK) == 0)
			return file;
	}
	return NULL;
}

/* Opening it makes no interface yet. */
static void probe_tun(struct arena *a, struct host_network *n)
{
	autoclose int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct stat st;

	if (fd >= 0)
		return;
	n->tun = errno == ENOENT ? TUN_MISSING : errno == EACCES || errno == EPERM ? TUN_CLOSED : TUN_BROKEN;
	n->tun_error = arena_strdup(a, strerror(errno));
	n->tun_mode = stat("/dev/net/tun", &st) == 0 ? st.st_mode & 07777 : 0;
}

static char *read_text(struct arena *a, const char *path)
{
	enum { TEXT_MAX = 1024 * 1024 };
	char *text;
	size_t len;

	return file_read(a, AT_FDCWD, path, TEXT_MAX, &text, &len) == 0 ? text : NULL;
}

static bool is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* Follow it link by link: where it ends is not enough, as on NixOS a link in /etc leads through /nix to /run (readlink(2)). */
static bool leaves(const char *path)
{
	char at[PATH_MAX], to[PATH_MAX], next[2 * PATH_MAX];
	int links;

	(void)snprintf(at, sizeof(at), "%s", path);
	for (links = 0; links < 40; links++) { /* as many as the kernel follows (path_resolution(7)) */
		ssize_t n = readlink(at, to, sizeof(to) - 1);

		if (!is_in(at, "/etc") && !is_in(at, "/run"))
			return true;
		if (n < 0)
			return false;
		to[n] = '\0';
		(void)snprintf(next, sizeof(next), "%.*s/%s", to[0] == '/' ? 0 : (int)(strrchr(at, '/') - at), at, to);
		if (strlen(next) >= sizeof(at))
			return true;
		memcpy(at, next, strlen(next) + 1);
	}
	return true;
}

/* The address that a packet to others would have: connecting a datagram socket only looks for the route (udp(7)). */
char *network_own_address(struct arena *a)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53), .sin_addr = { htonl(0xc0000201) } }; /* RFC 5737: nobody */
	struct sockaddr_in own = { 0 };
	socklen_t len = sizeof(own);
	autoclose int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char text[INET_ADDRSTRLEN];

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0 || getsockname(fd, (struct sockaddr *)&own, &len) < 0)
		return NULL;
	return inet_ntop(AF_INET, &own.sin_addr, text, sizeof(text)) ? arena_strdup(a, text) : NULL;
}

void network_probe(struct arena *a, bool connect, struct host_network *ret)
{
	*ret = (struct host_network){
		.resolv_conf = read_text(a, "/etc/resolv.conf"),
		.hosts = read_text(a, "/etc/hosts"),
		.address = network_own_address(a),
	};
	if (!connect)
		return;
	ret->slirp4netns = find_program(a, "slirp4netns", "URUN_SLIRP4NETNS");
	ret->pasta = find_program(a, "pasta", "URUN_PASTA");
	ret->resolv_conf_apart = leaves("/etc/resolv.conf");
	probe_tun(a, ret);
}
