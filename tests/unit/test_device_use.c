/* SPDX-License-Identifier: Apache-2.0 */
/* A medium that the running system stands on is never offered, however many layers lie between; everybody else who holds one is named, with the way to release it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../src/device/use.h"
#include "../sim/device_tree.h"

#define FIXED "pci0000:00/0000:00:17.0/ata1/host0/target0:0:0/0:0:0:0/block"
#define STICK "pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0/block"

struct scene {
	struct tree tree;
	struct cw_media media;
	char mounts[8192];
};

/* sda with three partitions, a second fixed disk sdb with one, a stick sdc with one. */
static int make(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));

	tree_make(&s->tree);
	tree_disk(&s->tree, FIXED, "sda", 8, 0, 4096);
	tree_part(&s->tree, "sda", "sda1", 8, 1);
	tree_part(&s->tree, "sda", "sda2", 8, 2);
	tree_part(&s->tree, "sda", "sda3", 8, 3);
	tree_disk(&s->tree, FIXED "2", "sdb", 8, 16, 4096);
	tree_part(&s->tree, "sdb", "sdb1", 8, 17);
	tree_disk(&s->tree, STICK, "sdc", 8, 32, 4096);
	tree_part(&s->tree, "sdc", "sdc1", 8, 33);
	tree_link(&s->tree, "sys/devices/pci0000:00/0000:00:14.0/usb1/1-2/subsystem", "sys/bus/usb");
	*state = s;
	return 0;
}

static int drop(void **state)
{
	struct scene *s = *state;

	tree_remove(&s->tree);
	cw_media_clear(&s->media);
	free(s);
	return 0;
}

CW_PRINTF(2, 3) static void mounted(struct scene *s, const char *fmt, ...)
{
	size_t used = strlen(s->mounts);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s->mounts + used, sizeof(s->mounts) - used, fmt, ap);
	va_end(ap);
}

/* Root that lies in memory, for scenes that are not about it. */
static void ram_root(struct scene *s)
{
	mounted(s, "1 1 0:1 / / rw - rootfs rootfs rw\n");
}

static const char *const three[] = { "sda", "sdb", "sdc", NULL };

static void look(struct scene *s, const char *const *names, const char *state_dir)
{
	struct cw_error err = { 0 };

	tree_bytes(&s->tree, "proc/self/mountinfo", s->mounts, strlen(s->mounts));
	s->media = tree_media(&s->tree, names);
	if (cw_uses_find_in(&s->tree.world, &s->media, state_dir, &err))
		fail_msg("%s", err.message);
}

static const struct cw_use *use_with(const struct cw_medium *m, const char *words)
{
	for (uint32_t i = 0; i < m->n_uses; i++)
		if (strstr(m->uses[i].what, words))
			return &m->uses[i];
	return NULL;
}

static void assert_use(const struct cw_medium *m, const char *words, const char *release)
{
	const struct cw_use *u = use_with(m, words);

	if (!u)
		fail_msg("%s has no use \"%s\"", m->name, words);
	assert_string_equal(u->release, release);
}

static void assert_free(const struct cw_medium *m)
{
	if (m->is_system || m->n_uses)
		fail_msg("%s: %s %s", m->name, m->system_why, m->n_uses ? m->uses[0].what : "");
}

/* ---- what the system stands on ---- */

static void test_plain_root(void **state)
{
	struct scene *s = *state;

	mounted(s, "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n");
	mounted(s, "2 1 8:17 / /home rw - ext4 /dev/sdb1 rw\n");
	mounted(s, "3 1 0:44 / /proc rw - proc proc rw\n");
	look(s, three, NULL);
	assert_true(s->media.at[0].is_system);
	assert_non_null(strstr(s->media.at[0].system_why, " / "));
	assert_true(use_with(&s->media.at[0], "mounted at /")->system);
	assert_false(s->media.at[1].is_system); /* home is in use, not system */
	assert_use(&s->media.at[1], "mounted at /home", "umount /home");
	assert_free(&s->media.at[2]);
}

static void test_parts_of_the_system_elsewhere(void **state)
{
	static const char *const points[] = { "/boot", "/boot/efi", "/usr", "/var", "/etc", "/efi" };

	for (size_t i = 0; i < CW_ARRAY_LEN(points); i++) {
		struct scene *s;

		if (i) {
			drop(state);
			make(state);
		}
		s = *state;
		ram_root(s);
		mounted(s, "2 1 8:33 / %s rw - vfat /dev/sdc1 rw\n", points[i]);
		look(s, three, NULL);
		assert_true(s->media.at[2].is_system);
		assert_free(&s->media.at[0]);
	}
}

