/* SPDX-License-Identifier: Apache-2.0 */
/* block: the kernel's block layer, reached by one O_DIRECT descriptor of the whole medium. */
#include "certwipe/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ioctl.h"
#include "temperature.h"

/* Block sizes that the kernel can give a block device; more is a lie or a bug. */
#define LOGICAL_MIN 512
#define LOGICAL_MAX 65536

#define DISC_SLOTS 1  /* what is still in flight when a tray opens must have failed before another disc is in */

#define FLUSH_TRIES 3 /* a unit attention or two may stand before the answer */

struct block {
	struct cw_transport t; /* first, so that one pointer is both */
	int fd;
	int sensor_fd;         /* of its temperature, -1: none */
	int controller_fd; /* of an NVMe controller, -1: none */
	bool flush_by_command; /* the kernel does not tell the medium to write its cache out, so we do */
	uint64_t disc_ms;      /* when the disc was put in; 0: it is none */
};

static int fd_of(const struct cw_transport *t)
{
	return ((const struct block *)t)->fd;
}

/* The next disc would take what is written again. */
static bool is_another_disc(const struct block *b)
{
	return b->disc_ms && cw_disc_changed_ms(b->fd) != b->disc_ms;
}

static ssize_t answer_of(const struct cw_transport *t, ssize_t n)
{
	int e = errno;

	if (n >= 0)
		return n;
	return is_another_disc((const struct block *)t) ? -ENOMEDIUM : -e;
}

static ssize_t block_read(struct cw_transport *t, void *buf, size_t len, uint64_t offset_bytes)
{
	return answer_of(t, pread(fd_of(t), buf, len, (off_t)offset_bytes));
}

static ssize_t block_write(struct cw_transport *t, const void *buf, size_t len, uint64_t offset_bytes)
{
	return answer_of(t, pwrite(fd_of(t), buf, len, (off_t)offset_bytes));
}

/* A medium that does not know the command has no cache that anybody could flush: it is not asked again. */
static int synchronize_cache(struct block *b)
{
	int rc = -EAGAIN;

	for (int i = 0; i < FLUSH_TRIES && rc == -EAGAIN; i++)
		rc = scsi_synchronize_cache(&b->t);
	b->flush_by_command = rc <= 0;
	return rc == -EAGAIN ? -EIO : rc < 0 ? rc : 0;
}

static int block_flush(struct cw_transport *t)
{
	struct block *b = (struct block *)t;

	if (fdatasync(b->fd))
		return -errno;
	return b->flush_by_command ? synchronize_cache(b) : 0;
}

/* Neither call is a promise: reads are O_DIRECT anyway, and BLKFLSBUF wants CAP_SYS_ADMIN, which an executor does not have. */
static void block_drop_caches(struct cw_transport *t)
{
	(void)posix_fadvise(fd_of(t), 0, 0, POSIX_FADV_DONTNEED);
	(void)ioctl(fd_of(t), BLKFLSBUF, 0);
}

static int block_size(struct cw_transport *t, uint64_t *bytes)
{
	if (is_another_disc((const struct block *)t))
		return -ENOMEDIUM;
	return ioctl(fd_of(t), BLKGETSIZE64, bytes) ? -errno : 0;
}

static int block_celsius(struct cw_transport *t, int *celsius)
{
	return temperature_read(((const struct block *)t)->sensor_fd, celsius);
}

static void block_free(struct cw_transport *t)
{
	struct block *b = (struct block *)t;

	close(b->fd);
	if (b->sensor_fd >= 0)
		close(b->sensor_fd);
	if (b->controller_fd >= 0)
		close(b->controller_fd);
	free(b);
}

static int block_scsi(struct cw_transport *t, struct cw_scsi *c)
{
	return ioctl_scsi(fd_of(t), c);
}

static int block_nvme(struct cw_transport *t, struct cw_nvme *c)
{
	int fd = ((const struct block *)t)->controller_fd;

	return fd < 0 ? -ENOTTY : ioctl_nvme(fd, c);
}

static int block_mmc(struct cw_transport *t, struct cw_mmc *c)
{
	return ioctl_mmc(fd_of(t), c);
}

static const struct cw_transport_ops block_ops = {
	.name = "block",
	.read = block_read,
	.write = block_write,
	.flush = block_flush,
	.drop_caches = block_drop_caches,
	.size = block_size,
	.celsius = block_celsius,
	.scsi = block_scsi,
	.nvme = block_nvme,
	.mmc = block_mmc,
	.free = block_free,
};

void cw_transport_block_take_controller(struct cw_transport *t, int fd_take)
{
	((struct block *)t)->controller_fd = fd_take;
}

