/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_opt.c - words of a command line as options. */
#include "base/err.h"
#include "cli/opt.h"
#include "tap.h"

struct words {
	bool flag, interactive, tty;
	const char *text, *user;
	struct strv list;
	int choice, maybe;
};

#define AT(f) offsetof(struct words, f)

static const struct opt own[] = {
	{ 'f', "flag", NULL, OPT_FLAG, AT(flag), "a flag" },
	{ 'i', "interactive", NULL, OPT_FLAG, AT(interactive), "another" },
	{ 't', "tty", NULL, OPT_FLAG, AT(tty), "and another" },
	{ 'x', "text", "WORD", OPT_STRING, AT(text), "a text" },
	{ 0, "other-text", "WORD", OPT_STRING, AT(text), NULL },
	{ 'e', "env", "NAME", OPT_LIST, AT(list), "a list" },
	{ 0, "choice", "one|two|three", OPT_CHOICE, AT(choice), "a choice" },
	{ 0, "maybe", "auto|yes|no", OPT_MAYBE, AT(maybe), "a choice with a default" },
};
static const struct opt more[] = {
	{ 'u', "user", "USER", OPT_STRING, AT(user), "of the second table" },
	{ 'f', "file", "FILE", OPT_STRING, AT(user), "whose letter is taken" },
};
static const struct opt_table tables[] = { OPT_TABLE(own), OPT_TABLE(more) };

/* What was set and what was left, in one line. */
static const char *parse(struct arena *a, enum opt_order order, const char *line)
{
	char *words = arena_strdup(a, line), *argv[32], *save = NULL;
	struct words w = { 0 };
	struct strv rest = { 0 };
	const char *text = "";
	int argc = 0;

	for (char *s = strtok_r(words, " ", &save); s; s = strtok_r(NULL, " ", &save))
		argv[argc++] = strcmp(s, "''") == 0 ? arena_strdup(a, "") : s;
	if (opts_parse(a, tables, ARRAY_SIZE(tables), order, argc, argv, &w, &rest) < 0)
		return arena_printf(a, "error: %s", err_last()->text);
	text = arena_printf(a, "%s%s%s", w.flag ? "flag " : "", w.interactive ? "interactive " : "", w.tty ? "tty " : "");
	if (w.text)
		text = arena_printf(a, "%stext=%s ", text, w.text);
	if (w.user)
		text = arena_printf(a, "%suser=%s ", text, w.user);
	for (size_t i = 0; i < w.list.n; i++)
		text = arena_printf(a, "%senv=%s ", text, w.list.v[i]);
	if (w.choice)
		text = arena_printf(a, "%schoice=%d ", text, w.choice);
	if (w.maybe)
		text = arena_printf(a, "%smaybe=%d ", text, w.maybe);
	text = arena_printf(a, "%s:", text);
	for (size_t i = 0; i < rest.n; i++)
		text = arena_printf(a, "%s %s", text, *rest.v[i] ? rest.v[i] : "''");
	return text;
}

static void means(enum opt_order order, const char *line, const char *wanted)
{
	autoarena a = { 0 };

	claim_text(parse(&a, order, line), wanted, "%s", line);
}

