/* SPDX-License-Identifier: Apache-2.0 */
/* What the shim and its driver (shim.py) share: which calls there are, and the file in which one asks and the other answers. */
#ifndef FAULTS_SHIM_H
#define FAULTS_SHIM_H

#include <stdatomic.h>
#include <stdint.h>

/* X(function, is it a system call).  The first three are no functions: any system call, to choose an instant by; one request to the ring. */
#define CALLS_BY_HAND(X) \
	X(any, 0) X(ring_write, 1) X(ring_read, 1) X(io_uring_submit, 1) X(io_uring_queue_exit, 0) X(write, 1) X(pwrite, 1) X(read, 1) X(pread, 1) X(fdatasync, 1) \
	X(fsync, 1) X(fork, 1) X(kill, 0) X(mkdir, 1) X(mkdirat, 1) X(renameat2, 1) X(open, 1) X(openat, 1) X(ioctl, 1) X(fcntl, 1) X(prctl, 1) X(_exit, 1) X(malloc, 0) X(calloc, 0) X(realloc, 0)
/* These fail with -1 and errno. */
#define CALLS_WITH_ERRNO(X) \
	X(ftruncate, 1) X(ftruncate64, 1) X(fallocate, 1) X(lseek, 1) X(fstat, 1) X(fstat64, 1) X(fstatat, 1) X(fstatvfs, 1) X(__openat_2, 1) X(faccessat, 1) \
	X(unlinkat, 1) X(linkat, 1) X(unlink, 1) X(fchownat, 1) X(sendmsg, 1) X(recvmsg, 1) X(socketpair, 1) X(flock, 1) X(poll, 1) X(getrandom, 1) \
	X(setresuid, 1) X(setresgid, 1) X(setgroups, 1) X(setrlimit, 1) X(mmap, 1)
/* These answer the number of the error, negative. */
#define CALLS_WITH_NUMBER(X) \
	X(io_uring_queue_init, 1) X(io_uring_register_buffers, 1) X(io_uring_register_files, 1) X(io_uring_register, 1) X(__io_uring_get_cqe, 1) X(seccomp_load, 1)
/* This one positive. */
#define CALLS_WITH_POSITIVE(X) X(pthread_create, 1)
/* These fail with 0 or NULL. */
#define CALLS_WITH_ZERO(X) \
	X(aligned_alloc, 0) X(reallocarray, 0) \
	X(EVP_CIPHER_CTX_new, 0) X(EVP_CIPHER_CTX_set_padding, 0) X(EVP_EncryptInit_ex, 0) X(EVP_EncryptUpdate, 0) X(EVP_DecryptInit_ex, 0) X(EVP_DecryptUpdate, 0) \
	X(EVP_MD_CTX_new, 0) X(EVP_Digest, 0) X(EVP_DigestInit_ex, 0) X(EVP_DigestUpdate, 0) X(EVP_DigestFinal_ex, 0) X(EVP_Q_digest, 0) X(EVP_DigestSignInit_ex, 0) \
	X(EVP_DigestSign, 0) X(EVP_DigestVerifyInit_ex, 0) X(EVP_DigestVerify, 0) X(EVP_get_digestbyname, 0) X(EVP_PKEY_is_a, 0) X(EVP_PKEY_get_utf8_string_param, 0) \
	X(EVP_PKEY_get_raw_public_key, 0) X(EVP_PKEY_new_raw_public_key, 0) X(EVP_PKEY_Q_keygen, 0) X(EVP_PKEY2PKCS8, 0) X(CMS_sign, 0) X(CMS_add1_signer, 0) X(CMS_add1_cert, 0) X(CMS_signed_add1_attr_by_NID, 0) X(CMS_signed_get_attr, 0) X(CMS_verify, 0) \
	X(d2i_CMS_ContentInfo, 0) X(i2d_CMS_ContentInfo, 0) X(BIO_new, 0) X(BIO_new_fd, 0) X(BIO_new_mem_buf, 0) X(PEM_read_bio_X509, 0) X(OSSL_STORE_attach, 0) \
	X(OSSL_STORE_expect, 0) X(OSSL_STORE_load, 0) X(OSSL_STORE_INFO_get1_PKEY, 0) X(d2i_X509, 0) X(i2d_X509, 0) X(d2i_X509_ALGOR, 0) X(i2d_X509_ATTRIBUTE, 0) \
	X(i2d_ASN1_INTEGER, 0) X(X509_digest, 0) X(X509_ALGOR_copy, 0) X(X509_STORE_new, 0) X(X509_STORE_add_cert, 0) X(X509_STORE_CTX_new, 0) X(X509_STORE_CTX_init, 0) \
	X(X509_verify_cert, 0) X(X509_check_private_key, 0) X(X509_get_ext_d2i, 0) X(X509_get0_pubkey, 0) X(ASN1_TIME_set, 0) X(ASN1_TIME_to_tm, 0) \
	X(ASN1_OCTET_STRING_set, 0)
#define CALLS_OF_ALL(X) CALLS_BY_HAND(X) CALLS_WITH_ERRNO(X) CALLS_WITH_NUMBER(X) CALLS_WITH_POSITIVE(X) CALLS_WITH_ZERO(X)

enum call {
#define NAME(name, is_system) CALL_##name,
	CALLS_OF_ALL(NAME)
#undef NAME
	CALLS
};

enum action { ONLY_COUNT, FAIL, CUT_SHORT, DIE_BEFORE, DIE_BEHIND, STOP /* asked to, by SIGTERM */, PAUSE /* until SIGCONT */ };
enum state { RUNS = 1, ENDED, CRASHED, DIED_AS_ASKED };

/* Words of the machine and texts, without gaps: shim.py knows the places. */
struct process { int32_t pid; uint32_t state; int32_t status; uint32_t unused; char name[16]; };
struct counter { char name[40]; uint64_t is_system; _Atomic uint64_t n; };
struct event {
	int32_t pid;
	uint32_t call, mode, in_flight; /* mode of the file; requests to the medium that were not answered yet */
	uint64_t file;                  /* inode, or number of the block device */
	int64_t result;
	uint64_t len, offset;           /* of a file that is made: offset is the inode of its folder */
	char text[24];                  /* of a line of the journal: its event */
};

#define CALLS_MAX 160
#define PROCESSES_MAX 64
#define EVENTS_MAX 16384
struct shared {
	/* asked */
	char victim[16]; /* name of the processes whose calls count */
	uint32_t target, action;
	uint64_t nth, bad_from, bad_upto; /* bytes of any medium that can neither be written nor read, for the whole run */
	uint64_t lies_at;                 /* byte of any medium that reads otherwise than it was written, without a ring; 0: none */
	int32_t sys_errno;
	/* answered */
	uint32_t fired, fired_call;
	_Atomic uint32_t cut, n_processes, n_events;
	struct counter calls[CALLS_MAX];
	struct process processes[PROCESSES_MAX];
	struct event events[EVENTS_MAX];
};
_Static_assert(CALLS <= CALLS_MAX, "every call has a place");

#endif
