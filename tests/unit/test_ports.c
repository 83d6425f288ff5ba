/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_ports.c - ports of the host that lead into the container, as people write them. */
#include "base/err.h"
#include "base/text.h"
#include "plan/ports.h"
#include "tap.h"

static const char *host_text(struct arena *a, const struct port_forward *p)
{
	return p->host_port ? text_host_port(a, p->host_addr, p->host_port) : arena_printf(a, "%s any", p->host_addr);
}

/* "0.0.0.0:8080>80/tcp", several with a space between. */
static const char *forwards_text(struct arena *a, const struct port_forwards *l)
{
	struct strv texts = { 0 };

	for (size_t i = 0; i < l->n; i++)
		strv_push(a, &texts,
			  arena_printf(a, "%s>%u/%s", host_text(a, &l->items[i]), l->items[i].container_port,
				       port_protocol_name(l->items[i].protocol)));
	return strv_join(a, &texts, " ");
}

/* The forwards or the error. */
static const char *parsed(struct arena *a, const char *text)
{
	struct port_forwards l = { 0 };
	int r = ports_parse(a, "--publish", text, &l);

	if (r == 0)
		return forwards_text(a, &l);
	if (r != -EINVAL || strcmp(err_last()->code, "usage") != 0 || l.n != 0)
		return "a failure that is not one of the command line, or leaves something behind";
	return arena_strdup(a, err_last()->text);
}

struct row {
	const char *text, *wanted;
};

static void claim_rows(const struct row *rows, size_t n)
{
	autoarena a = { 0 };

	for (size_t i = 0; i < n; i++)
		claim_text(parsed(&a, rows[i].text), rows[i].wanted, "'%s'", rows[i].text);
}

static void a_port_leads_to_a_port(void)
{
	static const struct row rows[] = {
		{ "8080:80", "0.0.0.0:8080>80/tcp" },
		{ "8080:80/tcp", "0.0.0.0:8080>80/tcp" },
		{ "53:5353/udp", "0.0.0.0:53>5353/udp" },
		{ "53:53/UDP", "0.0.0.0:53>53/udp" },
		{ "65535:1", "0.0.0.0:65535>1/tcp" },
		{ "127.0.0.1:8080:80", "127.0.0.1:8080>80/tcp" },
		{ "255.255.255.255:1:1", "255.255.255.255:1>1/tcp" },
		{ "[::1]:8080:80", "[::1]:8080>80/tcp" },
		{ "[fe80::1:ABCD]:53:53/udp", "[fe80::1:ABCD]:53>53/udp" },
	};

	claim_rows(rows, ARRAY_SIZE(rows));
}

static void without_a_port_of_the_host_any_will_do(void)
{
	static const struct row rows[] = {
		{ "80", "0.0.0.0 any>80/tcp" },
		{ "80/udp", "0.0.0.0 any>80/udp" },
		{ ":80", "0.0.0.0 any>80/tcp" },
		{ "127.0.0.1::80", "127.0.0.1 any>80/tcp" },
		{ "[::]::80/udp", ":: any>80/udp" },
		{ "80-82", "0.0.0.0 any>80/tcp 0.0.0.0 any>81/tcp 0.0.0.0 any>82/tcp" },
		{ "[::1]::80-81", "::1 any>80/tcp ::1 any>81/tcp" },
	};

	claim_rows(rows, ARRAY_SIZE(rows));
}

static void ranges_go_side_by_side(void)
{
	static const struct row rows[] = {
		{ "8000-8002:80-82", "0.0.0.0:8000>80/tcp 0.0.0.0:8001>81/tcp 0.0.0.0:8002>82/tcp" },
		{ "127.0.0.1:65534-65535:1-2/udp", "127.0.0.1:65534>1/udp 127.0.0.1:65535>2/udp" },
		{ "8000-8000:80", "0.0.0.0:8000>80/tcp" },
		{ "8000-8010:80", "--publish '8000-8010:80': must be as many ports of the host as of the container" },
		{ "8000:80-81", "--publish '8000:80-81': must be as many ports of the host as of the container" },
		{ "8000-8001:80-82", "--publish '8000-8001:80-82': must be as many ports of the host as of the container" },
		{ "8001-8000:80-81", "--publish '8001-8000:80-81': must be a range from a lower to a higher port" },
		{ "81-80", "--publish '81-80': must be a range from a lower to a higher port" },
	};

	claim_rows(rows, ARRAY_SIZE(rows));
}

