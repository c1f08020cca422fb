/* SPDX-License-Identifier: Apache-2.0
 * A job is open while its caller works on it. Workers that find it open take tasks from it by an atomic counter; the caller closes it when
 * no task is left and waits for those workers only that have come. So a caller whose workers get no processor does all by itself. */
#include "tt_pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS_MAX 64u
#define SPINS 2000 /* looks at what is awaited before a thread goes to sleep: some microseconds */

struct tt_pool {
    pthread_mutex_t lock;
    pthread_cond_t opened, left;
    pthread_t workers[THREADS_MAX];
    uint32_t n_workers;
    /* under the lock */
    bool open, closing;
    tt_ref_task_t *task;
    void *context;
    uint32_t n;
    /* read without it, too */
    atomic_uint next; /* task of the job */
    atomic_uint jobs; /* opened so far */
    atomic_uint busy; /* workers inside of the job */
};

static void work(tt_pool_t *pool, tt_ref_task_t *task, void *context, uint32_t n) {
    for (;;) {
        const uint32_t i = atomic_fetch_add(&pool->next, 1u);
        if (i >= n) {
            return;
        }
        task(context, i);
    }
}

static void spin_while(atomic_uint *value, uint32_t same) {
    for (int i = 0; i < SPINS && atomic_load_explicit(value, memory_order_relaxed) == same; i++) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
}

static void *worker(void *context) {
    tt_pool_t *const pool = context;
    uint32_t seen = 0;
    (void)pthread_mutex_lock(&pool->lock);
    while (!pool->closing) {
        const uint32_t jobs = atomic_load(&pool->jobs);
        if (jobs == seen || !pool->open) {
            (void)pthread_mutex_unlock(&pool->lock);
            spin_while(&pool->jobs, jobs);
            (void)pthread_mutex_lock(&pool->lock);
            while (!pool->closing && atomic_load(&pool->jobs) == jobs) {
                (void)pthread_cond_wait(&pool->opened, &pool->lock);
            }
            continue;
        }
        seen = jobs;
        (void)atomic_fetch_add(&pool->busy, 1u);
        tt_ref_task_t *const task = pool->task;
        void *const task_context = pool->context;
        const uint32_t n = pool->n;
        (void)pthread_mutex_unlock(&pool->lock);
        work(pool, task, task_context, n);
        (void)pthread_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->busy, 1u) == 1u) {
            (void)pthread_cond_signal(&pool->left);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static void run(void *context, tt_ref_task_t *task, void *task_context, uint32_t n) {
    tt_pool_t *const pool = context;
    if (n < 2u || pool->n_workers == 0u) {
        for (uint32_t i = 0; i < n; i++) {
            task(task_context, i);
        }
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->context = task_context;
    pool->n = n;
    pool->open = true;
    atomic_store(&pool->next, 0u);
    (void)atomic_fetch_add(&pool->jobs, 1u);
    (void)pthread_cond_broadcast(&pool->opened);
    (void)pthread_mutex_unlock(&pool->lock);
    work(pool, task, task_context, n);
    (void)pthread_mutex_lock(&pool->lock);
    pool->open = false;
    (void)pthread_mutex_unlock(&pool->lock);
    for (uint32_t busy = atomic_load(&pool->busy), i = 0; busy > 0u && i < pool->n_workers; i++) {
        spin_while(&pool->busy, busy);
        busy = atomic_load(&pool->busy);
    }
    (void)pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->busy) > 0u) {
        (void)pthread_cond_wait(&pool->left, &pool->lock);
    }
    (void)pthread_mutex_unlock(&pool->lock);
}

tt_pool_t *tt_pool_open(uint32_t threads) {
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    tt_pool_t *const pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    threads = threads > 0u ? threads : processors > 1 ? (uint32_t)processors : 1u;
    threads = threads < THREADS_MAX ? threads : THREADS_MAX;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->opened, NULL);
    (void)pthread_cond_init(&pool->left, NULL);
    while (pool->n_workers + 1u < threads) {
        if (pthread_create(&pool->workers[pool->n_workers], NULL, worker, pool) != 0) {
            tt_pool_close(pool);
            return NULL;
        }
        pool->n_workers++;
    }
    return pool;
}

void tt_pool_close(tt_pool_t *pool) {
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->lock);
    pool->closing = true;
    (void)pthread_cond_broadcast(&pool->opened);
    (void)pthread_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i < pool->n_workers; i++) {
        (void)pthread_join(pool->workers[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->opened);
    (void)pthread_cond_destroy(&pool->left);
    (void)pthread_mutex_destroy(&pool->lock);
    free(pool);
}

tt_ref_runner_t tt_pool_runner(tt_pool_t *pool) { return (tt_ref_runner_t){.run = run, .pool = pool}; }
