/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device: which media there are, what they are, what they can do by themselves, who uses them, what is on them.
 * All structs are plain and bounded: they cross process borders as they are.
 */
#ifndef CERTWIPE_DEVICE_H
#define CERTWIPE_DEVICE_H

#include "certwipe/transport.h"

#define CW_TEXT_MAX 256       /* a device string made printable, with NUL */
#define CW_SERIAL_MAX 1024    /* serials may be paths (virtual media) */
#define CW_RAW_MAX 256        /* raw bytes kept of a device string */
#define CW_NODE_MAX 64        /* "/dev/sdaa" */
#define CW_USES_MAX 16
#define CW_PARTS_MAX 64
#define CW_MEDIA_MAX 256

/* X-macro tables: enum, slug in JSON and evidence. */
#define CW_BUSES(X) X(UNKNOWN, "unknown") X(USB, "usb") X(ATA, "ata") X(SCSI, "scsi") X(NVME, "nvme") X(MMC, "mmc") X(VIRTIO, "virtio") X(FIREWIRE, "ieee1394") \
	X(FLOPPY, "floppy") X(LOOP, "loop") X(RAM, "ram") X(VIRTUAL, "virtual") X(UFS, "ufs")
enum cw_bus {
#define X(name, slug) CW_BUS_##name,
	CW_BUSES(X)
#undef X
};

/* The media of the decision matrix (standards.md 8.2), in its spelling, and VIRTUAL for the laboratory.  UNKNOWN never reaches a level. */
#define CW_CLASSES(X) X(UNKNOWN) X(HDD_ATA) X(HDD_SCSI) X(SSD_ATA) X(SSD_SAS) X(NVME) X(USB_STICK) X(USB_BRIDGE_HDD) X(USB_BRIDGE_SSD) X(SD_CARD) X(EMMC) \
	X(CD_R) X(DVD_R) X(BD_R) X(CD_RW) X(DVD_RW) X(DVD_PLUS_RW) X(DVD_RAM) X(BD_RE) X(OPTICAL_PRESSED) X(FLOPPY) X(SED) X(VIRTUAL)
enum cw_class {
#define X(name) CW_CLASS_##name,
	CW_CLASSES(X)
#undef X
	CW_CLASS_COUNT
};

#define CW_SOURCES(X) X(NONE, "none") X(SYSFS, "sysfs") X(VPD80, "scsi-vpd-80") X(VPD83, "scsi-vpd-83") X(INQUIRY, "scsi-inquiry") X(USB, "usb-descriptor") \
	X(NVME, "nvme-identify") X(MMC, "mmc-cid") X(UDEV, "udev") X(FILE, "backing-file") X(KERNEL, "kernel") X(VPD89, "scsi-vpd-89") X(IDENTIFY, "ata-identify") X(LABEL, "label")
enum cw_source {
#define X(name, slug) CW_SOURCE_##name,
	CW_SOURCES(X)
#undef X
};

/* What an optical drive says is recorded on the disc in it.  UNKNOWN: it is no disc, or one that is written at any block. */
#define CW_DISCS(X) X(UNKNOWN, "unknown") X(BLANK, "blank") X(APPENDABLE, "appendable") X(CLOSED, "closed")
enum cw_disc {
#define X(name, slug) CW_DISC_##name,
	CW_DISCS(X)
#undef X
	CW_DISC_COUNT
};

enum cw_quality { CW_QUALITY_NONE, CW_QUALITY_WEAK, CW_QUALITY_GOOD };

const char *cw_bus_name(uint32_t bus);
const char *cw_class_name(uint32_t class);            /* "USB_STICK" */
const char *cw_class_words(uint32_t class);           /* "USB stick", through gettext */
uint32_t cw_class_of_name(const char *name);          /* CW_CLASS_UNKNOWN for a foreign one */
bool cw_class_is_flash(uint32_t class);               /* has a flash translation layer */
bool cw_class_is_optical(uint32_t class);
bool cw_class_is_write_once(uint32_t class);          /* CD_R DVD_R BD_R OPTICAL_PRESSED */
bool cw_class_is_in_sequence(uint32_t class);         /* CD_RW DVD_RW: recorded in sequence, so that its size is what was recorded, and no identity */
const char *cw_source_name(uint32_t source);
const char *cw_disc_name(uint32_t disc);
const char *cw_quality_name(uint32_t quality);        /* "none", "weak", "good" */

