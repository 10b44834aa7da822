/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base: what every other folder stands on: errors, buffers, text, hashes, canonical JSON, time,
 * durable files, INI and CSV readers, the sandbox primitive.  It knows nothing of media.
 *
 * Conventions of the whole project
 *   int f(..., struct cw_error *err)   0, or a negative enum cw_code with *err filled in.
 *   _new/_free own, _get borrows, _take transfers, _clear empties a struct that the caller owns.
 *   Units stand in names: _bytes, _lba, _ms.
 *   err may never be NULL.
 */
#ifndef CERTWIPE_BASE_H
#define CERTWIPE_BASE_H

#include <jansson.h>
#include <libintl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/uio.h>

#define _(sentence) gettext(sentence)
#define N_(sentence) sentence /* marked for translation here, translated where it is shown */
#define CW_MUST_CHECK __attribute__((warn_unused_result))
#define CW_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CW_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- errors (errors.c; one row a code in src/base/errors.def) ---- */

/* Negative so that a function can return one directly.  Rows: CODE(NAME, "slug", exit). */
enum cw_code {
	CW_OK = 0,
	CW_E_BASE = -1000, /* codes count upwards from here */
#define CODE(name, slug, exit_code) CW_E_##name,
#include "../../src/base/errors.def"
#undef CODE
	CW_E_LAST
};

/* Exit codes: design section 5. */
enum cw_exit {
	CW_EXIT_DONE = 0,
	CW_EXIT_FAILED = 1,
	CW_EXIT_USAGE = 2,
	CW_EXIT_REFUSED = 3,
	CW_EXIT_NOT_FOUND = 4,
	CW_EXIT_BUSY = 5,
	CW_EXIT_VERIFY_FAILED = 6,
	CW_EXIT_INCONCLUSIVE = 7,
	CW_EXIT_UNAUTHORISED = 8,
	CW_EXIT_NO_EVIDENCE = 9,
	CW_EXIT_INVALID = 10,
	CW_EXIT_STOPPED = 130,
};

/* Plain data without pointers, so that it can cross process borders as it is. */
struct cw_error {
	int32_t code;       /* enum cw_code, 0 when unset */
	int32_t sys_errno;  /* errno, 0 when it plays no part */
	char where[256];    /* medium, file or field the error is about; printable UTF-8 */
	char message[1024]; /* one sentence for the person: what was expected, what was found */
	char hint[1024];    /* the next step, may be empty */
};

/* Fills *err (message from fmt) and returns code.  sys_errno 0: no system error.  where and hint may be NULL. */
CW_PRINTF(6, 7)
int cw_fail(struct cw_error *err, enum cw_code code, int sys_errno, const char *where, const char *hint, const char *fmt, ...);
const char *cw_code_slug(int code); /* "medium-busy"; "unknown" for a foreign code */
int cw_code_exit(int code);         /* enum cw_exit; a foreign code is CW_EXIT_FAILED */
int cw_code_of_slug(const char *slug); /* enum cw_code; 0 when there is none */
/* The first of several exit codes in the order 6 7 9 1 130 4 5 3 8 2 (then 10, 0): design section 5. */
int cw_exit_worst(int a, int b);
/* For an error that another process sent: a code we know, fields terminated and printable. */
void cw_error_receive(struct cw_error *err);
/* {"code","exit","message","hint","where","errno"}: the error in JSON answers; NULL when out of memory. */
json_t *cw_error_json(const struct cw_error *err);

/* ---- buffers (buf.c) ---- */

/* Growing byte string, always NUL-terminated behind len.  Grows up to max_bytes (0: 64 MiB). */
struct cw_buf {
	char *data;
	size_t len, cap, max_bytes;
	bool failed; /* out of memory or over max: later appends do nothing; check once at the end */
};
void cw_buf_clear(struct cw_buf *b);
void cw_buf_add(struct cw_buf *b, const void *data, size_t len);
void cw_buf_str(struct cw_buf *b, const char *s);
CW_PRINTF(2, 3) void cw_buf_printf(struct cw_buf *b, const char *fmt, ...);
char *cw_buf_take(struct cw_buf *b); /* caller frees; NULL when failed */

/* Cleanup attributes for locals. */
void cw_cleanup_free(void *p);
void cw_cleanup_fd(int *fd);
void cw_cleanup_json(json_t **j);
void cw_cleanup_buf(struct cw_buf *b);
#define CW_AUTO_FREE __attribute__((cleanup(cw_cleanup_free)))
#define CW_AUTO_FD __attribute__((cleanup(cw_cleanup_fd)))
#define CW_AUTO_JSON __attribute__((cleanup(cw_cleanup_json)))
#define CW_AUTO_BUF __attribute__((cleanup(cw_cleanup_buf)))

/* ---- text (text.c) ---- */

