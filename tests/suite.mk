# SPDX-License-Identifier: LGPL-2.1-or-later
# What could come out differently for a user with one id, or in a user namespace: what is at paths below the root, which openat2(2) finds
# where there is one, and ids, namespaces and what is entered.
path_scripts = \
	tests/e2e/devices.test \
	tests/e2e/dns-files.test \
	tests/e2e/exec-user.test \
	tests/e2e/masked-paths.test \
	tests/e2e/mount-bind.test \
	tests/e2e/mount-locked.test \
	tests/e2e/mount-options.test \
	tests/e2e/mount-propagation.test \
	tests/e2e/mount-recursive.test \
	tests/e2e/mount-special.test \
	tests/e2e/mount-tmpfs.test \
	tests/e2e/odd-places.test \
	tests/e2e/odd-proc.test \
	tests/e2e/option-user.test \
	tests/e2e/option-volume.test \
	tests/e2e/process-user.test \
	tests/e2e/terminal.test \
	tests/conformance/linux.test \
	tests/security/dev-link.test \
	tests/security/dev-null.test \
	tests/security/image-files.test \
	tests/security/mount-link.test \
	tests/security/mount-race.test \
	tests/security/proc-link.test \
	tests/security/proc-volume.test \
	tests/security/sys-writable.test
id_scripts = \
	tests/e2e/create-start.test \
	tests/e2e/delete.test \
	tests/e2e/detach.test \
	tests/e2e/exec-terminal.test \
	tests/e2e/exec.test \
	tests/e2e/exit-status.test \
	tests/e2e/form-runc.test \
	tests/e2e/form-user.test \
	tests/e2e/hooks.test \
	tests/e2e/idmap-helpers.test \
	tests/e2e/init.test \
	tests/e2e/kill.test \
	tests/e2e/many-ranges.test \
	tests/e2e/namespaces-join.test \
	tests/e2e/namespaces.test \
	tests/e2e/nested.test \
	tests/e2e/network-devices.test \
	tests/e2e/network.test \
	tests/e2e/option-userns.test \
	tests/e2e/pause.test \
	tests/e2e/process-limits.test \
	tests/e2e/seccomp.test \
	tests/e2e/signals.test \
	tests/e2e/unshare.test \
	tests/conformance/lifecycle.test \
	tests/security/exec-join.test \
	tests/security/inherited-rights.test \
	tests/security/leaked-descriptors.test \
	tests/security/session.test \
	tests/security/state-directory.test
variant_scripts = $(path_scripts) $(id_scripts)

# What is about words, files and time.
plain_scripts = \
	tests/e2e/bad-config.test \
	tests/e2e/compat.test \
	tests/e2e/concurrency.test \
	tests/e2e/console-socket.test \
	tests/e2e/descriptors.test \
	tests/e2e/explain.test \
	tests/e2e/help.test \
	tests/e2e/hooks-lifecycle.test \
	tests/e2e/hostname.test \
	tests/e2e/killed-halfway.test \
	tests/e2e/log.test \
	tests/e2e/logs.test \
	tests/e2e/network-fallback.test \
	tests/e2e/network-traffic.test \
	tests/e2e/odd-config.test \
	tests/e2e/option-env.test \
	tests/e2e/option-misc.test \
	tests/e2e/option-name.test \
	tests/e2e/pid-file.test \
	tests/e2e/process-env.test \
	tests/e2e/ps-top-events.test \
	tests/e2e/publish.test \
	tests/e2e/spec.test \
	tests/e2e/state-list.test \
	tests/e2e/stdio.test \
	tests/e2e/stop-wait.test \
	tests/e2e/update-features.test \
	tests/conformance/config.test \
	tests/conformance/features.test \
	tests/conformance/hooks.test \
	tests/conformance/state.test \
	tests/security/numeric-user-name.test \
	tests/security/oversized.test \
	tests/security/own-binary.test \
	tests/security/reused-pid.test \
	tests/security/root-visits.test

e2e_scripts = $(variant_scripts) $(plain_scripts)

client_scripts = \
	tests/clients/buildah.test \
	tests/clients/conmon.test \
	tests/clients/containerd.test \
	tests/clients/go-runc.test \
	tests/clients/podman.test \
	tests/clients/slurm.test

vm_scripts = \
	tests/vm/ladder.test \
	tests/vm/life.test \
	tests/vm/limits.test \
	tests/vm/place.test \
	tests/vm/podman.test \
	tests/vm/systemd.test \
	tests/vm/update.test