static void test_lvm_on_luks_on_a_partition(void **state)
{
	struct scene *s = *state;

	tree_virtual(&s->tree, "dm-0", 253, 0, 2048);
	tree_virtual(&s->tree, "dm-1", 253, 1, 2048);
	tree_attr(&s->tree, "dm-0", "dm/name", "sda3_crypt\n");
	tree_attr(&s->tree, "dm-0", "dm/uuid", "CRYPT-LUKS2-abc-sda3_crypt\n");
	tree_attr(&s->tree, "dm-1", "dm/name", "vg-root\n");
	tree_attr(&s->tree, "dm-1", "dm/uuid", "LVM-abc\n");
	tree_holds(&s->tree, "dm-0", "sda3");
	tree_holds(&s->tree, "dm-1", "dm-0");
	mounted(s, "1 0 253:1 / / rw - ext4 /dev/mapper/vg-root rw\n");
	look(s, three, NULL);
	assert_true(s->media.at[0].is_system);
	assert_use(&s->media.at[0], "LVM volume vg-root", "lvchange -an /dev/mapper/vg-root");
	assert_use(&s->media.at[0], "encrypted volume sda3_crypt", "cryptsetup close sda3_crypt");
	/* who has to let go first stands first */
	assert_true(use_with(&s->media.at[0], "LVM") < use_with(&s->media.at[0], "encrypted"));
	assert_free(&s->media.at[1]);
}

static void test_raid_of_two_disks(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	tree_virtual(&s->tree, "md0", 9, 0, 2048);
	tree_attr(&s->tree, "md0", "md/level", "raid1\n");
	tree_holds(&s->tree, "md0", "sda2");
	tree_holds(&s->tree, "md0", "sdb1");
	mounted(s, "2 1 9:0 / /var rw - xfs /dev/md0 rw\n");
	look(s, three, NULL);
	for (int i = 0; i < 2; i++) {
		assert_true(s->media.at[i].is_system);
		assert_use(&s->media.at[i], "RAID array md0", "mdadm --stop /dev/md0");
	}
	assert_free(&s->media.at[2]);
}

static void test_idle_holder_is_a_use(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	tree_virtual(&s->tree, "dm-3", 253, 3, 2048);
	tree_attr(&s->tree, "dm-3", "dm/name", "mpatha\n");
	tree_attr(&s->tree, "dm-3", "dm/uuid", "mpath-3600\n");
	tree_holds(&s->tree, "dm-3", "sdb");
	look(s, three, NULL);
	assert_false(s->media.at[1].is_system);
	assert_use(&s->media.at[1], "multipath device mpatha", "multipath -f mpatha");
}

static void test_swap_is_system(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	mounted(s, "5 1 8:33 / /media/x rw - ext4 /dev/sdc1 rw\n");
	tree_text(&s->tree, "proc/swaps", "Filename\tType\n/dev/sdb1   partition 1 0 -2\n/media/x/swap\\040file file 1 0 -3\n");
	tree_node(&s->tree, "/dev/sdb1", 8, 17);
	tree_place(&s->tree, "/media/x/swap file", 5, 8, 33);
	look(s, three, NULL);
	assert_free(&s->media.at[0]);
	assert_true(s->media.at[1].is_system);
	assert_use(&s->media.at[1], "swap space /dev/sdb1", "swapoff /dev/sdb1");
	assert_true(s->media.at[2].is_system);
	assert_use(&s->media.at[2], "swap space", "swapoff '/media/x/swap file'");
}

static void test_btrfs_over_two_disks(void **state)
{
	struct scene *s = *state;

	tree_node(&s->tree, "/dev/sda2", 8, 2);
	tree_link(&s->tree, "sys/fs/btrfs/1234/devices/sda2", "class/sda2");
	tree_link(&s->tree, "sys/fs/btrfs/1234/devices/sdb1", "class/sdb1");
	tree_link(&s->tree, "sys/fs/btrfs/5678/devices/sdc1", "class/sdc1");
	mounted(s, "1 0 0:30 /@ / rw - btrfs /dev/sda2 rw,subvol=/@\n");
	look(s, three, NULL);
	assert_true(s->media.at[0].is_system);
	assert_true(s->media.at[1].is_system);
	assert_free(&s->media.at[2]);
}

