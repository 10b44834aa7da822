/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How hot a medium is, as its driver tells (nvme, drivetemp).  The sensor hangs below the device that drives it: a class "hwmon" in between or not, and for an old
 * NVMe driver one device further up.
 */
#include "temperature.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "certwipe/base.h"

#define SENSOR "temp1_input" /* hwmon-sysfs: the drive's own, in thousandths of a degree */

static const char *const places[] = { "device/hwmon", "device", "device/device/hwmon" };

static int open_in(const char *name, int folder)
{
	char path[sizeof(((struct dirent *)0)->d_name) + sizeof(SENSOR) + 1];

	if (strncmp(name, "hwmon", strlen("hwmon")) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/" SENSOR, name);
	return openat(folder, path, O_RDONLY | O_CLOEXEC);
}

static int open_below(int folder, const char *place)
{
	int fd = openat(folder, place, O_RDONLY | O_DIRECTORY | O_CLOEXEC), sensor = -1;
	DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *e;

	if (!entries) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	while (sensor < 0 && (e = readdir(entries)))
		sensor = open_in(e->d_name, fd);
	closedir(entries);
	return sensor;
}

int temperature_open(int folder)
{
	int fd = -1;

	for (size_t i = 0; i < CW_ARRAY_LEN(places) && fd < 0; i++)
		fd = open_below(folder, places[i]);
	return fd;
}

int temperature_read(int fd, int *celsius)
{
	char text[32], *end;
	ssize_t n = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	long thousandths;

	if (n <= 0)
		return fd < 0 || n == 0 ? -ENODATA : -errno;
	text[n] = '\0';
	errno = 0;
	thousandths = strtol(text, &end, 10);
	if (end == text || (*end && *end != '\n') || errno || thousandths < -273150 || thousandths > 1000000)
		return -EINVAL;
	*celsius = (int)(thousandths / 1000);
	return 0;
}
