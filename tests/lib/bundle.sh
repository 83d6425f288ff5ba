# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# bundle.sh - make bundles for a claim: the base config.json, changed by jq expressions one after the other, and a
# copy of the busybox tree as rootfs. Expressions may use $here, the directory of the claim.

# bundle [JQ...] - a new bundle, in $BUNDLE.
bundle_count=0

bundle() {
	BUNDLE=$CLAIM/bundle$((++bundle_count))
	bundle_at "$BUNDLE" "$@"
}

# bundle_at DIR [JQ...] - one more bundle.
bundle_at() {
	local dir=$1
	shift

	mkdir -p "$dir"
	cp -a "$(rootfs_busybox)" "$dir/rootfs"
	cp "$TEST_LIB/config.json" "$dir/config.json"
	configure_at "$dir" "${URUN_TEST_EDIT:-.}" "$@"
}

# debian_bundle [JQ...] - a bundle whose root is the Debian tree of the cache, which nothing may change.
debian_bundle() {
	local tree
	tree=$(rootfs_debian)

	[ -e "$tree/etc/passwd" ] || skip "no Debian tree: needs mmdebstrap and a mirror"
	BUNDLE=$CLAIM/bundle$((++bundle_count))
	mkdir -p "$BUNDLE"
	cp "$TEST_LIB/config.json" "$BUNDLE/config.json"
	configure_at "$BUNDLE" ".root.path = \"$tree\"" "${URUN_TEST_EDIT:-.}" "$@"
}

# configure [JQ...] - change config.json of this claim's bundle.
configure() {
	configure_at "$BUNDLE" "$@"
}

configure_at() {
	local file=$1/config.json filter=.
	shift

	for _; do
		filter+=" | ($1)"
		shift
	done
	jq --arg here "$CLAIM" "$filter" "$file" >"$file.new"
	mv "$file.new" "$file"
	printf '%s\0' "$(cd "${file%/*}" && pwd -P)" >>"$CLAIM/.bundles"
}

# shell_script TEXT - what the container of this claim's bundle runs.
shell_script() {
	SHELL_SCRIPT=$1 configure '.process.args = ["sh", "-c", $ENV.SHELL_SCRIPT]'
}

# Everything about a tree that a container or its runtime could change. In a bundle, a mount point may come and go again:
# only there the time of a directory does not count.
tree_listing() {
	local directory='%P %y %m %U:%G %D:%i\n' other='%P %y %m %U:%G %T@ %l %D:%i\n'

	[ -e "$1/config.json" ] || directory=$other
	find "$1" \( -type d -printf "$directory" \) -o -printf "$other" 2>/dev/null | sort || true
	find "$1" -type f -readable -print0 2>/dev/null | sort -z | xargs -0 -r cksum 2>/dev/null || true
}

# watch_tree DIR - the claim is broken if anything in DIR has changed in the end.
watch_tree() {
	local name
	name=.tree.$(printf %s "$1" | cksum | cut -d ' ' -f 1)

	tree_listing "$1" >"$CLAIM/$name"
	printf '%s\0%s\0' "$1" "$name" >>"$CLAIM/.watched"
}

# may_change DIR - this claim's container is meant to write to DIR.
may_change() {
	printf '%s\0' "$1" >>"$CLAIM/.may_change"
}

# Bundles are watched from the first time that the program runs.
watch_bundles() {
	local dir

	[ -e "$CLAIM/.bundles" ] || return 0
	while IFS= read -r -d '' dir; do
		watch_tree "$dir"
	done < <(sort -zu "$CLAIM/.bundles")
	rm "$CLAIM/.bundles"
}

# canary - a tree outside every rootfs, $CANARY, that no container may touch. Its names are those attackers like.
canary() {
	CANARY=$CLAIM/canary
	mkdir -p "$CANARY"/{proc,sys,dev,pts,shm,etc,empty}
	echo precious | tee "$CANARY"/{file,ptmx,console,null,fd,stdin,passwd,hostname,resolv.conf} >"$CANARY/etc/passwd"
	chmod 600 "$CANARY/file"
	watch_tree "$CANARY"
}
