/* SPDX-License-Identifier: Apache-2.0 */
/* threads: a few of them call read and write of the transport.  They know nothing but their requests, and share nothing but these. */
#include "queue.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct request {
	enum { IDLE, WAITING, MOVING, ANSWERED } state;
	bool write;
	uint8_t *buf;
	size_t len;
	uint64_t offset_bytes;
	uint64_t number; /* in the order of submission */
	ssize_t answer;
};

struct threads {
	struct cw_queue q; /* first, so that one pointer is both */
	struct cw_transport *t;
	pthread_t threads[CW_QUEUE_SLOTS_MAX];
	uint32_t wanted, started;
	pthread_mutex_t lock; /* of everything below */
	pthread_cond_t submitted, answered;
	struct request requests[CW_QUEUE_SLOTS_MAX]; /* by slot */
	uint64_t n_submitted;
	bool over;
};

static struct threads *threads_of(struct cw_queue *q)
{
	return (struct threads *)q;
}

static void move_bytes(struct cw_transport *t, struct request *r)
{
	r->answer = r->write ? t->ops->write(t, r->buf, r->len, r->offset_bytes) : t->ops->read(t, r->buf, r->len, r->offset_bytes);
}

/* The oldest request in that state, or NULL. */
static struct request *find(struct threads *p, int state)
{
	struct request *found = NULL;

	for (uint32_t i = 0; i < p->q.n_slots; i++) {
		struct request *r = &p->requests[i];

		if ((int)r->state == state && (!found || r->number < found->number))
			found = r;
	}
	return found;
}

static void *work(void *user)
{
	struct threads *p = user;
	struct request *r;

	pthread_mutex_lock(&p->lock);
	while (!p->over) {
		r = find(p, WAITING);
		if (!r) {
			pthread_cond_wait(&p->submitted, &p->lock);
			continue;
		}
		r->state = MOVING;
		pthread_mutex_unlock(&p->lock);
		move_bytes(p->t, r);
		pthread_mutex_lock(&p->lock);
		r->state = ANSWERED;
		pthread_cond_signal(&p->answered);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are for the thread that asks whether to stop.  Fewer threads than wanted are slower, and none at all slower still. */
static void start(struct threads *p)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->started < p->wanted && !pthread_create(&p->threads[p->started], NULL, work, p))
		p->started++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	p->wanted = p->started;
}

static int threads_submit(struct cw_queue *q, uint32_t slot, bool write, void *buf, size_t len, uint64_t offset_bytes)
{
	struct threads *p = threads_of(q);
	struct request *r = &p->requests[slot];

	if (p->started < p->wanted)
		start(p);
	pthread_mutex_lock(&p->lock);
	*r = (struct request){ .state = WAITING, .write = write, .buf = buf, .len = len, .offset_bytes = offset_bytes, .number = p->n_submitted++ };
	if (!p->started) {
		move_bytes(p->t, r);
		r->state = ANSWERED;
	}
	pthread_cond_signal(&p->submitted);
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static int threads_reap(struct cw_queue *q, uint32_t *slot, ssize_t *answer)
{
	struct threads *p = threads_of(q);
	struct request *r;

	pthread_mutex_lock(&p->lock);
	while (!(r = find(p, ANSWERED)))
		pthread_cond_wait(&p->answered, &p->lock);
	r->state = IDLE;
	*slot = (uint32_t)(r - p->requests);
	*answer = r->answer;
	pthread_mutex_unlock(&p->lock);
	return 0;
}

static void threads_free(struct cw_queue *q)
{
	struct threads *p = threads_of(q);

	pthread_mutex_lock(&p->lock);
	p->over = true;
	pthread_cond_broadcast(&p->submitted);
	pthread_mutex_unlock(&p->lock);
	for (uint32_t i = 0; i < p->started; i++)
		pthread_join(p->threads[i], NULL);
	queue_unmap(q);
	free(p);
}

static const struct cw_queue_ops threads_ops = {
	.name = "threads",
	.submit = threads_submit,
	.reap = threads_reap,
	.free = threads_free,
};

int cw_queue_threads_new(struct cw_transport *t, uint32_t n_slots, uint32_t n_threads, struct cw_queue **out, struct cw_error *err)
{
	struct threads *p = calloc(1, sizeof(*p));

	if (!p || queue_map(&p->q, n_slots)) {
		free(p);
		return cw_fail(err, CW_E_NO_MEMORY, 0, NULL, NULL, _("There is not enough memory."));
	}
	p->q.ops = &threads_ops;
	p->t = t;
	p->wanted = n_threads;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->submitted, NULL);
	pthread_cond_init(&p->answered, NULL);
	*out = &p->q;
	return 0;
}
