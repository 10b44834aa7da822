/* SPDX-License-Identifier: Apache-2.0 */
/* login1 LOG: answers Inhibit on the system bus as systemd-logind does, and writes to LOG what was asked for, and when the descriptor it gave out was let go of. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

static FILE *out;
static int held = -1; /* our end of the last one that was given out */

static int inhibit(sd_bus_message *call, void *user, sd_bus_error *error)
{
	const char *what, *who, *why, *mode;
	int pair[2];
	int rc = sd_bus_message_read(call, "ssss", &what, &who, &why, &mode);

	(void)user;
	(void)error;
	if (rc < 0)
		return rc;
	if (held >= 0 || pipe(pair))
		return -EBUSY;
	fprintf(out, "inhibited %s %s %s: %s\n", what, mode, who, why);
	fflush(out);
	held = pair[0];
	rc = sd_bus_reply_method_return(call, "h", pair[1]);
	close(pair[1]);
	return rc;
}

static const sd_bus_vtable table[] = { SD_BUS_VTABLE_START(0), SD_BUS_METHOD("Inhibit", "ssss", "h", inhibit, SD_BUS_VTABLE_UNPRIVILEGED), SD_BUS_VTABLE_END };

static void note_release(void)
{
	struct pollfd p = { .fd = held, .events = POLLIN };

	if (held < 0 || poll(&p, 1, 0) <= 0)
		return;
	close(held);
	held = -1;
	fprintf(out, "released\n");
	fflush(out);
}

int main(int argc, char **argv)
{
	sd_bus *bus = NULL;
	int rc;

	out = argc == 2 ? fopen(argv[1], "w") : NULL;
	if (!out || sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/login1", "org.freedesktop.login1.Manager", table, NULL) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.login1", 0) < 0)
		return 1;
	fprintf(out, "ready\n");
	fflush(out);
	do {
		rc = sd_bus_process(bus, NULL);
		note_release();
		if (rc == 0)
			rc = sd_bus_wait(bus, 50 * 1000);
	} while (rc >= 0);
	return 1;
}
