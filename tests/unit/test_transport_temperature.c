/* SPDX-License-Identifier: Apache-2.0 */
/* How hot a medium is, from trees as the kernel lays them out for its drivers. */
#include "../../src/transport/temperature.h"
#include "certwipe/base.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/certwipe-heat-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st, (void)kind, (void)ftw;
	return remove(path);
}

static int begin(void **state)
{
	(void)state;
	memset(root + strlen(root) - 6, 'X', 6);
	return mkdtemp(root) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *text)
{
	char whole[256];
	int fd;

	snprintf(whole, sizeof(whole), "%s/%s", root, path);
	for (char *slash = whole + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(whole, 0755);
		*slash = '/';
	}
	fd = open(whole, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int sensor(void)
{
	CW_AUTO_FD int folder = open(root, O_RDONLY | O_DIRECTORY);

	return temperature_open(folder);
}

static void drives_of_all_kinds_tell(void **state)
{
	static const char *const places[] = { "device/hwmon/hwmon3/temp1_input", "device/hwmon12/temp1_input", "device/device/hwmon/hwmon0/temp1_input" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(places); i++) {
		CW_AUTO_FD int fd = -1;
		char path[256];
		int celsius = 0;

		put(places[i], "41850\n");
		fd = sensor();
		assert_int_equal(temperature_read(fd, &celsius), 0);
		assert_int_equal(celsius, 41);
		put(places[i], "-3000\n"); /* the same descriptor, later */
		assert_int_equal(temperature_read(fd, &celsius), 0);
		assert_int_equal(celsius, -3);
		snprintf(path, sizeof(path), "%s/%s", root, places[i]);
		unlink(path);
	}
}

static void no_sensor_is_no_temperature(void **state)
{
	int celsius = 7;

	(void)state;
	assert_int_equal(sensor(), -1);
	put("device/hwmon/hwmon3/name", "drivetemp\n");
	put("device/model", "x\n");
	assert_int_equal(sensor(), -1);
	assert_true(temperature_read(-1, &celsius) < 0);
	assert_int_equal(celsius, 7);
}

static void nonsense_is_no_temperature(void **state)
{
	static const char *const texts[] = { "", "\n", "warm\n", "41 850\n", "99999999999999999999\n", "-300000\n", "2000000\n", "41850x" };

	(void)state;
	for (size_t i = 0; i < CW_ARRAY_LEN(texts); i++) {
		CW_AUTO_FD int fd = -1;
		int celsius = 7;

		put("device/hwmon/hwmon3/temp1_input", texts[i]);
		fd = sensor();
		assert_true(fd >= 0);
		assert_true(temperature_read(fd, &celsius) < 0);
		assert_int_equal(celsius, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(drives_of_all_kinds_tell, begin, end),
		cmocka_unit_test_setup_teardown(no_sensor_is_no_temperature, begin, end),
		cmocka_unit_test_setup_teardown(nonsense_is_no_temperature, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