static void test_btrfs_whose_device_cannot_be_told(void **state)
{
	struct scene *s = *state;

	tree_link(&s->tree, "sys/fs/btrfs/1234/devices/sdb1", "class/sdb1");
	mounted(s, "1 0 0:30 /@ / rw - btrfs /dev/root rw\n");
	look(s, three, NULL);
	assert_true(s->media.at[1].is_system);
	assert_free(&s->media.at[2]);
}

static void test_live_system_on_a_stick(void **state)
{
	struct scene *s = *state;

	tree_virtual(&s->tree, "loop0", 7, 0, 2048);
	tree_attr(&s->tree, "loop0", "loop/backing_file", "/run/live/medium/fs.squashfs\n");
	tree_behind_loop(&s->tree, "loop0", 8, 33);
	tree_place(&s->tree, "/run/live/rootfs", 3, 7, 0);
	tree_place(&s->tree, "/run/live/overlay/rw", 4, 0, 50);
	mounted(s, "1 0 0:40 / / rw - overlay overlay rw,lowerdir=/run/live/rootfs,upperdir=/run/live/overlay/rw,workdir=/run/live/overlay/work\n");
	mounted(s, "2 1 8:33 / /run/live/medium ro - vfat /dev/sdc1 ro\n");
	mounted(s, "3 1 7:0 / /run/live/rootfs ro - squashfs /dev/loop0 ro\n");
	mounted(s, "4 1 0:50 / /run/live/overlay rw - tmpfs tmpfs rw\n");
	look(s, (const char *const[]){ "sda", "sdb", "sdc", "loop0", NULL }, NULL);
	assert_free(&s->media.at[0]); /* traced to its end: built-in disks may be wiped from the live stick */
	assert_free(&s->media.at[1]);
	assert_true(s->media.at[2].is_system);
	assert_true(s->media.at[3].is_system);
	assert_use(&s->media.at[2], "is open as loop device loop0", "losetup -d /dev/loop0");
}

static void test_root_that_cannot_be_traced_locks_what_may_carry_it(void **state)
{
	static const char *const roots[] = {
		"1 0 0:40 / / rw - overlay overlay rw,lowerdir=/var/lib/docker/l/AA:/var/lib/docker/l/BB,upperdir=/var/lib/docker/u\n",
		"1 0 0:40 / / rw - zfs rpool/ROOT/debian rw\n",
		"1 0 0:40 / / rw - fuse.unknown /dev/sdc1 rw\n",
		"1 0 99:7 / / rw - ext4 /dev/root rw\n",
	};

	for (size_t i = 0; i < CW_ARRAY_LEN(roots); i++) {
		struct scene *s;

		if (i) {
			drop(state);
			make(state);
		}
		s = *state;
		tree_virtual(&s->tree, "loop9", 7, 9, 2048);
		tree_attr(&s->tree, "loop9", "loop/backing_file", "/nowhere\n");
		mounted(s, "%s", roots[i]);
		look(s, (const char *const[]){ "sda", "sdb", "sdc", "loop9", NULL }, NULL);
		assert_true(s->media.at[0].is_system && s->media.at[1].is_system);
		assert_true(s->media.at[0].system_why[0]);
		assert_free(&s->media.at[2]); /* a stick that nobody uses cannot carry it */
		assert_free(&s->media.at[3]);
	}
}

static void test_nfs_root_locks_nothing(void **state)
{
	struct scene *s = *state;

	mounted(s, "1 0 0:40 / / rw - nfs4 server:/root rw\n");
	look(s, three, NULL);
	for (int i = 0; i < 3; i++)
		assert_free(&s->media.at[i]);
}

static void test_stick_with_the_state_directory(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	mounted(s, "7 1 8:33 / /media/x rw - ext4 /dev/sdc1 rw\n");
	tree_place(&s->tree, "/media/x/certwipe", 7, 8, 33);
	look(s, three, "/media/x/certwipe/not/yet/there");
	assert_true(s->media.at[2].is_system);
	assert_non_null(strstr(s->media.at[2].system_why, "/media/x/certwipe/not"));
	assert_free(&s->media.at[0]);
}

static void test_stick_with_the_program(void **state)
{
	struct scene *s = *state;

	mounted(s, "9 1 0:1 / / rw - rootfs rootfs rw\n1 1 8:33 / /media/x rw - ext4 /dev/sdc1 rw\n"); /* the tree's program lies on mount 1 */
	look(s, three, NULL);
	assert_true(s->media.at[2].is_system);
	assert_free(&s->media.at[0]);
}

