/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sleep and shutdown while a job runs: logind holds them off as long as somebody has the descriptor that it gives out, so the executors keep it, too, and are safe
 * when screen and broker are gone.  Where there is no logind nothing can be held off, and a job that is cut off is resumed.
 */
#include <fcntl.h>
#include <systemd/sd-bus.h>

#include "internal.h"

#define ANSWER_US (2u * 1000u * 1000u) /* a bus that hangs holds up no wipe */

static int ask(sd_bus *bus, sd_bus_message *call, sd_bus_message **answer)
{
	/* Words of systemd-logind's interface.  The lid is named because by default it puts the computer to sleep whatever "sleep" says. */
	int rc = sd_bus_message_append(call, "ssss", "shutdown:sleep:handle-lid-switch", "certwipe", _("A medium is being wiped."), "block");

	return rc < 0 ? rc : sd_bus_call(bus, call, ANSWER_US, NULL, answer);
}

int cw_inhibit_sleep(void)
{
	sd_bus *bus = NULL;
	sd_bus_message *call = NULL, *answer = NULL;
	int theirs = -1, held = -1;
	int rc = sd_bus_open_system(&bus);

	if (rc >= 0)
		rc = sd_bus_message_new_method_call(bus, &call, "org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager", "Inhibit");
	if (rc >= 0)
		rc = ask(bus, call, &answer);
	if (rc >= 0 && sd_bus_message_read(answer, "h", &theirs) > 0)
		held = fcntl(theirs, F_DUPFD_CLOEXEC, 3);
	sd_bus_message_unref(answer);
	sd_bus_message_unref(call);
	sd_bus_close_unref(bus);
	return held;
}
