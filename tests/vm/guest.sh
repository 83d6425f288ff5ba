# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# guest.sh - the place `guest`: QEMU without KVM, resumed from a snapshot, in which all waits for the command.
#
# Kept in $PLACE_GUEST: disk, initrd, memory (the guest's, as a file, of which each run has a private copy) and state (all else).

# Without randomized addresses QEMU has translated a library once for all programs, not once for each start of a program. The
# processors' clocks are the machine's, so they agree; every other clock is a device, and slow.
GUEST_CMDLINE='console=ttyS0 quiet panic=-1 nokaslr norandmaps mitigations=off tsc=reliable systemd.unit=place.target
	systemd.unified_cgroup_hierarchy=1 systemd.show_status=0'

# guest_machine DIR SHARE QEMU-ARGUMENT... - the machine is the same when the snapshot is made and when it is used.
guest_machine() {
	local kept=$1 share=$2
	shift 2

	mkdir -p "$work/folders"
	mkfifo "$work/lines/monitor"
	exec {monitor}<>"$work/lines/monitor"
	TMPDIR=$work qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot \
		-accel tcg,thread=multi -M q35,usb=off,memory-backend=memory -cpu qemu64 -smp "$PLACE_CPUS" -m "$PLACE_MEMORY" \
		-object "memory-backend-file,id=memory,size=${PLACE_MEMORY}M,mem-path=$kept/memory,share=$share" \
		-kernel "$PLACE_TREE/vmlinuz" -initrd "$kept/initrd" -append "${GUEST_CMDLINE//[$'\n\t']/ }" \
		-serial "file:$work/console.log" \
		-device vmgenid,guid=auto \
		-device virtio-serial-pci \
		-chardev "pipe,id=agent,path=$work/lines/agent" -device virtserialport,nr=1,chardev=agent \
		-chardev "file,id=out,path=$work/lines/out,append=on" -device virtserialport,nr=2,chardev=out \
		-chardev "file,id=err,path=$work/lines/err,append=on" -device virtserialport,nr=3,chardev=err \
		-fsdev "local,id=folders,path=$work/folders,security_model=passthrough,multidevs=remap" \
		-device virtio-9p-pci,fsdev=folders,mount_tag=folders \
		-monitor stdio "$@" <"$work/lines/monitor" >"$work/monitor.log" 2>"$work/qemu.log" &
	process=$!
}

# guest_told COMMAND - to the monitor, which does one thing after the other.
guest_told() {
	echo "$1" >&"$monitor"
}

guest_prepare() {
	local i

	for i in "${!folders[@]}"; do
		show_folder "${options[i]}" "${folders[i]}" "$work/folders/$i"
	done
}

guest_start() {
	order="$(date +%s.%N) ${#folders[@]} ${folders[*]@Q}"
	guest_machine "$PLACE_GUEST" off -drive "file=$PLACE_GUEST/disk,format=raw,if=virtio,snapshot=on" -incoming defer
	guest_told 'migrate_set_capability x-ignore-shared on'
	guest_told "migrate_incoming \"exec:cat $PLACE_GUEST/state\""
}

guest_end() {
	kill -KILL "$process" 2>/dev/null || :
	wait "$process" 2>/dev/null || :
	exec {monitor}>&-
}

# A first program that finds the disk, in a minimal file system of its own.
guest_build_initrd() {
	local dir=$work/initrd number=10 file

	mkdir -p "$dir"/{bin,modules,dev,root}
	cp "$PLACE_TREE/root/bin/busybox" "$dir/bin/"
	while read -r file; do
		cp "$PLACE_TREE/root$file" "$dir/modules/$((number++))"
	done <"$PLACE_TREE/modules"
	cat >"$dir/init" <<-'END'
		#!/bin/busybox sh
		busybox() { /bin/busybox "$@"; }
		busybox mount -t devtmpfs dev /dev
		for module in /modules/*; do
			busybox insmod $module
		done
		until [ -b /dev/vda ]; do
			busybox sleep 0.1
		done
		busybox mount -t ext4 -o noatime /dev/vda /root
		busybox mount -o move /dev /root/dev
		exec /bin/busybox switch_root /root /sbin/init
	END
	chmod 755 "$dir/init"
	(cd "$dir" && find . | busybox cpio -o -H newc 2>/dev/null) | gzip -1 >"$1/initrd"
}

guest_build_disk() {
	truncate -s 3G "$1/disk"
	mke2fs -q -F -t ext4 -O ^has_journal -E lazy_itable_init=0 -m 0 -d "$PLACE_TREE/root" "$1/disk"
}

# The boot ends where the agent says that it is ready.
guest_take_snapshot() {
	local value

	SECONDS=0
	lay_lines
	guest_machine "$1" on -drive "file=$1/disk,format=raw,if=virtio"
	if hear ready 300; then
		guest_told 'migrate_set_capability x-ignore-shared on'
		guest_told "migrate \"exec:cat >$1/state\""
		guest_told quit
		wait "$process" || :
	fi
	guest_end
	cut_lines
	[ -s "$1/state" ]
}

# A snapshot is good when it has been used.
build_guest() {
	local attempt

	guest_build_initrd "$1"
	for ((attempt = 0; attempt < ATTEMPTS; attempt++)); do
		rm -f "$1"/{disk,memory,state}
		guest_build_disk "$1"
		guest_take_snapshot "$1" && PLACE_GUEST=$1 run guest -- true && return
		show_logs
	done
	return 1
}