/* ---- other users ---- */

static void assert_order(const struct cw_medium *m, const char *const *words)
{
	for (uint32_t i = 0; i < m->n_uses; i++)
		if (!words[i] || !strstr(m->uses[i].what, words[i]))
			fail_msg("use %u is %s", i, m->uses[i].what);
}

/* Followed from the first to the last, the commands set the medium free. */
static void test_who_has_to_let_go_first_comes_first(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	mounted(s, "7 1 8:33 / /media/x rw - ext4 /dev/sdc1 rw\n8 1 7:3 / /mnt rw - ext4 /dev/loop3 rw\n9 1 253:0 / /data rw - ext4 /dev/dm-0 rw\n");
	mounted(s, "10 1 0:60 / /merged ro - overlay overlay ro,lowerdir=/media/x/a:/media/x/b\n");
	tree_virtual(&s->tree, "loop3", 7, 3, 2048);
	tree_attr(&s->tree, "loop3", "loop/backing_file", "/media/x/disk.img\n");
	tree_place(&s->tree, "/media/x/disk.img", 7, 8, 33);
	tree_place(&s->tree, "/media/x/swap", 7, 8, 33);
	tree_place(&s->tree, "/media/x/a", 7, 8, 33);
	tree_place(&s->tree, "/media/x/b", 7, 8, 33);
	tree_text(&s->tree, "proc/swaps", "Filename\tType\n/media/x/swap file 1 0 -3\n");
	tree_virtual(&s->tree, "dm-0", 253, 0, 2048);
	tree_attr(&s->tree, "dm-0", "dm/name", "vg-data\n");
	tree_attr(&s->tree, "dm-0", "dm/uuid", "LVM-abc\n");
	tree_holds(&s->tree, "dm-0", "sdb1");
	look(s, (const char *const[]){ "sda", "sdb", "sdc", NULL }, NULL);
	assert_order(&s->media.at[2], (const char *const[]){ "at /mnt", "at /merged", "loop3", "swap", "at /media/x", NULL });
	assert_order(&s->media.at[1], (const char *const[]){ "at /data", "vg-data", NULL });
}

static void test_image_on_a_stick(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	mounted(s, "7 1 8:33 / /media/x rw - ext4 /dev/sdc1 rw\n8 1 7:3 / /mnt rw - ext4 /dev/loop3 rw\n");
	tree_virtual(&s->tree, "loop3", 7, 3, 2048);
	tree_attr(&s->tree, "loop3", "loop/backing_file", "/media/x/disk.img\n");
	tree_place(&s->tree, "/media/x/disk.img", 7, 8, 33); /* without root the path is all there is */
	look(s, (const char *const[]){ "sdc", "loop3", NULL }, NULL);
	assert_use(&s->media.at[0], "/media/x/disk.img is open as loop device loop3", "losetup -d /dev/loop3");
	assert_use(&s->media.at[0], "mounted at /mnt", "umount /mnt");
	assert_use(&s->media.at[1], "mounted at /mnt", "umount /mnt");
	assert_false(s->media.at[0].is_system);
	tree_attr(&s->tree, "loop3", "loop/autoclear", "1\n");
	cw_media_clear(&s->media);
	look(s, (const char *const[]){ "sdc", "loop3", NULL }, NULL);
	assert_use(&s->media.at[0], "/media/x/disk.img is open as loop device loop3", ""); /* it goes with its mount */
}

static void other_namespace(struct scene *s, const char *pid, const char *inode, const char *mountinfo)
{
	char path[256], target[64];

	snprintf(path, sizeof(path), "proc/%s/mountinfo", pid);
	tree_text(&s->tree, path, "%s", mountinfo);
	snprintf(path, sizeof(path), "%s/proc/%s/ns", s->tree.root, pid);
	snprintf(target, sizeof(target), "proc/%s/ns/x", pid);
	tree_text(&s->tree, target, "%s", "");
	strcat(path, "/mnt");
	snprintf(target, sizeof(target), "mnt:[%s]", inode);
	assert_int_equal(symlink(target, path), 0);
}

