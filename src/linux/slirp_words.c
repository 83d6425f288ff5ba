/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* slirp_words.c - requests to slirp4netns and its replies, as text. */
#include "base/err.h"
#include "base/json.h"
#include "linux/slirp_api.h"
#include <arpa/inet.h>
#include <string.h>

/* ---- requests ---- */

static struct json_writer *begin(const char *command)
{
	struct json_writer *w = json_writer_new(JSON_COMPACT);

	json_open_object(w);
	json_member(w, "execute", command);
	json_open_member(w, "arguments");
	return w;
}

static const char *end(struct arena *a, struct json_writer *w)
{
	const char *text;
	size_t len;

	json_close_object(w);
	json_close_object(w);
	text = json_text(w, &len);
	return arena_strndup(a, text, len);
}

const char *slirp_say_add(struct arena *a, const struct port_forward *p, const char *guest_addr)
{
	autojson struct json_writer *w = begin("add_hostfwd");

	json_member(w, "proto", port_protocol_name(p->protocol));
	json_member(w, "host_addr", p->host_addr);
	json_member_uint(w, "host_port", p->host_port);
	json_member(w, "guest_addr", guest_addr);
	json_member_uint(w, "guest_port", p->container_port);
	return end(a, w);
}

const char *slirp_say_list(struct arena *a)
{
	autojson struct json_writer *w = begin("list_hostfwd");

	return end(a, w);
}

const char *slirp_say_remove(struct arena *a, int64_t id)
{
	autojson struct json_writer *w = begin("remove_hostfwd");

	json_member_int(w, "id", id);
	return end(a, w);
}

/* ---- replies ---- */

enum { SHOWN_MAX = 160 };

/* The beginning of any bytes, in characters that do nothing to a terminal. */
static const char *shown(struct arena *a, const char *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = len < SHOWN_MAX ? len : SHOWN_MAX;
	char *text = arena_alloc(a, 4 * n + sizeof("...")), *p = text;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if (c >= 0x20 && c < 0x7f && c != '\\') {
			*p++ = (char)c;
			continue;
		}
		p = stpcpy(p, "\\x");
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
	}
	if (n < len)
		(void)stpcpy(p, "...");
	return text;
}

static int not_understood(struct arena *a, const char *text, size_t len)
{
	return err_set(EPROTO, "slirp", "slirp4netns answered what nobody can understand: %s", len ? shown(a, text, len) : "nothing");
}

/* NULL where there is none of this type. */
static const struct json *member(const struct json *object, const char *key, enum json_type type)
{
	const struct json *v = object && object->type == JSON_OBJECT ? json_get(object, key) : NULL;

	return v && v->type == type ? v : NULL;
}

static bool read_int(const struct json *object, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const struct json *v = member(object, key, JSON_NUMBER);
	size_t digits = v ? strspn(v->text, "0123456789") : 0;
	long long n;

	if (digits == 0 || v->text[digits])
		return false;
	errno = 0;
	n = strtoll(v->text, NULL, 10);
	if (errno || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

static bool read_port(const struct json *object, const char *key, uint16_t *ret)
{
	int64_t n;

	if (!read_int(object, key, 1, UINT16_MAX, &n))
		return false;
	*ret = (uint16_t)n;
	return true;
}

static bool read_address(const struct json *object, const char *key, const char **ret)
{
	const struct json *v = member(object, key, JSON_STRING);
	struct in6_addr addr;

	if (!v || (inet_pton(AF_INET, v->text, &addr) != 1 && inet_pton(AF_INET6, v->text, &addr) != 1))
		return false;
	*ret = v->text;
	return true;
}

static bool read_protocol(const struct json *object, enum port_protocol *ret)
{
	const struct json *v = member(object, "proto", JSON_STRING);

	for (enum port_protocol p = 0; v && p < PORT_PROTOCOLS; p++)
		if (strcmp(v->text, port_protocol_name(p)) == 0) {
			*ret = p;
			return true;
		}
	return false;
}

static bool read_forward(const struct json *entry, struct slirp_forward *ret)
{
	*ret = (struct slirp_forward){ .port.origin = "slirp4netns" };
	return read_int(entry, "id", 0, INT64_MAX, &ret->id) && read_protocol(entry, &ret->port.protocol) &&
	       read_address(entry, "host_addr", &ret->port.host_addr) && read_port(entry, "host_port", &ret->port.host_port) &&
	       read_address(entry, "guest_addr", &ret->guest_addr) && read_port(entry, "guest_port", &ret->port.container_port);
}

static bool read_entries(struct arena *a, const struct json *entries, struct slirp_forwards *ret)
{
	struct slirp_forwards l = { 0 };

	for (size_t i = 0; i < entries->n; i++)
		if (!read_forward(&entries->items[i], arena_push(a, &l)))
			return false;
	*ret = l;
	return true;
}

/* The whole answer, once it is known to be no refusal. */
static int hear(struct arena *a, const char *text, size_t len, struct json *ret)
{
	const struct json *error, *words;

	if (json_parse(a, "slirp4netns", text, len, ret) < 0 || ret->type != JSON_OBJECT)
		return not_understood(a, text, len);
	if (!(error = json_get(ret, "error")))
		return 0;
	if (!(words = member(error, "desc", JSON_STRING)))
		return not_understood(a, text, len);
	return err_set(EIO, "slirp", "slirp4netns refused: %s", shown(a, words->text, strlen(words->text)));
}

int slirp_hear_added(struct arena *a, const char *text, size_t len, int64_t *ret_id)
{
	struct json reply;
	int r = hear(a, text, len, &reply);

	if (r < 0)
		return r;
	return read_int(member(&reply, "return", JSON_OBJECT), "id", 0, INT64_MAX, ret_id) ? 0 : not_understood(a, text, len);
}

int slirp_hear_list(struct arena *a, const char *text, size_t len, struct slirp_forwards *ret)
{
	const struct json *entries;
	struct json reply;
	int r = hear(a, text, len, &reply);

	if (r < 0)
		return r;
	/* slirp4netns 1.2 has no "return" around them, whatever its manual says. */
	if (!(entries = member(member(&reply, "return", JSON_OBJECT), "entries", JSON_ARRAY)))
		entries = member(&reply, "entries", JSON_ARRAY);
	return entries && read_entries(a, entries, ret) ? 0 : not_understood(a, text, len);
}

int slirp_hear_removed(struct arena *a, const char *text, size_t len)
{
	struct json reply;
	int r = hear(a, text, len, &reply);

	if (r < 0)
		return r;
	return member(&reply, "return", JSON_OBJECT) ? 0 : not_understood(a, text, len);
}