/* One identity field.  text is printable; raw what the device said. */
struct cw_id {
	char text[CW_TEXT_MAX];
	uint8_t raw[CW_RAW_MAX];
	uint32_t raw_len;
	uint32_t source;  /* enum cw_source */
	uint32_t quality; /* enum cw_quality */
	char why[CW_TEXT_MAX]; /* why it is weak or missing, may be empty */
};

enum cw_hidden { CW_HIDDEN_UNKNOWN, CW_HIDDEN_NONE, CW_HIDDEN_PRESENT };

/* Somebody who uses the medium. */
struct cw_use {
	char what[CW_TEXT_MAX];    /* "mounted at /media/x", "swap", "LVM volume vg-root", printable */
	char release[CW_TEXT_MAX]; /* "umount /media/x" */
	uint32_t system;           /* 1: it makes the medium a system medium */
	uint32_t height;           /* uses are sorted by it: what stands higher has to let go first */
};

struct cw_medium {
	/* attachment: must stay the same while attached */
	char node[CW_NODE_MAX];     /* "/dev/sdb" */
	char name[CW_NODE_MAX];     /* "sdb" */
	char port[CW_TEXT_MAX];     /* ID_PATH, else the transport and address of NVMe over a network, else the device path in /sys */
	uint64_t diskseq;           /* kernel's sequence number, 0 when it has none */
	uint32_t dev_major, dev_minor;
	uint64_t disc_changed_ms;   /* cw_disc_changed_ms() of the descriptor that it was described by; 0: of none, or it is no disc */
	/* medium: makes the digest */
	uint32_t bus;    /* enum cw_bus */
	uint32_t class_; /* enum cw_class */
	struct cw_id vendor, model, firmware, wwn, usb_id /* "0951:1666" */, bridge_serial, cid;
	struct cw_id serial;            /* text is cut; full_serial is whole */
	char full_serial[CW_SERIAL_MAX]; /* printable; for virtual media the backing file's absolute path */
	uint64_t size_bytes;
	uint32_t logical_bytes, physical_bytes;
	/* state */
	uint32_t removable, rotational, hotplug, read_only, has_medium, virtual_, zoned; /* 0 or 1 */
	uint32_t namespaces;      /* NVMe: how many the drive shows, this one among them; else 0 */
	uint32_t nsid;            /* NVMe: which of them it is; not part of its description in JSON.  0: not known */
	uint32_t disc;            /* enum cw_disc */
	uint32_t hidden;          /* enum cw_hidden: areas that plain reads and writes do not reach */
	uint64_t hidden_bytes;    /* when PRESENT */
	char hidden_why[CW_TEXT_MAX];
	uint32_t fresh;           /* 1: udev has not told yet what it knows of it, so that more of its description may come */
	uint32_t is_system;       /* 1: locked, with the reason */
	char system_why[CW_TEXT_MAX];
	uint32_t n_uses;
	struct cw_use uses[CW_USES_MAX]; /* in the order in which they have to let go */
};

const char *cw_medium_words(const struct cw_medium *m); /* cw_class_words(), or what else to call it when it is not there or cannot be told */

/* ---- find (find.c, sysfs through libudev) ---- */

struct cw_media {
	uint32_t n;
	struct cw_medium *at; /* owned */
};
/* Everything block-shaped that is a whole medium (no partitions, dm, md, empty loop devices); uses are filled in. state_dir may be NULL: its carrier is a system medium.  */
CW_MUST_CHECK int cw_media_find(const char *state_dir, struct cw_media *out, struct cw_error *err);
void cw_media_clear(struct cw_media *m);
/*
 * Resolves what a person names: device node, /dev/disk/by-*, or unique serial suffix (4 characters or more).  Index into m.
 * CW_E_PARTITION names the medium of a partition node; CW_E_NOT_A_MEDIUM for regular files, directories, dm and md nodes; CW_E_NOT_FOUND; CW_E_AMBIGUOUS lists them.
 */
CW_MUST_CHECK int cw_media_resolve(const struct cw_media *m, const char *named, uint32_t *index, struct cw_error *err);
/* Reads one medium afresh by its open descriptor (st_rdev, sysfs); for the comparison before the first destructive act.  uses are not filled. */
CW_MUST_CHECK int cw_medium_of_fd(int fd, struct cw_medium *out, struct cw_error *err);
/*
 * Of an optical drive: {writes, blanks: names of discs such as "CD-RW"}, whatever lies in it, and of one without a disc [tray] ("open", "closed": the drive finds no disc on it).
 * NULL for all that is no such drive.
 */