static void values_have_many_forms(void)
{
	means(OPT_ANYWHERE, "", ":");
	means(OPT_ANYWHERE, "--flag", "flag :");
	means(OPT_ANYWHERE, "--flag=true", "flag :");
	means(OPT_ANYWHERE, "--flag=1 --tty=false", "flag :");
	means(OPT_ANYWHERE, "--flag --flag=false", ":");
	means(OPT_ANYWHERE, "--flag=maybe", "error: --flag=maybe: must be true or false");
	means(OPT_ANYWHERE, "-f", "flag :");
	means(OPT_ANYWHERE, "-it", "interactive tty :");
	means(OPT_ANYWHERE, "-itx word", "interactive tty text=word :");
	means(OPT_ANYWHERE, "-xword", "text=word :");
	means(OPT_ANYWHERE, "-x=word", "text=word :");
	means(OPT_ANYWHERE, "-x word", "text=word :");
	means(OPT_ANYWHERE, "--text word", "text=word :");
	means(OPT_ANYWHERE, "--text=word", "text=word :");
	means(OPT_ANYWHERE, "-text word", "text=word :");
	means(OPT_ANYWHERE, "-text=word", "text=word :");
	means(OPT_ANYWHERE, "--text=a=b", "text=a=b :");
	means(OPT_ANYWHERE, "--text=", "text= :");
	means(OPT_ANYWHERE, "--text --flag", "text=--flag :");
	means(OPT_ANYWHERE, "--text ''", "text= :");
	means(OPT_ANYWHERE, "--other-text w", "text=w :");
	means(OPT_ANYWHERE, "--text a --text b", "text=b :");
	means(OPT_ANYWHERE, "-e A -e B=1 --env=C", "env=A env=B=1 env=C :");
	means(OPT_ANYWHERE, "--choice two", "choice=1 :");
	means(OPT_ANYWHERE, "--choice=three", "choice=2 :");
	means(OPT_ANYWHERE, "--choice=tw", "error: --choice=tw: must be one of one|two|three");
	means(OPT_ANYWHERE, "--choice=", "error: --choice=: must be one of one|two|three");
	means(OPT_ANYWHERE, "--choice=one|two", "error: --choice=one|two: must be one of one|two|three");
	means(OPT_ANYWHERE, "--maybe word", "maybe=1 : word");
	means(OPT_ANYWHERE, "--maybe=no", "maybe=2 :");
	means(OPT_ANYWHERE, "--maybe=auto", ":");
	means(OPT_ANYWHERE, "--maybe=x", "error: --maybe=x: must be one of auto|yes|no");
	means(OPT_ANYWHERE, "-u me -f", "flag user=me :");
	means(OPT_ANYWHERE, "--file x", "user=x :");
}

static void wrong_words_are_told(void)
{
	means(OPT_ANYWHERE, "--nothing", "error: unknown option '--nothing'");
	means(OPT_ANYWHERE, "--nothing=x", "error: unknown option '--nothing=x'");
	means(OPT_ANYWHERE, "--fla", "error: unknown option '--fla'");
	means(OPT_ANYWHERE, "--flags", "error: unknown option '--flags'");
	means(OPT_ANYWHERE, "-z", "error: unknown option '-z'");
	means(OPT_ANYWHERE, "-fz", "error: unknown option '-fz'");
	means(OPT_ANYWHERE, "--=x", "error: unknown option '--=x'");
	means(OPT_ANYWHERE, "--text", "error: --text needs a value: WORD");
	means(OPT_ANYWHERE, "-x", "error: --text needs a value: WORD");
}

static void the_order_decides_whose_words_they_are(void)
{
	means(OPT_FIRST, "-f run -i ls -l", "flag : run -i ls -l");
	means(OPT_FIRST, "-f -- -i", "flag : -i");
	means(OPT_FIRST, "- -f", ": - -f");
	means(OPT_AROUND_WORD, "-f bundle -i ls -t", "flag interactive : bundle ls -t");
	means(OPT_AROUND_WORD, "bundle ls --flag", ": bundle ls --flag");
	means(OPT_AROUND_WORD, "bundle -x y -- -t", "text=y : bundle -t");
	means(OPT_AROUND_WORD, "bundle -- -t", ": bundle -t");
	means(OPT_AROUND_WORD, "-- bundle -t", ": bundle -t");
	means(OPT_AROUND_WORD, "id -x b", "text=b : id");
	means(OPT_AROUND_WORD, "bundle - -t", ": bundle - -t");
	means(OPT_AROUND_WORD, "bundle --bad", "error: unknown option '--bad'");
	means(OPT_AROUND_WORD, "'' -f", "flag : ''");
	means(OPT_ANYWHERE, "a -f b -i", "flag interactive : a b");
	means(OPT_ANYWHERE, "a -- -f -- b", ": a -f -- b");
}

static void help_shows_what_is_meant_to_be_shown(void)
{
	autoarena a = { 0 };
	const char *help = opts_help(&a, &tables[0]);

	claim(strstr(help, "-x, --text WORD\n") && strstr(help, "     --choice one|two|three\n"), "options stand with letters and values");
	claim(strstr(help, "--maybe[=auto|yes|no]"), "a value that may be left out is in brackets");
	claim(!strstr(help, "other-text"), "other spellings are not shown");
}

int main(void)
{
	values_have_many_forms();
	wrong_words_are_told();
	the_order_decides_whose_words_they_are();
	help_shows_what_is_meant_to_be_shown();
	return tap_done();
}
