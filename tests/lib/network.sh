# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# network.sh - the place for claims about networks, which a test sources instead of lib.sh, as its first line of code. Nothing in it
# depends on the machine's own network:
#
#	here   the network namespace in which claims are run: eth0 with 192.0.2.1, 192.0.2.3 and 2001:db8::1, and a resolver at 127.0.0.53
#	peer   what it is connected to, its gateway: eth0 with 192.0.2.2 and 2001:db8::2, and a server, see talk.c, at port 5000 of each
#
# In the mount namespace of the test, /etc/resolv.conf and /etc/hosts are those of here, and /dev/net/tun is usable (tun.sh). The resolver
# knows the names peer.example.test and only6.example.test.
#
# Environment:
#	URUN_TEST_NETWORK  slirp4netns or pasta: only claims about this one
#	URUN_TEST_BYTES    how much a claim about much sends; default 1 GiB

# shellcheck source=tun.sh
. "${BASH_SOURCE[0]%/*}/tun.sh"

HERE=192.0.2.1 HERE_TOO=192.0.2.3 HERE6=2001:db8::1
PEER=192.0.2.2 PEER6=2001:db8::2
PEER_PORT=5000

TEST_NETWORK=auto
STAGE_KEEPS+=(URUN_TEST_NETWORK URUN_TEST_BYTES)

# A file that wants more of the machine says it in prepare_more.
prepare_as_root() {
	prepare_tun && prepare_network || return
	! declare -F prepare_more >/dev/null || prepare_more
}

prepare_network() {
	local dir=$SCRATCH/network name

	mkdir "$dir" && touch "$dir"/{here,peer,log} && chown "$TEST_USER:" "$dir/log" || return
	for name in here peer; do
		unshare --net="$dir/$name" true || return
	done
	connect_namespaces "$dir" || return
	printf '%s\n' 'nameserver 127.0.0.53' "nameserver $PEER" 'search example.test' 'options ndots:2 timeout:1' >"$dir/resolv.conf"
	printf '%s\n' '127.0.0.1 localhost' "$PEER neighbour" >"$dir/hosts"
	mount --bind "$dir/resolv.conf" /etc/resolv.conf && mount --bind "$dir/hosts" /etc/hosts || return
	serve peer "$HELPERS/talk" serve "$PEER" "$PEER_PORT"
	[ ! -e /proc/sys/net/ipv6 ] || serve peer "$HELPERS/talk" serve "$PEER6" "$PEER_PORT"
	serve here /usr/bin/python3 "$TEST_LIB/resolver.py" 127.0.0.53 "peer.example.test=$PEER" "peer.example.test=$PEER6" \
		"only6.example.test=$PEER6"
	serve peer /usr/bin/python3 "$TEST_LIB/resolver.py" "$PEER" "peer.example.test=$PEER" "second.example.test=$PEER"
	all_serve || return
	# What claims are run through.
	AS_USER_THROUGH=(nsenter --net="$dir/here")
}

connect_namespaces() {
	local name last other

	nsenter --net="$1/here" ip link add eth0 type veth peer name eth0 netns "$1/peer" || return
	for name in here peer; do
		[ $name = here ] && last=1 other=2 || last=2 other=1
		nsenter --net="$1/$name" sh -ec "
			ip link set lo up
			ip link set eth0 up
			ip address add 192.0.2.$last/24 dev eth0
			ip route add default via 192.0.2.$other
			[ -e /proc/sys/net/ipv6 ] || exit 0
			ip address add 2001:db8::$last/64 dev eth0 nodad
			ip route add default via 2001:db8::$other" || return
	done
	# Not the first, which is that of whoever does not say.
	nsenter --net="$1/here" ip address add "$HERE_TOO/24" dev eth0
}

# serve NAMESPACE CMD... - in the background, until stage.sh ends. It may listen at ports that belong to root, and nothing else.
SERVERS=0

serve() {
	nsenter --net="$SCRATCH/network/$1" setpriv --reuid nobody --regid nogroup --clear-groups --inh-caps=-all,+net_bind_service \
		--ambient-caps=-all,+net_bind_service "${@:2}" </dev/null >>"$SCRATCH/network/log" 2>&1 &
	SERVERS=$((SERVERS + 1))
}

all_serve() {
	local try

	for ((try = 0; try < 500; try++)); do
		[ "$(grep -c ready "$SCRATCH/network/log")" != $SERVERS ] || return 0
		sleep 0.02
	done
	sed 's/^/# /' "$SCRATCH/network/log"
	return 1
}

# shellcheck source=lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

#
# Claims about what gives the container its network.
#

# each_network CMD... - CMD with slirp4netns and with pasta as $NETWORK.
each_network() {
	for NETWORK in ${URUN_TEST_NETWORK:-slirp4netns pasta}; do
		network_is_possible || continue
		echo "with $NETWORK:"
		ID=box-$NETWORK
		"$@"
	done
}

# slirp4netns is what the program needs; pasta it can do without, and so can a test where it is not installed.
network_is_possible() {
	only_urun
	if [ "$NETWORK" = slirp4netns ]; then
		needs_tun
	elif ! command -v "$NETWORK" >/dev/null; then
		[ "$URUN_MUST_WORK" != 1 ] || fail "needs $NETWORK"
		return 1
	fi
}

# talking_bundle [JQ...] - a bundle with the program talk.
talking_bundle() {
	bundle "$@"
	cp "$HELPERS/talk" "$BUNDLE/rootfs/bin/talk"
}

# connected [OPTION...] -- CMD... - a container of a new bundle, in the foreground, with $NETWORK.
connected() {
	local -a options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	talking_bundle
	urun run --network "$NETWORK" "${options[@]}" "$BUNDLE" "${@:2}"
}

# serving [OPTION...] - the same with a server at port 80, in the background.
serving() {
	talking_bundle
	urun run -d --name "$ID" --network "$NETWORK" "$@" "$BUNDLE" talk serve 0.0.0.0 80
	exits 0
	eventually program exec "$ID" talk tcp 127.0.0.1 80 who </dev/null >/dev/null
}

# talk ARG... - as a client, outside; see talk.c.
talk() {
	"$HELPERS/talk" "$@" </dev/null
}

# peer_calls tcp|udp ADDR PORT - what the server there says when the peer asks who it is.
peer_calls() {
	talk tcp "$PEER" "$PEER_PORT" call "$@"
}

# helpers - the numbers and names of all network helpers that this test has started.
helpers() {
	ps -e -o pid=,ppid=,comm= | awk -v top="$KEEPER" '
		{ parent[$1] = $2; name[$1] = $3 }
		END {
			for (pid in name) {
				if (name[pid] !~ /^(slirp4netns|pasta|passt)/) continue
				for (up = pid; up in parent && up != top; up = parent[up]);
				if (up == top) print pid, name[pid]
			}
		}'
}

# helper - the number of the only one.
helper() {
	local list
	list=$(helpers)

	[[ $list =~ ^[0-9]+\ [^[:space:]]+$ ]] || fail "not one helper: '$list'"
	echo "${list%% *}"
}

one_helper() {
	equal 1 "$(helpers | wc -l)" "number of helpers"
}

no_helper() {
	[ -z "$(helpers)" ]
}

# all_gone - nothing of a network is left: no helper, no socket, no file.
all_gone() {
	eventually no_helper
	equal '' "$(find "$XDG_RUNTIME_DIR" \( -type s -o -type p -o -name '*resolv*' -o -name '*hosts*' \) -print)" "what is left"
}