json_t *cw_drive_json(const struct cw_medium *m);

/* ---- identity (identity.c, pure) ---- */

/* Fills quality and why of every field from its content: missing, all one character, well-known duplicates, too short.  A field that its finder called weak stays so. */
void cw_identity_grade(struct cw_medium *m);
/* Weak when neither serial nor wwn/cid is GOOD. */
bool cw_identity_is_weak(const struct cw_medium *m);
/* Digest over the medium part: bus, vendor, model, serial, wwn, cid, usb id, size, logical block (not the attachment). */
CW_MUST_CHECK int cw_identity_digest(const struct cw_medium *m, char out[CW_SHA256_HEX], struct cw_error *err);
/* 0, or CW_E_IDENTITY with the first field that differs (expected, found).  with_attachment: node, diskseq and port too. */
CW_MUST_CHECK int cw_identity_compare(const struct cw_medium *expected, const struct cw_medium *found, bool with_attachment, struct cw_error *err);
/* Serial with its last six characters hidden ("WD-WCC4E5······" as six full stops), for screens: the answer must come from the label. */
void cw_serial_mask(char *dst, size_t size, const char *serial);
/*
 * Does what a person typed name this serial?  Whole serial or its last six characters; case, blanks and dashes do not matter; for virtual media only the
 * whole path or its last six, exactly.  Never for a serial that distinguishes nothing (all one character, a counting run, a well-known duplicate, shorter than 4).
 */
bool cw_serial_matches(const struct cw_medium *m, const char *typed);
/*
 * Everything above with sources, raw hex and qualities; what the journal and inspect carry.  NULL when out of memory or when a text is no UTF-8.
 * medium      bus class sizeBytes logicalBytes physicalBytes, removable rotational hotplug readOnly hasMedium virtual zoned (bool), [fullSerial], [namespaces], [disc],
 *             hidden{state "unknown"|"none"|"present",bytes,why}; of vendor model firmware serial wwn usbId bridgeSerial cid those that say something:
 *             {text,rawHex,source,quality,why}
 * attachment  node name port diskseq major minor
 */
json_t *cw_medium_json(const struct cw_medium *m);
json_t *cw_attachment_json(const struct cw_medium *m);
/* The strict inverse: a missing key, a wrong type, a foreign word, an over-long or unprintable text: CW_E_INVALID.  State of use is not in it.  attachment may be NULL. */
CW_MUST_CHECK int cw_medium_of_json(const json_t *medium, const json_t *attachment, struct cw_medium *out, struct cw_error *err);

/* ---- capability (capability.c, ask_*.c): what the medium says that it can do by itself ---- */

enum cw_known { CW_KNOWN_NOT, CW_KNOWN_NO, CW_KNOWN_YES }; /* unknown is never yes */
const char *cw_known_name(uint32_t known); /* "unknown", "no", "yes" */