/* The tree's process has this device node open. */
static void has_open(struct scene *s, const char *pid, const char *fd, const char *node, unsigned minor, const char *flags)
{
	char path[256];

	snprintf(path, sizeof(path), "proc/%s/comm", pid);
	tree_text(&s->tree, path, "qemu\033[2J\n");
	snprintf(path, sizeof(path), "proc/%s/fdinfo/%s", pid, fd);
	tree_text(&s->tree, path, "pos:\t0\nflags:\t%s\nmnt_id:\t25\n", flags);
	snprintf(path, sizeof(path), "proc/%s/fd/x", pid);
	tree_text(&s->tree, path, "%s", "");
	snprintf(path, sizeof(path), "%s/proc/%s/fd/%s", s->tree.root, pid, fd);
	assert_int_equal(symlink(node, path), 0);
	tree_node(&s->tree, path + strlen(s->tree.root), 8, minor);
}

static void test_whoever_has_it_open_for_writing(void **state)
{
	struct scene *s = *state;
	char self[16];

	ram_root(s);
	snprintf(self, sizeof(self), "%d", getpid());
	has_open(s, "4711", "5", "/dev/sdc1", 33, "0100002");
	has_open(s, "4712", "3", "/dev/sda", 0, "0100000"); /* who reads only */
	has_open(s, self, "3", "/dev/sdb", 16, "0140002");  /* the broker, while the person is asked */
	look(s, three, NULL);
	assert_free(&s->media.at[0]);
	assert_free(&s->media.at[1]);
	assert_use(&s->media.at[2], "open for writing by process 4711 (qemu", "");
	assert_true(cw_text_is_printable(s->media.at[2].uses[0].what));
}