static void ports_have_bounds(void)
{
	static const char *const bad[] = {
		"",	  "0",	  "65536",    "-1",	  "+80",      "80-",	     "-80",	 ":",		"8080:",
		"8080:0", "0:80", "65536:80", "80:65536", "8080:80 ", " 80",	     "8080: 80", "eighty",	"8080:http",
		"0x50",	  "80.5", "80-81-82", "/tcp",	  ":/tcp",    "8000-:80-81", "1-0:80",	 "80,81:80,81", "18446744073709551617:80",
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		const char *got = parsed(&a, bad[i]), *head = arena_printf(&a, "--publish '%s': must be ", bad[i]);

		claim(strncmp(got, head, strlen(head)) == 0, "'%s' is refused", bad[i]);
		claim_text(got + strlen(head), "ports from 1 to 65535, or ranges of them like 8000-8010", "and told what there is");
	}
}

static void protocols_are_two(void)
{
	static const struct row rows[] = {
		{ "80:80/sctp", "--publish '80:80/sctp': must be tcp or udp behind the slash, sctp cannot be forwarded without root" },
		{ "80:80/", "--publish '80:80/': must be tcp or udp behind the slash" },
		{ "80:80/tcp/udp", "--publish '80:80/tcp/udp': must be tcp or udp behind the slash" },
		{ "80:80/tcp,udp", "--publish '80:80/tcp,udp': must be tcp or udp behind the slash" },
		{ "80:80/tcp6", "--publish '80:80/tcp6': must be tcp or udp behind the slash" },
	};

	claim_rows(rows, ARRAY_SIZE(rows));
}

static bool takes_address(struct arena *a, const char *addr)
{
	bool v6 = strchr(addr, ':');
	const char *text = arena_printf(a, v6 ? "[%s]:8080:80" : "%s:8080:80", addr);

	return strcmp(parsed(a, text), arena_printf(a, v6 ? "[%s]:8080>80/tcp" : "%s:8080>80/tcp", addr)) == 0;
}