/* X(NAME, slug in JSON, what people call it: a msgid) */
#define CW_FEATURES(X) \
	X(ATA_SANITIZE_CRYPTO, "ata-sanitize-crypto", N_("ATA SANITIZE, crypto scramble")) \
	X(ATA_SANITIZE_BLOCK, "ata-sanitize-block", N_("ATA SANITIZE, block erase")) \
	X(ATA_SANITIZE_OVERWRITE, "ata-sanitize-overwrite", N_("ATA SANITIZE, overwrite")) \
	X(ATA_ERASE, "ata-erase", N_("ATA SECURITY ERASE UNIT")) \
	X(ATA_ERASE_ENHANCED, "ata-erase-enhanced", N_("ATA SECURITY ERASE UNIT, enhanced")) \
	X(SCSI_SANITIZE_CRYPTO, "scsi-sanitize-crypto", N_("SCSI SANITIZE, cryptographic erase")) \
	X(SCSI_SANITIZE_BLOCK, "scsi-sanitize-block", N_("SCSI SANITIZE, block erase")) \
	X(SCSI_SANITIZE_OVERWRITE, "scsi-sanitize-overwrite", N_("SCSI SANITIZE, overwrite")) \
	X(SCSI_FORMAT, "scsi-format", N_("SCSI FORMAT UNIT")) \
	X(NVME_SANITIZE_CRYPTO, "nvme-sanitize-crypto", N_("NVMe Sanitize, crypto erase")) \
	X(NVME_SANITIZE_BLOCK, "nvme-sanitize-block", N_("NVMe Sanitize, block erase")) \
	X(NVME_SANITIZE_OVERWRITE, "nvme-sanitize-overwrite", N_("NVMe Sanitize, overwrite")) \
	X(NVME_FORMAT_USER, "nvme-format-user", N_("NVMe Format, user data erase")) \
	X(NVME_FORMAT_CRYPTO, "nvme-format-crypto", N_("NVMe Format, cryptographic erase")) \
	X(TCG_REVERT, "tcg-revert", N_("TCG revert by the owner's default PIN")) \
	X(TCG_PSID_REVERT, "tcg-psid-revert", N_("TCG revert by the PSID on the label")) \
	X(TCG_GENKEY, "tcg-genkey", N_("TCG GenKey, a new key for a locking range")) \
	X(TCG_ERASE, "tcg-erase", N_("TCG Erase of bands (Enterprise)")) \
	X(MMC_SANITIZE, "mmc-sanitize", N_("eMMC SANITIZE")) \
	X(MMC_SECURE_ERASE, "mmc-secure-erase", N_("eMMC secure erase")) \
	X(MMC_SECURE_TRIM, "mmc-secure-trim", N_("eMMC secure trim")) \
	X(SD_ERASE, "sd-erase", N_("SD erase")) \
	X(DISC_BLANK, "disc-blank", N_("BLANK of the whole disc")) \
	X(DISC_FORMAT, "disc-format", N_("FORMAT UNIT of a disc"))
enum cw_feature {
	CW_FEATURE_NONE,
#define X(name, slug, words) CW_FEATURE_##name,
	CW_FEATURES(X)
#undef X
	CW_FEATURE_COUNT
};
const char *cw_feature_slug(uint32_t feature);
const char *cw_feature_words(uint32_t feature); /* through gettext */

struct cw_feature_told {
	uint32_t state;          /* enum cw_known: can it be used as things are now? */
	char says[CW_NODE_MAX];  /* the bytes that say so: "IDENTIFY DEVICE word 59: f000h"; "" */
	char why[CW_TEXT_MAX];   /* what stands against it, and how that is lifted: a msgid; "" */
	uint64_t expected_seconds; /* by its own estimate; 0: it gives none */
};

#define CW_NOT_TOLD UINT64_MAX
struct cw_health { /* CW_NOT_TOLD where it says nothing */
	uint64_t reallocated_sectors, pending_sectors, uncorrectable_sectors, percentage_used, power_on_hours, media_errors;
};

/* SANITIZE, of whichever set: where the drive stands. */
enum cw_sanitizing { CW_SANITIZING_UNKNOWN, CW_SANITIZING_NEVER /* or nothing that it told of */, CW_SANITIZING_RUNNING, CW_SANITIZING_DONE, CW_SANITIZING_FAILED,
		     CW_SANITIZING_VERIFYING /* done, and closed until it was looked at (NVMe) */ };
const char *cw_sanitizing_name(uint32_t sanitizing);

struct cw_ata_told {
	uint32_t identified;                      /* 1: IDENTIFY DEVICE was answered by an ATA device, and its checksum is right */
	uint32_t sector_bytes, rotation;          /* word 217 */
	uint64_t sectors, native_sectors, dco_sectors; /* addressable now; really there; as the factory made it.  0: not told */
	uint32_t security;                        /* word 128 */
	uint32_t erase_minutes, enhanced_minutes; /* 0: not told */
	uint32_t encrypts, overrides_security;    /* enum cw_known; log 30h page 06h */
	uint32_t ama, write_cache;                /* 1: sectors are hidden by AMA, else by HPA; the write cache is on */
};
#define CW_OTHERS_MAX 15 /* namespaces of a drive beside the medium that account is kept of */
struct cw_nvme_namespace {
	uint32_t nsid;
	uint64_t size_bytes;    /* 0: not told */
	char node[CW_NODE_MAX]; /* "": none on this computer; filled in by whoever may look (cw_nvme_node_of) */
};
struct cw_nvme_told {
	uint32_t identified;
	uint32_t sanicap, fna, oacs, rpmb_targets, boot_partitions;
	uint32_t n_active, n_allocated;           /* namespaces; 0: not told */
	uint64_t unallocated_bytes, total_bytes;
	uint32_t global_data_erased;
	uint32_t sanitize_state;                  /* SSI of the Sanitize Status log: where it stands in the course of one; 0: idle, or it does not tell */
	uint32_t verification_canceled;           /* 1: the last Sanitize was to be looked at, and that was broken off */
	uint32_t nsid, format;                    /* struct cw_nvme_target */
	uint32_t others_untold;                   /* 1: there may be namespaces that are not among these: */
	uint32_t n_others;
	struct cw_nvme_namespace others[CW_OTHERS_MAX];
};
struct cw_scsi_told {
	uint32_t after_block_erase, after_crypto_erase; /* WABEREQ, WACEREQ: 0 not told, 1 reads succeed, 2 and 3 they fail until written */
};
struct cw_tcg_told { /* level 0 discovery */
	uint32_t answered;
	char ssc[16];                             /* "opal-2"; "" */
	uint32_t com_id;
	uint32_t locking_enabled, locked, encrypts, mbr_enabled, mbr_done, sid_blocked; /* 0 or 1 */
	uint32_t sid_is_default;                  /* enum cw_known: the owner's PIN is the one that it was made with, which it tells to everybody */
};
/* Any bytes; false: they are no answer to a level 0 discovery, and out says nothing. */
CW_MUST_CHECK bool cw_tcg_discovered(const uint8_t *data, size_t len, struct cw_tcg_told *out);

