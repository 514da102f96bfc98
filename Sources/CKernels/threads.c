#include "osteon_threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#if defined(__x86_64__)
#define PAUSE() __builtin_ia32_pause()
#else
#define PAUSE() ((void)0)
#endif

enum { SPINS = 4000 };

typedef struct {
    osteon_body body;
    void *context;
    size_t count;
    atomic_size_t next;
    /// Workers that may still touch this job.
    atomic_int active;
} job;

static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;   // held by the caller whose loop runs
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    // guards what follows
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static job current;
static atomic_uint generation;      // counts jobs; workers wait for it to change
static int workers;                 // threads started, the caller not counted
static int participants;            // workers that take part in the current job
static _Thread_local int inside;

static void run_items(job *j, int thread) {
    inside = 1;
    for (;;) {
        size_t index = atomic_fetch_add_explicit(&j->next, 1, memory_order_relaxed);
        if (index >= j->count) break;
        j->body(j->context, index, thread);
    }
    inside = 0;
}

static void *worker_main(void *argument) {
    int thread = (int)(intptr_t)argument;
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load_explicit(&generation, memory_order_acquire) == seen; i++) PAUSE();
        pthread_mutex_lock(&lock);
        while (atomic_load(&generation) == seen) pthread_cond_wait(&wake, &lock);
        seen = atomic_load(&generation);
        int takes_part = thread <= participants;
        pthread_mutex_unlock(&lock);
        if (!takes_part) continue;
        run_items(&current, thread);
        if (atomic_fetch_sub_explicit(&current.active, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&lock);
            pthread_cond_signal(&finished);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}

/// Starts workers until `count` stand; `lock` is held. A refused thread leaves the pool smaller.
static void start_workers(int count) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    while (workers < count) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, worker_main, (void *)(intptr_t)(workers + 1))) break;
        workers++;
    }
    pthread_attr_destroy(&attributes);
}

static void run_inline(size_t count, osteon_body body, void *context) {
    for (size_t i = 0; i < count; i++) body(context, i, 0);
}

void osteon_parallel_for(size_t count, int threads, osteon_body body, void *context) {
    if (threads > OSTEON_MAX_THREADS) threads = OSTEON_MAX_THREADS;
    if (count <= 1 || threads <= 1 || inside || pthread_mutex_trylock(&owner)) {
        run_inline(count, body, context);
        return;
    }
    pthread_mutex_lock(&lock);
    start_workers(threads - 1);
    int helpers = threads - 1 < workers ? threads - 1 : workers;
    if ((size_t)helpers > count - 1) helpers = (int)(count - 1);
    current.body = body;
    current.context = context;
    current.count = count;
    atomic_store(&current.next, 0);
    atomic_store(&current.active, helpers);
    participants = helpers;
    atomic_fetch_add(&generation, 1);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&lock);

    run_items(&current, 0);

    for (int i = 0; i < SPINS && atomic_load_explicit(&current.active, memory_order_acquire); i++) PAUSE();
    if (atomic_load_explicit(&current.active, memory_order_acquire)) {
        pthread_mutex_lock(&lock);
        while (atomic_load(&current.active)) pthread_cond_wait(&finished, &lock);
        pthread_mutex_unlock(&lock);
    }
    pthread_mutex_unlock(&owner);
}
