/* SPDX-License-Identifier: Apache-2.0 */
/* UFS chips: to the kernel they are SCSI disks, and they are neither SAS nor asked what SAS drives are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../src/device/describe.h"
#include "../sim/device_tree.h"

#define HOST "platform/soc/1d84000.ufshc/host0"
#define UNIT HOST "/target0:0:0/0:0:0:0"

static struct tree tree;

static struct cw_medium describe(const char *driver)
{
	if (driver)
		tree_text(&tree, "sys/devices/" HOST "/scsi_host/host0/proc_name", "%s\n", driver);
	return tree_describe(&tree, "sda", NULL, NULL);
}

static void make(void)
{
	tree_make(&tree);
	tree_disk(&tree, UNIT "/block", "sda", 8, 0, 2048);
	tree_link(&tree, "sys/devices/" UNIT "/subsystem", "sys/bus/scsi");
	tree_attr(&tree, "sda", "device/vendor", "SAMSUNG \n");
	tree_attr(&tree, "sda", "device/model", "KLUDG4UHDC-B0E1 \n");
	tree_attr(&tree, "sda", "device/type", "0\n");
	tree_attr(&tree, "sda", "queue/rotational", "0\n");
}

static void it_is_known_by_the_driver_of_its_host(void **state)
{
	struct cw_medium m;

	(void)state;
	make();
	assert_int_equal(describe(NULL).bus, CW_BUS_SCSI);
	assert_int_equal(describe("mpt3sas").class_, CW_CLASS_SSD_SAS);
	m = describe("ufshcd");
	assert_int_equal(m.bus, CW_BUS_UFS);
	assert_string_equal(cw_bus_name(m.bus), "ufs");
	assert_int_equal(m.class_, CW_CLASS_UNKNOWN);
	assert_string_equal(cw_medium_words(&m), "UFS chip");
	tree_remove(&tree);
}

/* Nothing is claimed for units of the chip that nobody reaches, and nothing is sent to it. */
static void it_is_told_what_is_known_of_it(void **state)
{
	static struct cw_capabilities c;
	struct cw_medium m;

	(void)state;
	make();
	m = describe("ufshcd");
	assert_int_equal(m.hidden, CW_HIDDEN_UNKNOWN);
	assert_non_null(strstr(m.hidden_why, "RPMB"));
	cw_capabilities_ask(&(struct cw_transport){ .ops = NULL }, &m, &c);
	assert_int_equal(c.asked, 0);
	assert_non_null(strstr(c.why, "bPurgeStatus"));
	assert_non_null(strstr(c.why, "ufs-bsg"));
	assert_non_null(strstr(c.why, "maker's tool"));
	tree_remove(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_known_by_the_driver_of_its_host),
		cmocka_unit_test(it_is_told_what_is_known_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