/* A disc, as the drive that it is in tells of it (MMC-6). */
enum cw_disc_status { CW_DISC_STATUS_EMPTY, CW_DISC_STATUS_APPENDABLE, CW_DISC_STATUS_COMPLETE, CW_DISC_STATUS_OTHER }; /* 6.21.3.1.4; OTHER: written at any block */
struct cw_disc_told {
	uint32_t profile;                 /* current profile, 5.3.1; 0: not told */
	uint32_t drive_writes;            /* enum cw_known: the drive has a way of writing this disc as it is now */
	uint32_t informed;                /* 1: READ DISC INFORMATION was answered: */
	uint32_t status, erasable;        /* enum cw_disc_status; 0 or 1 */
	uint32_t sessions, tracks;
	uint32_t has_id, id;              /* a number that the writing program chose */
	uint32_t capacity_known, formatted; /* READ FORMAT CAPACITIES: 0 or 1 */
	uint64_t capacity_bytes;          /* of an unformatted disc all that it could hold */
	uint64_t whole_bytes;             /* of one that is recorded in sequence: all that one track can hold when it is blank, whatever it holds now; 0: not told */
	uint32_t is_protected;            /* enum cw_known; of discs that are written at any block */
	struct cw_id maker;               /* who made the blank disc and which kind it is: the same for thousands */
};
/* Does the drive say that the disc is formatted, and that one session fills it, as large as that? */
CW_MUST_CHECK bool cw_disc_is_whole(const struct cw_disc_told *d, uint64_t size_bytes);
/* The answer to READ FORMAT CAPACITIES (disc_format.c), MMC-6 6.23.  False: it says nothing. */
enum cw_disc_format_state { CW_DISC_UNFORMATTED = 1, CW_DISC_FORMATTED = 2 }; /* 3: not known */
struct cw_disc_format {
	uint32_t state;          /* enum cw_disc_format_state, or another */
	uint64_t capacity_bytes; /* of an unformatted disc all that it could hold */
	bool offered;            /* a format that makes it such that it can be written at any block: */
	uint8_t type;            /* of FORMAT UNIT, 6.4 */
	uint32_t blocks, parameter;
};
CW_MUST_CHECK bool cw_disc_format_of(const uint8_t *data, size_t len, struct cw_disc_format *out);
const char *cw_profile_words(uint32_t profile); /* "DVD+RW"; "" for one that is no disc */
const char *cw_disc_status_name(uint32_t status); /* "empty", "appendable", "complete", "other" */

/* Requests and answers that it was concluded from. */
#define CW_RAWS_MAX 40
#define CW_RAW_POOL 24576u
struct cw_raw {
	uint32_t set, dir, duration_ms;
	int32_t sys_errno;
	uint8_t request[CW_REQUEST_MAX], answer[CW_ANSWER_MAX];
	uint32_t request_len, answer_len;
	uint32_t data_at, data_len; /* in the pool */
};
struct cw_raws {
	uint32_t n, used;
	struct cw_raw at[CW_RAWS_MAX];
	uint8_t pool[CW_RAW_POOL];
};