/* A descriptor that goes through the page cache would let a verification read what was written to memory. */
static int check_descriptor(int fd, struct cw_error *err)
{
	struct stat st;
	int flags;

	if (fstat(fd, &st))
		return cw_fail(err, CW_E_IO, errno, NULL, NULL, _("The descriptor of the medium cannot be examined."));
	if (!S_ISBLK(st.st_mode))
		return cw_fail(err, CW_E_NOT_A_MEDIUM, 0, NULL, _("Name the device node of a whole medium; see `certwipe list`."),
			       _("The descriptor is no block device."));
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || !(flags & O_DIRECT))
		return cw_fail(err, CW_E_FAILED, flags < 0 ? errno : 0, NULL, NULL, _("The medium was not opened for direct access, so reads could come from memory."));
	return 0;
}

static int read_block_sizes(int fd, struct cw_transport *t, struct cw_error *err)
{
	int logical = 0;
	unsigned physical = 0;

	if (ioctl(fd, BLKSSZGET, &logical))
		return cw_fail(err, CW_E_IO, errno, NULL, NULL, _("The medium does not tell the size of its sectors."));
	if (logical < LOGICAL_MIN || logical > LOGICAL_MAX || (logical & (logical - 1)))
		return cw_fail(err, CW_E_SECTOR_SIZE, 0, NULL, _("The medium needs a format by its own command first."),
			       _("The medium has sectors of %d bytes; a power of two from %d to %d is needed."), logical, LOGICAL_MIN, LOGICAL_MAX);
	t->logical_bytes = (uint32_t)logical;
	/* Only the unit in which failures are narrowed down: without an answer it is the sector. */
	t->physical_bytes = ioctl(fd, BLKPBSZGET, &physical) ? t->logical_bytes : physical;
	return 0;
}

/* ---- what drives it ---- */

/* A file below the medium's folder in sysfs; empty when there is none. */
static void read_attribute(int folder, const char *name, char *out, size_t size)
{
	CW_AUTO_FD int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);

	out[n > 0 ? n : 0] = '\0';
}

/* "scsi", "nvme" ...: the last part of a link to the subsystem of the device behind the medium. */
static void read_subsystem(int folder, char *out, size_t size)
{
	char link[256];
	ssize_t n = readlinkat(folder, "device/subsystem", link, sizeof(link) - 1);
	const char *last;

	link[n > 0 ? n : 0] = '\0';
	last = strrchr(link, '/');
	(void)cw_strlcpy(out, last ? last + 1 : "", size);
}

static int open_sysfs(int fd)
{
	struct stat st;
	char path[64];

	if (fstat(fd, &st))
		return -1;
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The kernel passes a flush on only to a medium that has a write-back cache as far as it knows; of USB bridges it often does not. */
static uint32_t look_behind(struct block *b)
{
	CW_AUTO_FD int folder = open_sysfs(b->fd);
	char subsystem[32], write_cache[32];

	if (folder < 0)
		return CW_QUEUE_SLOTS;
	b->sensor_fd = temperature_open(folder);
	read_subsystem(folder, subsystem, sizeof(subsystem));
	read_attribute(folder, "queue/write_cache", write_cache, sizeof(write_cache));
	b->flush_by_command = !strcmp(subsystem, "scsi") && strncmp(write_cache, "write back", strlen("write back")) != 0;
	return !strncmp(subsystem, "nvme", strlen("nvme")) ? CW_QUEUE_SLOTS_MAX : CW_QUEUE_SLOTS;
}

int cw_transport_block_new(int fd, struct cw_transport **out, struct cw_error *err)
{
	CW_AUTO_FREE struct block *b = NULL;
	int rc = check_descriptor(fd, err);
	uint32_t n_slots;

	if (rc)
		return rc;
	b = calloc(1, sizeof(*b));
	if (!b)
		return cw_fail(err, CW_E_NO_MEMORY, errno, NULL, NULL, _("There is not enough memory."));
	rc = read_block_sizes(fd, &b->t, err);
	if (rc)
		return rc;
	b->t.ops = &block_ops;
	b->fd = fd;
	b->sensor_fd = -1;
	b->controller_fd = -1;
	b->disc_ms = cw_disc_changed_ms(fd);
	n_slots = look_behind(b);
	rc = cw_queue_new(&b->t, fd, b->disc_ms ? DISC_SLOTS : n_slots, &b->t.queue, err);
	if (rc) {
		if (b->sensor_fd >= 0)
			close(b->sensor_fd);
		return rc;
	}
	*out = &b->t;
	b = NULL;
	return 0;
}
