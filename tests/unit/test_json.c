/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_json.c - what the one seam to the JSON library takes, refuses and writes. */
#include "base/err.h"
#include "base/json.h"
#include "tap.h"

static int parse(struct arena *a, const char *text, struct json *ret)
{
	return json_parse(a, "x", text, strlen(text), ret);
}

static void takes(const char *text, enum json_type type)
{
	autoarena a = { 0 };
	struct json v;

	claim(parse(&a, text, &v) == 0 && v.type == type, "takes %s", text);
}

static void refuses(const char *text)
{
	autoarena a = { 0 };
	struct json v = { .type = JSON_BOOL };

	claim(parse(&a, text, &v) == -EINVAL && v.type == JSON_BOOL, "refuses %s", text);
}

static void says(const char *text, size_t len, const char *sentence)
{
	autoarena a = { 0 };
	struct json v;

	claim(json_parse(&a, "x", text, len, &v) == -EINVAL, "refuses: %s", sentence);
	claim_text(err_last()->text, sentence, "and says why");
}

static char *nested(struct arena *a, const char *open, const char *close, size_t n)
{
	char *text = arena_alloc(a, n * (strlen(open) + strlen(close)) + 2), *p = text;

	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, open);
	*p++ = '1';
	for (size_t i = 0; i < n; i++)
		p = stpcpy(p, close);
	return text;
}

static char *repeated(struct arena *a, size_t n)
{
	char *text = arena_alloc(a, 2 * n + 2), *p = text;

	*p++ = '[';
	for (size_t i = 0; i < n; i++, *p++ = ',')
		*p++ = '1';
	p[-1] = ']';
	return text;
}

static void limits_hold(void)
{
	autoarena a = { 0 };
	struct json v;

	claim(parse(&a, nested(&a, "[", "]", JSON_DEPTH_MAX), &v) == 0, "takes arrays of the largest depth");
	claim(parse(&a, nested(&a, "[", "]", JSON_DEPTH_MAX + 1), &v) < 0, "refuses one level more");
	claim(parse(&a, nested(&a, "{\"a\":", "}", JSON_DEPTH_MAX), &v) == 0, "takes objects of the largest depth");
	claim(parse(&a, nested(&a, "{\"a\":", "}", JSON_DEPTH_MAX + 1), &v) < 0, "refuses one level more");
	claim(parse(&a, nested(&a, "[", "]", 1000 * 1000), &v) < 0, "a million levels do not hurt");
	claim(parse(&a, repeated(&a, JSON_COUNT_MAX - 1), &v) == 0 && v.n == JSON_COUNT_MAX - 1, "takes as many values as allowed");
	claim(parse(&a, repeated(&a, JSON_COUNT_MAX), &v) < 0, "refuses one value more");
	claim_text(err_last()->text, "x: line 1: too many values", "and says so");
}

static void values_are_kept(void)
{
	autoarena a = { 0 };
	struct json v;

	(void)parse(&a, "{ \"b\": [1, true, null, \"\\u00fc\\n\"], \"a\": { } }", &v);
	claim(v.n == 2 && strcmp(v.keys[0], "b") == 0 && strcmp(v.keys[1], "a") == 0, "keys keep their order");
	claim(json_get(&v, "b")->n == 4 && json_get(&v, "b")->items[1].boolean, "members are found");
	claim_text(json_get(&v, "b")->items[3].text, "\xc3\xbc\n", "escapes are resolved");
	claim(json_get(&v, "c") == NULL && json_get(json_get(&v, "b"), "x") == NULL, "what is not there is NULL");
	(void)parse(&a, "[18446744073709551616, -0, 1.5e300, 0.10]", &v);
	claim_text(v.items[0].text, "18446744073709551616", "a number beyond 64 bits is text");
	claim_text(v.items[3].text, "0.10", "no digit of a number is lost");
	claim_text(json_type_name(JSON_NULL), "null", "types have names");
}

static void the_writer_writes_what_the_parser_reads(void)
{
	autojson struct json_writer *w = json_writer_new(JSON_COMPACT);
	autoarena a = { 0 };
	const char *text;
	struct json v;
	size_t len;

	json_open_object(w);
	json_member(w, "s", "a\"b\\c\n\x01\xc3\xbc");
	json_member(w, "left out", NULL);
	json_member_int(w, "min", INT64_MIN);
	json_key(w, "max");
	json_uint(w, UINT64_MAX);
	json_key(w, "l");
	json_open_array(w);
	json_bool(w, true);
	json_int(w, -1);
	json_close_array(w);
	json_close_object(w);
	text = json_text(w, &len);
	claim(strlen(text) == len, "the length is that of the text");
	claim(json_parse(&a, "x", text, len, &v) == 0 && v.n == 4, "what is written can be read: %s", text);
	claim_text(json_get(&v, "s")->text, "a\"b\\c\n\x01\xc3\xbc", "a string comes back as it was");
	claim_text(json_get(&v, "min")->text, "-9223372036854775808", "so does the smallest integer");
	claim_text(json_get(&v, "max")->text, "18446744073709551615", "and the largest");
	json_writer_free(NULL);
}

int main(void)
{
	static const char nul[] = "{\n\"a\": \"b\0c\" }";

	takes("{}", JSON_OBJECT);
	takes(" [ ] ", JSON_ARRAY);
	takes("\"\"", JSON_STRING);
	takes("-1.5E+3", JSON_NUMBER);
	takes("null", JSON_NULL);
	takes("{\"a\":1,\"A\":2}", JSON_OBJECT);
	takes("{\"\":1}", JSON_OBJECT);
	takes("[{\"a\":1},{\"a\":1}]", JSON_ARRAY);
	refuses("{");
	refuses("[1,]");
	refuses("{\"a\":1,}");
	refuses("{'a':1}");
	refuses("{a:1}");
	refuses("01");
	refuses("+1");
	refuses(".5");
	refuses("1.");
	refuses("0x10");
	refuses("NaN");
	refuses("tru");
	refuses("[1] 2");
	refuses("{} x");
	refuses("// c\n{}");
	refuses("/* c */{}");
	refuses("{}/* c */");
	refuses("\xef\xbb\xbf{}");
	refuses("\"\xff\"");
	refuses("\"\xc0\x80\"");
	refuses("\"\xed\xa0\x80\"");
	refuses("\"\t\"");
	refuses("\"\\x41\"");
	refuses("{\"a\":1,\"b\":2,\"a\":3}");
	refuses("{\"a\":1,\"\\u0061\":3}");
	refuses("[{\"x\":{\"a\":1,\"a\":1}}]");
	refuses("\"\\u0000\"");
	refuses("{\"a\\u0000\":1}");
	says("", 0, "x: the file is empty");
	says(" \n ", 3, "x: the file is empty");
	says("{\n\n\"a\": 1\n", 10, "x: line 4: not valid JSON: the text ends too early");
	says("{\"a\": 1,\n\"b\": 2,\n\"a\": 3}", 25, "x: line 3: the key \"a\" stands twice in one object");
	says("[\n\"\\u0000\"]", 11, "x: line 2: a string contains a NUL character");
	claim(json_parse(&(struct arena){ 0 }, "x", nul, sizeof(nul) - 1, &(struct json){ 0 }) < 0, "refuses a NUL byte in the text");
	limits_hold();
	values_are_kept();
	the_writer_writes_what_the_parser_reads();
	return tap_done();
}