struct cw_capabilities {
	uint32_t asked;            /* 0: it was not, why says so */
	char why[CW_TEXT_MAX];     /* not asked, or not to the end: a msgid; "" */
	struct cw_feature_told features[CW_FEATURE_COUNT]; /* [CW_FEATURE_NONE] says nothing */
	uint32_t passthrough;      /* enum cw_known: YES when commands reach the drive of this medium and its answers come back whole (c6) */
	char passthrough_why[CW_TEXT_MAX];
	struct cw_id model, serial, firmware; /* of the drive itself, where something stands between */
	uint32_t sanitizing, sanitize_frozen, sanitize_progress; /* enum cw_sanitizing; 0 or 1; in 65536ths */
	uint32_t hidden;           /* enum cw_hidden */
	uint64_t hidden_bytes;
	char hidden_why[CW_TEXT_MAX];
	struct cw_ata_told ata;
	struct cw_scsi_told scsi;
	struct cw_nvme_told nvme;
	struct cw_tcg_told tcg;
	struct cw_disc_told disc;
	struct cw_health health;
	struct cw_raws raws;
};
/*
 * Asks the medium, with reading commands only (cw_command_reads), what it can do.  Never fails: what it does not tell is unknown.  After a time-out or a reset nothing more is
 * asked.  Sticks and cards behind USB are not asked at all: some hang at commands that they do not know.
 */
void cw_capabilities_ask(struct cw_transport *t, const struct cw_medium *m, struct cw_capabilities *out);
/*
 * The same from recorded answers (`answers` of cw_capabilities_json() with raws), which come from whoever wrote the journal: nothing is sent to anybody.  Answers to what is not
 * asked are not looked at.
 */
CW_MUST_CHECK int cw_capabilities_of_answers(const json_t *answers, const struct cw_medium *m, struct cw_capabilities *out, struct cw_error *err);
/* For a medium that is not asked. */
void cw_capabilities_none(const char *why, struct cw_capabilities *out);
/* May it be asked at all?  NULL, or why not (a msgid). */
const char *cw_capabilities_refusal(const struct cw_medium *m);
/* Fills hidden, hidden_bytes and hidden_why of m as far as more is known now. */
void cw_capabilities_apply(const struct cw_capabilities *c, struct cw_medium *m);
/* Object as certwipe-journal(5) lays it out; with_raws: the bytes too.  NULL when out of memory. */
json_t *cw_capabilities_json(const struct cw_capabilities *c, bool with_raws);

/* What IDENTIFY DEVICE says of passwords.  False: it is no whole answer of an ATA disk, or its checksum is wrong. */
#define CW_ATA_SECTOR_BYTES 512u
struct cw_ata_security { bool supported, enabled, locked, frozen, expired; };
CW_MUST_CHECK bool cw_ata_security_of(const uint8_t identify[CW_ATA_SECTOR_BYTES], struct cw_ata_security *out);

/* ---- area (area.c): sectors that an ATA drive hides from the host ---- */

/* Can all of them be shown by what the drive told?  Not behind a USB bridge, and not what the factory took away (DCO). */
CW_MUST_CHECK bool cw_area_can_be_opened(const struct cw_medium *m, const struct cw_capabilities *c);
/*
 * Has the drive show all its sectors, which are whole_bytes, for good.  0: it says that it does, whatever the kernel has noticed of it; -EPERM: it refuses (some do so once per
 * power cycle); -ERANGE: it has another number; -ENODEV: it is gone; -EIO: it does not say.
 */
CW_MUST_CHECK int cw_area_open(struct cw_transport *t, uint64_t whole_bytes);
/* What one command of that and its answer show; zeros: nothing. */
struct cw_area_seen {
	uint64_t shown_bytes;    /* so many can be reached */
	uint64_t native_sectors; /* so many are there */
	bool set;                /* it took the command that shows them */
};
void cw_area_read(const struct cw_heard *h, struct cw_area_seen *out);
/* The commands that it would send to this drive, from its own code: array as of cw_native_rehearse().  NULL when out of memory. */
json_t *cw_area_rehearse(const struct cw_capabilities *c);

/* ---- tray (tray.c): a disc goes out of its drive and in again ---- */