/* Copies at most size-1 bytes, always terminates; returns false when it had to cut (never inside a character). */
bool cw_strlcpy(char *dst, const char *src, size_t size);
/*
 * Makes raw bytes fit to show: valid printable UTF-8 stays, everything else (controls, bidi controls
 * U+200E/F U+202A-E U+2066-9 U+061C, unassigned, invalid bytes, backslash) becomes \xNN.  Leading and trailing blanks go.
 * len may include trailing NULs.  Always terminates; cuts at a character border.
 */
void cw_text_printable(char *dst, size_t size, const void *raw, size_t len);
bool cw_text_is_printable(const char *s); /* valid UTF-8 without controls or bidi controls: may be shown as it is */
size_t cw_text_cells(const char *utf8);                 /* terminal cells it takes (wcwidth) */
void cw_text_fit(char *dst, size_t size, const char *utf8, size_t cells); /* cut to cells, ".." at the end when cut */
void cw_text_pad(char *dst, size_t size, const char *utf8, size_t cells); /* fit, then blanks up to cells */
void cw_text_bytes(char *dst, size_t size, uint64_t bytes); /* "64.0 MB" (powers of ten, as printed on media) */
void cw_text_duration(char *dst, size_t size, uint64_t seconds); /* "2 h 05 min", "1 min 20 s", "3 s" */
void cw_hex(char *dst, const void *src, size_t len);    /* lower case, dst holds 2*len+1 */
bool cw_unhex(uint8_t *dst, size_t len, const char *hex); /* exactly 2*len lower-case digits, then NUL */
/* RFC 4648 section 4 (base64.c).  Reading takes the one form that writing makes: padded, no line breaks, no stray bits; false also when it has more than size bytes. */
void cw_base64(struct cw_buf *out, const void *src, size_t len);
CW_MUST_CHECK bool cw_unbase64(void *dst, size_t size, size_t *len, const char *text, size_t text_len);

/* ---- SHA-256 and random (hash.c, OpenSSL EVP) ---- */

#define CW_SHA256_BYTES 32
#define CW_SHA256_HEX (2 * CW_SHA256_BYTES + 1)
/* One-shot; aborts the process when libcrypto cannot hash however often it is asked (there is no way to go on truthfully). */
void cw_sha256(const void *data, size_t len, uint8_t out[CW_SHA256_BYTES]);
void cw_sha256_parts(const struct iovec *parts, size_t n, uint8_t out[CW_SHA256_BYTES]); /* of all of them, one behind the other */
void cw_sha256_hex(const void *data, size_t len, char out[CW_SHA256_HEX]);
CW_MUST_CHECK int cw_sha256_fd(int fd, char out[CW_SHA256_HEX], struct cw_error *err); /* whole file from offset 0, by pread */
CW_MUST_CHECK int cw_random(void *out, size_t len, struct cw_error *err); /* getrandom(2) */
#define CW_UUID_TEXT 37
CW_MUST_CHECK int cw_uuid_v7(char out[CW_UUID_TEXT], struct cw_error *err);

/* ---- JSON (json.c) ---- */

#define CW_JSON_MAX_BYTES (1024u * 1024u) /* certificate.md section 8 */
#define CW_JSON_MAX_DEPTH 16
/*
 * RFC 8785 within our subset: objects, arrays, strings, booleans, integers 0..2^53-1; no null, no reals, no negative numbers,
 * no control characters in strings; keys sorted by UTF-16 code units.  Anything else: CW_E_INVALID.
 */
CW_MUST_CHECK int cw_json_canonical(const json_t *j, struct cw_buf *out, struct cw_error *err);
/* Size and depth limits first, then jansson with duplicates rejected.  Caller owns *out. */
CW_MUST_CHECK int cw_json_parse(const char *text, size_t len, json_t **out, struct cw_error *err);
/* Parses and requires that text is byte for byte the canonical form (no newline behind it). */
CW_MUST_CHECK int cw_json_parse_canonical(const char *text, size_t len, json_t **out, struct cw_error *err);
/* SHA-256 of the canonical form. */
CW_MUST_CHECK int cw_json_digest(const json_t *j, char out[CW_SHA256_HEX], struct cw_error *err);
/* Readers for documents that were checked or are ours: a default when the key is missing or of another type. */
const char *cw_json_str(const json_t *object, const char *key, const char *fallback);
uint64_t cw_json_u64(const json_t *object, const char *key, uint64_t fallback);
bool cw_json_bool(const json_t *object, const char *key, bool fallback);

/* ---- time (time.c) ---- */

#define CW_TIME_TEXT 21 /* "2026-11-23T18:55:22Z" and NUL */
void cw_time_format(int64_t unix_seconds, char out[CW_TIME_TEXT]); /* UTC */
bool cw_time_parse(const char *text, int64_t *unix_seconds);       /* exactly that form, years 2000..9999 */
void cw_time_now(char out[CW_TIME_TEXT]);
uint64_t cw_boot_ms(void);       /* CLOCK_BOOTTIME */
uint64_t cw_monotonic_ms(void);
/* {"source":"kernel"|"unsynchronised","synchronised":bool,"maxErrorMs":n} from adjtimex(2). */
json_t *cw_clock_json(void);
void cw_boot_id(char out[33]);   /* 32 hex digits of the kernel's random boot id; zeros when unreadable */

