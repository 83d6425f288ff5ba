/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "run/userns_refusal.h"
#include "base/err.h"
#include "base/mem.h"
#include "linux/ns.h"
#include <string.h>

static int apparmor(const struct ns_refusal *r)
{
	autoarena a = { 0 };
	char *profile = arena_strdup(&a, r->exe[0] == '/' ? r->exe + 1 : r->exe);

	for (char *p = profile; *p; p++)
		if (*p == '/')
			*p = '.';
	(void)err_set(r->num, "userns-apparmor", "cannot create a user namespace: %s", strerror(r->num));
	return err_advise(
		-r->num,
		&(struct advice){ .cause = arena_printf(
					  &a,
					  "Ubuntu restricts unprivileged user namespaces (kernel.apparmor_restrict_unprivileged_userns=1) "
					  "and no AppArmor profile covers %s",
					  r->exe),
				  .fix = arena_printf(
					  &a,
					  "printf 'abi <abi/4.0>,\\nprofile urun %s flags=(unconfined) { userns, }\\n' | "
					  "sudo tee /etc/apparmor.d/%s && sudo apparmor_parser -r /etc/apparmor.d/%s\n"
					  "or: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0   (whole host, until reboot)",
					  r->exe, profile, profile) });
}

static int refused(const struct ns_refusal *r)
{
	if (r->apparmor_restricts && (r->num == EACCES || r->num == EPERM))
		return apparmor(r);
	if (r->clone_off && r->num == EPERM)
		return err_advise(err_set(r->num, "userns-disabled", "cannot create a user namespace: %s", strerror(r->num)),
				  &(struct advice){ .cause = "kernel.unprivileged_userns_clone is 0",
						    .fix = "echo kernel.unprivileged_userns_clone=1 | sudo tee "
							   "/etc/sysctl.d/90-userns.conf && sudo sysctl --system" });
	if (r->num == ENOSPC || r->num == EUSERS)
		return err_advise(err_set(r->num, "userns-limit", "cannot create a user namespace: limit reached (ENOSPC)"),
				  &(struct advice){ .cause = r->max_zero ? "user.max_user_namespaces is 0"
									 : "the limit of user namespaces (user.max_user_namespaces) or of "
									   "their nesting (32) is reached",
						    .fix = "echo user.max_user_namespaces=28633 | sudo tee /etc/sysctl.d/90-userns.conf && "
							   "sudo sysctl --system" });
	if (r->seccomp)
		return err_advise(
			err_set(r->num, "userns-seccomp",
				"cannot create a user namespace inside this container: blocked by its seccomp profile"),
			&(struct advice){
				.fix = "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "
				       "systempaths=unconfined --device /dev/net/tun --device /dev/fuse …\n"
				       "or: Kubernetes: spec.hostUsers: false, securityContext: {procMount: Unmasked, seccompProfile: "
				       "{type: Unconfined}, appArmorProfile: {type: Unconfined}}\n"
				       "or: podman run --security-opt unmask=ALL --device /dev/fuse --device /dev/net/tun …" });
	return err_set(r->num, "userns-refused", "cannot create the namespaces of the container: %s", strerror(r->num));
}

int userns_refused(int num)
{
	struct ns_refusal why;

	ns_probe_refusal(num, &why);
	return refused(&why);
}
