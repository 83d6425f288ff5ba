# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# lib.sh - what every end-to-end test sources as its first line of code:
#
#	. "${0%/*}/../lib/lib.sh"
#
#	it_passes_the_exit_status_on() {
#		container 'exit 7'
#		exits 7
#	}
#
#	claims
#
# A test runs as an unprivileged user, wherever it was started (stage.sh). Every function it_* is one claim, run
# in its own shell and directory, and one line of TAP (claims.sh). A bundle is the base config.json changed by a jq
# expression, on a copy of a small root file system (bundle.sh, rootfs.sh). How the program is called and how its
# answers are judged is in program.sh.
#
# A test that needs systemd and cgroups says before this line where: PLACE=guest, PLACE=session, or PLACE="session guest" for both
# (places.sh). What its claims can do there is in place.sh.
#
# Environment:
#	URUN             the program under test; default: urun in $URUN_BUILD, $top_builddir, the source tree or its build/
#	URUN_VARIANT     full (default), single: a user without subordinate ids, nested: root of a user namespace,
#	                 noopenat2: openat2(2) answers ENOSYS
#	URUN_MUST_WORK   1: what this machine lacks is a failure, not a skip
#	URUN_TEST_CACHE  where root file systems and helpers are kept; default /var/tmp/urun-test-cache
#	URUN_OCI_SCHEMA  the directory with config-schema.json of the OCI runtime specification, if there is one
#	URUN_TEST_EDIT   a jq expression that changes every config.json, for runtimes that need more than urun does
#
# Other runtimes can be put in the program's place, to test the tests: URUN=crun. A claim about more than the OCI
# specification says `only_urun`.

set -uo pipefail

TEST_LIB=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
TEST_FILE=$(cd "${0%/*}" && pwd)/${0##*/}
: "${URUN_VARIANT:=full}"
: "${URUN_MUST_WORK:=0}"
: "${URUN_TEST_CACHE:=/var/tmp/urun-test-cache}"
: "${URUN_OCI_SCHEMA:=}"
: "${URUN_TEST_EDIT:=}"
# The places that the test wants, the one in which it is, and how much longer things may take there.
: "${PLACE:=}"
: "${TEST_PLACE:=}"
: "${TEST_SLOWNESS:=1}"

. "$TEST_LIB/rootfs.sh"
. "$TEST_LIB/stage.sh"
. "$TEST_LIB/places.sh"

stage_next

. "$TEST_LIB/bundle.sh"
. "$TEST_LIB/program.sh"
. "$TEST_LIB/claims.sh"
[ ! "$TEST_PLACE" ] || . "$TEST_LIB/place.sh"