/* By whom; in this order in journals: "drive", "person". */
enum cw_tray { CW_TRAY_NONE, CW_TRAY_DRIVE /* and it is in again */, CW_TRAY_PERSON /* somebody has to: the drive has not moved it, or not in again */ };
const char *cw_tray_name(uint32_t by); /* "" of NONE */
struct cw_tray_hooks {
	void *user;
	void (*wait_a_second)(void *user);
};
/* 0: *by says how far it came, and commands to the disc have to be prepared for any other one in its place; -errno: there is no drive any more. */
CW_MUST_CHECK int cw_tray_reload(struct cw_transport *t, const struct cw_tray_hooks *h, enum cw_tray *by);
/* The commands that it would send, from its own code: array as of cw_native_rehearse().  NULL when out of memory. */
json_t *cw_tray_rehearse(void);
/*
 * Is it the same disc by all that the drives said of both?  recorded: something was recorded on it in between, so that what hangs on that is not compared.
 * CW_E_IDENTITY names what differs.
 */
CW_MUST_CHECK int cw_disc_compare(const struct cw_disc_told *expected, const struct cw_disc_told *found, bool recorded, struct cw_error *err);

/* What it told of how worn it is, with the answers of an ATA drive that this was concluded from; NULL where it told nothing, or out of memory. */
json_t *cw_health_told_json(const struct cw_capabilities *c);

/* The one list of commands that may be sent to a medium before anybody has authorised anything (reading.c). */
CW_MUST_CHECK bool cw_command_reads(uint32_t set, const uint8_t *request, uint32_t len);
/* The same of what only drives of discs are sent: to others some of these codes mean something else. */
CW_MUST_CHECK bool cw_disc_command_reads(uint32_t set, const uint8_t *request, uint32_t len);
/* The character device of the controller that a namespace belongs to ("/dev/nvme0"); false when it has none, or several paths. */
CW_MUST_CHECK bool cw_nvme_controller(const struct cw_medium *m, char node[CW_NODE_MAX]);
/* The same, opened, and certain to be that of m; -1: there is none, or it cannot be had. */
CW_MUST_CHECK int cw_nvme_controller_open(const struct cw_medium *m);
/* The node of another namespace of the drive of m; false when it has none here. */
CW_MUST_CHECK bool cw_nvme_node_of(const struct cw_medium *m, uint32_t nsid, char node[CW_NODE_MAX]);
/* Are both namespaces of one drive, be it by different controllers? */
bool cw_nvme_same_drive(const struct cw_medium *a, const struct cw_medium *b);

/* ---- use (use.c): who holds it, what makes it a system medium ---- */

/* Fills uses, is_system and system_why of all media: mounts of every mount namespace, swap, holders through dm, md, LVM, btrfs, loop backing files,
 * processes that have it open for writing, the running root, /boot, /usr, /var, this program, the state directory; each followed down to whole media. */
CW_MUST_CHECK int cw_uses_find(struct cw_media *media, const char *state_dir, struct cw_error *err);
/* Kind of file system that holds path: {"type":"ext4","persistent":true}. */
CW_MUST_CHECK int cw_fs_kind(const char *path, char type[32], bool *persistent, struct cw_error *err);

/* ---- contents (contents.c, libblkid; runs in the prober only) ---- */

struct cw_part {
	uint32_t number;                  /* 0: the whole medium, there when a type or a table was recognised on it; else the partition's number */
	uint64_t offset_bytes, size_bytes;
	char type[CW_NODE_MAX];           /* "vfat", "crypto_LUKS", "" when nothing is recognised */
	char usage[CW_NODE_MAX];          /* "filesystem", "crypto", "raid", "other"; "ambiguous" when more than one type is recognised */
	char label[CW_TEXT_MAX];          /* printable */
	char uuid[CW_NODE_MAX];
	char part_type[CW_NODE_MAX];
};
/*
 * Encrypted volumes whose keys, wrapped by a pass phrase or the like, stand on the medium itself (device-commands.md 9).  X(NAME, slug in JSON, what people call it).
 * VERACRYPT: nothing on a medium tells of one, so the prober finds none.
 */
#define CW_VOLUME_KINDS(X) X(LUKS1, "luks1", "LUKS1") X(LUKS2, "luks2", "LUKS2") X(BITLOCKER, "bitlocker", "BitLocker") X(VERACRYPT, "veracrypt", "VeraCrypt")
enum cw_volume_kind {
	CW_VOLUME_NONE,
#define X(name, slug, words) CW_VOLUME_##name,
	CW_VOLUME_KINDS(X)
#undef X
	CW_VOLUME_COUNT
};
const char *cw_volume_slug(uint32_t kind);     /* "luks1"; "" for a foreign one */
uint32_t cw_volume_of_slug(const char *slug);  /* CW_VOLUME_NONE for a foreign one */
const char *cw_volume_words(uint32_t kind);