/* ---- files (file.c) ---- */

/* Whole file, at most max_bytes (else CW_E_TOO_LARGE).  out is appended to. */
CW_MUST_CHECK int cw_file_read(int dirfd, const char *path, size_t max_bytes, struct cw_buf *out, struct cw_error *err);
CW_MUST_CHECK int cw_fd_read(int fd, const char *name, size_t max_bytes, struct cw_buf *out, struct cw_error *err);
CW_MUST_CHECK int cw_fd_write_all(int fd, const char *name, const void *data, size_t len, struct cw_error *err);
/* Temporary name, write, fsync, link/rename, fsync of the directory: the file is there whole or not at all.
 * replace false: CW_E_EXISTS when there is one already. */
CW_MUST_CHECK int cw_file_write(int dirfd, const char *path, const void *data, size_t len, mode_t mode, bool replace, struct cw_error *err);
CW_MUST_CHECK int cw_dir_make(int dirfd, const char *path, mode_t mode, struct cw_error *err); /* mkdir -p of one level + fsync parent; exists is fine */
CW_MUST_CHECK int cw_dir_sync(int dirfd, const char *path, struct cw_error *err);

/* ---- INI and CSV (ini.c by inih, csv.c) ---- */

/* Called for each key; section is "" before the first.  A negative return stops with *err, which the callee filled in. */
typedef int (*cw_ini_handler)(void *user, const char *section, const char *key, const char *value, unsigned line, struct cw_error *err);
/* text need not be terminated; at most 64 KiB; a line that is no INI, a duplicate key, text that is no UTF-8 or not printable: CW_E_SYNTAX
 * with name and line. */
/* Keys and section names: letters, digits, "_.-", below 50 bytes.  Comments (# or ;) take whole lines; a value is all that follows "=". */
CW_MUST_CHECK int cw_ini_parse(const char *name, const char *text, size_t len, cw_ini_handler handler, void *user, struct cw_error *err);

/* RFC 4180, UTF-8 (a BOM is skipped), first row names the columns.  Called for each further row; values in the order of the header,
 * printable, line breaks and tabs inside a quoted field as blanks.  At most 4 MiB and 64 columns; each row has all columns. */
typedef int (*cw_csv_handler)(void *user, unsigned line, size_t n, const char *const *columns, const char *const *values, struct cw_error *err);
CW_MUST_CHECK int cw_csv_parse(const char *name, const char *text, size_t len, cw_csv_handler handler, void *user, struct cw_error *err);

/* ---- sandbox primitives (sandbox.c, cage_*.c): for the mains in process/ only ---- */

/* Leaves root for good: groups, gid, uid, all capabilities, no_new_privs, not dumpable.  Also when already unprivileged. */
CW_MUST_CHECK int cw_sandbox_drop(uid_t uid, gid_t gid, struct cw_error *err);
/* The same but for one capability (CAP_SYS_RAWIO, CAP_SYS_ADMIN), which must be there. */
CW_MUST_CHECK int cw_sandbox_drop_but(uid_t uid, gid_t gid, int capability, struct cw_error *err);
/* For a parser of hostile bytes: limits on address space, CPU seconds, descriptors, file size; then a seccomp filter under which only reading
 * the descriptors that are open, memory, time and writing to them is left; opening, sockets, processes answer EPERM or kill.
 * memory_bytes: what the parser may map beyond what is mapped now.  The process then ends by _exit(). */
CW_MUST_CHECK int cw_sandbox_parser(unsigned cpu_seconds, size_t memory_bytes, struct cw_error *err);
/*
 * For a process that overwrites a medium with the descriptors that it holds, after its ring was made: a filter of system calls under which it can move bytes, ask the medium
 * what it is, look into /sys and the records of udev (where the kernel has Landlock: only there), send messages and have threads.  commands: and send those of one
 * set besides, to the controller of an NVMe drive or to an eMMC chip.
 */
enum cw_cage_commands { CW_CAGE_NO_COMMANDS, CW_CAGE_NVME, CW_CAGE_MMC };
CW_MUST_CHECK int cw_sandbox_executor(enum cw_cage_commands commands, struct cw_error *err);
/*
 * For a process that signs with what it has open: a filter under which it can work on files, and send messages; where the kernel has Landlock, only on files below folder_fd
 * (-1: none).  No sockets, no processes.
 */
/* Reads files below these places (of more than 64 the calls alone are bounded), writes what is open, and does nothing else; other processes are only waited for. */
CW_MUST_CHECK int cw_sandbox_reader(char *const *paths, size_t n, struct cw_error *err);
CW_MUST_CHECK int cw_sandbox_signer(int folder_fd, struct cw_error *err);

#endif