static void addresses_are_numbers(void)
{
	static const char *const good[] = {
		"0.0.0.0",
		"1.2.3.4",
		"10.0.100.255",
		"::",
		"::1",
		"1::",
		"1:2:3:4:5:6:7:8",
		"::2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7::",
		"1::8",
		"abcd:EF01::",
		"::ffff:1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4",
		"0:0:0:0:0:0:0:0",
	};
	static const char *const bad[] = {
		"",
		"localhost",
		"1.2.3",
		"1.2.3.4.5",
		"1.2.3.256",
		"01.2.3.4",
		"1.2.3.",
		"1..2.3",
		"1.2.3.4 ",
		"0x7f.0.0.1",
		"2130706433",
		"*",
		":",
		":::",
		"1:2",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9",
		"1::2::3",
		"1:2:3:4::5:6:7:8",
		":1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:",
		"12345::",
		"g::",
		"::1%lo",
		"::1/64",
		"::1.2.3",
		"::1.2.3.4:5",
		"1:2:3:4:5:6:7:1.2.3.4",
		"::ffff.1.2.3",
		"::1]",
		"[::1",
		"1.2.3.4::",
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		claim(takes_address(&a, good[i]), "'%s' is an address", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		claim(!takes_address(&a, bad[i]), "'%s' is none", bad[i]);
}

#define ADDRESS "must be a numeric address of the host before the ports, in brackets if it is of IPv6"

static void an_address_has_its_place(void)
{
	static const struct row rows[] = {
		{ "::1:8080:80", "--publish '::1:8080:80': " ADDRESS },
		{ "[127.0.0.1]:8080:80", "--publish '[127.0.0.1]:8080:80': " ADDRESS },
		{ "localhost:8080:80", "--publish 'localhost:8080:80': " ADDRESS },
		{ "[]:8080:80", "--publish '[]:8080:80': " ADDRESS },
		{ ":8080:80", "--publish ':8080:80': " ADDRESS },
		{ "[::1]", "--publish '[::1]': must be an address in brackets, a colon and ports" },
		{ "[::1]80", "--publish '[::1]80': must be an address in brackets, a colon and ports" },
		{ "[::1:80", "--publish '[::1:80': must be an address in brackets, a colon and ports" },
		{ "[::1]:80", "--publish '[::1]:80': must be IP:HOST:CONTAINER when there is an address, with nothing for HOST if any port "
			      "will do" },
		{ "127.0.0.1:80", "--publish '127.0.0.1:80': must be ports from 1 to 65535, or ranges of them like 8000-8010" },
	};

	claim_rows(rows, ARRAY_SIZE(rows));
}

/* What the second of two comes to: NULL for nothing wrong. */
static const char *second(struct arena *a, const char *one, const char *two)
{
	struct port_forwards l = { 0 };

	if (ports_parse(a, "--publish", one, &l) < 0)
		return "the first was refused";
	return ports_parse(a, "--publish", two, &l) < 0 ? arena_strdup(a, err_last()->text) : NULL;
}

static void a_port_of_the_host_leads_to_one_place(void)
{
	static const char *const together[][2] = {
		{ "8080:80", "8081:80" },
		{ "8080:80", "8080:80/udp" },
		{ "127.0.0.1:8080:80", "127.0.0.2:8080:80" },
		{ "8080:80", "[::1]:8080:80" },
		{ "80", "80" },
		{ "8000-8009:80-89", "8010-8019:80-89" },
		{ "8010-8019:80-89", "8000-8009:80-89" },
		{ "8080:80", ":80" },
	};
	autoarena a = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(together); i++)
		claim_text(second(&a, together[i][0], together[i][1]), NULL, "%s goes with %s", together[i][0], together[i][1]);
	claim_text(second(&a, "8080:80", "8080:81"),
		   "--publish '8080:81': must be another port of the host, 0.0.0.0:8080/tcp is that of --publish '8080:80'",
		   "the same port twice is an error that names both");
	claim_text(second(&a, "127.0.0.1:53:53/udp", "53:54/udp"),
		   "--publish '53:54/udp': must be another port of the host, 127.0.0.1:53/udp is that of --publish '127.0.0.1:53:53/udp'",
		   "all addresses have this one among them");
	claim_text(second(&a, "[::1]:80:80", "[0:0::0:0001]:80:81"),
		   "--publish '[0:0::0:0001]:80:81': must be another port of the host, [::1]:80/tcp is that of --publish '[::1]:80:80'",
		   "an address is the same however it is written");
	claim_text(second(&a, "8000-8009:80-89", "8009-8010:1-2"),
		   "--publish '8009-8010:1-2': must be another port of the host, 0.0.0.0:8009/tcp is that of --publish '8000-8009:80-89'",
		   "ranges overlap in their last port");
	claim_text(second(&a, "8009:80", "8000-8009:80-89"),
		   "--publish '8000-8009:80-89': must be another port of the host, 0.0.0.0:8009/tcp is that of --publish '8009:80'",
		   "and with single ones");
}

static void the_list_grows(void)
{
	struct port_forwards l = { 0 };
	autoarena a = { 0 };

	claim(ports_parse(&a, "--publish", "8080:80", &l) == 0 && ports_parse(&a, "--publish", "[::1]::53/udp", &l) == 0,
	      "one after the other");
	claim_text(forwards_text(&a, &l), "0.0.0.0:8080>80/tcp ::1 any>53/udp", "in order");
	claim_text(l.items[1].origin, "--publish '[::1]::53/udp'", "each knows where it is from");
	claim(ports_parse(&a, "--publish", "x", &l) == -EINVAL && l.n == 2, "a mistake adds nothing");
}

static void the_list_has_an_end(void)
{
	struct port_forwards l = { 0 };
	autoarena a = { 0 };

	claim(ports_parse(&a, "--publish", "1-65535:1-65535", &l) == 0 && l.n == 65535, "all ports can be published");
	claim(l.items[65534].host_port == 65535 && l.items[65534].container_port == 65535, "up to the last");
	claim(ports_parse(&a, "--publish", "80/udp", &l) == -EINVAL && l.n == 65535, "and no more");
	claim_text(err_last()->text, "--publish '80/udp': must be at most 65535 ports in all", "with a word about it");
}

static void long_texts_are_refused_at_once(void)
{
	static const char patterns[] = "8:[-/.0";
	enum { MEGABYTE = 1024 * 1024 };
	autoarena a = { 0 };
	char *text = arena_alloc(&a, MEGABYTE + 1);

	for (size_t i = 0; i < sizeof(patterns) - 1; i++) {
		memset(text, patterns[i], MEGABYTE);
		claim_text(parsed(&a, text),
			   arena_printf(&a, "--publish '%.40s...': must be [[IP:][HOST]:]PORT[/PROTOCOL], and not so long", text),
			   "a megabyte of '%c'", patterns[i]);
	}
}

int main(void)
{
	a_port_leads_to_a_port();
	without_a_port_of_the_host_any_will_do();
	ranges_go_side_by_side();
	ports_have_bounds();
	protocols_are_two();
	addresses_are_numbers();
	an_address_has_its_place();
	a_port_of_the_host_leads_to_one_place();
	the_list_grows();
	the_list_has_an_end();
	long_texts_are_refused_at_once();
	return tap_done();
}