#define CW_VOLUMES_MAX 16
#define CW_SPANS_MAX 64
struct cw_volume {
	uint32_t kind;                    /* enum cw_volume_kind; NONE: it is said to be one, and what it is could not be read */
	uint32_t number;                  /* of the partition; 0: the whole medium */
	uint64_t offset_bytes, size_bytes;
	char why[CW_TEXT_MAX];            /* why destroying its keys alone would not do, or could not be done whole: a msgid; "" */
};
struct cw_keys {
	uint32_t n_volumes;
	struct cw_volume volumes[CW_VOLUMES_MAX];
	uint32_t n_spans;                 /* where their keys stand: ascending, with gaps between them, all on the medium */
	struct cw_span spans[CW_SPANS_MAX];
	uint32_t incomplete;              /* 1: there are more of either than have room */
};
/* Takes a span in among those that are there; false, and incomplete is set, where there is no room. */
bool cw_keys_add_span(struct cw_keys *k, uint64_t offset_bytes, uint64_t len_bytes);
uint64_t cw_keys_bytes(const struct cw_keys *k); /* of all spans */
/* {volumes[{kind,number,offsetBytes,sizeBytes,[why]}], spans[{offsetBytes,lengthBytes}]}; NULL when out of memory. */
json_t *cw_keys_json(const struct cw_keys *k);

struct cw_contents {
	uint32_t known; /* 0: could not be told, why says so */
	uint32_t blank; /* a disc on which nothing is recorded, as its drive says; on a rewritable one why says what that is worth */
	char why[CW_TEXT_MAX];
	char table[CW_NODE_MAX]; /* "dos", "gpt", "" */
	uint32_t n_parts;
	struct cw_part parts[CW_PARTS_MAX];
	struct cw_keys keys;
};
/* Never fails: says in known/why what it could not do.  fd is opened read only, without O_DIRECT (libblkid reads at any offset), and is all it uses. */
void cw_contents_probe(int fd, uint64_t size_bytes, struct cw_contents *out);
/* The same without looking, for a disc whose drive says that it is blank: there is nothing that could be read. */
void cw_contents_blank(const struct cw_medium *m, struct cw_contents *out);
/* Array of what is on it: {number,offsetBytes,sizeBytes,type,usage,[label],[uuid],[partType],[table],[why]}; number 0 is the whole medium; labels only when with_labels. */
json_t *cw_contents_json(const struct cw_contents *c, bool with_labels);
/* One phrase for a table cell: "vfat", "gpt, 3 partitions", "empty or unknown". */
void cw_contents_phrase(const struct cw_contents *c, char *dst, size_t size);

/* ---- capture (capture.c, capture_mask.c): what detection saw of one medium, to be attached to a bug report; tests replay it without a kernel ---- */

/*
 * certwipe/capture/1, canonical form well below CW_JSON_MAX_BYTES.  Bytes are hex; paths are those below /sys.
 *   schema
 *   seen     directory of the block device; attributes {path: hex, false when it is there but cannot be read}, links {path: path}, entries {directory: [name]},
 *            properties {name: hex}, [backing{found,[isFile],[sizeBytes]} of a loop device], contents as cw_contents_json(), kernel{release,machine},
 *            [answers] of a medium that was asked what it can do, as in cw_capabilities_json() with raws
 *   serials  "real", "masked"
 *   told     medium and attachment: what cw_describe() made of it; [capabilities]: what was concluded from the answers, cw_capabilities_json()
 *   tool     name, version
 * asked may be NULL.  The medium is described afresh; CW_E_IDENTITY when it is not m any more.
 */
CW_MUST_CHECK int cw_capture_medium(const struct cw_medium *m, const struct cw_contents *contents, const struct cw_capabilities *asked, json_t **out, struct cw_error *err);
/*
 * Replaces what names this one medium, its owner or its data: serial numbers, world-wide names, CIDs, UUIDs, the path behind a loop device, labels, and the value of
 * every property that is not known to be harmless.  By characters of the same kind and number, everywhere alike, also in raw pages and paths, anew each time; what
 * distinguishes nothing (all zeros, well-known duplicates) stays.  doc must come from cw_capture_medium().
 */
CW_MUST_CHECK int cw_capture_mask(json_t *doc, struct cw_error *err);

#endif