static void test_mount_in_another_namespace(void **state)
{
	struct scene *s = *state;

	mounted(s, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
	other_namespace(s, "4711", "4026532000", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:33 / /private rw - ext4 /dev/sdc1 rw\n3 1 8:17 / /usr rw - ext4 /dev/sdb1 rw\n");
	look(s, three, NULL);
	assert_use(&s->media.at[2], "mounted at /private for other processes", "nsenter -t 4711 -m umount /private");
	assert_false(s->media.at[2].is_system);
	assert_false(s->media.at[1].is_system); /* /usr of a container is not ours */
	assert_non_null(use_with(&s->media.at[1], "/usr"));
	assert_int_equal(s->media.at[0].n_uses, 1); /* the copy of our own root is nothing new */
}

static void test_root_of_the_first_process(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	other_namespace(s, "1", "4026531841", "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
	look(s, three, NULL);
	assert_true(s->media.at[0].is_system);
}

static void test_hostile_mount_point(void **state)
{
	struct scene *s = *state;
	char longest[301];

	memset(longest, 'x', 300);
	longest[300] = '\0';
	ram_root(s);
	mounted(s, "2 1 8:33 / /media/a\\040'$(reboot)\\012\\033[2J rw - vfat /dev/sdc1 rw\n");
	mounted(s, "3 1 8:17 / /media/MY\\040STICK\\134 rw - vfat  rw\n");
	mounted(s, "4 1 8:2 / /%s rw - ext4 /dev/sda2 rw\n", longest);
	mounted(s, "garbage\n5 1 x:y / / rw - ext4 /dev/sda2 rw\n6 1 8:3\n\n7 1 8:3 / /mnt\n");
	look(s, three, NULL);
	for (int i = 0; i < 3; i++)
		for (uint32_t u = 0; u < s->media.at[i].n_uses; u++) {
			assert_true(cw_text_is_printable(s->media.at[i].uses[u].what));
			assert_true(cw_text_is_printable(s->media.at[i].uses[u].release));
		}
	/* nothing of it reaches a command that a person may copy */
	assert_string_equal(s->media.at[2].uses[0].release, "umount /dev/sdc1");
	assert_string_equal(s->media.at[1].uses[0].release, "umount '/media/MY STICK\\'");
	assert_int_equal(s->media.at[0].n_uses, 1);
	assert_string_equal(s->media.at[0].uses[0].release, ""); /* half a path would be another path */
	assert_false(s->media.at[0].is_system);
}

static void test_more_uses_than_there_is_room_for(void **state)
{
	struct scene *s = *state;

	ram_root(s);
	for (int i = 0; i < 40; i++)
		mounted(s, "%d 1 8:33 / /mnt/%d rw - vfat /dev/sdc1 rw\n", 10 + i, i);
	mounted(s, "90 1 8:33 / /var rw - vfat /dev/sdc1 rw\n");
	look(s, three, NULL);
	assert_int_equal(s->media.at[2].n_uses, CW_USES_MAX);
	assert_true(s->media.at[2].is_system);
	assert_true(s->media.at[2].uses[CW_USES_MAX - 1].system);
}

static void test_endless_stack_locks(void **state)
{
	struct scene *s = *state;
	char name[16], below[16];

	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "dm-%u", i);
		tree_virtual(&s->tree, name, 253, i, 2048);
		snprintf(below, sizeof(below), "dm-%u", i - 1);
		tree_holds(&s->tree, name, i ? below : "sda1");
	}
	mounted(s, "1 0 253:39 / / rw - ext4 /dev/dm-39 rw\n");
	look(s, three, NULL);
	assert_true(s->media.at[0].is_system);
}

/* ---- what keeps our state ---- */

static void test_kind_of_file_system(void **state)
{
	struct scene *s = *state;
	struct cw_error err;
	char type[32];
	bool persistent;

	mounted(s, "1 0 0:40 / / rw - overlay overlay rw,lowerdir=/ro\\072x:/ro\\134:y,upperdir=/up,workdir=/w\n");
	mounted(s, "2 1 0:50 / /up rw - tmpfs tmpfs rw\n3 1 8:1 / /var rw - ext4 /dev/sda1 rw\n4 1 252:0 / /z rw - ext4 /dev/zram0 rw\n");
	tree_virtual(&s->tree, "zram0", 252, 0, 2048);
	tree_bytes(&s->tree, "proc/self/mountinfo", s->mounts, strlen(s->mounts));
	tree_place(&s->tree, "/", 1, 0, 40);
	tree_place(&s->tree, "/up", 2, 0, 50);
	tree_place(&s->tree, "/var", 3, 8, 1);
	tree_place(&s->tree, "/z", 4, 252, 0);
	assert_int_equal(cw_fs_kind_in(&s->tree.world, "/var/lib/certwipe", type, &persistent, &err), 0);
	assert_string_equal(type, "ext4");
	assert_true(persistent);
	assert_int_equal(cw_fs_kind_in(&s->tree.world, "/up/x", type, &persistent, &err), 0);
	assert_string_equal(type, "tmpfs");
	assert_false(persistent);
	assert_int_equal(cw_fs_kind_in(&s->tree.world, "/srv", type, &persistent, &err), 0);
	assert_string_equal(type, "overlay");
	assert_false(persistent); /* a live system forgets it */
	assert_int_equal(cw_fs_kind_in(&s->tree.world, "/z", type, &persistent, &err), 0);
	assert_false(persistent);
	assert_int_equal(cw_fs_kind_in(&s->tree.world, "relative", type, &persistent, &err), CW_E_STATE);
}

static void add_layer(void *user, const char *path)
{
	struct cw_buf *b = user;

	cw_buf_printf(b, "[%s]", path);
}

static void test_overlay_layers(void **state)
{
	char options[] = "rw,lowerdir=/a\\134:b:/c\\054d::/e,upperdir=/u\\040v,workdir=/w";
	struct cw_mount m = { .options = options };
	CW_AUTO_BUF struct cw_buf layers = { 0 };

	(void)state;
	cw_overlay_each(&m, false, add_layer, &layers);
	assert_string_equal(layers.data, "[/a:b][/c,d][/e][/u v]");
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE(test_plain_root),
		SCENE(test_parts_of_the_system_elsewhere),
		SCENE(test_lvm_on_luks_on_a_partition),
		SCENE(test_raid_of_two_disks),
		SCENE(test_idle_holder_is_a_use),
		SCENE(test_swap_is_system),
		SCENE(test_btrfs_over_two_disks),
		SCENE(test_btrfs_whose_device_cannot_be_told),
		SCENE(test_live_system_on_a_stick),
		SCENE(test_root_that_cannot_be_traced_locks_what_may_carry_it),
		SCENE(test_nfs_root_locks_nothing),
		SCENE(test_stick_with_the_state_directory),
		SCENE(test_stick_with_the_program),
		SCENE(test_image_on_a_stick),
		SCENE(test_who_has_to_let_go_first_comes_first),
		SCENE(test_whoever_has_it_open_for_writing),
		SCENE(test_mount_in_another_namespace),
		SCENE(test_root_of_the_first_process),
		SCENE(test_hostile_mount_point),
		SCENE(test_more_uses_than_there_is_room_for),
		SCENE(test_endless_stack_locks),
		SCENE(test_kind_of_file_system),
		cmocka_unit_test(test_overlay_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
